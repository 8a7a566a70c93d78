//! Messages for whoever looks at them: as they would be, and as they lie in the outbox.
//!
//! Must not know: how anything is printed.

use std::collections::BTreeSet;

use backout_connectors::tell::{Span, Text};
use backout_plan::nearest;
use backout_plan::plan::{PlanAudience, PlanChannel, PlanMessage, PlanOccasion};
use backout_store::{OutMessage, OutState};
use jiff::Timestamp;

use super::affected::Readers;
use super::due::{self, Due, Happened, Occasion, Reader};
use super::facts::Known;
use super::post::Letter;
use super::{Outgoing, Preview, affected, rounds};
use crate::failure::Refusal;
use crate::incident::{self, Record};
use crate::ledger::own;
use crate::runs::Runs;
use crate::tell::{self, Facts, Moment};
use crate::{Env, Failure, Result};

/// How many messages are listed.
const LISTED: u32 = 10_000;

pub(super) async fn preview(
    env: &Env,
    runs: &Runs,
    incident: Option<&str>,
    message: Option<&str>,
) -> Result<Vec<Preview>> {
    let plan = env.plan()?;
    let messages = tell::of_plan(plan)?;
    if let Some(wanted) = message.filter(|wanted| plan.messages.iter().all(|one| one.name != **wanted)) {
        return Err(unknown("message", wanted, plan.messages.iter().map(|one| one.name.as_str())));
    }
    let wanted = messages.iter().filter(|one| message.is_none_or(|name| name == one.name));
    let mut all = Vec::new();
    let Some(id) = incident else {
        for one in wanted {
            let Some(planned) = plan.messages.get(one.number) else { continue };
            let said = one.said(&Facts::example_of(Moment::of(planned)));
            let said = said.map_err(|wrong| unmade(&one.name, &wrong.to_string()))?;
            for channel in &planned.to {
                let shown =
                    Preview { subject: said.subject.clone(), text: plain(&said.text), ..blank(env, planned, channel) };
                all.push(shown);
            }
        }
        return Ok(all);
    };
    let now = Timestamp::now();
    let record = incident::read(env, runs, id).await?;
    let watch = rounds::watched(env, runs).await;
    let known = Known { plan, record: &record, watch: watch.as_ref() };
    let happened = due::happened(plan, &record, now);
    for one in wanted {
        let Some(planned) = plan.messages.get(one.number) else { continue };
        let newest = happened.iter().rev().find(|happened| happened.message == one.number);
        let (readers, unread) = match planned.audience {
            PlanAudience::Channel => (Readers::default(), None),
            PlanAudience::Affected => match affected::readers(env, runs, &record).await {
                Ok(readers) => (readers, None),
                Err(failure) => (Readers::default(), Some(failure.sentence())),
            },
        };
        for channel in &planned.to {
            let due = imagined(planned, one.number, channel, newest, &record, &readers);
            let mut facts = known.of(&due, now);
            fill(&mut facts, planned);
            let said = one.said(&facts).map_err(|wrong| unmade(&one.name, &wrong.to_string()))?;
            all.push(Preview {
                incident: Some(record.id.clone()),
                due: newest.map(|newest| newest.at),
                subject: said.subject,
                text: plain(&said.text),
                recipients: (planned.audience == PlanAudience::Affected).then_some(readers.all.len()),
                not_sent: not_sent(planned, newest, &record, now, &due.key, &readers).or_else(|| unread.clone()),
                ..blank(env, planned, channel)
            });
        }
    }
    Ok(all)
}

fn blank(env: &Env, planned: &PlanMessage, channel: &str) -> Preview {
    let mut channels = env.plan.iter().flat_map(|plan| &plan.channels);
    let kind = channels.find(|one| one.name == channel).and_then(PlanChannel::kind);
    Preview {
        message: planned.name.clone(),
        channel: channel.to_owned(),
        kind: kind.unwrap_or_default().to_owned(),
        incident: None,
        due: None,
        subject: String::new(),
        text: String::new(),
        recipients: None,
        held: planned.approve,
        not_sent: None,
    }
}

/// The one for the newest occasion, or for one of now.
fn imagined(
    planned: &PlanMessage,
    number: usize,
    channel: &str,
    newest: Option<&Happened>,
    record: &Record,
    readers: &Readers,
) -> Due {
    let now = Happened { message: number, occasion: Occasion::Opened, at: record.as_of };
    let one = newest.unwrap_or(&now);
    let spread = due::spread(planned, one, record, &readers.all);
    let found = spread.into_iter().find(|due| due.channel == channel);
    found.unwrap_or_else(|| Due {
        key: due::key(&record.id, &planned.name, &one.occasion, channel),
        message: number,
        channel: channel.to_owned(),
        thread: record.id.clone(),
        occasion: one.occasion.clone(),
        at: one.at,
        // Nobody is affected, or nobody can be reached: it is shown as an imagined one would read it.
        reader: (planned.audience == PlanAudience::Affected).then(|| Reader {
            user: String::new(),
            email: String::new(),
            name: None,
            tables: Vec::new(),
        }),
    })
}

/// What only its occasion tells is the example's where that has not come yet.
fn fill(facts: &mut Facts, planned: &PlanMessage) {
    let example = Facts::example_of(Moment::of(planned));
    facts.changed = facts.changed.take().or(example.changed);
    facts.failure = facts.failure.take().or(example.failure);
    facts.asked = facts.asked.take().or(example.asked);
    facts.duty = facts.duty.take().or(example.duty);
}

fn not_sent(
    planned: &PlanMessage,
    newest: Option<&Happened>,
    record: &Record,
    now: Timestamp,
    key: &str,
    readers: &Readers,
) -> Option<String> {
    let Some(newest) = newest else {
        return Some(match planned.on {
            PlanOccasion::Every if !record.open => "the incident is resolved".to_owned(),
            on => format!("it follows {:?}, which has not happened", on.name()),
        });
    };
    if let Some(known) = record.messages.iter().find(|message| message.key == *key) {
        return Some(format!("it is in the outbox: {}", known.state));
    }
    due::why_not(planned, newest, record, now).or_else(|| {
        let is_for_nobody = planned.audience == PlanAudience::Affected && readers.all.is_empty();
        is_for_nobody.then(|| match readers.unreached {
            0 => "nobody is known to be affected".to_owned(),
            many => format!("none of {many} affected users has an address"),
        })
    })
}

/// As the template has it, with what was filled in.
fn plain(text: &Text) -> String {
    let spans = text.0.iter().map(|span| match span {
        Span::Markup(text) | Span::Value(text) => text.as_str(),
    });
    spans.collect()
}

fn unmade(name: &str, why: &str) -> Failure {
    Refusal::failed(format!("message {name:?} cannot be made: {why}"), None).into()
}

fn unknown<'n>(what: &str, wanted: &str, known: impl Iterator<Item = &'n str> + Clone) -> Failure {
    let said = match nearest(wanted, known.clone()) {
        Some(meant) => format!("the plan has no {what} {wanted:?} (did you mean {meant:?}?)"),
        None => {
            let all: Vec<&str> = known.collect();
            match all.is_empty() {
                true => format!("the plan has no [[{what}]]"),
                false => format!("the plan has no {what} {wanted:?}; it has: {}", all.join(", ")),
            }
        }
    };
    Refusal::usage(said, None).into()
}

pub(super) async fn listed(env: &Env, runs: &Runs, incident: Option<&str>) -> Result<Vec<Outgoing>> {
    let (target, incidents) = (env.named(), own::all(runs).await?);
    let ours: BTreeSet<&str> = incidents.iter().filter(|own| own.target == target).map(|own| own.id.as_str()).collect();
    let all = runs.store.outbox(incident, LISTED).await?;
    Ok(all.into_iter().filter(|one| ours.contains(one.message.incident.as_str())).map(outgoing).collect())
}

fn outgoing(one: OutMessage) -> Outgoing {
    let state = one.state.name();
    let last = match one.state {
        OutState::Dead { why } => Some(why),
        OutState::Dropped { by, why } => Some(format!("{by}: {why}")),
        _ => one.last,
    };
    // What another version wrote has its name in the key.
    let named = || one.message.key.split('/').nth(1).unwrap_or_default().to_owned();
    Outgoing {
        seq: one.seq,
        message: Letter::read(&one.message.body).map_or_else(|_| named(), |letter| letter.message),
        incident: one.message.incident.clone(),
        channel: one.message.channel.clone(),
        key: one.message.key.clone(),
        state,
        attempts: one.attempts,
        last,
        at: one.at,
        due: one.message.due,
        sent: one.sent,
        approved: one.approved,
    }
}

/// The key of the message that is meant by it, or by its number.
pub(super) async fn find(runs: &Runs, wanted: &str) -> Result<String> {
    if runs.store.message(wanted).await?.is_some() {
        return Ok(wanted.to_owned());
    }
    let number: Option<u64> = wanted.parse().ok();
    let all = if number.is_some() { runs.store.outbox(None, LISTED).await? } else { Vec::new() };
    let found = all.into_iter().find(|one| Some(one.seq) == number).map(|one| one.message.key);
    found.ok_or_else(|| Refusal::usage(format!("there is no message {wanted} in the outbox"), None).into())
}

pub(super) async fn one(runs: &Runs, key: &str) -> Result<Outgoing> {
    let found = runs.store.message(key).await?;
    found.map(outgoing).ok_or_else(|| Refusal::usage(format!("there is no message {key} in the outbox"), None).into())
}
