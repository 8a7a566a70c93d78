//! What undos made for new rows only, since rows that were written until then did not fit it, as far as it still is so.

use std::collections::BTreeMap;

use backout_schema::{Class, Detail, ident, qualified};
use serde::Serialize;

use crate::session::Session;
use crate::store::{self, Record, State, StoreError};

/// A constraint that was valid before a migration, and is not since that was undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loose {
    /// The migration that was undone.
    pub number: i64,
    pub version: String,
    pub object: String,
    /// Makes it what it was, once all rows fit.
    pub validate: String,
}

const NOT_VALID: &str = "SELECT c.oid, n.nspname::text, r.relname::text, c.conname::text FROM pg_catalog.pg_constraint c \
    JOIN pg_catalog.pg_class r ON r.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace \
    WHERE NOT c.convalidated ORDER BY 2, 3, 4";

/// Those of all undos on record. One that was mended, or dropped since, is not among them.
///
/// # Errors
/// When the server says no, or what is on record cannot be read.
pub async fn loose(session: &Session, records: &[Record]) -> Result<Vec<Loose>, StoreError> {
    let is_left = |record: &&Record| {
        !record.left.is_empty() && !record.copied && matches!(record.state, State::Undone | State::UndoTail)
    };
    let undone: Vec<&Record> = records.iter().filter(is_left).collect();
    if undone.is_empty() {
        return Ok(Vec::new());
    }
    let rows = session.query(NOT_VALID, &[]).await;
    let doing = "looking for constraints that are not valid";
    let rows = rows.map_err(|source| StoreError::Query { doing, source })?;
    let not_valid: BTreeMap<u32, usize> = rows.iter().zip(0..).map(|(row, place)| (row.get(0), place)).collect();
    let mut found = Vec::new();
    for record in undone {
        if not_valid.is_empty() {
            break;
        }
        let Some(inverse) = store::inverse(session, record.number).await? else { continue };
        let renumbered = store::renumbered_by(session, record.number).await?;
        for id in inverse.removed.iter().chain(&inverse.changed).filter(|id| id.class == Class::Constraint) {
            let was_valid = matches!(inverse.before.get(*id).map(|object| &object.detail),
                Some(Detail::Constraint(then)) if then.validated && !then.on_domain);
            let is = renumbered.get(id).unwrap_or(id);
            let Some(row) = not_valid.get(&is.oid).and_then(|place| rows.get(*place)).filter(|_| was_valid) else {
                continue;
            };
            let (schema, table, name): (&str, &str, &str) = (row.get(1), row.get(2), row.get(3));
            found.push(Loose {
                number: record.number,
                version: record.version.clone(),
                object: inverse.before.identity(*id),
                validate: format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", qualified(schema, table), ident(name)),
            });
        }
    }
    Ok(found)
}
