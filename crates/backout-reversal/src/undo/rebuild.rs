//! A table whose lost column must stand where it stood is recreated in its former order and filled from the one that
//! is there: a column can only be added at the end. It is faster than to fill an added column, too, and leaves no bloat.

use super::plan::TailStep;
use super::planner::Planner;
use crate::column_called;
use crate::ddl::{self, Does, Unsupported};
use crate::inverse::TypeCopy;
use backout_schema::{
    Catalog, Class, ConstraintKind, Detail, FunctionKind, Object, ObjectId, Table, TableKind, ident, literal, qualified,
};
use std::collections::{BTreeMap, BTreeSet};

/// A guess at how fast a table is written anew with its indexes.
const BYTES_A_SECOND: u64 = 70 * 1024 * 1024;
/// A guess at how fast a column that was added is filled.
const CELLS_A_SECOND: u64 = 60_000;

/// Sequences with their names.
type OwnSequences = Vec<(String, ObjectId)>;

impl Planner<'_> {
    pub(super) fn is_forced(&self, table: ObjectId) -> bool {
        matches!(self.target.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.force_row_security)
    }

    /// Decides which tables are recreated. Returns them with what hangs on them, which is recreated as well.
    pub(super) fn choose_rebuilds(&mut self, going: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        let lost = |id: &&ObjectId| id.class == Class::Relation && id.sub != 0 && !self.now.contains(**id);
        let tables: BTreeSet<ObjectId> = self
            .inverse
            .removed
            .iter()
            .filter(lost)
            .map(|id| ObjectId::relation(id.oid))
            .filter(|table| !going.contains(table) && self.target.contains(*table))
            .filter(|table| self.now.get(*table).is_some_and(Object::holds_rows))
            .chain(self.lost_parents())
            .collect();
        let archived: Vec<ObjectId> = self.inverse.removed.iter().copied().filter(|id| self.is_parted(*id)).collect();
        for table in archived {
            self.stay_local(table, "it was archived apart from a parent that stayed");
        }
        let mut remade = BTreeSet::new();
        // A child can be recreated where its parent is.
        let mut tables: Vec<ObjectId> = tables.into_iter().collect();
        tables.sort_by_key(|table| self.generation(*table));
        for table in tables {
            let orphan = self.lost_parents().contains(&table);
            let misplaced = self.is_misplaced(table) || orphan;
            let bytes = self.options.table_bytes.get(&table).copied().unwrap_or(0);
            let copied = self.inverse.columns.iter().filter(|c| c.table == table).map(|c| c.rows).max().unwrap_or(0);
            let seconds_to_fill = u64::try_from(copied).unwrap_or(0) / CELLS_A_SECOND;
            let faster = bytes / BYTES_A_SECOND < seconds_to_fill;
            if !misplaced && !faster {
                continue;
            }
            let around = match self.around(table) {
                Ok(_) if !faster && bytes > self.options.rebuild_below => Err(format!(
                    "it has {} MB, and only tables below {} MB are recreated for that",
                    bytes >> 20,
                    self.options.rebuild_below >> 20
                )),
                around => around,
            };
            match around {
                Ok(around) => {
                    let waits = |id: &ObjectId| matches!(self.now.get(*id).map(|o| &o.detail), Some(Detail::View(v)) if v.materialized);
                    if misplaced || !around.iter().any(waits) {
                        self.chosen.rebuilds.insert(table);
                        self.plan.order.rebuilt.push(self.target.sql_name(table));
                        remade.extend(around);
                    }
                }
                Err(reason) if orphan => self.stay_local(table, &reason),
                Err(reason) => {
                    self.plan.order.reasons.insert(self.target.sql_name(table), reason);
                }
            }
        }
        remade
    }

    /// Tables that inherit again: what a child had by its parent alone is its own once it was parted from it.
    fn lost_parents(&self) -> BTreeSet<ObjectId> {
        self.inverse.changed.iter().copied().filter(|id| self.is_parted(*id)).collect()
    }

    fn is_parted(&self, table: ObjectId) -> bool {
        let parted = match (self.now.get(table).map(|o| &o.detail), self.target.get(table).map(|o| &o.detail)) {
            (Some(Detail::Table(now)), Some(Detail::Table(then))) => now.inherits != then.inherits,
            _ => false,
        };
        parted && !self.own_by_now(table).is_empty()
    }

    fn own_by_now(&self, table: ObjectId) -> Vec<ObjectId> {
        let is_local = |catalog: &Catalog, id: ObjectId| match catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Column(c)) => c.local,
            _ => false,
        };
        // Parents that come after a lost one are left for a moment, too.
        let parents = |catalog: &Catalog| match catalog.get(table).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.inherits.clone(),
            _ => Vec::new(),
        };
        let (now, then) = (parents(self.now), parents(self.target));
        let kept = now.iter().zip(&then).take_while(|(now, then)| now == then).count();
        let has = |parents: &[ObjectId], column: &Object| {
            parents.iter().any(|parent| column_called(self.target, *parent, &column.name).is_some())
        };
        let left: Vec<ObjectId> = now[kept..].iter().copied().filter(|parent| then.contains(parent)).collect();
        let is_left = |column: &Object| !has(&now[..kept], column) && has(&left, column);
        let columns = self.target.columns(table).into_iter().filter(|c| !is_local(self.target, c.id));
        columns.filter(|c| is_local(self.now, c.id) || is_left(c)).map(|c| c.id).collect()
    }

    fn stay_local(&mut self, table: ObjectId, reason: &str) {
        let inherited = self
            .target
            .parts(table)
            .filter(|p| matches!(&p.detail, Detail::Constraint(c) if c.inherited && c.kind == ConstraintKind::Check));
        let parts: Vec<ObjectId> = inherited.map(|p| p.id).chain(self.own_by_now(table)).collect();
        for column in parts {
            self.plan.unsupported.push(Unsupported {
                object: self.target.identity(column),
                reason: format!(
                    "a column that was inherited stays the table's own, unless the table is recreated: {reason}"
                ),
            });
        }
    }

    /// Whether a column of that name comes back.
    pub(super) fn is_returning(&self, table: ObjectId, name: &str) -> bool {
        self.target.columns(table).iter().any(|c| c.name == name && !self.now.contains(c.id))
    }

    /// CREATE TABLE puts the parents' columns first.
    fn comes_out_in_order(&self, table: ObjectId) -> Result<(), String> {
        let Some(Detail::Table(detail)) = self.target.get(table).map(|o| &o.detail) else { return Ok(()) };
        let names = |id: ObjectId| self.target.columns(id).into_iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        if detail.inherits.iter().any(|parent| self.is_misplaced(*parent) && !self.chosen.rebuilds.contains(parent)) {
            return Err("it inherits, and its parent has its columns in another order then".to_owned());
        }
        let mut made: Vec<String> = Vec::new();
        for name in detail.inherits.iter().flat_map(|parent| names(*parent)).chain(names(table)) {
            if !made.contains(&name) {
                made.push(name);
            }
        }
        if detail.inherits.is_empty() || made == names(table) {
            return Ok(());
        }
        Err("it inherits, and would have the parent's columns first".to_owned())
    }

    /// Whether a column that is added would stand in another place than it had.
    pub(super) fn is_misplaced(&self, table: ObjectId) -> bool {
        let wanted: Vec<ObjectId> = self.target.columns(table).iter().map(|c| c.id).collect();
        let (mut result, mut added): (Vec<ObjectId>, Vec<ObjectId>) =
            wanted.iter().partition(|id| self.now.contains(**id));
        added.sort_by_key(|id| self.is_generated(*id));
        result.extend(added);
        result != wanted
    }

    /// A table's parts, and all that stands on it; or what forbids to make it anew.
    fn around(&self, table: ObjectId) -> Result<BTreeSet<ObjectId>, String> {
        let object = self.now.get(table).ok_or("it is gone")?;
        let Detail::Table(detail) = &object.detail else { return Err("it is no table".to_owned()) };
        if detail.kind != TableKind::Ordinary || detail.partition_of.is_some() {
            return Err("it is partitioned".to_owned());
        }
        let is_child = |o: &&Object| matches!(&o.detail, Detail::Table(t) if t.inherits.contains(&table));
        let comes_later = |o: &Object| self.joins_later(o.id);
        if self.now.objects().any(|o| is_child(&o)) || !self.target.objects().filter(is_child).all(comes_later) {
            return Err("others inherit from it".to_owned());
        }
        self.comes_out_in_order(table)?;
        let waits = |t: &TypeCopy| self.waits_for_key(ObjectId::column(table.oid, t.column));
        if self.inverse.types.iter().any(|t| t.table == table && waits(t)) {
            return Err("the former values of a column are known by a key that comes back later".to_owned());
        }
        if detail.of_type.is_some() {
            return Err("it is a table of a type".to_owned());
        }
        let mut around: BTreeSet<ObjectId> =
            self.now.parts(table).filter(|part| !part.is_column()).map(|part| part.id).collect();
        around.insert(table);
        let open: BTreeSet<ObjectId> =
            around.iter().copied().chain(self.now.parts(table).filter(|p| p.is_column()).map(|p| p.id)).collect();
        let inside = |id: ObjectId| {
            self.now.root(id) == table
                || matches!(self.now.get(id).map(|o| &o.detail), Some(Detail::Sequence(s)) if s.owned_by.is_some_and(|c| c.oid == table.oid))
        };
        around
            .extend(self.hanging_on(open, &inside, object.owner.as_ref())?.into_iter().filter(|id| !id_is_column(*id)));
        Ok(around)
    }

    /// What stands on the given objects, with them; or what forbids to make it anew. What is `inside` is not asked.
    pub(super) fn hanging_on(
        &self,
        seed: BTreeSet<ObjectId>,
        inside: &dyn Fn(ObjectId) -> bool,
        owner: Option<&String>,
    ) -> Result<BTreeSet<ObjectId>, String> {
        for id in seed.iter().filter(|id| !inside(**id)) {
            self.can_be_remade(*id, owner)?;
        }
        let mut open: Vec<ObjectId> = seed.iter().copied().collect();
        let mut around = seed;
        while let Some(id) = open.pop() {
            let parts = self.now.parts(id).filter(|_| !inside(id)).map(|p| p.id);
            let users: Vec<ObjectId> = self.now.dependents(id).map(|d| d.from).chain(parts).collect();
            for user in users {
                let Some(found) = self.now.get(user) else { continue };
                if inside(user) {
                    continue;
                }
                if self.now.is_ours(user) {
                    return Err(format!("{} in the archive is made of it", self.now.identity(user)));
                }
                let of_view = |o: &Object| matches!(o.detail, Detail::View(_));
                let root = self.now.root(user);
                let user = if found.is_column() && self.now.get(root).is_some_and(of_view) { root } else { user };
                if around.contains(&user) {
                    continue;
                }
                self.can_be_remade(user, owner)?;
                around.insert(user);
                open.push(user);
            }
        }
        Ok(around)
    }

    /// Neither data, nor written in C, nor somebody else's.
    fn can_be_remade(&self, id: ObjectId, owner: Option<&String>) -> Result<(), String> {
        let Some(found) = self.now.get(id) else { return Ok(()) };
        let made_of = match &found.detail {
            Detail::Table(_) | Detail::Column(_) | Detail::Type(_) | Detail::Schema | Detail::Extension(_) => true,
            Detail::Other(_) => true,
            Detail::Function(f) => f.kind == FunctionKind::Aggregate || matches!(f.language.as_str(), "c" | "internal"),
            _ => false,
        };
        if made_of {
            return Err(format!("{} is made of it and cannot be recreated", self.now.identity(id)));
        }
        match &found.owner {
            Some(other) if !self.options.superuser && *other != self.options.role && Some(other) != owner => {
                Err(format!("{} stands on it and belongs to {}", self.now.identity(id), ident(other)))
            }
            _ => Ok(()),
        }
    }

    /// Makes the table anew, in its former order, with the rows and values that there are.
    pub(super) fn rebuild(&mut self, table: ObjectId) {
        let (Some(object), Some(now)) = (self.target.get(table).cloned(), self.now.get(table).cloned()) else {
            return;
        };
        let Detail::Table(detail) = &object.detail else { return };
        let about = self.target.identity(table);
        let full = self.target.sql_name(table);
        let schema = object.schema.clone().unwrap_or_default();
        let old_name = rebuilt_name(table);
        let old = qualified(&schema, &old_name);
        let columns: Vec<Object> = self.target.columns(table).into_iter().cloned().collect();
        let returning: BTreeSet<ObjectId> = columns.iter().map(|c| c.id).filter(|id| !self.now.contains(*id)).collect();
        if matches!(&now.detail, Detail::Table(t) if t.force_row_security) {
            self.step(ddl::force_row_security(&full, false), &about);
        }
        let (own, inside) = self.sequences_of(table);
        for (name, _) in &own {
            self.step(format!("ALTER SEQUENCE {name} OWNED BY NONE"), &about);
        }
        for (name, id) in &inside {
            self.step(format!("ALTER SEQUENCE {name} RENAME TO {}", ident(&rebuilt_name(*id))), &about);
        }
        self.step(format!("ALTER TABLE {full} RENAME TO {}", ident(&old_name)), &about);
        let loose = self.loose_columns(&columns);
        for column in columns.iter().filter(|c| loose.contains(&c.id)) {
            self.needs_values(table, &column.name);
        }
        let late: BTreeSet<ObjectId> = returning.iter().chain(&loose).copied().collect();
        let numbered_alike = detail.inherits.is_empty();
        let filler: BTreeMap<i16, String> =
            gaps(&columns).into_iter().filter(|_| numbered_alike).map(|n| (n, gap_name(n))).collect();
        self.create_with_gaps(&object, detail, &late, &filler);
        self.fill(&columns, &returning, &old, &full, &about);
        let late = columns.iter().filter(|c| late.contains(&c.id));
        for column in late.filter(|c| !self.waits_for_rows(c.id)).cloned().collect::<Vec<_>>() {
            self.settle_late(&column, &full);
        }
        self.count_on(&inside, &schema, &about);
        self.step(format!("DROP TABLE {old}"), &about);
        for id in own.iter().map(|(_, id)| *id).chain([table]) {
            for sql in ddl::state(self.target, id) {
                self.step(sql, &about);
            }
        }
        self.dress(&object, &about);
        let sequences = inside.iter().filter_map(|(_, id)| self.target.get(*id).cloned());
        for part in columns.into_iter().chain(sequences).collect::<Vec<_>>() {
            let of = self.target.identity(part.id);
            self.dress(&part, &of);
        }
        self.plan.tail.push(TailStep::Analyze { sql: format!("ANALYZE {full}"), about });
    }

    /// Sequences that would go with the old table: those that a column owns, and those that are a column's identity.
    /// That of a new column goes with it.
    fn sequences_of(&self, table: ObjectId) -> (OwnSequences, OwnSequences) {
        let (mut own, mut inside) = (OwnSequences::new(), OwnSequences::new());
        for sequence in self.now.outside().chain(self.target.outside()) {
            let Detail::Sequence(s) = &sequence.detail else { continue };
            let of_table = s.owned_by.is_some_and(|column| column.oid == table.oid);
            if !of_table || !self.now.contains(sequence.id) || !self.target.contains(sequence.id) {
                continue;
            }
            let name = self.target.sql_name(sequence.id);
            let list = if s.identity { &mut inside } else { &mut own };
            if !list.iter().any(|(_, id)| *id == sequence.id) {
                list.push((name, sequence.id));
            }
        }
        (own, inside)
    }

    /// Columns for which rows written since may have no value where one was needed, or one that does not fit.
    fn loose_columns(&self, columns: &[Object]) -> Vec<ObjectId> {
        let may_empty = |column: ObjectId| {
            let about = self.target.identity(column);
            self.draft.so_far().any(|step| step.runs.or_else().is_some() && step.about == about)
        };
        let is_loose = |column: &Object| match (&column.detail, self.now.get(column.id).map(|o| &o.detail)) {
            (Detail::Column(then), Some(Detail::Column(now))) => {
                then.not_null
                    && then.identity.is_none()
                    && (then.local || !then.inherited)
                    && (!now.not_null || may_empty(column.id))
            }
            _ => false,
        };
        columns.iter().filter(|c| is_loose(c)).map(|c| c.id).collect()
    }

    /// The table with its columns under their former numbers, by which older migrations know them.
    fn create_with_gaps(
        &mut self,
        object: &Object,
        detail: &Table,
        late: &BTreeSet<ObjectId>,
        filler: &BTreeMap<i16, String>,
    ) {
        let about = self.target.identity(object.id);
        match ddl::create_table(self.target, object, detail, late, filler) {
            Ok(statements) => {
                let late = self.lacks_columns(object.id);
                for statement in statements {
                    if late && statement.does == Does::AttachPartition {
                        self.progress.to_attach.push((statement.sql, about.clone()));
                    } else {
                        self.step(statement, &about);
                    }
                }
            }
            Err(reason) => self.plan.unsupported.push(reason),
        }
        let gaps: Vec<String> = filler.values().map(|name| format!("DROP COLUMN {}", ident(name))).collect();
        if !gaps.is_empty() {
            let full = self.target.sql_name(object.id);
            self.step(format!("ALTER TABLE {full} {}", gaps.join(", ")), &about);
        }
    }

    /// What a column gets once the rows are there.
    fn settle_late(&mut self, column: &Object, table: &str) {
        let of = self.target.identity(column.id);
        if let Detail::Column(c) = &column.detail
            && c.not_null
        {
            self.must_have_values(column, c, table);
        }
        for sql in ddl::state(self.target, column.id) {
            self.step(sql, &of);
        }
    }

    /// The new identity sequences go on where the old ones are.
    fn count_on(&mut self, inside: &OwnSequences, schema: &str, about: &str) {
        for (name, id) in inside {
            let kept = self.target.get(*id).is_some_and(|s| matches!(&s.detail, Detail::Sequence(s) if s.identity));
            if kept {
                let from = qualified(schema, &rebuilt_name(*id));
                self.step(
                    format!(
                        "SELECT pg_catalog.setval({}, s.last_value, s.is_called) FROM {from} s",
                        literal(name).trim_start()
                    ),
                    about,
                );
            }
        }
    }
}

fn id_is_column(id: ObjectId) -> bool {
    id.class == Class::Relation && id.sub != 0
}

fn rebuilt_name(id: ObjectId) -> String {
    format!("backout_rebuilt_{}", id.oid)
}

fn gap_name(number: i16) -> String {
    format!("backout_gap_{number}")
}

/// Numbers that no column has, below the last one.
fn gaps(columns: &[Object]) -> Vec<i16> {
    let last = columns.iter().map(|c| c.id.sub).max().unwrap_or(0);
    (1..last).filter(|n| !columns.iter().any(|c| c.id.sub == *n)).collect()
}
