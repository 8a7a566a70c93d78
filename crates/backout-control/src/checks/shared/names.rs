//! Tables by the names that a plan has for them.
//!
//! Must not know: what is asked of them.

use backout_postgres::examine::{Relation, relation};
use backout_postgres::session::Session;

use super::reading::failed;
use crate::outside::Trouble;

/// The table of this name, which must be one and be readable.
pub(crate) async fn table(session: &Session, name: &str) -> Result<Relation, Trouble> {
    let found = relation(session, name).await.map_err(failed)?;
    let found = found.ok_or_else(|| Trouble::new(format!("table {name} is not there"), true))?;
    if !found.is_table() {
        return Err(Trouble::new(format!("{name} is a {}, and a table was expected", found.kind), true));
    }
    if !found.is_readable {
        return Err(Trouble::new(format!("the role of Backout may not read {name}"), true));
    }
    Ok(found)
}

/// The object ids of these tables.
pub(in crate::checks) async fn ids(session: &Session, names: &[String]) -> Result<Vec<u32>, Trouble> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(table(session, name).await?.oid);
    }
    Ok(ids)
}

/// `all`, or these names.
pub(in crate::checks) fn listed(names: &[String], all: &str) -> String {
    if names.is_empty() { all.to_owned() } else { names.join(", ") }
}
