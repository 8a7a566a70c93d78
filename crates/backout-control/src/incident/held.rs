//! What holds a migration up that was taken back: actions of its incident that are not done.
//!
//! Must not know: what else holds it up.

use backout_plan::Remedy;

use super::own::{self, Own, What};
use super::record::{ActionFacts, actions, restored_by, undone_by};
use super::{gather, say};
use crate::event::Event;
use crate::failure::Refusal;
use crate::runs::Runs;
use crate::{Env, Failure, Result};

/// An incident with something left to do.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(crate) id: String,
    pub(crate) actions: Vec<ActionFacts>,
    undone: Vec<i64>,
    restored: bool,
}

impl Holding {
    /// Whether a way back of this incident has undone this migration.
    pub(crate) fn has_undone(&self, number: i64) -> bool {
        self.undone.contains(&number)
    }

    fn open(&self) -> Vec<&str> {
        self.actions.iter().filter(|one| one.done.is_none()).map(|one| one.name.as_str()).collect()
    }

    /// Why nothing is applied now.
    pub(crate) fn refusal(&self) -> Failure {
        let said = format!(
            "a way back of incident {} restored a backup, and these are not done: {}",
            self.id,
            self.open().join(", ")
        );
        Failure::from(Refusal::refused(said, Some(Remedy::Actions))).remedy(Remedy::RetryAnyway)
    }
}

fn is_left(own: &Own) -> bool {
    own.entries.iter().any(|entry| matches!(entry.what, What::ActionAdded { .. }))
}

/// The incidents of this target that have actions. Where no store is there, no incident is.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn holding(env: &Env) -> Result<Vec<Holding>> {
    let Some(runs) = Runs::there(env, "migrate").await? else { return Ok(Vec::new()) };
    let (target, mut all) = (env.named(), Vec::new());
    for own in own::all(&runs).await?.iter().filter(|one| one.target == target && is_left(one)) {
        let record = gather::briefly(env, &runs, own).await?;
        all.push(Holding {
            id: own.id.clone(),
            actions: actions(own, record.as_of),
            undone: undone_by(&record.runs),
            restored: !restored_by(&record.runs).is_empty(),
        });
    }
    Ok(all)
}

/// The newest incident with open actions in which a backup was restored: which migrations went by that, no record says.
pub(crate) fn restored(all: &[Holding]) -> Option<&Holding> {
    all.iter().rev().find(|one| one.restored && !one.open().is_empty())
}

/// What was held up is done all the same: the reason stays with the incident.
pub(crate) async fn note_early(env: &Env, held: &Holding, reason: &str) -> Result<()> {
    if let Some(runs) = Runs::there(env, "migrate").await? {
        say::note(&runs, &held.id, &format!("tried again early: {reason}")).await?;
    }
    env.say(Event::warning("retry.early", format!("tried again before incident {} is done: {reason}", held.id)));
    Ok(())
}
