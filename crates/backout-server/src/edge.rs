//! What every request passes: which host it means, from which page it comes, how long it took.
//!
//! Must not know: what a route does.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use crate::answer::Refused;
use crate::app::App;
use crate::who::Peer;
use crate::{api, evaluated, gate, health, hooks, page};

/// Paths that pages of applications may ask from their browsers.
const FOR_PAGES: [&str; 2] = ["/ofrep/", "/flags/events"];
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Everything that is answered.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(health::routes())
        .merge(evaluated::routes())
        .merge(gate::routes())
        .merge(hooks::routes())
        .merge(api::routes())
        .merge(page::routes());
    guarded(routes, app)
}

/// Routes behind the edge.
fn guarded(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(async || Refused::unknown("there is nothing here"))
        .method_not_allowed_fallback(async || {
            Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this is not asked with that method")
        })
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .layer(middleware::from_fn_with_state(app.clone(), measure))
        .with_state(app)
}

/// A span, a number, and an answer whatever happens. Neither has the path as it was sent, a query or a body.
async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let (method, begun) = (request.method().clone(), Instant::now());
    let span = tracing::info_span!("request", %method, route, status = tracing::field::Empty, traceparent = continued(request.headers()));
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|_| {
        span.in_scope(|| tracing::error!("a request ended in a panic"));
        Refused::internal().into_response()
    });
    span.record("status", response.status().as_u16());
    // What a path or a query cannot be read as is said in plain text below.
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if response.status().is_client_error() && kind.is_some_and(|kind| kind.starts_with(b"text/plain")) {
        let said = "the path or the query cannot be read";
        response = Refused::new(response.status(), "bad-request", said).into_response();
    }
    app.metrics.request(&method, &route, response.status(), begun.elapsed());
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A page with forms has a policy of its own: with this one a browser would not name it as their origin.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    response
}

/// The span of somebody else's that this request is part of, as W3C's Trace Context writes it, and nothing else.
fn continued(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all("traceparent").iter();
    let (Some(parent), None) = (given.next(), given.next()) else { return None };
    let is_one = |text: &&str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    parent.to_str().ok().filter(is_one).filter(|text| text.len() == 55)
}

/// Refuses what a page of somebody else's has a browser send.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get().copied().unwrap_or(Peer::Remote);
    if let Err(refused) = host(&app, peer, request.headers(), request.uri()) {
        return refused.into_response();
    }
    let path = request.uri().path();
    let for_pages = FOR_PAGES.iter().any(|begin| path.starts_with(begin));
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = origin.as_ref().filter(|origin| for_pages && is_allowed(&app, origin));
    let Some(allowed) = allowed else {
        if let Err(refused) = same_origin(request.method(), request.headers()) {
            return refused.into_response();
        }
        return next.run(request).await;
    };
    let is_question =
        request.method() == Method::OPTIONS && request.headers().contains_key("access-control-request-method");
    let mut response = if is_question { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed.clone());
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
    if is_question {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        let taken = "authorization, content-type, if-none-match, last-event-id, x-api-key";
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(taken));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

fn is_allowed(app: &App, origin: &HeaderValue) -> bool {
    app.options.origins.iter().any(|one| origin.as_bytes().eq_ignore_ascii_case(one.trim_end_matches('/').as_bytes()))
}

/// The request means us, and no name of somebody else's that leads to this address.
fn host(app: &App, peer: Peer, headers: &HeaderMap, uri: &Uri) -> Result<(), Refused> {
    // Browsers do not speak to sockets; elsewhere the certificate names us, and a browser has checked that.
    if peer == Peer::Unix || (peer == Peer::Remote && app.options.hosts.is_empty()) {
        return Ok(());
    }
    let wrong = || {
        let said = "the host that is asked for is not this one; the option for allowed hosts names others";
        Refused::new(StatusCode::MISDIRECTED_REQUEST, "host", said)
    };
    let mut given = headers.get_all(header::HOST).iter();
    let host = match (uri.host(), given.next(), given.next()) {
        (Some(host), _, None) => host,
        (None, Some(value), None) => name(value.to_str().map_err(|_| wrong())?),
        _ => return Err(wrong()),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_ours = bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        || app.options.hosts.iter().any(|one| name(one).eq_ignore_ascii_case(host));
    if is_ours { Ok(()) } else { Err(wrong()) }
}

/// A host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// What changes something and is sent by a browser comes from a page of ours: a browser says so, and nothing else sends
/// these headers by accident.
fn same_origin(method: &Method, headers: &HeaderMap) -> Result<(), Refused> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
        return Ok(());
    }
    let foreign = |said: &str| Refused::new(StatusCode::FORBIDDEN, "origin", said);
    let site = headers.get(SITE).map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return Err(foreign("this was sent by a page of somebody else"));
    }
    let is_browser = site.is_some() || headers.contains_key(header::COOKIE);
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => {
            let from = origin.split_once("://").map(|(_, host)| host);
            if from.is_some_and(|from| from.eq_ignore_ascii_case(host)) {
                Ok(())
            } else {
                Err(foreign("this was sent by a page of somebody else"))
            }
        }
        (None, _) if !is_browser && !headers.contains_key(header::ORIGIN) => Ok(()),
        _ => Err(foreign("a browser names the page that it sends for (Origin), and this does not")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&str, &str)]) -> HeaderMap {
        let one = |(name, value): &(&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn what_a_request_continues() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let (one, cut) = (("traceparent", parent), ("traceparent", &parent[..54]));
        let line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331\t01";
        assert_eq!(continued(&headers(&[one])), Some(parent));
        let mut two = headers(&[one]);
        two.append("traceparent", HeaderValue::from_static(parent));
        for none in [headers(&[]), headers(&[cut]), headers(&[("traceparent", line)]), two] {
            assert_eq!(continued(&none), None);
        }
    }

    #[test]
    fn hosts_without_their_ports() {
        for (host, expected) in [
            ("a.b:80", "a.b"),
            ("a.b", "a.b"),
            ("[::1]:7300", "[::1]"),
            ("[::1]", "[::1]"),
            ("::1", "::1"),
            ("a:", "a"),
        ] {
            assert_eq!(name(host), expected);
        }
    }

    #[test]
    fn what_a_browser_sends_for_somebody_else_is_refused() {
        let here = ("host", "127.0.0.1:7300");
        for (given, passes) in [
            (&[here][..], true),
            (&[here, ("origin", "http://127.0.0.1:7300")], true),
            (&[here, ("origin", "http://evil.example")], false),
            (&[here, ("origin", "null")], false),
            (&[here, ("cookie", "a=b")], false),
            (&[here, ("cookie", "a=b"), ("origin", "http://127.0.0.1:7300")], true),
            (&[here, ("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:7300")], false),
            (&[here, ("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:7300")], true),
            (&[here, ("sec-fetch-site", "same-origin")], false),
        ] {
            assert_eq!(same_origin(&Method::POST, &headers(given)).is_ok(), passes, "{given:?}");
            assert!(same_origin(&Method::GET, &headers(given)).is_ok());
        }
    }
}
