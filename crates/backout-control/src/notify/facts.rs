//! What a message can speak of, out of the record of its incident. Each figure is the record's, and that is the journal's;
//! what is not known there is not known here.
//!
//! Must not know: the store, or what a message says.

use backout_plan::Plan;
use backout_plan::plan::{PlanMessage, PlanOccasion, PlanTrigger};
use backout_signals::Reading;
use jiff::Timestamp;

use super::due::{Occasion, Of, holds};
use crate::incident::record::RunFacts;
use crate::incident::{DutyState, Record};
use crate::runs::ROLLBACK;
use crate::tell::{self, Facts};
use crate::told::{End, Fact};

const MINUTE_MS: f64 = 60_000.0;
/// What moved less than this share of what it was has not moved.
const STEADY: f64 = 0.02;

/// Who reads one message, where it is for one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub id: String,
    pub email: String,
    pub name: Option<String>,
}

/// What else is known than the record.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    pub plan: &'k Plan,
    pub message: &'k PlanMessage,
    /// What triggers measured at the last look.
    pub readings: &'k [Reading],
    pub reader: Option<&'k Reader>,
    pub now: Timestamp,
}

/// The facts of a message.
pub fn facts(record: &Record, occasion: &Occasion<'_>, known: &Known<'_>) -> Facts {
    let run = match &occasion.of {
        Of::Run(run) | Of::Changed { run, .. } | Of::Asked { run, .. } => Some(*run),
        Of::Incident | Of::Duty(_) => {
            record.runs.iter().filter(|run| run.procedure == ROLLBACK).max_by_key(|r| r.opened)
        }
    };
    let ways_back = || record.runs.iter().filter(|run| run.procedure == ROLLBACK);
    let is_over = ways_back().next().is_some() && ways_back().all(|run| run.ended.is_some());
    Facts {
        now: known.now,
        target: record.target.clone(),
        incident: tell::Incident {
            id: record.id.clone(),
            title: record.title.clone(),
            severity: record.severity.name().to_owned(),
            status: if record.open { "open" } else { "resolved" }.to_owned(),
            opened: record.opened,
            because: record.resolved_because.clone(),
            url: known.plan.incident.url_of(&record.id),
        },
        detected: record.detected,
        aware: record.aware,
        started: ways_back().map(|run| run.opened).min(),
        ended: ways_back().filter_map(|run| run.ended).max().filter(|_| is_over),
        downtime_minutes: if is_over { stopped_minutes(record) } else { None },
        next_update_minutes: next_update(record, known),
        trigger: trigger(record, known.plan),
        reading: reading(record, known.readings),
        way: run.map(|run| way(record, run)).unwrap_or_default(),
        changed: match &occasion.of {
            Of::Changed { way, .. } => {
                let because =
                    way.because.last().cloned().or_else(|| step_of(way).map(|(step, why)| format!("{step}: {why}")));
                Some(tell::Changed {
                    from: way.way.clone(),
                    because: because.unwrap_or_else(|| "it did not suffice".to_owned()),
                })
            }
            _ => None,
        },
        run: run.map(going).unwrap_or_default(),
        failure: run.filter(|_| occasion.on == PlanOccasion::Failed).map(failure),
        asked: match &occasion.of {
            Of::Asked { asked, .. } => Some(tell::Asked {
                step: asked.step.clone(),
                approvals: asked.approvals.into(),
                given: asked.given.into(),
                until: asked.until,
            }),
            _ => None,
        },
        affected: record.impact.as_ref().map(|impact| tell::Affected {
            users: impact.users,
            rows: impact.rows,
            exact: impact.exact,
        }),
        exposed: tell::Exposed::default(),
        lost: tell::Lost { rows: record.lost.rows.filter(|_| is_over) },
        people: tell::People {
            on_call: known.plan.people.on_call.clone(),
            phone: known.plan.people.phone.clone(),
            escalation: known.plan.people.escalation.clone(),
            lead: known.plan.people.lead.clone(),
        },
        timeline: record.timeline.iter().map(line).collect(),
        actions: record
            .actions
            .iter()
            .map(|action| tell::Action {
                name: action.name.clone(),
                owner: action.owner.clone(),
                due: action.due,
                window: action.window.name().to_owned(),
                done: action.done.is_some(),
            })
            .collect(),
        duties: record
            .duties
            .iter()
            .map(|duty| tell::Duty { name: duty.name.clone(), due: duty.due, state: state(duty.state).to_owned() })
            .collect(),
        duty: match &occasion.of {
            Of::Duty(duty) => Some(tell::Overdue {
                name: duty.name.clone(),
                due: duty.due,
                within_hours: duty.within_ms as f64 / MINUTE_MS / 60.0,
                overdue_minutes: minutes(known.now.duration_since(duty.due).as_millis() as f64),
                open: duty.open_items().into_iter().map(str::to_owned).collect(),
            }),
            _ => None,
        },
        user: known.reader.map(|reader| tell::User { name: reader.name.clone(), rows: None, tables: Vec::new() }),
    }
}

fn minutes(ms: f64) -> f64 {
    ms / MINUTE_MS
}

/// As templates compare it.
fn state(state: DutyState) -> &'static str {
    match state {
        DutyState::Running => "running",
        DutyState::Overdue => "overdue",
        DutyState::Done => "done",
        DutyState::DoneLate => "done-late",
    }
}

fn line(line: &crate::incident::Line) -> tell::Line {
    tell::Line {
        time: line.at,
        kind: line.kind.name().to_owned(),
        who: Some(line.who.clone()).filter(|who| !who.is_empty()),
        text: line.text.clone(),
    }
}

/// How long writes were stopped: from the end of each freeze to the thaw after it, and while undos held their locks.
/// Nothing where one of these is not known.
fn stopped_minutes(record: &Record) -> Option<f64> {
    let mut ms = 0.0;
    let mut since: Option<Timestamp> = None;
    for step in record.runs.iter().flat_map(|run| &run.ways).flat_map(|way| &way.steps) {
        for fact in &step.facts {
            match fact {
                Fact::Frozen { .. } => since = Some(step.ended?),
                Fact::Thawed { .. } => {
                    ms += step.ended?.duration_since(since.take()?).as_millis() as f64;
                }
                Fact::Undone { lock_ms, .. } => ms += lock_ms.as_ref()?,
                // What takes the place of the live database stops what writes to that.
                Fact::Restored { .. } | Fact::Replaced { .. } if since.is_none() => return None,
                _ => {}
            }
        }
    }
    since.is_none().then_some(minutes(ms))
}

/// How often one of the message's channels hears more.
fn next_update(record: &Record, known: &Known<'_>) -> Option<f64> {
    let channels = &known.message.to;
    let others = known.plan.messages.iter().filter(|one| one.to.iter().any(|to| channels.contains(to)));
    let every = others.filter(|one| holds(&one.when, record)).filter_map(|one| one.every);
    let shortest = every.map(|every| every.duration()).min()?;
    Some(minutes(shortest.as_millis() as f64))
}

/// The first that fired, as long as the plan has it.
fn trigger(record: &Record, plan: &Plan) -> Option<tell::Trigger> {
    let firing = &record.firings.iter().min_by_key(|one| one.firing.at)?.firing;
    let planned: &PlanTrigger = plan.triggers.iter().find(|one| one.name == firing.trigger)?;
    let measure = serde_json::to_value(planned.measure).ok()?.as_str()?.to_owned();
    Some(tell::Trigger {
        name: firing.trigger.clone(),
        measure,
        side: if planned.below.is_some() { "below" } else { "above" }.to_owned(),
        limit: firing.limit,
        value: firing.value,
        held_minutes: minutes(firing.at.duration_since(firing.since).as_millis() as f64),
        people: firing.people,
    })
}

/// What the same trigger measured since.
fn reading(record: &Record, readings: &[Reading]) -> Option<tell::Reading> {
    let firing = &record.firings.iter().min_by_key(|one| one.firing.at)?.firing;
    let reading = readings.iter().find(|one| one.trigger == firing.trigger && one.at >= firing.at)?;
    let now = reading.value?;
    let trend = match now - firing.value {
        moved if moved.abs() <= firing.value.abs() * STEADY => "steady",
        moved if moved < 0.0 => "falling",
        _ => "rising",
    };
    Some(tell::Reading { now, trend: trend.to_owned(), at: reading.at })
}

/// Where a run stands, and what is left of its way.
fn way(record: &Record, run: &RunFacts) -> tell::Way {
    let steps = run.ways.last().map(|way| way.steps.as_slice()).unwrap_or_default();
    let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    let left = steps.iter().filter(|step| step.ended.is_none());
    let expected = left.map(|step| {
        let tried = record.predicted.iter().find(|one| one.run == run.run && one.step == step.name);
        tried.map(|one| one.ms).or(step.budget_ms.map(|ms| ms as f64))
    });
    let eta: Option<f64> = expected.sum();
    tell::Way {
        name: Some(run.way.clone()),
        text: Some(names.join(", ")),
        eta_minutes: eta.filter(|_| run.ended.is_none()).map(minutes),
    }
}

fn going(run: &RunFacts) -> tell::Run {
    let steps = run.ways.last().map(|way| way.steps.as_slice()).unwrap_or_default();
    let next = steps.iter().filter(|step| step.ended.is_none() && run.ended.is_none());
    tell::Run {
        id: Some(run.run.clone()),
        phase: Some(run.phase.clone()),
        took_minutes: Some(minutes(run.took_ms as f64)),
        steps: steps
            .iter()
            .map(|step| tell::Step {
                name: step.name.clone(),
                status: step.state.clone(),
                took_minutes: step.took_ms.map(minutes),
                ended: step.ended,
            })
            .collect(),
        next: next
            .filter_map(|step| {
                Some(tell::Next { name: step.name.clone(), budget_minutes: minutes(step.budget_ms? as f64) })
            })
            .collect(),
    }
}

fn step_of(way: &crate::incident::record::WayFacts) -> Option<(&str, &str)> {
    let name = way.step.as_deref()?;
    let step = way.steps.iter().find(|step| step.name == name)?;
    Some((name, step.why.as_str()))
}

fn failure(run: &RunFacts) -> tell::Failed {
    let way = run.ways.last();
    let step = way.and_then(step_of);
    let why = step.map(|(_, why)| why.to_owned()).or_else(|| way.and_then(|way| way.because.last().cloned()));
    let said = match way.map(|way| &way.end) {
        Some(End::TakenBack) => "what was done was taken back",
        Some(End::Aborted) => "somebody ended it",
        _ => "nobody goes on by himself",
    };
    tell::Failed { step: step.map(|(name, _)| name.to_owned()), why: why.unwrap_or_else(|| said.to_owned()) }
}
