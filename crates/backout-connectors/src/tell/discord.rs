//! Discord: an incoming webhook, which posts an embed that mentions nobody.
//!
//! Facts: <https://discord.com/developers/docs/resources/webhook#execute-webhook>, with `wait=true` so that the answer is
//! the message. A webhook answers nobody's message, so there are no threads, and it cannot list what it has posted.
//!
//! Must not know: what is said.

use serde_json::{Value, json};

use super::ask::{Request, Service};
use super::markdown::{Dialect, escape, render};
use super::text::{Line, cut, fit, units};
use super::{Channel, Failure, Field, Kind, Message, Once, Phase, Sent, Settings, Severity, Shape, Wrong, at};

/// Characters of the parts of an embed, and of all together.
const TITLE: usize = 256;
const BODY: usize = 4096;
const LABEL: usize = 256;
const VALUE: usize = 1024;
const FACTS: usize = 25;
const ALL: usize = 6000;

pub(super) const KIND: Kind = Kind {
    name: "discord",
    about: "A channel of Discord, by a webhook. Nobody is mentioned.",
    fields: &[Field { name: "url", shape: Shape::Secret, about: "The webhook's address." }],
    needs: &[&["url"]],
    once: Once::Never,
    once_because: "A webhook knows no key and cannot be asked what it has posted.",
    threads: false,
    open,
};

#[derive(Debug, Clone)]
pub(super) struct Discord {
    service: Service,
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let service = Service::hook("url", settings.needed_secret("url")?)?;
    Ok(Channel(super::Service::Discord(Discord { service })))
}

impl Discord {
    pub(super) async fn send(&self, message: &Message) -> Result<Sent, Failure> {
        let request = Request { query: &[("wait", "true")], ..Request::post("an embed", &[], &body(message)) };
        let answer = self.service.ask(request).await?;
        let id = at(&answer, "/id").unwrap_or(&message.key).to_owned();
        Ok(Sent { id, known: false, state: Value::Null })
    }
}

pub(super) fn body(message: &Message) -> Value {
    let colour = match (message.phase, message.severity) {
        (Phase::End, _) => 0x002e_cc71,
        (_, Severity::Info) => 0x0034_98db,
        (_, Severity::Warning) => 0x00f3_9c12,
        (_, Severity::Critical) => 0x00e7_4c3c,
    };
    let literal = |text: &str, most: usize| shortened(text, most);
    let title = literal(&message.title(), TITLE);
    // Half of all belongs to the text.
    let mut left = ALL / 2 - units(&title);
    let mut fields = Vec::new();
    for (label, value) in message.facts().iter().take(FACTS) {
        let (label, value) = (literal(label, LABEL), literal(value, VALUE));
        let Some(rest) = left.checked_sub(units(&label) + units(&value)) else { break };
        left = rest;
        fields.push(json!({ "name": label, "value": value, "inline": value.len() < 40 }));
    }
    let size = |lines: &[Line]| units(&render(lines, Dialect::Plain));
    let most = BODY.min(ALL / 2);
    let lines = fit(message.text.lines(), most, &message.cut_note("Discord"), &size);
    let mut embed = json!({
        "title": title,
        "color": colour,
        "fields": fields,
        "timestamp": message.at.to_string(),
    });
    // Discord takes no empty description.
    let text = render(&lines, Dialect::Plain);
    if !text.trim().is_empty() {
        embed["description"] = json!(text);
    }
    if let Some(link) = message.link().filter(|link| link.starts_with("http")) {
        embed["url"] = json!(link);
    }
    json!({ "username": "Backout", "embeds": [embed], "allowed_mentions": { "parse": [] } })
}

/// An escaped text of at most this length, never cut inside of an escape.
fn shortened(text: &str, most: usize) -> String {
    let mut length = most;
    loop {
        let escaped = escape(&cut(text, length), true, Dialect::Plain);
        let over = units(&escaped).saturating_sub(most);
        if over == 0 {
            return escaped;
        }
        length = length.saturating_sub(over.div_ceil(2).max(1));
    }
}
