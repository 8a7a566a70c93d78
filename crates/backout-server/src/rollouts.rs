//! The process that leads carries out the rollouts that were begun.
//!
//! Must not know: what follows in a rollout.

use std::time::Duration;

use backout_control::rollout::Carrier;

use crate::app::App;

/// How often a rollout is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// The same where the plan has none: one that it has no more may still be under way.
const SELDOM: Duration = Duration::from_secs(5);

pub(crate) async fn run(app: App) {
    let is_planned = app.env.plan.as_ref().is_some_and(|plan| !plan.rollouts.is_empty());
    let usual = if is_planned { LOOK } else { SELDOM };
    let (mut every, mut carrier, mut is_away) = (LOOK, None, false);
    while app.pause(every).await {
        if !app.leads() {
            carrier = None;
            continue;
        }
        let env = app.env_with(app.env.stop.clone(), None);
        match carrier.get_or_insert_with(Carrier::default).round(&env, &app.runs).await {
            Ok(round) => {
                (every, is_away) = (if round.open > 0 { LOOK } else { usual }, false);
                if round.switched {
                    // Nobody waits until the file is looked at again.
                    app.flags.look(&app.runs).await;
                }
            }
            Err(failure) => {
                if !std::mem::replace(&mut is_away, true) {
                    tracing::warn!(why = failure.sentence(), "rollouts are not looked at");
                }
            }
        }
    }
}
