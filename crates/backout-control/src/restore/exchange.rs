//! The restored database takes the place of the live one, with what was written meanwhile where it is captured.
//!
//! Must not know: how rows are replayed or names exchanged.

use backout_backup::capture::{self, Replay, Replayed};
use backout_backup::swap::{self, SwapError, Swapped};
use backout_plan::{ConnectionSettings, Remedy};
use backout_postgres::freeze::Standing;
use backout_postgres::session::Session;

use super::frozen;
use super::leftovers::replaced;
use super::names::Names;
use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::{Env, Result};

/// That nothing is in the way of the exchange that ending sessions does not move, before hours are spent on the rest.
pub(super) async fn is_possible(env: &Env, names: &Names) -> Result<()> {
    let session = env.connect().await?;
    let third = swap::elsewhere(&session, &names.swap()).await?;
    let obstacles = swap::obstacles(&session, &names.swap()).await?;
    session.close().await;
    if !obstacles.is_empty() {
        let said = format!("the databases could not be exchanged: {}", obstacles.join("; "));
        return Err(Refusal::refused(said, Some(Remedy::RestoreInto)).into());
    }
    let Some(third) = third else { return Err(no_third().into()) };
    env.open(&ConnectionSettings { dbname: Some(third), ..env.settings()?.clone() }).await?.close().await;
    Ok(())
}

fn no_third() -> Refusal {
    let remedy = Remedy::advice("CREATE DATABASE postgres, as an administrator");
    Refusal::refused("there is no third database on this server to rename the two from", Some(remedy))
}

/// Slots of databases that were replaced: what is captured is of the live one by now, and for their sake the server
/// would keep its log for ever.
pub(super) async fn release(env: &Env, live: &str) {
    let released = async {
        let session = env.connect().await?;
        for (name, _) in replaced(&session, live).await? {
            capture::release_slot(&session, &name).await?;
        }
        session.close().await;
        Result::Ok(())
    };
    if released.await.is_err() {
        let said = "a replication slot of a database that was replaced is still there: the server keeps its log for it";
        env.say(Event::warning("restore.slot", said));
    }
}

pub(super) async fn exchange(env: &Env, names: &Names) -> Result<Swapped> {
    let (admin, helper) = outside(env, env.settings()?, names).await?;
    let swapped = swap::swap(&admin, &helper, &names.swap()).await;
    admin.close().await;
    helper.close().await;
    Ok(swapped?)
}

/// Two sessions in a third database.
async fn outside(env: &Env, settings: &ConnectionSettings, names: &Names) -> Result<(Session, Session)> {
    let session = env.open(settings).await?;
    let third = swap::elsewhere(&session, &names.swap()).await?;
    session.close().await;
    let Some(third) = third else { return Err(no_third().into()) };
    let settings = ConnectionSettings { dbname: Some(third), ..settings.clone() };
    Ok((env.open(&settings).await?, env.open(&settings).await?))
}

/// A round that is about no more rows than this is short enough to keep writers out for.
const FEW: u64 = 1000;
/// Rounds while others write: whoever writes faster than we copy is kept out for longer in the end.
const ROUNDS: u32 = 8;
/// How often it is tried to exchange the names with everybody outside.
const EXCHANGES: u32 = 5;

/// Replays what was captured, and exchanges the names with the last of it in; frozen by then, where the live one is.
pub(super) async fn replay_and_exchange(
    env: &Env,
    names: &Names,
    mut replay: Replay,
    standing: Option<&Standing>,
) -> Result<(Swapped, Replayed)> {
    let settings = env.settings()?;
    let new = ConnectionSettings { dbname: Some(names.new.clone()), ..settings.clone() };
    let mut within = replay.within(&new).await?;
    env.say(Event::Begun { work: Work::Replaying });
    for _ in 0..ROUNDS {
        let rows = replay.round(&mut within).await?;
        backout_postgres::failpoint!("replay.round");
        if rows <= FEW {
            break;
        }
    }
    env.say(Event::Idle);
    let (admin, helper) = outside(env, settings, names).await?;
    for _ in 0..EXCHANGES {
        let hold = replay.last(&mut within, &helper).await?;
        let mut held = vec![hold.pid(), within.pid()];
        // Nobody comes into the new one any more when it is time to freeze it.
        let freezing = match standing {
            Some(standing) => Some((env.open(&new).await?, standing)),
            None => None,
        };
        held.extend(freezing.iter().map(|(session, _)| session.backend_pid()));
        let settle = async {
            replay.settle(hold, within).await.map_err(SwapError::finishing)?;
            if let Some((session, standing)) = freezing {
                frozen::again(env, &session, standing).await?;
                session.close().await;
            }
            Ok(())
        };
        match swap::swap_after(&admin, &helper, &names.swap(), &held, settle).await {
            Ok(swapped) => {
                admin.close().await;
                helper.close().await;
                check_keys(env, settings).await;
                return Ok((swapped, replay.replayed));
            }
            Err(SwapError::Again) => within = replay.within(&new).await?,
            Err(error) => return Err(error.into()),
        }
    }
    let remedy = Remedy::advice(format!("the live database is as it was; {} is of no use", names.new));
    Err(Refusal::failed(format!("others came into {} each time", names.live), Some(remedy)).into())
}

/// Foreign keys whose rows were correct where they came from: checked while others write. The restored database is
/// live by now, so that what goes wrong here is said and no more.
async fn check_keys(env: &Env, settings: &ConnectionSettings) {
    let checked = async {
        let session = env.open(settings).await?;
        let failed = capture::check(&session).await?;
        session.close().await;
        Result::Ok(failed)
    };
    match checked.await {
        Ok(failed) => {
            failed.iter().for_each(|(sql, error)| env.say(Event::warning("restore.key", format!("{sql}: {error}"))))
        }
        Err(_) => {
            env.say(Event::warning("capture.unchecked", "foreign keys are to be checked"));
        }
    }
}
