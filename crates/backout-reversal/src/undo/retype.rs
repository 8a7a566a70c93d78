//! A column goes back to its former type with its former values, where the type alone does not lead back to them.

use super::planner::Planner;
use super::step::{Fallback, Look, Step, Unused};
use super::{enums, remove};
use crate::ddl;
use crate::inverse::{RowImages, TypeCopy};
use crate::reimport::{Aside, By};
use crate::tables::{row_key, with_heirs};
use backout_schema::{Catalog, Class, ConstraintKind, Detail, ObjectId, cast, ident, is_reference, literal, qualified};

/// Former values of those that the migration itself put into a column after its change of type, by the statement that
/// selects them.
enum Former {
    /// The first and the last of each row, by its key.
    Values { sql: String },
    /// Rows that nothing tells apart go if the migration left them like this: how many of each kind, and the columns
    /// that tell the kinds apart.
    Kinds { sql: String, others: Vec<String> },
}

/// Where values lie that do not fit the former type.
fn left_name(copy: &TypeCopy) -> String {
    format!("{}_left", copy.name)
}

impl Planner<'_> {
    /// A change of type that leads back by a cast: a value written since may be cut or rounded by it, without a word.
    /// It is set aside as it was.
    pub(super) fn put_misfits_aside(&mut self, id: ObjectId) {
        let table = ObjectId::relation(id.oid);
        let (Some(Detail::Column(then)), Some(Detail::Column(now)), Some(holder)) =
            (self.target.get(id).map(|o| &o.detail), self.now.get(id).map(|o| &o.detail), self.target.get(table))
        else {
            return;
        };
        let own = now.generated.is_none() && (now.local || !now.inherited);
        if !holder.holds_rows() || !own || !may_cut(&now.data_type, &then.data_type) {
            return;
        }
        let (old, new) = (then.data_type.clone(), now.data_type.clone());
        let (about, full) = (self.target.identity(id), self.target.sql_name(table));
        let forced = matches!(&holder.detail, Detail::Table(t) if t.force_row_security);
        let schema = holder.schema.clone().unwrap_or_default();
        let column = self.target.column_name(id.oid, id.sub).map(ident).unwrap_or_default();
        // A column of the key may still be on its way.
        let there = |key: &Vec<i16>| key.iter().all(|n| self.now.contains(ObjectId::column(id.oid, *n)));
        let of_key = row_key(self.target, table).filter(there).unwrap_or_default();
        let key: Vec<String> = of_key.iter().filter_map(|n| self.target.column_name(id.oid, *n)).map(ident).collect();
        let undone = self.undone_schema(&schema);
        let copy = format!("type_{}_{}", id.oid, id.sub);
        let aside = qualified(&undone, &copy);
        let there_and_back = |value: &str| cast(&format!("({})", cast(value, &new, &old)), &old, &new);
        let left = format!("({})::text", there_and_back(&format!("(c.backout_value::{new})")));
        let by = self.key_as_text(id.oid, &of_key);
        self.put_aside(id, &undone, copy, by, Some(left));
        let (columns, values): (Vec<String>, Vec<String>) = if key.is_empty() {
            (vec!["backout_row text".to_owned()], vec!["t::text".to_owned()])
        } else {
            (key.iter().map(|k| format!("{k} text")).collect(), key.iter().map(|k| format!("t.{k}::text")).collect())
        };
        self.plan
            .room
            .push(Step::new(format!("CREATE TABLE {aside} ({}, backout_value text)", columns.join(", ")), &about));
        if forced {
            self.step(ddl::force_row_security(&full, false), &about);
        }
        self.step(
            format!(
                "INSERT INTO {aside} SELECT {}, t.{column}::text FROM {full} t WHERE ({})::text IS DISTINCT FROM t.{column}::text",
                values.join(", "),
                there_and_back(&format!("t.{column}"))
            ),
            &about,
        );
        if forced {
            self.step(ddl::force_row_security(&full, true), &about);
        }
        self.plan.asks.after.push(Look {
            count: format!("SELECT count(*) FROM {aside}"),
            otherwise: format!(
                "values of {about} that were written since do not fit its former type and were cut to it; they lie whole in {aside}"
            ),
            forced: None,
            if_none: Some(enums::drop_if_empty(&aside, &undone)),
        });
    }

    /// Each value cast by itself: one that does not cast is set aside, and gone from the row.
    pub(super) fn value_by_value(&mut self, id: ObjectId, change: &str) -> Option<Fallback> {
        let table = ObjectId::relation(id.oid);
        let (then, now) = self.types_of(id)?;
        let about = self.target.identity(id);
        let schema = self.target.schema_of(table)?.to_owned();
        let column = ident(self.target.column_name(id.oid, id.sub)?);
        let there =
            |key: &Vec<i16>| key.iter().all(|n| *n != id.sub && self.now.contains(ObjectId::column(id.oid, *n)));
        let key = row_key(self.target, table).filter(there).unwrap_or_default();
        let names: Vec<String> = key.iter().filter_map(|n| self.target.column_name(id.oid, *n)).map(ident).collect();
        let former = self.former_by_images(table, id, &key);
        let of_row = match &former {
            Some(Former::Kinds { others, .. }) => others.join(", "),
            _ if names.is_empty() => column.clone(),
            _ => names.join(", "),
        };
        let undone = self.undone_name(&schema);
        let copy = format!("misfits_{}_{}", id.oid, id.sub);
        let by = match self.key_as_text(id.oid, &key) {
            By::TextKey(key) => By::RowOfKey(key),
            other => other,
        };
        let (aside, function, known) = (
            qualified(&undone, &copy),
            qualified(&undone, &format!("misfits_{}_{}_back", id.oid, id.sub)),
            qualified(&undone, &format!("misfits_{}_{}_known", id.oid, id.sub)),
        );
        let call = format!("{function}(ROW({of_row})::text, {column}::text)");
        let way = self.make_way(id, &call, &undone);
        // A row that goes as a whole has its value with it.
        if way.rows.is_none() {
            self.put_aside(id, &undone, copy, by, Some("NULL".to_owned()));
        }
        let misfit = misfit(&then);
        let body = format!(
            "DECLARE former text; BEGIN RETURN ({back})::text; EXCEPTION WHEN {misfit} THEN {look_up} \
             INSERT INTO {aside} (backout_row, backout_value) VALUES ($1, $2); RETURN NULL; END",
            back = self.back_from(id, &now, &then),
            look_up = former.as_ref().map_or(String::new(), |former| self.look_up(id, former, &known, &then)),
        );
        let mut statements = vec![
            format!("CREATE SCHEMA IF NOT EXISTS {}", ident(&undone)),
            format!(
                "CREATE TABLE {aside} (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row text, backout_value text)"
            ),
            format!(
                "CREATE FUNCTION {function}(text, text) RETURNS text LANGUAGE plpgsql AS {}",
                literal(&body).trim_start()
            ),
        ];
        if let Some(Former::Values { sql } | Former::Kinds { sql, .. }) = &former {
            statements.push(format!("CREATE TABLE {known} AS {sql}"));
            statements.push(format!("CREATE INDEX ON {known} (backout_row)"));
        }
        statements.extend(way.statements);
        statements.push(format!("{change} USING {}", cast(&call, "text", &then)));
        statements.push(format!("DROP FUNCTION {function}(text, text)"));
        if former.is_some() {
            statements.push(format!("DROP TABLE {known}"));
        }
        Some(Fallback {
            loosens: None,
            mend: Vec::new(),
            statements,
            nullable: way.nullable,
            rows: way.rows,
            if_none: if former.is_some() { way.if_none } else { Vec::new() },
            unused: former.is_some().then(|| Unused { table: aside.clone(), schema: undone }),
            count: format!("SELECT count(*) FROM {aside}"),
            otherwise: format!(
                "values of {about} that were written since do not fit its former type; they lie in {aside}, by the key of their rows"
            ),
        })
    }

    /// The type that a column gets, and the one that it has.
    fn types_of(&self, column: ObjectId) -> Option<(String, String)> {
        match (&self.target.get(column)?.detail, &self.now.get(column)?.detail) {
            (Detail::Column(then), Detail::Column(now)) => Some((then.data_type.clone(), now.data_type.clone())),
            _ => None,
        }
    }

    /// A value of now, `$2`, in the former type.
    fn back_from(&self, id: ObjectId, now: &str, then: &str) -> String {
        match self.former_label(id, "$2").filter(|_| !then.ends_with("[]")) {
            Some(label) => format!("({label})::{then}"),
            None => cast(&format!("($2::{now})"), now, then),
        }
    }

    /// Former values of those that the migration itself put there after the change of type.
    fn former_by_images(&self, table: ObjectId, id: ObjectId, key: &[i16]) -> Option<Former> {
        if key.is_empty()
            && !self.not_null_anywhere(table, id)
            && let Some((sql, others)) = self.kinds_by_images(table, id)
        {
            return Some(Former::Kinds { sql, others });
        }
        self.known_by_images(table, id, key).map(|sql| Former::Values { sql })
    }

    /// Looks the former value up of the row `$1` whose value `$2` does not fit.
    fn look_up(&self, id: ObjectId, former: &Former, known: &str, then: &str) -> String {
        match former {
            Former::Kinds { .. } => format!(
                "UPDATE {known} u SET backout_left = u.backout_left - 1 WHERE u.ctid = (SELECT k.ctid FROM {known} k \
                 WHERE k.backout_row = $1 AND k.backout_new = $2 AND k.backout_left > 0 LIMIT 1); IF FOUND THEN RETURN NULL; END IF;"
            ),
            Former::Values { .. } => format!(
                "BEGIN SELECT ({old})::text INTO former FROM {known} k WHERE k.backout_row = $1 AND k.backout_new = $2; \
                 IF FOUND THEN RETURN former; END IF; EXCEPTION WHEN {misfit} THEN NULL; END;",
                misfit = misfit(then),
                old = cast(
                    &format!(
                        "({})",
                        self.former_label(id, "k.backout_old").unwrap_or_else(|| "k.backout_old".to_owned())
                    ),
                    "text",
                    then
                )
            ),
        }
    }

    /// The change of type, by a function that looks each value up: one that nobody has changed since is the former
    /// one, any other is cast, and one that cannot be cast is set aside.
    pub(super) fn retype(&mut self, id: ObjectId, change: &str) -> Option<(String, Option<Fallback>)> {
        let table = ObjectId::relation(id.oid);
        let copy = self.inverse.types.iter().find(|t| t.table == table && t.column == id.sub)?.clone();
        let (then, _) = self.types_of(id)?;
        let key = if copy.whole { self.usable(&copy, id) } else { copy.key.clone() };
        let function = self.function_back(id, &copy, &key)?;
        // The copy has the key's columns under the names of when it was made.
        let columns = self.now.columns(table);
        let by = match !copy.whole && !key.is_empty() && key.iter().all(|k| columns.iter().any(|c| c.name == *k)) {
            true => By::TextKey(key.clone()),
            false => By::Nothing,
        };
        let column = self.target.column_name(id.oid, id.sub).map(ident).unwrap_or_default();
        let of_row: Vec<String> =
            key.iter().map(|k| ident(k)).chain([column]).map(|name| format!("{name}::text")).collect();
        let call = format!("{function}({})", of_row.join(", "));
        let change = format!("{change} USING {}", cast(&call, "text", &then));
        let schema = self.target.schema_of(table)?.to_owned();
        let undone = self.undone_name(&schema);
        let way = self.make_way(id, &call, &undone);
        if way.rows.is_none() {
            self.put_aside(id, &copy.schema, left_name(&copy), by, Some("NULL".to_owned()));
        }
        let or_else = (!way.statements.is_empty()).then(|| {
            let mut statements = vec![format!("CREATE SCHEMA IF NOT EXISTS {}", ident(&undone))];
            statements.extend(way.statements);
            statements.push(change.clone());
            Fallback { statements, nullable: way.nullable, rows: way.rows, ..Fallback::default() }
        });
        Some((change, or_else))
    }

    /// Makes the function that gives the former value of a row's key and its value of now, `$1` and so on.
    fn function_back(&mut self, id: ObjectId, copy: &TypeCopy, key: &[String]) -> Option<String> {
        let (then, now) = self.types_of(id)?;
        let about = self.target.identity(id);
        let function = qualified(&copy.schema, &format!("{}_back", copy.name));
        let aside = qualified(&copy.schema, &left_name(copy));
        let value = key.len() + 1;
        let back = cast(&format!("(${value}::{now})"), &now, &then);
        let forth = cast(&format!("({back})"), &then, &now);
        let find = self.find_in_copy(copy, key, &about);
        let look_up = self.look_up_after(id, copy, key, &about);
        let arguments: Vec<String> = (1..=value).map(|n| format!("${n}")).collect();
        let body = format!(
            "DECLARE found_one text; \
             BEGIN \
             {find}; \
             IF FOUND THEN RETURN found_one; END IF; \
             BEGIN \
             IF ({back})::text IS NULL OR ({forth})::text = ${value} THEN RETURN ({back})::text; END IF; \
             EXCEPTION WHEN others THEN NULL; END; \
             {look_up} \
             INSERT INTO {aside} VALUES ({arguments}); \
             RETURN NULL; END",
            arguments = arguments.join(", "),
        );
        let columns: String = key.iter().map(|k| format!("{} text, ", ident(k))).collect();
        self.plan.room.push(Step::new(format!("CREATE TABLE {aside} ({columns}backout_value text)"), &about));
        self.plan.room.push(Step::new(
            format!(
                "CREATE FUNCTION {function}({}) RETURNS text LANGUAGE plpgsql AS {}",
                vec!["text"; value].join(", "),
                literal(&body).trim_start()
            ),
            &about,
        ));
        self.plan.closing.push(Step::new(format!("DROP FUNCTION {function}"), &about));
        self.plan.asks.after.push(Look {
            count: format!("SELECT count(*) FROM {aside}"),
            otherwise: format!(
                "values of {about} that were written since do not fit its former type; they lie in {aside}"
            ),
            forced: None,
            if_none: None,
        });
        Some(function)
    }

    /// Finds in the copy what a row had, if its value is the one that the migration left.
    fn find_in_copy(&mut self, copy: &TypeCopy, key: &[String], about: &str) -> String {
        let value = key.len() + 1;
        let same = if copy.whole { "IS NOT DISTINCT FROM" } else { "=" };
        // Of a key there is one each, which an index finds.
        let is = if copy.key.is_empty() && !copy.whole { "=" } else { "IS NOT DISTINCT FROM" };
        let same = key.iter().zip(1..).map(|(k, n)| format!("c.{} {same} ${n}", ident(k)));
        let conditions: Vec<String> = same.chain([format!("c.backout_new {is} ${value}")]).collect();
        let conditions = conditions.join(" AND ");
        let stored = qualified(&copy.schema, &copy.name);
        if !copy.whole {
            return format!("SELECT c.backout_old INTO found_one FROM {stored} c WHERE {conditions}");
        }
        // Each is good for one row. The index holds a text of all that is compared.
        let parts = |list: Vec<String>| -> String {
            let each: Vec<String> = list.iter().map(|v| format!("coalesce({v}, '~')")).collect();
            format!("pg_catalog.md5({})", each.join(" || '|' || "))
        };
        let names: Vec<String> = key.iter().map(|k| ident(k)).chain(["backout_new".to_owned()]).collect();
        let of_copy = parts(names.iter().map(|name| format!("c.{name}")).collect());
        let of_row = parts((1..=value).map(|n| format!("${n}")).collect());
        let of_index = parts(names.clone());
        self.plan.room.push(Step::new(format!("CREATE INDEX ON {stored} (({of_index}), backout_row)"), about));
        if key.len() < copy.key.len() {
            self.plan.asks.after.push(Look {
                count: format!(
                    "SELECT count(*) FROM (SELECT FROM {stored} GROUP BY {} HAVING count(DISTINCT backout_old) > 1) d",
                    names.join(", ")
                ),
                otherwise: format!(
                    "kinds of rows have several former values of {about}, and nothing tells them apart: each row has one of them"
                ),
                forced: None,
                if_none: None,
            });
        }
        format!(
            "UPDATE {stored} u SET backout_used = true WHERE u.backout_row = (SELECT c.backout_row FROM {stored} c \
             WHERE NOT c.backout_used AND {of_copy} = {of_row} AND {conditions} ORDER BY {of_copy}, c.backout_row LIMIT 1) RETURNING u.backout_old INTO found_one"
        )
    }

    /// A value that the migration itself put there afterwards has a former one.
    fn look_up_after(&mut self, id: ObjectId, copy: &TypeCopy, key: &[String], about: &str) -> String {
        let table = ObjectId::relation(id.oid);
        let columns = self.target.columns(table);
        let number = |name: &String| columns.iter().find(|c| c.name == *name).map(|c| c.id.sub);
        let numbers: Vec<i16> = key.iter().filter_map(number).collect();
        let known = if copy.whole { None } else { self.known_by_images(table, id, &numbers) };
        let Some(sql) = known else { return String::new() };
        let known = qualified(&copy.schema, &format!("{}_known", copy.name));
        self.plan.room.push(Step::new(format!("CREATE TABLE {known} AS {sql}"), about));
        self.plan.room.push(Step::new(format!("CREATE INDEX ON {known} (backout_row)"), about));
        self.plan.closing.push(Step::new(format!("DROP TABLE {known}"), about));
        let row: Vec<String> = (1..=key.len()).map(|n| format!("${n}")).collect();
        format!(
            "SELECT k.backout_old INTO found_one FROM {known} k WHERE k.backout_row = ROW({})::text AND k.backout_new = ${}; \
             IF FOUND THEN RETURN found_one; END IF;",
            row.join(", "),
            key.len() + 1
        )
    }

    /// The value of a column (`text`) under the label that it had when the column got its type; nothing if that is
    /// the one that it has.
    pub(super) fn former_label(&self, column: ObjectId, text: &str) -> Option<String> {
        let types: Vec<ObjectId> = self.now.needs(column).map(|d| d.to).filter(|id| id.class == Class::Type).collect();
        let whens: Vec<String> = self
            .inverse
            .labels
            .iter()
            .filter(|label| types.contains(&label.of))
            .map(|label| format!("WHEN{} THEN{}", spaced(&label.label), spaced(&label.then)))
            .collect();
        (!whens.is_empty()).then(|| format!("CASE {text} {} ELSE {text} END", whens.join(" ")))
    }

    /// A change of type that goes by the labels of when the column got the one that it has.
    pub(super) fn relabelled(&self, column: ObjectId, change: &str) -> Option<String> {
        let name = self.target.column_name(column.oid, column.sub)?;
        let Detail::Column(then) = &self.target.get(column)?.detail else { return None };
        let label = self.former_label(column, &format!("{}::text", ident(name)))?;
        (!then.data_type.ends_with("[]")).then(|| format!("{change} USING ({label})::{}", then.data_type))
    }

    /// The first value and the last of a column in each row that the migration changed, by the text of its key.
    fn known_by_images(&self, table: ObjectId, column: ObjectId, key: &[i16]) -> Option<String> {
        let names = remove::key_names(self.target, table.oid, key);
        let of_column = self.target.column_name(column.oid, column.sub)?;
        let of_table: Vec<_> = self.inverse.images.iter().filter(|image| image.table == table).collect();
        // The last that was written under the present type, or the only one.
        let image = of_table
            .iter()
            .rev()
            .find(|image| image.retyped.contains(&column.sub))
            .or_else(|| of_table.first().filter(|_| of_table.len() == 1))?;
        let has = |name: &str| image.columns.iter().any(|c| c.name == name);
        if names.is_empty() || names != image.key || !has(of_column) {
            return None;
        }
        let (row, column_now) = (names.iter().map(|n| ident(n)).collect::<Vec<_>>().join(", "), ident(of_column));
        let new = if image.retyped.contains(&column.sub) { RowImages::raw(column.sub) } else { column_now.clone() };
        Some(format!(
            "SELECT * FROM (SELECT ROW({row})::text AS backout_row, \
             (pg_catalog.array_agg({column_now}::text ORDER BY backout_fire) FILTER (WHERE NOT backout_new))[1] AS backout_old, \
             (pg_catalog.array_agg({new}::text ORDER BY backout_fire DESC) FILTER (WHERE backout_new))[1] AS backout_new \
             FROM {} GROUP BY 1) s WHERE s.backout_new IS NOT NULL",
            qualified(&image.schema, &image.name)
        ))
    }

    /// Whether a column, or that of a child of its table, must have values.
    fn not_null_anywhere(&self, table: ObjectId, column: ObjectId) -> bool {
        let Some(name) = self.target.column_name(column.oid, column.sub) else { return true };
        with_heirs(self.now, table).into_iter().any(|heir| {
            let columns = self.now.columns(heir);
            let mut of_name = columns.iter().filter(|c| c.id == column || heir != table && c.name == name);
            of_name.any(|c| matches!(&c.detail, Detail::Column(c) if c.not_null))
        })
    }

    /// The rows that the migration left in a table without a key: the text of what stays as it is, the columns of
    /// that, and the last value of a column that has another type.
    fn kinds_by_images(&self, table: ObjectId, column: ObjectId) -> Option<(String, Vec<String>)> {
        let image = self.inverse.images.iter().rev().find(|image| image.table == table)?;
        if !image.key.is_empty() || !image.retyped.contains(&column.sub) {
            return None;
        }
        let columns = self.target.columns(table);
        let stays = |name: &String| {
            let of_name = columns.iter().find(|c| c.name == *name);
            of_name.is_some_and(|c| self.now.contains(c.id) && !image.retyped.contains(&c.id.sub))
        };
        let others: Vec<String> =
            image.columns.iter().map(|c| &c.name).filter(|name| stays(name)).map(|name| ident(name)).collect();
        let raw = RowImages::raw(column.sub);
        let sql = format!(
            "SELECT ROW({})::text AS backout_row, {raw} AS backout_new, \
             pg_catalog.sum(CASE WHEN backout_new THEN 1 ELSE -1 END) AS backout_left FROM {} GROUP BY 1, 2 \
             HAVING pg_catalog.sum(CASE WHEN backout_new THEN 1 ELSE -1 END) > 0",
            others.join(", "),
            qualified(&image.schema, &image.name)
        );
        Some((sql, others))
    }

    /// A copy that has the key's columns as text, under their names of before.
    pub(super) fn key_as_text(&self, table: u32, key: &[i16]) -> By {
        let named = |catalog: &Catalog| remove::key_names(catalog, table, key);
        let (then, now) = (named(self.target), named(self.now));
        if key.is_empty() || then != now { By::Nothing } else { By::TextKey(now) }
    }

    /// Of the columns that a copy of whole rows knows, those that are there and have the type that they had.
    fn usable(&self, copy: &TypeCopy, id: ObjectId) -> Vec<String> {
        let late = self.waits_for_key(id);
        let is_usable = |name: &&String| {
            let Some(column) = self.target.columns(copy.table).into_iter().find(|c| c.name == **name) else {
                return false;
            };
            match (self.now.get(column.id).map(|o| &o.detail), &column.detail) {
                (Some(Detail::Column(now)), Detail::Column(then)) => now.data_type == then.data_type,
                (None, _) => late,
                _ => false,
            }
        };
        copy.key.iter().filter(is_usable).cloned().collect()
    }

    /// Whether its former values are known by a key, or by whole rows, that must be back first.
    pub(super) fn waits_for_key(&self, column: ObjectId) -> bool {
        let table = ObjectId::relation(column.oid);
        let copy = self.inverse.types.iter().find(|t| t.table == table && t.column == column.sub);
        // Where whole rows are matched, they are as they were when the copy was made.
        let data_type = |catalog: &Catalog, id: ObjectId| match catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Column(c)) => Some(c.data_type.clone()),
            _ => None,
        };
        let is_like_now = |c: &&crate::ColumnCopy| {
            let stored = self.now.objects().find(|o| o.schema.as_ref() == Some(&c.schema) && o.name == c.name);
            let name = self.target.column_name(table.oid, column.sub);
            let columns = stored.map(|o| self.now.columns(o.id)).unwrap_or_default();
            let kept = columns.iter().find(|c| Some(c.name.as_str()) == name).and_then(|c| data_type(self.now, c.id));
            // Of a type that came back by itself: what was kept later has later numbers.
            if kept.is_some() && kept == data_type(self.target, column) && kept == data_type(self.now, column) {
                let types = copy.and_then(|t| {
                    self.now.objects().find(|o| o.schema.as_ref() == Some(&t.schema) && o.name == t.name)
                });
                return stored.zip(types).is_none_or(|(rows, types)| rows.id.oid > types.id.oid);
            }
            kept.is_none() || kept != data_type(self.target, column) || kept == data_type(self.now, column)
        };
        let by_rows =
            self.inverse.columns.iter().filter(|c| c.table == table && c.whole.is_some()).any(|c| is_like_now(&c));
        copy.is_some_and(|copy| match copy.whole {
            true => by_rows,
            false => copy.key.iter().any(|key| self.is_returning(table, key)),
        })
    }

    /// What must go before a column can lose values: NOT NULL; of a key, which cannot do without, the rows.
    /// `call` is NULL for a value that does not fit.
    fn make_way(&mut self, id: ObjectId, call: &str, undone: &str) -> Way {
        let mut way = Way::default();
        let table = ObjectId::relation(id.oid);
        let Some(column) = self.target.column_name(id.oid, id.sub).map(ident) else { return way };
        let full = self.target.sql_name(table);
        let of_key = |catalog: &Catalog| {
            catalog.parts(table).any(|p| {
                matches!(&p.detail, Detail::Constraint(c)
                    if c.kind == ConstraintKind::PrimaryKey && c.columns.contains(&id.sub))
            })
        };
        let is_identity =
            matches!(self.now.get(id).map(|o| &o.detail), Some(Detail::Column(c)) if c.identity.is_some());
        // What others hang on rows would go with them.
        let is_referenced = self.now.objects().any(|o| {
            matches!(&o.detail, Detail::Constraint(c) if c.foreign_table == Some(table))
                && self.target.contains(o.id)
                && !self.progress.drops.contains(&o.id)
        });
        if of_key(self.now) || of_key(self.target) || is_identity {
            if is_referenced {
                return way;
            }
            let copy = format!("rows_{}_{}", id.oid, id.sub);
            let aside = qualified(undone, &copy);
            if let Some(holder) = self.now.get(table) {
                self.plan.keeps.on_record.push(Aside {
                    schema: holder.schema.clone().unwrap_or_default(),
                    table: holder.name.clone(),
                    column: None,
                    copy_schema: undone.to_owned(),
                    copy,
                    by: By::Json,
                    left: None,
                });
            }
            way.statements.push(format!(
                "CREATE TABLE {aside} (backout_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, backout_row jsonb)"
            ));
            let (before, after) = self.undisturbing(table);
            way.statements.extend(before);
            way.statements.push(format!(
                "WITH gone AS (DELETE FROM {full} t WHERE {column} IS NOT NULL AND {call} IS NULL \
                 RETURNING pg_catalog.to_jsonb(t) AS backout_row) INSERT INTO {aside} (backout_row) SELECT backout_row FROM gone"
            ));
            way.statements.extend(after);
            way.rows = Some((
                format!("SELECT count(*) FROM {aside}"),
                format!(
                    "rows of {full} that were written since have keys that do not fit its former type; they lie in {aside}"
                ),
            ));
            return way;
        }
        for heir in with_heirs(self.now, table) {
            let columns = self.now.columns(heir);
            let now = columns.iter().find(|c| c.id == id || heir != table && ident(&c.name) == column);
            if matches!(now.map(|o| &o.detail), Some(Detail::Column(c)) if c.not_null) {
                let of = self.target.sql_name(heir);
                way.statements.push(format!("ALTER TABLE {of} ALTER COLUMN {column} DROP NOT NULL"));
                let then = self.target.columns(heir).into_iter().find(|c| ident(&c.name) == column);
                if !matches!(then.map(|o| &o.detail), Some(Detail::Column(c)) if c.not_null) {
                    continue;
                }
                if let Some(Detail::Column(c)) = now.map(|o| &o.detail) {
                    let name = self.target.column_name(id.oid, id.sub).unwrap_or_default();
                    way.if_none.push(ddl::set_not_null(&of, name, c).sql);
                }
                way.nullable.push((of, column.clone()));
            }
        }
        way
    }
}

#[derive(Default)]
struct Way {
    statements: Vec<String>,
    nullable: Vec<(String, String)>,
    rows: Option<(String, String)>,
    if_none: Vec<String>,
}

/// Whether a cast from one type to the other passes over what does not fit: among texts, among numbers and among
/// times. Elsewhere what does not fit is an error.
pub(super) fn may_cut(from: &str, to: &str) -> bool {
    let family = |data_type: &str| {
        let name = data_type.split('(').next().unwrap_or_default().trim();
        match name {
            "text" | "character varying" | "character" => Some(0),
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Some(1),
            "date" | "timestamp" | "timestamp without time zone" | "timestamp with time zone" => Some(2),
            _ => None,
        }
    };
    // Whole numbers are not cut; one that is too large is an error.
    let whole = |name: &str| matches!(name, "smallint" | "integer" | "bigint");
    family(from).is_some() && family(from) == family(to) && !(whole(from) && whole(to))
}

fn spaced(label: &str) -> String {
    format!(" {}", literal(label).trim_start())
}

/// What a value that does not fit a type raises.
pub(super) fn misfit(data_type: &str) -> &'static str {
    match is_reference(data_type) {
        true => "data_exception OR check_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name",
        false => "data_exception OR check_violation",
    }
}
