//! Records of a journal, each bound to all before it: what was changed, taken out or put into another order is found.
//!
//! A journal that was cut short at its end is a shorter chain that is whole; its store keeps how long it is and what
//! the last hash was, and whoever keeps the last hash elsewhere can tell by that.
//!
//! Must not know: where records lie.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::event::Event;
use crate::state::{Entry, Illegal, State, apply};

/// Stands in every hash, so that no other use of it gives the same.
const DOMAIN: &str = "backout journal 1";

/// An event as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// From 1, without a gap.
    pub seq: u64,
    pub at: Timestamp,
    /// `anna@laptop`.
    pub by: String,
    /// The lease under which it was written; never less than in the record before.
    pub fence: u64,
    /// The event as JSON, to the byte: a hash of a value that was written anew would be another.
    pub body: String,
    /// SHA-256 of this record and the hash before it, in hex.
    pub hash: String,
}

/// What is wrong with a journal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Broken {
    #[error("record {seq} of run {run} was changed after it was written")]
    Changed { run: String, seq: u64 },
    #[error("record {expected} of run {run} is missing; the next one is {found}")]
    Missing { run: String, expected: u64, found: u64 },
    #[error("record {seq} of run {run} was written under lease {found}, after one under {before}")]
    Fence { run: String, seq: u64, before: u64, found: u64 },
    #[error("the journal of run {run} has {found} records, and there were {expected}")]
    Short { run: String, expected: u64, found: u64 },
    #[error("record {seq} of run {run} is not known to this version: {said}")]
    Unknown { run: String, seq: u64, said: String },
    #[error("record {seq} of run {run} cannot follow")]
    Illegal {
        run: String,
        seq: u64,
        #[source]
        source: Illegal,
    },
}

/// The end of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: u64,
    pub hash: String,
}

impl Record {
    /// The record that follows.
    ///
    /// # Panics
    /// Never: an event is always JSON.
    pub fn after(run: &str, head: Option<&Head>, at: Timestamp, by: &str, fence: u64, event: &Event) -> Self {
        let body = serde_json::to_string(event).unwrap_or_default();
        let seq = head.map_or(1, |head| head.seq + 1);
        let before = head.map_or("", |head| &head.hash);
        let hash = hash(run, before, seq, at, by, fence, &body);
        Self { seq, at, by: by.to_owned(), fence, body, hash }
    }

    /// # Errors
    /// [`Broken::Unknown`].
    pub fn event(&self, run: &str) -> Result<Event, Broken> {
        serde_json::from_str(&self.body).map_err(|error| Broken::Unknown {
            run: run.to_owned(),
            seq: self.seq,
            said: error.to_string(),
        })
    }

    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash.clone() }
    }
}

fn hash(run: &str, before: &str, seq: u64, at: Timestamp, by: &str, fence: u64, body: &str) -> String {
    let mut digest = Sha256::new();
    // Each with its length, so that no two ways of cutting the same bytes are alike.
    for part in [DOMAIN, run, before, &seq.to_string(), &at.to_string(), by, &fence.to_string(), body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a journal from its beginning: that it is whole, and where the run stands. `None` is a journal without records.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(run: &str, records: &[Record], head: Option<&Head>) -> Result<Option<State>, Broken> {
    let (mut state, mut before, mut fence) = (None, String::new(), 0);
    for (record, expected) in records.iter().zip(1..) {
        let Record { seq, at, by, body, .. } = record;
        if *seq != expected {
            return Err(Broken::Missing { run: run.to_owned(), expected, found: *seq });
        }
        if record.hash != hash(run, &before, *seq, *at, by, record.fence, body) {
            return Err(Broken::Changed { run: run.to_owned(), seq: *seq });
        }
        if record.fence < fence {
            return Err(Broken::Fence { run: run.to_owned(), seq: *seq, before: fence, found: record.fence });
        }
        let event = record.event(run)?;
        let entry = Entry { at: *at, by, event: &event };
        let next = apply(state.as_ref(), entry);
        state = Some(next.map_err(|source| Broken::Illegal { run: run.to_owned(), seq: *seq, source })?);
        before.clone_from(&record.hash);
        fence = record.fence;
    }
    if let Some(head) = head {
        let found = records.len() as u64;
        if found < head.seq {
            return Err(Broken::Short { run: run.to_owned(), expected: head.seq, found });
        }
        if records.last().is_none_or(|last| last.hash != head.hash) {
            return Err(Broken::Changed { run: run.to_owned(), seq: head.seq });
        }
    }
    Ok(state)
}
