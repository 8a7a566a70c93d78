//! `backout backup take`.

use std::time::{Duration, Instant};

use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use backout_backup::take::{self, Event, Request};
use backout_plan::Exit;
use backout_postgres::session::pooler_suspected;
use backout_postgres::store as history;
use serde_json::json;

use crate::commands::patterns;
use crate::context::{Context, Project, pooler_error};
use crate::error::CommandError;
use crate::rehearsal::{installation, program};
use crate::ui::{bytes, count, duration};

/// Take a backup: all definitions, and the rows of everything or of chosen tables, at one snapshot
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the rows of these tables, and of those that they refer to: SCHEMA.TABLE or SCHEMA.*
    #[arg(long, value_name = "TABLE", num_args = 1..)]
    tables: Vec<String>,
    /// Not the rows of these tables
    #[arg(long, value_name = "TABLE", num_args = 1..)]
    without: Vec<String>,
    /// How many connections read at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// How hard to compress: 1 is fast, 19 is small
    #[arg(long, value_name = "LEVEL", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=19))]
    level: i32,
    /// Go on with a backup that was interrupted: what it holds that is still so is not written again
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    /// Prove it by restoring it right afterwards
    #[arg(long)]
    prove: bool,
}

pub async fn run(args: &Args, context: &Context<'_>, project: &Project, store: &Store) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let (tables, without) = (patterns(&args.tables)?, patterns(&args.without)?);
    let settings = context.settings(project)?.settings;
    if let Some(pooler) = pooler_suspected(&settings).await? {
        return Err(pooler_error(&pooler, &settings));
    }
    let session = context.open(&settings, None).await?;
    let identity = history::recorded_identity(&session).await?;
    let pg_dump = program(&installation(context, Some(session.server_major()))?, "pg_dump")?;
    session.close().await;
    let started = Instant::now();
    let jobs = args.jobs.unwrap_or(project.backup().jobs);
    let request = Request {
        settings: &settings,
        store,
        target: project.target_name().map(str::to_owned).or_else(|| identity.as_ref().map(|i| i.name.clone())),
        identity,
        tables: &tables,
        without: &without,
        jobs: jobs as usize,
        level: args.level,
        pg_dump: &pg_dump,
        lock_timeout: project.migrate_rules().lock_timeout.duration().max(Duration::from_secs(5)),
        resume: args.resume.clone(),
        imported: None,
    };
    ui.begin(&format!("taking a backup into {}", store.name()));
    let id = std::sync::Mutex::new(None);
    let watch = |event: Event| match event {
        Event::Began { id: begun, tables, bytes: size } => {
            ui.say(format!("backup {begun}: {}, {} on disk", count(tables as i64, "table"), size_of(size)));
            if let Ok(mut id) = id.lock() {
                *id = Some(begun);
            }
        }
        Event::Progress { rows, raw, stored, percent, .. } => ui.progress(&format!(
            "{percent}% of the tables: {} read, {}, stored as {}",
            count(i64::try_from(rows).unwrap_or(i64::MAX), "row"),
            size_of(raw),
            size_of(stored)
        )),
        Event::Note(text) => ui.say(format!("note: {text}")),
    };
    let outcome = tokio::select! {
        outcome = take::take(&request, &watch) => outcome,
        _ = tokio::signal::ctrl_c() => {
            ui.end();
            let hint = id.lock().ok().and_then(|id| id.clone()).map(|id| format!("go on with it: backout backup take --resume {id}"));
            return Err(CommandError::new(Exit::Interrupted, "stopped; what was taken so far is no backup yet").hints(hint));
        }
    };
    ui.end();
    let manifest = match outcome {
        Ok(manifest) => manifest,
        Err(error) => {
            let id = id.lock().ok().and_then(|id| id.clone());
            let again = id.map(|id| format!("what was taken so far is kept: backout backup take --resume {id}"));
            return Err(CommandError::from(error).hints(again));
        }
    };
    let ms = started.elapsed().as_secs_f64() * 1e3;
    show(context, &manifest, ms);
    ui.result(json!({ "id": manifest.id, "store": store.name(), "ms": ms, "rows": manifest.rows(), "raw_bytes": manifest.raw(),
        "stored_bytes": manifest.stored(), "left_out": manifest.left_out }));
    if args.prove {
        return super::prove::prove(context, project, store, &manifest, jobs).await;
    }
    Ok(Exit::Ok)
}

fn show(context: &Context<'_>, manifest: &Manifest, ms: f64) {
    let ui = context.ui;
    ui.out(format!(
        "{}: {} in {}, {} as {}, in {}",
        manifest.id,
        count(i64::try_from(manifest.rows()).unwrap_or(i64::MAX), "row"),
        count(manifest.tables.len() as i64, "table"),
        size_of(manifest.raw()),
        size_of(manifest.stored()),
        duration(ms)
    ));
    for left in &manifest.left_out {
        let what = if left.rows_only { "without the rows of" } else { "without" };
        ui.out(format!("  {what} {}: {}", left.what, left.why));
    }
}

/// A size that never is negative.
pub fn size_of(size: u64) -> String {
    bytes(i64::try_from(size).unwrap_or(i64::MAX))
}
