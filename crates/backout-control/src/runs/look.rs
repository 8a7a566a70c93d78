//! Where runs stand for whoever looks at them: what they wait for, who is at work on them, and what can be done.
//!
//! Must not know: what follows what, or how a remedy is spelled.

use std::collections::BTreeSet;

use backout_plan::wording::moment;
use backout_plan::{Finding, Remedy};
use backout_runbook::state::Entry;
use backout_runbook::{Event, Last, Next, Said, Standing, apply, next};
use backout_store::{Held, Summary};
use jiff::Timestamp;
use serde::Serialize;

use super::{Journal, Runs};
use crate::{Env, Result};

/// How many runs are looked through for those that are open.
const NEWEST: u32 = 1000;

/// A run as whoever looks at it sees it.
#[derive(Debug)]
pub struct Seen {
    pub journal: Journal,
    /// Who is at work on it. Not a process that is known to be gone.
    pub held: Option<Held>,
    pub standing: Standing,
}

/// A run in a list.
#[derive(Debug, Serialize)]
pub struct Listed {
    #[serde(flatten)]
    pub summary: Summary,
    /// Nothing where its journal cannot be read.
    pub standing: Option<Standing>,
    /// What it waits for, or why its journal cannot be read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub waits: String,
}

impl Listed {
    /// Where it stands, in a word or two.
    pub fn word(&self) -> &str {
        match &self.standing {
            Some(standing) => word(standing),
            None => &self.summary.phase,
        }
    }
}

impl Runs {
    /// A run with who holds it.
    ///
    /// # Errors
    /// As for [`Runs::read`].
    pub async fn see(&self, run: &str) -> Result<Seen> {
        // Asked first: who lets go meanwhile has written down why.
        let held = self.store.held(run).await?.filter(|held| !self.is_gone(&held.holder));
        let journal = self.read(run).await?;
        let standing = journal.standing(held.is_some());
        Ok(Seen { journal, held, standing })
    }

    /// The newest runs, and where they stand.
    ///
    /// # Errors
    /// Where the store cannot be read. A journal that cannot is told beside its run.
    pub async fn look(&self, limit: u32) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for mut summary in self.list(limit).await? {
            summary.holder = summary.holder.filter(|holder| !self.is_gone(holder));
            let one = match ended(&summary.phase) {
                Some(standing) => Listed { summary, standing: Some(standing), waits: String::new() },
                None => match self.see(&summary.run).await {
                    Ok(seen) => Listed { summary, waits: seen.waits(), standing: Some(seen.standing) },
                    Err(failure) => Listed { summary, standing: None, waits: failure.sentence() },
                },
            };
            listed.push(one);
        }
        Ok(listed)
    }

    /// The newest run of this target that is not over.
    pub(crate) async fn open_one(&self, env: &Env) -> Result<Option<Summary>> {
        let named = env.named();
        let list = self.list(NEWEST).await?;
        Ok(list.into_iter().find(|one| one.target == named && ended(&one.phase).is_none()))
    }

    /// All runs of this target that are not over.
    pub(crate) async fn open_ones(&self, env: &Env) -> Result<Vec<Seen>> {
        let named = env.named();
        let mut open = Vec::new();
        for one in self.list(NEWEST).await? {
            if one.target == named && ended(&one.phase).is_none() {
                open.push(self.see(&one.run).await?);
            }
        }
        Ok(open)
    }
}

impl Journal {
    /// Where it stands now, if somebody holds it or nobody does.
    pub fn standing(&self, is_held: bool) -> Standing {
        match backout_runbook::standing(&self.state, is_held, Timestamp::now()) {
            Standing::Succeeded if super::is_taken_back(&self.state) => Standing::TakenBack,
            standing => standing,
        }
    }

    /// Whether this could be written down now.
    fn may(&self, event: &Event) -> bool {
        apply(Some(&self.state), Entry { at: Timestamp::now(), by: "", event }).is_ok()
    }

    /// What somebody can do about it.
    pub fn remedies(&self, standing: &Standing) -> Vec<Remedy> {
        let run = || self.run.clone();
        let mut remedies = match standing {
            Standing::Aborted | Standing::Succeeded | Standing::TakenBack | Standing::Failed => return Vec::new(),
            Standing::Running | Standing::Unwinding => {
                return vec![Remedy::ShowRun { run: run() }, Remedy::PauseRun { run: run() }];
            }
            Standing::WaitingForApproval { step, .. } => vec![
                Remedy::ApproveStep { run: run(), step: step.clone() },
                Remedy::RefuseStep { run: run(), step: step.clone() },
            ],
            Standing::Ready { .. } | Standing::Paused | Standing::Interrupted { .. } | Standing::Stopped { .. } => {
                vec![Remedy::ResumeRun { run: run() }]
            }
        };
        let waits = matches!(standing, Standing::WaitingForApproval { .. } | Standing::Stopped { .. });
        if let Some(step) = self.state.stands_at().filter(|_| waits)
            && self.may(&Event::Skipped { step, reason: String::new() })
        {
            remedies.push(Remedy::SkipStep { run: run(), step: self.name(step) });
        }
        if self.may(&Event::Aborted { reason: String::new() }) {
            remedies.push(Remedy::AbortRun { run: run() });
        }
        remedies
    }

    fn name(&self, step: usize) -> String {
        self.state.step(step).map(|(spec, _)| spec.name.clone()).unwrap_or_default()
    }

    /// What follows when somebody goes on with it.
    fn foretold(&self) -> Option<String> {
        Some(match next(&self.state, Timestamp::now()) {
            Next::Begin { step, .. } => format!("then {:?} begins", self.name(step)),
            Next::Ask { step } => format!("then people are asked about {:?}", self.name(step)),
            Next::Escalate { to, .. } => format!("then way {} follows", self.state.procedure.way(to)?.name),
            Next::Unwind { .. } => "then what was done is taken back".to_owned(),
            Next::Stop { .. } => "then it stops for a person".to_owned(),
            Next::Close { succeeded: true } => "then it has succeeded".to_owned(),
            Next::Close { succeeded: false } => "then it has failed".to_owned(),
            _ => return None,
        })
    }

    /// What it waits for in this standing, or who stopped it; empty where there is no more to say.
    pub fn waits(&self, standing: &Standing) -> String {
        let mut said = match standing {
            Standing::WaitingForApproval { step, approved, quorum, until } => asked(step, approved, *quorum, *until),
            Standing::Ready { step, answer } => answered(step, answer),
            Standing::Stopped { because } => because.clone(),
            Standing::Interrupted { stopped: Some(Last { at, by, what: Said::Interrupted { because } }) } => {
                format!("stopped by {because} {}, executed by {by}", moment(*at))
            }
            Standing::Interrupted { .. } => "whoever executed it is gone".to_owned(),
            _ => String::new(),
        };
        if let Standing::Ready { .. } = standing
            && let Some(then) = self.foretold()
        {
            said = format!("{said}; {then}");
        }
        let open = self.state.open_action().filter(|_| !standing.is_going());
        if let Some(step) = open {
            let join = if said.is_empty() { "" } else { "; " };
            said = format!("{said}{join}{:?} has begun, and what came of it is not known", self.name(step));
        }
        said
    }
}

impl Seen {
    /// What it waits for, or who stopped it.
    pub fn waits(&self) -> String {
        self.journal.waits(&self.standing)
    }

    /// Where it stands, on one line.
    pub fn said(&self) -> String {
        on_one_line(&self.standing, &self.waits())
    }

    pub fn remedies(&self) -> Vec<Remedy> {
        self.journal.remedies(&self.standing)
    }

    /// What everybody should know of a target with such a run.
    pub(crate) fn finding(&self, remedies: Vec<Remedy>) -> Finding {
        let state = &self.journal.state;
        let (run, word) = (&self.journal.run, word(&self.standing));
        let said = format!("run {run} ({}, way {}) is {word}", state.procedure.name, state.current().name);
        let finding = match &self.standing {
            standing if standing.is_going() => Finding::note("run.open", said),
            Standing::Stopped { .. } | Standing::Interrupted { .. } => Finding::error("run.open", said),
            _ => Finding::warning("run.open", said),
        };
        let waits = self.waits();
        let finding = if waits.is_empty() { finding } else { finding.detail(waits) };
        finding.remedies(remedies)
    }
}

/// A standing in a word or two.
pub fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Running => "running",
        Standing::Unwinding => "unwinding",
        Standing::WaitingForApproval { .. } => "waiting for approval",
        Standing::Ready { .. } => "ready",
        Standing::Paused => "paused",
        Standing::Stopped { .. } => "stopped",
        Standing::Interrupted { .. } => "interrupted",
        Standing::Aborted => "aborted",
        Standing::Succeeded => "succeeded",
        Standing::TakenBack => "taken back",
        Standing::Failed => "failed",
    }
}

/// The same with what it waits for.
pub fn on_one_line(standing: &Standing, waits: &str) -> String {
    let word = word(standing);
    if waits.is_empty() { word.to_owned() } else { format!("{word}: {waits}") }
}

/// The end of a run by the word that lists have for it; nothing where it is not over.
fn ended(phase: &str) -> Option<Standing> {
    Some(match phase {
        "aborted" => Standing::Aborted,
        "succeeded" => Standing::Succeeded,
        "taken-back" => Standing::TakenBack,
        "failed" => Standing::Failed,
        _ => return None,
    })
}

fn asked(step: &str, approved: &BTreeSet<String>, quorum: u32, until: Timestamp) -> String {
    let names: Vec<&str> = approved.iter().map(String::as_str).collect();
    let (agreed, may) = match names.is_empty() {
        true => (String::new(), "anybody may"),
        false => (format!(" ({})", names.join(", ")), "anybody else may"),
    };
    format!("{step:?}: {} of {quorum} agreed{agreed}; {may}, until {}", names.len(), moment(until))
}

fn answered(step: &str, Last { at, by, what }: &Last) -> String {
    let (did, why) = match what {
        Said::Approved { .. } => ("approved", ""),
        Said::Refused { reason, .. } => ("refused", reason.as_str()),
        Said::Skipped { reason, .. } => ("left out", reason.as_str()),
        Said::Interrupted { because } => ("stopped", because.as_str()),
    };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("{step:?} was {did} by {by} {}{why}", moment(*at))
}
