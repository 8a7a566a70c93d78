//! What a pass works with: the catalogs, what was chosen, how far the statements have come, and the plan so far.
//!
//! Must not know: the passes.

use super::chosen::Chosen;
use super::draft::{Draft, Phase};
use super::options::UndoOptions;
use super::plan::UndoPlan;
use super::step::Step;
use crate::ddl::Statement;
use crate::inverse::Inverse;
use crate::rename::Renames;
use backout_schema::{Catalog, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// Views with the types and tables that their columns are made of.
pub(super) type StandIns = BTreeMap<ObjectId, Vec<ObjectId>>;

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

/// How far the statements so far have come.
#[derive(Default)]
pub(super) struct Progress {
    /// Tables of which columns get another type.
    pub(super) retyped: BTreeSet<ObjectId>,
    /// What is recreated and has gone, in the order in which it went.
    pub(super) drops: Vec<ObjectId>,
    /// Schemas from which something was set aside, in the order of the schemas that it lies in now.
    pub(super) homes: Vec<String>,
    /// Views that are made without rows by now.
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
    /// What is created in its turn.
    pub(super) creation: Creation,
    /// Columns that came back before the rows, in the order in which they get their values.
    pub(super) to_fill: Vec<ObjectId>,
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

/// What is created in its turn.
#[derive(Clone, Default)]
pub(super) struct Creation {
    /// All of it, and what comes with it.
    pub(super) made: BTreeSet<ObjectId>,
    /// Tables, columns and what these are made of. A column's place is that of another one: they come by their turns.
    pub(super) tables: Vec<ObjectId>,
    pub(super) columns: Vec<ObjectId>,
    /// What hangs on those.
    pub(super) others: Vec<ObjectId>,
    /// Views that are first made without rows.
    pub(super) stand_ins: StandIns,
}

impl Planner<'_> {
    pub(super) fn step(&mut self, statement: impl Into<Statement>, about: &str) {
        self.draft.push(Step::new(statement, about));
    }

    pub(super) fn step_in(&mut self, phase: Phase, statement: impl Into<Statement>, about: &str) {
        self.draft.push_to(phase, Step::new(statement, about));
    }

    /// All that `say` says runs in that phase, which is not over.
    pub(super) fn in_phase(&mut self, phase: Phase, say: impl FnOnce(&mut Self)) {
        let before = self.draft.begin(phase);
        debug_assert!(phase >= before, "{phase:?} is over in {before:?}");
        say(self);
        self.draft.begin(before);
    }
}
