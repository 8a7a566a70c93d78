//! What is kept of a migration so that it can be undone: the two sides of all that it touched.

use crate::Moved;
use backout_schema::{
    Catalog, Change, Dependency, Detail, Difference, Index, Object, ObjectId, canonical_json, difference,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Stands for an object that does not exist yet.
const EXPECTED: u32 = u32::MAX;

/// Everything that undo needs to know of one migration. It is stored in the target, as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inverse {
    /// The touched objects as they were, with what is needed to name them.
    pub before: Catalog,
    /// The touched objects as the migration left them, with what is needed to name them.
    pub after: Catalog,
    pub removed: BTreeSet<ObjectId>,
    pub added: BTreeSet<ObjectId>,
    pub changed: BTreeSet<ObjectId>,
    /// What reads as before and means another object, which has the name of the one that it meant. All are `changed`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rebound: BTreeSet<ObjectId>,
    /// What lies in the archive instead of having been dropped.
    pub moved: Vec<Moved>,
    pub columns: Vec<ColumnCopy>,
    /// Columns that are there under another name instead of having been dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<Hidden>,
    #[serde(default)]
    pub tables: Vec<TableCopy>,
    #[serde(default)]
    pub types: Vec<TypeCopy>,
    /// In the order in which they were taken.
    #[serde(default)]
    pub images: Vec<RowImages>,
    /// Values of new enums that were renamed after columns had got them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Relabelled>,
    /// Values of enums that were there before and are called otherwise now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_labels: Vec<Relabelled>,
    /// What was kept as text got the names that values got after it, whenever one got another.
    #[serde(default, skip_serializing_if = "is_false")]
    pub labels_followed: bool,
    /// How kept values, and the keys that they are found by, were written as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<Texts>,
    pub sequences: Vec<SequenceValue>,
    pub rows: Vec<RowChange>,
    /// Statements that take the native tool's history row back.
    pub unrecord: Vec<String>,
}

/// What of a session decides how values are written as text and read again. The rest of it does not depend on the
/// session: dates are written by ISO 8601, intervals so that each part has its sign, numbers to the last digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// What casts between times with a zone and times without one go by.
    pub time_zone: String,
    /// How a date in other notations is read: `DMY`, `MDY` or `YMD`.
    pub date_order: String,
}

impl Texts {
    /// What every session reads in one way.
    pub const UNAMBIGUOUS: [(&'static str, &'static str); 4] =
        [("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("extra_float_digits", "1"), ("bytea_output", "hex")];

    /// From `TimeZone` and `DateStyle` of a session.
    pub fn new(time_zone: &str, date_style: &str) -> Texts {
        let order = date_style.rsplit(", ").next().unwrap_or_default();
        Texts { time_zone: time_zone.to_owned(), date_order: order.to_owned() }
    }

    /// What to set, and to what.
    pub fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("TimeZone", self.time_zone.clone()),
            ("DateStyle", format!("ISO, {}", self.date_order)),
            ("IntervalStyle", "postgres".to_owned()),
            ("extra_float_digits", "1".to_owned()),
            ("bytea_output", "hex".to_owned()),
        ]
    }
}

/// A dropped column that is hidden: renamed, with all that stood on it dropped, until it is purged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hidden {
    pub column: ObjectId,
    /// Such as `column gone of table public.big`.
    pub what: String,
    pub table: String,
    /// What it is called now.
    pub name: String,
}

/// The values of a dropped column, with the key of each row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnCopy {
    pub table: ObjectId,
    pub column: i16,
    /// The copy: its columns are the key's, under their own names, and `backout_value`.
    pub schema: String,
    pub name: String,
    pub key: Vec<String>,
    /// The numbers of the key's columns, which keep them under whatever name. Empty for whole rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<i16>,
    pub rows: i64,
    /// The value is kept as text, since its type went as well.
    pub as_text: bool,
    /// Nothing told rows apart: the copy holds whole rows, numbered by `backout_row`. `key` names the other columns,
    /// and the value is under its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
}

impl ColumnCopy {
    /// There was no value to keep.
    pub fn nothing(table: ObjectId, column: i16) -> ColumnCopy {
        ColumnCopy {
            table,
            column,
            schema: String::new(),
            name: String::new(),
            key: Vec::new(),
            numbers: Vec::new(),
            rows: 0,
            as_text: false,
            whole: None,
        }
    }

    /// Under which name the copy has the value.
    pub fn value(&self) -> String {
        self.whole.as_deref().map_or("backout_value".to_owned(), backout_schema::ident)
    }
}

/// All rows of a table that was dropped where it could not be moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableCopy {
    pub table: ObjectId,
    pub schema: String,
    pub name: String,
    /// The columns that hold values of their own; generated ones are made again.
    pub columns: Vec<String>,
    /// Their numbers, since their names may have been others before. None: they have the names that they had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<i16>,
    pub rows: i64,
}

/// The values of a column before and after a change of type that does not lead back by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeCopy {
    pub table: ObjectId,
    pub column: i16,
    /// The copy: the key's columns, `backout_old` and `backout_new`, all as text. Where the column is the key
    /// itself, the new value leads to the old one and `key` is empty.
    pub schema: String,
    pub name: String,
    pub key: Vec<String>,
    pub rows: i64,
    /// Nothing tells rows apart: `key` names all other columns, and each row of the copy is good for one row.
    #[serde(default, skip_serializing_if = "is_false")]
    pub whole: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A value of an enum: what the migration left, and what it was called when a column was cast to the type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relabelled {
    pub of: ObjectId,
    pub label: String,
    pub then: String,
}

/// Rows of a table before and after every statement that changed them: what was put in and never taken out
/// is new, what was taken out and never put in is old.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowImages {
    pub table: ObjectId,
    /// The table by its name of before, in words.
    pub what: String,
    /// Where they lie: `backout_fire`, `backout_new` and the columns under their names of before.
    pub schema: String,
    pub name: String,
    /// What told the table's rows apart before; empty if nothing did.
    pub key: Vec<String>,
    pub columns: Vec<ImageColumn>,
    /// The columns that the images have besides the key, where not all: what the one UPDATE of the table set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Vec<String>>,
    /// Numbers of columns whose values were written down under another type: they were led back to the former one,
    /// and lie as they were in [`RowImages::raw`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retyped: Vec<i16>,
    /// How many statements changed rows.
    pub fires: i64,
    /// Partitions of before that were none when the rows changed: theirs are not among these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<ObjectId>,
}

impl RowImages {
    /// Where the values of a column of another type lie as they were.
    pub fn raw(column: i16) -> String {
        format!("backout_raw_{column}")
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageColumn {
    pub name: String,
    /// A type that is somebody's own may change or go: its values are kept as text.
    pub as_text: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SequenceValue {
    pub sequence: ObjectId,
    pub last_value: i64,
    pub is_called: bool,
    /// For a sequence that stayed: where the migration left it. Who went on counting since keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<(i64, bool)>,
    /// The migration itself set it to another number, instead of counting on.
    #[serde(default, skip_serializing_if = "is_false")]
    pub restarted: bool,
}

/// Rows of a table that existed before which the migration changed and nobody kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowChange {
    pub table: String,
    pub inserted: i64,
    pub updated: i64,
    pub deleted: i64,
    pub truncated: bool,
}

/// What moved to a new schema which then got the name of the old one has not moved: one schema took the place of the
/// other.
fn with_schemas_of_today(before: &Catalog, after: &Catalog, foreign: &BTreeSet<ObjectId>) -> Option<Catalog> {
    let is_schema = |o: &&Object| matches!(o.detail, Detail::Schema) && !foreign.contains(&o.id);
    let gone = before.outside().filter(is_schema).filter(|o| !after.contains(o.id));
    let successor = |old: &Object| {
        let new = after.outside().filter(is_schema).find(|o| o.name == old.name && !before.contains(o.id))?;
        Some((old.id, new.id))
    };
    let today: BTreeMap<ObjectId, ObjectId> = gone.filter_map(successor).collect();
    if today.is_empty() {
        return None;
    }
    let id = |id: ObjectId| today.get(&id).copied().unwrap_or(id);
    let objects = before.objects().cloned().map(|o| Object { id: id(o.id), ..o });
    let dependencies = before.dependencies().iter().map(|d| Dependency { from: id(d.from), to: id(d.to), ..*d });
    Some(Catalog::new(objects, dependencies.collect(), BTreeMap::new()))
}

/// Whether an object that can be defined again under its id was so, in the same words: what these mean now has the name
/// of what they meant, which is called otherwise or is gone. The server prints the names of today.
fn is_rebound(before: &Catalog, after: &Catalog, object: &Object) -> bool {
    let id = object.id;
    let may_be = match &object.detail {
        Detail::View(view) => !view.materialized,
        Detail::Column(_) => before.get(ObjectId::relation(id.oid)).is_some_and(Object::holds_rows),
        Detail::Trigger(_) | Detail::Rule(_) | Detail::Policy(_) | Detail::Function(_) => true,
        _ => false,
    };
    if !may_be {
        return false;
    }
    let needs = |catalog: &Catalog| -> BTreeSet<ObjectId> { catalog.needs(id).map(|edge| edge.to).collect() };
    let (then, now) = (needs(before), needs(after));
    then.difference(&now).any(|lost| {
        let name = before.identity(*lost);
        now.difference(&then).any(|found| after.identity(*found) == name)
    })
}

impl Inverse {
    /// Takes from two moments of one catalog what differs, without what `foreign` says somebody else
    /// did meanwhile.
    pub fn between(before: &Catalog, after: &Catalog, foreign: &BTreeSet<ObjectId>, moved: Vec<Moved>) -> Inverse {
        let mut inverse = Inverse { moved, ..Inverse::default() };
        let renamed = with_schemas_of_today(before, after, foreign);
        let before = renamed.as_ref().unwrap_or(before);
        for Difference { id, change } in difference(before, after) {
            if foreign.contains(&id) {
                continue;
            }
            match change {
                Change::Added => inverse.added.insert(id),
                Change::Removed => inverse.removed.insert(id),
                Change::Changed => inverse.changed.insert(id),
            };
        }
        let stays = |id: ObjectId| after.contains(id) && !after.is_ours(id) && !foreign.contains(&id);
        let rebound = before.outside().filter(|o| stays(o.id) && is_rebound(before, after, o));
        inverse.rebound = rebound.map(|o| o.id).collect();
        inverse.changed.extend(&inverse.rebound);
        let old: BTreeSet<ObjectId> = inverse.removed.union(&inverse.changed).copied().collect();
        let new: BTreeSet<ObjectId> = inverse.added.union(&inverse.changed).copied().collect();
        inverse.before = with_context(before, &old);
        inverse.after = with_context(after, &new);
        inverse
    }

    /// Notes an index that is about to be built outside any transaction: found by name afterwards, if it
    /// came to be. One that is there already is not ours.
    pub fn expect_index(&mut self, now: &Catalog, schema: Option<&str>, table: &str, name: &str) {
        let table = now
            .outside()
            .find(|o| o.holds_rows() && o.name == table && schema.is_none_or(|s| o.schema.as_deref() == Some(s)));
        let Some(table) = table else { return };
        let schema = table.schema.as_deref().unwrap_or_default();
        if now.relation(schema, name).is_some() {
            return;
        }
        let id = ObjectId::relation(EXPECTED);
        let index = Object {
            id,
            schema: table.schema.clone(),
            name: name.to_owned(),
            parent: Some(table.id),
            owner: None,
            acl: None,
            comment: None,
            detail: Detail::Index(Index {
                definition: String::new(),
                constraint: None,
                unique: false,
                valid: false,
                clustered: false,
                replica_identity: false,
                options: Vec::new(),
                tablespace: None,
                partition_of: None,
                statistics: Vec::new(),
            }),
        };
        self.added.insert(id);
        let mut objects: Vec<Object> = self.after.objects().cloned().collect();
        objects.push(table.clone());
        objects.push(index);
        self.after = Catalog::new(objects, self.after.dependencies().to_vec(), Default::default());
    }

    /// Notes indexes that are about to be dropped outside any transaction.
    pub fn expect_removal(&mut self, now: &Catalog, names: &[&str]) {
        let going: BTreeSet<ObjectId> = now
            .outside()
            .filter(|o| matches!(o.detail, Detail::Index(_)) && names.contains(&o.name.as_str()))
            .filter(|o| !self.added.contains(&o.id) && !self.changed.contains(&o.id))
            .map(|o| o.id)
            .collect();
        if going.is_empty() {
            return;
        }
        let mut objects: Vec<Object> = with_context(now, &going).objects().cloned().collect();
        // What is known of them from before comes last, and stays.
        objects.extend(self.before.objects().cloned());
        let mut dependencies = self.before.dependencies().to_vec();
        dependencies.extend_from_slice(now.dependencies());
        let kept: BTreeSet<ObjectId> = objects.iter().map(|o| o.id).collect();
        dependencies.retain(|d| kept.contains(&d.from) && kept.contains(&d.to));
        self.before = Catalog::new(objects, dependencies, Default::default());
        self.removed.extend(going);
    }

    /// The catalog as it was before, from that of today.
    pub fn rewind(&self, now: &Catalog) -> Catalog {
        self.resolved(now).target(now)
    }

    /// Today's catalog, less what the migration added, with what it touched as it was.
    pub(crate) fn target(&self, now: &Catalog) -> Catalog {
        let old = |id: &ObjectId| self.removed.contains(id) || self.changed.contains(id);
        let stays = |o: &Object| {
            !self.added.contains(&o.id)
                && !old(&o.id)
                && o.parent.is_none_or(|p| !self.added.contains(&p) && !self.is_extra(p, o.id))
        };
        let objects = now.shared().filter(|o| stays(o)).chain(self.before.shared().filter(|o| old(&o.id)));
        let mut dependencies = now.dependencies().to_vec();
        dependencies.extend_from_slice(self.before.dependencies());
        Catalog::new(objects, dependencies, BTreeMap::new())
    }

    /// A part that the migration added to a table before it dropped the table.
    pub(crate) fn is_extra(&self, table: ObjectId, part: ObjectId) -> bool {
        self.removed.contains(&table) && !self.before.contains(part) && self.moved.iter().any(|moved| moved.id == table)
    }

    pub fn is_empty(&self) -> bool {
        self.removed.is_empty()
            && self.added.is_empty()
            && self.changed.is_empty()
            && self.rows.is_empty()
            && self.images.is_empty()
    }

    /// The same inverse with objects that were recreated since (by an undo, say) under their present
    /// ids: an object that is gone by id but stands there by name, as the migration left it, is that
    /// object.
    pub fn resolved(&self, now: &Catalog) -> Inverse {
        let missing: Vec<ObjectId> =
            self.added.iter().chain(&self.changed).copied().filter(|id| !now.contains(*id)).collect();
        if missing.is_empty() {
            return self.clone();
        }
        let by_name: HashMap<String, ObjectId> = now.outside().map(|o| (now.identity(o.id), o.id)).collect();
        let mut map: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
        for id in missing {
            // An expected index is known by its name alone.
            let Some(left) = self.after.get(id) else {
                continue;
            };
            if let Some(other) = by_name.get(&self.after.identity(id))
                && let Some(object) = now.get(*other)
                && (id.oid == EXPECTED || canonical_json(now, object) == canonical_json(&self.after, left))
            {
                map.insert(id, *other);
            }
        }
        if map.is_empty() {
            return self.clone();
        }
        self.clone().renumbered(&map)
    }

    /// Statements that say what happened, one line an object that has no parent among the touched.
    pub fn summary(&self) -> Vec<(Change, String)> {
        let mut lines = Vec::new();
        let mut collect = |ids: &BTreeSet<ObjectId>, catalog: &Catalog, change: Change| {
            for id in ids {
                let parent = catalog.get(*id).and_then(|o| o.parent);
                if parent.is_none_or(|p| !ids.contains(&p)) {
                    lines.push((change, catalog.identity(*id)));
                }
            }
        };
        collect(&self.removed, &self.before, Change::Removed);
        collect(&self.added, &self.after, Change::Added);
        collect(&self.changed, &self.before, Change::Changed);
        lines
    }
}

/// The chosen objects, and those whose names or columns are needed to write them down.
fn with_context(catalog: &Catalog, chosen: &BTreeSet<ObjectId>) -> Catalog {
    let mut context: BTreeSet<ObjectId> = chosen.clone();
    for id in chosen {
        let Some(object) = catalog.get(*id) else {
            continue;
        };
        let mut add = |id: ObjectId| {
            context.insert(id);
        };
        if let Some(parent) = object.parent {
            add(parent);
        }
        for other in references(object) {
            add(other);
            add(ObjectId { sub: 0, ..other });
        }
    }
    // What one of them needs of another, such as a view's column, gives the order in which they are made.
    let wholes: BTreeSet<ObjectId> = chosen.iter().map(|id| catalog.root(*id)).collect();
    for edge in catalog.dependencies() {
        if chosen.contains(&edge.from) && wholes.contains(&catalog.root(edge.to)) {
            context.insert(edge.to);
        }
    }
    catalog.subset(|o| context.contains(&o.id))
}

fn references(object: &Object) -> Vec<ObjectId> {
    match &object.detail {
        Detail::Table(t) => t.inherits.iter().copied().chain(t.partition_of).collect(),
        Detail::Sequence(s) => s.owned_by.into_iter().collect(),
        Detail::Index(i) => i.constraint.into_iter().chain(i.partition_of).collect(),
        Detail::Constraint(c) => c.foreign_table.into_iter().collect(),
        Detail::PublicationTable(m) => vec![m.table],
        _ => Vec::new(),
    }
}
