//! What comes due by itself. Here it is looked at and said; what is to be done regularly has its place here.
//!
//! Must not know: what a finding is about.

use std::time::Duration;

use backout_control::Result;
use backout_control::outlook::Outlook;
use backout_control::status::{self, Status};
use jiff::Timestamp;
use serde_json::json;

use crate::app::App;
use crate::due::Due;

/// How often the target is looked at by the process that leads.
const EVERY: Duration = Duration::from_secs(300);
/// How often it is looked whether this one leads by now.
const LOOK: Duration = Duration::from_secs(1);

/// Looks at the target for as long as this process leads: regularly, and where the newest run goes into another phase.
pub(crate) async fn run(app: App) {
    let mut next = Timestamp::now();
    let mut newest = None;
    while app.pause(LOOK).await {
        if !app.leads() {
            continue;
        }
        if let Ok(list) = app.runs.list(1).await {
            let phase = list.into_iter().next().map(|one| (one.run, one.phase));
            if phase != newest {
                (newest, next) = (phase, Timestamp::now());
            }
        }
        if Timestamp::now() < next {
            continue;
        }
        next = Timestamp::now() + EVERY;
        let looked = tokio::select! {
            looked = status::look(&app.env, &app.options.user) => looked,
            _ = async { while app.pause(EVERY).await {} } => return,
        };
        app.scheduled.found(due(&app, looked));
        app.changes.tell(None, &json!({ "event": "looked" }));
    }
}

fn due(app: &App, looked: Result<Status>) -> Due {
    let now = Timestamp::now();
    match looked {
        Ok(status) => {
            let planned = app.env.plan().ok().zip(app.env.target.as_ref());
            let outlook = planned.map(|(plan, target)| Outlook::of(&status, plan, plan.demand(target), now));
            Due { at: Some(now), attention: status.attention, outlook, trouble: None }
        }
        Err(failure) => Due { at: Some(now), trouble: Some(failure.sentence()), ..Due::default() },
    }
}
