//! Whoever leads does what the plan wants done regularly, one thing after the other.
//!
//! Must not know: what is due, or how it is done.

use std::collections::BTreeMap;
use std::time::Duration;

use backout_control::upkeep::{self, Chore};
use backout_control::{Env, Event, Result, Stop, status};
use jiff::Timestamp;

use crate::app::App;

/// How often it is looked what is due, at least.
const EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether this process leads by now.
const LOOK: Duration = Duration::from_secs(1);
/// How long what failed is left alone.
const AGAIN: Duration = Duration::from_secs(900);

pub(crate) async fn run(app: App) {
    let Some(plan) = app.env.plan.clone().filter(|plan| upkeep::is_wanted(plan)) else { return };
    let every = plan.serve.backup_every.map_or(EVERY, |every| every.duration().clamp(LOOK, EVERY));
    let mut next = Timestamp::now();
    let mut resting: BTreeMap<String, Timestamp> = BTreeMap::new();
    while app.pause(LOOK).await {
        let now = Timestamp::now();
        if !app.leads() || now < next {
            continue;
        }
        next = now + every;
        let stop = Stop::new();
        // The plan has said that it is to be done.
        let env = app.env_with(stop.clone(), app.env.claimed().ok().map(str::to_owned));
        let work = one(&app, &env, &mut resting);
        tokio::pin!(work);
        let did = tokio::select! {
            did = &mut work => did,
            () = away(&app) => {
                stop.cancel("another process leads, or the end of this one");
                work.await
            }
        };
        // One after the other, without a pause between them.
        if did {
            next = Timestamp::now();
        }
    }
}

/// Until this process leads no more, or ends.
async fn away(app: &App) {
    while app.leads() && app.pause(LOOK).await {}
}

/// Does the first thing that is due: whether there was one.
async fn one(app: &App, env: &Env, resting: &mut BTreeMap<String, Timestamp>) -> bool {
    let now = Timestamp::now();
    resting.retain(|_, until| *until > now);
    let due = match due(app, env).await {
        Ok(due) => due,
        Err(failure) => {
            tracing::warn!(why = failure.sentence(), "what is due is not known");
            return false;
        }
    };
    let Some(chore) = due.into_iter().find(|chore| !resting.contains_key(&chore.to_string())) else { return false };
    match upkeep::run(env, &chore).await {
        Ok(said) => env.say(Event::note("serve.upkeep", said)),
        Err(failure) => {
            env.say(Event::warning("serve.upkeep", format!("{chore}: {}", failure.sentence())));
            resting.insert(chore.to_string(), now + AGAIN);
        }
    }
    true
}

async fn due(app: &App, env: &Env) -> Result<Vec<Chore>> {
    let status = status::look(env, &app.options.user).await?;
    Ok(upkeep::due(&status, env.plan()?, Timestamp::now()))
}
