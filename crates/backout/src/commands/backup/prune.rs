//! `backout backup prune`: removes backups that no rule of the plan keeps.

use backout_control::prune;
use backout_plan::Exit;
use serde_json::json;

use super::Shelf;
use crate::error::CommandError;
use crate::events::size_of;
use crate::ui::{count, moment};

/// Remove the backups that no rule of the plan keeps, and attempts that were given up
///
/// The last proven backup of each database stays, whatever the rules say; so does one that is in use, and one that a
/// migration on record stands on.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: &Args, shelf: &Shelf<'_>) -> Result<Exit, CommandError> {
    let Shelf { ui, env, store } = shelf;
    let done = prune::run(env, store, args.dry_run).await?;
    let decisions: Vec<_> = done.judged.iter().map(|one| json!({ "id": one.id, "kept": one.kept })).collect();
    let gone: Vec<_> = done.judged.iter().filter(|one| one.kept.is_none()).collect();
    let removed: Vec<&str> = gone.iter().map(|one| one.id.as_str()).collect();
    let freed = gone.iter().map(|one| one.stored).sum();
    ui.result(json!({ "store": store.name(), "dry_run": args.dry_run, "asked": done.asked, "decisions": decisions,
        "removed": removed, "bytes": freed }));
    let rows: Vec<Vec<String>> = done
        .judged
        .iter()
        .map(|one| {
            let word = match &one.kept {
                Some(why) => format!("stays: {why}"),
                None if args.dry_run => "would go".to_owned(),
                None => "gone".to_owned(),
            };
            vec![one.id.clone(), one.at.map(moment).unwrap_or_default(), size_of(one.stored), word]
        })
        .collect();
    if !rows.is_empty() {
        ui.table(&["backup", "taken at", "size", ""], &rows);
    }
    let what = count(removed.len() as i64, "backup");
    ui.out(match (removed.is_empty(), args.dry_run) {
        (true, _) => "nothing is to go".to_owned(),
        (false, true) => format!("{what} would go, {}", size_of(freed)),
        (false, false) => format!("{what} went, {}", size_of(freed)),
    });
    Ok(Exit::Ok)
}
