//! What of the present state is kept before a step of a way back that may lose some of it. An undo sets aside what it
//! takes away and a restore leaves the replaced database beside, so nothing need be kept before these.
//!
//! Must not know: what a step does, beyond its kind.

use backout_backup::capture::Depth;
use backout_plan::Remedy;
use backout_plan::plan::{Keep, Part, PlanStep, PlanWay};
use backout_runbook::{OnFailure, Procedure, Retry, Step};
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Refusal;
use crate::restore::{self, replace};
use crate::{Env, Result, capture, place, steps};

/// What the step is called that takes the backup.
const NAME: &str = "keep the present state";

/// Kinds that change whatever they are told to, and keep nothing. Of a command only its author knows, who can say
/// that it writes no data.
const LOSING: [&str; 2] = ["sql", "command"];

/// How long the backup may take. It says itself how far it is, and somebody can stop it or leave it out.
const LONG: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// What is kept before one way, as journals and previews say it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Kept {
    pub way: String,
    pub what: String,
    /// Before which step a backup is taken for it.
    #[serde(skip)]
    pub before: Option<usize>,
}

/// Decides it for the ways of one run; what is captured is looked up once.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    captured: Option<std::result::Result<String, String>>,
}

impl Keeper {
    /// What is kept before this way; `None` where none of its steps needs it.
    ///
    /// # Errors
    /// Where the plan says that what is captured suffices, and it does not.
    pub(crate) async fn of(&mut self, env: &Env, way: &PlanWay) -> Result<Option<Kept>> {
        // A way that names what is kept means every step that could lose something, whatever that says of itself.
        let could = |step: &PlanStep| if way.keep.is_some() { could_lose(step) } else { loses(step) };
        let Some(before) = way.steps.iter().position(could) else {
            let said = "nothing: its commands say that they write no data".to_owned();
            let has_one = way.steps.iter().any(could_lose);
            return Ok(has_one.then(|| Kept { way: way.name.clone(), what: said, before: None }));
        };
        let kept = |what: String, before| Ok(Some(Kept { way: way.name.clone(), what, before }));
        let own = way.steps.iter().take(before).find(|step| step.kind == steps::BACKUP);
        match (way.keep, own) {
            (Some(Keep::None), _) => kept("nothing, as the plan says".to_owned(), None),
            (Some(Keep::Captured), _) => match self.captured(env).await {
                Ok(what) => kept(what, None),
                Err(why) => {
                    let said = format!("way {} relies on what is captured, and {why}", way.name);
                    Err(Refusal::refused(said, Some(Remedy::CaptureOn)).into())
                }
            },
            (None, None) => match self.captured(env).await {
                Ok(what) => kept(what, None),
                Err(_) => kept(backup(&way.steps[before]), Some(before)),
            },
            (_, Some(own)) => kept(format!("the backup of step {:?}", own.name), None),
            (Some(Keep::Backup), None) => kept(backup(&way.steps[before]), Some(before)),
        }
    }

    async fn captured(&mut self, env: &Env) -> std::result::Result<String, String> {
        if self.captured.is_none() {
            let found = captured(env).await.unwrap_or_else(|failure| Err(failure.sentence()));
            self.captured = Some(found);
        }
        self.captured.clone().unwrap_or_else(|| Err(String::new()))
    }
}

/// Whether it or what takes it back is of a kind that keeps nothing.
fn could_lose(step: &PlanStep) -> bool {
    actions(step).any(|(kind, _)| LOSING.contains(&kind))
}

/// Whether it or what takes it back changes what is in the database and keeps nothing.
fn loses(step: &PlanStep) -> bool {
    actions(step).any(|(kind, with)| steps::writes_data(kind, with))
}

fn actions(step: &PlanStep) -> impl Iterator<Item = (&str, &Value)> {
    [Part::Own, Part::Undo].into_iter().filter_map(|part| step.action(part))
}

fn backup(before: &PlanStep) -> String {
    format!("a backup of everything, right before {:?}", before.name)
}

/// That every change of every row is captured with what it was, on top of a backup that it reaches back to; or why not.
async fn captured(env: &Env) -> Result<std::result::Result<String, String>> {
    let found = capture::status(env).await?;
    if let Some(table) = found.not_captured.first() {
        return Ok(Err(format!("{table} is not captured")));
    }
    if found.captured.is_empty() {
        return Ok(Err("nothing is captured".to_owned()));
    }
    for one in &found.captured {
        if let Some(trouble) = &one.trouble {
            return Ok(Err(format!("the changes of {} cannot be relied on: {trouble}", one.table)));
        }
        if one.source.depth != Depth::Images {
            return Ok(Err(format!("of {} only which rows change is captured, not what they were", one.table)));
        }
    }
    let store = place::open(env, None, None)?;
    let manifest = match restore::find(env, &store, "latest", false).await {
        Ok(manifest) => manifest,
        Err(failure) => return Ok(Err(format!("there is no backup that it began with: {}", failure.sentence()))),
    };
    if let Err(failure) = replace::prepared(env, &manifest, &[]).await {
        return Ok(Err(failure.sentence()));
    }
    let tables = found.captured.len();
    let tables = if tables == 1 { "1 table".to_owned() } else { format!("{tables} tables") };
    Ok(Ok(format!("the captured changes of {tables}, on top of backup {}", manifest.id)))
}

/// The step that takes the backup. Where the run has taken one by then, that is the one.
pub(crate) fn step(way: &PlanWay) -> Step {
    let mut name = NAME.to_owned();
    while way.steps.iter().any(|step| step.name == name) {
        name.push_str(" first");
    }
    Step {
        name,
        kind: steps::BACKUP.to_owned(),
        action: action(),
        budget: LONG.into(),
        retry: Retry::default(),
        // A way that cannot be gone without losing something is left for the next one.
        on_failure: OnFailure::Escalate,
        undo: None,
        approval: None,
        beforehand: true,
    }
}

fn action() -> Value {
    json!({ "once": true })
}

/// Whether it is the step that [`step`] makes, whoever wrote it down: it does only what the plan here says.
pub(crate) fn is_ours(step: &Step) -> bool {
    step.beforehand && step.kind == steps::BACKUP && step.action == action() && step.undo.is_none()
}

/// What is kept before each way, once more from what a run was opened with.
pub(crate) fn said<'k>(kept: &'k [Kept], way: &str) -> Option<&'k str> {
    kept.iter().find(|kept| kept.way == way).map(|kept| kept.what.as_str())
}

/// What is pinned for a run, and what is kept before its ways.
#[derive(Debug)]
pub(crate) struct Pinned {
    pub procedure: Procedure,
    pub kept: Vec<Kept>,
}
