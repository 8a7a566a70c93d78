//! Is this database the one that is meant? Compares what is on record about a target with what a session sees.
//!
//! It must not connect to anything or ask anybody: it says what there is to ask, the command line asks.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::remedy::Remedy;

/// What is on record about a target: the row in its own `backout` schema, or the copy in a certificate or a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetIdentity {
    /// A UUID, made at first contact.
    pub marker: String,
    /// The name that changing commands give: `production`.
    pub name: String,
    /// `pg_control_system().system_identifier`; `None` where the server does not let us read it.
    pub system_identifier: Option<String>,
    pub database: String,
    /// `host:port/dbname` as it was then.
    pub endpoint: String,
    #[schemars(with = "String")]
    pub first_seen: Timestamp,
}

/// What the session in hand sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenIdentity {
    /// The marker found inside this database, if there is one.
    pub marker: Option<String>,
    pub system_identifier: Option<String>,
    pub database: String,
    pub endpoint: String,
}

/// The outcome of comparing the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "identity", rename_all = "kebab-case")]
pub enum IdentityVerdict {
    /// It is the one. The notes are worth showing and need no answer.
    Same { notes: Vec<String> },
    /// Nothing is on record and the database has no marker: ask, or take `--yes NAME`.
    FirstContact { claimed: String, database: String, endpoint: String },
    /// The right marker, but the command says another name.
    DifferentName { recorded: String, claimed: String },
    /// The same marker on another server or in another database: a restored copy, or a branch. Ask.
    CopyOf {
        recorded: Box<TargetIdentity>,
        claimed: String,
        /// What differs, one line each.
        differences: Vec<String>,
    },
    /// Another database than the one on record: refuse.
    Mismatch { recorded: Box<TargetIdentity>, seen_marker: Option<String>, endpoint: String },
}

/// Compares the record with what is seen. `claimed_name` is the target's name as the command gives it.
///
/// A new endpoint alone, on the same server identifier and database, is a note: failover, or another address of the
/// same server. Where either side does not know the server identifier, a new endpoint cannot be told from a copy.
pub fn compare(recorded: Option<&TargetIdentity>, seen: &SeenIdentity, claimed_name: &str) -> IdentityVerdict {
    let claimed = claimed_name.to_owned();
    let Some(recorded) = recorded else {
        return IdentityVerdict::FirstContact {
            claimed,
            database: seen.database.clone(),
            endpoint: seen.endpoint.clone(),
        };
    };
    if seen.marker.as_deref().is_none_or(|marker| !marker.eq_ignore_ascii_case(&recorded.marker)) {
        return IdentityVerdict::Mismatch {
            recorded: Box::new(recorded.clone()),
            seen_marker: seen.marker.clone(),
            endpoint: seen.endpoint.clone(),
        };
    }

    let mut differences = Vec::new();
    let mut notes = Vec::new();
    let moved = recorded.endpoint != seen.endpoint;
    match (&recorded.system_identifier, &seen.system_identifier) {
        (Some(then), Some(now)) if then != now => {
            differences.push(format!("the server's identifier was {then} and is {now}"));
        }
        (Some(_), Some(_)) if moved => notes.push(format!(
            "the endpoint was {} and is {}: the server's identifier and the database are the same",
            recorded.endpoint, seen.endpoint
        )),
        (Some(_), Some(_)) => {}
        _ if moved => differences.push(format!(
            "the endpoint was {} and is {}, and the server's identifier is not known for both",
            recorded.endpoint, seen.endpoint
        )),
        _ => {}
    }
    if recorded.database != seen.database {
        differences.push(format!("the database was called {} and is called {}", recorded.database, seen.database));
    }

    if !differences.is_empty() {
        return IdentityVerdict::CopyOf { recorded: Box::new(recorded.clone()), claimed, differences };
    }
    if recorded.name != claimed_name {
        return IdentityVerdict::DifferentName { recorded: recorded.name.clone(), claimed };
    }
    IdentityVerdict::Same { notes }
}

impl IdentityVerdict {
    /// A changing command may go on without asking anybody.
    pub fn is_same(&self) -> bool {
        matches!(self, Self::Same { .. })
    }

    /// Somebody can settle it by an answer or by `--yes NAME`. The others are refused.
    pub fn can_be_answered(&self) -> bool {
        matches!(self, Self::FirstContact { .. } | Self::CopyOf { .. })
    }

    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Same { .. } => Vec::new(),
            Self::FirstContact { claimed, .. } => vec![Remedy::ConfirmTarget { name: claimed.clone() }],
            Self::CopyOf { claimed, .. } => vec![
                Remedy::ConfirmTarget { name: claimed.clone() },
                Remedy::advice(format!("then it is {claimed} from now on, with a marker of its own")),
            ],
            Self::DifferentName { recorded, claimed } => vec![
                Remedy::NameTarget { known: vec![recorded.clone()] },
                Remedy::advice(format!("if {claimed} is meant, its connection is wrong")),
            ],
            Self::Mismatch { recorded, .. } => vec![Remedy::advice(format!(
                "check the connection of {}: it was seen at {}",
                recorded.name, recorded.endpoint
            ))],
        }
    }
}

impl fmt::Display for IdentityVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same { notes } if notes.is_empty() => f.write_str("the target is the one on record"),
            Self::Same { notes } => write!(f, "the target is the one on record ({})", notes.join("; ")),
            Self::FirstContact { claimed, endpoint, .. } => {
                write!(f, "{endpoint} has not been seen before; the command calls it {claimed}")
            }
            Self::DifferentName { recorded, claimed } => {
                write!(f, "the command says {claimed}, but this database is on record as {recorded}")
            }
            Self::CopyOf { recorded, claimed, differences } => write!(
                f,
                "the command says {claimed}, and this database carries the marker of {} but is not where {} was: {}. \
                 It looks like a restored copy or a branch",
                recorded.name,
                recorded.name,
                differences.join("; ")
            ),
            Self::Mismatch { recorded, seen_marker: Some(marker), endpoint } => write!(
                f,
                "{endpoint} is another database than {}: its marker is {marker}, and {} is on record",
                recorded.name, recorded.marker
            ),
            Self::Mismatch { recorded, seen_marker: None, endpoint } => write!(
                f,
                "{endpoint} carries no marker, but {} is on record with marker {}: it is another database, or its \
                 backout schema was dropped",
                recorded.name, recorded.marker
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKER: &str = "6f1d9a52-2f0e-4b5e-9d57-0d2f0c7a1b11";

    fn recorded(system: Option<&str>) -> TargetIdentity {
        TargetIdentity {
            marker: MARKER.into(),
            name: "production".into(),
            system_identifier: system.map(Into::into),
            database: "app".into(),
            endpoint: "db1:5432/app".into(),
            first_seen: "2026-01-02T03:04:05Z".parse().unwrap(),
        }
    }

    fn seen(marker: Option<&str>, system: Option<&str>, database: &str, endpoint: &str) -> SeenIdentity {
        SeenIdentity {
            marker: marker.map(Into::into),
            system_identifier: system.map(Into::into),
            database: database.into(),
            endpoint: endpoint.into(),
        }
    }

    #[test]
    fn tells_the_same_from_the_copied_and_the_wrong() {
        let upper = MARKER.to_uppercase();
        let (m, other) = (Some(MARKER), Some("00000000-0000-0000-0000-000000000000"));
        // (identifier on record, what is seen, name in the command, start of the verdict's text, can be answered)
        for (system, seen, claimed, text, answerable) in [
            (
                Some("7"),
                seen(m, Some("7"), "app", "db1:5432/app"),
                "production",
                "the target is the one on record",
                false,
            ),
            (
                Some("7"),
                seen(Some(&upper), Some("7"), "app", "db1:5432/app"),
                "production",
                "the target is the one",
                false,
            ),
            (
                Some("7"),
                seen(m, Some("7"), "app", "db2:5432/app"),
                "production",
                "the target is the one on record (the endpoint was db1:5432/app and is db2:5432/app",
                false,
            ),
            (None, seen(m, Some("7"), "app", "db1:5432/app"), "production", "the target is the one on record", false),
            (
                None,
                seen(m, Some("7"), "app", "db2:5432/app"),
                "production",
                "the command says production, and this database carries the marker of production but",
                true,
            ),
            (
                Some("7"),
                seen(m, Some("8"), "app", "db1:5432/app"),
                "production",
                "the command says production, and this database carries the marker",
                true,
            ),
            (
                Some("7"),
                seen(m, Some("8"), "app", "db9:5432/app"),
                "staging",
                "the command says staging, and this database carries the marker of production",
                true,
            ),
            (
                Some("7"),
                seen(m, Some("7"), "app_copy", "db1:5432/app_copy"),
                "production",
                "the command says production, and this database carries",
                true,
            ),
            (
                Some("7"),
                seen(m, Some("7"), "app", "db1:5432/app"),
                "staging",
                "the command says staging, but this database is on record as production",
                false,
            ),
            (
                Some("7"),
                seen(other, Some("7"), "app", "db1:5432/app"),
                "production",
                "db1:5432/app is another database than production",
                false,
            ),
            (
                Some("7"),
                seen(None, Some("7"), "app", "db1:5432/app"),
                "production",
                "db1:5432/app carries no marker",
                false,
            ),
        ] {
            let verdict = compare(Some(&recorded(system)), &seen, claimed);
            assert!(verdict.to_string().starts_with(text), "{verdict}\nexpected: {text}");
            assert_eq!(verdict.can_be_answered(), answerable, "{verdict}");
            assert_eq!(verdict.is_same(), text.starts_with("the target is the one"), "{verdict}");
            assert_eq!(verdict.remedies().is_empty(), verdict.is_same());
        }
    }

    #[test]
    fn every_difference_of_a_copy_is_named() {
        let verdict =
            compare(Some(&recorded(Some("7"))), &seen(Some(MARKER), Some("8"), "branch", "x:1/branch"), "production");
        let IdentityVerdict::CopyOf { differences, .. } = verdict else { panic!("{verdict}") };
        assert_eq!(
            differences,
            ["the server's identifier was 7 and is 8", "the database was called app and is called branch"]
        );
    }

    #[test]
    fn nothing_on_record_is_a_first_contact() {
        let verdict = compare(None, &seen(None, Some("7"), "app", "db1:5432/app"), "production");
        assert_eq!(verdict.to_string(), "db1:5432/app has not been seen before; the command calls it production");
        assert!(
            verdict.can_be_answered()
                && verdict.remedies() == [Remedy::ConfirmTarget { name: "production".to_owned() }]
        );
    }

    #[test]
    fn an_identity_survives_json() {
        let identity = recorded(Some("7"));
        let json = serde_json::to_string(&identity).unwrap();
        assert_eq!(serde_json::from_str::<TargetIdentity>(&json).unwrap(), identity);
    }
}
