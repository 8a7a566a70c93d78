//! `backout restore --dry-run`: what was written since a backup, and how long restoring it takes.
//!
//! Must not know: how rows are told apart.

use std::time::Instant;

use backout_backup::capture::rows::TakenBack;
use backout_backup::manifest::Manifest;
use backout_backup::restore::{self, Request};
use backout_backup::shelf;
use backout_backup::store::Store;
use backout_plan::Exit;
use serde_json::json;

use super::{Args, in_place, jobs, prepared};
use crate::commands::{backup, rows};
use crate::context::{Context, Project};
use crate::error::CommandError;
use crate::ui::{count, duration, moment};

/// Reads the live database and the backup, and changes nothing.
pub(super) async fn dry_run(
    args: &Args,
    context: &Context<'_>,
    project: &Project,
    store: &Store,
    manifest: &Manifest,
) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let settings = context.settings(project)?.settings;
    let proofs = shelf::proofs(store, &manifest.id).await?;
    ui.out(format!("backup {} of {}: {}", manifest.id, manifest.source.endpoint, moment(manifest.at)));
    match proofs.last() {
        Some(proof) => ui.out(format!(
            "restoring took {} and comparing {} when it was proven, {}",
            duration(proof.restore_ms),
            duration(proof.compare_ms),
            moment(proof.at)
        )),
        None => ui.out("it was never proven, so nobody knows how long it takes: `backout backup prove`"),
    }
    let left_out = will_replay(args, context, project, manifest).await?;
    let started = Instant::now();
    ui.begin("comparing the live database with the backup");
    let request = Request { manifest, store, settings: &settings, jobs: jobs(args, project) as usize, lenient: true };
    let only: Option<Vec<String>> = match args.in_place || !args.tables.is_empty() {
        true => Some(in_place::chosen(args, store, manifest).await?.iter().map(|table| table.sql_name()).collect()),
        false => None,
    };
    let changes = restore::changes(&request, only.as_deref(), &|event| backup::prove::progress(ui, event)).await;
    ui.end();
    let changes = changes?;
    if only.is_some() {
        // Rows whose values differ count on both sides.
        if args.keep_newer {
            ui.say(
                "note: rows that came since would stay (--keep-newer), and are counted here among those that would go",
            );
        }
    }
    let since: Vec<_> = changes.tables.iter().filter(|table| table.lost > 0 || table.again > 0).collect();
    ui.result(json!({ "backup": manifest.id, "at": manifest.at, "proofs": proofs, "since": changes, "left_out": left_out, "ms": started.elapsed().as_secs_f64() * 1e3 }));
    if since.is_empty() && changes.schema.is_empty() {
        ui.out("nothing was written since: the live database is what was taken");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> =
        since.iter().map(|table| vec![table.name.clone(), table.lost.to_string(), table.again.to_string()]).collect();
    if !rows.is_empty() {
        let aside = args.in_place || !args.tables.is_empty();
        ui.out(match (aside, args.replay) {
            (true, _) => "written since, and put aside:",
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
    for table in &left_out {
        let rows = count(i64::try_from(table.set + table.brought + table.removed).unwrap_or(i64::MAX), "row");
        ui.out(format!("{}: {rows} left out", table.table));
    }
    for difference in &changes.schema {
        ui.out(format!("{} {}", difference.what, difference.said));
    }
    Ok(Exit::Ok)
}

/// That a replay is possible, and what it would leave out.
async fn will_replay(
    args: &Args,
    context: &Context<'_>,
    project: &Project,
    manifest: &Manifest,
) -> Result<Vec<TakenBack>, CommandError> {
    if !args.replay {
        return Ok(Vec::new());
    }
    let settings = context.settings(project)?.settings;
    prepared(args, &settings, manifest).await?;
    if args.without_transaction.is_empty() {
        return Ok(Vec::new());
    }
    let session = context.connect(project).await?;
    rows::leave_out(context, &settings, &session, &args.without_transaction, true).await
}
