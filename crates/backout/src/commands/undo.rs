//! `backout undo`: takes the newest migration back, in place, or the newest few.

use backout_control::undo::{self, Done, Options, Which};
use backout_plan::Exit;
use backout_plan::plan::Level;
use backout_postgres::undo::{Measured, Preview, PreviewStep, UndoReport};
use backout_schema::LockMode;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
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

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    let options = Options {
        which: match (&args.version, &args.to, args.last) {
            (Some(version), ..) => Which::One(version.clone()),
            (_, Some(version), _) => Which::BackTo(version.clone()),
            (.., last) => Which::Newest(last.map_or(1, |last| last as usize)),
        },
        accept_loss: args.accept_loss.clone(),
        values: args.values.iter().map(|v| ((v.type_name.clone(), v.label.clone()), v.to.clone())).collect(),
    };
    if args.dry_run {
        let preview = undo::preview(&env, &options).await?;
        return Ok(show_preview(ui, &preview));
    }
    match undo::run(&env, &options).await {
        Ok(done) => {
            show_done(ui, &done);
            if done.undone.is_empty() && done.finished.is_none() {
                ui.say("nothing is to be undone: that is the newest migration");
            }
            Ok(Exit::Ok)
        }
        Err(halted) => {
            show_done(ui, &halted.done);
            Err(halted.failure.into())
        }
    }
}

fn show_done(ui: &Ui, done: &Done) {
    if !done.target.is_empty() {
        ui.result(json!(done));
    }
    if let Some(finished) = &done.finished {
        let steps = count(finished.steps.len() as i64, "step");
        ui.out(format!("finished the undo of migration {} ({}): {steps}", finished.number, finished.version));
        finished.left.iter().for_each(|left| ui.out(format!("  not as before: {left}")));
    }
    done.undone.iter().for_each(|report| show(ui, report));
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
        ui.out(format!("  set aside in {}: {}", first.to_schema, tables.join(", ")));
    }
    for column in &report.set_aside {
        ui.out(format!("  the values of {}.{} are set aside in {}", column.table, column.column, column.copy));
    }
    for conflict in &report.conflicts {
        ui.out(format!("  left alone: {}: {}", conflict.object, conflict.problem));
    }
    if !report.rebuilt.is_empty() {
        ui.out(format!("  recreated in the former order of columns: {}", report.rebuilt.join(", ")));
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

fn show_preview(ui: &Ui, preview: &undo::Preview) -> Exit {
    if let Some(would) = &preview.would_finish {
        ui.out(format!(
            "-- What is left of the undo of migration {} ({}); blocks nobody.",
            would.number, would.version
        ));
        for step in &would.tail {
            ui.out(format!("-- {}\n{};", step.about(), step.sql()));
        }
    }
    for line in script(&preview.would_undo) {
        ui.out(line);
    }
    ui.result(json!(preview));
    if preview.is_blocked() {
        ui.warn("as it stands, this undo would be refused: see the conflicts");
    }
    if preview.is_blocked() || preview.is_incomplete() { Exit::Attention } else { Exit::Ok }
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
    if let Some(rehearsed) = &preview.rehearsed {
        let rows = if rehearsed.level == Level::Sampled { " on a sample of the rows" } else { "" };
        lines.push(comment(&format!(
            "When it was rehearsed{rows} (certificate {}) it held its locks for {}, of {} in all.",
            rehearsed.certificate,
            duration(rehearsed.lock_ms),
            duration(rehearsed.total_ms)
        )));
    }
    for conflict in &preview.conflicts {
        let word = if conflict.blocks { "In the way" } else { "Left alone" };
        lines.push(comment(&format!("{word}: {}: {}", conflict.object, conflict.problem)));
    }
    for part in &preview.unsupported {
        lines.push(comment(&format!("Does not come back: {}: {}", part.object, part.reason)));
    }
    for table in &preview.rebuilt {
        lines.push(comment(&format!("Recreated, so that its columns have their former order: {table}")));
    }
    for table in &preview.column_order {
        lines.push(comment(&format!("Comes back with its columns in another order: {table}")));
    }
    for (moved, rows) in &preview.moved_aside {
        lines.push(comment(&format!("Set aside: {} in {}{}", moved.identity, moved.to_schema, known(rows, "row"))));
    }
    for (column, values) in &preview.set_aside {
        lines.push(comment(&format!(
            "Set aside: {}.{} in {}{}",
            column.table,
            column.column,
            column.copy,
            known(values, "value")
        )));
    }
    for misfits in &preview.misfits {
        let more = if misfits.count.is_some_and(|count| count > 5) { ", …" } else { "" };
        let some = match misfits.keys.len() {
            0 => String::new(),
            _ => format!(" (by key: {}{more})", misfits.keys.join(", ")),
        };
        lines.push(comment(&format!("{}{some}", misfits.said())));
    }
    if !preview.may_not_fit.is_empty() {
        let list = preview.may_not_fit.join(", ");
        lines.push(comment(&format!("Rows written until the undo may not fit what comes back: {list}")));
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
    for mode in LockMode::ALL.into_iter().rev() {
        let tables: Vec<&str> =
            preview.locks.iter().filter(|lock| lock.mode == mode).map(|lock| lock.table.as_str()).collect();
        if !tables.is_empty() {
            lines.push(format!("LOCK TABLE ONLY {} IN {mode} MODE;", tables.join(", ONLY ")));
        }
    }
    for PreviewStep { step, rehearsed } in &preview.steps {
        let condition = step.runs.condition().map(|condition| format!(" ({condition})"));
        let measured = rehearsed.as_ref().map(|measured| format!("; {}", when_rehearsed(measured)));
        lines.push(comment(&[Some(step.about.clone()), condition, measured].into_iter().flatten().collect::<String>()));
        lines.push(format!("{};", step.sql.trim_end().trim_end_matches(';')));
    }
    lines
}

fn when_rehearsed(measured: &Measured) -> String {
    let rewrites = match measured.rewrites.as_slice() {
        [] => String::new(),
        tables => format!(", rewrites {}", tables.join(", ")),
    };
    format!("{} when rehearsed{rewrites}", duration(measured.ms))
}

/// Names may hold line breaks; a comment must not end early.
fn comment(text: &str) -> String {
    format!("-- {}", text.replace(['\n', '\r'], " "))
}
