//! Fingerprints of a table's rows: the same for the same rows in any order, computed in the server.
//!
//! Record hashing is fast but lies for some types: enum values hash by object id, `1.0` and `1.00` hash
//! equal, and json or points have no hash at all. Such columns are hashed by their text. Sums are
//! taken as numeric together with the count, so that duplicates do not cancel out.

use crate::session::{DatabaseError, Session};
use backout_schema::{Catalog, Detail, ObjectId, ident};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    pub rows: i64,
    pub sum: String,
}

impl Fingerprint {
    /// The fingerprint of a table of which rows were added: of what it is now and was then.
    pub fn with_added(&self, then: &Fingerprint, now: &Fingerprint) -> Option<Fingerprint> {
        let sum = |fingerprint: &Fingerprint| fingerprint.sum.parse::<i128>().ok();
        Some(Fingerprint {
            rows: self.rows + now.rows - then.rows,
            sum: (sum(self)? + sum(now)? - sum(then)?).to_string(),
        })
    }
}

/// Types whose own hash is the same in every database and tells apart what their text tells apart.
const STABLE: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "boolean",
    "text",
    "uuid",
    "date",
    "timestamp without time zone",
    "timestamp with time zone",
    "bytea",
];

/// The query for one table over the given columns; `None` if it has none of them.
pub fn query(catalog: &Catalog, table: ObjectId, name: &str, columns: &[String]) -> Option<String> {
    let parts: Vec<String> = catalog
        .columns(table)
        .iter()
        .filter(|c| columns.contains(&c.name))
        .filter_map(|c| match &c.detail {
            Detail::Column(detail) => {
                let column = ident(&c.name);
                let stable = STABLE.contains(&detail.data_type.as_str()) && detail.collation.is_none();
                Some(if stable { column } else { format!("{column}::text") })
            }
            _ => None,
        })
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(format!(
        "SELECT count(*), coalesce(sum(pg_catalog.hash_record_extended(ROW({}), 0)::numeric), 0)::text FROM ONLY {name}",
        parts.join(", ")
    ))
}

/// Takes one fingerprint.
pub async fn take(session: &Session, sql: &str) -> Result<Fingerprint, DatabaseError> {
    let row = session.query_typed(sql, &[]).await?;
    Ok(row
        .first()
        .map_or(Fingerprint { rows: 0, sum: "0".to_owned() }, |row| Fingerprint { rows: row.get(0), sum: row.get(1) }))
}

/// The names of a table's columns that hold values of their own.
pub fn columns(catalog: &Catalog, table: ObjectId) -> Vec<String> {
    catalog.columns(table).iter().map(|c| c.name.clone()).collect()
}
