//! Changes of values outside: variables and flags, each with a version, so that any version comes back.
//!
//! Must not know: what a value is, or how it is sealed.

use jiff::Timestamp;

/// A change that is about to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// `env` or `flags`.
    pub kind: String,
    /// Which file or project.
    pub place: String,
    /// The step of a run, where it was one.
    pub mark: Option<String>,
    /// What changes, without anything secret.
    pub body: String,
    /// The values, for whoever has the key.
    pub sealed: Option<Vec<u8>>,
}

/// A change on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In the order of time, over all places of a store.
    pub version: u64,
    pub at: Timestamp,
    pub by: String,
    pub what: NewChange,
    /// What came of it; nothing where nobody noted it.
    pub done: Option<String>,
}
