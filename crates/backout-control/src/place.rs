//! Where backups lie: as the caller says, else as the plan does.

use std::path::Path;

use backout_backup::keys::Keys;
use backout_backup::signing::Signers;
use backout_backup::store::{S3, Store};
use backout_plan::Secret;

use crate::{Env, Failure, Result};

/// Opens the place that holds the backups. `identity` is the file of an age identity, for those that are encrypted.
pub fn open(env: &Env, to: Option<&str>, identity: Option<&Path>) -> Result<Store> {
    let settings = env.backup();
    let place = match to {
        Some(place) => place.to_owned(),
        // Relative to the plan, as every path in it is.
        None if !settings.to.contains("://") => env.folder().join(&settings.to).display().to_string(),
        None => settings.to.clone(),
    };
    let read = |name: &str| (env.variables)(name).filter(|value| !value.is_empty());
    let s3 = S3 {
        endpoint: settings.endpoint.or_else(|| read("AWS_ENDPOINT_URL_S3")).or_else(|| read("AWS_ENDPOINT_URL")),
        region: settings.region.or_else(|| read("AWS_REGION")).or_else(|| read("AWS_DEFAULT_REGION")),
        access_key: read("AWS_ACCESS_KEY_ID"),
        secret_key: read("AWS_SECRET_ACCESS_KEY").map(Secret::from),
        session_token: read("AWS_SESSION_TOKEN").map(Secret::from),
    };
    let mut keys = Keys::to(&settings.encrypt_to)?;
    if let Some(file) = identity {
        let reading = || format!("reading the identity {}", file.display());
        let text = std::fs::read_to_string(file).map_err(Failure::given(reading()))?;
        keys = keys.with_identities(&text).map_err(|error| Failure::from(error).during(reading()))?;
    }
    Ok(Store::open(&place, &s3)?.with_keys(keys).with_signers(Signers::new(settings.signed_by)))
}
