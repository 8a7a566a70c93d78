//! A backup is restored into a throwaway server and compared.

use backout_backup::lease::InUse;
use backout_backup::manifest::Manifest;
use backout_backup::restore::{self, Difference, Request, Restored};
use backout_backup::room::{self, Server};
use backout_backup::shelf::{self, Proof, ShelfError};
use backout_backup::store::Store;
use backout_plan::ConnectionSettings;
use backout_postgres::sandbox::{Installation, Sandbox};
use serde::Serialize;

use crate::event::{Event, Work};
use crate::gates::signature;
use crate::{Boxed, Env, Result, servers};

/// The database in the throwaway server.
const DATABASE: &str = "proof";

/// What a proof came to.
#[derive(Debug, Serialize)]
pub struct Done {
    pub id: String,
    pub store: String,
    pub proven: bool,
    pub proof: Proof,
    pub differences: Vec<Difference>,
}

/// Proves a backup, and writes the proof down beside it, signed where the plan names a key. `jobs` connections restore at
/// once; the plan's by default.
///
/// # Errors
/// What went wrong; [`NotSigned`](crate::Refusal::NotSigned), and [`CannotSign`](crate::Refusal::CannotSign) where the
/// proof would not count.
pub fn run<'a>(env: &'a Env, store: &'a Store, manifest: &'a Manifest, jobs: Option<u32>) -> Boxed<'a, Result<Done>> {
    Box::pin(work(env, store, manifest, jobs))
}

#[tracing::instrument(name = "prove", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, store: &Store, manifest: &Manifest, jobs: Option<u32>) -> Result<Done> {
    signature::pass(store, manifest)?;
    let sign = signature::key(env)?;
    // Until the proof lies there: what is proven may be what must stay.
    let in_use = InUse::begin(store, &manifest.id, "a proof").await?;
    env.say(Event::Begun { work: Work::ProvingBackup { id: manifest.id.clone() } });
    let made = in_sandbox(env, store, manifest, jobs, true).await;
    env.say(Event::Idle);
    let InSandbox { sandbox, restored, notes, server, .. } = match made {
        Ok(made) => made,
        Err(failure) => {
            in_use.end().await;
            return Err(failure.during(format!("backup {} is not proven", manifest.id)));
        }
    };
    // One that does not stop in order is removed by its guardian.
    let _ = sandbox.stop().await;
    let proof = Proof {
        backup: manifest.id.clone(),
        manifest: Some(manifest.found.digest.clone()),
        at: jiff::Timestamp::now(),
        server,
        rows: restored.rows,
        restore_ms: restored.restore_ms,
        compare_ms: restored.compare_ms,
        notes,
        differences: restored.differences.iter().map(|d| format!("{} {}", d.what, d.said)).collect(),
    };
    shelf::add_proof(store, &proof, sign.as_ref()).await?;
    // Somebody may have removed it by hand.
    if !in_use.is_there().await? {
        shelf::withdraw_proof(store, &proof).await?;
        in_use.end().await;
        return Err(ShelfError::Gone(manifest.id.clone()).into());
    }
    in_use.end().await;
    Ok(Done {
        id: manifest.id.clone(),
        store: store.name().to_owned(),
        proven: restored.differences.is_empty(),
        proof,
        differences: restored.differences,
    })
}

/// What is on record of a proof: whether the newest one that lies there says that the backup is whole. After a crash.
pub async fn settle(store: &Store, id: &str) -> Result<Option<Proof>> {
    match shelf::load(store, id).await {
        Ok(manifest) => Ok(shelf::proofs(store, &manifest).await?.pop()),
        Err(ShelfError::None { .. } | ShelfError::Interrupted(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A backup in a throwaway server.
#[derive(Debug)]
pub struct InSandbox {
    pub sandbox: Sandbox,
    pub installation: Installation,
    /// As the server's superuser.
    pub settings: ConnectionSettings,
    pub restored: Restored,
    pub notes: Vec<String>,
    /// Its version, in its words.
    pub server: String,
}

/// Restores a backup into a throwaway server of its version. With `fsync` its files reach the disk, so that the time is
/// one that a restore would take.
pub async fn in_sandbox(
    env: &Env,
    store: &Store,
    manifest: &Manifest,
    jobs: Option<u32>,
    fsync: bool,
) -> Result<InSandbox> {
    let installation = servers::installation(env, Some(manifest.source.server_version / 10_000))?;
    let sandbox = servers::sandbox(env, &installation, fsync).await?;
    let admin = env.open(&sandbox.connection("postgres", sandbox.superuser())).await?;
    let mut notes = room::make(&admin, &shelf::ground(store, manifest).await?, DATABASE, Server::Ours).await?;
    let settings = sandbox.connection(DATABASE, sandbox.superuser());
    let request = Request { manifest, store, settings: &settings, jobs: env.jobs(jobs), lenient: true };
    let restored = restore::restore(&request, &|event| env.say(event.into())).await?;
    notes.extend(restored.notes.iter().cloned());
    let server = admin.scalar("SHOW server_version").await.ok().flatten().unwrap_or_default();
    admin.close().await;
    Ok(InSandbox { sandbox, installation, settings, restored, notes, server })
}
