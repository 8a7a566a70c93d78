//! Whose rows could be seen by whom: the role matrix backwards, with orphans and rows across owners.
//!
//! Everything is of one snapshot: one session only reads, the other one acts as the roles and is rolled back. What
//! counts is rows that somebody can see and that are not his own, not rows that he can see.
//!
//! Must not know: when that began, or what was written since.

mod exposed;
mod orphans;
mod since;
mod statistics;

use std::collections::{BTreeMap, BTreeSet};

use backout_schema::literal;
use serde::Serialize;

use crate::rls::{self, RlsError, Source};
use crate::session::{DatabaseError, Session};

pub use orphans::{Cross, Orphans, owners_in};
pub use since::{Since, since};
pub use statistics::{Counted, statistics};

/// What both sessions begin with. Row security is off: where it would hide rows, the server says so instead.
const SETTINGS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

/// Rows with owners.
#[derive(Debug, Clone)]
pub struct Owned {
    /// As it was named: `public.notes`, or `public.all_notes()`.
    pub name: String,
    pub owner: String,
}

/// As whom it is asked, and about what.
#[derive(Debug, Clone)]
pub struct Question {
    pub anon: String,
    pub user: String,
    /// Not asked where it is empty.
    pub service: String,
    pub claims: String,
    /// Without any, the owners of rows are asked.
    pub users: Vec<String>,
    pub max_users: usize,
    /// The table of users and its key, for owners that no foreign key leads to.
    pub users_table: Option<(String, String)>,
    pub on: Vec<Owned>,
}

/// What somebody sees of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// `anon`, `user` or `service`.
    pub by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    pub rows: u64,
    /// Rows that are not his.
    pub others: u64,
    /// Of so many others; rows without an owner have none.
    pub owners: u64,
    /// He may read other columns than the owner's, so whose they are was counted by what he has himself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub whose_is_unknown: bool,
    /// Why he sees nothing at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What can be seen of one table, by whom it should not.
#[derive(Debug, Clone, Serialize)]
pub struct Exposure {
    pub table: String,
    pub owner: String,
    #[serde(skip)]
    pub oid: u32,
    #[serde(skip)]
    pub sql: String,
    pub is_table: bool,
    pub row_security: bool,
    pub policies: i64,
    /// All rows and owners, and rows without an owner; nobody reads all of a view.
    pub rows: Option<u64>,
    pub owners: Option<u64>,
    pub ownerless: Option<u64>,
    pub seen: Vec<Seen>,
    /// Rows that somebody can see who does not own them.
    pub exposed_rows: u64,
    pub exposed_owners: u64,
    /// Otherwise there are at least so many.
    pub is_exact: bool,
    pub orphans: Option<Orphans>,
    /// Why there is no count of orphans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_orphans: Option<String>,
}

/// Users whose rows others can see, with how many of each table; at least so many where that is not exact.
pub type Affected = BTreeMap<String, BTreeMap<String, u64>>;

/// What is exposed, at one snapshot.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub tables: Vec<Exposure>,
    /// Rows whose owner is another one than that of the row they refer to.
    pub cross_owner: Vec<Cross>,
    pub users_asked: usize,
    /// How many owners there are, where they are asked.
    pub users_known: Option<u64>,
    pub affected_users: u64,
    /// Otherwise there are at least so many.
    pub is_exact: bool,
    /// Who they are. Never a part of what is written down.
    #[serde(skip)]
    pub affected: Affected,
}

impl Report {
    /// Nothing is there that could be seen, so nobody was asked.
    pub fn of_nothing() -> Self {
        Self {
            tables: Vec::new(),
            cross_owner: Vec::new(),
            users_asked: 0,
            users_known: None,
            affected_users: 0,
            is_exact: true,
            affected: Affected::new(),
        }
    }
}

/// Two sessions of one snapshot: one reads, the other one acts as others.
#[derive(Debug)]
struct Sessions<'s> {
    read: &'s Session,
    probe: &'s Session,
}

/// Begins what only reads, at one snapshot. The caller ends it by a ROLLBACK.
///
/// # Errors
/// When the server says no.
pub async fn begin(reading: &Session) -> Result<(), DatabaseError> {
    reading.batch(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {SETTINGS}")).await
}

/// Reads all of it in the transaction that [`begin`] began, and acts as others in another one, of the same snapshot.
///
/// # Errors
/// Where a role or table would prove nothing, or the server says no.
pub async fn read(reading: &Session, probing: &Session, question: &Question) -> Result<Report, RlsError> {
    let done = both(reading, probing, question).await;
    // Nothing of it stays, whatever came of it.
    probing.batch("ROLLBACK").await?;
    done
}

async fn both(reading: &Session, probing: &Session, question: &Question) -> Result<Report, RlsError> {
    let snapshot = reading.scalar("SELECT pg_catalog.pg_export_snapshot()").await?.unwrap_or_default();
    probing
        .batch(&format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT {}; {SETTINGS}",
            literal(&snapshot).trim_start()
        ))
        .await?;
    let sessions = Sessions { read: reading, probe: probing };
    rls::roles_fit(reading, &[&question.anon, &question.user]).await?;
    let mut sources = Vec::new();
    for owned in &question.on {
        sources.push(rls::source(reading, &owned.name, &owned.owner, [&question.anon, &question.user]).await?);
    }
    // Only now: it is these roles that policies must apply to.
    reading.batch("SET LOCAL row_security = off").await?;
    let (users, users_known) = users(reading, question, &sources).await?;
    let (mut tables, mut affected, mut is_exact) = (Vec::new(), Affected::new(), true);
    for (owned, source) in question.on.iter().zip(&sources) {
        let mut exposure = exposed::read(&sessions, question, &users, owned, source, &mut affected).await?;
        is_exact &= exposure.is_exact;
        if source.is_table {
            match orphans::of(reading, source, &owned.owner, question.users_table.as_ref()).await? {
                Ok(orphans) => exposure.orphans = Some(orphans),
                Err(why) => exposure.no_orphans = Some(why),
            }
        }
        tables.push(exposure);
    }
    let is_everybody = users_known.is_none_or(|known| known <= users.len() as u64);
    // Whoever was not asked may see something that nobody else does.
    let all_seen = |one: &Exposure| one.rows.is_some_and(|rows| rows == one.exposed_rows);
    for table in &mut tables {
        table.is_exact &= all_seen(table) || (is_everybody && question.users.is_empty());
        is_exact &= table.is_exact;
    }
    let cross_owner = orphans::across(reading, &question.on, &sources).await?;
    Ok(Report {
        tables,
        cross_owner,
        users_asked: users.len(),
        users_known,
        affected_users: affected.len() as u64,
        is_exact,
        affected,
    })
}

/// Who is asked, and how many owners there are where it is they.
async fn users(
    session: &Session,
    question: &Question,
    sources: &[Source],
) -> Result<(Vec<String>, Option<u64>), RlsError> {
    if !question.users.is_empty() {
        // Each once: where two see everything, everything is exposed.
        let mut seen = BTreeSet::new();
        return Ok((question.users.iter().filter(|user| seen.insert(*user)).cloned().collect(), None));
    }
    let each = sources.iter().filter(|source| source.is_table);
    let owners: Vec<String> = each
        .map(|source| format!("SELECT {0}::text FROM {1} WHERE {0} IS NOT NULL", source.owner, source.sql))
        .collect();
    if owners.is_empty() {
        return Err(RlsError::Unfit(
            "no users are named, and there is no table whose owners could be asked".to_owned(),
        ));
    }
    // DISTINCT by itself: a window counts before the DISTINCT of its own query.
    let sql = format!(
        "SELECT owner, pg_catalog.count(*) OVER () FROM (SELECT DISTINCT owner FROM ({}) a (owner)) o ORDER BY owner LIMIT {}",
        owners.join(" UNION ALL "),
        question.max_users
    );
    let rows = session.rows(&sql).await?;
    let known = rows.first().map_or(0, |row| row.get::<_, i64>(1));
    Ok((rows.iter().map(|row| row.get(0)).collect(), Some(u64::try_from(known).unwrap_or(0))))
}

/// A count as the server gives it.
fn count(row: &tokio_postgres::Row, place: usize) -> u64 {
    u64::try_from(row.get::<_, i64>(place)).unwrap_or(0)
}
