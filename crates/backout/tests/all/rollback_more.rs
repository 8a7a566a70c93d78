//! Ways back against what goes wrong outside: what hangs, what tells secrets, a store that is gone; and the way that
//! restores.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::project::{PLAN, Project};

/// What a step may need beyond its budget: connecting, writing records, ending what it began.
const SLACK: Duration = Duration::from_secs(4);

async fn project(name: &str, plan: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

const BACK: [&str; 3] = ["rollback", "--yes", "production"];

/// Each step by its name, with its state and why.
fn steps(document: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ways = &document["result"]["state"]["procedure"]["ways"];
    let way = document["result"]["state"]["way"].as_u64().unwrap_or_default() as usize;
    let names = ways[way]["steps"].as_array().into_iter().flatten().map(|step| text(&step["name"]));
    let states = document["result"]["state"]["steps"].as_array().into_iter().flatten();
    names.zip(states).map(|(name, one)| (name, text(&one["status"]["status"]), text(&one["status"]["why"]))).collect()
}

#[tokio::test]
async fn budgets_hold_whatever_hangs() -> Result<()> {
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let port = silent.local_addr()?.port();
    // Nobody else sleeps for so long, so what is left of it would be seen.
    let plan = format!(
        r#"
[[way]]
name = "X"
keep = "none"
[[way.step]]
name = "silent server"
do = "http"
budget = "1s"
on_failure = "continue"
with = {{ url = "http://127.0.0.1:{port}/" }}
[[way.step]]
name = "locked table"
do = "sql"
budget = "1s"
on_failure = "continue"
with = {{ sql = "LOCK TABLE users" }}
[[way.step]]
name = "deaf command"
do = "command"
budget = "1s"
on_failure = "continue"
with = {{ argv = ["sh", "-c", "trap '' TERM; sleep 7331.{port}; sleep 7331.{port}"] }}
[[way.step]]
name = "never true"
do = "wait"
budget = "1s"
with = {{ until = {{ sql = "SELECT false" }}, every_ms = 50 }}
"#
    );
    let project = project("rollback_budgets", &plan).await?;
    let locking = project.database.client().await?;
    locking.batch("BEGIN; LOCK TABLE users").await?;
    let began = Instant::now();
    let done = project.json(&BACK, 4)?;
    let took = began.elapsed();
    locking.batch("ROLLBACK").await?;
    let steps = steps(&done);
    assert_eq!(steps.len(), 4, "{done:#}");
    assert!(steps.iter().all(|(_, state, _)| state == "failed"), "{steps:?}");
    ensure!(took >= Duration::from_millis(3500) && took < Duration::from_secs(4) + SLACK, "{took:?}: {steps:?}");
    let left = std::process::Command::new("pgrep").args(["-f", &format!("7331.{port}")]).output()?;
    assert!(left.stdout.is_empty(), "the command is still there: {}", String::from_utf8_lossy(&left.stdout));
    Ok(())
}

#[tokio::test]
async fn secrets_are_told_nowhere() -> Result<()> {
    const SECRET: &str = "s3cr/t%\"pa55";
    let plan = r#"
[[way]]
name = "X"
keep = "none"
[[way.step]]
name = "talkative"
do = "command"
on_failure = "continue"
with = { argv = ["sh", "-c", "echo out $TOKEN; echo err $TOKEN >&2; exit 3"], env = { TOKEN = "env:TOKEN" } }
[[way.step]]
name = "quiet"
do = "command"
with = { argv = ["sh", "-c", "echo $TOKEN"], env = { TOKEN = "env:TOKEN" }, repeatable = true }
[[way.step]]
name = "address"
do = "http"
on_failure = "continue"
with = { method = "POST", url = "env:HOOK", headers = { Authorization = "env:TOKEN" } }
[[way.step]]
name = "variable"
do = "env-file"
with = { file = "app.env", set = { TOKEN = "env:TOKEN" } }
[[way.step]]
name = "flags"
do = "flags"
on_failure = "continue"
with = { file = "none.json", set = { "a" = "b" } }
[[way.step]]
name = "statement"
do = "sql"
with = { sql = "SELECT * FROM nothing_there" }
"#;
    let project = project("rollback_secrets", plan).await?;
    let known = project.read(".env")?;
    let hook = "http://u:s3cr%2Ft%25%22pa55@127.0.0.1:9/hook?key=s3cr%2Ft%25%22pa55";
    project.write(".env", &format!("{known}TOKEN='{SECRET}'\nHOOK={hook}\n"))?;
    // What is in the file before is a secret as well, and named nowhere.
    project.write("app.env", "OTHER=former-pa55\nTOKEN=older-pa55\n")?;
    let mut told = Vec::new();
    let log = ["--log", "trace"];
    for line in [
        [&BACK[..], &["--dry-run"], &log].concat(),
        [&BACK[..], &log].concat(),
        [&["run", "show", "latest", "--json"][..], &log].concat(),
        [&["run", "show", "latest"][..], &log].concat(),
        [&["run", "export", "latest"][..], &log].concat(),
    ] {
        let run = project.command(&line)?.run()?;
        told.push((line.join(" "), run.stdout.into_bytes()));
        told.push((line.join(" "), run.stderr.into_bytes()));
    }
    for entry in std::fs::read_dir(project.path(".backout"))? {
        let path = entry?.path();
        if path.is_file() {
            told.push((path.display().to_string(), std::fs::read(&path)?));
        }
    }
    ensure!(told.len() > 10, "nothing was looked at");
    // It was really used.
    ensure!(project.read("app.env")?.contains("s3cr/t%"), "{}", project.read("app.env")?);
    for (what, bytes) in &told {
        for part in ["s3cr/t", "s3cr%2F", "pa55", "s3cr\\/t"] {
            let found = bytes.windows(part.len()).any(|window| window == part.as_bytes());
            ensure!(!found, "{part} is in {what}: {}", String::from_utf8_lossy(bytes));
        }
    }
    Ok(())
}

/// B: what was taken before the release is restored, what was written since is replayed, and the two exchange names.
#[tokio::test]
async fn a_backup_is_restored_and_nothing_since_is_lost() -> Result<()> {
    let plan = r#"
[[way]]
name = "A"
for = ["errors"]
[[way.step]]
name = "the notes are there"
do = "verify"
with = { checks = [{ name = "notes", that = { tables = ["public.notes"] } }] }

[[way]]
name = "B"
for = ["data-loss"]
budget = "20m"
[[way.step]]
name = "restore"
do = "restore"
budget = "15m"
with = { replay = true }
[[way.step]]
name = "the notes are there"
do = "verify"
with = { checks = [{ name = "notes", that = { sql = "SELECT count(*) = 2 FROM notes" } }, { name = "since", that = { sql = "SELECT count(*) = 3 FROM users" } }] }
[[way.step]]
name = "backup of what is now"
do = "backup"
budget = "10m"
with = { prove = true }
"#;
    let project = project("rollback_restores", plan).await?;
    let name = project.database.name().to_owned();
    let owner = project.database.owner().to_owned();
    project.database.run_as_superuser(&format!("ALTER ROLE \"{owner}\" CREATEDB"))?;
    project.database.run(
        "CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1), (2); INSERT INTO users VALUES (1, 'a')",
    )?;
    project.run(&["capture", "on"], 0)?;
    project.run(&["backup", "take", "--prove"], 0)?;
    project.query("INSERT INTO users VALUES (2, 'since')")?;
    // Something that no undo knows of.
    project.database.run("DROP TABLE notes")?;
    project.query("INSERT INTO users VALUES (3, 'later')")?;
    let restored = "run.acted.5";
    let killed =
        project.command(&["rollback", "--yes", "production", "--because", "errors"])?.run_to_failpoint(restored)?;
    ensure!(killed.hit && killed.run.was_killed(), "{}", killed.run.transcript());
    // The exchange had happened, and does not happen once more.
    let databases = |project: &Project| {
        project
            .database
            .run_as_superuser(&format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}\\_replaced\\_%'"))
    };
    assert_eq!(databases(&project)?.trim(), "1");
    let done = project.json(&["run", "resume", "latest"], 0)?;
    assert_eq!(databases(&project)?.trim(), "1");
    assert_eq!(done["result"]["state"]["way"], 1, "{done:#}");
    assert_eq!(project.query("SELECT string_agg(name, ',' ORDER BY id) FROM users")?, "a,since,later");
    let list = project.json(&["backup", "list"], 0)?;
    assert_eq!(list["result"]["backups"].as_array().map(Vec::len), Some(2), "{list:#}");
    Ok(())
}

/// Flags can be switched off although there is no backup for a later way.
#[tokio::test]
async fn a_way_that_lacks_its_backup_holds_no_other_up() -> Result<()> {
    let plan = r#"
[[way]]
name = "A"
for = ["errors"]
keep = "none"
[[way.step]]
name = "touch"
do = "command"
with = { argv = ["touch", "done"], repeatable = true }
[[way.step]]
name = "all is well"
do = "wait"
budget = "1s"
with = { until = { sql = "SELECT false" } }

[[way]]
name = "B"
for = ["data-loss"]
[[way.step]]
name = "restore"
do = "restore"
"#;
    let project = project("rollback_no_backup", plan).await?;
    let refused = project.command(&["rollback", "--because", "data-loss", "--yes", "production"])?.run()?;
    ensure!(refused.code() == Some(1) && refused.stderr.contains("no backup latest"), "{}", refused.transcript());
    let preview = project.run(&["rollback", "--because", "errors", "--dry-run"], 0)?.stdout;
    ensure!(preview.contains("not known yet: there is no backup latest"), "{preview}");
    let back = ["rollback", "--because", "errors", "--yes", "production"];
    let killed = project.command(&back)?.run_to_failpoint("run.after.3")?;
    ensure!(killed.hit && project.path("done").exists(), "{}", killed.run.transcript());
    // One that was taken since holds what is to be taken back.
    project.run(&["backup", "take"], 0)?;
    let done = project.json(&["run", "resume", "latest"], 4)?;
    ensure!(steps(&done)[0].2.contains("no backup latest"), "{done:#}");
    Ok(())
}

#[tokio::test]
async fn without_a_store_nothing_is_done() -> Result<()> {
    let plan = "[[way]]\nname = \"X\"\n[[way.step]]\nname = \"touch\"\ndo = \"command\"\nwith = { argv = [\"touch\", \"done\"], repeatable = true }\n";
    let project = project("rollback_no_store", plan).await?;
    project.write(".backout/runs.db", "this is no database, and long enough to be taken for the header of one")?;
    let refused = project.command(&BACK)?.run()?;
    ensure!(refused.code() != Some(0), "{}", refused.transcript());
    ensure!(refused.stderr.contains("runs.db"), "{}", refused.transcript());
    ensure!(!Path::new(&project.path("done")).exists(), "it acted without a journal");
    Ok(())
}

/// A disk that is full while a run goes on: it stops, says where, and goes on when there is room again.
#[tokio::test]
async fn a_full_disk_stops_a_run_where_it_is() -> Result<()> {
    let plan = r#"
[store]
file = "disk/runs.db"
[[way]]
name = "X"
keep = "none"
[[way.step]]
name = "fill the disk"
do = "command"
with = { argv = ["sh", "-c", "dd if=/dev/zero of=disk/filler bs=4k 2>/dev/null; true"], check = ["test", "-e", "disk/filler"] }
[[way.step]]
name = "then"
do = "command"
with = { argv = ["sh", "-c", "echo then >> done"], check = ["grep", "-q", "then", "done"] }
"#;
    let project = project("rollback_full", plan).await?;
    std::fs::create_dir(project.path("disk"))?;
    let disk = project.path("disk").display().to_string();
    let mounted =
        std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=400k", "tmpfs", &disk]).status()?;
    if !mounted.success() {
        return Ok(()); // not a machine where this test may mount
    }
    let outcome = full(&project);
    std::process::Command::new("umount").args(["-l", &disk]).status()?;
    outcome
}

fn full(project: &Project) -> Result<()> {
    let stopped = project.command(&BACK)?.run()?;
    ensure!(stopped.code() != Some(0) && stopped.stderr.contains("runs.db"), "{}", stopped.transcript());
    ensure!(!project.path("done").exists(), "it went on without a journal: {}", stopped.transcript());
    std::fs::remove_file(project.path("disk/filler")).context("the disk was filled")?;
    // What was done is asked of the outside; it says no, since the room was made by hand.
    std::fs::write(project.path("disk/filler"), "")?;
    project.run(&["run", "resume", "latest"], 0)?;
    ensure!(project.read("done")?.lines().count() == 1, "{}", project.read("done")?);
    project.run(&["run", "verify-journal", "latest"], 0)?;
    Ok(())
}

const RELEASE: &str = r#"
[release]
[[release.step]]
name = "users are there"
do = "verify"
with = { checks = [{ name = "users", that = { sql = "SELECT count(*) > 0 FROM users" } }] }
[[way]]
name = "U"
[[way.step]]
name = "undo in place"
do = "undo"
"#;

/// The everyday case: rehearsed, backed up and proven because the gates demand it, migrated, checked; and back where the
/// check fails.
#[tokio::test]
async fn a_release_does_what_the_gates_demand_and_goes_back_where_a_check_fails() -> Result<()> {
    let plan = format!("{}{RELEASE}", PLAN.replace("certificate = \"none\"\nbackup = \"none\"\n", ""));
    let project = Project::new("release").await?;
    project.write("backout.toml", &plan)?;
    project.write(
        "migrations/1_users.sql",
        "CREATE TABLE users (id int PRIMARY KEY, name text);\nINSERT INTO users VALUES (1, 'a');\n",
    )?;
    let preview = project.json(&["release", "--dry-run"], 0)?;
    let names: Vec<&str> = preview["result"]["ways"][0]["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["name"].as_str())
        .collect();
    assert_eq!(names, ["rehearse", "backup", "migrate", "users are there"], "{preview:#}");
    // What the way back would take back is not there yet; and only the check leads to it.
    let shown = project.run(&["release", "--dry-run"], 0)?.stdout;
    for part in [
        "-- undo of what this release will have applied: 1_users",
        "-- not known: nothing of it is applied yet",
        "-- way U (where \"users are there\" of way release fails)",
        "3. migrate (migrate), within ",
        " (where it fails: unwind)",
    ] {
        ensure!(shown.contains(part), "{part}: {shown}");
    }
    ensure!(!shown.contains("nothing is left to undo"), "{shown}");
    let asked = project.command(&["release"])?.run()?.expect_code(3);
    ensure!(asked.stderr.contains("error: not confirmed: the release to production"), "{}", asked.transcript());
    ensure!(asked.stderr.contains("where \"users are there\" fails, U"), "{}", asked.transcript());
    project.json(&["release", "--yes", "production"], 0)?;
    assert_eq!(project.query("SELECT name FROM users")?, "a");
    // Nothing is pending any more.
    project.run(&["release", "--yes", "production"], 0)?;
    assert_eq!(project.json(&["runs"], 0)?["result"]["runs"].as_array().map(Vec::len), Some(1));
    let before = project.database.dump_schema(crate::project::OURS)?;
    project.write("migrations/2_empty.sql", "ALTER TABLE users ADD COLUMN plan text;\nDELETE FROM users;\n")?;
    let refused = project.json(&["release", "--yes", "production"], 1)?;
    // The plan protects the table, so the rehearsal says no, and nothing was touched.
    assert_eq!(steps(&refused)[0].1, "failed", "{refused:#}");
    project.write(
        "backout.toml",
        &plan.replace("tables = [\"public.users\"]", "tables = [\"public.users\"]\nmax_deleted_rows = 10"),
    )?;
    let back = project.json(&["release", "--yes", "production"], 1)?;
    assert_eq!(back["result"]["phase"], "taken-back", "{back:#}");
    assert_eq!(project.json(&["runs"], 0)?["result"]["runs"][0]["standing"]["state"], "taken-back");
    assert_eq!(back["result"]["state"]["way"], 1, "{back:#}");
    assert_eq!(project.query("SELECT name FROM users")?, "a");
    assert_eq!(before, project.database.dump_schema(crate::project::OURS)?);
    Ok(())
}
