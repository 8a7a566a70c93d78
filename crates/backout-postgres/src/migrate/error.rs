//! Why a migration did not happen. Each variant names the statement and its place where there is one.

use crate::catalog::CatalogError;
use crate::reimport::ReimportError;
use crate::session::DatabaseError;
use crate::store::StoreError;
use backout_plan::{Remedy, Verdict};
use backout_sql::script::Statement;

/// A statement and where it stands.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Place {
    /// `file:line:column`; of the error itself where the server told it.
    pub location: String,
    pub statement: String,
}

impl Place {
    pub fn of(statement: &Statement) -> Place {
        Place { location: statement.location.to_string(), statement: statement.text.clone() }
    }

    fn of_error(statement: &Statement, error: &DatabaseError) -> Place {
        Place {
            location: error
                .position
                .map_or_else(|| statement.location.clone(), |position| statement.locate(position))
                .to_string(),
            statement: statement.text.clone(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("{}: the statement failed", .place.location)]
    Statement {
        place: Box<Place>,
        attempts: u32,
        #[source]
        source: DatabaseError,
    },
    #[error("{}: {problem}", .place.location)]
    Guard { place: Box<Place>, problem: String, hint: String },
    #[error("the check {name:?} did not hold: {problem}")]
    Check { name: String, problem: String },
    #[error("this migration would lose what undo cannot bring back: {}", list(.0))]
    Loss(Vec<Verdict>),
    #[error("the result differs from what the rehearsal left: {}", .0.join("; "))]
    Outcome(Vec<String>),
    #[error("{0}")]
    Unsupported(String),
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Reimport(#[from] ReimportError),
    #[error("reading {path}")]
    Copy {
        path: String,
        #[source]
        source: std::io::Error,
    },
}

fn list(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl MigrateError {
    /// What failed at the server, and what it was for.
    pub fn server(doing: &'static str) -> impl Fn(DatabaseError) -> MigrateError {
        move |source| MigrateError::Server { doing, source }
    }

    /// What failed at the server while something of the migration's was kept.
    pub(super) fn keeping(source: DatabaseError) -> MigrateError {
        MigrateError::Server { doing: "keeping what the migration drops", source }
    }

    pub(crate) fn statement(statement: &Statement, source: DatabaseError) -> MigrateError {
        MigrateError::Statement { place: Box::new(Place::of_error(statement, &source)), attempts: 1, source }
    }

    pub(crate) fn guard(statement: &Statement, problem: impl Into<String>, hint: impl Into<String>) -> MigrateError {
        MigrateError::Guard { place: Box::new(Place::of(statement)), problem: problem.into(), hint: hint.into() }
    }

    /// The statement that it is about, where it is about one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            MigrateError::Statement { place, .. } | MigrateError::Guard { place, .. } => Some(place),
            _ => None,
        }
    }

    /// What the server said, where it said something.
    pub fn database_error(&self) -> Option<&DatabaseError> {
        match self {
            MigrateError::Statement { source, .. } | MigrateError::Server { source, .. } => Some(source),
            MigrateError::Catalog(CatalogError::Query { source, .. })
            | MigrateError::Store(StoreError::Query { source, .. }) => Some(source),
            MigrateError::Reimport(error) => error.database_error(),
            _ => None,
        }
    }

    /// Only a lock was in the way.
    pub fn is_retryable(&self) -> bool {
        self.database_error().is_some_and(DatabaseError::is_retryable)
    }

    pub(crate) fn after_attempts(mut self, count: u32) -> MigrateError {
        if let MigrateError::Statement { attempts, .. } = &mut self {
            *attempts = count;
        }
        self
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            MigrateError::Statement { source, .. } if names_archived(&source.message) => {
                let named = "what has that name was dropped by a migration and lies in the archive: code that goes \
                             through the catalog without asking for schemas finds it there";
                vec![Remedy::advice(named), Remedy::ArchivePurge]
            }
            MigrateError::Guard { hint, .. } if !hint.is_empty() => vec![Remedy::advice(hint.clone())],
            MigrateError::Statement { source, attempts, .. } if source.is_lock_timeout() => {
                vec![Remedy::advice(format!(
                    "{attempts} attempts; see who holds the lock with: SELECT pid, state, xact_start, query \
                     FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(PID))"
                ))]
            }
            MigrateError::Loss(verdicts) => {
                let objects = verdicts.iter().filter_map(|verdict| match verdict {
                    Verdict::Lossy { what, .. } | Verdict::Impossible { what, .. } => Some(what.clone()),
                    _ => None,
                });
                vec![Remedy::AcceptLoss { objects: objects.collect() }]
            }
            MigrateError::Reimport(_) => vec![Remedy::advice("nothing was changed"), Remedy::LeaveAside],
            MigrateError::Outcome(_) => {
                let other = "the database or the files differ from what was rehearsed";
                vec![Remedy::advice(other), Remedy::Rehearse]
            }
            MigrateError::Store(error) => error.remedies(),
            _ => Vec::new(),
        }
    }
}

/// Whether a message speaks of something under the name that it has in the archive: `"16403 carts"`.
fn names_archived(message: &str) -> bool {
    message.split('"').skip(1).step_by(2).any(|name| {
        let number = name.split_once(' ').map_or("", |(number, _)| number);
        number.len() >= 5 && number.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::names_archived;

    #[test]
    fn archived_names() {
        assert!(names_archived("relation \"16403 carts\" does not exist"));
        for other in ["relation \"carts\" does not exist", "column \"2 x\" of relation \"y\"", "16403 carts"] {
            assert!(!names_archived(other), "{other}");
        }
    }
}
