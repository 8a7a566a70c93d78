//! What the runbooks watch for, from the signal to the record: the plan is the template as it is shipped, which asks more
//! often here. Messages are signed and go over HTTP, the service, Redis, PostgreSQL and Prometheus are real, and Vercel is
//! the stand-in of scenarios.rs. Who decided what, and why, is read from what the watch and the run have on record.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use backout_testkit::Running;
use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

use crate::http::{Reply, listen};
use crate::project::Project;
use crate::prometheus::Prometheus;
use crate::rollback::story;
use crate::runbooks::{ALL, V2, WRITES, as_owner};
use crate::scenarios::{CARDS, OFF, ONE, OTHER, Scene};
use crate::serve::Server;
use crate::watch::{document, runs, until};

const LOGIN_FAILED: &str = "session.login.failed";
pub const DRAIN: &str = "secret-of-the-drain";
/// As Svix writes it: base64 of the key.
const CLERK: (&str, &[u8]) = ("whsec_c2VjcmV0LW9mLWNsZXJr", b"secret-of-clerk");
const USAGE: &str = "tokenOfUsage";

/// A release that takes no page of before away.
pub const CLIENTS: &str = "CREATE TABLE clients (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
user_id uuid NOT NULL REFERENCES users, name text);
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
CREATE POLICY clients_all_own ON clients TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());\n";

/// Where the plan asks. Nobody answers at what is not said.
#[derive(Debug, Clone)]
pub struct Asked {
    pub cost: String,
    pub prometheus: String,
    pub analytics: String,
}

impl Default for Asked {
    fn default() -> Self {
        let nobody = || "http://127.0.0.1:1".to_owned();
        Self { cost: nobody(), prometheus: nobody(), analytics: nobody() }
    }
}

/// A template as it is shipped. It asks every 0.2 s, and a limit must be passed for a second.
pub fn shipped(name: &str, asked: &Asked) -> String {
    let found = backout_control::init::TEMPLATES.iter().find(|(known, _)| *known == name);
    let mut text = found.map_or("", |(_, text)| text).to_owned();
    for every in ["10s", "15s", "30s", "1m", "5m"] {
        text = text.replace(&format!("every = \"{every}\""), "every = \"200ms\"");
    }
    text.replace("for = \"5m\"", "for = \"1s\"")
        .replace("<fill in: the event of a login that failed>", LOGIN_FAILED)
        .replace("<fill in: https://address>/api/usage/last-hour", &format!("{}/usage", asked.cost))
        .replace("<fill in: http://address of Prometheus>", &asked.prometheus)
        .replace("<fill in: https://address of analytics>", &asked.analytics)
}

/// What signs messages, beside what the scene knows.
pub fn secrets(project: &Project) -> Result<()> {
    let known = project.read(".env")?;
    let more = [("VERCEL_DRAIN_SECRET", DRAIN), ("CLERK_WEBHOOK_SECRET", CLERK.0), ("USAGE_TOKEN", USAGE)];
    let more: String = more.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    project.write(".env", &format!("{known}SENTRY_CLIENT_SECRET=x\n{more}"))
}

/// What the watch has written down.
pub fn watched(project: &Project) -> Result<Value> {
    Ok(document(&project.command(&["status", "--json"])?.run()?)?["result"]["watched"].clone())
}

pub fn reading(project: &Project, trigger: &str) -> Result<Value> {
    let watched = watched(project)?;
    let mut readings = watched["readings"].as_array().into_iter().flatten();
    Ok(readings.find(|one| one["trigger"] == trigger).cloned().unwrap_or_default())
}

/// What was decided about this trigger first.
pub fn decided(project: &Project, trigger: &str) -> Result<Value> {
    let watched = watched(project)?;
    let mut decided = watched["decided"].as_array().into_iter().flatten();
    Ok(decided.find(|one| one["firing"]["trigger"] == trigger).cloned().unwrap_or_default())
}

/// Waits until a run that this trigger has begun is over: what was decided.
pub fn ran(project: &Project, trigger: &str) -> Result<Value> {
    until(&format!("{trigger} has led to a run"), || Ok(decided(project, trigger)?["did"]["did"] == "ran"))?;
    let decided = decided(project, trigger)?;
    ensure!(decided["did"]["phase"] == "succeeded", "{decided:#}");
    Ok(decided)
}

/// A run waits for somebody: he agrees.
fn agree(project: &Project) -> Result<()> {
    until("a run waits for approval", || {
        Ok(runs(project)?.first().is_some_and(|run| run["standing"]["state"] == "waiting-for-approval"))
    })?;
    project.run(&["run", "approve", "latest"], 0)?;
    Ok(())
}

/// The one run there is: what it was opened on is what was decided, and it went this way alone.
fn on_record(project: &Project, decided: &Value, way: &str) -> Result<()> {
    let runs = runs(project)?;
    ensure!(runs.len() == 1, "{runs:#?}");
    let shown = project.json(&["run", "show", "latest"], 0)?;
    let opened = shown["result"]["records"][0]["body"].as_str().context("the first record")?;
    let opened = serde_json::from_str::<Value>(opened)?["facts"]["evidence"].clone();
    for key in ["firing", "rule", "path"] {
        ensure!(opened[key] == decided[key], "{key}: {opened:#} and not {decided:#}");
    }
    let trigger = &decided["firing"]["trigger"];
    let is_it = |one: &Value| one["trigger"] == *trigger && one["verdict"] == "breached";
    ensure!(opened["readings"].as_array().is_some_and(|all| all.iter().any(is_it)), "{opened:#}");
    ensure!(decided["outcome"] == json!({ "roll-back": { "way": way } }), "{decided:#}");
    let gone: Vec<&Value> = shown["result"]["ways"].as_array().into_iter().flatten().map(|one| &one["way"]).collect();
    ensure!(gone == [way], "{gone:?}");
    project.run(&["run", "verify-journal", "latest"], 0)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Somebody whose login failed, as Clerk would tell it by Svix.
fn login_failed(project: &Project, server: &Server, number: u32, user: &str) -> Result<u16> {
    let body = json!({ "type": LOGIN_FAILED, "data": { "user_id": user } }).to_string();
    let (id, at) = (format!("msg_{number}"), Timestamp::now().as_second().to_string());
    let key = hmac::Key::new(hmac::HMAC_SHA256, CLERK.1);
    let signed = hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
    // Nothing here knows base64 but the server.
    let signed = project.query(&format!("SELECT encode('\\x{}'::bytea, 'base64')", hex(signed.as_ref())))?;
    let signature = format!("v1,{signed}");
    let headers = [("svix-id", id.as_str()), ("svix-timestamp", &at), ("svix-signature", &signature)];
    Ok(server.ask("POST", "/hooks/logins%20that%20failed", &headers, &body)?.status)
}

/// Requests as Vercel's log drain tells of them: the status of each, and the address that it came from.
pub fn requests(server: &Server, lines: &[(u16, String)]) -> Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let line = |(status, from): &(u16, String)| {
        let id = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
        json!({ "id": id, "source": "lambda", "proxy": { "statusCode": status, "path": "/api/clients", "clientIp": from } })
    };
    let body = Value::from(lines.iter().map(line).collect::<Vec<_>>()).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, DRAIN.as_bytes());
    let signature = hex(hmac::sign(&key, body.as_bytes()).as_ref());
    let answer = server.ask("POST", "/hooks/requests", &[("x-vercel-signature", &signature)], &body)?;
    ensure!(answer.status == 202, "{}: {}", answer.status, answer.text);
    Ok(())
}

fn start(project: &Project) -> Result<Running> {
    project.command(&["watch", "--for", "2m", "--json"])?.start()
}

/// 001: more than ten a minute cannot log in. Ten are not too many; then the features go off, and the log in works.
#[tokio::test(flavor = "multi_thread")]
async fn logins_that_fail_lead_to_way_a() -> Result<()> {
    let Some(scene) = Scene::new("watch_logins").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], CARDS)?;
    scene.plan(&shipped("meetsolis", &Asked::default()), &platform)?;
    let project = &scene.project;
    secrets(project)?;
    scene.migrate(CLIENTS)?;
    ensure!(platform.get("/api/clients", ONE)?.0 == 200, "the feature is on");
    let server = Server::start(project)?;
    for number in 0..10 {
        ensure!(login_failed(project, &server, number, &format!("user_{}", number % 4))? == 202);
    }
    until("ten are known", || Ok(reading(project, "login failures")?["value"] == 10.0))?;
    let ten = reading(project, "login failures")?;
    ensure!(ten["verdict"] == "healthy" && runs(project)?.is_empty(), "{ten:#} {:#?}", runs(project)?);
    // A copy counts once.
    ensure!(login_failed(project, &server, 9, "user_1")? == 200);
    ensure!(login_failed(project, &server, 10, "user_1")? == 202);
    let decided = ran(project, "login failures")?;
    ensure!(decided["firing"]["value"] == 11.0 && decided["firing"]["people"] == 4, "{decided:#}");
    ensure!(decided["rule"] == "people cannot log in, or see errors", "{decided:#}");
    on_record(project, &decided, "A")?;
    ensure!(platform.get("/api/clients", ONE)?.0 == 503 && platform.get("/api/auth/user", ONE)?.0 == 200);
    // Who it was stands nowhere.
    ensure!(!watched(project)?.to_string().contains("user_1"), "a user is named");
    Ok(())
}

/// 001: more than 1 % of the transactions fail after a migration. It is undone in place once somebody agrees.
#[tokio::test(flavor = "multi_thread")]
async fn database_errors_after_a_migration_lead_to_way_u() -> Result<()> {
    let Some(scene) = Scene::new("watch_database").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], OFF)?;
    scene.plan(&shipped("meetsolis", &Asked::default()), &platform)?;
    let project = &scene.project;
    secrets(project)?;
    scene.migrate(V2)?;
    as_owner(project, WRITES)?;
    let kept = |columns: &str, table: &str| project.database.sorted_copy(&format!("(SELECT {columns} FROM {table}) t"));
    let (users, uses) = ("id, clerk_id, email, name, plan", "id, user_id, feature, tokens_used, cost_usd, created_at");
    let since = (kept(users, "users")?, kept(uses, "ai_usage_tracking")?, kept("message", "usage_alerts")?);
    let mut watch = start(project)?;
    until("the first look", || Ok(watch.stderr()?.contains("database errors")))?;
    // The page asks for the table of before. Whoever has asked ten times is sent away without.
    for number in 0..120 {
        let status = platform.get("/api/meetings", &format!("user_{:08}", 10 + number % 30))?.0;
        ensure!(status == 500, "the fault is not there: {status}");
    }
    agree(project)?;
    let decided = ran(project, "database errors")?;
    ensure!(decided["rule"] == "the database fails, or its rows are wrong", "{decided:#}");
    ensure!(decided["firing"]["samples"].as_u64() >= Some(100) && decided["act"] == "ask", "{decided:#}");
    on_record(project, &decided, "U")?;
    assert_eq!(scene.before.schema, project.dump()?);
    for (place, table) in ALL.iter().enumerate().skip(3) {
        assert_eq!(scene.before.rows[place], project.database.sorted_copy(table)?, "{table}");
    }
    assert_eq!(since, (kept(users, "users")?, kept(uses, "ai_usage_tracking")?, kept("message", "usage_alerts")?));
    ensure!(platform.get("/api/meetings", OTHER)?.0 == 200, "the page of before");
    watch.interrupt()?;
    watch.end()?;
    Ok(())
}

/// 001: any row of somebody else's is seen. Counted, kept as evidence, undone once somebody agrees, and people are told.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_others_lead_to_way_c() -> Result<()> {
    let Some(scene) = Scene::new("watch_exposed").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], &[])?;
    scene.plan(&shipped("meetsolis", &Asked::default()), &platform)?;
    let project = &scene.project;
    secrets(project)?;
    scene.migrate(V2)?;
    as_owner(project, WRITES)?;
    as_owner(
        project,
        &format!(
            "INSERT INTO clients (user_id, name) SELECT id, 'Own' FROM users WHERE clerk_id IN ('{ONE}', '{OTHER}');
             INSERT INTO meetings (user_id, client_id, title, date) SELECT user_id, id, 'Own', now() FROM clients WHERE name = 'Own';"
        ),
    )?;
    let trigger = "rows of others are seen";
    let mut watch = start(project)?;
    until("all is well", || Ok(reading(project, trigger)?["verdict"] == "healthy"))?;
    // A policy that somebody has put there for a test, with all that are there before it.
    as_owner(project, "CREATE POLICY everything ON clients FOR SELECT TO authenticated USING (true);")?;
    agree(project)?;
    until("the undo waits", || Ok(decided(project, trigger)?["did"]["did"] == "asked" && platform.fake.stands().1))?;
    ensure!(platform.get("/api/clients", OTHER)?.0 == 503, "it is still served");
    agree(project)?;
    let decided = ran(project, trigger)?;
    ensure!(decided["rule"] == "data is exposed" && decided["firing"]["value"] == 1.0, "{decided:#}");
    on_record(project, &decided, "C")?;
    assert_eq!(scene.before.schema, project.dump()?);
    let journal = project.run(&["run", "export", "latest"], 0)?.stdout;
    ensure!(journal.contains("\\\"exposed_rows\\\":"), "{journal}");
    ensure!(project.read("incident.log")?.contains("data exposure"), "nobody was told");
    let evidence = project.json(&["evidence", "list"], 0)?;
    let id = evidence["result"]["evidence"][0]["id"].as_str().context("evidence")?.to_owned();
    project.run(&["evidence", "verify", &id], 0)?;
    watch.interrupt()?;
    watch.end()?;
    Ok(())
}

/// 001: AI costs more than $10 an hour. Its flag goes off, and no other one.
#[tokio::test(flavor = "multi_thread")]
async fn what_ai_costs_switches_one_flag_off() -> Result<()> {
    let Some(scene) = Scene::new("watch_cost").await? else { return Ok(()) };
    let platform = scene.platform(
        ["v2", "v2"],
        &[
            ("NEXT_PUBLIC_ENABLE_CLIENT_CARDS", "true"),
            ("NEXT_PUBLIC_ENABLE_NEW_MEETINGS", "true"),
            ("ENABLE_PGVECTOR", "true"),
        ],
    )?;
    let cents = Arc::new(AtomicU64::new(999));
    let (spent, token) = (cents.clone(), Some(USAGE.to_owned()));
    let cost = listen(move |request| match (request.path.as_str(), request.token == token) {
        ("/usage", true) => Reply::new(200, json!({ "total": spent.load(Ordering::Relaxed) as f64 / 100.0 })),
        _ => Reply::new(401, Value::Null),
    })?;
    scene.plan(&shipped("meetsolis", &Asked { cost, ..Asked::default() }), &platform)?;
    let project = &scene.project;
    secrets(project)?;
    scene.migrate(CLIENTS)?;
    let flags = project.read("flags.json")?;
    let mut watch = start(project)?;
    until("it is known", || Ok(reading(project, "AI cost")?["verdict"] == "healthy"))?;
    cents.store(1250, Ordering::Relaxed);
    let decided = ran(project, "AI cost")?;
    ensure!(decided["firing"]["value"] == 12.5 && decided["firing"]["limit"] == 10.0, "{decided:#}");
    on_record(project, &decided, "F")?;
    let production = |name: &str| platform.fake.state().variable_in_production(name);
    assert_eq!(production("ENABLE_PGVECTOR").as_deref(), Some("false"));
    for other in ["NEXT_PUBLIC_ENABLE_CLIENT_CARDS", "NEXT_PUBLIC_ENABLE_NEW_MEETINGS"] {
        assert_eq!(production(other).as_deref(), Some("true"), "{other}");
    }
    assert_eq!(flags, project.read("flags.json")?);
    ensure!(platform.get("/api/clients", ONE)?.0 == 200, "the other feature is off");
    watch.interrupt()?;
    watch.end()?;
    Ok(())
}

/// 001: p95 is more than two and a half times what it was. The deployment before comes back, and it is fast again.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_slower_than_usual_leads_to_the_code_of_before() -> Result<()> {
    let Some(scene) = Scene::new("watch_slow").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2-slow"], OFF)?;
    platform.fake.state().is_built("dpl_2");
    let Some(prometheus) = Prometheus::start(&platform.url)? else { return Ok(()) };
    let asked = Asked { prometheus: prometheus.url.clone(), ..Asked::default() };
    let plan = shipped("aias", &asked).replace("[1m]", "[3s]").replace("code=~", "status=~");
    scene.plan(&plan, &platform)?;
    let project = &scene.project;
    project.write("migrations/1_empty.sql", "SELECT 1;\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let ask = |page: &str| -> Result<()> {
        let status = platform.get(page, ONE)?.0;
        ensure!(status == 200, "{page}: {status}");
        Ok(())
    };
    let baseline = |known: &Value| known["result"]["baselines"].as_array().cloned().unwrap_or_default();
    let mut usual = 0.0;
    until("it is known what is usual", || {
        (0..10).try_for_each(|_| ask("/api/usage"))?;
        let measured = project.command(&["watch", "--once", "--baseline", "--json"])?.run()?;
        let measured = baseline(&document(&measured)?);
        usual = measured.iter().find(|one| one[0] == "performance").and_then(|one| one[1].as_f64()).unwrap_or(0.0);
        Ok(usual > 0.0)
    })?;
    let mut watch = start(project)?;
    until("it is as usual", || {
        ask("/api/usage")?;
        Ok(reading(project, "performance")?["verdict"] == "healthy")
    })?;
    platform.fake.state().is_built("dpl_3");
    until("it is slow, and somebody is asked", || {
        ask("/api/usage")?;
        Ok(decided(project, "performance")?["did"]["did"] == "asked")
    })?;
    agree(project)?;
    let decided = ran(project, "performance")?;
    let number = |key: &str| decided["firing"][key].as_f64().unwrap_or_default();
    ensure!((number("limit") - 2.5 * usual).abs() < 1e-6 && number("value") > number("limit"), "{usual}: {decided:#}");
    ensure!(decided["rule"] == "slow since the deployment", "{decided:#}");
    on_record(project, &decided, "code")?;
    ensure!(platform.fake.stands().0 == "dpl_2", "{:?}", platform.fake.stands());
    until("it is as usual again", || {
        ask("/api/usage")?;
        Ok(reading(project, "performance")?["verdict"] == "healthy")
    })?;
    watch.interrupt()?;
    watch.end()?;
    Ok(())
}

/// Two signals that people change in a table. The first one's way takes until somebody lets it go on.
const TWO: &str = r#"
[watch]
bake = "2m"
bake_rollback = "1s"
[[source]]
name = "one"
ask.sql = { query = "SELECT one FROM signals" }
every = "100ms"
[[source]]
name = "two"
ask.sql = { query = "SELECT two FROM signals" }
every = "100ms"
[[trigger]]
name = "one"
source = "one"
measure = "last"
over = "1m"
above = 5
way = "slow"
act = "auto"
[[trigger]]
name = "two"
source = "two"
measure = "last"
over = "1m"
above = 5
way = "rival"
act = "auto"
[[way]]
name = "slow"
for = ["one"]
keep = "none"
[[way.step]]
name = "wait"
do = "command"
budget = "1m"
with = { argv = ["sh", "-c", "touch begun; until [ -f go ]; do sleep 0.05; done"], repeatable = true }
[[way]]
name = "rival"
for = ["two"]
keep = "none"
[[way.step]]
name = "act"
do = "command"
with = { argv = ["sh", "-c", "echo rival >> rival"], repeatable = true }
"#;

#[tokio::test]
async fn what_fires_while_a_way_is_gone_joins_it() -> Result<()> {
    let story = story("watch_joins", TWO).await?;
    let project = &story.project;
    project.database.run("CREATE TABLE signals (one int, two int); INSERT INTO signals VALUES (9, 1)")?;
    let mut watch = start(project)?;
    until("the way has begun", || Ok(project.path("begun").exists()))?;
    project.database.run("UPDATE signals SET two = 9")?;
    until("it has joined", || Ok(decided(project, "two")?["did"]["did"] == "joined"))?;
    // While it goes on, somebody else's is refused as well.
    project.run(&["rollback", "--way", "rival", "--yes", "production"], 3)?;
    project.write("go", "")?;
    let first = ran(project, "one")?;
    let joined = decided(project, "two")?;
    ensure!(joined["did"]["run"] == first["did"]["run"], "{joined:#}");
    on_record(project, &first, "slow")?;
    let journal = crate::watch::journal(project)?;
    ensure!(journal.contains("trigger two fired") && journal.contains("\\\"value\\\":9.0"), "{journal}");
    ensure!(!project.path("rival").exists(), "a rival has acted");
    watch.interrupt()?;
    watch.end()?;
    Ok(())
}

/// Whoever watches the share of transactions that are rolled back adds none.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_is_no_error_of_the_database() -> Result<()> {
    let Some(scene) = Scene::new("watch_looks").await? else { return Ok(()) };
    let platform = scene.platform(["v2", "v2"], CARDS)?;
    scene.plan(&shipped("meetsolis", &Asked::default()), &platform)?;
    let project = &scene.project;
    secrets(project)?;
    scene.migrate(CLIENTS)?;
    as_owner(
        project,
        &format!("INSERT INTO clients (user_id) SELECT id FROM users WHERE clerk_id IN ('{ONE}', '{OTHER}');"),
    )?;
    let plan = project.read("backout.toml")?.replace(", { name = \"public.meetings\" }] }\nevery", "] }\nevery");
    project.write("backout.toml", &plan)?;
    // One that has not looked before connects anew, as each source does.
    let ended = |which: &str| -> Result<i64> {
        let sql = format!("SELECT {which} FROM pg_stat_database WHERE datname = current_database()");
        Ok(project.query(&sql)?.parse()?)
    };
    let before = (ended("xact_rollback")?, ended("xact_commit")?);
    for _ in 0..5 {
        let looked = document(&project.command(&["watch", "--once", "--json"])?.run()?)?;
        let said = looked["result"]["readings"].as_array().cloned().unwrap_or_default();
        let rls = said.iter().find(|one| one["trigger"] == "rows of others are seen").context("a reading")?;
        ensure!(rls["samples"].is_number() && rls["verdict"] != "source-error", "{rls:#}");
    }
    ensure!(ended("xact_commit")? > before.1 + 15, "nobody has looked");
    assert_eq!(ended("xact_rollback")?, before.0);
    Ok(())
}

/// A window and a veto's time are those of before, whoever goes on: nothing counts twice, and nothing is forgotten.
#[tokio::test]
async fn windows_and_vetoes_go_on_where_it_was_killed() -> Result<()> {
    let plan = r#"
[[source]]
name = "complaints"
ask.reports = { kind = "complaint" }
[[trigger]]
name = "complaints"
source = "complaints"
measure = "count"
over = "1h"
above = 10
for = "1s"
silent_after = "0"
vetoes = [{ few_people = { under = 3 } }]
veto_for = "3s"
way = "tell"
act = "auto"
[[way]]
name = "tell"
for = ["complaints"]
keep = "none"
[[way.step]]
name = "tell"
do = "command"
with = { argv = ["sh", "-c", "echo told >> told"], repeatable = true }
"#;
    let story = story("watch_windows", plan).await?;
    let project = &story.project;
    let complain = |who: &str, count: &str| project.run(&["report", "complaint", "--who", who, "--count", count], 0);
    let is = |value: f64| Ok(reading(project, "complaints")?["value"] == value);
    let mut watch = start(project)?;
    until("it watches", || Ok(watched(project)?["by"].is_string()))?;
    complain("anna", "1")?;
    until("one is known", || is(1.0))?;
    ensure!(watch.kill()?.was_killed(), "it ended by itself");
    // What came while nobody watched, and what was known.
    for _ in 0..10 {
        complain("anna", "1")?;
    }
    let mut watch = start(project)?;
    until("one person has complained eleven times", || {
        Ok(is(11.0)? && reading(project, "complaints")?["vetoed"].is_object())
    })?;
    let held = reading(project, "complaints")?;
    ensure!(held["vetoed"]["why"] == "it happened to 1 where 3 count", "{held:#}");
    ensure!(watch.kill()?.was_killed(), "it ended by itself");
    let mut watch = start(project)?;
    until("somebody watches", || Ok(watched(project)?["by"].is_string()))?;
    let later = reading(project, "complaints")?;
    ensure!(later["since"] == held["since"], "{held:#} {later:#}");
    for who in ["bert", "carla"] {
        complain(who, "1")?;
    }
    let decided = ran(project, "complaints")?;
    ensure!(decided["firing"]["value"] == 13.0 && decided["firing"]["people"] == 3, "{decided:#}");
    ensure!(decided["firing"]["since"] == held["since"], "{held:#} {decided:#}");
    let (until, fired) = (&held["vetoed"]["until"], &decided["firing"]["at"]);
    let time = |at: &Value| at.as_str().and_then(|at| at.parse::<Timestamp>().ok());
    ensure!(time(fired) >= time(until), "it fired at {fired}, and was held back until {until}");
    on_record(project, &decided, "tell")?;
    ensure!(project.read("told")?.lines().count() == 1);
    watch.interrupt()?;
    watch.end()?;
    Ok(())
}
