//! Did the way back arrive? Compares what is now with what was before, object by object, and says which differences
//! were announced: by the plan, or while it ran.
//!
//! Must not know: how differences are shown, beyond one line each. Nothing is decided by reading such a line.

use crate::undo::{TailStep, Worn};
use crate::{Inverse, UndoPlan};
use backout_schema::{Catalog, Detail, Object, ObjectId, canonical_json, ident};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// One object that is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Its former id; that of now where it was not there.
    pub object: ObjectId,
    /// Names exactly one object of a catalog.
    pub identity: String,
    #[serde(flatten)]
    pub kind: Kind,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "difference", rename_all = "kebab-case")]
pub enum Kind {
    Missing,
    /// The migration added it.
    StillThere,
    /// A touched table got it.
    WasNotThere,
    /// Never empty.
    Unlike {
        attributes: Vec<Attribute>,
    },
}

/// One attribute that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attribute {
    pub name: String,
    pub was: Value,
    pub is: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.identity)?;
        match &self.kind {
            Kind::Missing => f.write_str(" is missing"),
            Kind::StillThere => f.write_str(" is still there"),
            Kind::WasNotThere => f.write_str(" was not there"),
            Kind::Unlike { attributes } => {
                for (index, Attribute { name, was, is }) in attributes.iter().enumerate() {
                    write!(f, "{} {name} was {was} and is {is}", if index == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}

/// What an undo could not bring back when it ran, and has said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shortfall {
    /// What steps were about that rows written since were in the way of.
    pub skipped: Vec<String>,
    /// Identities of constraints that hold only for what is yet to come.
    pub loosened: Vec<String>,
    /// Columns that stay nullable: their tables, quoted and with their schemas, and their names, quoted.
    pub nullable: Vec<(String, String)>,
}

/// The differences that nobody announced. `catalogs` are those that the former and the present objects are known from.
pub fn unannounced(
    catalogs: &[&Catalog],
    plan: &UndoPlan,
    shortfall: &Shortfall,
    differences: Vec<Difference>,
) -> Vec<Difference> {
    let mut lost: BTreeSet<&str> = plan.unsupported.iter().map(|u| u.object.as_str()).collect();
    lost.extend(plan.skipped.iter().chain(&shortfall.skipped).map(String::as_str));
    let loosened: BTreeSet<&str> = shortfall.loosened.iter().map(String::as_str).collect();
    let nullable: BTreeSet<String> =
        shortfall.nullable.iter().map(|(table, column)| format!("column {table}.{column}")).collect();
    // What stayed away takes its parts along.
    let mut with_it: BTreeSet<ObjectId> = BTreeSet::new();
    for skipped in &shortfall.skipped {
        for catalog in catalogs {
            with_it.extend(parts_of(catalog, skipped));
        }
    }
    let is_announced = |d: &Difference| {
        let attributes = match &d.kind {
            Kind::Unlike { attributes } => attributes.as_slice(),
            _ => &[],
        };
        lost.contains(d.identity.as_str())
            || with_it.contains(&d.object)
            || !attributes.is_empty() && loosened.contains(d.identity.as_str())
            || !attributes.is_empty()
                // From 18 on it is a constraint with a name.
                && attributes.iter().all(|a| ["not_null", "not_null_name"].contains(&a.name.as_str()))
                && nullable.contains(&d.identity)
    };
    differences.into_iter().filter(|d| !is_announced(d)).collect()
}

/// The index of a constraint and what partitions and inheriting tables have of it; or a partition with all that is its.
fn parts_of(catalog: &Catalog, skipped: &str) -> Vec<ObjectId> {
    let of_partition = skipped.strip_prefix("partition ").map(|name| format!("table {name}"));
    let Some(object) = catalog.find(of_partition.as_deref().unwrap_or(skipped)) else { return Vec::new() };
    let is_part = |o: &&Object| match (&object.detail, &o.detail) {
        (Detail::Table(_), _) => of_partition.is_some() && catalog.root(o.id) == object.id,
        (Detail::Constraint(_), Detail::Index(index)) => index.constraint == Some(object.id),
        (Detail::Constraint(_), Detail::Constraint(c)) => c.inherited && o.name == object.name,
        _ => false,
    };
    catalog.objects().filter(is_part).map(|o| o.id).collect()
}

/// What has no existence of its own beside this constraint, by identity: its index, and those that partitions have by it.
/// Empty for other identities.
pub fn belongs_to_constraint(catalog: &Catalog, identity: &str) -> Vec<String> {
    let Some(constraint) = catalog.find(identity).filter(|o| matches!(o.detail, Detail::Constraint(_))) else {
        return Vec::new();
    };
    let is_by_it =
        |id: &ObjectId| matches!(catalog.get(*id).map(|o| &o.detail), Some(Detail::Constraint(c)) if c.inherited);
    let mut constraints = vec![constraint.id];
    let mut place = 0;
    while let Some(id) = constraints.get(place).copied() {
        place += 1;
        let new = catalog.dependents(id).map(|edge| edge.from).filter(is_by_it);
        let new: Vec<ObjectId> = new.filter(|id| !constraints.contains(id)).collect();
        constraints.extend(new);
    }
    let is_index =
        |o: &&Object| matches!(&o.detail, Detail::Index(i) if i.constraint.is_some_and(|id| constraints.contains(&id)));
    let indexes = catalog.objects().filter(is_index).map(|o| o.id);
    constraints[1..].iter().copied().chain(indexes).map(|id| catalog.identity(id)).collect()
}

/// What is not as it was. Work that the tail still has to do is no difference, nor is what others changed since.
pub fn remaining(inverse: &Inverse, now: &Catalog, plan: &UndoPlan) -> Vec<Difference> {
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
        let of_table = before.parent.is_some_and(|table| plan.order.changed.contains(&inverse.before.sql_name(table)));
        if of_table && matches!(before.detail, Detail::Statistics(_)) {
            forget_order(&mut was);
            is.iter_mut().for_each(forget_order);
        }
        // A parent's constraint is validated with those of its children.
        let by_parent = matches!(&before.detail, Detail::Constraint(c) if c.inherited)
            .then(|| format!("constraint {} on ", ident(&before.name)));
        let pending_one = by_parent.is_some_and(|start| pending.iter().any(|p| p.starts_with(&start)));
        let pending_ones = if pending_one { BTreeSet::from([identity.as_str()]) } else { pending.clone() };
        differences.extend(unlike(*id, &identity, was, is, &pending_ones));
    }
    for (id, identity, was) in &plan.wanted.recreated {
        if !expected.contains(identity) && !others.contains(identity.as_str()) {
            let is = by_name.get(identity).and_then(|id| now.get(*id)).map(|object| canonical_json(now, object));
            differences.extend(unlike(*id, identity, was.clone(), is, &pending));
        }
    }
    for (id, identity, was) in &plan.wanted.bystanders {
        let object = by_name.get(identity).and_then(|id| now.get(*id));
        let kind = match object.map(|object| worn_otherwise(was, &Worn::of(object))) {
            None => Kind::Missing,
            Some(attributes) if attributes.is_empty() => continue,
            Some(attributes) => Kind::Unlike { attributes },
        };
        if !others.contains(identity.as_str()) && !pending.contains(identity.as_str()) {
            differences.push(Difference { object: *id, identity: identity.clone(), kind });
        }
    }
    for id in &inverse.added {
        let identity = inverse.after.identity(*id);
        if expected.contains(&identity) || others.contains(identity.as_str()) {
            continue;
        }
        // By id: a name that is taken again is somebody else's.
        if now.contains(*id) && !now.is_ours(*id) {
            differences.push(Difference { object: *id, identity, kind: Kind::StillThere });
        }
    }
    differences.extend(surplus(now, plan));
    differences
}

fn worn_otherwise(was: &Worn, is: &Worn) -> Vec<Attribute> {
    let Worn { comment, owner, acl, enabled, not_null, targets } = was;
    let parts = [
        ("comment", json!(comment), json!(is.comment)),
        ("owner", json!(owner), json!(is.owner)),
        ("acl", json!(acl), json!(is.acl)),
        ("enabled", json!(enabled), json!(is.enabled)),
        ("not_null", json!(not_null), json!(is.not_null)),
        ("statistics", json!(targets), json!(is.targets)),
    ];
    let unlike = parts.into_iter().filter(|(_, was, is)| was != is);
    unlike.map(|(name, was, is)| Attribute { name: name.to_owned(), was, is }).collect()
}

/// What tables got that they did not have: a statement for a parent may reach its children.
fn surplus(now: &Catalog, plan: &UndoPlan) -> Vec<Difference> {
    let mut of_table: HashMap<ObjectId, bool> = HashMap::new();
    let mut found = Vec::new();
    for object in now.outside() {
        let root = now.root(object.id);
        if root == object.id {
            continue;
        }
        if *of_table.entry(root).or_insert_with(|| plan.wanted.parts.contains(&now.identity(root))) {
            let identity = now.identity(object.id);
            if !plan.wanted.parts.contains(&identity) {
                found.push(Difference { object: object.id, identity, kind: Kind::WasNotThere });
            }
        }
    }
    found
}

/// What the undo recreated, by its former id: inverses of older migrations know it by that.
pub fn renumbered(plan: &UndoPlan, arrived: &Catalog) -> BTreeMap<ObjectId, ObjectId> {
    let gone: HashMap<&str, ObjectId> = plan
        .wanted
        .renumbered
        .iter()
        .filter(|(id, _)| !arrived.contains(*id))
        .map(|(id, identity)| (identity.as_str(), *id))
        .collect();
    if gone.is_empty() {
        return BTreeMap::new();
    }
    let named = arrived.outside().filter_map(|o| Some((gone.get(arrived.identity(o.id).as_str())?, o.id)));
    named.map(|(was, is)| (*was, is)).collect()
}

fn unlike(
    object: ObjectId,
    identity: &str,
    mut was: Value,
    is: Option<Value>,
    pending: &BTreeSet<&str>,
) -> Option<Difference> {
    let pending = pending.contains(identity);
    let found = |kind| Some(Difference { object, identity: identity.to_owned(), kind });
    let Some(mut is) = is else {
        return if pending { None } else { found(Kind::Missing) };
    };
    if pending {
        forgive(&mut was);
        forgive(&mut is);
    }
    let mut attributes = Vec::new();
    compare("", &was, &is, &mut attributes);
    if attributes.is_empty() { None } else { found(Kind::Unlike { attributes }) }
}

/// Leaves out what validation, an index build or a refresh will settle.
fn forgive(value: &mut Value) {
    if let Some(Value::Object(detail)) = value.get_mut("detail") {
        detail.remove("validated");
        detail.remove("valid");
        detail.remove("populated");
        if let Some(Value::String(definition)) = detail.get_mut("definition")
            // Reads SQL: a constraint is kept as the server prints it, which ends so until it has looked at the rows.
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

/// Every attribute that differs, by its name: the deepest one that both sides have as an object.
fn compare(name: &str, was: &Value, is: &Value, found: &mut Vec<Attribute>) {
    match (was, is) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                compare(name, a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (a, b) if a != b => found.push(Attribute { name: name.to_owned(), was: a.clone(), is: b.clone() }),
        _ => {}
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
        let seen = |parts: &[&str]| -> Vec<String> {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            surplus(
                &now,
                &UndoPlan { wanted: crate::Wanted { parts, ..crate::Wanted::default() }, ..UndoPlan::default() },
            )
            .iter()
            .map(ToString::to_string)
            .collect()
        };
        assert_eq!(seen(&["table public.t"]), ["default public.t.a was not there"]);
        assert!(seen(&["table public.t", "default public.t.a"]).is_empty());
        // What nobody touched may have changed meanwhile.
        assert!(seen(&[]).is_empty());
    }

    /// A statement reached further than it was meant to.
    #[test]
    fn what_stands_beside_it_wears_what_it_wore() {
        let trigger = ObjectId::new(Class::Trigger, 20_001);
        let fires = |enabled| {
            Detail::Trigger(backout_schema::Trigger { definition: "CREATE TRIGGER".into(), enabled, inherited: true })
        };
        let now = Catalog::new([object(trigger, "g", None, fires('O'))], Vec::new(), BTreeMap::new());
        let seen = |enabled, comment: Option<&str>| -> Vec<String> {
            let was = Object { comment: comment.map(str::to_owned), ..object(trigger, "g", None, fires(enabled)) };
            let bystanders = vec![(trigger, now.identity(trigger), Worn::of(&was))];
            let wanted = crate::Wanted { bystanders, ..crate::Wanted::default() };
            let plan = UndoPlan { wanted, ..UndoPlan::default() };
            remaining(&Inverse::default(), &now, &plan).iter().map(ToString::to_string).collect()
        };
        assert!(seen('O', None).is_empty());
        let [said] = &seen('D', Some("off"))[..] else { panic!("one difference") };
        assert!(said.ends_with(": comment was \"off\" and is null, enabled was \"D\" and is \"O\""), "{said}");
    }

    fn constraint(inherited: bool) -> Detail {
        Detail::Constraint(backout_schema::Constraint {
            kind: backout_schema::ConstraintKind::Unique,
            definition: "UNIQUE (a)".into(),
            validated: true,
            deferrable: false,
            columns: vec![1],
            foreign_table: None,
            foreign_columns: Vec::new(),
            inherited,
            on_domain: false,
        })
    }

    fn missing(object: ObjectId, identity: &str) -> Difference {
        Difference { object, identity: identity.into(), kind: Kind::Missing }
    }

    fn unlike_in(object: ObjectId, identity: &str, attributes: &[&str]) -> Difference {
        let attribute = |name: &&str| Attribute { name: (*name).to_owned(), was: true.into(), is: false.into() };
        let attributes = attributes.iter().map(attribute).collect();
        Difference { object, identity: identity.into(), kind: Kind::Unlike { attributes } }
    }

    /// An accepted loss of one object says nothing of another one whose name begins alike.
    #[test]
    fn what_is_announced_is_exactly_that_object() {
        let (order, orders) = (ObjectId::relation(20_000), ObjectId::relation(20_010));
        let key = ObjectId::new(Class::Constraint, 20_020);
        let of_heir = ObjectId::new(Class::Constraint, 20_021);
        let other = ObjectId::new(Class::Constraint, 20_022);
        let objects = [
            object(key, "k", Some(order), constraint(false)),
            object(of_heir, "k", Some(orders), constraint(true)),
            object(other, "k2", Some(orders), constraint(true)),
        ];
        let before = Catalog::new(objects, Vec::new(), BTreeMap::new());
        let announced = |object: &str| UndoPlan {
            unsupported: vec![crate::Unsupported { object: object.into(), reason: "a test".into() }],
            ..UndoPlan::default()
        };
        let check = |plan: &UndoPlan, shortfall: &Shortfall, found: Vec<Difference>, left: &[&str]| {
            let rest = unannounced(&[&before], plan, shortfall, found);
            let rest: Vec<&str> = rest.iter().map(|d| d.identity.as_str()).collect();
            assert_eq!(rest, left);
        };
        let none = Shortfall::default();
        let two = || vec![missing(order, "table public.order"), missing(orders, "table public.orders")];
        check(&announced("table public.order"), &none, two(), &["table public.orders"]);
        check(
            &UndoPlan { skipped: vec!["table public.order".into()], ..UndoPlan::default() },
            &none,
            two(),
            &["table public.orders"],
        );
        let skipped = |what: &str| Shortfall { skipped: vec![what.into()], ..Shortfall::default() };
        check(&UndoPlan::default(), &skipped("table public.order"), two(), &["table public.orders"]);
        // A constraint takes along what inheriting tables have of it, and no other.
        let identity = |id| before.identity(id);
        let keys = || [key, of_heir, other].map(|id| missing(id, &identity(id))).to_vec();
        check(&UndoPlan::default(), &skipped(&identity(key)), keys(), &[&identity(other)]);
        // A column that stays nullable may differ in that alone.
        let nullable = Shortfall { nullable: vec![("public.order".into(), "a".into())], ..Shortfall::default() };
        let column = ObjectId::column(20_000, 1);
        for (attributes, left) in [
            (&["not_null"][..], &[][..]),
            (&["not_null", "data_type"], &["column public.order.a"]),
            (&["data_type"], &["column public.order.a"]),
        ] {
            check(&UndoPlan::default(), &nullable, vec![unlike_in(column, "column public.order.a", attributes)], left);
        }
        let another = vec![unlike_in(column, "column public.order.ab", &["not_null"])];
        check(&UndoPlan::default(), &nullable, another, &["column public.order.ab"]);
    }
}
