//! The run of a target that is not over, when another one is to begin: two at once would meet in the target. It is waited
//! for, or ended first where that leaves nothing unknown.
//!
//! Must not know: what either of them does.

use backout_plan::Remedy;
use backout_runbook::{Phase, Standing};
use backout_store::{Lease, StoreError};
use serde::Serialize;

use crate::event::Event;
use crate::failure::Refusal;
use crate::runs::{Answer, Journal, Runs, Seen, word};
use crate::{Env, Failure, Result};

/// A run that must be over before another one begins.
#[derive(Debug, Serialize)]
pub struct OpenRun {
    pub run: String,
    pub standing: Standing,
    /// Where it stands, on one line.
    pub said: String,
    #[serde(skip)]
    pub remedies: Vec<Remedy>,
}

/// The open run of this target, for whoever looks.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn open(env: &Env, runs: &Runs) -> Result<Option<OpenRun>> {
    let Some(open) = runs.open_one(env).await? else { return Ok(None) };
    let seen = runs.see(&open.run).await?;
    let (said, remedies) = (seen.said(), remedies(&seen));
    Ok(Some(OpenRun { run: open.run, standing: seen.standing, said, remedies }))
}

/// Lets through where no run of this target is open.
///
/// # Errors
/// A refusal with where the open one stands, and all that can be done about it.
pub(crate) async fn none(env: &Env, runs: &Runs) -> Result<()> {
    let Some(open) = open(env, runs).await? else { return Ok(()) };
    let said = format!("run {} of this target is not over ({})", open.run, open.said);
    let refused = Failure::from(Refusal::refused(said, None));
    Err(open.remedies.into_iter().fold(refused, Failure::remedy))
}

/// What can be done about an open run, also for the sake of another one.
pub(crate) fn remedies(seen: &Seen) -> Vec<Remedy> {
    let mut remedies = seen.remedies();
    if seen.held.is_none() && endable(&seen.journal).is_ok() {
        remedies.push(Remedy::RollbackAgain);
    }
    remedies
}

/// The open run of this target, if there is one, and it may be ended. Looks only.
///
/// # Errors
/// Where somebody executes it, or it may not be ended where it stands.
pub(crate) async fn look(env: &Env, runs: &Runs) -> Result<Option<Journal>> {
    let Some(open) = runs.open_one(env).await? else { return Ok(None) };
    let Seen { journal, held, .. } = runs.see(&open.run).await?;
    if let Some(held) = held {
        return Err(StoreError::Held { run: open.run, holder: held.holder, until: held.until }.into());
    }
    endable(&journal)?;
    Ok(Some(journal))
}

/// Whether it can be ended where it stands.
fn endable(journal: &Journal) -> Result<()> {
    let (run, state) = (&journal.run, &journal.state);
    let unknown = state.open_action().and_then(|step| state.step(step));
    let said = match unknown {
        Some((step, _)) => format!("step {:?} of run {run} has begun, and what came of it is not known", step.name),
        // What it has begun to take back is not left halfway, unless a person said so.
        None if state.phase == Phase::Unwinding && !state.paused => {
            format!("run {run} takes back what it did, and was interrupted")
        }
        None => return Ok(()),
    };
    Err(Refusal::refused(said, Some(Remedy::ResumeRun { run: run.clone() })).into())
}

/// A run that is to be ended so that another one can begin, held meanwhile.
#[derive(Debug)]
pub(crate) struct Former {
    lease: Lease,
    pub journal: Journal,
}

impl Former {
    /// Holds the run that was looked at.
    ///
    /// # Errors
    /// Where somebody executes it, or has gone on with it since.
    pub(crate) async fn hold(runs: &Runs, looked: &Journal) -> Result<Self> {
        let lease = runs.hold(&looked.run).await?;
        let as_it_was = match runs.read(&looked.run).await {
            Ok(journal) if journal.head == looked.head => Ok(journal),
            Ok(journal) => {
                let said = format!("run {} went on meanwhile", journal.run);
                Err(Refusal::refused(said, Some(Remedy::ShowRun { run: journal.run })).into())
            }
            Err(failure) => Err(failure),
        };
        match as_it_was {
            Ok(journal) => Ok(Self { lease, journal }),
            Err(failure) => {
                runs.store.release(&lease).await.ok();
                Err(failure)
            }
        }
    }

    /// Ends it where it was agreed to; lets go of it in any case.
    pub(crate) async fn end(self, env: &Env, runs: &Runs, agreed: bool) -> Result<()> {
        let run = &self.journal.run;
        let ended = match agreed {
            true => runs.answer(run, &Answer::Abort { reason: "another rollback begins".to_owned() }).await.map(drop),
            false => Ok(()),
        };
        runs.store.release(&self.lease).await.ok();
        ended?;
        if agreed {
            let stood = word(&self.journal.standing(false));
            env.say(Event::note("run.ended", format!("run {run} ({stood}) was ended; another one begins")));
        }
        Ok(())
    }
}
