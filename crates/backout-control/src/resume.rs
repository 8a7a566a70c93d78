//! Goes on with a run that was interrupted, or that waits for somebody, if its steps are those of the plan here: a journal
//! lies where others may write, and its commands, requests and SQL would run with the rights of whoever resumes it.
//!
//! Must not know: what a step does.

use backout_plan::plan::PlanStep;
use backout_runbook::{Procedure, Step};
use serde_json::{Value, json};

use crate::event::Event;
use crate::execute::{Ended, execute};
use crate::failure::Refusal;
use crate::runs::{Answer, Runs};
use crate::steps::{self, Restore, Undo};
use crate::{Boxed, Env, Result, keep, ledger, release, rollback};

/// What is decided when a run is opened, and stands in no plan.
const PINNED: [&str; 4] = ["numbers", "after", "backup", "absent"];

/// Kinds that only do what the plan and the folder here say, whatever the journal says.
const OF_A_RELEASE: [&str; 3] = ["rehearse", "backup", "migrate"];

/// Goes on with the run. `other_plan` says that its steps are meant, whatever the plan has.
///
/// # Errors
/// Where a step is not one of the plan's, somebody else is at work on the run, or its journal was touched.
pub fn run<'a>(
    env: &'a Env,
    runs: &'a Runs,
    run: &'a str,
    because: &'a str,
    other_plan: bool,
) -> Boxed<'a, Result<Ended>> {
    Box::pin(work(env, runs, run, because, other_plan))
}

#[tracing::instrument(name = "resume", skip_all, fields(run, target = env.target_name()))]
async fn work(env: &Env, runs: &Runs, run: &str, because: &str, other_plan: bool) -> Result<Ended> {
    if !other_plan {
        pass(env, run, &runs.read(run).await?.state.procedure)?;
    }
    let lease = runs.hold(run).await?;
    let mut journal = runs.read(run).await?;
    if journal.state.phase.is_over() {
        env.say(Event::note("run.over", format!("run {run} is over, so nothing is done")));
    }
    if journal.waits_for_a_person() {
        journal = runs.answer(run, &Answer::Resume { reason: because.to_owned() }).await?;
    }
    ledger::link_again(env, runs, &journal.state.procedure.name, run).await;
    Box::pin(execute(env, runs, lease, journal)).await
}

/// Lets through when every step is one of the plan's, by its way, its name and all that it does.
///
/// # Errors
/// [`Refusal::Refused`] with the first step that is not.
fn pass(env: &Env, run: &str, procedure: &Procedure) -> Result<()> {
    let ways = rollback::ways(env)?;
    for way in &procedure.ways {
        let is_release = procedure.name == release::NAME && way.name == release::NAME;
        let known: &[PlanStep] = match ways.iter().find(|one| one.name == way.name) {
            _ if is_release => env.plan.as_deref().map_or(&[], |plan| &plan.release.steps),
            Some(one) => &one.steps,
            None => &[],
        };
        for step in &way.steps {
            let built_in = is_release && OF_A_RELEASE.contains(&step.kind.as_str()) && step.undo.is_none();
            if !built_in && !keep::is_ours(step) && !known.iter().any(|one| is_same(one, step)) {
                let said = format!("step {:?} of way {} is not one of this plan", step.name, way.name);
                return Err(
                    Refusal::refused(said, Some(backout_plan::Remedy::OtherPlan { run: run.to_owned() })).into()
                );
            }
        }
    }
    Ok(())
}

fn is_same(planned: &PlanStep, step: &Step) -> bool {
    let undo = match (&planned.undo, &step.undo) {
        (None, None) => true,
        (Some(planned), Some(undo)) => {
            planned.kind == undo.kind && plain(&planned.kind, &planned.with) == plain(&undo.kind, &undo.action)
        }
        _ => false,
    };
    undo && planned.name == step.name
        && planned.kind == step.kind
        && plain(&planned.kind, &planned.with) == plain(&step.kind, &step.action)
}

/// An action without what is pinned, every default written out.
fn plain(kind: &str, action: &Value) -> Option<Value> {
    let mut value = match kind {
        steps::UNDO => json!(Undo::read(action).ok()?),
        steps::RESTORE => json!(Restore::read(action).ok()?),
        _ => return Some(action.clone()),
    };
    if let Some(fields) = value.as_object_mut() {
        PINNED.iter().for_each(|name| drop(fields.remove(*name)));
    }
    Some(value)
}
