//! Single tables back to what a backup has of them, in the live database: only the rows that differ are exchanged, in
//! one transaction. The table stays the object that it is, so views, keys, policies and publications of it stay too.
//! One that is gone is recreated from its definitions.
//!
//! The rows of the backup are loaded beside first, while others work, and compared with the manifest; whoever writes to
//! these tables waits only while the differing rows go and come.
//!
//! Must not know: who chose the tables.

use backout_postgres::sqlstate;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use backout_postgres::mark;
use backout_postgres::session::Session;
use backout_schema::{ident, literal};
use serde::Serialize;

use super::anew::Anew;
use super::forward::{Behind, Forwarded, behind};
use super::hold::{Hold, Keys, Options, Rows};
use super::made::{make, must_be_as_it_was, there};
use super::schema::name_of;
use super::{Event, Request, RestoreError, begin, compare, definitions, made, ms, work};
use crate::capture::shape::{Shape, shapes};
use crate::capture::{Quiet, Way};
use crate::host::settle;
use crate::lease::InUse;
use crate::manifest::Table;
use crate::sequences::setvals;
use crate::stream::Form;

/// Begins the comment on a schema whose restore has not ended.
const UNFINISHED: &str = "Backout: unfinished restore of ";

/// What became of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PutBack {
    pub table: String,
    /// It was gone, and is there again.
    pub made: bool,
    /// Rows that the backup does not have, and that went.
    pub gone: u64,
    /// Rows that have the values of then.
    pub changed: u64,
    /// Rows that are there again.
    pub back: u64,
    /// Where rows that went, and former values of those that changed, are kept.
    pub aside: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct InPlace {
    pub tables: Vec<PutBack>,
    /// Beside the live tables, before anybody waited.
    pub load_ms: f64,
    /// For how long nobody could write to these tables.
    pub held_ms: f64,
    /// Tables that nobody could read either, for as long.
    pub closed: Vec<String>,
    /// Sequences that stood before where the backup has them.
    pub sequences: Vec<Forwarded>,
    /// Tables that belong to others, and stay as they are.
    pub others: Vec<String>,
    /// The schema with the rows that went and former values of those that changed, where there are any.
    pub aside: Option<String>,
    pub notes: Vec<String>,
}

/// A table of the backup, and what is there of it.
struct Chosen<'a> {
    then: &'a Table,
    name: String,
    now: Option<Shape>,
    side: String,
    aside: String,
    aside_sql: String,
}

/// Puts tables back.
///
/// # Errors
/// When the backup is damaged, a table has another shape by now, other tables' rows would refer to rows that are not
/// there, or the tables cannot be had within the budget. Then nothing has changed.
pub async fn in_place(
    request: &Request<'_>,
    tables: &[&Table],
    options: &Options,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<InPlace, RestoreError> {
    let in_use = InUse::begin(request.store, &request.manifest.id, "a restore").await?;
    let outcome = async {
        let (session, settings) = settle(request.settings, "backout restore").await?;
        session.close().await;
        in_live(&Request { settings: &settings, ..*request }, tables, options, watch).await
    };
    let outcome = outcome.await;
    in_use.end().await;
    outcome
}

async fn in_live(
    request: &Request<'_>,
    tables: &[&Table],
    options: &Options,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<InPlace, RestoreError> {
    let session = begin(request.settings).await?;
    sweep(&session).await?;
    let schema = format!("backout_replaced_{}", jiff::Timestamp::now().strftime("%Y%m%d%H%M%S%3f"));
    let (chosen, others) = choose(&session, tables, options, &schema).await?;
    let make = format!(
        "CREATE SCHEMA {0}; REVOKE ALL ON SCHEMA {0} FROM PUBLIC; COMMENT ON SCHEMA {0} IS {1}",
        ident(&schema),
        literal(&format!("{UNFINISHED}{}", request.manifest.id))
    );
    session.batch(&format!("BEGIN; {make}; COMMIT")).await.map_err(RestoreError::server("making room beside"))?;
    let outcome = put_back(&session, request, &chosen, options, &schema, watch).await;
    if outcome.is_err() {
        // What broke may have left a transaction; what cannot be dropped now is swept by the next one.
        let _ = session.batch("ROLLBACK").await;
        let _ = session.batch(&format!("DROP SCHEMA IF EXISTS {} CASCADE", ident(&schema))).await;
    }
    session.close().await;
    outcome.map(|done| InPlace { others, ..done })
}

/// What killed restores left.
async fn sweep(session: &Session) -> Result<(), RestoreError> {
    let failed = || RestoreError::server("removing what a killed restore left");
    let sql = format!(
        "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname ~ '^backout_replaced_[0-9]+$' \
         AND pg_catalog.starts_with(pg_catalog.obj_description(oid, 'pg_namespace'), {})",
        literal(UNFINISHED)
    );
    for row in session.rows(&sql).await.map_err(failed())? {
        let sql = format!("DROP SCHEMA {} CASCADE", ident(&row.get::<_, String>(0)));
        session.batch(&sql).await.map_err(failed())?;
    }
    Ok(())
}

async fn choose<'a>(
    session: &Session,
    tables: &[&'a Table],
    options: &Options,
    schema: &str,
) -> Result<(Vec<Chosen<'a>>, Vec<String>), RestoreError> {
    let there = shapes(session).await.map_err(RestoreError::server("looking for the tables"))?;
    let (mut reshaped, mut others) = (Vec::new(), Vec::new());
    let mut chosen = Vec::new();
    for (place, table) in tables.iter().enumerate() {
        let name = table.sql_name();
        let now = there.iter().find(|shape| shape.schema == table.schema && shape.name == table.name).cloned();
        if now.as_ref().is_some_and(|shape| !shape.ours) {
            others.push(name);
            continue;
        }
        if let Some(shape) = &now {
            let own: Vec<&String> = shape.columns.iter().filter(|c| !c.generated).map(|c| &c.name).collect();
            if own != table.columns.iter().collect::<Vec<_>>() {
                let other = |a: &[&String], b: &[&String]| -> Vec<String> {
                    a.iter().filter(|name| !b.contains(name)).map(ToString::to_string).collect()
                };
                let then: Vec<&String> = table.columns.iter().collect();
                let mut names = other(&own, &then);
                names.extend(other(&then, &own));
                let names = if names.is_empty() { "their order".to_owned() } else { names.join(", ") };
                reshaped.push(format!("{name} ({names})"));
            }
        }
        let aside = name_aside(table, place, &chosen);
        chosen.push(Chosen {
            then: table,
            name,
            now,
            side: backout_schema::qualified(schema, &format!("side {}", place + 1)),
            aside_sql: backout_schema::qualified(schema, &aside),
            aside,
        });
    }
    if !others.is_empty() && !options.all {
        return Err(RestoreError::Others(others));
    }
    if reshaped.is_empty() { Ok((chosen, others)) } else { Err(RestoreError::Reshaped(reshaped)) }
}

impl Chosen<'_> {
    fn oid(&self) -> u32 {
        self.now.as_ref().map_or(0, |shape| shape.oid)
    }
}

/// What keeps rows of a table. Names of two tables can be too long for one name, or the same one: `a."b.c"` and
/// `"a.b".c`.
fn name_aside(table: &Table, place: usize, chosen: &[Chosen<'_>]) -> String {
    let aside = format!("{}.{}", table.schema, table.name);
    if aside.len() <= 63 && chosen.iter().all(|other| other.aside != aside) {
        return aside;
    }
    let mut end = aside.len().min(52);
    while !aside.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~{}", &aside[..end], place + 1)
}

async fn put_back(
    session: &Session,
    request: &Request<'_>,
    chosen: &[Chosen<'_>],
    options: &Options,
    schema: &str,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<InPlace, RestoreError> {
    let mut done = InPlace::default();
    let loading = Instant::now();
    load_beside(session, request, chosen, watch).await?;
    done.load_ms = ms(loading);
    backout_postgres::failpoint!("inplace.loaded");

    let running = RestoreError::server;
    let (standing, missing): (Vec<&Chosen<'_>>, Vec<&Chosen<'_>>) = chosen.iter().partition(|one| one.now.is_some());
    let there = there(session).await.map_err(running("looking for what is there"))?;
    let plan = plan(session, request, &missing, &there).await?;
    let mut quiet = Quiet::new(session).await.map_err(running("beginning"))?.in_use();
    let touched = plan.touched(&there);
    let mut keys = look(session, &standing, options.keep_newer, &quiet).await?;
    keys.wait_for(session, &plan.parents(&there)).await.map_err(running("looking for foreign keys"))?;
    let names = standing.iter().map(|one| one.name.clone()).chain(touched.keys().cloned()).collect();
    let behind = behind(session, &names, &request.manifest.sequences).await;
    let behind = behind.map_err(running("looking for the sequences"))?;

    session.batch("BEGIN").await.map_err(running("beginning"))?;
    make_anew(session, request, &missing, &plan, &mut done, watch).await?;

    watch(Event::Phase("exchanging rows"));
    let tables = standing.iter().map(|one| (one.oid(), one.name.clone())).collect();
    let hold = Hold { tables, touched, sequences: &behind };
    let (closed, held) = hold.take(session, &mut quiet, &keys, options).await?;
    done.closed = closed;
    backout_postgres::failpoint!("inplace.locked");
    exchange_all(session, &standing, &mut quiet, &mut keys, options, &mut done, watch).await?;
    let trial = session.plain_savepoint("backout_keys").await.map_err(running("bringing keys back"))?;
    let outcome = keys_back(session, request, &mut quiet, &plan, &mut done.notes).await;
    let is_broken = outcome.as_ref().is_err_and(refers_to_nothing);
    if is_broken {
        trial.take_back().await.map_err(running("bringing keys back"))?;
    } else if outcome.is_ok() {
        trial.keep().await.map_err(running("bringing keys back"))?;
    }
    if is_broken || quiet.keys_are_silent() {
        keys.orphans(session).await?;
    }
    outcome?;
    if !missing.is_empty() {
        must_be_as_it_was(session, request, &plan, &mut done.notes).await?;
    }
    done.sequences = forward(session, &behind).await?;
    let sides: Vec<&str> = standing.iter().map(|one| one.side.as_str()).collect();
    if !sides.is_empty() {
        session.batch(&format!("DROP TABLE {}", sides.join(", "))).await.map_err(running("clearing up"))?;
    }
    done.aside = done.tables.iter().any(|table| table.aside.is_some()).then(|| schema.to_owned());
    let end = match done.aside {
        Some(_) => format!(
            "COMMENT ON SCHEMA {} IS {}",
            ident(schema),
            literal(&format!("Backout: rows of before the restore of {}", request.manifest.id))
        ),
        None => format!("DROP SCHEMA {}", ident(schema)),
    };
    session.batch(&end).await.map_err(running("clearing up"))?;
    if let Some((mark, fence)) = &options.mark {
        mark::set(session, mark, *fence).await.map_err(running("marking what was restored"))?;
    }
    backout_postgres::failpoint!("inplace.exchanged");
    session.batch("COMMIT").await.map_err(running("committing"))?;
    done.held_ms = ms(held);
    backout_postgres::failpoint!("inplace.committed");
    done.tables.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(done)
}

/// Loads the rows of the backup beside those of tables that are there.
async fn load_beside(
    session: &Session,
    request: &Request<'_>,
    chosen: &[Chosen<'_>],
    watch: &(dyn Fn(Event) + Sync),
) -> Result<(), RestoreError> {
    watch(Event::Phase("rows, beside"));
    let mut beside = Vec::new();
    for one in chosen.iter().filter(|one| one.now.is_some()) {
        // Without defaults, checks and indexes: rows as they were. Not logged: nobody needs it after a crash.
        let make = format!("CREATE UNLOGGED TABLE {} (LIKE {})", one.side, one.name);
        session.batch(&make).await.map_err(RestoreError::server("making room beside"))?;
        beside.push((one.then, one.side.clone()));
    }
    let work = Arc::new(work::Work::rows(request, &beside));
    work::all(&work, request.jobs, watch).await?;
    for one in chosen.iter().filter(|one| one.now.is_some()) {
        must_be_as_taken(session, one, &one.side).await?;
        session.batch(&format!("ANALYZE {}", one.side)).await.map_err(RestoreError::server("gathering statistics"))?;
    }
    Ok(())
}

/// That what was loaded is what was taken.
async fn must_be_as_taken(session: &Session, one: &Chosen<'_>, table: &str) -> Result<(), RestoreError> {
    if is_as_taken(session, one, table).await? { Ok(()) } else { Err(RestoreError::Unlike(one.name.clone())) }
}

async fn is_as_taken(session: &Session, one: &Chosen<'_>, table: &str) -> Result<bool, RestoreError> {
    let format = match one.then.form {
        Form::Binary => "binary",
        Form::Text => "text",
    };
    let copy = format!("COPY (SELECT {} FROM ONLY {table}) TO STDOUT (FORMAT {format})", columns(one.then, ""));
    Ok(compare::fingerprint(session, &one.name, &copy, one.then.form).await? == one.then.fingerprint)
}

fn columns(table: &Table, of: &str) -> String {
    table.columns.iter().map(|column| format!("{of}{}", ident(column))).collect::<Vec<_>>().join(", ")
}

/// What makes tables anew that are gone.
async fn plan(
    session: &Session,
    request: &Request<'_>,
    missing: &[&Chosen<'_>],
    there: &BTreeSet<String>,
) -> Result<Anew, RestoreError> {
    if missing.is_empty() {
        return Ok(Anew::default());
    }
    let names: BTreeSet<String> = missing.iter().map(|one| name_of(&one.then.schema, &one.then.name)).collect();
    let before = definitions(request, &request.manifest.schema.before, session.server_major()).await?;
    let after = definitions(request, &request.manifest.schema.after, session.server_major()).await?;
    Ok(Anew::of(&before, &after, &names, there))
}

/// Tables that are gone, with all that is theirs. Nobody sees them before COMMIT.
async fn make_anew(
    session: &Session,
    request: &Request<'_>,
    missing: &[&Chosen<'_>],
    plan: &Anew,
    done: &mut InPlace,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<(), RestoreError> {
    if missing.is_empty() {
        return Ok(());
    }
    watch(Event::Phase("tables that are gone"));
    make(session, request, &plan.before, &mut done.notes).await?;
    for one in missing {
        watch(Event::Built { what: one.name.clone() });
        for blob in &one.then.chunks {
            let copy = work::copy(one.then, &one.name);
            work::load_chunk(session, request.store, &request.manifest.id, blob, &one.name, &copy).await?;
        }
        must_be_as_taken(session, one, &one.name).await?;
        let back = one.then.fingerprint.rows;
        done.tables.push(PutBack { table: one.name.clone(), made: true, back, ..PutBack::default() });
    }
    let sequences = request.manifest.sequences.iter().filter(|s| plan.sequences.contains(&name_of(&s.schema, &s.name)));
    session.batch(&setvals(sequences)).await.map_err(RestoreError::server("setting the sequences"))?;
    make(session, request, &plan.after, &mut done.notes).await
}

/// Which foreign keys must go while rows are exchanged, by a look at what differs. Nobody waits for it, and whoever
/// writes meanwhile is noticed later.
async fn look(
    session: &Session,
    standing: &[&Chosen<'_>],
    keep_newer: bool,
    quiet: &Quiet,
) -> Result<Keys, RestoreError> {
    let tables = standing.iter().map(|one| one.oid()).collect();
    let keys = Keys::look(session, &tables).await;
    let mut keys = keys.map_err(RestoreError::server("looking for foreign keys"))?;
    if quiet.keys_are_silent() {
        return Ok(keys);
    }
    for one in standing.iter().filter(|one| keys.concern(one.oid())).collect::<Vec<_>>() {
        let mut rows = Rows::default();
        if let Some(differ) = differ(session, one).await? {
            let newer = if keep_newer { " AND from_ IS NOT NULL" } else { "" };
            let sql = format!(
                "SELECT count(*) FILTER (WHERE at IS NOT NULL{newer}), count(*) FILTER (WHERE from_ IS NOT NULL) FROM ({differ}) d"
            );
            let counted = session.rows(&sql).await.map_err(RestoreError::server("looking for what differs"))?;
            let number =
                |place: usize| counted.first().map_or(0, |row| u64::try_from(row.get::<_, i64>(place)).unwrap_or(0));
            rows = Rows { go: number(0), come: number(1) };
        }
        keys.decide(one.oid(), rows);
    }
    Ok(keys)
}

/// Exchanges the rows of all tables, those first that others refer to. Where a key stands in the way after all, all of
/// them go.
async fn exchange_all(
    session: &Session,
    standing: &[&Chosen<'_>],
    quiet: &mut Quiet,
    keys: &mut Keys,
    options: &Options,
    done: &mut InPlace,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<(), RestoreError> {
    let failed = || RestoreError::server("exchanging rows");
    let oids: Vec<u32> = standing.iter().map(|one| one.oid()).collect();
    for is_second in [false, true] {
        let trial = session.plain_savepoint("backout_rows").await.map_err(failed())?;
        let mut put = Vec::new();
        let mut is_in_the_way = false;
        for place in keys.order(&oids) {
            let one = standing[place];
            watch(Event::Built { what: one.name.clone() });
            let may_go = is_second || quiet.keys_are_silent() || !keys.stand_on(one.oid());
            match exchange(session, one, options.keep_newer, may_go).await {
                Ok(Some(one)) => put.push(one),
                Ok(None) => is_in_the_way = true,
                Err(error) if !is_second && refers_to_nothing(&error) => is_in_the_way = true,
                Err(error) => return Err(error),
            }
            if is_in_the_way {
                break;
            }
        }
        if !is_in_the_way {
            trial.keep().await.map_err(failed())?;
            done.tables.extend(put);
            return Ok(());
        }
        trial.take_back().await.map_err(failed())?;
        keys.none_stays();
        quiet.take_keys(session, &keys.going()).await.map_err(RestoreError::server("preparing the tables"))?;
    }
    Ok(())
}

/// A row refers to one that is not there.
fn refers_to_nothing(error: &RestoreError) -> bool {
    matches!(error, RestoreError::Server { source, .. } | RestoreError::Statement { source, .. } if source.has_code(sqlstate::FOREIGN_KEY_VIOLATION))
}

/// Sets sequences further, so that they do not give values again that are in rows that came back.
async fn forward(session: &Session, behind: &[Behind<'_>]) -> Result<Vec<Forwarded>, RestoreError> {
    let mut moved = Vec::new();
    for sequence in behind {
        moved.extend(sequence.forward(session).await.map_err(RestoreError::server("setting the sequences"))?);
    }
    Ok(moved)
}

/// The query for rows that differ, by their place in each of the two: `at` here, `from_` there. `None` where it is known
/// already that none do.
async fn differ(session: &Session, one: &Chosen<'_>) -> Result<Option<String>, RestoreError> {
    let Some(shape) = &one.now else { return Ok(None) };
    let (live, side) = (&one.name, &one.side);
    Ok(Some(match shape.way {
        Way::Keyed => {
            let same: Vec<String> =
                shape.key.iter().map(|k| format!("l.{0} {1} s.{0}", ident(&k.name), k.equal)).collect();
            format!(
                "SELECT l.ctid AS at, s.ctid AS from_ FROM ONLY {live} l FULL JOIN {side} s ON {} \
                 WHERE l.ctid IS NULL OR s.ctid IS NULL OR ROW({})::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW({})::pg_catalog.record",
                same.join(" AND "),
                columns(one.then, "l."),
                columns(one.then, "s.")
            )
        }
        Way::Rows => {
            let numbered = |table: &str| {
                format!(
                    "(SELECT r.id, r.image, pg_catalog.row_number() OVER (PARTITION BY r.image) n FROM \
                     (SELECT ctid id, pg_catalog.record_send(ROW({})) image FROM ONLY {table}) r)",
                    columns(one.then, "")
                )
            };
            format!(
                "SELECT l.id AS at, s.id AS from_ FROM {} l FULL JOIN {} s ON l.image = s.image AND l.n = s.n \
                 WHERE l.id IS NULL OR s.id IS NULL",
                numbered(live),
                numbered(side)
            )
        }
        // Not row by row: all of them, or none.
        Way::Whole if is_as_taken(session, one, live).await? => return Ok(None),
        Way::Whole => format!(
            "SELECT ctid AS at, NULL::pg_catalog.tid AS from_ FROM ONLY {live} UNION ALL SELECT NULL, ctid FROM {side}"
        ),
    }))
}

/// The rows that differ go, and come as they were. `None` where rows would have to go, and may not.
async fn exchange(
    session: &Session,
    one: &Chosen<'_>,
    keep_newer: bool,
    may_go: bool,
) -> Result<Option<PutBack>, RestoreError> {
    let failed = || RestoreError::server("exchanging rows");
    let (live, side) = (&one.name, &one.side);
    let mut put = PutBack { table: live.clone(), ..PutBack::default() };
    let Some(differ) = differ(session, one).await? else { return Ok(Some(put)) };
    let make =
        format!("CREATE TEMPORARY TABLE backout_differ ON COMMIT DROP AS {differ}; ANALYZE pg_temp.backout_differ");
    session.batch(&make).await.map_err(failed())?;
    if keep_newer {
        let newer = "DELETE FROM pg_temp.backout_differ WHERE from_ IS NULL";
        session.batch(newer).await.map_err(failed())?;
    }
    let counts = "SELECT count(*) FILTER (WHERE from_ IS NULL), count(*) FILTER (WHERE at IS NULL), \
                  count(*) FILTER (WHERE at IS NOT NULL AND from_ IS NOT NULL) FROM pg_temp.backout_differ";
    if let Some(row) = session.rows(counts).await.map_err(failed())?.first() {
        let count = |index: usize| u64::try_from(row.get::<_, i64>(index)).unwrap_or(0);
        (put.gone, put.back, put.changed) = (count(0), count(1), count(2));
    }
    if put.gone + put.changed > 0 && !may_go {
        return Ok(None);
    }
    if put.gone + put.changed > 0 {
        let keep = format!(
            "CREATE TABLE {} AS SELECT l.* FROM ONLY {live} l JOIN pg_temp.backout_differ d ON l.ctid = d.at; \
             DELETE FROM ONLY {live} l USING pg_temp.backout_differ d WHERE l.ctid = d.at",
            one.aside_sql
        );
        session.batch(&keep).await.map_err(failed())?;
        put.aside = Some(one.aside_sql.clone());
    }
    if put.back + put.changed > 0 {
        let list = columns(one.then, "");
        let into = if list.is_empty() { String::new() } else { format!(" ({list})") };
        let back = format!(
            "INSERT INTO {live}{into} OVERRIDING SYSTEM VALUE SELECT {} FROM {side} s JOIN pg_temp.backout_differ d ON s.ctid = d.from_",
            columns(one.then, "s.")
        );
        session.batch(&back).await.map_err(failed())?;
    }
    session.batch("DROP TABLE pg_temp.backout_differ").await.map_err(failed())?;
    Ok(Some(put))
}

/// Foreign keys and triggers as they were, with all rows checked, and what was made has its place among the rest.
async fn keys_back(
    session: &Session,
    request: &Request<'_>,
    quiet: &mut Quiet,
    plan: &Anew,
    notes: &mut Vec<String>,
) -> Result<(), RestoreError> {
    let failed = || RestoreError::server("bringing keys and triggers back");
    // A table that still has something to check cannot be altered. Rows of partitions are rows that others refer to.
    session.batch("SET CONSTRAINTS ALL IMMEDIATE").await.map_err(failed())?;
    make(session, request, &plan.ties, notes).await?;
    quiet.leave(session).await.map_err(failed())?;
    make(session, request, &plan.keys, notes).await?;
    make(session, request, &plan.last, notes).await?;
    made::fill_views(session, request, plan.before.iter().chain(&plan.after), true, notes).await
}
