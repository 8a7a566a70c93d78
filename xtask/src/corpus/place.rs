//! One database as PostgreSQL's own programs see it: psql runs in it, pg_dump and COPY read it.
//!
//! Must not know: anything of ours; what it reads judges ours.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use backout_postgres::session::{ConnectOptions, Session, connect};
use backout_schema::{ident, literal};
use backout_testkit::TestServer;

use super::dump::{without, without_clock};
use super::judge::RowDifference;

const OURS: &[&str] = &["backout", "backout_archive_*", "backout_undone_*"];
const NOT_OURS: &str = "n.nspname !~ '^(pg_|information_schema$|backout$|backout_archive_|backout_undone_)'";
/// Stands before each table's rows in psql's output, and in no row.
const MARK: &str = "\u{1}corpus\u{1}";

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

/// Tables (as SQL) with their columns and rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    tables: BTreeMap<String, Table>,
}

#[derive(Debug, Clone)]
struct Table {
    columns: String,
    /// Sorted lines of COPY, or why there are none.
    lines: Result<Vec<String>, String>,
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
        command.arg("--schema-only");
        for pattern in OURS {
            command.args(["-N", pattern]);
        }
        let text = text("pg_dump", command.stdin(Stdio::null()).output()?)?;
        // Newer versions write a random key, which would make equal databases differ.
        let lines = text.lines().filter(|line| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "));
        Ok(lines.map(|line| format!("{line}\n")).collect())
    }

    /// The rows of all tables (what a materialised view holds is recreated, and may be of the clock), and the state of all sequences as a table of its own.
    pub(crate) fn rows(&self) -> Result<Rows> {
        let listed = self.query(&format!(
            "SELECT format('%I.%I', n.nspname, c.relname), coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), '') \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relkind = 'r' AND {NOT_OURS} GROUP BY 1 ORDER BY 1"
        ))?;
        let tables = listed.lines().filter_map(|line| line.split_once('\u{1f}'));
        self.read(tables.map(|(name, columns)| (name.to_owned(), columns.to_owned())).collect())
    }

    /// The rows of the same tables, by the columns that they had then.
    pub(crate) fn rows_as(&self, then: &Rows) -> Result<Rows> {
        self.read(then.tables.iter().map(|(name, table)| (name.clone(), table.columns.clone())).collect())
    }

    /// Sequences with their last values.
    pub(crate) fn sequences(&self) -> Result<BTreeMap<String, String>> {
        let listed = self.query(&format!(
            "SELECT format('%I.%I', n.nspname, c.relname), coalesce(pg_sequence_last_value(c.oid)::text, '-') \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND {NOT_OURS}"
        ))?;
        let pairs = listed.lines().filter_map(|line| line.split_once('\u{1f}'));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
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

    fn query(&self, sql: &str) -> Result<String> {
        let mut command = self.tool("psql", self.server.sandbox().superuser())?;
        command.args(["-X", "-q", "-A", "-t", "-F", "\u{1f}", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        text("psql", feed(&mut command, sql)?)
    }

    fn read(&self, wanted: Vec<(String, String)>) -> Result<Rows> {
        let mut script = String::new();
        for (name, columns) in &wanted {
            // The name as a literal in psql's own quoting.
            let shown = name.replace('\'', "''").replace('\\', "\\\\");
            script.push_str(&format!(
                "\\echo '{MARK}{shown}'\nCOPY (SELECT {columns} FROM ONLY {name}) TO STDOUT;\n\\echo '{MARK}':ERROR\n"
            ));
        }
        let mut command = self.tool("psql", self.server.sandbox().superuser())?;
        let output = feed(command.args(["-X", "-q", "-f", "-"]), &script)?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let mut rows = Rows::default();
        let mut lines: Vec<String> = Vec::new();
        let mut wanted = wanted.into_iter();
        let mut open = None;
        for line in printed.lines() {
            match (line.strip_prefix(MARK), open.take()) {
                (None, current) => {
                    lines.push(line.to_owned());
                    open = current;
                }
                (Some(_), None) => {
                    lines.clear();
                    open = wanted.next();
                }
                (Some(failed), Some((name, columns))) => {
                    let mut read = std::mem::take(&mut lines);
                    read.sort_unstable();
                    let lines = if failed == "false" { Ok(read) } else { Err("it cannot be read".to_owned()) };
                    rows.tables.insert(name, Table { columns, lines });
                }
            }
        }
        anyhow::ensure!(wanted.next().is_none(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        Ok(rows)
    }

    fn tool(&self, program: &str, role: &str) -> Result<Command> {
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

impl Rows {
    pub(crate) fn total(&self) -> usize {
        self.tables.values().filter_map(|table| table.lines.as_ref().ok()).map(Vec::len).sum()
    }

    /// With names that were made from the clock made equal.
    pub(crate) fn without_clock(&self) -> Rows {
        Rows { tables: self.tables.iter().map(|(name, table)| (without_clock(name), table.clone())).collect() }
    }

    /// What differs in `after` of the tables that are in `self`.
    pub(crate) fn differences(&self, after: &Rows) -> Vec<RowDifference> {
        let mut found = Vec::new();
        for (name, before) in &self.tables {
            let Ok(before) = &before.lines else { continue };
            let difference = |missing, extra, example: &str| RowDifference {
                table: name.clone(),
                missing,
                extra,
                example: example.to_owned(),
            };
            match after.tables.get(name).map(|table| &table.lines) {
                Some(Ok(now)) => {
                    let (missing, extra) = (without(before, now), without(now, before));
                    if !missing.is_empty() || !extra.is_empty() {
                        let show = |lines: &[&str]| lines.first().map_or("none".to_owned(), |l| l.replace('\t', " | "));
                        let example = format!("was {}; is {}", show(&missing), show(&extra));
                        found.push(difference(missing.len(), extra.len(), &example));
                    }
                }
                Some(Err(why)) if !before.is_empty() => found.push(difference(before.len(), 0, why)),
                None if !before.is_empty() => found.push(difference(before.len(), 0, "the table is not there")),
                _ => {}
            }
        }
        found
    }

    /// Tables of which the two have not equally many rows, or only one has them at all.
    pub(crate) fn other_counts(&self, other: &Rows) -> Vec<String> {
        let names: std::collections::BTreeSet<&String> = self.tables.keys().chain(other.tables.keys()).collect();
        let count = |rows: &Rows, name: &String| {
            let table = rows.tables.get(name)?;
            table.lines.as_ref().ok().map(Vec::len)
        };
        let said = |n: Option<usize>| n.map_or("no table".to_owned(), |n| format!("{n} rows"));
        names
            .into_iter()
            .map(|name| (name, count(self, name), count(other, name)))
            .filter(|(_, ours, theirs)| ours != theirs)
            .map(|(name, ours, theirs)| format!("{name}: {} here, {} by psql", said(ours), said(theirs)))
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(tables: &[(&str, Option<&str>)]) -> Rows {
        let table = |lines: Option<&str>| Table {
            columns: "a".to_owned(),
            lines: lines.map(|l| l.split_whitespace().map(str::to_owned).collect()).ok_or("no".to_owned()),
        };
        Rows { tables: tables.iter().map(|(name, lines)| ((*name).to_owned(), table(*lines))).collect() }
    }

    #[test]
    fn rows_are_compared_as_multisets() {
        let before = rows(&[
            ("same", Some("1 2")),
            ("less", Some("1 1 2")),
            ("gone", Some("1")),
            ("empty", Some("")),
            ("closed", Some("1 2")),
        ]);
        let after = rows(&[("same", Some("1 2")), ("less", Some("1 3")), ("closed", None), ("new", Some("7"))]);
        let found: Vec<_> = before.differences(&after).into_iter().map(|d| (d.table, d.missing, d.extra)).collect();
        assert_eq!(found, [("closed".into(), 2, 0), ("gone".into(), 1, 0), ("less".into(), 2, 1)]);
        assert_eq!(before.total(), 8);
    }

    #[test]
    fn counts_are_compared_both_ways() {
        let (ours, theirs) = (rows(&[("a", Some("1")), ("b", Some(""))]), rows(&[("a", Some("2")), ("c", Some(""))]));
        assert_eq!(
            ours.other_counts(&theirs),
            ["b: 0 rows here, no table by psql", "c: no table here, 0 rows by psql"]
        );
    }
}
