//! The statements of a plan while it is made, each in its phase.
//!
//! Must not know: why a statement is where it is. Who makes it says so.

use super::step::Step;
use std::collections::BTreeMap;

/// When a statement runs: the phases of the short transaction, in their order. A pass makes statements of its own phase,
/// and of later ones where something has to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Of the catalog as it is: former labels, parents that archived tables had for the time being.
    #[default]
    Before,
    DropDefaultPrivileges,
    /// Texts name the values of an enum as they were.
    RenameValues,
    /// Views that get their former text while all that it names is there.
    ReplaceViews,
    CopyNewColumns,
    FreeSequences,
    /// New objects, and those that are recreated.
    Remove,
    MakeRoom,
    RenameBack,
    RenameOthersBack,
    DefaultPrivileges,
    DropUnfitKeys,
    CreateTypes,
    RowsBeforeEnums,
    RebuildEnums,
    RetypeToSameName,
    /// What is there gets what it had.
    Alter,
    /// When the columns have their former types, and the parents theirs.
    Inherit,
    /// Types that columns which stay had until now.
    DropTypes,
    RowsBeforeColumns,
    /// Tables and columns.
    Create,
    /// The parents are recreated by now.
    InheritRecreated,
    FillColumns,
    /// New columns that lost ones were known by.
    DropNeededKeys,
    /// Questions, before what the migration did to rows is taken back.
    Look,
    /// By keys that came back.
    RetypeByKey,
    SettleColumns,
    AttachPartitions,
    Rows,
    /// The rows are as they were.
    NotNull,
    /// What hangs on tables and columns.
    CreateOthers,
    /// What domains demand of values.
    CheckDomains,
    IdentitySequences,
    LeaveFosters,
    /// What needs a column that came back.
    OwnedByColumns,
    DropOthers,
    DropEmptySchemas,
    TablesAside,
    SequenceValues,
    ForeignHistory,
}

#[derive(Debug, Default)]
pub(super) struct Draft {
    phase: Phase,
    steps: BTreeMap<Phase, Vec<Step>>,
}

impl Draft {
    /// What is said from here on runs in this phase. Returns the one before.
    pub(super) fn begin(&mut self, phase: Phase) -> Phase {
        std::mem::replace(&mut self.phase, phase)
    }

    pub(super) fn push(&mut self, step: Step) {
        self.push_to(self.phase, step);
    }

    /// A later phase, or this one.
    pub(super) fn push_to(&mut self, phase: Phase, step: Step) {
        debug_assert!(phase >= self.phase, "{phase:?} is over in {:?}: {}", self.phase, step.sql);
        self.of(phase).push(step);
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// The statements of a phase so far.
    pub(super) fn of(&mut self, phase: Phase) -> &mut Vec<Step> {
        self.steps.entry(phase).or_default()
    }

    /// The statements of the present phase so far.
    pub(super) fn here(&mut self) -> &mut Vec<Step> {
        self.of(self.phase)
    }

    /// What has run by now, in its order.
    pub(super) fn so_far(&self) -> impl Iterator<Item = &Step> {
        self.steps.range(..=self.phase).flat_map(|(_, steps)| steps)
    }

    pub(super) fn finish(self) -> Vec<Step> {
        self.steps.into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Draft, Phase, Step};

    fn names(steps: &[Step]) -> Vec<&str> {
        steps.iter().map(|step| step.sql.as_str()).collect()
    }

    #[test]
    fn statements_run_in_the_order_of_their_phases() {
        let mut draft = Draft::default();
        let step = |name: &str| Step::new(name.to_owned(), "");
        draft.begin(Phase::Alter);
        draft.push_to(Phase::NotNull, step("waits"));
        draft.push(step("first"));
        assert_eq!(names(&draft.so_far().cloned().collect::<Vec<_>>()), ["first"]);
        assert_eq!(draft.begin(Phase::Create), Phase::Alter);
        draft.push(step("second"));
        assert_eq!(names(draft.here()), ["second"]);
        assert_eq!(names(&draft.finish()), ["first", "second", "waits"]);
    }
}
