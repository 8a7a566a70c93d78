//! `backout rollback`: goes a way back of the plan, as one durable run.

use backout_control::rollback::{self, Options, Which};
use backout_plan::Exit;

use super::run::show_ended;
use crate::context::Context;
use crate::error::CommandError;
use crate::{run_preview, run_summary, telling};

/// Go a way back: flags, undo in place, restore, or whatever the plan's ways say, as one durable run
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The way to begin with, as the plan names it; auto, the default, takes the first that suffices for the symptom.
    /// With --again the default is the one in which the former run stood
    #[arg(long, value_name = "NAME|auto")]
    way: Option<String>,
    /// What is wrong: a symptom that the plan's ways name, or any words for the record
    #[arg(long, value_name = "SYMPTOM", default_value = "")]
    because: String,
    /// Show the SQL, requests and commands of every way, in short what each comes to, and what is wrong with the plan,
    /// which ends with 8; change nothing
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: all of them, however many lines that are
    #[arg(long, short, requires = "dry_run")]
    verbose: bool,
    /// End the open run of this target first, where nobody executes it and all that it began is known; what it meant to
    /// take back is meant again
    #[arg(long)]
    again: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let which = match args.way.as_deref() {
        None => Which::Unsaid,
        Some("auto") => Which::Auto,
        Some(name) => Which::Named(name.to_owned()),
    };
    let options = Options { which, because: args.because.clone(), again: args.again, ..Options::default() };
    if args.dry_run {
        return Ok(run_preview::show(context.ui, &rollback::preview(&env, &runs, &options).await?, args.verbose));
    }
    let ended = telling::beside(context.ui, &env, &runs, rollback::run(&env, &runs, &options)).await?;
    let exit = show_ended(context.ui, &ended);
    run_summary::left(context.ui, &env, &runs, &ended.journal).await;
    Ok(exit)
}
