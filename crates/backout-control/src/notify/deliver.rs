//! Sends what lies in the outbox, each channel by itself: what hangs in one holds up no other.
//!
//! A message is claimed, looked for where it may have arrived, sent, and noted as sent. Whoever is killed between two of
//! these leaves it claimed for a while; then it is somebody else's, and goes under the same key.
//!
//! Must not know: what a message says, or when one is due.

use std::time::Duration;

use backout_connectors::tell::{Channel, Failure as NotSent, Kind, Once, Sent};
use backout_plan::plan::PlanChannel;
use backout_plan::{Finding, Secret};
use backout_postgres::failpoint;
use backout_store::{OutMessage, OutState, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::post::Letter;
use super::trial;
use crate::runs::Runs;
use crate::{Env, Result};

/// How long a channel may take to take a message: longer than any of them waits for an answer, since what is cut off may
/// have arrived.
const TAKES: Duration = Duration::from_secs(70);
/// How long it may take to say whether it has one.
const FINDS: Duration = Duration::from_secs(8);
/// How long a message is claimed for: longer than both.
const CLAIMED: Duration = Duration::from_secs(90);
/// The pause after the first attempt; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// What could not be sent for so long is given up.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);
/// The same in attempts, for what was approved late: these take as long.
const ATTEMPTS: u32 = 150;
/// Among how many of the newest messages those are looked for that a process has left behind.
const NEWEST: u32 = 200;
/// Under which run the store keeps what a channel has taken a part of.
const PARTS: &str = "outbox";

/// What the clock says.
pub(super) type Clock<'c> = &'c (dyn Fn() -> Timestamp + Sync);

/// A channel of the plan that can be sent to.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) name: String,
    pub(super) kind: &'static Kind,
    channel: Channel,
}

/// What became of the messages of a channel.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    pub(super) sent: usize,
    pub(super) findings: Vec<Finding>,
}

impl Open {
    /// With its secrets.
    ///
    /// # Errors
    /// What keeps it from being opened, without any secret.
    pub(super) fn of(env: &Env, planned: &PlanChannel) -> Result<Self> {
        Self::with(planned, &|named| trial::secret(env, named))
    }

    fn with(planned: &PlanChannel, resolve: &dyn Fn(&str) -> std::result::Result<Secret, String>) -> Result<Self> {
        let (kind, channel) = trial::open(planned, resolve)?;
        Ok(Self { name: planned.name.clone(), kind, channel })
    }
}

fn hung(time: Duration) -> String {
    format!("it did not answer within {} s", time.as_secs())
}

/// Lets go of what a process of this machine was sending that has ended. Of others, the time decides.
pub(super) async fn take_over(runs: &Runs, now: Timestamp) {
    // A store that does not answer is met again by whoever claims.
    for one in runs.store.outbox(None, NEWEST).await.unwrap_or_default() {
        if let OutState::Sending { by, .. } = &one.state
            && runs.is_gone(by.rsplit_once('~').map_or(by, |(process, _)| process))
        {
            // Where somebody else was quicker, it is not theirs any more.
            runs.store.put_off(one.seq, by, now, "whoever was sending it has ended").await.ok();
        }
    }
}

/// Sends what may go, until nothing is left or the time is over.
pub(super) async fn channel(runs: &Runs, holder: &str, open: &Open, clock: Clock<'_>, until: Instant) -> Delivered {
    let mut done = Delivered::default();
    // Not claimed any more once the time is over; what is on its way has a moment to arrive.
    while Instant::now() < until {
        let claimed = runs.store.claim(&open.name, holder, CLAIMED, clock()).await;
        let one = match claimed {
            Ok(Some(one)) => one,
            Ok(None) => break,
            Err(error) => {
                let said = format!("channel {:?}: the outbox does not answer: {error}", open.name);
                done.findings.push(Finding::warning("notify.store", said));
                break;
            }
        };
        failpoint!("notify.claimed");
        let work = attempt(runs, holder, open, &one, clock());
        match timeout_at(until.max(Instant::now() + CLAIMED), work).await {
            Ok(Ok(true)) => done.sent += 1,
            Ok(Ok(false)) => {}
            // Somebody else has it by now: its time had passed.
            Ok(Err(StoreError::Changed { .. })) => {}
            Ok(Err(error)) => {
                let said = format!("channel {:?}: what became of a message was not noted: {error}", open.name);
                done.findings.push(Finding::warning("notify.store", said));
                break;
            }
            Err(_) => break,
        }
    }
    done
}

/// One attempt: whether it arrived.
async fn attempt(
    runs: &Runs,
    holder: &str,
    open: &Open,
    one: &OutMessage,
    now: Timestamp,
) -> std::result::Result<bool, StoreError> {
    let store = &runs.store;
    let letter = match Letter::read(&one.message.body) {
        Ok(letter) => letter,
        Err(why) => return store.dead(one.seq, holder, &why).await.map(|()| false),
    };
    let is_old = now.duration_since(one.at) > GIVEN_UP;
    if is_old && one.attempts <= 1 && one.approved.is_none() {
        return store.dead(one.seq, holder, "nobody sent it for 24 h").await.map(|()| false);
    }
    let part = format!("{}", one.seq);
    let kept = match store.kept(PARTS, &part).await? {
        Some(kept) => Some(kept),
        None => store.thread_state(&one.message.channel, &one.message.thread).await?,
    };
    let before: Option<Value> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if one.attempts > 1 && open.kind.once == Once::Found {
        match timeout(FINDS, open.channel.find(&letter.said, before.as_ref())).await {
            Ok(Ok(Some(sent))) => return note(runs, holder, one, &sent).await,
            Ok(Ok(None)) => {}
            Ok(Err(failure)) => return put_off(runs, holder, one, now, &failure).await,
            Err(_) => return later(runs, holder, one, now, None, &hung(FINDS)).await,
        }
    }
    match timeout(TAKES, open.channel.send(&letter.said, before.as_ref())).await {
        Ok(Ok(sent)) => {
            failpoint!("notify.delivered");
            note(runs, holder, one, &sent).await
        }
        Ok(Err(failure)) => {
            if let Some(keep) = &failure.keep {
                store.keep(PARTS, &part, keep.to_string().as_bytes()).await?;
            }
            put_off(runs, holder, one, now, &failure).await
        }
        Err(_) => later(runs, holder, one, now, None, &hung(TAKES)).await,
    }
}

async fn note(runs: &Runs, holder: &str, one: &OutMessage, sent: &Sent) -> std::result::Result<bool, StoreError> {
    runs.store.sent(one.seq, holder, sent.state.to_string().as_bytes()).await.map(|()| true)
}

async fn put_off(
    runs: &Runs,
    holder: &str,
    one: &OutMessage,
    now: Timestamp,
    failure: &NotSent,
) -> std::result::Result<bool, StoreError> {
    let why = failure.to_string();
    match failure.again {
        Some(again) => later(runs, holder, one, now, Some(again), &why).await,
        None => runs.store.dead(one.seq, holder, &why).await.map(|()| false),
    }
}

async fn later(
    runs: &Runs,
    holder: &str,
    one: &OutMessage,
    now: Timestamp,
    again: Option<Duration>,
    why: &str,
) -> std::result::Result<bool, StoreError> {
    let is_over = match &one.approved {
        None => now.duration_since(one.at) > GIVEN_UP,
        Some(_) => one.attempts >= ATTEMPTS,
    };
    if is_over {
        return runs.store.dead(one.seq, holder, &format!("given up after 24 h: {why}")).await.map(|()| false);
    }
    let pause = pause(one.attempts).max(again.unwrap_or_default());
    let until = SignedDuration::try_from(pause).ok().and_then(|pause| now.checked_add(pause).ok());
    runs.store.put_off(one.seq, holder, until.unwrap_or(Timestamp::MAX), why).await.map(|()| false)
}

/// After so many attempts.
pub(super) fn pause(attempts: u32) -> Duration {
    let doubled = attempts.saturating_sub(1).min(16);
    (FIRST_PAUSE * 2_u32.pow(doubled)).min(LONGEST_PAUSE)
}

#[cfg(test)]
#[path = "deliver_tests.rs"]
mod tests;
