//! What follows a firing: decided, written down, done once.
//!
//! Must not know: how a trigger judges.

use backout_plan::plan::Act;
use backout_postgres::failpoint::hit;
use backout_runbook::{Event as Journaled, Standing};
use backout_signals::{Decision, Facts, Firing, Outcome};
use backout_store::Author;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::state::{Decided, Did};
use super::{BEAT, LOOK, SEATED, Watcher, later, state};
use crate::event::Event;
use crate::execute::Ended;
use crate::rollback::{self, Which};
use crate::runs::moved;
use crate::{Cause, Env, Failure, Result, ledger};

/// How many runs are looked through for the one that a firing has opened.
const NEWEST: u32 = 50;

impl Watcher<'_> {
    /// Goes on with what was begun before: a decision whose run is not known, a run that waits, criteria after a run.
    pub(super) async fn settle(&mut self) -> Result<()> {
        if let Some(decided) = self.state.acting.clone() {
            match self.opened_by(&decided.id).await? {
                Some(run) => {
                    ledger::link(self.env, self.runs, &run).await;
                    self.opened(decided, run);
                }
                None => self.carry_out(decided).await?,
            }
        }
        self.go_on().await?;
        self.look_again();
        self.prove().await
    }

    /// The run that this firing has opened.
    async fn opened_by(&self, id: &str) -> Result<Option<String>> {
        for one in self.runs.list(NEWEST).await? {
            if one.target.as_deref() != Some(self.target.as_str()) {
                continue;
            }
            // One that was touched is nobody's to go on with; it is said wherever runs are looked at.
            let Ok(journal) = self.runs.read(&one.run).await else { continue };
            let opened = journal.records.first().and_then(|record| record.event(&one.run).ok());
            if let Some(Journaled::Opened { facts, .. }) = opened
                && facts["evidence"]["id"] == id
            {
                return Ok(Some(one.run));
            }
        }
        Ok(None)
    }

    /// The run of a decision is there.
    fn opened(&mut self, decided: Decided, run: String) {
        self.state.acting = None;
        self.state.run = Some(run.clone());
        let did = if decided.act == Act::Ask { Did::Asked { run } } else { Did::Runs { run } };
        self.note(Decided { did, ..decided });
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
                // It is somebody else's by now, or the store is away.
                Err(failure) if matches!(failure.cause(), Cause::Runs(_)) => return Err(failure),
                Err(failure) => {
                    self.env.say(Event::warning("watch.run", failure.sentence()));
                    // A person decides.
                    self.state.run = None;
                }
            }
            self.store.note_at_once();
        }
        Ok(())
    }

    /// Decides what follows each firing, and does it. What cannot be done since the store is away stays for later.
    pub(super) async fn follow(&mut self) -> Result<()> {
        while let Some(firing) = self.fired.first().cloned() {
            if self.still_breached(&firing)
                && let Some(decided) = self.decide(firing.clone()).await
            {
                self.carry_out(decided).await?;
            }
            self.fired.retain(|one| *one != firing);
        }
        Ok(())
    }

    /// What has healed by itself while nothing could be done is not acted on.
    fn still_breached(&self, firing: &Firing) -> bool {
        let reading = self.state.readings.get(&firing.trigger);
        reading.is_some_and(|reading| reading.since == Some(firing.since))
    }

    async fn decide(&self, firing: Firing) -> Option<Decided> {
        let id = self.state.id_of(&firing, Timestamp::now())?;
        let trigger = self.compiled.triggers.iter().find(|one| one.rule.name == firing.trigger)?;
        let facts = Facts {
            symptom: trigger.symptom.clone(),
            trigger: firing.trigger.clone(),
            value: firing.value,
            people: firing.people,
            falling: firing.falling,
            minutes_since_release: self.minutes_since_release().await,
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

    /// Does what was decided.
    pub(super) async fn carry_out(&mut self, decided: Decided) -> Result<()> {
        self.begin(&decided.firing.trigger);
        if decided.act != Act::Notify && !self.options.dry_run {
            ledger::opened_by_firing(self.env, self.runs, &decided).await;
        }
        let did = match (&decided.outcome, decided.act) {
            (Some(Outcome::Monitor { time }), _) => {
                let until = later(Timestamp::now(), *time);
                self.state.until = self.state.until.max(until);
                self.state.monitored.insert(decided.firing.trigger.clone(), until);
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
            _ => return self.roll_back(decided).await,
        };
        self.note(Decided { did, ..decided });
        self.save().await
    }

    async fn roll_back(&mut self, decided: Decided) -> Result<()> {
        // What is still seen of before, while it shows whether a way back has helped, begins no other one.
        if let Some(run) = self.state.proving.as_ref().map(|proving| proving.run.clone()) {
            self.note(Decided { did: Did::Joined { run }, ..decided });
            return self.save().await;
        }
        // Another firing of what is being taken back already: one run at a time.
        if let Some(open) = self.runs.open_one(self.env).await? {
            self.join(decided, open.run).await?;
            return self.save().await;
        }
        self.state.acting = Some(decided.clone());
        self.store.note_at_once();
        if !self.written().await? {
            return Ok(());
        }
        hit("watch-decided");
        let options = self.options_of(&decided);
        let (env, runs) = (self.acting_env(), self.runs);
        let ended = self.beside(rollback::run(&env, runs, &options)).await;
        match ended {
            Ok(ended) if ended.journal.state.phase.is_over() => {
                let run = ended.journal.run.clone();
                self.state.acting = None;
                self.state.note(Decided { did: Did::Runs { run }, ..decided });
                self.over(&ended.journal);
            }
            Ok(ended) => self.opened(decided, ended.journal.run),
            Err(failure) => self.not_ended(decided, failure).await?,
        }
        self.save().await
    }

    /// The run did not come to its end, or was not opened at all: what is true is asked.
    async fn not_ended(&mut self, decided: Decided, failure: Failure) -> Result<()> {
        if let Some(run) = self.opened_by(&decided.id).await? {
            self.env.say(Event::warning("watch.run", failure.sentence()));
            self.opened(decided, run);
        } else if let Some(open) = self.runs.open_one(self.env).await? {
            // Somebody was faster.
            self.join(decided, open.run).await?;
        } else if matches!(failure.cause(), Cause::Runs(_)) {
            // It is tried again when the store answers.
            return Err(failure);
        } else {
            self.state.acting = None;
            self.note(Decided { did: Did::Failed { why: failure.sentence() }, ..decided });
        }
        Ok(())
    }

    /// A run of this target is open: it gets the evidence.
    async fn join(&mut self, decided: Decided, run: String) -> Result<()> {
        let facts = json!({ "firing": decided.firing, "decided": decided.id });
        self.tell(&run, &decided.firing.trigger, facts).await?;
        self.state.acting = None;
        self.note(Decided { did: Did::Joined { run }, ..decided });
        Ok(())
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
        // Both go on at once: a source or a store that is slow does not hold the way back up. What is being written down
        // when that ends is written to its end.
        let over = Notify::new();
        let working = async {
            let ended = work.await;
            over.notify_one();
            ended
        };
        let (ended, ()) = tokio::join!(working, self.meanwhile(&over));
        ended
    }

    async fn meanwhile(&mut self, over: &Notify) {
        loop {
            tokio::select! {
                biased;
                () = over.notified() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let firings = self.round().await;
            self.fired.extend(firings);
            // Where no run is there yet, or the store is away, it is decided afterwards.
            if let Some(firing) = self.fired.iter().find(|one| !self.is_acting(one)).cloned()
                && let Ok(Some(open)) = self.runs.open_one(self.env).await
            {
                if let Some(decided) = self.decide(firing.clone()).await {
                    self.join_meanwhile(decided, open.run).await.ok();
                }
                self.fired.retain(|one| *one != firing);
            }
            if self.seat.tried.is_none_or(|at| at.elapsed() >= BEAT) {
                self.seat.tried = Some(Instant::now());
                self.runs.store.sit(&state::name(&self.target), &self.runs.holder, SEATED).await.ok();
            }
            // However long it takes, whoever looks sees how things are, and whoever takes over goes on with that.
            if self.seat.taken.is_some() && (self.store.is_due()) {
                self.save().await.ok();
            }
        }
    }

    /// The firing that is acted on right now waits in its place until that is done.
    fn is_acting(&self, firing: &Firing) -> bool {
        self.state.acting.as_ref().is_some_and(|one| one.firing == *firing)
    }

    /// As [`Self::join`], while another decision is carried out.
    async fn join_meanwhile(&mut self, decided: Decided, run: String) -> Result<()> {
        if decided.act != Act::Notify {
            ledger::opened_by_firing(self.env, self.runs, &decided).await;
        }
        let acting = self.state.acting.clone();
        let joined = self.join(decided, run).await;
        self.state.acting = acting;
        joined
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
        self.env.say(Event::Idle);
        self.env.say(Event::Decided(Box::new(decided.clone())));
        self.state.note(decided);
        self.store.note_at_once();
    }

    /// Whether the state is written down: nothing is done before.
    async fn written(&mut self) -> Result<bool> {
        self.save().await?;
        Ok(!self.store.changed)
    }
}
