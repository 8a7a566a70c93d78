//! A release as one durable run: whatever the gates demand and is not there yet, the migrations, the plan's checks; and
//! where these fail, the plan's ways back.
//!
//! Must not know: what a step does, or what follows what.

use std::time::Duration;

use backout_plan::plan::{BackupDemand, Demand, PlanWay};
use backout_postgres::store;
use backout_runbook::{OnFailure, Procedure, Retry, Step, Way};
use serde_json::{Value, json};

use crate::execute::{Ended, execute};
use crate::former;
use crate::gates::set_aside::{self, Choice};
use crate::gates::{frozen, retry};
use crate::keep::Pinned;
use crate::preflight;
use crate::rollback::{self, Applied, Preview, show};
use crate::runs::{self, Runs};
use crate::steps::{self, Migrate};
use crate::{Boxed, Env, Result, tell};

/// What the run of a release is called, and its first way.
pub const NAME: &str = runs::RELEASE;

/// How long what comes before the checks may take. These say themselves how far they are, and somebody can stop them.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What undo need not bring back, by the names of the refusal.
    pub accept_loss: Vec<String>,
    /// What becomes of what undos have set aside.
    pub aside: Choice,
    /// Why what was undone is applied again before the plan's conditions hold.
    pub retry: Option<String>,
    /// For the record.
    pub because: String,
}

/// Shows what would be done; changes nothing. `None` where nothing is pending.
///
/// # Errors
/// As for [`run`], before anything is opened.
pub fn preview<'a>(env: &'a Env, runs: &'a Runs, options: &'a Options) -> Boxed<'a, Result<Option<Preview>>> {
    Box::pin(foreseen(env, runs, options))
}

async fn foreseen(env: &Env, runs: &Runs, options: &Options) -> Result<Option<Preview>> {
    let mistakes = preflight::survey_release(env, NAME, &ways(env)?).await;
    let Some(pinned) = pinned(env, options).await? else { return Ok(None) };
    let open = former::open(env, runs).await?;
    Ok(Some(Preview { open, mistakes, ..show(env, runs, pinned, &options.because, Vec::new()).await? }))
}

/// Opens a run and executes it, once somebody has confirmed it. `None` where nothing is pending: nothing was opened.
///
/// # Errors
/// Where something is wrong with the plan's steps or ways back, another run is open for this target, or the store cannot
/// be written. What a step meets is in the run, not here.
pub fn run<'a>(env: &'a Env, runs: &'a Runs, options: &'a Options) -> Boxed<'a, Result<Option<Ended>>> {
    Box::pin(work(env, runs, options))
}

#[tracing::instrument(name = "release", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, runs: &Runs, options: &Options) -> Result<Option<Ended>> {
    former::none(env, runs).await?;
    preflight::pass_release(&preflight::survey_release(env, NAME, &ways(env)?).await)?;
    let Some(Pinned { procedure, kept }) = pinned(env, options).await? else { return Ok(None) };
    env.confirm(rollback::question("the release to", env.claimed()?, &procedure, &[]))?;
    let facts = json!({ "kept_first": kept });
    let (lease, journal) = runs.open(procedure, env.named(), &options.because, facts).await?;
    Box::pin(execute(env, runs, lease, journal)).await.map(Some)
}

/// The ways back, every step of the plan read by its kind.
fn ways(env: &Env) -> Result<Vec<PlanWay>> {
    steps::validate(env.plan()?)?;
    // Who cannot be told of a release that fails is found before it. A way back asks nobody for that.
    tell::of_plan(env.plan()?)?;
    rollback::validated(env)
}

/// `None` where nothing is pending.
async fn pinned(env: &Env, options: &Options) -> Result<Option<Pinned>> {
    let (plan, target) = (env.plan()?, env.target()?);
    let migrate = Migrate::pending(env, options.accept_loss.clone(), options.aside, options.retry.clone()).await?;
    if migrate.is_empty() {
        return Ok(None);
    }
    let session = env.connect().await?;
    frozen::refuse(&session).await?;
    let records = store::records(&session).await?;
    // Nobody waits for a rehearsal and a backup of what is then refused.
    let closed = retry::closed(env, &session, &records, |version| migrate.has(version)).await?;
    if let Some(open) = closed {
        open.reason(options.retry.as_deref())?;
    }
    retry::after_restore(env, options.retry.as_deref(), false).await?;
    set_aside::must_be_chosen(&session, |version| migrate.has(version), options.aside).await?;
    session.close().await;
    let last = records.last().map_or(0, |record| record.number);
    // Where one of these fails the target is as it was, so nothing is to be taken back by another way.
    let first = |name: &str, kind: &str, action: Value| Step {
        name: name.to_owned(),
        kind: kind.to_owned(),
        action,
        budget: LONG.into(),
        retry: Retry::default(),
        on_failure: OnFailure::Unwind,
        undo: None,
        approval: None,
        beforehand: false,
    };
    let mut steps = Vec::new();
    if plan.demand(target) != Demand::None {
        steps.push(first("rehearse", "rehearse", json!({})));
    }
    if env.migrate().backup == BackupDemand::Proven {
        steps.push(first("backup", "backup", json!({ "prove": true })));
    }
    steps.push(first("migrate", "migrate", json!(migrate)));
    for step in &plan.release.steps {
        steps.push(rollback::pin(env, step, Some(last), &mut Applied::default()).await?);
    }
    let ways_back = ways(env)?;
    let mut ways = vec![Way { name: NAME.to_owned(), budget: None, steps }];
    let (back, kept) = rollback::pinned_ways(env, &ways_back, Some(last)).await?;
    ways.extend(back);
    Ok(Some(Pinned { procedure: Procedure { name: NAME.to_owned(), ways }, kept }))
}
