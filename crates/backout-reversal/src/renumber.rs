//! An inverse whose objects have other ids by now: an undo of a later migration recreated them.

use crate::Inverse;
use crate::destroy::Moved;
use crate::inverse::{ColumnCopy, Hidden, Relabelled, RowImages, SequenceValue, TableCopy, TypeCopy};
use backout_schema::ObjectId;
use std::collections::BTreeMap;

impl Inverse {
    /// The same inverse with these objects under other ids. A table that was recreated keeps its columns' numbers,
    /// those of dropped ones included, so its columns follow it.
    pub fn renumbered(self, map: &BTreeMap<ObjectId, ObjectId>) -> Inverse {
        let to = |id: ObjectId| match map.get(&id) {
            Some(other) => *other,
            None if id.sub != 0 => {
                let table = map.get(&ObjectId { sub: 0, ..id });
                table.map_or(id, |table| ObjectId { sub: id.sub, ..*table })
            }
            None => id,
        };
        self.mapped(&to)
    }

    /// The same inverse with other ids.
    pub(crate) fn mapped(self, to: &impl Fn(ObjectId) -> ObjectId) -> Inverse {
        // Every field is named, so that a new one is thought of here.
        let Inverse {
            before,
            after,
            removed,
            added,
            changed,
            rebound,
            moved,
            columns,
            hidden,
            tables,
            types,
            images,
            labels,
            renamed_labels,
            labels_followed,
            texts,
            sequences,
            rows,
            unrecord,
        } = self;
        let relabelled = |of: Relabelled| Relabelled { of: to(of.of), ..of };
        Inverse {
            before: before.map_ids(to),
            after: after.map_ids(to),
            removed: removed.into_iter().map(to).collect(),
            added: added.into_iter().map(to).collect(),
            changed: changed.into_iter().map(to).collect(),
            rebound: rebound.into_iter().map(to).collect(),
            moved: moved.into_iter().map(|of| Moved { id: to(of.id), ..of }).collect(),
            columns: columns.into_iter().map(|of| ColumnCopy { table: to(of.table), ..of }).collect(),
            hidden: hidden.into_iter().map(|of| Hidden { column: to(of.column), ..of }).collect(),
            tables: tables.into_iter().map(|of| TableCopy { table: to(of.table), ..of }).collect(),
            types: types.into_iter().map(|of| TypeCopy { table: to(of.table), ..of }).collect(),
            images: images
                .into_iter()
                .map(|of| RowImages { table: to(of.table), apart: of.apart.into_iter().map(to).collect(), ..of })
                .collect(),
            labels: labels.into_iter().map(relabelled).collect(),
            renamed_labels: renamed_labels.into_iter().map(relabelled).collect(),
            labels_followed,
            texts,
            sequences: sequences.into_iter().map(|of| SequenceValue { sequence: to(of.sequence), ..of }).collect(),
            rows,
            unrecord,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backout_schema::{Catalog, Detail, Object, Sequence};

    #[test]
    fn ids_are_mapped_and_texts_are_not() {
        let (old, new) = (ObjectId::relation(100), ObjectId::relation(200));
        let sequence = |id: ObjectId, owner: u32, comment: &str| Object {
            id,
            schema: Some("public".to_owned()),
            name: comment.to_owned(),
            parent: None,
            owner: None,
            acl: None,
            comment: Some(comment.to_owned()),
            detail: Detail::Sequence(Sequence {
                data_type: "bigint".to_owned(),
                start: 1,
                increment: 1,
                minimum: 1,
                maximum: 9,
                cache: 1,
                cycle: false,
                identity: false,
                owned_by: Some(ObjectId::column(owner, 3)),
                unlogged: false,
            }),
        };
        // A comment that reads as an id is a comment.
        let text = old.to_string();
        let before = Catalog::new(
            [sequence(old, 100, &text), sequence(ObjectId::relation(7), 7, "b")],
            Vec::new(),
            BTreeMap::new(),
        );
        let inverse = Inverse { before, removed: [old, ObjectId::column(100, 2)].into(), ..Inverse::default() };
        let mapped = inverse.renumbered(&[(old, new)].into());
        assert_eq!(mapped.removed, [new, ObjectId::column(200, 2)].into());
        assert_eq!(mapped.before.get(new), Some(&sequence(new, 200, &text)));
        assert_eq!(mapped.before.get(ObjectId::relation(7)), Some(&sequence(ObjectId::relation(7), 7, "b")));
        assert_eq!(mapped.before.objects().count(), 2);
    }
}
