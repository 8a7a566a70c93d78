//! Taking the locks of many tables beside an application that takes its own in another order.
//!
//! Must not know: what the tables are locked for.

use std::collections::BTreeSet;

use backout_schema::TableLock;
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
    /// The lock that the last attempt waited for in vain.
    missed: Option<TableLock>,
}

impl LockOrder {
    /// Locks tables one after the other, each under the session's `lock_timeout`.
    ///
    /// Who may only refer to a table (REFERENCES) must not lock it; what he does to his own keys locks it all the same,
    /// in its own time.
    pub async fn take(&mut self, session: &Session, tables: &[TableLock]) -> Result<(), DatabaseError> {
        self.missed = None;
        let names: Vec<&str> = tables.iter().map(|lock| lock.table.as_str()).collect();
        let barred = barred(session, &names).await?;
        let mut tables: Vec<&TableLock> = tables.iter().filter(|lock| !barred.contains(&lock.table)).collect();
        let known = tables.len();
        tables.sort_by_key(|lock| self.first.iter().position(|table| *table == lock.table).unwrap_or(known));
        let statements: Vec<String> = tables.iter().map(|lock| statement(lock)).collect();
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        session.all(&statements).await.map_err(|(place, error)| {
            if error.is_retryable() {
                let missed = tables[place];
                self.missed = Some(missed.clone());
                self.first.retain(|table| *table != missed.table);
                self.first.insert(0, missed.table.clone());
            }
            error
        })
    }

    /// In words, the table that the last attempt to take locks waited for in vain, and who holds it right now. Nothing
    /// where that attempt got them all.
    pub async fn missed(&self, session: &Session) -> Option<String> {
        let TableLock { table, mode } = self.missed.as_ref()?;
        let held = session.query_typed(HOLDERS, &[(table, Type::TEXT), (&mode.stops_readers(), Type::BOOL)]).await;
        let holders: Vec<String> = held.iter().flatten().map(|row| row.get(0)).collect();
        Some(match holders.is_empty() {
            true => format!("table {table}"),
            false => format!("table {table} (held by {})", holders.join(", ")),
        })
    }
}

/// The table alone: its partitions and inheriting tables are named by themselves.
pub(crate) fn statement(lock: &TableLock) -> String {
    format!("LOCK TABLE ONLY {} IN {} MODE", lock.table, lock.mode)
}

/// Those of these tables that this role must not lock.
pub(crate) async fn barred(session: &Session, names: &[&str]) -> Result<BTreeSet<String>, DatabaseError> {
    let rows = session.query_typed(BARRED, &[(&names, Type::TEXT_ARRAY)]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Who holds a lock on a table that ours has to wait for, such as `process 4711 of app, idle in transaction`. What others
/// run is not said: it may hold what is secret.
const HOLDERS: &str = "SELECT DISTINCT 'process ' || l.pid || coalesce(' of ' || nullif(a.application_name, ''), '') \
      || coalesce(', ' || a.state, '') FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid() \
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
      AND l.relation = pg_catalog.to_regclass($1) AND ($2 OR l.mode NOT IN ('AccessShareLock', 'RowShareLock')) \
    ORDER BY 1 LIMIT 3";
