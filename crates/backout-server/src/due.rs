//! What comes due, as it was found last.
//!
//! Must not know: who looks, or when.

use std::sync::Mutex;

use backout_control::outlook::Outlook;
use backout_plan::{Finding, Severity};
use jiff::Timestamp;
use serde::Serialize;

use crate::metrics::Text;

/// What is known of what comes due: rehearsals that expire, proofs of backups that are overdue, and whatever else needs
/// attention.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Due {
    /// When the target was looked at; nothing before the first time, and in a process that does not lead.
    pub at: Option<Timestamp>,
    pub attention: Vec<Finding>,
    /// Where the target is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook: Option<Outlook>,
    /// Why the target could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Scheduled(Mutex<Due>);

impl Scheduled {
    pub(crate) fn due(&self) -> Due {
        self.0.lock().map(|due| due.clone()).unwrap_or_default()
    }

    pub(crate) fn found(&self, due: Due) {
        if let Ok(mut known) = self.0.lock() {
            *known = due;
        }
    }

    pub(crate) fn shown(&self, text: &mut Text) {
        let due = self.due();
        let Some(at) = due.at else { return };
        text.gauge("backout_looked_at_timestamp_seconds", "When the target was looked at.", at.as_second() as f64);
        text.begin("backout_attention", "gauge", "What needs attention, as `backout status` has it.");
        let mut codes: Vec<(&str, Severity)> = due.attention.iter().map(|one| (&*one.code, one.severity)).collect();
        codes.dedup();
        codes.sort_unstable_by_key(|(code, _)| *code);
        codes.dedup_by_key(|(code, _)| *code);
        for (code, severity) in codes {
            let number = due.attention.iter().filter(|one| one.code == code).count();
            text.line("", &[("code", code), ("severity", &severity.to_string())], number as f64);
        }
    }
}
