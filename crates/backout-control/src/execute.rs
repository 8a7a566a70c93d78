//! Goes on with a run: asks what comes next, writes it down, does it, writes down what came of it.
//!
//! Must not know: what follows what, or what a step does.

use std::time::{Duration, Instant};

use backout_plan::wording::span;
use backout_plan::{Exit, Remedy};
use backout_postgres::failpoint::hit;
use backout_runbook::{Event, Next, Outcome, Phase, Status, Step, next};
use backout_store::{Author, Lease};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cost::Cost;
use crate::event::{Event as Heard, Work};
use crate::runs::{Journal, Runs, moved};
use crate::steps::{self, Context, Settled, Trouble};
use crate::{Cause, Env, Failure, Result};

/// How often a run that waits for somebody looks whether they have answered.
const LOOK: Duration = Duration::from_millis(250);

/// How long a store may be away while a run is executed, before it stops. Shorter than the run is held.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long what runs may take to end by itself when it is cancelled.
const GRACE: Duration = Duration::from_secs(3);

/// How going on with a run ended.
#[derive(Debug)]
pub struct Ended {
    pub journal: Journal,
    /// What it waits for, where it is not over: a person, an approval.
    pub waits: Option<String>,
}

/// Goes on until the run is over, or waits for somebody, or somebody asked to stop.
///
/// # Errors
/// Where the store cannot be written, or somebody else holds the run by now. What was written down holds.
#[tracing::instrument(name = "run", skip_all, fields(run = journal.run, target = env.target_name()))]
pub async fn execute(env: &Env, runs: &Runs, lease: Lease, journal: Journal) -> Result<Ended> {
    env.stop.begin();
    let beat = Heartbeat { runs, lease: tokio::sync::watch::Sender::new(lease.clone()) };
    let work = async {
        let ended = go_on(env, runs, &lease, journal).await;
        // Whoever comes next need not wait for the time to pass.
        runs.store.release(&lease).await.ok();
        ended
    };
    tokio::select! {
        ended = work => ended,
        lost = beat.keep() => Err(lost.into()),
    }
}

/// Holds the run for as long as it is worked on.
struct Heartbeat<'r> {
    runs: &'r Runs,
    lease: tokio::sync::watch::Sender<Lease>,
}

impl Heartbeat<'_> {
    /// Ends when the run is somebody else's.
    async fn keep(&self) -> backout_store::StoreError {
        let mut every = tokio::time::interval(self.runs.held_for / 3);
        loop {
            every.tick().await;
            let lease = self.lease.borrow().clone();
            match self.runs.store.renew(&lease, self.runs.held_for).await {
                Ok(renewed) => drop(self.lease.send_replace(renewed)),
                Err(fenced @ backout_store::StoreError::Fenced { .. }) => return fenced,
                // It may answer again before the time has passed; a record that cannot be written stops the run anyway.
                Err(error) => tracing::warn!(%error, "the lease was not renewed"),
            }
        }
    }
}

async fn go_on(env: &Env, runs: &Runs, lease: &Lease, mut journal: Journal) -> Result<Ended> {
    let holder = Holder { env, runs, lease };
    loop {
        let now = Timestamp::now();
        let what = next(&journal.state, now);
        tracing::debug!(run = journal.run, ?what, "next");
        let acts = matches!(what, Next::Begin { .. } | Next::Reverse { .. } | Next::Wait { .. });
        if acts && env.stop.is_asked() {
            return stopped(env, runs, lease, journal).await;
        }
        journal = match holder.follow(journal, what, now).await? {
            Came::Of(journal, event) => holder.write_down(journal, &event).await?,
            Came::Anew(journal) => journal,
            Came::Over(ended) => return Ok(ended),
        };
    }
}

/// What came of what was next.
enum Came {
    /// It is to be written down.
    Of(Journal, Event),
    /// What comes next is decided again: others may have written.
    Anew(Journal),
    /// It goes no further.
    Over(Ended),
}

fn over(waits: Option<String>, journal: Journal) -> Result<Came> {
    Ok(Came::Over(Ended { journal, waits }))
}

/// Who goes on with a run: for whom, where it is written down, and by which right.
#[derive(Clone, Copy)]
struct Holder<'r> {
    env: &'r Env,
    runs: &'r Runs,
    lease: &'r Lease,
}

impl Holder<'_> {
    async fn follow(self, journal: Journal, what: Next, now: Timestamp) -> Result<Came> {
        Ok(match what {
            Next::Over => return over(None, journal),
            Next::Nothing => {
                let waits = match journal.state.phase {
                    Phase::Stopped => "a person must decide",
                    _ => "it is paused",
                };
                return over(Some(waits.to_owned()), journal);
            }
            Next::AwaitApproval { step, .. } => {
                let name = name(&journal, step);
                return over(Some(format!("{name} waits for approval")), journal);
            }
            Next::Wait { until } => {
                let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                tokio::time::sleep(left.min(LOOK)).await;
                Came::Anew(self.runs.read(&journal.run).await?)
            }
            Next::Ask { step } => self.ask(journal, step, now).await,
            Next::Begin { step, attempt, deadline } => return self.begin(journal, step, attempt, deadline, now).await,
            Next::Settle { step, attempt, deadline } => {
                return self.settle_step(journal, step, attempt, deadline).await;
            }
            Next::Reverse { step, attempt } => return self.reverse(journal, step, attempt, now).await,
            Next::SettleReversal { step, attempt } => {
                return self.settle_reversal(journal, step, attempt, now).await;
            }
            Next::Escalate { to, because } => Came::Of(journal, Event::Escalated { to, because }),
            Next::Unwind { because } => Came::Of(journal, Event::Unwinding { because }),
            Next::Stop { because } => Came::Of(journal, Event::Stopped { because }),
            Next::Close { succeeded } => Came::Of(journal, Event::Closed { succeeded }),
        })
    }

    async fn ask(self, journal: Journal, step: usize, now: Timestamp) -> Came {
        let Self { env, runs, .. } = self;
        let spec = spec(&journal, step);
        let context = Context::foreseen(env, runs, &journal, step);
        let preview = match agreed_to(&context, &spec).await {
            Ok(preview) => preview,
            Err(failure) => unsayable(&context, &spec, &failure),
        };
        Came::Of(journal, asked(&spec, step, preview, now))
    }

    async fn begin(
        self,
        journal: Journal,
        step: usize,
        attempt: u32,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<Came> {
        let Self { env, runs, lease } = self;
        let spec = spec(&journal, step);
        let context = Context::new(env, runs, &journal, step, attempt, lease.fence, deadline);
        let look = shown(env, &context, &journal, &spec);
        let Some(preview) = unless_cancelled(env, &spec.name, look).await else {
            return self.stop(journal).await;
        };
        let preview = match preview? {
            Shown::Goes(preview) => preview,
            Shown::Differs(preview) => {
                let again = asked(&spec, step, preview, now);
                return Ok(Came::Anew(match write(runs, lease, journal, &again).await? {
                    Some(written) => written,
                    None => runs.read(&lease.run).await?,
                }));
            }
        };
        let intent = Event::Intended { step, attempt, preview };
        let Some(journal) = write(runs, lease, journal, &intent).await? else {
            return Ok(Came::Anew(runs.read(&lease.run).await?));
        };
        still_holds(runs, lease, &journal, &intent).await?;
        env.say(Heard::Begun { work: Work::Step { way: way(&journal), step: spec.name.clone(), attempt } });
        let context = Context::new(env, runs, &journal, step, attempt, lease.fence, deadline);
        let outcome = act(&context, &spec.name, &spec.kind, &spec.action).await;
        reach("acted", &journal);
        env.say(Heard::Idle);
        let Some(outcome) = outcome else { return self.stop(journal).await };
        Ok(Came::Of(journal, Event::Settled { step, attempt, outcome }))
    }

    async fn settle_step(self, journal: Journal, step: usize, attempt: u32, deadline: Timestamp) -> Result<Came> {
        let Self { env, runs, lease } = self;
        let spec = spec(&journal, step);
        let context = Context::new(env, runs, &journal, step, attempt, lease.fence, deadline);
        let Some(outcome) = settle(&context, &spec.name, &spec.kind, &spec.action).await? else {
            return self.stop(journal).await;
        };
        Ok(Came::Of(journal, Event::Settled { step, attempt, outcome }))
    }

    async fn reverse(self, journal: Journal, step: usize, attempt: u32, now: Timestamp) -> Result<Came> {
        let Self { env, runs, lease } = self;
        let Some(reversal) = spec(&journal, step).undo else { return over(None, journal) };
        let intent = Event::ReversalIntended { step, attempt };
        let Some(journal) = write(runs, lease, journal, &intent).await? else {
            return Ok(Came::Anew(runs.read(&lease.run).await?));
        };
        still_holds(runs, lease, &journal, &intent).await?;
        let deadline = now + spec(&journal, step).budget.duration();
        let context = Context::new(env, runs, &journal, step, attempt, lease.fence, deadline).taking_back();
        let name = name(&journal, step);
        let outcome = act(&context, &name, &reversal.kind, &reversal.action).await;
        reach("acted", &journal);
        let Some(outcome) = outcome else { return self.stop(journal).await };
        Ok(Came::Of(journal, Event::ReversalSettled { step, attempt, outcome }))
    }

    async fn settle_reversal(self, journal: Journal, step: usize, attempt: u32, now: Timestamp) -> Result<Came> {
        let Self { env, runs, lease } = self;
        let Some(reversal) = spec(&journal, step).undo else { return over(None, journal) };
        let deadline = now + spec(&journal, step).budget.duration();
        let context = Context::new(env, runs, &journal, step, attempt, lease.fence, deadline).taking_back();
        let name = name(&journal, step);
        let Some(outcome) = settle(&context, &name, &reversal.kind, &reversal.action).await? else {
            return self.stop(journal).await;
        };
        Ok(Came::Of(journal, Event::ReversalSettled { step, attempt, outcome }))
    }

    async fn stop(self, journal: Journal) -> Result<Came> {
        stopped(self.env, self.runs, self.lease, journal).await.map(Came::Over)
    }

    /// What is known of an action is written down even if somebody else wrote meanwhile: it is decided again on top of
    /// that. Anything else is decided anew.
    async fn write_down(self, mut journal: Journal, event: &Event) -> Result<Journal> {
        let Self { env, runs, lease } = self;
        let is_known = matches!(event, Event::Settled { .. } | Event::ReversalSettled { .. });
        loop {
            let run = journal.run.clone();
            match write(runs, lease, journal, event).await? {
                Some(written) => {
                    tell(env, &written, event);
                    return Ok(written);
                }
                None => journal = runs.read(&run).await?,
            }
            if !is_known {
                return Ok(journal);
            }
        }
    }
}

/// Writes down that it was asked to stop, and ends. A step that had begun stays so: whoever goes on asks the outside.
async fn stopped(env: &Env, runs: &Runs, lease: &Lease, mut journal: Journal) -> Result<Ended> {
    let event = Event::Interrupted { because: env.stop.asked_by() };
    while !journal.state.phase.is_over() {
        match write(runs, lease, journal, &event).await? {
            Some(written) => {
                journal = written;
                break;
            }
            None => journal = runs.read(&lease.run).await?,
        }
    }
    Ok(Ended { journal, waits: Some("a stop was asked for".to_owned()) })
}

/// Works until it is done, or somebody insists on a stop; `None` then. What looks after that itself has a moment to end
/// well.
async fn unless_cancelled<T>(env: &Env, step: &str, work: impl Future<Output = T>) -> Option<T> {
    let stop = &env.stop;
    tokio::pin!(work);
    let mut told = false;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = stop.asked_for(2) => break,
            () = stop.asked_for(1), if !told => {
                told = true;
                if stop.is_news(1) {
                    let said = format!("stopping after step {step:?}; asked once more, it is cancelled");
                    env.say(Heard::note("run.stopping", said));
                }
            }
        }
    }
    tokio::select! {
        biased;
        done = &mut work => Some(done),
        () = stop.asked_for(3) => None,
        () = tokio::time::sleep(GRACE) => None,
    }
}

/// Whether a step that did not do what it is for was kept from it by a wish to stop: then that says nothing of it.
fn is_cut_short(env: &Env, kind: &str, outcome: &Outcome) -> bool {
    let is_left = env.stop.is_cancelled() || (env.stop.is_asked() && steps::leaves_when_asked(kind));
    is_left && matches!(outcome, Outcome::Failed { .. })
}

/// What a step would do, by its digest.
enum Shown {
    /// It may begin.
    Goes(String),
    /// Not what people have agreed to.
    Differs(String),
}

/// Where it cannot be said what a step would do, it is begun all the same, and fails by itself: a run that ended here
/// would never come to the next way. Only what people have agreed to is not done unseen.
async fn shown(env: &Env, context: &Context<'_>, journal: &Journal, step: &Step) -> Result<Shown> {
    let Some(Status::Asked { preview: agreed, .. }) = journal.state.steps.get(context.step).map(|one| &one.status)
    else {
        return Ok(Shown::Goes(match steps::preview(context, &step.kind, &step.action).await {
            Ok(lines) => steps::digest(step, &lines),
            Err(failure) => unsayable(context, step, &failure),
        }));
    };
    let preview = match agreed_to(context, step).await {
        Ok(preview) if is_same(agreed, &preview) => return Ok(Shown::Goes(agreed.clone())),
        Ok(preview) => preview,
        // They were asked although nobody could say what would be done.
        Err(failure) if unsayable(context, step, &failure) == *agreed => return Ok(Shown::Goes(agreed.clone())),
        Err(failure) => {
            let said = format!("whether step {:?} is still what people have agreed to cannot be said", step.name);
            let go_on = Remedy::GoOnWithRun { run: journal.run.clone() };
            return Err(failure.during(said).with_exit(Exit::Interrupted).remedy(go_on));
        }
    };
    let said = format!("what {:?} would do is not what people have agreed to, so they are asked again", step.name);
    env.say(Heard::warning("run.asked-again", said));
    Ok(Shown::Differs(preview))
}

/// Between the digest of the statements and that of what will not be as it was.
const AND: char = '+';

/// What people agree to: the statements, and what will not be as it was before. Not how many rows: these change all the
/// time.
async fn agreed_to(context: &Context<'_>, step: &Step) -> Result<String> {
    let lines = steps::preview(context, &step.kind, &step.action).await?;
    let (statements, cost) = (steps::digest(step, &lines), steps::cost(context, &step.kind, &step.action).await);
    Ok(match cost.unknown {
        None => format!("{statements}{AND}{}", steps::digest(step, &cost.about)),
        Some(_) => statements,
    })
}

/// Whether both are the same as far as both are known: rows that could not be counted in time are no news.
fn is_same(agreed: &str, now: &str) -> bool {
    match (agreed.split_once(AND), now.split_once(AND)) {
        (Some(agreed), Some(now)) => agreed == now,
        (agreed_both, now_both) => {
            agreed_both.map_or(agreed, |(statements, _)| statements)
                == now_both.map_or(now, |(statements, _)| statements)
        }
    }
}

fn unsayable(context: &Context<'_>, step: &Step, failure: &Failure) -> String {
    steps::digest(step, &[format!("not known: {}", context.redacted(&failure.sentence()))])
}

fn asked(spec: &Step, step: usize, preview: String, now: Timestamp) -> Event {
    let expires = spec.approval.as_ref().map_or(Duration::ZERO, |approval| approval.expires.duration());
    Event::ApprovalAsked { step, preview, until: now + expires }
}

/// What people are asked about.
#[derive(Debug, Serialize)]
pub struct Asked {
    pub step: String,
    /// The exact SQL, requests or commands, as of now.
    pub lines: Vec<String>,
    /// Why they cannot be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    #[serde(skip_serializing_if = "Cost::is_empty")]
    pub cost: Cost,
}

/// What would be done by the step that waits for approval; nothing where none does.
pub async fn asked_about(env: &Env, runs: &Runs, journal: &Journal) -> Option<Asked> {
    let step = journal.state.steps.iter().position(|one| matches!(one.status, Status::Asked { .. }))?;
    let (spec, _) = journal.state.step(step)?;
    let context = Context::foreseen(env, runs, journal, step);
    let name = spec.name.clone();
    Some(match steps::preview(&context, &spec.kind, &spec.action).await {
        Ok(lines) => {
            let cost = steps::cost(&context, &spec.kind, &spec.action).await;
            Asked { step: name, lines, unknown: None, cost }
        }
        Err(failure) => {
            let unknown = Some(context.redacted(&failure.sentence()));
            Asked { step: name, lines: Vec::new(), unknown, cost: Cost::default() }
        }
    })
}

/// Adds a record; `None` where somebody else's came first.
async fn write(runs: &Runs, lease: &Lease, journal: Journal, event: &Event) -> Result<Option<Journal>> {
    reach("before", &journal);
    let written = persist(runs, lease, &journal, event).await?;
    written.iter().for_each(|journal| reach("after", journal));
    Ok(written)
}

/// Right before something is done: a process that was halted since its intent was written may have lost the run, and
/// somebody else may have done it by now. Whoever cannot ask does nothing.
async fn still_holds(runs: &Runs, lease: &Lease, journal: &Journal, intent: &Event) -> Result<()> {
    let begun = Instant::now();
    loop {
        let failure = match runs.store.renew(lease, runs.held_for).await {
            Ok(_) => return Ok(()),
            Err(error) => Failure::from(error),
        };
        if !is_away(&failure) {
            return Err(failure);
        }
        if begun.elapsed() >= PATIENCE {
            return Err(stranded(journal, intent, failure));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Writes with patience for a store that is away for a moment: a server that restarts, a network that blinks.
async fn persist(runs: &Runs, lease: &Lease, journal: &Journal, event: &Event) -> Result<Option<Journal>> {
    let begun = Instant::now();
    loop {
        let away = match runs.write(journal, Author::Holder(lease), event).await {
            Ok((journal, _)) => return Ok(Some(journal)),
            Err(failure) if moved(&failure) => return Ok(None),
            Err(failure) => failure,
        };
        // Whether it was written is not known where the answer was lost, so it is looked up before it is written again.
        let mut away = if is_away(&away) { away } else { return Err(away) };
        let found = loop {
            if begun.elapsed() >= PATIENCE {
                return Err(stranded(journal, event, away));
            }
            tokio::time::sleep(LOOK).await;
            match runs.read(&journal.run).await {
                Ok(found) => break found,
                Err(failure) if is_away(&failure) => away = failure,
                Err(failure) => return Err(failure),
            }
        };
        if found.head == journal.head {
            continue;
        }
        let next = found.records.iter().find(|record| record.seq == journal.head.seq + 1);
        let is_ours = next.is_some_and(|record| {
            record.fence == lease.fence && record.event(&journal.run).is_ok_and(|written| written == *event)
        });
        return Ok(is_ours.then_some(found));
    }
}

/// Whether the store does not answer, and may do so again.
fn is_away(failure: &Failure) -> bool {
    use backout_store::StoreError::{Query, Session};
    match failure.cause() {
        Cause::Runs(Session(_)) => true,
        Cause::Runs(Query { source, .. }) => source.is_connection_lost(),
        _ => false,
    }
}

/// Where a run stands whose store is gone. Nothing is done that is not written down before.
fn stranded(journal: &Journal, event: &Event, failure: Failure) -> Failure {
    let (run, way) = (&journal.run, way(journal));
    let said = match event {
        Event::Intended { step, .. } | Event::ReversalIntended { step, .. } => {
            format!("run {run} stops before step {:?} of way {way}, which was not begun", name(journal, *step))
        }
        Event::Settled { step, .. } | Event::ReversalSettled { step, .. } => {
            let name = name(journal, *step);
            format!(
                "run {run} stops behind step {name:?} of way {way}; what came of it is not written down, and is asked for then"
            )
        }
        _ => format!("run {run} stops in way {way}; nothing more was begun"),
    };
    failure.during(said).with_exit(Exit::Interrupted).remedy(Remedy::GoOnWithRun { run: run.clone() })
}

/// A place where a test can kill the process: before and after each record, and between an action and its record, by the
/// number of records that there are.
fn reach(place: &str, journal: &Journal) {
    if cfg!(debug_assertions) {
        hit(&format!("run.{place}.{}", journal.head.seq));
    }
}

/// Does it, and is back in time whatever it does. `None` where it was cut short, so that what came of it is to be asked.
#[tracing::instrument(name = "step", skip_all, fields(step = name, kind, outcome = tracing::field::Empty))]
async fn act(context: &Context<'_>, name: &str, kind: &str, action: &Value) -> Option<Outcome> {
    let left = context.left();
    let work = tokio::time::timeout(left, steps::act(context, kind, action));
    let outcome = match unless_cancelled(context.env, name, work).await? {
        Ok(Ok(facts)) => Outcome::Done { facts },
        Ok(Err(Trouble { why, again, facts })) => Outcome::Failed { why: context.redacted(&why), again, facts },
        Err(_) => {
            let why = format!("it took longer than {}, which is its budget", span(left));
            Outcome::Failed { why, again: false, facts: Value::Null }
        }
    };
    tracing::Span::current().record("outcome", if matches!(outcome, Outcome::Done { .. }) { "done" } else { "failed" });
    (!is_cut_short(context.env, kind, &outcome)).then_some(outcome)
}

/// What the outside says of an action that was written down; `None` where it was cut short.
#[tracing::instrument(name = "settle", skip_all, fields(step = name, kind))]
async fn settle(context: &Context<'_>, name: &str, kind: &str, action: &Value) -> Result<Option<Outcome>> {
    let work = steps::settle(context, kind, action);
    let Some(settled) = unless_cancelled(context.env, name, work).await else { return Ok(None) };
    let outcome = match settled {
        Err(_) if context.env.stop.is_cancelled() => return Ok(None),
        settled => match settled? {
            Settled::Done(facts) => Outcome::Done { facts },
            Settled::NotBegun => Outcome::NotBegun,
            Settled::Failed(Trouble { why, again, facts }) => {
                Outcome::Failed { why: context.redacted(&why), again, facts }
            }
        },
    };
    Ok((!is_cut_short(context.env, kind, &outcome)).then_some(outcome))
}

fn spec(journal: &Journal, step: usize) -> Step {
    journal.state.current().steps[step].clone()
}

fn name(journal: &Journal, step: usize) -> String {
    journal.state.step(step).map(|(spec, _)| spec.name.clone()).unwrap_or_default()
}

fn way(journal: &Journal) -> String {
    journal.state.current().name.clone()
}

/// Why it does not go on as it did; nothing where the record right before said that already, since a step failed.
fn unsaid<'b>(journal: &Journal, because: &'b str) -> Option<&'b str> {
    let before = journal.records.iter().rev().nth(1).and_then(|record| record.event(&journal.run).ok());
    let was_said = matches!(before, Some(Event::Settled { outcome: Outcome::Failed { .. }, .. }));
    (!was_said).then_some(because)
}

/// What whoever watches should know of a record.
fn tell(env: &Env, journal: &Journal, event: &Event) {
    let said = match event {
        Event::Settled { step, outcome: Outcome::Failed { why, .. }, .. } => {
            Heard::warning("run.step-failed", format!("{} failed: {why}", name(journal, *step)))
        }
        Event::Settled { step, outcome: Outcome::NotBegun, .. } => {
            Heard::note("run.not-begun", format!("{} was not finished, so it is gone on with", name(journal, *step)))
        }
        Event::Settled { step, outcome: Outcome::Done { .. }, .. } => {
            Heard::note("run.step-done", format!("{}: done", name(journal, *step)))
        }
        Event::Escalated { because, .. } => {
            let why = unsaid(journal, because).unwrap_or("that was not enough");
            Heard::warning("run.escalated", format!("{why}; now way {}", way(journal)))
        }
        Event::Unwinding { because } => {
            let why = unsaid(journal, because).unwrap_or("so it does not go on");
            Heard::warning("run.unwinding", format!("{why}; taking back what was done"))
        }
        Event::Stopped { because } => match unsaid(journal, because) {
            Some(why) => Heard::warning("run.stopped", why),
            None => return,
        },
        _ => return,
    };
    env.say(said);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_no_news() {
        for (agreed, now, expected) in [
            ("a+x", "a+x", true),
            ("a+x", "a+y", false),
            ("a+x", "b+x", false),
            ("a+x", "a", true),
            ("a", "a+x", true),
            ("a+x", "b", false),
            ("a", "a", true),
            ("a", "b+x", false),
        ] {
            assert_eq!(is_same(agreed, now), expected, "{agreed} {now}");
        }
    }
}
