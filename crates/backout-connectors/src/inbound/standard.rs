//! Standard Webhooks, which Svix and so Clerk send: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
//!
//! Must not know: what is in the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;

use super::signed::{is_signed_by, recent};
use super::{Headers, Refused};

pub(super) fn verify(secret: &[u8], headers: Headers<'_>, raw: &[u8], now: Timestamp) -> Result<String, Refused> {
    let key = key(secret)?;
    let header = |name: &'static str, svix: &str| headers(name).or_else(|| headers(svix)).ok_or(Refused::Missing(name));
    let id = header("webhook-id", "svix-id")?;
    let at = header("webhook-timestamp", "svix-timestamp")?;
    let signatures = header("webhook-signature", "svix-signature")?;
    recent(at, now)?;
    let message = [id.as_bytes(), b".", at.as_bytes(), b".", raw].concat();
    // While a secret is exchanged there are several.
    let is_theirs = signatures
        .split_whitespace()
        .filter_map(|one| one.strip_prefix("v1,"))
        .any(|one| STANDARD.decode(one).is_ok_and(|signature| is_signed_by(&key, &message, &signature)));
    if is_theirs { Ok(id.to_owned()) } else { Err(Refused::Signature) }
}

/// The signature of a message of ours, as the header has it.
pub(crate) fn sign(secret: &[u8], id: &str, at: Timestamp, raw: &[u8]) -> Result<String, Refused> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key(secret)?);
    let message = [id.as_bytes(), b".", at.as_second().to_string().as_bytes(), b".", raw].concat();
    Ok(format!("v1,{}", STANDARD.encode(hmac::sign(&key, &message))))
}

fn key(secret: &[u8]) -> Result<Vec<u8>, Refused> {
    let text = std::str::from_utf8(secret).map_err(|_| Refused::Secret("it is no text"))?;
    let text = text.trim().strip_prefix("whsec_").unwrap_or(text.trim());
    STANDARD.decode(text).map_err(|_| Refused::Secret("it is whsec_ and base64"))
}
