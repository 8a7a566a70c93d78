//! `.env` files, as the common libraries read them.
//!
//! It must not show what it could not read: only the numbers of those lines. Values are secrets here.

use std::collections::BTreeMap;

use crate::secret::Secret;

/// What a `.env` file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dotenv {
    variables: BTreeMap<String, Secret>,
    /// Lines (1-based) that are not `NAME=value`, and were passed over.
    pub unread_lines: Vec<usize>,
}

impl Dotenv {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose)
    }
}

/// Reads the text of a `.env` file: `export`, comments, quotes, values over several lines in quotes, and `${VAR}`
/// (from the real environment, then from above) outside single quotes. The last of two equal names counts.
pub fn parse_dotenv(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Dotenv {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut found = Dotenv::default();
    let mut rest = text.as_str();
    let mut line_number = 0;
    while !rest.is_empty() {
        line_number += 1;
        let line_end = rest.find('\n').unwrap_or(rest.len());
        let line = &rest[..line_end];
        let after_line = rest.get(line_end + 1..).unwrap_or("");
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            rest = after_line;
            continue;
        }
        let Some((name, value_at)) = name_of(line) else {
            found.unread_lines.push(line_number);
            rest = after_line;
            continue;
        };
        let value = rest[value_at..].trim_start_matches([' ', '\t']);
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let closed = quote.and_then(|quote| closing(&value[1..], quote).map(|end| (quote, end)));
        let content = match closed {
            Some((quote, end)) => {
                let inner = &value[1..=end];
                line_number += inner.matches('\n').count();
                let after_quote = &value[end + 2..];
                rest = after_quote.split_once('\n').map_or("", |(_, after)| after);
                if quote == '"' { unescape(inner, &found, env) } else { inner.to_owned() }
            }
            None => {
                let line_value = &value[..value.find('\n').unwrap_or(value.len())];
                rest = after_line;
                expand(uncommented(line_value), &found, env)
            }
        };
        found.variables.insert(name.to_owned(), Secret::new(content));
    }
    found
}

/// The name before `=`, and where the value starts in the line.
fn name_of(line: &str) -> Option<(&str, usize)> {
    let (left, _) = line.split_once('=')?;
    let name = left.trim();
    let name = match name.strip_prefix("export") {
        Some(after) if after.starts_with([' ', '\t']) => after.trim_start(),
        _ => name,
    };
    let sound = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    sound.then_some((name, left.len() + 1))
}

/// Offset of the closing quote. Only double quotes know the backslash.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return Some(at);
        }
    }
    None
}

/// Without quotes a comment starts at a '#' after a blank: `pa#ss` keeps its '#'.
fn uncommented(value: &str) -> &str {
    let mut before = ' ';
    for (at, c) in value.char_indices() {
        if c == '#' && before.is_whitespace() {
            return value[..at].trim();
        }
        before = c;
    }
    value.trim()
}

fn unescape(inner: &str, known: &Dotenv, env: &dyn Fn(&str) -> Option<String>) -> String {
    let (mut out, mut plain) = (String::new(), String::new());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        // What is escaped is not expanded: `\${X}` stays as it is.
        out.push_str(&expand(&std::mem::take(&mut plain), known, env));
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(other @ ('"' | '\\' | '$' | '\'')) => out.push(other),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out.push_str(&expand(&plain, known, env));
    out
}

fn expand(text: &str, known: &Dotenv, env: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let (name, default) = match name.split_once(":-") {
            Some((name, default)) => (name, default),
            None => (name, ""),
        };
        let value = env(name).or_else(|| known.get(name).map(str::to_owned)).filter(|value| !value.is_empty());
        out.push_str(value.as_deref().unwrap_or(default));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        (name == "HOST").then(|| "real.example".to_owned())
    }

    #[test]
    fn reads_what_the_libraries_read() {
        for (text, expected) in [
            ("A=b", Some("b")),
            ("\u{feff}A=b\r\n", Some("b")),
            ("  export A = b  # comment", Some("b")),
            ("exported=1\nA=b", Some("b")),
            ("A=pa#ss", Some("pa#ss")),
            ("A=#nothing", Some("")),
            ("A=\"b # c\" # d", Some("b # c")),
            ("A='x ${HOST} \\n'", Some("x ${HOST} \\n")),
            ("A=`it's \"b\"`", Some("it's \"b\"")),
            ("A=\"x ${HOST} \\${HOST} \\n\\\"q\\\"\"", Some("x real.example ${HOST} \n\"q\"")),
            ("A=${HOST}/db", Some("real.example/db")),
            ("P=1\nA=${P}${Q}${R:-z}", Some("1z")),
            ("A=${HOST", Some("${HOST")),
            ("A=a$b", Some("a$b")),
            ("A=\"two\nlines\"\nB=1", Some("two\nlines")),
            ("A=\"open\nB=1", Some("\"open")),
            ("A=1\nA=2", Some("2")),
            ("A=x=y?z=1&w=2", Some("x=y?z=1&w=2")),
            ("A=é\"ü", Some("é\"ü")),
            ("# A=b", None),
            ("AB=c", None),
            ("", None),
        ] {
            assert_eq!(parse_dotenv(text, &env).get("A"), expected, "{text:?}");
        }
    }

    #[test]
    fn names_the_lines_it_could_not_read_and_never_the_content() {
        let text = "A=\"1\n2\"\nhunter2\nB=3\n9x=hunter2\n\n";
        let dotenv = parse_dotenv(text, &env);
        assert_eq!(dotenv.unread_lines, [3, 5]);
        assert_eq!((dotenv.get("A"), dotenv.get("B")), (Some("1\n2"), Some("3")));
        let shown = format!("{:?}", parse_dotenv("B=hunter2", &env));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
