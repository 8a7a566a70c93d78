//! A channel tried with a real message, outside of the outbox: nothing follows from it, and nothing is kept of it.
//!
//! Must not know: incidents, or what messages the plan has.

use backout_connectors::tell::{self, Channel, Kind, Message, Phase, Sent, Settings, Severity, Text};
use backout_plan::plan::PlanChannel;
use backout_plan::{Remedy, Secret};
use jiff::Timestamp;

use crate::failure::Refusal;
use crate::{Env, Result};

const SUBJECT: &str = "Test message of Backout";
/// Kinds that keep something open until it is closed: a pager that rings on after a test trains people to ignore it.
const STAYS_OPEN: [&str; 5] = ["github", "instatus", "opsgenie", "pagerduty", "statuspage"];

/// What a trial sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub subject: String,
    pub text: String,
    /// A second message closes what the first one has opened.
    pub closes: bool,
}

/// What [`test`] would send; nothing is sent, and no secret is looked up.
///
/// # Errors
/// Where the plan has no such channel, or it can be none.
pub fn tried(env: &Env, channel: &str) -> Result<Tried> {
    let planned = planned(env, channel)?;
    let target = env.target_name().unwrap_or("a target without a name");
    let text = format!("This is a test of the channel {channel:?}, for {target}. Nothing has happened.");
    let closes = planned.kind().is_some_and(|kind| STAYS_OPEN.contains(&kind));
    Ok(Tried { subject: SUBJECT.to_owned(), text, closes })
}

/// Sends a real message to a channel of the plan, and closes what that has opened.
///
/// # Errors
/// Where there is no such channel, one of its secrets is not there, or the service did not take it.
pub async fn test(env: &Env, channel: &str) -> Result<Sent> {
    let tried = tried(env, channel)?;
    let (_, open) = open(planned(env, channel)?, &|named| secret(env, named))?;
    let at = Timestamp::now();
    let thread = format!("test/{}", at.as_millisecond());
    let message = |phase, name: &str| Message {
        subject: tried.subject.clone(),
        text: Text(vec![tell::Span::Value(tried.text.clone())]),
        severity: Severity::Info,
        phase,
        thread: thread.clone(),
        facts: Vec::new(),
        link: None,
        key: format!("{thread}/{name}"),
        at,
        recipients: Vec::new(),
    };
    let refused = |failure: tell::Failure| crate::Failure::from(failure.error).during(format!("channel {channel:?}"));
    let sent = open.send(&message(Phase::Start, "begin"), None).await.map_err(refused)?;
    if tried.closes {
        open.send(&message(Phase::End, "end"), Some(&sent.state)).await.map_err(refused)?;
    }
    Ok(sent)
}

fn planned<'e>(env: &'e Env, channel: &str) -> Result<&'e PlanChannel> {
    let plan = env.plan()?;
    plan.channels.iter().find(|one| one.name == channel).ok_or_else(|| {
        let known: Vec<&str> = plan.channels.iter().map(|one| one.name.as_str()).collect();
        let said = match known.is_empty() {
            true => "the plan has no channels".to_owned(),
            false => format!("it has: {}", known.join(", ")),
        };
        Refusal::usage(format!("the plan has no channel {channel:?}"), Some(Remedy::advice(said))).into()
    })
}

/// The channel, with its secrets as `resolve` has them.
pub(super) fn open(
    planned: &PlanChannel,
    resolve: &dyn Fn(&str) -> std::result::Result<Secret, String>,
) -> Result<(&'static Kind, Channel)> {
    let name = &planned.name;
    let refused = |said: String| Refusal::usage(format!("channel {name:?}: {said}"), None);
    let kind = planned.kind().and_then(tell::kind).ok_or_else(|| refused("there is no such kind of channel".into()))?;
    let given = planned.to.get(kind.name).unwrap_or(&serde_json::Value::Null);
    let settings = Settings::read(kind, given, resolve).map_err(|it| refused(it.to_string()))?;
    Ok((kind, kind.open(&settings).map_err(|it| refused(it.to_string()))?))
}

/// A secret by what names it. What stands there is not repeated: it may be the secret.
pub(super) fn secret(env: &Env, named: &str) -> std::result::Result<Secret, String> {
    if let Some(name) = named.strip_prefix("env:") {
        return (env.variables)(name).map(Secret::from).ok_or_else(|| format!("the variable {name} is not set"));
    }
    let Some(file) = named.strip_prefix("file:") else {
        return Err("it names no secret: env:NAME or file:PATH does".to_owned());
    };
    let read = std::fs::read_to_string(env.folder().join(file));
    let text = read.map_err(|error| format!("{file} cannot be read: {error}"))?;
    Ok(Secret::from(text.trim_end_matches(['\r', '\n'])))
}
