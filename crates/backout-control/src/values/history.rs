//! What was changed, by version: names, who and when, and what is known of each value without showing it.
//!
//! Must not know: how a value is read or written.

use backout_store::Change;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::place::Place;
use crate::Result;
use crate::failure::Refusal;
use crate::runs::Runs;

/// How much of a digest is kept: enough to tell two values apart, too little to be sure of a guess.
const DIGITS: usize = 8;

/// What a history says of a value that it does not show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// There was none.
    Absent,
    /// The beginning of its digest. The value is sealed, or was not kept.
    Digest(String),
    /// No secret, as it is: a flag's definition.
    Clear(String),
    /// It could not be read, and is the one that this version gave.
    OfVersion(u64),
    /// It could not be read, and is not ours.
    Unreadable,
}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Digest(digest) => f.write_str(digest),
            Self::Clear(text) => f.write_str(&shown(text)),
            Self::OfVersion(version) => write!(f, "that of version {version}"),
            Self::Unreadable => f.write_str("unreadable"),
        }
    }
}

/// A flag by what decides; anything else as it is.
fn shown(text: &str) -> String {
    let flag: Value = serde_json::from_str(text).unwrap_or_default();
    match (flag["defaultVariant"].as_str(), flag["state"].as_str()) {
        (Some(variant), Some("DISABLED")) => format!("{variant}, disabled"),
        (Some(variant), _) if flag.get("targeting").is_some() => format!("{variant}, targeted"),
        (Some(variant), _) => variant.to_owned(),
        _ => text.to_owned(),
    }
}

/// One value's change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub name: String,
    pub former: Known,
    pub now: Known,
    /// The provider's word for the kind of variable, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_type: Option<String>,
}

/// A change as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    pub version: u64,
    pub at: Timestamp,
    pub by: String,
    pub place: String,
    /// `env` or `flags`.
    pub kind: String,
    /// Run, way and step.
    pub step: Option<String>,
    pub edits: Vec<Edit>,
    /// Whether its values can come back.
    pub kept: bool,
    /// Whether it was seen to the end.
    pub done: bool,
    #[serde(skip)]
    pub(super) sealed: Option<Vec<u8>>,
    #[serde(skip)]
    pub(super) states: Value,
}

impl Version {
    fn read(change: Change) -> Result<Self> {
        let Change { version, at, by, what, done } = change;
        let unreadable =
            |error| Refusal::failed(format!("version {version} of the history cannot be read: {error}"), None);
        let edits: Vec<Edit> = serde_json::from_str(&what.body).map_err(unreadable)?;
        let kept = what.sealed.is_some() || what.kind == super::place::FLAGS;
        let states = done.as_deref().and_then(|done| serde_json::from_str(done).ok()).unwrap_or_default();
        Ok(Self {
            version,
            at,
            by,
            place: what.place,
            kind: what.kind,
            step: what.mark,
            edits,
            kept,
            done: done.is_some(),
            sealed: what.sealed,
            states,
        })
    }

    #[cfg(test)]
    pub(crate) fn made(version: u64, place: &str, kind: &str, step: Option<String>, edits: Vec<Edit>) -> Self {
        let (place, kind) = (place.to_owned(), kind.to_owned());
        let (at, by, states) = (Timestamp::UNIX_EPOCH, String::new(), Value::Null);
        Self { version, at, by, place, kind, step, edits, kept: true, done: true, sealed: None, states }
    }

    pub(super) fn edit(&self, name: &str) -> Option<&Edit> {
        self.edits.iter().find(|edit| edit.name == name)
    }
}

/// The versions on record, the oldest first.
///
/// # Errors
/// Where the store cannot be read, or a version is none.
pub async fn versions(runs: &Runs, place: Option<&str>) -> Result<Vec<Version>> {
    runs.store.changes(place).await?.into_iter().map(Version::read).collect()
}

/// Those that one step of a run made.
///
/// # Errors
/// As for [`versions`].
pub async fn of_mark(runs: &Runs, place: &Place, mark: &str) -> Result<Vec<Version>> {
    let all = versions(runs, Some(&place.name())).await?;
    Ok(all.into_iter().filter(|one| one.step.as_deref() == Some(mark)).collect())
}

/// The beginning of a value's digest. The same value of the same variable has the same one.
pub(super) fn digest(place: &str, name: &str, value: &str) -> String {
    let mut digest = Sha256::new();
    for part in ["backout value", place, name, value] {
        digest.update(part);
        digest.update([0]);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..DIGITS].to_owned()
}
