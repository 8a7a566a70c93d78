//! Brings exported rows into the tables of now, in one transaction: what is the same is left, what differs is a
//! conflict, what is missing is inserted, what the table does not take is kept in a file with the reason.
//!
//! Must not know: who wants it, and who confirmed it.

use backout_postgres::sqlstate;
use std::path::{Path, PathBuf};

use backout_postgres::mark;
use backout_postgres::session::Session;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::EvidenceError;
use super::file::Writer;
use super::manifest::Evidence;
use super::mapping::{Mapped, map};
use super::silence::Silence;
use super::stage::{self, Conflict, Reject, Staged};
use super::take::TEXTS;
use super::try_rows::rows_of;
use crate::keys::Keys;

/// So many rejects and conflicts are read at once.
const PAGE: usize = 1000;

/// What becomes of rows that are other ones now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Nothing at all is imported.
    #[default]
    Refuse,
    /// They stay as they are; the others are imported.
    Skip,
    /// The same, and both values of each go into a file.
    Report,
}

/// Whether it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    Imported,
    /// It was only tried.
    Tried,
    /// Rows conflict, so nothing was done.
    Refused,
}

/// Everything that an import needs.
#[derive(Debug)]
pub struct Request<'r> {
    /// The folder of all exports.
    pub folder: &'r Path,
    pub evidence: &'r Evidence,
    /// Only these tables; all where there is none.
    pub tables: &'r [String],
    pub choice: Choice,
    /// Triggers of the application act on what is inserted.
    pub fire_triggers: bool,
    pub dry_run: bool,
    pub keys: &'r Keys,
    /// What is left in the target in the same transaction, with its fence.
    pub mark: Option<(String, u64)>,
    pub lock_timeout_ms: u128,
    /// What files of this import are called.
    pub name: String,
}

/// What became of one table.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    #[serde(flatten)]
    pub mapped: Mapped,
    pub rows: u64,
    pub same: u64,
    pub inserted: u64,
    /// A trigger left them out without a word.
    pub left_out: u64,
    pub conflicts: u64,
    /// The first of them.
    pub listed: Vec<Conflict>,
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Sequences that went on, so that they give no value that is there.
    pub sequences: Vec<String>,
    /// Triggers of the application that acted on what was inserted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<String>,
    /// Those that were off for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub silenced: Vec<String>,
}

/// What came of an import.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    pub evidence: String,
    pub act: Act,
    pub tables: Vec<Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_file: Option<PathBuf>,
}

/// Imports. The files' checksums and the signature were looked at before.
///
/// # Errors
/// Where tables do not fit, or the server says no: then nothing was imported.
pub async fn import(
    session: &Session,
    request: &Request<'_>,
    watch: &(dyn Fn(&str, u64) + Send + Sync),
) -> Result<Done, EvidenceError> {
    let begin = format!(
        "BEGIN; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
         SET LOCAL lock_timeout = {}; {TEXTS}",
        request.lock_timeout_ms
    );
    session.batch(&begin).await.map_err(EvidenceError::server("beginning"))?;
    let done = within(session, request, watch).await;
    let stays = done.as_ref().is_ok_and(|done| done.act == Act::Imported);
    let end = if stays { "COMMIT" } else { "ROLLBACK" };
    backout_postgres::failpoint!("evidence.before_commit");
    let ended = session.batch(end).await;
    if done.is_ok() {
        ended.map_err(EvidenceError::server("ending the import"))?;
    }
    done
}

async fn within(
    session: &Session,
    request: &Request<'_>,
    watch: &(dyn Fn(&str, u64) + Send + Sync),
) -> Result<Done, EvidenceError> {
    let mapped = map(session, request.evidence, request.tables).await?;
    let triggers = lock(session, request, &mapped).await?;
    // What is checked late would fail at COMMIT, and nobody would know for which row.
    session.batch("SET CONSTRAINTS ALL IMMEDIATE").await.map_err(EvidenceError::server("setting constraints"))?;
    let folder = request.folder.join(&request.evidence.id);
    let encrypted = !request.evidence.recipients.is_empty();
    let mut staged = Vec::new();
    for (number, one) in mapped.iter().enumerate() {
        watch(&one.table, one.part.rows);
        staged.push(stage::stage(session, &folder, request.keys, encrypted, number, one).await?);
    }
    let conflicts: u64 = staged.iter().map(|one| one.conflicts).sum();
    let is_refused = conflicts > 0 && request.choice == Choice::Refuse;
    let mut inserted = vec![(0, 0); mapped.len()];
    let mut sequences = vec![Vec::new(); mapped.len()];
    if !is_refused {
        let switching = || EvidenceError::server("switching the triggers of the application");
        for (_, one) in triggers.iter().filter(|(off, _)| *off) {
            one.begin(session).await.map_err(switching())?;
        }
        inserted = insert(session, &mapped, &mut staged, watch).await?;
        for (_, one) in triggers.iter().filter(|(off, _)| *off) {
            one.end(session).await.map_err(switching())?;
        }
        if let Some((mark, fence)) = request.mark.as_ref().filter(|_| !request.dry_run) {
            let marked = mark::set(session, mark, *fence).await;
            marked.map_err(EvidenceError::server("marking what was imported"))?;
        }
        // Their values do not go back with a transaction.
        if !request.dry_run {
            for (place, one) in mapped.iter().enumerate().filter(|(place, _)| inserted[*place].0 > 0) {
                sequences[place] = go_on(session, one).await?;
            }
        }
    }
    let conflict_file = match request.choice {
        Choice::Report if conflicts > 0 => Some(write_conflicts(session, request, &folder, &mapped, &staged).await?),
        _ => None,
    };
    let rejects = staged.iter().any(|one| !one.rejects.is_empty());
    let reject_file =
        if rejects { Some(write_rejects(session, request, &folder, &mapped, &staged).await?) } else { None };
    let told = |(off, one): (bool, Silence)| match off {
        true => (Vec::new(), one.names()),
        false => (one.names(), Vec::new()),
    };
    let counted = inserted.into_iter().zip(sequences).zip(triggers.into_iter().map(told));
    let tables = mapped.into_iter().zip(staged).zip(counted);
    let tables = tables.map(|((mapped, staged), (((inserted, left_out), sequences), (fired, silenced)))| Table {
        fired: if inserted + left_out > 0 { fired } else { Vec::new() },
        silenced: if is_refused { Vec::new() } else { silenced },
        rows: mapped.part.rows,
        mapped,
        same: staged.same,
        inserted,
        left_out,
        conflicts: staged.conflicts,
        listed: staged.listed,
        rejected: staged.rejects.len() as u64,
        rejects: staged.rejects.into_iter().take(PAGE).collect(),
        sequences,
    });
    let act = match (is_refused, request.dry_run) {
        (true, _) => Act::Refused,
        (false, true) => Act::Tried,
        (false, false) => Act::Imported,
    };
    Ok(Done { evidence: request.evidence.id.clone(), act, tables: tables.collect(), reject_file, conflict_file })
}

/// Locks the tables; of each, whether its triggers are switched off, and which those are.
async fn lock(
    session: &Session,
    request: &Request<'_>,
    mapped: &[Mapped],
) -> Result<Vec<(bool, Silence)>, EvidenceError> {
    let mut triggers = Vec::new();
    for one in mapped {
        let looking = || EvidenceError::server(format!("looking at the triggers of {}", one.table));
        let off = !request.fire_triggers && Silence::of(session, one.oid).await.map_err(looking())?.is_possible();
        // What switches them takes this lock; taken later, it would wait for whoever waits for us.
        let mode = if off { "SHARE ROW EXCLUSIVE" } else { "ROW EXCLUSIVE" };
        let lock = format!("LOCK TABLE {} IN {mode} MODE", one.from);
        session.batch(&lock).await.map_err(EvidenceError::server(format!("locking {}", one.table)))?;
        // Under the lock nobody makes another one, and nobody switches one.
        triggers.push((off, Silence::of(session, one.oid).await.map_err(looking())?));
    }
    Ok(triggers)
}

/// Inserts what is missing; how many went in, and how many a trigger left out. Rows that refer to others that are not
/// there are tried again for as long as others come.
async fn insert(
    session: &Session,
    mapped: &[Mapped],
    staged: &mut [Staged],
    watch: &(dyn Fn(&str, u64) + Send + Sync),
) -> Result<Vec<(u64, u64)>, EvidenceError> {
    let mut done = vec![(0, 0); mapped.len()];
    let mut open: Vec<Vec<i64>> = staged.iter().map(|one| one.missing.clone()).collect();
    loop {
        let mut progress = false;
        let mut waiting: Vec<Vec<Reject>> = Vec::new();
        for (place, one) in mapped.iter().enumerate() {
            let number = staged[place].number;
            let columns: Vec<&str> = one.imported().map(|(_, name, _)| name).collect();
            let values: Vec<String> = one.imported().map(|(place, _, _)| format!("s.c{place}")).collect();
            let rows = std::mem::take(&mut open[place]);
            watch(&one.table, rows.len() as u64);
            let statement = |first: i64, last: i64| {
                format!(
                    "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM pg_temp.backout_typed_{number} s \
                     JOIN pg_temp.backout_row_{number} r ON r.line = s.line WHERE NOT r.is_there AND s.line BETWEEN {first} AND {last} ORDER BY s.line",
                    one.table,
                    columns.join(", "),
                    values.join(", ")
                )
            };
            let tried = rows_of(session, &rows, &statement, &one.table).await?;
            let accepted = (rows.len() - tried.rejects.len()) as u64;
            done[place].0 += tried.reached;
            done[place].1 += accepted.saturating_sub(tried.reached);
            progress |= accepted > 0;
            if accepted > 0 {
                let gone = format!(
                    "UPDATE pg_temp.backout_row_{number} SET is_there = true WHERE NOT is_there AND NOT line = ANY (ARRAY[{}]::int8[])",
                    tried.rejects.iter().map(|reject| reject.row.to_string()).collect::<Vec<_>>().join(", ")
                );
                session.batch(&gone).await.map_err(EvidenceError::server("noting what was inserted"))?;
            }
            waiting.push(tried.rejects);
        }
        let is_about_others = |reject: &Reject| reject.code.as_deref() == Some(sqlstate::FOREIGN_KEY_VIOLATION);
        let again = progress && waiting.iter().flatten().any(is_about_others);
        for (place, rejects) in waiting.into_iter().enumerate() {
            if again {
                // All of them: between two rows of a range there must be none that is left out.
                open[place] = rejects.iter().map(|reject| reject.row).collect();
            } else {
                staged[place].rejects.extend(rejects);
            }
        }
        if !again {
            return Ok(done);
        }
    }
}

/// Lets sequences behind columns go on from the highest value that is there.
async fn go_on(session: &Session, mapped: &Mapped) -> Result<Vec<String>, EvidenceError> {
    let doing = || EvidenceError::server(format!("letting sequences of {} go on", mapped.table));
    let sql = format!(
        "SELECT DISTINCT s.oid::pg_catalog.regclass::text, s.oid, pg_catalog.quote_ident(a.attname), q.seqincrement > 0, q.seqstart, q.seqincrement \
         FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class s ON s.relkind = 'S' JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid \
         WHERE a.attrelid = {0} AND NOT a.attisdropped AND (EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass \
             AND d.objid = s.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = {0} AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')) \
           OR EXISTS (SELECT FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid \
             AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = s.oid WHERE f.adrelid = {0} AND f.adnum = a.attnum)) \
           AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)",
        mapped.oid
    );
    let found = session.rows(&sql).await.map_err(doing())?;
    let mut moved = Vec::new();
    for row in &found {
        let (name, oid, column, up): (String, u32, String, bool) = (row.get(0), row.get(1), row.get(2), row.get(3));
        let (start, step): (i64, i64) = (row.get(4), row.get(5));
        let (most, than) = if up { ("max", ">") } else { ("min", "<") };
        let sql = format!(
            "SELECT pg_catalog.setval({oid}::pg_catalog.regclass, m.value) FROM (SELECT pg_catalog.{most}({column})::int8 AS value FROM {}) m \
             WHERE m.value {than} coalesce(pg_catalog.pg_sequence_last_value({oid}::pg_catalog.regclass), {start}::int8 - {step}::int8)",
            mapped.from
        );
        if !session.rows(&sql).await.map_err(doing())?.is_empty() {
            moved.push(name);
        }
    }
    Ok(moved)
}

/// A file of JSON lines beside the export, encrypted as that is.
fn lines(request: &Request<'_>, folder: &Path, what: &str) -> Result<(Writer, PathBuf), EvidenceError> {
    let end = if request.keys.encrypts() { ".age" } else { "" };
    let path = folder.join(format!("{}-{what}.jsonl{end}", request.name));
    let made = Writer::create(&path, request.keys);
    Ok((made.map_err(EvidenceError::file(format!("writing {}", path.display())))?, path))
}

async fn write_conflicts(
    session: &Session,
    request: &Request<'_>,
    folder: &Path,
    mapped: &[Mapped],
    staged: &[Staged],
) -> Result<PathBuf, EvidenceError> {
    let (mut file, path) = lines(request, folder, "conflicts")?;
    let writing = || EvidenceError::file(format!("writing {}", path.display()));
    for (one, staged) in mapped.iter().zip(staged) {
        let mut after = 0;
        loop {
            let page = stage::conflicts(session, staged.number, one, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (row, conflict) in &page {
                let value =
                    |(exported, now): &(Option<String>, Option<String>)| json!({ "exported": exported, "now": now });
                let columns: serde_json::Map<String, serde_json::Value> =
                    conflict.columns.iter().cloned().zip(conflict.values.iter().map(value)).collect();
                let key: serde_json::Map<String, serde_json::Value> =
                    conflict.key.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
                let line = json!({ "table": one.table, "row": row, "key": key, "columns": columns });
                file.write(format!("{line}\n").as_bytes()).map_err(writing())?;
            }
        }
    }
    file.finish().map_err(writing())?;
    Ok(path)
}

async fn write_rejects(
    session: &Session,
    request: &Request<'_>,
    folder: &Path,
    mapped: &[Mapped],
    staged: &[Staged],
) -> Result<PathBuf, EvidenceError> {
    let (mut file, path) = lines(request, folder, "rejects")?;
    let writing = || EvidenceError::file(format!("writing {}", path.display()));
    for (one, staged) in mapped.iter().zip(staged) {
        let mut rejects: Vec<&Reject> = staged.rejects.iter().collect();
        rejects.sort_by_key(|reject| reject.row);
        for page in rejects.chunks(PAGE) {
            let rows: Vec<i64> = page.iter().map(|reject| reject.row).collect();
            let texts = stage::texts(session, staged.number, one, &rows).await?;
            for (reject, (_, row)) in page.iter().zip(texts) {
                let row: serde_json::Map<String, serde_json::Value> =
                    row.into_iter().map(|(name, value)| (name, json!(value))).collect();
                let line = json!({ "table": one.table, "row": reject.row, "why": reject.why, "code": reject.code, "values": row });
                file.write(format!("{line}\n").as_bytes()).map_err(writing())?;
            }
        }
    }
    file.finish().map_err(writing())?;
    Ok(path)
}
