//! Journals in one SQLite file, for one machine.
//!
//! Must not know: PostgreSQL.

mod outbox;
mod shared;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backout_runbook::chain::Head;
use backout_runbook::{Event, Record};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, TransactionBehavior, params};

use crate::{Author, Change, Held, Label, Lease, NewChange, Result, StoreError, Summary};

const FORMAT: u32 = 1;
/// How long a writer waits for another one. Each writes for milliseconds.
const BUSY: Duration = Duration::from_secs(10);
/// Between two attempts at opening the file.
const BETWEEN: Duration = Duration::from_millis(20);
const TABLES: &str = "
CREATE TABLE run (
    id TEXT PRIMARY KEY, procedure TEXT NOT NULL, target TEXT, opened TEXT NOT NULL, opener TEXT NOT NULL,
    changed TEXT NOT NULL, phase TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
    fence INTEGER NOT NULL, holder TEXT, until TEXT
) STRICT;
CREATE INDEX run_opened ON run (opened);
CREATE TABLE record (
    run TEXT NOT NULL REFERENCES run, seq INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL,
    fence INTEGER NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE kept (
    run TEXT NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (run, name)
) STRICT;
CREATE TRIGGER record_stays BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'a journal is only added to'); END;
CREATE TRIGGER record_is_kept BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'a journal is only added to'); END;
";
/// What came later. Who does not know of it leaves it alone, so the format is the same.
const ADDED: &str = "
CREATE TABLE IF NOT EXISTS change (
    version INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, by TEXT NOT NULL, kind TEXT NOT NULL,
    place TEXT NOT NULL, mark TEXT, body TEXT NOT NULL, sealed BLOB, done TEXT
) STRICT;
CREATE TRIGGER IF NOT EXISTS change_stays BEFORE UPDATE ON change
    WHEN OLD.done IS NOT NULL OR (OLD.version, OLD.at, OLD.by, OLD.kind, OLD.place, OLD.mark, OLD.body, OLD.sealed)
        IS NOT (NEW.version, NEW.at, NEW.by, NEW.kind, NEW.place, NEW.mark, NEW.body, NEW.sealed)
    BEGIN SELECT RAISE(ABORT, 'a history is only added to'); END;
CREATE TRIGGER IF NOT EXISTS change_is_kept BEFORE DELETE ON change
    BEGIN SELECT RAISE(ABORT, 'a history is only added to'); END;
";

#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

type Sql<T> = std::result::Result<T, rusqlite::Error>;

impl Sqlite {
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let path = path.to_path_buf();
        let opened = tokio::task::spawn_blocking(move || open(&path).map(|connection| (path, connection)));
        let (path, connection) = opened.await.map_err(|_| StoreError::Gone)??;
        Ok(Self { path, connection: Arc::new(Mutex::new(connection)) })
    }

    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Runs `work` in one transaction that nobody else writes beside, away from the threads of the runtime.
    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Sql<Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (connection, name) = (self.connection.clone(), self.name());
        let done = tokio::task::spawn_blocking(move || -> Result<T> {
            let failed = |source| StoreError::Sqlite { doing, path: name.clone(), source };
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
            let done = work(&transaction).map_err(failed)??;
            transaction.commit().map_err(failed)?;
            Ok(done)
        });
        done.await.map_err(|_| StoreError::Gone)?
    }

    async fn look<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Sql<Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (connection, name) = (self.connection.clone(), self.name());
        let done = tokio::task::spawn_blocking(move || -> Result<T> {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection).map_err(|source| StoreError::Sqlite { doing, path: name.clone(), source })?
        });
        done.await.map_err(|_| StoreError::Gone)?
    }

    pub(crate) async fn open_run(
        &self,
        run: &str,
        label: &Label,
        holder: &str,
        by: &str,
        for_: Duration,
        event: &Event,
    ) -> Result<(Lease, Record)> {
        let at = Timestamp::now();
        let record = Record::after(run, None, at, by, 1, event);
        let lease = Lease { run: run.to_owned(), holder: holder.to_owned(), fence: 1, until: at + for_ };
        let (label, answer) = (label.clone(), (lease.clone(), record.clone()));
        self.write("opening a run", move |sql| {
            let made = sql.execute(
                "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5, ?4, 'running', 1, ?6, 1, ?7, ?8) ON CONFLICT DO NOTHING",
                params![
                    lease.run,
                    label.procedure,
                    label.target,
                    stamp(at),
                    record.by,
                    record.hash,
                    lease.holder,
                    stamp(lease.until)
                ],
            )?;
            if made == 0 {
                return Ok(Err(StoreError::Exists(lease.run)));
            }
            insert(sql, &lease.run, &record)?;
            Ok(Ok(()))
        })
        .await?;
        Ok(answer)
    }

    pub(crate) async fn hold(&self, run: &str, holder: &str, for_: Duration, gone: Option<&str>) -> Result<Lease> {
        let (run, holder, gone) = (run.to_owned(), holder.to_owned(), gone.map(str::to_owned));
        self.write("holding a run", move |sql| {
            let Some(standing) = standing(sql, &run)? else { return Ok(Err(StoreError::Unknown(run))) };
            let now = Timestamp::now();
            if let (Some(by), Some(until)) = (standing.holder, standing.until)
                && until > now
                && gone.as_ref() != Some(&by)
            {
                return Ok(Err(StoreError::Held { run, holder: by, until }));
            }
            let lease = Lease { run, holder, fence: standing.fence + 1, until: now + for_ };
            sql.execute(
                "UPDATE run SET fence = ?2, holder = ?3, until = ?4 WHERE id = ?1",
                params![lease.run, number(lease.fence), lease.holder, stamp(lease.until)],
            )?;
            Ok(Ok(lease))
        })
        .await
    }

    pub(crate) async fn renew(&self, lease: &Lease, for_: Duration) -> Result<Lease> {
        let mut lease = lease.clone();
        self.write("holding a run for longer", move |sql| {
            lease.until = Timestamp::now() + for_;
            let kept = sql.execute(
                "UPDATE run SET until = ?3 WHERE id = ?1 AND fence = ?2",
                params![lease.run, number(lease.fence), stamp(lease.until)],
            )?;
            if kept == 0 {
                return Ok(Err(fenced(sql, &lease)?));
            }
            Ok(Ok(lease))
        })
        .await
    }

    pub(crate) async fn release(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.write("letting go of a run", move |sql| {
            sql.execute(
                "UPDATE run SET holder = NULL, until = NULL WHERE id = ?1 AND fence = ?2",
                params![lease.run, number(lease.fence)],
            )?;
            Ok(Ok(()))
        })
        .await
    }

    pub(crate) async fn held(&self, run: &str) -> Result<Option<Held>> {
        let run = run.to_owned();
        self.look("asking who holds a run", move |sql| {
            let Some(standing) = standing(sql, &run)? else { return Ok(Err(StoreError::Unknown(run))) };
            let held = standing.holder.zip(standing.until).filter(|(_, until)| *until > Timestamp::now());
            Ok(Ok(held.map(|(holder, until)| Held { holder, until })))
        })
        .await
    }

    pub(crate) async fn append(
        &self,
        run: &str,
        author: Author<'_>,
        by: &str,
        head: &Head,
        phase: &str,
        event: &Event,
    ) -> Result<Record> {
        let lease = match author {
            Author::Holder(lease) => Some(lease.clone()),
            Author::Person(_) => None,
        };
        let (run, by, head, phase, event) =
            (run.to_owned(), by.to_owned(), head.clone(), phase.to_owned(), event.clone());
        self.write("writing a record", move |sql| {
            let Some(standing) = standing(sql, &run)? else { return Ok(Err(StoreError::Unknown(run))) };
            if let Some(lease) = lease
                && lease.fence != standing.fence
            {
                return Ok(Err(StoreError::Fenced { run, fence: lease.fence, newest: standing.fence }));
            }
            if standing.head != head {
                return Ok(Err(StoreError::Moved { run, seq: head.seq + 1 }));
            }
            let record = Record::after(&run, Some(&head), Timestamp::now(), &by, standing.fence, &event);
            insert(sql, &run, &record)?;
            sql.execute(
                "UPDATE run SET changed = ?2, phase = ?3, seq = ?4, hash = ?5 WHERE id = ?1",
                params![run, stamp(record.at), phase, number(record.seq), record.hash],
            )?;
            Ok(Ok(record))
        })
        .await
    }

    pub(crate) async fn read(&self, run: &str) -> Result<(Vec<Record>, Head)> {
        let run = run.to_owned();
        self.look("reading a journal", move |sql| {
            let Some(standing) = standing(sql, &run)? else { return Ok(Err(StoreError::Unknown(run))) };
            Ok(records(sql, &run, 0)?.map(|records| (records, standing.head)))
        })
        .await
    }

    pub(crate) async fn after(&self, run: &str, seq: u64) -> Result<Vec<Record>> {
        let run = run.to_owned();
        self.look("reading a journal", move |sql| records(sql, &run, seq)).await
    }

    pub(crate) async fn list(&self, limit: u32) -> Result<Vec<Summary>> {
        self.look("listing runs", move |sql| {
            let mut query = sql.prepare(
                "SELECT id, procedure, target, opened, opener, changed, seq, phase, CASE WHEN until > ?2 THEN holder END \
                 FROM run ORDER BY opened DESC, id DESC LIMIT ?1",
            )?;
            let summary = |row: &Row<'_>| {
                Ok(Summary {
                    run: row.get(0)?,
                    procedure: row.get(1)?,
                    target: row.get(2)?,
                    opened: time(row, 3)?,
                    opener: row.get(4)?,
                    changed: time(row, 5)?,
                    records: row.get::<_, i64>(6)?.unsigned_abs(),
                    phase: row.get(7)?,
                    holder: row.get(8)?,
                })
            };
            let found = query.query_map(params![limit, stamp(Timestamp::now())], summary)?;
            Ok(Ok(found.collect::<Sql<_>>()?))
        })
        .await
    }

    pub(crate) async fn keep(&self, run: &str, name: &str, bytes: &[u8]) -> Result<()> {
        let (run, name, bytes) = (run.to_owned(), name.to_owned(), bytes.to_vec());
        self.write("keeping something of a run", move |sql| {
            sql.execute("INSERT OR REPLACE INTO kept VALUES (?1, ?2, ?3)", params![run, name, bytes])?;
            Ok(Ok(()))
        })
        .await
    }

    pub(crate) async fn kept(&self, run: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let (run, name) = (run.to_owned(), name.to_owned());
        self.look("looking for something of a run", move |sql| {
            let query = "SELECT bytes FROM kept WHERE run = ?1 AND name = ?2";
            Ok(Ok(sql.query_row(query, params![run, name], |row| row.get(0)).optional()?))
        })
        .await
    }
}

/// The history of values.
impl Sqlite {
    pub(crate) async fn change(&self, by: &str, change: &NewChange) -> Result<u64> {
        let (by, change) = (by.to_owned(), change.clone());
        self.write("writing a change down", move |sql| {
            sql.execute(
                "INSERT INTO change (at, by, kind, place, mark, body, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    stamp(Timestamp::now()),
                    by,
                    change.kind,
                    change.place,
                    change.mark,
                    change.body,
                    change.sealed
                ],
            )?;
            Ok(Ok(sql.last_insert_rowid().unsigned_abs()))
        })
        .await
    }

    pub(crate) async fn changed(&self, version: u64, facts: &str) -> Result<()> {
        let facts = facts.to_owned();
        self.write("noting what came of a change", move |sql| {
            sql.execute(
                "UPDATE change SET done = ?2 WHERE version = ?1 AND done IS NULL",
                params![number(version), facts],
            )?;
            Ok(Ok(()))
        })
        .await
    }

    pub(crate) async fn changes(&self, place: Option<&str>) -> Result<Vec<Change>> {
        let place = place.map(str::to_owned);
        self.look("reading the history of values", move |sql| {
            let mut query = sql.prepare(
                "SELECT version, at, by, kind, place, mark, body, sealed, done FROM change \
                 WHERE ?1 IS NULL OR place = ?1 ORDER BY version",
            )?;
            let change = |row: &Row<'_>| {
                Ok(Change {
                    version: row.get::<_, i64>(0)?.unsigned_abs(),
                    at: time(row, 1)?,
                    by: row.get(2)?,
                    what: NewChange {
                        kind: row.get(3)?,
                        place: row.get(4)?,
                        mark: row.get(5)?,
                        body: row.get(6)?,
                        sealed: row.get(7)?,
                    },
                    done: row.get(8)?,
                })
            };
            let found = query.query_map(params![place], change)?;
            Ok(Ok(found.collect::<Sql<_>>()?))
        })
        .await
    }
}

/// Where several make the file at once, SQLite tells some of them at once that it is locked: it waits for locks on rows,
/// not for the way in which it keeps its journal.
fn open(path: &Path) -> Result<Connection> {
    let began = Instant::now();
    loop {
        match try_open(path) {
            Err(StoreError::Sqlite { source, .. }) if is_busy(&source) && began.elapsed() < BUSY => {
                std::thread::sleep(BETWEEN);
            }
            opened => return opened,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn try_open(path: &Path) -> Result<Connection> {
    let name = path.display().to_string();
    let failed = |source| StoreError::Sqlite { doing: "opening the journals", path: name.clone(), source };
    let folder = |source| StoreError::Folder { path: name.clone(), source };
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(folder)?;
    }
    // What is in it is for its owner alone. SQLite gives its own files beside it the same rights.
    if !path.exists() {
        private(path).map_err(folder)?;
    }
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    // Each record is on the disk before anything is done.
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    // Whoever only reads never waits for a writer, not even for one that was suspended while it wrote.
    if is_complete(&connection).map_err(failed)? {
        return Ok(connection);
    }
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found: u32 = begun.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    match found {
        0 => {
            begun.execute_batch(TABLES).map_err(failed)?;
            begun.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
        }
        FORMAT => {}
        _ => return Err(StoreError::Format { store: name.clone(), found, known: FORMAT }),
    }
    begun.execute_batch(ADDED).map_err(failed)?;
    begun.execute_batch(shared::TABLES).map_err(failed)?;
    begun.execute_batch(outbox::TABLES).map_err(failed)?;
    begun.commit().map_err(failed)?;
    Ok(connection)
}

/// Whether this version has nothing to add to it.
fn is_complete(connection: &Connection) -> Sql<bool> {
    let added = format!(
        "SELECT count(*) = 7 FROM sqlite_master WHERE name IN ('change', 'change_stays', 'change_is_kept', {}, {})",
        shared::NAMES,
        outbox::NAMES
    );
    let format: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(format == FORMAT && connection.query_row(&added, [], |row| row.get(0))?)
}

#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
fn private(path: &Path) -> std::io::Result<()> {
    fs::OpenOptions::new().create(true).append(true).open(path).map(drop)
}

/// A run's row.
struct Standing {
    head: Head,
    fence: u64,
    holder: Option<String>,
    until: Option<Timestamp>,
}

fn standing(sql: &Connection, run: &str) -> Sql<Option<Standing>> {
    sql.query_row("SELECT seq, hash, fence, holder, until FROM run WHERE id = ?1", params![run], |row| {
        let until: Option<String> = row.get(4)?;
        Ok(Standing {
            head: Head { seq: row.get::<_, i64>(0)?.unsigned_abs(), hash: row.get(1)? },
            fence: row.get::<_, i64>(2)?.unsigned_abs(),
            holder: row.get(3)?,
            until: until.and_then(|until| until.parse().ok()),
        })
    })
    .optional()
}

fn fenced(sql: &Connection, lease: &Lease) -> Sql<StoreError> {
    let newest = standing(sql, &lease.run)?.map_or(0, |standing| standing.fence);
    Ok(StoreError::Fenced { run: lease.run.clone(), fence: lease.fence, newest })
}

fn insert(sql: &Connection, run: &str, record: &Record) -> Sql<()> {
    let Record { seq, at, by, fence, body, hash } = record;
    sql.execute(
        "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![run, number(*seq), stamp(*at), by, number(*fence), body, hash],
    )
    .map(drop)
}

fn records(sql: &Connection, run: &str, after: u64) -> Sql<Result<Vec<Record>>> {
    let mut query =
        sql.prepare("SELECT seq, at, by, fence, body, hash FROM record WHERE run = ?1 AND seq > ?2 ORDER BY seq")?;
    let mut rows = query.query(params![run, number(after)])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.unsigned_abs();
        let at: String = row.get(1)?;
        let at = match at.parse() {
            Ok(at) => at,
            Err(_) => {
                return Ok(Err(StoreError::Unreadable { run: run.to_owned(), seq, said: format!("time {at:?}") }));
            }
        };
        let fence = row.get::<_, i64>(3)?.unsigned_abs();
        records.push(Record { seq, at, by: row.get(2)?, fence, body: row.get(4)?, hash: row.get(5)? });
    }
    Ok(Ok(records))
}

fn time(row: &Row<'_>, column: usize) -> Sql<Timestamp> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// Of one width, so that texts are in the order of time.
fn stamp(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// SQLite's integers have a sign.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
