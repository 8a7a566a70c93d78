//! One request, and what its answer must be.
//!
//! Must not know: whose service it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Errand, Trouble, secrets};
use crate::Env;
use crate::mistake::Mistake;

/// How much of an answer is kept.
const KEPT: usize = 64 * 1024;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    #[serde(default = "get")]
    pub method: String,
    /// `env:NAME` is looked up.
    pub url: String,
    /// Values may be `env:NAME`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub auth: Option<Auth>,
    #[serde(default)]
    pub body: Option<Value>,
    /// Any of these.
    #[serde(default = "ok")]
    pub expect_status: Vec<u16>,
    /// Places in the answer, as JSON pointers, and what must stand there.
    #[serde(default)]
    expect_json: BTreeMap<String, Value>,
    /// Headers of the answer and their values.
    #[serde(default)]
    expect_headers: BTreeMap<String, String>,
    /// It may be sent again when nobody knows whether it arrived.
    #[serde(default)]
    pub repeatable: bool,
}

/// Who asks. Values may be `env:NAME`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Auth {
    Bearer(String),
    Basic { user: String, password: String },
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    /// Its body, as far as it is kept.
    pub fn text(&self) -> &str {
        &self.body
    }
}

const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/// What can't be an address; `env:NAME` is looked up, and what is there is not repeated.
pub(crate) fn address(env: &Env, path: &[&str], text: &str) -> Option<Mistake> {
    if let Some(unset) = secrets::unset(env, path, text) {
        return Some(unset);
    }
    let resolved = secrets::resolved(env, text).ok()?;
    let is_web = |url: &reqwest::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let why = match reqwest::Url::parse(&resolved) {
        Ok(url) if is_web(&url) => return None,
        Ok(_) => "it begins with http:// or https://".to_owned(),
        Err(error) => error.to_string(),
    };
    Some(Mistake::plan(Flaw::at(path, format!("{text:?} is no address: {why}")).value(text)))
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> Vec<u16> {
    vec![200]
}

impl Http {
    /// Asks for a document, and takes any answer for one.
    pub fn get(url: &str, headers: BTreeMap<String, String>, auth: Option<Auth>) -> Self {
        Self { method: "GET".to_owned(), headers, auth, body: None, ..Self::post(url, Value::Null) }
    }

    /// Sends a document, and takes any answer that says it arrived.
    pub fn post(url: &str, body: Value) -> Self {
        Self {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: BTreeMap::new(),
            auth: None,
            body: Some(body),
            expect_status: vec![200, 201, 202, 204],
            expect_json: BTreeMap::new(),
            expect_headers: BTreeMap::new(),
            repeatable: true,
        }
    }

    pub fn only_reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// As it is sent, a line each, without the values of secrets.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.line()];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.extend(self.auth.iter().map(|auth| match auth {
            Auth::Bearer(token) => format!("Authorization: Bearer {token}"),
            Auth::Basic { user, .. } => format!("Authorization: Basic, as {user}"),
        }));
        lines.extend(self.body.iter().map(Value::to_string));
        lines
    }

    /// Method and address.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.url)
    }

    /// What the answer must be, for whoever reads what a check asks.
    pub fn expected(&self) -> String {
        let mut said = self.expect_status.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        for (place, value) in &self.expect_json {
            let _ = write!(said, ", {place} = {value}");
        }
        for (name, value) in &self.expect_headers {
            let _ = write!(said, ", {name}: {value}");
        }
        said
    }

    /// What of it can never be sent or judged.
    pub(crate) fn mistakes(&self, env: &Env) -> Vec<Mistake> {
        let mut found: Vec<Mistake> = address(env, &["url"], &self.url).into_iter().collect();
        if self.method.parse::<reqwest::Method>().is_err() {
            let flaw = Flaw::at(&["method"], format!("there is no method {:?}", self.method)).value(&self.method);
            found.push(Mistake::plan(flaw.meant(&self.method.to_uppercase(), METHODS)));
        }
        found.extend(secrets::unset_among(env, &["headers"], &self.headers));
        let names = self.headers.keys().map(|name| ("headers", name));
        for (key, name) in names.chain(self.expect_headers.keys().map(|name| ("expect_headers", name))) {
            if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
                found.push(Mistake::plan(Flaw::at(&[key, name], format!("{name:?} is no name of a header"))));
            }
        }
        found.extend(match &self.auth {
            None => None,
            Some(Auth::Bearer(token)) => secrets::unset(env, &["auth", "bearer"], token),
            Some(Auth::Basic { user, password }) => secrets::unset(env, &["auth", "basic", "user"], user)
                .or_else(|| secrets::unset(env, &["auth", "basic", "password"], password)),
        });
        found.extend(self.body.as_ref().and_then(Value::as_str).and_then(|text| secrets::unset(env, &["body"], text)));
        if self.expect_status.is_empty() {
            found.push(Mistake::plan(Flaw::at(&["expect_status"], "no status is expected, so none will do")));
        }
        for place in self.expect_json.keys().filter(|place| !place.is_empty() && !place.starts_with('/')) {
            let flaw = Flaw::at(&["expect_json", place], format!("{place:?} is no JSON pointer")).value(place);
            found.push(Mistake::plan(Flaw { suggestion: Some(format!("/{}", place.replace('.', "/"))), ..flaw }));
        }
        found
    }

    /// Something that sends requests, and keeps its connections.
    ///
    /// # Errors
    /// Where this machine has no certificate authorities.
    pub fn client(errand: &Errand<'_>) -> Result<reqwest::Client, Trouble> {
        // Whoever came first has installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .timeout(errand.left())
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Trouble::new(chain(&error), false))
    }

    /// Sends it, and says whether the answer is as expected.
    ///
    /// # Errors
    /// Where no answer comes, or another one.
    pub async fn ask(&self, errand: &Errand<'_>) -> Result<Value, Trouble> {
        self.judge(&self.send_by(&Self::client(errand)?, errand).await?)
    }

    /// Sends it.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn send_by(&self, client: &reqwest::Client, errand: &Errand<'_>) -> Result<Answer, Trouble> {
        let resolved = |text: &str| secrets::resolved(errand.env, text);
        let method = self.method.parse().map_err(|_| Trouble::new(format!("no method {:?}", self.method), false))?;
        let mut request = client.request(method, resolved(&self.url)?);
        for (name, value) in &self.headers {
            request = request.header(name, resolved(value)?);
        }
        request = match &self.auth {
            None => request,
            Some(Auth::Bearer(token)) => request.bearer_auth(resolved(token)?),
            Some(Auth::Basic { user, password }) => request.basic_auth(resolved(user)?, Some(resolved(password)?)),
        };
        if let Some(mark) = &errand.mark {
            // Who knows it sends what is the same only once.
            request = request.header("Idempotency-Key", mark);
        }
        if let Some(body) = &self.body {
            let body = match body {
                Value::String(text) => resolved(text)?,
                other => {
                    request = request.header("Content-Type", "application/json");
                    other.to_string()
                }
            };
            request = request.body(body);
        }
        let failed = |error: reqwest::Error| Trouble::new(chain(&error.without_url()), true);
        let mut answer = request.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let headers: BTreeMap<String, String> = (answer.headers().iter())
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            body.extend_from_slice(&piece[..piece.len().min(KEPT - body.len())]);
            if body.len() == KEPT {
                break;
            }
        }
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Whether an answer is as expected.
    ///
    /// # Errors
    /// What is otherwise.
    pub fn judge(&self, answer: &Answer) -> Result<Value, Trouble> {
        let Answer { status, headers, body } = answer;
        let facts = json!({ "status": status, "body": body });
        let wrong = |why: String| Err(Trouble { why, again: true, facts: facts.clone() });
        if !self.expect_status.contains(status) {
            let expected: Vec<String> = self.expect_status.iter().map(u16::to_string).collect();
            return wrong(format!("the answer is {status}, and {} was expected", expected.join(" or ")));
        }
        for (name, expected) in &self.expect_headers {
            if headers.get(&name.to_ascii_lowercase()) != Some(expected) {
                return wrong(format!("the header {name} is not {expected:?}"));
            }
        }
        if !self.expect_json.is_empty() {
            let Ok(document) = serde_json::from_str::<Value>(body) else {
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
