//! Whether a backup is of the live database.

use backout_backup::manifest::Manifest;
use backout_plan::TargetIdentity;
use backout_postgres::session::Session;
use backout_postgres::store as history;

use crate::Result;
use crate::failure::Refusal;

/// Who the live database is.
#[derive(Debug)]
pub struct Source {
    pub identity: Option<TargetIdentity>,
    pub endpoint: String,
}

impl Source {
    /// The database of this session.
    pub async fn of(session: &Session) -> Result<Self> {
        let identity = history::recorded_identity(session).await?;
        Ok(Self { identity, endpoint: session.endpoint().to_owned() })
    }

    /// Whether a backup is of this database.
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        match (&manifest.source.identity, &self.identity) {
            (Some(then), Some(now)) => then.marker == now.marker,
            // Taken before first contact: the address is all there is to go by.
            _ => manifest.source.endpoint == self.endpoint,
        }
    }

    /// # Errors
    /// [`Refusal::AnotherSource`] when the backup is of another database, and that is not what is meant.
    pub fn must_be_of(&self, manifest: &Manifest, other_source: bool) -> Result<()> {
        if other_source || self.is_of(manifest) {
            return Ok(());
        }
        Err(Refusal::AnotherSource { backup: manifest.id.clone(), endpoint: manifest.source.endpoint.clone() }.into())
    }
}
