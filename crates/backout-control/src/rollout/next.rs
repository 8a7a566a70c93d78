//! What follows in a rollout: decided from what is on record and from what was seen just now.
//!
//! Must not know: the clock, the store, how a flag is switched or a check asked.

use backout_plan::plan::{PlanStage, RolloutFailure};
use backout_plan::wording::moment;
use backout_signals::{Reading, Verdict};
use jiff::{SignedDuration, Timestamp};

use super::state::{How, Paused, Phase, Reached, Said, State};

/// The code of what is said of each step.
const STEP: &str = "rollout.step";

/// What was seen just now.
#[derive(Debug, Clone)]
pub struct Facts {
    pub now: Timestamp,
    /// The flag's definition, or why it cannot be read.
    pub flag: Result<String, String>,
    /// What the triggers said last, and whether somebody watches.
    pub readings: Vec<Reading>,
    pub is_watched: bool,
    /// Triggers that have fired, and when.
    pub fired: Vec<(String, Timestamp)>,
    /// A run of a way back that is open, or was opened since the rollout began.
    pub way_back: Option<String>,
    /// What came of the checks of this stage, where they were asked for this phase.
    pub checked: Option<Checked>,
}

/// What came of a stage's checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    Passed,
    /// Why not: one that could not be asked has not passed.
    Failed(String),
}

/// What follows.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    Wait,
    /// The stage's checks are to be asked.
    Check,
    /// The flag is to have this definition, which is on record already.
    Switch {
        to: String,
    },
    Become(Box<Move>),
}

/// What is written down, and what is said of it then.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    pub state: State,
    /// Stable.
    pub code: &'static str,
    pub said: String,
    /// Somebody should look at it.
    pub is_warning: bool,
}

/// What somebody says of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Approve,
    Pause,
    Resume,
    /// It ends. The flag goes back to what it was, or stays.
    Abort {
        stays: bool,
    },
}

/// What follows, now.
pub fn next(state: &State, facts: &Facts) -> Next {
    match &state.phase {
        Phase::Over { .. } => return Next::Wait,
        Phase::GoesBack { how, why } => return goes_back(state, facts, *how, why),
        _ => {}
    }
    if let Some(why) = against(state, facts) {
        return stop(state, facts, &why);
    }
    if let Ok(flag) = &facts.flag
        && !is_ours(state, flag)
    {
        return over(state, facts, How::Stopped, "somebody else switched the flag, which stays so", false);
    }
    if let Some(Checked::Failed(why)) = &facts.checked {
        return stop(state, facts, why);
    }
    if state.paused.is_some() {
        return Next::Wait;
    }
    match (&facts.flag, &state.phase) {
        // Approving needs no flag, and a hold that waits for too long ends all the same.
        (Err(_), Phase::Asks) => Next::Wait,
        // Nothing was begun yet that would have to go on.
        (Err(why), Phase::Begins) => over(state, facts, How::Stopped, why, false),
        (Err(why), Phase::Holds { limit, .. }) if facts.now >= *limit => stop(state, facts, why),
        (Err(why), _) => waits(state, &format!("the flag cannot be read: {why}")),
        (Ok(flag), _) => goes_on(state, facts, flag),
    }
}

/// Nothing is in the way.
fn goes_on(state: &State, facts: &Facts, flag: &str) -> Next {
    let Some(stage) = state.rollout.stages.get(state.stage) else {
        return stop(state, facts, "it has no such stage");
    };
    match &state.phase {
        Phase::Begins => begins(state, facts, flag),
        Phase::Asks | Phase::GoesBack { .. } | Phase::Over { .. } => Next::Wait,
        Phase::Switches => switches(state, facts, flag),
        Phase::Checks if stage.checks.is_empty() => holds(state, facts, stage),
        Phase::ChecksAgain if stage.checks.is_empty() => passed(state, facts),
        Phase::Checks if facts.checked.is_some() => holds(state, facts, stage),
        Phase::ChecksAgain if facts.checked.is_some() => passed(state, facts),
        Phase::Checks | Phase::ChecksAgain => Next::Check,
        Phase::Holds { until, .. } if facts.now < *until => match state.waits {
            None => Next::Wait,
            Some(_) => become_(State { waits: None, ..state.clone() }, format!("{} goes on", state.stage_in_words())),
        },
        Phase::Holds { limit, .. } => match not_healthy(stage, facts) {
            None => {
                let said = format!("{}: its time is over, and its checks are asked again", state.stage_in_words());
                become_(State { waits: None, ..in_phase(state, Phase::ChecksAgain, facts.now) }, said)
            }
            Some(why) if facts.now >= *limit => stop(state, facts, &format!("{why}, for as long as it may wait")),
            Some(why) => waits(state, &why),
        },
    }
}

/// What speaks against it: something is breached, has fired since, or is being taken back.
fn against(state: &State, facts: &Facts) -> Option<String> {
    if let Some(run) = &facts.way_back {
        return Some(format!("a way back runs: {run}"));
    }
    let counts = |one: &&Reading| one.verdict == Verdict::Breached && (facts.is_watched || one.at >= state.begun);
    if let Some(one) = facts.readings.iter().find(counts) {
        return Some(format!("trigger {:?} is breached: {}", one.trigger, one.why));
    }
    let fired = facts.fired.iter().find(|(_, at)| *at >= state.begun);
    fired.map(|(trigger, at)| format!("trigger {trigger:?} has fired at {}", moment(*at)))
}

/// Whether the flag is as the rollout found it, gave it, or is about to give it.
fn is_ours(state: &State, flag: &str) -> bool {
    match &state.given {
        None => true,
        Some(given) => given == flag || state.intended.as_deref() == Some(flag),
    }
}

/// The first of the stage's triggers that does not say that all is well.
fn not_healthy(stage: &PlanStage, facts: &Facts) -> Option<String> {
    stage.triggers.iter().find_map(|name| {
        let reading = facts.readings.iter().find(|one| one.trigger == *name);
        match reading.map(|one| one.verdict) {
            _ if !facts.is_watched => Some(format!("nobody watches trigger {name:?}")),
            Some(Verdict::Healthy) => None,
            // Without figures, which change all the time: it is said once.
            Some(verdict) => Some(format!("trigger {name:?} {}", word(verdict))),
            None => Some(format!("trigger {name:?} has said nothing yet")),
        }
    })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "is healthy",
        Verdict::Breached => "is breached",
        Verdict::Inconclusive => "is inconclusive",
        Verdict::NoData => "has no data",
        Verdict::SourceError => "has a source that fails",
    }
}

fn become_(state: State, said: String) -> Next {
    Next::Become(Box::new(Move { state, code: STEP, said, is_warning: false }))
}

fn warned(state: State, code: &'static str, said: String) -> Next {
    Next::Become(Box::new(Move { state, code, said, is_warning: true }))
}

fn in_phase(state: &State, phase: Phase, now: Timestamp) -> State {
    State { phase, since: now, ..state.clone() }
}

/// It is written down once why it does not go on, and said once.
fn waits(state: &State, why: &str) -> Next {
    if state.waits.as_deref() == Some(why) {
        return Next::Wait;
    }
    let said = format!("{} waits: {why}", state.stage_in_words());
    warned(State { waits: Some(why.to_owned()), ..state.clone() }, "rollout.waits", said)
}

/// What the flag is now, is what it goes back to.
fn begins(state: &State, facts: &Facts, flag: &str) -> Next {
    let known = State { former: Some(flag.to_owned()), given: Some(flag.to_owned()), ..state.clone() };
    // What cannot be given at a later stage is known before the first one.
    let flaw = (0..state.rollout.stages.len()).find_map(|stage| known.definition(stage).err());
    match flaw {
        Some(why) => over(&known, facts, How::Stopped, &why, true),
        None => enters(known, 0, facts.now),
    }
}

/// Goes into a stage: somebody approves it, or the flag is switched.
fn enters(state: State, stage: usize, now: Timestamp) -> Next {
    let state = State { stage, waits: None, ..state };
    if state.rollout.stages.get(stage).is_some_and(|stage| stage.ask) {
        let said = format!("{} waits for approval", state.stage_in_words());
        return warned(in_phase(&state, Phase::Asks, now), "rollout.asks", said);
    }
    let said = format!("{} begins", state.stage_in_words());
    match to_switch(&state, now) {
        Ok(state) => become_(state, said),
        Err(why) => warned(in_phase(&state, Phase::GoesBack { how: How::Stopped, why }, now), STEP, said),
    }
}

/// The intent: what the flag is to become.
fn to_switch(state: &State, now: Timestamp) -> Result<State, String> {
    let to = state.definition(state.stage)?;
    Ok(State { intended: Some(to), ..in_phase(state, Phase::Switches, now) })
}

fn switches(state: &State, facts: &Facts, flag: &str) -> Next {
    match &state.intended {
        Some(to) if to != flag => Next::Switch { to: to.clone() },
        _ => {
            let mut now = in_phase(state, Phase::Checks, facts.now);
            now.given = Some(flag.to_owned());
            now.waits = None;
            now.reached.push(Reached { switched: facts.now, passed: None });
            let said = format!("{}: the flag {:?} is switched", state.stage_in_words(), state.rollout.flag);
            become_(now, said)
        }
    }
}

fn holds(state: &State, facts: &Facts, stage: &PlanStage) -> Next {
    let hold = SignedDuration::try_from(stage.hold.duration()).unwrap_or(SignedDuration::MAX);
    let until = later(facts.now, hold);
    let limit = later(until, hold);
    let said = format!("{} is watched until {}", state.stage_in_words(), moment(until));
    become_(State { waits: None, ..in_phase(state, Phase::Holds { until, limit }, facts.now) }, said)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The stage has held.
fn passed(state: &State, facts: &Facts) -> Next {
    let mut state = state.clone();
    if let Some(reached) = state.reached.get_mut(state.stage) {
        reached.passed = Some(facts.now);
    }
    let last = state.stage + 1 >= state.rollout.stages.len();
    if last { over(&state, facts, How::Done, "all stages have held", false) } else { enters_next(state, facts.now) }
}

fn enters_next(state: State, now: Timestamp) -> Next {
    let stage = state.stage + 1;
    enters(state, stage, now)
}

/// A stage does not hold.
fn stop(state: &State, facts: &Facts, why: &str) -> Next {
    let stays = state.rollout.on_failure == RolloutFailure::Hold;
    match (&facts.flag, &state.former) {
        (_, None) => over(state, facts, How::Stopped, why, false),
        (Ok(flag), Some(former)) if flag == former => over(state, facts, How::Stopped, why, true),
        (Ok(flag), _) if !is_ours(state, flag) => {
            over(state, facts, How::Stopped, &format!("{why}; somebody else switched the flag, which stays so"), false)
        }
        _ if stays => over(state, facts, How::Stopped, why, false),
        _ => {
            let said = format!("{} does not hold, and the flag goes back: {why}", state.stage_in_words());
            let back = Phase::GoesBack { how: How::Stopped, why: why.to_owned() };
            warned(State { paused: None, waits: None, ..in_phase(state, back, facts.now) }, STEP, said)
        }
    }
}

fn goes_back(state: &State, facts: &Facts, how: How, why: &str) -> Next {
    let Some(former) = &state.former else { return over(state, facts, how, why, false) };
    match &facts.flag {
        Err(trouble) => waits(state, &format!("the flag cannot be read: {trouble}")),
        Ok(flag) if flag == former => over(state, facts, how, why, true),
        Ok(flag) if is_ours(state, flag) => Next::Switch { to: former.clone() },
        Ok(_) => over(state, facts, how, &format!("{why}; somebody else switched the flag, which stays so"), false),
    }
}

fn over(state: &State, facts: &Facts, how: How, why: &str, back: bool) -> Next {
    let why = why.to_owned();
    let flag = if back { "; the flag is what it was before" } else { "" };
    let (code, said) = match how {
        How::Done => ("rollout.done", format!("is done: {why}")),
        How::Stopped => ("rollout.stopped", format!("stopped at {}: {why}{flag}", state.stage_in_words())),
        How::Aborted => ("rollout.ended", format!("was ended at {}: {why}{flag}", state.stage_in_words())),
    };
    let state = State {
        paused: None,
        waits: None,
        intended: None,
        ..in_phase(state, Phase::Over { how, why, back }, facts.now)
    };
    Next::Become(Box::new(Move { state, code, said, is_warning: how == How::Stopped }))
}

/// What follows from what somebody says.
///
/// # Errors
/// Why it cannot be said now.
pub fn answered(state: &State, word: Word, by: &str, because: &str, now: Timestamp) -> Result<Move, String> {
    let said_by = |what: &str| match because {
        "" => format!("{what} by {by}"),
        because => format!("{what} by {by}: {because}"),
    };
    let said = Said { at: now, by: by.to_owned(), because: because.to_owned() };
    if state.is_over() {
        return Err("this rollout is over".to_owned());
    }
    let (state, what) = match (word, &state.phase, &state.paused) {
        (Word::Abort { .. }, Phase::GoesBack { .. }, _) => return Err("the flag goes back already".to_owned()),
        (Word::Abort { stays }, _, _) => (ended(state, stays, said_by("ended"), now), "ended"),
        (_, Phase::GoesBack { .. }, _) => return Err("it is over: the flag goes back".to_owned()),
        (Word::Approve, Phase::Asks, _) => {
            let mut state = to_switch(state, now)?;
            state.approved.push(said);
            (state, "approved")
        }
        (Word::Approve, _, _) => return Err("no stage of it waits for approval".to_owned()),
        (Word::Pause, _, Some(_)) => return Err("it is paused already".to_owned()),
        (Word::Pause, _, None) => (State { paused: Some(said), ..state.clone() }, "paused"),
        (Word::Resume, _, Some(paused)) => (resumed(state, paused, now), "goes on"),
        (Word::Resume, _, None) => return Err("it is not paused".to_owned()),
    };
    let said = format!("{}: {}", state.stage_in_words(), said_by(what));
    Ok(Move { state, code: STEP, said, is_warning: false })
}

fn ended(state: &State, stays: bool, why: String, now: Timestamp) -> State {
    let how = How::Aborted;
    let phase = match &state.former {
        Some(_) if !stays => Phase::GoesBack { how, why },
        _ => Phase::Over { how, why, back: false },
    };
    State { paused: None, waits: None, ..in_phase(state, phase, now) }
}

/// The time of the pause is none of the hold.
fn resumed(state: &State, paused: &Paused, now: Timestamp) -> State {
    let pause = now.duration_since(paused.at).max(SignedDuration::ZERO);
    let phase = match &state.phase {
        Phase::Holds { until, limit } => Phase::Holds { until: later(*until, pause), limit: later(*limit, pause) },
        other => other.clone(),
    };
    State { paused: None, waits: None, phase, ..state.clone() }
}

#[cfg(test)]
mod tests;
