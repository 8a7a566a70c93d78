//! Foreign keys by their rows: each must refer to something that is there, whatever the catalog believes.
//!
//! Must not know: why a row is there.

use backout_plan::wording::count;
use backout_postgres::examine::foreign_keys::all;
use serde::Deserialize;
use serde_json::json;

use super::shared::named::tables;
use super::shared::names::{ids, listed};
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignKeys {
    /// Whose keys; all where none is named.
    #[serde(default)]
    tables: Vec<String>,
}

impl Kind for ForeignKeys {
    fn said(&self) -> String {
        format!("every row of the foreign keys of {}", listed(&self.tables, "all tables"))
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move { tables(look, &["tables"], &self.tables).await })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let session = begin(context).await?;
            let tables = ids(&session, &self.tables).await?;
            let keys = all(&session, &tables).await.map_err(failed)?;
            if keys.is_empty() {
                return Err(nothing(format!("{} have no foreign key", listed(&self.tables, "the tables"))));
            }
            let mut findings: Vec<String> = (self.tables.iter().zip(&tables))
                .filter(|(_, oid)| !keys.iter().any(|key| key.table_oid == **oid))
                .map(|(name, _)| format!("{name} has no foreign key, so nothing of it is proven"))
                .collect();
            let (mut facts, mut used) = (Vec::new(), 0);
            for key in &keys {
                let (name, table) = (&key.name, &key.table);
                if key.is_temporal {
                    findings.push(format!("{name} on {table} compares periods, which is not checked"));
                    continue;
                }
                let seen = key.violations(&session).await.map_err(failed)?;
                used += usize::from(seen.is_used);
                if seen.rows > 0 {
                    let verb = if seen.rows == 1 { "refers" } else { "refer" };
                    let rows = format!("{} {verb}", count(seen.rows, "row"));
                    let valid = if key.is_valid { "" } else { " (NOT VALID)" };
                    let keys = seen.keys.join(", ");
                    let foreign = &key.foreign;
                    findings.push(format!("{name} on {table}{valid}: {rows} to nothing in {foreign}, such as {keys}"));
                }
                facts.push(json!({ "key": name, "table": table, "violations": seen.rows, "used": seen.is_used }));
            }
            end(session).await;
            if used == 0 && findings.is_empty() {
                return Err(nothing("no row refers to another one"));
            }
            found(findings, json!({ "keys": facts }))
        })
    }
}
