//! The undo of what is applied now as files for psql, for when Backout itself is gone.
//!
//! Must not know: how an undo is said in plain SQL.

use std::path::{Path, PathBuf};

use backout_postgres::session::Session;
use backout_postgres::store::{self, Record, State};
use backout_postgres::undo::{About, Choice, Script, UndoRules, scripts};
use jiff::Timestamp;

use crate::failure::Refusal;
use crate::gates::identity;
use crate::{Env, Failure, Result};

/// So many of the newest: who goes back further has Backout at hand.
const AT_MOST: usize = 30;

/// How a note begins that older ones are missing.
pub(super) const NOT_WRITTEN: &str = "Older migrations are not written";

/// What the files are called, before their number.
const NAME: &str = "undo_migration_";

/// Those that can be taken back, the newest first.
pub(super) fn standing(records: &[Record]) -> Vec<Record> {
    let standing = records.iter().rev().filter(|record| record.state != State::Undone);
    standing.take_while(|record| record.state != State::Adopted).take(AT_MOST).cloned().collect()
}

/// The scripts, the newest migration first. After one that cannot be said, those of older ones would be of no use.
pub(super) async fn write(env: &Env, session: &Session, records: &[Record], now: Timestamp) -> Result<Vec<Script>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    identity::pass_frozen(env, session).await?;
    let migrate = env.migrate();
    let rules = UndoRules {
        lock_timeout: migrate.lock_timeout.duration(),
        lock_retries: 0,
        lock_budget: None,
        accept_loss: Vec::new(),
        read_whole: false,
        measure: false,
        choice: Choice { rebuild_below: migrate.rebuild_below.bytes(), ..Choice::default() },
    };
    let mut notes = Vec::new();
    if backout_backup::capture::is_on(session).await? {
        notes.push(
            "Changes of rows are captured here. After this script those of tables that it altered are not: turn it off and \
             on again, and take a new backup."
                .to_owned(),
        );
    }
    let about = About {
        target: env.claimed()?.to_owned(),
        backout: env!("CARGO_PKG_VERSION"),
        at: now,
        lock_timeout: migrate.lock_timeout.duration(),
        notes,
    };
    let mut scripts = scripts(session, records, &rules, &about).await?;
    if let Some(last) = scripts.last_mut().filter(|_| records.len() == AT_MOST) {
        last.notes.push(format!("{NOT_WRITTEN}: only the newest {AT_MOST} are."));
    }
    if let Some(place) = scripts.iter().position(|one| one.refused.is_some()) {
        scripts.truncate(place + 1);
    }
    Ok(scripts)
}

/// What is on record, by a connection of its own.
pub(super) async fn records(session: &Session) -> Result<Vec<Record>> {
    Ok(standing(&store::records(session).await?))
}

/// The name of a file: in the order in which they are run.
pub(super) fn file(place: usize, script: &Script) -> String {
    format!("{:02}_{NAME}{}.sql", place + 1, script.number)
}

/// Puts the files into a folder of their own, readable for their owner only, in the place of those of former times.
pub(super) fn put(folder: &Path, scripts: &[Script]) -> Result<Vec<PathBuf>> {
    let failed = |path: &Path| Failure::given(format!("writing {}", path.display()));
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut former = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let name = entry.map_err(failed(folder))?.file_name();
        match name.to_str().filter(|name| name.ends_with(".sql") && name.contains(NAME)) {
            Some(_) => former.push(folder.join(name)),
            None => {
                let said = format!("{} holds something else than these scripts", folder.display());
                return Err(Refusal::usage(said, None).into());
            }
        }
    }
    let mut written = Vec::new();
    for (place, script) in scripts.iter().enumerate() {
        let path = folder.join(file(place, script));
        private_file(&path, &script.text).map_err(failed(&path))?;
        written.push(path);
    }
    for path in former.iter().filter(|path| !written.contains(path)) {
        std::fs::remove_file(path).map_err(failed(path))?;
    }
    Ok(written)
}

/// What a schema is made of is nobody else's business.
fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
