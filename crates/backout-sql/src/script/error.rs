//! What can be wrong with a script, where, and what to do about it.

use super::Location;

/// Something in a script that would not run as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {problem}")]
pub struct ScriptError {
    pub location: Location,
    /// Boxed, for errors are returned by value.
    pub problem: Box<Problem>,
    /// The whole statement, where the problem is in one.
    pub statement: Option<String>,
    pub hint: Option<String>,
}

impl ScriptError {
    /// What is wrong, without the place.
    pub fn message(&self) -> String {
        self.problem.to_string()
    }

    pub(super) fn new(location: Location, problem: Problem) -> Self {
        Self { location, problem: Box::new(problem), statement: None, hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// PostgreSQL's grammar refuses the statement; the message is PostgreSQL's.
    #[error("{message}")]
    Grammar { message: String },
    #[error("unterminated {what} starts here")]
    Unterminated { what: String },
    #[error("the file holds a NUL character, which PostgreSQL cannot take")]
    NulCharacter,
    #[error("\\{name} is a psql command that is not supported")]
    UnsupportedCommand { name: String },
    #[error("\\{name} is a psql command; the server does not know it")]
    CommandForServer { name: String },
    #[error("\\{name}: {reason}")]
    Command { name: String, reason: String },
    #[error("\\{name} {path}: {reason}")]
    Include { name: String, path: String, reason: String },
    #[error("COPY … FROM STDIN: {reason}")]
    CopyData { reason: String },
    #[error("psql variable {name}: {reason}")]
    Variable { name: String, reason: String },
}
