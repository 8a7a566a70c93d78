//! Reads on what rights are granted, to whom, and what lies outside of rights: superusers, code that runs as others,
//! subscriptions, prepared transactions.
//!
//! Must not know: what is done about it.

use std::collections::BTreeSet;

use backout_schema::ident;

use super::acl::{Column, Grant, Kind, Object, Role, Roles, Uncovered};
use super::error::{FreezeError, doing};
use crate::session::Session;

/// Schemas that are Backout's own: what it writes goes on.
pub(super) const OURS: &str = "^backout(_capture|_runs|_(archive|undone|replaced)_[0-9]+(_[0-9]+)?)?$";

/// The rights of one list, in its order, as a document.
fn rights(acl: &str) -> String {
    format!(
        "(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(x.grantor::int8, x.grantee::int8, x.privilege, x.grantable) ORDER BY x.n)::text \
          FROM pg_catalog.aclexplode({acl}) WITH ORDINALITY x(grantor, grantee, privilege, grantable, n))"
    )
}

fn queries() -> [String; 4] {
    let not_ours = format!("n.nspname !~ '{OURS}' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'");
    let of_class = rights(
        "coalesce(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))",
    );
    [
        format!(
            "SELECT CASE c.relkind WHEN 'S' THEN 'S' WHEN 'm' THEN 'm' ELSE 'r' END, c.oid, n.nspname::text, c.relname::text, c.relowner, {of_class} \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND {not_ours} ORDER BY c.oid"
        ),
        format!(
            "SELECT 'n', n.oid, NULL::text, n.nspname::text, n.nspowner, {} FROM pg_catalog.pg_namespace n WHERE {not_ours} ORDER BY n.oid",
            rights("coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))")
        ),
        format!(
            "SELECT 'd', d.oid, NULL::text, d.datname::text, d.datdba, {} FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()",
            rights("coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))")
        ),
        format!(
            "SELECT 'D' || e.defaclobjtype::text, 0::oid, n.nspname::text, e.defaclobjtype::text, e.defaclrole, {} \
             FROM pg_catalog.pg_default_acl e LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.defaclnamespace \
             WHERE e.defaclobjtype IN ('r', 'S', 'n') AND coalesce({not_ours}, true) ORDER BY e.oid",
            rights("e.defaclacl")
        ),
    ]
}

/// All that rights can be granted on with which one writes. Consistent within the open transaction's statements.
pub(super) async fn objects(session: &Session) -> Result<Vec<Object>, FreezeError> {
    let mut objects = Vec::new();
    for query in queries() {
        for row in session.rows(&query).await.map_err(doing("reading grants"))? {
            let letter: String = row.get(0);
            let kind = match letter.as_str() {
                "r" => Kind::Table,
                "m" => Kind::Materialized,
                "S" => Kind::Sequence,
                "n" => Kind::Schema,
                "d" => Kind::Database,
                _ => Kind::Defaults,
            };
            let acl = grants(row.get::<_, Option<String>>(5).as_deref())?;
            let (oid, schema, name, owner) = (row.get(1), row.get(2), row.get(3), row.get(4));
            objects.push(Object { kind, oid, schema, name, owner, acl, columns: Vec::new() });
        }
    }
    let columns = format!(
        "SELECT a.attrelid, a.attname::text, {}, a.attnum FROM pg_catalog.pg_attribute a WHERE a.attacl IS NOT NULL AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum",
        rights("a.attacl")
    );
    let by_oid: std::collections::BTreeMap<u32, usize> =
        objects.iter().enumerate().filter(|(_, o)| is_relation(o)).map(|(place, o)| (o.oid, place)).collect();
    for row in session.rows(&columns).await.map_err(doing("reading grants on columns"))? {
        if let Some(place) = by_oid.get(&row.get::<_, u32>(0)) {
            let acl = grants(row.get::<_, Option<String>>(2).as_deref())?;
            objects[*place].columns.push(Column { number: row.get(3), name: row.get(1), acl });
        }
    }
    Ok(objects)
}

pub(super) fn is_relation(object: &Object) -> bool {
    matches!(object.kind, Kind::Table | Kind::Materialized | Kind::Sequence)
}

/// One entry for each grantor and grantee, in the order of the list.
fn grants(document: Option<&str>) -> Result<Vec<Grant>, FreezeError> {
    let Some(document) = document else { return Ok(Vec::new()) };
    let rows: Vec<(u32, u32, String, bool)> = serde_json::from_str(document).map_err(FreezeError::Encode)?;
    let mut grants: Vec<Grant> = Vec::new();
    for (grantor, grantee, privilege, grantable) in rows {
        if grants.last().is_none_or(|last| (last.grantor, last.grantee) != (grantor, grantee)) {
            grants.push(Grant { grantor, grantee, plain: Vec::new(), grantable: Vec::new() });
        }
        if let Some(last) = grants.last_mut() {
            if grantable { last.grantable.push(privilege) } else { last.plain.push(privilege) }
        }
    }
    Ok(grants)
}

/// The roles that grants name, and what this session may be.
pub(super) async fn roles(session: &Session, objects: &[Object], more: &[u32]) -> Result<Roles, FreezeError> {
    let named: BTreeSet<u32> = objects.iter().flat_map(Object::roles).chain(more.iter().copied()).collect();
    let list: Vec<String> = named.iter().map(u32::to_string).collect();
    // SET ROLE asks what the role that logged in is a member of; from 16 on that is a right of its own.
    let may = if session.server_major() >= 16 { "SET" } else { "MEMBER" };
    let sql = format!(
        "SELECT r.oid, r.rolname::text, r.rolsuper, \
           (SELECT s.rolsuper FROM pg_catalog.pg_roles s WHERE s.rolname = session_user) OR pg_catalog.pg_has_role(session_user, r.oid, '{may}'), \
           EXISTS (SELECT FROM pg_catalog.pg_roles m WHERE m.rolcanlogin AND NOT m.rolsuper AND pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER')) \
         FROM pg_catalog.pg_roles r WHERE r.oid = ANY (ARRAY[{}]::oid[])",
        list.join(", ")
    );
    let rows = session.rows(&sql).await.map_err(doing("reading roles"))?;
    let role = |row: &tokio_postgres::Row| {
        (row.get(0), Role { name: row.get(1), superuser: row.get(2), ours: row.get(3), used: row.get(4) })
    };
    Ok(rows.iter().map(role).collect())
}

/// The database's name, its owner, and what it has for `default_transaction_read_only`.
pub(super) async fn setting(session: &Session) -> Result<(String, u32, Option<String>), FreezeError> {
    let sql = "SELECT d.datname::text, d.datdba, \
           (SELECT pg_catalog.substr(kv, pg_catalog.strpos(kv, '=') + 1) FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) kv \
             WHERE s.setdatabase = d.oid AND s.setrole = 0 AND kv LIKE 'default\\_transaction\\_read\\_only=%') \
         FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";
    let rows = session.rows(sql).await.map_err(doing("reading the database's settings"))?;
    let row = rows.first().ok_or(FreezeError::Gone)?;
    Ok((row.get(0), row.get(1), row.get(2)))
}

/// What writes whatever rights there are: to be accepted, since it can be ended or waited for.
pub(super) async fn beyond_rights(session: &Session) -> Result<Vec<Uncovered>, FreezeError> {
    let sql = "SELECT 'role ' || pg_catalog.quote_ident(r.rolname), 'it is a member of pg_write_all_data, which writes to all tables' \
         FROM pg_catalog.pg_roles r, pg_catalog.pg_roles w WHERE w.rolname = 'pg_write_all_data' AND r.oid <> w.oid \
           AND r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, w.oid, 'MEMBER') \
         UNION ALL SELECT 'prepared transaction ' || pg_catalog.quote_literal(p.gid), pg_catalog.format('of %I: COMMIT PREPARED writes what it has done', p.owner) \
         FROM pg_catalog.pg_prepared_xacts p WHERE p.database = pg_catalog.current_database() \
         UNION ALL SELECT 'subscription ' || pg_catalog.quote_ident(s.subname), 'it applies what another server changes: ALTER SUBSCRIPTION … DISABLE stops it' \
         FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid \
         WHERE d.datname = pg_catalog.current_database() AND s.subenabled ORDER BY 1";
    let rows = session.rows(sql).await.map_err(doing("asking who else writes"))?;
    Ok(rows.iter().map(|row| Uncovered { what: row.get(0), why: row.get(1) }).collect())
}

/// What nothing stops, and what is seen only if it writes while that is watched for.
pub(super) async fn remarks(session: &Session) -> Result<Vec<String>, FreezeError> {
    let mut remarks = Vec::new();
    let listed = |rows: &[tokio_postgres::Row]| {
        let names: Vec<String> = rows.iter().take(5).map(|row| row.get(0)).collect();
        let more = if rows.len() > 5 { format!(" and {} more", rows.len() - 5) } else { String::new() };
        format!("{}{more}", names.join(", "))
    };
    let superusers =
        "SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles WHERE rolsuper AND rolcanlogin ORDER BY 1";
    let rows = session.rows(superusers).await.map_err(doing("asking for superusers"))?;
    if !rows.is_empty() {
        remarks.push(format!("superusers write whatever rights there are: {}", listed(&rows)));
    }
    let definers = format!(
        "SELECT pg_catalog.format('%I.%I (of %I)', n.nspname, p.proname, o.rolname) FROM pg_catalog.pg_proc p \
         JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_roles o ON o.oid = p.proowner \
         WHERE p.prosecdef AND o.rolsuper AND n.nspname !~ '{OURS}' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1"
    );
    let rows = session.rows(&definers).await.map_err(doing("asking for functions that run as their owner"))?;
    if !rows.is_empty() {
        remarks.push(format!("functions run with a superuser's rights for whoever may call them: {}", listed(&rows)));
    }
    let overriding = "SELECT pg_catalog.quote_ident(r.rolname) FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole, \
           pg_catalog.unnest(s.setconfig) kv WHERE kv LIKE 'default\\_transaction\\_read\\_only=%' \
           AND (s.setdatabase = 0 OR s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())) ORDER BY 1";
    let rows = session.rows(overriding).await.map_err(doing("asking for settings of roles"))?;
    if !rows.is_empty() {
        let said = format!(
            "roles have a default_transaction_read_only of their own, and rights alone stop them: {}",
            listed(&rows)
        );
        remarks.push(said);
    }
    Ok(remarks)
}

/// A statement that sets the database's default, or takes it back.
pub(super) fn set_default(database: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => {
            let value = backout_schema::literal(value);
            format!("ALTER DATABASE {} SET default_transaction_read_only = {}", ident(database), value.trim_start())
        }
        None => format!("ALTER DATABASE {} RESET default_transaction_read_only", ident(database)),
    }
}
