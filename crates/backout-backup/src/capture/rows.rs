//! Taking back what chosen transactions did to the rows of a table, in place: what others changed since stays, and
//! where both changed the same value, the later one stays and is named.
//!
//! One session reads the changes and the rows of now in the order of the key, and the other writes what comes of it, a
//! batch at a time. A row is only written as long as it is what was read.
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

use super::merge::{Action, Change, Conflict, Row, undone};
use super::queue::trouble;
use super::replay::open;
use super::shape::shapes;
use super::{CaptureError, Depth, Source, Trouble, Uncaptured, Way, image};
use crate::stream::{HEADER, TRAILER};

/// Rows that are written in one go.
const BATCH: usize = 1000;
/// Conflicts that are listed; all are counted.
const LISTED: usize = 1000;

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

/// What became of a table, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TakenBack {
    pub table: String,
    /// Rows that got former values.
    pub set: u64,
    /// Rows that went and are there again.
    pub brought: u64,
    /// Rows that came and are gone again.
    pub removed: u64,
    /// Rows a part of which stays as it is.
    pub conflicts: u64,
    /// The first of them.
    pub listed: Vec<Stays>,
}

/// A row a part of which stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stays {
    pub key: String,
    pub why: String,
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

/// As the server writes it in ISO style; the epoch where it wrote something else.
fn moment(text: &str) -> Timestamp {
    let zone = if text.len() > 3 && text[text.len() - 3..].starts_with(['+', '-']) { ":00" } else { "" };
    format!("{text}{zone}").parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn must_have_images(source: &Source) -> Result<(), CaptureError> {
    if source.way == Way::Keyed && source.depth == Depth::Images {
        return Ok(());
    }
    let found = match source.way {
        Way::Keyed => "as keys".to_owned(),
        Way::Rows | Way::Whole => "without a key".to_owned(),
    };
    Err(CaptureError::NoImages { table: source.sql_name(), found })
}

/// Takes changes back, in one transaction; or only says what would become of it.
///
/// # Errors
/// When the images are not there or not whole, or a row cannot be written. Then nothing was changed.
pub async fn take_back(
    settings: &ConnectionSettings,
    source: &Source,
    pick: &Pick,
    is_dry: bool,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<TakenBack, CaptureError> {
    must_have_images(source)?;
    let name = source.sql_name();
    let failed = || CaptureError::table("taking back changes of", &name);
    let (now, past, writer) = (open(settings).await?, open(settings).await?, open(settings).await?);
    let shapes = shapes(&now).await.map_err(CaptureError::server("looking for the tables"))?;
    match trouble(&now, source, &shapes).await? {
        None => {}
        Some(Trouble::Reshaped { what }) => return Err(CaptureError::Reshaped { table: name, what }),
        Some(other) => return Err(CaptureError::Gaps(vec![Uncaptured { table: name, why: other.to_string() }])),
    }
    // Both read at one snapshot.
    past.batch("BEGIN ISOLATION LEVEL REPEATABLE READ").await.map_err(failed())?;
    let snapshot = past.scalar("SELECT pg_catalog.pg_export_snapshot()").await.map_err(failed())?.unwrap_or_default();
    let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT {}", literal(&snapshot));
    now.batch(&begin).await.map_err(failed())?;
    let truncated = format!(
        "SELECT EXISTS (SELECT FROM backout_capture.change c WHERE c.source = {} AND c.op = 'T' AND {})",
        source.number,
        pick.sql("c")
    );
    if past.scalar(&truncated).await.map_err(failed())?.as_deref() == Some("t") {
        return Err(CaptureError::Truncated { table: name });
    }
    writer.batch("BEGIN").await.map_err(failed())?;
    keys(&past, &now, source, pick).await?;
    let mut live = Stream::open(&now, &live_query(source)).await.map_err(failed())?;
    let mut changes = Stream::open(&past, &changes_query(source, pick)).await.map_err(failed())?;
    let mut work = Work::begin(source, &writer, is_dry).await?;
    let width = source.key.len();
    let mut change = changes.next().await.map_err(failed())?;
    let mut number = 0;
    while let Some(row) = live.next().await.map_err(failed())? {
        let key: Vec<Vec<u8>> = (0..width).map(|place| row.get(place)).collect();
        let mut history = Vec::new();
        while let Some(of_it) =
            change.as_ref().filter(|c| (0..width).all(|place| c.get::<_, &[u8]>(place) == key[place]))
        {
            let old: Option<&[u8]> = of_it.get(width);
            history.push(Change { before: work.row(old)?, picked: of_it.get(width + 1) });
            change = changes.next().await.map_err(failed())?;
        }
        let image: Option<Vec<u8>> = row.get(width + 1);
        work.one(row.get(width), image, &history).await?;
        number += 1;
        if number % BATCH == 0 {
            watch(number as u64);
        }
    }
    work.end().await?;
    let report = work.report;
    writer.batch(if is_dry { "ROLLBACK" } else { "COMMIT" }).await.map_err(failed())?;
    for session in [now, past, writer] {
        session.close().await;
    }
    Ok(report)
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
    let stream = past.client.copy_out(&out).await.map_err(|e| failed()(e.into()))?;
    let sink = now.client.copy_in::<_, Bytes>("COPY pg_temp.backout_keys FROM STDIN (FORMAT binary)").await;
    let (mut stream, mut sink) = (std::pin::pin!(stream), std::pin::pin!(sink.map_err(|e| failed()(e.into()))?));
    while let Some(message) = stream.try_next().await.map_err(|e| failed()(e.into()))? {
        sink.send(message).await.map_err(|e| failed()(e.into()))?;
    }
    sink.finish().await.map_err(|e| failed()(e.into()))?;
    now.batch("ANALYZE pg_temp.backout_keys").await.map_err(failed())
}

/// The columns of the key as they are written down.
fn key_bytes(source: &Source, of: &str) -> Vec<String> {
    (1..=source.key.len()).map(|place| format!("{of}.k{place}")).collect()
}

/// Each picked key in the order of its bytes: these, how a person would write it, and the row of now.
fn live_query(source: &Source) -> String {
    let keys = source.key.iter().enumerate().map(|(place, column)| (format!("k.k{}", place + 1), column));
    let (mut bytes, mut shown, mut same) = (Vec::new(), Vec::new(), Vec::new());
    for (k, column) in keys {
        bytes.push(format!("{}({k})", column.send));
        shown.push(format!("{k}::text"));
        same.push(format!("t.{} {} {k}", ident(&column.name), column.equal));
    }
    let order: Vec<String> = (1..=bytes.len()).map(|place| place.to_string()).collect();
    format!(
        "SELECT {}, pg_catalog.concat_ws(', ', {}), CASE WHEN t.ctid IS NOT NULL THEN pg_catalog.record_send(t) END \
         FROM pg_temp.backout_keys k LEFT JOIN ONLY {} t ON {} ORDER BY {}",
        bytes.join(", "),
        shown.join(", "),
        source.sql_name(),
        same.join(" AND "),
        order.join(", ")
    )
}

/// All changes of the picked keys in the order of the key's bytes, the oldest first: what the row was, and whether it is
/// to be taken back.
fn changes_query(source: &Source, pick: &Pick) -> String {
    let keys = key_bytes(source, "c");
    let same: Vec<String> = keys.iter().zip(key_bytes(source, "p")).map(|(c, p)| format!("{p} = {c}")).collect();
    format!(
        "SELECT {keys}, c.old, {picked} FROM backout_capture.change c WHERE c.source = {number} AND c.op IN ('I', 'U', 'D') \
         AND EXISTS (SELECT FROM backout_capture.change p WHERE p.source = {number} AND p.op IN ('I', 'U', 'D') AND {same} AND {also}) \
         ORDER BY {keys}, c.step",
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
        let none: [&(dyn tokio_postgres::types::ToSql + Sync); 0] = [];
        Ok(Self(Box::pin(session.client.query_raw(sql, none).await?)))
    }

    async fn next(&mut self) -> Result<Option<tokio_postgres::Row>, DatabaseError> {
        Ok(self.0.try_next().await?)
    }
}

/// What is to be done with one row.
#[derive(Debug, Clone)]
struct Planned {
    key: String,
    /// As it was read; empty where there is none.
    seen: Vec<u8>,
    act: Act,
    /// Its values afterwards, or before it goes.
    row: Row,
    columns: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Remove,
    Set,
    Bring,
}

impl Act {
    fn letter(self) -> &'static [u8] {
        match self {
            Self::Remove => b"R",
            Self::Set => b"S",
            Self::Bring => b"B",
        }
    }
}

/// Writes what was decided.
struct Work<'a> {
    source: &'a Source,
    writer: &'a Session,
    name: String,
    is_dry: bool,
    batch: Vec<Planned>,
    /// Rows that could not be written as long as others were not.
    again: Vec<(Planned, String)>,
    /// That no row goes which others would go with.
    alone: String,
    report: TakenBack,
}

impl<'a> Work<'a> {
    async fn begin(source: &'a Source, writer: &'a Session, is_dry: bool) -> Result<Self, CaptureError> {
        let name = source.sql_name();
        let alone = alone(writer, &name).await.map_err(CaptureError::table("looking for what refers to", &name))?;
        let report = TakenBack { table: name.clone(), ..TakenBack::default() };
        Ok(Self { source, writer, name, is_dry, batch: Vec::new(), again: Vec::new(), alone, report })
    }

    fn failed(&self) -> impl FnOnce(DatabaseError) -> CaptureError {
        CaptureError::table("taking back changes of", &self.name)
    }

    /// A row from its image.
    fn row(&self, bytes: Option<&[u8]>) -> Result<Option<Row>, CaptureError> {
        let Some(bytes) = bytes else { return Ok(None) };
        let values = image::values(bytes).filter(|values| values.len() == self.source.columns.len());
        let values = values.ok_or_else(|| CaptureError::Image { table: self.name.clone() })?;
        Ok(Some(values.into_iter().map(|value| value.map(<[u8]>::to_vec)).collect()))
    }

    /// Decides on one row.
    async fn one(&mut self, key: String, seen: Option<Vec<u8>>, history: &[Change]) -> Result<(), CaptureError> {
        let live = self.row(seen.as_deref())?;
        let (action, conflicts) = undone(history, live.as_ref());
        for conflict in &conflicts {
            self.stays(&key, self.why(conflict));
        }
        let seen = seen.unwrap_or_default();
        let is_own = |column: &usize| self.source.columns.get(*column).is_some_and(|c| !c.generated);
        let planned = match action {
            Action::Leave => return Ok(()),
            Action::Remove => {
                Planned { key, seen, act: Act::Remove, row: live.unwrap_or_default(), columns: Vec::new() }
            }
            Action::Bring(row) => Planned { key, seen, act: Act::Bring, row, columns: Vec::new() },
            Action::Set { row, columns } => {
                let columns: Vec<usize> = columns.into_iter().filter(is_own).collect();
                if columns.is_empty() {
                    return Ok(());
                }
                Planned { key, seen, act: Act::Set, row, columns }
            }
        };
        if self.is_dry {
            self.count(planned.act);
            return Ok(());
        }
        self.batch.push(planned);
        if self.batch.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    fn why(&self, conflict: &Conflict) -> String {
        match conflict {
            Conflict::Columns(columns) => {
                let names: Vec<&str> = columns
                    .iter()
                    .filter_map(|column| self.source.columns.get(*column))
                    .map(|c| c.name.as_str())
                    .collect();
                format!("changed again since: {}", names.join(", "))
            }
            Conflict::Gone => "removed since".to_owned(),
            Conflict::Changed => "it came by the change, and was changed since".to_owned(),
            Conflict::Taken => "another row has its key now".to_owned(),
        }
    }

    fn stays(&mut self, key: &str, why: String) {
        self.report.conflicts += 1;
        if self.report.listed.len() < LISTED {
            self.report.listed.push(Stays { key: key.to_owned(), why });
        }
    }

    fn count(&mut self, act: Act) {
        match act {
            Act::Remove => self.report.removed += 1,
            Act::Set => self.report.set += 1,
            Act::Bring => self.report.brought += 1,
        }
    }

    /// What is left, and then what could not be written while others were not: as long as that helps.
    async fn end(&mut self) -> Result<(), CaptureError> {
        self.flush().await?;
        loop {
            let again = std::mem::take(&mut self.again);
            if again.is_empty() {
                return Ok(());
            }
            let before = again.len();
            for (planned, _) in again {
                self.write(vec![planned]).await?;
            }
            if self.again.len() == before {
                for (planned, why) in std::mem::take(&mut self.again) {
                    self.stays(&planned.key, why);
                }
                return Ok(());
            }
        }
    }

    async fn flush(&mut self) -> Result<(), CaptureError> {
        let mut open = vec![std::mem::take(&mut self.batch)];
        // A row that cannot be written must not keep the others from it.
        while let Some(batch) = open.pop() {
            if let Some((first, second)) = self.write(batch).await? {
                open.extend([second, first]);
            }
        }
        Ok(())
    }

    /// Writes a batch. Gives it back in two halves where a row of it cannot be written; a single one waits.
    async fn write(&mut self, batch: Vec<Planned>) -> Result<Option<(Vec<Planned>, Vec<Planned>)>, CaptureError> {
        if batch.is_empty() {
            return Ok(None);
        }
        self.writer.batch("SAVEPOINT backout_rows").await.map_err(self.failed())?;
        match self.put(&batch).await {
            Ok(done) => {
                self.writer.batch("RELEASE backout_rows").await.map_err(self.failed())?;
                for (place, planned) in batch.iter().enumerate() {
                    if done.contains(&place) {
                        self.count(planned.act);
                    } else if planned.act == Act::Remove && !self.alone.is_empty() {
                        self.stays(&planned.key, "others refer to it, or it was changed meanwhile".to_owned());
                    } else {
                        self.stays(&planned.key, "changed meanwhile".to_owned());
                    }
                }
                Ok(None)
            }
            // What the rules of the database, or triggers of the application, forbid.
            Err(error) if error.has_class("23") || error.has_code("P0001") => {
                self.writer.batch("ROLLBACK TO backout_rows").await.map_err(self.failed())?;
                let mut first = batch;
                if let [only] = first.as_slice() {
                    self.again.push((only.clone(), error.to_string()));
                    return Ok(None);
                }
                let second = first.split_off(first.len() / 2);
                Ok(Some((first, second)))
            }
            Err(error) => Err(self.failed()(error)),
        }
    }

    /// Says which rows of the batch were what was read, and are now what they should be.
    async fn put(&self, batch: &[Planned]) -> Result<BTreeSet<usize>, DatabaseError> {
        let own: Vec<(usize, String)> = self
            .source
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| !column.generated)
            .map(|(place, column)| (place, ident(&column.name)))
            .collect();
        let values: Vec<String> = own.iter().map(|(place, name)| format!("{name} AS v{place}")).collect();
        let make = format!(
            "CREATE TEMPORARY TABLE backout_put AS SELECT 0::int4 AS n, ''::text AS act, ''::bytea AS seen, {} FROM ONLY {} WITH NO DATA",
            values.join(", "),
            self.name
        );
        self.writer.batch(&make).await?;
        let mut bytes = HEADER.to_vec();
        for (place, planned) in batch.iter().enumerate() {
            let number = i32::try_from(place).unwrap_or(i32::MAX).to_be_bytes();
            let mut row: Vec<Option<&[u8]>> = vec![Some(&number), Some(planned.act.letter()), Some(&planned.seen)];
            row.extend(own.iter().map(|(place, _)| planned.row.get(*place).and_then(|value| value.as_deref())));
            image::put_row(&mut bytes, &row);
        }
        bytes.extend_from_slice(TRAILER);
        let sink =
            self.writer.client.copy_in::<_, Bytes>("COPY pg_temp.backout_put FROM STDIN (FORMAT binary)").await?;
        let mut sink = std::pin::pin!(sink);
        sink.send(Bytes::from(bytes)).await?;
        sink.finish().await?;
        let place_of = |name: &str| self.source.columns.iter().position(|c| c.name == name).unwrap_or_default();
        let same: Vec<String> = self
            .source
            .key
            .iter()
            .map(|column| format!("t.{} {} p.v{}", ident(&column.name), column.equal, place_of(&column.name)))
            .collect();
        let same = format!("{} AND pg_catalog.record_send(t) = p.seen", same.join(" AND "));
        let mut done = BTreeSet::new();
        let mut statements = Vec::new();
        if batch.iter().any(|planned| planned.act == Act::Remove) {
            statements.push(format!(
                "DELETE FROM ONLY {} AS t USING pg_temp.backout_put p WHERE p.act = 'R' AND {same}{} RETURNING p.n",
                self.name, self.alone
            ));
        }
        let columns: BTreeSet<usize> = batch.iter().flat_map(|planned| planned.columns.iter().copied()).collect();
        if !columns.is_empty() {
            // Only what changes: a column that always has a number of its own may not be named.
            let set: Vec<String> = own
                .iter()
                .filter(|(place, _)| columns.contains(place))
                .map(|(place, name)| format!("{name} = p.v{place}"))
                .collect();
            statements.push(format!(
                "UPDATE ONLY {} AS t SET {} FROM pg_temp.backout_put p WHERE p.act = 'S' AND {same} RETURNING p.n",
                self.name,
                set.join(", ")
            ));
        }
        for sql in statements {
            for row in self.writer.rows(&sql).await? {
                done.insert(usize::try_from(row.get::<_, i32>(0)).unwrap_or(usize::MAX));
            }
        }
        if batch.iter().any(|planned| planned.act == Act::Bring) {
            let names: Vec<&str> = own.iter().map(|(_, name)| name.as_str()).collect();
            let values: Vec<String> = own.iter().map(|(place, _)| format!("v{place}")).collect();
            let sql = format!(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM pg_temp.backout_put WHERE act = 'B' ORDER BY n",
                self.name,
                names.join(", "),
                values.join(", ")
            );
            self.writer.batch(&sql).await?;
            done.extend((0..batch.len()).filter(|place| batch[*place].act == Act::Bring));
        }
        self.writer.batch("DROP TABLE pg_temp.backout_put").await?;
        Ok(done)
    }
}

/// A condition that rows of other tables do not go, or change, with a row of this one.
async fn alone(session: &Session, table: &str) -> Result<String, DatabaseError> {
    let sql = format!(
        "SELECT c.conrelid::pg_catalog.regclass::text, \
           (SELECT pg_catalog.string_agg(pg_catalog.format('t.%I OPERATOR(%I.%s) o.%I', pa.attname, opn.nspname, op.oprname, fa.attname), ' AND ' ORDER BY k.place) \
            FROM ROWS FROM (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey), pg_catalog.unnest(c.conpfeqop)) WITH ORDINALITY k(f, p, eq, place) \
            JOIN pg_catalog.pg_attribute fa ON fa.attrelid = c.conrelid AND fa.attnum = k.f JOIN pg_catalog.pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = k.p \
            JOIN pg_catalog.pg_operator op ON op.oid = k.eq JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace) \
         FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' AND c.confrelid = {}::pg_catalog.regclass AND c.confdeltype IN ('c', 'n', 'd') ORDER BY c.oid",
        literal(table)
    );
    let mut condition = String::new();
    for row in session.rows(&sql).await? {
        let (other, same): (String, String) = (row.get(0), row.get(1));
        condition.push_str(&format!(" AND NOT EXISTS (SELECT FROM {other} o WHERE {same})"));
    }
    Ok(condition)
}
