//! What one migration did, in words.

use backout_control::Applied;

use crate::ui::{Paint, Ui, count, duration};

/// What a migration did, in words.
pub fn show(ui: &Ui, applied: &Applied) {
    let Applied { report, kept, .. } = applied;
    ui.out(format!(
        "{} {} as migration {}: locks held {}, {} in all{}",
        ui.paint_out(Paint::Good, "applied"),
        report.version,
        report.number,
        duration(report.lock_ms),
        duration(report.total_ms),
        if report.attempts > 1 { format!(", {} attempts", report.attempts) } else { String::new() }
    ));
    let mut schemas: Vec<&str> = kept.iter().map(|one| one.schema.as_str()).collect();
    schemas.dedup();
    for schema in schemas {
        let there = kept.iter().filter(|one| one.schema == schema).map(|one| match one.rows {
            Some(rows) => format!("{} ({})", one.what, count(rows, "row")),
            None => one.what.clone(),
        });
        ui.out(format!("  kept in {schema}: {}", cut(&there.collect::<Vec<_>>())));
    }
    let removed: Vec<String> =
        report.removed.iter().filter(|what| !kept.iter().any(|one| one.what == **what)).cloned().collect();
    for (label, what) in [("removed", &removed), ("added", &report.added), ("changed", &report.changed)] {
        if !what.is_empty() {
            ui.out(format!("  {label}: {}", cut(what)));
        }
    }
    if report.verdicts.is_empty() {
        ui.out("  undo: exact");
    }
    for verdict in &report.verdicts {
        ui.out(format!("  undo: {verdict}"));
    }
    for back in &report.reimported {
        let left = match (&back.reason, back.left) {
            (Some(reason), left) => format!("; {} in {}: {reason}", stay(left), back.stored),
            (None, 0) => String::new(),
            (None, left) => {
                format!("; {} in {}: what they belong to is gone or was changed since", stay(left), back.stored)
            }
        };
        ui.out(format!("  brought back: {} ({}){left}", back.what, count(back.rows, "row")));
    }
    for note in &report.notes {
        ui.out(format!("  note: {note}"));
    }
}

fn stay(rows: i64) -> String {
    format!("{} {}", count(rows, "row"), if rows == 1 { "stays" } else { "stay" })
}

/// A list for people; `--json` has all of it.
fn cut(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
