//! golang-migrate: `N_x.up.sql` with `N_x.down.sql`; its history is one row, the current version.

use std::path::Path;

use super::folder;
use super::{Detection, History, Layout, LayoutError, LockKey, Migration, RecordContext, mode_of_file, unique};
use crate::script::Dialect;

#[derive(Debug)]
pub(super) struct GolangMigrate;

impl Layout for GolangMigrate {
    fn name(&self) -> &'static str {
        "golang-migrate"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        if !folder::file_names(dir).iter().any(|name| parts(name).is_some_and(|(_, _, up)| up)) {
            return None;
        }
        Some(match folder::nearby(dir, &["go.mod"]) {
            Some(near) => Detection { confidence: 80, why: format!("{near} is nearby") },
            None => Detection { confidence: 40, why: "it holds N_x.up.sql files".to_owned() },
        })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let mut found: Vec<(u64, Migration)> = Vec::new();
        let mut downs: Vec<(u64, std::path::PathBuf)> = Vec::new();
        let consequence = "golang-migrate stops at that";
        for entry in folder::entries(dir)? {
            let Some((digits, name, up)) = parts(&entry.name).filter(|_| !entry.is_dir) else { continue };
            let Some(number) = digits.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok()) else {
                let reason = "its number does not fit the history table's bigint".to_owned();
                return Err(LayoutError::Refused { path: entry.path, reason });
            };
            if up {
                let mut migration = folder::whole_file(entry.path, number.to_string(), name.to_owned())?;
                migration.mode = mode_of_file(&migration.up, Dialect::Server, &migration.path);
                found.push((number, migration));
            } else if let Some((_, first)) = downs.iter().find(|(of, _)| *of == number) {
                let (version, first, second) = (number.to_string(), first.clone(), entry.path);
                return Err(LayoutError::Duplicate { version, first, second, consequence });
            } else {
                downs.push((number, entry.path));
            }
        }
        found.sort_by_key(|(number, _)| *number);
        for (number, path) in downs {
            match found.iter_mut().find(|(of, _)| *of == number) {
                Some((_, migration)) => migration.down = Some(folder::whole_down(path)?),
                None => {
                    return Err(LayoutError::Refused {
                        path,
                        reason: "it has no up file: golang-migrate would count it as run".to_owned(),
                    });
                }
            }
        }
        if found.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        unique(found.into_iter().map(|(_, migration)| migration).collect(), consequence)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for GolangMigrate {
    fn table(&self) -> &'static str {
        "schema_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[("version", "bigint"), ("dirty", "boolean")]
    }

    fn create(&self) -> Vec<String> {
        vec!["CREATE TABLE IF NOT EXISTS schema_migrations (version bigint not null primary key, dirty boolean not null)".to_owned()]
    }

    /// Every file up to the one version that the tool keeps, and that version itself.
    fn applied(&self, migrations: &[Migration]) -> String {
        let files: String = migrations
            .iter()
            .map(|migration| {
                format!(
                    " UNION SELECT {}::bigint WHERE {0} <= (SELECT max(version) FROM schema_migrations)",
                    migration.version
                )
            })
            .collect();
        format!(
            "SELECT version::text FROM (SELECT version FROM schema_migrations{files}) AS applied (version) ORDER BY applied.version"
        )
    }

    fn refusal(&self) -> Option<String> {
        Some(
            "SELECT 'version ' || version || ' is dirty: it failed half-way, and golang-migrate refuses to go on until `migrate force`' \
             FROM schema_migrations WHERE dirty"
                .to_owned(),
        )
    }

    /// The key that the tool computes when it is opened with a URL.
    fn lock(&self, database: &str, schema: &str) -> Option<LockKey> {
        let sum = crc32fast::hash(format!("{schema}\0schema_migrations\0/{database}").as_bytes());
        Some(LockKey::new(i64::from(sum.wrapping_mul(1_486_364_155))))
    }

    fn record(&self, migration: &Migration, _context: &RecordContext<'_>) -> Vec<String> {
        set(Some(migration))
    }

    fn unrecord(&self, _migration: &Migration, previous: Option<&Migration>) -> Vec<String> {
        set(previous)
    }
}

/// The tool truncates; deleting leaves the same row and does not give the table new storage.
fn set(migration: Option<&Migration>) -> Vec<String> {
    let insert = migration.map(|migration| {
        format!("INSERT INTO schema_migrations (version, dirty) VALUES ({}, false)", migration.version)
    });
    std::iter::once("DELETE FROM schema_migrations".to_owned()).chain(insert).collect()
}

/// Number, name and whether it goes up, of `N_x.up.sql`.
fn parts(file: &str) -> Option<(&str, &str, bool)> {
    let (digits, rest) = folder::number(file)?;
    let rest = rest.strip_prefix('_')?;
    let up = rest.strip_suffix(".up.sql").map(|name| (digits, name, true));
    up.or_else(|| rest.strip_suffix(".down.sql").map(|name| (digits, name, false)))
}
