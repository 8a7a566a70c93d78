//! Files that steps change: replaced as a whole, or not at all.
//!
//! Must not know: what is in them.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::super::Trouble;

/// The text of a file; nothing where there is none.
pub(in crate::steps) fn read(path: &Path) -> Result<String, Trouble> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Trouble::new(format!("reading {}: {error}", path.display()), true)),
    }
}

/// Puts a text in a file's place, with the rights that the file has. Whoever reads it meanwhile reads one or the other.
pub(in crate::steps) fn replace(path: &Path, text: &str) -> Result<(), Trouble> {
    let failed = |error: std::io::Error| Trouble::new(format!("writing {}: {error}", path.display()), true);
    // A link stays one: other checkouts may have the same file.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut beside = path.as_os_str().to_owned();
    beside.push(".backout-new");
    let work = || -> std::io::Result<()> {
        // What is in it may be secret, before it has the rights of the file that it replaces.
        let mut file = private(Path::new(&beside))?;
        file.write_all(text.as_bytes())?;
        if let Ok(there) = fs::metadata(path) {
            file.set_permissions(there.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The name is on the disk as well before it is said to be done.
        path.parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .map_or(Ok(()), |parent| fs::File::open(parent)?.sync_all())
    };
    work().map_err(|error| {
        fs::remove_file(&beside).ok();
        failed(error)
    })
}

#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> std::io::Result<fs::File> {
    fs::File::create(path)
}
