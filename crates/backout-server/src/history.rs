//! What triggers said in the last minutes, for their charts.
//!
//! Must not know: how a chart is drawn.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use backout_signals::{Reading, Verdict};
use jiff::Timestamp;

/// So many of each trigger.
const KEPT: usize = 120;
/// Of so many triggers.
const TRIGGERS: usize = 1000;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: Timestamp,
    pub(crate) value: Option<f64>,
    pub(crate) limit: Option<f64>,
    pub(crate) verdict: Verdict,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    points: Mutex<BTreeMap<String, VecDeque<Point>>>,
    /// What triggers said last in this process.
    last: Mutex<BTreeMap<String, Reading>>,
}

impl History {
    /// Keeps what was said in this process.
    pub(crate) fn said(&self, reading: &Reading) {
        self.note(reading);
        if let Ok(mut last) = self.last.lock() {
            last.insert(reading.trigger.clone(), reading.clone());
        }
    }

    /// What triggers said last in this process.
    pub(crate) fn last(&self) -> BTreeMap<String, Reading> {
        self.last.lock().map(|last| last.clone()).unwrap_or_default()
    }

    /// Keeps it where it is newer than what is known.
    pub(crate) fn note(&self, reading: &Reading) {
        let Ok(mut all) = self.points.lock() else { return };
        if all.len() >= TRIGGERS && !all.contains_key(&reading.trigger) {
            return;
        }
        let points = all.entry(reading.trigger.clone()).or_default();
        if points.back().is_some_and(|last| reading.at <= last.at) {
            return;
        }
        if points.len() == KEPT {
            points.pop_front();
        }
        let Reading { at, value, limit, verdict, .. } = *reading;
        points.push_back(Point { at, value, limit, verdict });
    }

    pub(crate) fn of(&self, trigger: &str) -> Vec<Point> {
        let all = self.points.lock();
        all.ok().and_then(|all| all.get(trigger).map(|points| points.iter().cloned().collect())).unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::SignedDuration;

    use super::*;

    pub(crate) fn reading(second: i64, value: Option<f64>) -> Reading {
        Reading {
            trigger: "errors".to_owned(),
            at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second),
            verdict: Verdict::Healthy,
            value,
            limit: Some(0.5),
            samples: Some(1),
            since: None,
            vetoed: None,
            fires: None,
            why: String::new(),
        }
    }

    #[test]
    fn the_newest_are_kept_each_once() {
        let history = History::default();
        for second in 0..200 {
            history.note(&reading(second, Some(1.0)));
            history.note(&reading(second, Some(2.0)));
            history.note(&reading(second - 1, Some(3.0)));
        }
        let kept = history.of("errors");
        assert_eq!(kept.len(), KEPT);
        assert_eq!(kept[0].at.as_second(), 80);
        assert!(kept.iter().all(|point| point.value == Some(1.0)));
        assert!(history.of("others").is_empty());
    }
}
