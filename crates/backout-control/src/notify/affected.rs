//! Who is written to: the users whose rows a run has found exposed, and nobody else, with the addresses that the plan's query
//! has for them. Only reads.
//!
//! Must not know: what is written to them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use backout_postgres::impact::Affected;
use backout_postgres::session::Session;
use backout_schema::literal;

use super::due::Reader;
use crate::failure::Refusal;
use crate::gates::identity;
use crate::incident::Record;
use crate::runs::Runs;
use crate::{Env, Failure, Result, impact};

/// How long the target may take for it all.
const ANSWERS: Duration = Duration::from_secs(10);
const SETTINGS: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = '8s'; SET LOCAL lock_timeout = '1s'";
/// So many are asked for at once.
const AT_ONCE: usize = 5_000;

/// Who can be reached, and how many cannot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Readers {
    pub(super) all: Vec<Reader>,
    /// Affected, and without an address.
    pub(super) unreached: usize,
}

/// Those whom the newest count of the incident found.
///
/// # Errors
/// Where who they are is not kept, is more than was counted, or the target does not tell their addresses.
pub(super) async fn readers(env: &Env, runs: &Runs, record: &Record) -> Result<Readers> {
    let Some(counted) = record.impact.as_ref().filter(|impact| impact.users > 0) else { return Ok(Readers::default()) };
    let kept = runs.store.kept(&counted.run, impact::KEPT).await?;
    let kept: Option<Affected> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(affected) = kept else {
        let said =
            format!("run {} has counted {} affected users and has not kept who they are", counted.run, counted.users);
        return Err(Refusal::failed(said, None).into());
    };
    if affected.len() as u64 > counted.users {
        let said = format!(
            "run {} has counted {} affected users, and {} are kept",
            counted.run,
            counted.users,
            affected.len()
        );
        return Err(Refusal::failed(said, None).into());
    }
    let looking = tokio::time::timeout(ANSWERS, addresses(env, affected.keys()));
    let late = || Failure::from(Refusal::failed(format!("the target did not tell addresses within {ANSWERS:?}"), None));
    let found = looking.await.unwrap_or_else(|_| Err(late()))?;
    Ok(joined(affected, found))
}

/// An address, and a name where there is one.
type Addresses = BTreeMap<String, (String, Option<String>)>;

/// Whoever was not counted is left out, whatever the query has said.
fn joined(affected: Affected, mut found: Addresses) -> Readers {
    let mut readers = Readers::default();
    for (user, tables) in affected {
        match found.remove(&user) {
            Some((email, name)) => {
                readers.all.push(Reader { user, email, name, tables: tables.into_iter().collect() });
            }
            None => readers.unreached += 1,
        }
    }
    readers
}

async fn addresses(env: &Env, users: impl Iterator<Item = &String>) -> Result<Addresses> {
    let users: Vec<&String> = users.collect();
    let session = env.connect().await?;
    let seen = identity::look(&session, env.target_name()).await?;
    if !seen.verdict.can_be_answered() && !matches!(seen.verdict, backout_plan::IdentityVerdict::Same { .. }) {
        return Err(Refusal::Identity(seen.verdict).into());
    }
    session.batch(SETTINGS).await.map_err(Failure::server("beginning to read addresses"))?;
    let found = read(&session, &env.plan()?.impact.addresses, &users).await;
    // Nothing was written, and the connection ends here.
    session.batch("ROLLBACK").await.ok();
    session.close().await;
    found
}

async fn read(session: &Session, query: &str, users: &[&String]) -> Result<Addresses> {
    let query = query.trim().trim_end_matches(';');
    let (mut all, mut twice) = (Addresses::new(), BTreeSet::new());
    for some in users.chunks(AT_ONCE) {
        let list: Vec<String> = some.iter().map(|user| literal(user).trim_start().to_owned()).collect();
        let sql = format!(
            "SELECT a.id::text, a.email::text, a.name::text FROM (\n{query}\n) a WHERE a.id::text = ANY (ARRAY[{}]::text[])",
            list.join(", ")
        );
        for row in session.rows(&sql).await.map_err(Failure::server("reading addresses"))? {
            let (Some(id), email): (Option<String>, Option<String>) = (row.get(0), row.get(1)) else { continue };
            let name: Option<String> = row.get(2);
            let Some(email) = email.map(|email| email.trim().to_owned()).filter(|email| is_address(email)) else {
                continue;
            };
            let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
            // Which of two is the right one nobody can tell.
            match all.get(&id) {
                Some((known, _)) if *known != email => drop(twice.insert(id)),
                _ => drop(all.insert(id, (email, name))),
            }
        }
    }
    all.retain(|id, _| !twice.contains(id));
    Ok(all)
}

/// One address, and nothing that a header could take for more.
fn is_address(text: &str) -> bool {
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || ",;<>\"".contains(c));
    is_plain && text.split('@').filter(|part| !part.is_empty()).count() == 2 && text.matches('@').count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_written_to_who_was_not_counted() {
        let tables = BTreeMap::from([("public.notes".to_owned(), 3)]);
        let affected = Affected::from([("1".to_owned(), tables.clone()), ("2".to_owned(), tables)]);
        let address = |email: &str| (email.to_owned(), None);
        let found = Addresses::from([("2".to_owned(), address("b@x.org")), ("3".to_owned(), address("c@x.org"))]);
        let readers = joined(affected, found);
        assert_eq!(readers.all.iter().map(|one| one.email.as_str()).collect::<Vec<_>>(), ["b@x.org"]);
        assert_eq!(readers.unreached, 1);
    }

    #[test]
    fn an_address_is_one_address() {
        for (text, is) in [
            ("anna@example.org", true),
            ("anna@example.org, all@example.org", false),
            ("anna@example.org\nBcc: all@example.org", false),
            ("Anna <anna@example.org>", false),
            ("anna", false),
            ("@example.org", false),
            ("a@b@c", false),
        ] {
            assert_eq!(is_address(text), is, "{text:?}");
        }
    }
}
