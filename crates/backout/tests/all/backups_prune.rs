//! Backups are removed while others take, prove and restore them, and while another prune is at it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use backout_testkit::Backout;
use serde_json::{Value, json};

use crate::project::{PLAN, Project};

async fn project(name: &str, rules: &str) -> Result<Project> {
    let project = Project::new(name).await?;
    project.write("backout.toml", &format!("{PLAN}[backup]\n{rules}"))?;
    project.write("migrations/1_later.sql", "CREATE TABLE later (id int);\n")?;
    project.database.run("CREATE TABLE users (id int); INSERT INTO users SELECT generate_series(1, 500)")?;
    project.query(&format!("ALTER ROLE {} CREATEDB", project.database.owner()))?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(project)
}

fn take(project: &Project) -> Result<String> {
    let taken = project.json(&["backup", "take"], 0)?;
    Ok(taken["result"]["id"].as_str().context("no id")?.to_owned())
}

fn ids(project: &Project) -> Result<Vec<String>> {
    let list = project.json(&["backup", "list"], 0)?["result"]["backups"].clone();
    Ok(list.as_array().into_iter().flatten().filter_map(|b| b["id"].as_str().map(str::to_owned)).collect())
}

fn prune(project: &Project) -> Result<Backout> {
    project.command(&["backup", "prune", "--json"])
}

/// Why a backup stayed; `None` where it went.
fn kept(said: &Value, id: &str) -> Result<Option<String>> {
    let decisions = said["result"]["decisions"].as_array().context("no decisions")?;
    let one = decisions.iter().find(|one| one["id"] == id).context("not decided")?;
    Ok(one["kept"].as_str().map(str::to_owned))
}

/// A note that proving it failed, as `prove` leaves it.
fn fails_its_proof(project: &Project, id: &str) -> Result<()> {
    let proof = json!({ "backup": id, "at": "2099-01-01T00:00:00Z", "server": "15", "rows": 1, "restore_ms": 1.0, "compare_ms": 1.0,
        "notes": [], "differences": ["table public.users has 1 rows"] });
    project.write(&format!(".backout/backups/{id}/proofs/20990101T000000000Z.json"), &proof.to_string())
}

/// As if nobody had written anything in there for long.
fn age(folder: &Path) -> Result<()> {
    let mut find = std::process::Command::new("find");
    let touched = find.arg(folder).args(["-exec", "touch", "-d", "2026-01-01", "{}", "+"]).status()?;
    ensure!(touched.success(), "the files are not older");
    Ok(())
}

const NOTHING: &str = "keep = \"0\"\nkeep_last = 0\n";
const ONE: &str = "keep = \"0\"\nkeep_last = 1\n";

/// What is proven after the decision was made stays: it is the last proven one by now.
#[tokio::test]
async fn one_that_is_proven_meanwhile_stays() -> Result<()> {
    let project = project("prune_proof", ONE).await?;
    let all = [take(&project)?, take(&project)?];
    let halted = prune(&project)?.halt_at_failpoint("prune.decided")?;
    project.run(&["backup", "prove", &all[0]], 0)?;
    let said: Value = serde_json::from_str(&halted.go_on()?.expect_code(0).stdout)?;
    ensure!(kept(&said, &all[0])?.as_deref() == Some("the last proven one"), "{said:#}");
    ensure!(ids(&project)? == all, "both are there");
    project.run(&["backup", "verify"], 0)?;
    Ok(())
}

/// Two that remove at once, each counting on what the other removes.
#[tokio::test]
async fn two_do_not_remove_each_others_reason() -> Result<()> {
    let project = project("prune_two", NOTHING).await?;
    let all = [take(&project)?, take(&project)?];
    for id in &all {
        project.run(&["backup", "prove", id], 0)?;
    }
    // The older one is to go, since the newer one is proven as well …
    let first = prune(&project)?.halt_at_failpoint("prune.marked")?;
    // … which by the other's knowledge it is not.
    fails_its_proof(&project, &all[1])?;
    let second = project.json(&["backup", "prune"], 0)?;
    ensure!(kept(&second, &all[0])?.as_deref() == Some("the last proven one"), "{second:#}");
    let first: Value = serde_json::from_str(&first.go_on()?.expect_code(0).stdout)?;
    ensure!(kept(&first, &all[0])?.as_deref() == Some("the last proven one"), "{first:#}");
    ensure!(ids(&project)? == all[..1], "{:?}", ids(&project)?);
    project.run(&["backup", "prove", &all[0]], 0)?;
    Ok(())
}

/// Whoever restores it has it to the end.
#[tokio::test]
async fn one_that_is_being_restored_stays() -> Result<()> {
    let project = project("prune_restore", ONE).await?;
    let all = [take(&project)?, take(&project)?];
    let there = format!("{}_x", project.database.name());
    let pruning = prune(&project)?.halt_at_failpoint("prune.decided")?;
    let restoring = project.command(&["restore", &all[0], "--into", &there])?.halt_at_failpoint("restore.chunk")?;
    let said: Value = serde_json::from_str(&pruning.go_on()?.expect_code(0).stdout)?;
    ensure!(kept(&said, &all[0])?.as_deref() == Some("in use by a restore"), "{said:#}");
    restoring.go_on()?.expect_code(0);
    let said = project.json(&["backup", "prune"], 0)?;
    ensure!(kept(&said, &all[0])?.is_none(), "{said:#}");
    project.run(&["restore", &all[0], "--into", &there], 2)?;
    project.query(&format!("DROP DATABASE {there}"))?;
    Ok(())
}

/// An attempt of long ago that somebody goes on with is not removed under their hands.
#[tokio::test]
async fn an_attempt_that_is_gone_on_with_stays() -> Result<()> {
    let project = project("prune_resume", ONE).await?;
    let killed = project.command(&["backup", "take"])?.run_to_failpoint("backup.before_manifest")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    let id = ids(&project)?.pop().context("nothing is there")?;
    let root = project.path(".backout/backups").join(&id);
    project.write(&format!(".backout/backups/{id}/data/.tmp-1-left"), "half")?;
    age(&root)?;
    let pruning = prune(&project)?.halt_at_failpoint("prune.decided")?;
    let taking = project.command(&["backup", "take", "--resume", &id])?.halt_at_failpoint("backup.draft")?;
    let said: Value = serde_json::from_str(&pruning.go_on()?.expect_code(0).stdout)?;
    ensure!(kept(&said, &id)?.is_some_and(|why| why.contains("written there today")), "{said:#}");
    taking.go_on()?.expect_code(0);
    project.run(&["backup", "prove", &id], 0)?;
    ensure!(!root.join("data/.tmp-1-left").exists(), "what nobody named is swept");

    // The other way round: whoever comes after the mark is told.
    let killed = project.command(&["backup", "take"])?.run_to_failpoint("backup.before_manifest")?;
    ensure!(killed.hit, "{}", killed.run.transcript());
    let id = ids(&project)?.pop().context("nothing is there")?;
    age(&project.path(".backout/backups").join(&id))?;
    let pruning = prune(&project)?.halt_at_failpoint("prune.judged")?;
    let refused = project.run(&["backup", "take", "--resume", &id], 3)?.stderr;
    ensure!(refused.contains("is being removed"), "{refused}");
    let said: Value = serde_json::from_str(&pruning.go_on()?.expect_code(0).stdout)?;
    ensure!(kept(&said, &id)?.is_none() && !ids(&project)?.contains(&id), "{said:#}");
    Ok(())
}

/// Every place where a prune can be killed: what stays is whole, and the next one removes the rest.
#[tokio::test]
async fn killed_anywhere_it_ends_the_next_time() -> Result<()> {
    let project = project("prune_kill", ONE).await?;
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../backout-backup/src/prune.rs"))?;
    let names: BTreeSet<&str> =
        source.split("failpoint!(\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    ensure!(names.len() == 4, "{names:?}");
    let proven = take(&project)?;
    project.run(&["backup", "prove", &proven], 0)?;
    for name in names {
        let (goes, stays) = (take(&project)?, take(&project)?);
        let killed = prune(&project)?.run_to_failpoint(name)?;
        ensure!(killed.hit && killed.run.was_killed(), "{name}: {}", killed.run.transcript());
        project.run(&["backup", "verify", &stays], 0)?;
        project.json(&["backup", "prune"], 0)?;
        ensure!(ids(&project)? == [proven.clone(), stays.clone()], "{name}: {goes}: {:?}", ids(&project)?);
        ensure!(!project.path(".backout/backups").join(&goes).exists(), "{name}: nothing is left of it");
        // So that the next round has one that goes.
        std::fs::remove_dir_all(project.path(".backout/backups").join(&stays))?;
    }
    project.run(&["backup", "verify", &proven], 0)?;
    Ok(())
}

/// A migration on record keeps the backup that it stands on; where nobody can be asked, a young one stays.
#[tokio::test]
async fn one_that_a_migration_stands_on_stays() -> Result<()> {
    let project = project("prune_needed", NOTHING).await?;
    let needed = take(&project)?;
    project.query(&format!("UPDATE backout.migration SET backup = '{needed}' WHERE number = 1"))?;
    let other = take(&project)?;
    let unasked =
        project.command(&["backup", "prune", "--json"])?.env("DATABASE_URL", "postgresql://x@127.0.0.1:1/x").run()?;
    let unasked = unasked.expect_code(0);
    ensure!(unasked.stderr.contains("could not ask production"), "{}", unasked.stderr);
    let said: Value = serde_json::from_str(&unasked.stdout)?;
    ensure!(kept(&said, &other)?.is_some_and(|why| why.contains("was not asked")), "{said:#}");
    let said = project.json(&["backup", "prune"], 0)?;
    ensure!(kept(&said, &needed)?.as_deref() == Some("migration 1_later stands on it and can be undone"), "{said:#}");
    ensure!(kept(&said, &other)?.is_none() && ids(&project)? == [needed], "{said:#}");
    Ok(())
}
