//! Why the record in the target cannot be read or written.

use crate::session::DatabaseError;
use crate::sqlstate;
use backout_plan::Remedy;

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

/// Where what is on record may be a weaker role's.
const WEAKER: &str = "connect as the role that owns the schema \"backout\" (SET ROLE is not enough), and revoke what \
     others were granted on that schema and its tables; docs/security.md says why";

impl StoreError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            StoreError::Busy => return vec![Remedy::advice("wait until it has ended"), Remedy::Status],
            StoreError::Weaker { .. } => WEAKER,
            StoreError::Unreadable { .. } => {
                "use the version of Backout that wrote it; what was edited by hand must be put back as it was"
            }
            StoreError::Newer { .. } => "use a newer version of Backout",
            StoreError::NotOurs => "rename that schema; Backout keeps its history in one of this name",
            StoreError::Query { source, .. } if source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => {
                return vec![Remedy::Doctor];
            }
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}
