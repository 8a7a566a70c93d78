//! Why the record in the target cannot be read or written.

use crate::session::DatabaseError;

/// The format of the tables below; a newer one than this is refused.
pub const FORMAT: i32 = 6;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{doing}")]
    Query {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("another run of Backout holds this database")]
    Busy,
    #[error("the backout schema here has format {found}, and this version of Backout knows {FORMAT}")]
    Newer { found: i32 },
    #[error("there is a schema \"backout\" here that is not Backout's: it has no table \"target\"")]
    NotOurs,
    #[error(
        "what is on record here may have been written by roles that have fewer rights than this one: {}", .roles.join(", ")
    )]
    Weaker { roles: Vec<String> },
    #[error("migration {number}: {column} on record is {value:?}, which this version of Backout cannot read")]
    Unreadable { number: i64, column: &'static str, value: String },
    #[error("migration {number}: what undo needs cannot be read")]
    Decode {
        number: i64,
        #[source]
        source: serde_json::Error,
    },
}
