//! Ways that act outside of the database, judged by what the stand-ins have seen: nothing twice but what may be said twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{BACK, Journaled, Look, Scene, takes_all};
use crate::fake_vercel::{Fake, TOKEN};
use crate::http::{Reply, Request, listen};
use crate::project::{PLAN, Project};
use crate::providers_more::{self, GitHub};

/// Each so manieth place in the usual suite.
const SAMPLE: usize = 8;

/// All that stands outside.
struct Outside {
    vercel: Fake,
    github: Arc<Mutex<GitHub>>,
    github_url: String,
    /// Requests to a page of the team's own.
    heard: Arc<Mutex<Vec<Request>>>,
    page: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outside {
    fn start() -> Result<Self> {
        let (github, heard): (Arc<Mutex<GitHub>>, Arc<Mutex<Vec<Request>>>) = Default::default();
        let (serving, hearing) = (github.clone(), heard.clone());
        let github_url = listen(move |request| lock(&serving).answer(&request))?;
        let page = listen(move |request| {
            lock(&hearing).push(request);
            Reply::new(200, Value::Null)
        })?;
        Ok(Self { vercel: Fake::start()?, github, github_url, heard, page })
    }

    /// Everything as it was before, and nothing seen.
    fn reset(&self) -> Result<()> {
        self.vercel.reset()?;
        self.vercel.state().has("FEATURE", "on", "encrypted", &["production"]);
        *lock(&self.github) = GitHub::default();
        lock(&self.heard).clear();
        Ok(())
    }

    fn seen(&self, what: &str, method: &str, part: &str, times: usize) -> Result<()> {
        let count = self.vercel.count(method, part);
        ensure!(count == times, "{what}: {method} {part} was asked for {count} times instead of {times}");
        Ok(())
    }

    /// What may come more than once is the same each time.
    fn heard_one(&self, path: &str, key: &str) -> Result<()> {
        let heard = lock(&self.heard);
        let mut ids: Vec<&Value> = heard.iter().filter(|one| one.path == path).map(|one| &one.body[key]).collect();
        ensure!(!ids.is_empty() && ids.len() <= 2, "{path} was asked for {} times", ids.len());
        ids.dedup();
        ensure!(ids.len() == 1, "{path}: {ids:?}");
        Ok(())
    }
}

fn step(name: &str, kind: &str, with: &str, more: &str) -> String {
    format!("[[way.step]]\nname = \"{name}\"\ndo = \"{kind}\"\nbudget = \"30s\"\n{more}with = {{ {with} }}\n")
}

async fn scene(name: &str, store: Journaled, outside: &Outside, steps: &str) -> Result<Scene> {
    let name = format!("{name}_{store:?}").to_lowercase();
    let project = Project::new(&name).await?;
    let known = project.read(".env")?;
    let tokens = format!("{known}VERCEL_TOKEN={TOKEN}\nGITHUB_TOKEN={}\n", providers_more::TOKEN);
    project.write(".env", &tokens)?;
    let at = format!("project = \"shop\", url = \"{}\"", outside.vercel.url);
    let steps = steps
        .replace("@VERCEL", &format!("{at}, every_ms = 20"))
        .replace("@PROJECT", &at)
        .replace("@PAGE", &outside.page)
        .replace("@GITHUB", &outside.github_url);
    let identity = age::x25519::Identity::generate();
    let secret = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    project.write("key.txt", &format!("{secret}\n"))?;
    let readers = format!("[backup]\nencrypt_to = [\"{}\"]\n", identity.to_public());
    project.write("backout.toml", &format!("{PLAN}{readers}[[way]]\nname = \"A\"\n{steps}"))?;
    project.write("migrations/1_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")?;
    project.run(&["migrate", "--yes", "production"], 0)?;
    Ok(Scene::of(project, &name, store).await?.sampled(SAMPLE))
}

async fn acts(store: Journaled) -> Result<()> {
    let outside = Outside::start()?;
    let steps = [
        step("pause", "vercel-project", "@PROJECT, action = \"pause\"", ""),
        step("feature off", "vercel-env", "@VERCEL, set = { FEATURE = \"off\" }, redeploy = true", ""),
        step(
            "clear the cache",
            "http",
            "method = \"POST\", url = \"@PAGE/clear\", body = { what = \"all\" }, repeatable = true",
            "",
        ),
        step(
            "deploy",
            "github-deployment",
            "repository = \"o/shop\", ref = \"v1.2\", url = \"@GITHUB\", every_ms = 20",
            "",
        ),
        step("the page answers", "wait", "until = { http = { url = \"@PAGE/health\" } }", ""),
        step("go on", "vercel-project", "@PROJECT, action = \"unpause\"", ""),
        step("tell", "notify", "message = \"the feature is off\", webhook = \"@PAGE/hook\"", ""),
    ];
    let scene = scene("kills_acts", store, &outside, &steps.concat()).await?;
    let again: Look<'_> = &|_: &Scene| outside.reset();
    let settled: Look<'_> = &|_: &Scene| {
        outside.seen("paused", "POST", "/pause", 1)?;
        outside.seen("unpaused", "POST", "/unpause", 1)?;
        outside.seen("deployed", "POST", "/v13/deployments", 1)?;
        ensure!(
            outside.vercel.count("POST", "/env") + outside.vercel.count("PATCH", "/env") == 1,
            "set more than once"
        );
        let deployed = lock(&outside.github).deployments.len();
        ensure!(deployed == 1, "GitHub deploys {deployed} times");
        outside.heard_one("/clear", "what")?;
        outside.heard_one("/hook", "id")?;
        let state = outside.vercel.state();
        let value = state.variable_in_production("FEATURE");
        ensure!(!state.paused && value.as_deref() == Some("off"), "paused {}, {value:?}", state.paused);
        Ok(())
    };
    scene.killed_everywhere(&BACK, 0, again, settled)
}

#[tokio::test]
async fn a_way_that_acts_outside() -> Result<()> {
    acts(Journaled::File).await
}

#[tokio::test]
async fn a_way_that_acts_outside_on_a_server() -> Result<()> {
    if takes_all() { acts(Journaled::Server).await } else { Ok(()) }
}

async fn takes_back(store: Journaled) -> Result<()> {
    let outside = Outside::start()?;
    let forth = "undo = { do = \"vercel-deploy\", with = { @VERCEL, action = \"promote\", deployment = \"dpl_3\" } }\n";
    let revert = "undo = { do = \"revert\", with = { identity = \"key.txt\" } }\n";
    let steps = [
        step("feature off", "vercel-env", "@VERCEL, set = { FEATURE = \"off\" }", revert),
        step("deployment back", "vercel-deploy", "@VERCEL, action = \"rollback\"", forth),
        step(
            "never",
            "verify",
            "checks = [{ name = \"no\", that = { sql = \"SELECT false\" } }]",
            "on_failure = \"unwind\"\n",
        ),
    ];
    let scene = scene("kills_takes_back", store, &outside, &steps.concat()).await?;
    let again: Look<'_> = &|_: &Scene| outside.reset();
    let settled: Look<'_> = &|_: &Scene| {
        outside.seen("rolled back", "POST", "/rollback/", 1)?;
        outside.seen("promoted", "POST", "/promote/", 1)?;
        let sets = outside.vercel.count("POST", "/env") + outside.vercel.count("PATCH", "/env");
        ensure!(sets == 2, "set and brought back with {sets} requests");
        let value = outside.vercel.state().variable("FEATURE");
        ensure!(value.as_deref() == Some("on"), "{value:?}");
        let (production, _) = outside.vercel.stands();
        ensure!(production == "dpl_3", "production is {production}");
        Ok(())
    };
    scene.killed_everywhere(&BACK, 1, again, settled).context("taking back")
}

#[tokio::test]
async fn a_way_outside_that_is_taken_back() -> Result<()> {
    takes_back(Journaled::File).await
}

#[tokio::test]
async fn a_way_outside_that_is_taken_back_on_a_server() -> Result<()> {
    if takes_all() { takes_back(Journaled::Server).await } else { Ok(()) }
}
