//! Generated columns that stand on an enum which loses values, and columns that were generated: PostgreSQL alters neither
//! their type nor what they are made with. They hold nothing of their own, so they go first, with all that stands on
//! them, and come back as columns do that the migration had dropped.

use super::enums;
use super::options::UndoOptions;
use super::step::{Look, Step};
use crate::ddl;
use crate::inverse::Inverse;
use crate::order::creation_order;
use crate::tables::{row_key, with_heirs};
use backout_schema::{Catalog, Class, Detail, Object, ObjectId, TableKind, Type, ident, qualified};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Freed {
    pub now: Catalog,
    pub inverse: Inverse,
    pub steps: Vec<Step>,
    /// At the end: the schema of what is set aside may be needed until then.
    pub looks: Vec<Look>,
}

/// What the undo starts from once they are gone. Nothing if there are none, or if they cannot go.
pub(super) fn without_generated(
    now: &Catalog,
    inverse: &Inverse,
    target: &Catalog,
    options: &UndoOptions,
) -> Option<Freed> {
    let labels = |catalog: &Catalog, id: ObjectId| match catalog.get(id).map(|o| &o.detail) {
        Some(Detail::Type(Type::Enum { labels })) => Some(labels.clone()),
        _ => None,
    };
    let loses = |id: &&ObjectId| match (labels(now, **id), labels(target, **id)) {
        (Some(now), Some(then)) => now.len() > then.len() && then.iter().all(|label| now.contains(label)),
        _ => false,
    };
    let losing: Vec<ObjectId> = inverse.changed.iter().filter(loses).copied().collect();
    let mut generated = made_with(now, inverse, losing)?;
    let plain: Vec<ObjectId> =
        inverse.changed.iter().copied().filter(|id| was_generated(now, inverse, target, *id)).collect();
    generated.extend(&plain);
    let tables: BTreeSet<ObjectId> = generated.iter().map(|column| ObjectId::relation(column.oid)).collect();
    let bytes: u64 = tables.iter().filter_map(|table| options.table_bytes.get(table)).sum();
    if generated.is_empty() || bytes > options.rebuild_below {
        return None;
    }
    let gone = standing_on(now, generated)?;
    let mut freed = inverse.clone();
    for image in &mut freed.images {
        // Nobody writes what is generated.
        let names =
            plain.iter().filter(|id| id.oid == image.table.oid).filter_map(|id| target.column_name(id.oid, id.sub));
        let names: Vec<&str> = names.collect();
        image.columns.retain(|column| !names.contains(&column.name.as_str()));
        if image.key.iter().any(|key| names.contains(&key.as_str())) {
            image.key.clear();
        }
    }
    let back: BTreeSet<ObjectId> = gone.iter().copied().filter(|id| target.contains(*id)).collect();
    freed.changed.retain(|id| !back.contains(id));
    freed.removed.extend(back.iter().copied().filter(|id| !inverse.removed.contains(id)));
    let missing = back.iter().filter(|id| !inverse.before.contains(**id)).filter_map(|id| now.get(*id)).cloned();
    let objects: Vec<Object> = inverse.before.objects().cloned().chain(missing).collect();
    let of_them = now.dependencies().iter().filter(|d| back.contains(&d.from)).copied();
    freed.before =
        Catalog::new(objects, inverse.before.dependencies().iter().copied().chain(of_them).collect(), BTreeMap::new());
    let (order, cycle) = creation_order(now, &gone);
    let (mut steps, mut looks) = (Vec::new(), Vec::new());
    for (aside, look) in plain.iter().filter_map(|id| other_values(now, target, *id, options)) {
        steps.extend(aside);
        looks.push(look);
    }
    for id in order.into_iter().chain(cycle).rev() {
        match now.get(id).map(|o| &o.detail) {
            Some(Detail::Index(i)) if i.constraint.is_some() => continue,
            Some(Detail::Column(_)) if gone.contains(&ObjectId::relation(id.oid)) => continue,
            Some(Detail::Rule(_)) if gone.contains(&now.root(id)) => continue,
            _ => {}
        }
        steps.push(Step::new(ddl::drop(now, id, true).ok()?, &now.identity(id)));
    }
    let there = |id: ObjectId| !gone.contains(&id);
    let dependencies = now.dependencies().iter().filter(|d| there(d.from) && there(d.to)).copied().collect();
    let now = Catalog::new(now.shared().filter(|o| there(o.id)), dependencies, now.all_storage().clone());
    Some(Freed { now, inverse: freed, steps, looks })
}

/// A column that lost its expression gets none by ALTER: it goes, and comes back with it. Nobody gave it or what it is
/// made with another name.
fn was_generated(now: &Catalog, inverse: &Inverse, target: &Catalog, id: ObjectId) -> bool {
    let column = |catalog: &Catalog, id: ObjectId| match catalog.get(id).map(|o| &o.detail) {
        Some(Detail::Column(c)) => Some(c.clone()),
        _ => None,
    };
    let (Some(is), Some(was)) = (column(now, id), column(target, id)) else { return false };
    let left = column(&inverse.after, id).is_none_or(|left| left.generated.is_none());
    let table = ObjectId::relation(id.oid);
    // It must be possible to ask what it gives now.
    let stays = |needed: ObjectId| match (column(now, needed), column(target, needed)) {
        (Some(is), Some(was)) => is.data_type == was.data_type,
        _ => now.contains(needed),
    };
    let named_alike = |o: &&Object| target.get(o.id).is_none_or(|then| then.name == o.name && then.schema == o.schema);
    is.generated.is_none()
        && was.generated.is_some()
        && left
        && !is.inherited
        && !now.is_ours(table)
        && with_heirs(now, table).len() == 1
        && matches!(now.get(table).map(|o| &o.detail), Some(Detail::Table(t)) if t.kind == TableKind::Ordinary)
        && target.needs(id).all(|d| stays(d.to))
        && now.objects().all(|o| named_alike(&o) || now.is_ours(o.id))
}

/// What such a column holds that its expression does not give is set aside, and counted.
fn other_values(now: &Catalog, target: &Catalog, id: ObjectId, options: &UndoOptions) -> Option<(Vec<Step>, Look)> {
    let (Some(object), Some(Detail::Column(was))) = (now.get(id), target.get(id).map(|o| &o.detail)) else {
        return None;
    };
    let table = ObjectId::relation(id.oid);
    let (full, name, about) = (now.sql_name(table), ident(&object.name), now.identity(id));
    let undone = format!("backout_undone_{}", options.number);
    let aside = qualified(&undone, &format!("generated_{}_{}", id.oid, id.sub));
    let key: Vec<String> = row_key(now, table)
        .filter(|key| !key.contains(&id.sub))
        .map(|key| key.iter().filter_map(|n| now.column_name(id.oid, *n)).map(ident).collect())
        .unwrap_or_default();
    let row = if key.is_empty() { "t".to_owned() } else { format!("ROW(t.{})", key.join(", t.")) };
    let expression = was.generated.clone().unwrap_or_default();
    let forced = matches!(now.get(table).map(|o| &o.detail), Some(Detail::Table(t)) if t.force_row_security);
    let forcing = |force: bool| forced.then(|| ddl::force_row_security(&full, force));
    let create = format!("CREATE TABLE {aside} (backout_row text, backout_value text)");
    let insert = format!(
        "INSERT INTO {aside} SELECT {row}::text, t.{name}::text FROM {full} t WHERE t.{name}::text IS DISTINCT FROM (({expression})::{})::text",
        was.data_type
    );
    let statements = [
        Some(format!("CREATE SCHEMA IF NOT EXISTS {undone}")),
        Some(create),
        forcing(false),
        Some(insert),
        forcing(true),
    ];
    let look = Look {
        count: format!("SELECT count(*) FROM {aside}"),
        otherwise: format!(
            "values of {about} are not what it is generated as again; they lie in {aside}, by the key of their rows"
        ),
        forced: None,
        if_none: Some(enums::drop_if_empty(&aside, &undone)),
    };
    Some((statements.into_iter().flatten().map(|sql| Step::new(sql, &about)).collect(), look))
}

/// Generated columns that are of these types, or made with functions or columns that are. Nothing if one of them
/// comes from a parent.
fn made_with(now: &Catalog, inverse: &Inverse, types: Vec<ObjectId>) -> Option<BTreeSet<ObjectId>> {
    let mut seen: BTreeSet<ObjectId> = types.iter().copied().collect();
    let mut open = types;
    let mut generated = BTreeSet::new();
    while let Some(id) = open.pop() {
        for user in now.dependents(id).map(|d| d.from) {
            let Some(found) = now.get(user) else { continue };
            let is_new = inverse.added.contains(&user) || inverse.added.contains(&now.root(user));
            if now.is_ours(user) || is_new || !seen.insert(user) {
                continue;
            }
            match &found.detail {
                Detail::Function(_) => open.push(user),
                Detail::Column(c) if now.get(now.root(user)).is_some_and(Object::is_table) => {
                    if c.generated.is_none() {
                        // What is made with its values is in the way of another type.
                        if id.class == Class::Type {
                            open.push(user);
                        }
                    } else if c.inherited {
                        return None;
                    } else {
                        generated.insert(user);
                    }
                }
                _ => {}
            }
        }
    }
    Some(generated)
}

/// Columns with all that stands on them. Nothing if something of ours does.
fn standing_on(now: &Catalog, columns: BTreeSet<ObjectId>) -> Option<BTreeSet<ObjectId>> {
    let mut open: Vec<ObjectId> = columns.iter().copied().collect();
    let mut gone = columns;
    while let Some(id) = open.pop() {
        for user in now.dependents(id).map(|d| d.from) {
            let root = now.root(user);
            let of_view = now.get(root).is_some_and(|o| matches!(o.detail, Detail::View(_)));
            let user = if of_view { root } else { user };
            let Some(found) = now.get(user) else { continue };
            if now.is_ours(user) || found.is_table() || found.is_column() && !gone.contains(&user) {
                return None;
            }
            if gone.insert(user) {
                open.push(user);
                let parts: Vec<ObjectId> = now.parts(user).map(|part| part.id).collect();
                open.extend(parts.iter().copied().filter(|part| gone.insert(*part)));
            }
        }
    }
    Some(gone)
}
