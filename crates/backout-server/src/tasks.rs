//! What goes on beside requests.
//!
//! Must not know: what any of it does.

use std::collections::BTreeMap;
use std::time::Duration;

use backout_control::watch;
use serde_json::json;
use tokio::task::JoinSet;

use crate::app::App;
use crate::{evaluated, hooks, lead, rollouts, schedule, tell, upkeep};

/// How often tokens are read again.
const TOKENS: Duration = Duration::from_secs(1);
/// How often the store is looked through for what others did, while somebody listens.
const FOLLOW: Duration = Duration::from_millis(500);

/// How often readings are looked at.
const READINGS: Duration = Duration::from_secs(10);

/// Begins all of it.
pub fn begin(app: &App) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(hooks::write(app.clone()));
    tasks.spawn(evaluated::follow(app.clone()));
    tasks.spawn(lead::run(app.clone()));
    tasks.spawn(schedule::run(app.clone()));
    tasks.spawn(upkeep::run(app.clone()));
    tasks.spawn(rollouts::run(app.clone()));
    tasks.spawn(tell::run(app.clone()));
    tasks.spawn(keep_tokens(app.clone()));
    tasks.spawn(follow(app.clone()));
    tasks.spawn(keep_readings(app.clone()));
    tasks
}

async fn keep_tokens(app: App) {
    while app.pause(TOKENS).await {
        // A store that is away is said elsewhere; what was known holds.
        app.tokens.read(&app.runs).await.ok();
    }
}

/// Looks at what a watch wrote down: events tell of verdicts that change, and not of each value.
async fn keep_readings(app: App) {
    while app.pause(READINGS).await {
        // A store that is away is said elsewhere.
        let Ok(Some(watched)) = watch::look(&app.env, &app.runs).await else { continue };
        watched.readings.iter().for_each(|reading| app.history.note(reading));
    }
}

/// Says which runs changed, whoever changed them.
async fn follow(app: App) {
    let mut known = BTreeMap::new();
    let mut is_first = true;
    while app.pause(FOLLOW).await {
        if app.changes.listeners() == 0 {
            is_first = true;
            continue;
        }
        let Ok(list) = app.runs.list(50).await else { continue };
        for one in list {
            let is_news = known.insert(one.run.clone(), one.records) != Some(one.records);
            if is_news && !is_first {
                app.changes.tell(None, &json!({ "event": "run", "run": one.run, "phase": one.phase }));
            }
        }
        is_first = false;
    }
}
