//! `backout backup`: take, import, list, show, verify, prove, export, prune, keygen.
//!
//! Must not know: how a backup is taken or restored, or where its objects lie.

mod export;
mod import;
mod keygen;
mod prove;
mod prune;
mod shelf;
mod take;

use std::path::PathBuf;

use backout_backup::store::Store;
use backout_control::{Env, place};
use backout_plan::Exit;
use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// Take backups, and prove them by restoring them
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where backups are: a folder, or s3://BUCKET/PREFIX [default: the plan's]
    #[arg(long, global = true, value_name = "PLACE")]
    to: Option<String>,
    /// The file of an age identity, for backups that are encrypted
    #[arg(long, global = true, value_name = "FILE")]
    identity: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Take(take::Args),
    Import(import::Args),
    /// Show the backups that are there, oldest first
    ///
    /// One that is damaged, that could not be proven, or that is not signed as the plan demands needs attention: exit code 8.
    List,
    /// Show what a backup holds, and what not
    Show(shelf::One),
    /// Read every object of a backup and compare it with its checksum
    ///
    /// Without a name, all of them. This finds what a disk or a hand has damaged, and says who signed what; that it can be
    /// restored, `prove` shows.
    Verify(shelf::Chosen),
    Prove(prove::Args),
    Export(export::Args),
    Prune(prune::Args),
    Keygen(keygen::Args),
}

/// What its commands are handed.
struct Shelf<'a> {
    ui: &'a Ui,
    env: Env,
    store: Store,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    // Before the plan is read, which may still be without the key, or wrong about it.
    if let What::Keygen(args) = &args.what {
        return keygen::run(args, context.ui);
    }
    let env = context.env()?;
    let store = place::open(&env, args.to.as_deref(), args.identity.as_deref())?;
    let shelf = Shelf { ui: context.ui, env, store };
    match &args.what {
        What::Take(args) => take::run(args, &shelf).await,
        What::Import(args) => import::run(args, &shelf).await,
        What::List => shelf::list(&shelf).await,
        What::Show(one) => shelf::show(one, &shelf).await,
        What::Verify(chosen) => shelf::verify(chosen, &shelf).await,
        What::Export(args) => export::run(args, &shelf).await,
        What::Prune(args) => prune::run(args, &shelf).await,
        What::Prove(args) => prove::run(args, &shelf).await,
        What::Keygen(args) => keygen::run(args, context.ui),
    }
}
