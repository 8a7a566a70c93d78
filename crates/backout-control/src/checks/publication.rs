//! A publication: its tables, and that a change of one really arrives over logical replication.
//!
//! Must not know: who subscribes.

use std::collections::BTreeSet;

use backout_plan::plan::Flaw;
use backout_postgres::examine::publication::{Arrived, change, find, refusal};
use serde::Deserialize;
use serde_json::json;

use super::shared::named::tables;
use super::shared::names::table;
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, Trouble, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publication {
    name: String,
    /// A change of this table must arrive.
    #[serde(default)]
    table: Option<String>,
    /// The change: one INSERT, UPDATE or DELETE. Without it a row is updated to itself.
    #[serde(default)]
    change: Option<String>,
    /// Tables that it must have.
    #[serde(default)]
    tables: Vec<String>,
    /// It must have no others.
    #[serde(default)]
    only: bool,
}

impl Kind for Publication {
    fn said(&self) -> String {
        let mut said = format!("publication {}", self.name);
        if !self.tables.is_empty() {
            let only = if self.only { " and no others" } else { "" };
            said.push_str(&format!(" has {}{only}", self.tables.join(", ")));
        }
        if let Some(table) = &self.table {
            said.push_str(&format!(": a change of {table} arrives (and is rolled back)"));
        }
        said
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            if self.table.is_none() && self.tables.is_empty() {
                return vec![Mistake::plan(Flaw::at(&[], "neither table nor tables are named"))];
            }
            let mut found = tables(look, &["tables"], &self.tables).await;
            if let Some(name) = &self.table {
                found.extend(look.live.table(&["table"], name).await);
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            if self.table.is_none() && self.tables.is_empty() {
                return Err(nothing("neither table nor tables are named"));
            }
            let session = begin(context).await?;
            let there = find(&session, &self.name).await.map_err(failed)?;
            let Some(there) = there else {
                return Err(Trouble::new(format!("there is no publication {}", self.name), true));
            };
            let mut findings = Vec::new();
            let members: BTreeSet<&String> = there.tables.iter().collect();
            let mut wanted = BTreeSet::new();
            for name in self.tables.iter().chain(&self.table) {
                match table(&session, name).await {
                    Ok(relation) => drop(wanted.insert(relation.name)),
                    Err(trouble) => findings.push(trouble.why),
                }
            }
            // A partitioned table may be in it by its partitions, which the change will tell.
            let listed = if self.table.is_none() || !self.tables.is_empty() { Some(&wanted) } else { None };
            for name in listed.into_iter().flatten().filter(|name| !members.contains(name)) {
                findings.push(format!("{name} is not in it"));
            }
            if self.only {
                findings.extend(
                    members.iter().filter(|name| !wanted.contains(**name)).map(|name| format!("{name} is in it, too")),
                );
            }
            let facts = json!({ "tables": there.tables });
            let Some(name) = self.table.as_ref().filter(|_| findings.is_empty()) else {
                end(session).await;
                return found(findings, facts);
            };
            if let Some(why) = refusal(&session).await.map_err(failed)? {
                return Err(Trouble::new(why, false));
            }
            let relation = table(&session, name).await?;
            end(session).await;
            let (reader, writer) = (context.env.connect().await?, context.env.connect().await?);
            let seen = change(&reader, &writer, &self.name, &relation, self.change.as_deref()).await.map_err(failed)?;
            writer.close().await;
            reader.close().await;
            match seen {
                Arrived::Changes(0) => {
                    let why = format!("a change of {name} did not arrive: the publication does not send it");
                    Err(Trouble { why, again: true, facts })
                }
                Arrived::Changes(number) => Ok(json!({ "tables": there.tables, "arrived": number })),
                Arrived::NothingChanged if self.change.is_some() => Err(nothing("the change reached no row")),
                Arrived::NothingChanged => {
                    Err(nothing(format!("{name} has no row that could be changed; name a change, such as an INSERT")))
                }
            }
        })
    }
}
