//! From the catalog of today back to that of before, keeping what was written and what others did.
//!
//! In depth: `docs/internals/undo.md`.

mod alter;
mod chosen;
mod columns;
mod copied;
mod create;
mod domains;
mod draft;
mod enums;
mod fill;
mod foresee;
mod former_labels;
mod found;
mod generated;
mod given;
mod options;
mod others;
mod partitions;
mod passes;
mod placeholder_parents;
mod plan;
mod planner;
mod preflight;
mod rebuild;
mod remove;
mod rename_back;
mod retype;
mod row_images;
mod schemas;
mod sequences;
mod stand_in;
mod step;
mod whole_rows;
mod write;

pub use given::Given;
pub use options::{ImageSum, UndoOptions};
pub use passes::plan_undo;
pub use plan::{Asks, ColumnOrder, Conflict, Foresight, Keeps, Question, SetAside, TailStep, UndoPlan, Wanted, Worn};
pub use step::{Execution, Expected, Fallback, Look, NeedsValues, Step, Unfit, Unfits};
