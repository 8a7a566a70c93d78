//! Watches a target after a release: sources are asked, triggers judge what they say, and what follows a firing is decided
//! and done. One watch acts for a target at a time; another one takes over where it went away.
//!
//! Must not know: how a source asks, what a trigger measures, or what a step of a way back does.
//!
//! In depth: `docs/internals/watch.md`.

mod act;
pub mod backtest;
mod bake;
mod look;
mod prove;
mod round;
pub mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use backout_plan::plan::Act;
use backout_signals::{Firing, Reading, Verdict, Watch};
use backout_store::{Seat, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::event::{Event, Work};
use crate::runs::Runs;
use crate::sources::Redactor;
use crate::{Boxed, Cause, Env, Failure, Result, preflight};

pub use bake::Change;
pub use look::{Watched, look};

use crate::triggers::Compiled;
use state::{Decided, Did, State};

/// How long a watch has its seat without a sign of life.
const SEATED: Duration = Duration::from_secs(4);
/// How often the seat is kept, or tried for.
const BEAT: Duration = Duration::from_millis(500);
/// How often the inbox is looked into and `for` is judged.
const LOOK: Duration = Duration::from_millis(100);
/// How often what was observed is written down. What changes a verdict, or is about to be done, is written at once.
const WRITE: Duration = Duration::from_secs(1);

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// One round: everything is asked and judged once.
    pub once: bool,
    /// It ends as soon as every trigger says that all is well.
    pub until_healthy: bool,
    /// It ends only when somebody asks to stop, as in a server.
    pub endless: bool,
    /// How long is watched, instead of what the plan says.
    pub time: Option<Duration>,
    /// Says what would be done, and does nothing.
    pub dry_run: bool,
    /// What is measured at the end counts as normal from then on.
    pub baseline: bool,
    /// Every observation is added to this file, for a backtest.
    pub record: Option<PathBuf>,
    /// Notified by whoever puts something into the inbox in this process, so that it is looked into at once.
    pub wake: Option<Arc<Notify>>,
}

/// How a watch ended.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub target: String,
    pub since: Timestamp,
    pub until: Timestamp,
    /// What is watched for its effect, where that is on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Change>,
    pub readings: Vec<Reading>,
    /// What was decided in this watch.
    pub decided: Vec<Decided>,
    /// Whether the time was over; otherwise somebody asked to stop.
    pub over: bool,
    /// What was measured as normal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<(String, f64)>,
}

impl Report {
    /// The worst that any trigger said last.
    pub fn worst(&self) -> Option<Verdict> {
        let rank = |verdict: &Verdict| match verdict {
            Verdict::Healthy => 0,
            Verdict::Inconclusive => 1,
            Verdict::NoData => 2,
            Verdict::SourceError => 3,
            Verdict::Breached => 4,
        };
        self.readings.iter().map(|reading| reading.verdict).max_by_key(rank)
    }
}

/// Watches until the time is over, or somebody asks to stop.
///
/// # Errors
/// Where the plan has nothing to watch or something of it is wrong, or the store cannot be read at the beginning. What a
/// source meets, and a store that goes away later, are said and survived.
pub fn run<'a>(env: &'a Env, runs: &'a Runs, options: &'a Options) -> Boxed<'a, Result<Report>> {
    Box::pin(async move {
        env.stop.begin();
        let mut watcher = Watcher::new(env, runs, options).await?;
        watcher.watch().await
    })
}

/// A watch of one target.
struct Watcher<'a> {
    env: &'a Env,
    runs: &'a Runs,
    options: &'a Options,
    target: String,
    compiled: Compiled,
    redactor: Arc<Redactor>,
    state: State,
    store: InStore,
    /// When this watch began.
    begun: Timestamp,
    seat: Place,
    /// When old messages were forgotten for the last time.
    forgot: Option<Instant>,
    record: Option<File>,
    asking: Asking,
    /// What has fired and is not followed yet.
    fired: Vec<Firing>,
    /// There may be more in the inbox than was read.
    behind: bool,
}

/// How the state stands to what the store has of it.
struct InStore {
    /// The version of the state in the store.
    version: Option<u64>,
    /// Whether it answered the last time.
    answers: bool,
    /// Something is to be written down, and whether at once.
    changed: bool,
    urgent: bool,
    written: Instant,
}

impl InStore {
    /// Before anything was read: all of the state is to be written.
    fn new() -> Self {
        Self { version: None, answers: true, changed: true, urgent: true, written: Instant::now() }
    }

    fn note(&mut self) {
        self.changed = true;
    }

    fn note_at_once(&mut self) {
        (self.changed, self.urgent) = (true, true);
    }

    fn is_due(&self) -> bool {
        self.urgent || self.written.elapsed() >= WRITE
    }

    fn wrote(&mut self, version: u64) {
        *self = Self {
            version: Some(version),
            answers: self.answers,
            changed: false,
            urgent: false,
            written: Instant::now(),
        };
    }
}

/// Whether this watch is the one that acts for its target.
#[derive(Default)]
struct Place {
    taken: Option<Seat>,
    /// When the seat was kept or tried for the last time.
    tried: Option<Instant>,
    /// It was said that another watch acts.
    stands_by: bool,
}

/// Sources that are being asked.
struct Asking {
    tasks: JoinSet<round::Answer>,
    /// The source of each task.
    names: BTreeMap<tokio::task::Id, String>,
    /// Sources that have not answered this watch yet.
    unheard: BTreeSet<String>,
}

impl<'a> Watcher<'a> {
    async fn new(env: &'a Env, runs: &'a Runs, options: &'a Options) -> Result<Self> {
        let plan = env.plan()?;
        let target = env.claimed()?.to_owned();
        let compiled = Compiled::of(plan)?;
        if compiled.triggers.is_empty() {
            let advice = backout_plan::Remedy::Advice { text: "write [[source]] and [[trigger]]".to_owned() };
            return Err(crate::Refusal::usage("the plan has nothing to watch", Some(advice)).into());
        }
        crate::rollback::validated(env)?;
        preflight::pass_release(&preflight::survey_sources(env).await)?;
        let record = match &options.record {
            None => None,
            Some(path) => {
                let opened = File::options().create(true).append(true).open(path);
                Some(opened.map_err(Failure::given(format!("opening {}", path.display())))?)
            }
        };
        let actions: Vec<&Value> = plan.sources.iter().map(|source| &source.ask).collect();
        let begun = Timestamp::now();
        let asked = compiled.sources.iter().filter(|source| source.every.is_some());
        let unheard = asked.map(|source| source.name.clone()).collect();
        let mut this = Self {
            redactor: Arc::new(Redactor::of(env, actions)),
            state: State::new(begun, begun),
            store: InStore::new(),
            seat: Place::default(),
            forgot: None,
            env,
            runs,
            options,
            target,
            compiled,
            begun,
            record,
            asking: Asking { tasks: JoinSet::new(), names: BTreeMap::new(), unheard },
            fired: Vec::new(),
            behind: false,
        };
        this.take_over().await?;
        this.bake().await?;
        Ok(this)
    }

    /// Reads what is known, and fits it to the plan: whether somebody else has written it.
    async fn take_over(&mut self) -> Result<bool> {
        let kept = state::read(self.runs, &self.target).await?;
        let kept = kept.filter(|kept| Some(kept.version) != self.store.version);
        let is_other = kept.is_some();
        if let Some(kept) = kept {
            self.state = kept.state;
            self.store.version = Some(kept.version);
            self.fired.clear();
        }
        let known: BTreeSet<&str> = self.compiled.triggers.iter().map(|one| one.rule.name.as_str()).collect();
        self.state.watches.retain(|name, _| known.contains(name.as_str()));
        self.state.readings.retain(|name, _| known.contains(name.as_str()));
        for trigger in &self.compiled.triggers {
            let watch = self.state.watches.entry(trigger.rule.name.clone());
            watch.or_insert_with(|| Watch::new(trigger.rule.clone())).adopt(trigger.rule.clone());
        }
        Ok(is_other)
    }

    async fn watch(&mut self) -> Result<Report> {
        loop {
            let acts = self.lead().await?;
            if acts && !self.options.dry_run {
                let settled = self.settle().await;
                self.survive(settled)?;
            }
            // Whoever stands by asks nobody: one watch is enough of a load. Where the store is away nobody knows who acts.
            if acts || self.options.once || !self.store.answers {
                let firings = self.round().await;
                self.fired.extend(firings);
            }
            if acts {
                let followed = self.follow().await;
                self.survive(followed)?;
                if self.store.is_due() {
                    self.save().await?;
                }
            }
            if let Some(over) = self.ends(acts) {
                return self.end(over).await;
            }
            self.wait().await;
        }
    }

    /// Whether it ends here, and then whether its time is over.
    fn ends(&self, acts: bool) -> Option<bool> {
        let is_busy = self.state.proving.is_some() || self.state.run.is_some() || !self.fired.is_empty();
        let healthy = |name: &str| self.state.readings.get(name).is_some_and(|one| one.verdict == Verdict::Healthy);
        let is_healthy = self.compiled.triggers.iter().all(|one| healthy(&one.rule.name));
        // However short the time is, everybody was asked.
        let goes_on = self.options.endless || (acts && (is_busy || !self.asking.unheard.is_empty()));
        let over = !goes_on && Timestamp::now() >= self.state.until;
        let well = self.options.until_healthy && acts && is_healthy && !is_busy && self.asking.unheard.is_empty();
        let stops = over || well || self.options.once || self.env.stop.is_asked();
        stops.then_some(over || well)
    }

    /// A store that does not answer is said, and what was to be done is tried again when it does. Anything else ends it.
    fn survive(&mut self, done: Result<()>) -> Result<()> {
        let Err(failure) = done else { return Ok(()) };
        match failure.cause() {
            Cause::Runs(StoreError::Changed { .. }) => self.seat.taken = None,
            Cause::Runs(StoreError::Held { .. } | StoreError::Fenced { .. } | StoreError::Moved { .. }) => {}
            Cause::Runs(
                StoreError::Gone
                | StoreError::Sqlite { .. }
                | StoreError::Query { .. }
                | StoreError::Session(_)
                | StoreError::Connection(_),
            ) => self.store_answers(Some(failure.sentence())),
            _ => return Err(failure),
        }
        self.seat.tried = None;
        Ok(())
    }

    /// Takes the seat, or keeps it: whether this watch acts. Whoever gets it reads what the one before has written.
    async fn lead(&mut self) -> Result<bool> {
        if self.options.dry_run {
            return Ok(true);
        }
        if self.store.answers && self.seat.tried.is_some_and(|at| at.elapsed() < BEAT) {
            return Ok(self.seat.taken.is_some());
        }
        let before = self.seat.taken.as_ref().map(|seat| seat.fence);
        match self.runs.store.sit(&state::name(&self.target), &self.runs.holder, SEATED).await {
            Ok(seat) => {
                self.store_answers(None);
                self.seat.tried = Some(Instant::now());
                if seat.is_none() && !self.seat.stands_by {
                    let said = "another watch of this target acts; this one stands by";
                    self.env.say(Event::note("watch.stands-by", said));
                }
                self.seat.stands_by = seat.is_none();
                let is_new = seat.is_some() && seat.as_ref().map(|seat| seat.fence) != before;
                self.seat.taken = seat;
                if is_new {
                    let taken = match self.take_over().await {
                        Ok(true) => self.bake().await,
                        other => other.map(drop),
                    };
                    self.survive(taken)?;
                }
                Ok(self.seat.taken.is_some() && self.store.answers)
            }
            Err(error) => {
                self.store_answers(Some(error.to_string()));
                Ok(false)
            }
        }
    }

    /// Says once that the store went away, and once that it is back.
    fn store_answers(&mut self, trouble: Option<String>) {
        match (trouble, self.store.answers) {
            (Some(why), true) => {
                let said = format!("the store does not answer, so nothing is acted on: {why}");
                self.env.say(Event::warning("watch.store-away", said));
                self.store.answers = false;
            }
            (None, false) => {
                self.env.say(Event::note("watch.store-back", "the store answers again"));
                self.store.answers = true;
            }
            _ => {}
        }
    }

    /// Writes down what is known. A store that is away is said, and tried again.
    async fn save(&mut self) -> Result<()> {
        if !self.store.changed || self.options.dry_run {
            return Ok(());
        }
        match state::write(self.runs, &self.target, self.store.version, &self.state).await {
            Ok(version) => {
                self.store.wrote(version);
                Ok(())
            }
            // Somebody else acts by now, and has written; or the store is away.
            Err(failure) => self.survive(Err(failure)),
        }
    }

    async fn end(&mut self, over: bool) -> Result<Report> {
        let mut baselines = Vec::new();
        if self.options.baseline {
            let now = Timestamp::now();
            for (name, watch) in &self.state.watches {
                baselines.extend(watch.value(now).map(|value| (name.clone(), value)));
            }
            self.state.baselines.extend(baselines.iter().cloned());
            self.store.note();
        }
        if over {
            self.state.until = self.state.until.min(Timestamp::now());
        }
        if self.seat.taken.is_some() {
            self.store.note();
            self.save().await?;
        }
        if let Some(seat) = self.seat.taken.take() {
            self.runs.store.leave(&seat).await.ok();
        }
        let decided = self.state.decided.iter().filter(|one| one.at >= self.begun).cloned().collect();
        Ok(Report {
            target: self.target.clone(),
            since: self.state.since,
            until: self.state.until,
            after: self.state.after.clone(),
            readings: self.state.readings.values().cloned().collect(),
            decided,
            over,
            baselines,
        })
    }

    fn begin(&self, what: &str) {
        self.env.say(Event::Begun { work: Work::Deciding { firing: what.to_owned() } });
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Whether anything was done that somebody should look at.
pub fn needs_attention(decided: &Decided) -> bool {
    match &decided.did {
        Did::Ran { phase, .. } => phase != "succeeded",
        // The run that has the evidence says by itself how it ended.
        Did::Watches { .. } | Did::Joined { .. } => false,
        Did::Begins | Did::Runs { .. } => decided.act != Act::Notify,
        Did::Notified | Did::Asked { .. } | Did::ToMend { .. } | Did::Would { .. } | Did::Failed { .. } => true,
    }
}

#[cfg(test)]
mod tests;
