//! Rows whose owner is not there, and rows whose owner is another one than that of the row they refer to.
//!
//! Counted by EXISTS: a NULL among what NOT IN compares with makes it true of nothing. Rows without an owner are counted
//! apart, since they are neither.
//!
//! Must not know: who can see them.

use crate::sqlstate;
use backout_schema::{ident, literal};
use serde::Serialize;

use super::{Owned, count};
use crate::rls::{RlsError, Source};
use crate::session::{DatabaseError, Session};

/// Rows whose owner is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Orphans {
    /// Where the owner was looked for: `public.users (id)`.
    pub looked_in: String,
    pub by_foreign_key: bool,
    pub rows: u64,
    /// Of so many owners that are not there.
    pub owners: u64,
    /// Rows without an owner.
    pub ownerless: u64,
}

/// Rows that belong to another one than what they refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cross {
    pub table: String,
    pub refers_to: String,
    pub foreign_key: String,
    pub rows: u64,
    /// One of both has no owner.
    pub ownerless: u64,
}

/// Counts orphans; says why not where it is not known where owners are.
pub(super) async fn of(
    session: &Session,
    source: &Source,
    owner: &str,
    users: Option<&(String, String)>,
) -> Result<Result<Orphans, String>, RlsError> {
    let found = owners_in(session, source.oid, owner).await?;
    let (table, key, by_foreign_key) = match (found, users) {
        (Some((table, key)), _) => (table, key, true),
        (None, Some((table, key))) => {
            let sql = format!(
                "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
                 WHERE c.oid = pg_catalog.to_regclass({}) AND a.attname = {} AND NOT a.attisdropped",
                literal(table).trim_start(),
                literal(key).trim_start()
            );
            let found = session.scalar(&sql).await?;
            let found =
                found.ok_or_else(|| RlsError::Unfit(format!("there is no table {table} with a column {key}")))?;
            (found, ident(key), false)
        }
        (None, None) => return Ok(Err("no foreign key and no table of users says where its owners are".to_owned())),
    };
    let sql = format!(
        "SELECT pg_catalog.count(*) FILTER (WHERE t.{0} IS NOT NULL), pg_catalog.count(DISTINCT t.{0}::text), \
           pg_catalog.count(*) FILTER (WHERE t.{0} IS NULL) \
         FROM {1} t WHERE NOT EXISTS (SELECT FROM {table} u WHERE u.{key}::text = t.{0}::text)",
        source.owner, source.sql
    );
    // Whoever may not read the users need not be kept from all the rest.
    let looking = session.plain_savepoint("backout_orphans").await?;
    match session.rows(&sql).await {
        Ok(rows) => {
            looking.keep().await?;
            let counts = rows.first().map_or((0, 0, 0), |row| (count(row, 0), count(row, 1), count(row, 2)));
            let looked_in = format!("{table} ({key})");
            Ok(Ok(Orphans { looked_in, by_foreign_key, rows: counts.0, owners: counts.1, ownerless: counts.2 }))
        }
        Err(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => {
            looking.take_back().await?;
            Ok(Err(format!("{table} cannot be read: {error}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// The table, and its column, that a foreign key of these owners leads to, as SQL has them.
///
/// # Errors
/// When the server says no.
pub async fn owners_in(session: &Session, table: u32, owner: &str) -> Result<Option<(String, String)>, DatabaseError> {
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, r.relname), pg_catalog.quote_ident(f.attname) \
         FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class r ON r.oid = c.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
         JOIN pg_catalog.pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1] \
         WHERE c.contype = 'f' AND c.conrelid = {table} AND pg_catalog.cardinality(c.conkey) = 1 AND a.attname = {} ORDER BY c.conname LIMIT 1",
        literal(owner).trim_start()
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| (row.get(0), row.get(1))))
}

/// One foreign key between two tables with owners: its name, and its columns on both sides.
struct Key {
    name: String,
    from: u32,
    to: u32,
    columns: Vec<String>,
    referred: Vec<String>,
}

/// Along every foreign key between two tables whose rows have owners.
pub(super) async fn across(session: &Session, on: &[Owned], sources: &[Source]) -> Result<Vec<Cross>, DatabaseError> {
    let oids: Vec<String> =
        sources.iter().filter(|source| source.is_table).map(|source| source.oid.to_string()).collect();
    if oids.is_empty() {
        return Ok(Vec::new());
    }
    let oids = oids.join(", ");
    let columns = |relation: &str, key: &str| {
        format!(
            "ARRAY(SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.unnest(c.{key}) WITH ORDINALITY k (number, place) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.{relation} AND a.attnum = k.number ORDER BY k.place)"
        )
    };
    let sql = format!(
        "SELECT pg_catalog.quote_ident(c.conname), c.conrelid, c.confrelid, {}, {} FROM pg_catalog.pg_constraint c \
         WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid IN ({oids}) AND c.confrelid IN ({oids}) ORDER BY c.conrelid, c.conname",
        columns("conrelid", "conkey"),
        columns("confrelid", "confkey"),
    );
    let found = session.rows(&sql).await?;
    let mut all = Vec::new();
    for row in &found {
        let key = Key { name: row.get(0), from: row.get(1), to: row.get(2), columns: row.get(3), referred: row.get(4) };
        let of = |oid: u32| sources.iter().position(|source| source.is_table && source.oid == oid);
        let (Some(from), Some(to)) = (of(key.from), of(key.to)) else { continue };
        let joined: Vec<String> =
            key.columns.iter().zip(&key.referred).map(|(own, other)| format!("c.{own} = p.{other}")).collect();
        let (own, other) = (&sources[from].owner, &sources[to].owner);
        let sql = format!(
            "SELECT pg_catalog.count(*) FILTER (WHERE c.{own}::text <> p.{other}::text), \
               pg_catalog.count(*) FILTER (WHERE (c.{own} IS NULL) <> (p.{other} IS NULL)) \
             FROM {} c JOIN {} p ON {}",
            sources[from].sql,
            sources[to].sql,
            joined.join(" AND ")
        );
        let counts = session.rows(&sql).await?;
        let (rows, ownerless) = counts.first().map_or((0, 0), |row| (count(row, 0), count(row, 1)));
        let (table, refers_to) = (on[from].name.clone(), on[to].name.clone());
        all.push(Cross { table, refers_to, foreign_key: key.name, rows, ownerless });
    }
    Ok(all)
}
