//! The end of a unit: guards, verdict, forward check, inverse and history, all before COMMIT.

use super::beyond::Beyond;
use super::{Environment, Job, MigrateError, Origin, Run, Unit};
use crate::catalog::{census, read_catalog};
use crate::failpoint;
use crate::store::{self, State};
use backout_plan::{Unit as CountUnit, Verdict};
use backout_reversal::{Inverse, UndoOptions, UndoPlan, closure, plan_undo};
use backout_schema::{Catalog, Census, ObjectId};
use backout_sql::analysis::Outside;
use backout_sql::script::{Item, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// What a committed unit reports.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub verdicts: Vec<Verdict>,
    /// What rows written since may not fit when it is undone.
    pub may_not_fit: Vec<String>,
    pub inverse: Inverse,
    pub lock_ms: f64,
    pub attempts: u32,
    /// What the second connection saw just before the commit.
    pub seen: Census,
    /// Every catalog row that the unit wrote, whether or not the object is another now.
    pub ours: BTreeSet<ObjectId>,
}

impl Run<'_> {
    pub(super) async fn finish(
        &mut self,
        job: &Job,
        index: usize,
        last: bool,
        several: bool,
        beyond: &Beyond,
    ) -> Result<Done, MigrateError> {
        self.env.checks_hold().await?;
        self.end_watches().await?;
        let after = read_catalog(self.env.session, true).await?;
        failpoint!("migrate.read_result");
        // What the second connection sees changed is not ours: ours is not committed yet.
        let seen_after = census(self.env.witness).await?;
        let foreign = self.bystanders.foreign(&self.env, &self.origin, &seen_after, &after, &BTreeSet::new()).await?;
        self.gathered.foreign.extend(foreign);
        let mut inverse = self.gathered.inverse(&self.origin, &after);
        self.gathered.labels_of(&self.env, &mut inverse).await?;
        self.gathered.note_beyond(&self.env, beyond, &inverse).await?;
        let (verdicts, may_not_fit) = self.verdicts(&after, &inverse).await?;
        if last {
            self.env.consent(&verdicts)?;
            self.outcome_as_expected(&inverse)?;
        }
        if !several {
            store::begin(self.env.session, &self.env.record(job)).await?;
        }
        if last {
            self.env.write_history(job).await?;
            inverse.unrecord.clone_from(&job.native.unrecord);
        }
        if last {
            self.told.bring_back_aside(&self.env, job, &after, &inverse).await?;
        }
        let state = if last { State::Applied } else { State::Interrupted };
        let text = serde_json::to_value(&verdicts).unwrap_or_default();
        let done = i32::try_from(index + 1).unwrap_or(i32::MAX);
        store::progress(self.env.session, self.env.number, done, state, &inverse, &text, 0.0).await?;
        failpoint!("migrate.recorded");
        let ours = if last { BTreeSet::new() } else { self.env.written(&seen_after).await? };
        Ok(Done { verdicts, may_not_fit, inverse, seen: seen_after, ours, ..Done::default() })
    }

    /// What undo will and will not bring back, from planning it right now; and what rows may not fit then.
    async fn verdicts(&self, after: &Catalog, inverse: &Inverse) -> Result<(Vec<Verdict>, Vec<String>), MigrateError> {
        let options = UndoOptions {
            number: self.env.number,
            role: self.env.baseline_role(),
            index_in_lock_bytes: u64::MAX,
            rebuild_below: self.env.rules.rebuild_below,
            values: BTreeMap::new(),
            in_order: BTreeSet::new(),
            table_bytes: crate::sizes::table_bytes(self.env.session, inverse, after, &self.env.rules.sizes)
                .await
                .map_err(MigrateError::server("measuring tables"))?,
            superuser: self.env.baseline.is_superuser(),
            images: BTreeMap::new(),
        };
        let plan = plan_undo(after, inverse, &options);
        Ok((verdicts(&plan, inverse, &self.gathered.losses), plan.may_not_fit()))
    }

    /// The forward check: outside our schemas the catalog is the one that the plain statements left.
    fn outcome_as_expected(&mut self, inverse: &Inverse) -> Result<(), MigrateError> {
        let Some(expected) = self.env.mode.expected else {
            return Ok(());
        };
        let found = closure::outcome(inverse);
        let differences = outcome_differences(expected, &found);
        if differences.is_empty() {
            return Ok(());
        }
        // A name made from the clock differs each time; that alone is no difference.
        let still = outcome_differences(&without_clock(expected), &without_clock(&found));
        if still.is_empty() {
            self.told
                .notes
                .push(format!("names made from the clock differ from the rehearsal's: {}", differences.join("; ")));
            return Ok(());
        }
        let mut differences = still;
        if !self.gathered.hidden.is_empty() {
            let hidden: Vec<&str> = self.gathered.hidden.iter().map(|h| h.what.as_str()).collect();
            differences.push(format!(
                "{} was hidden and not dropped (migrate.hide_above), which may be why",
                hidden.join(", ")
            ));
        }
        Err(MigrateError::Outcome(differences))
    }

    /// A statement that cannot run inside a transaction: intent first, then the deed, then a look.
    pub(super) async fn outside(
        &mut self,
        job: &Job,
        unit: &Unit,
        outside: &Outside,
        index: usize,
        last: bool,
    ) -> Result<Done, MigrateError> {
        let statement = unit.items.iter().filter_map(Item::statement).next_back();
        let Some(statement) = statement else {
            return Ok(Done::default());
        };
        if !readable(outside) {
            return Err(MigrateError::guard(
                statement,
                format!(
                    "{} runs outside a transaction, and nothing tells after a crash whether it happened",
                    statement.analysis.tag
                ),
                "run it by hand, outside the migration",
            ));
        }
        if job.units.len() == 1 && !self.env.resumed {
            store::begin(self.env.session, &self.env.record(job)).await?;
        }
        let done = i32::try_from(index).unwrap_or(i32::MAX);
        self.bystanders.look_first(&self.env).await?;
        if self.origin.catalog.objects().next().is_none() {
            self.origin.catalog = read_catalog(self.env.session, false).await?;
            self.origin.existed = self.origin.catalog.objects().map(|o| o.id).collect();
        }
        if let Outside::CreateIndexConcurrently { index: None, .. } = outside {
            return Err(MigrateError::guard(
                statement,
                "an index without a name cannot be found again after a crash",
                "give it a name",
            ));
        }
        self.intend(statement, outside, done).await?;
        failpoint!("migrate.intended");
        let began = Instant::now();
        let result = self.origin.outside_statement(&self.env, statement, outside).await;
        failpoint!("migrate.outside_done");
        if let Err(error) = result {
            self.env.session.batch("RESET lock_timeout").await.ok();
            if job.units.len() == 1 {
                store::forget(self.env.session, self.env.number).await?;
            }
            return Err(error);
        }
        let lock_ms = began.elapsed().as_secs_f64() * 1e3;
        self.record_outside(job, outside, done, last, lock_ms).await
    }

    /// Writes down what an undo must look for.
    async fn intend(&mut self, statement: &Statement, outside: &Outside, done: i32) -> Result<(), MigrateError> {
        // Should we die between the deed and its record, undo must know what to look for.
        let now = read_catalog(self.env.session, false).await?;
        // All of ours is committed and known: what else is there since the last look is somebody else's.
        let seen = census(self.env.witness).await?;
        let foreign = self.bystanders.foreign(&self.env, &self.origin, &seen, &now, &BTreeSet::new()).await?;
        self.gathered.foreign.extend(foreign);
        let mut intent = self.gathered.inverse(&self.origin, &now);
        self.gathered.labels_of(&self.env, &mut intent).await?;
        let names = match outside {
            Outside::CreateIndexConcurrently { index: Some(index), table, .. } => {
                intent.expect_index(&now, table.schema.as_deref(), &table.name, index);
                Vec::new()
            }
            Outside::DropIndexConcurrently { indexes, .. } => indexes.iter().map(|i| i.name.as_str()).collect(),
            _ => Vec::new(),
        };
        intent.expect_removal(&now, &names);
        let so_far = serde_json::to_value(&self.gathered.losses).unwrap_or_default();
        store::progress(self.env.session, self.env.number, done, State::Interrupted, &intent, &so_far, 0.0).await?;
        store::intend(self.env.session, self.env.number, done, &statement.text).await?;
        Ok(())
    }

    /// The end of such a unit: the deed is committed, and now what it was.
    async fn record_outside(
        &mut self,
        job: &Job,
        outside: &Outside,
        done: i32,
        last: bool,
        lock_ms: f64,
    ) -> Result<Done, MigrateError> {
        self.env.session.batch("BEGIN").await.map_err(MigrateError::server("opening the transaction"))?;
        let after = read_catalog(self.env.session, true).await?;
        // Here the deed is committed: only what is not an index of the statement's can be foreign, and
        // the census cannot tell the two apart. The statement's own names decide.
        let mine = outside_objects(&self.origin.catalog, &after, outside);
        let seen = census(self.env.witness).await?;
        let foreign = self.bystanders.foreign(&self.env, &self.origin, &seen, &after, &mine).await?;
        self.gathered.foreign.extend(foreign);
        let mut inverse = self.gathered.inverse(&self.origin, &after);
        self.gathered.labels_of(&self.env, &mut inverse).await?;
        let (verdicts, may_not_fit) = self.verdicts(&after, &inverse).await?;
        if last {
            self.env.write_history(job).await?;
            inverse.unrecord.clone_from(&job.native.unrecord);
        }
        if last {
            self.told.bring_back_aside(&self.env, job, &after, &inverse).await?;
        }
        let state = if last { State::Applied } else { State::Interrupted };
        let text = serde_json::to_value(&verdicts).unwrap_or_default();
        store::progress(self.env.session, self.env.number, done + 1, state, &inverse, &text, lock_ms).await?;
        self.env.session.batch("COMMIT").await.map_err(MigrateError::server("COMMIT"))?;
        Ok(Done { verdicts, may_not_fit, inverse, lock_ms, attempts: 1, seen, ours: mine })
    }
}

/// Statements whose effect can be read back from the catalog.
fn readable(outside: &Outside) -> bool {
    matches!(
        outside,
        Outside::CreateIndexConcurrently { .. }
            | Outside::DropIndexConcurrently { .. }
            | Outside::Reindex { .. }
            | Outside::Vacuum { .. }
    )
}

fn outside_objects(before: &Catalog, after: &Catalog, outside: &Outside) -> BTreeSet<ObjectId> {
    let named = |catalog: &Catalog, name: &str| -> Vec<ObjectId> {
        catalog.objects().filter(|o| o.name == name).map(|o| o.id).collect()
    };
    let mut ids = BTreeSet::new();
    match outside {
        Outside::CreateIndexConcurrently { index, table, .. } => {
            if let Some(index) = index {
                ids.extend(named(after, index));
            } else {
                // Made up by the server: whatever is new on that table.
                ids.extend(
                    after
                        .objects()
                        .filter(|o| {
                            !before.contains(o.id)
                                && o.parent.and_then(|p| after.get(p)).is_some_and(|p| p.name == table.name)
                        })
                        .map(|o| o.id),
                );
            }
        }
        Outside::DropIndexConcurrently { indexes, .. } => {
            for index in indexes {
                ids.extend(named(before, &index.name));
            }
        }
        _ => {}
    }
    ids
}

/// Verdicts from a planned undo and what was lost on the way.
pub(crate) fn verdicts(plan: &UndoPlan, inverse: &Inverse, losses: &[Verdict]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = losses.to_vec();
    let known: BTreeSet<String> = losses
        .iter()
        .filter_map(|v| match v {
            Verdict::Lossy { what, .. } | Verdict::Impossible { what, .. } => Some(what.clone()),
            _ => None,
        })
        .collect();
    for row in &inverse.rows {
        let mut parts = Vec::new();
        if row.truncated {
            parts.push("truncated or rewritten by code".to_owned());
        }
        if row.deleted > 0 && !row.truncated {
            parts.push(format!("{} deleted", row.deleted));
        }
        if row.updated > 0 {
            parts.push(format!("{} updated", row.updated));
        }
        if row.inserted > 0 {
            parts.push(format!("{} inserted", row.inserted));
        }
        let count = row.deleted + row.updated + row.inserted;
        verdicts.push(Verdict::Lossy {
            what: row.table.clone(),
            count: (count > 0).then(|| u64::try_from(count).unwrap_or_default()),
            unit: CountUnit::Rows,
            reason: format!("rows that the migration changed stay changed ({})", parts.join(", ")),
        });
    }
    let mut seen = BTreeMap::new();
    for unsupported in &plan.unsupported {
        if !known.contains(&unsupported.object) {
            seen.entry(unsupported.object.clone()).or_insert_with(|| unsupported.reason.clone());
        }
    }
    verdicts.extend(seen.into_iter().map(|(what, reason)| Verdict::Impossible { what, reason }));
    if !plan.order.changed.is_empty() {
        let mut reasons: Vec<String> = Vec::new();
        for (table, reason) in &plan.order.reasons {
            reasons.push(format!("{table} is not recreated, since {reason}"));
        }
        verdicts.push(Verdict::ExactButColumnOrder { tables: plan.order.changed.clone(), reasons });
    }
    verdicts
}

pub(crate) fn outcome_differences(
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (identity, digest) in expected {
        match found.get(identity) {
            Some(other) if other == digest => {}
            Some(_) => differences.push(format!("{identity} is another than rehearsed")),
            None => differences.push(format!("{identity} was expected to change")),
        }
    }
    for identity in found.keys().filter(|i| !expected.contains_key(*i)) {
        differences.push(format!("{identity} changed unexpectedly"));
    }
    differences
}

/// Long runs of digits in names, such as dates and times, made equal; what stands in the definition of
/// such an object cannot be compared then.
fn without_clock(outcome: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    outcome
        .iter()
        .map(|(identity, digest)| {
            let mut name = String::with_capacity(identity.len());
            let mut digits = String::new();
            for c in identity.chars().chain(['\0']) {
                if c.is_ascii_digit() {
                    digits.push(c);
                    continue;
                }
                if digits.len() >= 6 {
                    name.push('#');
                } else {
                    name.push_str(&digits);
                }
                digits.clear();
                name.push(c);
            }
            name.pop();
            let from_clock = name != *identity;
            let digest = if from_clock && digest != "absent" { "from the clock".to_owned() } else { digest.clone() };
            (name, digest)
        })
        .collect()
}

impl Environment<'_> {
    /// Losses must have been named.
    fn consent(&self, verdicts: &[Verdict]) -> Result<(), MigrateError> {
        if self.mode.tolerate_loss {
            return Ok(());
        }
        let open: Vec<Verdict> = verdicts
            .iter()
            .filter(|v| match v {
                Verdict::Lossy { what, .. } | Verdict::Impossible { what, .. } => !self.accepted(what),
                _ => false,
            })
            .cloned()
            .collect();
        if open.is_empty() { Ok(()) } else { Err(MigrateError::Loss(open)) }
    }

    /// `table public.users`, `public.users` and, for what --no-archive named, that.
    fn accepted(&self, what: &str) -> bool {
        let bare = what.split_once(' ').map_or(what, |(_, name)| name);
        let last = bare.rsplit('.').next().unwrap_or(bare);
        self.rules.accept_loss.iter().any(|a| a == what || a == bare)
            || self.rules.no_archive.iter().any(|a| a == bare || a == last)
    }

    /// What this transaction has written: its own sight of it differs from the second connection's, before and
    /// after. What somebody else commits in between differs from one of the two only.
    async fn written(&self, seen: &Census) -> Result<BTreeSet<ObjectId>, MigrateError> {
        let own = census(self.session).await?;
        let later: BTreeSet<ObjectId> = census(self.witness).await?.touched(&own).into_iter().collect();
        Ok(seen.touched(&own).into_iter().filter(|id| later.contains(id)).collect())
    }

    /// Indexes of a name: as SQL names them, and whether they are valid.
    async fn indexes(
        &self,
        name: &str,
        schema: Option<&str>,
        table: Option<&str>,
    ) -> Result<Vec<(String, bool)>, MigrateError> {
        let rows = self
            .session
            .query_typed(
                "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid FROM pg_catalog.pg_index i \
                 JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relname = $1 AND ($2::text IS NULL OR n.nspname = $2) AND ($3::text IS NULL OR t.relname = $3) \
                 AND ($2::text IS NOT NULL OR pg_catalog.pg_table_is_visible(c.oid) OR NOT i.indisvalid)",
                &[
                    (&name, tokio_postgres::types::Type::TEXT),
                    (&schema, tokio_postgres::types::Type::TEXT),
                    (&table, tokio_postgres::types::Type::TEXT),
                ],
            )
            .await
            .map_err(MigrateError::server("looking for an index"))?;
        Ok(rows.iter().map(|r| (r.get(0), r.get(1))).collect())
    }

    fn baseline_role(&self) -> String {
        self.baseline.role_name().to_owned()
    }

    /// The row in the history of the team's own tool, and its table where that is missing.
    async fn write_history(&self, job: &Job) -> Result<(), MigrateError> {
        for sql in job.native.create.iter().chain(&job.native.record) {
            self.session.batch(sql).await.map_err(MigrateError::server("writing the migration tool's own history"))?;
        }
        Ok(())
    }
}

impl Origin {
    async fn outside_statement(
        &self,
        env: &Environment<'_>,
        statement: &Statement,
        outside: &Outside,
    ) -> Result<(), MigrateError> {
        // Killed between the deed and its record: read back whether it happened.
        match outside {
            Outside::CreateIndexConcurrently { index: Some(index), table, .. } => {
                for (name, valid) in env.indexes(index, table.schema.as_deref(), Some(&table.name)).await? {
                    let known = self.catalog.outside().any(|o| o.name == *index && self.catalog.sql_name(o.id) == name);
                    if valid && !known {
                        return Ok(());
                    }
                    // A failed try leaves an invalid index behind, which IF NOT EXISTS would accept.
                    if !valid {
                        env.session
                            .batch(&format!("DROP INDEX CONCURRENTLY {name}"))
                            .await
                            .map_err(MigrateError::server("removing an invalid index"))?;
                    }
                }
            }
            Outside::DropIndexConcurrently { indexes, .. } => {
                let mut left = 0;
                for index in indexes {
                    left += env.indexes(&index.name, index.schema.as_deref(), None).await?.len();
                }
                let were = indexes.iter().all(|i| self.catalog.outside().any(|o| o.name == i.name));
                if left == 0 && were {
                    return Ok(());
                }
            }
            _ => {}
        }
        env.session.batch(&statement.text).await.map_err(|source| MigrateError::statement(statement, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_clock_in_a_name_is_forgiven_and_nothing_else() {
        let expected = map(&[("table archive.m_20260107_101500", "a"), ("table public.x", "b")]);
        let same = map(&[("table archive.m_20260108_235959", "z"), ("table public.x", "b")]);
        let other = map(&[("table archive.m_20260108_235959", "z"), ("table public.x", "c")]);
        let missing = map(&[("table public.x", "b")]);
        assert!(outcome_differences(&without_clock(&expected), &without_clock(&same)).is_empty());
        assert_eq!(
            outcome_differences(&without_clock(&expected), &without_clock(&other)),
            ["table public.x is another than rehearsed"]
        );
        assert_eq!(outcome_differences(&without_clock(&expected), &without_clock(&missing)).len(), 1);
    }
}
