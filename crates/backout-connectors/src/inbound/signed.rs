//! Signatures and shared secrets of messages.
//!
//! Must not know: whose message it is.

use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use sha2::{Digest, Sha256};

use super::{Headers, Refused};

/// How far a message may be from now: as Standard Webhooks have it.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

/// A secret in the `Authorization` header, as it is or behind `Bearer`, `Basic` or another word. The message itself has no
/// name, so the digest of its body serves; two alike within one second are one.
pub(super) fn bearer(secret: &[u8], headers: Headers<'_>, raw: &[u8], now: Timestamp) -> Result<String, Refused> {
    let given = headers("authorization").or_else(|| headers("x-webhook-secret"));
    let given = given.ok_or(Refused::Missing("authorization"))?;
    let token = given.split_once(' ').map_or(given, |(_, token)| token.trim());
    if !alike(token.as_bytes(), secret) && !alike(given.as_bytes(), secret) {
        return Err(Refused::Signature);
    }
    Ok(format!("{}-{}", now.as_second(), digest(raw)))
}

/// Whether a hexadecimal text is the signature of this message.
pub(super) fn is_signed(algorithm: hmac::Algorithm, secret: &[u8], parts: &[&[u8]], hex: &str) -> bool {
    let Some(given) = unhex(hex) else { return false };
    let key = hmac::Key::new(algorithm, secret);
    match parts {
        // A list of lines is long, and need not be there twice.
        [whole] => hmac::verify(&key, whole, &given).is_ok(),
        parts => hmac::verify(&key, &parts.concat(), &given).is_ok(),
    }
}

/// The same for a signature in bytes.
pub(super) fn is_signed_by(secret: &[u8], message: &[u8], signature: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), message, signature).is_ok()
}

/// The time that a sender says, in seconds since 1970.
pub(super) fn recent(seconds: &str, now: Timestamp) -> Result<(), Refused> {
    let said = seconds.parse::<i64>().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let said = said.ok_or(Refused::Missing("a timestamp in seconds"))?;
    let apart = now.duration_since(said).abs();
    if apart > TOLERANCE { Err(Refused::Stale(said)) } else { Ok(()) }
}

/// Digests are compared, so the time that takes says nothing of the secret.
fn alike(one: &[u8], other: &[u8]) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

/// 32 hexadecimal digits of a body.
pub(super) fn digest(raw: &[u8]) -> String {
    Sha256::digest(raw).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.trim().as_bytes().chunks(2).map(pair).collect()
}
