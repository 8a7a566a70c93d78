//! The public half of a key that signs backups, as text and back.
//!
//! Must not know: how anything is signed or checked. A secret half that stands in the wrong place is told from a public
//! one, and never repeated.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a public key begins with.
const PUBLIC: &str = "backout-sign:";
/// What a secret key begins with.
pub const SECRET: &str = "backout-sign-secret:";
/// Bytes of either half (Ed25519).
pub const LENGTH: usize = 32;
/// So many letters of a key are shown where there is no room for all.
const SHORT: usize = 8;

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signer([u8; LENGTH]);

/// Why a text is not a [`Signer`]. None of it repeats the text, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    #[error("this is a secret key, and the public one is wanted")]
    Secret,
    #[error("this is not a public key that checks backups")]
    Prefix,
    #[error("this public key is not whole: 43 letters, digits, - and _ follow backout-sign:")]
    Shape,
}

impl Signer {
    pub const fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Its beginning, for where there is no room for all of it. It tells keys apart, and is no proof of anything.
    pub fn short(&self) -> String {
        format!("{PUBLIC}{}…", &encode(&self.0)[..SHORT])
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", encode(&self.0))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Signer {
    type Err = SignerError;

    fn from_str(text: &str) -> Result<Self, SignerError> {
        if text.starts_with(SECRET) {
            return Err(SignerError::Secret);
        }
        let rest = text.strip_prefix(PUBLIC).ok_or(SignerError::Prefix)?;
        let bytes = decode(rest).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(SignerError::Shape)
    }
}

impl Serialize for Signer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Signer {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Signer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The public half of a key that signs backups, as `backout backup keygen` prints it.",
            "pattern": "^backout-sign:[A-Za-z0-9_-]{43}$",
        })
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bytes as base64 for URLs (RFC 4648, section 5), without padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |place: usize| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// The bytes of such a text. Of each there is one text alone: another one with the same bytes is none.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for letter in group {
            let value = ALPHABET.iter().position(|known| known == letter)?;
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        bits <<= 6 * (4 - group.len());
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        // RFC 4648, section 10, with the alphabet of section 5.
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff, 0xbf], "-_-_"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
        for wrong in ["Zh", "Z", "Zg==", "Zm9", "Zm 9", "Zm9v+", "ä"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_one_text() {
        let key = Signer::new([7; LENGTH]);
        let text = key.to_string();
        assert_eq!((text.len(), text.parse()), (13 + 43, Ok(key)));
        assert_eq!(format!("{key:?}"), text);
        assert!(text.starts_with(key.short().trim_end_matches('…')));
        let secret = text.replace(PUBLIC, SECRET);
        for (wrong, why) in [
            (secret.as_str(), SignerError::Secret),
            (&text[13..], SignerError::Prefix),
            ("age1xyz", SignerError::Prefix),
            (&text[..55], SignerError::Shape),
            (&format!("{text}A"), SignerError::Shape),
            (&format!(" {text}"), SignerError::Prefix),
        ] {
            assert_eq!(wrong.parse::<Signer>(), Err(why), "{wrong}");
            assert!(!why.to_string().contains("Bwc"), "no text is repeated");
        }
    }
}
