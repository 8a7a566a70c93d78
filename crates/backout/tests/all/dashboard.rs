//! The dashboard in a real browser, before a real server: `scripts/browser.sh` installs what drives it, and Chromium is the
//! machine's. What is done by mouse or keys is judged by the database.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use backout_testkit::{TestDatabase, TestServer};
use serde_json::{Value, json};

use crate::project::OURS;
use crate::rollback::{Story, story_in};
use crate::serve::{Server, until};

/// The undo takes a table away that was made since, so somebody else approves it.
const PLAN: &str = r#"
[serve]
flags = "flags.json"
[[source]]
name = "complaints"
ask.reports = { kind = "complaint" }
[[source]]
name = "notes"
every = "200ms"
ask.sql = { query = "SELECT 3" }
[[trigger]]
name = "complaints"
source = "complaints"
measure = "count"
over = "1h"
above = 2
symptom = "errors"
act = "notify"
silent_after = "0"
[[trigger]]
name = "notes are there"
source = "notes"
measure = "last"
over = "1m"
below = 1
[[decide]]
name = "rows are wrong"
when = { symptom = ["wrong-data"] }
then = { way = "U" }
[[decide]]
name = "few people"
when = { people_at_least = 1 }
then = { fix = "the accounts of those who complain" }
[[decide]]
name = "whatever else"
then = { monitor = "10m" }

[[way]]
name = "A"
for = ["errors"]
budget = "3m"
[[way.step]]
name = "flag off"
do = "flags"
with = { file = "flags.json", set = { v2 = "off" } }

[[way]]
name = "U"
for = ["wrong-data"]
budget = "10m"
[[way.step]]
name = "undo in place"
do = "undo"
approve = 1
[[way.step]]
name = "the notes are there"
do = "verify"
with = { checks = [{ name = "notes", that = { sql = "SELECT count(*) = 3 FROM notes" } }] }
"#;

/// The folder with what drives a browser, where the caller names it. Then the browser is there as well.
fn installed() -> Result<Option<(PathBuf, PathBuf)>> {
    let Some(modules) = std::env::var_os("BACKOUT_TEST_BROWSER") else { return Ok(None) };
    let modules = PathBuf::from(modules);
    ensure!(modules.join("complete").is_file(), "{} is not what scripts/browser.sh makes", modules.display());
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut programs = std::env::split_paths(&folders)
        .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name)));
    let chromium = programs.find(|program| program.is_file()).context("no chromium on the path")?;
    Ok(Some((modules, chromium)))
}

struct Scene {
    modules: PathBuf,
    chromium: PathBuf,
    story: Story,
    server: Server,
    anna: String,
    bert: String,
    store: Option<TestDatabase<'static>>,
}

impl Scene {
    /// Nothing where no browser is named. With a store on a server where that may go away.
    async fn new(name: &str, on_server: bool) -> Result<Option<Self>> {
        let Some((modules, chromium)) = installed()? else { return Ok(None) };
        let store = match on_server {
            true => Some(TestServer::shared().database(&format!("{name}_runs")).await?),
            false => None,
        };
        let plan = format!("{}{PLAN}", if on_server { "[store]\nurl = \"env:STORE_URL\"\n" } else { "" });
        let url = store.as_ref().map(TestDatabase::url);
        let story = story_in(name, &plan, url.as_deref()).await?;
        let token = |name: &str, scope: &str| -> Result<String> {
            let made = story.project.json(&["token", "make", name, "--scope", scope], 0)?;
            Ok(made["result"]["secret"].as_str().context("a secret")?.to_owned())
        };
        let (anna, bert) = (token("anna", "read,plan,execute")?, token("bert", "approve")?);
        let server = Server::start(&story.project)?;
        Ok(Some(Self { modules, chromium, story, server, anna, bert, store }))
    }

    fn browser(&self, what: &str, run: &str) -> Result<Child> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dashboard.mjs");
        let config = json!({
            "modules": self.modules, "chromium": self.chromium, "url": format!("http://{}", self.server.address),
            "what": what, "anna": self.anna, "bert": self.bert, "target": "production", "run": run,
            "shots": std::env::var("BACKOUT_TEST_SHOTS").ok(),
        });
        let mut command = Command::new("node");
        command.arg(script).arg(config.to_string()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().context("cannot start node")
    }

    fn drive(&self, what: &str, run: &str) -> Result<()> {
        ended(self.browser(what, run)?)
    }

    /// The dropped table is back with its rows, and one run says so.
    fn is_back(&self) -> Result<()> {
        let project = &self.story.project;
        assert_eq!(self.story.before, project.database.dump_schema(OURS)?, "the schema");
        assert_eq!(project.query("SELECT string_agg(body, ',' ORDER BY id) FROM notes")?, "a,b,c");
        let shown = project.json(&["run", "show", "latest"], 0)?;
        ensure!(shown["result"]["standing"].to_string().contains("succeeded"), "{shown:#}");
        let journal = project.run(&["run", "export", "latest"], 0)?.stdout;
        ensure!(journal.contains("anna") && journal.contains("bert"), "{journal}");
        assert_eq!(project.json(&["runs"], 0)?["result"]["runs"].as_array().map(Vec::len), Some(1));
        Ok(())
    }
}

fn ended(browser: Child) -> Result<()> {
    let output = browser.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[tokio::test]
async fn a_way_back_by_mouse() -> Result<()> {
    let Some(scene) = Scene::new("dashboard_mouse", false).await? else { return Ok(()) };
    scene.drive("mouse", "")?;
    scene.is_back()
}

#[tokio::test]
async fn a_way_back_by_keyboard_alone() -> Result<()> {
    let Some(scene) = Scene::new("dashboard_keyboard", false).await? else { return Ok(()) };
    scene.drive("keyboard", "")?;
    scene.is_back()
}

#[tokio::test]
async fn nothing_serious_on_any_screen() -> Result<()> {
    let Some(scene) = Scene::new("dashboard_screens", false).await? else { return Ok(()) };
    let project = &scene.story.project;
    project.run(&["report", "complaint", "--count", "4", "--who", "u1", "--note", "the page is empty"], 0)?;
    let bearer = format!("Bearer {}", scene.anna);
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let ask = |method: &str, path: &str, body: &str| -> Result<Value> {
        scene.server.ask(method, path, &headers, body)?.json()
    };
    until("the tree was asked", || Ok(!ask("GET", "/api/v1/triggers", "")?["decided"][0].is_null()))?;
    let begun = ask("POST", "/api/v1/rollback", r#"{"way":"U","because":"wrong-data","confirm":"production"}"#)?;
    let run = begun["run"].as_str().with_context(|| begun.to_string())?.to_owned();
    let waits = |state: &Value| state.to_string().contains("waiting-for-approval");
    until("it waits", || Ok(waits(&ask("GET", &format!("/api/v1/runs/{run}"), "")?)))?;
    scene.drive("screens", &run)?;
    let reported = ask("GET", "/api/v1/triggers", "")?;
    ensure!(reported.to_string().contains("complaints"), "{reported:#}");
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_away_is_said_at_the_top() -> Result<()> {
    let Some(scene) = Scene::new("dashboard_away", true).await? else { return Ok(()) };
    let store = scene.store.as_ref().context("a store")?.name();
    let allow = |may: bool| {
        let name = backout_schema::ident(store);
        scene.story.project.query(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {may}"))
    };
    let mut browser = scene.browser("away", "")?;
    let mut lines = BufReader::new(browser.stdout.take().context("its output")?).lines();
    if lines.next().transpose()?.as_deref() == Some("ready") {
        allow(false)?;
        let end = format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{store}'");
        scene.story.project.query(&end)?;
        lines.next().transpose()?;
        allow(true)?;
    }
    ended(browser)
}
