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
use super::watchable::{Column, Table};
use super::{MigrateError, Run};
use crate::catalog::RowCounts;
use crate::session::{DatabaseError, Session};
use backout_reversal::{ImageColumn, RowChange, RowImages, SequenceValue, row_key};
use backout_schema::{Detail, KeyEvent, Object, ObjectId, ident, literal, qualified};
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
    key: Vec<i16>,
    /// Its columns as they are now, by which a change of the table is noticed.
    columns: Vec<Shape>,
    in_family: bool,
    /// The table itself and its partitions.
    members: Vec<u32>,
    function: String,
    fires: String,
    /// Columns that have another type than before.
    retyped: Vec<Retyped>,
}

/// Number, name and type.
type Shape = (i16, String, String);

impl Run<'_> {
    /// Sees to it that changes of rows of these tables are written down from now on, where that can be done.
    pub(super) async fn watch_rows(
        &mut self,
        tables: &BTreeSet<u32>,
        counts: &BTreeMap<u32, RowCounts>,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let tables: Vec<u32> = tables.iter().copied().filter(|oid| self.is_old_table(*oid)).collect();
        if tables.is_empty() {
            return Ok(());
        }
        for table in self.tables_to_watch(&tables).await? {
            let id = ObjectId::relation(table.root);
            let shape = |c: &Column| (c.number, c.name.clone(), c.data_type.clone());
            let columns: Vec<Shape> = table.columns.iter().map(shape).collect();
            // Nothing of the former row is left to be written down.
            let former = |c: &Column| self.before.contains(ObjectId::column(table.root, c.number));
            if !table.columns.iter().any(former) {
                continue;
            }
            if let Some(watched) = self.watched.get(&table.root) {
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
                let from = match self.unwatched_since.remove(&member.oid) {
                    Some(from) => from,
                    None if self.covered.contains(&member.oid) => since(counts),
                    None => since(rows_before),
                };
                // What the migration put into a table of its own goes with that.
                if self.is_old_table(member.oid) {
                    self.count_change(member.oid, since(counts).since(from));
                }
            }
            self.covered.extend(table.members.iter().map(|m| m.oid));
            let watched = self.begin_watch(id, &table, columns).await?;
            self.watched.insert(table.root, watched);
        }
        Ok(())
    }

    /// A file that switches all triggers of a table off means those of the application, not ours.
    pub(super) async fn switch_on(&self) -> Result<(), MigrateError> {
        let members: Vec<String> = self.watched.values().flat_map(|w| &w.members).map(u32::to_string).collect();
        if members.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT pg_catalog.string_agg(pg_catalog.format('ALTER TABLE ONLY %s ENABLE TRIGGER %I', t.tgrelid::pg_catalog.regclass, t.tgname), '; ') \
             FROM pg_catalog.pg_trigger t WHERE t.tgrelid IN ({}) AND pg_catalog.starts_with(t.tgname::text, {}) AND t.tgenabled <> 'O'",
            members.join(", "),
            literal(PREFIX).trim_start()
        );
        match self.session.scalar(&sql).await.map_err(MigrateError::server("looking after triggers"))? {
            Some(sql) => self.own(&sql).await,
            None => Ok(()),
        }
    }

    /// Adds to the changes of a table that are not written down.
    pub(super) fn count_change(&mut self, oid: u32, delta: RowCounts) {
        if delta == RowCounts::default() {
            return;
        }
        let change = self.unit.rows.entry(oid).or_insert_with(|| RowChange {
            table: self.before.identity(ObjectId::relation(oid)),
            inserted: 0,
            updated: 0,
            deleted: 0,
            truncated: false,
        });
        change.inserted += delta.inserted;
        change.updated += delta.updated;
        change.deleted += delta.deleted;
    }

    /// Whether the table was there before and is the user's.
    pub(super) fn is_old_table(&self, oid: u32) -> bool {
        let id = ObjectId::relation(oid);
        self.before.get(id).is_some_and(|t| matches!(t.detail, Detail::Table(_))) && !self.before.is_ours(id)
    }

    /// Makes the table for the images, the function that fills it and the triggers that call it.
    async fn begin_watch(&mut self, id: ObjectId, table: &Table, columns: Vec<Shape>) -> Result<Watched, MigrateError> {
        if self.sets_only_new_columns(id, table).await? {
            self.note_sequences(id).await?;
            let members = table.members.iter().map(|m| m.oid).collect();
            return Ok(Watched { columns, members, in_family: table.in_family, ..Watched::default() });
        }
        let before = self.before.get(id).cloned();
        let home = self.make_home(before.as_ref().and_then(|t| t.schema.as_deref()).unwrap_or("public")).await?;
        let era = 1 + self.unit.images.iter().filter(|image| image.table == id).count();
        let name = format!("rows_{}_{era}", id.oid);
        let (stored, fires) = (qualified(&home, &name), qualified(&home, &format!("{name}_fires")));
        let function = qualified(&home, &format!("{PREFIX}{}_{era}", id.oid));
        // Only what was there before has a value to go back to, under its name of then.
        let mut retyped = Vec::new();
        let mut beside: Vec<(String, String)> = Vec::new();
        let mut kept = Vec::new();
        let mut image = Vec::new();
        for column in &table.columns {
            let Some(then) = self.before.get(ObjectId::column(id.oid, column.number)) else { continue };
            let Detail::Column(detail) = &then.detail else { continue };
            // Values that were others before its type changed, and changed back, are led back as well.
            let led = self.unit.types.iter().any(|t| t.table == id && t.column == column.number);
            if led || !self.is_of_type(column, &detail.data_type) {
                let (old, new) = (detail.data_type.clone(), column.data_type.clone());
                retyped.push(Retyped { column: then.id, name: then.name.clone(), old, new });
                beside.push((ident(&then.name), ident(&column.name)));
                continue;
            }
            image.push(ImageColumn { name: then.name.clone(), as_text: column.as_text });
            kept.push((ident(&then.name), ident(&column.name), column));
        }
        let definitions: Vec<String> = kept
            .iter()
            .map(|(then, _, column)| {
                let data_type = if column.as_text { "text" } else { column.data_type.as_str() };
                let collation = column.collation.as_ref().filter(|_| !column.as_text);
                format!(", {then} {data_type}{}", collation.map_or(String::new(), |c| format!(" COLLATE {c}")))
            })
            .collect();
        // Such a column is written down as it is, and led back to its former type at the end.
        let definitions: Vec<String> =
            definitions.into_iter().chain(beside.iter().map(|(then, _)| format!(", {then} text"))).collect();
        let names = kept.iter().map(|(then, ..)| then).chain(beside.iter().map(|(then, _)| then));
        let into: String = names.map(|then| format!(", {then}")).collect();
        // Once its constraint is gone, a key may be there twice.
        let numbers = row_key(&self.before, id).filter(|key| table.tells_apart(key)).unwrap_or_default();
        let key: Vec<String> =
            numbers.iter().filter_map(|n| self.before.column_name(id.oid, *n)).map(str::to_owned).collect();
        // A key that is gone tells nothing apart; one of another type does if its values lead back one by one.
        let has = |k: &String| image.iter().any(|c| c.name == *k) || retyped.iter().any(|c| c.name == *k);
        let key = if key.iter().all(has) { key } else { Vec::new() };
        // Of rows that only one UPDATE changes, and nothing behind it, the images need only what it sets.
        let set = if retyped.is_empty() { self.set_alone(id, table, &key).await? } else { None };
        let from: String = kept
            .iter()
            .map(|(_, now, column)| format!(", r.{now}{}", if column.as_text { "::text" } else { "" }))
            .chain(beside.iter().map(|(_, now)| format!(", r.{now}::text")))
            .collect();
        let in_texts = match kept.iter().any(|(_, _, column)| column.as_text) || !beside.is_empty() {
            true => self.texts_of_function().await?,
            false => String::new(),
        };
        let xid = self.session.scalar("SELECT pg_catalog.pg_current_xact_id()").await;
        let xid = xid.map_err(MigrateError::server("asking for the transaction's number"))?.unwrap_or_default();
        let changed: Vec<_> = kept
            .iter()
            .filter(|(then, now, _)| {
                let named = |list: &[String], name: &str| list.iter().any(|n| ident(n) == name);
                named(&key, then) || set.as_ref().is_some_and(|set| named(set, now))
            })
            .collect();
        let changed_into: String = changed.iter().map(|(then, ..)| format!(", {then}")).collect();
        let changed_from: String = changed
            .iter()
            .map(|(_, now, column)| format!(", r.{now}{}", if column.as_text { "::text" } else { "" }))
            .collect();
        let put = |new: bool, from_rows: &str| {
            let (into, from) = if set.is_some() { (&changed_into, &changed_from) } else { (&into, &from) };
            format!(
                "INSERT INTO {stored} (backout_fire, backout_new{into}) SELECT backout.fire, {new}{from} FROM {from_rows} r;"
            )
        };
        let body = format!(
            "<<backout>> DECLARE fire bigint; \
             BEGIN \
             IF pg_catalog.pg_current_xact_id()::text <> {xid} OR pg_catalog.current_setting('backout.trial', true) = 'on' THEN RETURN NULL; END IF; \
             backout.fire := pg_catalog.nextval({fires_name}); \
             IF TG_OP = 'TRUNCATE' THEN EXECUTE pg_catalog.format({truncated}, backout.fire, TG_TABLE_SCHEMA, TG_TABLE_NAME); \
             ELSIF TG_OP = 'INSERT' THEN {inserted} \
             ELSIF TG_OP = 'DELETE' THEN {deleted} \
             ELSE {deleted} {inserted} END IF; \
             RETURN NULL; END",
            xid = literal(&xid).trim_start(),
            fires_name = literal(&fires).trim_start(),
            truncated = literal(&format!(
                "INSERT INTO {} (backout_fire, backout_new{}) SELECT %s, false{} FROM ONLY %I.%I r",
                stored.replace('%', "%%"),
                into.replace('%', "%%"),
                from.replace('%', "%%")
            ))
            .trim_start(),
            inserted = put(true, if table.in_family { "(SELECT NEW.*)" } else { "backout_new_rows" }),
            deleted = put(false, if table.in_family { "(SELECT OLD.*)" } else { "backout_old_rows" }),
        );
        let mut sql = format!(
            "CREATE SEQUENCE {fires}; \
             CREATE TABLE {stored} (backout_fire bigint NOT NULL, backout_new boolean NOT NULL{}); \
             CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET row_security = off{in_texts} AS {}",
            definitions.concat(),
            literal(&body).trim_start()
        );
        for member in &table.members {
            for (event, referencing) in [
                ("INSERT", "NEW TABLE AS backout_new_rows"),
                ("UPDATE", "OLD TABLE AS backout_old_rows NEW TABLE AS backout_new_rows"),
                ("DELETE", "OLD TABLE AS backout_old_rows"),
            ] {
                let each = match table.in_family {
                    true => "FOR EACH ROW".to_owned(),
                    false => format!("REFERENCING {referencing} FOR EACH STATEMENT"),
                };
                sql.push_str(&format!(
                    "; CREATE TRIGGER {PREFIX}{} AFTER {event} ON {} {each} EXECUTE FUNCTION {function}()",
                    event.to_lowercase(),
                    member.name
                ));
            }
            if member.leaf {
                sql.push_str(&format!(
                    "; CREATE TRIGGER {PREFIX}truncate BEFORE TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
                    member.name
                ));
            }
        }
        self.own(&sql).await?;
        self.note_sequences(id).await?;
        let key_is_used = !key.is_empty();
        let set = set.map(|set| {
            let changed = |c: &&ImageColumn| changed_names(&self.before, id, table, &set).contains(&c.name);
            image.iter().filter(changed).map(|c| c.name.clone()).collect()
        });
        (self.watch)(super::Event::Note(format!("keeping the rows of {} that change", table.name)));
        Ok(Watched {
            image: Some(RowImages {
                table: id,
                what: self.before.identity(id),
                schema: home,
                name,
                key,
                columns: image,
                set,
                retyped: Vec::new(),
                fires: 0,
                apart: self.partitions_apart(id, table),
            }),
            key: if key_is_used { numbers } else { Vec::new() },
            columns,
            in_family: table.in_family,
            members: table.members.iter().map(|m| m.oid).collect(),
            function: format!("{function}()"),
            fires,
            retyped,
        })
    }

    /// Tables that were partitions of this one, or of its partitions, and are not by now.
    fn partitions_apart(&self, id: ObjectId, table: &Table) -> Vec<ObjectId> {
        let whole = |o: &Object| match &o.detail {
            Detail::Table(t) => t.partition_of,
            _ => None,
        };
        let is_below = |o: &&Object| {
            let mut above = whole(o);
            while above.is_some_and(|above| above != id) {
                above = above.and_then(|above| self.before.get(above)).and_then(whole);
            }
            above.is_some()
        };
        let parts = self.before.outside().filter(is_below).map(|o| o.id);
        parts.filter(|part| !table.members.iter().any(|m| m.oid == part.oid)).collect()
    }

    /// Whether the one UPDATE of the migration fills what the migration added, and does nothing else to the table.
    async fn sets_only_new_columns(&self, id: ObjectId, table: &Table) -> Result<bool, MigrateError> {
        let Some((_, sets)) = self.sole_update.as_ref().filter(|(of, _)| *of == table.root) else { return Ok(false) };
        Ok(changed_names(&self.before, id, table, sets).is_empty() && self.changes_alone(table).await?)
    }

    /// The columns that a table's rows change in, if the running statement is all that changes them: it is the only
    /// one of the migration, and neither a trigger nor a foreign key of the table's own changes more.
    async fn set_alone(
        &self,
        id: ObjectId,
        table: &Table,
        key: &[String],
    ) -> Result<Option<Vec<String>>, MigrateError> {
        let Some((_, sets)) = self.sole_update.clone().filter(|(of, _)| *of == table.root) else { return Ok(None) };
        let names = changed_names(&self.before, id, table, &sets);
        if key.is_empty() || names.iter().any(|name| key.contains(name)) || !self.changes_alone(table).await? {
            return Ok(None);
        }
        Ok(Some(sets))
    }

    /// Whether nothing of the table's own follows when its rows change.
    async fn changes_alone(&self, table: &Table) -> Result<bool, MigrateError> {
        if table.members.len() != 1 || table.in_family {
            return Ok(false);
        }
        let others = self
            .session
            .scalar(&format!(
                "SELECT (EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = {0} AND NOT t.tgisinternal) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' AND c.confrelid = {0}) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = {0}))::text",
                table.root
            ))
            .await
            .map_err(MigrateError::server("looking for what else changes rows"))?;
        Ok(others.as_deref() == Some("false"))
    }

    /// What was written down becomes part of the inverse; a table that nothing was written into goes.
    async fn end_watch(&mut self, root: u32, now: bool) -> Result<(), MigrateError> {
        let Some(watched) = self.watched.remove(&root) else { return Ok(()) };
        let Some(mut image) = watched.image else { return Ok(()) };
        let sql = format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}", watched.fires);
        let fires = self.session.scalar(&sql).await.map_err(MigrateError::server("counting what was kept"))?;
        image.fires = fires.and_then(|n| n.parse().ok()).unwrap_or(0);
        if image.set.is_some() && image.fires > 1 {
            return Err(MigrateError::Unsupported(format!(
                "rows of {} were changed more than once by one UPDATE",
                image.what
            )));
        }
        if now || self.readers_wait_anyway(&watched.members).await? {
            // Without a word about triggers that nobody else knows.
            self.own(&format!(
                "SELECT pg_catalog.set_config('backout.messages', pg_catalog.current_setting('client_min_messages'), true); \
                 SET LOCAL client_min_messages = warning; DROP FUNCTION {} CASCADE; \
                 SELECT pg_catalog.set_config('client_min_messages', pg_catalog.current_setting('backout.messages'), true)",
                watched.function
            ))
            .await?;
        } else {
            self.triggers_left = true;
        }
        let stored = qualified(&image.schema, &image.name);
        if image.fires > 0 {
            let files_own = if watched.retyped.is_empty() { None } else { Some(self.write_texts().await?) };
            self.lead_back(&mut image, watched.retyped).await?;
            if let Some(files_own) = files_own {
                self.texts_written(files_own).await?;
            }
        }
        if image.fires == 0 {
            self.own(&format!("DROP TABLE {stored}; DROP SEQUENCE {}", watched.fires)).await?;
        } else {
            self.own(&format!("DROP SEQUENCE {}", watched.fires)).await?;
            self.unit.images.push(image);
        }
        Ok(())
    }

    /// Ends every watch, at the end of a transaction.
    pub(super) async fn end_watches(&mut self) -> Result<(), MigrateError> {
        let roots: Vec<u32> = self.watched.keys().copied().collect();
        for root in roots {
            self.end_watch(root, false).await?;
        }
        self.covered.clear();
        self.unwatched_since.clear();
        // What comes now is ours (the tool's history row), and taken back in a way of its own.
        self.own("SET LOCAL backout.trial = on").await?;
        self.read_sequences().await
    }

    /// How many statements have changed rows of a table so far.
    pub(super) async fn fires(&self, table: ObjectId) -> Result<i64, MigrateError> {
        let before: i64 = self.unit.images.iter().filter(|i| i.table == table).map(|i| i.fires).sum();
        let Some(watched) = self.watched.values().find(|w| w.members.contains(&table.oid)) else { return Ok(before) };
        if watched.fires.is_empty() {
            return Ok(before);
        }
        let sql = format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}", watched.fires);
        let now = self.session.scalar(&sql).await.map_err(MigrateError::server("counting what was kept"))?;
        Ok(before + now.and_then(|n| n.parse::<i64>().ok()).unwrap_or(0))
    }

    /// Whether changes of its rows are being written down at this moment.
    pub(super) fn is_watched(&self, oid: u32) -> bool {
        self.watched.values().any(|w| w.members.contains(&oid))
    }

    pub(super) fn forget_watches(&mut self) {
        self.watched.clear();
        self.covered.clear();
        self.unwatched_since.clear();
        self.counting.clear();
        self.triggers_left = false;
    }

    /// A table is about to be moved into the archive: its triggers must not go with it.
    pub(super) async fn end_watch_of(&mut self, tables: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        let roots: Vec<u32> = self
            .watched
            .iter()
            .filter(|(_, w)| w.members.iter().any(|m| tables.contains(&ObjectId::relation(*m))))
            .map(|(root, _)| *root)
            .collect();
        if roots.is_empty() {
            return Ok(());
        }
        let counts = self.row_counts().await?;
        for root in roots {
            // The rest of a tree of partitions stays, and may be changed again.
            let members = self.watched.get(&root).map(|w| w.members.clone()).unwrap_or_default();
            self.end_watch(root, true).await?;
            self.unwatched_since
                .extend(members.into_iter().map(|oid| (oid, counts.get(&oid).copied().unwrap_or_default())));
        }
        Ok(())
    }

    /// Types of these tables are about to change again: what was written down since the last change is led back by
    /// what is known of that one.
    pub(super) async fn end_watch_of_retyped(&mut self, tables: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        let retyped = self.watched.values().filter(|w| !w.retyped.is_empty());
        let members = retyped.flat_map(|w| w.members.iter().map(|m| ObjectId::relation(*m)));
        let stale: BTreeSet<ObjectId> = members.filter(|m| tables.contains(m)).collect();
        self.end_watch_of(&stale).await
    }

    /// Tables that a statement on rows names as written, and those that its foreign keys reach, as far as the
    /// text and the catalog say.
    pub(super) async fn written_by(&self, statement: &Statement) -> Result<BTreeSet<u32>, MigrateError> {
        let Class::Rows(rows) = &statement.analysis.class else { return Ok(BTreeSet::new()) };
        let names: Vec<String> = rows.writes.iter().map(ToString::to_string).collect();
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut tables = self.by_name(&names).await?;
        let event = match rows.kind {
            // A rehearsal sees for itself, and its lessons say.
            _ if self.mode.learn || self.mode.lessons.is_some() => return Ok(tables),
            RowsKind::Delete | RowsKind::Merge => KeyEvent::Delete,
            RowsKind::Update => KeyEvent::Update,
            _ => return Ok(tables),
        };
        let mut open: Vec<u32> = tables.iter().copied().collect();
        while let Some(oid) = open.pop() {
            let root = self.before.root(ObjectId::relation(oid));
            for object in self.before.outside() {
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

    /// Tables whose rows changed since, by the counters and by their files, and that nobody watches though they
    /// could be: by number and, for the lesson, by name.
    pub(super) async fn unwatched(
        &self,
        since: &BTreeMap<u32, RowCounts>,
        emptied: &[ObjectId],
        without: &HashSet<u32>,
    ) -> Result<BTreeMap<u32, String>, MigrateError> {
        let mut tables: BTreeSet<u32> = self
            .ahead_of_commit()
            .await?
            .iter()
            .filter(|(oid, counts)| counts.since(since.get(oid).copied().unwrap_or_default()) != RowCounts::default())
            .map(|(oid, _)| *oid)
            .collect();
        tables.extend(emptied.iter().map(|id| id.oid));
        let tables: Vec<u32> = tables
            .into_iter()
            .filter(|oid| self.is_old_table(*oid) && !self.is_watched(*oid) && !without.contains(oid))
            .collect();
        if tables.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(self.tables_to_watch(&tables).await?.into_iter().map(|table| (table.root, table.name)).collect())
    }

    /// Tables as a statement or a lesson names them, by number.
    pub(super) async fn by_name(&self, names: &[String]) -> Result<BTreeSet<u32>, MigrateError> {
        let found = self
            .session
            .client
            .query_typed(
                "SELECT pg_catalog.to_regclass(n)::oid FROM unnest($1) n WHERE pg_catalog.to_regclass(n) IS NOT NULL",
                &[(&names, Type::TEXT_ARRAY)],
            )
            .await
            .map_err(MigrateError::asking("looking for tables by name"))?;
        Ok(found.iter().map(|row| row.get(0)).collect())
    }

    /// What a trial did to rows, which the counters remember, shall not count.
    pub(super) async fn take_back(&mut self, since: &BTreeMap<u32, RowCounts>) -> Result<(), MigrateError> {
        for (oid, counts) in self.row_counts().await? {
            let trial = counts.since(since.get(&oid).copied().unwrap_or_default());
            let sum = self.discount.entry(oid).or_default();
            sum.inserted += trial.inserted;
            sum.updated += trial.updated;
            sum.deleted += trial.deleted;
        }
        Ok(())
    }

    /// Whether this transaction holds the strongest lock on all of these already.
    async fn readers_wait_anyway(&self, tables: &[u32]) -> Result<bool, MigrateError> {
        let row = self
            .session
            .client
            .query_typed(
                "SELECT count(DISTINCT l.relation) FROM pg_catalog.pg_locks l WHERE l.pid = pg_catalog.pg_backend_pid() \
                 AND l.granted AND l.mode = 'AccessExclusiveLock' AND l.relation = ANY ($1)",
                &[(&tables, Type::OID_ARRAY)],
            )
            .await
            .map_err(MigrateError::asking("reading the locks"))?;
        Ok(row.first().is_some_and(|row| usize::try_from(row.get::<_, i64>(0)).is_ok_and(|n| n == tables.len())))
    }

    /// All sequences of the user, as they stand: a trial counts on, and no rollback takes that back.
    pub(super) async fn all_sequences(&self) -> Result<BTreeMap<ObjectId, (u32, i64, bool)>, MigrateError> {
        self.numbers_of("n.nspname !~ '^backout' AND pg_catalog.has_sequence_privilege(c.oid, 'UPDATE')").await
    }

    /// Sets those back that a trial has used. Nobody else counts on a clone.
    pub(super) async fn reset_sequences(
        &self,
        then: &BTreeMap<ObjectId, (u32, i64, bool)>,
    ) -> Result<(), MigrateError> {
        for (id, (_, last_value, is_called)) in self.all_sequences().await? {
            let before = then.get(&id).filter(|(_, value, called)| (*value, *called) != (last_value, is_called));
            let Some((_, value, called)) = before else { continue };
            self.own(&format!("SELECT pg_catalog.setval({}::oid::pg_catalog.regclass, {value}, {called})", id.oid))
                .await?;
        }
        Ok(())
    }

    /// What triggers that wait for COMMIT would do to rows now, seen and taken back.
    pub(super) async fn ahead_of_commit(&self) -> Result<BTreeMap<u32, RowCounts>, MigrateError> {
        let waits = self
            .session
            .scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgdeferrable AND NOT tgisinternal)")
            .await
            .map_err(MigrateError::server("looking for deferred triggers"))?;
        if waits.as_deref() != Some("t") {
            return self.row_counts().await;
        }
        self.savepoint("backout_deferred").await?;
        // What fails here fails, or does not, at COMMIT.
        let _ = self.session.batch("SET CONSTRAINTS ALL IMMEDIATE").await;
        self.own("ROLLBACK TO SAVEPOINT backout_deferred; RELEASE SAVEPOINT backout_deferred").await?;
        self.row_counts().await
    }

    /// Where the sequences of a watched table stand before anything is written.
    async fn note_sequences(&mut self, table: ObjectId) -> Result<(), MigrateError> {
        let sequences: Vec<ObjectId> = self
            .before
            .objects()
            .filter(|o| matches!(&o.detail, Detail::Sequence(s) if s.owned_by.is_some_and(|c| c.oid == table.oid)))
            .map(|o| o.id)
            .filter(|id| !self.unit.sequences.iter().any(|s| s.sequence == *id))
            .filter(|id| !self.counting.iter().any(|s| s.sequence == *id))
            .collect();
        for id in sequences {
            if let Some((last_value, is_called)) = self.sequence_value(id).await? {
                self.counting.push(SequenceValue { sequence: id, last_value, is_called, left: None, restarted: false });
            }
        }
        Ok(())
    }

    /// Where all sequences of before stand, and their files: who sets one to another number gives it a new file.
    pub(super) async fn numbers(&self) -> Result<BTreeMap<ObjectId, (u32, i64, bool)>, MigrateError> {
        let is_old = |o: &&Object| matches!(o.detail, Detail::Sequence(_)) && !self.before.is_ours(o.id);
        let oids: Vec<String> = self.before.objects().filter(is_old).map(|o| o.id.oid.to_string()).collect();
        self.numbers_of(&format!("c.oid = ANY ('{{{}}}'::oid[])", oids.join(","))).await
    }

    /// Of all sequences that this is true of, and that may be read: their files, their values, and whether those were
    /// given out.
    async fn numbers_of(&self, condition: &str) -> Result<BTreeMap<ObjectId, (u32, i64, bool)>, MigrateError> {
        let sql = format!(
            "SELECT pg_catalog.format('SELECT %s::oid, %s::oid, last_value, is_called FROM %I.%I', c.oid, c.relfilenode, n.nspname, c.relname) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AND {condition} END"
        );
        let names = self.session.client.query_typed(&sql, &[]).await;
        let names = names.map_err(MigrateError::asking("reading the sequences"))?;
        let queries: Vec<String> = names.iter().map(|row| row.get(0)).collect();
        let mut found = BTreeMap::new();
        for some in queries.chunks(500) {
            let rows = self.session.client.query_typed(&some.join(" UNION ALL "), &[]).await;
            let rows = rows.map_err(MigrateError::asking("reading the sequences' values"))?;
            found.extend(rows.iter().map(|r| (ObjectId::relation(r.get(0)), (r.get(1), r.get(2), r.get(3)))));
        }
        Ok(found)
    }

    /// Notes those that have another file than before.
    pub(super) async fn note_restarted(
        &mut self,
        before: BTreeMap<ObjectId, (u32, i64, bool)>,
    ) -> Result<(), MigrateError> {
        let now = self.numbers().await?;
        for (sequence, (file, last_value, is_called)) in before {
            let is_new = now.get(&sequence).is_some_and(|(now, ..)| *now != file);
            let known = |list: &[SequenceValue]| list.iter().any(|s| s.sequence == sequence);
            if is_new && !known(&self.unit.sequences) && !known(&self.counting) {
                self.counting.push(SequenceValue { sequence, last_value, is_called, left: None, restarted: true });
            } else if is_new && let Some(known) = self.counting.iter_mut().find(|s| s.sequence == sequence) {
                known.restarted = true;
            }
        }
        Ok(())
    }

    /// Where they stand afterwards.
    async fn read_sequences(&mut self) -> Result<(), MigrateError> {
        for mut value in std::mem::take(&mut self.counting) {
            if let Some(now) = self.sequence_value(value.sequence).await?
                && now != (value.last_value, value.is_called)
                && !self.unit.sequences.iter().any(|s| s.sequence == value.sequence)
            {
                value.left = Some(now);
                self.unit.sequences.push(value);
            }
        }
        Ok(())
    }

    async fn sequence_value(&self, id: ObjectId) -> Result<Option<(i64, bool)>, MigrateError> {
        let asked = MigrateError::asking("reading a sequence's value");
        let name = self
            .session
            .client
            .query_typed(
                "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = $1 AND c.relkind = 'S' AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT')",
                &[(&id.oid, Type::OID)],
            )
            .await
            .map_err(&asked)?;
        let Some(name) = name.first() else { return Ok(None) };
        let sql = format!("SELECT last_value, is_called FROM {}", qualified(name.get(0), name.get(1)));
        let row = self.session.client.query_typed(&sql, &[]).await.map_err(&asked)?;
        Ok(row.first().map(|row| (row.get(0), row.get(1))))
    }
}

/// Takes triggers away that a migration has left, each in a moment of its own. `false`: some are still there,
/// because somebody reads their table all the time.
///
/// # Errors
/// When the server says no.
pub async fn sweep(session: &Session, lock_timeout: Duration, attempts: u32) -> Result<bool, DatabaseError> {
    let rows = session
        .rows(
            "SELECT pg_catalog.format('%I.%I()', n.nspname, p.proname) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
             WHERE n.nspname ~ '^backout_archive_' AND p.proname ~ '^backout_rows_' AND pg_catalog.pg_has_role(p.proowner, 'USAGE')",
        )
        .await?;
    let mut done = true;
    for row in rows {
        let function: String = row.get(0);
        let mut attempt = 1;
        loop {
            let patience = crate::locks::patience(attempt, lock_timeout).as_millis();
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
            if attempt >= attempts {
                done = false;
                break;
            }
            tokio::time::sleep(Duration::from_millis(50).saturating_mul(attempt.min(20))).await;
            attempt += 1;
        }
    }
    Ok(done)
}

/// The names of before of columns that are named as they are now.
fn changed_names(before: &backout_schema::Catalog, id: ObjectId, table: &Table, sets: &[String]) -> Vec<String> {
    let numbers = table.columns.iter().filter(|c| sets.contains(&c.name)).map(|c| c.number);
    numbers.filter_map(|n| before.column_name(id.oid, n)).map(str::to_owned).collect()
}
