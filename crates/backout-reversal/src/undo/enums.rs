//! An enum that got values loses them again: PostgreSQL cannot take one out, so the type is recreated, and the columns
//! of it are written anew. Rows that have such a value by then get another one, and it is set aside.

use super::chosen::Enum;
use super::plan::{Conflict, Question, SetAside, TailStep, UndoPlan};
use super::planner::Planner;
use super::remove;
use super::step::{Execution, Look, Step, Unused};
use crate::ddl::{self, Does, Unsupported};
use crate::tables::row_key;
use crate::{Relabelled, column_called, enums_of, with_labels};
use backout_schema::{Catalog, Column, ConstraintKind, Detail, Object, ObjectId, Type, ident, literal, qualified};
use std::collections::{BTreeMap, BTreeSet};

/// What an enum is found in.
struct Uses {
    columns: BTreeSet<ObjectId>,
    around: BTreeSet<ObjectId>,
    kept_aside: bool,
}

impl Planner<'_> {
    /// What was kept as text has the names that values had by then: it gets their former ones as well.
    pub(super) fn relabel_what_was_kept(&mut self) {
        let inverse = self.inverse;
        let mut doubts: BTreeSet<ObjectId> = BTreeSet::new();
        let mut labels = |catalog: &Catalog, column: ObjectId, name: &str| -> Option<String> {
            let (types, is_array) = enums_of(catalog, column);
            let renamed: Vec<&Relabelled> = inverse.renamed_labels.iter().filter(|r| types.contains(&r.of)).collect();
            // A name that one value had and another one has does not say which of the two was meant.
            let exchanged = |r: &&Relabelled| inverse.renamed_labels.iter().any(|o| o.of == r.of && o.label == r.then);
            if !inverse.labels_followed {
                doubts.extend(renamed.iter().copied().filter(exchanged).map(|r| r.of));
            }
            let renamed: Vec<(&str, &str)> = renamed.iter().map(|r| (r.label.as_str(), r.then.as_str())).collect();
            (!renamed.is_empty()).then(|| format!("{name} = {}", with_labels(name, is_array, &renamed)))
        };
        let mut steps = Vec::new();
        for image in &inverse.images {
            let set = image.columns.iter().filter(|c| c.as_text).filter_map(|c| {
                let column = column_called(self.target, image.table, &c.name)?;
                // One that comes back has the type that it had.
                let catalog = if self.now.contains(column) { self.now } else { self.target };
                labels(catalog, column, &ident(&c.name))
            });
            let set: Vec<String> = set.collect();
            if !set.is_empty() {
                let sql = format!("UPDATE {} SET {}", qualified(&image.schema, &image.name), set.join(", "));
                steps.push(Step::new(sql, &image.what));
            }
        }
        for copy in &inverse.types {
            let column = ObjectId::column(copy.table.oid, copy.column);
            if let Some(set) = labels(self.now, column, "backout_new") {
                let about = self.target.identity(column);
                let sql = format!("UPDATE {} SET {set}", qualified(&copy.schema, &copy.name));
                steps.push(Step::new(sql, &about));
            }
        }
        self.plan.room.extend(steps);
        let doubts = doubts.into_iter().map(|of| Unsupported {
            object: self.target.identity(of),
            reason: "its values exchanged names, and rows that were changed meanwhile are known by these".into(),
        });
        self.plan.unsupported.extend(doubts);
    }

    /// Finds enums that must lose values. Returns what hangs on them, which is recreated as well.
    pub(super) fn choose_enums(&mut self, going: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        let mut remade = BTreeSet::new();
        for id in self.inverse.changed.clone() {
            let labels_of = |catalog: &Catalog| match catalog.get(id).map(|o| &o.detail) {
                Some(Detail::Type(Type::Enum { labels })) => Some(labels.clone()),
                _ => None,
            };
            let (Some(now), Some(then)) = (labels_of(self.now), labels_of(self.target)) else { continue };
            // What somebody else added since stays, and is named as drifted.
            let left = labels_of(&self.inverse.after).map(|left| self.by_former_labels(id, left));
            if left.is_some_and(|left| left != now) {
                continue;
            }
            let extra: Vec<String> = now.iter().filter(|label| !then.contains(label)).cloned().collect();
            let kept: Vec<&String> = now.iter().filter(|label| then.contains(label)).collect();
            if extra.is_empty() || kept != then.iter().collect::<Vec<_>>() {
                continue;
            }
            match self.made_of(id, going) {
                Ok(Uses { columns, around, kept_aside }) => {
                    remade.extend(around);
                    self.chosen.enums.push(Enum { id, labels: then, extra, columns, kept_aside });
                }
                Err(reason) => {
                    self.chosen.enum_reasons.insert(id, reason);
                }
            }
        }
        self.refuse_stray_values();
        remade
    }

    /// What the migration left, as it is called when its values have their former names.
    fn by_former_labels(&self, id: ObjectId, mut left: Vec<String>) -> Vec<String> {
        let renamed: Vec<&Relabelled> = self.inverse.renamed_labels.iter().filter(|r| r.of == id).collect();
        let places: Vec<(usize, &str)> = renamed
            .iter()
            .filter_map(|r| Some((left.iter().position(|label| *label == r.label)?, r.then.as_str())))
            .collect();
        for (_, then) in &places {
            if let Some(taken) = left.iter().position(|label| label == then) {
                left[taken] = format!("backout_{taken}");
            }
        }
        for (place, then) in places {
            then.clone_into(&mut left[place]);
        }
        left
    }

    /// What was said about values must be about values that go, or somebody would believe in a replacement that
    /// never happened.
    fn refuse_stray_values(&mut self) {
        for ((type_name, label), to) in &self.options.values {
            let found = self.chosen.enums.iter().find(|e| self.target.identity(e.id) == *type_name);
            let problem = match found {
                None => "it does not lose a value by this undo".to_owned(),
                Some(e) if !e.extra.contains(label) => {
                    format!("{label} is not a value that it loses ({})", e.extra.join(", "))
                }
                Some(e) if !e.labels.contains(to) => {
                    format!("{to} is not a value that it has then ({})", e.labels.join(", "))
                }
                Some(_) => continue,
            };
            self.plan.conflicts.push(Conflict { object: type_name.clone(), problem, blocks: true });
        }
    }

    /// The columns that are made of a type, and what else must be recreated with it.
    fn made_of(&self, id: ObjectId, going: &BTreeSet<ObjectId>) -> Result<Uses, String> {
        let mut kept_aside = false;
        let mut columns = BTreeSet::new();
        let mut seed = BTreeSet::new();
        for user in self.now.dependents(id).map(|d| d.from) {
            let Some(found) = self.now.get(user) else { continue };
            let holder = self.now.get(self.now.root(user));
            let is_aside = self.now.schema_of(user).is_some_and(|schema| schema.starts_with("backout_undone"));
            if is_aside || going.contains(&user) || going.contains(&self.now.root(user)) {
                kept_aside |= is_aside || holder.is_some_and(Object::holds_rows);
                continue;
            }
            match &found.detail {
                Detail::Column(column) if holder.is_some_and(Object::is_table) => {
                    let plain = holder.is_some_and(Object::holds_rows);
                    let in_key = matches!(holder.map(|h| &h.detail), Some(Detail::Table(t))
                        if t.partition_key.as_ref().is_some_and(|key| key.contains(&ident(&found.name))));
                    let why = match () {
                        () if in_key => "which the table is partitioned by",
                        () if column.generated.is_some() => "which is generated",
                        () if !plain => "which is in no table",
                        () => "",
                    };
                    if !why.is_empty() {
                        return Err(format!("PostgreSQL cannot alter the type of {}, {why}", self.now.identity(user)));
                    }
                    // A child's column changes with its parent's.
                    if !column.inherited || column.local {
                        columns.insert(user);
                    }
                }
                Detail::Column(_) => {
                    seed.insert(self.now.root(user));
                }
                _ if self.now.is_ours(user) => {
                    return Err(format!("{} in the archive is made of it", self.now.identity(user)));
                }
                _ => {
                    seed.insert(user);
                }
            }
        }
        for column in &columns {
            for user in self.now.dependents(*column).map(|d| d.from) {
                let Some(found) = self.now.get(user) else { continue };
                let follows = match &found.detail {
                    Detail::Index(_) | Detail::Statistics(_) | Detail::Default(_) | Detail::Sequence(_) => true,
                    Detail::Constraint(c) => c.kind != ConstraintKind::ForeignKey,
                    Detail::Column(c) => c.generated.is_none(),
                    _ => false,
                };
                let of_view = |o: &Object| matches!(o.detail, Detail::View(_));
                let root = self.now.root(user);
                let user = if found.is_column() && self.now.get(root).is_some_and(of_view) { root } else { user };
                if !follows && !self.now.is_ours(user) && !going.contains(&user) {
                    seed.insert(user);
                }
            }
        }
        let tables: BTreeSet<ObjectId> = columns.iter().map(|c| ObjectId::relation(c.oid)).collect();
        let bytes: u64 = tables.iter().filter_map(|table| self.options.table_bytes.get(table)).sum();
        if bytes > self.options.rebuild_below {
            return Err(format!(
                "its columns hold {} MB, and only tables below {} MB are recreated for that",
                bytes >> 20,
                self.options.rebuild_below >> 20
            ));
        }
        let owner = self.now.get(id).and_then(|o| o.owner.clone());
        let around = self.hanging_on(seed, &|id| going.contains(&id), owner.as_ref())?;
        Ok(Uses { columns, around, kept_aside })
    }

    /// Makes the types anew and gives the columns to them.
    pub(super) fn rebuild_enums(&mut self) {
        for of in std::mem::take(&mut self.chosen.enums) {
            self.rebuild_enum(&of);
        }
    }

    fn rebuild_enum(&mut self, of: &Enum) {
        let Some(object) = self.target.get(of.id).cloned() else { return };
        let about = self.target.identity(of.id);
        let full = self.target.sql_name(of.id);
        let old = format!("backout_rebuilt_{}", of.id.oid);
        self.step(format!("ALTER TYPE {full} RENAME TO {}", ident(&old)), &about);
        match ddl::create(self.target, of.id, false) {
            Ok(statements) => statements.into_iter().for_each(|sql| self.step(sql, &about)),
            Err(reason) => self.plan.unsupported.push(reason),
        }
        self.dress(&object, &about);
        let mut tables: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
        for column in &of.columns {
            tables.entry(ObjectId::relation(column.oid)).or_default().push(*column);
        }
        for (table, columns) in tables {
            let changes: Vec<String> =
                columns.iter().filter_map(|column| self.without_values(of, table, *column, &full)).collect();
            // A column that came to a table before it was dropped has gone from there.
            if changes.is_empty() {
                continue;
            }
            let statement = format!("ALTER TABLE {} {}", self.target.sql_name(table), changes.join(", "));
            let what = self.target.identity(table);
            self.step(statement, &what);
            for column in columns {
                let state = ddl::state(self.target, column).into_iter();
                state.filter(|one| one.does == Does::SetStorage).for_each(|one| self.step(one, &what));
            }
            self.plan
                .tail
                .push(TailStep::Analyze { sql: format!("ANALYZE {}", self.target.sql_name(table)), about: what });
        }
        let schema = object.schema.clone().unwrap_or_default();
        let old_type = qualified(&schema, &old);
        if of.kept_aside {
            let undone = self.undone_schema(&schema);
            self.step(format!("ALTER TYPE {old_type} SET SCHEMA {}", ident(&undone)), &about);
        } else {
            self.step(format!("DROP TYPE {old_type}"), &about);
        }
    }

    /// How a column goes to the new type. Values that it does not have are set aside, and replaced.
    fn without_values(&mut self, of: &Enum, table: ObjectId, id: ObjectId, full: &str) -> Option<String> {
        let (Some(holder), Some(object)) = (self.target.get(table), self.target.get(id)) else { return None };
        let Detail::Column(column) = &object.detail else { return None };
        let name = ident(&object.name);
        let is_array = column.data_type.ends_with("[]");
        let (text, data_type) = if is_array { ("text[]", format!("{full}[]")) } else { ("text", full.to_owned()) };
        let (expression, homeless) = self.with_others(of, table, id, column, &format!("{name}::{text}"));
        let change = format!("ALTER COLUMN {name} TYPE {data_type} USING ({expression})::{data_type}");
        // What an older migration archived: nobody writes there.
        if self.target.is_ours(table) {
            return Some(change);
        }
        let extra: Vec<String> = of.extra.iter().map(|label| literal(label).trim_start().to_owned()).collect();
        let has_extra = |column: &str| match is_array {
            true => format!("{column}::text[] && ARRAY[{}]::text[]", extra.join(", ")),
            false => format!("{column}::text IN ({})", extra.join(", ")),
        };
        let now_table = self.now.sql_name(table);
        let now_column = self.now.column_name(id.oid, id.sub).map_or_else(|| name.clone(), ident);
        let (in_rows, in_images) = (has_extra(&format!("t.{now_column}")), has_extra(&format!("n.{name}")));
        let count = self.count_of_others(id, (&now_table, &in_rows, &in_images));
        let forced = matches!(self.now.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.force_row_security);
        if !homeless.is_empty() {
            let type_name = self.target.identity(of.id);
            self.plan.asks.before.push(Question {
                count: count.clone(),
                object: self.target.identity(id),
                forced: forced.then(|| now_table.clone()),
                problem: format!(
                    "rows have a value that the former {type_name} does not have ({}), and the column takes no NULL; \
                     say what they become with --value {}=LABEL, or change them first",
                    homeless.join(", "),
                    qualified_label(&type_name, &homeless[0])
                ),
            });
        }
        let undone = self.undone_schema(&holder.schema.clone().unwrap_or_default());
        let copy = format!("value_{}_{}", id.oid, id.sub);
        let left = expression.replace(&format!("{name}::{text}"), &format!("c.backout_value::{text}"));
        let aside = Aside { schema: &undone, name: &copy, left: format!("({left})::text") };
        self.put_values_aside(table, object, &has_extra(&format!("t.{name}")), forced, &aside);
        self.plan.keeps.columns.push(SetAside {
            count,
            table: self.target.sql_name(table),
            column: object.name.clone(),
            copy: aside.table(),
        });
        Some(change)
    }

    /// The value of a column with others in place of those that its type did not have, and those for which there is no
    /// other one.
    fn with_others(
        &self,
        of: &Enum,
        table: ObjectId,
        id: ObjectId,
        column: &Column,
        value: &str,
    ) -> (String, Vec<String>) {
        let is_array = column.data_type.ends_with("[]");
        let type_name = self.target.identity(of.id);
        let mapped = |label: &String| self.options.values.get(&(type_name.clone(), label.clone())).cloned();
        let default = self.target.parts(table).find_map(|p| match &p.detail {
            Detail::Default(d) if d.column == id.sub => Some(d.expression.clone()),
            _ => None,
        });
        // An enum's default is printed as 'label'::type.
        let default = default
            .and_then(|d| of.labels.iter().find(|label| d.starts_with(&format!("{}::", literal(label).trim_start()))))
            .cloned();
        let mut expression = value.to_owned();
        let mut homeless = Vec::new();
        for label in &of.extra {
            let from = literal(label).trim_start().to_owned();
            let to = mapped(label).or_else(|| default.clone().filter(|_| column.not_null && !is_array));
            let to = to.map(|label| literal(&label).trim_start().to_owned());
            expression = match (&to, is_array) {
                (Some(to), true) => format!("pg_catalog.array_replace({expression}, {from}, {to})"),
                (None, true) => format!("pg_catalog.array_remove({expression}, {from})"),
                (Some(to), false) => format!("CASE {expression} WHEN {from} THEN {to} ELSE {expression} END"),
                (None, false) => {
                    if column.not_null {
                        homeless.push(label.clone());
                    }
                    format!("NULLIF({expression}, {from})")
                }
            };
        }
        (expression, homeless)
    }

    /// Copies the values of rows `t` that the condition holds of, with the keys of their rows.
    fn put_values_aside(&mut self, table: ObjectId, object: &Object, of_rows: &str, forced: bool, aside: &Aside<'_>) {
        let id = object.id;
        let about = self.target.identity(id);
        let table_name = self.target.sql_name(table);
        let of_key: Vec<i16> = row_key(self.target, table)
            .unwrap_or_default()
            .into_iter()
            .filter(|n| self.now.contains(ObjectId::column(id.oid, *n)))
            .collect();
        let key: Vec<String> = remove::key_names(self.target, id.oid, &of_key).iter().map(|k| ident(k)).collect();
        let (columns, values): (Vec<String>, Vec<String>) = if key.is_empty() {
            (vec!["backout_row text".to_owned()], vec!["t::text".to_owned()])
        } else {
            (key.iter().map(|k| format!("{k} text")).collect(), key.iter().map(|k| format!("t.{k}::text")).collect())
        };
        let stored = aside.table();
        let create = format!("CREATE TABLE {stored} ({}, backout_value text)", columns.join(", "));
        self.plan.room.push(Step::new(create, &about));
        if forced {
            self.step(ddl::force_row_security(&table_name, false), &about);
        }
        let insert = format!(
            "INSERT INTO {stored} SELECT {}, t.{}::text FROM {table_name} t WHERE {of_rows}",
            values.join(", "),
            ident(&object.name)
        );
        self.step(insert, &about);
        if forced {
            self.step(ddl::force_row_security(&table_name, true), &about);
        }
        let by = self.key_as_text(id.oid, &of_key);
        self.put_aside(id, aside.schema, aside.name.to_owned(), by, Some(aside.left.clone()));
        self.plan.asks.after.push(Look {
            count: format!("SELECT count(*) FROM {stored}"),
            otherwise: format!("values of {about} are ones that its type did not have before; they lie in {stored}"),
            forced: None,
            if_none: Some(drop_if_empty(&stored, aside.schema)),
        });
    }
}

/// Where values are set aside, and what is left of one (`c.backout_value`) in its row.
struct Aside<'a> {
    schema: &'a str,
    name: &'a str,
    left: String,
}

impl Aside<'_> {
    fn table(&self) -> String {
        qualified(self.schema, self.name)
    }
}

/// `type public.mood` and `great` as the command line takes them.
fn qualified_label(type_name: &str, label: &str) -> String {
    format!("{}.{label}", type_name.trim_start_matches("type "))
}

/// A table for what is set aside goes again if there was nothing, and so does its schema.
pub(super) fn drop_if_empty(aside: &str, schema: &str) -> String {
    format!(
        "DO $backout$ BEGIN DROP TABLE {aside}; BEGIN DROP SCHEMA {}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; END $backout$",
        ident(schema)
    )
}

/// What a slower way did not need goes while others are still to be set aside: the schema that those count on stays.
pub(super) fn keep_schemas(plan: &mut UndoPlan) {
    for step in &mut plan.steps {
        let Execution::OrElse { way, .. } = &mut step.runs else { continue };
        if let Some(Unused { table, schema }) = way.unused.take() {
            way.if_none.push(match plan.schemas.contains(&schema) {
                true => format!("DROP TABLE {table}"),
                false => drop_if_empty(&table, &schema),
            });
        }
    }
}
