//! One statement, run so that what it destroys is kept and what it must not do is noticed.

use super::code::Deed;
use super::error::Place;
use super::units::may_destroy;
use super::{Event, MigrateError, Run, Timing, guards};
use crate::boxed;
use crate::catalog::{RowCounts, census};
use crate::session::{DatabaseError, Savepoint, Session};
use crate::sqlstate;
use backout_schema::{Catalog, Census, Class as Kind, Detail, ObjectId};
use backout_sql::analysis::{AlterKind, Class, Ddl, DropKind, TransactionCommand};
use backout_sql::script::{Item, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

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
                (self.env.watch)(Event::Echo(text.clone()));
                return Ok(());
            }
            Item::Statement(statement) => {
                self.env.announce(statement);
                let restarts = statement.analysis.restarts || matches!(statement.analysis.class, Class::Code);
                let numbers = if restarts { Some(self.origin.numbers(&self.env).await?) } else { None };
                self.statement(statement, rows_before).await.map_err(|error| placed(error, statement))?;
                if let Some(numbers) = numbers {
                    self.counters.note_restarted(&self.env, &self.origin, &self.gathered, numbers).await?;
                }
            }
            Item::Copy(copy) => {
                self.env.announce(&copy.statement);
                let deed = Deed { statement: &copy.statement, data: Some(copy) };
                self.code(&deed, rows_before).await.map_err(|error| placed(error, &copy.statement))?;
            }
            Item::Generate(statement) => {
                self.env.announce(statement);
                self.generate(statement, rows_before).await.map_err(|error| placed(error, statement))?;
            }
        }
        if let Some(statement) = item.statement() {
            let ms = started.elapsed().as_secs_f64() * 1e3;
            let (locks, rewrites) = self.learning.felt(&self.env, &self.origin).await?;
            self.learning.timings.push(Timing {
                location: statement.location.to_string(),
                tag: statement.analysis.tag.clone(),
                ms,
                locks,
                rewrites,
            });
        }
        Ok(())
    }

    async fn statement(
        &mut self,
        statement: &Statement,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        match &statement.analysis.class {
            Class::Transaction(TransactionCommand::Savepoint(_) | TransactionCommand::Release(_)) | Class::Additive => {
                self.env.plain(statement).await
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
                if guards::setting(statement, command, self.env.rules)? {
                    self.env.plain(statement).await?;
                } else {
                    self.keep_budget(statement, command).await?;
                }
                self.env.session_is_ours(statement).await
            }
            Class::Ddl(ddl) => {
                self.watches.reshaped = true;
                self.ddl(statement, ddl, rows_before).await?;
                self.origin.look_around(&self.env, &self.counters, statement, rows_before, None).await
            }
            Class::Rows(_) | Class::Code => match self.env.writes_elsewhere(statement).await? {
                Some(how) => Err(MigrateError::guard(
                    statement,
                    format!("{how}: no rollback and no undo takes that back"),
                    "do that apart from the migration",
                )),
                None => self.code(&Deed { statement, data: None }, rows_before).await,
            },
        }
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
            return self.env.plain(statement).await;
        }
        let before = census(self.env.session).await?;
        let trial = self.env.session.savepoint_and("backout_trial", "SET LOCAL backout.trial = on").await;
        let trial = trial.map_err(MigrateError::keeping)?;
        // What it says of a DROP that is done otherwise would speak of objects of the archive.
        let tried = self.env.session.batch_unheard(&statement.text).await;
        let (said, (gone, rewritten)) = match tried {
            Ok(said) => {
                let after = census(self.env.session).await?;
                (said, self.origin.ours(&self.env, &before, &after).await?)
            }
            Err(error) => {
                trial.start_over().await.map_err(MigrateError::keeping)?;
                return self.blocked_by_archive(statement, error, &before, trial).await;
            }
        };
        self.origin.protected_not_among(statement, &gone)?;
        self.gathered.give_up_others(&self.env, &self.origin, &gone).await?;
        let takes_rows = gone.iter().any(|id| self.origin.worth_keeping(*id));
        let loses_rows = ddl.truncates || ddl.alters.iter().any(|a| matches!(a, AlterKind::AlterType(_)));
        let rewritten: Vec<ObjectId> =
            rewritten.into_iter().filter(|id| loses_rows && self.origin.existed.contains(id)).collect();
        let may_reach_archive = self.gathered.keeps_something() && !gone.is_empty()
            || gone.iter().any(|id| self.origin.catalog.is_ours(*id));
        if !takes_rows && !may_reach_archive && rewritten.is_empty() {
            self.env.session.tell(said);
            self.env.own("SET LOCAL backout.trial = off").await?;
            return trial.keep().await.map_err(MigrateError::keeping);
        }
        trial.take_back().await.map_err(MigrateError::keeping)?;
        self.env.baseline.budget(self.env.session, self.locking.patience).await?;
        let catalog = self.catalog_now().await?;
        let reaches_archive = gone.iter().any(|id| catalog.is_ours(*id));
        if !takes_rows && !reaches_archive && rewritten.is_empty() {
            return self.env.plain(statement).await;
        }
        if ddl.truncates {
            return self.truncate(statement, &catalog, &rewritten, rows_before).await;
        }
        if !rewritten.is_empty() {
            return self.retype(statement, ddl, &catalog, &rewritten, &gone).await;
        }
        self.keep_and_drop(statement, ddl, catalog, &gone, &before).await
    }

    /// Does what a trial saw that destroys columns, tables or what lies in the archive: keeps what it takes, and then
    /// only what is left of it.
    async fn keep_and_drop(
        &mut self,
        statement: &Statement,
        ddl: &Ddl,
        mut catalog: Catalog,
        gone: &BTreeSet<ObjectId>,
        before: &Census,
    ) -> Result<(), MigrateError> {
        let reaches_archive = gone.iter().any(|id| catalog.is_ours(*id));
        let hiding = self.hide_columns(statement, ddl, &catalog, gone).await?;
        let mut gone: BTreeSet<ObjectId> = gone.difference(&hiding.stays).copied().collect();
        let foreseen: BTreeSet<ObjectId> = gone.union(&hiding.stand_ins).copied().collect();
        if !hiding.stays.is_empty() {
            gone.retain(|id| !hiding.dropped.contains(id));
            catalog = self.catalog_now().await?;
        }
        self.keep_columns(&catalog, &gone).await?;
        let tables = gone.iter().any(|id| {
            self.origin.existed.contains(id)
                && catalog.get(*id).is_some_and(|o| o.holds_rows() || matches!(o.detail, Detail::Sequence(_)))
        });
        if !tables && !reaches_archive {
            self.env.plain(statement).await?;
            return self.gone_as_foreseen(statement, before, &foreseen).await;
        }
        if ddl.drop.as_ref().is_some_and(|drop| drop.kind == DropKind::Owned) {
            return Err(MigrateError::guard(
                statement,
                "DROP OWNED takes tables along, and privileges with them that only it takes away",
                "drop the tables by DROP TABLE first, then what is left by DROP OWNED",
            ));
        }
        self.end_watch_of(&gone).await?;
        let before = census(self.env.session).await?;
        // What does more than drop runs itself, once the counters are out of its way.
        let moving = if ddl.drop.is_some() { gone } else { counters_among(&catalog, &gone, reaches_archive) };
        let done = self.drop_by_moving(statement, &catalog, &moving).await?;
        // A statement that did more than drop still has to do the rest.
        if !done || ddl.drop.is_none() {
            self.env.plain(statement).await?;
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
        let after = census(self.env.session).await?;
        let (gone_now, _) = self.origin.ours(&self.env, before, &after).await?;
        let moved: BTreeSet<u32> = self.gathered.moved.iter().map(|m| m.id.oid).collect();
        let unforeseen: Vec<ObjectId> =
            gone_now.iter().copied().filter(|id| !gone.contains(id) && id.class != Kind::Default).collect();
        let lost_columns =
            gone_now.iter().any(|id| id.class == Kind::Relation && id.sub != 0 && moved.contains(&id.oid));
        let left: Vec<ObjectId> = gone
            .iter()
            .copied()
            .filter(|id| after.rows.contains_key(id))
            // What is part of something that was moved went with it.
            .filter(|id| !self.gathered.moved.iter().any(|m| m.id == *id || m.id == self.origin.catalog.root(*id)))
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
        let catalog = &self.origin.catalog;
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
        trial: Savepoint<'_>,
    ) -> Result<(), MigrateError> {
        let plain_error = MigrateError::statement(statement, error);
        let depends = plain_error.database_error().is_some_and(|e| e.has_code(sqlstate::DEPENDENT_OBJECTS_STILL_EXIST));
        let Some(cascade) = statement.with_cascade().filter(|_| depends) else {
            return Err(plain_error);
        };
        if self.env.session.batch_unheard(&cascade).await.is_err() {
            return Err(plain_error);
        }
        let after = census(self.env.session).await?;
        let (gone, _) = self.origin.ours(&self.env, before, &after).await?;
        trial.take_back().await.map_err(MigrateError::keeping)?;
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
        if foreign || targets.len() == gone.len() && !self.gathered.keeps_something() {
            return Err(plain_error);
        }
        self.origin.protected_not_among(statement, &targets)?;
        self.gathered.give_up_others(&self.env, &self.origin, &gone).await?;
        self.end_watch_of(&gone).await?;
        if self.drop_by_moving(statement, &catalog, &gone).await? { Ok(()) } else { Err(plain_error) }
    }

    /// Every row is written down before it goes.
    async fn truncate(
        &mut self,
        statement: &Statement,
        catalog: &Catalog,
        tables: &[ObjectId],
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let counts = self.counters.row_counts(&self.env).await?;
        self.watch_rows(&tables.iter().map(|id| id.oid).collect(), &counts, rows_before).await?;
        let (written, lost): (Vec<ObjectId>, Vec<ObjectId>) =
            tables.iter().partition(|id| self.watches.is_watched(id.oid));
        self.gathered.count_truncated(&self.env, &self.origin, catalog, &lost).await?;
        // A table that forces row security would show its owner a part of the rows.
        for id in &written {
            self.env.open_rows(catalog, *id).await?;
        }
        self.env.plain(statement).await?;
        for id in &written {
            self.env.close_rows(catalog, *id).await?;
        }
        Ok(())
    }

    /// A change of type that rewrites the table: does the old type get every value back?
    async fn retype(
        &mut self,
        statement: &Statement,
        ddl: &Ddl,
        catalog: &Catalog,
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
        let files_own = self.gathered.write_texts(&self.env).await?;
        for table in &tables {
            let columns: Vec<ObjectId> = catalog
                .columns(*table)
                .iter()
                .filter(|c| altered.contains(&c.name.as_str()) && self.origin.existed.contains(&c.id))
                .map(|c| c.id)
                .collect();
            self.env.open_rows(catalog, *table).await?;
            for column in columns {
                laid_out.extend(self.lay_out(catalog, column, &altered).await?);
            }
            self.env.close_rows(catalog, *table).await?;
        }
        self.env.texts_written(files_own).await?;
        self.env.plain(statement).await?;
        self.gathered.note_labels(&self.env, &self.origin, &tables).await?;
        let files_own = self.gathered.write_texts(&self.env).await?;
        for values in laid_out {
            self.judge_type(catalog, values).await?;
        }
        self.env.texts_written(files_own).await
    }

    /// `\gexec`: every value of the result is a statement.
    async fn generate(
        &mut self,
        statement: &Statement,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let (moment, before) = (self.counters.moment(&self.env).await?, census(self.env.session).await?);
        let generated = generated(self.env.session, statement)
            .await
            .map_err(|source| MigrateError::statement(statement, source))?;
        // The query itself runs only once: what it destroys is not kept.
        let (gone, _) = self.origin.ours(&self.env, &before, &census(self.env.session).await?).await?;
        let destroyed: Vec<String> = gone
            .iter()
            .filter(|id| self.origin.worth_keeping(**id))
            .map(|id| self.origin.catalog.identity(*id))
            .collect();
        if !destroyed.is_empty() {
            return Err(MigrateError::guard(
                statement,
                format!("the query of \\gexec destroys {}", destroyed.join(", ")),
                "let the query make the statements, and nothing else",
            ));
        }
        self.origin.look_around(&self.env, &self.counters, statement, rows_before, Some(&moment)).await?;
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
}

/// The statements that a `\gexec` query makes.
pub async fn generated(session: &Session, statement: &Statement) -> Result<Vec<String>, DatabaseError> {
    let messages = session.simple_query(&statement.text).await?;
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

/// The counters among what goes, with what stands on one, which the statement would not find standing on it. Where
/// something lies in the archive, all counts as one.
fn counters_among(catalog: &Catalog, gone: &BTreeSet<ObjectId>, reaches_archive: bool) -> BTreeSet<ObjectId> {
    // That of an identity column is a part of it.
    let is_counter = |id: &&ObjectId| {
        reaches_archive || matches!(catalog.get(**id).map(|o| &o.detail), Some(Detail::Sequence(s)) if !s.identity)
    };
    let counters: BTreeSet<ObjectId> = gone.iter().filter(is_counter).copied().collect();
    let on_counters = catalog.dependent_closure(counters.iter().copied());
    let goes_along =
        |id: &ObjectId| gone.contains(id) && catalog.get(*id).is_some_and(|o| !o.is_column() && !o.is_table());
    counters.into_iter().chain(on_counters.into_iter().filter(goes_along)).collect()
}

/// The table whose columns these are, where a child or partition has them from it.
fn top_of_columns(catalog: &Catalog, table: ObjectId, columns: &[&str]) -> ObjectId {
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
