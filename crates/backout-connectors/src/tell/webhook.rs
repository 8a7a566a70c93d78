//! Any receiver of JSON, signed as Standard Webhooks have it:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
//!
//! Must not know: what is said.

use backout_plan::Secret;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::ask::{Request, Service};
use super::text::plain;
use super::{Channel, Failure, Field, Kind, Message, Once, Sent, Settings, Shape, Wrong, named};
use crate::ServiceError;
use crate::inbound::sign;

/// Bytes of a name in a header.
const ID: usize = 200;

pub(super) const KIND: Kind = Kind {
    name: "webhook",
    about: "Any receiver of JSON, signed as Standard Webhooks have it.",
    fields: &[
        Field { name: "url", shape: Shape::Secret, about: "Where it is posted." },
        Field { name: "secret", shape: Shape::Secret, about: "The key of the signature, `whsec_` and base64." },
    ],
    needs: &[&["url", "secret"]],
    once: Once::Always,
    once_because: "`webhook-id` is the same at every attempt; receivers drop what they know.",
    threads: true,
    open,
};

#[derive(Debug, Clone)]
pub(super) struct Webhook {
    service: Service,
    secret: Secret,
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let service = Service::hook("url", settings.needed_secret("url")?)?;
    let secret = settings.needed_secret("secret")?.clone();
    sign(secret.expose().as_bytes(), "", Timestamp::UNIX_EPOCH, b"")
        .map_err(|refused| Wrong::new("secret", &refused.to_string()))?;
    Ok(Channel(super::Service::Webhook(Webhook { service, secret })))
}

impl Webhook {
    pub(super) async fn send(&self, message: &Message) -> Result<Sent, Failure> {
        let (id, at, body) = (named(&message.key, ID), Timestamp::now(), body(message).to_string());
        let signature = sign(self.secret.expose().as_bytes(), &id, at, body.as_bytes()).map_err(|refused| {
            Failure::never(ServiceError::Unreadable { what: "the webhook's secret".into(), said: refused.to_string() })
        })?;
        let seconds = at.as_second().to_string();
        let headers = [("webhook-id", id.as_str()), ("webhook-timestamp", &seconds), ("webhook-signature", &signature)];
        let request = Request::post("a message", &[], &Value::Null);
        self.service.ask(Request { headers: &headers, body: Some(body), ..request }).await?;
        Ok(Sent { id, known: false, state: Value::Null })
    }
}

/// The text without markup: a receiver escapes it for its own place.
pub(super) fn body(message: &Message) -> Value {
    let facts: Map<String, Value> = message.facts().into_iter().map(|(label, value)| (label, json!(value))).collect();
    json!({
        "type": "backout.message",
        "timestamp": message.at.to_string(),
        "data": {
            "key": message.key,
            "thread": message.thread,
            "phase": message.phase,
            "severity": message.severity,
            "subject": message.title(),
            "text": plain(&message.text.lines()),
            "facts": facts,
            "link": message.link(),
        },
    })
}
