//! JSONLogic as the reference compiles it.
//!
//! Must not know: flags, their variants, JSON of definitions.

mod bucket;
mod fold;
mod lower;
mod number;
mod op;
mod run;
mod value;

pub use lower::compiled;
pub use op::Op;
pub use run::Func;
pub use value::{Top, V};
