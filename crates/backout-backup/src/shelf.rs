//! What lies in a store: backups that are whole, attempts that were interrupted, and the proofs of each.
//!
//! Must not know: how a backup is taken or restored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::manifest::{MANIFEST, Manifest, ManifestError, is_id};
use crate::seal::{self, SealError};
use crate::store::{Store, StoreError};
use crate::take::{DRAFT, Draft};

/// The folder of proofs under a backup's id.
const PROOFS: &str = "proofs";

/// That a backup was restored and found equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    pub backup: String,
    pub at: Timestamp,
    /// The server that it was restored on.
    pub server: String,
    pub rows: u64,
    pub restore_ms: f64,
    pub compare_ms: f64,
    /// What was different in the sandbox from the source, and does not count: an extension stood in for, say.
    pub notes: Vec<String>,
}

/// One entry of the shelf.
#[derive(Debug)]
pub struct Standing {
    pub id: String,
    pub state: State,
    pub proofs: Vec<Proof>,
    /// All that lies there, in bytes.
    pub stored: u64,
}

#[derive(Debug)]
pub enum State {
    Whole(Box<Manifest>),
    /// It is being taken, or the one who took it went away.
    Interrupted(Option<Draft>),
    Damaged(String),
}

/// Something that is not as the manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub object: String,
    pub what: String,
}

#[derive(Debug, Error)]
pub enum ShelfError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("there is no backup {name} in {place}")]
    None { name: String, place: String },
    #[error("{name} means several backups: {}", .which.join(", "))]
    Several { name: String, which: Vec<String> },
    #[error("backup {0} was interrupted: it is not whole")]
    Interrupted(String),
}

impl ShelfError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::None { .. } => Some("`backout backup list` shows those that are there".to_owned()),
            Self::Interrupted(id) => Some(format!("go on with it: backout backup take --resume {id}")),
            Self::Manifest(ManifestError::Format { .. }) => Some("use a newer backout".to_owned()),
            _ => None,
        }
    }
}

impl Standing {
    pub fn manifest(&self) -> Option<&Manifest> {
        match &self.state {
            State::Whole(manifest) => Some(manifest),
            _ => None,
        }
    }
}

/// Everything that lies there, oldest first.
///
/// # Errors
/// When the store cannot be read. A damaged manifest is a state, not an error.
pub async fn list(store: &Store) -> Result<Vec<Standing>, ShelfError> {
    let mut found: Vec<Standing> = Vec::new();
    let entries = store.list("").await?;
    let mut ids: Vec<&str> = entries.iter().filter_map(|entry| entry.name.split('/').next()).collect();
    ids.dedup();
    for id in ids.into_iter().filter(|id| is_id(id)) {
        let of_it: Vec<_> = entries.iter().filter(|entry| entry.name.split('/').next() == Some(id)).collect();
        let has = |name: &str| of_it.iter().any(|entry| entry.name == format!("{id}/{name}"));
        let state = if has(MANIFEST) {
            match load(store, id).await {
                Ok(manifest) => State::Whole(Box::new(manifest)),
                Err(ShelfError::Manifest(error)) => State::Damaged(error.to_string()),
                Err(error) => return Err(error),
            }
        } else if has(DRAFT) {
            let bytes = store.get(&format!("{id}/{DRAFT}")).await?;
            State::Interrupted(serde_json::from_slice(&bytes).ok())
        } else {
            State::Damaged("it has no manifest".to_owned())
        };
        let mut proofs = Vec::new();
        let proof = |name: &str| name.strip_prefix(id).is_some_and(|rest| rest.starts_with(&format!("/{PROOFS}/")));
        for entry in of_it.iter().filter(|entry| proof(&entry.name)) {
            // One that cannot be read proves nothing.
            proofs.extend(serde_json::from_slice::<Proof>(&store.get(&entry.name).await?).ok());
        }
        let stored = of_it.iter().map(|entry| entry.bytes).sum();
        found.push(Standing { id: id.to_owned(), state, proofs, stored });
    }
    Ok(found)
}

/// The manifest of one backup.
///
/// # Errors
/// When there is none, or it is damaged.
pub async fn load(store: &Store, id: &str) -> Result<Manifest, ShelfError> {
    match store.get(&format!("{id}/{MANIFEST}")).await {
        Ok(bytes) => Ok(Manifest::parse(id, &bytes)?),
        Err(error) if error.is_missing() => {
            if !store.list(&format!("{id}/")).await?.is_empty() {
                return Err(ShelfError::Interrupted(id.to_owned()));
            }
            Err(ShelfError::None { name: id.to_owned(), place: store.name().to_owned() })
        }
        Err(error) => Err(error.into()),
    }
}

/// The backup that is meant: its id, the beginning of one, or `latest`.
///
/// # Errors
/// When none or several are meant.
pub async fn find(store: &Store, name: &str) -> Result<Manifest, ShelfError> {
    let mut ids: Vec<String> = Vec::new();
    for entry in store.list("").await? {
        if let Some(id) = entry.name.strip_suffix(&format!("/{MANIFEST}")).filter(|id| is_id(id)) {
            ids.push(id.to_owned());
        }
    }
    let mut which: Vec<String> = match name {
        "latest" => ids.pop().into_iter().collect(),
        name => ids.into_iter().filter(|id| !name.is_empty() && id.starts_with(name)).collect(),
    };
    match (which.pop(), which.is_empty()) {
        (Some(id), true) => load(store, &id).await,
        (Some(id), false) => {
            which.push(id);
            Err(ShelfError::Several { name: name.to_owned(), which })
        }
        (None, _) if is_id(name) => load(store, name).await,
        (None, _) => Err(ShelfError::None { name: name.to_owned(), place: store.name().to_owned() }),
    }
}

/// Reads every object of a backup and compares it with what the manifest says.
///
/// # Errors
/// When the store cannot be read; what is damaged or missing is an answer.
pub async fn verify(
    store: &Store,
    manifest: &Manifest,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Problem>, ShelfError> {
    let mut problems = Vec::new();
    let mut read = 0;
    for blob in manifest.blobs() {
        match store.get(&format!("{}/{}", manifest.id, blob.object)).await {
            Ok(bytes) => {
                if let Err(error) = seal::unpack(blob, &bytes, &mut |_| {}) {
                    problems.push(Problem { object: blob.object.clone(), what: error.to_string() });
                }
            }
            Err(error) if error.is_missing() => {
                problems.push(Problem { object: blob.object.clone(), what: "it is missing".to_owned() });
            }
            Err(error) => return Err(error.into()),
        }
        read += blob.stored;
        watch(read);
    }
    Ok(problems)
}

/// Notes that a backup was proven.
///
/// # Errors
/// When it cannot be written.
pub async fn add_proof(store: &Store, proof: &Proof) -> Result<(), ShelfError> {
    let name = format!("{}/{PROOFS}/{}.json", proof.backup, proof.at.strftime("%Y%m%dT%H%M%S%3fZ"));
    Ok(store.put(&name, serde_json::to_vec_pretty(proof).unwrap_or_default()).await?)
}
