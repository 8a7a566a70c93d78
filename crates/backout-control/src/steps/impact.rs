//! Counts what is exposed and to whom, before anything is changed. Counts are journaled, never rows or users;
//! who the users are is kept beside the journal, where the plan has messages for them.
//!
//! Must not know: what is done about it.

use std::path::PathBuf;

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::impact::{self, From, Need};
use crate::mistake::{Look, Mistake};
use crate::rows::When;
use crate::values::files;
use crate::{Event, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Impact {
    /// Writes since then: a moment, or how long ago.
    #[serde(default)]
    since: Option<String>,
    /// Writes since this migration.
    #[serde(default)]
    migration: Option<i64>,
    /// Where the ids of affected users go, relative to the plan.
    #[serde(default)]
    users_file: Option<PathBuf>,
}

impl Impact {
    fn from(&self) -> std::result::Result<From, Trouble> {
        match (&self.since, self.migration) {
            (Some(_), Some(_)) => Err(Trouble::new("both since and migration are given", false)),
            (Some(text), None) => {
                text.parse::<When>().map(From::Moment).map_err(|said| Trouble::new(format!("since: {said}"), false))
            }
            (None, Some(number)) => Ok(From::Migration(number)),
            (None, None) => Ok(From::Newest),
        }
    }
}

impl Kind for Impact {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let section = impact::section(context.env)?;
            let names: Vec<&str> = section.on.iter().map(|one| one.name.as_str()).collect();
            Ok(vec![format!(
                "who sees whose rows of {}, and what was written since; changes nothing",
                names.join(", ")
            )])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = impact::mistakes(look, &[], Need::Users).await;
            if let Err(trouble) = self.from() {
                found.push(Mistake::plan(Flaw::at(&["since"], trouble.why)));
            }
            found.extend(self.users_file.as_ref().and_then(|file| look.folder_of(&["users_file"], file)));
            found
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let report = impact::run(context.env, self.from()?).await?;
            if let Some(file) = &self.users_file {
                let text: String = report.affected.keys().map(|user| format!("{user}\n")).collect();
                files::replace(&context.env.folder().join(file), &text)?;
            }
            // Whoever writes to them needs to know who they are, and what of theirs it was.
            if impact::is_written_to(context.env) {
                let affected = serde_json::to_vec(&report.affected).unwrap_or_default();
                let keeping = context.runs.store.keep(&context.journal.run, impact::KEPT, &affected);
                if let Err(error) = keeping.await {
                    let said = format!("who is affected is not kept, so nobody is written to: {error}");
                    context.env.say(Event::warning("notify.affected", said));
                }
            }
            let mut facts = report.counts();
            facts["users_file"] = json!(self.users_file);
            Ok(facts)
        })
    }

    fn settle<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async { Ok(Settled::NotBegun) })
    }
}
