//! The statements of a text, by PostgreSQL's own grammar.

use super::tag;

/// The command tag of each statement, in their order: `ALTER TABLE`, `INSERT`.
///
/// # Errors
/// What the grammar says of a text that it does not know.
pub fn tags(text: &str) -> Result<Vec<String>, String> {
    let parsed = pg_query::parse(text, 0).map_err(|error| error.to_string())?;
    let statements = parsed.protobuf.stmts.iter().filter_map(|raw| raw.stmt.as_ref()?.node.as_ref());
    Ok(statements.map(tag::of).collect())
}
