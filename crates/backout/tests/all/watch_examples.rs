//! The triggers that are shipped, on the recordings that are shipped: each fires in the incidents it is labelled with, and
//! in no other time.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use backout_control::init::{RECORDINGS, TEMPLATES};
use backout_testkit::Backout;
use serde_json::{Value, json};

use crate::watch::document;

const CUTOVER: (&str, &str) =
    (include_str!("../../../../docs/examples/cutover.toml"), include_str!("../../../../docs/examples/cutover.jsonl"));

/// What `backtest` says of a recording, and the text that people read.
fn backtest(target: &str, plan: &str, recording: &str, code: i32) -> Result<(Value, String)> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("backout.toml"), plan)?;
    std::fs::write(folder.path().join("recorded.jsonl"), recording)?;
    let run = |more: &[&str]| -> Result<_> {
        Ok(Backout::new(folder.path())?
            .args(["--target", target, "backtest", "recorded.jsonl"])
            .args(more)
            .run()?
            .expect_code(code))
    };
    Ok((document(&run(&["--json"])?)?["result"].clone(), run(&[])?.stdout))
}

#[tokio::test]
async fn every_label_of_every_recording_is_met() -> Result<()> {
    let plan = |text: &str| format!("version = 1\n[targets.production]\nurl = \"env:DATABASE_URL\"\n{text}");
    let templates = TEMPLATES.iter().zip(RECORDINGS).map(|((name, text), (_, lines))| (*name, plan(text), lines));
    let cutover = std::iter::once(("cutover", CUTOVER.0.to_owned(), CUTOVER.1));
    for (name, plan, recording) in templates.chain(cutover) {
        let (judged, said) = backtest(if name == "cutover" { "v2" } else { "production" }, &plan, recording, 0)?;
        let mut labels = BTreeSet::new();
        for line in recording.lines().map(serde_json::from_str::<Value>) {
            let line = line?;
            let triggers = line["triggers"].as_array().cloned().unwrap_or_default();
            labels.extend(triggers.into_iter().filter_map(|one| one.as_str().map(str::to_owned)));
        }
        ensure!(!labels.is_empty(), "{name} has no labels");
        let triggers = judged["triggers"].as_array().context("triggers")?;
        for label in &labels {
            let one = triggers.iter().find(|one| one["trigger"] == **label).context("a label without a trigger")?;
            ensure!(one["right"] == 1 && one["wrong"] == 0, "{name}: {one:#}");
            ensure!(one["precision"] == 1.0 && one["recall"] == 1.0, "{name}: {one:#}");
            ensure!(said.contains(&format!("{label}: 1 firing, precision 100 %, recall 100 %")), "{label}: {said}");
        }
        // What has no label stays quiet.
        for one in triggers.iter().filter(|one| !labels.contains(one["trigger"].as_str().unwrap_or_default())) {
            ensure!(one["firings"].as_array().is_some_and(Vec::is_empty), "{name}: {one:#}");
        }
    }
    Ok(())
}

/// Of two peaks one was an incident: the limit lets both fire, one between them would not.
#[tokio::test]
async fn a_backtest_says_which_limit_would_have_been_better() -> Result<()> {
    let plan = |above: f64| {
        format!(
            "version = 1\n[targets.production]\nurl = \"env:DATABASE_URL\"\n[[source]]\nname = \"s\"\n\
             ask.sql = {{ query = \"SELECT 1\" }}\n[[trigger]]\nname = \"error rate\"\nsource = \"s\"\n\
             measure = \"last\"\nover = \"1m\"\nabove = {above}\nfor = \"1m\"\n"
        )
    };
    let at = |minute: i64| jiff::Timestamp::from_second(1_790_000_000 + 60 * minute);
    let mut lines = vec![json!({ "incident": "logins", "from": at(100)?, "to": at(110)?, "triggers": ["error rate"] })];
    for minute in 0..200 {
        let value = match minute {
            20..30 => 0.06,
            100..110 => 0.12,
            _ => 0.01,
        };
        for second in [0, 20, 40] {
            let at = at(minute)?.checked_add(jiff::SignedDuration::from_secs(second))?;
            lines.push(json!({ "trigger": "error rate", "at": at, "kind": "reading", "value": value }));
        }
    }
    let recording: String = lines.iter().map(|line| format!("{line}\n")).collect();
    // Too low: one of two was wrong.
    let (judged, said) = backtest("production", &plan(0.05), &recording, 8)?;
    let one = &judged["triggers"][0];
    ensure!(one["precision"] == 0.5 && one["recall"] == 1.0 && one["right"] == 1 && one["wrong"] == 1, "{one:#}");
    ensure!(one["suggestion"]["limit"] == 0.06 && one["suggestion"]["wrong"] == 0, "{one:#}");
    ensure!(said.contains("precision 50 %, recall 100 %, 60 s after it began"), "{said}");
    ensure!(said.contains("the limit 0.06 would have been better: 1 right, 0 wrong, 0 missed"), "{said}");
    // Too high: the one there was is missed.
    let (judged, said) = backtest("production", &plan(0.5), &recording, 8)?;
    let one = &judged["triggers"][0];
    ensure!(one["precision"].is_null() && one["recall"] == 0.0 && one["missed"] == json!(["logins"]), "{one:#}");
    ensure!(one["suggestion"]["limit"] == 0.06 && said.contains("missed: logins"), "{one:#} {said}");
    // As it says: nothing is better.
    let (judged, _) = backtest("production", &plan(0.06), &recording, 0)?;
    ensure!(judged["triggers"][0]["suggestion"].is_null(), "{judged:#}");
    Ok(())
}
