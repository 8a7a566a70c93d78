//! What lies in a store: backups that are whole, attempts that were interrupted, and the proofs of each.
//!
//! Must not know: how a backup is taken or restored.

use std::collections::BTreeMap;

use backout_plan::Remedy;
use backout_postgres::ground::Ground;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::manifest::{DRAFT, Draft, Found, MANIFEST, Manifest, ManifestError, SIGNATURE, is_id};
use crate::marks::{self, Kind, Mark, kind_of};
use crate::seal::{self, SealError};
use crate::signing::{self, SigningKey, What};
use crate::store::{Entry, Store, StoreError};

/// What to do about a manifest of a format to come.
const NEWER: &str = "use the version of backout that took it";
/// The folder of proofs under a backup's id.
const PROOFS: &str = "proofs";

/// That a backup was restored and found equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    pub backup: String,
    /// BLAKE3 of the manifest that was proven: a proof of another one under this id is none. Older versions did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    pub at: Timestamp,
    /// The server that it was restored on.
    pub server: String,
    pub rows: u64,
    pub restore_ms: f64,
    pub compare_ms: f64,
    /// What was different in the sandbox from the source, and does not count: an extension stood in for, say.
    pub notes: Vec<String>,
    /// What was not as it was taken: then it is the proof of the contrary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

/// One entry of the shelf.
#[derive(Debug)]
pub struct Standing {
    pub id: String,
    pub state: State,
    /// Those that count.
    pub proofs: Vec<Proof>,
    /// How many lie there besides, and nobody who is trusted has signed them.
    pub unsigned_proofs: usize,
    /// It is signed by somebody who is trusted, or nobody need sign it.
    pub trusted: bool,
    /// All that lies there, in bytes.
    pub stored: u64,
    /// When something was written there last, marks apart.
    pub modified: Option<Timestamp>,
    /// Who uses it, and who is about to remove it; also marks that nobody believes any more.
    pub used: Vec<Mark>,
    pub going: Vec<Mark>,
}

#[derive(Debug)]
pub enum State {
    Whole(Box<Manifest>),
    /// It is being taken, or the one who took it went away.
    Interrupted(Option<Draft>),
    /// Whoever removed it went away before all of it was gone.
    Going,
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
    #[error("the newest backup in {place} cannot be read, and `latest` does not pass it by")]
    Newest {
        place: String,
        #[source]
        source: ManifestError,
        /// The one before it, among those that were asked for.
        before: Option<String>,
    },
    #[error("backup {0} was interrupted: it is not whole")]
    Interrupted(String),
    #[error("backup {0} was removed meanwhile")]
    Gone(String),
}

impl ShelfError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Store(error) => error.remedies(),
            Self::None { .. } | Self::Gone(_) => vec![Remedy::ListBackups],
            Self::Newest { source: ManifestError::Format { .. }, .. } => vec![Remedy::advice(NEWER)],
            Self::Newest { before: Some(before), .. } => {
                let named = format!("if the one before it is meant, name it: {before}");
                vec![Remedy::advice(named), Remedy::ListBackups]
            }
            Self::Newest { before: None, .. } => {
                vec![Remedy::advice("no other is there that could be meant"), Remedy::ListBackups]
            }
            Self::Interrupted(id) => vec![Remedy::ResumeBackup { id: id.clone() }],
            Self::Seal(error) => error.remedies(),
            Self::Manifest(ManifestError::Format { .. }) => vec![Remedy::advice(NEWER)],
            _ => Vec::new(),
        }
    }
}

impl Standing {
    /// Whether the last attempt to prove it succeeded.
    pub fn proof(&self) -> Option<&Proof> {
        self.proofs.last().filter(|proof| proof.differences.is_empty())
    }

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
        let (mut used, mut going) = (Vec::new(), Vec::new());
        for entry in &of_it {
            let Some(kind) = kind_of(&entry.name) else { continue };
            let mark = marks::read(store, &entry.name, entry.modified).await?;
            match kind {
                Kind::Used => used.extend(mark),
                Kind::Going => going.extend(mark),
            }
        }
        let own: Vec<_> = of_it.iter().filter(|entry| kind_of(&entry.name).is_none()).collect();
        // Only a mark is left, of somebody who came too late.
        if own.is_empty() {
            continue;
        }
        let modified = own.iter().map(|entry| entry.modified).max();
        let has = |name: &str| of_it.iter().any(|entry| entry.name == format!("{id}/{name}"));
        let state = if has(MANIFEST) {
            // A look more for each is worth it only where it matters.
            match read(store, id, has(SIGNATURE) || store.signers().are_demanded()).await {
                Ok(manifest) => match incomplete(&manifest, &of_it) {
                    None => State::Whole(Box::new(manifest)),
                    Some(problem) => State::Damaged(problem),
                },
                // It went while we looked.
                Err(ShelfError::None { .. } | ShelfError::Interrupted(_)) => continue,
                Err(ShelfError::Manifest(error)) => State::Damaged(error.to_string()),
                Err(error) => return Err(error),
            }
        } else if has(DRAFT) {
            match store.get(&format!("{id}/{DRAFT}")).await {
                Ok(bytes) => State::Interrupted(serde_json::from_slice(&bytes).ok()),
                Err(error) if error.is_missing() => continue,
                Err(error) => return Err(error.into()),
            }
        } else if !going.is_empty() {
            State::Going
        } else {
            State::Damaged("it has no manifest".to_owned())
        };
        let manifest = match &state {
            State::Whole(manifest) => Some(&**manifest),
            _ => None,
        };
        let names: Vec<&str> = of_it.iter().map(|entry| entry.name.as_str()).collect();
        let (proofs, unsigned_proofs) = read_proofs(store, id, manifest, &names).await?;
        let trusted = manifest.is_none_or(|manifest| store.signers().accept(&manifest.found.signature));
        let stored = of_it.iter().map(|entry| entry.bytes).sum();
        let id = id.to_owned();
        found.push(Standing { id, state, proofs, unsigned_proofs, trusted, stored, modified, used, going });
    }
    Ok(found)
}

/// What is missing of a backup, or has another size, as far as a listing tells.
fn incomplete(manifest: &Manifest, there: &[&Entry]) -> Option<String> {
    let sizes: BTreeMap<&str, u64> = there.iter().map(|entry| (entry.name.as_str(), entry.bytes)).collect();
    manifest.blobs().find_map(|blob| match sizes.get(format!("{}/{}", manifest.id, blob.object).as_str()) {
        None => Some(format!("{} is missing", blob.object)),
        Some(size) if *size != blob.stored => Some(format!("{} is not whole", blob.object)),
        Some(_) => None,
    })
}

/// The proofs of one backup that count, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn proofs(store: &Store, manifest: &Manifest) -> Result<Vec<Proof>, ShelfError> {
    let entries = store.list(&format!("{}/", manifest.id)).await?;
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    Ok(read_proofs(store, &manifest.id, Some(manifest), &names).await?.0)
}

/// The proofs that count, and how many do not, since they are not signed as they must be.
async fn read_proofs(
    store: &Store,
    id: &str,
    manifest: Option<&Manifest>,
    names: &[&str],
) -> Result<(Vec<Proof>, usize), ShelfError> {
    let folder = format!("{id}/{PROOFS}/");
    let (mut proofs, mut unsigned) = (Vec::new(), 0);
    for name in names.iter().filter(|name| name.starts_with(&folder) && name.ends_with(".json")) {
        let bytes = match store.get(name).await {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => continue,
            Err(error) => return Err(error.into()),
        };
        // One that cannot be read proves nothing, and one of another backup was put there by hand.
        let Ok(proof) = serde_json::from_slice::<Proof>(&bytes) else { continue };
        let digest = manifest.map(|manifest| &manifest.found.digest);
        let is_another = proof.manifest.as_ref().zip(digest).is_some_and(|(proven, there)| proven != there);
        if proof.backup != id || is_another {
            continue;
        }
        if store.signers().are_demanded() {
            let signature = signing::check(What::Proof, &bytes, beside(store, &sidecar(name)).await?.as_deref());
            // Under another name it would be older or younger than it is, and an old one would outlive a newer one that
            // says the contrary.
            let is_its_own = proof_name(&proof) == **name && proof.manifest.is_some();
            let of_trusted = manifest.is_some_and(|manifest| store.signers().accept(&manifest.found.signature));
            if !(is_its_own && of_trusted && store.signers().accept(&signature)) {
                unsigned += 1;
                continue;
            }
        }
        proofs.push(proof);
    }
    Ok((proofs, unsigned))
}

/// The object with the signature of another one.
fn sidecar(object: &str) -> String {
    format!("{}.sig", object.strip_suffix(".json").unwrap_or(object))
}

/// An object that need not be there.
async fn beside(store: &Store, object: &str) -> Result<Option<Vec<u8>>, StoreError> {
    match store.get(object).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The manifest of one backup, with who signed it.
///
/// # Errors
/// When there is none, or it is damaged.
pub async fn load(store: &Store, id: &str) -> Result<Manifest, ShelfError> {
    read(store, id, true).await
}

/// The same. The bytes that are parsed are those whose signature is checked.
async fn read(store: &Store, id: &str, may_be_signed: bool) -> Result<Manifest, ShelfError> {
    match store.get(&format!("{id}/{MANIFEST}")).await {
        Ok(bytes) => {
            let sidecar = match may_be_signed {
                true => beside(store, &format!("{id}/{SIGNATURE}")).await?,
                false => None,
            };
            let signature = signing::check(What::Manifest, &bytes, sidecar.as_deref());
            let found = Found { digest: seal::digest(&bytes), signature };
            Ok(Manifest { found, ..Manifest::parse(id, &bytes)? })
        }
        Err(error) if error.is_missing() => {
            if !store.list(&format!("{id}/")).await?.is_empty() {
                return Err(ShelfError::Interrupted(id.to_owned()));
            }
            Err(ShelfError::None { name: id.to_owned(), place: store.name().to_owned() })
        }
        Err(error) => Err(error.into()),
    }
}

/// The backup that is meant: its id, the beginning of one, or `latest`, the one with the newest snapshot among those
/// that are asked for.
///
/// # Errors
/// When none or several are meant, or the newest one is damaged.
pub async fn find(
    store: &Store,
    name: &str,
    is_asked_for: &(dyn Fn(&Manifest) -> bool + Sync),
) -> Result<Manifest, ShelfError> {
    let entries = store.list("").await?;
    if name == "latest" {
        return latest(store, &entries, is_asked_for).await;
    }
    let ids = entries.iter().filter_map(|entry| entry.name.strip_suffix(&format!("/{MANIFEST}")));
    let ids = ids.filter(|id| is_id(id)).map(str::to_owned);
    let mut which: Vec<String> = ids.filter(|id| !name.is_empty() && id.starts_with(name)).collect();
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

/// The newest backup. One that is damaged is passed by only if it is older: nobody can tell of which database it is, and
/// an older one in its place may not be what was meant.
async fn latest(
    store: &Store,
    entries: &[Entry],
    is_asked_for: &(dyn Fn(&Manifest) -> bool + Sync),
) -> Result<Manifest, ShelfError> {
    let mut latest: Option<Manifest> = None;
    let mut damaged: Option<(String, ManifestError)> = None;
    for id in backups(entries) {
        let sidecar = format!("{id}/{SIGNATURE}");
        let may_be_signed = store.signers().are_demanded() || entries.iter().any(|entry| entry.name == sidecar);
        let error = match read(store, id, may_be_signed).await {
            Ok(manifest) => {
                if is_asked_for(&manifest) && latest.as_ref().is_none_or(|known| known.at < manifest.at) {
                    latest = Some(manifest);
                }
                continue;
            }
            // It went while we looked.
            Err(ShelfError::None { .. }) => continue,
            Err(ShelfError::Interrupted(id)) => ManifestError::Damaged { id, why: "it is not there".to_owned() },
            Err(ShelfError::Manifest(error)) => error,
            Err(error) => return Err(error),
        };
        // An id begins with the time, and they come in their order.
        damaged = Some((id.to_owned(), error));
    }
    match (damaged, latest) {
        (Some((id, source)), latest) if latest.as_ref().is_none_or(|known| known.id < id) => {
            Err(ShelfError::Newest { place: store.name().to_owned(), source, before: latest.map(|known| known.id) })
        }
        (_, Some(latest)) => Ok(latest),
        (_, None) => Err(ShelfError::None { name: "latest".to_owned(), place: store.name().to_owned() }),
    }
}

/// The ids of what is a backup, or was one: not of attempts, nor of what is being removed.
fn backups(entries: &[Entry]) -> Vec<&str> {
    let mut ids: Vec<&str> = Vec::new();
    for of_it in entries.chunk_by(|a, b| a.name.split('/').next() == b.name.split('/').next()) {
        let Some(id) = of_it[0].name.split('/').next().filter(|id| is_id(id)) else { continue };
        let has = |name: &str| of_it.iter().any(|entry| entry.name == format!("{id}/{name}"));
        let unfinished = has(DRAFT) || of_it.iter().all(|entry| kind_of(&entry.name).is_some());
        let going = of_it.iter().any(|entry| kind_of(&entry.name) == Some(Kind::Going));
        if has(MANIFEST) || !unfinished && !going {
            ids.push(id);
        }
    }
    ids
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
                // Without an identity the checksum has to do.
                let readable = !blob.encrypted || store.keys().can_read();
                let whole = match readable {
                    true => seal::unpack(blob, &bytes, store.keys(), &mut |_| {}),
                    false => seal::check(blob, &bytes),
                };
                if let Err(error) = whole {
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

/// What the database stood on, with its settings, which lie apart.
///
/// # Errors
/// When they cannot be read.
pub async fn ground(store: &Store, manifest: &Manifest) -> Result<Ground, ShelfError> {
    let blob = &manifest.settings;
    let bytes = store.get(&format!("{}/{}", manifest.id, blob.object)).await?;
    let text = seal::unpack_all(blob, &bytes, store.keys())?;
    let settings = serde_json::from_slice(&text)
        .map_err(|error| ManifestError::Damaged { id: manifest.id.clone(), why: error.to_string() })?;
    Ok(Ground { settings, ..manifest.ground.clone() })
}

/// The folder under a backup's id that tells what stands on it.
const CERTIFICATES: &str = "certificates";

/// Notes that a certificate was made from a backup.
///
/// # Errors
/// When the place says no.
pub async fn add_certificate(store: &Store, id: &str, certificate: &str) -> Result<(), ShelfError> {
    let note = serde_json::json!({ "certificate": certificate, "at": Timestamp::now() });
    let bytes = serde_json::to_vec(&note).unwrap_or_default();
    Ok(store.put(&format!("{id}/{CERTIFICATES}/{certificate}.json"), bytes).await?)
}

/// The certificates that were made from a backup, by their ids.
///
/// # Errors
/// When the place cannot be read.
pub async fn certificates(store: &Store, id: &str) -> Result<Vec<String>, ShelfError> {
    let entries = store.list(&format!("{id}/{CERTIFICATES}/")).await?;
    let name = |name: &str| Some(name.rsplit('/').next()?.strip_suffix(".json")?.to_owned());
    Ok(entries.iter().filter_map(|entry| name(&entry.name)).collect())
}

/// Takes back the note that a backup was proven, which is there no more.
///
/// # Errors
/// When the place says no.
pub async fn withdraw_proof(store: &Store, proof: &Proof) -> Result<(), ShelfError> {
    let name = proof_name(proof);
    store.delete(&name).await?;
    Ok(store.delete(&sidecar(&name)).await?)
}

fn proof_name(proof: &Proof) -> String {
    format!("{}/{PROOFS}/{}.json", proof.backup, proof.at.strftime("%Y%m%dT%H%M%S%3fZ"))
}

/// Notes that a backup was proven, with a signature where there is a key.
///
/// # Errors
/// When it cannot be written.
pub async fn add_proof(store: &Store, proof: &Proof, key: Option<&SigningKey>) -> Result<(), ShelfError> {
    let (name, bytes) = (proof_name(proof), serde_json::to_vec_pretty(proof).unwrap_or_default());
    if let Some(key) = key {
        // Before the proof, which never lies there without it.
        store.put(&sidecar(&name), key.sign(What::Proof, &bytes)).await?;
    }
    Ok(store.put(&name, bytes).await?)
}
