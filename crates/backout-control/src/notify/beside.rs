//! Messages while something else goes on: a way back, a watch. Neither waits for the other.
//!
//! Must not know: what goes on.

use std::convert::Infallible;
use std::time::Duration;

use backout_plan::{Finding, Remedy};

use super::{Round, round};
use crate::event::Event;
use crate::runs::Runs;
use crate::{Env, Failure};

/// How long after a look at what is due the next one begins.
const EVERY: Duration = Duration::from_secs(1);
/// How long messages may take at the end of a command. What did not go by then is for whoever comes next.
const LAST: Duration = Duration::from_secs(10);

/// Does the work, and sends what it makes due meanwhile and at its end.
pub async fn beside<T>(env: &Env, runs: &Runs, work: impl Future<Output = T>) -> T {
    let telling = env.plan.as_ref().is_some_and(|plan| !plan.channels.is_empty());
    if !telling {
        return work.await;
    }
    let rounds = Box::pin(rounds(env, runs));
    let done = tokio::select! {
        done = work => done,
        never = rounds => match never {},
    };
    after(env, runs).await;
    done
}

/// Without an end. What goes wrong is said at the end of the work, where it is known whether it stayed so.
async fn rounds(env: &Env, runs: &Runs) -> Infallible {
    loop {
        round(env, runs).await.ok();
        tokio::time::sleep(EVERY).await;
    }
}

/// Sends what is due at the end of a command, and says what is left.
pub async fn after(env: &Env, runs: &Runs) {
    if env.plan.as_ref().is_none_or(|plan| plan.channels.is_empty()) {
        return;
    }
    let in_time = tokio::time::timeout(LAST, round(env, runs)).await;
    match in_time {
        Ok(Ok(done)) => left(env, &done),
        Ok(Err(failure)) => warn(env, &failure),
        Err(_) => env.say(Event::Said(waits("some messages were not sent in time".to_owned()))),
    }
}

fn left(env: &Env, done: &Round) {
    done.findings.iter().for_each(|finding| env.say(Event::Said(finding.clone())));
    if done.waiting > 0 {
        env.say(Event::Said(waits(format!(
            "{} wait to be sent",
            backout_plan::wording::count(done.waiting as u64, "message")
        ))));
    }
}

fn waits(said: String) -> Finding {
    let advice = Remedy::advice("`backout serve` sends them, and so does `backout notify send`");
    Finding::warning("message.waiting", said).remedies(vec![advice])
}

fn warn(env: &Env, failure: &Failure) {
    env.say(Event::warning("message.not-sent", format!("messages: {}", failure.sentence())));
}
