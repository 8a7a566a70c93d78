//! Carries rollouts out: sees how things are, and does what `next` says. What is about to be done is on record first, and
//! doing it again changes nothing.
//!
//! Must not know: what follows when.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use backout_postgres::failpoint::hit;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use super::next::{Checked, Facts, Next, next};
use super::state::{self, Kept, Phase, State};
use crate::checks::Verdict;
use crate::event::Event;
use crate::failure::Refusal;
use crate::runs::{RELEASE, Runs};
use crate::values::{self, Current, Place, Wanted};
use crate::watch::{self, Watched};
use crate::{Env, Result, verify};

/// How long switching a flag may take.
const BUDGET: Duration = Duration::from_secs(30);
/// How long what failed is left alone.
const AGAIN: Duration = Duration::from_secs(5);
/// So many runs are looked through for a way back.
const NEWEST: u32 = 50;
/// No rollout takes more steps at once.
const STEPS: usize = 12;

/// Carries them out for as long as its process leads.
#[derive(Debug, Default)]
pub struct Carrier {
    /// Checks that are being asked, by rollout.
    checking: BTreeMap<String, Checking>,
    /// What failed, and until when it is left alone.
    resting: BTreeMap<String, (String, Timestamp)>,
}

/// What came of one round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// How many are under way.
    pub open: usize,
    /// Whether a flag was switched.
    pub switched: bool,
}

/// Checks that are being asked, and for what.
#[derive(Debug)]
struct Checking {
    of: (Timestamp, usize, bool),
    task: JoinHandle<Option<Checked>>,
}

impl Drop for Checking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is seen once for all rollouts of a round.
struct Around {
    watched: Option<Watched>,
    /// Ways back: the run, when it was opened, and whether it is open.
    ways_back: Vec<(String, Timestamp, bool)>,
}

impl Carrier {
    /// Takes every step that is due now.
    ///
    /// # Errors
    /// Where the store does not answer. What a rollout meets by itself is said and tried again.
    pub async fn round(&mut self, env: &Env, runs: &Runs) -> Result<Round> {
        let all = state::all(runs, env.claimed()?).await?;
        let open: Vec<Kept> = all.into_iter().filter(|kept| !kept.state.is_over()).collect();
        let names: BTreeSet<&str> = open.iter().map(|kept| kept.state.rollout.name.as_str()).collect();
        self.checking.retain(|name, _| names.contains(name.as_str()));
        self.resting.retain(|name, _| names.contains(name.as_str()));
        let mut round = Round { open: open.len(), switched: false };
        if open.is_empty() {
            return Ok(round);
        }
        let around = around(env, runs).await?;
        for kept in open {
            let name = kept.state.rollout.name.clone();
            if self.resting.get(&name).is_some_and(|(_, until)| *until > Timestamp::now()) {
                continue;
            }
            match self.carry(env, runs, kept, &around).await {
                Ok(switched) => {
                    self.resting.remove(&name);
                    round.switched |= switched;
                }
                // Somebody has said something of it: it is looked at again in the next round.
                Err(failure) if super::is_changed(&failure) => {}
                Err(failure) => self.rests(env, name, failure.sentence()),
            }
        }
        Ok(round)
    }

    fn rests(&mut self, env: &Env, name: String, why: String) {
        if self.resting.get(&name).is_none_or(|(before, _)| *before != why) {
            env.say(Event::warning("rollout.trouble", format!("rollout {name:?} is tried again: {why}")));
        }
        self.resting.insert(name, (why, Timestamp::now() + AGAIN));
    }

    /// Takes the steps of one: whether its flag was switched.
    async fn carry(&mut self, env: &Env, runs: &Runs, kept: Kept, around: &Around) -> Result<bool> {
        let (Kept { mut state, mut version }, mut switched) = (kept, false);
        for _ in 0..STEPS {
            let facts = self.facts(env, &state, around).await;
            match next(&state, &facts) {
                Next::Wait => break,
                Next::Check => {
                    self.check(env, &state);
                    break;
                }
                Next::Switch { to } => {
                    hit("rollout-intended");
                    switch(env, runs, &state, version, &to).await?;
                    hit("rollout-switched");
                    switched = true;
                }
                Next::Become(step) => {
                    version = state::write(runs, env.claimed()?, Some(version), &step.state).await?;
                    let said = format!("rollout {:?}: {}", step.state.rollout.name, step.said);
                    env.say(if step.is_warning {
                        Event::warning(step.code, said)
                    } else {
                        Event::note(step.code, said)
                    });
                    state = step.state;
                }
            }
        }
        Ok(switched)
    }

    async fn facts(&mut self, env: &Env, state: &State, around: &Around) -> Facts {
        let watched = around.watched.as_ref();
        let is_against = |(_, opened, is_open): &&(String, Timestamp, bool)| *is_open || *opened >= state.begun;
        let decided = watched.map(|watched| watched.decided.as_slice()).unwrap_or_default();
        Facts {
            now: Timestamp::now(),
            flag: flag(env, state).await,
            readings: watched.map(|watched| watched.readings.clone()).unwrap_or_default(),
            is_watched: watched.is_some_and(|watched| watched.by.is_some()),
            fired: decided.iter().map(|one| (one.firing.trigger.clone(), one.firing.at)).collect(),
            way_back: around.ways_back.iter().find(is_against).map(|(run, ..)| run.clone()),
            checked: self.checked(state).await,
        }
    }

    /// What came of the checks of this phase. Where it is paused, what has passed is asked again later.
    async fn checked(&mut self, state: &State) -> Option<Checked> {
        let name = &state.rollout.name;
        let checking = self.checking.get_mut(name)?;
        if Some(checking.of) != of(state) {
            self.checking.remove(name);
            return None;
        }
        if !checking.task.is_finished() {
            return None;
        }
        let came = match (&mut checking.task).await {
            Ok(came) => came,
            Err(error) => Some(Checked::Failed(format!("the checks broke down: {error}"))),
        };
        self.checking.remove(name);
        came.filter(|came| state.paused.is_none() || *came != Checked::Passed)
    }

    /// Asks the checks beside everything else, unless they are being asked.
    fn check(&mut self, env: &Env, state: &State) {
        let (name, Some(of)) = (&state.rollout.name, of(state)) else { return };
        if self.checking.contains_key(name) {
            return;
        }
        let only = state.rollout.stages.get(state.stage).map(|stage| stage.checks.clone()).unwrap_or_default();
        let env = env.clone();
        let task = tokio::spawn(async move { asked(&env, only).await });
        self.checking.insert(name.clone(), Checking { of, task });
    }
}

/// Which checks belong to this phase: those of this rollout, its stage, and whether it is the stage's end.
fn of(state: &State) -> Option<(Timestamp, usize, bool)> {
    match state.phase {
        Phase::Checks => Some((state.begun, state.stage, false)),
        Phase::ChecksAgain => Some((state.begun, state.stage, true)),
        _ => None,
    }
}

/// What came of them; nothing where somebody asked to stop first.
async fn asked(env: &Env, only: Vec<String>) -> Option<Checked> {
    let options = verify::Options { only, ..verify::Options::default() };
    let report = match verify::run(env, &options).await {
        Ok(report) => report,
        Err(failure) => return Some(Checked::Failed(format!("its checks cannot be asked: {}", failure.sentence()))),
    };
    let failed = report.checks.iter().filter(|one| one.verdict == Verdict::Failed).map(|one| {
        let why = one.failed.as_deref().unwrap_or("it does not hold");
        format!("check {:?} failed: {why}", one.check)
    });
    let failed: Vec<String> = failed.collect();
    match (failed.is_empty(), report.count(Verdict::NotAsked)) {
        (false, _) => Some(Checked::Failed(failed.join("; "))),
        (true, 0) => Some(Checked::Passed),
        (true, _) => None,
    }
}

async fn around(env: &Env, runs: &Runs) -> Result<Around> {
    let named = env.named();
    let list = runs.list(NEWEST).await?;
    let open: BTreeSet<String> = runs.open_ones(env).await?.into_iter().map(|seen| seen.journal.run).collect();
    let ways_back = list.into_iter().filter(|one| one.target == named && one.procedure != RELEASE);
    let ways_back = ways_back.map(|one| (one.run.clone(), one.opened, open.contains(&one.run))).collect();
    Ok(Around { watched: watch::look(env, runs).await?, ways_back })
}

/// The file of flags as the history calls it: relative to the plan.
fn file(env: &Env) -> Result<PathBuf> {
    let plan = env.plan()?;
    let Some(file) = &plan.serve.flags else {
        return Err(Refusal::refused("the plan names no file of flags", None).into());
    };
    let folder = env.folder();
    Ok(file.strip_prefix(&folder).unwrap_or(file).to_path_buf())
}

fn deadline() -> Timestamp {
    let now = Timestamp::now();
    now.checked_add(BUDGET).unwrap_or(now)
}

/// The flag's definition as it is.
async fn flag(env: &Env, state: &State) -> std::result::Result<String, String> {
    let name = &state.rollout.flag;
    let place = Place::Flags(file(env).map_err(|failure| failure.sentence())?);
    let mut read = match place.read(env, &BTreeSet::from([name.clone()]), deadline()).await {
        Ok(read) => read,
        Err(failure) => return Err(failure.sentence()),
    };
    match read.remove(name) {
        Some(Current::Value { text, .. }) => Ok(text),
        _ => Err(format!("there is no flag {name:?}")),
    }
}

/// Switches the flag, as whoever began the rollout, and as its step. Where it is so already, nothing is changed.
async fn switch(env: &Env, runs: &Runs, state: &State, version: u64, to: &str) -> Result<()> {
    let (name, target) = (&state.rollout.name, env.claimed()?);
    // Somebody may have said something of it since, or another process leads by now.
    let now = state::read(runs, target, name).await?.map(|kept| kept.version);
    if now != Some(version) {
        let name = format!("rollout {name}");
        return Err(backout_store::StoreError::Changed { name }.into());
    }
    let as_whom = Runs { who: state.by.clone(), ..Runs::of(env, &runs.who).await? };
    let wanted = BTreeMap::from([(state.rollout.flag.clone(), Wanted::value(to))]);
    let step = match &state.phase {
        Phase::GoesBack { .. } => "back".to_owned(),
        _ => state.stage_in_words(),
    };
    let mark = format!("rollout {name}/{step}");
    let place = Place::Flags(file(env)?);
    values::apply(env, &as_whom, &place, &wanted, Some(&mark), deadline()).await?;
    Ok(())
}
