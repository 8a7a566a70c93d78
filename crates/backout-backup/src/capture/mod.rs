//! Changes of rows, captured while they happen: which rows changed (`keys`), or also what they were (`images`).
//! A restore replays them, so that it loses none; chosen transactions can be taken back without a restore.
//!
//! Triggers for each row write into one table that has no index. A key is written in the binary form of its columns,
//! and a former row in that of the row: both mean the same whatever a session has set, and go into another table by
//! COPY as they are.
//!
//! Must not know: what becomes of the changes.
//!
//! In depth: `docs/internals/capture.md`.

mod connection;
mod cost;
mod image;
mod install;
mod merge;
mod pgoutput;
mod put;
mod queue;
mod quiet;
mod replay;
pub mod rows;
pub(crate) mod shape;
mod slot;
mod written;

use backout_plan::Remedy;
use backout_postgres::sqlstate;
use std::fmt;
use std::str::FromStr;

use backout_postgres::session::{DatabaseError, SessionError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::scope;

pub use cost::{Cost, cost};
pub(crate) use install::TRIGGER;
pub use install::{Before, Captured, before, follow, forget, off, on, renew};
pub use queue::{Standing, Trouble, captured, check, is_on, size, standing, tables, trim, unchecked};
pub(crate) use quiet::Quiet;
pub use replay::{Hold, Replay, Replayed, Uncaptured, Within};
pub use slot::{Slot, drain, look as slot, refusal as no_slot, release as release_slot};
pub use written::{Written, written};

/// Where everything of it lies.
pub const SCHEMA: &str = scope::CAPTURE;

/// The table of changes in it.
pub const CHANGES: &str = scope::CAPTURED_CHANGES;

/// How much is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Which rows changed, by their keys, from the write-ahead log. Enough for a restore that loses nothing.
    Slot,
    /// The same, by triggers.
    Keys,
    /// What they were as well, when, and in which transaction. Enough to take some changes back.
    Images,
}

impl Depth {
    pub const ALL: [Self; 3] = [Self::Slot, Self::Keys, Self::Images];

    pub fn name(self) -> &'static str {
        match self {
            Self::Slot => "slot",
            Self::Keys => "keys",
            Self::Images => "images",
        }
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Depth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|depth| depth.name() == text)
            .ok_or_else(|| format!("{text:?} is not keys, images or slot"))
    }
}

/// How changes of one table are captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By the key of each row.
    Keyed,
    /// It has no key: each row as it was and as it is.
    Rows,
    /// Its rows cannot be told apart in binary form: only that something changed.
    Whole,
}

/// One table whose changes are captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// By which its changes are known.
    pub number: i32,
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub depth: Depth,
    pub way: Way,
    pub key: Vec<KeyColumn>,
    /// All columns as they were when it began.
    pub columns: Vec<Column>,
    /// Transaction that began it.
    pub since: String,
    pub at: Timestamp,
    /// Name, id and last change of each trigger.
    pub triggers: Vec<(String, u32, String)>,
}

impl Source {
    /// As it is written in SQL.
    pub fn sql_name(&self) -> String {
        backout_schema::qualified(&self.schema, &self.name)
    }
}

/// A column of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyColumn {
    pub name: String,
    /// What puts it into binary form, as written in SQL.
    pub send: String,
    /// What compares it, as written in SQL: `OPERATOR(pg_catalog.=)`.
    pub equal: String,
}

/// A column of a table, as far as it matters to images of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub number: i16,
    pub name: String,
    /// `schema.type`, as written in SQL.
    pub data_type: String,
    /// Length, precision and the like, as the catalog has them.
    pub modifier: i32,
    /// Computed from others: not written by anybody.
    pub generated: bool,
}

#[derive(Debug, Error)]
pub enum CaptureError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("{doing} {table}")]
    Table {
        doing: &'static str,
        table: String,
        #[source]
        source: DatabaseError,
    },
    #[error("what is captured here cannot be read")]
    Decode(#[source] serde_json::Error),
    #[error("there is a schema {SCHEMA} here that is not Backout's")]
    NotOurs,
    #[error("nothing is captured here")]
    Off,
    #[error("images of {table} were written in a form that is not one")]
    Image { table: String },
    #[error("nothing is called {0}")]
    Nothing(String),
    #[error("no replication slot can be made here: {0}")]
    NoSlot(String),
    #[error("{0}, so changes may be missing")]
    SlotTrouble(String),
    #[error("changes of {table} are captured {found}, which does not tell what its rows were")]
    NoImages { table: String, found: String },
    #[error("{table} was emptied by TRUNCATE among these changes, and nothing tells which rows it had")]
    Truncated { table: String },
    #[error("too many rows of {table} and others wait for one another: {why}")]
    Entangled { table: String, why: String },
    #[error("{table} has other columns than when its capture began: {what}")]
    Reshaped { table: String, what: String },
    #[error("{} since the backup was taken: {}", if .0.len() == 1 { "changes of a table were not captured" } else { "changes of tables were not captured" }, .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Gaps(Vec<Uncaptured>),
    #[error("large objects have changed since, and these are not captured")]
    LargeObjects,
    #[error("{table}: {found} of {expected} rows that went since were there to be removed")]
    NotThere { table: String, expected: u64, found: u64 },
    #[error("writers did not let go of the tables within {0:?}")]
    Held(std::time::Duration),
}

impl CaptureError {
    pub(crate) fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Server { doing, source }
    }

    pub(crate) fn table(doing: &'static str, table: &str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Table { doing, table: table.to_owned(), source }
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            Self::Session(error) => return error.remedies(),
            Self::Server { source, .. } | Self::Table { source, .. }
                if source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) =>
            {
                "capture takes the owner of the tables, who may create schemas and temporary tables here"
            }
            Self::Table { source, .. } if source.has_code(sqlstate::LOCK_NOT_AVAILABLE) => {
                "somebody held the table for longer than the lock budget; what was set up stays, so run it again"
            }
            Self::Decode(_) => {
                let by_hand = format!("to end it by hand: DROP SCHEMA {SCHEMA} CASCADE");
                return vec![Remedy::advice(format!("another version of Backout began it; {by_hand}"))];
            }
            Self::Off => return vec![Remedy::CaptureOn],
            Self::NoSlot(_) => return vec![Remedy::CaptureKeys],
            Self::SlotTrouble(_) => {
                return vec![Remedy::CaptureOn, Remedy::advice("restores of older backups cannot be replayed")];
            }
            Self::NoImages { found, .. } if found == "as keys" => return vec![Remedy::CaptureImages],
            Self::NoImages { .. } => "it takes a primary key to tell which row is which; leave the table out",
            Self::Reshaped { .. } => {
                let why = "what was captured before its columns changed cannot be told from what came after";
                return vec![Remedy::advice(why), Remedy::CaptureOn];
            }
            Self::Entangled { .. } => {
                "nothing was changed; take back less at once: single tables, transactions or a shorter time"
            }
            Self::Truncated { .. } => {
                return vec![Remedy::advice("a backup of before has the rows"), Remedy::RestoreInto];
            }
            Self::Gaps(_) => return vec![Remedy::WithoutReplay, Remedy::ReplayWithout, Remedy::CaptureOn],
            Self::LargeObjects => {
                return vec![Remedy::WithoutReplay, Remedy::advice("or take large objects over by hand")];
            }
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}
