//! Runs looked at: in a list, one by one, and as they go.
//!
//! Must not know: how a run goes on.

use std::collections::VecDeque;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use backout_control::execute::asked_about;
use backout_control::runs::Seen;
use backout_control::tokens::Scope;
use backout_control::told;
use backout_runbook::Record;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Refused, shown};
use crate::app::App;
use crate::events;
use crate::who::Principal;

/// How often a journal is looked at for what is new.
const LOOK: Duration = Duration::from_millis(250);
/// A list is no longer than this.
const LONGEST: u32 = 1000;
/// So many looks pass before a sign of life.
const QUIET: u32 = 60;

#[derive(Debug, Deserialize)]
pub(super) struct Limit {
    limit: Option<u32>,
}

pub(super) async fn list(
    principal: Principal,
    State(app): State<App>,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let limit = limit.unwrap_or(20).clamp(1, LONGEST);
    Ok(shown(json!({ "runs": app.runs.look(limit).await? })))
}

/// The run that is meant, by its id or the beginning of it.
pub(crate) async fn find(app: &App, run: &str) -> Result<String, Refused> {
    let is_plain = !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match is_plain {
        true => Ok(app.runs.find(run).await?),
        false => Err(Refused::unknown("there is no such run")),
    }
}

/// A run as it is shown after something was said of it.
pub(super) fn standing(seen: &Seen) -> Value {
    json!({
        "run": seen.journal.run,
        "phase": seen.journal.phase(),
        "standing": seen.standing,
        "waits": seen.waits(),
        "holder": seen.held.as_ref().map(|held| &held.holder),
        "remedies": seen.remedies(),
    })
}

pub(super) async fn show(
    principal: Principal,
    State(app): State<App>,
    Path(run): Path<String>,
) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let seen = app.runs.see(&find(&app, &run).await?).await?;
    let asked = asked_about(&app.env, &app.runs, &seen.journal).await;
    let mut document = standing(&seen);
    document["state"] = json!(seen.journal.state);
    document["ways"] = json!(told::gone(&seen.journal));
    document["asked"] = json!(asked);
    document["records"] = json!(seen.journal.records);
    Ok(shown(document))
}

/// A listener's place in a journal.
struct Place {
    app: App,
    run: String,
    seq: u64,
    waiting: VecDeque<Record>,
    quiet: u32,
}

pub(super) async fn events(
    principal: Principal,
    State(app): State<App>,
    Path(run): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let run = find(&app, &run).await?;
    // Whoever comes back names the last record that they have.
    let seq = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).unwrap_or_default();
    let place = Place { app, run, seq, waiting: VecDeque::new(), quiet: 0 };
    Ok(events::streamed(stream::unfold(place, |mut place| async move {
        loop {
            if let Some(record) = place.waiting.pop_front() {
                place.seq = record.seq;
                return Some((Ok(events::text(&record.seq.to_string(), &record)), place));
            }
            if let Ok(records) = place.app.runs.store.after(&place.run, place.seq).await {
                place.waiting = records.into();
            }
            if place.waiting.is_empty() {
                place.quiet += 1;
                if !place.app.pause(LOOK).await {
                    return None;
                }
                if place.quiet % QUIET == 0 {
                    return Some((Ok(":\n\n".into()), place));
                }
            }
        }
    })))
}
