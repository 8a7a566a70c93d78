//! The demo to try things on: a folder with a plan, and the application after its release, as long as somebody wants it.
//!
//! Must not know: anything that the other operations could not do; it calls the same functions.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use backout_plan::Plan;
use backout_postgres::store;

use super::{
    Chapter, FILE, FLAGS, OWNER, Options, Oracle, Place, Stage, Story, V2, WRITES, failed, servers, since, staged,
};
use crate::failure::Refusal;
use crate::runs::{Journal, Runs};
use crate::{Boxed, Env, Failure, Result, release};

const PLAN: &str = include_str!("../../../../demo/stay.toml");
const WRITES_FILE: &str = "v2-writes.sql";

/// What is there to be tried.
#[derive(Debug)]
pub struct Ready {
    pub folder: PathBuf,
    /// The release, as its journal has it.
    pub released: Journal,
    /// The rows that V2 has written in its new tables.
    pub rows: i64,
}

/// Builds it in a new folder.
///
/// # Errors
/// Where the folder is not empty, no server can be started, or the release does not succeed.
pub fn stay<'a>(
    env: &'a Env,
    options: Options,
    folder: &'a Path,
    tell: &'a (dyn Fn(Chapter) + Sync),
) -> Boxed<'a, Result<(Ready, Stage)>> {
    Box::pin(work(env, options, folder, tell))
}

async fn work(env: &Env, options: Options, folder: &Path, tell: &(dyn Fn(Chapter) + Sync)) -> Result<(Ready, Stage)> {
    let folder = made(folder)?;
    let installation = servers::installation(env, None)?;
    let started = Instant::now();
    let server = servers::sandbox(env, &installation, true).await?;
    tell(Chapter::Up { version: installation.version.clone(), ms: since(started) });
    let oracle = Oracle { pg_dump: servers::program(&installation, "pg_dump")? };
    let story = Story { env, options, tell, server: &server, oracle, is_busy: false };
    let outcome = prepared(&story, folder).await;
    staged(server, outcome).await
}

/// The application after its release, and the plan beside it.
async fn prepared(story: &Story<'_>, folder: PathBuf) -> Result<(Ready, Place)> {
    let session = story.build().await?;
    let seen = store::seen_identity(&session).await?;
    store::initialise(&session, "demo", &seen).await?;
    let file = |name: &str, text: &str| written(&folder.join(name), text);
    file("backout.toml", PLAN)?;
    file("flags.json", FLAGS)?;
    // Quoted, so that a shell can read it as well: the address has a `&`.
    let url = story.server.url("demo", OWNER).replace('\'', "%27");
    file(".env", &format!("DATABASE_URL='{url}'\n"))?;
    file(FILE.trim_start_matches("demo/"), V2)?;
    file(WRITES_FILE, WRITES)?;

    let plan = Plan::parse(&folder.join("backout.toml").display().to_string(), PLAN)?;
    let env = Env {
        target: plan.targets.get("demo").cloned(),
        plan: Some(Arc::new(plan)),
        settings: Ok(story.server.connection("demo", OWNER)),
        claimed: Some("demo".to_owned()),
        confirmed: Some("demo".to_owned()),
        ..story.env.clone()
    };
    let runs = Runs::of(&env, "demo").await?;
    let released = release::run(&env, &runs, &release::Options::default()).await?;
    let nothing = || Refusal::failed("the release of the demo: nothing was pending", None);
    let released = released.ok_or_else(nothing)?.journal;
    if !released.succeeded() {
        return Err(Refusal::failed(format!("the release of the demo: {}", released.phase()), None).into());
    }
    session.batch(WRITES).await.map_err(failed("writing as V2 does"))?;
    let rows = story.new_rows(&session).await?;
    session.close().await;
    Ok((Ready { folder, released, rows }, Place { env, folder: None }))
}

/// A folder of the caller's own, whole.
fn made(folder: &Path) -> Result<PathBuf> {
    let failed = |source| Failure::file(format!("making {}", folder.display()))(source);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(Refusal::usage(format!("{} is not empty", folder.display()), None).into());
    }
    folder.canonicalize().map_err(failed)
}

fn written(path: &Path, text: &str) -> Result<()> {
    let failed = |source| Failure::file(format!("writing {}", path.display()))(source);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
