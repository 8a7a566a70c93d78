//! Where a run stands: the sum of its journal. [`apply`] is total, and refuses what is not legal.
//!
//! Must not know: what to do next (`next`), or how anything is stored.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::event::{Event, Outcome};
use crate::procedure::{OnFailure, Procedure, Step, Way};

/// An event with its time and its author.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'e> {
    pub at: Timestamp,
    /// `anna@laptop`.
    pub by: &'e str,
    pub event: &'e Event,
}

/// A run as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    pub procedure: Procedure,
    /// Which way is gone, from 0.
    pub way: usize,
    pub opened: Timestamp,
    /// Since when this way is gone.
    pub since: Timestamp,
    pub opener: String,
    pub phase: Phase,
    pub paused: bool,
    /// One for each step of the way.
    pub steps: Vec<StepState>,
    /// Why the ways before this one were left, or this one is taken back.
    pub reasons: Vec<String>,
    /// What was said since somebody executed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
}

/// An answer, or a stop, after which nobody has gone on yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Last {
    pub at: Timestamp,
    pub by: String,
    #[serde(flatten)]
    pub what: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
pub enum Said {
    /// Whoever executed it was asked to stop.
    Interrupted {
        because: String,
    },
    Approved {
        step: usize,
    },
    Refused {
        step: usize,
        reason: String,
    },
    Skipped {
        step: usize,
        reason: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Running,
    /// Steps are taken back.
    Unwinding,
    /// A person must decide.
    Stopped,
    Aborted,
    Succeeded,
    Failed,
}

impl Phase {
    /// Whether the journal ends here.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Aborted | Self::Succeeded | Self::Failed)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepState {
    pub status: Status,
    /// When the first attempt was written down; the budget counts from here.
    pub first: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// The number of the last attempt.
    pub attempts: u32,
    /// How many of them came to nothing because whoever began them went away.
    pub lost: u32,
    /// What people agreed to, once it began.
    pub agreed: Option<(String, BTreeSet<String>)>,
    /// Since when people are being asked.
    pub asked: Option<Timestamp>,
}

impl StepState {
    const fn fresh() -> Self {
        Self { status: Status::Pending, first: None, ended: None, attempts: 0, lost: 0, agreed: None, asked: None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Status {
    Pending,
    /// People were asked. It goes on when so many have agreed to this preview.
    Asked {
        preview: String,
        until: Timestamp,
        by: BTreeSet<String>,
    },
    /// Written down, and nothing is known of it yet.
    Intended {
        attempt: u32,
        preview: String,
    },
    Done {
        facts: Value,
    },
    Failed {
        why: String,
        again: bool,
        facts: Value,
    },
    Skipped {
        reason: String,
    },
    Reversing {
        attempt: u32,
    },
    Reversed,
    ReversalFailed {
        why: String,
    },
}

/// An event that cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{event} is not possible here: {why}")]
pub struct Illegal {
    pub event: &'static str,
    pub why: String,
}

impl State {
    pub fn current(&self) -> &Way {
        &self.procedure.ways[self.way]
    }

    pub fn step(&self, step: usize) -> Option<(&Step, &StepState)> {
        Some((self.current().steps.get(step)?, self.steps.get(step)?))
    }

    /// When the step must be over: by its own budget and by that of the way, whichever ends first.
    pub fn deadline(&self, step: usize, now: Timestamp) -> Option<Timestamp> {
        let (spec, state) = self.step(step)?;
        let own = later(state.first.unwrap_or(now), spec.budget.duration());
        if spec.beforehand {
            return Some(own);
        }
        Some(self.way_deadline(now).map_or(own, |way| way.min(own)))
    }

    /// A step of which nobody knows what came of it.
    pub fn open_action(&self) -> Option<usize> {
        open_action(self)
    }

    /// A step about which people were asked, and not enough of them agreed in time.
    pub fn expired(&self, now: Timestamp) -> Option<usize> {
        let steps = self.current().steps.iter().zip(&self.steps);
        steps.into_iter().position(|(spec, one)| match (&one.status, &spec.approval) {
            (Status::Asked { until, by, .. }, Some(approval)) => now >= *until && by.len() < approval.quorum as usize,
            _ => false,
        })
    }

    /// The step at which it stands: the first that is neither over nor left behind.
    pub fn stands_at(&self) -> Option<usize> {
        let specs = &self.current().steps;
        let is_left_behind = |step: usize, again: bool| {
            let (spec, one) = (&specs[step], &self.steps[step]);
            let has_more = again && one.attempts - one.lost < spec.retry.attempts;
            let goes_on = self.steps[step + 1..].iter().any(|later| later.first.is_some());
            spec.on_failure == OnFailure::Continue && (goes_on || !has_more)
        };
        self.steps.iter().enumerate().position(|(step, one)| match one.status {
            Status::Done { .. } | Status::Skipped { .. } => false,
            Status::Failed { again, .. } => !is_left_behind(step, again),
            _ => true,
        })
    }

    /// When the way must be over, where it has a budget. While people are asked none of that is spent.
    pub fn way_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let asked = self.steps.iter().find_map(|one| one.asked);
        let since = asked.map_or(self.since, |asked| without(self.since, asked, now));
        self.current().budget.map(|budget| later(since, budget.duration()))
    }
}

/// Saturates at the end of time.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    jiff::SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// When a way has begun, a time during which it could not go on left out.
fn without(since: Timestamp, from: Timestamp, to: Timestamp) -> Timestamp {
    since.checked_add(to.duration_since(from.min(to))).unwrap_or(Timestamp::MAX)
}

fn fresh(way: &Way) -> Vec<StepState> {
    way.steps.iter().map(|_| StepState::fresh()).collect()
}

/// The state after an event; `None` is that of a journal without events.
///
/// # Errors
/// [`Illegal`] where the event cannot follow. Nothing is guessed.
pub fn apply(state: Option<&State>, entry: Entry<'_>) -> Result<State, Illegal> {
    let event = entry.event.name();
    let illegal = |why: &str| Illegal { event, why: why.to_owned() };
    let Some(state) = state else {
        let Event::Opened { procedure, .. } = entry.event else { return Err(illegal("the run is not open")) };
        let Some(way) = procedure.ways.first() else { return Err(illegal("it has no way")) };
        if procedure.ways.iter().any(|way| way.steps.is_empty()) {
            return Err(illegal("a way has no steps"));
        }
        return Ok(State {
            way: 0,
            opened: entry.at,
            since: entry.at,
            opener: entry.by.to_owned(),
            phase: Phase::Running,
            paused: false,
            steps: fresh(way),
            reasons: Vec::new(),
            last: None,
            procedure: procedure.clone(),
        });
    };
    let mut new = state.clone();
    change(&mut new, entry).map_err(|why| Illegal { event, why })?;
    remember(&mut new, entry);
    Ok(new)
}

/// What was said stands until somebody goes on.
fn remember(state: &mut State, Entry { at, by, event }: Entry<'_>) {
    let what = match event {
        Event::Noted { .. } | Event::Paused { .. } => return,
        Event::Interrupted { because } => Said::Interrupted { because: because.clone() },
        Event::Approved { step, .. } => Said::Approved { step: *step },
        Event::Refused { step, reason, fails: true } => Said::Refused { step: *step, reason: reason.clone() },
        Event::Skipped { step, reason } => Said::Skipped { step: *step, reason: reason.clone() },
        _ => {
            state.last = None;
            return;
        }
    };
    state.last = Some(Last { at, by: by.to_owned(), what });
}

fn change(state: &mut State, Entry { at, by, event }: Entry<'_>) -> Result<(), String> {
    if let Event::Noted { .. } = event {
        return Ok(());
    }
    if state.phase.is_over() {
        return Err("the run is over".to_owned());
    }
    match event {
        Event::Opened { .. } => Err("the run is open".to_owned()),
        Event::Noted { .. } => Ok(()),
        Event::Paused { .. } if state.paused => Err("the run is paused".to_owned()),
        Event::Paused { .. } => {
            state.paused = true;
            Ok(())
        }
        Event::Resumed { .. } if state.paused || state.phase == Phase::Stopped || state.expired(at).is_some() => {
            state.paused = false;
            if state.phase == Phase::Stopped || state.expired(at).is_some() {
                revive(state, at);
            }
            Ok(())
        }
        Event::Resumed { .. } => Err("the run is not paused".to_owned()),
        Event::Aborted { .. } => match open_action(state) {
            Some(step) => {
                let name = &state.current().steps[step].name;
                Err(format!("step {name:?} has begun, and what came of it is not known"))
            }
            None => {
                state.phase = Phase::Aborted;
                close_questions(state);
                Ok(())
            }
        },
        Event::Intended { step, attempt, preview } => intend(state, *step, *attempt, preview, at),
        Event::Settled { step, attempt, outcome } => settle_attempt(state, *step, *attempt, outcome, at),
        Event::Skipped { step, reason } => skip(state, *step, reason, at),
        Event::ApprovalAsked { step, preview, until } => ask(state, *step, preview, *until, at),
        Event::Approved { step, preview } => approve(state, *step, preview, by, at),
        Event::Refused { step, reason, fails: true } => refuse(state, *step, reason, by, at),
        // What had expired could be refused as well, and is not asked for any more after a resume.
        Event::Refused { step, reason, fails: false } => refuse_and_stop(state, *step, reason, by),
        Event::Escalated { to, because } => escalate(state, *to, because, at),
        Event::Unwinding { because } => {
            running(state)?;
            nothing_open(state)?;
            state.phase = Phase::Unwinding;
            state.reasons.push(because.clone());
            Ok(())
        }
        Event::ReversalIntended { step, attempt } => intend_reversal(state, *step, *attempt),
        Event::ReversalSettled { step, attempt, outcome } => settle_reversal(state, *step, *attempt, outcome),
        Event::Interrupted { .. } => Ok(()),
        Event::Stopped { because } => {
            nothing_open(state)?;
            state.phase = Phase::Stopped;
            state.reasons.push(because.clone());
            Ok(())
        }
        Event::Closed { succeeded } => close(state, *succeeded),
    }
}

fn intend(state: &mut State, step: usize, attempt: u32, preview: &str, at: Timestamp) -> Result<(), String> {
    running(state)?;
    if state.paused {
        return Err("the run is paused".to_owned());
    }
    in_turn(state, step)?;
    let approval = state.current().steps[step].approval.clone();
    let one = at_step(state, step)?;
    match (&one.status, approval) {
        (Status::Pending, Some(_)) => return Err(format!("nobody has approved step {step}")),
        (Status::Asked { by, preview: asked, .. }, Some(approval)) => {
            if by.len() < approval.quorum as usize {
                return Err(format!("{} of {} have approved step {step}", by.len(), approval.quorum));
            }
            if asked != preview {
                return Err("what was approved is not what would be done".to_owned());
            }
            one.agreed = Some((asked.clone(), by.clone()));
        }
        (Status::Pending | Status::Failed { .. }, _) => {}
        _ => return Err(format!("step {step} has begun or is over")),
    }
    if attempt != one.attempts + 1 {
        return Err(format!("attempt {} of step {step} is the next one", one.attempts + 1));
    }
    one.attempts = attempt;
    one.first.get_or_insert(at);
    one.status = Status::Intended { attempt, preview: preview.to_owned() };
    answered(state, step, at);
    Ok(())
}

fn settle_attempt(
    state: &mut State,
    step: usize,
    attempt: u32,
    outcome: &Outcome,
    at: Timestamp,
) -> Result<(), String> {
    let is_beforehand = state.current().steps.get(step).is_some_and(|spec| spec.beforehand);
    let one = at_step(state, step)?;
    match &one.status {
        Status::Intended { attempt: begun, .. } if *begun == attempt => {
            let first = one.first.unwrap_or(at);
            settle(one, outcome, at);
            if is_beforehand && outcome.is_done() {
                state.since = without(state.since, first, at);
            }
            Ok(())
        }
        _ => Err(format!("attempt {attempt} of step {step} has not begun")),
    }
}

fn skip(state: &mut State, step: usize, reason: &str, at: Timestamp) -> Result<(), String> {
    decidable(state)?;
    in_turn(state, step)?;
    let one = at_step(state, step)?;
    match one.status {
        Status::Pending | Status::Asked { .. } | Status::Failed { .. } => {
            one.status = Status::Skipped { reason: reason.to_owned() };
            one.ended = Some(at);
            answered(state, step, at);
            decided(state, at);
            Ok(())
        }
        _ => Err(format!("step {step} has begun or is over")),
    }
}

fn ask(state: &mut State, step: usize, preview: &str, until: Timestamp, at: Timestamp) -> Result<(), String> {
    running(state)?;
    in_turn(state, step)?;
    if state.current().steps[step].approval.is_none() {
        return Err(format!("step {step} asks nobody"));
    }
    let one = at_step(state, step)?;
    match &one.status {
        Status::Pending | Status::Asked { .. } => {
            one.asked.get_or_insert(at);
            one.status = Status::Asked { preview: preview.to_owned(), until, by: BTreeSet::new() };
            Ok(())
        }
        _ => Err(format!("step {step} has begun or is over")),
    }
}

fn approve(state: &mut State, step: usize, preview: &str, by: &str, at: Timestamp) -> Result<(), String> {
    running(state)?;
    match &mut at_step(state, step)?.status {
        Status::Asked { until, .. } if at > *until => Err("the question has expired".to_owned()),
        Status::Asked { preview: asked, .. } if asked != preview => {
            Err("what was approved is not what was asked".to_owned())
        }
        Status::Asked { by: agreed, .. } => match agreed.insert(by.to_owned()) {
            true => Ok(()),
            false => Err(format!("{by} has agreed already")),
        },
        _ => Err(format!("step {step} asks nobody")),
    }
}

/// A person says no, and the step has failed.
fn refuse(state: &mut State, step: usize, reason: &str, by: &str, at: Timestamp) -> Result<(), String> {
    decidable(state)?;
    let one = at_step(state, step)?;
    match one.status {
        Status::Asked { .. } => {
            let why = format!("refused by {by}: {reason}");
            one.status = Status::Failed { why, again: false, facts: Value::Null };
            one.ended = Some(at);
            decided(state, at);
            Ok(())
        }
        _ => Err(format!("step {step} asks nobody")),
    }
}

/// A person says no, and another decides what becomes of the step.
fn refuse_and_stop(state: &mut State, step: usize, reason: &str, by: &str) -> Result<(), String> {
    let one = at_step(state, step)?;
    match one.status {
        Status::Asked { .. } | Status::Pending => {
            one.status = Status::Pending;
            state.phase = Phase::Stopped;
            state.reasons.push(format!("{by} refused: {reason}"));
            Ok(())
        }
        _ => Err(format!("step {step} asks nobody")),
    }
}

fn escalate(state: &mut State, to: usize, because: &str, at: Timestamp) -> Result<(), String> {
    running(state)?;
    nothing_open(state)?;
    let Some(way) = state.procedure.ways.get(to).filter(|_| to > state.way) else {
        return Err(format!("there is no way {to} after this one"));
    };
    state.steps = fresh(way);
    state.way = to;
    state.since = at;
    state.reasons.push(because.to_owned());
    Ok(())
}

fn intend_reversal(state: &mut State, step: usize, attempt: u32) -> Result<(), String> {
    if state.phase != Phase::Unwinding {
        return Err("nothing is taken back".to_owned());
    }
    if state.current().steps.get(step).is_none_or(|spec| spec.undo.is_none()) {
        return Err(format!("nothing takes step {step} back"));
    }
    let one = at_step(state, step)?;
    match &one.status {
        Status::Done { .. } => {
            one.status = Status::Reversing { attempt };
            Ok(())
        }
        _ => Err(format!("step {step} is not done")),
    }
}

fn settle_reversal(state: &mut State, step: usize, attempt: u32, outcome: &Outcome) -> Result<(), String> {
    let one = at_step(state, step)?;
    match one.status {
        Status::Reversing { attempt: begun } if begun == attempt => {
            one.status = match outcome {
                Outcome::Done { .. } => Status::Reversed,
                Outcome::Failed { why, .. } => Status::ReversalFailed { why: why.clone() },
                Outcome::NotBegun => Status::Done { facts: Value::Null },
            };
            Ok(())
        }
        _ => Err(format!("taking step {step} back has not begun")),
    }
}

fn close(state: &mut State, succeeded: bool) -> Result<(), String> {
    nothing_open(state)?;
    if succeeded && (state.phase != Phase::Running || !state.steps.iter().all(over)) {
        return Err("not all steps are over".to_owned());
    }
    state.phase = if succeeded { Phase::Succeeded } else { Phase::Failed };
    close_questions(state);
    Ok(())
}

/// After a person has looked at it, what failed is tried afresh.
fn revive(state: &mut State, at: Timestamp) {
    state.phase = if takes_back(state) { Phase::Unwinding } else { Phase::Running };
    let specs = state.procedure.ways[state.way].steps.clone();
    for (one, spec) in state.steps.iter_mut().zip(specs) {
        match one.status {
            Status::Failed { .. } if spec.on_failure != OnFailure::Continue => {
                one.status = Status::Pending;
                one.first = None;
            }
            // Nobody is held to a question that nobody answered: it is asked anew.
            Status::Asked { until, .. } if at >= until => one.status = Status::Pending,
            // What its action said then is in the journal.
            Status::ReversalFailed { .. } => one.status = Status::Done { facts: Value::Null },
            _ => {}
        }
        one.asked = matches!(one.status, Status::Asked { .. }).then_some(at);
    }
    state.since = at;
}

/// Nobody is waited for any more.
fn answered(state: &mut State, step: usize, at: Timestamp) {
    if let Some(asked) = state.steps.get_mut(step).and_then(|one| one.asked.take()) {
        state.since = without(state.since, asked, at);
    }
}

fn takes_back(state: &State) -> bool {
    let begun = |one: &StepState| {
        matches!(one.status, Status::Reversing { .. } | Status::Reversed | Status::ReversalFailed { .. })
    };
    state.steps.iter().any(begun)
}

/// A person may decide what becomes of a step: it goes forward, or did until a person must decide.
fn decidable(state: &State) -> Result<(), String> {
    match state.phase {
        Phase::Stopped if !takes_back(state) => Ok(()),
        _ => running(state),
    }
}

/// What a person decides ends the wait for a person.
fn decided(state: &mut State, at: Timestamp) {
    if state.phase == Phase::Stopped {
        state.phase = Phase::Running;
        state.since = at;
    }
}

/// After its end a run waits for nobody.
fn close_questions(state: &mut State) {
    for one in &mut state.steps {
        if let Status::Asked { .. } = one.status {
            one.status = Status::Pending;
        }
    }
}

fn settle(one: &mut StepState, outcome: &Outcome, at: Timestamp) {
    one.ended = Some(at);
    one.status = match outcome.clone() {
        Outcome::Done { facts } => Status::Done { facts },
        Outcome::Failed { why, again, facts } => Status::Failed { why, again, facts },
        Outcome::NotBegun => {
            one.lost += 1;
            one.first = None;
            one.ended = None;
            match one.agreed.take() {
                // They were asked in time, and what they agreed to was not done yet.
                Some((preview, by)) => Status::Asked { preview, until: Timestamp::MAX, by },
                None => Status::Pending,
            }
        }
    };
}

/// Whether nothing is left to do of it.
fn over(one: &StepState) -> bool {
    matches!(one.status, Status::Done { .. } | Status::Skipped { .. } | Status::Failed { .. })
}

fn at_step(state: &mut State, step: usize) -> Result<&mut StepState, String> {
    state.steps.get_mut(step).ok_or_else(|| format!("there is no step {step}"))
}

fn running(state: &State) -> Result<(), String> {
    match state.phase {
        Phase::Running => Ok(()),
        Phase::Unwinding => Err("steps are taken back".to_owned()),
        _ => Err("the run has stopped".to_owned()),
    }
}

/// The steps before it are over.
fn in_turn(state: &State, step: usize) -> Result<(), String> {
    match state.steps.iter().take(step).position(|one| !over(one)) {
        Some(open) => Err(format!("step {open} comes before step {step}")),
        None if step < state.steps.len() => Ok(()),
        None => Err(format!("there is no step {step}")),
    }
}

/// A step of which nobody knows what came of it.
pub(crate) fn open_action(state: &State) -> Option<usize> {
    state.steps.iter().position(|one| matches!(one.status, Status::Intended { .. } | Status::Reversing { .. }))
}

fn nothing_open(state: &State) -> Result<(), String> {
    match open_action(state) {
        Some(step) => Err(format!("step {step} has begun, and what came of it is not known")),
        None => Ok(()),
    }
}
