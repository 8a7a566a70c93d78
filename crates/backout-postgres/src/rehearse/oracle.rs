//! The judge that shares nothing with our catalog reader: `pg_dump`.

use super::clone_error::CloneError;
use crate::programs::command;
use backout_plan::ConnectionSettings;
use std::path::PathBuf;

/// Where `pg_dump` and its like are.
#[derive(Clone, Debug)]
pub struct Oracle {
    pub pg_dump: PathBuf,
}

/// How two schema dumps differ.
#[derive(Debug)]
pub(super) enum Differences {
    None,
    /// Only in long numbers, as dates and times make them.
    Clock(String),
    Some(String),
}

impl Oracle {
    /// The schema outside ours, as text.
    pub async fn schema(&self, settings: &ConnectionSettings) -> Result<String, CloneError> {
        let output = command(&self.pg_dump, settings)
            .args(["--schema-only", "--no-password", "--exclude-schema=backout", "--exclude-schema=backout_archive_*"])
            .arg("--exclude-schema=backout_undone_*")
            .arg("--exclude-schema=backout_replaced_*")
            .output()
            .await
            .map_err(|source| CloneError::Program { program: self.pg_dump.clone(), source })?;
        if !output.status.success() {
            return Err(CloneError::Dump(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        // A token that is random by design.
        Ok(String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter(|l| !l.starts_with("\\restrict ") && !l.starts_with("\\unrestrict "))
            .map(|l| format!("{l}\n"))
            .collect())
    }

    pub(super) fn differences(&self, expected: &str, found: &str) -> Differences {
        if expected == found {
            return Differences::None;
        }
        let lines = changed_lines(expected, found);
        if without_numbers(expected) == without_numbers(found) {
            Differences::Clock(lines)
        } else {
            Differences::Some(lines)
        }
    }
}

/// A dump without these columns, which have names of ours: their lines in CREATE TABLE, and the statements about
/// them. Commas at the ends of lines go, since a last column has none, and so do the dump's own remarks.
pub(super) fn without_columns(dump: &str, columns: &[&str]) -> String {
    if columns.is_empty() {
        return dump.to_owned();
    }
    let about = |line: &str| {
        let named = |rest: &str| {
            columns.iter().any(|c| {
                let name = backout_schema::ident(c);
                rest.strip_prefix(name.as_str()).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
            })
        };
        let after = |word: &str| line.split_once(word).map_or("", |(_, rest)| rest);
        let in_table = line.strip_prefix("    ").is_some_and(named);
        let of_column = line.starts_with("COMMENT ON COLUMN ") && line.split('.').any(named);
        in_table || of_column || (line.starts_with("ALTER TABLE ") && named(after(" ALTER COLUMN ")))
    };
    dump.lines()
        .filter(|line| !line.is_empty() && !line.starts_with("--") && !about(line))
        .map(|line| format!("{}\n", line.strip_suffix(',').unwrap_or(line)))
        .collect()
}

/// Lines that only one side has, shortened.
fn changed_lines(expected: &str, found: &str) -> String {
    let count = |text: &str| {
        let mut lines: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
        for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with("--")) {
            *lines.entry(line.to_owned()).or_default() += 1;
        }
        lines
    };
    let (mut a, b) = (count(expected), count(found));
    for (line, n) in b {
        *a.entry(line).or_default() -= n;
    }
    let mut parts = Vec::new();
    for (line, n) in a.iter().filter(|(_, n)| **n != 0).take(6) {
        parts.push(format!("{} {}", if *n > 0 { "-" } else { "+" }, line.trim()));
    }
    if parts.is_empty() {
        parts.push("the same lines in another order".to_owned());
    }
    parts.join(" | ")
}

fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() >= 6 { "#" } else { &digits });
        digits.clear();
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_columns_do_not_count() {
        let ours = "CREATE TABLE public.t (\n    id integer,\n    backout_hidden_1_2_gone text DEFAULT 'a'\n);\nCOMMENT ON COLUMN public.t.backout_hidden_1_2_gone IS 'a';\n";
        let plain = "CREATE TABLE public.t (\n    id integer\n);\n";
        let hidden = ["backout_hidden_1_2_gone"];
        assert_eq!(without_columns(ours, &hidden), without_columns(plain, &hidden));
        let view = " SELECT t.id,\n    t.backout_hidden_1_2_gone\n   FROM public.t;\n";
        assert_ne!(without_columns(view, &hidden), without_columns(" SELECT t.id\n   FROM public.t;\n", &hidden));
    }

    #[test]
    fn tells_clocks_from_differences() {
        let oracle = Oracle { pg_dump: PathBuf::new() };
        let check = |a: &str, b: &str| match oracle.differences(a, b) {
            Differences::None => "none",
            Differences::Clock(_) => "clock",
            Differences::Some(_) => "some",
        };
        assert_eq!(check("a\n", "a\n"), "none");
        assert_eq!(check("t_20260101_101010\n", "t_20270202_202020\n"), "clock");
        assert_eq!(check("varchar(10)\n", "varchar(20)\n"), "some");
    }
}
