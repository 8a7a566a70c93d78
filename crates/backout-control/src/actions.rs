//! What people must do after a migration was taken back, and when it may be tried again.
//!
//! Must not know: what taking back did.

use backout_plan::plan::Retry;
use backout_postgres::actions;
use backout_postgres::session::Session;
use backout_postgres::store::{self, Record, State};
use jiff::Timestamp;
use serde::Serialize;

use crate::failure::Refusal;
use crate::gates::identity;
use crate::{Env, Failure, Result};

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

/// One of the plan's actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tracked {
    pub name: String,
    pub due: Option<Timestamp>,
    pub done: Option<actions::Action>,
}

impl Tracked {
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
}

/// What is open since the last undo; nothing where the newest of every version stands.
///
/// # Errors
/// Where the target does not answer.
pub async fn list(env: &Env) -> Result<Option<Open>> {
    let session = env.connect().await?;
    let records = store::records(&session).await.map_err(Failure::from)?;
    of(env, &session, &records, |_| true).await
}

/// Notes that one of the plan's actions was done.
///
/// # Errors
/// Where nothing was taken back, or the plan has no such action.
pub async fn done(env: &Env, name: &str, by: &str, note: &str) -> Result<Open> {
    let session = env.connect().await?;
    identity::pass(env, &session).await?;
    let records = store::records(&session).await.map_err(Failure::from)?;
    let Some(open) = of(env, &session, &records, |_| true).await? else {
        return Err(Refusal::usage("nothing was taken back, so no action is open", None).into());
    };
    if !open.actions.iter().any(|action| action.name == name) {
        let known: Vec<&str> = open.actions.iter().map(|action| action.name.as_str()).collect();
        let said = format!("the plan's [retry] has no action {name:?}; it has: {}", known.join(", "));
        return Err(Refusal::usage(said, None).into());
    }
    actions::done(&session, open.number, name, by, note).await.map_err(Failure::server("noting an action"))?;
    of(env, &session, &records, |_| true).await?.ok_or_else(|| Refusal::failed("the record is gone", None).into())
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
    Ok(Some(open(&retry, record, undone_at, &done)))
}

/// Of each version the newest record counts: what was applied again is not taken back.
fn last(records: &[Record], meant: impl Fn(&str) -> bool) -> Option<(&Record, Timestamp)> {
    let is_newest =
        |one: &&Record| records.iter().all(|other| other.version != one.version || other.number <= one.number);
    let undone = records.iter().filter(|one| one.state == State::Undone && meant(&one.version)).filter(is_newest);
    undone.filter_map(|one| Some((one, one.undone_at?))).max_by_key(|(_, at)| *at)
}

fn open(retry: &Retry, record: &Record, undone_at: Timestamp, done: &[actions::Action]) -> Open {
    let tracked = |action: &backout_plan::plan::PlanAction| Tracked {
        name: action.name.clone(),
        due: action.within.map(|within| undone_at + within.duration()),
        done: done.iter().find(|done| done.name == action.name).cloned(),
    };
    Open {
        number: record.number,
        version: record.version.clone(),
        undone_at,
        not_before: retry.after.map(|after| undone_at + after.duration()),
        actions: retry.actions.iter().map(tracked).collect(),
    }
}
