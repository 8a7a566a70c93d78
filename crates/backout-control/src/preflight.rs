//! What is wrong with the ways of a plan, looked for before a run is opened: a typo that only the step finds when it acts
//! costs the next, more expensive way.
//!
//! Must not know: what a step or a check needs; each says itself what is wrong with it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use backout_plan::plan::{Part, PlanStep, PlanWay, StepFailure};
use backout_plan::{Finding, Plan, PlanError, PlanErrors, Remedy, Severity};
use serde::Serialize;
use serde_json::Value;

use crate::event::Event;
use crate::impact::{self, Need};
use crate::mistake::{About, Live, Look, Mistake, NOT_FILLED_IN, unfilled};
use crate::outside::secrets::Redactor;
use crate::triggers::Compiled;
use crate::{Env, Failure, Result, checks, sources, steps, tell};

/// How long one step may look. What takes longer is not a matter of the plan.
const LOOKS: Duration = Duration::from_secs(10);

/// Kinds after which other tables may be there.
const CHANGING: [&str; 5] = ["command", "import", "migrate", "restore", "sql"];

/// Kinds after which other files and programs may be there.
const MAKING: [&str; 1] = ["command"];

/// What a release does before the plan's own steps.
const BEFORE_RELEASE: [&str; 3] = ["rehearse", "backup", "migrate"];

/// One thing that is wrong, or may be.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    pub way: String,
    pub step: String,
    /// No attempt of the step can succeed. Otherwise nobody can tell now.
    pub sure: bool,
    /// The way goes on all the same: where the step fails, or since the check decides nothing.
    pub dispensable: bool,
    /// `file:line:column` of the plan.
    pub at: String,
    pub said: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip)]
    problem: PlanError,
    #[serde(skip)]
    is_unfilled: bool,
}

impl Found {
    /// Without what comes before or after.
    fn text(&self) -> String {
        let mut problem = self.problem.clone();
        problem.hint = None;
        let text = problem.to_string();
        text.strip_prefix(&format!("{}: ", self.at)).unwrap_or(&text).to_owned()
    }

    fn finding(&self, severity: Severity, code: &'static str, title: String) -> Finding {
        let finding = Finding::new(code, severity, title).at(self.at.clone());
        match &self.hint {
            Some(hint) => finding.hint(hint.clone()),
            None => finding,
        }
    }
}

/// As a compiler says it.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

/// All of it in these ways, in their order.
pub(crate) async fn survey(env: &Env, ways: &[PlanWay]) -> Vec<Found> {
    surveyed(&Live::new(env), ways, &[]).await
}

/// The same of a release: its own steps, and the ways back that may follow.
pub(crate) async fn survey_release(env: &Env, name: &str, ways: &[PlanWay]) -> Vec<Found> {
    let mut all = vec![of_release(env, name)];
    all.extend_from_slice(ways);
    surveyed(&Live::new(env), &all, &BEFORE_RELEASE).await
}

/// The plan's own steps of a release, as a way.
fn of_release(env: &Env, name: &str) -> PlanWay {
    let steps = env.plan.as_ref().map(|plan| plan.release.steps.clone()).unwrap_or_default();
    PlanWay { name: name.to_owned(), symptoms: Vec::new(), budget: None, keep: None, steps }
}

async fn surveyed(live: &Live<'_>, ways: &[PlanWay], before: &[&str]) -> Vec<Found> {
    let env = live.env;
    let Some(plan) = env.plan.as_deref() else { return Vec::new() };
    let steps = || ways.iter().flat_map(|way| &way.steps);
    let actions = steps().flat_map(|step| [Part::Own, Part::Undo].map(|part| step.action(part))).flatten();
    let redactor = Redactor::of(env, actions.map(|(_, with)| with));
    let mut before: Vec<&str> = before.to_vec();
    let mut found = Vec::new();
    for way in ways {
        for step in &way.steps {
            for part in [Part::Own, Part::Undo] {
                let Some((kind, with)) = step.action(part) else { continue };
                let taken_back = (part == Part::Undo).then_some((step.kind.as_str(), &step.with));
                let look = Look { env, live, taken_back, before: &before, in_run: true };
                for mistake in of_step(&look, kind, with).await {
                    let problem = match mistake.is_of_impact {
                        true => plan.impact_problem(&mistake.flaw),
                        false => plan.step_problem(step, part, &mistake.flaw),
                    };
                    found.push(said(Some((way, step)), &before, &mistake, problem, &redactor));
                }
                if steps::asks_the_plan(kind, with) {
                    for (mistake, problem) in of_checks(&look, plan).await {
                        found.push(said(Some((way, step)), &before, &mistake, problem, &redactor));
                    }
                }
            }
            before.push(&step.kind);
        }
    }
    found
}

async fn of_step(look: &Look<'_>, kind: &str, with: &Value) -> Vec<Mistake> {
    let unfilled = unfilled(with);
    if !unfilled.is_empty() {
        return unfilled;
    }
    tokio::time::timeout_at(look.live.at_most(LOOKS), steps::mistakes(look, kind, with)).await.unwrap_or_default()
}

/// The plan's checks, each problem at its place.
async fn of_checks(look: &Look<'_>, plan: &Plan) -> Vec<(Mistake, PlanError)> {
    let mut found = Vec::new();
    let read = checks::of_plan(plan).unwrap_or_default();
    for (written, check) in plan.criteria.iter().zip(&read) {
        let mut mistakes = unfilled(&written.that);
        if mistakes.is_empty() {
            let looks = tokio::time::timeout_at(look.live.at_most(LOOKS), check.mistakes(look));
            mistakes = looks.await.unwrap_or_default();
        }
        found.extend(mistakes.into_iter().map(|mistake| {
            let problem = match mistake.is_of_impact {
                true => plan.impact_problem(&mistake.flaw),
                false => plan.check_problem(written, &mistake.flaw),
            };
            (mistake, problem)
        }));
    }
    found
}

/// What is wrong with who is asked by a watch.
pub(crate) async fn survey_sources(env: &Env) -> Vec<Found> {
    let live = Live::new(env);
    of_sources(&Look { env, live: &live, taken_back: None, before: &[], in_run: false }).await
}

async fn of_sources(look: &Look<'_>) -> Vec<Found> {
    let Some(plan) = look.env.plan.as_deref() else { return Vec::new() };
    let redactor = Redactor::of(look.env, plan.sources.iter().map(|source| &source.ask));
    let read = sources::Source::of_plan(plan).unwrap_or_default();
    let mut found = Vec::new();
    for (written, source) in plan.sources.iter().zip(&read) {
        let mut mistakes = unfilled(&written.ask);
        if mistakes.is_empty() {
            let looks = tokio::time::timeout_at(look.live.at_most(LOOKS), source.mistakes(look));
            mistakes = looks.await.unwrap_or_default();
        }
        for mistake in mistakes {
            let problem = plan.source_problem(written, &mistake.flaw.clone().under(&["ask"]));
            found.push(said(None, &[], &mistake, problem, &redactor));
        }
    }
    found
}

fn said(
    whose: Option<(&PlanWay, &PlanStep)>,
    before: &[&str],
    mistake: &Mistake,
    mut problem: PlanError,
    redactor: &Redactor,
) -> Found {
    let follows = |kinds: &[&str]| before.iter().any(|kind| kinds.contains(kind));
    let sure = match mistake.about {
        About::Plan => true,
        About::Machine => !follows(&MAKING),
        About::Database => !follows(&CHANGING),
        About::Unsure => false,
    };
    problem.message = redactor.text(&problem.message);
    Found {
        way: whose.map(|(way, _)| way.name.clone()).unwrap_or_default(),
        step: whose.map(|(_, step)| step.name.clone()).unwrap_or_default(),
        sure,
        dispensable: mistake.is_light || whose.is_some_and(|(_, step)| step.on_failure == StepFailure::Continue),
        at: format!("{}:{}:{}", problem.file, problem.line, problem.column),
        said: problem.message.clone(),
        meant: problem.suggestion.clone(),
        hint: problem.hint.clone(),
        is_unfilled: mistake.flaw.said == NOT_FILLED_IN,
        problem,
    }
}

/// Lets through where nothing is wrong with the way that is begun with. What is wrong with what follows, or with a step
/// that the way does without, is said: it must not hold up what goes before it.
///
/// # Errors
/// Every mistake of the way, at its place in the plan.
pub(crate) fn pass(env: &Env, found: &[Found], first: &str) -> Result<()> {
    stops(found, first).map_err(|failure| failure.remedy(Remedy::OtherWay))?;
    for one in once(&found.iter().filter(|one| one.sure).collect::<Vec<_>>()) {
        let what = match one.way == first {
            true => format!("step {:?} fails in that, and the way goes on", one.step),
            false => format!("way {} fails where it comes to that", one.way),
        };
        env.say(Event::Said(one.finding(Severity::Warning, "plan.mistake", format!("{what}: {}", one.text()))));
    }
    Ok(())
}

/// # Errors
/// Every mistake of the way that is begun with, at its place in the plan.
pub(crate) fn stops(found: &[Found], first: &str) -> Result<()> {
    let is_stop = |one: &&Found| one.sure && one.way == first && !one.dispensable;
    let stop: Vec<&Found> = found.iter().filter(is_stop).collect();
    refused(&stop)
}

/// Lets through where nothing is wrong with any of it: before a release there is time to mend the ways back.
///
/// # Errors
/// Every mistake, at its place in the plan.
pub(crate) fn pass_release(found: &[Found]) -> Result<()> {
    refused(&found.iter().filter(|one| one.sure).collect::<Vec<_>>())
}

fn refused(found: &[&Found]) -> Result<()> {
    let problems: Vec<PlanError> = once(found).iter().map(|one| one.problem.clone()).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::from(PlanErrors(problems))) }
}

/// What several steps meet is said once, as the surest of them meets it.
fn once<'f>(found: &[&'f Found]) -> Vec<&'f Found> {
    let mut surest = found.to_vec();
    surest.sort_by_key(|one| !one.sure);
    let mut seen = BTreeSet::new();
    surest.retain(|one| seen.insert((one.at.clone(), one.said.clone())));
    surest
}

/// What is wrong with the plan, for a calm day: its ways, its checks, and what is still to be filled in.
pub(crate) async fn findings(env: &Env, severity: Severity) -> Vec<Finding> {
    let Some(plan) = env.plan.as_deref() else { return Vec::new() };
    let unreadable = |failure: Failure| vec![Finding::error("plan.unreadable", failure.sentence())];
    if let Err(errors) = steps::validate(plan).map_err(Failure::from) {
        return unreadable(errors);
    }
    if let Err(errors) = checks::of_plan(plan).map_err(Failure::from) {
        return unreadable(errors);
    }
    if let Err(errors) = Compiled::of(plan).map_err(Failure::from) {
        return unreadable(errors);
    }
    if let Err(errors) = tell::of_plan(plan).map_err(Failure::from) {
        return unreadable(errors);
    }
    let unfilled = plan.unfilled().iter().map(|one| {
        let at = format!("{}:{}:{}", plan.file(), one.line, one.column);
        Finding::new("plan.fill-in", severity, format!("{:?} is not filled in", one.text)).at(at)
    });
    let mut all: Vec<Finding> = unfilled.collect();
    let live = Live::new(env);
    let mut found = Vec::new();
    // Each by itself: any of them can be begun with, and then nothing that another one does comes before.
    for way in &plan.ways {
        found.extend(surveyed(&live, std::slice::from_ref(way), &[]).await);
    }
    found.extend(surveyed(&live, &[of_release(env, "release")], &BEFORE_RELEASE).await);
    let look = Look { env, live: &live, taken_back: None, before: &[], in_run: false };
    let redactor = Redactor::of(env, []);
    for (mistake, problem) in of_checks(&look, plan).await {
        found.push(said(None, &[], &mistake, problem, &redactor));
    }
    found.extend(of_sources(&look).await);
    if !plan.impact.on.is_empty() {
        let looks = tokio::time::timeout_at(live.at_most(LOOKS), impact::mistakes(&look, &[], Need::Users));
        for mistake in looks.await.unwrap_or_default() {
            found.push(said(None, &[], &mistake, plan.impact_problem(&mistake.flaw), &redactor));
        }
    }
    for one in once(&found.iter().filter(|one| !one.is_unfilled).collect::<Vec<_>>()) {
        all.push(match one.sure {
            true => one.finding(severity, "plan.mistake", one.text()),
            false => one.finding(Severity::Note, "plan.doubt", one.text()),
        });
    }
    all
}
