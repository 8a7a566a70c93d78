//! Names of protected tables as a plan writes them: `public.users`, `billing.*`, `"we""ird"."T.x"`.
//!
//! It must not know which tables exist: a pattern becomes object ids at run time.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One table, or all tables of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TablePattern {
    /// The schema's name as the catalog has it, unquoted.
    pub schema: String,
    /// The table's name as the catalog has it; `None` for every table of the schema.
    pub table: Option<String>,
}

/// Why a text is not a [`TablePattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("reading {text:?} as a table: schema.table or schema.* is expected")]
    Shape { text: String },
    #[error("reading {text:?} as a table: the schema is missing")]
    NoSchema { text: String, meant: String },
    #[error("reading {text:?} as a table: {part:?} is not a plain name; quote it, or write schema.* for all tables")]
    Name { text: String, part: String, meant: Option<String> },
    #[error(
        "reading {text:?} as a table: {part:?} has upper-case letters, which PostgreSQL folds unless the name is quoted"
    )]
    Case { text: String, part: String, meant: String },
    #[error("reading {text:?} as a table: a double quote is not closed")]
    Quote { text: String },
    #[error("reading {text:?} as a table: {part:?} is longer than the 63 bytes of a PostgreSQL name")]
    TooLong { text: String, part: String },
}

impl TablePattern {
    /// `schema` and `table` as the catalog has them.
    pub fn matches(&self, schema: &str, table: &str) -> bool {
        self.schema == schema && self.table.as_deref().is_none_or(|name| name == table)
    }
}

impl PatternError {
    /// What was probably meant, ready to be written in its place.
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::NoSchema { meant, .. } | Self::Case { meant, .. } => Some(meant.clone()),
            Self::Name { meant, .. } => meant.clone(),
            _ => None,
        }
    }
}

impl FromStr for TablePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let shape = || PatternError::Shape { text: text.to_owned() };
        let parts = split(text)?;
        match parts.as_slice() {
            [only] if !only.quoted && matches!(only.name.as_str(), "" | "*") => Err(shape()),
            [only] => {
                Err(PatternError::NoSchema { text: text.to_owned(), meant: format!("public.{}", quoted(&only.name)) })
            }
            [schema, table] => {
                if schema.name.is_empty() || table.name.is_empty() || (!schema.quoted && schema.name == "*") {
                    return Err(shape());
                }
                let all = !table.quoted && table.name == "*";
                let problem = schema.problem(text, &parts).or_else(|| (!all).then(|| table.problem(text, &parts))?);
                match problem {
                    Some(error) => Err(error),
                    None => Ok(Self { schema: schema.name.clone(), table: (!all).then(|| table.name.clone()) }),
                }
            }
            _ => Err(shape()),
        }
    }
}

struct Part {
    name: String,
    quoted: bool,
}

impl Part {
    fn problem(&self, text: &str, parts: &[Self]) -> Option<PatternError> {
        let (text, part) = (text.to_owned(), self.name.clone());
        if part.len() > 63 {
            return Some(PatternError::TooLong { text, part });
        }
        if self.quoted {
            return None;
        }
        let meant = || {
            parts
                .iter()
                .map(|p| if !p.quoted && p.name == "*" { "*".to_owned() } else { quoted(&p.name) })
                .collect::<Vec<_>>()
                .join(".")
        };
        let starts = part.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
        if !starts || !part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            let meant = (!part.contains(['*', '%', ' '])).then(meant);
            return Some(PatternError::Name { text, part, meant });
        }
        if part.chars().any(|c| c.is_ascii_uppercase()) {
            return Some(PatternError::Case { text, part, meant: meant() });
        }
        None
    }
}

fn split(text: &str) -> Result<Vec<Part>, PatternError> {
    let shape = || PatternError::Shape { text: text.to_owned() };
    let mut parts = Vec::new();
    let mut chars = text.trim().chars().peekable();
    loop {
        let mut name = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        if quoted {
            loop {
                match chars.next() {
                    Some('"') if chars.next_if_eq(&'"').is_some() => name.push('"'),
                    Some('"') => break,
                    Some(c) => name.push(c),
                    None => return Err(PatternError::Quote { text: text.to_owned() }),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| *c != '.') {
                if c == '"' {
                    return Err(shape());
                }
                name.push(c);
            }
        }
        parts.push(Part { name, quoted });
        match chars.next() {
            None => return Ok(parts),
            Some('.') => {}
            Some(_) => return Err(shape()),
        }
    }
}

/// The name as it must be written for this pattern to read it back.
fn quoted(name: &str) -> String {
    let plain = name.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

impl fmt::Display for TablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.table {
            Some(table) => write!(f, "{}.{}", quoted(&self.schema), quoted(table)),
            None => write!(f, "{}.*", quoted(&self.schema)),
        }
    }
}

impl Serialize for TablePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TablePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for TablePattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TablePattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A table as schema.table, or all tables of a schema as schema.*; names as SQL quotes them.",
            "examples": ["public.users", "billing.*", "public.\"User\""],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sql_would_read() {
        let long = "x".repeat(63);
        for (text, schema, table) in [
            ("public.users", "public", Some("users")),
            (" billing.* ", "billing", None),
            ("\"we\"\"ird\".\"T.x\"", "we\"ird", Some("T.x")),
            ("public.\"*\"", "public", Some("*")),
            ("\"A b\".*", "A b", None),
            ("übung._t$1", "übung", Some("_t$1")),
            (&format!("public.{long}"), "public", Some(long.as_str())),
        ] {
            let pattern: TablePattern = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!((pattern.schema.as_str(), pattern.table.as_deref()), (schema, table), "{text}");
            assert_eq!(pattern.to_string().parse::<TablePattern>().unwrap(), pattern, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_would_protect_something_else() {
        let long = format!("public.{}", "x".repeat(64));
        for (text, suggestion) in [
            ("", None),
            ("*", None),
            ("*.*", None),
            ("a.b.c", None),
            ("a.", None),
            (".b", None),
            ("public.\"\"", None),
            ("\"a.b", None),
            ("\"a\"b.c", None),
            ("a\"b.c", None),
            ("users", Some("public.users")),
            ("User", Some("public.\"User\"")),
            ("public.User", Some("public.\"User\"")),
            ("Public.*", Some("\"Public\".*")),
            ("public.user-log", Some("public.\"user-log\"")),
            ("public.9a", Some("public.\"9a\"")),
            ("public.user_*", None),
            ("public.us ers", None),
            (&long, None),
        ] {
            let error = text.parse::<TablePattern>().expect_err(text);
            assert_eq!(error.suggestion().as_deref(), suggestion, "{text}: {error}");
            if let Some(meant) = error.suggestion() {
                meant.parse::<TablePattern>().unwrap();
            }
        }
    }

    #[test]
    fn matches_by_exact_name() {
        let all: TablePattern = "billing.*".parse().unwrap();
        let one: TablePattern = "public.users".parse().unwrap();
        for (pattern, schema, table, expected) in [
            (&all, "billing", "anything", true),
            (&all, "Billing", "anything", false),
            (&one, "public", "users", true),
            (&one, "public", "users2", false),
            (&one, "auth", "users", false),
        ] {
            assert_eq!(pattern.matches(schema, table), expected, "{pattern} {schema}.{table}");
        }
    }
}
