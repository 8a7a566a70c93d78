//! Supabase CLI: `N_x.sql`; its history keeps the statements themselves.

use std::path::Path;

use super::folder;
use super::{Detection, History, Layout, LayoutError, Migration, RecordContext, mode_of_file, unique};
use crate::quote;
use crate::script::{self, Dialect};

#[derive(Debug)]
pub(super) struct Supabase;

impl Layout for Supabase {
    fn name(&self) -> &'static str {
        "supabase"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        if !folder::file_names(dir).iter().any(|name| parts(name).is_some()) {
            return None;
        }
        let full = dir.canonicalize().ok()?;
        let parent = full.parent()?;
        let named = parent.file_name().is_some_and(|name| name == "supabase")
            && full.file_name().is_some_and(|name| name == "migrations");
        named.then(|| Detection { confidence: 90, why: "it is supabase/migrations".to_owned() })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let mut migrations = Vec::new();
        for entry in folder::entries(dir)?.into_iter().filter(|entry| !entry.is_dir) {
            let Some((version, name)) = parts(&entry.name) else { continue };
            let mut migration = folder::whole_file(entry.path.clone(), version.to_owned(), name.to_owned())?;
            migration.mode = mode_of_file(&migration.up, Dialect::Server, &migration.path);
            migrations.push(migration);
        }
        if migrations.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        unique(migrations, "the second one fails on the primary key of Supabase's history")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for Supabase {
    fn schema(&self) -> Option<&'static str> {
        Some("supabase_migrations")
    }

    fn table(&self) -> &'static str {
        "schema_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[("version", "text"), ("statements", "text[]"), ("name", "text")]
    }

    /// Later versions of the hosted service add columns.
    fn recognises(&self, columns: &[(&str, &str)]) -> bool {
        columns.contains(&("version", "text"))
    }

    fn create(&self) -> Vec<String> {
        [
            "CREATE SCHEMA IF NOT EXISTS supabase_migrations",
            "CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY)",
            "ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS statements text[]",
            "ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS name text",
        ]
        .map(str::to_owned)
        .into()
    }

    fn applied(&self, _migrations: &[Migration]) -> String {
        "SELECT version FROM supabase_migrations.schema_migrations ORDER BY version COLLATE \"C\"".to_owned()
    }

    fn record(&self, migration: &Migration, _context: &RecordContext<'_>) -> Vec<String> {
        let pieces: Vec<String> = script::pieces(&migration.up).iter().map(|piece| quote::literal(piece)).collect();
        vec![format!(
            "INSERT INTO supabase_migrations.schema_migrations (version, name, statements) VALUES ({}, {}, ARRAY[{}]::text[])",
            quote::literal(&migration.version),
            quote::literal(&migration.name),
            pieces.join(", "),
        )]
    }

    fn unrecord(&self, migration: &Migration, _previous: Option<&Migration>) -> Vec<String> {
        vec![format!(
            "DELETE FROM supabase_migrations.schema_migrations WHERE version = {}",
            quote::literal(&migration.version)
        )]
    }
}

fn parts(file: &str) -> Option<(&str, &str)> {
    let (digits, rest) = folder::number(file)?;
    Some((digits, rest.strip_prefix('_')?.strip_suffix(".sql")?))
}
