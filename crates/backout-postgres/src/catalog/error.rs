//! Why a catalog could not be read.

use crate::session::DatabaseError;
use crate::sqlstate;
use backout_schema::ParseAclError;

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("reading the catalog ({what})")]
    Query {
        what: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("reading the catalog ({what}): a column is not of the expected type")]
    Decode {
        what: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },
    #[error("reading the catalog: an access privilege could not be read")]
    Acl(#[from] ParseAclError),
}

impl CatalogError {
    /// An object was dropped between a query's snapshot and the moment when its definition was printed: the server
    /// fails (`cache lookup failed`, `could not open relation`, `does not exist`), or prints NULL. Another query of the
    /// same reading may be the one that failed (25P02).
    pub(super) fn is_about_what_went_away(&self) -> bool {
        match self {
            CatalogError::Query { source, .. } => [
                sqlstate::INTERNAL_ERROR,
                sqlstate::UNDEFINED_TABLE,
                sqlstate::UNDEFINED_OBJECT,
                sqlstate::UNDEFINED_FUNCTION,
                sqlstate::UNDEFINED_COLUMN,
                sqlstate::IN_FAILED_SQL_TRANSACTION,
            ]
            .iter()
            .any(|code| source.has_code(code)),
            CatalogError::Decode { .. } => true,
            CatalogError::Acl(_) => false,
        }
    }

    /// Another session holds a lock on something whose definition is to be printed.
    pub(super) fn is_about_a_lock(&self) -> bool {
        matches!(self, CatalogError::Query { source, .. } if source.has_code(sqlstate::LOCK_NOT_AVAILABLE))
    }
}
