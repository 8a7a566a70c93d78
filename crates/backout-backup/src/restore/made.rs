//! Tables that are gone, recreated in the live database: with the privileges that the backup has and none besides, and
//! compared with it object by object.
//!
//! Must not know: which statements of the definitions these are.

use backout_postgres::sqlstate;
use std::collections::{BTreeMap, BTreeSet};

use backout_postgres::catalog::read_catalog;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{Catalog, Class, Detail, literal};

use super::anew::{Anew, Made, child_name};
use super::schema::{Step, name_of, qualified};
use super::{Request, RestoreError, compare, read, run};
use crate::capture;

/// Runs statements in their order. Whatever they make begins without what the default privileges of now give it.
pub async fn make(
    session: &Session,
    request: &Request<'_>,
    steps: &[Step],
    notes: &mut Vec<String>,
) -> Result<(), RestoreError> {
    for step in steps {
        run(session, &step.alone(), request.lenient, notes).await.map_err(needs)?;
        if let Some(made) = Made::by(&step.sql) {
            bare(session, &made).await.map_err(RestoreError::server("taking default privileges away"))?;
        }
    }
    Ok(())
}

/// What it stands on may be gone as well: a schema, a type, another table.
fn needs(error: RestoreError) -> RestoreError {
    const NOT_THERE: [&str; 4] = [
        sqlstate::UNDEFINED_TABLE,
        sqlstate::UNDEFINED_OBJECT,
        sqlstate::UNDEFINED_FUNCTION,
        sqlstate::INVALID_SCHEMA_NAME,
    ];
    match error {
        RestoreError::Statement { sql, source } if NOT_THERE.iter().any(|code| source.has_code(code)) => {
            RestoreError::Needs { sql, source }
        }
        other => other,
    }
}

/// A function of this transaction: there may be others of its name.
const NEW: &str = "p.xmin::pg_catalog.text = (pg_catalog.txid_current() % 4294967296)::pg_catalog.text";

/// What a dump grants counts from the privileges that PostgreSQL gives by itself.
async fn bare(session: &Session, made: &Made) -> Result<(), DatabaseError> {
    let object = match made {
        Made::Relation(name) => format!(
            "SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || oid::pg_catalog.regclass AS said, relacl AS acl, \
             pg_catalog.acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner) AS plain \
             FROM pg_catalog.pg_class WHERE oid = {}::pg_catalog.regclass",
            literal(name)
        ),
        Made::Function(schema, name) => format!(
            "SELECT 'ROUTINE ' || p.oid::pg_catalog.regprocedure AS said, proacl AS acl, pg_catalog.acldefault('f', proowner) AS plain \
             FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = {} AND p.proname = {} AND {NEW}",
            literal(schema),
            literal(name)
        ),
    };
    let role =
        "CASE i.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(i.grantee)) END";
    let sql = format!(
        "SELECT s.sql FROM ({object}) o CROSS JOIN LATERAL ( \
           SELECT DISTINCT 1 AS place, 'REVOKE ALL ON ' || o.said || ' FROM ' || {role} AS sql FROM pg_catalog.aclexplode(o.acl) i \
           UNION SELECT 2, 'GRANT ' || i.privilege_type || ' ON ' || o.said || ' TO ' || {role} FROM pg_catalog.aclexplode(o.plain) i) s \
         WHERE o.acl IS NOT NULL AND NOT (o.acl OPERATOR(pg_catalog.@>) o.plain AND o.plain OPERATOR(pg_catalog.@>) o.acl) ORDER BY s.place"
    );
    let statements: Vec<String> = session.rows(&sql).await?.iter().map(|row| row.get(0)).collect();
    if statements.is_empty() { Ok(()) } else { session.batch(&statements.join(";\n")).await }
}

/// Relations, functions, foreign keys and policies that are there, as they stand in the definitions.
pub async fn there(session: &Session) -> Result<BTreeSet<String>, DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text, o.name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               CROSS JOIN LATERAL (SELECT NULL::text UNION ALL SELECT conname::text FROM pg_catalog.pg_constraint WHERE conrelid = c.oid AND contype = 'f' \
                 UNION ALL SELECT polname::text FROM pg_catalog.pg_policy WHERE polrelid = c.oid) o(name)";
    let rows = session.rows(sql).await?;
    let names = rows.iter().map(|row| {
        let table = name_of(row.get(0), row.get(1));
        match row.get::<_, Option<String>>(2) {
            Some(child) => child_name(&table, &child),
            None => table,
        }
    });
    let mut there: BTreeSet<String> = names.collect();
    let sql = "SELECT n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid) \
               FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')";
    // As a dump writes it.
    session.batch("SET quote_all_identifiers = on").await?;
    let rows = session.rows(sql).await;
    session.batch("SET quote_all_identifiers = off").await?;
    there.extend(rows?.iter().map(|row| format!("{}({})", name_of(row.get(0), row.get(1)), row.get::<_, String>(2))));
    Ok(there)
}

/// Fills materialized views that had rows when they were taken, in the order in which they are made: definitions
/// without rows do not say so.
pub async fn fill_views<'a>(
    session: &Session,
    request: &Request<'_>,
    steps: impl Iterator<Item = &'a Step>,
    // Within a transaction.
    is_within: bool,
    notes: &mut Vec<String>,
) -> Result<(), RestoreError> {
    let views = steps.filter_map(|step| step.sql.strip_prefix("CREATE MATERIALIZED VIEW ").and_then(qualified));
    let views: Vec<String> = views.map(|(name, _)| name).collect();
    if views.is_empty() {
        return Ok(());
    }
    let then = objects(request).await?;
    let catalog = read_catalog(session, is_within).await?;
    let now = backout_reversal::closure::all_as(&catalog, &then);
    let mut empty = BTreeSet::new();
    for object in catalog.outside() {
        let Detail::View(view) = &object.detail else { continue };
        let what = catalog.identity(object.id);
        if view.materialized && !view.populated && then.contains_key(&what) && then.get(&what) != now.get(&what) {
            empty.insert(name_of(object.schema.as_deref().unwrap_or_default(), &object.name));
        }
    }
    for name in views.iter().filter(|name| empty.contains(*name)) {
        run(session, &format!("REFRESH MATERIALIZED VIEW {name}"), request.lenient, notes).await?;
    }
    Ok(())
}

/// The objects of the backup, with a digest of each.
pub async fn objects(request: &Request<'_>) -> Result<BTreeMap<String, String>, RestoreError> {
    let bytes = read(request, &request.manifest.schema.objects).await?;
    serde_json::from_slice(&bytes).map_err(|_| RestoreError::NotText)
}

/// That what was made is what the backup has, in all its parts. What the backup has besides and is not there is noted:
/// it may have gone along.
pub async fn must_be_as_it_was(
    session: &Session,
    request: &Request<'_>,
    plan: &Anew,
    notes: &mut Vec<String>,
) -> Result<(), RestoreError> {
    let mut then = objects(request).await?;
    let catalog = read_catalog(session, true).await?;
    let now = backout_reversal::closure::all_as(&catalog, &then);
    // What is captured is a matter of now.
    then.retain(|what, _| now.contains_key(what) || !what.contains(&format!(" {}", capture::SCHEMA)));
    let functions = session.rows(&format!("SELECT p.oid FROM pg_catalog.pg_proc p WHERE {NEW}")).await;
    let functions = functions.map_err(RestoreError::server("comparing"))?.iter().map(|row| row.get(0)).collect();
    let (made, names) = made(&catalog, plan, &functions);
    let of_now: BTreeMap<String, String> = now
        .iter()
        .filter(|(what, _)| made.contains(*what))
        .map(|(what, digest)| (what.clone(), digest.clone()))
        .collect();
    let of_then = then.iter().filter(|(what, _)| made.contains(*what) || names.iter().any(|name| is_part(what, name)));
    let of_then: BTreeMap<String, String> = of_then.map(|(what, digest)| (what.clone(), digest.clone())).collect();
    let is_same_version = request.manifest.source.server_version / 10_000 == session.server_major();
    let differences = compare::schema(&of_then, &of_now);
    let differences = differences.iter().filter(|difference| is_same_version || !difference.is_worded());
    let said: Vec<String> = differences.map(|difference| format!("{} {}", difference.what, difference.said)).collect();
    if !said.is_empty() {
        return Err(RestoreError::MadeOtherwise(said));
    }
    notes.extend(missing(&then, &now));
    Ok(())
}

/// What was made, and the relations' names as SQL has them.
fn made(catalog: &Catalog, plan: &Anew, functions: &BTreeSet<u32>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut made, mut names) = (BTreeSet::new(), BTreeSet::new());
    for object in catalog.outside() {
        let Some(root) = catalog.get(catalog.root(object.id)) else { continue };
        let name = name_of(root.schema.as_deref().unwrap_or_default(), &root.name);
        let is_made = match root.id.class {
            Class::Relation => plan.relations.contains(&name),
            Class::Function => functions.contains(&root.id.oid),
            _ => false,
        };
        if is_made {
            made.insert(catalog.identity(object.id));
            if root.id.class == Class::Relation {
                names.insert(catalog.sql_name(root.id));
            }
        }
    }
    (made, names)
}

/// Whether `trigger a on public.t` or `column public.t.c` is a part of `public.t`.
fn is_part(what: &str, table: &str) -> bool {
    what.strip_suffix(table).is_some_and(|head| head.ends_with(" on "))
        || ["column ", "default "].iter().any(|kind| {
            what.strip_prefix(kind).and_then(|rest| rest.strip_prefix(table)).is_some_and(|rest| rest.starts_with('.'))
        })
}

/// What the backup has and this database has not, but for the parts of such.
fn missing(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<String> {
    const FEW: usize = 10;
    let gone: Vec<&String> =
        then.keys().filter(|what| !now.contains_key(*what) && !what.starts_with("database ")).collect();
    let relations: Vec<&str> = gone.iter().filter_map(|what| what.rsplit_once(' ').map(|(_, name)| name)).collect();
    let whole = gone.iter().filter(|what| !relations.iter().any(|name| is_part(what, name)));
    let whole: Vec<&str> = whole.map(|what| what.as_str()).collect();
    let more = whole.len().saturating_sub(FEW);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let few: Vec<&str> = whole.into_iter().take(FEW).collect();
    (!few.is_empty()).then(|| format!("the backup also has, and this database has not: {}{more}", few.join(", ")))
}
