//! The undo of what is applied now as plain SQL for psql, for when Backout itself is not at hand: the statements that an
//! undo would send now, with what it decides between them written as conditions of psql's own.
//!
//! Must not know: where the scripts are kept, or who runs them.
//!
//! In depth: `docs/internals/undo.md`.

mod guard;
mod steps;
mod words;

use super::{UndoError, UndoRules, altered_types, kinds, load, options, refuse, role};
use crate::catalog::read_catalog;
use crate::locks;
use crate::session::{DatabaseError, Session};
use crate::store::{self, Record, State};
use crate::writers;
use backout_plan::visible::on_one_line;
use backout_plan::wording::moment;
use backout_reversal::{Inverse, TailStep, UndoPlan, plan_undo};
use backout_schema::{Catalog, ObjectId, literal};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

use guard::Here;
use words::Psql;

/// The undo of one migration as a file for psql.
#[derive(Clone, Debug, Serialize)]
pub struct Script {
    pub number: i64,
    pub version: String,
    /// The file. Where the undo cannot be said, it only says so, and fails.
    #[serde(skip)]
    pub text: String,
    /// Why it cannot be said in plain SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What whoever runs it should know; it stands in the file as well.
    pub notes: Vec<String>,
}

/// What the files say of themselves.
#[derive(Clone, Debug)]
pub struct About {
    /// How the plan calls the database.
    pub target: String,
    /// The version of Backout that writes them.
    pub backout: &'static str,
    pub at: jiff::Timestamp,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Duration,
    /// What holds for each of them, such as what an undo would have done besides.
    pub notes: Vec<String>,
}

/// Writes the undo of each of these migrations, the newest first; each expects that those before it have run. Changes
/// nothing.
///
/// # Errors
/// Where the target cannot be read. What cannot be said of a single migration is in its [`Script`].
pub async fn scripts(
    session: &Session,
    records: &[Record],
    rules: &UndoRules,
    about: &About,
) -> Result<Vec<Script>, UndoError> {
    writers::refuse_weaker(session).await?;
    let here = Here::look(session).await.map_err(UndoError::server("reading what the script is bound to"))?;
    let mut now = read_catalog(session, false).await?;
    let mut altered = BTreeSet::new();
    for record in records {
        // What cannot be loaded is said below.
        if let Ok(inverse) = load(session, record).await {
            altered.extend(altered_types(&inverse));
        }
    }
    let rules = UndoRules { choice: rules.choice.about(altered), ..rules.clone() };
    let mut written: Vec<Script> = Vec::new();
    // What the scripts before have touched is not as it is now when this one runs.
    let mut touched: BTreeSet<ObjectId> = BTreeSet::new();
    for record in records {
        let former = written.last().filter(|one| one.refused.is_some());
        let undo = match former {
            Some(former) => Err(format!("migration {} must be taken back first, and cannot be so", former.number)),
            None => planned(session, record, &now, &rules, &touched).await?,
        };
        let script = match undo {
            Err(why) => refused(record, about, why),
            Ok(undo) => {
                if let Some(inverse) = &undo.inverse {
                    touched.extend(undo.roots(inverse));
                    now = inverse.rewind(&now);
                }
                write(record, about, &here, &undo).unwrap_or_else(|why| refused(record, about, why))
            }
        };
        written.push(script);
    }
    Ok(written)
}

/// What a script is made of.
struct Undo {
    /// None where only the tail is left.
    inverse: Option<Inverse>,
    plan: UndoPlan,
    now: Catalog,
    then: Catalog,
    /// The digest of what undoing needs, as it is on record.
    recorded: String,
    texts: String,
    /// How the session finds names.
    search_path: String,
    role: String,
    /// Tables that this role must not lock.
    barred: BTreeSet<String>,
    /// Copies that the server has no statistics of.
    copies: Vec<String>,
    shapes: Vec<guard::Shape>,
}

impl Undo {
    /// All that the migration or its undo touches, by tables and the like.
    fn roots(&self, inverse: &Inverse) -> BTreeSet<ObjectId> {
        let ids = inverse.removed.iter().chain(&inverse.added).chain(&inverse.changed);
        let renumbered = self.plan.wanted.renumbered.iter().map(|(id, _)| id);
        let locked: BTreeSet<&str> = self.plan.locks.iter().map(|lock| lock.table.as_str()).collect();
        let tables = self.now.outside().filter(|o| o.holds_rows() && locked.contains(self.now.sql_name(o.id).as_str()));
        // A part that is in neither is one of a thing that is.
        let root = |id: ObjectId| {
            let catalogs = [&self.now, &self.then].into_iter().filter(move |catalog| catalog.contains(id));
            catalogs.map(move |catalog| ObjectId { sub: 0, ..catalog.root(id) })
        };
        ids.chain(renumbered).flat_map(|id| root(*id)).chain(tables.map(|o| o.id)).collect()
    }
}

/// Plans one, or says why it cannot be.
async fn planned(
    session: &Session,
    record: &Record,
    now: &Catalog,
    rules: &UndoRules,
    touched: &BTreeSet<ObjectId>,
) -> Result<Result<Undo, String>, UndoError> {
    let failed = UndoError::server("reading what the script is bound to");
    let search_path = session.scalar("SELECT pg_catalog.current_setting('search_path')").await.map_err(failed)?;
    let recorded = format!("SELECT {} FROM backout.migration m WHERE number = {}", guard::RECORDED, record.number);
    let failed = UndoError::server("reading what undo needs");
    let mut undo = Undo {
        inverse: None,
        plan: UndoPlan::default(),
        now: now.clone(),
        then: now.clone(),
        recorded: session.scalar(&recorded).await.map_err(failed)?.unwrap_or_default(),
        texts: String::new(),
        search_path: search_path.unwrap_or_default(),
        role: role(session).await?,
        barred: BTreeSet::new(),
        copies: Vec::new(),
        shapes: Vec::new(),
    };
    if record.state == State::UndoTail {
        undo.plan.tail = store::tail(session, record.number).await?;
        return Ok(Ok(undo));
    }
    let inverse = match load(session, record).await {
        Ok(inverse) => inverse,
        Err(error) if error.database_error().is_none() => return Ok(Err(error.to_string())),
        Err(error) => return Err(error),
    };
    let plan = plan_undo(now, &inverse, &options(session, record, &inverse, now, &rules.choice).await?);
    if let Err(error) = refuse(record, &plan, rules).and_then(|()| kinds::pass(&plan, None)) {
        return Ok(Err(error.to_string()));
    }
    let tables: Vec<&str> = plan.locks.iter().map(|lock| lock.table.as_str()).collect();
    let failed = UndoError::server("asking which tables may be locked");
    undo.barred = locks::barred(session, &tables).await.map_err(failed)?;
    let large = inverse.columns.iter().filter(|copy| copy.rows > 100_000);
    undo.copies = large.map(|copy| backout_schema::qualified(&copy.schema, &copy.name)).collect();
    undo.copies.sort();
    undo.copies.dedup();
    undo.texts = super::write_texts(&inverse, "LOCAL ");
    undo.plan = plan;
    undo.then = inverse.rewind(now);
    let bound: Vec<ObjectId> = undo.roots(&inverse).difference(touched).copied().collect();
    let failed = UndoError::server("reading what the script is bound to");
    undo.shapes = guard::shapes(session, now, &bound, &undo.texts).await.map_err(failed)?;
    undo.inverse = Some(inverse);
    Ok(Ok(undo))
}

/// The head of a file: what it is, and how it is run.
fn head(record: &Record, about: &About, notes: &[String]) -> Psql {
    let mut psql = Psql::default();
    psql.comment(&format!("The undo of migration {} ({}) of {}.", record.number, record.version, about.target));
    psql.comment(&format!(
        "Written by Backout {} at {}, for when Backout itself is not at hand.",
        about.backout,
        moment(about.at)
    ));
    for note in notes {
        psql.comment(note);
    }
    psql
}

/// A file that says why it is none, and does nothing.
fn refused(record: &Record, about: &About, why: String) -> Script {
    let mut psql = head(record, about, &[format!("CANNOT BE SAID IN PLAIN SQL: {why}")]);
    psql.line("\\set ON_ERROR_STOP on");
    let said = format!("the undo of migration {} cannot be said in plain SQL: {}", record.number, on_one_line(&why));
    psql.block(&format!("BEGIN RAISE EXCEPTION USING MESSAGE = {}; END", literal(&said)));
    Script {
        number: record.number,
        version: record.version.clone(),
        text: psql.text,
        refused: Some(why),
        notes: Vec::new(),
    }
}

/// The whole file.
fn write(record: &Record, about: &About, here: &Here, undo: &Undo) -> Result<Script, String> {
    let notes = notes(record, about, here, undo);
    let mut psql = head(record, about, &notes);
    psql.line("\\set ON_ERROR_STOP on");
    psql.line("\\set ON_ERROR_ROLLBACK off");
    psql.line("\\set AUTOCOMMIT on");
    psql.line("\\set SINGLELINE off");
    psql.line("\\set QUIET on");
    psql.line("\\encoding UTF8");
    psql.line("SET standard_conforming_strings = on;");
    psql.gap("Is this the database that is meant, and is there still something to undo?");
    let wait = format!("SET LOCAL lock_timeout = {};", about.lock_timeout.as_millis().max(1));
    psql.line("BEGIN;");
    psql.line("SET LOCAL search_path = pg_catalog;");
    psql.line(&wait);
    psql.block(&here.check(record, undo));
    psql.block(guard::SWEEP);
    psql.line("COMMIT;");
    let number = record.number;
    psql.line(&format!("SELECT state = 'undo_tail' AS is_done FROM backout.migration WHERE number = {number} \\gset"));
    psql.line("\\if :is_done");
    psql.line("\\echo 'The transaction was done before; what is left follows.'");
    psql.line("\\else");
    if let Some(inverse) = &undo.inverse {
        steps::transaction(&mut psql, record, undo, inverse, &wait)?;
        psql.line("\\echo 'The former state is back.'");
    }
    psql.line("\\endif");
    steps::tail(&mut psql, number, &undo.plan.tail)?;
    psql.line("\\echo 'Done.'");
    Ok(Script { number, version: record.version.clone(), text: psql.text, refused: None, notes })
}

/// What whoever runs it should know.
fn notes(record: &Record, about: &About, here: &Here, undo: &Undo) -> Vec<String> {
    let mut notes = vec![
        format!(
            "Run it with psql 13 or newer as role {}, connected to database {} itself, past any pooler: \
             psql -X -f FILE CONNECTION. It ends with 0 when all is done; otherwise what it had not committed is rolled back, \
             and it can be run again.",
            undo.role, here.database
        ),
        "It refuses another database, another role, a frozen one, a migration that is undone already or was followed by a \
         newer one, and tables that were changed since this was written (psql -v accept_changes=1 goes on all the same)."
            .to_owned(),
        "What Backout would do besides: plan anew where the schema was changed since, try again where a lock is not free, \
         and compare the whole catalog before COMMIT (this compares columns and their types)."
            .to_owned(),
    ];
    if undo.inverse.is_none() {
        notes.push("The undo itself is done: this is what it left for after its COMMIT.".to_owned());
    }
    let plan = &undo.plan;
    notes.extend(plan.conflicts.iter().map(|c| format!("Left alone: {}: {}", c.object, c.problem)));
    notes.extend(plan.unsupported.iter().map(|part| format!("Does not come back: {}: {}", part.object, part.reason)));
    let aside = plan.keeps.tables.iter().map(|moved| format!("Set aside: {} in {}", moved.identity, moved.to_schema));
    notes.extend(aside);
    let columns = plan.keeps.columns.iter();
    notes.extend(columns.map(|one| format!("Set aside: {}.{} in {}", one.table, one.column, one.copy)));
    if !matches!(record.state, State::UndoTail) && plan.tail.iter().any(|step| matches!(step, TailStep::Index { .. })) {
        notes.push(
            "Indexes of large tables are built after the COMMIT, one after the other; nobody waits for them."
                .to_owned(),
        );
    }
    notes.extend(about.notes.iter().cloned());
    notes.iter().map(|note| on_one_line(note)).collect()
}

/// The first column of the first row, empty where there is none.
async fn text(session: &Session, sql: &str) -> Result<String, DatabaseError> {
    Ok(session.scalar(sql).await?.unwrap_or_default())
}
