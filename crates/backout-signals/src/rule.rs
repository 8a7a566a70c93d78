//! What a trigger is: what is measured over which time, which value is too much, for how long, and what speaks against
//! acting on it.
//!
//! Must not know: where the values come from, or what is done about a breach.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    pub measure: Measure,
    /// The window that is measured.
    pub over: Duration,
    pub limit: Limit,
    /// How long the limit must be passed without a break (`for`).
    pub hold: Duration,
    /// With fewer samples in the window nothing is concluded.
    pub at_least: u64,
    /// Where a breach ends, if not at the limit itself: hysteresis.
    pub clears_at: Option<f64>,
    /// How long after a firing there is no other one.
    pub cool_down: Duration,
    /// How long the source may say nothing; 0 where it speaks only when something happens.
    pub silent_after: Duration,
    pub vetoes: Vec<Veto>,
    /// How long a veto holds a firing back before it is asked again.
    pub veto_for: Duration,
    /// Decides instead of the limit, by how likely what was seen is.
    pub sequential: Option<Sequential>,
}

/// What is made of the observations in the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Events.
    Count,
    /// Events a minute.
    PerMinute,
    /// Events an hour.
    PerHour,
    /// Events of all that could have been one, from 0 to 1.
    Ratio,
    /// The value that this share of the samples does not pass, such as 0.95.
    Quantile(f64),
    Mean,
    Sum,
    Last,
    Max,
    /// People, sessions or accounts that it happened to.
    People,
    /// Seconds since the last event.
    Absence,
}

/// Which value is too much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    Above(f64),
    Below(f64),
    /// More than so many times what was measured when all was well.
    TimesBaseline(f64),
}

/// What speaks against acting on a breach at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Veto {
    /// It is less than this, and less in the later half of the window than in the earlier one.
    Falling { below: f64 },
    /// It happened to fewer people than this.
    FewPeople { under: u64 },
    /// Nothing critical is affected, unless one of these triggers is breached too.
    NotCritical { unless: Vec<String> },
    /// Somebody knows that it is a false alarm, and has said why.
    Known { reason: String },
}

impl Veto {
    /// Its name in a plan.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Falling { .. } => "falling",
            Self::FewPeople { .. } => "few_people",
            Self::NotCritical { .. } => "not_critical",
            Self::Known { .. } => "known",
        }
    }
}

/// A sequential probability ratio test on events of all that could have been one: it decides as early as the traffic
/// allows, instead of after a fixed time. The sum never falls below zero, so it begins again with each calm stretch (CUSUM).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequential {
    /// The share of events when all is well.
    pub p0: f64,
    /// The share that must be noticed.
    pub p1: f64,
    /// How likely a breach may be claimed where there is none, of one decision.
    pub alpha: f64,
    /// How likely one may be missed.
    pub beta: f64,
}

impl Sequential {
    /// From this sum on it is a breach.
    pub fn bound(&self) -> f64 {
        ((1.0 - self.beta) / self.alpha).ln()
    }

    /// What so many events of so many add to the sum.
    #[expect(clippy::cast_precision_loss, reason = "counts of one observation")]
    pub fn weight(&self, count: u64, of: u64) -> f64 {
        let calm = of.saturating_sub(count) as f64;
        (count as f64).mul_add((self.p1 / self.p0).ln(), calm * ((1.0 - self.p1) / (1.0 - self.p0)).ln())
    }
}
