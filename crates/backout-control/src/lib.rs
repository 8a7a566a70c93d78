//! The application layer: what a user of Backout can ask for, as operations that a command line, a server or a run calls.
//!
//! One operation a file. Each has a *preview* (what would happen; changes nothing), a *run*, and a *settle* (what the
//! target itself says after a crash or a lost connection). Gates decide who may go on; refusals are values with
//! remedies; all report to one observer.
//!
//! Must not know: the terminal, the arguments of a command line, how anything is worded for people, HTTP.
//!
//! In depth: `docs/internals/control.md`.

pub mod actions;
pub mod applied;
pub mod archive;
pub mod baseline;
pub mod capture;
pub mod card;
pub mod checks;
pub mod cost;
pub mod decided;
pub mod demo;
pub mod env;
pub mod event;
pub mod evidence;
pub mod execute;
pub mod export;
pub mod failure;
pub mod folder;
mod follows;
mod former;
pub mod freeze;
pub mod gates;
pub mod impact;
pub mod import;
pub mod incident;
pub mod init;
mod keep;
pub mod keygen;
pub mod ledger;
pub mod migrate;
mod mistake;
pub mod notify;
pub mod outlook;
mod outside;
pub mod place;
pub mod preflight;
pub mod prove;
pub mod prune;
pub mod rehearse;
pub mod release;
pub mod report;
pub mod restore;
pub mod resume;
pub mod rollback;
pub mod rollout;
pub mod rows;
pub mod runs;
pub mod servers;
pub mod source;
pub mod sources;
pub mod status;
pub mod steps;
pub mod stop;
pub mod take;
pub mod tell;
pub mod thaw;
pub mod tokens;
pub mod told;
pub mod triggers;
pub mod undo;
pub mod upkeep;
pub mod values;
pub mod verify;
pub mod verify_backups;
pub mod watch;

use std::pin::Pin;

pub use applied::Applied;
pub use env::{Env, Pair};
pub use event::{Event, Observer, Work};
pub use failure::{Cause, Failure, Halted, Refusal};
pub use stop::Stop;

/// What operations answer with.
pub type Result<T> = std::result::Result<T, Failure>;

/// What an operation is while it goes on. A bare `async fn` would be compiled once more, with all that it calls, in every
/// crate that awaits it: that was a third of the program.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
