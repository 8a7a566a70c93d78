//! Undo: the short transaction that brings the former state back, and the tail that blocks nobody.
//!
//! In depth: `docs/internals/undo.md`.

mod carry;
mod kinds;
mod loose;
mod preview;
mod residue;
mod script;
mod short;
mod tail;

pub use loose::{Loose, loose};
pub use preview::{Measured, Misfits, Preview, PreviewStep, RehearsedUndo, given, outline, preview};
pub use residue::{NoValue, Residue};
pub use script::{About, Script, scripts};
pub use tail::finish_tail;

use crate::boxed;
use crate::catalog::{CatalogError, census, read_catalog};
use crate::failpoint;
use crate::locks::LockOrder;
use crate::migrate::{self, Event, Watch};
use crate::retry::Tries;
use crate::session::{DatabaseError, Session};
use crate::sizes::table_bytes;
use crate::store::{self, Record, State, StoreError};
use backout_plan::Remedy;
use backout_reversal::{
    Conflict, Difference, ImageSum, Inverse, Moved, SetAside, Texts, UndoOptions, UndoPlan, Unsupported,
    force_row_security, plan_undo,
};
use backout_schema::{Catalog, Census, Class, ObjectId, TableLock, ident, literal, qualified};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// An index on a table up to this size is built inside the short transaction.
const INDEX_IN_LOCK_BYTES: u64 = 8 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct UndoRules {
    pub lock_timeout: Duration,
    pub lock_retries: u32,
    pub lock_budget: Option<Duration>,
    /// Objects whose imperfect return is accepted.
    pub accept_loss: Vec<String>,
    /// Read the whole catalog under the locks as well, and stop if it says something else than the part that was
    /// touched. For tests: it takes time.
    pub read_whole: bool,
    /// Run each statement by itself, and report its time and what it rewrites. For rehearsals: that takes longer.
    pub measure: bool,
    pub choice: Choice,
}

/// What the user may choose about what is recreated.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Tables up to this size are recreated where a column must come back between others, or an enum lose a value.
    pub rebuild_below: u64,
    /// What becomes of values that an enum loses: (`type public.mood`, value) and the value instead.
    pub values: BTreeMap<(String, String), String>,
    /// How large tables are, by name, where the data is not the target's.
    pub sizes: BTreeMap<String, u64>,
    /// Types that some migration of the same undo alters: what is said about their values is meant for that one.
    pub altered: BTreeSet<String>,
}

impl Choice {
    /// The same choice for an undo of all these.
    fn about(&self, altered: BTreeSet<String>) -> Choice {
        Choice { altered, ..self.clone() }
    }

    /// What of it is about this migration. What is about none is left in, to be refused.
    fn values_for(&self, inverse: &Inverse) -> BTreeMap<(String, String), String> {
        let own = altered_types(inverse);
        let values = self.values.iter().filter(|((of, _), _)| own.contains(of) || !self.altered.contains(of));
        values.map(|(which, to)| (which.clone(), to.clone())).collect()
    }
}

/// The types that a migration altered, by the names that they had and have.
fn altered_types(inverse: &Inverse) -> BTreeSet<String> {
    let types = || inverse.changed.iter().filter(|id| id.class == Class::Type);
    types().map(|id| inverse.before.identity(*id)).chain(types().map(|id| inverse.after.identity(*id))).collect()
}

#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    #[error("undo of migration {number}: {}", list(.conflicts))]
    Conflicts { number: i64, conflicts: Vec<Conflict> },
    #[error("undo of migration {number} would not bring everything back: {}", .unsupported.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Incomplete { number: i64, unsupported: Vec<Unsupported> },
    #[error("{about}: {}", first_line(.sql))]
    Step {
        sql: String,
        about: String,
        #[source]
        source: DatabaseError,
    },
    #[error("{about}: what is on record is not run: {problem}")]
    NotOfItsKind { about: String, problem: String },
    #[error("the result is not what was before, so nothing was changed: {}", said(.0))]
    NotArrived(Vec<Difference>),
    /// Only where the whole catalog is read beside what was touched.
    #[error("the undo differs in what it did not read again, so nothing was changed: {}", said(.0))]
    Unseen(Vec<Difference>),
    #[error("another session changed the schema during each of {0} attempts")]
    Restless(u32),
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no migration was named that could be undone")]
    Nothing,
    #[error("migration {0} left nothing behind that undo could use: it was taken over from the team's own tool")]
    Adopted(i64),
    #[error("what migration {0} dropped was purged from the archive, so it cannot be undone")]
    Purged(i64),
    #[error(
        "migration {0} was run in another database, of which this is a copy by dump and restore: objects have other ids here than those on record"
    )]
    Copied(i64),
}

fn list(conflicts: &[Conflict]) -> String {
    conflicts.iter().filter(|c| c.blocks).map(|c| format!("{}: {}", c.object, c.problem)).collect::<Vec<_>>().join("; ")
}

fn first_line(sql: &str) -> &str {
    sql.lines().next().unwrap_or_default()
}

fn said(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl UndoError {
    fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> UndoError {
        move |source| UndoError::Server { doing, source }
    }

    pub fn database_error(&self) -> Option<&DatabaseError> {
        match self {
            UndoError::Step { source, .. } | UndoError::Server { source, .. } => Some(source),
            UndoError::Catalog(CatalogError::Query { source, .. })
            | UndoError::Store(StoreError::Query { source, .. }) => Some(source),
            _ => None,
        }
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            UndoError::Conflicts { .. } => {
                return vec![Remedy::advice("settle what is named, then undo again"), Remedy::PreviewUndo];
            }
            UndoError::Incomplete { unsupported, .. } => {
                let objects = unsupported.iter().map(|part| part.object.clone()).collect();
                return vec![Remedy::AcceptLoss { objects }];
            }
            UndoError::Adopted(_) => {
                "Backout can undo what it has migrated itself; use the tool's own way back, or a backup"
            }
            UndoError::Restless(_) => "other sessions keep changing the schema; pause what does that, then undo again",
            UndoError::Copied(_) => {
                "undo it where it was migrated; what is migrated here from now on can be undone here. A \
                 physical copy, or CREATE DATABASE … TEMPLATE, keeps the ids"
            }
            UndoError::NotArrived(_) => {
                return vec![Remedy::advice("something changed these objects since"), Remedy::PreviewUndo];
            }
            UndoError::Server { source, .. } if source.is_lock_timeout() => {
                return vec![Remedy::advice("other sessions hold the tables"), Remedy::LongTransactions];
            }
            UndoError::Store(error) => return error.remedies(),
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }

    fn is_retryable(&self) -> bool {
        self.database_error().is_some_and(DatabaseError::is_retryable)
    }
}

/// How long one statement of an undo took under the locks, and what it rewrote. The locks themselves are taken before the
/// first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementTiming {
    /// The object that it brings back, changes or removes.
    pub about: String,
    pub sql: String,
    pub ms: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct UndoReport {
    pub number: i64,
    pub version: String,
    /// From asking for the locks to the end of COMMIT.
    pub lock_ms: f64,
    /// How many migrations the same transaction undid.
    pub together: usize,
    /// Validation, index builds, refreshes: nobody waits for these.
    pub tail_ms: f64,
    pub total_ms: f64,
    pub attempts: u32,
    pub steps: usize,
    /// Where they are measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<StatementTiming>,
    pub tail: Vec<String>,
    pub conflicts: Vec<Conflict>,
    pub column_order: Vec<String>,
    /// Tables that are recreated in their former order.
    pub rebuilt: Vec<String>,
    pub moved_aside: Vec<Moved>,
    pub set_aside: Vec<SetAside>,
    /// What could not be given back exactly: columns left nullable, accepted losses.
    pub left: Vec<Residue>,
}

async fn role(session: &Session) -> Result<String, UndoError> {
    Ok(session
        .scalar("SELECT current_user")
        .await
        .map_err(UndoError::server("asking for the role"))?
        .unwrap_or_default())
}

async fn load(session: &Session, record: &Record) -> Result<Inverse, UndoError> {
    if record.state == State::Adopted {
        return Err(UndoError::Adopted(record.number));
    }
    if record.copied {
        return Err(UndoError::Copied(record.number));
    }
    let inverse = store::inverse(session, record.number).await?.unwrap_or_default();
    if record.purged_at.is_some()
        && !(inverse.moved.is_empty()
            && inverse.columns.is_empty()
            && inverse.hidden.is_empty()
            && inverse.tables.is_empty()
            && inverse.images.is_empty()
            && inverse.types.is_empty())
    {
        return Err(UndoError::Purged(record.number));
    }
    kinds::record(&inverse)?;
    Ok(inverse)
}

/// What the row images amount to.
async fn sum_images(session: &Session, inverse: &Inverse) -> Result<BTreeMap<String, ImageSum>, UndoError> {
    let mut sums = BTreeMap::new();
    for image in &inverse.images {
        let row = session.query_typed(&image.sum_query(), &[]).await;
        let row = row.map_err(UndoError::server("summing up the rows that the migration changed"))?;
        let Some(row) = row.first() else { continue };
        let columns = image.flagged().zip(4..).filter(|(_, place)| row.len() > *place && row.get(*place));
        let columns = columns.map(|(column, _)| column.name.clone()).collect();
        let sum =
            ImageSum { old_only: row.get(0), new_only: row.get(1), both: row.get(2), keyless: row.get(3), columns };
        sums.insert(image.name.clone(), sum);
    }
    Ok(sums)
}

/// Tables that lie in the order of their primary keys, as far as statistics know.
async fn in_order(
    session: &Session,
    tables: impl Iterator<Item = &ObjectId>,
) -> Result<BTreeSet<ObjectId>, DatabaseError> {
    let mut found = BTreeSet::new();
    for table in tables {
        let sql = format!(
            "SELECT coalesce(pg_catalog.max(pg_catalog.abs(s.correlation)), 0) > 0.99 FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
             JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname \
             WHERE i.indrelid = {} AND i.indisprimary AND i.indnkeyatts = 1",
            table.oid
        );
        if session.scalar(&sql).await?.as_deref() == Some("t") {
            found.insert(*table);
        }
    }
    Ok(found)
}

/// Without statistics of a large copy, the planner hashes the table that it belongs to instead.
async fn know_copies(session: &Session, inverse: &Inverse) -> Result<(), DatabaseError> {
    let large = inverse.columns.iter().filter(|copy| copy.rows > 100_000);
    let names: BTreeSet<String> = large.map(|copy| qualified(&copy.schema, &copy.name)).collect();
    for name in names {
        let unknown = format!(
            "SELECT c.reltuples < 0 FROM pg_catalog.pg_class c WHERE c.oid = {}::regclass",
            literal(&name).trim_start()
        );
        if session.scalar(&unknown).await?.as_deref() == Some("t") {
            session.batch(&format!("ANALYZE {name}")).await?;
        }
    }
    Ok(())
}

async fn options(
    session: &Session,
    record: &Record,
    inverse: &Inverse,
    now: &Catalog,
    choice: &Choice,
) -> Result<UndoOptions, UndoError> {
    let superuser = session.scalar("SELECT r.rolsuper::text FROM pg_catalog.pg_roles r WHERE r.rolname = current_user");
    let superuser = superuser.await.map_err(UndoError::server("asking for the role"))?;
    let table_bytes = table_bytes(session, inverse, now, &choice.sizes).await;
    let table_bytes = table_bytes.map_err(UndoError::server("measuring tables"))?;
    let in_order = in_order(session, table_bytes.keys()).await.map_err(UndoError::server("reading statistics"))?;
    Ok(UndoOptions {
        number: record.number,
        role: role(session).await?,
        index_in_lock_bytes: INDEX_IN_LOCK_BYTES,
        rebuild_below: choice.rebuild_below,
        values: choice.values_for(inverse),
        table_bytes,
        in_order,
        superuser: superuser.as_deref() == Some("true"),
        images: sum_images(session, inverse).await?,
    })
}

/// Undoes one migration. The session must hold the run lock.
pub async fn undo(
    session: &Session,
    record: &Record,
    rules: &UndoRules,
    watch: Watch<'_>,
) -> Result<UndoReport, UndoError> {
    let mut reports = together(session, std::slice::from_ref(record), rules, watch).await?;
    reports.pop().ok_or(UndoError::Nothing)
}

/// An undo of several migrations that stopped: what was undone by then stays so.
#[derive(Debug)]
pub struct Halted {
    pub done: Vec<UndoReport>,
    pub error: UndoError,
}

/// Undoes several migrations, newest first: all in one transaction, or in a few where one leaves work that must
/// follow a COMMIT before the next can begin. The session must hold the run lock.
pub async fn undo_all(
    session: &Session,
    records: &[Record],
    rules: &UndoRules,
    watch: Watch<'_>,
) -> Result<Vec<UndoReport>, Halted> {
    let mut done: Vec<UndoReport> = Vec::new();
    // Nothing is begun that cannot be ended.
    let mut altered = BTreeSet::new();
    for record in records {
        match load(session, record).await {
            Ok(inverse) => altered.extend(altered_types(&inverse)),
            Err(error) => return Err(Halted { done, error }),
        }
    }
    let rules = UndoRules { choice: rules.choice.about(altered), ..rules.clone() };
    while let Some(rest) = records.get(done.len()..).filter(|rest| !rest.is_empty()) {
        match together(session, rest, &rules, watch).await {
            Ok(reports) => done.extend(reports),
            Err(error) => return Err(Halted { done, error }),
        }
    }
    Ok(done)
}

/// The tables that undoing older migrations will lock, as far as they are there now.
async fn foreseen(
    session: &Session,
    now: &Catalog,
    newest: &Inverse,
    rest: &[Record],
    rules: &UndoRules,
) -> Result<Vec<TableLock>, UndoError> {
    let mut locks = Vec::new();
    let mut then = newest.rewind(now);
    for record in rest {
        let inverse = load(session, record).await?;
        let plan = plan_undo(&then, &inverse, &options(session, record, &inverse, &then, &rules.choice).await?);
        let ids: BTreeMap<String, ObjectId> =
            then.outside().filter(|o| o.holds_rows()).map(|o| (then.sql_name(o.id), o.id)).collect();
        let there = plan.locks.iter().filter_map(|lock| Some((ids.get(&lock.table)?, lock.mode)));
        let there = there.filter(|(id, _)| now.contains(**id));
        locks.extend(there.map(|(id, mode)| TableLock { table: now.sql_name(*id), mode }));
        then = inverse.rewind(&then);
    }
    Ok(locks)
}

/// Undoes the first of some migrations, and as many of the others as the same transaction can.
async fn together(
    session: &Session,
    records: &[Record],
    rules: &UndoRules,
    watch: Watch<'_>,
) -> Result<Vec<UndoReport>, UndoError> {
    let Some((record, rest)) = records.split_first() else { return Ok(Vec::new()) };
    let started = Instant::now();
    session.keep_prepared();
    let inverse = load(session, record).await?;
    let swept = migrate::sweep(session, rules.lock_timeout, rules.lock_retries).await;
    swept.map_err(UndoError::server("removing triggers of Backout's own"))?;
    know_copies(session, &inverse).await.map_err(UndoError::server("gathering statistics of what was kept"))?;
    let stamp = census(session).await?;
    let now = read_catalog(session, false).await?;
    let options = options(session, record, &inverse, &now, &rules.choice).await?;
    let first = short::Link { record, inverse, options };
    let foreseen = foreseen(session, &now, &first.inverse, rest, rules).await?;
    let search_path = session.scalar("SELECT pg_catalog.current_setting('search_path')").await;
    let search_path = search_path.map_err(UndoError::server("asking for the search path"))?.unwrap_or_default();
    failpoint!("undo.start");
    let attempts =
        Attempts { session, rules, watch, first: &first, rest, foreseen: &foreseen, search_path: &search_path };
    let committed = attempts.run(stamp, now).await?;
    failpoint!("undo.after_commit");
    let ended = &records[..committed.undone.len()];
    for record in ended {
        store::undo_lock_time(session, record.number, committed.lock_ms).await?;
    }
    let tail_began = Instant::now();
    let mut left = Vec::new();
    if let (Some(record), Some(last)) = (ended.last(), committed.undone.last()) {
        left = finish_tail(session, record.number, last.plan.tail.clone(), watch).await?;
    }
    failpoint!("undo.end");
    let (tail_ms, total_ms) = (tail_began.elapsed().as_secs_f64() * 1e3, started.elapsed().as_secs_f64() * 1e3);
    Ok(reports(ended, committed, left, tail_ms, total_ms))
}

/// The short transaction, as often as it takes.
struct Attempts<'a> {
    session: &'a Session,
    rules: &'a UndoRules,
    watch: Watch<'a>,
    first: &'a short::Link<'a>,
    rest: &'a [Record],
    /// What undoing the rest will lock.
    foreseen: &'a [TableLock],
    search_path: &'a str,
}

/// What the short transaction did.
struct Committed {
    undone: Vec<short::Undone>,
    lock_ms: f64,
    attempts: u32,
}

impl Attempts<'_> {
    /// The first attempt goes by a catalog that was read already, if the stamp still fits.
    async fn run(&self, stamp: Census, now: Catalog) -> Result<Committed, UndoError> {
        let Attempts { session, rules, first, .. } = *self;
        let mut looked = Some((stamp, now));
        let mut tries = Tries::new(rules.lock_timeout, rules.lock_retries, rules.lock_budget);
        let mut order = LockOrder::default();
        let (undone, lock_ms) = loop {
            let (stamp, now) = match looked.take() {
                Some(looked) => looked,
                None => (census(session).await?, read_catalog(session, false).await?),
            };
            let plan = plan_undo(&now, &first.inverse, &first.options);
            refuse(first.record, &plan, rules)?;
            kinds::pass(&plan, None)?;
            failpoint!("undo.planned");
            let short = short::Short { session, rules, patience: tries.patience(), search_path: self.search_path };
            let start = short::Start { plan, now, stamp };
            match boxed(short.run(first, start, self.rest, self.foreseen, &mut order)).await {
                Ok(short::Outcome::Done { undone, lock_ms }) => break (undone, lock_ms),
                Ok(short::Outcome::Moved) => {
                    session.roll_back().await.map_err(UndoError::server("rolling back"))?;
                    if !tries.are_left() {
                        return Err(UndoError::Restless(tries.number()));
                    }
                    tries.again();
                }
                Err(error) => self.give_way(error, &mut tries, &order).await?,
            }
        };
        Ok(Committed { undone, lock_ms, attempts: tries.number() })
    }

    /// Rolls a failed attempt back and waits for the next one. Whatever waiting does not help with is returned.
    async fn give_way(&self, error: UndoError, tries: &mut Tries, order: &LockOrder) -> Result<(), UndoError> {
        let Attempts { session, rules, .. } = *self;
        let rolled_back = session.roll_back().await.is_ok();
        if !rolled_back || !error.is_retryable() || !tries.are_left() {
            return Err(error);
        }
        let blocked_by = order.missed(session).await;
        (self.watch)(Event::Retry { attempt: tries.number(), of: rules.lock_retries, wait: tries.wait(), blocked_by });
        tries.later().await;
        Ok(())
    }
}

/// What the tail could not do is said of the last.
fn reports(
    ended: &[Record],
    committed: Committed,
    mut left: Vec<Residue>,
    tail_ms: f64,
    total_ms: f64,
) -> Vec<UndoReport> {
    let Committed { undone, lock_ms, attempts } = committed;
    let together = undone.len();
    let report = |(place, (record, one)): (usize, (&Record, short::Undone))| {
        let is_last = place + 1 == together;
        let plan = one.plan;
        UndoReport {
            number: record.number,
            version: record.version.clone(),
            lock_ms,
            together,
            tail_ms: if is_last { tail_ms } else { 0.0 },
            total_ms,
            attempts,
            steps: plan.statements().count(),
            statements: one.statements,
            tail: plan.tail.iter().map(|t| t.sql().to_owned()).collect(),
            conflicts: plan.conflicts,
            column_order: plan.order.changed,
            rebuilt: plan.order.rebuilt,
            moved_aside: plan.keeps.tables,
            set_aside: plan.keeps.columns,
            left: one.left.into_iter().chain(if is_last { std::mem::take(&mut left) } else { Vec::new() }).collect(),
        }
    };
    ended.iter().zip(undone).enumerate().map(report).collect()
}

/// A table that is recreated is joined with what was kept, and its indexes are sorted. `command` calls a function: SELECT,
/// or PERFORM in PL/pgSQL.
fn roomier(command: &str) -> String {
    let at_least = |setting: &str, size: &str| {
        format!(
            "{command} pg_catalog.set_config('{setting}', '{size}', true) \
             WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('{setting}')) < pg_catalog.pg_size_bytes('{size}')"
        )
    };
    format!("{}; {}", at_least("work_mem", "128MB"), at_least("maintenance_work_mem", "256MB"))
}

/// Sets how values are written as text: as the migration wrote those that it kept.
fn write_texts(inverse: &Inverse, local: &str) -> String {
    let set = |(name, value): (&str, String)| format!("SET {local}{} = {}", ident(name), literal(&value).trim_start());
    let settings = inverse
        .texts
        .as_ref()
        .map_or_else(|| Texts::UNAMBIGUOUS.map(|(n, v)| (n, v.to_owned())).to_vec(), |t| t.settings().to_vec());
    settings.into_iter().map(set).collect::<Vec<_>>().join("; ")
}

/// What [`write_texts`] and a question about rows have set, outside a transaction.
fn reset_texts() -> String {
    let names = Texts::new("", "").settings().map(|(name, _)| format!("RESET {}; ", ident(name)));
    format!("{}RESET row_security", names.concat())
}

fn use_path(path: &str) -> String {
    format!("SELECT pg_catalog.set_config('search_path', {}, true)", literal(path).trim_start())
}

/// Counts in a transaction that holds the locks. Policies of the table's own do not hide rows from it.
async fn count_all(session: &Session, sql: &str, forced: Option<&str>) -> Result<String, DatabaseError> {
    let force = |force: bool| forced.map(|table| force_row_security(table, force));
    if let Some(sql) = force(false) {
        session.batch(&sql).await?;
    }
    let count = session.scalar(sql).await?;
    if let Some(sql) = force(true) {
        session.batch(&sql).await?;
    }
    Ok(count.unwrap_or_default())
}

/// Asks what would make the undo fail. Only who holds the locks can see past a table's own policies.
async fn ask(session: &Session, plan: &UndoPlan, locked: bool) -> Result<Vec<Conflict>, UndoError> {
    let mut conflicts = Vec::new();
    for question in &plan.asks.before {
        let count = count_all(session, &question.count, question.forced.as_deref().filter(|_| locked))
            .await
            .map_err(UndoError::server("counting rows in the way"))?;
        if count != "0" {
            let problem = format!("{count} {}", question.problem);
            conflicts.push(Conflict { object: question.object.clone(), problem, blocks: true });
        }
    }
    Ok(conflicts)
}

fn refuse(record: &Record, plan: &UndoPlan, rules: &UndoRules) -> Result<(), UndoError> {
    if plan.conflicts.iter().any(|c| c.blocks) {
        return Err(UndoError::Conflicts { number: record.number, conflicts: plan.conflicts.clone() });
    }
    let accepted = |what: &str| {
        let bare = what.split_once(' ').map_or(what, |(_, name)| name);
        let known = record
            .verdicts
            .as_array()
            .into_iter()
            .flatten()
            .any(|v| v.get("what").and_then(|w| w.as_str()) == Some(what));
        known || rules.accept_loss.iter().chain(&record.accepted).any(|a| a == what || a == bare)
    };
    let open: Vec<Unsupported> = plan.unsupported.iter().filter(|u| !accepted(&u.object)).cloned().collect();
    if open.is_empty() { Ok(()) } else { Err(UndoError::Incomplete { number: record.number, unsupported: open }) }
}
