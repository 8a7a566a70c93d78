//! `backout undo`: takes the newest migration back, in place, or the newest few.

use backout_plan::Exit;
use backout_postgres::migrate::Event;
use backout_postgres::session::DatabaseError;
use backout_postgres::store::{self, Record, State};
use backout_postgres::undo::{self, Preview, UndoError, UndoReport, UndoRules};
use serde_json::json;

use super::capture;
use crate::context::{Context, Notices, Pair, Project};
use crate::error::CommandError;
use crate::interrupt::Interrupt;
use crate::migrations::Folder;
use crate::ui::{Paint, Ui, count, duration};

/// Take the newest migration back, with its dropped data and with the rows written since
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take this one back; refused unless it is the newest (--to and --last take those after it as well)
    #[arg(value_name = "VERSION", conflicts_with_all = ["to", "last"])]
    version: Option<String>,
    /// Back to this version, which stays: take back all that came after it
    #[arg(long, value_name = "VERSION", conflicts_with = "last")]
    to: Option<String>,
    /// Take the newest N back, in one transaction where possible
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
    /// Show the exact statements and what would not survive; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Something that need not come back exactly, as the refusal names it
    #[arg(long, value_name = "NAME")]
    accept_loss: Vec<String>,
    /// What rows get that have a value which an enum loses: --value public.mood.great=ok
    #[arg(long = "value", value_name = "TYPE.LABEL=LABEL", value_parser = value)]
    values: Vec<Replacement>,
}

/// A value that an enum loses, and what rows get instead.
#[derive(Debug, Clone)]
struct Replacement {
    type_name: String,
    label: String,
    to: String,
}

fn value(text: &str) -> Result<Replacement, String> {
    let parts = text.split_once('=').and_then(|(from, to)| Some((from.rsplit_once('.')?, to)));
    let Some(((type_name, label), to)) = parts.filter(|((type_name, _), _)| type_name.contains('.')) else {
        return Err(
            "a type with its schema, a value and another value are expected, such as public.mood.great=ok".to_owned()
        );
    };
    Ok(Replacement { type_name: format!("type {type_name}"), label: label.to_owned(), to: to.to_owned() })
}

fn choice(args: &Args, project: &Project) -> undo::Choice {
    let values = args.values.iter().map(|v| ((v.type_name.clone(), v.label.clone()), v.to.clone())).collect();
    undo::Choice { rebuild_below: project.migrate_rules().rebuild_below.bytes(), values, ..Default::default() }
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let project = context.project()?;
    if args.dry_run {
        return dry_run(context, &project, args, &choice(args, &project)).await;
    }
    let claimed = context.claimed_name(&project)?;
    let pair = context.connect_pair(&project, Notices::default()).await?;
    let identity = context.look(&pair.session, Some(&claimed)).await?;
    if identity.recorded.is_none() {
        return Err(nothing());
    }
    context.identify(&pair.session, &claimed).await?;
    store::lock_runs(&pair.session).await?;
    let chosen = chosen(&store::records(&pair.session).await?, args)?;
    let ui = context.ui;
    let Some(newest) = chosen.first() else {
        ui.result(json!({ "target": claimed, "undone": [] }));
        ui.say("nothing is to be undone: that is the newest migration");
        return Ok(Exit::Ok);
    };
    let unfinished = newest.state == State::UndoTail;
    let mut result = json!({ "target": claimed, "undone": [] });
    if unfinished {
        result["finished"] = finish(context, &pair, newest).await?;
        ui.result(result.clone());
        if chosen.len() == 1 {
            return Ok(Exit::Ok);
        }
    }
    let chosen = &chosen[usize::from(unfinished)..];
    for record in chosen.iter().take(1) {
        warn_of_later(context, &project, &pair, record).await;
    }
    let migrate = project.migrate_rules();
    let rules = UndoRules {
        lock_timeout: migrate.lock_timeout.duration(),
        lock_retries: migrate.lock_retries,
        lock_budget: migrate.lock_budget.map(|budget| budget.duration()),
        accept_loss: args.accept_loss.clone(),
        read_whole: false,
        choice: choice(args, &project),
    };
    let captured = capture::before(context, &pair.session).await;
    ui.begin(&format!("undoing {}", named(chosen)));
    let watch = |event: Event| ui.event(event);
    let work = undo::undo_all(&pair.session, chosen, &rules, &watch);
    let outcome = Interrupt::new().watch(ui, &pair.session.canceller(), "after this undo", work).await?;
    ui.end();
    let (done, error) = match outcome {
        Ok(done) => (done, None),
        Err(halted) => (halted.done, Some(halted.error)),
    };
    result["undone"] = json!(done);
    ui.result(result);
    for report in &done {
        show(ui, report);
    }
    capture::follow(context, &project, &pair.session, captured).await;
    match error {
        None => Ok(Exit::Ok),
        Some(error) => {
            let error = where_it_stands(context, &project, &pair, &chosen[done.len()..], error).await;
            let before = (!done.is_empty()).then(|| {
                format!("{} before it in this run: undone, and that stays", count(done.len() as i64, "migration"))
            });
            Err(error.hints(before))
        }
    }
}

/// `migration 3 (0003)`, or how many.
fn named(records: &[Record]) -> String {
    match records {
        [record] => format!("migration {} ({})", record.number, record.version),
        _ => {
            let list: Vec<&str> = records.iter().map(|record| record.version.as_str()).collect();
            format!("{} migrations ({})", records.len(), list.join(", "))
        }
    }
}

fn nothing() -> CommandError {
    CommandError::new(
        Exit::Refused,
        "there is nothing to undo: no migration that is on record in this target is applied",
    )
}

/// The migrations to undo, newest first.
fn chosen(records: &[Record], args: &Args) -> Result<Vec<Record>, CommandError> {
    // Work left over comes first, whatever was applied since.
    let (tails, others): (Vec<&Record>, Vec<&Record>) =
        records.iter().rev().filter(|r| r.state != State::Undone).partition(|r| r.state == State::UndoTail);
    let standing: Vec<Record> = tails.into_iter().chain(others).cloned().collect();
    let applied = |version: &str| {
        let found = standing.iter().find(|r| r.version == version && r.state != State::UndoTail);
        found.ok_or_else(|| {
            let undone = records.iter().any(|r| r.version == version);
            let what = if undone { "is undone already" } else { "is not on record in this target" };
            CommandError::new(Exit::Refused, format!("{version} {what}")).hint("`backout history` lists what is")
        })
    };
    if let Some(version) = &args.to {
        let place = applied(version)?.number;
        return Ok(standing.into_iter().filter(|r| r.number > place).collect());
    }
    let count = args.last.map_or(1, |n| n as usize);
    if let Some(version) = &args.version {
        let wanted = applied(version)?;
        let after: Vec<&Record> = standing.iter().take_while(|r| r.number != wanted.number).collect();
        if !after.is_empty() {
            let list: Vec<&str> = after.iter().map(|r| r.version.as_str()).collect();
            return Err(CommandError::new(
                Exit::Refused,
                format!("{version} cannot be undone by itself: applied after it: {}", list.join(", ")),
            )
            .hint(format!("`backout undo --last {}` takes them back as well", after.len() + 1)));
        }
    }
    match standing.len() {
        0 => Err(nothing()),
        all if all < count => Err(CommandError::new(
            Exit::Refused,
            format!("{count} migrations were asked for, and {all} can be undone in this target"),
        )),
        _ => Ok(standing.into_iter().take(count).collect()),
    }
}

/// The tool may have applied more since, by itself: an undo out of order.
async fn warn_of_later(context: &Context<'_>, project: &Project, pair: &Pair, record: &Record) {
    // The folder may be missing or broken where an undo must work all the same.
    let Some(Ok(folder)) = project.plan.as_ref().map(Folder::read) else { return };
    let Ok(standing) = folder.standing(&pair.session).await else { return };
    let place = |version: &str| folder.migrations.iter().position(|migration| migration.version == version);
    let Some(own) = place(&record.version) else { return };
    for version in standing.unknown_to_us.iter().filter(|version| place(version).is_some_and(|place| place > own)) {
        context.ui.warn(format!("{version} was applied after it by the migration tool itself, and stays"));
    }
}

/// Does what a former undo left.
async fn finish(context: &Context<'_>, pair: &Pair, record: &Record) -> Result<serde_json::Value, CommandError> {
    let ui = context.ui;
    let tail = store::tail(&pair.session, record.number).await?;
    let done: Vec<String> = tail.iter().map(|step| step.about().to_owned()).collect();
    ui.begin(&format!("finishing the undo of migration {} ({})", record.number, record.version));
    let watch = |event: Event| ui.event(event);
    let work = undo::finish_tail(&pair.session, record.number, tail, &watch);
    let outcome = Interrupt::new().watch(ui, &pair.session.canceller(), "after this undo", work).await?;
    ui.end();
    let left = outcome.map_err(|error| {
        CommandError::from(error).with_exit(Exit::UndoIncomplete).hint("`backout undo` tries it again")
    })?;
    ui.out(format!(
        "finished the undo of migration {} ({}): {}",
        record.number,
        record.version,
        count(done.len() as i64, "step")
    ));
    for left in &left {
        ui.out(format!("  not as before: {left}"));
    }
    Ok(json!({ "number": record.number, "version": record.version, "steps": done, "left": left }))
}

/// What the target itself says after a failure.
async fn where_it_stands(
    context: &Context<'_>,
    project: &Project,
    pair: &Pair,
    rest: &[Record],
    error: UndoError,
) -> CommandError {
    let lost = error.database_error().is_some_and(DatabaseError::is_connection_lost);
    let records = if lost {
        match context.connect(project).await {
            Ok(session) => store::records(&session).await.map_err(CommandError::from),
            Err(error) => Err(error),
        }
    } else {
        store::records(&pair.session).await.map_err(CommandError::from)
    };
    let error = CommandError::from(error);
    let Ok(records) = records else {
        return error
            .with_exit(Exit::Interrupted)
            .hint("the target does not answer, so whether COMMIT happened is unknown: `backout status` says it");
    };
    let state = |record: &Record| records.iter().find(|other| other.number == record.number).map(|other| other.state);
    let left = rest.iter().find(|record| state(record) == Some(State::UndoTail)).or(rest.first());
    match left.and_then(state) {
        Some(State::UndoTail) => error
            .with_exit(Exit::UndoIncomplete)
            .hint("the former state is back and the application works; `backout undo` does what is left"),
        Some(State::Undone) => {
            error.with_exit(Exit::UndoIncomplete).hint("the undo is done all the same; `backout status` shows it")
        }
        _ => error,
    }
}

fn show(ui: &Ui, report: &UndoReport) {
    ui.out(format!(
        "{} migration {} ({}): locks held {}, {} in all{}{}",
        ui.paint_out(Paint::Good, "undone"),
        report.number,
        report.version,
        duration(report.lock_ms),
        duration(report.total_ms),
        if report.together > 1 { format!(", one transaction for {}", report.together) } else { String::new() },
        if report.attempts > 1 { format!(", {} attempts", report.attempts) } else { String::new() }
    ));
    let tables: Vec<&str> = report.moved_aside.iter().map(|moved| moved.identity.as_str()).collect();
    if let Some(first) = report.moved_aside.first() {
        ui.out(format!("  put aside in {}: {}", first.to_schema, tables.join(", ")));
    }
    for column in &report.set_aside {
        ui.out(format!("  the values of {}.{} are put aside in {}", column.table, column.column, column.copy));
    }
    for conflict in &report.conflicts {
        ui.out(format!("  left alone: {}: {}", conflict.object, conflict.problem));
    }
    if !report.rebuilt.is_empty() {
        ui.out(format!("  made anew in the former order of columns: {}", report.rebuilt.join(", ")));
    }
    if !report.column_order.is_empty() {
        ui.out(format!("  columns in another order than before: {}", report.column_order.join(", ")));
    }
    for left in &report.left {
        ui.out(format!("  not as before: {left}"));
    }
    if !report.tail.is_empty() {
        ui.out(format!(
            "  afterwards, blocking nobody: {} in {}",
            count(report.tail.len() as i64, "step"),
            duration(report.tail_ms)
        ));
    }
}

async fn dry_run(
    context: &Context<'_>,
    project: &Project,
    args: &Args,
    choice: &undo::Choice,
) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let session = context.connect(project).await?;
    let identity = context.look(&session, project.target_name()).await?;
    if identity.recorded.is_some() && !identity.verdict.is_same() {
        ui.say(format!("note: {}", identity.verdict));
    }
    let chosen = chosen(&store::records(&session).await?, args)?;
    let mut result = json!({ "would_undo": [] });
    let mut records = chosen.as_slice();
    if let Some((record, rest)) = records.split_first().filter(|(record, _)| record.state == State::UndoTail) {
        let tail = store::tail(&session, record.number).await?;
        ui.out(format!(
            "-- What is left of the undo of migration {} ({}); blocks nobody.",
            record.number, record.version
        ));
        for step in &tail {
            ui.out(format!("-- {}\n{};", step.about(), step.sql()));
        }
        result["would_finish"] = json!({ "number": record.number, "version": record.version, "tail": tail });
        records = rest;
    }
    let previews = undo::preview(&session, records, choice).await?;
    for line in script(&previews) {
        ui.out(line);
    }
    let blocked = previews.iter().flat_map(|preview| &preview.conflicts).any(|conflict| conflict.blocks);
    let open = blocked || previews.iter().any(|preview| !preview.unsupported.is_empty());
    result["would_undo"] = json!(previews);
    ui.result(result);
    if blocked {
        ui.warn("as it stands, this undo would be refused: see the conflicts");
    }
    Ok(if open { Exit::Attention } else { Exit::Ok })
}

/// Undos as a script: as many in one transaction as leave nothing for after it that takes long.
fn script(previews: &[Preview]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_open = false;
    let mut tail = Vec::new();
    for (place, preview) in previews.iter().enumerate() {
        let is_last = place + 1 == previews.len();
        if place > 0 {
            lines.push(
                "-- Planned against what the former undo will leave; its rows are counted when it is there.".into(),
            );
        }
        lines.extend(meaning(preview));
        if !is_open {
            lines.push("BEGIN;".to_owned());
        }
        lines.extend(statements(preview));
        tail.extend(&preview.tail);
        is_open = !is_last && !preview.ends_transaction;
        if is_open {
            continue;
        }
        lines.push("COMMIT;".to_owned());
        if !tail.is_empty() {
            lines.push("-- Afterwards, blocking nobody:".to_owned());
        }
        for step in tail.drain(..) {
            lines.push(comment(step.about()));
            lines.push(format!("{};", step.sql().trim_end().trim_end_matches(';')));
        }
    }
    lines
}

/// What an undo means, as comments.
fn meaning(preview: &Preview) -> Vec<String> {
    let mut lines = vec![format!("-- Undo of migration {} ({}).", preview.number, preview.version)];
    let known =
        |number: &Option<i64>, one: &str| number.map_or_else(String::new, |number| format!(", {}", count(number, one)));
    for conflict in &preview.conflicts {
        let word = if conflict.blocks { "In the way" } else { "Left alone" };
        lines.push(comment(&format!("{word}: {}: {}", conflict.object, conflict.problem)));
    }
    for part in &preview.unsupported {
        lines.push(comment(&format!("Does not come back: {}: {}", part.object, part.reason)));
    }
    for table in &preview.rebuilt {
        lines.push(comment(&format!("Made anew, so that its columns have their former order: {table}")));
    }
    for table in &preview.column_order {
        lines.push(comment(&format!("Comes back with its columns in another order: {table}")));
    }
    for (moved, rows) in &preview.moved_aside {
        lines.push(comment(&format!("Put aside: {} in {}{}", moved.identity, moved.to_schema, known(rows, "row"))));
    }
    for (column, values) in &preview.set_aside {
        lines.push(comment(&format!(
            "Put aside: {}.{} in {}{}",
            column.table,
            column.column,
            column.copy,
            known(values, "value")
        )));
    }
    for misfits in &preview.misfits {
        let (object, otherwise) = (&misfits.object, &misfits.otherwise);
        let Some(count) = misfits.count else {
            let why = misfits.unknown.as_deref().unwrap_or_default();
            lines.push(comment(&format!("{object}: how many {otherwise} could not be counted ({why})")));
            continue;
        };
        let some = match misfits.keys.len() {
            0 => String::new(),
            _ => format!(" (by key: {}{})", misfits.keys.join(", "), if count > 5 { ", …" } else { "" }),
        };
        lines.push(comment(&format!("{object}: {count} {otherwise}{some}")));
    }
    for needed in &preview.needs_values {
        lines.push(comment(&format!(
            "Stays nullable if rows without a value were written since: {}.{}",
            needed.table, needed.column
        )));
    }
    lines
}

/// What an undo runs.
fn statements(preview: &Preview) -> Vec<String> {
    let mut lines = Vec::new();
    for (strong, mode) in [(true, "ACCESS EXCLUSIVE"), (false, "SHARE ROW EXCLUSIVE")] {
        let tables: Vec<&str> =
            preview.locks.iter().filter(|(_, needs)| *needs == strong).map(|(table, _)| table.as_str()).collect();
        if !tables.is_empty() {
            lines.push(format!("LOCK TABLE ONLY {} IN {mode} MODE;", tables.join(", ONLY ")));
        }
    }
    for step in &preview.steps {
        lines.push(comment(&step.about));
        lines.push(format!("{};", step.sql.trim_end().trim_end_matches(';')));
    }
    lines
}

/// Names may hold line breaks; a comment must not end early.
fn comment(text: &str) -> String {
    format!("-- {}", text.replace(['\n', '\r'], " "))
}
