//! Runs the catalog queries and turns their rows into values.

use super::queries::Queries;
use super::rows::Builder;
use crate::session::DatabaseError;
use backout_schema::*;
use tokio_postgres::{Client, Row};

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("reading the catalog ({what})")]
    Query {
        what: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("reading the catalog ({what}): a column is not of the expected type")]
    Decode {
        what: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },
    #[error("reading the catalog: an access privilege could not be read")]
    Acl(#[from] ParseAclError),
}

/// What must hold while definitions are printed, so that texts compare: the search path decides
/// what is qualified, the others how constants are written.
const PINS: &str = "SET LOCAL search_path = ''; SET LOCAL \"DateStyle\" = 'ISO, YMD'; SET LOCAL \"IntervalStyle\" = 'postgres'; \
     SET LOCAL \"TimeZone\" = 'UTC'; SET LOCAL quote_all_identifiers = off; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'";

/// Reads the whole catalog.
///
/// Inside a transaction (`in_transaction`) the settings that printing needs are taken back through a
/// savepoint; outside one, a repeatable-read transaction is opened for the purpose.
pub async fn read_catalog(client: &Client, version: u32, in_transaction: bool) -> Result<Catalog, CatalogError> {
    let failed = |source: tokio_postgres::Error| CatalogError::Query { what: "transaction", source: source.into() };
    let (begin, end) = if in_transaction {
        ("SAVEPOINT backout_read", "ROLLBACK TO SAVEPOINT backout_read; RELEASE SAVEPOINT backout_read")
    } else {
        ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "ROLLBACK")
    };
    client.batch_execute(&format!("{begin}; {PINS}")).await.map_err(failed)?;
    // Boxed: a few dozen queries in flight make a large future, and it is part of many others.
    let result = Box::pin(read_all(client, &Queries::new(version))).await;
    if result.is_ok() || in_transaction {
        client.batch_execute(end).await.map_err(failed)?;
    } else {
        // The first error is the one to tell.
        let _ = client.batch_execute(end).await;
    }
    result
}

async fn rows(client: &Client, what: &'static str, sql: &str) -> Result<Vec<Row>, CatalogError> {
    client.query_typed(sql, &[]).await.map_err(|source| CatalogError::Query { what, source: source.into() })
}

async fn read_all(client: &Client, q: &Queries) -> Result<Catalog, CatalogError> {
    let (
        (schemas, extensions, relations, inherits, columns, sequences, indexes, constraints),
        (types, functions, triggers, rules, policies, statistics, publications),
        (publication_tables, publication_schemas, event_triggers, default_acls, others),
        (dependencies, parts, catalogs),
    ) = tokio::try_join!(
        async {
            tokio::try_join!(
                rows(client, "schemas", &q.schemas),
                rows(client, "extensions", &q.extensions),
                rows(client, "relations", &q.relations),
                rows(client, "inheritance", &q.inherits),
                rows(client, "columns", &q.columns),
                rows(client, "sequences", &q.sequences),
                rows(client, "indexes", &q.indexes),
                rows(client, "constraints", &q.constraints),
            )
        },
        async {
            tokio::try_join!(
                rows(client, "types", &q.types),
                rows(client, "functions", &q.functions),
                rows(client, "triggers", &q.triggers),
                rows(client, "rules", &q.rules),
                rows(client, "policies", &q.policies),
                rows(client, "statistics", &q.statistics),
                rows(client, "publications", &q.publications),
            )
        },
        async {
            tokio::try_join!(
                rows(client, "publication tables", &q.publication_tables),
                rows(client, "publication schemas", &q.publication_schemas),
                rows(client, "event triggers", &q.event_triggers),
                rows(client, "default privileges", &q.default_acls),
                rows(client, "other kinds", &q.others),
            )
        },
        async {
            tokio::try_join!(
                rows(client, "dependencies", q.dependencies),
                rows(client, "parts", q.parts),
                rows(client, "system catalogs", q.catalogs),
            )
        },
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
