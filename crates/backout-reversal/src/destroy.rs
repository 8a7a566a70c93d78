//! A DROP, taken apart: what holds rows moves into the archive, the rest is dropped by name.
//!
//! What the drop would take along was seen in a trial run inside a savepoint, so dynamic SQL and
//! CASCADE hide nothing. A table is first detached from everything outside the archive (keys both
//! ways, triggers, policies, rules, grants, publications, statistics), since whatever stayed attached
//! could block a later statement that plain SQL allows.

use crate::ddl::{self, Does, Statement};
use crate::order::rank;
use crate::ranges;
use backout_schema::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that lives in one of our schemas instead of having been dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    pub id: ObjectId,
    /// What it is called where it came from, such as `table public.meetings`.
    pub identity: String,
    pub from_schema: String,
    pub to_schema: String,
    pub name: String,
    /// What it is called in `to_schema`.
    #[serde(default)]
    pub kept_as: String,
}

#[derive(Clone, Debug, Default)]
pub struct DropPlan {
    /// Statements in order. They replace the one that was planned for.
    pub statements: Vec<Statement>,
    pub moved: Vec<Moved>,
    /// Why something that the drop destroys cannot be kept.
    pub unsupported: Vec<ddl::Unsupported>,
}

/// Plans the destruction of `gone`, as a trial run saw it.
///
/// `keep` says what existed before the migration and is worth keeping; `home` gives the archive
/// schema for things from a schema. Names are those of `catalog`, the catalog right now.
pub fn plan_drop(
    catalog: &Catalog,
    gone: &BTreeSet<ObjectId>,
    keep: &dyn Fn(ObjectId) -> bool,
    home: &mut dyn FnMut(&str) -> String,
) -> DropPlan {
    let mut plan = DropPlan::default();
    let (moving, as_text) = what_moves(catalog, gone, keep);
    for table in tables(catalog, &moving) {
        plan.statements.extend(detach(catalog, table.id, &moving, home));
    }
    plan.say_all(sequences_set_free(catalog, &moving));
    let (late, early) = dropped_by_name(catalog, gone, &moving);
    let mut texts = ranges::made_text(catalog, &as_text);
    for object in early {
        // When no view is on them any more.
        if matches!(object.detail, Detail::Type(_)) {
            plan.statements.append(&mut texts);
        }
        plan.drop(catalog, object);
    }
    plan.move_all(catalog, &moving, home);
    for object in late {
        if let Detail::Extension(_) = object.detail {
            plan.statements.extend(release_from_extension(catalog, object, &mut plan.unsupported));
        }
        plan.drop(catalog, object);
    }
    // A key between two tables that both go is taken off once.
    let mut said = BTreeSet::new();
    plan.statements.retain(|one| said.insert(one.sql.clone()));
    plan
}

impl DropPlan {
    fn say_all(&mut self, all: impl IntoIterator<Item = String>) {
        self.statements.extend(all.into_iter().map(Statement::from));
    }

    fn drop(&mut self, catalog: &Catalog, object: &Object) {
        match ddl::drop(catalog, object.id, true) {
            Ok(sql) => self.statements.push(sql),
            Err(reason) => self.unsupported.push(reason),
        }
    }

    /// Moves each into the archive, under a name that nothing else has.
    fn move_all(&mut self, catalog: &Catalog, moving: &BTreeSet<ObjectId>, home: &mut dyn FnMut(&str) -> String) {
        let shared = sharers_of_checks(catalog, moving);
        let mut masked = Vec::new();
        // Functions are called by the types of their arguments, so they go before those.
        let is_function = |id: &ObjectId| matches!(catalog.get(*id).map(|o| &o.detail), Some(Detail::Function(_)));
        let (first, others): (Vec<&ObjectId>, Vec<&ObjectId>) = moving.iter().partition(|id| is_function(id));
        for id in first.into_iter().chain(others) {
            let Some(object) = catalog.get(*id) else {
                continue;
            };
            let Some(schema) = object.schema.clone() else {
                continue;
            };
            let to = home(&schema);
            if !object.is_table() {
                self.say_all(ddl::grants_to_others(catalog, object));
            }
            for part in catalog.parts(*id) {
                if let (Detail::Statistics(_), Some(s)) = (&part.detail, &part.schema) {
                    let to = home(s);
                    self.say_all(ddl::move_to_schema(catalog, part.id, &to));
                }
            }
            self.say_all(ddl::move_to_schema(catalog, *id, &to));
            let masks = mask(catalog, object, &to, home, shared.contains(id));
            if is_function(id) {
                self.say_all(masks);
            } else {
                masked.extend(masks);
            }
            self.moved.push(Moved {
                id: *id,
                identity: catalog.identity(*id),
                from_schema: schema,
                to_schema: to,
                name: object.name.clone(),
                kept_as: masked_name(object),
            });
        }
        self.say_all(masked);
    }
}

/// What goes into the archive as it is, and columns there that become text since their type cannot go with them.
fn what_moves(
    catalog: &Catalog,
    gone: &BTreeSet<ObjectId>,
    keep: &dyn Fn(ObjectId) -> bool,
) -> (BTreeSet<ObjectId>, Vec<ObjectId>) {
    let movable = |o: &Object| match &o.detail {
        Detail::Table(t) => t.kind != TableKind::Foreign,
        Detail::Sequence(s) => s.owned_by.is_none_or(|c| !s.identity && !gone.contains(&ObjectId::relation(c.oid))),
        _ => false,
    };
    let mut moving: BTreeSet<ObjectId> = gone
        .iter()
        .copied()
        .filter(|id| keep(*id) && !catalog.is_ours(*id))
        .filter(|id| catalog.get(*id).is_some_and(movable))
        .collect();
    // Types and functions that archived columns, keys or indexes are made of go with them.
    let archived =
        |id: ObjectId, moving: &BTreeSet<ObjectId>| moving.contains(&catalog.root(id)) || catalog.is_ours(id);
    loop {
        let more: Vec<ObjectId> = gone
            .iter()
            .copied()
            .filter(|id| !moving.contains(id) && !catalog.is_ours(*id))
            .filter(|id| matches!(catalog.get(*id).map(|o| &o.detail), Some(Detail::Type(_) | Detail::Function(_))))
            .filter(|id| {
                catalog.dependents(*id).any(|d| {
                    moving.contains(&d.from)
                        || (archived(d.from, &moving) && catalog.get(d.from).is_some_and(holds_fast))
                })
            })
            .collect();
        if more.is_empty() {
            break;
        }
        moving.extend(more);
    }
    let ranges: Vec<(ObjectId, Vec<ObjectId>)> = moving
        .iter()
        .filter_map(|id| {
            let kept = |user: ObjectId| moving.contains(&user) || archived(user, &moving);
            ranges::columns_as_text(catalog, *id, &kept).map(|columns| (*id, columns))
        })
        .collect();
    for (id, _) in &ranges {
        moving.remove(id);
    }
    (moving, ranges.into_iter().flat_map(|(_, columns)| columns).collect())
}

fn tables<'c>(catalog: &'c Catalog, moving: &BTreeSet<ObjectId>) -> impl Iterator<Item = &'c Object> {
    moving.iter().filter_map(|id| catalog.get(*id)).filter(|o| o.is_table())
}

/// A sequence may belong to a column that goes, and must not go with it.
fn sequences_set_free(catalog: &Catalog, moving: &BTreeSet<ObjectId>) -> Vec<String> {
    let is_owned = |id: &&ObjectId| matches!(catalog.get(**id).map(|o| &o.detail), Some(Detail::Sequence(s)) if s.owned_by.is_some());
    let owned = moving.iter().filter(is_owned);
    owned.map(|id| format!("ALTER SEQUENCE {} OWNED BY NONE", catalog.sql_name(*id))).collect()
}

/// What is dropped by its name: after the rest has moved, and before. Dependants outside come first: a view or key on
/// a moving table must not move with it.
fn dropped_by_name<'c>(
    catalog: &'c Catalog,
    gone: &BTreeSet<ObjectId>,
    moving: &BTreeSet<ObjectId>,
) -> (Vec<&'c Object>, Vec<&'c Object>) {
    let mut explicit: Vec<&Object> = gone
        .iter()
        .filter(|id| !moving.contains(id) && !catalog.is_ours(**id))
        .filter_map(|id| catalog.get(*id))
        .filter(|o| stands_alone(catalog, o, gone, moving))
        .collect();
    explicit.sort_by_key(|o| (std::cmp::Reverse(rank(o)), o.id));
    explicit.into_iter().partition(|o| matches!(o.detail, Detail::Schema | Detail::Extension(_)))
}

/// A check that an heir has by two parents keeps its name: such heirs, and all that they inherit from.
fn sharers_of_checks(catalog: &Catalog, moving: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
    let is_parted =
        |o: &&Object| matches!(&o.detail, Detail::Table(t) if t.inherits.iter().any(|p| !moving.contains(p)));
    let mut shared: Vec<ObjectId> = tables(catalog, moving).filter(is_parted).map(|o| o.id).collect();
    let mut place = 0;
    while let Some(heir) = shared.get(place).copied() {
        place += 1;
        if let Some(Detail::Table(t)) = catalog.get(heir).map(|o| &o.detail) {
            shared.extend(t.inherits.iter().filter(|p| !shared.contains(p)).copied().collect::<Vec<_>>());
        }
    }
    shared
}

/// What something is called while it lies in one of our schemas: no other object has that name, so
/// `IF NOT EXISTS (SELECT FROM pg_type WHERE typname = …)` finds nothing, as it would after the drop.
pub fn masked_name(object: &Object) -> String {
    // Identifiers are cut at 63 bytes.
    let mut name = format!("{} {}", object.id.oid, object.name);
    while name.len() > 63 {
        name.pop();
    }
    name
}

/// Renames something that was just moved, with all of it that has a name of its own.
fn mask(
    catalog: &Catalog,
    object: &Object,
    to: &str,
    home: &mut dyn FnMut(&str) -> String,
    keeps_checks: bool,
) -> Vec<String> {
    let table = qualified(to, &masked_name(object));
    let mut statements = Vec::new();
    let mut rename = |part: &Object, schema: Option<&str>| {
        let Some(sql) = ddl::rename(catalog, part.id, &table, &masked_name(part)) else { return };
        // The statement before it has moved the object.
        statements.push(match (&part.schema, schema) {
            (Some(from), Some(to)) => sql.replacen(&qualified(from, &part.name), &qualified(to, &part.name), 1),
            _ => sql,
        });
    };
    rename(object, Some(to));
    for part in catalog.parts(object.id) {
        match &part.detail {
            Detail::Index(i) if i.constraint.is_none() => rename(part, Some(to)),
            // Left to its parent, which renames it along.
            Detail::Constraint(c) if c.kind == ConstraintKind::Check && (c.inherited || keeps_checks) => {}
            Detail::Constraint(c) if c.on_domain => {}
            // Keys to other tables were taken off.
            Detail::Constraint(c) if c.foreign_table.is_none_or(|t| t == object.id) => rename(part, None),
            Detail::Statistics(_) => {
                let to = part.schema.as_deref().map(&mut *home);
                rename(part, to.as_deref());
            }
            _ => {}
        }
    }
    for sequence in catalog.objects().filter(|o| owned(catalog, o.id, object.id)) {
        rename(sequence, Some(to));
    }
    statements
}

/// A part that keeps hold of a type or function: taking it off the table would lose or rebuild data.
fn holds_fast(part: &Object) -> bool {
    match &part.detail {
        Detail::Column(_) | Detail::Index(_) | Detail::Table(_) | Detail::Type(_) => true,
        Detail::Constraint(c) => c.kind != ConstraintKind::ForeignKey,
        Detail::Function(_) => true,
        _ => false,
    }
}

/// Whether dropping this object takes a statement of its own, rather than happening with another.
fn stands_alone(catalog: &Catalog, object: &Object, gone: &BTreeSet<ObjectId>, moving: &BTreeSet<ObjectId>) -> bool {
    // That of an identity column is a part of it.
    if matches!(&object.detail, Detail::Sequence(s) if s.identity) {
        return false;
    }
    if let Some(parent) = object.parent {
        // Parts of a dropped table go with it; those of a moving one were detached or move along.
        if gone.contains(&parent) || moving.contains(&parent) {
            return false;
        }
    }
    if let Detail::PublicationTable(member) = &object.detail
        && (gone.contains(&member.table) || moving.contains(&member.table))
    {
        return false;
    }
    // A new partition stays when the whole moves.
    if matches!(&object.detail, Detail::Table(t) if t.partition_of.is_some_and(|whole| moving.contains(&whole))) {
        return true;
    }
    !catalog
        .needs(object.id)
        .any(|d| d.kind != DependencyKind::Normal && (gone.contains(&d.to) || gone.contains(&catalog.root(d.to))))
}

/// Frees a table from everything outside the set that moves with it.
fn detach(
    catalog: &Catalog,
    table: ObjectId,
    moving: &BTreeSet<ObjectId>,
    home: &mut dyn FnMut(&str) -> String,
) -> Vec<Statement> {
    let Some(object) = catalog.get(table) else {
        return Vec::new();
    };
    let mut statements: Vec<Statement> = Vec::new();
    let outside = |id: ObjectId| !moving.contains(&catalog.root(id)) && !catalog.is_ours(id);
    let mut drop = |id: ObjectId| statements.extend(ddl::drop(catalog, id, true).ok());
    // Keys of other tables into this one, wherever they live.
    for key in catalog.objects() {
        if let Detail::Constraint(c) = &key.detail
            && c.foreign_table == Some(table)
            && key.parent != Some(table)
            && !c.inherited
        {
            drop(key.id);
        }
    }
    for part in catalog.parts(table) {
        let leaves = match &part.detail {
            Detail::Trigger(t) => !t.inherited,
            Detail::Policy(_) | Detail::Rule(_) => true,
            Detail::Constraint(c) if c.kind == ConstraintKind::ForeignKey => {
                !c.inherited && c.foreign_table != Some(table)
            }
            // A default may call what stays outside; a key or index may not be lost for it.
            Detail::Default(_) => catalog.needs(part.id).any(|d| {
                d.to.class != Class::Schema
                    && outside(d.to)
                    && catalog.root(d.to) != table
                    && !owned(catalog, d.to, table)
            }),
            _ => false,
        };
        if leaves {
            drop(part.id);
        }
    }
    for member in catalog.objects() {
        if let Detail::PublicationTable(m) = &member.detail
            && m.table == table
        {
            drop(member.id);
        }
    }
    let grants = std::iter::once(object).chain(catalog.columns(table));
    statements.extend(grants.flat_map(|of| ddl::grants_to_others(catalog, of)).map(Statement::from));
    if let Detail::Table(t) = &object.detail {
        let name = catalog.sql_name(table);
        if let Some(parent) = t.partition_of.filter(|p| !moving.contains(p)) {
            let detach = format!("ALTER TABLE {} DETACH PARTITION {name}", catalog.sql_name(parent));
            statements.push(Statement { sql: detach, does: Does::DetachPartition(parent) });
            // What is kept may not hold rows of others fast. It comes again with the whole's.
            let of_whole = |name: &str| catalog.parts(parent).any(|o| o.name == name && is_foreign_key(&o.detail));
            let keys = catalog.parts(table).filter(|o| is_foreign_key(&o.detail) && of_whole(&o.name));
            let inherited = keys.filter(|o| matches!(&o.detail, Detail::Constraint(c) if c.inherited));
            statements.extend(inherited.filter_map(|key| ddl::drop(catalog, key.id, true).ok()));
        }
        if t.inherits.iter().any(|p| !moving.contains(p)) {
            let same_owner = |p: &&ObjectId| catalog.get(**p).is_some_and(|parent| parent.owner == object.owner);
            // Another's table may be no pattern for ours, and no role but its owner's makes it a parent again.
            let parents: Vec<ObjectId> = t.inherits.iter().filter(same_owner).copied().collect();
            statements.extend(foster_parents(catalog, object, &parents, home).into_iter().map(Statement::from));
        }
        for parent in t.inherits.iter().filter(|p| !moving.contains(p)) {
            statements.push(format!("ALTER TABLE {name} NO INHERIT {}", catalog.sql_name(*parent)).into());
        }
    }
    statements
}

fn is_foreign_key(detail: &Detail) -> bool {
    matches!(detail, Detail::Constraint(c) if c.kind == ConstraintKind::ForeignKey)
}

/// Columns that must have a value in the parent and need none in the child, which let go of that.
pub(crate) fn demanded_above(catalog: &Catalog, child: ObjectId, parent: ObjectId) -> Vec<String> {
    let not_null = |o: &Object| matches!(&o.detail, Detail::Column(c) if c.not_null);
    let parents: Vec<String> =
        catalog.columns(parent).into_iter().filter(|o| not_null(o)).map(|o| o.name.clone()).collect();
    let of_child = catalog.columns(child).into_iter().filter(|o| !not_null(o)).map(|o| o.name.clone());
    of_child.filter(|name| parents.contains(name)).collect()
}

/// What a table has by a parent alone becomes its own when they part, and can never be the parent's again. So empty
/// tables of the parents' shape foster it in the archive.
fn foster_parents(
    catalog: &Catalog,
    table: &Object,
    parents: &[ObjectId],
    home: &mut dyn FnMut(&str) -> String,
) -> Vec<String> {
    let to = home(table.schema.as_deref().unwrap_or("public"));
    let name = catalog.sql_name(table.id);
    let foster = |parent: &ObjectId| {
        let foster = qualified(&to, &format!("foster_{}_{}", parent.oid, table.id.oid));
        let like = catalog.sql_name(*parent);
        let mut statements =
            vec![format!("CREATE TABLE {foster} (LIKE {like} INCLUDING CONSTRAINTS INCLUDING GENERATED)")];
        // No table gets a parent with a check that is not valid.
        let in_doubt = |o: &&Object| matches!(&o.detail, Detail::Constraint(c) if c.kind == ConstraintKind::Check && !c.on_domain && !c.validated);
        let doubts = catalog.parts(*parent).filter(in_doubt);
        statements.extend(doubts.map(|o| format!("ALTER TABLE {foster} DROP CONSTRAINT IF EXISTS {}", ident(&o.name))));
        // Nor may a child do without what a parent must have.
        statements.extend(
            demanded_above(catalog, table.id, *parent)
                .into_iter()
                .map(|column| format!("ALTER TABLE {foster} ALTER COLUMN {} DROP NOT NULL", ident(&column))),
        );
        statements.push(format!("ALTER TABLE {name} INHERIT {foster}"));
        statements
    };
    parents.iter().flat_map(foster).collect()
}

/// A sequence that a column of this table owns moves along with the table.
fn owned(catalog: &Catalog, id: ObjectId, table: ObjectId) -> bool {
    matches!(
        catalog.get(id).map(|o| &o.detail),
        Some(Detail::Sequence(s)) if s.owned_by.is_some_and(|c| c.oid == table.oid)
    )
}

/// An extension's types cannot move: archived columns of them become text, indexes on them go.
fn release_from_extension(
    catalog: &Catalog,
    extension: &Object,
    unsupported: &mut Vec<ddl::Unsupported>,
) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    for edge in catalog.dependents(extension.id) {
        let Some(part) = catalog.get(edge.from) else {
            continue;
        };
        if !catalog.is_ours(part.id) {
            continue;
        }
        match &part.detail {
            Detail::Index(i) if i.constraint.is_none() => {
                statements.extend(ddl::drop(catalog, part.id, false).ok());
            }
            Detail::Column(_) => {
                let table = part.parent.map_or(String::new(), |p| catalog.sql_name(p));
                let name = ident(&part.name);
                statements.push(format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE text USING {name}::text").into());
            }
            Detail::Default(_) => statements.extend(ddl::drop(catalog, part.id, false).ok()),
            _ => unsupported.push(ddl::Unsupported {
                object: catalog.identity(part.id),
                reason: format!("it is made of parts of the extension {}", extension.name),
            }),
        }
    }
    // Indexes before columns: an operator class does not fit text.
    statements.sort_by_key(|one| one.does != Does::DropIndex);
    statements
}
