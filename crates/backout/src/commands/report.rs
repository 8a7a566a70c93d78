//! `backout report`: what people report, for the triggers that count it.

use backout_control::report::{self, Options};
use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::count;

/// Report a complaint, an escalation, or whatever the plan's sources count, to whoever watches
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The kind, as a source of the plan names it
    kind: String,
    /// How many; 0 says that somebody looked, and there is none
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u64,
    /// Whom it happened to, to tell people apart: only a digest of it is kept; may be given several times
    #[arg(long, value_name = "NAME")]
    who: Vec<String>,
    /// More about it, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let Args { kind, count: number, who, note } = args;
    let options = Options { kind: kind.clone(), count: *number, who: who.clone(), note: note.clone() };
    let report = report::run(&env, &runs, &options).await?;
    context.ui.result(json!(report));
    context.ui.out(format!("{} of {}", count(i64::try_from(report.count).unwrap_or(i64::MAX), "report"), report.kind));
    Ok(Exit::Ok)
}
