//! What runs did and what was told, as values of a record.
//!
//! Must not know: what a record makes of it.

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
    /// Since when it waits for a person to decide how it goes on.
    pub stopped: Option<Timestamp>,
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
    /// What people were asked to agree to, in the order of asking.
    pub asked: Vec<AskedFacts>,
    pub records: u64,
    /// The last record's hash: whoever has it can tell whether the journal is still the same.
    pub hash: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayFacts {
    pub way: String,
    /// Since when it was gone.
    pub since: Timestamp,
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
    pub took_ms: Option<f64>,
    pub ended: Option<Timestamp>,
    pub budget_ms: Option<u64>,
    pub why: String,
    pub facts: Vec<Fact>,
}

/// A question to people before a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedFacts {
    pub way: String,
    pub step: String,
    pub at: Timestamp,
    pub until: Timestamp,
    /// How many people must agree.
    pub approvals: u64,
    /// Who has, each once.
    pub given: Vec<String>,
    /// Whether the step waits for it still.
    pub open: bool,
}

impl StepFacts {
    /// Whether it took no longer than it may; nothing where it has not ended.
    pub fn is_in_budget(&self) -> Option<bool> {
        Some(self.took_ms? <= self.budget_ms? as f64)
    }
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
            took_ms: step.took.map(|took| took.as_secs_f64() * 1e3),
            ended: step.ended,
            why: step.why,
            facts: step.facts,
        });
        WayFacts {
            steps: steps.collect(),
            since: way.since,
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
        stopped: stopped(journal).filter(|_| state.phase == Phase::Stopped),
        took_ms: u64::try_from(journal.took().as_millis()).unwrap_or(u64::MAX),
        way: state.current().name.clone(),
        path: lines("path"),
        foreseen: lines("foreseen"),
        firing: facts["evidence"]["id"].as_str().map(str::to_owned),
        ways: ways.collect(),
        asked: asked(journal),
        records: journal.head.seq,
        hash: journal.head.hash.clone(),
    }
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

/// When it stopped last.
fn stopped(journal: &Journal) -> Option<Timestamp> {
    let is_stop = |event: &Event| matches!(event, Event::Stopped { .. });
    let mut newest = journal.records.iter().rev();
    newest.find(|record| record.event(&journal.run).is_ok_and(|event| is_stop(&event))).map(|record| record.at)
}

/// The questions, with what was answered to each.
fn asked(journal: &Journal) -> Vec<AskedFacts> {
    let (state, mut way, mut all) = (&journal.state, 0, Vec::<AskedFacts>::new());
    for record in &journal.records {
        match record.event(&journal.run) {
            Ok(Event::Escalated { to, .. }) => way = to,
            Ok(Event::ApprovalAsked { step, until, .. }) => {
                let Some(spec) = state.procedure.step(way, step) else { continue };
                all.push(AskedFacts {
                    way: state.procedure.ways.get(way).map(|way| way.name.clone()).unwrap_or_default(),
                    step: spec.name.clone(),
                    at: record.at,
                    until,
                    approvals: spec.approval.as_ref().map_or(1, |approval| u64::from(approval.quorum)),
                    given: Vec::new(),
                    open: false,
                });
            }
            Ok(Event::Approved { step, .. }) => {
                let name = state.procedure.step(way, step).map(|spec| spec.name.as_str());
                let last = all.last_mut().filter(|last| Some(last.step.as_str()) == name);
                if let Some(given) = last.map(|last| &mut last.given).filter(|given| !given.contains(&record.by)) {
                    given.push(record.by.clone());
                }
            }
            _ => {}
        }
    }
    let waiting = state.current().steps.iter().zip(&state.steps).find_map(|(spec, one)| match &one.status {
        Status::Asked { by, .. } => {
            let quorum = spec.approval.as_ref().map_or(1, |approval| approval.quorum as usize);
            (by.len() < quorum && state.phase == Phase::Running).then_some(&spec.name)
        }
        _ => None,
    });
    if let (Some(waiting), Some(last)) = (waiting, all.last_mut()) {
        last.open = *waiting == last.step;
    }
    all
}

/// Every fact, with its run and its step.
pub(super) fn facts(runs: &[RunFacts]) -> impl Iterator<Item = (&RunFacts, &StepFacts, &Fact)> {
    let steps =
        runs.iter().flat_map(|run| run.ways.iter().flat_map(move |way| way.steps.iter().map(move |s| (run, s))));
    steps.flat_map(|(run, step)| step.facts.iter().map(move |fact| (run, step, fact)))
}
