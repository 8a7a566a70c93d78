//! Recorded observations against the rules, under a simulated clock: what would have fired when, how often rightly, and
//! which limit would have been better.
//!
//! Must not know: files, or the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::observation::Observation;
use crate::rule::{Limit, Rule};
use crate::watch::{Around, Firing, Verdict, Watch};

/// One line of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    Incident(Incident),
    Observed {
        trigger: String,
        #[serde(flatten)]
        observation: Observation,
    },
}

/// A time in which something was wrong, and the triggers that should have seen it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    pub incident: String,
    pub from: Timestamp,
    pub to: Timestamp,
    pub triggers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub triggers: Vec<Judged>,
}

/// How one trigger did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    pub trigger: String,
    pub firings: Vec<Firing>,
    /// Firings within an incident of it.
    pub right: usize,
    /// Firings outside of any.
    pub wrong: usize,
    /// Incidents in which it did not fire.
    pub missed: Vec<String>,
    /// Of its firings, how many were right.
    pub precision: Option<f64>,
    /// Of its incidents, how many it saw.
    pub recall: Option<f64>,
    /// From the begin of an incident to its firing, on average.
    pub delay_seconds: Option<f64>,
    pub suggestion: Option<Suggestion>,
}

/// A limit that would have done better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    pub limit: f64,
    pub right: usize,
    pub wrong: usize,
    pub missed: usize,
    pub delay_seconds: Option<f64>,
}

/// How often the clock ticks where nothing is observed.
const TICK: SignedDuration = SignedDuration::from_secs(1);

/// So many limits are tried.
const TRIED: usize = 40;

/// Replays them. Each trigger has only its own observations.
pub fn replay(rules: &[Rule], lines: &[Line], baselines: &BTreeMap<String, f64>) -> Report {
    let mut observed: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    let mut incidents = Vec::new();
    for line in lines {
        match line {
            Line::Incident(incident) => incidents.push(incident),
            Line::Observed { trigger, observation } => observed.entry(trigger).or_default().push(observation),
        }
    }
    for observations in observed.values_mut() {
        observations.sort_by_key(|one| one.at);
    }
    let judged = rules.iter().filter_map(|rule| {
        let observations = observed.get(rule.name.as_str())?;
        let own = incidents.iter().filter(|one| one.triggers.contains(&rule.name)).copied().collect::<Vec<_>>();
        let baseline = baselines.get(&rule.name).copied();
        let (firings, values) = fire(rule, observations, baseline);
        let now = score(&firings, &own);
        let suggestion = better(rule, observations, baseline, &own, &now, &values);
        Some(Judged {
            trigger: rule.name.clone(),
            right: now.right,
            wrong: now.wrong,
            precision: share(now.right, now.right + now.wrong),
            recall: share(own.len() - now.missed.len(), own.len()),
            missed: now.missed,
            delay_seconds: now.delay,
            firings,
            suggestion,
        })
    });
    Report { triggers: judged.collect() }
}

/// What fires, and which values were seen on the way.
fn fire(rule: &Rule, observations: &[&Observation], baseline: Option<f64>) -> (Vec<Firing>, Vec<f64>) {
    let (Some(first), Some(last)) = (observations.first(), observations.last()) else { return Default::default() };
    let mut watch = Watch::new(rule.clone());
    let around = Around { baseline, breached: BTreeSet::new() };
    let (mut firings, mut values) = (Vec::new(), Vec::new());
    // Whatever lasts when the recording ends may still fire.
    let tail = rule.hold.saturating_add(rule.veto_for).min(Duration::from_secs(3600));
    let end = last.at.checked_add(SignedDuration::try_from(tail).unwrap_or_default()).unwrap_or(last.at);
    let end = if rule.silent_after.is_zero() { last.at } else { end };
    let mut rest = observations.iter().copied().peekable();
    let mut now = first.at;
    while now <= end {
        while let Some(one) = rest.next_if(|one| one.at <= now) {
            watch.take(one.clone());
        }
        let reading = watch.judge(now, &around);
        if matches!(reading.verdict, Verdict::Healthy | Verdict::Breached) {
            values.extend(reading.value);
        }
        firings.extend(reading.fires);
        let tick = now.checked_add(TICK).unwrap_or(Timestamp::MAX);
        now = rest.peek().map_or(tick, |next| next.at.min(tick));
    }
    (firings, values)
}

struct Score {
    right: usize,
    wrong: usize,
    missed: Vec<String>,
    delay: Option<f64>,
}

impl Score {
    /// The better the greater: the harmonic mean of precision and recall, then the shorter delay.
    #[expect(clippy::cast_precision_loss, reason = "counts of incidents")]
    fn rank(&self, incidents: usize) -> (f64, f64) {
        let seen = incidents - self.missed.len();
        let f1 = 2.0 * seen as f64 / (seen + incidents + self.wrong).max(1) as f64;
        (f1, -self.delay.unwrap_or_default())
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of incidents")]
fn score(firings: &[Firing], incidents: &[&Incident]) -> Score {
    let within = |firing: &Firing, one: &Incident| firing.at >= one.from && firing.at <= one.to;
    let right = firings.iter().filter(|firing| incidents.iter().any(|one| within(firing, one))).count();
    let (mut missed, mut delays) = (Vec::new(), Vec::new());
    for incident in incidents {
        match firings.iter().find(|firing| within(firing, incident)) {
            Some(firing) => delays.push(firing.at.duration_since(incident.from).as_secs_f64()),
            None => missed.push(incident.incident.clone()),
        }
    }
    let delay = (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / delays.len() as f64);
    Score { right, wrong: firings.len() - right, missed, delay }
}

fn better(
    rule: &Rule,
    observations: &[&Observation],
    baseline: Option<f64>,
    incidents: &[&Incident],
    now: &Score,
    values: &[f64],
) -> Option<Suggestion> {
    if incidents.is_empty() || rule.sequential.is_some() {
        return None;
    }
    let mut tried: Vec<f64> = values.to_vec();
    tried.sort_by(f64::total_cmp);
    tried.dedup();
    let step = (tried.len() / TRIED).max(1);
    let mut best: Option<(Suggestion, (f64, f64))> = None;
    for limit in tried.into_iter().step_by(step) {
        let limited = match rule.limit {
            Limit::Above(_) => Limit::Above(limit),
            Limit::Below(_) => Limit::Below(limit),
            Limit::TimesBaseline(_) => match baseline.filter(|base| *base > 0.0) {
                Some(base) => Limit::TimesBaseline(limit / base),
                None => return None,
            },
        };
        let other = Rule { limit: limited, clears_at: None, ..rule.clone() };
        let scored = score(&fire(&other, observations, baseline).0, incidents);
        let rank = scored.rank(incidents.len());
        if rank > now.rank(incidents.len()) && best.as_ref().is_none_or(|(_, before)| rank > *before) {
            let limit = match limited {
                Limit::Above(limit) | Limit::Below(limit) | Limit::TimesBaseline(limit) => limit,
            };
            let Score { right, wrong, missed, delay } = scored;
            best = Some((Suggestion { limit, right, wrong, missed: missed.len(), delay_seconds: delay }, rank));
        }
    }
    best.map(|(suggestion, _)| suggestion)
}

#[expect(clippy::cast_precision_loss, reason = "counts of incidents")]
fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}
