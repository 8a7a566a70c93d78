//! One statement, run so that what it destroys is kept and what it must not do is noticed.

use super::error::Place;
use super::guards;
use super::units::may_destroy;
use super::{Event, MigrateError, Run, TakenLock, Timing};
use crate::boxed;
use crate::catalog::{RowCounts, census};
use crate::session::{DatabaseError, Session};
use backout_reversal::RowChange;
use backout_schema::{Census, Class as Kind, Detail, ObjectId};
use backout_sql::analysis::{AlterKind, Class, Ddl, DropKind, RowsKind, TransactionCommand};
use backout_sql::script::{CopyData, CopyIn, Item, Statement};
use bytes::Bytes;
use futures_util::SinkExt;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use tokio::io::AsyncReadExt;

/// A statement on rows or code, with the data that COPY takes.
struct Deed<'a> {
    statement: &'a Statement,
    data: Option<&'a CopyIn>,
}

impl MigrateError {
    /// A statement of ours that stands for a part of the migration's.
    pub(super) fn statement_part(statement: &Statement, sql: &str, source: DatabaseError) -> MigrateError {
        MigrateError::Statement {
            place: Box::new(Place {
                location: statement.location.to_string(),
                statement: format!("{}\n-- as: {sql}", statement.text),
            }),
            attempts: 1,
            source,
        }
    }
}

impl Run<'_> {
    pub(super) async fn item(
        &mut self,
        item: &Item,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let started = Instant::now();
        match item {
            Item::Echo { text, .. } => {
                (self.watch)(Event::Echo(text.clone()));
                return Ok(());
            }
            Item::Statement(statement) => {
                self.announce(statement);
                let numbers = if statement.analysis.restarts { Some(self.numbers().await?) } else { None };
                self.statement(statement, rows_before).await.map_err(|error| placed(error, statement))?;
                if let Some(numbers) = numbers {
                    self.note_restarted(numbers).await?;
                }
            }
            Item::Copy(copy) => {
                self.announce(&copy.statement);
                let deed = Deed { statement: &copy.statement, data: Some(copy) };
                self.code(&deed, rows_before).await.map_err(|error| placed(error, &copy.statement))?;
            }
            Item::Generate(statement) => {
                self.announce(statement);
                self.generate(statement, rows_before).await.map_err(|error| placed(error, statement))?;
            }
        }
        if let Some(statement) = item.statement() {
            let ms = started.elapsed().as_secs_f64() * 1e3;
            let locks = if self.mode.learn { self.new_locks().await? } else { Vec::new() };
            self.timings.push(Timing {
                location: statement.location.to_string(),
                tag: statement.analysis.tag.clone(),
                ms,
                locks,
            });
        }
        Ok(())
    }

    fn announce(&self, statement: &Statement) {
        (self.watch)(Event::Statement { location: statement.location.to_string(), text: statement.text.clone() });
    }

    async fn statement(
        &mut self,
        statement: &Statement,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        match &statement.analysis.class {
            Class::Transaction(TransactionCommand::Savepoint(_) | TransactionCommand::Release(_)) | Class::Additive => {
                self.plain(statement).await
            }
            Class::Transaction(TransactionCommand::RollbackTo(_)) => Err(MigrateError::guard(
                statement,
                "ROLLBACK TO in a migration takes back what was kept before it",
                "leave it out",
            )),
            Class::Transaction(_) | Class::OutsideTransaction(_) => {
                Err(MigrateError::guard(statement, format!("{} cannot run here", statement.analysis.tag), ""))
            }
            Class::Session(command) => {
                if guards::setting(statement, command, self.rules)? {
                    self.plain(statement).await?;
                } else {
                    self.keep_budget(statement, command).await?;
                }
                self.session_is_ours(statement).await
            }
            Class::Ddl(ddl) => {
                self.reshaped = true;
                self.ddl(statement, ddl, rows_before).await?;
                self.look_around(statement, rows_before, None).await
            }
            Class::Rows(_) | Class::Code => match self.writes_elsewhere(statement).await? {
                Some(how) => Err(MigrateError::guard(
                    statement,
                    format!("{how}: no rollback and no undo takes that back"),
                    "do that apart from the migration",
                )),
                None => self.code(&Deed { statement, data: None }, rows_before).await,
            },
        }
    }

    async fn plain(&self, statement: &Statement) -> Result<(), MigrateError> {
        self.session.batch(&statement.text).await.map_err(|source| MigrateError::statement(statement, source))?;
        if matches!(statement.analysis.tag.as_str(), "DEALLOCATE" | "DISCARD") {
            self.session.forget_prepared();
        }
        Ok(())
    }

    /// A statement that can destroy objects but runs no code: tried inside a savepoint, and done
    /// otherwise if it destroys something worth keeping.
    async fn ddl(
        &mut self,
        statement: &Statement,
        ddl: &Ddl,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let harmless = ddl.drop.is_none() && !ddl.truncates && !ddl.alters.iter().any(may_destroy);
        if harmless {
            return self.plain(statement).await;
        }
        let mut before = census(self.session).await?;
        let trial = self.session.savepoint_and("backout_trial", "SET LOCAL backout.trial = on").await;
        trial.map_err(MigrateError::server("keeping what the migration drops"))?;
        // What it says of a DROP that is done otherwise would speak of objects of the archive.
        let tried = self.session.batch_unheard(&statement.text).await;
        let (said, (gone, rewritten)) = match tried {
            Ok(said) => {
                let after = census(self.session).await?;
                (said, self.ours(&before, &after).await?)
            }
            Err(error) => {
                self.own("ROLLBACK TO SAVEPOINT backout_trial").await?;
                return self.blocked_by_archive(statement, error, &before).await;
            }
        };
        self.protected_not_among(statement, &gone)?;
        self.give_up_others(&gone).await?;
        let takes_rows = gone.iter().any(|id| self.worth_keeping(*id));
        let loses_rows = ddl.truncates || ddl.alters.iter().any(|a| matches!(a, AlterKind::AlterType(_)));
        let rewritten: Vec<ObjectId> =
            rewritten.into_iter().filter(|id| loses_rows && self.existed.contains(id)).collect();
        let may_reach_archive =
            self.keeps_something() && !gone.is_empty() || gone.iter().any(|id| self.before.is_ours(*id));
        if !takes_rows && !may_reach_archive && rewritten.is_empty() {
            self.session.tell(said);
            return self.own("SET LOCAL backout.trial = off; RELEASE SAVEPOINT backout_trial").await;
        }
        self.own("ROLLBACK TO SAVEPOINT backout_trial; RELEASE SAVEPOINT backout_trial").await?;
        self.baseline.budget(self.session, self.patience).await?;
        let mut catalog = self.catalog_now().await?;
        let reaches_archive = gone.iter().any(|id| catalog.is_ours(*id));
        if !takes_rows && !reaches_archive && rewritten.is_empty() {
            return self.plain(statement).await;
        }
        if ddl.truncates {
            return self.truncate(statement, &catalog, &rewritten, rows_before).await;
        }
        if !rewritten.is_empty() {
            return self.retype(statement, ddl, &catalog, &rewritten, &gone).await;
        }
        let hiding = self.hide_columns(statement, ddl, &catalog, &gone).await?;
        let mut gone: BTreeSet<ObjectId> = gone.difference(&hiding.stays).copied().collect();
        let foreseen: BTreeSet<ObjectId> = gone.union(&hiding.stand_ins).copied().collect();
        if !hiding.stays.is_empty() {
            gone.retain(|id| !hiding.dropped.contains(id));
            catalog = self.catalog_now().await?;
        }
        self.keep_columns(&catalog, &gone).await?;
        let tables = gone.iter().any(|id| {
            self.existed.contains(id)
                && catalog.get(*id).is_some_and(|o| o.holds_rows() || matches!(o.detail, Detail::Sequence(_)))
        });
        if tables || reaches_archive {
            if ddl.drop.as_ref().is_some_and(|drop| drop.kind == DropKind::Owned) {
                return Err(MigrateError::guard(
                    statement,
                    "DROP OWNED takes tables along, and privileges with them that only it takes away",
                    "drop the tables by DROP TABLE first, then what is left by DROP OWNED",
                ));
            }
            self.end_watch_of(&gone).await?;
            before = census(self.session).await?;
            // What does more than drop runs itself, once the counters are out of its way.
            // That of an identity column is a part of it.
            let is_counter = |id: &&ObjectId| {
                reaches_archive
                    || matches!(catalog.get(**id).map(|o| &o.detail), Some(Detail::Sequence(s)) if !s.identity)
            };
            let moving: BTreeSet<ObjectId> = if ddl.drop.is_some() {
                gone.clone()
            } else {
                // With what stands on a counter, which the statement would not find standing on it.
                let counters: BTreeSet<ObjectId> = gone.iter().filter(is_counter).copied().collect();
                let on_counters = catalog.dependent_closure(counters.iter().copied());
                let goes_along = |id: &ObjectId| {
                    gone.contains(id) && catalog.get(*id).is_some_and(|o| !o.is_column() && !o.is_table())
                };
                counters.into_iter().chain(on_counters.into_iter().filter(goes_along)).collect()
            };
            let done = self.drop_by_moving(statement, &catalog, &moving).await?;
            // A statement that did more than drop still has to do the rest.
            if !done || ddl.drop.is_none() {
                self.plain(statement).await?;
            }
        } else {
            self.plain(statement).await?;
        }
        self.gone_as_foreseen(statement, &before, &foreseen).await
    }

    /// The real thing must have destroyed what the trial did, and moved things must be whole.
    async fn gone_as_foreseen(
        &self,
        statement: &Statement,
        before: &Census,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let after = census(self.session).await?;
        let (gone_now, _) = self.ours(before, &after).await?;
        let moved: BTreeSet<u32> = self.unit.moved.iter().map(|m| m.id.oid).collect();
        let unforeseen: Vec<ObjectId> =
            gone_now.iter().copied().filter(|id| !gone.contains(id) && id.class != Kind::Default).collect();
        let lost_columns =
            gone_now.iter().any(|id| id.class == Kind::Relation && id.sub != 0 && moved.contains(&id.oid));
        let left: Vec<ObjectId> = gone
            .iter()
            .copied()
            .filter(|id| after.rows.contains_key(id))
            // What is part of something that was moved went with it.
            .filter(|id| !self.unit.moved.iter().any(|m| m.id == *id || m.id == self.before.root(*id)))
            .collect();
        let still_outside = if left.is_empty() {
            false
        } else {
            let catalog = self.catalog_now().await?;
            left.iter().any(|id| catalog.contains(*id) && !catalog.is_ours(*id))
        };
        if unforeseen.is_empty() && !lost_columns && !still_outside {
            return Ok(());
        }
        let catalog = &self.before;
        let names: Vec<String> = unforeseen.iter().chain(&left).map(|id| catalog.identity(*id)).collect();
        Err(MigrateError::guard(
            statement,
            format!("keeping what it drops did not do what the drop itself does: {}", names.join(", ")),
            "this is a limit of Backout: please report the statement",
        ))
    }

    /// A drop that plain SQL allows can fail here because something in the archive still uses the
    /// object. Then the object goes into the archive as well.
    async fn blocked_by_archive(
        &mut self,
        statement: &Statement,
        error: DatabaseError,
        before: &Census,
    ) -> Result<(), MigrateError> {
        let plain_error = MigrateError::statement(statement, error);
        let depends = plain_error.database_error().is_some_and(|e| e.has_code("2BP01"));
        let Some(cascade) = statement.with_cascade().filter(|_| depends) else {
            return Err(plain_error);
        };
        if self.session.batch_unheard(&cascade).await.is_err() {
            return Err(plain_error);
        }
        let after = census(self.session).await?;
        let (gone, _) = self.ours(before, &after).await?;
        self.own("ROLLBACK TO SAVEPOINT backout_trial; RELEASE SAVEPOINT backout_trial").await?;
        let catalog = self.catalog_now().await?;
        // Only the archive may be in the way: what else CASCADE takes, plain SQL would have refused.
        let targets: BTreeSet<ObjectId> = gone.iter().copied().filter(|id| !catalog.is_ours(*id)).collect();
        let foreign = targets.iter().any(|id| {
            catalog.needs(*id).any(|d| {
                d.kind == backout_schema::DependencyKind::Normal
                    && targets.contains(&d.to)
                    && catalog.root(d.from) != catalog.root(d.to)
            })
        });
        if foreign || targets.len() == gone.len() && !self.keeps_something() {
            return Err(plain_error);
        }
        self.protected_not_among(statement, &targets)?;
        self.give_up_others(&gone).await?;
        self.end_watch_of(&gone).await?;
        if self.drop_by_moving(statement, &catalog, &gone).await? { Ok(()) } else { Err(plain_error) }
    }

    /// Whether something of this migration lies in the archive that may be made of what goes.
    fn keeps_something(&self) -> bool {
        !(self.unit.moved.is_empty() && self.unit.columns.is_empty() && self.unit.tables.is_empty())
    }

    fn protected_not_among(&self, statement: &Statement, gone: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        match self.protected.iter().find(|p| gone.contains(&p.id)) {
            None => Ok(()),
            Some(table) => Err(MigrateError::guard(statement, table.dropped(), guards::RECREATED)),
        }
    }

    /// Rows, values or counters that existed before the migration hang on it.
    fn worth_keeping(&self, id: ObjectId) -> bool {
        if !self.existed.contains(&id) || id.class != Kind::Relation {
            return false;
        }
        self.before.get(id).is_some_and(|o| {
            o.holds_rows()
                || matches!(o.detail, Detail::Sequence(_))
                || (o.is_column() && self.before.get(ObjectId::relation(id.oid)).is_some_and(|t| t.holds_rows()))
        })
    }

    /// Every row is written down before it goes.
    async fn truncate(
        &mut self,
        statement: &Statement,
        catalog: &backout_schema::Catalog,
        tables: &[ObjectId],
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let counts = self.row_counts().await?;
        self.watch_rows(&tables.iter().map(|id| id.oid).collect(), &counts, rows_before).await?;
        let (written, lost): (Vec<ObjectId>, Vec<ObjectId>) = tables.iter().partition(|id| self.is_watched(id.oid));
        self.count_truncated(catalog, &lost).await?;
        // A table that forces row security would show its owner a part of the rows.
        for id in &written {
            self.open_rows(catalog, *id).await?;
        }
        self.plain(statement).await?;
        for id in &written {
            self.close_rows(catalog, *id).await?;
        }
        Ok(())
    }

    async fn count_truncated(
        &mut self,
        catalog: &backout_schema::Catalog,
        tables: &[ObjectId],
    ) -> Result<(), MigrateError> {
        for id in tables {
            let rows = self.count_all(catalog, *id).await;
            if rows != Some(0) {
                let change = self.unit.rows.entry(id.oid).or_insert_with(|| RowChange {
                    table: self.before.identity(*id),
                    inserted: 0,
                    updated: 0,
                    deleted: 0,
                    truncated: false,
                });
                change.deleted += rows.and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
                change.truncated = true;
            }
        }
        Ok(())
    }

    /// A change of type that rewrites the table: does the old type get every value back?
    async fn retype(
        &mut self,
        statement: &Statement,
        ddl: &Ddl,
        catalog: &backout_schema::Catalog,
        rewritten: &[ObjectId],
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        self.keep_columns(catalog, gone).await?;
        let altered: Vec<&str> = ddl
            .alters
            .iter()
            .filter_map(|a| match a {
                AlterKind::AlterType(column) => Some(column.as_str()),
                _ => None,
            })
            .collect();
        let mut laid_out = Vec::new();
        // ALTER TYPE of a parent reaches its children and partitions, and so does the way back.
        let tables: BTreeSet<ObjectId> =
            rewritten.iter().map(|table| top_of_columns(catalog, *table, &altered)).collect();
        self.end_watch_of_retyped(&tables).await?;
        let files_own = self.write_texts().await?;
        for table in &tables {
            let columns: Vec<ObjectId> = catalog
                .columns(*table)
                .iter()
                .filter(|c| altered.contains(&c.name.as_str()) && self.existed.contains(&c.id))
                .map(|c| c.id)
                .collect();
            self.open_rows(catalog, *table).await?;
            for column in columns {
                laid_out.extend(self.lay_out(catalog, column, &altered).await?);
            }
            self.close_rows(catalog, *table).await?;
        }
        self.texts_written(files_own).await?;
        self.plain(statement).await?;
        self.note_labels(&tables).await?;
        let files_own = self.write_texts().await?;
        for values in laid_out {
            self.judge_type(catalog, values).await?;
        }
        self.texts_written(files_own).await
    }

    /// Statements that run code: kept from what the rehearsal learned, then run once; on a clone, run
    /// for learning and then again.
    async fn code(&mut self, deed: &Deed<'_>, rows_before: &BTreeMap<u32, RowCounts>) -> Result<(), MigrateError> {
        let statement = deed.statement;
        self.switch_on().await?;
        let moment = self.moment().await?;
        let mut foreseen = self.written_by(statement).await?;
        self.sole_update = match &statement.analysis.class {
            Class::Rows(rows) if self.deeds == 1 && rows.kind == RowsKind::Update && !rows.calls_functions => {
                let names: Vec<String> = rows.writes.iter().map(ToString::to_string).collect();
                let table = self.by_name(&names).await?;
                let one = table.first().filter(|_| table.len() == 1 && !rows.sets.is_empty());
                one.map(|table| (*table, rows.sets.clone()))
            }
            _ => None,
        };
        if let Some(names) = self.mode.lessons.and_then(|l| l.touched.get(&self.ordinal)) {
            foreseen.extend(self.by_name(names).await?);
        }
        // Code may write what it does not name, and what writes its rows down names their columns.
        foreseen.extend(self.reshaped.then(|| self.watched.keys().copied()).into_iter().flatten());
        let sole_rows = matches!(&statement.analysis.class, Class::Rows(rows) if !rows.calls_functions);
        self.reshaped = !sole_rows;
        self.end_watch_of_columns(&self.foretold_types()).await?;
        self.watch_rows(&foreseen, &moment.rows, rows_before).await?;
        self.run_code(deed, &moment, rows_before).await?;
        self.look_around(statement, rows_before, Some(&moment)).await
    }

    /// Columns that the rehearsal saw getting another type by this statement.
    fn foretold_types(&self) -> Vec<String> {
        self.mode.lessons.and_then(|l| l.retyped.get(&self.ordinal)).cloned().unwrap_or_default()
    }

    async fn perform(&self, deed: &Deed<'_>) -> Result<(), MigrateError> {
        match deed.data {
            Some(copy) => copy_in(self.session, copy).await,
            None => self.plain(deed.statement).await,
        }
    }

    async fn run_code(
        &mut self,
        deed: &Deed<'_>,
        moment: &guards::Moment,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let statement = deed.statement;
        let lessons: Vec<String> =
            self.mode.lessons.and_then(|l| l.destroyed.get(&self.ordinal)).cloned().unwrap_or_default();
        let before = census(self.session).await?;
        if !lessons.is_empty() {
            let catalog = self.catalog_now().await?;
            self.keep_named(&catalog, &lessons).await?;
        }
        let mut laid_out = self.lay_out_named(&self.foretold_types()).await?;
        let mut sequences = BTreeMap::new();
        if self.mode.learn {
            sequences = self.all_sequences().await?;
            self.savepoint("backout_trial").await?;
        }
        self.perform(deed).await?;
        let mut after = census(self.session).await?;
        let (gone, mut rewritten) = self.ours(&before, &after).await?;
        let valuable: Vec<ObjectId> =
            gone.iter().copied().filter(|id| self.worth_keeping(*id) && !self.already_kept(*id)).collect();
        let parts_of_kept = |id: &ObjectId| {
            let whole = ObjectId::relation(id.oid);
            gone.contains(&whole) && *id != whole
        };
        let valuable: Vec<ObjectId> = valuable
            .into_iter()
            .filter(|id| !parts_of_kept(id) || !self.already_kept(ObjectId::relation(id.oid)))
            .collect();
        let unkept: Vec<ObjectId> = valuable.iter().copied().filter(|id| !parts_of_kept(id)).collect();
        let unkept: Vec<ObjectId> =
            unkept.into_iter().filter(|id| !self.unit.sequences.iter().any(|s| s.sequence == *id)).collect();
        let unwatched = if self.mode.learn {
            let emptied: Vec<ObjectId> =
                rewritten.iter().copied().filter(|id| !columns_changed(&before, &after, *id)).collect();
            let going = gone.iter().filter(|id| id.class == Kind::Relation).map(|id| id.oid).collect();
            self.unwatched(&moment.rows, &emptied, &going).await?
        } else {
            BTreeMap::new()
        };
        let retyped = if self.mode.learn && rewritten.iter().any(|id| columns_changed(&before, &after, *id)) {
            self.types_of(&rewritten).await?
        } else {
            BTreeMap::new()
        };
        if unkept.is_empty() && unwatched.is_empty() && retyped.is_empty() {
            if self.mode.learn {
                self.own("RELEASE SAVEPOINT backout_trial").await?;
            }
        } else if self.mode.learn {
            self.take_back(&moment.rows).await?;
            self.own("ROLLBACK TO SAVEPOINT backout_trial; RELEASE SAVEPOINT backout_trial").await?;
            self.reset_sequences(&sequences).await?;
            self.protected_not_among(statement, &gone)?;
            if !unkept.is_empty() {
                let catalog = self.catalog_now().await?;
                let names: Vec<String> = unkept.iter().map(|id| catalog.identity(*id)).collect();
                self.keep_named(&catalog, &names).await?;
                self.lessons.destroyed.insert(self.ordinal, names);
            }
            let retyped = self.that_changed(retyped).await?;
            self.end_watch_of_columns(&retyped).await?;
            if !unwatched.is_empty() {
                self.watch_rows(&unwatched.keys().copied().collect(), &moment.rows, rows_before).await?;
                self.lessons.touched.insert(self.ordinal, unwatched.into_values().collect());
            }
            laid_out = self.lay_out_named(&retyped).await?;
            if !retyped.is_empty() {
                self.lessons.retyped.insert(self.ordinal, retyped);
            }
            self.perform(deed).await?;
            after = census(self.session).await?;
            (_, rewritten) = self.ours(&before, &after).await?;
        } else {
            self.protected_not_among(statement, &gone)?;
            let names: Vec<String> = unkept.iter().map(|id| self.before.identity(*id)).collect();
            return Err(MigrateError::guard(
                statement,
                format!("it destroys {} from inside code, which no rehearsal foresaw", names.join(", ")),
                "rehearse first: then it is kept before the statement runs",
            ));
        }
        self.give_up_others(&gone).await?;
        self.not_truncated_by_code(statement, &rewritten, &before, &after)?;
        let judged = self.judge_types_by_code(laid_out, &rewritten).await?;
        for id in rewritten {
            if judged.contains(&id) {
                continue;
            }
            if statement.analysis.tag == "ALTER TABLE" && only_adds_columns(&before, &after, id) {
                continue;
            }
            if statement.analysis.tag == "ALTER TABLE" && self.keeps_types(statement, id).await? {
                continue;
            }
            // It was emptied before the eyes of a trigger.
            if self.is_watched(id.oid) && !columns_changed(&before, &after, id) {
                continue;
            }
            if self.existed.contains(&id) && self.before.get(id).is_some_and(|o| o.holds_rows()) {
                let change = self.unit.rows.entry(id.oid).or_insert_with(|| RowChange {
                    table: self.before.identity(id),
                    inserted: 0,
                    updated: 0,
                    deleted: 0,
                    truncated: false,
                });
                change.truncated = true;
            }
        }
        Ok(())
    }

    /// An ALTER TABLE that calls code for a default rewrites its table and loses nothing, unless it gives a column
    /// other values.
    async fn keeps_types(&self, statement: &Statement, table: ObjectId) -> Result<bool, MigrateError> {
        if statement.analysis.computes {
            return Ok(false);
        }
        let now = self.catalog_now().await?;
        let data_type = |o: &backout_schema::Object| match &o.detail {
            Detail::Column(column) => Some(column.data_type.clone()),
            _ => None,
        };
        let columns = self.before.columns(table);
        Ok(columns.iter().all(|c| now.get(c.id).is_some_and(|n| data_type(n) == data_type(c))))
    }

    async fn keep_named(&mut self, catalog: &backout_schema::Catalog, names: &[String]) -> Result<(), MigrateError> {
        let wanted: Vec<ObjectId> =
            catalog.outside().filter(|o| names.contains(&catalog.identity(o.id))).map(|o| o.id).collect();
        let tables: Vec<ObjectId> =
            wanted.iter().copied().filter(|id| catalog.get(*id).is_some_and(|o| o.holds_rows())).collect();
        // What goes with a table (its columns, its sequences) is kept with it.
        let with_parts: BTreeSet<ObjectId> = wanted
            .iter()
            .copied()
            .chain(tables.iter().flat_map(|t| {
                catalog
                    .objects()
                    .filter(|o| matches!(&o.detail, Detail::Sequence(s) if s.owned_by.is_some_and(|c| c.oid == t.oid)))
                    .map(|o| o.id)
                    .collect::<Vec<_>>()
            }))
            .collect();
        self.keep_tables(catalog, &tables).await?;
        self.keep_columns(catalog, &with_parts).await
    }

    /// `\gexec`: every value of the result is a statement.
    async fn generate(
        &mut self,
        statement: &Statement,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let (moment, before) = (self.moment().await?, census(self.session).await?);
        let generated =
            generated(self.session, statement).await.map_err(|source| MigrateError::statement(statement, source))?;
        // The query itself runs only once: what it destroys is not kept.
        let (gone, _) = self.ours(&before, &census(self.session).await?).await?;
        let destroyed: Vec<String> =
            gone.iter().filter(|id| self.worth_keeping(**id)).map(|id| self.before.identity(*id)).collect();
        if !destroyed.is_empty() {
            return Err(MigrateError::guard(
                statement,
                format!("the query of \\gexec destroys {}", destroyed.join(", ")),
                "let the query make the statements, and nothing else",
            ));
        }
        self.look_around(statement, rows_before, Some(&moment)).await?;
        for text in generated {
            let file = statement.location.file.to_string();
            let script = backout_sql::script::parse_from(
                &file,
                &text,
                statement.location.line,
                backout_sql::script::Dialect::Server,
                &mut backout_sql::script::no_includes,
            )
            .map_err(|error| {
                MigrateError::guard(statement, format!("\\gexec made what does not parse: {error}"), "")
            })?;
            for item in &script.items {
                if let Item::Statement(statement) = item {
                    boxed(self.statement(statement, rows_before)).await?;
                }
            }
        }
        Ok(())
    }

    /// Table locks that this statement took first.
    async fn new_locks(&mut self) -> Result<Vec<TakenLock>, MigrateError> {
        let rows = self
            .session
            .client
            .query_typed(
                "SELECT c.oid, l.mode FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation \
                 WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p') AND c.oid >= 16384 \
                 AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')",
                &[],
            )
            .await
            .map_err(|e| MigrateError::Server { doing: "reading the locks", source: e.into() })?;
        let mut taken = Vec::new();
        for row in rows {
            let id = ObjectId::relation(row.get(0));
            let Some(table) = self.before.get(id) else { continue };
            if self.before.is_ours(id) {
                continue;
            }
            let name = self.before.sql_name(table.id);
            let mode: String = row.get(1);
            if self.seen_locks.insert((name.clone(), mode.clone())) {
                taken.push(TakenLock { table: name, mode });
            }
        }
        taken.sort_by(|a, b| (&a.table, &a.mode).cmp(&(&b.table, &b.mode)));
        Ok(taken)
    }
}

/// Sends COPY data from the script or from the file that it names.
pub async fn copy_in(session: &Session, copy: &CopyIn) -> Result<(), MigrateError> {
    let statement = &copy.statement;
    let failed = |e: tokio_postgres::Error| MigrateError::statement(statement, e.into());
    let sink = session.client.copy_in::<_, Bytes>(statement.text.as_str()).await.map_err(failed)?;
    let mut sink = std::pin::pin!(sink);
    match &copy.data {
        CopyData::Inline(bytes) => {
            sink.send(Bytes::copy_from_slice(bytes)).await.map_err(failed)?;
        }
        CopyData::File(path) => {
            let read = |source| MigrateError::Copy { path: path.display().to_string(), source };
            let mut file = tokio::fs::File::open(path).await.map_err(read)?;
            let mut buffer = vec![0; 256 * 1024];
            loop {
                let length = file.read(&mut buffer).await.map_err(read)?;
                if length == 0 {
                    break;
                }
                sink.send(Bytes::copy_from_slice(&buffer[..length])).await.map_err(failed)?;
            }
        }
    }
    sink.finish().await.map_err(failed)?;
    Ok(())
}

/// The statements that a `\gexec` query makes.
pub async fn generated(session: &Session, statement: &Statement) -> Result<Vec<String>, DatabaseError> {
    let messages = session.client.simple_query(&statement.text).await?;
    let mut generated = Vec::new();
    for message in messages {
        if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
            generated.extend((0..row.len()).filter_map(|column| row.get(column).map(str::to_owned)));
        }
    }
    Ok(generated)
}

/// What fails on the way is about the statement that asked for it.
fn placed(error: MigrateError, statement: &Statement) -> MigrateError {
    match error {
        MigrateError::Server { doing, source } => MigrateError::Statement {
            place: Box::new(Place {
                location: statement.location.to_string(),
                statement: format!("{}\n-- while {doing}", statement.text),
            }),
            attempts: 1,
            source,
        },
        // What keeps things does not know for which statement.
        MigrateError::Guard { place, problem, hint } if place.location.is_empty() => {
            MigrateError::guard(statement, problem, hint)
        }
        other => other,
    }
}

/// A rewrite that fills a new column loses nothing.
fn only_adds_columns(before: &Census, after: &Census, table: ObjectId) -> bool {
    let is_column = |c: &ObjectId| c.class == Kind::Relation && c.oid == table.oid && c.sub != 0;
    let kept = before.rows.iter().filter(|(c, _)| is_column(c)).all(|(c, row)| after.rows.get(c) == Some(row));
    kept && after.rows.keys().any(|c| is_column(c) && !before.rows.contains_key(c))
}

/// Whether a table has other columns, or columns of other types, than before.
fn columns_changed(before: &Census, after: &Census, table: ObjectId) -> bool {
    let columns = |census: &Census| -> BTreeMap<ObjectId, u32> {
        let is_column = |c: &ObjectId| c.class == Kind::Relation && c.oid == table.oid && c.sub != 0;
        census.rows.iter().filter(|(c, _)| is_column(c)).map(|(c, row)| (*c, row.0)).collect()
    };
    columns(before) != columns(after)
}

/// The table whose columns these are, where a child or partition has them from it.
fn top_of_columns(catalog: &backout_schema::Catalog, table: ObjectId, columns: &[&str]) -> ObjectId {
    let mut top = table;
    while let Some(Detail::Table(t)) = catalog.get(top).map(|o| &o.detail) {
        let has = |parent: &ObjectId| catalog.columns(*parent).iter().any(|c| columns.contains(&c.name.as_str()));
        match t.partition_of.iter().chain(&t.inherits).copied().find(has) {
            Some(parent) => top = parent,
            None => break,
        }
    }
    top
}
