//! What people report: complaints, escalations, data that looks wrong.
//!
//! Must not know: how a report arrives.

use backout_signals::{Observation, Said as What};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Kind, Said};
use crate::Boxed;
use crate::checks::Context;

/// The name of their inbox, and of this kind.
pub const SOURCE: &str = "reports";

/// Reports of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reports {
    /// `complaint`, `escalation`, or any other word.
    kind: String,
}

/// One report, as the inbox has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub kind: String,
    /// How many; 0 says that somebody looked and there is none.
    pub count: u64,
    /// Whom it happened to, by digests of what they are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    pub by: String,
}

impl Kind for Reports {
    fn said(&self) -> String {
        format!("reports of {}", self.kind)
    }

    fn ask<'a>(&'a self, _: &'a Context<'a>, _: &'a mut Value) -> Boxed<'a, Said> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn heard(&self, body: &[u8], at: Timestamp) -> Option<Observation> {
        let report = match serde_json::from_slice::<Report>(body) {
            Ok(report) => report,
            Err(error) => return Some(Observation::failed(at, format!("a report cannot be read: {error}"))),
        };
        let said = What::Events { count: report.count, of: None, who: report.who };
        (report.kind == self.kind).then_some(Observation { at, said })
    }
}

/// Tells people apart without naming them.
pub(crate) fn digest(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
