//! What a route asks for by naming it: who somebody is, or that they are near.
//!
//! Must not know: what is behind a route.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use backout_control::tokens::Scope;

use crate::answer::Refused;
use crate::app::App;
use crate::who::{Peer, Principal};

impl FromRequestParts<App> for Principal {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let principal = app.tokens.principal(Peer::of(parts), &parts.headers)?;
        // A page listens by its session. What changes something asks for a secret, or for the form of a page.
        let listens = parts.method == Method::GET && matches!(principal, Self::Nobody { .. });
        let session = if listens { app.sessions.of(&app.tokens, &parts.headers) } else { None };
        Ok(session.map_or(principal, |session| session.principal))
    }
}

/// Somebody on this machine, or with a token: for what applications and proxies ask all the time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near;

impl FromRequestParts<App> for Near {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let peer = Peer::of(parts);
        if !peer.is_here() {
            app.tokens.principal(peer, &parts.headers)?.must(Scope::Read)?;
        }
        Ok(Self)
    }
}
