//! Whether the target is frozen, for what must not go on then, and for what says so.
//!
//! Must not know: how a database is frozen.

use backout_postgres::sqlstate;
use std::collections::BTreeSet;

use backout_plan::wording::{count, duration, moment};
use backout_plan::{Finding, Remedy};
use backout_postgres::freeze::{self, Standing};
use backout_postgres::session::Session;

use crate::event::Event;
use crate::failure::Refusal;
use crate::{Env, Result};

/// Refuses what would write, or change rights that a thaw brings back.
///
/// # Errors
/// A refusal with since when and by whom it is frozen.
pub async fn refuse(session: &Session) -> Result<()> {
    match freeze::standing(session).await? {
        None => Ok(()),
        Some(standing) => {
            Err(Refusal::refused(format!("{}: writes are stopped", said(&standing)), Some(Remedy::Thaw)).into())
        }
    }
}

/// The freeze that holds, by a connection of its own.
pub async fn standing(env: &Env) -> Result<Option<Standing>> {
    let session = env.connect().await?;
    Ok(freeze::standing(&session).await?)
}

/// What everybody should know of a target that is frozen. Who may read the history need not be allowed to read this.
pub async fn finding(session: &Session) -> Result<Option<Finding>> {
    match freeze::standing(session).await {
        Ok(standing) => Ok(standing.as_ref().map(as_finding)),
        Err(error) if error.database_error().is_some_and(|error| error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE)) => {
            let said = "this role may not read whether the database is frozen";
            Ok(Some(Finding::note("freeze.unknown", said)))
        }
        Err(error) => Err(error.into()),
    }
}

fn as_finding(standing: &Standing) -> Finding {
    let detail = match &standing.evidence {
        None => "what was to follow did not: whether anything is written was not watched to its end".to_owned(),
        Some(evidence) if evidence.is_calm() => {
            format!("nothing was written in the {} after it", duration(evidence.window_ms))
        }
        Some(evidence) => format!("it was written to all the same: {}", writes(evidence)),
    };
    Finding::warning("freeze.frozen", said(standing)).detail(detail)
}

/// Says it, before something else is done that goes on all the same.
pub async fn say(env: &Env, session: &Session) -> Result<()> {
    if let Some(finding) = finding(session).await? {
        env.say(Event::Said(finding));
    }
    Ok(())
}

/// What was written, on one line.
pub fn writes(evidence: &freeze::Evidence) -> String {
    let each: Vec<String> = evidence.writes.iter().map(|write| format!("{} ({})", write.what, write.how)).collect();
    each.join("; ")
}

fn said(standing: &Standing) -> String {
    let at = moment(standing.at);
    let because =
        if standing.because.is_empty() { String::new() } else { format!(" because of {:?}", standing.because) };
    let by = if matches!(standing.who.as_str(), "" | "unknown") || standing.who == standing.role {
        standing.role.clone()
    } else {
        format!("{} (role {})", standing.who, standing.role)
    };
    // One that several may write to is named once for each of them.
    let objects: BTreeSet<&str> = standing.accepted.iter().map(|one| one.what.as_str()).collect();
    let except = match objects.len() {
        0 => String::new(),
        1 => ", except for 1 object that was accepted".to_owned(),
        several => format!(", except for {} that were accepted", count(several, "object")),
    };
    format!("the database is frozen since {at} by {by}{because}{except}")
}
