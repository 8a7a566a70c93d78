//! What a plan of an undo is: the statements in their order, and what is to be asked and said beside them.

use super::step::{Look, NeedsValues, Step};
use crate::ddl::Unsupported;
use crate::destroy::Moved;
use crate::reimport::Aside;
use backout_schema::{AclItem, Detail, Object, ObjectId, TableLock};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Work that follows the short transaction and blocks nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TailStep {
    /// Reads the table under a lock that lets reads and writes pass.
    Validate {
        sql: String,
        about: String,
        #[serde(default)]
        table: String,
    },
    /// Runs outside a transaction; an invalid index of that name is what a failed try leaves.
    Index {
        sql: String,
        schema: String,
        name: String,
        about: String,
        then: Vec<String>,
        /// Indexes that are not valid until this one is there.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        wholes: Vec<String>,
    },
    Refresh {
        sql: String,
        about: String,
    },
    /// What was recreated has no statistics.
    Analyze {
        sql: String,
        about: String,
    },
}

impl TailStep {
    pub fn about(&self) -> &str {
        match self {
            TailStep::Validate { about, .. }
            | TailStep::Index { about, .. }
            | TailStep::Refresh { about, .. }
            | TailStep::Analyze { about, .. } => about,
        }
    }

    pub fn sql(&self) -> &str {
        match self {
            TailStep::Validate { sql, .. }
            | TailStep::Index { sql, .. }
            | TailStep::Refresh { sql, .. }
            | TailStep::Analyze { sql, .. } => sql,
        }
    }
}

/// Something that somebody else did since and that stands in the way, or is left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    pub object: String,
    pub problem: String,
    /// The undo cannot run until it is settled.
    pub blocks: bool,
}

/// A column that goes, and where its values since are put.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetAside {
    pub table: String,
    pub column: String,
    pub copy: String,
    /// Counts the values that will be set aside.
    pub count: String,
}

/// A count that must be zero, or the undo cannot run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub count: String,
    pub object: String,
    /// As for a [`Look`].
    pub forced: Option<String>,
    pub problem: String,
}

/// A question about rows of now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foresight {
    /// Makes a function that the questions use, in the session's own temporary schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepare: Option<String>,
    /// Empty where nothing can be asked before it is tried.
    pub count: String,
    /// The keys of some of the rows, where something tells them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    pub object: String,
    /// What becomes of them, after their number.
    pub otherwise: String,
}

/// Tables whose columns come in another order than they had, or would.
#[derive(Clone, Debug, Default)]
pub struct ColumnOrder {
    /// Tables that get a column back in another place than it had.
    pub changed: Vec<String>,
    /// Why such a table is not recreated.
    pub reasons: BTreeMap<String, String>,
    /// Tables that are recreated in their former order.
    pub rebuilt: Vec<String>,
}

/// What must be there when the statements have run, for the check before the commit.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What is recreated though the migration did not touch it: it must come out as it was.
    pub recreated: Vec<(ObjectId, String, serde_json::Value)>,
    /// What stays as it is though something of its table is touched, by the name that it will have: a statement can reach
    /// further than it was meant to, such as REVOKE to columns, or ENABLE TRIGGER to partitions.
    pub bystanders: Vec<(ObjectId, String, Worn)>,
    /// The tables that are touched, and all that they shall have.
    pub parts: BTreeSet<String>,
    /// What may come out under another id than it had, by the name that it will have.
    pub renumbered: Vec<(ObjectId, String)>,
}

/// What an object has whatever it and others are called.
#[derive(Clone, Debug, PartialEq)]
pub struct Worn {
    pub comment: Option<String>,
    pub owner: Option<String>,
    pub acl: Option<Vec<AclItem>>,
    /// When a trigger or rule fires, as the catalog has it.
    pub enabled: Option<char>,
    /// Whether a column must have a value.
    pub not_null: Option<bool>,
    /// What ANALYZE is told of a column, of those of an index, or of statistics.
    pub targets: Vec<i32>,
}

impl Worn {
    pub fn of(object: &Object) -> Worn {
        let Object { comment, owner, acl, .. } = object;
        let enabled = match &object.detail {
            Detail::Trigger(trigger) => Some(trigger.enabled),
            Detail::Rule(rule) => Some(rule.enabled),
            _ => None,
        };
        let not_null = match &object.detail {
            Detail::Column(column) => Some(column.not_null),
            _ => None,
        };
        let targets = match &object.detail {
            Detail::Column(column) => column.statistics.into_iter().collect(),
            Detail::Index(index) => {
                index.statistics.iter().flat_map(|(column, target)| [i32::from(*column), *target]).collect()
            }
            Detail::Statistics(statistics) => statistics.target.into_iter().collect(),
            _ => Vec::new(),
        };
        Worn { comment: comment.clone(), owner: owner.clone(), acl: acl.clone(), enabled, not_null, targets }
    }
}

/// What the undo itself keeps of what the migration and the application made.
#[derive(Clone, Debug, Default)]
pub struct Keeps {
    /// New tables and what belongs to them, kept with their rows.
    pub tables: Vec<Moved>,
    pub columns: Vec<SetAside>,
    /// All that may be set aside, for who applies the migration again.
    pub on_record: Vec<Aside>,
}

/// Questions to the database.
#[derive(Clone, Debug, Default)]
pub struct Asks {
    /// Before the statements run.
    pub before: Vec<Question>,
    /// When they have run.
    pub after: Vec<Look>,
    /// For who asks before: what rows of now will not fit.
    pub foresights: Vec<Foresight>,
}

#[derive(Clone, Debug, Default)]
pub struct UndoPlan {
    /// Tables to lock first, each once.
    pub locks: Vec<TableLock>,
    /// Schemas that must exist before the statements run.
    pub schemas: BTreeSet<String>,
    /// What needs no lock that others feel: it comes before the locks, in the same transaction.
    pub room: Vec<Step>,
    pub steps: Vec<Step>,
    /// What comes last in the short transaction, when the result has been looked at.
    pub closing: Vec<Step>,
    pub tail: Vec<TailStep>,
    pub unsupported: Vec<Unsupported>,
    pub conflicts: Vec<Conflict>,
    pub order: ColumnOrder,
    pub wanted: Wanted,
    pub keeps: Keeps,
    /// Parts of what is unsupported, which need no word of their own.
    pub skipped: Vec<String>,
    pub asks: Asks,
    /// Columns that were NOT NULL and have rows since that lack a value.
    pub needs_values: Vec<NeedsValues>,
}

impl UndoPlan {
    /// What comes back narrower than it is now (NOT NULL, a type, a key, a check): rows that are written until the undo
    /// may not fit it. By identity, each once.
    pub fn may_not_fit(&self) -> Vec<String> {
        let clashing = self.statements().filter(|step| step.runs.unfit().is_some()).map(|step| &step.about);
        let mut found: Vec<String> = Vec::new();
        for object in self.asks.foresights.iter().map(|question| &question.object).chain(clashing) {
            if !found.contains(object) {
                found.push(object.clone());
            }
        }
        found
    }

    /// Every statement of the short transaction, in order.
    pub fn statements(&self) -> impl Iterator<Item = &Step> {
        self.room.iter().chain(&self.steps).chain(&self.closing).filter(|step| step.runs.look().is_none())
    }
}
