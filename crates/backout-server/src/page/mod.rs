//! The dashboard: pages for people, made here, that work without scripts. What a form asks for is what the API does.
//!
//! Must not know: how a run goes on, or how a trigger is judged.

mod back;
mod chart;
mod frame;
mod home;
mod html;
mod incidents;
mod messages;
mod releases;
mod rollouts;
mod run;
mod session;
mod timeline;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Form, FromRequest as _, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Router, body::Bytes};
use backout_control::report;
use backout_control::tokens::Scope;
use backout_runbook::Standing;

use frame::{answered, on_to};
use session::Visitor;

use crate::answer::Refused;
use crate::api::flow::{Wanted, Word, begun, say};
use crate::api::look::reported;
use crate::api::messages::say as say_of_message;
use crate::api::rollouts::{begun as begun_rollout, say as say_of_rollout};
use crate::app::App;
use crate::body;
use crate::sessions::cookie;
use crate::who::Principal;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home))
        .route("/releases", get(releases))
        .route("/runs/{run}", get(run))
        .route("/incidents", get(incidents))
        .route("/incidents/{incident}", get(incident))
        .route("/messages", get(messages))
        .route("/messages/{word}", post(of_message))
        .route("/runs/{run}/{word}", post(answer))
        .route("/rollback", get(rollback).post(begin))
        .route("/rollouts", get(rollouts))
        .route("/rollouts/{word}", post(rolled))
        .route("/reports", post(report))
        .route("/login", get(ask).post(login))
        .route("/logout", post(logout))
        .route("/page.css", get(async || asset("text/css; charset=utf-8", include_str!("assets/page.css"))))
        .route("/page.js", get(async || asset("text/javascript; charset=utf-8", include_str!("assets/page.js"))))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    // Another version of the program has others.
    let kept = HeaderValue::from_static("no-cache");
    let kind = HeaderValue::from_static(kind);
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], Bytes::from_static(text.as_bytes())).into_response()
}

/// A colour for a standing; its word says the same.
fn tone(standing: Option<&Standing>) -> &'static str {
    match standing {
        Some(Standing::Succeeded) => "good",
        Some(Standing::Running | Standing::Unwinding | Standing::TakenBack | Standing::Aborted) => "quiet",
        Some(Standing::WaitingForApproval { .. } | Standing::Ready { .. } | Standing::Paused) => "warn",
        Some(Standing::Stopped { .. } | Standing::Interrupted { .. } | Standing::Failed) | None => "bad",
    }
}

/// What a form has sent.
struct Fields(BTreeMap<String, String>);

impl Fields {
    async fn of(headers: &HeaderMap, body: Body) -> Result<Self, Refused> {
        let bytes = body::read(headers, body, body::CAP).await?;
        let mut request = Request::post("/").body(Body::from(bytes)).map_err(|_| Refused::internal())?;
        if let Some(kind) = headers.get(header::CONTENT_TYPE) {
            request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        }
        let read = Form::from_request(request, &()).await;
        read.map(|Form(fields)| Self(fields)).map_err(|_| Refused::bad("the form cannot be read"))
    }

    /// Of a page of this visitor's session.
    async fn sent(visitor: &Visitor, headers: &HeaderMap, body: Body) -> Result<Self, Refused> {
        let fields = Self::of(headers, body).await?;
        visitor.sent(fields.get("csrf"))?;
        Ok(fields)
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map(|value| value.trim()).unwrap_or_default()
    }

    fn wanted(&self) -> Wanted {
        let given = |name| Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned);
        Wanted {
            way: given("way"),
            because: self.get("because").to_owned(),
            again: !self.get("again").is_empty(),
            confirm: given("confirm"),
        }
    }
}

type Asked = Query<BTreeMap<String, String>>;

async fn home(visitor: Visitor, State(app): State<App>, Query(asked): Asked) -> Response {
    let note = asked.contains_key("reported").then_some("Your report is kept.");
    answered(&app, &visitor, home::page(&app, &visitor, None, note).await)
}

async fn releases(visitor: Visitor, State(app): State<App>) -> Response {
    answered(&app, &visitor, releases::page(&app, &visitor).await)
}

async fn incidents(visitor: Visitor, State(app): State<App>) -> Response {
    answered(&app, &visitor, incidents::all(&app, &visitor).await)
}

async fn incident(visitor: Visitor, State(app): State<App>, Path(incident): Path<String>) -> Response {
    answered(&app, &visitor, incidents::one(&app, &visitor, &incident).await)
}

async fn messages(visitor: Visitor, State(app): State<App>) -> Response {
    answered(&app, &visitor, messages::page(&app, &visitor, None).await)
}

/// Says something of a message, and shows how all of them stand then.
async fn of_message(
    visitor: Visitor,
    State(app): State<App>,
    Path(word): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let made = async {
        let word = messages::asked(&word).ok_or_else(|| Refused::unknown("there is nothing here"))?;
        let fields = Fields::sent(&visitor, &headers, body).await?;
        let (message, because) = (fields.get("message"), fields.get("because"));
        match say_of_message(&app, &visitor.principal, message, word, because).await {
            Ok(_) => on_to("/messages"),
            Err(refused) => messages::page(&app, &visitor, Some(&refused)).await.map_err(|_| refused),
        }
    };
    let made = made.await;
    answered(&app, &visitor, made)
}

async fn run(visitor: Visitor, State(app): State<App>, Path(run): Path<String>) -> Response {
    answered(&app, &visitor, run::page(&app, &visitor, &run, None).await)
}

async fn rollback(visitor: Visitor, State(app): State<App>, Query(asked): Asked) -> Response {
    let wanted = Wanted { confirm: None, again: false, ..Fields(asked).wanted() };
    answered(&app, &visitor, back::page(&app, &visitor, &wanted, None).await)
}

/// Says something of a run, and shows it as it stands then.
async fn answer(
    visitor: Visitor,
    State(app): State<App>,
    Path((run, word)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let made = async {
        let word = match word.as_str() {
            "approve" => Word::Approve,
            "refuse" => Word::Refuse,
            "skip" => Word::Skip,
            "pause" => Word::Pause,
            "resume" => Word::Resume,
            "abort" => Word::Abort,
            _ => return Err(Refused::unknown("there is nothing here")),
        };
        let fields = Fields::sent(&visitor, &headers, body).await?;
        let may = match word {
            Word::Approve => confirmed(&app, &visitor, fields.get("confirm")),
            _ => Ok(()),
        };
        let said = match may {
            Ok(()) => say(&app, &visitor.principal, &run, word, fields.get("because").to_owned()).await,
            Err(refused) => Err(refused),
        };
        match said {
            Ok((_, seen)) => on_to(&format!("/runs/{}", seen.journal.run)),
            // Where the run itself can be shown, the reason stands above it.
            Err(refused) => run::page(&app, &visitor, &run, Some(&refused)).await.map_err(|_| refused),
        }
    };
    let made = made.await;
    answered(&app, &visitor, made)
}

/// Whoever approves on a page has typed what it is about.
fn confirmed(app: &App, visitor: &Visitor, typed: &str) -> Result<(), Refused> {
    visitor.principal.must(Word::Approve.scope())?;
    match typed == app.env.claimed()? {
        true => Ok(()),
        false => {
            let said = "nothing was approved: confirm with the target's name";
            Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "confirm", said))
        }
    }
}

async fn begin(visitor: Visitor, State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let made = async {
        let wanted = Fields::sent(&visitor, &headers, body).await?.wanted();
        visitor.principal.must(Scope::Execute)?;
        match begun(&app, &visitor.principal, &wanted, "page").await {
            Ok(begun) => on_to(&begun.run.map_or_else(|| "/".to_owned(), |run| format!("/runs/{run}"))),
            Err(refused) => back::page(&app, &visitor, &wanted, Some(&refused)).await,
        }
    };
    let made = made.await;
    answered(&app, &visitor, made)
}

async fn rollouts(visitor: Visitor, State(app): State<App>) -> Response {
    answered(&app, &visitor, rollouts::page(&app, &visitor, None).await)
}

/// Begins a rollout, or says something of one.
async fn rolled(
    visitor: Visitor,
    State(app): State<App>,
    Path(word): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let made = async {
        let asked = rollouts::Asked::of(&word).ok_or_else(|| Refused::unknown("there is nothing here"))?;
        let fields = Fields::sent(&visitor, &headers, body).await?;
        let (name, because) = (fields.get("rollout"), fields.get("because"));
        let said = match asked {
            rollouts::Asked::Start => begun_rollout(&app, &visitor.principal, name, because).await,
            rollouts::Asked::Say(word) => say_of_rollout(&app, &visitor.principal, name, word, because).await,
        };
        match said {
            Ok(_) => on_to("/rollouts"),
            Err(refused) => rollouts::page(&app, &visitor, Some(&refused)).await.map_err(|_| refused),
        }
    };
    let made = made.await;
    answered(&app, &visitor, made)
}

async fn report(visitor: Visitor, State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let made = async {
        let fields = Fields::sent(&visitor, &headers, body).await?;
        let count = match fields.get("count") {
            "" => 1,
            given => given.parse().map_err(|_| Refused::bad("how many is a whole number"))?,
        };
        let who = fields.get("who").lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let (kind, note) = (fields.get("kind").to_owned(), fields.get("note").to_owned());
        let said = report::Options { kind, count, who: who.collect(), note };
        match reported(&app, &visitor.principal, &said).await {
            Ok(_) => on_to("/?reported"),
            Err(refused) => home::page(&app, &visitor, Some(&refused), None).await.map_err(|_| refused),
        }
    };
    let made = made.await;
    answered(&app, &visitor, made)
}

async fn ask(visitor: Visitor, State(app): State<App>) -> Response {
    frame::login(&app, &visitor, None, StatusCode::OK)
}

/// A secret becomes a session.
async fn login(visitor: Visitor, State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let made = async {
        let fields = Fields::of(&headers, body).await?;
        let Some(Principal::Holder(token)) = app.tokens.holder(fields.get("secret")) else {
            let said = "this is no token's secret, or its time is over";
            let refused = Refused::new(StatusCode::UNAUTHORIZED, "unauthorized", said);
            return Ok(frame::login(&app, &visitor, Some(&refused), refused.status));
        };
        app.sessions.end(&headers);
        let id = app.sessions.begin(token)?;
        with_cookie(on_to(place(fields.get("to")))?, Some(&id), &app, &headers)
    };
    let made = made.await;
    answered(&app, &visitor, made)
}

async fn logout(visitor: Visitor, State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let made = async {
        Fields::sent(&visitor, &headers, body).await?;
        app.sessions.end(&headers);
        with_cookie(on_to("/login")?, None, &app, &headers)
    };
    let made = made.await;
    answered(&app, &visitor, made)
}

/// Where somebody wanted to go, if that is a page of ours.
fn place(to: &str) -> &str {
    let name = to.strip_prefix("/runs/").or_else(|| to.strip_prefix("/incidents/"));
    let is_one = name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    if is_one || ["/incidents", "/messages", "/releases", "/rollback", "/rollouts"].contains(&to) { to } else { "/" }
}

fn with_cookie(response: Response, id: Option<&str>, app: &App, headers: &HeaderMap) -> Result<Response, Refused> {
    // A proxy may end TLS before us; the page's origin says how the browser came here.
    let is_proxied = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let is_secure = is_proxied || app.env.plan()?.serve.tls_cert.is_some();
    let mut response = response;
    let value = HeaderValue::from_str(&cookie(id, is_secure)).map_err(|_| Refused::internal())?;
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_pages_of_ours_alone() {
        for (to, place_) in [
            ("/runs/20261126-1a", "/runs/20261126-1a"),
            ("/rollback", "/rollback"),
            ("/incidents/2026-01-07-1", "/incidents/2026-01-07-1"),
            ("/releases", "/releases"),
            ("/messages", "/messages"),
            ("/messages/drop", "/"),
            ("/runs/a/../b", "/"),
            ("//evil.example", "/"),
            ("https://evil.example/runs/a", "/"),
            ("/runs/a\r\nset-cookie: b", "/"),
        ] {
            assert_eq!(place(to), place_);
        }
    }
}
