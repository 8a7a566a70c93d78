//! From the catalog of today back to that of before, keeping what was written and what others did.
//!
//! In depth: `docs/internals/undo.md`.

mod alter;
mod chosen;
mod columns;
mod come;
mod copied;
mod domains;
mod draft;
mod enums;
mod foresee;
mod fosters;
mod found;
mod generated;
mod given;
mod images;
mod leave;
mod names;
mod obstacles;
mod options;
mod others;
mod partitions;
mod passes;
mod plan;
mod planner;
mod rebuild;
mod retype;
mod rows;
mod rows_first;
mod schemas;
mod sequences;
mod stand_in;
mod step;
mod tables;
mod target;

pub use given::Given;
pub use options::{ImageSum, UndoOptions};
pub use passes::plan_undo;
pub use plan::{Conflict, Foresight, Question, SetAside, TailStep, UndoPlan};
pub use step::{Expected, Fallback, Look, NeedsValues, Runs, Step, Unfit, Unfits};
pub use tables::row_key;
pub(crate) use target::target;
