//! Puts what is due into the outbox, rendered as things stand then. What is there already is not put there again.
//!
//! Must not know: how a channel sends, or what a template is.

use std::collections::BTreeSet;
use std::time::Duration;

use backout_connectors::tell::{self as channel, Phase};
use backout_plan::plan::{PlanAudience, PlanMessage, PlanOccasion};
use backout_plan::{Finding, Plan};
use backout_postgres::failpoint::hit;
use backout_signals::Reading;
use backout_store::NewMessage;
use jiff::Timestamp;

use super::due::{Due, due, holds, key};
use super::facts::{Known, Reader, facts};
use crate::failure::Refusal;
use crate::incident::{Record, Severity};
use crate::runs::Runs;
use crate::sources::digest;
use crate::tell::{Message, Said};
use crate::{Env, Result, watch};

/// How long the target and the watch may take to answer what messages want to know of them.
const ANSWERS: Duration = Duration::from_secs(5);
/// How many users without an address are named.
const NAMED: usize = 3;

/// What posting came to.
#[derive(Debug, Default)]
pub(super) struct Posted {
    pub(super) new: usize,
    pub(super) findings: Vec<Finding>,
}

/// Posts what is due of an incident and not in the outbox yet.
///
/// # Errors
/// Where the store cannot be read or written. What cannot be rendered is a finding.
pub(super) async fn post(
    env: &Env,
    runs: &Runs,
    record: &Record,
    messages: &[Message],
    now: Timestamp,
) -> Result<Posted> {
    let plan = env.plan()?;
    let mut posted = Posted::default();
    let known: BTreeSet<&str> = record.messages.iter().map(|one| one.key.as_str()).collect();
    let mut begun: BTreeSet<&str> = record.messages.iter().map(|one| one.channel.as_str()).collect();
    let due = due(plan, record, now);
    let is_new = |one: &Due<'_>| {
        let Some(planned) = plan.messages.get(one.number) else { return false };
        planned.audience == PlanAudience::Affected
            || planned.to.iter().any(|to| !known.contains(key(record, planned, &one.occasion, to, None).as_str()))
    };
    let due: Vec<Due<'_>> = due.into_iter().filter(is_new).collect();
    if due.is_empty() {
        return Ok(posted);
    }
    let readings = readings(env, runs).await;
    for one in &due {
        let Some((planned, message)) =
            plan.messages.get(one.number).zip(messages.iter().find(|it| it.number == one.number))
        else {
            continue;
        };
        let about = Known { plan, message: planned, readings: &readings, reader: None, now };
        let mut new = Vec::new();
        match planned.audience {
            PlanAudience::Channel => match message.said(&facts(record, &one.occasion, &about)) {
                Ok(said) => {
                    for to in &planned.to {
                        let key = key(record, planned, &one.occasion, to, None);
                        if known.contains(key.as_str()) {
                            continue;
                        }
                        let phase = phase(plan, record, planned, to, begun.contains(to.as_str()));
                        begun.insert(to);
                        let body = sending(plan, record, said.clone(), one, key, phase);
                        new.push(outgoing(record, planned, to, &record.id, &body, now)?);
                    }
                }
                Err(wrong) => posted.findings.push(cannot(record, planned, &wrong.said)),
            },
            PlanAudience::Affected => {
                // One post has all of them, so that a notice is never half of itself.
                let prefix = key(record, planned, &one.occasion, "", None);
                if known.iter().any(|known| known.starts_with(&prefix)) {
                    continue;
                }
                match tokio::time::timeout(ANSWERS, readers(env, plan, record)).await {
                    Ok(Ok((readers, without))) => {
                        posted.findings.extend(unreached(record, planned, &without));
                        for reader in &readers {
                            let of = Known { reader: Some(reader), ..about };
                            match message.said(&facts(record, &one.occasion, &of)) {
                                Ok(said) => new.extend(for_reader(plan, record, planned, one, reader, &said, now)?),
                                Err(wrong) => posted.findings.push(cannot(record, planned, &wrong.said)),
                            }
                        }
                    }
                    Ok(Err(failure)) => posted.findings.push(cannot(record, planned, &failure.sentence())),
                    Err(_) => posted.findings.push(cannot(record, planned, "the target does not answer")),
                }
            }
        }
        if new.is_empty() {
            continue;
        }
        hit("notify-rendered");
        posted.new += runs.store.post(&new).await?.into_iter().filter(|is_new| *is_new).count();
        hit("notify-posted");
    }
    Ok(posted)
}

/// What triggers measured last, as far as the store says so in time.
pub(super) async fn readings(env: &Env, runs: &Runs) -> Vec<Reading> {
    let looked = tokio::time::timeout(ANSWERS, watch::look(env, runs)).await;
    looked.ok().and_then(Result::ok).flatten().map(|watched| watched.readings).unwrap_or_default()
}

/// The users whose rows others could see, as the run has found them, with their addresses; and those without one.
///
/// # Errors
/// Where the plan has no query for addresses, the run kept no users, or the target does not answer.
pub(super) async fn readers(env: &Env, plan: &Plan, record: &Record) -> Result<(Vec<Reader>, Vec<String>)> {
    let file = record.impact.as_ref().and_then(|impact| impact.users_file.as_ref());
    let Some(file) = file else {
        let said = "who is affected was not kept: the step impact needs users_file";
        return Err(Refusal::failed(said, None).into());
    };
    if plan.impact.addresses.trim().is_empty() {
        return Err(Refusal::failed("[impact] addresses does not say where users are written to", None).into());
    }
    let path = env.folder().join(file);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Refusal::failed(format!("{} cannot be read: {error}", path.display()), None))?;
    let ids: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let found = addresses(env, plan.impact.addresses.trim(), &ids).await?;
    let without = ids.iter().filter(|id| !found.iter().any(|one| one.id == **id)).map(|id| (*id).to_owned()).collect();
    Ok((found, without))
}

/// Asks the target, in a transaction that cannot write.
async fn addresses(env: &Env, query: &str, ids: &[&str]) -> Result<Vec<Reader>> {
    let failed = || crate::Failure::server("asking for the addresses of users");
    let session = env.connect().await?;
    session.batch("BEGIN READ ONLY").await.map_err(failed())?;
    let query = query.trim_end_matches([';', ' ', '\n']);
    let sql = format!(
        "SELECT DISTINCT ON (1) id::text, email::text, name::text FROM (\n{query}\n) AS addresses \
         WHERE id::text = ANY ($1) AND email IS NOT NULL ORDER BY 1"
    );
    let rows = session.client.query(&sql, &[&ids]).await.map_err(|error| failed()(error.into()))?;
    session.roll_back().await.ok();
    session.close().await;
    let readers = rows.iter().map(|row| Reader { id: row.get(0), email: row.get(1), name: row.get(2) });
    Ok(readers.filter(|one| !one.email.trim().is_empty()).collect())
}

fn unreached(record: &Record, planned: &PlanMessage, without: &[String]) -> Option<Finding> {
    let count = without.len();
    let said = format!("message {:?} of incident {}: {count} affected users have no address", planned.name, record.id);
    let named = without.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    (count > 0).then(|| Finding::warning("message.no-address", said).detail(format!("by their ids: {named}")))
}

fn cannot(record: &Record, planned: &PlanMessage, why: &str) -> Finding {
    let said = format!("message {:?} of incident {} cannot be made", planned.name, record.id);
    Finding::warning("message.not-made", said).detail(why.to_owned())
}

/// One mail for each channel; the address is the reader's, and in no key.
fn for_reader(
    plan: &Plan,
    record: &Record,
    planned: &PlanMessage,
    one: &Due<'_>,
    reader: &Reader,
    said: &Said,
    now: Timestamp,
) -> Result<Vec<NewMessage>> {
    let user = digest(&reader.id);
    let each = planned.to.iter().map(|to| {
        let key = key(record, planned, &one.occasion, "", None) + &format!("{to}/{user}");
        let thread = format!("{}/{user}", record.id);
        let mut body = sending(plan, record, said.clone(), one, key, Phase::Start);
        body.thread.clone_from(&thread);
        body.recipients = vec![reader.email.clone()];
        // What is inside of the company stays there.
        (body.facts, body.link) = (Vec::new(), None);
        outgoing(record, planned, to, &thread, &body, now)
    });
    each.collect()
}

/// Where in its thread a message stands, for channels that keep something open until its end.
fn phase(plan: &Plan, record: &Record, planned: &PlanMessage, to: &str, is_begun: bool) -> Phase {
    let says_resolved = plan.messages.iter().any(|one| {
        one.on == PlanOccasion::Resolved
            && one.audience == PlanAudience::Channel
            && one.to.iter().any(|other| other == to)
            && holds(&one.when, record)
    });
    match planned.on {
        PlanOccasion::Resolved => Phase::End,
        PlanOccasion::RunEnded if is_begun && !says_resolved => Phase::End,
        _ if is_begun => Phase::Update,
        _ => Phase::Start,
    }
}

fn sending(plan: &Plan, record: &Record, said: Said, one: &Due<'_>, key: String, phase: Phase) -> channel::Message {
    let severity = match record.severity {
        Severity::Minor => channel::Severity::Info,
        Severity::Major => channel::Severity::Warning,
        Severity::Critical => channel::Severity::Critical,
    };
    let target = record.target.iter().map(|target| ("Target".to_owned(), target.clone()));
    let facts = [("Incident", record.id.as_str()), ("Severity", record.severity.name())];
    let facts = facts.into_iter().map(|(label, value)| (label.to_owned(), value.to_owned()));
    channel::Message {
        subject: if said.subject.is_empty() { record.title.clone() } else { said.subject },
        text: said.text,
        severity,
        phase,
        thread: record.id.clone(),
        facts: facts.chain(target).collect(),
        link: plan.incident.url_of(&record.id),
        key,
        at: one.occasion.at,
        recipients: Vec::new(),
    }
}

fn outgoing(
    record: &Record,
    planned: &PlanMessage,
    to: &str,
    thread: &str,
    body: &channel::Message,
    now: Timestamp,
) -> Result<NewMessage> {
    let encoded = serde_json::to_vec(body);
    let encoded = encoded.map_err(|error| Refusal::failed(format!("a message cannot be written: {error}"), None))?;
    Ok(NewMessage {
        key: body.key.clone(),
        channel: to.to_owned(),
        thread: thread.to_owned(),
        incident: record.id.clone(),
        body: encoded,
        held: planned.approve,
        due: now,
    })
}
