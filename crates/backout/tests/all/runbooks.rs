//! What the runbooks of small teams do in an emergency, as they do it, and what Backout does in the same place.

use std::process::{Output, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};

use crate::project::{PLAN, Project};

pub const PLATFORM: &str = include_str!("../../../../demo/platform.sql");
pub const V1: &str = include_str!("../../../../demo/v1.sql");
pub const DATA: &str = include_str!("../../../../demo/data.sql");
pub const V2: &str = include_str!("../../../../demo/migrations/20260107000000_v2.sql");
pub const WRITES: &str = include_str!("../../../../demo/v2-writes.sql");

pub const KEPT: [&str; 3] = ["users", "ai_usage_tracking", "usage_alerts"];
pub const ALL: [&str; 9] = [
    "users",
    "ai_usage_tracking",
    "usage_alerts",
    "meetings",
    "participants",
    "messages",
    "reactions",
    "files",
    "meeting_summaries",
];

/// Roles are those of the server, which tests share.
pub static ROLES: Mutex<()> = Mutex::new(());

/// The runbook's way to simulate the failure, word for word.
pub const CORRUPT: &str = "UPDATE users SET clerk_id = NULL WHERE id IN (SELECT id FROM users LIMIT 5);";

/// The demo's application, whose people may lack a Clerk id as in the runbook's.
async fn application(name: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &PLAN.replace("certificate = \"none\"", "certificate = \"full\""))?;
    project.write("migrations/20260107000000_v2.sql", V2)?;
    project.write(".env", &format!("DATABASE_URL={}\n", project.database.url_as("app_owner")))?;
    {
        let _alone = ROLES.lock().unwrap_or_else(PoisonError::into_inner);
        project.database.run_as_superuser(PLATFORM)?;
    }
    project.query("ALTER ROLE app_owner CREATEDB")?;
    as_owner(&project, V1)?;
    as_owner(&project, &format!("SET demo.scale = '0.02';\n{DATA}"))?;
    as_owner(&project, "ALTER TABLE users ALTER clerk_id DROP NOT NULL;")?;
    Ok(project)
}

pub fn as_owner(project: &Project, script: &str) -> Result<()> {
    let output = project.database.psql_as("app_owner", script)?;
    ensure!(output.status.success(), "{}", said(&output));
    Ok(())
}

/// From now on Backout connects as one who may make what belongs to others.
fn as_administrator(project: &Project) -> Result<()> {
    let superuser = project.database.server().sandbox().superuser();
    project.write(".env", &format!("DATABASE_URL={}\n", project.database.url_as(superuser)))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn rows(project: &Project, tables: &[&str]) -> Result<Vec<Vec<String>>> {
    tables.iter().map(|table| project.database.sorted_copy(&format!("public.{table}"))).collect()
}

/// A dump without our triggers, which are numbered.
pub fn without_capture(dump: &str) -> String {
    let parts = dump.split("--\n-- Name: ").filter(|part| !part.contains("backout_capture"));
    parts.collect::<Vec<_>>().join("--\n-- Name: ")
}

fn corrupted(project: &Project) -> Result<String> {
    project.query("SELECT count(*) FROM public.users WHERE clerk_id IS NULL")
}

/// Tests that leave databases beside their own would fill the server that all of them share.
fn clean(project: &Project) -> Result<()> {
    let name = project.database.name();
    for other in project.query(&format!("SELECT datname FROM pg_database WHERE datname ~ '^{name}_re'"))?.lines() {
        project.query(&format!("DROP DATABASE \"{other}\" WITH (FORCE)"))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_corrupted_after_the_release() -> Result<()> {
    let project = application("runbook").await?;
    let before = (project.dump()?, rows(&project, &ALL)?);

    // Both prepare: the runbook its script's backup of the three tables that stay, and Backout its own.
    let mut dump = project.database.tool("pg_dump", "app_owner")?;
    dump.args(["--clean", "--if-exists"]);
    for table in KEPT {
        dump.args(["-t", &format!("public.{table}")]);
    }
    let dump = dump.stdin(Stdio::null()).output()?;
    ensure!(dump.status.success(), "{}", said(&dump));
    let dump = String::from_utf8(dump.stdout)?;
    project.run(&["capture", "on", "--depth", "images", "--yes", "production"], 0)?;
    let taken = project.json(&["backup", "take", "--prove"], 0)?;
    let id = taken["result"]["id"].as_str().context("no id")?.to_owned();

    project.run(&["rehearse"], 0)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    as_owner(&project, WRITES)?;
    let released = (project.dump()?, rows(&project, &["users", "clients", "meetings", "action_items"])?);
    as_owner(&project, CORRUPT)?;
    ensure!(corrupted(&project)? == "5");

    // As documented: errors pass by, the exit code says that all went well, and nothing is better than before.
    let copy = format!("{}_restored", project.database.name());
    project.query(&format!("CREATE DATABASE \"{copy}\" TEMPLATE \"{}\" OWNER app_owner", project.database.name()))?;
    let mut psql = project.database.tool("psql", "app_owner")?;
    psql.env("PGDATABASE", &copy)
        .args(["-X", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = psql.spawn()?;
    let mut stdin = child.stdin.take().context("psql has no input")?;
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, dump.as_bytes()));
    let documented = child.wait_with_output()?;
    drop(writer.join());
    let errors = said(&documented);
    ensure!(documented.status.code() == Some(0), "{errors}");
    ensure!(errors.contains("cannot drop table public.users because other objects depend on it"), "{errors}");
    let mut psql = project.database.tool("psql", "app_owner")?;
    psql.env("PGDATABASE", &copy)
        .args(["-XAtc", "SELECT count(*), to_regclass('public.participants') FROM users WHERE clerk_id IS NULL"]);
    let after = psql.stdin(Stdio::null()).output()?;
    let after = String::from_utf8_lossy(&after.stdout).trim().to_owned();
    ensure!(after == "5|", "the documented restore helped: {after}");

    // In place: the five have their ids again, and what was written since stays.
    let log = project.json(&["rows", "log", "--table", "users"], 0)?;
    let transactions = log["result"]["transactions"].as_array().context("transactions")?.clone();
    let culprit = transactions.iter().map(|one| &one["transaction"]).find(|one| one["updated"] == 5);
    let xid = culprit.context("the transaction is not listed")?["xid"].to_string();
    let planned = project.json(&["rows", "undo", "--table", "users", "--txid", &xid, "--dry-run"], 0)?;
    ensure!(planned["result"]["tables"][0]["set"] == 5, "{planned}");
    ensure!(corrupted(&project)? == "5", "a dry run changed something");
    project.run(&["rows", "undo", "--table", "users", "--txid", &xid, "--yes", "production"], 0)?;
    ensure!(corrupted(&project)? == "0");
    let now = rows(&project, &["users", "clients", "meetings", "action_items"])?;
    // `updated_at` follows every change of a row, this one too.
    let without_time = |rows: &[String]| -> Vec<String> {
        rows.iter().map(|row| row.split('\t').take(3).collect::<Vec<_>>().join("\t")).collect()
    };
    ensure!(without_time(&now[0]) == without_time(&released.1[0]), "users differ");
    ensure!(now[1..] == released.1[1..], "what the release wrote differs");
    ensure!(project.dump()? == released.0, "the schema differs");

    // And everything: V1 as the backup has it. First in the live database, whose platform belongs to others: the release
    // is undone, and rows that differ are exchanged.
    as_owner(&project, CORRUPT)?;
    let refused = project.run(&["restore", &id, "--replay", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("public.users (its capture began after the backup was taken)"), "{refused}");
    let refused = project.run(&["restore", &id, "--yes", "production"], 1)?.stderr;
    ensure!(refused.contains("supabase_auth_admin") && refused.contains("--in-place"), "{refused}");
    let refused = project.run(&["restore", &id, "--in-place", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("public.users (") && refused.contains("undo what was migrated since first"), "{refused}");
    project.run(&["undo", "--yes", "production"], 0)?;
    project.run(&["restore", &id, "--in-place", "--yes", "production"], 0)?;
    ensure!(without_capture(&project.dump()?) == without_capture(&before.0), "the schema that came back differs");
    ensure!(rows(&project, &ALL)? == before.1, "rows that came back in place differ");
    // Then by an administrator, in one go: into a new database that was compared before it was anybody's.
    as_owner(&project, CORRUPT)?;
    as_administrator(&project)?;
    project.run(&["restore", &id, "--yes", "production"], 0)?;
    let after = (without_capture(&project.dump()?), rows(&project, &ALL)?);
    ensure!(after.0 == without_capture(&before.0), "the schema that came back differs");
    ensure!(after.1 == before.1, "rows that came back differ");
    clean(&project)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_forth_and_back_while_changes_are_captured() -> Result<()> {
    let project = application("runbook_captured").await?;
    project.run(&["capture", "on", "--depth", "images", "--yes", "production"], 0)?;
    let taken = project.json(&["backup", "take"], 0)?;
    let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
    let before = (project.dump()?, rows(&project, &ALL)?);
    project.run(&["rehearse"], 0)?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    let standing = project.json(&["capture"], 0)?;
    let others = standing["result"]["not_captured"].as_array().context("not captured")?;
    // Those of the platform belong to others.
    ensure!(others.iter().all(|name| !name.as_str().is_some_and(|name| name.starts_with("public."))), "{standing}");
    let tables = standing["result"]["captured"].as_array().context("captured")?;
    ensure!(tables.iter().all(|one| one["trouble"].is_null()), "{standing}");
    project.run(&["undo", "--yes", "production"], 0)?;
    let after = (project.dump()?, rows(&project, &ALL)?);
    ensure!(without_capture(&after.0) == without_capture(&before.0), "the undo brought another schema");
    ensure!(after.1 == before.1, "the undo brought other rows");
    let standing = project.json(&["capture"], 0)?;
    let tables = standing["result"]["captured"].as_array().context("captured")?;
    ensure!(tables.iter().all(|one| one["trouble"].is_null()) && tables.len() == ALL.len(), "{standing}");
    // The backup of before: its tables are captured anew since, so what is lost is said instead.
    let refused = project.run(&["restore", &id, "--replay", "--yes", "production"], 3)?.stderr;
    ensure!(refused.contains("its capture began after the backup was taken"), "{refused}");
    let taken = project.json(&["backup", "take"], 0)?;
    let id = taken["result"]["id"].as_str().context("no id")?.to_owned();
    as_owner(
        &project,
        "UPDATE users SET name = name || '!' WHERE clerk_id LIKE '%1'; DELETE FROM messages WHERE id % 3 = 0;",
    )?;
    let now = (project.dump()?, rows(&project, &ALL)?);
    as_administrator(&project)?;
    let platform =
        ["restore", &id, "--replay", "--replay-without", "auth.*", "storage.*", "realtime.*", "--yes", "production"];
    project.run(&platform, 0)?;
    let then = (without_capture(&project.dump()?), rows(&project, &ALL)?);
    for (place, table) in ALL.iter().enumerate() {
        let (a, b) = (&then.1[place], &now.1[place]);
        let other =
            |a: &[String], b: &[String]| a.iter().filter(|row| !b.contains(row)).take(3).cloned().collect::<Vec<_>>();
        ensure!(a == b, "{table}: {:?} and not {:?}", other(a, b), other(b, a));
    }
    ensure!(then.0 == without_capture(&now.0), "the schema that came back differs");
    clean(&project)
}
