//! A statement, and what it does.
//!
//! Must not know: what it is made of. What an undo has to know of a statement is said here, by who made it: its text is
//! not read again.

use backout_schema::ObjectId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    pub does: Does,
}

/// What a statement does, where an undo has to know: when it can run, and beside what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Does {
    /// It can run when its object's turn comes.
    #[default]
    Plain,
    CreateIndex,
    CreateView,
    /// NOT NULL, where `nullable` is there: that is the same statement without it.
    CreateDomain {
        nullable: Option<String>,
    },
    /// NOT VALID, where `at_once` is there: that is the same statement, as it looks at the rows at once.
    AddConstraint {
        at_once: Option<String>,
    },
    /// Makes a table an inheriting table of this one.
    Inherit(ObjectId),
    NoInherit(ObjectId),
    AttachPartition,
    /// Takes a partition out of this table.
    DetachPartition(ObjectId),
    /// Makes an index a part of that of the partitioned table.
    AttachIndex,
    /// Gives a sequence to a column.
    OwnedBy,
    /// Options of the table that large values are stored in.
    SetToast,
    /// How the values of a column are stored, or compressed.
    SetStorage,
    AddIdentity,
    /// Whether an identity may be overridden.
    SetIdentity,
    /// What a generated column is computed from (PostgreSQL 17).
    SetExpression,
    /// NOT NULL of a column, both by name.
    SetNotNull {
        table: String,
        column: String,
    },
    /// Of a column, and of those of inheriting tables with it.
    DropNotNull,
    /// NOT NULL of a domain: no NULL may be in its columns.
    DomainNotNull,
    /// The type of a column. `change` is the statement up to its USING.
    Retype {
        change: String,
    },
    RenameValue,
    DropIndex,
    DropSchema(ObjectId),
    Revoke,
}

impl Does {
    pub(super) fn so(self, sql: String) -> Statement {
        Statement { sql, does: self }
    }
}

impl From<String> for Statement {
    fn from(sql: String) -> Self {
        Does::Plain.so(sql)
    }
}
