//! Finds the PostgreSQL server programs on this machine.
//!
//! Must not know: the environment of the process. Whoever calls passes in what `--pg-bin` and `PATH` say, so that the
//! search can be tested and a library never depends on hidden state.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

/// Oldest major version that the rest of the crate is written for.
pub const OLDEST_MAJOR: u32 = 13;

/// Folders that hold server programs on the usual systems. A path component may contain one `*`.
const USUAL_FOLDERS: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/opt/homebrew/opt/postgresql/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/opt/local/lib/postgresql*/bin",
];

/// What the process knows of its surroundings, filled in by the binary.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The folder given as `--pg-bin`; when set, nothing else is searched.
    pub pg_bin: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: Option<OsString>,
    /// Folders to look into after `PATH`, each component with at most one `*`.
    pub usual_folders: Vec<PathBuf>,
}

impl Surroundings {
    /// `--pg-bin`, `PATH` and the folders that the usual systems install to.
    pub fn new(pg_bin: Option<PathBuf>, path: Option<OsString>) -> Self {
        Self { pg_bin, path, usual_folders: USUAL_FOLDERS.iter().map(PathBuf::from).collect() }
    }
}

/// One folder with `initdb` and `postgres` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The folder, with symbolic links resolved.
    pub bin: PathBuf,
    /// Major version, 15 for 15.18 and for 15beta1.
    pub major: u32,
    /// Version as the server prints it, such as `15.18`.
    pub version: String,
}

impl Installation {
    /// The folder that the programs really lie in; `None` if this one holds no server.
    fn bin(folder: &Path) -> Option<PathBuf> {
        // Debian has links in /usr/local/bin of some images; the programs look for their files beside the real one.
        let postgres = folder.join("postgres").canonicalize().ok()?;
        let bin = postgres.parent()?.to_path_buf();
        bin.join("initdb").exists().then_some(bin)
    }

    fn read_version(bin: PathBuf) -> Result<Self, ServersError> {
        let postgres = bin.join("postgres");
        let run = Command::new(&postgres).arg("--version").stdin(Stdio::null()).output();
        let output = match run {
            Ok(output) => output,
            Err(source) => return Err(ServersError::RunVersion { program: postgres, source }),
        };
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match parse_version(&printed) {
            Some((major, version)) => Ok(Self { bin, major, version }),
            None => Err(ServersError::UnclearVersion { program: postgres, printed }),
        }
    }

    /// The path of a program of this installation, such as `pg_dump`, if it has it.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.bin.join(name);
        path.is_file().then_some(path)
    }

    /// Whether the client programs that a rehearsal needs are here as well. Some packages hold the server alone.
    pub fn is_complete(&self) -> bool {
        ["pg_dump", "pg_restore", "psql"].iter().all(|name| self.program(name).is_some())
    }
}

impl fmt::Display for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL {} in {}", self.version, self.bin.display())
    }
}

/// The installations found, in the order of the search: `--pg-bin`, `PATH`, `pg_config`, the usual folders.
#[derive(Debug, Clone)]
pub struct Servers {
    installations: Vec<Installation>,
}

impl Servers {
    /// Searches. At least one installation is in the result.
    pub fn find(surroundings: &Surroundings) -> Result<Self, ServersError> {
        if let Some(folder) = &surroundings.pg_bin {
            let bin = Installation::bin(folder).ok_or_else(|| ServersError::NotInPgBin { folder: folder.clone() })?;
            return Self::supported(vec![Installation::read_version(bin)?]);
        }
        let mut seen = BTreeSet::new();
        let mut installations = Vec::new();
        let mut failure = None;
        for bin in candidate_folders(surroundings).iter().filter_map(|folder| Installation::bin(folder)) {
            if !seen.insert(bin.clone()) {
                continue;
            }
            match Installation::read_version(bin) {
                Ok(installation) => installations.push(installation),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if installations.is_empty() {
            return Err(failure.unwrap_or(ServersError::NoServer));
        }
        Self::supported(installations)
    }

    fn supported(installations: Vec<Installation>) -> Result<Self, ServersError> {
        let (fit, old): (Vec<_>, Vec<_>) = installations.into_iter().partition(|found| found.major >= OLDEST_MAJOR);
        match (fit.is_empty(), old.into_iter().max_by_key(|found| found.major)) {
            (true, Some(found)) => {
                Err(ServersError::TooOld { found: found.version, bin: found.bin, oldest: OLDEST_MAJOR })
            }
            _ => Ok(Self { installations: fit }),
        }
    }

    /// All installations found.
    pub fn all(&self) -> &[Installation] {
        &self.installations
    }

    /// The installation to rehearse with for a target of major version `wanted`: the same major version, else the
    /// nearest newer one (its `pg_dump` reads older servers, while an older one refuses newer servers).
    pub fn find_for(&self, wanted: u32) -> Result<&Installation, ServersError> {
        self.installations
            .iter()
            .filter(|found| found.major >= wanted)
            // `min_by_key` keeps the first of equals, so the order of the search decides between equal versions.
            .min_by_key(|found| (found.major, !found.is_complete()))
            .ok_or_else(|| ServersError::NoneFor {
                wanted,
                found: self.installations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            })
    }

    /// The first complete installation of the search, or the first at all.
    pub fn preferred(&self) -> &Installation {
        self.installations.iter().find(|found| found.is_complete()).unwrap_or(&self.installations[0])
    }
}

/// Why no server could be found.
#[derive(Debug, Error)]
pub enum ServersError {
    #[error(
        "no PostgreSQL server programs (initdb, postgres) found in PATH, by pg_config, or in the usual folders; install them:\n  \
         Debian, Ubuntu:  apt install postgresql\n  \
         Fedora, RHEL:    dnf install postgresql-server postgresql-contrib\n  \
         macOS:           brew install postgresql@17\n\
         or name their folder with --pg-bin"
    )]
    NoServer,
    #[error("--pg-bin {}: the folder does not hold both `initdb` and `postgres`", folder.display())]
    NotInPgBin { folder: PathBuf },
    #[error("cannot run `{} --version`", program.display())]
    RunVersion {
        program: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{} --version` printed {printed:?}, which names no version", program.display())]
    UnclearVersion { program: PathBuf, printed: String },
    #[error("PostgreSQL {found} in {} is too old; version {oldest} or newer is needed", bin.display())]
    TooOld { found: String, bin: PathBuf, oldest: u32 },
    #[error(
        "no PostgreSQL {wanted} or newer on this machine (found: {found}); install one:\n  \
         Debian, Ubuntu:  apt install postgresql-{wanted} (from apt.postgresql.org if the distribution is older)\n  \
         Fedora, RHEL:    dnf install postgresql{wanted}-server postgresql{wanted}-contrib (from yum.postgresql.org)\n  \
         macOS:           brew install postgresql@{wanted}\n\
         or name a folder with --pg-bin"
    )]
    NoneFor { wanted: u32, found: String },
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → `(15, "15.18")`.
fn parse_version(printed: &str) -> Option<(u32, String)> {
    let version = printed.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, version.to_owned()))
}

fn candidate_folders(surroundings: &Surroundings) -> Vec<PathBuf> {
    let on_path: Vec<PathBuf> =
        surroundings.path.iter().flat_map(std::env::split_paths).filter(|f| f.is_absolute()).collect();
    let by_pg_config =
        on_path.iter().map(|folder| folder.join("pg_config")).find(|program| program.is_file()).and_then(|program| {
            let output = Command::new(program).arg("--bindir").stdin(Stdio::null()).output().ok()?;
            Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
        });
    let mut folders = on_path;
    folders.extend(by_pg_config);
    for pattern in &surroundings.usual_folders {
        let mut found = expand(pattern);
        // Newest first: `…/17/bin` before `…/9.6/bin`.
        found.sort_by_key(|folder| std::cmp::Reverse(numbers(folder)));
        folders.extend(found);
    }
    folders
}

fn numbers(path: &Path) -> Vec<u64> {
    path.to_string_lossy().split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// The existing folders that match a pattern whose components hold at most one `*` each.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let text = component.as_os_str().to_string_lossy();
        found = match text.split_once('*') {
            None => found.iter().map(|base| base.join(component)).collect(),
            Some((prefix, suffix)) => found
                .iter()
                .filter_map(|base| std::fs::read_dir(base).ok())
                .flatten()
                .filter_map(Result::ok)
                .filter(|entry| {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    name.len() >= prefix.len() + suffix.len() && name.starts_with(prefix) && name.ends_with(suffix)
                })
                .map(|entry| entry.path())
                .collect(),
        };
    }
    found.retain(|folder| folder.is_dir());
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn fake(folder: &Path, version: &str, complete: bool) {
        fs::create_dir_all(folder).unwrap();
        let mut names = vec!["postgres", "initdb"];
        if complete {
            names.extend(["pg_dump", "pg_restore", "psql"]);
        }
        for name in names {
            let path = folder.join(name);
            fs::write(&path, format!("#!/bin/sh\necho '{name} (PostgreSQL) {version} (Debian {version}-1)'\n"))
                .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[test]
    fn versions() {
        for (printed, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some((15, "15.18"))),
            ("postgres (PostgreSQL) 18beta1", Some((18, "18beta1"))),
            ("postgres (PostgreSQL) 9.6.24", Some((9, "9.6.24"))),
            ("postgres", None),
        ] {
            assert_eq!(parse_version(printed), expected.map(|(major, text)| (major, text.to_owned())), "{printed}");
        }
    }

    #[test]
    fn search_order_links_and_choice() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fake(&root.join("lib/15/bin"), "15.18", true);
        fake(&root.join("lib/17/bin"), "17.2", false);
        fake(&root.join("other-17/bin"), "17.1", true);
        fake(&root.join("lib/12/bin"), "12.9", true);
        fs::create_dir(root.join("links")).unwrap();
        symlink(root.join("lib/15/bin/postgres"), root.join("links/postgres")).unwrap();

        let servers = Servers::find(&Surroundings {
            pg_bin: None,
            path: Some(root.join("links").into()),
            usual_folders: vec![root.join("lib/*/bin"), root.join("other-*/bin")],
        })
        .unwrap();
        let versions: Vec<&str> = servers.all().iter().map(|found| found.version.as_str()).collect();
        assert_eq!(versions, ["15.18", "17.2", "17.1"], "PATH first, links resolved, no repeats, 12 left out");
        assert_eq!(servers.all()[0].bin, root.join("lib/15/bin"));
        assert_eq!(servers.preferred().version, "15.18");
        for (wanted, expected) in [(13, "15.18"), (15, "15.18"), (16, "17.1"), (17, "17.1")] {
            assert_eq!(servers.find_for(wanted).unwrap().version, expected, "wanted {wanted}");
        }
        let error = servers.find_for(18).unwrap_err().to_string();
        assert!(error.contains("postgresql-18") && error.contains("15.18"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let empty = tempfile::tempdir().unwrap();
        let nothing = Surroundings { path: Some(empty.path().into()), ..Surroundings::default() };
        let error = Servers::find(&nothing).unwrap_err().to_string();
        for part in ["apt install postgresql", "dnf install postgresql-server", "brew install postgresql@17"] {
            assert!(error.contains(part), "{error}");
        }
        let wrong = Surroundings { pg_bin: Some(empty.path().into()), ..Surroundings::default() };
        assert!(matches!(Servers::find(&wrong), Err(ServersError::NotInPgBin { .. })));
        fake(empty.path(), "12.9", true);
        assert!(matches!(Servers::find(&wrong), Err(ServersError::TooOld { .. })));
    }
}
