//! The gate of whatever runs, loads or believes something of a backup: who must have signed it. And that of whatever
//! writes one: whether it would pass the first.
//!
//! Must not know: what a signature is made of.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use backout_backup::manifest::Manifest;
use backout_backup::signing::{SigningError, SigningKey};
use backout_backup::store::Store;
use backout_plan::Secret;
use backout_plan::plan::KeySource;

use crate::failure::{Objection, Refusal};
use crate::{Env, Failure, Result};

/// Before the first look at anything but the manifest.
///
/// # Errors
/// [`Refusal::NotSigned`]
pub fn pass(store: &Store, manifest: &Manifest) -> Result<()> {
    let (signers, signature) = (store.signers(), manifest.found.signature);
    if signers.accept(&signature) {
        return Ok(());
    }
    Err(Refusal::NotSigned { backup: manifest.id.clone(), signature, signed_by: signers.all().to_vec() }.into())
}

/// The same, where others may serve.
pub fn objection(store: &Store, manifest: &Manifest) -> Option<Objection> {
    let signature = manifest.found.signature;
    (!store.signers().accept(&signature)).then_some(Objection::NotSigned { signature })
}

/// The key that signs what is about to be written, where there is one.
///
/// # Errors
/// [`Refusal::CannotSign`] where the plan would not take what is signed with it; what is wrong with the key.
pub fn key(env: &Env) -> Result<Option<SigningKey>> {
    let backup = env.backup();
    let key = match &backup.sign_with {
        Some(source) => Some(read(env, source)?),
        None => None,
    };
    let with = key.as_ref().map(SigningKey::signer);
    if !backup.signed_by.is_empty() && with.is_none_or(|signer| !backup.signed_by.contains(&signer)) {
        return Err(Refusal::CannotSign { with, signed_by: backup.signed_by }.into());
    }
    Ok(key)
}

fn read(env: &Env, source: &KeySource) -> Result<SigningKey> {
    let reading = || format!("reading the signing key {source}");
    let text = match source {
        KeySource::Env(name) => (env.variables)(name)
            .ok_or_else(|| Refusal::usage(format!("backup.sign_with is env:{name}, and {name} is not set"), None))?,
        KeySource::File(file) => {
            let mut file = File::open(env.folder().join(file)).map_err(Failure::given(reading()))?;
            // Of the file that is read, whatever stands under its name by then.
            let mode = file.metadata().map_err(Failure::given(reading()))?.permissions().mode() & 0o7777;
            if mode & 0o077 != 0 {
                return Err(Failure::from(SigningError::Open { mode }).during(reading()));
            }
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(Failure::given(reading()))?;
            text
        }
    };
    let text = Secret::from(text);
    SigningKey::parse(text.expose()).map_err(|error| Failure::from(error).during(reading()))
}
