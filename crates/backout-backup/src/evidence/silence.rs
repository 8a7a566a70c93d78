//! Triggers of the application that would act on rows which are imported: switched off for that, by whoever may, and on
//! again as they were. Keys and checks act all the same.
//!
//! Must not know: which rows these are.

use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};

/// A trigger that would act.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trigger {
    /// The table that it is on, as SQL has it: the one that is meant, or a partition of it.
    table: String,
    name: String,
    /// As the catalog writes it: `O`, or `A` for always.
    enabled: String,
}

/// The triggers of one table and its partitions that would act on an INSERT.
#[derive(Debug, Default)]
pub(super) struct Silence {
    triggers: Vec<Trigger>,
    /// The role may switch them.
    may: bool,
}

impl Silence {
    /// Looks which there are. What captures changes goes on, and so do the triggers behind keys.
    ///
    /// # Errors
    /// When the server says no.
    pub(super) async fn of(session: &Session, table: u32) -> Result<Self, DatabaseError> {
        let ours = literal(crate::capture::TRIGGER);
        let sql = format!(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), t.tgname::text, t.tgenabled::text, \
               pg_catalog.pg_has_role(c.relowner, 'USAGE') \
             FROM (SELECT {table}::pg_catalog.oid UNION SELECT relid FROM pg_catalog.pg_partition_tree({table}::pg_catalog.oid::pg_catalog.regclass)) r (oid) \
             JOIN pg_catalog.pg_class c ON c.oid = r.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint \
             WHERE coalesce(k.contype = 't', true) AND t.tgtype & 4 <> 0 AND t.tgenabled IN ('O', 'A') \
               AND NOT pg_catalog.starts_with(t.tgname::text, {ours}) ORDER BY c.oid <> {table}, c.oid, 2"
        );
        let rows = session.rows(&sql).await?;
        let may = rows.iter().all(|row| row.get(3));
        let triggers = rows.iter().map(|row| Trigger { table: row.get(0), name: row.get(1), enabled: row.get(2) });
        Ok(Self { triggers: triggers.collect(), may })
    }

    /// Whether there is something to switch, and the role may.
    pub(super) fn is_possible(&self) -> bool {
        self.may && !self.triggers.is_empty()
    }

    /// Each trigger once, by its name.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.triggers.iter().map(|one| one.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Switches them off. Nobody else may write to the table until the transaction ends.
    ///
    /// # Errors
    /// When the server says no.
    pub(super) async fn begin(&self, session: &Session) -> Result<(), DatabaseError> {
        self.switch(session, |_| "DISABLE").await
    }

    /// Switches them on again, each as it was.
    ///
    /// # Errors
    /// When the server says no.
    pub(super) async fn end(&self, session: &Session) -> Result<(), DatabaseError> {
        self.switch(session, |one| if one.enabled == "A" { "ENABLE ALWAYS" } else { "ENABLE" }).await
    }

    /// Each on its own table: a partition's may be switched otherwise than that of the whole.
    async fn switch(&self, session: &Session, verb: fn(&Trigger) -> &'static str) -> Result<(), DatabaseError> {
        let one = |one: &Trigger| format!("ALTER TABLE ONLY {} {} TRIGGER {}", one.table, verb(one), ident(&one.name));
        let all: Vec<String> = self.triggers.iter().map(one).collect();
        if all.is_empty() { Ok(()) } else { session.batch(&all.join("; ")).await }
    }
}
