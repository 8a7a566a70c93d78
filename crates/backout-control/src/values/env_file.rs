//! Variables in an `.env` file. A variable's value is here the text that sets it, lines and quotes included, so that it
//! comes back to the byte.
//!
//! Must not know: who reads the file, or what a value means.

use std::collections::BTreeMap;

/// A part of a file: what sets a variable, or anything else.
struct Part<'t> {
    name: Option<&'t str>,
    text: &'t str,
}

/// Cuts a file into what sets variables and the rest. A quoted value may go over several lines.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let name = name_of(line);
        let length = name.and_then(|_| whole(rest, line.len())).unwrap_or(line.len());
        let (text, after) = rest.split_at(length);
        parts.push(Part { name, text });
        rest = after;
    }
    parts
}

/// The variable that a line sets.
fn name_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    (!name.is_empty() && !name.starts_with('#')).then_some(name)
}

/// How far a value goes that is quoted and does not end on its line.
fn whole(rest: &str, line: usize) -> Option<usize> {
    let begins = rest.find('=')? + 1;
    let value = rest[begins..line].trim_start();
    let quote = value.chars().next().filter(|quote| "\"'`".contains(*quote))?;
    let opened = begins + rest[begins..line].find(quote)? + 1;
    let mut escaped = false;
    let closes = rest[opened..].char_indices().find_map(|(at, char)| {
        let is_it = char == quote && !escaped;
        escaped = char == '\\' && !escaped && quote == '"';
        is_it.then_some(at)
    })?;
    let closed = opened + closes;
    let end = rest[closed..].find('\n').map_or(rest.len(), |at| closed + at + 1);
    Some(end.max(line))
}

/// The text that sets a variable, each of its settings; nothing where none does.
pub(super) fn get(text: &str, name: &str) -> Option<String> {
    let found: String =
        parts(text).iter().filter(|part| part.name == Some(name)).map(|part| ended(part.text)).collect();
    (!found.is_empty()).then_some(found)
}

/// A line that ends, also the last one of a file.
fn ended(line: &str) -> String {
    if line.ends_with('\n') { line.to_owned() } else { format!("{line}\n") }
}

/// What sets a variable to a value.
pub(super) fn line(name: &str, value: &str) -> String {
    format!("{name}={}\n", quoted(value))
}

/// Changes variables, each to the text that sets it, or to nothing. All else stays, to the byte.
pub(super) fn changed(text: &str, wanted: &BTreeMap<String, Option<String>>) -> String {
    let mut left: BTreeMap<&str, &Option<String>> = wanted.iter().map(|(name, line)| (name.as_str(), line)).collect();
    let mut changed = String::new();
    for part in parts(text) {
        match part.name {
            Some(name) if wanted.contains_key(name) => {
                // In the place of the first one; the last one would count where there are several.
                if let Some(Some(line)) = left.remove(name) {
                    changed.push_str(line);
                }
            }
            _ => changed.push_str(part.text),
        }
    }
    for line in left.into_values().flatten() {
        if !changed.is_empty() && !changed.ends_with('\n') {
            changed.push('\n');
        }
        changed.push_str(line);
    }
    changed
}

fn quoted(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@,+%".contains(&b);
    if value.bytes().all(plain) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n").replace('$', r"\$");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> BTreeMap<String, Option<String>> {
        let set = |name: &str, value: &str| (name.to_owned(), Some(line(name, value)));
        BTreeMap::from([set("A", "1"), set("N", "a b"), ("GONE".to_owned(), None)])
    }

    #[test]
    fn other_lines_stay() {
        let check = |text: &str, expected: &str| {
            let once = changed(text, &wanted());
            assert_eq!(once, expected);
            assert_eq!(changed(&once, &wanted()), once, "twice is once");
        };
        check("", "A=1\nN=\"a b\"\n");
        check("# A=0\nexport A=0\nGONE=x\nB = 2", "# A=0\nA=1\nB = 2\nN=\"a b\"\n");
        check("A=0\r\nA=3\nN=\n", "A=1\nN=\"a b\"\n");
        check("KEY=\"one\nA=2\ntwo\" # of it\nA='x\ny'\nB=1\n", "KEY=\"one\nA=2\ntwo\" # of it\nA=1\nB=1\nN=\"a b\"\n");
        // A quote that never closes takes nothing along.
        check("B='x\nA=0\n", "B='x\nA=1\nN=\"a b\"\n");
    }

    #[test]
    fn what_was_there_comes_back_to_the_byte() {
        for text in [
            "# x\nexport A = \"q\\\"\nr\" # why\nB=2\n",
            "A=0\r\nB=2\r\n",
            "B=2\nA='1'\n",
            "N=1\nA=\n",
            "GONE=x\nA=1\n",
        ] {
            let names: Vec<String> = wanted().into_keys().collect();
            let former = names.iter().map(|name| (name.clone(), get(text, name))).collect();
            let there = changed(text, &wanted());
            let back = changed(&there, &former);
            for name in ["A", "B", "N", "GONE"] {
                assert_eq!(get(&back, name), get(text, name), "{text:?}");
            }
        }
        let text = "B=2\nA='1'\nC=3\n";
        let former = BTreeMap::from([("A".to_owned(), get(text, "A"))]);
        let set = BTreeMap::from([("A".to_owned(), Some(line("A", "2")))]);
        assert_eq!(changed(&changed(text, &set), &former), text);
    }
}
