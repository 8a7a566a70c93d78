//! Marks that steps of runs leave in the target, in the transaction of what they do: so anybody can tell afterwards
//! whether that was committed.
//!
//! Must not know: what a step does.

use crate::session::{DatabaseError, Session};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS backout.step \
     (mark text PRIMARY KEY, fence bigint NOT NULL, at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp())";

/// Marks a step in the open transaction. One that is marked already fails, and with it the transaction: it is not done
/// twice.
///
/// # Errors
/// What the server said.
pub async fn set(session: &Session, mark: &str, fence: u64) -> Result<(), DatabaseError> {
    if !exists(session).await? {
        session.batch(TABLE).await?;
    }
    let fence = i64::try_from(fence).unwrap_or(i64::MAX);
    session.execute("INSERT INTO backout.step (mark, fence) VALUES ($1, $2)", &[&mark, &fence]).await?;
    Ok(())
}

/// Whether a step left its mark.
///
/// # Errors
/// What the server said.
pub async fn is_set(session: &Session, mark: &str) -> Result<bool, DatabaseError> {
    if !exists(session).await? {
        return Ok(false);
    }
    let found = session.query_opt("SELECT FROM backout.step WHERE mark = $1", &[&mark]).await?;
    Ok(found.is_some())
}

async fn exists(session: &Session) -> Result<bool, DatabaseError> {
    Ok(session.scalar("SELECT pg_catalog.to_regclass('backout.step')::text").await?.is_some())
}
