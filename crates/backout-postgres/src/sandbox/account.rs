//! The operating system's account that a sandbox server runs as. PostgreSQL refuses to run as root.
//!
//! Must not know: anything of PostgreSQL beyond that refusal.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// User and group ids to run a server with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// `None` when the process is an ordinary user and the server simply runs as it. For root: `postgres` where that
    /// account exists, else `nobody`, else the ids that `nobody` has nearly everywhere.
    pub(super) fn for_server() -> Option<Self> {
        if !geteuid().is_root() {
            return None;
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        Some(
            ["postgres", "_postgres", "nobody"]
                .iter()
                .find_map(|name| find(&accounts, name))
                .unwrap_or(Self { uid: 65_534, gid: 65_534 }),
        )
    }

    /// The first folder on the way to `path` that this account may not enter.
    pub(super) fn barred_from(self, path: &Path) -> Option<PathBuf> {
        let mut ancestors: Vec<&Path> = path.ancestors().collect();
        ancestors.reverse();
        ancestors
            .into_iter()
            .find(|folder| {
                fs::metadata(folder).is_ok_and(|meta| {
                    let needed = if meta.uid() == self.uid {
                        0o100
                    } else if meta.gid() == self.gid {
                        0o010
                    } else {
                        0o001
                    };
                    meta.mode() & needed == 0
                })
            })
            .map(Path::to_path_buf)
    }
}

/// Looks a name up in the text of a passwd file; root's ids never match.
fn find(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields[..] {
            [found, _, uid, gid, ..] if found == name => {
                Some(Account { uid: uid.parse().ok().filter(|uid| *uid != 0)?, gid: gid.parse().ok()? })
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn names_in_a_passwd_file() {
        let text = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:admin,,,:/var/lib/postgresql:/bin/bash\nfake:x:0:0::/:/bin/sh\n";
        assert_eq!(find(text, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(find(text, "postgre"), None);
        assert_eq!(find(text, "fake"), None, "another name for root is root");
    }

    #[test]
    fn a_private_folder_bars_others() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = Account { uid: 64_000, gid: 64_000 };
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(stranger.barred_from(&inner), Some(root.path().to_path_buf()));
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(stranger.barred_from(&inner), None);
    }
}
