//! Sessions, the catalog reader, guarded execution, archive, undo, rehearsal and sandbox clusters: all that talks to
//! PostgreSQL, and to nothing else. It never writes to the terminal and never reads the environment.

pub mod actions;
pub mod archive;
pub mod catalog;
pub mod doctor;
pub mod examine;
pub mod failpoint;
mod felt;
pub mod fingerprint;
pub mod freeze;
pub mod ground;
pub mod impact;
mod locks;
pub mod mark;
pub mod migrate;
pub mod native;
pub mod programs;
mod record_error;
pub mod rehearse;
pub mod reimport;
pub mod retry;
pub mod rls;
pub mod sandbox;
pub mod session;
mod sizes;
pub mod sqlstate;
pub mod stand_in;
pub mod store;
pub mod undo;
pub mod writers;

/// A large future on the heap, which may go on on any thread. Typed: of one whose type is inferred the compiler cannot
/// tell that where it is a part of another.
pub(crate) fn boxed<'f, T>(
    work: impl Future<Output = T> + Send + 'f,
) -> std::pin::Pin<Box<dyn Future<Output = T> + Send + 'f>> {
    Box::pin(work)
}
