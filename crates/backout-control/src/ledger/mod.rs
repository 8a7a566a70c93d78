//! What is written down of incidents while things happen: by firings, ways back and people; and what is left to do before a
//! migration is tried again.
//!
//! Must not know: what a record is made of (`incident`), or what a step did beyond what it took back.

mod actions;
mod held;
pub mod own;

use std::time::Duration;

use backout_runbook::Event as Journaled;

use crate::decided::Decided;
use crate::event::Event;
use crate::failure::Refusal;
use crate::runs::{ROLLBACK, Runs};
use crate::{Boxed, Env, Failure, Result};

pub(crate) use actions::actions;
pub use actions::{ActionFacts, Done};
pub(crate) use held::{holding, note_early, restored};
use own::Found;
pub use own::{Entry, Own, Severity, Unread, What, Window};

/// How long a way back waits for what happened to be noted.
const NOTED: Duration = Duration::from_secs(2);

/// Opens an incident for a firing, or adds it to the open one, once: before anything is done. A store that is away stops
/// no way back; that it was not noted is said, and it is noted when the firing is followed again.
pub(crate) fn opened_by_firing<'a>(env: &'a Env, runs: &'a Runs, decided: &'a Decided) -> Boxed<'a, ()> {
    Box::pin(noted_firing(env, runs, decided))
}

async fn noted_firing(env: &Env, runs: &Runs, decided: &Decided) {
    let title = match decided.symptom.is_empty() {
        true => format!("trigger {} fired", decided.firing.trigger),
        false => format!("{}: trigger {} fired", decided.symptom, decided.firing.trigger),
    };
    let noting = fired(env, runs, &title, decided);
    noted(env, noting).await;
}

/// Adds a run to the incident that is open, or opens one for it: whether that is noted. A store that is away stops no way
/// back.
pub(crate) fn link<'a>(env: &'a Env, runs: &'a Runs, run: &'a str) -> Boxed<'a, bool> {
    Box::pin(noted(env, linked(env, runs, run)))
}

/// The same of a run that is gone on with, where it is a way back.
pub(crate) async fn link_again(env: &Env, runs: &Runs, procedure: &str, run: &str) {
    if procedure == ROLLBACK {
        link(env, runs, run).await;
    }
}

async fn noted(env: &Env, noting: impl Future<Output = Result<String>>) -> bool {
    let late = || {
        let said = format!("the store does not answer within {} s", NOTED.as_secs());
        Failure::from(Refusal::failed(said, None))
    };
    let done = tokio::time::timeout(NOTED, noting).await.unwrap_or_else(|_| Err(late()));
    match done {
        Ok(_) => true,
        Err(failure) => {
            let said = format!("the incident is not noted yet: {}", failure.sentence());
            env.say(Event::warning("incident.not-noted", said));
            false
        }
    }
}

/// A firing: its id decides whether it is noted already.
async fn fired(env: &Env, runs: &Runs, title: &str, decided: &Decided) -> Result<String> {
    let target = env.named();
    let entry = What::Fired { decided: Box::new(decided.clone()) };
    own::open_or_join(runs, target.as_deref(), title, &[entry], |all, _| {
        let known = all.iter().find(|one| one.target == target && one.has_fired(&decided.id));
        known.map_or(Found::Join, |known| Found::There(known.id.clone()))
    })
    .await
}

/// A run: it belongs to one incident.
async fn linked(env: &Env, runs: &Runs, run: &str) -> Result<String> {
    let target = env.named();
    let because = match own::open_of(&own::all(runs).await?, target.as_deref()) {
        Some(_) => String::new(),
        None => because(runs, run).await?,
    };
    let title = if because.is_empty() { "way back".to_owned() } else { format!("way back: {because}") };
    let entry = What::Linked { run: run.to_owned() };
    own::open_or_join(runs, target.as_deref(), &title, &[entry], |all, _| {
        let known = all.iter().find(|one| one.runs().contains(&run));
        known.map_or(Found::Join, |known| Found::There(known.id.clone()))
    })
    .await
}

async fn because(runs: &Runs, run: &str) -> Result<String> {
    let journal = runs.read(run).await?;
    let opened = journal.records.first().and_then(|record| record.event(run).ok());
    Ok(match opened {
        Some(Journaled::Opened { because, .. }) => because,
        _ => String::new(),
    })
}
