//! The identity gate of everything that changes a target: the database is the one that is meant, or somebody says so now.

use backout_plan::identity::{SeenIdentity, compare};
use backout_plan::{IdentityVerdict, TargetIdentity};
use backout_postgres::session::Session;
use backout_postgres::store;

use crate::event::Event;
use crate::failure::Refusal;
use crate::gates::frozen;
use crate::{Env, Result};

/// What is known of the target's identity.
#[derive(Debug)]
pub struct Identity {
    pub recorded: Option<TargetIdentity>,
    pub seen: SeenIdentity,
    pub verdict: IdentityVerdict,
}

/// Looks who the target is. Changes nothing and refuses nothing.
pub async fn look(session: &Session, claimed: Option<&str>) -> Result<Identity> {
    let recorded = store::recorded_identity(session).await?;
    let seen = store::seen_identity(session).await?;
    let claimed = claimed.map(str::to_owned).or_else(|| recorded.as_ref().map(|recorded| recorded.name.clone()));
    let verdict = compare(recorded.as_ref(), &seen, claimed.as_deref().unwrap_or("this target"));
    Ok(Identity { recorded, seen, verdict })
}

/// Lets through when the target is the one that is meant. Makes our schema at first contact.
///
/// # Errors
/// [`Refusal::Identity`] when it is another one, or when somebody must confirm it first; [`Refusal::ConfirmedAnother`].
pub async fn pass(env: &Env, session: &Session) -> Result<()> {
    pass_frozen(env, session).await?;
    frozen::say(env, session).await
}

/// The same for what ends a freeze: it says nothing of it.
///
/// # Errors
/// As for [`pass`].
pub async fn pass_frozen(env: &Env, session: &Session) -> Result<()> {
    let claimed = env.claimed()?;
    if let Some(said) = env.confirmed.as_deref().filter(|said| *said != claimed) {
        return Err(Refusal::ConfirmedAnother { said: said.to_owned(), claimed: claimed.to_owned() }.into());
    }
    let Identity { seen, verdict, .. } = look(session, Some(claimed)).await?;
    match verdict {
        IdentityVerdict::Same { notes } => {
            notes.into_iter().for_each(|note| env.say(Event::note("identity.moved", note)));
            Ok(())
        }
        verdict if !verdict.can_be_answered() => Err(Refusal::Identity(verdict).into()),
        verdict => {
            if env.confirmed.is_none() {
                match (env.ask)(&format!("{verdict}."), claimed) {
                    Some(true) => {}
                    Some(false) => return Err(Refusal::Declined.into()),
                    None => return Err(Refusal::Identity(verdict).into()),
                }
            }
            if let IdentityVerdict::CopyOf { .. } = verdict {
                return Ok(store::reidentify(session, claimed, &seen).await?);
            }
            store::initialise(session, claimed, &seen).await?;
            env.say(Event::note("identity.named", format!("{} is now known as {claimed}", seen.endpoint)));
            Ok(())
        }
    }
}
