//! Statements that run as several roles, in one transaction.
//!
//! Must not know: what they do.

use std::time::Duration;

use super::acl::{Roles, Statement, role_name};
use super::error::{FreezeError, doing};
use crate::session::Session;

/// How often a transaction is tried again that met another one in the catalog.
pub(super) const ATTEMPTS: u32 = 5;

/// Statements with the role set before each that runs as another one than that before it.
pub(super) fn with_roles(statements: impl Iterator<Item = Statement>, roles: &Roles, home: &str) -> Vec<String> {
    let mut script = Vec::new();
    let mut at: Option<u32> = None;
    for statement in statements {
        if at != Some(statement.role) {
            script.push(format!("SET LOCAL ROLE {}", role_name(roles, statement.role)));
            at = Some(statement.role);
        }
        script.push(statement.sql);
    }
    if at.is_some() {
        script.push(format!("SET LOCAL ROLE {home}"));
    }
    script
}

/// The role that the session has, as SET ROLE names it.
pub(super) async fn home(session: &Session) -> Result<String, FreezeError> {
    let role =
        session.scalar("SELECT pg_catalog.current_setting('role')").await.map_err(doing("asking for the role"))?;
    Ok(match role.as_deref() {
        None | Some("none") => "NONE".to_owned(),
        Some(role) => backout_schema::ident(role),
    })
}

pub(super) async fn begin(session: &Session, lock_timeout: Duration) -> Result<(), FreezeError> {
    let lock_timeout = lock_timeout.as_millis().max(1);
    // Nobody else's objects are found by a name without a schema, and nobody reads what a REVOKE has to remark.
    let sql = format!(
        "BEGIN; SET LOCAL lock_timeout = {lock_timeout}; SET LOCAL statement_timeout = 0; SET LOCAL search_path = pg_catalog; SET LOCAL client_min_messages = error"
    );
    session.batch(&sql).await.map_err(doing("beginning the transaction"))
}

/// Runs statements, some hundred in a message.
pub(super) async fn run(session: &Session, script: &[String], what: &'static str) -> Result<(), FreezeError> {
    for some in script.chunks(200) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        session.all(&some).await.map_err(|(_, source)| FreezeError::Query { doing: what, source })?;
    }
    Ok(())
}
