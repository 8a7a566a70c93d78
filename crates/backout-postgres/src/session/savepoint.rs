//! Savepoints of ours: what was done since one began is kept or taken back.
//!
//! Must not know: what is tried in them.

use super::{DatabaseError, Session};

/// An open savepoint. It cannot end by being dropped, as the server is to be told how: whoever leaves it open on the way
/// out with an error must leave the transaction with it.
#[must_use = "it stays open, with the locks that were taken in it"]
#[derive(Debug)]
pub struct Savepoint<'a> {
    session: &'a Session,
    name: &'static str,
}

impl Session {
    /// Begins a savepoint.
    ///
    /// ALTER DOMAIN DROP CONSTRAINT leaves messages behind that PostgreSQL only deals with after a statement that may
    /// write; without one, what follows the savepoint fails.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn savepoint(&self, name: &'static str) -> Result<Savepoint<'_>, DatabaseError> {
        self.savepoint_and(name, "").await
    }

    /// Begins a savepoint, and does `first` in it.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn savepoint_and(&self, name: &'static str, first: &str) -> Result<Savepoint<'_>, DatabaseError> {
        let write = "UPDATE backout.migration SET purged_at = purged_at WHERE false";
        self.batch(&format!("{write}; SAVEPOINT {name}; {first}")).await?;
        Ok(Savepoint { session: self, name })
    }

    /// Begins a savepoint where no migration runs: in a transaction that only reads, or a database without our tables.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn plain_savepoint(&self, name: &'static str) -> Result<Savepoint<'_>, DatabaseError> {
        self.plain_savepoint_and(name, "").await
    }

    /// As [`Session::plain_savepoint`], and does `first` in it.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn plain_savepoint_and(&self, name: &'static str, first: &str) -> Result<Savepoint<'_>, DatabaseError> {
        self.batch(&format!("SAVEPOINT {name}; {first}")).await?;
        Ok(Savepoint { session: self, name })
    }
}

impl Savepoint<'_> {
    /// What was done in it stays, as far as the transaction does.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn keep(self) -> Result<(), DatabaseError> {
        self.session.batch(&format!("RELEASE SAVEPOINT {}", self.name)).await
    }

    /// Nothing of what was done in it stays, and none of its locks.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn take_back(self) -> Result<(), DatabaseError> {
        self.session.batch(&format!("ROLLBACK TO SAVEPOINT {0}; RELEASE SAVEPOINT {0}", self.name)).await
    }

    /// As [`Savepoint::take_back`], and it is open again.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn start_over(&self) -> Result<(), DatabaseError> {
        self.session.batch(&format!("ROLLBACK TO SAVEPOINT {}", self.name)).await
    }

    /// Keeps what worked, and takes back what did not.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn end<T, E>(self, done: &Result<T, E>) -> Result<(), DatabaseError> {
        match done {
            Ok(_) => self.keep().await,
            Err(_) => self.take_back().await,
        }
    }
}
