//! Rows that an undo of the same migration set aside are neither forgotten nor brought back without a word.

use backout_postgres::reimport;
use backout_postgres::session::Session;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::failure::{Refusal, SetAside};
use crate::folder::Prepared;

/// What becomes of what undoing these migrations before set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Refused if there is anything.
    #[default]
    Ask,
    /// It comes back in the migrations' transactions.
    Reimport,
    Leave,
}

/// # Errors
/// [`Refusal::SetAside`] when something was set aside and nobody chose.
pub async fn pass(session: &Session, prepared: &[Prepared<'_>], choice: Choice) -> Result<()> {
    must_be_chosen(session, |version| prepared.iter().any(|one| one.migration.version == version), choice).await
}

/// As [`pass`], for versions that will be applied.
///
/// # Errors
/// As there.
pub(crate) async fn must_be_chosen(session: &Session, is_pending: impl Fn(&str) -> bool, choice: Choice) -> Result<()> {
    if choice != Choice::Ask {
        return Ok(());
    }
    let waiting = reimport::waiting(session, is_pending).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let what = waiting.into_iter().map(|one| SetAside { what: one.what, rows: one.rows }).collect();
    Err(Refusal::SetAside { what }.into())
}
