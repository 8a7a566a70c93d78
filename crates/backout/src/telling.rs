//! Messages that go out while a command works, and what is said of those that are left.
//!
//! Must not know: what any of them says.

use std::sync::Arc;

use backout_control::notify::{self, Round};
use backout_control::runs::Runs;
use backout_control::{Env, tell};

use crate::error::CommandError;
use crate::ui::{Ui, count};

/// Does work, and tells people beside it.
pub async fn beside<T>(ui: &Arc<Ui>, env: &Env, runs: &Runs, work: impl Future<Output = T> + Send) -> T {
    // On the heap: a way back is large, and this holds it twice over.
    let (done, round) = notify::beside(env, runs, Box::pin(work)).await;
    left(ui, &round);
    done
}

/// Tells what was noted just now.
pub async fn after(ui: &Arc<Ui>, env: &Env, runs: &Runs) {
    beside(ui, env, runs, async {}).await;
}

/// Whether the plan's messages can be any, before anything is begun that may need them.
///
/// # Errors
/// All that is wrong with them.
pub fn check(env: &Env) -> Result<(), CommandError> {
    let read = env.plan.as_deref().map(tell::of_plan).transpose();
    Ok(read.map(drop).map_err(backout_control::Failure::from)?)
}

fn left(ui: &Ui, round: &Round) {
    if round.waiting > 0 {
        let verb = if round.waiting == 1 { "waits" } else { "wait" };
        ui.warn(format!("{} {verb}", count(round.waiting, "message")));
        ui.hint("`backout notify send` or `backout serve` sends what waits");
    }
    if round.held > 0 {
        let verb = if round.held == 1 { "needs" } else { "need" };
        ui.say(format!("{} {verb} somebody's approval", count(round.held, "message")));
        ui.hint("`backout notify list` shows them, and `backout notify approve` lets one go");
    }
    round.findings.iter().for_each(|finding| ui.finding(finding));
}
