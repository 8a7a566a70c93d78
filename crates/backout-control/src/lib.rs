//! The application layer: what a user of Backout can ask for, as operations that a command line, a server or a run calls.
//!
//! One operation a file. Each has a *preview* (what would happen; changes nothing), a *run*, and a *settle* (what the
//! target itself says after a crash or a lost connection). Gates decide who may go on; refusals are values with
//! remedies; all report to one observer.
//!
//! Must not know: the terminal, the arguments of a command line, how anything is worded for people, HTTP.
//!
//! In depth: `docs/internals/control.md`.

pub mod applied;
pub mod archive;
pub mod capture;
pub mod demo;
pub mod env;
pub mod event;
pub mod execute;
pub mod export;
pub mod failure;
pub mod folder;
pub mod gates;
pub mod import;
pub mod init;
pub mod keygen;
pub mod migrate;
pub mod place;
pub mod prove;
pub mod prune;
pub mod rehearse;
pub mod release;
pub mod restore;
pub mod resume;
pub mod rollback;
pub mod rows;
pub mod runs;
pub mod servers;
pub mod source;
pub mod status;
pub mod steps;
pub mod stop;
pub mod take;
pub mod undo;
pub mod values;
pub mod verify;

pub use applied::Applied;
pub use env::{Env, Pair};
pub use event::{Event, Observer, Work};
pub use failure::{Cause, Failure, Halted, Refusal};
pub use stop::Stop;

/// What operations answer with.
pub type Result<T> = std::result::Result<T, Failure>;
