//! sqlx-cli and sqlx's `migrate!`: `N_x.sql`, or `N_x.up.sql` with `N_x.down.sql`.

use std::path::Path;

use sha2::{Digest, Sha384};

use super::folder;
use super::{Detection, History, Layout, LayoutError, LockKey, Migration, Mode, RecordContext, unique};
use crate::quote;
use crate::script::Dialect;

#[derive(Debug)]
pub(super) struct Sqlx;

impl Layout for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        let names = folder::file_names(dir);
        let fits = |name: &String| {
            name.ends_with(".sql") && folder::number(name).is_some_and(|(_, rest)| rest.starts_with('_'))
        };
        if !names.iter().any(fits) {
            return None;
        }
        let reversible = names.iter().any(|name| fits(name) && name.ends_with(".up.sql"));
        let near = folder::nearby(dir, &["sqlx.toml", ".sqlx"])
            .or_else(|| uses_sqlx(dir).then(|| "a Cargo.toml with sqlx".to_owned()));
        match (near, reversible) {
            (Some(near), _) => Some(Detection { confidence: 85, why: format!("{near} is nearby") }),
            (None, true) => Some(Detection { confidence: 40, why: "it holds N_x.up.sql files".to_owned() }),
            (None, false) => None,
        }
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let mut found: Vec<(i64, Migration)> = Vec::new();
        let mut downs = Vec::new();
        for entry in folder::entries(dir)? {
            let Some((number, rest)) =
                entry.name.split_once('_').filter(|(_, rest)| rest.ends_with(".sql") && !entry.is_dir)
            else {
                continue;
            };
            let Ok(number) = number.parse::<i64>() else {
                let reason = format!("{number:?} before the first _ is no number, and sqlx stops at that");
                return Err(LayoutError::Refused { path: entry.path, reason });
            };
            if rest.ends_with(".down.sql") {
                downs.push((number, entry.path));
                continue;
            }
            let suffix = if rest.ends_with(".up.sql") { ".up.sql" } else { ".sql" };
            let name = rest.trim_end_matches(suffix).replace('_', " ");
            let mut migration = folder::whole_file(entry.path, number.to_string(), name)?;
            if migration.up.starts_with("-- no-transaction") {
                migration.mode = Mode::NoTransaction;
            }
            found.push((number, migration));
        }
        found.sort_by_key(|(number, _)| *number);
        for (number, path) in downs {
            // One without a migration of its number is read by nobody: sqlx looks for it when that is reverted.
            if let Some((_, migration)) = found.iter_mut().find(|(of, _)| *of == number) {
                migration.down = Some(folder::whole_down(path)?);
            }
        }
        if found.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        unique(found.into_iter().map(|(_, migration)| migration).collect(), "sqlx runs one and fails at the other")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for Sqlx {
    fn table(&self) -> &'static str {
        "_sqlx_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("version", "bigint"),
            ("description", "text"),
            ("installed_on", "timestamp with time zone"),
            ("success", "boolean"),
            ("checksum", "bytea"),
            ("execution_time", "bigint"),
        ]
    }

    fn create(&self) -> Vec<String> {
        vec![
            "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
             installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, \
             execution_time BIGINT NOT NULL)"
                .to_owned(),
        ]
    }

    fn applied(&self, _migrations: &[Migration]) -> String {
        "SELECT version::text FROM _sqlx_migrations ORDER BY _sqlx_migrations.version".to_owned()
    }

    fn refusal(&self) -> Option<String> {
        Some(
            "SELECT 'migration ' || version || ' failed half-way (success is false); sqlx refuses to go on' FROM _sqlx_migrations \
             WHERE NOT success ORDER BY version"
                .to_owned(),
        )
    }

    /// The library's lock; the command line takes none.
    fn lock(&self, database: &str, _schema: &str) -> Option<LockKey> {
        Some(LockKey::new(0x3d32_ad9e * i64::from(crc32fast::hash(database.as_bytes()))))
    }

    /// The tool measures by its own clock. The statement is written before the migration runs, so the server measures:
    /// since the transaction's beginning, which is the migration's except where that ran outside of one.
    fn record(&self, migration: &Migration, _context: &RecordContext<'_>) -> Vec<String> {
        vec![format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ({}, {}, true, {}, \
             (extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000000000)::bigint)",
            migration.version,
            quote::literal(&migration.name),
            quote::bytea(&Sha384::digest(migration.up.as_bytes())),
        )]
    }

    fn unrecord(&self, migration: &Migration, _previous: Option<&Migration>) -> Vec<String> {
        vec![format!("DELETE FROM _sqlx_migrations WHERE version = {}", migration.version)]
    }

    fn checksums(&self) -> Option<String> {
        Some(
            "SELECT version::text, encode(checksum, 'hex') FROM _sqlx_migrations ORDER BY _sqlx_migrations.version"
                .to_owned(),
        )
    }

    fn accepted_checksums(&self, migration: &Migration) -> Vec<String> {
        vec![quote::hex(&Sha384::digest(migration.up.as_bytes()))]
    }
}

fn uses_sqlx(dir: &Path) -> bool {
    let Ok(full) = dir.canonicalize() else { return false };
    full.ancestors().take(3).filter_map(|folder| std::fs::read_to_string(folder.join("Cargo.toml")).ok()).any(|text| {
        text.lines().any(|line| line.trim_start().starts_with("sqlx") || line.contains("dependencies.sqlx"))
    })
}
