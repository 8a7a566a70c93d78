//! Exports rows as evidence, before they are changed or taken away.
//!
//! Must not know: how rows are read.

use std::path::PathBuf;

use backout_backup::evidence::Evidence;
use backout_plan::plan::{Flaw, TablePattern};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::evidence::{self, Options, Wanted};
use crate::failure::Refusal;
use crate::impact::Need;
use crate::mistake::{Look, Mistake};
use crate::{Failure, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Export {
    /// `schema.table` or `schema.*`; what the plan's `[impact]` names, where neither these nor a query are given.
    #[serde(default)]
    tables: Vec<String>,
    #[serde(default)]
    sql: Option<String>,
    /// What the query is called.
    #[serde(default)]
    name: Option<String>,
    /// The folder of all exports, relative to the plan.
    #[serde(default)]
    to: Option<PathBuf>,
    /// Fails where the plan names nobody to encrypt it for.
    #[serde(default)]
    encrypt: bool,
}

impl Export {
    fn wanted(&self) -> Result<Wanted> {
        match (&self.sql, self.tables.is_empty()) {
            (Some(_), false) => Err(Refusal::usage("an export is of tables or of a query", None).into()),
            (Some(sql), true) => {
                let name = self.name.clone().unwrap_or_else(|| "query".to_owned());
                Ok(Wanted::Query { name, sql: sql.clone() })
            }
            (None, true) => Ok(Wanted::Impact),
            (None, false) => {
                let parse = |name: &String| name.parse::<TablePattern>().map_err(Failure::from);
                Ok(Wanted::Tables(self.tables.iter().map(parse).collect::<Result<_>>()?))
            }
        }
    }

    fn to(&self, context: &Context<'_>) -> Option<PathBuf> {
        self.to.as_ref().map(|to| context.env.folder().join(to))
    }

    fn facts(&self, evidence: &Evidence) -> Value {
        let part = |part: &backout_backup::evidence::Part| json!({ "of": part.content.named(), "rows": part.rows, "sha256": part.sha256 });
        json!({ "evidence": evidence.id, "at": evidence.at, "lsn": evidence.lsn, "folder": self.to,
            "encrypted": !evidence.recipients.is_empty(), "parts": evidence.parts.iter().map(part).collect::<Vec<_>>() })
    }
}

/// Patterns that are none, or that name nothing.
pub(super) async fn patterns(look: &Look<'_>, tables: &[String]) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (number, name) in tables.iter().enumerate() {
        let path = ["tables", &number.to_string()];
        match name.parse::<TablePattern>() {
            Ok(pattern) => found.extend(look.live.pattern(&path, &pattern).await),
            Err(error) => {
                let flaw = Flaw::at(&path, error.to_string()).value(name);
                found.push(Mistake::plan(Flaw { suggestion: error.suggestion(), ..flaw }));
            }
        }
    }
    found
}

impl Kind for Export {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let what = match self.wanted()? {
                Wanted::Impact => {
                    let on = &crate::impact::section(context.env)?.on;
                    on.iter().map(|one| one.name.clone()).collect::<Vec<_>>().join(", ")
                }
                Wanted::Tables(_) => self.tables.join(", "),
                Wanted::Query { sql, .. } => sql,
            };
            let folder = evidence::folder(context.env, self.to(context).as_deref());
            Ok(vec![format!("the rows of {what} as CSV with checksums, into {}", folder.display())])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = patterns(look, &self.tables).await;
            let wanted = match self.wanted() {
                Ok(wanted) => wanted,
                Err(failure) => {
                    found.extend(Mistake::of(&["sql"], &failure).filter(|_| self.sql.is_some()));
                    return found;
                }
            };
            match wanted {
                Wanted::Impact => found.extend(crate::impact::mistakes(look, &["tables"], Need::Rows).await),
                Wanted::Query { sql, .. } => found.extend(look.live.statement(&["sql"], &sql).await),
                Wanted::Tables(_) => {}
            }
            if self.encrypt && look.env.backup().encrypt_to.is_empty() {
                let flaw = Flaw::at(&["encrypt"], "there is nobody to encrypt it for");
                found.push(Mistake::plan(flaw.hint("name them in backup.encrypt_to")));
            }
            found
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let options = Options {
                wanted: self.wanted()?,
                to: self.to(context),
                encrypt: self.encrypt,
                by: context.runs.who.clone(),
                mark: Some(context.mark()),
            };
            Ok(self.facts(&evidence::export(context.env, &options).await?))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            // Without a manifest it is none, so the mark in one says that it was finished.
            let mark = context.mark();
            let found = evidence::of_run(context.env, self.to(context).as_deref(), &|one| one == mark)?;
            Ok(found.map_or(Settled::NotBegun, |evidence| Settled::Done(self.facts(&evidence))))
        })
    }
}
