//! Channels: how people are told, one service a file. Each has a line in [`KINDS`], which says what a plan must give it and
//! how often it shows one message that is sent twice.
//!
//! A message is sent with the state that the last one of its thread has left, and leaves one itself: that is where the
//! place of a thread is kept, as JSON that no one else reads.
//!
//! Must not know: who is told what and why, templates, or where what was sent is kept.

mod ask;
mod discord;
mod github_comment;
mod instatus;
mod markdown;
mod opsgenie;
mod pagerduty;
mod settings;
mod slack;
mod smtp;
mod statuspage;
mod teams;
mod text;
mod webhook;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use settings::{Field, Settings, Shape, Wrong, check};
pub use text::{Span, Text};

use crate::ServiceError;
use text::{Line, Piece};

/// What is said. All but `text` is literal: no sign in it means anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub subject: String,
    pub text: Text,
    pub severity: Severity,
    pub phase: Phase,
    /// The incident or run: messages of one thread belong together.
    pub thread: String,
    /// Label and value, shown as fields. A status page shows none: the public reads it.
    pub facts: Vec<(String, String)>,
    /// Where more is said. Not on a status page either.
    pub link: Option<String>,
    /// The same at every attempt, and of no other message.
    pub key: String,
    /// Of what it says, in the records.
    pub at: Timestamp,
    /// Addresses of mail; where there are none, those of the channel.
    #[serde(default)]
    pub recipients: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// Where in its thread a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Start,
    Update,
    End,
}

/// A message has been taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The service's name for it.
    pub id: String,
    /// It had been there before: the service says so, or it was found.
    pub known: bool,
    /// For the next message of the thread.
    pub state: Value,
}

/// A message has not been taken, or nobody knows.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    pub error: ServiceError,
    /// Another attempt may help, not before this has passed. Without it none will.
    pub again: Option<Duration>,
    /// The request was sent, and its answer is missing: [`Channel::find`] first.
    pub may_have_arrived: bool,
    /// The state for the next attempt, where a part was taken.
    pub keep: Option<Box<Value>>,
}

/// What a second attempt with the same key comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// The service, or whoever receives it, knows the key and shows one message.
    Always,
    /// [`Channel::find`] sees what has arrived; without asking it there are two.
    Found,
    /// Two messages, where the first had arrived.
    Never,
}

/// A kind of channel, as a plan names it.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// One sentence for the documentation.
    pub about: &'static str,
    pub fields: &'static [Field],
    /// One of these sets must be given, and no field of another.
    pub needs: &'static [&'static [&'static str]],
    pub once: Once,
    /// Why that is so.
    pub once_because: &'static str,
    /// Whether messages of one thread are shown together.
    pub threads: bool,
    open: fn(&Settings) -> Result<Channel, Wrong>,
}

/// All kinds, by name.
pub const KINDS: &[&Kind] = &[
    &discord::KIND,
    &github_comment::KIND,
    &instatus::KIND,
    &smtp::KIND,
    &opsgenie::KIND,
    &pagerduty::KIND,
    &slack::KIND,
    &statuspage::KIND,
    &teams::KIND,
    &webhook::KIND,
];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

/// A channel that messages can be sent to. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Channel(Service);

#[derive(Debug, Clone)]
enum Service {
    Discord(discord::Discord),
    GitHub(github_comment::Issues),
    Instatus(instatus::Instatus),
    Mail(Box<smtp::Mail>),
    Opsgenie(opsgenie::Opsgenie),
    PagerDuty(pagerduty::PagerDuty),
    Slack(slack::Slack),
    Statuspage(statuspage::Statuspage),
    Teams(teams::Teams),
    Webhook(webhook::Webhook),
}

impl Kind {
    /// # Errors
    /// Where what is given cannot be the channel's.
    pub fn open(&self, settings: &Settings) -> Result<Channel, Wrong> {
        (self.open)(settings)
    }
}

impl Channel {
    /// Sends a message. `before` is what the last one of the thread has left, or [`Failure::keep`] of an attempt.
    ///
    /// # Errors
    /// Where it was not taken, or nobody can tell.
    pub async fn send(&self, message: &Message, before: Option<&Value>) -> Result<Sent, Failure> {
        match &self.0 {
            Service::Discord(discord) => discord.send(message).await,
            Service::GitHub(issues) => issues.send(message, before).await,
            Service::Instatus(instatus) => instatus.send(message, before).await,
            Service::Mail(mail) => mail.send(message, before).await,
            Service::Opsgenie(opsgenie) => opsgenie.send(message, before).await,
            Service::PagerDuty(pagerduty) => pagerduty.send(message).await,
            Service::Slack(slack) => slack.send(message, before).await,
            Service::Statuspage(statuspage) => statuspage.send(message, before).await,
            Service::Teams(teams) => teams.send(message).await,
            Service::Webhook(webhook) => webhook.send(message).await,
        }
    }

    /// Looks for a message that may have arrived. `None` where it is not there, and where the service cannot be asked.
    ///
    /// # Errors
    /// Where the service was asked and did not answer.
    pub async fn find(&self, message: &Message, before: Option<&Value>) -> Result<Option<Sent>, Failure> {
        match &self.0 {
            Service::GitHub(issues) => issues.find(message, before).await,
            Service::Instatus(instatus) => instatus.find(message, before).await,
            Service::Opsgenie(opsgenie) => opsgenie.find(message, before).await,
            Service::Slack(slack) => slack.find(message, before).await,
            Service::Statuspage(statuspage) => statuspage.find(message, before).await,
            Service::Discord(_)
            | Service::Mail(_)
            | Service::PagerDuty(_)
            | Service::Teams(_)
            | Service::Webhook(_) => Ok(None),
        }
    }
}

impl Failure {
    fn of(error: ServiceError, again: Option<Duration>) -> Self {
        Self { error, again, may_have_arrived: false, keep: None }
    }

    fn never(error: ServiceError) -> Self {
        Self::of(error, None)
    }

    /// The service has taken it, and said something else than what is known of it.
    fn unreadable(what: &str, said: &str) -> Self {
        let error = ServiceError::Unreadable { what: what.to_owned(), said: said.to_owned() };
        Self { may_have_arrived: true, ..Self::of(error, Some(Duration::ZERO)) }
    }

    fn is_missing(&self) -> bool {
        self.error.status() == Some(404)
    }
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Message {
    /// The subject on one line; services refuse an empty one.
    fn title(&self) -> String {
        let title = backout_plan::visible::on_one_line(&self.subject);
        if title.is_empty() { "Backout".to_owned() } else { title }
    }

    /// Facts on one line each, without those that say nothing.
    fn facts(&self) -> Vec<(String, String)> {
        let line = backout_plan::visible::on_one_line;
        let all = self.facts.iter().map(|(label, value)| (line(label), line(value)));
        all.filter(|(label, value)| !label.is_empty() && !value.is_empty()).collect()
    }

    fn link(&self) -> Option<String> {
        text::address(self.link.as_deref()?)
    }

    /// Text, facts and link, for a service that has no fields.
    fn all_lines(&self) -> Vec<Line> {
        let mut lines = self.text.lines();
        let facts = self.facts();
        if !facts.is_empty() && !lines.is_empty() {
            lines.push(Line::plain(Vec::new()));
        }
        let fact = |(label, value)| Line {
            form: text::Form::Bullet,
            pieces: vec![Piece::bold(format!("{label}:")), Piece::plain(format!(" {value}"))],
        };
        lines.extend(facts.into_iter().map(fact));
        if let Some(link) = self.link() {
            lines.push(Line::plain(Vec::new()));
            lines.push(Line::plain(vec![Piece::link(link.clone(), &link)]));
        }
        lines
    }

    /// What stands at the end of a text that was cut.
    fn cut_note(&self, service: &str) -> Line {
        let said = format!("Cut here: {service} takes no more.");
        match self.link() {
            Some(link) => {
                Line::plain(vec![Piece::plain(format!("{said} All of it: ")), Piece::link(link.clone(), &link)])
            }
            None => Line::plain(vec![Piece::plain(said)]),
        }
    }

    /// When, for people.
    fn time(&self) -> String {
        self.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }
}

/// 32 hexadecimal digits that stand for a text where only such are allowed.
fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A name of ours as a service takes it: itself where it is short and plain.
fn named(name: &str, most: usize) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if !name.is_empty() && name.len() <= most && name.chars().all(is_plain) { name.to_owned() } else { digest(&[name]) }
}

/// A text in an answer or a state, by its JSON pointer.
fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

#[cfg(test)]
mod tests;
