//! What `backout serve` does regularly: nobody else takes, proves, prunes, rehearses or purges here.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::project::{PLAN, Project};
use crate::serve::{Server, until};

/// Whole and proven backups, by their ids.
fn proven(project: &Project) -> Result<BTreeSet<String>> {
    // While some of them go, a list may find one half gone.
    let listed = project.command(&["backup", "list", "--json"])?.run()?;
    let listed: Value = serde_json::from_str(&listed.stdout)?;
    let all = listed["result"]["backups"].as_array().cloned().unwrap_or_default();
    let is_proven =
        |one: &&Value| one["state"] == "whole" && one["proofs"].as_array().is_some_and(|all| !all.is_empty());
    Ok(all.iter().filter(is_proven).filter_map(|one| one["id"].as_str().map(str::to_owned)).collect())
}

async fn project(name: &str, serve: &str, backup: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    let plan = PLAN.replace("certificate = \"none\"\n", "keep_archive = \"1s\"\n");
    project.write("backout.toml", &format!("{plan}[backup]\nto = \"backups\"\n{backup}[serve]\n{serve}"))?;
    project.write(
        "migrations/1_users.sql",
        "CREATE TABLE users (id int PRIMARY KEY);\nCREATE TABLE notes (id int PRIMARY KEY);\n",
    )?;
    project.run(&["migrate", "--yes", "production", "--without-certificate", "the first one"], 0)?;
    Ok(project)
}

#[tokio::test]
async fn what_the_plan_wants_regularly_is_done() -> Result<()> {
    let project = project("upkeep", "backup_every = \"1h\"\nrehearse = true\npurge = true\n", "").await?;
    project.write("migrations/2_notes.sql", "DROP TABLE notes;\n")?;
    project.run(&["migrate", "--without-certificate", "its rest is what is purged"], 0)?;
    project.write("migrations/3_tags.sql", "CREATE TABLE tags (id int PRIMARY KEY);\n")?;
    let archived = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^backout_archive'";
    ensure!(project.query(archived)? == "1");
    // It has no certificate yet.
    project.run(&["migrate"], 3)?;
    let server = Server::start(&project)?;
    until("a backup is proven", || Ok(!proven(&project)?.is_empty()))?;
    until("what is past its time is gone", || Ok(project.query(archived)? == "0"))?;
    until("what is pending is rehearsed", || Ok(server.running.stderr()?.contains("is rehearsed")))?;
    drop(server);
    let known = proven(&project)?;
    // Whoever begins anew finds that nothing is due.
    let mut again = Server::start(&project)?;
    until("it leads", || Ok(again.ask("GET", "/metrics", &[], "")?.text.contains("\nbackout_looked_at")))?;
    again.running.terminate()?;
    let ended = again.running.end()?.expect_code(0);
    for word in ["is taken", "is proven", "is rehearsed"] {
        ensure!(!ended.stderr.contains(word), "{word}: {}", ended.transcript());
    }
    ensure!(proven(&project)? == known, "{known:?}");
    // The certificate is one that a migration goes ahead with.
    project.run(&["migrate"], 0)?;
    Ok(())
}

#[tokio::test]
async fn backups_come_and_go_by_the_rules() -> Result<()> {
    let project = project("upkeep_keeps", "backup_every = \"5s\"\n", "keep = \"0\"\nkeep_last = 1\n").await?;
    let server = Server::start(&project)?;
    let mut seen = BTreeSet::new();
    until("backups come", || {
        seen.extend(proven(&project)?);
        Ok(seen.len() >= 3)
    })?;
    until("the first ones are gone", || {
        let now = proven(&project)?;
        Ok(seen.iter().take(2).all(|id| !now.contains(id)))
    })?;
    ensure!(server.running.stderr()?.contains("that no rule keeps are gone"), "{}", server.running.stderr()?);
    Ok(())
}
