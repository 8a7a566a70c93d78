//! Takes messages out of the outbox and sends them, each channel by itself, so that one that hangs holds no other one up.
//! A message goes at least once; where its channel can tell, it is shown once.
//!
//! Must not know: why a message is due, or what it says.

use std::time::Duration;

use backout_connectors::tell::{self, Channel, Message, Once};
use backout_plan::Finding;
use backout_plan::plan::PlanChannel;
use backout_postgres::failpoint::hit;
use backout_store::{OutMessage, OutState};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::trial;
use crate::runs::Runs;
use crate::{Env, Result};

/// How long a channel has for one message: longer than any of them waits for an answer, since one that is cut off may have
/// arrived.
const TAKES: Duration = Duration::from_secs(70);
/// How long a message is ours: longer than looking for it and sending it take together.
const OURS: Duration = Duration::from_secs(150);
/// How long is waited after the first attempt that failed; twice as long after each further one.
const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(600);
/// How long a message is tried.
const TRIED: Duration = Duration::from_secs(24 * 60 * 60);
/// Among how many of the newest messages those are looked for that a process has left behind.
const NEWEST: u32 = 200;

/// What delivering came to.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    pub(super) sent: usize,
    pub(super) findings: Vec<Finding>,
}

/// Sends what may go at `now`.
///
/// # Errors
/// Where the store cannot be read or written.
pub(super) async fn deliver(env: &Env, runs: &Runs, channels: &[PlanChannel], now: Timestamp) -> Result<Delivered> {
    take_over(runs, now).await?;
    let each = channels.iter().map(|planned| Box::pin(of_channel(env, runs, planned, now)));
    let mut all = Delivered::default();
    for one in join_all(each).await {
        let one = one?;
        all.sent += one.sent;
        all.findings.extend(one.findings);
    }
    Ok(all)
}

/// Lets go of what a process of this machine was sending that has ended; of others, the time decides.
async fn take_over(runs: &Runs, now: Timestamp) -> Result<()> {
    for one in runs.store.outbox(None, NEWEST).await? {
        if let OutState::Sending { by, .. } = &one.state
            && runs.is_gone(by)
        {
            // Where somebody else was quicker, it is not theirs any more.
            runs.store.put_off(one.seq, by, now, "whoever was sending it has ended").await.ok();
        }
    }
    Ok(())
}

async fn of_channel(env: &Env, runs: &Runs, planned: &PlanChannel, now: Timestamp) -> Result<Delivered> {
    let mut delivered = Delivered::default();
    let mut open: Option<Channel> = None;
    while let Some(one) = runs.store.claim(&planned.name, &runs.holder, OURS, now).await? {
        hit("notify-claimed");
        let channel = match &open {
            Some(channel) => channel,
            None => match trial::open(env, planned) {
                Ok(channel) => open.insert(channel),
                Err(failure) => {
                    let why = failure.sentence();
                    runs.store.put_off(one.seq, &runs.holder, later(now, pause(one.attempts, None)), &why).await?;
                    delivered.findings.push(Finding::warning("channel.unusable", why));
                    break;
                }
            },
        };
        let before = runs.store.thread_state(&planned.name, &one.message.thread).await?;
        let before: Option<Value> = before.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let message: Message = match serde_json::from_slice(&one.message.body) {
            Ok(message) => message,
            Err(error) => {
                let why = format!("another version of backout wrote it: {error}");
                runs.store.dead(one.seq, &runs.holder, &why).await?;
                continue;
            }
        };
        let once = planned.kind().and_then(tell::kind).map(|kind| kind.once);
        match sent(channel, once, &one, &message, before.as_ref()).await {
            Ok(state) => {
                hit("notify-sent");
                runs.store.sent(one.seq, &runs.holder, state.to_string().as_bytes()).await?;
                hit("notify-noted");
                delivered.sent += 1;
            }
            Err(Trouble { why, again: None }) => runs.store.dead(one.seq, &runs.holder, &why).await?,
            Err(Trouble { why, .. }) if is_old(&one, now) => {
                let why = format!("it was tried for {} hours: {why}", TRIED.as_secs() / 3600);
                runs.store.dead(one.seq, &runs.holder, &why).await?;
            }
            Err(Trouble { why, again }) => {
                let until = later(now, pause(one.attempts, again));
                runs.store.put_off(one.seq, &runs.holder, until, &why).await?;
            }
        }
    }
    Ok(delivered)
}

/// Why a message was not taken, and whether another attempt may help, not before this has passed.
struct Trouble {
    why: String,
    again: Option<Duration>,
}

impl From<tell::Failure> for Trouble {
    fn from(failure: tell::Failure) -> Self {
        Self { why: failure.to_string(), again: failure.again }
    }
}

/// Sends it, unless it has arrived by an attempt whose end nobody knows.
async fn sent(
    channel: &Channel,
    once: Option<Once>,
    one: &OutMessage,
    message: &Message,
    before: Option<&Value>,
) -> std::result::Result<Value, Trouble> {
    let late = |_| Trouble { why: format!("no answer within {} s", TAKES.as_secs()), again: Some(Duration::ZERO) };
    if one.attempts > 1 && once == Some(Once::Found) {
        let found = tokio::time::timeout(TAKES, channel.find(message, before)).await.map_err(late)?;
        if let Some(found) = found? {
            return Ok(found.state);
        }
    }
    let sent = tokio::time::timeout(TAKES, channel.send(message, before)).await.map_err(late)?;
    Ok(sent?.state)
}

fn is_old(one: &OutMessage, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(one.at)).unwrap_or_default() > TRIED
}

/// How long until the next attempt.
fn pause(attempts: u32, again: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(10)).min(LONGEST);
    doubled.max(again.unwrap_or_default())
}

fn later(now: Timestamp, after: Duration) -> Timestamp {
    now.checked_add(SignedDuration::try_from(after).unwrap_or(SignedDuration::MAX)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_waits_twice_as_long_up_to_ten_minutes() {
        let pauses: Vec<u64> = (1..=10).map(|attempts| pause(attempts, None).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
        // A service that says when is not asked before.
        assert_eq!(pause(1, Some(Duration::from_secs(90))).as_secs(), 90);
    }
}
