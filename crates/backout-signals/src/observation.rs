//! What a source says at one moment.
//!
//! Must not know: who asked, or what is made of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a source said, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The moment that it is about, which may be before it arrived.
    pub at: Timestamp,
    #[serde(flatten)]
    pub said: Said,
}

/// Missing data is a kind of its own: never healthy, never a breach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Said {
    /// So many events since the last observation; of how many in all, where the source knows that. A source that says
    /// `count: 0` has looked and seen none.
    Events {
        count: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<u64>,
        /// Who they happened to, as far as that is known: one name for each person, session or account.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        who: Vec<String>,
    },
    /// A reading that holds until the next one: a gauge, or a rate or quantile that the source itself has computed.
    Reading {
        value: f64,
        /// How many samples stand behind it, where the source knows that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        samples: Option<u64>,
    },
    /// Single measurements since the last observation, such as durations in milliseconds.
    Samples { values: Vec<f64> },
    /// The source was asked and could not say.
    Failed { why: String },
}

impl Observation {
    pub fn events(at: Timestamp, count: u64, of: Option<u64>) -> Self {
        Self { at, said: Said::Events { count, of, who: Vec::new() } }
    }

    pub fn reading(at: Timestamp, value: f64) -> Self {
        Self { at, said: Said::Reading { value, samples: None } }
    }

    pub fn failed(at: Timestamp, why: impl Into<String>) -> Self {
        Self { at, said: Said::Failed { why: why.into() } }
    }
}
