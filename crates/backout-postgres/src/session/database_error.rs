//! What a server says when something fails, or when it has something to tell, as plain values.
//!
//! The driver's own error prints only "db error"; everything a person needs is in fields that are copied here.
//! Must not know: which statement failed. Whoever ran it adds that.

use crate::sqlstate;
use std::fmt;
use std::ops::Deref;

use tokio_postgres::error::{DbError, ErrorPosition};

/// An error of the server or of the connection to it. Its fields are those of [`Report`].
#[derive(Debug)]
pub struct DatabaseError(Box<Report>);

/// What is known of an error.
#[derive(Debug, Default)]
pub struct Report {
    /// The message, or what the driver said where no server spoke.
    pub message: String,
    /// SQLSTATE such as `42P01`; `None` where no server spoke.
    pub code: Option<String>,
    /// `ERROR`, `FATAL` or `PANIC`.
    pub severity: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// Character (not byte) in the statement sent, from 1.
    pub position: Option<u32>,
    /// A statement that the server made itself, as in a function's body, with the character in it.
    pub internal: Option<(String, u32)>,
    /// The call stack of functions and DO blocks.
    pub where_: Option<String>,
    pub schema: Option<String>,
    pub table: Option<String>,
    pub column: Option<String>,
    pub constraint: Option<String>,
    connection_lost: bool,
    source: Option<tokio_postgres::Error>,
}

impl DatabaseError {
    /// The same error where the text that the position counts in is not the one to show.
    pub(super) fn without_position(mut self) -> Self {
        self.0.position = None;
        self
    }

    /// Whether the same statement may well succeed on the next attempt: the lock was not free, or a deadlock was broken,
    /// or a serialization failure. A cancelled statement is not among them: somebody meant it.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some(sqlstate::LOCK_NOT_AVAILABLE | sqlstate::DEADLOCK_DETECTED | sqlstate::SERIALIZATION_FAILURE)
        )
    }

    /// `lock_timeout` ran out, or NOWAIT found the lock taken.
    pub fn is_lock_timeout(&self) -> bool {
        self.has_code(sqlstate::LOCK_NOT_AVAILABLE)
    }

    /// Cancelled by a person, by us, or by `statement_timeout`.
    pub fn is_cancelled(&self) -> bool {
        self.has_code(sqlstate::QUERY_CANCELED)
    }

    /// The connection is gone. Whether an unanswered COMMIT happened is unknown.
    pub fn is_connection_lost(&self) -> bool {
        self.connection_lost
    }

    /// Whether the SQLSTATE begins with this: `23` for what constraints forbid.
    pub fn has_class(&self, class: &str) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with(class))
    }

    /// Whether the server gave this SQLSTATE.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// The driver's error, as long as one is behind it.
    pub fn driver_error(&self) -> Option<&tokio_postgres::Error> {
        self.source.as_ref()
    }
}

/// A report is large, and errors travel through many results.
impl Deref for DatabaseError {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.0
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.code {
            Some(code) => write!(f, " (SQLSTATE {code})"),
            None => Ok(()),
        }
    }
}

// The driver's error is not given as a source: all that it says is in the fields, and a printed chain would end in
// "db error: ERROR: …", the same once more.
impl std::error::Error for DatabaseError {}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        let mut converted = match error.as_db_error() {
            Some(said) => Report {
                message: said.message().to_owned(),
                code: Some(said.code().code().to_owned()),
                severity: Some(severity(said)),
                detail: said.detail().map(str::to_owned),
                hint: said.hint().map(str::to_owned),
                position: match said.position() {
                    Some(ErrorPosition::Original(position)) => Some(*position),
                    _ => None,
                },
                internal: match said.position() {
                    Some(ErrorPosition::Internal { position, query }) => Some((query.clone(), *position)),
                    _ => None,
                },
                where_: said.where_().map(str::to_owned),
                schema: said.schema().map(str::to_owned),
                table: said.table().map(str::to_owned),
                column: said.column().map(str::to_owned),
                constraint: said.constraint().map(str::to_owned),
                // The session is over after any of these: ended by an administrator, crash, shutdown, class 08.
                connection_lost: error.is_closed()
                    || matches!(
                        said.code().code(),
                        sqlstate::ADMIN_SHUTDOWN
                            | sqlstate::CRASH_SHUTDOWN
                            | sqlstate::CANNOT_CONNECT_NOW
                            | sqlstate::IDLE_SESSION_TIMEOUT
                            | sqlstate::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
                    )
                    || said.code().code().starts_with("08"),
                source: None,
            },
            None => Report { message: chain(&error), connection_lost: is_broken(&error), ..Report::default() },
        };
        converted.source = Some(error);
        Self(Box::new(converted))
    }
}

/// What a server tells without an error: RAISE NOTICE, "drop cascades to …", warnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`.
    pub severity: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    pub code: String,
}

impl From<&DbError> for Notice {
    fn from(said: &DbError) -> Self {
        Self {
            severity: severity(said),
            message: said.message().to_owned(),
            detail: said.detail().map(str::to_owned),
            hint: said.hint().map(str::to_owned),
            code: said.code().code().to_owned(),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.message)?;
        for (label, text) in [("detail", &self.detail), ("hint", &self.hint)] {
            if let Some(text) = text {
                write!(f, "\n  {label}: {text}")?;
            }
        }
        Ok(())
    }
}

/// The untranslated severity where the server sends it.
fn severity(said: &DbError) -> String {
    said.parsed_severity().map_or_else(|| said.severity().to_owned(), |severity| severity.to_string())
}

/// The driver's text with those of its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// Without a word of the server: closed, or an I/O error below.
fn is_broken(error: &tokio_postgres::Error) -> bool {
    if error.is_closed() {
        return true;
    }
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if source.is::<std::io::Error>() {
            return true;
        }
        next = source.source();
    }
    false
}
