//! All that happened, in the order of time: what triggers said, what was decided, each record of each run, what people
//! wrote down, and what was told to whom.
//!
//! Must not know: how a line is shown.

use backout_plan::wording::moment;
use backout_runbook::{Event, Outcome};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::Message;
use super::wording::outcome;
use crate::ledger::{Own, What};
use crate::runs::Journal;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub at: Timestamp,
    /// Who wrote it down; nobody where a service did.
    pub who: String,
    pub kind: LineKind,
    /// The run that it is a record of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    Incident,
    Signal,
    Decision,
    Run,
    Approval,
    Note,
    Action,
    Duty,
    Message,
}

impl LineKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Signal => "signal",
            Self::Decision => "decision",
            Self::Run => "run",
            Self::Approval => "approval",
            Self::Note => "note",
            Self::Action => "action",
            Self::Duty => "duty",
            Self::Message => "message",
        }
    }
}

pub(super) fn of(own: &Own, journals: &[Journal], messages: &[Message]) -> Vec<Line> {
    let mut all = vec![line(own.opened, &own.by, LineKind::Incident, format!("opened: {}", own.title))];
    for entry in &own.entries {
        all.extend(own_lines(entry.at, &entry.by, &entry.what));
    }
    for journal in journals {
        run_lines(journal, &mut all);
    }
    all.extend(messages.iter().map(message));
    // What happened at the same moment stays in the order of who wrote it down.
    all.sort_by_key(|line| line.at);
    all
}

fn line(at: Timestamp, who: &str, kind: LineKind, text: String) -> Line {
    Line { at, who: who.to_owned(), kind, run: None, text }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

fn own_lines(at: Timestamp, by: &str, what: &What) -> Vec<Line> {
    let one = |kind, text| vec![line(at, by, kind, text)];
    match what {
        What::Aware { at } => one(LineKind::Incident, format!("known since {}", moment(*at))),
        What::Linked { run } => one(LineKind::Incident, format!("run {run} belongs to it")),
        What::Fired { decided } => {
            let firing = &decided.firing;
            let fired = format!(
                "trigger {:?} fired: {} where {} is the limit, since {}; {}",
                firing.trigger,
                firing.value,
                firing.limit,
                moment(firing.since),
                firing.why
            );
            let rule = decided.rule.as_ref().map(|rule| format!(", by {rule:?}")).unwrap_or_default();
            let decision = format!("{:?} leads to {}{rule}", firing.trigger, outcome(decided));
            vec![line(firing.at, "", LineKind::Signal, fired), line(decided.at, by, LineKind::Decision, decision)]
        }
        What::Exposed { yes: true, why } => one(LineKind::Incident, format!("data was exposed{}", because(why))),
        What::Exposed { yes: false, why } => one(LineKind::Incident, format!("no data was exposed{}", because(why))),
        What::Note { text } => one(LineKind::Note, text.clone()),
        What::Severity { level, why } => one(LineKind::Incident, format!("severity is {level}{}", because(why))),
        What::ActionAdded { name, owner, due, window } => {
            one(LineKind::Action, format!("to do ({window}): {name}, by {owner}, due {}", moment(*due)))
        }
        What::ActionDone { name, note } => one(LineKind::Action, format!("done: {name}{}", because(note))),
        What::DutyDone { duty, items, note } => {
            let items = if items.is_empty() { String::new() } else { format!(" ({})", items.join(", ")) };
            one(LineKind::Duty, format!("done: {duty}{items}{}", because(note)))
        }
        What::Resolved { because: why } => one(LineKind::Incident, format!("resolved{}", because(why))),
        What::Reopened { because: why } => one(LineKind::Incident, format!("opened again{}", because(why))),
    }
}

fn run_lines(journal: &Journal, all: &mut Vec<Line>) {
    let state = &journal.state;
    let mut way = 0;
    for record in &journal.records {
        let Ok(event) = record.event(&journal.run) else { continue };
        if let Event::Escalated { to, .. } = &event {
            way = *to;
        }
        let name = |step: usize| {
            let step = state.procedure.step(way, step).map(|step| step.name.as_str()).unwrap_or_default();
            format!("{step:?}")
        };
        let called = |way: usize| state.procedure.ways.get(way).map(|way| way.name.as_str()).unwrap_or_default();
        let kind = match event {
            Event::ApprovalAsked { .. } | Event::Approved { .. } | Event::Refused { .. } => LineKind::Approval,
            _ => LineKind::Run,
        };
        let text = match &event {
            Event::Opened { procedure, because: why, .. } => {
                format!("{} begins with way {}{}", procedure.name, called(0), because(why))
            }
            Event::Intended { step, attempt: 1, .. } => format!("{} begins", name(*step)),
            Event::Intended { step, attempt, .. } => format!("{} begins, attempt {attempt}", name(*step)),
            Event::Settled { step, outcome, .. } => format!("{} {}", name(*step), ended(outcome)),
            Event::ReversalSettled { step, outcome, .. } => format!("taking {} back {}", name(*step), ended(outcome)),
            Event::Skipped { step, reason } => format!("{} is left out{}", name(*step), because(reason)),
            Event::ApprovalAsked { step, until, .. } => {
                format!("people are asked about {}, until {}", name(*step), moment(*until))
            }
            Event::Approved { step, .. } => format!("{} is approved", name(*step)),
            Event::Refused { step, reason, .. } => format!("{} is refused{}", name(*step), because(reason)),
            Event::Escalated { because: why, .. } => format!("way {} follows{}", called(way), because(why)),
            Event::Unwinding { because: why } => format!("what was done is taken back{}", because(why)),
            Event::ReversalIntended { step, .. } => format!("{} is being taken back", name(*step)),
            Event::Interrupted { because: why } => format!("interrupted{}", because(why)),
            Event::Stopped { because: why } => format!("stops for a person{}", because(why)),
            Event::Paused { reason } => format!("paused{}", because(reason)),
            Event::Resumed { reason } => format!("goes on{}", because(reason)),
            Event::Aborted { reason } => format!("ended where it stood{}", because(reason)),
            Event::Closed { succeeded: true } => "succeeded".to_owned(),
            Event::Closed { succeeded: false } => "failed".to_owned(),
            Event::Noted { about, .. } => about.clone(),
        };
        let run = Some(journal.run.clone());
        all.push(Line { at: record.at, who: record.by.clone(), kind, run, text });
    }
}

fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { .. } => "is done".to_owned(),
        Outcome::Failed { why, .. } => format!("failed: {why}"),
        Outcome::NotBegun => "had not begun".to_owned(),
    }
}

fn message(message: &Message) -> Line {
    let Message { key, channel, at, state, sent, approved, last } = message;
    let approved = approved.as_ref().map(|by| format!(", approved by {by}")).unwrap_or_default();
    let last = last.as_ref().filter(|_| sent.is_none()).map(|why| format!("; {why}")).unwrap_or_default();
    let text = format!("{key} to {channel}: {state}{approved}{last}");
    line(sent.unwrap_or(*at), "", LineKind::Message, text)
}
