//! `backout demo`: the whole story on a throwaway server, with measured times, a proof, and the loop that is closed.

mod served;

use std::path::PathBuf;
use std::sync::Arc;

use backout_control::demo::{self, Chapter, Options, Proof, Ready, Stage};
use backout_control::event::Progress;
use backout_control::{Event, Observer, Work};
use backout_plan::{Exit, Finding, Severity, Verdict};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::hints::quoted;
use crate::ui::{Ui, bytes, count, duration};

/// Show the main job on a throwaway PostgreSQL: rehearse, migrate a busy database, undo, prove equality; then a page fails,
/// and the server that watches turns it off
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Multiplies the number of rows (1: 200,000 rows, about 60 MB)
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Adds so many megabytes of text to the tables that the release drops
    #[arg(long, default_value_t = 0, value_name = "MB")]
    bulk_mb: u32,
    /// Skip the rehearsal, which clones all rows
    #[arg(long)]
    no_rehearsal: bool,
    /// Leave PostgreSQL and the dashboard running until Enter is pressed
    #[arg(long)]
    keep: bool,
    /// Stop after the release, with a plan in this new folder, so that each way back can be tried; until Enter is pressed
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["keep", "no_rehearsal"])]
    stay: Option<PathBuf>,
    /// With --stay: all that its release says
    #[arg(long, short, requires = "stay")]
    verbose: bool,
}

/// Hears what a release says, and passes on which step begins and how far it is: what it has made is told at the end.
struct Brief(Arc<Ui>);

impl Observer for Brief {
    fn event(&self, event: Event) {
        let is_grave = |finding: &Finding| finding.severity == Severity::Error;
        let passes = match &event {
            Event::Begun { work } => matches!(work, Work::Step { .. }),
            Event::Progress(progress) => !matches!(progress, Progress::BackupBegun { .. }),
            Event::Said(finding) => is_grave(finding),
            Event::Stopping(_) => true,
            _ => false,
        };
        if passes {
            self.0.event(event);
        }
    }
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let mut env = context.env_of(None, None);
    if args.stay.is_some() && !args.verbose {
        env.observer = Arc::new(Brief(ui.clone()));
    }
    let options = Options { scale: args.scale, bulk_mb: args.bulk_mb, no_rehearsal: args.no_rehearsal };
    let user = context.user();
    if let Some(folder) = &args.stay {
        let (ready, stage) = demo::stay(&env, options, folder, &|chapter| tell(ui, &chapter)).await?;
        let served = served::Server::quiet(&stage, &user).await;
        if let Ok(server) = &served {
            wait(ui, &ready, &server.address);
        }
        let ended = match served {
            Ok(server) => server.end().await,
            Err(error) => Err(error),
        };
        stage.end().await;
        return ended.map(|()| Exit::Ok);
    }
    let (proof, stage) = demo::run(&env, options, &|chapter| tell(ui, &chapter)).await?;
    ui.result(json!(proof));
    show(ui, &proof);
    let ended = match proof.holds {
        true => env.stop.or_leave(looped(args, ui, &stage, &user)).await,
        false => Some(Err(CommandError::new(Exit::Failed, "what came back is not what was there"))),
    };
    stage.end().await;
    ended.unwrap_or(Ok(Exit::Interrupted))
}

/// A page fails, and the server that watches turns it off.
async fn looped(args: &Args, ui: &Ui, stage: &Stage, user: &str) -> Result<Exit, CommandError> {
    let waits = stage.trigger_waits();
    let (closed, server) = served::watched(ui, stage, user, waits).await?;
    ui.add_to_result("loop", json!(closed));
    ui.out(format!("  All of it is on record: {}/runs/{}", server.address, closed.run));
    if args.keep {
        ui.out(format!("The dashboard: {}", server.address));
        ui.out(format!("The database:  psql '{}'", stage.url()));
        ui.out("Enter here ends both.");
        enter();
    } else {
        ui.out(format!("The dashboard was {}; with --keep it stays.", server.address));
    }
    server.end().await?;
    Ok(Exit::Ok)
}

/// Waits for it, or for the end of the input.
fn enter() {
    let _ = std::io::stdin().read_line(&mut String::new());
}

/// Says what can be tried, and waits.
fn wait(ui: &Ui, ready: &Ready, dashboard: &str) {
    ui.end();
    ui.result(json!({ "folder": ready.folder, "dashboard": dashboard, "run": ready.released.run, "rows": ready.rows }));
    super::run::story(ui, &ready.released);
    let program = std::env::current_exe().map_or_else(|_| "backout".to_owned(), |path| path.display().to_string());
    ui.out(format!(
        "V2 runs, with {} in its new tables. The plan, flags.json and migrations/ are in the folder; so are",
        count(ready.rows, "row")
    ));
    ui.out("the journals of runs, the backup and, later, evidence (.backout). In another terminal:");
    ui.out(format!("  cd {}", quoted(&ready.folder.display().to_string())));
    ui.out(format!("  alias backout={}", quoted(&program)));
    for (line, what) in TRY {
        let what = if what.is_empty() { String::new() } else { format!("# {what}") };
        ui.out(format!("  {line:<47} {what}").trim_end());
    }
    ui.out(format!("The dashboard, which follows: {dashboard}"));
    ui.out("The plan is in backout.toml. Enter here ends the server.");
    enter();
}

const TRY: [(&str, &str); 9] = [
    ("backout rollback --dry-run --because errors", "every way: its steps, their SQL, what they cost"),
    ("backout rollback --because errors", "A is not enough, so U follows"),
    ("backout release --reimport", "V2 once more, with its rows; then the next way"),
    ("backout rollback --way B", "the backup's rows come back"),
    ("backout release --reimport", ""),
    ("backout rollback --because data-exposure", "C, which waits for a person:"),
    ("backout run approve latest", "agrees to the undo; then"),
    ("backout run resume latest", "goes on to the end"),
    ("backout run show latest", "what happened, step by step"),
];

fn tell(ui: &Ui, chapter: &Chapter) {
    match chapter {
        Chapter::Up { version, ms } => {
            ui.out(format!("A throwaway PostgreSQL {version} is up ({}).", duration(*ms)));
        }
        Chapter::Running { tables, rows, bytes: size, ms, is_busy } => {
            let client = "; a client writes to users, ai_usage_tracking and usage_alerts without pause";
            let client = if *is_busy { client } else { "" };
            let (size, ms) = (bytes(*size), duration(*ms));
            ui.out(format!("The application V1 is running: {tables} tables, {rows} rows, {size}{client} ({ms})."));
        }
        Chapter::Rehearsed { certificate, .. } if !certificate.proven() => super::rehearse::show(ui, certificate),
        Chapter::Rehearsed { certificate, taken } => {
            let Some(migration) = certificate.migrations.first() else { return };
            let word = if Verdict::worst(&migration.verdicts) == Verdict::Exact { "exact" } else { "not exact" };
            ui.out(format!(
                "Rehearsed the release and its way back on a clone ({}): the way back is {word}; undo held its locks {}.",
                duration(certificate.total_ms),
                duration(migration.undo_lock_ms)
            ));
            if !taken.is_empty() {
                ui.out(format!("  Its CASCADEs also take, from what stays: {}.", taken.join("; ")));
            }
        }
        Chapter::Released { total_ms, lock_ms, tables, schema } => ui.out(format!(
            "Released V2 on the live database in {} (locks held {}): {tables} dropped tables moved into {schema} instead.",
            duration(*total_ms),
            duration(*lock_ms),
        )),
        Chapter::Written { rows } => {
            ui.out(format!("V2 runs: {rows} rows in its new tables, and new rows in the kept ones all the time."));
            ui.out("Then errors pour in: `backout rollback --because errors` takes the cheapest way that is said to suffice.");
        }
        Chapter::Back { journal, total_ms, lock_ms, pause_ms } => {
            super::run::story(ui, journal);
            ui.out(format!(
            "  the undo took {}: locks held {}, the rest (validating keys) blocked nobody; the client's longest pause was {}.",
            duration(*total_ms),
            duration(*lock_ms),
            duration(*pause_ms),
            ));
        }
    }
}

fn show(ui: &Ui, proof: &Proof) {
    ui.out("Proof:");
    let schema = if proof.schema_equal { "identical" } else { "DIFFERENT" };
    ui.out(format!("  schema before and after, by pg_dump: {schema}"));
    let prints = if proof.rows_equal { "equal" } else { "DIFFERENT" };
    ui.out(format!("  dropped tables: {} of {} rows back, fingerprints {prints}", proof.rows_back, proof.rows));
    ui.out(format!(
        "  kept tables: all {} rows that the client was told are written are there ({} before the undo), {} client errors",
        proof.client_rows, proof.client_rows_before, proof.client_errors
    ));
    let (aside, number) = (proof.rows_put_aside, proof.number);
    ui.out(format!("  V2's {aside} rows are not lost either: they lie in backout_undone_{number}"));
}
