//! What a migration depends on: the part of a catalog that a certificate is bound to.
//!
//! It is the touched objects themselves, the tables that they are parts of with all their parts, what
//! those stand on and what stands on them; and the names that the migration needs to be free. Other
//! tables, partitions made daily and statistics are none of its business.

use crate::Inverse;
use backout_schema::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Identity → digest of the object as it is before the migration; names that must be free map to
/// `absent`.
pub fn closure(before: &Catalog, inverse: &Inverse) -> BTreeMap<String, String> {
    let mut roots: BTreeSet<ObjectId> = BTreeSet::new();
    for id in inverse.removed.iter().chain(&inverse.changed) {
        roots.insert(before.root(*id));
    }
    // Parts added to a table touch the table, as does a key to it or a policy on it.
    for id in &inverse.added {
        if let Some(object) = inverse.after.get(*id) {
            if let Some(parent) = object.parent.filter(|p| before.contains(*p)) {
                roots.insert(before.root(parent));
            }
            if let Detail::Constraint(c) = &object.detail
                && let Some(foreign) = c.foreign_table.filter(|t| before.contains(*t))
            {
                roots.insert(foreign);
            }
        }
    }
    // A publication or schema is touched by a member; the rest of its members do not matter.
    let whole = |id: ObjectId| !matches!(id.class, Class::Publication | Class::Schema | Class::Extension);
    let mut members: BTreeSet<ObjectId> = BTreeSet::new();
    for id in &roots {
        members.insert(*id);
        if !whole(*id) {
            continue;
        }
        members.extend(parts_that_matter(before, *id));
        let mut ids: Vec<ObjectId> = before.parts(*id).map(|o| o.id).collect();
        ids.push(*id);
        for part in ids {
            for edge in before.needs(part).chain(before.dependents(part)) {
                for end in [edge.from, edge.to] {
                    let root = before.root(end);
                    let table = before.get(root).is_some_and(|o| o.is_table());
                    // Neighbouring tables count by what connects them, not as a whole.
                    if !table && root.class != Class::Schema {
                        members.insert(root);
                    }
                    members.insert(end);
                }
            }
        }
    }
    members.extend(inverse.removed.iter().chain(&inverse.changed).copied());
    let mut closure: BTreeMap<String, String> = members
        .iter()
        .filter(|id| !before.is_ours(**id))
        .filter_map(|id| before.get(*id))
        .filter(|o| !is_noise(before, o))
        .map(|o| (before.identity(o.id), fingerprint(before, [o])))
        .collect();
    for id in &inverse.added {
        let identity = inverse.after.identity(*id);
        closure.entry(identity).or_insert_with(|| "absent".to_owned());
    }
    closure
}

fn parts_that_matter(before: &Catalog, table: ObjectId) -> Vec<ObjectId> {
    before.parts(table).map(|o| o.id).collect()
}

/// A partition of a touched table comes and goes with the calendar.
fn is_noise(before: &Catalog, object: &Object) -> bool {
    let root = before.root(object.id);
    matches!(
        before.get(root).map(|o| &o.detail),
        Some(Detail::Table(t)) if t.partition_of.is_some()
    )
}

/// The same closure read from another catalog: for each identity what stands there now.
pub fn current(catalog: &Catalog, identities: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = catalog
        .outside()
        .map(|o| (catalog.identity(o.id), o))
        .filter(|(identity, _)| identities.contains_key(identity))
        .map(|(identity, o)| (identity, fingerprint(catalog, [o])))
        .collect();
    for identity in identities.keys() {
        found.entry(identity.clone()).or_insert_with(|| "absent".to_owned());
    }
    found
}

/// What differs between two readings of a closure, in words.
pub fn changes(certified: &BTreeMap<String, String>, current: &BTreeMap<String, String>) -> Vec<String> {
    certified
        .iter()
        .filter_map(|(identity, digest)| {
            let now = current.get(identity).map_or("absent", String::as_str);
            match (digest.as_str(), now) {
                (a, b) if a == b => None,
                (_, "absent") => Some(format!("{identity} is gone")),
                ("absent", _) => Some(format!("{identity} exists already")),
                _ => Some(format!("{identity} has changed")),
            }
        })
        .collect()
}

/// The state that a migration must leave, by identity: digests of what it added and changed, and
/// `absent` for what it removed. Two runs that agree here did the same.
pub fn outcome(inverse: &Inverse) -> BTreeMap<String, String> {
    let mut outcome = BTreeMap::new();
    for id in &inverse.removed {
        outcome.insert(inverse.before.identity(*id), "absent".to_owned());
    }
    for id in inverse.added.iter().chain(&inverse.changed) {
        if let Some(object) = inverse.after.get(*id) {
            outcome.insert(inverse.after.identity(*id), loose_digest(&inverse.after, object));
        }
    }
    outcome
}

/// A digest that does not mind how an expression is parenthesised and cast: a clone made by dump and
/// restore prints some of them otherwise than the original does.
fn loose_digest(catalog: &Catalog, object: &Object) -> String {
    let mut value = canonical_json(catalog, object);
    loosen(&mut value);
    Sha256::digest(value.to_string()).iter().map(|b| format!("{b:02x}")).collect()
}

fn loosen(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, field) in map.iter_mut() {
                let expression = ["definition", "using", "check", "expression", "generated", "filter"];
                match field {
                    serde_json::Value::String(text) if expression.contains(&key.as_str()) => *text = loose(text),
                    _ => loosen(field),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

/// The text without brackets, white space and casts.
fn loose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut tokens = crate::rename::Tokens(text).peekable();
    while let Some(token) = tokens.next() {
        if token == ":" && tokens.peek() == Some(&":") {
            tokens.next();
            // The type's name: words, a length or array brackets fall out below.
            while tokens.peek().is_some_and(|t| {
                t.trim().is_empty()
                    || t.starts_with('"')
                    || matches!(
                        *t,
                        "character"
                            | "varying"
                            | "double"
                            | "precision"
                            | "time"
                            | "timestamp"
                            | "zone"
                            | "with"
                            | "without"
                    )
            }) {
                tokens.next();
            }
            if tokens.peek().is_some_and(|t| t.chars().all(|c| c.is_alphanumeric() || c == '_')) {
                let next = *tokens.peek().unwrap_or(&"");
                if !matches!(next, "AND" | "OR" | "NOT" | "IS" | "THEN" | "ELSE" | "END" | "FROM" | "AS") {
                    tokens.next();
                }
            }
        } else if !token.trim().is_empty() && !matches!(token, "(" | ")" | "[" | "]") {
            out.push_str(token);
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::loose;

    #[test]
    fn casts_and_brackets_do_not_count() {
        let one = "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))";
        let two = "CHECK (((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))";
        assert_eq!(loose(one), loose(two));
        assert_ne!(loose(one), loose(&two.replace("'b'", "'c'")));
        assert_eq!(loose("((a AND b) AND c)"), loose("(a AND b AND c)"));
    }
}
