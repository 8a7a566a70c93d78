//! A part of the target's rows that is complete in itself: no row in it refers to one that is missing.
//!
//! Small tables come whole, of large ones as much as keeps the sum near the size that was asked for. What these rows
//! refer to is then fetched by its keys until nothing is missing. The target is only read, in one snapshot.

use crate::sqlstate;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};

use backout_schema::{literal, qualified};

use super::clone_error::CloneError;
use crate::migrate::{Event, Watch};
use crate::session::{DatabaseError, Savepoint, Session};

/// How many keys are asked for at once.
const KEYS: usize = 2000;

/// So many tables are held at once: the target's server has room for a limited number of locks, which others need too.
const HELD: usize = 200;

/// Below so many pages single rows are drawn; above, whole pages, so that the others are never read.
const PAGES: i64 = 10_000;

/// Tables below this come whole, however small the sample is to be: a few rows of them would save nothing.
const SMALL: f64 = 64.0 * 1024.0;

/// From so many bytes on it is said which table is being read.
const LONG: f64 = 16e6;

/// Of rows that refer to one another in a chain longer than this, the end is left out.
const LONGEST_CHAIN: u32 = 500;

/// What of one table is in the sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampledTable {
    pub table: String,
    /// Rows in the clone.
    pub rows: u64,
    /// Rows that the target has, estimated where they are not all in the clone.
    pub of: u64,
    pub whole: bool,
}

/// A table that holds rows itself.
struct Table {
    name: String,
    /// The partitioned table that it is a part of, or itself.
    root: u32,
    columns: Vec<String>,
    bytes: f64,
    pages: i64,
    rows: f64,
    /// The number of rows stands on the server's statistics.
    analyzed: bool,
}

/// A foreign key, as SQL names what it is made of.
struct Key {
    child: u32,
    parent: u32,
    columns: Vec<String>,
    types: Vec<String>,
    parent_columns: Vec<String>,
    /// Of the parent's value and the child's; with the parent's collation where they differ, as PostgreSQL compares.
    operators: Vec<String>,
    /// None of its rows lacks a parent.
    valid: bool,
}

/// A table as keys name it.
struct Relation {
    /// `ONLY public.users`: a key says nothing about those that inherit.
    from: String,
    name: String,
    columns: Vec<String>,
    /// The role sees all of its rows.
    readable: bool,
    /// That a row `p` is not in a partition which is not in the clone.
    only: String,
}

struct Source {
    tables: BTreeMap<u32, Table>,
    relations: BTreeMap<u32, Relation>,
    keys: Vec<Key>,
}

const TABLES: &str = "
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, pg_catalog.pg_table_size(c.oid)::float8,
  pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8,
  CASE WHEN c.reltuples >= 0 AND c.relpages > 0 THEN c.reltuples::float8 / c.relpages
    ELSE pg_catalog.current_setting('block_size')::float8 / 100 END,
  COALESCE(pg_catalog.pg_partition_root(c.oid)::oid, c.oid), c.reltuples >= 0 AND c.relpages > 0,
  ARRAY(SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^backout(_|$)'
  AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// Partitions that the role may not read itself: rows of them show in their parents.
const SHUT: &str = "
SELECT pg_catalog.string_agg(c.oid::pg_catalog.text, ', ') FROM pg_catalog.pg_class c
WHERE c.relispartition AND c.relkind IN ('r', 'f') AND (c.relkind = 'f' OR NOT pg_catalog.has_table_privilege(c.oid, 'SELECT'))";

const FOREIGN_KEYS: &str = "
SELECT k.conrelid, k.confrelid, k.convalidated,
  ARRAY(SELECT pg_catalog.quote_ident(a.attname) FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
  ARRAY(SELECT pg_catalog.format_type(a.atttypid, -1) FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
  ARRAY(SELECT pg_catalog.quote_ident(a.attname) FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i),
  ARRAY(SELECT pg_catalog.concat('COLLATE ' || pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(l.collname) || ' ', pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname))
    FROM ROWS FROM (unnest(k.confkey), unnest(k.conkey), unnest(k.conpfeqop)) WITH ORDINALITY u(p, c, n, i)
    JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = u.p JOIN pg_catalog.pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = u.c
    JOIN pg_catalog.pg_operator o ON o.oid = u.n JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    LEFT JOIN (pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace cn ON cn.oid = l.collnamespace) ON l.oid = pa.attcollation AND l.oid <> ca.attcollation
    ORDER BY u.i)
FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.oid";

const SEQUENCES: &str = "
SELECT schemaname::text, sequencename::text, last_value::text FROM pg_catalog.pg_sequences
WHERE last_value IS NOT NULL AND schemaname !~ '^backout(_|$)'";

/// Texts of values mean the same on both sides. In the source for its transaction only: somebody else may get that
/// connection from a pooler.
const SETTINGS: &str = "SET search_path = ''; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET timezone = 'UTC'; \
    SET extra_float_digits = 3; SET bytea_output = 'hex'; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0; \
    SET idle_in_transaction_session_timeout = 0; SET synchronize_seqscans = off";

fn failed(doing: &'static str) -> impl FnOnce(DatabaseError) -> CloneError {
    move |source| CloneError::Server { doing, source }
}

/// Fills the tables of a clone that has neither keys nor triggers yet. The source's session reads in a snapshot that
/// is open; tables named in `without` stay empty.
pub(super) async fn fill(
    source: &Session,
    clone: &Session,
    wanted: u64,
    without: &[String],
    watch: Watch<'_>,
) -> Result<(Vec<SampledTable>, Vec<String>), CloneError> {
    let local = SETTINGS.replace("SET ", "SET LOCAL ");
    source.batch(&local).await.map_err(failed("preparing to read rows"))?;
    let reading = source.plain_savepoint("backout_tables").await.map_err(failed("preparing to read rows"))?;
    clone.batch(SETTINGS).await.map_err(failed("preparing to write rows"))?;
    // Nobody else works here, and hashes of keys are large.
    clone.batch("SET work_mem = '64MB'").await.map_err(failed("preparing to write rows"))?;
    let from = Source::read(source, without).await?;
    let fractions = from.fractions(wanted as f64);
    let parts = fractions.values().filter(|fraction| **fraction < 1.0).count();
    watch(Event::Note(format!("cloning {} tables, {parts} of them in part", fractions.len())));
    let mut pipe = Pipe { source, reading: &reading, clone, held: BTreeSet::new(), refused: BTreeMap::new() };
    let mut loaded: BTreeMap<u32, u64> = BTreeMap::new();
    for (oid, table) in &from.tables {
        let fraction = fractions.get(&table.root).copied().unwrap_or(1.0);
        if table.columns.is_empty() || table.bytes == 0.0 {
            continue;
        }
        if fraction * table.bytes > LONG {
            watch(Event::Note(format!("cloning {} of {}", percent(fraction), table.name)));
        }
        let columns = table.columns.join(", ");
        let part = match (fraction >= 1.0, table.pages < PAGES) {
            (true, _) => String::new(),
            (_, small) => {
                let method = if small { "BERNOULLI" } else { "SYSTEM" };
                format!(" TABLESAMPLE {method} ({}) REPEATABLE (1)", fraction * 100.0)
            }
        };
        let query = format!("SELECT {columns} FROM ONLY {}{part}", table.name);
        let rows = pipe.pour(&query, &table.name, &columns).await?;
        loaded.insert(*oid, rows.unwrap_or(0));
    }
    watch(Event::Note("fetching the rows that these refer to".to_owned()));
    from.complete(&mut pipe).await?;
    let refused = pipe.refused.into_iter();
    let refused =
        refused.map(|(table, said)| format!("rows of {table} are not in the clone: {said}; it looks at other rows"));
    let mut notes: Vec<String> = refused.collect();
    notes.extend(from.prune(clone).await?);
    sequences(source, clone).await?;
    Ok((from.counted(clone, &fractions, &loaded).await?, notes))
}

/// From the target's snapshot into the clone.
struct Pipe<'a> {
    source: &'a Session,
    /// To which is gone back to let go of tables.
    reading: &'a Savepoint<'a>,
    clone: &'a Session,
    held: BTreeSet<String>,
    /// Tables whose checks refused rows, and what was said.
    refused: BTreeMap<String, String>,
}

impl Pipe<'_> {
    /// Rows of a query over a table into the same one.
    /// None where a check refused them, of which a note is kept.
    async fn pour(&mut self, query: &str, table: &str, columns: &str) -> Result<Option<u64>, CloneError> {
        if self.held.len() >= HELD && !self.held.contains(table) {
            self.reading.start_over().await.map_err(failed("letting tables go that were read"))?;
            self.held.clear();
        }
        self.held.insert(table.to_owned());
        let read = |e: tokio_postgres::Error| CloneError::Server { doing: "reading rows", source: e.into() };
        let write = |e: tokio_postgres::Error| CloneError::Server { doing: "writing rows", source: e.into() };
        let rows = self.source.copy_out(&format!("COPY ({query}) TO STDOUT")).await.map_err(read)?;
        let into = format!("COPY {table} ({columns}) FROM STDIN");
        let sink = self.clone.copy_in::<Bytes>(&into).await.map_err(write)?;
        let (mut rows, mut sink) = (std::pin::pin!(rows), std::pin::pin!(sink));
        while let Some(chunk) = rows.next().await {
            sink.send(chunk.map_err(read)?).await.map_err(write)?;
        }
        match sink.finish().await.map_err(DatabaseError::from) {
            // A check that looks at other rows, by a function: these may not be there, or not yet.
            Err(error) if error.has_code(sqlstate::CHECK_VIOLATION) => {
                self.refused.entry(table.to_owned()).or_insert_with(|| error.message.clone());
                Ok(None)
            }
            done => done.map(Some).map_err(|source| CloneError::Server { doing: "writing rows", source }),
        }
    }
}

impl Source {
    async fn read(source: &Session, without: &[String]) -> Result<Source, CloneError> {
        let mut from = Source { tables: BTreeMap::new(), relations: BTreeMap::new(), keys: Vec::new() };
        let shut = source.scalar(SHUT).await.map_err(failed("reading what may be read"))?;
        let shut =
            shut.map_or(String::new(), |shut| format!(" AND p.tableoid <> ALL (ARRAY[{shut}]::pg_catalog.oid[])"));
        for row in source.rows(TABLES).await.map_err(failed("reading sizes"))? {
            let (oid, name) = (row.get(0), qualified(row.get(1), row.get(2)));
            let is_parted = row.get::<_, String>(3) == "p";
            let columns: Vec<String> = row.get(9);
            let only = if is_parted { "" } else { "ONLY " };
            let readable = !without.contains(&name);
            let relation = Relation {
                from: format!("{only}{name}"),
                name: name.clone(),
                columns: columns.clone(),
                readable,
                only: if is_parted { shut.clone() } else { String::new() },
            };
            from.relations.insert(oid, relation);
            if is_parted || !readable {
                continue;
            }
            let pages: i64 = row.get(5);
            let rows = row.get::<_, f64>(6) * pages as f64;
            let table = Table { name, root: row.get(7), columns, bytes: row.get(4), pages, rows, analyzed: row.get(8) };
            from.tables.insert(oid, table);
        }
        for row in source.rows(FOREIGN_KEYS).await.map_err(failed("reading foreign keys"))? {
            let key = Key {
                child: row.get(0),
                parent: row.get(1),
                valid: row.get(2),
                columns: row.get(3),
                types: row.get(4),
                parent_columns: row.get(5),
                operators: row.get(6),
            };
            // Tables that cannot be read are not in the clone, or nothing but their keys is.
            if from.relations.contains_key(&key.child) && from.relations.contains_key(&key.parent) {
                from.keys.push(key);
            }
        }
        Ok(from)
    }

    /// How much of each table (partitioned ones as a whole) is drawn, so that they and what they refer to come near
    /// the size.
    fn fractions(&self, wanted: f64) -> BTreeMap<u32, f64> {
        let mut whole: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for table in self.tables.values() {
            let (bytes, rows) = whole.entry(table.root).or_default();
            *bytes += table.bytes;
            *rows += table.rows;
        }
        let largest = whole.values().map(|(bytes, _)| *bytes).fold(0.0, f64::max);
        let order = self.children_first(&whole);
        let (mut low, mut high) = (0.0, largest);
        if self.draw(&whole, &order, largest).1 > wanted {
            for _ in 0..60 {
                let middle = (low + high) / 2.0;
                match self.draw(&whole, &order, middle).1 > wanted {
                    true => high = middle,
                    false => low = middle,
                }
            }
        } else {
            low = largest;
        }
        self.draw(&whole, &order, low).0
    }

    /// What to draw where no table gets more than `level` bytes of its own, and the size of all that comes with it.
    fn draw(&self, whole: &BTreeMap<u32, (f64, f64)>, order: &[u32], level: f64) -> (BTreeMap<u32, f64>, f64) {
        let mut fractions = BTreeMap::new();
        let mut asked: BTreeMap<u32, f64> = BTreeMap::new();
        let mut size = 0.0;
        for node in order {
            let (bytes, rows) = whole[node];
            let rows = rows.max(1.0);
            let own = rows * (level.max(SMALL) / bytes.max(1.0)).min(1.0);
            // Several refer to the same row: so many different ones are met by chance.
            let asked_for = rows * (1.0 - (-asked.get(node).copied().unwrap_or(0.0) / rows).exp());
            // Of a table whose rows are asked for anyway only some are drawn beside them: nobody may refer to these.
            let drawn = if own >= rows { rows } else { (own - asked_for).max(own / 10.0) };
            let there = (drawn + asked_for).min(rows);
            fractions.insert(*node, drawn / rows);
            size += there * bytes / rows;
            for key in self.keys.iter().filter(|key| self.node(key.child) == *node) {
                *asked.entry(self.node(key.parent)).or_default() += there;
            }
        }
        (fractions, size)
    }

    fn node(&self, table: u32) -> u32 {
        self.tables.get(&table).map_or(table, |table| table.root)
    }

    fn children_first(&self, whole: &BTreeMap<u32, (f64, f64)>) -> Vec<u32> {
        let mut parents: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for key in &self.keys {
            parents.entry(self.node(key.child)).or_default().push(self.node(key.parent));
        }
        // Parents first by a walk that leaves a circle where it came in; backwards that is children first.
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        for start in whole.keys() {
            let mut path = vec![(*start, 0)];
            if !seen.insert(*start) {
                continue;
            }
            while let Some((node, next)) = path.pop() {
                match parents.get(&node).and_then(|of| of.get(next)) {
                    Some(parent) => {
                        path.push((node, next + 1));
                        if seen.insert(*parent) {
                            path.push((*parent, 0));
                        }
                    }
                    None => order.push(node),
                }
            }
        }
        order.retain(|node| whole.contains_key(node));
        order.reverse();
        order
    }

    /// Fetches what rows in the clone refer to and what is not there, until nothing comes any more.
    async fn complete(&self, pipe: &mut Pipe<'_>) -> Result<(), CloneError> {
        for _ in 0..LONGEST_CHAIN {
            let mut fetched = 0;
            for key in &self.keys {
                if self.relations[&key.parent].readable {
                    fetched += self.fetch(key, pipe).await?;
                }
            }
            if fetched == 0 {
                break;
            }
        }
        Ok(())
    }

    /// The parents that this key lacks in the clone; how many came.
    async fn fetch(&self, key: &Key, pipe: &mut Pipe<'_>) -> Result<u64, CloneError> {
        let asking = || failed("looking for rows that are referred to");
        let clone = pipe.clone;
        let (child, parent) = (&self.relations[&key.child], &self.relations[&key.parent]);
        let columns = key.columns.join(", ");
        let texts: Vec<String> = key.columns.iter().map(|column| format!("{column}::pg_catalog.text")).collect();
        let missing = format!(
            "BEGIN; DECLARE backout_missing NO SCROLL CURSOR FOR SELECT {} FROM (SELECT DISTINCT {columns} FROM {} c WHERE {}) d",
            texts.join(", "),
            child.from,
            key.lacks(parent)
        );
        clone.batch(&missing).await.map_err(asking())?;
        let mut fetched = 0;
        loop {
            let keys = clone.rows(&format!("FETCH {KEYS} FROM backout_missing")).await.map_err(asking())?;
            if keys.is_empty() {
                break;
            }
            let writing = clone.plain_savepoint("backout_rows").await.map_err(asking())?;
            let lists = key.types.iter().enumerate().map(|(place, kind)| {
                let values = keys.iter().map(|row| row.get::<_, &str>(place));
                format!("unnest({}::pg_catalog.text[])::{kind} AS k{place}", literal(&array(values)).trim_start())
            });
            let lists: Vec<String> = lists.collect();
            let meet = key.parent_columns.iter().zip(&key.operators).enumerate();
            let meet: Vec<String> = meet.map(|(place, (column, is))| format!("p.{column} {is} k.k{place}")).collect();
            let columns: Vec<String> = parent.columns.iter().map(|column| format!("p.{column}")).collect();
            let query = format!(
                "SELECT {} FROM {} p WHERE EXISTS (SELECT FROM (SELECT {}) k WHERE {}){}",
                columns.join(", "),
                parent.from,
                lists.join(", "),
                meet.join(" AND "),
                parent.only
            );
            match pipe.pour(&query, &parent.name, &parent.columns.join(", ")).await? {
                Some(rows) => {
                    fetched += rows;
                    writing.keep().await.map_err(asking())?;
                }
                None => writing.take_back().await.map_err(asking())?,
            }
        }
        clone.batch("CLOSE backout_missing; COMMIT").await.map_err(asking())?;
        Ok(fetched)
    }

    /// Takes out what still lacks a row: its parents cannot be read. Of keys that are not validated rows may.
    async fn prune(&self, clone: &Session) -> Result<Vec<String>, CloneError> {
        let mut taken: BTreeMap<u32, u64> = BTreeMap::new();
        loop {
            let mut gone = 0;
            for key in self.keys.iter().filter(|key| key.valid) {
                let (child, parent) = (&self.relations[&key.child], &self.relations[&key.parent]);
                let sql = format!("DELETE FROM {} c WHERE {}", child.from, key.lacks(parent));
                let rows = clone.reach(&sql).await.map_err(failed("leaving out rows whose parents cannot be read"))?;
                *taken.entry(key.child).or_default() += rows;
                gone += rows;
            }
            if gone == 0 {
                break;
            }
        }
        let taken = taken.into_iter().filter(|(_, rows)| *rows > 0);
        Ok(taken
            .map(|(table, rows)| {
                format!(
                    "{rows} rows of {} are not in the clone: what they refer to cannot be read, or is too long a chain",
                    self.relations[&table].name
                )
            })
            .collect())
    }

    async fn counted(
        &self,
        clone: &Session,
        fractions: &BTreeMap<u32, f64>,
        loaded: &BTreeMap<u32, u64>,
    ) -> Result<Vec<SampledTable>, CloneError> {
        let mut sums: BTreeMap<u32, SampledTable> = BTreeMap::new();
        for (oid, table) in &self.tables {
            let fraction = fractions.get(&table.root).copied().unwrap_or(1.0);
            let sql = format!("SELECT count(*) FROM ONLY {}", table.name);
            let rows = clone.scalar(&sql).await.map_err(failed("counting rows"))?;
            let rows: u64 = rows.and_then(|rows| rows.parse().ok()).unwrap_or(0);
            let drawn = loaded.get(oid).copied().unwrap_or(0);
            let of = match fraction {
                whole if whole >= 1.0 => rows,
                part if !table.analyzed && drawn >= 1000 => (drawn as f64 / part).round() as u64,
                // As dense as when it was analyzed: nearer than what a draw of whole pages says.
                _ => (table.rows.round() as u64).max(rows),
            };
            let name = self.relations.get(&table.root).map_or(&table.name, |relation| &relation.name);
            let sum = sums.entry(table.root).or_insert_with(|| SampledTable {
                table: name.clone(),
                rows: 0,
                of: 0,
                whole: fraction >= 1.0,
            });
            sum.rows += rows;
            sum.of += of.max(rows);
        }
        Ok(sums.into_values().collect())
    }
}

impl Key {
    /// That a row `c` of the child refers to one that is not there.
    fn lacks(&self, parent: &Relation) -> String {
        let given = self.columns.iter().map(|column| format!("c.{column} IS NOT NULL"));
        let meet = self.columns.iter().zip(&self.parent_columns).zip(&self.operators);
        let meet: Vec<String> = meet.map(|((column, of), is)| format!("p.{of} {is} c.{column}")).collect();
        let lacks = format!("NOT EXISTS (SELECT FROM {} p WHERE {})", parent.from, meet.join(" AND "));
        given.chain([lacks]).collect::<Vec<_>>().join(" AND ")
    }
}

/// Sequences go on where the target's stand: a probe row must not meet a key that is taken.
async fn sequences(source: &Session, clone: &Session) -> Result<(), CloneError> {
    let mut sql = String::new();
    for row in source.rows(SEQUENCES).await.map_err(failed("reading sequences"))? {
        let name = literal(&qualified(row.get(0), row.get(1)));
        let value: &str = row.get(2);
        sql.push_str(&format!(
            "SELECT pg_catalog.setval(s, {value}) FROM pg_catalog.to_regclass({}) s WHERE s IS NOT NULL;\n",
            name.trim_start()
        ));
    }
    clone.batch(&sql).await.map_err(failed("setting sequences"))
}

/// Texts as an array's literal.
fn array<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let quoted = values.map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")));
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

fn percent(fraction: f64) -> String {
    match fraction * 100.0 {
        all if all >= 100.0 => "all".to_owned(),
        some if some >= 1.0 => format!("{some:.0} %"),
        little => format!("{little:.3} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(root: u32, bytes: f64, rows: f64) -> Table {
        Table { name: format!("t{root}"), root, columns: vec!["a".to_owned()], bytes, pages: 1, rows, analyzed: true }
    }

    fn key(child: u32, parent: u32) -> Key {
        let one = |text: &str| vec![text.to_owned()];
        Key {
            child,
            parent,
            columns: one("a"),
            types: one("int4"),
            parent_columns: one("a"),
            operators: one("="),
            valid: true,
        }
    }

    fn source(tables: &[(u32, f64, f64)], keys: &[(u32, u32)]) -> Source {
        Source {
            tables: tables.iter().map(|(oid, bytes, rows)| (*oid, table(*oid, *bytes, *rows))).collect(),
            relations: BTreeMap::new(),
            keys: keys.iter().map(|(child, parent)| key(*child, *parent)).collect(),
        }
    }

    #[test]
    fn the_sum_comes_near_what_was_asked_for() {
        // (tables as (id, bytes, rows), keys as (child, parent), wanted)
        for (tables, keys, wanted) in [
            (vec![(1, 1e6, 1e4), (2, 9e9, 1e8)], vec![], 1e8),
            (vec![(1, 1e9, 1e7), (2, 9e9, 1e8)], vec![(2, 1)], 1e8),
            // Small rows that refer to large ones.
            (vec![(1, 5e10, 1e7), (2, 1e9, 1e7)], vec![(2, 1)], 1e8),
            (vec![(1, 1e9, 1e6), (2, 1e9, 1e7), (3, 1e9, 1e7)], vec![(3, 2), (2, 1), (1, 3)], 1e7),
            (vec![(1, 6e4, 1e3), (2, 9e9, 1e8)], vec![(2, 1)], 1e6),
        ] {
            let source = source(&tables, &keys);
            let whole: BTreeMap<u32, (f64, f64)> = tables.iter().map(|(id, b, r)| (*id, (*b, *r))).collect();
            let order = source.children_first(&whole);
            assert_eq!(order.len(), tables.len());
            let fractions = source.fractions(wanted);
            let level = |factor: f64| {
                let all: f64 = tables.iter().map(|(id, bytes, _)| fractions[id] * bytes).sum();
                all * factor
            };
            assert!(level(1.0) <= wanted * 1.05, "{fractions:?}");
            assert!(fractions.values().all(|fraction| *fraction > 0.0 && *fraction <= 1.0), "{fractions:?}");
        }
    }

    #[test]
    fn what_is_small_enough_comes_whole() {
        let source = source(&[(1, 1e6, 1e4), (2, 2e6, 1e4)], &[(2, 1)]);
        assert_eq!(source.fractions(1e7), BTreeMap::from([(1, 1.0), (2, 1.0)]));
        let fractions = source.fractions(2.5e6);
        assert!(fractions[&2] < 1.0, "{fractions:?}");
    }

    #[test]
    fn children_come_before_what_they_refer_to() {
        let source = source(&[(1, 1.0, 1.0), (2, 1.0, 1.0), (3, 1.0, 1.0)], &[(3, 1), (1, 2), (3, 3)]);
        let whole = [(1, (1.0, 1.0)), (2, (1.0, 1.0)), (3, (1.0, 1.0))].into();
        assert_eq!(source.children_first(&whole), [3, 1, 2]);
    }

    #[test]
    fn arrays_are_quoted() {
        assert_eq!(array(["a\"b", "c\\d", "", "{x,y}"].into_iter()), r#"{"a\"b","c\\d","","{x,y}"}"#);
    }
}
