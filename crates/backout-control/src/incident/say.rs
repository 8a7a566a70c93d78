//! What is added to an incident: by a firing, by a way back, and by people.
//!
//! Must not know: what is made of it.

use std::time::Duration;

use backout_plan::Remedy;
use backout_plan::nearest;
use jiff::{SignedDuration, Timestamp};

use super::{gather, record};
use crate::failure::Refusal;
use crate::ledger::own::{self, Found};
use crate::ledger::{Own, Severity, What, Window};
use crate::rows::When;
use crate::runs::Runs;
use crate::{Env, Failure, Result};

/// Something to do, as somebody wants it.
#[derive(Debug, Clone)]
pub struct ActionWanted {
    pub name: String,
    pub owner: String,
    /// From now on.
    pub within: Duration,
    /// As its time says, where it is not said.
    pub window: Option<Window>,
}

/// The incident that is meant: by its name, else the open one of the target, else its newest.
///
/// # Errors
/// Where there is none, or the store cannot be read.
pub async fn find(env: &Env, runs: &Runs, wanted: Option<&str>) -> Result<Own> {
    if let Some(id) = wanted {
        return own::one(runs, id).await;
    }
    let (all, target) = (own::all(runs).await?, env.named());
    let open = own::open_of(&all, target.as_deref());
    let found = open.or_else(|| all.iter().rev().find(|one| one.target == target)).cloned();
    found.ok_or_else(|| {
        let advice = Remedy::advice("a way back opens one, and so does a trigger that may act; or open one by hand");
        Refusal::usage("there is no incident of this target", Some(advice)).into()
    })
}

/// Opens one by hand.
///
/// # Errors
/// Where one is open, or the moment lies ahead.
pub async fn open(env: &Env, runs: &Runs, title: &str, aware: Option<When>) -> Result<String> {
    let title = needed("a title", title)?;
    let aware = aware.map(moment_of).transpose()?;
    let entries: Vec<What> = aware.into_iter().map(|at| What::Aware { at }).collect();
    own::open_or_join(runs, env.named().as_deref(), title, &entries, |_, open| match open {
        Some(open) => Found::Refuse(format!("incident {} of this target is open: {}", open.id, open.title)),
        None => Found::Join,
    })
    .await
}

/// Since when it is known.
///
/// # Errors
/// Where the moment lies ahead.
pub async fn aware(runs: &Runs, id: &str, when: When) -> Result<Own> {
    let at = moment_of(when)?;
    own::add(runs, id, |_| Ok(vec![What::Aware { at }])).await
}

/// A moment that is past.
///
/// # Errors
/// Where it lies ahead.
pub fn moment_of(when: When) -> Result<Timestamp> {
    let now = Timestamp::now();
    let at = when.at(now)?;
    match at > now {
        true => Err(Refusal::usage("nobody knows of it before it is", None).into()),
        false => Ok(at),
    }
}

/// Words for the record.
///
/// # Errors
/// Where there are none.
pub async fn note(runs: &Runs, id: &str, text: &str) -> Result<Own> {
    let text = needed("a text", text)?;
    own::add(runs, id, |_| Ok(vec![What::Note { text: text.to_owned() }])).await
}

/// Says how bad it is, whatever the rule says.
///
/// # Errors
/// Where no reason is given.
pub async fn severity(runs: &Runs, id: &str, level: Severity, why: &str) -> Result<Own> {
    let why = needed("a reason", why)?;
    own::add(runs, id, |_| Ok(vec![What::Severity { level, why: why.to_owned() }])).await
}

/// Says whether data was exposed, whatever was counted.
///
/// # Errors
/// Where no reason is given.
pub async fn exposed(runs: &Runs, id: &str, yes: bool, why: &str) -> Result<Own> {
    let why = needed("a reason", why)?;
    own::add(runs, id, |_| Ok(vec![What::Exposed { yes, why: why.to_owned() }])).await
}

/// Adds a run that nobody has added.
///
/// # Errors
/// Where there is no such run, or it belongs to another incident.
pub async fn link_run(runs: &Runs, id: &str, run: &str) -> Result<Own> {
    let run = runs.find(run).await?;
    let all = own::all(runs).await?;
    if let Some(other) = all.iter().find(|one| one.id != id && one.runs().contains(&run.as_str())) {
        return Err(Refusal::refused(format!("run {run} belongs to incident {}", other.id), None).into());
    }
    own::add(runs, id, |own| match own.runs().contains(&run.as_str()) {
        true => Ok(Vec::new()),
        false => Ok(vec![What::Linked { run: run.clone() }]),
    })
    .await
}

/// It is over. Duties and actions that are not done go on.
///
/// # Errors
/// Where it is resolved already, or no reason is given.
pub async fn resolve(runs: &Runs, id: &str, because: &str) -> Result<Own> {
    let because = needed("a reason", because)?;
    own::add(runs, id, |own| match own.is_open() {
        true => Ok(vec![What::Resolved { because: because.to_owned() }]),
        false => Err(Refusal::refused(format!("incident {id} is resolved already"), None).into()),
    })
    .await
}

/// It is not over.
///
/// # Errors
/// Where it is open, or another one of its target is.
pub async fn reopen(runs: &Runs, id: &str, because: &str) -> Result<Own> {
    let because = needed("a reason", because)?;
    let (all, meant) = (own::all(runs).await?, own::one(runs, id).await?);
    if let Some(other) = own::open_of(&all, meant.target.as_deref()).filter(|other| other.id != id) {
        return Err(Refusal::refused(format!("incident {} of its target is open", other.id), None).into());
    }
    own::add(runs, id, |own| match own.is_open() {
        false => Ok(vec![What::Reopened { because: because.to_owned() }]),
        true => Err(Refusal::refused(format!("incident {id} is open"), None).into()),
    })
    .await
}

/// Something to do.
///
/// # Errors
/// Where there is an action of this name.
pub async fn action_add(runs: &Runs, id: &str, wanted: &ActionWanted) -> Result<Own> {
    let name = needed("a name", &wanted.name)?;
    let owner = needed("somebody who does it", &wanted.owner)?;
    let within = SignedDuration::try_from(wanted.within).unwrap_or(SignedDuration::MAX);
    let due = Timestamp::now().checked_add(within).unwrap_or(Timestamp::MAX);
    let window = wanted.window.unwrap_or_else(|| Window::of(wanted.within));
    own::add(runs, id, |own| match own.actions().iter().any(|(known, _)| *known == name) {
        true => Err(Refusal::usage(format!("incident {id} has an action {name:?} already"), None).into()),
        false => {
            let (name, owner) = (name.to_owned(), owner.to_owned());
            Ok(vec![What::ActionAdded { name, owner, due, window }])
        }
    })
    .await
}

/// It was done.
///
/// # Errors
/// Where there is no such action, or it is done already.
pub async fn action_done(runs: &Runs, id: &str, name: &str, note: &str) -> Result<Own> {
    own::add(runs, id, |own| match own.actions().iter().find(|(known, _)| *known == name) {
        Some((_, false)) => Ok(vec![What::ActionDone { name: name.to_owned(), note: note.to_owned() }]),
        Some((_, true)) => Err(Refusal::usage(format!("{name:?} is done already"), None).into()),
        None => {
            let known: Vec<&str> = own.actions().iter().map(|(known, _)| *known).collect();
            Err(unknown(&format!("incident {id} has no action"), name, &known))
        }
    })
    .await
}

/// A duty, or these items of its checklist, is done. It is done as a whole when every item was named.
///
/// # Errors
/// Where this incident has no such duty or item, items are not named, or it is done already.
pub async fn duty_done(
    env: &Env,
    runs: &Runs,
    id: &str,
    duty: &str,
    items: &[String],
    all: bool,
    note: &str,
) -> Result<record::Record> {
    let seen = gather::briefly(env, runs, &own::one(runs, id).await?).await?;
    let Some(known) = seen.duties.iter().find(|one| one.name == duty) else {
        let known: Vec<&str> = seen.duties.iter().map(|one| one.name.as_str()).collect();
        return Err(unknown(&format!("incident {id} has no duty"), duty, &known));
    };
    if known.state.is_done() {
        return Err(Refusal::usage(format!("{duty:?} is done already"), None).into());
    }
    let checklist: Vec<&str> = known.checklist.iter().map(|item| item.item.as_str()).collect();
    if let Some(item) = items.iter().find(|item| !checklist.contains(&item.as_str())) {
        return Err(unknown(&format!("{duty:?} has no item"), item, &checklist));
    }
    if items.is_empty() && !all && !checklist.is_empty() {
        let said = format!("{duty:?} has a checklist, and no item of it is named: {}", checklist.join(", "));
        return Err(Refusal::usage(said, None).into());
    }
    let items: Vec<String> = match all {
        true => known.open_items().into_iter().map(str::to_owned).collect(),
        false => items.to_vec(),
    };
    let entry = What::DutyDone { duty: duty.to_owned(), items, note: note.to_owned() };
    let own = own::add(runs, id, |_| Ok(vec![entry.clone()])).await?;
    gather::briefly(env, runs, &own).await
}

fn needed<'t>(what: &str, text: &'t str) -> Result<&'t str> {
    match text.trim() {
        "" => Err(Refusal::usage(format!("{what} is needed"), None).into()),
        text => Ok(text),
    }
}

fn unknown(said: &str, name: &str, known: &[&str]) -> Failure {
    let has = if known.is_empty() { "it has none".to_owned() } else { format!("it has: {}", known.join(", ")) };
    let meant = nearest(name, known.iter().copied()).map(|meant| format!(" (did you mean {meant:?}?)"));
    Refusal::usage(format!("{said} {name:?}{}; {has}", meant.unwrap_or_default()), None).into()
}
