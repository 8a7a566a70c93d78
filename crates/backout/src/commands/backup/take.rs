//! `backout backup take`.

use backout_backup::manifest::Manifest;
use backout_control::take::{self, Options};
use backout_plan::Exit;
use serde_json::json;

use super::{Shelf, prove};
use crate::commands::patterns;
use crate::error::CommandError;
use crate::events::{rows_of, size_of};
use crate::ui::{Ui, count, duration};

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

pub async fn run(args: &Args, shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let Shelf { ui, env, store } = shelf;
    let options = Options {
        tables: patterns(&args.tables)?,
        without: patterns(&args.without)?,
        jobs: args.jobs,
        level: args.level,
        resume: args.resume.clone(),
        kept_by: None,
    };
    let take::Done { manifest, ms } = take::run(env, store, &options).await?;
    show(ui, &manifest, ms);
    for left in &manifest.left_out {
        let what = if left.rows_only { "without the rows of" } else { "without" };
        ui.out(format!("  {what} {}: {}", left.what, left.why));
    }
    ui.result(json!({ "id": manifest.id, "store": store.name(), "ms": ms, "rows": manifest.rows(), "raw_bytes": manifest.raw(),
        "stored_bytes": manifest.stored(), "left_out": manifest.left_out, "signature": manifest.found.signature }));
    if args.prove {
        return prove::prove(shelf, &manifest, args.jobs).await;
    }
    Ok(Exit::Ok)
}

/// A backup on one line.
pub fn show(ui: &Ui, manifest: &Manifest, ms: f64) {
    ui.out(format!(
        "{}: {} in {}, {} as {}, in {}",
        manifest.id,
        rows_of(manifest.rows()),
        count(manifest.tables.len() as i64, "table"),
        size_of(manifest.raw()),
        size_of(manifest.stored()),
        duration(ms)
    ));
}
