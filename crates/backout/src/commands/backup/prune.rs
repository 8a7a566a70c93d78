//! `backout backup prune`: removes backups that no rule of the plan keeps.

use std::time::Duration;

use backout_backup::retention::{Candidate, Policy, decide};
use backout_backup::shelf::{self, State};
use backout_backup::store::Store;
use backout_plan::Exit;
use serde_json::json;

use super::take::size_of;
use crate::context::{Context, Project};
use crate::error::CommandError;
use crate::ui::{count, moment};

/// An attempt where nothing was written for so long is nobody's any more.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// Remove the backups that no rule of the plan keeps, and attempts that were given up
///
/// The last proven backup of each database stays, whatever the rules say.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(args: &Args, context: &Context<'_>, project: &Project, store: &Store) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let settings = project.backup();
    let policy = Policy {
        age: settings.keep.duration(),
        last: settings.keep_last as usize,
        daily: settings.keep_daily as usize,
        weekly: settings.keep_weekly as usize,
        monthly: settings.keep_monthly as usize,
    };
    let now = jiff::Timestamp::now();
    let all = shelf::list(store).await?;
    let candidates: Vec<Candidate> = all
        .iter()
        .filter_map(|standing| {
            let manifest = standing.manifest()?;
            let source = &manifest.source;
            Some(Candidate {
                id: standing.id.clone(),
                at: manifest.at,
                source: source.identity.as_ref().map_or_else(|| source.endpoint.clone(), |known| known.marker.clone()),
                proven: standing.proof().is_some() && manifest.is_whole(),
                needed: None,
            })
        })
        .collect();
    let decisions = decide(&candidates, &policy, now);
    let (mut rows, mut removed, mut freed) = (Vec::new(), Vec::new(), 0);
    for standing in &all {
        let (kept, at) = match &standing.state {
            State::Whole(manifest) => {
                let decision = decisions.iter().find(|decision| decision.id == standing.id);
                (decision.and_then(|decision| decision.kept.clone()), moment(manifest.at))
            }
            State::Interrupted(_) => {
                let quiet = standing.modified.is_some_and(|at| now.duration_since(at).unsigned_abs() > ABANDONED);
                ((!quiet).then(|| "not whole, and something was written there today".to_owned()), String::new())
            }
            // Nobody can say what it is; whoever looks after it may.
            State::Damaged(_) => (Some("damaged: remove it by hand if it is of no use".to_owned()), String::new()),
        };
        let word = match &kept {
            Some(why) => format!("stays: {why}"),
            None if args.dry_run => "would go".to_owned(),
            None => "gone".to_owned(),
        };
        if kept.is_none() {
            if !args.dry_run {
                shelf::remove(store, &standing.id).await?;
            }
            removed.push(standing.id.clone());
            freed += standing.stored;
        }
        rows.push(vec![standing.id.clone(), at, size_of(standing.stored), word]);
    }
    ui.result(json!({ "store": store.name(), "dry_run": args.dry_run, "decisions": decisions, "removed": removed, "bytes": freed }));
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
