//! What this migration did to objects, told apart from what other sessions did meanwhile.
//!
//! Must not know: what is kept of it, or how.

use super::{Environment, MigrateError, Origin};
use crate::catalog::{census, is_counted};
use backout_schema::{Catalog, Census, ObjectId};
use std::collections::BTreeSet;
use tokio_postgres::types::Type;

/// What other sessions did while the migration ran.
#[derive(Debug, Default)]
pub(super) struct Bystanders {
    /// What the second connection saw before anything was done, or at the last commit of ours.
    pub seen: Option<Census>,
    /// What the commits of this run explain.
    pub ours: BTreeSet<ObjectId>,
}

impl Bystanders {
    /// The second connection's first look, which must come before ours.
    pub(super) async fn look_first(&mut self, env: &Environment<'_>) -> Result<(), MigrateError> {
        if self.seen.is_none() {
            self.seen = Some(census(env.witness).await?);
        }
        Ok(())
    }

    /// Objects that somebody else created, changed or dropped since the first look, or since the last commit
    /// of ours: what the second connection sees changed and no commit of ours explains, and what came and went between
    /// two of its looks. `seen` was taken after the reading `after`.
    pub(super) async fn foreign(
        &self,
        env: &Environment<'_>,
        origin: &Origin,
        seen: &Census,
        after: &Catalog,
        mine: &BTreeSet<ObjectId>,
    ) -> Result<BTreeSet<ObjectId>, MigrateError> {
        let touched = self.seen.as_ref().map(|then| then.touched(seen)).unwrap_or_default();
        let ours = |id: &ObjectId| self.ours.contains(id) || mine.contains(id);
        let mut foreign: BTreeSet<ObjectId> = touched.into_iter().filter(|id| !ours(id)).collect();
        let existed = |id: &ObjectId| self.seen.as_ref().is_some_and(|then| then.rows.contains_key(id));
        // There after the first look, and gone before we could drop it.
        let gone = |id: &ObjectId| !existed(id) && !after.contains(*id) && !seen.rows.contains_key(id);
        foreign.extend(origin.catalog.objects().map(|o| o.id).filter(|id| is_counted(*id) && gone(id) && !ours(id)));
        // There when the result was read, and gone since: what is ours nobody else can drop.
        let own = census(env.session).await?;
        // So is what was made, read twice and dropped again, all between the two looks: where this takes long, others
        // do that with every table that they have.
        let passed = |id: &ObjectId| !existed(id) && !seen.rows.contains_key(id);
        let vanished = |id: &ObjectId| !own.rows.contains_key(id) && (!origin.catalog.contains(*id) || passed(id));
        foreign.extend(after.objects().map(|o| o.id).filter(|id| is_counted(*id) && vanished(id) && !ours(id)));
        // A whole new table of somebody else's: its columns, constraints and indexes as well.
        let whole: Vec<ObjectId> =
            foreign.iter().copied().filter(|id| !existed(id) || !seen.rows.contains_key(id)).collect();
        for id in whole {
            for catalog in [&origin.catalog, after] {
                foreign.extend(catalog.parts(id).map(|o| o.id).filter(|id| !ours(id)));
            }
        }
        Ok(foreign)
    }
}

impl Origin {
    /// What vanished and what was rewritten between the two readings, less what other sessions did: the
    /// witness sees theirs, and nothing of ours.
    pub(super) async fn ours(
        &self,
        env: &Environment<'_>,
        before: &Census,
        after: &Census,
    ) -> Result<(BTreeSet<ObjectId>, Vec<ObjectId>), MigrateError> {
        let (mut gone, mut rewritten) = (before.gone(after), before.rewritten(after));
        if gone.is_empty() && rewritten.is_empty() {
            return Ok((BTreeSet::new(), rewritten));
        }
        let seen = census(env.witness).await?;
        // What others still see is gone for us alone. What they never saw, we have made ourselves; what they made since
        // and have dropped again is as unknown to them now.
        let writer = |id: &ObjectId| before.rows.get(id).map(|row| row.0);
        let unseen: Vec<ObjectId> =
            gone.iter().copied().filter(|id| !self.existed.contains(id) && !seen.rows.contains_key(id)).collect();
        let committed = env.committed_of(unseen.iter().filter_map(writer).collect()).await?;
        gone.retain(|id| match self.existed.contains(id) || seen.rows.contains_key(id) {
            true => seen.rows.contains_key(id),
            false => writer(id).is_some_and(|xid| !committed.contains(&xid)),
        });
        let file = |census: &Census, id: &ObjectId| census.rows.get(id).map(|row| row.1);
        rewritten.retain(|id| file(&seen, id) != file(after, id));
        Ok((gone.into_iter().collect(), rewritten))
    }
}

impl Environment<'_> {
    /// Those of some transactions that have committed: none of this session's open one.
    async fn committed_of(&self, xids: BTreeSet<u32>) -> Result<BTreeSet<u32>, MigrateError> {
        if xids.is_empty() {
            return Ok(xids);
        }
        let xids: Vec<i64> = xids.into_iter().map(i64::from).collect();
        // Catalogs store 32 bits; no transaction here is further off than half of their range. What is not before this
        // moment's snapshot has not committed: that may be this session's own.
        let sql = "WITH now AS (SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8 AS next) \
             SELECT x FROM now, pg_catalog.unnest($1) x, LATERAL (SELECT (next & ~4294967295) + x AS near) n, \
               LATERAL (SELECT CASE WHEN near - next > 2147483648 THEN near - 4294967296 \
                 WHEN next - near > 2147483648 THEN near + 4294967296 ELSE near END) w (whole) \
             WHERE CASE WHEN whole >= next THEN false WHEN whole < 3 THEN true \
               ELSE coalesce(pg_catalog.pg_xact_status(whole::text::xid8), 'committed') = 'committed' END";
        let rows = self.session.query_typed(sql, &[(&xids, Type::INT8_ARRAY)]).await;
        let rows = rows.map_err(MigrateError::server("telling whose objects went away"))?;
        Ok(rows.iter().filter_map(|row| u32::try_from(row.get::<_, i64>(0)).ok()).collect())
    }
}
