//! Runs: several steps as one thing that is journaled, survives a crash, and can be gone on with elsewhere.
//!
//! Must not know: what a step does (`steps`), or what follows what (`backout-runbook`).

mod look;
mod store;

use std::time::Duration;

use backout_runbook::chain::{self, Head};
use backout_runbook::{Event, Procedure, Record, State};
use backout_store::{Author, Label, Lease, Store, StoreError, Summary};
use serde_json::Value;

use crate::failure::Refusal;
use crate::{Env, Result};

pub use look::{Listed, Seen, on_one_line, word};
pub use store::who;

/// How long a run stays held without a sign of life, where a person's command executes it: a laptop may sleep for a moment.
const HELD_FOR: Duration = Duration::from_secs(30);
/// The same where a server does, so that another node goes on soon.
const SERVED_FOR: Duration = Duration::from_secs(5);

/// What the run of a release is called.
pub(crate) const RELEASE: &str = "release";
/// The same of a way back.
pub(crate) const ROLLBACK: &str = "rollback";

/// The id of a run that nobody opens.
const IMAGINED: &str = "preview";

/// Where runs are journaled, and as whom.
#[derive(Debug)]
pub struct Runs {
    pub store: Store,
    /// `anna@laptop`, as records name her.
    pub who: String,
    /// The machine and the process, so that another process of this machine can tell whether it is still there.
    pub holder: String,
    /// How long a run stays held without a sign of life. Whoever executes gives one three times as often.
    pub held_for: Duration,
}

/// A run with its whole journal, found to be unbroken.
#[derive(Debug)]
pub struct Journal {
    pub run: String,
    pub records: Vec<Record>,
    pub head: Head,
    pub state: State,
}

/// A step as lists show it.
#[derive(Debug, Clone)]
pub struct StepLine<'j> {
    pub name: &'j str,
    pub status: &'static str,
    /// With all its attempts; `None` until it ended.
    pub took: Option<Duration>,
    /// Why it failed or was left out.
    pub why: String,
}

fn words(status: &backout_runbook::Status, phase: backout_runbook::Phase) -> (&'static str, String) {
    use backout_runbook::{Phase, Status};
    match status {
        Status::Pending if phase.is_over() => ("not begun", String::new()),
        Status::Pending => ("pending", String::new()),
        Status::Asked { .. } if phase == Phase::Stopped => ("not approved", "nobody agreed in time".to_owned()),
        Status::Asked { by, .. } if by.is_empty() => ("waits for approval", String::new()),
        Status::Asked { by, .. } => ("waits for approval", format!("approved by {}", list(by.iter()))),
        Status::Intended { .. } => ("begun", String::new()),
        Status::Done { .. } => ("done", String::new()),
        Status::Failed { why, .. } => ("failed", why.clone()),
        Status::Skipped { reason } => ("skipped", reason.clone()),
        Status::Reversing { .. } => ("being taken back", String::new()),
        Status::Reversed => ("taken back", String::new()),
        Status::ReversalFailed { why } => ("not taken back", why.clone()),
    }
}

fn list<'n>(names: impl Iterator<Item = &'n String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The steps of the way that is gone then.
pub(crate) fn steps_of(state: &State) -> impl Iterator<Item = StepLine<'_>> {
    state.current().steps.iter().zip(&state.steps).map(|(spec, one)| {
        let took = one.first.zip(one.ended).map(|(first, ended)| ended.duration_since(first));
        let (status, why) = words(&one.status, state.phase);
        StepLine { name: &spec.name, status, took: took.and_then(|took| Duration::try_from(took).ok()), why }
    })
}

/// What somebody says of a run that another one executes.
#[derive(Debug, Clone)]
pub enum Answer {
    Approve,
    Refuse { reason: String },
    Pause { reason: String },
    Resume { reason: String },
    Skip { reason: String },
    Abort { reason: String },
}

impl Runs {
    /// The same, executed by a server that has others beside it.
    #[must_use]
    pub fn served(self) -> Self {
        Self { held_for: SERVED_FOR, ..self }
    }

    /// Opens a run and holds it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn open(
        &self,
        procedure: Procedure,
        target: Option<String>,
        because: &str,
        facts: Value,
    ) -> Result<(Lease, Journal)> {
        let run = new_id();
        let label = Label { procedure: procedure.name.clone(), target: target.clone() };
        let event = Event::Opened { procedure, target, because: because.to_owned(), facts };
        let opened = self.store.open(&run, &label, &self.holder, &self.who, self.held_for, &event).await;
        let (lease, record) = opened?;
        let head = record.head();
        let state = chain::read(&run, std::slice::from_ref(&record), Some(&head))?;
        let state = state.ok_or(StoreError::Unknown(run.clone()))?;
        Ok((lease, Journal { run, records: vec![record], head, state }))
    }

    /// Reads a journal and checks that it is whole.
    ///
    /// # Errors
    /// [`backout_runbook::Broken`] where it was touched, [`StoreError::Unknown`].
    pub async fn read(&self, run: &str) -> Result<Journal> {
        let (records, head) = self.store.read(run).await?;
        let state = chain::read(run, &records, Some(&head))?.ok_or(StoreError::Unknown(run.to_owned()))?;
        Ok(Journal { run: run.to_owned(), records, head, state })
    }

    /// Holds a run to go on with it. Of a process of this machine that is gone, nobody waits for its time to pass.
    ///
    /// # Errors
    /// [`StoreError::Held`] where somebody else is at work on it.
    pub async fn hold(&self, run: &str) -> Result<Lease> {
        match self.store.hold(run, &self.holder, self.held_for, None).await {
            Err(StoreError::Held { holder, .. }) if self.is_gone(&holder) => {
                Ok(self.store.hold(run, &self.holder, self.held_for, Some(&holder)).await?)
            }
            other => Ok(other?),
        }
    }

    /// The newest runs.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list(&self, limit: u32) -> Result<Vec<Summary>> {
        Ok(self.store.list(limit).await?)
    }

    /// The run that is meant: its id, the beginning of one, or `latest`.
    ///
    /// # Errors
    /// Where none or several are meant.
    pub async fn find(&self, wanted: &str) -> Result<String> {
        let list = self.store.list(10_000).await?;
        if wanted == "latest" {
            return match list.first() {
                Some(newest) => Ok(newest.run.clone()),
                None => Err(Refusal::usage("there is no run yet", None).into()),
            };
        }
        let mut meant = list.iter().filter(|one| one.run.starts_with(wanted));
        match (meant.next(), meant.next()) {
            (Some(one), None) => Ok(one.run.clone()),
            (Some(one), Some(_)) if one.run == wanted => Ok(one.run.clone()),
            (Some(_), Some(_)) => Err(Refusal::usage(format!("several runs begin with {wanted}"), None).into()),
            (None, _) => Err(StoreError::Unknown(wanted.to_owned()).into()),
        }
    }

    /// Adds what somebody says to a journal. Whoever executes the run sees it before its next step.
    ///
    /// # Errors
    /// Where it cannot be said of this run now.
    pub async fn answer(&self, run: &str, answer: &Answer) -> Result<Journal> {
        loop {
            let journal = self.read(run).await?;
            let written = match journal.event_of(answer) {
                Ok(event) => self.write(&journal, Author::Person(&self.who), &event).await,
                Err(failure) => Err(failure),
            };
            return match written {
                Ok((journal, _)) => Ok(journal),
                Err(failure) if moved(&failure) => continue,
                // What cannot be said now: what can is named.
                Err(failure) if failure.refusal().is_some() => {
                    let seen = self.see(run).await?;
                    Err(seen.remedies().into_iter().fold(failure, crate::Failure::remedy))
                }
                Err(failure) => Err(failure),
            };
        }
    }

    /// Adds a record, and says where the run stands then.
    pub(crate) async fn write(
        &self,
        journal: &Journal,
        author: Author<'_>,
        event: &Event,
    ) -> Result<(Journal, Record)> {
        // Nothing illegal is written down. The time that counts is the record's own, which is later by as good as nothing.
        let entry = backout_runbook::state::Entry { at: jiff::Timestamp::now(), by: &self.who, event };
        let state = backout_runbook::apply(Some(&journal.state), entry)
            .map_err(|illegal| Refusal::refused(illegal.to_string(), None))?;
        let phase = phase(&state);
        let record = self.store.append(&journal.run, author, &self.who, &journal.head, phase, event).await?;
        let mut records = journal.records.clone();
        records.push(record.clone());
        Ok((Journal { run: journal.run.clone(), head: record.head(), records, state }, record))
    }

    /// Whether a holder is a process of this machine that has ended.
    pub(crate) fn is_gone(&self, holder: &str) -> bool {
        let parts = |holder: &str| -> Option<(String, u32)> {
            let (machine, process) = holder.rsplit_once('#')?;
            Some((machine.to_owned(), process.parse().ok()?))
        };
        let (Some((own, _)), Some((machine, process))) = (parts(&self.holder), parts(holder)) else { return false };
        own == machine && !is_alive(process)
    }
}

impl Journal {
    /// That of a run which nobody opens, to show what it would do.
    pub(crate) fn imagined(procedure: Procedure, target: Option<String>, because: &str) -> Result<Self> {
        let event = Event::Opened { procedure, target, because: because.to_owned(), facts: Value::Null };
        let record = Record::after(IMAGINED, None, jiff::Timestamp::now(), "", 0, &event);
        let state = chain::read(IMAGINED, std::slice::from_ref(&record), None)?;
        let state = state.ok_or(StoreError::Unknown(IMAGINED.to_owned()))?;
        Ok(Self { run: IMAGINED.to_owned(), head: record.head(), records: vec![record], state })
    }

    /// Such as `running`, `stopped`, `succeeded`.
    pub fn phase(&self) -> &'static str {
        phase(&self.state)
    }

    pub fn succeeded(&self) -> bool {
        self.state.phase == backout_runbook::Phase::Succeeded
    }

    /// Whether it goes on only when somebody says so.
    pub fn waits_for_a_person(&self) -> bool {
        let expired = self.state.expired(jiff::Timestamp::now());
        self.state.paused || self.state.phase == backout_runbook::Phase::Stopped || expired.is_some()
    }

    /// From its first record to its last.
    pub fn took(&self) -> Duration {
        let last = self.records.last().map_or(self.state.opened, |record| record.at);
        Duration::try_from(last.duration_since(self.state.opened)).unwrap_or_default()
    }

    /// The steps of the way that is gone.
    pub fn steps(&self) -> impl Iterator<Item = StepLine<'_>> {
        steps_of(&self.state)
    }

    fn event_of(&self, answer: &Answer) -> Result<Event> {
        let step = || self.state.stands_at().ok_or_else(|| Refusal::refused("no step of this run waits", None));
        Ok(match answer {
            Answer::Approve => {
                let step = step()?;
                match &self.state.steps[step].status {
                    backout_runbook::Status::Asked { preview, .. } => {
                        Event::Approved { step, preview: preview.clone() }
                    }
                    _ => return Err(Refusal::refused("this run asks nobody at the moment", None).into()),
                }
            }
            Answer::Refuse { reason } => Event::Refused { step: step()?, reason: reason.clone(), fails: true },
            Answer::Pause { reason } => Event::Paused { reason: reason.clone() },
            Answer::Resume { reason } => Event::Resumed { reason: reason.clone() },
            Answer::Skip { reason } => Event::Skipped { step: step()?, reason: reason.clone() },
            Answer::Abort { reason } => Event::Aborted { reason: reason.clone() },
        })
    }
}

/// Somebody else wrote first; what is to be written is decided again.
pub(crate) fn moved(failure: &crate::Failure) -> bool {
    matches!(failure.cause(), crate::Cause::Runs(StoreError::Moved { .. }))
}

/// Whether it was to bring something, and has gone a way back instead.
fn is_taken_back(state: &State) -> bool {
    state.phase == backout_runbook::Phase::Succeeded && state.way > 0 && state.procedure.name == RELEASE
}

/// What lists show.
pub(crate) fn phase(state: &State) -> &'static str {
    use backout_runbook::Phase;
    match state.phase {
        Phase::Running if state.paused => "paused",
        Phase::Running => "running",
        Phase::Unwinding => "unwinding",
        Phase::Stopped => "stopped",
        Phase::Aborted => "aborted",
        Phase::Succeeded if is_taken_back(state) => "taken-back",
        Phase::Succeeded => "succeeded",
        Phase::Failed => "failed",
    }
}

/// `20261124T201500Z-1f3a9c`: in the order of time, and no two alike.
fn new_id() -> String {
    let now = jiff::Timestamp::now();
    format!("{}-{:08x}", now.strftime("%Y%m%dT%H%M%SZ"), backout_backup::manifest::random())
}

impl Env {
    /// What a journal says of this target.
    pub(crate) fn named(&self) -> Option<String> {
        self.target_name().or(self.claimed.as_deref()).map(str::to_owned)
    }
}

/// Whether a process of this machine is there. One that belongs to somebody else is.
fn is_alive(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let id = i32::try_from(process).ok().and_then(Pid::from_raw);
    id.is_some_and(|id| test_kill_process(id) != Err(rustix::io::Errno::SRCH))
}
