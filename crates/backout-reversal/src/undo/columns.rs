//! Columns that come back: added, filled from what was kept of them, and given the rest.

use super::draft::Phase;
use super::planner::Planner;
use super::remove;
use super::step::{Step, Write};
use crate::ddl::{self, Unsupported};
use crate::inverse::{ColumnCopy, TypeCopy};
use backout_schema::{Catalog, Column, Detail, Object, ObjectId, cast, ident, qualified};

impl Planner<'_> {
    pub(super) fn fill_column(&mut self, object: &Object, column: &Column) {
        let table = ObjectId::relation(object.id.oid);
        let about = self.target.identity(object.id);
        let name = ident(&object.name);
        let full = self.target.sql_name(table);
        let copy = self.inverse.columns.iter().find(|c| c.table == table && c.column == object.id.sub).cloned();
        match copy {
            // There was no value to keep.
            Some(copy) if copy.key.is_empty() && copy.whole.is_none() => {}
            Some(copy) if copy.whole.is_some() => self.fill_by_whole_rows(object, column, &copy, &about),
            Some(copy) => {
                let of_table = |k: &String| self.new_key(&copy, k).map_or_else(|| k.clone(), remove::kept_key_name);
                let on: Vec<String> = copy
                    .key
                    .iter()
                    .map(|k| format!("t.{} = {}", ident(&of_table(k)), self.kept_key(&copy, "c", k)))
                    .collect();
                let update = format!(
                    "UPDATE ONLY {full} t SET {name} = {} FROM {} c WHERE {}",
                    self.kept_value(&copy, "c", column),
                    qualified(&copy.schema, &copy.name),
                    on.join(" AND ")
                );
                self.undisturbed(table, Write::UpdateOnly, Step::new(update, &about));
            }
            None if column.generated.is_none() => {
                self.progress.empty_columns.insert(object.id);
                self.plan.unsupported.push(Unsupported {
                    object: about.to_owned(),
                    reason: "its values were not kept; it comes back empty".into(),
                });
            }
            None => {}
        }
        if !self.chosen.rebuilds.contains(&table) {
            self.check_column_order(table);
        }
    }

    /// NOT NULL, when rows are there that have a value: those that the migration left and that go have none.
    pub(super) fn must_have_values(&mut self, object: &Object, column: &Column, full: &str) {
        let about = self.target.identity(object.id);
        let sql = ddl::set_not_null(full, &object.name, column);
        if column.identity.is_none() && self.rows_change_behind(object.id) {
            self.step_in(Phase::NotNull, sql, &about);
        } else {
            self.step(sql, &about);
        }
    }

    /// NOT NULL and what else a column gets when it has its values again, its children's included.
    pub(super) fn settle_column(&mut self, object: &Object, column: &Column) {
        let table = ObjectId::relation(object.id.oid);
        let name = ident(&object.name);
        let (full, about) = (self.target.sql_name(table), self.target.identity(object.id));
        let by_parent = column.inherited && !column.local && !self.is_apart(table);
        if column.not_null && !by_parent {
            let default = self.target.parts(table).find_map(|p| match &p.detail {
                Detail::Default(d) if d.column == object.id.sub => Some(d.expression.clone()),
                _ => None,
            });
            match default {
                // Rows written since get what an INSERT without the column would have given them.
                Some(expression) => {
                    let update = format!("UPDATE {full} SET {name} = {expression} WHERE {name} IS NULL");
                    self.undisturbed(table, Write::Update, Step::new(update, &about));
                }
                None if column.identity.is_some() && self.next_numbers(object.id, &name).is_some() => {
                    let number = self.next_numbers(object.id, &name).unwrap_or_default();
                    let update = format!(
                        "UPDATE {full} u SET {name} = n.backout_number \
                         FROM (SELECT tableoid AS backout_in, ctid AS backout_at, {number} AS backout_number FROM {full}) n \
                         WHERE u.tableoid = n.backout_in AND u.ctid = n.backout_at AND u.{name} IS NULL"
                    );
                    self.undisturbed(table, Write::Update, Step::new(update, &about));
                }
                None => self.needs_values(table, &object.name),
            }
            self.must_have_values(object, column, &full);
        }
        for sql in ddl::state(self.target, object.id) {
            self.step(sql, &about);
        }
        self.dress(object, &about);
    }

    /// Columns in the order in which they are added: what a child has of its own comes before its parent's, which
    /// joins them; what comes by the parent is there after that.
    pub(super) fn columns_by_turn(&self, order: &[ObjectId]) -> Vec<ObjectId> {
        let mut columns: Vec<(u8, bool, ObjectId)> = order
            .iter()
            .filter_map(|id| match &self.target.get(*id)?.detail {
                Detail::Column(c) if c.inherited => Some((if c.local { 0 } else { 2 }, self.is_generated(*id), *id)),
                Detail::Column(_) => Some((1, self.is_generated(*id), *id)),
                _ => None,
            })
            .collect();
        columns.sort_unstable();
        columns.into_iter().map(|(.., id)| id).collect()
    }

    /// It may stand on any other column of its table.
    pub(super) fn is_generated(&self, id: ObjectId) -> bool {
        matches!(self.target.get(id).map(|o| &o.detail), Some(Detail::Column(c)) if c.generated.is_some())
    }

    /// Columns in the order in which they are filled: one that others are found by comes before those.
    pub(super) fn columns_by_need(&self, mut open: Vec<ObjectId>) -> Vec<ObjectId> {
        let mut sorted: Vec<ObjectId> = Vec::new();
        while !open.is_empty() {
            let waits = |id: ObjectId| {
                let copy = self.inverse.columns.iter().find(|c| c.table.oid == id.oid && c.column == id.sub);
                let Some(copy) = copy.filter(|copy| copy.whole.is_none()) else { return false };
                let is_key = |other: ObjectId| {
                    self.target.column_name(id.oid, other.sub).is_some_and(|n| copy.key.iter().any(|k| k == n))
                };
                open.iter().any(|other| other.oid == id.oid && *other != id && is_key(*other))
            };
            let next = open.iter().position(|id| !waits(*id)).unwrap_or(0);
            sorted.push(open.remove(next));
        }
        sorted
    }

    /// A kept value as the column has it.
    pub(super) fn kept_value(&self, copy: &ColumnCopy, alias: &str, column: &Column) -> String {
        let kept = format!("{alias}.{}", copy.value());
        if copy.as_text {
            return cast(&kept, "text", &column.data_type);
        }
        let name = copy.whole.as_deref().unwrap_or("backout_value");
        match self.type_in_copy(copy, name) {
            Some(then) if then != column.data_type => cast(&kept, &then, &column.data_type),
            _ => kept,
        }
    }

    fn type_in_copy(&self, copy: &ColumnCopy, name: &str) -> Option<String> {
        let of_copy = |o: &&Object| o.name == copy.name && o.schema.as_deref() == Some(copy.schema.as_str());
        self.now.objects().find(of_copy).and_then(|o| data_type(self.now, o.id, name))
    }

    /// A column of a copy's key as the table has it: its type may have been another when the copy was made.
    pub(super) fn kept_key(&self, copy: &ColumnCopy, alias: &str, key: &str) -> String {
        let kept = format!("{alias}.{}", ident(key));
        let column = self.target.columns(copy.table).into_iter().find(|c| c.name == key).map(|c| c.id);
        // Of a column that gets its former type later both sides have the new one.
        if self.new_key(copy, key).is_some() || column.is_some_and(|id| self.waits_for_key(id)) {
            return kept;
        }
        match (self.type_in_copy(copy, key), data_type(self.target, copy.table, key)) {
            (Some(then), Some(now)) if then != now => {
                let of_key = |t: &&TypeCopy| {
                    t.table == copy.table
                        && t.key.is_empty()
                        && self.target.column_name(t.table.oid, t.column).is_some_and(|name| name == key)
                };
                match self.inverse.types.iter().find(of_key) {
                    // The copy was made when the key had its new values.
                    Some(pairs) => format!(
                        "(SELECT y.backout_old FROM {} y WHERE y.backout_new = {kept}::text)::{now}",
                        qualified(&pairs.schema, &pairs.name)
                    ),
                    None => cast(&kept, &then, &now),
                }
            }
            _ => kept,
        }
    }
}

fn data_type(catalog: &Catalog, table: ObjectId, column: &str) -> Option<String> {
    catalog.columns(table).iter().find(|c| c.name == column).and_then(|c| match &c.detail {
        Detail::Column(column) => Some(column.data_type.clone()),
        _ => None,
    })
}
