//! The passes over the catalogs, in their order: what is to be done is found first, then each pass makes its statements.
//!
//! Must not know: how a kind of object is created, altered or dropped.

use super::chosen::Chosen;
use super::draft::{Draft, Phase};
use super::former_labels::with_former_labels;
use super::found::Found;
use super::options::UndoOptions;
use super::plan::{Asks, TailStep, UndoPlan};
use super::planner::{Planner, Progress};
use super::step::Execution;
use super::{enums, generated, placeholder_parents};
use crate::ddl::Does;
use crate::inverse::Inverse;
use crate::rename::Renames;
use backout_schema::Catalog;
use std::collections::BTreeSet;

type Pass = fn(&mut Planner<'_>, &Found);

/// What makes the statements of each phase. The phases between hold what waits for them.
const PASSES: &[(Phase, Pass)] = &[
    (Phase::DropDefaultPrivileges, |planner, _| planner.drop_default_privileges()),
    (Phase::RenameValues, |planner, found| planner.rename_values(found)),
    (Phase::ReplaceViews, |planner, found| planner.replace_views(found)),
    (Phase::CopyNewColumns, |planner, found| planner.put_columns_aside(&found.going)),
    (Phase::FreeSequences, |planner, found| planner.free_sequences(&found.going)),
    (Phase::Remove, |planner, found| planner.remove(found)),
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
    (Phase::Create, |planner, found| planner.create_tables(found)),
    (Phase::FillColumns, |planner, _| planner.fill_columns()),
    (Phase::DropNeededKeys, |planner, _| planner.drop_needed_keys()),
    (Phase::SettleColumns, |planner, _| planner.settle_columns()),
    (Phase::AttachPartitions, |planner, _| planner.attach_late()),
    (Phase::Rows, |planner, _| planner.late_rows()),
    (Phase::CreateOthers, |planner, _| planner.create_others()),
    (Phase::IdentitySequences, |planner, _| planner.dress_identity_sequences()),
    (Phase::LeaveFosters, |planner, found| planner.leave_all_fosters(found)),
    (Phase::DropOthers, |planner, found| planner.drop_others(&found.going)),
    (Phase::TablesAside, |planner, _| planner.tables_aside()),
    (Phase::SequenceValues, |planner, found| {
        planner.sequence_values();
        planner.targets_again(found);
    }),
    (Phase::ForeignHistory, |planner, _| planner.unrecord()),
];

/// Plans the way back from `now`.
pub fn plan_undo(now: &Catalog, inverse: &Inverse, options: &UndoOptions) -> UndoPlan {
    let inverse = &inverse.resolved(now);
    let target = inverse.target(now);
    let (now, relabelling) = with_former_labels(now, inverse);
    let (now, partings) = placeholder_parents::without_useless(&now, &target);
    let freed = generated::without_generated(&now, inverse, &target, options);
    let (now, inverse, freeing, looks) = match &freed {
        Some(freed) => (&freed.now, &freed.inverse, freed.steps.clone(), freed.looks.clone()),
        None => (now.as_ref(), inverse, Vec::new(), Vec::new()),
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
        plan: UndoPlan { asks: Asks { after: looks, ..Asks::default() }, ..UndoPlan::default() },
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
        self.plan.asks.foresights = self.foresee();
        self.clear_archive();
        let mut plan = self.plan;
        plan.steps = self.draft.finish();
        ask_for_values(&mut plan);
        enums::keep_schemas(&mut plan);
        let mut said = BTreeSet::new();
        plan.tail.retain(|step| !matches!(step, TailStep::Analyze { about, .. } if !said.insert(about.clone())));
        plan
    }
}

/// A column whose rows may lack a value by then gets NOT NULL if none does.
fn ask_for_values(plan: &mut UndoPlan) {
    for step in &mut plan.steps {
        if let (Execution::Plain, Does::SetNotNull { table, column }) = (&step.runs, &step.does)
            && let Some(needs) = plan.needs_values.iter().find(|of| of.table == *table && of.column == *column)
        {
            step.runs = Execution::IfFull(needs.clone());
        }
    }
}
