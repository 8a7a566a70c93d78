//! Sets variables of a project on Vercel, and deploys anew where that is wanted: new values reach new deployments only.
//!
//! Must not know: what a variable is for.

use std::collections::BTreeMap;

use backout_plan::plan::{Flaw, read_value};
use serde::Deserialize;
use serde_json::{Value, json};

use super::env_file::wanted;
use super::shared::provider;
use super::{Boxed, Context, Kind, Made, Settled, Trouble, secrets};
use crate::mistake::{Look, Mistake};
use crate::values::{self, Place, VercelPlace};
use crate::{Failure, Result};

#[derive(Debug, Clone)]
pub(super) struct VercelEnv {
    place: VercelPlace,
    with: With,
}

/// Beside what the place has.
#[derive(Debug, Clone, Deserialize)]
struct With {
    /// Each variable and its value; `env:NAME` is looked up.
    #[serde(default)]
    set: BTreeMap<String, String>,
    #[serde(default)]
    unset: Vec<String>,
    /// Build production's code anew and wait until it is production.
    #[serde(default)]
    redeploy: bool,
    #[serde(default)]
    every_ms: Option<u64>,
}

const KEYS: &[&str] = &["project", "team", "token", "url", "targets", "type", "set", "unset", "redeploy", "every_ms"];

/// Reads one: some of its keys are those of the place.
pub(super) fn made(action: &Value) -> Made {
    let unknown = action.as_object().into_iter().flatten().find(|(key, _)| !KEYS.contains(&key.as_str()));
    if let Some((key, _)) = unknown {
        let flaw = Flaw::at(&[key.as_str()], format!("unknown field `{key}`")).value(key);
        return Err(flaw.meant(key, KEYS.iter().copied()));
    }
    let place: VercelPlace = read_value(action)?;
    let with: With = read_value(action)?;
    if place.targets.is_empty() {
        return Err(Flaw::at(&["targets"], "targets is empty"));
    }
    if !with.redeploy && with.set.is_empty() && with.unset.is_empty() {
        return Err(Flaw::at(&[], "it has nothing to set, to unset or to redeploy"));
    }
    Ok(Box::new(VercelEnv { place, with }))
}

impl VercelEnv {
    fn place(&self) -> Place {
        Place::Vercel(self.place.clone())
    }
}

impl Kind for VercelEnv {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let VercelPlace { access, targets, .. } = &self.place;
            let (base, project) = (access.url.trim_end_matches('/'), &access.project);
            let set = self.with.set.iter().map(|(name, value)| {
                let body = json!({ "key": name, "value": value, "target": targets });
                format!("POST {base}/v10/projects/{project}/env?upsert=true {body}")
            });
            let unset = self.with.unset.iter().map(|name| {
                format!("DELETE {base}/v9/projects/{project}/env/(the id of {name} for {})", targets.join(", "))
            });
            let redeploy = self.with.redeploy.then(|| {
                let body = json!({ "deploymentId": "(that of production)", "target": "production" });
                format!("POST {base}/v13/deployments?forceNew=1 {body}")
            });
            Ok(set.chain(unset).chain(redeploy).collect())
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let mut found = provider::of_vercel(look, &self.place.access);
            found.extend(secrets::unset_among(look.env, &["set"], &self.with.set));
            found
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let (place, mark) = (self.place(), context.mark());
            let wanted = wanted(context, &place, &self.with.set, &self.with.unset)?;
            let (env, deadline) = (context.env, context.deadline);
            let applied = values::apply(env, context.runs, &place, &wanted, Some(&mark), deadline).await?;
            let mut facts = json!(applied);
            if self.with.redeploy {
                let vercel = self.place.access.open(env, deadline)?;
                let (project, every) = (&self.place.access.project, provider::every(self.with.every_ms));
                let made = vercel.redeploy_until_ready(project, None, &mark, every).await.map_err(Failure::from)?;
                facts["deployment"] = json!(made.id);
            }
            Ok(facts)
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            let place = self.place();
            let wanted = match wanted(context, &place, &self.with.set, &self.with.unset) {
                Ok(wanted) => wanted,
                Err(trouble) => return Ok(Settled::Failed(trouble)),
            };
            let until = provider::look_until();
            if !values::preview(context.env, context.runs, &place, &wanted, until).await?.is_empty() {
                return Ok(Settled::NotBegun);
            }
            if !self.with.redeploy {
                return Ok(Settled::Done(json!({ "place": place.name() })));
            }
            // One that is under way is waited for by the next attempt, which begins no second one.
            let vercel = self.place.access.open(context.env, until)?;
            let project = vercel.project(&self.place.access.project).await?;
            let made = vercel.marked(&project, &context.mark()).await?.into_iter().find(|one| one.is_ready());
            Ok(match made.filter(|made| project.current() == Some(&made.id)) {
                Some(made) => Settled::Done(json!({ "deployment": made.id })),
                None => Settled::NotBegun,
            })
        })
    }
}
