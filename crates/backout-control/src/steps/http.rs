//! Sends one request.
//!
//! Must not know: whose service it is.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble, secrets};
use crate::Result;

/// How much of an answer is kept.
const KEPT: usize = 64 * 1024;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Http {
    #[serde(default = "get")]
    method: String,
    /// `env:NAME` is looked up.
    url: String,
    /// Values may be `env:NAME`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    /// Any of these.
    #[serde(default = "ok")]
    pub(super) expect_status: Vec<u16>,
    /// Places in the answer, as JSON pointers, and what must stand there.
    #[serde(default)]
    expect_json: BTreeMap<String, Value>,
    /// Headers of the answer and their values.
    #[serde(default)]
    expect_headers: BTreeMap<String, String>,
    /// It may be sent again when nobody knows whether it arrived.
    #[serde(default)]
    repeatable: bool,
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> Vec<u16> {
    vec![200]
}

impl Http {
    /// Sends a document, and takes any answer that says it arrived.
    pub(super) fn post(url: &str, body: Value) -> Self {
        Self {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: BTreeMap::new(),
            body: Some(body),
            expect_status: vec![200, 201, 202, 204],
            expect_json: BTreeMap::new(),
            expect_headers: BTreeMap::new(),
            repeatable: true,
        }
    }

    fn only_reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Sends it, and says whether the answer is as expected.
    pub(super) async fn send(&self, context: &Context<'_>) -> std::result::Result<Value, Trouble> {
        let url = secrets::resolved(context.env, &self.url)?;
        let method = self.method.parse().map_err(|_| Trouble::new(format!("no method {:?}", self.method), false))?;
        // Whoever came first has installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(context.left())
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Trouble::new(chain(&error), false))?;
        let mut request = client.request(method, url);
        for (name, value) in &self.headers {
            request = request.header(name, secrets::resolved(context.env, value)?);
        }
        // Who knows it sends what is the same only once.
        request = request.header("Idempotency-Key", context.mark());
        if let Some(body) = &self.body {
            let body = match body {
                Value::String(text) => secrets::resolved(context.env, text)?,
                other => {
                    request = request.header("Content-Type", "application/json");
                    other.to_string()
                }
            };
            request = request.body(body);
        }
        let mut answer = request.send().await.map_err(|error| Trouble::new(chain(&error.without_url()), true))?;
        let status = answer.status().as_u16();
        let headers: BTreeMap<String, String> = (answer.headers().iter())
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| Trouble::new(chain(&error.without_url()), true))? {
            body.extend_from_slice(&piece[..piece.len().min(KEPT - body.len())]);
            if body.len() == KEPT {
                break;
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        let facts = json!({ "status": status, "body": body });
        let wrong = |why: String| Err(Trouble { why, again: true, facts: facts.clone() });
        if !self.expect_status.contains(&status) {
            let expected: Vec<String> = self.expect_status.iter().map(u16::to_string).collect();
            return wrong(format!("the answer is {status}, and {} was expected", expected.join(" or ")));
        }
        for (name, expected) in &self.expect_headers {
            if headers.get(&name.to_ascii_lowercase()) != Some(expected) {
                return wrong(format!("the header {name} is not {expected:?}"));
            }
        }
        if !self.expect_json.is_empty() {
            let Ok(document) = serde_json::from_str::<Value>(&body) else {
                return wrong("the answer is not JSON".to_owned());
            };
            for (place, expected) in &self.expect_json {
                if document.pointer(place) != Some(expected) {
                    let found = document.pointer(place).map_or("nothing".to_owned(), Value::to_string);
                    return wrong(format!("{place} is {found}, and {expected} was expected"));
                }
            }
        }
        Ok(facts)
    }
}

/// An error with its causes: reqwest's own text stops at the first.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        said = format!("{said}: {source}");
        next = source.source();
    }
    said
}

impl Kind for Http {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let mut lines = vec![format!("{} {}", self.method, self.url)];
            lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
            lines.extend(self.body.iter().map(Value::to_string));
            Ok(lines)
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(self.send(context))
    }

    fn settle<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            if self.only_reads() || self.repeatable {
                return Ok(Settled::NotBegun);
            }
            let why = "whether the request arrived is not known, and it may not be sent twice";
            Ok(Settled::Failed(Trouble::new(why, false)))
        })
    }
}
