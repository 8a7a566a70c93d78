//! What was before a freeze, in the target itself: written in the transaction of the freeze, so that any machine can thaw.
//!
//! Must not know: how rights are taken or given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::acl::{KNOWN, Object, Uncovered};
use super::error::{FreezeError, doing};
use super::evidence::Evidence;
use crate::session::Session;
use crate::store;

/// Of the kinds of columns that reading the record knows (`writers`).
const TABLE: &str = "CREATE TABLE IF NOT EXISTS backout.freeze (\
     number bigint PRIMARY KEY, state text NOT NULL CHECK (state IN ('frozen', 'thawed')), at timestamptz NOT NULL, \
     role text NOT NULL, who text NOT NULL, because text NOT NULL, body text NOT NULL, evidence text, \
     thawed_at timestamptz, thawed_by text)";

/// The format of [`Was`].
const FORMAT: u32 = 1;

/// All that a thaw needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Was {
    format: u32,
    /// The id of the record's own table: in a copy by dump it is another, and so are all others.
    pub place: u32,
    /// The names of the roles.
    pub roles: BTreeMap<u32, String>,
    /// What rights were taken on, as it was.
    pub objects: Vec<Object>,
    /// All that could hold rows or count.
    pub relations: Vec<u32>,
    /// `default_transaction_read_only` of the database, if it was changed.
    pub setting: Option<Setting>,
    /// Jobs of pg_cron that were active.
    pub jobs: Vec<i64>,
    pub uncovered: Vec<Uncovered>,
}

/// What the database had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    pub former: Option<String>,
}

impl Was {
    pub fn new(place: u32) -> Self {
        Self {
            format: FORMAT,
            place,
            roles: BTreeMap::new(),
            objects: Vec::new(),
            relations: Vec::new(),
            setting: None,
            jobs: Vec::new(),
            uncovered: Vec::new(),
        }
    }
}

/// A freeze that holds.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    pub number: i64,
    pub at: jiff::Timestamp,
    /// The role that froze, and who said so.
    pub role: String,
    pub who: String,
    pub because: String,
    /// None: it was not watched to its end.
    pub evidence: Option<Evidence>,
    /// Who could write still, as it was accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Uncovered>,
}

/// What of the record says what was accepted. Where it cannot be read, a thaw says so.
#[derive(Debug, Default, Deserialize)]
struct Accepted {
    #[serde(default)]
    uncovered: Vec<Uncovered>,
}

/// The freeze that holds, if one does.
///
/// # Errors
/// Where the record cannot be read, or is of a newer version.
pub async fn standing(session: &Session) -> Result<Option<Standing>, FreezeError> {
    if !exists(session).await? {
        return Ok(None);
    }
    let rows = session
        .rows("SELECT number, at, role, who, because, evidence, state, body FROM backout.freeze WHERE state <> 'thawed' ORDER BY number DESC LIMIT 1")
        .await
        .map_err(doing("reading whether the database is frozen"))?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (number, state): (i64, String) = (row.get(0), row.get(6));
    if state != "frozen" {
        return Err(FreezeError::Unreadable { number, why: format!("its state is {state:?}") });
    }
    let evidence = row.get::<_, Option<String>>(5);
    let evidence = evidence.map(|text| serde_json::from_str(&text)).transpose();
    let evidence = evidence.map_err(|error| FreezeError::Unreadable { number, why: error.to_string() })?;
    let accepted = serde_json::from_str::<Accepted>(&row.get::<_, String>(7)).unwrap_or_default().uncovered;
    let (at, role, who, because) = (row.get(1), row.get(2), row.get(3), row.get(4));
    Ok(Some(Standing { number, at, role, who, because, evidence, accepted }))
}

async fn exists(session: &Session) -> Result<bool, FreezeError> {
    // Its shape is looked at before anything of it is read.
    if !store::exists(session).await? {
        return Ok(false);
    }
    let there = session.scalar("SELECT pg_catalog.to_regclass('backout.freeze')::text").await;
    Ok(there.map_err(doing("looking for the record of freezes"))?.is_some())
}

/// Makes the table where it is not, and says under which id.
pub(super) async fn place(session: &Session) -> Result<u32, FreezeError> {
    if !exists(session).await? {
        session.batch(TABLE).await.map_err(doing("making the record of freezes"))?;
    }
    id(session).await
}

/// The id of the record's table.
pub(super) async fn id(session: &Session) -> Result<u32, FreezeError> {
    let id = session.scalar("SELECT 'backout.freeze'::pg_catalog.regclass::oid::text").await;
    let id = id.map_err(doing("looking for the record of freezes"))?;
    Ok(id.and_then(|id| id.parse().ok()).unwrap_or(0))
}

/// Notes a freeze, or what it covers by now.
pub(super) async fn write(
    session: &Session,
    number: Option<i64>,
    who: &str,
    because: &str,
    was: &Was,
) -> Result<(), FreezeError> {
    let body = serde_json::to_string(was).map_err(FreezeError::Encode)?;
    let done = match number {
        Some(number) => {
            session
                .execute("UPDATE backout.freeze SET body = $2, evidence = NULL WHERE number = $1", &[&number, &body])
                .await
        }
        None => {
            session
                .execute(
                    "INSERT INTO backout.freeze (number, state, at, role, who, because, body) \
                     SELECT coalesce(max(number), 0) + 1, 'frozen', pg_catalog.clock_timestamp(), session_user, $1, $2, $3 FROM backout.freeze",
                    &[&who, &because, &body],
                )
                .await
        }
    };
    done.map(drop).map_err(doing("recording the freeze"))
}

/// What was before the freeze of this number.
pub(super) async fn was(session: &Session, number: i64) -> Result<Was, FreezeError> {
    let text: String = session
        .query_one("SELECT body FROM backout.freeze WHERE number = $1", &[&number])
        .await
        .map_err(doing("reading what was before the freeze"))?
        .get(0);
    let unreadable = |why: String| FreezeError::Unreadable { number, why };
    let was: Was = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    if was.format != FORMAT {
        return Err(unreadable(format!("it has format {}", was.format)));
    }
    // What is on record becomes SQL: a right is one of those that there are, and nothing else.
    let grants = was.objects.iter().flat_map(|o| o.acl.iter().chain(o.columns.iter().flat_map(|c| &c.acl)));
    let unknown = grants.flat_map(|grant| grant.privileges()).find(|right| !KNOWN.contains(right));
    match unknown {
        Some(right) => Err(unreadable(format!("there is no right {right:?}"))),
        None => Ok(was),
    }
}

/// Notes what was seen of writes.
///
/// # Errors
/// What the server said.
pub async fn watched(session: &Session, number: i64, evidence: &Evidence) -> Result<(), FreezeError> {
    let text = serde_json::to_string(evidence).map_err(FreezeError::Encode)?;
    let sql = "UPDATE backout.freeze SET evidence = $2 WHERE number = $1 AND state = 'frozen'";
    let done = session.execute(sql, &[&number, &text]).await;
    done.map(drop).map_err(doing("recording what was seen"))
}

/// Notes that it is over.
pub(super) async fn thawed(session: &Session, number: i64, who: &str) -> Result<(), FreezeError> {
    let sql = "UPDATE backout.freeze SET state = 'thawed', thawed_at = pg_catalog.clock_timestamp(), thawed_by = $2 \
         WHERE number = $1";
    let done = session.execute(sql, &[&number, &who]).await;
    done.map(drop).map_err(doing("recording the thaw"))
}
