//! Rehearses the pending migrations and their way back on a clone, and writes a certificate of it.
//!
//! Must not know: how a rehearsal runs, or what a certificate must hold.

use std::path::{Path, PathBuf};

use backout_backup::manifest::Manifest;
use backout_backup::store::Store;
use backout_backup::{restore, shelf};
use backout_plan::plan::{Level, RehearsalPlace, TargetUrl};
use backout_plan::{ConnectionSettings, Remedy};
use backout_postgres::migrate::{self, Job, Native};
use backout_postgres::rehearse::{self, Certificate, Oracle, Place, Prepared, Request};
use backout_postgres::session::Session;
use backout_postgres::store;

use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::folder::Folder;
use crate::gates::{certificate, frozen, identity, signature};
use crate::prove::{InSandbox, in_sandbox};
use crate::servers::{installation, program, sandbox};
use crate::source::Source;
use crate::{Boxed, Env, Failure, Result, place};

/// What is wanted, beyond the plan.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Up to this version, and no further.
    pub to: Option<String>,
    pub level: Option<Level>,
    /// Bytes of a sample; the level is `sampled` then.
    pub sample: Option<u64>,
    /// A backup to clone instead of the target.
    pub backup: Option<String>,
    /// The file of an age identity, for a backup that is encrypted.
    pub identity: Option<PathBuf>,
    /// The certificate stays out of the target.
    pub no_store: bool,
}

/// What a rehearsal came to.
#[derive(Debug)]
pub struct Done {
    pub certificate: Certificate,
    /// Where it was written, beside the plan.
    pub file: PathBuf,
    /// The backup that was cloned.
    pub backup: Option<Box<Manifest>>,
}

/// Rehearses; `None` when nothing is pending.
pub fn run<'a>(env: &'a Env, options: &'a Options) -> Boxed<'a, Result<Option<Done>>> {
    Box::pin(work(env, options))
}

#[tracing::instrument(name = "rehearse", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, options: &Options) -> Result<Option<Done>> {
    let plan = env.plan()?;
    let folder = Folder::read(plan)?;
    let session = env.connect().await?;
    if !options.no_store {
        identity::pass(env, &session).await?;
    }
    if options.backup.is_none() {
        // Its rights are not those that the migrations will meet.
        frozen::refuse(&session).await?;
    }
    let standing = folder.standing(&session).await?;
    let places = crate::migrate::chosen(&folder, &standing, options.to.as_deref())?;
    if places.is_empty() {
        return Ok(None);
    }
    let prepared = folder.prepare(&places)?;
    let applied = standing.applied();
    let mut jobs = Vec::new();
    for one in &prepared {
        let job = folder.job(&session, one, &standing, &applied, true).await?;
        // The tool's own history is not what is rehearsed: the plain statements do not write it either.
        jobs.push(Job { native: Native::default(), ..job });
    }
    let (level, sample) = level(env, options)?;
    env.say(Event::Begun { work: Work::Rehearsing });
    let outcome = on_a_clone(env, options, &session, &jobs, level, sample).await;
    env.say(Event::Idle);
    let (mut rehearsed, from) = outcome?;
    rehearsed.backup = from.as_ref().map(|(_, manifest)| manifest.id.clone());
    let file = certificate::write(&plan.folder(), &rehearsed)?;
    if !options.no_store {
        let body = serde_json::to_string(&rehearsed).unwrap_or_default();
        store::save_certificate(&session, &rehearsed.id(), &body).await?;
    }
    if let Some((store, manifest)) = &from {
        shelf::add_certificate(store, &manifest.id, &rehearsed.id()).await?;
    }
    let backup = from.map(|(_, manifest)| Box::new(manifest));
    Ok(Some(Done { certificate: rehearsed, file, backup }))
}

/// How much is cloned, and how large a sample is.
fn level(env: &Env, options: &Options) -> Result<(Level, u64)> {
    let rehearse = env.rehearse();
    let level = match options.level {
        _ if options.backup.is_some() => Level::Full,
        Some(level) => level,
        None if options.sample.is_some() => Level::Sampled,
        None => rehearse.level,
    };
    if options.sample.is_some() && level != Level::Sampled {
        let said = format!("a sample is for the level sampled, and the level is {level}");
        return Err(Refusal::usage(said, None).into());
    }
    let sample = options.sample.unwrap_or_else(|| rehearse.sample.bytes());
    if sample == 0 {
        let remedy = Remedy::advice("the level schema clones no rows");
        return Err(Refusal::usage("a sample of 0 bytes holds nothing", Some(remedy)).into());
    }
    Ok((level, sample))
}

/// The certificate, and the backup that was cloned.
async fn on_a_clone(
    env: &Env,
    options: &Options,
    session: &Session,
    jobs: &[Job],
    level: Level,
    sample: u64,
) -> Result<(Certificate, Option<(Store, Manifest)>)> {
    let from = match &options.backup {
        Some(name) => Some(chosen(env, name, options.identity.as_deref(), session).await?),
        None => None,
    };
    let (clone, oracle) = match &from {
        Some((store, manifest)) => {
            let made = restored(env, store, manifest).await?;
            prepare_from(session, made, manifest).await?
        }
        None => prepare(env, session, level).await?,
    };
    let rules = env.rules();
    let matter = env.plan()?.hash_of_matter();
    let request = Request { jobs, rules: &rules, level, sample, plan: &matter, oracle: &oracle };
    let watch = |event: migrate::Event| env.say(event.into());
    let outcome = rehearse::rehearse(session, &clone, &request, &watch).await;
    // The clone goes whatever came out.
    let cleaned = clone.clean().await;
    let certificate = outcome?;
    if let Err(source) = cleaned {
        let said = Failure::from(source).sentence();
        env.say(Event::warning("rehearse.left", format!("the clone was not removed: {said}")));
    }
    Ok((certificate, from))
}

/// Where the plan wants the clone, ready to be filled.
async fn prepare(env: &Env, session: &Session, level: Level) -> Result<(Prepared, Oracle)> {
    let rehearse = env.rehearse();
    let installation = installation(env, Some(session.server_major()))?;
    let source = env.settings()?.clone();
    let place = match rehearse.place {
        RehearsalPlace::Sandbox => Place::Sandbox(Box::new(sandbox(env, &installation, false).await?)),
        RehearsalPlace::SameServer => Place::Server(Box::new(source.clone())),
        RehearsalPlace::Url => {
            let url = match &rehearse.sandbox_url {
                Some(TargetUrl::Literal(url)) => url.clone(),
                Some(TargetUrl::Env(name)) => (env.variables)(name)
                    .ok_or_else(|| Refusal::usage(format!("sandbox_url is env:{name}, and {name} is not set"), None))?,
                None => return Err(Refusal::usage("where = \"url\" needs sandbox_url", None).into()),
            };
            let settings: ConnectionSettings =
                url.parse().map_err(|error| Refusal::usage(format!("sandbox_url: {error}"), None))?;
            Place::Server(Box::new(settings))
        }
    };
    let oracle = Oracle { pg_dump: program(&installation, "pg_dump")? };
    let restore = program(&installation, "pg_restore")?;
    let prepared = Prepared::new(session, source, place, oracle.pg_dump.clone(), restore, level).await?;
    Ok((prepared, oracle))
}

/// A clone that is a copy of a restored backup, in the sandbox where it was restored.
async fn prepare_from(session: &Session, made: InSandbox, manifest: &Manifest) -> Result<(Prepared, Oracle)> {
    let database = made.settings.database().unwrap_or_default().to_owned();
    let sandbox = made.sandbox;
    let oracle = Oracle { pg_dump: program(sandbox.installation(), "pg_dump")? };
    let pg_restore = program(sandbox.installation(), "pg_restore")?;
    let settings = sandbox.connection(&database, sandbox.superuser());
    let mut notes: Vec<String> = manifest
        .without_rows()
        .map(|left| format!("{} is empty in the clone: the backup does not hold its rows", left.what))
        .collect();
    notes.extend(made.notes);
    let (dump, place) = (oracle.pg_dump.clone(), Place::Sandbox(Box::new(sandbox)));
    let prepared = Prepared::new(session, settings, place, dump, pg_restore, Level::Full).await?;
    Ok((prepared.copied_from(&database, notes), oracle))
}

/// The backup that is to be cloned: of this target, whose schema is still the same.
async fn chosen(env: &Env, name: &str, identity: Option<&Path>, session: &Session) -> Result<(Store, Manifest)> {
    let place = env.rehearse().place;
    if place != RehearsalPlace::Sandbox {
        let said = format!("a backup is restored into a sandbox, and rehearse.where is \"{place}\"");
        return Err(Refusal::usage(said, None).into());
    }
    let store = place::open(env, None, identity)?;
    let source = Source::of(session).await?;
    let manifest = shelf::find(&store, name, &|manifest| source.is_of(manifest)).await?;
    if !source.is_of(&manifest) {
        let said = format!("backup {} is of another database, {}", manifest.id, manifest.source.endpoint);
        return Err(Refusal::refused(said, None).into());
    }
    signature::pass(&store, &manifest)?;
    let changed = restore::schema_since(session, &store, &manifest).await?;
    if !changed.is_empty() {
        let changed = changed.iter().map(|one| format!("{} {}", one.what, one.said)).collect();
        return Err(Refusal::SchemaChanged { backup: manifest.id.clone(), changed }.into());
    }
    Ok((store, manifest))
}

/// The backup in a sandbox, where it is what was taken.
async fn restored(env: &Env, store: &Store, manifest: &Manifest) -> Result<InSandbox> {
    let made = in_sandbox(env, store, manifest, None, false).await?;
    if let Some(difference) = made.restored.differences.first() {
        let said = format!("backup {} is not what was taken: {} {}", manifest.id, difference.what, difference.said);
        let remedy = Remedy::ProveBackup { id: manifest.id.clone() };
        return Err(Refusal::failed(said, Some(remedy)).into());
    }
    Ok(made)
}
