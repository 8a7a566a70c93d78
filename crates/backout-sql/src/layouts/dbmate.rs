//! dbmate: `N*.sql` with a `-- migrate:up` and a `-- migrate:down` block.

use std::path::Path;
use std::sync::Arc;

use super::folder;
use super::{Detection, Down, History, Layout, LayoutError, LockKey, Migration, Mode, RecordContext, unique};
use crate::lexer::meant_tokens;
use crate::quote;
use crate::script::Dialect;

#[derive(Debug)]
pub(super) struct Dbmate;

impl Layout for Dbmate {
    fn name(&self) -> &'static str {
        "dbmate"
    }

    fn detect(&self, dir: &Path) -> Option<Detection> {
        let marked = folder::marked(dir, |name| folder::number(name).is_some(), |line| marker(line) == Some("up"));
        marked.map(|name| Detection { confidence: 95, why: format!("{name} holds -- migrate:up") })
    }

    fn read(&self, dir: &Path) -> Result<Vec<Migration>, LayoutError> {
        let mut migrations = Vec::new();
        for entry in folder::entries(dir)? {
            let Some((version, rest)) =
                folder::number(&entry.name).filter(|(_, rest)| rest.ends_with(".sql") && !entry.is_dir)
            else {
                continue;
            };
            let name = rest.trim_end_matches(".sql").trim_start_matches('_').to_owned();
            let whole = folder::whole_file(entry.path.clone(), version.to_owned(), name)?;
            migrations.push(
                blocks(whole)
                    .map_err(|reason| LayoutError::Refused { path: entry.path.clone(), reason: reason.to_owned() })?,
            );
        }
        if migrations.is_empty() {
            return Err(LayoutError::NothingFound { dir: dir.to_owned() });
        }
        unique(migrations, "they would share one row of dbmate's history, and only one would ever run")
    }

    fn dialect(&self) -> Dialect {
        Dialect::Server
    }

    fn history(&self) -> Option<&'static dyn History> {
        Some(&Self)
    }
}

impl History for Dbmate {
    fn table(&self) -> &'static str {
        "schema_migrations"
    }

    fn columns(&self) -> &'static [(&'static str, &'static str)] {
        &[("version", "character varying")]
    }

    fn foreign_sibling(&self) -> Option<&'static str> {
        // ActiveRecord's table looks the same.
        Some("ar_internal_metadata")
    }

    fn create(&self) -> Vec<String> {
        vec!["create table if not exists schema_migrations (version varchar primary key)".to_owned()]
    }

    fn applied(&self, _migrations: &[Migration]) -> String {
        "SELECT version::text FROM schema_migrations ORDER BY schema_migrations.version COLLATE \"C\"".to_owned()
    }

    /// Taken by dbmate only when asked to, but then this one.
    fn lock(&self, _database: &str, _schema: &str) -> Option<LockKey> {
        Some(LockKey::new(48_372_615))
    }

    fn record(&self, migration: &Migration, _context: &RecordContext<'_>) -> Vec<String> {
        vec![format!("insert into schema_migrations (version) values ({})", quote::literal(&migration.version))]
    }

    fn unrecord(&self, migration: &Migration, _previous: Option<&Migration>) -> Vec<String> {
        vec![format!("delete from schema_migrations where version = {}", quote::literal(&migration.version))]
    }
}

/// Cuts a file into its two blocks, each with its marker line.
fn blocks(mut migration: Migration) -> Result<Migration, &'static str> {
    let text = Arc::clone(&migration.up);
    let mut at = 0;
    let (mut ups, mut downs) = (Vec::new(), Vec::new());
    let mut strays = false;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        match marker(line) {
            Some("up") => ups.push((at, index as u32 + 1, line)),
            Some(_) => downs.push((at, index as u32 + 1)),
            None => strays |= ups.is_empty() && !line.trim().is_empty() && !line.trim_start().starts_with("--"),
        }
        at += line.len();
    }
    let &[(up, up_line, options), ..] = ups.as_slice() else { return Err("it has no -- migrate:up block") };
    let &[(down, down_line), ..] = downs.as_slice() else {
        return Err("it has no -- migrate:down block (it may be empty)");
    };
    if ups.len() > 1 || downs.len() > 1 {
        return Err("it has more than one block of a kind");
    }
    if strays {
        return Err("statements stand before -- migrate:up");
    }
    if down < up {
        return Err("-- migrate:down stands before -- migrate:up");
    }
    if options.split_whitespace().any(|option| option == "transaction:false") {
        migration.mode = Mode::NoTransaction;
    }
    migration.up = text[up..down].into();
    migration.first_line = up_line;
    let back = &text[down..];
    // A block of comments only is no way back.
    if meant_tokens(back).map_or(true, |tokens| !tokens.is_empty()) {
        migration.down = Some(Down { path: migration.path.clone(), text: back.into(), first_line: down_line });
    }
    Ok(migration)
}

/// `up` or `down` for a marker line: `-- migrate:up`, with options after it.
fn marker(line: &str) -> Option<&'static str> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    ["up", "down"].into_iter().find(|word| {
        rest.strip_prefix(word).is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
    })
}
