//! What a run tells at its end beside what it did to objects.
//!
//! Must not know: how the migration ran.

use super::images::sweep;
use super::{Environment, Job, MigrateError};
use crate::reimport::{self, Late, Reimported};
use backout_reversal::Inverse;
use backout_schema::Catalog;

/// For the report.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub notes: Vec<String>,
    /// What an undo had set aside and is back.
    pub reimported: Vec<Reimported>,
    /// What of it must follow the COMMIT.
    pub late: Vec<Late>,
}

impl Told {
    /// What an undo had set aside, where that was asked for.
    pub(super) async fn bring_back_aside(
        &mut self,
        env: &Environment<'_>,
        job: &Job,
        after: &Catalog,
        inverse: &Inverse,
    ) -> Result<(), MigrateError> {
        if job.take_back {
            let back = reimport::take_back(env.session, after, inverse, &job.version).await;
            (self.reimported, self.late) = back?;
        }
        Ok(())
    }

    /// After COMMIT nothing that fails may look like a migration that failed.
    pub(super) async fn sweep(&mut self, env: &Environment<'_>) {
        let why = match sweep(env.session, env.rules.lock_timeout, env.rules.lock_retries.max(1)).await {
            Ok(true) => return,
            Ok(false) => "their table is read all the time".to_owned(),
            Err(error) => error.to_string(),
        };
        self.notes.push(format!(
            "triggers that wrote down changed rows are still there ({why}); they do nothing, and the next migrate or undo removes them"
        ));
    }
}
