//! What the undo is to arrive at.

use crate::inverse::Inverse;
use backout_schema::{Catalog, Object, ObjectId};
use std::collections::BTreeMap;

/// Today's catalog, less what the migration added, with what it touched as it was.
pub(crate) fn target(now: &Catalog, inverse: &Inverse) -> Catalog {
    let old = |id: &ObjectId| inverse.removed.contains(id) || inverse.changed.contains(id);
    let mut objects: Vec<Object> = now
        .objects()
        .filter(|o| !inverse.added.contains(&o.id) && !old(&o.id))
        .filter(|o| o.parent.is_none_or(|p| !inverse.added.contains(&p) && !is_extra(inverse, p, o.id)))
        .cloned()
        .collect();
    objects.extend(inverse.before.objects().filter(|o| old(&o.id)).cloned());
    let mut dependencies = now.dependencies().to_vec();
    dependencies.extend_from_slice(inverse.before.dependencies());
    Catalog::new(objects, dependencies, BTreeMap::new())
}

/// A part that the migration added to a table before it dropped the table.
pub(crate) fn is_extra(inverse: &Inverse, table: ObjectId, part: ObjectId) -> bool {
    inverse.removed.contains(&table)
        && !inverse.before.contains(part)
        && inverse.moved.iter().any(|moved| moved.id == table)
}
