//! One database as PostgreSQL's own programs see it: psql runs in it, pg_dump and COPY read it.
//!
//! Must not know: anything of ours; what it reads judges ours.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use backout_postgres::session::{ConnectOptions, Session, connect};
use backout_schema::{ident, literal};
use backout_testkit::TestServer;

use super::reader::{Reader, Rows};

const OURS: &[&str] = &["backout", "backout_archive_*", "backout_undone_*"];

/// A database and the role that migrations run as.
#[derive(Debug, Clone)]
pub(crate) struct Place<'s> {
    pub(crate) server: &'s TestServer,
    pub(crate) name: String,
    pub(crate) role: String,
}

/// How psql runs a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    OneTransaction,
    /// Statement by statement, up to the first error.
    Statements,
    /// As a bare `psql -f` does: on past any error, with success at the end.
    Heedless,
}

impl<'s> Place<'s> {
    /// Starts from this place, nothing being connected to it: the same tables, the same owner, the same settings.
    pub(crate) async fn copy(&self, name: &str) -> Result<Place<'s>> {
        let session = self.server.superuser("postgres").await?;
        let place = Place { name: name.to_owned(), ..self.clone() };
        place.drop_with(&session).await?;
        let owner = session
            .scalar(&format!("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = {}", literal(&self.name)))
            .await?
            .context("the database is gone")?;
        for sql in [
            format!("CREATE DATABASE {} OWNER {} TEMPLATE {}", ident(name), ident(&owner), ident(&self.name)),
            // A copy does not take what ALTER DATABASE … SET said.
            "SET allow_system_table_mods = on".to_owned(),
            format!(
                "INSERT INTO pg_db_role_setting SELECT d.oid, s.setrole, s.setconfig FROM pg_db_role_setting s, pg_database d \
                 WHERE d.datname = {} AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = {})",
                literal(name),
                literal(&self.name)
            ),
        ] {
            session.batch(&sql).await.with_context(|| sql.clone())?;
        }
        session.close().await;
        Ok(place)
    }

    pub(crate) async fn drop(self) -> Result<()> {
        let session = self.server.superuser("postgres").await?;
        self.drop_with(&session).await?;
        session.close().await;
        Ok(())
    }

    async fn drop_with(&self, session: &Session) -> Result<()> {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(&self.name));
        session.batch(&sql).await.context(sql)
    }

    /// Puts this database in the other's stead.
    pub(crate) async fn replace(mut self, other: Place<'s>) -> Result<Place<'s>> {
        let session = self.server.superuser("postgres").await?;
        other.drop_with(&session).await?;
        let sql = format!("ALTER DATABASE {} RENAME TO {}", ident(&self.name), ident(&other.name));
        session.batch(&sql).await.with_context(|| sql.clone())?;
        session.close().await;
        self.name = other.name;
        Ok(self)
    }

    pub(crate) async fn session(&self) -> Result<Session> {
        let settings = self.server.sandbox().connection(&self.name, &self.role);
        Ok(connect(&settings, &ConnectOptions::default()).await?)
    }

    /// Runs a script by psql as the role; relative includes start in `folder`.
    pub(crate) fn psql(&self, script: &str, manner: Manner, folder: Option<&Path>) -> Result<Result<(), String>> {
        let mut command = self.tool("psql", &self.role)?;
        command.env("PGOPTIONS", "-c client_min_messages=warning").args(["-X", "-q", "-A", "-t"]);
        if manner != Manner::Heedless {
            command.args(["-v", "ON_ERROR_STOP=1"]);
        }
        if manner == Manner::OneTransaction {
            command.arg("-1");
        }
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        let output = feed(command.args(["-f", "-"]), script)?;
        if output.status.success() {
            return Ok(Ok(()));
        }
        Ok(Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()))
    }

    pub(crate) fn must(&self, script: &str) -> Result<()> {
        self.psql(script, Manner::Statements, None)?.map_err(|said| anyhow::anyhow!("psql: {said}"))
    }

    pub(crate) fn must_as_superuser(&self, script: &str) -> Result<()> {
        Place { role: self.server.sandbox().superuser().to_owned(), ..self.clone() }.must(script)
    }

    /// `pg_dump --schema-only` without our schemas.
    pub(crate) fn dump(&self) -> Result<String> {
        let mut command = self.tool("pg_dump", self.server.sandbox().superuser())?;
        // Without a provider there is no security label; looking for them takes a twentieth of its time.
        command.args(["--schema-only", "--no-security-labels"]);
        for pattern in OURS {
            command.args(["-N", pattern]);
        }
        let text = text("pg_dump", command.stdin(Stdio::null()).output()?)?;
        // Newer versions write a random key, which would make equal databases differ.
        let lines = text.lines().filter(|line| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "));
        Ok(lines.map(|line| format!("{line}\n")).collect())
    }

    /// Takes out the rows that were not there then, triggers and keys aside: what was written since.
    pub(crate) fn take_out_what_is_new(&self, then: &Rows, kept: &dyn Fn(&str) -> bool) -> Result<()> {
        // What is published can have no rows taken out without an identity for them.
        let mut script = String::from(
            "SET session_replication_role = replica; SET allow_system_table_mods = on;\n\
             CREATE TEMP TABLE identities AS SELECT oid, relreplident FROM pg_class WHERE relkind = 'r' AND oid >= 16384;\n\
             UPDATE pg_class c SET relreplident = 'f' FROM identities i WHERE i.oid = c.oid;\n",
        );
        for (name, table) in then.tables.iter().filter(|(name, _)| !kept(name)) {
            let Ok(known) = &table.lines else { continue };
            let mut known = known.clone();
            let listed =
                format!("\\set ON_ERROR_STOP 1\nCOPY (SELECT ctid, {} FROM ONLY {name}) TO STDOUT;", table.columns);
            let Ok(found) = self.query(&listed) else { continue };
            for line in found.lines() {
                let (place, row) = line.split_once('\t').unwrap_or((line, ""));
                match known.iter().position(|k| k == row) {
                    Some(at) => {
                        known.remove(at);
                    }
                    None => script.push_str(&format!("DELETE FROM ONLY {name} WHERE ctid = '{place}';\n")),
                }
            }
        }
        script.push_str("UPDATE pg_class c SET relreplident = i.relreplident FROM identities i WHERE i.oid = c.oid;\n");
        self.query(&script).map(drop)
    }

    /// A psql that reads this database as the superuser. As long as it is there it is connected.
    pub(crate) fn reader(&self) -> Result<Reader> {
        Reader::open(self.tool("psql", self.server.sandbox().superuser())?)
    }

    fn query(&self, sql: &str) -> Result<String> {
        let mut command = self.tool("psql", self.server.sandbox().superuser())?;
        command.args(["-X", "-q", "-A", "-t", "-F", "\u{1f}", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        text("psql", feed(&mut command, sql)?)
    }

    pub(super) fn tool(&self, program: &str, role: &str) -> Result<Command> {
        let sandbox = self.server.sandbox();
        let installation = sandbox.installation();
        let path = installation.program(program).with_context(|| format!("{installation} has no {program}"))?;
        let mut command = Command::new(path);
        command
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PGHOST", sandbox.socket_dir())
            .env("PGPORT", sandbox.port().to_string())
            .env("PGUSER", role)
            .env("PGDATABASE", &self.name);
        Ok(command)
    }
}

fn feed(command: &mut Command, script: &str) -> Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("no way to write to psql")?;
    let script = script.to_owned();
    // Both pipes may fill up, so writing must not wait for reading.
    let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
    let output = child.wait_with_output()?;
    // psql that stops at an error closes its input early; what it says tells more.
    drop(writer.join());
    Ok(output)
}

fn text(program: &str, output: Output) -> Result<String> {
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
