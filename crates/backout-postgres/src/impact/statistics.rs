//! What the server has counted of a table's writes.
//!
//! Must not know: what it is compared with.

use jiff::Timestamp;

use super::count;
use crate::session::{DatabaseError, Session};

/// Rows written since the counters began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
    /// When they were set back; without that they go back to when the table was made.
    pub since: Option<Timestamp>,
}

/// Of a table and its partitions; `None` where nothing is counted.
///
/// # Errors
/// When the server says no.
pub async fn statistics(session: &Session, table: u32) -> Result<Option<Counted>, DatabaseError> {
    let sql = format!(
        "SELECT coalesce(pg_catalog.sum(s.n_tup_ins), 0)::int8, coalesce(pg_catalog.sum(s.n_tup_upd), 0)::int8, \
           coalesce(pg_catalog.sum(s.n_tup_del), 0)::int8, pg_catalog.count(*), \
           (SELECT stats_reset FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()) \
         FROM pg_catalog.pg_stat_all_tables s WHERE s.relid = {table} OR s.relid IN (SELECT relid FROM pg_catalog.pg_partition_tree({table}::regclass))"
    );
    let rows = session.rows(&sql).await?;
    let Some(row) = rows.first().filter(|row| row.get::<_, i64>(3) > 0) else { return Ok(None) };
    Ok(Some(Counted { inserted: count(row, 0), updated: count(row, 1), deleted: count(row, 2), since: row.get(4) }))
}
