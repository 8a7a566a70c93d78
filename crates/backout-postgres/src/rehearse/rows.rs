//! The rows of a clone: as the plain statements leave them, and back as they were, with the probe rows.
//!
//! Must not know: how a migration runs or is undone.

use super::forth_and_back::{Findings, Rehearsal};
use super::{RehearseError, probe};
use crate::catalog::read_catalog;
use crate::fingerprint::{self, Fingerprint};
use backout_plan::Verdict;
use backout_reversal::Inverse;
use backout_schema::{Catalog, Detail, Object, ObjectId, hidden_by};
use std::collections::BTreeMap;

/// What must be in a table at the end, and over which columns.
pub(super) struct Expectation {
    name: String,
    identity: String,
    columns: Vec<String>,
    before: Fingerprint,
    /// The partitioned table that it is a part of, or itself: probe rows are written there.
    whole: ObjectId,
    /// As the undo must leave it, where the table is still there in the same shape: as before, with the probe rows.
    expected: Option<Fingerprint>,
}

impl Rehearsal<'_> {
    pub(super) async fn fingerprints(
        &self,
        catalog: &Catalog,
    ) -> Result<BTreeMap<ObjectId, Expectation>, RehearseError> {
        let mut tables = BTreeMap::new();
        for table in catalog.outside().filter(|o| o.holds_rows()) {
            let name = catalog.sql_name(table.id);
            let columns = fingerprint::columns(catalog, table.id);
            let Some(sql) = fingerprint::query(catalog, table.id, &name, &columns) else { continue };
            // A table that the role may not read keeps its rows unseen.
            if let Ok(before) = fingerprint::take(self.session, &sql).await {
                let identity = catalog.identity(table.id);
                let whole = whole(catalog, table.id);
                tables.insert(table.id, Expectation { name, identity, columns, before, whole, expected: None });
            }
        }
        Ok(tables)
    }

    /// Rows after the migration: as many as the plain statements left, and the same where nothing is random.
    pub(super) async fn compare_forward(
        &self,
        ours: &Catalog,
        plain: &Catalog,
        findings: &mut Findings,
    ) -> Result<(), RehearseError> {
        for table in ours.outside().filter(|o| o.holds_rows()) {
            let Some(other) = table.schema.as_deref().and_then(|s| plain.relation(s, &table.name)) else { continue };
            let name = ours.sql_name(table.id);
            let mut columns = fingerprint::columns(ours, table.id);
            columns.retain(|name| hidden_by(name).is_none() || fingerprint::columns(plain, other.id).contains(name));
            let (Some(a), Some(b)) = (
                fingerprint::query(ours, table.id, &name, &columns),
                fingerprint::query(plain, other.id, &name, &columns),
            ) else {
                continue;
            };
            let (Ok(a), Ok(b)) = (fingerprint::take(self.session, &a).await, fingerprint::take(self.plain, &b).await)
            else {
                continue;
            };
            if a.rows != b.rows {
                findings
                    .problems
                    .push(format!("{name} has {} rows, and {} after the plain statements", a.rows, b.rows));
            } else if a.sum != b.sum {
                findings
                    .notes
                    .push(format!("{name}: values made by random functions or the clock differ between two runs"));
            }
        }
        Ok(())
    }

    /// Rows as the migration left them, of the tables that get their former ones back.
    pub(super) async fn rows_left(
        &self,
        middle: &Catalog,
        start: &Catalog,
        tables: &BTreeMap<ObjectId, Expectation>,
        inverse: &Inverse,
    ) -> Result<BTreeMap<ObjectId, Fingerprint>, RehearseError> {
        let mut left = BTreeMap::new();
        for (id, table) in tables {
            let whole = whole(start, *id);
            if !inverse.images.iter().any(|image| image.table == whole) || !same_shape(start, middle, *id) {
                continue;
            }
            if let Some(sql) = fingerprint::query(middle, *id, &middle.sql_name(*id), &table.columns) {
                let fingerprint = fingerprint::take(self.session, &sql).await;
                left.insert(*id, fingerprint.map_err(RehearseError::server("reading rows"))?);
            }
        }
        Ok(left)
    }

    pub(super) async fn after_probes(
        &self,
        middle: &Catalog,
        start: &Catalog,
        left: &BTreeMap<ObjectId, Fingerprint>,
        tables: &mut BTreeMap<ObjectId, Expectation>,
    ) -> Result<(), RehearseError> {
        for (id, table) in tables.iter_mut() {
            let Some(now) = middle.get(*id).filter(|_| !middle.is_ours(*id)) else { continue };
            if !same_shape(start, middle, *id) {
                continue;
            }
            if let Some(sql) = fingerprint::query(middle, *id, &middle.sql_name(now.id), &table.columns) {
                let since = fingerprint::take(self.session, &sql).await.ok();
                table.expected = match (since, left.get(id)) {
                    (Some(since), Some(left)) => table.before.with_added(left, &since),
                    (since, _) => since,
                };
            }
        }
        Ok(())
    }

    /// Rows after the undo: the former ones, and those written since where the table lived on.
    pub(super) async fn compare_back(
        &self,
        tables: &BTreeMap<ObjectId, Expectation>,
        probes: &probe::Probes,
        verdicts: &[Verdict],
        findings: &mut Findings,
    ) -> Result<(), RehearseError> {
        let end = read_catalog(self.session, false).await?;
        let by_name: BTreeMap<String, ObjectId> =
            end.outside().filter(|o| o.holds_rows()).map(|o| (end.identity(o.id), o.id)).collect();
        let mut found: BTreeMap<ObjectId, i64> = BTreeMap::new();
        for table in tables.values() {
            let Some(id) = by_name.get(&table.identity) else {
                findings.problems.push(format!("{} is not there", table.identity));
                continue;
            };
            let Some(sql) = fingerprint::query(&end, *id, &table.name, &table.columns) else { continue };
            let now =
                fingerprint::take(self.session, &sql).await.map_err(RehearseError::server("reading rows back"))?;
            let probed = i64::try_from(probes.written.iter().filter(|p| p.id == table.whole).count()).unwrap_or(0);
            let as_expected = match &table.expected {
                Some(expected) => now == *expected,
                None if now == table.before => true,
                // Its shape changed meanwhile: the number of rows must do, with the probe rows. Which partition they
                // went to is not known, so these are counted together.
                None if probed > 0 => {
                    let more = now.rows - table.before.rows;
                    *found.entry(table.whole).or_default() += more;
                    (1..=probed).contains(&more)
                }
                None => false,
            };
            if as_expected {
                continue;
            }
            let said = verdicts.iter().any(|v| match v {
                Verdict::Lossy { what, .. } | Verdict::Impossible { what, .. } => {
                    what == &table.identity || what.contains(&format!(" {}", table.name))
                }
                _ => false,
            });
            let what = format!(
                "{}: {} rows before, {} now{}",
                table.identity,
                table.before.rows,
                now.rows,
                if now.rows == table.before.rows + probed { ", with other values" } else { "" }
            );
            if said { findings.notes.push(what) } else { findings.problems.push(what) }
        }
        for probe in &probes.written {
            let changed = |of: &&Expectation| of.whole == probe.id && of.expected.is_none();
            if tables.values().any(|table| changed(&table)) && found.get(&probe.id).is_none_or(|rows| *rows != 1) {
                let rows = found.get(&probe.id).copied().unwrap_or(0);
                findings.problems.push(format!("{}: of one probe row {rows} are there", probe.table));
            }
        }
        Ok(())
    }
}

/// The partitioned table that this one is a part of in the end, or itself.
fn whole(catalog: &Catalog, table: ObjectId) -> ObjectId {
    let mut whole = table;
    while let Some(Detail::Table(t)) = catalog.get(whole).map(|o| &o.detail)
        && let Some(parent) = t.partition_of
    {
        whole = parent;
    }
    whole
}

/// Whether a table has the columns that it had, of the same types.
fn same_shape(start: &Catalog, middle: &Catalog, table: ObjectId) -> bool {
    let same = |c: &&Object| middle.get(c.id).is_some_and(|m| m.name == c.name && m.detail == c.detail);
    !middle.is_ours(table) && start.columns(table).iter().all(same)
}
