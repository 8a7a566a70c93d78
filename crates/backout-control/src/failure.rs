//! Why an operation did not do what it was asked: a refusal of ours with its remedies, or a library's error, kept as the
//! value that it is.
//!
//! Must not know: how any of it is worded for people beyond one plain sentence; flags and commands.

mod cause;
mod objection;
mod refusal;

use std::error::Error;
use std::fmt;

use backout_plan::{Exit, Remedy};
use backout_postgres::session::DatabaseError;

pub use cause::Cause;
pub use objection::Objection;
pub use refusal::{CannotResume, Interrupted, Refusal, SetAside};

/// Small, since it travels through every result.
pub struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    cause: Cause,
    /// Where the target stands, if that is known better than by the cause.
    exit: Option<Exit>,
    /// What was being done, the innermost first.
    doing: Vec<String>,
    /// Beyond those of the cause.
    remedies: Vec<Remedy>,
    /// Further failures that were found at the same time.
    also: Vec<Failure>,
}

impl Failure {
    fn new(cause: Cause) -> Self {
        Self(Box::new(Inner { cause, exit: None, doing: Vec::new(), remedies: Vec::new(), also: Vec::new() }))
    }

    /// The server said no to SQL of ours.
    pub fn server(doing: &'static str) -> impl FnOnce(DatabaseError) -> Self {
        move |source| Self::new(Cause::Server { doing, source })
    }

    /// A file could not be read or written.
    pub fn file(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::new(Cause::File { doing: doing.into(), source })
    }

    /// A file that somebody named could not be read or written.
    pub fn given(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::new(Cause::FileGiven { doing: doing.into(), source })
    }

    /// One failure for all; `None` for none.
    pub fn all(failures: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut failures = failures.into_iter();
        let mut first = failures.next()?;
        first.0.also.extend(failures);
        Some(first)
    }

    /// Names what was being done around what went wrong.
    pub fn during(mut self, doing: impl Into<String>) -> Self {
        self.0.doing.push(doing.into());
        self
    }

    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.0.exit = Some(exit);
        self
    }

    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.0.remedies.push(remedy);
        self
    }

    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The refusal, if it is one of ours.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.0.cause {
            Cause::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// What state the target is in.
    pub fn exit(&self) -> Exit {
        self.0.exit.unwrap_or_else(|| self.0.cause.exit())
    }

    /// What was being done, the innermost first.
    pub fn doing(&self) -> &[String] {
        &self.0.doing
    }

    /// What can be done about it: the cause's own remedies, then those of where it happened.
    pub fn remedies(&self) -> Vec<Remedy> {
        let mut remedies = self.0.cause.remedies();
        remedies.extend(self.0.remedies.iter().cloned());
        remedies
    }

    /// What went wrong, with its causes, on one line and without what is said twice.
    pub fn sentence(&self) -> String {
        let mut chain: Vec<String> = self.0.doing.iter().rev().cloned().collect();
        chain.push(self.0.cause.to_string());
        let mut next = self.0.cause.source();
        while let Some(source) = next {
            chain.push(source.to_string());
            next = source.source();
        }
        let mut chain = chain.into_iter();
        let first = chain.next().unwrap_or_default();
        chain.fold(
            first,
            |sentence, cause| {
                if sentence.contains(&cause) { sentence } else { format!("{sentence}: {cause}") }
            },
        )
    }

    /// What else was found at the same time.
    pub fn also(&self) -> &[Failure] {
        &self.0.also
    }

    /// What the server said, if it was the server.
    pub fn database_error(&self) -> Option<&DatabaseError> {
        let mut next: Option<&(dyn Error + 'static)> = Some(&self.0.cause);
        while let Some(error) = next {
            if let Some(said) = error.downcast_ref::<DatabaseError>() {
                return Some(said);
            }
            next = error.source();
        }
        None
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.0.doing.is_empty() {
            true => self.0.cause.source(),
            false => Some(&self.0.cause),
        }
    }
}

/// An operation that did a part of its work before it failed.
#[derive(Debug)]
pub struct Halted<T> {
    pub done: T,
    pub failure: Failure,
}

impl<T: Default, F: Into<Failure>> From<F> for Halted<T> {
    fn from(failure: F) -> Self {
        Self { done: T::default(), failure: failure.into() }
    }
}

/// `?` on a library's error makes a failure of it.
macro_rules! from {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(Cause::from(error))
            }
        }
    )*};
}
pub(crate) use from;

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The outermost thing that was being done, or the cause.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.doing.last() {
            Some(doing) => f.write_str(doing),
            None => self.0.cause.fmt(f),
        }
    }
}
