//! How often locks are tried for beside an application that works, and how long each attempt queues for them.
//!
//! Must not know: what is locked, and what for.

use std::time::{Duration, Instant};

/// The attempts at a transaction that needs locks. Each one that fails gives way to whoever holds them, and the next
/// comes later, ever later.
#[derive(Debug, Clone)]
pub struct Tries {
    began: Instant,
    number: u32,
    limit: Duration,
    retries: u32,
    budget: Option<Duration>,
}

impl Tries {
    /// The first attempt begins. `limit` is the longest that one queues for a lock; no other begins after `retries`
    /// more, nor after the time of `budget`.
    pub fn new(limit: Duration, retries: u32, budget: Option<Duration>) -> Self {
        Self { began: Instant::now(), number: 1, limit, retries, budget }
    }

    /// Counted from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How long this attempt queues. As long as we queue others queue behind us, and an application that takes its locks
    /// in another order waits for us while we wait for it: so the first ones queue for a moment only.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(30).saturating_mul(1 << (self.number - 1).min(10)).min(self.limit)
    }

    /// Whether another attempt may follow this one.
    pub fn are_left(&self) -> bool {
        let spent = self.budget.is_some_and(|budget| self.began.elapsed() >= budget);
        self.number <= self.retries && !spent
    }

    /// How long is waited before the next one.
    pub fn wait(&self) -> Duration {
        Duration::from_millis(50).saturating_mul(1 << self.number.min(6)).min(Duration::from_secs(2))
    }

    /// The next one begins at once: this one has not failed for a lock.
    pub fn again(&mut self) {
        self.number = self.number.saturating_add(1);
    }

    /// Waits, and then the next one begins.
    pub async fn later(&mut self) {
        tokio::time::sleep(self.wait()).await;
        self.again();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_queue_longer_and_come_later_up_to_a_limit() {
        let mut tries = Tries::new(Duration::from_millis(500), 20, None);
        let (mut queued, mut waited) = (Vec::new(), Vec::new());
        while tries.are_left() {
            queued.push(tries.patience().as_millis());
            waited.push(tries.wait().as_millis());
            tries.again();
        }
        assert_eq!(queued[..6], [30, 60, 120, 240, 480, 500]);
        assert_eq!(waited[..6], [100, 200, 400, 800, 1600, 2000]);
        assert_eq!((queued.len(), tries.number()), (20, 21));
        assert_eq!((queued[19], waited[19]), (500, 2000));
    }

    #[test]
    fn none_is_left_without_retries_or_after_the_budget() {
        assert!(!Tries::new(Duration::from_secs(1), 0, None).are_left());
        assert!(!Tries::new(Duration::from_secs(1), 20, Some(Duration::ZERO)).are_left());
        assert!(Tries::new(Duration::from_secs(1), 1, Some(Duration::from_secs(3600))).are_left());
    }
}
