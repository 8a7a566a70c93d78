//! DROP, for every kind of object.

use super::Unsupported;
use super::statement::{Does, Statement};
use super::words::{keyword, only_word};
use backout_schema::*;

/// The statement that removes one object and, with `cascade`, whatever hangs on it.
///
/// Always `IF EXISTS`: something that went with another object is gone already.
pub fn drop(catalog: &Catalog, id: ObjectId, cascade: bool) -> Result<Statement, Unsupported> {
    let Some(object) = catalog.get(id) else {
        return Err(Unsupported { object: id.to_string(), reason: "it is not in the catalog".into() });
    };
    let tail = if cascade { " CASCADE" } else { "" };
    let name = ident(&object.name);
    let table = || object.parent.map_or(String::new(), |p| catalog.sql_name(p));
    let does = match &object.detail {
        Detail::Schema => Does::DropSchema(id),
        Detail::Index(_) => Does::DropIndex,
        _ => Does::Plain,
    };
    Ok(does.so(match &object.detail {
        Detail::Column(_) => format!("ALTER TABLE {} DROP COLUMN IF EXISTS {name}{tail}", table()),
        Detail::Default(_) => {
            format!("ALTER {} {} ALTER COLUMN {name} DROP DEFAULT", only_word(catalog, object), table())
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
        // Never with what hangs on it: that could be a column.
        Detail::Other(o) if o.noun == "database setting" => settings(object, &o.definition, "").join("; "),
        Detail::Other(o) => match drop_other(&o.noun, &object.name) {
            Some(sql) => sql,
            None => {
                let reason = format!("{} objects are noticed but not yet taken back", o.noun);
                return Err(Unsupported::new(catalog, id, reason));
            }
        },
        _ => format!("DROP {} IF EXISTS {}{tail}", keyword(object), catalog.sql_name(id)),
    }))
}

/// By the identity that the server gives it.
fn drop_other(noun: &str, identity: &str) -> Option<String> {
    Some(match noun {
        "operator"
        | "operator class"
        | "operator family"
        | "cast"
        | "collation"
        | "conversion"
        | "server"
        | "foreign-data wrapper"
        | "text search configuration"
        | "text search dictionary"
        | "text search parser"
        | "text search template"
        | "language"
        | "access method" => {
            format!("DROP {} IF EXISTS {identity}", noun.to_uppercase().replace('-', " "))
        }
        "operator of access method" | "function of access method" => {
            let (member, family) = identity.rsplit_once(" of ")?;
            let (word, member) = member.split_once(' ')?;
            format!("ALTER OPERATOR FAMILY {family} DROP {} {member}", word.to_uppercase())
        }
        "user mapping" => {
            let (user, server) = identity.rsplit_once(" on server ")?;
            format!("DROP USER MAPPING IF EXISTS FOR {user} SERVER {server}")
        }
        "transform" => {
            // Newer servers leave the "on" out.
            let (of, language) = identity.strip_prefix("for ")?.rsplit_once(" language ")?;
            let of = of.strip_suffix(" on").unwrap_or(of);
            format!("DROP TRANSFORM IF EXISTS FOR {of} LANGUAGE {language}")
        }
        _ => return None,
    })
}

/// The schema that such an object lies in, if its kind can move to another.
pub fn schema_of_other(catalog: &Catalog, id: ObjectId) -> Option<String> {
    match catalog.get(id).map(|o| (o, &o.detail)) {
        Some((object, Detail::Other(o))) if lies_in_schema(&o.noun) => object.schema.clone(),
        _ => None,
    }
}

/// SET SCHEMA for it.
pub fn move_other(catalog: &Catalog, id: ObjectId, schema: &str) -> Option<String> {
    let object = catalog.get(id)?;
    match &object.detail {
        Detail::Other(o) if lies_in_schema(&o.noun) => {
            Some(format!("ALTER {} {} SET SCHEMA {}", o.keyword()?, object.name, ident(schema)))
        }
        _ => None,
    }
}

fn lies_in_schema(noun: &str) -> bool {
    matches!(noun, "operator" | "operator class" | "operator family" | "collation" | "conversion")
        || noun.starts_with("text search ")
}

/// Whether a setting is a list: those are kept as they are to be written.
pub fn is_list(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "search_path" | "temp_tablespaces" | "local_preload_libraries" | "session_preload_libraries"
    )
}

/// Settings of the database, or of a role in it, one `name=value` a line: what makes `to` out of `from`. Which database
/// that is the server says.
pub fn settings(object: &Object, from: &str, to: &str) -> Vec<String> {
    let entries = |text: &str| -> Vec<(String, String)> {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let (from, to) = (entries(from), entries(to));
    let role = object.name.strip_prefix("role ").map(|role| format!("ALTER ROLE {} IN ", ident(role)));
    // The only sign that the server fills in is the database's.
    let plain = |text: &str| text.replace('%', "%%");
    let head = plain(&role.unwrap_or_else(|| "ALTER ".to_owned()));
    let said = |what: String| {
        let text = format!("{head}DATABASE %I {}", plain(&what));
        let call = format!(
            "BEGIN EXECUTE pg_catalog.format({}, pg_catalog.current_database()); END",
            literal(&text).trim_start()
        );
        format!("DO {}", literal(&call).trim_start())
    };
    let gone = from.iter().filter(|(name, _)| !to.iter().any(|(other, _)| other == name));
    let mut statements: Vec<String> = gone.map(|(name, _)| said(format!("RESET {}", parameter(name)))).collect();
    for (name, value) in to.iter().filter(|entry| !from.contains(entry)) {
        let value = match is_list(name) && !value.is_empty() {
            true => value.clone(),
            false => literal(value).trim_start().to_owned(),
        };
        statements.push(said(format!("SET {} TO {value}", parameter(name))));
    }
    statements
}

/// `work_mem`, or `app."my setting"`.
fn parameter(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}
