//! Names of policies, by the team's convention.
//!
//! Must not know: what policies allow; that is `rls`.

use backout_postgres::examine::policies::all;
use backout_postgres::examine::statement;
use serde::Deserialize;
use serde_json::json;

use super::shared::named::tables;
use super::shared::names::{ids, listed};
use super::shared::reading::{begin, end, failed};
use super::{Boxed, Context, Held, Kind, found, nothing};
use crate::mistake::{Look, Mistake};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policies {
    /// A regular expression of PostgreSQL for the whole name, in which `{table}` and `{command}` stand for these.
    names: String,
    /// Whose policies; all where none is named.
    #[serde(default)]
    tables: Vec<String>,
}

impl Kind for Policies {
    fn said(&self) -> String {
        format!("policies of {} are called {}", listed(&self.tables, "all tables"), self.names)
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = tables(look, &["tables"], &self.tables).await;
            if let Some(session) = look.live.session().await {
                let plain = self.names.replace("{table}", "t").replace("{command}", "all");
                found.extend(Mistake::of_sense(&["names"], statement::expression(session, &plain).await));
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let session = begin(context).await?;
            let tables = ids(&session, &self.tables).await?;
            let policies = all(&session, &tables, &self.names).await.map_err(failed)?;
            end(session).await;
            if policies.is_empty() {
                return Err(nothing(format!("{} have no policy", listed(&self.tables, "the tables"))));
            }
            let odd = policies.iter().filter(|policy| !policy.fits);
            let findings = odd.map(|policy| format!("policy {} on {}", policy.name, policy.table)).collect();
            found(findings, json!({ "policies": policies.len() }))
        })
    }
}
