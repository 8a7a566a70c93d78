//! `backout backup export`: a backup as a file that psql or pg_restore can use without us.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

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

/// What `pg_dump` is told for a file of this name.
fn format(file: &Path) -> Option<&'static [&'static str]> {
    let name = file.file_name()?.to_str()?;
    let ends = |end: &str| name.len() > end.len() && name.to_ascii_lowercase().ends_with(end);
    if ends(".sql.gz") {
        Some(&["--format=plain", "--compress=6"])
    } else if ends(".sql") {
        Some(&["--format=plain"])
    } else if ends(".dump") {
        Some(&["--format=custom"])
    } else {
        None
    }
}

pub async fn run(args: &Args, context: &Context<'_>, project: &Project, store: &Store) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let shown = args.file.display().to_string();
    let Some(options) = format(&args.file) else {
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
    let outcome = write(args, context, project, store, &manifest, options).await;
    ui.end();
    if outcome.is_err() {
        // Half a dump is of no use to anybody.
        let _ = std::fs::remove_file(&args.file);
    }
    let notes = outcome?;
    let size = std::fs::metadata(&args.file).map(|meta| meta.len()).unwrap_or_default();
    let mut roles: Vec<&str> = Vec::new();
    roles.extend(manifest.ground.roles.iter().filter(|role| role.used).map(|role| role.name.as_str()));
    ui.result(json!({ "id": manifest.id, "file": args.file, "bytes": size, "roles": roles, "notes": notes }));
    for note in notes {
        ui.say(format!("note: {note}"));
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
    manifest: &backout_backup::manifest::Manifest,
    options: &[&str],
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
    let dumped = command(&program(&installation, "pg_dump")?, &settings)
        .args(["--no-password"])
        .args(options)
        .arg("--file")
        .arg(&args.file)
        .output()
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
    fn the_name_tells_the_format() {
        for (name, known) in
            [("a.sql", true), ("x/a.SQL.gz", true), ("a.dump", true), (".sql", false), ("a.gz", false), ("a", false)]
        {
            assert_eq!(format(Path::new(name)).is_some(), known, "{name}");
        }
    }
}
