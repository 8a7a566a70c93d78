//! Marks by which those who use a store at once hear of one another: a backup is in use, or somebody is about to remove it.
//!
//! A store has no locks. Each side writes its mark first and looks for the other's afterwards, so of two who come at the
//! same moment at least one sees the other. A mark is believed for an hour: nobody takes it back who was killed.
//!
//! Must not know: what is done with the backup meanwhile.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::manifest::{MANIFEST, random};
use crate::shelf::ShelfError;
use crate::store::{Store, StoreError};

/// How long a mark is believed. Whoever is still at work writes it anew long before.
pub const BELIEVED: Duration = Duration::from_secs(3600);
const ANEW: Duration = Duration::from_secs(900);
/// Between a mark and the decision a prune reads the manifests, which is a matter of seconds.
const PATIENCE: u32 = 40;
const LOOK: Duration = Duration::from_millis(250);

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

async fn write(store: &Store, object: &str, by: &str, long: Duration) -> Result<(), StoreError> {
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

/// A backup that nobody removes for as long as this lives and its process does.
#[derive(Debug)]
pub struct InUse {
    store: Store,
    id: String,
    /// `None` where we may only read: then no mark can be left.
    mark: Option<(String, JoinHandle<()>)>,
}

impl InUse {
    /// Says that this backup is in use, and sees that it is still there.
    ///
    /// # Errors
    /// When it was removed.
    pub async fn begin(store: &Store, id: &str, by: &'static str) -> Result<Self, ShelfError> {
        let mark = leave(store, id, Kind::Used, by, BELIEVED).await.ok().map(|object| {
            let (store, name) = (store.clone(), object.clone());
            let renewed = tokio::spawn(async move {
                loop {
                    tokio::time::sleep(ANEW).await;
                    // The former one is believed for a while yet, and the next attempt may succeed.
                    let _ = write(&store, &name, by, BELIEVED).await;
                }
            });
            (object, renewed)
        });
        let this = Self { store: store.clone(), id: id.to_owned(), mark };
        // Whoever marked it before us may not have seen our mark. They go on or away in a moment; a mark that stays was
        // left by one who was killed.
        for _ in 0..PATIENCE {
            if !is_going(store, id).await? {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        match this.is_there().await {
            Ok(true) => Ok(this),
            Ok(false) => {
                this.end().await;
                Err(ShelfError::Gone(id.to_owned()))
            }
            Err(error) => {
                this.end().await;
                Err(error.into())
            }
        }
    }

    /// Whether the backup is there as a whole.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_there(&self) -> Result<bool, StoreError> {
        let name = format!("{}/{MANIFEST}", self.id);
        Ok(self.store.list(&format!("{}/", self.id)).await?.iter().any(|entry| entry.name == name))
    }

    /// Takes the mark back.
    pub async fn end(mut self) {
        if let Some((object, renewed)) = self.mark.take() {
            renewed.abort();
            // A write that was under way is over before the mark goes.
            let _ = renewed.await;
            // One that stays ends by itself.
            let _ = self.store.delete(&object).await;
        }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some((_, renewed)) = &self.mark {
            renewed.abort();
        }
    }
}
