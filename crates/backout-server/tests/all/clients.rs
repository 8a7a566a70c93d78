//! OpenFeature's own clients against a server that listens. `BACKOUT_TEST_OPENFEATURE` names their folder
//! (`scripts/openfeature-clients.sh`), `BACKOUT_TEST_OPENFEATURE_GO` the one of the client for Go
//! (`scripts/openfeature-go.sh`). Each prints what it saw, and changes a flag itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use backout_server::Options;
use serde_json::{Value, json};

use crate::world::listening;

const FLAGS: &str = include_str!("../fixtures/clients.json");

/// What each client sees, but for what only some of them do.
fn expected(disabled: &str) -> Value {
    json!({
        "bool": [false, "off", "STATIC"],
        "text": ["beta", "b", "TARGETING_MATCH"],
        "other": ["alpha", "a", "DEFAULT"],
        "int": [42, "n", "STATIC"],
        "float": [2.5, "n", "STATIC"],
        "object": [{ "deep": [1, { "a": true }] }, "o", "STATIC"],
        "missing": [true, null, "FLAG_NOT_FOUND"],
        "type": ["own", null, "TYPE_MISMATCH"],
        "broken": [false, null, "GENERAL"],
        "disabled": [false, null, disabled],
        "changed": true,
    })
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Runs a client against a server of its own, until it is done.
async fn seen(mut command: Command) -> Result<Value> {
    let server = listening(Options::of("server")).await?;
    let (address, file) = (format!("http://{}", server.address), server.folder.path().join("flags.json"));
    fs::write(&file, FLAGS)?;
    let output = tokio::task::spawn_blocking(move || {
        // The file is looked at ten times a second.
        let flag = format!("{address}/ofrep/v1/evaluate/flags/text");
        let known = || {
            let asked = Command::new("curl").args(["-sf", "-d", "{}", &flag]).output()?;
            anyhow::Ok(asked.status.success())
        };
        let begun = std::time::Instant::now();
        while !known()? {
            ensure!(begun.elapsed() < Duration::from_secs(20), "the flags are never read");
            std::thread::sleep(Duration::from_millis(20));
        }
        command.arg(address).arg(file).output().with_context(|| format!("{command:?}"))
    });
    let output = tokio::time::timeout(Duration::from_secs(60), output).await.context("the client never ends")???;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    server.stop.cancel("test");
    serde_json::from_slice(&output.stdout).with_context(|| format!("{said}"))
}

/// The shares of fifty people, taken out: two asks gave the same, and both variants are there.
fn shares(seen: &mut Value) -> Result<Value> {
    let seen = seen.as_object_mut().context("an object")?;
    assert_eq!(seen.remove("stable"), Some(json!(true)));
    let shares = seen.remove("shares").context("shares")?;
    let each: BTreeSet<&str> = shares.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(each, BTreeSet::from(["off", "on"]));
    Ok(shares)
}

#[tokio::test]
async fn servers_of_two_languages_see_the_same() -> Result<()> {
    let Some(folder) = std::env::var_os("BACKOUT_TEST_OPENFEATURE").map(PathBuf::from) else { return Ok(()) };
    let mut node = Command::new("node");
    node.arg(fixture("server.cjs")).arg(&folder);
    let mut python = Command::new(folder.join("python/bin/python"));
    python.arg(fixture("client.py"));
    let (mut node, mut python) = (seen(node).await?, seen(python).await?);
    assert_eq!(shares(&mut node)?, shares(&mut python)?);
    // Neither knows an answer without a value as one: the application's own default holds all the same.
    assert_eq!(node, expected("GENERAL"));
    assert_eq!(python, expected("GENERAL"));
    Ok(())
}

#[tokio::test]
async fn a_server_in_go_sees_the_same_and_tells_whole_numbers_from_fractions() -> Result<()> {
    let Some(folder) = std::env::var_os("BACKOUT_TEST_OPENFEATURE_GO").map(PathBuf::from) else { return Ok(()) };
    let mut go = seen(Command::new(folder.join("client"))).await?;
    shares(&mut go)?;
    // It knows an answer without a value as one.
    let mut expected = expected("DISABLED");
    expected["whole"] = json!([42, "n", "STATIC"]);
    expected["fraction"] = json!([7, null, "TYPE_MISMATCH"]);
    assert_eq!(go, expected);
    Ok(())
}

#[tokio::test]
async fn a_browsers_client_asks_for_all_flags_with_their_tag() -> Result<()> {
    let Some(folder) = std::env::var_os("BACKOUT_TEST_OPENFEATURE").map(PathBuf::from) else { return Ok(()) };
    let mut node = Command::new("node");
    node.arg(fixture("web.cjs")).arg(&folder);
    let mut expected = expected("DISABLED");
    expected["statuses"] = json!([200, 304]);
    assert_eq!(seen(node).await?, expected);
    Ok(())
}
