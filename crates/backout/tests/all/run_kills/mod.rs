//! Every way back killed before and after every record of its journal, and between each action and its record; another
//! checkout with the same store goes on with it, and it ends as if nothing had happened.
//!
//! Which places there are is read from the journal of a run that nobody disturbs. In the usual suite a story takes a
//! sample of them, and not every story runs on both stores; `BACKOUT_TEST_KILLS=all` takes all.

mod database;
mod exposure;
mod kubernetes;
mod outside;

use std::io::Write as _;
use std::os::unix::fs::symlink;

use anyhow::{Context, Result, ensure};
use backout_testkit::{Backout, Run, TestDatabase, TestServer};
use serde_json::Value;

use crate::project::{OURS, PLAN, Project};

/// Makes what went wrong go wrong once more, or says whether it is as it must be in the end.
type Look<'l> = &'l dyn Fn(&Scene) -> Result<()>;

struct Scene {
    project: Project,
    /// The server of the runs, where it is no file.
    _store: Option<TestDatabase<'static>>,
    /// A folder that has all that the project has, by links.
    other: tempfile::TempDir,
    schema: String,
    /// Of the places, each so manieth.
    every: usize,
    /// Which of them is the first, so that two stores take different ones.
    first: usize,
    /// The home of what steps start, where it leaves something behind there.
    home: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Journaled {
    File,
    Server,
}

fn takes_all() -> bool {
    std::env::var("BACKOUT_TEST_KILLS").is_ok_and(|said| said == "all")
}

impl Scene {
    /// A project with a table of users, flags and variables, and something outside that is told.
    async fn new(name: &str, store: Journaled, plan: &str) -> Result<Self> {
        Self::of(project(name, store, plan).await?, name, store).await
    }

    /// The same around a project that is there.
    async fn of(project: Project, name: &str, store: Journaled) -> Result<Self> {
        let mut database = None;
        if store == Journaled::Server {
            let made = TestServer::shared().database(&format!("{}_runs", called(name, store))).await?;
            let known = project.read(".env")?;
            project.write(".env", &format!("{known}STORE_URL={}\n", made.url()))?;
            let plan = project.read("backout.toml")?;
            project.write("backout.toml", &format!("{plan}[store]\nurl = \"env:STORE_URL\"\n"))?;
            database = Some(made);
        }
        for (file, text) in [("flags.json", FLAGS), (".env.app", "CARDS=on\n"), ("told", ""), (".backout/here", "")] {
            project.write(file, text)?;
        }
        let other = tempfile::tempdir()?;
        for entry in std::fs::read_dir(project.path("."))? {
            let name = entry?.file_name();
            symlink(project.path(&name.to_string_lossy()), other.path().join(&name))?;
        }
        // All of them in a file and a third of them on a server, which is what a record costs there.
        let every = if takes_all() || store == Journaled::File { 1 } else { 3 };
        let first = if store == Journaled::File { 0 } else { 1 };
        Ok(Self { project, _store: database, other, schema: String::new(), every, first, home: None })
    }

    /// Takes fewer places in the usual suite.
    fn sampled(mut self, every: usize) -> Self {
        if !takes_all() {
            self.every = every;
        }
        self
    }

    fn at_home(&self, command: Backout) -> Backout {
        match &self.home {
            Some(home) => command.env("HOME", home),
            None => command,
        }
    }

    fn elsewhere(&self, line: &[&str]) -> Result<Run> {
        self.at_home(Backout::new(self.other.path())?.args(line)).run()
    }

    fn newest_run(&self) -> Result<String> {
        let shown = self.project.json(&["run", "show", "latest"], 0)?;
        Ok(shown["result"]["run"].as_str().context("the run has an id")?.to_owned())
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
    fn killed_everywhere(&self, line: &[&str], code: i32, again: Look<'_>, settled: Look<'_>) -> Result<()> {
        again(self).context("before the first run")?;
        let done = self.at_home(self.project.command(line)?).arg("--json").run()?.expect_code(code);
        let done: Value = serde_json::from_str(&done.stdout)?;
        settled(self).context("undisturbed")?;
        let run = done["result"]["run"].as_str().context("the run has an id")?;
        let places = places(&self.project.run(&["run", "export", run], 0)?.stdout)?;
        ensure!(places.len() > 8, "{places:?}");
        let began = std::time::Instant::now();
        let chosen = places.iter().enumerate().filter(|(number, _)| number % self.every == self.first % self.every);
        let mut number_of_kills = 0;
        for (_, place) in chosen {
            again(self).with_context(|| format!("before {place}"))?;
            let killed = self.at_home(self.project.command(line)?).run_to_failpoint(&format!("run.{place}"))?;
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
            number_of_kills += 1;
        }
        if takes_all() {
            let took = began.elapsed().as_secs_f64();
            let name = self.project.database.name();
            writeln!(std::io::stderr(), "{name}: killed at {number_of_kills} places in {took:.0} s")?;
        }
        Ok(())
    }
}

/// A project with a table of users.
async fn project(name: &str, store: Journaled, plan: &str) -> Result<Project> {
    let project = Project::new(&called(name, store)).await?;
    project.write("backout.toml", &format!("{PLAN}{plan}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY, name text);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    project.query("INSERT INTO users VALUES (1, 'a'), (2, 'b')")?;
    Ok(project)
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

/// What the databases of a story are called.
fn called(name: &str, store: Journaled) -> String {
    format!("{name}_{}", if store == Journaled::File { "file" } else { "server" })
}
