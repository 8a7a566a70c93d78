//! Who looks at a page, and whether a form is one of its pages.
//!
//! Must not know: what a page shows.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::html::{Element, el};
use crate::answer::Refused;
use crate::app::App;
use crate::sessions::{Session, digest};
use crate::who::{Peer, Principal};

/// Who looks at a page.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) principal: Principal,
    session: Option<Session>,
    /// The path that was asked for.
    pub(super) path: String,
}

impl Visitor {
    pub(super) fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// What a form carries, so that only a page of ours can send it.
    pub(super) fn mark(&self) -> Option<Element> {
        let session = self.session.as_ref()?;
        Some(el("input").attr("type", "hidden").attr("name", "csrf").attr("value", &session.csrf))
    }

    /// # Errors
    /// 401 without a session, 403 where a form is not one of its pages.
    pub(super) fn sent(&self, mark: &str) -> Result<(), Refused> {
        let Some(session) = &self.session else { return Err(Refused::unauthorized()) };
        // Digests are as long for any text, and say nothing of it by the time that comparing takes.
        match digest(&session.csrf) == digest(mark) {
            true => Ok(()),
            false => Err(Refused::new(
                axum::http::StatusCode::FORBIDDEN,
                "csrf",
                "this form is not of your session; load the page again",
            )),
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let path = parts.uri.path().to_owned();
        Ok(match app.sessions.of(&app.tokens, &parts.headers) {
            Some(session) => Self { principal: session.principal.clone(), session: Some(session), path },
            None => {
                let principal = app.tokens.principal(Peer::of(parts), &parts.headers)?;
                Self { principal, session: None, path }
            }
        })
    }
}
