//! Changes from the write-ahead log instead of from triggers: a logical replication slot keeps what was written since it
//! was last read, and a publication says of which tables. Writers do nothing more than they would anyway.
//!
//! What is read becomes rows of the table of changes, as triggers would have written them, so that everything after that
//! is the same. A slot is read once it is needed: for a replay, or when changes are trimmed.
//!
//! Must not know: what becomes of the changes.

use std::collections::BTreeMap;
use std::pin::pin;

use backout_plan::ConnectionSettings;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::literal;
use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};

use super::connection::open;
use super::pgoutput::{Message, Reader};
use super::{CaptureError, Depth, Source, image};
use crate::stream::{HEADER, TRAILER};

/// The publication that says which tables are decoded. It is part of the database, and comes with a restore.
pub const PUBLICATION: &str = "backout_capture";
/// Changes are sent in pieces of about this size.
const PIECE: usize = 64 << 10;
/// Transactions that were begun before the slot must end before it is there.
const PATIENCE: &str = "60s";

/// Slots belong to the server: the name holds the database's id.
const NAME: &str =
    "(SELECT 'backout_capture_' || oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

/// How a slot stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub name: String,
    /// Bytes of the write-ahead log that the server keeps for it.
    pub kept: u64,
    /// Why changes may be missing.
    pub trouble: Option<String>,
}

/// Why no slot can be made here. `None` where one can.
pub async fn refusal(session: &Session) -> Result<Option<String>, DatabaseError> {
    let sql = "SELECT pg_catalog.current_setting('wal_level'), (SELECT rolreplication OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user), \
               current_user::text, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')";
    let rows = session.rows(sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (level, role): (String, String) = (row.get(0), row.get(2));
    Ok(match (level.as_str(), row.get::<_, bool>(1), row.get::<_, bool>(3)) {
        ("logical", true, true) => None,
        ("logical", false, _) => Some(format!("role {role} may not replicate")),
        ("logical", ..) => Some(format!("role {role} may not create a publication in this database")),
        _ => Some(format!("wal_level is {level}, not logical")),
    })
}

/// Makes publication and slot where they are missing.
pub async fn make(session: &Session) -> Result<(), CaptureError> {
    let failed = || CaptureError::server("making the replication slot");
    if let Some(why) = refusal(session).await.map_err(failed())? {
        return Err(CaptureError::NoSlot(why));
    }
    let there = format!("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = {}", literal(PUBLICATION));
    if session.rows(&there).await.map_err(failed())?.is_empty() {
        session.batch(&format!("CREATE PUBLICATION {PUBLICATION}")).await.map_err(failed())?;
    }
    if look(session).await?.is_some() {
        return Ok(());
    }
    session.batch(&format!("SET lock_timeout = '{PATIENCE}'")).await.map_err(failed())?;
    let made = format!("SELECT lsn::text FROM pg_catalog.pg_create_logical_replication_slot({NAME}, 'pgoutput')");
    let made = session.scalar(&made).await;
    session.batch("SET lock_timeout = 0").await.map_err(failed())?;
    let lsn = made.map_err(failed())?.unwrap_or_default();
    let note = format!(
        "CREATE TABLE IF NOT EXISTS backout_capture.slot (singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), upto pg_lsn NOT NULL); \
         DELETE FROM backout_capture.slot; INSERT INTO backout_capture.slot (upto) VALUES ({})",
        literal(&lsn)
    );
    session.batch(&format!("BEGIN; {note}; COMMIT")).await.map_err(failed())
}

/// The slot of this database, where there is one.
pub async fn look(session: &Session) -> Result<Option<Slot>, CaptureError> {
    let failed = || CaptureError::server("looking at the replication slot");
    let read = "SELECT pg_catalog.to_regclass('backout_capture.slot') IS NOT NULL";
    let is_ours = session.scalar(read).await.map_err(failed())?.as_deref() == Some("t");
    // It was read by nobody but us if it stands no further than we have noted.
    let noted = if is_ours { "(SELECT upto FROM backout_capture.slot)" } else { "NULL::pg_catalog.pg_lsn" };
    let sql = format!(
        "SELECT slot_name::text, coalesce(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn), 0)::int8, coalesce(wal_status, ''), \
           confirmed_flush_lsn <= {noted}, plugin::text \
         FROM pg_catalog.pg_replication_slots WHERE slot_name = {NAME} AND database = pg_catalog.current_database()"
    );
    let rows = session.rows(&sql).await.map_err(failed())?;
    Ok(rows.first().map(|row| {
        let (status, plugin): (String, String) = (row.get(2), row.get(4));
        let trouble = match (status.as_str(), row.get::<_, Option<bool>>(3)) {
            ("lost", _) => Some("the server has given up what it kept for the replication slot".to_owned()),
            _ if plugin != "pgoutput" => Some("the replication slot is not the one that was made".to_owned()),
            (_, Some(true)) => None,
            _ => Some("somebody else has read the replication slot, or made it anew".to_owned()),
        };
        Slot { name: row.get(0), kept: u64::try_from(row.get::<_, i64>(1)).unwrap_or(0), trouble }
    }))
}

/// Tables that the publication has whole: all events, all rows.
pub async fn members(session: &Session) -> Result<Vec<u32>, DatabaseError> {
    let sql = format!(
        "SELECT r.prrelid FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid \
         WHERE p.pubname = {} AND p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AND NOT p.pubviaroot",
        literal(PUBLICATION)
    );
    Ok(session.rows(&sql).await?.iter().map(|row| row.get(0)).collect())
}

/// What puts a table under it, within the transaction that holds it against writers.
pub fn add(source: &Source) -> String {
    format!("ALTER PUBLICATION {PUBLICATION} ADD TABLE ONLY {}", source.sql_name())
}

/// What takes a table away from it, if it is there.
pub fn remove(source: &Source) -> String {
    format!(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid \
           WHERE p.pubname = {} AND r.prrelid = {}) \
         THEN EXECUTE pg_catalog.format('ALTER PUBLICATION {PUBLICATION} DROP TABLE ONLY %s', '{}'::pg_catalog.regclass); END IF; END $$",
        literal(PUBLICATION),
        source.oid,
        source.oid
    )
}

/// Removes publication and slot.
pub async fn drop_it(session: &Session) -> Result<(), CaptureError> {
    let failed = || CaptureError::server("removing the replication slot");
    let sql = format!(
        "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = {NAME}"
    );
    session.rows(&sql).await.map_err(failed())?;
    let sql = format!(
        "SET client_min_messages = warning; DROP PUBLICATION IF EXISTS {PUBLICATION}; RESET client_min_messages"
    );
    session.batch(&sql).await.map_err(failed())
}

/// Drops our slot of another database, which nobody reads any more: for its sake the server would keep its log for ever,
/// and the database could not be dropped.
///
/// # Errors
/// When the server says no.
pub async fn release(session: &Session, database: &str) -> Result<(), CaptureError> {
    let sql = format!(
        "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots \
         WHERE database = {} AND pg_catalog.starts_with(slot_name::text, 'backout_capture_') AND NOT active",
        literal(database)
    );
    session.rows(&sql).await.map(drop).map_err(CaptureError::server("removing the replication slot"))
}

/// Reads all that was committed by now into the table of changes, and lets the server forget it.
///
/// # Errors
/// When the slot cannot be read, or the changes cannot be captured. What was written twice is harmless.
pub async fn drain(settings: &ConnectionSettings, sources: &[Source]) -> Result<u64, CaptureError> {
    let failed = || CaptureError::server("reading the replication slot");
    let sources: BTreeMap<u32, &Source> =
        sources.iter().filter(|source| source.depth == Depth::Slot).map(|source| (source.oid, source)).collect();
    if sources.is_empty() {
        return Ok(0);
    }
    let (reader, writer) = (open(settings).await?, open(settings).await?);
    let Some(slot) = look(&reader).await? else {
        return Err(CaptureError::SlotTrouble("the replication slot is gone".to_owned()));
    };
    if let Some(trouble) = slot.trouble {
        return Err(CaptureError::SlotTrouble(trouble));
    }
    // What others can see may not be on the disk yet (synchronous_commit = off), and only what is there is decoded: so
    // up to here, which is on the disk once a commit of ours is.
    let upto = writer.scalar("SELECT pg_catalog.pg_current_wal_insert_lsn()").await.map_err(failed())?;
    let upto = upto.unwrap_or_default();
    let flush = "SET synchronous_commit = on; UPDATE backout_capture.slot SET upto = upto";
    writer.batch(flush).await.map_err(failed())?;
    let now = writer.scalar("SELECT pg_catalog.pg_current_xact_id()").await.map_err(failed())?;
    let now: u64 = now.and_then(|text| text.parse().ok()).unwrap_or(0);
    writer.batch("BEGIN").await.map_err(failed())?;
    let into =
        "COPY backout_capture.change (xid, source, op, k1, k2, k3, k4, k5, k6, k7, k8) FROM STDIN (FORMAT binary)";
    let sink = writer.copy_in::<Bytes>(into).await.map_err(|e| failed()(e.into()))?;
    let mut sink = pin!(sink);
    let peek = format!(
        "SELECT data FROM pg_catalog.pg_logical_slot_peek_binary_changes({}, {}, NULL, 'proto_version', '1', 'publication_names', {}, 'binary', 'true')",
        literal(&slot.name),
        literal(&upto),
        literal(PUBLICATION)
    );
    let stream = reader.stream(&peek).await.map_err(|e| failed()(e.into()))?;
    let mut stream = pin!(stream);
    let (mut decoder, mut xid, mut number, mut buffer) = (Reader::default(), 0_u64, 0_u64, HEADER.to_vec());
    while let Some(row) = stream.try_next().await.map_err(|e| failed()(e.into()))? {
        let broken = || CaptureError::SlotTrouble("what the replication slot says cannot be read".to_owned());
        match decoder.read(row.get(0)).ok_or_else(broken)? {
            Message::Begin { xid: short } => xid = full(now, short),
            Message::Other => {}
            Message::Change { table, op, key_of } => {
                let Some(source) = sources.get(&table) else { continue };
                let names: Vec<&str> = source.key.iter().map(|column| column.name.as_str()).collect();
                for (op, key) in decoder.keys(table, op, &key_of, &names).ok_or_else(broken)? {
                    number += 1;
                    put(&mut buffer, xid, source.number, op, &key);
                }
            }
            Message::Truncate { tables } => {
                for source in tables.iter().filter_map(|table| sources.get(table)) {
                    number += 1;
                    put(&mut buffer, xid, source.number, b'T', &[]);
                }
            }
        }
        if buffer.len() >= PIECE {
            let piece = Bytes::from(std::mem::take(&mut buffer));
            sink.send(piece).await.map_err(|e| failed()(e.into()))?;
        }
    }
    buffer.extend_from_slice(TRAILER);
    sink.send(Bytes::from(buffer)).await.map_err(|e| failed()(e.into()))?;
    sink.finish().await.map_err(|e| failed()(e.into()))?;
    let note = format!("UPDATE backout_capture.slot SET upto = {}; COMMIT", literal(&upto));
    writer.batch(&note).await.map_err(failed())?;
    backout_postgres::failpoint!("replay.drained");
    let advance = format!("SELECT pg_catalog.pg_replication_slot_advance({}, {})", literal(&slot.name), literal(&upto));
    reader.rows(&advance).await.map_err(failed())?;
    reader.close().await;
    writer.close().await;
    Ok(number)
}

/// A transaction's whole number, of its lower half and of a later one.
fn full(now: u64, short: u32) -> u64 {
    #[allow(clippy::cast_possible_truncation)]
    let lower = now as u32;
    now - u64::from(lower.wrapping_sub(short))
}

/// One change as binary COPY takes it.
fn put(buffer: &mut Vec<u8>, xid: u64, source: i32, op: u8, key: &[Vec<u8>]) {
    let (xid, source, op) = (xid.to_be_bytes(), source.to_be_bytes(), [op]);
    let mut values: Vec<Option<&[u8]>> = vec![Some(&xid), Some(&source), Some(&op)];
    values.extend(key.iter().map(|part| Some(part.as_slice())));
    values.resize(11, None);
    image::put_row(buffer, &values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_transactions_are_made_whole() {
        assert_eq!(full(1000, 990), 990);
        assert_eq!(full((7 << 32) + 5, 5), (7 << 32) + 5);
        assert_eq!(full((7 << 32) + 5, u32::MAX), (6 << 32) + u64::from(u32::MAX));
    }

    #[test]
    fn changes_are_rows_of_copy() {
        let mut buffer = Vec::new();
        put(&mut buffer, 7, 3, b'D', &[vec![1, 2]]);
        assert_eq!(buffer[..2], [0, 11]);
        assert_eq!(buffer.len(), 2 + 12 + 8 + 5 + 6 + 7 * 4);
    }
}
