//! Takes migrations back in place. The target's own record says whether that happened.
//!
//! Must not know: how an undo is planned or runs.

use std::collections::BTreeMap;

use backout_plan::plan::Flaw;
use backout_postgres::reimport;
use backout_postgres::store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Boxed, COUNTED, Context, Kind, MIGRATE, Migrate, Settled, Trouble};
use crate::Result;
use crate::cost::{Cost, of_undo};
use crate::failure::Refusal;
use crate::mistake::{Look, Mistake};
use crate::undo::{self, Options, Which};

/// How many of the newest, where the plan does not say.
const ONE: usize = 1;

/// Why nobody knows what undoing costs that a release has not applied yet.
const AHEAD: &str = "nothing of it is applied yet; how long it takes shows in its rehearsal";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Undo {
    /// So many of the newest, by the time that the run is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<usize>,
    /// Which they are, pinned when the run was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    numbers: Option<Vec<i64>>,
    /// Instead: all that came after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<i64>,
    /// Why they could not be pinned. The ways before need no target, so only this step fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    /// What need not come back exactly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accept_loss: Vec<String>,
}

impl Undo {
    pub(crate) fn read(with: &Value) -> Result<Self> {
        let wrong = |error| Refusal::usage(format!("a step that undoes cannot be read: {error}"), None);
        Ok(serde_json::from_value(with.clone()).map_err(wrong)?)
    }

    pub(crate) fn is_pinned(&self) -> bool {
        self.numbers.is_some() || self.after.is_some()
    }

    /// Nothing was applied when it was pinned.
    pub(crate) fn is_empty(&self) -> bool {
        self.after.is_none() && self.numbers.as_ref().is_some_and(Vec::is_empty)
    }

    /// Of those that stand, the newest first, the ones that are meant.
    pub(crate) fn pin(&mut self, standing: &std::result::Result<Vec<i64>, String>) {
        match standing {
            Ok(standing) => {
                self.numbers = Some(standing.iter().copied().take(self.newest.unwrap_or(ONE)).collect());
                self.absent = None;
            }
            Err(why) => self.absent = Some(why.clone()),
        }
    }

    /// Those that a former run meant, while nothing was applied after them: what that run has undone is not followed by
    /// what was applied before it.
    pub(crate) fn same_as(&mut self, former: &Self, standing: &[i64]) {
        if let Some(after) = former.after {
            self.numbers = Some(standing.iter().copied().filter(|number| *number > after).collect());
            return;
        }
        let Some(last) = former.numbers.iter().flatten().max() else { return };
        if standing.first().is_none_or(|newest| newest <= last) {
            self.numbers.clone_from(&former.numbers);
        }
    }

    /// All that come after this one, which are not there yet.
    pub(crate) fn after(&mut self, number: i64) {
        self.after = Some(number);
    }

    /// The versions that a release, whose first way applies them, will have applied before they are taken back, the
    /// newest first: where it is only shown, nothing of that is there yet. `None` where what is there counts.
    fn ahead(&self, context: &Context<'_>) -> Option<Vec<String>> {
        if self.after.is_none() || !context.is_imagined {
            return None;
        }
        let first = context.journal.state.procedure.ways.first()?;
        let applying = first.steps.iter().filter(|step| step.kind == MIGRATE);
        let mut versions: Vec<String> = applying.flat_map(|step| Migrate::versions_of(&step.action)).collect();
        versions.reverse();
        (!versions.is_empty()).then_some(versions)
    }

    /// Which migrations it takes back.
    ///
    /// # Errors
    /// Where that was not known when the run was opened.
    fn which(&self) -> Result<Which> {
        if let Some(why) = &self.absent {
            let said = format!("which migration it takes back was not known when the run was opened: {why}");
            return Err(Refusal::failed(said, None).into());
        }
        Ok(match self.after {
            Some(after) => Which::After(after),
            None => Which::Numbers(self.numbers.clone().unwrap_or_default()),
        })
    }

    fn options(&self) -> Result<Options> {
        Ok(Options { accept_loss: self.accept_loss.clone(), which: self.which()?, values: BTreeMap::new() })
    }

    /// What undoing those that are meant set aside, with its rows; null where they are not counted in the time that there
    /// is: the undo is done, and its step does not fail by that.
    async fn aside(&self, context: &Context<'_>) -> Value {
        let count = async {
            let session = context.env.connect().await.ok()?;
            let records = store::records(&session).await.ok()?;
            let which = self.which().ok()?;
            let is_meant = |one: &&store::Record| which.has(one.number);
            let versions: Vec<String> = records.iter().filter(is_meant).map(|one| one.version.clone()).collect();
            let wanted = |version: &str| versions.iter().any(|one| one == version);
            let mut waiting = reimport::waiting(&session, wanted).await.ok()?;
            waiting.retain(|one| which.has(one.number));
            Some(waiting)
        };
        let within = COUNTED.min(context.left() / 2);
        tokio::time::timeout(within, count).await.ok().flatten().map_or(Value::Null, |waiting| json!(waiting))
    }
}

impl Kind for Undo {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            if let Some(versions) = self.ahead(context) {
                let said = format!("-- undo of what this release will have applied: {}", versions.join(", "));
                return Ok(vec![said]);
            }
            let preview = undo::outline(context.env, &self.options()?).await?;
            if preview.is_empty() {
                return Ok(vec!["nothing is left to undo".to_owned()]);
            }
            let mut lines = Vec::new();
            for one in &preview.would_undo {
                lines.push(format!("-- undo of migration {} ({})", one.number, one.version));
                lines.extend(one.steps.iter().map(|one| one.step.sql.clone()));
            }
            Ok(lines)
        })
    }

    fn mistakes<'a>(&'a self, _: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let nothing = || Mistake::plan(Flaw::at(&["newest"], "it takes no migration back").value("0"));
            (self.newest == Some(0)).then(nothing).into_iter().collect()
        })
    }

    fn cost<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Cost>> {
        Box::pin(async move {
            if self.ahead(context).is_some() {
                return Ok(Cost { unknown: Some(AHEAD.to_owned()), ..Cost::default() });
            }
            let preview = undo::preview(context.env, &self.options()?).await?;
            if preview.is_empty() { Ok(Cost::default()) } else { of_undo(context.env, &preview).await }
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            match undo::run(context.env, &self.options()?).await {
                Ok(done) if done.is_empty() => Ok(json!({ "undone": [] })),
                Ok(done) => {
                    let mut facts = json!(done);
                    facts["aside"] = self.aside(context).await;
                    Ok(facts)
                }
                Err(halted) => {
                    let mut trouble = Trouble::from(halted.failure);
                    trouble.facts = json!(halted.done);
                    Err(trouble)
                }
            }
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            // A part of them, or a rest after a COMMIT, is gone on with.
            let which = self.which()?;
            let open = undo::left(&context.env.connect().await?, &which).await?;
            Ok(if open.is_empty() {
                let aside = self.aside(context).await;
                Settled::Done(json!({ "undone": self.numbers, "after": self.after, "aside": aside }))
            } else {
                Settled::NotBegun
            })
        })
    }
}
