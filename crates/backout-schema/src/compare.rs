//! Differences between two catalogs, and fingerprints that mean the same in every database.

use crate::{Catalog, Detail, Object, ObjectId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
    Changed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub id: ObjectId,
    pub change: Change,
}

/// What differs outside Backout's own schemas between two moments of one database, by object id.
/// Something that moved into one of our schemas counts as removed.
pub fn difference(before: &Catalog, after: &Catalog) -> Vec<Difference> {
    let visible = |catalog: &Catalog, id| catalog.contains(id) && !catalog.is_ours(id);
    let mut differences = Vec::new();
    for object in before.outside() {
        let change = if !visible(after, object.id) {
            Change::Removed
        } else if after.get(object.id) != Some(object) {
            Change::Changed
        } else {
            continue;
        };
        differences.push(Difference { id: object.id, change });
    }
    for object in after.outside() {
        if !visible(before, object.id) {
            differences.push(Difference { id: object.id, change: Change::Added });
        }
    }
    differences.sort_by_key(|d| d.id);
    differences
}

/// An object as a JSON value in which other objects are named, not numbered: equal in two databases
/// exactly when the objects are.
pub fn canonical_json(catalog: &Catalog, object: &Object) -> Value {
    let mut value = serde_json::to_value(object).unwrap_or(Value::Null);
    if let Value::Object(map) = &mut value {
        map.remove("id");
        // Attribute numbers differ between databases; the definitions name the columns.
        if let Some(Value::Object(detail)) = map.get_mut("detail")
            && matches!(object.detail, Detail::Constraint(_) | Detail::Default(_))
        {
            for numbers in ["columns", "foreign_columns", "column"] {
                detail.remove(numbers);
            }
        }
    }
    if matches!(object.detail, Detail::Type(crate::Type::Composite { .. }))
        && let Some(Value::Array(attributes)) = value.pointer_mut("/detail/attributes")
    {
        for attribute in attributes.iter_mut().filter_map(Value::as_object_mut) {
            attribute.remove("number");
        }
    }
    name_ids(catalog, &mut value);
    value
}

/// The same, with lists of grants and roles in an order of names: where the server put them in the order of its roles'
/// ids, another server has another one, and means the same.
pub fn portable_json(catalog: &Catalog, object: &Object) -> Value {
    let mut value = canonical_json(catalog, object);
    for list in ["/acl", "/detail/roles"] {
        if let Some(Value::Array(items)) = value.pointer_mut(list) {
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
    }
    value
}

/// SHA-256 over the canonical form of the given objects, whatever their order.
pub fn fingerprint<'a>(catalog: &Catalog, objects: impl IntoIterator<Item = &'a Object>) -> String {
    let mut lines: Vec<String> =
        objects.into_iter().map(|o| format!("{}\t{}", catalog.identity(o.id), canonical_json(catalog, o))).collect();
    lines.sort_unstable();
    let mut hash = Sha256::new();
    for line in &lines {
        hash.update(line.as_bytes());
        hash.update([b'\n']);
    }
    hash.finalize().iter().fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

fn name_ids(catalog: &Catalog, value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with('#') => {
            if let Ok(id) = text.parse::<ObjectId>() {
                *text = catalog.identity(id);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| name_ids(catalog, v)),
        Value::Object(map) => map.values_mut().for_each(|v| name_ids(catalog, v)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::*;

    fn table(oid: u32, schema: &str, name: &str) -> Object {
        Object {
            id: ObjectId::relation(oid),
            schema: Some(schema.into()),
            name: name.into(),
            parent: None,
            owner: Some("app".into()),
            acl: None,
            comment: None,
            detail: Detail::Table(Table {
                kind: TableKind::Ordinary,
                unlogged: false,
                options: vec![],
                toast_options: vec![],
                access_method: None,
                tablespace: None,
                replica_identity: 'd',
                row_security: false,
                force_row_security: false,
                of_type: None,
                partition_key: None,
                partition_of: None,
                partition_bound: None,
                inherits: vec![],
                foreign: None,
            }),
        }
    }

    fn catalog(objects: Vec<Object>) -> Catalog {
        Catalog::new(objects, vec![], Default::default())
    }

    #[test]
    fn moving_into_our_schema_is_removal() {
        let before = catalog(vec![table(1, "public", "a"), table(2, "public", "b")]);
        let after =
            catalog(vec![table(1, "backout_archive_1", "a"), table(2, "public", "b2"), table(3, "public", "a")]);
        let changes: Vec<_> = difference(&before, &after).into_iter().map(|d| (d.id.oid, d.change)).collect();
        assert_eq!(changes, [(1, Change::Removed), (2, Change::Changed), (3, Change::Added)]);
    }

    #[test]
    fn grants_are_the_same_in_any_order() {
        let with = |acl: &[&str]| Object {
            acl: Some(acl.iter().map(|item| item.parse().unwrap()).collect()),
            ..table(1, "public", "a")
        };
        let (one, two) = (with(&["app=arw/app", "a=r/app", "b=r*/app"]), with(&["b=r*/app", "app=arw/app", "a=r/app"]));
        let none = catalog(vec![]);
        assert_eq!(portable_json(&none, &one), portable_json(&none, &two));
        assert_ne!(canonical_json(&none, &one), canonical_json(&none, &two));
        assert_ne!(portable_json(&none, &one), portable_json(&none, &with(&["app=arw/app", "a=r/app", "b=r/app"])));
        let policy = |roles: &[&str]| Object {
            detail: Detail::Policy(Policy {
                command: '*',
                permissive: true,
                roles: roles.iter().map(|role| (*role).to_owned()).collect(),
                using: None,
                check: None,
            }),
            ..table(1, "public", "p")
        };
        assert_eq!(portable_json(&none, &policy(&["a", "b"])), portable_json(&none, &policy(&["b", "a"])));
        assert_ne!(portable_json(&none, &policy(&["a", "b"])), portable_json(&none, &policy(&["a"])));
    }

    #[test]
    fn fingerprints_do_not_depend_on_object_ids_or_order() {
        let child = |oid, parent| Object {
            detail: Detail::Default(ColumnDefault { column: 1, expression: "1".into() }),
            id: ObjectId::new(Class::Default, oid),
            parent: Some(ObjectId::relation(parent)),
            ..table(oid, "", "c")
        };
        let one = catalog(vec![table(1, "public", "a"), child(7, 1)]);
        let two = catalog(vec![child(3, 9), table(9, "public", "a")]);
        let other = catalog(vec![child(3, 9), table(9, "public", "b")]);
        let print = |c: &Catalog| fingerprint(c, c.outside());
        assert_eq!(print(&one), print(&two));
        assert_ne!(print(&one), print(&other));
    }
}
