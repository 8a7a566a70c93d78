//! What holds a migration up that was taken back: actions of its incident that are not done.
//!
//! Must not know: what else holds it up.

use backout_plan::Remedy;
use backout_runbook::{Event as Journaled, Outcome};
use jiff::Timestamp;
use serde_json::Value;

use super::actions::{ActionFacts, actions};
use super::own::{self, Own, What};
use crate::event::Event;
use crate::failure::Refusal;
use crate::runs::{Journal, Runs};
use crate::{Env, Failure, Result};

/// The kinds of step that take a migration back.
const UNDO: &str = "undo";
const RESTORE: &str = "restore";

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
    let (target, now, mut all) = (env.named(), Timestamp::now(), Vec::new());
    for own in own::all(&runs).await?.iter().filter(|one| one.target == target && is_left(one)) {
        let mut held = Holding { id: own.id.clone(), actions: actions(own, now), undone: Vec::new(), restored: false };
        // A journal that was touched is said wherever the incident is looked at.
        for journal in own::journals(&runs, own).await?.0 {
            held.add(&journal);
        }
        all.push(held);
    }
    Ok(all)
}

impl Holding {
    /// What the steps of a run have taken back, also where one has failed behind that.
    fn add(&mut self, journal: &Journal) {
        let mut way = 0;
        for record in &journal.records {
            match record.event(&journal.run) {
                Ok(Journaled::Escalated { to, .. }) => way = to,
                Ok(Journaled::Settled {
                    step,
                    outcome: Outcome::Done { facts } | Outcome::Failed { facts, .. },
                    ..
                }) => {
                    let kind = journal.state.procedure.step(way, step).map(|step| step.kind.as_str());
                    match kind {
                        Some(UNDO) => self.undone.extend(undone(&facts)),
                        Some(RESTORE) => self.restored |= facts["backup"].is_string(),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}

/// The numbers of migrations, as the step `undo` leaves them: alone where that was found out after a crash.
fn undone(facts: &Value) -> Vec<i64> {
    let all = facts["undone"].as_array().into_iter().flatten();
    all.filter_map(|one| one.as_i64().or_else(|| one["number"].as_i64())).collect()
}

/// The newest incident with open actions in which a backup was restored: which migrations went by that, no record says.
pub(crate) fn restored(all: &[Holding]) -> Option<&Holding> {
    all.iter().rev().find(|one| one.restored && !one.open().is_empty())
}

/// What was held up is done all the same: the reason stays with the incident.
pub(crate) async fn note_early(env: &Env, held: &Holding, reason: &str) -> Result<()> {
    if let Some(runs) = Runs::there(env, "migrate").await? {
        let note = What::Note { text: format!("tried again early: {reason}") };
        own::add(&runs, &held.id, |_| Ok(vec![note.clone()])).await?;
    }
    env.say(Event::warning("retry.early", format!("tried again before incident {} is done: {reason}", held.id)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_undone_is_known_by_its_number() {
        assert_eq!(undone(&json!({ "undone": [{ "number": 2, "version": "2" }, 1] })), [2, 1]);
        assert_eq!(undone(&json!({ "undone": null })), Vec::<i64>::new());
    }
}
