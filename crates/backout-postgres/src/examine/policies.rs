//! Names of row-level security policies, against a convention.
//!
//! Must not know: what policies allow.

use backout_schema::literal;

use super::{SYSTEM, among, is_theirs};
use crate::session::{DatabaseError, Session};

/// A policy, and whether its name is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub name: String,
    pub table: String,
    pub fits: bool,
}

/// All policies of these tables, or of all. In the regular expression `{table}` stands for the table's name, and
/// `{command}` for `select`, `insert`, `update`, `delete` or `all`.
///
/// # Errors
/// When the server says no, such as to a regular expression that is none.
pub async fn all(session: &Session, tables: &[u32], expression: &str) -> Result<Vec<Policy>, DatabaseError> {
    let whole = format!("^(?:{expression})$");
    let sql = format!(
        "SELECT p.polname::text, pg_catalog.format('%I.%I', n.nspname, t.relname), n.nspname::text, \
           p.polname::text ~ replace(replace({}, '{{table}}', pg_catalog.regexp_replace(t.relname::text, '([^[:alnum:]_])', '\\\\\\1', 'g')), '{{command}}', \
             CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END) \
         FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class t ON t.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
         WHERE n.nspname NOT IN {SYSTEM} AND {} ORDER BY 2, 1",
        literal(&whole),
        among("t.oid", tables)
    );
    let rows = session.rows(&sql).await?;
    let theirs = rows.iter().filter(|row| is_theirs(row.get(2)));
    Ok(theirs.map(|row| Policy { name: row.get(0), table: row.get(1), fits: row.get(3) }).collect())
}
