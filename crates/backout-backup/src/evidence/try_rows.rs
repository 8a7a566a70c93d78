//! Runs a statement over many rows at once, and finds those that it fails on by halves: the others are done all the
//! same.
//!
//! Must not know: what the statement does.

use backout_postgres::session::{DatabaseError, Session};
use serde::Serialize;

use super::EvidenceError;

/// More rows than that are no exceptions.
const MOST: usize = 10_000;

/// A row that the table does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Its number in the export, from 1.
    pub row: i64,
    pub code: Option<String>,
    pub why: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Try {
    /// Rows that the server says it reached.
    pub(super) reached: u64,
    pub(super) rejects: Vec<Reject>,
}

/// `statement` is given the numbers of the first and last row; `rows` are in order, and between two of them there is
/// none that the statement would reach as well.
pub(super) async fn rows_of(
    session: &Session,
    rows: &[i64],
    statement: &(dyn Fn(i64, i64) -> String + Sync),
    table: &str,
) -> Result<Try, EvidenceError> {
    let failed = |error: DatabaseError| EvidenceError::server(format!("writing the rows of {table}"))(error);
    let mut done = Try::default();
    let mut open: Vec<&[i64]> = vec![rows];
    while let Some(some) = open.pop() {
        let (Some(first), Some(last)) = (some.first(), some.last()) else { continue };
        let trial = session.plain_savepoint("backout_rows").await.map_err(failed)?;
        match session.reach(&statement(*first, *last)).await {
            Ok(reached) => {
                done.reached += reached;
                trial.keep().await.map_err(failed)?;
            }
            Err(error) if !is_about_a_row(&error) => return Err(failed(error)),
            Err(error) => {
                trial.take_back().await.map_err(failed)?;
                if some.len() > 1 {
                    let (left, right) = some.split_at(some.len() / 2);
                    // The left one next: rows are tried in their order.
                    open.extend([right, left]);
                    continue;
                }
                done.rejects.push(Reject { row: *first, code: error.code.clone(), why: error.message.clone() });
                if done.rejects.len() > MOST {
                    let said = format!("{table} takes none of more than {MOST} rows: {}", error.message);
                    return Err(EvidenceError::Refused(said));
                }
            }
        }
    }
    Ok(done)
}

/// What is wrong with values, constraints, or by the word of a trigger; all else is wrong with every row.
fn is_about_a_row(error: &DatabaseError) -> bool {
    error.code.as_deref().is_some_and(|code| ["22", "23", "44", "P0"].iter().any(|class| code.starts_with(class)))
}
