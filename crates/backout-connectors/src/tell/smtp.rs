//! Mail by SMTP: one message for each recipient, so that nobody sees who else got it.
//!
//! To another machine it goes by TLS alone: `smtps://` from the first byte, `smtp://` by STARTTLS, which must be offered. To
//! this machine `smtp://` is plain. The server signs (DKIM).
//!
//! Each mail's Message-ID comes from the message's key and the recipient, so a second one is the same mail; many servers
//! and clients show it once, none has to.
//!
//! Must not know: what is said.

use std::time::{Duration, SystemTime};

use backout_plan::Secret;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use reqwest::Url;
use serde_json::{Value, json};

use super::text::{cut, html, html_text, plain};
use super::{Channel, Failure, Field, Kind, Message, Once, Sent, Settings, Shape, Wrong, at, digest};
use crate::ServiceError;
use crate::client::{chain, is_here};

/// How long the server may take until it is connected to.
const STEP: Duration = Duration::from_secs(30);
/// How long one mail may take, its connection too. The library itself waits for an answer as long as it takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Characters of a subject: the line that RFC 5322 allows has 998.
const SUBJECT: usize = 900;
/// How much of what a server says is repeated.
const SAID: usize = 200;

pub(super) const KIND: Kind = Kind {
    name: "mail",
    about: "Mail by SMTP, one for each recipient.",
    fields: &[
        Field {
            name: "server",
            shape: Shape::Secret,
            about: "`smtps://user:password@host` (TLS) or `smtp://…` (STARTTLS; plain to this machine).",
        },
        Field { name: "from", shape: Shape::Text, about: "The sender, as `Name <address>`." },
        Field { name: "to", shape: Shape::List, about: "Who gets what is not for affected users." },
        Field { name: "reply_to", shape: Shape::Text, about: "Where answers go." },
    ],
    needs: &[&["server", "from"]],
    once: Once::Never,
    once_because: "A second attempt has the same Message-ID, which most servers and clients show once, but none has to. \
                   Recipients whose mail was taken are not written to again.",
    threads: true,
    open,
};

#[derive(Clone)]
pub(super) struct Mail {
    host: String,
    port: Option<u16>,
    way: Way,
    credentials: Option<(String, Secret)>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    to: Vec<String>,
    pub(super) patience: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Tls,
    StartTls,
    /// To this machine alone.
    Plain,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("host", &self.host).field("way", &self.way).finish_non_exhaustive()
    }
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let url = settings.needed_secret("server")?.expose();
    let url: Url = url.trim().parse().map_err(|_| Wrong::new("server", "write smtps://user:password@host"))?;
    let way = match url.scheme() {
        "smtps" => Way::Tls,
        "smtp" if is_here(&url) => Way::Plain,
        "smtp" => Way::StartTls,
        _ => return Err(Wrong::new("server", "write smtps:// or smtp://")),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| Wrong::new("server", "it has no host"))?;
    if !["", "/"].contains(&url.path()) || url.query().is_some() {
        return Err(Wrong::new("server", "nothing follows the host and port"));
    }
    let decoded = |text: &str| unescaped(text).ok_or_else(|| Wrong::new("server", "the user or password is no text"));
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => Some((decoded(user)?, Secret::new(decoded(password.unwrap_or_default())?))),
    };
    let mailbox = |field: &'static str, text: &str| {
        text.parse::<Mailbox>().map_err(|_| Wrong::new(field, "write Name <address@example.com>"))
    };
    let to = settings.list("to");
    to.iter().try_for_each(|one| mailbox("to", one).map(drop))?;
    let mail = Mail {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port(),
        way,
        credentials,
        from: mailbox("from", settings.needed_text("from")?)?,
        reply_to: settings.text("reply_to").map(|text| mailbox("reply_to", text)).transpose()?,
        to,
        patience: PATIENCE,
    };
    Ok(Channel(super::Service::Mail(Box::new(mail))))
}

impl Mail {
    /// One after the other over one connection. One that the server does not take stops no other.
    pub(super) async fn send(&self, message: &Message, before: Option<&Value>) -> Result<Sent, Failure> {
        let recipients = if message.recipients.is_empty() { &self.to } else { &message.recipients };
        let what = format!("mail by {}", self.host);
        if recipients.is_empty() {
            return Err(Failure::never(ServiceError::Unreadable { what, said: "nobody is to get it".to_owned() }));
        }
        let transport = self.transport().map_err(|said| {
            Failure::of(ServiceError::Unreachable { what: what.clone(), said }, Some(Duration::ZERO))
        })?;
        let thread = Thread::of(message, before);
        let mut taken = thread.taken.clone();
        let mut refused: Option<Failure> = None;
        for (number, recipient) in recipients.iter().enumerate() {
            let id = digest(&[&message.key, recipient]);
            if taken.contains(&id) {
                continue;
            }
            let what = format!("{what}, recipient {} of {}", number + 1, recipients.len());
            let failure = match self.mail(message, recipient, &thread) {
                Err(said) => Failure::never(ServiceError::Unreadable { what, said }),
                Ok(mail) => match tokio::time::timeout(self.patience, transport.send(mail)).await {
                    Ok(Ok(_)) => {
                        taken.push(id);
                        continue;
                    }
                    Ok(Err(error)) => self.failure(what, &error, recipient),
                    Err(_) => self.silent(what),
                },
            };
            let is_lost = failure.error.status().is_none() && failure.again.is_some();
            // What may still go counts more than what never will.
            if refused.as_ref().is_none_or(|worst| worst.again.is_none()) {
                refused = Some(failure);
            }
            if is_lost {
                break;
            }
        }
        match refused {
            Some(failure) => Err(Failure { keep: Some(Box::new(thread.state(&taken, false))), ..failure }),
            None => Ok(Sent { id: digest(&[&message.key]), known: false, state: thread.state(&taken, true) }),
        }
    }

    /// Built for each message: it holds a connection, and what watches it needs a runtime.
    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        // Whoever came first has installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = match self.way {
            Way::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&self.host),
            Way::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&self.host),
            Way::Plain => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)),
        };
        let mut builder = builder.map_err(|error| chain(&error))?.timeout(Some(STEP));
        builder = builder.hello_name(ClientId::Domain(self.from.email.domain().to_owned()));
        if let Some(port) = self.port {
            builder = builder.port(port);
        }
        if let Some((user, password)) = &self.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(builder.build())
    }

    fn mail(&self, message: &Message, recipient: &str, thread: &Thread) -> Result<lettre::Message, String> {
        let to: Mailbox = recipient.parse().map_err(|_| "the address cannot be one".to_owned())?;
        let name = |key: &str| format!("<{}@{}>", digest(&[key, recipient]), self.from.email.domain());
        // Filters must not answer it, and absence notes neither.
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(cut(&message.title(), SUBJECT))
            .date(SystemTime::now())
            .message_id(Some(name(&message.key)))
            .raw_header(automatic);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        if let (Some(first), Some(last)) = (&thread.first, &thread.last) {
            let all = if first == last { name(first) } else { format!("{} {}", name(first), name(last)) };
            builder = builder.in_reply_to(name(last)).references(all);
        }
        let lines = message.all_lines();
        let page = format!(
            "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{}</body></html>\n",
            html_text(&message.title()),
            html(&lines)
        );
        let parts = MultiPart::alternative_plain_html(format!("{}\n", plain(&lines)), page);
        builder.multipart(parts).map_err(|error| chain(&error))
    }

    /// It may have taken the mail.
    fn silent(&self, what: String) -> Failure {
        let said = format!("the server has not answered within {} s", self.patience.as_secs());
        let failure = Failure::of(ServiceError::Unreachable { what, said }, Some(Duration::ZERO));
        Failure { may_have_arrived: true, ..failure }
    }

    fn failure(&self, what: String, error: &lettre::transport::smtp::Error, recipient: &str) -> Failure {
        let mut said = chain(error).replace(recipient, "[recipient]");
        if let Ok(mailbox) = recipient.parse::<Mailbox>() {
            said = said.replace(&mailbox.email.to_string(), "[recipient]");
        }
        if let Some((_, password)) = self.credentials.as_ref().filter(|(_, password)| !password.is_empty()) {
            said = said.replace(password.expose(), backout_plan::secret::REDACTED);
        }
        let said: String = said.chars().filter(|c| !c.is_control()).take(SAID).collect();
        let again = (!error.is_permanent() && !error.is_client()).then_some(Duration::ZERO);
        // Nothing else tells a server that was never reached.
        let is_unreached = error.to_string().starts_with("Connection error");
        // A reply with a code says that it was not taken. TLS comes before all else.
        let is_unsure =
            !(error.is_permanent() || error.is_transient() || error.is_client() || error.is_tls() || is_unreached);
        let error = match error.status() {
            Some(code) => {
                let status = code.to_string().parse().unwrap_or_default();
                ServiceError::Status { what, status, said: format!(" {said}") }
            }
            None => ServiceError::Unreachable { what, said },
        };
        Failure { may_have_arrived: is_unsure, ..Failure::of(error, again) }
    }
}

/// The mails before this one, by their keys.
struct Thread {
    first: Option<String>,
    last: Option<String>,
    key: String,
    /// Which recipients have this one.
    taken: Vec<String>,
}

impl Thread {
    fn of(message: &Message, before: Option<&Value>) -> Self {
        let key = |pointer: &str| Some(at(before?, pointer)?.to_owned());
        let is_same = key("/begun").as_ref() == Some(&message.key);
        let taken = before.filter(|_| is_same).and_then(|before| before["taken"].as_array());
        let taken = taken.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        Self { first: key("/first"), last: key("/last"), key: message.key.clone(), taken }
    }

    fn state(&self, taken: &[String], is_done: bool) -> Value {
        if !is_done {
            return json!({ "first": self.first, "last": self.last, "begun": self.key, "taken": taken });
        }
        json!({ "first": self.first.as_ref().unwrap_or(&self.key), "last": self.key })
    }
}

/// A part of an address, decoded.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let pair = (*byte == b'%').then(|| after.get(..2)).flatten();
        let code = pair.and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}
