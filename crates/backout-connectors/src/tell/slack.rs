//! Slack: `chat.postMessage` with a bot's token, updates in the thread of the first message; or an incoming webhook, which
//! has no threads.
//!
//! Facts: <https://docs.slack.dev/reference/methods/chat.postMessage>, `chat.update`, `conversations.history`. A failure is
//! a 200 with `"ok": false`. The token needs `chat:write`; `channels:history` (`groups:history` for a private channel) and
//! `metadata.message:read` let a message be looked for that may have arrived.
//!
//! The body is `rich_text`, in which no sign is markup: in `mrkdwn` an asterisk cannot be escaped.
//!
//! Must not know: what is said.

use std::time::Duration;

use serde_json::{Value, json};

use super::ask::{Request, Service};
use super::text::{Form, Line, Piece, cut, fit, plain, units};
use super::{Channel, Failure, Field, Kind, Message, Once, Phase, Sent, Settings, Severity, Shape, Wrong, at};
use crate::ServiceError;

const API: &str = "https://slack.com/api";
/// Characters of a header, a body and one of its fields; as many fields as a section takes, as label and value.
const HEADER: usize = 150;
const BODY: usize = 3000;
const FIELD: usize = 2000;
const FACTS: usize = 5;
/// Sections of facts; a message takes 50 blocks.
const SECTIONS: usize = 20;
/// What our metadata is called.
const EVENT: &str = "backout_message";
/// How far back a message is looked for, before the time that it says.
const BACK: i64 = 3600;
/// Pages of a history or a list of channels.
const PAGES: usize = 10;

pub(super) const KIND: Kind = Kind {
    name: "slack",
    about: "A channel of Slack: the first message, updates in its thread, and the last one in the channel as well.",
    fields: &[
        Field { name: "token", shape: Shape::Secret, about: "The bot's token, `xoxb-…`, with `chat:write`." },
        Field { name: "channel", shape: Shape::Text, about: "The channel's id, or its name with `#`." },
        Field { name: "webhook", shape: Shape::Secret, about: "An incoming webhook instead. It has no threads." },
        Field { name: "api", shape: Shape::Text, about: "Another address of the API." },
    ],
    needs: &[&["token", "channel"], &["webhook"]],
    once: Once::Found,
    once_because: "Each message carries its key as metadata, which is looked for in the channel or the thread; not by a webhook.",
    threads: true,
    open,
};

#[derive(Debug, Clone)]
pub(super) enum Slack {
    Bot { service: Service, channel: String },
    Hook(Service),
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let slack = match settings.secret("webhook") {
        Some(url) => Slack::Hook(Service::hook("webhook", url)?),
        None => {
            let token = settings.needed_secret("token")?;
            let service = Service::api("api", settings.text("api").unwrap_or(API), "Bearer", token)?;
            Slack::Bot { service, channel: settings.needed_text("channel")?.to_owned() }
        }
    };
    Ok(Channel(super::Service::Slack(slack)))
}

impl Slack {
    pub(super) async fn send(&self, message: &Message, before: Option<&Value>) -> Result<Sent, Failure> {
        let blocks = blocks(message);
        let (service, channel) = match self {
            Self::Hook(service) => {
                service.ask(Request::post("a message", &[], &body(message, &blocks))).await?;
                return Ok(Sent { id: message.key.clone(), known: false, state: Value::Null });
            }
            Self::Bot { service, channel } => (service, channel),
        };
        let root = before.and_then(|before| Some((at(before, "/channel")?, at(before, "/ts")?)));
        let mut body = body(message, &blocks);
        body["metadata"] = json!({ "event_type": EVENT, "event_payload": payload(message) });
        body["channel"] = json!(root.map_or(channel.as_str(), |root| root.0));
        if let Some((channel, ts)) = root {
            body["thread_ts"] = json!(ts);
            if message.phase == Phase::End {
                // First, since it can be done twice: what is posted last is what is looked for.
                let first = before.map(|before| over(message, before));
                if let Some(mut first) = first.filter(|first| !first.is_null()) {
                    first["channel"] = json!(channel);
                    first["ts"] = json!(ts);
                    match call(service, "the first message", "chat.update", &first).await {
                        Err(failure) if failure.again.is_some() => {
                            return Err(Failure { may_have_arrived: false, ..failure });
                        }
                        // It may be gone, or too old to be changed.
                        _ => {}
                    }
                }
                body["reply_broadcast"] = json!(true);
            }
        }
        let answer = call(service, "a message", "chat.postMessage", &body).await?;
        let (Some(ts), Some(channel)) = (at(&answer, "/ts"), at(&answer, "/channel")) else {
            return Err(Failure::unreadable("a message to Slack", "it has no ts and channel"));
        };
        let state = match before.filter(|_| root.is_some()) {
            Some(before) => before.clone(),
            None => state(channel, ts, message, &blocks),
        };
        Ok(Sent { id: ts.to_owned(), known: false, state })
    }

    /// By the key in the metadata of what is in the channel or the thread.
    pub(super) async fn find(&self, message: &Message, before: Option<&Value>) -> Result<Option<Sent>, Failure> {
        let Self::Bot { service, channel } = self else { return Ok(None) };
        let root = before.and_then(|before| Some((at(before, "/channel")?, at(before, "/ts")?)));
        let channel = match root {
            Some((channel, _)) => channel.to_owned(),
            None => match id_of(service, channel).await? {
                Some(channel) => channel,
                None => return Ok(None),
            },
        };
        let oldest = (message.at.as_second() - BACK).to_string();
        let wanted = payload(message);
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut query = vec![("channel", channel.as_str()), ("include_all_metadata", "true"), ("limit", "200")];
            query.push(("oldest", &oldest));
            query.extend((!cursor.is_empty()).then_some(("cursor", cursor.as_str())));
            query.extend(root.map(|(_, ts)| ("ts", ts)));
            let method = if root.is_some() { "conversations.replies" } else { "conversations.history" };
            let page = read(service.ask(Request::get("messages", &[method], &query)).await?)?;
            let mut all = page["messages"].as_array().into_iter().flatten();
            let ours = all.find(|one| one.pointer("/metadata/event_payload/key") == Some(&wanted["key"]));
            if let Some(ts) = ours.and_then(|one| at(one, "/ts")) {
                let state = match before.filter(|_| root.is_some()) {
                    Some(before) => before.clone(),
                    None => state(&channel, ts, message, &blocks(message)),
                };
                return Ok(Some(Sent { id: ts.to_owned(), known: true, state }));
            }
            match at(&page, "/response_metadata/next_cursor").filter(|next| !next.is_empty()) {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        Ok(None)
    }
}

fn payload(message: &Message) -> Value {
    json!({ "key": message.key, "thread": message.thread })
}

fn state(channel: &str, ts: &str, message: &Message, blocks: &[Value]) -> Value {
    json!({ "channel": channel, "ts": ts, "subject": message.title(), "blocks": blocks })
}

/// A channel's id is needed to read it. A name is looked up.
async fn id_of(service: &Service, channel: &str) -> Result<Option<String>, Failure> {
    let is_id = channel.len() > 8 && channel.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if is_id {
        return Ok(Some(channel.to_owned()));
    }
    let name = channel.trim_start_matches('#');
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let mut query =
            vec![("exclude_archived", "true"), ("limit", "1000"), ("types", "public_channel,private_channel")];
        query.extend((!cursor.is_empty()).then_some(("cursor", cursor.as_str())));
        let page = read(service.ask(Request::get("channels", &["conversations.list"], &query)).await?)?;
        let mut all = page["channels"].as_array().into_iter().flatten();
        if let Some(id) = all.find(|one| at(one, "/name") == Some(name)).and_then(|one| at(one, "/id")) {
            return Ok(Some(id.to_owned()));
        }
        match at(&page, "/response_metadata/next_cursor").filter(|next| !next.is_empty()) {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    Ok(None)
}

async fn call(service: &Service, what: &'static str, method: &str, body: &Value) -> Result<Value, Failure> {
    read(service.ask(Request::post(what, &[method], body)).await?)
}

/// An answer, where it is not an error.
fn read(answer: Value) -> Result<Value, Failure> {
    if answer["ok"] == true {
        return Ok(answer);
    }
    let what = "Slack".to_owned();
    let Some(error) = at(&answer, "/error") else {
        return Err(Failure::unreadable("Slack", "it says neither ok nor an error"));
    };
    let is_token =
        ["invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "missing_scope"];
    // Something may have been done before these.
    let is_unsure = ["fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"];
    let said: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
    let said = format!(" {said}");
    if is_token.contains(&error) {
        return Err(Failure::never(ServiceError::Token { what, status: 200, said }));
    }
    let again =
        (is_unsure.contains(&error) || ["ratelimited", "rate_limited"].contains(&error)).then_some(Duration::ZERO);
    let failure = Failure::of(ServiceError::Status { what, status: 200, said }, again);
    Err(Failure { may_have_arrived: is_unsure.contains(&error), ..failure })
}

/// What both ways of posting have.
fn body(message: &Message, blocks: &[Value]) -> Value {
    json!({
        // For notifications; what is seen are the blocks.
        "text": escape(&cut(&message.title(), FIELD)),
        "mrkdwn": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}

/// The blocks of a message.
pub(super) fn blocks(message: &Message) -> Vec<Value> {
    let mut blocks = vec![header(&message.title())];
    let size = |lines: &[Line]| units(&plain(lines));
    let lines = fit(message.text.lines(), BODY, &message.cut_note("Slack"), &size);
    let elements = rich(&lines);
    if !elements.is_empty() {
        blocks.push(json!({ "type": "rich_text", "elements": elements }));
    }
    for facts in message.facts().chunks(FACTS).take(SECTIONS) {
        let mut fields = Vec::new();
        for (label, value) in facts {
            fields.push(json!({ "type": "mrkdwn", "text": format!("*{}*", label_of(label)), "verbatim": true }));
            fields.push(json!({ "type": "plain_text", "text": cut(value, FIELD), "emoji": false }));
        }
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    let about = format!("{} · {}", severity(message.severity), message.time());
    let mut elements = vec![json!({ "type": "plain_text", "text": about, "emoji": false })];
    if let Some(link) = message.link() {
        elements.push(json!({ "type": "mrkdwn", "text": format!("<{}|More>", escape(&link)), "verbatim": true }));
    }
    blocks.push(json!({ "type": "context", "elements": elements }));
    blocks
}

fn header(title: &str) -> Value {
    json!({ "type": "header", "text": { "type": "plain_text", "text": cut(title, HEADER), "emoji": false } })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Info",
        Severity::Warning => "Warning",
        Severity::Critical => "Critical",
    }
}

/// The first message as it is to be once all is over; `Null` where it is not known.
fn over(message: &Message, before: &Value) -> Value {
    let (Some(subject), Some(blocks)) = (at(before, "/subject"), before["blocks"].as_array()) else {
        return Value::Null;
    };
    let title = format!("Over: {subject}");
    let said = format!("Over since {}: {}", message.time(), message.title());
    let mut blocks: Vec<Value> = blocks.clone();
    if let Some(first) = blocks.first_mut() {
        *first = header(&title);
    }
    let element = json!({ "type": "plain_text", "text": cut(&said, FIELD), "emoji": false });
    blocks.push(json!({ "type": "context", "elements": [element] }));
    json!({ "text": escape(&cut(&title, FIELD)), "blocks": blocks })
}

/// A label between asterisks: what would end them is left out.
fn label_of(label: &str) -> String {
    let plain: String = label.chars().filter(|c| !"*_~`".contains(*c)).collect();
    escape(&cut(if plain.trim().is_empty() { "–" } else { plain.trim() }, 200))
}

/// The three signs that Slack reads in every text.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Lines as sections and lists.
fn rich(lines: &[Line]) -> Vec<Value> {
    let list = |form: Form| match form {
        Form::Bullet => Some("bullet"),
        Form::Number(_) => Some("ordered"),
        Form::Plain | Form::Heading => None,
    };
    let mut elements = Vec::new();
    for group in lines.chunk_by(|one, other| list(one.form) == list(other.form)) {
        let style = group.first().and_then(|line| list(line.form));
        if let Some(style) = style {
            let section = |line: &Line| json!({ "type": "rich_text_section", "elements": runs(line) });
            let items: Vec<Value> = group.iter().filter(|line| !runs(line).is_empty()).map(section).collect();
            let mut one = json!({ "type": "rich_text_list", "style": style, "elements": items });
            if let Some(Form::Number(first @ 2..)) = group.first().map(|line| line.form) {
                one["offset"] = json!(first - 1);
            }
            elements.extend((!items.is_empty()).then_some(one));
            continue;
        }
        let mut all: Vec<Value> = Vec::new();
        for (number, line) in group.iter().enumerate() {
            if number > 0 {
                all.push(json!({ "type": "text", "text": "\n" }));
            }
            all.extend(runs(line));
        }
        elements.extend((!all.is_empty()).then(|| json!({ "type": "rich_text_section", "elements": all })));
    }
    elements
}

fn runs(line: &Line) -> Vec<Value> {
    let run = |piece: &Piece| {
        let mut run = match &piece.link {
            Some(link) => json!({ "type": "link", "url": link, "text": piece.text }),
            None => json!({ "type": "text", "text": piece.text }),
        };
        let is_bold = piece.bold || line.form == Form::Heading;
        match (is_bold, piece.code) {
            (true, true) => run["style"] = json!({ "bold": true, "code": true }),
            (true, false) => run["style"] = json!({ "bold": true }),
            (false, true) => run["style"] = json!({ "code": true }),
            (false, false) => {}
        }
        run
    };
    line.pieces.iter().filter(|piece| !piece.text.is_empty()).map(run).collect()
}
