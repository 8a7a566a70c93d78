//! Marks by which those who use a store at once hear of one another: a backup is in use, or somebody is about to remove it.
//!
//! A store has no locks. Each side writes its mark first and looks for the other's afterwards, so of two who come at the
//! same moment at least one sees the other. A mark is believed for an hour: nobody takes it back who was killed.
//!
//! Must not know: what is done with the backup meanwhile.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::manifest::random;
use crate::store::{Store, StoreError};

/// How long a mark is believed. Whoever is still at work writes it anew long before.
pub const BELIEVED: Duration = Duration::from_secs(3600);

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Used,
    Going,
}

impl Kind {
    /// Its folder under the backup's id.
    fn folder(self) -> &'static str {
        match self {
            Self::Used => "use",
            Self::Going => "going",
        }
    }
}

/// A mark as it lies there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Who left it, in words: `a restore`.
    pub by: String,
    pub until: Timestamp,
}

/// The kind of mark that an object is, by its name in the store.
pub fn kind_of(name: &str) -> Option<Kind> {
    let folder = name.split('/').nth(1)?;
    [Kind::Used, Kind::Going].into_iter().find(|kind| kind.folder() == folder)
}

/// Leaves a mark that is believed for so long, and gives its name.
///
/// # Errors
/// When the place does not let us write.
pub async fn leave(store: &Store, id: &str, kind: Kind, by: &str, long: Duration) -> Result<String, StoreError> {
    let object = format!("{id}/{}/{:08x}.json", kind.folder(), random());
    write(store, &object, by, long).await?;
    Ok(object)
}

pub(crate) async fn write(store: &Store, object: &str, by: &str, long: Duration) -> Result<(), StoreError> {
    let now = Timestamp::now();
    let mark = Mark { by: by.to_owned(), until: now.checked_add(long).unwrap_or(now) };
    store.put(object, serde_json::to_vec(&mark).unwrap_or_default()).await
}

/// Reads a mark. `None` where it went meanwhile.
///
/// # Errors
/// When the store cannot be read.
pub async fn read(store: &Store, object: &str, modified: Timestamp) -> Result<Option<Mark>, StoreError> {
    match store.get(object).await {
        // One that cannot be read was left by somebody all the same.
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| Mark {
            by: "somebody".to_owned(),
            until: modified.checked_add(BELIEVED).unwrap_or(modified),
        }))),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether somebody is about to remove this backup, as far as marks tell.
///
/// # Errors
/// When the store cannot be read.
pub async fn is_going(store: &Store, id: &str) -> Result<bool, StoreError> {
    let now = Timestamp::now();
    for entry in store.list(&format!("{id}/{}/", Kind::Going.folder())).await? {
        if read(store, &entry.name, entry.modified).await?.is_some_and(|mark| mark.until > now) {
            return Ok(true);
        }
    }
    Ok(false)
}
