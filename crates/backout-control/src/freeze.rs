//! Stops all writes to the target, and proves it: rights are taken, sessions ended, and it is watched that nothing is
//! written.
//!
//! Must not know: how rights are taken, or what is watched.

use std::time::Duration;

use backout_plan::{Exit, Remedy};
use backout_postgres::freeze::{self, Ended, Evidence, FreezeError, Frozen, Uncovered};
use backout_postgres::session::DatabaseError;
use backout_postgres::store;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Work};
use crate::failure::{Halted, Refusal};
use crate::gates::{frozen, identity};
use crate::{Boxed, Env, Failure, Result, thaw};

/// How long it is watched where nobody says otherwise.
pub const WATCH: Duration = Duration::from_secs(5);
/// How many places a refusal names.
const NAMED: usize = 8;

/// What follows where something was written all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfWritten {
    /// It stays frozen, for somebody to look.
    #[default]
    Stay,
    /// Rights come back at once.
    Thaw,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// Go on although some may still write.
    pub accept: bool,
    pub watch: Duration,
    pub if_written: IfWritten,
    /// Who asks for it, and why, for the record.
    pub who: String,
    pub because: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { accept: false, watch: WATCH, if_written: IfWritten::Stay, who: String::new(), because: String::new() }
    }
}

/// What it came to.
#[derive(Debug, Default, Serialize)]
pub struct Done {
    pub target: String,
    pub frozen: Option<Frozen>,
    pub sessions: Ended,
    /// None where it was not watched to its end.
    pub evidence: Option<Evidence>,
    /// Something was written, and so the rights came back.
    pub thawed: bool,
}

/// What a freeze would do: the exact statements, and who could still write. Changes nothing.
///
/// # Errors
/// When the server says no.
pub async fn preview(env: &Env) -> Result<freeze::Preview> {
    let session = env.connect().await?;
    Ok(freeze::preview(&session).await?)
}

/// Freezes. Where it is frozen already, it covers what came since, and is watched anew.
///
/// # Errors
/// A refusal where some could still write: then nothing has changed. Where something was written all the same, what that
/// was; it stays frozen unless the options say otherwise.
pub fn run<'a>(env: &'a Env, options: &'a Options) -> Boxed<'a, std::result::Result<Done, Halted<Done>>> {
    Box::pin(work(env, options))
}

#[tracing::instrument(name = "freeze", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, options: &Options) -> std::result::Result<Done, Halted<Done>> {
    let claimed = env.claimed()?.to_owned();
    let pair = env.connect_pair().await?;
    identity::pass(env, &pair.session).await?;
    env.confirm(format!("freezing {claimed} stops all writes to it and ends the sessions of others"))?;
    store::lock_runs(&pair.session).await?;
    let mut done = Done { target: claimed, ..Done::default() };
    let how = freeze::Options {
        accept: options.accept,
        lock_timeout: env.migrate().lock_timeout.duration(),
        who: options.who.clone(),
        because: options.because.clone(),
    };
    env.say(Event::Begun { work: Work::Freezing });
    let outcome = freeze::freeze(&pair.session, &how).await;
    env.say(Event::Idle);
    let number = match outcome {
        Ok(frozen) => {
            let number = frozen.number;
            frozen.remarks.iter().for_each(|remark| env.say(Event::note("freeze.not-stopped", remark.clone())));
            let said = |one: &Uncovered| Event::warning("freeze.uncovered", format!("{}: {}", one.what, one.why));
            frozen.uncovered.iter().for_each(|one| env.say(said(one)));
            done.frozen = Some(frozen);
            number
        }
        Err(FreezeError::Uncovered(left)) => return Err(uncovered(&left).into()),
        Err(error) => return Err(not_frozen(env, error).await.into()),
    };
    done.sessions = match freeze::end_sessions(&pair.session).await {
        Ok(ended) => ended,
        Err(error) => return Err(Halted { done, failure: stays(error.into()) }),
    };
    for other in &done.sessions.remained {
        env.say(Event::warning("freeze.session", format!("a session goes on that this role may not end: {other}")));
    }
    env.say(Event::Begun { work: Work::Watching { ms: options.watch.as_millis() } });
    let watched = env.stop.or_leave(freeze::watch(&pair.session, number, options.watch)).await;
    env.say(Event::Idle);
    let evidence = match watched {
        Some(Ok(evidence)) => evidence,
        Some(Err(error)) => return Err(Halted { done, failure: stays(error.into()) }),
        None => return Err(Halted { done, failure: stays(Refusal::LeftInTheMiddle.into()) }),
    };
    let written = (!evidence.is_calm()).then(|| frozen::writes(&evidence));
    done.evidence = Some(evidence);
    let Some(written) = written else { return Ok(done) };
    let failure = match options.if_written {
        IfWritten::Stay => {
            let said = format!("something was written while it was frozen: {written}");
            stays(Refusal::failed(said, None).into())
        }
        IfWritten::Thaw => {
            drop(pair);
            match thaw::run(env, &options.who).await {
                Ok(_) => {
                    done.thawed = true;
                    Refusal::failed(
                        format!("something was written while it was frozen, and it is thawed: {written}"),
                        None,
                    )
                    .into()
                }
                Err(halted) => halted.failure,
            }
        }
    };
    Err(Halted { done, failure })
}

/// It failed after the rights were taken.
fn stays(failure: Failure) -> Failure {
    failure
        .with_exit(Exit::Interrupted)
        .remedy(Remedy::advice("the database stays frozen"))
        .remedy(Remedy::Freeze)
        .remedy(Remedy::Thaw)
}

fn uncovered(left: &[Uncovered]) -> Failure {
    let said: Vec<String> = left.iter().take(NAMED).map(|one| format!("{}: {}", one.what, one.why)).collect();
    let more = left.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let said = format!("writes would not be stopped everywhere: {}{more}", said.join("; "));
    Refusal::refused(said, Some(Remedy::AcceptUncovered)).into()
}

/// The answer to COMMIT may be what was lost.
async fn not_frozen(env: &Env, error: FreezeError) -> Failure {
    let lost = error.database_error().is_some_and(DatabaseError::is_connection_lost);
    let failure = Failure::from(error);
    if !lost {
        return failure;
    }
    match settle(env).await {
        Ok(None) => failure,
        Ok(Some(_)) => stays(failure),
        Err(_) => failure
            .with_exit(Exit::Interrupted)
            .remedy(Remedy::advice("the target does not answer, so whether it is frozen is unknown"))
            .remedy(Remedy::Status),
    }
}

/// What the target itself says, by a connection of its own.
///
/// # Errors
/// When it does not answer, or the record cannot be read.
pub async fn settle(env: &Env) -> Result<Option<freeze::Standing>> {
    frozen::standing(env).await
}
