//! What can go wrong with a store.

use backout_plan::Remedy;
use backout_plan::resolve::ConnectionError;
use backout_plan::wording::moment;
use backout_postgres::session::{DatabaseError, SessionError};
use jiff::Timestamp;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("there is no run {0}")]
    Unknown(String),
    #[error("there is a run {0} already")]
    Exists(String),
    #[error("run {run} is held by {holder} until {}", moment(*.until))]
    Held { run: String, holder: String, until: Timestamp },
    #[error("run {run} went on under lease {newest}; lease {fence} counts no more")]
    Fenced { run: String, fence: u64, newest: u64 },
    #[error("somebody else wrote record {seq} of run {run} first")]
    Moved { run: String, seq: u64 },
    #[error("somebody else wrote {name} first")]
    Changed { name: String },
    #[error("there is no message {0}")]
    UnknownMessage(String),
    #[error("message {key} is {state}, so it cannot be {done}")]
    MessageIs { key: String, state: String, done: &'static str },
    #[error("message {seq} cannot be read: its state is {said:?}")]
    UnreadableMessage { seq: u64, said: String },
    #[error("{store} is of format {found}, and this version knows {known}")]
    Format { store: String, found: u32, known: u32 },
    #[error("record {seq} of run {run} cannot be read: {said}")]
    Unreadable { run: String, seq: u64, said: String },
    #[error("making the folder of {path}")]
    Folder {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{doing} in {path}")]
    Sqlite {
        doing: &'static str,
        path: String,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the store did not answer: its thread ended")]
    Gone,
    #[error("{doing} in {store}")]
    Query {
        doing: &'static str,
        store: String,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
}

impl StoreError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            Self::Held { .. } => "wait until it is over, or until the time has passed",
            Self::Format { .. } => "use the version of backout that wrote it",
            Self::Session(error) => return error.remedies(),
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}
