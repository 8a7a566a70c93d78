//! What times on two samples say of the whole: a straight line through both.
//!
//! Must not know: how they were measured.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::RehearsedMigration;
use super::sample::SampledTable;

/// Two runs of the same differ by so much, or by this part.
const NOISE_MS: f64 = 3.0;
const NOISE: f64 = 0.2;

/// A sample that was rehearsed on, and the smaller one beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// The size that was asked for.
    pub bytes: u64,
    pub tables: Vec<SampledTable>,
    /// The smaller sample, from which it is seen how times grow; empty where everything came whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smaller: Vec<SampledTable>,
}

/// What a migration would take on all rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Rows of the tables that it locks or writes: in the smaller sample, in the larger one, in the target.
    pub rows: [u64; 3],
    pub migrate_ms: f64,
    pub migrate_lock_ms: f64,
    pub undo_ms: f64,
    pub undo_lock_ms: f64,
    pub undo_tail_ms: f64,
    /// What two runs differ by, on all rows: each time may be longer or shorter by so much.
    #[serde(default)]
    pub margin_ms: f64,
}

impl Sample {
    /// Tables of which only a part is there.
    pub fn parts(&self) -> impl Iterator<Item = &SampledTable> {
        self.tables.iter().filter(|table| !table.whole)
    }

    /// Whether every row of the target is there.
    pub fn is_whole(&self) -> bool {
        self.parts().next().is_none()
    }

    /// Rows of tables in the smaller sample, in the larger one, in the target.
    pub(super) fn rows(&self, tables: &BTreeSet<&str>) -> [u64; 3] {
        let count = |sample: &[SampledTable], of: fn(&SampledTable) -> u64| -> u64 {
            sample.iter().filter(|one| tables.contains(one.table.as_str())).map(of).sum()
        };
        [count(&self.smaller, |t| t.rows), count(&self.tables, |t| t.rows), count(&self.tables, |t| t.of)]
    }
}

impl Estimate {
    /// What the target's size makes of a migration that was rehearsed on both samples; `rows` are those of what it
    /// locks or writes. None where both samples hold the same, or all.
    pub(super) fn new(small: &RehearsedMigration, large: &RehearsedMigration, rows: [u64; 3]) -> Option<Estimate> {
        if rows[1] >= rows[2] || rows[1] <= rows[0] {
            return None;
        }
        let at = |small, large| line(small, large, rows);
        Some(Estimate {
            rows,
            migrate_ms: at(small.migrate_ms, large.migrate_ms),
            migrate_lock_ms: at(small.migrate_lock_ms, large.migrate_lock_ms),
            undo_ms: at(small.undo_ms, large.undo_ms),
            undo_lock_ms: at(small.undo_lock_ms, large.undo_lock_ms),
            undo_tail_ms: at(small.undo_tail_ms, large.undo_tail_ms),
            margin_ms: noise(large.migrate_ms.max(large.undo_ms)) * reach(rows),
        })
    }
}

/// What two runs of the same differ by.
fn noise(time: f64) -> f64 {
    NOISE_MS.max(time * NOISE)
}

/// How often what the two samples differ by fits into what is left.
fn reach(rows: [u64; 3]) -> f64 {
    let [few, more, all] = rows.map(|rows| rows as f64);
    if more <= few { 0.0 } else { (all - more) / (more - few) }
}

/// The time at the whole. What does not grow beyond what two runs differ by, does not grow.
fn line(small: f64, large: f64, rows: [u64; 3]) -> f64 {
    let grown = large - small;
    if grown < noise(large) { large } else { large + grown * reach(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_nearly_one_size_tell_little() {
        assert!((noise(100.0) * reach([25_000, 100_000, 1_000_000]) - 240.0).abs() < 0.01);
        assert!(noise(100.0) * reach([80, 106, 20_000]) > 15_000.0);
    }

    #[test]
    fn times_grow_with_the_rows_or_stay() {
        for (small, large, rows, expected) in [
            // 10 ms and 1 ms for a thousand rows.
            (35.0, 110.0, [25_000, 100_000, 10_000_000], 10_010.0),
            (20.0, 21.0, [25_000, 100_000, 10_000_000], 21.0),
            (90.0, 100.0, [25_000, 100_000, 10_000_000], 100.0),
            (90.0, 20.0, [25_000, 100_000, 10_000_000], 20.0),
            // Both samples hold the same.
            (10.0, 50.0, [100, 100, 1000], 50.0),
        ] {
            let found = line(small, large, rows);
            assert!((found - expected).abs() < 0.01, "{found} instead of {expected}");
        }
    }
}
