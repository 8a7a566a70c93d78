//! Taking the locks of many tables beside an application that takes its own in another order.
//!
//! Must not know: what the tables are locked for.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_postgres::types::Type;

use crate::session::{DatabaseError, Session};

/// The tables that LOCK TABLE is not allowed on. Those that are gone are not among them: that is to be said.
const BARRED: &str = "SELECT t FROM unnest($1) t WHERE pg_catalog.to_regclass(t) IS NOT NULL AND NOT \
    pg_catalog.has_table_privilege(pg_catalog.to_regclass(t)::pg_catalog.oid, \
      CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 170000 THEN 'UPDATE, DELETE, TRUNCATE, MAINTAIN' ELSE 'UPDATE, DELETE, TRUNCATE' END)";

/// The order in which tables are locked. Whoever holds the one that we waited for in vain waits for one that we had
/// locked before it; so the next attempt begins with that one, and after a few the order is the application's.
#[derive(Debug, Default)]
pub(crate) struct LockOrder {
    first: Vec<String>,
}

impl LockOrder {
    /// Locks tables (names as SQL has them, with the mode) one after the other, each under the session's
    /// `lock_timeout`.
    ///
    /// Who may only refer to a table (REFERENCES) must not lock it; what he does to his own keys locks it all the same,
    /// in its own time.
    pub async fn take(&mut self, session: &Session, tables: &[(String, &str)]) -> Result<(), DatabaseError> {
        let names: Vec<&str> = tables.iter().map(|(table, _)| table.as_str()).collect();
        let barred = session.client.query_typed(BARRED, &[(&names, Type::TEXT_ARRAY)]).await?;
        let barred: BTreeSet<String> = barred.iter().map(|row| row.get(0)).collect();
        let mut tables: Vec<&(String, &str)> = tables.iter().filter(|(table, _)| !barred.contains(table)).collect();
        let known = tables.len();
        tables.sort_by_key(|(table, _)| self.first.iter().position(|t| t == table).unwrap_or(known));
        let statements: Vec<String> =
            tables.iter().map(|(table, mode)| format!("LOCK TABLE ONLY {table} IN {mode} MODE")).collect();
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        session.all(&statements).await.map_err(|(place, error)| {
            if error.is_retryable() {
                let table = &tables[place].0;
                self.first.retain(|t| t != table);
                self.first.insert(0, table.clone());
            }
            error
        })
    }
}

/// How long an attempt queues: first a moment, then ever longer. As long as we queue others queue behind
/// us, and an application that takes its locks in another order waits for us while we wait for it.
pub(crate) fn patience(attempt: u32, limit: Duration) -> Duration {
    Duration::from_millis(30).saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(limit)
}
