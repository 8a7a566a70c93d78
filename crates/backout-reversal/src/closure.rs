//! What a migration depends on: the part of a catalog that a certificate is bound to.
//!
//! It is the touched objects themselves, the tables that they are parts of with all their parts, what
//! those stand on and what stands on them; and the names that the migration needs to be free. Other
//! tables, partitions made daily and statistics are none of its business.

use crate::Inverse;
use backout_schema::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What of a catalog a certificate is bound to, by name, so that it can be looked up in another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Objects that count with all their parts, what those stand on and what stands on them.
    pub roots: BTreeSet<String>,
    /// Objects that count by themselves.
    pub objects: BTreeSet<String>,
    /// Names that must be free.
    pub free: BTreeSet<String>,
}

impl Scope {
    /// What a migration from `before` touched.
    pub fn of(before: &Catalog, inverse: &Inverse) -> Scope {
        let mut roots: BTreeSet<ObjectId> = BTreeSet::new();
        let touched = || inverse.removed.iter().chain(&inverse.changed).copied();
        roots.extend(touched().map(|id| before.root(id)));
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
        let whole = |id: &ObjectId| !matches!(id.class, Class::Publication | Class::Schema | Class::Extension);
        let named = |id: ObjectId| before.identity(id);
        Scope {
            roots: roots.iter().copied().filter(whole).map(named).collect(),
            objects: touched().chain(roots).map(named).collect(),
            free: inverse.added.iter().map(|id| inverse.after.identity(*id)).collect(),
        }
    }

    /// A table whose rows a migration changes: its triggers, rules and keys act on that.
    pub fn add_rows(&mut self, table: &str) {
        if !self.free.contains(table) {
            self.roots.insert(table.to_owned());
        }
    }
}

/// Identity → digest of what the scope covers in this catalog; names that must be free map to `absent`
/// where they are.
pub fn closure(catalog: &Catalog, scope: &Scope) -> BTreeMap<String, String> {
    let mut roots: BTreeSet<ObjectId> = BTreeSet::new();
    let mut members: BTreeSet<ObjectId> = BTreeSet::new();
    for object in catalog.outside() {
        let identity = catalog.identity(object.id);
        if scope.roots.contains(&identity) {
            roots.insert(object.id);
        }
        if scope.roots.contains(&identity) || scope.objects.contains(&identity) || scope.free.contains(&identity) {
            members.insert(object.id);
        }
    }
    for id in &roots {
        let mut parts: Vec<ObjectId> = catalog.parts(*id).map(|o| o.id).collect();
        members.extend(&parts);
        parts.push(*id);
        for part in parts {
            for edge in catalog.needs(part).chain(catalog.dependents(part)) {
                for end in [edge.from, edge.to] {
                    let root = catalog.root(end);
                    let table = catalog.get(root).is_some_and(|o| o.is_table());
                    // Neighbouring tables count by what connects them, not as a whole.
                    if !table && root.class != Class::Schema {
                        members.insert(root);
                    }
                    members.insert(end);
                }
            }
        }
    }
    // A partition of a touched table comes and goes with the calendar.
    let is_noise = |object: &Object| {
        let root = catalog.root(object.id);
        let partition = matches!(
            catalog.get(root).map(|o| &o.detail),
            Some(Detail::Table(t)) if t.partition_of.is_some()
        );
        partition && !roots.contains(&root)
    };
    let mut closure: BTreeMap<String, String> = members
        .iter()
        .filter(|id| !catalog.is_ours(**id) && !catalog.is_capture(**id))
        .filter_map(|id| catalog.get(*id))
        .filter(|o| !is_noise(o))
        .map(|o| (catalog.identity(o.id), fingerprint(catalog, [o])))
        .collect();
    for identity in &scope.free {
        closure.entry(identity.clone()).or_insert_with(|| "absent".to_owned());
    }
    closure
}

/// What differs between two readings of a closure, in words.
pub fn changes(certified: &BTreeMap<String, String>, current: &BTreeMap<String, String>) -> Vec<String> {
    let names: BTreeSet<&String> = certified.keys().chain(current.keys()).collect();
    let digest = |closure: &BTreeMap<String, String>, name: &String| {
        closure.get(name).filter(|digest| *digest != "absent").cloned()
    };
    names
        .into_iter()
        .filter_map(|identity| match (digest(certified, identity), digest(current, identity)) {
            (then, now) if then == now => None,
            (_, None) => Some(format!("{identity} is gone")),
            (None, _) if certified.contains_key(identity) => Some(format!("{identity} exists already")),
            (None, _) => Some(format!("{identity} is new")),
            _ => Some(format!("{identity} has changed")),
        })
        .collect()
}

/// What somebody else did since to what a migration left, in words. It is empty where the state after that migration
/// is today's, as far as the migration had a hand in it.
pub fn since(now: &Catalog, inverse: &Inverse) -> Vec<String> {
    let inverse = inverse.resolved(now);
    let after = &inverse.after;
    let mut said = Vec::new();
    for id in inverse.added.union(&inverse.changed) {
        let Some(left) = after.get(*id) else { continue };
        // What was about to be built outside any transaction is looked at when the migration goes on.
        let expected = matches!(&left.detail, Detail::Index(index) if index.definition.is_empty());
        if expected || follows(after, *id) || after.is_capture(*id) {
            continue;
        }
        match now.get(*id) {
            None => said.push(format!("{} is gone", after.identity(*id))),
            Some(object) if canonical_json(now, object) != canonical_json(after, left) => {
                said.push(format!("{} has changed", after.identity(*id)));
            }
            Some(_) => {}
        }
    }
    // What is taken back with an object that the migration made would not be seen in the state before it.
    let whole = |id: &&ObjectId| !matches!(id.class, Class::Publication | Class::Schema | Class::Extension);
    let mut on_top: BTreeSet<ObjectId> = BTreeSet::new();
    for id in inverse.added.iter().filter(whole) {
        on_top.extend(now.parts(*id).map(|part| part.id));
        on_top.extend(now.dependents(*id).map(|edge| edge.from));
    }
    let strange = |id: &ObjectId| {
        now.contains(*id)
            && !inverse.added.contains(id)
            && !inverse.changed.contains(id)
            && partition_of(now, *id).is_none()
    };
    let new = on_top.into_iter().filter(strange).filter(|id| !now.is_ours(*id) && !now.is_capture(*id));
    said.extend(new.map(|id| format!("{} is new", now.identity(id))));
    let ours: BTreeSet<String> =
        inverse.added.union(&inverse.changed).filter(|id| after.contains(**id)).map(|id| after.identity(*id)).collect();
    let free: BTreeSet<String> =
        inverse.removed.iter().map(|id| inverse.before.identity(*id)).filter(|name| !ours.contains(name)).collect();
    let taken = now.outside().map(|object| now.identity(object.id)).filter(|name| free.contains(name));
    said.extend(taken.map(|name| format!("{name} exists already")));
    said
}

fn partition_of(catalog: &Catalog, id: ObjectId) -> Option<ObjectId> {
    match catalog.get(catalog.root(id)).map(|o| &o.detail) {
        Some(Detail::Table(t)) => t.partition_of,
        _ => None,
    }
}

/// A part of a partition that it has because its parent has it.
fn follows(catalog: &Catalog, id: ObjectId) -> bool {
    partition_of(catalog, id).is_some() && catalog.get(id).is_some_and(|o| is_inherited(catalog, o))
}

/// The state that a migration must leave, by identity: digests of what it added and changed, and
/// `absent` for what it removed. Two runs that agree here did the same. What happens to a partition because
/// it happens to its parent is left out: partitions come and go between the two.
pub fn outcome(inverse: &Inverse) -> BTreeMap<String, String> {
    let mut outcome = BTreeMap::new();
    for id in &inverse.removed {
        let with_parent = partition_of(&inverse.before, *id).is_some_and(|p| inverse.removed.contains(&p))
            || inverse.before.is_capture(*id);
        if !with_parent && !follows(&inverse.before, *id) {
            outcome.insert(inverse.before.identity(*id), "absent".to_owned());
        }
    }
    // What stays under another name shall otherwise be as good as dropped.
    let hidden: BTreeSet<ObjectId> = inverse.changed.iter().copied().filter(|id| is_hidden_now(inverse, *id)).collect();
    for id in &hidden {
        if !follows(&inverse.after, *id) {
            outcome.insert(inverse.before.identity(*id), "absent".to_owned());
        }
    }
    for id in inverse.added.iter().chain(inverse.changed.difference(&hidden)) {
        if let Some(object) = inverse.after.get(*id)
            && !follows(&inverse.after, *id)
            && !inverse.after.is_capture(*id)
        {
            outcome.insert(inverse.after.identity(*id), loose_digest(&inverse.after, object));
        }
    }
    outcome
}

/// Everything outside Backout's own schemas, by name: equal in a database and in one that was made of its dump.
pub fn all(catalog: &Catalog) -> BTreeMap<String, String> {
    catalog.outside().map(|object| (catalog.identity(object.id), loose_digest(catalog, object))).collect()
}

/// The same, for a comparison with what was taken before: earlier versions did not sort grants, so what has their digest
/// is as it was.
pub fn all_as(catalog: &Catalog, then: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let digest_of = |object: &Object, identity: &String| {
        let sorted = loose_digest(catalog, object);
        match then.get(identity) {
            Some(known) if *known != sorted => match digest(canonical_json(catalog, object)) {
                listed if listed == *known => listed,
                _ => sorted,
            },
            _ => sorted,
        }
    };
    let named = catalog.outside().map(|object| (object, catalog.identity(object.id)));
    named.map(|(object, identity)| (identity.clone(), digest_of(object, &identity))).collect()
}

/// A column that the migration hid, or what it has for a default.
fn is_hidden_now(inverse: &Inverse, id: ObjectId) -> bool {
    let is_hidden = |catalog: &Catalog| match catalog.get(id) {
        Some(Object { detail: Detail::Column(_), name, .. }) => hidden_by(name).is_some(),
        Some(Object { detail: Detail::Default(d), parent: Some(table), .. }) => {
            catalog.column_name(table.oid, d.column).is_some_and(|name| hidden_by(name).is_some())
        }
        _ => false,
    };
    is_hidden(&inverse.after) && !is_hidden(&inverse.before)
}

/// A part that its table has because the parent table has it.
fn is_inherited(catalog: &Catalog, object: &Object) -> bool {
    match &object.detail {
        Detail::Column(c) => c.inherited && !c.local,
        Detail::Constraint(c) => c.inherited,
        Detail::Trigger(t) => t.inherited,
        Detail::Index(i) => i.partition_of.is_some(),
        Detail::Default(d) => object
            .parent
            .and_then(|table| catalog.get(ObjectId::column(table.oid, d.column)))
            .is_some_and(|column| is_inherited(catalog, column)),
        _ => false,
    }
}

/// A digest that does not mind how an expression is parenthesised and cast: a clone made by dump and
/// restore prints some of them otherwise than the original does. Nor the order of grants: another server has other ids
/// of roles.
fn loose_digest(catalog: &Catalog, object: &Object) -> String {
    digest(portable_json(catalog, object))
}

fn digest(mut value: serde_json::Value) -> String {
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
        } else if is_moment(token) {
            out.push_str("'a moment' ");
        } else if !token.trim().is_empty() && !matches!(token, "(" | ")" | "[" | "]") {
            out.push_str(token);
            out.push(' ');
        }
    }
    out
}

/// A literal such as 'now' becomes in a view: `'2026-01-31 12:00:00.123456'`, another one in every run.
fn is_moment(token: &str) -> bool {
    let Some(inside) = token.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) else { return false };
    let (form, given) = ("0000-00-00 00:00:00.", inside.as_bytes());
    form.len() < given.len()
        && form.bytes().zip(given).all(|(f, g)| if f == b'0' { g.is_ascii_digit() } else { f == *g })
}

#[cfg(test)]
mod tests {
    use super::loose;

    #[test]
    fn moments_of_the_clock_do_not_count() {
        let one = "WHERE (at < '2026-11-21 16:42:45.07'::timestamp without time zone)";
        assert_eq!(loose(one), loose(&one.replace("45.07", "46.394472")));
        assert_ne!(loose("'2026-11-21'::date"), loose("'2026-11-22'::date"));
    }

    #[test]
    fn casts_and_brackets_do_not_count() {
        let one = "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))";
        let two = "CHECK (((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))";
        assert_eq!(loose(one), loose(two));
        assert_ne!(loose(one), loose(&two.replace("'b'", "'c'")));
        assert_eq!(loose("((a AND b) AND c)"), loose("(a AND b AND c)"));
    }
}
