//! What a run learns on a clone for the live one, and what it is told by the rehearsal of before.
//!
//! Must not know: what is done with a lesson.

use super::{Environment, Lessons, MigrateError, Origin, Timing};
use crate::felt::Observer;
use backout_schema::{ObjectId, TableLock};

/// Lessons and measurements, statement by statement.
#[derive(Debug, Default)]
pub(super) struct Learning {
    /// Statements of the whole file, counted for lessons.
    pub ordinal: usize,
    pub timings: Vec<Timing>,
    pub lessons: Lessons,
    pub observer: Option<Observer>,
}

impl Learning {
    /// Columns that the rehearsal saw getting another type by this statement.
    pub(super) fn foretold_types(&self, env: &Environment<'_>) -> Vec<String> {
        env.mode.lessons.and_then(|l| l.retyped.get(&self.ordinal)).cloned().unwrap_or_default()
    }

    /// On a clone, before the first statement.
    pub(super) async fn begin(&mut self, env: &Environment<'_>) -> Result<(), MigrateError> {
        if env.mode.learn {
            let observer = Observer::begin(env.session).await;
            self.observer = Some(observer.map_err(MigrateError::server("reading the files of tables"))?);
        }
        Ok(())
    }

    /// What others feel of the statement that has just run: locks that it took first, and tables that it rewrote.
    pub(super) async fn felt(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
    ) -> Result<(Vec<TableLock>, Vec<String>), MigrateError> {
        let Some(observer) = &mut self.observer else { return Ok((Vec::new(), Vec::new())) };
        let felt = observer.look(env.session).await.map_err(MigrateError::server("reading the locks"))?;
        let name = |table: u32| {
            let id = ObjectId::relation(table);
            (origin.catalog.contains(id) && !origin.catalog.is_ours(id)).then(|| origin.catalog.sql_name(id))
        };
        let locks = felt.locks.into_iter().filter_map(|(table, mode)| Some(TableLock { table: name(table)?, mode }));
        let mut locks: Vec<TableLock> = locks.collect();
        locks.sort_by(|a, b| (&a.table, &a.mode).cmp(&(&b.table, &b.mode)));
        let mut rewrites: Vec<String> = felt.rewritten.into_iter().filter_map(name).collect();
        rewrites.sort_unstable();
        Ok((locks, rewrites))
    }
}
