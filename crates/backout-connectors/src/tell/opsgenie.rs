//! Opsgenie: one alert a thread, known by its alias; updates are notes, the last message closes it.
//!
//! Facts: <https://docs.opsgenie.com/docs/alert-api>. What is sent is taken with 202 and done later. Text is shown as it
//! is in some places and as HTML in others, so signs of HTML are replaced by others that look like them.
//!
//! Must not know: what is said.

use serde_json::{Map, Value, json};

use super::ask::{Request, Service};
use super::text::{Line, cut, fit, plain, units};
use super::{
    Channel, Failure, Field, Kind, Message, Once, Phase, Sent, Settings, Severity, Shape, Wrong, at, digest, named,
};

const API: &str = "https://api.opsgenie.com";
/// Characters of the parts of an alert.
const MESSAGE: usize = 130;
const ALIAS: usize = 512;
const DESCRIPTION: usize = 15_000;
const NOTE: usize = 25_000;
/// Of all details together there are 8000.
const FACT: usize = 250;
const FACTS: usize = 15;

pub(super) const KIND: Kind = Kind {
    name: "opsgenie",
    about: "An alert of Opsgenie: opened by the first message, closed by the last, with notes between them.",
    fields: &[
        Field { name: "token", shape: Shape::Secret, about: "The key of an API integration." },
        Field { name: "api", shape: Shape::Text, about: "Another address, such as `https://api.eu.opsgenie.com`." },
    ],
    needs: &[&["token"]],
    once: Once::Found,
    once_because: "The thread is the alert's alias, so there is one alert; a note carries its key and is looked for.",
    threads: true,
    open,
};

#[derive(Debug, Clone)]
pub(super) struct Opsgenie {
    service: Service,
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let token = settings.needed_secret("token")?;
    let service = Service::api("api", settings.text("api").unwrap_or(API), "GenieKey", token)?;
    Ok(Channel(super::Service::Opsgenie(Opsgenie { service })))
}

impl Opsgenie {
    pub(super) async fn send(&self, message: &Message, before: Option<&Value>) -> Result<Sent, Failure> {
        let alias = named(&message.thread, ALIAS);
        let (path, body) = match (message.phase, before) {
            (Phase::Start, _) | (Phase::Update, None) => (vec!["v2", "alerts"], alert(message)),
            (Phase::Update, Some(_)) => (vec!["v2", "alerts", &alias, "notes"], note(message)),
            (Phase::End, _) => (vec!["v2", "alerts", &alias, "close"], note(message)),
        };
        let by_alias = [("identifierType", "alias")];
        let query = if path.len() > 2 { &by_alias[..] } else { &[] };
        self.service.ask(Request { query, ..Request::post("an alert", &path, &body) }).await?;
        Ok(sent(alias, false))
    }

    pub(super) async fn find(&self, message: &Message, before: Option<&Value>) -> Result<Option<Sent>, Failure> {
        let alias = named(&message.thread, ALIAS);
        let path = ["v2", "alerts", alias.as_str()];
        let alert = match self.service.ask(Request::get("an alert", &path, &[("identifierType", "alias")])).await {
            Ok(alert) => alert,
            Err(failure) if failure.is_missing() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let is_there = match (message.phase, before) {
            (Phase::Start, _) | (Phase::Update, None) => at(&alert, "/data/status") == Some("open"),
            (Phase::End, _) => at(&alert, "/data/status") == Some("closed"),
            (Phase::Update, Some(_)) => {
                let query = [("identifierType", "alias"), ("limit", "100"), ("order", "desc")];
                let path = ["v2", "alerts", alias.as_str(), "notes"];
                let notes = self.service.ask(Request::get("notes", &path, &query)).await?;
                let mut all = notes["data"].as_array().into_iter().flatten();
                all.any(|one| at(one, "/note").is_some_and(|note| note.ends_with(&mark(message))))
            }
        };
        Ok(is_there.then(|| sent(alias, true)))
    }
}

fn sent(alias: String, known: bool) -> Sent {
    Sent { state: json!({ "alias": alias }), id: alias, known }
}

pub(super) fn alert(message: &Message) -> Value {
    let mut details = Map::new();
    for (label, value) in message.facts().into_iter().take(FACTS) {
        details.insert(harmless(&cut(&label, FACT)), json!(harmless(&cut(&value, FACT))));
    }
    details.extend(message.link().map(|link| ("link".to_owned(), json!(cut(&link, FACT * 4)))));
    json!({
        "message": harmless(&cut(&message.title(), MESSAGE)),
        "alias": named(&message.thread, ALIAS),
        "description": said(message, DESCRIPTION),
        "details": details,
        "source": "backout",
        "priority": priority(message.severity),
    })
}

pub(super) fn note(message: &Message) -> Value {
    let mark = mark(message);
    let title = harmless(&message.title());
    let text = said(message, NOTE / 2);
    json!({ "note": format!("{}\n\n{text}\n\n{mark}", cut(&title, NOTE / 4)), "source": "backout", "user": "Backout" })
}

fn said(message: &Message, most: usize) -> String {
    let size = |lines: &[Line]| units(&plain(lines));
    harmless(&plain(&fit(message.text.lines(), most, &message.cut_note("Opsgenie"), &size)))
}

/// By which a note is found.
fn mark(message: &Message) -> String {
    format!("(message {})", digest(&[&message.key]))
}

/// The text in a place of which nobody knows whether it reads HTML.
pub(super) fn harmless(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

fn priority(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "P1",
        Severity::Warning => "P3",
        Severity::Info => "P5",
    }
}
