//! The gate of `migrate` after a way back: what was undone is not applied again before the plan's conditions hold.
//!
//! Must not know: what was wrong.

use backout_postgres::actions;
use backout_postgres::session::Session;
use jiff::Timestamp;

use crate::event::Event;
use crate::failure::Refusal;
use crate::folder::{Prepared, Standing};
use crate::{Env, Failure, Result};

/// What is on record where somebody did not wait.
const ANYWAY: &str = "tried again early";

/// # Errors
/// [`Refusal::Retry`], [`Refusal::ReasonMissing`].
pub async fn pass(
    env: &Env,
    session: &Session,
    standing: &Standing,
    prepared: &[Prepared<'_>],
    anyway: Option<&str>,
) -> Result<()> {
    if env.plan.as_deref().is_none_or(|plan| plan.retry.is_empty()) {
        return Ok(());
    }
    let meant = |version: &str| prepared.iter().any(|one| one.migration.version == version);
    let Some(open) = crate::actions::of(env, session, &standing.records, meant).await? else { return Ok(()) };
    let (not_before, left) = open.objections(Timestamp::now());
    if not_before.is_none() && left.is_empty() {
        return Ok(());
    }
    match anyway {
        None => Err(Refusal::Retry { version: open.version, undone_at: open.undone_at, not_before, left }.into()),
        Some(reason) if reason.trim().is_empty() => {
            Err(Refusal::ReasonMissing { what: "wait after a way back" }.into())
        }
        Some(reason) => {
            env.say(Event::warning("retry.early", format!("{} is tried again early: {reason}", open.version)));
            let noted =
                actions::done(session, open.number, ANYWAY, env.target_name().unwrap_or_default(), reason).await;
            noted.map_err(Failure::server("noting that it is tried again early"))
        }
    }
}
