//! Why there is no clone.

use crate::catalog::CatalogError;
use crate::session::{DatabaseError, SessionError};
use backout_plan::Remedy;
use backout_schema::ident;
use std::path::PathBuf;

/// What servers say to a role that may not, in their several versions.
const MAY_NOT: [&str; 4] =
    ["must be member of role", "must be able to SET ROLE", "must be superuser", "permission denied"];

#[derive(Debug, thiserror::Error)]
pub enum CloneError {
    #[error("running {}", .program.display())]
    Program {
        program: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("pg_dump: {0}")]
    Dump(String),
    #[error("pg_restore: {0}")]
    Restore(String),
    #[error("{doing}")]
    Server {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("the rehearsal server lacks the extension {name}, and what stands in for it is not enough: {said}")]
    Extension { name: String, said: String },
    #[error("the role {0} may not create databases there")]
    NoDatabases(String),
}

impl CloneError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        let said = match self {
            CloneError::Extension { name, .. } => format!(
                "install {name} for the local PostgreSQL, or rehearse elsewhere: where = \"same-server\" or sandbox_url under [rehearse]"
            ),
            CloneError::NoDatabases(role) => format!(
                "ALTER ROLE {} CREATEDB, or rehearse in a throwaway server: where = \"sandbox\" under [rehearse]",
                ident(role)
            ),
            CloneError::Dump(text) if text.contains("server version mismatch") => return vec![Remedy::NewerPrograms],
            CloneError::Restore(text) if MAY_NOT.iter().any(|said| text.contains(said)) => {
                "the target has what its role may not make there; in a throwaway server it may: where = \"sandbox\" under [rehearse]"
                    .to_owned()
            }
            CloneError::Restore(text)
                if text.contains("violates foreign key constraint") || text.contains("violates check constraint") =>
            {
                let others = "rows refer to others that the role may not read, or that come later";
                return vec![Remedy::advice(others), Remedy::RehearseSample];
            }
            CloneError::Session(error) => return error.remedies(),
            _ => return Vec::new(),
        };
        vec![Remedy::advice(said)]
    }
}
