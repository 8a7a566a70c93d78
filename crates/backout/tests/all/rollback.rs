//! Ways back as durable runs, from the command line: escalation, approval, and a crash at every record of the journal.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::project::{OURS, PLAN, Project};

/// A is not enough for broken data, so it escalates to U. What is outside is told once.
pub const WAYS: &str = r#"
[[way]]
name = "A"
for = ["errors"]
budget = "3m"
keep = "none"
[[way.step]]
name = "flag off"
do = "flags"
with = { file = "flags.json", set = { v2 = "off" } }
[[way.step]]
name = "tell"
do = "command"
with = { argv = ["sh", "-c", "echo \"$BACKOUT_STEP\" >> told"], check = ["grep", "-q", "/0/", "told"] }
[[way.step]]
name = "the notes are there"
do = "verify"
with = { checks = [{ name = "notes", that = { tables = ["public.notes"] } }] }

[[way]]
name = "U"
for = ["wrong-data"]
budget = "10m"
[[way.step]]
name = "undo in place"
do = "undo"
[[way.step]]
name = "the notes are there"
do = "verify"
with = { checks = [{ name = "notes", that = { sql = "SELECT count(*) = 3 FROM notes" } }] }
"#;

pub const FLAGS: &str = r#"{ "flags": { "v2": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" } } }"#;

/// A project whose newest migration drops a table, and what the schema was before it.
pub struct Story {
    pub project: Project,
    pub before: String,
}

pub async fn story(name: &str, plan: &str) -> Result<Story> {
    story_in(name, plan, None).await
}

pub async fn story_in(name: &str, plan: &str, store: Option<&str>) -> Result<Story> {
    let project = Project::new(name).await?;
    if let Some(url) = store {
        let known = project.read(".env")?;
        project.write(".env", &format!("{known}STORE_URL={url}\n"))?;
    }
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("flags.json", FLAGS)?;
    project.write(
        "migrations/1_notes.sql",
        "CREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE notes (id int PRIMARY KEY, body text);\n",
    )?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO notes VALUES (1, 'a'), (2, 'b'), (3, 'c')")?;
    let before = project.database.dump_schema(OURS)?;
    project.write("migrations/2_drop.sql", "DROP TABLE notes;\nCREATE TABLE tags (id int PRIMARY KEY);\n")?;
    project.run(&["migrate"], 0)?;
    Ok(Story { project, before })
}

impl Story {
    /// The release goes wrong once more, and nobody knows of a run.
    pub fn again(&self) -> Result<()> {
        self.project.write("flags.json", FLAGS)?;
        fs::remove_file(self.project.path("told"))?;
        fs::remove_dir_all(self.project.path(".backout"))?;
        self.project.run(&["migrate"], 0)?;
        Ok(())
    }

    /// The target is as it was, the flag is off, and what is outside was told once.
    #[track_caller]
    pub fn is_back(&self) -> Result<()> {
        assert_eq!(self.before, self.project.database.dump_schema(OURS)?, "the schema");
        assert_eq!(self.project.query("SELECT string_agg(body, ',' ORDER BY id) FROM notes")?, "a,b,c");
        let flags: Value = serde_json::from_str(&self.project.read("flags.json")?)?;
        assert_eq!(flags["flags"]["v2"]["defaultVariant"], "off", "{flags:#}");
        assert_eq!(self.project.read("told")?.lines().count(), 1, "{}", self.project.read("told")?);
        Ok(())
    }
}

pub const BACK: [&str; 5] = ["rollback", "--yes", "production", "--because", "errors"];

#[tokio::test]
async fn what_is_not_enough_escalates() -> Result<()> {
    let story = story("rollback_escalates", WAYS).await?;
    let project = &story.project;
    let preview = project.json(&["rollback", "--dry-run", "--because", "errors"], 0)?;
    assert_eq!(preview["result"]["chosen"], "A", "{preview:#}");
    let undo = &preview["result"]["ways"][1]["steps"][0]["lines"];
    assert!(
        undo.as_array().is_some_and(|lines| lines.iter().any(|l| l.as_str().is_some_and(|l| l.contains("notes")))),
        "{undo:#}"
    );
    assert!(!project.path("told").exists(), "a preview acted");
    // Nobody confirmed it.
    project.run(&["rollback", "--because", "errors"], 3)?;
    project.run(&["rollback", "--way", "Z", "--yes", "production"], 2)?;
    let done = project.json(&BACK, 0)?;
    assert_eq!(done["result"]["phase"], "succeeded", "{done:#}");
    assert_eq!(done["result"]["state"]["way"], 1, "{done:#}");
    story.is_back()?;
    let run = done["result"]["run"].as_str().context("the run has an id")?.to_owned();
    let listed = project.json(&["runs"], 0)?;
    assert_eq!(listed["result"]["runs"][0]["run"], run.as_str(), "{listed:#}");
    project.run(&["run", "show", "latest"], 0)?;
    project.run(&["run", "verify-journal", &run], 0)?;
    let exported = project.run(&["run", "export", &run], 0)?;
    let events: Vec<Value> = exported.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert!(events.len() > 8, "{}", exported.transcript());
    // A symptom for which A does not suffice begins with U.
    let other = project.json(&["rollback", "--dry-run", "--because", "wrong-data"], 0)?;
    assert_eq!(other["result"]["chosen"], "U", "{other:#}");
    assert_eq!(other["result"]["path"].as_array().map(Vec::len), Some(2), "{other:#}");
    story.is_back()
}

#[tokio::test]
async fn a_step_waits_for_approval() -> Result<()> {
    let plan = WAYS.replace("name = \"undo in place\"\n", "name = \"undo in place\"\napprove = 1\n");
    let story = story("rollback_approval", &plan).await?;
    let project = &story.project;
    let waits = project.json(&BACK, 4)?;
    assert!(waits["result"]["waits"].as_str().is_some_and(|said| said.contains("undo in place")), "{waits:#}");
    let second = project.command(&BACK)?.run()?.expect_code(3);
    assert!(second.stderr.contains("is not over"), "{}", second.transcript());
    project.run(&["run", "resume", "latest"], 4)?;
    project.run(&["run", "approve", "latest"], 0)?;
    project.run(&["run", "resume", "latest"], 0)?;
    story.is_back()?;
    // What is over stays so.
    project.run(&["run", "abort", "latest", "--because", "too late"], 3)?;
    Ok(())
}

/// Who may write to the store would otherwise run anything as whoever resumes.
#[tokio::test]
async fn steps_that_are_not_the_plans_are_not_gone_on_with() -> Result<()> {
    let story = story("rollback_other_plan", WAYS).await?;
    let project = &story.project;
    let killed = project.command(&BACK)?.run_to_failpoint("run.after.2")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", &plan.replace(">> told", ">> told-otherwise"))?;
    let refused = project.command(&["run", "resume", "latest"])?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("tell") && refused.stderr.contains("--other-plan"), "{}", refused.transcript());
    let run = project.json(&["runs"], 0)?["result"]["runs"][0]["run"].as_str().unwrap_or_default().to_owned();
    ensure!(refused.stderr.contains(&format!("`backout run resume {run} --other-plan`")), "{}", refused.transcript());
    project.write("backout.toml", &plan.replace("count(*) = 3", "count(*) = 4"))?;
    project.run(&["run", "resume", "latest"], 3)?;
    project.run(&["run", "resume", "latest", "--other-plan"], 0)?;
    story.is_back()
}

/// Before and after every record, and between each action and its record.
#[tokio::test]
async fn killed_at_every_record_it_ends_the_same() -> Result<()> {
    let story = story("rollback_killed", WAYS).await?;
    let project = &story.project;
    let done = project.json(&BACK, 0)?;
    let run = done["result"]["run"].as_str().context("the run has an id")?;
    let exported = project.run(&["run", "export", run], 0)?.stdout;
    let mut places = Vec::new();
    for (number, line) in (1..).zip(exported.lines()) {
        let record: Value = serde_json::from_str(line)?;
        let event: Value = serde_json::from_str(record["body"].as_str().context("a record has a body")?)?;
        // The first one opens the run.
        if number > 1 {
            places.extend([format!("before.{}", number - 1), format!("after.{number}")]);
        }
        if event["event"] == "settled" {
            places.push(format!("acted.{}", number - 1));
        }
    }
    ensure!(places.iter().filter(|place| place.starts_with("acted")).count() == 5, "{places:?}");
    for place in places {
        story.again()?;
        let killed = project.command(&BACK)?.run_to_failpoint(&format!("run.{place}"))?;
        ensure!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
        let resumed = project.command(&["run", "resume", "latest", "--yes", "production"])?.run()?;
        ensure!(resumed.code() == Some(0), "{place}: {}", resumed.transcript());
        story.is_back().with_context(|| place.clone())?;
        project.run(&["run", "verify-journal", "latest"], 0)?;
    }
    Ok(())
}

/// The store on a server: another checkout goes on with what a machine that is gone began, and that one is fenced if it
/// comes back.
#[tokio::test]
async fn another_machine_goes_on_and_the_first_one_is_fenced() -> Result<()> {
    let shared = backout_testkit::TestServer::shared().database("rollback_store").await?;
    let plan = format!("[store]\nurl = \"env:STORE_URL\"\n{WAYS}");
    let story = story_in("rollback_machines", &plan, Some(&shared.url())).await?;
    let project = &story.project;
    // Halted between an action and its record: as good as gone, but it may wake up.
    let halted = project.command(&BACK)?.halt_at_failpoint("run.acted.2")?;
    let other = tempfile::tempdir()?;
    for name in ["backout.toml", ".env"] {
        fs::copy(project.path(name), other.path().join(name))?;
    }
    std::os::unix::fs::symlink(project.path("flags.json"), other.path().join("flags.json"))?;
    fs::write(other.path().join("told"), "")?;
    let elsewhere = |line: &[&str]| anyhow::Ok(backout_testkit::Backout::new(other.path())?.args(line));
    // The process is there, and its time has not passed.
    let held = elsewhere(&["run", "resume", "latest"])?.run()?.expect_code(3);
    ensure!(held.stderr.contains("is held by"), "{}", held.transcript());
    shared.run_as_superuser("UPDATE backout_runs.run SET until = now() - interval '1 second'")?;
    elsewhere(&["run", "resume", "latest", "--yes", "production"])?.run()?.expect_code(0);
    let late = halted.go_on()?;
    ensure!(late.code() == Some(3) && late.stderr.contains("lease"), "{}", late.transcript());
    assert_eq!(story.before, project.database.dump_schema(OURS)?);
    elsewhere(&["run", "verify-journal", "latest"])?.run()?.expect_code(0);
    Ok(())
}

#[tokio::test]
async fn a_journal_that_was_touched_is_found() -> Result<()> {
    let story = story("rollback_touched", WAYS).await?;
    story.project.run(&BACK, 0)?;
    let file = story.project.path(".backout/runs.db");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file)?.permissions());
    assert_eq!(mode & 0o077, 0, "others may read {mode:o}");
    let connection = rusqlite::Connection::open(&file)?;
    connection.execute_batch("DROP TRIGGER record_stays")?;
    connection.execute("UPDATE record SET body = replace(body, 'flag off', 'flag on') WHERE seq = 1", [])?;
    drop(connection);
    let found = story.project.command(&["run", "verify-journal", "latest"])?.run()?.expect_code(1);
    assert!(found.stderr.contains("record 1"), "{}", found.transcript());
    Ok(())
}
