//! `backout restore --tables` and `--in-place`: rows of single tables, or of all, back to what a backup has of them, in
//! the live database.
//!
//! Must not know: how rows are compared or exchanged.

use backout_backup::manifest::Manifest;
use backout_backup::restore::{InPlace, PutBack};
use backout_backup::store::Store;
use backout_control::Env;
use backout_control::restore::in_place::{self, Options, is_touched};
use backout_plan::Exit;
use serde_json::json;

use crate::error::CommandError;
use crate::ui::{Ui, count, duration, moment};

pub(super) async fn run(
    ui: &Ui,
    env: &Env,
    store: &Store,
    manifest: &Manifest,
    options: &Options,
) -> Result<Exit, CommandError> {
    let done = in_place::run(env, store, manifest, options).await?;
    ui.result(json!(done));
    said(ui, &done.in_place, manifest);
    if !done.stale.is_empty() {
        let stale: Vec<String> = done.stale.into_iter().collect();
        ui.warn(format!(
            "what these hold is of the rows before; REFRESH MATERIALIZED VIEW brings those of now: {}",
            few(&stale)
        ));
    }
    Ok(Exit::Ok)
}

/// Names, as many as a line takes.
fn few(names: &[String]) -> String {
    const FEW: usize = 5;
    let said = names.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(FEW);
    if more == 0 { said } else { format!("{said} and {more} more") }
}

fn said(ui: &Ui, done: &InPlace, manifest: &Manifest) {
    for note in &done.notes {
        ui.say(format!("note: {note}"));
    }
    if !done.others.is_empty() {
        ui.say(format!("note: these belong to others and stay as they are: {}", done.others.join(", ")));
    }
    let (touched, same): (Vec<&PutBack>, Vec<&PutBack>) = done.tables.iter().partition(|table| is_touched(table));
    for table in &touched {
        let mut parts = Vec::new();
        let rows = |number: u64| count(i64::try_from(number).unwrap_or(i64::MAX), "row");
        if table.made {
            parts.push(format!("recreated with {}", rows(table.back)));
        } else {
            for (number, one, many) in [
                (table.back, "is there again", "are there again"),
                (table.changed, "has its former values", "have their former values"),
                (table.gone, "is gone", "are gone"),
            ] {
                if number > 0 {
                    parts.push(format!("{} {}", rows(number), if number == 1 { one } else { many }));
                }
            }
        }
        let aside = table.aside.as_ref().map(|aside| format!("; set aside in {aside}")).unwrap_or_default();
        ui.out(format!("{}: {}{aside}", table.table, parts.join(", ")));
    }
    if !same.is_empty() {
        ui.out(format!("{} as in the backup already", count(same.len() as i64, "table")));
    }
    for moved in &done.sequences {
        ui.out(format!("{}: goes on with {}, and would have with {}", moved.sequence, moved.to, moved.from));
    }
    let closed = match done.closed.as_slice() {
        [] => String::new(),
        closed => format!(", or read {},", few(closed)),
    };
    ui.out(format!(
        "as of {}; nobody could write to these tables{closed} for {} (their rows were loaded beside in {})",
        moment(manifest.at),
        duration(done.held_ms),
        duration(done.load_ms)
    ));
}
