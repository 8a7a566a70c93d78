//! `backout backup prove`: a backup is restored into a throwaway server and compared.

use backout_backup::lease::InUse;
use backout_backup::manifest::Manifest;
use backout_backup::restore::{self, Event, Request, Restored};
use backout_backup::room::{self, Server};
use backout_backup::shelf::{self, Proof, ShelfError};
use backout_backup::store::Store;
use backout_plan::{ConnectionSettings, Exit};
use backout_postgres::sandbox::{Installation, Sandbox};
use serde_json::json;

use super::take::size_of;
use crate::context::{Context, Project};
use crate::error::CommandError;
use crate::rehearsal::{installation, sandbox};
use crate::ui::{Ui, count, duration};

/// The database in the throwaway server.
const DATABASE: &str = "proof";

/// Prove a backup: restore it into a throwaway server on this machine and compare every row and object
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its id, the beginning of it, or `latest`
    #[arg(value_name = "BACKUP", default_value = "latest")]
    backup: String,
    /// How many connections restore at once [default: the plan's]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
}

pub async fn run(args: &Args, context: &Context<'_>, project: &Project, store: &Store) -> Result<Exit, CommandError> {
    let manifest = shelf::find(store, &args.backup, &|_| true).await?;
    let jobs = args.jobs.unwrap_or(project.backup().jobs);
    prove(context, project, store, &manifest, jobs).await
}

pub async fn prove(
    context: &Context<'_>,
    _project: &Project,
    store: &Store,
    manifest: &Manifest,
    jobs: u32,
) -> Result<Exit, CommandError> {
    let ui = context.ui;
    // Until the proof lies there: what is proven may be what must stay.
    let in_use = InUse::begin(store, &manifest.id, "a proof").await?;
    ui.begin(&format!("proving backup {}", manifest.id));
    let made = in_sandbox(context, store, manifest, jobs, true).await;
    ui.end();
    let InSandbox { sandbox, restored, notes, server, .. } = match made {
        Ok(made) => made,
        Err(error) => {
            in_use.end().await;
            return Err(error.during(&format!("backup {} is not proven", manifest.id)));
        }
    };
    // One that does not stop in order is removed by its guardian.
    let _ = sandbox.stop().await;
    let proven = restored.differences.is_empty();
    let proof = Proof {
        backup: manifest.id.clone(),
        at: jiff::Timestamp::now(),
        server,
        rows: restored.rows,
        restore_ms: restored.restore_ms,
        compare_ms: restored.compare_ms,
        notes: notes.clone(),
        differences: restored.differences.iter().map(|d| format!("{} {}", d.what, d.said)).collect(),
    };
    shelf::add_proof(store, &proof).await?;
    // Somebody may have removed it by hand.
    if !in_use.is_there().await? {
        shelf::withdraw_proof(store, &proof).await?;
        in_use.end().await;
        return Err(ShelfError::Gone(manifest.id.clone()).into());
    }
    in_use.end().await;
    ui.result(json!({ "id": manifest.id, "store": store.name(), "proven": proven, "proof": proof, "differences": restored.differences }));
    for note in &notes {
        ui.out(format!("note: {note}"));
    }
    if !proven {
        for difference in &restored.differences {
            ui.out(format!("DIFFERENT: {} {}", difference.what, difference.said));
        }
        ui.out(format!("{}: NOT PROVEN", manifest.id));
        return Ok(Exit::Failed);
    }
    ui.out(format!(
        "{}: proven: {} restored in {} and compared in {}",
        manifest.id,
        count(i64::try_from(restored.rows).unwrap_or(i64::MAX), "row"),
        duration(restored.restore_ms),
        duration(restored.compare_ms)
    ));
    Ok(Exit::Ok)
}

/// A backup in a throwaway server.
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
    context: &Context<'_>,
    store: &Store,
    manifest: &Manifest,
    jobs: u32,
    fsync: bool,
) -> Result<InSandbox, CommandError> {
    let ui = context.ui;
    let installation = installation(context, Some(manifest.source.server_version / 10_000))?;
    let sandbox = sandbox(&installation, fsync).await?;
    let admin = context.open(&sandbox.connection("postgres", sandbox.superuser()), None).await?;
    let mut notes = room::make(&admin, &shelf::ground(store, manifest).await?, DATABASE, Server::Ours).await?;
    let settings = sandbox.connection(DATABASE, sandbox.superuser());
    let request = Request { manifest, store, settings: &settings, jobs: jobs as usize, lenient: true };
    let watch = |event: Event| progress(ui, event);
    let restored = restore::restore(&request, &watch).await?;
    notes.extend(restored.notes.iter().cloned());
    let server = admin.scalar("SHOW server_version").await.ok().flatten().unwrap_or_default();
    admin.close().await;
    Ok(InSandbox { sandbox, installation, settings, restored, notes, server })
}

/// What a restore reports while it goes.
pub fn progress(ui: &Ui, event: Event) {
    match event {
        Event::Phase(phase) => ui.progress(phase),
        Event::Loaded { stored, of } => ui.progress(&format!("rows: {} of {}", size_of(stored), size_of(of))),
        Event::Built { what } => ui.progress(&what),
        Event::Note(text) => ui.say(format!("note: {text}")),
    }
}
