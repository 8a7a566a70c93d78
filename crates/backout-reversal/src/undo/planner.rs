//! The passes over the catalogs, in their order: what is to be done is found first, then each pass makes its statements.
//!
//! Must not know: how a kind of object is created, altered or dropped.

use super::draft::{Draft, Phase};
use super::found::Found;
use super::options::UndoOptions;
use super::plan::{TailStep, UndoPlan};
use super::stand_in::StandIns;
use super::step::Step;
use super::target::target;
use super::{enums, fosters, generated};
use crate::ddl::Statement;
use crate::inverse::Inverse;
use crate::rename::Renames;
use backout_schema::{Catalog, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Planner<'a> {
    pub(super) now: &'a Catalog,
    pub(super) inverse: &'a Inverse,
    pub(super) options: &'a UndoOptions,
    /// The catalog as it shall be: today's with the touched objects as they were.
    pub(super) target: &'a Catalog,
    pub(super) renames: Renames,
    pub(super) chosen: Chosen,
    pub(super) progress: Progress,
    pub(super) draft: Draft,
    /// All but the statements of the short transaction.
    pub(super) plan: UndoPlan,
}

/// What has another way back than ALTER, chosen before the first statement.
#[derive(Default)]
pub(super) struct Chosen {
    /// Tables that are recreated.
    pub(super) rebuilds: BTreeSet<ObjectId>,
    /// Enums that are recreated, and why others are not.
    pub(super) enums: Vec<enums::Enum>,
    pub(super) enum_reasons: BTreeMap<ObjectId, String>,
    /// Columns that get a type of the same name as they have.
    pub(super) same_name_types: BTreeSet<ObjectId>,
    /// New columns that lost ones are known by.
    pub(super) needed_keys: BTreeSet<ObjectId>,
    /// Operators, collations and the like that make room, and what they are called then, if they are still there.
    pub(super) room_for_others: Vec<(ObjectId, String, String)>,
    pub(super) others_aside: BTreeMap<ObjectId, Option<Object>>,
}

/// How far the statements so far have come.
#[derive(Default)]
pub(super) struct Progress {
    /// What is recreated and has gone, in the order in which it went.
    pub(super) drops: Vec<ObjectId>,
    /// Schemas from which something was set aside, in the order of the schemas that it lies in now.
    pub(super) homes: Vec<String>,
    /// Views that are first made without rows, and which of them are by now.
    pub(super) stand_ins: StandIns,
    pub(super) stand_ins_made: BTreeSet<ObjectId>,
    pub(super) arrived: BTreeSet<ObjectId>,
    /// What was created before its turn.
    pub(super) created: BTreeSet<ObjectId>,
    /// Tables with keys that may stay away.
    pub(super) clashing: BTreeSet<ObjectId>,
    /// Partitions that come back, where they or the whole lack a column until then.
    pub(super) to_attach: Vec<(String, String)>,
    /// Columns that come back without their values.
    pub(super) empty_columns: BTreeSet<ObjectId>,
    /// Columns that came back before the rows.
    pub(super) to_fill: BTreeSet<ObjectId>,
    /// Columns that have their values, though they had to wait for rows.
    pub(super) filled: BTreeSet<ObjectId>,
    /// Row changes have begun; they are done.
    pub(super) writes_rows: bool,
    pub(super) rows_are_back: bool,
    /// Those that come before the columns that come back.
    pub(super) before_columns: bool,
    /// Images of which new rows went before the old ones came.
    pub(super) early: BTreeSet<String>,
}

type Pass = fn(&mut Planner<'_>, &Found);

/// What makes the statements of a phase. One that reaches over several phases goes on to them by itself.
const PASSES: &[(Phase, Pass)] = &[
    (Phase::DropDefaultPrivileges, |planner, _| planner.drop_default_privileges()),
    (Phase::RenameValues, |planner, found| planner.rename_values(found)),
    (Phase::ReplaceViews, |planner, found| planner.replace_views(found)),
    (Phase::CopyNewColumns, |planner, found| planner.put_columns_aside(&found.going)),
    (Phase::FreeSequences, |planner, found| planner.free_sequences(&found.going)),
    (Phase::Remove, |planner, found| planner.remove(&found.going, &found.recreate)),
    (Phase::MakeRoom, |planner, found| planner.set_others_aside(&found.recreate)),
    (Phase::RenameBack, |planner, found| planner.bring_back(&found.recreate)),
    (Phase::RenameOthersBack, |planner, found| planner.others_to_their_places(&found.recreate)),
    (Phase::DefaultPrivileges, |planner, found| planner.default_privileges(&found.alterations)),
    (Phase::DropUnfitKeys, |planner, _| planner.take_unfit_keys()),
    (Phase::CreateTypes, |planner, _| planner.create_types()),
    (Phase::RowsBeforeEnums, |planner, _| planner.rows_before_enums()),
    (Phase::RebuildEnums, |planner, _| planner.rebuild_enums()),
    (Phase::RetypeToSameName, |planner, found| planner.types_of_the_same_name(found)),
    (Phase::Alter, |planner, found| planner.alter(found)),
    (Phase::RowsBeforeColumns, |planner, _| planner.early_rows()),
    (Phase::Create, |planner, found| planner.create_all(&found.recreate)),
    (Phase::LeaveFosters, |planner, found| planner.leave_all_fosters(found)),
    (Phase::DropOthers, |planner, found| planner.drop_others(&found.going)),
    (Phase::TablesAside, |planner, _| planner.tables_aside()),
    (Phase::SequenceValues, |planner, _| planner.sequence_values()),
    (Phase::ForeignHistory, |planner, _| planner.unrecord()),
];

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
        now,
        inverse,
        options,
        target: &target,
        renames: Renames::between(now, &target),
        chosen: Chosen::default(),
        progress: Progress::default(),
        draft: Draft::default(),
        plan: UndoPlan { looks, ..UndoPlan::default() },
    };
    relabelling.into_iter().chain(partings).chain(freeing).for_each(|step| planner.draft.push(step));
    let found = planner.find();
    for (phase, pass) in PASSES {
        planner.draft.begin(*phase);
        pass(&mut planner, &found);
    }
    planner.finish()
}

impl Planner<'_> {
    pub(super) fn step(&mut self, statement: impl Into<Statement>, about: &str) {
        self.draft.push(Step::new(statement, about));
    }

    pub(super) fn step_in(&mut self, phase: Phase, statement: impl Into<Statement>, about: &str) {
        self.draft.push_to(phase, Step::new(statement, about));
    }

    /// All that `say` says runs in that phase.
    pub(super) fn in_phase(&mut self, phase: Phase, say: impl FnOnce(&mut Self)) {
        let before = self.draft.begin(phase);
        say(self);
        self.draft.begin(before);
    }

    fn replace_views(&mut self, found: &Found) {
        for (sql, about) in &found.replaced {
            self.step(sql.clone(), about);
        }
    }

    fn leave_all_fosters(&mut self, found: &Found) {
        for (id, _) in &found.alterations {
            self.leave_fosters(*id);
        }
    }

    fn unrecord(&mut self) {
        for sql in &self.inverse.unrecord {
            self.step(sql.clone(), "the migration tool's own history");
        }
    }

    fn finish(mut self) -> UndoPlan {
        self.plan.foresights = self.foresee();
        self.clear_archive();
        let mut plan = self.plan;
        plan.steps = self.draft.finish();
        enums::keep_schemas(&mut plan);
        let mut said = BTreeSet::new();
        plan.tail.retain(|step| !matches!(step, TailStep::Analyze { about, .. } if !said.insert(about.clone())));
        plan
    }
}
