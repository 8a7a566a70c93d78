//! `backout backup import`: a dump that something else made becomes a backup.
//!
//! Must not know: how a dump is cut, judged or loaded.

use std::path::PathBuf;

use backout_backup::import::{Finding, Kind};
use backout_control::gates::signature;
use backout_control::import::{self, Judged, Options};
use backout_plan::Exit;
use serde_json::json;

use super::{Shelf, prove, take};
use crate::error::CommandError;
use crate::events::size_of;
use crate::ui::Ui;

/// Make a backup of a dump that something else made
///
/// It is judged first: what it lacks, what of it must not run, what would silently do nothing. Then it is loaded into a
/// throwaway server, by a role that is no superuser, and an ordinary backup is taken of that.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// .sql, .sql.gz, .sql.zst, an archive of pg_dump, or a folder: of pg_dump -Fd, or with roles.sql, schema.sql and
    /// data.sql. Several are loaded in this order
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Judge it, and load nothing
    #[arg(long)]
    dry_run: bool,
    /// It is a dump of the plan's target: a restore and `backout migrate` take it as one of its backups
    #[arg(long)]
    as_target: bool,
    /// The role that owns what the dump gives to nobody [default: the target's, or postgres]
    #[arg(long, value_name = "ROLE")]
    owner: Option<String>,
    /// Leave this extension out
    #[arg(long, value_name = "NAME", num_args = 1..)]
    without_extension: Vec<String>,
    /// How many connections read and restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Prove the backup by restoring it right afterwards
    #[arg(long)]
    prove: bool,
}

pub async fn run(args: &Args, shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let Shelf { ui, env, store } = shelf;
    let options = Options {
        files: args.files.clone(),
        as_target: args.as_target,
        owner: args.owner.clone(),
        without_extensions: args.without_extension.clone(),
        jobs: args.jobs,
    };
    if !args.dry_run {
        // Before hours are spent on reading the dump.
        signature::key(env)?;
    }
    let judged = import::judge(env, &options).await?;
    show(ui, &judged);
    ui.result(json!(judged));
    judged.pass()?;
    if args.dry_run {
        return Ok(Exit::Ok);
    }
    let import::Done { manifest, ms } = import::run(env, store, &options, &judged).await?;
    take::show(ui, &manifest, ms);
    let imported = &manifest.source.imported;
    for what in imported.iter().flat_map(|imported| &imported.stands_in) {
        ui.out(format!("  made for it, and not in the dump: {what}"));
    }
    ui.result(
        json!({ "id": manifest.id, "store": store.name(), "ms": ms, "rows": manifest.rows(), "imported": imported,
        "findings": judged.findings, "as_target": manifest.source.identity.is_some() }),
    );
    if args.prove {
        return prove::prove(shelf, &manifest, args.jobs).await;
    }
    Ok(Exit::Ok)
}

fn show(ui: &Ui, judged: &Judged) {
    for file in &judged.files {
        ui.out(format!("{}: {}", file.name, size_of(file.bytes)));
    }
    for Finding { kind, file, line, what } in &judged.findings {
        let place = if *line == 0 { String::new() } else { format!("{file}:{line}: ") };
        let said = match kind {
            Kind::Refused => "REFUSED ",
            Kind::Missing => "missing: ",
            Kind::NotTaken | Kind::Note => "",
        };
        ui.out(format!("  {place}{said}{what}"));
    }
    for table in &judged.not_held {
        ui.out(format!("  this dump does not hold {table}, which the target has"));
    }
}
