//! What a run did, as values: every way that was gone, its steps with what they left in the journal, and what is
//! otherwise since and nobody has brought back.
//!
//! Must not know: how any of it is worded, or how a step acts.

mod facts;
mod left;

use std::time::Duration;

use backout_runbook::state::Entry;
use backout_runbook::{Event, Phase, State, Status, apply};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use facts::{Fact, Held};
pub use left::{Left, Value, left, of_ways_back};

use crate::runs::{self, Journal};

/// A way, as far as it was gone.
#[derive(Debug, Clone, Serialize)]
pub struct Gone {
    pub way: String,
    /// Since when it was gone.
    pub since: Timestamp,
    #[serde(rename = "took_ms", serialize_with = "ms")]
    pub took: Duration,
    pub end: End,
    /// The step for which it ended so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Why, as far as no step says it: it took too long, somebody refused or nobody approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    pub steps: Vec<StepGone>,
}

/// What became of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The run is in it.
    Open,
    /// All of it is done, as far as it must be.
    Done,
    /// This one followed.
    Left(String),
    /// What was done was taken back, as far as something does that.
    TakenBack,
    /// It ended where it stood.
    Aborted,
}

/// A step of a way.
#[derive(Debug, Clone, Serialize)]
pub struct StepGone {
    pub name: String,
    pub kind: String,
    pub state: &'static str,
    /// With all its attempts; `None` until it ended.
    #[serde(rename = "took_ms", skip_serializing_if = "Option::is_none", serialize_with = "ms_of")]
    pub took: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why it failed or was left out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
}

fn ms<S: serde::Serializer>(took: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(took.as_secs_f64() * 1e3)
}

fn ms_of<S: serde::Serializer>(took: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_some(&took.map(|took| took.as_secs_f64() * 1e3))
}

/// Every way that was gone, in their order.
pub fn gone(journal: &Journal) -> Vec<Gone> {
    let (mut all, mut state) = (Vec::new(), None::<State>);
    let (mut since, mut reasons) = (journal.state.opened, Vec::new());
    for record in &journal.records {
        let Ok(event) = record.event(&journal.run) else { continue };
        match (&event, &state) {
            (Event::Escalated { to, because }, Some(before)) => {
                reasons.push(because.clone());
                let next = before.procedure.ways.get(*to).map(|way| way.name.clone()).unwrap_or_default();
                all.push(one(before, End::Left(next), since, record.at, std::mem::take(&mut reasons)));
                since = record.at;
            }
            (Event::Unwinding { because } | Event::Stopped { because }, _) => reasons.push(because.clone()),
            (Event::Refused { reason, .. }, _) => reasons.push(format!("{} refused: {reason}", record.by)),
            (Event::Aborted { reason }, _) => reasons.push(format!("{} ended it: {reason}", record.by)),
            _ => {}
        }
        // The journal was found to be whole before, so nothing of it is illegal.
        state = apply(state.as_ref(), Entry { at: record.at, by: &record.by, event: &event }).ok().or(state);
    }
    let state = &journal.state;
    let end = match state.phase {
        Phase::Succeeded => End::Done,
        Phase::Aborted => End::Aborted,
        Phase::Failed => End::TakenBack,
        Phase::Running | Phase::Unwinding | Phase::Stopped => End::Open,
    };
    let last = journal.records.last().map_or(state.opened, |record| record.at);
    all.push(one(state, end, since, last, reasons));
    all
}

fn one(state: &State, end: End, since: Timestamp, until: Timestamp, reasons: Vec<String>) -> Gone {
    let way = state.current();
    let lines = way.steps.iter().zip(&state.steps).zip(runs::steps_of(state));
    let steps: Vec<StepGone> = lines
        .map(|((spec, one), line)| StepGone {
            name: spec.name.clone(),
            kind: spec.kind.clone(),
            state: line.status,
            took: line.took,
            ended: one.ended,
            why: line.why,
            facts: match &one.status {
                Status::Done { facts } => facts::of(&spec.kind, &spec.action, facts),
                Status::Failed { facts, .. } => facts::of_failed(&spec.kind, &spec.action, facts),
                _ => Vec::new(),
            },
        })
        .collect();
    // What stands beside a step is not said once more.
    let of_step = |reason: &str| {
        let says =
            |step: &&StepGone| !step.why.is_empty() && reason.starts_with(&step.name) && reason.ends_with(&step.why);
        steps.iter().find(says).map(|step| step.name.clone())
    };
    let step = reasons.last().and_then(|reason| of_step(reason));
    let mut because: Vec<String> = Vec::new();
    for reason in reasons {
        if of_step(&reason).is_none() && !because.contains(&reason) {
            because.push(reason);
        }
    }
    let took = Duration::try_from(until.duration_since(since)).unwrap_or_default();
    Gone { way: way.name.clone(), since, took, end, step, because, steps }
}
