//! What Backout keeps inside the target: marker, history, inverses, steps, certificates.
//!
//! Everything that undo needs lies here, so any machine with the connection can do it. All tables have
//! primary keys: a publication FOR ALL TABLES makes UPDATE fail on one without.

pub use crate::record_error::{FORMAT, StoreError};
use crate::session::{DatabaseError, Session};
use crate::writers;
use backout_plan::identity::SeenIdentity;
use backout_plan::{TargetIdentity, Verdict};
use backout_reversal::{Aside, Inverse, TailStep};
use backout_schema::ObjectId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One key for all of Backout's runs in a database: two never change it at the same time.
pub(crate) const RUN_LOCK: i64 = 0x6261_636b_6f75_7401;

/// How long a run that has ended may take to leave the server.
const LEAVING_MS: u32 = 1500;

const CREATE: &str = "
CREATE SCHEMA backout;
COMMENT ON SCHEMA backout IS 'Backout: history of migrations, what undoing them needs, certificates of rehearsals';
REVOKE ALL ON SCHEMA backout FROM PUBLIC;
CREATE TABLE backout.target (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), format integer NOT NULL, marker uuid NOT NULL, name text NOT NULL,
    system_identifier text, database text NOT NULL, endpoint text NOT NULL, first_seen timestamptz NOT NULL DEFAULT now());
CREATE TABLE backout.migration (
    number bigint PRIMARY KEY, version text NOT NULL, name text NOT NULL, layout text NOT NULL, file text NOT NULL, checksum text NOT NULL,
    state text NOT NULL CHECK (state IN ('adopted', 'interrupted', 'applied', 'undo_tail', 'undone')),
    done integer NOT NULL DEFAULT 0, steps integer NOT NULL DEFAULT 0, step text,
    inverse text, verdicts text NOT NULL DEFAULT '[]', accepted text[] NOT NULL DEFAULT '{}', certificate text, without_certificate text,
    role text NOT NULL DEFAULT current_user, started_at timestamptz NOT NULL DEFAULT clock_timestamp(), finished_at timestamptz,
    lock_ms double precision, undone_at timestamptz, undo_lock_ms double precision, tail text, renumbered text, aside text, ids text, backup text, keep_until timestamptz, purged_at timestamptz, left_over text);
CREATE TABLE backout.certificate (id text PRIMARY KEY, body text NOT NULL, made_at timestamptz NOT NULL DEFAULT now());
";

/// Names what was being done when the server said no.
fn doing(doing: &'static str) -> impl FnOnce(DatabaseError) -> StoreError {
    move |source| StoreError::Query { doing, source }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Applied by the team's own tool before Backout came: known, not undoable.
    Adopted,
    /// Stopped between two of its transactions.
    Interrupted,
    Applied,
    /// Undone, with work left that blocks nobody.
    UndoTail,
    Undone,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Adopted => "adopted",
            State::Interrupted => "interrupted",
            State::Applied => "applied",
            State::UndoTail => "undo_tail",
            State::Undone => "undone",
        }
    }

    const ALL: [State; 5] = [State::Adopted, State::Interrupted, State::Applied, State::UndoTail, State::Undone];

    /// `None` for a state of a version to come, or damage.
    fn of(name: &str) -> Option<State> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One line of history.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    pub number: i64,
    pub version: String,
    pub name: String,
    pub layout: String,
    pub file: String,
    pub checksum: String,
    pub state: State,
    /// Steps done and all steps, for a migration of several transactions.
    pub done: i32,
    pub steps: i32,
    /// The step that was intended last, in words.
    pub step: Option<String>,
    pub verdicts: serde_json::Value,
    pub accepted: Vec<String>,
    pub certificate: Option<String>,
    pub without_certificate: Option<String>,
    pub role: String,
    pub started_at: jiff::Timestamp,
    pub finished_at: Option<jiff::Timestamp>,
    pub lock_ms: Option<f64>,
    pub undone_at: Option<jiff::Timestamp>,
    pub undo_lock_ms: Option<f64>,
    pub keep_until: Option<jiff::Timestamp>,
    pub purged_at: Option<jiff::Timestamp>,
    /// The backup that was demanded before it, or `without: ` and the reason why there was none.
    pub backup: Option<String>,
    /// It was migrated in another database, and came here by a dump: objects have other ids here.
    pub copied: bool,
    /// What its undo could not leave as it was, in words.
    pub left: Vec<String>,
}

/// What a finished or interrupted run writes.
#[derive(Clone, Debug)]
pub struct NewRecord {
    pub number: i64,
    pub version: String,
    pub name: String,
    pub layout: String,
    pub file: String,
    pub checksum: String,
    pub steps: i32,
    pub accepted: Vec<String>,
    pub certificate: Option<String>,
    pub without_certificate: Option<String>,
    pub backup: Option<String>,
    pub keep_seconds: f64,
}

/// Whether our schema is here, and ours.
pub async fn exists(session: &Session) -> Result<bool, StoreError> {
    let row = session
        .query_one("SELECT to_regnamespace('backout') IS NOT NULL, to_regclass('backout.target') IS NOT NULL", &[])
        .await
        .map_err(doing("looking for the backout schema"))?;
    match (row.get::<_, bool>(0), row.get::<_, bool>(1)) {
        (true, false) => Err(StoreError::NotOurs),
        (false, _) => Ok(false),
        (true, true) => writers::refuse_foreign_shape(session).await.map(|()| true),
    }
}

/// What can be seen of a target's identity, with or without our schema.
pub async fn seen_identity(session: &Session) -> Result<SeenIdentity, StoreError> {
    let database: String = session
        .query_one("SELECT current_database()::text", &[])
        .await
        .map_err(doing("reading the database's name"))?
        .get(0);
    // Some providers close this function; the endpoint has to do then.
    let system_identifier =
        session.scalar("SELECT system_identifier::text FROM pg_control_system()").await.ok().flatten();
    let marker = if exists(session).await? {
        session
            .scalar("SELECT marker::text FROM backout.target")
            .await
            .map_err(|source| StoreError::Query { doing: "reading the target's marker", source })?
    } else {
        None
    };
    Ok(SeenIdentity { marker, system_identifier, database, endpoint: session.endpoint().to_owned() })
}

/// The identity on record in the target itself.
pub async fn recorded_identity(session: &Session) -> Result<Option<TargetIdentity>, StoreError> {
    if !exists(session).await? {
        return Ok(None);
    }
    let row = session
        .query_opt(
            "SELECT marker::text, name, system_identifier, database, endpoint, first_seen, format FROM backout.target",
            &[],
        )
        .await
        .map_err(doing("reading the target's identity"))?;
    let Some(row) = row else { return Ok(None) };
    let found: i32 = row.get(6);
    if found > FORMAT {
        return Err(StoreError::Newer { found });
    }
    Ok(Some(TargetIdentity {
        marker: row.get(0),
        name: row.get(1),
        system_identifier: row.get(2),
        database: row.get(3),
        endpoint: row.get(4),
        first_seen: row.get(5),
    }))
}

/// Makes our schema, with a marker of its own. Does nothing where it is.
pub async fn initialise(session: &Session, name: &str, seen: &SeenIdentity) -> Result<(), StoreError> {
    if exists(session).await? {
        return Ok(());
    }
    let failed = |source| StoreError::Query { doing: "creating the backout schema", source };
    session.batch(&format!("BEGIN; {CREATE}")).await.map_err(failed)?;
    session
        .execute(
            "INSERT INTO backout.target (format, marker, name, system_identifier, database, endpoint) VALUES ($1, gen_random_uuid(), $2, $3, $4, $5)",
            &[&FORMAT, &name, &seen.system_identifier, &seen.database, &seen.endpoint],
        )
        .await
        .map_err(doing("writing the target's marker"))?;
    session.batch("COMMIT").await.map_err(failed)
}

/// A restored copy or a branch, once somebody has said so, gets a marker of its own.
pub async fn reidentify(session: &Session, name: &str, seen: &SeenIdentity) -> Result<(), StoreError> {
    session
        .execute(
            "UPDATE backout.target SET marker = gen_random_uuid(), name = $1, system_identifier = $2, database = $3, endpoint = $4, first_seen = now()",
            &[&name, &seen.system_identifier, &seen.database, &seen.endpoint],
        )
        .await
        .map_err(doing("writing the target's marker"))?;
    Ok(())
}

/// A restored database takes the place of the target that it is of: what was on record there is so here.
pub async fn take_over(session: &Session, of: &TargetIdentity) -> Result<(), StoreError> {
    if !exists(session).await? {
        let seen = seen_identity(session).await?;
        initialise(session, &of.name, &seen).await?;
    }
    session
        .execute(
            "UPDATE backout.target SET marker = $1::text::uuid, name = $2, system_identifier = $3, database = $4, endpoint = $5",
            &[&of.marker, &of.name, &of.system_identifier, &of.database, &of.endpoint],
        )
        .await
        .map_err(doing("writing the target's marker"))?;
    Ok(())
}

/// Takes the run lock for this session, or says that another run has it. One that has just ended may still be on its
/// way out of the server, which is waited for.
pub async fn lock_runs(session: &Session) -> Result<(), StoreError> {
    // All that runs what is on record begins here.
    writers::refuse_weaker(session).await?;
    lock_runs_only(session).await
}

/// As [`lock_runs`], for a restore, which runs nothing of what is on record.
///
/// # Errors
/// When another run has it, or the server says no.
pub async fn lock_runs_only(session: &Session) -> Result<(), StoreError> {
    let failed = |source| StoreError::Query { doing: "taking the run lock", source };
    session
        .batch(&format!("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {LEAVING_MS}"))
        .await
        .map_err(failed)?;
    let taken = session.batch(&format!("SELECT pg_catalog.pg_advisory_lock({RUN_LOCK})")).await;
    match taken {
        Ok(()) => session.batch("COMMIT").await.map_err(failed)?,
        Err(error) => {
            session.batch("ROLLBACK").await.map_err(failed)?;
            return Err(if error.is_lock_timeout() { StoreError::Busy } else { failed(error) });
        }
    }
    upgrade(session).await
}

/// Brings our tables to the present format.
async fn upgrade(session: &Session) -> Result<(), StoreError> {
    if !exists(session).await? {
        return Ok(());
    }
    // From which format on it is there.
    let additions =
        [(2, "renumbered text"), (3, "aside text"), (4, "ids text"), (5, "backup text"), (6, "left_over text")];
    let found = format(session).await?;
    if found >= FORMAT {
        return Ok(());
    }
    // What follows fires triggers of these tables.
    writers::refuse_weaker(session).await?;
    let missing: Vec<String> = additions
        .iter()
        .filter(|(since, _)| *since > found)
        .map(|(_, column)| format!("ADD COLUMN {column}"))
        .collect();
    session
        .batch(&format!(
            "BEGIN; ALTER TABLE backout.migration {}; UPDATE backout.target SET format = {FORMAT}; COMMIT",
            missing.join(", ")
        ))
        .await
        .map_err(|source| StoreError::Query { doing: "bringing the backout schema up to date", source })
}

async fn format(session: &Session) -> Result<i32, StoreError> {
    let row = session.query_opt("SELECT format FROM backout.target", &[]).await;
    Ok(row.map_err(doing("reading the format of the backout schema"))?.map_or(FORMAT, |row| row.get(0)))
}

pub async fn unlock_runs(session: &Session) -> Result<(), StoreError> {
    session.execute("SELECT pg_advisory_unlock($1)", &[&RUN_LOCK]).await.map_err(doing("giving the run lock back"))?;
    Ok(())
}

const COLUMNS: &str = "number, version, name, layout, file, checksum, state, done, steps, step, verdicts, accepted, certificate, \
     without_certificate, role, started_at, finished_at, lock_ms, undone_at, undo_lock_ms, keep_until, purged_at";

/// The ids of our own tables: those of another database are others, and so are all ids that a record knows. A physical
/// copy and one by CREATE DATABASE have them as they were.
pub(crate) const IDS: &str = "(SELECT pg_catalog.string_agg(c.oid::text, ',' ORDER BY c.relname) FROM pg_catalog.pg_class c \
     WHERE c.relnamespace = 'backout'::pg_catalog.regnamespace AND c.relname IN ('target', 'migration', 'certificate', 'target_pkey', 'migration_pkey', 'certificate_pkey'))";

/// History, oldest first.
pub async fn records(session: &Session) -> Result<Vec<Record>, StoreError> {
    if !exists(session).await? {
        return Ok(Vec::new());
    }
    let found = format(session).await?;
    let since = |format: i32, column: &'static str| if found >= format { column } else { "NULL::text" };
    let copied = if found >= 4 { format!("coalesce(ids <> {IDS}, false)") } else { "false".to_owned() };
    let (backup, left) = (since(5, "backup"), since(6, "left_over"));
    let rows = session
        .query(&format!("SELECT {COLUMNS}, {copied}, {backup}, {left} FROM backout.migration ORDER BY number"), &[])
        .await
        .map_err(doing("reading the history"))?;
    rows.iter().map(record).collect()
}

/// # Errors
/// [`StoreError::Unreadable`]: what was written by a version to come, or damaged, is never taken for something harmless.
fn record(row: &tokio_postgres::Row) -> Result<Record, StoreError> {
    let number: i64 = row.get(0);
    let unreadable = |column, value: String| StoreError::Unreadable { number, column, value };
    let state: &str = row.get(6);
    let (done, steps): (i32, i32) = (row.get(7), row.get(8));
    let verdicts: &str = row.get(10);
    let known: Result<Vec<Verdict>, _> = serde_json::from_str(verdicts);
    let left: Option<&str> = row.get(24);
    if !(0..=steps).contains(&done) {
        return Err(unreadable("done", format!("{done} of {steps}")));
    }
    Ok(Record {
        number,
        version: row.get(1),
        name: row.get(2),
        layout: row.get(3),
        file: row.get(4),
        checksum: row.get(5),
        state: State::of(state).ok_or_else(|| unreadable("state", state.to_owned()))?,
        done,
        steps,
        step: row.get(9),
        verdicts: known.and_then(serde_json::to_value).map_err(|_| unreadable("verdicts", verdicts.to_owned()))?,
        accepted: row.get(11),
        certificate: row.get(12),
        without_certificate: row.get(13),
        role: row.get(14),
        started_at: row.get(15),
        finished_at: row.get(16),
        lock_ms: row.get(17),
        undone_at: row.get(18),
        undo_lock_ms: row.get(19),
        keep_until: row.get(20),
        purged_at: row.get(21),
        copied: row.get(22),
        backup: row.get(23),
        left: left
            .map_or(Ok(Vec::new()), serde_json::from_str)
            .map_err(|_| unreadable("left_over", left.unwrap_or_default().to_owned()))?,
    })
}

/// The number that the next migration gets.
pub async fn next_number(session: &Session) -> Result<i64, StoreError> {
    Ok(session
        .query_one("SELECT coalesce(max(number), 0) + 1 FROM backout.migration", &[])
        .await
        .map_err(doing("numbering the migration"))?
        .get(0))
}

/// Enters a migration as interrupted after its step 0: what it is until its last commit.
pub async fn begin(session: &Session, new: &NewRecord) -> Result<(), StoreError> {
    session
        .execute(
            &format!(
                "INSERT INTO backout.migration (number, version, name, layout, file, checksum, state, steps, accepted, certificate, without_certificate, keep_until, ids, backup) \
                 VALUES ($1, $2, $3, $4, $5, $6, 'interrupted', $7, $8, $9, $10, clock_timestamp() + make_interval(secs => $11), {IDS}, $12)"
            ),
            &[
                &new.number, &new.version, &new.name, &new.layout, &new.file, &new.checksum, &new.steps, &new.accepted,
                &new.certificate, &new.without_certificate, &new.keep_seconds, &new.backup,
            ],
        )
        .await
        .map_err(doing("entering the migration into the history"))?;
    Ok(())
}

/// Says which step comes next, before it runs.
pub async fn intend(session: &Session, number: i64, done: i32, step: &str) -> Result<(), StoreError> {
    session
        .execute("UPDATE backout.migration SET done = $2, step = $3 WHERE number = $1", &[&number, &done, &step])
        .await
        .map_err(doing("recording the next step"))?;
    Ok(())
}

/// Stores how far a migration came and what undoing it needs so far.
pub async fn progress(
    session: &Session,
    number: i64,
    done: i32,
    state: State,
    inverse: &Inverse,
    verdicts: &serde_json::Value,
    lock_ms: f64,
) -> Result<(), StoreError> {
    let inverse = serde_json::to_string(inverse).map_err(|source| StoreError::Decode { number, source })?;
    session
        .execute(
            "UPDATE backout.migration SET done = $2, state = $3, inverse = $4, verdicts = $5, lock_ms = $6, step = NULL, \
             finished_at = CASE WHEN $3 = 'applied' THEN clock_timestamp() END WHERE number = $1",
            &[&number, &done, &state.name(), &inverse, &verdicts.to_string(), &lock_ms],
        )
        .await
        .map_err(doing("storing what undo needs"))?;
    Ok(())
}

/// What undoing a migration needs.
pub async fn inverse(session: &Session, number: i64) -> Result<Option<Inverse>, StoreError> {
    let text: Option<String> = session
        .query_opt("SELECT inverse FROM backout.migration WHERE number = $1", &[&number])
        .await
        .map_err(doing("reading what undo needs"))?
        .and_then(|row| row.get(0));
    let decode = |text: String| serde_json::from_str(&text).map_err(|source| StoreError::Decode { number, source });
    let Some(mut inverse): Option<Inverse> = text.map(decode).transpose()? else { return Ok(None) };
    if format(session).await? >= 2 {
        // What undoing later migrations recreated has other ids since.
        let later = session
            .query(
                "SELECT renumbered FROM backout.migration WHERE number > $1 AND renumbered IS NOT NULL ORDER BY undone_at",
                &[&number],
            )
            .await
            .map_err(doing("reading what was recreated since"))?;
        for row in later {
            let map = serde_json::from_str(row.get(0)).map_err(|source| StoreError::Decode { number, source })?;
            inverse = inverse.renumbered(&map);
        }
    }
    Ok(Some(inverse))
}

/// Notes under which ids an undo left what it recreated.
pub async fn renumbered(session: &Session, number: i64, map: &BTreeMap<ObjectId, ObjectId>) -> Result<(), StoreError> {
    if map.is_empty() {
        return Ok(());
    }
    let text = serde_json::to_string(map).map_err(|source| StoreError::Decode { number, source })?;
    session
        .execute("UPDATE backout.migration SET renumbered = $2 WHERE number = $1", &[&number, &text])
        .await
        .map_err(doing("recording what was recreated"))?;
    Ok(())
}

/// What [`renumbered`] noted of an undo.
pub async fn renumbered_by(session: &Session, number: i64) -> Result<BTreeMap<ObjectId, ObjectId>, StoreError> {
    let text: Option<String> = session
        .query_opt("SELECT renumbered FROM backout.migration WHERE number = $1", &[&number])
        .await
        .map_err(doing("reading what was recreated"))?
        .and_then(|row| row.get(0));
    text.map_or(Ok(BTreeMap::new()), |text| {
        serde_json::from_str(&text).map_err(|source| StoreError::Decode { number, source })
    })
}

/// Notes what an undo could not leave as it was, beside what is noted already.
pub async fn note_left(session: &Session, number: i64, left: &[String]) -> Result<(), StoreError> {
    if left.is_empty() {
        return Ok(());
    }
    let text = serde_json::to_string(left).map_err(|source| StoreError::Decode { number, source })?;
    session
        .execute(
            "UPDATE backout.migration SET left_over = (coalesce(left_over, '[]')::jsonb || $2::text::jsonb)::text WHERE number = $1",
            &[&number, &text],
        )
        .await
        .map_err(doing("recording what is not as it was"))?;
    Ok(())
}

/// Notes where an undo set aside what the former state had no room for.
pub async fn put_aside(session: &Session, number: i64, asides: &[Aside]) -> Result<(), StoreError> {
    let text = serde_json::to_string(asides).map_err(|source| StoreError::Decode { number, source })?;
    session
        .execute("UPDATE backout.migration SET aside = $2 WHERE number = $1", &[&number, &text])
        .await
        .map_err(doing("recording what was set aside"))?;
    Ok(())
}

/// What undos set aside and no migration took back so far: number and version of the migration that was undone.
pub async fn asides(session: &Session) -> Result<Vec<(i64, String, Vec<Aside>)>, StoreError> {
    if !exists(session).await? || format(session).await? < 3 {
        return Ok(Vec::new());
    }
    // What was set aside in another database is described by its ids.
    let here = if format(session).await? >= 4 { format!("coalesce(ids = {IDS}, true)") } else { "true".to_owned() };
    let rows = session
        .query(
            &format!(
                "SELECT number, version, aside FROM backout.migration \
                 WHERE aside <> '[]' AND purged_at IS NULL AND state IN ('undone', 'undo_tail') AND {here} ORDER BY number"
            ),
            &[],
        )
        .await
        .map_err(doing("reading what was set aside"))?;
    let decode = |row: &tokio_postgres::Row| {
        let number = row.get(0);
        let asides = serde_json::from_str(row.get(2)).map_err(|source| StoreError::Decode { number, source })?;
        Ok((number, row.get(1), asides))
    };
    rows.iter().map(decode).collect()
}

/// Takes a migration that stopped before its first commit out of the history again.
pub async fn forget(session: &Session, number: i64) -> Result<(), StoreError> {
    session
        .execute("DELETE FROM backout.migration WHERE number = $1", &[&number])
        .await
        .map_err(doing("taking the migration out of the history"))?;
    Ok(())
}

/// Enters migrations that the team's own tool has applied already.
pub async fn adopt(
    session: &Session,
    layout: &str,
    migrations: &[(String, String, String, String)],
) -> Result<(), StoreError> {
    for (version, name, file, checksum) in migrations {
        let number = next_number(session).await?;
        session
            .execute(
                "INSERT INTO backout.migration (number, version, name, layout, file, checksum, state, finished_at) VALUES ($1, $2, $3, $4, $5, $6, 'adopted', now())",
                &[&number, version, name, &layout, file, checksum],
            )
            .await
            .map_err(doing("taking over the tool's history"))?;
    }
    Ok(())
}

/// Marks a migration as undone, with what is left to do.
pub async fn undone(session: &Session, number: i64, tail: &[TailStep]) -> Result<(), StoreError> {
    let state = if tail.is_empty() { State::Undone } else { State::UndoTail };
    let text = serde_json::to_string(tail).map_err(|source| StoreError::Decode { number, source })?;
    session
        .execute(
            "UPDATE backout.migration SET state = $2, tail = $3, undone_at = clock_timestamp() WHERE number = $1",
            &[&number, &state.name(), &text],
        )
        .await
        .map_err(doing("recording the undo"))?;
    Ok(())
}

pub async fn tail(session: &Session, number: i64) -> Result<Vec<TailStep>, StoreError> {
    let text: Option<String> = session
        .query_one("SELECT tail FROM backout.migration WHERE number = $1", &[&number])
        .await
        .map_err(doing("reading what is left to do"))?
        .get(0);
    text.map_or(Ok(Vec::new()), |text| {
        serde_json::from_str(&text).map_err(|source| StoreError::Decode { number, source })
    })
}

/// Notes how long the longest transaction held its locks; known only after it is over.
pub async fn migrate_lock_time(session: &Session, number: i64, ms: f64) -> Result<(), StoreError> {
    session
        .execute("UPDATE backout.migration SET lock_ms = $2 WHERE number = $1", &[&number, &ms])
        .await
        .map_err(doing("recording the lock time"))?;
    Ok(())
}

/// Notes how long the short transaction held its locks; known only after it is over.
pub async fn undo_lock_time(session: &Session, number: i64, ms: f64) -> Result<(), StoreError> {
    session
        .execute("UPDATE backout.migration SET undo_lock_ms = $2 WHERE number = $1", &[&number, &ms])
        .await
        .map_err(doing("recording the lock time"))?;
    Ok(())
}

pub async fn save_certificate(session: &Session, id: &str, body: &str) -> Result<(), StoreError> {
    session
        .execute(
            "INSERT INTO backout.certificate (id, body) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            &[&id, &body],
        )
        .await
        .map_err(doing("storing the certificate"))?;
    Ok(())
}

/// What the certificate of this name says, where the target has it.
pub async fn certificate(session: &Session, id: &str) -> Result<Option<String>, StoreError> {
    let rows = session.query("SELECT body FROM backout.certificate WHERE id = $1", &[&id]).await;
    Ok(rows.map_err(doing("reading a certificate"))?.first().map(|row| row.get(0)))
}

/// Certificates in the target, newest first: their names and what they say.
pub async fn certificates(session: &Session) -> Result<Vec<(String, String)>, StoreError> {
    if !exists(session).await? {
        return Ok(Vec::new());
    }
    let rows = session
        .query("SELECT id, body FROM backout.certificate ORDER BY made_at DESC, id", &[])
        .await
        .map_err(doing("reading the certificates"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
