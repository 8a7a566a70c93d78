//! Ways back shown and begun, and runs answered and gone on with.
//!
//! Whoever proposes a way back that cannot be taken back does not approve it as well.
//!
//! Must not know: what a step does.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use backout_control::event::Event;
use backout_control::rollback::{self, Options, Which};
use backout_control::runs::{Answer, Journal, Runs};
use backout_control::tokens::Scope;
use backout_control::{resume, watch};
use backout_runbook::{Event as Journaled, Standing};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::oneshot;

use super::runs::{find, standing};
use crate::answer::{Refused, document, shown};
use crate::app::App;
use crate::body;
use crate::who::Principal;

/// How long is waited until a run is open, before its number is left to be looked up.
const OPENS: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);
/// Kinds of steps that take nothing away: what they change has versions, or is only looked at or told.
const HARMLESS: [&str; 9] =
    ["flags", "env-file", "vercel-env", "verify", "notify", "wait", "impact", "backup", "export"];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    way: Option<String>,
    #[serde(default)]
    because: String,
    #[serde(default)]
    again: bool,
    confirm: Option<String>,
}

impl Wanted {
    fn options(&self) -> Options {
        let which = match self.way.as_deref() {
            None => Which::Unsaid,
            Some("auto") => Which::Auto,
            Some(name) => Which::Named(name.to_owned()),
        };
        Options { which, because: self.because.clone(), again: self.again, ..Options::default() }
    }
}

pub(super) async fn preview(
    principal: Principal,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Plan)?;
    let wanted: Wanted = body::document(&headers, body).await?;
    let preview = rollback::preview(&app.env, &app.runs, &wanted.options()).await?;
    Ok(shown(json!(preview)))
}

/// Begins a way back, and answers as soon as its run is open.
pub(super) async fn begin(
    principal: Principal,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Execute)?;
    let wanted: Wanted = body::document(&headers, body).await?;
    let target = app.env.claimed()?.to_owned();
    if wanted.confirm.as_deref() != Some(target.as_str()) {
        let said = "nothing was begun: confirm with the target's name";
        return Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "confirm", said));
    }
    let id = format!("request {}", Timestamp::now().as_nanosecond());
    let evidence = json!({ "id": id, "by": principal.name(), "through": "api" });
    let options = Options { evidence, ..wanted.options() };
    let runs = app.as_whom(&principal).await?;
    let env = app.env_with(app.env.stop.clone(), Some(target));
    let (tell, mut told) = oneshot::channel();
    app.work(async move {
        let ended = rollback::run(&env, &runs, &options).await;
        tell.send(ended.map(|ended| ended.journal.run)).ok();
    });
    let opened = async {
        loop {
            if let Some(run) = opened_by(&app.runs, &id).await {
                return Ok(Some(run));
            }
            tokio::select! {
                ended = &mut told => return ended.ok().transpose(),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    };
    let run: Option<String> = match tokio::time::timeout(OPENS, opened).await {
        Ok(opened) => opened?,
        Err(_) => None,
    };
    Ok(document(StatusCode::ACCEPTED, &json!({ "run": run, "request": id })))
}

/// The run that a request has opened.
async fn opened_by(runs: &Runs, id: &str) -> Option<String> {
    for one in runs.list(5).await.ok()? {
        let Ok(journal) = runs.read(&one.run).await else { continue };
        let first = journal.records.first().and_then(|record| record.event(&one.run).ok());
        if let Some(Journaled::Opened { facts, .. }) = first
            && facts["evidence"]["id"] == id
        {
            return Some(one.run);
        }
    }
    None
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(default)]
    because: String,
}

/// What is said of a run, and by whom.
struct Said {
    run: String,
    because: String,
    runs: Runs,
}

async fn said(
    app: &App,
    principal: &Principal,
    scope: Scope,
    run: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Said, Refused> {
    principal.must(scope)?;
    let Why { because } = body::document(headers, body).await?;
    let run = find(app, run).await?;
    Ok(Said { run, because, runs: app.as_whom(principal).await? })
}

/// Writes it down, and goes on where nobody else does.
async fn answered(app: &App, said: Said, answer: Answer, goes_on: bool) -> Result<Response, Refused> {
    said.runs.answer(&said.run, &answer).await?;
    let seen = said.runs.see(&said.run).await?;
    let response = shown(standing(&seen));
    let is_ready = matches!(seen.standing, Standing::Ready { .. } | Standing::Interrupted { .. });
    if goes_on && is_ready && seen.held.is_none() && !is_watched(app, &said.run).await {
        go_on(app, said);
    }
    Ok(response)
}

/// Whether a watch goes on with this run by itself.
async fn is_watched(app: &App, run: &str) -> bool {
    let Ok(target) = app.env.claimed() else { return false };
    let Ok(Some(kept)) = watch::state::read(&app.runs, target).await else { return false };
    let seat = app.runs.store.seated(&watch::state::name(target)).await;
    kept.state.run.as_deref() == Some(run) && matches!(seat, Ok(Some(_)))
}

fn go_on(app: &App, said: Said) {
    let env = app.env_with(app.env.stop.clone(), app.env.claimed().ok().map(str::to_owned));
    app.work(async move {
        let Said { run, because, runs } = said;
        if let Err(failure) = resume::run(&env, &runs, &run, &because, false).await {
            env.say(Event::warning("serve.run", format!("run {run} did not go on: {}", failure.sentence())));
        }
    });
}

macro_rules! route {
    ($name:ident, $scope:ident, $goes_on:literal, |$because:ident| $answer:expr) => {
        pub(super) async fn $name(
            principal: Principal,
            State(app): State<App>,
            Path(run): Path<String>,
            headers: HeaderMap,
            body: Body,
        ) -> Result<Response, Refused> {
            let said = said(&app, &principal, Scope::$scope, &run, &headers, body).await?;
            let $because = said.because.clone();
            answered(&app, said, $answer, $goes_on).await
        }
    };
}

route!(refuse, Approve, true, |reason| Answer::Refuse { reason });
route!(skip, Execute, true, |reason| Answer::Skip { reason });
route!(pause, Execute, false, |reason| Answer::Pause { reason });
route!(abort, Execute, false, |reason| Answer::Abort { reason });

pub(super) async fn approve(
    principal: Principal,
    State(app): State<App>,
    Path(run): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let said = said(&app, &principal, Scope::Approve, &run, &headers, body).await?;
    let journal = said.runs.read(&said.run).await?;
    if journal.state.opener == said.runs.who && takes_away(&journal) {
        return Err(Refused::forbidden("whoever began a run that takes something away cannot approve it as well"));
    }
    answered(&app, said, Answer::Approve, true).await
}

/// Whether a step of the way that is gone may take something away.
fn takes_away(journal: &Journal) -> bool {
    journal.state.current().steps.iter().any(|step| !HARMLESS.contains(&step.kind.as_str()))
}

/// Somebody goes on with a run that was interrupted, paused or stopped.
pub(super) async fn resume(
    principal: Principal,
    State(app): State<App>,
    Path(run): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let said = said(&app, &principal, Scope::Execute, &run, &headers, body).await?;
    let seen = said.runs.see(&said.run).await?;
    if seen.standing.is_over() {
        return Err(Refused::new(StatusCode::CONFLICT, "over", "this run is over"));
    }
    if let Some(held) = seen.held {
        // Whoever executes it sees the answer before the next step.
        if !seen.journal.waits_for_a_person() {
            let said = format!("{} is at work on this run", held.holder);
            return Err(Refused::new(StatusCode::CONFLICT, "held", said));
        }
        return answered(&app, said, Answer::Resume { reason: String::new() }, false).await;
    }
    let response = document(StatusCode::ACCEPTED, &standing(&seen));
    go_on(&app, said);
    Ok(response)
}
