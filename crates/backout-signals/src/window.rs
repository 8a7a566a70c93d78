//! What was observed within a time, in slices of it: bounded memory however much arrives, in whatever order.
//!
//! Must not know: limits, verdicts.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::observation::{Observation, Said};
use crate::rule::Measure;

/// How many slices a window has: what leaves it leaves by slices, so the window is that much longer at most.
const SLICES: i64 = 60;

/// So many people are told apart; more are counted as one each time.
const PEOPLE: usize = 10_000;

/// Values of a histogram are told apart where they differ by more than this share.
const PRECISION: f64 = 0.01;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Window {
    /// How long a slice is.
    slice_ms: i64,
    /// By number: the time since 1970 divided by the length of a slice.
    slices: BTreeMap<i64, Slice>,
    /// When each was last seen.
    people: BTreeMap<String, Timestamp>,
    /// The newest reading.
    reading: Option<(Timestamp, f64)>,
    /// The newest observation that said something.
    pub heard: Option<Timestamp>,
    pub first: Option<Timestamp>,
    last_event: Option<Timestamp>,
    /// The newest failure of the source, where nothing good came since.
    pub failed: Option<(Timestamp, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Slice {
    events: u64,
    /// Events that nobody is named for.
    nameless: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
    samples: u64,
    sum: f64,
    max: f64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    histogram: BTreeMap<i32, u64>,
}

/// What a measure comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    /// Nothing where it says nothing, such as a share of none.
    pub value: Option<f64>,
    /// What stands behind it; nothing where a measure needs none.
    pub samples: Option<u64>,
}

impl Window {
    pub fn new(over: Duration) -> Self {
        let slice_ms = (i64::try_from(over.as_millis()).unwrap_or(i64::MAX) / SLICES).max(1);
        Self {
            slice_ms,
            slices: BTreeMap::new(),
            people: BTreeMap::new(),
            reading: None,
            heard: None,
            first: None,
            last_event: None,
            failed: None,
        }
    }

    /// Takes what a source said. A value that is no number is a failure of the source.
    pub fn take(&mut self, observation: Observation) {
        let Observation { at, said } = observation;
        let said = match said {
            Said::Reading { value, .. } if !value.is_finite() => Said::Failed { why: format!("{value} is no number") },
            Said::Samples { values } if values.iter().any(|value| !value.is_finite()) => {
                Said::Failed { why: "a sample is no number".to_owned() }
            }
            said => said,
        };
        if let Said::Failed { why } = said {
            let is_newer = self.heard.is_none_or(|heard| at >= heard);
            if is_newer {
                self.failed = Some((at, why));
            }
            return;
        }
        if self.failed.as_ref().is_some_and(|(failed, _)| at >= *failed) {
            self.failed = None;
        }
        self.heard = Some(self.heard.map_or(at, |heard| heard.max(at)));
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        let slice = self.slices.entry(at.as_millisecond().div_euclid(self.slice_ms)).or_default();
        match said {
            Said::Events { count, of, who } => {
                slice.events = slice.events.saturating_add(count);
                if let Some(of) = of {
                    slice.of = Some(slice.of.unwrap_or_default().saturating_add(of));
                }
                if count > 0 {
                    self.last_event = Some(self.last_event.map_or(at, |last| last.max(at)));
                }
                let mut named = 0;
                for one in who {
                    if self.people.contains_key(&one) || self.people.len() < PEOPLE {
                        let seen = self.people.entry(one).or_insert(at);
                        *seen = (*seen).max(at);
                        named += 1;
                    }
                }
                slice.nameless = slice.nameless.saturating_add(count.saturating_sub(named));
            }
            Said::Reading { value, .. } => {
                slice.add(value);
                if self.reading.is_none_or(|(before, _)| at >= before) {
                    self.reading = Some((at, value));
                }
            }
            Said::Samples { values } => values.iter().for_each(|value| slice.add(*value)),
            Said::Failed { .. } => {}
        }
    }

    /// Forgets what is older than the window.
    pub fn prune(&mut self, now: Timestamp, over: Duration) {
        let from = self.begin(now, over);
        self.slices = self.slices.split_off(&from);
        let from = now.as_millisecond().saturating_sub(millis(over));
        self.people.retain(|_, seen| seen.as_millisecond() >= from);
    }

    /// The number of the first slice that belongs to the window.
    fn begin(&self, now: Timestamp, over: Duration) -> i64 {
        now.as_millisecond().saturating_sub(millis(over)).div_euclid(self.slice_ms)
    }

    /// What came to pass in the window that ends now.
    pub fn measure(&self, measure: Measure, now: Timestamp, over: Duration) -> Measured {
        if measure == Measure::Absence {
            let since = self.last_event.or(self.first);
            let seconds = since.map(|since| now.duration_since(since).as_secs_f64().max(0.0));
            return Measured { value: seconds, samples: None };
        }
        let (begin, end) = (self.begin(now, over), now.as_millisecond().div_euclid(self.slice_ms));
        self.between(measure, begin, end, over)
    }

    /// The same of the earlier and of the later half.
    pub fn halves(&self, measure: Measure, now: Timestamp, over: Duration) -> Option<(f64, f64)> {
        let (begin, end) = (self.begin(now, over), now.as_millisecond().div_euclid(self.slice_ms));
        let middle = begin.midpoint(end);
        // What only the newest value decides is told apart by the mean.
        let measure = if measure == Measure::Last { Measure::Mean } else { measure };
        let earlier = self.between(measure, begin, middle, over / 2).value?;
        let later = self.between(measure, middle + 1, end, over / 2).value?;
        Some((earlier, later))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a window")]
    fn between(&self, measure: Measure, begin: i64, end: i64, over: Duration) -> Measured {
        let slices = || self.slices.range(begin..=end.max(begin)).map(|(_, slice)| slice);
        let events = || slices().map(|slice| slice.events).fold(0_u64, u64::saturating_add);
        let samples = slices().map(|slice| slice.samples).sum::<u64>();
        let sum = || slices().map(|slice| slice.sum).sum::<f64>();
        let of = slices().filter_map(|slice| slice.of).reduce(u64::saturating_add);
        let rate = |unit: f64| Some(events() as f64 * unit / over.as_secs_f64().max(0.001));
        let sampled = |value: f64| Measured { value: (samples > 0).then_some(value), samples: Some(samples) };
        match measure {
            Measure::Count => Measured { value: Some(events() as f64), samples: of },
            Measure::PerMinute => Measured { value: rate(60.0), samples: of },
            Measure::PerHour => Measured { value: rate(3600.0), samples: of },
            Measure::Ratio => {
                let of = of.unwrap_or_default();
                Measured { value: (of > 0).then(|| events() as f64 / of as f64), samples: Some(of) }
            }
            Measure::Quantile(share) => Measured { value: self.quantile(share, begin, end), samples: Some(samples) },
            Measure::Mean => sampled(sum() / samples.max(1) as f64),
            Measure::Sum => sampled(sum()),
            Measure::Last => sampled(self.reading.map_or_else(|| sum() / samples.max(1) as f64, |(_, value)| value)),
            Measure::Max => sampled(slices().filter(|s| s.samples > 0).map(|s| s.max).fold(f64::MIN, f64::max)),
            Measure::People => {
                let nameless = slices().map(|slice| slice.nameless).fold(0_u64, u64::saturating_add);
                Measured { value: Some((self.people.len() as u64 + nameless) as f64), samples: of }
            }
            Measure::Absence => Measured { value: None, samples: None },
        }
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    fn quantile(&self, share: f64, begin: i64, end: i64) -> Option<f64> {
        let mut whole: BTreeMap<i32, u64> = BTreeMap::new();
        for slice in self.slices.range(begin..=end.max(begin)).map(|(_, slice)| slice) {
            for (place, count) in &slice.histogram {
                *whole.entry(*place).or_default() += count;
            }
        }
        let all: u64 = whole.values().sum();
        let rank = ((all as f64 * share).ceil() as u64).clamp(1, all.max(1));
        let mut passed = 0;
        for (place, count) in whole {
            passed += count;
            if passed >= rank {
                return Some(value_at(place));
            }
        }
        None
    }

    /// How many people it happened to: those that are named, and one for each event without a name.
    pub fn people(&self, now: Timestamp, over: Duration) -> u64 {
        let people = self.measure(Measure::People, now, over).value.unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let people = people as u64;
        people
    }
}

impl Slice {
    fn add(&mut self, value: f64) {
        self.max = if self.samples == 0 { value } else { self.max.max(value) };
        self.samples += 1;
        self.sum += value;
        *self.histogram.entry(place_of(value)).or_default() += 1;
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Places of values grow by a fixed share, for negative ones mirrored; 0 is that of all that is nearly nothing.
#[expect(clippy::cast_possible_truncation, reason = "a logarithm of a finite number is small")]
fn place_of(value: f64) -> i32 {
    const NOTHING: f64 = 1e-9;
    let size = value.abs();
    if size < NOTHING {
        return 0;
    }
    let place = ((size / NOTHING).ln() / (2.0 * PRECISION).ln_1p()).ceil() as i32 + 1;
    if value < 0.0 { -place } else { place }
}

/// The middle of what has this place.
fn value_at(place: i32) -> f64 {
    if place == 0 {
        return 0.0;
    }
    let size = 1e-9 * (f64::from(place.abs() - 1) * (2.0 * PRECISION).ln_1p()).exp() / (1.0 + PRECISION);
    if place < 0 { -size } else { size }
}
