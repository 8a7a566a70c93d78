//! A new database is made and filled with a backup, and removed again where it is of no use.

use backout_postgres::sqlstate;
use std::time::Duration;

use backout_backup::capture;
use backout_backup::manifest::Manifest;
use backout_backup::restore::{self, Request, Restored};
use backout_backup::room::{self, Server};
use backout_backup::shelf;
use backout_backup::store::Store;
use backout_plan::{ConnectionSettings, Remedy};
use backout_postgres::session::Session;
use backout_schema::{ident, literal};

use super::names::Names;
use crate::event::Event;
use crate::{Env, Failure, Result};

/// Makes a database and fills it. One that could not be filled is dropped again; what is different in one that was, is
/// among the differences.
pub(super) async fn fill(
    env: &Env,
    admin: &Session,
    settings: &ConnectionSettings,
    store: &Store,
    manifest: &Manifest,
    jobs: Option<u32>,
) -> Result<Restored> {
    let name = settings.database().unwrap_or_default().to_owned();
    let ground = shelf::ground(store, manifest).await?;
    let mut notes = room::make(admin, &ground, &name, Server::Theirs).await?;
    backout_postgres::failpoint!("restore.room");
    let request = Request { manifest, store, settings, jobs: env.jobs(jobs), lenient: true };
    let outcome = restore::restore(&request, &|event| env.say(event.into())).await;
    backout_postgres::failpoint!("restore.filled");
    match outcome {
        Ok(mut restored) => {
            let furnished = room::furnish(admin, &ground, &name).await?;
            let unlike = furnished.iter().map(|said| restore::Difference {
                what: format!("database {name}"),
                said: format!("lacks what it had: {said}"),
            });
            restored.differences.extend(unlike);
            notes.append(&mut restored.notes);
            restored.notes = notes;
            Ok(restored)
        }
        Err(error) => {
            let failure = Failure::from(error);
            Err(match drop_restored(admin, &name).await {
                Ok(()) => failure,
                Err(_) => {
                    failure.remedy(Remedy::advice(format!("the database {name} could not be dropped; it is of no use")))
                }
            })
        }
    }
}

/// Statistics are not in a backup, and a planner without them is a slow one. Rows are whole without them.
pub(super) async fn analyze(env: &Env, settings: &ConnectionSettings) {
    env.say(Event::at("statistics"));
    let gather = async {
        let session = env.open(settings).await?;
        let mut done = session.batch("SET statement_timeout = 0; SET lock_timeout = 0").await;
        if done.is_ok() {
            // By itself: with others in one message it would be one transaction, which keeps a lock on every table.
            done = session.batch("ANALYZE").await;
        }
        session.close().await;
        done.map_err(Failure::server("gathering statistics"))
    };
    if let Err(failure) = gather.await {
        let said = "no statistics were gathered, so queries may be slow until ANALYZE has run";
        env.say(Event::warning("restore.statistics", format!("{said}: {}", failure.sentence())));
    }
}

/// So often a database that nobody uses is dropped, and how long to wait in between.
const DROPS: u32 = 20;
const BETWEEN_DROPS: Duration = Duration::from_millis(250);

/// Removes a database that nobody uses yet.
pub(super) async fn drop_restored(session: &Session, name: &str) -> Result<()> {
    capture::release_slot(session, name).await?;
    let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(name));
    let mut attempt = 1;
    loop {
        match session.batch(&sql).await {
            Ok(()) => return Ok(()),
            // Somebody is still on the way out, or the server's own vacuum is in there, whom only it may end.
            Err(source)
                if attempt < DROPS
                    && (source.has_code(sqlstate::OBJECT_IN_USE)
                        || source.has_code(sqlstate::INSUFFICIENT_PRIVILEGE)) =>
            {
                attempt += 1;
                tokio::time::sleep(BETWEEN_DROPS).await;
            }
            Err(source) => return Err(Failure::server("dropping a database that was restored")(source)),
        }
    }
}

/// Databases of restores that were killed before they were whole. Their names say so, and nobody uses them.
pub(super) async fn sweep(session: &Session, names: &Names) -> Result<()> {
    let sql = format!(
        "SELECT datname::text FROM pg_catalog.pg_database d WHERE datname ~ {} AND pg_catalog.pg_has_role(datdba, 'USAGE') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)",
        literal(&format!("^{}$", names.pattern("restoring"))).trim_start()
    );
    let failed = || Failure::server("looking for what killed restores left");
    for row in session.rows(&sql).await.map_err(failed())? {
        let name: String = row.get(0);
        capture::release_slot(session, &name).await?;
        session.batch(&format!("DROP DATABASE IF EXISTS {}", ident(&name))).await.map_err(failed())?;
    }
    Ok(())
}
