//! Sets variables in an `.env` file. Lines that it does not change stay as they are, to the byte; what was there is in
//! the history of values.
//!
//! Must not know: who reads the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble, secrets};
use crate::Result;
use crate::mistake::{Look, Mistake};
use crate::values::{self, Place, Wanted};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvFile {
    /// Relative to the plan.
    #[serde(default = "dot_env")]
    file: PathBuf,
    /// Each variable and its value; `env:NAME` is looked up.
    #[serde(default)]
    set: BTreeMap<String, String>,
    #[serde(default)]
    unset: Vec<String>,
}

fn dot_env() -> PathBuf {
    PathBuf::from(".env")
}

impl EnvFile {
    fn place(&self) -> Place {
        Place::EnvFile(self.file.clone())
    }

    fn wanted(&self, context: &Context<'_>) -> std::result::Result<BTreeMap<String, Wanted>, Trouble> {
        wanted(context, &self.place(), &self.set, &self.unset)
    }
}

/// What a place shall have, with the values that are named looked up.
pub(super) fn wanted(
    context: &Context<'_>,
    place: &Place,
    set: &BTreeMap<String, String>,
    unset: &[String],
) -> std::result::Result<BTreeMap<String, Wanted>, Trouble> {
    let mut wanted: BTreeMap<String, Wanted> = unset.iter().map(|name| (name.clone(), Wanted::nothing())).collect();
    for (name, value) in set {
        wanted.insert(name.clone(), place.wanted(name, &secrets::resolved(context.env, value)?));
    }
    Ok(wanted)
}

impl Kind for EnvFile {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let file = context.env.folder().join(&self.file).display().to_string();
            let set = self.set.iter().map(|(name, value)| format!("{file}: {name}={value}"));
            let unset = self.unset.iter().map(|name| format!("{file}: {name} is taken out"));
            Ok(set.chain(unset).collect())
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = secrets::unset_among(look.env, &["set"], &self.set);
            if self.set.is_empty() && self.unset.is_empty() {
                found.push(Mistake::plan(Flaw::at(&[], "it has nothing to set or to unset")));
            }
            let whole = look.env.folder().join(&self.file);
            if let Some(mistake) = look.folder_of(&["file"], &self.file) {
                found.push(mistake);
            } else if let Some(mistake) = look.file(&["file"], &self.file) {
                match whole.exists() {
                    true => found.push(mistake),
                    // It is made, which is fine unless another one is meant.
                    false => {
                        let said = format!("{} is not there, and is made", whole.display());
                        found.push(Mistake::unsure(Flaw { said, ..mistake.flaw }));
                    }
                }
            }
            found
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let wanted = self.wanted(context)?;
            let mark = context.mark();
            let place = self.place();
            Ok(json!(values::apply(context.env, context.runs, &place, &wanted, Some(&mark), context.deadline).await?))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let wanted = match self.wanted(context) {
                Ok(wanted) => wanted,
                Err(trouble) => return Ok(Settled::Failed(trouble)),
            };
            let until = provider::look_until();
            let left = values::preview(context.env, context.runs, &self.place(), &wanted, until).await?;
            Ok(if left.is_empty() { Settled::Done(json!({ "file": self.file })) } else { Settled::NotBegun })
        })
    }
}
