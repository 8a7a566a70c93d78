//! Flags over HTTP: evaluated, listened to, looked at and switched.
//!
//! Must not know: how they are read, or evaluated.

mod ofrep;
mod switch;

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use backout_control::Event;
use serde_json::json;

use crate::app::App;
use crate::entry::Near;
use crate::events;
use crate::flags::Standing;

pub(crate) use switch::{history, list, revert, switch};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Reads changes for as long as the process goes on, and says troubles.
pub(crate) async fn follow(app: App) {
    let mut before = app.flags.standing();
    // A way back of this process is seen at once, whoever else changes the file at the next look.
    while tokio::select! { goes_on = app.pause(LOOK) => goes_on, () = app.stirred.notified() => true } {
        app.flags.look(&app.runs).await;
        let now = app.flags.standing();
        if now != before {
            match &now {
                Standing::Stale { why } | Standing::Failing { why } => {
                    app.env.say(Event::warning("flags.broken", format!("the file of flags cannot be read: {why}")));
                }
                _ => app.env.say(Event::note("flags.good", "the file of flags is read again")),
            }
            before = now;
        }
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/ofrep/v1/evaluate/flags/{key}", post(ofrep::one))
        .route("/ofrep/v1/evaluate/flags", post(ofrep::all))
        .route("/ofrep/v1/configuration", get(ofrep::configuration))
        .route("/flags/events", get(listen))
        .route("/flags", get(list))
        .route("/flags/history", get(history))
        .route("/flags/{key}", post(switch))
        .route("/flags/{key}/revert", post(revert))
}

/// Changes, with what is so now at first.
async fn listen(_: Near, State(app): State<App>) -> Response {
    let etag = app.flags.now().map(|now| now.etag.clone()).unwrap_or_default();
    let first = events::text(&etag, &json!({ "type": "current", "etag": etag }));
    app.flags.changes.answer(first)
}
