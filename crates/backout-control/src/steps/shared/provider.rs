//! What steps that ask a provider have in common.
//!
//! Must not know: what any of them asks for.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use super::super::Context;
use crate::mistake::{Look, Mistake};
use crate::values::VercelAccess;
use crate::{Failure, Result};

/// How long a step may take that only looks: for a preview, or after a crash, when its own time may be over.
const LOOK: Duration = Duration::from_secs(20);
/// How often a provider is asked whether it is done.
const EVERY: Duration = Duration::from_secs(1);

pub(in crate::steps) fn look_until() -> Timestamp {
    Timestamp::now() + LOOK
}

pub(in crate::steps) fn every(ms: Option<u64>) -> Duration {
    ms.map_or(EVERY, |ms| Duration::from_millis(ms.max(10)))
}

/// What was chosen for a step, durably and once: a second attempt acts on the same.
pub(in crate::steps) async fn chosen(
    context: &Context<'_>,
    choose: impl Future<Output = Result<String>>,
) -> Result<String> {
    match kept(context).await? {
        Some(kept) => Ok(kept),
        None => {
            let chosen = choose.await?;
            let (run, name) = (&context.journal.run, kept_as(context));
            context.runs.store.keep(run, &name, chosen.as_bytes()).await.map_err(Failure::from)?;
            Ok(chosen)
        }
    }
}

/// What was chosen already.
pub(in crate::steps) async fn kept(context: &Context<'_>) -> Result<Option<String>> {
    let kept = context.runs.store.kept(&context.journal.run, &kept_as(context)).await.map_err(Failure::from)?;
    Ok(kept.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

fn kept_as(context: &Context<'_>) -> String {
    format!("chosen {}", context.mark())
}

/// A line of a preview that needs the provider; what cannot be said yet is said so, and stops nothing.
pub(in crate::steps) async fn known(line: impl Future<Output = Result<String>>) -> String {
    line.await.unwrap_or_else(|failure| format!("not known yet: {}", failure.sentence()))
}

/// That nobody could ever get to this project: its token is not set, or its address is none.
pub(in crate::steps) fn of_vercel(look: &Look<'_>, access: &VercelAccess) -> Vec<Mistake> {
    if let Err(failure) = access.token.value(look.env) {
        return Mistake::of(&["token"], &failure).into_iter().collect();
    }
    let opened = access.open(look.env, look_until()).err();
    opened.and_then(|failure| Mistake::of(&["url"], &failure)).into_iter().collect()
}
