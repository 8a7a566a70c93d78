//! What can be held against a backup that a migration would stand on.

use std::fmt;

use backout_backup::signing::Signature;
use serde::Serialize;

/// What is held against a backup.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "objection", rename_all = "kebab-case")]
pub enum Objection {
    /// In milliseconds.
    TooOld {
        age: f64,
        allowed: f64,
    },
    /// Nobody has signed it whom the plan names.
    NotSigned {
        signature: Signature,
    },
    NeverProven,
    /// It has proofs, and nobody has signed them whom the plan names.
    ProofNotSigned,
    ProofFailed {
        differences: Vec<String>,
    },
    /// The migration touches a table whose rows it does not hold.
    Uncovered {
        table: String,
    },
    /// It lacks the rows of these tables, and no rehearsal tells what the migration touches.
    Unknown {
        tables: Vec<String>,
    },
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOld { age, allowed } => {
                write!(f, "it is {} old, and the plan allows {}", long(*age), long(*allowed))
            }
            Self::NotSigned { signature } => write!(f, "it {}", unlike_demanded(signature)),
            Self::NeverProven => f.write_str("it was never proven"),
            Self::ProofNotSigned => {
                f.write_str("it has no proof that is signed by one of the keys of backup.signed_by")
            }
            Self::ProofFailed { differences } => write!(f, "proving it failed: {}", differences.join("; ")),
            Self::Uncovered { table } => {
                write!(f, "it does not hold the rows of {table}, which the migration touches")
            }
            Self::Unknown { tables } => write!(
                f,
                "it does not hold the rows of {}, and no rehearsal tells what the migration touches",
                tables.join(", ")
            ),
        }
    }
}

/// What is wrong with a signature that the plan does not take.
pub(super) fn unlike_demanded(signature: &Signature) -> String {
    match signature {
        Signature::NotSigned => "is not signed".to_owned(),
        Signature::Signed { by } => format!("is signed by {by}, which is not one of the keys of backup.signed_by"),
        Signature::DoesNotFit => "has a signature that does not fit: it is not what was signed".to_owned(),
    }
}

/// `3 days`, `5 h`, `10 min`, `8 s`, `1.0 ms`.
fn long(ms: f64) -> String {
    let seconds = (ms / 1e3).round() as u64;
    match seconds {
        0 => format!("{ms:.1} ms"),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
