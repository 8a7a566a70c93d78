//! What the team's own migration tool remembers in the target: which files it counts as applied, and whether it would
//! go on.
//!
//! Must not know: which tool it is (the layout brings the queries), or what Backout itself has on record.

use std::collections::BTreeSet;

use backout_schema::literal;
use backout_sql::layouts::{History, Migration, Mismatch};

use crate::session::{DatabaseError, Session};

/// The tool's history in one target.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Whether the table is there. Without it, nothing is applied.
    pub exists: bool,
    /// The schema in which the table is, or would be made.
    pub schema: String,
    /// In the tool's order; versions without a file are among them.
    pub applied: Vec<String>,
    /// Why the tool would refuse to go on.
    pub refusals: Vec<String>,
    /// Applied files that were edited since.
    pub edited: Vec<Mismatch>,
}

#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    #[error("reading the migration tool's history in {table}: {doing}")]
    Query {
        table: String,
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("{table} has not the columns that {layout} gives it: it is another tool's table")]
    Foreign { table: String, layout: &'static str },
    #[error("beside {table} there is {sibling}, so {table} belongs to another tool than {layout}")]
    Sibling { table: String, sibling: &'static str, layout: &'static str },
}

impl NativeError {
    pub fn database_error(&self) -> Option<&DatabaseError> {
        match self {
            Self::Query { source, .. } => Some(source),
            Self::Foreign { .. } | Self::Sibling { .. } => None,
        }
    }
}

/// Reads it. Changes nothing.
///
/// # Errors
/// When the server says no, and when the table of that name is another tool's.
pub async fn remembered(
    session: &Session,
    layout: &'static str,
    history: &dyn History,
    migrations: &[Migration],
) -> Result<Remembered, NativeError> {
    let table = history.relation();
    let failed = |doing: &'static str| {
        let table = table.clone();
        move |source: DatabaseError| NativeError::Query { table, doing, source }
    };
    let columns = texts(
        session,
        &format!(
            "SELECT a.attname::text || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            literal(&table).trim_start()
        ),
    )
    .await
    .map_err(failed("looking at its columns"))?;
    let schema = match history.schema() {
        Some(schema) => schema.to_owned(),
        None => session
            .scalar(&format!(
                "SELECT coalesce((SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = to_regclass({})), current_schema())",
                literal(&table).trim_start()
            ))
            .await
            .map_err(failed("looking for its schema"))?
            .unwrap_or_default(),
    };
    if columns.is_empty() {
        return Ok(Remembered { schema, ..Remembered::default() });
    }
    let columns: Vec<(&str, &str)> = columns.iter().filter_map(|column| column.split_once(' ')).collect();
    if !history.recognises(&columns) {
        return Err(NativeError::Foreign { table, layout });
    }
    if let Some(sibling) = history.foreign_sibling() {
        let there =
            texts(session, &format!("SELECT to_regclass({})::text", literal(&beside(&schema, sibling)).trim_start()))
                .await
                .map_err(failed("looking for another tool's table"))?;
        if !there.is_empty() {
            return Err(NativeError::Sibling { table, sibling, layout });
        }
    }
    let applied = texts(session, &history.applied(migrations)).await.map_err(failed("reading what is applied"))?;
    let refusals = match history.refusal() {
        Some(sql) => texts(session, &sql).await.map_err(failed("asking whether the tool would go on"))?,
        None => Vec::new(),
    };
    let edited = match history.checksums() {
        Some(sql) => {
            let recorded = pairs(session, &sql).await.map_err(failed("reading the checksums"))?;
            history.mismatch(&recorded, migrations)
        }
        None => Vec::new(),
    };
    Ok(Remembered { exists: true, schema, applied, refusals, edited })
}

impl Remembered {
    /// The versions as a set, for looking up.
    pub fn applied_set(&self) -> BTreeSet<&str> {
        self.applied.iter().map(String::as_str).collect()
    }
}

fn beside(schema: &str, table: &str) -> String {
    if schema.is_empty() { backout_schema::ident(table) } else { backout_schema::qualified(schema, table) }
}

/// The first column, NULLs left out. By the extended protocol the driver checks types; these are all text.
async fn texts(session: &Session, sql: &str) -> Result<Vec<String>, DatabaseError> {
    let rows = session.query(sql, &[]).await?;
    Ok(rows.iter().filter_map(|row| row.get::<_, Option<String>>(0)).collect())
}

async fn pairs(session: &Session, sql: &str) -> Result<Vec<(String, String)>, DatabaseError> {
    let rows = session.query(sql, &[]).await?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?)))
        .collect())
}
