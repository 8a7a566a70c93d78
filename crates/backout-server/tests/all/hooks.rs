//! Messages of sources: whose they are, and that what is acknowledged is kept once.

use std::io::Write as _;

use anyhow::Result;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use backout_server::Peer;
use jiff::Timestamp;
use ring::hmac;

use crate::world::{SECRET, World};

fn signed(at: i64, secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, &[at.to_string().as_bytes(), b".", body].concat());
    signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A message of now, with what else is to be in its head.
fn message(body: &[u8], signature: &str, at: i64, more: &[(&str, &str)]) -> Result<Request<Body>> {
    let mut request = Request::post("/hooks/events")
        .header("host", "localhost")
        .header("x-timestamp", at.to_string())
        .header("x-signature", signature)
        .header("content-length", body.len().to_string());
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    Ok(request.body(Body::from(body.to_vec()))?)
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

#[tokio::test]
async fn a_message_is_kept_once() -> Result<()> {
    let world = World::new().await?;
    let (at, body) = (now(), br#"{"a":1}"#);
    for (status, new) in [(202, true), (200, false)] {
        let request = message(body, &signed(at, SECRET, body), at, &[("x-id", "m1")])?;
        let found = world.send(Peer::Remote, request).await?;
        assert_eq!((found.status.as_u16(), found.json()["new"].as_bool()), (status, Some(new)), "{}", found.text);
    }
    let kept = world.app.runs.store.inbox(Some("events"), 0, 10).await?;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].message.body, body);
    Ok(())
}

#[tokio::test]
async fn what_is_not_theirs_is_not_taken() -> Result<()> {
    let world = World::new().await?;
    let (at, body) = (now(), br#"{"a":1}"#);
    let old = at - 3600;
    for (request, about) in [
        (message(body, &signed(at, "another secret", body), at, &[])?, "another secret"),
        (message(b"{\"a\":2}", &signed(at, SECRET, body), at, &[])?, "another body"),
        (message(body, &signed(at, SECRET, body), at + 1, &[])?, "another time"),
        (message(body, &signed(old, SECRET, body), old, &[])?, "an old time"),
        (message(body, "", at, &[])?, "no signature"),
    ] {
        let found = world.send(Peer::Remote, request).await?;
        assert_eq!(found.status, StatusCode::UNAUTHORIZED, "{about}");
        // Whoever tries learns nothing.
        assert_eq!(found.json()["error"], "the message is not taken", "{about}");
    }
    for name in ["none", "complaints", "..%2Fevents"] {
        let found = world.ask("POST", &format!("/hooks/{name}"), &[], "{}").await?;
        assert_eq!(found.status, StatusCode::NOT_FOUND, "{name}");
    }
    assert_eq!(world.app.runs.store.inbox(None, 0, 10).await?, []);
    Ok(())
}

#[tokio::test]
async fn what_is_packed_becomes_no_more_than_it_may() -> Result<()> {
    let world = World::new().await?;
    let packed = |size: usize| -> Result<Vec<u8>> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let zeros = vec![b' '; 1 << 20];
        for _ in 0..size {
            packer.write_all(&zeros)?;
        }
        Ok(packer.finish()?)
    };
    for (mebibytes, status) in [(1, 202), (64, 413)] {
        let (at, body) = (now(), packed(mebibytes)?);
        let request = message(&body, &signed(at, SECRET, &body), at, &[("content-encoding", "gzip")])?;
        let found = world.send(Peer::Remote, request).await?;
        assert_eq!(found.status.as_u16(), status, "{mebibytes} MiB {}", found.text);
    }
    Ok(())
}

const METRICS: &str = r#"[[source]]
name = "metrics"
ask.webhook = { kind = "otlp", secret = "env:EVENTS_SECRET" }
"#;

/// One gauge, named q, of 7.
const GAUGE: &[u8] = b"\x0a\x14\x12\x12\x12\x10\x0a\x01q\x2a\x0b\x0a\x09\x31\x07\0\0\0\0\0\0\0";

fn metrics(body: &[u8], token: &str, more: &[(&str, &str)]) -> Result<Request<Body>> {
    let mut request = Request::post("/hooks/metrics").header("host", "localhost").header("authorization", token);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    Ok(request.body(Body::from(body.to_vec()))?)
}

#[tokio::test]
async fn exporters_of_otlp_are_answered_in_their_encoding() -> Result<()> {
    let world = World::planned(METRICS, backout_server::Options::of("server")).await?;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(GAUGE)?;
    let packed = packer.finish()?;
    let protobuf = ("content-type", "application/x-protobuf");
    let json = ("content-type", "application/json; charset=utf-8");
    let token = format!("Bearer {SECRET}");
    for (body, token, more, status, said) in [
        (GAUGE, token.as_str(), &[protobuf][..], 200, ""),
        (&packed, &token, &[protobuf, ("content-encoding", "gzip")], 200, ""),
        (b"{\"resourceMetrics\":[]}", &token, &[json], 200, "{}"),
        (&GAUGE[..9], &token, &[protobuf], 400, "\x08\x03\x12\x34it is no message of OTLP: it ends in the middle"),
        (b"{", &token, &[json], 400, r#"{"code":3,"message":"it is no JSON"}"#),
        (GAUGE, "Bearer no", &[protobuf], 401, "\x08\x10\x12\x18the message is not taken"),
        (GAUGE, "Bearer no", &[json], 401, r#"{"code":16,"message":"the message is not taken"}"#),
    ] {
        let found = world.send(Peer::Remote, metrics(body, token, more)?).await?;
        let kind = if more.contains(&protobuf) { protobuf.1 } else { "application/json" };
        let given = found.headers["content-type"].to_str()?.to_owned();
        assert_eq!((found.status.as_u16(), given.as_str(), found.text.len()), (status, kind, said.len()), "{said}");
        assert!(status == 400 || found.text == said, "{:?}", found.text);
        assert!(status != 400 || found.text[4..] == said[4..], "{:?}", found.text);
    }
    let kept = world.app.runs.store.inbox(Some("metrics"), 0, 10).await?;
    let expected: &[u8] = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"q","gauge":{"dataPoints":[{"attributes":[],"asInt":"7"}]}}]}]}]}"#;
    assert_eq!(kept.iter().filter(|one| one.message.body == expected).count(), 2);
    assert_eq!(kept.len(), 3);
    Ok(())
}

/// Nobody knows what a packed message becomes, and still none is sent away for that.
#[tokio::test]
async fn many_packed_ones_at_once_are_all_kept() -> Result<()> {
    let world = World::new().await?;
    let at = now();
    let each = (0..40).map(|number| {
        let world = &world;
        async move {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            write!(packer, "{{\"number\":{number}}}")?;
            let body = packer.finish()?;
            let request = message(&body, &signed(at, SECRET, &body), at, &[("content-encoding", "gzip")])?;
            Ok::<_, anyhow::Error>(world.send(Peer::Remote, request).await?.status)
        }
    });
    for status in futures_util::future::join_all(each).await {
        assert_eq!(status?, StatusCode::ACCEPTED);
    }
    let kept = world.app.runs.store.inbox(Some("events"), 0, 1000).await?;
    assert!(kept.len() == 40 && kept.iter().all(|one| one.message.body.starts_with(b"{\"number\":")));
    Ok(())
}

#[tokio::test]
async fn many_at_once_are_all_kept() -> Result<()> {
    let world = World::new().await?;
    let at = now();
    let each = (0..200).map(|number| {
        let world = &world;
        async move {
            let body = format!("{{\"number\":{number}}}");
            let request = message(body.as_bytes(), &signed(at, SECRET, body.as_bytes()), at, &[])?;
            Ok::<_, anyhow::Error>(world.send(Peer::Remote, request).await?.status)
        }
    });
    for status in futures_util::future::join_all(each).await {
        assert_eq!(status?, StatusCode::ACCEPTED);
    }
    assert_eq!(world.app.runs.store.inbox(Some("events"), 0, 1000).await?.len(), 200);
    Ok(())
}
