//! Journals on a PostgreSQL server that several machines share. The server's clock decides how long a lease lasts.
//!
//! Must not know: SQLite.

mod outbox;
mod shared;

use std::time::Duration;

use backout_plan::ConnectionSettings;
use backout_postgres::session::{ConnectOptions, DatabaseError, Session, connect};
use backout_runbook::chain::Head;
use backout_runbook::{Event, Record};
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use crate::{Author, Change, Held, Label, Lease, NewChange, Result, StoreError, Summary};

const FORMAT: i32 = 1;
/// Anybody's number, so that two that open the store at once make it once.
const MAKING: i64 = 0x006b_6f75_745f_7275;
/// Times of records are texts: they are part of a hash, to the nanosecond.
const TABLES: &str = "
CREATE SCHEMA backout_runs;
CREATE TABLE backout_runs.format (version int PRIMARY KEY);
CREATE TABLE backout_runs.run (
    id text PRIMARY KEY, procedure text NOT NULL, target text, opened timestamptz NOT NULL, opener text NOT NULL,
    changed timestamptz NOT NULL, phase text NOT NULL, seq bigint NOT NULL, hash text NOT NULL,
    fence bigint NOT NULL, holder text, until timestamptz
);
CREATE INDEX run_opened ON backout_runs.run (opened, id);
CREATE TABLE backout_runs.record (
    run text NOT NULL REFERENCES backout_runs.run, seq bigint NOT NULL, at text NOT NULL, by text NOT NULL,
    fence bigint NOT NULL, body text NOT NULL, hash text NOT NULL, PRIMARY KEY (run, seq)
);
CREATE TABLE backout_runs.kept (run text NOT NULL, name text NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (run, name));
CREATE FUNCTION backout_runs.stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a journal is only added to'; END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON backout_runs.record
    FOR EACH STATEMENT EXECUTE FUNCTION backout_runs.stays();
";
/// What came later. Who does not know of it leaves it alone, so the format is the same.
const ADDED: &str = "
CREATE TABLE backout_runs.change (
    version bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, by text NOT NULL,
    kind text NOT NULL, place text NOT NULL, mark text, body text NOT NULL, sealed bytea, done text
);
CREATE FUNCTION backout_runs.change_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'a history is only added to'; END IF;
    IF OLD.done IS NOT NULL OR
        pg_catalog.to_jsonb(OLD) - 'done' IS DISTINCT FROM pg_catalog.to_jsonb(NEW) - 'done'
    THEN RAISE EXCEPTION 'a history is only added to'; END IF;
    RETURN NEW; END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON backout_runs.change
    FOR EACH ROW EXECUTE FUNCTION backout_runs.change_stays();
CREATE TRIGGER is_kept BEFORE TRUNCATE ON backout_runs.change
    FOR EACH STATEMENT EXECUTE FUNCTION backout_runs.change_stays();
";
/// Each record is on the disk before anything is done, whatever the database's own setting is.
const SETTINGS: &str = "SET synchronous_commit = on; SET search_path = pg_catalog; SET client_min_messages = warning; \
     SET lock_timeout = '10s'; SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'";
const RUN: &str = "SELECT seq, hash, fence, holder, until, until > pg_catalog.clock_timestamp(), pg_catalog.clock_timestamp() \
     FROM backout_runs.run WHERE id = $1";

#[derive(Debug)]
pub(crate) struct Postgres {
    settings: ConnectionSettings,
    name: String,
    session: Mutex<Option<Session>>,
}

struct Standing {
    head: Head,
    fence: i64,
    holder: Option<String>,
    until: Option<Timestamp>,
    is_held: bool,
    now: Timestamp,
}

/// A transaction that has begun. Where whoever began it goes away in the middle, as a server's handler does whose client
/// hangs up, its session is let go of, and the server rolls back: nobody else goes on in it.
struct Begun<'s> {
    held: MutexGuard<'s, Option<Session>>,
    is_open: bool,
}

impl Begun<'_> {
    fn session(&self) -> Result<&Session> {
        self.held.as_ref().ok_or(StoreError::Gone)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if self.is_open {
            *self.held = None;
        }
    }
}

impl Postgres {
    pub(crate) async fn open(settings: &ConnectionSettings) -> Result<Self> {
        let store = Self { settings: settings.clone(), name: settings.endpoint(), session: Mutex::new(None) };
        store.make().await?;
        Ok(store)
    }

    pub(crate) fn name(&self) -> String {
        self.name.clone()
    }

    /// The session, connected anew where the last one was lost.
    async fn session(&self) -> Result<MutexGuard<'_, Option<Session>>> {
        let mut held = self.session.lock().await;
        if held.as_ref().is_none_or(|session| session.is_closed()) {
            let options = ConnectOptions { application_name: Some("backout runs".to_owned()), on_notice: None };
            let session = connect(&self.settings, &options).await?;
            session.batch(SETTINGS).await.map_err(|source| self.failed("connecting", source))?;
            *held = Some(session);
        }
        Ok(held)
    }

    fn failed(&self, doing: &'static str, source: DatabaseError) -> StoreError {
        StoreError::Query { doing, store: self.name.clone(), source }
    }

    fn query(&self, doing: &'static str) -> impl Fn(DatabaseError) -> StoreError {
        let store = self.name.clone();
        move |source| StoreError::Query { doing, store: store.clone(), source }
    }

    async fn make(&self) -> Result<()> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let failed = |source| self.failed("making the journals", source);
        session.batch(&format!("BEGIN; SELECT pg_catalog.pg_advisory_xact_lock({MAKING})")).await.map_err(failed)?;
        let there =
            session.scalar("SELECT pg_catalog.to_regclass('backout_runs.format')::text").await.map_err(failed)?;
        if there.is_none() {
            let made = format!("{TABLES} INSERT INTO backout_runs.format VALUES ({FORMAT})");
            session.batch(&made).await.map_err(failed)?;
        }
        let known =
            session.scalar("SELECT pg_catalog.to_regclass('backout_runs.change')::text").await.map_err(failed)?;
        if known.is_none() {
            session.batch(ADDED).await.map_err(failed)?;
        }
        let known = session.scalar("SELECT pg_catalog.to_regclass('backout_runs.seat')::text").await.map_err(failed)?;
        if known.is_none() {
            session.batch(shared::TABLES).await.map_err(failed)?;
        }
        let known =
            session.scalar("SELECT pg_catalog.to_regclass('backout_runs.outbox')::text").await.map_err(failed)?;
        if known.is_none() {
            session.batch(outbox::TABLES).await.map_err(failed)?;
        }
        session.batch("COMMIT").await.map_err(failed)?;
        let found = session.scalar("SELECT pg_catalog.max(version) FROM backout_runs.format").await.map_err(failed)?;
        let found = found.and_then(|found| found.parse::<u32>().ok()).unwrap_or(0);
        match found {
            1 => Ok(()),
            _ => Err(StoreError::Format { store: self.name.clone(), found, known: FORMAT.unsigned_abs() }),
        }
    }

    /// Begins a transaction by this SQL.
    async fn begin(&self, doing: &'static str, sql: &str) -> Result<Begun<'_>> {
        let begun = Begun { held: self.session().await?, is_open: true };
        begun.session()?.batch(sql).await.map_err(|source| self.failed(doing, source))?;
        Ok(begun)
    }

    /// Ends a transaction as its work ended.
    async fn end<T>(&self, mut begun: Begun<'_>, doing: &'static str, done: Result<T>) -> Result<T> {
        let sql = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = begun.session()?.batch(sql).await;
        begun.is_open = ended.is_err();
        match (done, ended) {
            (Ok(_), Err(source)) => Err(self.failed(doing, source)),
            // Where that cannot be sent, the server rolls back by itself.
            (done, _) => done,
        }
    }

    async fn standing(&self, session: &Session, run: &str, lock: bool) -> Result<Standing> {
        let sql = if lock { format!("{RUN} FOR UPDATE") } else { RUN.to_owned() };
        let row = session.query_opt(&sql, &[&run]).await.map_err(self.query("looking for a run"))?;
        let Some(row) = row else { return Err(StoreError::Unknown(run.to_owned())) };
        Ok(Standing {
            head: Head { seq: row.get::<_, i64>(0).unsigned_abs(), hash: row.get(1) },
            fence: row.get(2),
            holder: row.get(3),
            until: row.get(4),
            is_held: row.get::<_, Option<bool>>(5).unwrap_or(false),
            now: row.get(6),
        })
    }

    async fn insert(&self, session: &Session, run: &str, record: &Record) -> Result<()> {
        let Record { seq, at, by, fence, body, hash } = record;
        let values = "INSERT INTO backout_runs.record VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let (seq, at, fence) = (number(*seq), format!("{at:.9}"), number(*fence));
        let done = session.execute(values, &[&run, &seq, &at, by, &fence, body, hash]).await;
        done.map(drop).map_err(self.query("writing a record"))
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
        let doing = "opening a run";
        let begun = self.begin(doing, "BEGIN").await?;
        let session = begun.session()?;
        let work = async {
            let record = Record::after(run, None, Timestamp::now(), by, 1, event);
            let made = session
                .query_opt(
                    "INSERT INTO backout_runs.run VALUES ($1, $2, $3, $4, $5, $4, 'running', 1, $6, 1, $7, \
                     pg_catalog.clock_timestamp() + $8::bigint * interval '1 ms') ON CONFLICT DO NOTHING RETURNING until",
                    &[&run, &label.procedure, &label.target, &record.at, &by, &record.hash, &holder, &millis(for_)],
                )
                .await
                .map_err(self.query(doing))?;
            let Some(made) = made else { return Err(StoreError::Exists(run.to_owned())) };
            self.insert(session, run, &record).await?;
            let lease = Lease { run: run.to_owned(), holder: holder.to_owned(), fence: 1, until: made.get(0) };
            Ok((lease, record))
        };
        let done = work.await;
        self.end(begun, doing, done).await
    }

    pub(crate) async fn hold(&self, run: &str, holder: &str, for_: Duration, gone: Option<&str>) -> Result<Lease> {
        let doing = "holding a run";
        let begun = self.begin(doing, "BEGIN").await?;
        let session = begun.session()?;
        let work = async {
            let standing = self.standing(session, run, true).await?;
            if let (true, Some(by)) = (standing.is_held, &standing.holder)
                && gone != Some(by)
            {
                let until = standing.until.unwrap_or(standing.now);
                return Err(StoreError::Held { run: run.to_owned(), holder: by.clone(), until });
            }
            let fence = standing.fence + 1;
            let row = session
                .query_one(
                    "UPDATE backout_runs.run SET fence = $2, holder = $3, \
                     until = pg_catalog.clock_timestamp() + $4::bigint * interval '1 ms' WHERE id = $1 RETURNING until",
                    &[&run, &fence, &holder, &millis(for_)],
                )
                .await
                .map_err(self.query(doing))?;
            let fence = fence.unsigned_abs();
            Ok(Lease { run: run.to_owned(), holder: holder.to_owned(), fence, until: row.get(0) })
        };
        let done = work.await;
        self.end(begun, doing, done).await
    }

    pub(crate) async fn renew(&self, lease: &Lease, for_: Duration) -> Result<Lease> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let row = session
            .query_opt(
                "UPDATE backout_runs.run SET until = pg_catalog.clock_timestamp() + $3::bigint * interval '1 ms' \
                 WHERE id = $1 AND fence = $2 RETURNING until",
                &[&lease.run, &number(lease.fence), &millis(for_)],
            )
            .await
            .map_err(self.query("holding a run for longer"))?;
        match row {
            Some(row) => Ok(Lease { until: row.get(0), ..lease.clone() }),
            None => {
                let newest = self.standing(session, &lease.run, false).await?.fence.unsigned_abs();
                Err(StoreError::Fenced { run: lease.run.clone(), fence: lease.fence, newest })
            }
        }
    }

    pub(crate) async fn release(&self, lease: &Lease) -> Result<()> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "UPDATE backout_runs.run SET holder = NULL, until = NULL WHERE id = $1 AND fence = $2";
        let done = session.execute(sql, &[&lease.run, &number(lease.fence)]).await;
        done.map(drop).map_err(self.query("letting go of a run"))
    }

    pub(crate) async fn held(&self, run: &str) -> Result<Option<Held>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let standing = self.standing(session, run, false).await?;
        let held = standing.holder.zip(standing.until).filter(|_| standing.is_held);
        Ok(held.map(|(holder, until)| Held { holder, until }))
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
        let doing = "writing a record";
        let begun = self.begin(doing, "BEGIN").await?;
        let session = begun.session()?;
        let work = async {
            let standing = self.standing(session, run, true).await?;
            let newest = standing.fence.unsigned_abs();
            if let Author::Holder(lease) = author
                && lease.fence != newest
            {
                return Err(StoreError::Fenced { run: run.to_owned(), fence: lease.fence, newest });
            }
            if standing.head != *head {
                return Err(StoreError::Moved { run: run.to_owned(), seq: head.seq + 1 });
            }
            let record = Record::after(run, Some(head), Timestamp::now(), by, newest, event);
            self.insert(session, run, &record).await?;
            let sql = "UPDATE backout_runs.run SET changed = $2, phase = $3, seq = $4, hash = $5 WHERE id = $1";
            let done = session.execute(sql, &[&run, &record.at, &phase, &number(record.seq), &record.hash]).await;
            done.map_err(self.query(doing))?;
            Ok(record)
        };
        let done = work.await;
        self.end(begun, doing, done).await
    }

    pub(crate) async fn read(&self, run: &str) -> Result<(Vec<Record>, Head)> {
        let head = {
            let held = self.session().await?;
            let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
            self.standing(session, run, false).await?.head
        };
        // What was added meanwhile is not part of it.
        let mut records = self.after(run, 0).await?;
        records.retain(|record| record.seq <= head.seq);
        Ok((records, head))
    }

    pub(crate) async fn after(&self, run: &str, seq: u64) -> Result<Vec<Record>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql =
            "SELECT seq, at, by, fence, body, hash FROM backout_runs.record WHERE run = $1 AND seq > $2 ORDER BY seq";
        let rows = session.query(sql, &[&run, &number(seq)]).await.map_err(self.query("reading a journal"))?;
        let record = |row: &tokio_postgres::Row| {
            let (seq, at): (i64, String) = (row.get(0), row.get(1));
            let seq = seq.unsigned_abs();
            let unreadable = |_| StoreError::Unreadable { run: run.to_owned(), seq, said: format!("time {at:?}") };
            let fence = row.get::<_, i64>(3).unsigned_abs();
            Ok(Record {
                seq,
                at: at.parse().map_err(unreadable)?,
                by: row.get(2),
                fence,
                body: row.get(4),
                hash: row.get(5),
            })
        };
        rows.iter().map(record).collect()
    }

    pub(crate) async fn list(&self, limit: u32) -> Result<Vec<Summary>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let rows = session
            .query(
                "SELECT id, procedure, target, opened, opener, changed, seq, phase, \
                 CASE WHEN until > pg_catalog.clock_timestamp() THEN holder END FROM backout_runs.run \
                 ORDER BY opened DESC, id DESC LIMIT $1",
                &[&i64::from(limit)],
            )
            .await
            .map_err(self.query("listing runs"))?;
        let summary = |row: &tokio_postgres::Row| Summary {
            run: row.get(0),
            procedure: row.get(1),
            target: row.get(2),
            opened: row.get(3),
            opener: row.get(4),
            changed: row.get(5),
            records: row.get::<_, i64>(6).unsigned_abs(),
            phase: row.get(7),
            holder: row.get(8),
        };
        Ok(rows.iter().map(summary).collect())
    }

    pub(crate) async fn keep(&self, run: &str, name: &str, bytes: &[u8]) -> Result<()> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "INSERT INTO backout_runs.kept VALUES ($1, $2, $3) \
                   ON CONFLICT (run, name) DO UPDATE SET bytes = excluded.bytes";
        let done = session.execute(sql, &[&run, &name, &bytes]).await;
        done.map(drop).map_err(self.query("keeping something of a run"))
    }

    pub(crate) async fn kept(&self, run: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "SELECT bytes FROM backout_runs.kept WHERE run = $1 AND name = $2";
        let row = session.query_opt(sql, &[&run, &name]).await;
        Ok(row.map_err(self.query("looking for something of a run"))?.map(|row| row.get(0)))
    }
}

/// The history of values.
impl Postgres {
    pub(crate) async fn change(&self, by: &str, change: &NewChange) -> Result<u64> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let NewChange { kind, place, mark, body, sealed } = change;
        let row = session
            .query_one(
                "INSERT INTO backout_runs.change (at, by, kind, place, mark, body, sealed) \
                 VALUES (pg_catalog.clock_timestamp(), $1, $2, $3, $4, $5, $6) RETURNING version",
                &[&by, kind, place, mark, body, sealed],
            )
            .await
            .map_err(self.query("writing a change down"))?;
        Ok(row.get::<_, i64>(0).unsigned_abs())
    }

    pub(crate) async fn changed(&self, version: u64, facts: &str) -> Result<()> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "UPDATE backout_runs.change SET done = $2 WHERE version = $1 AND done IS NULL";
        let done = session.execute(sql, &[&number(version), &facts]).await;
        done.map(drop).map_err(self.query("noting what came of a change"))
    }

    pub(crate) async fn changes(&self, place: Option<&str>) -> Result<Vec<Change>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "SELECT version, at, by, kind, place, mark, body, sealed, done FROM backout_runs.change \
                   WHERE $1::text IS NULL OR place = $1 ORDER BY version";
        let rows = session.query(sql, &[&place]).await.map_err(self.query("reading the history of values"))?;
        let change = |row: &tokio_postgres::Row| Change {
            version: row.get::<_, i64>(0).unsigned_abs(),
            at: row.get(1),
            by: row.get(2),
            what: NewChange {
                kind: row.get(3),
                place: row.get(4),
                mark: row.get(5),
                body: row.get(6),
                sealed: row.get(7),
            },
            done: row.get(8),
        };
        Ok(rows.iter().map(change).collect())
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
