//! Takes back what a step has changed of variables or flags: for `undo`, where a way is unwound.
//!
//! Must not know: how values are kept.

use backout_plan::plan::Flaw;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::provider;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::failure::Refusal;
use crate::mistake::{Look, Mistake};
use crate::values::{self, Identity, Options, Place, Plan, Until};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revert {
    /// The file of an age identity, relative to the plan, or `env:NAME` with the text of one.
    #[serde(default)]
    identity: Option<String>,
    /// Deploy anew afterwards, so that the values are read.
    #[serde(default)]
    redeploy: bool,
    #[serde(default)]
    every_ms: Option<u64>,
}

impl Revert {
    /// What the step changes to which this belongs.
    fn place(context: &Context<'_>) -> Result<Place> {
        let step = context.journal.state.current().steps.get(context.step);
        let place = step.and_then(|step| Place::of_step(&step.kind, &step.action));
        let none = || Refusal::usage("revert is the undo of a step that changes variables or flags", None);
        Ok(place.ok_or_else(none)?)
    }

    /// What would come back; nothing where the step changed nothing.
    async fn plan(&self, context: &Context<'_>, place: &Place, deadline: jiff::Timestamp) -> Result<Option<Plan>> {
        let made = values::of_mark(context.runs, place, &context.mark_of_step()).await?;
        let Some(first) = made.first() else { return Ok(None) };
        let names = made.iter().flat_map(|version| &version.edits).map(|edit| edit.name.clone());
        let options = Options {
            until: Until::Before(first.version),
            names: names.collect(),
            identity: Identity::named(context.env, self.identity.as_deref())?,
        };
        values::plan(context.env, context.runs, place, &options, deadline).await.map(Some)
    }
}

impl Kind for Revert {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(vec!["what the step changed gets its former values".to_owned()]) })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let place = look.taken_back.and_then(|(kind, with)| Place::of_step(kind, with));
            let Some(place) = place else {
                let flaw = Flaw::at(&[], "revert is the undo of a step that changes variables or flags");
                return vec![Mistake::plan(flaw.hint("write it as undo = { do = \"revert\" } of such a step"))];
            };
            let opened = Identity::named(look.env, self.identity.as_deref()).err();
            let mut found: Vec<Mistake> = opened
                .map(|failure| Mistake::machine(Flaw::at(&["identity"], failure.sentence())))
                .into_iter()
                .collect();
            if !place.is_kept(look.env) {
                let flaw =
                    Flaw::at(&[], "what was there before is not kept, so a value that it replaces cannot come back");
                found.push(Mistake::unsure(flaw.hint("name who may read such values in store.encrypt_to")));
            }
            found
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let (place, mark) = (Self::place(context)?, context.mark());
            let Some(plan) = self.plan(context, &place, context.deadline).await? else {
                return Ok(json!({ "changed": [] }));
            };
            let (env, deadline) = (context.env, context.deadline);
            let applied = values::revert(env, context.runs, &place, &plan, Some(&mark), deadline).await?;
            if let (Place::Vercel(at), true) = (&place, self.redeploy) {
                let every = provider::every(self.every_ms);
                let vercel = at.access.open(env, deadline)?;
                let project = &at.access.project;
                vercel.redeploy_until_ready(project, None, &mark, every).await.map_err(crate::Failure::from)?;
            }
            Ok(json!(applied))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            // What is back already is left alone, so it may be done again.
            let place = Self::place(context)?;
            let plan = self.plan(context, &place, provider::look_until()).await?;
            let is_back = plan.is_none_or(|plan| plan.changes.iter().all(|change| change.is_there));
            Ok(if is_back && !self.redeploy { Settled::Done(json!({})) } else { Settled::NotBegun })
        })
    }
}
