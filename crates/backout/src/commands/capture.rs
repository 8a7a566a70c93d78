//! `backout capture`: begins and ends writing down which rows change, and shows what lies there.
//!
//! Must not know: how changes are written down.

use std::time::Duration;

use backout_backup::capture::{self, Depth};
use backout_backup::shelf;
use backout_plan::Exit;
use backout_plan::plan::{CaptureDepth, TablePattern};
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::qualified;
use clap::Subcommand;
use serde_json::json;

use super::backup;
use crate::context::{Context, Notices, Project};
use crate::error::CommandError;
use crate::ui::{bytes, count};

/// Write down which rows change, so that a restore can replay them
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
    /// Each table is locked against writers for a moment. From then on a trigger writes down each row that changes, in
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
    /// End it, and remove what was written down
    Off,
    /// Remove what a backup has seen: restores of older ones lose what was written before it
    Trim {
        /// The backup: its id, the beginning of it, or `latest`
        #[arg(value_name = "BACKUP", default_value = "latest")]
        backup: String,
    },
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let project = context.project()?;
    match &args.what {
        None | Some(What::Status) => status(context, &project).await,
        Some(What::On { depth, tables }) => on(context, &project, depth.as_deref(), tables).await,
        Some(What::Check) => check(context, &project).await,
        Some(What::Off) => off(context, &project).await,
        Some(What::Trim { backup }) => trim(context, &project, backup).await,
    }
}

async fn status(context: &Context<'_>, project: &Project) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let session = context.connect(project).await?;
    let (standing, others) = capture::standing(&session).await?;
    let size = if standing.is_empty() { 0 } else { capture::size(&session).await? };
    let unchecked = if standing.is_empty() { Vec::new() } else { capture::unchecked(&session).await? };
    let slot = if standing.is_empty() { None } else { capture::slot(&session).await? };
    let kept = slot.as_ref().map(|slot| slot.kept);
    ui.result(json!({ "captured": standing, "not_captured": others, "bytes": size, "log_kept": kept, "unchecked": unchecked }));
    if standing.is_empty() {
        ui.out("nothing is captured");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = standing
        .iter()
        .map(|one| {
            let said = one.trouble.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![one.table.clone(), one.source.depth.to_string(), one.changes.to_string(), said]
        })
        .collect();
    ui.table(&["table", "captured", "changes", ""], &rows);
    ui.out(format!("{} on the disk", bytes(i64::try_from(size).unwrap_or(i64::MAX))));
    if let Some(slot) = &slot {
        let kept = bytes(i64::try_from(slot.kept).unwrap_or(i64::MAX));
        ui.out(format!(
            "{kept} of the write-ahead log are kept for the slot {}: `backout capture trim` reads them",
            slot.name
        ));
        if let Some(trouble) = &slot.trouble {
            ui.warn(trouble);
        }
    }
    if !others.is_empty() {
        ui.out(format!("not captured: {}", others.join(", ")));
    }
    if !unchecked.is_empty() {
        let keys = count(unchecked.len() as i64, "foreign key");
        ui.warn(format!("{keys} not checked since a restore: `backout capture check`"));
    }
    let broken = standing.iter().any(|one| one.trouble.is_some());
    if broken {
        ui.warn("changes of some tables are not all there: `backout capture on` begins these anew");
    }
    Ok(Exit::Ok)
}

/// How long a table is waited for before whoever queued behind us goes first.
fn lock_timeout(project: &Project) -> Duration {
    project.migrate_rules().lock_timeout.duration()
}

async fn on(
    context: &Context<'_>,
    project: &Project,
    depth: Option<&str>,
    tables: &[String],
) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let depth: Depth = match depth {
        Some(text) => text.parse().map_err(|message: String| CommandError::new(Exit::Usage, message))?,
        None => match project.plan.as_ref().map(|plan| plan.backup.capture).unwrap_or_default() {
            CaptureDepth::Keys => Depth::Keys,
            CaptureDepth::Images => Depth::Images,
            CaptureDepth::Slot => Depth::Slot,
        },
    };
    let patterns = super::patterns(tables)?;
    let claimed = context.claimed_name(project)?;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    history::lock_runs_only(&pair.session).await?;
    let there = capture::tables(&pair.session).await?;
    let named = |pattern: &&TablePattern| !there.iter().any(|(schema, name)| pattern.matches(schema, name));
    if let Some(pattern) = patterns.iter().find(named) {
        return Err(capture::CaptureError::Nothing(pattern.to_string()).into());
    }
    let wanted =
        |schema: &str, name: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(schema, name));
    ui.begin("capturing");
    let begun = capture::on(&pair.session, depth, &wanted, lock_timeout(project), &|table| ui.progress(table)).await;
    ui.end();
    let begun = begun?;
    let (standing, _) = capture::standing(&pair.session).await?;
    let is_captured =
        |schema: &str, name: &str| standing.iter().any(|s| s.source.schema == schema && s.source.name == name);
    let others: Vec<String> = there
        .iter()
        .filter(|(schema, name)| wanted(schema, name) && !is_captured(schema, name))
        .map(|(schema, name)| qualified(schema, name))
        .collect();
    if !others.is_empty() {
        ui.warn(format!("not captured, since they belong to others: {}", others.join(", ")));
    }
    ui.result(json!({ "begun": begun, "captured": standing.len(), "not_captured": others }));
    for table in &begun {
        if let Some(note) = &table.note {
            ui.say(format!("note: {}: {note}", table.table));
        }
    }
    let already = standing.len() - begun.len().min(standing.len());
    let before = if already > 0 { format!("; {} before", count(already as i64, "table")) } else { String::new() };
    ui.out(format!("{} captured from now on{before}", count(begun.len() as i64, "table")));
    ui.out("a backup that is taken from now on can be restored with --replay, and loses nothing");
    Ok(Exit::Ok)
}

/// An error on one line of a warning.
fn said(error: capture::CaptureError) -> String {
    CommandError::from(error).text(&str::to_owned).replacen("error: ", "", 1)
}

/// What is captured before tables are altered. What cannot be read is not followed, and said.
pub async fn before(context: &Context<'_>, session: &Session) -> Option<capture::Before> {
    capture::before(session).await.unwrap_or_else(|error| {
        context.ui.warn(format!("what is captured here cannot be followed: {}", said(error)));
        None
    })
}

/// After a migration or an undo: goes on capturing what they altered. They stand whatever becomes of this.
pub async fn follow(context: &Context<'_>, project: &Project, session: &Session, before: Option<capture::Before>) {
    let Some(before) = before else { return };
    let ui = context.ui;
    match capture::follow(session, &before, lock_timeout(project)).await {
        Ok(begun) if begun.is_empty() => {}
        Ok(begun) => {
            let names: Vec<String> = begun.into_iter().map(|one| one.table).collect();
            let number = count(names.len() as i64, "table");
            ui.say(format!("note: {number} captured anew since it was altered or made: {}", names.join(", ")));
            ui.say("note: older backups are restored without what was written to these since: take a new one");
        }
        Err(error) => {
            ui.warn(format!("changes of some tables may not be captured any more: {}", said(error)));
            ui.warn("`backout capture on` begins them anew, `backout capture` says which");
        }
    }
}

async fn check(context: &Context<'_>, project: &Project) -> Result<Exit, CommandError> {
    let session = context.connect(project).await?;
    if !capture::is_on(&session).await? {
        return Err(capture::CaptureError::Off.into());
    }
    let number = capture::unchecked(&session).await?.len();
    let failed = capture::check(&session).await?;
    let said: Vec<String> = failed.iter().map(|(sql, error)| format!("{sql}: {error}")).collect();
    context.ui.result(json!({ "checked": number - failed.len(), "failed": said }));
    if failed.is_empty() {
        context.ui.out(format!("{} checked", count(number as i64, "foreign key")));
        return Ok(Exit::Ok);
    }
    Err(CommandError::new(Exit::Failed, format!("not checked: {}", said.join("; "))))
}

async fn off(context: &Context<'_>, project: &Project) -> Result<Exit, CommandError> {
    let claimed = context.claimed_name(project)?;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    if !capture::is_on(&pair.session).await? {
        context.ui.result(json!({ "ended": 0 }));
        context.ui.say("nothing is captured");
        return Ok(Exit::Ok);
    }
    context.confirm("a restore of any backup loses what was written since it was taken", &claimed)?;
    history::lock_runs_only(&pair.session).await?;
    let ended = capture::off(&pair.session, lock_timeout(project)).await?;
    context.ui.result(json!({ "ended": ended }));
    context.ui.out(format!("{} captured no more", count(ended as i64, "table")));
    Ok(Exit::Ok)
}

async fn trim(context: &Context<'_>, project: &Project, id: &str) -> Result<Exit, CommandError> {
    let claimed = context.claimed_name(project)?;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    history::lock_runs_only(&pair.session).await?;
    if !capture::is_on(&pair.session).await? {
        return Err(capture::CaptureError::Off.into());
    }
    let store = backup::open(project, None, None)?;
    let identity = history::recorded_identity(&pair.session).await?;
    let of_this = |manifest: &backout_backup::manifest::Manifest| {
        manifest.source.identity.as_ref().map(|known| &known.marker) == identity.as_ref().map(|known| &known.marker)
    };
    let manifest = shelf::find(&store, id, &of_this).await?;
    let Some(snapshot) = manifest.snapshot.as_deref().filter(|_| of_this(&manifest)) else {
        return Err(CommandError::new(
            Exit::Refused,
            format!("backup {} does not say which changes of this database it has seen", manifest.id),
        ));
    };
    // The log is read up to now, so that the server need not keep it any longer.
    let settings = context.settings(project)?.settings;
    capture::drain(&settings, &capture::captured(&pair.session).await?).await?;
    let removed = capture::trim(&pair.session, Some(snapshot)).await?;
    context.ui.result(json!({ "backup": manifest.id, "removed": removed }));
    context.ui.out(format!("{} that backup {} has seen removed", count(removed as i64, "change"), manifest.id));
    Ok(Exit::Ok)
}
