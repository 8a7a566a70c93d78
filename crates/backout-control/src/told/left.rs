//! What runs have left otherwise than it was, and nobody has brought back: flags, variables, a freeze.
//!
//! Must not know: what a step does, or how a value is read.

use std::collections::BTreeMap;

use backout_runbook::Event;
use serde::Serialize;

use crate::runs::{Journal, Runs};
use crate::values::{self, Known, Place, Version};
use crate::{Env, Result, freeze, release, rollback};

/// How many runs are looked through for those that go back.
const RUNS: u32 = 10_000;

/// The kind of step that stops writes.
const FREEZE: &str = "freeze";

/// One thing that is otherwise.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "left", rename_all = "kebab-case")]
pub enum Left {
    /// Values at one place, all of one version of the history.
    Values {
        place: String,
        /// `env` or `flags`.
        kind: String,
        /// What was there when this version was made comes back by it.
        version: u64,
        run: Option<String>,
        values: Vec<Value>,
        /// Whether they can come back by the history.
        kept: bool,
        /// The plan has other places of this kind, so this one must be named.
        is_one_of_several: bool,
        /// New values reach new deployments only.
        redeploys: bool,
    },
    /// The target is frozen.
    Frozen { since: jiff::Timestamp, because: String },
}

/// A value by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    pub name: String,
    pub was: Known,
    pub is: Known,
}

/// What one run has left so.
///
/// # Errors
/// Where the store cannot be read.
pub async fn left(env: &Env, runs: &Runs, journal: &Journal) -> Result<Vec<Left>> {
    let all = values::versions(runs, None).await?;
    let of_run = |version: &Version| marked(version).is_some_and(|(run, _)| run == journal.run);
    let mut found = of_values(env, &all, &of_run);
    if has_frozen(journal)
        && let Ok(Some(freeze)) = freeze::settle(env).await
    {
        found.push(Left::Frozen { since: freeze.at, because: freeze.because });
    }
    Ok(found)
}

/// Values that ways back have left so, of all runs of this target.
///
/// # Errors
/// Where the store cannot be read.
pub async fn of_ways_back(env: &Env, runs: &Runs) -> Result<Vec<Left>> {
    let all = values::versions(runs, None).await?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let target = env.named();
    let list = runs.list(RUNS).await?;
    let procedures: BTreeMap<String, String> =
        list.into_iter().filter(|one| one.target == target).map(|one| (one.run, one.procedure)).collect();
    let goes_back = |version: &Version| {
        let Some((run, way)) = marked(version) else { return false };
        match procedures.get(run).map(String::as_str) {
            Some(rollback::NAME) => true,
            // Its first way is the release itself.
            Some(release::NAME) => way > 0,
            _ => false,
        }
    };
    Ok(of_values(env, &all, &goes_back))
}

/// The run and the way of the step that made a version.
fn marked(version: &Version) -> Option<(&str, usize)> {
    let mut parts = version.step.as_deref()?.split('/');
    Some((parts.next()?, parts.next()?.parse().ok()?))
}

/// Whether a step of any way may have stopped writes.
fn has_frozen(journal: &Journal) -> bool {
    let mut way = 0;
    journal.records.iter().filter_map(|record| record.event(&journal.run).ok()).any(|event| match event {
        Event::Escalated { to, .. } => {
            way = to;
            false
        }
        Event::Intended { step, .. } => journal.state.procedure.step(way, step).is_some_and(|step| step.kind == FREEZE),
        _ => false,
    })
}

/// A value whose newest version is one of those that are meant, and that is otherwise than before it.
struct Standing {
    place: String,
    kind: String,
    /// The first of those versions that follow one another without anybody else in between.
    version: u64,
    run: Option<String>,
    kept: bool,
    value: Value,
}

fn standing(all: &[Version], is_meant: &dyn Fn(&Version) -> bool) -> Vec<Standing> {
    let mut by_name: BTreeMap<(&str, &str, &str), Vec<&Version>> = BTreeMap::new();
    for version in all {
        for edit in &version.edits {
            by_name.entry((&version.place, &version.kind, &edit.name)).or_default().push(version);
        }
    }
    let mut found = Vec::new();
    for ((place, kind, name), versions) in by_name {
        let edit = |version: &Version| version.edits.iter().find(|edit| edit.name == name).cloned();
        let meant: Vec<&Version> = versions.into_iter().rev().take_while(|version| is_meant(version)).collect();
        let (Some(last), Some(first)) = (meant.first(), meant.last()) else { continue };
        let (Some(was), Some(is)) = (edit(first), edit(last)) else { continue };
        if was.former == is.now {
            continue;
        }
        found.push(Standing {
            place: place.to_owned(),
            kind: kind.to_owned(),
            version: first.version,
            run: marked(last).map(|(run, _)| run.to_owned()),
            kept: first.kept,
            value: Value { name: name.to_owned(), was: was.former, is: is.now },
        });
    }
    found
}

fn of_values(env: &Env, all: &[Version], is_meant: &dyn Fn(&Version) -> bool) -> Vec<Left> {
    let places = values::of_plan(env);
    let mut found: Vec<Left> = Vec::new();
    for Standing { place, kind, version, run, kept, value } in standing(all, is_meant) {
        let known = places.iter().find(|one| one.name() == place && one.kind() == kind);
        // Whoever changed it by hand since has decided otherwise.
        if known.is_some_and(|known| !values::is_there(env, known, &value.name, &value.is)) {
            continue;
        }
        let is_same = |one: &&mut Left| match one {
            Left::Values { place: of, kind: a, version: by, .. } => *of == place && *a == kind && *by == version,
            Left::Frozen { .. } => false,
        };
        if let Some(Left::Values { values, .. }) = found.iter_mut().find(is_same) {
            values.push(value);
            continue;
        }
        let is_one_of_several = known.is_none() || places.iter().filter(|one| one.kind() == kind).count() > 1;
        let redeploys = matches!(known, Some(Place::Vercel(_)));
        let values = vec![value];
        found.push(Left::Values { place, kind, version, run, values, kept, is_one_of_several, redeploys });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Edit;

    /// `v2:on>off@RUN/0/0`, one a version.
    fn versions(said: &[&str]) -> Vec<Version> {
        let known = |text: &str| Known::Digest(text.to_owned());
        let one = |(said, number): (&&str, u64)| {
            let (change, step) = said.split_once('@').unwrap_or((said, ""));
            let (name, change) = change.split_once(':').unwrap();
            let (was, now) = change.split_once('>').unwrap();
            let edit = Edit { name: name.to_owned(), former: known(was), now: known(now), of_type: None };
            let step = (!step.is_empty()).then(|| step.to_owned());
            Version::made(number, "flags.json", "flags", step, vec![edit])
        };
        said.iter().zip(1..).map(one).collect()
    }

    #[test]
    fn what_stands_is_what_nobody_brought_back() {
        for (said, expected) in [
            (&["v2:on>off@a/0/0"][..], Some(1)),
            // Taken back by the run itself, or by hand.
            (&["v2:on>off@a/0/0", "v2:off>on@a/0/0/back"], None),
            (&["v2:on>off@a/0/0", "v2:off>on"], None),
            // Somebody else decided since.
            (&["v2:on>off@a/0/0", "v2:off>some"], None),
            (&["v2:on>off", "v2:off>on", "v2:on>off@a/1/3"], Some(3)),
            // Several steps of the run, the first of which knows what was there.
            (&["v2:on>some@a/0/0", "v2:some>off@a/1/0"], Some(1)),
            (&["v2:on>off@other/0/0"], None),
        ] {
            let found = standing(&versions(said), &|version| marked(version).is_some_and(|(run, _)| run == "a"));
            assert_eq!(found.first().map(|one| one.version), expected, "{said:?}");
        }
    }
}
