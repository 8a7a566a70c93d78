//! Restores a backup: beside the live database, with what was captured since, and the two exchange names; or the rows of
//! tables in place.
//!
//! Must not know: how rows are loaded or names exchanged.

use std::path::PathBuf;

use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use backout_plan::plan::{Flaw, TablePattern};
use backout_postgres::mark;
use backout_schema::qualified;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::cost::{Cost, Restored, of_restore};
use crate::failure::Refusal;
use crate::folder::Folder;
use crate::gates::identity;
use crate::mistake::{Look, Mistake};
use crate::restore::{in_place, replace};
use crate::{Env, Failure, Result, place, restore};

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
    /// Rows go back in the live database, in one transaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    in_place: bool,
    /// Only these; in place alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tables: Vec<String>,
    /// Why there was none when the run was opened. The ways before need none, so only this step fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The file of an age identity, relative to the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<PathBuf>,
}

/// The newest one.
const LATEST: &str = "latest";

fn latest() -> String {
    LATEST.to_owned()
}

impl Restore {
    pub(crate) fn read(with: &Value) -> Result<Self> {
        let wrong = |error| Refusal::usage(format!("a step that restores cannot be read: {error}"), None);
        Ok(serde_json::from_value(with.clone()).map_err(wrong)?)
    }

    /// What can't be meant, and the key that says it.
    pub(super) fn objection(&self) -> Option<(&'static str, &'static str)> {
        match self.in_place {
            true if self.replay => Some(("replay", "in place nothing is replayed: leave out `replay` or `in_place`")),
            true if self.accept_differences => {
                Some(("accept_differences", "in place `accept_differences` has no meaning"))
            }
            false if !self.tables.is_empty() => {
                Some(("tables", "single tables are restored in place: add `in_place = true`"))
            }
            _ => None,
        }
    }

    fn tables(&self) -> Result<in_place::Options> {
        let parse = |name: &String| name.parse::<TablePattern>().map_err(Failure::from);
        let tables = self.tables.iter().map(parse).collect::<Result<_>>()?;
        Ok(in_place::Options { tables, ..in_place::Options::default() })
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

    /// What a run kept of the state that was to be left is not what is brought back.
    async fn find(&self, env: &Env) -> Result<Manifest> {
        self.is_there()?;
        let store = self.store(env)?;
        restore::find_where(env, &store, &self.backup, false, &|manifest| manifest.source.kept_by.is_none()).await
    }

    /// Where the plan names none, the one that a former run has pinned.
    pub(crate) fn same_as(&mut self, planned: &Self, former: &Self) {
        if planned.backup == LATEST && (former.backup != LATEST || former.absent.is_some()) {
            self.backup.clone_from(&former.backup);
            self.absent.clone_from(&former.absent);
        }
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
            if self.in_place {
                let tables = if self.tables.is_empty() { "all tables".to_owned() } else { self.tables.join(", ") };
                return Ok(vec![format!(
                    "rows of {tables} go back to backup {} of {}, in place",
                    manifest.id, manifest.at
                )]);
            }
            let replay = if self.replay { ", what was captured since is replayed" } else { "" };
            Ok(vec![format!(
                "backup {} of {} is restored beside the live database and compared{replay}; the two exchange names",
                manifest.id, manifest.at
            )])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            if let Some(identity) = self.identity.as_ref().and_then(|file| look.file(&["identity"], file)) {
                return vec![identity];
            }
            if let Err(failure) = self.store(look.env) {
                return Mistake::of(&["from"], &failure).into_iter().collect();
            }
            let mut found = Vec::new();
            for (number, name) in self.tables.iter().enumerate() {
                if let Err(error) = name.parse::<TablePattern>() {
                    let flaw = Flaw::at(&["tables", &number.to_string()], error.to_string()).value(name);
                    found.push(Mistake::plan(Flaw { suggestion: error.suggestion(), ..flaw }));
                }
            }
            // Whoever asks for one that is away, or for the place itself, learns that by itself.
            if look.live.session().await.is_none() {
                return found;
            }
            let manifest = match self.find(look.env).await {
                Ok(manifest) => manifest,
                Err(failure) => {
                    found.extend(Mistake::of(&["backup"], &failure).map(|one| match self.backup == LATEST {
                        // One may be taken by then.
                        true => Mistake::unsure(one.flaw),
                        false => Mistake::machine(one.flaw.value(&self.backup)),
                    }));
                    return found;
                }
            };
            for (number, name) in self.tables.iter().enumerate() {
                let Ok(pattern) = name.parse::<TablePattern>() else { continue };
                if !manifest.tables.iter().any(|table| pattern.matches(&table.schema, &table.name)) {
                    let said = format!("{name} names no table of backup {}", manifest.id);
                    let names: Vec<String> =
                        manifest.tables.iter().map(|table| qualified(&table.schema, &table.name)).collect();
                    let flaw = Flaw::at(&["tables", &number.to_string()], said).value(name);
                    let flaw = flaw.meant(name, names.iter().map(String::as_str));
                    // Another backup may be the latest by then.
                    found.push(if self.backup == LATEST { Mistake::database(flaw) } else { Mistake::plan(flaw) });
                }
            }
            found
        })
    }

    fn cost<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Cost>> {
        Box::pin(async move {
            let store = self.store(context.env)?;
            let manifest = self.find(context.env).await?;
            let (tables, replace) = (self.tables()?, replace::Options { replay: self.replay, ..Default::default() });
            let (wanted, how) = match (self.in_place, self.replay) {
                (true, _) => (restore::Wanted::InPlace(&tables), Restored::InPlace),
                (false, true) => (restore::Wanted::Replace(&replace), Restored::Replayed),
                (false, false) => (restore::Wanted::Replace(&replace), Restored::Replaced),
            };
            let preview = restore::preview(context.env, &store, &manifest, wanted).await?;
            Ok(of_restore(&preview, how, context.after_undo, history(context.env)?.as_deref()))
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
            if self.in_place {
                let options = in_place::Options { mark: Some((context.mark(), context.fence)), ..self.tables()? };
                let mut facts = json!(in_place::run(&env, &store, &manifest, &options).await?);
                facts["at"] = json!(manifest.at);
                return Ok(facts);
            }
            let options = replace::Options {
                replay: self.replay,
                accept_differences: self.accept_differences,
                ..replace::Options::default()
            };
            let mut facts = json!(replace::run(&env, &store, &manifest, &options).await?);
            facts["at"] = json!(manifest.at);
            // Backout's own history comes along, and is nobody's loss.
            let own = manifest.tables.iter().filter(|table| !backout_schema::is_ours(&table.schema));
            facts["tables"] = json!(own.clone().count());
            facts["rows"] = json!(own.map(|table| table.fingerprint.rows).sum::<u64>());
            Ok(facts)
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            if self.in_place {
                let session = context.env.connect().await?;
                let marked = mark::is_set(&session, &context.mark()).await;
                return Ok(match marked.map_err(Failure::server("looking for the mark of a step"))? {
                    true => Settled::Done(json!({ "backup": self.backup, "mark": context.mark() })),
                    false => Settled::NotBegun,
                });
            }
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

/// The table in which the migrations' own tool remembers what is applied, as it is written in SQL.
fn history(env: &Env) -> Result<Option<String>> {
    let Some(plan) = env.plan.as_deref() else { return Ok(None) };
    let Some(history) = Folder::read(plan)?.layout.history() else { return Ok(None) };
    Ok(Some(qualified(history.schema().unwrap_or("public"), history.table())))
}

/// As the names of replaced databases end.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dt%H%M%Sz").to_string()
}
