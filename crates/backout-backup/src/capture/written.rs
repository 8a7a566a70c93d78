//! How many rows were written since a moment, as far as their changes are captured.
//!
//! Must not know: what follows from it.

use backout_postgres::session::Session;
use backout_schema::literal;
use jiff::Timestamp;
use serde::Serialize;

use super::{CaptureError, Depth, Source};

/// Changes of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
    pub truncated: bool,
    /// From when on they are counted: capture may have begun later than what was asked for.
    pub from: Timestamp,
}

/// Counts the changes of a table since a moment, or since its capture began. `None` where what is captured does not
/// tell: from the write-ahead log. Whether it is whole is another question.
///
/// # Errors
/// When the server says no.
pub async fn written(
    session: &Session,
    source: &Source,
    since: Option<Timestamp>,
) -> Result<Option<Written>, CaptureError> {
    if source.depth == Depth::Slot {
        return Ok(None);
    }
    let counting = CaptureError::server("counting captured changes");
    // Without images, changes carry no time: then all of them count.
    let since = since.filter(|since| *since > source.at && source.depth == Depth::Images);
    let when = since.map_or(String::new(), |since| {
        format!(" AND c.at >= {}::pg_catalog.timestamptz", literal(&since.to_string()).trim_start())
    });
    let sql = format!(
        "SELECT count(*) FILTER (WHERE c.op = 'I'), count(*) FILTER (WHERE c.op = 'U'), count(*) FILTER (WHERE c.op = 'D'), \
           coalesce(bool_or(c.op = 'T'), false) FROM backout_capture.change c WHERE c.source = {}{when}",
        source.number
    );
    let rows = session.rows(&sql).await.map_err(counting)?;
    let number = |place: usize| rows.first().map_or(0, |row| u64::try_from(row.get::<_, i64>(place)).unwrap_or(0));
    Ok(Some(Written {
        inserted: number(0),
        updated: number(1),
        deleted: number(2),
        truncated: rows.first().is_some_and(|row| row.get(3)),
        from: since.unwrap_or(source.at),
    }))
}
