//! Indexes: all can be used, and queries are planned with the ones that they need.
//!
//! Must not know: how fast anything is.

use backout_plan::plan::Flaw;
use backout_postgres::examine::indexes::{chosen, find, invalid, plan};
use backout_postgres::examine::{is_empty, relation};
use serde::Deserialize;
use serde_json::json;

use super::shared::named::tables;
use super::shared::names::{ids, listed};
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Indexes {
    /// No index is left invalid, as one that CREATE INDEX CONCURRENTLY could not build.
    #[serde(default = "yes")]
    valid: bool,
    /// Whose indexes must be valid; all where none is named.
    #[serde(default)]
    tables: Vec<String>,
    #[serde(default)]
    used: Vec<Used>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Used {
    /// Is planned, and does not run.
    query: String,
    /// What it must be planned with.
    index: String,
}

fn yes() -> bool {
    true
}

impl Kind for Indexes {
    fn said(&self) -> String {
        let mut said = Vec::new();
        if self.valid {
            said.push(format!("indexes of {} are valid", listed(&self.tables, "all tables")));
        }
        said.extend(self.used.iter().map(|one| format!("{} is used by {}", one.index, one.query)));
        said.join("; ")
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = tables(look, &["tables"], &self.tables).await;
            if !self.valid && self.used.is_empty() {
                found.push(Mistake::plan(Flaw::at(&["valid"], "neither valid indexes nor used ones are asked for")));
            }
            let Some(session) = look.live.session().await else { return found };
            for (number, one) in self.used.iter().enumerate() {
                let number = number.to_string();
                found.extend(look.live.statement(&["used", &number, "query"], &one.query).await);
                if let Ok(None) = find(session, &one.index).await {
                    let said = format!("index {} is not there now", one.index);
                    found.push(Mistake::unsure(Flaw::at(&["used", &number, "index"], said).value(&one.index)));
                }
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            if !self.valid && self.used.is_empty() {
                return Err(nothing("neither valid indexes nor used ones are asked for"));
            }
            let session = begin(context).await?;
            let (mut findings, mut count, mut plans) = (Vec::new(), 0, Vec::new());
            if self.valid {
                let tables = ids(&session, &self.tables).await?;
                let (all, broken) = invalid(&session, &tables).await.map_err(failed)?;
                if all == 0 {
                    return Err(nothing(format!("{} have no index", listed(&self.tables, "the tables"))));
                }
                findings.extend(broken.into_iter().map(|(name, why)| format!("index {name}: {why}")));
                count = all;
            }
            for one in &self.used {
                let Some(index) = find(&session, &one.index).await.map_err(failed)? else {
                    findings.push(format!("index {} is not there", one.index));
                    continue;
                };
                if let Some(table) = relation(&session, &index.table).await.map_err(failed)?
                    && is_empty(&session, &table).await.map_err(failed)?
                {
                    findings.push(format!("{} has no row, so how it would be read proves nothing", index.table));
                    continue;
                }
                let plan = plan(&session, &one.query).await.map_err(failed)?;
                let by = chosen(&plan);
                if !index.is_used_by(&plan) {
                    let instead = if by.is_empty() { "no table is read".to_owned() } else { by.join(", ") };
                    findings.push(format!("{} is not used by {}: {instead}", one.index, one.query));
                }
                plans.push(json!({ "query": one.query, "by": by }));
            }
            end(session).await;
            found(findings, json!({ "indexes": count, "plans": plans }))
        })
    }
}
