//! From the catalog of today back to that of before, keeping what was written and what others did.

use crate::ddl::{self, Alteration, Unsupported};
use crate::destroy::{Moved, plan_drop};
use crate::inverse::Inverse;
use crate::order::{creation_order, rank};
use crate::rename::Renames;
use backout_schema::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub struct UndoOptions {
    /// The number of the migration: names the schemas.
    pub number: i64,
    /// The role that undoes: owner of what it creates.
    pub role: String,
    /// An index on a table larger than this is built afterwards, concurrently.
    pub index_in_lock_bytes: u64,
}

/// One statement of the short transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub sql: String,
    pub about: String,
}

/// Work that follows the short transaction and blocks nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TailStep {
    /// Reads the table under a lock that lets reads and writes pass.
    Validate { sql: String, about: String },
    /// Runs outside a transaction; an invalid index of that name is what a failed try leaves.
    Index {
        sql: String,
        schema: String,
        name: String,
        about: String,
        then: Vec<String>,
    },
    Refresh { sql: String, about: String },
}

impl TailStep {
    pub fn about(&self) -> &str {
        match self {
            TailStep::Validate { about, .. }
            | TailStep::Index { about, .. }
            | TailStep::Refresh { about, .. } => about,
        }
    }

    pub fn sql(&self) -> &str {
        match self {
            TailStep::Validate { sql, .. }
            | TailStep::Index { sql, .. }
            | TailStep::Refresh { sql, .. } => sql,
        }
    }
}

/// Something that somebody else did since and that stands in the way, or is left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    pub object: String,
    pub problem: String,
    /// The undo cannot run until it is settled.
    pub blocks: bool,
}

/// A column that goes, and where its values since are put.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetAside {
    pub table: String,
    pub column: String,
    pub copy: String,
    /// Counts the values that will be put aside.
    pub count: String,
}

#[derive(Clone, Debug, Default)]
pub struct UndoPlan {
    /// Tables to lock first: (name, needs the strongest lock).
    pub locks: Vec<(String, bool)>,
    /// Schemas that must exist before the statements run.
    pub schemas: BTreeSet<String>,
    pub steps: Vec<Step>,
    pub tail: Vec<TailStep>,
    pub unsupported: Vec<Unsupported>,
    pub conflicts: Vec<Conflict>,
    /// Tables that get a column back in another place than it had.
    pub column_order: Vec<String>,
    /// New tables and what belongs to them, kept with their rows.
    pub moved_aside: Vec<Moved>,
    pub set_aside: Vec<SetAside>,
    /// Parts of what is unsupported, which need no word of their own.
    pub skipped: Vec<String>,
    /// Columns that were NOT NULL and have rows since that lack a value: (table, column).
    pub needs_values: Vec<(String, String)>,
}

struct Planner<'a> {
    now: &'a Catalog,
    inverse: &'a Inverse,
    options: &'a UndoOptions,
    /// The catalog as it shall be: today's with the touched objects as they were.
    target: Catalog,
    renames: Renames,
    plan: UndoPlan,
    drops: Vec<ObjectId>,
    aside: Vec<String>,
    emptied: Vec<String>,
    /// Columns that come back without their values.
    empty_columns: BTreeSet<ObjectId>,
}

/// Plans the way back from `now`.
pub fn plan_undo(now: &Catalog, inverse: &Inverse, options: &UndoOptions) -> UndoPlan {
    let inverse = &inverse.resolved(now);
    let target = target(now, inverse);
    let mut planner = Planner {
        renames: Renames::between(now, &target),
        now,
        inverse,
        options,
        target,
        plan: UndoPlan::default(),
        drops: Vec::new(),
        aside: Vec::new(),
        emptied: Vec::new(),
        empty_columns: BTreeSet::new(),
    };
    planner.run();
    planner.plan
}

/// Today's catalog, less what the migration added, with what it touched as it was.
pub(crate) fn target(now: &Catalog, inverse: &Inverse) -> Catalog {
    let old = |id: &ObjectId| inverse.removed.contains(id) || inverse.changed.contains(id);
    let mut objects: Vec<Object> = now
        .objects()
        .filter(|o| !inverse.added.contains(&o.id) && !old(&o.id))
        .filter(|o| o.parent.is_none_or(|p| !inverse.added.contains(&p)))
        .cloned()
        .collect();
    objects.extend(inverse.before.objects().filter(|o| old(&o.id)).cloned());
    let mut dependencies = now.dependencies().to_vec();
    dependencies.extend_from_slice(inverse.before.dependencies());
    Catalog::new(objects, dependencies, BTreeMap::new())
}

impl Planner<'_> {
    fn run(&mut self) {
        let present: BTreeSet<ObjectId> = self
            .inverse
            .added
            .iter()
            .copied()
            .filter(|id| self.now.contains(*id))
            .collect();
        // What is new since under a new table (columns, indexes) goes with it.
        let going: BTreeSet<ObjectId> = present
            .iter()
            .copied()
            .flat_map(|id| std::iter::once(id).chain(self.now.parts(id).map(|o| o.id)))
            .collect();
        let (alterations, recreate) = self.alterations(&going);
        self.foreign_dependants(&going, &recreate);
        self.names_taken(&going);
        self.gather_locks(&going, &alterations, &recreate);

        self.default_privileges(&alterations);
        self.put_columns_aside(&going);
        self.remove(&going, &recreate);
        self.create_schemas();
        self.bring_back();
        for sql in std::mem::take(&mut self.emptied) {
            self.step(sql, "what the migration added");
        }
        for (id, alteration) in &alterations {
            if recreate.contains(id) || self.is_default_acl(*id) {
                continue;
            }
            let about = self.target.identity(*id);
            for sql in &alteration.statements {
                self.step(sql.clone(), &about);
            }
            self.regrant_columns(*id, alteration);
        }
        self.create_all(&recreate);
        self.sequence_values();
        for sql in self.inverse.unrecord.clone() {
            self.step(sql, "the migration tool's own history");
        }
    }

    fn step(&mut self, sql: String, about: &str) {
        self.plan.steps.push(Step {
            sql,
            about: about.to_owned(),
        });
    }

    fn is_default_acl(&self, id: ObjectId) -> bool {
        id.class == Class::DefaultAcl
    }

    /// What ALTER makes of every touched object that still exists, and what must be made anew,
    /// with everything that stands on that.
    fn alterations(
        &mut self,
        going: &BTreeSet<ObjectId>,
    ) -> (Vec<(ObjectId, Alteration)>, BTreeSet<ObjectId>) {
        let mut alterations: Vec<(ObjectId, Alteration)> = Vec::new();
        let mut recreate: BTreeSet<ObjectId> = BTreeSet::new();
        let mut around: BTreeSet<ObjectId> = BTreeSet::new();
        let touched: Vec<ObjectId> = self
            .inverse
            .changed
            .iter()
            .chain(&self.inverse.removed)
            .copied()
            .collect();
        for id in touched {
            let Some(before) = self.inverse.before.get(id) else {
                continue;
            };
            let Some(now) = self.now.get(id) else {
                if self.inverse.changed.contains(&id) {
                    self.plan.conflicts.push(Conflict {
                        object: self.inverse.before.identity(id),
                        problem: "it was dropped since, by somebody else; it stays gone".into(),
                        blocks: false,
                    });
                }
                continue;
            };
            let after = self.inverse.after.get(id);
            let alteration = ddl::alter(&self.target, now, before, after, &self.renames);
            if !alteration.drifted.is_empty() {
                self.plan.conflicts.push(Conflict {
                    object: self.target.identity(id),
                    problem: format!(
                        "somebody else changed its {} since; that stays",
                        alteration.drifted.join(", ")
                    ),
                    blocks: false,
                });
            }
            self.plan.unsupported.extend(alteration.unsupported.clone());
            if alteration.recreate {
                recreate.insert(id);
            }
            if alteration.retype {
                for edge in self.now.dependents(id) {
                    if let Some(user) = self.now.get(edge.from) {
                        match user.detail {
                            Detail::View(_)
                            | Detail::Rule(_)
                            | Detail::Policy(_)
                            | Detail::Trigger(_)
                            | Detail::PublicationTable(_) => {
                                around.insert(edge.from);
                            }
                            Detail::Column(_) => self.plan.unsupported.push(Unsupported {
                                object: self.target.identity(edge.from),
                                reason: "a generated column stands on a column whose type goes back".into(),
                            }),
                            _ => {}
                        }
                    }
                }
            }
            alterations.push((id, alteration));
        }
        recreate.extend(&around);
        // Whatever stands on something that is made anew is made anew as well.
        let mut open: Vec<ObjectId> = recreate.iter().copied().collect();
        while let Some(id) = open.pop() {
            let mut users: Vec<Dependency> = self.now.dependents(id).collect();
            for part in self.now.parts(id) {
                users.extend(self.now.dependents(part.id));
                if matches!(part.detail, Detail::Rule(_) | Detail::Trigger(_) | Detail::Policy(_) | Detail::Index(_)) {
                    users.push(Dependency {
                        from: part.id,
                        to: id,
                        kind: DependencyKind::Auto,
                    });
                }
            }
            for edge in users {
                let user = edge.from;
                if going.contains(&user) || self.now.root(user) == id && self.now.get(user).is_some_and(Object::is_column) {
                    continue;
                }
                if !self.target.contains(user) {
                    continue;
                }
                if recreate.insert(user) {
                    open.push(user);
                }
            }
        }
        let rows: Vec<ObjectId> = recreate
            .iter()
            .copied()
            .filter(|id| {
                self.target.get(*id).is_some_and(|o| {
                    matches!(
                        o.detail,
                        Detail::Table(_) | Detail::Column(_) | Detail::Schema | Detail::Extension(_) | Detail::Type(_)
                    )
                })
            })
            .collect();
        for id in rows {
            recreate.remove(&id);
            self.plan.unsupported.push(Unsupported {
                object: self.target.identity(id),
                reason: "it would have to be made anew, and it holds data or is what data is made of".into(),
            });
        }
        alterations.sort_by_key(|(id, _)| (self.target.get(*id).map_or(u8::MAX, rank), *id));
        (alterations, recreate)
    }

    /// Others' objects that stand on what goes: they are named, never taken along.
    fn foreign_dependants(&mut self, going: &BTreeSet<ObjectId>, recreate: &BTreeSet<ObjectId>) {
        for id in self.now.dependent_closure(going.iter().copied()) {
            if going.contains(&id) || recreate.contains(&id) {
                continue;
            }
            let root = self.now.root(id);
            if going.contains(&root) || self.now.is_ours(id) {
                continue;
            }
            let Some(object) = self.now.get(id) else {
                continue;
            };
            // A membership or key that hangs on a new table is detached with it.
            let harmless = match &object.detail {
                Detail::PublicationTable(m) => going.contains(&m.table),
                Detail::Column(c) => c.generated.is_none(),
                Detail::Index(_) | Detail::Statistics(_) => true,
                Detail::Sequence(s) => s.owned_by.is_some(),
                _ => false,
            };
            // Through a new schema or type one reaches what the migration only moved or altered.
            let known = [id, root]
                .iter()
                .any(|id| self.inverse.changed.contains(id) || self.inverse.removed.contains(id));
            if harmless || known {
                continue;
            }
            self.plan.conflicts.push(Conflict {
                object: self.now.identity(id),
                problem: "it was made since, by somebody else, and stands on something that the undo removes; drop it first".into(),
                blocks: true,
            });
        }
    }

    /// Names that were free when the migration ran and are somebody else's now.
    fn names_taken(&mut self, going: &BTreeSet<ObjectId>) {
        let mut taken: BTreeMap<String, ObjectId> = BTreeMap::new();
        for object in self.now.outside() {
            if !going.contains(&object.id) && !going.contains(&self.now.root(object.id)) {
                taken.insert(self.now.identity(object.id), object.id);
            }
        }
        for id in &self.inverse.removed {
            let identity = self.inverse.before.identity(*id);
            if let Some(other) = taken.get(&identity)
                && other != id
                && !self.inverse.changed.contains(other)
                && !self.inverse.removed.contains(other)
                && !matches!(other.class, Class::Default | Class::PublicationTable)
            {
                self.plan.conflicts.push(Conflict {
                    object: identity,
                    problem: "another one of that name was made since, by somebody else; rename or drop it first".into(),
                    blocks: true,
                });
            }
        }
    }

    fn gather_locks(
        &mut self,
        going: &BTreeSet<ObjectId>,
        alterations: &[(ObjectId, Alteration)],
        recreate: &BTreeSet<ObjectId>,
    ) {
        let mut locks: BTreeMap<String, bool> = BTreeMap::new();
        let mut lock = |now: &Catalog, id: ObjectId, strong: bool| {
            if let Some(o) = now.get(id)
                && o.holds_rows()
                && !now.is_ours(id)
            {
                let entry = locks.entry(now.sql_name(id)).or_default();
                *entry |= strong;
            }
        };
        for id in going.iter().chain(recreate) {
            let root = self.now.root(*id);
            lock(self.now, root, true);
            if let Some(Detail::Constraint(c)) = self.now.get(*id).map(|o| &o.detail)
                && let Some(foreign) = c.foreign_table
            {
                lock(self.now, foreign, true);
            }
        }
        for (id, alteration) in alterations {
            let renamed = self.now.get(*id).map(|o| (&o.name, &o.schema))
                != self.target.get(*id).map(|o| (&o.name, &o.schema));
            if !alteration.statements.is_empty() || alteration.recreate || renamed {
                lock(self.now, self.now.root(*id), true);
            }
        }
        for id in &self.inverse.removed {
            if self.now.contains(*id) {
                continue;
            }
            let root = self.target.root(*id);
            let Some(object) = self.target.get(*id) else {
                continue;
            };
            match &object.detail {
                Detail::Constraint(c) => {
                    lock(self.now, root, c.kind != ConstraintKind::ForeignKey);
                    if let Some(foreign) = c.foreign_table {
                        lock(self.now, foreign, false);
                    }
                }
                // CREATE TRIGGER lets readers pass; CREATE INDEX too.
                Detail::Trigger(_) | Detail::Index(_) => lock(self.now, root, false),
                _ => lock(self.now, root, true),
            }
        }
        self.plan.locks = locks.into_iter().collect();
    }

    /// Default privileges first: what is created afterwards gets its grants from them.
    fn default_privileges(&mut self, alterations: &[(ObjectId, Alteration)]) {
        let mut statements: Vec<(String, String)> = Vec::new();
        let (now, target, inverse) = (self.now, &self.target, self.inverse);
        let of_kind = |id: &&ObjectId| id.class == Class::DefaultAcl;
        for id in inverse.added.iter().filter(of_kind) {
            if let Some(object) = now.get(*id) {
                match ddl::default_acl_statements(Some(object), None) {
                    Ok(list) => statements
                        .extend(list.into_iter().map(|s| (s, now.identity(*id)))),
                    Err(reason) => self.plan.unsupported.push(reason),
                }
            }
        }
        for id in inverse.removed.iter().filter(of_kind) {
            if let (None, Some(object)) = (now.get(*id), target.get(*id)) {
                match ddl::default_acl_statements(None, Some(object)) {
                    Ok(list) => statements
                        .extend(list.into_iter().map(|s| (s, target.identity(*id)))),
                    Err(reason) => self.plan.unsupported.push(reason),
                }
            }
        }
        for (id, alteration) in alterations.iter().filter(|(id, _)| self.is_default_acl(*id)) {
            statements.extend(
                alteration
                    .statements
                    .iter()
                    .map(|s| (s.clone(), self.target.identity(*id))),
            );
        }
        for (sql, about) in statements {
            self.step(sql, &about);
        }
    }

    fn undone_schema(&mut self, schema: &str) -> String {
        let position = match self.aside.iter().position(|s| s == schema) {
            Some(position) => position,
            None => {
                self.aside.push(schema.to_owned());
                self.aside.len() - 1
            }
        };
        let name = if position == 0 {
            format!("backout_undone_{}", self.options.number)
        } else {
            format!("backout_undone_{}_{}", self.options.number, position + 1)
        };
        self.plan.schemas.insert(name.clone());
        name
    }

    /// Columns that the migration added to tables that stay: their values are copied with the key.
    fn put_columns_aside(&mut self, going: &BTreeSet<ObjectId>) {
        let columns: Vec<ObjectId> = going
            .iter()
            .copied()
            .filter(|id| id.class == Class::Relation && id.sub != 0)
            .filter(|id| !going.contains(&ObjectId::relation(id.oid)))
            .collect();
        for id in columns {
            let (Some(object), Some(table)) =
                (self.now.get(id), self.now.get(ObjectId::relation(id.oid)))
            else {
                continue;
            };
            let Detail::Column(column) = &object.detail else {
                continue;
            };
            if !table.holds_rows() || column.generated.is_some() {
                continue;
            }
            let table_name = self.now.sql_name(table.id);
            let Some(key) = row_key(self.now, table.id).filter(|key| !key.contains(&id.sub)) else {
                self.plan.conflicts.push(Conflict {
                    object: self.now.identity(id),
                    problem: "its table has no other key, so values written into it since cannot be put aside".into(),
                    blocks: false,
                });
                continue;
            };
            let default = self.now.parts(table.id).find_map(|p| match &p.detail {
                Detail::Default(d) if d.column == id.sub => Some(d.expression.clone()),
                _ => None,
            });
            let key: Vec<String> = key
                .iter()
                .filter_map(|n| self.now.column_name(id.oid, *n))
                .map(ident)
                .collect();
            let name = ident(&object.name);
            let schema = table.schema.clone().unwrap_or_default();
            let about = self.now.identity(id);
            let undone = self.undone_schema(&schema);
            let copy = qualified(
                &undone,
                &format!("column_{}_{}", id.oid, id.sub),
            );
            let filter = match default.filter(|d| is_constant(d)) {
                Some(d) => format!("{name} IS DISTINCT FROM ({d})"),
                None => format!("{name} IS NOT NULL"),
            };
            self.step(
                format!(
                    "CREATE TABLE {copy} AS SELECT {}, {name} AS backout_value FROM {table_name} WHERE {filter}",
                    key.join(", ")
                ),
                &about,
            );
            self.step(
                format!("ALTER TABLE {copy} ADD PRIMARY KEY ({})", key.join(", ")),
                &about,
            );
            self.plan.set_aside.push(SetAside {
                count: format!("SELECT count(*) FROM {table_name} WHERE {filter}"),
                table: table_name,
                column: object.name.clone(),
                copy,
            });
        }
    }

    /// New tables step aside with their rows, other new objects and those made anew are dropped.
    fn remove(&mut self, going: &BTreeSet<ObjectId>, recreate: &BTreeSet<ObjectId>) {
        let gone: BTreeSet<ObjectId> = going
            .iter()
            .copied()
            .filter(|id| !self.is_default_acl(*id))
            // A new column of a view that is made anew goes with the view.
            .filter(|id| !recreate.contains(&self.now.root(*id)))
            .collect();
        let keep = |id: ObjectId| {
            gone.contains(&id) && self.now.get(id).is_some_and(|o| o.holds_rows())
        };
        let mut homes: Vec<String> = std::mem::take(&mut self.aside);
        let number = self.options.number;
        let mut schemas = BTreeSet::new();
        let mut home = |schema: &str| {
            let position = homes.iter().position(|s| s == schema).unwrap_or_else(|| {
                homes.push(schema.to_owned());
                homes.len() - 1
            });
            let name = if position == 0 {
                format!("backout_undone_{number}")
            } else {
                format!("backout_undone_{number}_{}", position + 1)
            };
            schemas.insert(name.clone());
            name
        };
        let mut plan = plan_drop(self.now, &gone, &keep, &mut home);
        self.aside = homes;
        self.plan.schemas.extend(schemas);
        // Made anew: dropped before anything else, from the outside in.
        let (order, cycle) = creation_order(self.now, recreate);
        self.drops = order.into_iter().chain(cycle).rev().collect();
        for id in self.drops.clone() {
            if !self.now.contains(id) || self.now.is_ours(id) {
                continue;
            }
            let about = self.now.identity(id);
            match ddl::drop(self.now, id, true) {
                Ok(sql) => self.step(sql, &about),
                Err(reason) => self.plan.unsupported.push(reason),
            }
        }
        self.plan.unsupported.append(&mut plan.unsupported);
        self.plan.moved_aside.append(&mut plan.moved);
        let (schemas, statements): (Vec<String>, Vec<String>) =
            plan.statements.into_iter().partition(|sql| sql.starts_with("DROP SCHEMA "));
        for sql in statements {
            self.step(sql, "what the migration added");
        }
        // A new schema may hold what was only moved there: it goes last, and only if it is empty.
        self.emptied = schemas.into_iter().map(|sql| sql.trim_end_matches(" CASCADE").to_owned()).collect();
    }

    /// Archived things return to their schemas, and everything gets its former name.
    fn bring_back(&mut self) {
        let mut ids: Vec<ObjectId> = self
            .inverse
            .removed
            .iter()
            .chain(&self.inverse.changed)
            .copied()
            .filter(|id| self.now.contains(*id) && self.target.contains(*id))
            .collect();
        ids.sort_by_key(|id| {
            let object = self.target.get(*id);
            // A schema is renamed before its content moves; tables before their columns.
            (object.map_or(u8::MAX, rank), *id)
        });
        for id in ids {
            let (Some(now), Some(then)) = (self.now.get(id), self.target.get(id)) else {
                continue;
            };
            let about = self.target.identity(id);
            let after = self.inverse.after.get(id);
            // Somebody else's later rename or move stays.
            let mine = |n: &Option<String>, a: Option<&Option<String>>| a.is_none_or(|a| a == n);
            let mut sql = Vec::new();
            let mut schema = now.schema.clone();
            // Indexes move with their table.
            if now.schema != then.schema
                && !matches!(now.detail, Detail::Index(_))
                && !matches!(&now.detail, Detail::Sequence(s) if s.owned_by.is_some())
                && mine(&now.schema, after.map(|a| &a.schema))
                && let Some(to) = &then.schema
            {
                sql.extend(ddl::move_to_schema(self.now, id, to));
                schema = Some(to.clone());
            }
            if now.name != then.name
                && after.is_none_or(|a| a.name == now.name)
                // The constraint's name is its index's name.
                && !matches!(&now.detail, Detail::Index(i) if i.constraint.is_some())
            {
                let table = then.parent.map_or(String::new(), |p| self.target.sql_name(p));
                let statement = ddl::rename(self.now, id, &table, &then.name);
                if let Some(statement) = statement {
                    // It may have moved in the line before.
                    let here = match (&now.schema, &schema) {
                        (Some(from), Some(to)) if from != to => statement.replacen(
                            &qualified(from, &now.name),
                            &qualified(to, &now.name),
                            1,
                        ),
                        _ => statement,
                    };
                    sql.push(here);
                }
            }
            if let Detail::Sequence(s) = &then.detail
                && let (Some(column), false) = (s.owned_by, s.identity)
                && matches!(&now.detail, Detail::Sequence(n) if n.owned_by.is_none())
                && self.inverse.removed.contains(&id)
                && self.now.contains(column)
            {
                // OWNED BY follows with the alterations.
            }
            for statement in sql {
                self.step(statement, &about);
            }
        }
    }

    /// REVOKE on a table takes the columns' privileges along.
    fn regrant_columns(&mut self, id: ObjectId, alteration: &Alteration) {
        let is_table = self.target.get(id).is_some_and(|o| o.is_table());
        if !is_table || !alteration.statements.iter().any(|s| s.starts_with("REVOKE ")) {
            return;
        }
        let columns: Vec<Object> = self
            .target
            .columns(id)
            .into_iter()
            .filter(|c| c.acl.is_some())
            .cloned()
            .collect();
        for column in columns {
            let about = self.target.identity(column.id);
            match ddl::acl_statements(&self.target, &column, None, column.acl.as_deref()) {
                Ok(list) => list.into_iter().for_each(|sql| self.step(sql, &about)),
                Err(reason) => self.plan.unsupported.push(reason),
            }
        }
    }

    /// Schemas first: what lies in the archive returns to them.
    fn create_schemas(&mut self) {
        let missing: Vec<Object> = self
            .inverse
            .removed
            .iter()
            .filter(|id| id.class == Class::Schema && !self.now.contains(**id))
            .filter_map(|id| self.target.get(*id).cloned())
            .collect();
        for schema in missing {
            let about = self.target.identity(schema.id);
            self.step(format!("CREATE SCHEMA {}", ident(&schema.name)), &about);
            self.dress(&schema, &about);
        }
    }

    fn create_all(&mut self, recreate: &BTreeSet<ObjectId>) {
        let mut ids: BTreeSet<ObjectId> = self
            .inverse
            .removed
            .iter()
            .copied()
            .filter(|id| !self.now.contains(*id) && self.target.contains(*id))
            .filter(|id| !self.is_default_acl(*id))
            .collect();
        ids.extend(recreate);
        // Indexes of constraints, row columns of new tables and views come with their owners.
        let made: BTreeSet<ObjectId> = ids.clone();
        ids.retain(|id| {
            let Some(object) = self.target.get(*id) else {
                return false;
            };
            match &object.detail {
                Detail::Schema => false,
                Detail::Column(_) => !made.contains(&ObjectId::relation(id.oid)),
                Detail::Sequence(s) if s.identity => false,
                _ => true,
            }
        });
        let (order, cycle) = creation_order(&self.target, &ids);
        for id in &cycle {
            self.plan.unsupported.push(Unsupported {
                object: self.target.identity(*id),
                reason: "it and others need one another; such cycles are not yet brought back".into(),
            });
        }
        for id in order {
            self.create_one(id, &made);
        }
    }

    fn create_one(&mut self, id: ObjectId, made: &BTreeSet<ObjectId>) {
        let Some(object) = self.target.get(id).cloned() else {
            return;
        };
        let about = self.target.identity(id);
        let on_new_table = object.parent.is_some_and(|p| made.contains(&p));
        if let Detail::Column(column) = &object.detail {
            self.create_column(&object, column, &about);
            return;
        }
        if let Detail::Constraint(c) = &object.detail {
            let empty = |table: Option<ObjectId>, columns: &[i16]| {
                table.is_some_and(|t| columns.iter().any(|n| self.empty_columns.contains(&ObjectId::column(t.oid, *n))))
            };
            let key = matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::ForeignKey);
            if key && (empty(object.parent, &c.columns) || empty(c.foreign_table, &c.foreign_columns)) {
                self.plan.unsupported.push(Unsupported {
                    object: about,
                    reason: "the values of its column were not kept, so it cannot hold".into(),
                });
                let indexes: Vec<String> = self
                    .target
                    .objects()
                    .filter(|o| matches!(&o.detail, Detail::Index(i) if i.constraint == Some(id)))
                    .map(|o| self.target.identity(o.id))
                    .collect();
                self.plan.skipped.extend(indexes);
                return;
            }
        }
        if self.inverse.removed.contains(&id)
            && object.holds_rows()
            && !self.inverse.moved.iter().any(|m| m.id == id)
            && !self.inverse.tables.iter().any(|t| t.table == id)
        {
            self.plan.unsupported.push(Unsupported {
                object: about.clone(),
                reason: "its rows were not kept; it comes back empty".into(),
            });
        }
        let statements = match ddl::create(&self.target, id, !on_new_table) {
            Ok(statements) => statements,
            Err(reason) => {
                self.plan.unsupported.push(reason);
                return;
            }
        };
        let mut after = ddl::state(&self.target, id);
        if let Detail::Index(index) = &object.detail
            && index.constraint.is_none()
            && !on_new_table
            && let Some(table) = object.parent
            && self
                .now
                .storage(table.oid)
                .is_some_and(|s| s.bytes > self.options.index_in_lock_bytes)
            && matches!(self.now.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.kind == TableKind::Ordinary)
            && let Some(first) = statements.first()
        {
            after.extend(statements[1..].iter().cloned());
            after.extend(object.comment.as_ref().and_then(|_| ddl::comment(&self.target, id)));
            self.plan.tail.push(TailStep::Index {
                sql: first.replacen("INDEX ", "INDEX CONCURRENTLY ", 1),
                schema: object.schema.clone().unwrap_or_default(),
                name: object.name.clone(),
                about,
                then: after,
            });
            return;
        }
        for sql in statements {
            if sql.ends_with(" NOT VALID")
                && let Detail::Constraint(c) = &object.detail
                && c.validated
            {
                let table = object.parent.map_or(String::new(), |p| self.target.sql_name(p));
                self.plan.tail.push(TailStep::Validate {
                    sql: format!(
                        "ALTER TABLE {table} VALIDATE CONSTRAINT {}",
                        ident(&object.name)
                    ),
                    about: about.clone(),
                });
            }
            self.step(sql, &about);
        }
        if let Some(copy) = self.inverse.tables.iter().find(|t| t.table == id).cloned() {
            let columns: Vec<String> = copy.columns.iter().map(|c| ident(c)).collect();
            self.step(
                format!(
                    "INSERT INTO {} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM {2} ORDER BY backout_row",
                    self.target.sql_name(id),
                    columns.join(", "),
                    qualified(&copy.schema, &copy.name)
                ),
                &about,
            );
        }
        if let Detail::View(v) = &object.detail
            && v.materialized
            && v.populated
        {
            self.plan.tail.push(TailStep::Refresh {
                sql: format!("REFRESH MATERIALIZED VIEW {}", self.target.sql_name(id)),
                about: about.clone(),
            });
        }
        for sql in after {
            self.step(sql, &about);
        }
        self.dress(&object, &about);
        if matches!(object.detail, Detail::View(_) | Detail::Table(_)) {
            let columns: Vec<Object> = self.target.columns(id).into_iter().cloned().collect();
            for column in columns {
                let about = self.target.identity(column.id);
                self.dress(&column, &about);
            }
        }
    }

    /// Owner, privileges and comment of something just created.
    fn dress(&mut self, object: &Object, about: &str) {
        if let Some(owner) = &object.owner
            && *owner != self.options.role
            && let Some(sql) = ddl::owner(&self.target, object.id, owner)
        {
            self.step(sql, about);
        }
        let initial = initial_acl(&self.target, object, &self.options.role);
        let statements = match &initial {
            // Default privileges arrive sorted by role; only granting anew gives them their order.
            Some(initial) => ddl::acl_anew(&self.target, object, initial, object.acl.as_deref()),
            None => ddl::acl_statements(&self.target, object, None, object.acl.as_deref()),
        };
        match statements {
            Ok(statements) => statements.into_iter().for_each(|s| self.step(s, about)),
            Err(reason) => self.plan.unsupported.push(reason),
        }
        if object.comment.is_some()
            && let Some(sql) = ddl::comment(&self.target, object.id)
        {
            self.step(sql, about);
        }
    }

    fn create_column(&mut self, object: &Object, column: &Column, about: &str) {
        let table = ObjectId::relation(object.id.oid);
        let name = ident(&object.name);
        let full = self.target.sql_name(table);
        self.step(
            ddl::add_column(&self.target, object, column, false),
            about,
        );
        let copy = self
            .inverse
            .columns
            .iter()
            .find(|c| c.table == table && c.column == object.id.sub)
            .cloned();
        match copy {
            // There was no value to keep.
            Some(copy) if copy.key.is_empty() => {}
            Some(copy) => {
                let on: Vec<String> = copy
                    .key
                    .iter()
                    .map(|k| format!("t.{} = c.{}", ident(k), ident(k)))
                    .collect();
                let cast = if copy.as_text {
                    format!("::{}", column.data_type)
                } else {
                    String::new()
                };
                self.step(
                    format!(
                        "UPDATE {full} t SET {name} = c.backout_value{cast} FROM {} c WHERE {}",
                        qualified(&copy.schema, &copy.name),
                        on.join(" AND ")
                    ),
                    about,
                );
            }
            None if column.generated.is_none() => {
                self.empty_columns.insert(object.id);
                self.plan.unsupported.push(Unsupported {
                object: about.to_owned(),
                    reason: "its values were not kept; it comes back empty".into(),
                });
            }
            None => {}
        }
        if column.not_null {
            let default = self.target.parts(table).find_map(|p| match &p.detail {
                Detail::Default(d) if d.column == object.id.sub => Some(d.expression.clone()),
                _ => None,
            });
            match default {
                // Rows written since get what an INSERT without the column would have given them.
                Some(expression) => self.step(
                    format!("UPDATE {full} SET {name} = {expression} WHERE {name} IS NULL"),
                    about,
                ),
                None => self
                    .plan
                    .needs_values
                    .push((full.clone(), object.name.clone())),
            }
            self.step(
                format!("ALTER TABLE {full} ALTER COLUMN {name} SET NOT NULL"),
                about,
            );
        }
        for sql in ddl::state(&self.target, object.id) {
            self.step(sql, about);
        }
        self.dress(object, about);
        self.check_column_order(table);
    }

    fn check_column_order(&mut self, table: ObjectId) {
        let identity = self.target.sql_name(table);
        if self.plan.column_order.contains(&identity) {
            return;
        }
        let wanted: Vec<ObjectId> = self.target.columns(table).iter().map(|c| c.id).collect();
        let (mut result, added): (Vec<ObjectId>, Vec<ObjectId>) =
            wanted.iter().partition(|id| self.now.contains(**id));
        result.extend(added);
        if result != wanted {
            self.plan.column_order.push(identity);
        }
    }

    fn sequence_values(&mut self) {
        for value in self.inverse.sequences.clone() {
            // A moved sequence kept its value by itself.
            if self.now.contains(value.sequence) && !self.inverse.changed.contains(&value.sequence) {
                continue;
            }
            let Some(object) = self.target.get(value.sequence) else {
                continue;
            };
            let name = self.target.sql_name(object.id);
            let about = self.target.identity(object.id);
            self.step(
                format!(
                    "SELECT pg_catalog.setval({}, {}, {})",
                    literal(&name).trim_start(),
                    value.last_value,
                    value.is_called
                ),
                &about,
            );
        }
    }
}

/// The columns that tell a table's rows apart: its primary key, or a unique key without NULLs.
pub fn row_key(catalog: &Catalog, table: ObjectId) -> Option<Vec<i16>> {
    let keys = |kind: ConstraintKind| {
        catalog.parts(table).find_map(|p| match &p.detail {
            Detail::Constraint(c) if c.kind == kind && !c.deferrable => {
                let not_null = c.columns.iter().all(|n| {
                    matches!(
                        catalog.get(ObjectId::column(table.oid, *n)).map(|o| &o.detail),
                        Some(Detail::Column(c)) if c.not_null
                    )
                });
                not_null.then(|| c.columns.clone())
            }
            _ => None,
        })
    };
    keys(ConstraintKind::PrimaryKey).or_else(|| keys(ConstraintKind::Unique))
}

/// A default that is the same for every row.
fn is_constant(expression: &str) -> bool {
    !expression.contains('(') || expression.starts_with("('") 
}

/// The privileges that something has right after the role created it.
fn initial_acl(catalog: &Catalog, object: &Object, role: &str) -> Option<Vec<AclItem>> {
    let letter = match &object.detail {
        Detail::Table(_) | Detail::View(_) => 'r',
        Detail::Sequence(_) => 'S',
        Detail::Function(_) => 'f',
        Detail::Type(_) => 'T',
        Detail::Schema => 'n',
        _ => return None,
    };
    let of = |in_schema: Option<&str>| {
        catalog.objects().find(|o| {
            matches!(&o.detail, Detail::DefaultAcl(d)
                if d.role == role && d.object_type == letter && d.in_schema.as_deref() == in_schema)
        })
    };
    let global = of(None).and_then(|o| o.acl.clone());
    let local = object
        .schema
        .as_deref()
        .and_then(|s| of(Some(s)))
        .and_then(|o| o.acl.clone());
    match (global, local) {
        (None, None) => None,
        (Some(acl), None) => Some(acl),
        (global, Some(local)) => {
            let item = |grantee: &str, letters: &str| AclItem {
                grantee: grantee.to_owned(),
                privileges: letters
                    .chars()
                    .map(|letter| Privilege {
                        letter,
                        grantable: false,
                    })
                    .collect(),
                grantor: role.to_owned(),
            };
            let mut acl = global.unwrap_or_else(|| match letter {
                'r' => vec![item(role, "arwdDxt")],
                'S' => vec![item(role, "rwU")],
                'f' => vec![item("", "X"), item(role, "X")],
                'T' => vec![item("", "U"), item(role, "U")],
                _ => vec![item(role, "UC")],
            });
            for entry in local {
                if !acl.iter().any(|i| i.grantee == entry.grantee) {
                    acl.push(entry);
                }
            }
            Some(acl)
        }
    }
}
