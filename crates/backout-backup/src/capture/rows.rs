//! Taking back what chosen transactions did to the rows of a table, in place: what others changed since stays, and
//! where both changed the same value, the later one stays and is named.
//!
//! One session reads the rows of now and another one the changes, in the order of the key, and a third writes what comes
//! of it. A row is only written as long as it is what was read.
//!
//! Must not know: who chose the transactions.

use std::collections::BTreeSet;
use std::pin::Pin;

use backout_plan::ConnectionSettings;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};
use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::RowStream;

use super::connection::open;
use super::merge::{Action, Change, Conflict, Event, Row, Walk};
use super::put::{Act, Planned, Writer, alias};
pub use super::put::{Stays, TakenBack};
use super::queue::trouble;
use super::shape::shapes;
use super::{CaptureError, Depth, Source, Trouble, Uncaptured, Way, image};

/// Which changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pick {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only those of these transactions.
    pub transactions: Vec<u64>,
}

impl Pick {
    /// As a condition on changes of this name.
    fn sql(&self, of: &str) -> String {
        let mut all = Vec::new();
        if let Some(since) = self.since {
            all.push(format!("{of}.at >= {}::pg_catalog.timestamptz", literal(&since.to_string())));
        }
        if let Some(until) = self.until {
            all.push(format!("{of}.at <= {}::pg_catalog.timestamptz", literal(&until.to_string())));
        }
        if !self.transactions.is_empty() {
            let ids: Vec<String> = self.transactions.iter().map(|id| format!("'{id}'::pg_catalog.xid8")).collect();
            all.push(format!("{of}.xid IN ({})", ids.join(", ")));
        }
        if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
    }
}

/// What one transaction did to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transaction {
    pub xid: u64,
    pub at: Timestamp,
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
    pub truncated: bool,
}

/// The transactions that changed a table, the newest first.
///
/// # Errors
/// When the table's images are not there, or the server says no.
pub async fn transactions(
    session: &Session,
    source: &Source,
    pick: &Pick,
    limit: u32,
) -> Result<Vec<Transaction>, CaptureError> {
    must_have_images(source)?;
    let sql = format!(
        "SELECT c.xid::text, pg_catalog.min(c.at)::text, \
           count(*) FILTER (WHERE c.op = 'I'), count(*) FILTER (WHERE c.op = 'U'), count(*) FILTER (WHERE c.op = 'D'), bool_or(c.op = 'T') \
         FROM backout_capture.change c WHERE c.source = {} AND {} GROUP BY c.xid ORDER BY pg_catalog.max(c.step) DESC LIMIT {limit}",
        source.number,
        pick.sql("c")
    );
    let rows = session.rows(&sql).await.map_err(CaptureError::server("reading the changes"))?;
    let number = |row: &tokio_postgres::Row, place: usize| u64::try_from(row.get::<_, i64>(place)).unwrap_or(0);
    Ok(rows
        .iter()
        .map(|row| Transaction {
            xid: row.get::<_, String>(0).parse().unwrap_or(0),
            at: moment(&row.get::<_, String>(1)),
            inserted: number(row, 2),
            updated: number(row, 3),
            deleted: number(row, 4),
            truncated: row.get(5),
        })
        .collect())
}

/// The sources that these changes are of, by number. Those that are captured by a slot are not among them.
///
/// # Errors
/// When the server says no.
pub async fn touched(session: &Session, pick: &Pick) -> Result<Vec<i32>, CaptureError> {
    let sql = format!("SELECT DISTINCT c.source FROM backout_capture.change c WHERE {}", pick.sql("c"));
    let rows = session.rows(&sql).await.map_err(CaptureError::server("reading the changes"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The time by the server's clock.
///
/// # Errors
/// When the server says no.
pub async fn clock(session: &Session) -> Result<Timestamp, DatabaseError> {
    let sql = "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'";
    Ok(moment(&session.scalar(sql).await?.unwrap_or_default()))
}

/// As the server writes it in ISO style; the epoch where it wrote something else.
fn moment(text: &str) -> Timestamp {
    let zone = if text.len() > 3 && text[text.len() - 3..].starts_with(['+', '-']) { ":00" } else { "" };
    format!("{text}{zone}").parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Whether it is known what rows of a table were.
pub fn has_images(source: &Source) -> bool {
    source.way == Way::Keyed && source.depth == Depth::Images
}

fn must_have_images(source: &Source) -> Result<(), CaptureError> {
    if has_images(source) {
        return Ok(());
    }
    let found = match source.way {
        Way::Keyed => "as keys".to_owned(),
        Way::Rows | Way::Whole => "without a key".to_owned(),
    };
    Err(CaptureError::NoImages { table: source.sql_name(), found })
}

/// How far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only says what would become of it. Whether keys and checks allow it shows only when it is done.
    Look,
    /// What stays is named.
    AsFarAsPossible,
    /// Nothing at all where something would stay.
    Whole,
}

/// Takes changes of some tables back, in one transaction; or only says what would become of it.
///
/// # Errors
/// When the images are not there or not whole, or rows cannot be read or written. Then nothing was changed.
pub async fn take_back(
    settings: &ConnectionSettings,
    sources: &[Source],
    pick: &Pick,
    mode: Mode,
    watch: &(dyn Fn(&str, u64) + Sync),
) -> Result<Vec<TakenBack>, CaptureError> {
    sources.iter().try_for_each(must_have_images)?;
    let failed = || CaptureError::server("taking back changes");
    let (now, past, session) = (open(settings).await?, open(settings).await?, open(settings).await?);
    is_whole(&now, sources).await?;
    // Both read at one snapshot.
    // Nobody knows how many changes are picked, and a loop over all for each would take for ever.
    past.batch("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL enable_nestloop = off").await.map_err(failed())?;
    let snapshot = past.scalar("SELECT pg_catalog.pg_export_snapshot()").await.map_err(failed())?.unwrap_or_default();
    let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT {}", literal(&snapshot));
    now.batch(&begin).await.map_err(failed())?;
    // A key that is checked at the end only would take everything with it.
    session.batch("BEGIN; SET CONSTRAINTS ALL IMMEDIATE").await.map_err(failed())?;
    let is_dry = mode == Mode::Look;
    let mut writer = Writer::begin(sources, &session, is_dry).await?;
    let mut emptied = Vec::new();
    let mut came = BTreeSet::new();
    for (place, source) in sources.iter().enumerate() {
        let (steps, has_come) = emptied_and_came(&past, source, pick).await?;
        emptied.push(steps);
        if has_come {
            came.insert(place);
        }
    }
    // Rows that came go first, those that refer to others before these; then rows come back in the other order.
    let order = order(&now, sources).await.map_err(failed())?;
    let reading = Reading { now: &now, past: &past, pick, watch };
    if !is_dry {
        for place in order.iter().filter(|place| came.contains(place)) {
            let only = |act: Act| act == Act::Remove;
            reading.table(*place, &sources[*place], &emptied[*place], &mut writer, &only, false).await?;
        }
    }
    for place in order.iter().rev() {
        let only = |act: Act| is_dry || act != Act::Remove;
        reading.table(*place, &sources[*place], &emptied[*place], &mut writer, &only, true).await?;
    }
    writer.settle().await?;
    let is_kept = mode == Mode::AsFarAsPossible || (mode == Mode::Whole && writer.whole());
    let reports = writer.reports();
    session.batch(if is_kept { "COMMIT" } else { "ROLLBACK" }).await.map_err(failed())?;
    for session in [now, past, session] {
        session.close().await;
    }
    Ok(reports)
}

/// That all changes of these tables are there.
async fn is_whole(session: &Session, sources: &[Source]) -> Result<(), CaptureError> {
    let shapes = shapes(session).await.map_err(CaptureError::server("looking for the tables"))?;
    for source in sources {
        let table = source.sql_name();
        match trouble(session, source, &shapes).await? {
            None => {}
            Some(Trouble::Reshaped { what }) => return Err(CaptureError::Reshaped { table, what }),
            Some(other) => return Err(CaptureError::Gaps(vec![Uncaptured { table, why: other.to_string() }])),
        }
    }
    Ok(())
}

/// When a table was emptied, the last time first, and whether rows came by what is picked.
async fn emptied_and_came(session: &Session, source: &Source, pick: &Pick) -> Result<(Vec<i64>, bool), CaptureError> {
    let name = source.sql_name();
    let failed = || CaptureError::table("taking back changes of", &name);
    let emptied = format!(
        "SELECT c.step, {} FROM backout_capture.change c WHERE c.source = {} AND c.op = 'T' ORDER BY 1 DESC",
        pick.sql("c"),
        source.number
    );
    let rows = session.rows(&emptied).await.map_err(failed())?;
    if rows.iter().any(|row| row.get(1)) {
        return Err(CaptureError::Truncated { table: name });
    }
    let came = format!(
        "SELECT EXISTS (SELECT FROM backout_capture.change c WHERE c.source = {} AND c.op = 'I' AND c.old IS NULL AND {})",
        source.number,
        pick.sql("c")
    );
    let came = session.scalar(&came).await.map_err(failed())?;
    Ok((rows.iter().map(|row| row.get(0)).collect(), came.as_deref() == Some("t")))
}

/// The tables, those that refer to others before these. Where they refer to each other in a circle, as they come.
async fn order(session: &Session, sources: &[Source]) -> Result<Vec<usize>, DatabaseError> {
    let ids: Vec<String> = sources.iter().map(|source| source.oid.to_string()).collect();
    let sql = format!(
        "WITH chosen AS (SELECT o.oid, coalesce(pg_catalog.pg_partition_root(o.oid)::oid, o.oid) AS root FROM pg_catalog.unnest(ARRAY[{}]::oid[]) o(oid)) \
         SELECT DISTINCT a.oid, b.oid FROM pg_catalog.pg_constraint c JOIN chosen a ON c.conrelid IN (a.oid, a.root) JOIN chosen b ON c.confrelid IN (b.oid, b.root) \
         WHERE c.contype = 'f' AND a.oid <> b.oid",
        ids.join(", ")
    );
    let place_of = |oid: u32| sources.iter().position(|source| source.oid == oid).unwrap_or_default();
    let rows = session.rows(&sql).await?;
    let refers: Vec<(usize, usize)> = rows.iter().map(|row| (place_of(row.get(0)), place_of(row.get(1)))).collect();
    let mut left: Vec<usize> = (0..sources.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_referred_to = |place: &usize| refers.iter().any(|(from, to)| to == place && left.contains(from));
        let next = left.iter().position(|place| !is_referred_to(place)).unwrap_or_default();
        order.push(left.remove(next));
    }
    Ok(order)
}

/// What reads changes and rows at one snapshot.
struct Reading<'a> {
    now: &'a Session,
    past: &'a Session,
    pick: &'a Pick,
    watch: &'a (dyn Fn(&str, u64) + Sync),
}

impl Reading<'_> {
    /// Decides on the rows of a table, and hands on what is among `only`.
    async fn table(
        &self,
        place: usize,
        source: &Source,
        emptied: &[i64],
        writer: &mut Writer<'_>,
        only: &(dyn Fn(Act) -> bool + Sync),
        says_conflicts: bool,
    ) -> Result<(), CaptureError> {
        let name = source.sql_name();
        let failed = || CaptureError::table("taking back changes of", &name);
        keys(self.past, self.now, source, self.pick).await?;
        let mut live = Stream::open(self.now, &live_query(source)).await.map_err(failed())?;
        let mut changes = Stream::open(self.past, &changes_query(source, self.pick)).await.map_err(failed())?;
        let width = source.key.len();
        let own = |column: usize| source.columns.get(column).is_some_and(|column| !column.generated);
        let mut change = changes.next().await.map_err(failed())?;
        let mut number = 0;
        while let Some(row) = live.next().await.map_err(failed())? {
            let key: Vec<Vec<u8>> = (0..width).map(|place| row.get(place)).collect();
            let seen: Option<Vec<u8>> = row.get(width + 1);
            let now = image_of(source, seen.as_deref())?;
            let mut walk = Walk::from(now.clone(), &own);
            let mut emptied = emptied.iter().peekable();
            while let Some(of_it) =
                change.as_ref().filter(|c| (0..width).all(|place| c.get::<_, &[u8]>(place) == key[place]))
            {
                let step: i64 = of_it.get(width + 4);
                while emptied.next_if(|at| **at > step).is_some() {
                    walk.one(Change { event: Event::Emptied, picked: false, transaction: 0 });
                }
                let transaction: i64 = of_it.get(width + 5);
                walk.one(Change {
                    event: event(source, of_it, width)?,
                    picked: of_it.get(width + 3),
                    transaction: transaction.cast_unsigned(),
                });
                change = changes.next().await.map_err(failed())?;
            }
            let (actions, conflicts) = walk.end();
            let shown: String = row.get(width);
            if says_conflicts && !conflicts.is_empty() {
                let why: Vec<String> = conflicts.iter().map(|conflict| why(source, conflict)).collect();
                writer.stays(place, &shown, why.join("; "));
            }
            for action in actions {
                let planned = planned(action, &shown, seen.as_deref(), now.as_ref());
                if only(planned.act) {
                    writer.add(place, planned).await?;
                }
            }
            number += 1;
            if number % 1000 == 0 {
                (self.watch)(&name, number);
            }
        }
        writer.flush(place).await?;
        drop(live);
        self.now.batch("DROP TABLE pg_temp.backout_keys").await.map_err(failed())
    }
}

/// A row from its image.
fn image_of(source: &Source, bytes: Option<&[u8]>) -> Result<Option<Row>, CaptureError> {
    let Some(bytes) = bytes else { return Ok(None) };
    let values = image::values(bytes).filter(|values| values.len() == source.columns.len());
    let values = values.ok_or_else(|| CaptureError::Image { table: source.sql_name() })?;
    Ok(Some(values.into_iter().map(|value| value.map(<[u8]>::to_vec)).collect()))
}

/// What was captured of one change.
fn event(source: &Source, row: &tokio_postgres::Row, width: usize) -> Result<Event, CaptureError> {
    let op: String = row.get(width);
    let old: Option<&[u8]> = row.get(width + 1);
    let old = image_of(source, old)?;
    let is_away: bool = row.get(width + 2);
    match (op.as_str(), old) {
        ("I", None) => Ok(Event::Came),
        ("I", Some(old)) => Ok(Event::MovedIn(old)),
        ("U", Some(old)) => Ok(Event::Changed(old)),
        (_, Some(old)) if is_away => Ok(Event::MovedAway(old)),
        (_, Some(old)) => Ok(Event::Went(old)),
        (_, None) => Err(CaptureError::Image { table: source.sql_name() }),
    }
}

fn planned(action: Action, key: &str, seen: Option<&[u8]>, now: Option<&Row>) -> Planned {
    let (act, row, columns) = match action {
        Action::Remove => (Act::Remove, Row::new(), Vec::new()),
        Action::Set { row, columns } => (Act::Set, row, columns),
        Action::Bring(row) => (Act::Bring, row, Vec::new()),
    };
    let is_there = act != Act::Bring;
    Planned {
        key: key.to_owned(),
        seen: seen.filter(|_| is_there).map(<[u8]>::to_vec).unwrap_or_default(),
        act,
        live: now.filter(|_| is_there).cloned().unwrap_or_default(),
        row,
        columns,
    }
}

fn why(source: &Source, conflict: &Conflict) -> String {
    match conflict {
        Conflict::Columns(columns) => {
            let names = columns.iter().filter_map(|column| source.columns.get(*column));
            let names: Vec<&str> = names.map(|column| column.name.as_str()).collect();
            format!("changed again since: {}", names.join(", "))
        }
        Conflict::Gone => "removed since".to_owned(),
        Conflict::Changed => "it came by the change, and was changed since".to_owned(),
        Conflict::Taken => "another row has its key now".to_owned(),
        Conflict::Moved => "it got another key since".to_owned(),
    }
}

/// The keys of the rows that the picked changes are of, in a table of the session that reads the rows of now.
async fn keys(past: &Session, now: &Session, source: &Source, pick: &Pick) -> Result<(), CaptureError> {
    let name = source.sql_name();
    let failed = || CaptureError::table("taking back changes of", &name);
    let own: Vec<String> = source
        .key
        .iter()
        .enumerate()
        .map(|(place, column)| format!("{} AS k{}", ident(&column.name), place + 1))
        .collect();
    let make = format!(
        "CREATE TEMPORARY TABLE backout_keys ON COMMIT DROP AS SELECT {} FROM ONLY {name} WITH NO DATA",
        own.join(", ")
    );
    now.batch(&make).await.map_err(failed())?;
    let out = format!(
        "COPY (SELECT DISTINCT {} FROM backout_capture.change c WHERE c.source = {} AND c.op IN ('I', 'U', 'D') AND {}) TO STDOUT (FORMAT binary)",
        key_bytes(source, "c").join(", "),
        source.number,
        pick.sql("c")
    );
    let stream = past.copy_out(&out).await.map_err(|e| failed()(e.into()))?;
    let sink = now.copy_in::<Bytes>("COPY pg_temp.backout_keys FROM STDIN (FORMAT binary)").await;
    let (mut stream, mut sink) = (std::pin::pin!(stream), std::pin::pin!(sink.map_err(|e| failed()(e.into()))?));
    while let Some(message) = stream.try_next().await.map_err(|e| failed()(e.into()))? {
        sink.send(message).await.map_err(|e| failed()(e.into()))?;
    }
    sink.finish().await.map_err(|e| failed()(e.into()))?;
    now.batch("ANALYZE pg_temp.backout_keys").await.map_err(failed())
}

/// The columns of the key as they are captured.
fn key_bytes(source: &Source, of: &str) -> Vec<String> {
    (1..=source.key.len()).map(|place| format!("{of}.k{place}")).collect()
}

/// Each picked key in the order of its bytes: these, how a person would write it, and the row of now. A row under a key
/// that is equal, but of other bytes, is one that got this key since.
fn live_query(source: &Source) -> String {
    let row = alias(source);
    let keys = source.key.iter().enumerate().map(|(place, column)| (format!("k.k{}", place + 1), column));
    let (mut bytes, mut shown, mut same) = (Vec::new(), Vec::new(), Vec::new());
    for (k, column) in keys {
        let name = ident(&column.name);
        bytes.push(format!("{}({k})", column.send));
        shown.push(format!("{k}::text"));
        same.push(format!("{row}.{name} {} {k}", column.equal));
        same.push(format!("{send}({row}.{name}) OPERATOR(pg_catalog.=) {send}({k})", send = column.send));
    }
    let order: Vec<String> = (1..=bytes.len()).map(|place| place.to_string()).collect();
    format!(
        "SELECT {}, pg_catalog.concat_ws(', ', {}), CASE WHEN {row}.ctid IS NOT NULL THEN pg_catalog.record_send({row}) END \
         FROM pg_temp.backout_keys k LEFT JOIN ONLY {} {row} ON {} ORDER BY {}",
        bytes.join(", "),
        shown.join(", "),
        source.sql_name(),
        same.join(" AND "),
        order.join(", ")
    )
}

/// All changes of the picked keys in the order of the key's bytes, the newest first: what happened, what the row was,
/// whether it has got another key, whether it is to be taken back, when, and of which transaction it is.
fn changes_query(source: &Source, pick: &Pick) -> String {
    let keys = key_bytes(source, "c");
    let same: Vec<String> = keys.iter().zip(key_bytes(source, "p")).map(|(c, p)| format!("{p} = {c}")).collect();
    format!(
        "SELECT {keys}, c.op::text, c.old, c.new IS NOT NULL, {picked}, c.step, c.xid::text::bigint FROM backout_capture.change c WHERE c.source = {number} AND c.op IN ('I', 'U', 'D') \
         AND EXISTS (SELECT FROM backout_capture.change p WHERE p.source = {number} AND p.op IN ('I', 'U', 'D') AND {same} AND {also}) \
         ORDER BY {keys}, c.step DESC",
        keys = keys.join(", "),
        picked = pick.sql("c"),
        number = source.number,
        same = same.join(" AND "),
        also = pick.sql("p")
    )
}

/// The rows of a query, one at a time.
struct Stream(Pin<Box<RowStream>>);

impl Stream {
    async fn open(session: &Session, sql: &str) -> Result<Self, DatabaseError> {
        Ok(Self(Box::pin(session.stream(sql).await?)))
    }

    async fn next(&mut self) -> Result<Option<tokio_postgres::Row>, DatabaseError> {
        Ok(self.0.try_next().await?)
    }
}
