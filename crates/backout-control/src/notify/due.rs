//! Which messages of the plan are due of an incident: purely, from its record and a moment, so that whoever looks, and
//! however often, comes to the same.
//!
//! Must not know: the store, a clock, what a message says, or how it is sent.

use std::time::Duration;

use backout_plan::Plan;
use backout_plan::plan::{PlanCondition, PlanMessage, PlanOccasion};
use jiff::{SignedDuration, Timestamp};

use crate::incident::record::{AskedFacts, RunFacts, WayFacts};
use crate::incident::{DutyFacts, Record, Severity};
use crate::runs::ROLLBACK;
use crate::told::End;

/// What happened longer ago and was not said yet is not said any more: a plan that gets its first message, or a machine
/// that comes back, does not tell of last week.
pub const NEWS: Duration = Duration::from_secs(24 * 60 * 60);

/// What a message follows, once for each time that it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Occasion<'r> {
    pub on: PlanOccasion,
    /// Which of its kind: a run, a step, a duty. The same whenever it is looked at.
    pub instance: String,
    pub at: Timestamp,
    pub of: Of<'r>,
}

/// What it is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Of<'r> {
    Incident,
    Run(&'r RunFacts),
    Changed { run: &'r RunFacts, way: &'r WayFacts },
    Asked { run: &'r RunFacts, asked: &'r AskedFacts },
    Duty(&'r DutyFacts),
}

/// A message for each of its channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Due<'r> {
    /// Its place in `Plan::messages`.
    pub number: usize,
    pub occasion: Occasion<'r>,
}

/// All that is due at `now`, in the order in which it happened.
pub fn due<'r>(plan: &Plan, record: &'r Record, now: Timestamp) -> Vec<Due<'r>> {
    let mut all = Vec::new();
    for (number, message) in plan.messages.iter().enumerate().filter(|(_, message)| holds(&message.when, record)) {
        let occasions = occasions(message, record, now).into_iter().filter(|one| is_news(one, now));
        all.extend(occasions.map(|occasion| Due { number, occasion }));
    }
    all.sort_by_key(|one| (one.occasion.at, one.occasion.on, one.number));
    all
}

/// The newest time that what a message follows has happened, or the incident itself where it has not.
pub fn newest<'r>(message: &PlanMessage, record: &'r Record, now: Timestamp) -> Occasion<'r> {
    let newest = occasions(message, record, now).into_iter().max_by_key(|one| one.at);
    let (instance, at) = (String::new(), record.opened);
    newest.unwrap_or(Occasion { on: message.on, instance, at, of: Of::Incident })
}

/// By which a message is recognised in the outbox: posting it again is none.
pub fn key(
    record: &Record,
    message: &PlanMessage,
    occasion: &Occasion<'_>,
    channel: &str,
    user: Option<&str>,
) -> String {
    let mut parts = vec![record.id.as_str(), &message.name, &occasion.instance, channel];
    parts.extend(user);
    parts.join("/")
}

/// Whether all that a message asks for holds.
pub fn holds(when: &PlanCondition, record: &Record) -> bool {
    let gone = |way: &String| record.runs.iter().flat_map(|run| &run.ways).any(|one| one.way == *way);
    let way = when.way.is_empty() || when.way.iter().any(gone);
    let severity = when.severity.is_empty() || when.severity.iter().any(|one| Severity::from(*one) == record.severity);
    when.exposed.is_none_or(|exposed| exposed == record.exposed) && way && severity
}

/// A duty that is not done is overdue until it is, however long ago that began.
fn is_news(occasion: &Occasion<'_>, now: Timestamp) -> bool {
    let age = Duration::try_from(now.duration_since(occasion.at)).unwrap_or_default();
    occasion.on == PlanOccasion::Overdue || age <= NEWS
}

fn occasions<'r>(message: &PlanMessage, record: &'r Record, now: Timestamp) -> Vec<Occasion<'r>> {
    let on = message.on;
    let one = |instance: String, at: Timestamp, of: Of<'r>| Occasion { on, instance, at, of };
    let ways_back = || record.runs.iter().filter(|run| run.procedure == ROLLBACK);
    match on {
        PlanOccasion::Opened => vec![one("opened".to_owned(), record.opened, Of::Incident)],
        PlanOccasion::Resolved => {
            let at = record.resolved_at.into_iter();
            at.map(|at| one(format!("resolved-{}", at.as_millisecond()), at, Of::Incident)).collect()
        }
        PlanOccasion::RunStarted => {
            ways_back().map(|run| one(format!("{}-started", run.run), run.opened, Of::Run(run))).collect()
        }
        PlanOccasion::RunEnded => {
            let ended = ways_back().filter(|run| run.phase == "succeeded");
            ended.filter_map(|run| Some(one(format!("{}-ended", run.run), run.ended?, Of::Run(run)))).collect()
        }
        PlanOccasion::Failed => {
            let failed = ways_back().filter(|run| run.phase != "succeeded");
            let at = |run: &RunFacts| run.ended.or(run.stopped);
            let named = |run: &RunFacts, at: Timestamp| format!("{}-failed-{}", run.run, at.as_millisecond());
            failed.filter_map(|run| at(run).map(|at| one(named(run, at), at, Of::Run(run)))).collect()
        }
        PlanOccasion::WayChanged => {
            let ways = ways_back().flat_map(|run| run.ways.iter().map(move |way| (run, way)));
            let left = ways.filter(|(_, way)| matches!(way.end, End::Left(_)));
            left.filter_map(|(run, way)| {
                Some(one(format!("{}-{}-left", run.run, way.way), way.ended?, Of::Changed { run, way }))
            })
            .collect()
        }
        PlanOccasion::Asked => {
            // A release may ask as well.
            let asked = record.runs.iter().flat_map(|run| run.asked.iter().map(move |asked| (run, asked)));
            let named = |run: &RunFacts, asked: &AskedFacts| {
                format!("{}-{}-{}", run.run, asked.step, asked.at.as_millisecond())
            };
            asked.map(|(run, asked)| one(named(run, asked), asked.at, Of::Asked { run, asked })).collect()
        }
        PlanOccasion::Overdue => {
            let overdue = record.duties.iter().filter(|duty| !duty.state.is_done() && duty.due < now);
            overdue.map(|duty| one(format!("overdue-{}", duty.name), duty.due, Of::Duty(duty))).collect()
        }
        PlanOccasion::Every => tick(message, record, now)
            .into_iter()
            .map(|(number, at)| {
                let newest = ways_back().next_back();
                one(format!("every-{number}"), at, newest.map_or(Of::Incident, Of::Run))
            })
            .collect(),
    }
}

/// The newest of the moments at which something is said again and again: until the incident is resolved, or its ways back
/// are over. What was missed while nobody looked is not made up for.
fn tick(message: &PlanMessage, record: &Record, now: Timestamp) -> Option<(u128, Timestamp)> {
    let every = message.every?.duration();
    let since = Duration::try_from(now.duration_since(record.opened)).ok()?;
    let number = since.as_millis().checked_div(every.as_millis()).filter(|number| *number > 0)?;
    let after = SignedDuration::try_from(every.checked_mul(u32::try_from(number).ok()?)?).ok()?;
    let mut ways_back = record.runs.iter().filter(|run| run.procedure == ROLLBACK).peekable();
    let is_over = ways_back.peek().is_some() && ways_back.all(|run| run.ended.is_some());
    (record.open && !is_over).then_some((number, record.opened.checked_add(after).ok()?))
}
