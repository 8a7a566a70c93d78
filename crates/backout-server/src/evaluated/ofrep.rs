//! OpenFeature's remote evaluation protocol (OFREP): one flag, or all of them, for a context.
//!
//! Must not know: where flags come from.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{self, HeaderMap};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use backout_flags::{ErrorCode, Evaluation, Reason};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::answer::{Refused, document};
use crate::app::App;
use crate::body;
use crate::entry::Near;
use crate::metrics::count;

/// How often a client should ask where it cannot listen.
const POLL_MS: u64 = 1000;

/// A flag's answer, as the protocol has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    key: &'a str,
    /// Without one, what the application's code says holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    #[serde(skip_serializing_if = "is_empty")]
    metadata: Option<&'a Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<&'a str>,
}

fn is_empty(metadata: &Option<&Map<String, Value>>) -> bool {
    metadata.is_none_or(Map::is_empty)
}

impl<'a> Answer<'a> {
    fn of(key: &'a str, found: &'a Evaluation) -> Self {
        let is_error = found.error_code.is_some();
        Self {
            key,
            value: found.value.as_deref(),
            reason: (!is_error).then_some(found.reason),
            variant: found.variant.as_deref(),
            metadata: Some(&found.flag_metadata),
            error_code: found.error_code,
            error_details: found.error_message.as_deref(),
        }
    }
}

/// The answers of all flags, and what holds for the whole set.
#[derive(Serialize)]
struct Answers<'a> {
    flags: Vec<Answer<'a>>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: &'a Map<String, Value>,
}

/// What a client sends cannot be used.
enum Wrong {
    Refused(Refused),
    Code(StatusCode, &'static str, String),
}

impl Wrong {
    fn answer(self, key: Option<&str>) -> Response {
        match self {
            Self::Refused(refused) => refused.into_response(),
            Self::Code(status, code, said) => {
                let mut shown = json!({ "errorCode": code, "errorDetails": said });
                if let Some(key) = key {
                    shown["key"] = json!(key);
                }
                document(status, &shown)
            }
        }
    }
}

/// The context of a request. Without one it is empty.
async fn context(headers: &HeaderMap, body: Body) -> Result<Value, Wrong> {
    let bytes = body::read(headers, body, body::CAP).await.map_err(Wrong::Refused)?;
    let bad = |code, said: &str| Err(Wrong::Code(StatusCode::BAD_REQUEST, code, said.to_owned()));
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    let Ok(Value::Object(mut request)) = serde_json::from_slice(&bytes) else {
        return bad("PARSE_ERROR", "the body is no JSON document with a context");
    };
    match request.remove("context") {
        None | Some(Value::Null) => Ok(json!({})),
        Some(context @ Value::Object(_)) => Ok(context),
        Some(_) => bad("INVALID_CONTEXT", "the context is no object"),
    }
}

fn not_there() -> Wrong {
    let said = "no flags are loaded".to_owned();
    Wrong::Code(StatusCode::SERVICE_UNAVAILABLE, "PROVIDER_NOT_READY", said)
}

fn seconds() -> i64 {
    Timestamp::now().as_second()
}

pub(super) async fn one(
    _: Near,
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let context = match context(&headers, body).await {
        Ok(context) => context,
        Err(wrong) => return wrong.answer(Some(&key)),
    };
    let Some(loaded) = app.flags.now() else { return not_there().answer(Some(&key)) };
    count(&app.metrics.evaluations);
    let found = loaded.definitions.evaluate(&key, &context, seconds());
    let status = match found.error_code {
        None => StatusCode::OK,
        Some(ErrorCode::FlagNotFound) => StatusCode::NOT_FOUND,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    document(status, &Answer::of(&key, &found))
}

pub(super) async fn all(_: Near, State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let context = match context(&headers, body).await {
        Ok(context) => context,
        Err(wrong) => return wrong.answer(None),
    };
    let Some(loaded) = app.flags.now() else { return not_there().answer(None) };
    let now = seconds();
    // Whoever has no value and no error keeps to what the application's code says.
    let keys = loaded.definitions.keys();
    let found: Vec<(&str, Evaluation)> =
        keys.map(|key| (key, loaded.definitions.evaluate(key, &context, now))).collect();
    app.metrics.evaluations.fetch_add(found.len() as u64, std::sync::atomic::Ordering::Relaxed);
    let flags = found.iter().map(|(key, found)| Answer::of(key, found)).collect();
    tagged(&headers, &Answers { flags, metadata: loaded.definitions.metadata() })
}

/// With a tag of all that is said, and without what the client has already.
fn tagged(headers: &HeaderMap, shown: &impl Serialize) -> Response {
    let Ok(shown) = serde_json::to_vec(shown) else { return Refused::internal().into_response() };
    let digest = Sha256::digest(&shown);
    let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let mut response = match has(headers, &tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, "application/json")], shown).into_response(),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Whether the client names this tag, or any.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut each = given.flat_map(|value| value.split(',')).map(str::trim);
    each.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

pub(super) async fn configuration(_: Near, headers: HeaderMap) -> Response {
    let configuration = json!({
        "name": "backout",
        "capabilities": {
            "cacheInvalidation": { "polling": { "enabled": true, "minPollingIntervalMs": POLL_MS } },
            "flagEvaluation": { "supportedTypes": ["int", "float", "string", "boolean", "object"] },
            "caching": { "enabled": false },
        },
    });
    tagged(&headers, &configuration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_among_several() {
        let tag = "\"a1\"";
        for (given, expected) in [
            ("\"a1\"", true),
            ("W/\"a1\"", true),
            ("\"b\", \"a1\"", true),
            ("*", true),
            ("a1", false),
            ("\"a\"", false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(given).unwrap())]);
            assert_eq!(has(&headers, tag), expected, "{given}");
        }
    }
}
