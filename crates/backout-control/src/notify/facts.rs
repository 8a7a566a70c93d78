//! What is known for a message: each figure is the record's, which has it from journals, the watch and the plan. What is
//! not known is missing, and never 0.
//!
//! Must not know: when a message is due, or templates.

use std::time::Duration;

use backout_plan::Plan;
use backout_plan::plan::PlanOccasion;
use backout_signals::{Limit, Measure};
use jiff::Timestamp;

use super::due::{Due, Occasion};
use crate::incident::Record;
use crate::incident::record::{RunFacts, StepFacts, WayFacts};
use crate::runs::ROLLBACK;
use crate::tell::{
    Action, Affected, Asked, Changed, Duty, Exposed, Facts, Failed, Incident, Line, Lost, Next, Overdue, People,
    Reading, Rows, Run, Step, Trigger, User, Way,
};
use crate::watch::state::State;

const MINUTE_MS: f64 = 60_000.0;
/// Two values of a measure are the same where they are no further apart than this part of the larger one.
const STEADY: f64 = 0.01;

/// All that a message of this plan can speak of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) plan: &'k Plan,
    pub(super) record: &'k Record,
    /// What the watch of the target knows, where there is one.
    pub(super) watch: Option<&'k State>,
}

fn minutes(ms: f64) -> f64 {
    ms / MINUTE_MS
}

fn between(from: Timestamp, to: Timestamp) -> f64 {
    minutes(to.duration_since(from).as_secs_f64().max(0.0) * 1e3)
}

fn text(text: &str) -> Option<String> {
    Some(text).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl Known<'_> {
    /// What is known now for a message that is due.
    pub(super) fn of(&self, due: &Due, now: Timestamp) -> Facts {
        let record = self.record;
        let ways_back = || record.runs.iter().filter(|run| run.procedure == ROLLBACK);
        let named = due.occasion.run().and_then(|id| record.runs.iter().find(|run| run.run == id));
        let run = named.or_else(|| ways_back().next_back());
        let way = run.and_then(|run| run.ways.last());
        let is_resolved = record.resolutions.last().filter(|_| !record.open);
        let trigger = self.trigger();
        let last_ended = ways_back().next_back().and_then(|run| run.ended);
        let ended_well = ways_back().next_back().filter(|run| run.phase == "succeeded").and_then(|run| run.ended);
        Facts {
            now,
            target: record.target.clone(),
            incident: Incident {
                id: record.id.clone(),
                title: record.title.clone(),
                severity: record.severity.name().to_owned(),
                status: if record.open { "open" } else { "resolved" }.to_owned(),
                opened: record.opened,
                because: is_resolved.and_then(|one| text(&one.because)),
                url: self.plan.incident.url_of(&record.id),
            },
            detected: record.detected,
            aware: record.aware,
            started: ways_back().map(|run| run.opened).min(),
            ended: last_ended,
            downtime_minutes: record.stopped_ms.map(minutes),
            next_update_minutes: self.next_update(&due.channel),
            reading: trigger.as_ref().and_then(|trigger| self.reading(trigger)),
            trigger,
            way: way.zip(run).map(|(way, run)| way_facts(run, way, now)).unwrap_or_default(),
            changed: changed(record, &due.occasion),
            run: run.map(|run| run_facts(run, now)).unwrap_or_default(),
            failure: failure(&due.occasion, run),
            asked: asked(record, &due.occasion),
            affected: record.impact.as_ref().map(|impact| Affected {
                users: impact.users,
                rows: impact.rows,
                exact: impact.exact,
            }),
            exposed: exposed(record, ended_well),
            lost: Lost { rows: record.lost.rows },
            people: People {
                on_call: self.plan.people.on_call.clone(),
                phone: self.plan.people.phone.clone(),
                escalation: self.plan.people.escalation.clone(),
                lead: self.plan.people.lead.clone(),
            },
            timeline: record.timeline.iter().map(line).collect(),
            actions: record.actions.iter().map(action).collect(),
            duties: record.duties.iter().map(duty).collect(),
            duty: overdue(record, &due.occasion, now),
            user: due.reader.as_ref().map(|reader| User {
                name: reader.name.clone(),
                rows: reader.tables.iter().map(|(_, rows)| rows).sum(),
                tables: reader.tables.iter().map(|(name, rows)| Rows { name: name.clone(), rows: *rows }).collect(),
            }),
        }
    }

    /// How often the same channel hears of the incident.
    fn next_update(&self, channel: &str) -> Option<f64> {
        if !self.record.open {
            return None;
        }
        let messages = self.plan.messages.iter().filter(|message| message.on == PlanOccasion::Every);
        let here = messages.filter(|message| message.to.iter().any(|to| to == channel));
        let every: Option<Duration> = here.filter_map(|message| message.every).map(|every| every.duration()).min();
        every.map(|every| minutes(every.as_secs_f64() * 1e3))
    }

    /// The first one that fired, as the plan has it: what it measures is not in a journal.
    fn trigger(&self) -> Option<Trigger> {
        let firing = &self.record.firings.iter().min_by_key(|one| one.firing.at)?.firing;
        let planned = self.plan.triggers.iter().find(|one| one.name == firing.trigger)?;
        let rule = crate::triggers::rule(planned, None);
        Some(Trigger {
            name: firing.trigger.clone(),
            measure: measure(rule.measure).to_owned(),
            side: if matches!(rule.limit, Limit::Below(_)) { "below" } else { "above" }.to_owned(),
            limit: firing.limit,
            value: firing.value,
            held_minutes: between(firing.since, firing.at),
            people: firing.people,
        })
    }

    /// What it measured at the last look.
    fn reading(&self, trigger: &Trigger) -> Option<Reading> {
        let state = self.watch?;
        let reading = state.readings.get(&trigger.name)?;
        let now = reading.value?;
        let halves = state.watches.get(&trigger.name).and_then(|watch| watch.halves(reading.at));
        // Without two halves it is told by what it was when the trigger fired.
        let (before, after) = halves.unwrap_or((trigger.value, now));
        let apart = (after - before).abs();
        let trend = match () {
            () if apart <= STEADY * before.abs().max(after.abs()) => "steady",
            () if after > before => "rising",
            () => "falling",
        };
        Some(Reading { now, trend: trend.to_owned(), at: reading.at })
    }
}

fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Count => "count",
        Measure::PerMinute => "per-minute",
        Measure::PerHour => "per-hour",
        Measure::Ratio => "ratio",
        Measure::Quantile(part) if part <= 0.5 => "p50",
        Measure::Quantile(part) if part <= 0.95 => "p95",
        Measure::Quantile(_) => "p99",
        Measure::Mean => "mean",
        Measure::Sum => "sum",
        Measure::Last => "last",
        Measure::Max => "max",
        Measure::People => "people",
        Measure::Absence => "absence",
    }
}

fn is_open(step: &StepFacts) -> bool {
    step.ended.is_none() && step.state != "skipped"
}

fn way_facts(run: &RunFacts, way: &WayFacts, now: Timestamp) -> Way {
    let names: Vec<&str> = way.steps.iter().map(|step| step.name.as_str()).collect();
    // Of the step that goes on, what is left.
    let left = |step: &StepFacts| {
        let budget = step.budget_ms? as f64;
        let since = if step.state == "begun" { begun(way, step) } else { None };
        Some(since.map_or(budget, |since| (budget - between(since, now) * MINUTE_MS).max(0.0)))
    };
    let eta: Option<f64> = way.steps.iter().filter(|step| is_open(step)).map(left).sum();
    Way {
        name: Some(way.way.clone()),
        text: Some(names.join(", ")),
        eta_minutes: eta.map(minutes).filter(|_| run.ended.is_none()),
    }
}

/// The end of the step before, or the way's own beginning.
fn begun(way: &WayFacts, step: &StepFacts) -> Option<Timestamp> {
    let before = way.steps.iter().take_while(|one| one.name != step.name).filter_map(|one| one.ended).max();
    Some(before.unwrap_or(way.since))
}

fn run_facts(run: &RunFacts, now: Timestamp) -> Run {
    let way = run.ways.last();
    let steps = way.map(|way| way.steps.as_slice()).unwrap_or_default();
    Run {
        id: Some(run.run.clone()),
        phase: Some(run.phase.clone()),
        took_minutes: Some(between(run.opened, run.ended.unwrap_or(now))),
        steps: steps
            .iter()
            .map(|step| Step {
                name: step.name.clone(),
                status: step.state.clone(),
                took_minutes: step.took_ms.map(minutes),
                ended: step.ended,
            })
            .collect(),
        next: steps
            .iter()
            .filter(|step| run.ended.is_none() && is_open(step) && step.state != "begun")
            .filter_map(|step| Some(Next { name: step.name.clone(), budget_minutes: minutes(step.budget_ms? as f64) }))
            .collect(),
    }
}

/// Why a way was left.
fn reason(way: &WayFacts) -> (Option<String>, String) {
    let failed = way
        .steps
        .iter()
        .rev()
        .find(|step| way.step.as_ref().is_none_or(|name| *name == step.name) && !step.why.is_empty());
    let said = match (way.because.last(), failed) {
        (Some(because), _) => because.clone(),
        (None, Some(step)) => format!("{}: {}", step.name, step.why),
        (None, None) => "it was left".to_owned(),
    };
    (way.step.clone().or_else(|| failed.map(|step| step.name.clone())), said)
}

fn changed(record: &Record, occasion: &Occasion) -> Option<Changed> {
    let Occasion::WayChanged { run, way } = occasion else { return None };
    let run = record.runs.iter().find(|one| one.run == *run)?;
    let before = run.ways.get(way.checked_sub(1)?)?;
    Some(Changed { from: before.way.clone(), because: reason(before).1 })
}

fn failure(occasion: &Occasion, run: Option<&RunFacts>) -> Option<Failed> {
    let Occasion::Failed { stopped, .. } = occasion else { return None };
    let (step, why) = run.and_then(|run| run.ways.last()).map(reason)?;
    let why = if *stopped { format!("{why}; a person must decide") } else { why };
    Some(Failed { step, why })
}

fn asked(record: &Record, occasion: &Occasion) -> Option<Asked> {
    let Occasion::Asked { run, question } = occasion else { return None };
    let run = record.runs.iter().find(|one| one.run == *run)?;
    let one = run.asked.get(*question)?;
    Some(Asked { step: one.step.clone(), approvals: one.approvals, given: one.given.len() as u64, until: one.until })
}

/// From what was counted until the last way back was gone to its end.
fn exposed(record: &Record, ended: Option<Timestamp>) -> Exposed {
    let Some(impact) = record.impact.as_ref().filter(|impact| impact.rows > 0) else { return Exposed::default() };
    let to = ended.filter(|to| impact.at.is_none_or(|counted| counted <= *to));
    let known = impact.since.zip(to);
    Exposed { from: impact.since, to: known.map(|(_, to)| to), minutes: known.map(|(from, to)| between(from, to)) }
}

fn overdue(record: &Record, occasion: &Occasion, now: Timestamp) -> Option<Overdue> {
    let Occasion::Overdue { duty } = occasion else { return None };
    let one = record.duties.iter().find(|one| one.name == *duty)?;
    Some(Overdue {
        name: one.name.clone(),
        due: one.due,
        within_hours: one.within_ms as f64 / (60.0 * MINUTE_MS),
        overdue_minutes: between(one.due, now),
        open: one.open_items().into_iter().map(str::to_owned).collect(),
    })
}

fn line(line: &crate::incident::Line) -> Line {
    Line { time: line.at, kind: line.kind.name().to_owned(), who: text(&line.who), text: line.text.clone() }
}

fn action(one: &crate::incident::ActionFacts) -> Action {
    Action {
        name: one.name.clone(),
        owner: one.owner.clone(),
        due: one.due,
        window: one.window.name().to_owned(),
        done: one.done.is_some(),
    }
}

fn duty(one: &crate::incident::DutyFacts) -> Duty {
    // As templates have it, which is as records do.
    let state = serde_json::to_value(one.state).ok();
    let state = state.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Duty { name: one.name.clone(), due: one.due, state }
}
