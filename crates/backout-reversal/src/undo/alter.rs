//! What is there gets back what it had, by ALTER.

use super::draft::Phase;
use super::found::{Found, only_renames_values};
use super::planner::Planner;
use super::step::Step;
use crate::ddl::{Does, Statement};
use crate::tables::with_heirs;
use backout_schema::{Class, Detail, Object, ObjectId, ident};

impl Planner<'_> {
    pub(super) fn rename_values(&mut self, found: &Found) {
        for (id, alteration) in found.alterations.iter().filter(|(id, alteration)| only_renames_values(*id, alteration))
        {
            let about = self.target.identity(*id);
            // Under the name that it has until then.
            let (is, was) = (self.now.sql_name(*id), self.target.sql_name(*id));
            for statement in &alteration.statements {
                self.step(statement.sql.replacen(&was, &is, 1), &about);
            }
        }
    }

    pub(super) fn alter(&mut self, found: &Found) {
        for (id, alteration) in &found.alterations {
            if found.recreate.contains(id) || self.is_default_acl(*id) || only_renames_values(*id, alteration) {
                continue;
            }
            let about = self.target.identity(*id);
            self.refill(*id, false);
            for statement in &alteration.statements {
                self.alter_by(*id, statement, &about);
            }
            self.regrant_columns(*id, alteration);
        }
    }

    /// Each statement when it can run.
    fn alter_by(&mut self, id: ObjectId, statement: &Statement, about: &str) {
        let Statement { sql, does } = statement;
        let table = ObjectId::relation(id.oid);
        match does {
            Does::Inherit(parent) => {
                if !self.joins_others(id, *parent) {
                    let phase = self.turn_of_parents(id);
                    for sql in self.made_heir(id, *parent, sql) {
                        self.step_in(phase, sql, about);
                    }
                }
            }
            Does::NoInherit(_) => {
                if !self.is_fostered(id) {
                    self.step_in(self.turn_of_parents(id), sql.clone(), about);
                }
            }
            Does::AttachPartition => self.attach_in_time(id, sql, about),
            // What is stored apart has settings once there is a column for it.
            Does::SetToast => self.step_in(Phase::OwnedByColumns, sql.clone(), about),
            Does::OwnedBy if self.waits_for_owner(id) => self.step_in(Phase::OwnedByColumns, sql.clone(), about),
            // The table that is recreated has it.
            Does::AddIdentity if self.chosen.rebuilds.contains(&table) => {}
            Does::AddIdentity => self.step_in(Phase::NotNull, sql.clone(), about),
            Does::SetExpression if self.chosen.rebuilds.contains(&table) || self.comes_by_parent(id) => {}
            Does::SetExpression => self.step_in(Phase::SettleColumns, statement.clone(), about),
            Does::DomainNotNull => self.demand_values_of_domain(id, sql.clone(), about),
            Does::SetNotNull { .. } if self.is_apart(table) => self.not_null_before_whole(id, statement.clone(), about),
            Does::SetNotNull { .. } => {
                if let Some(name) = self.target.column_name(id.oid, id.sub) {
                    self.needs_values(table, name);
                }
                self.step_in(Phase::NotNull, statement.clone(), about);
            }
            // ALTER TYPE of the parent's column reaches it.
            Does::DropNotNull => {
                self.step(sql.clone(), about);
                self.keep_values_demanded_below(id);
            }
            Does::Retype { .. } if self.comes_by_parent(id) => {}
            Does::Retype { change } => self.alter_type(id, change, sql, about),
            Does::OwnedBy
            | Does::Plain
            | Does::RenameValue
            | Does::SetIdentity
            | Does::Revoke
            | Does::SetStorage
            | Does::DetachPartition(_)
            | Does::DropIndex
            | Does::DropSchema(_)
            | Does::AttachIndex
            | Does::AddConstraint { .. }
            | Does::CreateIndex
            | Does::CreateView
            | Does::CreateDomain { .. } => self.step(sql.clone(), about),
        }
    }

    /// When its columns have their former types, and its parents theirs.
    fn turn_of_parents(&self, id: ObjectId) -> Phase {
        if self.waits_for_parents(id) { Phase::InheritRecreated } else { Phase::Inherit }
    }

    /// Inheriting tables that demanded values themselves, and that nobody meant.
    fn keep_values_demanded_below(&mut self, id: ObjectId) {
        let table = ObjectId::relation(id.oid);
        let Some(name) = self.target.column_name(table.oid, id.sub).map(ident) else { return };
        for heir in with_heirs(self.target, table).into_iter().filter(|heir| *heir != table) {
            let of_heir = self.target.columns(heir).into_iter().find(|c| ident(&c.name) == name).map(|c| c.id);
            let demands = |id: &ObjectId| {
                [self.now, self.target]
                    .iter()
                    .all(|catalog| matches!(catalog.get(*id).map(|o| &o.detail), Some(Detail::Column(c)) if c.not_null))
            };
            if of_heir.filter(|id| !self.inverse.changed.contains(id)).is_some_and(|id| demands(&id)) {
                let (full, about) = (self.target.sql_name(heir), self.target.identity(heir));
                self.step(format!("ALTER TABLE {full} ALTER COLUMN {name} SET NOT NULL"), &about);
            }
        }
    }

    /// A change of type makes indexes and statistics anew, without what ANALYZE was told of them.
    pub(super) fn targets_again(&mut self, found: &Found) {
        for table in self.progress.retyped.clone() {
            let stays = |o: &&Object| self.now.contains(o.id) && !found.recreate.contains(&o.id);
            let parts: Vec<Object> = self.target.parts(table).filter(stays).cloned().collect();
            if self.chosen.rebuilds.contains(&table) {
                continue;
            }
            for part in parts {
                let (full, about) = (self.target.sql_name(part.id), self.target.identity(part.id));
                match &part.detail {
                    Detail::Index(index) => {
                        for (column, target) in &index.statistics {
                            let sql = format!("ALTER INDEX {full} ALTER COLUMN {column} SET STATISTICS {target}");
                            self.step(sql, &about);
                        }
                    }
                    Detail::Statistics(statistics) => {
                        if let Some(target) = &statistics.target {
                            self.step(format!("ALTER STATISTICS {full} SET STATISTICS {target}"), &about);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// A sequence's column may have to come back first.
    fn waits_for_owner(&self, id: ObjectId) -> bool {
        matches!(self.target.get(id).map(|o| &o.detail),
            Some(Detail::Sequence(s)) if s.owned_by.is_some_and(|column| !self.now.contains(column)))
    }

    fn alter_type(&mut self, id: ObjectId, change: &str, sql: &str, about: &str) {
        let sql = self.relabelled(id, change).unwrap_or_else(|| sql.to_owned());
        if let Some((retype, or_else)) = self.retype(id, change) {
            let step = Step::new(retype, about).or_else(or_else);
            match self.waits_for_key(id) {
                true => self.draft.push_to(Phase::RetypeByKey, step),
                false => self.draft.push(step),
            }
        } else {
            self.put_misfits_aside(id);
            let or_else = self.value_by_value(id, change);
            self.draft.push(Step::new(sql, about).or_else(or_else));
        }
    }

    pub(super) fn is_default_acl(&self, id: ObjectId) -> bool {
        id.class == Class::DefaultAcl
    }
}
