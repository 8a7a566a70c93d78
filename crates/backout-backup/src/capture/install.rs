//! Beginning and ending the capture of a table: the statements, and running them within a lock budget.

use std::time::Duration;

use backout_postgres::retry::Tries;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};
use serde::Serialize;

use super::queue::{Trouble, captured, is_on};
use super::shape::{Shape, shapes};
use super::{CaptureError, Depth, SCHEMA, Source, Way, slot};

/// Begins the names of our triggers.
pub(crate) const TRIGGER: &str = "backout_capture_";
/// How often a table is asked for that others hold.
const RETRIES: u32 = 9;

/// Columns of the table of changes. It has no index: an insert is all that a writer pays for.
pub(super) const CHANGE_COLUMNS: &str =
    "xid xid8 NOT NULL, step bigint, at timestamptz, source integer NOT NULL, op \"char\" NOT NULL,
    k1 bytea, k2 bytea, k3 bytea, k4 bytea, k5 bytea, k6 bytea, k7 bytea, k8 bytea, old bytea, new bytea";

/// What lies in the schema beside it.
const CREATE: &str = "
CREATE SCHEMA backout_capture;
COMMENT ON SCHEMA backout_capture IS 'Backout: changes of rows, for a restore that loses none';
REVOKE ALL ON SCHEMA backout_capture FROM PUBLIC;
CREATE SEQUENCE backout_capture.step;
CREATE SEQUENCE backout_capture.number;
CREATE TABLE backout_capture.source (number integer PRIMARY KEY, body text NOT NULL);
CREATE TABLE backout_capture.unchecked (number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sql text NOT NULL);
CREATE TABLE backout_capture.trimmed (singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), snapshot text NOT NULL);
";

/// Changes are removed by DELETE, which a publication of all tables lets pass only where rows can be told apart.
fn changes() -> String {
    format!("CREATE TABLE {SCHEMA}.change ({CHANGE_COLUMNS}); ALTER TABLE {SCHEMA}.change REPLICA IDENTITY FULL;")
}

/// A table whose capture began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Captured {
    pub table: String,
    pub depth: Depth,
    pub way: Way,
    /// Something to know about it.
    pub note: Option<String>,
}

/// Begins to capture the changes of these tables, each in a transaction of its own that holds the table for a
/// moment. What is captured already in the same way stays as it is; tables of other owners are passed by.
///
/// # Errors
/// When a table cannot be had within the budget, or the role may not do it. What was begun by then goes on.
pub async fn on(
    session: &Session,
    depth: Depth,
    wanted: &(dyn Fn(&str, &str) -> bool + Sync),
    lock_timeout: Duration,
    watch: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Captured>, CaptureError> {
    let shapes = shapes(session).await.map_err(CaptureError::server("looking for the tables"))?;
    if !is_on(session).await? {
        session
            .batch(&format!("BEGIN; {CREATE} {} COMMIT", changes()))
            .await
            .map_err(CaptureError::server("making the table of changes"))?;
    }
    if depth == Depth::Slot && shapes.iter().any(|shape| shape.ours && wanted(&shape.schema, &shape.name)) {
        slot::make(session).await?;
    }
    let there = captured(session).await?;
    let mut begun = Vec::new();
    for shape in shapes.iter().filter(|shape| shape.ours && wanted(&shape.schema, &shape.name)) {
        let wished = depth;
        let depth = match depth {
            Depth::Slot if !shape.logged => Depth::Keys,
            Depth::Images if shape.mute => Depth::Keys,
            depth => depth,
        };
        let former = there.iter().find(|source| source.oid == shape.oid);
        let as_it_is = |source: &Source| {
            source.depth == depth
                && source.way == shape.way
                && source.key == shape.key
                && source.columns == shape.columns
        };
        if let Some(source) = former.filter(|source| as_it_is(source))
            && super::queue::is_whole(session, source).await?
        {
            continue;
        }
        let number = session.scalar("SELECT pg_catalog.nextval('backout_capture.number')").await;
        let number = number.map_err(CaptureError::server("numbering a table"))?.and_then(|text| text.parse().ok());
        let source = source(shape, depth, number.unwrap_or(0));
        watch(&source.sql_name());
        begin(session, &source, former, lock_timeout).await?;
        begun.push(Captured { table: source.sql_name(), depth, way: shape.way, note: note(shape, wished) });
    }
    Ok(begun)
}

fn note(shape: &Shape, wished: Depth) -> Option<String> {
    match shape.way {
        _ if wished == Depth::Slot && !shape.logged => {
            Some("the write-ahead log does not tell the keys of its rows, so triggers write them down".to_owned())
        }
        Way::Keyed if shape.mute && wished == Depth::Images => {
            Some("a column's type has no binary form: only which rows changed is captured".to_owned())
        }
        Way::Keyed => None,
        Way::Rows => Some("it has no key, so whole rows are captured".to_owned()),
        Way::Whole => Some("it has no key and its rows cannot be told apart: a restore copies all of it".to_owned()),
    }
}

fn source(shape: &Shape, depth: Depth, number: i32) -> Source {
    Source {
        number,
        oid: shape.oid,
        schema: shape.schema.clone(),
        name: shape.name.clone(),
        depth,
        way: shape.way,
        key: shape.key.clone(),
        columns: shape.columns.clone(),
        since: String::new(),
        at: jiff::Timestamp::now(),
        triggers: Vec::new(),
    }
}

async fn begin(
    session: &Session,
    source: &Source,
    former: Option<&Source>,
    lock_timeout: Duration,
) -> Result<(), CaptureError> {
    let table = source.sql_name();
    let failed = || CaptureError::table("capturing", &table);
    let mut tries = Tries::new(lock_timeout, RETRIES, None);
    loop {
        match set_up(session, source, former, lock_timeout).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                session.batch("ROLLBACK").await.map_err(failed())?;
                if !error.is_retryable() || !tries.are_left() {
                    return Err(failed()(error));
                }
                tries.later().await;
            }
        }
    }
}

async fn set_up(
    session: &Session,
    source: &Source,
    former: Option<&Source>,
    lock_timeout: Duration,
) -> Result<(), DatabaseError> {
    let table = source.sql_name();
    let begin = format!(
        "BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL search_path = ''; LOCK TABLE ONLY {table} IN SHARE ROW EXCLUSIVE MODE",
        lock_timeout.as_millis()
    );
    session.batch(&begin).await?;
    if let Some(former) = former {
        session.batch(&remove(former)).await?;
    }
    if source.depth == Depth::Slot {
        session.batch(&slot::add(source)).await?;
    } else {
        for sql in functions(source, SCHEMA).into_iter().chain(triggers(source, &table, SCHEMA)) {
            session.batch(&sql).await?;
        }
    }
    let mut known = source.clone();
    known.triggers = super::queue::triggers(session, source.oid).await?;
    known.since = session.scalar("SELECT pg_catalog.pg_current_xact_id()").await?.unwrap_or_default();
    let body = serde_json::to_string(&known).unwrap_or_default();
    session
        .batch(&format!("INSERT INTO backout_capture.source VALUES ({}, {}); COMMIT", source.number, literal(&body)))
        .await
}

/// What ends the capture of one table. Its changes stay until they are trimmed: numbers are not given out twice.
fn remove(source: &Source) -> String {
    let functions: Vec<String> =
        ["i", "u", "d", "t", "w"].iter().map(|what| format!("{SCHEMA}.s{}_{what}", source.number)).collect();
    // CASCADE reaches our triggers alone: nothing else can stand on a function that nobody else may call.
    let drops: Vec<String> = functions.iter().map(|name| format!("DROP FUNCTION IF EXISTS {name}() CASCADE")).collect();
    let drops = if source.depth == Depth::Slot { slot::remove(source) } else { drops.join("; ") };
    format!(
        "SET LOCAL client_min_messages = warning; {drops}; DELETE FROM backout_capture.source WHERE number = {}",
        source.number
    )
}

/// Values are sent in the client's encoding, and all that is captured is to be in one. Nearly every client has that
/// one, and pays for one comparison.
fn in_utf8(body: &str) -> String {
    format!(
        "BEGIN IF pg_catalog.pg_client_encoding() OPERATOR(pg_catalog.=) 'UTF8' THEN {body} \
         ELSE DECLARE backout_encoding text := pg_catalog.pg_client_encoding(); BEGIN \
           PERFORM pg_catalog.set_config('client_encoding', 'UTF8', true); {body} \
           PERFORM pg_catalog.set_config('client_encoding', backout_encoding, true); END; \
         END IF; RETURN NULL; END"
    )
}

/// A function for each event. They run as their owner: writers need no right to the changes.
pub(super) fn functions(source: &Source, schema: &str) -> Vec<String> {
    let number = source.number;
    let images = source.depth == Depth::Images;
    let function = |what: &str, body: &str| {
        format!(
            "CREATE FUNCTION {schema}.s{number}_{what}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS {}; \
             REVOKE ALL ON FUNCTION {schema}.s{number}_{what}() FROM PUBLIC",
            literal(&in_utf8(body))
        )
    };
    let insert = |op: &str, key_of: Option<&str>, old: &str, new: &str| {
        let mut columns = vec!["xid".to_owned(), "source".to_owned(), "op".to_owned()];
        let mut values = vec!["pg_catalog.pg_current_xact_id()".to_owned(), number.to_string(), literal(op)];
        if images {
            columns.extend(["step".to_owned(), "at".to_owned()]);
            values.extend([
                format!("pg_catalog.nextval('{schema}.step'::pg_catalog.regclass)"),
                "pg_catalog.statement_timestamp()".to_owned(),
            ]);
        }
        if let Some(row) = key_of {
            for (place, column) in source.key.iter().enumerate() {
                columns.push(format!("k{}", place + 1));
                values.push(format!("{}({row}.{})", column.send, ident(&column.name)));
            }
        }
        for (column, value) in [("old", old), ("new", new)].into_iter().filter(|(_, value)| !value.is_empty()) {
            columns.push(column.to_owned());
            values.push(value.to_owned());
        }
        format!("INSERT INTO {schema}.change ({}) VALUES ({});", columns.join(", "), values.join(", "))
    };
    let (before, after) = ("pg_catalog.record_send(OLD)", "pg_catalog.record_send(NEW)");
    let image = if images { before } else { "" };
    let mut all = vec![function("t", &insert("T", None, "", ""))];
    match source.way {
        Way::Keyed => {
            let is_moved: Vec<String> = source
                .key
                .iter()
                .map(|column| {
                    let name = ident(&column.name);
                    format!("{send}(OLD.{name}) OPERATOR(pg_catalog.<>) {send}(NEW.{name})", send = column.send)
                })
                .collect();
            let (came, went) = (insert("I", Some("NEW"), "", ""), insert("D", Some("OLD"), image, ""));
            // With images both say that it is one row: what comes says what it was, and what goes that it is not gone.
            let away = insert("D", Some("OLD"), image, if images { "''::pg_catalog.bytea" } else { "" });
            let here = insert("I", Some("NEW"), image, "");
            all.extend([
                function("i", &came),
                // To another key: the one row goes, the other comes. Asked here, and not in the trigger's own
                // condition, which the server reads from text for every statement.
                function(
                    "u",
                    &format!(
                        "IF {} THEN {away} {here} ELSE {} END IF;",
                        is_moved.join(" OR "),
                        insert("U", Some("NEW"), image, "")
                    ),
                ),
                function("d", &went),
            ]);
        }
        Way::Rows => all.extend([
            function("i", &insert("i", None, "", after)),
            function("u", &insert("u", None, before, after)),
            function("d", &insert("d", None, before, "")),
        ]),
        Way::Whole => all.push(function("w", &insert("W", None, "", ""))),
    }
    all
}

/// Triggers that fire whatever role a session plays in a replication: rows that arrive by one are changes as well.
pub(super) fn triggers(source: &Source, table: &str, schema: &str) -> Vec<String> {
    let number = source.number;
    let trigger = |what: &str, when: &str, each: &str| {
        format!(
            "CREATE TRIGGER {TRIGGER}{what} AFTER {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {schema}.s{number}_{what}(); \
             ALTER TABLE ONLY {table} ENABLE ALWAYS TRIGGER {TRIGGER}{what}"
        )
    };
    let mut all = vec![trigger("t", "TRUNCATE", "STATEMENT")];
    match source.way {
        Way::Keyed | Way::Rows => {
            all.extend(
                [("i", "INSERT"), ("u", "UPDATE"), ("d", "DELETE")].map(|(what, when)| trigger(what, when, "ROW")),
            );
        }
        // Not for each statement: one on the whole reaches rows of a partition, and fires nothing of that.
        Way::Whole => all.push(trigger("w", "INSERT OR UPDATE OR DELETE", "ROW")),
    }
    all
}

/// Ends all of it. Says for how many tables.
///
/// # Errors
/// When a table cannot be had within the budget: what was ended by then stays ended.
pub async fn off(session: &Session, lock_timeout: Duration) -> Result<usize, CaptureError> {
    if !is_on(session).await? {
        return Ok(0);
    }
    let sources = captured(session).await?;
    for source in &sources {
        let table = source.sql_name();
        let failed = || CaptureError::table("ending the capture of", &table);
        let mut tries = Tries::new(lock_timeout, RETRIES, None);
        loop {
            let sql =
                format!("BEGIN; SET LOCAL lock_timeout = {}; {}; COMMIT", lock_timeout.as_millis(), remove(source));
            let Err(error) = session.batch(&sql).await else { break };
            session.batch("ROLLBACK").await.map_err(failed())?;
            if !error.is_retryable() || !tries.are_left() {
                return Err(failed()(error));
            }
            tries.later().await;
        }
    }
    drop_all(session).await?;
    Ok(sources.len())
}

async fn drop_all(session: &Session) -> Result<(), CaptureError> {
    slot::drop_it(session).await?;
    let sql =
        format!("SET client_min_messages = warning; DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; RESET client_min_messages");
    session.batch(&sql).await.map_err(CaptureError::server("removing the table of changes"))
}

/// Ends it in a copy of a database, where nobody looks after it.
///
/// # Errors
/// When the server says no.
pub async fn forget(session: &Session) -> Result<(), CaptureError> {
    if !is_on(session).await? {
        return Ok(());
    }
    let sources = captured(session).await?;
    end_at_once(session, &sources).await
}

/// Where nobody else writes. Some at a time: each takes a lock on its table, and the server has room for so many.
async fn end_at_once(session: &Session, sources: &[Source]) -> Result<(), CaptureError> {
    const AT_ONCE: usize = 100;
    for some in sources.chunks(AT_ONCE) {
        let removed: Vec<String> = some.iter().map(remove).collect();
        let ended = session.batch(&format!("BEGIN; {}; COMMIT", removed.join("; "))).await;
        ended.map_err(CaptureError::server("removing the triggers of changes"))?;
    }
    drop_all(session).await
}

/// Begins anew in a database that was restored, where what is captured of the tables is of another one. Says
/// which tables are captured.
///
/// # Errors
/// When the server says no.
pub async fn renew(session: &Session) -> Result<Vec<Captured>, CaptureError> {
    if !is_on(session).await? {
        return Ok(Vec::new());
    }
    let sources = captured(session).await?;
    end_at_once(session, &sources).await?;
    let mut begun = Vec::new();
    for depth in Depth::ALL {
        let wanted =
            |schema: &str, name: &str| sources.iter().any(|s| s.depth == depth && s.schema == schema && s.name == name);
        begun.extend(on(session, depth, &wanted, Duration::from_secs(5), &|_| {}).await?);
    }
    Ok(begun)
}

/// What was captured before a migration or an undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The depth of all tables, where all were captured.
    all: Option<Depth>,
}

/// What is captured, to be handed to [`follow`] when tables have been altered. `None` where nothing is.
///
/// # Errors
/// When the server says no.
pub async fn before(session: &Session) -> Result<Option<Before>, CaptureError> {
    if !is_on(session).await? {
        return Ok(None);
    }
    let sources = captured(session).await?;
    let shapes = shapes(session).await.map_err(CaptureError::server("looking for the tables"))?;
    let is_complete =
        shapes.iter().filter(|shape| shape.ours).all(|shape| sources.iter().any(|source| source.oid == shape.oid));
    // One whose images cannot be written has keys beside the images of others.
    let all = sources.iter().map(|source| source.depth).max().filter(|_| is_complete);
    Ok(Some(Before { all }))
}

/// After a migration or an undo: tables whose changes are not all known any more are begun anew, new ones begin where
/// all were captured, and those that are gone for good are forgotten. One that lies in an archive goes on when it is
/// back.
///
/// # Errors
/// When a table cannot be had within the budget: what was begun by then goes on.
pub async fn follow(session: &Session, before: &Before, lock_timeout: Duration) -> Result<Vec<Captured>, CaptureError> {
    if !is_on(session).await? {
        return Ok(Vec::new());
    }
    let failed = || CaptureError::server("looking after what is captured");
    let shapes = shapes(session).await.map_err(failed())?;
    let sources = captured(session).await?;
    let mut anew: Vec<(Depth, String, String)> = Vec::new();
    for source in &sources {
        match super::queue::trouble(session, source, &shapes).await? {
            None => {}
            Some(Trouble::Gone) if super::queue::exists(session, source).await.map_err(failed())? => {}
            Some(Trouble::Gone) => {
                session.batch(&format!("BEGIN; {}; COMMIT", remove(source))).await.map_err(failed())?
            }
            Some(_) => anew.extend(
                shapes.iter().filter(|s| s.oid == source.oid).map(|s| (source.depth, s.schema.clone(), s.name.clone())),
            ),
        }
    }
    if let Some(depth) = before.all {
        let is_new = |shape: &&Shape| !sources.iter().any(|source| source.oid == shape.oid);
        anew.extend(shapes.iter().filter(is_new).map(|s| (depth, s.schema.clone(), s.name.clone())));
    }
    let mut begun = Vec::new();
    for depth in Depth::ALL {
        let wanted = |schema: &str, name: &str| anew.iter().any(|(d, s, n)| *d == depth && s == schema && n == name);
        begun.extend(on(session, depth, &wanted, lock_timeout, &|_| {}).await?);
    }
    Ok(begun)
}

#[cfg(test)]
mod tests {
    use super::super::{Column, KeyColumn};
    use super::*;

    fn sample(way: Way, depth: Depth) -> Source {
        let key = KeyColumn {
            name: "we\"ird".to_owned(),
            send: "pg_catalog.int4send".to_owned(),
            equal: "OPERATOR(pg_catalog.=)".to_owned(),
        };
        Source {
            number: 3,
            oid: 16384,
            schema: "public".to_owned(),
            name: "t".to_owned(),
            depth,
            way,
            key: if way == Way::Keyed { vec![key] } else { Vec::new() },
            columns: vec![Column {
                number: 1,
                name: "we\"ird".to_owned(),
                data_type: "pg_catalog.int4".to_owned(),
                modifier: -1,
                generated: false,
            }],
            since: String::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
            triggers: Vec::new(),
        }
    }

    #[test]
    fn each_way_writes_what_it_needs() {
        let all = |way, depth| functions(&sample(way, depth), SCHEMA).join("\n");
        let keys = all(Way::Keyed, Depth::Keys);
        assert!(keys.contains("pg_catalog.int4send(NEW.\"we\"\"ird\")"), "{keys}");
        assert!(!keys.contains("record_send") && !keys.contains("nextval"), "{keys}");
        let images = all(Way::Keyed, Depth::Images);
        assert!(images.contains("record_send(OLD)") && !images.contains("record_send(NEW)"), "{images}");
        let rows = all(Way::Rows, Depth::Keys);
        assert!(rows.contains("record_send(OLD)") && rows.contains("record_send(NEW)"), "{rows}");
        assert!(!all(Way::Whole, Depth::Images).contains("record_send"));
    }

    #[test]
    fn each_trigger_has_a_function() {
        for way in [Way::Keyed, Way::Rows, Way::Whole] {
            let source = sample(way, Depth::Images);
            let functions = functions(&source, SCHEMA).join("\n");
            let called = triggers(&source, &source.sql_name(), SCHEMA);
            assert_eq!(called.len(), functions.matches("CREATE FUNCTION").count());
            for trigger in called {
                let name =
                    trigger.split("EXECUTE FUNCTION ").nth(1).and_then(|rest| rest.split('(').next()).expect("a name");
                assert!(functions.contains(&format!("CREATE FUNCTION {name}()")), "{name}");
                assert!(remove(&source).contains(name), "{name}");
            }
        }
    }
}
