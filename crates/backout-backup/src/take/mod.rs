//! Taking a backup: one snapshot, read by several workers at once; the definitions by `pg_dump` at the same snapshot.
//!
//! The order is what makes it whole: tables are locked against changes of their shape first, then the snapshot is
//! made, then both are compared. The manifest is written last.

pub(crate) mod large;
mod worker;

use backout_postgres::sqlstate;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backout_plan::plan::TablePattern;
use backout_plan::{ConnectionSettings, Remedy, TargetIdentity};
use backout_postgres::catalog::{CatalogError, read_catalog};
use backout_postgres::ground::Ground;
use backout_postgres::programs::command;
use backout_postgres::session::{DatabaseError, Session, SessionError};
use backout_postgres::stand_in::Extension;
use backout_schema::{Catalog, Detail, Object, TableKind};
use jiff::Timestamp;
use thiserror::Error;

use crate::host::settle;
use crate::import::Imported;
use crate::manifest::{
    Blob, DRAFT, Draft, FORMAT, Found, LargeObjects, LeftOut, MANIFEST, Manifest, SIGNATURE, Schema, Source, Table,
    new_id,
};
use crate::marks::{self, BELIEVED, kind_of};
use crate::scope::{self, Scope};
use crate::seal::{self, SealError};
use crate::sequences;
use crate::sessions::{LOCKS_AT_ONCE, PATIENT};
use crate::signing::{Signature, SigningKey, What};
use crate::store::{Store, StoreError};
use crate::stream::{Fingerprint, StreamError};
pub use worker::Progress;
use worker::Shared;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;";
/// Row security off: where it would hide rows the server says so instead. The rest makes texts mean the same everywhere.
const SETTINGS: &str = "SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
     SET LOCAL search_path = ''; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; \
     SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; SET LOCAL client_encoding = 'UTF8'";
/// How often the shape of the database may change while a backup begins.
const ATTEMPTS: u32 = 5;

/// What is to be taken, and where it goes.
#[derive(Debug)]
pub struct Request<'a> {
    pub settings: &'a ConnectionSettings,
    pub store: &'a Store,
    pub target: Option<String>,
    pub identity: Option<TargetIdentity>,
    /// Only these, and what their rows refer to. Empty: everything.
    pub tables: &'a [TablePattern],
    pub without: &'a [TablePattern],
    pub jobs: usize,
    /// Of zstd.
    pub level: i32,
    pub pg_dump: &'a Path,
    /// How long to wait for a table that somebody alters.
    pub lock_timeout: Duration,
    /// Goes on with the attempt of this id.
    pub resume: Option<String>,
    /// The dump that the database was filled from.
    pub imported: Option<Imported>,
    /// The run that keeps the present state with it.
    pub kept_by: Option<String>,
    /// Signs it.
    pub sign: Option<&'a SigningKey>,
}

/// What happens, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Began {
        id: String,
        tables: usize,
        bytes: u64,
    },
    /// `raw` is what COPY sends, and has little to do with the size on disk; `percent` is of that.
    Progress {
        rows: u64,
        raw: u64,
        stored: u64,
        kept: u64,
        percent: u64,
    },
    Note(String),
}

#[derive(Debug, Error)]
pub enum TakeError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("reading {table}")]
    Read {
        table: String,
        #[source]
        source: DatabaseError,
    },
    #[error("reading {table}")]
    Stream {
        table: String,
        #[source]
        source: StreamError,
    },
    #[error("not everything can be read as a whole: {}", .0.iter().map(|(table, why)| format!("{table} ({why})")).collect::<Vec<_>>().join(", "))]
    Unreadable(Vec<(String, String)>),
    #[error("rows of {}, which are to be left out", .0.iter().map(|(from, to)| format!("{from} refer to {to}")).collect::<Vec<_>>().join(", of "))]
    Hanging(Vec<(String, String)>),
    #[error("nothing is called {0}")]
    Nothing(String),
    #[error("the schema changed {ATTEMPTS} times while the backup began")]
    Restless,
    #[error("another session changed the schema while its definitions were read")]
    Changed,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("running {}", .program.display())]
    Program {
        program: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("pg_dump: {0}")]
    Dump(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("starting a worker")]
    Runtime(#[source] std::io::Error),
    #[error("what there is of backup {0} is being removed")]
    Going(String),
    #[error("backup {0} is not one that was interrupted")]
    NotInterrupted(String),
    #[error("another session is about to change {table}, and holds everybody up who asks for it")]
    Altered { table: String },
    #[error("somebody else has gone on with backup {0} and finished it")]
    Overtaken(String),
    #[error("backup {id} was begun of {then}, and this is {now}")]
    OtherSource { id: String, then: String, now: String },
    #[error("{0} has vanished while the backup was taken")]
    Vanished(String),
    #[error("stopped")]
    Stopped,
}

impl TakeError {
    pub(crate) fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Server { doing, source }
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Session(error) => error.remedies(),
            Self::Store(error) => error.remedies(),
            Self::Seal(error) => error.remedies(),
            Self::Unreadable(tables) if tables.iter().all(|(_, why)| why.contains("row security")) => {
                vec![Remedy::advice("take it as a role with BYPASSRLS"), Remedy::LeaveTablesOut { tables: Vec::new() }]
            }
            Self::Unreadable(what) => {
                let of = |word: &str| what.iter().any(|(name, _)| name.starts_with(word));
                let also = match (of(scope::SEQUENCE), of(scope::LARGE_OBJECT)) {
                    (true, false) => ": GRANT SELECT ON ALL SEQUENCES IN SCHEMA …",
                    (_, true) => ": GRANT SELECT ON ALL SEQUENCES IN SCHEMA …, GRANT SELECT ON LARGE OBJECT …",
                    (false, false) => "",
                };
                vec![Remedy::advice(format!("take it as the owner of all of it, or GRANT SELECT to the role{also}"))]
            }
            Self::Hanging(tables) => {
                let mut names: Vec<String> = tables.iter().map(|(from, _)| from.clone()).collect();
                names.dedup();
                vec![Remedy::LeaveTablesOut { tables: names }]
            }
            Self::Restless | Self::Changed | Self::Altered { .. } => {
                vec![Remedy::advice("try again when nobody migrates")]
            }
            Self::Dump(text) if text.contains("server version mismatch") => vec![Remedy::NewerPrograms],
            Self::Going(_) => vec![Remedy::TakeBackup],
            Self::NotInterrupted(_) => vec![Remedy::ListBackups],
            _ => Vec::new(),
        }
    }
}

/// Takes a backup.
///
/// # Errors
/// When anything cannot be read or stored as a whole. What lies there by then is of use to an attempt with `resume`.
pub async fn take(request: &Request<'_>, watch: &(dyn Fn(Event) + Sync)) -> Result<Manifest, TakeError> {
    let began = Timestamp::now();
    let (id, there, begun) = match &request.resume {
        None => (new_id(began), BTreeMap::new(), None),
        Some(id) => {
            let there = interrupted(request.store, id).await?;
            let draft = request.store.get(&format!("{id}/{DRAFT}")).await?;
            (id.clone(), there, serde_json::from_slice::<Draft>(&draft).ok())
        }
    };
    let (session, settings) = settle(request.settings, "backout backup").await?;
    let mut ground = Ground::read(&session).await.map_err(TakeError::server("reading roles and settings"))?;
    session.batch(PATIENT).await.map_err(TakeError::server("beginning"))?;
    let Held { scope, snapshot, seen, at, lsn } = hold(&session, request).await?;
    let endpoint = request.settings.endpoint();
    declare(request, &id, began, begun.as_ref(), &endpoint).await?;
    watch(Event::Began {
        id: id.clone(),
        tables: scope.tables.len(),
        bytes: scope.tables.iter().map(|table| table.bytes).sum(),
    });

    let pieces: VecDeque<_> = scope.pieces().into();
    let shared = Arc::new(Shared {
        settings,
        snapshot,
        store: request.store.clone(),
        id: id.clone(),
        level: request.level,
        tables: scope.tables.clone(),
        there,
        stop: AtomicBool::new(false),
        progress: Progress::of(&pieces),
        queue: Mutex::new(pieces),
    });
    // However this ends, the workers end as well.
    let _stop = StopAtEnd(shared.clone());
    let workers: Vec<_> = (0..request.jobs.max(1))
        .map(|_| {
            let shared = shared.clone();
            tokio::task::spawn_blocking(move || worker::work(&shared))
        })
        .collect();
    let Definitions { before, after, objects, missing } = definitions(&session, request, &shared).await?;
    let settings = serde_json::to_vec(&std::mem::take(&mut ground.settings)).unwrap_or_default();
    let settings = worker::keep(&shared, "schema/settings.json", seal::pack(&settings, DEFINITIONS_LEVEL)?).await?;
    let stand_ins = stand_ins(&session, &shared, &ground).await?;
    let sequences = sequences::read(&session).await.map_err(TakeError::server("reading the sequences"))?;
    let (taken, large_objects) = rows(&session, &shared, workers, watch).await?;
    let mut left_out = scope.left_out.clone();
    left_out.extend(missing);
    let source = source(&session, request, endpoint).await?;
    let mut manifest = Manifest {
        format: FORMAT,
        id: id.clone(),
        at,
        began,
        ended: Timestamp::now(),
        lsn,
        snapshot: Some(seen),
        source,
        ground,
        settings,
        schema: Schema { before, after, objects, stand_ins },
        tables: joined(&scope, taken),
        sequences,
        large_objects,
        left_out,
        recipients: request.store.keys().recipients(),
        found: Found::default(),
    };
    session.close().await;
    conclude(request, &mut manifest).await?;
    tidy(request.store, &manifest).await?;
    Ok(manifest)
}

/// Says that this backup is being taken, to go on with what was begun or anew.
async fn declare(
    request: &Request<'_>,
    id: &str,
    began: Timestamp,
    begun: Option<&Draft>,
    endpoint: &str,
) -> Result<(), TakeError> {
    if let Some(then) = begun
        && then.endpoint != endpoint
    {
        let (then, now) = (then.endpoint.clone(), endpoint.to_owned());
        return Err(TakeError::OtherSource { id: id.to_owned(), then, now });
    }
    let draft = Draft { id: id.to_owned(), began, endpoint: endpoint.to_owned(), target: request.target.clone() };
    request.store.put(&format!("{id}/{DRAFT}"), serde_json::to_vec(&draft).unwrap_or_default()).await?;
    backout_postgres::failpoint!("backup.draft");
    // From here on a prune sees that it is somebody's. One that was about to remove it is there already.
    if begun.is_some() {
        if marks::is_going(request.store, id).await? {
            return Err(TakeError::Going(id.to_owned()));
        }
        request.store.sweep(&format!("{id}/"), BELIEVED).await?;
    }
    Ok(())
}

/// What makes again all that is no row.
struct Definitions {
    before: Blob,
    after: Blob,
    objects: Blob,
    /// What a dump does not hold, and no restored database has.
    missing: Vec<LeftOut>,
}

/// Keeps the definitions, of which the catalog says that they stayed the same.
async fn definitions(session: &Session, request: &Request<'_>, shared: &Shared) -> Result<Definitions, TakeError> {
    let catalog = read_catalog(session, true).await?;
    let fingerprint = backout_schema::fingerprint(&catalog, catalog.outside());
    let views = session
        .scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relkind = 'm' AND relispopulated)::text")
        .await
        .map_err(TakeError::server("looking for materialized views"))?;
    let is_plain = views.as_deref() != Some("true");
    let before = dump(request, shared, "pre-data", true);
    let after = dump(request, shared, "post-data", is_plain);
    let (before, after) = if shared.tables.len() > LOCKS_AT_ONCE {
        // Each holds a lock on every table, and the server has room for so many.
        (before.await?, after.await?)
    } else {
        tokio::try_join!(before, after)?
    };
    let again = read_catalog(session, true).await?;
    if backout_schema::fingerprint(&again, again.outside()) != fingerprint {
        return Err(TakeError::Changed);
    }
    let missing: Vec<LeftOut> = catalog.outside().filter_map(|object| undumped(&catalog, object)).collect();
    let mut objects = backout_reversal::closure::all(&catalog);
    objects.retain(|what, _| !missing.iter().any(|left| left.what == *what));
    let objects = serde_json::to_vec(&objects).unwrap_or_default();
    let objects = worker::keep(shared, "schema/objects.json", seal::pack(&objects, DEFINITIONS_LEVEL)?).await?;
    Ok(Definitions { before, after, objects, missing })
}

/// The large objects, while the workers read the tables; and what those have read.
async fn rows(
    session: &Session,
    shared: &Shared,
    workers: Vec<Worker>,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<(Vec<worker::Taken>, Option<LargeObjects>), TakeError> {
    let large_objects = large::take(session, shared).await;
    if large_objects.is_err() {
        shared.stop.store(true, Ordering::Relaxed);
    }
    // What stopped the workers is the cause, and what they were stopped by is not.
    let taken = match (finish(workers, shared, watch).await, &large_objects) {
        (Err(TakeError::Stopped), Err(_)) => Vec::new(),
        (taken, _) => taken?,
    };
    Ok((taken, large_objects?))
}

/// The tables, each with all that was read of it.
fn joined(scope: &Scope, taken: Vec<worker::Taken>) -> Vec<Table> {
    let mut tables: Vec<Table> = scope
        .tables
        .iter()
        .map(|table| Table {
            schema: table.schema.clone(),
            name: table.name.clone(),
            columns: table.columns.clone(),
            form: table.form,
            fingerprint: Fingerprint::default(),
            chunks: Vec::new(),
        })
        .collect();
    for piece in taken {
        tables[piece.table].fingerprint.join(piece.fingerprint);
        tables[piece.table].chunks.extend(piece.chunks);
    }
    tables
}

/// Of what it is.
async fn source(session: &Session, request: &Request<'_>, endpoint: String) -> Result<Source, TakeError> {
    let server = session.scalar("SHOW server_version").await.map_err(TakeError::server("asking for the version"))?;
    let role = session.scalar("SELECT current_user").await.map_err(TakeError::server("asking for the role"))?;
    Ok(Source {
        target: request.target.clone(),
        endpoint: request.imported.as_ref().map_or(endpoint, Imported::endpoint),
        database: request.settings.database().unwrap_or_default().to_owned(),
        role: role.unwrap_or_default(),
        server: server.unwrap_or_default(),
        server_version: session.server_version(),
        identity: request.identity.clone(),
        taken_by: format!("backout {}", env!("CARGO_PKG_VERSION")),
        imported: request.imported.clone(),
        kept_by: request.kept_by.clone(),
    })
}

/// Writes the manifest, and its signature before it: what is signed is never there without.
async fn conclude(request: &Request<'_>, manifest: &mut Manifest) -> Result<(), TakeError> {
    let (store, id, bytes) = (request.store, manifest.id.clone(), manifest.to_bytes());
    let (name, signature) = (format!("{id}/{MANIFEST}"), format!("{id}/{SIGNATURE}"));
    let sidecar = request.sign.map(|key| key.sign(What::Manifest, &bytes));
    manifest.found = Found {
        digest: seal::digest(&bytes),
        signature: request.sign.map_or(Signature::NotSigned, |key| Signature::Signed { by: key.signer() }),
    };
    if let Some(sidecar) = &sidecar {
        // Of two who go on with one attempt, the one who comes too late leaves the other's signature alone.
        if store.list(&format!("{id}/")).await?.iter().any(|entry| entry.name == name) {
            return Err(TakeError::Overtaken(id));
        }
        store.put(&signature, sidecar.clone()).await?;
    } else if request.resume.is_some() {
        // What is gone on with may have been signed.
        store.delete(&signature).await?;
    }
    backout_postgres::failpoint!("backup.before_manifest");
    // Somebody may have gone on with what looked like an attempt of long ago: one of the two has it.
    match store.put_new(&name, bytes).await {
        Err(StoreError::Taken { .. }) => return Err(TakeError::Overtaken(id)),
        written => written?,
    }
    backout_postgres::failpoint!("backup.after_manifest");
    match sidecar {
        // The other one may have written its own in between.
        Some(sidecar) if store.get(&signature).await.ok().as_ref() != Some(&sidecar) => {
            Ok(store.put(&signature, sidecar).await?)
        }
        _ => Ok(()),
    }
}

/// That all is still there: somebody else may have pruned what looked like an attempt of long ago.
fn all_there(manifest: &Manifest, there: &BTreeMap<&str, u64>) -> Result<(), TakeError> {
    for blob in manifest.blobs() {
        let name = format!("{}/{}", manifest.id, blob.object);
        if there.get(name.as_str()) != Some(&blob.stored) {
            return Err(TakeError::Vanished(name));
        }
    }
    Ok(())
}

/// What stands in for the extensions where a sandbox lacks them; of those that every server has, nothing.
async fn stand_ins(session: &Session, shared: &Arc<Shared>, ground: &Ground) -> Result<Option<Blob>, TakeError> {
    // Types are to be named in full.
    session.batch("SET search_path = ''").await.map_err(TakeError::server("reading what extensions bring"))?;
    let mut all = Vec::new();
    for extension in ground.extensions.iter().filter(|extension| extension.name != "plpgsql") {
        let read = Extension::read(session, &extension.name).await;
        all.extend(read.map_err(TakeError::server("reading what extensions bring"))?);
    }
    if all.is_empty() {
        return Ok(None);
    }
    let bytes = serde_json::to_vec(&all).unwrap_or_default();
    Ok(Some(worker::keep(shared, "schema/stand-ins.json", seal::pack(&bytes, DEFINITIONS_LEVEL)?).await?))
}

/// What `pg_dump` leaves out, and why.
fn undumped(catalog: &Catalog, object: &Object) -> Option<LeftOut> {
    let why = match &object.detail {
        Detail::Other(other) if other.noun == "subscription" => "a restored database must not start to replicate",
        Detail::Index(index) if !index.valid && index.partition_of.is_none() && !is_partitioned(catalog, object) => {
            "an index that was never finished, of no use to anybody"
        }
        _ => return None,
    };
    Some(LeftOut {
        what: catalog.identity(object.id),
        why: why.to_owned(),
        rows_only: false,
        elsewhere: false,
        parts_of: Vec::new(),
    })
}

fn is_partitioned(catalog: &Catalog, index: &Object) -> bool {
    let table = index.parent.and_then(|table| catalog.get(table));
    matches!(table.map(|o| &o.detail), Some(Detail::Table(table)) if table.kind == TableKind::Partitioned)
}

/// Removes what an interrupted attempt left that this one did not use, and the draft.
async fn tidy(store: &Store, manifest: &Manifest) -> Result<(), TakeError> {
    let mut used: std::collections::BTreeSet<String> =
        manifest.blobs().map(|blob| format!("{}/{}", manifest.id, blob.object)).collect();
    used.insert(format!("{}/{MANIFEST}", manifest.id));
    if manifest.found.signature != Signature::NotSigned {
        used.insert(format!("{}/{SIGNATURE}", manifest.id));
    }
    let entries = store.list(&format!("{}/", manifest.id)).await?;
    if let Err(error) = all_there(manifest, &entries.iter().map(|entry| (entry.name.as_str(), entry.bytes)).collect()) {
        store.delete(&format!("{}/{MANIFEST}", manifest.id)).await?;
        return Err(error);
    }
    for entry in entries {
        let of_others = kind_of(&entry.name).is_some() || entry.name.starts_with(&format!("{}/proofs/", manifest.id));
        if !used.contains(&entry.name) && !of_others {
            store.delete(&entry.name).await?;
        }
    }
    Ok(())
}

/// What lies there of an attempt that was interrupted.
async fn interrupted(store: &Store, id: &str) -> Result<BTreeMap<String, u64>, TakeError> {
    let entries = store.list(&format!("{id}/")).await?;
    let has = |name: &str| entries.iter().any(|entry| entry.name == format!("{id}/{name}"));
    if !has(DRAFT) || has(MANIFEST) {
        return Err(TakeError::NotInterrupted(id.to_owned()));
    }
    Ok(entries.into_iter().map(|entry| (entry.name, entry.bytes)).collect())
}

const LSN: &str = "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END";

/// What holds still.
struct Held {
    scope: Scope,
    snapshot: String,
    /// Which transactions it has seen.
    seen: String,
    at: Timestamp,
    lsn: Option<String>,
}

async fn look(session: &Session, request: &Request<'_>) -> Result<Scope, TakeError> {
    let scope = Scope::look(session, request.tables, request.without).await;
    scope.map_err(TakeError::server("looking for the tables"))
}

/// Locks what is there against changes of its shape, and makes the snapshot that everybody reads.
async fn hold(session: &Session, request: &Request<'_>) -> Result<Held, TakeError> {
    for _ in 0..ATTEMPTS {
        let scope = look(session, request).await?;
        let mut unreadable = scope.unreadable.clone();
        let hidden = scope::hidden(session).await;
        unreadable.extend(hidden.map_err(TakeError::server("asking what the role may read"))?);
        if !unreadable.is_empty() {
            return Err(TakeError::Unreadable(unreadable));
        }
        if !scope.hanging.is_empty() {
            return Err(TakeError::Hanging(scope.hanging));
        }
        if let Some(pattern) = scope.unknown.first() {
            return Err(TakeError::Nothing(pattern.clone()));
        }
        // LOCK TABLE comes before the snapshot: what is locked cannot change any more, and the snapshot sees it.
        let timeout = request.lock_timeout.as_millis();
        // Before the snapshot: what is committed after it may be in the backup, what is committed before it is.
        let at = Timestamp::now();
        let lsn = session.scalar(LSN).await.ok().flatten();
        let begin = format!("{BEGIN} SET LOCAL lock_timeout = {timeout}; {SETTINGS}");
        session.batch(&begin).await.map_err(TakeError::server("beginning"))?;
        let names: Vec<String> = scope.tables.iter().map(|table| format!("ONLY {}", table.sql_name())).collect();
        let mut gone = false;
        for some in names.chunks(LOCKS_AT_ONCE) {
            match session.batch(&format!("LOCK TABLE {} IN ACCESS SHARE MODE", some.join(", "))).await {
                Ok(()) => {}
                Err(error)
                    if error.has_code(sqlstate::UNDEFINED_TABLE) || error.has_code(sqlstate::INVALID_SCHEMA_NAME) =>
                {
                    gone = true
                }
                Err(source) => return Err(TakeError::Server { doing: "locking the tables against changes", source }),
            }
            if gone {
                break;
            }
        }
        if !gone {
            let snapshot = session
                .scalar("SELECT pg_catalog.pg_export_snapshot()")
                .await
                .map_err(TakeError::server("exporting the snapshot"))?
                .unwrap_or_default();
            let seen = session.scalar("SELECT pg_catalog.pg_current_snapshot()").await;
            let seen = seen.map_err(TakeError::server("reading the snapshot"))?.unwrap_or_default();
            let held = look(session, request).await?;
            let shape = |scope: &Scope| -> Vec<(u32, String, Vec<String>)> {
                scope.tables.iter().map(|table| (table.oid, table.sql_name(), table.columns.clone())).collect()
            };
            if shape(&held) == shape(&scope) {
                return Ok(Held { scope: held, snapshot, seen, at, lsn });
            }
        }
        session.batch("ROLLBACK").await.map_err(TakeError::server("beginning anew"))?;
    }
    Err(TakeError::Restless)
}

/// One half of the definitions, by `pg_dump` at the common snapshot.
///
/// Without --schema-only it would read every sequence, and keep it locked, for a section that nobody asked for; with it,
/// no materialized view would be filled again.
async fn dump(request: &Request<'_>, shared: &Shared, section: &str, schema_only: bool) -> Result<Blob, TakeError> {
    let output = command(request.pg_dump, &shared.settings)
        .args(["--no-password", "--no-subscriptions", "--no-blobs", "--quote-all-identifiers"])
        .args(schema_only.then_some("--schema-only"))
        .arg(format!("--section={section}"))
        .arg(format!("--snapshot={}", shared.snapshot))
        .arg(format!("--lock-wait-timeout={}", request.lock_timeout.as_millis()))
        .output()
        .await
        .map_err(|source| TakeError::Program { program: request.pg_dump.to_owned(), source })?;
    if !output.status.success() {
        return Err(TakeError::Dump(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let packed = seal::pack(&output.stdout, DEFINITIONS_LEVEL)?;
    worker::keep(shared, &format!("schema/{section}.sql"), packed).await
}

/// Definitions are small, and read more often than rows.
const DEFINITIONS_LEVEL: i32 = 9;

/// A reader, and what it has read.
type Worker = tokio::task::JoinHandle<Result<Vec<worker::Taken>, TakeError>>;

/// Waits for the workers and tells how far they are.
async fn finish(
    workers: Vec<Worker>,
    shared: &Shared,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<Vec<worker::Taken>, TakeError> {
    let mut taken = Vec::new();
    let mut failure: Option<TakeError> = None;
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    for mut worker in workers {
        let ended = loop {
            tokio::select! {
                ended = &mut worker => break ended,
                _ = ticks.tick() => watch(shared.progress.event()),
            }
        };
        match ended {
            Ok(Ok(pieces)) => taken.extend(pieces),
            // The one that failed is the cause; the others were told to stop.
            Ok(Err(TakeError::Stopped)) => failure = failure.or(Some(TakeError::Stopped)),
            Ok(Err(error)) => {
                failure = Some(match failure {
                    None | Some(TakeError::Stopped) => error,
                    Some(first) => first,
                });
            }
            Err(stopped) => failure = Some(TakeError::Runtime(std::io::Error::other(stopped))),
        }
    }
    watch(shared.progress.event());
    if let Some(error) = failure {
        return Err(error);
    }
    taken.sort_by_key(|piece| (piece.table, piece.number));
    Ok(taken)
}

impl Progress {
    fn of(pieces: &VecDeque<scope::Piece>) -> Self {
        Self { bytes: pieces.iter().map(|piece| piece.bytes).sum(), ..Self::default() }
    }

    fn event(&self) -> Event {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Event::Progress {
            rows: read(&self.rows),
            raw: read(&self.raw),
            stored: read(&self.stored),
            kept: read(&self.kept),
            percent: (read(&self.done) * 100).checked_div(self.bytes).unwrap_or(100),
        }
    }
}

/// Tells the workers to stop when the one who waits for them goes away.
struct StopAtEnd(Arc<Shared>);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(progress: &Progress) -> u64 {
        let Event::Progress { percent, .. } = progress.event() else { panic!("it tells how far it is") };
        percent
    }

    #[test]
    fn progress_ends_at_the_whole_whatever_was_sent() {
        let pieces = |bytes: &[u64]| {
            bytes.iter().map(|bytes| scope::Piece { bytes: *bytes, ..scope::Piece::whole(0) }).collect()
        };
        let progress = Progress::of(&pieces(&[8192, 0, 3 << 20, 64 << 20]));
        assert_eq!(percent(&progress), 0);
        // A row of COPY may be much larger than one on disk.
        progress.raw.fetch_add(1 << 40, Ordering::Relaxed);
        for (piece, expected) in [(64 << 20, 95), (3 << 20, 99), (0, 99), (8192, 100)] {
            progress.done.fetch_add(piece, Ordering::Relaxed);
            assert_eq!(percent(&progress), expected);
        }
        assert_eq!(percent(&Progress::of(&pieces(&[]))), 100, "nothing is all of nothing");
    }
}
