//! Rollouts from end to end: a real server goes through the stages of a plan, and puts the flag back where one does not
//! hold; killed in the middle it goes on, and nothing is done twice.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::project::{PLAN, Project};
use crate::serve::{Server, until};
use crate::serve_kills::SERVE;

const FLAGS: &str = r#"{ "flags": { "cards": { "state": "DISABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" } } }"#;

const SERVED: &str = r#"
[serve]
flags = "flags.json"
[[verify]]
name = "no orphans"
that = { sql = "SELECT count(*) = 0 FROM public.orphans" }
[[rollout]]
name = "client cards"
flag = "cards"
variant = "on"
"#;

const THREE: &str = r#"
[[rollout.stage]]
groups = ["beta"]
hold = "1s"
checks = ["no orphans"]
[[rollout.stage]]
percent = 50
hold = "1s"
checks = ["no orphans"]
[[rollout.stage]]
everybody = true
hold = "1s"
"#;

const START: [&str; 6] = ["flags", "rollout", "start", "client cards", "--because", "cards are migrated"];

async fn project(name: &str, stages: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{SERVED}{stages}"))?;
    project.write("flags.json", FLAGS)?;
    project.write(
        "migrations/1_users.sql",
        "CREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE orphans (id int);\nCREATE TABLE signals AS SELECT 0 AS value;\n",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

/// The rollout as the API shows it.
fn shown(server: &Server) -> Result<Value> {
    Ok(server.ask("GET", "/api/v1/rollouts", &[], "")?.json()?["rollouts"][0].clone())
}

fn is_on(server: &Server, context: &Value) -> Result<bool> {
    let body = json!({ "context": context }).to_string();
    Ok(server.ask("POST", "/ofrep/v1/evaluate/flags/cards", &[], &body)?.json()?["value"] == true)
}

/// How many of forty people have it, who are in no group.
fn share(server: &Server) -> Result<usize> {
    let mut on = 0;
    for user in 0..40 {
        on += usize::from(is_on(server, &json!({ "targetingKey": format!("user-{user}") }))?);
    }
    Ok(on)
}

fn stands(server: &Server, word: &str) -> Result<()> {
    until(word, || Ok(shown(server)?["stands"] == word))
}

/// It has come to this stage, and its flag is switched.
fn comes_to(server: &Server, stage: usize) -> Result<()> {
    until("the stage is reached", || Ok(!shown(server)?["stages"][stage - 1]["switched"].is_null()))
}

/// What the flag was switched by, the oldest first.
fn steps(project: &Project) -> Result<Vec<String>> {
    let history = project.json(&["flags", "history"], 0)?;
    let versions = history["result"]["versions"].as_array().cloned().unwrap_or_default();
    let step = |one: &Value| one["step"].as_str().unwrap_or_default().replace("rollout client cards/", "");
    Ok(versions.iter().map(step).collect())
}

const EACH_ONCE: [&str; 3] = ["stage 1 of 3 (beta)", "stage 2 of 3 (50 %)", "stage 3 of 3 (everybody)"];

fn moment(value: &Value) -> Result<Timestamp> {
    value.as_str().context("a moment")?.parse().context("a moment")
}

#[tokio::test]
async fn answers_follow_the_stages() -> Result<()> {
    let project = project("rollout_three", THREE).await?;
    // Nobody is there to go through the stages yet.
    let begun = project.run(&START, 0)?;
    ensure!(begun.transcript().contains("backout serve"), "{}", begun.transcript());
    project.run(&START, 3)?;
    let server = Server::start(&project)?;
    let beta = json!({ "targetingKey": "anna", "group": "beta" });
    comes_to(&server, 1)?;
    ensure!(is_on(&server, &beta)?, "the group has it");
    ensure!(share(&server)? == 0 || shown(&server)?["stage"] != 1, "others have it");
    comes_to(&server, 2)?;
    let half = share(&server)?;
    ensure!((8..33).contains(&half) || shown(&server)?["stage"] != 2, "{half} of 40 have it");
    ensure!(is_on(&server, &beta)?, "the group keeps it");
    comes_to(&server, 3)?;
    ensure!(share(&server)? == 40, "everybody has it");
    stands(&server, "done")?;
    assert_eq!(steps(&project)?, EACH_ONCE);
    let one = shown(&server)?;
    for stage in one["stages"].as_array().context("stages")? {
        let held = moment(&stage["passed"])?.duration_since(moment(&stage["switched"])?);
        ensure!(held.as_millis() >= 1000, "{stage}");
    }
    let (by, history) = (one["by"].as_str().context("who")?, project.json(&["flags", "history"], 0)?);
    ensure!(history["result"]["versions"][2]["by"] == by, "{history:#}");
    let status = project.run(&["flags", "rollout", "status", "client cards"], 0)?;
    ensure!(status.stdout.contains("done") && status.stdout.contains("held until"), "{}", status.transcript());
    project.run(&["flags", "rollout", "pause", "client cards"], 3)?;
    project.run(&["flags", "rollout", "status", "clent cards"], 2)?;
    project.run(&["flags", "rollout", "start", "clent cards"], 2)?;
    // What is so already is refused as it begins: everybody has it.
    project.run(&START, 0)?;
    stands(&server, "stopped")?;
    ensure!(shown(&server)?["why"].to_string().contains("everybody has it"), "{}", shown(&server)?);
    Ok(())
}

#[tokio::test]
async fn a_check_that_fails_puts_it_back() -> Result<()> {
    let project = project("rollout_fails", THREE).await?;
    let mut server = Server::start(&project)?;
    project.run(&START, 0)?;
    comes_to(&server, 2)?;
    project.query("INSERT INTO orphans VALUES (1)")?;
    stands(&server, "stopped")?;
    let one = shown(&server)?;
    ensure!(one["stage"] == 2 && one["back"] == true, "{one:#}");
    ensure!(one["why"].as_str().is_some_and(|why| why.contains("no orphans")), "{one:#}");
    until("nobody has it", || Ok(share(&server)? == 0))?;
    ensure!(!is_on(&server, &json!({ "targetingKey": "anna", "group": "beta" }))?, "the group has it still");
    assert_eq!(serde_json::from_str::<Value>(&project.read("flags.json")?)?, serde_json::from_str::<Value>(FLAGS)?);
    assert_eq!(steps(&project)?, [EACH_ONCE[0], EACH_ONCE[1], "back"]);
    let status = project.json(&["status"], 8)?;
    let attention = status["result"]["attention"].as_array().cloned().unwrap_or_default();
    let said = attention.iter().find(|one| one["code"] == "rollout.stopped").context("status says nothing of it")?;
    ensure!(said["detail"].to_string().contains("no orphans"), "{said:#}");
    // What cannot be asked has not passed either.
    project.query("DROP TABLE orphans")?;
    project.run(&START, 0)?;
    until("it stopped at once", || {
        let one = shown(&server)?;
        Ok(one["stands"] == "stopped" && one["stage"] == 1)
    })?;
    server.running.terminate()?;
    let ended = server.running.end()?.expect_code(0);
    ensure!(ended.transcript().contains("stopped at stage 2 of 3 (50 %)"), "{}", ended.transcript());
    Ok(())
}

#[tokio::test]
async fn killed_in_a_stage_it_goes_on_and_ends_once() -> Result<()> {
    let project = project("rollout_killed", THREE).await?;
    let again = |project: &Project| -> Result<()> {
        project.write("flags.json", FLAGS)?;
        std::fs::remove_dir_all(project.path(".backout"))?;
        project.run(&START, 0).map(drop)
    };
    project.run(&START, 0)?;
    let mut server = Server::start(&project)?;
    comes_to(&server, 2)?;
    let ended = server.running.kill()?;
    ensure!(ended.was_killed(), "{}", ended.transcript());
    let server = Server::start(&project)?;
    stands(&server, "done")?;
    assert_eq!(steps(&project)?, EACH_ONCE);
    drop(server);
    // Between the intent and the switch, and between the switch and its record.
    for place in ["rollout-intended", "rollout-switched"] {
        again(&project)?;
        let killed = project.command(&SERVE)?.run_to_failpoint(place)?;
        ensure!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
        let server = Server::start(&project)?;
        stands(&server, "done").context(place)?;
        ensure!(share(&server)? == 40, "{place}");
        assert_eq!(steps(&project)?, EACH_ONCE, "{place}");
    }
    Ok(())
}

const WATCHED: &str = r#"
[[rollout.stage]]
percent = 100
hold = "30s"
triggers = ["signals"]
[[source]]
name = "signals"
ask.sql = { query = "SELECT value FROM public.signals" }
every = "200ms"
[[trigger]]
name = "signals"
source = "signals"
measure = "last"
over = "1m"
above = 0.5
"#;

#[tokio::test]
async fn a_breach_puts_it_back_long_before_the_stage_is_over() -> Result<()> {
    let project = project("rollout_breach", WATCHED).await?;
    let server = Server::start(&project)?;
    project.run(&START, 0)?;
    stands(&server, "holds")?;
    ensure!(share(&server)? == 40, "everybody has it");
    let begun = std::time::Instant::now();
    project.query("UPDATE signals SET value = 1")?;
    stands(&server, "stopped")?;
    ensure!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let one = shown(&server)?;
    ensure!(one["why"].to_string().contains("signals"), "{one:#}");
    until("nobody has it", || Ok(share(&server)? == 0))
}

#[tokio::test]
async fn people_approve_pause_and_end_it() -> Result<()> {
    let stages = "[[rollout.stage]]\npercent = 50\nhold = \"30s\"\nask = true\n";
    let project = project("rollout_people", stages).await?;
    let server = Server::start(&project)?;
    let token = |name: &str, scope: &str| -> Result<String> {
        let made = project.json(&["token", "make", name, "--scope", scope], 0)?;
        Ok(format!("Bearer {}", made["result"]["secret"].as_str().context("a secret")?))
    };
    let (anna, bert) = (token("anna", "execute")?, token("bert", "approve")?);
    let say = |whose: &str, word: &str, body: &str| {
        server.ask("POST", &format!("/api/v1/rollouts/client%20cards/{word}"), &[("Authorization", whose)], body)
    };
    until("the tokens serve", || Ok(say(&anna, "approve", "{}")?.status == 403))?;
    assert_eq!(say("Bearer no", "start", "{}")?.status, 401);
    assert_eq!(say(&bert, "start", "{}")?.status, 403);
    assert_eq!(say(&anna, "pause", "{}")?.status, 409);
    let begun = say(&anna, "start", r#"{"because":"it is time"}"#)?;
    assert_eq!((begun.status, begun.json()?["by"].clone()), (202, json!("anna")), "{}", begun.text);
    let stands = |word: &str| {
        until(word, || {
            let all = server.ask("GET", "/api/v1/rollouts", &[("Authorization", &anna)], "")?.json()?;
            Ok(all["rollouts"][0]["stands"] == word)
        })
    };
    stands("waits-for-approval")?;
    assert_eq!(say(&bert, "approve", "{}")?.status, 200);
    stands("holds")?;
    assert_eq!(say(&anna, "pause", "{}")?.status, 200);
    stands("paused")?;
    assert_eq!(say(&anna, "pause", "{}")?.status, 409);
    let page = server.ask("GET", "/rollouts", &[("Authorization", &anna)], "")?;
    ensure!(page.status == 200 && page.text.contains("client cards") && page.text.contains("paused"), "{}", page.text);
    assert_eq!(say(&anna, "resume", "{}")?.status, 200);
    project.run(&["flags", "rollout", "abort", "client cards", "--because", "enough"], 0)?;
    stands("aborted")?;
    assert_eq!(serde_json::from_str::<Value>(&project.read("flags.json")?)?, serde_json::from_str::<Value>(FLAGS)?);
    // Whoever switches it by hand meanwhile has the last word.
    assert_eq!(say(&anna, "start", "{}")?.status, 202);
    stands("waits-for-approval")?;
    assert_eq!(say(&bert, "approve", "{}")?.status, 200);
    stands("holds")?;
    project.run(&["flags", "set", "cards=on", "--file", "flags.json"], 0)?;
    stands("stopped")?;
    let flags = project.json(&["flags", "--file", "flags.json"], 0)?;
    ensure!(flags["result"]["flags"][0]["default_variant"] == "on", "{flags:#}");
    Ok(())
}
