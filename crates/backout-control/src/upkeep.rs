//! What is to be done regularly, as `[serve]` says: backups are taken, proven and pruned, rehearsals that do not count any
//! more are made anew, and what is past its time leaves the archive.
//!
//! What is due is read off the target and its backups alone, so whoever looks next finds the same.
//!
//! Must not know: who looks, or how often.

use std::fmt;

use backout_backup::shelf;
use backout_plan::Plan;
use backout_plan::plan::Span;
use jiff::{SignedDuration, Timestamp};

use crate::status::Status;
use crate::{Boxed, Env, Halted, Refusal, Result, archive, place, prove, prune, rehearse, take};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chore {
    /// A backup is taken, and those that no rule keeps go.
    Backup,
    /// This backup is restored and compared.
    Prove(String),
    /// What is pending is rehearsed.
    Rehearse,
    /// What is past its time leaves the archive.
    Purge,
}

impl fmt::Display for Chore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backup => f.write_str("taking a backup"),
            Self::Prove(id) => write!(f, "proving backup {id}"),
            Self::Rehearse => f.write_str("rehearsing what is pending"),
            Self::Purge => f.write_str("removing what is past its time"),
        }
    }
}

/// Whether the plan wants anything of it.
pub fn is_wanted(plan: &Plan) -> bool {
    plan.serve.backup_every.is_some() || plan.serve.rehearse || plan.serve.purge
}

/// What is due now, the most urgent first. Nothing while a run is open: it has the target for itself.
pub fn due(status: &Status, plan: &Plan, now: Timestamp) -> Vec<Chore> {
    if !status.runs.is_empty() {
        return Vec::new();
    }
    let mut due = Vec::new();
    // Where the place cannot be read, nobody knows what lies there.
    if let (Some(every), Some(backups)) = (plan.serve.backup_every, &status.backups) {
        let newest = backups.newest();
        if newest.and_then(|one| one.manifest()).is_none_or(|manifest| is_past(manifest.at, every, now)) {
            due.push(Chore::Backup);
        }
        // Whoever only takes has no secret to read what is encrypted.
        if let Some(newest) = newest.filter(|one| one.proofs.is_empty() && plan.backup.encrypt_to.is_empty()) {
            due.push(Chore::Prove(newest.id.clone()));
        }
    }
    let is_said = |code: &str| status.attention.iter().any(|finding| finding.code == code);
    // What was taken back and may not be applied again yet need not be rehearsed.
    if plan.serve.rehearse && (is_said("certificate.none") || is_said("certificate.void")) && !is_said("retry.closed") {
        due.push(Chore::Rehearse);
    }
    if plan.serve.purge && status.kept.iter().any(|kept| kept.keep_until.is_some_and(|until| until < now)) {
        due.push(Chore::Purge);
    }
    due
}

fn is_past(at: Timestamp, every: Span, now: Timestamp) -> bool {
    let every = SignedDuration::try_from(every.duration()).unwrap_or(SignedDuration::MAX);
    now.duration_since(at) >= every
}

/// Does it: what came of it, in a sentence.
///
/// # Errors
/// What went wrong; also where a backup or a rehearsal is not what it should be.
pub fn run<'a>(env: &'a Env, chore: &'a Chore) -> Boxed<'a, Result<String>> {
    Box::pin(async move {
        match chore {
            Chore::Backup => {
                let store = place::open(env, None, None)?;
                let taken = take::run(env, &store, &take::Options::default()).await?;
                let judged = prune::run(env, &store, false).await?.judged;
                let gone = judged.iter().filter(|one| one.kept.is_none()).count();
                Ok(format!("backup {} is taken; {gone} that no rule keeps are gone", taken.manifest.id))
            }
            Chore::Prove(id) => {
                let store = place::open(env, None, None)?;
                let manifest = shelf::find(&store, id, &|_| true).await?;
                let done = prove::run(env, &store, &manifest, None).await?;
                if !done.proven {
                    let said = format!("backup {id} does not restore to what it was taken from");
                    return Err(Refusal::failed(said, None).into());
                }
                Ok(format!("backup {id} is proven"))
            }
            Chore::Rehearse => match rehearse::run(env, &rehearse::Options::default()).await? {
                None => Ok("nothing is pending".to_owned()),
                Some(done) if done.certificate.proven() => {
                    Ok(format!("what is pending is rehearsed: certificate {}", done.certificate.id()))
                }
                Some(done) => {
                    let said = format!("the rehearsal proved not all: certificate {}", done.certificate.id());
                    Err(Refusal::failed(said, None).into())
                }
            },
            Chore::Purge => match archive::purge(env, archive::Which::Expired).await {
                Ok(gone) => Ok(format!("{} past their time are removed from the archive", gone.len())),
                Err(Halted { failure, .. }) => Err(failure),
            },
        }
    })
}
