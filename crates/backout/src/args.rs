//! The arguments that all commands share. Each command's own stand in its file.

use std::path::PathBuf;

use backout_plan::{Exit, Secret};
use clap::{Args, Parser};
use tracing_subscriber::filter::Targets;

use crate::commands::Command;

/// Makes PostgreSQL releases reversible: migrate with guards, undo in place.
#[derive(Debug, Parser)]
#[command(name = "backout", version, max_term_width = 110, after_help = "`backout exit-codes` explains how a command ends.", after_long_help = exit_codes())]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of all commands")]
pub struct Global {
    /// The plan file [default: backout.toml here, or in a folder above]
    #[arg(long, global = true, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// The target, as the plan names it; not needed where the plan has only one
    #[arg(long, global = true, value_name = "NAME")]
    pub target: Option<String>,
    /// The connection string, instead of the plan's
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<Secret>,
    /// One JSON document on stdout instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Answers the question for the target's name: that target is meant
    #[arg(long, global = true, value_name = "NAME")]
    pub yes: Option<String>,
    /// No progress on stderr
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// The folder of PostgreSQL's server programs, for rehearsals
    #[arg(long, global = true, value_name = "FOLDER")]
    pub pg_bin: Option<PathBuf>,
    /// Writes what happens inside to stderr: off, error, warn, info, debug or trace, or by part, such as
    /// backout_control=debug,backout_postgres=trace
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<Targets>,
}

fn exit_codes() -> String {
    format!("Exit codes:\n{}", Exit::help_table())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shared_options_may_stand_on_either_side() {
        for line in [["backout", "--target", "staging", "status"], ["backout", "status", "--target", "staging"]] {
            let cli = Cli::try_parse_from(line).expect("it parses");
            assert_eq!(cli.global.target.as_deref(), Some("staging"), "{line:?}");
        }
    }
}
