//! What was chosen for an undo, and what is known of the server beside its catalog.

use backout_schema::ObjectId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoOptions {
    /// The number of the migration: names the schemas.
    pub number: i64,
    /// The role that undoes: owner of what it creates.
    pub role: String,
    /// An index on a table larger than this is built afterwards, concurrently.
    pub index_in_lock_bytes: u64,
    /// Tables up to this size are recreated where a column must come back between others.
    pub rebuild_below: u64,
    /// The size of the tables that would be recreated.
    pub table_bytes: BTreeMap<ObjectId, u64>,
    /// Tables whose rows lie in the order of their keys, or nearly so.
    pub in_order: BTreeSet<ObjectId>,
    /// What becomes of values that an enum loses: (type, value) and the value instead.
    #[serde(with = "pairs")]
    pub values: BTreeMap<(String, String), String>,
    pub superuser: bool,
    /// What the row images amount to, by the name of their table. Of one that is missing everything is possible.
    pub images: BTreeMap<String, ImageSum>,
}

/// What the images of a table amount to: known before the locks, so that nothing is done in vain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSum {
    pub old_only: i64,
    pub new_only: i64,
    /// Rows that are both, and differ.
    pub both: i64,
    /// Of the new ones, those without a value in what was the key: it went before the rows changed.
    pub keyless: i64,
    /// The columns in which they differ.
    pub columns: BTreeSet<String>,
}

/// A map whose keys are no text, as a list.
mod pairs {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;

    type Pairs = BTreeMap<(String, String), String>;

    pub fn serialize<S: Serializer>(pairs: &Pairs, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(pairs)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
