//! Migration folders and history tables of other tools: one file for each tool, and one table of them.
//!
//! Reads the file system and writes SQL as text; runs none of it. Never changes a migration file.

mod dbmate;
mod diesel;
mod drizzle;
mod folder;
mod golang_migrate;
mod goose;
mod plain;
mod prisma;
mod sql_migrate;
mod sqlx;
mod supabase;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::quote;
use crate::script::{self, Dialect, Location, Script, ScriptError};

/// Every layout that is known. A new one is a file and a line here.
pub const LAYOUTS: &[&dyn Layout] = &[
    &plain::Plain,
    &sqlx::Sqlx,
    &dbmate::Dbmate,
    &golang_migrate::GolangMigrate,
    &goose::Goose,
    &sql_migrate::SqlMigrate,
    &diesel::Diesel,
    &supabase::Supabase,
    &prisma::Prisma,
    &drizzle::Drizzle,
];

/// How a tool lays out its migrations.
pub trait Layout: Debug + Sync {
    /// As the plan file names it.
    fn name(&self) -> &'static str;

    /// Whether a folder looks like one of this tool.
    fn detect(&self, dir: &Path) -> Option<Detection>;

    /// The migrations in the order in which the tool runs them.
    ///
    /// # Errors
    /// What the tool itself would refuse or silently leave out, and files that cannot be read.
    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError>;

    fn dialect(&self) -> Dialect;

    /// `None` where no tool keeps one.
    fn history(&self) -> Option<&'static dyn History>;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// From 1 to 100.
    pub confidence: u8,
    pub why: String,
}

/// One migration as its tool sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// As the tool's history names it; unique in its folder.
    pub version: String,
    pub name: String,
    /// From 0, in the order of running.
    pub position: usize,
    /// The file that is run.
    pub path: PathBuf,
    /// The SQL to run: the file, or the part of it that begins at `first_line`.
    pub up: Arc<str>,
    pub first_line: u32,
    pub down: Option<Down>,
    /// SHA-256 of the whole file, hexadecimal.
    pub checksum: String,
    pub mode: Mode,
    /// A moment in milliseconds that the tool keeps for the migration, where it keeps one.
    pub stamp: Option<i64>,
}

impl Migration {
    /// The migration's script with places in its file; files that it includes are read.
    ///
    /// # Errors
    /// The first thing in it that would not run.
    pub fn script(&self, dialect: Dialect) -> Result<Script, ScriptError> {
        let mut include = includes(&self.path);
        script::parse_from(&self.path.display().to_string(), &self.up, self.first_line, dialect, &mut include)
    }
}

/// A way back that somebody wrote: a claim to be rehearsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    pub path: PathBuf,
    pub text: Arc<str>,
    pub first_line: u32,
}

/// The transactions that the tool makes around a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// One for each file.
    PerFile,
    /// One for everything that is pending.
    AllInOne,
    /// None: each statement is alone.
    NoTransaction,
    /// The file's own BEGIN and COMMIT; each statement outside of them is alone.
    Script,
}

/// The table in which a tool remembers what it has run.
pub trait History: Debug + Sync {
    /// Without one, the tool takes the first schema of `search_path`.
    fn schema(&self) -> Option<&'static str> {
        None
    }

    fn table(&self) -> &'static str;

    /// Names and types (as `format_type` gives them, without a length), which tell tools apart that share
    /// the table's name.
    fn columns(&self) -> &'static [(&'static str, &'static str)];

    /// A table beside it that shows it to be another tool's.
    fn foreign_sibling(&self) -> Option<&'static str> {
        None
    }

    /// What the tool itself runs when its table is missing, in order.
    fn create(&self) -> Vec<String>;

    /// A query for the versions that the tool counts as applied, one text column, in order. Versions without a
    /// file are among them.
    fn applied(&self, migrations: &[Migration]) -> String;

    /// A query for the reasons, one text column, why the tool would refuse to go on.
    fn refusal(&self) -> Option<String> {
        None
    }

    /// The tool's own lock, for a database and the schema of the history table.
    fn lock(&self, database: &str, schema: &str) -> Option<LockKey> {
        let _ = (database, schema);
        None
    }

    /// The statements that write the migration's row as the tool writes it.
    fn record(&self, migration: &Migration, context: &RecordContext<'_>) -> Vec<String>;

    /// The statements that take it back, so that the tool finds the migration pending. `previous` is the
    /// applied migration before it.
    fn unrecord(&self, migration: &Migration, previous: Option<&Migration>) -> Vec<String>;

    /// A query for (version, checksum), two text columns, where the tool keeps checksums.
    fn checksums(&self) -> Option<String> {
        None
    }

    /// The checksums, as `checksums` gives them, that the tool takes for this file; empty where it keeps none.
    fn accepted_checksums(&self, migration: &Migration) -> Vec<String> {
        let _ = migration;
        Vec::new()
    }

    /// The applied files that were edited since, from what the query of `checksums` gave.
    fn mismatch(&self, recorded: &[(String, String)], migrations: &[Migration]) -> Vec<Mismatch> {
        let edited = |(version, recorded): &(String, String)| {
            let migration = migrations.iter().find(|migration| migration.version == *version)?;
            let accepted = self.accepted_checksums(migration);
            (!accepted.is_empty() && !accepted.contains(recorded)).then(|| Mismatch {
                version: version.clone(),
                path: migration.path.clone(),
                recorded: recorded.clone(),
                found: accepted[0].clone(),
            })
        };
        recorded.iter().filter_map(edited).collect()
    }

    /// Whether a table with these columns (name, type) is this tool's.
    fn recognises(&self, columns: &[(&str, &str)]) -> bool {
        let same = |(name, kind): &(&str, &str)| {
            columns.iter().any(|(found, of)| {
                found == name && (of == kind || of.strip_prefix(kind).is_some_and(|rest| rest.starts_with('(')))
            })
        };
        columns.len() == self.columns().len() && self.columns().iter().all(same)
    }

    /// The table's name as SQL.
    fn relation(&self) -> String {
        match self.schema() {
            Some(schema) => quote::qualified(&[schema, self.table()]),
            None => quote::identifier(self.table()),
        }
    }
}

/// An advisory lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockKey {
    pub key: i64,
    /// Takes it until the end of the transaction; the tool's own, at session level, excludes it.
    pub sql: String,
}

impl LockKey {
    fn new(key: i64) -> Self {
        Self { key, sql: format!("SELECT pg_advisory_xact_lock({key})") }
    }
}

/// What a history row needs beside the migration.
#[derive(Clone, Copy, Debug)]
pub struct RecordContext<'c> {
    /// When the migration ended.
    pub now: jiff::Timestamp,
    pub duration: Duration,
    /// A random (version 4) UUID, fresh for each row.
    pub uuid: &'c str,
}

/// An applied migration whose file is not what was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    pub version: String,
    pub path: PathBuf,
    pub recorded: String,
    pub found: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("reading the folder {}", path.display())]
    ReadFolder { path: PathBuf, source: std::io::Error },
    #[error("reading {}", path.display())]
    ReadFile { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: the file is not valid UTF-8", path.display())]
    NotUtf8 { path: PathBuf, line: usize },
    #[error("{} and {} have the same version {version}: {consequence}", first.display(), second.display())]
    Duplicate { version: String, first: PathBuf, second: PathBuf, consequence: &'static str },
    #[error("{}: {reason}", path.display())]
    Refused { path: PathBuf, reason: String },
    #[error("{} may be of {}; name one as the layout in the plan", dir.display(), candidates.join(" or "))]
    Ambiguous { dir: PathBuf, candidates: Vec<String> },
    #[error("no migrations were found in {}", dir.display())]
    NothingFound { dir: PathBuf },
    #[error("{} is a folder of {tool} ({why}), which is not supported", dir.display())]
    Unsupported { dir: PathBuf, tool: &'static str, why: String },
    #[error("there is no layout {name:?}; known are {}", known.join(", "))]
    UnknownLayout { name: String, known: Vec<&'static str> },
}

/// The layout of a folder, from what lies in it and around it.
///
/// # Errors
/// When nothing fits, when several fit equally well, and for folders of tools that are not supported.
pub fn detect(dir: &Path) -> Result<&'static dyn Layout, LayoutError> {
    if let Some((tool, why)) = folder::foreign(dir)? {
        return Err(LayoutError::Unsupported { dir: dir.to_owned(), tool, why });
    }
    let mut found: Vec<(&'static dyn Layout, Detection)> =
        LAYOUTS.iter().filter_map(|layout| layout.detect(dir).map(|detection| (*layout, detection))).collect();
    found.sort_by_key(|(_, detection)| std::cmp::Reverse(detection.confidence));
    let Some((best, confidence)) = found.first().map(|(layout, detection)| (*layout, detection.confidence)) else {
        return Err(LayoutError::NothingFound { dir: dir.to_owned() });
    };
    let equal: Vec<_> = found.iter().filter(|(_, detection)| detection.confidence == confidence).collect();
    if equal.len() == 1 {
        return Ok(best);
    }
    let candidates = equal.iter().map(|(layout, detection)| format!("{} ({})", layout.name(), detection.why)).collect();
    Err(LayoutError::Ambiguous { dir: dir.to_owned(), candidates })
}

/// The layout that the plan names.
///
/// # Errors
/// When there is none of that name.
pub fn by_name(name: &str) -> Result<&'static dyn Layout, LayoutError> {
    let unknown = || LayoutError::UnknownLayout {
        name: name.to_owned(),
        known: LAYOUTS.iter().map(|layout| layout.name()).collect(),
    };
    LAYOUTS.iter().find(|layout| layout.name() == name).copied().ok_or_else(unknown)
}

/// Reads what a script includes: `\ir` beside the script, `\i` in the working directory.
pub fn includes(script: &Path) -> impl FnMut(&str, bool, &Location) -> Result<(String, String), String> {
    let script = script.to_owned();
    move |path, relative, at| {
        let full = match Path::new(&*at.file).parent().or_else(|| script.parent()) {
            Some(folder) if relative => folder.join(path),
            _ => PathBuf::from(path),
        };
        let bytes = std::fs::read(&full).map_err(|source| format!("{}: {source}", full.display()))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{} is not valid UTF-8", full.display()))?;
        Ok((full.display().to_string(), text))
    }
}

/// Refuses two migrations of one version, which no tool handles as one would hope.
fn unique(migrations: Vec<Migration>, consequence: &'static str) -> Result<Vec<Migration>, LayoutError> {
    for (index, migration) in migrations.iter().enumerate() {
        if let Some(first) = migrations[..index].iter().find(|earlier| earlier.version == migration.version) {
            let (version, first, second) = (migration.version.clone(), first.path.clone(), migration.path.clone());
            return Err(LayoutError::Duplicate { version, first, second, consequence });
        }
    }
    Ok(migrations.into_iter().enumerate().map(|(position, migration)| Migration { position, ..migration }).collect())
}

/// The transactions of a tool that sends a file as one query without any around it: the server makes one
/// unless the file has its own.
fn mode_of_file(text: &str, dialect: Dialect, path: &Path) -> Mode {
    use crate::analysis::Class;
    let mut include = includes(path);
    let Ok(script) = script::parse(&path.display().to_string(), text, dialect, &mut include) else {
        // What is wrong is said when the script is read to be run.
        return Mode::PerFile;
    };
    let has = |wanted: fn(&Class) -> bool| script.statements().any(|statement| wanted(&statement.analysis.class));
    if has(|class| matches!(class, Class::Transaction(_))) {
        Mode::Script
    } else if has(|class| matches!(class, Class::OutsideTransaction(_))) {
        Mode::NoTransaction
    } else {
        Mode::PerFile
    }
}

#[cfg(test)]
mod tests;
