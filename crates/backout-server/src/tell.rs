//! Whoever leads tells people: what incidents make due, whatever process they happen in.
//!
//! Must not know: what is due, or how it is sent.

use std::time::Duration;

use backout_control::Event;
use backout_control::notify;

use crate::app::App;

/// How often is looked what is due, and what lies in the outbox.
const PACE: Duration = Duration::from_secs(2);
/// How often it is looked whether this process leads by now.
const LOOK: Duration = Duration::from_secs(1);
/// How soon it is tried again where the plan's messages cannot be any: their files may have changed.
const LATER: Duration = Duration::from_secs(60);

pub(crate) async fn run(app: App) {
    if app.env.plan.as_ref().is_none_or(|plan| plan.channels.is_empty()) {
        return;
    }
    while app.pause(LOOK).await {
        if !app.leads() {
            continue;
        }
        let over = Box::pin(away(&app));
        if let Err(failure) = notify::endlessly(&app.env, &app.runs, PACE, over).await {
            app.env.say(Event::warning("serve.tell", format!("nobody is told anything: {}", failure.sentence())));
            if !app.pause(LATER).await {
                return;
            }
        }
    }
}

/// Until this process leads no more, or ends.
async fn away(app: &App) {
    while app.leads() && app.pause(LOOK).await {}
}
