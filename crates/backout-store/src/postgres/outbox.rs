//! Messages that are to go out, on a PostgreSQL server, whose clock decides how long a claim lasts.
//!
//! Must not know: SQLite.

use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Postgres, millis, number};
use crate::outbox::{COLUMNS, StateColumns, Step, called};
use crate::{NewMessage, OutMessage, OutState, Result, StoreError};

/// Who does not know of it leaves it alone. What is unsent is found however much was sent.
pub(super) const TABLES: &str = "
CREATE TABLE backout_runs.outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, key text NOT NULL UNIQUE,
    channel text NOT NULL, thread text NOT NULL, incident text NOT NULL, body bytea NOT NULL, held boolean NOT NULL,
    due timestamptz NOT NULL, state text NOT NULL, holder text, until timestamptz, by text, why text,
    attempts integer NOT NULL DEFAULT 0, last text, sent timestamptz, known bytea, approved text
);
CREATE INDEX outbox_unsent ON backout_runs.outbox (channel, seq) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_unsent_thread ON backout_runs.outbox (channel, thread, seq)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_sent_thread ON backout_runs.outbox (channel, thread, sent, seq) WHERE state = 'sent';
CREATE INDEX outbox_incident ON backout_runs.outbox (incident, seq);
";
/// Messages are put here and claimed one transaction after the other, so that no claim misses an older message of its
/// thread, and none goes beside another one of it.
const ORDERING: i64 = 0x006b_6f75_745f_6f75;
/// The oldest one that may go now. One that was approved or revived late does not go beside a younger one of its thread
/// that somebody is sending.
const NEXT: &str = "SELECT seq FROM backout_runs.outbox AS one \
     WHERE channel = $1 AND state IN ('waiting', 'sending') AND (state = 'waiting' AND due <= $3 \
         OR state = 'sending' AND (holder = $2 OR until <= pg_catalog.clock_timestamp())) \
     AND NOT EXISTS (SELECT 1 FROM backout_runs.outbox AS other \
         WHERE other.channel = one.channel AND other.thread = one.thread AND other.state IN ('waiting', 'sending') \
         AND (other.seq < one.seq OR other.seq > one.seq AND other.state = 'sending' \
             AND other.until > pg_catalog.clock_timestamp())) \
     ORDER BY seq LIMIT 1";

impl Postgres {
    pub(crate) async fn post(&self, messages: &[NewMessage]) -> Result<Vec<bool>> {
        let doing = "putting messages into the outbox";
        let begun = self.begin(doing, &format!("BEGIN; SELECT pg_catalog.pg_advisory_xact_lock({ORDERING})")).await?;
        let session = begun.session()?;
        let work = async {
            let sql = "INSERT INTO backout_runs.outbox (at, key, channel, thread, incident, body, held, due, state) \
                       VALUES (pg_catalog.clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
            let insert = session.prepare(sql).await.map_err(self.query(doing))?;
            let mut new = Vec::with_capacity(messages.len());
            for message in messages {
                let NewMessage { key, channel, thread, incident, body, held, due } = message;
                let state = OutState::first(message).name();
                let values: [&(dyn ToSql + Sync); 8] = [key, channel, thread, incident, body, held, due, &state];
                let made = session.execute(&insert, &values).await;
                new.push(made.map_err(self.query(doing))? == 1);
            }
            Ok(new)
        };
        let done = work.await;
        self.end(begun, doing, done).await
    }

    pub(crate) async fn claim(
        &self,
        channel: &str,
        holder: &str,
        for_: Duration,
        now: Timestamp,
    ) -> Result<Option<OutMessage>> {
        let doing = "claiming a message";
        {
            // Mostly there is nothing, and whoever only looks waits for nobody.
            let held = self.session().await?;
            let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
            let there = session.query_opt(NEXT, &[&channel, &holder, &now]).await;
            if there.map_err(self.query(doing))?.is_none() {
                return Ok(None);
            }
        }
        let begun = self.begin(doing, &format!("BEGIN; SELECT pg_catalog.pg_advisory_xact_lock({ORDERING})")).await?;
        let session = begun.session()?;
        let work = async {
            // Locked, because one that a person drops at this moment is not sent.
            let sql = format!(
                "UPDATE backout_runs.outbox SET state = 'sending', holder = $2, attempts = attempts + 1, \
                 until = pg_catalog.clock_timestamp() + $4::bigint * interval '1 ms' \
                 WHERE seq = ({NEXT} FOR UPDATE) RETURNING {COLUMNS}"
            );
            let row = session.query_opt(&sql, &[&channel, &holder, &now, &millis(for_)]).await;
            row.map_err(self.query(doing))?.as_ref().map(message).transpose()
        };
        let done = work.await;
        self.end(begun, doing, done).await
    }

    pub(crate) async fn sent(&self, seq: u64, holder: &str, known: &[u8]) -> Result<()> {
        let set = "state = 'sent', sent = pg_catalog.clock_timestamp(), known = $3";
        self.settle("noting that a message was sent", seq, holder, set, &[&known]).await
    }

    pub(crate) async fn put_off(&self, seq: u64, holder: &str, until: Timestamp, why: &str) -> Result<()> {
        let set = "state = 'waiting', due = $3, last = $4";
        self.settle("putting a message off", seq, holder, set, &[&until, &why]).await
    }

    pub(crate) async fn dead(&self, seq: u64, holder: &str, why: &str) -> Result<()> {
        self.settle("giving a message up", seq, holder, "state = 'dead', why = $3, last = $3", &[&why]).await
    }

    /// Ends a claim. One that ran out is its holder's until somebody else has it: what arrived late has arrived.
    async fn settle(
        &self,
        doing: &'static str,
        seq: u64,
        holder: &str,
        set: &str,
        further: &[&(dyn ToSql + Sync)],
    ) -> Result<()> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = format!(
            "UPDATE backout_runs.outbox SET {set}, holder = NULL, until = NULL \
             WHERE seq = $1 AND state = 'sending' AND holder = $2"
        );
        let number = number(seq);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&number, &holder];
        values.extend(further);
        match session.execute(&sql, &values).await.map_err(self.query(doing))? {
            0 => Err(StoreError::Changed { name: called(seq) }),
            _ => Ok(()),
        }
    }

    pub(crate) async fn approve_message(&self, key: &str, by: &str) -> Result<()> {
        let sql = "UPDATE backout_runs.outbox SET state = 'waiting', approved = $2 WHERE key = $1 AND state = 'held'";
        self.step(Step::Approve, key, sql, &[&key, &by]).await
    }

    pub(crate) async fn drop_message(&self, key: &str, by: &str, why: &str) -> Result<()> {
        // What somebody is sending may be out already.
        let sql = "UPDATE backout_runs.outbox \
                   SET state = 'dropped', by = $2, why = $3, holder = NULL, until = NULL WHERE key = $1 \
                   AND (state IN ('held', 'waiting', 'dead') \
                       OR state = 'sending' AND until <= pg_catalog.clock_timestamp())";
        self.step(Step::Drop, key, sql, &[&key, &by, &why]).await
    }

    pub(crate) async fn revive(&self, key: &str) -> Result<()> {
        let sql = "UPDATE backout_runs.outbox SET state = 'waiting', why = NULL WHERE key = $1 AND state = 'dead'";
        self.step(Step::Revive, key, sql, &[&key]).await
    }

    /// Changes the message of this key, or says why not.
    async fn step(&self, step: Step, key: &str, change: &str, values: &[&(dyn ToSql + Sync)]) -> Result<()> {
        let failed = self.query(step.doing());
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        if session.execute(change, values).await.map_err(&failed)? == 1 {
            return Ok(());
        }
        let sql = "SELECT state FROM backout_runs.outbox WHERE key = $1";
        let row = session.query_opt(sql, &[&key]).await.map_err(&failed)?;
        Err(step.refused(key, row.map(|row| row.get(0))))
    }

    pub(crate) async fn message(&self, key: &str) -> Result<Option<OutMessage>> {
        let found = self.messages("looking for a message", "WHERE key = $1", &[&key]).await?;
        Ok(found.into_iter().next())
    }

    pub(crate) async fn outbox(&self, incident: Option<&str>, limit: u32) -> Result<Vec<OutMessage>> {
        let (doing, limit) = ("reading the outbox", i64::from(limit));
        let mut found = match incident {
            Some(incident) => {
                let which = "WHERE incident = $1 ORDER BY seq DESC LIMIT $2";
                self.messages(doing, which, &[&incident, &limit]).await?
            }
            None => self.messages(doing, "ORDER BY seq DESC LIMIT $1", &[&limit]).await?,
        };
        found.reverse();
        Ok(found)
    }

    async fn messages(
        &self,
        doing: &'static str,
        which: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<OutMessage>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = format!("SELECT {COLUMNS} FROM backout_runs.outbox {which}");
        let rows = session.query(&sql, values).await.map_err(self.query(doing))?;
        rows.iter().map(message).collect()
    }

    pub(crate) async fn thread_state(&self, channel: &str, thread: &str) -> Result<Option<Vec<u8>>> {
        let held = self.session().await?;
        let Some(session) = held.as_ref() else { return Err(StoreError::Gone) };
        let sql = "SELECT known FROM backout_runs.outbox WHERE channel = $1 AND thread = $2 AND state = 'sent' \
                   ORDER BY sent DESC, seq DESC LIMIT 1";
        let row = session.query_opt(sql, &[&channel, &thread]).await;
        Ok(row.map_err(self.query("reading what a channel knows"))?.and_then(|row| row.get(0)))
    }
}

fn message(row: &Row) -> Result<OutMessage> {
    let seq = row.get::<_, i64>(0).unsigned_abs();
    let columns =
        StateColumns { state: row.get(9), holder: row.get(10), until: row.get(11), by: row.get(12), why: row.get(13) };
    let said = columns.state.clone();
    let state = columns.read().ok_or(StoreError::UnreadableMessage { seq, said })?;
    Ok(OutMessage {
        seq,
        at: row.get(1),
        message: NewMessage {
            key: row.get(2),
            channel: row.get(3),
            thread: row.get(4),
            incident: row.get(5),
            body: row.get(6),
            held: row.get(7),
            due: row.get(8),
        },
        state,
        attempts: row.get::<_, i32>(14).unsigned_abs(),
        last: row.get(15),
        sent: row.get(16),
        known: row.get(17),
        approved: row.get(18),
    })
}
