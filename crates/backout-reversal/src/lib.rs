//! Pure planning of a change and of its return.
//!
//! From catalogs and from what a trial run destroyed, this crate makes statements: what to move into
//! the archive instead of dropping it, and how to get from the catalog of today back to that of
//! before. It performs no I/O and reads no SQL backwards: an inverse comes from two catalogs.

pub mod closure;
pub mod ddl;
mod destroy;
mod inverse;
mod labels;
mod order;
mod ranges;
mod reimport;
mod rename;
mod renumber;
mod repair;
mod tables;
mod undo;
mod verify;

pub use ddl::{Unsupported, force_row_security};
pub use destroy::{DropPlan, Moved, plan_drop};
pub use inverse::{
    ColumnCopy, Hidden, ImageColumn, Inverse, Relabelled, RowChange, RowImages, SequenceValue, TableCopy, Texts,
    TypeCopy,
};
pub use labels::{column_called, enums_of, with_labels};
pub use reimport::{Aside, By, Reimport, plan_reimport};
pub use rename::Renames;
pub use repair::repair;
pub use tables::row_key;
pub use undo::{
    Asks, ColumnOrder, Conflict, Execution, Expected, Fallback, Foresight, Given, ImageSum, Keeps, Look, NeedsValues,
    Question, SetAside, Step, TailStep, UndoOptions, UndoPlan, Unfit, Unfits, Wanted, Worn, plan_undo,
};
pub use verify::{Difference, Shortfall, belongs_to_constraint, remaining, renumbered, unannounced};
