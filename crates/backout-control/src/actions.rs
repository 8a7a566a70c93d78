//! What people must do after a migration was taken back, and when it may be tried again.
//!
//! Must not know: what taking back did.

use backout_postgres::actions;
use backout_postgres::store;

use crate::failure::Refusal;
use crate::gates::identity;
use crate::gates::retry::of;
pub use crate::gates::retry::{Open, Tracked};
use crate::{Env, Failure, Result};

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
#[tracing::instrument(name = "action done", skip_all, fields(target = env.target_name()))]
pub async fn done(env: &Env, name: &str, by: &str, note: &str) -> Result<Open> {
    let session = env.connect().await?;
    identity::pass(env, &session).await?;
    let records = store::records(&session).await.map_err(Failure::from)?;
    let Some(open) = of(env, &session, &records, |_| true).await? else {
        return Err(Refusal::usage("nothing was taken back, so no action is open", None).into());
    };
    let of_plan = || open.actions.iter().filter(|action| action.incident.is_none());
    if !of_plan().any(|action| action.name == name) {
        let known: Vec<&str> = of_plan().map(|action| action.name.as_str()).collect();
        let said = format!("the plan's [retry] has no action {name:?}; it has: {}", known.join(", "));
        return Err(Refusal::usage(said, None).into());
    }
    actions::done(&session, open.number, name, Some(by), note).await.map_err(Failure::server("noting an action"))?;
    of(env, &session, &records, |_| true).await?.ok_or_else(|| Refusal::failed("the record is gone", None).into())
}
