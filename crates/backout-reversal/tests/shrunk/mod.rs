//! Catalogs of the cases without what all of them have.

use backout_schema::{Catalog, ObjectId};
use serde_json::{Value, json};

/// What of a catalog is in none of the schemas of this name.
pub fn outside(schema: &str, catalog: &Catalog) -> Catalog {
    let is_inside = |id: ObjectId| catalog.get(catalog.root(id)).is_some_and(|of| of.schema.as_deref() == Some(schema));
    let objects: Vec<_> = catalog.objects().filter(|object| !is_inside(object.id)).cloned().collect();
    let storage = objects.iter().filter_map(|object| Some((object.id.oid, catalog.storage(object.id.oid)?))).collect();
    let dependencies = catalog.dependencies().iter().filter(|edge| !is_inside(edge.from) && !is_inside(edge.to));
    let dependencies = dependencies.copied().collect();
    Catalog::new(objects, dependencies, storage)
}

/// The list without what another has: what is in it alone, and what it lacks.
fn beside(base: &Value, list: &Value) -> Value {
    let (base, list) = (items(base), items(list));
    let and = list.iter().filter(|one| !base.contains(one)).cloned().collect::<Vec<_>>();
    let without = base.iter().filter(|one| !list.contains(one)).map(key).collect::<Vec<_>>();
    json!({ "and": and, "without": without })
}

fn with(base: &Value, told: &Value) -> Value {
    let without = items(&told["without"]);
    let kept = items(base).iter().filter(|one| !without.contains(&key(one))).cloned();
    kept.chain(items(&told["and"]).iter().cloned()).collect()
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// What an item is known by: an object by its id, a dependency by itself.
fn key(item: &Value) -> Value {
    item.get("id").unwrap_or(item).clone()
}

/// The same list in the order of a catalog's.
fn sorted(catalog: Value) -> Value {
    let read: Result<Catalog, _> = serde_json::from_value(catalog);
    read.and_then(serde_json::to_value).expect("a catalog")
}

/// What is given, told by what the base has.
pub fn shrunk(base: &Value, mut given: Value) -> Value {
    let now = given["now"].take();
    // What the migration left alone is the same before, after and now.
    for part in ["before", "after"] {
        let catalog = &mut given["inverse"][part];
        let same = |one: &&Value| items(&now["objects"]).contains(one);
        let (known, others): (Vec<_>, Vec<_>) = items(&catalog["objects"]).iter().partition(same);
        let known: Vec<Value> = known.into_iter().map(key).collect();
        let others: Vec<Value> = others.into_iter().cloned().collect();
        catalog["objects"] = json!({ "now": known, "and": others });
    }
    given["now"] = json!({
        "objects": beside(&base["objects"], &now["objects"]),
        "dependencies": beside(&base["dependencies"], &now["dependencies"]),
        "storage": now["storage"],
    });
    given
}

pub fn grown(base: &Value, mut given: Value) -> Value {
    let told = given["now"].take();
    let now = sorted(json!({
        "objects": with(&base["objects"], &told["objects"]),
        "dependencies": with(&base["dependencies"], &told["dependencies"]),
        "storage": told["storage"],
    }));
    for part in ["before", "after"] {
        let catalog = &mut given["inverse"][part];
        let known = items(&catalog["objects"]["now"]);
        let same = items(&now["objects"]).iter().filter(|one| known.contains(&key(one)));
        catalog["objects"] = same.chain(items(&catalog["objects"]["and"])).cloned().collect();
        *catalog = sorted(catalog.take());
    }
    given["now"] = now;
    given
}

/// JSON with a line for each item of a list and each field of what is outside: short, and differences can be read.
pub fn lines(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let indent = |depth: usize| format!("\n{}", " ".repeat(depth));
    let is_inner = |value: &Value| value.get("id").is_some() || !(value.is_object() || value.is_array()) || depth > 4;
    match value {
        Value::Object(fields) if !is_inner(value) && !fields.is_empty() => {
            write_all(text, '{', fields.iter(), '}', depth, |(name, value): (&String, &Value), text| {
                text.push_str(&format!("{}{}: ", indent(depth + 1), Value::from(name.as_str())));
                write(value, depth + 1, text);
            });
        }
        Value::Array(list) if !is_inner(value) && !list.is_empty() => {
            write_all(text, '[', list.iter(), ']', depth, |value, text| {
                text.push_str(&indent(depth + 1));
                text.push_str(&value.to_string());
            });
        }
        other => text.push_str(&other.to_string()),
    }
}

fn write_all<T>(
    text: &mut String,
    open: char,
    all: impl Iterator<Item = T>,
    close: char,
    depth: usize,
    each: impl Fn(T, &mut String),
) {
    text.push(open);
    for (place, one) in all.enumerate() {
        if place > 0 {
            text.push(',');
        }
        each(one, text);
    }
    text.push_str(&format!("\n{}{close}", " ".repeat(depth)));
}
