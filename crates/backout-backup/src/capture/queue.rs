//! What is captured, how much of it lies there, and whether it is whole.
//!
//! Must not know: how changes are captured or what they are used for.

use backout_postgres::session::{DatabaseError, Session};
use backout_postgres::sqlstate;
use backout_schema::literal;
use serde::Serialize;

use super::shape::{Shape, shapes};
use super::{CaptureError, Depth, SCHEMA, Source, slot};

/// How one table stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub table: String,
    pub source: Source,
    /// Changes that are captured and not trimmed.
    pub changes: u64,
    /// Why its changes cannot all be there.
    pub trouble: Option<Trouble>,
}

/// Why the changes of a table cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The table is gone, or another one has its name.
    Gone,
    /// A trigger was dropped, disabled or changed by somebody.
    Triggers,
    /// The slot is not the one that was made, or was read by somebody else, or no longer reaches back; or the table is
    /// not published any more.
    Slot,
    /// Its key or columns are other ones than when it began.
    Reshaped { what: String },
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone => f.write_str("the table is gone"),
            Self::Triggers => f.write_str("somebody has changed its triggers, so changes may be missing"),
            Self::Slot => f.write_str("the replication slot or publication was changed, so changes may be missing"),
            Self::Reshaped { what } => write!(f, "it has other columns than when its capture began: {what}"),
        }
    }
}

/// Whether anything is captured here.
///
/// # Errors
/// When there is such a schema and it is not ours, or the server says no.
pub async fn is_on(session: &Session) -> Result<bool, CaptureError> {
    let sql = format!(
        "SELECT n.oid IS NOT NULL, pg_catalog.to_regclass('{SCHEMA}.source') IS NOT NULL \
         FROM (VALUES (1)) one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = {}",
        literal(SCHEMA)
    );
    let rows = session.rows(&sql).await.map_err(CaptureError::server("looking for what is captured"))?;
    match rows.first().map(|row| (row.get(0), row.get(1))) {
        Some((true, false)) => Err(CaptureError::NotOurs),
        Some((true, true)) => Ok(true),
        _ => Ok(false),
    }
}

/// The tables that are captured.
///
/// # Errors
/// When the server says no.
pub async fn captured(session: &Session) -> Result<Vec<Source>, CaptureError> {
    let rows = session.rows("SELECT body FROM backout_capture.source ORDER BY number").await;
    let rows = rows.map_err(CaptureError::server("reading what is captured"))?;
    rows.iter().map(|row| serde_json::from_str(row.get(0)).map_err(CaptureError::Decode)).collect()
}

/// Whether its triggers are those that were made. One that was switched off for a while is another one since.
pub(super) async fn is_whole(session: &Session, source: &Source) -> Result<bool, CaptureError> {
    if source.depth == Depth::Slot {
        let members = slot::members(session).await.map_err(CaptureError::server("looking at the publication"))?;
        let is_read = slot::look(session).await?.is_some_and(|slot| slot.trouble.is_none());
        return Ok(is_read && members.contains(&source.oid));
    }
    let now = triggers(session, source.oid).await.map_err(CaptureError::server("looking after triggers"))?;
    Ok(now == source.triggers)
}

/// Takes the triggers for whole as they are now, in a database where nobody but us has touched them.
pub(super) async fn refresh(session: &Session) -> Result<(), DatabaseError> {
    let found = session.rows("SELECT number, body FROM backout_capture.source").await?;
    let xid = session.scalar("SELECT pg_catalog.pg_current_xact_id()").await?.unwrap_or_default();
    for row in found {
        let number: i32 = row.get(0);
        let Ok(mut source) = serde_json::from_str::<Source>(row.get(1)) else { continue };
        source.triggers = triggers(session, source.oid).await?;
        source.since.clone_from(&xid);
        let body = serde_json::to_string(&source).unwrap_or_default();
        let sql = format!("UPDATE backout_capture.source SET body = {} WHERE number = {number}", literal(&body));
        session.batch(&sql).await?;
    }
    Ok(())
}

/// Our triggers that fire, with the id and the last change of each.
pub(super) async fn triggers(session: &Session, table: u32) -> Result<Vec<(String, u32, String)>, DatabaseError> {
    let sql = format!(
        "SELECT tgname::text, oid, xmin::text FROM pg_catalog.pg_trigger WHERE tgrelid = {table} AND tgenabled = 'A' \
         AND pg_catalog.starts_with(tgname::text, 'backout_capture_') ORDER BY 1"
    );
    Ok(session.rows(&sql).await?.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// Whether a table is there at all, and be it in an archive.
pub(super) async fn exists(session: &Session, source: &Source) -> Result<bool, DatabaseError> {
    let sql = format!("SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = {})", source.oid);
    Ok(session.scalar(&sql).await?.as_deref() == Some("t"))
}

/// What is wrong with a table that is captured.
pub(super) async fn trouble(
    session: &Session,
    source: &Source,
    shapes: &[Shape],
) -> Result<Option<Trouble>, CaptureError> {
    let Some(shape) = shapes.iter().find(|shape| shape.oid == source.oid) else { return Ok(Some(Trouble::Gone)) };
    if shape.key != source.key || shape.way != source.way {
        return Ok(Some(Trouble::Reshaped { what: "its key".to_owned() }));
    }
    if shape.columns != source.columns {
        let other = |a: &[super::Column], b: &[super::Column]| -> Vec<String> {
            a.iter().filter(|column| !b.contains(column)).map(|column| column.name.clone()).collect()
        };
        let mut names = other(&shape.columns, &source.columns);
        names.extend(other(&source.columns, &shape.columns));
        names.sort();
        names.dedup();
        // Keys say which rows changed whatever the other columns are.
        let needed = source.depth == Depth::Images || source.way == super::Way::Rows;
        if needed {
            return Ok(Some(Trouble::Reshaped { what: names.join(", ") }));
        }
    }
    if source.depth == Depth::Slot && !shape.logged {
        return Ok(Some(Trouble::Reshaped { what: "its replica identity".to_owned() }));
    }
    let trouble = if source.depth == Depth::Slot { Trouble::Slot } else { Trouble::Triggers };
    Ok((!is_whole(session, source).await?).then_some(trouble))
}

/// The tables that can be captured, each with its schema.
///
/// # Errors
/// When the server says no.
pub async fn tables(session: &Session) -> Result<Vec<(String, String)>, CaptureError> {
    let shapes = shapes(session).await.map_err(CaptureError::server("looking for the tables"))?;
    Ok(shapes.into_iter().map(|shape| (shape.schema, shape.name)).collect())
}

/// How everything stands, and which tables are not captured.
///
/// # Errors
/// When the server says no.
pub async fn standing(session: &Session) -> Result<(Vec<Standing>, Vec<String>), CaptureError> {
    let shapes = shapes(session).await.map_err(CaptureError::server("looking for the tables"))?;
    let sources = if is_on(session).await? { captured(session).await? } else { Vec::new() };
    let mut counts: std::collections::BTreeMap<i32, u64> = std::collections::BTreeMap::new();
    if !sources.is_empty() {
        let rows = session.rows("SELECT source, count(*) FROM backout_capture.change GROUP BY 1").await;
        for row in rows.map_err(CaptureError::server("counting the changes"))? {
            counts.insert(row.get(0), u64::try_from(row.get::<_, i64>(1)).unwrap_or(0));
        }
    }
    let mut all = Vec::new();
    for source in sources {
        let trouble = trouble(session, &source, &shapes).await?;
        // One that a migration dropped lies in its archive, and its capture goes on when it is back.
        let is_archived = trouble == Some(Trouble::Gone)
            && exists(session, &source).await.map_err(CaptureError::server("looking for the tables"))?;
        if is_archived {
            continue;
        }
        let changes = counts.get(&source.number).copied().unwrap_or(0);
        all.push(Standing { table: source.sql_name(), source, changes, trouble });
    }
    let is_there = |shape: &&Shape| all.iter().any(|s| s.source.oid == shape.oid);
    let others = shapes.iter().filter(|shape| !is_there(shape));
    let others = others.map(|shape| backout_schema::qualified(&shape.schema, &shape.name)).collect();
    Ok((all, others))
}

/// Statements that check foreign keys after a replay, and were not run yet.
///
/// # Errors
/// When the server says no.
pub async fn unchecked(session: &Session) -> Result<Vec<String>, CaptureError> {
    let rows = session.rows("SELECT sql FROM backout_capture.unchecked ORDER BY number").await;
    Ok(rows.map_err(CaptureError::server("reading what is to be checked"))?.iter().map(|row| row.get(0)).collect())
}

/// Checks foreign keys that a replay made again without reading all their rows: these were correct where they came
/// from. Others write meanwhile. Says what could not be checked.
///
/// # Errors
/// When the server says no.
pub async fn check(session: &Session) -> Result<Vec<(String, DatabaseError)>, CaptureError> {
    let mut failed = Vec::new();
    for sql in unchecked(session).await? {
        // One that is gone meanwhile needs no check.
        match session.batch(&sql).await {
            Err(error) if !error.has_code(sqlstate::UNDEFINED_OBJECT) && !error.has_code(sqlstate::UNDEFINED_TABLE) => {
                failed.push((sql, error));
                continue;
            }
            _ => {}
        }
        let done = format!("DELETE FROM backout_capture.unchecked WHERE sql = {}", literal(&sql));
        session.batch(&done).await.map_err(CaptureError::server("noting what was checked"))?;
    }
    Ok(failed)
}

/// Bytes on the disk, with the unused.
///
/// # Errors
/// When the server says no.
pub async fn size(session: &Session) -> Result<u64, CaptureError> {
    let sql = "SELECT pg_catalog.pg_total_relation_size('backout_capture.change'::pg_catalog.regclass)";
    let size = session.scalar(sql).await.map_err(CaptureError::server("measuring the changes"))?;
    Ok(size.and_then(|size| size.parse().ok()).unwrap_or(0))
}

/// Removes the changes that a snapshot has seen: a backup taken at it, and any later one, has them. Without a snapshot,
/// only those of tables that are not captured any more. Says how many.
///
/// # Errors
/// When the server says no.
pub async fn trim(session: &Session, snapshot: Option<&str>) -> Result<u64, CaptureError> {
    let failed = || CaptureError::server("removing changes");
    let seen = snapshot.map_or_else(String::new, |snapshot| format!(" OR {}", is_seen(snapshot)));
    session.batch("BEGIN").await.map_err(failed())?;
    if let Some(snapshot) = snapshot {
        // Backups that have seen less can be restored, but not without a loss.
        let sql = format!(
            "INSERT INTO backout_capture.trimmed (snapshot) VALUES ({0}) ON CONFLICT (singleton) DO UPDATE SET snapshot = {0}",
            literal(snapshot)
        );
        session.batch(&sql).await.map_err(failed())?;
    }
    let sql = format!(
        "DELETE FROM backout_capture.change WHERE source NOT IN (SELECT number FROM backout_capture.source){seen}"
    );
    let removed = session.reach(&sql).await.map_err(failed())?;
    session.batch("COMMIT").await.map_err(failed())?;
    Ok(removed)
}

/// Whether all that was removed so far is in a backup that was taken at a snapshot.
pub(super) async fn reaches_back(session: &Session, snapshot: &str) -> Result<bool, CaptureError> {
    let sql = format!(
        "SELECT bool_and(pg_catalog.pg_snapshot_xmax(t.s) <= pg_catalog.pg_snapshot_xmax(b.s) AND NOT EXISTS ( \
           SELECT FROM pg_catalog.pg_snapshot_xip(b.s) x WHERE x < pg_catalog.pg_snapshot_xmax(t.s) AND x NOT IN (SELECT pg_catalog.pg_snapshot_xip(t.s)))) \
         FROM (SELECT snapshot::pg_catalog.pg_snapshot FROM backout_capture.trimmed) t(s), (VALUES ({}::pg_catalog.pg_snapshot)) b(s)",
        literal(snapshot)
    );
    let answer = session.scalar(&sql).await.map_err(CaptureError::server("asking what was removed"))?;
    Ok(answer.as_deref() != Some("f"))
}

/// Whether a snapshot has seen the transaction of a change.
pub(super) fn is_seen(snapshot: &str) -> String {
    format!("pg_catalog.pg_visible_in_snapshot(xid, {}::pg_catalog.pg_snapshot)", literal(snapshot))
}

/// Whether a snapshot has seen a transaction.
pub(super) async fn has_seen(session: &Session, snapshot: &str, xid: &str) -> Result<bool, DatabaseError> {
    let sql = format!(
        "SELECT pg_catalog.pg_visible_in_snapshot({}::pg_catalog.xid8, {}::pg_catalog.pg_snapshot)",
        literal(xid),
        literal(snapshot)
    );
    Ok(session.scalar(&sql).await?.as_deref() == Some("t"))
}
