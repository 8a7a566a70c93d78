//! One reader: takes pieces from the queue until none is left, each in one COPY at the common snapshot, and stores
//! what it read in chunks.
//!
//! A worker has a thread and a runtime of its own: what the driver receives is compressed on the core that received it.

use backout_postgres::sqlstate;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use backout_plan::ConnectionSettings;
use backout_postgres::session::{ConnectOptions, Session, connect};
use futures_util::TryStreamExt;

use super::TakeError;
use crate::manifest::Blob;
use crate::scope::{Piece, Source};
use crate::seal::{Packed, Packer, SealError, digest};
use crate::sessions::LOCKS_AT_ONCE;
use crate::store::Store;
use crate::stream::{Fingerprint, Form, HEADER, Rows, StreamError, TRAILER};

/// A chunk is closed when it has this many bytes, before compression …
const CHUNK_RAW: u64 = 64 << 20;
/// … or this many after it: what does not shrink must not fill the memory either.
const CHUNK_STORED: usize = 16 << 20;

/// What all workers share.
#[derive(Debug)]
pub struct Shared {
    pub settings: ConnectionSettings,
    pub snapshot: String,
    pub store: Store,
    /// The backup's id, under which objects lie.
    pub id: String,
    pub level: i32,
    pub tables: Vec<Source>,
    pub queue: Mutex<VecDeque<Piece>>,
    /// Objects that lie there from an attempt that was interrupted, and their sizes.
    pub there: BTreeMap<String, u64>,
    pub stop: AtomicBool,
    pub progress: Progress,
}

/// How far it is; read by whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    pub rows: AtomicU64,
    pub raw: AtomicU64,
    pub stored: AtomicU64,
    /// Chunks that were there already.
    pub kept: AtomicU64,
    /// Of the tables on disk, by the pieces that were read, and how much there is of them.
    pub done: AtomicU64,
    pub bytes: u64,
}

/// What became of one piece.
#[derive(Debug)]
pub struct Taken {
    pub table: usize,
    pub number: usize,
    pub fingerprint: Fingerprint,
    pub chunks: Vec<Blob>,
}

impl Shared {
    fn next(&self) -> Option<Piece> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// Works until the queue is empty or somebody stopped it.
pub fn work(shared: &Shared) -> Result<Vec<Taken>, TakeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(TakeError::Runtime)?;
    let result = runtime.block_on(async {
        let mut taken = Vec::new();
        let mut next = shared.next();
        if next.is_none() {
            return Ok(taken);
        }
        let session = begin(shared).await?;
        let reading = session.plain_savepoint("backout_tables").await;
        let reading = reading.map_err(TakeError::server("joining the snapshot"))?;
        let mut locked: BTreeSet<usize> = BTreeSet::new();
        while let Some(piece) = next {
            if locked.len() >= LOCKS_AT_ONCE && !locked.contains(&piece.table) {
                // The first session keeps the tables as they are; ours are needed while we read.
                reading.start_over().await.map_err(TakeError::server("letting tables go that were read"))?;
                locked.clear();
            }
            if locked.insert(piece.table) {
                lock(&session, &shared.tables[piece.table]).await?;
            }
            taken.push(read(shared, &session, &piece).await?);
            shared.progress.done.fetch_add(piece.bytes, Ordering::Relaxed);
            next = shared.next();
        }
        session.close().await;
        Ok(taken)
    });
    if result.is_err() {
        shared.stop.store(true, Ordering::Relaxed);
    }
    result
}

/// A session that sees what the first one sees.
pub async fn begin(shared: &Shared) -> Result<Session, TakeError> {
    let options = ConnectOptions { application_name: Some("backout backup".to_owned()), on_notice: None };
    let session = connect(&shared.settings, &options).await?;
    let sql = format!("{} SET TRANSACTION SNAPSHOT '{}'; {}", super::BEGIN, shared.snapshot, super::SETTINGS);
    session.batch(&sql).await.map_err(TakeError::server("joining the snapshot"))?;
    Ok(session)
}

/// The first session has the lock; whoever waits to change the table waits for that one. To queue behind them would be to
/// wait for ourselves, and everybody else with us.
async fn lock(session: &Session, source: &Source) -> Result<(), TakeError> {
    let sql = format!("LOCK TABLE ONLY {} IN ACCESS SHARE MODE NOWAIT", source.sql_name());
    match session.batch(&sql).await {
        Err(error) if error.has_code(sqlstate::LOCK_NOT_AVAILABLE) => {
            Err(TakeError::Altered { table: source.sql_name() })
        }
        other => other.map_err(TakeError::server("locking a table against changes")),
    }
}

async fn read(shared: &Shared, session: &Session, piece: &Piece) -> Result<Taken, TakeError> {
    let source = &shared.tables[piece.table];
    let name = format!("data/{:05}-{:05}", piece.table, piece.number);
    let (fingerprint, chunks) =
        stream(shared, session, &source.sql_name(), &source.copy(piece), source.form, &name).await?;
    Ok(Taken { table: piece.table, number: piece.number, fingerprint, chunks })
}

/// Reads what one COPY sends, and stores it in chunks under names that begin so.
pub async fn stream(
    shared: &Shared,
    session: &Session,
    what: &str,
    sql: &str,
    form: Form,
    name: &str,
) -> Result<(Fingerprint, Vec<Blob>), TakeError> {
    let failed = |error: tokio_postgres::Error| TakeError::Read { table: what.to_owned(), source: error.into() };
    let broken = |error: StreamError| TakeError::Stream { table: what.to_owned(), source: error };
    let stream = session.copy_out(sql).await.map_err(failed)?;
    let mut stream = std::pin::pin!(stream);
    let mut rows = Rows::new(form);
    let mut fingerprint = Fingerprint::default();
    let mut chunks = Vec::new();
    let mut chunk = Chunk::new(shared, form)?;
    while let Some(message) = stream.try_next().await.map_err(failed)? {
        if shared.stop.load(Ordering::Relaxed) {
            return Err(TakeError::Stopped);
        }
        let mut write = Ok(());
        let before = fingerprint.rows;
        let fed = rows.feed(&message, |row| {
            fingerprint.add(row);
            if write.is_ok() {
                write = chunk.packer.write(row);
            }
        });
        fed.map_err(broken)?;
        write?;
        chunk.rows += fingerprint.rows - before;
        if chunk.is_full() {
            let full = std::mem::replace(&mut chunk, Chunk::new(shared, form)?);
            chunks.push(full.store(shared, name, chunks.len()).await?);
        }
    }
    rows.finish().map_err(broken)?;
    if chunk.rows > 0 {
        chunks.push(chunk.store(shared, name, chunks.len()).await?);
    }
    Ok((fingerprint, chunks))
}

/// A chunk that is being read: a whole COPY stream by itself.
struct Chunk {
    packer: Packer,
    form: Form,
    rows: u64,
}

impl Chunk {
    fn new(shared: &Shared, form: Form) -> Result<Self, TakeError> {
        let mut packer = Packer::new(shared.level)?;
        if form == Form::Binary {
            packer.write(HEADER)?;
        }
        Ok(Self { packer, form, rows: 0 })
    }

    fn is_full(&self) -> bool {
        self.packer.raw() >= CHUNK_RAW || self.packer.stored() >= CHUNK_STORED
    }

    async fn store(mut self, shared: &Shared, name: &str, place: usize) -> Result<Blob, TakeError> {
        if self.form == Form::Binary {
            self.packer.write(TRAILER)?;
        }
        let packed = self.packer.finish()?;
        let name = format!("{name}-{place:05}");
        shared.progress.rows.fetch_add(self.rows, Ordering::Relaxed);
        backout_postgres::failpoint!("backup.chunk");
        keep(shared, &name, packed).await
    }
}

/// Stores a chunk under a name with a part of its digest in it, unless it lies there already.
pub async fn keep(shared: &Shared, name: &str, packed: Packed) -> Result<Blob, TakeError> {
    let (keys, mut packed, mut kind) = (shared.store.keys(), packed, "zst");
    if keys.encrypts() {
        // Its name tells nothing of what is in it, so an attempt that goes on writes it again.
        packed.bytes = keys.encrypt(&packed.bytes).map_err(SealError::from)?;
        packed.digest = digest(&packed.bytes);
        kind = "zst.age";
    }
    let stored = packed.bytes.len() as u64;
    let object = format!("{name}-{}.{kind}", &packed.digest[..16]);
    let blob = Blob { object, raw: packed.raw, stored, digest: packed.digest, encrypted: keys.encrypts() };
    shared.progress.raw.fetch_add(blob.raw, Ordering::Relaxed);
    shared.progress.stored.fetch_add(stored, Ordering::Relaxed);
    let full = format!("{}/{}", shared.id, blob.object);
    if shared.there.get(&full) == Some(&stored) {
        // An interrupted attempt wrote it; its name tells what is in it, a look tells whether it is whole.
        let bytes = shared.store.get(&full).await?;
        if crate::seal::check(&blob, &bytes).is_ok() {
            shared.progress.kept.fetch_add(1, Ordering::Relaxed);
            return Ok(blob);
        }
    }
    shared.store.put(&full, packed.bytes).await?;
    Ok(blob)
}
