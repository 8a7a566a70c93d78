//! Recorded observations against the rules, under a simulated clock: what would have fired when, how often rightly, and
//! which limit would have been better.
//!
//! Must not know: files, or the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::observation::Observation;
use crate::rule::{Limit, Rule, Veto};
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

/// Replays them. Each trigger has its own observations, and what the others were then where a veto asks for that.
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
    let replayed = |rule: &Rule, others: &Others| {
        let observations = observed.get(rule.name.as_str())?.clone();
        let mut replay = Replay { observations, baseline: baselines.get(&rule.name).copied(), others: Others::new() };
        replay.others = asked(rule).filter_map(|name| Some((name.clone(), others.get(name)?.clone()))).collect();
        Some(replay)
    };
    let is_asked: BTreeSet<&String> = rules.iter().flat_map(asked).collect();
    let of_itself = |rule: &&Rule| is_asked.contains(&rule.name);
    let others: Others = rules
        .iter()
        .filter(of_itself)
        .filter_map(|rule| Some((rule.name.clone(), replayed(rule, &Others::new())?.fire(rule).breaches)))
        .collect();
    let judged = rules.iter().filter_map(|rule| {
        let replay = replayed(rule, &others)?;
        let own = incidents.iter().filter(|one| one.triggers.contains(&rule.name)).copied().collect::<Vec<_>>();
        let Fired { firings, values, .. } = replay.fire(rule);
        let now = score(&firings, &own);
        let suggestion = replay.better(rule, &own, &now, &values);
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

/// When triggers were breached: each moment at which that changed.
type Others = BTreeMap<String, Vec<(Timestamp, bool)>>;

/// Which other triggers the vetoes of a rule ask for. A breach is one whatever speaks against acting on it.
fn asked(rule: &Rule) -> impl Iterator<Item = &String> {
    rule.vetoes.iter().flat_map(|veto| match veto {
        Veto::NotCritical { unless } => unless.as_slice(),
        _ => &[],
    })
}

/// What one trigger is replayed with.
struct Replay<'l> {
    observations: Vec<&'l Observation>,
    baseline: Option<f64>,
    others: Others,
}

#[derive(Default)]
struct Fired {
    firings: Vec<Firing>,
    /// Which values were seen on the way.
    values: Vec<f64>,
    breaches: Vec<(Timestamp, bool)>,
}

impl Replay<'_> {
    fn fire(&self, rule: &Rule) -> Fired {
        let (Some(first), Some(last)) = (self.observations.first(), self.observations.last()) else {
            return Fired::default();
        };
        let mut watch = Watch::new(rule.clone());
        let mut fired = Fired::default();
        // Whatever lasts when the recording ends may still fire.
        let tail = rule.hold.saturating_add(rule.veto_for).min(Duration::from_secs(3600));
        let end = last.at.checked_add(SignedDuration::try_from(tail).unwrap_or_default()).unwrap_or(last.at);
        let end = if rule.silent_after.is_zero() { last.at } else { end };
        let mut rest = self.observations.iter().copied().peekable();
        let mut now = first.at;
        while now <= end {
            while let Some(one) = rest.next_if(|one| one.at <= now) {
                watch.take(one.clone());
            }
            let reading = watch.judge(now, &Around { baseline: self.baseline, breached: self.breached(now) });
            if matches!(reading.verdict, Verdict::Healthy | Verdict::Breached) {
                fired.values.extend(reading.value);
            }
            let is_breached = reading.verdict == Verdict::Breached;
            if fired.breaches.last().is_none_or(|(_, before)| *before != is_breached) {
                fired.breaches.push((now, is_breached));
            }
            fired.firings.extend(reading.fires);
            let tick = now.checked_add(TICK).unwrap_or(Timestamp::MAX);
            now = rest.peek().map_or(tick, |next| next.at.min(tick));
        }
        fired
    }

    /// The others that were breached then.
    fn breached(&self, now: Timestamp) -> BTreeSet<String> {
        let was = |changes: &Vec<(Timestamp, bool)>| {
            let before = changes.partition_point(|(at, _)| *at <= now).checked_sub(1);
            before.and_then(|place| changes.get(place)).is_some_and(|(_, is_breached)| *is_breached)
        };
        self.others.iter().filter(|(_, changes)| was(changes)).map(|(name, _)| name.clone()).collect()
    }
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

impl Replay<'_> {
    /// A limit that would have done better.
    fn better(&self, rule: &Rule, incidents: &[&Incident], now: &Score, values: &[f64]) -> Option<Suggestion> {
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
                Limit::TimesBaseline(_) => match self.baseline.filter(|base| *base > 0.0) {
                    Some(base) => Limit::TimesBaseline(limit / base),
                    None => return None,
                },
            };
            let other = Rule { limit: limited, clears_at: None, ..rule.clone() };
            let scored = score(&self.fire(&other).firings, incidents);
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
}

#[expect(clippy::cast_precision_loss, reason = "counts of incidents")]
fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}
