//! What takes the place of a frozen database is frozen as well: who stopped writes did so for the target, and verifies
//! what is live then before he lets them go on.
//!
//! Must not know: how rights are taken or names exchanged.

use backout_postgres::freeze::{self, FreezeError, Options, Standing};
use backout_postgres::session::Session;

use crate::Env;
use crate::event::Event;

/// Freezes a database that is about to become the live one, as the live one is. One that came frozen out of its backup
/// stays so.
///
/// # Errors
/// When the server says no: then it must not take the place.
pub(super) async fn again(env: &Env, session: &Session, live: &Standing) -> Result<(), FreezeError> {
    if freeze::standing(session).await?.is_none() {
        // What the freeze of the live one could not stop was accepted then, or is no more than that.
        let how = Options {
            accept: true,
            lock_timeout: env.migrate().lock_timeout.duration(),
            who: live.who.clone(),
            because: live.because.clone(),
        };
        let frozen = freeze::freeze(session, &how).await?;
        for one in &frozen.uncovered {
            env.say(Event::warning("freeze.uncovered", format!("{}: {}", one.what, one.why)));
        }
    }
    env.say(Event::note("freeze.kept", "the database that takes the place of the frozen one is frozen as well"));
    Ok(())
}
