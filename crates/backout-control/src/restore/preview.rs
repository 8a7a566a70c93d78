//! What was written since a backup, and how long restoring it takes. Reads the live database and the backup, and
//! changes nothing.
//!
//! Must not know: how rows are told apart.

use std::time::Instant;

use backout_backup::capture::rows::TakenBack;
use backout_backup::manifest::Manifest;
use backout_backup::restore::{self, Changes, Request};
use backout_backup::shelf::{self, Proof};
use backout_backup::store::Store;
use serde::Serialize;

use super::{in_place, replace};
use crate::event::{Event, Work};
use crate::gates::signature;
use crate::{Boxed, Env, Result, rows};

/// What a restore would be.
#[derive(Debug)]
pub enum Wanted<'o> {
    Replace(&'o replace::Options),
    InPlace(&'o in_place::Options),
}

/// What would come of it.
#[derive(Debug, Serialize)]
pub struct Preview {
    pub backup: String,
    pub at: jiff::Timestamp,
    pub proofs: Vec<Proof>,
    pub since: Changes,
    pub left_out: Vec<TakenBack>,
    pub ms: f64,
}

/// Compares the live database with the backup.
pub fn preview<'a>(
    env: &'a Env,
    store: &'a Store,
    manifest: &'a Manifest,
    wanted: Wanted<'a>,
) -> Boxed<'a, Result<Preview>> {
    Box::pin(foreseen(env, store, manifest, wanted))
}

async fn foreseen(env: &Env, store: &Store, manifest: &Manifest, wanted: Wanted<'_>) -> Result<Preview> {
    signature::pass(store, manifest)?;
    let proofs = shelf::proofs(store, manifest).await?;
    let (left_out, only, jobs) = match wanted {
        Wanted::Replace(options) => (left_out(env, manifest, options).await?, None, options.jobs),
        Wanted::InPlace(options) => {
            let tables = in_place::chosen(&options.tables, store, manifest).await?;
            (Vec::new(), Some(tables.iter().map(|table| table.sql_name()).collect::<Vec<_>>()), options.jobs)
        }
    };
    let started = Instant::now();
    env.say(Event::Begun { work: Work::Comparing });
    let request = Request { manifest, store, settings: env.settings()?, jobs: env.jobs(jobs), lenient: true };
    let since = restore::changes(&request, only.as_deref(), &|event| env.say(event.into())).await;
    env.say(Event::Idle);
    let (since, ms) = (since?, started.elapsed().as_secs_f64() * 1e3);
    Ok(Preview { backup: manifest.id.clone(), at: manifest.at, proofs, since, left_out, ms })
}

/// That a replay is possible, and what it would leave out.
async fn left_out(env: &Env, manifest: &Manifest, options: &replace::Options) -> Result<Vec<TakenBack>> {
    if !options.replay {
        return Ok(Vec::new());
    }
    replace::prepared(env, manifest, &options.replay_without).await?;
    if options.without_transactions.is_empty() {
        return Ok(Vec::new());
    }
    let session = env.connect().await?;
    rows::leave_out(env, &session, &options.without_transactions, true).await
}
