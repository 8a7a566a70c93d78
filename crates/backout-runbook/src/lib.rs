//! What a run is: the events of its journal, which of them are legal in which state, and what to do next.
//!
//! [`apply`] and [`next`] are total functions. An executor outside writes the event that `next` asks for, acts, and
//! writes what came of it; after a crash the same two functions say where it stood.
//!
//! Must not know: databases, services, files, a clock (the time is handed in), what a step does.

pub mod chain;
pub mod event;
pub mod next;
pub mod procedure;
pub mod standing;
pub mod state;

pub use chain::{Broken, Record};
pub use event::{Event, Outcome};
pub use next::{Next, next};
pub use procedure::{Approval, OnFailure, Procedure, Retry, Step, Way};
#[cfg(test)]
mod tests;

pub use standing::{Standing, standing};
pub use state::{Illegal, Last, Phase, Said, State, Status, apply};
