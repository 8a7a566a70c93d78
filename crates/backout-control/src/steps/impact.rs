//! Counts what is exposed and to whom, before anything is changed. Counts are journaled, never rows or users.
//!
//! Must not know: what is done about it.

use std::path::PathBuf;

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::impact::{self, From, Need};
use crate::mistake::{Look, Mistake};
use crate::rows::When;
use crate::values::files;

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
                let text: String = report.affected.iter().map(|user| format!("{user}\n")).collect();
                files::replace(&context.env.folder().join(file), &text)?;
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
