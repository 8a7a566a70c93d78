//! What the statements so far have kept in the archive, what they lost, and what is known of the rows they changed.
//!
//! Must not know: how anything is kept.

use super::{Environment, MigrateError, Origin, unreadable};
use crate::catalog::RowCounts;
use crate::store::{Record, StoreError};
use backout_plan::{Unit, Verdict};
use backout_reversal::{
    ColumnCopy, Hidden, Inverse, Moved, RowChange, RowImages, SequenceValue, TableCopy, Texts, TypeCopy,
};
use backout_schema::{Catalog, ObjectId, ident};
use std::collections::{BTreeMap, BTreeSet};

/// Enum labels by the number of their catalog row: the enum, and what they were called.
pub(super) type LabelsByRow = BTreeMap<u32, (ObjectId, String)>;

/// What enum labels were called when values of theirs were looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    /// Those of new enums, when a column got the type.
    pub new: LabelsByRow,
    /// Those of enums that were there before the migration, as they were then.
    pub first: LabelsByRow,
    /// Those of all enums, when what was kept as text was last looked at.
    pub present: LabelsByRow,
    /// One statement gave values one another's names, so that a text may mean either.
    pub in_doubt: bool,
}

/// What has been kept and lost so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    pub moved: Vec<Moved>,
    pub columns: Vec<ColumnCopy>,
    pub hidden: Vec<Hidden>,
    pub tables: Vec<TableCopy>,
    pub images: Vec<RowImages>,
    pub types: Vec<TypeCopy>,
    pub labels: Labels,
    /// How many attributes composite types had by then.
    pub present_attributes: BTreeMap<u32, i64>,
    /// From the first text on.
    pub texts: Option<Texts>,
    pub sequences: Vec<SequenceValue>,
    pub rows: BTreeMap<u32, RowChange>,
    pub losses: Vec<Verdict>,
    pub foreign: BTreeSet<ObjectId>,
}

impl Gathered {
    /// What an earlier run of the same migration has kept.
    pub fn on_record(record: &Record, inverse: &Inverse) -> Result<Gathered, StoreError> {
        Ok(Gathered {
            labels: Labels { in_doubt: !inverse.labels_followed, ..Labels::default() },
            present_attributes: BTreeMap::new(),
            texts: inverse.texts.clone(),
            moved: inverse.moved.clone(),
            columns: inverse.columns.clone(),
            hidden: inverse.hidden.clone(),
            tables: inverse.tables.clone(),
            images: inverse.images.clone(),
            types: inverse.types.clone(),
            sequences: inverse.sequences.clone(),
            rows: inverse.rows.iter().cloned().enumerate().map(|(i, r)| (i as u32, r)).collect(),
            losses: serde_json::from_value(record.verdicts.clone())
                .map_err(|_| unreadable(record, "verdicts", &record.verdicts))?,
            foreign: BTreeSet::new(),
        })
    }

    /// The archive schemas that it lies in.
    pub fn schemas(&self) -> BTreeSet<String> {
        let moved = self.moved.iter().map(|m| &m.to_schema);
        let copies = self.columns.iter().map(|c| &c.schema).chain(self.tables.iter().map(|t| &t.schema));
        let values = self.images.iter().map(|i| &i.schema).chain(self.types.iter().map(|t| &t.schema));
        moved.chain(copies).chain(values).filter(|schema| !schema.is_empty()).cloned().collect()
    }

    /// What an undo needs to know, as far as it is known by now.
    pub(super) fn inverse(&self, origin: &Origin, after: &Catalog) -> Inverse {
        let mut inverse = Inverse::between(&origin.catalog, after, &self.foreign, self.moved.clone());
        inverse.columns.clone_from(&self.columns);
        inverse.hidden.clone_from(&self.hidden);
        inverse.tables.clone_from(&self.tables);
        inverse.images.clone_from(&self.images);
        inverse.types.clone_from(&self.types);
        inverse.labels_followed = !self.labels.in_doubt;
        inverse.texts.clone_from(&self.texts);
        inverse.sequences.clone_from(&self.sequences);
        inverse.rows = self.rows.values().cloned().collect();
        inverse
    }

    /// Adds to the changes of a table that are not written down.
    pub(super) fn count_change(&mut self, origin: &Origin, oid: u32, delta: RowCounts) {
        if delta == RowCounts::default() {
            return;
        }
        let change = self.rows.entry(oid).or_insert_with(|| RowChange {
            table: origin.catalog.identity(ObjectId::relation(oid)),
            inserted: 0,
            updated: 0,
            deleted: 0,
            truncated: false,
        });
        change.inserted += delta.inserted;
        change.updated += delta.updated;
        change.deleted += delta.deleted;
    }

    /// A table that goes for good: counted, and named in the verdict.
    pub(super) async fn lose_table(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        catalog: &Catalog,
        id: ObjectId,
        ours: bool,
    ) -> Result<(), MigrateError> {
        let count = env.count_all(catalog, id).await;
        let owner = catalog.get(id).and_then(|o| o.owner.clone()).unwrap_or_default();
        self.losses.push(Verdict::Lossy {
            what: origin.known_as(catalog, id),
            count,
            unit: Unit::Rows,
            reason: if ours {
                "its rows are not to be kept (--no-archive)".to_owned()
            } else {
                format!(
                    "it belongs to {}, so {} can drop it, but neither move it nor make it again",
                    ident(&owner),
                    ident(env.baseline.role_name())
                )
            },
        });
        Ok(())
    }

    pub(super) fn already_kept(&self, origin: &Origin, id: ObjectId) -> bool {
        self.moved.iter().any(|m: &Moved| m.id == id)
            || self.tables.iter().any(|t| t.table == id)
            || self.columns.iter().any(|c| c.table.oid == id.oid && c.column == id.sub)
            || self
                .losses
                .iter()
                .any(|v| matches!(v, Verdict::Lossy { what, .. } if *what == origin.catalog.identity(id)))
    }

    /// Whether something of this migration lies in the archive that may be made of what goes.
    pub(super) fn keeps_something(&self) -> bool {
        !(self.moved.is_empty() && self.columns.is_empty() && self.tables.is_empty())
    }

    pub(super) async fn count_truncated(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        catalog: &Catalog,
        tables: &[ObjectId],
    ) -> Result<(), MigrateError> {
        for id in tables {
            let rows = env.count_all(catalog, *id).await;
            if rows != Some(0) {
                let change = self.rows.entry(id.oid).or_insert_with(|| RowChange {
                    table: origin.catalog.identity(*id),
                    inserted: 0,
                    updated: 0,
                    deleted: 0,
                    truncated: false,
                });
                change.deleted += rows.and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
                change.truncated = true;
            }
        }
        Ok(())
    }
}
