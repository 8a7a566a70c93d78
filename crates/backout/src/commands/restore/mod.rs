//! `backout restore`: a backup goes into a new database beside the live one, is compared, and takes its place; and the
//! way back from that.
//!
//! Must not know: how rows are loaded or names exchanged.

mod in_place;
mod preview;

use std::path::PathBuf;

use backout_backup::manifest::Manifest;
use backout_backup::restore::Restored;
use backout_backup::store::Store;
use backout_control::restore::{self, Beside, in_place::Options as InPlace, leftovers, replace};
use backout_control::{Env, place};
use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::events::{rows_of, size_of};
use crate::ui::{Ui, count, duration, moment};

/// Restore a backup: into a new database that is compared, and then takes the place of the live one
///
/// The live database is kept under another name, and `--back` exchanges the two again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The backup: its id, the beginning of it, or `latest`
    #[arg(value_name = "BACKUP", required_unless_present_any = ["back", "drop_replaced"])]
    backup: Option<String>,
    /// Where backups are: a folder, or s3://BUCKET/PREFIX [default: the plan's]
    #[arg(long = "from", value_name = "PLACE")]
    from: Option<String>,
    /// The file of an age identity, for backups that are encrypted
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Only into a new database of this name: the live one stays
    #[arg(long, value_name = "DATABASE")]
    into: Option<String>,
    /// How many connections restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Only say what would happen: how long it takes by the last proof, and what was written since
    #[arg(long)]
    dry_run: bool,
    /// Restore a backup that lacks the rows of some tables: they will be empty
    #[arg(long)]
    partial: bool,
    /// Go on although what was restored is not in everything what was taken
    #[arg(long)]
    accept_differences: bool,
    /// Restore a backup of another database over this one
    #[arg(long)]
    other_source: bool,
    #[command(flatten)]
    captured: Captured,
    /// Only these tables, as schema.table or schema.*, in the live database: the rows that differ are exchanged, and a
    /// table that is gone is recreated. Rows that go are set aside
    #[arg(long, value_name = "TABLE", num_args = 1.., conflicts_with_all = ["into", "replay", "back", "drop_replaced", "partial"])]
    tables: Vec<String>,
    /// All tables, in the live database: for servers where no second one can be made, or services stand on this one
    #[arg(long, conflicts_with_all = ["tables", "into", "replay", "back", "drop_replaced", "partial"])]
    in_place: bool,
    /// With --tables or --in-place: rows stay whose keys the backup does not have
    #[arg(long)]
    keep_newer: bool,
    /// Exchange again: the database that was replaced last becomes the live one
    #[arg(long, conflicts_with_all = ["backup", "into", "dry_run", "drop_replaced"])]
    back: bool,
    /// Drop a database that was replaced, or rows that were set aside, for good; `backout restore --drop-replaced` without
    /// a name lists them
    #[arg(long, value_name = "DATABASE", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["backup", "into", "dry_run"])]
    drop_replaced: Option<String>,
}

/// What was captured since the backup.
#[derive(Debug, clap::Args)]
struct Captured {
    /// Replay what was captured since the backup: nothing that was written is lost
    #[arg(long, conflicts_with_all = ["into", "back", "drop_replaced", "partial"])]
    replay: bool,
    /// With --replay: tables that come back as the backup has them, such as those of a platform that others own
    #[arg(long, value_name = "TABLE", num_args = 1.., requires = "replay")]
    replay_without: Vec<String>,
    /// With --replay: leave out what these transactions did (`backout rows log` lists them); for several, name it again
    #[arg(long, value_name = "NUMBER", requires = "replay")]
    without_transaction: Vec<u64>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    if args.back {
        return back(ui, &env).await;
    }
    if let Some(name) = &args.drop_replaced {
        return drop_replaced(ui, &env, name).await;
    }
    let is_in_place = args.in_place || !args.tables.is_empty();
    if args.keep_newer && !is_in_place {
        return Err(CommandError::new(Exit::Usage, "--keep-newer goes with --tables or --in-place"));
    }
    let store = place::open(&env, args.from.as_deref(), args.identity.as_deref())?;
    let name = args.backup.as_deref().unwrap_or("latest");
    let manifest = restore::find(&env, &store, name, args.other_source).await?;
    let tables = InPlace {
        tables: super::tables(&args.tables)?,
        keep_newer: args.keep_newer,
        other_source: args.other_source,
        jobs: args.jobs,
        mark: None,
    };
    let whole = replace::Options {
        partial: args.partial,
        accept_differences: args.accept_differences,
        other_source: args.other_source,
        replay: args.captured.replay,
        replay_without: super::patterns(&args.captured.replay_without)?,
        without_transactions: args.captured.without_transaction.clone(),
        jobs: args.jobs,
    };
    match (&args.into, is_in_place) {
        _ if args.dry_run => {
            preview::run(ui, &env, &store, &manifest, &whole, Some(&tables).filter(|_| is_in_place)).await
        }
        (_, true) => in_place::run(ui, &env, &store, &manifest, &tables).await,
        (Some(name), _) => beside(ui, &env, &store, &manifest, name, args.jobs).await,
        (None, _) => in_its_place(ui, &env, &store, &manifest, &whole).await,
    }
}

async fn beside(
    ui: &Ui,
    env: &Env,
    store: &Store,
    manifest: &Manifest,
    name: &str,
    jobs: Option<u32>,
) -> Result<Exit, CommandError> {
    let (done, failure) = match restore::beside(env, store, manifest, name, jobs).await {
        Ok(done) => (Some(done), None),
        Err(halted) => (halted.done, Some(halted.failure)),
    };
    if let Some(Beside { restored, .. }) = &done {
        show(ui, restored, manifest);
        ui.result(json!(done));
        ui.out(format!("it is in the database {name}; nothing else changed"));
    }
    failure.map_or(Ok(Exit::Ok), |failure| Err(failure.into()))
}

fn show(ui: &Ui, restored: &Restored, manifest: &Manifest) {
    ui.out(format!(
        "restored {} of {} in {}, and compared every row and object in {}",
        rows_of(restored.rows),
        moment(manifest.at),
        duration(restored.restore_ms),
        duration(restored.compare_ms)
    ));
}

async fn in_its_place(
    ui: &Ui,
    env: &Env,
    store: &Store,
    manifest: &Manifest,
    options: &replace::Options,
) -> Result<Exit, CommandError> {
    let done = replace::run(env, store, manifest, options).await?;
    show(ui, &done.restored, manifest);
    if !done.stale.is_empty() {
        ui.warn(format!(
            "what these hold is of the backup's rows; REFRESH MATERIALIZED VIEW brings what was replayed: {}",
            done.stale.join(", ")
        ));
    }
    ui.result(json!(done));
    if let Some(replayed) = &done.replayed {
        ui.out(format!(
            "replayed {} in {}; nobody could write for {}",
            rows_of(replayed.rows),
            count(i64::from(replayed.rounds), "round"),
            duration(replayed.held_ms)
        ));
    }
    let (live, kept) = (&done.live, &done.kept);
    ui.out(format!("{live} is the restored one now; nobody could connect for {}", duration(done.swap.fence_ms)));
    ui.out(format!(
        "what it was before is in {kept}: `backout restore --back` exchanges them again, `backout restore --drop-replaced {kept}` drops it",
    ));
    Ok(Exit::Ok)
}

async fn back(ui: &Ui, env: &Env) -> Result<Exit, CommandError> {
    let done = replace::back(env).await?;
    ui.result(json!(done));
    let pause = duration(done.swap.fence_ms);
    ui.out(format!("{} is what was {} before; nobody could connect for {pause}", done.name, done.live));
    ui.out(format!("what it was until now is in {}", done.kept));
    Ok(Exit::Ok)
}

async fn drop_replaced(ui: &Ui, env: &Env, name: &str) -> Result<Exit, CommandError> {
    if !name.is_empty() {
        leftovers::drop(env, name).await?;
        ui.result(json!({ "dropped": name }));
        ui.out(format!("dropped {name}"));
        return Ok(Exit::Ok);
    }
    let found = leftovers::list(&env.connect().await?).await?;
    let list = |found: &[(String, i64)], what: &str| -> Vec<_> {
        found.iter().map(|(name, size)| json!({ what: name, "bytes": size })).collect()
    };
    ui.result(json!({ "replaced": list(&found.databases, "database"), "put_aside": list(&found.schemas, "schema") }));
    let row = |what: &str, (name, size): &(String, i64)| {
        vec![name.clone(), what.to_owned(), size_of(u64::try_from(*size).unwrap_or(0))]
    };
    let databases = found.databases.iter().map(|one| row("database", one));
    let rows: Vec<Vec<String>> = databases.chain(found.schemas.iter().map(|one| row("schema", one))).collect();
    if rows.is_empty() {
        ui.say("nothing is kept that a restore replaced");
    } else {
        ui.table(&["name", "", "size"], &rows);
    }
    Ok(Exit::Ok)
}
