//! Prisma: a folder for each migration with `migration.sql`.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::folder;
use super::{Detection, History, Layout, LayoutError, LockKey, Migration, RecordContext, mode_of_file, unique};
use crate::quote;
use crate::script::Dialect;

#[derive(Debug)]
pub(super) struct Prisma;

impl Layout for Prisma {
    fn name(&self) -> &'static str {
        "prisma"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        if dir.join("migration_lock.toml").is_file() {
            return Some(Detection { confidence: 98, why: "it holds migration_lock.toml".to_owned() });
        }
        let found = folder::folders(dir)
            .iter()
            .any(|folder| folder.join("migration.sql").is_file() && !folder.join("snapshot.json").exists());
        found.then(|| Detection { confidence: 90, why: "its folders hold migration.sql".to_owned() })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let lock = dir.join("migration_lock.toml");
        if lock.is_file() {
            let (text, _) = folder::text(&lock)?;
            let provider = toml::from_str::<toml::Table>(&text)
                .ok()
                .and_then(|table| table.get("provider")?.as_str().map(str::to_owned));
            if let Some(provider) =
                provider.filter(|provider| !matches!(provider.as_str(), "postgresql" | "postgres" | "cockroachdb"))
            {
                return Err(LayoutError::Refused {
                    path: lock,
                    reason: format!("these migrations are for {provider}, not for PostgreSQL"),
                });
            }
        }
        let mut migrations = Vec::new();
        for entry in folder::entries(dir)?.into_iter().filter(|entry| entry.is_dir) {
            let path = entry.path.join("migration.sql");
            if !path.is_file() {
                return Err(LayoutError::Refused {
                    path: entry.path,
                    reason: "it has no migration.sql, and Prisma stops at that (P3015)".to_owned(),
                });
            }
            let mut migration = folder::whole_file(path, entry.name.clone(), entry.name)?;
            migration.mode = mode_of_file(&migration.up, Dialect::Server, &migration.path);
            migrations.push(migration);
        }
        if migrations.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        unique(migrations, "a folder cannot hold two of one name")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for Prisma {
    fn table(&self) -> &'static str {
        "_prisma_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("id", "character varying"),
            ("checksum", "character varying"),
            ("finished_at", "timestamp with time zone"),
            ("migration_name", "character varying"),
            ("logs", "text"),
            ("rolled_back_at", "timestamp with time zone"),
            ("started_at", "timestamp with time zone"),
            ("applied_steps_count", "integer"),
        ]
    }

    fn create(&self) -> Vec<String> {
        vec![
            "CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, \
             migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), \
             applied_steps_count INTEGER NOT NULL DEFAULT 0)"
                .to_owned(),
        ]
    }

    /// A migration that failed once and was resolved has a row for each attempt.
    fn applied(&self, _migrations: &[Migration]) -> String {
        "SELECT migration_name::text FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL \
         GROUP BY migration_name ORDER BY min(started_at), migration_name"
            .to_owned()
    }

    fn refusal(&self) -> Option<String> {
        Some(
            "SELECT 'migration ' || migration_name || ' failed half-way; Prisma refuses to go on until `prisma migrate resolve` (P3009)' \
             FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL ORDER BY started_at"
                .to_owned(),
        )
    }

    fn lock(&self, _database: &str, _schema: &str) -> Option<LockKey> {
        Some(LockKey::new(72_707_369))
    }

    fn record(&self, migration: &Migration, context: &RecordContext<'_>) -> Vec<String> {
        let started = context.now.checked_sub(context.duration).unwrap_or(context.now);
        let moment = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S.%3f+00").to_string();
        vec![format!(
            "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) \
             VALUES ({}, {}, '{}', {}, NULL, NULL, '{}', 1)",
            quote::literal(context.uuid),
            quote::literal(&migration.checksum),
            moment(context.now),
            quote::literal(&migration.version),
            moment(started),
        )]
    }

    /// A finished row that is only marked as rolled back still counts as applied for the tool. Rows of earlier
    /// attempts stay.
    fn unrecord(&self, migration: &Migration, _previous: Option<&Migration>) -> Vec<String> {
        vec![format!(
            "DELETE FROM _prisma_migrations WHERE migration_name = {} AND finished_at IS NOT NULL AND rolled_back_at IS NULL",
            quote::literal(&migration.version)
        )]
    }

    fn checksums(&self) -> Option<String> {
        Some(
            "SELECT migration_name::text, checksum::text FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL \
             ORDER BY started_at"
                .to_owned(),
        )
    }

    /// The tool takes either kind of line end.
    fn accepted_checksums(&self, migration: &Migration) -> Vec<String> {
        let unix = migration.up.replace("\r\n", "\n");
        let windows = unix.replace('\n', "\r\n");
        let of = |text: &str| quote::hex(&Sha256::digest(text.as_bytes()));
        vec![migration.checksum.clone(), of(&unix), of(&windows)]
    }
}
