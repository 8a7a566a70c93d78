//! What several sessions do at once: chunks of rows, then each table's indexes, or keys between tables.
//!
//! An index waits for its table's rows; a key for nobody who holds one of its tables. The largest come first, so that
//! the last worker does not end long after the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backout_plan::ConnectionSettings;
use backout_postgres::session::Session;
use backout_schema::ident;
use bytes::Bytes;
use futures_util::SinkExt;

use super::schema::{Kind, Step, name_of};
use super::{Event, Request, RestoreError, begin, short};
use crate::manifest::{Blob, Table};
use crate::seal;
use crate::store::Store;
use crate::stream::Form;

/// Memory for one index build. PostgreSQL's own default makes it sort in many runs.
const BUILD_MEMORY: &str = "SET maintenance_work_mem = '256MB'";

/// Tasks that are left, and what they wait for.
#[derive(Debug)]
pub struct Work {
    settings: ConnectionSettings,
    store: Store,
    id: String,
    state: Mutex<Left>,
    changed: Condvar,
    stop: AtomicBool,
    loaded: AtomicU64,
    total: u64,
    built: Mutex<Vec<String>>,
}

#[derive(Debug, Default)]
struct Left {
    /// Chunks of tables, the largest table last, as they are taken from the end.
    chunks: Vec<Chunk>,
    /// Chunks of a table that are not in yet.
    open: BTreeMap<String, usize>,
    indexes: Vec<(String, u64, String)>,
    keys: Vec<Step>,
    /// Tables that a key is being made on.
    held: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct Chunk {
    table: String,
    copy: String,
    blob: Blob,
}

enum Task {
    Load(Chunk),
    Index(String),
    Key(Step),
}

/// The chunks of tables, and how large each is.
fn chunks(mut tables: Vec<(&Table, String)>) -> (Left, BTreeMap<String, u64>) {
    let size = |table: &Table| table.chunks.iter().map(|chunk| chunk.raw).sum::<u64>();
    tables.sort_by_key(|(table, _)| size(table));
    let mut left = Left::default();
    let mut sizes = BTreeMap::new();
    for (table, name) in tables {
        let copy = copy(table, &name);
        left.open.insert(name.clone(), table.chunks.len());
        sizes.insert(name.clone(), size(table));
        // From the end: the first chunk first.
        let all = table.chunks.iter().rev();
        left.chunks.extend(all.map(|blob| Chunk { table: name.clone(), copy: copy.clone(), blob: blob.clone() }));
    }
    (left, sizes)
}

/// What puts a chunk of a table into one of this name.
pub fn copy(table: &Table, name: &str) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| ident(column)).collect();
    let format = match table.form {
        Form::Binary => "binary",
        Form::Text => "text",
    };
    // Rows without columns cannot be listed; there is nothing to list either.
    let list = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
    format!("COPY {name}{list} FROM STDIN (FORMAT {format})")
}

impl Work {
    /// Rows and indexes.
    pub fn new(request: &Request<'_>, indexes: Vec<Step>) -> Self {
        let tables = request.manifest.tables.iter().map(|table| (table, name_of(&table.schema, &table.name)));
        let (mut left, sizes) = chunks(tables.collect());
        for step in indexes {
            let Kind::Index { table } = &step.kind else { continue };
            left.indexes.push((table.clone(), sizes.get(table).copied().unwrap_or(0), step.alone()));
        }
        Self::of(request, left)
    }

    /// Rows of some tables, into those that are named beside them.
    pub fn rows(request: &Request<'_>, tables: &[(&Table, String)]) -> Self {
        Self::of(request, chunks(tables.to_vec()).0)
    }

    /// Keys between tables.
    pub fn keys(request: &Request<'_>, keys: Vec<Step>) -> Self {
        Self::of(request, Left { keys, ..Left::default() })
    }

    fn of(request: &Request<'_>, left: Left) -> Self {
        Self {
            settings: request.settings.clone(),
            store: request.store.clone(),
            id: request.manifest.id.clone(),
            total: left.chunks.iter().map(|chunk| chunk.blob.stored).sum(),
            state: Mutex::new(left),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
            loaded: AtomicU64::new(0),
            built: Mutex::new(Vec::new()),
        }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task, when there is one; `None` when nothing is left or somebody stopped.
    fn next(&self) -> Option<Task> {
        let mut left = self.left();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            // An index whose rows are there before other rows: they are still in memory.
            let ready = left
                .indexes
                .iter()
                .enumerate()
                .filter(|(_, (table, ..))| left.open.get(table).is_none_or(|open| *open == 0))
                .max_by_key(|(_, (_, size, _))| *size)
                .map(|(place, _)| place);
            if let Some(place) = ready {
                return Some(Task::Index(left.indexes.swap_remove(place).2));
            }
            if let Some(chunk) = left.chunks.pop() {
                return Some(Task::Load(chunk));
            }
            let free = left.keys.iter().position(|step| match &step.kind {
                Kind::Key { from, to } => !left.held.contains(from) && !left.held.contains(to),
                _ => true,
            });
            if let Some(place) = free {
                let step = left.keys.remove(place);
                if let Kind::Key { from, to } = &step.kind {
                    left.held.extend([from.clone(), to.clone()]);
                }
                return Some(Task::Key(step));
            }
            if left.indexes.is_empty() && left.keys.is_empty() {
                return None;
            }
            left = self.changed.wait(left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// That a task is done: others may have waited for it.
    fn done(&self, task: &Task) {
        let mut left = self.left();
        match task {
            Task::Load(chunk) => {
                self.loaded.fetch_add(chunk.blob.stored, Ordering::Relaxed);
                if let Some(open) = left.open.get_mut(&chunk.table) {
                    *open -= 1;
                }
            }
            Task::Index(sql) => self.tell(short(sql)),
            Task::Key(step) => {
                if let Kind::Key { from, to } = &step.kind {
                    left.held.remove(from);
                    left.held.remove(to);
                }
                self.tell(short(&step.sql));
            }
        }
        self.changed.notify_all();
    }

    /// Under the lock: whoever is about to wait would miss the word.
    fn halt(&self) {
        let _left = self.left();
        self.stop.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    fn tell(&self, what: String) {
        self.built.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    fn run(&self) -> Result<(), RestoreError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RestoreError::Runtime)?;
        let outcome = runtime.block_on(async {
            let mut session: Option<Session> = None;
            while let Some(task) = self.next() {
                let session = match &mut session {
                    Some(session) => session,
                    none => {
                        let fresh = begin(&self.settings).await?;
                        fresh.batch(BUILD_MEMORY).await.map_err(RestoreError::server("beginning"))?;
                        none.insert(fresh)
                    }
                };
                match &task {
                    Task::Load(chunk) => {
                        load_chunk(session, &self.store, &self.id, &chunk.blob, &chunk.table, &chunk.copy).await?;
                        backout_postgres::failpoint!("restore.chunk");
                    }
                    Task::Index(sql) | Task::Key(Step { sql, .. }) => {
                        let built = session.batch(sql).await;
                        built.map_err(|source| RestoreError::Statement { sql: sql.clone(), source })?;
                    }
                }
                self.done(&task);
            }
            if let Some(session) = session {
                session.close().await;
            }
            Ok(())
        });
        if outcome.is_err() {
            self.halt();
        }
        outcome
    }
}

/// Does all of it with so many sessions.
pub async fn all(work: &Arc<Work>, jobs: usize, watch: &(dyn Fn(Event) + Sync)) -> Result<(), RestoreError> {
    let _stop = StopAtEnd(work.clone());
    let workers: Vec<_> = (0..jobs.max(1))
        .map(|_| {
            let work = work.clone();
            tokio::task::spawn_blocking(move || work.run())
        })
        .collect();
    let mut failure = None;
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    for mut worker in workers {
        let ended = loop {
            tokio::select! {
                ended = &mut worker => break ended,
                _ = ticks.tick() => work.report(watch),
            }
        };
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => failure = failure.or(Some(error)),
            Err(stopped) => failure = failure.or(Some(RestoreError::Runtime(std::io::Error::other(stopped)))),
        }
    }
    work.report(watch);
    failure.map_or(Ok(()), Err)
}

impl Work {
    fn report(&self, watch: &(dyn Fn(Event) + Sync)) {
        for what in std::mem::take(&mut *self.built.lock().unwrap_or_else(PoisonError::into_inner)) {
            watch(Event::Built { what });
        }
        if self.total > 0 {
            watch(Event::Loaded { stored: self.loaded.load(Ordering::Relaxed), of: self.total });
        }
    }
}

/// Puts one chunk in, which is a whole COPY stream.
pub async fn load_chunk(
    session: &Session,
    store: &Store,
    id: &str,
    blob: &Blob,
    table: &str,
    copy: &str,
) -> Result<(), RestoreError> {
    let bytes = store.get(&format!("{id}/{}", blob.object)).await?;
    seal::check(blob, &bytes)?;
    let failed = |error: tokio_postgres::Error| RestoreError::Load { table: table.to_owned(), source: error.into() };
    let sink = session.copy_in::<Bytes>(copy).await.map_err(failed)?;
    let mut sink = std::pin::pin!(sink);
    for piece in seal::pieces(blob, &bytes, store.keys())? {
        sink.send(Bytes::from(piece?)).await.map_err(failed)?;
    }
    sink.finish().await.map_err(failed)?;
    Ok(())
}

/// Tells the workers to stop when the one who waits for them goes away.
struct StopAtEnd(Arc<Work>);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.halt();
    }
}
