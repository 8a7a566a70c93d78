//! Imports exported rows into the tables of now. A mark in the same transaction says whether it was committed.
//!
//! Must not know: how rows are compared or written.

use std::path::PathBuf;

use backout_backup::evidence::Choice;
use backout_plan::plan::{Flaw, TablePattern};
use backout_plan::wording::count;
use backout_postgres::mark;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::event::Event;
use crate::evidence::{self, ImportOptions};
use crate::failure::Refusal;
use crate::mistake::{Look, Mistake};
use crate::{Failure, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    /// Which export; the one of this run, where it is not said.
    #[serde(default)]
    evidence: Option<String>,
    #[serde(default)]
    tables: Vec<String>,
    #[serde(default)]
    on_conflict: Choice,
    /// Triggers of the application act on what is imported.
    #[serde(default)]
    fire_triggers: bool,
    /// The folder of all exports, relative to the plan.
    #[serde(default)]
    to: Option<PathBuf>,
    /// The file of an age identity, relative to the plan.
    #[serde(default)]
    identity: Option<PathBuf>,
}

impl Import {
    fn options(&self, context: &Context<'_>) -> Result<ImportOptions> {
        let folder = context.env.folder();
        let to = self.to.as_ref().map(|to| folder.join(to));
        let id = match &self.evidence {
            Some(id) => id.clone(),
            None => {
                let own = format!("{}/", context.journal.run);
                let found = evidence::of_run(context.env, to.as_deref(), &|mark| mark.starts_with(&own))?;
                found.ok_or_else(|| Refusal::failed("this run has exported nothing that could be imported", None))?.id
            }
        };
        let parse = |name: &String| name.parse::<TablePattern>().map_err(Failure::from);
        Ok(ImportOptions {
            id,
            tables: self.tables.iter().map(parse).collect::<Result<_>>()?,
            choice: self.on_conflict,
            fire_triggers: self.fire_triggers,
            dry_run: false,
            to,
            identity: self.identity.as_ref().map(|file| folder.join(file)),
            confirm: false,
            mark: Some((context.mark(), context.fence)),
        })
    }
}

impl Kind for Import {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let (evidence, mapped) = evidence::mapping(context.env, &self.options(context)?).await?;
            let mut lines = Vec::new();
            for one in &mapped {
                lines.push(format!("{} of evidence {} into {}", count(one.rows(), "row"), evidence.id, one.table));
                lines.extend(one.differences());
            }
            Ok(lines)
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = super::export::patterns(look, &self.tables).await;
            found.extend(self.identity.as_ref().and_then(|file| look.file(&["identity"], file)));
            let to = self.to.as_ref().map(|to| look.env.folder().join(to));
            match &self.evidence {
                Some(id) => {
                    let missing = evidence::find(look.env, to.as_deref(), id).err();
                    found.extend(missing.and_then(|failure| Mistake::of(&["evidence"], &failure)));
                }
                None if !look.before.contains(&"export") => {
                    let flaw = Flaw::at(&[], "no step before it exports anything, and no evidence is named");
                    found.push(Mistake::plan(flaw));
                }
                None => {}
            }
            found
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let done = evidence::import(context.env, &self.options(context)?).await?;
            let facts = evidence::counts(&done);
            let (conflicts, rejected) = evidence::left(&done);
            if evidence::is_refused(&done) {
                let conflicts = count(conflicts, "row");
                let why = format!("{conflicts} with another content by now, so nothing was imported");
                return Err(Trouble { why, again: false, facts });
            }
            if conflicts + rejected > 0 {
                let said =
                    format!("{conflicts} rows are other ones now and {rejected} do not fit; they stay in the export");
                context.env.say(Event::warning("evidence.left", said));
            }
            Ok(facts)
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let session = context.env.connect().await?;
            let marked = mark::is_set(&session, &context.mark()).await;
            Ok(match marked.map_err(Failure::server("looking for the mark of a step"))? {
                true => Settled::Done(json!({ "mark": context.mark() })),
                false => Settled::NotBegun,
            })
        })
    }
}
