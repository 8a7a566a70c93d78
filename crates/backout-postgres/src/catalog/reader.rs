//! Runs the catalog queries and turns their rows into values.

use super::error::CatalogError;
use super::queries::{Queries, SCOPE, present};
use super::rows::Builder;
use crate::boxed;
use crate::session::Session;
use backout_schema::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::Row;

/// What must hold while definitions are printed, so that texts compare: the search path decides
/// what is qualified, the others how constants are written. Of a large catalog the server would compile each query, which
/// takes longer than to run it.
const PINS: &str = "SET LOCAL search_path = ''; SET LOCAL \"DateStyle\" = 'ISO, YMD'; SET LOCAL \"IntervalStyle\" = 'postgres'; \
     SET LOCAL \"TimeZone\" = 'UTC'; SET LOCAL quote_all_identifiers = off; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; \
     SET LOCAL jit = off";

/// Reads the whole catalog.
///
/// Inside a transaction (`in_transaction`) the settings that printing needs are taken back through a
/// savepoint; outside one, a repeatable-read transaction is opened for the purpose.
pub async fn read_catalog(session: &Session, in_transaction: bool) -> Result<Catalog, CatalogError> {
    pinned(session, in_transaction, "", &Queries::new(session.server_version(), false)).await
}

/// Reads the objects of a scope again, inside a transaction: relations with all their parts, types and
/// functions by object id, and all that is neither. The rest, the dependencies included, is that of `base`.
pub async fn read_again(session: &Session, base: &Catalog, scope: &BTreeSet<u32>) -> Result<Catalog, CatalogError> {
    let ids: Vec<String> = scope.iter().map(u32::to_string).collect();
    let set = format!("; SET LOCAL {SCOPE} = '{{{}}}'", ids.join(","));
    let fresh = pinned(session, true, &set, &Queries::new(session.server_version(), true)).await?;
    let stays = |o: &Arc<Object>| {
        let root = base.root(o.id);
        by_scope(root.class) && !scope.contains(&root.oid) && !scope.contains(&o.id.oid)
    };
    let objects = base.shared().filter(stays).chain(fresh.shared());
    Ok(Catalog::new(objects, base.dependencies().to_vec(), BTreeMap::new()))
}

/// Classes that the scope's queries restrict.
fn by_scope(root: Class) -> bool {
    matches!(root, Class::Relation | Class::Type | Class::Function | Class::Constraint)
}

/// So often a reading begins anew because objects of others went away under it.
const ATTEMPTS: usize = 40;

/// Printing a view's definition locks what it reads until the transaction ends, so a reading may stand between another
/// session's `DROP VIEW` and its `DROP TABLE`. It is the reading that gives way then, long before the server looks for
/// a deadlock (`deadlock_timeout`, 1 s) and cancels the other session's statement.
const YIELDS_AFTER: &str = "SET LOCAL lock_timeout = '50ms'";

/// So long it gives way; then it waits as the session's own `lock_timeout` says.
const YIELDS_FOR: Duration = Duration::from_secs(10);

/// Between two of those readings.
const BETWEEN: Duration = Duration::from_millis(20);

/// So many of them see one snapshot. What prints definitions looks into the newest catalog, and fails for what went
/// away since the snapshot; a snapshot for each query leaves it less time.
const WITH_ONE_SNAPSHOT: usize = 6;

async fn pinned(
    session: &Session,
    in_transaction: bool,
    set: &str,
    queries: &Queries,
) -> Result<Catalog, CatalogError> {
    let failed = |source| CatalogError::Query { what: "transaction", source };
    let mut attempt = 1;
    let started = Instant::now();
    loop {
        let yields = started.elapsed() < YIELDS_FOR;
        let wait = if yields { YIELDS_AFTER } else { "" };
        let (begin, end) = if in_transaction {
            ("SAVEPOINT backout_read", "ROLLBACK TO SAVEPOINT backout_read; RELEASE SAVEPOINT backout_read")
        } else if attempt <= WITH_ONE_SNAPSHOT {
            ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT")
        } else {
            ("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", "COMMIT")
        };
        let present = session.scalar(&format!("{begin}; {PINS}{set}; {wait}; {}", present())).await.map_err(failed)?;
        let others = queries.others(present.as_deref().unwrap_or_default());
        // Boxed: a few dozen queries in flight make a large future, and it is part of many others.
        let result = boxed(read_all(session, queries, &others)).await;
        let ended = session.batch(end).await;
        match result {
            Err(error) if yields && error.is_about_a_lock() && ended.is_ok() => tokio::time::sleep(BETWEEN).await,
            Err(error) if attempt < ATTEMPTS && error.is_about_what_went_away() && ended.is_ok() => attempt += 1,
            // The first error is the one to tell.
            Err(error) => return Err(error),
            Ok(catalog) => return ended.map(|()| catalog).map_err(failed),
        }
    }
}

async fn rows(session: &Session, what: &'static str, sql: &str) -> Result<Vec<Row>, CatalogError> {
    session.rows(sql).await.map_err(|source| CatalogError::Query { what, source })
}

async fn rows_if(session: &Session, what: &'static str, sql: Option<&str>) -> Result<Vec<Row>, CatalogError> {
    match sql {
        Some(sql) => rows(session, what, sql).await,
        None => Ok(Vec::new()),
    }
}

async fn read_all(session: &Session, q: &Queries, others: &str) -> Result<Catalog, CatalogError> {
    // All at once: one round trip.
    let (
        constraints,
        relations,
        schemas,
        extensions,
        inherits,
        columns,
        sequences,
        indexes,
        types,
        functions,
        triggers,
        rules,
        policies,
        statistics,
        publications,
        publication_tables,
        publication_schemas,
        event_triggers,
        default_acls,
        others,
        dependencies,
        parts,
        catalogs,
    ) = tokio::try_join!(
        // First what fails when something of it goes away meanwhile.
        rows(session, "constraints", &q.constraints),
        rows(session, "relations", &q.relations),
        rows(session, "schemas", &q.schemas),
        rows(session, "extensions", &q.extensions),
        rows(session, "inheritance", &q.inherits),
        rows(session, "columns", &q.columns),
        rows(session, "sequences", &q.sequences),
        rows(session, "indexes", &q.indexes),
        rows(session, "types", &q.types),
        rows(session, "functions", &q.functions),
        rows(session, "triggers", &q.triggers),
        rows(session, "rules", &q.rules),
        rows(session, "policies", &q.policies),
        rows(session, "statistics", &q.statistics),
        rows(session, "publications", &q.publications),
        rows(session, "publication tables", &q.publication_tables),
        rows(session, "publication schemas", &q.publication_schemas),
        rows(session, "event triggers", &q.event_triggers),
        rows(session, "default privileges", &q.default_acls),
        rows(session, "other kinds", others),
        rows_if(session, "dependencies", q.dependencies),
        rows_if(session, "parts", q.parts),
        rows_if(session, "system catalogs", q.catalogs),
    )?;

    let mut builder = Builder::default();
    builder.inherits(&inherits)?;
    builder.schemas(&schemas)?;
    builder.extensions(&extensions)?;
    builder.relations(&relations)?;
    builder.columns(&columns)?;
    builder.sequences(&sequences)?;
    builder.indexes(&indexes)?;
    builder.constraints(&constraints)?;
    builder.types(&types)?;
    builder.functions(&functions)?;
    builder.triggers(&triggers)?;
    builder.rules(&rules)?;
    builder.policies(&policies)?;
    builder.statistics(&statistics)?;
    builder.publications(&publications, &publication_tables, &publication_schemas)?;
    builder.event_triggers(&event_triggers)?;
    builder.default_acls(&default_acls)?;
    builder.others(&others)?;
    builder.finish(&dependencies, &parts, &catalogs)
}
