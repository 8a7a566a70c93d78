//! What must be told to whom by when, counted from the moment of awareness, and what of that is done.
//!
//! Must not know: how anybody is told, or how it is shown.

use std::time::Duration;

use backout_plan::plan::{PlanBeginning, PlanDuty, PlanSeverity};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ledger::{Done, Own, Severity, What};

/// A duty of the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duty {
    pub name: String,
    /// From the moment of awareness.
    pub within: Duration,
    /// Only where data was exposed, or only where none was.
    pub exposed: Option<bool>,
    /// Only where one of these ways was gone; always where none is named.
    pub ways: Vec<String>,
    pub severity: Vec<Severity>,
    /// What it must say or hold.
    pub checklist: Vec<String>,
    /// The message that it is done by.
    pub notice: Option<String>,
}

impl From<PlanSeverity> for Severity {
    fn from(severity: PlanSeverity) -> Self {
        match severity {
            PlanSeverity::Minor => Self::Minor,
            PlanSeverity::Major => Self::Major,
            PlanSeverity::Critical => Self::Critical,
        }
    }
}

impl From<&PlanDuty> for Duty {
    fn from(plan: &PlanDuty) -> Self {
        let PlanBeginning::Aware = plan.of;
        Self {
            name: plan.name.clone(),
            within: plan.within.duration(),
            exposed: plan.when.exposed,
            ways: plan.when.way.clone(),
            severity: plan.when.severity.iter().map(|one| Severity::from(*one)).collect(),
            checklist: plan.checklist.clone(),
            notice: plan.notice.clone(),
        }
    }
}

/// A duty that this incident brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyFacts {
    pub name: String,
    pub within_ms: u64,
    pub due: Timestamp,
    pub state: DutyState,
    pub checklist: Vec<Item>,
    pub notice: Option<String>,
    pub done: Option<Done>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyState {
    Running,
    Overdue,
    Done,
    /// Done, and not in time.
    DoneLate,
}

impl DutyState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Overdue => "overdue",
            Self::Done => "done",
            Self::DoneLate => "done late",
        }
    }

    pub fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::DoneLate)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub item: String,
    pub done: bool,
}

impl DutyFacts {
    /// How long there is still time; nothing where it is over.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        Duration::try_from(self.due.duration_since(now)).ok().filter(|left| !left.is_zero())
    }

    /// The items that nobody has named yet.
    pub fn open_items(&self) -> Vec<&str> {
        self.checklist.iter().filter(|item| !item.done).map(|item| item.item.as_str()).collect()
    }
}

/// What decides which duties there are.
#[derive(Debug)]
pub(super) struct Seen<'s> {
    pub(super) aware: Timestamp,
    pub(super) exposed: bool,
    pub(super) severity: Severity,
    pub(super) ways: &'s [&'s str],
}

impl Duty {
    fn applies(&self, seen: &Seen<'_>) -> bool {
        let way = self.ways.is_empty() || self.ways.iter().any(|way| seen.ways.contains(&way.as_str()));
        let severity = self.severity.is_empty() || self.severity.contains(&seen.severity);
        self.exposed.is_none_or(|exposed| exposed == seen.exposed) && way && severity
    }
}

/// Those that apply, in the order in which they are due.
pub(super) fn of(own: &Own, duties: &[Duty], seen: &Seen<'_>, now: Timestamp) -> Vec<DutyFacts> {
    // One that was done stays, whatever has changed since.
    let was_done = |duty: &&Duty| {
        own.entries.iter().any(|entry| matches!(&entry.what, What::DutyDone { duty: of, .. } if *of == duty.name))
    };
    let applying = duties.iter().filter(|duty| duty.applies(seen) || was_done(duty));
    let mut all: Vec<DutyFacts> = applying.map(|duty| one(own, duty, seen.aware, now)).collect();
    all.sort_by_key(|duty| duty.due);
    all
}

fn one(own: &Own, duty: &Duty, aware: Timestamp, now: Timestamp) -> DutyFacts {
    let within = SignedDuration::try_from(duty.within).unwrap_or(SignedDuration::MAX);
    let due = aware.checked_add(within).unwrap_or(Timestamp::MAX);
    let mut named: Vec<&str> = Vec::new();
    let mut done = None;
    for entry in &own.entries {
        let What::DutyDone { duty: of, items, note } = &entry.what else { continue };
        if *of != duty.name || done.is_some() {
            continue;
        }
        named.extend(items.iter().map(String::as_str));
        if duty.checklist.iter().all(|item| named.contains(&item.as_str())) {
            done = Some(Done { at: entry.at, by: entry.by.clone(), note: note.clone() });
        }
    }
    let state = match &done {
        Some(done) if done.at > due => DutyState::DoneLate,
        Some(_) => DutyState::Done,
        None if due < now => DutyState::Overdue,
        None => DutyState::Running,
    };
    let item = |item: &String| Item { item: item.clone(), done: named.contains(&item.as_str()) };
    DutyFacts {
        name: duty.name.clone(),
        within_ms: u64::try_from(duty.within.as_millis()).unwrap_or(u64::MAX),
        due,
        state,
        checklist: duty.checklist.iter().map(item).collect(),
        notice: duty.notice.clone(),
        done,
    }
}
