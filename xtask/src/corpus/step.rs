//! One migration: forth by psql on a twin, forth, back and forth again by Backout.
//!
//! Must not know: what comes before and after it, or how it is shown.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use backout_plan::Verdict;
use backout_postgres::migrate::{self, Event, Job, MigrateError, Native, Report, Rules};
use backout_postgres::session::Session;
use backout_postgres::sqlstate;
use backout_postgres::store::{self, State};
use backout_postgres::undo::{self, Residue, UndoError, UndoReport, UndoRules};
use backout_sql::layouts::{self, Layout, Migration, Mode, RecordContext};
use backout_sql::script;
use serde::Serialize;

use super::dump::{Likeness, without_clock};
use super::judge::{Attempt, Judgement, Observed, RowDifference, judge, lines, names};
use super::place::{Manner, Place};
use super::reader::{Reader, Rows};

/// What is printed and saved of one step.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) version: String,
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) judgement: Judgement,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) rows: usize,
    pub(crate) row_differences: Vec<RowDifference>,
    pub(crate) removed: Vec<String>,
    pub(crate) moved: Vec<String>,
    pub(crate) migrate_ms: f64,
    pub(crate) undo_lock_ms: f64,
    pub(crate) undo_total_ms: f64,
    /// Both dumps, for who has to look closer.
    #[serde(skip)]
    pub(crate) dumps: BTreeMap<&'static str, String>,
    /// Whether the database is, and remembers, what a further step may start from.
    #[serde(skip)]
    pub(crate) goes_on: bool,
    /// A file of several transactions.
    pub(crate) several: bool,
}

impl Outcome {
    /// Of a step that nothing is known of yet.
    fn unknown(migration: &Migration, rows: usize, dumps: BTreeMap<&'static str, String>) -> Self {
        Self {
            version: migration.version.clone(),
            name: migration.name.clone(),
            judgement: Judgement { class: super::judge::Class::Wrong, reasons: Vec::new(), notes: Vec::new() },
            verdicts: Vec::new(),
            rows,
            row_differences: Vec::new(),
            removed: Vec::new(),
            moved: Vec::new(),
            migrate_ms: 0.0,
            undo_lock_ms: 0.0,
            undo_total_ms: 0.0,
            dumps,
            goes_on: false,
            several: false,
        }
    }
}

/// What is observed where nothing has happened yet.
fn unseen(psql: Option<String>) -> Observed {
    Observed {
        psql,
        migrate: Attempt::Done,
        verdicts: Vec::new(),
        forward: Likeness::Equal,
        forward_counts: Vec::new(),
        undo: None,
        back: Likeness::Equal,
        rows: Vec::new(),
        written: false,
        redo: Vec::new(),
        left: Vec::new(),
        several: false,
    }
}

/// Which migration, of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'t> {
    pub(crate) layout: &'static dyn Layout,
    pub(crate) migrations: &'t [Migration],
    pub(crate) index: usize,
    /// Where relative names of files begin.
    pub(crate) folder: &'t std::path::Path,
    /// What the application writes between migration and undo.
    pub(crate) since: Option<&'t str>,
    /// psql goes on past errors.
    pub(crate) heedless: bool,
}

impl<'t> Task<'t> {
    pub(crate) fn migration(&self) -> &'t Migration {
        &self.migrations[self.index]
    }

    /// The tool's row of this migration, and what takes it back.
    pub(crate) fn native(&self) -> Native {
        let Some(history) = self.layout.history() else { return Native::default() };
        let migration = self.migration();
        let uuid = format!("00000000-0000-4000-8000-{:012}", self.index);
        let context = RecordContext { now: jiff::Timestamp::now(), duration: Duration::ZERO, uuid: &uuid };
        let previous = self.index.checked_sub(1).map(|i| &self.migrations[i]);
        // As the binary does it: a migration may leave another search path behind, and an undo has its own.
        let home = history.schema().unwrap_or("public");
        let at_home = format!("SET LOCAL search_path = {}", backout_schema::ident(home));
        let unrecord = history.unrecord(migration, previous);
        Native {
            lock: history.lock("main", home).map(|lock| lock.sql),
            create: vec![at_home.clone()],
            record: history.record(migration, &context),
            unrecord: unrecord
                .into_iter()
                .map(|sql| format!("{at_home}; {sql}; SET LOCAL search_path = pg_catalog"))
                .collect(),
        }
    }

    /// Runs the file as the tool would, with psql, and its history row.
    pub(crate) fn by_psql(&self, place: &Place<'_>) -> Result<Result<(), String>> {
        let migration = self.migration();
        let manner = match migration.mode {
            _ if self.heedless => Manner::Heedless,
            Mode::PerFile | Mode::AllInOne => Manner::OneTransaction,
            Mode::NoTransaction | Mode::Script => Manner::Statements,
        };
        if let Err(said) = place.psql(&migration.up, manner, migration.path.parent())? {
            return Ok(Err(said));
        }
        place.psql(&self.native().record.join(";\n"), Manner::OneTransaction, None)
    }

    fn job(&self) -> Result<Job, String> {
        let migration = self.migration();
        let dialect = self.layout.dialect();
        let file = migration.path.strip_prefix(self.folder.parent().unwrap_or(self.folder));
        let file = file.unwrap_or(&migration.path).display().to_string();
        let mut include = layouts::includes(&migration.path);
        let errors = script::errors(&file, &migration.up, dialect, &mut include);
        if !errors.is_empty() {
            let said: Vec<String> = errors.iter().map(|error| format!("{error}")).collect();
            return Err(format!("{} errors: {}", said.len(), said.join("; ")));
        }
        let script = migration.script(dialect).map_err(|error| error.to_string())?;
        let units = migrate::units(&script, migration.mode).map_err(|e| e.to_string())?;
        Ok(Job {
            version: migration.version.clone(),
            name: migration.name.clone(),
            layout: self.layout.name().to_owned(),
            file,
            checksum: migration.checksum.clone(),
            units,
            native: self.native(),
            take_back: false,
            down: None,
        })
    }

    /// Writes as the application does; tells where it could not.
    fn write_since(&self, main: &Place<'_>) -> Result<Option<String>> {
        let Some(since) = self.since else { return Ok(None) };
        // A policy that calls itself, say, lets nobody write.
        let written = main.psql(since, Manner::Statements, None)?;
        Ok(written.err().map(|said| format!("written since only in part: {said}")))
    }

    /// All of it. `main` is left as migrating left it; `twin` as psql did.
    pub(crate) async fn run(&self, main: &Place<'_>, twin: &Place<'_>, psql: Option<String>) -> Result<Outcome> {
        let mut reader = main.reader()?;
        let (dump_before, rows_before) = (main.dump()?, reader.rows()?);
        let sequences_before = reader.sequences()?;
        let dumps = BTreeMap::from([("before", dump_before.clone()), ("twin", twin.dump()?)]);
        let mut outcome = Outcome::unknown(self.migration(), rows_before.total(), dumps);
        let mut seen = unseen(psql);
        let job = match self.job() {
            Ok(job) => job,
            Err(said) => {
                seen.migrate = Attempt::Refused(said);
                outcome.judgement = judge(&seen);
                return Ok(outcome);
            }
        };
        outcome.several = job.units.len() > 1;
        seen.several = outcome.several;
        match migrated(main, &job).await? {
            Ok(report) => {
                outcome.migrate_ms = report.total_ms;
                outcome.removed = report.removed;
                outcome.moved = report.moved.iter().map(|m| format!("{}.{}", m.from_schema, m.name)).collect();
                seen.verdicts.clone_from(&report.verdicts);
                outcome.verdicts = report.verdicts;
            }
            Err((refused, said)) => {
                let (attempt, traces) = not_migrated(main, &dump_before, &rows_before, refused, said)?;
                seen.migrate = attempt;
                outcome.dumps.extend(traces.map(|now| ("after", now)));
                outcome.judgement = judge(&seen);
                return Ok(outcome);
            }
        }
        let wanted = match seen.psql {
            None => Some(Read { dump: outcome.dumps["twin"].clone(), rows: twin.reader()?.rows()? }),
            Some(_) => None,
        };
        if let Some(wanted) = &wanted {
            let is = Read::of(main, &mut reader)?;
            (seen.forward, seen.forward_counts) = is.against(wanted);
            outcome.dumps.insert("after", is.dump);
        }
        outcome.judgement.notes.extend(self.write_since(main)?);
        seen.written = self.since.is_some();
        match undone(main, self.since.is_some()).await? {
            Ok(report) => {
                let left: Vec<String> = report.left.iter().map(ToString::to_string).collect();
                let mut unchecked = Vec::new();
                outcome.undo_lock_ms = report.lock_ms;
                outcome.undo_total_ms = report.total_ms;
                seen.left.clone_from(&left);
                if self.since.is_some() && !left.is_empty() {
                    let done = run_what_is_left(main, &report.left, &seen.verdicts, &rows_before)?;
                    outcome.judgement.notes.extend(done.notes);
                    seen.redo.extend(done.failed);
                    unchecked = done.unchecked;
                } else {
                    let said = left.iter().filter(|_| seen.verdicts.is_empty());
                    seen.redo.extend(said.map(|l| format!("left: {l}")));
                }
                let dump = main.dump()?;
                seen.back = Likeness::of(&dump_before, &as_if_checked(&dump, &unchecked));
                seen.rows = rows_before.differences(&reader.rows_as(&rows_before)?);
                outcome.row_differences.clone_from(&seen.rows);
                outcome.dumps.insert("back", dump);
            }
            Err(said) => seen.undo = Some(said),
        }
        let sequences = reader.sequences()?;
        if seen.undo.is_none() {
            seen.redo.extend(again(main, &mut reader, &job, wanted.as_ref(), seen.written).await?);
        }
        let notes = std::mem::take(&mut outcome.judgement.notes);
        outcome.judgement = judge(&seen);
        outcome.judgement.notes.extend(notes);
        outcome.goes_on =
            seen.undo.is_none() && seen.redo.is_empty() && outcome.judgement.class <= super::judge::Class::Lossy;
        let moved = gone_on(&sequences_before, &sequences);
        if !moved.is_empty() {
            outcome.judgement.notes.push(format!("sequences went on: {moved:?}"));
        }
        Ok(outcome)
    }
}

/// What a migration that came to nothing has left, and the dump where it has left something.
fn not_migrated(
    main: &Place<'_>,
    dump_before: &str,
    rows_before: &Rows,
    refused: bool,
    said: String,
) -> Result<(Attempt, Option<String>)> {
    let now = main.dump()?;
    let likeness = Likeness::of(dump_before, &now);
    let rows = rows_before.differences(&main.reader()?.rows_as(rows_before)?);
    Ok(if likeness != Likeness::Equal || !rows.is_empty() {
        let said = rows.iter().fold(said, |said, d| format!("{said}; {}: {}", d.table, d.example));
        (Attempt::LeftTraces(said, likeness), Some(now))
    } else if refused {
        (Attempt::Refused(said), None)
    } else {
        (Attempt::Failed(said), None)
    })
}

/// What came of the statements that an undo says to run.
#[derive(Debug, Default)]
struct Left {
    notes: Vec<String>,
    /// Keys that hold for new rows only.
    unchecked: Vec<String>,
    failed: Vec<String>,
}

fn run_what_is_left(main: &Place<'_>, left: &[Residue], verdicts: &[Verdict], rows_before: &Rows) -> Result<Left> {
    let mut done = Left::default();
    // Rows written since did not fit. Without them, what it says to run must lead there.
    // Rows that are said to have lost something are not as they were, and no new ones.
    let lossy = |table: &str| {
        verdicts
            .iter()
            .any(|v| matches!(v, Verdict::Lossy { what, unit: backout_plan::Unit::Cells, .. } if names(what, table)))
    };
    main.take_out_what_is_new(rows_before, &lossy)?;
    for one in left {
        done.notes.push(format!("left: {one}"));
        for sql in one.mend() {
            let Err(error) = main.psql(&sql, Manner::Statements, None)? else { continue };
            if lacks_rows_that_stayed_away(&error, left) {
                done.unchecked.extend(sql.split_once("VALIDATE CONSTRAINT ").map(|(_, name)| name.to_owned()));
            } else {
                done.failed.push(format!("{sql}: {error}"));
            }
        }
    }
    Ok(done)
}

/// Migrates once more, and says what is not as wanted, where that is to be compared.
async fn again(
    main: &Place<'_>,
    reader: &mut Reader,
    job: &Job,
    wanted: Option<&Read>,
    is_written: bool,
) -> Result<Vec<String>> {
    if let Err((_, said)) = migrated(main, job).await? {
        return Ok(vec![said]);
    }
    let Some(wanted) = wanted else { return Ok(Vec::new()) };
    let (likeness, counts) = Read::of(main, reader)?.against(wanted);
    let mut said = lines(&likeness);
    said.extend(counts.into_iter().filter(|_| !is_written));
    Ok(said)
}

/// The sequences that stand otherwise.
fn gone_on<'s>(before: &'s BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<&'s String> {
    before
        .iter()
        .filter(|(name, value)| after.get(*name).is_some_and(|now| now != *value))
        .map(|(name, _)| name)
        .collect()
}

/// A database as pg_dump and COPY read it.
struct Read {
    dump: String,
    rows: Rows,
}

impl Read {
    fn of(place: &Place<'_>, reader: &mut Reader) -> Result<Self> {
        Ok(Self { dump: place.dump()?, rows: reader.rows()? })
    }

    /// Against its twin: schemas, and numbers of rows.
    fn against(&self, twin: &Self) -> (Likeness, Vec<String>) {
        let exactly = (Likeness::of(&twin.dump, &self.dump), self.rows.other_counts(&twin.rows));
        if exactly.0 == Likeness::Equal && exactly.1.is_empty() {
            return exactly;
        }
        let settled = (
            Likeness::of(&without_clock(&twin.dump), &without_clock(&self.dump)),
            self.rows.without_clock().other_counts(&twin.rows.without_clock()),
        );
        if settled.0 == Likeness::Equal && settled.1.is_empty() { settled } else { exactly }
    }
}

/// Whether a foreign key cannot be checked because rows that it refers to did not come back, which was said: others
/// have had their unique values since.
fn lacks_rows_that_stayed_away(error: &str, left: &[Residue]) -> bool {
    error.split_once(" is not present in table ").and_then(|(_, rest)| rest.split('"').nth(1)).is_some_and(|table| {
        left.iter().map(ToString::to_string).any(|said| said.contains("did not come back") && said.contains(table))
    })
}

/// The dump if these keys, which were said to hold for new rows only, had been checked.
fn as_if_checked(dump: &str, keys: &[String]) -> String {
    let of_one = |line: &str| match line.strip_suffix(" NOT VALID;") {
        Some(whole) if keys.iter().any(|key| whole.contains(&format!("ADD CONSTRAINT {key} "))) => format!("{whole};"),
        _ => line.to_owned(),
    };
    dump.split('\n').map(of_one).collect::<Vec<_>>().join("\n")
}

/// Migrates as a rehearsal does. The error says whether it was a refusal of ours.
async fn migrated(place: &Place<'_>, job: &Job) -> Result<Result<Report, (bool, String)>> {
    let (session, witness) = (place.session().await?, place.session().await?);
    let rules = Rules {
        lock_timeout: Duration::from_secs(5),
        lock_retries: 3,
        lock_budget: None,
        rebuild_below: u64::MAX,
        hide_above: None,
        large: None,
        sizes: BTreeMap::new(),
        statement_timeout: Duration::ZERO,
        protect: Vec::new(),
        max_deleted_rows: 0,
        checks: Vec::new(),
        keep_archive: Duration::from_secs(86_400),
        no_archive: Vec::new(),
        accept_loss: Vec::new(),
    };
    let mode = migrate::Mode {
        learn: true,
        lessons: None,
        locks: &[],
        expected: None,
        certificate: None,
        without_certificate: Some("a run over a history"),
        backup: None,
        tolerate_loss: true,
    };
    let result = migrate::migrate(&session, &witness, job, &rules, mode, &|_: Event| {}).await;
    session.close().await;
    witness.close().await;
    Ok(result.map_err(|error| {
        let refused = error.database_error().is_none() && !matches!(error, MigrateError::Outcome(_));
        let detail = error.database_error().and_then(|d| d.detail.clone()).map(|d| format!(" ({d})"));
        let statement = error.place().map(|place| format!(" in: {}", place.statement)).unwrap_or_default();
        (refused, format!("{}{}{statement}", chain(&error), detail.unwrap_or_default()))
    }))
}

/// Undoes what was migrated last.
pub(crate) async fn undone(place: &Place<'_>, written_since: bool) -> Result<Result<UndoReport, String>> {
    let session = place.session().await?;
    let records = store::records(&session).await?;
    let Some(record) = records.iter().rev().find(|record| record.state != State::Undone) else {
        return Ok(Err("there is nothing on record to undo".to_owned()));
    };
    let mut rules = UndoRules {
        lock_timeout: Duration::from_secs(5),
        lock_retries: 3,
        lock_budget: None,
        choice: undo::Choice { rebuild_below: u64::MAX, ..Default::default() },
        accept_loss: Vec::new(),
        read_whole: true,
        measure: false,
    };
    let mut result = undo::undo(&session, record, &rules, &|_: Event| {}).await;
    if let (Err(UndoError::Conflicts { conflicts, .. }), true) = (&result, written_since) {
        let problems: Vec<String> = conflicts.iter().map(|c| c.problem.clone()).collect();
        for turn in 0.. {
            let Some(values) = decide(&session, &problems, turn).await? else { break };
            rules.choice.values = values;
            result = undo::undo(&session, record, &rules, &|_: Event| {}).await;
            // Another row may have that value, where a value is a key.
            if !result.as_ref().is_err_and(is_repeated) {
                break;
            }
        }
    }
    session.close().await;
    Ok(result.map_err(|error| {
        let detail = error.database_error().and_then(|d| d.detail.clone()).map(|d| format!(" ({d})"));
        format!("{}{}", chain(&error), detail.unwrap_or_default())
    }))
}

fn is_repeated(error: &UndoError) -> bool {
    error.database_error().is_some_and(|e| e.code.as_deref() == Some(sqlstate::UNIQUE_VIOLATION))
}

/// Where nothing but values of an enum that rows written since have is in the way, and the user is asked what they
/// become: any other, at each turn the next.
async fn decide(
    session: &Session,
    problems: &[String],
    turn: usize,
) -> Result<Option<BTreeMap<(String, String), String>>> {
    let mut values = BTreeMap::new();
    for problem in problems {
        let asked = problem.split_once(" the former type ").filter(|(_, rest)| rest.contains("--value "));
        let Some((name, rest)) = asked.and_then(|(_, rest)| rest.split_once(" does not have (")) else {
            return Ok(None);
        };
        let lost: Vec<&str> = rest.split_once(')').map_or("", |(list, _)| list).split(", ").collect();
        let labels = format!(
            "SELECT enumlabel::text FROM pg_enum WHERE enumtypid = to_regtype('{}') ORDER BY enumsortorder",
            name.replace('\'', "''")
        );
        let labels = session.rows(&labels).await?;
        let mut kept = labels.iter().map(|row| row.get::<_, String>(0)).filter(|l| !lost.contains(&l.as_str()));
        let Some(kept) = kept.nth(turn) else { return Ok(None) };
        values.extend(lost.iter().map(|label| ((format!("type {name}"), (*label).to_owned()), kept.clone())));
    }
    Ok((!values.is_empty()).then_some(values))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        said.push_str(": ");
        said.push_str(&inner.to_string());
        source = inner.source();
    }
    said
}
