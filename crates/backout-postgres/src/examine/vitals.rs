//! How a database is doing: what its statistics say, for any role that may connect.
//!
//! Must not know: what is too much.

use crate::session::{DatabaseError, Session};

/// Transactions of this database that were rolled back, and all that ended, since its statistics began.
///
/// # Errors
/// When the server says no.
pub async fn transactions(session: &Session) -> Result<(f64, f64), DatabaseError> {
    let sql = "SELECT xact_rollback::float8, (xact_commit + xact_rollback)::float8 FROM pg_catalog.pg_stat_database \
               WHERE datname = pg_catalog.current_database()";
    let rows = session.rows(sql).await?;
    Ok(rows.first().map_or((0.0, 0.0), |row| (row.get(0), row.get(1))))
}

/// Which share of the connections that the server allows is taken.
///
/// # Errors
/// When the server says no.
pub async fn connections(session: &Session) -> Result<f64, DatabaseError> {
    number(
        session,
        "SELECT pg_catalog.count(*)::float8 / pg_catalog.current_setting('max_connections')::float8 \
         FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'",
    )
    .await
}

/// Sessions of this database that have waited for a lock for longer.
///
/// # Errors
/// When the server says no.
pub async fn lock_waits(session: &Session, longer_ms: u64) -> Result<f64, DatabaseError> {
    let sql = format!(
        "SELECT pg_catalog.count(*)::float8 FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock' \
         AND datname = pg_catalog.current_database() \
         AND pg_catalog.clock_timestamp() - state_change > {longer_ms} * interval '1 ms'"
    );
    number(session, &sql).await
}

/// For how many seconds the oldest transaction of this database is open, other than this one.
///
/// # Errors
/// When the server says no.
pub async fn oldest_transaction(session: &Session) -> Result<f64, DatabaseError> {
    number(
        session,
        "SELECT coalesce(pg_catalog.max(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - xact_start)), 0)::float8 \
         FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() \
         AND pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend'",
    )
    .await
}

/// Rows of a table, counted. `name` is as SQL has it.
///
/// # Errors
/// When the server says no.
pub async fn rows(session: &Session, name: &str) -> Result<f64, DatabaseError> {
    number(session, &format!("SELECT pg_catalog.count(*)::float8 FROM {name}")).await
}

/// Calls and milliseconds of all statements of this database; nothing without the extension `pg_stat_statements`.
///
/// # Errors
/// When the server says no.
pub async fn statements(session: &Session) -> Result<Option<(f64, f64)>, DatabaseError> {
    let place = "SELECT pg_catalog.format('%I.pg_stat_statements', n.nspname) FROM pg_catalog.pg_extension x \
                 JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'pg_stat_statements'";
    let Some(view) = session.scalar(place).await? else { return Ok(None) };
    let sql = format!(
        "SELECT coalesce(pg_catalog.sum(calls), 0)::float8, coalesce(pg_catalog.sum(total_exec_time), 0)::float8 FROM {view} \
         WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| (row.get(0), row.get(1))))
}

async fn number(session: &Session, sql: &str) -> Result<f64, DatabaseError> {
    let rows = session.rows(sql).await?;
    Ok(rows.first().map_or(0.0, |row| row.get(0)))
}
