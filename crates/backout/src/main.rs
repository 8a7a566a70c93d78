//! The command line: reads arguments, runs one command, ends with its exit code. What the commands do is in `commands`.

mod applied;
mod args;
mod commands;
mod context;
mod error;
mod events;
mod global;
mod hints;
mod interrupt;
mod listen;
mod run_preview;
mod run_summary;
mod telling;
mod ui;
mod versions;
mod watched;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use backout_plan::Exit;
use backout_postgres::failpoint::{self, Then};
use clap::{CommandFactory, Parser};

use args::Cli;
use context::Context;
use error::CommandError;
use ui::Ui;

/// As much as the main thread has, in bytes: a way back that a watch begins goes deep, and unoptimized builds need most.
const STACK: usize = 8 << 20;

/// How long a command that is done waits for its spans to be taken.
const FAREWELL: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return ui::usage(&said, std::env::args_os().any(|argument| argument == "--json")),
    };
    hints::remember(&cli.global, std::env::args_os());
    arm_failpoint();
    let ui = Arc::new(Ui::new(&cli.global));
    let traces = listen::listen(cli.global.log.as_ref(), &ui);
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(source) => {
            return ui.finish(Err(CommandError::of(Exit::Failed, &source).during("starting the runtime"))).into();
        }
    };
    let outcome = runtime.block_on(async {
        let context = Context { global: &cli.global, ui: &ui, definition: Cli::command };
        // Large, as it holds every command's state: better on the heap than on the main thread's stack.
        Box::pin(commands::run(&cli.command, &context)).await
    });
    let exit = ui.finish(outcome).into();
    if let Some(traces) = traces {
        traces.end(FAREWELL);
    }
    exit
}

/// Tests name the place where the process is to die or to wait. Release builds have no such places.
fn arm_failpoint() {
    if cfg!(debug_assertions)
        && let Some(name) = std::env::var("BACKOUT_FAILPOINT").ok().filter(|name| !name.is_empty())
    {
        let then = if std::env::var_os("BACKOUT_FAILPOINT_HALT").is_some() { Then::Halt } else { Then::Kill };
        failpoint::arm(name, std::env::var_os("BACKOUT_FAILPOINT_LOG").map(Into::into), then);
    }
}
