//! What the server makes of SQL without running it: it is parsed and its names are looked up, in a transaction that may
//! only read and is rolled back.
//!
//! Must not know: what the SQL is for, or when it will run.

use crate::sqlstate;
use backout_schema::literal;

use crate::session::{DatabaseError, Session};

/// How long the server may think, and wait for a lock.
const LIMITS: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = 5000; SET LOCAL lock_timeout = 500";

/// What it makes of it.
#[derive(Debug)]
pub enum Sense {
    Fine,
    /// It is wrong whatever there is in the database.
    Wrong(String),
    /// It names something that is not there now, or is of another type now.
    Elsewhere(String),
    /// It did not say.
    Unknown,
}

/// One statement.
pub async fn statement(session: &Session, sql: &str) -> Sense {
    match prepared(session, sql).await {
        Ok(_) => Sense::Fine,
        Err(error) => of_error(&error),
    }
}

/// One query whose answer is taken for a boolean, as a check runs it.
pub async fn condition(session: &Session, sql: &str) -> Sense {
    let sql = sql.trim().trim_end_matches(';');
    let error = match prepared(session, &format!("SELECT ({sql}\n)::bool")).await {
        Ok(_) => return Sense::Fine,
        Err(error) => error,
    };
    // What is no boolean may have been a column of that type, or be one later; an expression stays what it is.
    if error.has_code(sqlstate::CANNOT_COERCE)
        && let Ok(columns) = prepared(session, sql).await
        && let [(kind, false)] = columns.as_slice()
    {
        return Sense::Wrong(format!("it yields {kind}, and a boolean is needed"));
    }
    of_error(&error)
}

/// Whether a text is a regular expression; why not, where it is none.
pub async fn expression(session: &Session, expression: &str) -> Sense {
    let whole = literal(&format!("^(?:{expression})$"));
    match session.scalar(&format!("SELECT ''::text ~ {}", whole.trim_start())).await {
        Err(error) if error.has_code(sqlstate::INVALID_REGULAR_EXPRESSION) => Sense::Wrong(error.message.clone()),
        Err(_) => Sense::Unknown,
        Ok(_) => Sense::Fine,
    }
}

/// The parts of a name as a person writes it; `None` where the server does not answer.
pub async fn name(session: &Session, name: &str) -> Option<Result<Vec<String>, String>> {
    let sql = format!("SELECT pg_catalog.parse_ident({})", literal(name).trim_start());
    match session.rows(&sql).await {
        Ok(rows) => rows.first().map(|row| Ok(row.get(0))),
        Err(error) if error.has_class("22") => Some(Err(error.message.clone())),
        Err(_) => None,
    }
}

/// All tables and views, by schema and name as the catalog has them.
///
/// # Errors
/// When the server says no.
pub async fn relations(session: &Session) -> Result<Vec<(String, String)>, DatabaseError> {
    let sql = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') \
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^backout'";
    let rows = session.rows(sql).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// All roles.
///
/// # Errors
/// When the server says no.
pub async fn roles(session: &Session) -> Result<Vec<String>, DatabaseError> {
    let rows = session.rows("SELECT rolname::text FROM pg_catalog.pg_roles").await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Extensions that the server has.
///
/// # Errors
/// When the server says no.
pub async fn extensions(session: &Session) -> Result<Vec<String>, DatabaseError> {
    let sql = "SELECT name::text FROM pg_catalog.pg_available_extensions \
         UNION SELECT extname::text FROM pg_catalog.pg_extension";
    let rows = session.rows(sql).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The type of each column of the answer, and whether it is a column of a table as it is.
async fn prepared(session: &Session, sql: &str) -> Result<Vec<(String, bool)>, DatabaseError> {
    session.batch(LIMITS).await?;
    let prepared = session.prepare(sql).await;
    session.batch("ROLLBACK").await?;
    let prepared = prepared?;
    let column = |column: &tokio_postgres::Column| (column.type_().to_string(), column.table_oid().is_some());
    Ok(prepared.columns().iter().map(column).collect())
}

fn of_error(error: &DatabaseError) -> Sense {
    let said = error.message.clone();
    match error.code.as_deref() {
        Some(sqlstate::SYNTAX_ERROR | sqlstate::INVALID_NAME) => Sense::Wrong(said),
        // Names, types, and what follows from both: they may be others by then.
        Some(code) if code.starts_with("42") && code != sqlstate::INSUFFICIENT_PRIVILEGE => Sense::Elsewhere(said),
        Some(sqlstate::INVALID_SCHEMA_NAME) => Sense::Elsewhere(said),
        _ => Sense::Unknown,
    }
}
