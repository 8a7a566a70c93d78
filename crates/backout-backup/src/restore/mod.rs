//! Filling an empty database from a backup: definitions, rows by several workers, each table's indexes as soon as its
//! rows are there, keys between tables after both, and the rest in the order of `pg_dump`. Then a comparison of every
//! row with what was taken.
//!
//! Must not know: whose database it is and what becomes of it.

mod anew;
mod changes;
mod compare;
mod forward;
mod hold;
mod in_place;
mod made;
mod rights;
mod schema;
mod work;

use backout_postgres::sqlstate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use backout_plan::{ConnectionSettings, Remedy};
use backout_postgres::catalog::{CatalogError, read_catalog};
use backout_postgres::session::{ConnectOptions, DatabaseError, Session, SessionError, connect};
use backout_postgres::stand_in::Extension;
use serde::Serialize;
use thiserror::Error;

use crate::host::settle;
use crate::lease::InUse;
use crate::manifest::{Blob, Manifest, Table};
use crate::room::{self, RoomError};
use crate::seal::{self, SealError};
use crate::sequences::setvals;
use crate::sessions::{FILLING, PATIENT};
use crate::shelf::ShelfError;
use crate::store::{Store, StoreError};
use crate::stream::{Fingerprint, StreamError};
pub use changes::{Changed, Changes, Shape, changes, schema_since};
pub use compare::Difference;
pub use forward::Forwarded;
pub use hold::Options;
pub use in_place::{InPlace, PutBack, in_place};
use schema::{Kind, Step};

/// What is restored, and where to.
#[derive(Debug)]
pub struct Request<'a> {
    pub manifest: &'a Manifest,
    pub store: &'a Store,
    /// An empty database, as a role that may make everything in it.
    pub settings: &'a ConnectionSettings,
    pub jobs: usize,
    /// Statements that may fail with a note: what only a superuser may do and nobody misses.
    pub lenient: bool,
}

/// What happens, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Phase(&'static str),
    /// Compressed bytes of rows that are in.
    Loaded {
        stored: u64,
        of: u64,
    },
    Built {
        what: String,
    },
    Note(String),
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Restored {
    pub rows: u64,
    pub load_ms: f64,
    /// From the first statement to the last index and key.
    pub restore_ms: f64,
    pub compare_ms: f64,
    pub differences: Vec<Difference>,
    pub notes: Vec<String>,
}

#[derive(Debug, Error)]
pub enum RestoreError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("running {}", short(.sql))]
    Statement {
        sql: String,
        #[source]
        source: DatabaseError,
    },
    #[error("filling {table}")]
    Load {
        table: String,
        #[source]
        source: DatabaseError,
    },
    #[error("comparing {table}")]
    Stream {
        table: String,
        #[source]
        source: StreamError,
    },
    #[error("{table} cannot be compared: {why}")]
    Unreadable { table: String, why: String },
    #[error("the database is not empty: it has {0}")]
    NotEmpty(String),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Room(#[from] RoomError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the definitions of the backup are not text")]
    NotText,
    #[error("{} than the backup has: {}", if .0.len() == 1 { "a table has other columns" } else { "tables have other columns" }, .0.join("; "))]
    Reshaped(Vec<String>),
    #[error("these tables belong to others: {}", .0.join(", "))]
    Others(Vec<String>),
    #[error("{0} did not come out of the backup as it was taken")]
    Unlike(String),
    #[error("rows would refer to rows that are not there: {}", .0.join("; "))]
    Orphans(Vec<String>),
    #[error("running {}", short(.sql))]
    Needs {
        sql: String,
        #[source]
        source: DatabaseError,
    },
    #[error("what is recreated would not be what it was: {}", .0.join("; "))]
    MadeOtherwise(Vec<String>),
    #[error("starting a worker")]
    Runtime(#[source] std::io::Error),
    #[error("stopped")]
    Stopped,
}

impl RestoreError {
    fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Server { doing, source }
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            Self::Session(error) => return error.remedies(),
            Self::Store(error) => return error.remedies(),
            Self::Room(error) => return error.remedies(),
            Self::Shelf(error) => return error.remedies(),
            Self::Seal(error) => return error.remedies(),
            Self::Reshaped(_) => {
                return vec![Remedy::advice("undo what was migrated since first"), Remedy::RestoreInto];
            }
            Self::Others(_) => "only their owners may put rows back past keys and triggers",
            Self::Statement { sql, source }
                if source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) && sql.contains(" OWNER TO ") =>
            {
                let member = "restore as a role that is a member of that owner";
                return vec![Remedy::advice(member), Remedy::RestoreInPlace];
            }
            Self::Needs { .. } => {
                let gone = "nothing has changed; what it stands on is gone as well: if that is a table, name it too, \
                            else undo what dropped it";
                return vec![Remedy::advice(gone), Remedy::RestoreInto];
            }
            Self::MadeOtherwise(_) => {
                let other = "nothing has changed; something that is there now (an event trigger, another parent \
                             table) makes it different";
                return vec![Remedy::advice(other), Remedy::RestoreInto];
            }
            Self::Orphans(_) => {
                return vec![Remedy::advice("put these tables back together"), Remedy::KeepNewer];
            }
            Self::Server { source, .. }
                if source.has_code(sqlstate::LOCK_NOT_AVAILABLE) || source.has_code(sqlstate::DEADLOCK_DETECTED) =>
            {
                "others held the tables for longer than the lock budget; nothing has changed, so run it again"
            }
            Self::Statement { sql, source }
                if sql.starts_with("CREATE EXTENSION") && source.has_code(sqlstate::UNDEFINED_FILE) =>
            {
                "install this extension for the server that the backup is restored on"
            }
            Self::Statement { source, .. } | Self::Load { source, .. }
                if UNKNOWN.iter().any(|code| source.has_code(code)) =>
            {
                NO_SEARCH_PATH
            }
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}

/// A function or a table that is not found: what a function says of others without their schema is looked for nowhere.
const UNKNOWN: [&str; 2] = [sqlstate::UNDEFINED_FUNCTION, sqlstate::UNDEFINED_TABLE];
const NO_SEARCH_PATH: &str = "search_path is empty while a backup is restored, as in a dump of pg_dump: a function that generated columns, checks \
     or indexes call must name others with their schemas, or bring its own path: ALTER FUNCTION … SET search_path = …, then take a new backup";

/// The beginning of a statement on one line, and nothing of its options: there may be a password among them.
fn short(sql: &str) -> String {
    let sql = sql.split_once("OPTIONS (").map_or(sql, |(head, _)| head);
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 100 { line } else { line.chars().take(99).chain(['…']).collect() }
}

async fn begin(settings: &ConnectionSettings) -> Result<Session, RestoreError> {
    let options = ConnectOptions { application_name: Some("backout restore".to_owned()), on_notice: None };
    let session = connect(settings, &options).await?;
    session.batch(FILLING).await.map_err(RestoreError::server("beginning"))?;
    session.batch(PATIENT).await.map_err(RestoreError::server("beginning"))?;
    Ok(session)
}

/// Fills an empty database and compares it with the manifest.
///
/// # Errors
/// When anything of the backup is damaged or does not go in. What is in the database by then is of no use.
pub async fn restore(request: &Request<'_>, watch: &(dyn Fn(Event) + Sync)) -> Result<Restored, RestoreError> {
    let in_use = InUse::begin(request.store, &request.manifest.id, "a restore").await?;
    let outcome = async {
        let (session, settings) = settle(request.settings, "backout restore").await?;
        session.close().await;
        fill(&Request { settings: &settings, ..*request }, watch).await
    };
    let outcome = outcome.await;
    in_use.end().await;
    outcome
}

async fn fill(request: &Request<'_>, watch: &(dyn Fn(Event) + Sync)) -> Result<Restored, RestoreError> {
    let manifest = request.manifest;
    let started = Instant::now();
    let session = begin(request.settings).await?;
    must_be_empty(&session).await?;
    let mut notes = Vec::new();
    watch(Event::Phase("definitions"));
    let objects = made::objects(request).await?;
    // A new database has it, and a dump of one that has none does not say so.
    if !objects.contains_key("schema public") {
        session.batch("DROP SCHEMA IF EXISTS public").await.map_err(RestoreError::server("beginning"))?;
    }
    let stand_ins = if request.lenient { stand_ins(&session, request).await? } else { Vec::new() };
    let before = definitions(request, &manifest.schema.before, session.server_major()).await?;
    let held_back = rights::held_back(&before);
    define(&session, request, &stand_ins, &before, &held_back, &mut notes).await?;
    // The dump changes these for its own session.
    session.batch(FILLING).await.map_err(RestoreError::server("going on"))?;
    let after = definitions(request, &manifest.schema.after, session.server_major()).await?;
    let (side, rest): (Vec<Step>, Vec<Step>) = after.into_iter().partition(|step| step.kind != Kind::Other);

    watch(Event::Phase("rows and indexes"));
    let loading = Instant::now();
    // Keys are partitioned off as well, and come when all that they stand on is there.
    let (indexes, keys): (Vec<Step>, Vec<Step>) =
        side.into_iter().partition(|step| matches!(step.kind, Kind::Index { .. }));
    let work = Arc::new(work::Work::new(request, indexes));
    work::all(&work, request.jobs, watch).await?;
    let load_ms = ms(loading);
    large_objects(&session, request, &mut notes).await?;
    sequences(&session, manifest).await?;
    for place in &held_back {
        run(&session, &before[*place].sql, request.lenient, &mut notes).await?;
    }
    watch(Event::Phase("keys and the rest"));
    // Views and functions of the rest may stand on indexes; keys stand on those of partitions that the rest attaches.
    let (first, last) = around_keys(rest);
    for step in &first {
        run(&session, &step.alone(), request.lenient, &mut notes).await?;
    }
    let work = Arc::new(work::Work::keys(request, keys));
    work::all(&work, request.jobs, watch).await?;
    for step in &last {
        run(&session, &step.sql, request.lenient, &mut notes).await?;
    }
    let steps = before.iter().chain(&first).chain(&last);
    made::fill_views(&session, request, steps, false, &mut notes).await?;
    let restore_ms = ms(started);

    watch(Event::Phase("comparing"));
    let comparing = Instant::now();
    let differences = differences(&session, request, &objects, &mut notes, watch).await?;
    let rows = manifest.rows();
    session.close().await;
    Ok(Restored { rows, load_ms, restore_ms, compare_ms: ms(comparing), differences, notes })
}

/// What the rows stand on, except for what is held back.
async fn define(
    session: &Session,
    request: &Request<'_>,
    stand_ins: &[Extension],
    before: &[Step],
    held_back: &BTreeSet<usize>,
    notes: &mut Vec<String>,
) -> Result<(), RestoreError> {
    // What belongs to others can be given away only to those who may create things there, and grants come last.
    let mut late = Vec::new();
    for (place, step) in before.iter().enumerate() {
        if held_back.contains(&place) {
            continue;
        }
        match stand_ins.iter().find(|extension| is_of_extension(&step.sql, &extension.name)) {
            Some(extension) if step.sql.starts_with("CREATE EXTENSION ") => {
                let left = extension.make(session).await;
                let left = left.map_err(RestoreError::server("standing in for an extension"))?;
                notes.push(extension.said(&left));
            }
            Some(_) => {}
            None => match run(session, &step.sql, request.lenient, notes).await {
                Err(RestoreError::Statement { source, .. })
                    if source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) && gives_away(&step.sql) =>
                {
                    late.push(step.sql.clone());
                }
                other => other?,
            },
        }
    }
    for sql in late {
        run(session, &sql, request.lenient, notes).await?;
    }
    Ok(())
}

/// What did not come out as it was taken, rows first.
async fn differences(
    session: &Session,
    request: &Request<'_>,
    objects: &BTreeMap<String, String>,
    notes: &mut Vec<String>,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<Vec<Difference>, RestoreError> {
    session.batch(FILLING).await.map_err(RestoreError::server("comparing"))?;
    let mut differences = compare::rows(request, watch).await?;
    let catalog = read_catalog(session, false).await?;
    let manifest = request.manifest;
    let (then, now) = (manifest.source.server_version / 10_000, session.server_major());
    let schema = compare::schema(objects, &backout_reversal::closure::all_as(&catalog, objects));
    // Another version words definitions otherwise.
    let (same, worded): (Vec<Difference>, Vec<Difference>) =
        schema.into_iter().partition(|difference| then == now || !difference.is_worded());
    if !worded.is_empty() {
        let number = worded.len();
        notes.push(format!(
            "PostgreSQL {now} words definitions otherwise than {then}: {number} objects are compared by name alone"
        ));
    }
    differences.extend(same);
    if let Some(large) = &manifest.large_objects {
        let now = compare::large_objects(session).await?;
        if now != large.fingerprint {
            differences.push(Difference { what: "large objects".to_owned(), said: "are not as they were".to_owned() });
        }
    }
    notes.extend(compare::versions(session, &manifest.ground).await?);
    Ok(differences)
}

fn gives_away(sql: &str) -> bool {
    sql.starts_with("ALTER ") && sql.contains(" OWNER TO ")
}

/// What stands in for the extensions that this server lacks.
async fn stand_ins(session: &Session, request: &Request<'_>) -> Result<Vec<Extension>, RestoreError> {
    let missing = room::missing_extensions(session, &request.manifest.ground).await?;
    let Some(blob) = &request.manifest.schema.stand_ins else {
        return if missing.is_empty() { Ok(Vec::new()) } else { Err(RoomError::Extensions(missing).into()) };
    };
    let all: Vec<Extension> = serde_json::from_slice(&read(request, blob).await?).map_err(|_| RestoreError::NotText)?;
    Ok(all.into_iter().filter(|extension| missing.contains(&extension.name)).collect())
}

/// Whether a statement makes this extension or comments on it; `pg_dump` quotes all names.
fn is_of_extension(sql: &str, name: &str) -> bool {
    let name = format!("\"{}\"", name.replace('"', "\"\""));
    ["CREATE EXTENSION IF NOT EXISTS ", "CREATE EXTENSION ", "COMMENT ON EXTENSION "].iter().any(|head| {
        sql.strip_prefix(head).and_then(|rest| rest.strip_prefix(&name)).is_some_and(|rest| !rest.starts_with('"'))
    })
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// What attaches indexes goes before the keys; triggers, policies and refreshed views after them, as in the dump.
fn around_keys(rest: Vec<Step>) -> (Vec<Step>, Vec<Step>) {
    let before = |step: &Step| {
        step.sql.starts_with("ALTER INDEX ")
            || step.sql.starts_with("CREATE INDEX ")
            || step.sql.starts_with("CREATE UNIQUE INDEX ")
    };
    rest.into_iter().partition(before)
}

async fn must_be_empty(session: &Session) -> Result<(), RestoreError> {
    let sql = "SELECT c.oid::pg_catalog.regclass::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LIMIT 1";
    match session.scalar(sql).await.map_err(RestoreError::server("looking whether the database is empty"))? {
        Some(there) => Err(RestoreError::NotEmpty(there)),
        None => Ok(()),
    }
}

async fn read(request: &Request<'_>, blob: &Blob) -> Result<Vec<u8>, RestoreError> {
    read_from(request.manifest, request.store, blob).await
}

async fn read_from(manifest: &Manifest, store: &Store, blob: &Blob) -> Result<Vec<u8>, RestoreError> {
    let bytes = store.get(&format!("{}/{}", manifest.id, blob.object)).await?;
    Ok(seal::unpack_all(blob, &bytes, store.keys())?)
}

/// The tables with rows that are partitions of this one, at whatever depth.
///
/// # Errors
/// When the backup is damaged.
pub async fn partitions<'m>(
    manifest: &'m Manifest,
    store: &Store,
    of: (&str, &str),
) -> Result<Vec<&'m Table>, RestoreError> {
    let text = String::from_utf8(read_from(manifest, store, &manifest.schema.before).await?);
    let steps = schema::steps(&text.map_err(|_| RestoreError::NotText)?);
    let parts = anew::parts(&steps, &schema::name_of(of.0, of.1));
    let tables = manifest.tables.iter();
    Ok(tables.filter(|table| parts.contains(&schema::name_of(&table.schema, &table.name))).collect())
}

/// As they run on a server of this version.
async fn definitions(request: &Request<'_>, blob: &Blob, now: u32) -> Result<Vec<Step>, RestoreError> {
    let text = String::from_utf8(read(request, blob).await?).map_err(|_| RestoreError::NotText)?;
    let mut steps = schema::steps(&text);
    // All of then was not yet MAINTAIN.
    if request.manifest.source.server_version / 10_000 < 17 && now >= 17 {
        steps.iter_mut().for_each(Step::spell_out_all);
    }
    Ok(steps)
}

/// One statement. What only the owner of an extension may do is not missed where extensions are given.
async fn run(session: &Session, sql: &str, lenient: bool, notes: &mut Vec<String>) -> Result<(), RestoreError> {
    match session.batch(sql).await {
        Ok(()) => Ok(()),
        Err(error)
            if lenient
                && error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE)
                && sql.starts_with("COMMENT ON EXTENSION") =>
        {
            notes.push(format!("{}: {error}", short(sql)));
            Ok(())
        }
        Err(source) => Err(RestoreError::Statement { sql: sql.to_owned(), source }),
    }
}

async fn sequences(session: &Session, manifest: &Manifest) -> Result<(), RestoreError> {
    for some in manifest.sequences.chunks(200) {
        session.batch(&setvals(some)).await.map_err(RestoreError::server("setting the sequences"))?;
    }
    Ok(())
}

/// Their pages go through a table of the session's own, one chunk after the other.
async fn large_objects(session: &Session, request: &Request<'_>, notes: &mut Vec<String>) -> Result<(), RestoreError> {
    let Some(large) = &request.manifest.large_objects else { return Ok(()) };
    let text = String::from_utf8(read(request, &large.definitions).await?).map_err(|_| RestoreError::NotText)?;
    for step in schema::steps(&text) {
        run(session, &step.sql, request.lenient, notes).await?;
    }
    let failed = || RestoreError::server("filling the large objects");
    session
        .batch("CREATE TEMPORARY TABLE backout_pages (id pg_catalog.oid, at int8, page bytea)")
        .await
        .map_err(failed())?;
    for blob in &large.chunks {
        work::load_chunk(
            session,
            request.store,
            &request.manifest.id,
            blob,
            "pg_temp.backout_pages",
            "COPY pg_temp.backout_pages FROM STDIN (FORMAT binary)",
        )
        .await?;
        session
            .batch("SELECT pg_catalog.lo_put(id, at, page) FROM pg_temp.backout_pages; TRUNCATE pg_temp.backout_pages")
            .await
            .map_err(failed())?;
    }
    session.batch("DROP TABLE pg_temp.backout_pages").await.map_err(failed())
}

/// The fingerprints that were taken, by the tables' names in SQL.
fn taken(manifest: &Manifest) -> BTreeMap<String, Fingerprint> {
    manifest.tables.iter().map(|table| (table.sql_name(), table.fingerprint)).collect()
}
