//! A length of time as people write it in a plan: `500ms`, `2s`, `1h30m`, `7d`.
//!
//! It must not know what a setting uses it for, nor what time it is. Months and years are left out on purpose: their
//! length depends on the calendar.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

/// Why a text is not a [`Span`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    #[error(
        "reading {text:?} as a length of time: a number and a unit are expected, such as 500ms, 2s, 10m, 12h or 7d"
    )]
    Shape { text: String },
    #[error("reading {text:?} as a length of time: the number {number} needs a unit: ms, s, m, h or d")]
    NoUnit { text: String, number: String },
    #[error("reading {text:?} as a length of time: {unit:?} is not a unit: use ms, s, m, h or d")]
    Unit { text: String, unit: String, meant: Option<String> },
    #[error("reading {text:?} as a length of time: larger units come first, each once, as in 1h30m")]
    Order { text: String },
    #[error("reading {text:?} as a length of time: it is too long")]
    TooLong { text: String },
}

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    pub const ZERO: Self = Self(0);

    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000)
    }

    pub const fn from_days(days: u64) -> Self {
        Self(days * 86_400_000)
    }

    pub const fn as_millis(self) -> u64 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl SpanError {
    /// What was probably meant, ready to be written in its place.
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::NoUnit { number, .. } => Some(format!("{number}s")),
            Self::Unit { meant, .. } => meant.clone(),
            _ => None,
        }
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let owned = || text.to_owned();
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let (mut rest, mut total, mut next_unit) = (text, 0_u64, 0);
        if rest.is_empty() {
            return Err(SpanError::Shape { text: owned() });
        }
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, after) = rest.split_at(digits);
            let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(letters);
            match (number, unit) {
                ("", _) => return Err(SpanError::Shape { text: owned() }),
                (_, "") if after.is_empty() => {
                    return Err(SpanError::NoUnit { text: owned(), number: number.to_owned() });
                }
                (_, "") => return Err(SpanError::Shape { text: owned() }),
                _ => {}
            }
            let Some(place) = UNITS.iter().position(|(name, _)| *name == unit) else {
                let meant = meant_unit(unit).map(|right| {
                    let start = text.len() - rest.len() + digits;
                    format!("{}{right}{after}", &text[..start])
                });
                return Err(SpanError::Unit { text: owned(), unit: unit.to_owned(), meant });
            };
            if place < next_unit {
                return Err(SpanError::Order { text: owned() });
            }
            next_unit = place + 1;
            total = number
                .parse::<u64>()
                .ok()
                .and_then(|n| n.checked_mul(UNITS[place].1))
                .and_then(|millis| total.checked_add(millis))
                .ok_or_else(|| SpanError::TooLong { text: owned() })?;
            rest = after;
        }
        Ok(Self(total))
    }
}

fn meant_unit(unit: &str) -> Option<&'static str> {
    match unit.to_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => Some("ms"),
        "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
        "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "d" | "day" | "days" => Some("d"),
        _ => None,
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let mut rest = self.0;
        for (unit, millis) in UNITS {
            if rest >= millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time: 500ms, 2s, 10m, 12h, 7d, 1h30m, or 0.",
            "pattern": "^(0|(?=.)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_lengths() {
        for (text, millis, canonical) in [
            ("0", 0, "0"),
            ("0s", 0, "0"),
            ("500ms", 500, "500ms"),
            ("2s", 2_000, "2s"),
            ("90s", 90_000, "1m30s"),
            ("10m", 600_000, "10m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("7d", 604_800_000, "7d"),
            ("24h", 86_400_000, "1d"),
            ("1m5ms", 60_005, "1m5ms"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.as_millis(), span.to_string().as_str()), (millis, canonical), "{text}");
            assert_eq!(canonical.parse::<Span>().unwrap(), span);
            assert_eq!(serde_json::from_str::<Span>(&serde_json::to_string(&span).unwrap()).unwrap(), span);
        }
    }

    #[test]
    fn says_what_is_wrong_and_what_was_meant() {
        for (text, suggestion) in [
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("2 s", None),
            ("é", None),
            ("5", Some("5s")),
            ("1h5", Some("5s")),
            ("5min", Some("5m")),
            ("1d2HOURS3s", Some("1d2h3s")),
            ("5é", None),
            ("1y", None),
            ("1m1h", None),
            ("1s1s", None),
            ("99999999999999999999d", None),
            ("999999999999999d", None),
        ] {
            let error = text.parse::<Span>().unwrap_err();
            assert_eq!(error.suggestion().as_deref(), suggestion, "{text:?}: {error}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }
}
