//! How numbers, spans of time and moments are worded for people: the same in every message.
//!
//! Must not know: what is counted or measured.

use jiff::Timestamp;

/// `1 row`, `2 rows`.
pub fn count(number: impl TryInto<i64>, one: &str) -> String {
    match number.try_into().unwrap_or(i64::MAX) {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    }
}

/// `3 ms`, `1.2 s`, `4 min 10 s`, `5 h 20 min`, `3 days`.
pub fn duration(ms: f64) -> String {
    if ms < 10.0 {
        format!("{ms:.1} ms")
    } else if ms < 1_000.0 {
        format!("{ms:.0} ms")
    } else if ms < 60_000.0 {
        format!("{:.1} s", ms / 1e3)
    } else {
        let seconds = (ms / 1e3).round() as i64;
        match seconds {
            ..3_600 => format!("{} min{}", seconds / 60, rest(seconds % 60, "s")),
            3_600..172_800 => format!("{} h{}", seconds / 3_600, rest(seconds / 60 % 60, "min")),
            _ => count(seconds / 86_400, "day"),
        }
    }
}

/// What is left of the larger unit, unless it is nothing.
fn rest(number: i64, unit: &str) -> String {
    if number == 0 { String::new() } else { format!(" {number} {unit}") }
}

/// The same of a span.
pub fn span(span: std::time::Duration) -> String {
    duration(span.as_secs_f64() * 1e3)
}

/// A moment to the second, in UTC.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        for (ms, words) in [
            (0.42, "0.4 ms"),
            (12.4, "12 ms"),
            (1_240.0, "1.2 s"),
            (1_351.0, "1.4 s"),
            (250_000.0, "4 min 10 s"),
            (19_260_000.0, "5 h 21 min"),
            (400_000_000.0, "4 days"),
        ] {
            assert_eq!(duration(ms), words);
        }
        assert_eq!(span(std::time::Duration::from_secs(60)), "1 min");
        assert_eq!((count(1, "row"), count(0_usize, "row")), ("1 row".to_owned(), "0 rows".to_owned()));
        assert_eq!(count(u64::MAX, "row"), format!("{} rows", i64::MAX));
        assert_eq!(moment(Timestamp::UNIX_EPOCH), "1970-01-01 00:00:00Z");
    }
}
