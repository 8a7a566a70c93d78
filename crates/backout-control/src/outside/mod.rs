//! What steps and checks do outside: requests, programs, and the secrets that go with them.
//!
//! Must not know: runs, steps, checks.

pub mod http;
pub mod program;
pub mod secrets;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::{Cause, Env, Failure};

/// Why a step did not do what it is for, or a check does not hold.
#[derive(Debug, Clone)]
pub struct Trouble {
    pub why: String,
    /// Another attempt may help.
    pub again: bool,
    pub facts: Value,
}

impl Trouble {
    pub fn new(why: impl Into<String>, again: bool) -> Self {
        Self { why: why.into(), again, facts: Value::Null }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        let again = match failure.cause() {
            // A refusal is the same the next time.
            Cause::Refused(_) => false,
            Cause::Service(error) => error.is_passing(),
            _ => true,
        };
        Self::new(failure.sentence(), again)
    }
}

/// What whoever goes outside may use, and until when.
#[derive(Debug, Clone)]
pub struct Errand<'e> {
    pub env: &'e Env,
    pub deadline: Timestamp,
    /// By this name the outside knows that it has done it already.
    pub mark: Option<String>,
}

impl Errand<'_> {
    /// What is left of its time.
    pub fn left(&self) -> Duration {
        Duration::try_from(self.deadline.duration_since(Timestamp::now())).unwrap_or_default()
    }
}
