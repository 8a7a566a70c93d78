//! `backout capture`: begins and ends capturing which rows change, and shows what lies there.
//!
//! Must not know: how changes are captured.

use backout_backup::capture::Depth;
use backout_control::{Env, capture};
use backout_plan::Exit;
use clap::Subcommand;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::events::size_of;
use crate::ui::{Ui, count};

/// Capture which rows change, so that a restore can replay them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What is captured, and how much of it lies there (the default)
    Status,
    /// Begin, for all tables or those that are named
    ///
    /// Each table is locked against writers for a moment. From then on a trigger captures each row that changes, in
    /// the transaction that changes it. What a table has been captured for stays; another depth begins it anew.
    On {
        /// keys: which rows changed, enough for a restore that loses nothing. images: what they were as well, enough
        /// to take chosen changes back. slot: keys from the write-ahead log, which costs writers next to nothing and
        /// takes a role that may replicate. As the plan says, else keys
        #[arg(long, value_name = "DEPTH", value_parser = ["keys", "images", "slot"])]
        depth: Option<String>,
        /// Only these, as schema.table or schema.*
        #[arg(long, value_name = "TABLE", num_args = 1..)]
        tables: Vec<String>,
    },
    /// Check the foreign keys that an interrupted `restore --replay` left unchecked
    Check,
    /// End it, and remove what was captured
    Off,
    /// Remove what a backup has seen: restores of older ones lose what was written before it
    Trim {
        /// The backup: its id, the beginning of it, or `latest`
        #[arg(value_name = "BACKUP", default_value = "latest")]
        backup: String,
    },
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    match &args.what {
        None | Some(What::Status) => status(ui, &env).await,
        Some(What::On { depth, tables }) => on(ui, &env, depth.as_deref(), tables).await,
        Some(What::Check) => check(ui, &env).await,
        Some(What::Off) => {
            let ended = capture::off(&env).await?;
            ui.result(json!({ "ended": ended }));
            match ended {
                0 => ui.say("nothing is captured"),
                ended => ui.out(format!("{} captured no more", count(ended as i64, "table"))),
            }
            Ok(Exit::Ok)
        }
        Some(What::Trim { backup }) => {
            let (backup, removed) = capture::trim(&env, backup).await?;
            ui.result(json!({ "backup": backup, "removed": removed }));
            ui.out(format!("{} that backup {backup} has seen removed", count(removed as i64, "change")));
            Ok(Exit::Ok)
        }
    }
}

async fn status(ui: &Ui, env: &Env) -> Result<Exit, CommandError> {
    let found = capture::status(env).await?;
    ui.result(json!(found));
    if found.captured.is_empty() {
        ui.out("nothing is captured");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = found
        .captured
        .iter()
        .map(|one| {
            let said = one.trouble.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![one.table.clone(), one.source.depth.to_string(), one.changes.to_string(), said]
        })
        .collect();
    ui.table(&["table", "captured", "changes", ""], &rows);
    ui.out(format!("{} on the disk", size_of(found.bytes)));
    if let Some(slot) = &found.slot {
        let (kept, name) = (size_of(slot.kept), &slot.name);
        ui.out(format!(
            "{kept} of the write-ahead log are kept for the slot {name}: `backout capture trim` reads them"
        ));
        slot.trouble.iter().for_each(|trouble| ui.warn(trouble));
    }
    if !found.not_captured.is_empty() {
        ui.out(format!("not captured: {}", found.not_captured.join(", ")));
    }
    if !found.unchecked.is_empty() {
        let keys = count(found.unchecked.len() as i64, "foreign key");
        ui.warn(format!("{keys} not checked since a restore: `backout capture check`"));
    }
    if found.captured.iter().any(|one| one.trouble.is_some()) {
        ui.warn("changes of some tables are not all there: `backout capture on` begins these anew");
    }
    Ok(Exit::Ok)
}

async fn on(ui: &Ui, env: &Env, depth: Option<&str>, tables: &[String]) -> Result<Exit, CommandError> {
    let depth = depth.map(str::parse::<Depth>).transpose();
    let depth = depth.map_err(|message| CommandError::new(Exit::Usage, message))?;
    let done = capture::on(env, depth, &super::patterns(tables)?).await?;
    if !done.not_captured.is_empty() {
        ui.warn(format!("not captured, since they belong to others: {}", done.not_captured.join(", ")));
    }
    ui.result(json!(done));
    for table in &done.begun {
        if let Some(note) = &table.note {
            ui.say(format!("note: {}: {note}", table.table));
        }
    }
    let already = done.captured - done.begun.len().min(done.captured);
    let before = if already > 0 { format!("; {} before", count(already as i64, "table")) } else { String::new() };
    ui.out(format!("{} captured from now on{before}", count(done.begun.len() as i64, "table")));
    ui.out("a backup that is taken from now on can be restored with --replay, and loses nothing");
    Ok(Exit::Ok)
}

async fn check(ui: &Ui, env: &Env) -> Result<Exit, CommandError> {
    let (checked, failed) = capture::check(env).await?;
    ui.result(json!({ "checked": checked, "failed": failed }));
    if failed.is_empty() {
        ui.out(format!("{} checked", count(checked as i64, "foreign key")));
        return Ok(Exit::Ok);
    }
    Err(CommandError::new(Exit::Failed, format!("not checked: {}", failed.join("; "))))
}
