//! What processes that watch share, on a PostgreSQL server, whose clock decides.
//!
//! Must not know: SQLite.

use std::time::Duration;

use jiff::Timestamp;

use super::{Postgres, millis, number};
use crate::shared::AT_ONCE;
use crate::{Document, Held, Incoming, Result, Seat, StoreError, Taken};

/// Who does not know of these leaves them alone.
pub(super) const TABLES: &str = "
CREATE TABLE backout_runs.document (name text PRIMARY KEY, version bigint NOT NULL, body bytea NOT NULL);
CREATE TABLE backout_runs.inbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source text NOT NULL, id text NOT NULL,
    at timestamptz NOT NULL, body bytea NOT NULL, UNIQUE (source, id)
);
CREATE TABLE backout_runs.seat (
    name text PRIMARY KEY, holder text NOT NULL, fence bigint NOT NULL, until timestamptz NOT NULL
);
";
/// Messages are taken one transaction after the other, so that none gets a number below one that was read already.
const TAKING: i64 = 0x006b_6f75_745f_696e;

impl Postgres {
    pub(crate) async fn document(&self, name: &str) -> Result<Option<Document>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "SELECT version, body FROM backout_runs.document WHERE name = $1";
        let row = session.query_opt(sql, &[&name]).await.map_err(self.query("reading a document"))?;
        Ok(row.map(|row| Document { version: row.get::<_, i64>(0).unsigned_abs(), body: row.get(1) }))
    }

    pub(crate) async fn documents(&self, prefix: &str) -> Result<Vec<(String, Document)>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "SELECT name, version, body FROM backout_runs.document \
                   WHERE pg_catalog.starts_with(name, $1) ORDER BY name";
        let rows = session.query(sql, &[&prefix]).await.map_err(self.query("listing documents"))?;
        let document = |row: &tokio_postgres::Row| {
            (row.get(0), Document { version: row.get::<_, i64>(1).unsigned_abs(), body: row.get(2) })
        };
        Ok(rows.iter().map(document).collect())
    }

    pub(crate) async fn put(&self, name: &str, expected: Option<u64>, body: &[u8]) -> Result<u64> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let failed = self.query("writing a document");
        let written = match expected {
            None => {
                let sql =
                    "INSERT INTO backout_runs.document VALUES ($1, 1, $2) ON CONFLICT DO NOTHING RETURNING version";
                session.query_opt(sql, &[&name, &body]).await
            }
            Some(version) => {
                let sql = "UPDATE backout_runs.document SET version = version + 1, body = $2 \
                           WHERE name = $1 AND version = $3 RETURNING version";
                session.query_opt(sql, &[&name, &body, &number(version)]).await
            }
        };
        match written.map_err(failed)? {
            Some(row) => Ok(row.get::<_, i64>(0).unsigned_abs()),
            None => Err(StoreError::Changed { name: name.to_owned() }),
        }
    }

    pub(crate) async fn receive(&self, messages: Vec<Incoming>) -> Result<Vec<bool>> {
        let doing = "keeping what arrived";
        let begun = self.begin(doing, &format!("BEGIN; SELECT pg_catalog.pg_advisory_xact_lock({TAKING})")).await?;
        let session = begun.session()?;
        let work = async {
            let sql = "INSERT INTO backout_runs.inbox (source, id, at, body) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT DO NOTHING";
            let insert = session.prepare(sql).await.map_err(self.query(doing))?;
            let mut new = Vec::with_capacity(messages.len());
            for Incoming { source, id, at, body } in &messages {
                let made = session.execute(&insert, &[source, id, at, body]).await;
                new.push(made.map_err(self.query(doing))? == 1);
            }
            Ok(new)
        };
        let done = work.await;
        self.end(begun, doing, done).await
    }

    pub(crate) async fn inbox(&self, source: Option<&str>, after: u64, limit: u32) -> Result<Vec<Taken>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "WITH next AS MATERIALIZED (SELECT seq, pg_catalog.octet_length(body) AS bytes \
                       FROM backout_runs.inbox WHERE seq > $2 AND ($1::text IS NULL OR source = $1) \
                       ORDER BY seq LIMIT $3), \
                   summed AS (SELECT seq, bytes, pg_catalog.sum(bytes) OVER (ORDER BY seq) AS passed FROM next) \
                   SELECT seq, source, id, at, body FROM summed JOIN backout_runs.inbox USING (seq) \
                   WHERE passed - bytes < $4 ORDER BY seq";
        let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        let rows = session.query(sql, &[&source, &number(after), &i64::from(limit), &most]).await;
        let rows = rows.map_err(self.query("reading what arrived"))?;
        let taken = |row: &tokio_postgres::Row| Taken {
            seq: row.get::<_, i64>(0).unsigned_abs(),
            message: Incoming { source: row.get(1), id: row.get(2), at: row.get(3), body: row.get(4) },
        };
        Ok(rows.iter().map(taken).collect())
    }

    pub(crate) async fn forget(&self, before: Timestamp, up_to: u64) -> Result<u64> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "DELETE FROM backout_runs.inbox WHERE at < $1 AND seq <= $2";
        let done = session.execute(sql, &[&before, &number(up_to)]).await;
        done.map_err(self.query("forgetting what arrived"))
    }

    pub(crate) async fn sit(&self, name: &str, holder: &str, for_: Duration) -> Result<Option<Seat>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        // Of two at once the second one sees what the first one wrote, and has no row.
        let sql = "INSERT INTO backout_runs.seat AS seat \
                   VALUES ($1, $2, 1, pg_catalog.clock_timestamp() + $3::bigint * interval '1 ms') \
                   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, \
                   fence = CASE WHEN seat.holder = excluded.holder AND seat.until > pg_catalog.clock_timestamp() \
                   THEN seat.fence ELSE seat.fence + 1 END \
                   WHERE seat.holder = excluded.holder OR seat.until <= pg_catalog.clock_timestamp() \
                   RETURNING fence, until";
        let row = session.query_opt(sql, &[&name, &holder, &millis(for_)]).await;
        let row = row.map_err(self.query("taking a seat"))?;
        Ok(row.map(|row| Seat {
            name: name.to_owned(),
            holder: holder.to_owned(),
            fence: row.get::<_, i64>(0).unsigned_abs(),
            until: row.get(1),
        }))
    }

    pub(crate) async fn leave(&self, seat: &Seat) -> Result<()> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "UPDATE backout_runs.seat SET until = '-infinity' WHERE name = $1 AND holder = $2 AND fence = $3";
        let done = session.execute(sql, &[&seat.name, &seat.holder, &number(seat.fence)]).await;
        done.map(drop).map_err(self.query("leaving a seat"))
    }

    pub(crate) async fn seated(&self, name: &str) -> Result<Option<Held>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "SELECT holder, until FROM backout_runs.seat \
                   WHERE name = $1 AND until > pg_catalog.clock_timestamp()";
        let row = session.query_opt(sql, &[&name]).await.map_err(self.query("asking who has a seat"))?;
        Ok(row.map(|row| Held { holder: row.get(0), until: row.get(1) }))
    }
}
