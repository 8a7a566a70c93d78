//! Replaying what was captured since a backup into the database that was restored from it: round by round while others
//! write to the live one, and the last one while nobody can.
//!
//! A round reads at one snapshot which rows changed since the last one, removes these in the restored database, and
//! copies them as they are in the live one. So after each round the two are equal as of its snapshot, whatever the
//! order of the changes was.
//!
//! Must not know: how the two databases exchange their names.

use backout_postgres::sqlstate;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use backout_plan::ConnectionSettings;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};
use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};
use serde::Serialize;

use super::connection::open;
use super::queue::{captured, has_seen, is_on, is_seen, reaches_back, trouble};
use super::shape::shapes;
use super::{CaptureError, Source, Way, image, slot};
use crate::capture::quiet::Quiet;
use crate::copied::{self, CopyError};
use crate::manifest::{Manifest, Sequence};
use crate::sequences::{self, setvals};
use crate::stream::{Form, HEADER, Rows, TRAILER};

/// After this time, writers that hold a table are ended: they would be a moment later anyway.
const GRACE: Duration = Duration::from_millis(500);
/// How long to try to get all tables.
const PATIENCE: Duration = Duration::from_secs(30);
/// Names in one LOCK TABLE.
const LOCKS_AT_ONCE: usize = 500;
/// Rows are sent in pieces of about this size.
const PIECE: usize = 64 << 10;

/// A table whose changes since the backup are not all known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Uncaptured {
    pub table: String,
    pub why: String,
}

impl fmt::Display for Uncaptured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.table, self.why)
    }
}

/// What was replayed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Replayed {
    pub rounds: u32,
    /// Rows that were removed or copied.
    pub rows: u64,
    /// For how long nobody could write before the names were exchanged.
    pub held_ms: f64,
}

/// What is to be replayed of one table.
#[derive(Debug, Clone)]
struct Table {
    source: Source,
    /// As the backup has it.
    columns: Vec<String>,
    form: Form,
}

/// A replay, from the check that it can be done to the moment before the exchange.
#[derive(Debug)]
pub struct Replay {
    live: ConnectionSettings,
    tables: Vec<Table>,
    /// Tables that were made since, with what is in them: they stay behind.
    pub made_since: Vec<String>,
    /// The snapshot whose transactions are all in the restored database.
    seen: String,
    pub replayed: Replayed,
}

/// What works in the restored database until the exchange.
#[derive(Debug)]
pub struct Within {
    session: Session,
    quiet: Quiet,
}

/// What keeps writers out of the live database until the exchange.
#[derive(Debug)]
pub struct Hold {
    reader: Session,
    since: Instant,
}

impl Hold {
    pub fn pid(&self) -> i32 {
        self.reader.backend_pid()
    }
}

impl Within {
    pub fn pid(&self) -> i32 {
        self.session.backend_pid()
    }
}

impl Replay {
    /// Looks whether all changes since the backup are known, but for tables that may stay as the backup has them.
    ///
    /// # Errors
    /// [`CaptureError::Gaps`] where they are not.
    pub async fn prepare(
        live: &ConnectionSettings,
        manifest: &Manifest,
        without: &(dyn Fn(&str, &str) -> bool + Sync),
    ) -> Result<Self, CaptureError> {
        let session = open(live).await?;
        if !is_on(&session).await? {
            return Err(CaptureError::Off);
        }
        let shapes = shapes(&session).await.map_err(CaptureError::server("looking for the tables"))?;
        let sources = captured(&session).await?;
        let mut gaps = Vec::new();
        let gap = |table: &str, why: &str| Uncaptured { table: table.to_owned(), why: why.to_owned() };
        let Some(seen) = manifest.snapshot.clone() else {
            let whole = gap(&manifest.source.database, "the backup does not say which transactions it has seen");
            return Err(CaptureError::Gaps(vec![whole]));
        };
        if !reaches_back(&session, &seen).await? {
            let whole = gap(&manifest.source.database, "changes were trimmed that this backup does not have");
            return Err(CaptureError::Gaps(vec![whole]));
        }
        let (mut tables, mut made_since) = (Vec::new(), Vec::new());
        for shape in &shapes {
            let name = backout_schema::qualified(&shape.schema, &shape.name);
            let Some(then) = manifest.table(&shape.schema, &shape.name) else {
                made_since.push(name);
                continue;
            };
            if without(&shape.schema, &shape.name) {
                continue;
            }
            let Some(source) = sources.iter().find(|source| source.oid == shape.oid) else {
                gaps.push(gap(&name, "it is not captured"));
                continue;
            };
            if let Some(trouble) = trouble(&session, source, &shapes).await? {
                gaps.push(gap(&name, &trouble.to_string()));
                continue;
            }
            let began = has_seen(&session, &seen, &source.since).await;
            if !began.map_err(CaptureError::server("comparing transactions"))? {
                gaps.push(gap(&name, "its capture began after the backup was taken"));
                continue;
            }
            let now: Vec<&String> = shape.columns.iter().filter(|c| !c.generated).map(|c| &c.name).collect();
            if now != then.columns.iter().collect::<Vec<_>>() {
                gaps.push(gap(&name, "it has other columns than the backup: undo what was migrated since first"));
                continue;
            }
            tables.push(Table { source: source.clone(), columns: then.columns.clone(), form: then.form });
        }
        if !gaps.is_empty() {
            return Err(CaptureError::Gaps(gaps));
        }
        large_objects_unchanged(&session, manifest).await?;
        session.close().await;
        Ok(Self { live: live.clone(), tables, made_since, seen, replayed: Replayed::default() })
    }

    /// Opens the restored database for it.
    ///
    /// # Errors
    /// When the two databases do not fit together, or the server says no.
    pub async fn within(&self, new: &ConnectionSettings) -> Result<Within, CaptureError> {
        let session = open(new).await?;
        let there = shapes(&session).await.map_err(CaptureError::server("looking for the tables"))?;
        for table in &self.tables {
            let (schema, name) = (&table.source.schema, &table.source.name);
            let Some(shape) = there.iter().find(|shape| shape.schema == *schema && shape.name == *name) else {
                continue;
            };
            let types = |columns: &[super::Column]| -> Vec<(String, String, i32)> {
                columns.iter().map(|column| (column.name.clone(), column.data_type.clone(), column.modifier)).collect()
            };
            let (now, then) = (types(&table.source.columns), types(&shape.columns));
            if table.source.way != Way::Whole && now != then {
                let other: Vec<String> =
                    now.iter().filter(|column| !then.contains(column)).map(|(name, ..)| name.clone()).collect();
                let gap = Uncaptured {
                    table: table.source.sql_name(),
                    why: format!("it has other columns than the backup: {}", other.join(", ")),
                };
                return Err(CaptureError::Gaps(vec![gap]));
            }
        }
        let quiet = Quiet::new(&session).await.map_err(CaptureError::server("beginning the replay"))?;
        Ok(Within { session, quiet })
    }

    /// One round while others write. Says how many rows it was about.
    ///
    /// # Errors
    /// When rows cannot be read or put in.
    pub async fn round(&mut self, within: &mut Within) -> Result<u64, CaptureError> {
        let reader = open(&self.live).await?;
        let rows = self.one(&reader, within, false).await?;
        reader.close().await;
        within.session.batch("COMMIT").await.map_err(CaptureError::server("ending a round"))?;
        Ok(rows)
    }

    /// The last round: nobody writes until what it returns is let go. `helper` ends writers that do not let go.
    ///
    /// # Errors
    /// When the tables cannot be had, or rows cannot be read or put in. Then everybody goes on.
    pub async fn last(&mut self, within: &mut Within, helper: &Session) -> Result<Hold, CaptureError> {
        let reader = open(&self.live).await?;
        self.keep_writers_out(&reader, helper).await?;
        let since = Instant::now();
        backout_postgres::failpoint!("replay.held");
        self.one(&reader, within, true).await?;
        Ok(Hold { reader, since })
    }

    /// What there is to do when nobody is in the live database any more: sequences, and the restored database as it is
    /// to be. What is to be checked when others write again ([`super::check`]) is noted in it.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn settle(&mut self, hold: Hold, mut within: Within) -> Result<(), DatabaseError> {
        let sequences = sequences::read(&hold.reader).await?;
        set_sequences(&within.session, &sequences).await?;
        for sql in within.quiet.leave(&within.session).await? {
            let note = format!("INSERT INTO backout_capture.unchecked (sql) VALUES ({})", literal(&sql));
            within.session.batch(&note).await?;
        }
        super::queue::refresh(&within.session).await?;
        within.session.batch("COMMIT").await?;
        backout_postgres::failpoint!("replay.settled");
        self.replayed.held_ms = hold.since.elapsed().as_secs_f64() * 1e3;
        within.session.close().await;
        hold.reader.close().await;
        Ok(())
    }

    async fn keep_writers_out(&self, reader: &Session, helper: &Session) -> Result<(), CaptureError> {
        let failed = || CaptureError::server("keeping writers out");
        let names: Vec<String> = self.tables.iter().map(|table| table.source.sql_name()).collect();
        let started = Instant::now();
        let mut lent = false;
        loop {
            let lends = lent;
            let locking = async {
                // A snapshot is taken where a right is lent, and what is read must be of one after the locks.
                let level = if lends { "READ COMMITTED" } else { "REPEATABLE READ" };
                reader.batch(&format!("BEGIN ISOLATION LEVEL {level}")).await?;
                for some in names.chunks(LOCKS_AT_ONCE) {
                    if lends {
                        reader.batch(&format!("GRANT UPDATE ON TABLE {} TO CURRENT_USER", some.join(", "))).await?;
                    }
                    let only: Vec<String> = some.iter().map(|name| format!("ONLY {name}")).collect();
                    reader.batch(&format!("LOCK TABLE {} IN SHARE MODE", only.join(", "))).await?;
                }
                Ok::<_, DatabaseError>(())
            };
            let mut locking = std::pin::pin!(locking);
            let outcome = loop {
                tokio::select! {
                    biased;
                    outcome = &mut locking => break outcome,
                    () = tokio::time::sleep(Duration::from_millis(20)) => {
                        if started.elapsed() > GRACE {
                            end_blockers(helper, reader.backend_pid()).await.map_err(failed())?;
                        }
                    }
                }
            };
            match outcome {
                Ok(()) => return Ok(()),
                // They wait for one another: it was us who gave in.
                Err(error) if error.has_code(sqlstate::DEADLOCK_DETECTED) && started.elapsed() < PATIENCE => {
                    reader.batch("ROLLBACK").await.map_err(failed())?;
                }
                // Of a database that is frozen, nobody may write to its tables, and so not lock them: for as long as this
                // transaction is there, and for nobody else, the owner may. It is never committed.
                Err(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) && !lent => {
                    reader.batch("ROLLBACK").await.map_err(failed())?;
                    lent = true;
                }
                Err(error) if error.has_code(sqlstate::DEADLOCK_DETECTED) => return Err(CaptureError::Held(PATIENCE)),
                Err(error) => return Err(failed()(error)),
            }
        }
    }

    /// A round at one snapshot. Leaves the transaction in the restored database open.
    async fn one(&mut self, reader: &Session, within: &mut Within, is_held: bool) -> Result<u64, CaptureError> {
        let failed = || CaptureError::server("reading at one snapshot");
        if !is_held {
            reader.batch("BEGIN ISOLATION LEVEL REPEATABLE READ").await.map_err(failed())?;
        }
        let rows = reader
            .rows("SELECT pg_catalog.pg_current_snapshot()::text, pg_catalog.pg_export_snapshot()")
            .await
            .map_err(failed())?;
        let Some(row) = rows.first() else { return Ok(0) };
        let (now, exported): (String, String) = (row.get(0), row.get(1));
        // What is in the log of all that this snapshot has seen is captured later than it, so another session reads it.
        let sources: Vec<Source> = self.tables.iter().map(|table| table.source.clone()).collect();
        slot::drain(&self.live, &sources).await?;
        let queue = open(&self.live).await?;
        queue.batch("BEGIN ISOLATION LEVEL REPEATABLE READ").await.map_err(failed())?;
        let which = format!("NOT {} AND {}", is_seen(&self.seen), is_seen(&now));
        let sql = format!(
            "SELECT source, count(*), bool_or(op IN ('T', 'W')) FROM backout_capture.change WHERE {which} GROUP BY source"
        );
        let mut pending: BTreeMap<i32, (u64, bool)> = BTreeMap::new();
        for row in queue.rows(&sql).await.map_err(failed())? {
            pending.insert(row.get(0), (u64::try_from(row.get::<_, i64>(1)).unwrap_or(0), row.get(2)));
        }
        within.session.batch("BEGIN").await.map_err(failed())?;
        let mut rows = 0;
        if !pending.is_empty() {
            let copier = open(&self.live).await?;
            let begin =
                format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT {}", literal(&exported));
            copier.batch(&begin).await.map_err(failed())?;
            for table in &self.tables {
                let Some((_, is_whole)) = pending.get(&table.source.number) else { continue };
                let name = table.source.sql_name();
                let entered = within.quiet.enter(&within.session, &name).await;
                entered.map_err(CaptureError::table("preparing", &name))?;
                let run =
                    Run { which: &which, queue: &queue, copier: &copier, new: &within.session, table, name: &name };
                rows += match table.source.way {
                    _ if *is_whole => run.whole().await?,
                    Way::Keyed => run.keyed().await?,
                    Way::Rows => run.rows().await?,
                    Way::Whole => run.whole().await?,
                };
            }
            copier.close().await;
        }
        queue.close().await;
        if !is_held {
            reader.batch("COMMIT").await.map_err(failed())?;
        }
        self.seen = now;
        self.replayed.rounds += 1;
        self.replayed.rows += rows;
        Ok(rows)
    }
}

/// One table in one round.
struct Run<'a> {
    /// The changes of this round.
    which: &'a str,
    queue: &'a Session,
    /// Reads the live database at the round's snapshot.
    copier: &'a Session,
    new: &'a Session,
    table: &'a Table,
    name: &'a str,
}

impl Run<'_> {
    fn read(&self) -> impl FnOnce(DatabaseError) -> CaptureError {
        CaptureError::table("reading what changed in", self.name)
    }

    fn write(&self) -> impl FnOnce(DatabaseError) -> CaptureError {
        CaptureError::table("replaying", self.name)
    }

    fn columns(&self) -> String {
        self.table.columns.iter().map(|column| ident(column)).collect::<Vec<_>>().join(", ")
    }

    /// As COPY takes them; a table may have none.
    fn list(&self) -> String {
        let columns = self.columns();
        if columns.is_empty() { columns } else { format!(" ({columns})") }
    }

    /// By keys: these rows go, and come as they are now.
    async fn keyed(&self) -> Result<u64, CaptureError> {
        let key = &self.table.source.key;
        let k: Vec<String> = (1..=key.len()).map(|place| format!("k{place}")).collect();
        let own: Vec<String> =
            key.iter().zip(&k).map(|(column, k)| format!("{} AS {k}", ident(&column.name))).collect();
        // With the types and collations of the key itself.
        let make = format!(
            "CREATE TEMPORARY TABLE backout_keys ON COMMIT DROP AS SELECT {} FROM ONLY {} WITH NO DATA",
            own.join(", "),
            self.name
        );
        self.copier.batch(&make).await.map_err(self.read())?;
        self.new.batch(&make).await.map_err(self.write())?;
        let out = format!(
            "COPY (SELECT DISTINCT {} FROM backout_capture.change WHERE source = {} AND k1 IS NOT NULL AND {}) TO STDOUT (FORMAT binary)",
            k.join(", "),
            self.table.source.number,
            self.which
        );
        let stream = self.queue.copy_out(&out).await.map_err(|e| self.read()(e.into()))?;
        let into = "COPY pg_temp.backout_keys FROM STDIN (FORMAT binary)";
        let (a, b) = (self.copier.copy_in::<Bytes>(into), self.new.copy_in::<Bytes>(into));
        let mut a = std::pin::pin!(a.await.map_err(|e| self.read()(e.into()))?);
        let mut b = std::pin::pin!(b.await.map_err(|e| self.write()(e.into()))?);
        let mut stream = std::pin::pin!(stream);
        while let Some(message) = stream.try_next().await.map_err(|e| self.read()(e.into()))? {
            a.send(message.clone()).await.map_err(|e| self.read()(e.into()))?;
            b.send(message).await.map_err(|e| self.write()(e.into()))?;
        }
        a.finish().await.map_err(|e| self.read()(e.into()))?;
        b.finish().await.map_err(|e| self.write()(e.into()))?;
        self.copier.batch("ANALYZE pg_temp.backout_keys").await.map_err(self.read())?;
        self.new.batch("ANALYZE pg_temp.backout_keys").await.map_err(self.write())?;
        let same: Vec<String> =
            key.iter().zip(&k).map(|(column, k)| format!("t.{} {} k.{k}", ident(&column.name), column.equal)).collect();
        let same = same.join(" AND ");
        let gone = format!("DELETE FROM ONLY {} t USING pg_temp.backout_keys k WHERE {same}", self.name);
        let gone = self.new.reach(&gone).await.map_err(self.write())?;
        let columns: Vec<String> = self.table.columns.iter().map(|column| format!("t.{}", ident(column))).collect();
        let query = format!(
            "SELECT {} FROM ONLY {} t WHERE EXISTS (SELECT FROM pg_temp.backout_keys k WHERE {same})",
            columns.join(", "),
            self.name
        );
        let came = self.copy(&query).await?;
        self.copier.batch("DROP TABLE pg_temp.backout_keys").await.map_err(self.read())?;
        self.new.batch("DROP TABLE pg_temp.backout_keys").await.map_err(self.write())?;
        Ok(gone.max(came))
    }

    /// All of it goes, and comes as it is now.
    async fn whole(&self) -> Result<u64, CaptureError> {
        let gone = self.new.reach(&format!("DELETE FROM ONLY {}", self.name)).await.map_err(self.write())?;
        let came = self.copy(&format!("SELECT {} FROM ONLY {}", self.columns(), self.name)).await?;
        Ok(gone.max(came))
    }

    /// What a query finds in the live database goes into the table.
    async fn copy(&self, query: &str) -> Result<u64, CaptureError> {
        let format = match self.table.form {
            Form::Binary => "binary",
            Form::Text => "text",
        };
        let out = format!("COPY ({query}) TO STDOUT (FORMAT {format})");
        let into = format!("COPY {}{} FROM STDIN (FORMAT {format})", self.name, self.list());
        let stream = self.copier.copy_out(&out).await.map_err(|e| self.read()(e.into()))?;
        let sink = self.new.copy_in::<Bytes>(&into).await.map_err(|e| self.write()(e.into()))?;
        let (mut stream, mut sink) = (std::pin::pin!(stream), std::pin::pin!(sink));
        while let Some(message) = stream.try_next().await.map_err(|e| self.read()(e.into()))? {
            sink.send(message).await.map_err(|e| self.write()(e.into()))?;
        }
        sink.finish().await.map_err(|e| self.write()(e.into()))
    }

    /// Without a key: of each row, how many more or fewer there are now.
    async fn rows(&self) -> Result<u64, CaptureError> {
        let make = format!(
            "CREATE TEMPORARY TABLE backout_gone ON COMMIT DROP AS SELECT {} FROM ONLY {} WITH NO DATA",
            self.columns(),
            self.name
        );
        self.new.batch(&make).await.map_err(self.write())?;
        let gone = self.images("pg_temp.backout_gone", "-").await?;
        if gone > 0 {
            let columns = self.columns();
            let sql = format!(
                "DELETE FROM ONLY {name} WHERE ctid IN ( \
                   SELECT y.id FROM (SELECT x.id, x.r, pg_catalog.row_number() OVER (PARTITION BY x.r) n FROM (SELECT ctid id, ROW({columns})::text r FROM ONLY {name}) x) y \
                   JOIN (SELECT z.r, count(*) c FROM (SELECT ROW({columns})::text r FROM pg_temp.backout_gone) z GROUP BY 1) g ON y.r = g.r AND y.n <= g.c)",
                name = self.name
            );
            let found = self.new.reach(&sql).await.map_err(self.write())?;
            if found != gone {
                return Err(CaptureError::NotThere { table: self.name.to_owned(), expected: gone, found });
            }
        }
        self.new.batch("DROP TABLE pg_temp.backout_gone").await.map_err(self.write())?;
        Ok(gone + self.images(self.name, "").await?)
    }

    /// Puts images of rows into a table: of those that there are more of now, or fewer (`-`).
    async fn images(&self, into: &str, sign: &str) -> Result<u64, CaptureError> {
        let broken = || CaptureError::Image { table: self.name.to_owned() };
        let pending = format!("source = {} AND {}", self.table.source.number, self.which);
        let out = format!(
            "COPY (SELECT i.image, {sign}pg_catalog.sum(i.n)::int8 FROM ( \
               SELECT new AS image, 1 AS n FROM backout_capture.change WHERE {pending} AND new IS NOT NULL \
               UNION ALL SELECT old, -1 FROM backout_capture.change WHERE {pending} AND old IS NOT NULL) i \
             GROUP BY 1 HAVING {sign}pg_catalog.sum(i.n) > 0) TO STDOUT (FORMAT binary)"
        );
        // Which of the values in an image are columns with values of their own.
        let kept: Vec<usize> = self
            .table
            .source
            .columns
            .iter()
            .enumerate()
            .filter(|(_, c)| !c.generated)
            .map(|(place, _)| place)
            .collect();
        let copy = format!("COPY {into}{} FROM STDIN (FORMAT binary)", self.list());
        let stream = self.queue.copy_out(&out).await.map_err(|e| self.read()(e.into()))?;
        let sink = self.new.copy_in::<Bytes>(&copy).await.map_err(|e| self.write()(e.into()))?;
        let (mut stream, mut sink) = (std::pin::pin!(stream), std::pin::pin!(sink));
        let mut rows = Rows::new(Form::Binary);
        let (mut buffer, mut number, mut is_broken) = (HEADER.to_vec(), 0, false);
        while let Some(message) = stream.try_next().await.map_err(|e| self.read()(e.into()))? {
            let fed = rows.feed(&message, |row| {
                let mut put = || -> Option<u64> {
                    let (bytes, times) = counted(row)?;
                    let values = image::values(bytes)?;
                    let values: Vec<Option<&[u8]>> =
                        kept.iter().map(|place| values.get(*place).copied()).collect::<Option<_>>()?;
                    for _ in 0..times {
                        image::put_row(&mut buffer, &values);
                    }
                    Some(times)
                };
                match put() {
                    Some(times) => number += times,
                    None => is_broken = true,
                }
            });
            if fed.is_err() || is_broken {
                return Err(broken());
            }
            if buffer.len() >= PIECE {
                let piece = Bytes::from(std::mem::take(&mut buffer));
                sink.send(piece).await.map_err(|e| self.write()(e.into()))?;
            }
        }
        rows.finish().map_err(|_| broken())?;
        buffer.extend_from_slice(TRAILER);
        sink.send(Bytes::from(buffer)).await.map_err(|e| self.write()(e.into()))?;
        sink.finish().await.map_err(|e| self.write()(e.into()))?;
        Ok(number)
    }
}

/// An image and a number from a row of binary COPY data.
fn counted(row: &[u8]) -> Option<(&[u8], u64)> {
    let (fields, rest) = row.split_first_chunk::<2>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
    let (bytes, rest) = rest.split_at_checked(length)?;
    let (_, rest) = rest.split_first_chunk::<4>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let number = u64::try_from(i64::from_be_bytes(*number)).ok()?;
    (*fields == [0, 2] && rest.is_empty()).then_some((bytes, number))
}

/// Sequences that are in both.
async fn set_sequences(new: &Session, live: &[Sequence]) -> Result<(), DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind = 'S' AND c.relpersistence <> 't'";
    let there: BTreeSet<(String, String)> = new.rows(sql).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    // One that nobody has used is not set: its owner may have taken that right from himself.
    let now = sequences::read(new).await?;
    let is_there = |sequence: &&Sequence| {
        !backout_schema::is_ours(&sequence.schema)
            && there.contains(&(sequence.schema.clone(), sequence.name.clone()))
            && !now.contains(sequence)
    };
    let both: Vec<&Sequence> = live.iter().filter(is_there).collect();
    for some in both.chunks(LOCKS_AT_ONCE) {
        new.batch(&setvals(some.iter().copied())).await?;
    }
    Ok(())
}

async fn end_blockers(helper: &Session, pid: i32) -> Result<(), DatabaseError> {
    let sql = format!(
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids({pid})) b(pid) \
         JOIN pg_catalog.pg_stat_activity a USING (pid) \
         WHERE pg_catalog.pg_has_role(a.usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') \
           AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE oid = a.usesysid)"
    );
    helper.rows(&sql).await.map(drop)
}

/// Large objects have no triggers. As long as none changed, none is missed.
async fn large_objects_unchanged(session: &Session, manifest: &Manifest) -> Result<(), CaptureError> {
    let there = session.scalar("SELECT count(*) FROM pg_catalog.pg_largeobject_metadata").await;
    let there = there.map_err(CaptureError::server("looking for large objects"))?.unwrap_or_default();
    match &manifest.large_objects {
        None if there == "0" => Ok(()),
        None => Err(CaptureError::LargeObjects),
        Some(large) => {
            let failed = |source| CaptureError::server("reading the large objects")(source);
            session.batch("BEGIN").await.map_err(failed)?;
            let now = copied::large_objects(session).await.map_err(|error| match error {
                CopyError::Server(source) => failed(source),
                CopyError::Stream(_) => CaptureError::LargeObjects,
            })?;
            session.batch("COMMIT").await.map_err(failed)?;
            if now == large.fingerprint { Ok(()) } else { Err(CaptureError::LargeObjects) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_behind_each_image() {
        let mut row = vec![0, 2];
        row.extend_from_slice(&3_i32.to_be_bytes());
        row.extend_from_slice(b"abc");
        row.extend_from_slice(&8_i32.to_be_bytes());
        row.extend_from_slice(&7_i64.to_be_bytes());
        assert_eq!(counted(&row), Some((b"abc".as_slice(), 7)));
        for length in 0..row.len() {
            assert_eq!(counted(&row[..length]), None, "{length}");
        }
    }
}
