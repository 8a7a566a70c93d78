//! Removes backups that no rule of the plan keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use backout_backup::manifest::Manifest;
use backout_backup::prune::{Judged, Rules, prune};
use backout_backup::retention::Policy;
use backout_backup::store::Store;
use backout_postgres::rehearse::Certificate;
use backout_postgres::store::{self as history, Record, State};

use crate::event::Event;
use crate::source::Source;
use crate::{Env, Result};

/// So many migrations that can still be undone keep the backup that was demanded before them.
const UNDOABLE: usize = 5;
/// A backup whose database could not be asked may be needed for as long as this.
const UNASKED: Duration = Duration::from_secs(30 * 24 * 3600);

/// What the target says of the backups that its migrations were made with.
struct Asked {
    source: Source,
    /// Backups and the reasons why they stay.
    needed: BTreeMap<String, String>,
}

/// What became of the backups.
#[derive(Debug)]
pub struct Done {
    pub judged: Vec<Judged>,
    /// The target could be asked which backups it needs.
    pub asked: bool,
}

/// Removes what no rule keeps; only says what would go where `dry_run`.
#[tracing::instrument(name = "prune", skip_all, fields(target = env.target_name()))]
pub async fn run(env: &Env, store: &Store, dry_run: bool) -> Result<Done> {
    let settings = env.backup();
    let policy = Policy {
        age: settings.keep.duration(),
        last: settings.keep_last as usize,
        daily: settings.keep_daily as usize,
        weekly: settings.keep_weekly as usize,
        monthly: settings.keep_monthly as usize,
    };
    // Backups outlive their databases, so that the database is gone is no reason to stop.
    let asked = match ask(env).await {
        Ok(asked) => Some(asked),
        Err(failure) => {
            let name = env.target_name().unwrap_or("the target");
            let said =
                format!("could not ask {name} which backups its migrations need, so those of the last 30 days stay");
            env.say(Event::warning("prune.unasked", format!("{said}: {}", failure.sentence())));
            None
        }
    };
    let now = jiff::Timestamp::now();
    let needed = |manifest: &Manifest| match &asked {
        Some(asked) if asked.source.is_of(manifest) => asked.needed.get(&manifest.id).cloned(),
        _ => {
            let young = now.duration_since(manifest.at).unsigned_abs() < UNASKED;
            young.then(|| "its database was not asked whether a migration needs it".to_owned())
        }
    };
    let judged = prune(store, &Rules { policy, needed: &needed }, dry_run).await?;
    Ok(Done { judged, asked: asked.is_some() })
}

async fn ask(env: &Env) -> Result<Asked> {
    let session = env.connect().await?;
    let source = Source::of(&session).await?;
    let mut needed = needed(&history::records(&session).await?);
    let max_age = env.migrate().certificate_max_age.duration();
    for (_, text) in history::certificates(&session).await? {
        // One that cannot be read serves nobody.
        let Ok(certificate) = serde_json::from_str::<Certificate>(&text) else { continue };
        let age = jiff::Timestamp::now().duration_since(certificate.made_at).unsigned_abs();
        if let Some(backup) = certificate.backup.as_ref().filter(|_| age < max_age) {
            let why = format!("certificate {} was made from it", certificate.id());
            needed.entry(backup.clone()).or_insert(why);
        }
    }
    session.close().await;
    Ok(Asked { source, needed })
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
            left: Vec::new(),
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
