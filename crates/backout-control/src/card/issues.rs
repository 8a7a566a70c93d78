//! Kinds of issue, and the way back that follows each: what triggers measure, and symptoms that the ways name besides.
//!
//! Must not know: what a way costs.

use backout_plan::Plan;
use backout_plan::plan::{Act, PlanThen, PlanTrigger};
use backout_plan::wording::span;

/// What may be wrong.
#[derive(Debug, PartialEq)]
pub(super) struct Known {
    pub name: String,
    pub symptom: String,
    pub shows: String,
    pub act: &'static str,
    /// The way's name.
    pub way: Option<String>,
}

/// All that the plan knows of, in its order.
pub(super) fn of(plan: &Plan) -> Vec<Known> {
    let triggers = plan.triggers.iter().map(|trigger| Known {
        name: trigger.name.clone(),
        symptom: trigger.symptom().to_owned(),
        shows: shows(trigger),
        act: match trigger.act {
            Act::Notify => "is told",
            Act::Ask => "asks first",
            Act::Auto => "by itself",
        },
        way: way_of(plan, trigger),
    });
    let mut known: Vec<Known> = triggers.collect();
    for way in &plan.ways {
        for symptom in &way.symptoms {
            if !known.iter().any(|one| one.symptom == *symptom) {
                known.push(Known {
                    name: symptom.clone(),
                    symptom: symptom.clone(),
                    shows: "somebody says so".to_owned(),
                    act: "by hand",
                    way: Some(way.name.clone()),
                });
            }
        }
    }
    known
}

/// The way that a trigger leads to: its own, the tree's where that has one for it, or the first for its symptom.
fn way_of(plan: &Plan, trigger: &PlanTrigger) -> Option<String> {
    let for_it = |names: &[String], name: &str| names.is_empty() || names.iter().any(|one| one == name);
    // What depends on figures of the moment is not known beforehand.
    let branch = plan.decide.iter().find(|branch| {
        let when = &branch.when;
        for_it(&when.symptom, trigger.symptom()) && for_it(&when.trigger, &trigger.name)
    });
    let of_tree = branch.map(|branch| match &branch.then {
        PlanThen::Way(way) => Some(way.clone()),
        PlanThen::Monitor(_) | PlanThen::Fix(_) => None,
    });
    let by_symptom = || plan.ways.iter().find(|way| way.symptoms.iter().any(|one| one == trigger.symptom()));
    trigger.way.clone().or_else(|| match of_tree {
        Some(way) => way,
        None => by_symptom().map(|way| way.name.clone()),
    })
}

/// What a trigger measures, in words.
fn shows(trigger: &PlanTrigger) -> String {
    let measure = serde_json::to_value(trigger.measure).ok();
    let measure = measure.as_ref().and_then(|value| value.as_str()).unwrap_or_default().replace('-', " ");
    let limit = match (trigger.above, trigger.below, trigger.times_baseline) {
        (Some(above), ..) => format!(" above {}", above.get()),
        (_, Some(below), _) => format!(" below {}", below.get()),
        (.., Some(times)) => format!(" above {} times the baseline", times.get()),
        _ => String::new(),
    };
    let held = trigger.held.duration();
    let held = if held.is_zero() { String::new() } else { format!(" for {}", span(held)) };
    format!("{measure} of {} in {}{limit}{held}", trigger.source, span(trigger.over.duration()))
}
