//! The gate of `migrate` after a way back: what was undone is not applied again before the plan's conditions hold.
//!
//! Must not know: what was wrong.

use backout_plan::plan::{PlanAction, Retry};
use backout_plan::{Finding, Remedy};
use backout_postgres::actions;
use backout_postgres::session::Session;
use backout_postgres::store::{Record, State};
use jiff::Timestamp;
use serde::Serialize;

use crate::event::Event;
use crate::failure::Refusal;
use crate::folder::{Prepared, Standing};
use crate::{Env, Failure, Result, ledger};

/// What is on record where somebody did not wait.
const ANYWAY: &str = "tried again early";

/// The migration that was taken back last, and what is open since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    pub number: i64,
    pub version: String,
    pub undone_at: Timestamp,
    /// Before this it is not applied again.
    pub not_before: Option<Timestamp>,
    pub actions: Vec<Tracked>,
}

/// One of the plan's actions, or of the incident in which it was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tracked {
    pub name: String,
    pub due: Option<Timestamp>,
    pub done: Option<actions::Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
}

impl Tracked {
    fn of_incident(id: &str, action: &ledger::ActionFacts) -> Self {
        let done = action.done.as_ref().map(|done| actions::Action {
            name: action.name.clone(),
            done_by: done.by.clone(),
            note: done.note.clone(),
            at: done.at,
        });
        let (owner, incident) = (Some(action.owner.clone()), Some(id.to_owned()));
        Self { name: action.name.clone(), due: Some(action.due), done, owner, incident }
    }

    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.done.is_none() && self.due.is_some_and(|due| due < now)
    }
}

impl Open {
    /// Why it may not be applied again yet: when it may, and what is not done.
    pub fn objections(&self, now: Timestamp) -> (Option<Timestamp>, Vec<String>) {
        let early = self.not_before.filter(|from| *from > now);
        let open = self.actions.iter().filter(|action| action.done.is_none());
        (early, open.map(|action| action.name.clone()).collect())
    }

    /// What is said to who tries it again now.
    fn refusal(&self) -> Refusal {
        let (not_before, left) = self.objections(Timestamp::now());
        Refusal::Retry { version: self.version.clone(), undone_at: self.undone_at, not_before, left }
    }

    /// The same for who only looks.
    pub(crate) fn finding(&self) -> Finding {
        Finding::note("retry.closed", self.refusal().to_string()).remedies(vec![Remedy::Actions])
    }

    /// Why it is tried again all the same.
    ///
    /// # Errors
    /// [`Refusal::Retry`] where nobody said why, [`Refusal::ReasonMissing`].
    pub(crate) fn reason<'r>(&self, anyway: Option<&'r str>) -> Result<&'r str> {
        match anyway {
            None => Err(self.refusal().into()),
            Some(reason) if reason.trim().is_empty() => {
                Err(Refusal::ReasonMissing { what: "wait after a way back" }.into())
            }
            Some(reason) => Ok(reason),
        }
    }
}

/// # Errors
/// [`Refusal::Retry`], [`Refusal::ReasonMissing`].
pub async fn pass(
    env: &Env,
    session: &Session,
    standing: &Standing,
    prepared: &[Prepared<'_>],
    anyway: Option<&str>,
) -> Result<()> {
    after_restore(env, anyway, true).await?;
    let meant = |version: &str| prepared.iter().any(|one| one.migration.version == version);
    let Some(open) = closed(env, session, &standing.records, meant).await? else { return Ok(()) };
    let reason = open.reason(anyway)?;
    env.say(Event::warning("retry.early", format!("{} is tried again early: {reason}", open.version)));
    // Every time is on record, and not only the first one.
    let name = format!("{ANYWAY}, {}", Timestamp::now());
    let noted = actions::done(session, open.number, &name, None, reason).await;
    noted.map_err(Failure::server("noting that it is tried again early"))
}

/// Lets through unless an incident in which a backup was restored has something left to do: which migrations went by
/// that, nothing on record says. A store that does not answer holds nobody up here.
///
/// # Errors
/// A refusal with what is left, [`Refusal::ReasonMissing`].
pub(crate) async fn after_restore(env: &Env, anyway: Option<&str>, notes: bool) -> Result<()> {
    let all = match ledger::holding(env).await {
        Ok(all) => all,
        Err(failure) => {
            let said = format!("whether an incident has something left to do is not known: {}", failure.sentence());
            env.say(Event::warning("retry.unknown", said));
            return Ok(());
        }
    };
    let Some(held) = ledger::restored(&all) else { return Ok(()) };
    match anyway {
        None => Err(held.refusal()),
        Some(reason) if reason.trim().is_empty() => {
            Err(Refusal::ReasonMissing { what: "wait after a way back" }.into())
        }
        Some(reason) if notes => ledger::note_early(env, held, reason).await,
        Some(_) => Ok(()),
    }
}

/// The undo that holds up the versions in question, if one does.
pub(crate) async fn closed(
    env: &Env,
    session: &Session,
    records: &[Record],
    meant: impl Fn(&str) -> bool,
) -> Result<Option<Open>> {
    let open = of(env, session, records, meant).await?;
    Ok(open.filter(|open| open.objections(Timestamp::now()) != (None, Vec::new())))
}

/// The undo that counts for the versions in question.
pub(crate) async fn of(
    env: &Env,
    session: &Session,
    records: &[Record],
    meant: impl Fn(&str) -> bool,
) -> Result<Option<Open>> {
    let retry = env.plan.as_deref().map(|plan| plan.retry.clone()).unwrap_or_default();
    let Some((record, undone_at)) = last(records, meant) else { return Ok(None) };
    let done = actions::list(session, record.number).await.map_err(Failure::server("reading what was done"))?;
    let mut open = open(&retry, record, undone_at, &done);
    for held in ledger::holding(env).await?.iter().filter(|one| one.has_undone(record.number)) {
        open.actions.extend(held.actions.iter().map(|action| Tracked::of_incident(&held.id, action)));
    }
    Ok(Some(open))
}

/// Of each version the newest record counts: what was applied again is not taken back.
fn last(records: &[Record], meant: impl Fn(&str) -> bool) -> Option<(&Record, Timestamp)> {
    let is_newest =
        |one: &&Record| records.iter().all(|other| other.version != one.version || other.number <= one.number);
    let undone = records.iter().filter(|one| one.state == State::Undone && meant(&one.version)).filter(is_newest);
    undone.filter_map(|one| Some((one, one.undone_at?))).max_by_key(|(_, at)| *at)
}

fn open(retry: &Retry, record: &Record, undone_at: Timestamp, done: &[actions::Action]) -> Open {
    let tracked = |action: &PlanAction| Tracked {
        name: action.name.clone(),
        due: action.within.map(|within| undone_at + within.duration()),
        done: done.iter().find(|done| done.name == action.name).cloned(),
        owner: None,
        incident: None,
    };
    Open {
        number: record.number,
        version: record.version.clone(),
        undone_at,
        not_before: retry.after.map(|after| undone_at + after.duration()),
        actions: retry.actions.iter().map(tracked).collect(),
    }
}
