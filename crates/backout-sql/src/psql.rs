//! Statements on their way into a file that psql reads: it puts its own variables in and obeys backslashes, where the
//! server does neither.
//!
//! Must not know: what the statements do.

use crate::lexer::{Open, TokenKind, meant_tokens, next_token};

/// Why a text cannot stand in such a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotForPsql {
    #[error("a {0} does not end")]
    Open(Open),
    #[error("a statement has a backslash outside of quotes")]
    Backslash,
    #[error("a statement has a zero byte")]
    Zero,
}

/// The text as psql leaves it alone: it puts its variables into `:name` outside of quotes, so that a slice such as
/// `a[1:n]` would be another one; behind a blank a colon is a colon.
///
/// # Errors
/// What psql would read otherwise than the server.
pub fn for_psql(sql: &str) -> Result<String, NotForPsql> {
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    while let Some(token) = next_token(sql, at).map_err(|open| NotForPsql::Open(open.what))? {
        let said = token.text(sql);
        if token.kind == TokenKind::Symbol && said.contains('\\') {
            return Err(NotForPsql::Backslash);
        }
        out.push_str(said);
        if token.kind == TokenKind::Symbol && said == ":" {
            out.push(' ');
        }
        at = token.end;
    }
    if out.contains('\0') { Err(NotForPsql::Zero) } else { Ok(out) }
}

/// Whether something follows a semicolon: psql sends, and judges, each statement by itself.
///
/// # Errors
/// A quote or comment that nothing ends.
pub fn is_several(sql: &str) -> Result<bool, NotForPsql> {
    let tokens = meant_tokens(sql).map_err(|open| NotForPsql::Open(open.what))?;
    let place = tokens.iter().position(|token| token.is_symbol(sql, ";"));
    Ok(place.is_some_and(|place| tokens[place..].iter().any(|token| !token.is_symbol(sql, ";"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psql_is_left_nothing_to_put_in() {
        for (sql, written) in [
            ("SELECT a[1:n], b::text, ':x', \":y\" FROM t", "SELECT a[1: n], b::text, ':x', \":y\" FROM t"),
            ("SELECT a[1:\"USER\"] -- :x", "SELECT a[1: \"USER\"] -- :x"),
            ("SELECT $x$ :y \\gset $x$;", "SELECT $x$ :y \\gset $x$;"),
            ("SELECT f(a := 1)", "SELECT f(a := 1)"),
        ] {
            assert_eq!(for_psql(sql).as_deref(), Ok(written));
        }
        for sql in ["SELECT 1 \\! rm", "SELECT 'x", "SELECT $a$", "SELECT 'a\0'"] {
            assert!(for_psql(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn a_semicolon_in_quotes_begins_nothing() {
        for (sql, several) in [
            ("ALTER TABLE a ADD b int; ALTER TABLE a RENAME b TO c", true),
            ("ALTER TABLE a ADD b text DEFAULT ';';", false),
            ("SELECT 1; -- 2", false),
        ] {
            assert_eq!(is_several(sql), Ok(several), "{sql}");
        }
    }
}
