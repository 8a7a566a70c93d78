//! What a run did, in words: every way that was gone, its steps with what they say of themselves, and what is left
//! otherwise, each with the command that brings it back.
//!
//! Must not know: where a fact comes from, or which command shows it.

use backout_control::Env;
use backout_control::runs::{Journal, Runs};
use backout_control::told::{self, End, Fact, Gone, Held, Left};
use backout_plan::visible::on_one_line;
use jiff::Timestamp;
use serde_json::json;

use crate::ui::{Ui, count, duration, moment};

/// So many names stand on a line; `--json` has all.
const SHOWN: usize = 8;

/// The ways of a run, one after the other.
pub fn show(ui: &Ui, journal: &Journal) {
    for gone in told::gone(journal) {
        ui.out(on_one_line(&head(&gone)));
        for why in &gone.because {
            ui.out(format!("  {}", on_one_line(why)));
        }
        let width = |of: &dyn Fn(&told::StepGone) -> usize| gone.steps.iter().map(of).max().unwrap_or(0);
        let (names, states) = (width(&|step| step.name.chars().count()), width(&|step| step.state.chars().count()));
        for step in &gone.steps {
            let took = step.took.map(|took| duration(took.as_secs_f64() * 1e3)).unwrap_or_default();
            let (name, state, why) = (on_one_line(&step.name), step.state, on_one_line(&step.why));
            ui.out(format!("  {name:names$}  {state:states$}  {took:>8}  {why}").trim_end());
            for line in lines(&step.facts) {
                ui.out(format!("      {}", on_one_line(&line)));
            }
        }
    }
}

fn head(gone: &Gone) -> String {
    let took = duration(gone.took.as_secs_f64() * 1e3);
    let since = gone.step.as_ref().map(|step| format!(", since {step:?} failed")).unwrap_or_default();
    let end = match &gone.end {
        End::Open | End::Done => String::new(),
        End::Left(next) => format!(", left for {next}{since}"),
        End::TakenBack => format!(", given up{since}"),
        End::Aborted => ", ended where it stood".to_owned(),
    };
    format!("way {}: {took}{end}", gone.way)
}

/// What is otherwise now by this run, with what brings it back: after the summary, and in the result of `--json`.
pub async fn left(ui: &Ui, env: &Env, runs: &Runs, journal: &Journal) {
    let found = match told::left(env, runs, journal).await {
        Ok(found) => found,
        // What the run did is said by then, and holds.
        Err(failure) => {
            ui.warn(format!("what this run has left changed cannot be read: {}", failure.sentence()));
            return;
        }
    };
    ui.add_to_result("left", json!(found));
    let by = if journal.state.phase.is_over() { "left by this run" } else { "changed by this run so far" };
    for one in &found {
        let (what, command) = left_said(one);
        ui.out(format!("{by}: {}", on_one_line(&what)));
        ui.out(format!("  {command}"));
    }
}

/// What ways back have left otherwise, for who releases anew: a note for each.
pub fn note(ui: &Ui, found: &[Left]) {
    for one in found {
        let (what, command) = left_said(one);
        ui.say(format!("note: a way back has left {}", on_one_line(&what)));
        ui.hint(command);
    }
}

/// What is otherwise, and the line that says how it is brought back.
pub fn left_said(left: &Left) -> (String, String) {
    match left {
        Left::Values { place, kind, version, values, kept, is_one_of_several, redeploys, run } => {
            let value = |one: &told::Value| format!("{} is {} (was {})", one.name, one.is, one.was);
            let all: Vec<String> = values.iter().map(value).collect();
            let by = run.as_ref().map(|run| format!(", by run {run}")).unwrap_or_default();
            let what = format!("{place}: {}{by}", all.join(", "));
            if !kept {
                return (what, "what was there is not kept: set it by hand".to_owned());
            }
            let names: Vec<String> = values.iter().map(|one| word(&one.name)).collect();
            let file =
                if *is_one_of_several && !redeploys { format!(" --file {}", word(place)) } else { String::new() };
            let redeploy = if *redeploys { " --redeploy" } else { "" };
            let command = format!("backout {kind} revert {} --before {version}{file}{redeploy}", names.join(" "));
            (what, format!("`{command}` brings it back"))
        }
        Left::Frozen { since, because } => {
            let because = if because.is_empty() { String::new() } else { format!(" ({because})") };
            let what = format!("the database is frozen since {}{because}: writes are stopped", moment(*since));
            (what, "`backout thaw` lets writes go on".to_owned())
        }
    }
}

/// As a shell takes it for one word.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn rows(number: u64) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX), "row")
}

fn held(all: &[Held], others: usize) -> String {
    let one = |held: &Held| match held.rows {
        Some(number) => format!("{} ({})", held.what, rows(number)),
        None => held.what.clone(),
    };
    let mut names: Vec<String> = all.iter().take(SHOWN).map(one).collect();
    let more = all.len().saturating_sub(SHOWN);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    if others > 0 {
        let word = if names.is_empty() { "object" } else { "further object" };
        names.push(format!("{} without rows", count(others as i64, word)));
    }
    names.join(", ")
}

fn few(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let some = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{some} and {more} more") } else { some }
}

/// All facts of a step. Of what may still be written only some are named: on a platform that is a long list.
fn lines(facts: &[Fact]) -> Vec<String> {
    let is_open = |fact: &&Fact| matches!(fact, Fact::NotStopped { .. });
    let more = facts.iter().filter(is_open).count().saturating_sub(SHOWN);
    let mut open = 0;
    let mut lines = Vec::new();
    for fact in facts {
        open += usize::from(is_open(&fact));
        if !is_open(&fact) || open <= SHOWN {
            lines.extend(said(fact));
        } else if open == SHOWN + 1 {
            lines.push(format!("and {more} more that may still be written; --json lists them"));
        }
    }
    lines
}

/// One fact, a line or two.
pub fn said(fact: &Fact) -> Vec<String> {
    let one = |line: String| vec![line];
    match fact {
        Fact::Applied { number, version, lock_ms } => {
            one(format!("migration {number} ({version}) is applied; locks held {}", duration(*lock_ms)))
        }
        Fact::Kept { schema, things } => {
            let things = count(*things as i64, "object");
            one(format!("what it drops is kept in {schema}: {things}; the undo brings it back"))
        }
        Fact::BroughtBack { what, rows: number, left } => {
            let left = if *left > 0 { format!(", {left} stay where they were") } else { String::new() };
            one(format!("brought back: {what} ({}{left})", count(*number, "row")))
        }
        Fact::Undone { number, version, lock_ms } => one(undone(*number, version.as_deref(), *lock_ms)),
        Fact::SetAside { schema, what, others } => vec![
            format!("set aside in {schema}: {}", held(what, *others)),
            "`backout release --reimport` brings it back with the migration, `backout archive` shows it".to_owned(),
        ],
        Fact::NotAsBefore { what } => one(format!("not as before: {what}")),
        Fact::Restored { backup, at, tables, rows: number } => one(restored(backup, *at, *tables, *number)),
        Fact::Replaced { database } => vec![
            format!("what was live until then is the database {database}"),
            format!(
                "`backout restore --back` exchanges them again, `backout restore --drop-replaced {}` drops it",
                word(database)
            ),
        ],
        Fact::Replayed { rows: number } => one(format!("what was captured since is replayed: {}", rows(*number))),
        Fact::PutBack { backup, at, tables, back, changed, gone } => {
            one(put_back(backup, *at, *tables, [*back, *changed, *gone]))
        }
        Fact::PutAside { schema } => vec![
            format!("rows that went, and former values of those that changed, are in the schema {schema}"),
            format!("`backout restore --drop-replaced {}` drops it", word(schema)),
        ],
        Fact::OfOthers { tables } => one(format!("these belong to others and stay as they are: {}", few(tables))),
        Fact::Stale { views } => {
            one(format!("these hold what rows were before, until REFRESH MATERIALIZED VIEW: {}", few(views)))
        }
        Fact::BackedUp { backup, place, proven } => {
            let place = place.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
            one(format!("backup {backup}{place}{}", if *proven { ", proven" } else { "" }))
        }
        Fact::Certified { id } => one(format!("certificate {id}")),
        Fact::Exposed { rows: number, users, is_exact, asked, owners, tables, .. } => {
            one(exposed((*number, *users), *is_exact, (*asked, *owners), tables))
        }
        Fact::UsersFile { file } => one(format!("the ids of affected users are in {file}")),
        Fact::Exported { evidence, folder, encrypted, parts } => {
            exported(evidence, folder.as_deref(), *encrypted, parts)
        }
        Fact::Imported { evidence, inserted, same, conflicts, rejected } => one(format!(
            "of evidence {evidence}: {} inserted, {same} were the same, {conflicts} conflict, {rejected} not taken",
            rows(*inserted)
        )),
        Fact::NotImported { file } => one(format!("what was not imported is in {file}")),
        Fact::TriggersActed { table, triggers } => {
            one(format!("triggers of {table} acted on what was imported: {}", few(triggers)))
        }
        Fact::Frozen { objects, sessions, watched_ms } => one(frozen(*objects, *sessions, *watched_ms)),
        Fact::NotStopped { what, why } => one(format!("may still be written, as accepted: {what}: {why}")),
        Fact::SessionRemained { what } => one(format!("a session goes on that this role may not end: {what}")),
        Fact::Thawed { objects } => {
            one(format!("writes go on: rights to {} are as they were", count(*objects as i64, "object")))
        }
        Fact::NotThawed { what } => one(format!("rights that are not as they were: {what}")),
        Fact::Switched { place, version, now } => one(switched(place.as_deref(), *version, now)),
        Fact::Set { names, .. } if names.is_empty() => one("it was so already".to_owned()),
        Fact::Set { place, version, names, kept } => {
            let kept = if *kept { "" } else { "; what was there is not kept" };
            one(format!("{place}: {} changed{}{kept}", few(names), of_version(*version)))
        }
        Fact::Deployed { deployment } => one(format!("deployment {deployment}")),
        Fact::Checked { passed, warned } => one(checked(*passed, *warned)),
    }
}

fn undone(number: i64, version: Option<&str>, lock_ms: Option<f64>) -> String {
    let version = version.map(|version| format!(" ({version})")).unwrap_or_default();
    let locks = lock_ms.map(|ms| format!("; locks held {}", duration(ms))).unwrap_or_default();
    format!("migration {number}{version} is undone{locks}")
}

fn restored(backup: &str, at: Option<Timestamp>, tables: Option<u64>, number: Option<u64>) -> String {
    let at = at.map(|at| format!(" of {}", moment(at))).unwrap_or_default();
    let tables = tables.map(|tables| format!(": {}", count(tables as i64, "table"))).unwrap_or_default();
    let number = number.map(|number| format!(", {}", rows(number))).unwrap_or_default();
    format!("backup {backup}{at} is restored{tables}{number}")
}

fn put_back(backup: &str, at: Option<Timestamp>, tables: usize, [back, changed, gone]: [u64; 3]) -> String {
    let at = at.map(|at| format!(" of {}", moment(at))).unwrap_or_default();
    let each = [(back, "there again"), (changed, "with former values"), (gone, "gone")];
    let each = each.into_iter().filter(|(number, _)| *number > 0);
    let each: Vec<String> = each.map(|(number, what)| format!("{} {what}", rows(number))).collect();
    match tables {
        0 => format!("rows are those of backup {backup}{at}, and were so already"),
        _ => {
            let tables = count(tables as i64, "table");
            format!("rows are those of backup {backup}{at}, in {tables}: {}", each.join(", "))
        }
    }
}

fn exposed(
    (number, users): (u64, u64),
    is_exact: bool,
    (asked, owners): (Option<u64>, Option<u64>),
    tables: &[Held],
) -> String {
    let asked = match (asked, owners) {
        (Some(asked), Some(owners)) if asked < owners => format!("the {asked} of {owners} owners"),
        _ => "those".to_owned(),
    };
    if number == 0 && !is_exact {
        return format!("nothing exposed to {asked} that were asked");
    }
    let about = if is_exact { "" } else { "at least " };
    let by = if is_exact { String::new() } else { format!(", as {asked} that were asked see it") };
    let of = if tables.is_empty() { String::new() } else { format!(": {}", held(tables, 0)) };
    format!("{about}{} of {} exposed{by}{of}", rows(number), count(users as i64, "user"))
}

fn exported(evidence: &str, folder: Option<&str>, encrypted: bool, parts: &[Held]) -> Vec<String> {
    let to = folder.map(|folder| format!(" --to {}", word(folder))).unwrap_or_default();
    let clear = if encrypted { "encrypted" } else { "not encrypted" };
    vec![
        format!("evidence {evidence}, {clear}: {}", held(parts, 0)),
        format!(
            "`backout evidence show {evidence}{to}` lists it, `backout evidence import {evidence}{to}` brings it back"
        ),
    ]
}

fn frozen(objects: Option<usize>, sessions: usize, watched_ms: Option<f64>) -> String {
    let objects = objects.map(|objects| format!(" to {}", count(objects as i64, "object"))).unwrap_or_default();
    let watched = watched_ms
        .map(|ms| format!("; nothing was written in the {} that it was watched", duration(ms)))
        .unwrap_or_default();
    let sessions = count(sessions as i64, "session");
    format!("rights to write{objects} are taken, {sessions} ended{watched}")
}

fn switched(place: Option<&str>, version: Option<u64>, now: &[(String, String)]) -> String {
    let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
    let flags: Vec<String> = now.iter().map(|(name, variant)| format!("{name} is {variant}")).collect();
    format!("{place}{}{}", flags.join(", "), of_version(version))
}

fn checked(passed: usize, warned: usize) -> String {
    let warned = if warned > 0 { format!(", {} only warned of", count(warned as i64, "check")) } else { String::new() };
    format!("{} passed{warned}", count(passed as i64, "check"))
}

fn of_version(version: Option<u64>) -> String {
    version.map_or_else(|| " already".to_owned(), |version| format!(" (version {version})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_is_named_with_its_rows() {
        let held = |what: &str, rows| Held { what: what.to_owned(), rows };
        for (what, others, expected) in [
            (vec![held("table public.a", Some(1))], 0, "table public.a (1 row)"),
            (vec![held("table public.a", Some(2))], 3, "table public.a (2 rows), 3 further objects without rows"),
            (vec![], 1, "1 object without rows"),
            (vec![held("table public.a", None)], 0, "table public.a"),
        ] {
            let fact = Fact::SetAside { schema: "backout_undone_2".to_owned(), what, others };
            assert_eq!(said(&fact)[0], format!("set aside in backout_undone_2: {expected}"));
        }
    }
}
