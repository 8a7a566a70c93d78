//! `backout exit-codes`: what each exit code means.

use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;

/// Print what each exit code means
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    context.ui.out(Exit::help_table().trim_end());
    let all =
        Exit::ALL.iter().map(|exit| json!({ "code": exit.code(), "name": exit.name(), "meaning": exit.describe() }));
    context.ui.result(all.collect());
    Ok(Exit::Ok)
}
