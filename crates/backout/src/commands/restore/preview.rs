//! `backout restore --dry-run`: what was written since a backup, and how long restoring it takes.
//!
//! Must not know: how rows are told apart.

use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use backout_control::Env;
use backout_control::restore::{Wanted, in_place, preview, replace};
use backout_plan::Exit;
use serde_json::json;

use crate::error::CommandError;
use crate::events::rows_of;
use crate::ui::{Ui, duration, moment};

pub(super) async fn run(
    ui: &Ui,
    env: &Env,
    store: &Store,
    manifest: &Manifest,
    whole: &replace::Options,
    tables: Option<&in_place::Options>,
) -> Result<Exit, CommandError> {
    ui.out(format!("backup {} of {}: {}", manifest.id, manifest.source.endpoint, moment(manifest.at)));
    let wanted = tables.map_or(Wanted::Replace(whole), Wanted::InPlace);
    let preview = preview(env, store, manifest, wanted).await?;
    match preview.proofs.last() {
        Some(proof) => ui.out(format!(
            "restoring took {} and comparing {} when it was proven, {}",
            duration(proof.restore_ms),
            duration(proof.compare_ms),
            moment(proof.at)
        )),
        None => ui.out("it was never proven, so nobody knows how long it takes: `backout backup prove`"),
    }
    // Rows whose values differ count on both sides.
    if tables.is_some_and(|options| options.keep_newer) {
        ui.say("note: rows that came since would stay (--keep-newer), and are counted here among those that would go");
    }
    let since: Vec<_> = preview.since.tables.iter().filter(|table| table.lost > 0 || table.again > 0).collect();
    ui.result(json!(preview));
    if since.is_empty() && preview.since.schema.is_empty() {
        ui.out("nothing was written since: the live database is what was taken");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> =
        since.iter().map(|table| vec![table.name.clone(), table.lost.to_string(), table.again.to_string()]).collect();
    if !rows.is_empty() {
        ui.out(match (tables, whole.replay) {
            (Some(_), _) => "written since, and set aside:",
            (_, true) => "written since, and replayed:",
            _ => "written since, and lost by a restore:",
        });
        ui.table(&["table", "rows that would go", "rows that would come back"], &rows);
    }
    for table in since.iter().filter(|table| !table.lost_keys.is_empty()) {
        const FEW: usize = 10;
        let few: Vec<&str> = table.lost_keys.iter().take(FEW).map(String::as_str).collect();
        let more = usize::try_from(table.lost).unwrap_or(usize::MAX).saturating_sub(few.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        ui.out(format!("{}: {} {}{more}", table.name, table.key.join(", "), few.join(", ")));
    }
    for table in &preview.left_out {
        ui.out(format!("{}: {} left out", table.table, rows_of(table.set + table.brought + table.removed)));
    }
    for difference in &preview.since.schema {
        ui.out(format!("{} {}", difference.what, difference.said));
    }
    Ok(Exit::Ok)
}
