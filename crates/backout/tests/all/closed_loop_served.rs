//! The whole loop as it is run: `backout serve` watches a real Prometheus, decides by itself, and the flag that goes off
//! closes the gate of a real nginx and reaches the service's OpenFeature client, which asks over HTTP.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::closed_loop::USER;
use crate::example::{Service, ask, ask_text, folder};
use crate::nginx::{Nginx, program};
use crate::project::PLAN;
use crate::prometheus::Prometheus;
use crate::runbooks::V2;
use crate::scenarios::Scene;
use crate::serve::{Server, until};

/// Somebody who asks for clients all the time, and for himself in between: when the feature went off for him.
struct Visitor {
    stop: Arc<AtomicBool>,
    asks: thread::JoinHandle<Result<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    off: Option<Timestamp>,
    /// Answers of 500 before.
    failed: usize,
    answered: usize,
    /// Answers of 503.
    refused: usize,
    /// Other pages that were answered after it.
    others: usize,
}

impl Visitor {
    fn start(url: &str) -> Self {
        let (stop, url) = (Arc::new(AtomicBool::new(false)), url.to_owned());
        let stopped = stop.clone();
        let asks = thread::spawn(move || {
            let mut seen = Seen::default();
            for number in 1.. {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                if number % 8 == 0 {
                    let (status, body) = ask("GET", &format!("{url}/api/auth/user"), USER, "")?;
                    ensure!(status == 200, "{status}: {body}");
                    seen.others += usize::from(seen.off.is_some());
                    continue;
                }
                let (status, body) = ask("GET", &format!("{url}/api/clients"), USER, "")?;
                match (status, seen.off) {
                    (503, _) => {
                        ensure!(body == json!({ "error": "Feature not enabled" }), "{body}");
                        seen.off = seen.off.or_else(|| Some(Timestamp::now()));
                        seen.refused += 1;
                    }
                    (200, None) => seen.answered += 1,
                    (500, None) => seen.failed += 1,
                    _ => anyhow::bail!("{status}: {body}"),
                }
                // A browser that asks again; not what anybody waits for.
                thread::sleep(Duration::from_millis(4));
            }
            Ok(seen)
        });
        Self { stop, asks }
    }

    fn stop(self) -> Result<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        self.asks.join().map_err(|_| anyhow::anyhow!("the visitor panicked"))?
    }
}

fn plan(prometheus: &str, page: &str) -> String {
    format!(
        r#"{PLAN}
[serve]
flags = "flags.json"
[[gate]]
route = "/api/clients"
flag = "client-cards"
[[source]]
name = "requests"
every = "200ms"
ask.prometheus = {{ url = "{prometheus}", bad = 'sum(http_requests_total{{status="500"}}) or vector(0)', of = 'sum(http_requests_total)' }}
[[trigger]]
name = "error rate"
source = "requests"
measure = "ratio"
over = "2s"
above = 0.04
for = "1s"
at_least = 20
symptom = "errors"
way = "A"
act = "auto"
[watch]
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
with = {{ until = {{ http = {{ url = "{page}/api/clients", expect_status = [503], expect_json = {{ "/error" = "Feature not enabled" }} }} }} }}
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_closes_the_gate_of_a_feature_that_fails() -> Result<()> {
    let Some(nginx) = program() else { return Ok(()) };
    let Some(scene) = Scene::new("closed_loop_served").await? else { return Ok(()) };
    let project = &scene.project;
    project.write("backout.toml", PLAN)?;
    scene.migrate(V2)?;
    project.write("app.env", &scene.variables())?;
    // The service and nginx are told where the server will listen; nobody else gets that port meanwhile.
    let place = TcpListener::bind("127.0.0.1:0")?;
    let gate = format!("http://{}", place.local_addr()?);
    let release = folder().join("releases/v2-flaky");
    let service = Service::start(&scene.python, &release, &project.path("app.env"), &gate)?;
    let Some(prometheus) = Prometheus::start(&service.url)? else { return Ok(()) };
    let nginx = Nginx::start(&nginx, &service.url, &gate)?;
    project.write("backout.toml", &plan(&prometheus.url, &nginx.url))?;
    drop(place);
    let mut server = Server::start_at(project, gate.trim_start_matches("http://"))?;

    let visitor = Visitor::start(&nginx.url);
    let triggers = || server.ask("GET", "/api/v1/triggers", &[], "")?.json();
    let mut last = Value::Null;
    let ran = until("a way back was gone", || {
        last = triggers()?;
        Ok(last["decided"][0]["did"]["did"] == "ran")
    });
    ran.with_context(|| format!("{last:#}"))?;
    let decided = last["decided"][0].clone();
    let healed = until("the way has helped", || Ok(server.running.stderr()?.contains("way A has helped")));
    healed.with_context(|| server.running.stderr().unwrap_or_default())?;
    // The service's own client reads the flag from the server as well, whatever nginx does.
    let direct = ask("GET", &format!("{}/api/clients", service.url), USER, "")?;
    assert_eq!(direct, (503, json!({ "error": "Feature not enabled" })));
    let seen = visitor.stop()?;
    // nginx has refused the visitor, not the service: that saw no more than who was let in when the flag went off.
    let counted = ask_text(&format!("{}/metrics", service.url))?;
    let line =
        counted.lines().find_map(|line| line.strip_prefix(r#"http_requests_total{path="/api/clients",status="503"} "#));
    let reached: usize = line.context("the service has refused nobody")?.trim().parse()?;
    ensure!(reached <= 3 && seen.refused > 20, "{reached} of {seen:?}");

    ensure!(decided["did"]["phase"] == "succeeded" && decided["act"] == "auto", "{decided:#}");
    let firing = &decided["firing"];
    let at = |key: &str| -> Result<Timestamp> { Ok(firing[key].as_str().context("a time")?.parse()?) };
    let (since, fired) = (at("since")?, at("at")?);
    let off = seen.off.context("the feature is still on")?;
    // Every twelfth of its own requests has failed, and nothing else.
    let share = seen.failed as f64 / (seen.failed + seen.answered) as f64;
    ensure!((0.06..0.11).contains(&share), "{seen:?}");
    ensure!(seen.others > 0, "{seen:?}");
    // bench/loop has figures; here many tests share the machine.
    let beyond = off.duration_since(since).as_secs_f64() - 1.0;
    ensure!(fired <= off && beyond < 2.0, "{beyond} s beyond the trigger's own second");

    // The record has what the run was begun on, and its steps.
    let run = decided["did"]["run"].as_str().context("a run")?;
    let journal = project.run(&["run", "export", run], 0)?.stdout;
    ensure!(journal.contains("\\\"evidence\\\"") && journal.contains("error rate"), "{journal}");
    let shown = project.json(&["run", "show", run], 0)?;
    ensure!(shown["result"]["standing"].to_string().contains("succeeded"), "{shown:#}");
    project.run(&["run", "verify-journal", run], 0)?;
    let flags: Value = serde_json::from_str(&project.read("flags.json")?)?;
    assert_eq!(flags["flags"]["client-cards"]["defaultVariant"], "off");
    server.running.terminate()?;
    server.running.end()?.expect_code(0);
    Ok(())
}
