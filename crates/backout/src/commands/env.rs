//! `backout env`: which variables were changed, and the way back to any version.

use std::path::PathBuf;

use backout_control::values::{self, Place};
use backout_plan::Exit;
use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::versions::{self, Back, Wanted};

/// Show which environment variables were changed, or bring former values back
///
/// Without anything else it shows the history of all of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Which variables were changed, when, by whom and where; values are told by digests (the default)
    History {
        /// This variable alone
        name: Option<String>,
    },
    /// Bring variables back to what they were at a version, in the file or on Vercel
    ///
    /// That makes a version of its own. Only places that steps of the plan change are gone back to, or a file that is
    /// named.
    Revert {
        /// These variables alone
        names: Vec<String>,
        #[command(flatten)]
        wanted: Wanted,
        /// The file that is meant, as the plan would name it
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The file of an age identity that may read the values, relative to the plan, or env:NAME
        #[arg(long, value_name = "FILE|env:NAME")]
        identity: Option<String>,
        /// On Vercel, build production's code anew afterwards, so that the values are read
        #[arg(long)]
        redeploy: bool,
        /// Show what would come back; change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    match &args.what {
        None => versions::history(context, "env", None).await,
        Some(What::History { name }) => versions::history(context, "env", name.as_deref()).await,
        Some(What::Revert { names, wanted, file, identity, redeploy, dry_run }) => {
            let env = context.env()?;
            let runs = context.runs(&env).await?;
            let known: Vec<Place> = values::of_plan(&env).into_iter().filter(|place| place.kind() == "env").collect();
            let place = match (file, &known[..]) {
                (Some(file), _) => Place::EnvFile(file.clone()),
                // Version 0 is of no place; where there is but one it is that.
                (None, [only]) if wanted.version() == 0 => only.clone(),
                (None, _) => values::of_version(&runs, &known, "env", wanted.version()).await?,
            };
            let back = Back {
                wanted,
                names,
                identity: identity.as_deref(),
                dry_run: *dry_run,
                redeploy: *redeploy,
                confirm: true,
            };
            versions::revert(context.ui, &env, &runs, &place, back).await
        }
    }
}
