//! What a run is pinned to: ways in the order in which one escalates to the next, each a list of steps.
//!
//! Must not know: what an action means. It is a kind and a value that the executor reads.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All that a run may do, written down when it is opened. A plan that changes meanwhile changes no run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// `rollback`, `release`.
    pub name: String,
    /// The first is begun with; where one fails and says so, the next one follows.
    pub ways: Vec<Way>,
}

/// One way through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// `A`, `U`, `B`, `C`, or any name of the plan.
    pub name: String,
    /// How long all of it may take.
    pub budget: Option<Millis>,
    pub steps: Vec<Step>,
}

/// One thing to do, with all that decides what follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in its way: `flags off`.
    pub name: String,
    /// `run-sql`, `http`, `undo`, …
    pub kind: String,
    /// What the kind needs. Holds no secret: those are named, not written.
    pub action: Value,
    /// How long it may take, all attempts together.
    pub budget: Millis,
    #[serde(default)]
    pub retry: Retry,
    #[serde(default)]
    pub on_failure: OnFailure,
    /// What takes it back when the way is unwound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Reversal>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// It comes before the way's own work: its time is none of the way's.
    #[serde(default, skip_serializing_if = "is_false")]
    pub beforehand: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference in")]
fn is_false(yes: &bool) -> bool {
    !yes
}

/// An action that takes another one back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reversal {
    pub kind: String,
    pub action: Value,
}

/// How often, and how long between two attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The first one counts.
    pub attempts: u32,
    pub pause: Millis,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 1, pause: Millis(0) }
    }
}

/// What follows a step that failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The next way; where there is none, a person.
    #[default]
    Escalate,
    /// The next step. The failure stays in the record.
    Continue,
    /// The steps that were done are taken back, the last first, and the run has failed.
    Unwind,
    /// A person decides.
    Stop,
}

/// Who must agree before a step begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// How many different people.
    pub quorum: u32,
    /// How long the question stands.
    pub expires: Millis,
}

/// A length of time in whole milliseconds, as the journal writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl From<Duration> for Millis {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Procedure {
    pub fn way(&self, index: usize) -> Option<&Way> {
        self.ways.get(index)
    }

    pub fn step(&self, way: usize, step: usize) -> Option<&Step> {
        self.way(way)?.steps.get(step)
    }
}
