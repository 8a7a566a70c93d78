//! Lets writes go on: the rights that a freeze took come back exactly.
//!
//! Must not know: how rights are given back.

use backout_plan::{Exit, Remedy};
use backout_postgres::freeze::{self, ThawPreview, Thawed};
use backout_postgres::session::DatabaseError;
use backout_postgres::store;
use serde::Serialize;

use crate::event::{Event, Work};
use crate::failure::{Halted, Refusal};
use crate::gates::{frozen, identity};
use crate::{Boxed, Env, Failure, Result};

/// What it came to.
#[derive(Debug, Default, Serialize)]
pub struct Done {
    pub target: String,
    /// None: it was not frozen.
    pub thawed: Option<Thawed>,
}

/// What a thaw would do; `None` where nothing is frozen. Changes nothing.
///
/// # Errors
/// When the server says no, or the record cannot be read.
pub async fn preview(env: &Env) -> Result<Option<ThawPreview>> {
    let session = env.connect().await?;
    Ok(freeze::preview_thaw(&session).await?)
}

/// Thaws. Does nothing where it is not frozen.
///
/// # Errors
/// When the server says no: it stays frozen. Where rights could not come back as they were, with what could.
pub fn run<'a>(env: &'a Env, who: &'a str) -> Boxed<'a, std::result::Result<Done, Halted<Done>>> {
    Box::pin(work(env, who))
}

#[tracing::instrument(name = "thaw", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, who: &str) -> std::result::Result<Done, Halted<Done>> {
    let mut done = Done { target: env.claimed()?.to_owned(), thawed: None };
    let pair = env.connect_pair().await?;
    if freeze::standing(&pair.session).await.map_err(Failure::from)?.is_none() {
        return Ok(done);
    }
    identity::pass_frozen(env, &pair.session).await?;
    store::lock_runs(&pair.session).await?;
    env.say(Event::Begun { work: Work::Thawing });
    let outcome = freeze::thaw(&pair.session, who, env.migrate().lock_timeout.duration()).await;
    env.say(Event::Idle);
    let thawed = match outcome {
        Ok(thawed) => thawed,
        Err(error) => {
            let lost = error.database_error().is_some_and(DatabaseError::is_connection_lost);
            let failure = Failure::from(error);
            let is_over = lost && matches!(frozen::standing(env).await, Ok(None));
            let failure = match is_over {
                true => failure.remedy(Remedy::advice("the database is thawed all the same")),
                false if failure.exit() == Exit::Refused => failure,
                false => failure.with_exit(Exit::Interrupted).remedy(Remedy::Thaw),
            };
            return Err(Halted { done, failure });
        }
    };
    for one in thawed.iter() {
        let say = |code, list: &[String], what: &str| {
            list.iter().for_each(|name| env.say(Event::warning(code, format!("{what}: {name}"))));
        };
        say("thaw.gone", &one.gone, "gone while it was frozen, and its rights with it");
        say("thaw.taken", &one.granted_meanwhile, "granted while it was frozen, and taken away again");
        say("thaw.made", &one.made_meanwhile, "made while it was frozen, with the rights that it has");
    }
    let left = thawed.as_ref().map(|one| one.left.clone()).unwrap_or_default();
    done.thawed = thawed;
    if left.is_empty() {
        return Ok(done);
    }
    let said = format!("it is thawed, and not all rights are as they were: {}", left.join("; "));
    Err(Halted { done, failure: Refusal::failed(said, None).into() })
}
