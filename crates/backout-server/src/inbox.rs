//! Messages that wait to be written, and the sources that may send them.
//!
//! Must not know: how a message arrives.

use std::sync::Mutex;

use backout_control::sources::Source;
use backout_control::{Env, Result};
use backout_store::Incoming;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// The kind of a source that sends messages.
const WEBHOOK: &str = "webhook";
/// So many messages may wait to be written.
const WAITING: usize = 4096;
/// So much memory may messages take that are not written yet, in KiB: as they are sent, and the same when unpacked.
const ROOM: usize = 128 << 10;

/// A message, and who is told whether it was new.
pub(crate) type Letter = (Incoming, oneshot::Sender<Option<bool>>);

#[derive(Debug)]
pub(crate) struct Hooks {
    pub(crate) senders: Vec<Source>,
    pub(crate) to: mpsc::Sender<Letter>,
    pub(crate) room: Semaphore,
    /// For what packed messages become. Whoever has some of it waits only for the store.
    pub(crate) unpacked: Semaphore,
    /// Taken by the one task that writes.
    from: Mutex<Option<mpsc::Receiver<Letter>>>,
}

impl Hooks {
    /// # Errors
    /// Where a source of the plan cannot be read.
    pub(crate) fn of(env: &Env) -> Result<Self> {
        let plan = env.plan.as_ref().filter(|plan| plan.serve.hooks);
        let sources = plan.map(|plan| Source::of_plan(plan)).transpose()?.unwrap_or_default();
        let senders = sources.into_iter().filter(|source| source.kind == WEBHOOK).collect();
        let (to, from) = mpsc::channel(WAITING);
        Ok(Self {
            senders,
            to,
            room: Semaphore::new(ROOM),
            unpacked: Semaphore::new(ROOM),
            from: Mutex::new(Some(from)),
        })
    }

    /// What is to be written, for the one task that does.
    pub(crate) fn letters(&self) -> Option<mpsc::Receiver<Letter>> {
        self.from.lock().ok()?.take()
    }
}
