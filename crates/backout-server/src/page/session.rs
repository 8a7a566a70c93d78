//! Sessions of pages: a token's secret is given once, and a cookie stands for it from then on, in this process alone.
//!
//! Must not know: what a page shows.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use backout_control::tokens::Token;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::html::{Element, el};
use crate::answer::Refused;
use crate::app::App;
use crate::who::{Peer, Principal, Tokens};

const COOKIE: &str = "backout";
/// How long a session lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// So many at once; then the oldest ends.
const MOST: usize = 1000;

type Digest = [u8; 32];

/// By the digests of their ids: what stands in memory opens nothing.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<Digest, Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    token: Token,
    csrf: String,
    until: Timestamp,
}

/// Somebody's session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) principal: Principal,
    csrf: String,
}

impl Sessions {
    /// The value of the cookie of a new session.
    pub(super) fn begin(&self, token: Token) -> Result<String, Refused> {
        let (id, csrf) = (random()?, random()?);
        let now = Timestamp::now();
        let mut all = self.0.lock().map_err(|_| Refused::internal())?;
        all.retain(|_, kept| now < kept.until);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, kept)| kept.until).map(|(digest, _)| *digest)
        {
            all.remove(&oldest);
        }
        all.insert(digest(&id), Kept { token, csrf, until: now + LASTS });
        Ok(id)
    }

    /// Whose session these headers name, while their token serves.
    pub(crate) fn of(&self, tokens: &Tokens, headers: &HeaderMap) -> Option<Session> {
        let digest = digest(id(headers)?);
        let kept = self.0.lock().ok()?.get(&digest).cloned()?;
        if Timestamp::now() < kept.until && tokens.serves(&kept.token) {
            return Some(Session { principal: Principal::Holder(kept.token), csrf: kept.csrf });
        }
        self.0.lock().ok()?.remove(&digest);
        None
    }

    pub(super) fn end(&self, headers: &HeaderMap) {
        if let (Some(id), Ok(mut all)) = (id(headers), self.0.lock()) {
            all.remove(&digest(id));
        }
    }
}

/// The cookie as it is set, or taken back where there is no id.
pub(super) fn cookie(id: Option<&str>, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    let lasts = if id.is_some() { LASTS.as_secs() } else { 0 };
    format!("{COOKIE}={}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Strict{secure}", id.unwrap_or_default())
}

fn id(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut ids = all.flat_map(|value| value.split(';')).filter_map(|one| {
        let (name, id) = one.trim().split_once('=')?;
        (name == COOKIE).then_some(id)
    });
    ids.next()
}

fn digest(text: &str) -> Digest {
    Sha256::digest(text.as_bytes()).into()
}

fn random() -> Result<String, Refused> {
    let mut bytes = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| Refused::internal())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

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
        Ok(match app.page.sessions.of(&app.tokens, &parts.headers) {
            Some(session) => Self { principal: session.principal.clone(), session: Some(session), path },
            None => {
                let principal = app.tokens.principal(Peer::of(parts), &parts.headers)?;
                Self { principal, session: None, path }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_cookie_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(id(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("xbackout=1; a=b"));
        headers.append(header::COOKIE, HeaderValue::from_static("c=d; backout=e; backout=f"));
        assert_eq!(id(&headers), Some("e"));
    }

    #[test]
    fn a_cookie_is_for_this_site_alone() {
        let made = cookie(Some("7"), true);
        for part in ["backout=7;", "HttpOnly", "SameSite=Strict", "Secure", "Max-Age=43200", "Path=/"] {
            assert!(made.contains(part), "{made}");
        }
        assert!(!cookie(None, false).contains("Secure"));
        assert!(cookie(None, false).contains("Max-Age=0"));
    }
}
