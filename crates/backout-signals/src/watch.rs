//! One trigger over time: it takes observations and says, when asked, how things are and whether it fires.
//!
//! All that it knows is in it, so that it goes on after it was written down and read again.
//!
//! Must not know: what time it is, or what a firing leads to.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::observation::{Observation, Said};
use crate::rule::{Limit, Measure, Rule, Veto};
use crate::window::Window;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    rule: Rule,
    window: Window,
    /// Since when it is breached without a break.
    breached: Option<Timestamp>,
    /// When it fired, and whether that was in the breach that lasts.
    fired: Option<Timestamp>,
    has_fired: bool,
    held_back: Option<Vetoed>,
    /// The sum of the sequential test.
    sum: f64,
}

/// What else counts at the moment of a judgement.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// What was measured when all was well.
    pub baseline: Option<f64>,
    /// Other triggers that are breached.
    pub breached: BTreeSet<String>,
}

/// How things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Healthy,
    /// The limit is passed.
    Breached,
    /// There is not enough to conclude from.
    Inconclusive,
    /// The source has said nothing for too long.
    NoData,
    /// The source could not say.
    SourceError,
}

/// What a trigger says at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub trigger: String,
    pub at: Timestamp,
    pub verdict: Verdict,
    pub value: Option<f64>,
    pub limit: Option<f64>,
    pub samples: Option<u64>,
    /// Since when the limit is passed.
    pub since: Option<Timestamp>,
    pub vetoed: Option<Vetoed>,
    /// Once for each firing.
    pub fires: Option<Firing>,
    pub why: String,
}

/// What holds a firing back, and until when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vetoed {
    pub veto: Veto,
    pub until: Timestamp,
    pub why: String,
}

/// A trigger has fired: the evidence of what follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    pub trigger: String,
    pub at: Timestamp,
    pub value: f64,
    pub limit: f64,
    pub since: Timestamp,
    pub samples: Option<u64>,
    pub people: u64,
    pub falling: bool,
    pub why: String,
}

impl Watch {
    pub fn new(rule: Rule) -> Self {
        let window = Window::new(rule.over);
        Self { rule, window, breached: None, fired: None, has_fired: false, held_back: None, sum: 0.0 }
    }

    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// What was measured in the earlier half of the window, and in the later one.
    pub fn halves(&self, now: Timestamp) -> Option<(f64, f64)> {
        self.window.halves(self.rule.measure, now, self.rule.over)
    }

    /// The plan has changed. What was observed is kept where it is still what the rule asks for.
    pub fn adopt(&mut self, rule: Rule) {
        if self.rule == rule {
            return;
        }
        let is_same = self.rule.measure == rule.measure && self.rule.over == rule.over;
        let fired = self.fired;
        if is_same {
            self.rule = rule;
            self.held_back = None;
        } else {
            *self = Self { fired, ..Self::new(rule) };
        }
    }

    /// What it fired for was only to be watched for a while: where the breach lasts, it fires once more without a rest.
    pub fn again(&mut self) {
        self.has_fired = false;
        self.fired = None;
    }

    pub fn take(&mut self, observation: Observation) {
        if let (Some(test), Said::Events { count, of: Some(of), .. }) = (self.rule.sequential, &observation.said) {
            // Far beyond the bound it would take as long to come back.
            self.sum = (self.sum + test.weight(*count, *of)).clamp(0.0, 2.0 * test.bound());
        }
        self.window.take(observation);
    }

    /// How things are now. It fires in at most one judgement of a breach.
    pub fn judge(&mut self, now: Timestamp, around: &Around) -> Reading {
        self.window.prune(now, self.rule.over);
        let measured = self.window.measure(self.rule.measure, now, self.rule.over);
        let limit = match self.rule.limit {
            Limit::Above(limit) | Limit::Below(limit) => Some(limit),
            Limit::TimesBaseline(times) => around.baseline.filter(|base| base.is_finite()).map(|base| base * times),
        };
        let blank = Reading {
            trigger: self.rule.name.clone(),
            at: now,
            verdict: Verdict::Inconclusive,
            value: measured.value.filter(|value| value.is_finite()),
            limit,
            samples: measured.samples,
            since: None,
            vetoed: None,
            fires: None,
            why: String::new(),
        };
        match self.doubt(now, &blank) {
            Some((verdict, why)) => {
                // What nobody saw has not lasted: the time begins anew.
                self.calm();
                Reading { verdict, why, ..blank }
            }
            None => self.known(now, around, blank),
        }
    }

    /// Why nothing can be concluded.
    fn doubt(&self, now: Timestamp, reading: &Reading) -> Option<(Verdict, String)> {
        if let Some((at, why)) = &self.window.failed {
            return Some((Verdict::SourceError, format!("the source failed at {at:.0}: {why}")));
        }
        let Some(heard) = self.window.heard else {
            return Some((Verdict::NoData, "the source has said nothing yet".to_owned()));
        };
        let silent = now.duration_since(heard);
        if !self.rule.silent_after.is_zero() && silent > signed(self.rule.silent_after) {
            return Some((Verdict::NoData, format!("the source has said nothing for {} s", silent.as_secs())));
        }
        let needed = self.rule.at_least;
        if let Some(samples) = reading.samples.filter(|samples| *samples < needed) {
            return Some((Verdict::Inconclusive, format!("{samples} samples where {needed} are needed")));
        }
        if reading.value.is_none() {
            return Some((Verdict::Inconclusive, "there is nothing to measure in the window".to_owned()));
        }
        if reading.limit.is_none() {
            return Some((Verdict::Inconclusive, "there is no baseline to compare with".to_owned()));
        }
        None
    }

    fn calm(&mut self) {
        self.breached = None;
        self.has_fired = false;
        self.held_back = None;
    }

    fn known(&mut self, now: Timestamp, around: &Around, reading: Reading) -> Reading {
        let (Some(value), Some(limit)) = (reading.value, reading.limit) else { return reading };
        if !self.is_breached(value, limit) {
            self.calm();
            let why = format!("{} is within {}", round(value), round(limit));
            return Reading { verdict: Verdict::Healthy, why, ..reading };
        }
        // A clock that was set back begins no time in the future.
        let since = self.breached.map_or(now, |since| since.min(now));
        self.breached = Some(since);
        let beyond = self.beyond(value, limit);
        let reading = Reading { verdict: Verdict::Breached, since: Some(since), ..reading };
        if self.has_fired {
            return Reading { why: format!("{beyond}; it has fired"), ..reading };
        }
        let lasts = now.duration_since(since);
        if lasts < signed(self.rule.hold) {
            let why = format!("{beyond} for {} of {} s", lasts.as_secs(), self.rule.hold.as_secs());
            return Reading { why, ..reading };
        }
        let rests_until = self.fired.and_then(|fired| fired.checked_add(signed(self.rule.cool_down)).ok());
        if let Some(until) = rests_until.filter(|until| now < *until) {
            return Reading { why: format!("{beyond}; it fired before, and rests until {until}"), ..reading };
        }
        if let Some(vetoed) = self.veto(now, around, value) {
            let why = format!("{beyond}, but {}; watched until {:.0}", vetoed.why, vetoed.until);
            return Reading { vetoed: Some(vetoed), why, ..reading };
        }
        self.has_fired = true;
        self.fired = Some(now);
        self.held_back = None;
        let firing = Firing {
            trigger: self.rule.name.clone(),
            at: now,
            value,
            limit,
            since,
            samples: reading.samples,
            people: self.window.people(now, self.rule.over),
            falling: self.is_falling(now),
            why: beyond.clone(),
        };
        Reading { fires: Some(firing), why: format!("{beyond}; it fires"), ..reading }
    }

    /// Once it is breached a value may be within the limit, and not yet where it clears.
    fn beyond(&self, value: f64, limit: f64) -> String {
        let is_beyond = match self.rule.limit {
            Limit::Below(_) => value < limit,
            Limit::Above(_) | Limit::TimesBaseline(_) => value > limit,
        };
        match self.rule.clears_at.filter(|_| !is_beyond) {
            Some(clears) => {
                format!("it passed {}, and is {}, not back to {}", round(limit), round(value), round(clears))
            }
            None => format!("{} has passed {}", round(value), round(limit)),
        }
    }

    fn is_breached(&self, value: f64, limit: f64) -> bool {
        if let Some(test) = self.rule.sequential {
            return self.sum >= test.bound() || (self.breached.is_some() && self.sum > 0.0);
        }
        let clears = match self.breached {
            Some(_) => self.rule.clears_at.unwrap_or(limit),
            None => limit,
        };
        match self.rule.limit {
            Limit::Below(_) => value < clears,
            Limit::Above(_) | Limit::TimesBaseline(_) => value > clears,
        }
    }

    /// What holds it back: the veto that did before, until its time is over, else the first that holds now.
    fn veto(&mut self, now: Timestamp, around: &Around, value: f64) -> Option<Vetoed> {
        if let Some(held) = self.held_back.as_ref().filter(|held| now < held.until) {
            return Some(held.clone());
        }
        let vetoes = self.rule.vetoes.clone();
        self.held_back = vetoes.into_iter().find_map(|veto| {
            let why = self.speaks_against(&veto, now, around, value)?;
            let until = now.checked_add(signed(self.rule.veto_for)).unwrap_or(Timestamp::MAX);
            Some(Vetoed { veto, until, why })
        });
        self.held_back.clone()
    }

    fn speaks_against(&self, veto: &Veto, now: Timestamp, around: &Around, value: f64) -> Option<String> {
        match veto {
            Veto::Falling { below } => {
                let holds = value < *below && self.is_falling(now);
                holds.then(|| format!("it is less than {} and falling", round(*below)))
            }
            Veto::FewPeople { under } => {
                let people = self.window.people(now, self.rule.over);
                (people < *under).then(|| format!("it happened to {people} where {under} count"))
            }
            Veto::NotCritical { unless } => {
                let holds = !unless.iter().any(|other| around.breached.contains(other));
                holds.then(|| "nothing critical is affected".to_owned())
            }
            Veto::Known { reason } => Some(format!("it is known: {reason}")),
        }
    }

    fn is_falling(&self, now: Timestamp) -> bool {
        let halves = self.window.halves(self.rule.measure, now, self.rule.over);
        halves.is_some_and(|(earlier, later)| match self.rule.limit {
            Limit::Below(_) => later > earlier,
            _ => later < earlier,
        })
    }

    /// What it measures now, whatever that means for its limit. A baseline is made of it.
    pub fn value(&self, now: Timestamp) -> Option<f64> {
        match self.rule.measure {
            Measure::Absence => None,
            measure => self.window.measure(measure, now, self.rule.over).value,
        }
    }
}

fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}

/// A number as people read it.
fn round(value: f64) -> String {
    let text = if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.4}") };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
