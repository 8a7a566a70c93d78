//! What a watch is for: the newest change of its target, and how long its effect is watched.
//!
//! Must not know: triggers, or what they lead to.

use std::time::Duration;

use backout_postgres::store::{self, Record};
use backout_store::Summary;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Watcher, later};
use crate::runs::{RELEASE, Runs};
use crate::{Env, Result};

/// How long the target may take to say what was changed: one that hangs is watched all the same.
const ANSWERS: Duration = Duration::from_secs(3);
/// The same where somebody waits for a decision.
const ANSWERS_SOON: Duration = Duration::from_secs(1);
/// How many runs are looked through for the newest of the target.
const NEWEST: u32 = 50;

/// A change whose effect is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    Migration { number: i64, version: String, undone: bool, at: Timestamp },
    Run { run: String, procedure: String, at: Timestamp },
}

impl Change {
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Migration { at, .. } | Self::Run { at, .. } => *at,
        }
    }

    /// Whether it is the same one, whenever that was noted.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Run { run, .. }, Self::Run { run: other, .. }) => run == other,
            (one, other) => one == other,
        }
    }

    /// Whether something was taken back by it.
    fn is_back(&self) -> bool {
        match self {
            Self::Migration { undone, .. } => *undone,
            Self::Run { procedure, .. } => procedure != RELEASE,
        }
    }

    fn of(record: &Record) -> Option<Self> {
        let at = record.undone_at.or(record.finished_at)?;
        let (number, version, undone) = (record.number, record.version.clone(), record.undone_at.is_some());
        Some(Self::Migration { number, version, undone, at })
    }
}

impl Watcher<'_> {
    /// Since when and until when is watched. What is left of a former watch of the same change counts; a change that
    /// nobody has watched is watched from its own time on.
    pub(super) async fn bake(&mut self) -> Result<()> {
        // Who looks once begins no watch.
        if self.options.once {
            return Ok(());
        }
        let plan = &self.env.plan()?.watch;
        let newest = newest(self.env, self.runs).await?;
        let is_back = newest.as_ref().is_some_and(Change::is_back);
        let usual = if is_back { plan.bake_rollback } else { plan.bake };
        let time = self.options.time.unwrap_or_else(|| usual.duration());
        // What was acknowledged before anybody watched for the first time.
        let oldest = match self.store.version {
            None if self.options.endless => self.runs.store.inbox(None, 0, 1).await?.first().map(|one| one.message.at),
            _ => None,
        };
        let (now, state) = (self.begun, &mut self.state);
        let news = newest.filter(|newest| !state.after.as_ref().is_some_and(|after| after.is_same(newest)));
        let unwatched = news.as_ref().map(Change::at).filter(|at| later(*at, time) > now);
        match unwatched {
            Some(at) => (state.since, state.until) = (at, later(at, time)),
            // Who watches without an end misses nothing of what arrived while nobody watched.
            None if state.until <= now && self.options.endless => {
                state.since = oldest.map_or(state.since, |oldest| oldest.min(state.since));
                state.until = later(now, time);
            }
            None if state.until <= now => (state.since, state.until) = (now, later(now, time)),
            None => {}
        }
        if self.options.time.is_some() {
            state.until = later(now, time);
        }
        state.after = news.or_else(|| state.after.take());
        self.store.note_at_once();
        Ok(())
    }

    /// How long ago the newest release was, a migration or a run of `[[release]]`, where the tree asks for it.
    pub(super) async fn minutes_since_release(&self) -> Option<u64> {
        if self.compiled.tree.0.iter().all(|branch| branch.when.minutes_since_release_under.is_none()) {
            return None;
        }
        let records = tokio::time::timeout(ANSWERS_SOON, records(self.env)).await.ok().flatten().unwrap_or_default();
        let runs = self.runs.list(NEWEST).await.unwrap_or_default();
        let is_release = |one: &&Summary| one.procedure == RELEASE && one.target.as_deref() == Some(&self.target);
        let run = runs.iter().find(|one| is_release(one) && one.phase == "succeeded").map(|one| one.changed);
        let released = records.iter().filter_map(|record| record.finished_at).chain(run).max()?;
        u64::try_from(Timestamp::now().duration_since(released).as_mins()).ok()
    }
}

/// What the target and the store say was changed last.
async fn newest(env: &Env, runs: &Runs) -> Result<Option<Change>> {
    let (named, list) = (env.named(), runs.list(NEWEST).await?);
    let done = |phase: &str| matches!(phase, "succeeded" | "taken-back");
    let run = list.into_iter().find(|one| one.target == named && done(&one.phase));
    let run = run.map(|one| Change::Run { run: one.run, procedure: one.procedure, at: one.changed });
    let records = tokio::time::timeout(ANSWERS, records(env)).await.ok().flatten().unwrap_or_default();
    let migration = records.iter().filter_map(Change::of).max_by_key(Change::at);
    Ok(run.into_iter().chain(migration).max_by_key(Change::at))
}

/// What is on record; nothing where the target does not say.
async fn records(env: &Env) -> Option<Vec<Record>> {
    let session = env.connect().await.ok()?;
    let records = store::records(&session).await.ok()?;
    session.close().await;
    Some(records)
}
