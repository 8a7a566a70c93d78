//! Ways that undo, restore, take themselves back, and a release that goes wrong.

use anyhow::{Result, ensure};

use super::{BACK, FLAGS, Journaled, Look, Scene, TELL};

/// Each so manieth place in the usual suite, where a run rehearses and proves a backup.
const SLOW: usize = 4;

fn a_and_u() -> String {
    format!(
        r#"
[[way]]
name = "A"
for = ["errors"]
keep = "none"
[[way.step]]
name = "flag off"
do = "flags"
with = {{ file = "flags.json", set = {{ v2 = "off" }} }}
{TELL}
[[way.step]]
name = "the notes are there"
do = "verify"
with = {{ checks = [{{ name = "notes", that = {{ tables = ["public.notes"] }} }}] }}
[[way]]
name = "U"
keep = "none"
[[way.step]]
name = "one \"we\"\"ird\" ' name; 日本"
do = "sql"
with = {{ sql = "INSERT INTO users VALUES (3, 'marked')" }}
[[way.step]]
name = "undo"
do = "undo"
[[way.step]]
name = "the notes are there"
do = "verify"
with = {{ checks = [{{ name = "notes", that = {{ sql = "SELECT count(*) = 2 FROM notes" }} }}] }}
"#
    )
}

async fn undoes(store: Journaled) -> Result<()> {
    let mut scene = Scene::new("kills_undo", store, &a_and_u()).await?;
    scene.project.database.run("CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1), (2)")?;
    scene.schema = scene.project.dump()?;
    scene.project.write("migrations/2_drop.sql", "DROP TABLE notes;\n")?;
    let again: Look<'_> = &|scene: &Scene| {
        scene.project.write("flags.json", FLAGS)?;
        scene.project.write("told", "")?;
        scene.project.query("DELETE FROM users WHERE id = 3")?;
        scene.project.run(&["migrate"], 0).map(drop)
    };
    let settled: Look<'_> = &|scene: &Scene| {
        scene.same_schema()?;
        scene.is("marked once", "SELECT count(*) FROM users WHERE id = 3", "1")?;
        ensure!(scene.flag()? == "off" && scene.told()? == 1, "flag {}, told {}", scene.flag()?, scene.told()?);
        scene.is("notes", "SELECT count(*) FROM notes", "2")
    };
    scene.killed_everywhere(&BACK, 0, again, settled)
}

#[tokio::test]
async fn a_way_that_escalates_to_the_undo() -> Result<()> {
    undoes(Journaled::File).await
}

#[tokio::test]
async fn a_way_that_escalates_to_the_undo_on_a_server() -> Result<()> {
    undoes(Journaled::Server).await
}

async fn restores(store: Journaled) -> Result<()> {
    let plan = format!(
        r#"
[[way]]
name = "B"
for = ["errors"]
keep = "none"
{TELL}
[[way.step]]
name = "restore"
do = "restore"
budget = "5m"
with = {{ replay = true }}
[[way.step]]
name = "the notes are there"
do = "verify"
with = {{ checks = [{{ name = "notes", that = {{ sql = "SELECT count(*) = 2 FROM notes" }} }}] }}
"#
    );
    let mut scene = Scene::new("kills_restore", store, &plan).await?.sampled(3);
    let owner = scene.project.database.owner().to_owned();
    scene.project.query(&format!("ALTER ROLE {} CREATEDB", backout_schema::ident(&owner)))?;
    scene.project.database.run("CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1), (2)")?;
    scene.project.run(&["capture", "on", "--yes", "production"], 0)?;
    scene.schema = scene.project.dump()?;
    let again: Look<'_> = &|scene: &Scene| {
        scene.project.write("told", "")?;
        scene.project.database.run("DELETE FROM users WHERE id > 2")?;
        scene.project.run(&["capture", "on", "--yes", "production"], 0)?;
        scene.project.run(&["backup", "take", "--yes", "production"], 0)?;
        scene.project.database.run("INSERT INTO users VALUES (3, 'since'); DROP TABLE notes").map(drop)
    };
    let settled: Look<'_> = &|scene: &Scene| {
        scene.same_schema()?;
        scene.is("users", "SELECT string_agg(name, ',' ORDER BY id) FROM users", "a,b,since")?;
        ensure!(scene.told()? == 1, "told {}", scene.told()?);
        // The exchange happened once: what was live is there once, and goes before the next run.
        let name = scene.project.database.name().to_owned();
        let replaced = format!("SELECT datname FROM pg_database WHERE datname LIKE '{name}\\_replaced\\_%'");
        let found = scene.project.query(&replaced)?;
        ensure!(found.lines().count() == 1, "{found}");
        scene.project.run(&["restore", "--drop-replaced", &found, "--yes", "production"], 0).map(drop)
    };
    scene.killed_everywhere(&BACK, 0, again, settled)
}

#[tokio::test]
async fn a_way_that_restores() -> Result<()> {
    restores(Journaled::File).await
}

#[tokio::test]
async fn a_way_that_restores_on_a_server() -> Result<()> {
    restores(Journaled::Server).await
}

async fn unwinds(store: Journaled) -> Result<()> {
    let plan = r#"
[[way]]
name = "A"
for = ["errors"]
keep = "none"
[[way.step]]
name = "flag off"
do = "flags"
with = { file = "flags.json", set = { v2 = "off" } }
undo = { do = "flags", with = { file = "flags.json", set = { v2 = "on" } } }
[[way.step]]
name = "cards off"
do = "env-file"
with = { file = ".env.app", set = { CARDS = "off" } }
undo = { do = "env-file", with = { file = ".env.app", set = { CARDS = "on" } } }
[[way.step]]
name = "mark"
do = "sql"
with = { sql = "INSERT INTO users VALUES (3, 'marked')" }
undo = { do = "sql", with = { sql = "UPDATE users SET name = name || ' and back' WHERE id = 3" } }
[[way.step]]
name = "the notes are there"
do = "verify"
on_failure = "unwind"
with = { checks = [{ name = "notes", that = { tables = ["public.notes"] } }] }
"#;
    let scene = Scene::new("kills_unwind", store, plan).await?;
    let again: Look<'_> = &|scene: &Scene| {
        scene.project.write("flags.json", FLAGS)?;
        scene.project.query("DELETE FROM users WHERE id = 3")?;
        scene.project.write(".env.app", "CARDS=on\n")
    };
    let settled: Look<'_> = &|scene: &Scene| {
        let env = scene.project.read(".env.app")?;
        scene.is("marked and back, once each", "SELECT name FROM users WHERE id = 3", "marked and back")?;
        ensure!(scene.flag()? == "on" && env == "CARDS=on\n", "flag {}, {env}", scene.flag()?);
        Ok(())
    };
    scene.killed_everywhere(&BACK, 1, again, settled)
}

#[tokio::test]
async fn a_way_that_is_taken_back() -> Result<()> {
    unwinds(Journaled::File).await
}

#[tokio::test]
async fn a_way_that_is_taken_back_on_a_server() -> Result<()> {
    unwinds(Journaled::Server).await
}

async fn releases(store: Journaled) -> Result<()> {
    let plan = r#"
[[release.step]]
name = "the tags are there"
do = "verify"
with = { checks = [{ name = "tags", that = { sql = "SELECT count(*) > 0 FROM tags" } }] }
[[way]]
name = "U"
[[way.step]]
name = "undo"
do = "undo"
"#;
    let mut scene = Scene::new("kills_release", store, plan).await?.sampled(SLOW);
    let demanding = scene.project.read("backout.toml")?.replace("certificate = \"none\"\nbackup = \"none\"\n", "");
    scene.project.write("backout.toml", &demanding)?;
    scene.schema = scene.project.dump()?;
    scene.project.write("migrations/2_tags.sql", "CREATE TABLE tags (id int PRIMARY KEY);\n")?;
    let settled: Look<'_> = &|scene: &Scene| {
        scene.same_schema()?;
        scene.is("undone", "SELECT count(*) FROM backout.migration WHERE state <> 'undone'", "1")
    };
    scene.killed_everywhere(&["release", "--yes", "production"], 1, &|_: &Scene| Ok(()), settled)
}

#[tokio::test]
async fn a_release_that_goes_wrong() -> Result<()> {
    releases(Journaled::File).await
}

#[tokio::test]
async fn a_release_that_goes_wrong_on_a_server() -> Result<()> {
    releases(Journaled::Server).await
}
