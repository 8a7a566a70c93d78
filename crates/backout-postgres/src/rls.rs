//! Acting as the roles that row-level security is for, with claims, in savepoints that are rolled back; and which roles
//! and tables would prove nothing.
//!
//! Must not know: what is asked as whom, or what follows from it.

use std::fmt;

use backout_schema::{ident, literal};
use serde_json::{Map, Value};

use crate::examine;
use crate::session::{DatabaseError, Session};

/// Why what a role sees says nothing.
#[derive(Debug)]
pub enum RlsError {
    /// What was asked for proves nothing, or is not there.
    Unfit(String),
    Server(DatabaseError),
}

impl fmt::Display for RlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfit(said) => f.write_str(said),
            Self::Server(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RlsError {}

impl From<DatabaseError> for RlsError {
    fn from(error: DatabaseError) -> Self {
        Self::Server(error)
    }
}

fn unfit(said: String) -> RlsError {
    RlsError::Unfit(said)
}

/// Rows as the server has them.
#[derive(Debug, Clone)]
pub struct Source {
    /// As SQL has it.
    pub sql: String,
    /// The owner's column, as SQL has it.
    pub owner: String,
    /// 0 for a function.
    pub oid: u32,
    pub is_table: bool,
    pub secured: bool,
    /// Columns that can be written, as SQL has them.
    pub columns: Vec<String>,
    /// Policies for everybody.
    pub for_public: Vec<String>,
    /// How many policies it has.
    pub policies: i64,
}

/// That policies apply to these roles.
///
/// # Errors
/// Where they do not, or a role is not there.
pub async fn roles_fit(session: &Session, roles: &[&str]) -> Result<(), RlsError> {
    for role in roles {
        let sql = format!(
            "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = {}",
            literal(role).trim_start()
        );
        match session.scalar(&sql).await?.as_deref() {
            Some("f") => {}
            Some(_) => return Err(unfit(format!("policies do not apply to {role}, so it proves nothing"))),
            None => return Err(unfit(format!("there is no role {role}"))),
        }
    }
    Ok(())
}

/// A table, view, or function without arguments, by its name, with the column that says whose a row is.
///
/// # Errors
/// Where it is not there, or what these roles see of it, or we do, would prove nothing.
pub async fn source(session: &Session, name: &str, owner: &str, roles: [&str; 2]) -> Result<Source, RlsError> {
    let owner_sql = ident(owner);
    if let Some(function) = name.strip_suffix("()") {
        let sql = format!(
            "SELECT oid::pg_catalog.regproc::text FROM pg_catalog.pg_proc WHERE oid = pg_catalog.to_regproc({})",
            literal(function).trim_start()
        );
        let found = session.scalar(&sql).await?;
        let found = found.ok_or_else(|| unfit(format!("there is no function {name}")))?;
        return Ok(Source {
            sql: format!("{found}()"),
            owner: owner_sql,
            oid: 0,
            is_table: false,
            secured: true,
            columns: Vec::new(),
            for_public: Vec::new(),
            policies: 0,
        });
    }
    let of = format!("pg_catalog.to_regclass({})", literal(name).trim_start());
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind IN ('r', 'p'), c.relrowsecurity, \
           ARRAY(SELECT pg_catalog.quote_ident(attname) FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''), \
           ARRAY(SELECT polname::text FROM pg_catalog.pg_policy WHERE polrelid = c.oid AND polroles = '{{0}}'), \
           EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname IN ({}, {}) AND pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') AND NOT c.relforcerowsecurity), \
           pg_catalog.row_security_active(c.oid), \
           EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attname = {} AND NOT attisdropped), \
           c.oid, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy WHERE polrelid = c.oid) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {of}",
        literal(roles[0]).trim_start(),
        literal(roles[1]).trim_start(),
        literal(owner).trim_start(),
    );
    let rows = session.rows(&sql).await?;
    let row = rows.first().ok_or_else(|| unfit(format!("there is no table {name}")))?;
    if !row.get::<_, bool>(7) {
        let columns = examine::columns(session, row.get(8)).await?;
        let meant = backout_plan::nearest(owner, columns.iter().map(String::as_str));
        let meant = meant.map(|meant| format!(" (did you mean {meant:?}?)")).unwrap_or_default();
        return Err(unfit(format!("{name} has no column {owner}{meant}")));
    }
    if row.get(5) {
        return Err(unfit(format!("a role that is asked owns {name}, so policies do not apply to it")));
    }
    let is_table: bool = row.get(1);
    if is_table && row.get(6) {
        return Err(unfit(format!(
            "policies of {name} apply to the role of Backout, which cannot tell whose rows there are: connect as its owner, or with BYPASSRLS"
        )));
    }
    Ok(Source {
        sql: row.get(0),
        owner: owner_sql,
        oid: row.get(8),
        is_table,
        secured: row.get(2),
        columns: row.get(3),
        for_public: row.get(4),
        policies: row.get(9),
    })
}

/// Somebody who asks, from now on until [`step_back`]: a role, and the subject of its claims, which is nobody where it is
/// empty.
///
/// # Errors
/// Where our role cannot act as that one.
pub async fn step_in(session: &Session, claims: &str, role: &str, sub: &str) -> Result<(), RlsError> {
    let mut said = Map::new();
    said.insert("role".to_owned(), Value::from(role));
    if !sub.is_empty() {
        said.insert("sub".to_owned(), Value::from(sub));
    }
    let begin = format!(
        "SAVEPOINT backout_rls; SET LOCAL ROLE {}; SET LOCAL {} = {}",
        ident(role),
        claims.split('.').map(ident).collect::<Vec<_>>().join("."),
        literal(&Value::Object(said).to_string()).trim_start()
    );
    let begun = session.batch(&begin).await;
    begun.map_err(|error| unfit(format!("the role of Backout cannot act as {role}: {error}")))
}

/// Takes back what was done since [`step_in`], failed or not.
///
/// # Errors
/// Where the connection is lost.
pub async fn step_back(session: &Session) -> Result<(), DatabaseError> {
    session.batch("ROLLBACK TO SAVEPOINT backout_rls; RELEASE SAVEPOINT backout_rls").await
}
