//! The migrations' folder against what is applied: what is pending, what was interrupted, what others applied, and the
//! jobs that migrating makes of it.
//!
//! Must not know: how a migration is run, or how anything is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use backout_plan::Plan;
use backout_postgres::migrate::{DownScript, Job, Native, Unit, units};
use backout_postgres::native::{Remembered, remembered};
use backout_postgres::session::Session;
use backout_postgres::store::{self, Record, State};
use backout_sql::layouts::{self, Layout, Migration, RecordContext};
use backout_sql::quote::identifier as ident;
use backout_sql::script;

use crate::{Failure, Result};

/// The migrations as the plan names them.
#[derive(Debug)]
pub struct Folder {
    pub layout: &'static dyn Layout,
    pub migrations: Vec<Migration>,
    /// The plan's folder: files are named relative to it.
    root: PathBuf,
}

/// How the folder stands against one target.
#[derive(Debug, Default)]
pub struct Standing {
    pub records: Vec<Record>,
    /// `None` where the layout's tool keeps no history.
    pub remembered: Option<Remembered>,
    /// Places in the folder of what is to be run, in order. An interrupted one is among them.
    pub pending: Vec<usize>,
    /// The record of a migration that stopped between two of its transactions.
    pub interrupted: Option<Record>,
    /// Versions that are applied and not on record with us.
    pub unknown_to_us: Vec<String>,
    /// Versions that are on record as applied, while the tool says that they are not.
    pub taken_back: Vec<String>,
    /// Pending files that come before applied ones.
    pub out_of_order: Vec<usize>,
}

/// One migration that is ready to run.
#[derive(Debug)]
pub struct Prepared<'f> {
    pub migration: &'f Migration,
    pub units: Vec<Unit>,
}

impl Folder {
    pub fn read(plan: &Plan) -> Result<Self> {
        let dir = plan.migrations_dir();
        let layout = match &plan.migrations.layout {
            Some(name) => layouts::by_name(name)?,
            None => layouts::detect(&dir)?,
        };
        Ok(Self { layout, migrations: layout.read(&dir)?, root: plan.folder() })
    }

    /// A migration's file as the history names it.
    pub fn file(&self, migration: &Migration) -> String {
        migration.path.strip_prefix(&self.root).unwrap_or(&migration.path).display().to_string()
    }

    /// Looks at the target. Changes nothing.
    pub async fn standing(&self, session: &Session) -> Result<Standing> {
        let records = store::records(session).await?;
        let remembered = match self.layout.history() {
            Some(history) => Some(remembered(session, self.layout.name(), history, &self.migrations).await?),
            None => None,
        };
        Ok(judge(&self.migrations, records, remembered))
    }

    /// Enters what the tool has applied by itself into our history.
    pub async fn adopt(&self, session: &Session, versions: &[String]) -> Result<()> {
        if versions.is_empty() {
            return Ok(());
        }
        let entries: Vec<(String, String, String, String)> = versions
            .iter()
            .map(|version| match self.migrations.iter().find(|migration| migration.version == *version) {
                Some(found) => (version.clone(), found.name.clone(), self.file(found), found.checksum.clone()),
                // The tool has it, and the file is gone.
                None => (version.clone(), String::new(), String::new(), String::new()),
            })
            .collect();
        let failed = || Failure::server("taking over what the tool has applied");
        session.batch("BEGIN").await.map_err(failed())?;
        let adopted = store::adopt(session, self.layout.name(), &entries).await;
        session.batch(if adopted.is_ok() { "COMMIT" } else { "ROLLBACK" }).await.map_err(failed())?;
        Ok(adopted?)
    }

    /// Reads all these migrations before anything is touched.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn prepare(&self, places: &[usize]) -> Result<Vec<Prepared<'_>>> {
        let mut errors = Vec::new();
        let mut prepared = Vec::new();
        for migration in places.iter().map(|place| &self.migrations[*place]) {
            let file = migration.path.display().to_string();
            let mut include = layouts::includes(&migration.path);
            let dialect = self.layout.dialect();
            let found = script::errors(&file, &migration.up, dialect, &mut include);
            if !found.is_empty() {
                // Their lines count from the text's beginning, which need not be the file's.
                errors.extend(found.into_iter().map(|mut error| {
                    if *error.location.file == *file {
                        error.location.line += migration.first_line.saturating_sub(1);
                    }
                    Failure::from(error)
                }));
                continue;
            }
            let script = migration.script(dialect)?;
            match units(&script, migration.mode) {
                Ok(units) => prepared.push(Prepared { migration, units }),
                Err(error) => errors.push(Failure::from(error)),
            }
        }
        match Failure::all(errors) {
            Some(error) => Err(error),
            None => Ok(prepared),
        }
    }

    /// The job of one migration. `applied` are the versions that are applied now.
    pub async fn job(
        &self,
        session: &Session,
        prepared: &Prepared<'_>,
        standing: &Standing,
        applied: &BTreeSet<String>,
        table_exists: bool,
    ) -> Result<Job> {
        let migration = prepared.migration;
        let mut native = Native::default();
        if let Some(history) = self.layout.history() {
            let failed = || Failure::server("preparing the tool's history row");
            let uuid = session.scalar("SELECT gen_random_uuid()").await.map_err(failed())?.unwrap_or_default();
            let database = session.scalar("SELECT current_database()").await.map_err(failed())?.unwrap_or_default();
            let schema = standing.remembered.as_ref().map_or("", |remembered| remembered.schema.as_str());
            let previous =
                self.migrations[..migration.position].iter().rev().find(|one| applied.contains(&one.version));
            let context = RecordContext { now: jiff::Timestamp::now(), duration: Duration::ZERO, uuid: &uuid };
            // The tool's statements name its table as its own session would find it. A migration may leave another search
            // path behind, and an undo has its own.
            let at_home = match history.schema() {
                None if !schema.is_empty() => Some(format!("SET LOCAL search_path = {}", ident(schema))),
                _ => None,
            };
            let unrecord = history.unrecord(migration, previous);
            native = Native {
                lock: history.lock(&database, schema).map(|lock| lock.sql),
                create: at_home
                    .iter()
                    .cloned()
                    .chain(if table_exists { Vec::new() } else { history.create() })
                    .collect(),
                record: history.record(migration, &context),
                unrecord: match &at_home {
                    // One text, so that nothing runs between leaving the undo's path and coming back to it.
                    Some(set) => unrecord
                        .into_iter()
                        .map(|sql| format!("{set}; {sql}; SET LOCAL search_path = pg_catalog"))
                        .collect(),
                    None => unrecord,
                },
            };
        }
        Ok(Job {
            version: migration.version.clone(),
            name: migration.name.clone(),
            layout: self.layout.name().to_owned(),
            file: self.file(migration),
            checksum: migration.checksum.clone(),
            units: prepared.units.clone(),
            native,
            take_back: false,
            down: self.down(migration),
        })
    }
}

impl Folder {
    /// The way back that lies beside a migration.
    fn down(&self, migration: &Migration) -> Option<DownScript> {
        let down = migration.down.as_ref()?;
        let file = down.path.display().to_string();
        let mut include = layouts::includes(&down.path);
        let script = script::parse_from(&file, &down.text, down.first_line, self.layout.dialect(), &mut include);
        let units = script.map_err(|error| error.to_string()).and_then(|script| {
            units(&script, migration.mode).map_err(|error| format!("{}: {}", error.location, error.problem))
        });
        let file = down.path.file_name().map_or(file, |name| name.to_string_lossy().into_owned());
        Some(DownScript { file, units })
    }
}

impl Standing {
    /// The versions that are applied now: by the tool's word where it keeps a history, else by ours.
    pub fn applied(&self) -> BTreeSet<String> {
        match &self.remembered {
            Some(remembered) => remembered.applied.iter().cloned().collect(),
            None => newest(&self.records)
                .into_values()
                .filter(|record| matches!(record.state, State::Adopted | State::Applied))
                .map(|record| record.version.clone())
                .collect(),
        }
    }

    /// The newest record that is not undone: what `undo` would take.
    pub fn last(&self) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.state != State::Undone)
    }
}

/// Each version's newest record: a migration may be applied, undone and applied again.
fn newest(records: &[Record]) -> BTreeMap<&str, &Record> {
    records.iter().map(|record| (record.version.as_str(), record)).collect()
}

fn judge(migrations: &[Migration], records: Vec<Record>, remembered: Option<Remembered>) -> Standing {
    let mut standing = Standing { records, remembered, ..Standing::default() };
    let applied = standing.applied();
    let ours = newest(&standing.records);
    let interrupted = standing.records.iter().rev().find(|record| record.state == State::Interrupted).cloned();
    let is_interrupted = |version: &str| interrupted.as_ref().is_some_and(|record| record.version == version);
    let pending: Vec<usize> = migrations
        .iter()
        .enumerate()
        .filter(|(_, migration)| !applied.contains(&migration.version) || is_interrupted(&migration.version))
        .map(|(place, _)| place)
        .collect();
    let last_applied = migrations.iter().rposition(|migration| applied.contains(&migration.version));
    let out_of_order = pending.iter().copied().filter(|place| last_applied.is_some_and(|last| *place < last)).collect();
    if let Some(remembered) = &standing.remembered {
        let on_record = |version: &str| {
            ours.get(version).is_some_and(|record| !matches!(record.state, State::Undone | State::UndoTail))
        };
        standing.unknown_to_us = remembered.applied.iter().filter(|version| !on_record(version)).cloned().collect();
        standing.taken_back = ours
            .values()
            .filter(|record| {
                matches!(record.state, State::Adopted | State::Applied) && !applied.contains(&record.version)
            })
            .map(|record| record.version.clone())
            .collect();
    }
    Standing { pending, interrupted, out_of_order, ..standing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backout_sql::layouts::Mode;

    fn file(version: &str) -> Migration {
        Migration {
            version: version.into(),
            name: version.into(),
            position: 0,
            path: version.into(),
            up: "".into(),
            first_line: 1,
            down: None,
            checksum: String::new(),
            mode: Mode::PerFile,
            stamp: None,
        }
    }

    fn record(number: i64, version: &str, state: State) -> Record {
        Record {
            number,
            version: version.into(),
            name: String::new(),
            layout: "sqlx".into(),
            file: String::new(),
            checksum: String::new(),
            state,
            done: 0,
            steps: 1,
            step: None,
            verdicts: serde_json::Value::Null,
            accepted: Vec::new(),
            certificate: None,
            without_certificate: None,
            backup: None,
            role: String::new(),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            finished_at: None,
            lock_ms: None,
            undone_at: None,
            undo_lock_ms: None,
            keep_until: None,
            purged_at: None,
            copied: false,
            left: Vec::new(),
        }
    }

    fn tool(applied: &[&str]) -> Option<Remembered> {
        let applied = applied.iter().map(|version| (*version).to_owned()).collect();
        Some(Remembered { exists: true, applied, ..Remembered::default() })
    }

    #[test]
    fn what_is_pending() {
        use State::{Adopted, Applied, Interrupted, UndoTail, Undone};
        type Case<'c> =
            (&'c str, &'c [(&'c str, State)], Option<&'c [&'c str]>, &'c [usize], &'c [&'c str], &'c [&'c str]);
        let cases: &[Case<'_>] = &[
            ("nothing yet", &[], None, &[0, 1, 2], &[], &[]),
            ("ours", &[("1", Adopted), ("2", Applied)], None, &[2], &[], &[]),
            ("undone is pending again", &[("1", Applied), ("2", Undone)], None, &[1, 2], &[], &[]),
            ("undone with a tail", &[("1", Applied), ("2", UndoTail)], None, &[1, 2], &[], &[]),
            ("applied once more", &[("1", Undone), ("1", Applied)], None, &[1, 2], &[], &[]),
            ("interrupted", &[("1", Applied), ("2", Interrupted)], None, &[1, 2], &[], &[]),
            ("the tool decides", &[], Some(&["1", "2"]), &[2], &["1", "2"], &[]),
            ("the tool went back", &[("1", Applied), ("2", Applied)], Some(&["1"]), &[1, 2], &[], &["2"]),
            ("the tool applied it again", &[("1", Undone)], Some(&["1"]), &[1, 2], &["1"], &[]),
            ("files that are gone", &[("0", Adopted)], Some(&["0", "1", "2", "3"]), &[], &["1", "2", "3"], &[]),
        ];
        let migrations = ["1", "2", "3"].map(file);
        for (name, records, applied, pending, unknown, taken_back) in cases {
            let records = records.iter().zip(1..).map(|((version, state), n)| record(n, version, *state)).collect();
            let standing = judge(&migrations, records, applied.and_then(tool));
            assert_eq!(standing.pending, *pending, "{name}");
            assert_eq!(standing.unknown_to_us, *unknown, "{name}");
            assert_eq!(standing.taken_back, *taken_back, "{name}");
        }
    }

    #[test]
    fn a_file_before_applied_ones_is_out_of_order() {
        let standing = judge(&["1", "2", "3"].map(file), Vec::new(), tool(&["2"]));
        assert_eq!((standing.pending, standing.out_of_order), (vec![0, 2], vec![0]));
    }
}
