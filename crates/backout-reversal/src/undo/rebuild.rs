//! A table whose lost column must stand where it stood is recreated in its former order and filled from the one that
//! is there: a column can only be added at the end. It is faster than to fill an added column, too, and leaves no bloat.

use super::draft::Phase;
use super::plan::TailStep;
use super::planner::Planner;
use super::remove;
use super::step::{Look, Step, Write};
use crate::column_called;
use crate::ddl::{self, Does, Unsupported};
use crate::inverse::{ColumnCopy, RowImages, SequenceValue, TypeCopy};
use backout_schema::{
    Catalog, Class, Column, ConstraintKind, Detail, FunctionKind, Object, ObjectId, Sequence, TableKind, ident,
    literal, qualified,
};
use std::collections::{BTreeMap, BTreeSet};

/// A guess at how fast a table is written anew with its indexes.
const BYTES_A_SECOND: u64 = 70 * 1024 * 1024;
/// A guess at how fast a column that was added is filled.
const CELLS_A_SECOND: u64 = 60_000;

impl Planner<'_> {
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
                        self.plan.rebuilt.push(self.target.sql_name(table));
                        remade.extend(around);
                    }
                }
                Err(reason) if orphan => self.stay_local(table, &reason),
                Err(reason) => {
                    self.plan.column_order_reasons.insert(self.target.sql_name(table), reason);
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
        let old_name = format!("backout_rebuilt_{}", table.oid);
        let old = qualified(&schema, &old_name);
        let columns: Vec<Object> = self.target.columns(table).into_iter().cloned().collect();
        let returning: BTreeSet<ObjectId> = columns.iter().map(|c| c.id).filter(|id| !self.now.contains(*id)).collect();
        if matches!(&now.detail, Detail::Table(t) if t.force_row_security) {
            self.step(format!("ALTER TABLE {full} NO FORCE ROW LEVEL SECURITY"), &about);
        }
        // A sequence that a column owns would go with the old table.
        let mut own: Vec<(String, ObjectId)> = Vec::new();
        let mut inside: Vec<(String, ObjectId)> = Vec::new();
        for sequence in self.now.outside().chain(self.target.outside()) {
            let Detail::Sequence(s) = &sequence.detail else { continue };
            let of_table = s.owned_by.is_some_and(|column| column.oid == table.oid);
            // That of a new column goes with it.
            if !of_table || !self.now.contains(sequence.id) || !self.target.contains(sequence.id) {
                continue;
            }
            let name = self.target.sql_name(sequence.id);
            let list = if s.identity { &mut inside } else { &mut own };
            if !list.iter().any(|(_, id)| *id == sequence.id) {
                list.push((name, sequence.id));
            }
        }
        for (name, _) in &own {
            self.step(format!("ALTER SEQUENCE {name} OWNED BY NONE"), &about);
        }
        for (name, id) in &inside {
            self.step(
                format!("ALTER SEQUENCE {name} RENAME TO {}", ident(&format!("backout_rebuilt_{}", id.oid))),
                &about,
            );
        }
        self.step(format!("ALTER TABLE {full} RENAME TO {}", ident(&old_name)), &about);
        let numbered_alike = detail.inherits.is_empty();
        let filler: BTreeMap<i16, String> =
            gaps(&columns).into_iter().filter(|_| numbered_alike).map(|n| (n, gap_name(n))).collect();
        // Rows written since may have no value where one was needed, or one that does not fit.
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
        let loose: Vec<ObjectId> = columns.iter().filter(|c| is_loose(c)).map(|c| c.id).collect();
        let late: BTreeSet<ObjectId> = returning.iter().chain(&loose).copied().collect();
        for column in columns.iter().filter(|c| loose.contains(&c.id)) {
            self.needs_values(table, &column.name);
        }
        match ddl::create_table(self.target, &object, detail, &late, &filler) {
            Ok(statements) => {
                let late = self.lacks_columns(table);
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
        // The columns keep their numbers, by which older migrations know them.
        let gaps: Vec<String> = filler.values().map(|name| format!("DROP COLUMN {}", ident(name))).collect();
        if !gaps.is_empty() {
            self.step(format!("ALTER TABLE {full} {}", gaps.join(", ")), &about);
        }
        self.fill(&columns, &returning, &old, &full, &about);
        for column in columns.iter().filter(|c| late.contains(&c.id)) {
            if self.waits_for_rows(column.id) {
                continue;
            }
            let of = self.target.identity(column.id);
            if let Detail::Column(c) = &column.detail
                && c.not_null
            {
                self.must_have_values(column, c, &full);
            }
            for sql in ddl::state(self.target, column.id) {
                self.step(sql, &of);
            }
        }
        for (name, id) in &inside {
            let kept = self.target.get(*id).is_some_and(|s| matches!(&s.detail, Detail::Sequence(s) if s.identity));
            if kept {
                let from = qualified(&schema, &format!("backout_rebuilt_{}", id.oid));
                self.step(
                    format!(
                        "SELECT pg_catalog.setval({}, s.last_value, s.is_called) FROM {from} s",
                        literal(name).trim_start()
                    ),
                    &about,
                );
            }
        }
        self.step(format!("DROP TABLE {old}"), &about);
        for (_, id) in &own {
            for sql in ddl::state(self.target, *id) {
                self.step(sql, &about);
            }
        }
        for sql in ddl::state(self.target, table) {
            self.step(sql, &about);
        }
        self.dress(&object, &about);
        for column in columns {
            let of = self.target.identity(column.id);
            self.dress(&column, &of);
        }
        for (_, id) in inside {
            if let Some(sequence) = self.target.get(id).cloned() {
                let of = self.target.identity(id);
                self.dress(&sequence, &of);
            }
        }
        self.plan.tail.push(TailStep::Analyze { sql: format!("ANALYZE {full}"), about });
    }

    /// One pass over the old table, joined with what was kept of the columns that come back.
    pub(super) fn fill(
        &mut self,
        columns: &[Object],
        returning: &BTreeSet<ObjectId>,
        old: &str,
        full: &str,
        about: &str,
    ) {
        let (mut names, mut values, mut joins) = (Vec::new(), Vec::new(), String::new());
        let mut whole: Option<ColumnCopy> = None;
        let mut keyed: Vec<(String, ColumnCopy)> = Vec::new();
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut pending: BTreeMap<String, String> = BTreeMap::new();
        for object in columns {
            let Detail::Column(column) = &object.detail else { continue };
            if column.generated.is_some() || self.waits_for_rows(object.id) {
                // What rows written since have may give none.
                if column.generated.is_some() && column.not_null && returning.contains(&object.id) {
                    self.needs_values(ObjectId::relation(object.id.oid), &object.name);
                }
                continue;
            }
            let name = ident(&object.name);
            if !returning.contains(&object.id) {
                known.insert(object.name.clone(), format!("t.{name}"));
                values.push(format!("t.{name}"));
                names.push(name);
                continue;
            }
            let copy = self.inverse.columns.iter().find(|c| c.table.oid == object.id.oid && c.column == object.id.sub);
            let mut value = "NULL".to_owned();
            match copy {
                // There was no value to keep.
                Some(copy) if copy.key.is_empty() && copy.whole.is_none() => {}
                Some(copy) if copy.whole.is_some() => {
                    value = self.kept_value(copy, "w", column);
                    whole = Some(copy.clone());
                }
                Some(copy) => {
                    let alias = format!("c{}", object.id.sub);
                    keyed.push((alias.clone(), copy.clone()));
                    value = self.kept_value(copy, &alias, column);
                }
                None => {
                    self.progress.empty_columns.insert(object.id);
                    self.plan.unsupported.push(Unsupported {
                        object: self.target.identity(object.id),
                        reason: "its values were not kept; it comes back empty".into(),
                    });
                }
            }
            if value == "NULL" {
                known.insert(object.name.clone(), value.clone());
            }
            pending.insert(object.name.clone(), value.clone());
            if column.not_null {
                let default = self.target.parts(ObjectId::relation(object.id.oid)).find_map(|p| match &p.detail {
                    Detail::Default(d) if d.column == object.id.sub => Some(d.expression.clone()),
                    _ => None,
                });
                match default {
                    // Rows written since get what an INSERT without the column would have given them.
                    Some(expression) => {
                        value = format!("coalesce({value}, ({expression})::{})", column.data_type);
                    }
                    None if column.identity.is_some() && self.inside_of(object.id).is_some() => {
                        let number = self.next_numbers(object.id, &value).unwrap_or_default();
                        value = format!("coalesce({value}, {number})");
                    }
                    None => self.needs_values(ObjectId::relation(object.id.oid), &object.name),
                }
            }
            values.push(value);
            names.push(name);
        }
        if names.is_empty() {
            self.step(format!("INSERT INTO {full} SELECT FROM ONLY {old}"), about);
            return;
        }
        let mut from = format!("ONLY {old} t");
        if let Some(copy) = &whole {
            let there: Vec<String> =
                columns.iter().filter(|c| !returning.contains(&c.id)).map(|c| c.name.clone()).collect();
            from = format!("({}) t", self.numbered(copy, &there, &format!("ONLY {old}"), "i.*"));
            joins.push_str(&self.whole_join(copy, &there, "w", BY_PLACE));
            for name in pending.keys().cloned().collect::<Vec<_>>() {
                if let Some(value) = pending.get(&name).filter(|value| value.starts_with("w.")).cloned() {
                    known.insert(name, value);
                }
            }
        }
        let is_keyed = whole.is_none() && !keyed.is_empty();
        // A column that went later may be the key by which an earlier one is found.
        while !keyed.is_empty() {
            let found = |(_, copy): &(String, ColumnCopy)| {
                copy.key.iter().all(|k| known.contains_key(k) || self.new_key(copy, k).is_some())
            };
            let (alias, copy) = keyed.remove(keyed.iter().position(found).unwrap_or(0));
            let on: Vec<String> = copy
                .key
                .iter()
                .map(|k| {
                    let new = self.new_key(&copy, k).map(|id| format!("t.{}", ident(&remove::kept_key_name(id))));
                    let value = new.or_else(|| known.get(k).cloned()).unwrap_or_else(|| format!("t.{}", ident(k)));
                    format!("{} = {value}", self.kept_key(&copy, &alias, k))
                })
                .collect();
            let kept = qualified(&copy.schema, &copy.name);
            joins.push_str(&format!(" LEFT JOIN {kept} {alias} ON {}", on.join(" AND ")));
            let start = format!("{alias}.");
            for (name, value) in pending.iter().filter(|(_, value)| value.starts_with(&start)) {
                known.insert(name.clone(), value.clone());
            }
        }
        let of_table = columns.first().map(|c| ObjectId::relation(c.id.oid));
        let by_index = is_keyed && of_table.is_some_and(|table| self.is_filled_by_key(table));
        // What was kept is sorted for it; in memory, if it is one copy of up to that size.
        let at_once = by_index && joins.matches(" LEFT JOIN ").count() == 1;
        if by_index {
            self.step("SET LOCAL enable_hashjoin = off".to_owned(), about);
        }
        if at_once {
            self.step(MORE_MEMORY.to_owned(), about);
        }
        self.step(
            format!(
                "INSERT INTO {full} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {from}{joins}",
                names.join(", "),
                values.join(", ")
            ),
            about,
        );
        if by_index {
            self.step("SET LOCAL enable_hashjoin = on".to_owned(), about);
        }
        if at_once {
            self.step(FORMER_MEMORY.to_owned(), about);
        }
        if let Some(copy) = &whole {
            self.look_for_others(copy, full);
        }
    }
}

impl Planner<'_> {
    /// A table that is recreated and lies in the order of its key: that key's index leads through its rows once, which
    /// takes less than to hash what was kept.
    pub(super) fn is_filled_by_key(&self, table: ObjectId) -> bool {
        let stands_alone = match self.now.get(table).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.inherits.is_empty() && t.partition_of.is_none() && t.partition_key.is_none(),
            _ => false,
        };
        stands_alone
            && self.chosen.rebuilds.contains(&table)
            && self.options.in_order.contains(&table)
            && !self.inverse.images.iter().any(|image| image.table == table)
    }
}

/// No more than the builds of its indexes take afterwards.
const MORE_MEMORY: &str = "SELECT pg_catalog.set_config('backout.work_mem', pg_catalog.current_setting('work_mem'), true), \
     pg_catalog.set_config('work_mem', '256MB', true) \
     WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < pg_catalog.pg_size_bytes('256MB')";
const FORMER_MEMORY: &str = "SELECT pg_catalog.set_config('work_mem', pg_catalog.current_setting('backout.work_mem'), true) \
     WHERE pg_catalog.current_setting('backout.work_mem', true) <> ''";

fn id_is_column(id: ObjectId) -> bool {
    id.class == Class::Relation && id.sub != 0
}

fn gap_name(number: i16) -> String {
    format!("backout_gap_{number}")
}

/// Numbers that no column has, below the last one.
fn gaps(columns: &[Object]) -> Vec<i16> {
    let last = columns.iter().map(|c| c.id.sub).max().unwrap_or(0);
    (1..last).filter(|n| !columns.iter().any(|c| c.id.sub == *n)).collect()
}

/// How [`Planner::numbered`] rows `t` are called.
const BY_PLACE: (&str, &str, &str) = ("t", "backout_text", "backout_place");

impl Planner<'_> {
    /// All that tells rows apart, as one text.
    fn text_of_row(&self, copy: &ColumnCopy, there: &[String], alias: &str, is_kept: bool) -> String {
        let column = |name: &String| match is_kept {
            true => self.kept_key(copy, alias, name),
            false => format!("{alias}.{}", ident(name)),
        };
        let columns: Vec<String> = copy.key.iter().filter(|name| there.contains(name)).map(column).collect();
        format!("ROW({})::text", columns.join(", "))
    }

    /// Rows of a table with that text, and a number among those that are alike.
    fn numbered(&self, copy: &ColumnCopy, there: &[String], source: &str, picked: &str) -> String {
        let is_kept = source == qualified(&copy.schema, &copy.name);
        let text = self.text_of_row(copy, there, "i", is_kept);
        format!(
            "SELECT {picked}, {text} AS backout_text, pg_catalog.row_number() OVER (PARTITION BY {text}) AS backout_place \
             FROM {source} i"
        )
    }

    /// The kept rows as `alias`, joined to rows that are numbered alike: their alias, text and place.
    pub(super) fn whole_join(
        &self,
        copy: &ColumnCopy,
        there: &[String],
        alias: &str,
        (row, text, place): (&str, &str, &str),
    ) -> String {
        let kept = qualified(&copy.schema, &copy.name);
        format!(
            " LEFT JOIN ({}) {alias} ON {alias}.backout_text = {row}.{text} AND {alias}.backout_place = {row}.{place}",
            self.numbered(copy, there, &kept, "i.*")
        )
    }

    /// Rows `m` that come to a table, numbered beyond those that are there and like them.
    pub(super) fn numbered_beyond(
        &self,
        copy: &ColumnCopy,
        there: &[String],
        rows: &str,
        table: &str,
        (text, place): (&str, &str),
    ) -> String {
        let (of_row, of_table) = (self.text_of_row(copy, there, "m", false), self.text_of_row(copy, there, "i", false));
        format!(
            "(SELECT m.*, {of_row} AS {text}, coalesce(e.n, 0) + pg_catalog.row_number() OVER (PARTITION BY {of_row}) AS {place} FROM {rows} \
             LEFT JOIN (SELECT {of_table} AS backout_text, count(*) AS n FROM ONLY {table} i GROUP BY 1) e ON e.backout_text = {of_row}) m"
        )
    }
}

impl Planner<'_> {
    /// The sequence of an identity column that was kept: where it stood.
    fn inside_of(&self, column: ObjectId) -> Option<(&Sequence, &SequenceValue)> {
        self.inverse.sequences.iter().find_map(|value| match &self.target.get(value.sequence)?.detail {
            Detail::Sequence(s) if s.identity && s.owned_by == Some(column) => Some((s, value)),
            _ => None,
        })
    }

    /// Numbers for rows written since, which have none: those that the sequence would have given them.
    pub(super) fn next_numbers(&self, column: ObjectId, value: &str) -> Option<String> {
        let (sequence, stood) = self.inside_of(column)?;
        let before = if stood.is_called { "" } else { " - 1" };
        Some(format!(
            "{} + {} * (pg_catalog.row_number() OVER (PARTITION BY {value} IS NULL){before})",
            stood.last_value, sequence.increment
        ))
    }

    /// Fills a column that came back at the end of its table, where nothing tells the rows apart.
    pub(super) fn fill_by_whole_rows(&mut self, object: &Object, column: &Column, copy: &ColumnCopy, about: &str) {
        if self.progress.filled.contains(&object.id) {
            return;
        }
        let table = ObjectId::relation(object.id.oid);
        let full = self.target.sql_name(table);
        let rows_are_back = self.waits_for_rows(object.id);
        // All at once: each UPDATE can put rows that are alike so far into another order.
        let mut set = vec![format!("{} = {}", ident(&object.name), self.kept_value(copy, "w", column))];
        let with_it = |c: &&ColumnCopy| {
            c.table == table && (&c.schema, &c.name, c.whole.is_some()) == (&copy.schema, &copy.name, true)
        };
        for other in self.inverse.columns.iter().filter(with_it).filter(|_| !rows_are_back) {
            let id = ObjectId::column(table.oid, other.column);
            let is_new = id != object.id && self.progress.to_fill.contains(&id);
            if let Some(Object { name, detail: Detail::Column(column), .. }) = self.target.get(id).filter(|_| is_new) {
                set.push(format!("{} = {}", ident(name), self.kept_value(other, "w", column)));
                self.progress.filled.insert(id);
            }
        }
        let has_values = |id: ObjectId| match rows_are_back {
            true => !self.waits_for_rows(id) || self.progress.filled.contains(&id),
            false => self.now.contains(id),
        };
        let there: Vec<String> = self
            .target
            .columns(table)
            .iter()
            .filter(|c| has_values(c.id) && !matches!(&c.detail, Detail::Column(c) if c.generated.is_some()))
            .map(|c| c.name.clone())
            .collect();
        let update = format!(
            "UPDATE ONLY {full} u SET {} FROM ({}) t{} WHERE u.ctid = t.backout_at",
            set.join(", "),
            self.numbered(copy, &there, &format!("ONLY {full}"), "i.ctid AS backout_at"),
            self.whole_join(copy, &there, "w", BY_PLACE),
        );
        self.undisturbed(table, Write::UpdateOnly, Step::new(update, about));
        self.look_for_others(copy, &full);
    }

    pub(super) fn is_forced(&self, table: ObjectId) -> bool {
        matches!(self.target.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.force_row_security)
    }

    /// Rows without a key that were changed since cannot be told from others.
    fn look_for_others(&mut self, copy: &ColumnCopy, full: &str) {
        let table = copy.table;
        let rows_are_back = self.waits_for_rows(ObjectId::column(table.oid, copy.column));
        let kept = qualified(&copy.schema, &copy.name);
        let mut names: Vec<&String> = copy.key.iter().chain(&copy.whole).collect();
        names.sort();
        let list = names.iter().map(|name| format!("i.{}", ident(name))).collect::<Vec<_>>().join(", ");
        let of_kept = names.iter().map(|name| self.kept_key(copy, "i", name)).collect::<Vec<_>>().join(", ");
        // Rows that the migration itself took out afterwards return later.
        let of_later = |image: &&RowImages| {
            !rows_are_back
                && image.table == table
                && copy.whole.as_ref().is_some_and(|w| !image.columns.iter().any(|c| c.name == *w))
        };
        let later: i64 = self
            .inverse
            .images
            .iter()
            .filter(of_later)
            .filter_map(|image| self.options.images.get(&image.name))
            .map(|sum| sum.old_only)
            .sum();
        let count = format!(
            "SELECT greatest(count(*) - {later}, 0) FROM (SELECT ROW({of_kept})::text FROM {kept} i EXCEPT ALL SELECT ROW({list})::text FROM ONLY {full} i) d"
        );
        let look = Look {
            count,
            otherwise: format!(
                "rows of {full} were changed or deleted since, and nothing tells them apart: what they had in a column that was dropped lies in {kept}"
            ),
            forced: self.is_forced(table).then(|| full.to_owned()),
            if_none: None,
        };
        let phase = if rows_are_back { self.draft.phase() } else { Phase::Look };
        let step = Step::asking(look, "rows that nothing tells apart");
        if rows_are_back || !self.draft.of(phase).contains(&step) {
            self.draft.push_to(phase, step);
        }
    }
}
