//! sql-migrate: `x.sql` with `-- +migrate Up` and `-- +migrate Down` sections.

use std::path::Path;

use super::folder;
use super::folder::sections::{self, Mark};
use super::{Detection, History, Layout, LayoutError, Migration, Mode, RecordContext, unique};
use crate::quote;
use crate::script::Dialect;

#[derive(Debug)]
pub(super) struct SqlMigrate;

impl Layout for SqlMigrate {
    fn name(&self) -> &'static str {
        "sql-migrate"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        let is_mark = |line: &str| words(line).is_some_and(|words| matches!(words.first(), Some(&("Up" | "Down"))));
        let found = folder::marked(dir, |_| true, is_mark)?;
        Some(Detection { confidence: 95, why: format!("{found} holds -- +migrate Up") })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let mut found: Vec<(Option<i64>, Migration)> = Vec::new();
        for entry in folder::entries(dir)?.into_iter().filter(|e| !e.is_dir && e.name.ends_with(".sql")) {
            let refused = |reason: &str| LayoutError::Refused { path: entry.path.clone(), reason: reason.to_owned() };
            let number = match folder::number(&entry.name) {
                None => None,
                Some((digits, _)) => match digits.parse::<i64>() {
                    Ok(number) => Some(number),
                    Err(_) => return Err(refused("its number is above those that sql-migrate can hold")),
                },
            };
            let stem = entry.name.trim_end_matches(".sql");
            let name = folder::number(stem).map_or(stem, |(_, rest)| rest.trim_start_matches(['_', '-']));
            let whole = folder::whole_file(entry.path.clone(), entry.name.clone(), name.to_owned())?;
            let (mut outside, mut marked, mut inside) = (false, false, false);
            let mut migration = sections::cut(whole, "sql-migrate", |line| {
                let Some(words) = words(line) else {
                    // Before the first mark it reads nothing, and of lines such as this one nothing ever.
                    return (!marked || line.starts_with("-- +")).then_some(Mark::Other);
                };
                Some(match words.first() {
                    None => Mark::Bad("a mark without a word, at which sql-migrate stops".to_owned()),
                    Some(&"Up") => {
                        marked = true;
                        outside |= words[1..].contains(&"notransaction");
                        Mark::Up
                    }
                    Some(&"Down") => {
                        marked = true;
                        Mark::Down
                    }
                    Some(&"StatementBegin") if marked => {
                        inside = true;
                        Mark::Begin
                    }
                    Some(&"StatementEnd") if marked && inside => {
                        inside = false;
                        Mark::End
                    }
                    Some(_) => Mark::Other,
                })
            })?;
            if !marked {
                return Err(refused("it has no -- +migrate Up section"));
            }
            if outside {
                migration.mode = Mode::NoTransaction;
            }
            found.push((number, migration));
        }
        if found.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        found.sort_by(|(a, one), (b, other)| (a.is_none(), a, &one.version).cmp(&(b.is_none(), b, &other.version)));
        unique(found.into_iter().map(|(_, migration)| migration).collect(), "sql-migrate could not tell them apart")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for SqlMigrate {
    fn table(&self) -> &'static str {
        "gorp_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[("id", "text"), ("applied_at", "timestamp with time zone")]
    }

    fn create(&self) -> Vec<String> {
        vec![
            "create table if not exists gorp_migrations (id text not null primary key, applied_at timestamp with time zone)"
                .to_owned(),
        ]
    }

    fn applied(&self, _migrations: &[Migration]) -> String {
        "SELECT id FROM gorp_migrations ORDER BY applied_at, id COLLATE \"C\"".to_owned()
    }

    fn record(&self, migration: &Migration, context: &RecordContext<'_>) -> Vec<String> {
        vec![format!(
            "insert into gorp_migrations (id, applied_at) values ({}, {})",
            quote::literal(&migration.version),
            quote::literal(&context.now.to_string())
        )]
    }

    fn unrecord(&self, migration: &Migration, _previous: Option<&Migration>) -> Vec<String> {
        vec![format!("delete from gorp_migrations where id = {}", quote::literal(&migration.version))]
    }
}

/// The words of a mark.
fn words(line: &str) -> Option<Vec<&str>> {
    Some(line.strip_prefix("-- +migrate ")?.split_whitespace().collect())
}
