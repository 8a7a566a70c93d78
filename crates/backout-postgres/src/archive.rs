//! What lies in our schemas beside the history: what migrations dropped (`backout_archive_N`) and what undos set aside
//! (`backout_undone_N`). Looking at it, and removing it for good.
//!
//! Must not know: how it got there, or who asks for its removal.

use std::time::Duration;

use backout_reversal::Inverse;
use backout_schema::{Class, ObjectId, hidden_by, ident, is_ours, qualified};
use serde::Serialize;

use crate::session::{DatabaseError, Session};
use crate::store::{self, StoreError};

/// Which of the two kinds a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What a migration dropped.
    Archive,
    /// What an undo set aside.
    Undone,
    /// Columns that a migration dropped and that are hidden in their tables.
    Hidden,
}

/// One of our schemas and what is in it.
#[derive(Debug, Clone, Serialize)]
pub struct Kept {
    /// The migration's number.
    pub number: i64,
    pub kind: Kind,
    pub schema: String,
    pub tables: Vec<KeptTable>,
    /// Objects other than tables: types, functions, sequences, views.
    pub others: i64,
    pub keep_until: Option<jiff::Timestamp>,
}

#[derive(Debug, Clone, Serialize)]
pub struct KeptTable {
    pub name: String,
    /// What it holds, by the name that the schema knew it by.
    pub holds: Option<String>,
    /// The planner's estimate; `None` while nobody has analysed the table.
    pub rows: Option<i64>,
    /// With indexes and TOAST.
    pub bytes: i64,
}

/// Something outside our schemas that needs something in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependent {
    pub object: String,
    pub needs: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("{doing}")]
    Query {
        doing: &'static str,
        #[source]
        source: DatabaseError,
    },
    #[error("purging migration {number}: {} elsewhere depends on what is kept: {}", things(.dependents), list(.dependents))]
    Needed { number: i64, dependents: Vec<Dependent> },
    #[error("nothing is kept of migration {number}")]
    Nothing { number: i64 },
}

impl ArchiveError {
    pub fn database_error(&self) -> Option<&DatabaseError> {
        match self {
            Self::Query { source, .. } => Some(source),
            Self::Needed { .. } | Self::Nothing { .. } => None,
        }
    }
}

fn things(dependents: &[Dependent]) -> String {
    if dependents.len() == 1 { "1 object".to_owned() } else { format!("{} objects", dependents.len()) }
}

fn list(dependents: &[Dependent]) -> String {
    let lines: Vec<String> = dependents.iter().map(|d| format!("{} needs {}", d.object, d.needs)).collect();
    lines.join("; ")
}

fn query(doing: &'static str) -> impl FnOnce(DatabaseError) -> ArchiveError {
    move |source| ArchiveError::Query { doing, source }
}

fn said(doing: &'static str) -> impl FnOnce(DatabaseError) -> ArchiveError {
    move |source| ArchiveError::Query { doing, source }
}

/// Until when something is kept of each migration. What an undo set aside is kept as long from the undo on.
const TERMS: &str = "SELECT number, keep_until, undone_at + (keep_until - started_at) FROM backout.migration";

const QUICKLY_COUNTED: i64 = 8 * 1024 * 1024;

const CONTENTS: &str = "
SELECT n.nspname::text,
       coalesce(json_agg(json_build_object('name', c.relname, 'rows', CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END,
                'bytes', pg_catalog.pg_total_relation_size(c.oid)) ORDER BY c.relname) FILTER (WHERE c.relkind IN ('r', 'p', 'm')), '[]')::text,
       count(*) FILTER (WHERE c.relkind IN ('v', 'S', 'c', 'f'))
         + (SELECT count(*) FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid)
         + (SELECT count(*) FROM pg_catalog.pg_type t WHERE t.typnamespace = n.oid AND t.typtype IN ('e', 'd', 'r'))
FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
     -- Foster parents are patterns without rows.
     AND NOT (c.relname ~ '^foster_[0-9]+_[0-9]+$' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid))
WHERE n.nspname ~ '^backout_(archive|undone)_[0-9]+(_[0-9]+)?$'
GROUP BY n.oid, n.nspname";

/// Everything that is kept, by the migration's number; archives before what was set aside.
///
/// # Errors
/// When the server says no.
pub async fn contents(session: &Session) -> Result<Vec<Kept>, ArchiveError> {
    let rows = session.query(CONTENTS, &[]).await.map_err(query("listing what is kept"))?;
    let mut kept: Vec<Kept> = rows
        .iter()
        .filter_map(|row| {
            let schema: String = row.get(0);
            let (kind, number) = number_of(&schema)?;
            let tables: Vec<serde_json::Value> = serde_json::from_str(row.get(1)).unwrap_or_default();
            let tables = tables
                .iter()
                .map(|table| KeptTable {
                    name: table["name"].as_str().unwrap_or_default().to_owned(),
                    holds: None,
                    rows: table["rows"].as_i64(),
                    bytes: table["bytes"].as_i64().unwrap_or(0),
                })
                .collect();
            Some(Kept { number, kind, schema, tables, others: row.get(2), keep_until: None })
        })
        .collect();
    // Of what nobody has gathered statistics yet, what is quickly counted is. A partitioned whole has no bytes of its own.
    for entry in &mut kept {
        let quick = |t: &&mut KeptTable| t.rows.is_none() && (1..=QUICKLY_COUNTED).contains(&t.bytes);
        for table in entry.tables.iter_mut().filter(quick) {
            let count = format!("SELECT pg_catalog.count(*) FROM {}", qualified(&entry.schema, &table.name));
            table.rows = session.scalar(&count).await.ok().flatten().and_then(|n| n.parse().ok());
        }
    }
    kept.extend(hidden(session).await?);
    let known = session
        .scalar("SELECT to_regclass('backout.migration') IS NOT NULL")
        .await
        .map_err(said("looking for the history"))?;
    if known.as_deref() == Some("t") && !kept.is_empty() {
        let terms = session.query(TERMS, &[]).await.map_err(query("reading how long things are kept"))?;
        for entry in &mut kept {
            let Some(row) = terms.iter().find(|row| row.get::<_, i64>(0) == entry.number) else { continue };
            let since_undo: Option<jiff::Timestamp> = row.get(2);
            entry.keep_until = since_undo.filter(|_| entry.kind == Kind::Undone).or_else(|| row.get(1));
        }
    }
    let rank = |kept: &Kept| match kept.kind {
        Kind::Archive => 0,
        Kind::Hidden => 1,
        Kind::Undone => 2,
    };
    kept.sort_by(|a, b| (a.number, rank(a), &a.schema).cmp(&(b.number, rank(b), &b.schema)));
    Ok(kept)
}

/// The hidden columns, by migration and schema.
async fn hidden(session: &Session) -> Result<Vec<Kept>, ArchiveError> {
    let rows = session.query(HIDDEN, &[]).await.map_err(query("looking for hidden columns"))?;
    let mut kept: Vec<Kept> = Vec::new();
    for row in rows {
        let (schema, table, column): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let Some((number, _)) = hidden_by(&column).filter(|_| !is_ours(&schema)) else { continue };
        let table =
            KeptTable { name: qualified(&schema, &table), holds: Some(column), rows: row.get(3), bytes: row.get(4) };
        match kept.iter_mut().find(|k| k.number == number && k.schema == schema) {
            Some(entry) => entry.tables.push(table),
            None => {
                kept.push(Kept { number, kind: Kind::Hidden, schema, tables: vec![table], others: 0, keep_until: None })
            }
        }
    }
    Ok(kept)
}

/// By the planner's estimates, where there are any. A partition's columns go with those of the whole.
const HIDDEN: &str = "
SELECT n.nspname::text, c.relname::text, a.attname::text, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END,
       coalesce((SELECT (c.reltuples * s.avg_width * (1 - s.null_frac))::bigint FROM pg_catalog.pg_stats s
                 WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND c.reltuples > 0 LIMIT 1), 0)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attname ~ '^backout_hidden_[0-9]+_[0-9]+_' AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 AND c.relkind IN ('r', 'p')
ORDER BY 1, 2, 3";

/// Says of each table what it holds, as far as the migration's record knows.
///
/// # Errors
/// When the server says no.
pub async fn explain(session: &Session, kept: &mut [Kept]) -> Result<(), StoreError> {
    let mut known: Option<(i64, Inverse)> = None;
    for entry in kept {
        if known.as_ref().is_none_or(|(number, _)| *number != entry.number) {
            known = store::inverse(session, entry.number).await?.map(|inverse| (entry.number, inverse));
        }
        let Some((_, inverse)) = &known else { continue };
        if entry.kind == Kind::Hidden {
            for table in &mut entry.tables {
                let column =
                    inverse.hidden.iter().find(|h| Some(&h.name) == table.holds.as_ref() && h.table == table.name);
                table.holds = column.map(|h| h.what.clone()).or(table.holds.take());
            }
            continue;
        }
        let catalog = if entry.kind == Kind::Archive { &inverse.before } else { &inverse.after };
        for table in &mut entry.tables {
            table.holds =
                kept_object(&table.name).filter(|id| catalog.get(*id).is_some()).map(|id| catalog.identity(id));
        }
    }
    Ok(())
}

/// `16403 carts` and `table_16403` hold a table, `rows_16403_1` rows of it, `column_16403_2` and `type_16403_2` one
/// of its columns.
fn kept_object(name: &str) -> Option<ObjectId> {
    let relation = |oid: &str| Some(ObjectId { class: Class::Relation, oid: oid.parse().ok()?, sub: 0 });
    let of_column = name.strip_prefix("column_").or_else(|| name.strip_prefix("type_"));
    if let Some((oid, column)) = of_column.and_then(|rest| rest.split_once('_')) {
        return Some(ObjectId { sub: column.parse().ok()?, ..relation(oid)? });
    }
    if let Some((oid, _)) = name.strip_prefix("rows_").and_then(|rest| rest.split_once('_')) {
        return relation(oid);
    }
    match name.strip_prefix("table_") {
        Some(oid) => relation(oid),
        None => relation(name.split_once(' ')?.0),
    }
}

/// `backout_archive_7` and `backout_archive_7_2` belong to migration 7.
fn number_of(schema: &str) -> Option<(Kind, i64)> {
    if !is_ours(schema) {
        return None;
    }
    let (kind, rest) = match (schema.strip_prefix("backout_archive_"), schema.strip_prefix("backout_undone_")) {
        (Some(rest), _) => (Kind::Archive, rest),
        (_, Some(rest)) => (Kind::Undone, rest),
        _ => return None,
    };
    Some((kind, rest.split('_').next()?.parse().ok()?))
}

/// Objects outside these schemas (`None`: outside all of ours) that depend on what is in them.
///
/// What a function's text or another program uses is not among them: the catalog does not know it.
///
/// # Errors
/// When the server says no.
pub async fn outside_dependents(session: &Session, schemas: Option<&[String]>) -> Result<Vec<Dependent>, ArchiveError> {
    let rows =
        session.query(DEPENDENTS, &[&schemas]).await.map_err(query("looking for what depends on Backout's schemas"))?;
    Ok(rows.iter().map(|row| Dependent { object: row.get(0), needs: row.get(1) }).collect())
}

/// A dependent belongs to the schema of its table where it has one; what has no schema at all (a publication's member)
/// is outside. Few rows of `pg_depend` are about ours, and only of those it is asked where they belong: as a filter of
/// the whole table the question costs enough for the server to compile it, which takes a fifth of a second.
const DEPENDENTS: &str = "
WITH ours AS (
    SELECT oid, $1::text[] IS NULL OR nspname = ANY ($1::text[]) AS looked_at FROM pg_catalog.pg_namespace
    WHERE nspname = 'backout' OR nspname ~ '^backout_(archive|undone)_[0-9]+(_[0-9]+)?$'),
kept AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid FROM pg_catalog.pg_class c JOIN ours ON ours.oid = c.relnamespace AND looked_at
    UNION ALL SELECT 'pg_catalog.pg_type'::regclass, t.oid FROM pg_catalog.pg_type t JOIN ours ON ours.oid = t.typnamespace AND looked_at
    UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, p.oid FROM pg_catalog.pg_proc p JOIN ours ON ours.oid = p.pronamespace AND looked_at
    UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, k.oid FROM pg_catalog.pg_constraint k JOIN ours ON ours.oid = k.connamespace AND looked_at
    UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, ours.oid FROM ours WHERE looked_at),
placed AS MATERIALIZED (
    SELECT d.*, CASE d.classid
        WHEN 'pg_catalog.pg_class'::regclass THEN (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_type'::regclass THEN (SELECT typnamespace FROM pg_catalog.pg_type WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_proc'::regclass THEN (SELECT pronamespace FROM pg_catalog.pg_proc WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_constraint'::regclass THEN (SELECT connamespace FROM pg_catalog.pg_constraint WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_statistic_ext'::regclass THEN (SELECT stxnamespace FROM pg_catalog.pg_statistic_ext WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_operator'::regclass THEN (SELECT oprnamespace FROM pg_catalog.pg_operator WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_opclass'::regclass THEN (SELECT opcnamespace FROM pg_catalog.pg_opclass WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_opfamily'::regclass THEN (SELECT opfnamespace FROM pg_catalog.pg_opfamily WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_collation'::regclass THEN (SELECT collnamespace FROM pg_catalog.pg_collation WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_conversion'::regclass THEN (SELECT connamespace FROM pg_catalog.pg_conversion WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_ts_config'::regclass THEN (SELECT cfgnamespace FROM pg_catalog.pg_ts_config WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_ts_dict'::regclass THEN (SELECT dictnamespace FROM pg_catalog.pg_ts_dict WHERE oid = d.objid)
        WHEN 'pg_catalog.pg_rewrite'::regclass THEN (SELECT relnamespace FROM pg_catalog.pg_class c JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid WHERE r.oid = d.objid)
        WHEN 'pg_catalog.pg_attrdef'::regclass THEN (SELECT relnamespace FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attrdef a ON a.adrelid = c.oid WHERE a.oid = d.objid)
        WHEN 'pg_catalog.pg_trigger'::regclass THEN (SELECT relnamespace FROM pg_catalog.pg_class c JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid WHERE t.oid = d.objid)
        WHEN 'pg_catalog.pg_policy'::regclass THEN (SELECT relnamespace FROM pg_catalog.pg_class c JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid WHERE p.oid = d.objid)
        END AS schema
    FROM pg_catalog.pg_depend d JOIN kept ON kept.classid = d.refclassid AND kept.objid = d.refobjid
    WHERE d.deptype IN ('n', 'a'))
SELECT DISTINCT pg_catalog.pg_describe_object(classid, objid, objsubid), pg_catalog.pg_describe_object(refclassid, refobjid, refobjsubid)
FROM placed WHERE schema IS NULL OR schema NOT IN (SELECT oid FROM ours WHERE looked_at)
ORDER BY 1, 2";

/// Removes everything that is kept of one migration, for good. The history remembers that it was done.
///
/// # Errors
/// When nothing is kept, when something outside depends on it (nothing is removed then), and when the server says no.
pub async fn purge(session: &Session, number: i64, lock_timeout: Duration) -> Result<Vec<Kept>, ArchiveError> {
    let result = purge_in_transaction(session, number, lock_timeout).await;
    if result.is_err() {
        // The error is the news; a connection that is gone has rolled back by itself.
        session.batch("ROLLBACK").await.ok();
    }
    result
}

async fn purge_in_transaction(
    session: &Session,
    number: i64,
    lock_timeout: Duration,
) -> Result<Vec<Kept>, ArchiveError> {
    session
        .batch(&format!("BEGIN; SET LOCAL lock_timeout = {}", lock_timeout.as_millis()))
        .await
        .map_err(said("opening the transaction"))?;
    let kept: Vec<Kept> = contents(session).await?.into_iter().filter(|kept| kept.number == number).collect();
    if kept.is_empty() {
        return Err(ArchiveError::Nothing { number });
    }
    let (in_tables, in_schemas): (Vec<&Kept>, Vec<&Kept>) = kept.iter().partition(|kept| kept.kind == Kind::Hidden);
    let schemas: Vec<String> = in_schemas.iter().map(|kept| kept.schema.clone()).collect();
    let dependents = outside_dependents(session, Some(&schemas)).await?;
    if !dependents.is_empty() {
        return Err(ArchiveError::Needed { number, dependents });
    }
    // One command for all of them, since what is kept in one may use what is kept in another.
    let names: Vec<String> = schemas.iter().map(|schema| ident(schema)).collect();
    if !names.is_empty() {
        session
            .batch(&format!("DROP SCHEMA {} CASCADE", names.join(", ")))
            .await
            .map_err(said("dropping what is kept"))?;
    }
    for table in in_tables.iter().flat_map(|kept| &kept.tables) {
        let Some(column) = &table.holds else { continue };
        // Without CASCADE: what somebody has made of it since is theirs.
        let sql = format!("ALTER TABLE {} DROP COLUMN {}", table.name, ident(column));
        session.batch(&sql).await.map_err(said("dropping a hidden column"))?;
    }
    if kept.iter().any(|kept| kept.kind != Kind::Undone) {
        session
            .execute("UPDATE backout.migration SET purged_at = clock_timestamp() WHERE number = $1", &[&number])
            .await
            .map_err(query("recording the purge"))?;
    }
    session.batch("COMMIT").await.map_err(said("COMMIT"))?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_tells_its_migration() {
        for (schema, expected) in [
            ("backout_archive_7", Some((Kind::Archive, 7))),
            ("backout_archive_7_2", Some((Kind::Archive, 7))),
            ("backout_undone_12", Some((Kind::Undone, 12))),
            ("backout", None),
            ("backout_archive_x", None),
            ("public", None),
        ] {
            assert_eq!(number_of(schema), expected, "{schema}");
        }
    }
}
