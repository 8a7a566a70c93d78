//! Instatus: one incident a thread, for the public. Facts and links of a message are not shown there.
//!
//! Facts: <https://instatus.com/help/api/incidents> and `/incident-updates`. Messages are Markdown. An incident has no room
//! for a key, so it is known again by its name and the time at which it says that it began.
//!
//! Must not know: what is said.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ask::{Request, Service};
use super::markdown::{Dialect, render};
use super::statuspage::Shown;
use super::text::{Line, cut, fit, units};
use super::{Channel, Failure, Field, Kind, Message, Once, Phase, Sent, Settings, Severity, Shape, Wrong, at};

const API: &str = "https://api.instatus.com";
/// Characters of a name and a message; it names no limit of its own.
const NAME: usize = 255;
const BODY: usize = 25_000;

pub(super) const KIND: Kind = Kind {
    name: "instatus",
    about: "An incident of Instatus: investigating, identified, monitoring, resolved.",
    fields: &[
        Field { name: "token", shape: Shape::Secret, about: "The API key." },
        Field { name: "page", shape: Shape::Text, about: "The page's id." },
        Field { name: "components", shape: Shape::List, about: "Ids of the components that it is about." },
        Field { name: "quiet", shape: Shape::Switch, about: "Whether subscribers get no notification." },
        Field { name: "api", shape: Shape::Text, about: "Another address of the API." },
    ],
    needs: &[&["token", "page"]],
    once: Once::Found,
    once_because: "An incident or update of the same text and the same time, to the millisecond, is looked for.",
    threads: true,
    open,
};

#[derive(Debug, Clone)]
pub(super) struct Instatus {
    service: Service,
    page: String,
    shown: Shown,
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let token = settings.needed_secret("token")?;
    let service = Service::api("api", settings.text("api").unwrap_or(API), "Bearer", token)?;
    let shown = Shown { components: settings.list("components"), quiet: settings.switch("quiet") };
    let page = settings.needed_text("page")?.to_owned();
    Ok(Channel(super::Service::Instatus(Instatus { service, page, shown })))
}

impl Instatus {
    pub(super) async fn send(&self, message: &Message, before: Option<&Value>) -> Result<Sent, Failure> {
        let incident = before.and_then(|before| at(before, "/incident"));
        let body = incident_of(message, incident.is_none(), &self.shown);
        let pages = ["v1", self.page.as_str(), "incidents"];
        let Some(incident) = incident else {
            let answer = self.service.ask(Request::post("an incident", &pages, &body)).await?;
            let id =
                at(&answer, "/id").ok_or_else(|| Failure::unreadable("an incident of Instatus", "it has no id"))?;
            return Ok(sent(id, id, false));
        };
        let path = [&pages[..], &[incident, "incident-updates"]].concat();
        let answer = self.service.ask(Request::post("an update", &path, &body)).await?;
        Ok(sent(at(&answer, "/id").unwrap_or(incident), incident, false))
    }

    pub(super) async fn find(&self, message: &Message, before: Option<&Value>) -> Result<Option<Sent>, Failure> {
        let pages = ["v1", self.page.as_str(), "incidents"];
        let wanted = incident_of(message, true, &self.shown);
        let is_then = |one: &Value| {
            let said = at(one, "/started").and_then(|at| at.parse::<Timestamp>().ok());
            said.is_some_and(|said| said.as_millisecond() == message.at.as_millisecond())
        };
        if let Some(incident) = before.and_then(|before| at(before, "/incident")) {
            let path = [&pages[..], &[incident]].concat();
            let one = self.service.ask(Request::get("an incident", &path, &[])).await?;
            let mut updates = one["updates"].as_array().into_iter().flatten();
            let found = updates.find(|one| is_then(one) && one["message"] == wanted["message"]);
            return Ok(found.and_then(|one| at(one, "/id")).map(|id| sent(id, incident, true)));
        }
        let all = self.service.ask(Request::get("incidents", &pages, &[])).await?;
        let found = all.as_array().into_iter().flatten().find(|one| is_then(one) && one["name"] == wanted["name"]);
        Ok(found.and_then(|one| at(one, "/id")).map(|id| sent(id, id, true)))
    }
}

fn sent(id: &str, incident: &str, known: bool) -> Sent {
    Sent { id: id.to_owned(), known, state: json!({ "incident": incident }) }
}

/// A new incident, or an update of one.
pub(super) fn incident_of(message: &Message, is_new: bool, shown: &Shown) -> Value {
    let status = match (message.phase, message.severity) {
        (Phase::Start, _) => "INVESTIGATING",
        // What is no longer bad is looked at.
        (Phase::Update, Severity::Info) => "MONITORING",
        (Phase::Update, _) => "IDENTIFIED",
        (Phase::End, _) => "RESOLVED",
    };
    let state = match (message.phase, message.severity) {
        (Phase::End, _) | (_, Severity::Info) => "OPERATIONAL",
        (_, Severity::Warning) => "DEGRADEDPERFORMANCE",
        (_, Severity::Critical) => "MAJOROUTAGE",
    };
    let size = |lines: &[Line]| units(&render(lines, Dialect::Plain));
    let note = Line::plain(vec![super::Piece::plain("…")]);
    let lines = fit(message.text.lines(), BODY, &note, &size);
    let states: Vec<Value> = shown.components.iter().map(|id| json!({ "id": id, "status": state })).collect();
    let mut incident = json!({
        "message": render(&lines, Dialect::Plain),
        "components": shown.components,
        "started": message.at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "status": status,
        "notify": !shown.quiet,
        "statuses": states,
    });
    if is_new {
        incident["name"] = json!(cut(&message.title(), NAME));
    }
    incident
}
