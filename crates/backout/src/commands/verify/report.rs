//! A report as text, JUnit XML and Markdown.
//!
//! Must not know: where it goes.

use std::fmt::Write as _;

use backout_control::checks::{Outcome, Verdict};
use backout_control::verify::Report;
use backout_plan::visible::{is_unseen, visible};

use crate::ui::{Paint, count, duration, moment};

/// A verdict in one word, and its colour.
pub(super) fn word(verdict: Verdict) -> (Paint, &'static str) {
    match verdict {
        Verdict::Passed => (Paint::Good, "passed"),
        Verdict::Warning => (Paint::Warning, "warning"),
        Verdict::Failed => (Paint::Bad, "FAILED"),
        Verdict::NotAsked => (Paint::Quiet, "skipped"),
    }
}

/// One check on a line, without its verdict.
pub(super) fn line(one: &Outcome) -> String {
    let why = one.failed.as_ref().map(|why| format!(": {}", flat(why))).unwrap_or_default();
    let facts = numbers(one).map(|facts| format!(" [{facts}]")).unwrap_or_default();
    format!("P{} {} ({}, {}){facts}{why}", one.priority, flat(&one.check), one.kind, duration(one.took_ms))
}

/// What was measured, where that is what one wants to know.
fn numbers(one: &Outcome) -> Option<String> {
    let ms = |name: &str| one.facts.get(name).and_then(serde_json::Value::as_f64);
    Some(format!("p50 {}, p95 {}, most {}", duration(ms("p50_ms")?), duration(ms("p95_ms")?), duration(ms("max_ms")?)))
}

/// `3 checks: 1 passed, 1 warning, 1 failed`.
pub(super) fn summary(report: &Report) -> String {
    let mut said = format!("{}: ", count(report.checks.len() as i64, "check"));
    let kinds = [
        (Verdict::Passed, "passed"),
        (Verdict::Warning, "with a warning"),
        (Verdict::Failed, "failed"),
        (Verdict::NotAsked, "not asked"),
    ];
    let counts: Vec<String> = kinds
        .iter()
        .map(|(verdict, word)| (report.count(*verdict), word))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    said.push_str(&counts.join(", "));
    said
}

pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for one in &report.checks {
        let _ = writeln!(text, "{:7} {}", word(one.verdict).1, line(one));
    }
    let _ = writeln!(text, "{}", summary(report));
    text
}

/// As continuous integration reads it. It has no warnings: those that decide nothing pass, and say why they would not.
pub(super) fn junit(report: &Report) -> String {
    let (failed, skipped) = (report.count(Verdict::Failed), report.count(Verdict::NotAsked));
    let (all, seconds) = (report.checks.len(), report.took_ms / 1e3);
    let name = xml(&format!("backout verify {}", report.target.as_deref().unwrap_or_default()));
    let counts =
        format!("tests=\"{all}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"{seconds:.3}\"");
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"{}\" {counts} timestamp=\"{}\">\n",
        name.trim_end(),
        report.at.strftime("%Y-%m-%dT%H:%M:%S")
    );
    for one in &report.checks {
        let why = one.failed.as_deref().map(xml).unwrap_or_default();
        let _ = write!(
            text,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
            xml(one.kind),
            xml(&format!("P{} {}", one.priority, one.check)),
            one.took_ms / 1e3
        );
        let _ = match one.verdict {
            Verdict::Passed => Ok(()),
            Verdict::Warning => write!(text, "<system-out>warning: {why}</system-out>"),
            Verdict::Failed => write!(text, "<failure message=\"{why}\">{}</failure>", xml(&one.asks)),
            Verdict::NotAsked => write!(text, "<skipped/>"),
        };
        text.push_str("</testcase>\n");
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

pub(super) fn markdown(report: &Report) -> String {
    let of = report.target.as_ref().map(|target| format!(" of {}", cell(target))).unwrap_or_default();
    let mut text = format!("## Checks{of}, {}\n\n{}", moment(report.at), summary(report));
    if let Some(then) = report.baseline {
        let _ = write!(text, "; compared with the baseline of {}", moment(then));
    }
    text.push_str(".\n\n| | priority | check | kind | took | why not |\n|---|---|---|---|---|---|\n");
    for one in &report.checks {
        let why = one.failed.as_deref().map(cell).or_else(|| numbers(one)).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | P{} | {} | {} | {} | {why} |",
            word(one.verdict).1,
            one.priority,
            cell(&one.check),
            one.kind,
            duration(one.took_ms),
        );
    }
    text
}

fn flat(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in a cell of a table, in which nothing of it is markup.
fn cell(text: &str) -> String {
    flat(text).chars().fold(String::new(), |mut cell, c| {
        if matches!(c, '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '&' | '!' | '@') {
            cell.push('\\');
        }
        cell.push(c);
        cell
    })
}

/// A text in XML, where most control characters may not stand at all.
fn xml(text: &str) -> String {
    text.chars().fold(String::new(), |mut xml, c| {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\n' | '\r' | '\t' => xml.push(' '),
            c if is_unseen(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => xml.push('\u{fffd}'),
            c => xml.push(c),
        }
        xml
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let one = |name: &str, priority, verdict, failed: Option<&str>| Outcome {
            check: name.to_owned(),
            kind: "sql",
            priority,
            asks: "SELECT 1 < 2".to_owned(),
            verdict,
            failed: failed.map(str::to_owned),
            took_ms: 12.0,
            asked: 1,
            facts: serde_json::Value::Null,
        };
        Report {
            target: Some("production".to_owned()),
            at: jiff::Timestamp::UNIX_EPOCH,
            took_ms: 1500.0,
            baseline: None,
            checks: vec![
                one("fine", 0, Verdict::Passed, None),
                one("a|b \"<c>\"\u{1}", 1, Verdict::Failed, Some("no\n& never")),
                one("slow", 2, Verdict::Warning, Some("it is")),
                one("later", 3, Verdict::NotAsked, None),
            ],
        }
    }

    #[test]
    fn text_names_each_and_counts() {
        let text = text(&report());
        assert!(text.contains("FAILED  P1 a|b"), "{text}");
        assert!(text.contains(": no & never\n"), "{text}");
        assert!(text.ends_with("4 checks: 1 passed, 1 with a warning, 1 failed, 1 not asked\n"), "{text}");
    }

    #[test]
    fn junit_is_xml_and_warnings_do_not_fail() {
        let text = junit(&report());
        assert!(text.contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"1.500\""), "{text}");
        assert!(text.contains("name=\"P1 a|b &quot;&lt;c&gt;&quot;\u{fffd}\""), "{text}");
        assert!(text.contains("<failure message=\"no &amp; never\">SELECT 1 &lt; 2</failure>"), "{text}");
        assert!(text.contains("<system-out>warning: it is</system-out>"), "{text}");
        assert_eq!(text.matches("<testcase").count(), text.matches("</testcase>").count());
    }

    #[test]
    fn markdown_is_a_table() {
        let text = markdown(&report());
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 6, "{text}");
        assert!(rows[3].contains("a\\|b \"\\<c\\>\""), "{text}");
    }
}
