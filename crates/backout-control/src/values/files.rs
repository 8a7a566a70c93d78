//! Files that are changed as a whole, or not at all, by one process at a time.
//!
//! Must not know: what is in them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::failure::Refusal;
use crate::{Failure, Result};

/// How long another process is waited for. Each changes a file for milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(10);

/// The text of a file; nothing where there is none.
pub(crate) fn read(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::file(format!("reading {}", path.display()))(error)),
    }
}

/// Puts a text in a file's place, with the rights that the file has. Whoever reads it meanwhile reads one or the other.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    // A link stays one: other checkouts may have the same file.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut beside = path.as_os_str().to_owned();
    beside.push(".backout-new");
    let work = || -> io::Result<()> {
        // What is in it may be secret, before it has the rights of the file that it replaces.
        let mut file = private(Path::new(&beside))?;
        file.write_all(text.as_bytes())?;
        if let Ok(there) = fs::metadata(path) {
            file.set_permissions(there.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The name is on the disk as well before it is said to be done.
        fs::File::open(folder(path))?.sync_all()
    };
    work().map_err(|error| {
        fs::remove_file(&beside).ok();
        Failure::file(format!("writing {}", path.display()))(error)
    })
}

fn folder(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_path_buf()
}

/// Held while a file is read, changed and replaced: two that do so at once would lose one change.
#[derive(Debug)]
pub(crate) struct Lock {
    _folder: fs::File,
}

impl Lock {
    /// Of the folder, since the file itself is replaced. It ends with the process.
    pub(crate) async fn of(path: &Path) -> Result<Self> {
        let folder = folder(path);
        let opening = || Failure::file(format!("opening {}", folder.display()));
        let open = fs::File::open(&folder).map_err(opening())?;
        let begun = std::time::Instant::now();
        loop {
            match flock(&open, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { _folder: open }),
                Err(rustix::io::Errno::WOULDBLOCK) if begun.elapsed() < PATIENCE => tokio::time::sleep(LOOK).await,
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    let said = format!("another process is changing files in {}", folder.display());
                    return Err(Refusal::failed(said, None).into());
                }
                Err(error) => return Err(opening()(error.into())),
            }
        }
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<fs::File> {
    fs::File::create(path)
}
