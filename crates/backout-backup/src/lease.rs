//! A backup that is in use, for as long as somebody works with it: nobody removes it meanwhile.
//!
//! Must not know: what is done with the backup meanwhile.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::manifest::MANIFEST;
use crate::marks::{BELIEVED, Kind, is_going, leave, write};
use crate::shelf::ShelfError;
use crate::store::{Store, StoreError};

const ANEW: Duration = Duration::from_secs(900);
/// Between a mark and the decision a prune reads the manifests, which is a matter of seconds.
const PATIENCE: u32 = 40;
const LOOK: Duration = Duration::from_millis(250);

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
