//! One database of a test, with the eyes of PostgreSQL's own tools on it.
//!
//! Must not know: our catalog reader; what it reads here is there to judge that one.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use backout_plan::ConnectionSettings;
use backout_postgres::session::{ConnectOptions, Session, connect};

use crate::TestServer;

/// A database with an owner who is not a superuser.
#[derive(Debug, Clone)]
pub struct TestDatabase<'a> {
    server: &'a TestServer,
    name: String,
    owner: String,
}

impl<'a> TestDatabase<'a> {
    pub(crate) fn new(server: &'a TestServer, name: String, owner: String) -> Self {
        Self { server, name, owner }
    }

    pub fn server(&self) -> &'a TestServer {
        self.server
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// URL as the owner, through the socket.
    pub fn url(&self) -> String {
        self.url_as(&self.owner)
    }

    pub fn url_as(&self, role: &str) -> String {
        self.server.sandbox().url(&self.name, role)
    }

    /// Settings as the owner, through the socket.
    pub fn settings(&self) -> ConnectionSettings {
        self.settings_as(&self.owner)
    }

    pub fn settings_as(&self, role: &str) -> ConnectionSettings {
        self.server.sandbox().connection(&self.name, role)
    }

    /// A session as the owner.
    pub async fn client(&self) -> Result<Session> {
        self.client_as(&self.owner).await
    }

    pub async fn client_as(&self, role: &str) -> Result<Session> {
        Ok(connect(&self.settings_as(role), &ConnectOptions::default()).await?)
    }

    /// A session as the cluster's superuser.
    pub async fn superuser(&self) -> Result<Session> {
        self.server.superuser(&self.name).await
    }

    /// Runs a script with the real psql as the owner: stops at the first error, prints rows unaligned.
    pub fn psql(&self, script: &str) -> Result<Output> {
        self.psql_as(&self.owner, script)
    }

    pub fn psql_as(&self, role: &str, script: &str) -> Result<Output> {
        let mut child = self
            .tool("psql", role)?
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("psql has no input")?;
        let script = script.to_owned();
        // Both pipes may fill up, so writing must not wait for reading.
        let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
        let output = child.wait_with_output()?;
        // psql that stops at an error closes its input early; its own message says more.
        drop(writer.join());
        Ok(output)
    }

    /// As [`TestDatabase::psql`], for scripts that must pass; returns what was printed.
    pub fn run(&self, script: &str) -> Result<String> {
        if script.trim().is_empty() {
            return Ok(String::new());
        }
        succeeded("psql", self.psql(script)?)
    }

    /// As [`TestDatabase::run`], as the superuser.
    pub fn run_as_superuser(&self, script: &str) -> Result<String> {
        succeeded("psql", self.psql_as(self.server.sandbox().superuser(), script)?)
    }

    /// `pg_dump --schema-only` as the superuser, without the schemas that match one of the patterns (`-N`).
    ///
    /// The lines with the random key of newer versions are left out, so that equal databases have equal dumps.
    pub fn dump_schema(&self, without: &[&str]) -> Result<String> {
        let mut command = self.tool("pg_dump", self.server.sandbox().superuser())?;
        command.arg("--schema-only");
        for pattern in without {
            command.args(["-N", pattern]);
        }
        let text = succeeded("pg_dump", command.stdin(Stdio::null()).output()?)?;
        let kept = text.lines().filter(|line| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "));
        Ok(kept.map(|line| format!("{line}\n")).collect())
    }

    /// The rows of a table as COPY writes them, sorted. `table` is SQL, quoted where needed.
    pub fn sorted_copy(&self, table: &str) -> Result<Vec<String>> {
        let text = self.run_as_superuser(&format!("COPY (SELECT * FROM {table}) TO STDOUT;"))?;
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        rows.sort_unstable();
        Ok(rows)
    }

    /// A program of the server's installation, connecting to this database, with nothing of the caller's `PG*` in it.
    pub fn tool(&self, program: &str, role: &str) -> Result<Command> {
        let sandbox = self.server.sandbox();
        let path = sandbox
            .installation()
            .program(program)
            .with_context(|| format!("{} has no {program}", sandbox.installation()))?;
        let mut command = Command::new(path);
        command
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PGHOST", sandbox.socket_dir())
            .env("PGPORT", sandbox.port().to_string())
            .env("PGUSER", role)
            .env("PGDATABASE", &self.name);
        Ok(command)
    }
}

fn succeeded(program: &str, output: Output) -> Result<String> {
    if !output.status.success() {
        bail!("{program} ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
