//! `backout backup export`: a backup as a file that psql or pg_restore can use without us.

use std::path::PathBuf;

use backout_control::{Failure, export};
use backout_plan::Exit;
use serde_json::json;

use super::Shelf;
use crate::error::CommandError;
use crate::events::size_of;

/// Write a backup as a file for psql (.sql, .sql.gz) or pg_restore (.dump)
///
/// It goes through a throwaway server on this machine, where every row and object is compared first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its id, the beginning of it, or `latest`
    #[arg(value_name = "BACKUP")]
    backup: String,
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How many connections restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
}

pub async fn run(args: &Args, shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let Shelf { ui, env, store } = shelf;
    let found = backout_backup::shelf::find(store, &args.backup, &|_| true).await;
    let manifest = found.map_err(Failure::from)?;
    let done = export::run(env, store, &manifest, &args.file, args.jobs).await?;
    let roles: Vec<&str> =
        manifest.ground.roles.iter().filter(|role| role.used).map(|role| role.name.as_str()).collect();
    ui.result(json!({ "id": manifest.id, "file": args.file, "bytes": done.bytes, "roles": roles, "notes": done.notes,
        "left_out": manifest.left_out }));
    done.notes.iter().for_each(|note| ui.say(format!("note: {note}")));
    manifest.left_out.iter().for_each(|left| ui.say(format!("not in it: {}", export::missing(left))));
    ui.out(format!("{}: {} in {}", manifest.id, size_of(done.bytes), args.file.display()));
    ui.say(format!("it needs these roles where it goes: {}", roles.join(", ")));
    Ok(Exit::Ok)
}
