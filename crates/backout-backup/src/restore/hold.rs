//! Holding tables while their rows are exchanged: all locks together, and which foreign keys must go meanwhile.
//!
//! To take a foreign key away locks both of its tables against readers. It can stay where no rows of the table that it
//! refers to go: then it has nothing to do but to check rows that come.
//!
//! Must not know: how rows are exchanged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use backout_postgres::retry::Tries;
use backout_postgres::session::{DatabaseError, Session};
use backout_schema::LockMode::{self, AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
use backout_schema::literal;

use super::RestoreError;
use super::forward::Behind;
use crate::capture::Quiet;
use crate::references::refers;

/// Checking so many rows one by one takes longer than checking all of a table at once.
const MANY: u64 = 100_000;

/// How tables are put back.
#[derive(Debug, Clone)]
pub struct Options {
    /// Tables that belong to others are passed by, and not refused.
    pub all: bool,
    /// Rows that came since, by keys that the backup does not have, stay.
    pub keep_newer: bool,
    pub lock_timeout: Duration,
    pub lock_retries: u32,
    /// What the step of a run leaves in the target, and its fencing token.
    pub mark: Option<(String, u64)>,
}

/// A foreign key, and the query that counts rows which refer to nothing.
#[derive(Debug)]
pub struct ForeignKey {
    from: u32,
    to: u32,
    is_whole: bool,
    said: String,
    orphans: String,
}

/// What the exchange does to the rows of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows {
    /// Rows that go, or get other values.
    pub go: u64,
    /// Rows that come, or get other values.
    pub come: u64,
}

/// Foreign keys from and to tables, and which of them go while rows are exchanged.
#[derive(Debug, Default)]
pub struct Keys {
    all: Vec<ForeignKey>,
    /// Tables whose keys from others go.
    to: BTreeSet<u32>,
    /// Tables whose keys to others go.
    from: BTreeSet<u32>,
}

impl Keys {
    /// The foreign keys from and to these tables.
    pub async fn look(session: &Session, tables: &BTreeSet<u32>) -> Result<Self, DatabaseError> {
        // One of a partition is a part of that of the whole, which alone says what refers to what.
        let sql = format!(
            "WITH RECURSIVE up(oid, parent, conrelid, confrelid) AS ( \
               SELECT oid, conparentid, conrelid, confrelid FROM pg_catalog.pg_constraint \
                 WHERE contype = 'f' AND (conrelid = ANY ({0}) OR confrelid = ANY ({0})) \
               UNION SELECT c.oid, c.conparentid, c.conrelid, c.confrelid FROM up JOIN pg_catalog.pg_constraint c ON c.oid = up.parent) \
             SELECT k.conname::text, k.conrelid::pg_catalog.regclass::text, k.confrelid::pg_catalog.regclass::text, \
               {refers}, \
               (SELECT pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname), ' AND ') FROM pg_catalog.pg_attribute a \
                 WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)), k.conrelid, k.confrelid, up.parent = 0 \
             FROM up JOIN pg_catalog.pg_constraint k ON k.oid = up.oid ORDER BY 2, 1",
            ids(tables),
            refers = refers("c", "p")
        );
        let rows = session.rows(&sql).await?;
        let all = rows.iter().map(|row| {
            let (key, child, parent): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            let (same, there): (String, String) = (row.get(3), row.get(4));
            ForeignKey {
                from: row.get(5),
                to: row.get(6),
                is_whole: row.get(7),
                said: format!("of {child} refer to {parent} ({key})"),
                orphans: format!(
                    "SELECT count(*) FROM {child} c WHERE {there} AND NOT EXISTS (SELECT FROM {parent} p WHERE {same})"
                ),
            }
        });
        Ok(Self { all: all.collect(), ..Self::default() })
    }

    /// Rows that come refer to partitions which are not in their place yet.
    pub async fn wait_for(&mut self, session: &Session, parents: &BTreeSet<String>) -> Result<(), DatabaseError> {
        let parents: Vec<String> =
            parents.iter().map(|name| format!("{}::pg_catalog.regclass", literal(name))).collect();
        let sql = format!(
            "WITH RECURSIVE up(oid) AS (SELECT pg_catalog.unnest(ARRAY[{}]::pg_catalog.oid[]) \
               UNION SELECT i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.oid) SELECT oid FROM up",
            parents.join(", ")
        );
        for row in session.rows(&sql).await? {
            let parent: u32 = row.get(0);
            if self.all.iter().any(|key| key.to == parent) {
                self.to.insert(parent);
            }
        }
        Ok(())
    }

    /// Whether a table has any.
    pub fn concern(&self, table: u32) -> bool {
        self.all.iter().any(|key| key.from == table || key.to == table)
    }

    /// Which of them go, by what the exchange does.
    pub fn decide(&mut self, table: u32, rows: Rows) {
        if rows.go > 0 && self.all.iter().any(|key| key.to == table) {
            self.to.insert(table);
        }
        if rows.come > MANY && self.all.iter().any(|key| key.from == table) {
            self.from.insert(table);
        }
    }

    /// Whether rows of a table cannot go: a key would act on it.
    pub fn stand_on(&self, table: u32) -> bool {
        self.all.iter().any(|key| key.to == table) && !self.to.contains(&table)
    }

    /// All of them go.
    pub fn none_stays(&mut self) {
        self.to = self.all.iter().map(|key| key.to).collect();
    }

    /// Those that go, as a condition on `pg_constraint`.
    pub fn going(&self) -> String {
        format!("conrelid = ANY ({}) OR confrelid = ANY ({})", ids(&self.from), ids(&self.to))
    }

    /// In which order the rows of these tables come: first those that others refer to.
    pub fn order(&self, tables: &[u32]) -> Vec<usize> {
        let mut left: Vec<usize> = (0..tables.len()).collect();
        let mut order = Vec::new();
        while !left.is_empty() {
            let waits = |place: usize| {
                let parents = self.all.iter().filter(|key| key.from == tables[place] && key.to != key.from);
                parents.map(|key| key.to).any(|parent| left.iter().any(|other| tables[*other] == parent))
            };
            // In a circle anyone may be the first; then the keys of it go.
            let next = left.iter().position(|place| !waits(*place)).unwrap_or(0);
            order.push(left.remove(next));
        }
        order
    }

    /// That no row refers to one which is not there.
    pub async fn orphans(&self, session: &Session) -> Result<(), RestoreError> {
        let mut found = Vec::new();
        for key in self.all.iter().filter(|key| key.is_whole) {
            let number = session.scalar(&key.orphans).await;
            let number = number.map_err(RestoreError::server("looking for rows that refer to nothing"))?;
            let number: u64 = number.and_then(|text| text.parse().ok()).unwrap_or(0);
            if number > 0 {
                found.push(format!("{number} {}", key.said));
            }
        }
        if found.is_empty() { Ok(()) } else { Err(RestoreError::Orphans(found)) }
    }
}

fn ids(tables: &BTreeSet<u32>) -> String {
    let ids: Vec<String> = tables.iter().map(u32::to_string).collect();
    format!("ARRAY[{}]::pg_catalog.oid[]", ids.join(", "))
}

/// What is held, and how.
#[derive(Debug)]
pub struct Hold<'a> {
    /// Tables whose rows are exchanged.
    pub tables: BTreeMap<u32, String>,
    /// Tables that something is tied to, by their names in the definitions, and the lock that takes.
    pub touched: BTreeMap<String, LockMode>,
    pub sequences: &'a [Behind<'a>],
}

impl Hold<'_> {
    /// All of it at once, or nothing: whoever queued behind us goes first. Tables that nobody can read meanwhile are
    /// returned, and since when.
    pub async fn take(
        &self,
        session: &Session,
        quiet: &mut Quiet,
        keys: &Keys,
        options: &Options,
    ) -> Result<(Vec<String>, Instant), RestoreError> {
        let failed = || RestoreError::server("locking the tables");
        let mut tries = Tries::new(options.lock_timeout, options.lock_retries, None);
        loop {
            let patience = format!("SET LOCAL lock_timeout = {}", options.lock_timeout.as_millis());
            let attempted = session.plain_savepoint_and("backout_lock", &patience).await.map_err(failed())?;
            let since = Instant::now();
            match self.attempt(session, quiet, keys).await {
                Ok(closed) => {
                    attempted.keep().await.map_err(failed())?;
                    return Ok((closed, since));
                }
                Err(error) if error.is_retryable() && tries.are_left() => {
                    attempted.take_back().await.map_err(failed())?;
                    quiet.undone();
                    tries.later().await;
                }
                Err(error) => return Err(failed()(error)),
            }
        }
    }

    async fn attempt(&self, session: &Session, quiet: &mut Quiet, keys: &Keys) -> Result<Vec<String>, DatabaseError> {
        let locks = self.locks(session, quiet, keys).await?;
        for mode in [AccessExclusive, ShareRowExclusive, ShareUpdateExclusive] {
            let names: Vec<String> = locks
                .iter()
                .filter(|lock| lock.mode == mode && lock.ours)
                .map(|lock| format!("ONLY {}", lock.table))
                .collect();
            if !names.is_empty() {
                session.batch(&format!("LOCK TABLE {} IN {mode} MODE", names.join(", "))).await?;
            }
        }
        for sequence in self.sequences {
            session.batch(&sequence.lock()).await?;
        }
        for table in self.tables.values() {
            quiet.enter(session, table).await?;
        }
        if !quiet.keys_are_silent() {
            quiet.take_keys(session, &keys.going()).await?;
        }
        let closed = locks.iter().filter(|lock| lock.mode.stops_readers());
        Ok(closed.map(|lock| lock.table.clone()).collect())
    }

    /// What all of it will lock, each table once, as strongly as it will be. What belongs to others is locked by what is
    /// done alone.
    async fn locks(&self, session: &Session, quiet: &Quiet, keys: &Keys) -> Result<Vec<Lock>, DatabaseError> {
        let going = if quiet.keys_are_silent() { "false".to_owned() } else { keys.going() };
        let exchanged: BTreeSet<u32> = self.tables.keys().copied().collect();
        let of_mode = |mode: LockMode| {
            let names = self.touched.iter().filter(|(_, lock)| **lock == mode);
            let names: Vec<String> = names.map(|(name, _)| format!("{}::pg_catalog.regclass", literal(name))).collect();
            format!("ARRAY[{}]::pg_catalog.oid[]", names.join(", "))
        };
        let sql = format!(
            "WITH RECURSIVE up(oid, parent) AS ( \
               SELECT oid, conparentid FROM pg_catalog.pg_constraint WHERE contype = 'f' AND ({going}) \
               UNION SELECT c.oid, c.conparentid FROM up JOIN pg_catalog.pg_constraint c ON c.oid = up.parent), \
             closed(oid) AS ( \
               SELECT x.oid FROM up JOIN pg_catalog.pg_constraint k ON k.oid = up.oid CROSS JOIN LATERAL (VALUES (k.conrelid), (k.confrelid)) x(oid) \
                 WHERE up.parent = 0 \
               UNION SELECT i.inhrelid FROM closed JOIN pg_catalog.pg_inherits i ON i.inhparent = closed.oid), \
             locks(oid, place) AS ( \
               SELECT oid, 1 FROM closed UNION SELECT pg_catalog.unnest({policies}), 1 UNION SELECT pg_catalog.unnest({keys}), 2 \
               UNION SELECT pg_catalog.unnest({parents}), 3 UNION SELECT pg_catalog.unnest({exchanged}), 2 \
               UNION SELECT d.partdefid, 1 FROM pg_catalog.pg_partitioned_table d WHERE d.partdefid <> 0 AND d.partrelid = ANY ({parents}) \
               UNION SELECT c.oid, 1 FROM pg_catalog.pg_class c WHERE c.oid = ANY ({exchanged}) AND (c.relforcerowsecurity \
                 OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1' AND r.ev_enabled <> 'D'))) \
             SELECT c.oid::pg_catalog.regclass::text, pg_catalog.min(l.place), pg_catalog.pg_has_role(c.relowner, 'USAGE') \
             FROM locks l JOIN pg_catalog.pg_class c ON c.oid = l.oid WHERE c.relkind IN ('r', 'p') GROUP BY c.oid, c.relowner ORDER BY c.oid",
            policies = of_mode(AccessExclusive),
            keys = of_mode(ShareRowExclusive),
            parents = of_mode(ShareUpdateExclusive),
            exchanged = ids(&exchanged),
        );
        let rows = session.rows(&sql).await?;
        let locks = rows.iter().map(|row| {
            let mode = match row.get::<_, i32>(1) {
                1 => AccessExclusive,
                2 => ShareRowExclusive,
                _ => ShareUpdateExclusive,
            };
            Lock { table: row.get(0), mode, ours: row.get(2) }
        });
        Ok(locks.collect())
    }
}

struct Lock {
    table: String,
    mode: LockMode,
    ours: bool,
}
