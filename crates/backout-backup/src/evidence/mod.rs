//! Forensic exports: rows as CSV, of one snapshot, with a manifest of checksums that is written last, and back into the
//! tables of now.
//!
//! Each lies in a folder of its own under its id. Without a manifest it is none.
//!
//! Must not know: why rows are exported, or who may import them.

mod file;
mod import;
mod manifest;
mod mapping;
mod shelf;
mod silence;
mod stage;
mod take;
mod try_rows;

use std::io;

use backout_postgres::session::{DatabaseError, SessionError};
use thiserror::Error;

use crate::keys::KeyError;

pub use import::{Act, Choice, Done, Request as Import, Table as Imported, import};
pub use manifest::{Content, Evidence, Part};
pub use mapping::{Mapped, map};
pub use shelf::{Problem, Standing, State, find, list, load, remove, verify};
pub use stage::{Conflict, Reject};
pub use take::{Request, What, named, relations, take};

#[derive(Debug, Error)]
pub enum EvidenceError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("{doing}")]
    Server {
        doing: String,
        #[source]
        source: DatabaseError,
    },
    #[error("{doing}")]
    File {
        doing: String,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What is asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// What is there is not what it must be.
    #[error("{0}")]
    Refused(String),
}

impl EvidenceError {
    pub(super) fn server(doing: impl Into<String>) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Server { doing: doing.into(), source }
    }

    pub(super) fn file(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing: doing.into(), source }
    }
}
