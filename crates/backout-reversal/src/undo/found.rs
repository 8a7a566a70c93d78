//! What the undo has to do, before the first statement is made: what goes, what is altered, what must be recreated, and
//! with it whatever depends on that.

use super::chosen::Enum;
use super::former_labels::with_former_labels;
use super::plan::{Conflict, Worn};
use super::planner::Planner;
use crate::ddl::{self, Alteration, Does, Statement, Unsupported};
use crate::inverse::Inverse;
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
    /// Tables that leave a parent before anything of theirs goes or is renamed: what the parent has holds that fast. The
    /// statements, and what they are about.
    pub(super) partings: Vec<(String, String)>,
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
        // Keys that refer to one of those stand on its index.
        loop {
            let so_far = found.recreate.len();
            self.with_dependents(&mut found);
            self.with_their_indexes(&mut found.recreate);
            if found.recreate.len() == so_far {
                break;
            }
        }
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
        self.plan.wanted.bystanders = self.bystanders(recreate);
        let rewritten = alterations.iter().filter(|(_, a)| a.retype).map(|(id, _)| self.now.root(*id));
        let of_enums = self.chosen.enums.iter().flat_map(Enum::tables);
        let rewritten: BTreeSet<ObjectId> =
            rewritten.chain(of_enums).chain(self.chosen.rebuilds.iter().copied()).collect();
        self.progress.retyped.clone_from(&rewritten);
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

    /// What the tables and views that are touched have beside that.
    fn bystanders(&self, recreate: &BTreeSet<ObjectId>) -> Vec<(ObjectId, String, Worn)> {
        let Inverse { removed, changed, .. } = self.inverse;
        let touched: BTreeSet<ObjectId> = removed.iter().chain(changed).chain(recreate).copied().collect();
        let roots: BTreeSet<ObjectId> = touched.iter().map(|id| self.target.root(*id)).collect();
        let all = roots.iter().filter_map(|id| self.target.get(*id));
        let all = all.flat_map(|root| std::iter::once(root).chain(self.target.parts(root.id)));
        let refers = |o: &&Object| matches!(&o.detail, Detail::Constraint(c) if c.foreign_table.is_some_and(|table| roots.contains(&table)));
        let all: BTreeSet<ObjectId> = all.chain(self.target.outside().filter(refers)).map(|o| o.id).collect();
        let all = all.into_iter().filter_map(|id| self.target.get(id));
        let stays = |o: &&Object| {
            let there = self.now.contains(o.id) && !self.now.is_ours(o.id);
            there && !touched.contains(&o.id) && !self.inverse.added.contains(&o.id)
        };
        all.filter(stays).map(|o| (o.id, self.target.identity(o.id), Worn::of(o))).collect()
    }

    fn alterations(&mut self, going: BTreeSet<ObjectId>) -> Found {
        let mut found = Found { recreate: self.choose_rebuilds(&going), ..Found::default() };
        found.recreate.extend(self.choose_enums(&going));
        found.going = going;
        // Columns that have kept values: some have the type again that they had.
        let kept: BTreeSet<ObjectId> =
            self.inverse.types.iter().map(|copy| ObjectId::column(copy.table.oid, copy.column)).collect();
        let of_identities = self.identities_made_again();
        let touched = self.inverse.changed.iter().chain(&self.inverse.removed).chain(&kept).chain(&of_identities);
        let touched: BTreeSet<ObjectId> = touched.copied().collect();
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
                let after = self.inverse.after.get(id);
                alteration = ddl::alter_dress(self.target, now, before, after, &self.renames);
                found.replaced.push((sql, self.target.identity(id)));
            }
            if of_identities.contains(&id) {
                self.make_identity_again(id, &mut alteration);
            }
            self.expression_in_time(id, &mut alteration, &mut found);
            self.plan.unsupported.extend(alteration.unsupported.clone());
            if alteration.recreate {
                found.recreate.insert(id);
                found.recreate.extend(self.adopted_by(id).filter(|whole| !found.going.contains(whole)));
            }
            if alteration.retype || self.chosen.same_name_types.contains(&id) {
                self.around_a_type(id, &mut around);
            }
            found.alterations.push((id, alteration));
        }
        found.recreate.extend(around);
        self.early_partings(&mut found);
        self.with_dependents(&mut found);
        self.refuse_what_holds_data(&mut found.recreate);
        found.alterations.sort_by_key(|(id, _)| (self.target.get(*id).map_or(u8::MAX, rank), *id));
        found
    }

    fn alteration(&mut self, now: &Object, before: &Object, is_kept: bool) -> Alteration {
        let id = now.id;
        // What is there has its former labels by now: so has what the migration left.
        let is_relabelled = self.inverse.renamed_labels.iter().any(|one| one.of == id);
        let left = is_relabelled.then(|| with_former_labels(&self.inverse.after, self.inverse).0);
        let after = left.as_deref().unwrap_or(&self.inverse.after).get(id);
        let mut alteration = ddl::alter(self.target, now, before, after, &self.renames);
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
        if self.inverse.rebound.contains(&id) {
            self.bind_again(id, &mut alteration);
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

    /// It reads as it did, and means something else: it is defined again when all have their former names.
    fn bind_again(&mut self, id: ObjectId, alteration: &mut Alteration) {
        match self.target.get(id).map(|o| &o.detail) {
            Some(Detail::Column(column)) if column.inherited && !column.local || column.generated.is_some() => {}
            Some(Detail::Column(_)) if alteration.retype => {}
            Some(Detail::Column(_)) => {
                self.chosen.same_name_types.insert(id);
            }
            Some(Detail::Function(function)) if alteration.statements.is_empty() => {
                alteration.statements.push(function.definition.clone().into());
            }
            Some(Detail::Function(_)) => {}
            _ => alteration.recreate = true,
        }
    }

    /// The index of the whole that this one has become a part of. Only without that one it comes free.
    fn adopted_by(&self, id: ObjectId) -> Option<ObjectId> {
        match (&self.now.get(id)?.detail, &self.target.get(id)?.detail) {
            (Detail::Index(now), Detail::Index(then)) if then.partition_of.is_none() => now.partition_of,
            _ => None,
        }
    }

    /// Columns that had an identity and have another one, with a sequence of its own.
    fn identities_made_again(&self) -> BTreeSet<ObjectId> {
        let is_identity = |id: ObjectId| matches!(self.now.get(id).map(|o| &o.detail), Some(Detail::Column(column)) if column.identity.is_some());
        let gone = self.inverse.removed.iter().filter(|id| !self.now.contains(**id));
        let former = gone.filter_map(|id| match self.target.get(*id).map(|o| &o.detail) {
            Some(Detail::Sequence(Sequence { identity: true, owned_by: Some(column), .. })) => Some(*column),
            _ => None,
        });
        former.filter(|column| is_identity(*column)).collect()
    }

    fn make_identity_again(&self, id: ObjectId, alteration: &mut Alteration) {
        let (Some(drop), Some(make)) = (ddl::drop_identity(self.target, id), ddl::add_identity(self.target, id)) else {
            return;
        };
        // What the present one would get goes with it.
        alteration.statements.retain(|one| one.does != Does::SetIdentity);
        alteration.statements.insert(0, drop);
        alteration.statements.push(make);
    }

    /// Finds the tables that leave a parent of now early.
    fn early_partings(&self, found: &mut Found) {
        let Found { alterations, partings, going, .. } = found;
        for (id, alteration) in alterations {
            let leaves = |one: &Statement| match one.does {
                Does::DetachPartition(parent) | Does::NoInherit(parent) => Some(parent).filter(|p| !going.contains(p)),
                _ => None,
            };
            let Some(place) = alteration.statements.iter().position(|one| leaves(one).is_some()) else { continue };
            if !self.is_held_by_parent(*id, going) || self.is_fostered(*id) {
                continue;
            }
            let Statement { does, .. } = alteration.statements.remove(place);
            let table = self.now.sql_name(*id);
            let sql = match does {
                Does::DetachPartition(whole) => {
                    format!("ALTER TABLE {} DETACH PARTITION {table}", self.now.sql_name(whole))
                }
                Does::NoInherit(parent) => format!("ALTER TABLE {table} NO INHERIT {}", self.now.sql_name(parent)),
                _ => continue,
            };
            partings.push((sql, self.target.identity(*id)));
        }
    }

    /// Whether something of a table cannot go, or get its former name, while the table has a parent.
    fn is_held_by_parent(&self, table: ObjectId, going: &BTreeSet<ObjectId>) -> bool {
        self.now.parts(table).any(|part| match &part.detail {
            Detail::Index(index) => {
                going.contains(&part.id) && index.partition_of.is_some_and(|whole| !going.contains(&whole))
            }
            Detail::Constraint(constraint) => going.contains(&part.id) && constraint.inherited,
            Detail::Column(column) => {
                column.inherited && self.target.get(part.id).is_some_and(|then| then.name != part.name)
            }
            _ => false,
        })
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
