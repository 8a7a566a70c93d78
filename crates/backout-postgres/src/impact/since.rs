//! Since when a table lets those see its rows who see them now: the migration or undo on record that touched its
//! row-level security last.
//!
//! Must not know: who sees what.

use std::collections::BTreeMap;

use backout_reversal::Inverse;
use backout_schema::{Class, Detail, ObjectId};
use jiff::Timestamp;
use serde::Serialize;

use crate::session::{DatabaseError, Session};
use crate::store::{self, Record, State, StoreError};

/// Since when it is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "known", rename_all = "kebab-case")]
pub enum Since {
    /// A migration, or its undo, left the table's security as it is now.
    Migration { number: i64, version: String, at: Timestamp, undone: bool, what: Vec<String> },
    /// Nothing on record did; or somebody changed it after that, and nobody knows when.
    Unknown {
        /// It cannot be longer than this, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<Timestamp>,
        why: String,
    },
}

impl Since {
    /// The moment, or the earliest that it can be.
    pub fn moment(&self) -> Option<Timestamp> {
        match self {
            Self::Migration { at, .. } => Some(*at),
            Self::Unknown { at_most, .. } => *at_most,
        }
    }
}

/// What decides who sees rows of a table.
#[derive(Debug, Default)]
struct Touched {
    what: Vec<String>,
    /// What the migration left, and what it found.
    after: Security,
    before: Security,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Security {
    /// On, and forced; `None` where the table is not there.
    row_security: Option<(bool, bool)>,
    /// The policies that it touched, by id: what they say.
    policies: BTreeMap<u32, Option<String>>,
}

/// For each of these tables, by id.
///
/// # Errors
/// Where the record or the catalog cannot be read.
pub async fn since(session: &Session, tables: &[u32]) -> Result<BTreeMap<u32, Since>, StoreError> {
    let mut found: BTreeMap<u32, Since> = BTreeMap::new();
    let mut events: Vec<(Timestamp, Record, bool)> = Vec::new();
    for record in store::records(session).await? {
        if record.copied || record.state == State::Adopted {
            continue;
        }
        let applied = record.finished_at.unwrap_or(record.started_at);
        if let Some(undone) = record.undone_at {
            events.push((undone, record.clone(), true));
        }
        events.push((applied, record, false));
    }
    events.sort_by_key(|(at, record, _)| std::cmp::Reverse((*at, record.number)));
    for (at, record, undone) in events {
        if tables.iter().all(|table| found.contains_key(table)) {
            break;
        }
        let Some(inverse) = store::inverse(session, record.number).await? else { continue };
        for table in tables {
            if found.contains_key(table) {
                continue;
            }
            let Some(touched) = touched(&inverse, *table) else { continue };
            let left = if undone { &touched.before } else { &touched.after };
            let is_so = stands(session, *table, left).await;
            let is_so = is_so.map_err(|source| StoreError::Query { doing: "reading policies", source })?;
            let since = match is_so {
                true => Since::Migration {
                    number: record.number,
                    version: record.version.clone(),
                    at,
                    undone,
                    what: touched.what,
                },
                false => Since::Unknown {
                    at_most: Some(at),
                    why: format!("somebody changed it after migration {} ({})", record.number, record.version),
                },
            };
            found.insert(*table, since);
        }
    }
    for table in tables {
        found.entry(*table).or_insert_with(|| Since::Unknown {
            at_most: None,
            why: "no migration on record touched its row-level security".to_owned(),
        });
    }
    Ok(found)
}

/// What a migration did to who sees the rows of a table.
fn touched(inverse: &Inverse, table: u32) -> Option<Touched> {
    let id = ObjectId::relation(table);
    let mut touched = Touched::default();
    let flags = |catalog: &backout_schema::Catalog| match catalog.get(id).map(|object| &object.detail) {
        Some(Detail::Table(table)) => Some((table.row_security, table.force_row_security)),
        _ => None,
    };
    let acl = |catalog: &backout_schema::Catalog| catalog.get(id).map(|object| object.acl.clone());
    (touched.before.row_security, touched.after.row_security) = (flags(&inverse.before), flags(&inverse.after));
    if inverse.added.contains(&id) {
        touched.what.push("made the table".to_owned());
    } else if inverse.changed.contains(&id) {
        if touched.before.row_security != touched.after.row_security {
            let on = touched.after.row_security.is_some_and(|(on, _)| on);
            touched.what.push(format!("switched row-level security {}", if on { "on" } else { "off" }));
        }
        if acl(&inverse.before) != acl(&inverse.after) {
            touched.what.push("changed its privileges".to_owned());
        }
    }
    let changes = [(&inverse.added, "added"), (&inverse.removed, "removed"), (&inverse.changed, "changed")];
    for (ids, verb) in changes {
        for policy in ids.iter().filter(|id| id.class == Class::Policy) {
            let object = inverse.after.get(*policy).or_else(|| inverse.before.get(*policy));
            let Some(object) = object.filter(|object| object.parent == Some(id)) else { continue };
            touched.what.push(format!("{verb} policy {}", object.name));
            let name = |catalog: &backout_schema::Catalog| catalog.get(*policy).map(|object| object.name.clone());
            touched.before.policies.insert(policy.oid, name(&inverse.before));
            touched.after.policies.insert(policy.oid, name(&inverse.after));
        }
    }
    (!touched.what.is_empty()).then_some(touched)
}

/// Whether the table is as it was left, as far as that was touched.
async fn stands(session: &Session, table: u32, left: &Security) -> Result<bool, DatabaseError> {
    let sql = format!("SELECT relrowsecurity, relforcerowsecurity FROM pg_catalog.pg_class WHERE oid = {table}");
    let rows = session.rows(&sql).await?;
    let Some(now) = rows.first().map(|row| (row.get(0), row.get(1))) else { return Ok(false) };
    if left.row_security.is_some_and(|flags| flags != now) {
        return Ok(false);
    }
    let sql = format!("SELECT polname::text FROM pg_catalog.pg_policy WHERE polrelid = {table}");
    let rows = session.rows(&sql).await?;
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    // By name: an undo makes those anew that it brings back.
    Ok(left.policies.values().flatten().all(|name| names.contains(name)))
}
