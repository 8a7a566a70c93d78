//! A clone in pieces: definitions, rows, and what is built over rows, so that something can come in between.
//!
//! One run of `pg_dump` and one of `pg_restore` do where rows come as they are and nothing has to be stood in for.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use backout_plan::ConnectionSettings;
use tempfile::TempDir;

use super::clone_error::CloneError;
use crate::programs::command;

/// A dump of all but rows.
pub(super) struct Dump {
    folder: TempDir,
    pg_restore: PathBuf,
    /// What to restore before anything else: schemas and extensions.
    first: String,
    rest: String,
}

/// What belongs to a piece, in the order of restoring.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Schemas and extensions.
    Ground,
    /// What there is before rows come.
    Definitions,
    /// Indexes, keys, triggers and the like.
    OverRows,
}

/// So often pg_dump is run: it fails when objects of others go away under it, or when the server breaks a deadlock of
/// its locks with another session's.
pub(super) const DUMPS: usize = 5;

/// What pg_dump is told about waiting for a lock, in all attempts but the last: to give up before the server looks for
/// a deadlock (`deadlock_timeout`, 1 s) and cancels the other session's statement.
pub(super) fn yielding(attempt: usize) -> Option<&'static str> {
    (attempt < DUMPS).then_some("--lock-wait-timeout=500")
}

impl Dump {
    /// `arguments` say what is left out, and of which snapshot it is.
    pub async fn take(
        pg_dump: &Path,
        pg_restore: &Path,
        source: &ConnectionSettings,
        arguments: &[String],
        without: &[String],
    ) -> Result<Dump, CloneError> {
        let folder = tempfile::tempdir().map_err(|source| CloneError::Program { program: pg_dump.into(), source })?;
        let file = folder.path().join("definitions");
        let mut attempt = 1;
        loop {
            let mut dump = command(pg_dump, source);
            dump.args(arguments).args(["--section=pre-data", "--section=post-data"]).args(yielding(attempt));
            dump.arg("--file").arg(&file);
            match output(dump, pg_dump).await? {
                Ok(_) => break,
                Err(_) if attempt < DUMPS => attempt += 1,
                Err(said) => return Err(CloneError::Dump(said)),
            }
        }
        let mut list = tokio::process::Command::new(pg_restore);
        list.arg("--list").arg(&file).kill_on_drop(true).stdin(Stdio::null());
        let list = output(list, pg_restore).await?.map_err(CloneError::Restore)?;
        let (first, rest) = parted(&list, without);
        Ok(Dump { folder, pg_restore: pg_restore.into(), first, rest })
    }

    pub async fn restore(&self, into: &ConnectionSettings, piece: Piece) -> Result<(), CloneError> {
        let wrote = |source| CloneError::Program { program: self.pg_restore.clone(), source };
        let (text, section) = match piece {
            Piece::Ground => (&self.first, "--section=pre-data"),
            Piece::Definitions => (&self.rest, "--section=pre-data"),
            Piece::OverRows => (&self.rest, "--section=post-data"),
        };
        let list = self.folder.path().join("list");
        tokio::fs::write(&list, text).await.map_err(wrote)?;
        let mut restore = command(&self.pg_restore, into);
        restore
            .args(["--exit-on-error", "--no-password", section])
            .arg(format!("--dbname={}", into.database().unwrap_or_default()))
            .arg("--use-list")
            .arg(&list)
            .arg(self.folder.path().join("definitions"));
        output(restore, &self.pg_restore).await?.map_err(CloneError::Restore).map(drop)
    }
}

/// What it prints, or what it complains of.
async fn output(mut command: tokio::process::Command, program: &Path) -> Result<Result<String, String>, CloneError> {
    let ran = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().await;
    let ran = ran.map_err(|source| CloneError::Program { program: program.into(), source })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Ok(if ran.status.success() { Ok(text(&ran.stdout)) } else { Err(text(&ran.stderr)) })
}

/// The list of a dump's contents, in two: what comes first, and the rest; without the extensions of these names.
fn parted(list: &str, without: &[String]) -> (String, String) {
    let (mut first, mut rest) = (String::new(), String::new());
    for line in list.lines().filter(|line| !line.starts_with(';')) {
        // `12; 3079 16385 EXTENSION - name owner`
        let what = line.splitn(4, ' ').nth(3).unwrap_or_default();
        let extension = what.strip_prefix("EXTENSION - ").or_else(|| what.strip_prefix("COMMENT - EXTENSION "));
        let is_out = extension.is_some_and(|tail| without.iter().any(|name| tail.trim_end() == name));
        if is_out {
            continue;
        }
        let into = if extension.is_some() || what.starts_with("SCHEMA - ") { &mut first } else { &mut rest };
        into.push_str(line);
        into.push('\n');
    }
    (first, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_parted() {
        let list = ";\n; Archive created at 2026-01-01\n;\n6; 2615 16390 SCHEMA - auth owner\n2; 3079 16391 EXTENSION - pg net \n\
                    3456; 0 0 COMMENT - EXTENSION pg net \n3; 3079 1 EXTENSION - citext \n\
                    215; 1259 16393 TABLE public EXTENSION - owner\n";
        let (first, rest) = parted(list, &["pg net".to_owned()]);
        assert_eq!(first, "6; 2615 16390 SCHEMA - auth owner\n3; 3079 1 EXTENSION - citext \n");
        assert_eq!(rest, "215; 1259 16393 TABLE public EXTENSION - owner\n");
    }
}
