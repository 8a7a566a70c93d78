//! What sources say, and what follows: observations into windows, triggers, vetoes, the decision tree.
//!
//! Must not know: where observations come from, what time it is, or what is done about a decision.

pub mod observation;

pub use observation::{Observation, Said};
