//! Who asks, and what they may: a token, or nobody in particular on this machine.
//!
//! Must not know: what is asked for.

use std::sync::{Arc, RwLock};

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use backout_control::Result;
use backout_control::runs::Runs;
use backout_control::tokens::{self, Scope, Token};
use jiff::Timestamp;

use crate::answer::Refused;

/// From where a connection comes. A request without one is from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Loopback,
    /// A Unix socket, which the file's rights guard.
    Unix,
    Remote,
}

impl Peer {
    pub fn is_here(self) -> bool {
        self != Self::Remote
    }

    pub(crate) fn of(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or(Self::Remote)
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Somebody without a token; on a machine where none was made, they may look.
    Nobody {
        may_look: bool,
    },
    Holder(Token),
}

impl Principal {
    pub fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Nobody { may_look } => *may_look && scope == Scope::Read,
            Self::Holder(token) => token.may(scope),
        }
    }

    /// # Errors
    /// 401 where a token is missing, 403 where it does not serve for this.
    pub fn must(&self, scope: Scope) -> std::result::Result<(), Refused> {
        match self {
            one if one.may(scope) => Ok(()),
            Self::Nobody { .. } => Err(Refused::unauthorized()),
            Self::Holder(_) => Err(Refused::forbidden(format!("this token does not serve for {}", scope.name()))),
        }
    }

    /// As records name them.
    pub fn name(&self) -> &str {
        match self {
            Self::Nobody { .. } => "nobody",
            Self::Holder(token) => &token.name,
        }
    }
}

/// The tokens of the store, read again every second.
#[derive(Debug, Default)]
pub struct Tokens(RwLock<Arc<Vec<Token>>>);

impl Tokens {
    pub(crate) async fn read(&self, runs: &Runs) -> Result<()> {
        let read = Arc::new(tokens::list(runs).await?);
        if let Ok(mut known) = self.0.write() {
            *known = read;
        }
        Ok(())
    }

    pub(crate) fn all(&self) -> Arc<Vec<Token>> {
        self.0.read().map(|known| known.clone()).unwrap_or_default()
    }

    /// Whether any serves now.
    pub(crate) fn any(&self) -> bool {
        let now = Timestamp::now();
        self.all().iter().any(|token| token.expires.is_none_or(|expires| now < expires))
    }

    /// Whose secret this is.
    pub fn holder(&self, secret: &str) -> Option<Principal> {
        tokens::check(&self.all(), secret, Timestamp::now()).cloned().map(Principal::Holder)
    }

    /// Whether this token serves still.
    pub(crate) fn serves(&self, token: &Token) -> bool {
        token.expires.is_none_or(|expires| Timestamp::now() < expires) && self.all().contains(token)
    }

    /// Who asks, from here or elsewhere, with these headers.
    ///
    /// # Errors
    /// 401 where a secret is given that is none.
    pub(crate) fn principal(&self, peer: Peer, headers: &HeaderMap) -> std::result::Result<Principal, Refused> {
        match secret(headers) {
            Some(secret) => self.holder(secret).ok_or_else(Refused::unauthorized),
            None => Ok(Principal::Nobody { may_look: peer.is_here() && self.all().is_empty() }),
        }
    }
}

/// As OFREP's clients send it, or everybody else.
fn secret(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(value) = text(header::AUTHORIZATION) {
        let (scheme, secret) = value.split_once(' ').unwrap_or_default();
        return Some(if scheme.eq_ignore_ascii_case("bearer") { secret.trim() } else { "" });
    }
    text(header::HeaderName::from_static("x-api-key"))
}
