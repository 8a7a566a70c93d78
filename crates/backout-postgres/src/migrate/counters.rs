//! What counts on whatever is taken back: the server's counters of changed rows, and sequences.
//!
//! Must not know: who changed the rows, or how they are written down.

use super::{Environment, Gathered, MigrateError, Origin};
use crate::catalog::{RowCounts, row_counts};
use backout_reversal::SequenceValue;
use backout_schema::{Detail, Object, ObjectId, qualified};
use std::collections::BTreeMap;
use tokio_postgres::types::Type;

/// What is known of counters that a rollback leaves as they are.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Row counts of statements that were taken back.
    pub discount: BTreeMap<u32, RowCounts>,
    /// Sequences of watched tables, as they stood.
    pub counting: Vec<SequenceValue>,
}

/// Sequences: their files, their values, and whether those were given out.
pub(super) type Numbers = BTreeMap<ObjectId, (u32, i64, bool)>;

/// What is known just before a statement, to tell what that statement alone did.
#[derive(Debug)]
pub(super) struct Moment {
    pub rows: BTreeMap<u32, RowCounts>,
    pub trigger_changes: i64,
}

impl Counters {
    /// What the counters say now.
    pub(super) async fn moment(&self, env: &Environment<'_>) -> Result<Moment, MigrateError> {
        let rows = self.row_counts(env);
        let (rows, trigger_changes) = tokio::try_join!(rows, env.trigger_changes())?;
        Ok(Moment { rows, trigger_changes })
    }

    /// What a trial did to rows, which the counters remember, shall not count.
    pub(super) async fn take_back(
        &mut self,
        env: &Environment<'_>,
        since: &BTreeMap<u32, RowCounts>,
    ) -> Result<(), MigrateError> {
        for (oid, counts) in self.row_counts(env).await? {
            let trial = counts.since(since.get(&oid).copied().unwrap_or_default());
            let sum = self.discount.entry(oid).or_default();
            sum.inserted += trial.inserted;
            sum.updated += trial.updated;
            sum.deleted += trial.deleted;
        }
        Ok(())
    }

    /// What triggers that wait for COMMIT would do to rows now, seen and taken back.
    pub(super) async fn ahead_of_commit(
        &self,
        env: &Environment<'_>,
    ) -> Result<BTreeMap<u32, RowCounts>, MigrateError> {
        let waits = env
            .session
            .scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgdeferrable AND NOT tgisinternal)")
            .await
            .map_err(MigrateError::server("looking for deferred triggers"))?;
        if waits.as_deref() != Some("t") {
            return self.row_counts(env).await;
        }
        let trial = env.savepoint("backout_deferred").await?;
        // What fails here fails, or does not, at COMMIT.
        let _ = env.session.batch("SET CONSTRAINTS ALL IMMEDIATE").await;
        trial.take_back().await.map_err(MigrateError::keeping)?;
        self.row_counts(env).await
    }

    /// Where the sequences of a watched table stand before anything is written.
    pub(super) async fn note_sequences(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        gathered: &Gathered,
        table: ObjectId,
    ) -> Result<(), MigrateError> {
        let sequences: Vec<ObjectId> = origin
            .catalog
            .objects()
            .filter(|o| matches!(&o.detail, Detail::Sequence(s) if s.owned_by.is_some_and(|c| c.oid == table.oid)))
            .map(|o| o.id)
            .filter(|id| !gathered.sequences.iter().any(|s| s.sequence == *id))
            .filter(|id| !self.counting.iter().any(|s| s.sequence == *id))
            .collect();
        for id in sequences {
            if let Some((last_value, is_called)) = env.sequence_value(id).await? {
                self.counting.push(SequenceValue { sequence: id, last_value, is_called, left: None, restarted: false });
            }
        }
        Ok(())
    }

    /// Notes those that have another file than before, or stand before where they stood: nobody counts backwards, so
    /// they were set.
    pub(super) async fn note_restarted(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        gathered: &Gathered,
        before: Numbers,
    ) -> Result<(), MigrateError> {
        let now = origin.numbers(env).await?;
        for (sequence, (file, last_value, is_called)) in before {
            let is_new = now.get(&sequence).is_some_and(|(now, value, called)| {
                let by = origin.increment(sequence);
                let goes_back = match by.signum() {
                    -1 => *value > last_value,
                    _ => *value < last_value,
                };
                *now != file || goes_back || *value == last_value && is_called && !called
            });
            let known = |list: &[SequenceValue]| list.iter().any(|s| s.sequence == sequence);
            if is_new && !known(&gathered.sequences) && !known(&self.counting) {
                self.counting.push(SequenceValue { sequence, last_value, is_called, left: None, restarted: true });
            } else if is_new && let Some(known) = self.counting.iter_mut().find(|s| s.sequence == sequence) {
                known.restarted = true;
            }
        }
        Ok(())
    }

    /// Where they stand afterwards.
    pub(super) async fn read_sequences(
        &mut self,
        env: &Environment<'_>,
        gathered: &mut Gathered,
    ) -> Result<(), MigrateError> {
        for mut value in std::mem::take(&mut self.counting) {
            if let Some(now) = env.sequence_value(value.sequence).await?
                && now != (value.last_value, value.is_called)
                && !gathered.sequences.iter().any(|s| s.sequence == value.sequence)
            {
                value.left = Some(now);
                gathered.sequences.push(value);
            }
        }
        Ok(())
    }

    /// What the counters say, less what was taken back: they do not forget that by themselves.
    pub(super) async fn row_counts(&self, env: &Environment<'_>) -> Result<BTreeMap<u32, RowCounts>, MigrateError> {
        let mut counts = row_counts(env.session).await?;
        for (oid, taken_back) in &self.discount {
            if let Some(count) = counts.get_mut(oid) {
                *count = count.since(*taken_back);
            }
        }
        Ok(counts)
    }
}

impl Environment<'_> {
    /// All sequences of the user, as they stand: a trial counts on, and no rollback takes that back.
    pub(super) async fn all_sequences(&self) -> Result<Numbers, MigrateError> {
        self.numbers_of("n.nspname !~ '^backout' AND pg_catalog.has_sequence_privilege(c.oid, 'UPDATE')").await
    }

    /// Sets those back that a trial has used. Nobody else counts on a clone.
    pub(super) async fn reset_sequences(&self, then: &Numbers) -> Result<(), MigrateError> {
        for (id, (_, last_value, is_called)) in self.all_sequences().await? {
            let before = then.get(&id).filter(|(_, value, called)| (*value, *called) != (last_value, is_called));
            let Some((_, value, called)) = before else { continue };
            self.own(&format!("SELECT pg_catalog.setval({}::oid::pg_catalog.regclass, {value}, {called})", id.oid))
                .await?;
        }
        Ok(())
    }

    /// Of all sequences that this is true of, and that may be read: their files, their values, and whether those were
    /// given out.
    pub(super) async fn numbers_of(&self, condition: &str) -> Result<Numbers, MigrateError> {
        let sql = format!(
            "SELECT pg_catalog.format('SELECT %s::oid, %s::oid, last_value, is_called FROM %I.%I', c.oid, c.relfilenode, n.nspname, c.relname) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AND {condition} END"
        );
        let names = self.session.query_typed(&sql, &[]).await;
        let names = names.map_err(MigrateError::server("reading the sequences"))?;
        let queries: Vec<String> = names.iter().map(|row| row.get(0)).collect();
        let mut found = BTreeMap::new();
        for some in queries.chunks(500) {
            let rows = self.session.query_typed(&some.join(" UNION ALL "), &[]).await;
            let rows = rows.map_err(MigrateError::server("reading the sequences' values"))?;
            found.extend(rows.iter().map(|r| (ObjectId::relation(r.get(0)), (r.get(1), r.get(2), r.get(3)))));
        }
        Ok(found)
    }

    pub(super) async fn sequence_value(&self, id: ObjectId) -> Result<Option<(i64, bool)>, MigrateError> {
        let asked = MigrateError::server("reading a sequence's value");
        let name = self
            .session
            .query_typed(
                "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = $1 AND c.relkind = 'S' AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT')",
                &[(&id.oid, Type::OID)],
            )
            .await
            .map_err(&asked)?;
        let Some(name) = name.first() else { return Ok(None) };
        let sql = format!("SELECT last_value, is_called FROM {}", qualified(name.get(0), name.get(1)));
        let row = self.session.query_typed(&sql, &[]).await.map_err(&asked)?;
        Ok(row.first().map(|row| (row.get(0), row.get(1))))
    }

    /// How many rows of pg_trigger this transaction has changed so far.
    pub(super) async fn trigger_changes(&self) -> Result<i64, MigrateError> {
        let rows = self
            .session
            .query_typed(
                "SELECT n_tup_upd FROM pg_catalog.pg_stat_xact_sys_tables WHERE relid = 'pg_catalog.pg_trigger'::pg_catalog.regclass",
                &[],
            )
            .await
            .map_err(MigrateError::server("counting changes of triggers"))?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }
}

impl Origin {
    fn increment(&self, sequence: ObjectId) -> i64 {
        match self.catalog.get(sequence).map(|o| &o.detail) {
            Some(Detail::Sequence(sequence)) => sequence.increment,
            _ => 1,
        }
    }

    /// Where all sequences of before stand, and their files: who sets one to another number gives it a new file.
    pub(super) async fn numbers(&self, env: &Environment<'_>) -> Result<Numbers, MigrateError> {
        let is_old = |o: &&Object| matches!(o.detail, Detail::Sequence(_)) && !self.catalog.is_ours(o.id);
        let oids: Vec<String> = self.catalog.objects().filter(is_old).map(|o| o.id.oid.to_string()).collect();
        env.numbers_of(&format!("c.oid = ANY ('{{{}}}'::oid[])", oids.join(","))).await
    }
}
