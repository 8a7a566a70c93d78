//! The arguments that all commands share.

use std::path::PathBuf;

use backout_plan::Secret;
use clap::Args;
use tracing_subscriber::filter::Targets;

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
