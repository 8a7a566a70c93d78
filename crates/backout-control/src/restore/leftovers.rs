//! What restores have replaced and kept: databases, and schemas with rows that were set aside; and their removal.

use backout_backup::capture;
use backout_plan::Remedy;
use backout_postgres::session::Session;
use backout_schema::{ident, literal};
use serde::Serialize;

use super::names::Names;
use crate::failure::Refusal;
use crate::gates::identity;
use crate::{Env, Failure, Result};

/// Each by its name, with its bytes.
#[derive(Debug, Default, Serialize)]
pub struct Leftovers {
    pub databases: Vec<(String, i64)>,
    pub schemas: Vec<(String, i64)>,
}

/// What is kept, the oldest first.
pub async fn list(session: &Session) -> Result<Leftovers> {
    let live = super::live(session).await;
    Ok(Leftovers { databases: replaced(session, &live).await?, schemas: put_aside(session).await? })
}

/// Drops one of them for good.
#[tracing::instrument(name = "restore drop", skip_all, fields(target = env.target_name()))]
pub async fn drop(env: &Env, name: &str) -> Result<()> {
    let session = env.connect().await?;
    let found = list(&session).await?;
    let is = |found: &[(String, i64)]| found.iter().any(|(there, _)| there == name);
    let sql = match (is(&found.databases), is(&found.schemas)) {
        (true, _) => format!("DROP DATABASE {}", ident(name)),
        (_, true) => format!("DROP SCHEMA {} CASCADE", ident(name)),
        _ => {
            let said = format!("{name} is nothing that a restore of {} replaced", super::live(&session).await);
            return Err(Refusal::usage(said, Some(Remedy::ListReplaced)).into());
        }
    };
    identity::pass(env, &session).await?;
    env.confirm(format!("dropping {name} removes what {} was before the restore for good", env.claimed()?))?;
    if is(&found.databases) {
        capture::release_slot(&session, name).await?;
    }
    session
        .batch(&sql)
        .await
        .map_err(|source| Failure::server("dropping it")(source).during(format!("dropping {name}")))
}

/// Databases that were replaced, the oldest first, with their sizes.
pub(super) async fn replaced(session: &Session, live: &str) -> Result<Vec<(String, i64)>> {
    let names = Names::new(live, jiff::Timestamp::UNIX_EPOCH);
    let sql = format!(
        "SELECT datname::text, CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT') THEN pg_catalog.pg_database_size(oid) ELSE 0 END \
         FROM pg_catalog.pg_database WHERE datname ~ {} ORDER BY datname",
        literal(&format!("^{}$", names.pattern("replaced"))).trim_start()
    );
    let failed = Failure::server("looking for databases that were replaced");
    Ok(session.rows(&sql).await.map_err(failed)?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Schemas with rows that were set aside, the oldest first, with their sizes.
async fn put_aside(session: &Session) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT n.nspname::text, coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::int8 FROM pg_catalog.pg_namespace n \
               LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' WHERE n.nspname ~ '^backout_replaced_[0-9]+$' GROUP BY 1 ORDER BY 1";
    let rows = session.rows(sql).await.map_err(Failure::server("looking for rows set aside"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
