//! Puts what is due into the outbox: rendered once, so that what goes out is what was posted, and what was approved.
//!
//! Must not know: how a message is sent.

use backout_connectors::tell::{Message as Said, Phase, Severity as Loud};
use backout_plan::plan::{PlanMessage, PlanOccasion};
use backout_plan::{Finding, Plan};
use backout_store::NewMessage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::due::Due;
use super::facts::Known;
use crate::Result;
use crate::failure::Refusal;
use crate::incident::{Record, Severity};
use crate::tell::{self, Wrong};

/// What stands in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Letter {
    /// The message's name in the plan.
    pub(super) message: String,
    pub(super) said: Said,
}

impl Letter {
    /// # Errors
    /// Where another version wrote it.
    pub(super) fn read(body: &[u8]) -> std::result::Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| format!("it cannot be read: {error}"))
    }
}

/// What a message says now.
///
/// # Errors
/// Where its template cannot be made of what is known.
pub(super) fn said(
    known: &Known<'_>,
    message: &tell::Message,
    due: &Due,
    now: Timestamp,
) -> std::result::Result<Said, Wrong> {
    let facts = known.of(due, now);
    let words = message.said(&facts)?;
    let on = known.plan.messages.get(due.message).map(|planned| planned.on);
    Ok(Said {
        subject: words.subject,
        text: words.text,
        severity: loud(known.record, on),
        phase: phase(on),
        thread: due.thread.clone(),
        // Whoever is written to reads nothing but the text.
        facts: if due.reader.is_some() { Vec::new() } else { shown(&facts) },
        link: if due.reader.is_some() { None } else { facts.incident.url.clone() },
        key: due.key.clone(),
        at: due.at,
        recipients: due.reader.iter().map(|reader| reader.email.clone()).collect(),
    })
}

fn loud(record: &Record, on: Option<PlanOccasion>) -> Loud {
    match (record.severity, on) {
        (_, Some(PlanOccasion::Resolved | PlanOccasion::RunEnded)) => Loud::Info,
        (_, Some(PlanOccasion::Failed)) | (Severity::Critical, _) => Loud::Critical,
        (Severity::Major, _) | (_, Some(PlanOccasion::Asked | PlanOccasion::Overdue)) => Loud::Warning,
        (Severity::Minor, _) => Loud::Info,
    }
}

fn phase(on: Option<PlanOccasion>) -> Phase {
    match on {
        Some(PlanOccasion::Opened | PlanOccasion::RunStarted) => Phase::Start,
        Some(PlanOccasion::Resolved) => Phase::End,
        _ => Phase::Update,
    }
}

fn shown(facts: &tell::Facts) -> Vec<(String, String)> {
    let way = facts.way.name.clone().map(|name| ("Way".to_owned(), name));
    let target = facts.target.clone().map(|name| ("Target".to_owned(), name));
    let first =
        [("Incident".to_owned(), facts.incident.id.clone()), ("Severity".to_owned(), facts.incident.severity.clone())];
    first.into_iter().chain(target).chain(way).collect()
}

/// What goes into the outbox. What cannot be made is said, and keeps nothing else back.
pub(super) fn letters(
    known: &Known<'_>,
    messages: &[tell::Message],
    all: &[Due],
    now: Timestamp,
) -> Result<(Vec<NewMessage>, Vec<Finding>)> {
    let (mut made, mut findings) = (Vec::new(), Vec::new());
    for due in all {
        let Some(message) = messages.iter().find(|one| one.number == due.message) else { continue };
        match said(known, message, due, now) {
            Ok(said) => made.push(new(known.plan, message, due, said)?),
            Err(wrong) => findings.push(unmade(&known.record.id, &message.name, &wrong)),
        }
    }
    findings.dedup();
    Ok((made, findings))
}

fn new(plan: &Plan, message: &tell::Message, due: &Due, said: Said) -> Result<NewMessage> {
    let incident = due.key.split('/').next().unwrap_or_default().to_owned();
    let letter = Letter { message: message.name.clone(), said };
    let body = serde_json::to_vec(&letter)
        .map_err(|error| Refusal::failed(format!("message {:?} cannot be kept: {error}", message.name), None))?;
    let held = plan.messages.get(due.message).is_some_and(|planned: &PlanMessage| planned.approve);
    Ok(NewMessage {
        key: due.key.clone(),
        channel: due.channel.clone(),
        thread: due.thread.clone(),
        incident,
        body,
        held,
        due: due.at,
    })
}

fn unmade(incident: &str, name: &str, wrong: &Wrong) -> Finding {
    let said = format!("message {name:?} of incident {incident} cannot be made: line {}: {}", wrong.line, wrong.said);
    Finding::error("notify.template", said)
}
