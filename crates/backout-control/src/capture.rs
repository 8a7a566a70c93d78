//! Capture of changed rows: what is captured, beginning and ending it, and what a migration or an undo does to it.
//!
//! Must not know: how changes are captured.

use std::time::Duration;

use backout_backup::capture::{self, CaptureError, Depth, Slot, Standing};
use backout_backup::manifest::Manifest;
use backout_backup::shelf;
use backout_plan::plan::{CaptureDepth, TablePattern};
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::qualified;
use serde::Serialize;

use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::gates::{identity, signature};
use crate::{Boxed, Env, Failure, Result, place};

/// What is captured, and how much of it lies there.
#[derive(Debug, Serialize)]
pub struct Captured {
    pub captured: Vec<Standing>,
    pub not_captured: Vec<String>,
    /// On disk.
    pub bytes: u64,
    /// Bytes of the write-ahead log that the slot keeps.
    pub log_kept: Option<u64>,
    /// Foreign keys that a restore has left unchecked.
    pub unchecked: Vec<String>,
    #[serde(skip)]
    pub slot: Option<Slot>,
}

/// Looks, and changes nothing.
pub async fn look(session: &Session) -> Result<Captured> {
    let (captured, not_captured) = capture::standing(session).await?;
    if captured.is_empty() {
        return Ok(Captured { captured, not_captured, bytes: 0, log_kept: None, unchecked: Vec::new(), slot: None });
    }
    let bytes = capture::size(session).await?;
    let unchecked = capture::unchecked(session).await?;
    let slot = capture::slot(session).await?;
    Ok(Captured { captured, not_captured, bytes, log_kept: slot.as_ref().map(|slot| slot.kept), unchecked, slot })
}

/// What is captured in the target.
pub async fn status(env: &Env) -> Result<Captured> {
    look(&env.connect().await?).await
}

/// What beginning came to.
#[derive(Debug, Serialize)]
pub struct On {
    pub begun: Vec<capture::Captured>,
    /// Tables that are captured now.
    pub captured: usize,
    /// Tables that were wanted and belong to others.
    pub not_captured: Vec<String>,
}

/// Begins to capture all tables, or those that are named.
pub fn on<'a>(env: &'a Env, depth: Option<Depth>, tables: &'a [TablePattern]) -> Boxed<'a, Result<On>> {
    Box::pin(install(env, depth, tables))
}

async fn install(env: &Env, depth: Option<Depth>, tables: &[TablePattern]) -> Result<On> {
    let depth = depth.unwrap_or_else(|| match env.backup().capture {
        CaptureDepth::Keys => Depth::Keys,
        CaptureDepth::Images => Depth::Images,
        CaptureDepth::Slot => Depth::Slot,
    });
    let pair = env.connect_pair().await?;
    identity::pass(env, &pair.session).await?;
    history::lock_runs_only(&pair.session).await?;
    let there = capture::tables(&pair.session).await?;
    let is_nothing = |pattern: &&TablePattern| !there.iter().any(|(schema, name)| pattern.matches(schema, name));
    if let Some(pattern) = tables.iter().find(is_nothing) {
        return Err(CaptureError::Nothing(pattern.to_string()).into());
    }
    let wanted =
        |schema: &str, name: &str| tables.is_empty() || tables.iter().any(|pattern| pattern.matches(schema, name));
    env.say(Event::Begun { work: Work::Capturing });
    let begun = capture::on(&pair.session, depth, &wanted, lock_timeout(env), &|table| env.say(Event::at(table))).await;
    env.say(Event::Idle);
    let begun = begun?;
    let (standing, _) = capture::standing(&pair.session).await?;
    let is_captured =
        |schema: &str, name: &str| standing.iter().any(|s| s.source.schema == schema && s.source.name == name);
    let not_captured = there
        .iter()
        .filter(|(schema, name)| wanted(schema, name) && !is_captured(schema, name))
        .map(|(schema, name)| qualified(schema, name))
        .collect();
    Ok(On { begun, captured: standing.len(), not_captured })
}

/// How long a table is waited for before whoever queued behind us goes first.
fn lock_timeout(env: &Env) -> Duration {
    env.migrate().lock_timeout.duration()
}

/// Checks foreign keys that an interrupted replay left unchecked: how many are checked now, and what fails.
pub async fn check(env: &Env) -> Result<(usize, Vec<String>)> {
    let session = env.connect().await?;
    if !capture::is_on(&session).await? {
        return Err(CaptureError::Off.into());
    }
    let number = capture::unchecked(&session).await?.len();
    let failed = capture::check(&session).await?;
    let failed: Vec<String> = failed.iter().map(|(sql, error)| format!("{sql}: {error}")).collect();
    Ok((number - failed.len(), failed))
}

/// Ends it, and removes what was captured; how many tables were captured.
#[tracing::instrument(name = "capture off", skip_all, fields(target = env.target_name()))]
pub async fn off(env: &Env) -> Result<usize> {
    let pair = env.connect_pair().await?;
    identity::pass(env, &pair.session).await?;
    if !capture::is_on(&pair.session).await? {
        return Ok(0);
    }
    env.confirm("a restore of any backup loses what was written since it was taken")?;
    history::lock_runs_only(&pair.session).await?;
    Ok(capture::off(&pair.session, lock_timeout(env)).await?)
}

/// Removes the changes that a backup has seen; the backup, and how many they were.
#[tracing::instrument(name = "capture trim", skip_all, fields(target = env.target_name()))]
pub async fn trim(env: &Env, backup: &str) -> Result<(String, u64)> {
    let pair = env.connect_pair().await?;
    identity::pass(env, &pair.session).await?;
    history::lock_runs_only(&pair.session).await?;
    if !capture::is_on(&pair.session).await? {
        return Err(CaptureError::Off.into());
    }
    let store = place::open(env, None, None)?;
    let identity = history::recorded_identity(&pair.session).await?;
    let of_this = |manifest: &Manifest| {
        manifest.source.identity.as_ref().map(|known| &known.marker) == identity.as_ref().map(|known| &known.marker)
    };
    let manifest = shelf::find(&store, backup, &of_this).await?;
    // Else what it claims to have seen would be forgotten.
    signature::pass(&store, &manifest)?;
    let Some(snapshot) = manifest.snapshot.as_deref().filter(|_| of_this(&manifest)) else {
        let said = format!("backup {} does not say which changes of this database it has seen", manifest.id);
        return Err(Refusal::refused(said, None).into());
    };
    // The log is read up to now, so that the server need not keep it any longer.
    capture::drain(env.settings()?, &capture::captured(&pair.session).await?).await?;
    let removed = capture::trim(&pair.session, Some(snapshot)).await?;
    Ok((manifest.id, removed))
}

/// What is captured before tables are altered. What cannot be read is not followed, and said.
pub async fn before(env: &Env, session: &Session) -> Option<capture::Before> {
    capture::before(session).await.unwrap_or_else(|error| {
        let said = Failure::from(error).sentence();
        env.say(Event::warning("capture.unknown", format!("what is captured here cannot be followed: {said}")));
        None
    })
}

/// After a migration or an undo: goes on capturing what they altered. They stand whatever becomes of this.
pub async fn follow(env: &Env, session: &Session, before: Option<capture::Before>) {
    let Some(before) = before else { return };
    match capture::follow(session, &before, lock_timeout(env)).await {
        Ok(begun) if begun.is_empty() => {}
        Ok(begun) => {
            let names: Vec<String> = begun.into_iter().map(|one| one.table).collect();
            let noun = if names.len() == 1 { "table" } else { "tables" };
            let said = format!("{} {noun} captured anew since altered or made: {}", names.len(), names.join(", "));
            env.say(Event::note("capture.anew", said));
            let older = "older backups are restored without what was written to these since: take a new one";
            env.say(Event::note("capture.anew", older));
        }
        Err(error) => {
            let said = Failure::from(error).sentence();
            let lost = format!("changes of some tables may not be captured any more: {said}");
            env.say(Event::warning("capture.broken", lost));
        }
    }
}
