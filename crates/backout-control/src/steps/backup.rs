//! Takes a backup, and proves it where that is wanted.
//!
//! Must not know: how rows are read.

use std::path::PathBuf;

use backout_backup::manifest::Manifest;
use backout_backup::shelf;
use backout_backup::store::Store;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::gates::identity;
use crate::mistake::{Look, Mistake};
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
    /// It keeps the present state before something else may lose some of it; one that this run has taken will do.
    #[serde(default)]
    once: bool,
}

impl Backup {
    fn store(&self, context: &Context<'_>) -> Result<Store> {
        let identity = self.identity.as_ref().map(|file| context.env.folder().join(file));
        place::open(context.env, self.to.as_deref(), identity.as_deref())
    }

    /// The one that this run has taken.
    async fn kept(&self, context: &Context<'_>, store: &Store) -> Option<Manifest> {
        let run = context.journal.run.as_str();
        let is_ours = |manifest: &Manifest| manifest.source.kept_by.as_deref() == Some(run);
        restore::find_where(context.env, store, "latest", false, &is_ours).await.ok()
    }
}

impl Kind for Backup {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let proven = if self.prove { ", restored and compared" } else { "" };
            let once = if self.once { ", unless this run has taken one by then" } else { "" };
            Ok(vec![format!("a backup of everything to {}{proven}{once}", self.store(context)?.name())])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            if let Some(identity) = self.identity.as_ref().and_then(|file| look.file(&["identity"], file)) {
                return vec![identity];
            }
            let identity = self.identity.as_ref().map(|file| look.env.folder().join(file));
            let opened = place::open(look.env, self.to.as_deref(), identity.as_deref());
            opened.err().and_then(|failure| Mistake::of(&["to"], &failure)).into_iter().collect()
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let env = context.env;
            let session = env.connect().await?;
            identity::pass(env, &session).await?;
            session.close().await;
            let store = self.store(context)?;
            if self.once
                && let Some(kept) = self.kept(context, &store).await
            {
                return Ok(json!({ "backup": kept.id, "at": kept.at, "store": store.name(), "again": false }));
            }
            let kept_by = self.once.then(|| context.journal.run.clone());
            let done = take::run(env, &store, &take::Options { kept_by, ..take::Options::default() }).await?;
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
            if self.once {
                let kept = self.kept(context, &store).await;
                return Ok(kept.map_or(Settled::NotBegun, |kept| {
                    Settled::Done(json!({ "backup": kept.id, "at": kept.at, "store": store.name() }))
                }));
            }
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
