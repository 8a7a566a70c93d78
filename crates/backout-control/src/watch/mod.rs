//! Watches a target after a release: sources are asked, triggers judge what they say, and what follows a firing is decided
//! and done. One watch acts for a target at a time; another one takes over where it went away.
//!
//! Must not know: how a source asks, what a trigger measures, or what a step of a way back does.
//!
//! In depth: `docs/internals/watch.md`.

mod act;
pub mod backtest;
pub mod compile;
pub mod state;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use backout_plan::plan::Act;
use backout_signals::backtest::Line;
use backout_signals::{Around, Firing, Observation, Reading, Verdict, Watch};
use backout_store::Seat;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::event::{Event, Work};
use crate::runs::Runs;
use crate::sources::{Redactor, Source};
use crate::{Boxed, Env, Failure, Result};

use compile::Compiled;
use state::{Decided, Did, State};

/// How long a watch has its seat without a sign of life.
const SEATED: Duration = Duration::from_secs(4);
/// How often the inbox is looked into, and how long at most until a wish to stop is seen.
const LOOK: Duration = Duration::from_millis(100);
/// So many messages are read at once.
const MESSAGES: u32 = 10_000;

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// One round: everything is asked and judged once.
    pub once: bool,
    /// How long is watched, instead of what the plan says.
    pub time: Option<Duration>,
    /// Says what would be done, and does nothing.
    pub dry_run: bool,
    /// What is measured at the end counts as normal from then on.
    pub baseline: bool,
    /// Every observation is added to this file, for a backtest.
    pub record: Option<PathBuf>,
}

/// How a watch ended.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub target: String,
    pub since: Timestamp,
    pub until: Timestamp,
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
    redactor: Redactor,
    state: State,
    /// The version of the state in the store.
    version: Option<u64>,
    /// When this watch began.
    begun: Timestamp,
    seat: Option<Seat>,
    /// Whether the store answered the last time.
    stored: bool,
    /// Something is to be written down.
    changed: bool,
    record: Option<File>,
    released: Option<Timestamp>,
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
        let record = match &options.record {
            None => None,
            Some(path) => {
                let opened = File::options().create(true).append(true).open(path);
                Some(opened.map_err(Failure::given(format!("opening {}", path.display())))?)
            }
        };
        let actions: Vec<&Value> = plan.sources.iter().map(|source| &source.ask).collect();
        let begun = Timestamp::now();
        let time = options.time.unwrap_or_else(|| plan.watch.bake.duration());
        let mut this = Self {
            redactor: Redactor::of(env, actions),
            state: State::new(begun, later(begun, time)),
            version: None,
            seat: None,
            stored: true,
            changed: true,
            released: released(env).await,
            env,
            runs,
            options,
            target,
            compiled,
            begun,
            record,
        };
        this.take_over().await?;
        // Whoever says how long begins anew; otherwise what is left of the former time counts.
        let is_over = this.state.until <= begun;
        if options.time.is_some() || is_over {
            (this.state.since, this.state.until) = (begun, later(begun, time));
        }
        Ok(this)
    }

    /// Reads what is known, and fits it to the plan.
    async fn take_over(&mut self) -> Result<()> {
        if let Some(kept) = state::read(self.runs, &self.target).await? {
            self.state = kept.state;
            self.version = Some(kept.version);
        }
        let known: BTreeSet<&str> = self.compiled.triggers.iter().map(|one| one.rule.name.as_str()).collect();
        self.state.watches.retain(|name, _| known.contains(name.as_str()));
        self.state.readings.retain(|name, _| known.contains(name.as_str()));
        for trigger in &self.compiled.triggers {
            let watch = self.state.watches.entry(trigger.rule.name.clone());
            watch.or_insert_with(|| Watch::new(trigger.rule.clone())).adopt(trigger.rule.clone());
        }
        Ok(())
    }

    async fn watch(&mut self) -> Result<Report> {
        loop {
            let acts = self.lead().await?;
            if acts {
                self.settle().await?;
            }
            let firings = self.round().await;
            if acts {
                self.follow(firings).await?;
                self.save().await?;
            }
            let now = Timestamp::now();
            let is_busy = self.state.proving.is_some() || self.state.run.is_some();
            let over = now >= self.state.until && !is_busy;
            if over || self.options.once || self.env.stop.is_asked() {
                return self.end(over).await;
            }
            self.wait(now).await;
        }
    }

    /// Until the next source is due, or somebody may have sent something.
    async fn wait(&self, now: Timestamp) {
        let due = self.compiled.sources.iter().filter_map(|source| self.due(source));
        let next = due.min().map_or(LOOK, |at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        tokio::time::sleep(next.min(LOOK)).await;
    }

    /// When a source is to be asked next.
    fn due(&self, source: &Source) -> Option<Timestamp> {
        let every = source.every?;
        Some(self.state.asked.get(&source.name).map_or(Timestamp::UNIX_EPOCH, |asked| later(*asked, every)))
    }

    /// Takes the seat, or keeps it: whether this watch acts. Whoever gets it reads what the one before has written.
    async fn lead(&mut self) -> Result<bool> {
        if self.options.dry_run {
            return Ok(true);
        }
        let name = state::name(&self.target);
        let before = self.seat.as_ref().map(|seat| seat.fence);
        match self.runs.store.sit(&name, &self.runs.holder, SEATED).await {
            Ok(seat) => {
                self.store_answers(None);
                let is_new = seat.is_some() && seat.as_ref().map(|seat| seat.fence) != before;
                let lost = seat.is_none() && before.is_some();
                if lost || (seat.is_none() && self.begun == self.state.since && self.changed) {
                    let said = "another watch of this target acts; this one stands by";
                    self.env.say(Event::note("watch.stands-by", said));
                    self.changed = false;
                }
                self.seat = seat;
                if is_new {
                    let (since, until) = (self.state.since, self.state.until);
                    self.take_over().await?;
                    self.state.until = self.state.until.max(until);
                    self.state.since = self.state.since.min(since);
                    self.changed = true;
                }
                Ok(self.seat.is_some())
            }
            Err(error) => {
                self.store_answers(Some(error.to_string()));
                Ok(false)
            }
        }
    }

    /// Says once that the store went away, and once that it is back.
    fn store_answers(&mut self, trouble: Option<String>) {
        match (trouble, self.stored) {
            (Some(why), true) => {
                let said = format!("the store does not answer, so nothing is acted on: {why}");
                self.env.say(Event::warning("watch.store-away", said));
                self.stored = false;
            }
            (None, false) => {
                self.env.say(Event::note("watch.store-back", "the store answers again"));
                self.stored = true;
            }
            _ => {}
        }
    }

    /// Asks every source that is due, reads the inbox, and judges: what fires now.
    async fn round(&mut self) -> Vec<Firing> {
        let now = Timestamp::now();
        let mut due = Vec::new();
        for source in &self.compiled.sources {
            if self.due(source).is_some_and(|at| at <= now) {
                let cursor = self.state.cursors.remove(&source.name).unwrap_or_default();
                due.push((source.clone(), cursor));
            }
        }
        let (env, redactor) = (self.env, &self.redactor);
        let asked = join_all(due.into_iter().map(|(source, mut cursor)| async move {
            let said = source.ask(env, redactor, &mut cursor).await;
            (source.name, cursor, said)
        }))
        .await;
        for (name, cursor, said) in asked {
            self.state.asked.insert(name.clone(), now);
            if !cursor.is_null() {
                self.state.cursors.insert(name.clone(), cursor);
            }
            said.into_iter().for_each(|observation| self.take(&name, &observation));
        }
        self.read_inbox().await;
        self.judge()
    }

    async fn read_inbox(&mut self) {
        let pushed: Vec<Source> = self.compiled.sources.iter().filter(|one| one.every.is_none()).cloned().collect();
        if pushed.is_empty() {
            return;
        }
        let messages = match self.runs.store.inbox(None, self.state.seq, MESSAGES).await {
            Ok(messages) => messages,
            Err(error) => return self.store_answers(Some(error.to_string())),
        };
        for taken in messages {
            self.state.seq = taken.seq;
            self.changed = true;
            let (body, at) = (&taken.message.body, taken.message.at);
            // Who watches from now on does not count what was reported before.
            if at < self.state.since {
                continue;
            }
            for source in pushed.iter().filter(|source| source.inbox() == taken.message.source) {
                if let Some(observation) = source.heard(body, at) {
                    self.take(&source.name, &observation);
                }
            }
        }
    }

    /// Every trigger of this source takes it.
    fn take(&mut self, source: &str, observation: &Observation) {
        self.changed = true;
        for trigger in self.compiled.triggers.iter().filter(|trigger| trigger.source == source) {
            let name = &trigger.rule.name;
            if let Some(watch) = self.state.watches.get_mut(name) {
                watch.take(observation.clone());
            }
            if let Some(file) = &mut self.record {
                let line = Line::Observed { trigger: name.clone(), observation: observation.clone() };
                let written = serde_json::to_string(&line).map_err(std::io::Error::from);
                if let Err(error) = written.and_then(|line| writeln!(file, "{line}")) {
                    self.env.say(Event::warning("watch.record", format!("the recording is not written: {error}")));
                    self.record = None;
                }
            }
        }
    }

    /// Says what has changed, and gives what fires.
    fn judge(&mut self) -> Vec<Firing> {
        let now = Timestamp::now();
        let breached: BTreeSet<String> = self.breached().map(str::to_owned).collect();
        let mut firings = Vec::new();
        for trigger in &self.compiled.triggers {
            let name = &trigger.rule.name;
            let Some(watch) = self.state.watches.get_mut(name) else { continue };
            let around = Around { baseline: self.state.baselines.get(name).copied(), breached: breached.clone() };
            let reading = watch.judge(now, &around);
            let before = self.state.readings.get(name);
            let same = |before: &Reading| {
                before.verdict == reading.verdict && before.vetoed == reading.vetoed && reading.fires.is_none()
            };
            if !before.is_some_and(same) {
                self.changed = true;
                self.env.say(Event::Read(Box::new(reading.clone())));
            }
            firings.extend(reading.fires.clone());
            self.state.readings.insert(name.clone(), reading);
        }
        firings
    }

    fn breached(&self) -> impl Iterator<Item = &str> {
        let readings = self.state.readings.iter();
        readings.filter(|(_, reading)| reading.verdict == Verdict::Breached).map(|(name, _)| name.as_str())
    }

    /// Writes down what is known. A store that is away is said, and tried again.
    async fn save(&mut self) -> Result<()> {
        if !self.changed || self.options.dry_run {
            return Ok(());
        }
        match state::write(self.runs, &self.target, self.version, &self.state).await {
            Ok(version) => {
                (self.version, self.changed) = (Some(version), false);
                Ok(())
            }
            // Somebody else acts by now, and has written.
            Err(failure) if is_changed(&failure) => {
                self.seat = None;
                Ok(())
            }
            Err(failure) => {
                self.store_answers(Some(failure.sentence()));
                Ok(())
            }
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
            self.changed = true;
        }
        self.save().await?;
        if let Some(seat) = self.seat.take() {
            self.runs.store.leave(&seat).await.ok();
        }
        let decided = self.state.decided.iter().filter(|one| one.at >= self.begun).cloned().collect();
        Ok(Report {
            target: self.target.clone(),
            since: self.state.since,
            until: self.state.until,
            readings: self.state.readings.values().cloned().collect(),
            decided,
            over,
            baselines,
        })
    }

    /// How long ago the newest release was.
    fn minutes_since_release(&self) -> Option<u64> {
        let minutes = Timestamp::now().duration_since(self.released?).as_mins();
        u64::try_from(minutes).ok()
    }

    fn begin(&self, what: &str) {
        self.env.say(Event::Begun { work: Work::Deciding { firing: what.to_owned() } });
    }
}

/// When the newest migration was applied; nothing where the target does not say.
async fn released(env: &Env) -> Option<Timestamp> {
    let session = env.connect().await.ok()?;
    let records = backout_postgres::store::records(&session).await.ok()?;
    session.close().await;
    records.iter().filter_map(|record| record.finished_at).max()
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn is_changed(failure: &Failure) -> bool {
    matches!(failure.cause(), crate::Cause::Runs(backout_store::StoreError::Changed { .. }))
}

/// What is known of the watch of a target, for whoever looks.
///
/// # Errors
/// Where the store cannot be read.
pub async fn look(env: &Env, runs: &Runs) -> Result<Option<State>> {
    let Some(target) = env.named() else { return Ok(None) };
    Ok(state::read(runs, &target).await?.map(|kept| kept.state))
}

/// Whether anything was done that somebody should look at.
pub fn needs_attention(decided: &Decided) -> bool {
    match &decided.did {
        Did::Ran { phase, .. } => phase != "succeeded",
        Did::Watches { .. } => false,
        Did::Begins | Did::Joined { .. } => decided.act != Act::Notify,
        Did::Notified | Did::Asked { .. } | Did::ToMend { .. } | Did::Would { .. } | Did::Failed { .. } => true,
    }
}
