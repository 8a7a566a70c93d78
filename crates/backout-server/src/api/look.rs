//! Where everything stands, and what people report.
//!
//! Must not know: runs in particular.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use backout_control::sources::Report;
use backout_control::tokens::Scope;
use backout_control::{report, watch};
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Refused, document, shown};
use crate::app::App;
use crate::who::Principal;
use crate::{body, events, health, lead};

pub(super) async fn status(principal: Principal, State(app): State<App>) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let store = health::store_answers(&app).await;
    let (mut open, mut leader) = (None, None);
    if store {
        let over = |phase: &str| ["aborted", "succeeded", "taken-back", "failed"].contains(&phase);
        let list = app.runs.look(50).await?;
        open = Some(list.into_iter().filter(|one| !over(&one.summary.phase)).collect::<Vec<_>>());
        leader = app.runs.store.seated(&lead::seat(&app)).await.ok().flatten().map(|held| held.holder);
    }
    Ok(shown(json!({
        "target": app.env.claimed().unwrap_or_default(),
        "version": env!("CARGO_PKG_VERSION"),
        "process": app.runs.holder,
        "leads": app.leads(),
        "leader": leader,
        "store": { "answers": store },
        "flags": app.flags.standing(),
        "runs": open,
        "due": app.scheduled.due(),
    })))
}

pub(super) async fn triggers(principal: Principal, State(app): State<App>) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let plan = app.env.plan()?;
    let planned: Vec<_> = plan.triggers.iter().map(|one| json!({ "name": one.name, "source": one.source })).collect();
    let state = watch::look(&app.env, &app.runs).await?;
    Ok(shown(match state {
        None => json!({ "triggers": planned, "readings": [], "decided": [] }),
        Some(state) => json!({
            "triggers": planned,
            "since": state.since,
            "until": state.until,
            "readings": state.readings,
            "decided": state.decided,
            "after": state.after,
            "by": state.by,
        }),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reported {
    kind: String,
    #[serde(default = "one")]
    count: u64,
    #[serde(default)]
    who: Vec<String>,
    #[serde(default)]
    note: String,
}

fn one() -> u64 {
    1
}

pub(super) async fn report(
    principal: Principal,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Plan)?;
    let Reported { kind, count, who, note } = body::document(&headers, body).await?;
    let kept = reported(&app, &principal, &report::Options { kind, count, who, note }).await?;
    Ok(document(StatusCode::ACCEPTED, &kept))
}

/// Keeps what somebody reports.
pub(crate) async fn reported(app: &App, principal: &Principal, said: &report::Options) -> Result<Report, Refused> {
    principal.must(Scope::Plan)?;
    Ok(report::run(&app.env, &app.as_whom(principal).await?, said).await?)
}

pub(super) async fn events(principal: Principal, State(app): State<App>) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    Ok(app.changes.answer(events::text("0", &json!({ "event": "listening" }))))
}
