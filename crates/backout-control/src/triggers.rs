//! What the plan says is watched, as rules and as a tree.
//!
//! Must not know: what was observed.

use std::time::Duration;

use backout_plan::Plan;
use backout_plan::plan::{Act, Flaw, PlanErrors, PlanMeasure, PlanThen, PlanTrigger, PlanVeto, Span};
use backout_signals::{Branch, Limit, Measure, Outcome, Rule, Sequential, Tree, Veto, When};

use crate::sources::Source;

/// A trigger of the plan with its rule.
#[derive(Debug, Clone)]
pub struct Trigger {
    pub source: String,
    pub symptom: String,
    /// The way back that it asks for.
    pub way: Option<String>,
    pub act: Act,
    pub rule: Rule,
}

/// All that is watched.
#[derive(Debug)]
pub struct Compiled {
    pub sources: Vec<Source>,
    pub triggers: Vec<Trigger>,
    pub tree: Tree,
}

/// A source that is asked is silent when it was not heard for so many turns, and for at least so long.
const TURNS: u32 = 3;
const AT_LEAST: Duration = Duration::from_secs(30);

impl Compiled {
    /// # Errors
    /// All that is wrong, each at its place in the file.
    pub fn of(plan: &Plan) -> Result<Self, PlanErrors> {
        let sources = Source::of_plan(plan)?;
        let mut problems = Vec::new();
        let symptoms: Vec<&str> = plan.ways.iter().flat_map(|way| &way.symptoms).map(String::as_str).collect();
        let mut triggers = Vec::new();
        for trigger in &plan.triggers {
            if let Err(flaw) = decides(trigger, plan, &symptoms) {
                problems.push(plan.trigger_problem(trigger, &flaw));
            }
            let every = sources.iter().find(|source| source.name == trigger.source).and_then(|source| source.every);
            triggers.push(Trigger {
                source: trigger.source.clone(),
                symptom: trigger.symptom().to_owned(),
                way: trigger.way.clone(),
                act: trigger.act,
                rule: rule(trigger, every),
            });
        }
        if problems.is_empty() { Ok(Self { sources, triggers, tree: tree(plan) }) } else { Err(PlanErrors(problems)) }
    }
}

/// Somebody must know which way is gone: the trigger, the tree, or a way that names the symptom.
fn decides(trigger: &PlanTrigger, plan: &Plan, symptoms: &[&str]) -> Result<(), Flaw> {
    let symptom = trigger.symptom();
    let is_told = trigger.way.is_some() || !plan.decide.is_empty() || symptoms.contains(&symptom);
    if trigger.act == Act::Notify || is_told || plan.ways.is_empty() {
        return Ok(());
    }
    let key = if trigger.symptom.is_some() { "symptom" } else { "name" };
    let flaw = Flaw::at(&[key], format!("no way names the symptom {symptom:?}")).value(symptom);
    let flaw = flaw.meant(symptom, symptoms.iter().copied());
    Err(match flaw.suggestion.is_some() || flaw.hint.is_some() {
        true => flaw,
        false => flaw.hint("write way = \"…\", or [[decide]]"),
    })
}

/// The rule of a trigger whose source is asked so often.
pub fn rule(trigger: &PlanTrigger, every: Option<Duration>) -> Rule {
    let number = |number: backout_plan::plan::Number| number.get();
    let limit = match (trigger.above, trigger.below, trigger.times_baseline) {
        (Some(above), _, _) => Limit::Above(above.get()),
        (_, Some(below), _) => Limit::Below(below.get()),
        (_, _, times) => Limit::TimesBaseline(times.map_or(f64::INFINITY, number)),
    };
    let silent_after = match (trigger.silent_after, every) {
        (Some(said), _) => said.duration(),
        (None, Some(every)) => (every * TURNS).max(AT_LEAST),
        (None, None) => Duration::ZERO,
    };
    Rule {
        name: trigger.name.clone(),
        measure: measure(trigger.measure),
        over: trigger.over.duration(),
        limit,
        hold: trigger.held.duration(),
        at_least: trigger.at_least,
        clears_at: trigger.clears_at.map(number),
        cool_down: trigger.cool_down.duration(),
        silent_after,
        vetoes: trigger.vetoes.iter().map(veto).collect(),
        veto_for: trigger.veto_for.duration(),
        sequential: trigger.sequential.map(|test| Sequential {
            p0: test.p0.get(),
            p1: test.p1.get(),
            alpha: test.alpha.get(),
            beta: test.beta.get(),
        }),
    }
}

fn measure(measure: PlanMeasure) -> Measure {
    match measure {
        PlanMeasure::Count => Measure::Count,
        PlanMeasure::PerMinute => Measure::PerMinute,
        PlanMeasure::PerHour => Measure::PerHour,
        PlanMeasure::Ratio => Measure::Ratio,
        PlanMeasure::P50 => Measure::Quantile(0.5),
        PlanMeasure::P95 => Measure::Quantile(0.95),
        PlanMeasure::P99 => Measure::Quantile(0.99),
        PlanMeasure::Mean => Measure::Mean,
        PlanMeasure::Sum => Measure::Sum,
        PlanMeasure::Last => Measure::Last,
        PlanMeasure::Max => Measure::Max,
        PlanMeasure::People => Measure::People,
        PlanMeasure::Absence => Measure::Absence,
    }
}

fn veto(veto: &PlanVeto) -> Veto {
    match veto {
        PlanVeto::Falling { below } => Veto::Falling { below: below.get() },
        PlanVeto::FewPeople { under } => Veto::FewPeople { under: *under },
        PlanVeto::NotCritical { unless } => Veto::NotCritical { unless: unless.clone() },
        PlanVeto::Known { reason } => Veto::Known { reason: reason.clone() },
    }
}

/// The tree of the plan.
pub fn tree(plan: &Plan) -> Tree {
    let branch = |branch: &backout_plan::plan::PlanBranch| {
        let when = &branch.when;
        Branch {
            name: branch.name.clone(),
            when: When {
                symptom: when.symptom.clone(),
                trigger: when.trigger.clone(),
                value_above: when.value_above.map(|number| number.get()),
                people_at_least: when.people_at_least,
                falling: when.falling,
                minutes_since_release_under: when.minutes_since_release_under,
            },
            then: match &branch.then {
                PlanThen::Way(way) => Outcome::RollBack { way: way.clone() },
                PlanThen::Monitor(time) => Outcome::Monitor { time: Span::duration(*time) },
                PlanThen::Fix(what) => Outcome::FixInPlace { what: what.clone() },
            },
        }
    };
    Tree(plan.decide.iter().map(branch).collect())
}
