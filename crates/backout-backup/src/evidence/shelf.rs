//! What lies in the folder of exports: whole ones, interrupted ones, and whether each is what it was.
//!
//! Must not know: how one is taken or imported.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::EvidenceError;
use super::file;
use super::manifest::{Evidence, MANIFEST, SIGNATURE};
use crate::manifest::is_id;
use crate::signing::{self, What};

/// One of them.
#[derive(Debug)]
pub struct Standing {
    pub id: String,
    pub state: State,
}

#[derive(Debug)]
pub enum State {
    Whole(Box<Evidence>),
    /// It has no manifest: it is being taken, or whoever took it went away.
    Interrupted,
    Damaged(String),
}

/// A file that is not as the manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub file: String,
    pub what: String,
}

/// All of them, the oldest first. A folder that is not there has none.
///
/// # Errors
/// When it cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Standing>, EvidenceError> {
    let reading = || EvidenceError::file(format!("reading {}", folder.display()));
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(reading())?,
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry.map_err(reading())?.file_name();
        ids.extend(name.to_str().filter(|name| is_id(name)).map(str::to_owned));
    }
    ids.sort();
    let standing = |id: String| {
        let state = match fs::exists(folder.join(&id).join(MANIFEST)) {
            Ok(false) => State::Interrupted,
            _ => match load(folder, &id) {
                Ok(evidence) => State::Whole(Box::new(evidence)),
                Err(error) => State::Damaged(error.to_string()),
            },
        };
        Standing { id, state }
    };
    Ok(ids.into_iter().map(standing).collect())
}

/// The manifest of one, with who signed just these bytes.
///
/// # Errors
/// When there is none, or it is damaged.
pub fn load(folder: &Path, id: &str) -> Result<Evidence, EvidenceError> {
    let own = folder.join(id);
    let bytes = match fs::read(own.join(MANIFEST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && own.is_dir() => {
            return Err(EvidenceError::Refused(format!("evidence {id} has no manifest: it was interrupted")));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(none(folder, id)),
        bytes => bytes.map_err(EvidenceError::file(format!("reading the manifest of {id}")))?,
    };
    let sidecar = match fs::read(own.join(SIGNATURE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        bytes => Some(bytes.map_err(EvidenceError::file(format!("reading the signature of {id}")))?),
    };
    Evidence::parse(id, &bytes, signing::check(What::Evidence, &bytes, sidecar.as_deref()))
}

fn none(folder: &Path, name: &str) -> EvidenceError {
    EvidenceError::Usage(format!("there is no evidence {name} in {}", folder.display()))
}

/// By its id, or the beginning of one. Never the newest: what is imported is named.
///
/// # Errors
/// When none or several are meant.
pub fn find(folder: &Path, name: &str) -> Result<Evidence, EvidenceError> {
    let mut ids: Vec<String> =
        list(folder)?.into_iter().map(|one| one.id).filter(|id| !name.is_empty() && id.starts_with(name)).collect();
    match (ids.pop(), ids.is_empty()) {
        (Some(id), true) => load(folder, &id),
        (Some(last), false) => {
            ids.push(last);
            Err(EvidenceError::Usage(format!("{name} means several: {}", ids.join(", "))))
        }
        (None, _) => Err(none(folder, name)),
    }
}

/// Reads every file of it, and compares it with its checksum.
///
/// # Errors
/// When one that is there cannot be read.
pub fn verify(folder: &Path, evidence: &Evidence) -> Result<Vec<Problem>, EvidenceError> {
    let mut problems = Vec::new();
    for part in &evidence.parts {
        let path = folder.join(&evidence.id).join(&part.file);
        let problem = |what: String| Problem { file: part.file.clone(), what };
        match file::digest(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => problems.push(problem("it is missing".to_owned())),
            Err(error) => return Err(EvidenceError::file(format!("reading {}", path.display()))(error)),
            Ok((bytes, _)) if bytes != part.bytes => {
                problems.push(problem(format!("it has {bytes} bytes, and {} were written", part.bytes)));
            }
            Ok((_, sha256)) if sha256 != part.sha256 => {
                problems.push(problem("its checksum is another one: it was changed".to_owned()));
            }
            Ok(_) => {}
        }
    }
    Ok(problems)
}

/// Removes one for good.
///
/// # Errors
/// When it is not there, or the system says no.
pub fn remove(folder: &Path, id: &str) -> Result<(), EvidenceError> {
    if !is_id(id) || !folder.join(id).is_dir() {
        return Err(none(folder, id));
    }
    // The manifest first: what is left of it is none.
    match fs::remove_file(folder.join(id).join(MANIFEST)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(EvidenceError::file(format!("removing {id}"))(error));
        }
        _ => {}
    }
    fs::remove_dir_all(folder.join(id)).map_err(EvidenceError::file(format!("removing {id}")))
}
