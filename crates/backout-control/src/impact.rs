//! What a release has exposed and to whom, since when, and what was written since. Changes nothing.
//!
//! Must not know: what is done about it.

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use backout_backup::capture::{self, Written, rows as changes};
use backout_plan::Remedy;
use backout_plan::plan;
use backout_postgres::examine::relation;
use backout_postgres::impact::{self, Affected, Cross, Exposure, Owned, Question, Since};
use backout_postgres::rls::RlsError;
use backout_postgres::session::Session;
use backout_postgres::store::{self, Record, State};
use backout_schema::{Class, Object, ObjectId, literal, qualified};
use jiff::Timestamp;
use serde::Serialize;

use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::gates::identity;
use crate::mistake::{Live, Look, Mistake, unfilled};
use crate::rows::When;
use crate::{Boxed, Env, Failure, Result};

/// From when on writes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The newest migration that stands.
    Newest,
    Moment(When),
    Migration(i64),
}

/// From when on, as it was found.
#[derive(Debug, Clone, Serialize)]
pub struct Baseline {
    pub at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<i64>,
}

/// What was written in a table since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Writes {
    /// Captured changes.
    Capture(Written),
    /// The table was made since, so all its rows were written since.
    Made {
        rows: u64,
        inserted: u64,
        updated: u64,
        deleted: u64,
    },
    /// What the server has counted since then, or since the table was made: not only what was written since.
    Statistics {
        inserted: u64,
        updated: u64,
        deleted: u64,
        since: Option<Timestamp>,
    },
    Unknown {
        why: String,
    },
}

/// What becomes of what was written since, where the former state comes back by a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "carry", rename_all = "kebab-case")]
pub enum Carry {
    /// A replay brings it along.
    Replayable,
    /// The table has other columns than before.
    NeedsMapping {
        why: String,
    },
    Impossible {
        why: String,
    },
}

/// One table, view or function.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    #[serde(flatten)]
    pub exposure: Exposure,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes: Option<Writes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<Carry>,
}

/// A table, view or function that an undo took away: nobody sees anything of it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absent {
    pub name: String,
    /// The migration that made it, and that was undone.
    pub number: i64,
    pub version: String,
    pub undone: Option<Timestamp>,
    /// Where its rows lie, if it had any.
    pub stored: Option<String>,
    /// Something is there under that name, without the column that says whose a row is.
    pub is_another: bool,
}

/// All of it, at one snapshot.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// By the server's clock.
    pub at: Timestamp,
    pub target: Option<String>,
    pub from: Baseline,
    pub tables: Vec<Table>,
    /// What the plan names and is not there, since the migration that made it was undone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Absent>,
    pub cross_owner: Vec<Cross>,
    pub users_asked: usize,
    pub users_known: Option<u64>,
    pub exposed_rows: u64,
    pub affected_users: u64,
    /// Otherwise there are at least so many.
    pub is_exact: bool,
    #[serde(skip)]
    pub affected: Affected,
}

impl std::convert::From<RlsError> for Failure {
    fn from(error: RlsError) -> Self {
        match error {
            RlsError::Unfit(said) => Refusal::refused(said, None).into(),
            RlsError::Server(error) => Failure::server("reading what is exposed")(error),
        }
    }
}

/// Under which name a run keeps who is affected, with how many rows of each table.
pub(crate) const KEPT: &str = "affected";

/// Whether the plan has messages for whoever is affected.
pub(crate) fn is_written_to(env: &Env) -> bool {
    let messages = env.plan.iter().flat_map(|plan| &plan.messages);
    messages.into_iter().any(|message| message.audience == plan::PlanAudience::Affected)
}

/// The plan's `[impact]`.
///
/// # Errors
/// Where there is none.
pub fn section(env: &Env) -> Result<&plan::Impact> {
    let section = &env.plan()?.impact;
    if section.on.is_empty() {
        let advice =
            Remedy::advice("write [impact] with on = [{ name = \"public.notes\", owner = \"user_id\" }] into the plan");
        return Err(Refusal::usage("the plan does not say whose rows are whose", Some(advice)).into());
    }
    Ok(section)
}

/// How much of `[impact]` somebody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Which rows there are.
    Rows,
    /// And who sees which of them.
    Roles,
    /// And which owners there are.
    Users,
}

/// What is wrong with `[impact]` as it stands in the plan; where there is none, at this key of whoever needs it.
pub(crate) async fn mistakes(look: &Look<'_>, path: &[&str], need: Need) -> Vec<Mistake> {
    let section = match section(look.env) {
        Ok(section) => section,
        Err(failure) => return Mistake::of(path, &failure).into_iter().collect(),
    };
    let mut found = unfilled(&serde_json::json!(section));
    if found.is_empty() {
        if need >= Need::Roles {
            for (key, role) in [("anon", &section.anon), ("user", &section.user), ("service", &section.service)] {
                found.extend(look.live.role(&[key], role).await);
            }
        }
        for (number, one) in section.on.iter().enumerate().filter(|(_, one)| !one.name.ends_with("()")) {
            let number = number.to_string();
            match look.live.table(&["on", &number, "name"], &one.name).await {
                None if need >= Need::Roles => {
                    found.extend(look.live.column(&["on", &number, "owner"], &one.name, &one.owner).await);
                }
                of_table => found.extend(of_table),
            }
        }
        if need >= Need::Users && !section.users_table.is_empty() {
            found.extend(of_users(look.live, section).await);
        }
    }
    found.into_iter().map(Mistake::of_impact).collect()
}

/// Where a foreign key leads to every owner, nobody looks into the table of users.
async fn of_users(live: &Live<'_>, section: &plan::Impact) -> Option<Mistake> {
    let found = match live.table(&["users_table"], &section.users_table).await {
        None => live.column(&["users_key"], &section.users_table, &section.users_key).await,
        of_table => of_table,
    }?;
    let session = live.session().await?;
    let mut is_needed = false;
    for one in section.on.iter().filter(|one| !one.name.ends_with("()")) {
        let Ok(Some(relation)) = relation(session, &one.name).await else { continue };
        let is_table = matches!(relation.kind, "table" | "partitioned table");
        is_needed |= is_table && matches!(impact::owners_in(session, relation.oid, &one.owner).await, Ok(None));
    }
    Some(Mistake { is_light: !is_needed, ..found })
}

fn question(section: &plan::Impact) -> Question {
    let owned = |one: &plan::OwnedRows| Owned { name: one.name.clone(), owner: one.owner.clone() };
    let users_table = &section.users_table;
    Question {
        anon: section.anon.clone(),
        user: section.user.clone(),
        service: section.service.clone(),
        claims: section.claims.clone(),
        users: section.users.clone(),
        max_users: section.max_users as usize,
        users_table: (!users_table.is_empty()).then(|| (users_table.clone(), section.users_key.clone())),
        on: section.on.iter().map(owned).collect(),
    }
}

/// Reads all of it.
///
/// # Errors
/// Where a role or table would prove nothing, the target is another one, or the server says no.
pub fn run<'a>(env: &'a Env, from: From) -> Boxed<'a, Result<Report>> {
    Box::pin(work(env, from))
}

#[tracing::instrument(name = "impact", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, from: From) -> Result<Report> {
    let question = question(section(env)?);
    let settings = env.settings()?;
    env.refuse_pooler(settings).await?;
    let (reading, probing) = (env.connect().await?, env.connect().await?);
    let seen = identity::look(&reading, env.target_name()).await?;
    if !seen.verdict.can_be_answered() && !matches!(seen.verdict, backout_plan::IdentityVerdict::Same { .. }) {
        return Err(Refusal::Identity(seen.verdict).into());
    }
    env.say(Event::Begun { work: Work::AssessingImpact });
    impact::begin(&reading).await.map_err(Failure::server("beginning to read"))?;
    let report = report(env, &reading, &probing, &question, from).await;
    env.say(Event::Idle);
    let report = report?;
    probing.close().await;
    reading.close().await;
    Ok(report)
}

async fn report(env: &Env, reading: &Session, probing: &Session, question: &Question, from: From) -> Result<Report> {
    let at = changes::clock(reading).await.map_err(Failure::server("asking for the time"))?;
    let records = store::records(reading).await?;
    let from = baseline(&records, from, at)?;
    let absent = absent(reading, &records, question).await?;
    let mut question = question.clone();
    question.on.retain(|one| absent.iter().all(|gone| gone.name != one.name));
    let found = match question.on.is_empty() {
        true => impact::Report::of_nothing(),
        false => impact::read(reading, probing, &question).await?,
    };
    let oids: Vec<u32> = found.tables.iter().filter(|one| one.is_table).map(|one| one.oid).collect();
    let mut since = impact::since(reading, &oids).await?;
    let history = History::read(reading, &records, &from).await?;
    let standing = match capture::is_on(reading).await? {
        true => capture::standing(reading).await?.0,
        false => Vec::new(),
    };
    let mut tables = Vec::new();
    for exposure in found.tables {
        if !exposure.is_table {
            tables.push(Table { exposure, since: None, writes: None, restore: None });
            continue;
        }
        let captured = standing.iter().find(|one| one.source.oid == exposure.oid);
        let writes = writes(reading, &exposure, captured, &from, &history).await?;
        let restore = Some(history.carry(exposure.oid, captured));
        tables.push(Table { since: since.remove(&exposure.oid), writes: Some(writes), restore, exposure });
    }
    Ok(Report {
        at,
        target: env.named(),
        from,
        exposed_rows: tables.iter().map(|table| table.exposure.exposed_rows).sum(),
        tables,
        absent,
        cross_owner: found.cross_owner,
        users_asked: found.users_asked,
        users_known: found.users_known,
        affected_users: found.affected_users,
        is_exact: found.is_exact,
        affected: found.affected,
    })
}

/// What is asked about and is not there, or is without the column that says whose a row is.
struct Missing<'q> {
    asked: &'q Owned,
    /// What is there under its name.
    there: Option<u32>,
}

/// Of what is asked about, what is not there and was made by a migration that is undone. What is missing otherwise is
/// an error: of a name that is misspelled nobody would learn anything.
async fn absent(session: &Session, records: &[Record], question: &Question) -> Result<Vec<Absent>> {
    let mut missing: Vec<Missing<'_>> = Vec::new();
    for one in &question.on {
        let sql = match one.name.strip_suffix("()") {
            Some(function) => {
                let function = literal(function);
                let function = function.trim_start();
                format!("SELECT pg_catalog.to_regproc({function}) IS NULL, false, NULL::pg_catalog.oid")
            }
            None => format!(
                "SELECT r.oid IS NULL, NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.oid \
                 AND a.attname = {} AND NOT a.attisdropped), r.oid FROM (SELECT pg_catalog.to_regclass({})::pg_catalog.oid) r (oid)",
                literal(&one.owner).trim_start(),
                literal(&one.name).trim_start()
            ),
        };
        let found = session.rows(&sql).await.map_err(Failure::server("looking for what is asked about"))?;
        let Some(row) = found.first() else { continue };
        let (is_gone, has_no_owner): (bool, bool) = (row.get(0), row.get(1));
        if is_gone || has_no_owner {
            missing.push(Missing { asked: one, there: row.get(2) });
        }
    }
    // Where a migration that stands has made what is there, it is the one that is meant, and the column is a slip.
    let is_doubtful = missing.iter().any(|one| one.there.is_some());
    let standing = records.iter().filter(|one| matches!(one.state, State::Applied | State::Interrupted));
    for record in standing.filter(|_| is_doubtful) {
        let Some(inverse) = store::inverse(session, record.number).await? else { continue };
        missing.retain(|one| one.there.is_none_or(|oid| !inverse.added.contains(&ObjectId::relation(oid))));
    }
    let mut absent = Vec::new();
    if missing.is_empty() {
        return Ok(absent);
    }
    let asides = store::asides(session).await?;
    let undone = records.iter().rev().filter(|one| matches!(one.state, State::Undone | State::UndoTail));
    for record in undone {
        let Some(inverse) = store::inverse(session, record.number).await? else { continue };
        for id in inverse.added.iter().filter(|id| id.sub == 0) {
            let Some(object) = inverse.after.get(*id) else { continue };
            // So it is too where what was undone had no such column either.
            let had = |owner: &str| inverse.after.columns(*id).iter().any(|column| column.name == owner);
            let place = missing
                .iter()
                .position(|one| is_called(&one.asked.name, object) && (one.there.is_none() || had(&one.asked.owner)));
            let (Some(schema), Some(place)) = (&object.schema, place) else { continue };
            let of_it = asides.iter().filter(|(number, ..)| *number == record.number).flat_map(|(.., asides)| asides);
            let mut of_it =
                of_it.filter(|one| one.column.is_none() && one.schema == *schema && one.table == object.name);
            let one = missing.remove(place);
            absent.push(Absent {
                name: one.asked.name.clone(),
                is_another: one.there.is_some(),
                number: record.number,
                version: record.version.clone(),
                undone: record.undone_at,
                stored: of_it.next().map(|one| one.stored()),
            });
        }
    }
    Ok(absent)
}

/// Whether that is the relation or function that a plan calls so.
fn is_called(name: &str, object: &Object) -> bool {
    let (bare, is_function) = name.strip_suffix("()").map_or((name, false), |function| (function, true));
    let is_kind = match object.id.class {
        Class::Relation => !is_function,
        Class::Function => is_function,
        _ => false,
    };
    let schema = object.schema.as_deref().unwrap_or_default();
    let plain = format!("{schema}.{}", object.name);
    is_kind && (bare == qualified(schema, &object.name) || bare == plain || bare == object.name)
}

fn baseline(records: &[Record], from: From, now: Timestamp) -> Result<Baseline> {
    let applied = |record: &Record| Some(record.finished_at.unwrap_or(record.started_at));
    match from {
        From::Moment(when) => Ok(Baseline { at: Some(when.at(now)?), migration: None }),
        From::Newest => {
            let newest = records.iter().rev().find(|one| !matches!(one.state, State::Undone | State::Adopted));
            Ok(Baseline { at: newest.and_then(applied), migration: newest.map(|one| one.number) })
        }
        From::Migration(number) => {
            let found = records.iter().find(|one| one.number == number);
            let found = found.ok_or_else(|| {
                Refusal::usage(format!("migration {number} is not on record in this target"), Some(Remedy::History))
            })?;
            Ok(Baseline { at: applied(found), migration: Some(number) })
        }
    }
}

/// What the migrations since then did to tables.
struct History {
    made: BTreeSet<u32>,
    reshaped: BTreeSet<u32>,
}

impl History {
    async fn read(session: &Session, records: &[Record], from: &Baseline) -> Result<Self> {
        let mut history = Self { made: BTreeSet::new(), reshaped: BTreeSet::new() };
        let Some(at) = from.at else { return Ok(history) };
        let is_since = |one: &&Record| {
            one.finished_at.unwrap_or(one.started_at) >= at && matches!(one.state, State::Applied | State::Interrupted)
        };
        for record in records.iter().filter(is_since) {
            let Some(inverse) = store::inverse(session, record.number).await? else { continue };
            let relations = |id: &&ObjectId| id.class == Class::Relation;
            for id in inverse.added.iter().filter(relations).filter(|id| id.sub == 0) {
                history.made.insert(id.oid);
            }
            let touched = inverse.added.iter().chain(&inverse.changed).chain(&inverse.removed);
            for id in touched.filter(relations).filter(|id| id.sub != 0) {
                history.reshaped.insert(id.oid);
            }
        }
        Ok(history)
    }

    /// What becomes of what was written in a table since.
    fn carry(&self, table: u32, captured: Option<&capture::Standing>) -> Carry {
        let impossible = |why: &str| Carry::Impossible { why: why.to_owned() };
        if self.made.contains(&table) {
            return impossible("the table was made since: an undo keeps its rows aside, a restore does not know it");
        }
        match captured {
            None => impossible("its changes are not captured"),
            Some(one) if one.trouble.is_some() => impossible("its changes are not captured whole"),
            Some(_) if self.reshaped.contains(&table) => {
                Carry::NeedsMapping { why: "its columns are other ones since".to_owned() }
            }
            Some(_) => Carry::Replayable,
        }
    }
}

async fn writes(
    session: &Session,
    exposure: &Exposure,
    captured: Option<&capture::Standing>,
    from: &Baseline,
    history: &History,
) -> Result<Writes> {
    if let Some(standing) = captured.filter(|standing| standing.trouble.is_none())
        && let Some(written) = capture::written(session, &standing.source, from.at).await?
    {
        return Ok(Writes::Capture(written));
    }
    let counted = impact::statistics(session, exposure.oid).await;
    let counted = counted.map_err(Failure::server("reading what the server has counted"))?;
    Ok(match counted {
        Some(counted) if history.made.contains(&exposure.oid) => Writes::Made {
            rows: exposure.rows.unwrap_or(0),
            inserted: counted.inserted,
            updated: counted.updated,
            deleted: counted.deleted,
        },
        Some(counted) => Writes::Statistics {
            inserted: counted.inserted,
            updated: counted.updated,
            deleted: counted.deleted,
            since: counted.since,
        },
        None => Writes::Unknown { why: "its changes are not captured, and the server counts nothing of it".to_owned() },
    })
}

impl Report {
    /// For a journal: counts, and no user.
    pub fn counts(&self) -> serde_json::Value {
        let table = |table: &Table| {
            let one = &table.exposure;
            let seen_by = one.seen.iter().filter(|seen| seen.others > 0).count();
            serde_json::json!({
                "table": one.table, "rows": one.rows, "owners": one.owners, "row_security": one.row_security,
                "exposed_rows": one.exposed_rows, "exposed_owners": one.exposed_owners, "is_exact": one.is_exact,
                "seen_by_others": seen_by, "anon_sees": one.seen.first().map_or(0, |seen| seen.rows),
                "orphans": one.orphans.as_ref().map(|orphans| orphans.rows), "since": table.since,
                "writes": table.writes, "restore": table.restore,
            })
        };
        serde_json::json!({
            "at": self.at, "from": self.from, "exposed_rows": self.exposed_rows, "affected_users": self.affected_users,
            "is_exact": self.is_exact, "users_asked": self.users_asked, "users_known": self.users_known,
            "cross_owner": self.cross_owner, "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
            "absent": self.absent,
        })
    }
}

/// Writes the ids of those whose rows were exposed, a line each, into a file that is not there yet and that nobody else
/// may read.
///
/// # Errors
/// Where it is there, or cannot be written.
pub fn write_users(report: &Report, file: &Path) -> Result<()> {
    let writing = || format!("writing {}", file.display());
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut to = std::io::BufWriter::new(made.map_err(Failure::given(writing()))?);
    let mut work = || -> std::io::Result<()> {
        for user in report.affected.keys() {
            writeln!(to, "{user}")?;
        }
        to.flush()?;
        to.get_ref().sync_all()
    };
    work().map_err(Failure::file(writing()))
}
