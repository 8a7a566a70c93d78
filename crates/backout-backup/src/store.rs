//! Where backups lie: a local folder, or a bucket behind an S3 endpoint. What is written is read back.
//!
//! Must not know: what is in the objects; the environment of the process (credentials are handed in).

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use backout_plan::{Remedy, Secret};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload, WriteMultipart};
use thiserror::Error;

use crate::keys::Keys;
use crate::seal;
use crate::signing::Signers;

/// Larger objects are sent to a bucket in parts of this size, each of which is tried again by itself.
const PART: usize = 8 << 20;
/// An object that is not named yet, in a folder. One that is older than this belongs to nobody any more.
const UNNAMED: &str = ".tmp-";

/// What an S3 endpoint wants to know.
#[derive(Debug, Clone, Default)]
pub struct S3 {
    /// `https://…`; Amazon's own where there is none.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key: Option<String>,
    pub secret_key: Option<Secret>,
    pub session_token: Option<Secret>,
}

/// A place that holds backups.
#[derive(Debug, Clone)]
pub struct Store {
    place: Place,
    /// As a person would write it.
    name: String,
    /// For what is stored from now on, and for what is read.
    keys: Keys,
    /// Who must have signed what is used of it.
    signers: Signers,
}

#[derive(Debug, Clone)]
enum Place {
    Folder(PathBuf),
    Bucket { store: Arc<dyn ObjectStore>, prefix: String, keyed: bool },
}

/// One object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Below the store's root, with `/` between its parts.
    pub name: String,
    pub bytes: u64,
    pub modified: Timestamp,
}

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("{text:?} is not a place for backups")]
    Location { text: String },
    #[error("cannot set up {name}")]
    Setup {
        name: String,
        #[source]
        source: Box<object_store::Error>,
    },
    #[error("cannot {doing} {} {place}", within(object))]
    Folder {
        doing: &'static str,
        object: String,
        place: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot {doing} {} {place}", within(object))]
    Bucket {
        doing: &'static str,
        object: String,
        place: String,
        /// Whether a key was given, or the machine's own role was asked for.
        keyed: bool,
        #[source]
        source: Box<object_store::Error>,
    },
    #[error("{object} is in {place} already")]
    Taken { object: String, place: String },
    #[error("{object} is missing in {place}")]
    Missing { object: String, place: String },
    #[error("{object} in {place} is not what was written there a moment ago")]
    ReadBack { object: String, place: String },
}

/// `ID/manifest.json in`, or `what is in` for all of it.
fn within(object: &str) -> String {
    if object.is_empty() { "what is in".to_owned() } else { format!("{object} in") }
}

impl StoreError {
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            Self::Location { .. } => "a folder, or s3://BUCKET or s3://BUCKET/PREFIX",
            Self::Folder { source, .. }
                if matches!(
                    source.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
                ) =>
            {
                "there is no room left; what was there before is as it was"
            }
            Self::Folder { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "the folder must be this user's own, and writable"
            }
            Self::Bucket { keyed: false, .. } => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the environment or in .env: without them the \
                 machine's own role was asked for"
            }
            Self::Bucket { source, .. } => match source.as_ref() {
                object_store::Error::Unauthenticated { .. } | object_store::Error::PermissionDenied { .. } => {
                    "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what this key may do there"
                }
                _ => "check the endpoint (backup.endpoint, AWS_ENDPOINT_URL) and the bucket's name",
            },
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}

impl Store {
    /// Opens `FOLDER`, `file:///FOLDER` or `s3://BUCKET/PREFIX`. Nothing is made or asked yet.
    ///
    /// # Errors
    /// When the text names no such place.
    pub fn open(location: &str, s3: &S3) -> Result<Self, StoreError> {
        let wrong = || StoreError::Location { text: location.to_owned() };
        let Some(rest) = location.strip_prefix("s3://") else {
            let folder = location.strip_prefix("file://").unwrap_or(location);
            if folder.is_empty() || folder.contains("://") {
                return Err(wrong());
            }
            return Ok(Self {
                place: Place::Folder(PathBuf::from(folder)),
                name: folder.to_owned(),
                keys: Keys::default(),
                signers: Signers::default(),
            });
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(wrong());
        }
        // The one provider of the process; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(s3.region.as_deref().unwrap_or("us-east-1"))
            .with_conditional_put(S3ConditionalPut::ETagMatch);
        if let Some(endpoint) = &s3.endpoint {
            // Plain HTTP is for servers of this machine, and for those who write it.
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        let keyed = s3.access_key.is_some() && s3.secret_key.is_some();
        if let (Some(key), Some(secret)) = (&s3.access_key, &s3.secret_key) {
            builder = builder.with_access_key_id(key).with_secret_access_key(secret.expose());
        }
        if let Some(token) = &s3.session_token {
            builder = builder.with_token(token.expose());
        }
        let store = builder
            .build()
            .map_err(|source| StoreError::Setup { name: location.to_owned(), source: Box::new(source) })?;
        let prefix = prefix.trim_matches('/').to_owned();
        Ok(Self {
            place: Place::Bucket { store: Arc::new(store), prefix, keyed },
            name: location.trim_end_matches('/').to_owned(),
            keys: Keys::default(),
            signers: Signers::default(),
        })
    }

    /// With these keys.
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Of what lies here only that counts which one of these has signed.
    pub fn with_signers(mut self, signers: Signers) -> Self {
        self.signers = signers;
        self
    }

    pub fn signers(&self) -> &Signers {
        &self.signers
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder, if it is one.
    pub fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder),
            Place::Bucket { .. } => None,
        }
    }

    /// Writes an object, reads it back, and compares. An object of this name is replaced in one step.
    ///
    /// # Errors
    /// When it cannot be written, or is not there as it was written.
    pub async fn put(&self, object: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let digest = seal::digest(&bytes);
        match &self.place {
            Place::Folder(folder) => {
                let (path, name) = (folder.join(object), object.to_owned());
                let written = blocking(move || write(&path, &bytes, true)).await;
                written.map_err(|source| self.failed("write", &name, source))?;
            }
            Place::Bucket { store, .. } => {
                let key = self.key(object);
                let failed = |source| self.refused("write", object, source);
                if bytes.len() <= PART {
                    store.put(&key, PutPayload::from(bytes)).await.map_err(failed)?;
                } else {
                    let upload = store.put_multipart(&key).await.map_err(failed)?;
                    let mut writer = WriteMultipart::new_with_chunk_size(upload, PART);
                    for part in bytes.chunks(PART) {
                        writer.wait_for_capacity(2).await.map_err(failed)?;
                        writer.write(part);
                    }
                    writer.finish().await.map_err(failed)?;
                }
            }
        }
        if seal::digest(&self.get(object).await?) != digest {
            return Err(StoreError::ReadBack { object: object.to_owned(), place: self.name.clone() });
        }
        Ok(())
    }

    /// Writes an object that must not be there yet, whoever else may be about to write it.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where one is there.
    pub async fn put_new(&self, object: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let taken = || StoreError::Taken { object: object.to_owned(), place: self.name.clone() };
        match &self.place {
            Place::Folder(folder) => {
                let (path, name) = (folder.join(object), object.to_owned());
                match blocking(move || write(&path, &bytes, false)).await {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken()),
                    written => written.map_err(|source| self.failed("write", &name, source)),
                }
            }
            Place::Bucket { store, .. } => {
                match store.put_opts(&self.key(object), PutPayload::from(bytes), PutMode::Create.into()).await {
                    Err(object_store::Error::AlreadyExists { .. }) => Err(taken()),
                    done => done.map(|_| ()).map_err(|source| self.refused("write", object, source)),
                }
            }
        }
    }

    /// A whole object.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none.
    pub async fn get(&self, object: &str) -> Result<Vec<u8>, StoreError> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(object);
                let read = blocking(move || {
                    let mut bytes = Vec::new();
                    fs::File::open(path)?.read_to_end(&mut bytes)?;
                    Ok(bytes)
                });
                read.await.map_err(|source| self.failed("read", object, source))
            }
            Place::Bucket { store, .. } => {
                let failed = |source| self.refused("read", object, source);
                let found = store.get(&self.key(object)).await.map_err(failed)?;
                Ok(found.bytes().await.map_err(failed)?.into())
            }
        }
    }

    /// The objects whose names begin with this folder: `""` for all, `ID/` for one backup's.
    ///
    /// # Errors
    /// When the place cannot be listed. One that is not there yet is empty.
    pub async fn list(&self, under: &str) -> Result<Vec<Entry>, StoreError> {
        let mut entries = match &self.place {
            Place::Folder(folder) => {
                let (root, start) = (folder.clone(), folder.join(under.trim_end_matches('/')));
                let found = blocking(move || {
                    let mut entries = Vec::new();
                    walk(&root, &start, &mut entries)?;
                    Ok(entries)
                });
                found.await.map_err(|source| self.failed("list", under, source))?
            }
            Place::Bucket { store, .. } => {
                let failed = |source| self.refused("list", under, source);
                let start = self.key(under.trim_end_matches('/'));
                let found: Vec<object_store::ObjectMeta> =
                    store.list(Some(&start)).try_collect().await.map_err(failed)?;
                let root = self.key("");
                found
                    .into_iter()
                    .filter_map(|meta| {
                        let parts = meta.location.prefix_match(&root)?;
                        let name = parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                        let modified = Timestamp::from_second(meta.last_modified.timestamp()).ok()?;
                        Some(Entry { name, bytes: meta.size, modified })
                    })
                    .collect()
            }
        };
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Removes an object. That it is gone already is no error.
    ///
    /// # Errors
    /// When the place says no.
    pub async fn delete(&self, object: &str) -> Result<(), StoreError> {
        let gone = match &self.place {
            Place::Folder(folder) => {
                let (root, path) = (folder.clone(), folder.join(object));
                let removed = blocking(move || {
                    fs::remove_file(&path)?;
                    // Folders that have become empty go too; one that is not says so.
                    let parents = path.ancestors().skip(1).take_while(|parent| *parent != root);
                    for parent in parents {
                        if fs::remove_dir(parent).is_err() {
                            break;
                        }
                    }
                    Ok(())
                });
                removed.await.map_err(|source| self.failed("remove", object, source))
            }
            Place::Bucket { store, .. } => {
                store.delete(&self.key(object)).await.map_err(|source| self.refused("remove", object, source))
            }
        };
        match gone {
            Err(error) if error.is_missing() => Ok(()),
            other => other,
        }
    }

    /// Removes files that writers who were killed never gave a name, if they are older than this. A bucket has none.
    ///
    /// # Errors
    /// When the place says no.
    pub async fn sweep(&self, under: &str, older: Duration) -> Result<(), StoreError> {
        let Place::Folder(folder) = &self.place else { return Ok(()) };
        let start = folder.join(under.trim_end_matches('/'));
        let swept = blocking(move || sweep(&start, older)).await;
        swept.map_err(|source| self.failed("sweep", under, source))
    }

    fn key(&self, object: &str) -> Key {
        match &self.place {
            Place::Bucket { prefix, .. } => {
                Key::from_iter(prefix.split('/').chain(object.split('/')).filter(|part| !part.is_empty()))
            }
            Place::Folder(_) => Key::from(object),
        }
    }

    fn failed(&self, doing: &'static str, object: &str, source: io::Error) -> StoreError {
        let (object, place) = (object.to_owned(), self.name.clone());
        match source.kind() {
            io::ErrorKind::NotFound if doing != "write" => StoreError::Missing { object, place },
            _ => StoreError::Folder { doing, object, place, source },
        }
    }

    fn refused(&self, doing: &'static str, object: &str, source: object_store::Error) -> StoreError {
        let (object, place) = (object.to_owned(), self.name.clone());
        match source {
            object_store::Error::NotFound { .. } if doing != "write" && doing != "list" => {
                StoreError::Missing { object, place }
            }
            source => {
                let keyed = matches!(self.place, Place::Bucket { keyed: true, .. });
                StoreError::Bucket { doing, object, place, keyed, source: Box::new(source) }
            }
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}

/// In one step: the name appears when all of it is on the disk. Only this user may read it.
fn write(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folders(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unnamed = folder.join(format!("{UNNAMED}{}-{name}", std::process::id()));
    let open = || fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unnamed);
    let mut file = match open() {
        // Somebody who removes empty folders took this one for one of them.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_folders(folder)?;
            open()?
        }
        opened => opened?,
    };
    let named = || if replace { fs::rename(&unnamed, path) } else { fs::hard_link(&unnamed, path) };
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| named());
    if written.is_err() || !replace {
        // What was written is of no use to anybody; the first error is the one to tell.
        let _ = fs::remove_file(&unnamed);
    }
    written?;
    fs::File::open(folder)?.sync_all()
}

/// Folders on the way to this one that are not there yet, each on the disk before anything is put into it.
fn make_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folders(parent)?;
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        // Another writer was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => fs::File::open(parent)?.sync_all(),
    }
}

/// Files without a name that are older than this.
fn sweep(folder: &Path, older: Duration) -> io::Result<()> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in listing {
        let entry = entry?;
        // Gone between two looks: whoever wrote it has named it.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            sweep(&entry.path(), older)?;
            // One that holds nothing but such files would stay for ever; one that is not empty says so.
            let _ = fs::remove_dir(entry.path());
            continue;
        }
        let old = meta.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age > older);
        if old && entry.file_name().to_string_lossy().starts_with(UNNAMED) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn walk(root: &Path, folder: &Path, entries: &mut Vec<Entry>) -> io::Result<()> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in listing {
        let entry = entry?;
        let path = entry.path();
        // Gone between two looks: somebody prunes.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            walk(root, &path, entries)?;
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if entry.file_name().to_string_lossy().starts_with(UNNAMED) {
            continue;
        }
        let modified =
            meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
        entries.push(Entry { name, bytes: meta.len(), modified });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn a_folder_keeps_what_it_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a/b").to_string_lossy(), &S3::default()).unwrap();
        assert_eq!(store.list("").await.unwrap(), []);
        store.put("one/data/1", b"x".repeat(100)).await.unwrap();
        store.put("one/data/1", b"y".to_vec()).await.unwrap();
        store.put("one/manifest", b"z".to_vec()).await.unwrap();
        store.put("two", Vec::new()).await.unwrap();
        assert_eq!(store.get("one/data/1").await.unwrap(), b"y");
        let names = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.name).collect::<Vec<_>>();
        assert_eq!(names(store.list("").await.unwrap()), ["one/data/1", "one/manifest", "two"]);
        assert_eq!(names(store.list("one/").await.unwrap()), ["one/data/1", "one/manifest"]);
        let mode = fs::metadata(folder.path().join("a/b/one/data/1")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        store.delete("one/data/1").await.unwrap();
        store.delete("one/data/1").await.unwrap();
        assert!(!folder.path().join("a/b/one/data").exists(), "empty folders go");
        assert!(store.get("one/data/1").await.unwrap_err().is_missing());
    }

    #[tokio::test]
    async fn what_killed_writers_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().to_string_lossy(), &S3::default()).unwrap();
        store.put("one/data/1", b"x".to_vec()).await.unwrap();
        let left = |name: &str, age: u64| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = fs::File::create(&path).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
            path
        };
        let (old, young) = (left("one/data/.tmp-1-a", 7200), left("one/data/.tmp-2-b", 60));
        let (alone, named) = (left("two/data/.tmp-3-c", 7200), left("one/data/2", 7200));
        store.sweep("two/", Duration::from_secs(3600)).await.unwrap();
        assert!(old.exists() && !alone.exists(), "only there");
        store.sweep("", Duration::from_secs(3600)).await.unwrap();
        assert!(!old.exists() && young.exists() && named.exists());
        assert!(!folder.path().join("two").exists(), "empty folders go");
        store.sweep("three/", Duration::ZERO).await.unwrap();
    }

    #[test]
    fn places_have_forms() {
        for (text, is_folder) in
            [("backups", true), ("file:///var/b", true), ("s3://bucket/a/b", false), ("s3://b", false)]
        {
            let store = Store::open(text, &S3 { region: Some("x".to_owned()), ..S3::default() }).unwrap();
            assert_eq!(store.folder().is_some(), is_folder, "{text}");
        }
        for text in ["", "s3://", "s3:///a", "gs://bucket", "https://example.com/b"] {
            let error = Store::open(text, &S3::default()).unwrap_err();
            assert!(!error.remedies().is_empty(), "{text}: {error}");
        }
    }
}
