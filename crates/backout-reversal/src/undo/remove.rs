//! What the migration added steps aside, and what it moved comes back under its former name.

use super::draft::Phase;
use super::found::Found;
use super::plan::SetAside;
use super::planner::Planner;
use super::step::{Fallback, Step};
use crate::ddl::{self, Alteration, Does, Statement};
use crate::destroy::plan_drop;
use crate::inverse::ColumnCopy;
use crate::order::creation_order;
use crate::reimport::{Aside, By};
use crate::rename::Tokens;
use crate::tables::row_key;
use backout_schema::{Catalog, Class, Column, ConstraintKind, Detail, Object, ObjectId, ident, qualified};
use std::collections::BTreeSet;

impl Planner<'_> {
    /// New default privileges go while their schemas are there.
    pub(super) fn drop_default_privileges(&mut self) {
        let (now, added) = (self.now, &self.inverse.added);
        for object in added.iter().filter(|id| id.class == Class::DefaultAcl).filter_map(|id| now.get(*id)) {
            self.set_default_privileges(Some(object), None, now.identity(object.id));
        }
    }

    /// Others come back before anything is created, which gets its grants from them, and when their schemas have
    /// their former names.
    pub(super) fn default_privileges(&mut self, alterations: &[(ObjectId, Alteration)]) {
        for id in self.inverse.removed.iter().filter(|id| id.class == Class::DefaultAcl) {
            if let (None, Some(object)) = (self.now.get(*id), self.target.get(*id).cloned()) {
                self.set_default_privileges(None, Some(&object), self.target.identity(*id));
            }
        }
        for (id, alteration) in alterations {
            if !self.is_default_acl(*id) {
                continue;
            }
            let about = self.target.identity(*id);
            for one in &alteration.statements {
                self.step(one.sql.clone(), &about);
            }
        }
    }

    fn set_default_privileges(&mut self, now: Option<&Object>, then: Option<&Object>, about: String) {
        match ddl::default_acl_statements(now, then) {
            Ok(statements) => statements.into_iter().for_each(|sql| self.step(sql, &about)),
            Err(reason) => self.plan.unsupported.push(reason),
        }
    }

    pub(super) fn undone_schema(&mut self, schema: &str) -> String {
        let name = self.undone_name(schema);
        self.plan.schemas.insert(name.clone());
        name
    }

    /// Notes values of a column that are set aside, under the names of now.
    pub(super) fn put_aside(&mut self, column: ObjectId, schema: &str, copy: String, by: By, left: Option<String>) {
        let (Some(table), Some(name)) =
            (self.now.get(ObjectId::relation(column.oid)), self.now.column_name(column.oid, column.sub))
        else {
            return;
        };
        self.plan.keeps.on_record.push(Aside {
            schema: table.schema.clone().unwrap_or_default(),
            table: table.name.clone(),
            column: Some(name.to_owned()),
            copy_schema: schema.to_owned(),
            copy,
            by,
            left,
        });
    }

    /// Notes the tables that step aside. Partitions go with the whole.
    pub(super) fn tables_aside(&mut self) {
        for moved in self.plan.keeps.tables.clone() {
            let Some(table) = self.now.get(moved.id).filter(|o| o.holds_rows()) else { continue };
            // Its policies went, and the owner must see what is kept.
            if matches!(&table.detail, Detail::Table(t) if t.force_row_security) {
                let kept =
                    qualified(&moved.to_schema, if moved.kept_as.is_empty() { &moved.name } else { &moved.kept_as });
                self.step(ddl::force_row_security(&kept, false), &moved.identity);
            }
            if matches!(&table.detail, Detail::Table(t) if t.partition_of.is_some()) {
                continue;
            }
            let kept_as = if moved.kept_as.is_empty() { &moved.name } else { &moved.kept_as };
            self.plan.keeps.on_record.push(Aside {
                schema: moved.from_schema.clone(),
                table: moved.name.clone(),
                column: None,
                copy_schema: moved.to_schema.clone(),
                copy: kept_as.clone(),
                by: By::Rows,
                left: None,
            });
        }
    }

    /// Without a promise that it is made.
    pub(super) fn undone_name(&mut self, schema: &str) -> String {
        undone_name(&mut self.progress.homes, self.options.number, schema)
    }

    /// Columns that the migration added to tables that stay: their values are copied with the key, or with the
    /// whole row where there is no key.
    pub(super) fn put_columns_aside(&mut self, going: &BTreeSet<ObjectId>) {
        let columns = going.iter().copied().filter(|id| id.class == Class::Relation && id.sub != 0);
        for id in columns.filter(|id| !going.contains(&ObjectId::relation(id.oid))) {
            let (Some(object), Some(table)) = (self.now.get(id), self.now.get(ObjectId::relation(id.oid))) else {
                continue;
            };
            let Detail::Column(column) = &object.detail else {
                continue;
            };
            // An inherited column's values are read through the parent's.
            if table.holds_rows() && column.generated.is_none() && (!column.inherited || column.local) {
                self.put_column_aside(object, column, table, going);
            }
        }
    }

    fn put_column_aside(&mut self, object: &Object, column: &Column, table: &Object, going: &BTreeSet<ObjectId>) {
        let id = object.id;
        let key = self.key_that_stays(table, going);
        let has_key = key.is_some();
        let key = key.unwrap_or_else(|| {
            let columns = self.now.columns(table.id).into_iter().map(|c| c.id);
            columns.filter(|id| self.stays(*id, going)).map(|id| id.sub).collect()
        });
        let name = ident(&object.name);
        // A type that goes as well leaves text behind.
        let type_goes = self.now.needs(id).any(|d| going.contains(&d.to));
        let about = self.now.identity(id);
        let undone = self.undone_schema(&table.schema.clone().unwrap_or_default());
        let copy_name = format!("column_{}_{}", id.oid, id.sub);
        let copy = qualified(&undone, &copy_name);
        let filter = match self.constant_default(table, id.sub) {
            // A change of type leaves a default of the type before; and not every type (json, point) has an equality.
            Some(d) => format!("{name}::text IS DISTINCT FROM (({d})::{})::text", column.data_type),
            None => format!("{name} IS NOT NULL"),
        };
        let of_key: Vec<(String, &Column)> =
            key.iter().filter_map(|n| column_of(self.now, ObjectId::column(id.oid, *n))).collect();
        let mut definitions: Vec<String> = of_key.iter().map(|(name, column)| self.in_copy(name, column)).collect();
        let names: Vec<&str> = of_key.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(", ");
        definitions.push(match type_goes {
            true => "backout_value text".to_owned(),
            false => self.in_copy("backout_value", column),
        });
        definitions.push(match has_key {
            true => format!("PRIMARY KEY ({names})"),
            false => "backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY".to_owned(),
        });
        let sql = format!("CREATE TABLE {copy} ({})", definitions.join(", "));
        self.plan.room.push(Step::new(sql, &about));
        let table_name = self.now.sql_name(table.id);
        let comma = if names.is_empty() { "" } else { ", " };
        let cast = if type_goes { "::text" } else { "" };
        let picked: String = of_key.iter().map(|(name, _)| format!("{name}, ")).collect();
        let insert = format!(
            "INSERT INTO {copy} ({names}{comma}backout_value) SELECT {picked}{name}{cast} FROM {table_name} WHERE {filter}"
        );
        // Its own policies would hide rows from the owner.
        let forced = matches!(&table.detail, Detail::Table(t) if t.force_row_security);
        let forcing = |force: bool| ddl::force_row_security(&table_name, force);
        let statements = if forced { vec![forcing(false), insert, forcing(true)] } else { vec![insert] };
        for sql in statements {
            self.step(sql, &about);
        }
        let names = key_names(self.now, id.oid, &key);
        let by = if has_key { By::Key(names) } else { By::Place(names) };
        self.put_aside(id, &undone, copy_name, by, None);
        self.plan.keeps.columns.push(SetAside {
            count: format!("SELECT count(*) FROM {table_name} WHERE {filter}"),
            table: table_name,
            column: object.name.clone(),
            copy,
        });
    }

    /// A column that is there afterwards, under the type that it has.
    fn stays(&self, column: ObjectId, going: &BTreeSet<ObjectId>) -> bool {
        !going.contains(&column) && !self.now.needs(column).any(|d| going.contains(&d.to))
    }

    /// The key of a table whose columns stay. A parent's key is no key of its children.
    fn key_that_stays(&self, table: &Object, going: &BTreeSet<ObjectId>) -> Option<Vec<i16>> {
        let key = row_key(self.now, table.id)?;
        let is_child = |o: &Object| matches!(&o.detail, Detail::Table(t) if t.inherits.contains(&table.id));
        let stays = key.iter().all(|n| self.stays(ObjectId::column(table.id.oid, *n), going));
        (stays && !self.now.objects().any(is_child)).then_some(key)
    }

    fn constant_default(&self, table: &Object, column: i16) -> Option<String> {
        self.now.parts(table.id).find_map(|p| match &p.detail {
            Detail::Default(d) if d.column == column && is_constant(&d.expression) => Some(d.expression.clone()),
            _ => None,
        })
    }

    /// What a column is in a copy: it depends on no type that changes.
    fn in_copy(&self, name: &str, column: &Column) -> String {
        let base = column.data_type.trim_end_matches("[]");
        if self.chosen.enums.iter().any(|e| e.is_called(self.now, base)) {
            return format!("{name} text");
        }
        let collation = column.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
        // A domain looks at all columns of its own when it gets another check.
        format!("{name} {}{collation}", self.without_domain(&column.data_type))
    }

    /// New tables step aside with their rows, other new objects and those recreated are dropped.
    pub(super) fn remove(&mut self, found: &Found) {
        let Found { going, recreate, .. } = found;
        let gone = self.what_is_dropped(going, recreate);
        let keep = |id: ObjectId| gone.contains(&id) && self.now.get(id).is_some_and(|o| o.holds_rows());
        let mut homes: Vec<String> = std::mem::take(&mut self.progress.homes);
        let number = self.options.number;
        let mut schemas = BTreeSet::new();
        let mut home = |schema: &str| {
            let name = undone_name(&mut homes, number, schema);
            schemas.insert(name.clone());
            name
        };
        let freed = self.with_free_sequences(&gone);
        let mut plan = plan_drop(freed.as_ref().unwrap_or(self.now), &gone, &keep, &mut home);
        self.progress.homes = homes;
        self.plan.schemas.extend(schemas);
        self.drop_what_was_added_before_the_drop();
        found.partings.iter().for_each(|(sql, about)| self.step(sql.clone(), about));
        self.drop_recreated(recreate);
        self.plan.unsupported.append(&mut plan.unsupported);
        self.plan.keeps.tables.append(&mut plan.moved);
        let schema = |one: &Statement| match one.does {
            Does::DropSchema(id) => Some(id),
            _ => None,
        };
        let schemas: Vec<ObjectId> = plan.statements.iter().filter_map(schema).collect();
        let statements = plan.statements.into_iter().filter(|one| schema(one).is_none());
        // A new part of something that is recreated went with that.
        let dropped: BTreeSet<String> = self.draft.so_far().map(|step| step.sql.clone()).collect();
        for statement in statements.filter(|one| !dropped.contains(&one.sql)) {
            let or_else = match statement.does {
                Does::DetachPartition(whole) => self.without_its_rows(whole, &statement.sql),
                _ => None,
            };
            self.draft.push(Step::new(statement, "what the migration added").or_else(or_else));
        }
        // Functions that go are known by the types of their arguments.
        self.types_aside(going);
        self.keep_keys();
        let catalog = freed.as_ref().unwrap_or(self.now);
        let schemas: Vec<_> = schemas.into_iter().map(|id| (id, ddl::drop(catalog, id, false))).collect();
        self.drop_schemas(schemas);
    }

    fn what_is_dropped(&self, going: &BTreeSet<ObjectId>, recreate: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        going
            .iter()
            .copied()
            .filter(|id| !self.is_default_acl(*id))
            // A new column of a view that is recreated goes with the view.
            .filter(|id| {
                let root = self.now.root(*id);
                !recreate.contains(&root) || self.chosen.rebuilds.contains(&root)
            })
            // With what a domain demands.
            .filter(|id| !self.steps_aside(self.now.get(*id).and_then(|o| o.parent).unwrap_or(*id), going))
            .filter(|id| !self.chosen.needed_keys.contains(id))
            .filter(|id| !matches!(self.now.get(*id).map(|o| &o.detail), Some(Detail::Other(_))))
            .collect()
    }

    /// What is recreated is dropped before anything else, from the outside in.
    fn drop_recreated(&mut self, recreate: &BTreeSet<ObjectId>) {
        let (order, cycle) = creation_order(self.now, recreate);
        self.progress.drops = order.into_iter().chain(cycle).rev().collect();
        for id in self.progress.drops.clone() {
            if !self.now.contains(id) || self.now.is_ours(id) && !self.is_altered_part(id) {
                continue;
            }
            if self.goes_by_itself(id, recreate) {
                continue;
            }
            let about = self.now.identity(id);
            match ddl::drop(self.now, id, true) {
                Ok(sql) => self.step(sql, &about),
                Err(reason) => self.plan.unsupported.push(reason),
            }
        }
    }

    /// Something that is recreated and needs no DROP of its own, at least not yet.
    fn goes_by_itself(&self, id: ObjectId, recreate: &BTreeSet<ObjectId>) -> bool {
        match self.now.get(id).map(|o| &o.detail) {
            Some(Detail::Index(i)) => {
                let goes = |whole: ObjectId| recreate.contains(&whole) || self.inverse.added.contains(&whole);
                i.constraint.is_some() || i.partition_of.is_some_and(goes)
            }
            // It goes with its parent's, or with the table.
            Some(Detail::Constraint(c)) if c.inherited => true,
            Some(Detail::Trigger(t)) if t.inherited => true,
            // Its index leads to the values that come back; it goes with the table.
            Some(Detail::Constraint(c)) => {
                c.kind == ConstraintKind::PrimaryKey && self.is_filled_by_key(self.now.root(id))
            }
            // It steps aside later, when its successor can be filled.
            Some(Detail::Table(_)) => true,
            // Nor is it in the way, unless its value is of an enum that is recreated before.
            Some(Detail::Default(d)) if self.chosen.rebuilds.contains(&self.now.root(id)) => {
                let column = ObjectId::column(self.now.root(id).oid, d.column);
                !self.chosen.enums.iter().any(|e| e.has_column(column))
            }
            _ => false,
        }
    }

    /// A new schema may hold what was only moved there: it goes last, and only if it is empty.
    fn drop_schemas(&mut self, schemas: Vec<(ObjectId, Result<Statement, ddl::Unsupported>)>) {
        let in_the_way = self.new_schemas_in_the_way();
        for (id, drop) in schemas {
            let drop = match in_the_way.iter().find(|(schema, _)| *schema == id) {
                Some((_, name)) => Ok(format!("DROP SCHEMA IF EXISTS {}", ident(name)).into()),
                None => drop,
            };
            if let Ok(drop) = drop {
                self.step_in(Phase::DropEmptySchemas, drop, "what the migration added");
            }
        }
    }

    /// Rows that were written since may refer to those of a new partition, which PostgreSQL does not let go then. The
    /// key is made again without a look at them.
    fn without_its_rows(&mut self, whole: ObjectId, detach: &str) -> Option<Fallback> {
        let mut tables = vec![whole];
        let mut place = 0;
        while let Some(id) = tables.get(place).copied() {
            place += 1;
            if let Some(Detail::Table(t)) = self.now.get(id).map(|o| &o.detail) {
                tables.extend(t.partition_of);
            }
        }
        let (mut before, mut after, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut names, mut renumbered) = (Vec::new(), Vec::new());
        for key in self.now.outside() {
            let (Detail::Constraint(c), Some(table)) = (&key.detail, key.parent) else { continue };
            let Some(to) = c.foreign_table.filter(|to| tables.contains(to)) else { continue };
            if c.inherited || !self.target.contains(key.id) || self.progress.drops.contains(&key.id) {
                continue;
            }
            let (full, other) = (self.now.sql_name(table), self.now.sql_name(to));
            before.push(format!("ALTER TABLE {full} DROP CONSTRAINT {}", ident(&key.name)));
            // One of a partitioned table looks at the rows at once: then the undo stops.
            after.extend(ddl::create(self.now, key.id, true).ok()?.into_iter().map(|statement| statement.sql));
            after.extend(key.comment.as_ref().and_then(|_| ddl::comment(self.now, key.id)));
            let named = |table: ObjectId, columns: &[i16]| -> Vec<String> {
                columns.iter().filter_map(|n| self.now.column_name(table.oid, *n)).map(ident).collect()
            };
            let (own, theirs) = (named(table, &c.columns), named(to, &c.foreign_columns));
            let there: Vec<String> = own.iter().map(|n| format!("t.{n} IS NOT NULL")).collect();
            let same: Vec<String> = own.iter().zip(&theirs).map(|(n, p)| format!("p.{p} = t.{n}")).collect();
            counts.push(format!(
                "(SELECT count(*) FROM {full} t WHERE {} AND NOT EXISTS (SELECT FROM {other} p WHERE {}))",
                there.join(" AND "),
                same.join(" AND ")
            ));
            names.push(self.now.identity(key.id));
            renumbered.push((key.id, self.target.identity(key.id)));
        }
        if names.is_empty() {
            return None;
        }
        self.plan.wanted.renumbered.extend(renumbered);
        let statements = before.into_iter().chain([detach.to_owned()]).chain(after).collect();
        Some(Fallback {
            statements,
            count: format!("SELECT {}", counts.join(" + ")),
            otherwise: format!(
                "rows that were written since refer to rows that are set aside with a partition; {} holds for new rows only \
                 (NOT VALID) until they are mended",
                names.join(", ")
            ),
            ..Fallback::default()
        })
    }

    /// Part of a table in the archive, changed before the table went.
    pub(super) fn is_altered_part(&self, id: ObjectId) -> bool {
        let part = |detail: &Detail| {
            matches!(
                detail,
                Detail::Index(_)
                    | Detail::Constraint(_)
                    | Detail::Trigger(_)
                    | Detail::Rule(_)
                    | Detail::Policy(_)
                    | Detail::Statistics(_)
            )
        };
        self.now.is_ours(id) && self.now.get(id).is_some_and(|o| part(&o.detail))
    }

    /// New columns by which the values of lost ones are known: they go when those are back, and their names now.
    fn keep_keys(&mut self) {
        for id in self.chosen.needed_keys.clone() {
            let (Some(object), Some(table)) = (self.now.get(id), self.now.get(ObjectId::relation(id.oid))) else {
                continue;
            };
            let (about, table) = (self.now.identity(id), self.now.sql_name(table.id));
            let name = ident(&object.name);
            if let Detail::Column(c) = &object.detail {
                if c.identity.is_some() {
                    self.step(format!("ALTER TABLE {table} ALTER COLUMN {name} DROP IDENTITY"), &about);
                }
                if c.not_null {
                    self.step(format!("ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL"), &about);
                }
            }
            self.step(format!("ALTER TABLE {table} RENAME COLUMN {name} TO {}", ident(&kept_key_name(id))), &about);
        }
    }

    /// Finds them.
    pub(super) fn find_needed_keys(&mut self, going: &BTreeSet<ObjectId>) {
        let mut found = BTreeSet::new();
        for copy in self.inverse.columns.iter().filter(|copy| copy.whole.is_none() && !going.contains(&copy.table)) {
            found.extend(copy.key.iter().filter_map(|key| self.new_key(copy, key)));
        }
        self.chosen.needed_keys = found;
    }

    /// The new column that a copy's key names, unless that is one of before.
    pub(super) fn new_key(&self, copy: &ColumnCopy, key: &str) -> Option<ObjectId> {
        if let Some(place) = copy.key.iter().position(|k| k == key)
            && let Some(number) = copy.numbers.get(place)
        {
            let id = ObjectId::column(copy.table.oid, *number);
            return (self.now.contains(id) && !self.target.contains(id)).then_some(id);
        }
        let place = |column: i16| {
            self.inverse.columns.iter().position(|c| c.table == copy.table && c.column == column).unwrap_or(usize::MAX)
        };
        let of_before = self.target.columns(copy.table).into_iter().find(|c| c.name == key);
        // One that was there when the copy was made: it stays, or went later.
        if of_before.is_some_and(|c| self.now.contains(c.id) || place(c.id.sub) > place(copy.column)) {
            return None;
        }
        let columns = self.now.columns(copy.table);
        columns.into_iter().find(|c| c.name == key && !self.target.contains(c.id)).map(|c| c.id)
    }

    /// A new type that columns which stay have got: it can go when they have their former one.
    fn steps_aside(&self, id: ObjectId, going: &BTreeSet<ObjectId>) -> bool {
        let is_type = matches!(self.now.get(id).map(|o| &o.detail), Some(Detail::Type(_)));
        let stays = |user: ObjectId| {
            user.sub != 0
                && user.class == Class::Relation
                && !going.contains(&user)
                && !going.contains(&self.now.root(user))
                && !self.now.is_ours(user)
                && self.now.get(self.now.root(user)).is_some_and(Object::holds_rows)
        };
        is_type && going.contains(&id) && self.now.dependents(id).any(|d| stays(d.from))
    }

    /// Columns whose type is another of the same name.
    pub(super) fn types_of_the_same_name(&mut self, found: &Found) {
        let is_altered =
            |column: ObjectId| found.alterations.iter().any(|(id, alteration)| *id == column && alteration.retype);
        for id in self.chosen.same_name_types.clone() {
            let (Some(object), Some(name)) = (self.target.get(id), self.target.column_name(id.oid, id.sub)) else {
                continue;
            };
            let Detail::Column(column) = object.detail.clone() else { continue };
            if is_altered(id) || column.inherited && !column.local || column.generated.is_some() {
                continue;
            }
            let about = self.target.identity(id);
            let (table, name) = (self.target.sql_name(ObjectId::relation(id.oid)), ident(name));
            let collation = column.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
            let change = format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {}{collation}", column.data_type);
            let plain = || format!("{change} USING {name}::text::{}", column.data_type);
            let (sql, or_else) = match self.retype(id, &change) {
                Some(found) => found,
                None => {
                    let sql = self.relabelled(id, &change).unwrap_or_else(plain);
                    (sql, self.value_by_value(id, &change))
                }
            };
            self.draft.push(Step::new(sql, &about).or_else(or_else));
        }
    }

    fn types_aside(&mut self, going: &BTreeSet<ObjectId>) {
        let types: Vec<ObjectId> = going.iter().copied().filter(|id| self.steps_aside(*id, going)).collect();
        for id in types {
            let columns = self.now.dependents(id).map(|d| d.from).filter(|user| {
                user.sub != 0
                    && !going.contains(user)
                    && !going.contains(&self.now.root(*user))
                    && !self.now.is_ours(*user)
            });
            self.chosen.same_name_types.extend(columns.filter(|user| user.class == Class::Relation));
            let Some(object) = self.now.get(id) else { continue };
            let about = self.now.identity(id);
            let aside = format!("backout_rebuilt_{}", id.oid);
            let word = ddl::keyword(object);
            let rename = format!("ALTER {word} {} RENAME TO {}", self.now.sql_name(id), ident(&aside));
            let schema = object.schema.clone().unwrap_or_default();
            // New tables that step aside may be made of it.
            let kept = self.now.dependents(id).map(|d| d.from).any(|user| {
                let root = self.now.root(user);
                going.contains(&root) && self.now.get(root).is_some_and(Object::holds_rows)
            });
            let is_column = |user: ObjectId| user.class == Class::Relation && user.sub != 0 && !going.contains(&user);
            let no_default = |column: &ObjectId| {
                let of = |o: &Object| matches!(&o.detail, Detail::Default(d) if d.column == column.sub);
                !self.now.parts(ObjectId::relation(column.oid)).any(of)
            };
            let texts = crate::ranges::columns_as_text(self.now, id, &is_column).filter(|_| !kept);
            if let Some(columns) = texts.filter(|columns| columns.iter().all(no_default)) {
                let statements = crate::ranges::made_text(self.now, &columns).into_iter();
                let drop = format!("DROP {word} {}", self.now.sql_name(id));
                statements.chain([drop.into()]).for_each(|sql| self.step(sql, &about));
                continue;
            }
            // Its schema has its former name by then.
            let aside = qualified(self.former_schemas().get(&schema).unwrap_or(&schema), &aside);
            let last = if kept {
                let undone = self.undone_schema(&schema);
                format!("ALTER {word} {aside} SET SCHEMA {}", ident(&undone))
            } else {
                format!("DROP {word} {aside}")
            };
            self.step(rename, &about);
            self.step_in(Phase::DropTypes, last, &about);
        }
    }

    /// The migration added parts to a table, and then dropped the table: they lie in the archive with it.
    fn drop_what_was_added_before_the_drop(&mut self) {
        let mut extra: BTreeSet<ObjectId> = BTreeSet::new();
        for moved in &self.inverse.moved {
            let parts = self.now.parts(moved.id).map(|part| part.id);
            extra.extend(parts.filter(|id| self.inverse.is_extra(moved.id, *id)));
        }
        let (order, cycle) = creation_order(self.now, &extra);
        for id in order.into_iter().chain(cycle).rev() {
            match self.now.get(id).map(|o| &o.detail) {
                Some(Detail::Index(i)) if i.constraint.is_some() => continue,
                // A partition's goes with the whole's.
                Some(Detail::Index(i)) if i.partition_of.is_some_and(|whole| extra.contains(&whole)) => continue,
                // That of a new column goes with it, and what generates one cannot go.
                Some(Detail::Default(d)) => {
                    let column = self.inverse.before.get(ObjectId::column(self.now.root(id).oid, d.column));
                    if !matches!(column.map(|o| &o.detail), Some(Detail::Column(c)) if c.generated.is_none()) {
                        continue;
                    }
                }
                Some(Detail::Constraint(c)) if c.inherited => continue,
                Some(Detail::Column(c)) if c.inherited => continue,
                Some(Detail::Trigger(t)) if t.inherited => continue,
                _ => {}
            }
            if let Ok(sql) = ddl::drop(self.now, id, true) {
                self.step(sql, "what the migration added to a table that it dropped");
            }
        }
    }

    /// An archive from which everything has come back goes; one that holds copies stays until purged.
    pub(super) fn clear_archive(&mut self) {
        let copies: BTreeSet<&str> = self
            .inverse
            .columns
            .iter()
            .map(|c| c.schema.as_str())
            .chain(self.inverse.tables.iter().map(|t| t.schema.as_str()))
            .chain(self.inverse.images.iter().map(|i| i.schema.as_str()))
            .chain(self.inverse.types.iter().map(|t| t.schema.as_str()))
            .collect();
        let empty: BTreeSet<String> =
            self.inverse.moved.iter().map(|m| m.to_schema.clone()).filter(|s| !copies.contains(s.as_str())).collect();
        for schema in empty {
            let sql = format!("DROP SCHEMA IF EXISTS {}", ident(&schema));
            self.plan.closing.push(Step::new(sql, "the archive, empty again"));
        }
    }
}

/// What such a column is called until it goes.
pub(super) fn kept_key_name(id: ObjectId) -> String {
    format!("backout_key_{}", id.sub)
}

/// A default that is a value and nothing else: to ask what it would be now runs no code and reads no state of a
/// session, such as the last number of a sequence that this session has not used.
fn is_constant(expression: &str) -> bool {
    let mut tokens = Tokens(expression).filter(|token| !token.trim().is_empty()).peekable();
    // After `::` stands the name of a type, perhaps with a size.
    let (mut in_type, mut in_size) = (false, false);
    while let Some(token) = tokens.next() {
        match token {
            ":" if tokens.next_if_eq(&":").is_some() => in_type = true,
            "(" => in_size = in_type,
            ")" => in_type &= std::mem::take(&mut in_size),
            "," | "." | "[" | "]" => {}
            "-" if !in_type => {}
            _ if token.starts_with('\'') => {}
            _ if token.starts_with(|c: char| c.is_ascii_digit()) => {}
            _ if in_type && !in_size && token.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"') => {}
            "E" if tokens.peek().is_some_and(|next| next.starts_with('\'')) => {}
            "true" | "false" | "NULL" | "ARRAY" => {}
            _ => return false,
        }
    }
    true
}

/// The names of columns.
pub(super) fn key_names(catalog: &Catalog, table: u32, key: &[i16]) -> Vec<String> {
    key.iter().filter_map(|n| catalog.column_name(table, *n)).map(str::to_owned).collect()
}

/// The schema for what is set aside from another one.
fn undone_name(homes: &mut Vec<String>, number: i64, schema: &str) -> String {
    let position = homes.iter().position(|home| home == schema).unwrap_or_else(|| {
        homes.push(schema.to_owned());
        homes.len() - 1
    });
    match position {
        0 => format!("backout_undone_{number}"),
        _ => format!("backout_undone_{number}_{}", position + 1),
    }
}

fn column_of(catalog: &Catalog, id: ObjectId) -> Option<(String, &Column)> {
    let object = catalog.get(id)?;
    match &object.detail {
        Detail::Column(column) => Some((ident(&object.name), column)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_are_constant() {
        for constant in [
            "0",
            "'-5'::integer",
            "1.5",
            "'it''s now()'::text",
            "(('a'::character varying)::character varying(5))::text",
            "'{}'::text[]",
            "ARRAY['a'::text, 'b(c'::text]",
            "'2026-01-01 00:00:00+00'::timestamp(3) with time zone",
            "'x'::\"Odd \"\"name\".\"type\"",
            "true",
            "NULL::numeric(10,2)",
            "E'a\\\\b'::text",
        ] {
            assert!(is_constant(constant), "{constant}");
        }
        for other in [
            "('x'::text || currval('s'::regclass))",
            "nextval('s'::regclass)",
            "now()",
            "CURRENT_USER",
            "('now'::text || CURRENT_TIMESTAMP)",
            "current_setting('app.tenant'::text)",
            "public.f('x'::text)",
            "'x'::text COLLATE \"C\" || f()",
            "('{}'::text || (SELECT 1))",
        ] {
            assert!(!is_constant(other), "{other}");
        }
    }
}
