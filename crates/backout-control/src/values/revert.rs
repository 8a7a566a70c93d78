//! Brings values back to what they were at a version.
//!
//! Must not know: who asks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::apply::{Applied, apply};
use super::history::{Known, Version, digest, versions};
use super::place::Place;
use super::seal::Identity;
use super::value::{Current, Wanted};
use crate::failure::Refusal;
use crate::runs::Runs;
use crate::{Env, Result};

/// Which state is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// What the versions up to this one gave.
    After(u64),
    /// What was there when this one was made.
    Before(u64),
}

/// Which side of a version a value is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// What was there before it.
    Before,
    /// What it gave.
    Given,
}

impl Until {
    /// Where a name's value of then is on record, the best place first. What a version gave and what the next one found
    /// differ where somebody else changed it in between.
    fn places<'v>(self, all: &'v [Version], name: &str) -> Vec<(&'v Version, Side)> {
        let stays = match self {
            Self::After(version) => version,
            Self::Before(version) => version.saturating_sub(1),
        };
        let has = |version: &&Version| version.edit(name).is_some();
        let given = all.iter().rev().filter(has).find(|one| one.version <= stays).map(|one| (one, Side::Given));
        let found = all.iter().filter(has).find(|one| one.version > stays).map(|one| (one, Side::Before));
        match self {
            Self::After(_) => given.into_iter().chain(found).collect(),
            Self::Before(_) => found.into_iter().chain(given).collect(),
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    pub until: Until,
    /// These names alone; all where there is none.
    pub names: Vec<String>,
    pub identity: Identity,
}

/// What becomes of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub name: String,
    /// The version that has it on record.
    pub of: u64,
    pub side: Side,
    /// What it was; the value itself is shown where it is no secret.
    pub to: Known,
    /// Somebody changed it since the newest version.
    pub changed_since: bool,
    /// It is as it was already.
    pub is_there: bool,
}

/// What would come back.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    pub place: String,
    pub changes: Vec<Change>,
    #[serde(skip)]
    wanted: BTreeMap<String, Wanted>,
}

/// The place that a version is of, if it is one of these.
///
/// # Errors
/// Where there is no such version, or the plan does not know its place.
pub async fn of_version(runs: &Runs, places: &[Place], kind: &str, version: u64) -> Result<Place> {
    let all = versions(runs, None).await?;
    let unknown = || Refusal::usage(format!("there is no version {version}"), None);
    let found = all.iter().find(|one| one.version == version && one.kind == kind).ok_or_else(unknown)?;
    let place = places.iter().find(|place| place.name() == found.place && place.kind() == kind);
    place.cloned().ok_or_else(|| {
        let said = format!("version {version} is of {}, which no step of the plan changes", found.place);
        let advice = "whoever may write to the store could name any place; name a file that is meant";
        Refusal::refused(said, Some(backout_plan::Remedy::advice(advice))).into()
    })
}

/// What would come back; changes nothing. What is not needed is not unsealed.
///
/// # Errors
/// Where something of it cannot come back: then nothing does.
pub async fn plan(env: &Env, runs: &Runs, place: &Place, options: &Options, deadline: Timestamp) -> Result<Plan> {
    let all = versions(runs, None).await?;
    let (Until::After(version) | Until::Before(version)) = options.until;
    if all.last().is_none_or(|newest| newest.version < version) {
        return Err(Refusal::usage(format!("there is no version {version}"), None).into());
    }
    let all: Vec<Version> =
        all.into_iter().filter(|one| one.place == place.name() && one.kind == place.kind()).collect();
    let is_meant = |name: &str| options.names.is_empty() || options.names.iter().any(|one| one == name);
    let known = all.iter().flat_map(|version| &version.edits).map(|edit| edit.name.clone());
    let names: BTreeSet<String> = known.filter(|name| is_meant(name)).collect();
    if let Some(unknown) = options.names.iter().find(|name| !names.contains(*name)) {
        let said = format!("no change of {unknown} in {} is on record", place.name());
        return Err(Refusal::usage(said, None).into());
    }
    if names.is_empty() {
        return Err(Refusal::usage(format!("no change of {} is on record", place.name()), None).into());
    }
    let current = place.read(env, &names, deadline).await?;
    let (mut changes, mut wanted, mut lost) = (Vec::new(), BTreeMap::new(), Vec::new());
    for name in names {
        let there = current.get(&name).unwrap_or(&Current::Absent);
        let mut found = None;
        for (version, side) in options.until.places(&all, &name) {
            if let Some(text) = value(&all, place, (version, side), &name, &options.identity)? {
                found = Some((version, side, text));
                break;
            }
        }
        let Some((version, side, text)) = found else {
            lost.push(name);
            continue;
        };
        let Some(edit) = version.edit(&name) else { continue };
        let last = all.iter().rev().find_map(|version| version.edit(&name));
        changes.push(Change {
            name: name.clone(),
            of: version.version,
            side,
            to: if side == Side::Given { edit.now.clone() } else { edit.former.clone() },
            changed_since: last.is_some_and(|last| !is(&last.now, place, &name, there)),
            is_there: match there {
                Current::Absent => text.is_none(),
                Current::Value { text: there, .. } => text.as_ref() == Some(there),
                Current::Unreadable { .. } => false,
            },
        });
        wanted.insert(name, Wanted { text, of_type: edit.of_type.clone() });
    }
    if !lost.is_empty() {
        let said = format!("what these were was not kept, or could not be read then: {}", lost.join(", "));
        let advice = "name the others to bring those back; store.encrypt_to in the plan has values kept";
        return Err(Refusal::refused(said, Some(backout_plan::Remedy::advice(advice))).into());
    }
    Ok(Plan { place: place.name(), changes, wanted })
}

/// Brings it back, which makes a version of its own.
///
/// # Errors
/// As for [`apply`].
pub async fn revert(
    env: &Env,
    runs: &Runs,
    place: &Place,
    plan: &Plan,
    mark: Option<&str>,
    deadline: Timestamp,
) -> Result<Applied> {
    apply(env, runs, place, &plan.wanted, mark, deadline).await
}

/// A name's value on one side of a version: `None` where nobody knows, else its text, or nothing where there was none.
fn value(
    all: &[Version],
    place: &Place,
    (version, side): (&Version, Side),
    name: &str,
    identity: &Identity,
) -> Result<Option<Option<String>>> {
    let Some(edit) = version.edit(name) else { return Ok(None) };
    let sealed = |version: &Version, side: Side| -> Result<Option<Option<String>>> {
        let Some(sealed) = &version.sealed else { return Ok(None) };
        let values = identity.open(version.version, &place.name(), sealed)?;
        let of = if side == Side::Given { values.now } else { values.former };
        Ok(of.get(name).cloned().flatten().map(Some))
    };
    match if side == Side::Given { &edit.now } else { &edit.former } {
        Known::Absent => Ok(Some(None)),
        Known::Clear(text) => Ok(Some(Some(text.clone()))),
        Known::Unreadable => Ok(None),
        Known::Digest(_) => sealed(version, side),
        Known::OfVersion(of) => match all.iter().find(|one| one.version == *of) {
            Some(version) => sealed(version, Side::Given),
            None => Ok(None),
        },
    }
}

/// Whether what is there is what a version gave. Of what cannot be read nobody knows, so it counts as such.
fn is(known: &Known, place: &Place, name: &str, there: &Current) -> bool {
    match (known, there) {
        (Known::Absent, Current::Absent) => true,
        (Known::Digest(known), Current::Value { text, .. }) => *known == digest(&place.name(), name, text),
        (Known::Clear(known), Current::Value { text, .. }) => known == text,
        (_, Current::Unreadable { .. }) => true,
        _ => false,
    }
}
