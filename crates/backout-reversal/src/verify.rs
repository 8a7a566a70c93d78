//! Did the way back arrive? Compares what stands now with what stood before, object by object.

use crate::{Conflict, Inverse, TailStep};
use backout_schema::{Catalog, ObjectId, canonical_json};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// What is not as it was, in words. Work that the tail still has to do is no difference, nor is what
/// others changed since.
pub fn remaining(inverse: &Inverse, now: &Catalog, tail: &[TailStep], conflicts: &[Conflict]) -> Vec<String> {
    let mut by_name: HashMap<String, ObjectId> = HashMap::new();
    for object in now.outside() {
        by_name.insert(now.identity(object.id), object.id);
    }
    let pending: BTreeSet<&str> = tail.iter().map(TailStep::about).collect();
    let others: BTreeSet<&str> = conflicts.iter().map(|c| c.object.as_str()).collect();
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
        let Some(object) = by_name.get(&identity).and_then(|id| now.get(*id)) else {
            if !pending.contains(identity.as_str()) {
                differences.push(format!("{identity} is missing"));
            }
            continue;
        };
        let mut was = canonical_json(&inverse.before, before);
        let mut is = canonical_json(now, object);
        if pending.contains(identity.as_str()) {
            forgive(&mut was);
            forgive(&mut is);
        }
        if was != is {
            differences.push(format!("{identity}: {}", first_difference(&was, &is)));
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
    differences
}

/// Leaves out what validation, an index build or a refresh will settle.
fn forgive(value: &mut Value) {
    if let Some(Value::Object(detail)) = value.get_mut("detail") {
        detail.remove("validated");
        detail.remove("populated");
        if let Some(Value::String(definition)) = detail.get_mut("definition")
            && let Some(rest) = definition.strip_suffix(" NOT VALID")
        {
            *definition = rest.to_owned();
        }
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
