//! What a domain demands comes back when the values are back, and where values written since do not fit, it holds for
//! those to come.

use super::draft::Phase;
use super::planner::Planner;
use super::step::{Execution, Fallback, Step, Unfits};
use crate::ddl::{self, Does, Statement};
use backout_schema::{Constraint, Detail, Object, ObjectId, Type, ident, literal, qualified};
use std::collections::BTreeSet;

impl Planner<'_> {
    /// A column of a domain that takes no NULL could not be added to rows, before they have their values.
    pub(super) fn nullable_at_first(
        &mut self,
        id: ObjectId,
        statements: Vec<Statement>,
        about: &str,
    ) -> Vec<Statement> {
        let full = self.target.sql_name(id);
        // When all values are back nothing is in its way.
        if self.is_inside_others(&full) || self.draft.phase() >= Phase::NotNull {
            return statements;
        }
        self.demand_values_of_domain(id, format!("ALTER DOMAIN {full} SET NOT NULL"), about);
        let without = |statement: Statement| match statement.does {
            Does::CreateDomain { nullable: Some(nullable) } => nullable.into(),
            _ => statement,
        };
        statements.into_iter().map(without).collect()
    }

    /// Whether arrays or other types are made of a domain: PostgreSQL does not alter it then.
    pub(super) fn is_inside_others(&self, domain: &str) -> bool {
        self.target.outside().any(|o| match &o.detail {
            Detail::Column(c) => c.data_type == format!("{domain}[]"),
            Detail::Type(Type::Composite { attributes }) => attributes.iter().any(|a| a.data_type.starts_with(domain)),
            Detail::Type(Type::Range { subtype, .. }) => subtype == domain,
            _ => false,
        })
    }

    /// A domain that columns will have arrays of gets its checks while there are none.
    pub(super) fn check_at_birth(&mut self, object: &Object, made: &BTreeSet<ObjectId>) {
        let is_domain = matches!(&object.detail, Detail::Type(Type::Domain { .. }));
        if !is_domain || !self.is_inside_others(&self.target.sql_name(object.id)) {
            return;
        }
        let is_check =
            |o: &&Object| matches!(&o.detail, Detail::Constraint(c) if c.on_domain) && !self.now.contains(o.id);
        let can_be_made =
            |check: ObjectId| self.target.needs(check).all(|d| d.to == object.id || self.now.contains(d.to));
        let checks: Vec<ObjectId> =
            self.target.parts(object.id).filter(is_check).map(|o| o.id).filter(|id| can_be_made(*id)).collect();
        for check in checks {
            self.create_one(check, made);
            self.progress.created.insert(check);
        }
    }

    /// NOT NULL, which comes when the rows are back: until then the migration's NULLs are in its columns.
    pub(super) fn demand_values_of_domain(&mut self, domain: ObjectId, sql: String, about: &str) {
        let full = self.target.sql_name(domain);
        self.in_phase(Phase::NotNull, |planner| {
            planner.free_what_steps_aside(&full, about);
            planner.draft.push(Step::new(sql, about).running(Execution::Fit(Unfits::Values.into())));
        });
    }

    /// A check comes when all values are back.
    pub(super) fn check_domain(&mut self, object: &Object, check: &Constraint, statements: Vec<Statement>) {
        let about = self.target.identity(object.id);
        let domain = object.parent.map_or(String::new(), |d| self.target.sql_name(d));
        self.in_phase(Phase::CheckDomains, |planner| {
            planner.free_what_steps_aside(&domain, &about);
            for statement in statements {
                let or_else = check.validated.then(|| Fallback {
                    statements: vec![format!("{} NOT VALID", statement.sql)],
                    count: format!("SELECT {}", literal(&about)),
                    otherwise:
                        "holds only for values to come, since some that were written since do not fit it; mend them"
                            .to_owned(),
                    mend: vec![format!("ALTER DOMAIN {domain} VALIDATE CONSTRAINT {}", ident(&object.name))],
                    loosens: Some(about.clone()),
                    ..Fallback::default()
                });
                planner.draft.push(Step::new(statement, &about).or_else(or_else));
            }
            for sql in ddl::state(planner.target, object.id) {
                planner.step(sql, &about);
            }
            planner.dress(object, &about);
        });
    }

    /// A domain looks at all columns of its own, those that are set aside included: they get its base type.
    pub(super) fn free_what_steps_aside(&mut self, domain: &str, about: &str) {
        let mut statements = Vec::new();
        for moved in &self.plan.keeps.tables {
            let Some(Detail::Table(table)) = self.now.get(moved.id).map(|o| &o.detail) else { continue };
            if table.partition_of.is_some() {
                continue;
            }
            let kept_as = if moved.kept_as.is_empty() { &moved.name } else { &moved.kept_as };
            for column in self.now.columns(moved.id) {
                let Detail::Column(c) = &column.detail else { continue };
                // Another column may be made of it, or the partitions.
                let is_used = self.now.dependents(column.id).any(|d| {
                    matches!(self.now.get(d.from).map(|o| &o.detail), None | Some(Detail::Column(_) | Detail::Table(_)))
                });
                if c.data_type == domain && c.generated.is_none() && (!c.inherited || c.local) && !is_used {
                    let full = qualified(&moved.to_schema, kept_as);
                    let base = self.without_domain(domain);
                    statements.push(format!("ALTER TABLE {full} ALTER COLUMN {} TYPE {base}", ident(&column.name)));
                }
            }
        }
        for sql in statements {
            self.step(sql, about);
        }
    }

    /// The type that a domain stands for; of other types their own name.
    pub(super) fn without_domain(&self, data_type: &str) -> String {
        let base = self.now.objects().find_map(|o| match &o.detail {
            Detail::Type(Type::Domain { base, .. }) if self.now.sql_name(o.id) == data_type => Some(base.clone()),
            _ => None,
        });
        match base {
            Some(base) if base != data_type => self.without_domain(&base),
            _ => data_type.to_owned(),
        }
    }
}
