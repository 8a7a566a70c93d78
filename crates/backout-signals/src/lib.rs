//! What sources say, and what follows: observations into windows, triggers, vetoes, the decision tree.
//!
//! Must not know: where observations come from, what time it is, or what is done about a decision.

pub mod backtest;
pub mod observation;
pub mod rule;
pub mod tree;
pub mod watch;
mod window;

pub use observation::{Observation, Said};
pub use rule::{Limit, Measure, Rule, Sequential, Veto};
pub use tree::{Branch, Decision, Facts, Outcome, Tree, When};
pub use watch::{Around, Firing, Reading, Verdict, Vetoed, Watch};

#[cfg(test)]
mod tests;
