//! What somebody tries who wants more than is theirs.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use backout_control::tokens::Scope;
use backout_server::{Options, Peer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{World, listening};

#[tokio::test]
async fn a_name_that_leads_here_is_not_ours() -> Result<()> {
    let world = World::new().await?;
    for (host, status) in [
        ("127.0.0.1:7300", 200),
        ("localhost", 200),
        ("[::1]:7300", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:7300", 421),
        ("localhost.evil.example", 421),
        ("", 421),
    ] {
        let request = Request::get("/healthz").header("host", host).body(Body::empty())?;
        assert_eq!(world.send(Peer::Loopback, request).await?.status.as_u16(), status, "{host}");
    }
    let twice = Request::get("/healthz").header("host", "localhost").header("host", "evil.example");
    assert_eq!(world.send(Peer::Loopback, twice.body(Body::empty())?).await?.status.as_u16(), 421);
    let named = World::with(Options { hosts: vec!["backout.internal".to_owned()], ..Options::of("server") }).await?;
    let request = Request::get("/healthz").header("host", "backout.internal:7300").body(Body::empty())?;
    assert_eq!(named.send(Peer::Loopback, request).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_token_serves_for_its_scopes_alone() -> Result<()> {
    let world = World::new().await?;
    let changes = [
        ("/api/v1/reports", r#"{"kind":"complaint"}"#, Scope::Plan),
        ("/api/v1/rollback/preview", "{}", Scope::Plan),
        ("/api/v1/rollback", "{}", Scope::Execute),
        ("/api/v1/runs/latest/approve", "{}", Scope::Approve),
        ("/api/v1/runs/latest/abort", "{}", Scope::Execute),
        ("/flags/cards", r#"{"variant":"on"}"#, Scope::Execute),
    ];
    // Without any token made, looking is free here, and changing is not.
    assert_eq!(world.get("/api/v1/triggers").await?.status, StatusCode::OK);
    for (path, body, _) in changes {
        assert_eq!(world.ask("POST", path, &[], body).await?.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let elsewhere = Request::get("/api/v1/triggers").header("host", "a.example").body(Body::empty())?;
    assert_eq!(world.send(Peer::Remote, elsewhere).await?.status, StatusCode::UNAUTHORIZED);
    let secret = world.token("reader", &[Scope::Read]).await?;
    let bearer = format!("Bearer {secret}");
    let with = [("authorization", bearer.as_str())];
    assert_eq!(world.get("/api/v1/triggers").await?.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.ask("GET", "/api/v1/triggers", &with, "").await?.status, StatusCode::OK);
    for (path, body, _) in changes {
        assert_eq!(world.ask("POST", path, &with, body).await?.status, StatusCode::FORBIDDEN, "{path}");
    }
    let wrong = format!("Bearer {}0", &secret[..secret.len() - 1]);
    for given in ["Bearer x", "Basic YTpi", "", wrong.as_str()] {
        let found = world.ask("GET", "/api/v1/triggers", &[("authorization", given)], "").await?;
        let is_same = given == bearer;
        assert!(is_same || found.status == StatusCode::UNAUTHORIZED, "{given}");
    }
    // Approving is not in executing.
    let secret = world.token("worker", &[Scope::Execute]).await?;
    let bearer = format!("Bearer {secret}");
    let found = world.ask("POST", "/api/v1/runs/latest/approve", &[("authorization", &bearer)], "{}").await?;
    assert_eq!(found.status, StatusCode::FORBIDDEN);
    // A name that is not confirmed begins nothing.
    let found = world.ask("POST", "/api/v1/rollback", &[("authorization", &bearer)], r#"{"confirm":"prod"}"#).await?;
    assert_eq!((found.status.as_u16(), found.json()["code"].as_str()), (422, Some("confirm")));
    Ok(())
}

#[tokio::test]
async fn pages_of_others_change_nothing() -> Result<()> {
    let world = World::new().await?;
    let secret = world.token("anna", &[Scope::Execute]).await?;
    let bearer = format!("Bearer {secret}");
    for (header, passes) in [
        (&[][..], true),
        (&[("origin", "http://127.0.0.1:7300")], true),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "null")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("cookie", "session=1")], false),
    ] {
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(header);
        let found = world.ask("POST", "/flags/cards", &headers, r#"{"variant":"on"}"#).await?;
        assert_eq!(found.status != StatusCode::FORBIDDEN, passes, "{header:?}");
    }
    // Flags may be asked for by pages that are named, and by no others.
    let options = Options { origins: vec!["https://app.example".to_owned()], ..Options::of("server") };
    let world = World::with(options).await?;
    for (origin, status) in [("https://app.example", 200), ("https://evil.example", 403)] {
        let found = world.ask("POST", "/ofrep/v1/evaluate/flags", &[("origin", origin)], "").await?;
        assert_eq!(found.status.as_u16(), status, "{origin}");
        let allowed = found.headers.get("access-control-allow-origin").and_then(|value| value.to_str().ok());
        assert_eq!(allowed, (status == 200).then_some(origin));
    }
    Ok(())
}

#[tokio::test]
async fn paths_lead_nowhere_else() -> Result<()> {
    let world = World::new().await?;
    let secret = world.token("anna", &[Scope::Execute]).await?;
    let bearer = format!("Bearer {secret}");
    let with = [("authorization", bearer.as_str())];
    for path in [
        "/../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/api/v1/runs/..%2f..%2fbackout.toml",
        "/api/v1/runs/%00",
        "/api/v1/runs/%ff",
        "/flags.json",
        "/backout.toml",
        "/.env",
        "/api/v1/runs/x'%20OR%201=1",
        "/api/v1/runs?limit=x",
        "/api/v1/incidents?limit=4294967296",
    ] {
        let found = world.ask("GET", path, &with, "").await?;
        assert!(found.status.is_client_error(), "{path} {}", found.status);
        assert!(found.json()["code"].is_string(), "{path} {}", found.text);
        assert!(!found.text.contains("targets") && !found.text.contains("root:"), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn names_stay_names_in_what_is_told() -> Result<()> {
    let world = World::new().await?;
    let secret = world.token("anna", &[Scope::Plan]).await?;
    let bearer = format!("Bearer {secret}");
    let note = "</script><img src=x onerror=alert(1)>\n\ndata: {\"event\":\"forged\"}\u{1b}[2J";
    let body = serde_json::json!({ "kind": "complaint", "note": note }).to_string();
    let found = world.ask("POST", "/api/v1/reports", &[("authorization", &bearer)], &body).await?;
    assert_eq!(found.status, StatusCode::ACCEPTED, "{}", found.text);
    assert_eq!(found.headers["content-type"], "application/json");
    assert_eq!(found.headers["x-content-type-options"], "nosniff");
    assert!(!found.text.contains('\n') && !found.text.contains('\u{1b}'), "{}", found.text);
    let mut heard = world.app.changes.listen();
    world.app.changes.tell(None, &serde_json::json!({ "note": note }));
    let told = String::from_utf8_lossy(&heard.recv().await?).into_owned();
    assert_eq!(told.lines().filter(|line| line.starts_with("data:")).count(), 1, "{told}");
    Ok(())
}

#[tokio::test]
async fn large_bodies_are_not_read() -> Result<()> {
    let world = World::new().await?;
    for (path, cap) in [("/ofrep/v1/evaluate/flags", 1 << 20), ("/hooks/events", 8 << 20)] {
        let request = Request::post(path).header("host", "localhost").header("content-length", "1073741824");
        let found = world.send(Peer::Loopback, request.body(Body::from("x"))?).await?;
        assert_eq!(found.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        // Nobody says beforehand how much comes.
        let found = world.ask("POST", path, &[], &" ".repeat(cap + 1)).await?;
        assert_eq!(found.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    Ok(())
}

/// All that comes until the other side ends.
async fn rest(stream: &mut TcpStream) -> Result<String> {
    let mut text = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await.context("it ends")?.ok();
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn whoever_sends_slowly_is_let_go_of() -> Result<()> {
    let server = listening(Options { patience: Duration::from_millis(500), ..Options::of("server") }).await?;
    let mut slow = TcpStream::connect(server.address).await?;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ").await?;
    let mut idle = TcpStream::connect(server.address).await?;
    let begun = Instant::now();
    let mut good = TcpStream::connect(server.address).await?;
    good.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    assert!(rest(&mut good).await?.starts_with("HTTP/1.1 200"));
    rest(&mut slow).await?;
    rest(&mut idle).await?;
    assert!(begun.elapsed() < Duration::from_secs(15));
    let mut large = TcpStream::connect(server.address).await?;
    large.write_all(b"POST /flags/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n").await?;
    let said = rest(&mut large).await?;
    assert!(said.starts_with("HTTP/1.1 401") || said.starts_with("HTTP/1.1 413"), "{said}");
    server.stop.ask("test");
    server.served.await?.map_err(anyhow::Error::msg)
}

#[tokio::test]
async fn the_end_closes_streams() -> Result<()> {
    let server = listening(Options::of("server")).await?;
    let mut stream = TcpStream::connect(server.address).await?;
    stream.write_all(b"GET /flags/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
    let mut first = vec![0; 4096];
    let mut seen = String::new();
    while !seen.contains("\"type\":\"current\"") {
        let read = stream.read(&mut first).await?;
        anyhow::ensure!(read > 0, "it ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&first[..read]));
    }
    let begun = Instant::now();
    server.stop.ask("test");
    rest(&mut stream).await?;
    server.served.await?.map_err(anyhow::Error::msg)?;
    assert!(begun.elapsed() < Duration::from_secs(8));
    Ok(())
}

#[tokio::test]
async fn elsewhere_needs_tokens_and_tls() -> Result<()> {
    let server = listening(Options::of("server")).await?;
    server.stop.ask("test");
    server.served.await?.map_err(anyhow::Error::msg)?;
    let refused = crate::world::served_at("0.0.0.0:0").await;
    assert!(refused.is_err_and(|said| said.contains("TLS")));
    Ok(())
}
