//! What the server sends through COPY, as one fingerprint.
//!
//! Must not know: what it is compared with.

use backout_postgres::session::{DatabaseError, Session};
use futures_util::TryStreamExt;
use thiserror::Error;

use crate::stream::{Fingerprint, Form, Rows, StreamError};

#[derive(Debug, Error)]
pub enum CopyError {
    #[error(transparent)]
    Server(DatabaseError),
    #[error(transparent)]
    Stream(#[from] StreamError),
}

/// Large objects as rows of id, offset and page. Read through their own functions, which need no more than the right to
/// read them.
pub const PAGES: &str = "COPY (SELECT m.oid, n.page * 262144, pg_catalog.lo_get(m.oid, n.page * 262144, 262144) \
     FROM pg_catalog.pg_largeobject_metadata m CROSS JOIN LATERAL pg_catalog.generate_series(0::int8, \
       greatest(pg_catalog.lo_lseek64(pg_catalog.lo_open(m.oid, 262144), 0, 2) - 1, 0) / 262144) n(page) ORDER BY 1, 2) TO STDOUT (FORMAT binary)";

/// What a query sends.
///
/// # Errors
/// When the server says no, or sends what is no COPY stream.
pub async fn fingerprint(session: &Session, copy: &str, form: Form) -> Result<Fingerprint, CopyError> {
    let failed = |error: tokio_postgres::Error| CopyError::Server(error.into());
    let stream = session.copy_out(copy).await.map_err(failed)?;
    let mut stream = std::pin::pin!(stream);
    let mut rows = Rows::new(form);
    let mut sum = Fingerprint::default();
    while let Some(message) = stream.try_next().await.map_err(failed)? {
        rows.feed(&message, |row| sum.add(row))?;
    }
    rows.finish()?;
    Ok(sum)
}

/// The large objects that are there.
///
/// # Errors
/// As of [`fingerprint`].
pub async fn large_objects(session: &Session) -> Result<Fingerprint, CopyError> {
    fingerprint(session, PAGES, Form::Binary).await
}
