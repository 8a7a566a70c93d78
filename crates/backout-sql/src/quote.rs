//! Writing names and text values as SQL: quoted identifiers and literals.
//!
//! Knows PostgreSQL's quoting rules and nothing else; what the SQL means is no concern of this file.

/// An identifier as SQL: bare when it may stand bare, else in double quotes.
pub fn identifier(name: &str) -> String {
    if may_stand_bare(name) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

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

fn may_stand_bare(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_lowercase())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && KEYWORDS.binary_search(&name).is_err()
}

/// Every keyword of PostgreSQL 18 that is not unreserved, sorted. `quote_ident` of the server quotes the
/// same ones.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between",
    "bigint", "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce",
    "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog",
    "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "dec",
    "decimal", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "extract",
    "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group",
    "grouping", "having", "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval",
    "into", "is", "isnull", "join", "json", "json_array", "json_arrayagg", "json_exists", "json_object",
    "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table", "json_value", "lateral",
    "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "merge_action", "national",
    "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric", "offset", "on",
    "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing", "position", "precision", "primary",
    "real", "references", "returning", "right", "row", "select", "session_user", "setof", "similar", "smallint",
    "some", "substring", "symmetric", "system_user", "table", "tablesample", "then", "time", "timestamp", "to",
    "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar", "variadic",
    "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyword_table_is_sorted() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0] < pair[1]));
    }

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
        for keyword in KEYWORDS {
            assert!(
                pg_query::parse(&format!("CREATE TABLE {0} ({0} int)", identifier(keyword)), 0).is_ok(),
                "{keyword}"
            );
        }
    }
}
