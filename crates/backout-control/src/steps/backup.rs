//! Takes a backup, and proves it where that is wanted.
//!
//! Must not know: how rows are read.

use std::path::PathBuf;

use backout_backup::shelf;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::gates::identity;
use crate::{Result, place, prove, restore, take};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backup {
    /// It is restored and compared as well.
    #[serde(default)]
    prove: bool,
    /// Where to; the plan's place by default.
    #[serde(default)]
    to: Option<String>,
    /// The file of an age identity, relative to the plan: what is encrypted is proven with it.
    #[serde(default)]
    identity: Option<PathBuf>,
}

impl Backup {
    fn store(&self, context: &Context<'_>) -> Result<backout_backup::store::Store> {
        let identity = self.identity.as_ref().map(|file| context.env.folder().join(file));
        place::open(context.env, self.to.as_deref(), identity.as_deref())
    }
}

impl Kind for Backup {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let proven = if self.prove { ", restored and compared" } else { "" };
            Ok(vec![format!("a backup of everything to {}{proven}", self.store(context)?.name())])
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let env = context.env;
            let session = env.connect().await?;
            identity::pass(env, &session).await?;
            session.close().await;
            let store = self.store(context)?;
            let done = take::run(env, &store, &take::Options::default()).await?;
            let id = done.manifest.id.clone();
            let mut facts = json!({ "backup": id, "at": done.manifest.at, "store": store.name() });
            if !self.prove {
                return Ok(facts);
            }
            let proof = prove::run(env, &store, &done.manifest, None).await?;
            facts["proven"] = json!(proof.proven);
            if proof.proven {
                return Ok(facts);
            }
            let why = format!("backup {id} is not what was taken, once restored");
            Err(Trouble { why, again: false, facts: json!(proof.differences) })
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            // One that was finished since counts; what was interrupted is left for `prune`.
            let store = self.store(context)?;
            let Ok(manifest) = restore::find(context.env, &store, "latest", false).await else {
                return Ok(Settled::NotBegun);
            };
            if context.begun().is_none_or(|begun| manifest.at < begun) {
                return Ok(Settled::NotBegun);
            }
            let proofs = shelf::proofs(&store, &manifest).await?;
            let proven = proofs.last().is_some_and(|proof| proof.differences.is_empty());
            let facts = json!({ "backup": manifest.id, "at": manifest.at, "store": store.name(), "proven": proven });
            Ok(if proven || !self.prove { Settled::Done(facts) } else { Settled::NotBegun })
        })
    }
}
