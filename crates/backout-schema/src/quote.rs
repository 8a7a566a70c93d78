//! Quoting of identifiers and literals by the server's own rules.

pub use backout_plan::identifier::identifier as ident;

/// `schema.name`, each part quoted where needed.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// A string literal that reads the same whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!(" E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// An expression of one type as another. Two types of somebody's own, such as enums, often have no cast to one another,
/// and many of PostgreSQL's own have none either; each has one to text and back.
pub fn cast(expression: &str, from: &str, to: &str) -> String {
    let own = |name: &str| name.contains('.');
    // Its cast takes names alone, but it prints a number where nothing has that, and its array reads what it prints.
    if to == "regclass" && crate::casts::is_text(from) {
        return format!("(ARRAY[{expression}::text]::text::regclass[])[1]");
    }
    let direct = !own(from) && !own(to) && crate::casts::exists(from, to);
    if direct { format!("{expression}::{to}") } else { format!("{expression}::text::{to}") }
}

/// Whether a schema is one of Backout's own: `backout`, `backout_capture`, `backout_archive_N`, `backout_undone_N`,
/// `backout_replaced_N`, the last three with a further `_K` when a migration reaches into several schemas.
pub fn is_ours(schema: &str) -> bool {
    let numbered = |prefix: &str| {
        schema.strip_prefix(prefix).is_some_and(|rest| {
            let mut parts = rest.split('_');
            let digits = |p: Option<&str>| p.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
            digits(parts.next()) && parts.clone().count() <= 1 && parts.all(|p| digits(Some(p)))
        })
    };
    matches!(schema, "backout" | "backout_capture")
        || numbered("backout_archive_")
        || numbered("backout_undone_")
        || numbered("backout_replaced_")
}

/// What a column is called that a migration dropped and that is hidden instead: its migration's number, its own
/// number, and as much of its name as fits.
pub fn hidden_name(migration: i64, column: i16, name: &str) -> String {
    let mut hidden = format!("{HIDDEN}{migration}_{column}_{name}");
    // Identifiers are cut at 63 bytes.
    while hidden.len() > 63 {
        hidden.pop();
    }
    hidden
}

/// The migration that hid the column of this name, and the column's number.
pub fn hidden_by(name: &str) -> Option<(i64, i16)> {
    let mut parts = name.strip_prefix(HIDDEN)?.splitn(3, '_');
    let (migration, column) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().map(|_| (migration, column))
}

/// What the names of hidden columns begin with.
const HIDDEN: &str = "backout_hidden_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        for (name, quoted) in [
            ("users", "users"),
            ("_x1", "_x1"),
            ("User", "\"User\""),
            ("we\"ird", "\"we\"\"ird\""),
            ("select", "\"select\""),
            ("user", "\"user\""),
            ("between", "\"between\""),
            ("1a", "\"1a\""),
            ("a$b", "\"a$b\""),
            ("größe", "\"größe\""),
            ("", "\"\""),
            ("name", "name"),
        ] {
            assert_eq!(ident(name), quoted);
        }
    }

    #[test]
    fn literals() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b'"), " E'a\\\\b'''");
    }

    #[test]
    fn hidden_columns() {
        assert_eq!(hidden_name(12, 3, "gone"), "backout_hidden_12_3_gone");
        let long = hidden_name(12, 3, &"ö".repeat(31));
        assert!(long.len() <= 63 && long.ends_with('ö'), "{long}");
        for (name, by) in [
            ("backout_hidden_12_3_gone", Some((12, 3))),
            ("backout_hidden_12_3_a_b", Some((12, 3))),
            (long.as_str(), Some((12, 3))),
            ("backout_hidden_12_gone", None),
            ("backout_hidden_", None),
            ("hidden_1_2_a", None),
        ] {
            assert_eq!(hidden_by(name), by, "{name}");
        }
    }

    #[test]
    fn our_schemas() {
        for (schema, ours) in [
            ("backout", true),
            ("backout_archive_1", true),
            ("backout_archive_12_3", true),
            ("backout_undone_7", true),
            ("backout_capture", true),
            ("backout_captures", false),
            ("backout_archive_", false),
            ("backout_archive_x", false),
            ("backout_archive_1_", false),
            ("backout_archive_1_2_3", false),
            ("backout2", false),
            ("public", false),
        ] {
            assert_eq!(is_ours(schema), ours, "{schema}");
        }
    }
}
