//! `backout completions`: what a shell needs to complete our commands.

use backout_plan::Exit;
use clap_complete::Shell;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;

/// Print the completions of a shell
///
/// For example: backout completions bash > ~/.local/share/bash-completion/completions/backout
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which shell
    shell: Shell,
}

pub fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut (context.definition)(), "backout", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    context.ui.out(script.trim_end());
    context.ui.result(json!({ "shell": args.shell.to_string(), "script": script }));
    Ok(Exit::Ok)
}
