//! Takes a backup: all definitions, and the rows of everything or of chosen tables, at one snapshot.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use backout_backup::take::{self, Request};
use backout_plan::Remedy;
use backout_plan::plan::TablePattern;
use backout_postgres::store as history;

use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::gates::{frozen, signature};
use crate::{Boxed, Env, Failure, Result, servers};

/// A backup reads under locks that nobody else waits for, so it may wait longer than a migration.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// What is wanted, beyond the plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only the rows of these, and of those that they refer to.
    pub tables: Vec<TablePattern>,
    /// Not the rows of these.
    pub without: Vec<TablePattern>,
    /// How many connections read at once.
    pub jobs: Option<u32>,
    /// Of compression: 1 is fast, 19 is small.
    pub level: i32,
    /// An interrupted backup to go on with.
    pub resume: Option<String>,
    /// The run that keeps the present state with it.
    pub kept_by: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { tables: Vec::new(), without: Vec::new(), jobs: None, level: 1, resume: None, kept_by: None }
    }
}

/// A backup that was taken.
#[derive(Debug)]
pub struct Done {
    pub manifest: Manifest,
    pub ms: f64,
}

/// Takes a backup into a store.
///
/// # Errors
/// What went wrong, with the way to go on with what was taken by then; [`Refusal::BackupStopped`],
/// [`Refusal::CannotSign`].
pub fn run<'a>(env: &'a Env, store: &'a Store, options: &'a Options) -> Boxed<'a, Result<Done>> {
    Box::pin(work(env, store, options))
}

#[tracing::instrument(name = "take", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, store: &Store, options: &Options) -> Result<Done> {
    let sign = signature::key(env)?;
    env.refuse_pooler(env.settings()?).await?;
    let session = env.connect().await?;
    let identity = history::recorded_identity(&session).await?;
    frozen::say(env, &session).await?;
    let pg_dump = servers::program(&servers::installation(env, Some(session.server_major()))?, "pg_dump")?;
    session.close().await;
    let started = Instant::now();
    let named = env.target_name().map(str::to_owned);
    let request = Request {
        settings: env.settings()?,
        store,
        target: named.or_else(|| identity.as_ref().map(|identity| identity.name.clone())),
        identity,
        tables: &options.tables,
        without: &options.without,
        jobs: env.jobs(options.jobs),
        level: options.level,
        pg_dump: &pg_dump,
        lock_timeout: env.migrate().lock_timeout.duration().max(LOCK_TIMEOUT),
        resume: options.resume.clone(),
        imported: None,
        kept_by: options.kept_by.clone(),
        sign: sign.as_ref(),
    };
    env.say(Event::Begun { work: Work::TakingBackup { store: store.name().to_owned() } });
    let begun = Mutex::new(None);
    let id = || begun.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let watch = |event: take::Event| {
        if let take::Event::Began { id, .. } = &event {
            *begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.clone());
        }
        env.say(event.into());
    };
    let outcome = env.stop.or_leave(take::take(&request, &watch)).await;
    env.say(Event::Idle);
    match outcome {
        Some(Ok(manifest)) => Ok(Done { manifest, ms: started.elapsed().as_secs_f64() * 1e3 }),
        Some(Err(error)) => Err(match id() {
            Some(id) => Failure::from(error).remedy(Remedy::ResumeBackup { id }),
            None => error.into(),
        }),
        None => Err(Refusal::BackupStopped { id: id() }.into()),
    }
}
