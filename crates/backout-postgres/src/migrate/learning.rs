//! What a run learns on a clone for the live one, and what it is told by the rehearsal of before.
//!
//! Must not know: what is done with a lesson.

use super::{Environment, Lessons, MigrateError, Origin, TakenLock, Timing};
use backout_schema::ObjectId;
use std::collections::BTreeSet;

/// Lessons and measurements, statement by statement.
#[derive(Debug, Default)]
pub(super) struct Learning {
    /// Statements of the whole file, counted for lessons.
    pub ordinal: usize,
    pub timings: Vec<Timing>,
    pub lessons: Lessons,
    /// Tables and modes.
    pub seen_locks: BTreeSet<(String, String)>,
}

impl Learning {
    /// Columns that the rehearsal saw getting another type by this statement.
    pub(super) fn foretold_types(&self, env: &Environment<'_>) -> Vec<String> {
        env.mode.lessons.and_then(|l| l.retyped.get(&self.ordinal)).cloned().unwrap_or_default()
    }

    /// Table locks that this statement took first.
    pub(super) async fn new_locks(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
    ) -> Result<Vec<TakenLock>, MigrateError> {
        let rows = env
            .session
            .client
            .query_typed(
                "SELECT c.oid, l.mode FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation \
                 WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p') AND c.oid >= 16384 \
                 AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')",
                &[],
            )
            .await
            .map_err(|e| MigrateError::Server { doing: "reading the locks", source: e.into() })?;
        let mut taken = Vec::new();
        for row in rows {
            let id = ObjectId::relation(row.get(0));
            let Some(table) = origin.catalog.get(id) else { continue };
            if origin.catalog.is_ours(id) {
                continue;
            }
            let name = origin.catalog.sql_name(table.id);
            let mode: String = row.get(1);
            if self.seen_locks.insert((name.clone(), mode.clone())) {
                taken.push(TakenLock { table: name, mode });
            }
        }
        taken.sort_by(|a, b| (&a.table, &a.mode).cmp(&(&b.table, &b.mode)));
        Ok(taken)
    }
}
