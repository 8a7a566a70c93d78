//! Writes what was decided about rows, in one transaction for all tables: a batch at a time, and what cannot be written
//! as long as others are not, later.
//!
//! Must not know: why it was decided.

use backout_postgres::sqlstate;
use std::collections::BTreeSet;

use backout_postgres::session::{DatabaseError, Session};
use backout_schema::{ident, literal};
use bytes::Bytes;
use futures_util::SinkExt;

use serde::Serialize;

use super::merge::Row;
use super::{CaptureError, Source, image};
use crate::references::refers;
use crate::stream::{HEADER, TRAILER};

/// A row a part of which stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stays {
    pub key: String,
    pub why: String,
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

/// Rows that are written in one go, and their bytes.
const BATCH: usize = 1000;
const BATCH_BYTES: usize = 8 << 20;
/// Of rows that wait for others.
const WAITING_BYTES: usize = 64 << 20;
/// What is sent at once.
const PIECE: usize = 1 << 20;
/// Conflicts that are listed; all are counted.
const LISTED: usize = 1000;

/// What is to be done with one row.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// As a person would write it.
    pub key: String,
    /// As it was read; empty where there is none.
    pub seen: Vec<u8>,
    pub act: Act,
    /// The row of now, which is looked for by its key.
    pub live: Row,
    /// Its values afterwards.
    pub row: Row,
    pub columns: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
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

impl Planned {
    fn bytes(&self) -> usize {
        let of = |row: &Row| row.iter().flatten().map(Vec::len).sum::<usize>();
        self.seen.len() + of(&self.live) + of(&self.row)
    }
}

/// Why a batch was not written.
enum Hindered {
    /// Something of the database or of the application forbids it, as things are.
    Now(String),
    Server(DatabaseError),
}

impl From<DatabaseError> for Hindered {
    fn from(error: DatabaseError) -> Self {
        // What keys and checks forbid, triggers of the application, and columns that nobody may write.
        if error.has_class("23")
            || error.has_code(sqlstate::RAISE_EXCEPTION)
            || error.has_code(sqlstate::GENERATED_ALWAYS)
        {
            Self::Now(error.to_string())
        } else {
            Self::Server(error)
        }
    }
}

/// A table, and what became of it.
struct Table<'a> {
    source: &'a Source,
    name: String,
    /// What the table is called in a statement: as no column of it is.
    alias: String,
    /// That no row goes which others would go with.
    alone: String,
    report: TakenBack,
}

/// Writes to several tables.
pub(super) struct Writer<'a> {
    session: &'a Session,
    is_dry: bool,
    tables: Vec<Table<'a>>,
    batch: Vec<Planned>,
    batch_bytes: usize,
    /// Rows that could not be written as long as others were not: the table, and why.
    waiting: Vec<(usize, Vec<Planned>, String)>,
}

impl<'a> Writer<'a> {
    pub async fn begin(sources: &'a [Source], session: &'a Session, is_dry: bool) -> Result<Self, CaptureError> {
        let mut tables = Vec::new();
        for source in sources {
            let name = source.sql_name();
            let alias = alias(source);
            let alone = alone(session, &name, &alias).await;
            let alone = alone.map_err(CaptureError::table("looking for what refers to", &name))?;
            let report = TakenBack { table: name.clone(), ..TakenBack::default() };
            tables.push(Table { source, name, alias, alone, report });
        }
        Ok(Self { session, is_dry, tables, batch: Vec::new(), batch_bytes: 0, waiting: Vec::new() })
    }

    /// What became of each table.
    pub fn reports(self) -> Vec<TakenBack> {
        self.tables.into_iter().map(|table| table.report).collect()
    }

    pub fn whole(&self) -> bool {
        self.tables.iter().all(|table| table.report.conflicts == 0)
    }

    pub fn stays(&mut self, table: usize, key: &str, why: String) {
        let report = &mut self.tables[table].report;
        report.conflicts += 1;
        if report.listed.len() < LISTED {
            report.listed.push(Stays { key: key.to_owned(), why });
        }
    }

    fn count(&mut self, table: usize, act: Act) {
        let report = &mut self.tables[table].report;
        match act {
            Act::Remove => report.removed += 1,
            Act::Set => report.set += 1,
            Act::Bring => report.brought += 1,
        }
    }

    fn failed(&self, table: usize) -> impl FnOnce(DatabaseError) -> CaptureError {
        CaptureError::table("taking back changes of", &self.tables[table].name)
    }

    /// Writes it, sooner or later. All of one table come one after the other, with a [`Writer::flush`] behind them.
    pub async fn add(&mut self, table: usize, planned: Planned) -> Result<(), CaptureError> {
        if self.is_dry {
            self.count(table, planned.act);
            return Ok(());
        }
        self.batch_bytes += planned.bytes();
        self.batch.push(planned);
        if self.batch.len() >= BATCH || self.batch_bytes >= BATCH_BYTES { self.flush(table).await } else { Ok(()) }
    }

    pub async fn flush(&mut self, table: usize) -> Result<(), CaptureError> {
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        self.write(table, batch).await?;
        let waiting: usize = self.waiting.iter().flat_map(|(_, batch, _)| batch).map(Planned::bytes).sum();
        if waiting > WAITING_BYTES {
            let table = self.tables[table].name.clone();
            let why = self.waiting.first().map(|(_, _, why)| why.clone()).unwrap_or_default();
            return Err(CaptureError::Entangled { table, why });
        }
        Ok(())
    }

    /// What could not be written while others were not: as long as that helps, and in the end row by row.
    pub async fn settle(&mut self) -> Result<(), CaptureError> {
        while !self.waiting.is_empty() {
            let mut helped = false;
            for (table, batch, _) in std::mem::take(&mut self.waiting) {
                helped |= self.write(table, batch).await?;
            }
            if helped {
                continue;
            }
            let before = std::mem::take(&mut self.waiting);
            if before.iter().all(|(_, batch, _)| batch.len() == 1) {
                for (table, batch, why) in before {
                    batch.iter().for_each(|planned| self.stays(table, &planned.key, why.clone()));
                }
                return Ok(());
            }
            // A row that cannot be written must not keep the others from it.
            for (table, mut batch, why) in before {
                let second = batch.split_off(batch.len().div_ceil(2));
                let halves = [batch, second].into_iter().filter(|half| !half.is_empty());
                self.waiting.extend(halves.map(|half| (table, half, why.clone())));
            }
        }
        Ok(())
    }

    /// Writes a batch, or lets it wait. Says whether anything of it was written.
    async fn write(&mut self, table: usize, batch: Vec<Planned>) -> Result<bool, CaptureError> {
        if batch.is_empty() {
            return Ok(false);
        }
        let trial = self.session.plain_savepoint("backout_rows").await.map_err(self.failed(table))?;
        match put(self.session, &self.tables[table], &batch).await {
            Ok(done) => {
                trial.keep().await.map_err(self.failed(table))?;
                let is_alone = self.tables[table].alone.is_empty();
                for (place, planned) in batch.into_iter().enumerate() {
                    if done.contains(&place) {
                        self.count(table, planned.act);
                    } else if planned.act == Act::Remove && !is_alone {
                        let why = "others refer to it, or it was changed meanwhile".to_owned();
                        self.waiting.push((table, vec![planned], why));
                    } else {
                        self.stays(table, &planned.key, "changed meanwhile".to_owned());
                    }
                }
                Ok(!done.is_empty())
            }
            Err(Hindered::Now(why)) => {
                trial.take_back().await.map_err(self.failed(table))?;
                self.waiting.push((table, batch, why));
                Ok(false)
            }
            Err(Hindered::Server(error)) => Err(self.failed(table)(error)),
        }
    }
}

/// Says which rows of the batch were what was read, and are now what they should be.
async fn put(session: &Session, table: &Table<'_>, batch: &[Planned]) -> Result<BTreeSet<usize>, Hindered> {
    let source = table.source;
    let own: Vec<(usize, String)> = source
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !column.generated)
        .map(|(place, column)| (place, ident(&column.name)))
        .collect();
    let place_of = |name: &str| source.columns.iter().position(|c| c.name == name).unwrap_or_default();
    let keys: Vec<usize> = source.key.iter().map(|column| place_of(&column.name)).collect();
    fill(session, table, batch, &own, &keys).await?;
    let alias = &table.alias;
    let same: Vec<String> = source
        .key
        .iter()
        .enumerate()
        .map(|(number, column)| format!("{alias}.{} {} p.h{number}", ident(&column.name), column.equal))
        .collect();
    let same = format!("{} AND pg_catalog.record_send({alias}) = p.seen", same.join(" AND "));
    let mut done = BTreeSet::new();
    let mut statements = Vec::new();
    if batch.iter().any(|planned| planned.act == Act::Remove) {
        statements.push(format!(
            "DELETE FROM ONLY {} AS {alias} USING pg_temp.backout_put p WHERE p.act = 'R' AND {same}{} RETURNING p.n",
            table.name, table.alone
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
            "UPDATE ONLY {} AS {alias} SET {} FROM pg_temp.backout_put p WHERE p.act = 'S' AND {same} RETURNING p.n",
            table.name,
            set.join(", ")
        ));
    }
    for sql in statements {
        for row in session.rows(&sql).await? {
            done.insert(usize::try_from(row.get::<_, i32>(0)).unwrap_or(usize::MAX));
        }
    }
    let brought: BTreeSet<usize> = (0..batch.len()).filter(|place| batch[*place].act == Act::Bring).collect();
    if !brought.is_empty() {
        let names: Vec<&str> = own.iter().map(|(_, name)| name.as_str()).collect();
        let values: Vec<String> = own.iter().map(|(place, _)| format!("v{place}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM pg_temp.backout_put WHERE act = 'B' ORDER BY n",
            table.name,
            names.join(", "),
            values.join(", ")
        );
        if session.reach(&sql).await? != brought.len() as u64 {
            return Err(Hindered::Now("a trigger of the application keeps it away".to_owned()));
        }
        done.extend(brought);
    }
    session.batch("DROP TABLE pg_temp.backout_put").await?;
    Ok(done)
}

/// Puts a batch into a table of the session.
async fn fill(
    session: &Session,
    table: &Table<'_>,
    batch: &[Planned],
    own: &[(usize, String)],
    keys: &[usize],
) -> Result<(), DatabaseError> {
    let mut columns = vec!["0::int4 AS n".to_owned(), "''::text AS act".to_owned(), "''::bytea AS seen".to_owned()];
    let of_key = table.source.key.iter().enumerate();
    columns.extend(of_key.map(|(number, column)| format!("{} AS h{number}", ident(&column.name))));
    columns.extend(own.iter().map(|(place, name)| format!("{name} AS v{place}")));
    let make = format!(
        "CREATE TEMPORARY TABLE backout_put AS SELECT {} FROM ONLY {} WITH NO DATA",
        columns.join(", "),
        table.name
    );
    session.batch(&make).await?;
    let sink = session.copy_in::<Bytes>("COPY pg_temp.backout_put FROM STDIN (FORMAT binary)").await?;
    let mut sink = std::pin::pin!(sink);
    let mut bytes = HEADER.to_vec();
    for (place, planned) in batch.iter().enumerate() {
        let number = i32::try_from(place).unwrap_or(i32::MAX).to_be_bytes();
        let mut row: Vec<Option<&[u8]>> = vec![Some(&number), Some(planned.act.letter()), Some(&planned.seen)];
        row.extend(keys.iter().map(|place| planned.live.get(*place).and_then(|value| value.as_deref())));
        row.extend(own.iter().map(|(place, _)| planned.row.get(*place).and_then(|value| value.as_deref())));
        image::put_row(&mut bytes, &row);
        if bytes.len() >= PIECE {
            sink.send(Bytes::from(std::mem::take(&mut bytes))).await?;
        }
    }
    bytes.extend_from_slice(TRAILER);
    sink.send(Bytes::from(bytes)).await?;
    sink.finish().await?;
    Ok(())
}

/// A name for the table that no column of it has: to it alone a row as a whole can be told from a column.
pub(super) fn alias(source: &Source) -> String {
    let mut alias = "backout_row".to_owned();
    while source.columns.iter().any(|column| column.name == alias) {
        alias.push('_');
    }
    alias
}

/// A condition that rows of other tables do not go, or change, with a row of this one.
async fn alone(session: &Session, table: &str, alias: &str) -> Result<String, DatabaseError> {
    let sql = format!(
        "SELECT k.conrelid::pg_catalog.regclass::text, \
           {} FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confrelid = {}::pg_catalog.regclass AND k.confdeltype IN ('c', 'n', 'd') ORDER BY k.oid",
        refers("o", alias),
        literal(table)
    );
    let mut condition = String::new();
    for row in session.rows(&sql).await? {
        let (other, same): (String, String) = (row.get(0), row.get(1));
        condition.push_str(&format!(" AND NOT EXISTS (SELECT FROM {other} o WHERE {same})"));
    }
    Ok(condition)
}
