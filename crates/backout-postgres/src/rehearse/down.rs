//! A way back that the project's authors wrote, held against what was before: run on the twin in a transaction that is
//! rolled back.

use super::{RehearseError, chain};
use crate::catalog::read_catalog;
use crate::fingerprint::{self, Fingerprint};
use crate::migrate::{self, DownScript, Unit, UnitKind};
use crate::session::Session;
use backout_schema::{Catalog, canonical_json};
use backout_sql::analysis::Class;
use backout_sql::script::Item;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How much of a list is said.
const SHOWN: usize = 6;

/// What a hand-written way back does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenDown {
    pub file: String,
    /// Objects that are not as they were, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<String>,
    /// Tables whose rows are not what they were, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loses: Vec<String>,
    /// Why it did not run to its end, or was not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<String>,
}

impl WrittenDown {
    pub fn restores(&self) -> bool {
        self.differs.is_empty() && self.loses.is_empty() && self.stops.is_none()
    }
}

impl fmt::Display for WrittenDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if let Some(reason) = &self.stops {
            return f.write_str(reason);
        }
        if self.restores() {
            return f.write_str("restores");
        }
        // The certificate has all of it.
        let list = |parts: &[String]| match parts.len().checked_sub(SHOWN) {
            Some(more) if more > 0 => format!("{} and {more} more", parts[..SHOWN].join(", ")),
            _ => parts.join(", "),
        };
        if !self.differs.is_empty() {
            write!(f, "differs in {}", list(&self.differs))?;
        }
        if !self.loses.is_empty() {
            write!(f, "{}loses data of {}", if self.differs.is_empty() { "" } else { "; " }, list(&self.loses))?;
        }
        Ok(())
    }
}

/// The rows of each table, by its name, with the columns that were looked at.
pub(super) type Rows = BTreeMap<String, (Vec<String>, Fingerprint)>;

pub(super) async fn rows(session: &Session, catalog: &Catalog) -> Rows {
    let mut rows = Rows::new();
    for table in catalog.outside().filter(|o| o.holds_rows()) {
        let (name, columns) = (catalog.sql_name(table.id), fingerprint::columns(catalog, table.id));
        if let Some(sql) = fingerprint::query(catalog, table.id, &name, &columns)
            && let Ok(found) = fingerprint::take(session, &sql).await
        {
            rows.insert(name, (columns, found));
        }
    }
    rows
}

/// Tries it in a database in which the migration has just run. `before` and `were` are what stood there before it.
pub(super) async fn judge(
    session: &Session,
    down: &DownScript,
    before: &Catalog,
    were: &Rows,
) -> Result<WrittenDown, RehearseError> {
    let mut found = WrittenDown { file: down.file.clone(), differs: Vec::new(), loses: Vec::new(), stops: None };
    let units = match &down.units {
        Ok(units) => units,
        Err(reason) => {
            found.stops = Some(format!("cannot be read: {reason}"));
            return Ok(found);
        }
    };
    if units.iter().any(|unit| matches!(unit.kind, UnitKind::Outside(_))) {
        found.stops = Some("was not rehearsed: it has statements that run outside a transaction".to_owned());
        return Ok(found);
    }
    session.batch("BEGIN").await.map_err(RehearseError::server("opening the transaction"))?;
    match run(session, units).await {
        Ok(()) => {
            let after = read_catalog(session, true).await?;
            found.differs = differences(before, &after);
            found.loses = losses(session, &after, were).await;
        }
        Err(reason) => found.stops = Some(format!("fails: {reason}")),
    }
    session.batch("ROLLBACK").await.map_err(RehearseError::server("rolling back"))?;
    Ok(found)
}

async fn run(session: &Session, units: &[Unit]) -> Result<(), String> {
    for item in units.iter().flat_map(|unit| &unit.items) {
        let Some(statement) = item.statement() else { continue };
        if matches!(statement.analysis.class, Class::Transaction(_)) {
            continue;
        }
        let at = |why: &dyn std::error::Error| format!("{}: {}", statement.location, chain(why));
        match item {
            Item::Copy(copy) => migrate::copy_in(session, copy).await.map_err(|e| at(&e))?,
            Item::Generate(_) => {
                for sql in migrate::generated(session, statement).await.map_err(|e| at(&e))? {
                    session.batch(&sql).await.map_err(|e| at(&e))?;
                }
            }
            _ => session.batch(&statement.text).await.map_err(|e| at(&e))?,
        }
    }
    Ok(())
}

/// Objects by their names: what is missing, what stays, and what is another. Parts of what is missing as a whole
/// are not named.
fn differences(before: &Catalog, after: &Catalog) -> Vec<String> {
    let named = |catalog: &Catalog| -> BTreeMap<String, (String, serde_json::Value)> {
        let all = catalog.outside();
        all.map(|o| {
            let whole = catalog.identity(catalog.root(o.id));
            (catalog.identity(o.id), (whole, canonical_json(catalog, o)))
        })
        .collect()
    };
    let (was, is) = (named(before), named(after));
    let mut found = Vec::new();
    for (identity, (whole, then)) in &was {
        match is.get(identity) {
            None if whole == identity || is.contains_key(whole) => found.push(format!("{identity} (missing)")),
            Some((_, now)) if now != then => found.push(identity.clone()),
            _ => {}
        }
    }
    for (identity, (whole, _)) in &is {
        if !was.contains_key(identity) && (whole == identity || was.contains_key(whole)) {
            found.push(format!("{identity} (left behind)"));
        }
    }
    for table in after.outside().filter(|o| o.holds_rows()) {
        let Some(then) = table.schema.as_deref().and_then(|schema| before.relation(schema, &table.name)) else {
            continue;
        };
        let names = |catalog: &Catalog, id| -> Vec<String> {
            catalog.columns(id).iter().map(|column| column.name.clone()).collect()
        };
        let (was, is) = (names(before, then.id), names(after, table.id));
        let same: BTreeSet<&String> = was.iter().collect();
        if was != is && same == is.iter().collect() {
            found.push(format!("the order of columns of {}", after.sql_name(table.id)));
        }
    }
    found
}

async fn losses(session: &Session, after: &Catalog, were: &Rows) -> Vec<String> {
    let mut lost = Vec::new();
    for (name, (columns, then)) in were {
        let table = after.outside().find(|o| o.holds_rows() && after.sql_name(o.id) == *name);
        let there: Vec<String> = match table {
            Some(table) => fingerprint::columns(after, table.id),
            None => Vec::new(),
        };
        let known = columns.iter().all(|column| there.contains(column));
        let now = match table.filter(|_| known).and_then(|table| fingerprint::query(after, table.id, name, columns)) {
            Some(sql) => fingerprint::take(session, &sql).await.ok(),
            None => None,
        };
        match now {
            _ if then.rows == 0 => {}
            Some(now) if now == *then => {}
            Some(now) if now.rows != then.rows => lost.push(format!("{name} ({} of {} rows)", now.rows, then.rows)),
            Some(_) => lost.push(format!("{name} (other values in its {} rows)", then.rows)),
            None => lost.push(format!("{name} ({} rows)", then.rows)),
        }
    }
    lost
}
