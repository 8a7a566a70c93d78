//! What speaks against going back, as runbook 001 has it: little and getting less, a single user, nothing critical, a false
//! alarm that somebody knows. Nothing is done then, it says why, and it is watched for ten more minutes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use crate::rollback::story;
use crate::scenarios::{CARDS, ONE, Scene};
use crate::serve::Server;
use crate::watch::{runs, until};
use crate::watch_scenarios::{Asked, CLIENTS, decided, ran, reading, requests, secrets, shipped, watched};

/// So many requests of as many people, of which these fail.
fn some(of: u16, failed: u16, people: u16) -> Vec<(u16, String)> {
    let from = |number: u16| format!("192.0.2.{}", number % people);
    (0..of).map(|number| (if number < failed { 500 } else { 200 }, from(number))).collect()
}

/// It is breached, nothing is done for ten minutes from then on, and this is why.
fn is_held_back(scene: &Scene, trigger: &str, why: &str) -> Result<()> {
    let project = &scene.project;
    let mut seen = Value::Null;
    until(&format!("{trigger} is held back"), || {
        seen = reading(project, trigger)?;
        Ok(seen["vetoed"].is_object())
    })?;
    ensure!(seen["verdict"] == "breached" && seen["vetoed"]["why"] == why, "{seen:#}");
    let said = seen["why"].as_str().unwrap_or_default();
    ensure!(said.contains(why) && said.contains("watched until"), "{seen:#}");
    let ends: Timestamp = seen["vetoed"]["until"].as_str().context("a time")?.parse()?;
    let left = ends.duration_since(Timestamp::now()).as_secs();
    ensure!((500..=600).contains(&left), "{left} s: {seen:#}");
    ensure!(runs(project)?.is_empty(), "{:#?}", runs(project)?);
    ensure!(decided(project, trigger)?.is_null(), "{:#}", decided(project, trigger)?);
    let watched = watched(project)?;
    let until: Timestamp = watched["until"].as_str().context("a time")?.parse()?;
    ensure!(until >= ends, "it ends before: {watched:#}");
    Ok(())
}

/// Its plan is the template's, with these changes.
async fn scene(name: &str, changed: impl Fn(String) -> String) -> Result<Option<(Scene, crate::example::Platform)>> {
    let Some(scene) = Scene::new(name).await? else { return Ok(None) };
    let platform = scene.platform(["v2", "v2"], CARDS)?;
    scene.plan(&changed(shipped("meetsolis", &Asked::default())), &platform)?;
    secrets(&scene.project)?;
    scene.migrate(CLIENTS)?;
    Ok(Some((scene, platform)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_user_is_no_reason() -> Result<()> {
    let Some((scene, _platform)) = scene("veto_single", |plan| plan).await? else { return Ok(()) };
    let server = Server::start(&scene.project)?;
    let mut lines = some(90, 0, 30);
    lines.extend(some(10, 10, 1));
    requests(&server, &lines)?;
    is_held_back(&scene, "error rate", "it happened to 1 where 3 count")?;
    ensure!(reading(&scene.project, "error rate")?["value"] == 0.1, "{}", reading(&scene.project, "error rate")?);
    // A hundred and one a minute: still one person alone.
    requests(&server, &some(91, 91, 1))?;
    is_held_back(&scene, "5xx", "it happened to 1 where 3 count")
}

/// Once the time is over it is asked again; what was a single user's is everybody's by then.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_veto_held_back_is_done_where_it_holds_no_more() -> Result<()> {
    let shorter =
        |plan: String| plan.replace("symptom = \"errors\"\nact", "veto_for = \"2s\"\nsymptom = \"errors\"\nact");
    let Some((scene, platform)) = scene("veto_ends", shorter).await? else { return Ok(()) };
    let project = &scene.project;
    let server = Server::start(project)?;
    let mut lines = some(90, 0, 30);
    lines.extend(some(10, 10, 1));
    requests(&server, &lines)?;
    until("it is held back", || Ok(reading(project, "error rate")?["vetoed"].is_object()))?;
    let held = reading(project, "error rate")?["vetoed"]["until"].clone();
    requests(&server, &some(30, 10, 10))?;
    let decided = ran(project, "error rate")?;
    let time = |at: &Value| at.as_str().and_then(|at| at.parse::<Timestamp>().ok());
    ensure!(time(&held).is_some() && time(&decided["firing"]["at"]) >= time(&held), "{held} {decided:#}");
    ensure!(decided["rule"] == "more than 5 % of requests fail" && decided["firing"]["people"] == 10, "{decided:#}");
    ensure!(platform.get("/api/clients", ONE)?.0 == 503, "the feature is on");
    Ok(())
}

/// The share of errors falls: it is above 5 % for some seconds, and below when it would fire.
#[tokio::test(flavor = "multi_thread")]
async fn little_and_getting_less_is_no_reason() -> Result<()> {
    // So much traffic has more than a hundred errors a minute all the same.
    let shorter = |plan: String| {
        plan.replace("over = \"1m\"\nabove = 0.05\nfor = \"1s\"", "over = \"2s\"\nabove = 0.05\nfor = \"6400ms\"")
            .replace("above = 100\n", "above = 10000\n")
    };
    let Some((scene, _platform)) = scene("veto_falling", shorter).await? else { return Ok(()) };
    let project = &scene.project;
    let server = Server::start(project)?;
    let (is_seen, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    // Traffic of its own pace, of which other people fail each time. The share falls on and on, and stays above what clears
    // it: whenever it is asked it is less than before. So many a time make steps that are smaller than the fall.
    let traffic = || -> Result<()> {
        let (began, mut failed, mut person) = (Instant::now(), 0.0, 0_u16);
        while !is_over.load(Ordering::Relaxed) {
            let share = match is_seen.load(Ordering::Relaxed) {
                true => 0.0,
                false => 0.031 + 0.05 * (-began.elapsed().as_secs_f64() / 4.5).exp(),
            };
            failed += 400.0 * share;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let now = failed as u16;
            failed -= f64::from(now);
            let mut lines = some(400, now, 400);
            for line in &mut lines {
                line.1 = format!("192.0.2.{}", person % 200);
                person = person.wrapping_add(1);
            }
            requests(&server, &lines)?;
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    };
    let looks = || -> Result<()> {
        until("it is breached", || Ok(reading(project, "error rate")?["verdict"] == "breached"))?;
        is_held_back(&scene, "error rate", "it is less than 0.05 and falling")?;
        is_seen.store(true, Ordering::Relaxed);
        until("all is well", || Ok(reading(project, "error rate")?["verdict"] == "healthy"))?;
        ensure!(runs(project)?.is_empty(), "{:#?}", runs(project)?);
        Ok(())
    };
    std::thread::scope(|scope| {
        let traffic = scope.spawn(traffic);
        let looked = looks();
        is_over.store(true, Ordering::Relaxed);
        traffic.join().map_err(|_| anyhow::anyhow!("the traffic panicked"))??;
        looked
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_no_reason() -> Result<()> {
    // Analytics do not answer, and would lead back by themselves.
    let acts = |plan: String| {
        plan.replace("[\"error rate\", \"5xx\"] } }]\n", "[\"error rate\", \"5xx\"] } }]\nact = \"auto\"\n")
    };
    let Some((scene, _platform)) = scene("veto_minor", acts).await? else { return Ok(()) };
    let _server = Server::start(&scene.project)?;
    is_held_back(&scene, "analytics", "nothing critical is affected")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_alarm_that_somebody_knows_is_no_reason() -> Result<()> {
    let known = |plan: String| {
        plan.replace("vetoes = [{ falling", "vetoes = [{ known = { reason = \"a load test, INC-7\" } }, { falling")
    };
    let Some((scene, _platform)) = scene("veto_known", known).await? else { return Ok(()) };
    let server = Server::start(&scene.project)?;
    requests(&server, &some(100, 20, 50))?;
    is_held_back(&scene, "error rate", "it is known: a load test, INC-7")
}

/// However short the time is, what a veto holds back is watched for as long as it says; what it holds back for ever ends too.
#[tokio::test]
async fn the_time_of_a_veto_is_watched_to_its_end() -> Result<()> {
    let plan = r#"
[[source]]
name = "errors"
ask.sql = { query = "SELECT 9" }
every = "100ms"
[[trigger]]
name = "errors"
source = "errors"
measure = "last"
over = "1m"
above = 5
vetoes = [{ known = { reason = "a drill" } }]
veto_for = "3s"
way = "U"
act = "auto"
[[way]]
name = "U"
for = ["errors"]
[[way.step]]
name = "undo in place"
do = "undo"
"#;
    let story = story("veto_time", plan).await?;
    let project = &story.project;
    let report = project.json(&["watch", "--for", "1s", "--yes", "production"], 8)?;
    let report = &report["result"];
    let time = |at: &Value| at.as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let (since, until) = (&report["readings"][0]["since"], &report["until"]);
    let watched = time(until).context("a time")?.duration_since(time(since).context("a time")?);
    ensure!((2.9..3.5).contains(&watched.as_secs_f64()) && report["over"] == true, "{watched} {report:#}");
    ensure!(time(&report["readings"][0]["at"]) >= time(until), "{report:#}");
    ensure!(runs(project)?.is_empty(), "{:#?}", runs(project)?);
    Ok(())
}
