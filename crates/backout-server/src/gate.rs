//! Routes of an application that are there only while their flag is on, for the proxy before it: nginx (`auth_request`),
//! Caddy (`forward_auth`), Traefik (`forwardAuth`).
//!
//! A path is compared as a server behind the proxy may understand it, so that another spelling of it opens nothing.
//!
//! Must not know: how a flag is evaluated, or what lies behind a route.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use backout_flags::rollout;
use backout_plan::plan::PlanGate;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Refused, document};
use crate::app::App;
use crate::entry::Near;
use crate::metrics::count;

/// Where proxies name the request. All that are there count: a client may have sent the one that its proxy does not set.
const URIS: [&str; 2] = ["x-original-uri", "x-forwarded-uri"];
const METHODS: [&str; 2] = ["x-original-method", "x-forwarded-method"];
/// Says what was found: `open` where no gate is, `on`, `off`.
const GATE: HeaderName = HeaderName::from_static("x-backout-gate");
/// Where people are sent, for a proxy that takes a status alone.
const TO: HeaderName = HeaderName::from_static("x-backout-gate-location");

#[derive(Debug, Deserialize)]
struct How {
    /// The status for a closed gate: nginx takes 401 and 403 alone.
    deny: Option<u16>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/gate", any(gate))
}

async fn gate(_: Near, State(app): State<App>, Query(how): Query<How>, headers: HeaderMap) -> Response {
    if how.deny.is_some_and(|status| !(400..600).contains(&status)) {
        return Refused::bad("deny is a status from 400 to 599").into_response();
    }
    let all = |names: &[&str]| -> Vec<String> {
        let values = names.iter().flat_map(|name| headers.get_all(*name));
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    };
    let uris = all(&URIS);
    if uris.is_empty() {
        return Refused::bad("the proxy names no request: X-Original-URI or X-Forwarded-Uri").into_response();
    }
    let gates = app.env.plan.as_ref().map_or(&[] as &[PlanGate], |plan| &plan.gates);
    let paths: Vec<Vec<String>> = uris.iter().map(|uri| segments(path(uri))).collect();
    let mut behind: Vec<&PlanGate> =
        gates.iter().filter(|gate| paths.iter().any(|path| path.starts_with(&segments(&gate.route)))).collect();
    if behind.is_empty() {
        return passed("open");
    }
    // The nearest says what is answered.
    behind.sort_by_key(|gate| std::cmp::Reverse(gate.route.len()));
    let method = all(&METHODS).into_iter().next().unwrap_or_default();
    let mut context = json!({ "path": path(&uris[0]), "method": method });
    if let Some(user) = headers.get(app.options.user_header.as_str()).and_then(|value| value.to_str().ok()) {
        context["targetingKey"] = json!(user);
    }
    match behind.into_iter().find(|gate| is_off(&app, gate, &context)) {
        None => passed("on"),
        Some(gate) => closed(gate, how.deny),
    }
}

/// Nobody knows that a flag is on which is not loaded.
fn is_off(app: &App, gate: &PlanGate, context: &Value) -> bool {
    count(&app.metrics.evaluations);
    let now = Timestamp::now().as_second();
    app.flags.now().is_none_or(|loaded| rollout::is_off(&loaded.definitions, &gate.flag, context, now))
}

fn passed(word: &'static str) -> Response {
    let mut response = StatusCode::OK.into_response();
    response.headers_mut().insert(GATE, HeaderValue::from_static(word));
    response
}

/// Sends people where the plan says, never where the request says.
fn closed(gate: &PlanGate, deny: Option<u16>) -> Response {
    let to = gate.redirect.as_ref().and_then(|to| HeaderValue::from_str(to).ok());
    let status = match (deny, &to) {
        (Some(status), _) => status,
        (None, Some(_)) => 302,
        (None, None) => gate.status(),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = document(status, &json!({ "error": "Feature not enabled" }));
    let headers = response.headers_mut();
    headers.insert(GATE, HeaderValue::from_static("off"));
    if let Some(to) = to {
        if deny.is_none() {
            headers.insert(header::LOCATION, to.clone());
        }
        headers.insert(TO, to);
    }
    response
}

/// The path of what a proxy names: without a query, and without a host.
fn path(uri: &str) -> &str {
    let uri = uri.split(['?', '#']).next().unwrap_or_default();
    match uri.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            rest.find('/').map_or("/", |at| &rest[at..])
        }
        _ => uri,
    }
}

/// The segments of a path, once decoded: without empty ones, `.`, parameters, and with `..` taken back.
fn segments(path: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for segment in decoded(path).split(['/', '\\']) {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => drop(found.pop()),
            plain => found.push(plain.to_owned()),
        }
    }
    found
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                // Two hexadecimal digits are a byte.
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_of_a_path_are_the_same() {
        let route = segments("/api/clients");
        for (uri, is_behind) in [
            ("/api/clients", true),
            ("/api/clients/7?x=/y", true),
            ("/api//clients", true),
            ("/api/./clients", true),
            ("/x/../api/clients", true),
            ("/x/..%2fapi/clients", true),
            ("/%61pi/clients", true),
            ("/api;v=1/clients;x", true),
            ("/..;/api/clients", true),
            ("\\api\\clients", true),
            ("https://a.example/api/clients", true),
            ("/api/clients%2F7", true),
            ("/api/%2561", false),
            ("/api/clientship", false),
            ("/api/clients/..", false),
            ("/x?/api/clients", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(segments(path(uri)).starts_with(&route), is_behind, "{uri}");
        }
    }
}
