//! Where the rollouts of a target stand, for whoever looks: nothing is changed.
//!
//! Must not know: how it is shown.

use std::collections::BTreeMap;
use std::time::Duration;

use backout_plan::Finding;
use backout_plan::plan::{PlanRollout, Span};
use backout_plan::wording::moment;
use jiff::Timestamp;
use serde::Serialize;

use super::state::{self, How, Phase, State};
use crate::runs::Runs;
use crate::{Env, Result};

/// How long one that was put back is still spoken of to whoever asks for the status.
const NEWS: Duration = Duration::from_secs(24 * 60 * 60);

/// A rollout of the plan, or one that was begun.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    pub name: String,
    pub flag: String,
    pub variant: String,
    pub stands: Stands,
    /// The stage, from 1; nothing where it was not begun.
    pub stage: Option<usize>,
    /// Until when the stage is watched.
    pub until: Option<Timestamp>,
    /// Why it does not go on, or why it ended.
    pub why: Option<String>,
    /// Of one that is over: the flag is what it was before.
    pub back: bool,
    pub by: Option<String>,
    pub because: Option<String>,
    pub begun: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub stages: Vec<ShownStage>,
}

/// Where a rollout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    NotBegun,
    /// Whoever leads has not looked at it yet.
    Begins,
    WaitsForApproval,
    Switches,
    Checks,
    Holds,
    /// The stage's time is over, and something that must be healthy is not.
    Waits,
    Paused,
    GoesBack,
    Done,
    Stopped,
    Aborted,
}

/// A stage and where it stands.
#[derive(Debug, Clone, Serialize)]
pub struct ShownStage {
    /// `5 %`, `everybody`, or groups.
    pub who: String,
    pub hold: Span,
    pub checks: Vec<String>,
    pub triggers: Vec<String>,
    pub ask: bool,
    /// It is this one now.
    pub is_now: bool,
    pub switched: Option<Timestamp>,
    pub passed: Option<Timestamp>,
}

impl Stands {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotBegun => "not begun",
            Self::Begins => "begins",
            Self::WaitsForApproval => "waits for approval",
            Self::Switches => "is being switched",
            Self::Checks => "is being checked",
            Self::Holds => "is watched",
            Self::Waits => "waits",
            Self::Paused => "paused",
            Self::GoesBack => "goes back",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Aborted => "ended",
        }
    }

    /// As a sentence goes on.
    fn said(self) -> &'static str {
        match self {
            Self::Paused => "is paused",
            Self::Done => "is done",
            Self::Stopped => "was stopped",
            Self::Aborted => "was ended",
            Self::NotBegun => "was not begun",
            other => other.word(),
        }
    }

    /// Whether it was begun and has not ended.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::NotBegun | Self::Done | Self::Stopped | Self::Aborted)
    }

    fn of(state: &State) -> Self {
        match &state.phase {
            Phase::Over { how: How::Done, .. } => Self::Done,
            Phase::Over { how: How::Stopped, .. } => Self::Stopped,
            Phase::Over { how: How::Aborted, .. } => Self::Aborted,
            Phase::GoesBack { .. } => Self::GoesBack,
            _ if state.paused.is_some() => Self::Paused,
            Phase::Begins => Self::Begins,
            Phase::Asks => Self::WaitsForApproval,
            _ if state.waits.is_some() => Self::Waits,
            Phase::Switches => Self::Switches,
            Phase::Checks | Phase::ChecksAgain => Self::Checks,
            Phase::Holds { .. } => Self::Holds,
        }
    }
}

/// Those of the plan in its order, then those that the plan has no more and that were begun.
///
/// # Errors
/// Where the store cannot be read, or another version of Backout wrote it.
pub async fn look(env: &Env, runs: &Runs) -> Result<Vec<Shown>> {
    let begun = state::all(runs, env.claimed()?).await?;
    let mut begun: BTreeMap<String, State> =
        begun.into_iter().map(|kept| (kept.state.rollout.name.clone(), kept.state)).collect();
    let planned = env.plan()?.rollouts.iter();
    let mut all: Vec<Shown> = planned
        .map(|rollout| match begun.remove(&rollout.name) {
            Some(state) => Shown::of(&state),
            None => Shown::planned(rollout),
        })
        .collect();
    all.extend(begun.values().map(Shown::of));
    Ok(all)
}

/// What everybody should know of rollouts: those that are under way, that wait for somebody, or that were put back lately.
pub fn findings(all: &[Shown], now: Timestamp) -> Vec<Finding> {
    all.iter().filter_map(|one| one.finding(now)).collect()
}

impl Shown {
    fn finding(&self, now: Timestamp) -> Option<Finding> {
        let said = format!("rollout {:?} of the flag {:?} {}", self.name, self.flag, self.stands.said());
        let finding = match self.stands {
            Stands::NotBegun | Stands::Done | Stands::Aborted => return None,
            Stands::Stopped => {
                let ended = self.ended?;
                let is_old = Duration::try_from(now.duration_since(ended)).is_ok_and(|since| since > NEWS);
                let back = if self.back { "the flag is as it was before" } else { "the flag was not put back" };
                let said = format!("{said} at {}, and {back}", moment(ended));
                (!is_old).then(|| Finding::warning("rollout.stopped", said))?
            }
            Stands::WaitsForApproval | Stands::Waits => Finding::warning("rollout.waits", said),
            _ => Finding::note("rollout.open", said),
        };
        let stage = self.stage.map(|stage| format!("stage {stage} of {}", self.stages.len()));
        let detail: Vec<String> = stage.into_iter().chain(self.why.clone()).collect();
        Some(finding.detail(detail.join("; ")))
    }

    fn planned(rollout: &PlanRollout) -> Self {
        let stages = rollout.stages.iter().map(|stage| ShownStage {
            who: stage.to_string(),
            hold: stage.hold,
            checks: stage.checks.clone(),
            triggers: stage.triggers.clone(),
            ask: stage.ask,
            is_now: false,
            switched: None,
            passed: None,
        });
        Self {
            name: rollout.name.clone(),
            flag: rollout.flag.clone(),
            variant: rollout.variant.clone(),
            stands: Stands::NotBegun,
            stage: None,
            until: None,
            why: None,
            back: false,
            by: None,
            because: None,
            begun: None,
            ended: None,
            stages: stages.collect(),
        }
    }

    pub fn of(state: &State) -> Self {
        let mut this = Self::planned(&state.rollout);
        for (place, stage) in this.stages.iter_mut().enumerate() {
            let reached = state.reached.get(place);
            stage.is_now = place == state.stage && !state.is_over();
            stage.switched = reached.map(|reached| reached.switched);
            stage.passed = reached.and_then(|reached| reached.passed);
        }
        this.stands = Stands::of(state);
        this.stage = Some(state.stage + 1);
        this.by = Some(state.by.clone());
        this.because = Some(state.because.clone()).filter(|because| !because.is_empty());
        this.begun = Some(state.begun);
        match &state.phase {
            Phase::Holds { until, limit } => {
                this.until = Some(if state.waits.is_some() { *limit } else { *until });
                this.why = state.waits.clone();
            }
            Phase::GoesBack { why, .. } => this.why = Some(why.clone()),
            Phase::Over { why, back, .. } => {
                (this.why, this.back, this.ended) = (Some(why.clone()), *back, Some(state.since));
            }
            _ => this.why = state.waits.clone(),
        }
        if let Some(paused) = &state.paused {
            let because = if paused.because.is_empty() { String::new() } else { format!(": {}", paused.because) };
            (this.why, this.until) = (Some(format!("by {}{because}", paused.by)), None);
        }
        this
    }
}
