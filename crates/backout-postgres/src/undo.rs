//! Undo: the short transaction that brings the former state back, and the tail that blocks nobody.

use crate::catalog::{CatalogError, census, read_catalog};
use crate::failpoint;
use crate::migrate::{Event, Watch, patience};
use crate::session::{DatabaseError, Session};
use crate::store::{self, Record, State, StoreError};
use backout_reversal::{
    Conflict, Inverse, Moved, SetAside, Step, TailStep, UndoOptions, UndoPlan, Unsupported, plan_undo, remaining,
};
use backout_schema::{Census, ident, literal};
use futures_util::future::join_all;
use serde::Serialize;
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
    /// New tables that step aside, with the rows that they hold.
    pub moved_aside: Vec<(Moved, Option<i64>)>,
    /// Columns that go, with the number of values put aside.
    pub set_aside: Vec<(SetAside, Option<i64>)>,
    /// Columns that get NOT NULL back and the rows since that have no value for them.
    pub needs_values: Vec<(String, String)>,
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
        && !(inverse.moved.is_empty() && inverse.columns.is_empty() && inverse.tables.is_empty())
    {
        return Err(UndoError::Purged(record.number));
    }
    Ok(inverse)
}

async fn options(session: &Session, record: &Record) -> Result<UndoOptions, UndoError> {
    Ok(UndoOptions { number: record.number, role: role(session).await?, index_in_lock_bytes: INDEX_IN_LOCK_BYTES })
}

/// Plans an undo against the catalog of right now and counts what it would put aside.
pub async fn preview(session: &Session, record: &Record) -> Result<Preview, UndoError> {
    let inverse = load(session, record).await?;
    let now = read_catalog(&session.client, session.server_version(), false).await?;
    let plan = plan_undo(&now, &inverse, &options(session, record).await?);
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
        steps: plan.steps,
        tail: plan.tail,
        conflicts: plan.conflicts,
        unsupported: plan.unsupported,
        column_order: plan.column_order,
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
    let inverse = load(session, record).await?;
    let options = options(session, record).await?;
    failpoint!("undo.start");
    let mut attempt: u32 = 1;
    let (plan, left, lock_ms) = loop {
        let stamp = census(&session.client).await?;
        let now = read_catalog(&session.client, session.server_version(), false).await?;
        let plan = plan_undo(&now, &inverse, &options);
        refuse(record, &plan, rules)?;
        failpoint!("undo.planned");
        let began = Instant::now();
        let patience = patience(attempt, rules.lock_timeout);
        let attempt_of = Attempt { session, record, inverse: &inverse, options: &options, rules, patience };
        match Box::pin(attempt_of.short_transaction(plan, &stamp)).await {
            Ok(Outcome::Done(plan, left)) => break (*plan, left, began.elapsed().as_secs_f64() * 1e3),
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
    finish_tail(session, record.number, plan.tail.clone(), watch).await?;
    failpoint!("undo.end");
    Ok(UndoReport {
        number: record.number,
        version: record.version.clone(),
        lock_ms,
        tail_ms: tail_began.elapsed().as_secs_f64() * 1e3,
        total_ms: started.elapsed().as_secs_f64() * 1e3,
        attempts: attempt,
        steps: plan.steps.len(),
        tail: plan.tail.iter().map(|t| t.sql().to_owned()).collect(),
        conflicts: plan.conflicts,
        column_order: plan.column_order,
        moved_aside: plan.moved_aside,
        set_aside: plan.set_aside,
        left,
    })
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
    Done(Box<UndoPlan>, Vec<String>),
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
}

impl Attempt<'_> {
    async fn short_transaction(&self, mut plan: UndoPlan, stamp: &Census) -> Result<Outcome, UndoError> {
        let Attempt { session, record, inverse, .. } = *self;

        let mut opening = format!(
            "BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = 0; SET LOCAL check_function_bodies = off; \
         SET LOCAL row_security = off; SET LOCAL search_path = pg_catalog",
            self.patience.as_millis()
        );
        for (strong, mode) in [(true, "ACCESS EXCLUSIVE"), (false, "SHARE ROW EXCLUSIVE")] {
            let tables: Vec<&str> = plan.locks.iter().filter(|(_, s)| *s == strong).map(|(t, _)| t.as_str()).collect();
            if !tables.is_empty() {
                opening.push_str(&format!("; LOCK TABLE ONLY {} IN {mode} MODE", tables.join(", ONLY ")));
            }
        }
        session.batch(&opening).await.map_err(UndoError::server("taking the locks"))?;
        failpoint!("undo.locked");
        // Somebody changed the schema between planning and locking: now that the tables hold still, plan
        // again. Mostly it was elsewhere and nothing changes.
        if *stamp != census(&session.client).await? {
            let now = read_catalog(&session.client, session.server_version(), true).await?;
            let anew = plan_undo(&now, inverse, self.options);
            let held = |lock: &(String, bool)| plan.locks.iter().any(|l| l.0 == lock.0 && (l.1 || !lock.1));
            if !anew.locks.iter().all(held) {
                return Ok(Outcome::Moved);
            }
            refuse(record, &anew, self.rules)?;
            plan = anew;
        }
        for schema in &plan.schemas {
            let comment = literal(&format!("Backout: what undoing migration {} put aside", record.number));
            session
            .batch(&format!(
                "CREATE SCHEMA IF NOT EXISTS {0}; REVOKE ALL ON SCHEMA {0} FROM PUBLIC; COMMENT ON SCHEMA {0} IS {comment}",
                ident(schema)
            ))
            .await
            .map_err(UndoError::server("making the schema for what is put aside"))?;
        }
        let mut left = Vec::new();
        // Sent in one go: on a distant server each round trip would lengthen the lock.
        let mut batch: Vec<&Step> = Vec::new();
        for step in &plan.steps {
            let not_null = plan.needs_values.iter().find(|(table, column)| {
                step.sql == format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", ident(column))
            });
            let Some((table, column)) = not_null else {
                batch.push(step);
                continue;
            };
            send(session, &mut batch).await?;
            let empty = session
                .scalar(&format!("SELECT count(*) FROM {table} WHERE {} IS NULL", ident(column)))
                .await
                .map_err(UndoError::server("looking for rows without a value"))?
                .and_then(|n| n.parse::<u64>().ok())
                .unwrap_or(0);
            if empty == 0 {
                batch.push(step);
            } else {
                left.push(format!(
                    "{table}.{} stays nullable: {empty} rows written since have no value for it",
                    ident(column)
                ));
            }
        }
        send(session, &mut batch).await?;
        failpoint!("undo.steps_done");
        let arrived = read_catalog(&session.client, session.server_version(), true).await?;
        let differences: Vec<String> = remaining(inverse, &arrived, &plan.tail, &plan.conflicts)
            .into_iter()
            .filter(|d| !plan.unsupported.iter().any(|u| d.starts_with(&u.object)))
            .filter(|d| !plan.skipped.iter().any(|s| d.starts_with(s)))
            .filter(|d| !plan.needs_values.iter().any(|(t, c)| d.starts_with(&format!("column {t}.{}", ident(c)))))
            .collect();
        if !differences.is_empty() {
            return Err(UndoError::NotArrived(differences));
        }
        left.extend(plan.unsupported.iter().map(ToString::to_string));
        store::undone(session, record.number, &plan.tail).await?;
        failpoint!("undo.recorded");
        session.batch("COMMIT").await.map_err(UndoError::server("COMMIT"))?;
        Ok(Outcome::Done(Box::new(plan), left))
    }
}

async fn send(session: &Session, batch: &mut Vec<&Step>) -> Result<(), UndoError> {
    let results = join_all(batch.iter().map(|step| session.batch(&step.sql))).await;
    for (step, result) in batch.drain(..).zip(results) {
        result.map_err(|source| UndoError::Step { sql: step.sql.clone(), about: step.about.clone(), source })?;
    }
    Ok(())
}

/// Does what is left after the short transaction, and records each piece as it is done.
pub async fn finish_tail(
    session: &Session,
    number: i64,
    mut tail: Vec<TailStep>,
    watch: Watch<'_>,
) -> Result<(), UndoError> {
    while let Some(step) = tail.first().cloned() {
        watch(Event::Tail { about: step.about().to_owned() });
        let failed = |sql: &str| {
            let (sql, about) = (sql.to_owned(), step.about().to_owned());
            move |source| UndoError::Step { sql, about, source }
        };
        match &step {
            TailStep::Validate { sql, .. } | TailStep::Refresh { sql, .. } => {
                session.batch(sql).await.map_err(failed(sql))?;
            }
            TailStep::Index { sql, schema, name, then, .. } => {
                let valid = session
                    .scalar(&format!(
                        "SELECT i.indisvalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = {} AND c.relname = {}",
                        literal(schema).trim_start(),
                        literal(name).trim_start()
                    ))
                    .await
                    .map_err(UndoError::server("looking for an index"))?;
                if valid.as_deref() == Some("f") {
                    let name = backout_schema::qualified(schema, name);
                    session
                        .batch(&format!("DROP INDEX CONCURRENTLY {name}"))
                        .await
                        .map_err(UndoError::server("removing an invalid index"))?;
                }
                if valid.as_deref() != Some("t") {
                    session.batch(sql).await.map_err(failed(sql))?;
                }
                for sql in then {
                    session.batch(sql).await.map_err(failed(sql))?;
                }
            }
        }
        failpoint!("undo.tail");
        tail.remove(0);
        store::undone(session, number, &tail).await?;
    }
    Ok(())
}
