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
    #[serde(default, skip_serializing_if = "Execution::is_plain")]
    pub runs: Execution,
    /// What must have come back before it. Where that stays away, this is part of what is said to run later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// How a statement runs: what is asked before it, and what follows where rows written since are in its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Execution {
    /// An error ends the undo.
    #[default]
    Plain,
    /// Reaches as many rows as expected, or what it means that it does not is said.
    Expect(Expected),
    /// Only if the statement before it reached fewer rows than expected.
    AfterShortfall,
    /// Where rows do not fit, it stays away, and that is said.
    Fit(Unfit),
    /// Where values do not fit, another way puts them aside.
    OrElse {
        way: Fallback,
        /// What it refers to may stay away: then so does this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unfit: Option<Unfit>,
    },
    /// NOT NULL, if all rows have a value by then.
    IfFull(NeedsValues),
    /// Nothing to run, but a question to ask now: what comes after would change the answer.
    Ask(Look),
}

impl Execution {
    fn is_plain(&self) -> bool {
        matches!(self, Execution::Plain)
    }

    /// For people: on what it depends that it runs, or what follows where it cannot.
    pub fn condition(&self) -> Option<String> {
        Some(match self {
            Execution::Plain | Execution::Ask(_) => return None,
            Execution::Expect(expected) if expected.rows == 1 => "1 row is expected".to_owned(),
            Execution::Expect(expected) => format!("{} rows are expected", expected.rows),
            Execution::AfterShortfall => "only if there were fewer rows than expected".to_owned(),
            Execution::Fit(_) => "stays away if rows do not fit it".to_owned(),
            Execution::OrElse { .. } => "in another way if rows do not fit it".to_owned(),
            Execution::IfFull(_) => "if all rows have a value".to_owned(),
        })
    }

    /// Whether its outcome decides what follows, so that it does not wait to be sent with others.
    pub fn is_sent_at_once(&self) -> bool {
        matches!(self, Execution::Expect(_) | Execution::Fit(_) | Execution::OrElse { .. })
    }

    /// Whether it can stay away.
    pub fn unfit(&self) -> Option<&Unfit> {
        match self {
            Execution::Fit(unfit) => Some(unfit),
            Execution::OrElse { unfit, .. } => unfit.as_ref(),
            _ => None,
        }
    }

    pub fn or_else(&self) -> Option<&Fallback> {
        match self {
            Execution::OrElse { way, .. } => Some(way),
            _ => None,
        }
    }

    pub fn look(&self) -> Option<&Look> {
        match self {
            Execution::Ask(look) => Some(look),
            _ => None,
        }
    }
}

/// What rows written since may not fit: they repeat what it allows once, or refer to what is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    pub what: Unfits,
    /// The same statement as it looks at the rows at once, where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfits {
    /// A key, a unique index, a check or a domain.
    Values,
    ForeignKey,
    Partition,
}

impl From<Unfits> for Unfit {
    fn from(what: Unfits) -> Self {
        Unfit { what, at_once: None }
    }
}

/// A slower way that puts values aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    pub statements: Vec<String>,
    pub count: String,
    pub otherwise: String,
    /// What mends that, once the rows are mended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mend: Vec<String>,
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

impl Fallback {
    /// What is counted when it was taken: each count, what it is of, and the statements that mend that.
    pub fn counts(&self) -> impl Iterator<Item = (&str, &str, &[String])> {
        let of_values = (!self.count.is_empty()).then_some((self.count.as_str(), self.otherwise.as_str(), &*self.mend));
        let of_rows = self.rows.as_ref().map(|(count, otherwise)| (count.as_str(), otherwise.as_str(), &[][..]));
        of_values.into_iter().chain(of_rows)
    }
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

/// A column that gets NOT NULL back if all rows have a value by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedsValues {
    pub table: String,
    pub column: String,
    /// The table with its children and partitions, which have it with it.
    pub heirs: Vec<String>,
    /// Row security would hide rows from the count.
    pub forced: bool,
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

    pub(super) fn running(self, runs: Execution) -> Step {
        Step { runs, ..self }
    }

    /// With another way, if there is one.
    pub(super) fn or_else(self, way: Option<Fallback>) -> Step {
        match way {
            Some(way) => self.running(Execution::OrElse { way, unfit: None }),
            None => self,
        }
    }

    pub(super) fn asking(look: Look, about: &str) -> Step {
        Step::new(String::new(), about).running(Execution::Ask(look))
    }
}
