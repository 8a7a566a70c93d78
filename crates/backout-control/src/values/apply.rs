//! Changes values at a place: what was there is on record first, then they are changed, then that it was done.
//!
//! Must not know: who asks, what a step is.

use std::collections::{BTreeMap, BTreeSet};

use backout_store::NewChange;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::history::{Edit, Known, Version, versions};
use super::known;
use super::place::Place;
use super::seal::{Values, seal};
use super::shared;
use super::value::{Current, Wanted};
use crate::event::Event;
use crate::runs::Runs;
use crate::{Env, Result};

/// What was changed.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    pub place: String,
    /// Nothing where all was as wanted already.
    pub version: Option<u64>,
    pub changed: Vec<String>,
    /// Whether what was there can come back.
    pub kept: bool,
}

/// What would change, name by name.
pub type Preview = Vec<Edit>;

/// What a change would be; changes nothing.
///
/// # Errors
/// Where the place or the history cannot be read.
pub async fn preview(
    env: &Env,
    runs: &Runs,
    place: &Place,
    wanted: &BTreeMap<String, Wanted>,
    deadline: Timestamp,
) -> Result<Preview> {
    let names: BTreeSet<String> = wanted.keys().cloned().collect();
    let current = place.read(env, &names, deadline).await?;
    let past = versions(runs, Some(&place.name())).await?;
    Ok(edits(place, &current, wanted, &past))
}

/// Changes what is not as wanted yet. May be done again: then nothing is left to change.
///
/// # Errors
/// Where it cannot be written down, or not be changed. What was written down says what was there.
pub async fn apply(
    env: &Env,
    runs: &Runs,
    place: &Place,
    wanted: &BTreeMap<String, Wanted>,
    mark: Option<&str>,
    deadline: Timestamp,
) -> Result<Applied> {
    let _lock = place.lock(env).await?;
    let names: BTreeSet<String> = wanted.keys().cloned().collect();
    let current = place.read(env, &names, deadline).await?;
    let past = versions(runs, Some(&place.name())).await?;
    let edits = edits(place, &current, wanted, &past);
    let changed: Vec<String> = edits.iter().map(|edit| edit.name.clone()).collect();
    if edits.is_empty() {
        shared::share(env, runs, place).await?;
        return Ok(Applied { place: place.name(), version: None, changed, kept: true });
    }
    let sealed = match place.is_open() {
        true => None,
        false => seal(env, &values(place, &current, wanted, &changed))?,
    };
    let kept = place.is_open() || sealed.is_some();
    if !kept {
        let said = format!("{}: what was there is not kept, since the plan names nobody who may read it", place.name());
        env.say(Event::warning("values.not-kept", said));
    }
    let body = json!(edits).to_string();
    let (kind, mark) = (place.kind().to_owned(), mark.map(str::to_owned));
    let change = NewChange { kind, place: place.name(), mark, body, sealed };
    let version = runs.store.change(&runs.who, &change).await?;
    let left = wanted.iter().filter(|(name, _)| changed.contains(name));
    let states = place.write(env, &left.map(|(name, one)| (name.clone(), one.clone())).collect(), deadline).await?;
    runs.store.changed(version, &json!(states).to_string()).await?;
    shared::share(env, runs, place).await?;
    Ok(Applied { place: place.name(), version: Some(version), changed, kept })
}

/// What differs from what is wanted.
fn edits(
    place: &Place,
    current: &BTreeMap<String, Current>,
    wanted: &BTreeMap<String, Wanted>,
    past: &[Version],
) -> Vec<Edit> {
    let known = |name: &str, text: &str| known::known(place, name, Some(text));
    let mut edits = Vec::new();
    for (name, wanted) in wanted {
        let there = current.get(name).unwrap_or(&Current::Absent);
        let is_as_wanted = match (there, &wanted.text) {
            (Current::Absent, None) => true,
            (Current::Value { text, .. }, Some(wanted)) => text == wanted,
            (Current::Unreadable { state, .. }, Some(text)) => {
                let given = ours(past, name, state).and_then(|version| version.edit(name));
                given.is_some_and(|edit| edit.now == known(name, text))
            }
            _ => false,
        };
        if is_as_wanted {
            continue;
        }
        let former = match there {
            Current::Absent => Known::Absent,
            Current::Value { text, .. } => known(name, text),
            Current::Unreadable { state, .. } => {
                ours(past, name, state).map_or(Known::Unreadable, |version| Known::OfVersion(version.version))
            }
        };
        let now = wanted.text.as_ref().map_or(Known::Absent, |text| known(name, text));
        let of_type = there.of_type().or_else(|| wanted.of_type.clone());
        edits.push(Edit { name: name.clone(), former, now, of_type });
    }
    edits
}

/// The version that gave a value which cannot be read, if nobody has changed it since.
fn ours<'v>(past: &'v [Version], name: &str, state: &str) -> Option<&'v Version> {
    let newest = past.iter().rev().find(|version| version.edit(name).is_some())?;
    (newest.states[name] == state).then_some(newest)
}

fn values(
    place: &Place,
    current: &BTreeMap<String, Current>,
    wanted: &BTreeMap<String, Wanted>,
    changed: &[String],
) -> Values {
    let former = |name: &String| current.get(name).and_then(Current::text).map(str::to_owned);
    let now = |name: &String| wanted.get(name).and_then(|wanted| wanted.text.clone());
    Values {
        place: place.name(),
        former: changed.iter().map(|name| (name.clone(), former(name))).collect(),
        now: changed.iter().map(|name| (name.clone(), now(name))).collect(),
    }
}
