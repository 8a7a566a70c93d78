//! Writing names and text values as SQL: quoted identifiers and literals.
//!
//! Knows PostgreSQL's quoting rules and nothing else; what the SQL means is no concern of this file.

pub use backout_plan::identifier::identifier;

/// A dotted name as SQL, each part quoted when needed.
pub fn qualified<S: AsRef<str>>(parts: &[S]) -> String {
    parts.iter().map(|part| identifier(part.as_ref())).collect::<Vec<_>>().join(".")
}

/// A text value as SQL. Right under either setting of `standard_conforming_strings`: a value that holds
/// a backslash is written as `E'…'`.
pub fn literal(value: &str) -> String {
    let doubled = value.replace('\'', "''");
    if doubled.contains('\\') { format!("E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// Bytes as a `bytea` literal.
pub fn bytea(bytes: &[u8]) -> String {
    format!("decode('{}', 'hex')", hex(bytes))
}

/// Lower-case hexadecimal digits of some bytes.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        for (name, expected) in [
            ("meetings", "meetings"),
            ("_a1", "_a1"),
            ("Meetings", "\"Meetings\""),
            ("user", "\"user\""),
            ("1a", "\"1a\""),
            ("a b", "\"a b\""),
            ("a\"b", "\"a\"\"b\""),
            ("größe", "\"größe\""),
            ("", "\"\""),
            ("name", "name"),
        ] {
            assert_eq!(identifier(name), expected);
        }
        assert_eq!(qualified(&["public", "Order"]), "public.\"Order\"");
    }

    #[test]
    fn literals() {
        for (value, expected) in
            [("a", "'a'"), ("it's", "'it''s'"), ("a\\b", "E'a\\\\b'"), ("", "''"), ("\\'", "E'\\\\'''")]
        {
            assert_eq!(literal(value), expected);
        }
        assert_eq!(bytea(&[0, 255]), "decode('00ff', 'hex')");
    }

    #[test]
    fn what_stands_bare_is_read_back_by_the_grammar() {
        // The grammar is the judge: a bare column name must parse as a column name.
        for name in ["name", "value", "role", "type", "key", "meetings", "data", "text", "version", "key"] {
            assert!(pg_query::parse(&format!("CREATE TABLE t ({} int)", identifier(name)), 0).is_ok(), "{name}");
        }
        for keyword in backout_plan::identifier::KEYWORDS {
            assert!(
                pg_query::parse(&format!("CREATE TABLE {0} ({0} int)", identifier(keyword)), 0).is_ok(),
                "{keyword}"
            );
        }
    }
}
