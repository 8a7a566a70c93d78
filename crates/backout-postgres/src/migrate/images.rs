//! Row images: while a statement runs, statement triggers with transition tables write the rows that it changes,
//! as they were and as they are, into the archive. They see functions, cascades and rules alike, and cost in
//! proportion to the rows changed. Among tables that inherit, where a statement on the one changes rows of the other,
//! it is triggers for each row.
//!
//! A trigger can be made while others read, but not removed. So one on a table that the migration locks against
//! readers anyway goes before COMMIT; any other goes afterwards, in a moment of its own, and does nothing for
//! other transactions until then.
//!
//! In depth: `docs/internals/rows.md`.

use super::retype::Retyped;
use super::watchable::Column;
use super::{Environment, Gathered, MigrateError, Origin, Run};
use crate::catalog::RowCounts;
use crate::retry::Tries;
use crate::session::{DatabaseError, Session};
use backout_reversal::RowImages;
use backout_schema::{Detail, KeyEvent, ObjectId, literal, qualified};
use backout_sql::analysis::{Class, RowsKind};
use backout_sql::script::Statement;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;
use tokio_postgres::types::Type;

/// What the names of our triggers and of their functions begin with.
pub(super) const PREFIX: &str = "backout_rows_";

/// A table, or a tree of partitions, whose changes are being written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// `None`: only columns are written that were not there before, so nothing of a row of then changes.
    pub(super) image: Option<RowImages>,
    /// The columns that tell the rows apart, as long as they do.
    pub(super) key: Vec<i16>,
    /// Its columns as they are now, by which a change of the table is noticed.
    pub(super) columns: Vec<Shape>,
    pub(super) in_family: bool,
    /// The table itself and its partitions.
    pub(super) members: Vec<u32>,
    pub(super) function: String,
    pub(super) fires: String,
    /// Columns that have another type than before.
    pub(super) retyped: Vec<Retyped>,
}

/// The tables whose changes of rows are written down in this transaction, and what is known of who changes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Watches {
    /// By their root.
    pub tables: BTreeMap<u32, Watched>,
    /// Their columns may be others since.
    pub reshaped: bool,
    /// All tables that were watched in this transaction, with their partitions.
    pub covered: BTreeSet<u32>,
    /// Those of them that are not watched any more, since a part went: what the counters said then.
    pub unwatched_since: BTreeMap<u32, RowCounts>,
    /// Copies of whole rows: how many statements had changed rows of their tables by then.
    pub whole_rows: BTreeMap<String, i64>,
    /// Triggers that go after COMMIT.
    pub triggers_left: bool,
    /// The table that the running statement updates, with the columns that it sets, if nothing else of the migration
    /// changes rows.
    pub sole_update: Option<(u32, Vec<String>)>,
    /// How many statements of the migration change rows or run code.
    pub deeds: usize,
}

/// Number, name and type.
pub(super) type Shape = (i16, String, String);

impl Run<'_> {
    /// Sees to it that changes of rows of these tables are written down from now on, where that can be done.
    pub(super) async fn watch_rows(
        &mut self,
        tables: &BTreeSet<u32>,
        counts: &BTreeMap<u32, RowCounts>,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let tables: Vec<u32> = tables.iter().copied().filter(|oid| self.origin.is_old_table(*oid)).collect();
        if tables.is_empty() {
            return Ok(());
        }
        for table in self.origin.tables_to_watch(&self.env, &tables).await? {
            let id = ObjectId::relation(table.root);
            let shape = |c: &Column| (c.number, c.name.clone(), c.data_type.clone());
            let columns: Vec<Shape> = table.columns.iter().map(shape).collect();
            // Nothing of the former row is left to be written down.
            let former = |c: &Column| self.origin.catalog.contains(ObjectId::column(table.root, c.number));
            if !table.columns.iter().any(former) {
                continue;
            }
            if let Some(watched) = self.watches.tables.get(&table.root) {
                let members: BTreeSet<u32> = watched.members.iter().copied().collect();
                let same = watched.columns == columns
                    && watched.in_family == table.in_family
                    && members == table.members.iter().map(|m| m.oid).collect();
                if same && (watched.key.is_empty() || table.tells_apart(&watched.key)) {
                    continue;
                }
                self.end_watch(table.root, true).await?;
            }
            // What was changed before nobody has written down.
            for member in &table.members {
                let since = |counts: &BTreeMap<u32, RowCounts>| counts.get(&member.oid).copied().unwrap_or_default();
                let from = match self.watches.unwatched_since.remove(&member.oid) {
                    Some(from) => from,
                    None if self.watches.covered.contains(&member.oid) => since(counts),
                    None => since(rows_before),
                };
                // What the migration put into a table of its own goes with that.
                if self.origin.is_old_table(member.oid) {
                    self.gathered.count_change(&self.origin, member.oid, since(counts).since(from));
                }
            }
            self.watches.covered.extend(table.members.iter().map(|m| m.oid));
            let watched = self.begin_watch(id, &table, columns).await?;
            self.watches.tables.insert(table.root, watched);
        }
        Ok(())
    }

    /// What was written down becomes part of the inverse; a table that nothing was written into goes.
    async fn end_watch(&mut self, root: u32, now: bool) -> Result<(), MigrateError> {
        let Some(watched) = self.watches.tables.remove(&root) else { return Ok(()) };
        let Some(mut image) = watched.image else { return Ok(()) };
        let sql = format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}", watched.fires);
        let fires = self.env.session.scalar(&sql).await.map_err(MigrateError::server("counting what was kept"))?;
        image.fires = fires.and_then(|n| n.parse().ok()).unwrap_or(0);
        if image.set.is_some() && image.fires > 1 {
            return Err(MigrateError::Unsupported(format!(
                "rows of {} were changed more than once by one UPDATE",
                image.what
            )));
        }
        if now || self.env.readers_wait_anyway(&watched.members).await? {
            // Without a word about triggers that nobody else knows.
            self.env.own(&format!(
                "SELECT pg_catalog.set_config('backout.messages', pg_catalog.current_setting('client_min_messages'), true); \
                 SET LOCAL client_min_messages = warning; DROP FUNCTION {} CASCADE; \
                 SELECT pg_catalog.set_config('client_min_messages', pg_catalog.current_setting('backout.messages'), true)",
                watched.function
            ))
            .await?;
        } else {
            self.watches.triggers_left = true;
        }
        let stored = qualified(&image.schema, &image.name);
        if image.fires > 0 {
            let files_own =
                if watched.retyped.is_empty() { None } else { Some(self.gathered.write_texts(&self.env).await?) };
            self.gathered.lead_back(&self.env, &self.origin, &mut image, watched.retyped).await?;
            if let Some(files_own) = files_own {
                self.env.texts_written(files_own).await?;
            }
        }
        if image.fires == 0 {
            self.env.own(&format!("DROP TABLE {stored}; DROP SEQUENCE {}", watched.fires)).await?;
        } else {
            self.env.own(&format!("DROP SEQUENCE {}", watched.fires)).await?;
            self.gathered.images.push(image);
        }
        Ok(())
    }

    /// Ends every watch, at the end of a transaction.
    pub(super) async fn end_watches(&mut self) -> Result<(), MigrateError> {
        let roots: Vec<u32> = self.watches.tables.keys().copied().collect();
        for root in roots {
            self.end_watch(root, false).await?;
        }
        self.watches.covered.clear();
        self.watches.unwatched_since.clear();
        // What comes now is ours (the tool's history row), and taken back in a way of its own.
        self.env.own("SET LOCAL backout.trial = on").await?;
        self.counters.read_sequences(&self.env, &mut self.gathered).await
    }

    /// A table is about to be moved into the archive: its triggers must not go with it.
    pub(super) async fn end_watch_of(&mut self, tables: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        let roots: Vec<u32> = self
            .watches
            .tables
            .iter()
            .filter(|(_, w)| w.members.iter().any(|m| tables.contains(&ObjectId::relation(*m))))
            .map(|(root, _)| *root)
            .collect();
        if roots.is_empty() {
            return Ok(());
        }
        let counts = self.counters.row_counts(&self.env).await?;
        for root in roots {
            // The rest of a tree of partitions stays, and may be changed again.
            let members = self.watches.tables.get(&root).map(|w| w.members.clone()).unwrap_or_default();
            self.end_watch(root, true).await?;
            self.watches
                .unwatched_since
                .extend(members.into_iter().map(|oid| (oid, counts.get(&oid).copied().unwrap_or_default())));
        }
        Ok(())
    }

    /// Types of these tables are about to change again: what was written down since the last change is led back by
    /// what is known of that one.
    pub(super) async fn end_watch_of_retyped(&mut self, tables: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        let retyped = self.watches.tables.values().filter(|w| !w.retyped.is_empty());
        let members = retyped.flat_map(|w| w.members.iter().map(|m| ObjectId::relation(*m)));
        let stale: BTreeSet<ObjectId> = members.filter(|m| tables.contains(m)).collect();
        self.end_watch_of(&stale).await
    }

    /// Tables whose rows changed since, by the counters and by their files, and that nobody watches though they
    /// could be: by number and, for the lesson, by name.
    pub(super) async fn unwatched(
        &self,
        since: &BTreeMap<u32, RowCounts>,
        emptied: &[ObjectId],
        without: &HashSet<u32>,
    ) -> Result<BTreeMap<u32, String>, MigrateError> {
        let mut tables: BTreeSet<u32> = self
            .counters
            .ahead_of_commit(&self.env)
            .await?
            .iter()
            .filter(|(oid, counts)| counts.since(since.get(oid).copied().unwrap_or_default()) != RowCounts::default())
            .map(|(oid, _)| *oid)
            .collect();
        tables.extend(emptied.iter().map(|id| id.oid));
        let tables: Vec<u32> = tables
            .into_iter()
            .filter(|oid| self.origin.is_old_table(*oid) && !self.watches.is_watched(*oid) && !without.contains(oid))
            .collect();
        if tables.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(self
            .origin
            .tables_to_watch(&self.env, &tables)
            .await?
            .into_iter()
            .map(|table| (table.root, table.name))
            .collect())
    }
}

/// Takes triggers away that a migration has left, each in a moment of its own. `false`: some are still there,
/// because somebody reads their table all the time.
///
/// # Errors
/// When the server says no.
pub async fn sweep(session: &Session, lock_timeout: Duration, retries: u32) -> Result<bool, DatabaseError> {
    let rows = session
        .rows(
            "SELECT pg_catalog.format('%I.%I()', n.nspname, p.proname) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
             WHERE n.nspname ~ '^backout_archive_' AND p.proname ~ '^backout_rows_' AND pg_catalog.pg_has_role(p.proowner, 'USAGE')",
        )
        .await?;
    let mut done = true;
    for row in rows {
        let function: String = row.get(0);
        let mut tries = Tries::new(lock_timeout, retries, None);
        loop {
            let patience = tries.patience().as_millis();
            let result = session
                .batch(&format!(
                    "BEGIN; SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = {patience}; DROP FUNCTION IF EXISTS {function} CASCADE; COMMIT"
                ))
                .await;
            let Err(error) = result else { break };
            session.batch("ROLLBACK").await?;
            if !error.is_retryable() {
                return Err(error);
            }
            if !tries.are_left() {
                done = false;
                break;
            }
            tries.later().await;
        }
    }
    Ok(done)
}

impl Watches {
    /// A file that switches all triggers of a table off means those of the application, not ours.
    pub(super) async fn switch_on(&self, env: &Environment<'_>) -> Result<(), MigrateError> {
        let members: Vec<String> = self.tables.values().flat_map(|w| &w.members).map(u32::to_string).collect();
        if members.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT pg_catalog.string_agg(pg_catalog.format('ALTER TABLE ONLY %s ENABLE TRIGGER %I', t.tgrelid::pg_catalog.regclass, t.tgname), '; ') \
             FROM pg_catalog.pg_trigger t WHERE t.tgrelid IN ({}) AND pg_catalog.starts_with(t.tgname::text, {}) AND t.tgenabled <> 'O'",
            members.join(", "),
            literal(PREFIX).trim_start()
        );
        match env.session.scalar(&sql).await.map_err(MigrateError::server("looking after triggers"))? {
            Some(sql) => env.own(&sql).await,
            None => Ok(()),
        }
    }

    /// How many statements have changed rows of a table so far.
    pub(super) async fn fires(
        &self,
        env: &Environment<'_>,
        gathered: &Gathered,
        table: ObjectId,
    ) -> Result<i64, MigrateError> {
        let before: i64 = gathered.images.iter().filter(|i| i.table == table).map(|i| i.fires).sum();
        let Some(watched) = self.tables.values().find(|w| w.members.contains(&table.oid)) else { return Ok(before) };
        if watched.fires.is_empty() {
            return Ok(before);
        }
        let sql = format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}", watched.fires);
        let now = env.session.scalar(&sql).await.map_err(MigrateError::server("counting what was kept"))?;
        Ok(before + now.and_then(|n| n.parse::<i64>().ok()).unwrap_or(0))
    }

    /// Whether changes of its rows are being written down at this moment.
    pub(super) fn is_watched(&self, oid: u32) -> bool {
        self.tables.values().any(|w| w.members.contains(&oid))
    }
}

impl Origin {
    /// Tables that a statement on rows names as written, and those that its foreign keys reach, as far as the
    /// text and the catalog say.
    pub(super) async fn written_by(
        &self,
        env: &Environment<'_>,
        statement: &Statement,
    ) -> Result<BTreeSet<u32>, MigrateError> {
        let Class::Rows(rows) = &statement.analysis.class else { return Ok(BTreeSet::new()) };
        let names: Vec<String> = rows.writes.iter().map(ToString::to_string).collect();
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut tables = env.by_name(&names).await?;
        let event = match rows.kind {
            // A rehearsal sees for itself, and its lessons say.
            _ if env.mode.learn || env.mode.lessons.is_some() => return Ok(tables),
            RowsKind::Delete | RowsKind::Merge => KeyEvent::Delete,
            RowsKind::Update => KeyEvent::Update,
            _ => return Ok(tables),
        };
        let mut open: Vec<u32> = tables.iter().copied().collect();
        while let Some(oid) = open.pop() {
            let root = self.catalog.root(ObjectId::relation(oid));
            for object in self.catalog.outside() {
                if let Detail::Constraint(c) = &object.detail
                    && c.foreign_table == Some(root)
                    && (c.writes_on(event) || c.writes_on(KeyEvent::Update))
                    && let Some(table) = object.parent
                    && tables.insert(table.oid)
                {
                    open.push(table.oid);
                }
            }
        }
        Ok(tables)
    }
}

impl Environment<'_> {
    /// Tables as a statement or a lesson names them, by number.
    pub(super) async fn by_name(&self, names: &[String]) -> Result<BTreeSet<u32>, MigrateError> {
        let found = self
            .session
            .query_typed(
                "SELECT pg_catalog.to_regclass(n)::oid FROM unnest($1) n WHERE pg_catalog.to_regclass(n) IS NOT NULL",
                &[(&names, Type::TEXT_ARRAY)],
            )
            .await
            .map_err(MigrateError::server("looking for tables by name"))?;
        Ok(found.iter().map(|row| row.get(0)).collect())
    }

    /// Whether this transaction holds the strongest lock on all of these already.
    async fn readers_wait_anyway(&self, tables: &[u32]) -> Result<bool, MigrateError> {
        let row = self
            .session
            .query_typed(
                "SELECT count(DISTINCT l.relation) FROM pg_catalog.pg_locks l WHERE l.pid = pg_catalog.pg_backend_pid() \
                 AND l.granted AND l.mode = 'AccessExclusiveLock' AND l.relation = ANY ($1)",
                &[(&tables, Type::OID_ARRAY)],
            )
            .await
            .map_err(MigrateError::server("reading the locks"))?;
        Ok(row.first().is_some_and(|row| usize::try_from(row.get::<_, i64>(0)).is_ok_and(|n| n == tables.len())))
    }
}
