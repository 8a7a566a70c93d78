//! Flags over OFREP and to gates, and how they change.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use axum::http::StatusCode;
use backout_control::tokens::Scope;
use serde_json::json;

use crate::world::{FLAGS, World};

const ONE: &str = "/ofrep/v1/evaluate/flags/cards";
const ALL: &str = "/ofrep/v1/evaluate/flags";

#[tokio::test]
async fn one_flag_and_its_errors() -> Result<()> {
    let world = World::new().await?;
    let found = world.ask("POST", ONE, &[], r#"{"context":{"targetingKey":"anna"}}"#).await?;
    assert_eq!(found.status, StatusCode::OK);
    assert_eq!(found.json(), json!({ "key": "cards", "value": false, "variant": "off", "reason": "STATIC" }));
    for (path, body, status, code) in [
        ("/ofrep/v1/evaluate/flags/none", "{}", 404, "FLAG_NOT_FOUND"),
        (ONE, "{", 400, "PARSE_ERROR"),
        (ONE, "[]", 400, "PARSE_ERROR"),
        (ONE, r#"{"context":7}"#, 400, "INVALID_CONTEXT"),
        (ALL, r#"{"context":7}"#, 400, "INVALID_CONTEXT"),
    ] {
        let found = world.ask("POST", path, &[], body).await?;
        assert_eq!((found.status.as_u16(), found.json()["errorCode"].as_str()), (status, Some(code)), "{path} {body}");
    }
    let off = world.ask("POST", "/ofrep/v1/evaluate/flags/later", &[], "{}").await?;
    assert_eq!(
        (off.status.as_u16(), off.json()["reason"].as_str(), off.json().get("value")),
        (200, Some("DISABLED"), None)
    );
    Ok(())
}

#[tokio::test]
async fn all_flags_are_sent_once_for_a_tag() -> Result<()> {
    let world = World::new().await?;
    let first = world.ask("POST", ALL, &[], "").await?;
    assert_eq!(first.json()["flags"].as_array().map(Vec::len), Some(3), "{}", first.text);
    let tag = first.headers["etag"].to_str()?.to_owned();
    let again = world.ask("POST", ALL, &[("if-none-match", &tag)], "").await?;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    fs::write(world.folder.path().join("flags.json"), FLAGS.replace("\"off\" }", "\"on\" }"))?;
    until(async || Ok(world.ask("POST", ALL, &[("if-none-match", &tag)], "").await?.status == StatusCode::OK)).await
}

#[tokio::test]
async fn a_broken_file_keeps_what_was_good() -> Result<()> {
    let world = World::new().await?;
    assert_eq!(world.get("/readyz").await?.json()["checks"]["flags"], "ok");
    fs::write(world.folder.path().join("flags.json"), "{ \"flags\": ")?;
    until(async || Ok(world.get("/readyz").await?.json()["checks"]["flags"] == "stale")).await?;
    assert_eq!(world.get("/readyz").await?.status, StatusCode::OK);
    assert_eq!(world.ask("POST", ONE, &[], "").await?.json()["value"], false);
    fs::write(world.folder.path().join("flags.json"), FLAGS)?;
    until(async || Ok(world.get("/readyz").await?.json()["checks"]["flags"] == "ok")).await
}

#[tokio::test]
async fn a_switch_has_a_version_and_comes_back() -> Result<()> {
    let world = World::new().await?;
    let secret = world.token("anna", &[Scope::Execute]).await?;
    let bearer = format!("Bearer {secret}");
    let with = [("authorization", bearer.as_str())];
    let mut heard = world.app.flags.changes.listen();
    let done = world.ask("POST", "/flags/cards", &with, r#"{"variant":"on"}"#).await?;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    // Whoever is told may ask at once.
    let told = tokio::time::timeout(Duration::from_secs(5), heard.recv()).await??;
    assert!(String::from_utf8_lossy(&told).contains("refetchEvaluation"));
    assert_eq!(world.ask("POST", ONE, &[], "").await?.json()["value"], true);
    let history = world.ask("GET", "/flags/history", &with, "").await?.json();
    assert_eq!(history["versions"][0]["by"], "anna", "{history:#}");
    let version = &history["versions"][0]["version"];
    for (change, status) in [
        (r#"{"variant":"on","percent":25}"#, 422),
        (r#"{"variant":"off","percent":25}"#, 200),
        (r#"{"variant":"maybe"}"#, 422),
        (r#"{"variant":"off","percent":7,"groups":[]}"#, 400),
        (r#"{"variant":7}"#, 400),
    ] {
        let done = world.ask("POST", "/flags/cards", &with, change).await?;
        assert_eq!(done.status.as_u16(), status, "{change} {}", done.text);
    }
    assert_eq!(world.ask("POST", "/flags/none", &with, r#"{"variant":"on"}"#).await?.status, StatusCode::NOT_FOUND);
    let back = world.ask("POST", "/flags/cards/revert", &with, &json!({ "before": version }).to_string()).await?;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text);
    let found = world.ask("POST", ONE, &[], "").await?.json();
    assert_eq!((&found["value"], &found["reason"]), (&json!(false), &json!("STATIC")));
    Ok(())
}

#[tokio::test]
async fn a_gate_is_closed_while_its_flag_is_off() -> Result<()> {
    let world = World::new().await?;
    for (query, headers, status, gate) in [
        ("", &[("x-original-uri", "/api/clients/7?a=b")][..], 503, "off"),
        ("?deny=403", &[("x-original-uri", "/api/clients")], 403, "off"),
        ("", &[("x-forwarded-uri", "/clients")], 302, "off"),
        ("?deny=403", &[("x-forwarded-uri", "/clients")], 403, "off"),
        ("", &[("x-forwarded-uri", "/search")], 200, "on"),
        ("", &[("x-forwarded-uri", "/other")], 200, "open"),
        // A client adds what its proxy does not set.
        ("", &[("x-original-uri", "/other"), ("x-forwarded-uri", "/api//clients")], 503, "off"),
        ("", &[("x-original-uri", "/api/clients"), ("x-forwarded-uri", "/other")], 503, "off"),
        ("", &[("x-original-uri", "/other/..%2fapi/clients")], 503, "off"),
    ] {
        let found = world.ask("GET", &format!("/gate{query}"), headers, "").await?;
        assert_eq!((found.status.as_u16(), found.headers["x-backout-gate"].to_str()?), (status, gate), "{headers:?}");
        if status == 503 {
            assert_eq!(found.json(), json!({ "error": "Feature not enabled" }));
        }
        if status == 302 {
            assert_eq!(found.headers["location"], "/soon");
        }
    }
    assert_eq!(world.get("/gate").await?.status, StatusCode::BAD_REQUEST);
    Ok(())
}

/// Looks until it is so.
async fn until(is_so: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let looks = async {
        while !is_so().await? {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(20), looks).await?
}
