//! Messages looked at, approved, given up and tried again.
//!
//! Must not know: what stands in a message, or how it is sent.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use backout_control::event::Event;
use backout_control::notify::{self, Outgoing};
use backout_control::tokens::Scope;
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Refused, document, shown};
use crate::app::App;
use crate::body;
use crate::who::Principal;

#[derive(Debug, Deserialize)]
pub(super) struct Of {
    incident: Option<String>,
}

pub(super) async fn list(
    principal: Principal,
    State(app): State<App>,
    Query(Of { incident }): Query<Of>,
) -> Result<Response, Refused> {
    principal.must(Scope::Read)?;
    let all = notify::listed(&app.env, &app.runs, incident.as_deref()).await?;
    Ok(shown(json!({ "messages": notify::worst_first(all) })))
}

/// What somebody may say of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Approve,
    Drop,
    Retry,
}

impl Word {
    pub(crate) const ALL: [Self; 3] = [Self::Approve, Self::Drop, Self::Retry];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Drop => "drop",
            Self::Retry => "retry",
        }
    }

    /// Whether it can be said of a message in this state.
    pub(crate) fn fits(self, state: &str) -> bool {
        match self {
            Self::Approve => state == "held",
            Self::Drop => ["held", "waiting", "dead"].contains(&state),
            Self::Retry => state == "dead",
        }
    }
}

/// Whoever lets a message go out, or keeps it from that, answers for it as for a step.
pub(crate) const MAY: Scope = Scope::Approve;

/// Says it: how the message stands then.
pub(crate) async fn say(
    app: &App,
    principal: &Principal,
    message: &str,
    word: Word,
    because: &str,
) -> Result<Outgoing, Refused> {
    principal.must(MAY)?;
    let known = find(app, message).await?;
    if !word.fits(known.state) && known.state != "sending" {
        let said = format!("message {} is {}", known.seq, known.state);
        return Err(Refused::new(StatusCode::CONFLICT, "refused", said));
    }
    let runs = app.as_whom(principal).await?;
    match word {
        Word::Approve => drop(notify::approve(&runs, &known.key, &runs.who).await?),
        Word::Drop if because.trim().is_empty() => {
            let said = "a message is given up for a reason";
            return Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "because", said));
        }
        Word::Drop => drop(notify::drop(&runs, &known.key, &runs.who, because.trim()).await?),
        Word::Retry => drop(notify::retry(&runs, &known.key).await?),
    }
    let said = format!("message {} ({:?} to {:?})", known.seq, known.message, known.channel);
    app.env.say(Event::note("serve.message", format!("{said}: {} by {}", word.name(), principal.name())));
    find(app, &known.key).await
}

/// A message of this target, by its number or its key.
async fn find(app: &App, message: &str) -> Result<Outgoing, Refused> {
    let all = notify::listed(&app.env, &app.runs, None).await?;
    let found = all.into_iter().find(|one| one.key == message || one.seq.to_string() == message);
    found.ok_or_else(|| Refused::unknown("there is no such message"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(default)]
    because: String,
}

macro_rules! route {
    ($name:ident, $word:ident) => {
        pub(super) async fn $name(
            principal: Principal,
            State(app): State<App>,
            Path(message): Path<String>,
            headers: HeaderMap,
            body: Body,
        ) -> Result<Response, Refused> {
            principal.must(MAY)?;
            let Why { because } = body::document(&headers, body).await?;
            Ok(document(StatusCode::OK, &say(&app, &principal, &message, Word::$word, &because).await?))
        }
    };
}

route!(approve, Approve);
route!(give_up, Drop);
route!(retry, Retry);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_out_or_was_given_up_is_answered_no_more() {
        for state in ["sent", "dropped", "sending"] {
            assert!(Word::ALL.iter().all(|word| !word.fits(state)), "{state}");
        }
        let fits = |state| Word::ALL.into_iter().filter(|word| word.fits(state)).map(Word::name).collect::<Vec<_>>();
        assert_eq!(fits("held"), ["approve", "drop"]);
        assert_eq!(fits("dead"), ["drop", "retry"]);
        assert_eq!(fits("waiting"), ["drop"]);
    }
}
