//! Indexes and keys of partitioned tables: those of the partitions go with them, come back under their own names, and
//! are made for partitions that are new since.

use super::plan::TailStep;
use super::planner::{Creation, Planner};
use super::step::{Execution, Step, Unfits};
use crate::ddl::{Does, Statement};
use crate::tables::with_heirs;
use backout_schema::{Catalog, Class, ConstraintKind, Detail, Index, Object, ObjectId, TableKind, ident, qualified};
use std::collections::BTreeSet;

impl Planner<'_> {
    /// A key of a partitioned table makes those of the partitions, under names of its own choice, unless it finds them
    /// there.
    pub(super) fn keys_of_partitions(&mut self, key: &Object) {
        let Detail::Constraint(c) = &key.detail else { return };
        if c.inherited {
            return;
        }
        if c.kind == ConstraintKind::ForeignKey {
            for id in self.foreign_keys_of_partitions(key, &c.definition) {
                self.key_of_partition(id);
            }
            return;
        }
        let index_of = |constraint: ObjectId| {
            let of = |o: &&Object| matches!(&o.detail, Detail::Index(i) if i.constraint == Some(constraint));
            self.target.objects().find(of).map(|o| o.id)
        };
        let mut open: Vec<ObjectId> = index_of(key.id).into_iter().collect();
        let mut found: Vec<ObjectId> = Vec::new();
        while let Some(whole) = open.pop() {
            for index in self.target.outside() {
                let Detail::Index(i) = &index.detail else { continue };
                if let Some(constraint) = i.constraint.filter(|_| i.partition_of == Some(whole)) {
                    open.push(index.id);
                    found.push(constraint);
                }
            }
        }
        // The partitions of partitions first.
        for id in found.into_iter().rev() {
            self.key_of_partition(id);
        }
    }

    fn key_of_partition(&mut self, id: ObjectId) {
        let Some(Object { detail: Detail::Constraint(c), parent: Some(table), name, .. }) = self.target.get(id) else {
            return;
        };
        let sql = format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {}",
            self.target.sql_name(*table),
            ident(name),
            crate::repair(&c.definition)
        );
        let about = self.target.identity(id);
        let what = if c.kind == ConstraintKind::ForeignKey { Unfits::ForeignKey } else { Unfits::Values };
        self.draft.push(Step::new(sql, &about).running(Execution::Fit(what.into())));
    }

    /// Those that have other names than the key of the whole, the partitions of partitions first: the others get its
    /// name by themselves.
    fn foreign_keys_of_partitions(&self, key: &Object, definition: &str) -> Vec<ObjectId> {
        let mut tables: Vec<ObjectId> = key.parent.into_iter().collect();
        let mut place = 0;
        while let Some(whole) = tables.get(place).copied() {
            let is_part = |o: &&Object| matches!(&o.detail, Detail::Table(t) if t.partition_of == Some(whole));
            tables.extend(self.target.outside().filter(is_part).map(|o| o.id));
            place += 1;
        }
        let is_key = |o: &&Object| matches!(&o.detail, Detail::Constraint(c) if c.inherited && c.kind == ConstraintKind::ForeignKey && c.definition == definition);
        let keys = tables.iter().skip(1).rev().filter_map(|table| {
            let mut own = self.target.parts(*table).filter(is_key);
            let one = own.next()?;
            // Several that say the same: which is whose is not known.
            (own.next().is_none() && one.name != key.name && !self.now.contains(one.id)).then_some(one.id)
        });
        keys.collect()
    }

    /// A constraint takes its index along, and that of a partitioned table those of the partitions: what else these
    /// have (comments, parameters, CLUSTER) comes back only if they are known to go.
    pub(super) fn with_their_indexes(&self, recreate: &mut BTreeSet<ObjectId>) {
        loop {
            let goes = |id: &Option<ObjectId>| id.is_some_and(|id| recreate.contains(&id));
            let more: Vec<ObjectId> = self
                .now
                .outside()
                .filter(|o| !recreate.contains(&o.id) && self.target.contains(o.id))
                .filter(|o| match &o.detail {
                    Detail::Index(index) => goes(&index.constraint) || goes(&index.partition_of),
                    Detail::Constraint(c) if c.inherited => self.now.objects().any(|index| {
                        recreate.contains(&index.id)
                            && matches!(&index.detail, Detail::Index(i) if i.constraint == Some(o.id))
                    }),
                    _ => false,
                })
                .map(|o| o.id)
                .collect();
            if more.is_empty() {
                return;
            }
            recreate.extend(more);
        }
    }

    /// A partition must have NOT NULL where its whole has.
    pub(super) fn not_null_before_whole(&mut self, id: ObjectId, statement: Statement, about: &str) {
        if let Some(name) = self.target.column_name(id.oid, id.sub).map(str::to_owned) {
            self.needs_values(ObjectId::relation(id.oid), &name);
        }
        self.step(statement, about);
    }

    pub(super) fn attach_in_time(&mut self, id: ObjectId, sql: &str, about: &str) {
        let is_not_null = |catalog: &Catalog, column: ObjectId| matches!(catalog.get(column).map(|o| &o.detail), Some(Detail::Column(c)) if c.not_null);
        let columns = self.target.columns(id);
        let doubts = columns.iter().any(|c| is_not_null(self.target, c.id) && !is_not_null(self.now, c.id));
        // It would get others for those of its own that are still to come.
        let is_index = |o: &Object| matches!(&o.detail, Detail::Index(i) if i.partition_of.is_some());
        let to_come = self.target.parts(id).any(|o| is_index(o) && !self.now.contains(o.id));
        // The columns of the whole must be first what they were when this one fitted: nullable, or of another type.
        let whole = match self.target.get(id).map(|o| &o.detail) {
            Some(Detail::Table(table)) => table.partition_of,
            _ => None,
        };
        let columns = whole.map(|whole| self.target.columns(whole)).unwrap_or_default();
        let whole_differs = columns.iter().any(|column| self.inverse.changed.contains(&column.id));
        if doubts || to_come || whole_differs || self.lacks_columns(id) {
            self.progress.to_attach.push((sql.to_owned(), about.to_owned()));
        } else {
            self.attach(sql.to_owned(), about);
        }
    }

    /// Partitions that come back to a table: rows go into it when they are there. Named as their steps are.
    pub(super) fn parts_that_join(&self, table: ObjectId) -> Vec<String> {
        let whole = |catalog: &Catalog, id: ObjectId| match catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.partition_of,
            _ => None,
        };
        let is_below = |mut id: ObjectId| {
            while let Some(above) = whole(self.target, id) {
                if above == table {
                    return true;
                }
                id = above;
            }
            false
        };
        let joins = |o: &&Object| is_below(o.id) && self.now.contains(o.id) && whole(self.now, o.id).is_none();
        self.target.outside().filter(joins).map(|o| about_joining(&self.target.identity(o.id))).collect()
    }

    /// Rows written since may not belong into it: then it stays apart, and what follows under the name that is
    /// returned is left out.
    fn attach(&mut self, sql: String, about: &str) -> String {
        let about = about_joining(about);
        self.draft.push(Step::new(sql, &about).running(Execution::Fit(Unfits::Partition.into())));
        about
    }

    /// Indexes that partitioned tables have and not all their partitions: one that joins would get its own. So they go
    /// until it has joined.
    pub(super) fn indexes_of_the_whole_alone(&self) -> Vec<ObjectId> {
        let whole = |o: &Object| match &o.detail {
            Detail::Table(t) => t.partition_of,
            _ => None,
        };
        let joins = |o: &&Object| self.now.get(o.id).is_none_or(|now| whole(now) != whole(o) || self.now.is_ours(o.id));
        let joining: Vec<(ObjectId, ObjectId)> =
            self.target.outside().filter(joins).filter_map(|o| Some((o.id, whole(o)?))).collect();
        let lacks = |index: &Object| {
            let has = |part: ObjectId| {
                self.target
                    .parts(part)
                    .any(|o| matches!(&o.detail, Detail::Index(i) if i.partition_of == Some(index.id)))
            };
            joining.iter().any(|(part, of)| index.parent == Some(*of) && !has(*part))
        };
        let is_index = |o: &&Object| matches!(&o.detail, Detail::Index(i) if !i.valid && i.constraint.is_none());
        let there = |o: &&Object| self.now.contains(o.id) && !self.now.is_ours(o.id);
        self.target.outside().filter(is_index).filter(there).filter(|o| lacks(o)).map(|o| o.id).collect()
    }

    /// A check that a child has from its parent comes and goes with the parent's: where the migration validated that of
    /// the child alone, all of them are recreated.
    pub(super) fn checks_of_the_parents(&self) -> Vec<ObjectId> {
        let inherited = |catalog: &Catalog, id: ObjectId| match catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Constraint(c)) if c.inherited && c.kind == ConstraintKind::Check => Some(c.validated),
            _ => None,
        };
        let is_validated =
            |id: &&ObjectId| inherited(self.now, **id) == Some(true) && inherited(self.target, **id) == Some(false);
        let mut found = Vec::new();
        for check in self.inverse.changed.iter().filter(is_validated).filter_map(|id| self.target.get(*id)) {
            let same = |table: ObjectId| {
                self.target.parts(table).find(|o| o.name == check.name && o.id.class == check.id.class).map(|o| o.id)
            };
            let mut open: Vec<ObjectId> = check.parent.into_iter().collect();
            while let Some(table) = open.pop() {
                let Some(Detail::Table(t)) = self.target.get(table).map(|o| &o.detail) else { continue };
                open.extend(t.inherits.iter().chain(&t.partition_of).filter(|whole| same(**whole).is_some()));
                // From the first of them on: those between have theirs from it as well.
                if same(table).is_some_and(|own| inherited(self.target, own).is_none()) {
                    let family = with_heirs(self.target, table);
                    found.extend(family.into_iter().filter_map(same).filter(|id| self.now.contains(*id)));
                }
            }
        }
        found
    }

    /// Whether a partition is none until its columns are back.
    pub(super) fn is_apart(&self, table: ObjectId) -> bool {
        let whole = |catalog: &Catalog| match catalog.get(table).map(|t| &t.detail) {
            Some(Detail::Table(t)) => t.partition_of,
            _ => None,
        };
        whole(self.target).is_some_and(|then| whole(self.now) != Some(then))
    }

    /// Whether a partition, or what it is a partition of, has a column yet to come back.
    pub(super) fn lacks_columns(&self, partition: ObjectId) -> bool {
        let whole = match self.target.get(partition).map(|t| &t.detail) {
            Some(Detail::Table(t)) => t.partition_of,
            _ => None,
        };
        let of_them = |id: &ObjectId| Some(ObjectId::relation(id.oid)) == whole || id.oid == partition.oid;
        self.inverse
            .removed
            .iter()
            .any(|id| id.class == Class::Relation && id.sub != 0 && of_them(id) && !self.now.contains(*id))
    }

    /// Partitions join their whole. It would make the indexes that they lack, under names of its own choice: so they have
    /// theirs before.
    pub(super) fn attach_late(&mut self) {
        let Creation { made, others: to_come, .. } = self.progress.creation.clone();
        for (sql, about) in std::mem::take(&mut self.progress.to_attach) {
            let of_it = |id: &&ObjectId| {
                let index = match self.target.get(**id).map(|o| &o.detail) {
                    Some(Detail::Index(i)) => Some(i),
                    Some(Detail::Constraint(_)) => self.target.objects().find_map(|o| match &o.detail {
                        Detail::Index(i) if i.constraint == Some(**id) => Some(i),
                        _ => None,
                    }),
                    _ => None,
                };
                // What the whole lacks as well comes with the whole's.
                let of_whole = index.and_then(|i| i.partition_of).filter(|whole| !to_come.contains(whole));
                of_whole.is_some() && self.target.identity(self.target.root(**id)) == about
            };
            let indexes: Vec<ObjectId> =
                to_come.iter().filter(of_it).copied().filter(|id| !self.progress.created.contains(id)).collect();
            let first = self.draft.here().len();
            for id in indexes {
                self.create_one(id, &made);
                self.progress.created.insert(id);
            }
            let steps = self.draft.here().split_off(first);
            let joins = |step: &Step| step.does == Does::AttachIndex;
            let (after, before): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(joins);
            self.draft.here().extend(before);
            let about = self.attach(sql, &about);
            self.draft.here().extend(after.into_iter().map(|step| Step { about: about.clone(), ..step }));
        }
    }

    /// The indexes that one of a partition is part of, in words: they are valid when each partition has its own.
    pub(super) fn wholes(&self, index: &Index) -> Vec<String> {
        let mut wholes = Vec::new();
        let mut whole = index.partition_of;
        while let Some(object) = whole.and_then(|id| self.target.get(id)) {
            wholes.push(self.target.identity(object.id));
            whole = match &object.detail {
                Detail::Index(i) => i.partition_of,
                _ => None,
            };
        }
        wholes
    }

    /// Partitions that came to be while the index was gone have none for it.
    pub(super) fn index_new_partitions(&mut self, object: &Object) {
        let (Detail::Index(index), Some(table)) = (&object.detail, object.parent) else { return };
        let is_partitioned = |id: ObjectId| matches!(self.target.get(id).map(|t| &t.detail), Some(Detail::Table(t)) if t.kind == TableKind::Partitioned);
        if index.constraint.is_some() || !index.valid || !is_partitioned(table) {
            return;
        }
        let has_one = |partition: ObjectId| {
            self.target
                .parts(partition)
                .any(|p| matches!(&p.detail, Detail::Index(i) if i.partition_of == Some(object.id)))
        };
        let new: Vec<Object> = self
            .target
            .outside()
            .filter(|o| matches!(&o.detail, Detail::Table(t) if t.partition_of == Some(table)))
            .filter(|o| self.now.contains(o.id) && !has_one(o.id))
            .cloned()
            .collect();
        let head = if index.unique { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" };
        let start = format!("{head} {} ON ONLY {} ", ident(&object.name), self.target.sql_name(table));
        let Some(rest) = index.definition.strip_prefix(&start).map(str::to_owned) else { return };
        let (whole, about) = (self.target.sql_name(object.id), self.target.identity(object.id));
        for partition in new {
            let mut name = format!("{}_{}", partition.name, object.name);
            while name.len() > 63 {
                name.pop();
            }
            let schema = partition.schema.clone().unwrap_or_default();
            let on = self.target.sql_name(partition.id);
            let attach = format!("ALTER INDEX {whole} ATTACH PARTITION {}", qualified(&schema, &name));
            let make = |word: &str| crate::repair(&format!("{head} {word}{} ON {on} {rest}", ident(&name)));
            let bytes = self.now.storage(partition.id.oid).map_or(0, |s| s.bytes);
            if bytes > self.options.index_in_lock_bytes && !is_partitioned_table(&partition) {
                self.plan.tail.push(TailStep::Index {
                    sql: make("CONCURRENTLY "),
                    schema,
                    name,
                    about: about.clone(),
                    then: vec![attach],
                    wholes: self.wholes(index).into_iter().chain([about.clone()]).collect(),
                });
            } else {
                let sql = make("");
                let runs = if index.unique { Execution::Fit(Unfits::Values.into()) } else { Execution::Plain };
                self.draft.push(Step::new(sql, &about).running(runs));
                self.step(attach, &about);
            }
        }
    }
}

fn is_partitioned_table(object: &Object) -> bool {
    matches!(&object.detail, Detail::Table(t) if t.kind == TableKind::Partitioned)
}

/// How the step that attaches a partition is called.
fn about_joining(table: &str) -> String {
    table.replacen("table ", "partition ", 1)
}
