//! A number of bytes as people write it in a plan: `512MB`, `1GB`. Units are powers of 1024, as PostgreSQL's are.
//!
//! It must not know what a setting uses it for.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Size(u64);

/// Why a text is not a [`Size`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    #[error("reading {text:?} as a size: a number and a unit are expected, such as 64kB, 512MB or 1GB")]
    Shape { text: String },
    #[error("reading {text:?} as a size: {unit:?} is not a unit: use kB, MB, GB or TB")]
    Unit { text: String, unit: String, meant: Option<String> },
    #[error("reading {text:?} as a size: it is too large")]
    TooLarge { text: String },
}

const UNITS: [(&str, u64); 4] = [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)];

impl Size {
    pub const ZERO: Self = Self(0);

    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl SizeError {
    /// What was probably meant, ready to be written in its place.
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::Unit { meant, .. } => meant.clone(),
            _ => None,
        }
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        if number.is_empty() || unit.is_empty() {
            return Err(SizeError::Shape { text: text.to_owned() });
        }
        let Some((_, bytes)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            let right = UNITS.iter().find(|(name, _)| {
                let (name, unit) = (name.to_lowercase(), unit.to_lowercase());
                unit == name || unit == name[..1] || unit == name.replace('b', "ib")
            });
            let meant = right.map(|(name, _)| format!("{number}{name}"));
            return Err(SizeError::Unit { text: text.to_owned(), unit: unit.to_owned(), meant });
        };
        let total = number.parse::<u64>().ok().and_then(|n| n.checked_mul(*bytes));
        total.map(Self).ok_or_else(|| SizeError::TooLarge { text: text.to_owned() })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, bytes)| self.0 > 0 && self.0.is_multiple_of(*bytes)) {
            Some((unit, bytes)) => write!(f, "{}{unit}", self.0 / bytes),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Size {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A number of bytes: 64kB, 512MB, 1GB, or 0.",
            "pattern": "^(0|\\d+(kB|MB|GB|TB))$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_sizes() {
        for (text, bytes, canonical) in [
            ("0", 0, "0"),
            ("64kB", 65_536, "64kB"),
            ("1024MB", 1 << 30, "1GB"),
            ("1536MB", 3 << 29, "1536MB"),
            ("2TB", 2 << 40, "2TB"),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!((size.bytes(), size.to_string().as_str()), (bytes, canonical), "{text}");
        }
    }

    #[test]
    fn says_what_was_meant() {
        for (text, meant) in [("1gb", Some("1GB")), ("5G", Some("5GB")), ("3MiB", Some("3MB")), ("3 lines", None)] {
            assert_eq!(text.parse::<Size>().unwrap_err().suggestion().as_deref(), meant, "{text}");
        }
        for text in ["", "GB", "12", "99999999999TB"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
