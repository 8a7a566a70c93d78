//! The statements that alter one object, each with what it does.
//!
//! Must not know: what they are made of.

use super::Unsupported;
use backout_schema::ObjectId;

/// How one object gets from what it is to what it was.
#[derive(Clone, Debug, Default)]
pub struct Alteration {
    /// Statements, with names as they are after renaming.
    pub statements: Vec<Alter>,
    /// ALTER cannot do it: drop the object and create it anew.
    pub recreate: bool,
    /// Columns whose type changes, which takes a detour around whatever uses them.
    pub retype: bool,
    pub unsupported: Option<Unsupported>,
    /// Attributes that somebody else changed since: left as they are.
    pub drifted: Vec<&'static str>,
}

/// One statement of an alteration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alter {
    pub sql: String,
    pub does: Does,
}

/// What a statement does, where an undo has to know: when it can run, and beside what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// It can run when its object's turn comes.
    Plain,
    /// Makes a table an inheriting table of this one.
    Inherit(ObjectId),
    NoInherit(ObjectId),
    AttachPartition,
    /// Gives a sequence to a column.
    OwnedBy,
    /// Options of the table that large values are stored in.
    SetToast,
    AddIdentity,
    SetNotNull,
    /// NOT NULL of a domain: no NULL may be in its columns.
    DomainNotNull,
    /// The type of a column. `change` is the statement up to its USING.
    Retype {
        change: String,
    },
    RenameValue,
    Revoke,
}

impl From<String> for Alter {
    fn from(sql: String) -> Self {
        Self { sql, does: Does::Plain }
    }
}

impl Alteration {
    pub(super) fn say(&mut self, sql: String) {
        self.statements.push(sql.into());
    }

    pub(super) fn says(&mut self, does: Does, sql: String) {
        self.statements.push(Alter { sql, does });
    }

    pub(super) fn say_all(&mut self, all: impl IntoIterator<Item = String>) {
        self.statements.extend(all.into_iter().map(Alter::from));
    }
}

/// `ALTER COLUMN … TYPE … USING …`.
pub(super) fn retype(change: String, using: &str) -> Alter {
    Alter { sql: format!("{change} USING {using}"), does: Does::Retype { change } }
}
