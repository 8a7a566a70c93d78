//! Single tables back to what a backup has of them, in the live database: only the rows that differ are exchanged, in
//! one transaction. The table stays the object that it is, so views, keys, policies and publications of it stay too.
//! One that is gone is made anew from its definitions.
//!
//! The rows of the backup are loaded beside first, while others work, and compared with the manifest; whoever writes to
//! these tables waits only while the differing rows go and come.
//!
//! Must not know: who chose the tables.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};
use serde::Serialize;

use super::anew::{Anew, child_name};
use super::schema::{Step, name_of};
use super::{Event, Request, RestoreError, begin, compare, definitions, ms, run, setvals, work};
use crate::capture::shape::{Shape, shapes};
use crate::capture::{Quiet, Way};
use crate::host::settle;
use crate::lease::InUse;
use crate::manifest::Table;
use crate::stream::Form;

/// Begins the comment on a schema whose restore has not ended.
const UNFINISHED: &str = "Backout: unfinished restore of ";

/// How tables are put back.
#[derive(Debug, Clone)]
pub struct Options {
    /// Tables that belong to others are passed by, and not refused.
    pub all: bool,
    /// Rows that came since, by keys that the backup does not have, stay.
    pub keep_newer: bool,
    pub lock_timeout: Duration,
    pub lock_retries: u32,
}

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
    /// Tables that belong to others, and stay as they are.
    pub others: Vec<String>,
    pub notes: Vec<String>,
}

/// A table of the backup, and what is there of it.
struct Chosen<'a> {
    then: &'a Table,
    name: String,
    now: Option<Shape>,
    side: String,
    aside: String,
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
        // Names of two tables can be too long for one name.
        let mut aside = format!("{}.{}", table.schema, table.name);
        if aside.len() > 63 {
            let mut end = 56;
            while !aside.is_char_boundary(end) {
                end -= 1;
            }
            aside = format!("{}~{}", &aside[..end], place + 1);
        }
        chosen.push(Chosen {
            then: table,
            name,
            now,
            side: backout_schema::qualified(schema, &format!("side {}", place + 1)),
            aside: backout_schema::qualified(schema, &aside),
        });
    }
    if !others.is_empty() && !options.all {
        return Err(RestoreError::Others(others));
    }
    if reshaped.is_empty() { Ok((chosen, others)) } else { Err(RestoreError::Reshaped(reshaped)) }
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
        as_taken(session, one, &one.side).await?;
        session.batch(&format!("ANALYZE {}", one.side)).await.map_err(RestoreError::server("gathering statistics"))?;
    }
    done.load_ms = ms(loading);
    backout_postgres::failpoint!("inplace.loaded");

    let missing: Vec<&Chosen<'_>> = chosen.iter().filter(|one| one.now.is_none()).collect();
    let running = RestoreError::server;
    let mut quiet = Quiet::new(session).await.map_err(running("beginning"))?.in_use();
    session.batch("BEGIN").await.map_err(running("beginning"))?;
    let later = make_anew(session, request, &missing, &mut done, watch).await?;

    watch(Event::Phase("exchanging rows"));
    let standing: Vec<&Chosen<'_>> = chosen.iter().filter(|one| one.now.is_some()).collect();
    lock(session, &standing, options).await?;
    let held = Instant::now();
    let keys = keys(session, &standing).await.map_err(running("looking for foreign keys"))?;
    backout_postgres::failpoint!("inplace.locked");
    for one in &standing {
        quiet.enter(session, &one.name).await.map_err(running("preparing the tables"))?;
    }
    for one in &standing {
        watch(Event::Built { what: one.name.clone() });
        done.tables.push(exchange(session, one, options.keep_newer).await?);
    }
    session.batch("SAVEPOINT backout_keys").await.map_err(running("bringing keys back"))?;
    let outcome = keys_back(session, request, &mut quiet, &later, &mut done.notes).await;
    let is_broken = matches!(&outcome, Err(RestoreError::Server { source, .. } | RestoreError::Statement { source, .. }) if source.has_code("23503"));
    if is_broken {
        session.batch("ROLLBACK TO backout_keys").await.map_err(running("bringing keys back"))?;
    }
    if is_broken || quiet.keys_are_silent() {
        orphans(session, &keys).await?;
    }
    outcome?;
    let sides: Vec<&str> = standing.iter().map(|one| one.side.as_str()).collect();
    if !sides.is_empty() {
        session.batch(&format!("DROP TABLE {}", sides.join(", "))).await.map_err(running("clearing up"))?;
    }
    let end = match done.tables.iter().any(|table| table.aside.is_some()) {
        true => format!(
            "COMMENT ON SCHEMA {} IS {}",
            ident(schema),
            literal(&format!("Backout: rows of before the restore of {}", request.manifest.id))
        ),
        false => format!("DROP SCHEMA {}", ident(schema)),
    };
    session.batch(&end).await.map_err(running("clearing up"))?;
    backout_postgres::failpoint!("inplace.exchanged");
    session.batch("COMMIT").await.map_err(running("committing"))?;
    done.held_ms = ms(held);
    backout_postgres::failpoint!("inplace.committed");
    done.tables.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(done)
}

/// That what was loaded is what was taken.
async fn as_taken(session: &Session, one: &Chosen<'_>, table: &str) -> Result<(), RestoreError> {
    let format = match one.then.form {
        Form::Binary => "binary",
        Form::Text => "text",
    };
    let copy = format!("COPY (SELECT {} FROM ONLY {table}) TO STDOUT (FORMAT {format})", columns(one.then, ""));
    let found = compare::fingerprint(session, &one.name, &copy, one.then.form).await?;
    if found == one.then.fingerprint { Ok(()) } else { Err(RestoreError::Unlike(one.name.clone())) }
}

fn columns(table: &Table, of: &str) -> String {
    table.columns.iter().map(|column| format!("{of}{}", ident(column))).collect::<Vec<_>>().join(", ")
}

/// Tables that are gone, with all that is theirs. Nobody sees them before COMMIT. What is to be run when the rows of
/// the others are back is returned.
async fn make_anew(
    session: &Session,
    request: &Request<'_>,
    missing: &[&Chosen<'_>],
    done: &mut InPlace,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<Vec<Step>, RestoreError> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    watch(Event::Phase("tables that are gone"));
    let names: BTreeSet<String> = missing.iter().map(|one| name_of(&one.then.schema, &one.then.name)).collect();
    let there = there(session).await.map_err(RestoreError::server("looking for what is there"))?;
    let before = definitions(request, &request.manifest.schema.before, session.server_major()).await?;
    let after = definitions(request, &request.manifest.schema.after, session.server_major()).await?;
    let plan = Anew::of(&before, &after, &names, &there);
    for step in &plan.before {
        run(session, &step.alone(), request.lenient, &mut done.notes).await?;
    }
    for one in missing {
        watch(Event::Built { what: one.name.clone() });
        for blob in &one.then.chunks {
            let copy = work::copy(one.then, &one.name);
            work::load_chunk(session, request.store, &request.manifest.id, blob, &one.name, &copy).await?;
        }
        as_taken(session, one, &one.name).await?;
        let back = one.then.fingerprint.rows;
        done.tables.push(PutBack { table: one.name.clone(), made: true, back, ..PutBack::default() });
    }
    let sequences = request.manifest.sequences.iter().filter(|s| plan.sequences.contains(&name_of(&s.schema, &s.name)));
    session.batch(&setvals(sequences)).await.map_err(RestoreError::server("setting the sequences"))?;
    for step in &plan.after {
        run(session, &step.alone(), request.lenient, &mut done.notes).await?;
    }
    Ok(plan.keys)
}

/// Relations, foreign keys and policies that are there, as they stand in the definitions.
async fn there(session: &Session) -> Result<BTreeSet<String>, DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text, o.name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               CROSS JOIN LATERAL (SELECT NULL::text UNION ALL SELECT conname::text FROM pg_catalog.pg_constraint WHERE conrelid = c.oid AND contype = 'f' \
                 UNION ALL SELECT polname::text FROM pg_catalog.pg_policy WHERE polrelid = c.oid) o(name)";
    let rows = session.rows(sql).await?;
    let names = rows.iter().map(|row| {
        let table = name_of(row.get(0), row.get(1));
        match row.get::<_, Option<String>>(2) {
            Some(child) => child_name(&table, &child),
            None => table,
        }
    });
    Ok(names.collect())
}

/// All of them at once, or none: whoever queued behind us goes first.
async fn lock(session: &Session, chosen: &[&Chosen<'_>], options: &Options) -> Result<(), RestoreError> {
    if chosen.is_empty() {
        return Ok(());
    }
    let failed = || RestoreError::server("locking the tables");
    let names: Vec<String> = chosen.iter().map(|one| format!("ONLY {}", one.name)).collect();
    let take = format!(
        "SAVEPOINT backout_lock; SET LOCAL lock_timeout = {}; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE; RELEASE backout_lock",
        options.lock_timeout.as_millis(),
        names.join(", ")
    );
    let mut attempt = 0;
    loop {
        match session.batch(&take).await {
            Ok(()) => return Ok(()),
            Err(error) if error.has_code("55P03") && attempt < options.lock_retries => {
                session.batch("ROLLBACK TO backout_lock; RELEASE backout_lock").await.map_err(failed())?;
                attempt += 1;
                tokio::time::sleep(options.lock_timeout.min(Duration::from_millis(200))).await;
            }
            Err(error) => return Err(failed()(error)),
        }
    }
}

/// The rows that differ go, and come as they were.
async fn exchange(session: &Session, one: &Chosen<'_>, keep_newer: bool) -> Result<PutBack, RestoreError> {
    let failed = || RestoreError::server("exchanging rows");
    let Some(shape) = &one.now else { return Ok(PutBack::default()) };
    let (live, side) = (&one.name, &one.side);
    // By their place in each of the two: `at` here, `from` there.
    let differ = match shape.way {
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
        Way::Whole => format!(
            "SELECT ctid AS at, NULL::pg_catalog.tid AS from_ FROM ONLY {live} UNION ALL SELECT NULL, ctid FROM {side}"
        ),
    };
    let make =
        format!("CREATE TEMPORARY TABLE backout_differ ON COMMIT DROP AS {differ}; ANALYZE pg_temp.backout_differ");
    session.batch(&make).await.map_err(failed())?;
    if keep_newer {
        let newer = "DELETE FROM pg_temp.backout_differ WHERE from_ IS NULL";
        session.batch(newer).await.map_err(failed())?;
    }
    let count = async |condition: &str| {
        let sql = format!("SELECT count(*) FROM pg_temp.backout_differ WHERE {condition}");
        let counted = session.scalar(&sql).await.map_err(failed())?;
        Ok::<u64, RestoreError>(counted.and_then(|text| text.parse().ok()).unwrap_or(0))
    };
    let mut put = PutBack { table: live.clone(), ..PutBack::default() };
    put.gone = count("from_ IS NULL").await?;
    put.back = count("at IS NULL").await?;
    put.changed = count("at IS NOT NULL AND from_ IS NOT NULL").await?;
    if put.gone + put.changed > 0 {
        let keep = format!(
            "CREATE TABLE {} AS SELECT l.* FROM ONLY {live} l JOIN pg_temp.backout_differ d ON l.ctid = d.at; \
             DELETE FROM ONLY {live} l USING pg_temp.backout_differ d WHERE l.ctid = d.at",
            one.aside
        );
        session.batch(&keep).await.map_err(failed())?;
        put.aside = Some(one.aside.clone());
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
    Ok(put)
}

/// Foreign keys and triggers as they were, with all rows checked.
async fn keys_back(
    session: &Session,
    request: &Request<'_>,
    quiet: &mut Quiet,
    later: &[Step],
    notes: &mut Vec<String>,
) -> Result<(), RestoreError> {
    quiet.leave(session).await.map_err(RestoreError::server("bringing keys and triggers back"))?;
    for step in later {
        run(session, &step.sql, request.lenient, notes).await?;
    }
    Ok(())
}

/// A foreign key, and the query that counts rows which refer to nothing.
struct ForeignKey {
    said: String,
    orphans: String,
}

/// The foreign keys from and to these tables.
async fn keys(session: &Session, chosen: &[&Chosen<'_>]) -> Result<Vec<ForeignKey>, DatabaseError> {
    let names: Vec<String> = chosen.iter().map(|one| format!("{}::pg_catalog.regclass", literal(&one.name))).collect();
    let sql = format!(
        "SELECT k.conname::text, k.conrelid::pg_catalog.regclass::text, k.confrelid::pg_catalog.regclass::text, \
           pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', b.attname, n.nspname, o.oprname, a.attname), ' AND ' ORDER BY x.place), \
           pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname), ' AND ' ORDER BY x.place) \
         FROM pg_catalog.pg_constraint k \
         CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY x(child, parent, op, place) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.child JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = x.parent \
         JOIN pg_catalog.pg_operator o ON o.oid = x.op JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
         WHERE k.contype = 'f' AND (k.conrelid = ANY (ARRAY[{0}]::pg_catalog.oid[]) OR k.confrelid = ANY (ARRAY[{0}]::pg_catalog.oid[])) \
         GROUP BY k.oid, 1, 2, 3 ORDER BY 2, 1",
        names.join(", ")
    );
    let rows = session.rows(&sql).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (key, child, parent): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            let (same, there): (String, String) = (row.get(3), row.get(4));
            ForeignKey {
                said: format!("of {child} refer to {parent} ({key})"),
                orphans: format!(
                    "SELECT count(*) FROM {child} c WHERE {there} AND NOT EXISTS (SELECT FROM {parent} p WHERE {same})"
                ),
            }
        })
        .collect())
}

/// That no row refers to one which is not there.
async fn orphans(session: &Session, keys: &[ForeignKey]) -> Result<(), RestoreError> {
    let mut found = Vec::new();
    for key in keys {
        let number = session.scalar(&key.orphans).await;
        let number = number.map_err(RestoreError::server("looking for rows that refer to nothing"))?;
        let number: u64 = number.and_then(|text| text.parse().ok()).unwrap_or(0);
        if number > 0 {
            found.push(format!("{number} {}", key.said));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(RestoreError::Orphans(found)) }
}
