//! Whoever leads says what is due of incidents, and sends what may go: all the time, beside everything else.
//!
//! Must not know: what is due, or how it is sent.

use std::time::Duration;

use backout_control::notify;

use crate::app::App;

/// How long after a look the next one begins.
const EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(app: App) {
    if app.env.plan.as_ref().is_none_or(|plan| plan.channels.is_empty()) {
        return;
    }
    let mut said = String::new();
    while app.pause(EVERY).await {
        if !app.leads() {
            continue;
        }
        let trouble = match notify::round(&app.env, &app.runs).await {
            Ok(round) => round.findings.iter().map(|one| one.title.clone()).collect::<Vec<_>>().join("; "),
            Err(failure) => failure.sentence(),
        };
        // The same trouble is told once, however often it is met.
        if trouble != said {
            if !trouble.is_empty() {
                tracing::warn!(why = trouble, "messages");
            }
            said = trouble;
        }
    }
}
