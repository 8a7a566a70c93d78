//! Arguments and variables of psql's meta-commands, by psql's own rules of quoting.

use std::collections::BTreeMap;

use crate::quote;

/// The variables that a script sets.
pub(super) type Variables = BTreeMap<String, String>;

/// A reference to a variable in SQL or in an argument.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference<'t> {
    pub form: Form,
    pub name: &'t str,
    /// Bytes of the reference itself, colon included.
    pub length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Literal,
    Identifier,
    Defined,
}

/// The reference that starts with the colon at the beginning of `text`, if it is one.
pub(super) fn reference(text: &str) -> Option<Reference<'_>> {
    let rest = text.strip_prefix(':')?;
    let (form, open, close) = match rest.as_bytes().first()? {
        b'\'' => (Form::Literal, 1, "'"),
        b'"' => (Form::Identifier, 1, "\""),
        b'{' if rest.starts_with("{?") => (Form::Defined, 2, "}"),
        _ => (Form::Plain, 0, ""),
    };
    let name_length = rest[open..].bytes().take_while(|&byte| is_name_byte(byte)).count();
    let name = &rest[open..open + name_length];
    (name_length > 0 && rest[open + name_length..].starts_with(close)).then_some(Reference {
        form,
        name,
        length: 1 + open + name_length + close.len(),
    })
}

/// What a reference stands for; `None` for a variable that is not set, which psql leaves as it is.
pub(super) fn value(reference: &Reference<'_>, variables: &Variables) -> Option<String> {
    let value = variables.get(reference.name);
    match reference.form {
        Form::Plain => value.cloned(),
        Form::Literal => value.map(|value| quote::literal(value)),
        Form::Identifier => value.map(|value| format!("\"{}\"", value.replace('"', "\"\""))),
        Form::Defined => Some(if value.is_some() { "TRUE" } else { "FALSE" }.to_owned()),
    }
}

/// The arguments of a meta-command, and the bytes read: up to the end of the line or to `\\` or another
/// backslash, as psql does. Pieces that touch are one argument.
pub(super) fn arguments(line: &str, variables: &Variables) -> Result<(Vec<String>, usize), String> {
    let mut found: Vec<String> = Vec::new();
    let mut current: Option<String> = None;
    let mut at = 0;
    while let Some(character) = line[at..].chars().next() {
        match character {
            '\n' => break,
            '\\' => {
                // `\\` ends the arguments and is itself passed over; a single one begins the next command.
                if line[at..].starts_with("\\\\") {
                    at += 2;
                }
                break;
            }
            _ if character.is_ascii_whitespace() || character == '\x0b' => {
                found.extend(current.take());
                at += character.len_utf8();
            }
            '\'' => {
                let (text, length) = escaped(&line[at..])?;
                current.get_or_insert_default().push_str(&text);
                at += length;
            }
            '"' => {
                let close = line[at + 1..].split('\n').next().and_then(|rest| rest.find('"'));
                let close = close.ok_or("a double quote is not closed on its line")?;
                current.get_or_insert_default().push_str(&line[at..=at + 1 + close]);
                at += close + 2;
            }
            '`' => return Err("output of a shell command (backquotes) is not supported".to_owned()),
            ':' => match reference(&line[at..]) {
                Some(reference) => {
                    let text =
                        value(&reference, variables).unwrap_or_else(|| line[at..at + reference.length].to_owned());
                    current.get_or_insert_default().push_str(&text);
                    at += reference.length;
                }
                None => {
                    current.get_or_insert_default().push(':');
                    at += 1;
                }
            },
            _ => {
                current.get_or_insert_default().push(character);
                at += character.len_utf8();
            }
        }
    }
    found.extend(current.take());
    Ok((found, at))
}

/// Without the double quotes around it, as psql treats a file name or an object name.
pub(super) fn unquoted(argument: &str) -> String {
    match argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.is_empty() => inner.replace("\"\"", "\""),
        _ => argument.to_owned(),
    }
}

pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// A single-quoted argument with C-like escapes, and its length in bytes.
fn escaped(text: &str) -> Result<(String, usize), String> {
    let mut value: Vec<u8> = Vec::new();
    let mut at = 1;
    let unclosed = || "a single quote is not closed on its line".to_owned();
    while let Some(character) = text[at..].chars().next() {
        match character {
            '\n' => return Err(unclosed()),
            '\'' if text[at + 1..].starts_with('\'') => {
                value.push(b'\'');
                at += 2;
            }
            '\'' => {
                return String::from_utf8(value)
                    .map(|value| (value, at + 1))
                    .map_err(|_| "an escape gives invalid UTF-8".to_owned());
            }
            '\\' => {
                let Some(next) = text[at + 1..].chars().next() else { return Err(unclosed()) };
                let (radix, digits) = match next {
                    'x' => (16, digits(&text[at + 2..], 16, 2)),
                    '0'..='7' => (8, digits(&text[at + 1..], 8, 3)),
                    _ => (0, ""),
                };
                if digits.is_empty() {
                    match next {
                        'n' => value.push(b'\n'),
                        't' => value.push(b'\t'),
                        'b' => value.push(8),
                        'r' => value.push(b'\r'),
                        'f' => value.push(12),
                        other => value.extend(other.to_string().bytes()),
                    }
                    at += 1 + next.len_utf8();
                } else {
                    value.push((u32::from_str_radix(digits, radix).unwrap_or(0) & 0xff) as u8);
                    at += 1 + usize::from(radix == 16) + digits.len();
                }
            }
            other => {
                value.extend(other.to_string().bytes());
                at += other.len_utf8();
            }
        }
    }
    Err(unclosed())
}

fn digits(text: &str, radix: u32, most: usize) -> &str {
    let length = text.chars().take(most).take_while(|character| character.is_digit(radix)).count();
    &text[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_cut_as_psql_cuts_them() {
        let variables: Variables = [("v".to_owned(), "it's".to_owned())].into();
        for (line, expected) in [
            ("a  b\nc", vec!["a", "b"]),
            ("'a b'c \"d e\"", vec!["a bc", "\"d e\""]),
            ("'it''s\\n\\x41\\101'", vec!["it's\nAA"]),
            (":v:'v' :\"v\" :nope ::", vec!["it's'it''s'", "\"it's\"", ":nope", "::"]),
            (":{?v} :{?w}", vec!["TRUE", "FALSE"]),
            ("a \\\\ b", vec!["a"]),
        ] {
            assert_eq!(arguments(line, &variables).unwrap().0, expected, "{line}");
        }
        for line in ["'a", "\"a", "`date`"] {
            assert!(arguments(line, &variables).is_err(), "{line}");
        }
    }
}
