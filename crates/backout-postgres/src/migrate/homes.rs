//! The schemas of the archive that a migration keeps things in: what they are called, and when they are made.
//!
//! Must not know: what is kept in them.

use super::error::Place;
use super::{Environment, Gathered, MigrateError};
use crate::sqlstate;
use backout_schema::{ident, literal};
use std::collections::BTreeSet;

/// Source schema → archive schema.
#[derive(Clone, Debug, Default)]
pub(super) struct Homes {
    /// Of the migration, by which they are called.
    pub number: i64,
    /// Source schemas, in order of appearance.
    pub schemas: Vec<String>,
    /// Archive schemas that are there.
    pub made: BTreeSet<String>,
}

impl Homes {
    pub(super) fn home(&mut self, schema: &str) -> String {
        let position = self.schemas.iter().position(|s| s == schema).unwrap_or_else(|| {
            self.schemas.push(schema.to_owned());
            self.schemas.len() - 1
        });
        if position == 0 {
            format!("backout_archive_{}", self.number)
        } else {
            format!("backout_archive_{}_{}", self.number, position + 1)
        }
    }

    /// Makes an archive schema if this migration has none yet.
    pub(super) async fn make_home(&mut self, env: &Environment<'_>, schema: &str) -> Result<String, MigrateError> {
        let home = self.home(schema);
        if self.made.insert(home.clone()) {
            let sql = self.new_home(&home);
            if let Err(source) = env.session.batch(&sql).await {
                if source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) {
                    return Err(env.no_room().await?);
                }
                return Err(MigrateError::Server { doing: "making a schema for what the migration drops", source });
            }
        }
        Ok(home)
    }

    pub(super) fn new_home(&self, home: &str) -> String {
        let comment = format!("Backout: what migration {} dropped; purged by backout archive", self.number);
        format!(
            "CREATE SCHEMA {home}; REVOKE ALL ON SCHEMA {home} FROM PUBLIC; COMMENT ON SCHEMA {home} IS {}",
            literal(&comment).trim_start()
        )
    }

    /// Makes the archive schema that will probably be needed, before anything is locked: a new schema voids the
    /// server's plans of our queries. Who may not make one may still not need it.
    pub(super) async fn make_first_home(&mut self, env: &Environment<'_>) -> Result<(), MigrateError> {
        // Event triggers would see a schema come and go that may not be needed.
        let watched = "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D')";
        let watched = env.session.scalar(watched).await.map_err(MigrateError::server("looking for event triggers"))?;
        if watched.as_deref() == Some("t") {
            return Ok(());
        }
        let home = self.first_home();
        let trial = env.savepoint("backout_home").await?;
        let made = env.session.batch(&self.new_home(&home)).await;
        trial.end(&made).await.map_err(MigrateError::keeping)?;
        if made.is_ok() {
            self.made.insert(home);
        }
        Ok(())
    }

    /// Nothing came to lie in it.
    pub(super) async fn leave_first_home(
        &mut self,
        env: &Environment<'_>,
        gathered: &Gathered,
    ) -> Result<(), MigrateError> {
        let home = self.first_home();
        // What an earlier transaction of the file kept may lie there.
        if self.schemas.is_empty() && !gathered.schemas().contains(&home) && self.made.remove(&home) {
            env.own(&format!("DROP SCHEMA {home}")).await?;
        }
        Ok(())
    }

    pub(super) fn first_home(&self) -> String {
        format!("backout_archive_{}", self.number)
    }
}

impl Environment<'_> {
    /// Why there is no archive: the transaction has failed, so the names come from the witness.
    pub(super) async fn no_room(&self) -> Result<MigrateError, MigrateError> {
        let database = self
            .witness
            .scalar("SELECT pg_catalog.quote_ident(pg_catalog.current_database())")
            .await
            .map_err(MigrateError::server("asking for the database's name"))?
            .unwrap_or_default();
        let role = ident(self.baseline.role_name());
        Ok(MigrateError::Guard {
            place: Box::new(Place { location: String::new(), statement: String::new() }),
            problem: format!(
                "{role} may not create schemas in {database}, and what the statement drops needs one to be kept in"
            ),
            hint: format!("GRANT CREATE ON DATABASE {database} TO {role}"),
        })
    }
}
