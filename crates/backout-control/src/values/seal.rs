//! What may be secret is sealed with age before it is kept: whoever changes a value needs only public keys, whoever
//! brings one back the secret one.
//!
//! Must not know: where what is sealed lies.

use std::collections::BTreeMap;
use std::path::Path;

use backout_backup::keys::Keys;
use serde::{Deserialize, Serialize};

use crate::failure::Refusal;
use crate::{Env, Failure, Result};

/// What names a variable in the place of a file.
const NAMED: &str = "env:";

/// The values of a change. Bound to its place, so that it cannot stand for another one's.
#[derive(Serialize, Deserialize)]
pub(super) struct Values {
    pub(super) place: String,
    /// What was there; nothing where there was none, or where it could not be read.
    pub(super) former: BTreeMap<String, Option<String>>,
    pub(super) now: BTreeMap<String, Option<String>>,
}

/// Who can read what was sealed.
#[derive(Debug, Clone, Default)]
pub struct Identity(Option<Keys>);

impl Identity {
    /// The file of an age identity, relative to the plan, or `env:NAME` with the text of one.
    ///
    /// # Errors
    /// Where there is none in it.
    pub fn named(env: &Env, named: Option<&str>) -> Result<Self> {
        let Some(named) = named else { return Ok(Self::default()) };
        let (text, reading) = match named.strip_prefix(NAMED) {
            Some(name) => {
                let unset = || Refusal::usage(format!("the identity is env:{name}, and {name} is not set"), None);
                ((env.variables)(name).ok_or_else(unset)?, format!("reading the identity in {name}"))
            }
            None => {
                let file = env.folder().join(Path::new(named));
                let reading = format!("reading the identity {}", file.display());
                (std::fs::read_to_string(file).map_err(Failure::given(reading.clone()))?, reading)
            }
        };
        let keys = Keys::default().with_identities(&text).map_err(|error| Failure::from(error).during(reading))?;
        Ok(Self(Some(keys)))
    }

    pub(super) fn open(&self, version: u64, place: &str, sealed: &[u8]) -> Result<Values> {
        let what = format!("version {version}");
        let keys = self.0.clone().unwrap_or_default();
        let bytes = keys.decrypt(&what, sealed).map_err(Failure::from)?;
        // Its error would repeat a part of the values.
        let values: Option<Values> = serde_json::from_slice(&bytes).ok();
        match values {
            Some(values) if values.place == place => Ok(values),
            _ => Err(Refusal::failed(format!("what is sealed in {what} is not of {place}"), None).into()),
        }
    }
}

/// Seals values for whom the plan names; nothing where it names nobody.
pub(super) fn seal(env: &Env, values: &Values) -> Result<Option<Vec<u8>>> {
    let store = env.plan.as_ref().map(|plan| plan.store.encrypt_to.clone()).unwrap_or_default();
    let recipients = if store.is_empty() { env.backup().encrypt_to } else { store };
    if recipients.is_empty() {
        return Ok(None);
    }
    let bytes = serde_json::to_vec(values).map_err(|_| Refusal::failed("the values cannot be written down", None))?;
    Ok(Some(Keys::to(&recipients).map_err(Failure::from)?.encrypt(&bytes).map_err(Failure::from)?))
}
