//! Telling people: which messages of the plan an incident makes due, what they say, and that each arrives.
//!
//! A round looks at the incidents, posts what is due into the store, and sends what lies there. Whatever runs rounds, a
//! message is one message: its key follows from the incident, and the store keeps it once.
//!
//! Nothing here may delay a way back: rounds run beside it, and whatever fails in one is a finding.
//!
//! Must not know: how a service is spoken to (`backout-connectors`), or how anything is shown.
//!
//! For users: `docs/messages.md`.

mod affected;
mod attention;
mod deliver;
mod due;
mod facts;
mod post;
mod rounds;
mod shown;
mod trial;

use std::time::Duration;

use backout_plan::Finding;
use jiff::Timestamp;
use serde::Serialize;

use crate::runs::Runs;
use crate::{Boxed, Env, Result};

pub use attention::{STATES, findings, worst_first};
pub use trial::{Tried, test, tried};

/// What a round did, and what is left in the outbox of this plan's channels.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Round {
    /// New in the outbox.
    pub posted: usize,
    pub sent: usize,
    /// They go out later, or were tried and did not arrive yet.
    pub waiting: usize,
    /// They wait for somebody's approval.
    pub held: usize,
    /// They are not tried again by themselves.
    pub dead: usize,
    pub findings: Vec<Finding>,
}

/// A message as it would be now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The message's name in the plan.
    pub message: String,
    pub channel: String,
    /// Such as `slack`.
    pub kind: String,
    /// Where it is shown on a recorded incident.
    pub incident: Option<String>,
    /// When its occasion was; nothing where there was none yet, so that it is shown as of now.
    pub due: Option<Timestamp>,
    pub subject: String,
    /// Without the channel's own marks.
    pub text: String,
    /// How many get one each; nothing where whoever reads the channel does.
    pub recipients: Option<usize>,
    /// Whether somebody has to approve it.
    pub held: bool,
    /// What keeps it from being sent, such as a condition of the plan that does not hold.
    pub not_sent: Option<String>,
}

/// A message of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    pub seq: u64,
    pub key: String,
    pub incident: String,
    pub channel: String,
    /// The message's name in the plan.
    pub message: String,
    /// `held`, `waiting`, `sending`, `sent`, `dead`, `dropped`.
    pub state: &'static str,
    pub attempts: u32,
    /// Why it did not arrive, or is not to.
    pub last: Option<String>,
    pub at: Timestamp,
    /// Not before.
    pub due: Timestamp,
    pub sent: Option<Timestamp>,
    /// Who approved it.
    pub approved: Option<String>,
}

/// Looks at the incidents, posts what is due, and sends what may go: once.
///
/// # Errors
/// Where the store cannot be read or written, or the plan's messages cannot be any.
pub fn round<'a>(env: &'a Env, runs: &'a Runs) -> Boxed<'a, Result<Round>> {
    Box::pin(rounds::once(env, runs))
}

/// Does work, and tells beside it: whatever becomes of messages, the work neither waits nor fails. When it is done, what is
/// on its way has at most 10 s; the round says what is left.
pub async fn beside<T>(env: &Env, runs: &Runs, work: impl Future<Output = T> + Send) -> (T, Round) {
    rounds::beside(env, runs, work).await
}

/// Tells at this pace until `over` is done.
///
/// # Errors
/// Where the plan's messages cannot be any.
pub fn endlessly<'a>(env: &'a Env, runs: &'a Runs, pace: Duration, over: Boxed<'a, ()>) -> Boxed<'a, Result<()>> {
    Box::pin(rounds::endlessly(env, runs, pace, over))
}

/// The plan's messages as they would be now on a recorded incident, or on the example of the documentation. Nothing is
/// posted or sent.
///
/// # Errors
/// Where there is no such incident or message, or the plan's messages cannot be any.
pub fn preview<'a>(
    env: &'a Env,
    runs: &'a Runs,
    incident: Option<&'a str>,
    message: Option<&'a str>,
) -> Boxed<'a, Result<Vec<Preview>>> {
    Box::pin(shown::preview(env, runs, incident, message))
}

/// What lies in the outbox of this target's incidents, the oldest first; of one incident where it is named.
///
/// # Errors
/// Where the store cannot be read.
pub async fn listed(env: &Env, runs: &Runs, incident: Option<&str>) -> Result<Vec<Outgoing>> {
    shown::listed(env, runs, incident).await
}

/// Lets a held message go, by its key or number.
///
/// # Errors
/// Where there is no such message, or it is not held.
pub async fn approve(runs: &Runs, wanted: &str, by: &str) -> Result<Outgoing> {
    let key = shown::find(runs, wanted).await?;
    runs.store.approve_message(&key, by).await?;
    shown::one(runs, &key).await
}

/// Keeps a message from going out.
///
/// # Errors
/// Where there is no such message, or it is gone already.
pub async fn drop(runs: &Runs, wanted: &str, by: &str, why: &str) -> Result<Outgoing> {
    let key = shown::find(runs, wanted).await?;
    runs.store.drop_message(&key, by, why).await?;
    shown::one(runs, &key).await
}

/// Lets a dead message be tried again.
///
/// # Errors
/// Where there is no such message, or it is not dead.
pub async fn retry(runs: &Runs, wanted: &str) -> Result<Outgoing> {
    let key = shown::find(runs, wanted).await?;
    runs.store.revive(&key).await?;
    shown::one(runs, &key).await
}

#[cfg(test)]
mod tests;
