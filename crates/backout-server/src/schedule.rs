//! What comes due by itself. Here it is looked at and said; what is to be done regularly has its place here.
//!
//! Must not know: what a finding is about.

use std::time::Duration;

use backout_control::status;
use jiff::Timestamp;

use crate::app::App;
use crate::due::Due;

/// How often the target is looked at by the process that leads.
const EVERY: Duration = Duration::from_secs(300);
/// How often it is looked whether this one leads by now.
const LOOK: Duration = Duration::from_secs(1);

/// Looks at the target for as long as this process leads.
pub(crate) async fn run(app: App) {
    let mut next = Timestamp::now();
    while app.pause(LOOK).await {
        if !app.leads() || Timestamp::now() < next {
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
        app.scheduled.found(due);
    }
}
