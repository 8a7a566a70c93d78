//! The sessions that read captured changes, and put rows in as they are elsewhere.
//!
//! Must not know: which changes these are.

use backout_plan::ConnectionSettings;
use backout_postgres::session::{ConnectOptions, Session, connect};

use super::CaptureError;
use crate::sessions::{FILLING, PATIENT};

pub(super) async fn open(settings: &ConnectionSettings) -> Result<Session, CaptureError> {
    let options = ConnectOptions { application_name: Some("backout replay".to_owned()), on_notice: None };
    let session = connect(settings, &options).await?;
    session.batch(FILLING).await.map_err(CaptureError::server("beginning"))?;
    session.batch(PATIENT).await.map_err(CaptureError::server("beginning"))?;
    Ok(session)
}
