//! Whether a backup is of the live database.

use backout_backup::manifest::Manifest;
use backout_plan::{Exit, TargetIdentity};
use backout_postgres::session::Session;
use backout_postgres::store as history;

use crate::error::CommandError;

/// Who the live database is.
pub struct Source {
    pub identity: Option<TargetIdentity>,
    pub endpoint: String,
}

impl Source {
    /// The database of this session.
    pub async fn of(session: &Session) -> Result<Self, CommandError> {
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

    /// That a backup is of this database, or that another one's is meant.
    pub fn must_be_of(&self, manifest: &Manifest, other_source: bool) -> Result<(), CommandError> {
        if other_source || self.is_of(manifest) {
            return Ok(());
        }
        let said = format!("backup {} is of another database, {}", manifest.id, manifest.source.endpoint);
        Err(CommandError::new(Exit::Refused, said).hint("if that is meant: --other-source"))
    }
}
