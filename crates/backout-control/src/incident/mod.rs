//! Incidents: what went wrong, what was decided, how it was taken back, what it cost, who must be told by when, and what
//! is left to do. All figures follow from journals; people add words.
//!
//! Must not know: how a run goes on, how a message is sent, or how anything is shown.

pub mod duties;
pub mod export;
mod gather;
mod held;
mod lost;
pub mod metrics;
pub mod own;
pub mod record;
pub mod redact;
mod say;
mod timeline;
mod wording;

use std::time::Duration;

use backout_plan::Finding;
use backout_plan::wording::{moment, span};
use jiff::Timestamp;

use crate::decided::Decided;
use crate::event::Event;
use crate::failure::Refusal;
use crate::rollback;
use crate::runs::Runs;
use crate::{Env, Failure, Result};

pub use duties::{Duty, DutyFacts, DutyState};
pub use gather::{all, briefly, duties_of, history, open_ones, read};
pub(crate) use held::{holding, note_early, restored};
pub use lost::Lost;
pub use own::{Severity, Window};
pub use record::Record;
pub use say::{
    ActionWanted, action_add, action_done, aware, duty_done, exposed, find, link_run, moment_of, note, open, reopen,
    resolve, severity,
};
pub use timeline::{Line, LineKind};

/// How long a way back waits for what happened to be noted.
const NOTED: Duration = Duration::from_secs(2);

/// Opens an incident for a firing, or adds it to the open one, once: before anything is done. A store that is away stops
/// no way back; that it was not noted is said, and it is noted when the firing is followed again.
pub(crate) async fn opened_by_firing(env: &Env, runs: &Runs, decided: &Decided) {
    let title = match decided.symptom.is_empty() {
        true => format!("trigger {} fired", decided.firing.trigger),
        false => format!("{}: trigger {} fired", decided.symptom, decided.firing.trigger),
    };
    let noting = say::fired(env, runs, &title, decided);
    noted(env, noting).await;
}

/// Adds a run to the incident that is open, or opens one for it: whether that is noted. A store that is away stops no way
/// back.
pub(crate) async fn link(env: &Env, runs: &Runs, run: &str) -> bool {
    noted(env, say::linked(env, runs, run)).await
}

/// The same of a run that is gone on with, where it is a way back.
pub(crate) async fn link_again(env: &Env, runs: &Runs, procedure: &str, run: &str) {
    if procedure == rollback::NAME {
        link(env, runs, run).await;
    }
}

async fn noted(env: &Env, noting: impl Future<Output = Result<String>>) -> bool {
    let late = || {
        let said = format!("the store does not answer within {} s", NOTED.as_secs());
        Failure::from(Refusal::failed(said, None))
    };
    let done = tokio::time::timeout(NOTED, noting).await.unwrap_or_else(|_| Err(late()));
    match done {
        Ok(_) => true,
        Err(failure) => {
            let said = format!("the incident is not noted yet: {}", failure.sentence());
            env.say(Event::warning("incident.not-noted", said));
            false
        }
    }
}

/// What everybody should know of incidents: those that are open, and what must be told by when.
pub fn findings(records: &[Record], now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    for record in records {
        for duty in record.duties.iter().filter(|duty| !duty.state.is_done()) {
            let open = duty.open_items();
            let left = if open.is_empty() { String::new() } else { format!("not done of it: {}", open.join(", ")) };
            let finding = match duty.left(now) {
                Some(time) => {
                    let said = format!(
                        "incident {}: {:?} is due {}, in {}",
                        record.id,
                        duty.name,
                        moment(duty.due),
                        span(time)
                    );
                    Finding::note("duty.running", said)
                }
                None => {
                    let late = Duration::try_from(now.duration_since(duty.due)).unwrap_or_default();
                    let said = format!(
                        "incident {}: {:?} is overdue by {}; it was due {}",
                        record.id,
                        duty.name,
                        span(late),
                        moment(duty.due)
                    );
                    Finding::error("duty.overdue", said)
                }
            };
            found.push(if left.is_empty() { finding } else { finding.detail(left) });
        }
        if record.open {
            let actions: Vec<&str> =
                record.actions.iter().filter(|one| one.done.is_none()).map(|one| one.name.as_str()).collect();
            let said = format!(
                "incident {} is open since {} ({}): {}",
                record.id,
                moment(record.opened),
                record.severity,
                record.title
            );
            let finding = Finding::note("incident.open", said);
            let finding = match actions.is_empty() {
                true => finding,
                false => finding.detail(format!("to do: {}", actions.join(", "))),
            };
            found.push(finding);
        }
    }
    found
}
