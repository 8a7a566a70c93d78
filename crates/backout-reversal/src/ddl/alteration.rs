//! The statements that alter one object, each with what it does.
//!
//! Must not know: what they are made of.

use super::Unsupported;
use super::statement::{Does, Statement};

/// How one object gets from what it is to what it was.
#[derive(Clone, Debug, Default)]
pub struct Alteration {
    /// Statements, with names as they are after renaming.
    pub statements: Vec<Statement>,
    /// ALTER cannot do it: drop the object and create it anew.
    pub recreate: bool,
    /// Columns whose type changes, which takes a detour around whatever uses them.
    pub retype: bool,
    pub unsupported: Option<Unsupported>,
    /// Attributes that somebody else changed since: left as they are.
    pub drifted: Vec<&'static str>,
}

impl Alteration {
    pub(super) fn say(&mut self, sql: String) {
        self.statements.push(sql.into());
    }

    pub(super) fn adds(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    pub(super) fn says(&mut self, does: Does, sql: String) {
        self.statements.push(Statement { sql, does });
    }

    pub(super) fn say_all(&mut self, all: impl IntoIterator<Item = String>) {
        self.statements.extend(all.into_iter().map(Statement::from));
    }
}

/// `ALTER COLUMN … TYPE … USING …`.
pub(super) fn retype(change: String, using: &str) -> Statement {
    Statement { sql: format!("{change} USING {using}"), does: Does::Retype { change } }
}
