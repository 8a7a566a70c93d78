//! Encryption of what is stored, with age: whoever takes a backup needs only public keys, whoever restores it one of
//! the secret ones.
//!
//! Must not know: where keys come from. Secret keys are never shown.

use std::fmt;
use std::io::{Read, Write};

use age::x25519;
use backout_plan::Remedy;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum KeyError {
    #[error("{0:?} is not an age recipient")]
    Recipient(String),
    #[error("line {line} is not an age identity")]
    Identity { line: usize },
    #[error("there is no age identity in it")]
    NoIdentity,
    #[error("{object} is encrypted, and no identity was given")]
    Missing { object: String },
    #[error("{object} is encrypted for others than the identity that was given")]
    Wrong { object: String },
    #[error("{object} cannot be decrypted: {said}")]
    Broken { object: String, said: String },
    #[error("encrypting")]
    Encrypt(#[source] std::io::Error),
}

impl KeyError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Recipient(_) => {
                vec![Remedy::advice("recipients begin with age1; `age-keygen -y FILE` prints that of an identity")]
            }
            Self::Identity { .. } | Self::NoIdentity => {
                vec![Remedy::advice("identities begin with AGE-SECRET-KEY-1, as age-keygen writes them")]
            }
            Self::Missing { .. } => vec![Remedy::NameIdentity],
            Self::Wrong { .. } => vec![Remedy::ListRecipients],
            Self::Broken { .. } | Self::Encrypt(_) => Vec::new(),
        }
    }
}

/// Who can read what is written from now on, and what we can read.
#[derive(Clone, Default)]
pub struct Keys {
    recipients: Vec<x25519::Recipient>,
    identities: Vec<x25519::Identity>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("recipients", &self.recipients())
            .field("identities", &self.identities.len())
            .finish()
    }
}

impl Keys {
    /// # Errors
    /// When one of the texts is no recipient.
    pub fn to(recipients: &[String]) -> Result<Self, KeyError> {
        let parse = |text: &String| text.trim().parse().map_err(|_| KeyError::Recipient(text.clone()));
        Ok(Self { recipients: recipients.iter().map(parse).collect::<Result<_, _>>()?, identities: Vec::new() })
    }

    /// Adds the identities of a file as age-keygen writes it.
    ///
    /// # Errors
    /// When there is none in it, or something else.
    pub fn with_identities(mut self, text: &str) -> Result<Self, KeyError> {
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                self.identities.push(line.parse().map_err(|_| KeyError::Identity { line: number })?);
            }
        }
        if self.identities.is_empty() { Err(KeyError::NoIdentity) } else { Ok(self) }
    }

    pub fn recipients(&self) -> Vec<String> {
        self.recipients.iter().map(ToString::to_string).collect()
    }

    /// Whether what is stored is encrypted.
    pub fn encrypts(&self) -> bool {
        !self.recipients.is_empty()
    }

    pub fn can_read(&self) -> bool {
        !self.identities.is_empty()
    }

    /// # Errors
    /// When the bytes cannot be written, which memory always takes.
    pub fn encrypt(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |source: std::io::Error| KeyError::Encrypt(source);
        let recipients = self.recipients.iter().map(|recipient| -> &dyn age::Recipient { recipient });
        let encryptor = age::Encryptor::with_recipients(recipients)
            .map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        let mut sealed = Vec::with_capacity(bytes.len() + bytes.len() / 4096 + 512);
        let mut writer = encryptor.wrap_output(&mut sealed).map_err(failed)?;
        writer.write_all(bytes).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(sealed)
    }

    /// What encrypts a stream on its way.
    ///
    /// # Errors
    /// When its head cannot be written.
    pub fn sealing<W: Write>(&self, output: W) -> std::io::Result<age::stream::StreamWriter<W>> {
        let recipients = self.recipients.iter().map(|recipient| -> &dyn age::Recipient { recipient });
        let encryptor = age::Encryptor::with_recipients(recipients);
        encryptor.map_err(|error| std::io::Error::other(error.to_string()))?.wrap_output(output)
    }

    /// What decrypts a stream on its way.
    ///
    /// # Errors
    /// When none of our identities fits, or its head was changed.
    pub fn opening<R: Read>(&self, object: &str, input: R) -> Result<age::stream::StreamReader<R>, KeyError> {
        if self.identities.is_empty() {
            return Err(KeyError::Missing { object: object.to_owned() });
        }
        let broken = |said: String| KeyError::Broken { object: object.to_owned(), said };
        let decryptor = age::Decryptor::new(input).map_err(|error| broken(error.to_string()))?;
        let identities = self.identities.iter().map(|identity| -> &dyn age::Identity { identity });
        decryptor.decrypt(identities).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => KeyError::Wrong { object: object.to_owned() },
            other => broken(other.to_string()),
        })
    }

    /// # Errors
    /// When none of our identities fits, or the bytes were changed.
    pub fn decrypt(&self, object: &str, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        if self.identities.is_empty() {
            return Err(KeyError::Missing { object: object.to_owned() });
        }
        let broken = |said: String| KeyError::Broken { object: object.to_owned(), said };
        let decryptor = age::Decryptor::new(sealed).map_err(|error| broken(error.to_string()))?;
        let identities = self.identities.iter().map(|identity| -> &dyn age::Identity { identity });
        let mut reader = decryptor.decrypt(identities).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => KeyError::Wrong { object: object.to_owned() },
            other => broken(other.to_string()),
        })?;
        let mut bytes = Vec::with_capacity(sealed.len());
        reader.read_to_end(&mut bytes).map_err(|error| broken(error.to_string()))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Keys, String) {
        let identity = x25519::Identity::generate();
        let text = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
        (Keys::to(&[identity.to_public().to_string()]).unwrap(), text)
    }

    #[test]
    fn only_the_right_identity_reads() {
        let (keys, secret) = pair();
        let sealed = keys.encrypt(b"what is kept").unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"kept"));
        assert!(matches!(keys.decrypt("o", &sealed), Err(KeyError::Missing { .. })));
        let (_, other) = pair();
        let wrong = Keys::default().with_identities(&other).unwrap();
        assert!(matches!(wrong.decrypt("o", &sealed), Err(KeyError::Wrong { .. })));
        let file = format!("# created: today\n# public key: x\n{secret}\n");
        let right = Keys::default().with_identities(&file).unwrap();
        assert_eq!(right.decrypt("o", &sealed).unwrap(), b"what is kept");
        let mut changed = sealed.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        assert!(matches!(right.decrypt("o", &changed), Err(KeyError::Broken { .. })));
        assert!(!format!("{right:?}").contains("SECRET"));
    }

    #[test]
    fn what_is_no_key_is_said() {
        assert!(matches!(Keys::to(&["age1x".to_owned()]), Err(KeyError::Recipient(_))));
        assert!(matches!(Keys::default().with_identities("# nothing\n"), Err(KeyError::NoIdentity)));
        assert!(matches!(Keys::default().with_identities("# a\nxyz\n"), Err(KeyError::Identity { line: 2 })));
    }
}
