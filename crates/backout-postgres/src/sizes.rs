//! How large the tables are that an undo would touch.

use crate::session::{DatabaseError, Session};
use backout_reversal::Inverse;
use backout_schema::{Catalog, Class, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// The size of the tables that lost columns, or are made of a type that changed; `elsewhere` knows better where the
/// rows are a part of the target's.
pub(crate) async fn table_bytes(
    session: &Session,
    inverse: &Inverse,
    now: &Catalog,
    elsewhere: &BTreeMap<String, u64>,
) -> Result<BTreeMap<ObjectId, u64>, DatabaseError> {
    let is_column = |id: &&ObjectId| id.class == Class::Relation && id.sub != 0;
    let lost = inverse.removed.iter().filter(is_column).map(|id| id.oid);
    let types = inverse.changed.iter().filter(|id| id.class == Class::Type);
    let users = types.flat_map(|id| now.dependents(*id)).map(|edge| edge.from);
    let tables: BTreeSet<u32> = lost.chain(users.filter(|id| is_column(&id)).map(|id| id.oid)).collect();
    let mut sizes = BTreeMap::new();
    for table in tables {
        let id = ObjectId::relation(table);
        if let Some(known) = now.get(id).and_then(|_| elsewhere.get(&now.sql_name(id))) {
            sizes.insert(id, *known);
            continue;
        }
        let size = session.scalar(&format!("SELECT pg_catalog.pg_table_size({table}::oid)")).await?;
        sizes.insert(id, size.and_then(|n| n.parse().ok()).unwrap_or(0));
    }
    Ok(sizes)
}
