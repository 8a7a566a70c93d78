//! PagerDuty, Events API v2: one alert a thread, known by its `dedup_key`.
//!
//! Facts: <https://developer.pagerduty.com/docs/send-alert-event>. A second `trigger` of an open alert is written into its
//! log and calls nobody. Updates are such; they acknowledge nothing unless the plan says so, since that ends the calling.
//!
//! Must not know: what is said.

use serde_json::{Map, Value, json};

use super::ask::{Request, Service};
use super::text::{Line, cut, fit, plain, units};
use super::{Channel, Failure, Field, Kind, Message, Once, Phase, Sent, Settings, Shape, Wrong, at, named};

const API: &str = "https://events.pagerduty.com";
/// Characters of a summary and a key; a whole event has 512 KB.
const SUMMARY: usize = 1024;
const KEY: usize = 255;
const BODY: usize = 16_000;
const FACT: usize = 1024;
const FACTS: usize = 50;

pub(super) const KIND: Kind = Kind {
    name: "pagerduty",
    about: "An alert of PagerDuty: triggered by the first message, resolved by the last.",
    fields: &[
        Field { name: "key", shape: Shape::Secret, about: "The integration key of Events API v2." },
        Field { name: "acknowledge", shape: Shape::Switch, about: "Whether updates acknowledge the alert." },
        Field { name: "api", shape: Shape::Text, about: "Another address, such as `https://events.eu.pagerduty.com`." },
    ],
    needs: &[&["key"]],
    once: Once::Always,
    once_because: "The thread is the `dedup_key`: a second event changes nothing, or is one more line of the alert's log.",
    threads: true,
    open,
};

#[derive(Clone)]
pub(super) struct PagerDuty {
    service: Service,
    key: backout_plan::Secret,
    acknowledge: bool,
}

impl std::fmt::Debug for PagerDuty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PagerDuty").field("service", &self.service).finish_non_exhaustive()
    }
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let key = settings.needed_secret("key")?.clone();
    let service = Service::open("api", settings.text("api").unwrap_or(API), &key)?;
    let acknowledge = settings.switch("acknowledge");
    Ok(Channel(super::Service::PagerDuty(PagerDuty { service, key, acknowledge })))
}

impl PagerDuty {
    pub(super) async fn send(&self, message: &Message) -> Result<Sent, Failure> {
        let mut event = event(message, self.acknowledge);
        event["routing_key"] = json!(self.key.expose());
        let answer = self.service.ask(Request::post("an event", &["v2", "enqueue"], &event)).await?;
        let id = at(&answer, "/dedup_key").map_or_else(|| named(&message.thread, KEY), str::to_owned);
        Ok(Sent { state: json!({ "dedup_key": id }), id, known: false })
    }
}

/// The event, without the key of the integration.
pub(super) fn event(message: &Message, acknowledge: bool) -> Value {
    let action = match message.phase {
        Phase::Update if acknowledge => "acknowledge",
        Phase::Start | Phase::Update => "trigger",
        Phase::End => "resolve",
    };
    let mut event = json!({ "event_action": action, "dedup_key": named(&message.thread, KEY) });
    if action != "trigger" {
        return event;
    }
    let size = |lines: &[Line]| units(&plain(lines));
    let mut details = Map::new();
    for (label, value) in message.facts().into_iter().take(FACTS) {
        details.insert(cut(&label, FACT), json!(cut(&value, FACT)));
    }
    // Ours last, so that no label takes their place.
    let lines = fit(message.text.lines(), BODY, &message.cut_note("PagerDuty"), &size);
    details.insert("text".to_owned(), json!(plain(&lines)));
    details.insert("key".to_owned(), json!(message.key));
    event["payload"] = json!({
        "summary": cut(&message.title(), SUMMARY),
        "source": "backout",
        "severity": message.severity.name(),
        "timestamp": message.at.to_string(),
        "custom_details": details,
    });
    event["client"] = json!("Backout");
    if let Some(link) = message.link() {
        event["client_url"] = json!(link);
        event["links"] = json!([{ "href": link, "text": "More" }]);
    }
    event
}
