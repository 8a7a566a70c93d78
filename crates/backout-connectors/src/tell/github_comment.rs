//! GitHub: a comment of an issue or a pull request that there is, or a new issue, which the last message closes.
//!
//! Facts: <https://docs.github.com/rest/issues/comments>; a body has 65,536 characters. Each body begins with a comment that
//! nobody sees and that names the message, so that it is found again.
//!
//! Must not know: what is said.

use reqwest::Method;
use serde_json::{Value, json};

use super::ask::{Request, Service};
use super::markdown::{Dialect, render};
use super::text::{Line, cut, fit, units};
use super::{Channel, Failure, Field, Kind, Message, Once, Phase, Piece, Sent, Settings, Shape, Wrong, at, digest};
use crate::github::BASE;

/// Characters of a title and a body.
const TITLE: usize = 256;
const BODY: usize = 65_536;
/// How far back a message is looked for, before the time that it says.
const BACK: i64 = 3600;
/// Pages of a hundred that are looked through.
const PAGES: usize = 10;

pub(super) const KIND: Kind = Kind {
    name: "github",
    about: "A comment of an issue or pull request of GitHub, or a new issue.",
    fields: &[
        Field { name: "token", shape: Shape::Secret, about: "A token that may write issues." },
        Field { name: "repository", shape: Shape::Text, about: "`owner/name`." },
        Field { name: "issue", shape: Shape::Text, about: "Its number. Without it there is a new issue a thread." },
        Field { name: "labels", shape: Shape::List, about: "Labels of a new issue." },
        Field { name: "api", shape: Shape::Text, about: "Another address of the API." },
    ],
    needs: &[&["token", "repository"]],
    once: Once::Found,
    once_because: "Each body holds a hidden mark with its key, which is looked for.",
    threads: true,
    open,
};

#[derive(Debug, Clone)]
pub(super) struct Issues {
    service: Service,
    owner: String,
    name: String,
    issue: Option<u64>,
    labels: Vec<String>,
}

fn open(settings: &Settings) -> Result<Channel, Wrong> {
    let repository = settings.needed_text("repository")?;
    let parts = repository.split_once('/').filter(|(owner, name)| !owner.is_empty() && !name.is_empty());
    let parts = parts.filter(|(_, name)| !name.contains('/'));
    let (owner, name) = parts.ok_or_else(|| Wrong::new("repository", "write owner/name"))?;
    let number = |text: &str| text.parse().map_err(|_| Wrong::new("issue", "write its number"));
    let issues = Issues {
        service: Service::api("api", settings.text("api").unwrap_or(BASE), "Bearer", settings.needed_secret("token")?)?,
        owner: owner.to_owned(),
        name: name.to_owned(),
        issue: settings.text("issue").map(number).transpose()?,
        labels: settings.list("labels"),
    };
    Ok(Channel(super::Service::GitHub(issues)))
}

impl Issues {
    pub(super) async fn send(&self, message: &Message, before: Option<&Value>) -> Result<Sent, Failure> {
        let Some(issue) = self.issue_of(before) else {
            let body =
                json!({ "title": cut(&message.title(), TITLE), "body": body(message, false), "labels": self.labels });
            let answer = self.ask(Method::POST, "an issue", &[], &[], Some(&body)).await?;
            let number = answer["number"].as_u64();
            let number = number.ok_or_else(|| Failure::unreadable("an issue of GitHub", "it has no number"))?;
            return Ok(sent(number, number, false));
        };
        let path = issue.to_string();
        if message.phase == Phase::End && self.issue.is_none() {
            // First, since it can be done twice: what is posted last is what is looked for.
            let closed = json!({ "state": "closed", "state_reason": "completed" });
            let closed = self.ask(Method::PATCH, "an issue", &[&path], &[], Some(&closed)).await;
            closed.map_err(|failure| Failure { may_have_arrived: false, ..failure })?;
        }
        let body = json!({ "body": body(message, true) });
        let answer = self.ask(Method::POST, "a comment", &[&path, "comments"], &[], Some(&body)).await?;
        let id = answer["id"].as_u64().ok_or_else(|| Failure::unreadable("a comment of GitHub", "it has no id"))?;
        Ok(sent(id, issue, false))
    }

    pub(super) async fn find(&self, message: &Message, before: Option<&Value>) -> Result<Option<Sent>, Failure> {
        let since = message.at.as_second() - BACK;
        let since = jiff::Timestamp::from_second(since).unwrap_or_default().to_string();
        let issue = self.issue_of(before);
        let path = issue.map(|issue| issue.to_string());
        let path: Vec<&str> = path.iter().flat_map(|issue| [issue.as_str(), "comments"]).collect();
        for page in 1..=PAGES {
            let page = page.to_string();
            let mut query = vec![("since", since.as_str()), ("per_page", "100"), ("page", page.as_str())];
            if issue.is_none() {
                query.extend([("state", "all"), ("sort", "created"), ("direction", "desc")]);
            }
            let list = self.ask(Method::GET, "what was posted", &path, &query, None).await?;
            let all = list.as_array().map(Vec::as_slice).unwrap_or_default();
            // Whoever quotes a message does not begin with its mark.
            let ours = all.iter().find(|one| at(one, "/body").is_some_and(|body| body.starts_with(&mark(message))));
            if let Some(one) = ours {
                let id = if issue.is_some() { one["id"].as_u64() } else { one["number"].as_u64() };
                return Ok(id.map(|id| sent(id, issue.unwrap_or(id), true)));
            }
            if all.len() < 100 {
                break;
            }
        }
        Ok(None)
    }

    fn issue_of(&self, before: Option<&Value>) -> Option<u64> {
        self.issue.or_else(|| before?.get("issue")?.as_u64())
    }

    async fn ask(
        &self,
        method: Method,
        what: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let path = [&["repos", &self.owner, &self.name, "issues"], path].concat();
        let body = body.map(Value::to_string);
        let headers = [("X-GitHub-Api-Version", "2022-11-28")];
        self.service.ask(Request { what, method, path: &path, query, headers: &headers, body }).await
    }
}

fn sent(id: u64, issue: u64, known: bool) -> Sent {
    Sent { id: id.to_string(), known, state: json!({ "issue": issue }) }
}

/// What no reader sees: the digest holds no sign that ends it.
fn mark(message: &Message) -> String {
    format!("<!-- backout message {} -->", digest(&[&message.key]))
}

/// A comment has no title of its own, so it begins with one.
pub(super) fn body(message: &Message, with_title: bool) -> String {
    let mark = mark(message);
    let mut lines = message.all_lines();
    if with_title {
        lines.insert(0, Line { form: super::text::Form::Heading, pieces: vec![Piece::plain(message.title())] });
    }
    let whole = |lines: &[Line]| format!("{mark}\n{}", render(lines, Dialect::GitHub));
    let lines = fit(lines, BODY, &message.cut_note("GitHub"), &|lines| units(&whole(lines)));
    whole(&lines)
}
