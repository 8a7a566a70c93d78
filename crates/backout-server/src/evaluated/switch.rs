//! Flags looked at, switched, and brought back: each change has a version, and says who made it.
//!
//! Must not know: how a change is written down.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use backout_control::tokens::Scope;
use backout_control::values::{self, Identity, Place, Until, Wanted};
use backout_flags::{Problem, rollout};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Refused, shown};
use crate::app::App;
use crate::body;
use crate::who::Principal;

/// How long a change may take.
const BUDGET: std::time::Duration = std::time::Duration::from_secs(30);

/// Who gets a variant: everybody where neither is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    variant: String,
    /// So many of a hundred.
    percent: Option<u8>,
    groups: Option<Vec<String>>,
    /// The key of the context that tells people, or groups, apart.
    by: Option<String>,
    /// Says what would change.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Back {
    /// What was there before this version was made.
    before: Option<u64>,
    /// What was there when it had been made.
    after: Option<u64>,
}

/// The file as the history calls it: relative to the plan.
fn file(app: &App) -> Result<PathBuf, Refused> {
    let Some(file) = app.flags.file() else { return Err(Refused::unknown("the plan names no file of flags")) };
    let folder = app.env.folder();
    Ok(file.strip_prefix(&folder).unwrap_or(file).to_path_buf())
}

fn deadline() -> Timestamp {
    let now = Timestamp::now();
    now.checked_add(BUDGET).unwrap_or(now)
}

pub(crate) async fn list(principal: Principal, State(app): State<App>) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let file = file(&app)?;
    let flags = match app.flags.now() {
        Some(now) => {
            let all: Value = serde_json::from_str(&now.text).unwrap_or_default();
            let each = all["flags"].as_object().into_iter().flatten().map(|(name, flag)| {
                json!({
                    "key": name, "state": flag["state"], "default_variant": flag["defaultVariant"],
                    "variants": flag["variants"], "targeting": flag.get("targeting"),
                })
            });
            json!({ "file": file, "etag": now.etag, "read_at": now.at, "flags": each.collect::<Vec<_>>() })
        }
        None => json!({ "file": file, "flags": [] }),
    };
    let mut document = flags;
    document["standing"] = json!(app.flags.standing());
    Ok(shown(document))
}

pub(crate) async fn history(principal: Principal, State(app): State<App>) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let place = Place::Flags(file(&app)?);
    let versions = values::versions(&app.runs, Some(&place.name())).await?;
    Ok(shown(json!({ "versions": versions })))
}

pub(crate) async fn switch(
    principal: Principal,
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Execute)?;
    let change: Change = body::document(&headers, body).await?;
    let file = file(&app)?;
    let Some(now) = app.flags.now().filter(|now| now.definitions.has(&key)) else {
        return Err(Refused::unknown(format!("there is no flag {key:?}")));
    };
    let place = Place::Flags(file);
    let wanted = BTreeMap::from([(key.clone(), Wanted::value(definition(&now.text, &key, &change)?))]);
    let runs = app.as_whom(&principal).await?;
    if change.dry_run {
        let edits = values::preview(&app.env, &runs, &place, &wanted, deadline()).await?;
        return Ok(shown(json!({ "would": edits })));
    }
    let applied = values::apply(&app.env, &runs, &place, &wanted, None, deadline()).await?;
    // Nobody waits until the file is looked at again.
    app.flags.look(&app.runs).await;
    Ok(shown(json!(applied)))
}

/// The flag's definition with the change, as the file has it.
fn definition(text: &str, key: &str, change: &Change) -> Result<String, Refused> {
    let all: Value = serde_json::from_str(text).map_err(|error| Refused::bad(error.to_string()))?;
    let by = change.by.as_deref();
    let changed = match (change.percent, &change.groups) {
        (None, None) => rollout::everybody(&all, key, &change.variant),
        (Some(percent), None) => rollout::percent(&all, key, &change.variant, percent, by.unwrap_or("targetingKey")),
        (None, Some(groups)) => {
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            rollout::groups(&all, key, &change.variant, &groups, by.unwrap_or("group"))
        }
        (Some(_), Some(_)) => return Err(Refused::bad("percent and groups exclude each other")),
    };
    let changed = changed.map_err(|Problem { path, said }| {
        Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "flag", format!("{path}: {said}"))
    })?;
    Ok(changed["flags"][key].to_string())
}

pub(crate) async fn revert(
    principal: Principal,
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Execute)?;
    let back: Back = body::document(&headers, body).await?;
    let until = match (back.before, back.after) {
        (Some(version), None) => Until::Before(version),
        (None, Some(version)) => Until::After(version),
        _ => return Err(Refused::bad("name a version: before, or after")),
    };
    let runs = app.as_whom(&principal).await?;
    let place = Place::Flags(file(&app)?);
    let options = values::Options { until, names: vec![key], identity: Identity::default() };
    let plan = values::plan(&app.env, &runs, &place, &options, deadline()).await?;
    let applied = values::revert(&app.env, &runs, &place, &plan, None, deadline()).await?;
    app.flags.look(&app.runs).await;
    Ok(shown(json!(applied)))
}
