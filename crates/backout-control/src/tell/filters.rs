//! How values are written in a message: the filters that a template has, one table of them.
//!
//! Must not know: which variables there are.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};

/// What goes in, and what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Number,
    Time,
    Texts,
    AnyList,
    /// Whatever may be missing.
    Anything,
}

/// What can be made of a value.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) name: &'static str,
    pub(super) of: Shape,
    pub(super) to: Shape,
    /// How many arguments at least, and what each is.
    pub(super) least: usize,
    pub(super) arguments: &'static [Shape],
    pub(super) meaning: &'static str,
    pub(super) example: (&'static str, &'static str),
}

/// Every filter.
pub(super) const FILTERS: &[Filter] = &[
    Filter {
        name: "default",
        of: Shape::Anything,
        to: Shape::Anything,
        least: 1,
        arguments: &[Shape::Anything],
        meaning: "what stands there where it is missing",
        example: ("people.phone|default(\"the on-call phone\")", "+49 30 1234567"),
    },
    Filter {
        name: "join",
        of: Shape::Texts,
        to: Shape::Text,
        least: 0,
        arguments: &[Shape::Text],
        meaning: "a list in one line",
        example: ("duty.open|join(\"; \")", "contact point"),
    },
    Filter {
        name: "length",
        of: Shape::AnyList,
        to: Shape::Number,
        least: 0,
        arguments: &[],
        meaning: "how many there are",
        example: ("run.steps|length", "2"),
    },
    Filter {
        name: "lower",
        of: Shape::Text,
        to: Shape::Text,
        least: 0,
        arguments: &[],
        meaning: "in small letters",
        example: ("trigger.name|lower", "error rate"),
    },
    Filter {
        name: "measured",
        of: Shape::Number,
        to: Shape::Text,
        least: 1,
        arguments: &[Shape::Text],
        meaning: "a value as its measure has it: a ratio as a percentage, an absence in seconds",
        example: ("trigger.value|measured(trigger.measure)", "8.3 %"),
    },
    Filter {
        name: "minutes",
        of: Shape::Number,
        to: Shape::Text,
        least: 0,
        arguments: &[],
        meaning: "a length of time",
        example: ("run.took_minutes|minutes", "4 min"),
    },
    Filter {
        name: "number",
        of: Shape::Number,
        to: Shape::Text,
        least: 0,
        arguments: &[Shape::Number, Shape::Text],
        meaning: "with so many digits behind the point, and this between thousands",
        example: ("affected.rows|number(0, \",\")", "312"),
    },
    Filter {
        name: "percent",
        of: Shape::Number,
        to: Shape::Text,
        least: 0,
        arguments: &[Shape::Number],
        meaning: "a share as a percentage, with at most so many digits behind the point",
        example: ("trigger.limit|percent", "5 %"),
    },
    Filter {
        name: "plural",
        of: Shape::Number,
        to: Shape::Text,
        least: 2,
        arguments: &[Shape::Text, Shape::Text],
        meaning: "one word for 1 and another for all else",
        example: ("affected.users|plural(\"user\", \"users\")", "users"),
    },
    Filter {
        name: "upper",
        of: Shape::Text,
        to: Shape::Text,
        least: 0,
        arguments: &[],
        meaning: "in capitals",
        example: ("incident.severity|upper", "CRITICAL"),
    },
    Filter {
        name: "utc",
        of: Shape::Time,
        to: Shape::Text,
        least: 0,
        arguments: &[Shape::Text],
        meaning: "a time in UTC, as `strftime` writes it",
        example: ("started|utc(\"%H:%M\")", "14:23"),
    },
];

/// The table of the documentation.
pub fn filter_table() -> String {
    let mut rows = String::from("| filter | of | what it makes | example | becomes |\n|---|---|---|---|---|\n");
    for one in FILTERS {
        let of = match one.of {
            Shape::Text => "text",
            Shape::Number => "number",
            Shape::Time => "time",
            Shape::Texts => "list of texts",
            Shape::AnyList => "list",
            Shape::Anything => "what may be missing",
        };
        let (example, becomes) = one.example;
        let example = example.replace('|', "\\|");
        rows.push_str(&format!("| `{}` | {of} | {} | `{example}` | {becomes} |\n", one.name, one.meaning));
    }
    rows
}

/// Tells an environment all of them.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("default", default);
    environment.add_filter("join", join);
    environment.add_filter("length", length);
    environment.add_filter("lower", |text: String| text.to_lowercase());
    environment.add_filter("measured", |value: f64, measure: String| measured(value, &measure));
    environment.add_filter("minutes", minutes);
    environment.add_filter("number", number);
    environment.add_filter("percent", percent);
    environment.add_filter("plural", |count: f64, one: String, many: String| if is_one(count) { one } else { many });
    environment.add_filter("upper", |text: String| text.to_uppercase());
    environment.add_filter("utc", utc);
    environment.add_test("known", |value: Value| !value.is_none() && !value.is_undefined());
}

/// Digits behind the point, at most.
const DIGITS: usize = 6;

fn wrong(said: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, said.into())
}

/// The closure of a filter must not take an optional text: nothing would pass for one.
fn default(value: Value, otherwise: Value) -> Value {
    if value.is_none() || value.is_undefined() { otherwise } else { value }
}

fn join(list: Vec<String>, between: Rest<String>) -> String {
    list.join(between.first().map_or(", ", String::as_str))
}

fn length(list: Value) -> Result<usize, Error> {
    match list.kind() {
        ValueKind::Seq | ValueKind::Iterable => list.len().ok_or_else(|| wrong("it has no length")),
        _ => Err(wrong("it is no list")),
    }
}

fn is_one(count: f64) -> bool {
    (count - 1.0).abs() < f64::EPSILON
}

/// A measured value, with its unit where the measure has one.
pub(super) fn measured(value: f64, measure: &str) -> String {
    match measure {
        "ratio" => format!("{} %", plain(value * 100.0, 1)),
        "absence" => format!("{} s", plain(value, 0)),
        _ => plain(value, 2),
    }
}

/// Without zeros at its end.
pub(super) fn plain(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn minutes(minutes: f64) -> Result<String, Error> {
    if !minutes.is_finite() || minutes.abs() > 1e9 {
        return Err(wrong("it is no length of time"));
    }
    if minutes < 0.0 {
        return Ok(format!("-{}", self::minutes(-minutes)?));
    }
    // A float below 2^53 with no fraction, and not negative.
    let seconds = (minutes * 60.0).round() as u64;
    let (hours, rest) = (seconds / 3_600, seconds % 3_600);
    let (minutes, left) = (rest / 60, rest % 60);
    Ok(match (hours, minutes, left) {
        (0, 0, 0) => "0 min".to_owned(),
        (0, 0, left) => format!("{left} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, left) if minutes < 10 => format!("{minutes} min {left} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    })
}

fn number(value: f64, rest: Rest<Value>) -> Result<String, Error> {
    let digits = digits(rest.first(), 0)?;
    let between = match rest.get(1) {
        Some(between) => between.as_str().ok_or_else(|| wrong("what stands between thousands is a text"))?,
        None => "",
    };
    let text = format!("{value:.digits$}");
    let (whole, part) = text.split_once('.').map_or((text.as_str(), None), |(whole, part)| (whole, Some(part)));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut grouped = String::with_capacity(text.len() + 8);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push_str(between);
        }
        grouped.push(digit);
    }
    Ok(format!("{sign}{grouped}{}", part.map(|part| format!(".{part}")).unwrap_or_default()))
}

fn percent(share: f64, rest: Rest<Value>) -> Result<String, Error> {
    Ok(format!("{} %", plain(share * 100.0, digits(rest.first(), 1)?)))
}

fn digits(given: Option<&Value>, otherwise: usize) -> Result<usize, Error> {
    let Some(given) = given else { return Ok(otherwise) };
    let digits = given.as_usize().filter(|digits| *digits <= DIGITS);
    digits.ok_or_else(|| wrong(format!("there are 0 to {DIGITS} digits behind the point")))
}

fn utc(time: String, rest: Rest<String>) -> Result<String, Error> {
    let time: Timestamp = time.parse().map_err(|_| wrong("it is no time"))?;
    let format = rest.first().map_or("%Y-%m-%d %H:%M UTC", String::as_str);
    strtime::format(format, &time.to_zoned(TimeZone::UTC)).map_err(|error| wrong(format!("{format:?}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_and_numbers() {
        for (value, said) in [
            (0.0, "0 min"),
            (0.5, "30 s"),
            (4.0, "4 min"),
            (4.25, "4 min 15 s"),
            (17.6, "17 min"),
            (60.0, "1 h"),
            (125.2, "2 h 5 min"),
            (-3.0, "-3 min"),
            (4_320.0, "72 h"),
        ] {
            assert_eq!(minutes(value).unwrap(), said);
        }
        assert!(minutes(f64::NAN).is_err() && minutes(f64::INFINITY).is_err());
        let number = |value, rest: &[Value]| number(value, Rest(rest.to_vec())).unwrap();
        assert_eq!(number(1_234_567.0, &[Value::from(0), Value::from(",")]), "1,234,567");
        assert_eq!(number(-1_234.56, &[Value::from(1), Value::from(" ")]), "-1 234.6");
        assert_eq!(number(12.0, &[]), "12");
        assert!(percent(0.1, Rest(vec![Value::from(7)])).is_err());
        for (value, measure, said) in
            [(0.083, "ratio", "8.3 %"), (0.05, "ratio", "5 %"), (90.0, "absence", "90 s"), (3.456, "p95", "3.46")]
        {
            assert_eq!(measured(value, measure), said);
        }
    }
}
