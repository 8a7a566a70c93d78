//! What is known of a rollout that was begun, as the store has it: whoever leads goes on with it.
//!
//! Must not know: how a flag is switched, or a check asked.

use backout_flags::rollout as rolled;
use backout_plan::plan::PlanRollout;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::Refusal;
use crate::runs::Runs;
use crate::{Failure, Result};

const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub(super) format: u32,
    /// As it was begun: a plan that is changed meanwhile changes nothing of it.
    pub rollout: PlanRollout,
    /// Who began it.
    pub by: String,
    pub because: String,
    pub begun: Timestamp,
    /// The flag's definition before it; nothing until whoever leads has looked.
    pub former: Option<String>,
    /// The definition that the rollout gave last, and the one that it is about to give: written down before it is given.
    pub given: Option<String>,
    pub intended: Option<String>,
    /// The stage, from 0.
    pub stage: usize,
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Timestamp,
    pub paused: Option<Paused>,
    /// Why it does not go on although its time is over.
    pub waits: Option<String>,
    /// The stages that were reached, in their order.
    pub reached: Vec<Reached>,
    /// Who approved stages, in the order in which they did.
    pub approved: Vec<Said>,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Phase {
    /// Nobody has looked at the flag yet.
    Begins,
    /// Somebody is to approve the stage.
    Asks,
    /// The flag is to be as `intended`.
    Switches,
    /// The stage's checks are asked for the first time.
    Checks,
    Holds {
        until: Timestamp,
        /// How long it waits then for triggers that do not say that all is well.
        limit: Timestamp,
    },
    /// The stage's checks are asked at its end.
    ChecksAgain,
    /// The flag is to be as it was before.
    GoesBack { how: How, why: String },
    Over {
        how: How,
        why: String,
        /// The flag is what it was before.
        back: bool,
    },
}

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// All stages have held.
    Done,
    /// One has not.
    Stopped,
    /// A person ended it.
    Aborted,
}

/// A stage whose flag was switched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    pub switched: Timestamp,
    /// When it had held.
    pub passed: Option<Timestamp>,
}

/// Somebody said it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    pub at: Timestamp,
    pub by: String,
    pub because: String,
}

/// No further step is taken.
pub type Paused = Said;

impl State {
    pub fn new(rollout: PlanRollout, by: &str, because: &str, now: Timestamp) -> Self {
        Self {
            format: FORMAT,
            rollout,
            by: by.to_owned(),
            because: because.to_owned(),
            begun: now,
            former: None,
            given: None,
            intended: None,
            stage: 0,
            phase: Phase::Begins,
            since: now,
            paused: None,
            waits: None,
            reached: Vec::new(),
            approved: Vec::new(),
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    /// `stage 2 of 3 (25 %)`.
    pub fn stage_in_words(&self) -> String {
        let all = self.rollout.stages.len();
        let who = self.rollout.stages.get(self.stage).map(ToString::to_string).unwrap_or_default();
        format!("stage {} of {all} ({who})", self.stage + 1)
    }

    /// What the flag's definition becomes at a stage: made of the one before the rollout, so that it is the same whenever it
    /// is asked.
    ///
    /// # Errors
    /// Where the flag has no such variant, or it is what everybody has.
    pub(super) fn definition(&self, stage: usize) -> std::result::Result<String, String> {
        let Some(former) = &self.former else { return Err("the flag was not looked at".to_owned()) };
        let unreadable = |error: serde_json::Error| error.to_string();
        let former: Value = serde_json::from_str(former).map_err(unreadable)?;
        let PlanRollout { flag, variant, by, group_by, .. } = &self.rollout;
        let all = json!({ "flags": { flag: former } });
        let reached = self.rollout.reached(stage);
        let groups = reached.groups.as_slice();
        let changed = match (reached.everybody, reached.percent) {
            (true, _) => rolled::everybody(&all, flag, variant),
            (false, Some(percent)) if groups.is_empty() => rolled::percent(&all, flag, variant, percent, by),
            (false, Some(percent)) => {
                rolled::groups_and_percent(&all, flag, variant, (groups, group_by), (percent, by))
            }
            (false, None) => rolled::groups(&all, flag, variant, groups, group_by),
        };
        let mut changed = changed.map_err(|problem| problem.to_string())?;
        // A flag that is disabled has no value for anybody.
        changed["flags"][flag]["state"] = json!("ENABLED");
        Ok(changed["flags"][flag].to_string())
    }
}

/// The state of a rollout, and the version that it was read at.
#[derive(Debug)]
pub struct Kept {
    pub state: State,
    pub version: u64,
}

/// How the names of all documents of a target's rollouts begin.
fn prefix(target: &str) -> String {
    format!("rollout/{target}/")
}

/// Reads one.
///
/// # Errors
/// Where the store cannot be read, or another version of Backout wrote it.
pub async fn read(runs: &Runs, target: &str, name: &str) -> Result<Option<Kept>> {
    let Some(document) = runs.store.document(&format!("{}{name}", prefix(target))).await? else { return Ok(None) };
    Ok(Some(Kept { state: parsed(name, &document.body)?, version: document.version }))
}

/// Reads all of a target.
///
/// # Errors
/// As for [`read`].
pub async fn all(runs: &Runs, target: &str) -> Result<Vec<Kept>> {
    let (prefix, mut all) = (prefix(target), Vec::new());
    for (name, document) in runs.store.documents(&prefix).await? {
        let name = name.strip_prefix(&prefix).unwrap_or(&name);
        all.push(Kept { state: parsed(name, &document.body)?, version: document.version });
    }
    Ok(all)
}

/// Writes it over the version that was read.
///
/// # Errors
/// Where the store cannot be written, or somebody else wrote meanwhile.
pub async fn write(runs: &Runs, target: &str, version: Option<u64>, state: &State) -> Result<u64> {
    let name = &state.rollout.name;
    let body = serde_json::to_vec(state).map_err(|error| unknown(name, &error.to_string()))?;
    Ok(runs.store.put(&format!("{}{name}", prefix(target)), version, &body).await?)
}

fn parsed(name: &str, body: &[u8]) -> Result<State> {
    let state: State = serde_json::from_slice(body).map_err(|error| unknown(name, &error.to_string()))?;
    if state.format != FORMAT {
        return Err(unknown(name, &format!("it has format {}, and this version knows {FORMAT}", state.format)));
    }
    Ok(state)
}

fn unknown(name: &str, why: &str) -> Failure {
    let said = format!("what is known of rollout {name:?} cannot be used: {why}");
    let advice = backout_plan::Remedy::advice("use the version of backout that wrote it");
    Refusal::refused(said, Some(advice)).into()
}
