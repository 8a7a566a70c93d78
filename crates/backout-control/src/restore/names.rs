//! How the databases of a restore are called.

use std::time::Duration;

use backout_backup::swap::Swap;
use backout_postgres::session::Session;
use backout_schema::literal;
use sha2::{Digest, Sha256};

use crate::{Failure, Result};

/// Bytes of a name.
const LONGEST: usize = 63;

/// How the databases are called.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub live: String,
    pub new: String,
    pub kept: String,
}

impl Names {
    pub fn new(live: &str, at: jiff::Timestamp) -> Self {
        let at = at.strftime("%Y%m%dt%H%M%Sz").to_string();
        let start = shortened(live);
        Self { live: live.to_owned(), new: format!("{start}_restoring_{at}"), kept: format!("{start}_replaced_{at}") }
    }

    /// Of now, or of the next second that no other restore has.
    pub async fn free(session: &Session, live: &str) -> Result<Self> {
        let failed = || Failure::server("looking for a free name");
        let mut at = jiff::Timestamp::now();
        loop {
            let names = Self::new(live, at);
            let list = format!("{}, {}", literal(&names.new), literal(&names.kept));
            let sql = format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname IN ({list})");
            if session.rows(&sql).await.map_err(failed())?.is_empty() {
                return Ok(names);
            }
            at = at.checked_add(Duration::from_secs(1)).unwrap_or(at);
        }
    }

    pub fn swap(&self) -> Swap<'_> {
        Swap { live: &self.live, new: &self.new, kept: &self.kept }
    }

    /// What their names look like, as a regular expression.
    pub fn pattern(&self, word: &str) -> String {
        let start: String = shortened(&self.live)
            .chars()
            .map(|c| if c.is_alphanumeric() || c == '_' { c.to_string() } else { format!("\\{c}") })
            .collect();
        format!("{start}_{word}_[0-9]{{8}}t[0-9]{{6}}z")
    }
}

/// A name that the rest has room beside in the 63 bytes of one: a long one is cut, with a digest so that no two are alike.
fn shortened(name: &str) -> String {
    const ROOM: usize = LONGEST - "_restoring_20260102t030405z".len();
    const DIGEST: usize = 8;
    if name.len() <= ROOM {
        return name.to_owned();
    }
    let mut end = ROOM - DIGEST - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let digest = Sha256::digest(name.as_bytes());
    let digest: String = digest.iter().take(DIGEST / 2).map(|byte| format!("{byte:02x}")).collect();
    format!("{}_{digest}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_and_are_known_again() {
        let at = "2026-01-02T03:04:05Z".parse().expect("a moment");
        for live in ["shop", "größe.x", &"ä".repeat(31), &"x".repeat(63)] {
            let names = Names::new(live, at);
            assert!(names.new.len() <= 63 && names.kept.len() <= 63, "{}", names.new);
            assert!(names.kept.ends_with("_replaced_20260102t030405z"), "{}", names.kept);
            assert!(shortened(live).len() <= 36 && (live.len() > 36 || shortened(live) == *live), "{live}");
        }
        assert_ne!(shortened(&format!("{}1", "x".repeat(60))), shortened(&format!("{}2", "x".repeat(60))));
        assert_eq!(Names::new("a.b", at).pattern("replaced"), "a\\.b_replaced_[0-9]{8}t[0-9]{6}z");
    }
}
