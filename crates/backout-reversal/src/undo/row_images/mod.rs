//! Rows that the migration changed get their former values, merged with what was written since.
//!
//! Images are summed up first: what was put in and taken out again is neither old nor new. Then, by key, a row that
//! is only old comes back, one that is only new goes, and of one that is both each column that still has the value
//! that the migration left gets the former one. What was written since wins.

mod before_enums;
mod sql;

use sql::Images;

use crate::inverse::{ColumnCopy, ImageColumn, RowImages};
use crate::undo::options::ImageSum;
use crate::undo::plan::Conflict;
use crate::undo::planner::Planner;
use crate::undo::step::{Execution, Expected, Step, Write};
use backout_schema::{
    Constraint, ConstraintKind, Detail, Index, Object, ObjectId, TableKind, ident, literal, qualified,
};
use std::collections::{BTreeMap, BTreeSet};

/// The foreign keys that touch a table: (the other table, its columns, ours).
type Keys = Vec<(ObjectId, Vec<String>, Vec<String>)>;

impl Planner<'_> {
    /// Images that lack a column which comes back later: the copy of that column fills the rows that return here.
    pub(in crate::undo) fn early_rows(&mut self) {
        self.progress.before_columns = true;
        self.rows_back(false);
        self.progress.before_columns = false;
    }

    /// All other images: every column is there again, and the keys that go are gone.
    pub(in crate::undo) fn late_rows(&mut self) {
        if !self.progress.rows_are_back {
            self.rows_back(true);
        }
    }

    /// Foreign keys that would forbid that rows of new keys make way for those of old ones, while what refers to
    /// them is not back either; and those of tables that refer to one another in a circle. They are recreated, and
    /// looked at afterwards.
    pub(in crate::undo) fn keys_in_the_way(&self) -> Vec<ObjectId> {
        let images = &self.inverse.images;
        let sums = |table: ObjectId| {
            images.iter().filter(move |i| i.table == table).filter_map(|i| self.options.images.get(&i.name))
        };
        let exchanged =
            |table: ObjectId| sums(table).any(|sum| sum.old_only > 0 && sum.new_only > 0) && self.uniques(table) > 1;
        let returns = |table: ObjectId| sums(table).any(|sum| sum.old_only > 0 || sum.new_only > 0);
        // Where nothing tells rows apart they go and come again, which a key into them would follow.
        let come_again = |table: ObjectId| {
            let images = images.iter().filter(|i| i.table == table && i.key.is_empty());
            images.filter_map(|i| self.options.images.get(&i.name)).any(|sum| sum.old_only > 0 && sum.new_only > 0)
        };
        // What comes back asks for those who have its key by now, and a key that waits until the end cannot be asked.
        let waits = |o: &Object, c: &Constraint| {
            let keeps_apart =
                matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion);
            c.deferrable && keeps_apart && o.parent.is_some_and(|table| sums(table).any(|sum| sum.old_only > 0))
        };
        let in_circle =
            |table: ObjectId, foreign: ObjectId| returns(table) && returns(foreign) && self.in_circle(table, foreign);
        // Values that are unique may pass from row to row.
        let moves = |table: ObjectId, columns: &[i16], is_plain: bool| {
            sums(table).any(|sum| {
                let changed =
                    |n: &i16| self.now.column_name(table.oid, *n).is_some_and(|name| sum.columns.contains(name));
                // Of a single row it is asked whether somebody else has its former values by now, where no other row can
                // have had them from it.
                let passes = sum.both > i64::from(is_plain) || sum.old_only > 0 || sum.new_only > 0;
                sum.both > 0 && passes && columns.iter().any(changed)
            })
        };
        let key_of = |o: &Object| match &o.detail {
            Detail::Constraint(c)
                if matches!(c.kind, ConstraintKind::Unique | ConstraintKind::Exclusion) && !c.inherited =>
            {
                o.parent.is_some_and(|table| moves(table, &c.columns, c.kind == ConstraintKind::Unique))
            }
            Detail::Index(i) if i.unique && i.constraint.is_none() => o.parent.is_some_and(|table| {
                let columns: Vec<i16> =
                    self.now.needs(o.id).filter(|d| d.to.oid == table.oid).map(|d| d.to.sub).collect();
                moves(table, &columns, is_of_columns(i))
            }),
            _ => false,
        };
        self.now
            .outside()
            .filter(|o| self.target.contains(o.id))
            .filter(|o| match &o.detail {
                _ if key_of(o) => true,
                Detail::Constraint(c) if waits(o, c) => true,
                Detail::Constraint(c) if c.inherited => false,
                Detail::Constraint(c) => o.parent.zip(c.foreign_table).is_some_and(|(table, foreign)| {
                    let changes = images.iter().any(|i| i.table == table);
                    come_again(foreign) || changes && (exchanged(foreign) || in_circle(table, foreign))
                }),
                _ => false,
            })
            .map(|o| o.id)
            .collect()
    }

    /// Whether what a table refers to leads back to it, among the tables whose rows come back.
    fn in_circle(&self, table: ObjectId, foreign: ObjectId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![foreign];
        while let Some(next) = open.pop() {
            if next == table {
                return table != foreign;
            }
            if seen.insert(next) && self.inverse.images.iter().any(|i| i.table == next) {
                open.extend(self.outgoing(next).into_iter().map(|(other, ..)| other));
            }
        }
        false
    }

    /// No table can be altered while a deferred check waits.
    pub(in crate::undo) fn check_at_once(&mut self, about: &str) {
        if !self.progress.writes_rows {
            self.progress.writes_rows = true;
            self.step("SET CONSTRAINTS ALL IMMEDIATE".to_owned(), about);
        }
    }

    /// What allows a value once, or keeps values from meeting.
    fn uniques(&self, table: ObjectId) -> usize {
        let keeps_apart = |detail: &Detail| match detail {
            Detail::Index(i) => i.unique,
            Detail::Constraint(c) => c.kind == ConstraintKind::Exclusion,
            _ => false,
        };
        self.target.parts(table).filter(|p| keeps_apart(&p.detail)).count()
    }

    pub(in crate::undo) fn rows_back(&mut self, late: bool) {
        let inverse = self.inverse;
        let mut groups: Vec<Vec<&RowImages>> = Vec::new();
        for image in inverse.images.iter().rev().filter(|image| self.is_late(image) == late) {
            match groups.last_mut().filter(|group| group.iter().all(|other| other.table != image.table)) {
                Some(group) => group.push(image),
                None => groups.push(vec![image]),
            }
        }
        if !groups.is_empty() {
            self.check_at_once("rows that the migration changed");
        }
        let mut groups = groups.into_iter();
        while let Some(group) = groups.next() {
            group.iter().for_each(|image| self.lacks_new_keys(image));
            let mut images: Vec<Images<'_>> = group.into_iter().filter_map(|image| self.images(image)).collect();
            // What refers comes after what it refers to.
            let depth: BTreeMap<ObjectId, usize> =
                images.iter().map(|i| (i.of.table, self.depth(i.of.table, &mut Vec::new()))).collect();
            images.sort_by_key(|i| depth.get(&i.of.table).copied());
            for place in 0..images.len() {
                self.in_the_way(&images[place], &images);
                self.return_rows(&images[place], &images);
                // What returns next may refer to values that come with this.
                self.merge_rows(&images[place]);
            }
            for image in images.iter().rev() {
                self.take_rows(image, &images, None);
            }
            if late {
                self.fill_behind_rows(&groups.clone().flatten().collect::<Vec<_>>());
            }
        }
    }

    /// A column that went before rows changed, where nothing told them apart, is filled when they have their former
    /// values: only with those are they found in the copy.
    pub(in crate::undo) fn waits_for_rows(&self, column: ObjectId) -> bool {
        let table = ObjectId::relation(column.oid);
        let of_column = |c: &ColumnCopy| c.table == table && c.column == column.sub && c.whole.is_some();
        let goes_before =
            |i: &RowImages| i.table == table && self.is_late(i) && self.lacking(i).iter().any(|c| c.id == column);
        self.inverse.columns.iter().any(of_column) && self.inverse.images.iter().any(goes_before)
    }

    /// Whether rows that lack it, or a value for it, are yet to go or to get what they had, and others to come.
    pub(in crate::undo) fn rows_change_behind(&self, column: ObjectId) -> bool {
        let table = ObjectId::relation(column.oid);
        let lacks = |i: &RowImages| self.lacking(i).iter().any(|c| c.id == column);
        let changes = |i: &RowImages| {
            let name = self.target.column_name(table.oid, column.sub);
            let sum = self.options.images.get(&i.name);
            sum.is_none_or(|sum| sum.new_only > 0 || name.is_some_and(|name| sum.columns.iter().any(|c| c == name)))
        };
        self.inverse.images.iter().any(|i| i.table == table && self.is_late(i) && (lacks(i) || changes(i)))
    }

    /// Fills those of them that none of the images lacks which are yet to come.
    fn fill_behind_rows(&mut self, to_come: &[&RowImages]) {
        let back: Vec<Object> = self
            .inverse
            .columns
            .iter()
            .map(|c| ObjectId::column(c.table.oid, c.column))
            .filter(|id| !self.progress.filled.contains(id) && self.waits_for_rows(*id))
            .filter(|id| !to_come.iter().any(|image| self.lacking(image).iter().any(|c| c.id == *id)))
            .filter_map(|id| self.target.get(id).cloned())
            .collect();
        for object in back {
            let Detail::Column(column) = &object.detail else { continue };
            self.fill_column(&object, column);
            self.settle_column(&object, column);
            self.progress.filled.insert(object.id);
        }
    }

    /// Whether it has all columns; or it must wait for some of its own, and has those that went before it from
    /// their copies.
    fn is_late(&self, image: &RowImages) -> bool {
        self.must_wait(image) || self.lacking(image).is_empty() && !self.is_needed_early(image.table)
    }

    pub(in crate::undo) fn must_wait(&self, image: &RowImages) -> bool {
        let waits = |c: &ImageColumn| {
            let column = self.target.columns(image.table).into_iter().find(|o| o.name == c.name).map(|o| o.id);
            column.is_some_and(|id| !self.now.contains(id))
        };
        // Or its own have their former types only when a key is back.
        let waits_for_type = |n: &i16| self.waits_for_key(ObjectId::column(image.table.oid, *n));
        image.columns.iter().any(waits) || image.retyped.iter().any(waits_for_type)
    }

    /// Whether rows that return early refer to those of this table, which can return as early.
    fn is_needed_early(&self, table: ObjectId) -> bool {
        let images = &self.inverse.images;
        if images.iter().any(|i| i.table == table && (self.must_wait(i) || !self.lacking(i).is_empty())) {
            return false;
        }
        let early = images.iter().filter(|i| !self.lacking(i).is_empty() && !self.must_wait(i));
        let mut open: Vec<ObjectId> = early.map(|i| i.table).collect();
        let mut seen: BTreeSet<ObjectId> = open.iter().copied().collect();
        while let Some(from) = open.pop() {
            for (foreign, ..) in self.outgoing(from) {
                if foreign == table {
                    return true;
                }
                if seen.insert(foreign) {
                    open.push(foreign);
                }
            }
        }
        false
    }

    /// Columns that the migration dropped before it changed the rows.
    pub(in crate::undo) fn lacking(&self, image: &RowImages) -> Vec<Object> {
        self.target
            .columns(image.table)
            .into_iter()
            .filter(|c| self.inverse.removed.contains(&c.id) && !self.now.contains(c.id))
            .filter(|c| matches!(&c.detail, Detail::Column(c) if c.generated.is_none()))
            .filter(|c| !image.columns.iter().any(|kept| kept.name == c.name))
            .cloned()
            .collect()
    }

    /// For rows `m` that return late: names, values and joins of what the images lack.
    fn out_of_copies(&self, image: &Images<'_>, from: &mut String) -> (Vec<String>, Vec<String>, String) {
        let (mut names, mut values, mut joins) = (Vec::new(), Vec::new(), String::new());
        if !self.is_late(image.of) {
            return (names, values, joins);
        }
        for object in self.lacking(image.of) {
            let Detail::Column(column) = &object.detail else { continue };
            if self.waits_for_rows(object.id) {
                continue;
            }
            let copy = self.inverse.columns.iter().find(|c| c.table == image.of.table && c.column == object.id.sub);
            let Some(copy) = copy.filter(|copy| copy.whole.is_some() || !copy.key.is_empty()) else { continue };
            let alias = format!("c{}", object.id.sub);
            if copy.whole.is_some() {
                let there: Vec<String> = image.of.columns.iter().map(|c| c.name.clone()).collect();
                let (text, place) = (format!("{alias}_text"), format!("{alias}_place"));
                *from = self.numbered_beyond(copy, &there, from, &image.table, (&text, &place));
                joins.push_str(&self.whole_join(copy, &there, &alias, ("m", &text, &place)));
                names.push(ident(&object.name));
                values.push(self.kept_value(copy, &alias, column));
                continue;
            }
            let of_key = |k: &String| image.of.columns.iter().find(|c| c.name == *k);
            let Some(key) = copy.key.iter().map(of_key).collect::<Option<Vec<_>>>() else { continue };
            let on: Vec<String> = key
                .iter()
                .map(|k| format!("{} = {}", self.kept_key(copy, &alias, &k.name), image.value("m", k)))
                .collect();
            joins.push_str(&format!(
                " LEFT JOIN {} {alias} ON {}",
                qualified(&copy.schema, &copy.name),
                on.join(" AND ")
            ));
            names.push(ident(&object.name));
            values.push(self.kept_value(copy, &alias, column));
        }
        (names, values, joins)
    }

    fn images<'i>(&mut self, of: &'i RowImages) -> Option<Images<'i>> {
        let problem = |problem: &str| Conflict { object: of.what.clone(), problem: problem.to_owned(), blocks: false };
        if !self.target.contains(of.table) {
            self.plan.conflicts.push(problem("it is gone; the rows that the migration changed stay in the archive"));
            return None;
        }
        let types: BTreeMap<String, String> = self
            .target
            .columns(of.table)
            .into_iter()
            .filter_map(|c| match &c.detail {
                Detail::Column(column) => Some((c.name.clone(), column.data_type.clone())),
                _ => None,
            })
            .collect();
        if of.columns.iter().any(|c| !types.contains_key(&c.name)) {
            self.plan.conflicts.push(problem("its columns are others now; the rows that the migration changed stay"));
            return None;
        }
        let stored = qualified(&of.schema, &of.name);
        let source = if of.is_plain() {
            stored
        } else {
            let net = qualified(&of.schema, &format!("{}_sum", of.name));
            // Between two attempts it may have been left by none: it is made in the same transaction.
            self.plan.room.push(Step::new(format!("CREATE TABLE {net} AS {}", of.sum()), &of.what));
            net
        };
        let key = of.key.iter().filter_map(|k| of.columns.iter().find(|c| c.name == *k)).collect();
        let columns = self.target.columns(of.table);
        let own = columns.iter().filter(|c| !of.retyped.contains(&c.id.sub));
        let labels = own.filter_map(|c| Some((c.name.clone(), self.former_label(c.id, "$v")?))).collect();
        let table = self.target.sql_name(of.table);
        let is_whole = matches!(self.target.get(of.table).map(|t| &t.detail), Some(Detail::Table(t)) if t.kind == TableKind::Partitioned);
        let (rows, update) =
            if is_whole { (table.clone(), Write::Update) } else { (format!("ONLY {table}"), Write::UpdateOnly) };
        Some(Images { of, table, rows, update, source, types, labels, key })
    }

    fn sum(&self, image: &Images<'_>) -> Option<&ImageSum> {
        self.options.images.get(&image.of.name)
    }

    /// How many tables lead from one to a table without foreign keys.
    fn depth(&self, table: ObjectId, way: &mut Vec<ObjectId>) -> usize {
        if way.contains(&table) {
            return 0;
        }
        way.push(table);
        let depth = self.outgoing(table).iter().map(|(other, ..)| 1 + self.depth(*other, way)).max().unwrap_or(0);
        way.pop();
        depth
    }

    fn foreign_keys(
        &self,
        wanted: impl Fn(&Object, &Constraint) -> bool,
    ) -> Vec<(ObjectId, ObjectId, Vec<String>, Vec<String>)> {
        let names = |table: ObjectId, columns: &[i16]| -> Vec<String> {
            columns.iter().filter_map(|n| self.target.column_name(table.oid, *n)).map(ident).collect()
        };
        self.target
            .outside()
            .filter_map(|object| {
                let Detail::Constraint(c) = &object.detail else { return None };
                let (table, foreign) = (object.parent?, c.foreign_table?);
                if c.inherited || !wanted(object, c) {
                    return None;
                }
                Some((table, foreign, names(table, &c.columns), names(foreign, &c.foreign_columns)))
            })
            .collect()
    }

    pub(in crate::undo) fn outgoing(&self, table: ObjectId) -> Keys {
        // One that is not valid is taken off meanwhile.
        let keys = self.foreign_keys(|object, c| object.parent == Some(table) && c.validated);
        keys.into_iter().map(|(_, foreign, ours, theirs)| (foreign, theirs, ours)).collect()
    }

    fn incoming(&self, table: ObjectId) -> Keys {
        let keys = self.foreign_keys(|_, c| c.foreign_table == Some(table));
        keys.into_iter().map(|(referrer, _, theirs, ours)| (referrer, theirs, ours)).collect()
    }

    /// New rows can hold the unique values that old ones need.
    fn in_the_way(&mut self, image: &Images<'_>, group: &[Images<'_>]) {
        if self.sum(image).is_some_and(|sum| sum.old_only == 0 || sum.new_only == 0) {
            return;
        }
        if self.uniques(image.of.table) > 1 && !image.key.is_empty() {
            self.take_rows(image, group, Some(group));
        }
    }

    /// Rows that were deleted come back, unless somebody has made one of their key since, or what they refer to
    /// is gone.
    fn return_rows(&mut self, image: &Images<'_>, group: &[Images<'_>]) {
        let sum = self.sum(image).cloned();
        if sum.as_ref().is_some_and(|sum| sum.old_only == 0) {
            return;
        }
        if image.key.is_empty() {
            // Nothing tells the rows apart: the new ones make way first.
            self.take_any(image);
        }
        let table = &image.table;
        let columns: Vec<&ImageColumn> = image.of.columns.iter().filter(|c| self.holds_values(image, c)).collect();
        let mut values: Vec<String> = columns.iter().map(|c| image.value("m", c)).collect();
        let mut from = if image.key.is_empty() {
            format!(
                "(SELECT i.* FROM {} i, pg_catalog.generate_series(1, i.backout_count) WHERE NOT i.backout_new) m",
                image.source
            )
        } else {
            format!("({}) m", image.only(false))
        };
        let (others, of_others, joins) = self.out_of_copies(image, &mut from);
        values.extend(of_others);
        let names: Vec<String> = columns.iter().map(|c| ident(&c.name)).chain(others).collect();
        let mut conditions: Vec<String> = Vec::new();
        if !image.key.is_empty() {
            conditions.push(format!("NOT EXISTS (SELECT FROM {} t WHERE {})", image.rows, image.same_key("t", "m")));
        }
        conditions.extend(self.have_their_parents(image, group));
        let filter = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        let sql = format!(
            "INSERT INTO {table} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {from}{joins}{filter} ON CONFLICT DO NOTHING",
            names.join(", "),
            values.join(", ")
        );
        let expected = sum.map(|sum| Expected {
            rows: sum.old_only,
            otherwise: format!(
                "rows that the migration took out of {} did not come back: others of their key have come since, or what they refer to has gone",
                image.of.what
            ),
        });
        self.write_rows(image, Write::Insert, sql, expected);
    }

    /// What holds of rows `m` whose parents are there, come in the same statement, or come later.
    fn have_their_parents(&self, image: &Images<'_>, group: &[Images<'_>]) -> Vec<String> {
        let mut conditions = Vec::new();
        for (foreign, theirs, ours) in self.outgoing(image.of.table) {
            let known = |c: &String| image.of.columns.iter().any(|i| ident(&i.name) == *c);
            if !ours.iter().all(known) || (foreign != image.of.table && !self.now.contains(foreign)) {
                continue;
            }
            // Columns that come back later: the key that comes with them is looked at then.
            let is_there = |name: &String| {
                self.now
                    .columns(foreign)
                    .iter()
                    .any(|c| self.target.column_name(foreign.oid, c.id.sub).is_some_and(|then| ident(then) == *name))
            };
            let comes_later = || self.inverse.images.iter().any(|i| i.table == foreign && self.is_late(i));
            if self.progress.before_columns && (!theirs.iter().all(is_there) || comes_later()) {
                continue;
            }
            let value = |c: &String| {
                let column = image.of.columns.iter().find(|i| ident(&i.name) == *c);
                column.map_or_else(|| c.clone(), |column| image.value("m", column))
            };
            let null: Vec<String> = ours.iter().map(|c| format!("m.{c} IS NULL")).collect();
            let pairs: Vec<String> = ours.iter().zip(&theirs).map(|(o, t)| format!("f.{t} = {}", value(o))).collect();
            let mut condition = format!(
                "{} OR EXISTS (SELECT FROM {} f WHERE {})",
                null.join(" OR "),
                self.target.sql_name(foreign),
                pairs.join(" AND ")
            );
            // What comes back in the same statement, or later though each of the two needs the other.
            let needed = foreign == image.of.table || self.in_circle(image.of.table, foreign);
            if let Some(other) = group.iter().find(|other| needed && other.of.table == foreign)
                && theirs.iter().all(|t| other.of.columns.iter().any(|c| ident(&c.name) == *t))
            {
                let pairs: Vec<String> =
                    ours.iter().zip(&theirs).map(|(o, t)| format!("f.{t}::text = m.{o}::text")).collect();
                condition.push_str(&format!(
                    " OR EXISTS (SELECT FROM {} f WHERE NOT f.backout_new AND {})",
                    other.source,
                    pairs.join(" AND ")
                ));
            }
            conditions.push(format!("({condition})"));
        }
        conditions
    }

    /// Rows that were changed: first those that nobody has touched since, as they are by far the most, then
    /// the rest column by column.
    fn merge_rows(&mut self, image: &Images<'_>) {
        let sum = self.sum(image).cloned();
        if image.key.is_empty() || sum.as_ref().is_some_and(|sum| sum.both == 0) {
            return;
        }
        let changes = |c: &&ImageColumn| sum.as_ref().is_none_or(|sum| sum.columns.contains(&c.name));
        // Equal keys may differ in how they are written: then it is known.
        let of_key = |c: &&ImageColumn| sum.as_ref().is_some_and(|sum| sum.columns.contains(&c.name));
        let keys = image.key.iter().copied().filter(of_key);
        let columns: Vec<&ImageColumn> =
            image.of.others().filter(changes).chain(keys).filter(|c| self.holds_values(image, c)).collect();
        if columns.is_empty() {
            return;
        }
        let sum_columns = columns.clone();
        let (table, source) = (&image.rows, &image.source);
        let taken = match &sum {
            Some(sum) if sum.both == 1 => self.unless_taken(image, &sum.columns),
            _ => Vec::new(),
        };
        let parents = sum.as_ref().map_or_else(Vec::new, |sum| self.unless_parents_went(image, &sum.columns));
        let taken: Vec<(Vec<String>, String)> = taken.into_iter().chain(parents).collect();
        let mut set = Vec::new();
        let mut merge = Vec::new();
        let mut same = Vec::new();
        let mut changed = Vec::new();
        let mut open = Vec::new();
        for column in columns {
            let (name, old) = (ident(&column.name), image.value("m", column));
            set.push(format!("{name} = {old}"));
            let of_it = taken.iter().filter(|(names, _)| names.contains(&column.name));
            let free: String = of_it.map(|(_, free)| free.as_str()).collect();
            merge.push(format!(
                "{name} = CASE WHEN t.{name}::text IS NOT DISTINCT FROM p.{name}::text{free} THEN {old} ELSE t.{name} END"
            ));
            // A change of type, or a key that is followed, may have brought the former value back already.
            same.push(format!(
                "(t.{name}::text IS NOT DISTINCT FROM p.{name}::text OR t.{name}::text IS NOT DISTINCT FROM {})",
                image.text("m", column)
            ));
            changed.push(format!("m.{name}::text IS DISTINCT FROM p.{name}::text"));
            open.push(format!(
                "(t.{name}::text IS NOT DISTINCT FROM p.{name}::text AND m.{name}::text IS DISTINCT FROM p.{name}::text{free})"
            ));
        }
        let from = format!(
            "FROM {source} m JOIN {source} p ON {} WHERE NOT m.backout_new AND p.backout_new AND {}",
            image.same_image("m", "p"),
            image.same_key("t", "m")
        );
        let free: String = taken.iter().map(|(_, free)| free.as_str()).collect();
        let whole = format!("UPDATE {table} t SET {} {from} AND {}{free}", set.join(", "), same.join(" AND "));
        let merged = format!("UPDATE {table} t SET {} {from} AND ({})", merge.join(", "), open.join(" OR "));
        let expected = sum.map(|sum| Expected {
            rows: sum.both,
            otherwise: format!(
                "rows of {} were changed again or deleted since{}; their columns that the migration changed and nobody else have their former values",
                image.of.what,
                if free.is_empty() { "" } else { ", or others have their former unique values by now, or what they referred to has gone" }
            ),
        });
        // Rows that lie in a new partition have gone with it.
        let expected = expected.filter(|_| !self.has_new_partitions(image.of.table));
        let certain = expected.is_some();
        let always = self.always_identities(image, &sum_columns);
        for column in &always {
            self.step(
                format!("ALTER TABLE {} ALTER COLUMN {column} SET GENERATED BY DEFAULT", image.table),
                &image.of.what,
            );
        }
        self.write_rows(image, image.update, whole, expected);
        // Without a count it cannot be left out.
        let about = image.of.what.clone();
        let runs = if certain { Execution::AfterShortfall } else { Execution::Plain };
        let merged = Step::new(merged, &about).running(runs);
        self.undisturbed(image.of.table, image.update, merged);
        for column in &always {
            self.step(format!("ALTER TABLE {} ALTER COLUMN {column} SET GENERATED ALWAYS", image.table), &about);
        }
    }

    /// Those of these columns, quoted, that the server gives their values and nobody else.
    fn always_identities(&self, image: &Images<'_>, columns: &[&ImageColumn]) -> Vec<String> {
        let is_always = |id: ObjectId| matches!(self.now.get(id).map(|o| &o.detail), Some(Detail::Column(c)) if c.identity == Some('a'));
        let of_table = self.target.columns(image.of.table).into_iter().filter(|o| is_always(o.id));
        of_table.filter(|o| columns.iter().any(|c| c.name == o.name)).map(|o| ident(&o.name)).collect()
    }

    /// The columns of keys into other tables that changed, and the condition that what they referred to is there.
    fn unless_parents_went(&self, image: &Images<'_>, changed: &BTreeSet<String>) -> Vec<(Vec<String>, String)> {
        let table = image.of.table;
        // One that is taken off meanwhile is looked at when all are back.
        let stays = |o: &Object, c: &Constraint| {
            o.parent == Some(table) && c.validated && self.now.contains(o.id) && !self.progress.drops.contains(&o.id)
        };
        let keys = self.foreign_keys(stays).into_iter().filter(|(_, foreign, ..)| *foreign != table);
        let conditions = keys.filter_map(|(_, foreign, ours, theirs)| {
            let changes: Vec<String> = changed.iter().filter(|name| ours.contains(&ident(name))).cloned().collect();
            let value = |name: &String| {
                let column = image.of.columns.iter().find(|c| ident(&c.name) == *name && changed.contains(&c.name));
                column.map_or_else(|| format!("t.{name}"), |column| image.value("m", column))
            };
            let null: Vec<String> = ours.iter().map(|name| format!("({}) IS NULL", value(name))).collect();
            let pairs: Vec<String> = ours.iter().zip(&theirs).map(|(o, t)| format!("f.{t} = {}", value(o))).collect();
            let there = format!("SELECT FROM {} f WHERE {}", self.target.sql_name(foreign), pairs.join(" AND "));
            (!changes.is_empty()).then(|| (changes, format!(" AND ({} OR EXISTS ({there}))", null.join(" OR "))))
        });
        conditions.collect()
    }

    /// The unique columns that changed, and the condition that no row but `t` has what it had in them.
    fn unless_taken(&self, image: &Images<'_>, changed: &BTreeSet<String>) -> Vec<(Vec<String>, String)> {
        let table = image.of.table;
        let keys = self
            .now
            .parts(table)
            .filter(|part| self.target.contains(part.id) && !self.progress.drops.contains(&part.id))
            .filter_map(|part| match &part.detail {
                Detail::Constraint(c) if c.kind == ConstraintKind::Unique => Some(c.columns.clone()),
                Detail::Index(i) if i.unique && i.constraint.is_none() && is_of_columns(i) => {
                    Some(self.now.needs(part.id).filter(|d| d.to.oid == table.oid).map(|d| d.to.sub).collect())
                }
                _ => None,
            });
        let free = keys.filter_map(|key| {
            let names: Option<Vec<String>> =
                key.iter().map(|n| self.target.column_name(table.oid, *n).map(str::to_owned)).collect();
            let names = names.filter(|names| names.iter().any(|name| changed.contains(name)))?;
            let same = names.iter().map(|name| {
                let before = image.of.columns.iter().find(|c| c.name == *name && changed.contains(name));
                let name = ident(name);
                let before = before.map_or_else(|| format!("t.{name}"), |c| image.value("m", c));
                format!("o.{name} = {before}")
            });
            let same = same.collect::<Vec<_>>().join(" AND ");
            let other = format!("SELECT FROM {} o WHERE {same} AND NOT ({})", image.rows, image.same_key("o", "m"));
            Some((names, format!(" AND NOT EXISTS ({other})")))
        });
        free.collect()
    }

    /// Rows that were inserted go, unless somebody has changed them since or refers to them. Before the others
    /// of the group are back, references that go as well do not count.
    fn take_rows(&mut self, image: &Images<'_>, all: &[Images<'_>], group: Option<&[Images<'_>]>) {
        let sum = self.sum(image).cloned();
        if image.key.is_empty() {
            // Taken already where old ones had to come back.
            if sum.as_ref().is_some_and(|sum| sum.old_only == 0) {
                self.take_any(image);
            }
            return;
        }
        if sum.as_ref().is_some_and(|sum| sum.new_only == 0) {
            return;
        }
        let table = &image.rows;
        let gone = image.only(true);
        let mut conditions =
            vec![image.same_key("t", "p"), format!("{} = {}", image.row_text("t"), image.image_text("p"))];
        conditions.extend(self.not_apart(image.of));
        for (referrer, theirs, ours) in self.incoming(image.of.table) {
            if !self.now.contains(referrer) || self.now.is_ours(referrer) {
                continue;
            }
            // Columns that are not back yet refer to nothing that came since.
            let waits = |c: &&Object| theirs.contains(&ident(&c.name)) && !self.now.contains(c.id);
            if !self.is_late(image.of) && self.target.columns(referrer).iter().any(waits) {
                continue;
            }
            let pairs: Vec<String> = theirs.iter().zip(&ours).map(|(t, o)| format!("r.{t} = t.{o}")).collect();
            let mut refers = pairs.join(" AND ");
            if referrer == image.of.table {
                refers
                    .push_str(&format!(" AND NOT EXISTS (SELECT FROM ({gone}) g WHERE {})", image.same_key("r", "g")));
            }
            // In a circle neither can go first, and what goes as well does not count.
            let in_circle = group.is_none() && self.in_circle(referrer, image.of.table);
            let others = if in_circle { all } else { group.unwrap_or_default() };
            if let Some(other) = others.iter().find(|o| o.of.table == referrer && !o.key.is_empty())
                && theirs.iter().all(|t| other.of.columns.iter().any(|c| ident(&c.name) == *t && !c.as_text))
            {
                let mut same: Vec<String> = theirs.iter().map(|t| format!("o.{t} = r.{t}")).collect();
                if in_circle {
                    same.push(format!("{} = {}", other.row_text("r"), other.image_text("o")));
                }
                refers.push_str(&format!(
                    " AND NOT EXISTS (SELECT FROM {} o WHERE o.backout_new AND {} AND {})",
                    other.source,
                    other.same_key("r", "o"),
                    same.join(" AND ")
                ));
            }
            let name = self.target.sql_name(referrer);
            conditions.push(format!("NOT EXISTS (SELECT FROM {name} r WHERE {refers})"));
        }
        let sql = format!("DELETE FROM {table} t USING ({gone}) p WHERE {}", conditions.join(" AND "));
        // Where some went before, the second time must not count.
        let early = self.progress.early.contains(&image.of.name);
        if group.is_some() {
            self.progress.early.insert(image.of.name.clone());
        }
        let stay = format!(
            "rows that the migration put into {} stay: they were changed since, or others refer to them",
            image.of.what
        );
        let expected = sum.as_ref().filter(|_| group.is_none() && !early);
        let expected = expected.map(|sum| Expected { rows: sum.new_only - sum.keyless, otherwise: stay.clone() });
        self.write_rows(image, Write::Delete, sql, expected);
        if group.is_none() && sum.as_ref().map_or_else(|| self.may_lack_keys(image.of), |sum| sum.keyless > 0) {
            let expected = sum.map(|sum| Expected { rows: sum.keyless, otherwise: stay });
            self.take_keyless(image, expected);
        }
    }

    /// Whether a key that went before the rows changed lets them be without a value of it.
    fn may_lack_keys(&self, image: &RowImages) -> bool {
        let columns = self.target.columns(image.table);
        let id = |k: &String| columns.iter().find(|c| c.name == *k).map(|c| c.id);
        let is_nullable =
            |id: ObjectId| matches!(self.now.get(id).map(|o| &o.detail), Some(Detail::Column(c)) if !c.not_null);
        image.key.iter().filter_map(id).any(is_nullable)
    }

    /// New rows without a value in the key: as many as were put in, of the same values.
    fn take_keyless(&mut self, image: &Images<'_>, expected: Option<Expected>) {
        let (table, text) = (&image.rows, image.row_text("t"));
        let lacks = |alias: &str| {
            let lacks: Vec<String> = image.key.iter().map(|k| format!("{alias}.{} IS NULL", ident(&k.name))).collect();
            lacks.join(" OR ")
        };
        let apart = self.not_apart(image.of).map(|sql| format!(" AND {sql}")).unwrap_or_default();
        let count = if image.of.is_plain() { "count(*)" } else { "pg_catalog.sum(i.backout_count)" };
        let sql = format!(
            "DELETE FROM {table} d USING (SELECT t.tableoid AS place, t.ctid AS row, {text} AS text, \
             pg_catalog.row_number() OVER (PARTITION BY {text}) AS n FROM {table} t WHERE ({}){apart}) c, \
             (SELECT {} AS text, {count} AS n FROM {} i WHERE i.backout_new AND ({}) GROUP BY 1) p \
             WHERE p.text = c.text AND c.n <= p.n AND d.tableoid = c.place AND d.ctid = c.row",
            lacks("t"),
            image.image_text("i"),
            image.source,
            lacks("i"),
        );
        self.write_rows(image, Write::Delete, sql, expected);
    }

    /// Where nothing tells rows apart: as many rows as were put in, of the same values.
    fn take_any(&mut self, image: &Images<'_>) {
        let sum = self.sum(image).cloned();
        if sum.as_ref().is_some_and(|sum| sum.new_only == 0) {
            return;
        }
        let (table, source) = (&image.rows, &image.source);
        let text = image.row_text("t");
        let apart = self.not_apart(image.of).map(|sql| format!(" WHERE {sql}")).unwrap_or_default();
        let sql = format!(
            "DELETE FROM {table} d USING (SELECT t.tableoid AS place, t.ctid AS row, {text} AS text, \
             pg_catalog.row_number() OVER (PARTITION BY {text}) AS n FROM {table} t{apart}) c, \
             (SELECT {} AS text, i.backout_count FROM {source} i WHERE i.backout_new) p \
             WHERE p.text = c.text AND c.n <= p.backout_count AND d.tableoid = c.place AND d.ctid = c.row",
            image.image_text("i")
        );
        // Those that went before are among them.
        let sum = sum.filter(|_| !self.has_unfit_keys(image.of));
        let expected = sum.map(|sum| Expected {
            rows: sum.new_only,
            otherwise: format!(
                "rows that the migration left in {} were changed or deleted since, and no key tells which they were: both stay",
                image.of.what
            ),
        });
        self.write_rows(image, Write::Delete, sql, expected);
    }

    /// Leaves out partitions `t` in which the rows cannot be: they were none then.
    fn not_apart(&self, image: &RowImages) -> Option<String> {
        let names = image.apart.iter().filter(|part| self.target.contains(**part));
        let names: Vec<String> =
            names.map(|part| format!("{}::regclass", literal(&self.target.sql_name(*part)).trim_start())).collect();
        (!names.is_empty()).then(|| format!("t.tableoid <> ALL (ARRAY[{}])", names.join(", ")))
    }

    /// Whether rows of it may be in new partitions, with which they go.
    fn has_new_partitions(&self, table: ObjectId) -> bool {
        let is_part = |id: &ObjectId| matches!(self.now.get(*id).map(|o| &o.detail), Some(Detail::Table(t)) if t.partition_of == Some(table));
        let is_new = |id: ObjectId| self.inverse.added.contains(&id) || self.has_new_partitions(id);
        self.now.objects().map(|o| o.id).filter(is_part).any(is_new)
    }

    fn write_rows(&mut self, image: &Images<'_>, write: Write, sql: String, expected: Option<Expected>) {
        let expected = expected.filter(|_| write != Write::Delete || !self.has_new_partitions(image.of.table));
        let needs = self.parts_that_join(image.of.table);
        let runs = expected.map_or(Execution::Plain, Execution::Expect);
        let step = Step { needs, ..Step::new(sql, &image.of.what).running(runs) };
        self.undisturbed(image.of.table, write, step);
    }
}

/// Whether an index is of whole columns and of all rows.
fn is_of_columns(index: &Index) -> bool {
    let inside = index.definition.split_once('(').map_or("", |(_, rest)| rest);
    // Reads SQL: the server's text of an index, which has neither unless it is of expressions or of some rows.
    !inside.contains('(') && !inside.contains(" WHERE ")
}
