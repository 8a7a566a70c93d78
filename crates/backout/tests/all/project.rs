//! A folder with migrations and a database beside it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use backout_testkit::{Backout, Run, TestDatabase, TestServer};
use serde_json::Value;

/// What is ours and not the team's.
pub const OURS: &[&str] =
    &["backout", "backout_capture", "backout_archive_*", "backout_undone_*", "backout_replaced_*"];

/// A plan that asks for nothing but protects a table.
pub const PLAN: &str = "version = 1
[targets.production]
url = \"env:DATABASE_URL\"
[migrations]
dir = \"migrations\"
layout = \"plain\"
[protect]
tables = [\"public.users\"]
[migrate]
certificate = \"none\"
backup = \"none\"
";

#[derive(Debug)]
pub struct Project {
    folder: tempfile::TempDir,
    pub database: TestDatabase<'static>,
}

impl Project {
    pub async fn new(name: &str) -> Result<Self> {
        let database = TestServer::shared().database(name).await?;
        let folder = tempfile::tempdir_in(backout_testkit::root())?;
        fs::write(folder.path().join(".env"), format!("DATABASE_URL={}\n", database.url()))?;
        Ok(Self { folder, database })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        Ok(fs::write(path, text)?)
    }

    pub fn read(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.path(name)).with_context(|| name.to_owned())
    }

    pub fn command(&self, line: &[&str]) -> Result<Backout> {
        Ok(Backout::new(self.folder.path())?.args(line))
    }

    /// Runs the binary and expects this exit code.
    #[track_caller]
    pub fn run(&self, line: &[&str], code: i32) -> Result<Run> {
        Ok(self.command(line)?.run()?.expect_code(code))
    }

    /// As `run` with `--json`: exactly one document, whose exit code is the process's.
    #[track_caller]
    pub fn json(&self, line: &[&str], code: i32) -> Result<Value> {
        let run = self.command(line)?.arg("--json").run()?.expect_code(code);
        let document: Value = serde_json::from_str(&run.stdout).with_context(|| run.transcript())?;
        assert_eq!(document["exit"]["code"], code, "{}", run.transcript());
        Ok(document)
    }

    /// The schema as `pg_dump` sees it, without what is ours.
    pub fn dump(&self) -> Result<String> {
        self.database.dump_schema(OURS)
    }

    pub fn query(&self, sql: &str) -> Result<String> {
        Ok(self.database.run_as_superuser(sql)?.trim().to_owned())
    }
}
