//! `backout runbook`: a page to print, and the undo as plain SQL, for when it must be done without Backout.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use backout_control::card::{self, Card, Options};
use backout_control::runs::Runs;
use backout_control::{Event, Failure};
use backout_plan::Exit;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::count;

/// Write a page to print: who decides, what to type with measured times, and what to do if Backout itself is gone
///
/// Figures come from the last rehearsal, the last proof of a backup, and runs that were; what was never measured says so.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
    /// The file to write; stdout where none is named
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Write the undo of all that is applied into this folder as well: a script for psql alone for each migration
    #[arg(long, value_name = "FOLDER")]
    undo_sql: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Markdown
    Md,
    /// One file that needs nothing else, of two pages
    Html,
    /// JSON
    Json,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    // A store that does not open must not keep the page from being printed.
    let runs = match Runs::of(&env, &context.user()).await {
        Ok(runs) => Some(runs),
        Err(failure) => {
            env.say(Event::warning("runs.unreadable", failure.sentence()));
            None
        }
    };
    let card = card::make(&env, runs.as_ref(), &Options { undo_sql: args.undo_sql.clone() }).await?;
    context.ui.result(json!(card));
    let text = match args.format {
        Format::Md => card::markdown(&card),
        Format::Html => card::html(&card),
        Format::Json => serde_json::to_string_pretty(&card).unwrap_or_default() + "\n",
    };
    match &args.to {
        Some(file) => {
            private_file(file, &text).map_err(Failure::given(format!("writing {}", file.display())))?;
            context.ui.say(format!("written: {}", file.display()));
        }
        None => context.ui.out(text.trim_end()),
    }
    said(&card, context);
    let is_whole = card.unknown.is_empty() && card.gone.scripts.iter().all(|one| one.refused.is_none());
    Ok(if is_whole { Exit::Ok } else { Exit::Attention })
}

/// What came of the scripts.
fn said(card: &Card, context: &Context<'_>) {
    for unknown in &card.unknown {
        context.ui.warn(unknown);
    }
    for script in &card.gone.scripts {
        if let Some(why) = &script.refused {
            context.ui.warn(format!("migration {} cannot be taken back in plain SQL: {why}", script.number));
        }
    }
    let whole = card.gone.scripts.iter().filter(|one| one.refused.is_none()).count();
    if let Some(folder) = &card.gone.folder {
        context.ui.say(format!("written: {} in {folder}", count(i64::try_from(whole).unwrap_or(i64::MAX), "script")));
    }
}

/// Phone numbers are nobody else's business.
fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
