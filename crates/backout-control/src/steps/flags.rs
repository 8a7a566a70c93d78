//! Sets flags in a file of flagd's format: everybody gets the variant. What a flag was is in the history of values.
//!
//! Must not know: how flags are evaluated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::mistake::{Look, Mistake};
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

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found: Vec<Mistake> = Vec::new();
            if self.set.is_empty() {
                found.push(Mistake::plan(Flaw::at(&["set"], "it sets no flag")));
            }
            if let Some(mistake) = look.file(&["file"], &self.file) {
                found.push(mistake);
                return found;
            }
            let file = self.file.display();
            let flags = match values::flags(&look.env.folder().join(&self.file)) {
                Ok(flags) => flags,
                Err(failure) => {
                    let flaw = Flaw::at(&["file"], failure.sentence()).value(file.to_string());
                    found.push(Mistake::machine(flaw));
                    return found;
                }
            };
            for (name, variant) in &self.set {
                let path = ["set", name.as_str()];
                let Some(flag) = flags.iter().find(|flag| flag.name == *name) else {
                    let flaw = Flaw::at(&path, format!("there is no flag {name:?} in {file}")).value(name);
                    found.push(Mistake::machine(flaw.meant(name, flags.iter().map(|flag| flag.name.as_str()))));
                    continue;
                };
                if !flag.variants.contains(variant) {
                    let flaw = Flaw::at(&path, format!("flag {name:?} has no variant {variant:?} in {file}"));
                    let meant = flaw.value(variant).meant(variant, flag.variants.iter().map(String::as_str));
                    found.push(Mistake::machine(meant));
                }
            }
            found
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
                values::share(context.env, context.runs, &self.place()).await?;
                Settled::Done(json!({ "file": self.file, "now": self.set }))
            } else {
                Settled::NotBegun
            })
        })
    }
}
