//! Takes the newest migration back, in place, or the newest few.
//!
//! Must not know: how a single undo is planned or runs.

use std::collections::BTreeMap;

use backout_plan::{Exit, Remedy};
use backout_postgres::migrate;
use backout_postgres::session::{DatabaseError, Session};
use backout_postgres::store::{self, Record, State};
use backout_postgres::undo::{self, Residue, UndoError, UndoReport, UndoRules};
use backout_reversal::TailStep;
use serde::Serialize;

use crate::event::{Event, Work};
use crate::failure::{Halted, Refusal};
use crate::folder::Folder;
use crate::gates::{frozen, identity};
use crate::{Boxed, Env, Failure, Result, capture};

/// Which migrations.
#[derive(Debug, Clone)]
pub enum Which {
    /// So many of the newest.
    Newest(usize),
    /// This one, which must be the newest.
    One(String),
    /// All that came after this one.
    BackTo(String),
    /// These by their numbers, as far as they are not undone; nothing may have been applied after them.
    Numbers(Vec<i64>),
    /// The same of all with a higher number.
    After(i64),
}

impl Which {
    /// Whether it is about what stood at some former time, of which perhaps nothing is left to do by now.
    fn may_be_done(&self) -> bool {
        matches!(self, Self::Numbers(_) | Self::After(_))
    }

    pub(crate) fn has(&self, number: i64) -> bool {
        match self {
            Self::Numbers(numbers) => numbers.contains(&number),
            Self::After(after) => number > *after,
            Self::Newest(_) | Self::One(_) | Self::BackTo(_) => false,
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    pub which: Which,
    /// What need not come back exactly, by the names of the refusal.
    pub accept_loss: Vec<String>,
    /// Values that an enum loses, by type and label, and what rows get instead.
    pub values: BTreeMap<(String, String), String>,
}

impl Options {
    pub fn newest(count: usize) -> Self {
        Self { which: Which::Newest(count), accept_loss: Vec::new(), values: BTreeMap::new() }
    }

    fn choice(&self, env: &Env) -> undo::Choice {
        let rebuild_below = env.migrate().rebuild_below.bytes();
        undo::Choice { rebuild_below, values: self.values.clone(), ..Default::default() }
    }
}

/// What it came to.
#[derive(Debug, Default, Serialize)]
pub struct Done {
    pub target: String,
    pub undone: Vec<UndoReport>,
    /// What a former undo had left to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<Finished>,
}

impl Done {
    /// Nothing was left to do.
    pub fn is_empty(&self) -> bool {
        self.undone.is_empty() && self.finished.is_none()
    }
}

/// The rest of a former undo.
#[derive(Debug, Serialize)]
pub struct Finished {
    pub number: i64,
    pub version: String,
    pub steps: Vec<String>,
    /// What is not as it was.
    pub left: Vec<Residue>,
}

/// Undoes. With nothing to do, nothing is in [`Done`].
///
/// # Errors
/// The refusals of the gates before anything is touched; what went wrong, with what was undone before it.
pub fn run<'a>(env: &'a Env, options: &'a Options) -> Boxed<'a, std::result::Result<Done, Halted<Done>>> {
    Box::pin(work(env, options))
}

#[tracing::instrument(name = "undo", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, options: &Options) -> std::result::Result<Done, Halted<Done>> {
    let claimed = env.claimed()?.to_owned();
    let pair = env.connect_pair().await?;
    if options.which.may_be_done() && left(&pair.session, &options.which).await?.is_empty() {
        return Ok(Done { target: claimed, ..Done::default() });
    }
    frozen::refuse(&pair.session).await?;
    if identity::look(&pair.session, Some(&claimed)).await?.recorded.is_none() {
        return Err(Refusal::NothingToUndo.into());
    }
    identity::pass(env, &pair.session).await?;
    store::lock_runs(&pair.session).await?;
    let chosen = chosen(&store::records(&pair.session).await?, &options.which)?;
    let mut done = Done { target: claimed, ..Done::default() };
    let Some(newest) = chosen.first() else { return Ok(done) };
    let is_unfinished = newest.state == State::UndoTail;
    if is_unfinished {
        done.finished = Some(finish(env, &pair.session, newest).await?);
        if chosen.len() == 1 {
            return Ok(done);
        }
    }
    let chosen = &chosen[usize::from(is_unfinished)..];
    for record in chosen.iter().take(1) {
        warn_of_later(env, &pair.session, record).await;
    }
    let migrate = env.migrate();
    let rules = UndoRules {
        lock_timeout: migrate.lock_timeout.duration(),
        lock_retries: migrate.lock_retries,
        lock_budget: migrate.lock_budget.map(|budget| budget.duration()),
        accept_loss: options.accept_loss.clone(),
        read_whole: false,
        measure: false,
        choice: options.choice(env),
    };
    let captured = capture::before(env, &pair.session).await;
    let migrations = chosen.iter().map(|record| (record.number, record.version.clone())).collect();
    env.say(Event::Begun { work: Work::Undoing { migrations } });
    let watch = |event: migrate::Event| env.say(event.into());
    let work = undo::undo_all(&pair.session, chosen, &rules, &watch);
    let guarded = env.stop.guard(&*env.observer, &pair.session.canceller(), "after this undo", work).await;
    env.say(Event::Idle);
    let error = match guarded {
        Err(failure) => return Err(Halted { done, failure }),
        Ok(Ok(reports)) => {
            done.undone = reports;
            None
        }
        Ok(Err(halted)) => {
            done.undone = halted.done;
            Some(halted.error)
        }
    };
    capture::follow(env, &pair.session, captured).await;
    let Some(error) = error else { return Ok(done) };
    let mut failure = where_it_stands(env, &pair.session, &chosen[done.undone.len()..], error).await;
    if !done.undone.is_empty() {
        let noun = if done.undone.len() == 1 { "migration" } else { "migrations" };
        let said = format!("{} {noun} before it in this run: undone, and that stays", done.undone.len());
        failure = failure.remedy(Remedy::advice(said));
    }
    Err(Halted { done, failure })
}

/// The migrations to undo, newest first.
fn chosen(records: &[Record], which: &Which) -> Result<Vec<Record>> {
    // Work left over comes first, whatever was applied since.
    let (tails, others): (Vec<&Record>, Vec<&Record>) =
        records.iter().rev().filter(|r| r.state != State::Undone).partition(|r| r.state == State::UndoTail);
    let standing: Vec<Record> = tails.into_iter().chain(others).cloned().collect();
    let applied = |version: &str| {
        let found = standing.iter().find(|r| r.version == version && r.state != State::UndoTail);
        found.ok_or_else(|| {
            let undone = records.iter().any(|r| r.version == version);
            Failure::from(Refusal::NotApplied { version: version.to_owned(), undone })
        })
    };
    match which {
        Which::BackTo(version) => {
            let place = applied(version)?.number;
            Ok(standing.into_iter().filter(|r| r.number > place).collect())
        }
        Which::One(version) => {
            let wanted = applied(version)?;
            let after = standing.iter().take_while(|r| r.number != wanted.number);
            let after: Vec<String> = after.map(|r| r.version.clone()).collect();
            if !after.is_empty() {
                return Err(Refusal::NotTheNewest { version: version.clone(), after }.into());
            }
            Ok(standing.into_iter().take(1).collect())
        }
        Which::Newest(asked) => match standing.len() {
            0 => Err(Refusal::NothingToUndo.into()),
            there if there < *asked => Err(Refusal::TooMany { asked: *asked, there }.into()),
            _ => Ok(standing.into_iter().take(*asked).collect()),
        },
        Which::Numbers(_) | Which::After(_) => {
            let mut by_number: Vec<i64> =
                standing.iter().filter(|r| r.state != State::Adopted).map(|r| r.number).collect();
            by_number.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
            let meant = by_number.iter().filter(|number| which.has(**number));
            // What was approved would take another one back.
            if by_number.iter().zip(meant).any(|(newest, meant)| newest != meant) {
                let said = "a migration was applied after those that this run takes back";
                return Err(Refusal::refused(said, Some(Remedy::History)).into());
            }
            let is_meant = |one: &Record| one.state != State::Adopted && which.has(one.number);
            Ok(standing.into_iter().filter(is_meant).collect())
        }
    }
}

/// The numbers of those that are still to be undone, the newest first.
///
/// # Errors
/// Where they cannot be read, or are not there as they are meant.
pub(crate) async fn left(session: &Session, which: &Which) -> Result<Vec<i64>> {
    let chosen = chosen(&store::records(session).await?, which)?;
    Ok(chosen.iter().map(|record| record.number).collect())
}

/// The tool may have applied more since, by itself: an undo out of order.
async fn warn_of_later(env: &Env, session: &Session, record: &Record) {
    // The folder may be missing or broken where an undo must work all the same.
    let Some(Ok(folder)) = env.plan.as_deref().map(Folder::read) else { return };
    let Ok(standing) = folder.standing(session).await else { return };
    let place = |version: &str| folder.migrations.iter().position(|migration| migration.version == version);
    let Some(own) = place(&record.version) else { return };
    for version in standing.unknown_to_us.iter().filter(|version| place(version).is_some_and(|place| place > own)) {
        let said = format!("{version} was applied after it by the migration tool itself, and stays");
        env.say(Event::warning("undo.later", said));
    }
}

/// Does what a former undo left.
async fn finish(env: &Env, session: &Session, record: &Record) -> Result<Finished> {
    let tail = store::tail(session, record.number).await?;
    let steps = tail.iter().map(|step| step.about().to_owned()).collect();
    let (number, version) = (record.number, record.version.clone());
    env.say(Event::Begun { work: Work::FinishingUndo { number, version: version.clone() } });
    let watch = |event: migrate::Event| env.say(event.into());
    let work = undo::finish_tail(session, number, tail, &watch);
    let outcome = env.stop.guard(&*env.observer, &session.canceller(), "after this undo", work).await;
    env.say(Event::Idle);
    let left = outcome?.map_err(|error| match Failure::from(error) {
        refused if refused.exit() == Exit::Refused => refused,
        failure => failure.with_exit(Exit::UndoIncomplete).remedy(Remedy::FinishUndo),
    })?;
    Ok(Finished { number, version, steps, left })
}

/// What the target itself says of an undo, by a connection of its own: after a crash, or where the answer to a COMMIT was
/// lost. `None` for a migration that is not on record.
pub async fn settle(env: &Env, number: i64) -> Result<Option<State>> {
    let session = env.connect().await?;
    let records = store::records(&session).await?;
    Ok(records.iter().find(|record| record.number == number).map(|record| record.state))
}

/// What the target itself says after a failure.
async fn where_it_stands(env: &Env, session: &Session, rest: &[Record], error: UndoError) -> Failure {
    let lost = error.database_error().is_some_and(DatabaseError::is_connection_lost);
    let records = match lost {
        true => match env.connect().await {
            Ok(session) => store::records(&session).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        },
        false => store::records(session).await.map_err(Failure::from),
    };
    let failure = Failure::from(error);
    let Ok(records) = records else {
        return failure
            .with_exit(Exit::Interrupted)
            .remedy(Remedy::advice("the target does not answer, so whether COMMIT happened is unknown"))
            .remedy(Remedy::Status);
    };
    let state = |record: &Record| records.iter().find(|other| other.number == record.number).map(|other| other.state);
    let left = rest.iter().find(|record| state(record) == Some(State::UndoTail)).or(rest.first());
    match left.and_then(state) {
        Some(State::UndoTail) => failure
            .with_exit(Exit::UndoIncomplete)
            .remedy(Remedy::advice("the former state is back and the application works"))
            .remedy(Remedy::FinishUndo),
        Some(State::Undone) => failure
            .with_exit(Exit::UndoIncomplete)
            .remedy(Remedy::advice("the undo is done all the same"))
            .remedy(Remedy::Status),
        _ => failure,
    }
}

/// What would happen.
#[derive(Debug, Serialize)]
pub struct Preview {
    pub would_undo: Vec<undo::Preview>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_finish: Option<WouldFinish>,
}

/// What a former undo has left to do.
#[derive(Debug, Serialize)]
pub struct WouldFinish {
    pub number: i64,
    pub version: String,
    pub tail: Vec<TailStep>,
}

impl Preview {
    /// Nothing is left to do.
    pub fn is_empty(&self) -> bool {
        self.would_undo.is_empty() && self.would_finish.is_none()
    }

    /// As it stands, the undo would be refused.
    pub fn is_blocked(&self) -> bool {
        self.would_undo.iter().flat_map(|preview| &preview.conflicts).any(|conflict| conflict.blocks)
    }

    /// Something would not come back as it was.
    pub fn is_incomplete(&self) -> bool {
        self.would_undo.iter().any(|preview| !preview.unsupported.is_empty())
    }
}

/// The exact statements, and what would not survive. Changes nothing.
pub fn preview<'a>(env: &'a Env, options: &'a Options) -> Boxed<'a, Result<Preview>> {
    Box::pin(foreseen(env, options))
}

async fn foreseen(env: &Env, options: &Options) -> Result<Preview> {
    let session = env.connect().await?;
    let identity = identity::look(&session, env.target_name()).await?;
    if identity.recorded.is_some() && !identity.verdict.is_same() {
        env.say(Event::note("identity.different", identity.verdict.to_string()));
    }
    let (rest, would_finish) = begun(&session, chosen(&store::records(&session).await?, &options.which)?).await?;
    let would_undo = undo::preview(&session, &rest, &options.choice(env)).await?;
    Ok(Preview { would_undo, would_finish })
}

/// Only the statements: no row is asked, so that it is quick whatever the size of the tables.
pub(crate) async fn outline(env: &Env, options: &Options) -> Result<Preview> {
    let session = env.connect().await?;
    let (rest, would_finish) = begun(&session, chosen(&store::records(&session).await?, &options.which)?).await?;
    let would_undo = undo::outline(&session, &rest, &options.choice(env)).await?;
    Ok(Preview { would_undo, would_finish })
}

/// Those that are still to be undone, and what the first of all has left to do.
async fn begun(session: &Session, mut chosen: Vec<Record>) -> Result<(Vec<Record>, Option<WouldFinish>)> {
    let Some(record) = chosen.first().filter(|record| record.state == State::UndoTail) else {
        return Ok((chosen, None));
    };
    let tail = store::tail(session, record.number).await?;
    let would_finish = WouldFinish { number: record.number, version: record.version.clone(), tail };
    chosen.remove(0);
    Ok((chosen, Some(would_finish)))
}
