//! What outside services send by themselves: whether it is theirs, and what it says. One kind a file.
//!
//! Must not know: how a message arrives, what time it is, or where it is kept.

mod alertmanager;
mod fields;
mod json;
mod logs;
mod otlp;
mod otlp_protobuf;
mod sentry;
mod signed;
mod standard;

use std::collections::BTreeMap;
use std::io::Read as _;

pub use otlp_protobuf::{otlp_json, rpc_status};
pub(crate) use standard::sign;

use backout_signals::Observation;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Header by its name in small letters.
pub type Headers<'h> = &'h dyn Fn(&str) -> Option<&'h str>;

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no kind of webhook {0:?}")]
    Kind(String),
    #[error("the header {0} is missing")]
    Missing(&'static str),
    #[error("the signature is not one of this secret")]
    Signature,
    #[error("it is of {0}, too long ago or to come")]
    Stale(Timestamp),
    #[error("the secret cannot be one: {0}")]
    Secret(&'static str),
    #[error("it is packed as {0:?}")]
    Packed(String),
    #[error("unpacked it is larger than {0} bytes")]
    TooLarge(usize),
    #[error("it cannot be unpacked")]
    Damaged,
    #[error("it is no JSON")]
    NotJson,
    #[error("it is no message of OTLP: {0}")]
    Protobuf(&'static str),
}

/// What of a message counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// Labels, tags, fields or attributes, and what they must be. `5xx` stands for every status of 500 and more.
    #[serde(rename = "where")]
    pub labels: BTreeMap<String, String>,
    /// Where in a JSON body a reading stands, as a JSON pointer.
    pub value: Option<String>,
    /// The same for events, and for how many could have been one.
    pub bad: Option<String>,
    pub of: Option<String>,
    /// Whom it happened to.
    pub who: Option<String>,
}

impl Wanted {
    /// Whether all that is wanted is so.
    fn fits<'v>(&self, is: impl Fn(&str) -> Option<&'v str>) -> bool {
        self.labels.iter().all(|(name, wanted)| is(name).is_some_and(|value| same(value, wanted)))
    }
}

/// Whether a value is what is wanted, where a class of statuses is one.
fn same(value: &str, wanted: &str) -> bool {
    match wanted.strip_suffix("xx") {
        Some(class) if class.len() == 1 => value.len() == 3 && value.starts_with(class),
        _ => value == wanted || wanted.strip_suffix('*').is_some_and(|begin| value.starts_with(begin)),
    }
}

/// What a message says, if anything, or why nobody can tell.
pub type Says = Result<Option<Observation>, String>;
/// The sender's name for the message.
type Verified = Result<String, Refused>;
type Verify = fn(&[u8], Headers<'_>, &[u8], Timestamp) -> Verified;

struct Kind {
    name: &'static str,
    verify: Verify,
    says: fn(&[u8], Timestamp, &Wanted) -> Says,
}

/// The kind whose messages may also be protobuf, and whose senders expect its answers.
pub const OTLP: &str = "otlp";

const KINDS: &[Kind] = &[
    Kind { name: "alertmanager", verify: signed::bearer, says: alertmanager::says },
    Kind { name: "json", verify: json::verify, says: json::says },
    Kind { name: OTLP, verify: signed::bearer, says: otlp::says },
    Kind { name: "sentry", verify: sentry::verify, says: sentry::says },
    Kind { name: "standard", verify: standard::verify, says: json::says },
    Kind { name: "supabase", verify: signed::bearer, says: logs::says },
    Kind { name: "vercel", verify: logs::verify_vercel, says: logs::says },
];

/// The names of all kinds.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

fn kind(name: &str) -> Result<&'static Kind, Refused> {
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| Refused::Kind(name.to_owned()))
}

/// Whether a message is its sender's: by what name the sender calls it, so that a second copy is recognised.
///
/// # Errors
/// Why it is not, or nobody can tell.
pub fn verify(name: &str, secret: &[u8], headers: Headers<'_>, raw: &[u8], now: Timestamp) -> Verified {
    if secret.is_empty() {
        return Err(Refused::Secret("it is empty"));
    }
    (kind(name)?.verify)(secret, headers, raw, now)
}

/// What a message says of what is wanted: all that it has of it as one observation, so that a list costs no more.
///
/// # Errors
/// Why nobody can tell.
pub fn says(name: &str, raw: &[u8], at: Timestamp, wanted: &Wanted) -> Says {
    let kind = kind(name).map_err(|refused| refused.to_string())?;
    (kind.says)(raw, at, wanted)
}

/// The body as it was before it was packed for the way. What would be larger than `most` is refused before it is there.
///
/// # Errors
/// What cannot be unpacked, or is too large.
pub fn unpacked(encoding: Option<&str>, raw: Vec<u8>, most: usize) -> Result<Vec<u8>, Refused> {
    match encoding.map(str::trim) {
        None | Some("" | "identity") if raw.len() <= most => Ok(raw),
        None | Some("" | "identity") => Err(Refused::TooLarge(most)),
        Some("gzip" | "x-gzip") => {
            let mut body = Vec::new();
            let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
            let mut reader = flate2::read::MultiGzDecoder::new(raw.as_slice()).take(limit);
            reader.read_to_end(&mut body).map_err(|_| Refused::Damaged)?;
            if body.len() > most { Err(Refused::TooLarge(most)) } else { Ok(body) }
        }
        Some(other) => Err(Refused::Packed(other.to_owned())),
    }
}

#[cfg(test)]
mod tests;
