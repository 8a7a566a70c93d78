//! What is gone is created again, from the catalog as it was.

use super::found::Found;
use super::plan::TailStep;
use super::planner::{Creation, Planner};
use super::remove;
use super::step::{Execution, Fallback, NeedsValues, Step, Unfit, Unfits};
use crate::ddl::{self, Alteration, Does, Statement, Unsupported};
use crate::order::{creation_order, creation_order_with};
use crate::tables::with_heirs;
use backout_schema::{
    AclItem, Catalog, Class, Column, Constraint, ConstraintKind, Detail, Object, ObjectId, Privilege, TableKind, Type,
    ident,
};
use std::collections::BTreeSet;

impl<'a> Planner<'a> {
    /// REVOKE on a table takes the columns' privileges along.
    pub(super) fn regrant_columns(&mut self, id: ObjectId, alteration: &Alteration) {
        let has_columns = self.target.get(id).is_some_and(|o| matches!(o.detail, Detail::Table(_) | Detail::View(_)));
        if !has_columns || !alteration.statements.iter().any(|one| one.does == Does::Revoke) {
            return;
        }
        // One that comes back later gets its own then.
        let there = |c: &&Object| c.acl.is_some() && self.now.contains(c.id);
        let columns: Vec<Object> = self.target.columns(id).into_iter().filter(there).cloned().collect();
        for column in columns {
            let about = self.target.identity(column.id);
            match ddl::acl_statements(self.target, &column, None, column.acl.as_deref()) {
                Ok(list) => list.into_iter().for_each(|sql| self.step(sql, &about)),
                Err(reason) => self.plan.unsupported.push(reason),
            }
        }
    }

    /// A column that goes back to a type needs it; a function or a default, what it calls.
    pub(super) fn create_types(&mut self) {
        let mut types: BTreeSet<ObjectId> = BTreeSet::new();
        let there = |id: &ObjectId| self.now.contains(*id);
        let touched: Vec<ObjectId> =
            self.inverse.changed.iter().chain(self.inverse.removed.iter().filter(|id| there(id))).copied().collect();
        for id in touched {
            let is_made_of = |class: Class| matches!(class, Class::Type | Class::Collation);
            let retyped = || self.target.needs(id).any(|d| is_made_of(d.to.class) && !self.now.contains(d.to));
            let calls = matches!(id.class, Class::Function | Class::Default);
            if id.sub != 0 && retyped() || calls {
                let (found, others) = self.missing_kinds(id);
                if id.sub != 0 || others.is_empty() {
                    types.extend(found);
                }
            }
        }
        // Types, and collations, that others of their name stand for.
        let of_columns: BTreeSet<String> = self
            .chosen
            .same_name_types
            .iter()
            .filter_map(|id| match &self.target.get(*id)?.detail {
                Detail::Column(c) => {
                    Some(std::iter::once(c.data_type.trim_end_matches("[]").to_owned()).chain(c.collation.clone()))
                }
                _ => None,
            })
            .flatten()
            .collect();
        types.extend(self.inverse.removed.iter().filter(|id| {
            let name = match id.class {
                Class::Type => self.target.sql_name(**id),
                Class::Collation => self.target.get(**id).map_or(String::new(), |o| o.name.clone()),
                _ => return false,
            };
            !self.now.contains(**id) && of_columns.contains(&name)
        }));
        let (order, _) = creation_order(self.target, &types);
        for id in order {
            self.create_one(id, &types);
            self.progress.created.insert(id);
        }
    }

    /// Types, functions, operators and the like that come back and that this needs, and what they need; and what of
    /// that is of other kinds.
    fn missing_kinds(&self, id: ObjectId) -> (BTreeSet<ObjectId>, BTreeSet<ObjectId>) {
        let (mut found, mut others) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for edge in self.target.needs(id) {
                if !self.inverse.removed.contains(&edge.to) || self.now.contains(edge.to) {
                    continue;
                }
                let Some(needed) = self.target.get(edge.to) else { continue };
                if !matches!(needed.detail, Detail::Type(_) | Detail::Function(_) | Detail::Other(_)) {
                    others.insert(edge.to);
                } else if found.insert(edge.to) {
                    open.push(edge.to);
                }
            }
        }
        (found, others)
    }

    /// Tables, columns and what these are made of, in an order in which each finds what it needs.
    pub(super) fn create_tables(&mut self, found: &Found) {
        self.progress.creation = self.creation(&found.recreate);
        let Creation { made, tables, columns, .. } = self.progress.creation.clone();
        let mut turns = columns.iter().copied();
        for id in tables {
            let id = if columns.contains(&id) { turns.next().unwrap_or(id) } else { id };
            self.create_one(id, &made);
        }
    }

    fn creation(&mut self, recreate: &BTreeSet<ObjectId>) -> Creation {
        let is_gone = |id: &ObjectId| !self.now.contains(*id) && self.target.contains(*id);
        let lost = self.inverse.removed.iter().copied().filter(is_gone);
        let lost = lost.filter(|id| !self.is_default_acl(*id) && !self.progress.created.contains(id));
        let made: BTreeSet<ObjectId> = lost.chain(recreate.iter().copied()).collect();
        // Indexes of constraints, row columns of new tables and views come with their owners.
        let by_itself = |id: &ObjectId| match self.target.get(*id).map(|o| &o.detail) {
            None | Some(Detail::Schema) => false,
            Some(Detail::Column(_)) => !made.contains(&ObjectId::relation(id.oid)),
            Some(Detail::Sequence(s)) => !s.identity,
            Some(_) => true,
        };
        let ids: BTreeSet<ObjectId> = made.iter().copied().filter(by_itself).collect();
        let (mut order, mut cycle) = creation_order(self.target, &ids);
        let stand_ins = self.stand_ins(&ids, &order, &cycle);
        if !cycle.is_empty() {
            (order, cycle) = creation_order_with(self.target, &ids, &stand_ins);
        }
        for id in &cycle {
            self.plan.unsupported.push(Unsupported {
                object: self.target.identity(*id),
                reason: "it and others need one another; such cycles are not yet brought back".into(),
            });
        }
        // Rows come back when their tables and columns are there, and before what hangs on them.
        let has_rows = |id: &ObjectId| self.target.get(*id).is_some_and(|o| o.is_table() || o.is_column());
        let others = order.split_off(order.iter().rposition(has_rows).map_or(0, |last| last + 1));
        let columns = self.columns_by_turn(&order);
        // A child that is recreated finds its parent whole.
        let is_child = |id: &ObjectId| {
            let detail = self.target.get(*id).map(|o| &o.detail);
            matches!(detail, Some(Detail::Table(t)) if !t.inherits.is_empty()) && self.chosen.rebuilds.contains(id)
        };
        let (mut tables, mut children): (Vec<ObjectId>, Vec<ObjectId>) = (Vec::new(), Vec::new());
        for id in order {
            let mut on_child = self.target.needs(id).map(|d| self.target.root(d.to));
            let late = is_child(&id) || !columns.contains(&id) && on_child.any(|root| children.contains(&root));
            if late { children.push(id) } else { tables.push(id) }
        }
        tables.extend(children);
        Creation { made, tables, columns, others, stand_ins }
    }

    fn column(&self, id: ObjectId) -> Option<(&'a Object, &'a Column)> {
        let object = self.target.get(id)?;
        match &object.detail {
            Detail::Column(column) => Some((object, column)),
            _ => None,
        }
    }

    pub(super) fn fill_columns(&mut self) {
        let columns = self.columns_by_need(self.progress.creation.columns.clone());
        let is_due = |id: &ObjectId| self.column(*id).is_some() && !self.waits_for_rows(*id);
        self.progress.to_fill = columns.into_iter().filter(is_due).collect();
        for id in self.progress.to_fill.clone() {
            if let Some((object, column)) = self.column(id) {
                self.fill_column(object, column);
            }
        }
    }

    pub(super) fn drop_needed_keys(&mut self) {
        for id in self.chosen.needed_keys.clone() {
            // That of a table recreated went with the old one.
            if !self.chosen.rebuilds.contains(&ObjectId::relation(id.oid)) {
                let (about, table) = (self.now.identity(id), self.target.sql_name(ObjectId::relation(id.oid)));
                self.step(format!("ALTER TABLE {table} DROP COLUMN {}", remove::kept_key_name(id)), &about);
            }
        }
    }

    pub(super) fn settle_columns(&mut self) {
        for id in self.progress.to_fill.clone() {
            if let Some((object, column)) = self.column(id) {
                self.settle_column(object, column);
            }
        }
    }

    /// What hangs on tables and columns.
    pub(super) fn create_others(&mut self) {
        let Creation { made, others, .. } = self.progress.creation.clone();
        for id in others {
            if !self.progress.created.contains(&id) {
                self.create_one(id, &made);
            }
        }
    }

    /// They come with their columns, and without what was granted on them.
    pub(super) fn dress_identity_sequences(&mut self) {
        let back: Vec<Object> = self
            .inverse
            .removed
            .iter()
            .filter(|id| !self.now.contains(**id))
            .filter_map(|id| self.target.get(*id))
            .filter(|o| matches!(&o.detail, Detail::Sequence(s) if s.identity))
            .cloned()
            .collect();
        for sequence in back {
            let about = self.target.identity(sequence.id);
            self.dress(&sequence, &about);
        }
    }

    pub(super) fn create_one(&mut self, id: ObjectId, made: &BTreeSet<ObjectId>) {
        let Some(object) = self.target.get(id).filter(|_| !self.progress.created.contains(&id)) else {
            return;
        };
        let about = self.target.identity(id);
        self.make_stand_ins(id);
        if self.chosen.rebuilds.contains(&id) {
            self.rebuild(id);
            return;
        }
        if let Detail::Column(column) = &object.detail {
            // Its parent's column brings it along, unless they are apart by then.
            if !column.inherited || column.local || self.is_apart(ObjectId::relation(id.oid)) {
                self.step(ddl::add_column(self.target, object, column, false), &about);
            }
            return;
        }
        if self.cannot_hold(object) {
            return;
        }
        self.note_lost_rows(object);
        self.keys_of_partitions(object);
        let rebuilt = object.parent.is_some_and(|p| self.chosen.rebuilds.contains(&p));
        let on_new_table = !rebuilt && object.parent.is_some_and(|p| made.contains(&p));
        let statements = match (&object.detail, ddl::create(self.target, id, !on_new_table)) {
            (_, Err(reason)) => {
                self.plan.unsupported.push(reason);
                return;
            }
            (Detail::View(view), Ok(_)) if self.progress.stand_ins_made.contains(&id) => {
                vec![ddl::create_view(&self.target.sql_name(id), view, true)]
            }
            (_, Ok(statements)) => statements,
        };
        if let (Detail::Constraint(check @ Constraint { on_domain: true, .. }), Some(domain)) =
            (&object.detail, object.parent)
            && !self.is_inside_others(&self.target.sql_name(domain))
        {
            self.check_domain(object, check, statements);
            return;
        }
        let statements = self.such_that_domains_take_them(object, statements, &about);
        if self.is_indexed_afterwards(object, on_new_table) {
            self.index_afterwards(object, &statements, about);
            return;
        }
        for statement in statements {
            self.create_by(object, statement, on_new_table, &about);
        }
        if let Some(copy) = self.inverse.tables.iter().find(|t| t.table == id) {
            self.fill_from_copy(copy, &about);
        }
        self.refill(id, true);
        self.index_new_partitions(object);
        for statement in ddl::state(self.target, id) {
            self.step(statement.sql, &about);
        }
        self.dress(object, &about);
        self.check_at_birth(object, made);
        if matches!(object.detail, Detail::View(_) | Detail::Table(_)) {
            for column in self.target.columns(id) {
                let about = self.target.identity(column.id);
                if matches!(&object.detail, Detail::View(view) if view.materialized) {
                    ddl::state(self.target, column.id).into_iter().for_each(|one| self.step(one.sql, &about));
                }
                self.dress(column, &about);
            }
        }
    }

    /// A key whose columns come back without their values stays away, and its index with it.
    fn cannot_hold(&mut self, object: &Object) -> bool {
        let Detail::Constraint(c) = &object.detail else { return false };
        let empty = |table: Option<ObjectId>, columns: &[i16]| {
            table.is_some_and(|t| {
                columns.iter().any(|n| self.progress.empty_columns.contains(&ObjectId::column(t.oid, *n)))
            })
        };
        let key = matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::ForeignKey);
        if !key || !empty(object.parent, &c.columns) && !empty(c.foreign_table, &c.foreign_columns) {
            return false;
        }
        self.plan.unsupported.push(Unsupported {
            object: self.target.identity(object.id),
            reason: "the values of its column were not kept, so it cannot hold".into(),
        });
        let is_its = |o: &&Object| matches!(&o.detail, Detail::Index(i) if i.constraint == Some(object.id));
        self.plan.skipped.extend(self.target.objects().filter(is_its).map(|o| self.target.identity(o.id)));
        true
    }

    fn note_lost_rows(&mut self, object: &Object) {
        let id = object.id;
        let moved = self.inverse.moved.iter().find(|moved| moved.id == id);
        if !self.inverse.removed.contains(&id)
            || !object.holds_rows()
            || moved.is_some() && self.now.contains(id)
            || self.inverse.tables.iter().any(|t| t.table == id)
        {
            return;
        }
        let reason = match moved {
            None => "its rows were not kept; it comes back empty".to_owned(),
            Some(moved) => {
                format!("its rows were kept in {}, where somebody has dropped it; it comes back empty", moved.to_schema)
            }
        };
        self.plan.unsupported.push(Unsupported { object: self.target.identity(id), reason });
    }

    /// A domain without NOT NULL until values are back, and a check of one that types are made of for values to come.
    fn such_that_domains_take_them(
        &mut self,
        object: &Object,
        statements: Vec<Statement>,
        about: &str,
    ) -> Vec<Statement> {
        match &object.detail {
            Detail::Type(Type::Domain { not_null: true, .. }) => self.nullable_at_first(object.id, statements, about),
            // One that is new looks at nothing: what is made of it comes later.
            Detail::Constraint(c)
                if c.on_domain && c.validated && object.parent.is_some_and(|domain| self.now.contains(domain)) =>
            {
                self.plan.unsupported.push(Unsupported {
                    object: about.to_owned(),
                    reason: "PostgreSQL gives no check to a domain that arrays or other types in columns are made of, \
                             but for values to come"
                        .into(),
                });
                statements.into_iter().map(|one| Statement::from(format!("{} NOT VALID", one.sql))).collect()
            }
            _ => statements,
        }
    }

    /// An index of a large table is made when nobody waits for it. What was there before must be there after.
    fn is_indexed_afterwards(&self, object: &Object, on_new_table: bool) -> bool {
        let Detail::Index(index) = &object.detail else { return false };
        let is_large = |table: ObjectId| {
            self.now.storage(table.oid).is_some_and(|s| s.bytes > self.options.index_in_lock_bytes)
                && matches!(self.now.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.kind == TableKind::Ordinary)
        };
        index.constraint.is_none()
            && !on_new_table
            && !self.now.contains(object.id)
            && object.parent.is_some_and(is_large)
    }

    fn index_afterwards(&mut self, object: &Object, statements: &[Statement], about: String) {
        let (Detail::Index(index), Some((first, others))) = (&object.detail, statements.split_first()) else { return };
        let state = ddl::state(self.target, object.id).into_iter().map(|one| one.sql);
        let comment = object.comment.as_ref().and_then(|_| ddl::comment(self.target, object.id));
        self.plan.tail.push(TailStep::Index {
            sql: ddl::concurrently(&first.sql),
            schema: object.schema.clone().unwrap_or_default(),
            name: object.name.clone(),
            about,
            then: state.chain(others.iter().map(|one| one.sql.clone())).chain(comment).collect(),
            wholes: self.wholes(index),
        });
    }

    /// Rows written since may be in the way of a statement that looks at them.
    fn create_by(&mut self, object: &Object, mut statement: Statement, on_new_table: bool, about: &str) {
        let looser = self.looked_at_here(object, &mut statement, about);
        let is_not_valid = matches!(statement.does, Does::AddConstraint { at_once: Some(_) });
        if is_not_valid {
            let table = object.parent.map_or(String::new(), |p| self.target.sql_name(p));
            self.plan.tail.push(TailStep::Validate {
                sql: format!("ALTER TABLE {table} VALIDATE CONSTRAINT {}", ident(&object.name)),
                about: about.to_owned(),
                table,
            });
        }
        if let Detail::Constraint(c) = &object.detail
            && c.kind == ConstraintKind::Check
            && !c.validated
        {
            self.validate_heirs(object);
        }
        let makes_it = matches!(statement.does, Does::CreateIndex | Does::AddConstraint { .. });
        let on_clashing = matches!(&object.detail, Detail::Constraint(c)
            if c.foreign_table.is_some_and(|table| self.progress.clashing.contains(&table)));
        // That of a partitioned table looks at the rows at once.
        let looks_at_once = matches!(&object.detail, Detail::Constraint(c)
            if matches!(c.kind, ConstraintKind::ForeignKey | ConstraintKind::Check) && c.validated && !c.on_domain)
            && !is_not_valid;
        let is_unfit = is_unique(&object.detail) && makes_it || on_clashing || looks_at_once;
        // What refers to a key that may stay away may as well, whatever else may be the matter with it.
        let may_stay_away = !on_new_table && (looser.is_none() && is_unfit || on_clashing);
        if let (true, Some(table)) = (may_stay_away, object.parent) {
            self.progress.clashing.insert(table);
        }
        // The server asks for the rows as one that row security does not hide any from.
        let looked_at = match &object.detail {
            Detail::Constraint(c) if looks_at_once => object.parent.into_iter().chain(c.foreign_table).collect(),
            _ => BTreeSet::new(),
        };
        // Of the table itself: where the constraint stays away, what is about it is not done.
        let forced: Vec<(String, String)> = looked_at
            .into_iter()
            .filter(|t| self.is_forced(*t))
            .map(|t| (self.target.sql_name(t), self.target.identity(t)))
            .collect();
        for (table, of_table) in &forced {
            self.step(ddl::force_row_security(table, false), of_table);
        }
        let unfit = may_stay_away.then(|| unfit(object, &statement));
        let runs = match (looser, unfit) {
            (Some(way), unfit) => Execution::OrElse { way, unfit },
            (None, Some(unfit)) => Execution::Fit(unfit),
            (None, None) => Execution::Plain,
        };
        self.draft.push(Step::new(statement, about).running(runs));
        for (table, of_table) in &forced {
            self.step(ddl::force_row_security(table, true), of_table);
        }
    }

    /// VALIDATE would ask for the rows of both tables as their owner, from whom row security that is forced hides some:
    /// such a key looks at them here, where it is not. And where they do not fit it, it is made for new rows only.
    fn looked_at_here(&self, object: &Object, statement: &mut Statement, about: &str) -> Option<Fallback> {
        let Detail::Constraint(key) = &object.detail else { return None };
        let (table, foreign) = (object.parent?, key.foreign_table?);
        if !key.validated || !self.hides_rows_of(table, foreign) {
            return None;
        }
        let Does::AddConstraint { at_once } = &mut statement.does else { return None };
        let loose = std::mem::replace(&mut statement.sql, at_once.take()?);
        let names = |of: ObjectId, alias: &str, columns: &[i16]| -> Vec<String> {
            let names = columns.iter().filter_map(|n| self.target.column_name(of.oid, *n));
            names.map(|name| format!("{alias}.{}", ident(name))).collect()
        };
        let (ours, theirs) = (names(table, "t", &key.columns), names(foreign, "p", &key.foreign_columns));
        let there: Vec<String> = ours.iter().map(|name| format!("{name} IS NOT NULL")).collect();
        let same: Vec<String> = ours.iter().zip(&theirs).map(|(t, p)| format!("{p} = {t}")).collect();
        let (full, name) = (self.target.sql_name(table), ident(&object.name));
        Some(Fallback {
            statements: vec![loose],
            count: format!(
                "SELECT count(*) FROM {full} t WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})",
                there.join(" AND "),
                self.target.sql_name(foreign),
                same.join(" AND ")
            ),
            otherwise: format!(
                "rows refer to nothing: {about} holds for new rows only (NOT VALID); mend them as a role that row security \
                 does not apply to"
            ),
            mend: vec![format!("ALTER TABLE {full} VALIDATE CONSTRAINT {name}")],
            loosens: Some(about.to_owned()),
            ..Fallback::default()
        })
    }

    /// Whether row security applies to the owner of one of them, who is the one that undoes.
    pub(super) fn hides_rows_of(&self, table: ObjectId, foreign: ObjectId) -> bool {
        !self.options.superuser && [table, foreign].into_iter().any(|table| self.is_forced(table))
    }

    /// A check that a parent has without having looked at its rows, and a child after it did.
    fn validate_heirs(&mut self, constraint: &Object) {
        let Some(parent) = constraint.parent else { return };
        let heirs = with_heirs(self.target, parent);
        let checks: Vec<ObjectId> = self
            .target
            .outside()
            .filter(|o| o.name == constraint.name && o.id != constraint.id)
            .filter(|o| matches!(&o.detail, Detail::Constraint(c) if c.inherited && c.validated))
            .filter(|o| o.parent.is_some_and(|table| heirs.contains(&table)))
            .map(|o| o.id)
            .collect();
        for id in checks {
            let table = self.target.sql_name(self.target.root(id));
            self.plan.tail.push(TailStep::Validate {
                sql: format!("ALTER TABLE {table} VALIDATE CONSTRAINT {}", ident(&constraint.name)),
                about: self.target.identity(id),
                table,
            });
        }
    }

    /// Owner, privileges and comment of something just created.
    pub(super) fn dress(&mut self, object: &Object, about: &str) {
        let inside = matches!(&object.detail, Detail::Sequence(s) if s.identity);
        if let Some(owner) = &object.owner
            && !inside
            && *owner != self.options.role
            && let Some(sql) = ddl::owner(self.target, object.id, owner)
        {
            self.step(sql, about);
        }
        let initial = initial_acl(self.target, object, &self.options.role);
        let statements = match &initial {
            // Default privileges arrive sorted by role; only granting anew gives them their order.
            Some(initial) => ddl::acl_anew(self.target, object, initial, object.acl.as_deref()),
            None => ddl::acl_statements(self.target, object, None, object.acl.as_deref()),
        };
        match statements {
            Ok(statements) => statements.into_iter().for_each(|s| self.step(s, about)),
            Err(reason) => self.plan.unsupported.push(reason),
        }
        if object.comment.is_some()
            && let Some(sql) = ddl::comment(self.target, object.id)
        {
            self.step(sql, about);
        }
    }

    /// A materialized view that has no rows and had some is filled when nobody waits for it.
    pub(super) fn refill(&mut self, id: ObjectId, is_made: bool) {
        let is_filled = |object: Option<&Object>| match object.map(|o| &o.detail) {
            Some(Detail::View(v)) if v.materialized => Some(v.populated),
            _ => None,
        };
        if is_filled(self.target.get(id)) == Some(true) && (is_made || is_filled(self.now.get(id)) == Some(false)) {
            let sql = format!("REFRESH MATERIALIZED VIEW {}", self.target.sql_name(id));
            self.plan.tail.push(TailStep::Refresh { sql, about: self.target.identity(id) });
        }
    }

    /// A column that had a value in each row: those written since may have none.
    pub(super) fn needs_values(&mut self, table: ObjectId, column: &str) {
        // Those of now, and those that come back: a child that was dropped as well gets the column with its parent.
        let family = with_heirs(self.now, table).into_iter().chain(with_heirs(self.target, table));
        let mut heirs: Vec<String> = Vec::new();
        for name in family.map(|id| self.target.sql_name(id)) {
            if !heirs.contains(&name) {
                heirs.push(name);
            }
        }
        self.plan.needs_values.push(NeedsValues {
            table: self.target.sql_name(table),
            column: column.to_owned(),
            heirs,
            forced: self.is_forced(table),
        });
    }

    pub(super) fn check_column_order(&mut self, table: ObjectId) {
        let identity = self.target.sql_name(table);
        if !self.plan.order.changed.contains(&identity) && self.is_misplaced(table) {
            self.plan.order.changed.push(identity);
        }
    }
}

/// What rows written since may not fit of something that a statement creates.
fn unfit(object: &Object, statement: &Statement) -> Unfit {
    let is_foreign_key = matches!(&object.detail, Detail::Constraint(c) if c.kind == ConstraintKind::ForeignKey);
    let at_once = match &statement.does {
        Does::AddConstraint { at_once } => at_once.clone(),
        _ => None,
    };
    Unfit { what: if is_foreign_key { Unfits::ForeignKey } else { Unfits::Values }, at_once }
}

/// Whether it allows a value once only.
fn is_unique(detail: &Detail) -> bool {
    match detail {
        Detail::Index(index) => index.unique && index.constraint.is_none(),
        Detail::Constraint(c) => {
            matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion)
        }
        _ => false,
    }
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
    let local = object.schema.as_deref().and_then(|s| of(Some(s))).and_then(|o| o.acl.clone());
    match (global, local) {
        (None, None) => None,
        (Some(acl), None) => Some(acl),
        (global, Some(local)) => {
            let item = |grantee: &str, letters: &str| AclItem {
                grantee: grantee.to_owned(),
                privileges: letters.chars().map(|letter| Privilege { letter, grantable: false }).collect(),
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
