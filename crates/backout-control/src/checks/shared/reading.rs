//! A session that only reads, all of it at one moment, and never a part of the rows without saying so.
//!
//! Must not know: what is read.

use backout_postgres::session::{DatabaseError, Session};

use super::super::Context;
use crate::outside::Trouble;

/// Longer than any check may take.
const LONGEST: u128 = 86_400_000;

/// Begins a transaction in which nothing can be written, and in which row-level security is an error where it would hide
/// rows.
pub(crate) async fn begin(context: &Context<'_>) -> Result<Session, Trouble> {
    let session = context.env.connect().await?;
    let left = context.left().as_millis().clamp(1, LONGEST);
    let begin = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {left}; SET LOCAL row_security = off"
    );
    session.batch(&begin).await.map_err(failed)?;
    Ok(session)
}

/// Ends it by a COMMIT, of nothing: whoever watches the share of transactions that are rolled back watches ours as well, and
/// one that its session leaves open is rolled back.
pub(crate) async fn end(session: Session) {
    // The server ends it where this fails.
    session.batch("COMMIT").await.ok();
    session.close().await;
}

pub(crate) fn failed(error: DatabaseError) -> Trouble {
    Trouble::new(error.to_string(), true)
}
