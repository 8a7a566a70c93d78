//! What rows of now will not fit when the undo runs: questions that a preview asks, and that change nothing.

use super::plan::Foresight;
use super::planner::Planner;
use super::retype;
use crate::inverse::ColumnCopy;
use crate::tables::row_key;
use backout_schema::{
    Column, Constraint, ConstraintKind, Detail, Object, ObjectId, TableKind, cast, ident, literal, qualified,
};

impl Planner<'_> {
    pub(super) fn foresee(&self) -> Vec<Foresight> {
        let mut found = Vec::new();
        for object in self.target.outside() {
            if let Detail::Constraint(c) = &object.detail
                && c.kind == ConstraintKind::ForeignKey
            {
                found.extend(self.without_counterpart(object, c));
                continue;
            }
            let holder = object.parent.or_else(|| object.is_column().then(|| ObjectId::relation(object.id.oid)));
            let Some(table) = holder.filter(|id| self.now.get(*id).is_some_and(Object::holds_rows)) else { continue };
            if self.now.is_ours(table) || !self.target.contains(table) {
                continue;
            }
            match &object.detail {
                Detail::Column(then) if then.generated.is_none() && (then.local || !then.inherited) => {
                    match self.now.get(object.id).map(|o| &o.detail) {
                        Some(Detail::Column(now)) => {
                            found.extend(self.misfits(table, object, now, then));
                            found.extend(self.without_value(table, object, now, then));
                        }
                        _ => found.extend(self.without_copy(table, object, then)),
                    }
                }
                Detail::Constraint(c)
                    if !c.inherited && !c.on_domain && c.validated && !self.now.contains(object.id) =>
                {
                    found.extend(self.in_breach(table, object, c));
                }
                _ => {}
            }
        }
        found
    }

    fn question(&self, table: ObjectId, object: ObjectId, wrong: &str, otherwise: &str) -> Foresight {
        self.question_of(&self.now.sql_name(table), table, object, wrong, otherwise)
    }

    /// The same of a table whose rows lie in `full`.
    fn question_of(&self, full: &str, table: ObjectId, object: ObjectId, wrong: &str, otherwise: &str) -> Foresight {
        let key: Option<Vec<String>> = row_key(self.now, table).map(|key| {
            key.iter().filter_map(|n| self.now.column_name(table.oid, *n)).map(|k| format!("t.{}", ident(k))).collect()
        });
        Foresight {
            prepare: None,
            count: format!("SELECT count(*) FROM {full} t WHERE {wrong}"),
            keys: key.map(|key| format!("SELECT ROW({})::text FROM {full} t WHERE {wrong} LIMIT 5", key.join(", "))),
            object: self.target.identity(object),
            otherwise: otherwise.to_owned(),
        }
    }

    /// Values that do not fit the former type of their column.
    fn misfits(&self, table: ObjectId, object: &Object, now: &Column, then: &Column) -> Option<Foresight> {
        if now.data_type == then.data_type || self.renames.same(&now.data_type, &then.data_type) {
            return None;
        }
        let name = ident(self.now.column_name(table.oid, object.id.sub)?);
        let function = format!("pg_temp.backout_fits_{}_{}", object.id.oid, object.id.sub);
        let back = cast(&format!("($1::{})", now.data_type), &now.data_type, &then.data_type);
        let fits = match retype::may_cut(&now.data_type, &then.data_type) {
            true => format!("({})::text = $1", cast(&format!("({back})"), &then.data_type, &now.data_type)),
            false => format!("({back}) IS NOT NULL"),
        };
        // A kept value is found by its key and the one that the migration made of it.
        let copy = self.inverse.types.iter().find(|t| t.table == table && t.column == object.id.sub && !t.whole);
        let known = copy.and_then(|copy| {
            let columns = self.target.columns(table);
            let same_key = |k: &String| {
                let id = columns.iter().find(|c| c.name == *k)?.id;
                Some(format!("c.{} = t.{}::text", ident(k), ident(self.now.column_name(table.oid, id.sub)?)))
            };
            let mut on = copy.key.iter().map(same_key).collect::<Option<Vec<_>>>()?;
            on.push(format!("c.backout_new IS NOT DISTINCT FROM t.{name}::text"));
            let kept = qualified(&copy.schema, &copy.name);
            Some(format!(" AND NOT EXISTS (SELECT FROM {kept} c WHERE {})", on.join(" AND ")))
        });
        let wrong = format!("t.{name} IS NOT NULL AND NOT {function}(t.{name}::text){}", known.unwrap_or_default());
        let mut question =
            self.question(table, object.id, &wrong, "values that do not fit its former type are set aside or cut");
        let body =
            format!("BEGIN RETURN {fits}; EXCEPTION WHEN {} THEN RETURN false; END", retype::misfit(&then.data_type));
        question.prepare = Some(format!(
            "CREATE OR REPLACE FUNCTION {function}(text) RETURNS boolean LANGUAGE plpgsql AS {}",
            literal(&body).trim_start()
        ));
        Some(question)
    }

    /// Rows without a value in a column that gets NOT NULL back.
    fn without_value(&self, table: ObjectId, object: &Object, now: &Column, then: &Column) -> Option<Foresight> {
        if now.not_null || !then.not_null {
            return None;
        }
        let name = ident(self.now.column_name(table.oid, object.id.sub)?);
        Some(self.question(
            table,
            object.id,
            &format!("t.{name} IS NULL{}", self.but_given_back(table, &object.name)),
            "rows have no value for it: it stays nullable",
        ))
    }

    /// Leaves out rows that the undo takes, or to which it gives back what they had in these columns of before.
    pub(super) fn but_led_back(&self, table: ObjectId, columns: &[String], before: &str) -> String {
        let those = self.target.columns(table);
        let name_of = |k: &str| {
            let id = those.iter().find(|c| c.name == k)?.id;
            self.now.column_name(table.oid, id.sub).map(str::to_owned)
        };
        let images = self.inverse.images.iter().filter(|image| image.table == table);
        let led = images.filter_map(|image| image.leads_back(columns, before, name_of));
        led.map(|led| format!(" AND NOT {led}")).collect()
    }

    /// Leaves out rows that refer, by these values, to some which the undo gives back.
    fn but_returned(&self, foreign: ObjectId, theirs: &[i16], ours: &[String]) -> String {
        let name = |n: &i16| self.target.column_name(foreign.oid, *n).map(str::to_owned);
        let Some(names) = theirs.iter().map(name).collect::<Option<Vec<_>>>() else { return String::new() };
        let images = self.inverse.images.iter().filter(|image| image.table == foreign);
        images.filter_map(|image| image.returns(&names, ours)).map(|back| format!(" AND NOT {back}")).collect()
    }

    fn but_given_back(&self, table: ObjectId, column: &str) -> String {
        self.but_led_back(table, &[column.to_owned()], &format!("m.{} IS NOT NULL", ident(column)))
    }

    /// Rows for which nothing was kept of a column that must have a value.
    fn without_copy(&self, table: ObjectId, object: &Object, then: &Column) -> Option<Foresight> {
        let has_default =
            self.target.parts(table).any(|p| matches!(&p.detail, Detail::Default(d) if d.column == object.id.sub));
        let copy = self.inverse.columns.iter().find(|c| c.table == table && c.column == object.id.sub)?;
        if !then.not_null || then.identity.is_some() || has_default || copy.whole.is_some() || copy.key.is_empty() {
            return None;
        }
        let columns = self.target.columns(table);
        let same_key = |k: &String| {
            let id = columns.iter().find(|c| c.name == *k)?.id;
            Some(format!("c.{}::text = t.{}::text", ident(k), ident(self.now.column_name(table.oid, id.sub)?)))
        };
        let on = copy.key.iter().map(same_key).collect::<Option<Vec<_>>>()?.join(" AND ");
        let wrong = format!(
            "NOT EXISTS (SELECT FROM {} c WHERE {on}){}",
            qualified(&copy.schema, &copy.name),
            self.but_given_back(table, &object.name)
        );
        Some(self.question(table, object.id, &wrong, "rows written since have no value for it: it stays nullable"))
    }

    /// Rows that refer to nothing by a foreign key that comes back: those of now, those that lie in the archive until then,
    /// and values that were kept of a column.
    fn without_counterpart(&self, object: &Object, c: &Constraint) -> Option<Foresight> {
        let (table, foreign) = (object.parent?, c.foreign_table?);
        if c.inherited || !c.validated || self.now.contains(object.id) || !self.target.contains(table) {
            return None;
        }
        // Both are as they were when it held.
        let (is_kept, foreign_is_kept) = (self.is_kept(table), self.is_kept(foreign));
        if is_kept && foreign_is_kept {
            return None;
        }
        // It comes back empty, which is said of the table.
        if !self.now.contains(table) && !self.inverse.tables.iter().any(|copy| copy.table == table) {
            return None;
        }
        // Of columns that have other types now nothing can be asked yet.
        let unasked = || (is_kept || foreign_is_kept).then(|| self.unasked(object.id));
        let Some((others, theirs)) = self.lying(foreign, &c.foreign_columns) else { return unasked() };
        let is_missing = |n: &&i16| !is_kept && !self.now.contains(ObjectId::column(table.oid, **n));
        let mut missing = c.columns.iter().filter(is_missing);
        let (full, ours, by_copy) = match (missing.next(), missing.next()) {
            (Some(_), Some(_)) => return Some(self.unasked(object.id)),
            (Some(number), None) => {
                let copy = self.inverse.columns.iter().find(|copy| copy.table == table && copy.column == *number)?;
                // It comes back without values, which is said of the column.
                if copy.key.is_empty() && copy.whole.is_none() {
                    return None;
                }
                let Some((ours, by_copy)) = self.kept_values(copy, &c.columns) else {
                    return Some(self.unasked(object.id));
                };
                (self.now.sql_name(table), ours, Some(by_copy))
            }
            _ => {
                let Some((full, ours)) = self.lying(table, &c.columns) else { return unasked() };
                (full, ours.iter().map(|name| format!("t.{name}")).collect(), None)
            }
        };
        let there = ours.iter().map(|value| format!("{value} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
        let on: Vec<String> = theirs.iter().zip(&ours).map(|(f, value)| format!("f.{f} = {value}")).collect();
        let mut wrong = format!(
            "{there} AND NOT EXISTS (SELECT FROM {others} f WHERE {}){}",
            on.join(" AND "),
            self.but_returned(foreign, &c.foreign_columns, &ours)
        );
        if let Some(by_copy) = by_copy {
            wrong = format!("EXISTS ({by_copy} AND {wrong})");
        }
        let before: Option<Vec<String>> =
            c.columns.iter().map(|n| self.target.column_name(table.oid, *n).map(str::to_owned)).collect();
        wrong.push_str(&self.but_led_back(table, &before?, "true"));
        // That of a partitioned table looks at the rows at once.
        let is_whole = matches!(self.target.get(table).map(|o| &o.detail),
            Some(Detail::Table(t)) if t.kind == TableKind::Partitioned);
        let otherwise = match is_whole {
            true => "rows refer to nothing: it stays away",
            false => "rows refer to nothing: it holds for new rows only",
        };
        Some(self.question_of(&full, table, object.id, &wrong, otherwise))
    }

    /// Nobody writes to it until it comes back.
    fn is_kept(&self, table: ObjectId) -> bool {
        self.now.is_ours(table) || !self.now.contains(table)
    }

    /// A key of which nothing can be counted yet.
    fn unasked(&self, object: ObjectId) -> Foresight {
        Foresight {
            prepare: None,
            count: String::new(),
            keys: None,
            object: self.target.identity(object),
            otherwise: "it is checked then: rows that refer to what is gone since stay, and it holds for new rows only"
                .to_owned(),
        }
    }

    /// Where the rows of a table lie now, and what these of its columns are called there. Nothing where they are not
    /// there, or have other types.
    fn lying(&self, table: ObjectId, columns: &[i16]) -> Option<(String, Vec<String>)> {
        let as_then = |now: &Object, number: i16| {
            let then = self.target.get(ObjectId::column(table.oid, number))?;
            let (Detail::Column(now_has), Detail::Column(then_had)) = (&now.detail, &then.detail) else { return None };
            let is_same =
                now_has.data_type == then_had.data_type || self.renames.same(&now_has.data_type, &then_had.data_type);
            is_same.then(|| ident(&now.name))
        };
        if self.now.contains(table) {
            let name = |n: &i16| as_then(self.now.get(ObjectId::column(table.oid, *n))?, *n);
            return Some((self.now.sql_name(table), columns.iter().map(name).collect::<Option<Vec<_>>>()?));
        }
        let copy = self.inverse.tables.iter().find(|copy| copy.table == table)?;
        let kept = self.now.relation(&copy.schema, &copy.name)?;
        let name = |n: &i16| {
            let place = match copy.numbers.is_empty() {
                true => {
                    let then = self.target.column_name(table.oid, *n)?;
                    copy.columns.iter().position(|name| name == then)?
                }
                false => copy.numbers.iter().position(|number| number == n)?,
            };
            let called = copy.columns.get(place)?;
            as_then(self.now.columns(kept.id).into_iter().find(|column| column.name == *called)?, *n)
        };
        Some((qualified(&copy.schema, &copy.name), columns.iter().map(name).collect::<Option<Vec<_>>>()?))
    }

    /// The values of these columns in rows `t`, where one of them comes back from a copy `c`; and the begin of a query for
    /// the row of the copy.
    fn kept_values(&self, copy: &ColumnCopy, columns: &[i16]) -> Option<(Vec<String>, String)> {
        let table = copy.table;
        let those = self.target.columns(table);
        let same_key = |k: &String| {
            let id = those.iter().find(|c| c.name == *k)?.id;
            Some(format!("c.{}::text = t.{}::text", ident(k), ident(self.now.column_name(table.oid, id.sub)?)))
        };
        if copy.key.is_empty() || copy.whole.is_some() {
            return None;
        }
        let on = copy.key.iter().map(same_key).collect::<Option<Vec<_>>>()?.join(" AND ");
        let value = |n: &i16| {
            if *n != copy.column {
                let (_, names) = self.lying(table, &[*n])?;
                return names.first().map(|name| format!("t.{name}"));
            }
            match &self.target.get(ObjectId::column(table.oid, *n))?.detail {
                Detail::Column(then) => Some(self.kept_value(copy, "c", then)),
                _ => None,
            }
        };
        let values = columns.iter().map(value).collect::<Option<Vec<_>>>()?;
        Some((values, format!("SELECT FROM {} c WHERE {on}", qualified(&copy.schema, &copy.name))))
    }

    /// Rows that do not fit a constraint that comes back.
    fn in_breach(&self, table: ObjectId, object: &Object, c: &Constraint) -> Option<Foresight> {
        // Of a column that is not there, or of another type, nothing can be asked yet.
        let name = |n: &i16| {
            let id = ObjectId::column(table.oid, *n);
            let same = match (self.now.get(id).map(|o| &o.detail), self.target.get(id).map(|o| &o.detail)) {
                (Some(Detail::Column(now)), Some(Detail::Column(then))) => now.data_type == then.data_type,
                _ => false,
            };
            same.then(|| self.now.column_name(table.oid, *n).map(ident)).flatten()
        };
        let columns = c.columns.iter().map(name).collect::<Option<Vec<_>>>()?;
        let before: Option<Vec<String>> =
            c.columns.iter().map(|n| self.target.column_name(table.oid, *n).map(str::to_owned)).collect();
        let but = self.but_led_back(table, &before?, "true");
        let full = self.now.sql_name(table);
        let list = |alias: &str| columns.iter().map(|c| format!("{alias}.{c}")).collect::<Vec<_>>().join(", ");
        match c.kind {
            ConstraintKind::PrimaryKey | ConstraintKind::Unique => {
                let repeated = format!("SELECT {} FROM {full} r GROUP BY {} HAVING count(*) > 1", list("r"), list("r"));
                let there = columns.iter().map(|c| format!("t.{c} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
                let wrong = format!("{there} AND ({}) IN ({repeated}){but}", list("t"));
                Some(self.question(table, object.id, &wrong, "rows repeat a value of it: it stays away"))
            }
            ConstraintKind::Check => {
                let same_names = c
                    .columns
                    .iter()
                    .all(|n| self.now.column_name(table.oid, *n) == self.target.column_name(table.oid, *n));
                // Reads SQL: a check is kept as the server prints it, and its condition is asked.
                let expression = c.definition.strip_prefix("CHECK ")?.trim_end_matches(" NO INHERIT");
                let wrong = format!("NOT ({expression}){but}");
                same_names
                    .then(|| self.question(table, object.id, &wrong, "rows do not fit it: it holds for new rows only"))
            }
            _ => None,
        }
    }
}
