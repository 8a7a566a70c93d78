//! What has another way back than ALTER.

use backout_schema::{Catalog, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// Chosen before the first statement.
#[derive(Default)]
pub(super) struct Chosen {
    /// Tables that are recreated.
    pub(super) rebuilds: BTreeSet<ObjectId>,
    /// Enums that are recreated, and why others are not.
    pub(super) enums: Vec<Enum>,
    pub(super) enum_reasons: BTreeMap<ObjectId, String>,
    /// Columns that get a type of the same name as they have.
    pub(super) same_name_types: BTreeSet<ObjectId>,
    /// New columns that lost ones are known by.
    pub(super) needed_keys: BTreeSet<ObjectId>,
    /// Operators, collations and the like that make room, and what they are called then, if they are still there.
    pub(super) room_for_others: Vec<(ObjectId, String, String)>,
    pub(super) others_aside: BTreeMap<ObjectId, Option<Object>>,
}

/// An enum to be recreated, with all that is made of it.
pub(super) struct Enum {
    pub(super) id: ObjectId,
    pub(super) labels: Vec<String>,
    /// Values that go.
    pub(super) extra: Vec<String>,
    pub(super) columns: BTreeSet<ObjectId>,
    /// What steps aside, or did so earlier, keeps the type with all its values.
    pub(super) kept_aside: bool,
}

impl Enum {
    pub(super) fn is(&self, id: ObjectId) -> bool {
        self.id == id
    }

    pub(super) fn is_called(&self, catalog: &Catalog, name: &str) -> bool {
        catalog.sql_name(self.id) == name
    }

    pub(super) fn has_column(&self, column: ObjectId) -> bool {
        self.columns.contains(&column)
    }

    /// The tables that are written anew.
    pub(super) fn tables(&self) -> BTreeSet<ObjectId> {
        self.columns.iter().map(|column| ObjectId::relation(column.oid)).collect()
    }
}
