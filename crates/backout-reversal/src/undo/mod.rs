//! From the catalog of today back to that of before, keeping what was written and what others did.
//!
//! In depth: `docs/internals/undo.md`.

mod columns;
mod come;
mod copied;
mod domains;
mod enums;
mod foresee;
mod fosters;
mod generated;
mod given;
mod images;
mod leave;
mod names;
mod obstacles;
mod others;
mod partitions;
mod rebuild;
mod retype;
mod rows;
mod rows_first;
mod schemas;
mod sequences;
mod stand_in;
mod step;
mod target;

pub use foresee::Foresight;
pub use given::Given;

use crate::ddl::{self, Alteration, Does, Statement, Unsupported};
use crate::destroy::{Moved, plan_drop};
use crate::inverse::Inverse;
use crate::order::{creation_order, creation_order_with, rank};
use crate::reimport::{Aside, By};
use crate::rename::Renames;
use backout_schema::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use rows::ImageSum;
pub use step::{Expected, Fallback, Step};
pub(crate) use target::{is_extra, target};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoOptions {
    /// The number of the migration: names the schemas.
    pub number: i64,
    /// The role that undoes: owner of what it creates.
    pub role: String,
    /// An index on a table larger than this is built afterwards, concurrently.
    pub index_in_lock_bytes: u64,
    /// Tables up to this size are recreated where a column must come back between others.
    pub rebuild_below: u64,
    /// The size of the tables that would be recreated.
    pub table_bytes: BTreeMap<ObjectId, u64>,
    /// Tables whose rows lie in the order of their keys, or nearly so.
    pub in_order: BTreeSet<ObjectId>,
    /// What becomes of values that an enum loses: (type, value) and the value instead.
    #[serde(with = "given::pairs")]
    pub values: BTreeMap<(String, String), String>,
    pub superuser: bool,
    /// What the row images amount to, by the name of their table. Of one that is missing everything is possible.
    pub images: BTreeMap<String, ImageSum>,
}

/// Work that follows the short transaction and blocks nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TailStep {
    /// Reads the table under a lock that lets reads and writes pass.
    Validate {
        sql: String,
        about: String,
        #[serde(default)]
        table: String,
    },
    /// Runs outside a transaction; an invalid index of that name is what a failed try leaves.
    Index {
        sql: String,
        schema: String,
        name: String,
        about: String,
        then: Vec<String>,
        /// Indexes that are not valid until this one is there.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        wholes: Vec<String>,
    },
    Refresh {
        sql: String,
        about: String,
    },
    /// What was recreated has no statistics.
    Analyze {
        sql: String,
        about: String,
    },
}

impl TailStep {
    pub fn about(&self) -> &str {
        match self {
            TailStep::Validate { about, .. }
            | TailStep::Index { about, .. }
            | TailStep::Refresh { about, .. }
            | TailStep::Analyze { about, .. } => about,
        }
    }

    pub fn sql(&self) -> &str {
        match self {
            TailStep::Validate { sql, .. }
            | TailStep::Index { sql, .. }
            | TailStep::Refresh { sql, .. }
            | TailStep::Analyze { sql, .. } => sql,
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
    /// Counts the values that will be set aside.
    pub count: String,
}

/// A count that is zero unless something written since could not be taken back as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    pub count: String,
    /// A table with FORCE ROW LEVEL SECURITY, which would hide rows from the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<String>,
    pub otherwise: String,
    /// What to do if nothing was set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_none: Option<String>,
}

/// A count that must be zero, or the undo cannot run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub count: String,
    pub object: String,
    /// As for a [`Look`].
    pub forced: Option<String>,
    pub problem: String,
}

/// A column that gets NOT NULL back if all rows have a value by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedsValues {
    pub table: String,
    pub column: String,
    /// The table with its children and partitions, which have it with it.
    pub heirs: Vec<String>,
    /// Row security would hide rows from the count.
    pub forced: bool,
}

#[derive(Clone, Debug, Default)]
pub struct UndoPlan {
    /// Tables to lock first: (name, needs the strongest lock).
    pub locks: Vec<(String, bool)>,
    /// Schemas that must exist before the statements run.
    pub schemas: BTreeSet<String>,
    /// What needs no lock that others feel: it comes before the locks, in the same transaction.
    pub room: Vec<Step>,
    pub steps: Vec<Step>,
    /// What comes last in the short transaction, when the result has been looked at.
    pub closing: Vec<Step>,
    pub tail: Vec<TailStep>,
    pub unsupported: Vec<Unsupported>,
    pub conflicts: Vec<Conflict>,
    /// Tables that get a column back in another place than it had.
    pub column_order: Vec<String>,
    /// Why such a table is not recreated.
    pub column_order_reasons: BTreeMap<String, String>,
    /// Tables that are recreated in their former order.
    pub rebuilt: Vec<String>,
    /// What is recreated though the migration did not touch it: it must come out as it was.
    pub remade: Vec<(ObjectId, String, serde_json::Value)>,
    /// The tables that are touched, and all that they shall have.
    pub parts: BTreeSet<String>,
    /// What may come out under another id than it had, by the name that it will have.
    pub renumbered: Vec<(ObjectId, String)>,
    /// New tables and what belongs to them, kept with their rows.
    pub moved_aside: Vec<Moved>,
    pub set_aside: Vec<SetAside>,
    /// All that may be set aside, for who applies the migration again.
    pub aside: Vec<Aside>,
    /// Parts of what is unsupported, which need no word of their own.
    pub skipped: Vec<String>,
    /// Questions to ask when the statements have run.
    pub looks: Vec<Look>,
    /// Questions to ask before they run.
    pub questions: Vec<Question>,
    /// Questions for who asks before: what rows of now will not fit.
    pub foresights: Vec<Foresight>,
    /// Columns that were NOT NULL and have rows since that lack a value.
    pub needs_values: Vec<NeedsValues>,
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
    /// New schemas, and what drops them if they are empty by then.
    emptied: Vec<(ObjectId, String)>,
    /// Views that get their former text while all that it names is there.
    replaced: Vec<(String, String)>,
    /// Columns that get a type of the same name as they have.
    same_name_types: BTreeSet<ObjectId>,
    /// What goes when columns have their former types.
    late_drops: Vec<(String, String)>,
    /// What must wait for the rows: NOT NULL.
    late_columns: Vec<(String, String)>,
    /// Partitions that come back, where they or the whole lack a column until then.
    attached_late: Vec<(String, String)>,
    /// Tables that get parents back which are recreated.
    late_heirs: Vec<(String, String)>,
    /// What domains demand, which must wait for the values.
    late_checks: Vec<(Object, Vec<Statement>)>,
    /// Changes of type that need a key which comes back.
    late_types: Vec<Step>,
    /// New columns that lost ones are known by.
    needed_keys: BTreeSet<ObjectId>,
    /// What to ask once all columns have their values, before what the migration did to rows is taken back.
    looks: Vec<Look>,
    /// Views that are first made without rows, and which of them are by now.
    dummies: stand_in::StandIns,
    stand_ins_made: BTreeSet<ObjectId>,
    /// What was created.
    arrived: BTreeSet<ObjectId>,
    /// Tables with keys that may stay away.
    clashing: BTreeSet<ObjectId>,
    /// Row changes have begun; they are done.
    writes_rows: bool,
    rows_are_back: bool,
    /// Those that come before the columns that come back.
    before_columns: bool,
    /// Columns that come back without their values.
    empty_columns: BTreeSet<ObjectId>,
    /// Columns that have their values, though they had to wait for rows.
    filled: BTreeSet<ObjectId>,
    /// What was created before its turn.
    created: BTreeSet<ObjectId>,
    /// Columns that came back before the rows.
    to_fill: BTreeSet<ObjectId>,
    /// Tables that are recreated.
    rebuilds: BTreeSet<ObjectId>,
    /// Enums that are recreated, and why others are not.
    enums: Vec<enums::Enum>,
    enum_reasons: BTreeMap<ObjectId, String>,
    /// Images of which new rows went before the old ones came.
    early: BTreeSet<String>,
    /// Operators, collations and the like that make room, and what they are called then, if they are still there.
    room_for_others: Vec<(ObjectId, String, String)>,
    others_aside: BTreeMap<ObjectId, Option<Object>>,
    /// What a fallback recreates.
    fallback_ids: Vec<(ObjectId, String)>,
}

/// Plans the way back from `now`.
pub fn plan_undo(now: &Catalog, inverse: &Inverse, options: &UndoOptions) -> UndoPlan {
    let inverse = &inverse.resolved(now);
    let target = target(now, inverse);
    let (now, relabelling) = enums::with_former_labels(now, inverse);
    let (now, partings) = fosters::without_useless(&now, &target);
    let freed = generated::without_generated(&now, inverse, &target, options);
    let (now, inverse, freeing, looks) = match &freed {
        Some(freed) => (&freed.now, &freed.inverse, freed.steps.clone(), freed.looks.clone()),
        None => (&now, inverse, Vec::new(), Vec::new()),
    };
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
        replaced: Vec::new(),
        same_name_types: BTreeSet::new(),
        late_drops: Vec::new(),
        late_columns: Vec::new(),
        attached_late: Vec::new(),
        late_heirs: Vec::new(),
        late_checks: Vec::new(),
        late_types: Vec::new(),
        needed_keys: BTreeSet::new(),
        looks: Vec::new(),
        dummies: BTreeMap::new(),
        stand_ins_made: BTreeSet::new(),
        arrived: BTreeSet::new(),
        clashing: BTreeSet::new(),
        writes_rows: false,
        rows_are_back: false,
        before_columns: false,
        empty_columns: BTreeSet::new(),
        filled: BTreeSet::new(),
        created: BTreeSet::new(),
        to_fill: BTreeSet::new(),
        rebuilds: BTreeSet::new(),
        enums: Vec::new(),
        enum_reasons: BTreeMap::new(),
        early: BTreeSet::new(),
        room_for_others: Vec::new(),
        others_aside: BTreeMap::new(),
        fallback_ids: Vec::new(),
    };
    planner.plan.steps = relabelling.into_iter().chain(partings).chain(freeing).collect();
    planner.plan.looks = looks;
    planner.run();
    planner.plan.foresights = planner.foresee();
    planner.plan
}

impl UndoPlan {
    /// What comes back narrower than it is now (NOT NULL, a type, a key, a check): rows that are written until the undo
    /// may not fit it. By identity, each once.
    pub fn may_not_fit(&self) -> Vec<String> {
        let clashing = self.statements().filter(|step| step.may_clash).map(|step| &step.about);
        let mut found: Vec<String> = Vec::new();
        for object in self.foresights.iter().map(|question| &question.object).chain(clashing) {
            if !found.contains(object) {
                found.push(object.clone());
            }
        }
        found
    }

    /// Every statement of the short transaction, in order.
    pub fn statements(&self) -> impl Iterator<Item = &Step> {
        self.room.iter().chain(&self.steps).chain(&self.closing).filter(|step| step.look.is_none())
    }
}

impl Planner<'_> {
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

    fn run(&mut self) {
        let present: BTreeSet<ObjectId> =
            self.inverse.added.iter().copied().filter(|id| self.now.contains(*id)).collect();
        // What is new since under a new table (columns, indexes) goes with it.
        let going: BTreeSet<ObjectId> = present
            .iter()
            .copied()
            .flat_map(|id| std::iter::once(id).chain(self.now.parts(id).map(|o| o.id)))
            .collect();
        self.relabel_what_was_kept();
        self.find_needed_keys(&going);
        self.others_in_the_way(&going);
        let (mut alterations, mut recreate) = self.alterations(&going);
        recreate.extend(self.keys_in_the_way());
        recreate.extend(self.doubts_in_the_way());
        recreate.extend(self.indexes_of_the_whole_alone());
        recreate.extend(self.keys_out_of_order(&recreate));
        recreate.extend(self.checks_of_the_parents());
        recreate.extend(self.keys_into_heirs());
        self.with_their_indexes(&mut recreate);
        self.foreign_dependants(&going, &recreate);
        self.names_taken(&going);
        self.dropped_since();
        self.gather_locks(&going, &alterations, &recreate);
        let remade = recreate.iter().filter_map(|id| self.target.get(*id));
        self.plan.remade =
            remade.map(|o| (o.id, self.target.identity(o.id), canonical_json(&self.target, o))).collect();
        self.plan.parts = self.parts(&recreate);
        let rewritten = alterations.iter().filter(|(_, a)| a.retype).map(|(id, _)| self.now.root(*id));
        let of_enums = self.enums.iter().flat_map(enums::Enum::tables);
        let rewritten: BTreeSet<ObjectId> = rewritten.chain(of_enums).chain(self.rebuilds.iter().copied()).collect();
        let of_rebuilt = rewritten.iter().flat_map(|table| self.target.parts(*table)).map(|o| o.id);
        let ids: BTreeSet<ObjectId> = self
            .inverse
            .removed
            .iter()
            .chain(&self.inverse.changed)
            .chain(&recreate)
            .copied()
            .chain(of_rebuilt)
            .collect();
        self.plan.renumbered =
            ids.into_iter().filter(|id| self.target.contains(*id)).map(|id| (id, self.target.identity(id))).collect();

        self.drop_default_privileges();
        // Texts name the values of an enum as they were.
        for (id, alteration) in &mut alterations {
            if id.class == Class::Type && alteration.statements.iter().all(|one| one.does == Does::RenameValue) {
                let about = self.target.identity(*id);
                // Under the name that it has until then.
                let (is, was) = (self.now.sql_name(*id), self.target.sql_name(*id));
                let renamed = alteration.statements.drain(..).map(|one| one.sql.replacen(&was, &is, 1));
                self.plan.steps.extend(renamed.map(|sql| Step::new(sql, &about)));
            }
        }
        for (sql, about) in std::mem::take(&mut self.replaced) {
            self.step(sql, &about);
        }
        self.put_columns_aside(&going);
        self.free_sequences(&going);
        self.remove(&going, &recreate);
        self.set_others_aside(&recreate);
        self.bring_back(&recreate);
        self.others_to_their_places(&recreate);
        self.default_privileges(&alterations);
        self.take_unfit_keys();
        self.create_types();
        self.rows_before_enums();
        self.rebuild_enums();
        let retyped = alterations.iter().filter(|(_, a)| a.retype).map(|(id, _)| *id).collect();
        self.types_of_the_same_name(&retyped);
        let mut owned: Vec<(String, String)> = Vec::new();
        let mut heirs: Vec<(ObjectId, String, String)> = Vec::new();
        for (id, alteration) in &alterations {
            if recreate.contains(id) || self.is_default_acl(*id) {
                continue;
            }
            let about = self.target.identity(*id);
            self.refill(*id, false);
            // A sequence's column may have to come back first.
            let waits = matches!(self.target.get(*id).map(|o| &o.detail),
                Some(Detail::Sequence(s)) if s.owned_by.is_some_and(|column| !self.now.contains(column)));
            let is_fostered = self.is_fostered(*id);
            for Statement { sql, does } in &alteration.statements {
                match does {
                    // When its columns have their former types, and its parents theirs.
                    Does::Inherit(parent) => {
                        if !self.joins_others(*id, *parent) {
                            let made = self.made_heir(*id, *parent, sql);
                            heirs.extend(made.into_iter().map(|sql| (*id, sql, about.clone())));
                        }
                    }
                    Does::NoInherit(_) => {
                        if !is_fostered {
                            heirs.push((*id, sql.clone(), about.clone()));
                        }
                    }
                    Does::AttachPartition => self.attach_in_time(*id, sql, &about),
                    // What is stored apart has settings once there is a column for it.
                    Does::SetToast => owned.push((sql.clone(), about.clone())),
                    Does::OwnedBy if waits => owned.push((sql.clone(), about.clone())),
                    // The table that is recreated has it.
                    Does::AddIdentity if self.rebuilds.contains(&ObjectId::relation(id.oid)) => {}
                    Does::AddIdentity => self.late_columns.push((sql.clone(), about.clone())),
                    // NULLs that the migration wrote are in its columns until the rows are back.
                    Does::DomainNotNull => self.late_columns.push((sql.clone(), about.clone())),
                    Does::SetNotNull if self.is_apart(ObjectId::relation(id.oid)) => {
                        self.not_null_before_whole(*id, sql, &about);
                    }
                    Does::SetNotNull => {
                        if let Some(name) = self.target.column_name(id.oid, id.sub) {
                            let name = name.to_owned();
                            self.needs_values(ObjectId::relation(id.oid), &name);
                        }
                        self.late_columns.push((sql.clone(), about.clone()));
                    }
                    // ALTER TYPE of the parent's column reaches it.
                    Does::Retype { .. } if self.comes_by_parent(*id) => {}
                    Does::Retype { change } => {
                        let sql = self.relabelled(*id, change).unwrap_or_else(|| sql.clone());
                        if let Some((retype, or_else)) = self.retype(*id, change) {
                            let step = Step { or_else, ..Step::new(retype, &about) };
                            match self.waits_for_key(*id) {
                                true => self.late_types.push(step),
                                false => self.plan.steps.push(step),
                            }
                        } else {
                            self.put_misfits_aside(*id);
                            let or_else = self.value_by_value(*id, change);
                            self.plan.steps.push(Step { or_else, ..Step::new(sql, &about) });
                        }
                    }
                    Does::OwnedBy
                    | Does::Plain
                    | Does::RenameValue
                    | Does::Revoke
                    | Does::SetStorage
                    | Does::DetachPartition(_)
                    | Does::DropIndex
                    | Does::DropSchema(_)
                    | Does::AttachIndex
                    | Does::AddConstraint { .. }
                    | Does::CreateIndex
                    | Does::CreateView
                    | Does::CreateDomain { .. } => {
                        self.plan.steps.push(Step::new(sql.clone(), &about));
                    }
                }
            }
            self.regrant_columns(*id, alteration);
        }
        let (late, heirs): (Vec<_>, Vec<_>) = heirs.into_iter().partition(|(id, ..)| self.waits_for_parents(*id));
        self.late_heirs = late.into_iter().map(|(_, sql, about)| (sql, about)).collect();
        for (_, sql, about) in heirs {
            self.step(sql, &about);
        }
        for (sql, about) in std::mem::take(&mut self.late_drops) {
            self.step(sql, &about);
        }
        self.early_rows();
        self.create_all(&recreate);
        for (id, _) in &alterations {
            self.leave_fosters(*id);
        }
        for (sql, about) in owned {
            self.step(sql, &about);
        }
        self.drop_others(&going);
        for (_, sql) in std::mem::take(&mut self.emptied) {
            self.step(sql, "what the migration added");
        }
        self.tables_aside();
        let of_fallbacks = std::mem::take(&mut self.fallback_ids);
        self.plan.renumbered.extend(of_fallbacks);
        self.sequence_values();
        self.clear_archive();
        for sql in self.inverse.unrecord.clone() {
            self.step(sql, "the migration tool's own history");
        }
        enums::keep_schemas(&mut self.plan);
        let mut said = BTreeSet::new();
        self.plan.tail.retain(|step| !matches!(step, TailStep::Analyze { about, .. } if !said.insert(about.clone())));
    }

    /// CREATE OR REPLACE, for a view of the same columns all whose parts are there under their former names: nothing
    /// that stands on it has to go.
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
        if shape(self.now) != shape(&self.target) || !self.target.needs(id).all(|d| there(d.to)) {
            return None;
        }
        Some(ddl::create_view(&self.target.sql_name(id), view, true).sql)
    }

    fn step(&mut self, statement: impl Into<Statement>, about: &str) {
        self.plan.steps.push(Step::new(statement, about));
    }

    fn is_default_acl(&self, id: ObjectId) -> bool {
        id.class == Class::DefaultAcl
    }

    /// What ALTER makes of every touched object that still exists, and what must be recreated,
    /// with everything that stands on that.
    fn alterations(&mut self, going: &BTreeSet<ObjectId>) -> (Vec<(ObjectId, Alteration)>, BTreeSet<ObjectId>) {
        let mut alterations: Vec<(ObjectId, Alteration)> = Vec::new();
        let mut recreate: BTreeSet<ObjectId> = self.choose_rebuilds(going);
        recreate.extend(self.choose_enums(going));
        let mut around: BTreeSet<ObjectId> = BTreeSet::new();
        // Columns that have kept values: some have the type again that they had.
        let kept: BTreeSet<ObjectId> =
            self.inverse.types.iter().map(|copy| ObjectId::column(copy.table.oid, copy.column)).collect();
        let touched: BTreeSet<ObjectId> =
            self.inverse.changed.iter().chain(&self.inverse.removed).chain(&kept).copied().collect();
        for id in touched {
            let Some(before) = self.inverse.before.get(id).or_else(|| self.now.get(id).filter(|_| kept.contains(&id)))
            else {
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
            // An enum that is recreated gets all it had by that.
            if self.enums.iter().any(|e| e.is(id)) {
                continue;
            }
            let mut alteration = ddl::alter(&self.target, now, before, after, &self.renames);
            let same_type = match (&now.detail, self.target.get(id).map(|o| &o.detail)) {
                (Detail::Column(now), Some(Detail::Column(then))) => self.renames.same(&now.data_type, &then.data_type),
                _ => false,
            };
            if kept.contains(&id)
                && same_type
                && !alteration.retype
                && !self.comes_by_parent(id)
                && let Some(rewrite) = self.target.get(id).and_then(|column| ddl::rewrite(&self.target, column))
            {
                alteration.statements.splice(0..0, rewrite.statements);
                alteration.retype = true;
            }
            if let (Some(reason), Some(unsupported)) = (self.enum_reasons.get(&id), &mut alteration.unsupported) {
                unsupported.reason = format!("{}: {reason}", unsupported.reason);
            }
            if !alteration.drifted.is_empty() {
                self.plan.conflicts.push(Conflict {
                    object: self.target.identity(id),
                    problem: format!("somebody else changed its {} since; that stays", alteration.drifted.join(", ")),
                    blocks: false,
                });
            }
            if alteration.recreate
                && let Some(sql) = self.replaceable(id)
            {
                alteration.recreate = false;
                self.replaced.push((sql, self.target.identity(id)));
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
                            // A new one has gone by then.
                            Detail::Column(_) if self.inverse.added.contains(&edge.from) => {}
                            Detail::Column(_) => self.plan.unsupported.push(Unsupported {
                                object: self.now.identity(edge.from),
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
        // Whatever stands on something that is recreated is recreated as well.
        let mut open: Vec<ObjectId> = recreate.iter().copied().collect();
        while let Some(id) = open.pop() {
            let mut users: Vec<Dependency> = self.now.dependents(id).collect();
            for part in self.now.parts(id) {
                users.extend(self.now.dependents(part.id));
                if matches!(part.detail, Detail::Rule(_) | Detail::Trigger(_) | Detail::Policy(_) | Detail::Index(_)) {
                    users.push(Dependency { from: part.id, to: id, kind: DependencyKind::Auto });
                }
            }
            for edge in users {
                let user = edge.from;
                let of_table = |table: ObjectId| self.now.root(user) == table;
                if going.contains(&user)
                    || (of_table(id) || self.rebuilds.iter().any(|t| of_table(*t)))
                        && self.now.get(user).is_some_and(Object::is_column)
                {
                    continue;
                }
                let own = |s: &Sequence| {
                    s.owned_by.is_some_and(|column| self.rebuilds.contains(&ObjectId::relation(column.oid)))
                };
                if matches!(self.now.get(user).map(|o| &o.detail), Some(Detail::Sequence(s)) if own(s)) {
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
            .filter(|id| !self.rebuilds.contains(id))
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
                reason: "it would have to be recreated, and it holds data or is what data is made of".into(),
            });
        }
        alterations.sort_by_key(|(id, _)| (self.target.get(*id).map_or(u8::MAX, rank), *id));
        (alterations, recreate)
    }
}

/// A table with its children and partitions, and theirs.
fn with_heirs(catalog: &Catalog, table: ObjectId) -> Vec<ObjectId> {
    let mut found = vec![table];
    let mut place = 0;
    while let Some(parent) = found.get(place).copied() {
        place += 1;
        let heirs = catalog.objects().filter(
            |o| matches!(&o.detail, Detail::Table(t) if t.inherits.contains(&parent) || t.partition_of == Some(parent)),
        );
        let new: Vec<ObjectId> = heirs.map(|o| o.id).filter(|id| !found.contains(id)).collect();
        found.extend(new);
    }
    found
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
