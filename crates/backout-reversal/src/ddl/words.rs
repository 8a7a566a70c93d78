//! The words that DDL has for kinds of objects, for states and for storage, and what is said in many places.
//!
//! Must not know: what statements they are part of.

use backout_schema::*;

/// The word that names the kind in DROP, ALTER, COMMENT and GRANT.
pub fn keyword(object: &Object) -> &'static str {
    match &object.detail {
        Detail::Schema | Detail::PublicationSchema => "SCHEMA",
        Detail::Extension(_) => "EXTENSION",
        Detail::Type(Type::Domain { .. }) => "DOMAIN",
        Detail::Type(_) => "TYPE",
        Detail::Function(f) => match f.kind {
            FunctionKind::Procedure => "PROCEDURE",
            FunctionKind::Aggregate => "AGGREGATE",
            FunctionKind::Function | FunctionKind::Window => "FUNCTION",
        },
        Detail::Table(t) if t.kind == TableKind::Foreign => "FOREIGN TABLE",
        Detail::Table(_) | Detail::PublicationTable(_) => "TABLE",
        Detail::View(v) if v.materialized => "MATERIALIZED VIEW",
        Detail::View(_) => "VIEW",
        Detail::Sequence(_) => "SEQUENCE",
        Detail::Index(_) => "INDEX",
        Detail::Column(_) | Detail::Default(_) => "COLUMN",
        Detail::Constraint(_) => "CONSTRAINT",
        Detail::Trigger(_) => "TRIGGER",
        Detail::Rule(_) => "RULE",
        Detail::Policy(_) => "POLICY",
        Detail::Statistics(_) => "STATISTICS",
        Detail::Publication(_) => "PUBLICATION",
        Detail::EventTrigger(_) => "EVENT TRIGGER",
        Detail::DefaultAcl(_) | Detail::Other(_) => "",
    }
}

/// The word for the object that a part belongs to. What children have is theirs.
pub(super) fn only_word(catalog: &Catalog, part: &Object) -> &'static str {
    match part.parent.and_then(|p| catalog.get(p)) {
        Some(object) if object.is_table() && keyword(object) == "TABLE" => "TABLE ONLY",
        Some(object) => keyword(object),
        None => "TABLE",
    }
}

pub(super) fn storage_word(letter: char) -> &'static str {
    match letter {
        'p' => "PLAIN",
        'e' => "EXTERNAL",
        'm' => "MAIN",
        _ => "EXTENDED",
    }
}

pub fn enable_word(letter: char) -> &'static str {
    match letter {
        'D' => "DISABLE",
        'R' => "ENABLE REPLICA",
        'A' => "ENABLE ALWAYS",
        _ => "ENABLE",
    }
}

/// Whether the policies of a table bind its owner as well: then they hide rows from whoever undoes as the owner.
pub fn force_row_security(table: &str, force: bool) -> String {
    format!("ALTER TABLE {table} {}FORCE ROW LEVEL SECURITY", if force { "" } else { "NO " })
}
