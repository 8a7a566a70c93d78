//! What comes due by itself. Here it is looked at and said; what is to be done regularly has its place here.
//!
//! Must not know: what a finding is about.

use std::sync::Mutex;
use std::time::Duration;

use backout_control::status;
use backout_plan::{Finding, Severity};
use jiff::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::metrics::Text;

/// How often the target is looked at by the process that leads.
const EVERY: Duration = Duration::from_secs(300);
/// How often it is looked whether this one leads by now.
const LOOK: Duration = Duration::from_secs(1);

/// What is known of what comes due: rehearsals that expire, proofs of backups that are overdue, and whatever else needs
/// attention.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Due {
    /// When the target was looked at; nothing before the first time, and in a process that does not lead.
    pub at: Option<Timestamp>,
    pub attention: Vec<Finding>,
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

/// Looks at the target for as long as this process leads.
pub(crate) async fn run(app: App) {
    let mut next = Timestamp::now();
    while app.pause(LOOK).await {
        if !app.lead.leads() || Timestamp::now() < next {
            continue;
        }
        next = Timestamp::now() + EVERY;
        let looked = tokio::select! {
            looked = status::look(&app.env, &app.options.user) => looked,
            _ = async { while app.pause(EVERY).await {} } => return,
        };
        let due = match looked {
            Ok(status) => Due { at: Some(Timestamp::now()), attention: status.attention, trouble: None },
            Err(failure) => Due { at: Some(Timestamp::now()), trouble: Some(failure.sentence()), ..Due::default() },
        };
        if let Ok(mut known) = app.scheduled.0.lock() {
            *known = due;
        }
    }
}
