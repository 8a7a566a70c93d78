//! Why a database cannot be frozen or thawed.

use super::acl::Uncovered;
use crate::session::DatabaseError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    #[error("{doing}")]
    Query {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("freeze {number}: its record cannot be read: {why}")]
    Unreadable { number: i64, why: String },
    #[error("what was before the freeze cannot be written down")]
    Encode(#[source] serde_json::Error),
    #[error("the database is not there any more")]
    Gone,
    #[error("writes would not be stopped everywhere")]
    Uncovered(Vec<Uncovered>),
}

impl FreezeError {
    pub fn database_error(&self) -> Option<&DatabaseError> {
        match self {
            Self::Query { source, .. } | Self::Store(StoreError::Query { source, .. }) => Some(source),
            _ => None,
        }
    }

    /// Another transaction changed the same row of the catalog, or held a lock.
    pub(super) fn is_passing(&self) -> bool {
        let met = |source: &DatabaseError| source.is_retryable() || source.message.contains("concurrently");
        matches!(self, Self::Query { source, .. } if met(source))
    }
}

/// Names what was being done when the server said no.
pub(super) fn doing(doing: &'static str) -> impl FnOnce(DatabaseError) -> FreezeError {
    move |source| FreezeError::Query { doing, source }
}
