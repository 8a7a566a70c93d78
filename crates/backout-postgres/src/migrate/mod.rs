//! Guarded migration: one file, applied so that it can be taken back.
//!
//! A file becomes one or more units (transactions, or statements that cannot run inside one). Each
//! unit runs under a lock budget, statement by statement; drops become moves; guards look after every
//! statement; the inverse and the native tool's history row are committed with the change itself.
//!
//! In depth: `docs/internals/migrate.md`.

mod begin_watch;
mod beyond;
mod code;
mod counters;
mod environment;
mod error;
mod finish;
mod gathered;
mod guards;
mod hide;
mod homes;
mod images;
mod keep_columns;
mod labels;
mod lead_back;
mod learning;
mod locking;
mod origin;
mod others;
mod preserve;
mod retype;
mod statement;
mod texts;
mod told;
mod units;
mod watchable;

pub use code::copy_in;
pub use error::{MigrateError, Place};
pub use guards::Protected;
pub use images::sweep;
pub use statement::generated;
pub use units::{Unit, UnitError, UnitKind, units};

use counters::Counters;
use environment::Environment;
use gathered::Gathered;
use homes::Homes;
use images::Watches;
use learning::Learning;
use locking::Locking;
use origin::Origin;
use others::Bystanders;
use told::Told;

use crate::boxed;
use crate::catalog::{RowCounts, census, read_catalog, row_counts};
use crate::failpoint;
use crate::locks::LockOrder;
use crate::reimport::{self, Reimported};
use crate::retry::Tries;
use crate::session::Session;
use crate::store::{self};
use backout_plan::Verdict;
use backout_plan::plan::{Check, TablePattern};
use backout_reversal::{Inverse, Moved};
use backout_schema::{Catalog, Census, ObjectId, TableLock};
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
    pub locks: &'a [TableLock],
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

/// How long one statement took, the locks that it newly took, and the tables that it rewrote.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timing {
    pub location: String,
    pub tag: String,
    pub ms: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<TableLock>,
    /// What is written anew, or emptied: that takes the longer the larger they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<String>,
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
    env: Environment<'a>,
    locking: Locking,
    origin: Origin,
    homes: Homes,
    /// The catalog at the beginning of the transaction, until its first statement has run.
    untouched: Option<(Census, Catalog)>,
    gathered: Gathered,
    /// What a unit that failed on a lock must be able to take back to.
    committed: Gathered,
    watches: Watches,
    counters: Counters,
    learning: Learning,
    bystanders: Bystanders,
    told: Told,
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
    let env = Environment { session, witness, rules, mode, watch, number, baseline, resumed: false };
    let mut run = Run::new(env, job);
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
    let kept = Gathered::on_record(record, &inverse)?;
    let done = usize::try_from(record.done).ok().filter(|done| *done <= job.units.len());
    let done = done.ok_or_else(|| unreadable(record, "done", &record.done))?;
    let env = Environment { session, witness, rules, mode, watch, number: record.number, baseline, resumed: true };
    let mut run = Run::new(env, job);
    run.goes_on(job, done, kept, &inverse);
    // Before this run is what was before the first one: today's catalog with the inverse taken back.
    run.bystanders.look_first(&run.env).await?;
    let now = read_catalog(session, false).await?;
    run.origin.catalog = inverse.rewind(&now);
    boxed(run.everything(job, done, started)).await
}

/// What a run that was killed has left.
async fn sweep_left(session: &Session, rules: &Rules) -> Result<(), MigrateError> {
    let doing = "removing triggers of Backout's own";
    sweep(session, rules.lock_timeout, rules.lock_retries).await.map_err(MigrateError::server(doing))?;
    Ok(())
}

/// What a record says that this version cannot read.
fn unreadable(record: &store::Record, column: &'static str, value: &dyn std::fmt::Display) -> store::StoreError {
    store::StoreError::Unreadable { number: record.number, column, value: value.to_string() }
}

impl<'a> Run<'a> {
    /// Nothing has been done yet.
    fn new(env: Environment<'a>, job: &Job) -> Run<'a> {
        Run {
            locking: Locking { patience: env.rules.lock_timeout, order: LockOrder::default() },
            origin: Origin::default(),
            homes: Homes { number: env.number, ..Homes::default() },
            untouched: None,
            gathered: Gathered::default(),
            committed: Gathered::default(),
            watches: Watches { deeds: deeds(job), ..Watches::default() },
            counters: Counters::default(),
            learning: Learning::default(),
            bystanders: Bystanders::default(),
            told: Told::default(),
            env,
        }
    }

    /// So many units were committed by an earlier run, which kept this.
    fn goes_on(&mut self, job: &Job, done: usize, kept: Gathered, inverse: &Inverse) {
        self.origin.renamed_labels.clone_from(&inverse.renamed_labels);
        self.homes.schemas = kept.moved.iter().map(|m| m.from_schema.clone()).fold(Vec::new(), |mut homes, schema| {
            if !homes.contains(&schema) {
                homes.push(schema);
            }
            homes
        });
        self.homes.made = kept.schemas();
        self.committed = kept.clone();
        self.gathered = kept;
        self.learning.ordinal = job.units[..done].iter().map(|u| u.items.len()).sum();
        self.bystanders.ours = inverse.added.iter().chain(&inverse.changed).chain(&inverse.removed).copied().collect();
    }
}

impl Run<'_> {
    async fn everything(&mut self, job: &Job, done: usize, started: Instant) -> Result<Report, MigrateError> {
        failpoint!("migrate.start");
        self.learning.begin(&self.env).await?;
        let several = job.units.len() > 1;
        if several && !self.env.resumed {
            store::begin(self.env.session, &self.env.record(job)).await?;
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
                    self.bystanders
                        .ours
                        .extend(done.inverse.removed.iter().chain(&done.inverse.added).chain(&done.inverse.changed));
                    self.bystanders.ours.extend(done.ours);
                    self.bystanders.seen = Some(done.seen);
                    inverse = done.inverse;
                }
                Err(error) => {
                    // Nothing of the file has happened: then it is not interrupted, it never was.
                    if several && index == 0 {
                        store::forget(self.env.session, self.env.number).await?;
                    }
                    return Err(error);
                }
            }
            (self.env.watch)(Event::Committed { unit: index + 1, of: job.units.len() });
            self.committed = self.gathered.clone();
        }
        store::migrate_lock_time(self.env.session, self.env.number, lock_ms).await?;
        let late = reimport::take_back_late(self.env.session, std::mem::take(&mut self.told.late)).await?;
        self.told.reimported.extend(late);
        failpoint!("migrate.end");
        let mut report = Report {
            number: self.env.number,
            version: job.version.clone(),
            verdicts,
            may_not_fit,
            moved: self.gathered.moved.clone(),
            removed: Vec::new(),
            added: Vec::new(),
            changed: Vec::new(),
            statements: std::mem::take(&mut self.learning.timings),
            attempts,
            lock_ms,
            total_ms: started.elapsed().as_secs_f64() * 1e3,
            notes: std::mem::take(&mut self.told.notes),
            reimported: std::mem::take(&mut self.told.reimported),
            inverse,
            lessons: std::mem::take(&mut self.learning.lessons),
            before: std::mem::take(&mut self.origin.catalog),
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

    /// One transaction, tried again while the only trouble is a lock.
    async fn transaction(
        &mut self,
        job: &Job,
        unit: &Unit,
        index: usize,
        last: bool,
        several: bool,
    ) -> Result<finish::Done, MigrateError> {
        let rules = self.env.rules;
        let mut tries = Tries::new(rules.lock_timeout, rules.lock_retries, rules.lock_budget);
        let (ordinal, timings) = (self.learning.ordinal, self.learning.timings.len());
        // What an attempt that fails has noted of itself is not true of the next.
        let (homes, watches, notes) = (self.homes.clone(), self.watches.clone(), self.told.notes.len());
        loop {
            self.locking.patience = tries.patience();
            let result = boxed(self.attempt(job, unit, index, last, several)).await;
            let error = match result {
                Ok(mut done) => {
                    done.attempts = tries.number();
                    return Ok(done);
                }
                Err(error) => error,
            };
            // The server may have gone; then there is nothing to roll back.
            let rolled_back = self.env.session.roll_back().await.is_ok();
            self.gathered = self.committed.clone();
            self.watches.clone_from(&watches);
            self.counters.counting.clear();
            self.homes.clone_from(&homes);
            self.told.notes.truncate(notes);
            self.learning.ordinal = ordinal;
            self.learning.timings.truncate(timings);
            if !rolled_back || !error.is_retryable() || !tries.are_left() {
                return Err(error.after_attempts(tries.number()));
            }
            let mut blocked_by = error.place().map(|place| place.location.clone());
            if blocked_by.is_none() {
                blocked_by = self.locking.order.missed(self.env.session).await;
            }
            let (attempt, wait) = (tries.number(), tries.wait());
            (self.env.watch)(Event::Retry { attempt, of: rules.lock_retries, wait, blocked_by });
            tries.later().await;
            self.learning.begin(&self.env).await?;
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
        self.bystanders.look_first(&self.env).await?;
        self.env.session.batch("BEGIN").await.map_err(MigrateError::server("opening the transaction"))?;
        self.env.baseline.reassert(self.env.session, self.env.rules, self.locking.patience).await?;
        if index == 0 && !self.env.resumed && unit.items.iter().any(units::may_keep) {
            self.homes.make_first_home(&self.env).await?;
        }
        // Read while nothing is locked yet, and once more only if somebody was quicker than our locks.
        let mut stamp = census(self.env.session).await?;
        let mut now = read_catalog(self.env.session, true).await?;
        let locked = Instant::now();
        if !several {
            self.locking.lock_ahead(&self.env).await?;
        }
        if let Some(lock) = &job.native.lock {
            self.env.session.batch(lock).await.map_err(MigrateError::server("taking the migration tool's own lock"))?;
        }
        let still = census(self.env.session).await?;
        if stamp != still {
            now = read_catalog(self.env.session, true).await?;
            stamp = still;
        }
        if self.origin.catalog.objects().next().is_none() {
            self.origin.catalog = now.clone();
        }
        self.gathered.note_first_labels(&self.env, &self.origin).await?;
        self.follow_types().await?;
        self.untouched = matches!(unit.items.first(), Some(Item::Statement(_))).then_some((stamp, now));
        self.origin.existed = self.origin.catalog.objects().map(|o| o.id).collect();
        self.origin.protected =
            guards::protected(self.env.session, &self.origin.catalog, &self.env.rules.protect).await?;
        self.counters.discount.clear();
        let rows_before = row_counts(self.env.session).await?;
        let beyond = self.env.beyond().await?;
        failpoint!("migrate.snapshot");
        for item in &unit.items {
            boxed(self.item(item, &rows_before)).await?;
            if labels::may_alter_types(item) {
                self.follow_types().await?;
            }
            self.learning.ordinal += 1;
            self.untouched = None;
            failpoint!("migrate.statement");
        }
        // What waits for COMMIT shall be seen as well.
        let waited = self.env.session.batch("SET CONSTRAINTS ALL IMMEDIATE").await;
        waited.map_err(MigrateError::server("checking what waits for COMMIT"))?;
        self.count_rows(&rows_before).await?;
        let done = boxed(self.finish(job, index, last, several, &beyond)).await?;
        failpoint!("migrate.before_commit");
        self.homes.leave_first_home(&self.env, &self.gathered).await?;
        self.env.session.batch("COMMIT").await.map_err(MigrateError::server("COMMIT"))?;
        let lock_ms = locked.elapsed().as_secs_f64() * 1e3;
        failpoint!("migrate.after_commit");
        if std::mem::take(&mut self.watches.triggers_left) {
            self.told.sweep(&self.env).await;
        }
        Ok(finish::Done { lock_ms, ..done })
    }

    /// Rows of tables that existed before, changed by this transaction and kept by nobody.
    async fn count_rows(&mut self, before: &BTreeMap<u32, RowCounts>) -> Result<(), MigrateError> {
        for (oid, counts) in self.counters.row_counts(&self.env).await? {
            let id = ObjectId::relation(oid);
            let holds_rows = self.origin.catalog.get(id).is_some_and(backout_schema::Object::holds_rows);
            let since = match (self.watches.covered.contains(&oid), self.watches.unwatched_since.get(&oid)) {
                (true, None) => continue,
                (true, Some(since)) => *since,
                (false, _) => before.get(&oid).copied().unwrap_or_default(),
            };
            if holds_rows && !self.origin.catalog.is_ours(id) {
                self.gathered.count_change(&self.origin, oid, counts.since(since));
            }
        }
        Ok(())
    }
}

/// The items of a unit that run something.
pub(crate) fn runs(item: &Item) -> bool {
    !matches!(item, Item::Echo { .. })
}

/// Statements that change rows or run code; one that does both counts for itself.
fn deeds(job: &Job) -> usize {
    let harmless = |class: &Class| match class {
        Class::Ddl(ddl) => !ddl.truncates,
        other => matches!(other, Class::Additive | Class::Session(_)),
    };
    let does = |item: &&Item| match item {
        Item::Statement(statement) => !harmless(&statement.analysis.class),
        Item::Copy(_) | Item::Generate(_) => true,
        Item::Echo { .. } => false,
    };
    job.units.iter().flat_map(|unit| &unit.items).filter(does).count()
}
