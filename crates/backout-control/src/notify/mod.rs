//! Who is told what of an incident: what is due follows from its record, goes into the outbox of the store, and from there to
//! the channels of the plan. All of it may be done by any process at any time, and by several at once.
//!
//! Must not know: how a channel writes, what a template is, or how anything is shown.
//!
//! For users: `docs/messages.md`.

mod attention;
mod beside;
mod deliver;
mod due;
mod facts;
mod post;
mod trial;

use std::collections::BTreeSet;
use std::time::Duration;

use backout_connectors::tell::{Span, Text};
use backout_plan::Finding;
use backout_plan::plan::{PlanAudience, PlanOccasion};
use backout_plan::wording::count;
use backout_store::{OutMessage, OutState};
use jiff::Timestamp;
use serde::Serialize;

use crate::failure::Refusal;
use crate::incident::Own;
use crate::ledger::What;
use crate::runs::Runs;
use crate::tell::{self, Facts, Moment};
use crate::{Boxed, Env, Failure, Result, incident};

/// How many messages are looked at.
const MOST: u32 = 10_000;
/// How long after the last word on an incident its duties are looked at.
const OWED: Duration = Duration::from_secs(180 * 24 * 60 * 60);

pub use attention::{STATES, findings, worst_first};
pub use beside::{after, beside};
pub use trial::{Tried, test, tried};

/// What a round came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Round {
    pub posted: usize,
    pub sent: usize,
    pub waiting: usize,
    pub held: usize,
    pub dead: usize,
    pub findings: Vec<Finding>,
}

/// What a message says.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub message: String,
    pub on: &'static str,
    pub channels: Vec<String>,
    pub subject: String,
    pub text: String,
    pub recipients: Option<usize>,
    pub approve: bool,
}

/// A message on record.
#[derive(Debug, Clone, Serialize)]
pub struct Outgoing {
    pub seq: u64,
    pub key: String,
    pub incident: String,
    pub channel: String,
    pub message: String,
    pub state: &'static str,
    pub attempts: u32,
    pub last: Option<String>,
    pub at: Timestamp,
    pub due: Timestamp,
    pub sent: Option<Timestamp>,
    pub approved: Option<String>,
}

/// Says what is due, and sends what may go: once.
///
/// # Errors
/// Where the store cannot be read or written, or the plan's messages are wrong.
pub fn round<'a>(env: &'a Env, runs: &'a Runs) -> Boxed<'a, Result<Round>> {
    Box::pin(going_round(env, runs, Timestamp::now()))
}

async fn going_round(env: &Env, runs: &Runs, now: Timestamp) -> Result<Round> {
    let plan = env.plan()?;
    let mut round = Round::default();
    if plan.channels.is_empty() {
        return Ok(round);
    }
    let messages = tell::of_plan(plan)?;
    for own in recent(env, runs, now).await? {
        let record = incident::briefly(env, runs, &own).await?;
        let posted = post::post(env, runs, &record, &messages, now).await?;
        round.posted += posted.new;
        round.findings.extend(posted.findings);
    }
    let delivered = deliver::deliver(env, runs, &plan.channels, now).await?;
    round.sent = delivered.sent;
    round.findings.extend(delivered.findings);
    for own in recent(env, runs, now).await? {
        let all = runs.store.outbox(Some(&own.id), MOST).await?;
        for one in &all {
            match one.state {
                OutState::Waiting | OutState::Sending { .. } => round.waiting += 1,
                OutState::Held => round.held += 1,
                OutState::Dead { .. } => round.dead += 1,
                OutState::Sent | OutState::Dropped { .. } => {}
            }
        }
        noticed(env, runs, &own, &all).await?;
    }
    Ok(round)
}

/// The incidents of this target of which something may be due.
async fn recent(env: &Env, runs: &Runs, now: Timestamp) -> Result<Vec<Own>> {
    let target = env.named();
    let has_duties = env.plan()?.duties.iter().any(|duty| duty.notice.is_some())
        || env.plan()?.messages.iter().any(|message| message.on == PlanOccasion::Overdue);
    let is_recent = |own: &Own| {
        let last = own.entries.last().map_or(own.opened, |entry| entry.at);
        let age = Duration::try_from(now.duration_since(last)).unwrap_or_default();
        own.is_open() || age <= due::NEWS * 2 || (has_duties && age <= OWED)
    };
    let all = incident::own::all(runs).await?;
    Ok(all.into_iter().filter(|own| own.target == target && is_recent(own)).collect())
}

/// A duty is done when its notice has gone to everybody.
async fn noticed(env: &Env, runs: &Runs, own: &Own, all: &[OutMessage]) -> Result<()> {
    let noticing = incident::duties_of(env).into_iter().filter(|duty| duty.notice.is_some());
    for duty in noticing {
        let begins = format!("{}/{}/", own.id, duty.notice.as_deref().unwrap_or_default());
        let of: Vec<&OutMessage> = all.iter().filter(|one| one.message.key.starts_with(&begins)).collect();
        if of.is_empty() || !of.iter().all(|one| one.state == OutState::Sent) {
            continue;
        }
        let note = format!("{} sent by {:?}", count(of.len() as u64, "message"), duty.notice.unwrap_or_default());
        let done = What::DutyDone { duty: duty.name.clone(), items: duty.checklist.clone(), note };
        let is_done = |own: &Own| {
            own.entries.iter().any(|entry| matches!(&entry.what, What::DutyDone { duty: of, .. } if *of == duty.name))
        };
        if !is_done(own) {
            let decide = |own: &Own| Ok(if is_done(own) { Vec::new() } else { vec![done.clone()] });
            incident::own::add(runs, &own.id, decide).await?;
        }
    }
    Ok(())
}

/// What the plan's messages say, or one of them: of an incident as it stands now, or on figures that are made up.
///
/// # Errors
/// Where there is no such incident, or the plan's messages are wrong.
pub fn preview<'a>(
    env: &'a Env,
    runs: &'a Runs,
    incident: Option<&'a str>,
    message: Option<&'a str>,
) -> Boxed<'a, Result<Vec<Preview>>> {
    Box::pin(previewed(env, runs, incident, message))
}

async fn previewed(env: &Env, runs: &Runs, incident: Option<&str>, message: Option<&str>) -> Result<Vec<Preview>> {
    let (plan, now) = (env.plan()?, Timestamp::now());
    let record = match incident {
        Some(id) => Some(incident::read(env, runs, &incident::find(env, runs, Some(id)).await?.id).await?),
        None => None,
    };
    let readings = match record {
        Some(_) => post::readings(env, runs).await,
        None => Vec::new(),
    };
    let mut all = Vec::new();
    for one in tell::of_plan(plan)? {
        let Some(planned) = plan.messages.get(one.number).filter(|_| message.is_none_or(|wanted| wanted == one.name))
        else {
            continue;
        };
        let moment = Moment::of(planned);
        let facts = match &record {
            Some(record) => {
                let about = facts::Known { plan, message: planned, readings: &readings, reader: None, now };
                let all = facts::facts(record, &due::newest(planned, record, now), &about);
                // What has not happened yet is shown on made-up figures.
                all.filled(Facts::example_of(moment))
            }
            None => Facts::example_of(moment),
        };
        let said = one.said(&facts).map_err(|wrong| Failure::from(Refusal::failed(wrong.said, None)))?;
        let recipients = match (&record, planned.audience) {
            (Some(record), PlanAudience::Affected) => {
                post::readers(env, plan, record).await.ok().map(|(readers, _)| readers.len())
            }
            _ => None,
        };
        all.push(Preview {
            message: one.name.clone(),
            on: planned.on.name(),
            channels: planned.to.clone(),
            text: plainly(&said.text),
            subject: said.subject,
            recipients,
            approve: planned.approve,
        });
    }
    Ok(all)
}

/// The text as it stands in its template, with its values.
fn plainly(text: &Text) -> String {
    let pieces = text.0.iter().map(|span| match span {
        Span::Markup(text) | Span::Value(text) => text.as_str(),
    });
    pieces.collect()
}

/// The outbox, as far as it is about incidents of this target: the newest messages.
///
/// # Errors
/// Where the store cannot be read.
pub async fn listed(env: &Env, runs: &Runs, incident: Option<&str>) -> Result<Vec<Outgoing>> {
    let target = env.named();
    let all = incident::own::all(runs).await?;
    let ours: BTreeSet<&str> = all.iter().filter(|own| own.target == target).map(|own| own.id.as_str()).collect();
    let found = runs.store.outbox(incident, MOST).await?.into_iter();
    Ok(found.filter(|one| ours.contains(one.message.incident.as_str())).map(of).collect())
}

fn of(one: OutMessage) -> Outgoing {
    let last = match &one.state {
        OutState::Dead { why } | OutState::Dropped { why, .. } => Some(why.clone()),
        _ => one.last.clone(),
    };
    Outgoing {
        seq: one.seq,
        message: one.message.key.split('/').nth(1).unwrap_or_default().to_owned(),
        key: one.message.key,
        incident: one.message.incident,
        channel: one.message.channel,
        state: one.state.name(),
        attempts: one.attempts,
        last,
        at: one.at,
        due: one.message.due,
        sent: one.sent,
        approved: one.approved,
    }
}

/// Lets a held message go; `key` may be its number.
///
/// # Errors
/// Where there is no such message, or it is not held.
pub async fn approve(runs: &Runs, key: &str, by: &str) -> Result<()> {
    Ok(runs.store.approve_message(&keyed(runs, key).await?, by).await?)
}

/// Keeps a message from going out.
///
/// # Errors
/// Where there is no such message, or it went out already.
pub async fn drop(runs: &Runs, key: &str, by: &str, why: &str) -> Result<()> {
    Ok(runs.store.drop_message(&keyed(runs, key).await?, by, why).await?)
}

/// Lets a dead message be tried again.
///
/// # Errors
/// Where there is no such message, or it is not dead.
pub async fn retry(runs: &Runs, key: &str) -> Result<()> {
    Ok(runs.store.revive(&keyed(runs, key).await?).await?)
}

async fn keyed(runs: &Runs, given: &str) -> Result<String> {
    let Ok(seq) = given.parse::<u64>() else { return Ok(given.to_owned()) };
    let all = runs.store.outbox(None, MOST).await?;
    let found = all.into_iter().find(|one| one.seq == seq);
    found.map(|one| one.message.key).ok_or_else(|| Refusal::usage(format!("there is no message {seq}"), None).into())
}

#[cfg(test)]
mod tests;
