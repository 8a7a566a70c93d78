//! What follows the short transaction and blocks nobody: validation, index builds, refreshes.

use super::residue::Residue;
use super::short::stays_invalid;
use super::{UndoError, kinds};
use crate::failpoint;
use crate::migrate::{Event, Watch};
use crate::session::Session;
use crate::store;
use backout_reversal::TailStep;
use backout_schema::literal;

/// Does what is left after the short transaction, and records each piece as it is done. Returns what could not be.
pub async fn finish_tail(
    session: &Session,
    number: i64,
    mut tail: Vec<TailStep>,
    watch: Watch<'_>,
) -> Result<Vec<Residue>, UndoError> {
    let mut left = Vec::new();
    tail.iter().try_for_each(kinds::check_tail)?;
    while let Some(step) = tail.first().cloned() {
        watch(Event::Tail { about: step.about().to_owned() });
        let failed = |sql: &str| {
            let (sql, about) = (sql.to_owned(), step.about().to_owned());
            move |source| UndoError::Step { sql, about, source }
        };
        match &step {
            TailStep::Validate { sql, .. } => match session.batch(sql).await {
                Ok(()) => {}
                // It holds for all that is written from now on.
                Err(error) => {
                    let said = stays_invalid(step.about(), sql, &error).ok_or(error).map_err(failed(sql))?;
                    store::note_left(session, number, &[said.to_string()]).await?;
                    left.push(said);
                }
            },
            // One that was undone in the same transaction may have taken it away since.
            TailStep::Analyze { sql, .. } if !is_there(session, sql).await? => {}
            TailStep::Refresh { sql, .. } | TailStep::Analyze { sql, .. } => {
                session.batch(sql).await.map_err(failed(sql))?
            }
            TailStep::Index { sql, schema, name, then, .. } => {
                let valid = session
                    .scalar(&format!(
                        "SELECT i.indisvalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = {} AND c.relname = {}",
                        literal(schema).trim_start(),
                        literal(name).trim_start()
                    ))
                    .await
                    .map_err(UndoError::server("looking for an index"))?;
                if valid.as_deref() == Some("f") {
                    let name = backout_schema::qualified(schema, name);
                    session
                        .batch(&format!("DROP INDEX CONCURRENTLY {name}"))
                        .await
                        .map_err(UndoError::server("removing an invalid index"))?;
                }
                if valid.as_deref() != Some("t") {
                    session.batch(sql).await.map_err(failed(sql))?;
                }
                for sql in then {
                    session.batch(sql).await.map_err(failed(sql))?;
                }
            }
        }
        failpoint!("undo.tail");
        tail.remove(0);
        store::undone(session, number, &tail).await?;
    }
    Ok(left)
}

/// Whether the table of an ANALYZE is there.
async fn is_there(session: &Session, analyze: &str) -> Result<bool, UndoError> {
    // Reads SQL: a stored tail has the statement alone.
    let table = analyze.strip_prefix("ANALYZE ").unwrap_or(analyze);
    let found = format!("SELECT pg_catalog.to_regclass({})", literal(table).trim_start());
    Ok(session.scalar(&found).await.map_err(UndoError::server("looking for a table"))?.is_some())
}
