//! Publications: which tables they have, and whether a change of one really arrives over logical replication.
//!
//! The change is one of a transaction that is rolled back. So that it is decoded all the same, the transaction also writes
//! a message that is larger than what decoding may keep in memory: then it hands out what it has before the end is known
//! (`streaming`, PostgreSQL 14). Subscribers that do not stream see nothing of it, others that it was taken back.
//!
//! Must not know: who subscribes.

use backout_schema::literal;

use super::Relation;
use crate::session::{DatabaseError, Session};

/// Larger than the smallest memory that decoding can be given (64 kB).
const LARGE: usize = 100_000;
/// How long other sessions may hold up the change, or the slot.
const PATIENCE: &str = "10s";

/// A publication as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// With their schemas, as SQL takes them.
    pub tables: Vec<String>,
    pub updates: bool,
    pub inserts: bool,
}

/// The publication of this name, with the tables that it has by whatever way.
///
/// # Errors
/// When the server says no.
pub async fn find(session: &Session, name: &str) -> Result<Option<Publication>, DatabaseError> {
    let sql = format!(
        "SELECT ARRAY(SELECT pg_catalog.format('%I.%I', t.schemaname, t.tablename) FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname ORDER BY 1), \
           p.pubupdate, p.pubinsert \
         FROM pg_catalog.pg_publication p WHERE p.pubname = {}",
        literal(name)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| Publication { tables: row.get(0), updates: row.get(1), inserts: row.get(2) }))
}

/// Why nothing can be decoded here. `None` where it can.
///
/// # Errors
/// When the server says no.
pub async fn refusal(session: &Session) -> Result<Option<String>, DatabaseError> {
    let sql = "SELECT pg_catalog.current_setting('wal_level'), rolreplication OR rolsuper, current_user::text, pg_catalog.pg_is_in_recovery() \
               FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let rows = session.rows(sql).await?;
    let Some(row) = rows.first() else { return Ok(Some("the server does not say who asks".to_owned())) };
    let (level, role): (String, String) = (row.get(0), row.get(2));
    Ok(match (level.as_str(), row.get::<_, bool>(1), row.get::<_, bool>(3)) {
        (_, _, true) => Some("this server is a standby, where nothing can be changed".to_owned()),
        ("logical", true, _) => None,
        ("logical", false, _) => Some(format!(
            "role {role} may not replicate (it needs the attribute REPLICATION), so no change can be seen arriving"
        )),
        _ => Some(format!("wal_level is {level} and not logical, so no change can arrive")),
    })
}

/// What came of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// So many changes of the table, as decoded for the publication.
    Changes(usize),
    /// The statement reached no row.
    NothingChanged,
}

/// Changes a row, sees whether that arrives, and takes it back. Without a statement, some row is updated to itself.
///
/// `reader` and `writer` are two sessions; the slot is one of `reader` alone and goes with it.
///
/// # Errors
/// When the server says no.
pub async fn change(
    reader: &Session,
    writer: &Session,
    publication: &str,
    table: &Relation,
    statement: Option<&str>,
) -> Result<Arrived, DatabaseError> {
    let slot = format!("backout_check_{}", reader.backend_pid());
    reader.batch(&format!("SET lock_timeout = '{PATIENCE}'; SET logical_decoding_work_mem = '64kB'")).await?;
    let make =
        format!("SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot({}, 'pgoutput', true)", literal(&slot));
    reader.batch(&make).await?;
    writer.batch(&format!("BEGIN; SET LOCAL lock_timeout = '{PATIENCE}'")).await?;
    let seen = written(reader, writer, &slot, publication, table, statement).await;
    let back = writer.batch("ROLLBACK").await;
    let dropped = reader.batch(&format!("SELECT pg_catalog.pg_drop_replication_slot({})", literal(&slot))).await;
    let seen = seen?;
    back?;
    dropped?;
    Ok(seen)
}

async fn written(
    reader: &Session,
    writer: &Session,
    slot: &str,
    publication: &str,
    table: &Relation,
    statement: Option<&str>,
) -> Result<Arrived, DatabaseError> {
    let itself = itself(writer, table).await?;
    let statement = statement.unwrap_or(&itself);
    // One statement, or the server refuses it: more could end the transaction.
    if writer.execute(statement, &[]).await? == 0 {
        return Ok(Arrived::NothingChanged);
    }
    let number = writer.scalar("SELECT pg_catalog.pg_current_xact_id()::text").await?;
    let number: u64 = number.and_then(|text| text.parse().ok()).unwrap_or_default();
    let message = "pg_catalog.pg_logical_emit_message(true, 'backout'";
    writer.batch(&format!("SELECT {message}, pg_catalog.repeat(' ', {LARGE}))")).await?;
    // A commit brings the log to the disk up to here; only what is there is decoded.
    reader.batch(&format!("SET synchronous_commit = on; SELECT {message}, '')")).await?;
    let family = format!(
        "SELECT relid::oid FROM pg_catalog.pg_partition_tree({0}) UNION SELECT relid::oid FROM pg_catalog.pg_partition_ancestors({0}) UNION SELECT {0}::oid",
        table.oid
    );
    let family: Vec<u32> = reader.rows(&family).await?.iter().map(|row| row.get(0)).collect();
    let peek = format!(
        "SELECT data FROM pg_catalog.pg_logical_slot_peek_binary_changes({}, NULL, NULL, 'proto_version', '2', 'streaming', 'on', 'publication_names', {})",
        literal(slot),
        literal(&backout_schema::ident(publication))
    );
    let messages: Vec<Vec<u8>> = reader.rows(&peek).await?.iter().map(|row| row.get(0)).collect();
    Ok(Arrived::Changes(changes(&messages, number, &family)))
}

/// An update of one row that nobody holds, by which nothing is different.
async fn itself(session: &Session, table: &Relation) -> Result<String, DatabaseError> {
    let column = format!(
        "SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a \
         LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[]) \
         WHERE a.attrelid = {} AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a' \
         ORDER BY i.indrelid IS NOT NULL, a.attnum LIMIT 1",
        table.oid
    );
    // A table without a column that can be written has no row that could change.
    let column = session.scalar(&column).await?.unwrap_or_else(|| "ctid".to_owned());
    let name = &table.name;
    Ok(format!(
        "UPDATE {name} SET {column} = {column} WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM {name} LIMIT 1 FOR UPDATE SKIP LOCKED)"
    ))
}

/// Changes of these tables by this transaction, in messages of a streamed transaction.
fn changes(messages: &[Vec<u8>], transaction: u64, tables: &[u32]) -> usize {
    let number = |bytes: &[u8]| bytes.first_chunk::<4>().map(|four| u32::from_be_bytes(*four));
    let lower = transaction & u64::from(u32::MAX);
    let is_change = |message: &&Vec<u8>| {
        let Some((b'I' | b'U' | b'D', rest)) = message.split_first() else { return false };
        let (of, table) = (number(rest), rest.get(4..).and_then(number));
        of.is_some_and(|of| u64::from(of) == lower) && table.is_some_and(|table| tables.contains(&table))
    };
    messages.iter().filter(is_change).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_from_everything_else() {
        let message = |kind: u8, transaction: u32, table: u32| {
            [vec![kind], transaction.to_be_bytes().to_vec(), table.to_be_bytes().to_vec(), b"N".to_vec()].concat()
        };
        let transaction = (3 << 32) + 727;
        let messages = [
            message(b'S', 727, 0),
            message(b'R', 727, 16384),
            message(b'U', 727, 16384),
            message(b'I', 727, 16999),
            message(b'D', 728, 16384),
            vec![b'U', 0],
            vec![],
        ];
        assert_eq!(changes(&messages, transaction, &[16384]), 1);
        assert_eq!(changes(&messages, transaction, &[16384, 16999]), 2);
        assert_eq!(changes(&messages, transaction + 5, &[16384]), 0);
    }
}
