//! `backout history`: every migration and undo that is on record in the target.

use backout_plan::{Exit, Verdict};
use backout_postgres::store::{self, Record, State};
use serde_json::json;

use backout_control::gates::backup::WITHOUT;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{count, duration, moment};

/// List the migrations and undos on record in the target
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the newest N
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    limit: Option<usize>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let session = context.env()?.connect().await?;
    let mut records = store::records(&session).await.map_err(backout_control::Failure::from)?;
    if let Some(limit) = args.limit {
        records.drain(..records.len().saturating_sub(limit));
    }
    context.ui.result(json!({ "migrations": records }));
    if records.is_empty() {
        context.ui.say("nothing is on record in this target");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    context.ui.table(&["number", "version", "state", "when", "lock", "way back", "notes"], &rows);
    for record in &records {
        for left in &record.left {
            context.ui.out(format!("not as before since migration {} was undone: {left}", record.number));
        }
    }
    Ok(Exit::Ok)
}

fn row(record: &Record) -> Vec<String> {
    let when = record.undone_at.or(record.finished_at).unwrap_or(record.started_at);
    let lock = match record.state {
        State::Undone | State::UndoTail => record.undo_lock_ms,
        _ => record.lock_ms,
    };
    vec![
        record.number.to_string(),
        record.version.clone(),
        state(record),
        moment(when),
        lock.map(duration).unwrap_or_default(),
        way_back(record),
        notes(record),
    ]
}

/// A record's state in words.
pub fn state(record: &Record) -> String {
    match record.state {
        State::Adopted => "taken over".to_owned(),
        State::Interrupted => format!("interrupted after step {} of {}", record.done, record.steps),
        State::Applied => "applied".to_owned(),
        State::UndoTail => "undone, work left".to_owned(),
        State::Undone => "undone".to_owned(),
    }
}

/// The verdicts of a record.
pub fn verdicts(record: &Record) -> Vec<Verdict> {
    serde_json::from_value(record.verdicts.clone()).unwrap_or_default()
}

fn way_back(record: &Record) -> String {
    match record.state {
        State::Adopted => "not ours".to_owned(),
        _ if record.copied => "in another database".to_owned(),
        _ if !record.left.is_empty() => "not as before".to_owned(),
        _ if record.purged_at.is_some() => "purged".to_owned(),
        _ => match Verdict::worst(&verdicts(record)) {
            Verdict::Exact => "exact".to_owned(),
            Verdict::ExactButColumnOrder { .. } => "exact but for column order".to_owned(),
            Verdict::Lossy { .. } => "lossy".to_owned(),
            Verdict::Impossible { .. } => "impossible".to_owned(),
        },
    }
}

fn notes(record: &Record) -> String {
    let mut notes = Vec::new();
    if let Some(reason) = &record.without_certificate {
        notes.push(format!("without certificate: {reason}"));
    }
    if let Some(reason) = record.backup.as_ref().and_then(|backup| backup.strip_prefix(WITHOUT)) {
        notes.push(format!("without backup: {reason}"));
    }
    if !record.accepted.is_empty() {
        notes.push(format!("loss accepted: {}", record.accepted.join(", ")));
    }
    if !record.left.is_empty() {
        notes.push(format!("{} not as before", count(record.left.len(), "thing")));
    }
    notes.join("; ")
}
