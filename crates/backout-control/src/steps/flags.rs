//! Sets flags in a file of flagd's format: their state, or the variant that they have by default.
//!
//! Must not know: how flags are evaluated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shared::files;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flags {
    /// Relative to the plan.
    file: PathBuf,
    /// Each flag and the variant that it gets.
    set: BTreeMap<String, String>,
}

impl Flags {
    fn path(&self, context: &Context<'_>) -> PathBuf {
        context.env.folder().join(&self.file)
    }

    fn read(&self, context: &Context<'_>) -> std::result::Result<Value, Trouble> {
        let path = self.path(context);
        let wrong = |said: String| Trouble::new(format!("{}: {said}", path.display()), false);
        let document: Value = serde_json::from_str(&files::read(&path)?).map_err(|error| wrong(error.to_string()))?;
        for (name, variant) in &self.set {
            let flag = document.pointer("/flags").and_then(|flags| flags.get(name));
            let Some(flag) = flag else { return Err(wrong(format!("there is no flag {name:?}"))) };
            if flag["variants"].get(variant).is_none() {
                return Err(wrong(format!("flag {name:?} has no variant {variant:?}")));
            }
        }
        Ok(document)
    }

    fn is_set(&self, document: &Value) -> bool {
        let holds = |(name, variant): (&String, &String)| {
            let flag = &document["flags"][name.as_str()];
            // What is targeted or switched off has another value than the default.
            flag["defaultVariant"] == json!(variant) && flag["state"] != json!("DISABLED") && no_targeting(flag)
        };
        self.set.iter().all(holds)
    }
}

fn no_targeting(flag: &Value) -> bool {
    flag.get("targeting").is_none_or(|targeting| targeting.as_object().is_some_and(Map::is_empty))
}

impl Kind for Flags {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let line = |(name, variant): (&String, &String)| {
                format!("{}: {name} gets {variant}, for everybody", self.path(context).display())
            };
            Ok(self.set.iter().map(line).collect())
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let mut document = self.read(context)?;
            let mut former = Map::new();
            for (name, variant) in &self.set {
                let flag = &mut document["flags"][name.as_str()];
                former.insert(name.clone(), flag.clone());
                flag["defaultVariant"] = json!(variant);
                flag["state"] = json!("ENABLED");
                if let Some(fields) = flag.as_object_mut() {
                    fields.remove("targeting");
                }
            }
            let text = format!("{:#}\n", document);
            files::replace(&self.path(context), &text)?;
            Ok(json!({ "file": self.file, "former": former, "now": self.set }))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            Ok(match self.read(context) {
                Ok(document) if self.is_set(&document) => Settled::Done(json!({ "now": self.set })),
                Ok(_) => Settled::NotBegun,
                Err(trouble) => Settled::Failed(trouble),
            })
        })
    }
}
