//! Questions about tables that several passes ask.

use backout_schema::{Catalog, ConstraintKind, Detail, ObjectId};

/// A table with its children and partitions, and theirs.
pub(crate) fn with_heirs(catalog: &Catalog, table: ObjectId) -> Vec<ObjectId> {
    let mut found = vec![table];
    let mut place = 0;
    while let Some(parent) = found.get(place).copied() {
        place += 1;
        let heirs = catalog.objects().filter(
            |o| matches!(&o.detail, Detail::Table(t) if t.inherits.contains(&parent) || t.partition_of == Some(parent)),
        );
        let new: Vec<ObjectId> = heirs.map(|o| o.id).filter(|id| !found.contains(id)).collect();
        found.extend(new);
    }
    found
}

/// The columns that tell a table's rows apart: its primary key, or a unique key without NULLs.
pub fn row_key(catalog: &Catalog, table: ObjectId) -> Option<Vec<i16>> {
    let keys = |kind: ConstraintKind| {
        catalog.parts(table).find_map(|p| match &p.detail {
            Detail::Constraint(c) if c.kind == kind && !c.deferrable => {
                let not_null = c.columns.iter().all(|n| {
                    matches!(
                        catalog.get(ObjectId::column(table.oid, *n)).map(|o| &o.detail),
                        Some(Detail::Column(c)) if c.not_null
                    )
                });
                not_null.then(|| c.columns.clone())
            }
            _ => None,
        })
    };
    keys(ConstraintKind::PrimaryKey).or_else(|| keys(ConstraintKind::Unique))
}
