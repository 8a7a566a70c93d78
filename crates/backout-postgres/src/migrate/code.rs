//! Statements that run code: what no text says beforehand, a rehearsal sees by running them twice.
//!
//! Must not know: how rows are written down, or how what is destroyed is kept.

use super::counters::Moment;
use super::retype::LaidOut;
use super::{Environment, MigrateError, Run};
use crate::catalog::{RowCounts, census};
use crate::session::Session;
use backout_reversal::RowChange;
use backout_schema::{Catalog, Census, Class as Kind, Detail, Object, ObjectId};
use backout_sql::analysis::{Class, RowsKind};
use backout_sql::script::{CopyData, CopyIn, Statement};
use bytes::Bytes;
use futures_util::SinkExt;
use std::collections::{BTreeMap, BTreeSet};
use tokio::io::AsyncReadExt;

/// A statement on rows or code, with the data that COPY takes.
pub(super) struct Deed<'a> {
    pub statement: &'a Statement,
    pub data: Option<&'a CopyIn>,
}

/// What a statement did that nothing was prepared for.
struct Unforeseen {
    /// Destroyed, and not kept.
    unkept: Vec<ObjectId>,
    /// Tables of which rows changed that nobody watches, by number, with their names.
    unwatched: BTreeMap<u32, String>,
    /// Columns of tables of which some got another type, with their types.
    retyped: BTreeMap<ObjectId, String>,
}

impl Unforeseen {
    fn is_empty(&self) -> bool {
        self.unkept.is_empty() && self.unwatched.is_empty() && self.retyped.is_empty()
    }
}

impl Run<'_> {
    /// Statements that run code: kept from what the rehearsal learned, then run once; on a clone, run
    /// for learning and then again.
    pub(super) async fn code(
        &mut self,
        deed: &Deed<'_>,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let statement = deed.statement;
        self.watches.switch_on(&self.env).await?;
        let moment = self.counters.moment(&self.env).await?;
        let mut foreseen = self.origin.written_by(&self.env, statement).await?;
        self.watches.sole_update = match &statement.analysis.class {
            Class::Rows(rows) if self.watches.deeds == 1 && rows.kind == RowsKind::Update && !rows.calls_functions => {
                let names: Vec<String> = rows.writes.iter().map(ToString::to_string).collect();
                let table = self.env.by_name(&names).await?;
                let one = table.first().filter(|_| table.len() == 1 && !rows.sets.is_empty());
                one.map(|table| (*table, rows.sets.clone()))
            }
            _ => None,
        };
        if let Some(names) = self.env.mode.lessons.and_then(|l| l.touched.get(&self.learning.ordinal)) {
            foreseen.extend(self.env.by_name(names).await?);
        }
        // Code may write what it does not name, and what writes its rows down names their columns.
        foreseen.extend(self.watches.reshaped.then(|| self.watches.tables.keys().copied()).into_iter().flatten());
        let sole_rows = matches!(&statement.analysis.class, Class::Rows(rows) if !rows.calls_functions);
        self.watches.reshaped = !sole_rows;
        self.end_watch_of_columns(&self.learning.foretold_types(&self.env)).await?;
        self.watch_rows(&foreseen, &moment.rows, rows_before).await?;
        self.run_code(deed, &moment, rows_before).await?;
        self.origin.look_around(&self.env, &self.counters, statement, rows_before, Some(&moment)).await
    }

    async fn run_code(
        &mut self,
        deed: &Deed<'_>,
        moment: &Moment,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        let statement = deed.statement;
        let lessons: Vec<String> =
            self.env.mode.lessons.and_then(|l| l.destroyed.get(&self.learning.ordinal)).cloned().unwrap_or_default();
        let before = census(self.env.session).await?;
        if !lessons.is_empty() {
            let catalog = self.catalog_now().await?;
            self.keep_named(&catalog, &lessons).await?;
        }
        let mut laid_out = self.lay_out_named(&self.learning.foretold_types(&self.env)).await?;
        let trial = match self.env.mode.learn {
            true => Some((self.env.all_sequences().await?, self.env.savepoint("backout_trial").await?)),
            false => None,
        };
        self.env.perform(deed).await?;
        let mut after = census(self.env.session).await?;
        let (gone, mut rewritten) = self.origin.ours(&self.env, &before, &after).await?;
        let unforeseen = self.unforeseen(&gone, &rewritten, (&before, &after), moment).await?;
        if unforeseen.is_empty() {
            if let Some((_, trial)) = trial {
                trial.keep().await.map_err(MigrateError::keeping)?;
            }
        } else if let Some((sequences, trial)) = trial {
            self.counters.take_back(&self.env, &moment.rows).await?;
            trial.take_back().await.map_err(MigrateError::keeping)?;
            self.env.reset_sequences(&sequences).await?;
            laid_out = self.learn(statement, &gone, unforeseen, moment, rows_before).await?;
            self.env.perform(deed).await?;
            after = census(self.env.session).await?;
            (_, rewritten) = self.origin.ours(&self.env, &before, &after).await?;
        } else {
            self.origin.protected_not_among(statement, &gone)?;
            let names: Vec<String> = unforeseen.unkept.iter().map(|id| self.origin.catalog.identity(*id)).collect();
            return Err(MigrateError::guard(
                statement,
                format!("it destroys {} from inside code, which no rehearsal foresaw", names.join(", ")),
                "rehearse first: then it is kept before the statement runs",
            ));
        }
        self.gathered.give_up_others(&self.env, &self.origin, &gone).await?;
        self.origin.not_truncated_by_code(statement, &rewritten, &before, &after)?;
        let judged = self.judge_types_by_code(laid_out, &rewritten).await?;
        self.note_emptied(statement, &rewritten, &judged, (&before, &after)).await
    }

    /// Only a rehearsal, which may take the statement back, asks about rows and types.
    async fn unforeseen(
        &self,
        gone: &BTreeSet<ObjectId>,
        rewritten: &[ObjectId],
        (before, after): (&Census, &Census),
        moment: &Moment,
    ) -> Result<Unforeseen, MigrateError> {
        let unkept = self.unkept(gone);
        let unwatched = if self.env.mode.learn {
            let emptied: Vec<ObjectId> =
                rewritten.iter().copied().filter(|id| !columns_changed(before, after, *id)).collect();
            let going = gone.iter().filter(|id| id.class == Kind::Relation).map(|id| id.oid).collect();
            self.unwatched(&moment.rows, &emptied, &going).await?
        } else {
            BTreeMap::new()
        };
        let retyped = if self.env.mode.learn && rewritten.iter().any(|id| columns_changed(before, after, *id)) {
            self.types_of(rewritten).await?
        } else {
            BTreeMap::new()
        };
        Ok(Unforeseen { unkept, unwatched, retyped })
    }

    /// What is worth keeping of what went, and has not been kept: a whole rather than its parts.
    fn unkept(&self, gone: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        let valuable: Vec<ObjectId> = gone
            .iter()
            .copied()
            .filter(|id| self.origin.worth_keeping(*id) && !self.gathered.already_kept(&self.origin, *id))
            .collect();
        let parts_of_kept = |id: &ObjectId| {
            let whole = ObjectId::relation(id.oid);
            gone.contains(&whole) && *id != whole
        };
        let valuable: Vec<ObjectId> = valuable
            .into_iter()
            .filter(|id| !parts_of_kept(id) || !self.gathered.already_kept(&self.origin, ObjectId::relation(id.oid)))
            .collect();
        let unkept: Vec<ObjectId> = valuable.iter().copied().filter(|id| !parts_of_kept(id)).collect();
        unkept.into_iter().filter(|id| !self.gathered.sequences.iter().any(|s| s.sequence == *id)).collect()
    }

    /// Prepares for what a trial showed, which was taken back: the lessons for the live run. The values of the columns that
    /// it will give another type.
    async fn learn(
        &mut self,
        statement: &Statement,
        gone: &BTreeSet<ObjectId>,
        unforeseen: Unforeseen,
        moment: &Moment,
        rows_before: &BTreeMap<u32, RowCounts>,
    ) -> Result<Vec<LaidOut>, MigrateError> {
        self.origin.protected_not_among(statement, gone)?;
        if !unforeseen.unkept.is_empty() {
            let catalog = self.catalog_now().await?;
            let names: Vec<String> = unforeseen.unkept.iter().map(|id| catalog.identity(*id)).collect();
            self.keep_named(&catalog, &names).await?;
            self.learning.lessons.destroyed.insert(self.learning.ordinal, names);
        }
        let retyped = self.that_changed(unforeseen.retyped).await?;
        self.end_watch_of_columns(&retyped).await?;
        if !unforeseen.unwatched.is_empty() {
            self.watch_rows(&unforeseen.unwatched.keys().copied().collect(), &moment.rows, rows_before).await?;
            self.learning.lessons.touched.insert(self.learning.ordinal, unforeseen.unwatched.into_values().collect());
        }
        let laid_out = self.lay_out_named(&retyped).await?;
        if !retyped.is_empty() {
            self.learning.lessons.retyped.insert(self.learning.ordinal, retyped);
        }
        Ok(laid_out)
    }

    /// Notes tables as emptied by code, but for those whose rewrite lost nothing, or is known.
    async fn note_emptied(
        &mut self,
        statement: &Statement,
        rewritten: &[ObjectId],
        judged: &BTreeSet<ObjectId>,
        (before, after): (&Census, &Census),
    ) -> Result<(), MigrateError> {
        for id in rewritten.iter().copied() {
            if judged.contains(&id) {
                continue;
            }
            if statement.analysis.tag == "ALTER TABLE" && only_adds_columns(before, after, id) {
                continue;
            }
            if statement.analysis.tag == "ALTER TABLE" && self.keeps_types(statement, id).await? {
                continue;
            }
            // It was emptied before the eyes of a trigger.
            if self.watches.is_watched(id.oid) && !columns_changed(before, after, id) {
                continue;
            }
            if self.origin.existed.contains(&id) && self.origin.catalog.get(id).is_some_and(|o| o.holds_rows()) {
                let change = self.gathered.rows.entry(id.oid).or_insert_with(|| RowChange {
                    table: self.origin.catalog.identity(id),
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
        let data_type = |o: &Object| match &o.detail {
            Detail::Column(column) => Some(column.data_type.clone()),
            _ => None,
        };
        let columns = self.origin.catalog.columns(table);
        Ok(columns.iter().all(|c| now.get(c.id).is_some_and(|n| data_type(n) == data_type(c))))
    }

    async fn keep_named(&mut self, catalog: &Catalog, names: &[String]) -> Result<(), MigrateError> {
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
}

impl Environment<'_> {
    async fn perform(&self, deed: &Deed<'_>) -> Result<(), MigrateError> {
        match deed.data {
            Some(copy) => copy_in(self.session, copy).await,
            None => self.plain(deed.statement).await,
        }
    }
}

/// Sends COPY data from the script or from the file that it names.
pub async fn copy_in(session: &Session, copy: &CopyIn) -> Result<(), MigrateError> {
    let statement = &copy.statement;
    let failed = |e: tokio_postgres::Error| MigrateError::statement(statement, e.into());
    let sink = session.copy_in::<Bytes>(statement.text.as_str()).await.map_err(failed)?;
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
