//! What of the present state is kept before a way back that may lose some of it, judged by restoring it; and a rollback
//! that is begun again.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::project::{OURS, PLAN, Project};
use crate::rollback::{BACK, story, story_in};

/// Two ways that delete rows, and one that restores.
const WAYS: &str = r#"
[[way]]
name = "S"
for = ["errors"]
budget = "30s"
[[way.step]]
name = "take it out"
do = "sql"
with = { sql = "DELETE FROM users WHERE id = 2" }
[[way.step]]
name = "never"
do = "verify"
with = { checks = [{ name = "no", that = { sql = "SELECT false" } }] }
[[way]]
name = "T"
[[way.step]]
name = "the rest"
do = "sql"
with = { sql = "DELETE FROM users" }
[[way]]
name = "R"
[[way.step]]
name = "restore"
do = "restore"
"#;

async fn project(name: &str, plan: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO users VALUES (1, 'a'), (2, 'größe'), (3, NULL)")?;
    let owner = project.database.owner().to_owned();
    project.query(&format!("ALTER ROLE {} CREATEDB", backout_schema::ident(&owner)))?;
    Ok(project)
}

fn kept_first(preview: &Value) -> Vec<&str> {
    let ways = preview["result"]["ways"].as_array().into_iter().flatten();
    ways.map(|way| way["kept_first"].as_str().unwrap_or_default()).collect()
}

/// All backups that a run has kept, the id of each.
fn kept(project: &Project) -> Result<Vec<String>> {
    let found = project.json(&["backup", "list"], 0)?;
    let all = found["result"]["backups"].as_array().context("backups")?;
    let kept = all.iter().filter(|one| one["source"]["kept_by"].is_string());
    kept.map(|one| one["id"].as_str().map(str::to_owned).context("an id")).collect()
}

#[tokio::test]
async fn a_backup_is_kept_once_before_what_may_lose_rows() -> Result<()> {
    let project = project("kept_backup", WAYS).await?;
    // A dry run that cannot show a way does not advise to try one.
    let none =
        WAYS.replace("do = \"restore\"\n", "do = \"restore\"\nwith = { backup = \"20200101T000000Z-nowhere\" }\n");
    project.write("backout.toml", &format!("{PLAN}{none}"))?;
    for (line, is_advised) in [(&["--dry-run"][..], false), (&["--yes", "production"], true)] {
        let away = project.command(&[&["rollback", "--way", "R"][..], line].concat())?.run()?;
        ensure!(away.code() != Some(0), "{}", away.transcript());
        ensure!(away.stderr.contains("`backout rollback --dry-run`") == is_advised, "{}", away.transcript());
    }
    project.write("backout.toml", &format!("{PLAN}{WAYS}"))?;
    let before = project.database.sorted_copy("users")?;
    let taken = project.json(&["backup", "take", "--yes", "production"], 0)?;
    let good = taken["result"]["id"].as_str().context("an id")?.to_owned();
    project.query("INSERT INTO users VALUES (4, 'since')")?;
    let present = project.database.sorted_copy("users")?;
    let preview = project.json(&["rollback", "--dry-run"], 0)?;
    let said = kept_first(&preview);
    ensure!(
        said[0].contains("right before \"take it out\"") && said[1].contains("a backup") && said[2].is_empty(),
        "{said:?}"
    );
    let text = project.run(&["rollback", "--dry-run"], 0)?.stdout;
    ensure!(text.contains("-- kept first: a backup of everything, right before \"take it out\""), "{text}");
    ensure!(kept(&project)?.is_empty(), "a preview acted");
    let asked = project.command(&["rollback"])?.run()?.expect_code(3);
    ensure!(kept(&project)?.is_empty(), "{}", asked.transcript());
    // S loses a row, fails, and T loses the rest: what was there before S is kept, once.
    let done = project.json(&BACK, 0)?;
    assert_eq!(done["result"]["state"]["way"], 1, "{done:#}");
    assert_eq!(project.query("SELECT count(*) FROM users")?, "0");
    let ids = kept(&project)?;
    assert_eq!(ids.len(), 1, "{ids:?}");
    let exported = project.run(&["run", "export", "latest"], 0)?.stdout;
    ensure!(exported.contains("kept_first") && exported.matches(&ids[0]).count() >= 2, "{exported}");
    let listed = project.run(&["backup", "list"], 0)?.stdout;
    ensure!(listed.contains("kept before a way back"), "{listed}");
    let beside = format!("{}_kept", project.database.name());
    project.run(&["restore", &ids[0], "--into", &beside, "--yes", "production"], 0)?;
    let there = backout_schema::ident(&beside);
    let copied = project.query(&format!("\\c {there}\nCOPY (SELECT * FROM users ORDER BY id) TO STDOUT;"))?;
    project.query(&format!("DROP DATABASE {there}"))?;
    assert_eq!(copied.lines().collect::<Vec<_>>(), present);
    // What is brought back is not the state that was left.
    let preview = project.json(&["rollback", "--way", "R", "--dry-run"], 0)?;
    ensure!(preview.to_string().contains(&good) && !preview.to_string().contains(&ids[0]), "{preview:#}");
    project.run(&["rollback", "--way", "R", "--yes", "production"], 0)?;
    assert_eq!(project.database.sorted_copy("users")?, before);
    Ok(())
}

/// Where the present state cannot be kept, such a way is not gone.
#[tokio::test]
async fn a_way_that_cannot_keep_is_left_for_the_next() -> Result<()> {
    let plan = format!(
        "[backup]\nto = \"not-a-folder\"\n{}",
        WAYS.replace("[[way]]\nname = \"T\"\n", "[[way]]\nname = \"T\"\nkeep = \"none\"\n")
    );
    let project = project("kept_nowhere", &plan).await?;
    project.write("not-a-folder", "")?;
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", &plan.replace("DELETE FROM users\"", "UPDATE users SET name = 'T'\""))?;
    // The restore cannot be previewed without backups.
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", plan.split("[[way]]\nname = \"R\"").next().unwrap_or_default())?;
    let done = project.json(&BACK, 0)?;
    assert_eq!(done["result"]["state"]["way"], 1, "{done:#}");
    let reasons = done["result"]["state"]["reasons"].to_string();
    ensure!(reasons.contains("keep the present state"), "{reasons}");
    assert_eq!(project.query("SELECT string_agg(name, ',') FROM users")?, "T,T,T");
    Ok(())
}

#[tokio::test]
async fn what_is_captured_or_meant_is_not_backed_up_again() -> Result<()> {
    let project = project("kept_captured", WAYS).await?;
    let plan = project.read("backout.toml")?;
    let keep =
        |word: &str| plan.replacen("for = [\"errors\"]\n", &format!("for = [\"errors\"]\nkeep = \"{word}\"\n"), 1);
    project.run(&["backup", "take", "--yes", "production"], 0)?;
    project.write("backout.toml", &keep("captured"))?;
    let refused = project.command(&["rollback", "--dry-run"])?.run()?.expect_code(3);
    ensure!(
        refused.stderr.contains("is not captured") && refused.stderr.contains("capture on"),
        "{}",
        refused.transcript()
    );
    // Which rows changed is not what they were.
    project.run(&["capture", "on", "--depth", "keys", "--yes", "production"], 0)?;
    let refused = project.command(&["rollback", "--dry-run"])?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("not what they were"), "{}", refused.transcript());
    project.run(&["capture", "off", "--yes", "production"], 0)?;
    project.run(&["capture", "on", "--depth", "images", "--yes", "production"], 0)?;
    // It begins with a backup that it reaches back to.
    let refused = project.command(&["rollback", "--dry-run"])?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("relies on what is captured"), "{}", refused.transcript());
    project.run(&["backup", "take", "--yes", "production"], 0)?;
    let preview = project.json(&["rollback", "--dry-run"], 0)?;
    ensure!(
        kept_first(&preview)[..2].iter().all(|said| said.starts_with("the captured changes of 1 table")),
        "{preview:#}"
    );
    // By default as well.
    project.write("backout.toml", &plan)?;
    let preview = project.json(&["rollback", "--dry-run"], 0)?;
    ensure!(kept_first(&preview)[0].starts_with("the captured changes"), "{preview:#}");
    project.write("backout.toml", &keep("backup"))?;
    let preview = project.json(&["rollback", "--dry-run"], 0)?;
    ensure!(kept_first(&preview)[0].starts_with("a backup"), "{preview:#}");
    project.write("backout.toml", &keep("none"))?;
    let preview = project.json(&["rollback", "--dry-run"], 0)?;
    assert_eq!(kept_first(&preview)[0], "nothing, as the plan says");
    project.write("backout.toml", &keep("nothing"))?;
    let wrong = project.command(&["rollback", "--dry-run"])?.run()?.expect_code(2);
    ensure!(wrong.stderr.contains("backout.toml:") && wrong.stderr.contains("\"nothing\""), "{}", wrong.transcript());
    Ok(())
}

const STOPS: &str = r#"
[[way]]
name = "U"
[[way.step]]
name = "undo in place"
do = "undo"
[[way.step]]
name = "the notes are there"
do = "verify"
on_failure = "stop"
with = { checks = [{ name = "notes", that = { sql = "SELECT count(*) = 4 FROM notes" } }] }
"#;

fn phases(project: &Project) -> Result<Vec<String>> {
    let listed = project.json(&["runs"], 0)?;
    let runs = listed["result"]["runs"].as_array().context("runs")?;
    Ok(runs.iter().map(|run| run["phase"].as_str().unwrap_or_default().to_owned()).collect())
}

/// The one that waits for a person is ended, and what it has undone is not followed by what was applied before.
#[tokio::test]
async fn again_ends_what_waits_and_means_the_same() -> Result<()> {
    let story = story("again_stopped", STOPS).await?;
    let project = &story.project;
    project.run(&["rollback", "--again", "--yes", "production"], 4)?;
    assert_eq!(phases(project)?, ["stopped"]);
    let refused = project.command(&BACK)?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("rollback --again"), "{}", refused.transcript());
    let plan = project.read("backout.toml")?;
    project.write("backout.toml", &plan.replace("= 4", "= 3"))?;
    let preview = project.run(&["rollback", "--again", "--dry-run"], 0)?.stdout;
    ensure!(preview.contains("is ended first") && !preview.contains("DROP TABLE"), "{preview}");
    // Nobody confirmed it, so it is as it was.
    project.run(&["rollback", "--again"], 3)?;
    assert_eq!(phases(project)?, ["stopped"]);
    let done = project.command(&["rollback", "--again", "--yes", "production"])?.run()?.expect_code(0);
    ensure!(done.stderr.contains("was ended; another one begins"), "{}", done.transcript());
    assert_eq!(phases(project)?, ["succeeded", "aborted"]);
    assert_eq!(story.before, project.database.dump_schema(OURS)?);
    assert_eq!(project.query("SELECT count(*) FROM backout.migration WHERE state = 'undone'")?, "1");
    // What was applied since is another story: the newest is meant.
    project.run(&["migrate"], 0)?;
    project.write("backout.toml", &plan)?;
    project.run(&["rollback", "--yes", "production"], 4)?;
    project.run(&["migrate"], 0)?;
    project.write("backout.toml", &plan.replace("= 4", "= 3"))?;
    project.run(&["rollback", "--again", "--yes", "production"], 0)?;
    assert_eq!(story.before, project.database.dump_schema(OURS)?);
    Ok(())
}

#[tokio::test]
async fn again_leaves_alone_what_somebody_executes_or_nobody_knows() -> Result<()> {
    let shared = backout_testkit::TestServer::shared().database("again_held_runs").await?;
    let plan = format!("[store]\nurl = \"env:STORE_URL\"\n{}", crate::rollback::WAYS);
    let story = story_in("again_held", &plan, Some(&shared.url())).await?;
    let project = &story.project;
    let again = ["rollback", "--again", "--yes", "production"];
    let halted = project.command(&BACK)?.halt_at_failpoint("run.acted.2")?;
    let held = project.command(&again)?.run()?.expect_code(3);
    ensure!(held.stderr.contains("is held by"), "{}", held.transcript());
    drop(halted);
    // Its step has begun, and nobody has asked what came of it.
    let refused = project.command(&again)?.run()?.expect_code(3);
    ensure!(refused.stderr.contains("flag off") && refused.stderr.contains("run resume"), "{}", refused.transcript());
    assert_eq!(phases(project)?, ["running"]);
    project.run(&["run", "resume", "latest", "--yes", "production"], 0)?;
    story.is_back()
}

/// A way that needs no target is gone while the target is away; one that begins with it is refused with what it said.
#[tokio::test]
async fn flags_go_off_while_the_database_is_away() -> Result<()> {
    let ways = "[[way]]\nname = \"A\"\nfor = [\"errors\"]\n[[way.step]]\nname = \"off\"\ndo = \"flags\"\n\
                with = { file = \"flags.json\", set = { v2 = \"off\" } }\n\
                [[way]]\nname = \"U\"\n[[way.step]]\nname = \"undo\"\ndo = \"undo\"\n";
    let project = project("away", ways).await?;
    project.write("flags.json", include_str!("../../../../demo/flags.json"))?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    project.write(".env", &format!("DATABASE_URL=postgresql://nobody@127.0.0.1:{port}/away?sslmode=disable\n"))?;
    let refused = project.command(&["rollback", "--way", "U", "--yes", "production"])?.run()?;
    let status = project.command(&["status"])?.run()?;
    assert!(refused.code().is_some_and(|code| code > 0) && refused.code() == status.code(), "{}", refused.transcript());
    let back = project.json(&["rollback", "--because", "errors", "--yes", "production"], 0)?;
    ensure!(back["result"]["state"]["phase"] == "succeeded", "{back:#}");
    ensure!(project.read("flags.json")?.contains("\"defaultVariant\": \"off\""), "the flag is still on");
    Ok(())
}
