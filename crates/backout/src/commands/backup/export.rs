//! `backout backup export`: a backup as a file that psql or pg_restore can use without us.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use backout_backup::manifest::{LeftOut, Manifest};
use backout_backup::shelf;
use backout_backup::store::Store;
use backout_plan::Exit;
use backout_postgres::programs::command;
use serde_json::json;

use super::prove::{InSandbox, in_sandbox};
use super::take::size_of;
use crate::context::{Context, Project};
use crate::error::CommandError;
use crate::rehearsal::program;

/// Write a backup as a file for psql (.sql, .sql.gz) or pg_restore (.dump)
///
/// It goes through a throwaway server on this machine, where every row and object is compared first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its id, the beginning of it, or `latest`
    #[arg(value_name = "BACKUP")]
    backup: String,
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How many connections restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    Packed,
    Custom,
}

impl Format {
    /// What `pg_dump` is told.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &["--format=plain"],
            Self::Packed => &["--format=plain", "--compress=6"],
            Self::Custom => &["--format=custom"],
        }
    }
}

/// What a backup lacks and why, on one line: names can hold anything, and a comment ends with its line.
fn missing(left: &LeftOut) -> String {
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

/// The format of a file of this name.
fn format(file: &Path) -> Option<Format> {
    let name = file.file_name()?.to_str()?;
    let ends = |end: &str| name.len() > end.len() && name.to_ascii_lowercase().ends_with(end);
    if ends(".sql.gz") {
        Some(Format::Packed)
    } else if ends(".sql") {
        Some(Format::Plain)
    } else if ends(".dump") {
        Some(Format::Custom)
    } else {
        None
    }
}

pub async fn run(args: &Args, context: &Context<'_>, project: &Project, store: &Store) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let shown = args.file.display().to_string();
    let Some(format) = format(&args.file) else {
        return Err(CommandError::new(Exit::Usage, format!("{shown} is neither a .sql, a .sql.gz nor a .dump file")));
    };
    let manifest = shelf::find(store, &args.backup, &|_| true).await?;
    // Made here and now, for nobody else to read: the rows of a whole database are about to be in it.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.file)
        .map_err(|source| CommandError::of(Exit::Usage, &source).during(&format!("writing {shown}")))?;
    ui.begin(&format!("exporting backup {}", manifest.id));
    let outcome = write(args, context, project, store, &manifest, format).await;
    ui.end();
    if outcome.is_err() {
        // Half a dump is of no use to anybody.
        let _ = std::fs::remove_file(&args.file);
    }
    let notes = outcome?;
    let size = std::fs::metadata(&args.file).map(|meta| meta.len()).unwrap_or_default();
    let mut roles: Vec<&str> = Vec::new();
    roles.extend(manifest.ground.roles.iter().filter(|role| role.used).map(|role| role.name.as_str()));
    ui.result(json!({ "id": manifest.id, "file": args.file, "bytes": size, "roles": roles, "notes": notes,
        "left_out": manifest.left_out }));
    for note in notes {
        ui.say(format!("note: {note}"));
    }
    for left in &manifest.left_out {
        ui.say(format!("not in it: {}", missing(left)));
    }
    ui.out(format!("{}: {} in {shown}", manifest.id, size_of(size)));
    ui.say(format!("it needs these roles where it goes: {}", roles.join(", ")));
    Ok(Exit::Ok)
}

async fn write(
    args: &Args,
    context: &Context<'_>,
    project: &Project,
    store: &Store,
    manifest: &Manifest,
    format: Format,
) -> Result<Vec<String>, CommandError> {
    let jobs = args.jobs.unwrap_or(project.backup().jobs);
    let InSandbox { sandbox, installation, settings, restored, notes, .. } =
        in_sandbox(context, store, manifest, jobs, false).await?;
    if !restored.differences.is_empty() {
        let said: Vec<String> = restored.differences.iter().map(|d| format!("{} {}", d.what, d.said)).collect();
        return Err(CommandError::new(
            Exit::Failed,
            format!("what was restored is not what was taken: {}", said.join("; ")),
        ));
    }
    context.ui.progress("writing the file");
    let writing = |source| CommandError::of(Exit::Failed, &source).during(&format!("writing {}", args.file.display()));
    let mut file = OpenOptions::new().append(true).open(&args.file).map_err(writing)?;
    let head = head(manifest);
    file.write_all(&match format {
        Format::Plain => head.into_bytes(),
        // Several of them one after the other are one file to everybody who unpacks it.
        Format::Packed => gzip(head.as_bytes()),
        Format::Custom => Vec::new(),
    })
    .map_err(writing)?;
    let dumped = command(&program(&installation, "pg_dump")?, &settings)
        .args(["--no-password"])
        .args(format.options())
        .stdout(file)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| CommandError::of(Exit::Failed, &source).during("running pg_dump"))?
        .wait_with_output()
        .await
        .map_err(|source| CommandError::of(Exit::Failed, &source).during("running pg_dump"))?;
    // One that does not stop in order is removed by its guardian.
    let _ = sandbox.stop().await;
    if !dumped.status.success() {
        return Err(CommandError::new(
            Exit::Failed,
            format!("pg_dump: {}", String::from_utf8_lossy(&dumped.stderr).trim()),
        ));
    }
    Ok(notes)
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
            assert_eq!(format(Path::new(name)).is_some(), known, "{name}");
        }
    }
}
