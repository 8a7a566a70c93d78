//! Undo: the short transaction that brings the former state back, and the tail that blocks nobody.

mod tail;

pub use tail::finish_tail;

use crate::catalog::{CatalogError, census, read_again, read_catalog};
use crate::failpoint;
use crate::locks::{LockOrder, patience};
use crate::migrate::{self, Event, Watch};
use crate::session::{DatabaseError, Session};
use crate::store::{self, Record, State, StoreError};
use backout_reversal::{
    Conflict, Fallback, ImageSum, Inverse, Look, Moved, NeedsValues, SetAside, Step, TailStep, UndoOptions, UndoPlan,
    Unsupported, plan_undo, remaining, renumbered,
};
use backout_schema::{Catalog, Census, Detail, Object, ObjectId, ident, literal};
use serde::Serialize;
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
    /// touched. For rehearsals and tests: it takes time.
    pub read_whole: bool,
    pub choice: Choice,
}

/// What the user may choose about what is made anew.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Tables up to this size are made anew where a column must come back between others, or an enum lose a value.
    pub rebuild_below: u64,
    /// What becomes of values that an enum loses: (`type public.mood`, value) and the value instead.
    pub values: BTreeMap<(String, String), String>,
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
    #[error("the result is not what was before, so nothing was changed: {}", .0.join("; "))]
    NotArrived(Vec<String>),
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
    #[error("migration {0} left nothing behind that undo could use: it was taken over from the team's own tool")]
    Adopted(i64),
    #[error("what migration {0} dropped was purged from the archive, so it cannot be undone")]
    Purged(i64),
}

fn list(conflicts: &[Conflict]) -> String {
    conflicts.iter().filter(|c| c.blocks).map(|c| format!("{}: {}", c.object, c.problem)).collect::<Vec<_>>().join("; ")
}

fn first_line(sql: &str) -> &str {
    sql.lines().next().unwrap_or_default()
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

    fn is_retryable(&self) -> bool {
        self.database_error().is_some_and(DatabaseError::is_retryable)
    }
}

/// What an undo would do, without doing it.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    pub number: i64,
    pub version: String,
    pub locks: Vec<(String, bool)>,
    pub steps: Vec<Step>,
    pub tail: Vec<TailStep>,
    pub conflicts: Vec<Conflict>,
    pub unsupported: Vec<Unsupported>,
    pub column_order: Vec<String>,
    /// Tables that are made anew in their former order.
    pub rebuilt: Vec<String>,
    /// New tables that step aside, with the rows that they hold.
    pub moved_aside: Vec<(Moved, Option<i64>)>,
    /// Columns that go, with the number of values put aside.
    pub set_aside: Vec<(SetAside, Option<i64>)>,
    /// Columns that get NOT NULL back and the rows since that have no value for them.
    pub needs_values: Vec<NeedsValues>,
}

#[derive(Clone, Debug, Serialize)]
pub struct UndoReport {
    pub number: i64,
    pub version: String,
    /// From asking for the locks to the end of COMMIT.
    pub lock_ms: f64,
    /// Validation, index builds, refreshes: nobody waits for these.
    pub tail_ms: f64,
    pub total_ms: f64,
    pub attempts: u32,
    pub steps: usize,
    pub tail: Vec<String>,
    pub conflicts: Vec<Conflict>,
    pub column_order: Vec<String>,
    /// Tables that are made anew in their former order.
    pub rebuilt: Vec<String>,
    pub moved_aside: Vec<Moved>,
    pub set_aside: Vec<SetAside>,
    /// What could not be given back exactly: columns left nullable, accepted losses.
    pub left: Vec<String>,
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
    let inverse = store::inverse(session, record.number).await?.unwrap_or_default();
    if record.purged_at.is_some()
        && !(inverse.moved.is_empty()
            && inverse.columns.is_empty()
            && inverse.tables.is_empty()
            && inverse.images.is_empty()
            && inverse.types.is_empty())
    {
        return Err(UndoError::Purged(record.number));
    }
    Ok(inverse)
}

/// What the row images amount to.
async fn sum_images(session: &Session, inverse: &Inverse) -> Result<BTreeMap<String, ImageSum>, UndoError> {
    let mut sums = BTreeMap::new();
    for image in &inverse.images {
        let row = session.client.query_typed(&image.sum_query(), &[]).await;
        let row = row.map_err(|e| UndoError::server("summing up the rows that the migration changed")(e.into()))?;
        let Some(row) = row.first() else { continue };
        let columns = image.others().zip(3..).filter(|(_, place)| row.len() > *place && row.get(*place));
        let columns = columns.map(|(column, _)| column.name.clone()).collect();
        let sum = ImageSum { old_only: row.get(0), new_only: row.get(1), both: row.get(2), columns };
        sums.insert(image.name.clone(), sum);
    }
    Ok(sums)
}

/// The size of the tables that lost columns, or are made of a type that changed.
pub(crate) async fn table_bytes(
    session: &Session,
    inverse: &Inverse,
    now: &Catalog,
) -> Result<BTreeMap<ObjectId, u64>, DatabaseError> {
    let is_column = |id: &&ObjectId| id.class == backout_schema::Class::Relation && id.sub != 0;
    let lost = inverse.removed.iter().filter(is_column).map(|id| id.oid);
    let types = inverse.changed.iter().filter(|id| id.class == backout_schema::Class::Type);
    let users = types.flat_map(|id| now.dependents(*id)).map(|edge| edge.from);
    let tables: BTreeSet<u32> = lost.chain(users.filter(|id| is_column(&id)).map(|id| id.oid)).collect();
    let mut sizes = BTreeMap::new();
    for table in tables {
        let size = session.scalar(&format!("SELECT pg_catalog.pg_table_size({table}::oid)")).await?;
        sizes.insert(ObjectId::relation(table), size.and_then(|n| n.parse().ok()).unwrap_or(0));
    }
    Ok(sizes)
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
    Ok(UndoOptions {
        number: record.number,
        role: role(session).await?,
        index_in_lock_bytes: INDEX_IN_LOCK_BYTES,
        rebuild_below: choice.rebuild_below,
        values: choice.values.clone(),
        table_bytes: table_bytes(session, inverse, now).await.map_err(UndoError::server("measuring tables"))?,
        superuser: superuser.as_deref() == Some("true"),
        images: sum_images(session, inverse).await?,
    })
}

/// Plans an undo against the catalog of right now and counts what it would put aside.
pub async fn preview(session: &Session, record: &Record, choice: &Choice) -> Result<Preview, UndoError> {
    let inverse = load(session, record).await?;
    let now = read_catalog(session, false).await?;
    let plan = plan_undo(&now, &inverse, &options(session, record, &inverse, &now, choice).await?);
    let steps = plan.statements().cloned().collect();
    let mut conflicts = plan.conflicts.clone();
    conflicts.extend(ask(session, &plan, false).await?);
    let mut set_aside = Vec::new();
    for column in plan.set_aside {
        let count = session.scalar(&column.count).await.ok().flatten().and_then(|n| n.parse().ok());
        set_aside.push((column, count));
    }
    let mut moved_aside = Vec::new();
    for moved in plan.moved_aside {
        let name = now.sql_name(moved.id);
        let table = now.get(moved.id).is_some_and(|o| o.holds_rows());
        let count =
            if table { session.scalar(&format!("SELECT count(*) FROM {name}")).await.ok().flatten() } else { None };
        moved_aside.push((moved, count.and_then(|n| n.parse().ok())));
    }
    Ok(Preview {
        number: record.number,
        version: record.version.clone(),
        locks: plan.locks,
        steps,
        tail: plan.tail,
        conflicts,
        unsupported: plan.unsupported,
        column_order: plan.column_order,
        rebuilt: plan.rebuilt,
        moved_aside,
        set_aside,
        needs_values: plan.needs_values,
    })
}

/// Undoes one migration. The session must hold the run lock.
pub async fn undo(
    session: &Session,
    record: &Record,
    rules: &UndoRules,
    watch: Watch<'_>,
) -> Result<UndoReport, UndoError> {
    let started = Instant::now();
    session.keep_prepared();
    let inverse = load(session, record).await?;
    let swept = migrate::sweep(session, rules.lock_timeout, rules.lock_retries).await;
    swept.map_err(UndoError::server("removing triggers of Backout's own"))?;
    let stamp = census(session).await?;
    let now = read_catalog(session, false).await?;
    let options = options(session, record, &inverse, &now, &rules.choice).await?;
    let mut looked = Some((stamp, now));
    let search_path = session.scalar("SELECT pg_catalog.current_setting('search_path')").await;
    let search_path = search_path.map_err(UndoError::server("asking for the search path"))?.unwrap_or_default();
    failpoint!("undo.start");
    let mut attempt: u32 = 1;
    let mut order = LockOrder::default();
    let (plan, mut left, lock_ms) = loop {
        let (stamp, now) = match looked.take() {
            Some(looked) => looked,
            None => (census(session).await?, read_catalog(session, false).await?),
        };
        let plan = plan_undo(&now, &inverse, &options);
        refuse(record, &plan, rules)?;
        failpoint!("undo.planned");
        let patience = patience(attempt, rules.lock_timeout);
        let attempt_of = Attempt {
            session,
            record,
            inverse: &inverse,
            options: &options,
            rules,
            patience,
            search_path: &search_path,
        };
        match Box::pin(attempt_of.short_transaction(plan, now, &stamp, &mut order)).await {
            Ok(Outcome::Done { plan, left, lock_ms }) => break (*plan, left, lock_ms),
            Ok(Outcome::Moved) => {
                session.batch("ROLLBACK").await.map_err(UndoError::server("rolling back"))?;
                if attempt > rules.lock_retries {
                    return Err(UndoError::Restless(attempt));
                }
            }
            Err(error) => {
                let rolled_back = session.batch("ROLLBACK").await.is_ok();
                let spent = rules.lock_budget.is_some_and(|budget| started.elapsed() >= budget);
                if !rolled_back || !error.is_retryable() || attempt > rules.lock_retries || spent {
                    return Err(error);
                }
                let wait = Duration::from_millis(50).saturating_mul(1 << attempt.min(5)).min(Duration::from_secs(2));
                watch(Event::Retry { attempt, of: rules.lock_retries, wait, blocked_by: None });
                tokio::time::sleep(wait).await;
            }
        }
        attempt += 1;
    };
    failpoint!("undo.after_commit");
    store::undo_lock_time(session, record.number, lock_ms).await?;
    let tail_began = Instant::now();
    left.extend(finish_tail(session, record.number, plan.tail.clone(), watch).await?);
    failpoint!("undo.end");
    Ok(UndoReport {
        number: record.number,
        version: record.version.clone(),
        lock_ms,
        tail_ms: tail_began.elapsed().as_secs_f64() * 1e3,
        total_ms: started.elapsed().as_secs_f64() * 1e3,
        attempts: attempt,
        steps: plan.statements().count(),
        tail: plan.tail.iter().map(|t| t.sql().to_owned()).collect(),
        conflicts: plan.conflicts,
        column_order: plan.column_order,
        rebuilt: plan.rebuilt,
        moved_aside: plan.moved_aside,
        set_aside: plan.set_aside,
        left,
    })
}

/// A table that is made anew is joined with what was kept, and its indexes are sorted.
fn roomier() -> String {
    let at_least = |setting: &str, size: &str| {
        format!(
            "SELECT pg_catalog.set_config('{setting}', '{size}', true) \
             WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('{setting}')) < pg_catalog.pg_size_bytes('{size}')"
        )
    };
    format!("{}; {}", at_least("work_mem", "128MB"), at_least("maintenance_work_mem", "256MB"))
}

fn use_path(path: &str) -> String {
    format!("SELECT pg_catalog.set_config('search_path', {}, true)", literal(path).trim_start())
}

/// Counts in a transaction that holds the locks. Policies of the table's own do not hide rows from it.
async fn count_all(session: &Session, sql: &str, forced: Option<&str>) -> Result<String, DatabaseError> {
    let force = |word: &str| forced.map(|table| format!("ALTER TABLE {table} {word}FORCE ROW LEVEL SECURITY"));
    if let Some(sql) = force("NO ") {
        session.batch(&sql).await?;
    }
    let count = session.scalar(sql).await?;
    if let Some(sql) = force("") {
        session.batch(&sql).await?;
    }
    Ok(count.unwrap_or_default())
}

/// Asks what would make the undo fail. Only who holds the locks can see past a table's own policies.
async fn ask(session: &Session, plan: &UndoPlan, locked: bool) -> Result<Vec<Conflict>, UndoError> {
    let mut conflicts = Vec::new();
    for question in &plan.questions {
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

enum Outcome {
    /// As planned in the end, with what could not be given back exactly.
    Done { plan: Box<UndoPlan>, left: Vec<String>, lock_ms: f64 },
    /// Somebody changed the schema between planning and locking.
    Moved,
}

/// What one attempt works with.
struct Attempt<'a> {
    session: &'a Session,
    record: &'a Record,
    inverse: &'a Inverse,
    options: &'a UndoOptions,
    rules: &'a UndoRules,
    patience: Duration,
    /// As the session began.
    search_path: &'a str,
}

impl Attempt<'_> {
    /// Opens the transaction and makes the schemas and tables for what is put aside, before the locks. New
    /// schemas void the server's plans of our queries, so those are asked once here as well. Returns the census
    /// that plan and catalog go with, or nothing if somebody else's changes ask for other room.
    async fn make_room(
        &self,
        plan: &mut UndoPlan,
        now: &mut Catalog,
        stamp: &Census,
    ) -> Result<Option<Census>, UndoError> {
        let Attempt { session, record, inverse, .. } = *self;
        let mut opening = format!(
            "BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = 0; SET LOCAL check_function_bodies = off; \
             SET LOCAL row_security = off; SET LOCAL search_path = pg_catalog; {}",
            self.patience.as_millis(),
            roomier()
        );
        for schema in &plan.schemas {
            let comment = literal(&format!("Backout: what undoing migration {} put aside", record.number));
            opening.push_str(&format!(
                "; CREATE SCHEMA IF NOT EXISTS {0}; REVOKE ALL ON SCHEMA {0} FROM PUBLIC; COMMENT ON SCHEMA {0} IS {comment}",
                ident(schema)
            ));
        }
        session.batch(&opening).await.map_err(UndoError::server("opening the transaction"))?;
        send(session, &mut plan.room.iter().collect()).await?;
        let anew = census(session).await?;
        let touched = stamp.touched(&anew);
        let relations: BTreeSet<u32> = touched.iter().map(|id| id.oid).collect();
        let ours = read_again(session, now, &relations).await?;
        if touched.iter().any(|id| !ours.is_ours(*id)) {
            *now = read_catalog(session, true).await?;
            let anew = plan_undo(now, inverse, self.options);
            refuse(record, &anew, self.rules)?;
            // What is made already is not to be made again.
            if anew.schemas != plan.schemas || anew.room != plan.room {
                return Ok(None);
            }
            *plan = anew;
        }
        Ok(Some(anew))
    }

    async fn short_transaction(
        &self,
        mut plan: UndoPlan,
        mut now: Catalog,
        stamp: &Census,
        order: &mut LockOrder,
    ) -> Result<Outcome, UndoError> {
        let Attempt { session, record, inverse, .. } = *self;
        let Some(stamp) = self.make_room(&mut plan, &mut now, stamp).await? else {
            return Ok(Outcome::Moved);
        };
        let locked = Instant::now();

        let mode = |strong: bool| if strong { "ACCESS EXCLUSIVE" } else { "SHARE ROW EXCLUSIVE" };
        let tables: Vec<(String, &str)> = plan.locks.iter().map(|(t, strong)| (t.clone(), mode(*strong))).collect();
        order.take(session, &tables).await.map_err(UndoError::server("taking the locks"))?;
        failpoint!("undo.locked");
        // Somebody changed the schema between planning and locking: now that the tables hold still, plan
        // again. Mostly it was elsewhere and nothing changes.
        if stamp != census(session).await? {
            now = read_catalog(session, true).await?;
            let anew = plan_undo(&now, inverse, self.options);
            let held = |lock: &(String, bool)| plan.locks.iter().any(|l| l.0 == lock.0 && (l.1 || !lock.1));
            if !anew.locks.iter().all(held) || anew.room != plan.room || anew.schemas != plan.schemas {
                return Ok(Outcome::Moved);
            }
            refuse(record, &anew, self.rules)?;
            plan = anew;
        }
        let blocking = ask(session, &plan, true).await?;
        if !blocking.is_empty() {
            return Err(UndoError::Conflicts { number: record.number, conflicts: blocking });
        }
        // What rows are made with (functions behind indexes, checks and generated columns) may count on it.
        session.batch(&use_path(self.search_path)).await.map_err(UndoError::server("setting the search path"))?;
        let mut left = Vec::new();
        let mut short = false;
        // What stays away, and where that was said.
        let mut skipped: Vec<String> = Vec::new();
        let mut said_at: Vec<usize> = Vec::new();
        // Columns that lose NOT NULL to values that do not fit.
        let mut nullable: Vec<(String, String)> = Vec::new();
        // Sent in one go: on a distant server each round trip would lengthen the lock.
        let mut batch: Vec<&Step> = Vec::new();
        for step in &plan.steps {
            let not_null = plan.needs_values.iter().find(|NeedsValues { table, column, .. }| {
                let named = format!(" NOT NULL {}", ident(column));
                step.sql == format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", ident(column))
                    || step.sql.starts_with(&format!("ALTER TABLE {table} ADD CONSTRAINT "))
                        && step.sql.ends_with(&named)
            });
            if let Some(expected) = &step.expected {
                send(session, &mut batch).await?;
                let reached = session.reach(&step.sql).await.map_err(|source| step_failed(step, source))?;
                short = u64::try_from(expected.rows).is_ok_and(|rows| reached < rows);
                if short {
                    let missing = expected.rows - i64::try_from(reached).unwrap_or(0);
                    left.push(format!("{missing} {}", expected.otherwise));
                }
                continue;
            }
            // What it would have got is part of what is said to run.
            if let Some(place) = skipped.iter().position(|what| is_index_of(&step.about, what) || *what == step.about) {
                left[said_at[place]].push_str(&format!("; {}", step.sql));
                continue;
            }
            if step.only_after_shortfall && !short {
                continue;
            }
            if let Some(look) = &step.look {
                send(session, &mut batch).await?;
                left.extend(seen(session, look).await?);
                continue;
            }
            if let Some(fallback) = &step.or_else {
                send(session, &mut batch).await?;
                let said = self.try_cast(step, fallback).await?;
                if !said.is_empty() {
                    nullable.extend(fallback.nullable.clone());
                }
                left.extend(said);
                continue;
            }
            if step.may_clash {
                send(session, &mut batch).await?;
                if let Some(problem) = self.try_unique(step, &plan).await? {
                    said_at.push(left.len());
                    left.push(problem);
                    skipped.push(step.about.clone());
                }
                continue;
            }
            let Some(NeedsValues { table, column, heirs, forced }) = not_null else {
                batch.push(step);
                continue;
            };
            send(session, &mut batch).await?;
            let count = format!("SELECT count(*) FROM {table} WHERE {} IS NULL", ident(column));
            let empty = count_all(session, &count, forced.then_some(table.as_str()))
                .await
                .map_err(UndoError::server("looking for rows without a value"))?;
            if empty == "0" {
                batch.push(step);
            } else {
                nullable.extend(heirs.iter().map(|heir| (heir.clone(), ident(column))));
                left.push(format!(
                    "{table}.{0} stays nullable: {empty} rows written since have no value for it; give them one, then run \
                     ALTER TABLE {table} ALTER COLUMN {0} SET NOT NULL",
                    ident(column)
                ));
            }
        }
        send(session, &mut batch).await?;
        plan.tail.retain(|step| !skipped.iter().any(|what| what == step.about()));
        for look in &plan.looks {
            left.extend(seen(session, look).await?);
        }
        session.batch(&use_path("pg_catalog")).await.map_err(UndoError::server("setting the search path"))?;
        failpoint!("undo.steps_done");
        let touched = stamp.touched(&census(session).await?);
        let arrived = read_again(session, &now, &scope(inverse, &now, &touched)).await?;
        let mut found = remaining(inverse, &arrived, &plan);
        if self.rules.read_whole {
            let whole = remaining(inverse, &read_catalog(session, true).await?, &plan);
            if whole != found {
                found.extend(whole.into_iter().map(|d| format!("unseen in what was touched: {d}")));
            }
        }
        let differences: Vec<String> = found
            .into_iter()
            .filter(|d| !plan.unsupported.iter().any(|u| d.starts_with(&u.object)))
            .filter(|d| !plan.skipped.iter().chain(&skipped).any(|s| d.starts_with(s)))
            .filter(|d| !skipped.iter().any(|s| is_index_of(d, s) || is_heir_of(inverse, d, s)))
            .filter(|d| !nullable.iter().any(|(t, c)| d.starts_with(&format!("column {t}.{c}:"))))
            .collect();
        if !differences.is_empty() {
            return Err(UndoError::NotArrived(differences));
        }
        left.extend(plan.unsupported.iter().map(ToString::to_string));
        // A schema that goes voids the server's plans, so the empty archive waits until all is read.
        let mut closing: Vec<&Step> = plan.closing.iter().collect();
        send(session, &mut closing).await?;
        store::renumbered(session, record.number, &renumbered(&plan, &arrived)).await?;
        store::undone(session, record.number, &plan.tail).await?;
        failpoint!("undo.recorded");
        session.batch("COMMIT").await.map_err(UndoError::server("COMMIT"))?;
        Ok(Outcome::Done { plan: Box::new(plan), left, lock_ms: locked.elapsed().as_secs_f64() * 1e3 })
    }
}

impl Attempt<'_> {
    /// Changes a type. Where values written since do not cast, each is cast by itself, and those are put aside.
    async fn try_cast(&self, step: &Step, fallback: &Fallback) -> Result<Vec<String>, UndoError> {
        let failed = |source| step_failed(step, source);
        self.session.batch("SAVEPOINT backout_cast").await.map_err(failed)?;
        let Err(error) = self.session.batch(&step.sql).await else {
            self.session.batch("RELEASE SAVEPOINT backout_cast").await.map_err(failed)?;
            return Ok(Vec::new());
        };
        let fits_not = |code: &str| code.starts_with("22") || matches!(code, "23514" | "23502");
        if !error.code.as_deref().is_some_and(fits_not) {
            return Err(failed(error));
        }
        self.session
            .batch("ROLLBACK TO SAVEPOINT backout_cast; RELEASE SAVEPOINT backout_cast")
            .await
            .map_err(failed)?;
        for sql in &fallback.statements {
            self.session.batch(sql).await.map_err(failed)?;
        }
        let mut said = Vec::new();
        let of_values = (!fallback.count.is_empty()).then(|| (fallback.count.clone(), fallback.otherwise.clone()));
        for (count, otherwise) in of_values.into_iter().chain(fallback.rows.clone()) {
            let count = self.session.scalar(&count).await.map_err(failed)?.unwrap_or_default();
            said.push(format!("{count} {otherwise}"));
        }
        for (table, column) in &fallback.nullable {
            said.push(format!(
                "{table}.{column} stays nullable, since it has no value where one did not fit; give them one, then run \
                 ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"
            ));
        }
        Ok(said)
    }

    /// Makes something that allows a value once only. Where rows written since repeat one, it stays away, and
    /// the answer says so.
    async fn try_unique(&self, step: &Step, plan: &UndoPlan) -> Result<Option<String>, UndoError> {
        let failed = |source| step_failed(step, source);
        self.session.batch("SAVEPOINT backout_unique").await.map_err(failed)?;
        let Err(error) = self.session.batch(&step.sql).await else {
            self.session.batch("RELEASE SAVEPOINT backout_unique").await.map_err(failed)?;
            return Ok(None);
        };
        // Repeated values, excluded ones, none for a key, one that is not there or not allowed; and a key that refers to one that stayed away.
        if !["23505", "23P01", "23502", "23503", "23514", "42830"].iter().any(|code| error.has_code(code)) {
            return Err(failed(error));
        }
        self.session
            .batch("ROLLBACK TO SAVEPOINT backout_unique; RELEASE SAVEPOINT backout_unique")
            .await
            .map_err(failed)?;
        let detail = error.detail.as_ref().map(|d| format!(" ({d})")).unwrap_or_default();
        Ok(Some(format!(
            "{} does not come back, since rows written since do not fit it: {error}{detail}; mend the rows, then run {}",
            step.about,
            // The rows would be looked at afterwards.
            if plan.tail.iter().any(|tail| tail.about() == step.about) {
                step.sql.strip_suffix(" NOT VALID").unwrap_or(&step.sql)
            } else {
                &step.sql
            }
        )))
    }
}

async fn seen(session: &Session, look: &Look) -> Result<Option<String>, UndoError> {
    let count = count_all(session, &look.count, look.forced.as_deref())
        .await
        .map_err(UndoError::server("counting what was put aside"))?;
    if count != "0" {
        return Ok(Some(format!("{count} {}", look.otherwise)));
    }
    if let Some(sql) = &look.if_none {
        session.batch(sql).await.map_err(UndoError::server("removing what was not needed"))?;
    }
    Ok(None)
}

/// A constraint's index has its name: `constraint k on public.t`, `index public.k`.
fn is_index_of(difference: &str, constraint: &str) -> bool {
    let Some((name, table)) = constraint.strip_prefix("constraint ").and_then(|rest| rest.split_once(" on ")) else {
        return false;
    };
    let index = format!("index {}.{name}", first_name(table));
    difference.strip_prefix(&index).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ' ']))
}

/// A partition's or child's part of a constraint that stayed away.
fn is_heir_of(inverse: &Inverse, difference: &str, constraint: &str) -> bool {
    let (Some(identity), Some((start, _))) = (difference.strip_suffix(" is missing"), constraint.split_once(" on "))
    else {
        return false;
    };
    let inherited = |o: &&Object| matches!(&o.detail, Detail::Constraint(c) if c.inherited);
    identity.starts_with(&format!("{start} on "))
        && inverse.before.objects().filter(inherited).any(|o| inverse.before.identity(o.id) == identity)
}

/// `a` of `a.b`, quoted as it is.
fn first_name(qualified: &str) -> &str {
    let mut quoted = false;
    let dot = qualified.find(|c| {
        quoted ^= c == '"';
        c == '.' && !quoted
    });
    &qualified[..dot.unwrap_or(0)]
}

/// Ids of all that the inverse or this transaction touched, with the tables that it is part of.
fn scope(inverse: &Inverse, now: &Catalog, touched: &[ObjectId]) -> BTreeSet<u32> {
    let of_inverse = inverse.removed.iter().chain(&inverse.added).chain(&inverse.changed);
    let catalogs = [&inverse.before, &inverse.after, now];
    of_inverse.chain(touched).flat_map(|id| catalogs.map(|c| c.root(*id).oid).into_iter().chain([id.oid])).collect()
}

async fn send(session: &Session, batch: &mut Vec<&Step>) -> Result<(), UndoError> {
    let statements: Vec<&str> = batch.iter().map(|step| step.sql.as_str()).collect();
    session.all(&statements).await.map_err(|(place, source)| step_failed(batch[place], source))?;
    batch.clear();
    Ok(())
}

fn step_failed(step: &Step, source: DatabaseError) -> UndoError {
    UndoError::Step { sql: step.sql.clone(), about: step.about.clone(), source }
}
