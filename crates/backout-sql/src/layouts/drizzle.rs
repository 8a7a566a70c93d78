//! Drizzle: a journal in `meta/_journal.json` names the files and their moments.

use std::path::Path;

use serde::Deserialize;

use super::folder;
use super::{Detection, History, Layout, LayoutError, Migration, Mode, RecordContext, unique};
use crate::quote;
use crate::script::Dialect;

/// Where the tool cuts a file, whatever stands around it.
const BREAKPOINT: &str = "--> statement-breakpoint";

#[derive(Debug)]
pub(super) struct Drizzle;

impl Layout for Drizzle {
    fn name(&self) -> &'static str {
        "drizzle"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        let found = dir.join("meta").join("_journal.json").is_file();
        found.then(|| Detection { confidence: 100, why: "it holds meta/_journal.json".to_owned() })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let path = dir.join("meta").join("_journal.json");
        let (text, _) = folder::text(&path)?;
        let refused = |reason: String| LayoutError::Refused { path: path.clone(), reason };
        let journal: Journal = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        if let Some(dialect) = journal.dialect.filter(|dialect| !matches!(dialect.as_str(), "postgresql" | "pg")) {
            return Err(refused(format!("these migrations are for {dialect}, not for PostgreSQL")));
        }
        for pair in journal.entries.windows(2) {
            if pair[1].when <= pair[0].when {
                let reason = format!(
                    "{} is dated no later than {} before it, so Drizzle would never run it",
                    pair[1].tag, pair[0].tag
                );
                return Err(refused(reason));
            }
        }
        let mut migrations = Vec::new();
        for entry in journal.entries {
            let mut migration =
                folder::whole_file(dir.join(format!("{}.sql", entry.tag)), entry.tag.clone(), entry.tag)?;
            // A semicolon at the cut, and the columns stay.
            migration.up = migration.up.replace(BREAKPOINT, &format!("{:<1$}", ";", BREAKPOINT.len())).into();
            migration.mode = Mode::AllInOne;
            migration.stamp = Some(entry.when);
            migrations.push(migration);
        }
        if migrations.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        unique(migrations, "the journal names it twice")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for Drizzle {
    fn schema(&self) -> Option<&'static str> {
        Some("drizzle")
    }

    fn table(&self) -> &'static str {
        "__drizzle_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[("id", "integer"), ("hash", "text"), ("created_at", "bigint")]
    }

    fn create(&self) -> Vec<String> {
        [
            "CREATE SCHEMA IF NOT EXISTS drizzle",
            "CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)",
        ]
        .map(str::to_owned)
        .into()
    }

    /// The tool counts every file as applied that is not later than its newest row. A row whose moment is in no
    /// file appears as that moment.
    fn applied(&self, migrations: &[Migration]) -> String {
        let newest = "(SELECT max(created_at) FROM drizzle.__drizzle_migrations)";
        let stamps: Vec<String> =
            migrations.iter().filter_map(|migration| migration.stamp).map(|stamp| stamp.to_string()).collect();
        let files: String = migrations
            .iter()
            .filter_map(|migration| Some((migration, migration.stamp?)))
            .map(|(migration, stamp)| {
                format!(
                    "SELECT {} AS version, {stamp}::bigint AS moment WHERE {stamp} <= {newest} UNION ALL ",
                    quote::literal(&migration.version)
                )
            })
            .collect();
        let known =
            if stamps.is_empty() { String::new() } else { format!(" WHERE created_at NOT IN ({})", stamps.join(", ")) };
        format!(
            "SELECT version::text FROM ({files}SELECT created_at::text, created_at FROM drizzle.__drizzle_migrations{known}) \
             AS applied (version, moment) ORDER BY moment"
        )
    }

    fn record(&self, migration: &Migration, _context: &RecordContext<'_>) -> Vec<String> {
        let stamp = migration.stamp.map_or("NULL".to_owned(), |stamp| stamp.to_string());
        vec![format!(
            "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ({}, {stamp})",
            quote::literal(&migration.checksum)
        )]
    }

    /// Only the newest row decides, so only the newest migration can be taken back.
    fn unrecord(&self, migration: &Migration, _previous: Option<&Migration>) -> Vec<String> {
        let stamp = migration.stamp.map_or("NULL".to_owned(), |stamp| stamp.to_string());
        vec![format!("DELETE FROM drizzle.__drizzle_migrations WHERE created_at = {stamp}")]
    }
}

#[derive(Debug, Deserialize)]
struct Journal {
    dialect: Option<String>,
    entries: Vec<JournalEntry>,
}

#[derive(Debug, Deserialize)]
struct JournalEntry {
    when: i64,
    tag: String,
}
