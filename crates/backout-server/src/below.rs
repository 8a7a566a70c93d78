//! Where this crate meets how webhooks are verified.
//!
//! Must not know: requests.

use axum::http::HeaderMap;
use backout_plan::plan::PlanSource;
use jiff::Timestamp;

/// Why a message is not taken. Nobody outside learns which.
#[derive(Debug)]
pub(crate) struct Doubtful(pub(crate) String);

/// A source that sends messages by itself.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) name: String,
    kind: String,
    secret: String,
}

impl Sender {
    /// The source, if it is of such a kind.
    pub(crate) fn of(source: &PlanSource, variables: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let (kind, what) = source.ask.as_object()?.iter().next()?;
        let secret = what["secret"].as_str()?;
        let secret = secret.strip_prefix("env:").and_then(variables).unwrap_or_default();
        Some(Self { name: source.name.clone(), kind: kind.clone(), secret })
    }

    /// The sender's name for the message, if it is theirs.
    pub(crate) fn verified(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<String, Doubtful> {
        let _ = (headers, body, now, &self.kind, &self.secret);
        Err(Doubtful("no kind of webhook is known yet".to_owned()))
    }
}
