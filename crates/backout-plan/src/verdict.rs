//! What can be said about a way back, and about anything else that was looked at: verdicts and findings.
//!
//! It must not decide anything: the crates that look at statements and catalogs do, and say it in these words.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::remedy::Remedy;

/// Whether a statement, a file or a whole migration can be undone, and what would be missing afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Schema and data come back as they were.
    Exact,
    /// As `Exact`, but these tables list their columns in another order.
    ExactButColumnOrder {
        tables: Vec<String>,
        /// Why they are not recreated in their former order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<String>,
    },
    /// The schema comes back; part of the data does not.
    Lossy {
        /// What is lost, in words that `--accept-loss` takes: `public.orders.note`.
        what: String,
        /// How many; `None` where it cannot be counted beforehand.
        count: Option<u64>,
        unit: Unit,
        reason: String,
    },
    /// There is no way back in place.
    Impossible {
        what: String,
        /// Preferably the reason that PostgreSQL itself gives.
        reason: String,
    },
}

/// What a loss is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Rows,
    /// One column of one row.
    Cells,
    /// Anything else that is counted: a sequence's numbers, an enum's labels.
    Values,
}

/// How much attention a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// Works, but less well than it could, or not for long.
    Warning,
    /// A gate will refuse because of it.
    Error,
}

/// One thing that was found while looking at a target, a plan, a migration or a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable, for scripts: `pooler.transaction-mode`.
    pub code: Cow<'static, str>,
    pub severity: Severity,
    /// One line, without a full stop.
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// `file:line:column`, or the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What to do about it, as values; whoever shows it spells them.
    #[serde(skip)]
    #[schemars(skip)]
    pub remedies: Vec<Remedy>,
}

impl Verdict {
    /// Nothing is lost but perhaps the order of columns.
    pub fn is_exact(&self) -> bool {
        matches!(self, Self::Exact | Self::ExactButColumnOrder { .. })
    }

    /// Migrating needs somebody's consent first: something will not survive.
    pub fn needs_consent(&self) -> bool {
        !self.is_exact()
    }

    /// Order of badness: 0 exact … 3 impossible.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Exact => 0,
            Self::ExactButColumnOrder { .. } => 1,
            Self::Lossy { .. } => 2,
            Self::Impossible { .. } => 3,
        }
    }

    /// The verdict on a whole is the worst of its parts; tables of several column-order verdicts are united.
    /// Of equally bad losses the first is named: list the parts beside it.
    pub fn worst<'v>(parts: impl IntoIterator<Item = &'v Verdict>) -> Verdict {
        let mut worst = Verdict::Exact;
        for part in parts {
            match (&mut worst, part) {
                (
                    Self::ExactButColumnOrder { tables, reasons },
                    Self::ExactButColumnOrder { tables: more, reasons: more_reasons },
                ) => {
                    for (list, more) in [(tables, more), (reasons, more_reasons)] {
                        let new: Vec<String> = more.iter().filter(|item| !list.contains(item)).cloned().collect();
                        list.extend(new);
                    }
                }
                (current, part) if part.rank() > current.rank() => *current = part.clone(),
                _ => {}
            }
        }
        worst
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::ExactButColumnOrder { tables, reasons } => {
                write!(f, "exact, but for the order of the columns of {}", tables.join(", "))?;
                if reasons.is_empty() { Ok(()) } else { write!(f, ": {}", reasons.join("; ")) }
            }
            Self::Lossy { what, count: Some(count), unit, reason } => {
                write!(f, "lossy: {} of {what} will not come back: {reason}", unit.counted(*count))
            }
            Self::Lossy { what, count: None, unit, reason } => {
                write!(f, "lossy: an unknown number of {} of {what} will not come back: {reason}", unit.plural())
            }
            Self::Impossible { what, reason } => write!(f, "impossible: {what} cannot be undone: {reason}"),
        }
    }
}

impl Unit {
    fn plural(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Cells => "cells",
            Self::Values => "values",
        }
    }

    /// `1 row`, `12 cells`.
    pub fn counted(self, count: u64) -> String {
        let plural = self.plural();
        if count == 1 { format!("1 {}", &plural[..plural.len() - 1]) } else { format!("{count} {plural}") }
    }
}

impl Finding {
    pub fn new(code: impl Into<Cow<'static, str>>, severity: Severity, title: impl Into<String>) -> Self {
        let (code, title) = (code.into(), title.into());
        Self { code, severity, title, detail: None, hint: None, location: None, remedies: Vec::new() }
    }

    pub fn note(code: impl Into<Cow<'static, str>>, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, title)
    }

    pub fn warning(code: impl Into<Cow<'static, str>>, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, title)
    }

    pub fn error(code: impl Into<Cow<'static, str>>, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, title)
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn remedies(mut self, remedies: Vec<Remedy>) -> Self {
        self.remedies = remedies;
        self
    }

    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// `error: title (location): detail` with the hint on a line of its own.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.title)?;
        if let Some(location) = &self.location {
            write!(f, " ({location})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lossy(count: Option<u64>, unit: Unit) -> Verdict {
        Verdict::Lossy { what: "public.orders.note".into(), count, unit, reason: "it was overwritten".into() }
    }

    fn order(tables: &[&str]) -> Verdict {
        Verdict::ExactButColumnOrder { tables: tables.iter().map(|t| (*t).to_owned()).collect(), reasons: Vec::new() }
    }

    fn impossible() -> Verdict {
        Verdict::Impossible { what: "ADD VALUE 'x'".into(), reason: "enum labels cannot be dropped".into() }
    }

    #[test]
    fn says_it_in_plain_words() {
        for (verdict, words) in [
            (Verdict::Exact, "exact"),
            (order(&["public.a", "public.b"]), "exact, but for the order of the columns of public.a, public.b"),
            (lossy(Some(1), Unit::Rows), "lossy: 1 row of public.orders.note will not come back: it was overwritten"),
            (
                lossy(Some(0), Unit::Values),
                "lossy: 0 values of public.orders.note will not come back: it was overwritten",
            ),
            (
                lossy(None, Unit::Cells),
                "lossy: an unknown number of cells of public.orders.note will not come back: it was overwritten",
            ),
            (impossible(), "impossible: ADD VALUE 'x' cannot be undone: enum labels cannot be dropped"),
        ] {
            assert_eq!(verdict.to_string(), words);
            let json = serde_json::to_string(&verdict).unwrap();
            assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict, "{json}");
        }
        let json = serde_json::to_value(lossy(Some(3), Unit::Cells)).unwrap();
        assert_eq!((json["verdict"].as_str(), json["unit"].as_str()), (Some("lossy"), Some("cells")));
    }

    #[test]
    fn a_whole_is_as_bad_as_its_worst_part() {
        for (parts, expected) in [
            (vec![], Verdict::Exact),
            (vec![order(&["a"]), Verdict::Exact, order(&["b", "a"])], order(&["a", "b"])),
            (vec![order(&["a"]), lossy(Some(2), Unit::Rows), order(&["b"])], lossy(Some(2), Unit::Rows)),
            (vec![impossible(), lossy(None, Unit::Rows)], impossible()),
        ] {
            assert_eq!(Verdict::worst(&parts), expected);
            assert_eq!(expected.needs_consent(), expected.rank() > 1);
        }
    }

    #[test]
    fn a_finding_survives_json_and_reads_well() {
        let finding = Finding::error("pooler.transaction-mode", "this is a transaction pooler")
            .at("db:6543")
            .detail("two connections saw one backend")
            .hint("use port 5432");
        assert_eq!(
            finding.to_string(),
            "error: this is a transaction pooler (db:6543): two connections saw one backend\n  hint: use port 5432"
        );
        let json = serde_json::to_string(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), finding);
        let bare = serde_json::to_value(Finding::note("a", "b")).unwrap();
        assert_eq!(bare, serde_json::json!({"code": "a", "severity": "note", "title": "b"}));
        assert!(Severity::Note < Severity::Warning && Severity::Warning < Severity::Error);
    }
}
