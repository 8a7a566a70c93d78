//! Atlassian Statuspage: one incident a thread, for the public. Facts and links of a message are not shown there.
//!
//! Facts: <https://developer.statuspage.io/#tag/incidents>: `Authorization: OAuth`, one request a second, then 420 or 429.
//! Bodies may hold HTML, so its signs are replaced by others that look like them.
//!
//! Must not know: what is said.

use serde_json::{Map, Value, json};

use super::ask::{Request, Service};
use super::opsgenie::harmless;
use super::text::{Line, cut, fit, plain, units};
use super::{Channel, Failure, Field, Kind, Message, Once, Phase, Sent, Settings, Severity, Shape, Wrong, at};

const API: &str = "https://api.statuspage.io";
/// Characters of a name and a body.
const NAME: usize = 255;
const BODY: usize = 25_000;

pub(super) const KIND: Kind = Kind {
    name: "statuspage",
    about: "An incident of Atlassian Statuspage: investigating, identified, monitoring, resolved.",
    fields: &[
        Field { name: "token", shape: Shape::Secret, about: "The API key." },
        Field { name: "page", shape: Shape::Text, about: "The page's id." },
        Field { name: "components", shape: Shape::List, about: "Ids of the components that it is about." },
        Field { name: "quiet", shape: Shape::Switch, about: "Whether subscribers get no notification." },
        Field { name: "api", shape: Shape::Text, about: "Another address of the API." },
    ],
    needs: &[&["token", "page"]],
    once: Once::Found,
    once_because: "The incident's metadata carries the thread and the key of its last message, which are looked for.",
    threads: true,
    open,
};

#[derive(Debug, Clone)]
pub(super) struct Statuspage {
    service: Service,
    page: String,
    shown: Shown,
}

/// What a plan says of all incidents.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) components: Vec<String>,
    pub(super) quiet: bool,
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let token = settings.needed_secret("token")?;
    let service = Service::api("api", settings.text("api").unwrap_or(API), "OAuth", token)?;
    let shown = Shown { components: settings.list("components"), quiet: settings.switch("quiet") };
    let page = settings.needed_text("page")?.to_owned();
    Ok(Channel(super::Service::Statuspage(Statuspage { service, page, shown })))
}

impl Statuspage {
    pub(super) async fn send(&self, message: &Message, before: Option<&Value>) -> Result<Sent, Failure> {
        let incident = before.and_then(|before| at(before, "/incident"));
        let body = incident_of(message, incident.is_none(), &self.shown);
        let pages = ["v1", "pages", self.page.as_str(), "incidents"];
        let answer = match incident {
            None => self.service.ask(Request::post("an incident", &pages, &body)).await?,
            Some(incident) => {
                let path = [&pages[..], &[incident]].concat();
                self.service.ask(Request::patch("an incident", &path, &body)).await?
            }
        };
        match at(&answer, "/id").or(incident) {
            Some(id) => Ok(sent(id, false)),
            None => Err(Failure::unreadable("an incident of Statuspage", "it has no id")),
        }
    }

    pub(super) async fn find(&self, message: &Message, before: Option<&Value>) -> Result<Option<Sent>, Failure> {
        let pages = ["v1", "pages", self.page.as_str(), "incidents"];
        let is_ours = |one: &Value| at(one, "/metadata/backout/key") == Some(message.key.as_str());
        if let Some(incident) = before.and_then(|before| at(before, "/incident")) {
            let path = [&pages[..], &[incident]].concat();
            let one = self.service.ask(Request::get("an incident", &path, &[])).await?;
            return Ok(is_ours(&one).then(|| sent(incident, true)));
        }
        // Not only those that are open: somebody may have closed it by hand.
        let all = self.service.ask(Request::get("incidents", &pages, &[("limit", "100")])).await?;
        let found = all.as_array().into_iter().flatten().find(|one| is_ours(one));
        Ok(found.and_then(|one| at(one, "/id")).map(|id| sent(id, true)))
    }
}

fn sent(incident: &str, known: bool) -> Sent {
    Sent { id: incident.to_owned(), known, state: json!({ "incident": incident }) }
}

/// The incident as it is to be.
pub(super) fn incident_of(message: &Message, is_new: bool, shown: &Shown) -> Value {
    let status = match (message.phase, message.severity) {
        (Phase::Start, _) => "investigating",
        // What is no longer bad is looked at.
        (Phase::Update, Severity::Info) => "monitoring",
        (Phase::Update, _) => "identified",
        (Phase::End, _) => "resolved",
    };
    let size = |lines: &[Line]| units(&plain(lines));
    let note = Line::plain(vec![super::Piece::plain("…")]);
    let lines = fit(message.text.lines(), BODY, &note, &size);
    let mut incident = json!({
        "status": status,
        "body": harmless(&plain(&lines)),
        "deliver_notifications": !shown.quiet,
        "metadata": { "backout": { "thread": message.thread, "key": message.key } },
    });
    if is_new {
        incident["name"] = json!(harmless(&cut(&message.title(), NAME)));
        incident["impact_override"] = json!(impact(message.severity));
        incident["component_ids"] = json!(shown.components);
    }
    let state = match (message.phase, message.severity) {
        (Phase::End, _) | (_, Severity::Info) => "operational",
        (_, Severity::Warning) => "degraded_performance",
        (_, Severity::Critical) => "major_outage",
    };
    if !shown.components.is_empty() {
        let states = shown.components.iter().map(|id| (id.clone(), json!(state)));
        incident["components"] = Value::Object(states.collect::<Map<_, _>>());
    }
    json!({ "incident": incident })
}

fn impact(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "none",
        Severity::Warning => "minor",
        Severity::Critical => "critical",
    }
}
