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
use backout_control::rollback::{self, Options, Preview, Which};
use backout_control::runs::{Answer, Journal, Runs, Seen};
use backout_control::tokens::Scope;
use backout_control::{resume as going_on, watch};
use backout_runbook::{Event as Journaled, Standing};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
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
pub(crate) struct Wanted {
    pub(crate) way: Option<String>,
    #[serde(default)]
    pub(crate) because: String,
    #[serde(default)]
    pub(crate) again: bool,
    pub(crate) confirm: Option<String>,
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
    let wanted = body::document(&headers, body).await?;
    Ok(shown(json!(foreseen(&app, &principal, &wanted).await?)))
}

/// What a way back would do.
pub(crate) async fn foreseen(app: &App, principal: &Principal, wanted: &Wanted) -> Result<Preview, Refused> {
    principal.must(Scope::Plan)?;
    Ok(rollback::preview(&app.env, &app.runs, &wanted.options()).await?)
}

pub(super) async fn begin(
    principal: Principal,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    principal.must(Scope::Execute)?;
    let wanted = body::document(&headers, body).await?;
    let begun = begun(&app, &principal, &wanted, "api").await?;
    Ok(document(StatusCode::ACCEPTED, &begun))
}

/// A way back that was begun.
#[derive(Debug, Serialize)]
pub(crate) struct Begun {
    /// Nothing where it was not open in time.
    pub(crate) run: Option<String>,
    request: String,
}

/// Begins a way back, and answers as soon as its run is open.
pub(crate) async fn begun(app: &App, principal: &Principal, wanted: &Wanted, through: &str) -> Result<Begun, Refused> {
    principal.must(Scope::Execute)?;
    let target = app.env.claimed()?.to_owned();
    if wanted.confirm.as_deref() != Some(target.as_str()) {
        let said = "nothing was begun: confirm with the target's name";
        return Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "confirm", said));
    }
    let id = format!("request {}", Timestamp::now().as_nanosecond());
    let evidence = json!({ "id": id, "by": principal.name(), "through": through });
    let options = Options { evidence, ..wanted.options() };
    let runs = app.as_whom(principal).await?;
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
    Ok(Begun { run, request: id })
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

/// What somebody may say of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Approve,
    Refuse,
    Skip,
    Pause,
    /// Goes on with one that was interrupted, paused or stopped.
    Resume,
    Abort,
}

impl Word {
    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::Approve | Self::Refuse => Scope::Approve,
            Self::Skip | Self::Pause | Self::Resume | Self::Abort => Scope::Execute,
        }
    }

    fn answer(self, reason: String) -> Answer {
        match self {
            Self::Approve => Answer::Approve,
            Self::Refuse => Answer::Refuse { reason },
            Self::Skip => Answer::Skip { reason },
            Self::Pause => Answer::Pause { reason },
            Self::Resume => Answer::Resume { reason: String::new() },
            Self::Abort => Answer::Abort { reason },
        }
    }
}

/// What is said of a run, and by whom.
struct Said {
    run: String,
    because: String,
    runs: Runs,
}

/// Says it, and goes on with the run where that is due. Where it was begun to go on, that is accepted and not done.
pub(crate) async fn say(
    app: &App,
    principal: &Principal,
    run: &str,
    word: Word,
    because: String,
) -> Result<(StatusCode, Seen), Refused> {
    principal.must(word.scope())?;
    let said = Said { run: find(app, run).await?, because, runs: app.as_whom(principal).await? };
    if word == Word::Resume {
        return resumed(app, said).await;
    }
    if word == Word::Approve && is_proposed_by(&said.runs.who, &said.runs.read(&said.run).await?) {
        let said = "whoever began a run that takes something away cannot approve it as well";
        return Err(Refused::forbidden(said));
    }
    let goes_on = !matches!(word, Word::Pause | Word::Abort);
    answered(app, said, word, goes_on).await
}

/// Writes it down, and goes on where nobody else does.
async fn answered(app: &App, said: Said, word: Word, goes_on: bool) -> Result<(StatusCode, Seen), Refused> {
    said.runs.answer(&said.run, &word.answer(said.because.clone())).await?;
    let seen = said.runs.see(&said.run).await?;
    let is_ready = matches!(seen.standing, Standing::Ready { .. } | Standing::Interrupted { .. });
    if goes_on && is_ready && seen.held.is_none() && !is_watched(app, &said.run).await {
        go_on(app, said);
    }
    Ok((StatusCode::OK, seen))
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
        if let Err(failure) = going_on::run(&env, &runs, &run, &because, false).await {
            env.say(Event::warning("serve.run", format!("run {run} did not go on: {}", failure.sentence())));
        }
    });
}

/// Whether these are one and the same who proposed what takes something away, and who would approve it.
pub(crate) fn is_proposed_by(who: &str, journal: &Journal) -> bool {
    journal.state.opener == who && takes_away(journal)
}

/// Whether a step of the way that is gone may take something away.
fn takes_away(journal: &Journal) -> bool {
    journal.state.current().steps.iter().any(|step| !HARMLESS.contains(&step.kind.as_str()))
}

async fn resumed(app: &App, said: Said) -> Result<(StatusCode, Seen), Refused> {
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
        return answered(app, said, Word::Resume, false).await;
    }
    go_on(app, said);
    Ok((StatusCode::ACCEPTED, seen))
}

macro_rules! route {
    ($name:ident, $word:ident) => {
        pub(super) async fn $name(
            principal: Principal,
            State(app): State<App>,
            Path(run): Path<String>,
            headers: HeaderMap,
            body: Body,
        ) -> Result<Response, Refused> {
            principal.must(Word::$word.scope())?;
            let Why { because } = body::document(&headers, body).await?;
            let (status, seen) = say(&app, &principal, &run, Word::$word, because).await?;
            Ok(document(status, &standing(&seen)))
        }
    };
}

route!(approve, Approve);
route!(refuse, Refuse);
route!(skip, Skip);
route!(pause, Pause);
route!(resume, Resume);
route!(abort, Abort);
