//! What a step did, in words that stand in a document for years: without commands.
//!
//! Must not know: which document it is.

use backout_plan::wording::{count, duration, moment};
use backout_signals::Outcome;
use jiff::Timestamp;

use crate::decided::Decided;
use crate::told::{Fact, Held};

/// So many names stand in a line; the export as JSON has all.
const SHOWN: usize = 12;

fn rows(number: u64) -> String {
    count(number, "row")
}

fn few(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let some = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{some} and {more} more") } else { some }
}

fn held(all: &[Held]) -> String {
    let one = |held: &Held| match held.rows {
        Some(number) => format!("{} ({})", held.what, rows(number)),
        None => held.what.clone(),
    };
    few(&all.iter().map(one).collect::<Vec<_>>())
}

pub(super) fn said(fact: &Fact) -> String {
    match fact {
        Fact::Applied { number, version, lock_ms } => {
            format!("migration {number} ({version}) is applied; locks held {}", duration(*lock_ms))
        }
        Fact::Kept { schema, things } => format!("what it drops is kept in {schema}: {}", count(*things, "object")),
        Fact::BroughtBack { what, rows: number, left } => {
            let left = if *left > 0 { format!(", {left} stay where they were") } else { String::new() };
            format!("brought back: {what} ({}{left})", count(*number, "row"))
        }
        Fact::Undone { number, version, lock_ms } => undone(*number, version.as_deref(), *lock_ms),
        Fact::SetAside { schema, what, others } => {
            let others =
                if *others > 0 { format!(", {} without rows", count(*others, "object")) } else { String::new() };
            format!("set aside in {schema}: {}{others}", held(what))
        }
        Fact::NotAsBefore { what } => format!("not as before: {what}"),
        Fact::Restored { backup, at, tables, rows: number } => restored(backup, *at, *tables, *number),
        Fact::Replaced { database } => format!("what was live until then is the database {database}"),
        Fact::Replayed { rows: number } => format!("what was captured since is replayed: {}", rows(*number)),
        Fact::PutBack { backup, at, tables, back, changed, gone } => {
            let at = at.map(|at| format!(" of {}", moment(at))).unwrap_or_default();
            let tables = count(*tables, "table");
            format!(
                "rows are those of backup {backup}{at}, in {tables}: {} there again, {changed} with former values, {gone} gone",
                rows(*back)
            )
        }
        Fact::PutAside { schema } => format!("rows that went or changed are in the schema {schema}"),
        Fact::OfOthers { tables } => format!("these belong to others and stay as they are: {}", few(tables)),
        Fact::Stale { views } => format!("these hold what rows were before: {}", few(views)),
        Fact::BackedUp { backup, place, proven } => {
            let place = place.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
            format!("backup {backup}{place}{}", if *proven { ", proven" } else { "" })
        }
        Fact::Certified { id } => format!("certificate {id}"),
        Fact::Exposed { rows: number, users, is_exact, tables, .. } => {
            let about = if *is_exact { "" } else { "at least " };
            let of = if tables.is_empty() { String::new() } else { format!(": {}", held(tables)) };
            format!("{about}{} of {} exposed{of}", rows(*number), count(*users, "user"))
        }
        Fact::UsersFile { file } => format!("the ids of affected users are in {file}"),
        Fact::Exported { evidence, encrypted, parts, .. } => {
            let clear = if *encrypted { "encrypted" } else { "not encrypted" };
            format!("evidence {evidence}, {clear}: {}", held(parts))
        }
        Fact::Imported { evidence, inserted, same, conflicts, rejected } => format!(
            "of evidence {evidence}: {} inserted, {same} were the same, {conflicts} conflict, {rejected} not taken",
            rows(*inserted)
        ),
        Fact::NotImported { file } => format!("what was not imported is in {file}"),
        Fact::TriggersActed { table, triggers } => {
            format!("triggers of {table} acted on what was imported: {}", few(triggers))
        }
        Fact::Frozen { objects, sessions, watched_ms } => frozen(*objects, *sessions, *watched_ms),
        Fact::NotStopped { what, why } => format!("may still be written, as accepted: {what}: {why}"),
        Fact::SessionRemained { what } => format!("a session goes on that this role may not end: {what}"),
        Fact::Thawed { objects } => format!("writes go on: rights to {} are as they were", count(*objects, "object")),
        Fact::NotThawed { what } => format!("rights that are not as they were: {what}"),
        Fact::Switched { place, now, .. } => {
            let place = place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
            let flags: Vec<String> = now.iter().map(|(name, variant)| format!("{name} is {variant}")).collect();
            format!("{place}{}", few(&flags))
        }
        Fact::Set { names, .. } if names.is_empty() => "it was so already".to_owned(),
        Fact::Set { place, names, .. } => format!("{place}: {} changed", few(names)),
        Fact::Deployed { deployment } => format!("deployment {deployment}"),
        Fact::Checked { passed, warned } => {
            let warned =
                if *warned > 0 { format!(", {} only warned of", count(*warned, "check")) } else { String::new() };
            format!("{} passed{warned}", count(*passed, "check"))
        }
    }
}

fn undone(number: i64, version: Option<&str>, lock_ms: Option<f64>) -> String {
    let version = version.map(|version| format!(" ({version})")).unwrap_or_default();
    let locks = lock_ms.map(|ms| format!("; locks held {}", duration(ms))).unwrap_or_default();
    format!("migration {number}{version} is undone{locks}")
}

fn restored(backup: &str, at: Option<Timestamp>, tables: Option<u64>, number: Option<u64>) -> String {
    let at = at.map(|at| format!(" of {}", moment(at))).unwrap_or_default();
    let tables = tables.map(|tables| format!(": {}", count(tables, "table"))).unwrap_or_default();
    let number = number.map(|number| format!(", {}", rows(number))).unwrap_or_default();
    format!("backup {backup}{at} is restored{tables}{number}")
}

fn frozen(objects: Option<usize>, sessions: usize, watched_ms: Option<f64>) -> String {
    let objects = objects.map(|objects| format!(" to {}", count(objects, "object"))).unwrap_or_default();
    let watched = watched_ms.map(|ms| format!("; nothing was written for {}", duration(ms))).unwrap_or_default();
    format!("rights to write{objects} are taken, {} ended{watched}", count(sessions, "session"))
}

/// What follows a firing, in a few words.
pub(super) fn outcome(decided: &Decided) -> String {
    match &decided.outcome {
        Some(Outcome::RollBack { way }) => format!("way {way}"),
        Some(Outcome::Monitor { time }) => format!("watch for {}", backout_plan::wording::span(*time)),
        Some(Outcome::FixInPlace { what }) => format!("fix in place: {what}"),
        None => format!("the cheapest way for {}", decided.symptom),
    }
}
