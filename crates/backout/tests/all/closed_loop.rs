//! The whole loop on real parts: a release fails 8.3 % of its requests, Prometheus counts that, a trigger fires, the flag
//! goes off by way A, the service's OpenFeature client reads it, the share of errors falls, and the run is on record.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use crate::example::{Service, ask, folder};
use crate::project::PLAN;
use crate::prometheus::Prometheus;
use crate::runbooks::V2;
use crate::scenarios::Scene;

pub const USER: &str = "user_00000001";

/// Somebody who asks for clients all the time, and notes when the feature went off for him.
struct Client {
    stop: Arc<AtomicBool>,
    asks: thread::JoinHandle<Result<Option<Timestamp>>>,
}

impl Client {
    fn start(url: &str) -> Self {
        let (stop, url) = (Arc::new(AtomicBool::new(false)), format!("{url}/api/clients"));
        let stopped = stop.clone();
        let asks = thread::spawn(move || {
            let mut off = None;
            while !stopped.load(Ordering::Relaxed) {
                let (status, body) = ask("GET", &url, USER, "")?;
                match status {
                    503 if body["error"] == "Feature not enabled" => off = off.or_else(|| Some(Timestamp::now())),
                    200 | 500 => ensure!(off.is_none(), "it is on again: {status} {body}"),
                    _ => anyhow::bail!("{status}: {body}"),
                }
                // A browser that asks again; not what anybody waits for.
                thread::sleep(Duration::from_millis(4));
            }
            Ok(off)
        });
        Self { stop, asks }
    }

    fn stop(self) -> Result<Option<Timestamp>> {
        self.stop.store(true, Ordering::Relaxed);
        self.asks.join().map_err(|_| anyhow::anyhow!("the client panicked"))?
    }
}

fn plan(prometheus: &str, service: &str) -> String {
    format!(
        r#"{PLAN}
[[source]]
name = "requests for clients"
every = "200ms"
ask.prometheus = {{ url = "{prometheus}", bad = 'sum(http_requests_total{{path="/api/clients",status="500"}}) or vector(0)', of = 'sum(http_requests_total{{path="/api/clients"}})' }}
[[trigger]]
name = "error rate"
source = "requests for clients"
measure = "ratio"
over = "2s"
above = 0.05
for = "1s"
at_least = 20
symptom = "errors"
way = "A"
act = "auto"
[watch]
bake = "10s"
bake_rollback = "3s"
success = [{{ trigger = "error rate", below = 0.01, within = "20s" }}]

[[way]]
name = "A"
for = ["errors"]
budget = "30s"
[[way.step]]
name = "clients off"
do = "flags"
with = {{ file = "flags.json", set = {{ client-cards = "off" }} }}
[[way.step]]
name = "the page says so"
do = "wait"
budget = "10s"
with = {{ until = {{ http = {{ url = "{service}/api/clients", expect_status = [503] }} }} }}
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_that_fails_is_off_within_a_second() -> Result<()> {
    let Some(scene) = Scene::new("closed_loop").await? else { return Ok(()) };
    let project = &scene.project;
    project.write("backout.toml", PLAN)?;
    scene.migrate(V2)?;
    project.write("app.env", &scene.variables())?;
    let release = folder().join("releases/v2-flaky");
    let service = Service::start(&scene.python, &release, &project.path("app.env"), project.path("flags.json"))?;
    let Some(prometheus) = Prometheus::start(&service.url)? else { return Ok(()) };
    project.write("backout.toml", &plan(&prometheus.url, &service.url))?;
    // Nothing is known yet: that is neither good nor bad.
    let once = project.json(&["watch", "--once", "--yes", "production"], 4)?;
    ensure!(once["result"]["readings"][0]["verdict"] != "healthy", "{once:#}");
    let client = Client::start(&service.url);
    let began = Instant::now();
    let report = project.json(&["watch", "--yes", "production"], 0)?;
    let took = began.elapsed();
    let off = client.stop()?.context("the feature is still on")?;
    let decided = &report["result"]["decided"];
    ensure!(decided.as_array().is_some_and(|all| all.len() == 1), "{report:#}");
    let (did, firing) = (&decided[0]["did"], &decided[0]["firing"]);
    ensure!(did["did"] == "ran" && did["phase"] == "succeeded", "{report:#}");
    // A twelfth of the requests, as far as the window has them.
    let share = firing["value"].as_f64().context("a value")?;
    ensure!((0.05..0.15).contains(&share), "{share}");
    // From the moment that the limit was passed for long enough to the client's first refusal.
    let fired: Timestamp = firing["at"].as_str().context("a time")?.parse()?;
    let since: Timestamp = firing["since"].as_str().context("a time")?.parse()?;
    ensure!(fired.duration_since(since).as_secs_f64() < 1.6, "it fired late: {firing:#}");
    let beyond = off.duration_since(since).as_secs_f64() - 1.0;
    ensure!(beyond < 2.0, "{beyond} s beyond the trigger's own second");
    ensure!(took < Duration::from_secs(60));
    // The record has what the run was begun on.
    let run = did["run"].as_str().context("a run")?;
    let journal = project.run(&["run", "export", run], 0)?.stdout;
    ensure!(journal.contains("\\\"evidence\\\"") && journal.contains("error rate"), "{journal}");
    let shown = project.json(&["run", "show", run], 0)?;
    ensure!(shown["result"]["standing"].to_string().contains("succeeded"), "{shown:#}");
    let flags: Value = serde_json::from_str(&project.read("flags.json")?)?;
    assert_eq!(flags["flags"]["client-cards"]["defaultVariant"], "off");
    Ok(())
}
