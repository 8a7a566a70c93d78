//! A flag that more and more people get, stage by stage: begun and answered by people, carried out by the process that
//! leads. What follows is decided purely in `next`.
//!
//! Must not know: how a flag is evaluated, what a check asks, who shows it.

mod carry;
mod look;
mod next;
mod state;

use backout_plan::Remedy;
use backout_plan::wording::moment;
use backout_store::StoreError;
use jiff::Timestamp;

use crate::failure::Refusal;
use crate::runs::{RELEASE, Runs};
use crate::{Cause, Env, Failure, Result};

pub use carry::{Carrier, Round};
pub use look::{Shown, ShownStage, Stands, findings, look};
pub use next::{Checked, Facts, Move, Next, Word, answered, next};
pub use state::{How, Phase, Reached, Said, State};

/// The seat of the process that carries out what goes on beside requests.
pub fn leader(target: &str) -> String {
    format!("serve/{target}")
}

/// Begins a rollout of the plan: whoever leads goes on with it.
///
/// # Errors
/// Where the plan has none of this name, it is under way, or another one or a way back is in its way.
pub async fn start(env: &Env, runs: &Runs, name: &str, because: &str) -> Result<State> {
    let plan = env.plan()?;
    let Some(rollout) = plan.rollout(name) else {
        return Err(no_such(name, plan.rollouts.iter().map(|one| one.name.as_str())));
    };
    let target = env.claimed()?;
    let open = runs.open_ones(env).await?;
    if let Some(open) = open.iter().find(|open| open.journal.state.procedure.name != RELEASE) {
        let said = format!("run {} is open, which is a way back", open.journal.run);
        return Err(Refusal::refused(said, Some(Remedy::advice("begin the rollout when that run is over"))).into());
    }
    let mut version = None;
    for kept in state::all(runs, target).await? {
        let other = &kept.state;
        let is_same = other.rollout.name == name;
        if is_same {
            version = Some(kept.version);
        }
        if !other.is_over() && (is_same || other.rollout.flag == rollout.flag) {
            let said = format!(
                "rollout {:?} of the flag {:?} is under way, begun at {} by {}",
                other.rollout.name,
                other.rollout.flag,
                moment(other.begun),
                other.by
            );
            return Err(Refusal::refused(said, Some(Remedy::advice("let it come to its end, or end it"))).into());
        }
    }
    let state = State::new(rollout.clone(), &runs.who, because, Timestamp::now());
    state::write(runs, target, version, &state).await?;
    Ok(state)
}

/// Says something of a rollout that is under way. Whoever leads sees it before the next step.
///
/// # Errors
/// Where it was not begun, or this cannot be said of it now.
pub async fn say(env: &Env, runs: &Runs, name: &str, word: Word, because: &str) -> Result<Move> {
    let target = env.claimed()?;
    loop {
        let Some(kept) = state::read(runs, target, name).await? else {
            let plan = env.plan()?;
            return Err(match plan.rollout(name) {
                Some(_) => Refusal::refused(format!("rollout {name:?} was not begun"), None).into(),
                None => no_such(name, plan.rollouts.iter().map(|one| one.name.as_str())),
            });
        };
        let said = answered(&kept.state, word, &runs.who, because, Timestamp::now());
        let said = said.map_err(|why| Refusal::refused(format!("rollout {name:?}: {why}"), None))?;
        match state::write(runs, target, Some(kept.version), &said.state).await {
            Ok(_) => return Ok(said),
            // It went on meanwhile.
            Err(failure) if is_changed(&failure) => {}
            Err(failure) => return Err(failure),
        }
    }
}

fn no_such<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let advice = match (backout_plan::nearest(name, known.iter().copied()), known.is_empty()) {
        (Some(meant), _) => format!("did you mean {meant:?}?"),
        (None, false) => format!("it has: {}", known.join(", ")),
        (None, true) => "write [[rollout]] with its [[rollout.stage]]".to_owned(),
    };
    Refusal::usage(format!("the plan has no rollout {name:?}"), Some(Remedy::advice(advice))).into()
}

/// Whether somebody else wrote it meanwhile.
fn is_changed(failure: &Failure) -> bool {
    matches!(failure.cause(), Cause::Runs(StoreError::Changed { .. }))
}
