//! Restores: a backup into a new database beside the live one, in the place of the live one, or into its tables.
//!
//! Must not know: how rows are loaded or names exchanged.

mod exchange;
mod fill;
mod frozen;
pub mod in_place;
pub mod leftovers;
mod names;
mod preview;
pub mod replace;

use backout_backup::capture;
use backout_backup::manifest::Manifest;
use backout_backup::restore::Restored;
use backout_backup::shelf;
use backout_backup::store::Store;
use backout_plan::{ConnectionSettings, Remedy};
use backout_postgres::session::Session;
use serde::Serialize;

use crate::event::{Event, Work};
use crate::failure::{Halted, Refusal};
use crate::gates::signature;
use crate::source::Source;
use crate::{Env, Failure, Result};
use fill::{analyze, fill};

pub use preview::{Preview, Wanted, preview};

/// The backup of this name; `latest` is that of this database, where several keep theirs in one place.
pub async fn find(env: &Env, store: &Store, name: &str, other_source: bool) -> Result<Manifest> {
    find_where(env, store, name, other_source, &|_| true).await
}

/// The same, where `latest` is the newest one that is asked for.
pub(crate) async fn find_where(
    env: &Env,
    store: &Store,
    name: &str,
    other_source: bool,
    is_asked_for: &(dyn Fn(&Manifest) -> bool + Sync),
) -> Result<Manifest> {
    let session = env.connect().await?;
    let source = Source::of(&session).await?;
    session.close().await;
    let is_meant = |manifest: &Manifest| (other_source || source.is_of(manifest)) && is_asked_for(manifest);
    Ok(shelf::find(store, name, &is_meant).await?)
}

/// A backup in a database of its own.
#[derive(Debug, Serialize)]
pub struct Beside {
    pub backup: String,
    pub database: String,
    pub restored: Restored,
}

/// Restores into a new database; nothing else changes.
///
/// # Errors
/// With what was restored, where that is not what was taken: the database stays, for somebody to judge.
#[tracing::instrument(name = "restore beside", skip_all, fields(target = env.target_name()))]
pub async fn beside(
    env: &Env,
    store: &Store,
    manifest: &Manifest,
    name: &str,
    jobs: Option<u32>,
) -> std::result::Result<Beside, Halted<Option<Beside>>> {
    signature::pass(store, manifest)?;
    let admin = env.connect().await?;
    let settings = ConnectionSettings { dbname: Some(name.to_owned()), ..env.settings()?.clone() };
    env.say(Event::Begun { work: Work::Restoring { backup: manifest.id.clone(), database: name.to_owned() } });
    let restored = fill(env, &admin, &settings, store, manifest, jobs).await;
    env.say(Event::Idle);
    let restored = restored?;
    // What is captured is of the database that it was taken from, and nobody would look after a slot of a copy.
    let session = env.open(&settings).await?;
    capture::forget(&session).await?;
    session.close().await;
    analyze(env, &settings).await;
    notes(env, &restored, manifest);
    let refusal = unlike(&restored);
    let done = Beside { backup: manifest.id.clone(), database: name.to_owned(), restored };
    match refusal {
        None => Ok(done),
        Some(refusal) => {
            let stays = Remedy::advice(format!("the database {name} stays, for you to judge"));
            Err(Halted { done: Some(done), failure: Failure::from(refusal).remedy(stays) })
        }
    }
}

/// Everything that is not as it was taken.
fn unlike(restored: &Restored) -> Option<Refusal> {
    let differences: Vec<String> = restored.differences.iter().map(|d| format!("{} {}", d.what, d.said)).collect();
    (!differences.is_empty()).then_some(Refusal::Unlike { differences })
}

/// What somebody should know of what was restored.
fn notes(env: &Env, restored: &Restored, manifest: &Manifest) {
    restored.notes.iter().for_each(|note| env.say(Event::note("restore.note", note.clone())));
    for left in &manifest.left_out {
        let what = if left.rows_only { "the rows of " } else { "" };
        let said = format!("not in the backup: {what}{}: {}", left.what, left.why);
        env.say(Event::note("restore.left-out", said));
    }
}

/// The database of this session.
async fn live(session: &Session) -> String {
    session.scalar("SELECT current_database()").await.ok().flatten().unwrap_or_default()
}
