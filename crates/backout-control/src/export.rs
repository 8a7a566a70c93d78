//! Writes a backup as a file that psql or pg_restore can use without us.
//!
//! It goes through a throwaway server, where every row and object is compared first.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;

use backout_backup::manifest::{LeftOut, Manifest};
use backout_backup::store::Store;
use backout_postgres::programs::command;

use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::gates::signature;
use crate::prove::{InSandbox, in_sandbox};
use crate::servers::program;
use crate::{Boxed, Env, Failure, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    Packed,
    Custom,
}

impl Format {
    /// Of a file of this name.
    fn of(file: &Path) -> Option<Self> {
        let name = file.file_name()?.to_str()?;
        let ends = |end: &str| name.len() > end.len() && name.to_ascii_lowercase().ends_with(end);
        let all = [(".sql.gz", Self::Packed), (".sql", Self::Plain), (".dump", Self::Custom)];
        all.into_iter().find(|(end, _)| ends(end)).map(|(_, format)| format)
    }

    /// What `pg_dump` is told.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &["--format=plain"],
            Self::Packed => &["--format=plain", "--compress=6"],
            Self::Custom => &["--format=custom"],
        }
    }
}

/// A file that was written.
#[derive(Debug)]
pub struct Done {
    pub bytes: u64,
    pub notes: Vec<String>,
}

/// Writes a backup into a file that is not there yet: `.sql`, `.sql.gz` or `.dump`.
pub fn run<'a>(
    env: &'a Env,
    store: &'a Store,
    manifest: &'a Manifest,
    file: &'a Path,
    jobs: Option<u32>,
) -> Boxed<'a, Result<Done>> {
    Box::pin(work(env, store, manifest, file, jobs))
}

#[tracing::instrument(name = "export", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, store: &Store, manifest: &Manifest, file: &Path, jobs: Option<u32>) -> Result<Done> {
    let shown = file.display().to_string();
    let Some(format) = Format::of(file) else {
        return Err(Refusal::usage(format!("{shown} is neither a .sql, a .sql.gz nor a .dump file"), None).into());
    };
    signature::pass(store, manifest)?;
    // Made here and now, for nobody else to read: the rows of a whole database are about to be in it.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let to = made.map_err(Failure::given(format!("writing {shown}")))?;
    env.say(Event::Begun { work: Work::ExportingBackup { id: manifest.id.clone() } });
    let outcome = write(env, store, manifest, format, to, &shown, jobs).await;
    env.say(Event::Idle);
    if outcome.is_err() {
        // Half a dump is of no use to anybody.
        let _ = std::fs::remove_file(file);
    }
    let notes = outcome?;
    let bytes = std::fs::metadata(file).map(|meta| meta.len()).unwrap_or_default();
    Ok(Done { bytes, notes })
}

async fn write(
    env: &Env,
    store: &Store,
    manifest: &Manifest,
    format: Format,
    mut file: File,
    shown: &str,
    jobs: Option<u32>,
) -> Result<Vec<String>> {
    let InSandbox { sandbox, installation, settings, restored, notes, .. } =
        in_sandbox(env, store, manifest, jobs, false).await?;
    if !restored.differences.is_empty() {
        let differences = restored.differences.iter().map(|d| format!("{} {}", d.what, d.said)).collect();
        return Err(Refusal::Unlike { differences }.into());
    }
    env.say(Event::at("writing the file"));
    let head = head(manifest);
    file.write_all(&match format {
        Format::Plain => head.into_bytes(),
        // Several of them one after the other are one file to everybody who unpacks it.
        Format::Packed => gzip(head.as_bytes()),
        Format::Custom => Vec::new(),
    })
    .map_err(Failure::file(format!("writing {shown}")))?;
    let running = || Failure::file("running pg_dump");
    let dumped = command(&program(&installation, "pg_dump")?, &settings)
        .args(["--no-password"])
        .args(format.options())
        .stdout(file)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(running())?
        .wait_with_output()
        .await
        .map_err(running())?;
    // One that does not stop in order is removed by its guardian.
    let _ = sandbox.stop().await;
    if !dumped.status.success() {
        let said = format!("pg_dump: {}", String::from_utf8_lossy(&dumped.stderr).trim());
        return Err(Refusal::failed(said, None).into());
    }
    Ok(notes)
}

/// What a backup lacks and why, on one line: names can hold anything, and a comment ends with its line.
pub fn missing(left: &LeftOut) -> String {
    let what = if left.rows_only { "the rows of " } else { "" };
    let line = format!("{what}{}: {}", left.what, left.why);
    line.chars().map(|c| if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { ' ' } else { c }).collect()
}

/// What the file begins with: where it is from, and what is not in it.
fn head(manifest: &Manifest) -> String {
    let mut head = format!("-- backup {}, taken at {}\n", manifest.id, manifest.at);
    for left in &manifest.left_out {
        head.push_str(&format!("-- not in it: {}\n", missing(left)));
    }
    head.push('\n');
    head
}

/// As a gzip member of its own (RFC 1952), in blocks that are not compressed.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for block in text.chunks(usize::from(u16::MAX)) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        bytes.push(0);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&(!length).to_le_bytes());
        bytes.extend_from_slice(block);
    }
    // An empty last one.
    bytes.extend_from_slice(&[1, 0, 0, 255, 255]);
    bytes.extend_from_slice(&crc32fast::hash(text).to_le_bytes());
    bytes.extend_from_slice(&u32::try_from(text.len() % (1 << 32)).unwrap_or(0).to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_ends_where_it_should() {
        let left = LeftOut {
            what: "public.\"a\nDROP TABLE b; \"".to_owned(),
            why: "excluded".to_owned(),
            rows_only: true,
            elsewhere: false,
            parts_of: Vec::new(),
        };
        assert_eq!(missing(&left), "the rows of public.\"a DROP TABLE b; \": excluded");
    }

    #[test]
    fn the_name_tells_the_format() {
        for (name, known) in
            [("a.sql", true), ("x/a.SQL.gz", true), ("a.dump", true), (".sql", false), ("a.gz", false), ("a", false)]
        {
            assert_eq!(Format::of(Path::new(name)).is_some(), known, "{name}");
        }
    }
}
