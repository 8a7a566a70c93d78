//! What people did after a migration was taken back, in the target itself: everybody who asks sees the same.
//!
//! Must not know: what the plan demands.

use jiff::Timestamp;
use serde::Serialize;

use crate::session::{DatabaseError, Session};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS backout.action \
     (number bigint NOT NULL, name text NOT NULL, done_by text NOT NULL, note text NOT NULL DEFAULT '', \
      at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), PRIMARY KEY (number, name))";

/// That something was done, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    pub name: String,
    pub done_by: String,
    pub note: String,
    pub at: Timestamp,
}

/// What was done after migration `number` was undone, in the order of time.
///
/// # Errors
/// What the server said.
pub async fn list(session: &Session, number: i64) -> Result<Vec<Action>, DatabaseError> {
    if session.scalar("SELECT pg_catalog.to_regclass('backout.action')::text").await?.is_none() {
        return Ok(Vec::new());
    }
    let sql = "SELECT name, done_by, note, at FROM backout.action WHERE number = $1 ORDER BY at, name";
    let rows = session.query(sql, &[&number]).await?;
    let action =
        |row: &tokio_postgres::Row| Action { name: row.get(0), done_by: row.get(1), note: row.get(2), at: row.get(3) };
    Ok(rows.iter().map(action).collect())
}

/// Notes that it was done, by somebody or else by this session's role. Whoever said so first stays on record.
///
/// # Errors
/// What the server said.
pub async fn done(
    session: &Session,
    number: i64,
    name: &str,
    by: Option<&str>,
    note: &str,
) -> Result<(), DatabaseError> {
    session.batch(TABLE).await?;
    let sql = "INSERT INTO backout.action (number, name, done_by, note) VALUES ($1, $2, coalesce($3, session_user), $4) ON CONFLICT DO NOTHING";
    session.execute(sql, &[&number, &name, &by, &note]).await?;
    Ok(())
}
