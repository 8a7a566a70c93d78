//! DROP, for every kind of object.

use super::Unsupported;
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

/// The statement that removes one object and, with `cascade`, whatever hangs on it.
///
/// Always `IF EXISTS`: something that went with another object is gone already.
pub fn drop(catalog: &Catalog, id: ObjectId, cascade: bool) -> Result<String, Unsupported> {
    let Some(object) = catalog.get(id) else {
        return Err(Unsupported { object: id.to_string(), reason: "it is not in the catalog".into() });
    };
    let tail = if cascade { " CASCADE" } else { "" };
    let name = ident(&object.name);
    let table = || object.parent.map_or(String::new(), |p| catalog.sql_name(p));
    Ok(match &object.detail {
        Detail::Column(_) => format!("ALTER TABLE {} DROP COLUMN IF EXISTS {name}{tail}", table()),
        Detail::Default(_) => {
            format!("ALTER {} {} ALTER COLUMN {name} DROP DEFAULT", super::create::only_word(catalog, object), table())
        }
        Detail::Constraint(c) if c.on_domain => {
            format!("ALTER DOMAIN {} DROP CONSTRAINT IF EXISTS {name}{tail}", table())
        }
        Detail::Constraint(_) => format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {name}{tail}", table()),
        Detail::Trigger(_) | Detail::Rule(_) | Detail::Policy(_) => format!(
            "DROP {} IF EXISTS {name} ON {}{}",
            keyword(object),
            table(),
            // A policy has no dependants, but takes the word.
            tail
        ),
        Detail::PublicationTable(member) => {
            format!("ALTER PUBLICATION {} DROP TABLE ONLY {}", table(), catalog.sql_name(member.table))
        }
        Detail::PublicationSchema => {
            format!("ALTER PUBLICATION {} DROP TABLES IN SCHEMA {name}", table())
        }
        Detail::Statistics(_) => format!("DROP STATISTICS IF EXISTS {}", catalog.sql_name(id)),
        Detail::DefaultAcl(_) => {
            return Err(Unsupported::new(catalog, id, "default privileges are taken back, not dropped"));
        }
        Detail::Other(o) => {
            return Err(Unsupported::new(
                catalog,
                id,
                format!("{} objects are noticed but not yet taken back", o.noun),
            ));
        }
        _ => format!("DROP {} IF EXISTS {}{tail}", keyword(object), catalog.sql_name(id)),
    })
}
