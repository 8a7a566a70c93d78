//! Which columns hold what is about people: `[personal]`. Their values are in no message and no export.
//!
//! It must not know which columns exist.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use super::read::{At, Extra, Reader, Section};
use super::{PatternError, TablePattern};
use crate::identifier::identifier;

/// What is personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Personal {
    /// Columns, as in `public.users.email`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<PersonalColumn>,
}

/// A column, by its names as the catalog has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(into = "String")]
#[schemars(with = "String")]
pub struct PersonalColumn {
    pub schema: String,
    pub table: String,
    pub column: String,
}

/// Why a text is not a column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    #[error("reading {text:?} as a column: schema.table.column is expected")]
    Shape { text: String },
    #[error(transparent)]
    Name(#[from] PatternError),
}

impl FromStr for PersonalColumn {
    type Err = ColumnError;

    fn from_str(text: &str) -> Result<Self, ColumnError> {
        let shape = || ColumnError::Shape { text: text.to_owned() };
        let (table, column) = text.split_at(last_dot(text).ok_or_else(shape)?);
        let table: TablePattern = table.parse().map_err(|error| match error {
            PatternError::NoSchema { .. } | PatternError::Shape { .. } => shape(),
            other => other.into(),
        })?;
        // A column is named as a table is, in some schema.
        let column: TablePattern = format!("x{column}").parse()?;
        match (table.table, column.table) {
            (Some(name), Some(column)) => Ok(Self { schema: table.schema, table: name, column }),
            _ => Err(shape()),
        }
    }
}

/// The last dot that is in no quotes.
fn last_dot(text: &str) -> Option<usize> {
    let mut quoted = false;
    let outside = |(at, one): (usize, char)| {
        quoted ^= one == '"';
        (one == '.' && !quoted).then_some(at)
    };
    text.char_indices().filter_map(outside).last()
}

impl fmt::Display for PersonalColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", identifier(&self.schema), identifier(&self.table), identifier(&self.column))
    }
}

impl From<PersonalColumn> for String {
    fn from(column: PersonalColumn) -> Self {
        column.to_string()
    }
}

pub(super) fn personal(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Personal {
    let mut model = Personal::default();
    let Some(mut section) = reader.section(root, "personal") else { return model };
    for text in reader.strings(&mut section, "columns") {
        let column: Option<At<PersonalColumn>> = reader.parse_text(&text, "personal.columns", |_| None);
        let Some(column) = column else { continue };
        if model.columns.contains(&column.value) {
            let said = format!("personal.columns names {} twice", column.value);
            reader.problem(&text.at, said, Extra::value(text.value));
        } else {
            model.columns.push(column.value);
        }
    }
    reader.finish(&section);
    model
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_with_all_their_names() {
        for (text, shown) in
            [("public.users.email", "public.users.email"), ("\"A.b\".users.\"E.mail\"", "\"A.b\".users.\"E.mail\"")]
        {
            let column: PersonalColumn = text.parse().unwrap();
            assert_eq!(column.to_string(), shown);
        }
        for text in ["users.email", "email", "public.users.*", "public.*.email", "", "a.b.c.d"] {
            assert!(text.parse::<PersonalColumn>().is_err(), "{text}");
        }
    }
}
