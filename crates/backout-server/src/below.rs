//! Where this crate meets how webhooks are verified: who a source's messages must be signed by, and what they are called.
//!
//! Must not know: requests, or what a message means.

use axum::http::HeaderMap;
use backout_plan::plan::PlanSource;
use jiff::Timestamp;
use ring::hmac;

/// Messages that are older, or from later on, are not taken: who kept one cannot send it for ever.
const TOLERANCE: i64 = 300;
/// What secrets begin with.
const SECRET: &str = "whsec_";

/// Why a message is not taken. Nobody outside learns it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Doubtful(pub(crate) &'static str);

/// A source that sends messages by itself, signed as Standard Webhooks has it.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) name: String,
    key: Option<hmac::Key>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Sender {
    /// The source, if it is of such a kind. Without its secret, nothing of it is taken.
    pub(crate) fn of(source: &PlanSource, variables: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let secret = source.ask.get("webhook")?["secret"].as_str()?.strip_prefix("env:").and_then(variables);
        let bytes = secret.as_deref().and_then(|secret| decoded(secret.strip_prefix(SECRET).unwrap_or(secret)));
        let key = bytes.filter(|bytes| !bytes.is_empty()).map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, &bytes));
        Some(Self { name: source.name.clone(), key })
    }

    /// The sender's name for the message, if it is theirs.
    pub(crate) fn verified(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<String, Doubtful> {
        let key = self.key.as_ref().ok_or(Doubtful("its secret is not set"))?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(at), Some(signatures)) =
            (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"))
        else {
            return Err(Doubtful("it is not signed"));
        };
        let seconds: i64 = at.parse().map_err(|_| Doubtful("its time cannot be read"))?;
        if id.is_empty() || id.len() > 256 {
            return Err(Doubtful("its name cannot be used"));
        }
        if now.as_second().abs_diff(seconds) > TOLERANCE.unsigned_abs() {
            return Err(Doubtful("its time is not now"));
        }
        let signed = [id.as_bytes(), b".", at.as_bytes(), b".", body].concat();
        let mut given = signatures.split(' ').filter_map(|one| decoded(one.strip_prefix("v1,")?));
        match given.any(|one| hmac::verify(key, &signed, &one).is_ok()) {
            true => Ok(id.to_owned()),
            false => Err(Doubtful("its signature is another one")),
        }
    }
}

/// Base64.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut number) = (Vec::new(), 0, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        number = (number << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((number >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        for (text, expected) in
            [("", &b""[..]), ("Zg==", b"f"), ("Zm9v", b"foo"), ("Zm9vYg", b"foob"), ("_-8=", b"\xff\xef")]
        {
            assert_eq!(decoded(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(decoded("Zm9v!"), None);
    }
}
