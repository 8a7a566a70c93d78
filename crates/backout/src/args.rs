//! The definition that reads the arguments. Those that all commands share are in `global`, each command's own in its
//! file.

use backout_plan::Exit;
use clap::Parser;

use crate::commands::Command;
use crate::global::Global;

/// Makes PostgreSQL releases reversible: migrate with guards, undo in place.
#[derive(Debug, Parser)]
#[command(name = "backout", version, max_term_width = 110, after_help = "`backout exit-codes` explains how a command ends.", after_long_help = exit_codes())]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
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
