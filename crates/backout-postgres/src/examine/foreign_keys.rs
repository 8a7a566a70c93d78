//! Every row of foreign keys, held against the rows that it refers to: also of keys that are NOT VALID, or whose triggers
//! were switched off while somebody wrote.
//!
//! Must not know: why a row is there.

use super::{SYSTEM, among, is_theirs};
use crate::session::{DatabaseError, Session};

/// A foreign key, with what asks for its violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    pub name: String,
    pub table_oid: u32,
    pub table: String,
    pub foreign: String,
    pub is_valid: bool,
    /// Its columns compare ranges, which is not asked here.
    pub is_temporal: bool,
    query: String,
}

/// What its rows say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Violations {
    pub rows: u64,
    /// Some of the keys that are nowhere.
    pub keys: Vec<String>,
    /// There is a row that refers to something.
    pub is_used: bool,
}

/// The foreign keys of these tables, or of all.
///
/// # Errors
/// When the server says no.
pub async fn all(session: &Session, tables: &[u32]) -> Result<Vec<ForeignKey>, DatabaseError> {
    // A key of a partitioned table is asked once, for all its partitions. The operators are those that PostgreSQL itself
    // compares with, and the collation that of the referenced column, as it does.
    let sql = format!(
        "SELECT k.conname::text, k.conrelid, pg_catalog.format('%I.%I', n.nspname, t.relname), n.nspname::text, t.relkind::text, \
           pg_catalog.format('%I.%I', fn.nspname, f.relname), f.relkind::text, k.convalidated, k.confmatchtype::text, \
           coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::bool, false), \
           ARRAY(SELECT pg_catalog.format('c.%I', a.attname) FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u(n, i) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i), \
           ARRAY(SELECT pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I%s', fa.attname, o.nspname, op.oprname, a.attname, \
               CASE WHEN fa.attcollation <> 0 AND fa.attcollation <> a.attcollation \
                 THEN (SELECT pg_catalog.format(' COLLATE %I.%I', x.nspname, l.collname) FROM pg_catalog.pg_collation l \
                       JOIN pg_catalog.pg_namespace x ON x.oid = l.collnamespace WHERE l.oid = fa.attcollation) ELSE '' END) \
             FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY u(n, f, op, i) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n \
             JOIN pg_catalog.pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = u.f \
             JOIN pg_catalog.pg_operator op ON op.oid = u.op JOIN pg_catalog.pg_namespace o ON o.oid = op.oprnamespace ORDER BY u.i) \
         FROM pg_catalog.pg_constraint k \
         JOIN pg_catalog.pg_class t ON t.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
         JOIN pg_catalog.pg_class f ON f.oid = k.confrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace \
         WHERE k.contype = 'f' AND k.conparentid = 0 AND n.nspname NOT IN {SYSTEM} AND {} \
         ORDER BY n.nspname, t.relname, k.conname",
        among("k.conrelid", tables)
    );
    let rows = session.rows(&sql).await?;
    let keys = rows.iter().filter(|row| is_theirs(row.get(3))).map(|row| {
        let (table, foreign): (String, String) = (row.get(2), row.get(5));
        let (columns, pairs): (Vec<String>, Vec<String>) = (row.get(10), row.get(11));
        ForeignKey {
            name: row.get(0),
            table_oid: row.get(1),
            query: query(&only(&table, row.get(4)), &only(&foreign, row.get(6)), row.get(8), &columns, &pairs),
            table,
            foreign,
            is_valid: row.get(7),
            is_temporal: row.get(9),
        }
    });
    Ok(keys.collect())
}

/// Inheriting tables have keys of their own; partitions are a part of theirs.
fn only(table: &str, kind: &str) -> String {
    if kind == "p" { table.to_owned() } else { format!("ONLY {table}") }
}

fn query(table: &str, foreign: &str, matches: &str, columns: &[String], pairs: &[String]) -> String {
    let list = columns.join(", ");
    let refers = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
    let nowhere = format!("({refers} AND NOT EXISTS (SELECT FROM {foreign} p WHERE {}))", pairs.join(" AND "));
    // MATCH FULL lets a key be NULL as a whole only.
    let mixed = match matches {
        "f" => format!(" OR pg_catalog.num_nulls({list}) BETWEEN 1 AND {}", columns.len().saturating_sub(1)),
        _ => String::new(),
    };
    format!(
        "WITH bad AS MATERIALIZED (SELECT ROW({list})::text AS key FROM {table} c WHERE {nowhere}{mixed}) \
         SELECT (SELECT pg_catalog.count(*) FROM bad), ARRAY(SELECT DISTINCT key FROM bad ORDER BY key LIMIT 3), \
           EXISTS (SELECT FROM {table} c WHERE {refers})"
    )
}

impl ForeignKey {
    /// Asks all its rows.
    ///
    /// # Errors
    /// When the server says no, such as where the role may not read one of the two tables.
    pub async fn violations(&self, session: &Session) -> Result<Violations, DatabaseError> {
        let rows = session.rows(&self.query).await?;
        Ok(rows.first().map_or_else(Violations::default, |row| Violations {
            rows: u64::try_from(row.get::<_, i64>(0)).unwrap_or_default(),
            keys: row.get(1),
            is_used: row.get(2),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_query_asks_for_all_rows() {
        let columns = ["c.a".to_owned(), "c.b".to_owned()];
        let pairs = ["p.x OPERATOR(pg_catalog.=) c.a".to_owned(), "p.y OPERATOR(pg_catalog.=) c.b".to_owned()];
        let simple = query("ONLY s.t", "s.f", "s", &columns, &pairs);
        assert!(
            simple.contains("FROM ONLY s.t c WHERE (c.a IS NOT NULL AND c.b IS NOT NULL AND NOT EXISTS"),
            "{simple}"
        );
        assert!(!simple.contains("num_nulls"), "{simple}");
        let full = query("s.t", "s.f", "f", &columns, &pairs);
        assert!(full.contains("OR pg_catalog.num_nulls(c.a, c.b) BETWEEN 1 AND 1"), "{full}");
    }
}
