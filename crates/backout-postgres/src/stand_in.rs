//! What stands in for parts of the target that a clone cannot have: extensions that its server lacks, and tables that
//! the role may not read while others refer to them.
//!
//! Stand-ins have the names and the shapes, and do nothing.

use std::collections::BTreeMap;

use backout_schema::{ident, literal, qualified};
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Type;

use crate::session::{DatabaseError, Session};

/// What an extension brings, as far as it can be stood in for: not base types, operators, aggregates and the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub name: String,
    pub version: String,
    pub schema: String,
    /// Tables that hold rows of the user's, each with the condition that tells these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<(String, String)>,
    /// What is made, and the statement that makes it.
    pub statements: Vec<(String, String)>,
}

const FUNCTIONS: &str = "
SELECT n.nspname::text, p.proname::text, p.prokind::text, p.proretset, pg_catalog.format_type(p.prorettype, NULL),
  pg_catalog.pg_get_function_arguments(p.oid), COALESCE(pg_catalog.pg_get_function_result(p.oid), ''), p.pronargs = 0,
  p.proargmodes IS NOT NULL AND p.proargmodes && ARRAY['o', 'b']::\"char\"[], p.provolatile::text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid WHERE e.extname = $1 AND p.prokind IN ('f', 'p') ORDER BY p.oid";

const SCHEMAS: &str = "
SELECT n.nspname::text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1
UNION SELECT n.nspname::text FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = n.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid WHERE e.extname = $1";

const TYPES: &str = "
SELECT n.nspname::text, t.typname::text, t.typtype::text,
  ARRAY(SELECT v.enumlabel::text FROM pg_catalog.pg_enum v WHERE v.enumtypid = t.oid ORDER BY v.enumsortorder),
  CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
  ARRAY(SELECT pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE e.extname = $1 AND (t.typtype IN ('e', 'd') OR c.relkind = 'c') ORDER BY t.oid";

const RELATIONS: &str = "
SELECT n.nspname::text, c.relname::text, c.relkind::text,
  ARRAY(SELECT pg_catalog.quote_ident(a.attname)::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
  ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE e.extname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY c.oid";

impl Extension {
    /// Reads what an extension brings; none where there is no such extension. The session's `search_path` must be
    /// empty, so that types are named in full.
    ///
    /// # Errors
    /// When the server says no.
    pub async fn read(target: &Session, name: &str) -> Result<Option<Self>, DatabaseError> {
        let sql = "SELECT e.extversion, n.nspname::text FROM pg_catalog.pg_extension e \
                   JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1";
        let rows = target.query_typed(sql, &[(&name, Type::TEXT)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let statements = statements(target, name).await?;
        let sql = "SELECT n.nspname::text, c.relname::text, COALESCE(e.extcondition[u.i], '') FROM pg_catalog.pg_extension e, \
                   unnest(e.extconfig) WITH ORDINALITY u(c, i) JOIN pg_catalog.pg_class c ON c.oid = u.c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE e.extname = $1 ORDER BY u.i";
        let config = target.query_typed(sql, &[(&name, Type::TEXT)]).await?;
        let config = config.iter().map(|row| (qualified(row.get(0), row.get(1)), row.get(2))).collect();
        Ok(Some(Self { name: name.to_owned(), version: row.get(0), schema: row.get(1), config, statements }))
    }

    /// Makes it in a database where nobody else works, and tells the server that all of this is the extension; the
    /// names of what could not be made.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn make(&self, clone: &Session) -> Result<Vec<String>, DatabaseError> {
        let before = fresh_oid(clone).await?;
        let mut waiting: Vec<&(String, String)> = self.statements.iter().collect();
        // Some need others that come later in the list.
        loop {
            let count = waiting.len();
            let mut left = Vec::new();
            for one in waiting {
                match clone.batch(&one.1).await {
                    Ok(()) => {}
                    Err(error) if error.is_connection_lost() => return Err(error),
                    Err(_) => left.push(one),
                }
            }
            let done = left.is_empty() || left.len() == count;
            waiting = left;
            if done {
                break;
            }
        }
        if let (Some(before), Some(oid)) = (before, fresh_oid(clone).await?) {
            let list = |each: &dyn Fn(&(String, String)) -> String, kind: &str| match self.config.is_empty() {
                true => "NULL".to_owned(),
                false => format!("ARRAY[{}]::{kind}[]", self.config.iter().map(each).collect::<Vec<_>>().join(", ")),
            };
            let register = REGISTER
                .replace("{config}", &list(&|(table, _)| format!("pg_catalog.to_regclass({})", literal(table)), "oid"))
                .replace("{condition}", &list(&|(_, condition)| literal(condition), "text"))
                .replace("{before}", &before)
                .replace("{oid}", &oid)
                .replace("{schema}", &literal(&self.schema))
                .replace("{version}", &literal(&self.version))
                .replace("{name}", &literal(&self.name));
            match clone.batch(&register).await {
                Err(error) if error.is_connection_lost() => return Err(error),
                // Only a superuser may. Without, these are objects like others.
                _ => {}
            }
        }
        Ok(waiting.into_iter().map(|(name, _)| name.clone()).collect())
    }

    /// What is said of it; `left` could not be made.
    pub fn said(&self, left: &[String]) -> String {
        let without = if left.is_empty() { String::new() } else { format!("; without {}", some(left)) };
        format!("the extension {} is stood in for: its functions do nothing, its tables are empty{without}", self.name)
    }
}

/// A few names of many.
fn some(names: &[String]) -> String {
    const FEW: usize = 5;
    let more = names.len().saturating_sub(FEW);
    let few = names.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { few } else { format!("{few} and {more} more") }
}

/// A number that nothing has; none where the role may not ask for one.
async fn fresh_oid(session: &Session) -> Result<Option<String>, DatabaseError> {
    let oid = session.scalar("SELECT pg_catalog.lo_create(0)").await?;
    if let Some(oid) = &oid {
        session.batch(&format!("SELECT pg_catalog.lo_unlink({oid})")).await?;
    }
    Ok(oid)
}

/// What was made since a number becomes the extension, as CREATE EXTENSION would have written it down.
const REGISTER: &str = "
INSERT INTO pg_catalog.pg_extension SELECT {oid}, {name}, 10, n.oid, false, {version}, {config}, {condition} FROM pg_catalog.pg_namespace n WHERE n.nspname = {schema};
INSERT INTO pg_catalog.pg_depend SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, {oid}, 0, 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 0, 'n'
  FROM pg_catalog.pg_namespace n WHERE n.nspname = {schema} AND n.oid < {before};
INSERT INTO pg_catalog.pg_depend SELECT c, o, 0, 'pg_catalog.pg_extension'::pg_catalog.regclass, {oid}, 0, 'e' FROM (
  SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid FROM pg_catalog.pg_namespace
  UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid FROM pg_catalog.pg_proc
  UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('e', 'd') OR c.relkind = 'c'
  UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'v', 'S')) made(c, o)
  WHERE o > {before} AND o < {oid};
";

async fn ask(target: &Session, name: &str, sql: &str) -> Result<Vec<tokio_postgres::Row>, DatabaseError> {
    target.query_typed(sql, &[(&name, Type::TEXT)]).await
}

/// Statements that make what stands in for an extension's parts.
async fn statements(target: &Session, name: &str) -> Result<Vec<(String, String)>, DatabaseError> {
    let mut made = Vec::new();
    for row in ask(target, name, SCHEMAS).await? {
        let schema = ident(row.get(0));
        made.push((
            format!("schema {schema}"),
            format!("CREATE SCHEMA IF NOT EXISTS {schema}; GRANT USAGE ON SCHEMA {schema} TO PUBLIC"),
        ));
    }
    for row in ask(target, name, TYPES).await? {
        let of = qualified(row.get(0), row.get(1));
        let sql = match row.get::<_, &str>(2) {
            "e" => {
                let labels: Vec<String> = row.get::<_, Vec<String>>(3).iter().map(|label| literal(label)).collect();
                format!("CREATE TYPE {of} AS ENUM ({})", labels.join(", "))
            }
            "d" => format!("CREATE DOMAIN {of} AS {}", row.get::<_, Option<&str>>(4).unwrap_or("text")),
            _ => format!("CREATE TYPE {of} AS ({})", row.get::<_, Vec<String>>(5).join(", ")),
        };
        made.push((format!("type {of}"), sql));
    }
    for row in ask(target, name, RELATIONS).await? {
        let of = qualified(row.get(0), row.get(1));
        let (names, types): (Vec<String>, Vec<String>) = (row.get(3), row.get(4));
        let columns = |join: &dyn Fn(&String, &String) -> String| {
            names.iter().zip(&types).map(|(name, kind)| join(name, kind)).collect::<Vec<_>>().join(", ")
        };
        let sql = match row.get::<_, &str>(2) {
            "S" => format!("CREATE SEQUENCE {of}"),
            "v" | "m" => format!(
                "CREATE VIEW {of} AS SELECT {} WHERE false",
                columns(&|name, kind| format!("NULL::{kind} AS {name}"))
            ),
            _ => format!("CREATE TABLE {of} ({})", columns(&|name, kind| format!("{name} {kind}"))),
        };
        made.push((format!("relation {of}"), format!("{sql}; GRANT ALL ON {of} TO PUBLIC")));
    }
    for row in ask(target, name, FUNCTIONS).await? {
        let of = qualified(row.get(0), row.get(1));
        let (arguments, result): (&str, &str) = (row.get(5), row.get(6));
        let body = body(&Shape {
            returns: row.get(4),
            is_set: row.get(3),
            is_procedure: row.get::<_, &str>(2) == "p",
            no_arguments: row.get(7),
            gives_out: row.get(8),
        });
        let (kind, returns) = match row.get::<_, &str>(2) {
            "p" => ("PROCEDURE", String::new()),
            _ => ("FUNCTION", format!(" RETURNS {result}")),
        };
        let volatile = match row.get::<_, &str>(9) {
            "i" if kind == "FUNCTION" => " IMMUTABLE",
            "s" if kind == "FUNCTION" => " STABLE",
            _ => "",
        };
        let sql = format!("CREATE {kind} {of}({arguments}){returns} LANGUAGE plpgsql{volatile} AS {}", literal(body));
        made.push((format!("function {of}"), sql));
    }
    Ok(made)
}

struct Shape<'a> {
    returns: &'a str,
    is_set: bool,
    is_procedure: bool,
    no_arguments: bool,
    gives_out: bool,
}

/// A body that gives what does least harm.
fn body(shape: &Shape<'_>) -> &'static str {
    match shape.returns {
        "trigger" => "BEGIN RETURN COALESCE(NEW, OLD); END",
        _ if shape.is_procedure || shape.gives_out || shape.is_set => "BEGIN RETURN; END",
        "event_trigger" | "void" => "BEGIN RETURN; END",
        // Keys are made so.
        "uuid" if shape.no_arguments => "BEGIN RETURN pg_catalog.gen_random_uuid(); END",
        _ => "BEGIN RETURN NULL; END",
    }
}

const UNREADABLE: &str = "
SELECT k.confrelid, n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text,
  ARRAY(SELECT pg_catalog.quote_ident(a.attname) || ' ' || CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
      ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
  ARRAY(SELECT pg_catalog.quote_ident(a.attname)::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i),
  ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i),
  ARRAY(SELECT pg_catalog.quote_ident(a.attname)::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
  cn.nspname::text, cc.relname::text, cc.relkind = 'p',
  ARRAY(SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
    WHERE pg_catalog.has_table_privilege(c.oid, p)),
  ARRAY(SELECT pg_catalog.quote_ident(a.attname)::text FROM pg_catalog.pg_constraint pk, unnest(pk.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n WHERE pk.conrelid = c.oid AND pk.contype = 'p' ORDER BY u.i),
  ARRAY(SELECT pg_catalog.format_type(a.atttypid, -1) FROM pg_catalog.pg_constraint pk, unnest(pk.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n WHERE pk.conrelid = c.oid AND pk.contype = 'p' ORDER BY u.i)
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class cc ON cc.oid = k.conrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = cc.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT pg_catalog.has_table_privilege(k.confrelid, 'SELECT')
  AND pg_catalog.has_table_privilege(k.conrelid, 'SELECT') AND n.nspname !~ '^backout(_|$)' ORDER BY k.oid";

/// A table that others refer to and that the role may not read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub name: String,
    schema: String,
    owner: String,
    columns: Vec<String>,
    privileges: Vec<String>,
    primary: Vec<String>,
    /// Values for the primary key in rows that others refer to by another key; none where none can be made up.
    fillers: Option<Vec<&'static str>>,
    keys: Vec<Referred>,
}

/// What a foreign key refers to, and who does.
#[derive(Debug)]
struct Referred {
    columns: Vec<String>,
    types: Vec<String>,
    child: String,
    child_columns: Vec<String>,
}

/// The tables that others refer to and that the role may not read. The session's `search_path` must be empty.
pub(crate) async fn unreadable(target: &Session) -> Result<Vec<Unreadable>, DatabaseError> {
    let mut tables: BTreeMap<u32, Unreadable> = BTreeMap::new();
    for row in target.rows(UNREADABLE).await? {
        let table = tables.entry(row.get(0)).or_insert_with(|| Unreadable {
            name: qualified(row.get(1), row.get(2)),
            schema: row.get(1),
            owner: row.get(3),
            columns: row.get(4),
            privileges: row.get(11),
            primary: row.get(12),
            fillers: row.get::<_, Vec<String>>(13).iter().map(|kind| filler(kind)).collect(),
            keys: Vec::new(),
        });
        let only = if row.get::<_, bool>(10) { "" } else { "ONLY " };
        table.keys.push(Referred {
            columns: row.get(5),
            types: row.get(6),
            child_columns: row.get(7),
            child: format!("{only}{}", qualified(row.get(8), row.get(9))),
        });
    }
    Ok(tables.into_values().collect())
}

impl Unreadable {
    /// The table, with what the role may do there. Columns are of the types that domains are made of: nothing but keys
    /// will be in them.
    pub async fn make(&self, clone: &Session, role: &str) -> Result<(), DatabaseError> {
        let mut sql = format!(
            "CREATE SCHEMA IF NOT EXISTS {}; CREATE TABLE {} ({})",
            ident(&self.schema),
            self.name,
            self.columns.join(", ")
        );
        let mut done: Vec<&[String]> = Vec::new();
        if self.has_primary() {
            done.push(&self.primary);
            sql.push_str(&format!("; ALTER TABLE {} ADD PRIMARY KEY ({})", self.name, self.primary.join(", ")));
        }
        for key in &self.keys {
            if !done.contains(&key.columns.as_slice()) {
                done.push(&key.columns);
                sql.push_str(&format!("; ALTER TABLE {} ADD UNIQUE ({})", self.name, key.columns.join(", ")));
            }
        }
        clone.batch(&sql).await?;
        // On a server that is not ours nobody can be made the owner, and nobody else needs rights.
        let _ = clone.batch(&format!("ALTER TABLE {} OWNER TO {}", self.name, ident(&self.owner))).await;
        // It may read it here: whoever compares two clones does so as this role, and there is nothing but keys in it.
        let may = self.privileges.iter().map(String::as_str).chain(["SELECT"]).collect::<Vec<_>>().join(", ");
        let _ = clone.batch(&format!("GRANT {may} ON {} TO {}", self.name, ident(role))).await;
        let _ = clone.batch(&format!("GRANT USAGE ON SCHEMA {} TO {}", ident(&self.schema), ident(role))).await;
        Ok(())
    }

    /// Who refers to it without columns means its primary key.
    fn has_primary(&self) -> bool {
        let others = self.keys.iter().any(|key| self.primary.iter().any(|column| !key.columns.contains(column)));
        !self.primary.is_empty() && (!others || self.fillers.is_some())
    }

    /// Its rows: the keys that rows in the clone refer to.
    pub async fn fill(&self, clone: &Session) -> Result<(), DatabaseError> {
        for key in &self.keys {
            let given: Vec<String> = key.child_columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
            let names = key.child_columns.iter().zip(&key.types).enumerate();
            let names: Vec<String> =
                names.map(|(place, (column, kind))| format!("{column}::{kind} AS k{place}")).collect();
            let mut columns = key.columns.clone();
            let mut values: Vec<String> = (0..columns.len()).map(|place| format!("k{place}")).collect();
            if let Some(fillers) = self.fillers.as_ref().filter(|_| self.has_primary()) {
                for (column, filler) in self.primary.iter().zip(fillers) {
                    if !columns.contains(column) {
                        columns.push(column.clone());
                        values.push((*filler).to_owned());
                    }
                }
            }
            let sql = format!(
                "INSERT INTO {} ({}) SELECT {} FROM (SELECT DISTINCT {} FROM {} WHERE {}) k ON CONFLICT DO NOTHING",
                self.name,
                columns.join(", "),
                values.join(", "),
                names.join(", "),
                key.child,
                given.join(" AND ")
            );
            clone.batch(&sql).await?;
        }
        Ok(())
    }
}

/// A value of a key's type that nobody else has.
fn filler(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "uuid" => "pg_catalog.gen_random_uuid()",
        "integer" | "bigint" | "smallint" | "numeric" => "-row_number() OVER ()",
        "text" | "character varying" => "pg_catalog.gen_random_uuid()::pg_catalog.text",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_give_what_is_asked() {
        let shape = |returns, is_set, is_procedure, no_arguments| {
            body(&Shape { returns, is_set, is_procedure, no_arguments, gives_out: false })
        };
        for (shape, expected) in [
            (shape("trigger", false, false, true), "BEGIN RETURN COALESCE(NEW, OLD); END"),
            (shape("uuid", false, false, true), "BEGIN RETURN pg_catalog.gen_random_uuid(); END"),
            (shape("uuid", false, false, false), "BEGIN RETURN NULL; END"),
            (shape("uuid", true, false, true), "BEGIN RETURN; END"),
            (shape("void", false, false, false), "BEGIN RETURN; END"),
            (shape("-", false, true, false), "BEGIN RETURN; END"),
        ] {
            assert_eq!(shape, expected);
        }
    }
}
