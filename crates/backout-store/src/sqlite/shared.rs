//! What processes that watch share, in SQLite.
//!
//! Must not know: PostgreSQL.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Sql, Sqlite, number, stamp, time};
use crate::shared::AT_ONCE;
use crate::{Document, Held, Incoming, Result, Seat, StoreError, Taken};

/// Who does not know of these leaves them alone.
pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, body BLOB NOT NULL,
    UNIQUE (source, id)
) STRICT;
CREATE TABLE IF NOT EXISTS seat (
    name TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, until TEXT NOT NULL
) STRICT;
";
pub(super) const NAMES: &str = "'document', 'inbox', 'seat'";

impl Sqlite {
    pub(crate) async fn document(&self, name: &str) -> Result<Option<Document>> {
        let name = name.to_owned();
        self.look("reading a document", move |sql| Ok(Ok(document(sql, &name)?))).await
    }

    pub(crate) async fn documents(&self, prefix: &str) -> Result<Vec<(String, Document)>> {
        let prefix = prefix.to_owned();
        self.look("listing documents", move |sql| {
            let mut query = sql.prepare(
                "SELECT name, version, body FROM document WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
            )?;
            let found = query.query_map(params![prefix], |row| {
                Ok((row.get(0)?, Document { version: row.get::<_, i64>(1)?.unsigned_abs(), body: row.get(2)? }))
            })?;
            Ok(Ok(found.collect::<Sql<_>>()?))
        })
        .await
    }

    pub(crate) async fn put(&self, name: &str, expected: Option<u64>, body: &[u8]) -> Result<u64> {
        let (name, body) = (name.to_owned(), body.to_vec());
        self.write("writing a document", move |sql| {
            let found = document(sql, &name)?.map(|document| document.version);
            if found != expected {
                return Ok(Err(StoreError::Changed { name }));
            }
            let version = found.unwrap_or_default() + 1;
            sql.execute(
                "INSERT INTO document VALUES (?1, ?2, ?3) \
                 ON CONFLICT (name) DO UPDATE SET version = excluded.version, body = excluded.body",
                params![name, number(version), body],
            )?;
            Ok(Ok(version))
        })
        .await
    }

    pub(crate) async fn receive(&self, messages: Vec<Incoming>) -> Result<Vec<bool>> {
        self.write("keeping what arrived", move |sql| {
            let mut insert = sql.prepare_cached(
                "INSERT INTO inbox (source, id, at, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?;
            let mut new = Vec::with_capacity(messages.len());
            for Incoming { source, id, at, body } in messages {
                new.push(insert.execute(params![source, id, stamp(at), body])? == 1);
            }
            Ok(Ok(new))
        })
        .await
    }

    pub(crate) async fn inbox(&self, source: Option<&str>, after: u64, limit: u32) -> Result<Vec<Taken>> {
        let source = source.map(str::to_owned);
        self.look("reading what arrived", move |sql| {
            let mut query = sql.prepare_cached(
                "SELECT seq, source, id, at, body FROM inbox \
                 WHERE seq > ?2 AND (?1 IS NULL OR source = ?1) ORDER BY seq LIMIT ?3",
            )?;
            let mut rows = query.query(params![source, number(after), limit])?;
            let (mut found, mut bytes) = (Vec::new(), 0);
            while bytes < AT_ONCE
                && let Some(row) = rows.next()?
            {
                let one = taken(row)?;
                bytes += one.message.body.len();
                found.push(one);
            }
            Ok(Ok(found))
        })
        .await
    }

    pub(crate) async fn forget(&self, before: Timestamp, up_to: u64) -> Result<u64> {
        self.write("forgetting what arrived", move |sql| {
            let sql =
                sql.execute("DELETE FROM inbox WHERE at < ?1 AND seq <= ?2", params![stamp(before), number(up_to)]);
            Ok(Ok(sql? as u64))
        })
        .await
    }

    pub(crate) async fn sit(&self, name: &str, holder: &str, for_: Duration) -> Result<Option<Seat>> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.write("taking a seat", move |sql| {
            let now = Timestamp::now();
            let until = now + for_;
            let found = seated(sql, &name)?;
            let fence = match found {
                Some((by, fence, until)) if by == holder && until > now => fence,
                Some((_, _, until)) if until > now => return Ok(Ok(None)),
                Some((_, fence, _)) => fence + 1,
                None => 1,
            };
            sql.execute(
                "INSERT INTO seat VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE \
                 SET holder = excluded.holder, fence = excluded.fence, until = excluded.until",
                params![name, holder, number(fence), stamp(until)],
            )?;
            Ok(Ok(Some(Seat { name, holder, fence, until })))
        })
        .await
    }

    pub(crate) async fn leave(&self, seat: &Seat) -> Result<()> {
        let seat = seat.clone();
        self.write("leaving a seat", move |sql| {
            // The row stays: the next fence is greater.
            sql.execute(
                "UPDATE seat SET until = ?4 WHERE name = ?1 AND holder = ?2 AND fence = ?3",
                params![seat.name, seat.holder, number(seat.fence), stamp(Timestamp::UNIX_EPOCH)],
            )?;
            Ok(Ok(()))
        })
        .await
    }

    pub(crate) async fn seated(&self, name: &str) -> Result<Option<Held>> {
        let name = name.to_owned();
        self.look("asking who has a seat", move |sql| {
            let found = seated(sql, &name)?.filter(|(_, _, until)| *until > Timestamp::now());
            Ok(Ok(found.map(|(holder, _, until)| Held { holder, until })))
        })
        .await
    }
}

fn document(sql: &Connection, name: &str) -> Sql<Option<Document>> {
    let mut query = sql.prepare_cached("SELECT version, body FROM document WHERE name = ?1")?;
    let read = |row: &Row<'_>| Ok(Document { version: row.get::<_, i64>(0)?.unsigned_abs(), body: row.get(1)? });
    query.query_row(params![name], read).optional()
}

fn seated(sql: &Connection, name: &str) -> Sql<Option<(String, u64, Timestamp)>> {
    let mut query = sql.prepare_cached("SELECT holder, fence, until FROM seat WHERE name = ?1")?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), time(row, 2)?));
    query.query_row(params![name], read).optional()
}

fn taken(row: &Row<'_>) -> Sql<Taken> {
    let message = Incoming { source: row.get(1)?, id: row.get(2)?, at: time(row, 3)?, body: row.get(4)? };
    Ok(Taken { seq: row.get::<_, i64>(0)?.unsigned_abs(), message })
}
