//! A folder of SQL files, or one file, that a team runs with psql: no tool, no history but our own.
//!
//! Order: by the number that the names begin with, then by name.

use std::path::Path;

use super::folder;
use super::{Detection, History, Layout, LayoutError, Migration, mode_of_file, unique};
use crate::script::Dialect;

#[derive(Debug)]
pub(super) struct Plain;

impl Layout for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        let found = dir.is_file() || folder::file_names(dir).iter().any(|name| name.ends_with(".sql"));
        found.then(|| Detection { confidence: 10, why: "it holds SQL files without the marks of any tool".to_owned() })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        if dir.is_file() {
            let name = dir.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            return unique(vec![one(dir, &name)?], "").map(|mut found| {
                found[0].version = name;
                found
            });
        }
        let names: Vec<String> = folder::file_names(dir).into_iter().filter(|name| name.ends_with(".sql")).collect();
        let (downs, mut ups): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| forward(name).is_some());
        ups.sort_by_key(|name| (digits(name), name.as_str()));
        let numbered = ups.iter().filter(|name| folder::number(name).is_some()).count();
        if numbered > 0
            && let Some(name) = ups.iter().find(|name| folder::number(name).is_none())
        {
            let reason = "the other files begin with a number and this one does not, so its turn is unknown".to_owned();
            return Err(LayoutError::Refused { path: dir.join(name), reason });
        }
        let mut migrations = Vec::new();
        for name in &ups {
            let mut migration = one(&dir.join(name), stem(name))?;
            let down = downs.iter().find(|down| forward(down).is_some_and(|forward| forward == stem(name)));
            migration.down = down.map(|down| folder::whole_down(dir.join(down))).transpose()?;
            migrations.push(migration);
        }
        if let Some(lonely) =
            downs.iter().find(|down| !ups.iter().any(|name| forward(down).as_deref() == Some(stem(name))))
        {
            let reason = "it looks like a way back, and there is no migration of that name".to_owned();
            return Err(LayoutError::Refused { path: dir.join(lonely), reason });
        }
        if migrations.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        unique(migrations, "the history could not tell them apart")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Psql
    }

    fn history(&self) -> Option<&'static dyn History> {
        None
    }
}

fn one(path: &Path, name: &str) -> Result<Migration, LayoutError> {
    let mut migration = folder::whole_file(path.to_owned(), name.to_owned(), name.to_owned())?;
    migration.mode = mode_of_file(&migration.up, Dialect::Psql, path);
    Ok(migration)
}

/// A migration's name without what only says that it goes forward.
fn stem(name: &str) -> &str {
    let name = name.trim_end_matches(".sql");
    name.strip_suffix(".up").or_else(|| name.strip_suffix("_up")).unwrap_or(name)
}

/// The name of the migration that a file takes back, if it is a way back by its name.
fn forward(name: &str) -> Option<String> {
    let name = name.trim_end_matches(".sql");
    for suffix in [".down", "_down", ".rollback", "_rollback", ".undo", ".revert"] {
        if let Some(rest) = name.strip_suffix(suffix) {
            return Some(rest.to_owned());
        }
    }
    for word in ["rollback", "revert", "undo"] {
        if let Some(rest) = name.strip_prefix(word).filter(|rest| rest.starts_with(['-', '_'])) {
            return Some(format!("migrate{rest}"));
        }
    }
    None
}

/// A number of any length, to be compared as a number.
fn digits(name: &str) -> (usize, String) {
    let digits = folder::number(name).map_or("", |(digits, _)| digits).trim_start_matches('0');
    (digits.len(), digits.to_owned())
}
