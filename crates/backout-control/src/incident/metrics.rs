//! Figures over incidents and releases: how long it took to notice, decide and recover, and how many changes failed.
//!
//! Must not know: where the incidents and the history come from.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::record::Record;
use crate::ledger::Severity;

/// Since a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics {
    pub since: Timestamp,
    pub until: Timestamp,
    pub incidents: usize,
    pub open: usize,
    pub minor: usize,
    pub major: usize,
    pub critical: usize,
    /// From the beginning of a breach to its detection.
    pub detect: Spread,
    /// From the detection to the decision.
    pub decide: Spread,
    /// From the detection to the end of the way back: DORA's time to restore.
    pub recover: Spread,
    pub changes: Changes,
    /// Changes that were taken back, of all: DORA's change failure rate. Nothing where there was no change.
    pub change_failure_rate: Option<f64>,
    /// DORA's deployment frequency.
    pub changes_per_week: f64,
}

/// Over those incidents of which it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    pub of: usize,
    pub median_ms: Option<u64>,
    pub max_ms: Option<u64>,
}

/// What was released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    pub all: usize,
    pub failed: usize,
}

/// A change of the history: a migration, or a release without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub at: Timestamp,
    pub failed: bool,
}

impl Spread {
    fn of(mut all: Vec<u64>) -> Self {
        all.sort_unstable();
        let median = match all.len() {
            0 => None,
            // Between the two in the middle.
            even if even % 2 == 0 => Some(all[even / 2 - 1].midpoint(all[even / 2])),
            odd => Some(all[odd / 2]),
        };
        Self { of: all.len(), median_ms: median, max_ms: all.last().copied() }
    }
}

pub fn of(records: &[Record], changes: &[Change], since: Timestamp, until: Timestamp) -> Metrics {
    let records: Vec<&Record> = records.iter().filter(|one| one.opened >= since && one.opened <= until).collect();
    let spread = |one: &dyn Fn(&Record) -> Option<u64>| Spread::of(records.iter().filter_map(|r| one(r)).collect());
    let of = |level| records.iter().filter(|one| one.severity == level).count();
    let changed: Vec<&Change> = changes.iter().filter(|one| one.at >= since && one.at <= until).collect();
    let (all, failed) = (changed.len(), changed.iter().filter(|one| one.failed).count());
    let span = Duration::try_from(until.duration_since(since)).unwrap_or_default();
    let weeks = span.as_secs_f64() / (7.0 * 86_400.0);
    Metrics {
        since,
        until,
        incidents: records.len(),
        open: records.iter().filter(|one| one.open).count(),
        minor: of(Severity::Minor),
        major: of(Severity::Major),
        critical: of(Severity::Critical),
        detect: spread(&|one| one.took.detect_ms),
        decide: spread(&|one| one.took.decide_ms),
        recover: spread(&|one| one.took.recover_ms),
        changes: Changes { all, failed },
        change_failure_rate: (all > 0).then(|| failed as f64 / all as f64),
        changes_per_week: if weeks > 0.0 { all as f64 / weeks } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        for (all, median, max) in [
            (vec![], None, None),
            (vec![5], Some(5), Some(5)),
            (vec![9, 1, 4], Some(4), Some(9)),
            (vec![8, 2], Some(5), Some(8)),
        ] {
            let spread = Spread::of(all);
            assert_eq!((spread.median_ms, spread.max_ms), (median, max));
        }
    }

    #[test]
    fn changes_outside_of_the_time_do_not_count() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let change = |seconds, failed| Change { at: at(seconds), failed };
        let changes = [change(5, true), change(10, false), change(20, true), change(700_000, false)];
        let found = of(&[], &changes, at(10), at(10 + 604_800));
        assert_eq!((found.changes.all, found.changes.failed), (2, 1));
        assert_eq!(found.change_failure_rate, Some(0.5));
        assert!((found.changes_per_week - 2.0).abs() < 1e-9);
    }
}
