//! One request to a service that carries messages, and what its failure means: whether to try again and when, and whether
//! it may have arrived all the same.
//!
//! It waits for nobody: whoever keeps messages knows when the next attempt is.
//!
//! Must not know: which service it is, or what is said.

use std::time::Duration;

use backout_plan::Secret;
use backout_plan::secret::REDACTED;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::{Failure, Wrong};
use crate::ServiceError;
use crate::client::{chain, http, is_here, patience, said};

/// How much of an answer is read.
const READ: usize = 8 * 1024 * 1024;
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(30);

/// Where requests go, and with what.
#[derive(Clone)]
pub(super) struct Service {
    http: reqwest::Client,
    base: Url,
    authorization: Option<HeaderValue>,
    /// What no error repeats.
    hidden: Vec<Secret>,
}

/// An address may be a secret by itself.
impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("host", &self.base.host_str()).finish_non_exhaustive()
    }
}

/// What is asked, in words that hold no secret.
pub(super) struct Request<'r> {
    pub(super) what: &'static str,
    pub(super) method: Method,
    /// Encoded here.
    pub(super) path: &'r [&'r str],
    pub(super) query: &'r [(&'r str, &'r str)],
    pub(super) headers: &'r [(&'r str, &'r str)],
    pub(super) body: Option<String>,
}

impl<'r> Request<'r> {
    pub(super) fn get(what: &'static str, path: &'r [&'r str], query: &'r [(&'r str, &'r str)]) -> Self {
        Self { what, method: Method::GET, path, query, headers: &[], body: None }
    }

    pub(super) fn post(what: &'static str, path: &'r [&'r str], body: &Value) -> Self {
        Self { what, method: Method::POST, path, query: &[], headers: &[], body: Some(body.to_string()) }
    }

    pub(super) fn patch(what: &'static str, path: &'r [&'r str], body: &Value) -> Self {
        Self { method: Method::PATCH, ..Self::post(what, path, body) }
    }
}

impl Service {
    /// A service that takes a token, as `Bearer` or behind another word.
    ///
    /// # Errors
    /// Where the address is no https address, or http of another machine.
    pub(super) fn api(field: &'static str, base: &str, word: &str, token: &Secret) -> Result<Self, Wrong> {
        let mut authorization = HeaderValue::from_str(&format!("{word} {}", token.expose()))
            .map_err(|_| Wrong::new("token", "the token holds what no header can"))?;
        authorization.set_sensitive(true);
        let service = Self::at(field, base)?;
        Ok(Self { authorization: Some(authorization), hidden: vec![token.clone()], ..service })
    }

    /// A service whose address is the secret.
    ///
    /// # Errors
    /// As [`Service::api`]. The address is in no error.
    pub(super) fn hook(field: &'static str, url: &Secret) -> Result<Self, Wrong> {
        let service = Self::at(field, url.expose().trim())?;
        let mut hidden = vec![url.clone(), Secret::from(service.base.as_str())];
        // A part of it opens the door as well.
        let parts = service.base.path_segments().into_iter().flatten().filter(|part| part.len() > 7);
        hidden.extend(parts.map(Secret::from));
        hidden.extend(service.base.query().map(Secret::from));
        Ok(Self { hidden, ..service })
    }

    /// Without a token: it is in the body.
    pub(super) fn open(field: &'static str, base: &str, secret: &Secret) -> Result<Self, Wrong> {
        Ok(Self { hidden: vec![secret.clone()], ..Self::at(field, base)? })
    }

    fn at(field: &'static str, base: &str) -> Result<Self, Wrong> {
        let url: Url = base.parse().map_err(|_| Wrong::new(field, "it is no address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Wrong::new(field, "an address holds no password"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_here(&url) => {}
            _ => return Err(Wrong::new(field, "messages are sent over https alone")),
        }
        let http = http().map_err(|error| Wrong::new(field, &chain(&error)))?;
        Ok(Self { http, base: url, authorization: None, hidden: Vec::new() })
    }

    /// The answer, `Null` where it is no JSON: some say only "ok".
    pub(super) async fn ask(&self, request: Request<'_>) -> Result<Value, Failure> {
        let what = format!("{}: {} {}", request.what, request.method, self.base.host_str().unwrap_or_default());
        let mut url = self.base.clone();
        if !request.path.is_empty() {
            let wrong =
                |()| Failure::never(ServiceError::Address { base: REDACTED.into(), said: "it has no path".into() });
            url.path_segments_mut().map_err(wrong)?.pop_if_empty().extend(request.path);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        let mut asked = self.http.request(request.method, url).timeout(REQUEST).header("Accept", "application/json");
        if let Some(authorization) = &self.authorization {
            asked = asked.header(AUTHORIZATION, authorization.clone());
        }
        for (name, value) in request.headers {
            asked = asked.header(*name, *value);
        }
        if let Some(body) = request.body {
            asked = asked.header("Content-Type", "application/json").body(body);
        }
        let lost = |error: reqwest::Error| {
            let (is_connect, is_wrong) = (error.is_connect(), error.is_builder());
            let said = self.without_secrets(&chain(&error.without_url()));
            let error = ServiceError::Unreachable { what: what.clone(), said };
            Failure { may_have_arrived: !is_connect && !is_wrong, ..Failure::of(error, Some(Duration::ZERO)) }
        };
        let mut answer = asked.send().await.map_err(lost)?;
        let (status, wait) = (answer.status(), patience(answer.status(), answer.headers(), Timestamp::now()));
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(lost)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > READ {
                let error = ServiceError::Unreadable { what, said: format!("it is longer than {READ} bytes") };
                return Err(Failure { may_have_arrived: true, ..Failure::never(error) });
            }
        }
        tracing::debug!(what, status = status.as_u16(), "told");
        let parsed = serde_json::from_slice::<Value>(&bytes);
        if status.is_success() {
            return Ok(parsed.unwrap_or(Value::Null));
        }
        let said = parsed.ok().and_then(|document| said(&document)).unwrap_or_default();
        Err(refused(what, status, wait, &self.without_secrets(&said)))
    }

    /// Some services repeat what they were sent.
    fn without_secrets(&self, text: &str) -> String {
        let hidden = self.hidden.iter().filter(|secret| !secret.is_empty());
        hidden.fold(text.to_owned(), |text, secret| text.replace(secret.expose(), REDACTED))
    }
}

/// What a status means: 408, 420, 429 and what asks for patience were not taken, 5xx may have been.
fn refused(what: String, status: StatusCode, wait: Option<Duration>, said: &str) -> Failure {
    let said = if said.is_empty() { String::new() } else { format!(" {said}") };
    let again = match status.as_u16() {
        420 => Some(wait.unwrap_or(Duration::from_secs(1))),
        408 | 429 | 500.. => Some(wait.unwrap_or_default()),
        _ => wait,
    };
    let error = match status.as_u16() {
        401 | 403 if again.is_none() => ServiceError::Token { what, status: status.as_u16(), said },
        _ => ServiceError::Status { what, status: status.as_u16(), said },
    };
    Failure { may_have_arrived: status.as_u16() >= 500, ..Failure::of(error, again) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_say_whether_to_try_again() {
        let check = |status: u16, wait: Option<u64>, again: Option<u64>, may_have_arrived: bool| {
            let status = StatusCode::from_u16(status).unwrap();
            let failure = refused("x".to_owned(), status, wait.map(Duration::from_secs), "no");
            assert_eq!(failure.again.map(|wait| wait.as_secs()), again, "{status}");
            assert_eq!(failure.may_have_arrived, may_have_arrived, "{status}");
        };
        check(400, None, None, false);
        check(401, None, None, false);
        check(403, None, None, false);
        check(403, Some(60), Some(60), false);
        check(404, None, None, false);
        check(408, None, Some(0), false);
        check(420, None, Some(1), false);
        check(422, None, None, false);
        check(429, Some(7), Some(7), false);
        check(302, None, None, false);
        check(500, None, Some(0), true);
        check(503, Some(9), Some(9), true);
    }

    #[test]
    fn addresses_are_https_and_in_no_error() {
        for url in [
            "http://hooks.example.com/T0/S3cr3tPath",
            "S3cr3tPath",
            "https://u:S3cr3tPath@example.com",
            "ftp://127.0.0.1/S3cr3tPath",
        ] {
            let wrong = Service::hook("url", &Secret::from(url)).unwrap_err();
            assert!(!format!("{wrong} {wrong:?}").contains("S3cr3tPath"), "{wrong}");
        }
        let hook = Service::hook("url", &Secret::from("https://hooks.example.com/T0/S3cr3tPath?sig=Other")).unwrap();
        assert!(!format!("{hook:?}").contains("S3cr3t"));
        assert_eq!(
            hook.without_secrets("no /T0/S3cr3tPath, S3cr3tPath or sig=Other"),
            "no /T0/[redacted], [redacted] or [redacted]"
        );
        let api = Service::api("api", "https://api.example.com", "Bearer", &Secret::from("t0ken")).unwrap();
        assert!(!format!("{api:?}").contains("t0ken"));
        assert!(Service::api("api", "https://api.example.com", "Bearer", &Secret::from("a\nb")).is_err());
        assert!(Service::hook("url", &Secret::from("http://127.0.0.1:9/x")).is_ok());
    }
}
