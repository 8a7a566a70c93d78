//! Reading folders and files of migrations, and what their surroundings say about the tool.

pub(super) mod sections;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Down, LayoutError, Migration, Mode};
use crate::quote;

/// The entries of a folder by name, those that start with a dot left out.
pub(super) fn entries(dir: &Path) -> Result<Vec<Entry>, LayoutError> {
    let failed = |source| LayoutError::ReadFolder { path: dir.to_owned(), source };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            return Err(LayoutError::Refused { path, reason: "its name is not valid UTF-8".to_owned() });
        };
        if !name.starts_with('.') {
            // Links are followed, as the tools do.
            entries.push(Entry { is_dir: path.is_dir(), name, path });
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub path: PathBuf,
    pub is_dir: bool,
}

/// Names of the plain files in a folder; of one that cannot be read, none.
pub(super) fn file_names(dir: &Path) -> Vec<String> {
    entries(dir).unwrap_or_default().into_iter().filter(|entry| !entry.is_dir).map(|entry| entry.name).collect()
}

/// The first SQL file of a folder, of those with such names, that has such a line.
pub(super) fn marked(dir: &Path, named: impl Fn(&str) -> bool, is_mark: impl Fn(&str) -> bool) -> Option<String> {
    let has_mark = |name: &String| text(&dir.join(name)).is_ok_and(|(text, _)| text.lines().any(&is_mark));
    file_names(dir).into_iter().filter(|name| name.ends_with(".sql") && named(name)).find(has_mark)
}

/// The folders in a folder; of one that cannot be read, none.
pub(super) fn folders(dir: &Path) -> Vec<PathBuf> {
    entries(dir).unwrap_or_default().into_iter().filter(|entry| entry.is_dir).map(|entry| entry.path).collect()
}

/// A file's text and the SHA-256 of its bytes.
pub(super) fn text(path: &Path) -> Result<(Arc<str>, String), LayoutError> {
    let bytes = std::fs::read(path).map_err(|source| LayoutError::ReadFile { path: path.to_owned(), source })?;
    let checksum = quote::hex(&Sha256::digest(&bytes));
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text.into(), checksum)),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(LayoutError::NotUtf8 { path: path.to_owned(), line })
        }
    }
}

/// A migration that is a whole file.
pub(super) fn whole_file(path: PathBuf, version: String, name: String) -> Result<Migration, LayoutError> {
    let (up, checksum) = text(&path)?;
    Ok(Migration {
        version,
        name,
        position: 0,
        path,
        up,
        first_line: 1,
        down: None,
        checksum,
        mode: Mode::PerFile,
        stamp: None,
    })
}

/// A way back that is a whole file.
pub(super) fn whole_down(path: PathBuf) -> Result<Down, LayoutError> {
    let (text, _) = text(&path)?;
    Ok(Down { path, text, first_line: 1 })
}

/// The digits that a name begins with, and the rest.
pub(super) fn number(name: &str) -> Option<(&str, &str)> {
    let length = name.bytes().take_while(u8::is_ascii_digit).count();
    (length > 0).then(|| name.split_at(length))
}

/// Whether one of the names lies beside the folder or one step above.
pub(super) fn nearby(dir: &Path, names: &[&str]) -> Option<String> {
    let full = dir.canonicalize().ok()?;
    let found = full.ancestors().take(3).find_map(|folder| names.iter().find(|name| folder.join(name).exists()));
    found.map(|name| (*name).to_owned())
}

/// The tool of a folder that we know and do not support.
pub(super) fn foreign(dir: &Path) -> Result<Option<(&'static str, String)>, LayoutError> {
    for (file, tool) in
        [("sqitch.plan", "sqitch"), ("atlas.sum", "Atlas"), ("alembic.ini", "Alembic"), ("knexfile.js", "Knex")]
    {
        if dir.join(file).exists() {
            return Ok(Some((tool, format!("it holds {file}"))));
        }
    }
    if !dir.is_dir() {
        return Ok(None);
    }
    for entry in entries(dir)?.iter().filter(|entry| !entry.is_dir) {
        let name = &entry.name;
        if name.ends_with(".rb") {
            return Ok(Some(("ActiveRecord", format!("it holds {name}"))));
        }
        if name.ends_with(".py") && name != "__init__.py" {
            return Ok(Some(("Alembic or Django", format!("it holds {name}"))));
        }
        if !name.ends_with(".sql") {
            continue;
        }
        let versioned = name
            .strip_prefix(['V', 'U'])
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()) && rest.contains("__"));
        if versioned || name.starts_with("R__") {
            return Ok(Some(("Flyway or refinery", format!("it holds {name}"))));
        }
        let (text, _) = text(&entry.path)?;
        for (marker, tool) in [("-- Up Migration", "node-pg-migrate"), ("--liquibase formatted sql", "Liquibase")] {
            if text.lines().any(|line| line.trim() == marker || line.starts_with(&format!("{marker} "))) {
                return Ok(Some((tool, format!("{name} holds {marker:?}"))));
            }
        }
    }
    Ok(None)
}
