//! One file for each command, and the table of them. A new command is a file, a line in `Command` and a line in `run`.

mod action;
mod archive;
mod backtest;
mod backup;
mod capture;
mod completions;
mod demo;
mod doctor;
mod env;
mod evidence;
mod exit_codes;
mod flags;
mod freeze;
mod history;
mod impact;
mod incident;
mod init;
mod manual;
mod migrate;
mod notify;
mod rehearse;
mod release;
mod report;
mod restore;
mod rollback;
mod rows;
mod run;
mod runbook;
mod runs;
mod schema;
mod serve;
mod status;
mod thaw;
mod token;
mod undo;
mod verify;
mod watch;

use backout_plan::Exit;
use backout_plan::plan::TablePattern;
use clap::Subcommand;

use backout_control::Failure;

use crate::context::Context;
use crate::error::CommandError;

/// The commands, in the order in which a newcomer needs them.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(init::Args),
    Doctor(doctor::Args),
    Status(status::Args),
    Rehearse(rehearse::Arguments),
    Migrate(migrate::Args),
    Undo(undo::Args),
    Release(release::Args),
    Rollback(rollback::Args),
    Freeze(freeze::Args),
    Thaw(thaw::Args),
    Verify(verify::Args),
    Watch(watch::Args),
    Serve(serve::Args),
    Token(token::Args),
    Report(report::Args),
    Backtest(backtest::Args),
    Runs(runs::Args),
    Run(run::Args),
    Incident(incident::Args),
    #[command(alias = "actions")]
    Action(action::Args),
    Notify(notify::Args),
    Runbook(runbook::Args),
    Env(env::Args),
    Flags(flags::Args),
    History(history::Args),
    Impact(impact::Args),
    Evidence(evidence::Args),
    Backup(backup::Args),
    Capture(capture::Args),
    Demo(demo::Args),
    Restore(restore::Args),
    Rows(rows::Args),
    Archive(archive::Args),
    Schema(schema::Args),
    ExitCodes(exit_codes::Args),
    Completions(completions::Args),
    #[command(name = "man")]
    Manual(manual::Args),
}

/// Runs one command.
pub async fn run(command: &Command, context: &Context<'_>) -> Result<Exit, CommandError> {
    match command {
        Command::Init(args) => init::run(args, context).await,
        Command::Doctor(args) => doctor::run(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::Rehearse(args) => rehearse::run(args, context).await,
        Command::Migrate(args) => migrate::run(args, context).await,
        Command::Undo(args) => undo::run(args, context).await,
        Command::Release(args) => release::run(args, context).await,
        Command::Rollback(args) => rollback::run(args, context).await,
        Command::Freeze(args) => freeze::run(args, context).await,
        Command::Thaw(args) => thaw::run(args, context).await,
        Command::Verify(args) => verify::run(args, context).await,
        Command::Watch(args) => watch::run(args, context).await,
        Command::Serve(args) => serve::run(args, context).await,
        Command::Token(args) => token::run(args, context).await,
        Command::Report(args) => report::run(args, context).await,
        Command::Backtest(args) => backtest::run(args, context).await,
        Command::Runs(args) => runs::run(args, context).await,
        Command::Run(args) => run::run(args, context).await,
        Command::Runbook(args) => runbook::run(args, context).await,
        Command::Env(args) => env::run(args, context).await,
        Command::Flags(args) => flags::run(args, context).await,
        Command::Demo(args) => demo::run(args, context).await,
        Command::Impact(args) => impact::run(args, context).await,
        Command::Evidence(args) => evidence::run(args, context).await,
        Command::Incident(args) => incident::run(args, context).await,
        Command::Action(args) => action::run(args, context).await,
        Command::Notify(args) => notify::run(args, context).await,
        Command::History(args) => history::run(args, context).await,
        Command::Backup(args) => backup::run(args, context).await,
        Command::Capture(args) => capture::run(args, context).await,
        Command::Rows(args) => rows::run(args, context).await,
        Command::Restore(args) => restore::run(args, context).await,
        Command::Archive(args) => archive::run(args, context).await,
        Command::Schema(args) => schema::run(args, context),
        Command::ExitCodes(args) => exit_codes::run(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Manual(args) => manual::run(args, context),
    }
}

/// Tables as a command line names them: schema.table or schema.*.
fn patterns(names: &[String]) -> Result<Vec<TablePattern>, CommandError> {
    names.iter().map(|name| name.parse::<TablePattern>().map_err(|error| Failure::from(error).into())).collect()
}

/// The same, where `users` is what the search path finds; elsewhere the schema is named.
fn tables(names: &[String]) -> Result<Vec<TablePattern>, CommandError> {
    let full = |name: &String| if name.contains('.') { name.clone() } else { format!("public.{name}") };
    patterns(&names.iter().map(full).collect::<Vec<_>>())
}
