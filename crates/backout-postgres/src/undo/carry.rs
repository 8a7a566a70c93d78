//! The statements of a plan, one after the other: what is tried, what is asked, and what is said of what stays away.

use super::residue::{NoValue, Residue};
use super::{StatementTiming, UndoError, count_all};
use crate::felt::Observer;
use crate::session::{DatabaseError, Session};
use crate::sqlstate;
use backout_reversal::{
    Execution, Expected, Fallback, Look, NeedsValues, Shortfall, Step, UndoPlan, Unfit, Unfits, belongs_to_constraint,
};
use backout_schema::{Catalog, ObjectId, ident};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What came of a plan's statements.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// What could not be given back exactly.
    pub left: Vec<Residue>,
    /// What stays away.
    pub shortfall: Shortfall,
    /// Where they are measured: each that ran.
    pub statements: Vec<StatementTiming>,
    /// How long it took to look at them.
    pub looking: Duration,
}

/// Runs all statements of the short transaction.
///
/// # Errors
/// What the server says of a statement that must run.
pub(super) async fn carry_out(
    session: &Session,
    plan: &UndoPlan,
    catalogs: [&Catalog; 2],
    measure: bool,
) -> Result<Carried, UndoError> {
    let mut carrier = Carrier::new(session, plan, catalogs);
    if measure {
        carrier.measured().await?;
    } else {
        for step in &plan.steps {
            carrier.step(step).await?;
        }
    }
    carrier.send().await?;
    Ok(carrier.carried)
}

struct Carrier<'a> {
    session: &'a Session,
    plan: &'a UndoPlan,
    /// In which a constraint's parts are looked up.
    catalogs: [&'a Catalog; 2],
    carried: Carried,
    /// Where it was said of each that stays away.
    said_at: Vec<usize>,
    /// What goes with something that stays away, such as a comment on a constraint's index: its place in `said_at`.
    with_it: BTreeMap<String, usize>,
    /// The statement before reached fewer rows than expected.
    short: bool,
    /// Sent in one go: on a distant server each round trip would lengthen the lock.
    batch: Vec<&'a Step>,
}

impl<'a> Carrier<'a> {
    fn new(session: &'a Session, plan: &'a UndoPlan, catalogs: [&'a Catalog; 2]) -> Self {
        Carrier {
            session,
            plan,
            catalogs,
            carried: Carried::default(),
            said_at: Vec::new(),
            with_it: BTreeMap::new(),
            short: false,
            batch: Vec::new(),
        }
    }

    /// Each by itself, with a look at what it did.
    async fn measured(&mut self) -> Result<(), UndoError> {
        let failed = UndoError::server;
        let began = Instant::now();
        let mut observer = Observer::begin(self.session).await.map_err(failed("reading the files of tables"))?;
        observer.look(self.session).await.map_err(failed("reading the locks"))?;
        self.carried.looking += began.elapsed();
        for step in &self.plan.steps {
            let began = Instant::now();
            let stays_away = self.stays_with(step).is_some();
            self.step(step).await?;
            let ran = !stays_away && (!self.batch.is_empty() || step.runs.is_sent_at_once());
            // What waits for more is sent, so that there is something to measure.
            self.send().await?;
            let took = began.elapsed();
            let felt = observer.look(self.session).await.map_err(failed("reading the locks"))?;
            if ran {
                self.carried.statements.push(StatementTiming {
                    about: step.about.clone(),
                    sql: step.sql.clone(),
                    ms: took.as_secs_f64() * 1e3,
                    rewrites: self.names(&felt.rewritten),
                });
            }
            self.carried.looking += began.elapsed() - took;
        }
        Ok(())
    }

    /// Of tables that were there before the undo, apart from those that hold what was kept.
    fn names(&self, tables: &[u32]) -> Vec<String> {
        let [_, now] = self.catalogs;
        let ids = tables.iter().map(|table| ObjectId::relation(*table));
        let mut names: Vec<String> =
            ids.filter(|id| now.contains(*id) && !now.is_ours(*id)).map(|id| now.sql_name(id)).collect();
        names.sort_unstable();
        names
    }

    async fn step(&mut self, step: &'a Step) -> Result<(), UndoError> {
        if let Some(place) = self.stays_with(step) {
            // What it would have got is part of what is said to run.
            if let Residue::Away { mend, .. } = &mut self.carried.left[place] {
                mend.push(step.sql.clone());
            }
            return Ok(());
        }
        match &step.runs {
            Execution::Plain => self.batch.push(step),
            Execution::AfterShortfall => self.batch.extend(self.short.then_some(step)),
            Execution::Expect(expected) => self.reach(step, expected).await?,
            Execution::Ask(look) => {
                self.send().await?;
                self.carried.left.extend(seen(self.session, look).await?);
            }
            Execution::OrElse { way, unfit } => {
                self.send().await?;
                match (self.try_cast(step, way, unfit.is_some()).await?, unfit) {
                    (None, Some(unfit)) => self.try_to_fit(step, unfit).await?,
                    (said, _) => self.take_other_way(way, said.unwrap_or_default()),
                }
            }
            Execution::Fit(unfit) => {
                self.send().await?;
                self.try_to_fit(step, unfit).await?;
            }
            Execution::IfFull(needs) => self.if_full(step, needs).await?,
        }
        Ok(())
    }

    /// Where it was said of what this one needs, or is part of, that it stays away.
    fn stays_with(&self, step: &Step) -> Option<usize> {
        let needed = self.carried.shortfall.skipped.iter().position(|what| step.needs.contains(what));
        // A statement that counts rows has the name of its table.
        let part = || self.with_it.get(&step.about).copied().filter(|_| !matches!(step.runs, Execution::Expect(_)));
        needed.or_else(part).map(|place| self.said_at[place])
    }

    async fn send(&mut self) -> Result<(), UndoError> {
        send(self.session, &std::mem::take(&mut self.batch)).await
    }

    async fn reach(&mut self, step: &Step, expected: &Expected) -> Result<(), UndoError> {
        self.send().await?;
        let reached = self.session.reach(&step.sql).await.map_err(|source| step_failed(step, source))?;
        self.short = u64::try_from(expected.rows).is_ok_and(|rows| reached < rows);
        if self.short {
            let missing = expected.rows - i64::try_from(reached).unwrap_or(0);
            let (count, what) = (missing.to_string(), expected.otherwise.clone());
            self.carried.left.push(Residue::Rows { count, what, mend: Vec::new() });
        }
        Ok(())
    }

    async fn if_full(&mut self, step: &'a Step, needs: &NeedsValues) -> Result<(), UndoError> {
        let NeedsValues { table, column, heirs, forced } = needs;
        self.send().await?;
        let count = format!("SELECT count(*) FROM {table} WHERE {} IS NULL", ident(column));
        let empty = count_all(self.session, &count, forced.then_some(table.as_str()))
            .await
            .map_err(UndoError::server("looking for rows without a value"))?;
        if empty == "0" {
            self.batch.push(step);
            return Ok(());
        }
        self.carried.shortfall.nullable.extend(heirs.iter().map(|heir| (heir.clone(), ident(column))));
        let because = NoValue::Written(empty);
        self.carried.left.push(Residue::Nullable { table: table.clone(), column: ident(column), because });
        Ok(())
    }

    fn take_other_way(&mut self, way: &Fallback, said: Vec<Residue>) {
        if !said.is_empty() {
            self.carried.shortfall.nullable.extend(way.nullable.clone());
            self.carried.shortfall.loosened.extend(way.loosens.clone());
        }
        self.carried.left.extend(said);
    }

    /// Changes a type. Where values written since do not cast, each is cast by itself, and those are set aside. `None`
    /// where it refers to a key that stayed away, so that it stays away as well.
    async fn try_cast(
        &self,
        step: &Step,
        fallback: &Fallback,
        may_stay_away: bool,
    ) -> Result<Option<Vec<Residue>>, UndoError> {
        let failed = |source| step_failed(step, source);
        let session = self.session;
        let trial = session.savepoint("backout_cast").await.map_err(failed)?;
        let Err(error) = session.batch(&step.sql).await else {
            trial.keep().await.map_err(failed)?;
            return Ok(Some(Vec::new()));
        };
        if may_stay_away && error.has_code(KEY_STAYED_AWAY) {
            trial.take_back().await.map_err(failed)?;
            return Ok(None);
        }
        let fits_not = |code: &str| code.starts_with(DATA_EXCEPTION) || CASTS_NOT.contains(&code);
        if !error.code.as_deref().is_some_and(fits_not) {
            return Err(failed(error));
        }
        trial.take_back().await.map_err(failed)?;
        for sql in &fallback.statements {
            session.batch(sql).await.map_err(failed)?;
        }
        let mut said = Vec::new();
        for (count, what, mend) in fallback.counts() {
            let count = session.scalar(count).await.map_err(failed)?.unwrap_or_default();
            if count != "0" || fallback.if_none.is_empty() {
                said.push(Residue::Rows { count, what: what.to_owned(), mend: mend.to_vec() });
            }
        }
        if said.is_empty() && !fallback.if_none.is_empty() {
            for sql in &fallback.if_none {
                session.batch(sql).await.map_err(failed)?;
            }
            return Ok(Some(said));
        }
        for (table, column) in &fallback.nullable {
            let (table, column) = (table.clone(), column.clone());
            said.push(Residue::Nullable { table, column, because: NoValue::Unfit });
        }
        Ok(Some(said))
    }

    /// Makes something that rows written since may not fit. Then it stays away, and what is said names the rows.
    async fn try_to_fit(&mut self, step: &Step, unfit: &Unfit) -> Result<(), UndoError> {
        let failed = |source| step_failed(step, source);
        let session = self.session;
        let trial = session.savepoint("backout_unique").await.map_err(failed)?;
        let Err(error) = session.batch(&step.sql).await else {
            return trial.keep().await.map_err(failed);
        };
        if !unfit_codes(unfit).iter().any(|code| error.has_code(code)) {
            return Err(failed(error));
        }
        trial.take_back().await.map_err(failed)?;
        let detail = error.detail.as_ref().map(|d| format!(" ({d})")).unwrap_or_default();
        let place = self.said_at.len();
        self.said_at.push(self.carried.left.len());
        self.carried.left.push(Residue::Away {
            what: step.about.clone(),
            said: format!("{error}{detail}"),
            mend: vec![said_to_run(self.plan, step, unfit).to_owned()],
        });
        let parts = self.catalogs.map(|catalog| belongs_to_constraint(catalog, &step.about));
        self.with_it.extend(parts.into_iter().flatten().chain([step.about.clone()]).map(|what| (what, place)));
        self.carried.shortfall.skipped.push(step.about.clone());
        Ok(())
    }
}

/// A foreign key whose key stayed away: `invalid_foreign_key`.
pub(super) const KEY_STAYED_AWAY: &str = sqlstate::INVALID_FOREIGN_KEY;
/// The class of `data_exception`.
pub(super) const DATA_EXCEPTION: &str = "22";
/// What is said where values do not cast, beside those of class 22. The last are those of names that nothing in the
/// catalog has.
pub(super) const CASTS_NOT: [&str; 10] = [
    sqlstate::CHECK_VIOLATION,
    sqlstate::NOT_NULL_VIOLATION,
    sqlstate::FOREIGN_KEY_VIOLATION,
    sqlstate::UNDEFINED_TABLE,
    sqlstate::UNDEFINED_FUNCTION,
    sqlstate::UNDEFINED_OBJECT,
    sqlstate::AMBIGUOUS_FUNCTION,
    sqlstate::SYNTAX_ERROR,
    sqlstate::INVALID_NAME,
    sqlstate::INVALID_SCHEMA_NAME,
];

/// What is said where rows written since do not fit what comes back: repeated values, excluded ones, none for a key, one
/// that is not there or not allowed; and a key that refers to one that stayed away. And a partition of which a column has
/// none where it must.
pub(super) fn unfit_codes(unfit: &Unfit) -> Vec<&'static str> {
    let mut codes = vec![
        sqlstate::UNIQUE_VIOLATION,
        sqlstate::EXCLUSION_VIOLATION,
        sqlstate::NOT_NULL_VIOLATION,
        sqlstate::FOREIGN_KEY_VIOLATION,
        sqlstate::CHECK_VIOLATION,
        KEY_STAYED_AWAY,
    ];
    match unfit.what {
        Unfits::Values => {}
        Unfits::ForeignKey => codes.push(sqlstate::UNDEFINED_OBJECT),
        Unfits::Partition => codes.push(sqlstate::DATATYPE_MISMATCH),
    }
    codes
}

/// What brings back by hand what stays away: such that it looks at the rows, where the tail would have done that.
pub(super) fn said_to_run<'s>(plan: &UndoPlan, step: &'s Step, unfit: &'s Unfit) -> &'s str {
    let is_later = plan.tail.iter().any(|tail| tail.about() == step.about);
    unfit.at_once.as_deref().filter(|_| is_later).unwrap_or(&step.sql)
}

pub(super) async fn seen(session: &Session, look: &Look) -> Result<Option<Residue>, UndoError> {
    let count = count_all(session, &look.count, look.forced.as_deref())
        .await
        .map_err(UndoError::server("counting what was set aside"))?;
    if count != "0" {
        return Ok(Some(Residue::Rows { count, what: look.otherwise.clone(), mend: Vec::new() }));
    }
    if let Some(sql) = &look.if_none {
        session.batch(sql).await.map_err(UndoError::server("removing what was not needed"))?;
    }
    Ok(None)
}

/// Sent in one go.
pub(super) async fn send(session: &Session, batch: &[&Step]) -> Result<(), UndoError> {
    let statements: Vec<&str> = batch.iter().map(|step| step.sql.as_str()).collect();
    session.all(&statements).await.map_err(|(place, source)| step_failed(batch[place], source))
}

fn step_failed(step: &Step, source: DatabaseError) -> UndoError {
    UndoError::Step { sql: step.sql.clone(), about: step.about.clone(), source }
}
