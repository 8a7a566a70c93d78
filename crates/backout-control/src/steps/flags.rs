//! Sets flags in a file of flagd's format: everybody gets the variant. What a flag was is in the history of values.
//!
//! Must not know: how flags are evaluated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::values::{self, Place, Wanted};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flags {
    /// Relative to the plan.
    file: PathBuf,
    /// Each flag and the variant that it gets.
    set: BTreeMap<String, String>,
}

impl Flags {
    fn wanted(&self, context: &Context<'_>) -> Result<BTreeMap<String, Wanted>> {
        let definitions = values::switched(&context.env.folder().join(&self.file), &self.set)?;
        Ok(definitions.into_iter().map(|(name, definition)| (name, Wanted::value(definition))).collect())
    }

    fn place(&self) -> Place {
        Place::Flags(self.file.clone())
    }
}

impl Kind for Flags {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let file = context.env.folder().join(&self.file);
            let line = |(name, variant): (&String, &String)| {
                format!("{}: {name} gets {variant}, for everybody", file.display())
            };
            Ok(self.set.iter().map(line).collect())
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let (wanted, mark) = (self.wanted(context)?, context.mark());
            let place = self.place();
            let applied =
                values::apply(context.env, context.runs, &place, &wanted, Some(&mark), context.deadline).await?;
            Ok(json!({ "file": self.file, "version": applied.version, "now": self.set }))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let wanted = match self.wanted(context) {
                Ok(wanted) => wanted,
                Err(failure) => return Ok(Settled::Failed(failure.into())),
            };
            let until = provider::look_until();
            let left = values::preview(context.env, context.runs, &self.place(), &wanted, until).await?;
            Ok(if left.is_empty() {
                Settled::Done(json!({ "file": self.file, "now": self.set }))
            } else {
                Settled::NotBegun
            })
        })
    }
}
