//! The exit codes of the command line, as one documented table.
//!
//! It must not know which command ends with which code: each code says what state the target is in, and a script can
//! rely on that alone.

use std::fmt;
use std::fmt::Write as _;

/// How a command ended. The number is the process's exit code and never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    Failed = 1,
    Usage = 2,
    Refused = 3,
    Interrupted = 4,
    LossNotAccepted = 5,
    UndoIncomplete = 6,
    Unreachable = 7,
    Attention = 8,
}

impl Exit {
    /// Every code, in order: for `--help` and the documentation.
    pub const ALL: [Exit; 9] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Refused,
        Self::Interrupted,
        Self::LossNotAccepted,
        Self::UndoIncomplete,
        Self::Unreachable,
        Self::Attention,
    ];

    pub fn code(self) -> u8 {
        self as u8
    }

    /// Stable, for JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
            Self::LossNotAccepted => "loss-not-accepted",
            Self::UndoIncomplete => "undo-incomplete",
            Self::Unreachable => "unreachable",
            Self::Attention => "attention",
        }
    }

    /// What happened, and what state the target is in.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Failed => "something was tried and did not succeed; the target is as it was before",
            Self::Usage => "the command line or the plan file is wrong; nothing was tried",
            Self::Refused => {
                "a gate said no (identity, certificate, protected table, privileges, …); the target is unchanged"
            }
            Self::Interrupted => {
                "the target is in a known state between before and after; the next command says which, and how to go on"
            }
            Self::LossNotAccepted => {
                "something would not survive an undo, and --accept-loss does not name it; the target is unchanged"
            }
            Self::UndoIncomplete => {
                "the undo is done and the application works, but a later step (validation, an index) is still open"
            }
            Self::Unreachable => "no usable connection to the target could be made; nothing was tried",
            Self::Attention => {
                "the command worked and what it looked at needs attention: pending, expired, overdue or different"
            }
        }
    }

    /// The table as plain text, for `--help`.
    pub fn help_table() -> String {
        Self::ALL.iter().fold(String::new(), |mut table, exit| {
            let _ = writeln!(table, "  {}  {}", exit.code(), exit.describe());
            table
        })
    }

    /// The table as Markdown, for `docs/exit-codes.md`.
    pub fn markdown_table() -> String {
        Self::ALL.iter().fold("| code | name | meaning |\n|---|---|---|\n".to_owned(), |mut table, exit| {
            let _ = writeln!(table, "| {} | `{}` | {} |", exit.code(), exit.name(), exit.describe());
            table
        })
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.code())
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_their_place_in_the_table_and_names_are_distinct() {
        for (place, exit) in Exit::ALL.iter().enumerate() {
            assert_eq!(usize::from(exit.code()), place);
            assert!(Exit::help_table().contains(&format!("{}  {}", place, exit.describe())));
        }
        let names: std::collections::BTreeSet<_> = Exit::ALL.iter().map(|e| e.name()).collect();
        assert_eq!(names.len(), Exit::ALL.len());
    }

    #[test]
    fn the_documentation_holds_the_table() {
        let page = include_str!("../../../docs/exit-codes.md");
        assert!(
            page.contains(&Exit::markdown_table()),
            "docs/exit-codes.md must hold this table:\n{}",
            Exit::markdown_table()
        );
    }
}
