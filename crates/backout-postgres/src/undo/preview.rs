//! What an undo would do, for who asks before.

use super::short::is_quick;
use super::{Choice, StatementTiming, UndoError, altered_types, ask, load, options, reset_texts, write_texts};
use crate::catalog::read_catalog;
use crate::session::{DatabaseError, Session};
use crate::store::{self, Record};
use crate::writers;
use backout_plan::plan::Level;
use backout_reversal::{
    Conflict, Execution, Foresight, Given, Moved, NeedsValues, SetAside, Step, TailStep, UndoPlan, Unsupported,
    plan_undo,
};
use backout_schema::{Catalog, TableLock};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Nothing where rows are not counted, or cannot be.
async fn counted(session: &Session, counts: bool, sql: &str) -> Option<i64> {
    let count = if counts { session.scalar(sql).await.ok().flatten() } else { None };
    count.and_then(|number| number.parse().ok())
}

/// All that the plan of an undo would follow from now, to be kept or planned from elsewhere.
pub async fn given(session: &Session, record: &Record, choice: &Choice) -> Result<Given, UndoError> {
    let inverse = load(session, record).await?;
    let now = read_catalog(session, false).await?;
    let options = options(session, record, &inverse, &now, choice).await?;
    Ok(Given { now, inverse, options })
}

/// What an undo would do, without doing it.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    pub number: i64,
    pub version: String,
    pub locks: Vec<TableLock>,
    pub steps: Vec<PreviewStep>,
    /// How it went when the migration was rehearsed, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rehearsed: Option<RehearsedUndo>,
    pub tail: Vec<TailStep>,
    /// What follows the COMMIT takes so long that an older migration is undone in a transaction of its own.
    pub ends_transaction: bool,
    pub conflicts: Vec<Conflict>,
    pub unsupported: Vec<Unsupported>,
    pub column_order: Vec<String>,
    /// Tables that are recreated in their former order.
    pub rebuilt: Vec<String>,
    /// New tables that step aside, with the rows that they hold.
    pub moved_aside: Vec<(Moved, Option<i64>)>,
    /// Columns that go, with the number of values set aside.
    pub set_aside: Vec<(SetAside, Option<i64>)>,
    /// Rows of now that will not fit: what about them, how many, and the keys of some.
    pub misfits: Vec<Misfits>,
    /// What rows that are written until then may not fit, whether or not one of now does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may_not_fit: Vec<String>,
    /// Columns that get NOT NULL back and the rows since that have no value for them.
    pub needs_values: Vec<NeedsValues>,
}

/// A statement, and what it took when it was rehearsed.
#[derive(Clone, Debug, Serialize)]
pub struct PreviewStep {
    #[serde(flatten)]
    pub step: Step,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rehearsed: Option<Measured>,
}

/// What a rehearsal measured of a statement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    pub ms: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<String>,
}

/// What a rehearsal measured of a whole undo.
#[derive(Clone, Debug, Serialize)]
pub struct RehearsedUndo {
    pub certificate: String,
    /// Of how many of the rows.
    pub level: Level,
    pub lock_ms: f64,
    pub total_ms: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Misfits {
    pub object: String,
    /// Nothing: the server would not say, and why is in `unknown`; or nothing can be asked before it is tried.
    pub count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    pub otherwise: String,
    pub keys: Vec<String>,
}

impl Misfits {
    /// For people: `constraint t_u_key on public.t: 2 rows repeat a value of it: it stays away`.
    pub fn said(&self) -> String {
        let Self { object, otherwise, .. } = self;
        match (self.count, &self.unknown) {
            (Some(count), _) => format!("{object}: {count} {otherwise}"),
            (None, Some(why)) => format!("{object}: how many {otherwise} could not be counted ({why})"),
            (None, None) => format!("{object}: {otherwise}"),
        }
    }
}

/// Rows of now that will not fit. What the server does not answer is said as well: the undo looks for itself.
async fn misfits(session: &Session, plan: &UndoPlan) -> Vec<Misfits> {
    let mut found = Vec::new();
    for question in &plan.asks.foresights {
        let Foresight { keys, object, otherwise, .. } = question;
        let (count, unknown) = match question.count.is_empty() {
            true => (None, None),
            false => match count(session, question).await {
                Ok(0) => continue,
                Ok(count) => (Some(count), None),
                Err(error) => (None, Some(error.to_string())),
            },
        };
        let mut some = Vec::new();
        if let Some(sql) = keys.as_ref().filter(|_| count.is_some())
            && let Ok(rows) = session.rows(sql).await
        {
            some.extend(rows.iter().map(|row| row.get::<_, String>(0)));
        }
        found.push(Misfits { object: object.clone(), count, unknown, otherwise: otherwise.clone(), keys: some });
    }
    found
}

async fn count(session: &Session, question: &Foresight) -> Result<i64, DatabaseError> {
    if let Some(sql) = &question.prepare {
        session.batch(sql).await?;
    }
    Ok(session.scalar(&question.count).await?.and_then(|n| n.parse().ok()).unwrap_or_default())
}

/// Plans undos against the catalog of right now, newest migration first, and counts what the first would set aside.
/// The others are planned against what the ones before them will leave; their rows cannot be counted before.
pub async fn preview(session: &Session, records: &[Record], choice: &Choice) -> Result<Vec<Preview>, UndoError> {
    foreseen(session, records, choice, true).await
}

/// The same without asking any row: as quick with large tables as with small ones.
pub async fn outline(session: &Session, records: &[Record], choice: &Choice) -> Result<Vec<Preview>, UndoError> {
    foreseen(session, records, choice, false).await
}

async fn foreseen(
    session: &Session,
    records: &[Record],
    choice: &Choice,
    asks: bool,
) -> Result<Vec<Preview>, UndoError> {
    // Counting what an undo would meet runs what is on record too.
    writers::refuse_weaker(session).await?;
    let mut now = read_catalog(session, false).await?;
    let mut previews = Vec::new();
    let mut altered = BTreeSet::new();
    for record in records {
        altered.extend(altered_types(&load(session, record).await?));
    }
    let choice = &choice.about(altered);
    for record in records {
        let inverse = load(session, record).await?;
        let plan = plan_undo(&now, &inverse, &options(session, record, &inverse, &now, choice).await?);
        if previews.is_empty() && asks {
            let set = format!("{}; {}", write_texts(&inverse, ""), "SET row_security = off");
            let conflicts = ask(session, &plan, false).await?;
            // A table whose policies bind its owner would show a part of its rows: it is to refuse instead.
            session.batch(&set).await.map_err(UndoError::server("setting how values are written"))?;
            previews.push(one(session, record, plan, &now, Some(conflicts)).await?);
            session.batch(&reset_texts()).await.map_err(UndoError::server("setting how values are written"))?;
        } else {
            previews.push(one(session, record, plan, &now, None).await?);
        }
        now = inverse.rewind(&now);
    }
    Ok(previews)
}

async fn one(
    session: &Session,
    record: &Record,
    plan: UndoPlan,
    now: &Catalog,
    asked: Option<Vec<Conflict>>,
) -> Result<Preview, UndoError> {
    let rehearsal = rehearsal(session, record).await?;
    let measured = rehearsal.as_ref().map_or(&[][..], |(.., migration)| &migration.undo_statements);
    let steps = with_measurements(&plan, measured);
    let counts = asked.is_some();
    let may_not_fit = plan.may_not_fit();
    let conflicts = plan.conflicts.iter().cloned().chain(asked.into_iter().flatten()).collect();
    let misfits = if counts { misfits(session, &plan).await } else { Vec::new() };
    let mut set_aside = Vec::new();
    for column in plan.keeps.columns {
        let count = counted(session, counts, &column.count).await;
        set_aside.push((column, count));
    }
    let mut moved_aside = Vec::new();
    for moved in plan.keeps.tables {
        let count = match now.get(moved.id).is_some_and(|o| o.holds_rows()) {
            true => counted(session, counts, &format!("SELECT count(*) FROM {}", now.sql_name(moved.id))).await,
            false => None,
        };
        moved_aside.push((moved, count));
    }
    let mut ends_transaction = false;
    for step in &plan.tail {
        ends_transaction |= !is_quick(session, step).await?;
    }
    Ok(Preview {
        rehearsed: rehearsal.map(|(certificate, level, migration)| RehearsedUndo {
            certificate,
            level,
            lock_ms: migration.undo_lock_ms,
            total_ms: migration.undo_ms,
        }),
        ends_transaction,
        number: record.number,
        version: record.version.clone(),
        locks: plan.locks,
        steps,
        tail: plan.tail,
        conflicts,
        unsupported: plan.unsupported,
        column_order: plan.order.changed,
        rebuilt: plan.order.rebuilt,
        moved_aside,
        set_aside,
        misfits,
        may_not_fit,
        needs_values: plan.needs_values,
    })
}

/// What of a certificate is about ways back.
#[derive(Deserialize)]
struct Rehearsal {
    level: Level,
    migrations: Vec<Rehearsed>,
}

#[derive(Deserialize)]
struct Rehearsed {
    version: String,
    undo_ms: f64,
    undo_lock_ms: f64,
    #[serde(default)]
    undo_statements: Vec<StatementTiming>,
}

/// The migration in the certificate that it was applied with. What cannot be read, as of another version, tells nothing.
async fn rehearsal(session: &Session, record: &Record) -> Result<Option<(String, Level, Rehearsed)>, UndoError> {
    let Some(id) = &record.certificate else { return Ok(None) };
    let body = store::certificate(session, id).await?;
    let certificate = body.and_then(|body| serde_json::from_str::<Rehearsal>(&body).ok());
    // Without rows no time means anything.
    let certificate = certificate.filter(|certificate| certificate.level != Level::Schema);
    let level = certificate.as_ref().map_or(Level::Schema, |certificate| certificate.level);
    let mut migrations = certificate.into_iter().flat_map(|certificate| certificate.migrations);
    let migration = migrations.find(|migration| migration.version == record.version);
    Ok(migration.map(|migration| (id.clone(), level, migration)))
}

/// What was measured belongs to what is about the same object. Where these are not equally many, the plan is another, and
/// nobody knows which is which.
fn with_measurements(plan: &UndoPlan, measured: &[StatementTiming]) -> Vec<PreviewStep> {
    let mut of_object: BTreeMap<&str, Vec<&StatementTiming>> = BTreeMap::new();
    for one in measured {
        of_object.entry(&one.about).or_default().push(one);
    }
    let mut planned: BTreeMap<&str, usize> = BTreeMap::new();
    let under_locks = || plan.steps.iter().filter(|step| step.runs.look().is_none());
    // Nobody has written to the clone meanwhile, so nothing there is short of rows.
    let is_measured = |step: &&Step| step.runs != Execution::AfterShortfall;
    for step in under_locks().filter(is_measured) {
        *planned.entry(&step.about).or_default() += 1;
    }
    of_object.retain(|about, all| planned.get(about) == Some(&all.len()));
    let mut of_object: BTreeMap<&str, _> = of_object.into_iter().map(|(about, all)| (about, all.into_iter())).collect();
    let mut next = |step: &Step| {
        Some(step).filter(is_measured)?;
        let one = of_object.get_mut(step.about.as_str())?.next()?;
        Some(Measured { ms: one.ms, rewrites: one.rewrites.clone() })
    };
    let before = plan.room.iter().map(|step| PreviewStep { step: step.clone(), rehearsed: None });
    let under_locks = under_locks().map(|step| PreviewStep { step: step.clone(), rehearsed: next(step) });
    let after = plan.closing.iter().map(|step| PreviewStep { step: step.clone(), rehearsed: None });
    before.chain(under_locks).chain(after).collect()
}
