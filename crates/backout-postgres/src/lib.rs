//! Sessions, the catalog reader, guarded execution, archive, undo, rehearsal and sandbox clusters: all that talks to
//! PostgreSQL, and to nothing else. It never writes to the terminal and never reads the environment.

pub mod archive;
pub mod catalog;
pub mod doctor;
pub mod failpoint;
pub mod fingerprint;
pub mod ground;
mod locks;
pub mod migrate;
pub mod native;
pub mod programs;
pub mod rehearse;
pub mod reimport;
pub mod sandbox;
pub mod session;
pub mod stand_in;
pub mod store;
pub mod undo;
pub mod writers;
