//! What stands in the way of an undo, and which tables it must lock.

use super::chosen::Enum;
use super::found::Found;
use super::plan::Conflict;
use super::planner::Planner;
use super::step::Write;
use crate::ddl::Alteration;
use backout_schema::{
    Catalog, Class, ConstraintKind, Dependency, DependencyKind, Detail, KeyEvent, LockMode, Object, ObjectId, TableLock,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Planner<'_> {
    /// Others' objects that stand on what goes: they are named, never taken along.
    pub(super) fn foreign_dependants(&mut self, found: &Found) {
        let Found { going, recreate, recomputed, .. } = found;
        for id in self.standing_on(going, recomputed) {
            if going.contains(&id) || recreate.contains(&id) {
                continue;
            }
            let root = self.now.root(id);
            if going.contains(&root) || self.now.is_ours(id) {
                continue;
            }
            let Some(object) = self.now.get(id) else {
                continue;
            };
            // A membership or key that hangs on a new table is detached with it.
            let harmless = match &object.detail {
                Detail::PublicationTable(m) => going.contains(&m.table),
                Detail::Column(c) => c.generated.is_none(),
                Detail::Index(_) | Detail::Statistics(_) => true,
                Detail::Sequence(s) => s.owned_by.is_some(),
                _ => false,
            };
            // Through a new schema or type one reaches what the migration only moved or altered.
            let known =
                [id, root].iter().any(|id| self.inverse.changed.contains(id) || self.inverse.removed.contains(id));
            if harmless || known {
                continue;
            }
            self.plan.conflicts.push(Conflict {
                object: self.now.identity(id),
                problem:
                    "it was made since, by somebody else, and stands on something that the undo removes; drop it first"
                        .into(),
                blocks: true,
            });
        }
    }

    /// All that stands on what goes. A sequence that a new column owns is let go before: it takes nothing along.
    /// A generated column that is computed as before by then does not stand on it any more.
    fn standing_on(&self, going: &BTreeSet<ObjectId>, recomputed: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        let stays = |id: ObjectId| {
            let is_sequence = matches!(self.target.get(id).map(|o| &o.detail), Some(Detail::Sequence(_)));
            !going.contains(&id) && (is_sequence || recomputed.contains(&id))
        };
        let mut found: BTreeSet<ObjectId> = BTreeSet::new();
        let mut open: Vec<ObjectId> = going.iter().copied().collect();
        while let Some(id) = open.pop() {
            for user in self.now.dependents(id).map(|d| d.from).chain(self.now.parts(id).map(|p| p.id)) {
                if !stays(user) && found.insert(user) {
                    open.push(user);
                }
            }
        }
        found
    }

    /// Sequences that belong to columns which go: they would go along.
    fn captured_sequences(&self, going: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        let captured = |o: &&Object| {
            let on = match &o.detail {
                Detail::Sequence(s) if !s.identity => s.owned_by,
                _ => None,
            };
            !going.contains(&o.id)
                && self.target.contains(o.id)
                && on.is_some_and(|column| going.contains(&column) || going.contains(&ObjectId::relation(column.oid)))
        };
        self.now.outside().filter(captured).map(|o| o.id).collect()
    }

    pub(super) fn free_sequences(&mut self, going: &BTreeSet<ObjectId>) {
        for id in self.captured_sequences(going) {
            let about = self.now.identity(id);
            self.step(format!("ALTER SEQUENCE {} OWNED BY NONE", self.now.sql_name(id)), &about);
        }
    }

    /// The catalog after that, if there are any.
    pub(super) fn with_free_sequences(&self, going: &BTreeSet<ObjectId>) -> Option<Catalog> {
        let captured = self.captured_sequences(going);
        if captured.is_empty() {
            return None;
        }
        let objects = self.now.shared().map(|mut o| {
            if captured.contains(&o.id)
                && let Detail::Sequence(s) = &mut Arc::make_mut(&mut o).detail
            {
                s.owned_by = None;
            }
            o
        });
        let kept = |d: &&Dependency| !captured.contains(&d.from) || d.kind != DependencyKind::Auto;
        let dependencies = self.now.dependencies().iter().filter(kept).copied().collect();
        Some(Catalog::new(objects, dependencies, BTreeMap::new()))
    }

    /// Names that were free when the migration ran and are somebody else's now.
    pub(super) fn names_taken(&mut self, going: &BTreeSet<ObjectId>) {
        let mut taken: BTreeMap<String, ObjectId> = BTreeMap::new();
        for object in self.now.outside() {
            if !going.contains(&object.id) && !going.contains(&self.now.root(object.id)) {
                // What gets its former name back makes room, and so do its parts.
                let names = if self.target.contains(object.id) { self.target } else { self.now };
                taken.insert(names.identity(object.id), object.id);
            }
        }
        for id in &self.inverse.removed {
            let identity = self.inverse.before.identity(*id);
            if let Some(other) = taken.get(&identity)
                && other != id
                && !self.inverse.changed.contains(other)
                && !self.inverse.removed.contains(other)
                && !matches!(other.class, Class::Default | Class::PublicationTable)
            {
                self.plan.conflicts.push(Conflict {
                    object: identity,
                    problem: "another one of that name was made since, by somebody else; rename or drop it first"
                        .into(),
                    blocks: true,
                });
            }
        }
    }

    /// What comes back needs something that somebody else dropped since: a table of which it is a part, or what a view
    /// or a key stands on. The server would say so in words of its own, in the middle of the undo.
    pub(super) fn dropped_since(&mut self) {
        let (now, inverse) = (self.now, self.inverse);
        let before = &inverse.before;
        let there: BTreeSet<String> = now.outside().map(|o| now.identity(o.id)).collect();
        let is_gone = |id: ObjectId| {
            before.contains(id)
                && !now.contains(id)
                && !inverse.removed.contains(&id)
                // Made again by somebody, under the same name.
                && !there.contains(&before.identity(id))
        };
        let mut gone: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
        let mut needs = |needed: ObjectId, by: ObjectId| {
            if is_gone(needed) {
                gone.entry(needed).or_insert(by);
            }
        };
        for id in inverse.removed.iter().filter(|id| !now.contains(**id)) {
            needs(before.root(*id), *id);
            if let Some(Detail::Constraint(c)) = before.get(*id).map(|o| &o.detail) {
                c.foreign_table.into_iter().for_each(|table| needs(table, *id));
            }
            // Of what hangs on indexes and keys the server finds another one.
            let stands_on = before.needs(*id).map(|d| d.to).filter(|to| {
                let detail = before.get(*to).map(|o| &o.detail);
                matches!(
                    detail,
                    Some(
                        Detail::Table(_) | Detail::View(_) | Detail::Column(_) | Detail::Function(_) | Detail::Type(_)
                    )
                )
            });
            stands_on.for_each(|to| needs(if is_gone(before.root(to)) { before.root(to) } else { to }, *id));
        }
        for image in &inverse.images {
            needs(image.table, image.table);
        }
        for (needed, by) in gone {
            let what = match needed == by {
                true => "rows of it that the migration changed were to come back".to_owned(),
                false => format!("{} needs it to come back", before.identity(by)),
            };
            self.plan.conflicts.push(Conflict {
                object: before.identity(needed),
                problem: format!(
                    "it was dropped since, by somebody else, and {what}; bring it back from a backup first, or go back by a restore"
                ),
                blocks: true,
            });
        }
    }

    pub(super) fn gather_locks(
        &mut self,
        going: &BTreeSet<ObjectId>,
        alterations: &[(ObjectId, Alteration)],
        recreate: &BTreeSet<ObjectId>,
    ) {
        use LockMode::{AccessExclusive, ShareRowExclusive};
        let closed_if = |closed: bool| if closed { AccessExclusive } else { ShareRowExclusive };
        let mut locks: BTreeMap<String, LockMode> = BTreeMap::new();
        let mut lock = |now: &Catalog, id: ObjectId, mode: LockMode| {
            if let Some(o) = now.get(id)
                && o.holds_rows()
                && !now.is_ours(id)
            {
                let entry = locks.entry(now.sql_name(id)).or_insert(mode);
                *entry = mode.max(*entry);
            }
        };
        for id in going.iter().chain(recreate) {
            let root = self.now.root(*id);
            lock(self.now, root, AccessExclusive);
            if let Some(Detail::Constraint(c)) = self.now.get(*id).map(|o| &o.detail)
                && let Some(foreign) = c.foreign_table
            {
                lock(self.now, foreign, AccessExclusive);
            }
        }
        for id in going.iter().filter(|id| id.class == Class::Type) {
            for user in self.now.dependents(*id).map(|d| d.from) {
                lock(self.now, self.now.root(user), AccessExclusive);
            }
        }
        for table in self.chosen.enums.iter().flat_map(Enum::tables) {
            lock(self.now, table, AccessExclusive);
        }
        for (id, alteration) in alterations {
            let renamed =
                self.now.get(*id).map(|o| (&o.name, &o.schema)) != self.target.get(*id).map(|o| (&o.name, &o.schema));
            if !alteration.statements.is_empty() || alteration.recreate || renamed {
                lock(self.now, self.now.root(*id), AccessExclusive);
            }
        }
        for id in &self.inverse.removed {
            if self.now.contains(*id) {
                continue;
            }
            let root = self.target.root(*id);
            let Some(object) = self.target.get(*id) else {
                continue;
            };
            match &object.detail {
                Detail::Constraint(c) => {
                    // Row security that is forced is switched off for as long as its rows are looked at.
                    let hides = c.foreign_table.is_some_and(|foreign| self.hides_rows_of(root, foreign));
                    lock(self.now, root, closed_if(hides || c.kind != ConstraintKind::ForeignKey));
                    if let Some(foreign) = c.foreign_table {
                        lock(self.now, foreign, closed_if(hides));
                    }
                }
                // CREATE TRIGGER lets readers pass; CREATE INDEX too.
                Detail::Trigger(_) | Detail::Index(_) => lock(self.now, root, ShareRowExclusive),
                _ => lock(self.now, root, AccessExclusive),
            }
        }
        for image in &self.inverse.images {
            let forced = matches!(self.target.get(image.table).map(|t| &t.detail), Some(Detail::Table(t)) if t.force_row_security);
            let has_rules = |table: ObjectId| self.now.parts(table).any(|o| matches!(o.detail, Detail::Rule(_)));
            lock(self.now, image.table, closed_if(forced || has_rules(image.table)));
            let followers =
                [Write::Delete, Write::Update].into_iter().flat_map(|write| self.followers(image.table, write));
            for follower in followers.filter(|id| has_rules(*id)) {
                lock(self.now, follower, AccessExclusive);
            }
        }
        self.plan.locks = locks.into_iter().map(|(table, mode)| TableLock { table, mode }).collect();
    }
}

impl Planner<'_> {
    /// Foreign keys that stay, and that were made after others which come back: the actions of keys on one table follow
    /// one another in the order in which they were made. They are recreated where that can be noticed: where both reach
    /// rows of one table, of which not every key lets go.
    pub(super) fn keys_out_of_order(&self, recreate: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        let keys: Vec<Key> = self.target.outside().filter_map(|o| self.foreign_key(o)).collect();
        let mut children: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        for key in &keys {
            children.entry(key.foreign).or_default().insert(key.table);
        }
        let mut known: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        let mut meet = |one: &Key, other: &Key| {
            if !one.acts && !other.acts {
                return false;
            }
            for key in [one, other] {
                known.entry(key.table).or_insert_with(|| closure(&children, key.table));
            }
            let reaches = |key: &Key, table: ObjectId| {
                if key.acts { known[&key.table].contains(&table) } else { key.table == table }
            };
            let both = |table: ObjectId| reaches(one, table) && reaches(other, table);
            let above = |k: &Key| k.foreign == one.foreign || reaches(one, k.foreign) || reaches(other, k.foreign);
            keys.iter().any(|k| !k.cascades && both(k.table) && above(k))
        };
        let mut found = Vec::new();
        for foreign in keys.iter().map(|k| k.foreign).collect::<BTreeSet<_>>() {
            let mut on_table: Vec<&Key> = keys.iter().filter(|k| k.foreign == foreign && k.alone).collect();
            on_table.sort_by_key(|k| k.id.oid);
            let mut coming: Vec<&Key> = Vec::new();
            for key in on_table {
                if recreate.contains(&key.id) || !self.now.contains(key.id) || self.now.is_ours(key.id) {
                    coming.push(key);
                    continue;
                }
                let owner = self.now.get(key.table).and_then(|t| t.owner.as_ref());
                let ours = self.options.superuser || owner == Some(&self.options.role);
                if ours && coming.iter().any(|other| meet(key, other)) {
                    coming.push(key);
                    found.push(key.id);
                }
            }
        }
        found
    }

    fn foreign_key(&self, object: &Object) -> Option<Key> {
        let Detail::Constraint(c) = &object.detail else { return None };
        let (table, foreign) = (object.parent?, c.foreign_table?);
        let alone = |id: ObjectId| match self.target.get(id).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.partition_of.is_none() && t.partition_key.is_none(),
            _ => false,
        };
        Some(Key {
            id: object.id,
            table,
            foreign,
            acts: c.writes_on(KeyEvent::Delete) || c.writes_on(KeyEvent::Update),
            cascades: c.cascades_delete(),
            alone: !c.inherited && alone(table) && alone(foreign),
        })
    }
}

/// A table and all whose rows refer to its rows, however far.
fn closure(children: &BTreeMap<ObjectId, BTreeSet<ObjectId>>, table: ObjectId) -> BTreeSet<ObjectId> {
    let (mut open, mut seen) = (vec![table], BTreeSet::new());
    while let Some(table) = open.pop() {
        if seen.insert(table) {
            open.extend(children.get(&table).into_iter().flatten());
        }
    }
    seen
}

/// A foreign key, and what it does to rows of its table when those that they refer to go or change.
struct Key {
    id: ObjectId,
    table: ObjectId,
    foreign: ObjectId,
    acts: bool,
    cascades: bool,
    /// Neither side is partitioned.
    alone: bool,
}
