//! Tables that were archived apart from their parents have foster parents there: empty tables of the parents' shape, by
//! which their columns stay inherited. They give them back to their parents.

use super::planner::Planner;
use super::step::Step;
use crate::ddl::Unsupported;
use backout_schema::{Catalog, ConstraintKind, Detail, Object, ObjectId, ident, qualified};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The foster parents of an archived table.
fn fosters(now: &Catalog, target: &Catalog, id: ObjectId) -> Vec<ObjectId> {
    let Some(Detail::Table(table)) = now.get(id).map(|o| &o.detail) else { return Vec::new() };
    // An archived parent leaves the archive.
    let is_foster = |id: &ObjectId| now.is_ours(*id) && target.is_ours(*id);
    table.inherits.iter().copied().filter(is_foster).collect()
}

/// The catalog without foster parents of tables that have to change before they are as they were: an inherited column
/// cannot be altered. And what takes them away.
pub(super) fn without_useless<'c>(now: &'c Catalog, target: &Catalog) -> (Cow<'c, Catalog>, Vec<Step>) {
    let shape = |catalog: &Catalog, column: ObjectId| match catalog.get(column).map(|o| (&o.name, &o.detail)) {
        Some((name, Detail::Column(c))) => Some((name.clone(), c.data_type.clone())),
        _ => None,
    };
    let changes = |id: ObjectId| {
        let columns = target.columns(id).into_iter().map(|c| c.id).filter(|c| now.contains(*c));
        columns.clone().any(|c| shape(now, c) != shape(target, c))
    };
    let useless: BTreeMap<ObjectId, Vec<ObjectId>> = target
        .objects()
        .filter(|o| o.is_table())
        .map(|o| (o.id, fosters(now, target, o.id)))
        .filter(|(id, fosters)| !fosters.is_empty() && changes(*id))
        .collect();
    let mut steps = Vec::new();
    for (id, fosters) in &useless {
        let about = target.identity(*id);
        for foster in fosters {
            let foster = now.sql_name(*foster);
            steps.push(Step::new(format!("ALTER TABLE {} NO INHERIT {foster}", now.sql_name(*id)), &about));
            steps.push(Step::new(format!("DROP TABLE {foster}"), &about));
        }
    }
    // What a parent gained and lost again goes with the foster parent's.
    let mut extra: BTreeSet<ObjectId> = BTreeSet::new();
    for id in target.objects().filter(|o| o.is_table() && !useless.contains_key(&o.id)).map(|o| o.id) {
        for foster in fosters(now, target, id) {
            let is_extra = |c: &&&Object| {
                !target.contains(c.id) && matches!(&c.detail, Detail::Column(c) if c.inherited && !c.local)
            };
            let columns = now.columns(id);
            for column in columns.iter().filter(is_extra) {
                let of_foster = now.columns(foster).into_iter().find(|c| c.name == column.name);
                let Some(of_foster) = of_foster else { continue };
                let sql = format!("ALTER TABLE {} DROP COLUMN {}", now.sql_name(foster), ident(&column.name));
                steps.push(Step::new(sql, &target.identity(id)));
                extra.extend([column.id, of_foster.id]);
            }
            let checks = now.parts(id).filter(|o| {
                !target.contains(o.id)
                    && matches!(&o.detail, Detail::Constraint(c) if c.inherited && c.kind == ConstraintKind::Check)
            });
            for check in checks {
                let is_its = |o: &&Object| matches!(o.detail, Detail::Constraint(_)) && o.name == check.name;
                let Some(of_foster) = now.parts(foster).find(is_its) else { continue };
                let sql = format!("ALTER TABLE {} DROP CONSTRAINT {}", now.sql_name(foster), ident(&check.name));
                steps.push(Step::new(sql, &target.identity(id)));
                extra.extend([check.id, of_foster.id]);
            }
        }
    }
    let gone: BTreeSet<ObjectId> = useless.values().flatten().copied().chain(extra).collect();
    if gone.is_empty() {
        return (Cow::Borrowed(now), steps);
    }
    let there = |id: ObjectId| !gone.contains(&now.root(id)) && !gone.contains(&id);
    let objects = now.shared().filter(|o| there(o.id)).map(|mut object| {
        let (id, of) = (object.id, ObjectId::relation(object.id.oid));
        let holder = object.parent.unwrap_or(of);
        if !useless.contains_key(&id) && !useless.contains_key(&of) && !useless.contains_key(&holder) {
            return object;
        }
        match &mut Arc::make_mut(&mut object).detail {
            Detail::Table(table) if useless.contains_key(&id) => table.inherits.retain(|p| !gone.contains(p)),
            Detail::Column(column) if useless.contains_key(&of) => {
                column.local |= column.inherited;
                column.inherited = false;
            }
            Detail::Constraint(c) if useless.contains_key(&holder) && c.kind == ConstraintKind::Check => {
                c.inherited = false;
            }
            _ => {}
        }
        object
    });
    let dependencies = now.dependencies().iter().filter(|d| there(d.from) && there(d.to)).copied().collect();
    (Cow::Owned(Catalog::new(objects, dependencies, now.all_storage().clone())), steps)
}

impl Planner<'_> {
    /// A table becomes a parent's child, and lets go of NOT NULL that only the parent has.
    pub(super) fn made_heir(&self, id: ObjectId, parent: ObjectId, sql: &str) -> Vec<String> {
        let full = self.target.sql_name(id);
        let columns = self.demanded_of_heir(id, parent);
        if columns.is_empty() {
            return vec![sql.to_owned()];
        }
        let each = |word: &str| -> Vec<String> {
            let column =
                |name: &String| format!("ALTER TABLE ONLY {full} ALTER COLUMN {} {word} NOT NULL", ident(name));
            columns.iter().map(column).collect()
        };
        let (apart, together) = self.rows_without(id, &columns);
        let joined = each("SET").into_iter().chain([sql.to_owned()]).chain(each("DROP"));
        apart.into_iter().chain(joined).chain(together).collect()
    }

    /// Columns that must have a value in the parent, and need none in the child: because it let go of that, or until its
    /// rows are as they were.
    fn demanded_of_heir(&self, id: ObjectId, parent: ObjectId) -> Vec<String> {
        let not_null = |o: &Object| matches!(&o.detail, Detail::Column(c) if c.not_null);
        let is_now = |o: &&Object, wanted| self.now.get(o.id).is_some_and(|now| not_null(now) == wanted);
        let of_parent = self.target.columns(parent).into_iter().filter(|o| not_null(o) && is_now(o, true));
        let parents: Vec<&str> = of_parent.map(|o| o.name.as_str()).collect();
        let of_child = self.target.columns(id).into_iter().filter(|o| not_null(o) && is_now(o, false));
        let later = of_child.filter(|o| parents.contains(&o.name.as_str())).map(|o| o.name.clone());
        crate::destroy::demanded_above(self.target, id, parent).into_iter().chain(later).collect()
    }

    /// No table with rows that lack what its parent must have becomes a child: such rows go for as long as that takes.
    /// Not from a table that keys still refer to: what they do when a row goes, nobody switches off.
    fn rows_without(&self, id: ObjectId, columns: &[String]) -> (Vec<String>, Vec<String>) {
        let refers = |o: &Object| matches!(&o.detail, Detail::Constraint(c) if c.foreign_table == Some(id));
        let Some(object) = self.target.get(id) else { return (Vec::new(), Vec::new()) };
        if self.now.objects().any(|o| refers(o) && !self.progress.drops.contains(&o.id)) {
            return (Vec::new(), Vec::new());
        }
        let full = self.target.sql_name(id);
        let schema = object.schema.clone().unwrap_or_default();
        let apart = qualified(&schema, &format!("backout_apart_{}", id.oid));
        let lacking: Vec<String> = columns.iter().map(|name| format!("{} IS NULL", ident(name))).collect();
        let lacking = lacking.join(" OR ");
        // As it is until then: columns may still have to come.
        let written = |o: &&Object| {
            self.now.contains(o.id) && matches!(&o.detail, Detail::Column(column) if column.generated.is_none())
        };
        let list = self.target.columns(id).into_iter().filter(written).map(|o| ident(&o.name));
        let list = list.collect::<Vec<_>>().join(", ");
        let (mut before, after) = self.undisturbing(id);
        before.push(format!("CREATE TABLE {apart} AS SELECT {list} FROM ONLY {full} WHERE {lacking}"));
        before.push(format!("DELETE FROM ONLY {full} WHERE {lacking}"));
        let back = [
            format!("INSERT INTO {full} ({list}) OVERRIDING SYSTEM VALUE SELECT {list} FROM {apart}"),
            format!("DROP TABLE {apart}"),
        ];
        (before, back.into_iter().chain(after).collect())
    }

    /// Keys to tables from which such rows have to go for a moment.
    pub(super) fn keys_into_heirs(&self) -> BTreeSet<ObjectId> {
        let lets_go = |id: &ObjectId| match self.target.get(*id).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.inherits.iter().any(|parent| !self.demanded_of_heir(*id, *parent).is_empty()),
            _ => false,
        };
        let orphans = self.inverse.changed.iter().filter(|id| self.is_orphan(**id) && !self.is_fostered(**id));
        let heirs: BTreeSet<ObjectId> = orphans.filter(|id| lets_go(id)).copied().collect();
        let refers = |o: &&Object| matches!(&o.detail, Detail::Constraint(c) if c.foreign_table.is_some_and(|table| heirs.contains(&table)));
        self.now.outside().filter(refers).map(|o| o.id).filter(|id| self.target.contains(*id)).collect()
    }

    /// A table in the archive whose parents are represented there.
    pub(super) fn is_fostered(&self, id: ObjectId) -> bool {
        !fosters(self.now, self.target, id).is_empty()
    }

    /// A statement that gives a table back to a parent of another role's, which that role would have to do.
    /// It is said, and left out.
    pub(super) fn joins_others(&mut self, id: ObjectId, parent: ObjectId) -> bool {
        if self.options.superuser {
            return false;
        }
        let has = |detail: &Detail| matches!(detail, Detail::Table(now) if now.inherits.contains(&parent));
        if self.now.get(id).is_some_and(|now| has(&now.detail)) {
            return false;
        }
        let is_others = |o: &&Object| o.owner.as_ref().is_some_and(|owner| *owner != self.options.role);
        let Some(parent) = self.target.get(parent).filter(is_others) else { return false };
        let (parent, owner) = (self.target.identity(parent.id), ident(parent.owner.as_deref().unwrap_or_default()));
        let unsupported = Unsupported {
            object: self.target.identity(id),
            reason: format!(
                "it was a child of {parent}, and only {owner}, to whom that belongs, or a superuser makes it one again"
            ),
        };
        if !self.plan.unsupported.contains(&unsupported) {
            self.plan.unsupported.push(unsupported);
        }
        true
    }

    /// Checks that are not valid: rows that do not fit them cannot be written, and no table gets a parent with one.
    /// Where rows are written or parents found, they are recreated.
    pub(super) fn doubts_in_the_way(&self) -> BTreeSet<ObjectId> {
        let filled = self.inverse.columns.iter().map(|c| c.table);
        let written = self.inverse.images.iter().map(|i| i.table);
        let touched = self.inverse.removed.iter().chain(&self.inverse.changed).copied();
        let fostered = touched.filter(|id| self.is_fostered(*id) || self.is_orphan(*id));
        let mut open: Vec<ObjectId> = filled.chain(written).chain(fostered).collect();
        let mut seen = BTreeSet::new();
        let mut found = BTreeSet::new();
        while let Some(table) = open.pop() {
            if !seen.insert(table) {
                continue;
            }
            let returns = self.inverse.images.iter().any(|i| i.table == table);
            let in_doubt = |o: &&Object| match &o.detail {
                Detail::Constraint(c) if c.validated || c.on_domain => false,
                Detail::Constraint(c) => {
                    c.kind == ConstraintKind::Check || c.kind == ConstraintKind::ForeignKey && returns
                }
                _ => false,
            };
            // One that is certain of the child's rows alone is in doubt above it.
            let by_parent = |o: &&Object| {
                matches!(&o.detail, Detail::Constraint(c) if c.inherited && c.validated && c.kind == ConstraintKind::Check)
                    && self.is_fostered(table)
            };
            for check in self.target.parts(table).filter(|o| in_doubt(o) || by_parent(o)) {
                if matches!(&check.detail, Detail::Constraint(c) if !c.inherited) {
                    found.extend(Some(check.id).filter(|id| self.now.contains(*id)));
                } else if let Some(Detail::Table(t)) = self.target.get(table).map(|o| &o.detail) {
                    open.extend(t.inherits.iter().chain(&t.partition_of).copied());
                }
            }
        }
        let orphans = self.inverse.changed.iter().filter(|id| self.is_orphan(**id) && !self.is_fostered(**id));
        found.extend(orphans.flat_map(|id| self.checks_above(*id)));
        found
    }

    /// Those that a child kept as its own when it left: the parent's come back when it is a child again, and bring it
    /// theirs.
    fn checks_above(&self, child: ObjectId) -> Vec<ObjectId> {
        let is_inherited = |catalog: &Catalog, id: ObjectId| matches!(catalog.get(id).map(|o| &o.detail), Some(Detail::Constraint(c)) if c.inherited && c.kind == ConstraintKind::Check);
        let kept = |o: &&Object| is_inherited(self.target, o.id) && !is_inherited(self.now, o.id);
        let mut above: Vec<ObjectId> = vec![child];
        let mut place = 0;
        while let Some(Detail::Table(t)) = above.get(place).and_then(|id| self.target.get(*id)).map(|o| &o.detail) {
            above.extend(t.inherits.iter().copied());
            place += 1;
        }
        let checks = self.target.parts(child).filter(kept).flat_map(|check| {
            let is_its = |o: &&Object| o.name == check.name && self.now.contains(o.id);
            let is_own = |o: &&Object| matches!(&o.detail, Detail::Constraint(c) if !c.inherited && c.kind == ConstraintKind::Check);
            above.iter().flat_map(move |table| self.target.parts(*table).filter(is_its).filter(is_own))
        });
        checks.map(|o| o.id).collect()
    }

    /// It comes back to parents that it has lost.
    fn is_orphan(&self, id: ObjectId) -> bool {
        match (self.now.get(id).map(|o| &o.detail), self.target.get(id).map(|o| &o.detail)) {
            (Some(Detail::Table(now)), Some(Detail::Table(then))) => now.inherits != then.inherits,
            _ => false,
        }
    }

    /// Whether it can become a child when its parent was recreated: it left that, and is there.
    pub(super) fn joins_later(&self, id: ObjectId) -> bool {
        self.inverse.changed.contains(&id) && self.now.contains(id) && !self.now.is_ours(id) && !self.is_fostered(id)
    }

    pub(super) fn comes_by_parent(&self, column: ObjectId) -> bool {
        let is_inherited = |catalog: &Catalog| matches!(catalog.get(column).map(|o| &o.detail), Some(Detail::Column(c)) if c.inherited);
        is_inherited(self.now) && is_inherited(self.target)
    }

    /// How many tables it inherits from, one above the other.
    pub(super) fn generation(&self, table: ObjectId) -> usize {
        let Some(Detail::Table(t)) = self.target.get(table).map(|o| &o.detail) else { return 0 };
        t.inherits.iter().map(|parent| 1 + self.generation(*parent)).max().unwrap_or(0)
    }

    /// Whether one of its parents is recreated, for which it waits.
    pub(super) fn waits_for_parents(&self, id: ObjectId) -> bool {
        let parents = match self.target.get(id).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.inherits.as_slice(),
            _ => &[],
        };
        parents.iter().any(|parent| self.chosen.rebuilds.contains(parent))
    }

    /// Not before it has its parents, and those all their columns.
    pub(super) fn leave_fosters(&mut self, id: ObjectId) {
        let (about, table) = (self.target.identity(id), self.target.sql_name(id));
        for foster in fosters(self.now, self.target, id) {
            let foster = self.now.sql_name(foster);
            // One that is recreated has never known them.
            if !self.chosen.rebuilds.contains(&id) {
                self.step(format!("ALTER TABLE {table} NO INHERIT {foster}"), &about);
            }
            self.step(format!("DROP TABLE {foster}"), &about);
        }
    }
}
