//! What an undo could not give back exactly: as values, in words, and with the statements that mend it by hand.
//!
//! Must not know: how it was found out.

use std::fmt;

use backout_reversal::Unsupported;
use serde::{Serialize, Serializer};

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Residue {
    /// The plan said so beforehand.
    Announced(Unsupported),
    /// So many rows or values; the plan has the words for what became of them.
    Rows { count: String, what: String, mend: Vec<String> },
    /// A column has no NOT NULL. Both names are as SQL has them.
    Nullable { table: String, column: String, because: NoValue },
    /// A constraint is NOT VALID, since rows written since do not fit it.
    NewRowsOnly { what: String, said: String, mend: String },
    /// Something is not there, since rows written since do not fit it.
    Away { what: String, said: String, mend: Vec<String> },
}

/// Why a column has rows without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoValue {
    /// So many written since have none.
    Written(String),
    /// The one that was written did not fit.
    Unfit,
}

impl Residue {
    /// The statements that mend it, once the rows are mended.
    pub fn mend(&self) -> Vec<String> {
        match self {
            Self::Announced(_) => Vec::new(),
            Self::Nullable { table, column, .. } => vec![set_not_null(table, column)],
            Self::NewRowsOnly { mend, .. } => vec![mend.clone()],
            Self::Rows { mend, .. } | Self::Away { mend, .. } => mend.clone(),
        }
    }
}

impl fmt::Display for Residue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Announced(unsupported) => unsupported.fmt(f)?,
            Self::Rows { count, what, .. } => write!(f, "{count} {what}")?,
            Self::Nullable { table, column, because } => {
                write!(f, "{table}.{column} stays nullable")?;
                match because {
                    NoValue::Written(rows) => {
                        write!(f, ": {rows} rows written since have no value for it; give them one")?;
                    }
                    NoValue::Unfit => {
                        f.write_str(", since it has no value where one did not fit; give them one")?;
                    }
                }
            }
            Self::NewRowsOnly { what, said, .. } => {
                write!(f, "{what} holds for new rows only (NOT VALID): {said}; mend the rows")?;
            }
            Self::Away { what, said, .. } => {
                write!(f, "{what} does not come back, since rows written since do not fit it: {said}; mend the rows")?;
            }
        }
        f.write_str(&then_run(&self.mend()))
    }
}

/// Both names are as SQL has them.
pub(super) fn set_not_null(table: &str, column: &str) -> String {
    format!("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
}

/// How a sentence on what is not as it was ends: with what mends it.
pub(super) fn then_run(mend: &[String]) -> String {
    if mend.is_empty() { String::new() } else { format!(", then run {}", mend.join("; ")) }
}

/// In words: what is on record is read by people.
impl Serialize for Residue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_what_mends_it() {
        let nullable =
            |because| Residue::Nullable { table: "public.t".to_owned(), column: "\"Odd\"".to_owned(), because };
        let mend = "ALTER TABLE public.t ALTER COLUMN \"Odd\" SET NOT NULL";
        for (residue, said) in [
            (
                nullable(NoValue::Written("3".to_owned())),
                "public.t.\"Odd\" stays nullable: 3 rows written since have no value for it; give them one, then run ",
            ),
            (
                nullable(NoValue::Unfit),
                "public.t.\"Odd\" stays nullable, since it has no value where one did not fit; give them one, then run ",
            ),
        ] {
            assert_eq!(residue.to_string(), format!("{said}{mend}"));
            assert_eq!(residue.mend(), [mend]);
        }
        let away = Residue::Away {
            what: "index public.i".to_owned(),
            said: "could not create unique index \"i\" (Key (a)=(1) is duplicated.)".to_owned(),
            mend: vec!["CREATE UNIQUE INDEX i ON t (a)".to_owned(), "COMMENT ON INDEX i IS 'x'".to_owned()],
        };
        assert!(
            away.to_string()
                .ends_with("mend the rows, then run CREATE UNIQUE INDEX i ON t (a); COMMENT ON INDEX i IS 'x'")
        );
        let rows = |mend: &[&str]| {
            let mend = mend.iter().map(|sql| (*sql).to_owned()).collect();
            Residue::Rows { count: "2".to_owned(), what: "rows were set aside".to_owned(), mend }
        };
        assert_eq!(rows(&["ANALYZE t"]).to_string(), "2 rows were set aside, then run ANALYZE t");
        let rows = rows(&[]);
        assert_eq!((rows.to_string().as_str(), rows.mend().len()), ("2 rows were set aside", 0));
        assert_eq!(serde_json::to_string(&[rows]).unwrap(), "[\"2 rows were set aside\"]");
    }
}
