//! The reference card: one page to print, made of the plan and of what was measured. Nobody types a figure, and what was
//! never measured says so, with the command that would measure it.
//!
//! Must not know: how anything of it is looked up.

mod facts;
mod gather;
mod html;
mod issues;
mod markdown;
mod undo_sql;

use backout_plan::visible::on_one_line;
use backout_plan::wording::{duration, moment};
use jiff::Timestamp;
use serde::Serialize;

pub use gather::{Options, make};
pub use html::html;
pub use markdown::markdown;

/// All that the page says.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Card {
    pub target: String,
    /// The plan file.
    pub plan: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
    pub backout: String,
    /// What is applied now and can be taken back, the newest first: number, version, and since when.
    pub applied: Vec<Applied>,
    /// Whom to call: what they are, and who.
    pub people: Vec<(&'static str, String)>,
    /// Kind of issue, the way back, its time and its risk.
    pub issues: Vec<Issue>,
    pub commands: Vec<Command>,
    pub ways: Vec<Way>,
    /// What must be true after a way back.
    pub success: Vec<String>,
    pub checks: Vec<Check>,
    pub duties: Vec<Duty>,
    pub gone: Gone,
    /// What the figures come from, and until when that counts.
    pub sources: Vec<Origin>,
    /// What could not be looked at.
    pub unknown: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Applied {
    pub number: i64,
    pub version: String,
    pub at: Timestamp,
}

/// A time that was measured, or how it would be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    Measured {
        ms: f64,
        /// Such as `in the rehearsal`.
        how: String,
        at: Option<Timestamp>,
    },
    /// The command that would measure it.
    NotMeasured { by: String },
}

impl Figure {
    fn measured(ms: f64, how: impl Into<String>, at: Option<Timestamp>) -> Self {
        Self::Measured { ms, how: how.into(), at }
    }

    fn not(by: impl Into<String>) -> Self {
        Self::NotMeasured { by: by.into() }
    }

    /// For people, as of this moment.
    pub fn said(&self, now: Option<Timestamp>) -> String {
        match self {
            Self::Measured { ms, how, at } => {
                let age = at.zip(now).map(|(at, now)| format!(", {}", ago(at, now)));
                format!("{} {how}{}", duration(*ms), age.unwrap_or_default())
            }
            Self::NotMeasured { by } => format!("not measured: {by}"),
        }
    }
}

/// How long ago something was.
fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.duration_since(at).as_secs_f64() {
        seconds if seconds < 1.0 => "just now".to_owned(),
        seconds => format!("{} ago", duration(seconds * 1e3)),
    }
}

/// What may be wrong, and what is done then.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    pub name: String,
    /// How it shows: what a trigger measures.
    pub symptom: String,
    /// Who acts on it: the trigger by itself, somebody who is asked, or whoever reads it.
    pub act: &'static str,
    pub way: Option<String>,
    pub command: String,
    pub time: Figure,
    pub risk: String,
}

/// Something that is typed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Command {
    pub what: &'static str,
    pub command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Figure>,
    /// What stands in the place of a time.
    #[serde(skip)]
    pub otherwise: &'static str,
}

impl Command {
    fn said(&self, now: Option<Timestamp>) -> String {
        self.time.as_ref().map_or_else(|| self.otherwise.to_owned(), |time| time.said(now))
    }
}

/// A way back of the plan, with what it comes to now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Way {
    pub name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub symptoms: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    pub command: String,
    pub time: Figure,
    pub risk: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub name: String,
    pub kind: String,
    /// How many people must agree to it.
    pub approvals: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Figure>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    pub name: String,
    pub priority: u8,
    /// How long it must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

/// What is owed within a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duty {
    pub name: String,
    pub within: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<String>,
}

/// What to do if Backout itself is gone.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Gone {
    /// Where the scripts were written; none where they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The newest migration first, which is the order in which they are run.
    pub scripts: Vec<Script>,
    /// Why nothing could be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Script {
    pub number: i64,
    pub version: String,
    pub command: String,
    /// Why it cannot be said in plain SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    pub notes: Vec<String>,
}

/// What figures come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    pub what: &'static str,
    pub name: String,
    pub at: Timestamp,
    /// Until when it counts, where it does not count for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Origin {
    /// For people, as of this moment.
    fn said(&self, now: Option<Timestamp>) -> String {
        let age = now.map(|now| format!(" ({})", ago(self.at, now))).unwrap_or_default();
        let until = match (self.until, now) {
            (Some(until), Some(now)) if until < now => format!("; out of date since {}", moment(until)),
            (Some(until), _) => format!("; counts until {}", moment(until)),
            (None, _) => String::new(),
        };
        format!("{} {}: {}{age}{until}", self.what, self.name, moment(self.at))
    }
}

/// A word as a shell takes it.
fn shell(word: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_./:@%+=,-".contains(c);
    match !word.is_empty() && !word.starts_with('-') && word.chars().all(is_bare) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// The end of a line in a name must not begin another one, and what a terminal obeys is written out.
fn line(text: &str) -> String {
    on_one_line(text)
}

/// The head of each kind of page.
fn title(card: &Card) -> String {
    format!("Way back: {}", line(&card.target))
}

/// Writes the scripts, and the page with their names.
const WRITE: &str = "backout runbook --undo-sql FOLDER";

/// In which order the scripts are run, and what else must be known of them.
const PSQL: &str = "psql -X -f FILE CONNECTION, in this order. A script ends with 0 when all of it is done. It refuses any other \
    database, and tables that were changed since it was written.";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Would end a cell, a fence, an element, an attribute and a line.
    pub const HOSTILE: &str =
        "a|b `c` <script>alert(1)</script> \"q' & $(id)\n# forged [x](javascript:y) \u{202e}\u{1b}[2J ``` *z*";

    pub fn hostile() -> Card {
        let figure = Figure::measured(1234.0, HOSTILE, Some(Timestamp::UNIX_EPOCH));
        let text = || HOSTILE.to_owned();
        Card {
            target: text(),
            plan: text(),
            made_at: Timestamp::from_second(90_000).ok(),
            backout: text(),
            applied: vec![Applied { number: 7, version: text(), at: Timestamp::UNIX_EPOCH }],
            people: vec![("On call", text())],
            issues: vec![Issue {
                name: text(),
                symptom: text(),
                act: "by itself",
                way: Some(text()),
                command: format!("backout rollback --way {}", shell(HOSTILE)),
                time: figure.clone(),
                risk: text(),
            }],
            commands: vec![Command {
                what: "Where it stands",
                command: text(),
                time: Some(Figure::not(HOSTILE)),
                otherwise: "",
            }],
            ways: vec![Way {
                name: text(),
                symptoms: vec![text()],
                budget: Some(text()),
                command: text(),
                time: figure.clone(),
                risk: text(),
                steps: vec![Step { name: text(), kind: text(), approvals: 2, time: Some(figure) }],
            }],
            success: vec![text()],
            checks: vec![Check { name: text(), priority: 1, held: Some(text()) }],
            duties: vec![Duty { name: text(), within: text(), checklist: vec![text()] }],
            gone: Gone {
                folder: Some(text()),
                scripts: vec![Script {
                    number: 7,
                    version: text(),
                    command: text(),
                    refused: Some(text()),
                    notes: vec![text()],
                }],
                unknown: None,
            },
            sources: vec![Origin { what: "rehearsal", name: text(), at: Timestamp::UNIX_EPOCH, until: None }],
            unknown: vec![text()],
        }
    }

    #[test]
    fn what_was_never_measured_says_how_it_would_be() {
        let now = Timestamp::from_second(7_200).ok();
        let figure = Figure::measured(4_200.0, "in the rehearsal", Some(Timestamp::UNIX_EPOCH));
        assert_eq!(figure.said(now), "4.2 s in the rehearsal, 2 h ago");
        assert_eq!(Figure::not("backout rehearse").said(now), "not measured: backout rehearse");
    }

    #[test]
    fn words_are_a_shells() {
        for (word, said) in
            [("A", "A"), ("wrong data", "'wrong data'"), ("it's", "'it'\\''s'"), ("", "''"), ("--x", "'--x'")]
        {
            assert_eq!(shell(word), said);
        }
    }

    #[test]
    fn what_is_out_of_date_says_so() {
        let (at, until) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(60).ok());
        let origin = Origin { what: "rehearsal", name: "c1".to_owned(), at, until };
        let said = origin.said(Timestamp::from_second(3_600).ok());
        assert_eq!(said, "rehearsal c1: 1970-01-01 00:00:00Z (1 h ago); out of date since 1970-01-01 00:01:00Z");
    }
}
