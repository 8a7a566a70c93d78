//! How values are written as text. A file may set how its own statements do that; what is kept is written in one way
//! from the first text to the last, and read by the undo in the same.

use super::{Environment, Gathered, MigrateError};
use backout_reversal::Texts;
use backout_schema::{ident, literal};

/// What the file had set, as it is set again.
#[must_use = "the file's own settings must come back"]
pub(super) struct Former(String);

impl Gathered {
    /// Sets how texts are written: as the session did when the first was needed.
    pub(super) async fn write_texts(&mut self, env: &Environment<'_>) -> Result<Former, MigrateError> {
        let names = Texts::new("", "").settings().map(|(name, _)| name);
        let list = names.map(|name| format!("pg_catalog.current_setting({})", literal(name).trim_start()));
        let sql = format!("SELECT {}", list.join(", "));
        let rows = env.session.rows(&sql).await.map_err(MigrateError::server("asking how values are written"))?;
        let Some(row) = rows.first() else {
            return Err(MigrateError::Unsupported("the session's settings cannot be read".to_owned()));
        };
        let now: Vec<String> = (0..names.len()).map(|place| row.get(place)).collect();
        let texts = self.texts.get_or_insert_with(|| Texts::new(&now[0], &now[1]));
        let (mut set, mut former) = (Vec::new(), Vec::new());
        for ((name, wanted), now) in texts.settings().into_iter().zip(now) {
            if wanted != now {
                set.push(format!("SET LOCAL {} = {}", ident(name), literal(&wanted).trim_start()));
                former.push(format!("SET LOCAL {} = {}", ident(name), literal(&now).trim_start()));
            }
        }
        if !set.is_empty() {
            env.own(&set.join("; ")).await?;
        }
        Ok(Former(former.join("; ")))
    }

    /// The same for a function, whenever it runs.
    pub(super) async fn texts_of_function(&mut self, env: &Environment<'_>) -> Result<String, MigrateError> {
        let files_own = self.write_texts(env).await?;
        env.texts_written(files_own).await?;
        let settings = self.texts.iter().flat_map(Texts::settings);
        Ok(settings.map(|(name, value)| format!(" SET {} = {}", ident(name), literal(&value).trim_start())).collect())
    }
}

impl Environment<'_> {
    /// As the file has it.
    pub(super) async fn texts_written(&self, Former(sql): Former) -> Result<(), MigrateError> {
        if sql.is_empty() { Ok(()) } else { self.own(&sql).await }
    }
}
