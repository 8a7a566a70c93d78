//! The order in which objects are created and dropped.

use backout_schema::*;
use std::collections::{BTreeMap, BTreeSet};

/// Where the catalog leaves the order open: what is usually needed first comes first.
pub(crate) fn rank(object: &Object) -> u8 {
    match &object.detail {
        Detail::Schema => 0,
        Detail::Extension(_) => 1,
        Detail::Type(_) => 2,
        // A domain's checks come before columns are made of it, which forbid some of them.
        Detail::Constraint(c) if c.on_domain => 3,
        Detail::Sequence(_) => 3,
        Detail::Function(_) => 4,
        Detail::Table(_) => 5,
        Detail::Column(_) => 6,
        Detail::Default(_) => 7,
        Detail::Constraint(c) if c.kind != ConstraintKind::ForeignKey => 8,
        Detail::Index(_) => 9,
        Detail::View(v) if !v.materialized => 10,
        Detail::View(_) => 11,
        Detail::Constraint(_) => 12,
        Detail::Statistics(_) => 13,
        Detail::Rule(_) => 14,
        Detail::Trigger(_) => 15,
        Detail::Policy(_) => 16,
        Detail::Publication(_) => 17,
        Detail::PublicationTable(_) | Detail::PublicationSchema => 18,
        Detail::EventTrigger(_) => 19,
        Detail::DefaultAcl(_) => 20,
        Detail::Other(_) => 21,
    }
}

/// Sorts `ids` so that each comes after what it needs. What is left in a true cycle is returned
/// apart, in order of rank.
pub(crate) fn creation_order(catalog: &Catalog, ids: &BTreeSet<ObjectId>) -> (Vec<ObjectId>, Vec<ObjectId>) {
    creation_order_with(catalog, ids, &BTreeMap::new())
}

/// As [`creation_order`], with views that have a stand-in: what needs such a view comes when the types that are given
/// for it are there.
pub(crate) fn creation_order_with(
    catalog: &Catalog,
    ids: &BTreeSet<ObjectId>,
    dummies: &BTreeMap<ObjectId, Vec<ObjectId>>,
) -> (Vec<ObjectId>, Vec<ObjectId>) {
    // A dependency of, or on, something that is not created by itself is that of its table.
    let lift = |id: ObjectId| -> Option<ObjectId> {
        if ids.contains(&id) {
            return Some(id);
        }
        let whole = ObjectId { sub: 0, ..id };
        if ids.contains(&whole) {
            return Some(whole);
        }
        catalog.get(id).and_then(|o| o.parent).filter(|p| ids.contains(p))
    };
    let mut needs: BTreeMap<ObjectId, BTreeSet<ObjectId>> = ids.iter().map(|id| (*id, BTreeSet::new())).collect();
    for edge in catalog.dependencies() {
        // An identity sequence needs its column, not the other way round; a table's own parts need it.
        if let Some(from) = lift(edge.from)
            && let Some(to) = lift(edge.to)
            && from != to
        {
            match dummies.get(&to) {
                Some(types) => needs.entry(from).or_default().extend(types.iter().filter(|t| **t != from)),
                None => {
                    needs.entry(from).or_default().insert(to);
                }
            }
        }
    }
    for id in ids {
        if let Some(object) = catalog.get(*id) {
            if let Some(parent) = object.parent.and_then(lift)
                && parent != *id
            {
                needs.entry(*id).or_default().insert(parent);
            }
            if let Detail::Index(index) = &object.detail
                && let Some(constraint) = index.constraint.and_then(lift)
            {
                // The catalog says that the index belongs to the constraint, which makes it.
                needs.entry(constraint).or_default().remove(id);
                needs.entry(*id).or_default().insert(constraint);
            }
        }
    }
    let key = |id: &ObjectId| (catalog.get(*id).map_or(u8::MAX, rank), *id);
    let mut waiting: BTreeMap<ObjectId, usize> = needs.iter().map(|(id, n)| (*id, n.len())).collect();
    let mut needed_by: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    for (id, needs) in &needs {
        for need in needs {
            needed_by.entry(*need).or_default().push(*id);
        }
    }
    let mut ready: BTreeSet<(u8, ObjectId)> = waiting.iter().filter(|(_, n)| **n == 0).map(|(id, _)| key(id)).collect();
    let mut ordered = Vec::with_capacity(ids.len());
    while let Some((_, id)) = ready.pop_first() {
        waiting.remove(&id);
        ordered.push(id);
        for next in needed_by.get(&id).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(key(next));
                }
            }
        }
    }
    let mut cycle: Vec<ObjectId> = waiting.into_keys().collect();
    cycle.sort_by_key(key);
    (ordered, cycle)
}
