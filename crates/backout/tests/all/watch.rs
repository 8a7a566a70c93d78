//! A watch from end to end: sources on a real database, triggers that fire, and what follows.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use backout_testkit::{Running, TestServer};
use serde_json::Value;

use crate::project::{PLAN, Project};
use crate::rollback::{Story, story, story_in};

/// As soon as the newest migration stands, there are tags; once it is undone, there are none.
const WATCHED: &str = r#"
[watch]
bake = "2m"
bake_rollback = "1s"
[[source]]
name = "tags"
ask.sql = { query = "SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'tags'" }
every = "200ms"
"#;

const U: &str = r#"
[[way]]
name = "U"
for = ["wrong-data"]
keep = "none"
[[way.step]]
name = "undo in place"
do = "undo"
"#;

const C: &str = r#"
[[way]]
name = "C"
for = ["everything"]
keep = "none"
[[way.step]]
name = "tell"
do = "command"
with = { argv = ["sh", "-c", "echo told >> told"], check = ["test", "-f", "told"] }
"#;

const WATCH: [&str; 4] = ["watch", "--until-healthy", "--for", "2m"];

fn trigger(more: &str) -> String {
    format!(
        "\n[[trigger]]\nname = \"tags\"\nsource = \"tags\"\nmeasure = \"last\"\nover = \"1m\"\nabove = 0.5\n\
         symptom = \"wrong-data\"\ncool_down = \"0\"\n{more}\n"
    )
}

async fn watched(name: &str, more: &str) -> Result<Story> {
    story(name, &format!("{WATCHED}{}{U}{C}", trigger(more))).await
}

pub fn runs(project: &Project) -> Result<Vec<Value>> {
    let listed = project.json(&["runs"], 0)?;
    Ok(listed["result"]["runs"].as_array().cloned().unwrap_or_default())
}

/// Looks until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > Duration::from_secs(60) {
            bail!("it never came to that: {what}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

pub fn document(ended: &backout_testkit::Run) -> Result<Value> {
    serde_json::from_str(&ended.stdout).with_context(|| ended.transcript())
}

fn start(project: &Project) -> Result<Running> {
    project.command(&WATCH)?.arg("--json").start()
}

fn is_undone(story: &Story) -> Result<()> {
    ensure!(story.project.query("SELECT count(*) FROM notes")? == "3", "the notes are not back");
    Ok(())
}

/// What the newest run was opened on.
pub fn journal(project: &Project) -> Result<String> {
    Ok(project.json(&["run", "show", "latest"], 0)?["result"]["records"].to_string())
}

#[tokio::test]
async fn a_breach_takes_the_way_back_with_its_evidence() -> Result<()> {
    let success = "[watch]\nbake = \"2m\"\nbake_rollback = \"1s\"\n\
                   success = [{ trigger = \"tags\", below = 0.5, within = \"30s\" }]\n";
    let plan = format!("{WATCHED}{}{U}{C}", trigger("way = \"U\"\nact = \"auto\""));
    let plan = plan.replace("[watch]\nbake = \"2m\"\nbake_rollback = \"1s\"\n", success);
    let story = story("watch_auto", &plan).await?;
    let ended = start(&story.project)?.end()?.expect_code(0);
    let report = document(&ended)?;
    let decided = &report["result"]["decided"][0];
    ensure!(decided["did"]["did"] == "ran" && decided["did"]["phase"] == "succeeded", "{report:#}");
    ensure!(report["result"]["after"]["what"] == "run", "{report:#}");
    ensure!(ended.stderr.contains("watch.proven") || ended.stderr.contains("has helped"), "{}", ended.transcript());
    is_undone(&story)?;
    ensure!(runs(&story.project)?.len() == 1, "{:#?}", runs(&story.project)?);
    let journal = journal(&story.project)?;
    for part in ["evidence", "firing", "readings"] {
        ensure!(journal.contains(part), "{part}: {journal}");
    }
    // Each reading that changed, and what was decided, is a line.
    let lines = ended.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events: Vec<String> = lines.filter_map(|line| line["event"].as_str().map(str::to_owned)).collect();
    ensure!(events.iter().any(|event| event == "read") && events.iter().any(|event| event == "decided"), "{events:?}");
    // It is known what was watched, without asking anybody.
    let status = story.project.command(&["status", "--json"])?.run()?;
    let status = document(&status)?;
    ensure!(status["result"]["watched"]["readings"][0]["verdict"] == "healthy", "{status:#}");
    ensure!(status["result"]["watched"]["by"].is_null(), "{status:#}");
    Ok(())
}

#[tokio::test]
async fn a_run_that_asks_waits_for_somebody_and_another_trigger_joins_it() -> Result<()> {
    let other = "[[source]]\nname = \"signals\"\nask.sql = { query = \"SELECT value FROM signals\" }\nevery = \"200ms\"\n\
                 [[trigger]]\nname = \"signals\"\nsource = \"signals\"\nmeasure = \"last\"\nover = \"1m\"\nabove = 5\n\
                 way = \"C\"\nact = \"auto\"\n";
    let plan = format!("{WATCHED}{other}{}{U}{C}", trigger("way = \"U\"\nact = \"ask\""));
    let story = story("watch_ask", &plan).await?;
    let project = &story.project;
    project.database.run("CREATE TABLE signals (value int); INSERT INTO signals VALUES (1)")?;
    let mut watch = start(project)?;
    until("a run waits", || {
        Ok(runs(project)?.first().is_some_and(|run| run["standing"]["state"] == "waiting-for-approval"))
    })?;
    ensure!(project.query("SELECT to_regclass('public.notes') IS NULL")? == "t", "nobody agreed to it");
    project.database.run("UPDATE signals SET value = 9")?;
    until("it has joined", || Ok(journal(project)?.contains("trigger signals fired")))?;
    project.database.run("UPDATE signals SET value = 1")?;
    project.run(&["run", "approve", "latest"], 0)?;
    let ended = watch.end()?;
    let report = document(&ended)?;
    let dids: Vec<&Value> =
        report["result"]["decided"].as_array().context("decided")?.iter().map(|one| &one["did"]["did"]).collect();
    ensure!(dids == ["ran", "joined"], "{report:#}");
    ensure!(ended.code() == Some(0), "{}", ended.transcript());
    is_undone(&story)?;
    ensure!(runs(project)?.len() == 1 && !project.path("told").exists(), "a rival run");
    Ok(())
}

#[tokio::test]
async fn one_round_says_how_things_are() -> Result<()> {
    let story = watched("watch_once", "").await?;
    let project = &story.project;
    let breached = project.json(&["watch", "--once"], 8)?;
    ensure!(breached["result"]["readings"][0]["verdict"] == "breached", "{breached:#}");
    ensure!(breached["result"]["decided"][0]["did"]["did"] == "notified", "{breached:#}");
    // Once for each breach.
    let again = project.json(&["watch", "--once"], 8)?;
    ensure!(again["result"]["decided"].as_array().is_some_and(Vec::is_empty), "{again:#}");
    project.run(&["undo", "--yes", "production"], 0)?;
    project.json(&["watch", "--once"], 0)?;
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", &plan.replace("pg_catalog.pg_class", "nothing_of_the_kind"))?;
    let failed = project.json(&["watch", "--once"], 4)?;
    ensure!(failed["result"]["readings"][0]["verdict"] == "source-error", "{failed:#}");
    // The database away is no breach.
    project.write("backout.toml", &plan)?;
    let away =
        project.command(&["watch", "--once", "--json"])?.env("DATABASE_URL", "postgres://u@127.0.0.1:1/x").run()?;
    let away = document(&away.expect_code(4))?;
    ensure!(away["result"]["readings"][0]["verdict"] == "source-error", "{away:#}");
    ensure!(runs(project)?.is_empty(), "{:#?}", runs(project)?);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_says_what_it_would_do() -> Result<()> {
    let story = watched("watch_dry", "act = \"auto\"").await?;
    let said = story.project.json(&["watch", "--once", "--dry-run"], 8)?;
    ensure!(said["result"]["decided"][0]["did"]["did"] == "would", "{said:#}");
    ensure!(runs(&story.project)?.is_empty(), "it acted");
    // It is as if nobody had looked.
    let said = document(&story.project.command(&["watch", "--once", "--json"])?.run()?)?;
    ensure!(said["result"]["decided"][0]["did"]["did"] == "ran", "{said:#}");
    is_undone(&story)
}

#[tokio::test]
async fn a_timer_goes_on_where_it_was_killed() -> Result<()> {
    let story = watched("watch_restart", "for = \"8s\"\nact = \"auto\"").await?;
    let project = &story.project;
    let mut watch = start(project)?;
    let mut since = Value::Null;
    until("it is breached", || {
        let status = document(&project.command(&["status", "--json"])?.run()?)?;
        let reading = &status["result"]["watched"]["readings"][0];
        since = reading["since"].clone();
        Ok(reading["verdict"] == "breached")
    })?;
    ensure!(watch.kill()?.was_killed(), "it ended by itself");
    let report = document(&start(project)?.end()?.expect_code(0))?;
    ensure!(report["result"]["decided"][0]["firing"]["since"] == since, "{since}: {report:#}");
    is_undone(&story)
}

#[tokio::test]
async fn whatever_is_killed_there_is_one_run() -> Result<()> {
    for (number, place) in ["watch-decided", "run.before.1", "run.acted.2", "run.before.3"].into_iter().enumerate() {
        let story = watched(&format!("watch_killed_{number}"), "act = \"auto\"").await?;
        let killed = story.project.command(&WATCH)?.run_to_failpoint(place)?;
        ensure!(killed.hit, "{place}: {}", killed.run.transcript());
        let ended = start(&story.project)?.end()?;
        ensure!(ended.code() == Some(0), "{place}: {}", ended.transcript());
        is_undone(&story)?;
        ensure!(runs(&story.project)?.len() == 1, "{place}: {:#?}", runs(&story.project)?);
        story.project.run(&["run", "verify-journal", "latest"], 0)?;
    }
    Ok(())
}

#[tokio::test]
async fn two_watches_open_one_run() -> Result<()> {
    let story = watched("watch_two", "act = \"auto\"").await?;
    let mut both = [start(&story.project)?, start(&story.project)?];
    for watch in &mut both {
        watch.end()?.expect_code(0);
    }
    is_undone(&story)?;
    ensure!(runs(&story.project)?.len() == 1, "{:#?}", runs(&story.project)?);
    Ok(())
}

#[tokio::test]
async fn what_speaks_against_it_is_said_and_nothing_is_done() -> Result<()> {
    for (number, veto) in [
        "{ known = { reason = \"a drill\" } }",
        "{ few_people = { under = 3 } }",
        "{ not_critical = { unless = [\"tags\"] } }",
    ]
    .into_iter()
    .enumerate()
    {
        let story = watched(&format!("watch_veto_{number}"), &format!("act = \"auto\"\nvetoes = [{veto}]")).await?;
        let said = story.project.json(&["watch", "--once"], 8)?;
        let reading = &said["result"]["readings"][0];
        ensure!(reading["verdict"] == "breached" && !reading["vetoed"].is_null(), "{veto}: {said:#}");
        ensure!(runs(&story.project)?.is_empty(), "{veto}: it acted");
    }
    Ok(())
}

#[tokio::test]
async fn a_tree_leads_to_mending_or_to_watching() -> Result<()> {
    for (number, then, did) in [(0, "{ fix = \"turn it off\" }", "to-mend"), (1, "{ monitor = \"1s\" }", "watches")] {
        let plan =
            format!("{WATCHED}{}{U}{C}[[decide]]\nname = \"of all\"\nthen = {then}\n", trigger("act = \"auto\""));
        let story = story(&format!("watch_tree_{number}"), &plan).await?;
        let said = story.project.json(&["watch", "--once"], 8)?;
        let decided = &said["result"]["decided"][0];
        ensure!(decided["did"]["did"] == did && decided["rule"] == "of all", "{said:#}");
        ensure!(decided["path"][0]["held"] == true, "{said:#}");
        ensure!(runs(&story.project)?.is_empty(), "{then}: it acted");
        if did == "watches" {
            // What lasts is decided again, each time by itself.
            let mut watch = start(&story.project)?;
            until("it is decided again", || Ok(watch.stderr()?.contains("+1")))?;
            watch.interrupt()?;
            watch.end()?.expect_code(8);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_way_that_does_not_help_leads_to_the_next_one() -> Result<()> {
    let plan = format!("{WATCHED}{}{U}{C}", trigger("way = \"U\"\nact = \"auto\""))
        .replace(
            "bake_rollback = \"1s\"",
            "bake_rollback = \"1s\"\nsuccess = [{ trigger = \"tags\", below = 0.5, within = \"1s\" }]",
        )
        .replace("SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'tags'", "SELECT 9");
    let story = story("watch_escalates", &plan).await?;
    let project = &story.project;
    let ended = project.command(&["watch", "--for", "1s", "--json"])?.run()?.expect_code(8);
    is_undone(&story)?;
    ensure!(project.read("told")?.lines().count() == 1, "{}", ended.transcript());
    let runs = runs(project)?;
    ensure!(runs.len() == 2, "{runs:#?}");
    Ok(())
}

#[tokio::test]
async fn a_recording_is_replayed() -> Result<()> {
    let story = watched("watch_backtest", "").await?;
    let project = &story.project;
    project.run(&["watch", "--once", "--record", "recorded.jsonl"], 8)?;
    let recorded = project.read("recorded.jsonl")?;
    ensure!(recorded.contains("\"trigger\":\"tags\""), "{recorded}");
    // It fired, and nothing was wrong.
    let judged = project.json(&["backtest", "recorded.jsonl"], 8)?;
    ensure!(judged["result"]["triggers"][0]["wrong"] == 1, "{judged:#}");
    let incident = "{\"incident\":\"tags\",\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"2099-01-01T00:00:00Z\",\
                    \"triggers\":[\"tags\"]}\n";
    project.write("labelled.jsonl", &format!("{incident}{recorded}"))?;
    let judged = project.json(&["backtest", "labelled.jsonl"], 0)?;
    ensure!(judged["result"]["triggers"][0]["recall"] == 1.0, "{judged:#}");
    project.write("bad.jsonl", &format!("{recorded}{{\"trigger\":\"tags\",\"at\":\"yesterday\"}}\n"))?;
    let refused = project.run(&["backtest", "bad.jsonl"], 2)?;
    for part in ["bad.jsonl:2", "yesterday"] {
        ensure!(refused.stderr.contains(part), "{part}: {}", refused.transcript());
    }
    project.write("other.jsonl", &recorded.replace("\"tags\"", "\"tag\""))?;
    let refused = project.run(&["backtest", "other.jsonl"], 2)?;
    ensure!(refused.stderr.contains("did you mean \"tags\""), "{}", refused.transcript());
    Ok(())
}

/// What fires while the store is away is followed when it is back, if it still lasts.
#[tokio::test]
async fn nothing_is_done_while_the_store_is_away() -> Result<()> {
    let store = TestServer::shared().database("watch_store_runs").await?;
    let plan = format!("[store]\nurl = \"env:STORE_URL\"\n{WATCHED}{}{U}{C}", trigger("act = \"auto\""))
        .replace("SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'tags'", "SELECT value FROM signals");
    let story = story_in("watch_store", &plan, Some(&store.url())).await?;
    let project = &story.project;
    project.database.run("CREATE TABLE signals (value int); INSERT INTO signals VALUES (0)")?;
    // Long enough to see that it is healthy first.
    let mut watch = project.command(&["watch", "--for", "2m", "--json"])?.start()?;
    until("it is healthy", || Ok(watch.stderr()?.contains("\"healthy\"")))?;
    let name = backout_schema::ident(store.name());
    project.query(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))?;
    let end =
        format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}'", store.name());
    project.query(&end)?;
    until("it is said", || Ok(watch.stderr()?.contains("the store does not answer")))?;
    project.database.run("UPDATE signals SET value = 9")?;
    until("it fires", || Ok(watch.stderr()?.contains("\"breached\"")))?;
    ensure!(project.query("SELECT to_regclass('public.notes') IS NULL")? == "t", "it acted without a store");
    project.query(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))?;
    until("it is followed", || Ok(project.query("SELECT to_regclass('public.notes') IS NULL")? == "f"))?;
    until("it is over", || Ok(runs(project)?.first().is_some_and(|run| run["standing"]["state"] == "succeeded")))?;
    ensure!(runs(project)?.len() == 1, "{:#?}", runs(project)?);
    watch.interrupt()?;
    watch.end()?;
    Ok(())
}

/// Whoever stands by takes over where the other one went away.
#[tokio::test]
async fn another_watch_takes_over() -> Result<()> {
    let plan = format!("{WATCHED}{}{U}{C}", trigger("act = \"auto\""))
        .replace("SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'tags'", "SELECT value FROM signals");
    let story = story("watch_takes_over", &plan).await?;
    let project = &story.project;
    project.database.run("CREATE TABLE signals (value int); INSERT INTO signals VALUES (0)")?;
    let mut first = project.command(&["watch", "--for", "2m", "--json"])?.start()?;
    until("the first one acts", || Ok(first.stderr()?.contains("\"healthy\"")))?;
    let mut second = project.command(&["watch", "--for", "2m", "--json"])?.start()?;
    until("the second one stands by", || Ok(second.stderr()?.contains("stands by")))?;
    ensure!(first.kill()?.was_killed(), "it ended by itself");
    project.database.run("UPDATE signals SET value = 9")?;
    until("the second one has acted", || Ok(second.stderr()?.contains("\"ran\"")))?;
    is_undone(&story)?;
    ensure!(runs(project)?.len() == 1, "{:#?}", runs(project)?);
    second.interrupt()?;
    second.end()?;
    Ok(())
}

/// What people report is heard once, and only since it is watched.
#[tokio::test]
async fn what_people_report_is_heard() -> Result<()> {
    let reports = "[[source]]\nname = \"complaints\"\nask.reports = { kind = \"complaint\" }\n\
                   [[trigger]]\nname = \"complaints\"\nsource = \"complaints\"\nmeasure = \"people\"\nover = \"1h\"\n\
                   above = 1\nsilent_after = \"0\"\n";
    let story = story("watch_reports", &format!("{reports}{U}{C}")).await?;
    let project = &story.project;
    project.run(&["report", "complaint", "--who", "anna", "--who", "bert", "--who", "carla"], 0)?;
    project.run(&["watch", "--once"], 4)?;
    project.run(&["report", "complaint", "--who", "anna"], 0)?;
    project.run(&["report", "complaint", "--who", "anna"], 0)?;
    project.run(&["watch", "--once"], 0)?;
    project.run(&["report", "complaint", "--who", "dora"], 0)?;
    let said = project.json(&["watch", "--once"], 8)?;
    ensure!(said["result"]["readings"][0]["value"] == 2.0, "{said:#}");
    // Nobody stands there by name.
    let status = document(&project.command(&["status", "--json"])?.run()?)?.to_string();
    ensure!(!status.contains("dora") && !said.to_string().contains("dora"), "{status}");
    Ok(())
}

#[tokio::test]
async fn what_a_plan_cannot_mean_is_refused_at_its_line() -> Result<()> {
    for (number, more, said) in [
        (0, "act = \"auto\"\n[[decide]]\nname = \"x\"\nthen = { way = \"Z\" }", "there is no way \"Z\""),
        (1, "act = \"auto\"\nway = \"Z\"", "there is no way \"Z\""),
    ] {
        let project = Project::new(&format!("watch_plan_{number}")).await?;
        let plan = format!("{PLAN}{WATCHED}{}{U}{C}", trigger(more));
        project.write("backout.toml", &plan)?;
        let refused = project.run(&["watch", "--once"], 2)?;
        ensure!(refused.stderr.contains(said) && refused.stderr.contains("backout.toml:"), "{}", refused.transcript());
    }
    let project = Project::new("watch_plan_symptom").await?;
    let plan = format!("{PLAN}{WATCHED}{}{U}{C}", trigger("act = \"auto\""));
    project.write("backout.toml", &plan.replace("symptom = \"wrong-data\"", "symptom = \"wrong-dat\""))?;
    let refused = project.run(&["watch", "--once"], 2)?;
    ensure!(refused.stderr.contains("wrong-data"), "{}", refused.transcript());
    // Whoever may send is told by a secret.
    for (secret, said) in [("", "secret"), (", secret = \"env:NOT_SET\"", "NOT_SET"), (", secret = \"abc\"", "env:")] {
        let webhook = format!("ask.webhook = {{ kind = \"sentry\"{secret} }}");
        let plan = plan.replace(
            "ask.sql = { query = \"SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'tags'\" }",
            &webhook,
        );
        project.write("backout.toml", &plan.replace("every = \"200ms\"\n", ""))?;
        let refused = project.run(&["watch", "--once"], 2)?;
        ensure!(refused.stderr.contains(said) && refused.stderr.contains("backout.toml:"), "{}", refused.transcript());
    }
    Ok(())
}

/// What only looks is no error: it would be what a trigger on the target's errors sees where nobody else is there.
#[tokio::test]
async fn what_was_looked_at_is_not_rolled_back() -> Result<()> {
    let project = Project::new("watch_commits").await?;
    let looks = r#"
[[source]]
name = "errors"
ask.database = { watch = "errors" }
every = "100ms"
[[source]]
name = "tags"
ask.sql = { query = "SELECT count(*) FROM pg_catalog.pg_class" }
every = "100ms"
[[source]]
name = "there"
ask.check = "classes"
every = "100ms"
[[verify]]
name = "users"
that = { tables = ["public.users"] }
[[verify]]
name = "classes"
that = { sql = "SELECT count(*) > 0 FROM pg_catalog.pg_class" }
"#;
    let on = |name: &str| trigger("").replace("\"tags\"", &format!("\"{name}\"")).replace("\"last\"", "\"count\"");
    let triggers: String = ["errors", "there"].iter().map(|name| on(name)).collect();
    project.write("backout.toml", &format!("{PLAN}{looks}{triggers}{}{U}", trigger("")))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let rolled_back = || -> Result<i64> {
        let sql = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()";
        Ok(project.query(sql)?.parse()?)
    };
    let before = rolled_back()?;
    let looked = project.command(&["watch", "--for", "2s", "--json"])?.run()?;
    ensure!(looked.stdout.contains("\"tags\""), "{}", looked.transcript());
    // Some forty looks. What is tried at the beginning, to find mistakes of the plan, is rolled back once.
    let new = rolled_back()? - before;
    ensure!(new < 5, "{new} were rolled back");
    Ok(())
}
