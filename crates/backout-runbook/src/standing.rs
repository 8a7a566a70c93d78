//! Where a run stands for whoever looks at it. The journal says what was decided; whether somebody is at work on it, and
//! whether a question has expired, it does not say.
//!
//! Must not know: how one tells whether somebody is at work on it, or how any of this is worded.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::next::{Next, next};
use crate::state::{Last, Phase, Said, State, Status};

/// What a run does or waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Standing {
    /// Somebody is at work on it.
    Running,
    /// Somebody takes back what was done.
    Unwinding,
    /// People were asked. Whoever has not agreed yet may.
    WaitingForApproval {
        step: String,
        approved: BTreeSet<String>,
        quorum: u32,
        until: Timestamp,
    },
    /// Somebody has answered, and nobody has gone on since.
    Ready {
        step: String,
        answer: Last,
    },
    Paused,
    /// A person must decide.
    Stopped {
        because: String,
    },
    /// Nobody holds it. Who stopped it, where that is on record; otherwise whoever executed it went away.
    Interrupted {
        stopped: Option<Last>,
    },
    Aborted,
    Succeeded,
    /// What it was to bring was taken back, and that has succeeded.
    TakenBack,
    Failed,
}

impl Standing {
    /// Whether the journal ends here.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Aborted | Self::Succeeded | Self::TakenBack | Self::Failed)
    }

    /// Whether somebody is at work on it.
    pub fn is_going(&self) -> bool {
        matches!(self, Self::Running | Self::Unwinding)
    }
}

/// Where it stands now, if somebody holds it or nobody does.
pub fn standing(state: &State, is_held: bool, now: Timestamp) -> Standing {
    let name = |step: usize| state.step(step).map(|(spec, _)| spec.name.clone()).unwrap_or_default();
    match state.phase {
        Phase::Aborted => return Standing::Aborted,
        Phase::Succeeded => return Standing::Succeeded,
        Phase::Failed => return Standing::Failed,
        Phase::Stopped => {
            return Standing::Stopped { because: state.reasons.last().cloned().unwrap_or_default() };
        }
        _ if state.paused => return Standing::Paused,
        Phase::Running | Phase::Unwinding => {}
    }
    match next(state, now) {
        Next::AwaitApproval { step, until } => {
            let Some((spec, one)) = state.step(step) else { return Standing::Interrupted { stopped: None } };
            let approved = match &one.status {
                Status::Asked { by, .. } => by.clone(),
                _ => BTreeSet::new(),
            };
            let quorum = spec.approval.as_ref().map_or(0, |approval| approval.quorum);
            return Standing::WaitingForApproval { step: name(step), approved, quorum, until };
        }
        Next::Stop { because } if state.expired(now).is_some() => return Standing::Stopped { because },
        _ => {}
    }
    if is_held {
        return if state.phase == Phase::Unwinding { Standing::Unwinding } else { Standing::Running };
    }
    match &state.last {
        None => Standing::Interrupted { stopped: None },
        Some(last) => match &last.what {
            Said::Interrupted { .. } => Standing::Interrupted { stopped: Some(last.clone()) },
            Said::Approved { step } | Said::Refused { step, .. } | Said::Skipped { step, .. } => {
                Standing::Ready { step: name(*step), answer: last.clone() }
            }
        },
    }
}
