//! Guarded migration: one file, applied so that it can be taken back.
//!
//! A file becomes one or more units (transactions, or statements that cannot run inside one). Each
//! unit runs under a lock budget, statement by statement; drops become moves; guards look after every
//! statement; the inverse and the native tool's history row are committed with the change itself.
//!
//! In depth: `docs/internals/migrate.md`.

mod beyond;
mod error;
mod finish;
mod guards;
mod hide;
mod images;
mod labels;
mod lead_back;
mod others;
mod preserve;
mod retype;
mod statement;
mod texts;
mod units;
mod watchable;

pub use error::{MigrateError, Place};
pub use guards::Protected;
pub use images::sweep;
pub use statement::{copy_in, generated};
pub use units::{Unit, UnitError, UnitKind, units};

use crate::boxed;
use crate::catalog::{RowCounts, census, read_catalog, row_counts};
use crate::failpoint;
use crate::locks::{LockOrder, patience};
use crate::reimport::{self, Late, Reimported};
use crate::session::Session;
use crate::store::{self, NewRecord};
use backout_plan::Verdict;
use backout_plan::plan::{Check, TablePattern};
use backout_reversal::{
    ColumnCopy, Hidden, Inverse, Moved, RowChange, RowImages, SequenceValue, TableCopy, Texts, TypeCopy,
};
use backout_schema::{Catalog, Census, ObjectId};
use backout_sql::analysis::Class;
use backout_sql::script::Item;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// One migration as it is to be run.
#[derive(Clone, Debug)]
pub struct Job {
    pub version: String,
    pub name: String,
    pub layout: String,
    pub file: String,
    pub checksum: String,
    pub units: Vec<Unit>,
    /// Statements for the team's own tool: its lock, its table where that is missing, its row, and
    /// what takes the row back.
    pub native: Native,
    /// What an undo set aside goes back to what the migration makes again.
    pub take_back: bool,
    /// A way back that the project's authors wrote: a rehearsal says what it does.
    pub down: Option<DownScript>,
}

/// A hand-written way back, or why it cannot be read.
#[derive(Clone, Debug)]
pub struct DownScript {
    pub file: String,
    pub units: Result<Vec<Unit>, String>,
}

#[derive(Clone, Debug, Default)]
pub struct Native {
    pub lock: Option<String>,
    pub create: Vec<String>,
    pub record: Vec<String>,
    pub unrecord: Vec<String>,
}

/// What the plan says about how a migration runs.
#[derive(Clone, Debug)]
pub struct Rules {
    pub lock_timeout: Duration,
    pub lock_retries: u32,
    pub lock_budget: Option<Duration>,
    /// Tables up to this size would be recreated by an undo where a column must come back between others.
    pub rebuild_below: u64,
    /// Dropped columns of tables of at least this size are hidden.
    pub hide_above: Option<u64>,
    /// Which tables are that large, by name, where the data is not the target's.
    pub large: Option<BTreeSet<String>>,
    /// How large they are there, by name.
    pub sizes: BTreeMap<String, u64>,
    pub statement_timeout: Duration,
    pub protect: Vec<TablePattern>,
    pub max_deleted_rows: u64,
    pub checks: Vec<Check>,
    pub keep_archive: Duration,
    /// Tables whose rows are not to be kept.
    pub no_archive: Vec<String>,
    pub accept_loss: Vec<String>,
}

/// What a rehearsal saw that the live run needs beforehand: per statement, what it destroys and whose rows it
/// changes although its text does not say so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lessons {
    pub destroyed: BTreeMap<usize, Vec<String>>,
    /// Tables whose rows a statement changes although it does not name them.
    #[serde(default)]
    pub touched: BTreeMap<usize, Vec<String>>,
    /// Columns that get another type inside code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retyped: BTreeMap<usize, Vec<String>>,
}

/// How a migration is run.
#[derive(Clone, Copy, Debug)]
pub struct Mode<'a> {
    /// On a clone: learn by running statements twice, and look at locks.
    pub learn: bool,
    pub lessons: Option<&'a Lessons>,
    /// Locks to take at the beginning, from the rehearsal.
    pub locks: &'a [TakenLock],
    /// What the catalog must be afterwards, from the rehearsal: identity → digest.
    pub expected: Option<&'a BTreeMap<String, String>>,
    pub certificate: Option<&'a str>,
    pub without_certificate: Option<&'a str>,
    /// The backup that was demanded, or why there is none; for the record.
    pub backup: Option<&'a str>,
    /// Report what a loss would be instead of refusing it.
    pub tolerate_loss: bool,
}

/// What happens while a migration or an undo runs. What an attempt was blocked by is the place of a statement, or the
/// table that it waited for with who holds it.
#[derive(Clone, Debug)]
pub enum Event {
    Statement { location: String, text: String },
    Kept { what: String, schema: String },
    Retry { attempt: u32, of: u32, wait: Duration, blocked_by: Option<String> },
    Echo(String),
    Committed { unit: usize, of: usize },
    Note(String),
    Tail { about: String },
}

pub type Watch<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// How long one statement took, and the strongest lock that it newly took on each table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timing {
    pub location: String,
    pub tag: String,
    pub ms: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<TakenLock>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakenLock {
    pub table: String,
    pub mode: String,
}

/// What a migration did.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub number: i64,
    pub version: String,
    pub verdicts: Vec<Verdict>,
    /// What comes back narrower than it is now: rows written until then may not fit it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may_not_fit: Vec<String>,
    pub moved: Vec<Moved>,
    /// What else the migration removed, added and changed, in words.
    pub removed: Vec<String>,
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub statements: Vec<Timing>,
    pub attempts: u32,
    /// From the first lock to the end of COMMIT, of the longest unit.
    pub lock_ms: f64,
    pub total_ms: f64,
    pub notes: Vec<String>,
    /// What went back of what undos had set aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reimported: Vec<Reimported>,
    #[serde(skip)]
    pub inverse: Inverse,
    #[serde(skip)]
    pub lessons: Lessons,
    /// The catalog before, for the certificate's closure.
    #[serde(skip)]
    pub before: Catalog,
}

/// Everything that a run gathers while it goes.
pub(crate) struct Run<'a> {
    session: &'a Session,
    witness: &'a Session,
    rules: &'a Rules,
    mode: Mode<'a>,
    watch: Watch<'a>,
    number: i64,
    baseline: guards::Baseline,
    before: Catalog,
    existed: BTreeSet<ObjectId>,
    /// Values of enums that an earlier run of the same migration has renamed.
    renamed_before: Vec<backout_reversal::Relabelled>,
    protected: Vec<Protected>,
    /// Source schema → archive schema, in order of appearance.
    homes: Vec<String>,
    made_schemas: BTreeSet<String>,
    /// The catalog at the beginning of the transaction, until its first statement has run.
    untouched: Option<(Census, Catalog)>,
    unit: Gathered,
    /// What a unit that failed on a lock must be able to take back to.
    committed: Gathered,
    /// Statements of the whole file, counted for lessons.
    ordinal: usize,
    timings: Vec<Timing>,
    lessons: Lessons,
    seen_locks: BTreeSet<(String, String)>,
    notes: Vec<String>,
    reimported: Vec<Reimported>,
    /// What of it must follow the COMMIT.
    late: Vec<Late>,
    /// How long this attempt queues for a lock.
    patience: Duration,
    lock_order: LockOrder,
    /// It is on record already.
    resumed: bool,
    /// What the second connection saw before anything was done, or at the last commit of ours.
    seen: Option<Census>,
    /// What the commits of this run explain.
    ours: BTreeSet<ObjectId>,
    /// Tables, by their root, whose changes of rows are being written down.
    watched: BTreeMap<u32, images::Watched>,
    /// Their columns may be others since.
    reshaped: bool,
    /// All tables that were watched in this transaction, with their partitions.
    covered: BTreeSet<u32>,
    /// Those of them that are not watched any more, since a part went: what the counters said then.
    unwatched_since: BTreeMap<u32, RowCounts>,
    /// Sequences of watched tables, as they stood.
    counting: Vec<SequenceValue>,
    /// Copies of whole rows: how many statements had changed rows of their tables by then.
    whole_rows: BTreeMap<String, i64>,
    /// Row counts of statements that were taken back.
    discount: BTreeMap<u32, RowCounts>,
    /// Triggers that go after COMMIT.
    triggers_left: bool,
    /// The table that the running statement updates, with the columns that it sets, if nothing else of the migration
    /// changes rows.
    sole_update: Option<(u32, Vec<String>)>,
    /// How many statements of the migration change rows or run code.
    deeds: usize,
}

/// What has been kept and lost so far.
#[derive(Clone, Debug, Default)]
struct Gathered {
    moved: Vec<Moved>,
    columns: Vec<ColumnCopy>,
    hidden: Vec<Hidden>,
    tables: Vec<TableCopy>,
    images: Vec<RowImages>,
    types: Vec<TypeCopy>,
    /// Labels of new enums by the number of their catalog row, as they were when a column got the type.
    labels: BTreeMap<u32, (ObjectId, String)>,
    /// Those of enums that were there before the migration, as they were then.
    first_labels: BTreeMap<u32, (ObjectId, String)>,
    /// Those of all enums, as they were when what was kept as text was last looked at; and whether one statement gave
    /// values one another's names, so that a text may mean either.
    present_labels: BTreeMap<u32, (ObjectId, String)>,
    labels_in_doubt: bool,
    /// How many attributes composite types had by then.
    present_attributes: BTreeMap<u32, i64>,
    /// From the first text on.
    texts: Option<Texts>,
    sequences: Vec<SequenceValue>,
    rows: BTreeMap<u32, RowChange>,
    losses: Vec<Verdict>,
    foreign: BTreeSet<ObjectId>,
}

impl Gathered {
    /// The archive schemas that it lies in.
    fn schemas(&self) -> BTreeSet<String> {
        let moved = self.moved.iter().map(|m| &m.to_schema);
        let copies = self.columns.iter().map(|c| &c.schema).chain(self.tables.iter().map(|t| &t.schema));
        let values = self.images.iter().map(|i| &i.schema).chain(self.types.iter().map(|t| &t.schema));
        moved.chain(copies).chain(values).filter(|schema| !schema.is_empty()).cloned().collect()
    }
}

/// Runs one migration. The session must hold the run lock; the witness is a second connection that
/// sees what others have committed and nothing of ours.
pub async fn migrate(
    session: &Session,
    witness: &Session,
    job: &Job,
    rules: &Rules,
    mode: Mode<'_>,
    watch: Watch<'_>,
) -> Result<Report, MigrateError> {
    let started = Instant::now();
    session.keep_prepared();
    witness.keep_prepared();
    sweep_left(session, rules).await?;
    let baseline = guards::Baseline::read(session).await?;
    let number = store::next_number(session).await?;
    let mut run = Run {
        session,
        witness,
        rules,
        mode,
        watch,
        number,
        baseline,
        before: Catalog::default(),
        existed: BTreeSet::new(),
        renamed_before: Vec::new(),
        protected: Vec::new(),
        homes: Vec::new(),
        made_schemas: BTreeSet::new(),
        untouched: None,
        unit: Gathered::default(),
        committed: Gathered::default(),
        ordinal: 0,
        timings: Vec::new(),
        lessons: Lessons::default(),
        seen_locks: BTreeSet::new(),
        sole_update: None,
        deeds: deeds(job),
        notes: Vec::new(),
        reimported: Vec::new(),
        late: Vec::new(),
        reshaped: false,
        patience: rules.lock_timeout,
        lock_order: LockOrder::default(),
        resumed: false,
        seen: None,
        ours: BTreeSet::new(),
        watched: BTreeMap::new(),
        covered: BTreeSet::new(),
        unwatched_since: BTreeMap::new(),
        counting: Vec::new(),
        whole_rows: BTreeMap::new(),
        discount: BTreeMap::new(),
        triggers_left: false,
    };
    boxed(run.everything(job, 0, started)).await
}

/// Goes on with a migration that stopped between two of its transactions.
pub async fn resume(
    session: &Session,
    witness: &Session,
    job: &Job,
    record: &store::Record,
    rules: &Rules,
    mode: Mode<'_>,
    watch: Watch<'_>,
) -> Result<Report, MigrateError> {
    let started = Instant::now();
    if record.copied {
        return Err(MigrateError::Unsupported(format!(
            "migration {} was interrupted in another database, of which this is a copy by dump and restore: it cannot go on here",
            record.number
        )));
    }
    session.keep_prepared();
    witness.keep_prepared();
    sweep_left(session, rules).await?;
    let baseline = guards::Baseline::read(session).await?;
    let inverse = store::inverse(session, record.number).await?.unwrap_or_default();
    let number = record.number;
    let unreadable = |column, value: &dyn std::fmt::Display| store::StoreError::Unreadable {
        number,
        column,
        value: value.to_string(),
    };
    let kept = Gathered {
        labels: BTreeMap::new(),
        first_labels: BTreeMap::new(),
        present_labels: BTreeMap::new(),
        labels_in_doubt: !inverse.labels_followed,
        present_attributes: BTreeMap::new(),
        texts: inverse.texts.clone(),
        moved: inverse.moved.clone(),
        columns: inverse.columns.clone(),
        hidden: inverse.hidden.clone(),
        tables: inverse.tables.clone(),
        images: inverse.images.clone(),
        types: inverse.types.clone(),
        sequences: inverse.sequences.clone(),
        rows: inverse.rows.iter().cloned().enumerate().map(|(i, r)| (i as u32, r)).collect(),
        losses: serde_json::from_value(record.verdicts.clone())
            .map_err(|_| unreadable("verdicts", &record.verdicts))?,
        foreign: BTreeSet::new(),
    };
    let done = usize::try_from(record.done).ok().filter(|done| *done <= job.units.len());
    let done = done.ok_or_else(|| unreadable("done", &record.done))?;
    let mut run = Run {
        session,
        witness,
        rules,
        mode,
        watch,
        number: record.number,
        baseline,
        before: Catalog::default(),
        existed: BTreeSet::new(),
        renamed_before: inverse.renamed_labels.clone(),
        protected: Vec::new(),
        homes: kept.moved.iter().map(|m| m.from_schema.clone()).fold(Vec::new(), |mut homes, schema| {
            if !homes.contains(&schema) {
                homes.push(schema);
            }
            homes
        }),
        made_schemas: kept.schemas(),
        untouched: None,
        committed: kept.clone(),
        unit: kept,
        ordinal: job.units[..done].iter().map(|u| u.items.len()).sum(),
        timings: Vec::new(),
        lessons: Lessons::default(),
        seen_locks: BTreeSet::new(),
        sole_update: None,
        deeds: deeds(job),
        notes: Vec::new(),
        reimported: Vec::new(),
        late: Vec::new(),
        reshaped: false,
        patience: rules.lock_timeout,
        lock_order: LockOrder::default(),
        resumed: true,
        seen: None,
        ours: inverse.added.iter().chain(&inverse.changed).chain(&inverse.removed).copied().collect(),
        watched: BTreeMap::new(),
        covered: BTreeSet::new(),
        unwatched_since: BTreeMap::new(),
        counting: Vec::new(),
        whole_rows: BTreeMap::new(),
        discount: BTreeMap::new(),
        triggers_left: false,
    };
    // Before this run is what was before the first one: today's catalog with the inverse taken back.
    run.look_first().await?;
    let now = read_catalog(session, false).await?;
    run.before = inverse.rewind(&now);
    boxed(run.everything(job, done, started)).await
}

/// What a run that was killed has left.
async fn sweep_left(session: &Session, rules: &Rules) -> Result<(), MigrateError> {
    let doing = "removing triggers of Backout's own";
    sweep(session, rules.lock_timeout, rules.lock_retries).await.map_err(MigrateError::server(doing))?;
    Ok(())
}

impl Run<'_> {
    async fn everything(&mut self, job: &Job, done: usize, started: Instant) -> Result<Report, MigrateError> {
        failpoint!("migrate.start");
        let several = job.units.len() > 1;
        if several && !self.resumed {
            store::begin(self.session, &self.record(job)).await?;
            failpoint!("migrate.entered");
        }
        let mut lock_ms: f64 = 0.0;
        let mut attempts = 1;
        let (mut verdicts, mut may_not_fit) = (Vec::new(), Vec::new());
        let mut inverse = Inverse::default();
        for (index, unit) in job.units.iter().enumerate().skip(done) {
            let last = index + 1 == job.units.len();
            let outcome = match &unit.kind {
                UnitKind::Transaction => self.transaction(job, unit, index, last, several).await,
                UnitKind::Outside(outside) => boxed(self.outside(job, unit, outside, index, last)).await,
            };
            match outcome {
                Ok(done) => {
                    lock_ms = lock_ms.max(done.lock_ms);
                    attempts = attempts.max(done.attempts);
                    (verdicts, may_not_fit) = (done.verdicts, done.may_not_fit);
                    self.ours
                        .extend(done.inverse.removed.iter().chain(&done.inverse.added).chain(&done.inverse.changed));
                    self.ours.extend(done.ours);
                    self.seen = Some(done.seen);
                    inverse = done.inverse;
                }
                Err(error) => {
                    // Nothing of the file has happened: then it is not interrupted, it never was.
                    if several && index == 0 {
                        store::forget(self.session, self.number).await?;
                    }
                    return Err(error);
                }
            }
            (self.watch)(Event::Committed { unit: index + 1, of: job.units.len() });
            self.committed = self.unit.clone();
        }
        store::migrate_lock_time(self.session, self.number, lock_ms).await?;
        let late = reimport::take_back_late(self.session, std::mem::take(&mut self.late)).await?;
        self.reimported.extend(late);
        failpoint!("migrate.end");
        let mut report = Report {
            number: self.number,
            version: job.version.clone(),
            verdicts,
            may_not_fit,
            moved: self.unit.moved.clone(),
            removed: Vec::new(),
            added: Vec::new(),
            changed: Vec::new(),
            statements: std::mem::take(&mut self.timings),
            attempts,
            lock_ms,
            total_ms: started.elapsed().as_secs_f64() * 1e3,
            notes: std::mem::take(&mut self.notes),
            reimported: std::mem::take(&mut self.reimported),
            inverse,
            lessons: std::mem::take(&mut self.lessons),
            before: std::mem::take(&mut self.before),
        };
        for (change, what) in report.inverse.summary() {
            match change {
                backout_schema::Change::Removed => report.removed.push(what),
                backout_schema::Change::Added => report.added.push(what),
                backout_schema::Change::Changed => report.changed.push(what),
            }
        }
        Ok(report)
    }

    fn record(&self, job: &Job) -> NewRecord {
        NewRecord {
            number: self.number,
            version: job.version.clone(),
            name: job.name.clone(),
            layout: job.layout.clone(),
            file: job.file.clone(),
            checksum: job.checksum.clone(),
            steps: i32::try_from(job.units.len()).unwrap_or(i32::MAX),
            accepted: self.rules.accept_loss.clone(),
            certificate: self.mode.certificate.map(str::to_owned),
            without_certificate: self.mode.without_certificate.map(str::to_owned),
            backup: self.mode.backup.map(str::to_owned),
            keep_seconds: self.rules.keep_archive.as_secs_f64(),
        }
    }

    /// One transaction, tried again while the only trouble is a lock.
    async fn transaction(
        &mut self,
        job: &Job,
        unit: &Unit,
        index: usize,
        last: bool,
        several: bool,
    ) -> Result<finish::Done, MigrateError> {
        let began = Instant::now();
        let (ordinal, timings) = (self.ordinal, self.timings.len());
        let mut attempt = 1;
        loop {
            self.patience = patience(attempt, self.rules.lock_timeout);
            let result = boxed(self.attempt(job, unit, index, last, several)).await;
            let error = match result {
                Ok(mut done) => {
                    done.attempts = attempt;
                    return Ok(done);
                }
                Err(error) => error,
            };
            // The server may have gone; then there is nothing to roll back.
            let rolled_back = self.session.roll_back().await.is_ok();
            self.unit = self.committed.clone();
            self.forget_watches();
            self.made_schemas = self.committed.schemas();
            self.ordinal = ordinal;
            self.timings.truncate(timings);
            let spent = self.rules.lock_budget.is_some_and(|budget| began.elapsed() >= budget);
            if !rolled_back || !error.is_retryable() || attempt > self.rules.lock_retries || spent {
                return Err(error.after_attempts(attempt));
            }
            // Each failed attempt gave way to whoever holds the lock; come back later, ever later.
            let wait = Duration::from_millis(100).saturating_mul(1 << attempt.min(5)).min(Duration::from_secs(3));
            let mut blocked_by = error.place().map(|place| place.location.clone());
            if blocked_by.is_none() {
                blocked_by = self.lock_order.missed(self.session).await;
            }
            (self.watch)(Event::Retry { attempt, of: self.rules.lock_retries, wait, blocked_by });
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &mut self,
        job: &Job,
        unit: &Unit,
        index: usize,
        last: bool,
        several: bool,
    ) -> Result<finish::Done, MigrateError> {
        self.look_first().await?;
        self.session.batch("BEGIN").await.map_err(MigrateError::server("opening the transaction"))?;
        self.baseline.reassert(self.session, self.rules, self.patience).await?;
        if index == 0 && !self.resumed && unit.items.iter().any(units::may_keep) {
            self.make_first_home().await?;
        }
        // Read while nothing is locked yet, and once more only if somebody was quicker than our locks.
        let mut stamp = census(self.session).await?;
        let mut now = read_catalog(self.session, true).await?;
        let locked = Instant::now();
        if !several {
            self.lock_ahead().await?;
        }
        if let Some(lock) = &job.native.lock {
            self.session.batch(lock).await.map_err(MigrateError::server("taking the migration tool's own lock"))?;
        }
        let still = census(self.session).await?;
        if stamp != still {
            now = read_catalog(self.session, true).await?;
            stamp = still;
        }
        if self.before.objects().next().is_none() {
            self.before = now.clone();
        }
        self.note_first_labels().await?;
        self.follow_types().await?;
        self.untouched = matches!(unit.items.first(), Some(Item::Statement(_))).then_some((stamp, now));
        self.existed = self.before.objects().map(|o| o.id).collect();
        self.protected = guards::protected(self.session, &self.before, &self.rules.protect).await?;
        self.discount.clear();
        let rows_before = row_counts(&self.session.client).await?;
        let beyond = self.beyond().await?;
        failpoint!("migrate.snapshot");
        for item in &unit.items {
            boxed(self.item(item, &rows_before)).await?;
            if labels::may_alter_types(item) {
                self.follow_types().await?;
            }
            self.ordinal += 1;
            self.untouched = None;
            failpoint!("migrate.statement");
        }
        // What waits for COMMIT shall be seen as well.
        let waited = self.session.batch("SET CONSTRAINTS ALL IMMEDIATE").await;
        waited.map_err(MigrateError::server("checking what waits for COMMIT"))?;
        self.count_rows(&rows_before).await?;
        let done = boxed(self.finish(job, index, last, several, &beyond)).await?;
        failpoint!("migrate.before_commit");
        self.leave_first_home().await?;
        self.session.batch("COMMIT").await.map_err(MigrateError::server("COMMIT"))?;
        let lock_ms = locked.elapsed().as_secs_f64() * 1e3;
        failpoint!("migrate.after_commit");
        if std::mem::take(&mut self.triggers_left) {
            self.sweep().await;
        }
        Ok(finish::Done { lock_ms, ..done })
    }

    /// The second connection's first look, which must come before ours.
    async fn look_first(&mut self) -> Result<(), MigrateError> {
        if self.seen.is_none() {
            self.seen = Some(census(self.witness).await?);
        }
        Ok(())
    }

    /// Takes the locks that the rehearsal saw, before anything is done: whoever is in
    /// the way is met while nothing is held, not in the middle.
    async fn lock_ahead(&mut self) -> Result<(), MigrateError> {
        let mut tables: BTreeMap<&str, u8> = BTreeMap::new();
        for lock in self.mode.locks {
            let strength = LOCK_MODES.iter().position(|(mode, _)| *mode == lock.mode).map_or(0, |p| p as u8 + 1);
            let entry = tables.entry(&lock.table).or_default();
            *entry = (*entry).max(strength);
        }
        let mut wanted: Vec<(String, &str)> = Vec::new();
        for (position, (_, words)) in LOCK_MODES.iter().enumerate().rev() {
            let of_mode = tables.iter().filter(|(_, strength)| usize::from(**strength) == position + 1);
            wanted.extend(of_mode.map(|(name, _)| ((*name).to_owned(), *words)));
        }
        self.lock_order
            .take(self.session, &wanted)
            .await
            .map_err(MigrateError::server("taking the locks that the rehearsal saw"))
    }

    /// Rows of tables that existed before, changed by this transaction and kept by nobody.
    async fn count_rows(&mut self, before: &BTreeMap<u32, RowCounts>) -> Result<(), MigrateError> {
        for (oid, counts) in self.row_counts().await? {
            let id = ObjectId::relation(oid);
            let holds_rows = self.before.get(id).is_some_and(backout_schema::Object::holds_rows);
            let since = match (self.covered.contains(&oid), self.unwatched_since.get(&oid)) {
                (true, None) => continue,
                (true, Some(since)) => *since,
                (false, _) => before.get(&oid).copied().unwrap_or_default(),
            };
            if holds_rows && !self.before.is_ours(id) {
                self.count_change(oid, counts.since(since));
            }
        }
        Ok(())
    }

    /// What the counters say, less what was taken back: they do not forget that by themselves.
    async fn row_counts(&self) -> Result<BTreeMap<u32, RowCounts>, MigrateError> {
        let mut counts = row_counts(&self.session.client).await?;
        for (oid, taken_back) in &self.discount {
            if let Some(count) = counts.get_mut(oid) {
                *count = count.since(*taken_back);
            }
        }
        Ok(counts)
    }

    /// After COMMIT nothing that fails may look like a migration that failed.
    async fn sweep(&mut self) {
        let why = match sweep(self.session, self.rules.lock_timeout, self.rules.lock_retries.max(1)).await {
            Ok(true) => return,
            Ok(false) => "their table is read all the time".to_owned(),
            Err(error) => error.to_string(),
        };
        self.notes.push(format!(
            "triggers that wrote down changed rows are still there ({why}); they do nothing, and the next migrate or undo removes them"
        ));
    }

    pub(crate) fn home(&mut self, schema: &str) -> String {
        let position = self.homes.iter().position(|s| s == schema).unwrap_or_else(|| {
            self.homes.push(schema.to_owned());
            self.homes.len() - 1
        });
        if position == 0 {
            format!("backout_archive_{}", self.number)
        } else {
            format!("backout_archive_{}_{}", self.number, position + 1)
        }
    }
}

/// The items of a unit that run something.
pub(crate) fn runs(item: &Item) -> bool {
    !matches!(item, Item::Echo { .. })
}

/// Lock modes that others feel, weakest first: as `pg_locks` names them and as LOCK TABLE takes them.
const LOCK_MODES: &[(&str, &str)] = &[
    ("ShareLock", "SHARE"),
    ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    ("ExclusiveLock", "EXCLUSIVE"),
    ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

/// Statements that change rows or run code; one that does both counts for itself.
fn deeds(job: &Job) -> usize {
    let items = job.units.iter().flat_map(|unit| &unit.items);
    let statements = items.filter_map(|item| match item {
        Item::Statement(statement) => Some(statement),
        _ => None,
    });
    let harmless = |class: &Class| match class {
        Class::Ddl(ddl) => !ddl.truncates,
        other => matches!(other, Class::Additive | Class::Session(_)),
    };
    statements.filter(|s| !harmless(&s.analysis.class)).count()
}
