//! Secrets that let somebody in, each for some things and until some time. What is kept of one is its digest.
//!
//! Must not know: how a secret arrives, or what it is asked for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::Refusal;
use crate::runs::Runs;
use crate::{Failure, Result};

/// The document that has them.
const DOCUMENT: &str = "tokens";
/// What every secret begins with, so that one is recognised where it does not belong.
pub const BEGINS: &str = "bo_";

/// What somebody may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Look at everything.
    Read,
    /// Report, and have a way back shown.
    Plan,
    /// Agree to a step that waits, or refuse it.
    Approve,
    /// Begin a way back, go on with a run or end it, switch flags.
    Execute,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Plan, Self::Approve, Self::Execute];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Plan => "plan",
            Self::Approve => "approve",
            Self::Execute => "execute",
        }
    }
}

/// One that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who has it, as records name them. Each once.
    pub name: String,
    pub scopes: BTreeSet<Scope>,
    pub made: Timestamp,
    /// Who made it.
    pub by: String,
    pub expires: Option<Timestamp>,
    /// SHA-256 of the secret, in hexadecimal digits.
    digest: String,
}

impl Token {
    /// Whether it serves for this. Whoever may do anything may look.
    pub fn may(&self, scope: Scope) -> bool {
        match scope {
            Scope::Read => !self.scopes.is_empty(),
            Scope::Plan => self.scopes.contains(&Scope::Plan) || self.scopes.contains(&Scope::Execute),
            _ => self.scopes.contains(&scope),
        }
    }
}

/// Makes one, and gives its secret, which nobody can see again.
///
/// # Errors
/// Where there is one of this name, it may do nothing, or the store cannot be written.
pub async fn make(
    runs: &Runs,
    name: &str,
    scopes: BTreeSet<Scope>,
    expires: Option<Timestamp>,
    by: &str,
) -> Result<String> {
    if name.is_empty() || scopes.is_empty() {
        return Err(Refusal::usage("a token needs a name, and something that it serves for", None).into());
    }
    let secret = secret()?;
    let token = Token {
        name: name.to_owned(),
        scopes,
        made: Timestamp::now(),
        by: by.to_owned(),
        expires,
        digest: digest(&secret),
    };
    changed(runs, &|all| {
        if all.iter().any(|one| one.name == token.name) {
            return Err(Refusal::usage(format!("there is a token {:?} already", token.name), None).into());
        }
        all.push(token.clone());
        Ok(())
    })
    .await?;
    Ok(secret)
}

/// All that were made, with those whose time is over.
///
/// # Errors
/// Where the store cannot be read, or another version wrote it.
pub async fn list(runs: &Runs) -> Result<Vec<Token>> {
    Ok(read(runs).await?.1)
}

/// Takes one back. It serves no more once whoever checks has read the store again.
///
/// # Errors
/// Where there is none of this name, or the store cannot be written.
pub async fn revoke(runs: &Runs, name: &str) -> Result<()> {
    changed(runs, &|all| {
        let before = all.len();
        all.retain(|one| one.name != name);
        match all.len() == before {
            true => Err(Refusal::usage(format!("there is no token {name:?}"), None).into()),
            false => Ok(()),
        }
    })
    .await
}

/// The one that this is the secret of, if its time is not over. Takes as long for any secret.
pub fn check<'t>(tokens: &'t [Token], secret: &str, now: Timestamp) -> Option<&'t Token> {
    let digest = digest(secret);
    let mut found = None;
    for token in tokens {
        if is_same(token.digest.as_bytes(), digest.as_bytes()) {
            found = Some(token);
        }
    }
    found.filter(|token| token.expires.is_none_or(|expires| now < expires))
}

fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |found, (one, other)| found | (one ^ other));
    one.len() == other.len() && differences == 0
}

async fn read(runs: &Runs) -> Result<(Option<u64>, Vec<Token>)> {
    let Some(document) = runs.store.document(DOCUMENT).await? else { return Ok((None, Vec::new())) };
    let tokens = serde_json::from_slice(&document.body).map_err(unreadable)?;
    Ok((Some(document.version), tokens))
}

async fn changed(runs: &Runs, change: &(dyn Fn(&mut Vec<Token>) -> Result<()> + Sync)) -> Result<()> {
    loop {
        let (version, mut tokens) = read(runs).await?;
        change(&mut tokens)?;
        let body = serde_json::to_vec(&tokens).map_err(unreadable)?;
        match runs.store.put(DOCUMENT, version, &body).await {
            Err(backout_store::StoreError::Changed { .. }) => {}
            other => return Ok(other.map(drop)?),
        }
    }
}

fn unreadable(error: serde_json::Error) -> Failure {
    let advice = backout_plan::Remedy::advice("use the version of backout that wrote them");
    Refusal::refused(format!("the tokens in the store cannot be used: {error}"), Some(advice)).into()
}

fn secret() -> Result<String> {
    let mut bytes = [0; 32];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| Refusal::failed("the system gives no random numbers", None))?;
    Ok(format!("{BEGINS}{}", hex(&bytes)))
}

fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use backout_store::Store;

    use super::*;

    #[tokio::test]
    async fn a_secret_serves_for_its_scopes_until_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::file(&folder.path().join("runs.db")).await.unwrap();
        let runs = Runs {
            store,
            who: "anna@here".to_owned(),
            holder: "here#1".to_owned(),
            held_for: std::time::Duration::from_secs(1),
        };
        let soon = Timestamp::now() + std::time::Duration::from_secs(60);
        let secret = make(&runs, "ci", BTreeSet::from([Scope::Execute]), Some(soon), "anna").await.unwrap();
        assert!(secret.starts_with(BEGINS) && secret.len() == BEGINS.len() + 64);
        assert!(make(&runs, "ci", BTreeSet::from([Scope::Read]), None, "anna").await.is_err());
        let all = list(&runs).await.unwrap();
        assert!(!serde_json::to_string(&all).unwrap().contains(&secret));
        let now = Timestamp::now();
        let found = check(&all, &secret, now).unwrap();
        for (scope, may) in [(Scope::Read, true), (Scope::Plan, true), (Scope::Approve, false), (Scope::Execute, true)]
        {
            assert_eq!(found.may(scope), may, "{scope:?}");
        }
        assert_eq!(check(&all, &secret[..secret.len() - 1], now), None);
        assert_eq!(check(&all, &secret, soon), None);
        revoke(&runs, "ci").await.unwrap();
        assert!(revoke(&runs, "ci").await.is_err());
        assert_eq!(list(&runs).await.unwrap(), []);
    }
}
