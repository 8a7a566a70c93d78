//! `backout man`: man pages and the command reference, made of the definition that reads the arguments.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use backout_control::Failure;
use backout_plan::Exit;
use clap::{Arg, Command};

use crate::context::Context;
use crate::error::CommandError;

/// Write man pages into a folder, or print the command reference
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder for the man pages
    #[arg(value_name = "FOLDER", required_unless_present = "markdown")]
    folder: Option<PathBuf>,
    /// Print the reference of all commands as Markdown instead
    #[arg(long, conflicts_with = "folder")]
    markdown: bool,
}

pub fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let mut cli = (context.definition)();
    cli.build();
    if let Some(folder) = &args.folder {
        std::fs::create_dir_all(folder).map_err(Failure::given(format!("making {}", folder.display())))?;
        let written = pages(&cli, folder)?;
        context.ui.out(format!("{written} man pages in {}", folder.display()));
        context.ui.result(serde_json::json!({ "folder": folder, "pages": written }));
        return Ok(Exit::Ok);
    }
    context.ui.out(reference(&cli).trim_end());
    Ok(Exit::Ok)
}

/// A page for a command and for each below it.
fn pages(command: &Command, folder: &Path) -> Result<usize, CommandError> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let file = folder.join(format!("{name}.1"));
    let writing = || Failure::file(format!("writing {}", file.display()));
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(writing())?;
    std::fs::write(&file, page).map_err(writing())?;
    let mut written = 1;
    for below in shown(command) {
        written += pages(below, folder)?;
    }
    Ok(written)
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set())
}

/// All commands as Markdown.
fn reference(cli: &Command) -> String {
    let mut text = "# Commands\n\nMade of the program itself: `backout man --markdown`. `backout help COMMAND` and `man` say the same.\n".to_owned();
    let global: Vec<&Arg> = cli.get_arguments().filter(|arg| arg.is_global_set()).collect();
    text.push_str("\n## Options of all commands\n\n");
    global.iter().for_each(|arg| line(&mut text, arg));
    for command in shown(cli) {
        section(&mut text, command);
    }
    let _ = write!(text, "\n## Exit codes\n\n```text\n{}\n```\n", Exit::help_table().trim_end());
    text
}

fn section(text: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let _ = write!(text, "\n## {name}\n\n");
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(text, "{}", about.trim());
    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| {
            !arg.is_global_set() && !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version")
        })
        .collect();
    let inherited = |arg: &&&Arg| !matches!(arg.get_help_heading(), Some("Options of all commands"));
    let arguments: Vec<&&Arg> = arguments.iter().filter(inherited).collect();
    if !arguments.is_empty() {
        text.push('\n');
    }
    arguments.into_iter().for_each(|arg| line(text, arg));
    for below in shown(command) {
        section(text, below);
    }
}

/// `- \`--to VERSION\`: Up to this version, and no further`, with what else there is to say below it.
fn line(text: &mut String, arg: &Arg) {
    let values: Vec<&str> = arg.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect();
    let takes = arg.get_action().takes_values();
    let named = match arg.get_long() {
        Some(long) if takes => format!("--{long} {}", values.join(" ")),
        Some(long) => format!("--{long}"),
        None => values.join(" "),
    };
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut paragraphs = help.trim().split("\n\n");
    let _ = writeln!(text, "- `{named}`: {}", paragraphs.next().unwrap_or_default().replace('\n', " "));
    for paragraph in paragraphs {
        let _ = writeln!(text, "\n  {}", paragraph.replace('\n', " "));
    }
    let possible: Vec<String> =
        arg.get_possible_values().iter().filter(|_| takes).map(|value| format!("`{}`", value.get_name())).collect();
    if !possible.is_empty() {
        let _ = writeln!(text, "  One of {}.", possible.join(", "));
    }
}
