//! `backout status`: where the target is, what is pending, and what needs attention.

use backout_backup::shelf::Standing;
use backout_control::Env;
use backout_control::incident::Record as Incident;
use backout_control::runs::Seen;
use backout_control::status::{self, Backups, Status};
use backout_control::told::{self, Left};
use backout_plan::visible::on_one_line;
use backout_plan::{Exit, Severity};
use backout_postgres::archive::{Kept, Kind};
use backout_postgres::store::Record;
use serde_json::{Value, json};

use super::history;
use crate::context::Context;
use crate::error::CommandError;
use crate::events::size_of;
use crate::hints;
use crate::run_summary;
use crate::ui::{bytes, count, moment};
use crate::watched;

/// Show where the target is, what is pending, and what needs attention
///
/// Ends with 8 when something does.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    let origin = context.origin(&env)?;
    let user = context.user();
    let found = match status::look(&env, &user).await {
        Ok(found) => found,
        // What is open is worth knowing all the more when the target does not answer.
        Err(failure) => {
            let (runs, said) = status::open_runs(&env, &user).await;
            ui.result(json!({ "runs": runs.iter().map(run_json).collect::<Vec<_>>() }));
            said.iter().for_each(|finding| ui.finding(finding));
            return Err(failure.into());
        }
    };
    let Status { identity, pending, kept, attention, .. } = &found;
    let name = identity.recorded.as_ref().map(|recorded| recorded.name.as_str()).or(env.target_name());
    let replaced: Vec<&(String, i64)> = found.replaced.databases.iter().chain(&found.replaced.schemas).collect();
    ui.result(json!({
        "target": name,
        "endpoint": identity.seen.endpoint,
        "connection_from": origin.to_string(),
        "server_version": found.server_version,
        "recorded": identity.recorded,
        "identity": identity.verdict,
        "runs": found.runs.iter().map(run_json).collect::<Vec<_>>(),
        "incidents": found.incidents.iter().map(incident_json).collect::<Vec<_>>(),
        "pending": pending,
        "last": found.last(),
        "archive": kept,
        "backup": found.backups.as_ref().map(backup_json),
        "captured": found.captured.as_ref().map(|c| json!({ "tables": c.captured, "not_captured": c.not_captured })),
        "watched": found.watched,
        "replaced": replaced.iter().map(|(name, size)| json!({ "name": name, "bytes": size })).collect::<Vec<_>>(),
        "attention": attention.iter().map(hints::with_hint).collect::<Vec<_>>(),
    }));
    // Of each open run there is a finding, and they come first: whoever looks may have to go on.
    let (of_runs, others) = attention.split_at(found.runs.len().min(attention.len()));
    of_runs.iter().for_each(|finding| ui.finding(finding));
    ui.out(format!("target     {} at {}, by {origin}", name.unwrap_or("(not named yet)"), identity.seen.endpoint));
    if env.plan.is_some() {
        let list: Vec<&str> = pending.iter().map(|pending| pending.version.as_str()).collect();
        let list = if list.is_empty() { "nothing".to_owned() } else { format!("{}: {}", list.len(), shortened(&list)) };
        ui.out(format!("pending    {list}"));
    }
    let last = found.last().or(found.records.last());
    ui.out(format!("last       {}", last.map_or_else(|| "nothing is on record".to_owned(), described)));
    if !kept.is_empty() {
        ui.out(format!("archive    {}", summary(kept)));
    }
    if let Some(backups) = &found.backups {
        ui.out(format!("backup     {}", backup(backups)));
    }
    if let Some(captured) = found.captured.as_ref().filter(|captured| !captured.captured.is_empty()) {
        let changes: u64 = captured.captured.iter().map(|one| one.changes).sum();
        let (changes, tables) = (count(changes as i64, "change"), count(captured.captured.len() as i64, "table"));
        ui.out(format!("captured   {changes} in {tables}, {}", size_of(captured.bytes)));
    }
    if !replaced.is_empty() {
        let names: Vec<&str> = replaced.iter().map(|(name, _)| name.as_str()).collect();
        ui.out(format!("replaced   {}, {}", shortened(&names), bytes(replaced.iter().map(|(_, size)| size).sum())));
    }
    if let Some(watched) = &found.watched {
        ui.out(format!("watched    {}", watched::summary(watched)));
        watched.readings.iter().for_each(|reading| ui.out(format!("           {}", watched::line(ui, reading))));
    }
    let left = left(context, &env).await;
    for (what, command) in left.iter().map(run_summary::left_said) {
        ui.out(format!("left       {}", on_one_line(&what)));
        ui.out(format!("           {command}"));
    }
    ui.add_to_result("left", json!(left));
    others.iter().for_each(|finding| ui.finding(finding));
    let calm = attention.iter().all(|finding| finding.severity == Severity::Note) && pending.is_empty();
    Ok(if calm { Exit::Ok } else { Exit::Attention })
}

fn incident_json(record: &Incident) -> Value {
    json!({
        "id": record.id,
        "title": record.title,
        "open": record.open,
        "severity": record.severity,
        "aware": record.aware,
        "duties": record.duties,
        "actions": record.actions,
    })
}

fn run_json(seen: &Seen) -> Value {
    let Seen { journal, held, standing } = seen;
    json!({
        "run": journal.run,
        "procedure": journal.state.procedure.name,
        "way": journal.state.current().name,
        "phase": journal.phase(),
        "standing": standing,
        "holder": held.as_ref().map(|held| &held.holder),
    })
}

/// Flags and variables that ways back have set, where the runs lie in a file here: a status makes no file, and waits for
/// no other server.
async fn left(context: &Context<'_>, env: &Env) -> Vec<Left> {
    let store = env.plan.as_deref().map(|plan| &plan.store);
    if !store.is_some_and(|store| store.url.is_none() && env.folder().join(&store.file).is_file()) {
        return Vec::new();
    }
    let Ok(runs) = context.runs(env).await else { return Vec::new() };
    told::of_ways_back(env, &runs).await.unwrap_or_default()
}

fn backup_json(backups: &Backups) -> Value {
    let at = |one: &Standing| one.manifest().map(|manifest| manifest.at);
    json!({
        "place": backups.place,
        "newest": backups.newest().map(|one| json!({ "id": one.id, "at": at(one), "proven": one.proof().is_some() })),
        "newest_proven": backups.proven().map(|one| json!({ "id": one.id, "at": at(one), "proof": one.proof() })),
    })
}

fn backup(backups: &Backups) -> String {
    let at = |one: &Standing| one.manifest().map(|manifest| moment(manifest.at)).unwrap_or_default();
    let taken = |one: &Standing| format!("{} of {}", one.id, at(one));
    match (backups.newest(), backups.proven()) {
        (None, _) => format!("none of this database in {}", backups.place),
        (Some(newest), Some(proven)) if proven.id == newest.id => format!("{}, proven", taken(newest)),
        (Some(newest), Some(proven)) => format!("{}, not proven; proven is {}", taken(newest), taken(proven)),
        (Some(newest), None) => format!("{}, not proven", taken(newest)),
    }
}

fn described(record: &Record) -> String {
    let when = record.undone_at.or(record.finished_at).unwrap_or(record.started_at);
    let without = record
        .without_certificate
        .as_ref()
        .map(|reason| format!("; without certificate: {reason}"))
        .unwrap_or_default();
    format!("migration {} ({}): {}, {}{without}", record.number, record.version, history::state(record), moment(when))
}

fn summary(kept: &[Kept]) -> String {
    let (columns, schemas): (Vec<&Kept>, Vec<&Kept>) = kept.iter().partition(|kept| kept.kind == Kind::Hidden);
    let number = |kept: &[&Kept]| kept.iter().map(|kept| kept.tables.len()).sum::<usize>() as i64;
    let mut things = Vec::new();
    if !schemas.is_empty() {
        things.push(format!("{} in {}", count(number(&schemas), "table"), count(schemas.len() as i64, "schema")));
    }
    if !columns.is_empty() {
        things.push(count(number(&columns), "hidden column"));
    }
    let size: i64 = kept.iter().flat_map(|kept| &kept.tables).map(|table| table.bytes).sum();
    let until =
        kept.iter().filter_map(|kept| kept.keep_until).min().map(|at| format!(", the first until {}", moment(at)));
    format!("{}, {}{}", things.join(" and "), bytes(size), until.unwrap_or_default())
}

fn shortened(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
