//! Chores: `cargo xtask tidy` checks the source tree, `cargo xtask corpus` runs real migration histories through the
//! product, `cargo xtask property` made-up ones.
//!
//! Must not know: how either is done.

mod corpus;
mod property;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

#[allow(clippy::print_stdout, clippy::print_stderr)]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => match tidy::check(workspace_root()) {
            Ok(problems) if problems.is_empty() => {
                println!("tidy: nothing to complain about");
                ExitCode::SUCCESS
            }
            Ok(problems) => {
                for problem in &problems {
                    println!("{problem}");
                }
                eprintln!("tidy: {} problems", problems.len());
                ExitCode::FAILURE
            }
            Err(error) => {
                eprintln!("tidy: {error:#}");
                ExitCode::FAILURE
            }
        },
        ["corpus", ..] => match corpus::run(&arguments[1..]) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("corpus: {error:#}");
                ExitCode::from(2)
            }
        },
        ["property", ..] => match property::run(&arguments[1..]) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("property: {error:#}");
                ExitCode::from(2)
            }
        },
        _ => {
            eprintln!(
                "usage: cargo xtask tidy | corpus FOLDER … | property …\n\n  tidy     check crate arrows, file heads and lengths, names and words\n  \
                 corpus   {}\n  property {}",
                corpus::USAGE,
                property::USAGE
            );
            ExitCode::from(2)
        }
    }
}

/// The folder above this crate's.
fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
