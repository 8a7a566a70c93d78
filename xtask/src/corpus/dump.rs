//! Two dumps of `pg_dump --schema-only` side by side.
//!
//! Must not know: where they come from, or what should be equal.

use std::collections::BTreeMap;

/// How like two dumps are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Likeness {
    Equal,
    /// The same but for the order of columns inside CREATE TABLE; the tables.
    ColumnOrder(Vec<String>),
    /// What only one of them has, by entry: `-` the first, `+` the second.
    Different(Vec<String>),
}

impl Likeness {
    pub(crate) fn of(first: &str, second: &str) -> Self {
        if first == second {
            return Self::Equal;
        }
        let (a, b) = (entries(first), entries(second));
        let (a_sorted, b_sorted) = (settled(&a), settled(&b));
        if a_sorted != b_sorted {
            return Self::Different(differing(&a_sorted, &b_sorted));
        }
        let tables: Vec<String> = a
            .iter()
            .filter(|(head, lines)| is_table(head) && !b.iter().any(|(h, l)| h == head && l == lines))
            .map(|(head, _)| head.clone())
            .collect();
        if tables.is_empty() {
            // The same entries in another order: objects of one name are dumped by object id.
            let moved = a.iter().zip(&b).find(|(x, y)| x.0 != y.0);
            let names = moved.map(|(x, y)| format!("{} | {}", x.0, y.0)).unwrap_or_default();
            return Self::Different(vec![format!("the entries come in another order, from here: {names}")]);
        }
        Self::ColumnOrder(tables)
    }
}

/// With times of day made equal: a view of 'now' holds the moment when it was made.
fn without_times(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let length = rest[start..].find(|c| !is_part(c)).unwrap_or(rest.len() - start);
        let run = &rest[start..start + length];
        plain.push_str(&rest[..start]);
        plain.push_str(if run.matches(':').count() == 2 { "#" } else { run });
        rest = &rest[start + length..];
    }
    plain + rest
}

/// With long runs of digits made equal: names that a migration makes from the clock differ each time.
pub(crate) fn without_clock(text: &str) -> String {
    let text = &without_times(text);
    let mut plain = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        plain.push_str(if digits.len() >= 6 { "#" } else { &digits });
        digits.clear();
        if c != '\0' {
            plain.push(c);
        }
    }
    plain
}

type Entry = (String, Vec<String>);

/// The last line belongs to no entry, whichever comes last.
const END: &str = "-- PostgreSQL database dump complete";

/// The dump cut at its `-- Name:` heads; what comes before the first has an empty head.
fn entries(dump: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = vec![(String::new(), Vec::new())];
    for line in dump.lines() {
        if let Some(head) = line.strip_prefix("-- Name: ") {
            entries.push((head.to_owned(), Vec::new()));
        } else if line == END {
            entries.push((line.to_owned(), Vec::new()));
        } else if !line.is_empty()
            && line != "--"
            && let Some((_, lines)) = entries.last_mut()
        {
            lines.push(line.to_owned());
        }
    }
    entries
}

fn is_table(head: &str) -> bool {
    head.contains("; Type: TABLE;") || head.contains("; Type: FOREIGN TABLE;")
}

/// Without order: of the entries, and of the lines of tables.
fn settled(entries: &[Entry]) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut found: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for (head, lines) in entries {
        let mut lines = lines.clone();
        if is_table(head) {
            for line in &mut lines {
                if line.ends_with(',') {
                    line.pop();
                }
            }
            lines.sort_unstable();
        }
        if head.contains("; Type: STATISTICS;") {
            // They list columns as they come in the table.
            for line in &mut lines {
                let mut words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
                words.sort_unstable();
                *line = words.join(" ");
            }
        }
        found.entry(head.clone()).or_default().push(lines);
    }
    for same in found.values_mut() {
        same.sort_unstable();
    }
    found
}

fn differing(a: &BTreeMap<String, Vec<Vec<String>>>, b: &BTreeMap<String, Vec<Vec<String>>>) -> Vec<String> {
    let mut said = Vec::new();
    let mut heads: Vec<&String> = a.keys().chain(b.keys()).collect();
    heads.sort_unstable();
    heads.dedup();
    for head in heads {
        let lines = |of: &BTreeMap<String, Vec<Vec<String>>>| -> Vec<String> {
            of.get(head).into_iter().flatten().flatten().cloned().collect()
        };
        let (first, second) = (lines(a), lines(b));
        if a.get(head) == b.get(head) {
            continue;
        }
        let mut part: Vec<String> = without(&first, &second).into_iter().map(|l| format!("  - {l}")).collect();
        part.extend(without(&second, &first).into_iter().map(|l| format!("  + {l}")));
        if part.is_empty() {
            part.push("  its lines come in another order".to_owned());
        }
        said.push(head.clone());
        said.append(&mut part);
    }
    said
}

/// The lines of `all` that `other` has not, each as often as it is missing.
pub(crate) fn without<'t>(all: &'t [String], other: &[String]) -> Vec<&'t str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in other {
        *counts.entry(line).or_default() += 1;
    }
    all.iter()
        .map(String::as_str)
        .filter(|line| match counts.get_mut(line) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "--\n-- PostgreSQL database dump\n--\n\n--\n-- Name: t; Type: TABLE; Schema: public; Owner: o\n--\n\n\
        CREATE TABLE public.t (\n    a integer,\n    b text\n);\n\n--\n-- Name: v; Type: VIEW; Schema: public; Owner: o\n--\n\n\
        CREATE VIEW public.v AS\n SELECT 1 AS a;\n";

    #[test]
    fn tells_order_of_columns_from_differences() {
        let order = DUMP.replace("    a integer,\n    b text\n", "    b text,\n    a integer\n");
        let table = "t; Type: TABLE; Schema: public; Owner: o".to_owned();
        let view = "v; Type: VIEW; Schema: public; Owner: o".to_owned();
        for (other, expected) in [
            (DUMP.to_owned(), Likeness::Equal),
            (order, Likeness::ColumnOrder(vec![table.clone()])),
            (
                DUMP.replace("b text", "b varchar"),
                Likeness::Different(vec![table, "  -     b text".into(), "  +     b varchar".into()]),
            ),
            (
                DUMP.replace(" SELECT 1 AS a;", " SELECT 2 AS a;"),
                Likeness::Different(vec![view, "  -  SELECT 1 AS a;".into(), "  +  SELECT 2 AS a;".into()]),
            ),
        ] {
            assert_eq!(Likeness::of(DUMP, &other), expected);
        }
    }

    /// Privileges of columns are dumped in the order of the columns.
    #[test]
    fn the_last_line_is_of_no_entry() {
        let right =
            |column: &str| format!("-- Name: COLUMN t.{column}; Type: ACL\nGRANT SELECT({column}) ON t TO r;\n");
        let dump = |columns: [&str; 2]| {
            let [first, second] = columns;
            let table = format!("-- Name: t; Type: TABLE;\nCREATE TABLE t (\n    {first} int,\n    {second} int\n);\n");
            format!("{table}{}{}--\n{END}\n--\n", right(first), right(second))
        };
        let expected = Likeness::ColumnOrder(vec!["t; Type: TABLE;".to_owned()]);
        assert_eq!(Likeness::of(&dump(["a", "b"]), &dump(["b", "a"])), expected);
    }

    #[test]
    fn entries_in_another_order_are_a_difference() {
        let (head, rest) = DUMP.split_once("--\n-- Name: t").unwrap();
        let (table, view) = rest.split_once("--\n-- Name: v").unwrap();
        let other = format!("{head}--\n-- Name: v{view}--\n-- Name: t{table}");
        assert!(matches!(Likeness::of(DUMP, &other), Likeness::Different(said) if said[0].contains("another order")));
    }

    #[test]
    fn names_from_the_clock_are_equal() {
        assert_eq!(without_clock("t_20261121_110126 v1 12345 x123456"), "t_#_# v1 12345 x#");
    }

    #[test]
    fn missing_lines_are_counted() {
        let lines = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        assert_eq!(without(&lines("a b b c"), &lines("b c d")), ["a", "b"]);
    }
}
