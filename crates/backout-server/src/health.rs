//! Whether this process is there, whether it can do its work, and its numbers.
//!
//! Must not know: what is asked otherwise.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use backout_control::watch;
use backout_signals::Verdict;
use serde_json::{Value, json};

use crate::answer::{document, shown};
use crate::app::App;
use crate::entry::Near;
use crate::metrics::Text;

/// How long the store may take.
const ANSWERS: Duration = Duration::from_secs(2);
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || shown(json!({ "status": "ok" }))))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Whether the store answers.
pub(crate) async fn store_answers(app: &App) -> bool {
    matches!(tokio::time::timeout(ANSWERS, app.runs.store.seated("serve")).await, Ok(Ok(_)))
}

/// What is not as it should be. Files that are broken are named to those alone who may look.
async fn ready(State(app): State<App>) -> Response {
    let store = store_answers(&app).await;
    let flags = app.flags.standing();
    let is_ready = store && flags.is_ready();
    let state = |good| if good { "ok" } else { "failing" };
    let said: Value = json!({
        "status": state(is_ready),
        "checks": { "store": state(store), "flags": flags.word() },
    });
    document(if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &said)
}

async fn metrics(_: Near, State(app): State<App>) -> Response {
    let mut text = Text::default();
    app.metrics.shown(&mut text);
    text.gauge("backout_flag_listeners", "Who listens to changes of flags.", app.flags.changes.listeners() as f64);
    text.gauge("backout_event_listeners", "Who listens to what happens.", app.changes.listeners() as f64);
    let flags = app.flags.standing();
    text.gauge("backout_flags_good", "Whether the flags are those of their file.", f64::from(flags.is_good()));
    text.gauge("backout_leader", "Whether this process leads.", f64::from(app.leads()));
    let store = store_answers(&app).await;
    text.gauge("backout_store_answers", "Whether the store answers.", f64::from(store));
    if store {
        of_store(&app, &mut text).await;
    }
    app.scheduled.shown(&mut text);
    let mut response = text.end().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(TYPE));
    response
}

async fn of_store(app: &App, text: &mut Text) {
    let over = ["aborted", "succeeded", "taken-back", "failed"];
    if let Ok(list) = app.runs.list(1000).await {
        let open = list.iter().filter(|one| !over.contains(&one.phase.as_str())).count();
        text.gauge("backout_runs_open", "Runs that are not over.", open as f64);
    }
    // Also what another process watches.
    let Ok(Some(state)) = watch::look(&app.env, &app.runs).await else { return };
    text.begin("backout_trigger", "stateset", "What triggers said last.");
    for reading in &state.readings {
        for (verdict, word) in [
            (Verdict::Healthy, "healthy"),
            (Verdict::Breached, "breached"),
            (Verdict::Inconclusive, "inconclusive"),
            (Verdict::NoData, "no-data"),
            (Verdict::SourceError, "source-error"),
        ] {
            let is_so = f64::from(reading.verdict == verdict);
            text.line("", &[("trigger", reading.trigger.as_str()), ("backout_trigger", word)], is_so);
        }
    }
}
