//! The locks that a rehearsal saw, taken before anything is done.
//!
//! Must not know: what the tables are locked for.

use super::{Environment, MigrateError};
use crate::locks::LockOrder;
use backout_schema::{LockMode, TableLock};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

/// How an attempt queues for locks.
#[derive(Debug)]
pub(super) struct Locking {
    /// How long for each.
    pub patience: Duration,
    pub order: LockOrder,
}

impl Locking {
    /// Takes the locks that the rehearsal saw, before anything is done: whoever is in
    /// the way is met while nothing is held, not in the middle.
    pub(super) async fn lock_ahead(&mut self, env: &Environment<'_>) -> Result<(), MigrateError> {
        let mut tables: BTreeMap<&str, LockMode> = BTreeMap::new();
        for lock in env.mode.locks.iter().filter(|lock| lock.mode.stops_writers()) {
            let mode = tables.entry(&lock.table).or_insert(lock.mode);
            *mode = lock.mode.max(*mode);
        }
        let mut wanted: Vec<TableLock> =
            tables.into_iter().map(|(table, mode)| TableLock { table: table.to_owned(), mode }).collect();
        // The strongest first.
        wanted.sort_by_key(|lock| Reverse(lock.mode));
        self.order
            .take(env.session, &wanted)
            .await
            .map_err(MigrateError::server("taking the locks that the rehearsal saw"))
    }
}
