//! What a watch knows, as the store has it: whoever takes over goes on with windows, timers and what was begun.
//!
//! Must not know: how anything is asked, or done.

use std::collections::BTreeMap;

use backout_signals::{Firing, Reading, Watch};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bake::Change;
pub use crate::decided::{Decided, Did};
use crate::failure::Refusal;
use crate::runs::Runs;
use crate::{Failure, Result};

const FORMAT: u32 = 1;
/// So many decisions are kept.
const KEPT: usize = 200;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub(super) format: u32,
    /// Since when is watched, and until when at least.
    pub since: Timestamp,
    pub until: Timestamp,
    /// What is watched for its effect.
    pub after: Option<Change>,
    pub watches: BTreeMap<String, Watch>,
    /// What the triggers said last.
    pub readings: BTreeMap<String, Reading>,
    /// What sources must know the next time, and when they were asked.
    pub cursors: BTreeMap<String, Value>,
    pub asked: BTreeMap<String, Timestamp>,
    /// The last message of the inbox that was read.
    pub seq: u64,
    /// What was measured when all was well.
    pub baselines: BTreeMap<String, f64>,
    /// A decision that is about to be carried out.
    pub acting: Option<Decided>,
    /// A run that this watch has opened and that is not over.
    pub run: Option<String>,
    pub proving: Option<Proving>,
    /// Breaches that are watched for longer, until they are decided again.
    pub monitored: BTreeMap<String, Timestamp>,
    pub decided: Vec<Decided>,
}

/// What must come true after a way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proving {
    pub run: String,
    pub way: String,
    pub open: Vec<Criterion>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub trigger: String,
    pub below: f64,
    pub until: Timestamp,
}

impl State {
    pub fn new(since: Timestamp, until: Timestamp) -> Self {
        Self {
            format: FORMAT,
            since,
            until,
            after: None,
            watches: BTreeMap::new(),
            readings: BTreeMap::new(),
            cursors: BTreeMap::new(),
            asked: BTreeMap::new(),
            seq: 0,
            baselines: BTreeMap::new(),
            acting: None,
            run: None,
            proving: None,
            monitored: BTreeMap::new(),
            decided: Vec::new(),
        }
    }

    /// Notes a decision; of one that is noted already, what was done.
    pub fn note(&mut self, decided: Decided) {
        match self.decided.iter_mut().find(|one| one.id == decided.id) {
            Some(one) => *one = decided,
            None => self.decided.push(decided),
        }
        let surplus = self.decided.len().saturating_sub(KEPT);
        self.decided.drain(..surplus);
    }

    /// The name of a firing that is to be followed: its trigger and since when it is breached. Nothing where that was
    /// decided, and not only to be watched for a while that is over.
    pub fn id_of(&self, firing: &Firing, now: Timestamp) -> Option<String> {
        let name = format!("{}@{}", firing.trigger, firing.since);
        let is_of_it = |one: &&Decided| one.firing.trigger == firing.trigger && one.firing.since == firing.since;
        let before: Vec<&Decided> = self.decided.iter().filter(is_of_it).collect();
        match before.last().map(|one| &one.did) {
            None => Some(name),
            Some(Did::Watches { until }) if *until <= now => Some(format!("{name}+{}", before.len())),
            Some(_) => None,
        }
    }
}

/// The state of a target's watch, and the version that it was read at.
#[derive(Debug)]
pub struct Kept {
    pub state: State,
    pub version: u64,
}

/// The name of its document, and of the seat of who acts.
pub fn name(target: &str) -> String {
    format!("watch/{target}")
}

/// Reads it.
///
/// # Errors
/// Where the store cannot be read, or another version of Backout wrote it.
pub async fn read(runs: &Runs, target: &str) -> Result<Option<Kept>> {
    let Some(document) = runs.store.document(&name(target)).await? else { return Ok(None) };
    let state: State = serde_json::from_slice(&document.body).map_err(|error| unknown(target, &error.to_string()))?;
    if state.format != FORMAT {
        return Err(unknown(target, &format!("it has format {}, and this version knows {FORMAT}", state.format)));
    }
    Ok(Some(Kept { state, version: document.version }))
}

/// Writes it over the version that was read.
///
/// # Errors
/// Where the store cannot be written, or somebody else wrote meanwhile.
pub async fn write(runs: &Runs, target: &str, version: Option<u64>, state: &State) -> Result<u64> {
    let body = serde_json::to_vec(state).map_err(|error| unknown(target, &error.to_string()))?;
    Ok(runs.store.put(&name(target), version, &body).await?)
}

fn unknown(target: &str, why: &str) -> Failure {
    let said = format!("what is known of the watch of {target} cannot be used: {why}");
    let advice = backout_plan::Remedy::Advice { text: "use the version of backout that wrote it".to_owned() };
    Refusal::refused(said, Some(advice)).into()
}
