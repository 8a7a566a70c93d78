//! What is known of an incident, as values. Every figure comes out of a journal, a kept export, a certificate or a proof;
//! nobody types one.
//!
//! Must not know: the store, the target, or how anything is shown.

use backout_runbook::{Event, Outcome as Became};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::duties::{self, Duty, DutyFacts};
use super::facts::{facts, run_facts};
use super::lost::{self, Lost};
use super::stopped;
use super::timeline::{self, Line};
use crate::decided::Decided;
use crate::ledger::{Own, Severity, What, actions};
use crate::runs::{Journal, ROLLBACK};
use crate::told::{Fact, Held};

pub use super::facts::{AskedFacts, Message, RunFacts, StepFacts, WayFacts};
pub use crate::ledger::{ActionFacts, Done, Unread};

/// The kind of step that brings a backup back.
const RESTORE: &str = "restore";

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub id: String,
    pub title: String,
    pub target: Option<String>,
    /// When this was put together.
    pub as_of: Timestamp,
    pub severity: Severity,
    pub severity_by: SeverityBy,
    pub open: bool,
    pub opened: Timestamp,
    pub opened_by: String,
    /// Since when it was bad, where a trigger has measured that.
    pub began: Option<Timestamp>,
    /// When the first trigger fired.
    pub detected: Option<Timestamp>,
    /// From when on deadlines count: the first firing, or what a person said; where neither is there, the opening.
    pub aware: Timestamp,
    /// When somebody agreed to the first way back, or it began by itself.
    pub decided_at: Option<Timestamp>,
    /// When the last way back was gone to its end.
    pub recovered_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    /// Each time that somebody said it was over.
    pub resolutions: Vec<Resolution>,
    pub took: Took,
    /// How long the ways back kept writes from going on, as their steps measured it; nothing where one of them did not, or
    /// is not over.
    pub stopped_ms: Option<f64>,
    /// Whether data was seen by somebody whose it is not, as it was counted, or as a person knows.
    pub exposed: bool,
    pub firings: Vec<Decided>,
    pub runs: Vec<RunFacts>,
    /// Runs whose journals cannot be read, and why: nothing of them is in here.
    pub unread: Vec<Unread>,
    pub evidence: Vec<Evidence>,
    pub impact: Option<Impact>,
    pub lost: Lost,
    pub predicted: Vec<Predicted>,
    pub actions: Vec<ActionFacts>,
    pub duties: Vec<DutyFacts>,
    pub messages: Vec<Message>,
    pub timeline: Vec<Line>,
}

/// Somebody said that it was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    pub at: Timestamp,
    pub because: String,
    /// When somebody said that it was not.
    pub reopened: Option<Timestamp>,
}

/// Who says how bad it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SeverityBy {
    Rule { why: String },
    Person { by: String, at: Timestamp, why: String },
}

/// In milliseconds; nothing where one end of it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Took {
    /// From the beginning of the breach to the firing.
    pub detect_ms: Option<u64>,
    /// From the detection, or else the moment of awareness, to the decision.
    pub decide_ms: Option<u64>,
    /// From the detection, or else the moment of awareness, to the end of the last way back.
    pub recover_ms: Option<u64>,
}

/// Rows that were exported, with what shows that they are still the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub id: String,
    pub run: String,
    pub encrypted: bool,
    pub parts: Vec<EvidencePart>,
    /// Why there is no more than the journal says, or what is not as it says.
    pub unknown: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidencePart {
    pub of: String,
    pub rows: u64,
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Of the file as it lies there. Older journals do not have it.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// Whose rows others could see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    pub run: String,
    pub users: u64,
    pub rows: u64,
    /// Otherwise there may be more.
    pub exact: bool,
    pub tables: Vec<Held>,
    /// When it was counted.
    pub at: Option<Timestamp>,
    /// Since when they could be seen: when what is asked about was changed.
    pub since: Option<Timestamp>,
    /// The file with the ids of these users, beside the plan.
    pub users_file: Option<String>,
}

/// What was known beforehand of a step, and what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicted {
    pub run: String,
    pub step: String,
    /// Where it was tried: `rehearsal`, `proof of backup …`.
    pub tried: String,
    pub ms: f64,
    pub came_ms: Option<f64>,
    pub lock_ms: Option<f64>,
    pub came_lock_ms: Option<f64>,
    /// Whether all would come back, as it was found there.
    pub verdict: Option<String>,
}

/// What is known from elsewhere than the journals and the incident's own document.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    pub unread: Vec<Unread>,
    pub messages: Vec<Message>,
    /// Manifests of exports, or why one cannot be read, by their ids.
    pub exports: Vec<(String, Result<Vec<EvidencePart>, String>)>,
    pub rehearsed: Vec<Rehearsed>,
    /// How long it took to restore a backup when it was proven.
    pub proven: Vec<(String, f64)>,
}

/// What the rehearsal of a migration said of its undo.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    pub number: i64,
    pub ms: f64,
    pub lock_ms: f64,
    pub verdict: String,
}

/// Puts it together. The same from the same, at any time but for what is overdue.
pub fn build(own: &Own, journals: &[Journal], beside: Beside, duties: &[Duty], now: Timestamp) -> Record {
    let runs: Vec<RunFacts> = journals.iter().map(run_facts).collect();
    let fired = own.entries.iter().filter_map(|entry| match &entry.what {
        What::Fired { decided } => Some((**decided).clone()),
        _ => None,
    });
    let firings = joined(fired.collect(), &runs);
    let detected = firings.iter().map(|one| one.firing.at).min();
    let began = firings.iter().map(|one| one.firing.since).min();
    let said = own.entries.iter().rev().find_map(|entry| match entry.what {
        What::Aware { at } => Some(at),
        _ => None,
    });
    let aware = detected.into_iter().chain(said).min().unwrap_or(own.opened);
    let (impact, lost) = (impact(&runs), lost::of(&runs));
    let exposed = exposed(own, impact.as_ref());
    let (severity, severity_by) = severity(own, exposed, &runs, &lost);
    let (decided_at, recovered_at) = (decided_at(journals), recovered_at(&runs));
    let resolved_at = own.entries.iter().rev().find_map(|entry| match entry.what {
        What::Resolved { .. } => Some(entry.at),
        _ => None,
    });
    let from = detected.unwrap_or(aware);
    let took = Took {
        detect_ms: began.zip(detected).and_then(|(began, detected)| between(began, detected)),
        decide_ms: decided_at.and_then(|at| between(from, at)),
        recover_ms: recovered_at.and_then(|at| between(from, at)),
    };
    let gone: Vec<&str> = runs.iter().flat_map(|run| &run.ways).map(|way| way.way.as_str()).collect();
    let seen = duties::Seen { aware, exposed, severity, ways: &gone };
    Record {
        id: own.id.clone(),
        title: own.title.clone(),
        target: own.target.clone(),
        as_of: now,
        severity,
        severity_by,
        open: own.is_open(),
        opened: own.opened,
        opened_by: own.by.clone(),
        began,
        detected,
        aware,
        decided_at,
        recovered_at,
        resolved_at: resolved_at.filter(|_| !own.is_open()),
        resolutions: resolutions(own),
        took,
        stopped_ms: stopped::of(&runs),
        exposed,
        timeline: timeline::of(own, journals, &beside.messages),
        evidence: evidence(journals, &beside),
        predicted: predicted(&runs, &beside),
        actions: actions(own, now),
        duties: duties::of(own, duties, &seen, now),
        messages: beside.messages,
        unread: beside.unread,
        firings,
        runs,
        impact,
        lost,
    }
}

fn resolutions(own: &Own) -> Vec<Resolution> {
    let mut all: Vec<Resolution> = Vec::new();
    for entry in &own.entries {
        match &entry.what {
            What::Resolved { because } => {
                all.push(Resolution { at: entry.at, because: because.clone(), reopened: None });
            }
            What::Reopened { .. } => {
                if let Some(last) = all.last_mut().filter(|last| last.reopened.is_none()) {
                    last.reopened = Some(entry.at);
                }
            }
            _ => {}
        }
    }
    all
}

/// What became of a firing is known by the run that it has opened.
fn joined(firings: Vec<Decided>, runs: &[RunFacts]) -> Vec<Decided> {
    use crate::decided::Did;
    let mut firings = firings;
    for decided in &mut firings {
        if let Some(run) = runs.iter().find(|run| run.firing.as_deref() == Some(decided.id.as_str())) {
            decided.did = Did::Ran { run: run.run.clone(), phase: run.phase.clone() };
        }
    }
    firings
}

fn between(from: Timestamp, to: Timestamp) -> Option<u64> {
    u64::try_from(to.duration_since(from).as_millis()).ok()
}

fn exposed(own: &Own, impact: Option<&Impact>) -> bool {
    let said = own.entries.iter().rev().find_map(|entry| match entry.what {
        What::Exposed { yes, .. } => Some(yes),
        _ => None,
    });
    said.unwrap_or_else(|| impact.is_some_and(|impact| impact.rows > 0))
}

fn severity(own: &Own, exposed: bool, runs: &[RunFacts], lost: &Lost) -> (Severity, SeverityBy) {
    let said = own.entries.iter().rev().find_map(|entry| match &entry.what {
        What::Severity { level, why } => {
            Some((*level, SeverityBy::Person { by: entry.by.clone(), at: entry.at, why: why.clone() }))
        }
        _ => None,
    });
    let restored = runs.iter().flat_map(|run| &run.ways).find(|way| {
        let begun = way.steps.iter().any(|step| step.kind == RESTORE && step.took_ms.is_some());
        begun || ["B", "C"].contains(&way.way.as_str())
    });
    let by_rule = || {
        let (level, why) = match restored {
            _ if exposed => (Severity::Critical, "data was exposed".to_owned()),
            Some(way) => (Severity::Major, format!("way {} was gone", way.way)),
            None if lost.rows != Some(0) => (Severity::Major, "data was lost".to_owned()),
            None => (Severity::Minor, "no data was exposed or lost".to_owned()),
        };
        (level, SeverityBy::Rule { why })
    };
    said.unwrap_or_else(by_rule)
}

/// When the first way back was agreed to, or began without that.
fn decided_at(journals: &[Journal]) -> Option<Timestamp> {
    let of = |journal: &Journal| {
        journal.records.iter().find_map(|record| match record.event(&journal.run).ok()? {
            Event::Approved { .. } | Event::Intended { .. } => Some(record.at),
            _ => None,
        })
    };
    journals.iter().filter(|journal| journal.state.procedure.name == ROLLBACK).filter_map(of).min()
}

/// The end of the last way back, where that was gone to its end.
fn recovered_at(runs: &[RunFacts]) -> Option<Timestamp> {
    let last = runs.iter().filter(|run| run.procedure == ROLLBACK).max_by_key(|run| run.opened)?;
    last.ended.filter(|_| last.phase == "succeeded")
}

/// The newest count.
fn impact(runs: &[RunFacts]) -> Option<Impact> {
    let mut found: Option<Impact> = None;
    for (run, _, fact) in facts(runs) {
        match fact {
            Fact::Exposed { rows, users, is_exact, tables, at, since, .. } => {
                found = Some(Impact {
                    run: run.run.clone(),
                    users: *users,
                    rows: *rows,
                    exact: *is_exact,
                    tables: tables.clone(),
                    at: *at,
                    since: *since,
                    users_file: None,
                });
            }
            Fact::UsersFile { file } => {
                if let Some(impact) = found.as_mut().filter(|impact| impact.run == run.run) {
                    impact.users_file = Some(file.clone());
                }
            }
            _ => {}
        }
    }
    found
}

/// What was exported, as the journals have it; an export that lies here must have the same checksums.
fn evidence(journals: &[Journal], beside: &Beside) -> Vec<Evidence> {
    let mut all = Vec::new();
    for journal in journals {
        for record in &journal.records {
            let Ok(Event::Settled { outcome: Became::Done { facts }, .. }) = record.event(&journal.run) else {
                continue;
            };
            let Ok(Exported { evidence: id, encrypted, mut parts }) = serde_json::from_value(facts) else { continue };
            let unknown = match beside.exports.iter().find(|(known, _)| *known == id).map(|(_, found)| found) {
                Some(Ok(found)) => compared(&mut parts, found),
                Some(Err(why)) => Some(why.clone()),
                None => Some("the files were not looked at".to_owned()),
            };
            all.push(Evidence { id, run: journal.run.clone(), encrypted, parts, unknown });
        }
    }
    all
}

/// What the step `export` leaves in a journal.
#[derive(Deserialize)]
struct Exported {
    evidence: String,
    encrypted: bool,
    parts: Vec<EvidencePart>,
}

/// Takes the sizes over; whether something is not as it was.
fn compared(parts: &mut [EvidencePart], found: &[EvidencePart]) -> Option<String> {
    for part in parts {
        let Some(other) = found.iter().find(|other| other.of == part.of) else {
            return Some(format!("the export has no {} any more", part.of));
        };
        part.bytes = other.bytes;
        if part.sha256.is_none() {
            part.sha256.clone_from(&other.sha256);
        }
        if part.sha256 != other.sha256 || part.rows != other.rows {
            return Some(format!("the export has another {} than the journal", part.of));
        }
    }
    None
}

fn predicted(runs: &[RunFacts], beside: &Beside) -> Vec<Predicted> {
    let mut all = Vec::new();
    let steps =
        runs.iter().flat_map(|run| run.ways.iter().flat_map(move |way| way.steps.iter().map(move |s| (run, s))));
    for (run, step) in steps {
        let undone: Vec<(i64, Option<f64>)> = step.facts.iter().filter_map(undone).collect();
        let known: Vec<&Rehearsed> =
            undone.iter().filter_map(|(number, _)| beside.rehearsed.iter().find(|one| one.number == *number)).collect();
        let base = |tried: String, ms: f64| Predicted {
            run: run.run.clone(),
            step: step.name.clone(),
            tried,
            ms,
            came_ms: step.took_ms,
            lock_ms: None,
            came_lock_ms: None,
            verdict: None,
        };
        if !undone.is_empty() && known.len() == undone.len() {
            let locks: Option<Vec<f64>> = undone.iter().map(|(_, ms)| *ms).collect();
            all.push(Predicted {
                lock_ms: Some(known.iter().map(|one| one.lock_ms).sum()),
                came_lock_ms: locks.map(|locks| locks.iter().sum()),
                verdict: Some(known.iter().map(|one| one.verdict.as_str()).collect::<Vec<_>>().join("; ")),
                ..base("rehearsal".to_owned(), known.iter().map(|one| one.ms).sum())
            });
        }
        for fact in &step.facts {
            let (Fact::Restored { backup, .. } | Fact::PutBack { backup, .. }) = fact else { continue };
            let proven = beside.proven.iter().find(|(id, _)| id == backup);
            all.extend(proven.map(|(id, ms)| base(format!("proof of backup {id}"), *ms)));
        }
    }
    all
}

fn undone(fact: &Fact) -> Option<(i64, Option<f64>)> {
    match fact {
        Fact::Undone { number, lock_ms, .. } => Some((*number, *lock_ms)),
        _ => None,
    }
}

/// The migrations that ways back of these runs have undone.
pub(super) fn undone_by(runs: &[RunFacts]) -> Vec<i64> {
    facts(runs).filter_map(|(_, _, fact)| undone(fact)).map(|(number, _)| number).collect()
}

/// The backups that were restored.
pub(super) fn restored_by(runs: &[RunFacts]) -> Vec<&str> {
    fn of(fact: &Fact) -> Option<&str> {
        match fact {
            Fact::Restored { backup, .. } | Fact::PutBack { backup, .. } => Some(backup),
            _ => None,
        }
    }
    facts(runs).filter_map(|(_, _, fact)| of(fact)).collect()
}

/// The exports, with the folders in which they lie.
pub(super) fn exported_by(runs: &[RunFacts]) -> Vec<(&str, Option<&str>)> {
    fn of(fact: &Fact) -> Option<(&str, Option<&str>)> {
        match fact {
            Fact::Exported { evidence, folder, .. } => Some((evidence, folder.as_deref())),
            _ => None,
        }
    }
    facts(runs).filter_map(|(_, _, fact)| of(fact)).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
