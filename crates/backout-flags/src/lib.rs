//! Flag definitions in flagd's format, compiled once and evaluated as the reference does.
//!
//! Must not know: files, clocks, HTTP.

mod definitions;
mod evaluation;
mod logic;
pub mod rollout;

pub use definitions::{Definitions, Problem};
pub use evaluation::{ErrorCode, Evaluation, Kind, Reason};

/// The operators that a rule may use.
pub fn operators() -> &'static [&'static str] {
    logic::Op::NAMES
}
