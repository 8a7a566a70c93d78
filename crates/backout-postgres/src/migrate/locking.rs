//! The locks that a rehearsal saw, taken before anything is done.
//!
//! Must not know: what the tables are locked for.

use super::{Environment, MigrateError};
use crate::locks::LockOrder;
use std::collections::BTreeMap;
use std::time::Duration;

/// How an attempt queues for locks.
#[derive(Debug)]
pub(super) struct Locking {
    /// How long for each.
    pub patience: Duration,
    pub order: LockOrder,
}

/// Lock modes that others feel, weakest first: as `pg_locks` names them and as LOCK TABLE takes them.
const LOCK_MODES: &[(&str, &str)] = &[
    ("ShareLock", "SHARE"),
    ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    ("ExclusiveLock", "EXCLUSIVE"),
    ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

impl Locking {
    /// Takes the locks that the rehearsal saw, before anything is done: whoever is in
    /// the way is met while nothing is held, not in the middle.
    pub(super) async fn lock_ahead(&mut self, env: &Environment<'_>) -> Result<(), MigrateError> {
        let mut tables: BTreeMap<&str, u8> = BTreeMap::new();
        for lock in env.mode.locks {
            let strength = LOCK_MODES.iter().position(|(mode, _)| *mode == lock.mode).map_or(0, |p| p as u8 + 1);
            let entry = tables.entry(&lock.table).or_default();
            *entry = (*entry).max(strength);
        }
        let mut wanted: Vec<(String, &str)> = Vec::new();
        for (position, (_, words)) in LOCK_MODES.iter().enumerate().rev() {
            let of_mode = tables.iter().filter(|(_, strength)| usize::from(**strength) == position + 1);
            wanted.extend(of_mode.map(|(name, _)| ((*name).to_owned(), *words)));
        }
        self.order
            .take(env.session, &wanted)
            .await
            .map_err(MigrateError::server("taking the locks that the rehearsal saw"))
    }
}
