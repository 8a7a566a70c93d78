//! Rollouts looked at, begun and answered.
//!
//! Must not know: what follows in one.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use backout_control::event::Event;
use backout_control::rollout::{self, Shown, Word};
use backout_control::tokens::Scope;
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Refused, document, shown};
use crate::app::App;
use crate::body;
use crate::who::Principal;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(default)]
    because: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    #[serde(default)]
    because: String,
    /// The flag stays as it is.
    #[serde(default)]
    stay: bool,
}

pub(super) async fn list(principal: Principal, State(app): State<App>) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    Ok(shown(json!({ "rollouts": rollout::look(&app.env, &app.runs).await? })))
}

/// Begins one: whoever leads goes on with it.
pub(crate) async fn begun(app: &App, principal: &Principal, name: &str, because: &str) -> Result<Shown, Refused> {
    principal.must(Scope::Execute)?;
    let state = rollout::start(&app.env, &app.as_whom(principal).await?, name, because).await?;
    app.env.say(Event::note("rollout.step", format!("rollout {name:?} was begun by {}", principal.name())));
    Ok(Shown::of(&state))
}

/// Says something of one.
pub(crate) async fn say(
    app: &App,
    principal: &Principal,
    name: &str,
    word: Word,
    because: &str,
) -> Result<Shown, Refused> {
    principal.must(scope(word))?;
    let step = rollout::say(&app.env, &app.as_whom(principal).await?, name, word, because).await?;
    app.env.say(Event::note(step.code, format!("rollout {name:?}: {}", step.said)));
    Ok(Shown::of(&step.state))
}

pub(crate) fn scope(word: Word) -> Scope {
    match word {
        Word::Approve => Scope::Approve,
        Word::Pause | Word::Resume | Word::Abort { .. } => Scope::Execute,
    }
}

pub(super) async fn start(
    principal: Principal,
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Execute)?;
    let Why { because } = body::document(&headers, body).await?;
    Ok(document(StatusCode::ACCEPTED, &begun(&app, &principal, &name, &because).await?))
}

pub(super) async fn abort(
    principal: Principal,
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Execute)?;
    let End { because, stay } = body::document(&headers, body).await?;
    let word = Word::Abort { stays: stay };
    Ok(document(StatusCode::OK, &say(&app, &principal, &name, word, &because).await?))
}

macro_rules! route {
    ($name:ident, $word:expr) => {
        pub(super) async fn $name(
            principal: Principal,
            State(app): State<App>,
            Path(name): Path<String>,
            headers: HeaderMap,
            body: Body,
        ) -> Result<Response, Refused> {
            principal.must(scope($word))?;
            let Why { because } = body::document(&headers, body).await?;
            Ok(document(StatusCode::OK, &say(&app, &principal, &name, $word, &because).await?))
        }
    };
}

route!(approve, Word::Approve);
route!(pause, Word::Pause);
route!(resume, Word::Resume);
