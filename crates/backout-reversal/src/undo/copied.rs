//! Tables that were copied when they were dropped, since they could not be moved: their rows, in the shape that the
//! tables had before the migration began.

use super::planner::Planner;
use crate::ddl::Unsupported;
use crate::inverse::TableCopy;
use backout_schema::{Detail, Object, ObjectId, cast, ident, qualified};
use std::collections::BTreeSet;

impl Planner<'_> {
    /// Fills a table that was made. What the migration did to its columns before it dropped it is done the other way
    /// round to the copy.
    pub(super) fn fill_from_copy(&mut self, copy: &TableCopy, about: &str) {
        let table = copy.table;
        let source = qualified(&copy.schema, &copy.name);
        let full = self.target.sql_name(table);
        let columns: Vec<Object> = self.target.columns(table).into_iter().cloned().collect();
        let number_of = |name: &String| columns.iter().find(|c| c.name == *name).map_or(0, |c| c.id.sub);
        let numbers: Vec<i16> = match copy.numbers.is_empty() {
            true => copy.columns.iter().map(number_of).collect(),
            false => copy.numbers.clone(),
        };
        let mut away = Vec::new();
        let mut back = Vec::new();
        for (name, number) in copy.columns.iter().zip(&numbers) {
            let then = columns.iter().find(|c| c.id.sub == *number).map(|c| &c.name);
            if then == Some(name) {
                continue;
            }
            let between = ident(&format!("backout_column_{number}"));
            away.push(format!("ALTER TABLE {source} RENAME COLUMN {} TO {between}", ident(name)));
            back.extend(then.map(|then| format!("ALTER TABLE {source} RENAME COLUMN {between} TO {}", ident(then))));
        }
        for sql in away.into_iter().chain(back) {
            self.step(sql, about);
        }
        let kept_types = self.types_of_copy(copy);
        for ((name, number), data_type) in copy.columns.iter().zip(&numbers).zip(&kept_types) {
            let Some(column) = columns.iter().find(|c| c.id.sub == *number) else { continue };
            let Detail::Column(then) = &column.detail else { continue };
            let Some(data_type) = data_type.as_ref().filter(|t| **t != then.data_type) else { continue };
            if self.renames.same(data_type, &then.data_type) {
                continue;
            }
            let kept = self.inverse.types.iter().any(|t| t.table == table && t.column == *number);
            if kept || self.inverse.images.iter().any(|image| image.table == table) {
                self.plan.unsupported.push(Unsupported {
                    object: self.target.identity(column.id),
                    reason: format!("its type was changed before its table was copied as {source}, with values that it did not have before ({name} there)"),
                });
            }
            let value = cast(&ident(&column.name), data_type, &then.data_type);
            self.step(
                format!(
                    "ALTER TABLE {source} ALTER COLUMN {} TYPE {} USING {value}",
                    ident(&column.name),
                    then.data_type
                ),
                about,
            );
        }
        let has_own = |c: &&Object| !matches!(&c.detail, Detail::Column(c) if c.generated.is_some());
        let returning: BTreeSet<ObjectId> =
            columns.iter().filter(has_own).filter(|c| !numbers.contains(&c.id.sub)).map(|c| c.id).collect();
        if !returning.is_empty() {
            self.fill(&columns, &returning, &source, &full, about);
            return;
        }
        let names: Vec<String> = columns.iter().filter(has_own).map(|c| ident(&c.name)).collect();
        self.step(
            format!(
                "INSERT INTO {full} ({0}) OVERRIDING SYSTEM VALUE SELECT {0} FROM {source} ORDER BY backout_row",
                names.join(", ")
            ),
            about,
        );
    }

    /// The types that the copy's columns have.
    fn types_of_copy(&self, copy: &TableCopy) -> Vec<Option<String>> {
        let of = self
            .now
            .objects()
            .find(|o| o.is_table() && o.schema.as_deref() == Some(copy.schema.as_str()) && o.name == copy.name);
        let columns = of.map(|of| self.now.columns(of.id)).unwrap_or_default();
        let type_of = |name: &String| {
            columns.iter().find(|c| c.name == *name).and_then(|c| match &c.detail {
                Detail::Column(column) => Some(column.data_type.clone()),
                _ => None,
            })
        };
        copy.columns.iter().map(type_of).collect()
    }
}
