//! Incidents: what went wrong, what was decided, how it was taken back, what it cost, who must be told by when, and what
//! is left to do. All figures follow from journals; people add words.
//!
//! Must not know: how a run goes on, how a message is sent, or how anything is shown.

pub mod duties;
pub mod export;
mod facts;
mod gather;
mod lost;
pub mod metrics;
pub mod record;
pub mod redact;
mod say;
mod stopped;
mod timeline;
mod wording;

use std::time::Duration;

use backout_plan::Finding;
use backout_plan::wording::{moment, span};
use jiff::Timestamp;

pub use crate::ledger::{ActionFacts, Own, Severity, Window, own};
pub use duties::{Duty, DutyFacts, DutyState};
pub use gather::{all, briefly, duties_of, history, open_ones, read};
pub use lost::Lost;
pub use record::Record;
pub use say::{
    ActionWanted, action_add, action_done, aware, duty_done, exposed, find, link_run, moment_of, note, open, reopen,
    resolve, severity,
};
pub use timeline::{Line, LineKind};

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
