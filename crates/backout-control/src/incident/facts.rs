//! What runs did and what was told, as values of a record.
//!
//! Must not know: what a record makes of it.

use backout_runbook::chain::Record;
use backout_runbook::{Event, Phase, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::runs::Journal;
use crate::told::{self, End, Fact};

/// A run, as far as it was gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    pub run: String,
    /// `rollback`, `release`.
    pub procedure: String,
    pub phase: String,
    pub because: String,
    pub opened: Timestamp,
    pub opener: String,
    pub ended: Option<Timestamp>,
    pub took_ms: u64,
    /// The way that it ended in, or is in.
    pub way: String,
    /// How the way was chosen, a line each.
    pub path: Vec<String>,
    /// What a person was told before he agreed to it, a line each.
    pub foreseen: Vec<String>,
    /// The firing that it was begun on.
    pub firing: Option<String>,
    pub ways: Vec<WayFacts>,
    /// Steps that wait for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedFacts>,
    /// Since when nobody goes on by himself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Timestamp>,
    pub records: u64,
    /// The last record's hash: whoever has it can tell whether the journal is still the same.
    pub hash: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayFacts {
    pub way: String,
    pub began: Timestamp,
    /// When it was left, or had come to its end.
    pub ended: Option<Timestamp>,
    pub took_ms: f64,
    pub budget_ms: Option<u64>,
    pub end: End,
    /// The step for which it ended so.
    pub step: Option<String>,
    pub because: Vec<String>,
    pub steps: Vec<StepFacts>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFacts {
    pub name: String,
    pub kind: String,
    pub state: String,
    pub ended: Option<Timestamp>,
    pub took_ms: Option<f64>,
    pub budget_ms: Option<u64>,
    pub why: String,
    pub facts: Vec<Fact>,
}

impl StepFacts {
    /// Whether it took no longer than it may; nothing where it has not ended.
    pub fn is_in_budget(&self) -> Option<bool> {
        Some(self.took_ms? <= self.budget_ms? as f64)
    }
}

/// A step that people are asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedFacts {
    pub step: String,
    pub at: Timestamp,
    pub until: Timestamp,
    /// How many different people must agree.
    pub approvals: u32,
    pub given: u32,
}

/// What was told to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub key: String,
    pub channel: String,
    pub at: Timestamp,
    /// `sent`, `waiting`, `held`, `dead`, `dropped`.
    pub state: String,
    pub sent: Option<Timestamp>,
    pub approved: Option<String>,
    /// What went wrong with it last.
    pub last: Option<String>,
}

/// What a journal says.
pub(super) fn run_facts(journal: &Journal) -> RunFacts {
    let state = &journal.state;
    let opened = journal.records.first().and_then(|record| record.event(&journal.run).ok());
    let (because, facts) = match opened {
        Some(Event::Opened { because, facts, .. }) => (because, facts),
        _ => (String::new(), Value::Null),
    };
    let lines = |name: &str| -> Vec<String> {
        let all = facts[name].as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let is_over = state.phase.is_over();
    let gone = told::gone(journal);
    // Ways are gone in their order, and none twice.
    let specs = |name: &str| state.procedure.ways.iter().find(|way| way.name == name);
    let ways = gone.into_iter().map(|way| {
        let spec = specs(&way.way);
        let budget = |step: &str| {
            let steps = spec.into_iter().flat_map(|spec| &spec.steps);
            steps.into_iter().find(|spec| spec.name == step).map(|spec| spec.budget.0)
        };
        let steps = way.steps.into_iter().map(|step| StepFacts {
            budget_ms: budget(&step.name),
            name: step.name,
            kind: step.kind,
            state: step.state.to_owned(),
            ended: step.ended,
            took_ms: step.took.map(|took| took.as_secs_f64() * 1e3),
            why: step.why,
            facts: step.facts,
        });
        WayFacts {
            steps: steps.collect(),
            began: way.began,
            ended: Some(way.until).filter(|_| way.end != End::Open),
            took_ms: way.took.as_secs_f64() * 1e3,
            budget_ms: spec.and_then(|spec| spec.budget).map(|budget| budget.0),
            end: way.end,
            step: way.step,
            because: way.because,
            way: way.way,
        }
    });
    RunFacts {
        run: journal.run.clone(),
        procedure: state.procedure.name.clone(),
        phase: journal.phase().to_owned(),
        because,
        opened: state.opened,
        opener: state.opener.clone(),
        ended: ended(journal).filter(|_| is_over),
        took_ms: u64::try_from(journal.took().as_millis()).unwrap_or(u64::MAX),
        way: state.current().name.clone(),
        path: lines("path"),
        foreseen: lines("foreseen"),
        firing: facts["evidence"]["id"].as_str().map(str::to_owned),
        ways: ways.collect(),
        asked: asked(journal),
        stopped: stopped(journal),
        records: journal.head.seq,
        hash: journal.head.hash.clone(),
    }
}

/// The steps of the way that is gone which wait for people.
fn asked(journal: &Journal) -> Vec<AskedFacts> {
    let state = &journal.state;
    if state.phase.is_over() || state.phase == Phase::Stopped {
        return Vec::new();
    }
    let at = |step: usize| {
        let asked = |record: &&Record| matches!(record.event(&journal.run), Ok(Event::ApprovalAsked { step: of, .. }) if of == step);
        journal.records.iter().rev().find(asked).map(|record| record.at)
    };
    let steps = state.current().steps.iter().zip(&state.steps).enumerate();
    let open = steps.filter_map(|(place, (spec, one))| match &one.status {
        Status::Asked { until, by, .. } => Some(AskedFacts {
            step: spec.name.clone(),
            at: at(place)?,
            until: *until,
            approvals: spec.approval.as_ref().map_or(1, |approval| approval.quorum),
            given: u32::try_from(by.len()).unwrap_or(u32::MAX),
        }),
        _ => None,
    });
    open.collect()
}

/// When it came to a stop that it is still in.
fn stopped(journal: &Journal) -> Option<Timestamp> {
    let last = |record: &&Record| matches!(record.event(&journal.run), Ok(Event::Stopped { .. }));
    let last = journal.records.iter().rev().find(last).map(|record| record.at);
    last.filter(|_| journal.state.phase == Phase::Stopped)
}

/// When it was closed or ended; what was noted behind that is no part of it.
fn ended(journal: &Journal) -> Option<Timestamp> {
    let last = journal
        .records
        .iter()
        .rev()
        .find(|record| matches!(record.event(&journal.run), Ok(Event::Closed { .. } | Event::Aborted { .. })));
    last.map(|record| record.at)
}

/// Every fact, with its run and its step.
pub(super) fn facts(runs: &[RunFacts]) -> impl Iterator<Item = (&RunFacts, &StepFacts, &Fact)> {
    let steps =
        runs.iter().flat_map(|run| run.ways.iter().flat_map(move |way| way.steps.iter().map(move |s| (run, s))));
    steps.flat_map(|(run, step)| step.facts.iter().map(move |fact| (run, step, fact)))
}
