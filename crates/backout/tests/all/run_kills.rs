//! Every way back killed before and after every record of its journal, and between each action and its record; another
//! checkout with the same store goes on with it, and it ends as if nothing had happened.
//!
//! Which places there are is read from the journal of a run that nobody disturbs. In the usual suite the second store
//! takes every third of them; `BACKOUT_TEST_KILLS=all` takes all.

use std::os::unix::fs::symlink;

use anyhow::{Context, Result, ensure};
use backout_testkit::{Backout, Run, TestDatabase, TestServer};
use serde_json::Value;

use crate::project::{OURS, PLAN, Project};

/// Makes what went wrong go wrong once more, or says whether it is as it must be in the end.
type Look = fn(&Scene) -> Result<()>;

struct Scene {
    project: Project,
    /// The server of the runs, where it is no file.
    _store: Option<TestDatabase<'static>>,
    /// A folder that has all that the project has, by links.
    other: tempfile::TempDir,
    schema: String,
    takes_all: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Journaled {
    File,
    Server,
}

impl Scene {
    async fn new(name: &str, store: Journaled, plan: &str) -> Result<Self> {
        let name = format!("{name}_{}", if store == Journaled::File { "file" } else { "server" });
        let project = Project::new(&name).await?;
        let mut text = format!("{PLAN}{plan}");
        let mut database = None;
        if store == Journaled::Server {
            let made = TestServer::shared().database(&format!("{name}_runs")).await?;
            let known = project.read(".env")?;
            project.write(".env", &format!("{known}STORE_URL={}\n", made.url()))?;
            text = format!("{text}[store]\nurl = \"env:STORE_URL\"\n");
            database = Some(made);
        }
        project.write("backout.toml", &text)?;
        project.write("flags.json", FLAGS)?;
        project.write(".env.app", "CARDS=on\n")?;
        project.write("told", "")?;
        project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
        project.write(".backout/here", "")?;
        project.run(&["migrate", "--yes", "production"], 0)?;
        project.query("INSERT INTO users VALUES (1, 'a'), (2, 'b')")?;
        let other = tempfile::tempdir()?;
        for entry in ["backout.toml", ".env", "flags.json", ".env.app", "told", "migrations", ".backout"] {
            symlink(project.path(entry), other.path().join(entry))?;
        }
        let takes_all = store == Journaled::File || std::env::var("BACKOUT_TEST_KILLS").is_ok_and(|said| said == "all");
        Ok(Self { project, _store: database, other, schema: String::new(), takes_all })
    }

    fn elsewhere(&self, line: &[&str]) -> Result<Run> {
        Backout::new(self.other.path())?.args(line).run()
    }

    fn flag(&self) -> Result<String> {
        let flags: Value = serde_json::from_str(&self.project.read("flags.json")?)?;
        Ok(flags["flags"]["v2"]["defaultVariant"].as_str().unwrap_or_default().to_owned())
    }

    fn told(&self) -> Result<usize> {
        Ok(self.project.read("told")?.lines().count())
    }

    fn same_schema(&self) -> Result<()> {
        let now = self.project.database.dump_schema(OURS)?;
        let differ = now.lines().filter(|line| !self.schema.contains(line)).collect::<Vec<_>>();
        ensure!(self.schema == now, "the schema is another one: {differ:?}");
        Ok(())
    }

    fn is(&self, what: &str, sql: &str, expected: &str) -> Result<()> {
        let found = self.project.query(sql)?;
        ensure!(found == expected, "{what}: {found} instead of {expected}");
        Ok(())
    }

    /// All places of a run that ends with `code`. `again` comes before each run, `settled` after it.
    fn killed_everywhere(&self, line: &[&str], code: i32, again: Look, settled: Look) -> Result<()> {
        again(self).context("before the first run")?;
        let done = self.project.json(line, code)?;
        settled(self).context("undisturbed")?;
        let run = done["result"]["run"].as_str().context("the run has an id")?;
        let places = places(&self.project.run(&["run", "export", run], 0)?.stdout)?;
        ensure!(places.len() > 8, "{places:?}");
        let chosen = places.iter().enumerate().filter(|(number, _)| self.takes_all || number % 3 == 0);
        for (_, place) in chosen {
            again(self).with_context(|| format!("before {place}"))?;
            let killed = self.project.command(line)?.run_to_failpoint(&format!("run.{place}"))?;
            ensure!(killed.hit && killed.run.was_killed(), "{place}: {}", killed.run.transcript());
            let resumed = self.elsewhere(&["run", "resume", "latest", "--yes", "production"])?;
            // What the run of a release means for its caller is said by the release alone.
            ensure!(
                matches!(resumed.code(), Some(end) if end == code || end == 0),
                "{place}: {}",
                resumed.transcript()
            );
            settled(self).with_context(|| place.clone())?;
            let checked = self.elsewhere(&["run", "verify-journal", "latest"])?;
            ensure!(checked.code() == Some(0), "{place}: {}", checked.transcript());
        }
        Ok(())
    }
}

/// Before and after each record but the first, and between an action and its record.
fn places(exported: &str) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for (number, line) in (1..).zip(exported.lines()) {
        let record: Value = serde_json::from_str(line)?;
        let event: Value = serde_json::from_str(record["body"].as_str().context("a record has a body")?)?;
        if number > 1 {
            places.extend([format!("before.{}", number - 1), format!("after.{number}")]);
        }
        if event["event"] == "settled" || event["event"] == "reversal-settled" {
            places.push(format!("acted.{}", number - 1));
        }
    }
    Ok(places)
}

const FLAGS: &str = r#"{ "flags": { "v2": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" } } }"#;

const BACK: [&str; 5] = ["rollback", "--yes", "production", "--because", "errors"];

/// The outside, that is told once.
const TELL: &str = r#"
[[way.step]]
name = "tell"
do = "command"
with = { argv = ["sh", "-c", "echo \"$BACKOUT_STEP\" >> told"], check = ["sh", "-c", "test -s told"] }
"#;

fn a_and_u() -> String {
    format!(
        r#"
[[way]]
name = "A"
for = ["errors"]
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
    scene.schema = scene.project.database.dump_schema(OURS)?;
    scene.project.write("migrations/2_drop.sql", "DROP TABLE notes;\n")?;
    let again: Look = |scene| {
        scene.project.write("flags.json", FLAGS)?;
        scene.project.write("told", "")?;
        scene.project.query("DELETE FROM users WHERE id = 3")?;
        scene.project.run(&["migrate"], 0).map(drop)
    };
    let settled: Look = |scene| {
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
    let mut scene = Scene::new("kills_restore", store, &plan).await?;
    let owner = scene.project.database.owner().to_owned();
    scene.project.query(&format!("ALTER ROLE {} CREATEDB", backout_schema::ident(&owner)))?;
    scene.project.database.run("CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1), (2)")?;
    scene.project.run(&["capture", "on", "--yes", "production"], 0)?;
    scene.schema = scene.project.database.dump_schema(OURS)?;
    let again: Look = |scene| {
        scene.project.write("told", "")?;
        scene.project.database.run("DELETE FROM users WHERE id > 2")?;
        scene.project.run(&["capture", "on", "--yes", "production"], 0)?;
        scene.project.run(&["backup", "take", "--yes", "production"], 0)?;
        scene.project.database.run("INSERT INTO users VALUES (3, 'since'); DROP TABLE notes").map(drop)
    };
    let settled: Look = |scene| {
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
name = "the notes are there"
do = "verify"
on_failure = "unwind"
with = { checks = [{ name = "notes", that = { tables = ["public.notes"] } }] }
"#;
    let scene = Scene::new("kills_unwind", store, plan).await?;
    let again: Look = |scene| {
        scene.project.write("flags.json", FLAGS)?;
        scene.project.write(".env.app", "CARDS=on\n")
    };
    let settled: Look = |scene| {
        let env = scene.project.read(".env.app")?;
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
    let mut scene = Scene::new("kills_release", store, plan).await?;
    let demanding = scene.project.read("backout.toml")?.replace("certificate = \"none\"\nbackup = \"none\"\n", "");
    scene.project.write("backout.toml", &demanding)?;
    scene.schema = scene.project.database.dump_schema(OURS)?;
    scene.project.write("migrations/2_tags.sql", "CREATE TABLE tags (id int PRIMARY KEY);\n")?;
    let settled: Look = |scene| {
        scene.same_schema()?;
        scene.is("undone", "SELECT count(*) FROM backout.migration WHERE state <> 'undone'", "1")
    };
    scene.killed_everywhere(&["release", "--yes", "production"], 1, |_| Ok(()), settled)
}

#[tokio::test]
async fn a_release_that_goes_wrong() -> Result<()> {
    releases(Journaled::File).await
}

#[tokio::test]
async fn a_release_that_goes_wrong_on_a_server() -> Result<()> {
    releases(Journaled::Server).await
}
