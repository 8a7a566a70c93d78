//! One round: sources that are due are asked, each by itself, what arrived is read, and the triggers judge.
//!
//! Must not know: what follows a firing.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use backout_signals::backtest::Line;
use backout_signals::{Around, Firing, Observation, Reading, Verdict};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{LOOK, Watcher, later};
use crate::event::Event;
use crate::sources::Source;

/// How long a message is kept after it was read, and how often that is looked at.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
const FORGETS: Duration = Duration::from_secs(600);
/// So many messages are read at once.
const MESSAGES: u32 = 10_000;

/// What a source said, and what it must know the next time.
#[derive(Debug)]
pub(super) struct Answer {
    name: String,
    cursor: Value,
    said: Vec<Observation>,
}

type Answered = Result<(tokio::task::Id, Answer), tokio::task::JoinError>;

impl Watcher<'_> {
    /// Takes what was said since the last round: what fires now.
    pub(super) async fn round(&mut self) -> Vec<Firing> {
        self.ask();
        while let Some(answered) = self.asking.tasks.try_join_next_with_id() {
            self.answered(answered);
        }
        while self.options.once
            && let Some(answered) = self.asking.tasks.join_next_with_id().await
        {
            self.answered(answered);
        }
        while self.read_inbox().await && self.options.once {}
        self.judge()
    }

    /// Until a source has answered or is due, a breach has lasted for long enough, somebody may have sent something, or asks
    /// to stop.
    pub(super) async fn wait(&mut self) {
        if std::mem::take(&mut self.behind) {
            return;
        }
        let now = Timestamp::now();
        let due = self.compiled.sources.iter().filter_map(|source| self.due(source));
        // What has lasted for long enough is judged then, and not at the next look.
        let lasted = self.compiled.triggers.iter().filter_map(|one| {
            let since = self.state.readings.get(&one.rule.name)?.since?;
            Some(later(since, one.rule.hold)).filter(|at| *at > now)
        });
        let next =
            due.chain(lasted).min().map_or(LOOK, |at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        let (options, stop) = (self.options, &self.env.stop);
        let woken = async {
            match &options.wake {
                Some(wake) => wake.notified().await,
                None => std::future::pending().await,
            }
        };
        let is_asking = !self.asking.tasks.is_empty();
        let answered = tokio::select! {
            answered = self.asking.tasks.join_next_with_id(), if is_asking => answered,
            () = tokio::time::sleep(next.min(LOOK)) => None,
            () = woken => None,
            () = stop.asked_for(1) => None,
        };
        if let Some(answered) = answered {
            self.answered(answered);
        }
    }

    /// When a source is to be asked next; nothing where it speaks by itself, or is being asked.
    fn due(&self, source: &Source) -> Option<Timestamp> {
        let every = source.every.filter(|_| self.asking.names.values().all(|name| *name != source.name))?;
        let before = self.state.asked.get(&source.name);
        // A clock that was set back makes nobody wait for it.
        let before = before.filter(|at| **at <= Timestamp::now());
        Some(before.map_or(Timestamp::UNIX_EPOCH, |asked| later(*asked, every)))
    }

    /// Each by itself: one that hangs keeps no other one from being heard, nor a way back from going on.
    fn ask(&mut self) {
        let now = Timestamp::now();
        let due = |source: &&Source| self.due(source).is_some_and(|at| at <= now || self.options.once);
        let due: Vec<Source> = self.compiled.sources.iter().filter(due).cloned().collect();
        // By itself: a trace of days is of no use to anybody.
        let looks = || tracing::info_span!(parent: None, "look", target = self.target.as_str(), sources = due.len());
        let look = if due.is_empty() { tracing::Span::none() } else { looks() };
        for source in due {
            let name = source.name.clone();
            let span =
                tracing::info_span!(parent: &look, "ask", source = source.name.as_str(), kind = source.kind.as_str());
            let mut cursor = self.state.cursors.get(&name).cloned().unwrap_or_default();
            let (env, redactor) = (self.env.clone(), self.redactor.clone());
            self.state.asked.insert(name.clone(), now);
            let asking = async move {
                let said = source.ask(&env, &redactor, &mut cursor).await;
                Answer { name: source.name, cursor, said }
            };
            let asking = self.asking.tasks.spawn(asking.instrument(span));
            self.asking.names.insert(asking.id(), name);
        }
    }

    fn answered(&mut self, answered: Answered) {
        let answer = match answered {
            Ok((id, answer)) => {
                self.asking.names.remove(&id);
                answer
            }
            Err(error) => {
                let Some(name) = self.asking.names.remove(&error.id()) else { return };
                let why = "it broke down while it was asked".to_owned();
                Answer { name, cursor: Value::Null, said: vec![Observation::failed(Timestamp::now(), why)] }
            }
        };
        let Answer { name, cursor, said } = answer;
        self.asking.unheard.remove(&name);
        if !cursor.is_null() {
            self.state.cursors.insert(name.clone(), cursor);
        }
        said.iter().for_each(|observation| self.take(&name, observation));
    }

    /// Takes some of what arrived, the oldest first: whether there may be more.
    async fn read_inbox(&mut self) -> bool {
        let pushed: Vec<Source> = self.compiled.sources.iter().filter(|one| one.every.is_none()).cloned().collect();
        if pushed.is_empty() {
            return false;
        }
        let messages = match self.runs.store.inbox(None, self.state.seq, MESSAGES).await {
            Ok(messages) => messages,
            Err(error) => {
                self.store_answers(Some(error.to_string()));
                return false;
            }
        };
        self.behind = !messages.is_empty();
        if self.forgot.is_none_or(|forgot| forgot.elapsed() >= FORGETS) {
            self.forgot = Some(Instant::now());
            let before = Timestamp::now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
            // What cannot be forgotten now is the next time.
            self.runs.store.forget(before, self.state.seq).await.ok();
        }
        for taken in messages {
            self.state.seq = taken.seq;
            self.store.note();
            let (body, at) = (&taken.message.body, taken.message.at);
            // What was reported before the change is not of it.
            if at < self.state.since {
                continue;
            }
            for source in pushed.iter().filter(|source| source.inbox() == taken.message.source) {
                if let Some(observation) = source.heard(body, at) {
                    self.take(&source.name, &observation);
                }
            }
        }
        self.behind
    }

    /// Every trigger of this source takes it.
    fn take(&mut self, source: &str, observation: &Observation) {
        self.store.note();
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
        let is_breached = |(_, reading): &(&String, &Reading)| reading.verdict == Verdict::Breached;
        let breached: BTreeSet<String> =
            self.state.readings.iter().filter(is_breached).map(|(name, _)| name.clone()).collect();
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
                // A timer that has begun is written down, so that whoever takes over goes on with it.
                self.store.note_at_once();
                self.env.say(Event::Read(Box::new(reading.clone())));
            }
            // The time that a veto gives is watched to its end, once for each breach: what it holds back for ever ends too.
            let is_first = before.is_none_or(|before| before.vetoed.is_none() || before.since != reading.since);
            if let Some(vetoed) = reading.vetoed.as_ref().filter(|_| is_first && !self.options.once) {
                self.state.until = self.state.until.max(vetoed.until);
            }
            firings.extend(reading.fires.clone());
            self.state.readings.insert(name.clone(), reading);
        }
        firings
    }
}
