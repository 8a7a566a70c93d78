//! Incidents looked at: in a list, and one by one.
//!
//! Must not know: what is known of one, or from where.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use backout_control::incident;
use backout_control::tokens::Scope;
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Refused, shown};
use crate::app::App;
use crate::who::Principal;

/// A list is no longer than this.
const LONGEST: u32 = 100;

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
    let records = incident::all(&app.env, &app.runs, usize::try_from(limit).unwrap_or_default()).await?;
    let short = |one: &incident::Record| {
        json!({
            "id": one.id, "title": one.title, "open": one.open, "severity": one.severity, "opened": one.opened,
            "aware": one.aware, "recovered_at": one.recovered_at, "resolved_at": one.resolved_at, "took": one.took,
            "duties": one.duties, "actions": one.actions,
        })
    };
    Ok(shown(json!({ "incidents": records.iter().map(short).collect::<Vec<_>>() })))
}

/// The incident that is meant.
pub(crate) async fn find(app: &App, id: &str) -> Result<incident::Record, Refused> {
    match incident::own::is_id(id) && incident::own::all(&app.runs).await?.iter().any(|one| one.id == id) {
        true => Ok(incident::read(&app.env, &app.runs, id).await?),
        false => Err(Refused::unknown("there is no such incident")),
    }
}

pub(super) async fn show(
    principal: Principal,
    State(app): State<App>,
    Path(incident): Path<String>,
) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    Ok(shown(json!(find(&app, &incident).await?)))
}
