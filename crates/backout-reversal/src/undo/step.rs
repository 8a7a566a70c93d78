//! One statement of an undo, and what to do where rows written since are in its way.

use crate::ddl::{Does, Statement};
use serde::{Deserialize, Serialize};

/// One statement of the short transaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub sql: String,
    pub about: String,
    /// What the planner has to know of it. Who runs it does not.
    #[serde(skip)]
    pub(crate) does: Does,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Needed only if the statement before it reached fewer rows than expected.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_after_shortfall: bool,
    /// Rows written since can be in its way: they repeat what it allows once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub may_clash: bool,
    /// What to do where rows written since have values that do not cast back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or_else: Option<Fallback>,
    /// Nothing to run, but a question to ask now: what comes after would change the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
    /// What must have come back before it. Where that stays away, this is part of what is said to run later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// A slower way that puts values aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    pub statements: Vec<String>,
    pub count: String,
    pub otherwise: String,
    /// Tables and columns that lose NOT NULL by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nullable: Vec<(String, String)>,
    /// What is made, but holds only for what is yet to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loosens: Option<String>,
    /// Counts the rows that it sets aside whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<(String, String)>,
    /// What to do if nothing had to be set aside after all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub if_none: Vec<String>,
    /// The table that it sets aside in. What drops it is said when the whole plan is known.
    #[serde(skip)]
    pub(super) unused: Option<Unused>,
}

/// A table for values that are set aside, which goes if there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unused {
    pub(super) table: String,
    pub(super) schema: String,
}

/// How many rows a statement reaches unless somebody has written since, and what it means if they are fewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    pub rows: i64,
    pub otherwise: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What a statement does to rows: which triggers, rules and foreign keys would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Insert,
    /// With the rows of inheriting tables.
    Update,
    /// Of the table alone.
    UpdateOnly,
    Delete,
}

impl Step {
    pub(super) fn new(statement: impl Into<Statement>, about: &str) -> Step {
        let Statement { sql, does } = statement.into();
        Step { sql, does, about: about.to_owned(), ..Step::default() }
    }
}

/// A count that is zero unless something written since could not be taken back as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    pub count: String,
    /// A table with FORCE ROW LEVEL SECURITY, which would hide rows from the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<String>,
    pub otherwise: String,
    /// What to do if nothing was set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_none: Option<String>,
}
