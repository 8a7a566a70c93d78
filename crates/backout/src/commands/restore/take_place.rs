//! The restored database takes the place of the live one, with what was written meanwhile where it is captured.
//!
//! Must not know: how rows are replayed or names exchanged.

use backout_backup::capture::{self, Replay, Replayed};
use backout_backup::manifest::Manifest;
use backout_backup::restore::Restored;
use backout_backup::swap::{self, SwapError, Swapped};
use backout_plan::{ConnectionSettings, Exit, TargetIdentity};
use backout_postgres::session::Session;
use backout_postgres::store as history;

use super::{Names, analyze, drop_restored, no_third, replaced, said};
use crate::commands::rows;
use crate::context::Context;
use crate::error::CommandError;

/// From a database that is filled and compared to the exchange.
pub(super) struct Steps<'a> {
    pub context: &'a Context<'a>,
    /// Of the live database, and of the restored one.
    pub settings: &'a ConnectionSettings,
    pub new: &'a ConnectionSettings,
    /// In the live one.
    pub session: &'a Session,
    pub names: &'a Names,
    /// Transactions that are not replayed.
    pub out: &'a [u64],
}

impl Steps<'_> {
    pub async fn to_the_exchange(
        &self,
        restored: &Restored,
        manifest: &Manifest,
        recorded: Option<&TargetIdentity>,
        replay: Option<Replay>,
    ) -> Result<(Swapped, Option<Replayed>), CommandError> {
        let (context, ui) = (self.context, self.context.ui);
        analyze(context, self.new).await;
        // What is captured is of the database that it was taken from.
        let session = context.open(self.new, None).await?;
        match capture::renew(&session).await {
            Ok(_) => {}
            // A replay notes there what is to be checked.
            Err(error) if replay.is_some() => return Err(error.into()),
            Err(error) => {
                ui.warn("changes are not captured in the restored database; `backout capture on` says why");
                ui.say(CommandError::from(error).text(&str::to_owned));
                capture::forget(&session).await?;
            }
        }
        if let Some(recorded) = recorded {
            history::take_over(&session, recorded).await?;
        }
        session.close().await;
        ui.end();
        said(context, restored, manifest);
        let Some(replay) = replay else {
            return Ok((exchange(context, self.settings, self.names).await?, None));
        };
        // As late as can be: if anything before it fails, the live database is as it was.
        if !self.out.is_empty() {
            rows::leave_out(context, self.settings, self.session, self.out, false).await?;
        }
        match replay_and_exchange(context, self.settings, self.names, replay).await {
            Ok((swapped, replayed)) => Ok((swapped, Some(replayed))),
            Err(error) if self.out.is_empty() => Err(error),
            Err(error) => Err(error.with_exit(Exit::Interrupted).hint(
                "what was to be left out is taken back in the live database already; restore with --replay alone to go on",
            )),
        }
    }

    /// A restored database that did not take the place of the live one is of no use to anybody.
    pub async fn put_away(&self, error: CommandError) -> CommandError {
        let dropped = async {
            let session = self.context.open(self.settings, None).await?;
            let dropped = drop_restored(&session, &self.names.new).await;
            session.close().await;
            dropped
        };
        match dropped.await {
            Ok(()) => error,
            Err(_) => {
                error.hint(format!("the database {} is of no use any more; the next restore drops it", self.names.new))
            }
        }
    }
}

/// Slots of databases that were replaced: what is captured is of the live one by now, and for their sake the server
/// would keep its log for ever.
pub(super) async fn release(context: &Context<'_>, settings: &ConnectionSettings, live: &str) {
    let released = async {
        let session = context.open(settings, None).await?;
        for (name, _) in replaced(&session, live).await? {
            capture::release_slot(&session, &name).await?;
        }
        session.close().await;
        Ok::<_, CommandError>(())
    };
    if released.await.is_err() {
        context
            .ui
            .warn("a replication slot of a database that was replaced is still there: the server keeps its log for it");
    }
}

pub(super) async fn exchange(
    context: &Context<'_>,
    settings: &ConnectionSettings,
    names: &Names,
) -> Result<Swapped, CommandError> {
    let (admin, helper) = outside(context, settings, names).await?;
    let swapped = swap::swap(&admin, &helper, &names.swap()).await;
    admin.close().await;
    helper.close().await;
    Ok(swapped?)
}

/// Two sessions in a third database.
async fn outside(
    context: &Context<'_>,
    settings: &ConnectionSettings,
    names: &Names,
) -> Result<(Session, Session), CommandError> {
    let session = context.open(settings, None).await?;
    let third = swap::elsewhere(&session, &names.swap()).await?;
    session.close().await;
    let Some(third) = third else { return Err(no_third()) };
    let settings = ConnectionSettings { dbname: Some(third), ..settings.clone() };
    Ok((context.open(&settings, None).await?, context.open(&settings, None).await?))
}

/// A round that is about no more rows than this is short enough to keep writers out for.
const FEW: u64 = 1000;
/// Rounds while others write: whoever writes faster than we copy is kept out for longer in the end.
const ROUNDS: u32 = 8;
/// How often it is tried to exchange the names with everybody outside.
const EXCHANGES: u32 = 5;

/// Replays what was captured, and exchanges the names with the last of it in.
async fn replay_and_exchange(
    context: &Context<'_>,
    settings: &ConnectionSettings,
    names: &Names,
    mut replay: Replay,
) -> Result<(Swapped, Replayed), CommandError> {
    let ui = context.ui;
    let new = ConnectionSettings { dbname: Some(names.new.clone()), ..settings.clone() };
    let mut within = replay.within(&new).await?;
    ui.begin("replaying what was written since");
    for _ in 0..ROUNDS {
        let rows = replay.round(&mut within).await?;
        backout_postgres::failpoint!("replay.round");
        if rows <= FEW {
            break;
        }
    }
    ui.end();
    let (admin, helper) = outside(context, settings, names).await?;
    for _ in 0..EXCHANGES {
        let hold = replay.last(&mut within, &helper).await?;
        let held = [hold.pid(), within.pid()];
        let settle = async || replay.settle(hold, within).await;
        match swap::swap_after(&admin, &helper, &names.swap(), &held, settle).await {
            Ok(swapped) => {
                admin.close().await;
                helper.close().await;
                check_keys(context, settings).await;
                return Ok((swapped, replay.replayed));
            }
            Err(SwapError::Again) => within = replay.within(&new).await?,
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::new(Exit::Failed, format!("others came into {} each time", names.live))
        .hint(format!("the live database is as it was; {} is of no use", names.new)))
}

/// Foreign keys whose rows were correct where they came from: checked while others write. The restored database is
/// live by now, so that what goes wrong here is said and no more.
async fn check_keys(context: &Context<'_>, settings: &ConnectionSettings) {
    let checked = async {
        let session = context.open(settings, None).await?;
        let failed = capture::check(&session).await?;
        session.close().await;
        Ok::<_, CommandError>(failed)
    };
    match checked.await {
        Ok(failed) => failed.iter().for_each(|(sql, error)| context.ui.warn(format!("{sql}: {error}"))),
        Err(_) => context.ui.warn("foreign keys are to be checked: `backout capture check`"),
    }
}
