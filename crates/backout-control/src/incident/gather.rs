//! Reads all that a record is made of, takes out what nobody outside may read, and puts it together. What does not answer
//! is missing from the record, and said in it.
//!
//! Must not know: how the parts fit (`record`).

use std::path::Path;
use std::time::Duration;

use backout_backup::shelf;
use backout_plan::Verdict;
use backout_postgres::rehearse::Certificate;
use backout_postgres::store::{self, State};
use backout_store::{OutMessage, OutState};
use jiff::Timestamp;
use serde_json::Value;

use super::duties::Duty;
use super::metrics::Change;
use super::record::{self, Beside, EvidencePart, Message, Record, Rehearsed};
use super::redact::Masks;
use crate::ledger::{Own, own};
use crate::runs::{RELEASE, Runs};
use crate::{Boxed, Env, Result, evidence, place};

/// How long the target and the backups' place may take: whoever wants a record has it without them.
const ANSWERS: Duration = Duration::from_secs(3);
/// How long duties of an incident are looked for that is resolved.
const RECENT: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// How many runs are looked through.
const NEWEST: u32 = 1000;
/// How many messages of an incident are looked at.
const MESSAGES: u32 = 10_000;

/// All that is known of an incident, without secrets and personal values.
///
/// # Errors
/// Where the store cannot be read. What else is not known stands in the record.
pub fn read<'a>(env: &'a Env, runs: &'a Runs, id: &'a str) -> Boxed<'a, Result<Record>> {
    Box::pin(async move { gathered(env, runs, &own::one(runs, id).await?, true).await })
}

/// The same from the store alone: neither the target nor a file is asked.
///
/// # Errors
/// Where the store cannot be read.
pub fn briefly<'a>(env: &'a Env, runs: &'a Runs, own: &'a Own) -> Boxed<'a, Result<Record>> {
    Box::pin(gathered(env, runs, own, false))
}

/// All incidents of this target from the store alone, the newest first, as far as `wanted` says.
///
/// # Errors
/// Where the store cannot be read.
pub async fn all(env: &Env, runs: &Runs, limit: usize) -> Result<Vec<Record>> {
    let (all, target) = (own::all(runs).await?, env.named());
    let mut records = Vec::new();
    for own in all.iter().rev().filter(|one| one.target == target).take(limit) {
        records.push(briefly(env, runs, own).await?);
    }
    Ok(records)
}

/// Those that are open, or of which a duty is not done, the newest first.
///
/// # Errors
/// Where the store cannot be read.
pub async fn open_ones(env: &Env, runs: &Runs) -> Result<Vec<Record>> {
    let (all, target, now) = (own::all(runs).await?, env.named(), Timestamp::now());
    let oldest = now.checked_sub(RECENT).unwrap_or(Timestamp::MIN);
    let has_duties = !duties_of(env).is_empty();
    let mut records = Vec::new();
    for own in all.iter().rev().filter(|one| one.target == target) {
        if own.is_open() || (has_duties && own.opened >= oldest) {
            let record = briefly(env, runs, own).await?;
            if record.open || record.duties.iter().any(|duty| !duty.state.is_done()) {
                records.push(record);
            }
        }
    }
    Ok(records)
}

/// The duties of the plan.
pub fn duties_of(env: &Env) -> Vec<Duty> {
    env.plan.iter().flat_map(|plan| &plan.duties).map(Duty::from).collect()
}

async fn gathered(env: &Env, runs: &Runs, own: &Own, whole: bool) -> Result<Record> {
    let (journals, unread) = own::journals(runs, own).await?;
    let (duties, now) = (duties_of(env), Timestamp::now());
    let messages = runs.store.outbox(Some(&own.id), MESSAGES).await?;
    let messages = messages.into_iter().map(message).collect();
    let mut beside = Beside { unread, messages, ..Beside::default() };
    if whole {
        let first = record::build(own, &journals, Beside::default(), &duties, now);
        let (undone, restored) = (record::undone_by(&first.runs), record::restored_by(&first.runs));
        beside.exports = exports(env, &record::exported_by(&first.runs));
        let (rehearsed, proven) = tokio::join!(
            tokio::time::timeout(ANSWERS, rehearsed(env, &undone)),
            tokio::time::timeout(ANSWERS, proven(env, &restored)),
        );
        beside.rehearsed = rehearsed.ok().and_then(Result::ok).unwrap_or_default();
        beside.proven = proven.ok().and_then(Result::ok).unwrap_or_default();
    }
    let record = record::build(own, &journals, beside, &duties, now);
    let steps = journals.iter().flat_map(|journal| &journal.state.procedure.ways).flat_map(|way| &way.steps);
    let actions: Vec<&Value> = steps.map(|step| &step.action).collect();
    Masks::of(env, actions).taken_out(&record)
}

/// What the outbox has.
fn message(one: OutMessage) -> Message {
    let state = one.state.name().to_owned();
    let last = match one.state {
        OutState::Dead { why } => Some(why),
        OutState::Dropped { by, why } => Some(format!("{by}: {why}")),
        _ => one.last,
    };
    Message {
        key: one.message.key,
        channel: one.message.channel,
        at: one.at,
        state,
        sent: one.sent,
        approved: one.approved,
        last,
    }
}

/// What the manifests of exports say.
fn exports(
    env: &Env,
    wanted: &[(&str, Option<&str>)],
) -> Vec<(String, std::result::Result<Vec<EvidencePart>, String>)> {
    let one = |(id, folder): &(&str, Option<&str>)| {
        let found = evidence::find(env, folder.map(Path::new), id).map_err(|failure| failure.sentence());
        let parts = found.map(|found| {
            let part = |part: &backout_backup::evidence::Part| EvidencePart {
                of: part.content.named(),
                rows: part.rows,
                bytes: Some(part.bytes),
                sha256: Some(part.sha256.clone()),
            };
            found.parts.iter().map(part).collect()
        });
        ((*id).to_owned(), parts)
    };
    wanted.iter().map(one).collect()
}

/// What the certificates under which these were applied say of their undo.
async fn rehearsed(env: &Env, numbers: &[i64]) -> Result<Vec<Rehearsed>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let session = env.connect().await?;
    let (records, certificates) = (store::records(&session).await?, store::certificates(&session).await?);
    session.close().await;
    let mut all = Vec::new();
    for number in numbers {
        let Some(record) = records.iter().find(|record| record.number == *number) else { continue };
        let body = certificates.iter().find(|(id, _)| Some(id) == record.certificate.as_ref()).map(|(_, body)| body);
        let certificate = body.and_then(|body| serde_json::from_str::<Certificate>(body).ok());
        let found = certificate.iter().flat_map(|one| &one.migrations).find(|one| one.version == record.version);
        all.extend(found.map(|one| Rehearsed {
            number: *number,
            ms: one.undo_ms,
            lock_ms: one.undo_lock_ms,
            verdict: Verdict::worst(&one.verdicts).to_string(),
        }));
    }
    Ok(all)
}

/// How long the newest proof of each backup took.
async fn proven(env: &Env, backups: &[&str]) -> Result<Vec<(String, f64)>> {
    let mut all = Vec::new();
    if backups.is_empty() {
        return Ok(all);
    }
    let store = place::open(env, None, None)?;
    for id in backups {
        let manifest = shelf::load(&store, id).await?;
        let proofs = shelf::proofs(&store, &manifest).await?;
        let proof = proofs.iter().rev().find(|proof| proof.differences.is_empty());
        all.extend(proof.map(|proof| ((*id).to_owned(), proof.restore_ms + proof.compare_ms)));
    }
    Ok(all)
}

/// What was changed, and whether that was taken back: migrations of the target, and releases.
///
/// # Errors
/// Where the store cannot be read, or the target does not answer.
pub async fn history(env: &Env, runs: &Runs) -> Result<Vec<Change>> {
    let session = env.connect().await?;
    let records = store::records(&session).await?;
    session.close().await;
    let mut changes: Vec<Change> = Vec::new();
    for record in records.iter().filter(|record| record.state != State::Adopted) {
        let failed = record.state != State::Applied;
        changes.push(Change { at: record.finished_at.unwrap_or(record.started_at), failed });
    }
    let target = env.named();
    for one in runs.list(NEWEST).await? {
        if one.target != target || one.procedure != RELEASE {
            continue;
        }
        // What it migrated counts already.
        let has_migrated = records.iter().any(|record| {
            let at = record.finished_at.unwrap_or(record.started_at);
            at >= one.opened && at <= one.changed
        });
        let is_over = ["succeeded", "taken-back", "failed"].contains(&one.phase.as_str());
        if is_over && !has_migrated {
            changes.push(Change { at: one.changed, failed: one.phase != "succeeded" });
        }
    }
    changes.sort_by_key(|change| change.at);
    Ok(changes)
}
