//! `backout release`: rehearses, backs up, migrates and checks, as one durable run that goes back where the checks fail.

use backout_control::release::{self, Options};
use backout_control::told;
use backout_plan::Exit;
use serde_json::json;

use super::migrate::Aside;
use super::run::show_ended;
use crate::context::Context;
use crate::error::CommandError;
use crate::{run_preview, run_summary, telling};

/// Release: whatever the gates demand, the pending migrations, the plan's checks; and a way back where these fail
///
/// One durable run: `backout run resume` goes on with it after a crash.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Something that undo will not bring back, as the refusal names it
    #[arg(long, value_name = "NAME")]
    accept_loss: Vec<String>,
    #[command(flatten)]
    aside: Aside,
    /// Apply again what was undone before the plan's [retry] allows it; the reason is recorded
    #[arg(long, value_name = "REASON")]
    retry_because: Option<String>,
    /// What it is for, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    because: String,
    /// Show the steps, with the SQL of the migrations and of the ways back, in short what each comes to, and what is
    /// wrong with the plan, which ends with 8; change nothing
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: all of the SQL, however many lines that are
    #[arg(long, short, requires = "dry_run")]
    verbose: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let (accept_loss, because) = (args.accept_loss.clone(), args.because.clone());
    let retry = args.retry_because.clone();
    let options = Options { accept_loss, because, aside: args.aside.choice(), retry };
    if args.dry_run {
        return Ok(match release::preview(&env, &runs, &options).await? {
            Some(preview) => run_preview::show(context.ui, &preview, args.verbose),
            None => {
                nothing(context);
                Exit::Ok
            }
        });
    }
    // Nobody's release waits for a history that cannot be read.
    run_summary::note(context.ui, &told::of_ways_back(&env, &runs).await.unwrap_or_default());
    let releasing = release::run(&env, &runs, &options);
    let Some(ended) = telling::beside(context.ui, &env, &runs, releasing).await? else {
        nothing(context);
        return Ok(Exit::Ok);
    };
    let exit = show_ended(context.ui, &ended);
    run_summary::left(context.ui, &env, &runs, &ended.journal).await;
    // The target is as it was before: whoever called wanted something else.
    Ok(if exit == Exit::Ok && ended.journal.state.way > 0 { Exit::Failed } else { exit })
}

/// Said as `migrate` says it.
fn nothing(context: &Context<'_>) {
    context.ui.result(json!({ "run": null, "pending": [] }));
    context.ui.say("nothing is pending");
}
