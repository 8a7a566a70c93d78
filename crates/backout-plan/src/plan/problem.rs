//! What is wrong with a plan file, and where.
//!
//! It must not print: `Display` gives the lines that the command line shows. A value that could hold a password (a
//! connection string) never gets in here.

use std::fmt;

/// One problem in one place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PlanError {
    /// The file's name as it was handed in.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// The value or key that is wrong; `None` where something is missing, or must not be shown.
    pub value: Option<String>,
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// What to do about it, where there is more to say than a word to write instead.
    pub hint: Option<String>,
}

/// Every problem that was found, in the order of the file. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PlanErrors(pub Vec<PlanError>);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, " (did you mean {})", as_written(suggestion))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, ": {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PlanErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, error) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

/// In double quotes, or in TOML's single ones where the text itself holds double quotes.
fn as_written(text: &str) -> String {
    if text.contains('"') && !text.contains('\'') { format!("'{text}'?") } else { format!("{text:?}?") }
}
