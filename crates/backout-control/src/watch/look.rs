//! What is known of the watch of a target, for whoever looks: nothing is asked, nothing changed.
//!
//! Must not know: how it is shown.

use backout_plan::Finding;
use backout_plan::wording::moment;
use backout_signals::{Reading, Verdict};
use jiff::Timestamp;
use serde::Serialize;

use super::bake::Change;
use super::state::{self, Decided};
use crate::runs::Runs;
use crate::{Env, Result};

/// What a watch wrote down last.
#[derive(Debug, Clone, Serialize)]
pub struct Watched {
    pub since: Timestamp,
    pub until: Timestamp,
    /// What is watched for its effect.
    pub after: Option<Change>,
    /// Who watches now; nothing where nobody does.
    pub by: Option<String>,
    pub readings: Vec<Reading>,
    pub decided: Vec<Decided>,
}

impl Watched {
    /// What needs attention: a breach that lasts, and a watch that nobody goes on with.
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let breached = self.readings.iter().filter(|reading| reading.verdict == Verdict::Breached);
        let said = |reading: &Reading| {
            let since = reading.since.map(|since| format!(" since {}", moment(since))).unwrap_or_default();
            Finding::warning("watch.breached", format!("trigger {:?} is breached{since}", reading.trigger))
                .detail(reading.why.clone())
        };
        let mut found: Vec<Finding> = breached.map(said).collect();
        if self.by.is_none() && self.until > now {
            let said = format!("it is to be watched until {}, and nobody watches", moment(self.until));
            found.push(Finding::warning("watch.nobody", said));
        }
        found
    }
}

/// Looks into the store.
///
/// # Errors
/// Where the store cannot be read, or another version of Backout wrote it.
pub async fn look(env: &Env, runs: &Runs) -> Result<Option<Watched>> {
    let Some(target) = env.named() else { return Ok(None) };
    let Some(kept) = state::read(runs, &target).await? else { return Ok(None) };
    let by = runs.store.seated(&state::name(&target)).await?.map(|held| held.holder);
    let state::State { since, until, after, readings, decided, .. } = kept.state;
    Ok(Some(Watched { since, until, after, by, readings: readings.into_values().collect(), decided }))
}
