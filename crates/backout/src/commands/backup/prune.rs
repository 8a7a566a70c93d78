//! `backout backup prune`: removes backups that no rule of the plan keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use backout_backup::manifest::Manifest;
use backout_backup::prune::{Rules, prune};
use backout_backup::retention::Policy;
use backout_backup::store::Store;
use backout_plan::Exit;
use backout_postgres::rehearse::Certificate;
use backout_postgres::store::{self as history, Record, State};
use serde_json::json;

use super::take::size_of;
use crate::context::{Context, Project};
use crate::error::CommandError;
use crate::ui::{count, moment};

/// So many migrations that can still be undone keep the backup that was demanded before them.
const UNDOABLE: usize = 5;
/// A backup whose database could not be asked may be needed for as long as this.
const UNASKED: Duration = Duration::from_secs(30 * 24 * 3600);

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

/// What the target says of the backups that its migrations were made with.
struct Asked {
    marker: Option<String>,
    endpoint: String,
    /// Backups and the reasons why they stay.
    needed: BTreeMap<String, String>,
}

impl Asked {
    fn is_of(&self, manifest: &Manifest) -> bool {
        match (&manifest.source.identity, &self.marker) {
            (Some(then), Some(now)) => then.marker == *now,
            _ => manifest.source.endpoint == self.endpoint,
        }
    }
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
    // Backups outlive their databases, so that the database is gone is no reason to stop.
    let asked = match ask(context, project).await {
        Ok(asked) => Some(asked),
        Err(error) => {
            let name = project.target_name().unwrap_or("the target");
            ui.warn(format!(
                "could not ask {name} which backups its migrations need, so those of the last 30 days stay"
            ));
            for line in error.text(&str::to_owned).lines() {
                ui.say(line);
            }
            None
        }
    };
    let now = jiff::Timestamp::now();
    let needed = |manifest: &Manifest| match &asked {
        Some(asked) if asked.is_of(manifest) => asked.needed.get(&manifest.id).cloned(),
        _ => {
            let young = now.duration_since(manifest.at).unsigned_abs() < UNASKED;
            young.then(|| "its database was not asked whether a migration needs it".to_owned())
        }
    };
    let judged = prune(store, &Rules { policy, needed: &needed }, args.dry_run).await?;
    let decisions: Vec<_> = judged.iter().map(|one| json!({ "id": one.id, "kept": one.kept })).collect();
    let gone: Vec<_> = judged.iter().filter(|one| one.kept.is_none()).collect();
    let removed: Vec<&str> = gone.iter().map(|one| one.id.as_str()).collect();
    let freed = gone.iter().map(|one| one.stored).sum();
    ui.result(
        json!({ "store": store.name(), "dry_run": args.dry_run, "asked": asked.is_some(), "decisions": decisions,
        "removed": removed, "bytes": freed }),
    );
    let rows: Vec<Vec<String>> = judged
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

async fn ask(context: &Context<'_>, project: &Project) -> Result<Asked, CommandError> {
    let session = context.connect(project).await?;
    let marker = history::recorded_identity(&session).await?.map(|identity| identity.marker);
    let mut needed = needed(&history::records(&session).await?);
    let max_age = project.migrate_rules().certificate_max_age.duration();
    for (_, text) in history::certificates(&session).await? {
        // One that cannot be read serves nobody.
        let Ok(certificate) = serde_json::from_str::<Certificate>(&text) else { continue };
        let age = jiff::Timestamp::now().duration_since(certificate.made_at).unsigned_abs();
        if let Some(backup) = certificate.backup.as_ref().filter(|_| age < max_age) {
            let why = format!("certificate {} was made from it", certificate.id());
            needed.entry(backup.clone()).or_insert(why);
        }
    }
    let endpoint = session.endpoint().to_owned();
    session.close().await;
    Ok(Asked { marker, endpoint, needed })
}

/// Backups that an unfinished migration stands on, or one of the last that can be undone.
fn needed(records: &[Record]) -> BTreeMap<String, String> {
    let mut needed = BTreeMap::new();
    let (mut undoable, mut keep) = (0, |record: &Record, why: &str| {
        if let Some(backup) = &record.backup {
            needed.entry(backup.clone()).or_insert_with(|| format!("migration {} {why}", record.version));
        }
    });
    for record in records.iter().rev() {
        match record.state {
            State::Interrupted | State::UndoTail => keep(record, "is not finished"),
            State::Applied if record.purged_at.is_none() && !record.copied && undoable < UNDOABLE => {
                undoable += 1;
                keep(record, "stands on it and can be undone");
            }
            _ => {}
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: i64, state: State, backup: &str) -> Record {
        Record {
            number,
            version: number.to_string(),
            name: String::new(),
            layout: "plain".to_owned(),
            file: String::new(),
            checksum: String::new(),
            state,
            done: 1,
            steps: 1,
            step: None,
            verdicts: serde_json::Value::Null,
            accepted: Vec::new(),
            certificate: None,
            without_certificate: None,
            role: String::new(),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            finished_at: None,
            lock_ms: None,
            undone_at: None,
            undo_lock_ms: None,
            keep_until: None,
            purged_at: None,
            backup: Some(backup.to_owned()),
            copied: false,
        }
    }

    #[test]
    fn what_migrations_stand_on_is_needed() {
        let mut records = vec![
            record(1, State::Interrupted, "a"),
            record(2, State::Applied, "b"),
            record(3, State::Undone, "c"),
            record(4, State::Applied, "d"),
            record(5, State::Applied, "e"),
        ];
        records[3].purged_at = Some(jiff::Timestamp::UNIX_EPOCH);
        records[4].copied = true;
        records.extend((6..10).map(|number| record(number, State::Applied, &format!("{number}"))));
        let ids: Vec<String> = needed(&records).into_keys().collect();
        assert_eq!(ids, ["6", "7", "8", "9", "a", "b"]);
        records.push(record(10, State::Applied, "10"));
        assert!(!needed(&records).contains_key("b"), "the last five of those that can be undone");
    }
}
