//! Who may have written what is on record in the schema `backout`, and whether they have the rights of this session.
//!
//! An undo runs SQL that is made of stored texts. Whoever may write them chooses what runs, so it runs only for a role
//! whose rights all of them have anyway. SET ROLE would be no fence: the code that runs can undo it.
//!
//! Must not know: what the stored texts say.

use crate::record_error::StoreError;
use crate::session::Session;

/// How many roles are named; there can be thousands where PUBLIC may write.
const NAMED: usize = 5;

/// The schema, and what a reader of it evaluates.
const STORED: &str = "place AS (SELECT n.oid, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'backout'), \
     stored AS (SELECT c.oid, c.relowner, c.relacl, c.relkind, c.relrowsecurity, c.relhasrules, c.relhassubclass FROM pg_catalog.pg_class c \
       WHERE c.relnamespace OPERATOR(pg_catalog.=) (SELECT p.oid FROM place p) \
         AND c.relkind::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v', 'm', 'f']))";

/// Roles that lack the rights of this session and may write to the schema: its owner, those of its tables, those with
/// grants, and the members of all of these. Grants on tables count once somebody else may use the schema. That
/// `pg_write_all_data` writes everywhere counts against superusers alone: others run beside such roles by design of
/// the platform.
fn weaker(major: u32) -> String {
    // From 16 on a membership may give neither the rights nor SET ROLE.
    let has = |role: &str| match major {
        16.. => {
            format!("(pg_catalog.pg_has_role(w.oid, {role}, 'USAGE') OR pg_catalog.pg_has_role(w.oid, {role}, 'SET'))")
        }
        _ => format!("pg_catalog.pg_has_role(w.oid, {role}, 'MEMBER')"),
    };
    format!(
        "holder AS ( \
           SELECT p.nspowner AS oid FROM place p UNION ALL SELECT s.relowner FROM stored s \
           UNION ALL SELECT g.grantee FROM place p, pg_catalog.aclexplode(p.nspacl) g WHERE g.privilege_type OPERATOR(pg_catalog.=) 'CREATE' \
           UNION ALL SELECT g.grantee FROM (SELECT s.relacl AS acl FROM stored s UNION ALL SELECT a.attacl FROM stored s \
               JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) s.oid) o, pg_catalog.aclexplode(o.acl) g \
             WHERE g.privilege_type OPERATOR(pg_catalog.=) ANY (ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) \
               AND EXISTS (SELECT FROM place p, pg_catalog.aclexplode(p.nspacl) u \
                 WHERE u.privilege_type OPERATOR(pg_catalog.=) 'USAGE' AND u.grantee OPERATOR(pg_catalog.<>) p.nspowner) \
           UNION ALL SELECT r.oid FROM place p, pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) 'pg_write_all_data' \
             AND EXISTS (SELECT FROM pg_catalog.pg_roles me WHERE me.rolsuper AND me.rolname OPERATOR(pg_catalog.=) ANY (ARRAY[session_user, current_user]))), \
         weaker AS (SELECT w.rolname::pg_catalog.text AS name FROM pg_catalog.pg_roles w \
           WHERE NOT w.rolsuper AND NOT pg_catalog.starts_with(w.rolname::pg_catalog.text, 'pg_') \
             AND EXISTS (SELECT FROM holder h WHERE CASE h.oid WHEN 0 THEN true ELSE pg_catalog.pg_has_role(w.oid, h.oid, 'MEMBER') END) \
             AND NOT ({} AND {}))",
        has("session_user"),
        has("current_user")
    )
}

async fn names(session: &Session, when: &str) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "WITH {STORED}, {} SELECT w.name FROM weaker w WHERE {when} ORDER BY 1 LIMIT {}",
        weaker(session.server_major()),
        NAMED + 1
    );
    let rows = session.query(&sql, &[]).await;
    let rows =
        rows.map_err(|e| StoreError::Query { doing: "asking who may write to the backout schema", source: e })?;
    let mut names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    if names.len() > NAMED {
        names[NAMED] = "…".to_owned();
    }
    Ok(names)
}

/// Refuses to go on where a role with fewer rights than this session's may have written what is on record.
///
/// # Errors
/// [`StoreError::Weaker`] with these roles.
pub async fn refuse_weaker(session: &Session) -> Result<(), StoreError> {
    let roles = names(session, "true").await?;
    if roles.is_empty() { Ok(()) } else { Err(StoreError::Weaker { roles }) }
}

/// Refuses to read where reading runs what such a role has made: views, rules, policies, tables that inherit, columns of
/// other types than ours.
///
/// # Errors
/// [`StoreError::Weaker`] with these roles.
pub async fn refuse_foreign_shape(session: &Session) -> Result<(), StoreError> {
    // boolean, bigint, integer, text, text[], double precision, timestamptz, uuid.
    const SHAPE: &str = "EXISTS (SELECT FROM stored s WHERE s.relkind::pg_catalog.text OPERATOR(pg_catalog.<>) 'r' \
         OR s.relrowsecurity OR s.relhasrules OR s.relhassubclass \
         OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) s.oid \
           AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped \
           AND NOT a.atttypid OPERATOR(pg_catalog.=) ANY (ARRAY[16, 20, 23, 25, 1009, 701, 1184, 2950]::pg_catalog.oid[])))";
    let roles = names(session, SHAPE).await?;
    if roles.is_empty() { Ok(()) } else { Err(StoreError::Weaker { roles }) }
}
