//! diesel: a folder `V_x` for each migration with `up.sql` and `down.sql`.

use std::path::Path;

use super::folder;
use super::{Detection, History, Layout, LayoutError, Migration, Mode, RecordContext, unique};
use crate::lexer::meant_tokens;
use crate::quote;
use crate::script::Dialect;

#[derive(Debug)]
pub(super) struct Diesel;

impl Layout for Diesel {
    fn name(&self) -> &'static str {
        "diesel"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        let found = folder::folders(dir).into_iter().find(|folder| folder.join("up.sql").is_file())?;
        let name = found.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Some(Detection { confidence: 90, why: format!("{name} holds up.sql") })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let mut migrations = Vec::new();
        for entry in folder::entries(dir)?.into_iter().filter(|entry| entry.is_dir) {
            let path = entry.path.join("up.sql");
            if !path.is_file() {
                return Err(LayoutError::Refused {
                    path: entry.path,
                    reason: "it has no up.sql, and diesel stops at that".to_owned(),
                });
            }
            let version = entry.name.split('_').next().unwrap_or_default().replace('-', "");
            if version.len() > 50 {
                return Err(LayoutError::Refused {
                    path,
                    reason: "its version is longer than the 50 characters of diesel's history".to_owned(),
                });
            }
            let mut migration = folder::whole_file(path, version, entry.name)?;
            if meant_tokens(&migration.up).is_ok_and(|tokens| tokens.is_empty()) {
                return Err(LayoutError::Refused {
                    path: migration.path,
                    reason: "it is empty, and diesel stops at that".to_owned(),
                });
            }
            let down = entry.path.join("down.sql");
            if down.is_file() {
                migration.down = Some(folder::whole_down(down)?);
            }
            if !in_transaction(&entry.path.join("metadata.toml"))? {
                migration.mode = Mode::NoTransaction;
            }
            migrations.push(migration);
        }
        if migrations.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        // By version as text: 10 comes before 9.
        migrations.sort_by(|a, b| a.version.cmp(&b.version));
        unique(migrations, "they would share one row of diesel's history, and only one would ever run")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for Diesel {
    fn table(&self) -> &'static str {
        "__diesel_schema_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[("version", "character varying"), ("run_on", "timestamp without time zone")]
    }

    fn create(&self) -> Vec<String> {
        vec![
            "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
                .to_owned(),
        ]
    }

    fn applied(&self, _migrations: &[Migration]) -> String {
        "SELECT version::text FROM __diesel_schema_migrations ORDER BY __diesel_schema_migrations.version COLLATE \"C\""
            .to_owned()
    }

    /// The tool's session is in UTC, and the column knows no zone.
    fn record(&self, migration: &Migration, context: &RecordContext<'_>) -> Vec<String> {
        vec![format!(
            "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ({}, '{}')",
            quote::literal(&migration.version),
            context.now.strftime("%Y-%m-%d %H:%M:%S.%6f"),
        )]
    }

    fn unrecord(&self, migration: &Migration, _previous: Option<&Migration>) -> Vec<String> {
        vec![format!("DELETE FROM __diesel_schema_migrations WHERE version = {}", quote::literal(&migration.version))]
    }
}

fn in_transaction(metadata: &Path) -> Result<bool, LayoutError> {
    if !metadata.is_file() {
        return Ok(true);
    }
    let (text, _) = folder::text(metadata)?;
    let refused = |reason: String| LayoutError::Refused { path: metadata.to_owned(), reason };
    let table: toml::Table = toml::from_str(&text).map_err(|error| refused(error.message().to_owned()))?;
    match table.get("run_in_transaction") {
        None => Ok(true),
        Some(value) => {
            value.as_bool().ok_or_else(|| refused("run_in_transaction is neither true nor false".to_owned()))
        }
    }
}
