//! What to do next. The executor does that, and nothing else.
//!
//! Must not know: how anything is done.

use jiff::Timestamp;

use crate::procedure::OnFailure;
use crate::state::{Phase, State, Status, later};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Write the intent down, then act, within the time.
    Begin {
        step: usize,
        attempt: u32,
        deadline: Timestamp,
    },
    /// Ask the outside what came of an action that was written down.
    Settle {
        step: usize,
        attempt: u32,
        deadline: Timestamp,
    },
    /// Preview the step and ask people.
    Ask {
        step: usize,
    },
    /// Nothing before then, unless somebody answers.
    AwaitApproval {
        step: usize,
        until: Timestamp,
    },
    /// A pause between two attempts.
    Wait {
        until: Timestamp,
    },
    /// Leave this way for the next one.
    Escalate {
        to: usize,
        because: String,
    },
    /// Begin to take back what was done.
    Unwind {
        because: String,
    },
    Reverse {
        step: usize,
        attempt: u32,
    },
    SettleReversal {
        step: usize,
        attempt: u32,
    },
    /// Write down that a person must decide.
    Stop {
        because: String,
    },
    Close {
        succeeded: bool,
    },
    /// Somebody paused it, or a person must decide.
    Nothing,
    /// There is nothing more.
    Over,
}

pub fn next(state: &State, now: Timestamp) -> Next {
    match state.phase {
        Phase::Aborted | Phase::Succeeded | Phase::Failed => Next::Over,
        Phase::Stopped => Next::Nothing,
        Phase::Running => forward(state, now),
        Phase::Unwinding => backward(state),
    }
}

fn forward(state: &State, now: Timestamp) -> Next {
    for (step, (spec, one)) in state.current().steps.iter().zip(&state.steps).enumerate() {
        let deadline = state.deadline(step, now).unwrap_or(now);
        match &one.status {
            Status::Done { .. } | Status::Skipped { .. } => {}
            // Known whatever else holds: an action that began is looked after, also in a run that is paused.
            Status::Intended { attempt, .. } => return Next::Settle { step, attempt: *attempt, deadline },
            Status::Reversing { .. } | Status::Reversed | Status::ReversalFailed { .. } => return Next::Nothing,
            _ if state.paused => return Next::Nothing,
            Status::Failed { why, again, .. } => {
                let pause = later(one.ended.unwrap_or(now), spec.retry.pause.duration());
                if *again && one.attempts - one.lost < spec.retry.attempts && pause.max(now) < deadline {
                    return if now < pause {
                        Next::Wait { until: pause }
                    } else {
                        Next::Begin { step, attempt: one.attempts + 1, deadline }
                    };
                }
                if spec.on_failure != OnFailure::Continue {
                    return failed(state, step, spec.on_failure, why);
                }
            }
            Status::Pending if spec.approval.is_some() => return Next::Ask { step },
            Status::Asked { until, by, .. } => {
                let enough = spec.approval.as_ref().is_none_or(|approval| by.len() >= approval.quorum as usize);
                if enough {
                    return Next::Begin { step, attempt: one.attempts + 1, deadline };
                }
                if now >= *until {
                    return Next::Stop { because: format!("nobody approved {:?} in time", spec.name) };
                }
                return Next::AwaitApproval { step, until: *until };
            }
            Status::Pending => {
                if !spec.beforehand && state.way_deadline(now).is_some_and(|deadline| now >= deadline) {
                    let why = format!("way {} has used up its time", state.current().name);
                    return failed(state, step, spec.on_failure, &why);
                }
                return Next::Begin { step, attempt: one.attempts + 1, deadline };
            }
        }
    }
    if state.paused { Next::Nothing } else { Next::Close { succeeded: true } }
}

fn failed(state: &State, step: usize, on_failure: OnFailure, why: &str) -> Next {
    let because = match state.current().steps.get(step) {
        Some(spec) => format!("{}: {why}", spec.name),
        None => why.to_owned(),
    };
    match on_failure {
        OnFailure::Escalate if state.way + 1 < state.procedure.ways.len() => {
            Next::Escalate { to: state.way + 1, because }
        }
        OnFailure::Unwind => Next::Unwind { because },
        // What may go on goes on only while there is time.
        OnFailure::Escalate | OnFailure::Continue | OnFailure::Stop => Next::Stop { because },
    }
}

fn backward(state: &State) -> Next {
    for (step, (spec, one)) in state.current().steps.iter().zip(&state.steps).enumerate().rev() {
        match &one.status {
            Status::Reversing { attempt } => return Next::SettleReversal { step, attempt: *attempt },
            _ if state.paused => return Next::Nothing,
            Status::Done { .. } if spec.undo.is_some() => return Next::Reverse { step, attempt: 1 },
            Status::ReversalFailed { why, .. } => {
                return Next::Stop { because: format!("{} could not be taken back: {why}", spec.name) };
            }
            _ => {}
        }
    }
    if state.paused { Next::Nothing } else { Next::Close { succeeded: false } }
}
