//! Restores a backup beside the live database, replays what was captured since, and exchanges the two.
//!
//! Must not know: how rows are loaded or names exchanged.

use std::path::PathBuf;

use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::cost::{Cost, of_restore};
use crate::failure::Refusal;
use crate::gates::identity;
use crate::restore::replace;
use crate::{Env, Result, place, restore};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restore {
    /// Which one; its id is pinned when the run is opened.
    #[serde(default = "latest")]
    backup: String,
    /// What was captured since is replayed.
    #[serde(default)]
    replay: bool,
    /// Go on although what was restored is not in everything what was taken.
    #[serde(default)]
    accept_differences: bool,
    /// Why there was none when the run was opened. The ways before need none, so only this step fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The file of an age identity, relative to the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<PathBuf>,
}

fn latest() -> String {
    "latest".to_owned()
}

impl Restore {
    pub(crate) fn read(with: &Value) -> Result<Self> {
        let wrong = |error| Refusal::usage(format!("a step that restores cannot be read: {error}"), None);
        Ok(serde_json::from_value(with.clone()).map_err(wrong)?)
    }

    /// The backup by its id: a later one is not what was approved. One that is not there now is not looked for later:
    /// it would hold what is to be taken back.
    pub(crate) async fn pin(&mut self, env: &Env) {
        self.absent = None;
        match self.find(env).await {
            Ok(manifest) => self.backup = manifest.id,
            Err(failure) => self.absent = Some(failure.sentence()),
        }
    }

    /// # Errors
    /// Where there was no backup when the run was opened.
    pub(crate) fn is_there(&self) -> Result<()> {
        match &self.absent {
            None => Ok(()),
            Some(why) => Err(Refusal::failed(why.clone(), None).into()),
        }
    }

    async fn find(&self, env: &Env) -> Result<Manifest> {
        self.is_there()?;
        restore::find(env, &self.store(env)?, &self.backup, false).await
    }

    fn store(&self, env: &Env) -> Result<Store> {
        let identity = self.identity.as_ref().map(|file| env.folder().join(file));
        place::open(env, self.from.as_deref(), identity.as_deref())
    }
}

impl Kind for Restore {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let manifest = self.find(context.env).await?;
            let replay = if self.replay { ", what was captured since is replayed" } else { "" };
            Ok(vec![format!(
                "backup {} of {} is restored beside the live database and compared{replay}; the two exchange names",
                manifest.id, manifest.at
            )])
        })
    }

    fn cost<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Cost>> {
        Box::pin(async move {
            let store = self.store(context.env)?;
            let manifest = self.find(context.env).await?;
            let options = replace::Options { replay: self.replay, ..replace::Options::default() };
            let wanted = restore::Wanted::Replace(&options);
            let preview = restore::preview(context.env, &store, &manifest, wanted).await?;
            let mut cost = of_restore(&preview, self.replay);
            cost.kept.push("what is live now, under another name beside it".to_owned());
            Ok(cost)
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let session = context.env.connect().await?;
            identity::pass(context.env, &session).await?;
            session.close().await;
            // The run was confirmed when it was opened.
            let env = Env { confirmed: Some(context.env.claimed()?.to_owned()), ..context.env.clone() };
            let store = self.store(&env)?;
            let manifest = self.find(&env).await?;
            let options = replace::Options {
                replay: self.replay,
                accept_differences: self.accept_differences,
                ..replace::Options::default()
            };
            Ok(json!(replace::run(&env, &store, &manifest, &options).await?))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            // What was live before has the moment of the restore in its name, in whole seconds.
            let kept = replace::settle(context.env).await?;
            let begun = context.begun().map(stamp);
            let ours = kept.iter().rev().find(|name| {
                let of = name.rsplit('_').next().unwrap_or_default();
                begun.as_deref().is_some_and(|begun| of >= begun)
            });
            Ok(match ours {
                Some(kept) => Settled::Done(json!({ "backup": self.backup, "kept": kept })),
                None => Settled::NotBegun,
            })
        })
    }
}

/// As the names of replaced databases end.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dt%H%M%Sz").to_string()
}
