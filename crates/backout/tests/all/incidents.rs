//! Incidents from end to end: opened by a way back, their figures those of its journal, what is owed and what is to be
//! done, and what is written of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::rollback::{BACK, Story, WAYS, story};

const OWED: &str = r#"
[[duty]]
name = "users"
within = "2h"
checklist = ["what happened", "whom to ask"]
[[duty]]
name = "authority"
within = "72h"
when = { exposed = true }
[personal]
columns = ["public.users.email"]
"#;

async fn rolled_back(name: &str) -> Result<Story> {
    let story = story(name, &format!("{WAYS}{OWED}")).await?;
    story.project.run(&BACK, 0)?;
    Ok(story)
}

#[tokio::test]
async fn the_figures_are_those_of_the_journal() -> Result<()> {
    let story = rolled_back("incident_figures").await?;
    let project = &story.project;
    let shown = project.json(&["incident", "show"], 0)?;
    let record = &shown["result"];
    let journal = project.json(&["run", "show", "latest"], 0)?;
    let run = &journal["result"];
    assert_eq!(record["runs"][0]["run"], run["run"], "{shown:#}");
    assert_eq!(record["runs"].as_array().map(Vec::len), Some(1), "{shown:#}");
    assert_eq!(record["runs"][0]["records"], json!(run["records"].as_array().map(Vec::len)));
    assert_eq!(
        record["runs"][0]["hash"],
        run["records"].as_array().and_then(|all| all.last()).context("records")?["hash"]
    );
    for way in 0..2 {
        let (ours, theirs) = (&record["runs"][0]["ways"][way], &run["ways"][way]);
        assert_eq!(
            (&ours["way"], &ours["took_ms"], &ours["end"]),
            (&theirs["way"], &theirs["took_ms"], &theirs["end"])
        );
        let steps = |of: &Value, field: &str| -> Vec<Value> {
            of["steps"].as_array().into_iter().flatten().map(|step| step[field].clone()).collect()
        };
        for field in ["name", "state", "took_ms"] {
            assert_eq!(steps(ours, field), steps(theirs, field), "{field}");
        }
    }
    assert_eq!((&record["title"], &record["open"]), (&json!("way back: errors"), &json!(true)));
    assert_eq!((&record["severity"], &record["lost"]["rows"]), (&json!("minor"), &json!(0)), "{shown:#}");
    // What the migration had made is set aside, and counted; what was exposed was not.
    assert_eq!((&record["exposed"], &record["impact"]), (&json!(false), &Value::Null));
    let lines = record["timeline"].as_array().context("a timeline")?;
    assert!(
        lines.iter().any(|line| line["text"].as_str().is_some_and(|text| text.contains("way U follows"))),
        "{shown:#}"
    );

    // A second way back while it is open belongs to it; one after it to another one.
    let id = record["id"].as_str().context("an id")?.to_owned();
    project.run(&["incident", "open", "--title", "another"], 3)?;
    project.write("flags.json", crate::rollback::FLAGS)?;
    project.run(&["migrate"], 0)?;
    project.run(&BACK, 0)?;
    let shown = project.json(&["incident", "show", &id], 0)?;
    assert_eq!(shown["result"]["runs"].as_array().map(Vec::len), Some(2), "{shown:#}");
    project.run(&["incident", "resolve", "--because", " "], 2)?;
    project.run(&["incident", "resolve", "--because", "the index is there"], 0)?;
    project.run(&["incident", "resolve", "--because", "again", "--incident", &id], 3)?;
    project.run(&["incident", "open", "--title", "another", "--aware", "10m"], 0)?;
    let listed = project.json(&["incident", "list"], 0)?;
    assert_eq!(listed["result"]["incidents"].as_array().map(Vec::len), Some(2), "{listed:#}");
    assert_eq!(listed["result"]["incidents"][1]["id"], id.as_str());
    let metrics = project.json(&["incident", "metrics"], 0)?;
    assert_eq!(metrics["result"]["incidents"], 2, "{metrics:#}");
    assert_eq!(metrics["result"]["changes"], json!({ "all": 3, "failed": 2 }), "{metrics:#}");
    Ok(())
}

#[tokio::test]
async fn open_actions_hold_a_retry_up() -> Result<()> {
    let story = rolled_back("incident_actions").await?;
    let project = &story.project;
    let add = ["action", "add", "find the cause", "--owner", "anna", "--within", "48h"];
    project.run(&add, 0)?;
    project.run(&add, 2)?;
    let listed = project.json(&["actions"], 0)?;
    assert_eq!(listed["result"]["incident"]["actions"][0]["window"], "1-7days", "{listed:#}");
    assert_eq!(listed["result"]["undone"]["actions"][0]["owner"], "anna", "{listed:#}");
    for line in [&["migrate"][..], &["release", "--yes", "production"]] {
        let refused = project.json(line, 3)?;
        let said = refused["error"]["message"].as_str().unwrap_or_default();
        assert!(said.contains("not before these are done: find the cause"), "{said}");
    }
    assert_eq!(project.query("SELECT to_regclass('public.tags') IS NULL")?, "t");
    project.run(&["action", "done", "find the cuase"], 2)?;
    project.run(&["action", "done", "find the cause", "--note", "an index"], 0)?;
    project.run(&["action", "done", "find the cause"], 2)?;
    project.run(&["migrate"], 0)?;
    Ok(())
}

#[tokio::test]
async fn what_is_owed_runs_down() -> Result<()> {
    let story = rolled_back("incident_duties").await?;
    let project = &story.project;
    project.run(&["migrate"], 0)?;
    let status = project.run(&["status"], 0)?.stdout;
    assert!(status.contains("\"users\" is due "), "{status}");
    assert!(!status.contains("authority"), "{status}");
    // A person has known of it for longer, and that data was exposed.
    project.run(&["incident", "aware", "3h"], 0)?;
    project.run(&["incident", "exposed", "--because", "seen in the log"], 0)?;
    let status = project.json(&["status"], 8)?;
    let codes: Vec<&Value> =
        status["result"]["attention"].as_array().into_iter().flatten().map(|one| &one["code"]).collect();
    assert!(codes.contains(&&json!("duty.overdue")) && codes.contains(&&json!("duty.running")), "{status:#}");
    assert_eq!(status["result"]["incidents"][0]["severity"], "critical", "{status:#}");
    let said = project.run(&["status"], 8)?.stdout;
    assert!(said.contains("error: incident") && said.contains("\"users\" is overdue by "), "{said}");

    project.run(&["incident", "duty", "done", "users"], 2)?;
    project.run(&["incident", "duty", "done", "users", "--item", "whom to call"], 2)?;
    let part = project.json(&["incident", "duty", "done", "users", "--item", "what happened"], 0)?;
    assert_eq!(part["result"]["duty"]["state"], "overdue", "{part:#}");
    // It is owed when the incident is over, too.
    project.run(&["incident", "resolve", "--because", "done"], 0)?;
    project.run(&["status"], 8)?;
    let whole = project.json(&["incident", "duty", "done", "users", "--all", "--note", "sent"], 0)?;
    assert_eq!(whole["result"]["duty"]["state"], "done-late", "{whole:#}");
    project.run(&["status"], 0)?;
    Ok(())
}

/// As soon as the newest migration stands, there are tags; once it is undone, there are none.
const WATCHED: &str = r#"
[watch]
bake = "2m"
bake_rollback = "1s"
[[source]]
name = "tags"
ask.sql = { query = "SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'tags'" }
every = "200ms"
[[trigger]]
name = "tags"
source = "tags"
measure = "last"
over = "1m"
above = 0.5
symptom = "wrong-data"
cool_down = "0"
act = "auto"
[[way]]
name = "U"
for = ["wrong-data"]
keep = "none"
[[way.step]]
name = "undo in place"
do = "undo"
"#;

#[tokio::test]
async fn whatever_is_killed_there_is_one_incident() -> Result<()> {
    for (number, place) in ["watch-decided", "run.before.1", "run.acted.2"].into_iter().enumerate() {
        let story = story(&format!("incident_killed_{number}"), WATCHED).await?;
        let project = &story.project;
        let watch = ["watch", "--until-healthy", "--for", "2m"];
        let killed = project.command(&watch)?.run_to_failpoint(place)?;
        assert!(killed.hit, "{place}: {}", killed.run.transcript());
        // It was opened before anything was done.
        let shown = project.json(&["incident", "show"], 0)?;
        assert_eq!(shown["result"]["firings"].as_array().map(Vec::len), Some(1), "{place}: {shown:#}");
        project.run(&watch, 0)?;
        let listed = project.json(&["incident", "list"], 0)?;
        assert_eq!(listed["result"]["incidents"].as_array().map(Vec::len), Some(1), "{place}: {listed:#}");
        let shown = project.json(&["incident", "show"], 0)?;
        let record = &shown["result"];
        assert_eq!(record["firings"].as_array().map(Vec::len), Some(1), "{place}: {shown:#}");
        assert_eq!(record["runs"].as_array().map(Vec::len), Some(1), "{place}: {shown:#}");
        assert_eq!(record["firings"][0]["did"]["run"], record["runs"][0]["run"], "{place}: {shown:#}");
        for time in ["detect_ms", "decide_ms", "recover_ms"] {
            assert!(record["took"][time].is_u64(), "{place}: {time}: {shown:#}");
        }
        assert_eq!(record["aware"], record["detected"], "{place}: {shown:#}");
    }
    Ok(())
}

#[tokio::test]
async fn an_export_is_private_and_has_nothing_of_others() -> Result<()> {
    let story = rolled_back("incident_export").await?;
    let project = &story.project;
    let note = "<script>alert(1)</script> | Key (email)=(bob@victim.example) exists at postgres://u:hunter2@h/d";
    project.run(&["incident", "note", note], 0)?;
    for (format, begins) in [("md", "# Incident "), ("html", "<!doctype html>"), ("json", "{")] {
        let to = format!("export.{format}");
        let file = project.path(&to);
        project.run(&["incident", "export", "--format", format, "--to", &file.display().to_string()], 0)?;
        let text = project.read(&to)?;
        assert!(text.starts_with(begins), "{text}");
        assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
        for part in ["bob@", "hunter2", "<script>alert"] {
            let is_json = format == "json" && part.starts_with('<');
            assert!(is_json || !text.replace("\\<", "").contains(part), "{part} is in {text}");
        }
        let out = project.run(&["incident", "export", "--format", format, "--post-mortem"], 0)?.stdout;
        assert!(format == "json" || out.contains("What was learned"), "{out}");
    }
    project.run(&["incident", "export", "--format", "pdf"], 2)?;
    let to = project.path("export.pdf").display().to_string();
    let without = project.command(&["incident", "export", "--format", "pdf", "--to", &to])?;
    let without = without.env("BACKOUT_BROWSER", "/nowhere/chromium").run()?.expect_code(2);
    assert!(without.stderr.contains("BACKOUT_BROWSER"), "{}", without.transcript());
    let has_browser =
        ["/usr/bin/chromium", "/usr/bin/google-chrome"].iter().any(|path| fs::exists(path).unwrap_or(false));
    if has_browser {
        project.run(&["incident", "export", "--format", "pdf", "--to", &to], 0)?;
        assert!(fs::read(&to)?.starts_with(b"%PDF-"));
    }
    Ok(())
}
