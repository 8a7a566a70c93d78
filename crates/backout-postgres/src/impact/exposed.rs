//! Who sees which rows that are not his, and how many there are of them together.
//!
//! Where somebody sees everything, the table's own counts answer. Else each one's rows are counted owner by owner, and
//! rows are told apart by their place in the table only where two people see different parts of the same owner's rows.
//!
//! Must not know: why they see them.

use crate::sqlstate;
use std::collections::{BTreeMap, HashSet};

use backout_schema::literal;

use super::{Affected, Exposure, Owned, Question, Seen, Sessions, count};
use crate::rls::{self, RlsError, Source};
use crate::session::DatabaseError;

/// So many rows are told apart at most.
const TOLD_APART: usize = 1_000_000;

/// Somebody who asks.
#[derive(Debug, Clone, Copy)]
struct Actor<'a> {
    by: &'static str,
    role: &'a str,
    sub: &'a str,
}

/// What belongs to nobody is under `None`.
type ByOwner = BTreeMap<Option<String>, u64>;

pub(super) async fn read(
    sessions: &Sessions<'_>,
    question: &Question,
    users: &[String],
    owned: &Owned,
    source: &Source,
    affected: &mut Affected,
) -> Result<Exposure, RlsError> {
    let mut exposure = Exposure {
        table: owned.name.clone(),
        owner: owned.owner.clone(),
        oid: source.oid,
        sql: source.sql.clone(),
        is_table: source.is_table,
        row_security: source.secured,
        policies: source.policies,
        rows: None,
        owners: None,
        ownerless: None,
        seen: Vec::new(),
        exposed_rows: 0,
        exposed_owners: 0,
        is_exact: true,
        orphans: None,
        no_orphans: None,
    };
    if source.is_table {
        let sql = format!(
            "SELECT pg_catalog.count(*), pg_catalog.count(DISTINCT {0}::text), pg_catalog.count(*) FILTER (WHERE {0} IS NULL) FROM {1}",
            source.owner, source.sql
        );
        let rows = sessions.read.rows(&sql).await?;
        if let Some(row) = rows.first() {
            (exposure.rows, exposure.owners, exposure.ownerless) =
                (Some(count(row, 0)), Some(count(row, 1)), Some(count(row, 2)));
        }
    }
    let anon = std::iter::once(Actor { by: "anon", role: &question.anon, sub: "" });
    let actors: Vec<Actor<'_>> =
        anon.chain(users.iter().map(|sub| Actor { by: "user", role: &question.user, sub })).collect();
    for actor in &actors {
        let seen = seen(sessions, question, source, *actor).await?;
        exposure.seen.push(seen);
    }
    let all = exposure.rows.unwrap_or(u64::MAX);
    let full: Vec<usize> = (0..actors.len()).filter(|place| exposure.seen[*place].rows == all && all > 0).collect();
    let is_all = full.len() > 1 || full.first() == Some(&0);
    if is_all {
        exposure.exposed_rows = all;
        exposure.exposed_owners = exposure.owners.unwrap_or(0);
        note(affected, &owned.name, owners(sessions, source, "").await?);
    } else {
        let parts = parts(sessions, question, source, &actors, &full, &mut exposure, affected).await?;
        add_up(sessions, question, source, &actors, parts, &mut exposure, affected).await?;
    }
    if !question.service.is_empty() && source.is_table {
        let actor = Actor { by: "service", role: &question.service, sub: "" };
        let mut seen = seen(sessions, question, source, actor).await?;
        (seen.others, seen.owners) = (0, 0);
        exposure.seen.push(seen);
    }
    Ok(exposure)
}

/// What one of them sees, in three numbers.
async fn seen(
    sessions: &Sessions<'_>,
    question: &Question,
    source: &Source,
    actor: Actor<'_>,
) -> Result<Seen, RlsError> {
    let user = (!actor.sub.is_empty()).then(|| actor.sub.to_owned());
    let mut seen = Seen { by: actor.by, user, rows: 0, others: 0, owners: 0, whose_is_unknown: false, refused: None };
    let sql = format!(
        "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE {0}), pg_catalog.count(DISTINCT {1}::text) FILTER (WHERE {0}) FROM {2}",
        is_anothers(source, actor),
        source.owner,
        source.sql
    );
    match as_actor(sessions, question, actor, &sql).await? {
        Ok(rows) => {
            if let Some(row) = rows.first() {
                (seen.rows, seen.others, seen.owners) = (count(row, 0), count(row, 1), count(row, 2));
            }
            return Ok(seen);
        }
        Err(error) if error.has_code(sqlstate::INVALID_OBJECT_DEFINITION) => {
            seen.refused = Some("a policy refers to itself without end".to_owned());
            return Ok(seen);
        }
        Err(error) if !error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => return Err(error.into()),
        Err(error) => seen.refused = Some(error.to_string()),
    }
    // Not this column; but perhaps others.
    let sql = format!("SELECT pg_catalog.count(*) FROM {}", source.sql);
    if let Ok(rows) = as_actor(sessions, question, actor, &sql).await? {
        seen.refused = None;
        seen.whose_is_unknown = true;
        seen.rows = rows.first().map_or(0, |row| count(row, 0));
        let own = format!("SELECT pg_catalog.count(*) FROM {} WHERE NOT ({})", source.sql, is_anothers(source, actor));
        let own = sessions.read.rows(&own).await?.first().map_or(0, |row| count(row, 0));
        seen.others = seen.rows.saturating_sub(own);
    }
    Ok(seen)
}

/// For each who sees a part of them, whose rows these are. What the one who sees everything sees is counted at once.
async fn parts(
    sessions: &Sessions<'_>,
    question: &Question,
    source: &Source,
    actors: &[Actor<'_>],
    full: &[usize],
    exposure: &mut Exposure,
    affected: &mut Affected,
) -> Result<Vec<(usize, ByOwner)>, RlsError> {
    let mut parts = Vec::new();
    let only = full.first().map(|place| actors[*place]);
    if let Some(only) = only {
        let others = &exposure.seen[full[0]];
        (exposure.exposed_rows, exposure.exposed_owners) = (others.others, others.owners);
        let condition = format!("WHERE {}", is_anothers(source, only));
        note(affected, &exposure.table, owners(sessions, source, &condition).await?);
    }
    for (place, actor) in actors.iter().enumerate() {
        let one = &exposure.seen[place];
        if one.others == 0 || full.contains(&place) {
            continue;
        }
        if one.whose_is_unknown {
            exposure.is_exact = false;
            exposure.exposed_rows = exposure.exposed_rows.max(one.others);
            continue;
        }
        // Of all but the one who sees everything, the others' rows are counted already.
        let left = only.map_or("true".to_owned(), |only| format!("NOT ({})", is_anothers(source, only)));
        let sql = format!(
            "SELECT {0}::text, pg_catalog.count(*) FROM {1} WHERE {2} AND {left} GROUP BY 1",
            source.owner,
            source.sql,
            is_anothers(source, *actor)
        );
        let rows = as_actor(sessions, question, *actor, &sql).await?.map_err(RlsError::Server)?;
        let by_owner: ByOwner = rows.iter().map(|row| (row.get(0), count(row, 1))).collect();
        if !by_owner.is_empty() {
            parts.push((place, by_owner));
        }
    }
    Ok(parts)
}

/// Adds what several see, each row once.
async fn add_up(
    sessions: &Sessions<'_>,
    question: &Question,
    source: &Source,
    actors: &[Actor<'_>],
    parts: Vec<(usize, ByOwner)>,
    exposure: &mut Exposure,
    affected: &mut Affected,
) -> Result<(), RlsError> {
    let mut by_owner: BTreeMap<Option<String>, Vec<(usize, u64)>> = BTreeMap::new();
    for (place, owners) in parts {
        for (owner, rows) in owners {
            by_owner.entry(owner).or_default().push((place, rows));
        }
    }
    let mut told_apart = 0;
    for (owner, viewers) in by_owner {
        let most = viewers.iter().map(|(_, rows)| *rows).max().unwrap_or(0);
        let mut rows = most;
        let condition = match &owner {
            Some(owner) => format!("{}::text = {}", source.owner, literal(owner).trim_start()),
            None => format!("{} IS NULL", source.owner),
        };
        if viewers.len() > 1 {
            let whole = match source.is_table {
                true => {
                    let sql = format!("SELECT pg_catalog.count(*) FROM {} WHERE {condition}", source.sql);
                    sessions.read.rows(&sql).await?.first().map(|row| count(row, 0))
                }
                false => None,
            };
            let sum: u64 = viewers.iter().map(|(_, rows)| rows).sum();
            let is_feasible = source.is_table && told_apart + sum <= TOLD_APART as u64;
            if whole != Some(most) {
                match is_feasible {
                    true => {
                        told_apart += sum;
                        let who = viewers.iter().map(|(place, _)| actors[*place]);
                        match together(sessions, question, source, who, &condition).await? {
                            Some(found) => rows = found,
                            None => exposure.is_exact = false,
                        }
                    }
                    false => exposure.is_exact = false,
                }
            }
        }
        exposure.exposed_rows += rows;
        if let Some(owner) = owner {
            exposure.exposed_owners += 1;
            note(affected, &exposure.table, [(owner, rows)]);
        }
    }
    Ok(())
}

/// How many different rows these see; `None` where one of them may not read where a row lies.
async fn together(
    sessions: &Sessions<'_>,
    question: &Question,
    source: &Source,
    who: impl Iterator<Item = Actor<'_>>,
    condition: &str,
) -> Result<Option<u64>, RlsError> {
    let mut places: HashSet<(u32, String)> = HashSet::new();
    for actor in who {
        let sql = format!("SELECT tableoid, ctid::text FROM {} WHERE {condition}", source.sql);
        match as_actor(sessions, question, actor, &sql).await? {
            Ok(rows) => places.extend(rows.iter().map(|row| (row.get(0), row.get(1)))),
            Err(error) if error.has_code(sqlstate::INSUFFICIENT_PRIVILEGE) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(places.len() as u64))
}

/// Owners, each with how many of these rows are his.
async fn owners(
    sessions: &Sessions<'_>,
    source: &Source,
    condition: &str,
) -> Result<Vec<(String, u64)>, DatabaseError> {
    let sql = format!("SELECT {}::text, pg_catalog.count(*) FROM {} {condition} GROUP BY 1", source.owner, source.sql);
    let rows = sessions.read.rows(&sql).await?;
    Ok(rows.iter().filter_map(|row| Some((row.get::<_, Option<String>>(0)?, count(row, 1)))).collect())
}

/// Adds what of a table is exposed of whom.
fn note(affected: &mut Affected, table: &str, owners: impl IntoIterator<Item = (String, u64)>) {
    for (owner, rows) in owners {
        *affected.entry(owner).or_default().entry(table.to_owned()).or_default() += rows;
    }
}

/// What holds for rows that are not his. Nobody has rows of his own.
fn is_anothers(source: &Source, actor: Actor<'_>) -> String {
    match actor.sub {
        "" => "true".to_owned(),
        sub => format!("{}::text IS DISTINCT FROM {}", source.owner, literal(sub).trim_start()),
    }
}

/// Asks as somebody, and takes back whatever that did.
async fn as_actor(
    sessions: &Sessions<'_>,
    question: &Question,
    actor: Actor<'_>,
    sql: &str,
) -> Result<Result<Vec<tokio_postgres::Row>, DatabaseError>, RlsError> {
    rls::step_in(sessions.probe, &question.claims, actor.role, actor.sub).await?;
    let answer = match sessions.probe.rows(sql).await {
        Err(error) if error.is_connection_lost() => return Err(error.into()),
        answer => answer,
    };
    rls::step_back(sessions.probe).await?;
    Ok(answer)
}
