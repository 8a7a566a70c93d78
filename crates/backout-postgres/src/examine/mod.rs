//! Questions to a database that checks ask: whether what must be true of it is, by the rows and by the catalog.
//!
//! All of them only read, but for the change of `publication`, which is rolled back. Names go in as a person writes them,
//! and come out as SQL has them.
//!
//! Must not know: what follows from an answer.

pub mod foreign_keys;
pub mod indexes;
pub mod policies;
pub mod publication;
pub mod sequences;
pub mod statement;
pub mod vitals;

use backout_schema::{is_ours, literal};

use crate::session::{DatabaseError, Session};

/// Schemas of the server itself.
const SYSTEM: &str = "('pg_catalog', 'information_schema', 'pg_toast')";

/// Something with rows, by the name that somebody gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub oid: u32,
    /// With its schema, as SQL takes it.
    pub name: String,
    /// `table`, `partitioned table`, `view`, …
    pub kind: &'static str,
    /// The role of this session may read it, or a column of it.
    pub is_readable: bool,
}

impl Relation {
    pub fn is_table(&self) -> bool {
        matches!(self.kind, "table" | "partitioned table" | "foreign table")
    }
}

fn kind(letter: &str) -> &'static str {
    match letter {
        "r" => "table",
        "p" => "partitioned table",
        "f" => "foreign table",
        "v" => "view",
        "m" => "materialized view",
        "S" => "sequence",
        "i" => "index",
        "I" => "partitioned index",
        _ => "relation of another kind",
    }
}

/// The relation of this name. A name without a schema is looked for as in a query.
///
/// # Errors
/// When the server says no, such as for a name that cannot be one.
pub async fn relation(session: &Session, name: &str) -> Result<Option<Relation>, DatabaseError> {
    let sql = format!(
        "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind::text, \
           c.relkind NOT IN ('i', 'I') AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT')) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = pg_catalog.to_regclass({})",
        literal(name)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| Relation {
        oid: row.get(0),
        name: row.get(1),
        kind: kind(row.get(2)),
        is_readable: row.get(3),
    }))
}

/// The names of all columns of a relation, as the catalog has them.
///
/// # Errors
/// When the server says no.
pub async fn columns(session: &Session, relation: u32) -> Result<Vec<String>, DatabaseError> {
    let sql = format!(
        "SELECT attname::text FROM pg_catalog.pg_attribute \
         WHERE attrelid = {relation} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Whether it has no row.
///
/// # Errors
/// When the server says no.
pub async fn is_empty(session: &Session, relation: &Relation) -> Result<bool, DatabaseError> {
    let sql = format!("SELECT NOT EXISTS (SELECT FROM {})", relation.name);
    Ok(session.scalar(&sql).await?.as_deref() == Some("t"))
}

/// Rows of a table.
///
/// # Errors
/// When the server says no.
pub async fn count(session: &Session, relation: &Relation) -> Result<u64, DatabaseError> {
    let text = session.scalar(&format!("SELECT pg_catalog.count(*) FROM {}", relation.name)).await?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// The type of a column that holds a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: String,
}

/// A column of a relation.
///
/// # Errors
/// When the server says no.
pub async fn column(session: &Session, relation: &Relation, name: &str) -> Result<Option<Column>, DatabaseError> {
    let sql = format!(
        "SELECT pg_catalog.quote_ident(attname), pg_catalog.format_type(atttypid, NULL) FROM pg_catalog.pg_attribute \
         WHERE attrelid = {} AND attname = {} AND attnum > 0 AND NOT attisdropped",
        relation.oid,
        literal(name).trim_start()
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| Column { name: row.get(0), kind: row.get(1) }))
}

/// Rows whose moment lies between then and now, whether there is any row, and the newest moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    pub rows: u64,
    pub is_empty: bool,
    pub newest: Option<String>,
}

/// How many rows are young. A moment without a time zone is taken for UTC, and what lies ahead of now does not count.
///
/// # Errors
/// When the server says no.
pub async fn recent(
    session: &Session,
    relation: &Relation,
    column: &Column,
    within_ms: u64,
) -> Result<Recent, DatabaseError> {
    let now = if column.kind == "timestamp with time zone" {
        "pg_catalog.now()"
    } else {
        "(pg_catalog.now() AT TIME ZONE 'UTC')"
    };
    let (table, column) = (&relation.name, &column.name);
    let sql = format!(
        "SELECT (SELECT pg_catalog.count(*) FROM {table} WHERE {column} > {now} - pg_catalog.make_interval(secs => {within_ms} / 1000.0) AND {column} <= {now}), \
           NOT EXISTS (SELECT FROM {table}), (SELECT pg_catalog.max({column})::text FROM {table})"
    );
    let rows = session.rows(&sql).await?;
    let none = Recent { rows: 0, is_empty: true, newest: None };
    Ok(rows.first().map_or(none, |row| Recent {
        rows: u64::try_from(row.get::<_, i64>(0)).unwrap_or_default(),
        is_empty: row.get(1),
        newest: row.get(2),
    }))
}

/// The version of an extension that is there, and the one that would be.
///
/// # Errors
/// When the server says no.
pub async fn extension(session: &Session, name: &str) -> Result<(Option<String>, Option<String>), DatabaseError> {
    let name = literal(name);
    let there = format!("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = {name}");
    let could = format!("SELECT default_version FROM pg_catalog.pg_available_extensions WHERE name = {name}");
    Ok((session.scalar(&there).await?, session.scalar(&could).await?))
}

/// A condition for tables: these, or all.
fn among(column: &str, tables: &[u32]) -> String {
    match tables {
        [] => "true".to_owned(),
        some => {
            let ids: Vec<String> = some.iter().map(u32::to_string).collect();
            format!("{column} IN ({})", ids.join(", "))
        }
    }
}

fn is_theirs(schema: &str) -> bool {
    !is_ours(schema)
}
