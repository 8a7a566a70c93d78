//! What follows a decision later: a run of the watch that is over, what must come true after it, and breaches that were
//! only to be watched for a while.
//!
//! Must not know: what a run does.

use backout_signals::{Outcome, Verdict};
use jiff::Timestamp;

use super::bake::Change;
use super::state::{Criterion, Decided, Did, Proving};
use super::{Watcher, later};
use crate::Result;
use crate::event::Event;
use crate::rollback;
use crate::runs::Journal;

impl Watcher<'_> {
    /// A run of ours is over: its outcome is noted, and what must come true after it is watched.
    pub(super) fn over(&mut self, journal: &Journal) {
        let (run, phase) = (journal.run.clone(), journal.phase().to_owned());
        let of_run = |did: &Did| matches!(did, Did::Asked { run: of } | Did::Runs { run: of } if *of == run);
        if let Some(decided) = self.state.decided.iter_mut().find(|one| of_run(&one.did)) {
            decided.did = Did::Ran { run: run.clone(), phase };
            let decided = decided.clone();
            self.env.say(Event::Decided(Box::new(decided)));
        }
        self.state.run = None;
        self.store.note_at_once();
        let Ok(plan) = self.env.plan() else { return };
        let now = Timestamp::now();
        self.state.until = self.state.until.max(later(now, plan.watch.bake_rollback.duration()));
        if !journal.succeeded() {
            return;
        }
        let procedure = journal.state.procedure.name.clone();
        self.state.after = Some(Change::Run { run: run.clone(), procedure, at: now });
        if !plan.watch.success.is_empty() {
            let open = plan.watch.success.iter().map(|one| Criterion {
                trigger: one.trigger.clone(),
                below: one.below.get(),
                until: later(now, one.within.duration()),
            });
            let way = journal.state.current().name.clone();
            self.state.proving = Some(Proving { run, way, open: open.collect() });
        }
    }

    /// What a trigger measures now, where that says anything.
    fn known(&self, trigger: &str) -> Option<f64> {
        let reading = self.state.readings.get(trigger)?;
        reading.value.filter(|_| matches!(reading.verdict, Verdict::Healthy | Verdict::Breached))
    }

    /// What must come true after a way back; where it does not in time, the next way follows. Where nobody can tell, a
    /// person decides: a source that is silent leads to no further way.
    pub(super) async fn prove(&mut self) -> Result<()> {
        let Some(mut proving) = self.state.proving.take() else { return Ok(()) };
        let now = Timestamp::now();
        let before = proving.open.len();
        proving.open.retain(|one| self.known(&one.trigger).is_none_or(|value| value >= one.below));
        self.store.changed |= proving.open.len() != before;
        let late = proving.open.iter().find(|one| now >= one.until).cloned();
        let Some(late) = late else {
            if proving.open.is_empty() {
                let said = format!("way {} has helped: all that was to come true has", proving.way);
                self.env.say(Event::note("watch.proven", said));
            } else {
                self.state.proving = Some(proving);
            }
            return Ok(());
        };
        self.store.note_at_once();
        let Some(value) = self.known(&late.trigger) else {
            let said = format!("nobody can tell whether way {} has helped: {} says nothing", proving.way, late.trigger);
            self.env.say(Event::warning("watch.unproven", said));
            return Ok(());
        };
        let said = format!(
            "way {} has not helped: {} is {value}, and less than {} was to come true",
            proving.way, late.trigger, late.below
        );
        self.env.say(Event::warning("watch.not-proven", said.clone()));
        let ways = rollback::ways(self.env)?;
        let next = ways.iter().skip_while(|way| way.name != proving.way).nth(1).map(|way| way.name.clone());
        let is_it = |one: &&Decided| matches!(&one.did, Did::Ran { run, .. } if *run == proving.run);
        let Some(last) = self.state.decided.iter().rev().find(is_it).cloned() else { return Ok(()) };
        let Some(way) = next else {
            self.env.say(Event::warning("watch.no-way-left", "no way back is left; somebody must decide"));
            return Ok(());
        };
        let id = format!("{} after {}", last.firing.trigger, proving.run);
        let outcome = Some(Outcome::RollBack { way });
        let decided = Decided { id, at: now, outcome, rule: Some(said), path: Vec::new(), did: Did::Begins, ..last };
        self.carry_out(decided).await
    }

    /// Breaches that were to be watched for a while: those that last are decided again.
    pub(super) fn look_again(&mut self) {
        let now = Timestamp::now();
        let due: Vec<String> =
            self.state.monitored.iter().filter(|(_, until)| **until <= now).map(|(name, _)| name.clone()).collect();
        for name in due {
            self.state.monitored.remove(&name);
            if let Some(watch) = self.state.watches.get_mut(&name) {
                watch.again();
            }
            self.store.note_at_once();
        }
    }
}
