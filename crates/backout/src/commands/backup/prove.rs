//! `backout backup prove`: a backup is restored into a throwaway server and compared.

use backout_backup::manifest::Manifest;
use backout_backup::shelf;
use backout_control::{Failure, prove};
use backout_plan::Exit;
use serde_json::json;

use super::Shelf;
use crate::error::CommandError;
use crate::events::rows_of;
use crate::ui::duration;

/// Prove a backup: restore it into a throwaway server on this machine and compare every row and object
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its id, the beginning of it, or `latest`
    #[arg(value_name = "BACKUP", default_value = "latest")]
    backup: String,
    /// How many connections restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
}

pub async fn run(args: &Args, shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let manifest = shelf::find(&shelf.store, &args.backup, &|_| true).await.map_err(Failure::from)?;
    prove(shelf, &manifest, args.jobs).await
}

pub async fn prove(shelf: &Shelf<'_>, manifest: &Manifest, jobs: Option<u32>) -> Result<Exit, CommandError> {
    let Shelf { ui, env, store } = shelf;
    let done = prove::run(env, store, manifest, jobs).await?;
    ui.result(json!(done));
    done.proof.notes.iter().for_each(|note| ui.out(format!("note: {note}")));
    if !done.proven {
        for difference in &done.differences {
            ui.out(format!("DIFFERENT: {} {}", difference.what, difference.said));
        }
        ui.out(format!("{}: NOT PROVEN", done.id));
        return Ok(Exit::Failed);
    }
    ui.out(format!(
        "{}: proven: {} restored in {} and compared in {}",
        done.id,
        rows_of(done.proof.rows),
        duration(done.proof.restore_ms),
        duration(done.proof.compare_ms)
    ));
    Ok(Exit::Ok)
}
