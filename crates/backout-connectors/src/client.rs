//! One way of asking a service: TLS, a token that goes to that service alone, a deadline, an answer of a limited size,
//! and patience where the service asks for it.
//!
//! Must not know: which service it is.

use std::time::Duration;

use backout_plan::Secret;
use backout_plan::secret::REDACTED;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;
use thiserror::Error;

use crate::Result;

/// How much of an answer is read; more than this is no answer that we know.
const READ: usize = 16 * 1024 * 1024;
/// How much of what a service says of an error is repeated.
const SAID: usize = 300;
/// One request; the deadline may be nearer.
const REQUEST: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// How long is waited where a service asks for patience and does not say how much.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Error)]
pub enum ServiceError {
    #[error("{base} is no address of a service: {said}")]
    Address { base: String, said: String },
    #[error("{what}: the token was not accepted ({status}){said}")]
    Token { what: String, status: u16, said: String },
    #[error("{what}: {status}{said}")]
    Status { what: String, status: u16, said: String },
    #[error("{what}: the service asks to wait for {} s, which is longer than there is time", .wait.as_secs())]
    Limited { what: String, wait: Duration },
    #[error("{what}: {said}")]
    Unreachable { what: String, said: String },
    #[error("{what}: the answer is not what was expected: {said}")]
    Unreadable { what: String, said: String },
}

impl ServiceError {
    /// Another attempt may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Limited { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 408 || *status == 409,
            Self::Address { .. } | Self::Token { .. } | Self::Unreadable { .. } => false,
        }
    }

    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Token { status, .. } | Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Asks one service, with one token, until a deadline.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Secret,
    accept: &'static str,
    deadline: Timestamp,
}

impl Client {
    /// # Errors
    /// [`ServiceError::Address`] where the base is no https address; http is for this machine alone, since a token goes
    /// there.
    pub fn new(base: &str, token: Secret, accept: &'static str, deadline: Timestamp) -> Result<Self> {
        let wrong = |said: &str| ServiceError::Address { base: base.to_owned(), said: said.to_owned() };
        let url: Url = base.parse().map_err(|_| wrong("it cannot be read"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ServiceError::Address { base: REDACTED.to_owned(), said: "it holds a password".to_owned() });
        }
        match url.scheme() {
            "https" => {}
            "http" if is_here(&url) => {}
            _ => return Err(wrong("tokens are sent over https alone")),
        }
        let http = http().map_err(|error| wrong(&chain(&error)))?;
        Ok(Self { http, base: url, token, accept, deadline })
    }

    /// What is left of the time.
    pub fn left(&self) -> Duration {
        Duration::try_from(self.deadline.duration_since(Timestamp::now())).unwrap_or_default()
    }

    /// Whether a wait of this length still ends before the deadline.
    pub fn has_time_for(&self, wait: Duration) -> bool {
        self.left() > wait
    }

    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value> {
        self.call(Method::GET, path, query, None).await
    }

    pub async fn post(&self, path: &[&str], query: &[(&str, &str)], body: &Value) -> Result<Value> {
        self.call(Method::POST, path, query, Some(body)).await
    }

    pub async fn patch(&self, path: &[&str], query: &[(&str, &str)], body: &Value) -> Result<Value> {
        self.call(Method::PATCH, path, query, Some(body)).await
    }

    pub async fn delete(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value> {
        self.call(Method::DELETE, path, query, None).await
    }

    /// Sends it, and once more for as long as the service says that it took nothing and asks for patience. Parts of the
    /// path are encoded here.
    async fn call(&self, method: Method, path: &[&str], query: &[(&str, &str)], body: Option<&Value>) -> Result<Value> {
        let url = self.url(path, query)?;
        let what = format!("{method} {}", url.path());
        loop {
            let left = self.left();
            if left.is_zero() {
                return Err(ServiceError::Unreachable { what, said: "there is no time left".to_owned() });
            }
            let mut request = self.http.request(method.clone(), url.clone()).timeout(left.min(REQUEST));
            request = request.bearer_auth(self.token.expose()).header("Accept", self.accept);
            if let Some(body) = body {
                request = request.header("Content-Type", "application/json").body(body.to_string());
            }
            let unreachable = |error: reqwest::Error| {
                let said = self.without_token(&chain(&error.without_url()));
                ServiceError::Unreachable { what: what.clone(), said }
            };
            let mut answer = request.send().await.map_err(unreachable)?;
            let (status, wait) = (answer.status(), patience(answer.status(), answer.headers(), Timestamp::now()));
            let mut bytes = Vec::new();
            while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > READ {
                    let said = format!("it is longer than {READ} bytes");
                    return Err(ServiceError::Unreadable { what, said });
                }
            }
            tracing::debug!(what, status = status.as_u16(), "asked");
            if let Some(wait) = wait {
                if !self.has_time_for(wait) {
                    return Err(ServiceError::Limited { what, wait });
                }
                tokio::time::sleep(wait).await;
                continue;
            }
            return self.answer(what, status, &bytes);
        }
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let mut url = self.base.clone();
        let wrong = |()| ServiceError::Address { base: self.base.to_string(), said: "it has no path".to_owned() };
        url.path_segments_mut().map_err(wrong)?.pop_if_empty().extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    fn answer(&self, what: String, status: StatusCode, bytes: &[u8]) -> Result<Value> {
        let parsed = serde_json::from_slice::<Value>(bytes);
        if status.is_success() {
            if bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Value::Null);
            }
            return parsed.map_err(|error| ServiceError::Unreadable { what, said: error.to_string() });
        }
        let said = parsed.ok().and_then(|document| said(&document)).unwrap_or_default();
        let said = self.without_token(&said);
        let said = if said.is_empty() { said } else { format!(" {said}") };
        let status = status.as_u16();
        Err(match status {
            401 | 403 => ServiceError::Token { what, status, said },
            _ => ServiceError::Status { what, status, said },
        })
    }

    /// Some services repeat what they were sent.
    fn without_token(&self, text: &str) -> String {
        match self.token.is_empty() {
            true => text.to_owned(),
            false => text.replace(self.token.expose(), REDACTED),
        }
    }
}

/// What all services are asked with.
pub(crate) fn http() -> reqwest::Result<reqwest::Client> {
    // Whoever came first has installed the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        // Nobody else is shown the token.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .user_agent(concat!("backout/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Whether a service is on this machine.
pub(crate) fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// What an error's document says: `{"error":{"code","message"}}` or `{"message"}`. Never values that were sent.
pub(crate) fn said(document: &Value) -> Option<String> {
    let error = document.get("error").filter(|error| error.is_object()).unwrap_or(document);
    let parts = ["code", "message"].iter().filter_map(|key| error.get(key)?.as_str());
    let said: String = parts.collect::<Vec<_>>().join(": ").chars().filter(|c| !c.is_control()).take(SAID).collect();
    (!said.is_empty()).then_some(said)
}

/// How long a service asks to wait before the same is sent again. It says so only of what it did not take.
pub(crate) fn patience(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let until = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or_default();
    let seconds = |text: &str| text.trim().parse::<u32>().ok().map(|seconds| Duration::from_secs(seconds.into()));
    let date = |text: &str| jiff::fmt::rfc2822::parse(text.trim()).ok().map(|at| until(at.timestamp()));
    let asked = text("retry-after").and_then(|text| seconds(text).or_else(|| date(text)));
    let is_spent = text("x-ratelimit-remaining") == Some("0");
    let reset = text("x-ratelimit-reset")
        .and_then(|text| text.parse().ok())
        .and_then(|at| Timestamp::from_second(at).ok())
        .map(until)
        .filter(|_| is_spent);
    match status.as_u16() {
        429 => Some(asked.or(reset).unwrap_or(PATIENCE).max(Duration::from_millis(50))),
        // GitHub says so with 403, some say it with 503.
        403 => asked.or(reset),
        503 => asked,
        _ => None,
    }
}

/// An error with its causes: reqwest's own text stops at the first.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        said = format!("{said}: {source}");
        next = source.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base: &str) -> Result<Client> {
        Client::new(base, Secret::from("t0ken-of-mine"), "application/json", Timestamp::MAX)
    }

    #[test]
    fn a_token_goes_to_https_alone_and_is_shown_nowhere() {
        assert!(client("https://api.example.com").is_ok());
        assert!(client("http://127.0.0.1:80/sub").is_ok());
        for base in ["http://api.example.com", "ftp://127.0.0.1", "nonsense", "https://u:pa55@api.example.com"] {
            let error = client(base).err().map(|error| error.to_string());
            assert!(error.as_ref().is_some_and(|said| !said.contains("pa55")), "{base}: {error:?}");
        }
        let client = client("https://api.example.com").unwrap();
        assert!(!format!("{client:?}").contains("t0ken"));
        let echoed = br#"{"error":{"code":"forbidden","message":"t0ken-of-mine is not known"}}"#;
        let refused = client.answer("GET /x".to_owned(), StatusCode::FORBIDDEN, echoed).unwrap_err();
        assert_eq!(refused.to_string(), "GET /x: the token was not accepted (403) forbidden: [redacted] is not known");
    }

    #[test]
    fn parts_of_a_path_stay_parts() {
        let client = client("http://127.0.0.1:80/sub/").unwrap();
        let url = client.url(&["v1", "a/b?c"], &[("meta-x", "r&s")]).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1/sub/v1/a%2Fb%3Fc?meta-x=r%26s");
    }

    #[test]
    fn patience_is_what_the_service_asks_for() {
        let now = Timestamp::from_second(1_445_412_470).unwrap();
        let check = |status: u16, headers: &[(&'static str, &str)], expected: Option<u64>| {
            let map = headers.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect();
            let found = patience(StatusCode::from_u16(status).unwrap(), &map, now);
            assert_eq!(found.map(|wait| wait.as_secs()), expected, "{status} {headers:?}");
        };
        check(429, &[("retry-after", "7")], Some(7));
        check(429, &[], Some(1));
        check(429, &[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], Some(10));
        check(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1445412475")], Some(5));
        check(403, &[("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "1445412475")], None);
        check(500, &[("retry-after", "7")], None);
        check(200, &[], None);
    }
}
