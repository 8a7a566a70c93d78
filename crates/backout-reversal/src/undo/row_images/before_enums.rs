//! Rows that go back before types do: what the migration put into them fits only the types that it made.

use super::sql::Images;
use crate::ddl::Unsupported;
use crate::inverse::{ImageColumn, RowImages};
use crate::tables::row_key;
use crate::undo::planner::Planner;
use crate::undo::step::{Step, Write};
use backout_schema::{Catalog, Detail, Object, ObjectId, Type, ident};
use std::collections::BTreeSet;

impl Planner<'_> {
    /// Rows with values that an enum got are the migration's own: they go back before the enum loses those, if nothing
    /// that comes back later is needed for it. Rows of types that got attributes as well: they are known by all of them.
    pub(in crate::undo) fn rows_before_enums(&mut self) {
        let is_forced = |catalog: &Catalog, table: ObjectId| matches!(catalog.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.force_row_security);
        let is_ready = |i: &RowImages| {
            let columns = self.target.columns(i.table);
            let is_same = |o: &Object| match (self.now.get(o.id).map(|o| &o.detail), &o.detail) {
                (Some(Detail::Column(now)), Detail::Column(then)) => {
                    now.identity == then.identity && now.generated.is_some() == then.generated.is_some()
                }
                _ => false,
            };
            let is_there = |c: &ImageColumn| columns.iter().any(|o| o.name == c.name && is_same(o));
            // What they refer to has its rows.
            let has_rows = |table: ObjectId| {
                self.now.contains(table) && !self.inverse.tables.iter().any(|copy| copy.table == table)
            };
            self.now.contains(i.table)
                && is_forced(self.now, i.table) == is_forced(self.target, i.table)
                && i.retyped.is_empty()
                && self.lacking(i).is_empty()
                && !self.must_wait(i)
                && i.columns.iter().all(is_there)
                && self.outgoing(i.table).iter().all(|(foreign, ..)| has_rows(*foreign))
        };
        let is_first = !self.chosen.enums.is_empty() || self.inverse.images.iter().any(|i| self.loses_attributes(i));
        if is_first && self.inverse.images.iter().all(is_ready) {
            self.rows_back(true);
            self.progress.rows_are_back = true;
        }
    }

    /// Whether what a table's rows are made of has attributes that go.
    fn loses_attributes(&self, image: &RowImages) -> bool {
        let attributes = |catalog: &Catalog, id: ObjectId| match catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Type(Type::Composite { attributes })) => attributes.iter().map(|a| a.number).collect(),
            _ => BTreeSet::new(),
        };
        let loses = |id: ObjectId| {
            let then: BTreeSet<i16> = attributes(self.target, id);
            !then.is_empty() && !attributes(self.now, id).is_subset(&then)
        };
        let columns = image.columns.iter().filter(|c| c.as_text);
        let ids = columns.filter_map(|c| crate::column_called(self.target, image.table, &c.name));
        ids.flat_map(|id| self.now.needs(id)).any(|d| self.inverse.changed.contains(&d.to) && loses(d.to))
    }

    /// How many rows have such values that do not go back by themselves before the enum does.
    pub(in crate::undo) fn count_of_others(
        &self,
        column: ObjectId,
        (now_table, condition, of_image): (&str, &str, &str),
    ) -> String {
        let table = ObjectId::relation(column.oid);
        let name = self.target.column_name(column.oid, column.sub).map(str::to_owned).unwrap_or_default();
        let images = self.inverse.images.iter().filter(|image| self.progress.rows_are_back && image.table == table);
        let images: Vec<&RowImages> = images.collect();
        let but = self.but_led_back(table, std::slice::from_ref(&name), "true");
        let keyless = images.iter().filter(|i| i.key.is_empty() && i.columns.iter().any(|c| c.name == name));
        let ours: String = keyless
            .map(|i| {
                format!(
                    " - (SELECT coalesce(pg_catalog.sum(n.backout_count), 0) FROM ({}) n WHERE n.backout_new AND {of_image})",
                    i.sum()
                )
            })
            .collect();
        let but = if images.is_empty() { String::new() } else { but };
        format!("SELECT greatest(count(*){ours}, 0)::bigint FROM {now_table} t WHERE {condition}{but}")
    }

    /// Whether keys of another type, which the migration gave to rows, may lead back to none of the former type.
    pub(in crate::undo) fn has_unfit_keys(&self, image: &RowImages) -> bool {
        let key = row_key(self.target, image.table).unwrap_or_default();
        image.key.is_empty() && image.retyped.iter().any(|n| key.contains(n))
    }

    /// Rows with such keys are the migration's own: they go before the key has its former type, into which they would
    /// not fit.
    pub(in crate::undo) fn take_unfit_keys(&mut self) {
        let inverse = self.inverse;
        for image in inverse.images.iter().rev() {
            if !self.has_unfit_keys(image) {
                continue;
            }
            let (table, columns) = (image.table, self.target.columns(image.table));
            let id = |c: &ImageColumn| columns.iter().find(|o| o.name == c.name).map(|o| o.id);
            let is_there = |c: &ImageColumn| id(c).is_some_and(|id| self.now.contains(id));
            let refers = |o: &Object| {
                matches!(&o.detail, Detail::Constraint(c) if c.foreign_table == Some(table))
                    && self.target.contains(o.id)
            };
            let is_forced =
                matches!(self.now.get(table).map(|o| &o.detail), Some(Detail::Table(t)) if t.force_row_security);
            if is_forced || !image.columns.iter().all(is_there) || self.now.outside().any(refers) {
                continue;
            }
            let led = |c: &&ImageColumn| id(c).is_some_and(|id| image.retyped.contains(&id.sub));
            let as_it_was = |c: &ImageColumn| match id(c).filter(|_| led(&c)) {
                Some(id) => RowImages::raw(id.sub),
                None => ident(&c.name),
            };
            let kept: Vec<String> = image.columns.iter().map(|c| format!("i.{}", as_it_was(c))).collect();
            let unfit = |c: &ImageColumn| format!("i.{} IS NULL AND i.{} IS NOT NULL", ident(&c.name), as_it_was(c));
            let unfit: Vec<String> = image.columns.iter().filter(led).map(unfit).collect();
            // As text, as the image has it.
            let now = |c: &ImageColumn| format!("t.{}{}", ident(&c.name), if led(&c) { "::text" } else { "" });
            let text: Vec<String> = image.columns.iter().map(now).collect();
            let (rows, text) = (format!("ONLY {}", self.target.sql_name(table)), text.join(", "));
            let sql = format!(
                "DELETE FROM {rows} d USING (SELECT t.tableoid AS place, t.ctid AS row, ROW({text})::text AS text, \
                 pg_catalog.row_number() OVER (PARTITION BY ROW({text})::text) AS n FROM {rows} t) c, \
                 (SELECT ROW({})::text AS text, pg_catalog.sum(CASE WHEN i.backout_new THEN 1 ELSE -1 END) AS n FROM {} i \
                 WHERE {} GROUP BY 1) p \
                 WHERE p.text = c.text AND c.n <= p.n AND d.tableoid = c.place AND d.ctid = c.row",
                kept.join(", "),
                image.stored(),
                unfit.join(" OR "),
            );
            self.undisturbed(table, Write::Delete, Step::new(sql, &image.what));
        }
    }
}

impl Planner<'_> {
    /// Rows that return without what a column of theirs was kept by: the migration had given the table another key.
    pub(in crate::undo) fn lacks_new_keys(&mut self, image: &RowImages) {
        for object in self.lacking(image) {
            let copy = self.inverse.columns.iter().find(|c| c.table == image.table && c.column == object.id.sub);
            let Some(copy) = copy.filter(|copy| copy.whole.is_none()) else { continue };
            if copy.key.iter().any(|k| self.new_key(copy, k).is_some()) {
                self.plan.unsupported.push(Unsupported {
                    object: self.target.identity(object.id),
                    reason: format!(
                        "rows that the migration changed after it had gone are known without their new key ({}), by which its values were kept",
                        copy.key.join(", ")
                    ),
                });
            }
        }
    }
}

impl Planner<'_> {
    /// Whether a column gets its values from rows, not from an expression.
    pub(in crate::undo) fn holds_values(&self, image: &Images<'_>, column: &ImageColumn) -> bool {
        let columns = self.target.columns(image.of.table);
        let of_it = columns.iter().find(|c| c.name == column.name);
        !of_it.is_some_and(|c| matches!(&c.detail, Detail::Column(c) if c.generated.is_some()))
    }
}
