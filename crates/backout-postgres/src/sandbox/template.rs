//! The data folder of a new cluster, kept so that the next one is a copy of it: that takes a twentieth of the work of
//! `initdb`.
//!
//! Clusters of one template have one system identifier, so only what is thrown away is made of it.
//!
//! Must not know: how a server is started.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use sha2::{Digest, Sha256};

use super::SandboxOptions;
use super::account::Account;

/// Its name says whose it is. The sweeper of sandboxes does not know it.
const FOLDER: &str = ".backout-clusters-";

/// Where the template of such clusters lies, or will. `None` where its folder is not, or cannot be made, one that
/// belongs to the server's account alone: in a folder for everybody's files somebody else may have been quicker.
pub(super) fn place(options: &SandboxOptions, root: &Path, account: Option<Account>) -> Option<PathBuf> {
    if !options.from_template {
        return None;
    }
    let uid = account.map_or_else(|| geteuid().as_raw(), |account| account.uid);
    let folder = root.join(format!("{FOLDER}{uid}"));
    private(&folder, uid, account).ok().filter(|is_private| *is_private)?;
    Some(folder.join(name(options)?))
}

fn private(folder: &Path, uid: u32, account: Option<Account>) -> io::Result<bool> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {
            if let Some(account) = account {
                chown(folder, Some(account.uid), Some(account.gid))?;
            }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    // Of the name itself, not of what a link leads to.
    let found = fs::symlink_metadata(folder)?;
    Ok(found.is_dir() && found.uid() == uid && found.mode() & 0o077 == 0)
}

/// Of the same programs, and made with the same arguments.
fn name(options: &SandboxOptions) -> Option<String> {
    let installation = &options.installation;
    let built = fs::metadata(installation.bin.join("postgres")).ok()?;
    let mut digest = Sha256::new();
    let parts = [
        &installation.bin.display().to_string(),
        &installation.version,
        &options.superuser,
        &options.locale,
        &options.encoding,
        &format!("{} {}", built.len(), built.mtime()),
    ];
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let digest: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{}-{digest}.tar", installation.major))
}
