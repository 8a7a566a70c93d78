//! Did the way back arrive? Compares what stands now with what stood before, object by object.

use crate::undo::TailStep;
use crate::{Inverse, UndoPlan};
use backout_schema::{Catalog, Detail, ObjectId, canonical_json, ident};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is not as it was, in words. Work that the tail still has to do is no difference, nor is what
/// others changed since.
pub fn remaining(inverse: &Inverse, now: &Catalog, plan: &UndoPlan) -> Vec<String> {
    let mut by_name: HashMap<String, ObjectId> = HashMap::new();
    for object in now.outside() {
        by_name.insert(now.identity(object.id), object.id);
    }
    let settles = |step: &&TailStep| !matches!(step, TailStep::Analyze { .. });
    let mut pending: BTreeSet<&str> = plan.tail.iter().filter(settles).map(TailStep::about).collect();
    for step in &plan.tail {
        if let TailStep::Index { wholes, .. } = step {
            pending.extend(wholes.iter().map(String::as_str));
        }
    }
    let others: BTreeSet<&str> = plan.conflicts.iter().map(|c| c.object.as_str()).collect();
    let mut differences = Vec::new();
    let mut expected: BTreeSet<String> = BTreeSet::new();
    for id in inverse.removed.iter().chain(&inverse.changed) {
        let Some(before) = inverse.before.get(*id) else {
            continue;
        };
        let identity = inverse.before.identity(*id);
        expected.insert(identity.clone());
        if others.contains(identity.as_str()) {
            continue;
        }
        let object = by_name.get(&identity).and_then(|id| now.get(*id));
        let is = object.map(|object| canonical_json(now, object));
        let (mut was, mut is) = (canonical_json(&inverse.before, before), is);
        // Statistics list their columns as they come in the table, whose order was said to be another.
        let of_table = before.parent.is_some_and(|table| plan.column_order.contains(&inverse.before.sql_name(table)));
        if of_table && matches!(before.detail, Detail::Statistics(_)) {
            forget_order(&mut was);
            is.iter_mut().for_each(forget_order);
        }
        // A parent's constraint is validated with those of its children.
        let by_parent = matches!(&before.detail, Detail::Constraint(c) if c.inherited)
            .then(|| format!("constraint {} on ", ident(&before.name)));
        let pending_one = by_parent.is_some_and(|start| pending.iter().any(|p| p.starts_with(&start)));
        let pending_ones = if pending_one { BTreeSet::from([identity.as_str()]) } else { pending.clone() };
        differences.extend(unlike(&identity, was, is, &pending_ones));
    }
    for (identity, was) in &plan.remade {
        if !expected.contains(identity) && !others.contains(identity.as_str()) {
            let is = by_name.get(identity).and_then(|id| now.get(*id)).map(|object| canonical_json(now, object));
            differences.extend(unlike(identity, was.clone(), is, &pending));
        }
    }
    for id in &inverse.added {
        let identity = inverse.after.identity(*id);
        if expected.contains(&identity) || others.contains(identity.as_str()) {
            continue;
        }
        // By id: a name that is taken again is somebody else's.
        if now.contains(*id) && !now.is_ours(*id) {
            differences.push(format!("{identity} is still there"));
        }
    }
    differences.extend(surplus(now, plan));
    differences
}

/// What tables got that they did not have: a statement for a parent may reach its children.
fn surplus(now: &Catalog, plan: &UndoPlan) -> Vec<String> {
    let mut of_table: HashMap<ObjectId, bool> = HashMap::new();
    let mut found = Vec::new();
    for object in now.outside() {
        let root = now.root(object.id);
        if root == object.id {
            continue;
        }
        if *of_table.entry(root).or_insert_with(|| plan.parts.contains(&now.identity(root))) {
            let identity = now.identity(object.id);
            if !plan.parts.contains(&identity) {
                found.push(format!("{identity} was not there"));
            }
        }
    }
    found
}

/// What the undo made anew, by its former id: inverses of older migrations know it by that.
pub fn renumbered(plan: &UndoPlan, arrived: &Catalog) -> BTreeMap<String, String> {
    let gone: HashMap<&str, ObjectId> = plan
        .renumbered
        .iter()
        .filter(|(id, _)| !arrived.contains(*id))
        .map(|(id, identity)| (identity.as_str(), *id))
        .collect();
    if gone.is_empty() {
        return BTreeMap::new();
    }
    let named = arrived.outside().filter_map(|o| Some((gone.get(arrived.identity(o.id).as_str())?, o.id)));
    named.map(|(was, is)| (was.to_string(), is.to_string())).collect()
}

fn unlike(identity: &str, mut was: Value, is: Option<Value>, pending: &BTreeSet<&str>) -> Option<String> {
    let pending = pending.contains(identity);
    let Some(mut is) = is else {
        return (!pending).then(|| format!("{identity} is missing"));
    };
    if pending {
        forgive(&mut was);
        forgive(&mut is);
    }
    (was != is).then(|| format!("{identity}: {}", first_difference(&was, &is)))
}

/// Leaves out what validation, an index build or a refresh will settle.
fn forgive(value: &mut Value) {
    if let Some(Value::Object(detail)) = value.get_mut("detail") {
        detail.remove("validated");
        detail.remove("valid");
        detail.remove("populated");
        if let Some(Value::String(definition)) = detail.get_mut("definition")
            && let Some(rest) = definition.strip_suffix(" NOT VALID")
        {
            *definition = rest.to_owned();
        }
    }
}

fn forget_order(value: &mut Value) {
    if let Some(Value::String(definition)) = value.pointer_mut("/detail/definition") {
        let mut words: Vec<&str> = definition.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        *definition = words.join(" ");
    }
}

fn first_difference(was: &Value, is: &Value) -> String {
    match (was, is) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let (x, y) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                if x != y {
                    return if x.is_object() && y.is_object() {
                        first_difference(x, y)
                    } else {
                        format!("{key} was {x} and is {y}")
                    };
                }
            }
            "no difference".to_owned()
        }
        (a, b) => format!("was {a} and is {b}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backout_schema::{Class, ColumnDefault, Object, Table, TableKind};

    fn object(id: ObjectId, name: &str, parent: Option<ObjectId>, detail: Detail) -> Object {
        let schema = parent.is_none().then(|| "public".to_owned());
        Object { id, schema, name: name.into(), parent, owner: None, acl: None, comment: None, detail }
    }

    #[test]
    fn what_a_touched_table_got_is_seen() {
        let table = ObjectId::relation(20_000);
        let default = ObjectId::new(Class::Default, 20_001);
        let detail = Detail::Table(Table {
            kind: TableKind::Ordinary,
            unlogged: false,
            options: Vec::new(),
            toast_options: Vec::new(),
            access_method: None,
            tablespace: None,
            replica_identity: 'd',
            row_security: false,
            force_row_security: false,
            of_type: None,
            partition_key: None,
            partition_of: None,
            partition_bound: None,
            inherits: Vec::new(),
            foreign: None,
        });
        let of_column = Detail::Default(ColumnDefault { column: 1, expression: "1".into() });
        let objects = [object(table, "t", None, detail), object(default, "a", Some(table), of_column)];
        let now = Catalog::new(objects, Vec::new(), BTreeMap::new());
        let seen = |parts: &[&str]| {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            surplus(&now, &UndoPlan { parts, ..UndoPlan::default() })
        };
        assert_eq!(seen(&["table public.t"]), ["default public.t.a was not there"]);
        assert!(seen(&["table public.t", "default public.t.a"]).is_empty());
        // What nobody touched may have changed meanwhile.
        assert!(seen(&[]).is_empty());
    }
}
