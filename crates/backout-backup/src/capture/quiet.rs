//! What must not act while rows are put in as they are elsewhere: triggers, rules, row security, foreign keys. And how
//! all of it comes back.
//!
//! Must not know: which rows these are.

use backout_postgres::sqlstate;
use std::collections::BTreeSet;

use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};

/// What was switched off in a database that nobody else uses.
#[derive(Debug, Default)]
pub struct Quiet {
    /// Foreign keys need not be taken away: the session may say that they do not act.
    silent: bool,
    /// Others use the database: what captures changes goes on, and keys are checked when they come back.
    in_use: bool,
    tables: BTreeSet<String>,
    /// By which each is known, and what makes it again.
    keys: Vec<(u32, String)>,
    back: Vec<String>,
    /// What is to be checked when others write again.
    validate: Vec<String>,
}

impl Quiet {
    /// For one session, which does all of it.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn new(session: &Session) -> Result<Self, DatabaseError> {
        // Superusers, and those to whom the parameter was granted.
        let silent = match session.batch("SET session_replication_role = replica").await {
            Ok(()) => true,
            Err(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => false,
            Err(error) => return Err(error),
        };
        Ok(Self { silent, ..Self::default() })
    }

    /// For a database that others use: what captures changes goes on, keys are checked when they come back, and only
    /// those are taken away that are asked for (`take_keys`), for nobody can read their tables then.
    #[must_use]
    pub fn in_use(self) -> Self {
        Self { in_use: true, ..self }
    }

    /// What was done since it began was taken back by the server.
    pub fn undone(&mut self) {
        *self = Self { silent: self.silent, in_use: self.in_use, ..Self::default() };
    }

    /// Foreign keys did not act, and nobody has checked them.
    pub fn keys_are_silent(&self) -> bool {
        self.silent
    }

    /// Sees to it that nothing acts on a table.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn enter(&mut self, session: &Session, table: &str) -> Result<(), DatabaseError> {
        if !self.tables.insert(table.to_owned()) {
            return Ok(());
        }
        let of_it = format!("{}::pg_catalog.regclass", literal(table));
        let triggers = format!(
            "SELECT tgname::text, tgenabled::text FROM pg_catalog.pg_trigger WHERE tgrelid = {of_it} AND NOT tgisinternal AND tgenabled <> 'D' ORDER BY 1"
        );
        let rules = format!(
            "SELECT rulename::text, ev_enabled::text FROM pg_catalog.pg_rewrite WHERE ev_class = {of_it} AND ev_type <> '1' AND ev_enabled <> 'D' ORDER BY 1"
        );
        for (kind, sql) in [("TRIGGER", triggers), ("RULE", rules)] {
            for row in session.rows(&sql).await? {
                let (name, state): (String, String) = (row.get(0), row.get(1));
                if self.in_use && name.starts_with(super::install::TRIGGER) {
                    continue;
                }
                let enable = match state.as_str() {
                    "A" => "ENABLE ALWAYS",
                    "R" => "ENABLE REPLICA",
                    _ => "ENABLE",
                };
                session.batch(&format!("ALTER TABLE ONLY {table} DISABLE {kind} {}", ident(&name))).await?;
                self.back.push(format!("ALTER TABLE ONLY {table} {enable} {kind} {}", ident(&name)));
            }
        }
        let forced = format!("SELECT relforcerowsecurity FROM pg_catalog.pg_class WHERE oid = {of_it}");
        if session.scalar(&forced).await?.as_deref() == Some("t") {
            session.batch(&format!("ALTER TABLE ONLY {table} NO FORCE ROW LEVEL SECURITY")).await?;
            self.back.push(format!("ALTER TABLE ONLY {table} FORCE ROW LEVEL SECURITY"));
        }
        if !self.silent && !self.in_use {
            self.take_keys(session, &format!("conrelid = {of_it} OR confrelid = {of_it}")).await?;
        }
        Ok(())
    }

    /// Takes foreign keys away, those to which a condition on `pg_constraint` applies. One of a partition goes with that
    /// of the whole.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn take_keys(&mut self, session: &Session, which: &str) -> Result<(), DatabaseError> {
        let sql = format!(
            "WITH RECURSIVE up(oid, parent) AS ( \
               SELECT oid, conparentid FROM pg_catalog.pg_constraint WHERE contype = 'f' AND ({which}) \
               UNION SELECT c.oid, c.conparentid FROM up JOIN pg_catalog.pg_constraint c ON c.oid = up.parent) \
             SELECT c.oid, c.conrelid::pg_catalog.regclass::text, c.conname::text, pg_catalog.pg_get_constraintdef(c.oid), \
               pg_catalog.obj_description(c.oid, 'pg_constraint'), c.convalidated, 'p' IN (f.relkind, t.relkind) \
             FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class f ON f.oid = c.conrelid JOIN pg_catalog.pg_class t ON t.oid = c.confrelid \
             WHERE c.oid IN (SELECT oid FROM up WHERE parent = 0) ORDER BY c.oid"
        );
        for row in session.rows(&sql).await? {
            let (oid, table, name, definition): (u32, String, String, String) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            let (comment, validated, of_partitions): (Option<String>, bool, bool) =
                (row.get(4), row.get(5), row.get(6));
            let name = ident(&name);
            session.batch(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await?;
            // Checking all rows takes time, and whoever waits for the fence has none. Partitions cannot have it later.
            let later = if validated && !of_partitions && !self.in_use { " NOT VALID" } else { "" };
            let mut again = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}{later}");
            if let Some(comment) = comment {
                again.push_str(&format!("; COMMENT ON CONSTRAINT {name} ON {table} IS {}", literal(&comment)));
            }
            self.keys.push((oid, again));
            if !later.is_empty() {
                self.validate.push(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}"));
            }
        }
        Ok(())
    }

    /// Brings all of it back, and says what is to be checked when others write again.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn leave(&mut self, session: &Session) -> Result<Vec<String>, DatabaseError> {
        // A table that still has something to check cannot be altered.
        session.batch("SET CONSTRAINTS ALL IMMEDIATE").await?;
        // In the order in which they were made: so they act.
        self.keys.sort();
        for (_, again) in std::mem::take(&mut self.keys) {
            session.batch(&again).await?;
        }
        for back in std::mem::take(&mut self.back) {
            session.batch(&back).await?;
        }
        self.tables.clear();
        Ok(std::mem::take(&mut self.validate))
    }
}
