//! What the undo has to do, before the first statement is made: what goes, what is altered, what must be recreated, and
//! with it whatever depends on that.

use super::chosen::Enum;
use super::plan::Conflict;
use super::planner::Planner;
use crate::ddl::{self, Alteration, Does, Unsupported};
use crate::order::rank;
use backout_schema::{Catalog, Class, Dependency, DependencyKind, Detail, Object, ObjectId, Sequence, canonical_json};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct Found {
    /// What the migration added and is still there, with what has become part of it since.
    pub(super) going: BTreeSet<ObjectId>,
    /// What is dropped and created again.
    pub(super) recreate: BTreeSet<ObjectId>,
    /// What ALTER makes of every touched object that still exists, in the order in which objects are created.
    pub(super) alterations: Vec<(ObjectId, Alteration)>,
    /// What gets its former text while all that it names is there: views by CREATE OR REPLACE, generated columns. The
    /// statements, and what they are about.
    pub(super) replaced: Vec<(String, String)>,
    /// Generated columns among that: what their new expressions name can go then.
    pub(super) recomputed: BTreeSet<ObjectId>,
}

/// An enum whose values get their former names, and nothing else.
pub(super) fn only_renames_values(id: ObjectId, alteration: &Alteration) -> bool {
    id.class == Class::Type && alteration.statements.iter().all(|one| one.does == Does::RenameValue)
}

impl Planner<'_> {
    pub(super) fn find(&mut self) -> Found {
        let present = self.inverse.added.iter().copied().filter(|id| self.now.contains(*id));
        // What is new since under a new table (columns, indexes) goes with it.
        let going: BTreeSet<ObjectId> =
            present.flat_map(|id| std::iter::once(id).chain(self.now.parts(id).map(|o| o.id))).collect();
        self.relabel_what_was_kept();
        self.find_needed_keys(&going);
        self.others_in_the_way(&going);
        let mut found = self.alterations(going);
        let recreate = &mut found.recreate;
        recreate.extend(self.keys_in_the_way());
        recreate.extend(self.doubts_in_the_way());
        recreate.extend(self.indexes_of_the_whole_alone());
        recreate.extend(self.keys_out_of_order(recreate));
        recreate.extend(self.checks_of_the_parents());
        recreate.extend(self.keys_into_heirs());
        self.with_their_indexes(recreate);
        self.foreign_dependants(&found);
        self.names_taken(&found.going);
        self.dropped_since();
        self.gather_locks(&found.going, &found.alterations, &found.recreate);
        self.note_what_is_touched(&found);
        found
    }

    /// What the verification needs to know of objects that it finds under other ids, and of tables that others change.
    fn note_what_is_touched(&mut self, found: &Found) {
        let Found { recreate, alterations, .. } = found;
        let remade = recreate.iter().filter_map(|id| self.target.get(*id));
        self.plan.wanted.recreated =
            remade.map(|o| (o.id, self.target.identity(o.id), canonical_json(self.target, o))).collect();
        self.plan.wanted.parts = self.parts(recreate);
        let rewritten = alterations.iter().filter(|(_, a)| a.retype).map(|(id, _)| self.now.root(*id));
        let of_enums = self.chosen.enums.iter().flat_map(Enum::tables);
        let rewritten: BTreeSet<ObjectId> =
            rewritten.chain(of_enums).chain(self.chosen.rebuilds.iter().copied()).collect();
        let of_rebuilt = rewritten.iter().flat_map(|table| self.target.parts(*table)).map(|o| o.id);
        let touched = self.inverse.removed.iter().chain(&self.inverse.changed).chain(recreate).copied();
        let ids: BTreeSet<ObjectId> = touched.chain(of_rebuilt).collect();
        let there = ids.into_iter().filter(|id| self.target.contains(*id));
        self.plan.wanted.renumbered = there.map(|id| (id, self.target.identity(id))).collect();
    }

    /// By name: the tables whose parts nobody else can change while this runs, and these parts.
    fn parts(&self, recreate: &BTreeSet<ObjectId>) -> BTreeSet<String> {
        let touched = self.inverse.removed.iter().chain(&self.inverse.changed).chain(recreate);
        let tables: BTreeSet<ObjectId> = touched.map(|id| self.target.root(*id)).collect();
        let is_table = |id: &ObjectId| self.target.get(*id).is_some_and(Object::is_table);
        tables
            .into_iter()
            .filter(is_table)
            .flat_map(|id| std::iter::once(id).chain(self.target.parts(id).map(|o| o.id)))
            .map(|id| self.target.identity(id))
            .collect()
    }

    fn alterations(&mut self, going: BTreeSet<ObjectId>) -> Found {
        let mut found = Found { recreate: self.choose_rebuilds(&going), ..Found::default() };
        found.recreate.extend(self.choose_enums(&going));
        found.going = going;
        // Columns that have kept values: some have the type again that they had.
        let kept: BTreeSet<ObjectId> =
            self.inverse.types.iter().map(|copy| ObjectId::column(copy.table.oid, copy.column)).collect();
        let touched: BTreeSet<ObjectId> =
            self.inverse.changed.iter().chain(&self.inverse.removed).chain(&kept).copied().collect();
        let mut around: BTreeSet<ObjectId> = BTreeSet::new();
        for id in touched {
            let Some(before) = self.inverse.before.get(id).or_else(|| self.now.get(id).filter(|_| kept.contains(&id)))
            else {
                continue;
            };
            let Some(now) = self.now.get(id) else {
                if self.inverse.changed.contains(&id) {
                    self.conflict(
                        self.inverse.before.identity(id),
                        "it was dropped since, by somebody else; it stays gone".into(),
                    );
                }
                continue;
            };
            // An enum that is recreated gets all it had by that.
            if self.chosen.enums.iter().any(|e| e.is(id)) {
                continue;
            }
            let mut alteration = self.alteration(now, before, kept.contains(&id));
            if alteration.recreate
                && let Some(sql) = self.replaceable(id)
            {
                alteration.recreate = false;
                found.replaced.push((sql, self.target.identity(id)));
            }
            self.expression_in_time(id, &mut alteration, &mut found);
            self.plan.unsupported.extend(alteration.unsupported.clone());
            if alteration.recreate {
                found.recreate.insert(id);
            }
            if alteration.retype {
                self.around_a_type(id, &mut around);
            }
            found.alterations.push((id, alteration));
        }
        found.recreate.extend(around);
        self.with_dependents(&mut found);
        self.refuse_what_holds_data(&mut found.recreate);
        found.alterations.sort_by_key(|(id, _)| (self.target.get(*id).map_or(u8::MAX, rank), *id));
        found
    }

    fn alteration(&mut self, now: &Object, before: &Object, is_kept: bool) -> Alteration {
        let id = now.id;
        let mut alteration = ddl::alter(self.target, now, before, self.inverse.after.get(id), &self.renames);
        let same_type = match (&now.detail, self.target.get(id).map(|o| &o.detail)) {
            (Detail::Column(now), Some(Detail::Column(then))) => self.renames.same(&now.data_type, &then.data_type),
            _ => false,
        };
        if is_kept
            && same_type
            && !alteration.retype
            && !self.comes_by_parent(id)
            && let Some(rewrite) = self.target.get(id).and_then(|column| ddl::rewrite(self.target, column))
        {
            alteration.statements.splice(0..0, rewrite.statements);
            alteration.retype = true;
        }
        if let (Some(reason), Some(unsupported)) = (self.chosen.enum_reasons.get(&id), &mut alteration.unsupported) {
            unsupported.reason = format!("{}: {reason}", unsupported.reason);
        }
        if !alteration.drifted.is_empty() {
            let problem = format!("somebody else changed its {} since; that stays", alteration.drifted.join(", "));
            self.conflict(self.target.identity(id), problem);
        }
        alteration
    }

    fn conflict(&mut self, object: String, problem: String) {
        self.plan.conflicts.push(Conflict { object, problem, blocks: false });
    }

    /// A generated column gets its former expression at once if all that it names is there; and it has to, if what it is
    /// computed from now goes.
    fn expression_in_time(&self, id: ObjectId, alteration: &mut Alteration, found: &mut Found) {
        let Some(place) = alteration.statements.iter().position(|one| one.does == Does::SetExpression) else { return };
        let there = |to: ObjectId| self.now.contains(to) && self.now.identity(to) == self.target.identity(to);
        // The target has what it needs now beside what it needed.
        let mut needed = self.target.needs(id).map(|needed| needed.to).filter(|to| self.target.contains(*to));
        if there(id) && needed.all(there) {
            let statement = alteration.statements.remove(place);
            if !self.comes_by_parent(id) && !self.chosen.rebuilds.contains(&ObjectId::relation(id.oid)) {
                found.replaced.push((statement.sql, self.target.identity(id)));
            }
            found.recomputed.insert(id);
        } else if self.now.needs(id).any(|needed| found.going.contains(&needed.to)) {
            alteration.unsupported = Some(Unsupported {
                object: self.target.identity(id),
                reason: "what it is computed from now goes before what it was computed from is back".into(),
            });
        }
    }

    /// CREATE OR REPLACE, for a view of the same columns all whose parts are there under their former names: nothing
    /// that depends on it has to go.
    fn replaceable(&self, id: ObjectId) -> Option<String> {
        let (object, now) = (self.target.get(id)?, self.now.get(id)?);
        let Detail::View(view) = &object.detail else { return None };
        if view.materialized
            || object.name != now.name
            || object.schema != now.schema
            || !matches!(&now.detail, Detail::View(v) if !v.materialized)
        {
            return None;
        }
        let shape = |catalog: &Catalog| -> Vec<(String, String)> {
            let columns = catalog.columns(id).into_iter();
            let typed = columns.filter_map(|c| match &c.detail {
                Detail::Column(column) => Some((c.name.clone(), column.data_type.clone())),
                _ => None,
            });
            typed.collect()
        };
        let there = |to: ObjectId| self.now.contains(to) && self.now.identity(to) == self.target.identity(to);
        if shape(self.now) != shape(self.target) || !self.target.needs(id).all(|d| there(d.to)) {
            return None;
        }
        Some(ddl::create_view(&self.target.sql_name(id), view, true).sql)
    }

    /// What depends on a column in such a way that its type cannot be altered under it.
    fn around_a_type(&mut self, column: ObjectId, around: &mut BTreeSet<ObjectId>) {
        for user in self.now.dependents(column).filter_map(|edge| self.now.get(edge.from)) {
            match user.detail {
                Detail::View(_)
                | Detail::Rule(_)
                | Detail::Policy(_)
                | Detail::Trigger(_)
                | Detail::PublicationTable(_) => {
                    around.insert(user.id);
                }
                // A new one has gone by then.
                Detail::Column(_) if self.inverse.added.contains(&user.id) => {}
                Detail::Column(_) => self.plan.unsupported.push(Unsupported {
                    object: self.now.identity(user.id),
                    reason: "a generated column stands on a column whose type goes back".into(),
                }),
                _ => {}
            }
        }
    }

    /// Whatever depends on something that is recreated is recreated as well.
    fn with_dependents(&self, found: &mut Found) {
        let mut open: Vec<ObjectId> = found.recreate.iter().copied().collect();
        while let Some(id) = open.pop() {
            let mut users: Vec<Dependency> = self.now.dependents(id).collect();
            for part in self.now.parts(id) {
                users.extend(self.now.dependents(part.id));
                if matches!(part.detail, Detail::Rule(_) | Detail::Trigger(_) | Detail::Policy(_) | Detail::Index(_)) {
                    users.push(Dependency { from: part.id, to: id, kind: DependencyKind::Auto });
                }
            }
            let users = users.into_iter().map(|edge| edge.from);
            for user in users.filter(|user| !found.going.contains(user) && self.target.contains(*user)) {
                if !self.comes_with(user, id) && found.recreate.insert(user) {
                    open.push(user);
                }
            }
        }
    }

    /// Whether a part of a table comes back with it: its columns, and the sequences that they own.
    fn comes_with(&self, part: ObjectId, table: ObjectId) -> bool {
        let rebuilds = &self.chosen.rebuilds;
        match self.now.get(part).map(|o| &o.detail) {
            Some(Detail::Column(_)) => {
                let root = self.now.root(part);
                root == table || rebuilds.contains(&root)
            }
            Some(Detail::Sequence(Sequence { owned_by: Some(column), .. })) => {
                rebuilds.contains(&ObjectId::relation(column.oid))
            }
            _ => false,
        }
    }

    fn refuse_what_holds_data(&mut self, recreate: &mut BTreeSet<ObjectId>) {
        let holds_data = |id: &ObjectId| {
            let detail = self.target.get(*id).map(|o| &o.detail);
            let kind = matches!(
                detail,
                Some(Detail::Table(_) | Detail::Column(_) | Detail::Schema | Detail::Extension(_) | Detail::Type(_))
            );
            kind && !self.chosen.rebuilds.contains(id)
        };
        let refused: Vec<ObjectId> = recreate.iter().copied().filter(holds_data).collect();
        for id in refused {
            recreate.remove(&id);
            self.plan.unsupported.push(Unsupported {
                object: self.target.identity(id),
                reason: "it would have to be recreated, and it holds data or is what data is made of".into(),
            });
        }
    }
}
