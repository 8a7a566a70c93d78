//! Signatures of manifests and proofs, with Ed25519. Whoever may write to the place of backups can put anything there;
//! what has the right signature was put there by who has the key.
//!
//! Must not know: where keys come from, or what is in what is signed. Secret keys are never shown.

use std::fmt;

use backout_plan::signer::{LENGTH, SECRET, decode, encode};
use backout_plan::{Remedy, Secret, Signer};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum SigningError {
    #[error("there is no signing key in it")]
    NoKey,
    #[error("line {line} is not a signing key")]
    Malformed { line: usize },
    #[error("there is more than one signing key in it")]
    Several,
    #[error("others than its owner may read or write it (mode {mode:04o})")]
    Open { mode: u32 },
    #[error("the system gave no random bytes")]
    Random,
}

impl SigningError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::NoKey | Self::Malformed { .. } | Self::Several => vec![
                Remedy::advice(format!("one line of it begins with {SECRET}, and the others with #")),
                Remedy::MakeSigningKey,
            ],
            Self::Open { .. } => {
                vec![Remedy::advice("chmod 600 is right; if somebody else may have read it, make another key")]
            }
            Self::Random => Vec::new(),
        }
    }
}

/// What is signed. A signature of one is none of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Manifest,
    Proof,
    Evidence,
}

impl What {
    /// What stands before the bytes when they are signed. Whoever changes what a signature means changes the number.
    fn domain(self) -> &'static [u8] {
        match self {
            Self::Manifest => b"backout: the manifest of a backup, 1\n",
            Self::Proof => b"backout: the proof of a backup, 1\n",
            Self::Evidence => b"backout: the manifest of evidence, 1\n",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.domain(), bytes].concat()
    }
}

/// Who signed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Signature {
    #[default]
    NotSigned,
    /// The signature fits. Whether this is somebody to trust is another question.
    Signed { by: Signer },
    /// There is one, and it is not of these bytes, or cannot be read.
    DoesNotFit,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSigned => f.write_str("not signed"),
            Self::Signed { by } => write!(f, "signed by {by}"),
            Self::DoesNotFit => f.write_str("signature does not fit"),
        }
    }
}

/// A signature as it lies beside what it is of.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sidecar {
    signed_by: Signer,
    signature: String,
}

/// Who signed these bytes, by what lies beside them.
pub fn check(what: What, bytes: &[u8], sidecar: Option<&[u8]>) -> Signature {
    let Some(sidecar) = sidecar else { return Signature::NotSigned };
    let Ok(Sidecar { signed_by, signature }) = serde_json::from_slice(sidecar) else { return Signature::DoesNotFit };
    let key = UnparsedPublicKey::new(&ED25519, signed_by.bytes());
    let fits = decode(&signature).is_some_and(|signature| key.verify(&what.message(bytes), &signature).is_ok());
    if fits { Signature::Signed { by: signed_by } } else { Signature::DoesNotFit }
}

/// Whose signatures are demanded; nobody's where there is none.
#[derive(Debug, Clone, Default)]
pub struct Signers(Vec<Signer>);

impl Signers {
    pub fn new(signers: Vec<Signer>) -> Self {
        Self(signers)
    }

    pub fn all(&self) -> &[Signer] {
        &self.0
    }

    /// Whether something must be signed at all.
    pub fn are_demanded(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether what has this signature may be used.
    pub fn accept(&self, signature: &Signature) -> bool {
        !self.are_demanded() || matches!(signature, Signature::Signed { by } if self.0.contains(by))
    }
}

/// A secret key.
pub struct SigningKey(Ed25519KeyPair);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.signer()).finish()
    }
}

impl SigningKey {
    /// A new key, and the text that it is kept as.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn generate() -> Result<(Self, Secret), SigningError> {
        let mut seed = [0; LENGTH];
        SystemRandom::new().fill(&mut seed).map_err(|_| SigningError::Random)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| SigningError::Random)?;
        Ok((Self(pair), Secret::new(format!("{SECRET}{}", encode(&seed)))))
    }

    /// The key in a text: on a line of its own, with comments about it.
    ///
    /// # Errors
    /// When there is none in it, several, or something else.
    pub fn parse(text: &str) -> Result<Self, SigningError> {
        let mut found = None;
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let seed = line.strip_prefix(SECRET).and_then(decode).filter(|seed| seed.len() == LENGTH);
            let pair = seed.and_then(|seed| Ed25519KeyPair::from_seed_unchecked(&seed).ok());
            let pair = pair.ok_or(SigningError::Malformed { line: number })?;
            if found.replace(Self(pair)).is_some() {
                return Err(SigningError::Several);
            }
        }
        found.ok_or(SigningError::NoKey)
    }

    /// The public half.
    pub fn signer(&self) -> Signer {
        let mut bytes = [0; LENGTH];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        Signer::new(bytes)
    }

    /// What is to lie beside these bytes.
    pub fn sign(&self, what: What, bytes: &[u8]) -> Vec<u8> {
        let signature = encode(self.0.sign(&what.message(bytes)).as_ref());
        serde_json::to_vec(&Sidecar { signed_by: self.signer(), signature }).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::generate().unwrap().0
    }

    #[test]
    fn a_signature_is_of_these_bytes_and_of_this_kind() {
        let (key, other) = (key(), key());
        let sidecar = key.sign(What::Manifest, b"bytes");
        let by = key.signer();
        assert_eq!(check(What::Manifest, b"bytes", Some(&sidecar)), Signature::Signed { by });
        assert_eq!(check(What::Manifest, b"bytes", None), Signature::NotSigned);
        for (what, bytes) in [(What::Proof, &b"bytes"[..]), (What::Manifest, b"byteS"), (What::Manifest, b"")] {
            assert_eq!(check(what, bytes, Some(&sidecar)), Signature::DoesNotFit, "{what:?} {bytes:?}");
        }
        // Another's name on it, and anything else that is not whole.
        let text = String::from_utf8(sidecar).unwrap();
        let renamed = text.replace(&by.to_string(), &other.signer().to_string());
        assert_ne!(renamed, text);
        let longer = text.replace("\"}", "AA\"}");
        for wrong in [&renamed, &longer, &text[..text.len() - 1], "{}", ""] {
            assert_eq!(check(What::Manifest, b"bytes", Some(wrong.as_bytes())), Signature::DoesNotFit, "{wrong}");
        }
    }

    #[test]
    fn every_changed_byte_is_seen() {
        let key = key();
        let sidecar = key.sign(What::Proof, b"some bytes");
        for at in 0..b"some bytes".len() {
            let mut changed = *b"some bytes";
            changed[at] ^= 1;
            assert_eq!(check(What::Proof, &changed, Some(&sidecar)), Signature::DoesNotFit, "{at}");
        }
    }

    #[test]
    fn only_those_who_are_named_are_trusted() {
        let (one, two) = (key().signer(), key().signer());
        let nobody = Signers::default();
        assert!(!nobody.are_demanded() && nobody.accept(&Signature::NotSigned));
        let demanded = Signers::new(vec![one]);
        assert!(demanded.accept(&Signature::Signed { by: one }));
        for signature in [Signature::Signed { by: two }, Signature::NotSigned, Signature::DoesNotFit] {
            assert!(!demanded.accept(&signature), "{signature}");
        }
    }

    #[test]
    fn a_key_comes_back_from_its_text_and_is_never_shown() {
        let (key, secret) = SigningKey::generate().unwrap();
        let text = format!("# a comment\n\n  {}  \r\n", secret.expose());
        let read = SigningKey::parse(&text).unwrap();
        assert_eq!(read.signer(), key.signer());
        assert_eq!(read.sign(What::Proof, b"x"), key.sign(What::Proof, b"x"));
        let hidden = secret.expose().trim_start_matches(SECRET);
        assert!(!format!("{read:?} {read:#?} {secret:?}").contains(hidden));
        let twice = format!("{0}\n{0}\n", secret.expose());
        let public = key.signer().to_string();
        for (wrong, said) in [
            ("# nothing\n", "there is no signing key"),
            (twice.as_str(), "more than one"),
            (&secret.expose()[..50], "line 1 is not"),
            (&format!("#\n{hidden}"), "line 2 is not"),
            (public.as_str(), "line 1 is not"),
        ] {
            let error = SigningKey::parse(wrong).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
            assert!(!format!("{error} {error:?} {:?}", error.remedies()).contains(&hidden[..20]), "{said}");
        }
    }

    /// RFC 8032, section 7.1, test 1: the seed and its public key.
    #[test]
    fn keys_are_those_of_everybody_else() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let key = SigningKey::parse(&format!("{SECRET}{}", encode(&seed))).unwrap();
        assert_eq!(key.signer().bytes().as_slice(), public);
    }
}
