//! Bulk data: backups that are taken at one snapshot, kept in a folder or bucket, proven by restoring them.
//!
//! Must not know: what decides that a backup is taken or restored; the terminal; the environment of the process.
//!
//! In depth: `docs/internals/backups.md`.

pub mod capture;
mod copied;
pub mod evidence;
pub mod host;
pub mod import;
pub mod keys;
pub mod lease;
pub mod manifest;
pub mod marks;
pub mod prune;
mod references;
pub mod restore;
pub mod retention;
pub mod room;
mod scope;
pub mod seal;
mod sequences;
mod sessions;
pub mod shelf;
pub mod signing;
pub mod store;
pub mod stream;
pub mod swap;
pub mod take;
