//! Sessions of pages: a token's secret is given once, and a cookie stands for it from then on, in this process alone.
//!
//! Must not know: what a page shows.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::http::{HeaderMap, header};
use backout_control::tokens::Token;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::answer::Refused;
use crate::who::{Principal, Tokens};

const COOKIE: &str = "backout";
/// How long a session lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// So many at once; then the oldest ends.
const MOST: usize = 1000;

pub(crate) type Digest = [u8; 32];

/// By the digests of their ids: what stands in memory opens nothing.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<Digest, Known>>);

#[derive(Debug, Clone)]
struct Known {
    token: Token,
    csrf: String,
    until: Timestamp,
}

/// Somebody's session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) principal: Principal,
    pub(crate) csrf: String,
}

impl Sessions {
    /// The value of the cookie of a new session.
    pub(crate) fn begin(&self, token: Token) -> Result<String, Refused> {
        let (id, csrf) = (random()?, random()?);
        let now = Timestamp::now();
        let mut all = self.0.lock().map_err(|_| Refused::internal())?;
        all.retain(|_, kept| now < kept.until);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, kept)| kept.until).map(|(digest, _)| *digest)
        {
            all.remove(&oldest);
        }
        all.insert(digest(&id), Known { token, csrf, until: now + LASTS });
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

    pub(crate) fn end(&self, headers: &HeaderMap) {
        if let (Some(id), Ok(mut all)) = (id(headers), self.0.lock()) {
            all.remove(&digest(id));
        }
    }
}

/// The cookie as it is set, or taken back where there is no id.
pub(crate) fn cookie(id: Option<&str>, is_secure: bool) -> String {
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

pub(crate) fn digest(text: &str) -> Digest {
    Sha256::digest(text.as_bytes()).into()
}

fn random() -> Result<String, Refused> {
    let mut bytes = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| Refused::internal())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
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
