//! Whether anything is written in a time: by the server's own counters, its transaction numbers and its log.
//!
//! The numbers decide first. While the server has given out no transaction number and nobody holds one, no transaction
//! has written anything in any of its databases. Where it has, the counters of this database say whether it was here.
//!
//! Must not know: what was done so that nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::catalog::OURS;
use super::error::{FreezeError, doing};
use super::sessions::CLIENTS;
use crate::session::Session;

/// How often it is looked who holds a transaction number.
const LOOK: Duration = Duration::from_millis(100);
/// A session that goes on tells the server what it has written after this time, unless it does so at once.
const LATE: Duration = Duration::from_millis(10_500);

/// What was seen in a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// How long it was looked.
    pub window_ms: f64,
    /// What was written here. Nothing, where the freeze holds.
    pub writes: Vec<Write>,
    /// Places of the server's log at the beginning and at the end.
    pub wal_from: String,
    pub wal_to: String,
    pub wal_bytes: i64,
    /// Transactions of the whole server that took a number and ended.
    pub transactions: i64,
    /// Tables and sequences that were looked at.
    pub tables: usize,
    pub sequences: usize,
    /// What the numbers mean.
    pub explanation: String,
}

/// Something that was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    pub what: String,
    pub how: String,
}

impl Evidence {
    pub fn is_calm(&self) -> bool {
        self.writes.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Counts {
    name: String,
    inserted: i64,
    updated: i64,
    deleted: i64,
    /// TRUNCATE and rewrites leave no counts, but another file.
    file: Option<u32>,
}

struct Seen {
    /// The transactions that are visible, as the server prints a snapshot.
    snapshot: String,
    next: i64,
    wal: String,
    tables: BTreeMap<u32, Counts>,
    sequences: BTreeMap<String, Option<i64>>,
}

/// Tells the server what this session has counted, or it would be counted later and taken for somebody else's.
pub(super) async fn flush(session: &Session) -> Result<(), FreezeError> {
    if session.server_major() >= 15 {
        let told = session.batch("SELECT pg_catalog.pg_stat_force_next_flush()").await;
        told.map_err(doing("telling the server what was counted"))?;
        // It is done at the end of a transaction.
        session.batch("SELECT").await.map_err(doing("telling the server what was counted"))?;
    }
    Ok(())
}

/// Watches for so long, and longer where counters may be late. Changes nothing.
pub(super) async fn watch(session: &Session, window: Duration) -> Result<Evidence, FreezeError> {
    let counts = session.scalar("SHOW track_counts").await.map_err(doing("asking whether rows are counted"))?;
    let from = look(session).await?;
    let began = Instant::now();
    let (mut holders, mut others) = (BTreeSet::new(), BTreeSet::new());
    while began.elapsed() < window {
        meet(session, &mut holders, &mut others).await?;
        tokio::time::sleep(LOOK.min(window.saturating_sub(began.elapsed()))).await;
    }
    meet(session, &mut holders, &mut others).await?;
    let mut to = look(session).await?;
    let window_ms = began.elapsed().as_secs_f64() * 1e3;
    let moved = from.snapshot != to.snapshot || !holders.is_empty();
    let transactions = to.next - from.next;
    let mut writes: BTreeSet<Write> = holders;
    let (wal_from, wal_to) = (from.wal.clone(), to.wal.clone());
    if moved {
        writes.extend(tables(&from.tables, &to.tables));
        let closed = Instant::now();
        while writes.is_empty() && closed.elapsed() < LATE && are_there(session, &others).await? {
            tokio::time::sleep(LOOK * 5).await;
            to.tables = counted(session).await?;
            writes.extend(tables(&from.tables, &to.tables));
        }
        if writes.is_empty() && counts.as_deref() != Some("on") {
            let how = "track_counts is off, and transactions were numbered on this server".to_owned();
            writes.insert(Write { what: "unknown tables".to_owned(), how });
        }
    }
    // nextval takes no number while it hands out what it has reserved.
    writes.extend(sequences(&from.sequences, &to.sequences));
    let bytes = format!("SELECT pg_catalog.pg_wal_lsn_diff('{wal_to}', '{wal_from}')::int8::text");
    let bytes = session.scalar(&bytes).await.map_err(doing("comparing places of the log"))?;
    let wal_bytes = bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let explanation = match (moved, wal_bytes) {
        (false, 0) => "the server wrote nothing to its log: no database of it was written to".to_owned(),
        (false, bytes) => format!(
            "no transaction of the server took a number, so none has written anything; the {bytes} bytes of log are the server's own (checkpoints and the like)"
        ),
        (true, bytes) if writes.is_empty() => format!(
            "{transactions} transactions took a number on this server, and no table, sequence or catalog of this database has changed: the {bytes} bytes of log are of other databases, of vacuum, or of Backout's own schemas"
        ),
        (true, bytes) => format!("{transactions} transactions took a number on this server, with {bytes} bytes of log"),
    };
    let (tables, sequences) = (to.tables.len(), to.sequences.len());
    let writes = writes.into_iter().collect();
    Ok(Evidence { window_ms, writes, wal_from, wal_to, wal_bytes, transactions, tables, sequences, explanation })
}

/// Who holds a transaction number, and who is there at all.
async fn meet(session: &Session, holders: &mut BTreeSet<Write>, others: &mut BTreeSet<i32>) -> Result<(), FreezeError> {
    let sql = format!(
        "SELECT a.pid, coalesce(a.usename::text, '?'), coalesce(a.application_name, ''), a.backend_xid::text \
         FROM pg_catalog.pg_stat_activity a WHERE {CLIENTS}"
    );
    for row in session.rows(&sql).await.map_err(doing("asking who writes"))? {
        let (pid, role, application): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
        others.insert(pid);
        if let Some(number) = row.get::<_, Option<String>>(3) {
            let other = super::sessions::Other { pid, role, application };
            holders.insert(Write { what: other.to_string(), how: format!("in transaction {number}, which writes") });
        }
    }
    Ok(())
}

/// Whether one of these is still there, and may have counted what it has not told yet.
async fn are_there(session: &Session, pids: &BTreeSet<i32>) -> Result<bool, FreezeError> {
    let list: Vec<String> = pids.iter().map(ToString::to_string).collect();
    let sql = format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = ANY (ARRAY[{}]::int4[]) AND datname = pg_catalog.current_database())::text",
        list.join(", ")
    );
    Ok(session.scalar(&sql).await.map_err(doing("asking who is there"))?.as_deref() == Some("true"))
}

async fn look(session: &Session) -> Result<Seen, FreezeError> {
    let tables = counted(session).await?;
    let sql = format!(
        "SELECT pg_catalog.quote_ident(s.schemaname) || '.' || pg_catalog.quote_ident(s.sequencename), s.last_value \
         FROM pg_catalog.pg_sequences s WHERE s.schemaname !~ '{OURS}'"
    );
    let rows = session.rows(&sql).await.map_err(doing("reading where sequences are"))?;
    let sequences = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    // Last: what is counted before it has its number before it.
    let sql = "SELECT pg_catalog.pg_current_snapshot()::text, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8, \
         pg_catalog.pg_current_wal_insert_lsn()::text";
    let rows = session.rows(sql).await.map_err(doing("reading the transaction numbers and the place of the log"))?;
    let row = rows.first().ok_or(FreezeError::Gone)?;
    Ok(Seen { snapshot: row.get(0), next: row.get(1), wal: row.get(2), tables, sequences })
}

async fn counted(session: &Session) -> Result<BTreeMap<u32, Counts>, FreezeError> {
    // Before 15 what this session itself has done to the catalog may be counted late.
    let catalog = if session.server_major() >= 15 { "true" } else { "s.schemaname <> 'pg_catalog'" };
    let sql = format!(
        "SELECT s.relid, pg_catalog.quote_ident(s.schemaname) || '.' || pg_catalog.quote_ident(s.relname), s.n_tup_ins, s.n_tup_upd, s.n_tup_del, \
           pg_catalog.pg_relation_filenode(s.relid) FROM pg_catalog.pg_stat_all_tables s JOIN pg_catalog.pg_class c ON c.oid = s.relid \
         WHERE NOT c.relisshared AND s.schemaname !~ '{OURS}' AND s.schemaname !~ '^pg_(toast|temp)' AND {catalog} \
           AND NOT (s.schemaname = 'pg_catalog' AND s.relname IN ('pg_statistic', 'pg_statistic_ext_data'))"
    );
    let rows = session.rows(&sql).await.map_err(doing("reading the counters of tables"))?;
    let counts = |row: &tokio_postgres::Row| {
        let (name, inserted, updated, deleted, file) = (row.get(1), row.get(2), row.get(3), row.get(4), row.get(5));
        (row.get(0), Counts { name, inserted, updated, deleted, file })
    };
    Ok(rows.iter().map(counts).collect())
}

fn tables(from: &BTreeMap<u32, Counts>, to: &BTreeMap<u32, Counts>) -> Vec<Write> {
    let mut writes = Vec::new();
    for (oid, now) in to {
        let what = format!("table {}", now.name);
        let Some(was) = from.get(oid) else {
            writes.push(Write { what, how: "it was made".to_owned() });
            continue;
        };
        let mut how = Vec::new();
        for (verb, was, now) in [
            ("inserted", was.inserted, now.inserted),
            ("updated", was.updated, now.updated),
            ("deleted", was.deleted, now.deleted),
        ] {
            // Somebody may have set the counters back.
            if now != was {
                how.push(if now > was { format!("{} rows {verb}", now - was) } else { format!("rows {verb}") });
            }
        }
        if was.file != now.file {
            how.push("emptied or rewritten".to_owned());
        }
        if !how.is_empty() {
            writes.push(Write { what, how: how.join(", ") });
        }
    }
    let gone = from.iter().filter(|(oid, _)| !to.contains_key(oid));
    writes.extend(gone.map(|(_, was)| Write { what: format!("table {}", was.name), how: "it is gone".to_owned() }));
    writes
}

fn sequences(from: &BTreeMap<String, Option<i64>>, to: &BTreeMap<String, Option<i64>>) -> Vec<Write> {
    let number = |value: &Option<i64>| value.map_or("its start".to_owned(), |value| value.to_string());
    let moved = to.iter().filter_map(|(name, now)| {
        let was = from.get(name)?;
        (was != now).then(|| Write {
            what: format!("sequence {name}"),
            how: format!("from {} to {}", number(was), number(now)),
        })
    });
    moved.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(inserted: i64, file: u32) -> Counts {
        Counts { name: "public.t".to_owned(), inserted, updated: 0, deleted: 0, file: Some(file) }
    }

    #[track_caller]
    fn check(from: &[(u32, Counts)], to: &[(u32, Counts)], expected: &[&str]) {
        let map = |list: &[(u32, Counts)]| list.iter().cloned().collect::<BTreeMap<u32, Counts>>();
        let found: Vec<String> = tables(&map(from), &map(to)).into_iter().map(|write| write.how).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_kind_of_write_is_told() {
        check(&[(1, table(5, 7))], &[(1, table(5, 7))], &[]);
        check(&[(1, table(5, 7))], &[(1, table(8, 7))], &["3 rows inserted"]);
        check(&[(1, table(5, 7))], &[(1, table(0, 7))], &["rows inserted"]);
        check(&[(1, table(5, 7))], &[(1, table(5, 8))], &["emptied or rewritten"]);
        check(&[(1, table(5, 7))], &[], &["it is gone"]);
        check(&[], &[(1, table(0, 7))], &["it was made"]);
    }

    #[test]
    fn a_sequence_that_moved_is_told() {
        let at = |value: Option<i64>| BTreeMap::from([("public.s".to_owned(), value)]);
        assert_eq!(sequences(&at(None), &at(None)), []);
        assert_eq!(sequences(&at(None), &at(Some(1)))[0].how, "from its start to 1");
    }
}
