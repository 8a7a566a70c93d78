//! Messages that are to go out, in SQLite.
//!
//! Must not know: PostgreSQL.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::{Sql, Sqlite, number, stamp, time};
use crate::outbox::{COLUMNS, StateColumns, Step, called};
use crate::{NewMessage, OutMessage, OutState, Result, StoreError};

/// Who does not know of it leaves it alone. What is unsent is found however much was sent.
pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, key TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
    thread TEXT NOT NULL, incident TEXT NOT NULL, body BLOB NOT NULL, held INTEGER NOT NULL, due TEXT NOT NULL,
    state TEXT NOT NULL, holder TEXT, until TEXT, by TEXT, why TEXT, attempts INTEGER NOT NULL DEFAULT 0, last TEXT,
    sent TEXT, known BLOB, approved TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_unsent ON outbox (channel, seq) WHERE state IN ('waiting', 'sending');
CREATE INDEX IF NOT EXISTS outbox_unsent_thread ON outbox (channel, thread, seq) WHERE state IN ('waiting', 'sending');
CREATE INDEX IF NOT EXISTS outbox_sent_thread ON outbox (channel, thread, sent, seq) WHERE state = 'sent';
CREATE INDEX IF NOT EXISTS outbox_incident ON outbox (incident, seq);
";
pub(super) const NAMES: &str = "'outbox'";
/// The oldest one that may go now. One that was approved or revived late does not go beside a younger one of its thread
/// that somebody is sending.
const NEXT: &str = "SELECT seq FROM outbox AS one WHERE channel = ?1 AND state IN ('waiting', 'sending') \
     AND ((state = 'waiting' AND due <= ?3) OR (state = 'sending' AND (holder = ?2 OR until <= ?4))) \
     AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.channel = one.channel AND other.thread = one.thread \
         AND other.state IN ('waiting', 'sending') \
         AND (other.seq < one.seq OR (other.seq > one.seq AND other.state = 'sending' AND other.until > ?4))) \
     ORDER BY seq LIMIT 1";

impl Sqlite {
    pub(crate) async fn post(&self, messages: &[NewMessage]) -> Result<Vec<bool>> {
        let messages = messages.to_vec();
        self.write("putting messages into the outbox", move |sql| {
            let mut insert = sql.prepare_cached(
                "INSERT INTO outbox (at, key, channel, thread, incident, body, held, due, state) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            )?;
            let at = stamp(Timestamp::now());
            let mut new = Vec::with_capacity(messages.len());
            for message in messages {
                let state = OutState::first(&message).name();
                let NewMessage { key, channel, thread, incident, body, held, due } = message;
                let made =
                    insert.execute(params![at, key, channel, thread, incident, body, held, stamp(due), state])?;
                new.push(made == 1);
            }
            Ok(Ok(new))
        })
        .await
    }

    pub(crate) async fn claim(
        &self,
        channel: &str,
        holder: &str,
        for_: Duration,
        now: Timestamp,
    ) -> Result<Option<OutMessage>> {
        let doing = "claiming a message";
        let (channel, holder) = (channel.to_owned(), holder.to_owned());
        // Mostly there is nothing, and whoever only looks does not wait for a writer.
        let asked = (channel.clone(), holder.clone());
        let there = self.look(doing, move |sql| Ok(Ok(next(sql, &asked.0, &asked.1, now)?))).await?;
        if there.is_none() {
            return Ok(None);
        }
        self.write(doing, move |sql| {
            let Some(seq) = next(sql, &channel, &holder, now)? else { return Ok(Ok(None)) };
            let until = stamp(Timestamp::now() + for_);
            sql.execute(
                "UPDATE outbox SET state = 'sending', holder = ?2, until = ?3, attempts = attempts + 1 WHERE seq = ?1",
                params![seq, holder, until],
            )?;
            messages(sql, "WHERE seq = ?1", &[&seq]).map(|found| found.map(|found| found.into_iter().next()))
        })
        .await
    }

    pub(crate) async fn sent(&self, seq: u64, holder: &str, known: &[u8]) -> Result<()> {
        let (holder, known) = (holder.to_owned(), known.to_vec());
        self.write("noting that a message was sent", move |sql| {
            let at = stamp(Timestamp::now());
            settle(sql, seq, "state = 'sent', sent = ?3, known = ?4", params![number(seq), holder, at, known])
        })
        .await
    }

    pub(crate) async fn put_off(&self, seq: u64, holder: &str, until: Timestamp, why: &str) -> Result<()> {
        let (holder, why) = (holder.to_owned(), why.to_owned());
        self.write("putting a message off", move |sql| {
            let values = params![number(seq), holder, stamp(until), why];
            settle(sql, seq, "state = 'waiting', due = ?3, last = ?4", values)
        })
        .await
    }

    pub(crate) async fn dead(&self, seq: u64, holder: &str, why: &str) -> Result<()> {
        let (holder, why) = (holder.to_owned(), why.to_owned());
        self.write("giving a message up", move |sql| {
            settle(sql, seq, "state = 'dead', why = ?3, last = ?3", params![number(seq), holder, why])
        })
        .await
    }

    pub(crate) async fn approve_message(&self, key: &str, by: &str) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'waiting', approved = ?2 WHERE key = ?1 AND state = 'held'";
        self.step(Step::Approve, key, sql, vec![by.to_owned()]).await
    }

    pub(crate) async fn drop_message(&self, key: &str, by: &str, why: &str) -> Result<()> {
        // What somebody is sending may be out already.
        let sql = "UPDATE outbox SET state = 'dropped', by = ?2, why = ?3, holder = NULL, until = NULL WHERE key = ?1 \
                   AND (state IN ('held', 'waiting', 'dead') OR (state = 'sending' AND until <= ?4))";
        let now = stamp(Timestamp::now());
        self.step(Step::Drop, key, sql, vec![by.to_owned(), why.to_owned(), now]).await
    }

    pub(crate) async fn revive(&self, key: &str) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'waiting', why = NULL WHERE key = ?1 AND state = 'dead'";
        self.step(Step::Revive, key, sql, Vec::new()).await
    }

    /// Changes the message of this key, or says why not.
    async fn step(&self, step: Step, key: &str, change: &'static str, further: Vec<String>) -> Result<()> {
        let key = key.to_owned();
        self.write(step.doing(), move |sql| {
            let values = std::iter::once(&key).chain(&further);
            if sql.execute(change, rusqlite::params_from_iter(values))? == 1 {
                return Ok(Ok(()));
            }
            let state = sql.query_row("SELECT state FROM outbox WHERE key = ?1", params![key], |row| row.get(0));
            Ok(Err(step.refused(&key, state.optional()?)))
        })
        .await
    }

    pub(crate) async fn message(&self, key: &str) -> Result<Option<OutMessage>> {
        let key = key.to_owned();
        self.look("looking for a message", move |sql| {
            messages(sql, "WHERE key = ?1", &[&key]).map(|found| found.map(|found| found.into_iter().next()))
        })
        .await
    }

    pub(crate) async fn outbox(&self, incident: Option<&str>, limit: u32) -> Result<Vec<OutMessage>> {
        let incident = incident.map(str::to_owned);
        self.look("reading the outbox", move |sql| {
            let found = match &incident {
                Some(incident) => messages(sql, "WHERE incident = ?1 ORDER BY seq DESC LIMIT ?2", &[incident, &limit]),
                None => messages(sql, "ORDER BY seq DESC LIMIT ?1", &[&limit]),
            };
            found.map(|found| found.map(|found| found.into_iter().rev().collect()))
        })
        .await
    }

    pub(crate) async fn thread_state(&self, channel: &str, thread: &str) -> Result<Option<Vec<u8>>> {
        let (channel, thread) = (channel.to_owned(), thread.to_owned());
        self.look("reading what a channel knows", move |sql| {
            let mut query = sql.prepare_cached(
                "SELECT known FROM outbox WHERE channel = ?1 AND thread = ?2 AND state = 'sent' \
                 ORDER BY sent DESC, seq DESC LIMIT 1",
            )?;
            let known = query.query_row(params![channel, thread], |row| row.get::<_, Option<Vec<u8>>>(0));
            Ok(Ok(known.optional()?.flatten()))
        })
        .await
    }
}

fn next(sql: &Connection, channel: &str, holder: &str, now: Timestamp) -> Sql<Option<i64>> {
    let mut query = sql.prepare_cached(NEXT)?;
    let claims = stamp(Timestamp::now());
    query.query_row(params![channel, holder, stamp(now), claims], |row| row.get(0)).optional()
}

/// Ends a claim. One that ran out is its holder's until somebody else has it: what arrived late has arrived.
fn settle(sql: &Connection, seq: u64, set: &str, values: &[&dyn ToSql]) -> Sql<Result<()>> {
    let change = format!(
        "UPDATE outbox SET {set}, holder = NULL, until = NULL WHERE seq = ?1 AND state = 'sending' AND holder = ?2"
    );
    let done = sql.execute(&change, values)? == 1;
    Ok(if done { Ok(()) } else { Err(StoreError::Changed { name: called(seq) }) })
}

fn messages(sql: &Connection, which: &str, values: &[&dyn ToSql]) -> Sql<Result<Vec<OutMessage>>> {
    let mut query = sql.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox {which}"))?;
    let mut rows = query.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        match message(row)? {
            Ok(one) => found.push(one),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(found))
}

fn message(row: &Row<'_>) -> Sql<Result<OutMessage>> {
    let seq = row.get::<_, i64>(0)?.unsigned_abs();
    let columns = StateColumns {
        state: row.get(9)?,
        holder: row.get(10)?,
        until: maybe(row, 11)?,
        by: row.get(12)?,
        why: row.get(13)?,
    };
    let said = columns.state.clone();
    let Some(state) = columns.read() else { return Ok(Err(StoreError::UnreadableMessage { seq, said })) };
    Ok(Ok(OutMessage {
        seq,
        at: time(row, 1)?,
        message: NewMessage {
            key: row.get(2)?,
            channel: row.get(3)?,
            thread: row.get(4)?,
            incident: row.get(5)?,
            body: row.get(6)?,
            held: row.get(7)?,
            due: time(row, 8)?,
        },
        state,
        attempts: row.get(14)?,
        last: row.get(15)?,
        sent: maybe(row, 16)?,
        known: row.get(17)?,
        approved: row.get(18)?,
    }))
}

fn maybe(row: &Row<'_>, column: usize) -> Sql<Option<Timestamp>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => time(row, column).map(Some),
    }
}
