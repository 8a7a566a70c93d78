//! The flags that are served: read from a file, read again when it changes, shared by processes on one store.
//!
//! A file that is broken changes nothing: what was read last holds, and the trouble is said.
//!
//! Must not know: how a flag is evaluated, or who asks for one.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use backout_control::Env;
use backout_control::runs::Runs;
use backout_control::values::SHARED_FLAGS;
use backout_flags::Definitions;
use backout_store::StoreError;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use tokio::sync::{Mutex, watch};

use crate::events::Changes;

/// A file of flags is no larger.
const LARGEST: u64 = 16 << 20;

/// Flags as they were read.
#[derive(Debug)]
pub struct Loaded {
    pub definitions: Definitions,
    pub text: String,
    /// With its quotation marks, as a header has it.
    pub etag: String,
    pub at: Timestamp,
}

/// Where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "flags", rename_all = "kebab-case")]
pub enum Standing {
    /// The plan names no file.
    None,
    Good,
    /// Those of before are served.
    Stale {
        why: String,
    },
    /// None are served.
    Failing {
        why: String,
    },
}

impl Standing {
    pub(crate) fn is_good(&self) -> bool {
        matches!(self, Self::None | Self::Good)
    }

    /// What was read before is served while a file is broken.
    pub(crate) fn is_ready(&self) -> bool {
        !matches!(self, Self::Failing { .. })
    }

    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Good => "ok",
            Self::Stale { .. } => "stale",
            Self::Failing { .. } => "failing",
        }
    }
}

/// The flags of the plan's file.
#[derive(Debug)]
pub struct Flags {
    file: Option<PathBuf>,
    loaded: RwLock<Option<Arc<Loaded>>>,
    trouble: RwLock<Option<String>>,
    pub changes: Changes,
    /// What was seen of the file, held by whoever reads it.
    seen: Mutex<Seen>,
    is_shared: bool,
}

/// What the file and the document were when they were read.
#[derive(Debug, Default)]
struct Seen {
    file: Option<(i64, i64, u64, u64)>,
    version: Option<u64>,
}

impl Flags {
    pub(crate) fn of(env: &Env, closing: watch::Receiver<bool>) -> Self {
        let plan = env.plan.as_ref();
        Self {
            file: plan.and_then(|plan| plan.serve.flags.clone()),
            loaded: RwLock::default(),
            trouble: RwLock::default(),
            changes: Changes::new(closing),
            seen: Mutex::default(),
            is_shared: plan.is_some_and(|plan| plan.store.url.is_some()),
        }
    }

    /// The flags that are served now.
    pub fn now(&self) -> Option<Arc<Loaded>> {
        self.loaded.read().ok()?.clone()
    }

    /// The file, as the plan has it.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub fn standing(&self) -> Standing {
        let trouble = self.trouble.read().ok().and_then(|trouble| trouble.clone());
        match (&self.file, trouble, self.now().is_some()) {
            (None, ..) => Standing::None,
            (Some(_), None, true) => Standing::Good,
            (Some(_), Some(why), true) => Standing::Stale { why },
            (Some(_), why, false) => Standing::Failing { why: why.unwrap_or_default() },
        }
    }

    /// Reads what has changed: whether anything has, as far as it is known.
    pub(crate) async fn look(&self, runs: &Runs) {
        let Some(file) = &self.file else { return };
        let mut seen = self.seen.lock().await;
        let found = stat(file);
        let is_new = found.is_none() || found != seen.file;
        if is_new {
            seen.file = found;
            match read(file).and_then(parsed) {
                Ok(loaded) => {
                    let is_first = self.now().is_none();
                    self.take(loaded);
                    if self.is_shared {
                        self.share(runs, &mut seen, is_first).await;
                    }
                }
                Err(why) => self.fail(why),
            }
        }
        if self.is_shared {
            self.fetch(runs, &mut seen, file).await;
        }
    }

    /// Others on the same store get what this one read. At first, what they have already counts.
    async fn share(&self, runs: &Runs, seen: &mut Seen, is_first: bool) {
        let Some(loaded) = self.now() else { return };
        let there = match runs.store.document(SHARED_FLAGS).await {
            Ok(there) => there,
            Err(error) => return tracing::warn!(%error, "flags are not shared"),
        };
        if there.as_ref().is_some_and(|there| is_first || there.body == loaded.text.as_bytes()) {
            return;
        }
        match runs.store.put(SHARED_FLAGS, there.map(|there| there.version), loaded.text.as_bytes()).await {
            Ok(version) => seen.version = Some(version),
            // Somebody was faster, and theirs is fetched.
            Err(StoreError::Changed { .. }) => {}
            Err(error) => tracing::warn!(%error, "flags are not shared"),
        }
    }

    /// Takes over what another process shared; the file here becomes the same.
    async fn fetch(&self, runs: &Runs, seen: &mut Seen, file: &Path) {
        let Ok(Some(document)) = runs.store.document(SHARED_FLAGS).await else { return };
        if seen.version == Some(document.version) {
            return;
        }
        seen.version = Some(document.version);
        let loaded = match String::from_utf8(document.body).map_err(|error| error.to_string()).and_then(parsed) {
            Ok(loaded) => loaded,
            Err(why) => return self.fail(format!("flags of the store: {why}")),
        };
        if self.now().is_some_and(|now| now.etag == loaded.etag) {
            return;
        }
        let beside = file.with_extension(format!("{}.new", std::process::id()));
        let written = fs::write(&beside, &loaded.text).and_then(|()| fs::rename(&beside, file));
        match written {
            Ok(()) => seen.file = stat(file),
            Err(error) => tracing::warn!(%error, "the file of flags is not that of the store"),
        }
        self.take(loaded);
    }

    fn take(&self, loaded: Loaded) {
        let is_news = self.now().is_none_or(|now| now.etag != loaded.etag);
        if let Ok(mut trouble) = self.trouble.write() {
            *trouble = None;
        }
        for problem in loaded.definitions.broken() {
            tracing::warn!(%problem, "a flag cannot be evaluated");
        }
        let (etag, at) = (loaded.etag.clone(), loaded.at);
        if let Ok(mut now) = self.loaded.write() {
            *now = Some(Arc::new(loaded));
        }
        if is_news {
            let told = json!({ "type": "refetchEvaluation", "etag": etag, "lastModified": at.as_second() });
            self.changes.tell(Some(&etag), &told);
        }
    }

    fn fail(&self, why: String) {
        if let Ok(mut trouble) = self.trouble.write()
            && trouble.as_ref() != Some(&why)
        {
            tracing::warn!(why, "the flags cannot be read; those of before are served");
            *trouble = Some(why);
        }
    }
}

/// What changes whenever the file does.
fn stat(file: &Path) -> Option<(i64, i64, u64, u64)> {
    let found = fs::metadata(file).ok()?;
    Some((found.mtime(), found.mtime_nsec(), found.ino(), found.len()))
}

fn read(file: &Path) -> Result<String, String> {
    match fs::metadata(file) {
        Ok(found) if found.len() > LARGEST => Err(format!("more than {LARGEST} bytes")),
        Ok(_) => fs::read_to_string(file).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn parsed(text: String) -> Result<Loaded, String> {
    let definitions = Definitions::parse(&text).map_err(|problem| problem.to_string())?;
    let etag = format!("\"{}\"", definitions.digest());
    Ok(Loaded { definitions, text, etag, at: Timestamp::now() })
}
