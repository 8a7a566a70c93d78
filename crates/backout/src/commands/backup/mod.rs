//! `backout backup`: take, import, list, show, verify, prove, export, prune.
//!
//! Must not know: how a backup is taken or restored, or where its objects lie.

mod export;
pub mod gate;
mod import;
pub mod prove;
mod prune;
mod shelf;
pub mod source;
pub mod take;

use std::path::{Path, PathBuf};

use backout_backup::keys::Keys;
use backout_backup::store::{S3, Store};
use backout_plan::connection::parse_dotenv;
use backout_plan::{Exit, Plan, Secret};
use clap::Subcommand;

use crate::context::{Context, Project};
use crate::error::CommandError;

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
    /// One that is damaged, or that could not be proven, needs attention: exit code 8.
    List,
    /// Show what a backup holds, and what not
    Show(shelf::One),
    /// Read every object of a backup and compare it with its checksum
    ///
    /// Without a name, all of them. This finds what a disk or a hand has damaged; that it can be restored, `prove` shows.
    Verify(shelf::Chosen),
    Prove(prove::Args),
    Export(export::Args),
    Prune(prune::Args),
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let project = context.project()?;
    let store = open(&project, args.to.as_deref(), args.identity.as_deref())?;
    match &args.what {
        What::Take(take) => take::run(take, context, &project, &store).await,
        What::Import(import) => import::run(import, context, &project, &store).await,
        What::List => shelf::list(context, &store).await,
        What::Show(one) => shelf::show(one, context, &store).await,
        What::Verify(chosen) => shelf::verify(chosen, context, &store).await,
        What::Export(export) => export::run(export, context, &project, &store).await,
        What::Prune(prune) => prune::run(prune, context, &project, &store).await,
        What::Prove(prove) => prove::run(prove, context, &project, &store).await,
    }
}

/// The place that holds the backups: as the command says, else as the plan does.
pub fn open(project: &Project, to: Option<&str>, identity: Option<&Path>) -> Result<Store, CommandError> {
    let folder = project.plan.as_ref().map(Plan::folder).unwrap_or_default();
    let settings = project.backup();
    let place = match to {
        Some(place) => place.to_owned(),
        // Relative to the plan, as every path in it is.
        None if !settings.to.contains("://") => folder.join(&settings.to).display().to_string(),
        None => settings.to.clone(),
    };
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let dotenv = std::fs::read_to_string(folder.join(".env")).ok().map(|text| parse_dotenv(&text, &env));
    let read = |name: &str| env(name).or_else(|| dotenv.as_ref()?.get(name).map(str::to_owned));
    let s3 = S3 {
        endpoint: settings.endpoint.or_else(|| read("AWS_ENDPOINT_URL_S3")).or_else(|| read("AWS_ENDPOINT_URL")),
        region: settings.region.or_else(|| read("AWS_REGION")).or_else(|| read("AWS_DEFAULT_REGION")),
        access_key: read("AWS_ACCESS_KEY_ID"),
        secret_key: read("AWS_SECRET_ACCESS_KEY").map(Secret::from),
        session_token: read("AWS_SESSION_TOKEN").map(Secret::from),
    };
    let mut keys = Keys::to(&settings.encrypt_to)?;
    if let Some(file) = identity {
        let reading = |error: CommandError| error.during(&format!("reading the identity {}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|source| reading(CommandError::of(Exit::Usage, &source)))?;
        keys = keys.with_identities(&text).map_err(|error| reading(error.into()))?;
    }
    Ok(Store::open(&place, &s3)?.with_keys(keys))
}
