//! What a run works with and does not change, and the plainest things that it does with the session.
//!
//! Must not know: what the migration drops or changes, and what of it is kept.

use super::{Event, Job, MigrateError, Mode, Rules, Watch, guards};
use crate::session::{Savepoint, Session};
use crate::store::NewRecord;
use backout_sql::script::Statement;

/// Facts that hold from the first statement to the last.
pub(super) struct Environment<'a> {
    pub session: &'a Session,
    /// A second connection, which sees what others have committed and nothing of ours.
    pub witness: &'a Session,
    pub rules: &'a Rules,
    pub mode: Mode<'a>,
    pub watch: Watch<'a>,
    pub number: i64,
    pub baseline: guards::Baseline,
    /// It is on record already.
    pub resumed: bool,
}

impl<'a> Environment<'a> {
    pub(super) fn record(&self, job: &Job) -> NewRecord {
        NewRecord {
            number: self.number,
            version: job.version.clone(),
            name: job.name.clone(),
            layout: job.layout.clone(),
            file: job.file.clone(),
            checksum: job.checksum.clone(),
            steps: i32::try_from(job.units.len()).unwrap_or(i32::MAX),
            accepted: self.rules.accept_loss.clone(),
            certificate: self.mode.certificate.map(str::to_owned),
            without_certificate: self.mode.without_certificate.map(str::to_owned),
            backup: self.mode.backup.map(str::to_owned),
            keep_seconds: self.rules.keep_archive.as_secs_f64(),
        }
    }

    /// Runs a statement of our own: as the role that began, under the lock budget.
    pub(super) async fn own(&self, sql: &str) -> Result<(), MigrateError> {
        self.session.batch(sql).await.map_err(MigrateError::keeping)
    }

    pub(super) async fn savepoint(&self, name: &'static str) -> Result<Savepoint<'a>, MigrateError> {
        self.session.savepoint(name).await.map_err(MigrateError::keeping)
    }

    /// As `own`, for one statement: how many rows it made.
    pub(super) async fn keep(&self, sql: &str) -> Result<i64, MigrateError> {
        let rows = self.session.reach(sql).await.map_err(MigrateError::keeping)?;
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    pub(super) async fn rows_of_copy(&self, copy: &str) -> Result<i64, MigrateError> {
        let count = self.session.scalar(&format!("SELECT count(*) FROM {copy}")).await;
        let count = count.map_err(MigrateError::server("counting what was kept"))?;
        Ok(count.and_then(|n| n.parse().ok()).unwrap_or(0))
    }

    pub(super) fn announce(&self, statement: &Statement) {
        (self.watch)(Event::Statement { location: statement.location.to_string(), text: statement.text.clone() });
    }

    pub(super) async fn plain(&self, statement: &Statement) -> Result<(), MigrateError> {
        self.session.batch(&statement.text).await.map_err(|source| MigrateError::statement(statement, source))?;
        if matches!(statement.analysis.tag.as_str(), "DEALLOCATE" | "DISCARD") {
            self.session.forget_prepared();
        }
        Ok(())
    }
}
