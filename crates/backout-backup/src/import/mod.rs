//! Dumps that others made: read as a stream, judged before anything of them runs, and loaded into a throwaway database,
//! of which an ordinary backup is taken then.
//!
//! Every format becomes the same stream of SQL: `pg_restore` writes an archive out as text and runs nothing. No psql
//! reads it, so none of psql's commands can run a program. Must not know: the plan; where the backup goes.

mod analysis;
mod cut;
mod load;
mod open;
mod sort;
mod stand_in;
mod words;

use std::path::PathBuf;

use backout_plan::Remedy;
use backout_postgres::session::{DatabaseError, SessionError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use analysis::{Analysis, Finding, Kind, analyse};
pub use load::{Load, Stands, load, settle};
pub use open::{Dump, Format};

/// What a manifest says of a backup that was taken of a foreign dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    pub files: Vec<ImportedFile>,
    /// What the dump did not hold, or what was not taken of it.
    pub missing: Vec<String>,
    /// What was made so that it could be loaded, and is no part of the dump.
    pub stands_in: Vec<String>,
}

impl Imported {
    /// What stands for the address of a server.
    pub fn endpoint(&self) -> String {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        format!("import of {}", names.join(", "))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedFile {
    /// Without its folder.
    pub name: String,
    pub bytes: u64,
    /// BLAKE3 of the file; of a folder, of the digests of the files in it, in the order of their names.
    pub digest: String,
}

#[derive(Debug, Error)]
pub enum ImportError {
    #[error("opening {file}")]
    Open {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}:{line}: it cannot be read any further")]
    Read {
        file: String,
        line: u64,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}:{line}: the dump is cut short: {what}")]
    CutShort { file: String, line: u64, what: String },
    #[error("{file}:{line}: a statement that is longer than 256 MB")]
    TooLong { file: String, line: u64 },
    #[error("{file}:{line}: the statement is not UTF-8")]
    NotUtf8 { file: String, line: u64 },
    #[error("{file} is {what}")]
    NotADump { file: String, what: &'static str },
    #[error("starting {}", .program.display())]
    Program {
        program: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}: pg_restore: {said}")]
    Archive { file: String, said: String },
    #[error("{} changed after it was looked at", .0)]
    Changed(String),
    #[error("the server lacks {}: {}", if .0.len() == 1 { "an extension of the dump" } else { "extensions of the dump" }, .0.join(", "))]
    Extensions(Vec<String>),
    #[error("{file}:{line}: {what}")]
    Refused { file: String, line: u64, what: String },
    #[error("{file}:{line}: {what}")]
    Statement {
        file: String,
        line: u64,
        what: String,
        #[source]
        source: DatabaseError,
    },
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("reading the dump stopped")]
    Stopped,
}

impl ImportError {
    pub(crate) fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::Server { doing, source }
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            Self::Session(error) => return error.remedies(),
            Self::CutShort { .. } | Self::Read { .. } => "copy the file again from where it was made, or make it again",
            Self::NotUtf8 { .. } => "make the dump with the encoding UTF8 (pg_dump has an option for it)",
            Self::NotADump { .. } => {
                "it takes .sql, .sql.gz and .sql.zst files, and what pg_dump -Fc, -Fd and -Ft write"
            }
            Self::Extensions(_) => {
                "install their packages on this machine, for the server that the throwaway one is of"
            }
            Self::Archive { said, .. } if said.contains("unsupported version") => {
                return vec![Remedy::advice("a newer pg_dump wrote it"), Remedy::NewerPrograms];
            }
            Self::Program { .. } => return vec![Remedy::NamePrograms],
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}
