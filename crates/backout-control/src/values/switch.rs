//! Flags switched by hand, and production built anew so that variables are read: what a person asks for outside of a run.
//!
//! Must not know: who asks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::apply::{Applied, Preview, apply, preview};
use super::flagd::switched;
use super::place::Place;
use super::value::Wanted;
use crate::failure::Refusal;
use crate::runs::Runs;
use crate::{Env, Result};

/// How often the provider is asked whether it is done.
const EVERY: Duration = Duration::from_secs(1);

/// What a switch would change; changes nothing.
///
/// # Errors
/// Where there is no such flag or variant.
pub async fn would_switch(
    env: &Env,
    runs: &Runs,
    file: &Path,
    set: &BTreeMap<String, String>,
    deadline: Timestamp,
) -> Result<Preview> {
    preview(env, runs, &place(file), &wanted(env, file, set)?, deadline).await
}

/// Gives everybody these variants.
///
/// # Errors
/// As for [`would_switch`], and where the file or the history cannot be written.
pub async fn switch(
    env: &Env,
    runs: &Runs,
    file: &Path,
    set: &BTreeMap<String, String>,
    deadline: Timestamp,
) -> Result<Applied> {
    apply(env, runs, &place(file), &wanted(env, file, set)?, None, deadline).await
}

fn place(file: &Path) -> Place {
    Place::Flags(file.to_path_buf())
}

fn wanted(env: &Env, file: &Path, set: &BTreeMap<String, String>) -> Result<BTreeMap<String, Wanted>> {
    let definitions = switched(&env.folder().join(file), set)?;
    Ok(definitions.into_iter().map(|(name, definition)| (name, Wanted::value(definition))).collect())
}

/// The file of flags that is meant: as it is named, else the one that the plan's steps change.
///
/// # Errors
/// Where it is not named and the plan knows none, or several.
pub fn file_of_flags(named: Option<&Path>, places: &[Place]) -> Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.to_path_buf());
    }
    let mut files = places.iter().filter_map(|place| match place {
        Place::Flags(file) => Some(file.clone()),
        _ => None,
    });
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(file),
        (one, _) => {
            let said = match one {
                None => "no step of the plan changes flags",
                Some(_) => "steps of the plan change several files of flags",
            };
            let advice = backout_plan::Remedy::advice("name the file of flags that is meant");
            Err(Refusal::usage(said, Some(advice)).into())
        }
    }
}

/// Builds production's code anew where a place has its values read by new deployments only; gives the deployment.
///
/// # Errors
/// Where it fails, or takes too long.
pub async fn redeploy(env: &Env, place: &Place, mark: &str, deadline: Timestamp) -> Result<Option<String>> {
    let Place::Vercel(at) = place else { return Ok(None) };
    let vercel = at.access.open(env, deadline)?;
    Ok(Some(vercel.redeploy_until_ready(&at.access.project, None, mark, EVERY).await?.id))
}
