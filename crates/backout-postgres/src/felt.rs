//! What others feel of a statement within its transaction: the locks that it takes, and the tables that it rewrites.
//!
//! Must not know: what the statement is, or whose it is.

use crate::session::{DatabaseError, Session};
use backout_schema::LockMode;
use std::collections::{BTreeMap, BTreeSet};

/// Looks after each statement of a transaction.
#[derive(Debug)]
pub(crate) struct Observer {
    /// The file of each table: where it is another, the table was rewritten, or emptied.
    files: BTreeMap<u32, u32>,
    held: BTreeSet<(u32, LockMode)>,
}

/// What one statement did, by the ids of tables.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Felt {
    /// Locks that were not held before, of those that are not every reader's and writer's own.
    pub locks: Vec<(u32, LockMode)>,
    pub rewritten: Vec<u32>,
}

impl Observer {
    /// Before the first statement.
    pub(crate) async fn begin(session: &Session) -> Result<Observer, DatabaseError> {
        let files = session
            .query_typed(
                "SELECT c.oid, c.relfilenode FROM pg_catalog.pg_class c WHERE c.relkind = 'r' AND c.oid >= 16384",
                &[],
            )
            .await?;
        Ok(Observer { files: files.iter().map(|row| (row.get(0), row.get(1))).collect(), held: BTreeSet::new() })
    }

    /// After each. A table whose file changes is one that this transaction has locked against all others.
    pub(crate) async fn look(&mut self, session: &Session) -> Result<Felt, DatabaseError> {
        let rows = session
            .query_typed(
                "SELECT c.oid, c.relfilenode, l.mode FROM pg_catalog.pg_locks l \
                 JOIN pg_catalog.pg_class c ON c.oid = l.relation WHERE l.pid = pg_catalog.pg_backend_pid() \
                 AND l.granted AND c.relkind IN ('r', 'p') AND c.oid >= 16384 ORDER BY c.oid, l.mode",
                &[],
            )
            .await?;
        let mut felt = Felt::default();
        for row in rows {
            let (table, file, mode): (u32, u32, String) = (row.get(0), row.get(1), row.get(2));
            if self.files.get_mut(&table).is_some_and(|known| std::mem::replace(known, file) != file) {
                felt.rewritten.push(table);
            }
            // What is no mode of LOCK TABLE (a predicate's lock) keeps nobody out.
            let mode = LockMode::of_catalog_name(&mode).filter(|mode| *mode > LockMode::RowExclusive);
            felt.locks.extend(mode.map(|mode| (table, mode)).filter(|lock| self.held.insert(*lock)));
        }
        Ok(felt)
    }
}
