//! `backout actions`: the former name of `backout action`.

use backout_plan::Exit;
use clap::Subcommand;

use super::action;
use crate::context::Context;
use crate::error::CommandError;

/// Show what must be done before a migration that was undone is applied again, or say that it is done
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What is open, when it is due, and what is done (the default)
    List,
    /// Note that it was done, by whom and when
    Done {
        /// As the plan's [[retry.action]] names it
        name: String,
        /// Where it can be read, or anything else for the record
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    match &args.what {
        None | Some(What::List) => action::list(context).await,
        Some(What::Done { name, note }) => action::done(context, name, note, None).await,
    }
}
