//! The short transaction: what brings the former state back, under the locks.

use super::carry::{Carried, carry_out, seen, send};
use super::residue::Residue;
use super::{StatementTiming, UndoError, UndoRules, ask, kinds, options, refuse, roomier, use_path};
use crate::catalog::{census, read_again, read_catalog};
use crate::failpoint;
use crate::locks::LockOrder;
use crate::session::{DatabaseError, Session};
use crate::sqlstate;
use crate::store::{self, Record};
use backout_reversal::{
    Difference, Inverse, Shortfall, Step, TailStep, UndoOptions, UndoPlan, plan_undo, remaining, renumbered,
    unannounced,
};
use backout_schema::{Catalog, Census, LockMode, ObjectId, TableLock, ident, literal};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// A constraint of a table up to this size is validated inside the transaction, where more migrations follow.
const IN_LOCK_BYTES: u64 = 8 * 1024 * 1024;

/// A migration that is to be undone, with what that needs.
pub(super) struct Link<'a> {
    pub record: &'a Record,
    pub inverse: Inverse,
    pub options: UndoOptions,
}

/// One migration undone: as planned in the end, with what could not be given back exactly.
pub(super) struct Undone {
    pub plan: UndoPlan,
    pub left: Vec<Residue>,
    pub statements: Vec<StatementTiming>,
    /// How long it took to look at them.
    pub looking: Duration,
}

pub(super) enum Outcome {
    /// These were undone, the first ones of those that were asked for.
    Done { undone: Vec<Undone>, lock_ms: f64 },
    /// Somebody changed the schema between planning and locking.
    Moved,
}

/// One attempt at a transaction.
pub(super) struct Short<'a> {
    pub session: &'a Session,
    pub rules: &'a UndoRules,
    pub patience: Duration,
    /// As the session began.
    pub search_path: &'a str,
}

/// What a link starts from: a plan, and the catalog and census that it goes with.
pub(super) struct Start {
    pub plan: UndoPlan,
    pub now: Catalog,
    pub stamp: Census,
}

impl Short<'_> {
    /// Undoes migrations in one transaction, newest first: `first`, then those of `rest` that need nothing which
    /// must wait for a COMMIT. `foreseen` are the tables that those of `rest` will lock.
    pub async fn run(
        &self,
        first: &Link<'_>,
        start: Start,
        rest: &[Record],
        foreseen: &[TableLock],
        order: &mut LockOrder,
    ) -> Result<Outcome, UndoError> {
        let session = self.session;
        let opening = format!(
            "BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = 0; SET LOCAL check_function_bodies = off; \
             SET LOCAL row_security = off; SET LOCAL search_path = pg_catalog; {}",
            self.patience.as_millis(),
            roomier("SELECT")
        );
        session.batch(&opening).await.map_err(UndoError::server("opening the transaction"))?;
        let mut locked = None;
        let mut undone: Vec<Undone> = Vec::new();
        let attempt = Attempt { short: self, record: first.record, inverse: &first.inverse, options: &first.options };
        match attempt.run(start, foreseen, order, &mut locked).await? {
            Some(one) => undone.push(self.settle(one, !rest.is_empty()).await?),
            None => return Ok(Outcome::Moved),
        }
        for (place, record) in rest.iter().enumerate() {
            // What must follow a COMMIT comes before anything that may stand on it.
            if undone.iter().any(|one| one.plan.tail.iter().any(|step| !matches!(step, TailStep::Analyze { .. }))) {
                break;
            }
            let (stamp, now) = (census(session).await?, read_catalog(session, true).await?);
            let inverse = super::load(session, record).await?;
            let options = options(session, record, &inverse, &now, &self.rules.choice).await?;
            let plan = plan_undo(&now, &inverse, &options);
            refuse(record, &plan, self.rules)?;
            kinds::pass(&plan, None)?;
            let attempt = Attempt { short: self, record, inverse: &inverse, options: &options };
            match attempt.run(Start { plan, now, stamp }, &[], order, &mut locked).await? {
                Some(one) => undone.push(self.settle(one, place + 1 < rest.len()).await?),
                None => return Ok(Outcome::Moved),
            }
        }
        // A schema that goes voids the server's plans, so the empty archives wait until all is read.
        let closing: Vec<&Step> = undone.iter().flat_map(|one| &one.plan.closing).collect();
        send(session, &closing).await?;
        self.record_tail(first.record, rest, &mut undone).await?;
        for (record, one) in std::iter::once(first.record).chain(rest).zip(&undone) {
            let left: Vec<String> = one.left.iter().map(ToString::to_string).collect();
            store::note_left(session, record.number, &left).await?;
        }
        failpoint!("undo.recorded");
        session.batch("COMMIT").await.map_err(UndoError::server("COMMIT"))?;
        let looking: Duration = undone.iter().map(|one| one.looking).sum();
        let lock_ms = locked.map_or(0.0, |since: Instant| since.elapsed().saturating_sub(looking).as_secs_f64() * 1e3);
        Ok(Outcome::Done { undone, lock_ms })
    }

    /// Does here what would follow the COMMIT, as far as that is quick, if there is `more` to undo.
    async fn settle(&self, mut one: Undone, more: bool) -> Result<Undone, UndoError> {
        if !more {
            return Ok(one);
        }
        let session = self.session;
        for step in std::mem::take(&mut one.plan.tail) {
            let TailStep::Validate { sql, about, .. } = &step else {
                one.plan.tail.push(step);
                continue;
            };
            if !is_quick(session, &step).await? {
                one.plan.tail.push(step);
                continue;
            }
            let failed = |source| UndoError::Step { sql: sql.clone(), about: about.clone(), source };
            let trial = session.savepoint("backout_validate").await.map_err(failed)?;
            match session.batch(sql).await {
                Ok(()) => trial.keep().await.map_err(failed)?,
                Err(error) => {
                    let said = stays_invalid(about, sql, &error).ok_or(error).map_err(failed)?;
                    one.left.push(said);
                    trial.take_back().await.map_err(failed)?;
                }
            }
        }
        Ok(one)
    }

    /// What follows the COMMIT is the work of the one undone last.
    async fn record_tail(&self, first: &Record, rest: &[Record], undone: &mut [Undone]) -> Result<(), UndoError> {
        let Some((last, earlier)) = undone.split_last_mut() else { return Ok(()) };
        let number = earlier.len().checked_sub(1).and_then(|place| rest.get(place)).unwrap_or(first).number;
        let moved: Vec<TailStep> = earlier.iter_mut().flat_map(|one| std::mem::take(&mut one.plan.tail)).collect();
        for step in moved {
            if !last.plan.tail.iter().any(|other| other.sql() == step.sql()) {
                last.plan.tail.push(step);
            }
        }
        Ok(store::undone(self.session, number, &last.plan.tail).await?)
    }
}

/// Whether what would follow the COMMIT can as well be done before it.
pub(super) async fn is_quick(session: &Session, step: &TailStep) -> Result<bool, UndoError> {
    match step {
        // Whenever it is.
        TailStep::Analyze { .. } => Ok(true),
        TailStep::Validate { table, .. } => {
            let size = format!(
                "SELECT pg_catalog.pg_table_size(pg_catalog.to_regclass({})) <= {IN_LOCK_BYTES}",
                literal(table).trim_start()
            );
            let small = session.scalar(&size).await.map_err(UndoError::server("measuring a table"))?;
            Ok(small.as_deref() == Some("t"))
        }
        TailStep::Index { .. } | TailStep::Refresh { .. } => Ok(false),
    }
}

/// What is said of a constraint that rows written since do not fit; nothing if it is something else.
pub(super) fn stays_invalid(about: &str, sql: &str, error: &DatabaseError) -> Option<Residue> {
    let misfit = [sqlstate::FOREIGN_KEY_VIOLATION, sqlstate::CHECK_VIOLATION, sqlstate::NOT_NULL_VIOLATION]
        .iter()
        .any(|code| error.has_code(code));
    misfit.then(|| Residue::NewRowsOnly { what: about.to_owned(), said: error.to_string(), mend: sql.to_owned() })
}

/// One migration within the transaction.
struct Attempt<'a> {
    short: &'a Short<'a>,
    record: &'a Record,
    inverse: &'a Inverse,
    options: &'a UndoOptions,
}

impl Attempt<'_> {
    /// Makes the schemas and tables for what is set aside, before the locks. New
    /// schemas void the server's plans of our queries, so those are asked once here as well. Returns the census
    /// that plan and catalog go with, or nothing if somebody else's changes ask for other room.
    async fn make_room(
        &self,
        plan: &mut UndoPlan,
        now: &mut Catalog,
        stamp: &Census,
    ) -> Result<Option<Census>, UndoError> {
        let Attempt { short: Short { session, rules, .. }, record, inverse, .. } = *self;
        let mut schemas = Vec::new();
        for schema in &plan.schemas {
            let comment = literal(&format!("Backout: what undoing migration {} set aside", record.number));
            schemas.push(format!(
                "CREATE SCHEMA IF NOT EXISTS {0}; REVOKE ALL ON SCHEMA {0} FROM PUBLIC; COMMENT ON SCHEMA {0} IS {comment}",
                ident(schema)
            ));
        }
        session.batch(&schemas.join("; ")).await.map_err(UndoError::server("making room for what is set aside"))?;
        send(session, &plan.room.iter().collect::<Vec<_>>()).await?;
        let anew = census(session).await?;
        let touched = stamp.touched(&anew);
        let relations: BTreeSet<u32> = touched.iter().map(|id| id.oid).collect();
        let ours = read_again(session, now, &relations).await?;
        if touched.iter().any(|id| !ours.is_ours(*id)) {
            *now = read_catalog(session, true).await?;
            let anew = plan_undo(now, inverse, self.options);
            refuse(record, &anew, rules)?;
            kinds::pass(&anew, Some(plan))?;
            // What is made already is not to be made again.
            if anew.schemas != plan.schemas || anew.room != plan.room {
                return Ok(None);
            }
            *plan = anew;
        }
        Ok(Some(anew))
    }

    /// Takes the locks. False where somebody changed the schema between planning and locking in such a way that other
    /// locks are needed.
    async fn hold(
        &self,
        plan: &mut UndoPlan,
        now: &mut Catalog,
        stamp: &Census,
        foreseen: &[TableLock],
        order: &mut LockOrder,
    ) -> Result<bool, UndoError> {
        let Attempt { short: Short { session, rules, .. }, record, inverse, .. } = *self;
        let mut tables: BTreeMap<String, LockMode> = BTreeMap::new();
        for lock in plan.locks.iter().chain(foreseen) {
            let mode = tables.entry(lock.table.clone()).or_insert(lock.mode);
            *mode = lock.mode.max(*mode);
        }
        let tables: Vec<TableLock> = tables.into_iter().map(|(table, mode)| TableLock { table, mode }).collect();
        order.take(session, &tables).await.map_err(UndoError::server("taking the locks"))?;
        failpoint!("undo.locked");
        // Somebody changed the schema between planning and locking: now that the tables hold still, plan
        // again. Mostly it was elsewhere and nothing changes.
        if *stamp != census(session).await? {
            *now = read_catalog(session, true).await?;
            let anew = plan_undo(now, inverse, self.options);
            let held = |lock: &TableLock| plan.locks.iter().any(|l| l.table == lock.table && l.mode >= lock.mode);
            if !anew.locks.iter().all(held) || anew.room != plan.room || anew.schemas != plan.schemas {
                return Ok(false);
            }
            refuse(record, &anew, rules)?;
            kinds::pass(&anew, Some(plan))?;
            *plan = anew;
        }
        let blocking = ask(session, plan, true).await?;
        if !blocking.is_empty() {
            return Err(UndoError::Conflicts { number: record.number, conflicts: blocking });
        }
        Ok(true)
    }

    /// Whether all is as it was, apart from what was announced. Returns the catalog that came of it.
    async fn verify(
        &self,
        plan: &UndoPlan,
        now: &Catalog,
        stamp: &Census,
        shortfall: &Shortfall,
    ) -> Result<Catalog, UndoError> {
        let Attempt { short: Short { session, rules, .. }, inverse, .. } = *self;
        let touched = stamp.touched(&census(session).await?);
        let arrived = read_again(session, now, &scope(inverse, now, &touched)).await?;
        let mut found = remaining(inverse, &arrived, plan);
        if rules.read_whole {
            let whole = remaining(inverse, &read_catalog(session, true).await?, plan);
            if whole != found {
                let unseen: Vec<Difference> = whole.into_iter().filter(|d| !found.contains(d)).collect();
                return Err(UndoError::Unseen(unseen));
            }
        }
        found = unannounced(&[&inverse.before, now], plan, shortfall, found);
        if !found.is_empty() {
            return Err(UndoError::NotArrived(found));
        }
        Ok(arrived)
    }

    /// Nothing if somebody changed the schema between planning and locking.
    async fn run(
        &self,
        start: Start,
        foreseen: &[TableLock],
        order: &mut LockOrder,
        locked: &mut Option<Instant>,
    ) -> Result<Option<Undone>, UndoError> {
        let Attempt { short: Short { session, search_path, rules, .. }, record, inverse, .. } = *self;
        let Start { mut plan, mut now, stamp } = start;
        session
            .batch(&super::write_texts(inverse, "LOCAL "))
            .await
            .map_err(UndoError::server("setting how values are written"))?;
        let Some(stamp) = self.make_room(&mut plan, &mut now, &stamp).await? else {
            return Ok(None);
        };
        locked.get_or_insert_with(Instant::now);

        if !self.hold(&mut plan, &mut now, &stamp, foreseen, order).await? {
            return Ok(None);
        }
        // What rows are made with (functions behind indexes, checks and generated columns) may count on it.
        session.batch(&use_path(search_path)).await.map_err(UndoError::server("setting the search path"))?;
        let catalogs = [&inverse.before, &now];
        let Carried { mut left, shortfall, statements, looking } =
            carry_out(session, &plan, catalogs, rules.measure).await?;
        plan.tail.retain(|step| !shortfall.skipped.iter().any(|what| what == step.about()));
        for look in &plan.asks.after {
            left.extend(seen(session, look).await?);
        }
        session.batch(&use_path("pg_catalog")).await.map_err(UndoError::server("setting the search path"))?;
        failpoint!("undo.steps_done");
        let arrived = self.verify(&plan, &now, &stamp, &shortfall).await?;
        left.extend(plan.unsupported.iter().cloned().map(Residue::Announced));
        let mut said = BTreeSet::new();
        left.retain(|what: &Residue| said.insert(what.to_string()));
        store::renumbered(session, record.number, &renumbered(&plan, &arrived)).await?;
        store::put_aside(session, record.number, &plan.keeps.on_record).await?;
        // What is left to do is entered when all are undone.
        store::undone(session, record.number, &[]).await?;
        Ok(Some(Undone { plan, left, statements, looking }))
    }
}

/// Ids of all that the inverse or this transaction touched, with the tables that it is part of.
fn scope(inverse: &Inverse, now: &Catalog, touched: &[ObjectId]) -> BTreeSet<u32> {
    let of_inverse = inverse.removed.iter().chain(&inverse.added).chain(&inverse.changed);
    let catalogs = [&inverse.before, &inverse.after, now];
    of_inverse.chain(touched).flat_map(|id| catalogs.map(|c| c.root(*id).oid).into_iter().chain([id.oid])).collect()
}
