//! What follows a firing: decided, written down, done once.
//!
//! Must not know: how a trigger judges.

use std::time::Duration;

use backout_plan::plan::Act;
use backout_postgres::failpoint::hit;
use backout_runbook::{Event as Journaled, Standing};
use backout_signals::{Decision, Facts, Firing, Outcome};
use backout_store::Author;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::{Criterion, Decided, Did, Proving};
use super::{LOOK, SEATED, Watcher, later, state};
use crate::event::Event;
use crate::execute::Ended;
use crate::rollback::{self, Which};
use crate::runs::{Journal, moved};
use crate::{Env, Result};

/// How many runs are looked through for the one that a firing has opened.
const NEWEST: u32 = 50;
/// The seat is kept this often while a run goes on.
const BEAT: Duration = Duration::from_millis(200);

impl Watcher<'_> {
    /// Goes on with what was begun before: a decision whose run is not known, a run that waits, criteria after a run.
    pub(super) async fn settle(&mut self) -> Result<()> {
        if let Some(decided) = self.state.acting.clone() {
            match self.opened_by(&decided.id).await? {
                Some(run) => {
                    self.state.run = Some(run.clone());
                    self.state.acting = None;
                    self.note(Decided { did: Did::Asked { run }, ..decided });
                }
                None => self.carry_out(decided, true).await?,
            }
        }
        self.go_on().await?;
        self.prove().await
    }

    /// The run that this firing has opened.
    async fn opened_by(&self, id: &str) -> Result<Option<String>> {
        for one in self.runs.list(NEWEST).await? {
            if one.target.as_deref() != Some(self.target.as_str()) {
                continue;
            }
            let journal = self.runs.read(&one.run).await?;
            let opened = journal.records.first().and_then(|record| record.event(&one.run).ok());
            if let Some(Journaled::Opened { facts, .. }) = opened
                && facts["evidence"]["id"] == id
            {
                return Ok(Some(one.run));
            }
        }
        Ok(None)
    }

    /// A run that this watch opened, and that somebody has answered or that was interrupted, goes on.
    async fn go_on(&mut self) -> Result<()> {
        let Some(run) = self.state.run.clone() else { return Ok(()) };
        let seen = self.runs.see(&run).await?;
        let goes_on = match &seen.standing {
            standing if standing.is_over() => {
                self.over(&seen.journal);
                return self.save().await;
            }
            Standing::Ready { .. } | Standing::Interrupted { .. } => seen.held.is_none(),
            _ => false,
        };
        if goes_on {
            let (env, runs) = (self.acting_env(), self.runs);
            let ended = self.beside(crate::resume::run(&env, runs, &run, "the watch goes on", false)).await;
            match ended {
                Ok(ended) if ended.journal.state.phase.is_over() => self.over(&ended.journal),
                Ok(_) => {}
                Err(failure) => {
                    self.env.say(Event::warning("watch.run", failure.sentence()));
                    // A person decides.
                    self.state.run = None;
                }
            }
            self.changed = true;
        }
        Ok(())
    }

    /// A run of ours is over: its outcome is noted, and what must come true after it is watched.
    fn over(&mut self, journal: &Journal) {
        let (run, phase) = (journal.run.clone(), journal.phase().to_owned());
        let of_run = |did: &Did| matches!(did, Did::Asked { run: of } if *of == run);
        if let Some(decided) = self.state.decided.iter_mut().find(|one| of_run(&one.did)) {
            decided.did = Did::Ran { run: run.clone(), phase: phase.clone() };
            let decided = decided.clone();
            self.env.say(Event::Decided(Box::new(decided)));
        }
        self.state.run = None;
        self.changed = true;
        let Ok(plan) = self.env.plan() else { return };
        let now = Timestamp::now();
        self.state.until = self.state.until.max(later(now, plan.watch.bake_rollback.duration()));
        if journal.succeeded() && !plan.watch.success.is_empty() {
            let open = plan.watch.success.iter().map(|one| Criterion {
                trigger: one.trigger.clone(),
                below: one.below.get(),
                until: later(now, one.within.duration()),
            });
            let way = journal.state.current().name.clone();
            self.state.proving = Some(Proving { run, way, open: open.collect() });
        }
    }

    /// What must come true after a way back; where it does not in time, the next way follows.
    async fn prove(&mut self) -> Result<()> {
        let Some(mut proving) = self.state.proving.take() else { return Ok(()) };
        let now = Timestamp::now();
        let value = |trigger: &str| self.state.watches.get(trigger).and_then(|watch| watch.value(now));
        let before = proving.open.len();
        proving.open.retain(|one| !value(&one.trigger).is_some_and(|value| value < one.below));
        self.changed |= proving.open.len() != before;
        let Some(late) = proving.open.iter().find(|one| now >= one.until).cloned() else {
            if proving.open.is_empty() {
                let said = format!("way {} has helped: all that was to come true has", proving.way);
                self.env.say(Event::note("watch.proven", said));
            } else {
                self.state.proving = Some(proving);
            }
            return Ok(());
        };
        self.changed = true;
        let is_value = value(&late.trigger).map_or("unknown".to_owned(), |value| format!("{value}"));
        let said = format!(
            "way {} has not helped: {} is {is_value}, and less than {} was to come true",
            proving.way, late.trigger, late.below
        );
        self.env.say(Event::warning("watch.not-proven", said.clone()));
        let ways = rollback::ways(self.env)?;
        let next = ways.iter().skip_while(|way| way.name != proving.way).nth(1).map(|way| way.name.clone());
        let Some(last) =
            self.state.decided.iter().rev().find(|one| matches!(&one.did, Did::Ran { run, .. } if *run == proving.run))
        else {
            return Ok(());
        };
        let Some(way) = next else {
            self.env.say(Event::warning("watch.no-way-left", "no way back is left; somebody must decide"));
            return Ok(());
        };
        let id = format!("{} after {}", last.firing.trigger, proving.run);
        let decided = Decided {
            id,
            at: now,
            outcome: Some(Outcome::RollBack { way }),
            rule: Some(said),
            path: Vec::new(),
            did: Did::Begins,
            ..last.clone()
        };
        self.carry_out(decided, false).await
    }

    /// Decides what follows each firing, and does it.
    pub(super) async fn follow(&mut self, firings: Vec<Firing>) -> Result<()> {
        for firing in firings {
            let id = format!("{}@{}", firing.trigger, firing.since);
            if self.state.has(&id) {
                continue;
            }
            let Some(decided) = self.decide(id, firing) else { continue };
            self.carry_out(decided, false).await?;
        }
        Ok(())
    }

    fn decide(&self, id: String, firing: Firing) -> Option<Decided> {
        let trigger = self.compiled.triggers.iter().find(|one| one.rule.name == firing.trigger)?;
        let facts = Facts {
            symptom: trigger.symptom.clone(),
            trigger: firing.trigger.clone(),
            value: firing.value,
            people: firing.people,
            falling: firing.falling,
            minutes_since_release: self.minutes_since_release(),
        };
        let decision = match &trigger.way {
            Some(way) => {
                Decision { outcome: Some(Outcome::RollBack { way: way.clone() }), rule: None, path: Vec::new() }
            }
            None => self.compiled.tree.decide(&facts),
        };
        let Decision { outcome, rule, path } = decision;
        let (symptom, act, at) = (trigger.symptom.clone(), trigger.act, firing.at);
        Some(Decided { id, at, firing, symptom, act, outcome, rule, path, did: Did::Begins })
    }

    /// Does what was decided; `again` where it was begun before and nothing came of it.
    async fn carry_out(&mut self, decided: Decided, again: bool) -> Result<()> {
        self.begin(&decided.firing.trigger);
        let did = match (&decided.outcome, decided.act) {
            (Some(Outcome::Monitor { time }), _) => {
                let until = later(Timestamp::now(), *time);
                self.state.until = self.state.until.max(until);
                Did::Watches { until }
            }
            (Some(Outcome::FixInPlace { what }), _) => Did::ToMend { what: what.clone() },
            (_, Act::Notify) => Did::Notified,
            (outcome, act) if self.options.dry_run => {
                let way = match outcome {
                    Some(Outcome::RollBack { way }) => format!("way {way}"),
                    _ => format!("the cheapest way for {}", decided.symptom),
                };
                let how = if act == Act::Auto { "goes" } else { "asks somebody to go" };
                Did::Would { what: format!("{how} {way}") }
            }
            _ => return self.roll_back(decided, again).await,
        };
        self.note(Decided { did, ..decided });
        self.save().await
    }

    async fn roll_back(&mut self, decided: Decided, again: bool) -> Result<()> {
        // Another firing of what is being taken back already: one run at a time.
        if let Some(open) = self.runs.open_one(self.env).await? {
            let facts = json!({ "firing": decided.firing, "decided": decided.id });
            self.tell(&open.run, &decided.firing.trigger, facts).await?;
            self.state.acting = None;
            self.note(Decided { did: Did::Joined { run: open.run }, ..decided });
            return self.save().await;
        }
        if !again {
            self.state.acting = Some(decided.clone());
            self.changed = true;
            if !self.written().await? {
                return Ok(());
            }
        }
        hit("watch-decided");
        let options = self.options_of(&decided);
        let (env, runs) = (self.acting_env(), self.runs);
        let ended = self.beside(rollback::run(&env, runs, &options)).await;
        self.state.acting = None;
        match ended {
            Ok(ended) => {
                let run = ended.journal.run.clone();
                self.state.run = Some(run.clone());
                self.state.note(Decided { did: Did::Asked { run: run.clone() }, ..decided.clone() });
                if ended.journal.state.phase.is_over() {
                    self.over(&ended.journal);
                } else {
                    self.env.say(Event::Decided(Box::new(Decided { did: Did::Asked { run }, ..decided })));
                }
            }
            Err(failure) => self.note(Decided { did: Did::Failed { why: failure.sentence() }, ..decided }),
        }
        self.changed = true;
        self.save().await
    }

    fn options_of(&self, decided: &Decided) -> rollback::Options {
        let which = match &decided.outcome {
            Some(Outcome::RollBack { way }) => Which::Named(way.clone()),
            _ => Which::Auto,
        };
        rollback::Options {
            which,
            because: decided.symptom.clone(),
            evidence: self.evidence(decided),
            asks_first: decided.act == Act::Ask,
            ..rollback::Options::default()
        }
    }

    /// What the run is opened on.
    fn evidence(&self, decided: &Decided) -> Value {
        let readings: Vec<_> = self.state.readings.values().collect();
        json!({
            "id": decided.id, "firing": decided.firing, "rule": decided.rule, "path": decided.path, "readings": readings
        })
    }

    /// Nobody is there to confirm: the plan did, by what the trigger may do.
    fn acting_env(&self) -> Env {
        Env { confirmed: Some(self.target.clone()), ..self.env.clone() }
    }

    /// Does it, and goes on watching meanwhile. Whatever fires joins the run.
    async fn beside(&mut self, work: crate::Boxed<'_, Result<Ended>>) -> Result<Ended> {
        let mut work = work;
        let mut beat = Timestamp::now();
        loop {
            tokio::select! {
                ended = &mut work => return ended,
                () = tokio::time::sleep(LOOK) => {
                    let firings = self.round().await;
                    for firing in firings {
                        let id = format!("{}@{}", firing.trigger, firing.since);
                        let Some(decided) = self.decide(id, firing) else { continue };
                        if let Some(run) = self.open_run().await {
                            let facts = json!({ "firing": decided.firing, "decided": decided.id });
                            self.tell(&run, &decided.firing.trigger, facts).await.ok();
                            self.note(Decided { did: Did::Joined { run }, ..decided });
                        }
                    }
                    if Timestamp::now() >= beat {
                        beat = later(Timestamp::now(), BEAT);
                        self.runs.store.sit(&state::name(&self.target), &self.runs.holder, SEATED).await.ok();
                    }
                }
            }
        }
    }

    async fn open_run(&self) -> Option<String> {
        self.runs.open_one(self.env).await.ok().flatten().map(|open| open.run)
    }

    /// Adds the evidence to a journal that somebody else may be writing.
    async fn tell(&self, run: &str, trigger: &str, facts: Value) -> Result<()> {
        let event = Journaled::Noted { about: format!("trigger {trigger} fired"), facts };
        loop {
            let journal = self.runs.read(run).await?;
            match self.runs.write(&journal, Author::Person(&self.runs.who), &event).await {
                Ok(_) => return Ok(()),
                Err(failure) if moved(&failure) => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    fn note(&mut self, decided: Decided) {
        self.env.say(Event::Decided(Box::new(decided.clone())));
        self.state.note(decided);
        self.changed = true;
    }

    /// Whether the state is written down: nothing is done before.
    async fn written(&mut self) -> Result<bool> {
        self.save().await?;
        Ok(!self.changed)
    }
}
