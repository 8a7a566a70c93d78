//! The rows of a database, as psql and COPY read them.
//!
//! Must not know: anything of ours; what it reads judges ours.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::dump::{without, without_clock};
use super::judge::RowDifference;

const NOT_OURS: &str = "n.nspname !~ '^(pg_|information_schema$|backout$|backout_archive_|backout_undone_)'";
/// Stands before each table's rows in psql's output, and in no row.
const MARK: &str = "\u{1}corpus\u{1}";
/// Ends each answer.
const END: &str = "\u{1}answered\u{1}";

/// One psql for many questions: to start it, and a connection, takes longer than most answers.
#[derive(Debug)]
pub(crate) struct Reader {
    psql: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    errors: File,
}

/// Tables (as SQL) with their columns and rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(super) tables: BTreeMap<String, Table>,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) columns: String,
    /// Sorted lines of COPY, or why there are none.
    pub(super) lines: Result<Vec<String>, String>,
}

impl Reader {
    pub(super) fn open(mut command: Command) -> Result<Self> {
        // Into a file: a pipe that nobody empties would stop it.
        let errors = tempfile::tempfile()?;
        let mut psql = command
            .args(["-X", "-q", "-A", "-t", "-F", "\u{1f}", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.try_clone()?)
            .spawn()?;
        let questions = psql.stdin.take();
        let answers = BufReader::new(psql.stdout.take().context("no way to read from psql")?);
        Ok(Self { psql, questions, answers, errors })
    }

    /// The rows of all tables (what a materialised view holds is recreated, and may be of the clock), and the state of all sequences as a table of its own.
    pub(crate) fn rows(&mut self) -> Result<Rows> {
        let listed = self.list(&format!(
            "SELECT format('%I.%I', n.nspname, c.relname), coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), '') \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relkind = 'r' AND {NOT_OURS} GROUP BY 1 ORDER BY 1"
        ))?;
        let tables = listed.lines().filter_map(|line| line.split_once('\u{1f}'));
        self.read(tables.map(|(name, columns)| (name.to_owned(), columns.to_owned())).collect())
    }

    /// The rows of the same tables, by the columns that they had then.
    pub(crate) fn rows_as(&mut self, then: &Rows) -> Result<Rows> {
        self.read(then.tables.iter().map(|(name, table)| (name.clone(), table.columns.clone())).collect())
    }

    /// Sequences with their last values.
    pub(crate) fn sequences(&mut self) -> Result<BTreeMap<String, String>> {
        let listed = self.list(&format!(
            "SELECT format('%I.%I', n.nspname, c.relname), coalesce(pg_sequence_last_value(c.oid)::text, '-') \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND {NOT_OURS}"
        ))?;
        let pairs = listed.lines().filter_map(|line| line.split_once('\u{1f}'));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// What one query finds; one that fails has not found nothing.
    fn list(&mut self, sql: &str) -> Result<String> {
        let said = self.ask(&format!("{sql};\n\\echo '{MARK}':ERROR"))?;
        match said.trim_end().rsplit_once(MARK) {
            Some((found, "false")) => Ok(found.to_owned()),
            _ => bail!("psql: {}", self.complaints()),
        }
    }

    fn ask(&mut self, script: &str) -> Result<String> {
        let Self { questions, answers, .. } = self;
        let questions = questions.as_mut().context("psql was closed")?;
        let script = format!("{script}\n;\n\\echo '{END}'\n");
        let mut said = Vec::new();
        // Both pipes may fill up, so writing must not wait for reading.
        let is_ended = std::thread::scope(|scope| -> Result<bool> {
            scope.spawn(move || questions.write_all(script.as_bytes()));
            loop {
                let begins = said.len();
                if answers.read_until(b'\n', &mut said)? == 0 {
                    return Ok(false);
                }
                if said[begins..].strip_suffix(b"\n") == Some(END.as_bytes()) {
                    said.truncate(begins);
                    return Ok(true);
                }
            }
        })?;
        if !is_ended {
            bail!("psql: {}", self.complaints());
        }
        Ok(String::from_utf8(said)?)
    }

    fn complaints(&mut self) -> String {
        let mut said = String::new();
        let read = self.errors.rewind().and_then(|()| self.errors.read_to_string(&mut said));
        read.map_or_else(|error| error.to_string(), |_| said)
    }

    fn read(&mut self, wanted: Vec<(String, String)>) -> Result<Rows> {
        let mut script = String::new();
        for (name, columns) in &wanted {
            // The name as a literal in psql's own quoting.
            let shown = name.replace('\'', "''").replace('\\', "\\\\");
            script.push_str(&format!(
                "\\echo '{MARK}{shown}'\nCOPY (SELECT {columns} FROM ONLY {name}) TO STDOUT;\n\\echo '{MARK}':ERROR\n"
            ));
        }
        let printed = self.ask(&script)?;
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
        anyhow::ensure!(wanted.next().is_none(), "psql: {}", self.complaints());
        Ok(rows)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.questions.take());
        drop(self.psql.wait());
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
