//! The way for exposed rows: writes stop, what is exposed is counted and kept, writes go on, the release is
//! undone, people are told; the rows that come back after the fix; and a way that keeps the present state first.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{BACK, Journaled, Look, Scene, takes_all};
use crate::impact::{self, ROWS};

/// Each so manieth place in the usual suite.
const SAMPLE: usize = 6;

const WAY_C: &str = r#"
[[way]]
name = "C"
for = ["errors"]
[[way.step]]
name = "stop writes"
do = "freeze"
on_failure = "stop"
with = { accept = true, watch = "100ms" }
[[way.step]]
name = "assess"
do = "impact"
with = { users_file = "affected.txt" }
[[way.step]]
name = "keep what is there"
do = "export"
with = { tables = ["public.clients", "public.visits"] }
[[way.step]]
name = "let writes go on"
do = "thaw"
[[way.step]]
name = "undo in place"
do = "undo"
[[way.step]]
name = "gone"
do = "verify"
with = { checks = [{ name = "clients", that = { sql = "SELECT to_regclass('public.clients') IS NULL" } }] }
[[way.step]]
name = "tell people"
do = "notify"
with = { message = "rolled back because of data exposure", file = "told" }
"#;

async fn exposes(store: Journaled) -> Result<()> {
    let name = format!("kills_c_{store:?}").to_lowercase();
    let project = impact::project(&name, WAY_C).await?;
    project.write("affected.txt", "")?;
    project.run(&["undo", "--yes", "production"], 0)?;
    let mut scene = Scene::of(project, &name, store).await?.sampled(SAMPLE);
    scene.schema = scene.project.dump()?;
    let again: Look<'_> = &|scene: &Scene| {
        scene.project.write("told", "")?;
        scene.project.write("affected.txt", "")?;
        std::fs::remove_dir_all(scene.project.path(".backout/evidence")).ok();
        scene.project.run(&["migrate", "--leave-aside"], 0)?;
        scene.project.database.run(ROWS).map(drop)
    };
    let settled: Look<'_> = &|scene: &Scene| {
        scene.same_schema()?;
        // Writes go on for everybody, the release is gone, and its rows are in one export, once.
        scene.project.database.run(
            "INSERT INTO users VALUES (gen_random_uuid()); DELETE FROM users WHERE id::text NOT LIKE '00000000%'",
        )?;
        scene.is("frozen", "SELECT count(*) FROM backout.freeze WHERE state <> 'thawed'", "0")?;
        scene.is("set aside", "SELECT count(*) FROM backout.migration WHERE state = 'applied'", "1")?;
        let found = scene.project.json(&["evidence", "list"], 0)?;
        let all = found["result"]["evidence"].as_array().context("evidence")?;
        ensure!(all.len() == 1, "exported {} times: {found:#}", all.len());
        let rows: Vec<u64> = all[0]["evidence"]["parts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|part| part["rows"].as_u64())
            .collect();
        ensure!(rows == [47, 47], "{found:#}");
        ensure!(scene.project.read("affected.txt")?.lines().count() == 5, "affected");
        ensure!(scene.told()? == 1, "told {}", scene.told()?);
        Ok(())
    };
    scene.killed_everywhere(&BACK, 0, again, settled)
}

#[tokio::test]
async fn a_way_for_exposed_rows() -> Result<()> {
    exposes(Journaled::File).await
}

#[tokio::test]
async fn a_way_for_exposed_rows_on_a_server() -> Result<()> {
    if takes_all() { exposes(Journaled::Server).await } else { Ok(()) }
}

async fn imports(store: Journaled) -> Result<()> {
    let name = format!("kills_i_{store:?}").to_lowercase();
    let project = impact::project(&name, "").await?;
    // Without a key, twice would be seen.
    project.database.run("CREATE TABLE log (said text); INSERT INTO log VALUES ('x'), ('x'), (NULL)")?;
    let tables = ["clients", "visits", "log"];
    let export = ["evidence", "export", "--table", "clients", "--table", "visits", "--table", "log"];
    let done = project.json(&export, 0)?;
    let id = done["result"]["evidence"]["id"].as_str().context("an id")?.to_owned();
    let plan = project.read("backout.toml")?;
    let way = format!(
        "[[way]]\nname = \"I\"\n[[way.step]]\nname = \"import\"\ndo = \"import\"\nwith = {{ evidence = \"{id}\" }}\n\
         [[way.step]]\nname = \"all of them\"\ndo = \"wait\"\nwith = {{ until = {{ sql = \"SELECT count(*) = 47 FROM clients\" }} }}\n"
    );
    project.write("backout.toml", &format!("{plan}{way}"))?;
    let rows = |scene: &Scene| -> Result<Vec<Vec<String>>> {
        tables.iter().map(|table| scene.project.database.sorted_copy(table)).collect()
    };
    let scene = Scene::of(project, &name, store).await?.sampled(SAMPLE);
    let before = rows(&scene)?;
    let again: Look<'_> = &|scene: &Scene| {
        scene.project.database.run("DELETE FROM visits; DELETE FROM clients; DELETE FROM log").map(drop)
    };
    let settled: Look<'_> = &|scene: &Scene| {
        ensure!(rows(scene)? == before, "the rows are other ones");
        Ok(())
    };
    scene.killed_everywhere(&BACK, 0, again, settled)
}

#[tokio::test]
async fn a_way_that_imports() -> Result<()> {
    imports(Journaled::File).await
}

#[tokio::test]
async fn a_way_that_imports_on_a_server() -> Result<()> {
    if takes_all() { imports(Journaled::Server).await } else { Ok(()) }
}

async fn keeps(store: Journaled) -> Result<()> {
    let plan = r#"
[[way]]
name = "S"
budget = "1m"
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
"#;
    let scene = Scene::new("kills_keep", store, plan).await?.sampled(SAMPLE);
    let again: Look<'_> = &|scene: &Scene| {
        std::fs::remove_dir_all(scene.project.path(".backout/backups")).ok();
        scene.project.query("DELETE FROM users; INSERT INTO users VALUES (1, 'a'), (2, 'b')").map(drop)
    };
    let settled: Look<'_> = &|scene: &Scene| {
        scene.is("users", "SELECT count(*) FROM users", "0")?;
        let run = scene.newest_run()?;
        let found = scene.project.json(&["backup", "list"], 0)?;
        let all = found["result"]["backups"].as_array().context("backups")?;
        let ours: Vec<&Value> = all.iter().filter(|one| one["source"]["kept_by"] == run.as_str()).collect();
        ensure!(ours.len() == 1, "{} backups were kept: {found:#}", ours.len());
        let id = ours[0]["id"].as_str().context("an id")?;
        let shown = scene.project.json(&["backup", "show", id], 0)?;
        // What it has is what was there before the first step that lost something.
        let users =
            shown["result"]["manifest"]["tables"].as_array().into_iter().flatten().find(|one| one["name"] == "users");
        ensure!(users.is_some_and(|users| users["fingerprint"][0] == 2), "{found:#}");
        Ok(())
    };
    scene.killed_everywhere(&BACK, 0, again, settled)
}

#[tokio::test]
async fn a_way_that_keeps_the_present_state() -> Result<()> {
    keeps(Journaled::File).await
}

#[tokio::test]
async fn a_way_that_keeps_the_present_state_on_a_server() -> Result<()> {
    if takes_all() { keeps(Journaled::Server).await } else { Ok(()) }
}
