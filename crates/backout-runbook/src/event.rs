//! What a journal holds: one event for everything that was decided, begun or found out.
//!
//! Must not know: when it happened and who wrote it down; the record around it says that.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::procedure::Procedure;

/// Steps are named by their place in the way that is gone at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// The first of every journal.
    Opened {
        procedure: Procedure,
        target: Option<String>,
        because: String,
        facts: Value,
    },
    /// Written before anything is done.
    Intended {
        step: usize,
        attempt: u32,
        preview: String,
    },
    /// What became of it, by the action's own answer or by what the outside said afterwards.
    Settled {
        step: usize,
        attempt: u32,
        outcome: Outcome,
    },
    /// Somebody decided that it is not needed.
    Skipped {
        step: usize,
        reason: String,
    },
    /// The question that people answer: what was previewed, by its digest.
    ApprovalAsked {
        step: usize,
        preview: String,
        until: Timestamp,
    },
    Approved {
        step: usize,
        preview: String,
    },
    /// Somebody decided that it is not to be done.
    Refused {
        step: usize,
        reason: String,
        /// The step has failed by it. In journals of before, which do not say so, the run stopped and asked again.
        #[serde(default, skip_serializing_if = "is_false")]
        fails: bool,
    },
    /// The way failed, and the next one is gone.
    Escalated {
        to: usize,
        because: String,
    },
    /// What was done is taken back, the last first.
    Unwinding {
        because: String,
    },
    ReversalIntended {
        step: usize,
        attempt: u32,
    },
    ReversalSettled {
        step: usize,
        attempt: u32,
        outcome: Outcome,
    },
    /// Whoever executed it was asked to stop, and did. What came of a step that had begun is asked of the outside.
    Interrupted {
        /// How the wish arrived, such as `SIGTERM`.
        because: String,
    },
    /// Nobody goes on by himself.
    Stopped {
        because: String,
    },
    Paused {
        reason: String,
    },
    Resumed {
        reason: String,
    },
    /// A person ends it where it stands.
    Aborted {
        reason: String,
    },
    /// Nothing is left to do.
    Closed {
        succeeded: bool,
    },
    /// A fact for the record that changes no state.
    Noted {
        about: String,
        facts: Value,
    },
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    Done {
        facts: Value,
    },
    Failed {
        why: String,
        /// Another attempt may help.
        again: bool,
        facts: Value,
    },
    /// The outside says that nothing came of it: whoever began it went away before. It counts as no attempt.
    NotBegun,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference in")]
fn is_false(yes: &bool) -> bool {
    !yes
}

impl Outcome {
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }
}

impl Event {
    /// The name by which it is written and shown.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Intended { .. } => "intended",
            Self::Settled { .. } => "settled",
            Self::Skipped { .. } => "skipped",
            Self::ApprovalAsked { .. } => "approval-asked",
            Self::Approved { .. } => "approved",
            Self::Refused { .. } => "refused",
            Self::Escalated { .. } => "escalated",
            Self::Unwinding { .. } => "unwinding",
            Self::ReversalIntended { .. } => "reversal-intended",
            Self::ReversalSettled { .. } => "reversal-settled",
            Self::Interrupted { .. } => "interrupted",
            Self::Stopped { .. } => "stopped",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::Aborted { .. } => "aborted",
            Self::Closed { .. } => "closed",
            Self::Noted { .. } => "noted",
        }
    }
}
