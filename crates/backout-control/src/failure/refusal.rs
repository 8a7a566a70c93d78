//! What we refuse by ourselves, before or instead of doing it: each with what it is about, where it leaves the target,
//! and the remedies.
//!
//! Must not know: flags and commands. The sentence names what is wrong, the remedies say what can be done.

use backout_backup::signing::Signature;
use backout_plan::plan::Demand;
use backout_plan::wording::{count, moment};
use backout_plan::{Exit, IdentityVerdict, Remedy, Signer};
use serde::Serialize;
use thiserror::Error;

use super::Objection;
use super::objection::unlike_demanded;

/// Versions that a hint names.
const SHOWN: usize = 20;

/// A migration on record, as refusals name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interrupted {
    pub number: i64,
    pub version: String,
    pub done: i32,
    pub steps: i32,
}

/// Why an interrupted migration cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CannotResume {
    /// Other migrations come before it now.
    NotFirst,
    FileMissing,
    FileChanged,
}

/// Something that an undo set aside and that belongs to a migration that is about to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    pub what: String,
    pub rows: i64,
}

/// Without any I/O of its own: the facts that decided, as data.
#[derive(Debug, Clone, Error, Serialize)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
pub enum Refusal {
    #[error("{0}")]
    Identity(IdentityVerdict),
    #[error("{said:?} was confirmed, and the target is {claimed:?}; nothing was done")]
    ConfirmedAnother { said: String, claimed: String },
    #[error("no target is named")]
    NoTarget { known: Vec<String> },
    #[error("there is no plan")]
    NoPlan,
    #[error(
        "{endpoint} is {pooler}: its connections change servers between transactions, and what Backout does needs a session of its own"
    )]
    Pooler { endpoint: String, pooler: String, advice: String },
    #[error("the undo of migration {number} ({version}) has work left")]
    UndoUnfinished { number: i64, version: String },
    #[error("{reason}")]
    Tool { reason: String },
    #[error("there is no migration of version {version:?}")]
    NoSuchVersion { version: String, pending: Vec<String> },
    #[error("migration {} ({}) was interrupted after step {} of {}, and {}", .record.number, .record.version, .record.done, .record.steps, why(*.cannot))]
    CannotResume { record: Interrupted, cannot: CannotResume },
    #[error("an undo has set aside what was written here: {}", listed(what))]
    SetAside { what: Vec<SetAside> },
    #[error("{}", retry(version, *undone_at, *not_before, left))]
    Retry { version: String, undone_at: jiff::Timestamp, not_before: Option<jiff::Timestamp>, left: Vec<String> },
    #[error("a reason is needed to go without a {what}: it is recorded and shown")]
    ReasonMissing { what: &'static str },
    #[error("{}", certificate(target, *demand, versions, objections))]
    Certificate { target: String, demand: Demand, versions: Vec<String>, objections: Vec<String> },
    #[error("{}", backup(target, store, nearest))]
    Backup { target: String, store: String, nearest: Option<(String, Vec<Objection>)> },
    #[error("backup {backup} {}; nothing of it was used", unlike_demanded(.signature))]
    NotSigned { backup: String, signature: Signature, signed_by: Vec<Signer> },
    #[error("{}", cannot_sign(.with.as_ref(), .signed_by))]
    CannotSign { with: Option<Signer>, signed_by: Vec<Signer> },
    #[error("{folder} has no {program}")]
    ProgramMissing { folder: String, program: String },
    #[error("{file} holds no certificate: {said}")]
    NoCertificate { file: String, said: String },
    #[error("backup {backup} is of another database, {endpoint}")]
    AnotherSource { backup: String, endpoint: String },
    #[error("not confirmed: {question}")]
    Unconfirmed { question: String, claimed: String },
    #[error("the answer was not the target's name")]
    Declined,
    #[error("left in the middle")]
    LeftInTheMiddle,
    #[error("stopped; what was taken so far is no backup yet")]
    BackupStopped { id: Option<String> },
    #[error("there is nothing to undo: no migration that is on record in this target is applied")]
    NothingToUndo,
    #[error("{version} is {}", if *.undone { "undone already" } else { "not on record in this target" })]
    NotApplied { version: String, undone: bool },
    #[error("{version} cannot be undone by itself: applied after it: {}", .after.join(", "))]
    NotTheNewest { version: String, after: Vec<String> },
    #[error("{asked} migrations were asked for, and {there} can be undone in this target")]
    TooMany { asked: usize, there: usize },
    #[error("{said}")]
    Usage { said: String, remedy: Option<Remedy> },
    #[error("{said}")]
    Refused { said: String, remedy: Option<Remedy> },
    #[error("{said}")]
    Failed { said: String, remedy: Option<Remedy> },
    #[error("backup {backup} does not hold the rows of {}: these tables would be empty", .tables.join(", "))]
    RowsMissing { backup: String, tables: Vec<String> },
    #[error("the target has another schema since backup {backup} was taken: {}", .changed.join("; "))]
    SchemaChanged { backup: String, changed: Vec<String> },
    #[error("what was restored is not what was taken: {}", .differences.join("; "))]
    Unlike { differences: Vec<String> },
    #[error("nothing that {} changed is captured there", numbers(.transactions))]
    UnknownTransactions { transactions: Vec<u64> },
    #[error("what {} did cannot be left out whole; of {table} {stays}{why}", numbers(.transactions))]
    NotWhole { transactions: Vec<u64>, table: String, stays: String, why: String },
}

impl Refusal {
    /// A wish that makes no sense as it stands.
    pub fn usage(said: impl Into<String>, remedy: Option<Remedy>) -> Self {
        Self::Usage { said: said.into(), remedy }
    }

    /// Something of this target, or of what was asked for, that is in the way.
    pub fn refused(said: impl Into<String>, remedy: Option<Remedy>) -> Self {
        Self::Refused { said: said.into(), remedy }
    }

    /// Something that did not work out.
    pub fn failed(said: impl Into<String>, remedy: Option<Remedy>) -> Self {
        Self::Failed { said: said.into(), remedy }
    }

    /// What state the target is in.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoPlan
            | Self::NoTarget { .. }
            | Self::NoSuchVersion { .. }
            | Self::ReasonMissing { .. }
            | Self::NoCertificate { .. }
            | Self::Usage { .. }
            | Self::UnknownTransactions { .. } => Exit::Usage,
            Self::LeftInTheMiddle | Self::BackupStopped { .. } => Exit::Interrupted,
            Self::Failed { .. } | Self::Unlike { .. } | Self::ProgramMissing { .. } => Exit::Failed,
            _ => Exit::Refused,
        }
    }

    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Identity(verdict) => verdict.remedies(),
            Self::Tool { .. }
            | Self::ReasonMissing { .. }
            | Self::Declined
            | Self::NothingToUndo
            | Self::TooMany { .. }
            | Self::Unlike { .. }
            | Self::NoCertificate { .. } => Vec::new(),
            Self::Usage { remedy, .. } | Self::Refused { remedy, .. } | Self::Failed { remedy, .. } => {
                remedy.iter().cloned().collect()
            }
            Self::BackupStopped { id } => id.iter().map(|id| Remedy::ResumeBackup { id: id.clone() }).collect(),
            Self::NotApplied { .. } => vec![Remedy::History],
            Self::NotTheNewest { after, .. } => vec![Remedy::UndoNewest { count: after.len() + 1 }],
            Self::RowsMissing { .. } => vec![Remedy::RestoreInto, Remedy::Partial],
            Self::SchemaChanged { .. } => vec![Remedy::TakeBackup],
            Self::UnknownTransactions { .. } => vec![Remedy::RowsLog],
            Self::NotWhole { .. } => vec![Remedy::RowsUndo],
            Self::ProgramMissing { .. } => vec![Remedy::NamePrograms],
            Self::AnotherSource { .. } => vec![Remedy::OtherSource],
            Self::NoTarget { known } => vec![Remedy::NameTarget { known: known.clone() }],
            Self::NoPlan => vec![Remedy::Init],
            Self::Pooler { advice, .. } => vec![Remedy::advice(advice.clone())],
            Self::UndoUnfinished { .. } => vec![Remedy::FinishUndo],
            Self::NoSuchVersion { pending, .. } => {
                let more = pending.len().saturating_sub(SHOWN);
                let mut list = pending[..pending.len() - more].join(", ");
                match more {
                    _ if pending.is_empty() => list.push_str("nothing"),
                    0 => {}
                    more => list.push_str(&format!(" and {more} more")),
                }
                vec![Remedy::advice(format!("pending: {list}"))]
            }
            Self::CannotResume { cannot: CannotResume::FileChanged, .. } => {
                vec![Remedy::advice("put the file back as it was to go on"), Remedy::Undo]
            }
            Self::CannotResume { .. } => vec![Remedy::Undo],
            Self::SetAside { .. } => vec![Remedy::Reimport, Remedy::LeaveAside],
            Self::Retry { .. } => vec![Remedy::Actions, Remedy::RetryAnyway],
            Self::Certificate { .. } => vec![Remedy::Rehearse, Remedy::WithoutCertificate],
            Self::Backup { .. } => vec![Remedy::TakeProvenBackup, Remedy::WithoutBackup],
            Self::NotSigned { signature: Signature::Signed { by }, .. } => {
                vec![Remedy::TrustSigner { signer: *by }, Remedy::ListBackups]
            }
            Self::NotSigned { .. } => vec![Remedy::TakeBackup, Remedy::ListBackups],
            Self::CannotSign { with: Some(with), .. } => vec![Remedy::TrustSigner { signer: *with }, Remedy::SignWith],
            Self::CannotSign { with: None, .. } => vec![Remedy::SignWith],
            Self::Unconfirmed { claimed, .. } | Self::ConfirmedAnother { claimed, .. } => {
                vec![Remedy::ConfirmTarget { name: claimed.clone() }]
            }
            Self::LeftInTheMiddle => {
                vec![Remedy::advice("the server rolls the open transaction back"), Remedy::Status]
            }
        }
    }
}

fn numbers(transactions: &[u64]) -> String {
    transactions.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn why(cannot: CannotResume) -> &'static str {
    match cannot {
        CannotResume::NotFirst => "other migrations come before it now",
        CannotResume::FileMissing => "its file is not there any more",
        CannotResume::FileChanged => "its file was changed since",
    }
}

fn listed(what: &[SetAside]) -> String {
    let each = what.iter().map(|one| format!("{} ({})", one.what, count(one.rows, "row")));
    each.collect::<Vec<_>>().join(", ")
}

fn certificate(target: &str, demand: Demand, versions: &[String], objections: &[String]) -> String {
    let message = format!(
        "{target} demands a rehearsal ({demand}), and there is no valid certificate for {}",
        versions.join(", ")
    );
    if objections.is_empty() {
        return message;
    }
    format!("{message}; the nearest one does not serve: {}", objections.join("; "))
}

fn retry(version: &str, undone_at: jiff::Timestamp, not_before: Option<jiff::Timestamp>, left: &[String]) -> String {
    let early = not_before.map(|from| format!("not before {}", moment(from)));
    let left = (!left.is_empty()).then(|| format!("not before these are done: {}", left.join(", ")));
    let why: Vec<String> = early.into_iter().chain(left).collect();
    format!("{version} was undone {}; the plan lets it be tried again {}", moment(undone_at), why.join(" and "))
}

fn cannot_sign(with: Option<&Signer>, signed_by: &[Signer]) -> String {
    let keys: Vec<String> = signed_by.iter().map(ToString::to_string).collect();
    let demanded = format!("backup.signed_by demands a signature by {}", keys.join(" or "));
    match with {
        None => format!("{demanded}, and backup.sign_with names no key to sign with"),
        Some(with) => format!("{demanded}, and the key of backup.sign_with is that of {with}"),
    }
}

fn backup(target: &str, store: &str, nearest: &Option<(String, Vec<Objection>)>) -> String {
    let message = format!("{target} demands a proven backup, and there is none in {store} that serves");
    match nearest {
        Some((id, objections)) => {
            let said: Vec<String> = objections.iter().map(ToString::to_string).collect();
            format!("{message}; the nearest one is {id}: {}", said.join("; "))
        }
        None => message,
    }
}
