//! Keeping what a statement is about to destroy: moves where they serve, copies where they do not.

use super::{Environment, Event, Gathered, MigrateError, Origin, Run};
use crate::catalog::{census, read_catalog};
use crate::sqlstate;
use backout_plan::Verdict;
use backout_reversal::{SequenceValue, TableCopy, plan_drop};
use backout_schema::{Catalog, DependencyKind, Detail, Object, ObjectId, ident, qualified};
use backout_sql::script::Statement;
use std::collections::{BTreeMap, BTreeSet};

impl Run<'_> {
    pub(super) async fn catalog_now(&self) -> Result<Catalog, MigrateError> {
        if let Some((stamp, catalog)) = &self.untouched
            && *stamp == census(self.env.session).await?
        {
            return Ok(catalog.clone());
        }
        Ok(read_catalog(self.env.session, true).await?)
    }

    /// Carries out a drop that a trial run saw, moving what holds rows. `false`: it could only copy them,
    /// and the statement itself is still to run.
    pub(super) async fn drop_by_moving(
        &mut self,
        statement: &Statement,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<bool, MigrateError> {
        self.gathered.keep_sequences(&self.env, &self.origin, catalog, gone).await?;
        let owned = self.env.owned_tables(catalog, gone).await?;
        if self.env.hangs_on_others(catalog, gone).await? {
            self.copy_what_goes(catalog, gone, &owned).await?;
            return Ok(false);
        }
        let lost = self.not_to_keep(catalog, gone, &owned);
        for id in &lost {
            self.gathered.lose_table(&self.env, &self.origin, catalog, *id, owned.contains(id)).await?;
        }
        let existed = &self.origin.existed;
        let keep = |id: ObjectId| existed.contains(&id) && !lost.contains(&id);
        let mut homes: Vec<String> = Vec::new();
        let mut named = self.homes.clone();
        let mut home = |schema: &str| {
            if !homes.contains(&schema.to_owned()) {
                homes.push(schema.to_owned());
            }
            named.home(schema)
        };
        let plan = plan_drop(catalog, gone, &keep, &mut home);
        for schema in &homes {
            self.homes.make_home(&self.env, schema).await?;
        }
        if let Some(reason) = plan.unsupported.first() {
            return Err(MigrateError::guard(
                statement,
                format!("what it drops cannot be kept: {reason}"),
                "move the drop into a migration of its own, or say that the rows of this table need not be kept",
            ));
        }
        let statements: Vec<&str> = plan.statements.iter().map(|one| one.sql.as_str()).collect();
        if !self.env.carry_out(statement, &statements).await? {
            self.copy_what_goes(catalog, &gone.iter().copied().filter(|id| !lost.contains(id)).collect(), &owned)
                .await?;
            return Ok(false);
        }
        for moved in plan.moved {
            (self.env.watch)(Event::Kept { what: moved.identity.clone(), schema: moved.to_schema.clone() });
            self.gathered.moved.push(moved);
        }
        Ok(true)
    }

    /// Tables whose rows nobody wants, or that this role may not move.
    fn not_to_keep(&self, catalog: &Catalog, gone: &BTreeSet<ObjectId>, owned: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
        let mut lost: Vec<ObjectId> = Vec::new();
        for id in gone {
            if let Some(table) = catalog.get(*id).filter(|o| o.holds_rows() && self.origin.existed.contains(id)) {
                let name = catalog.sql_name(*id);
                let waived = self.env.rules.no_archive.iter().any(|n| *n == name || *n == table.name);
                if waived || !owned.contains(id) {
                    lost.push(*id);
                }
            }
        }
        lost
    }

    /// Keeps the rows of tables that the statement itself is to drop.
    async fn copy_what_goes(
        &mut self,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
        owned: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let waived = |o: &Object| {
            let name = catalog.sql_name(o.id);
            self.env.rules.no_archive.iter().any(|n| *n == name || *n == o.name)
        };
        let (waived, tables): (Vec<&Object>, Vec<&Object>) = gone
            .iter()
            .filter_map(|id| catalog.get(*id))
            .filter(|o| o.holds_rows() && self.origin.existed.contains(&o.id) && !catalog.is_ours(o.id))
            .partition(|o| waived(o));
        for table in waived {
            self.gathered.lose_table(&self.env, &self.origin, catalog, table.id, owned.contains(&table.id)).await?;
        }
        self.keep_tables(catalog, &tables.iter().map(|o| o.id).collect::<Vec<_>>()).await
    }

    /// Copies whole tables that a statement drops where no text says so: inside a DO block or function.
    pub(super) async fn keep_tables(&mut self, catalog: &Catalog, tables: &[ObjectId]) -> Result<(), MigrateError> {
        let owned = self.env.owned_tables(catalog, &tables.iter().copied().collect()).await?;
        for id in tables {
            let Some(table) = catalog.get(*id) else { continue };
            if self.gathered.tables.iter().any(|t| t.table == *id) {
                continue;
            }
            if !owned.contains(id) {
                self.gathered.lose_table(&self.env, &self.origin, catalog, *id, false).await?;
                continue;
            }
            let name = catalog.sql_name(*id);
            let schema = table.schema.clone().unwrap_or_default();
            self.env.open_rows(catalog, *id).await?;
            let mut kept = catalog.columns(*id);
            kept.retain(|c| !matches!(&c.detail, Detail::Column(c) if c.generated.is_some()));
            let columns: Vec<String> = kept.iter().map(|c| ident(&c.name)).collect();
            let home = self.homes.make_home(&self.env, &schema).await?;
            let copy = format!("table_{}", id.oid);
            let full = qualified(&home, &copy);
            // A FOR ALL TABLES publication makes DELETE fail on a table without a key.
            self.env
                .own(&format!(
                    "CREATE TABLE {full} (backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, LIKE {name})"
                ))
                .await?;
            let rows = self
                .env
                .keep(&format!(
                    "INSERT INTO {full} ({0}) OVERRIDING SYSTEM VALUE SELECT {0} FROM ONLY {name}",
                    columns.join(", ")
                ))
                .await?;
            self.env.close_rows(catalog, *id).await?;
            (self.env.watch)(Event::Kept { what: catalog.identity(*id), schema: home.clone() });
            self.gathered.tables.push(TableCopy {
                table: *id,
                schema: home,
                name: copy,
                columns: kept.iter().map(|c| c.name.clone()).collect(),
                numbers: kept.iter().map(|c| c.id.sub).collect(),
                rows,
            });
        }
        Ok(())
    }
}

fn is_forced(catalog: &Catalog, table: ObjectId) -> bool {
    matches!(catalog.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.force_row_security)
}

/// Whose an object is; a part of a table is its owner's.
fn owner<'c>(catalog: &'c Catalog, object: &'c Object) -> Option<&'c str> {
    object.owner.as_deref().or_else(|| catalog.get(catalog.root(object.id))?.owner.as_deref())
}

impl Environment<'_> {
    /// Whether something that the drop takes along can be dropped by the drop alone: CASCADE asks nobody,
    /// and a statement that takes the thing off by name needs its owner.
    pub(super) async fn hangs_on_others(
        &self,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<bool, MigrateError> {
        if gone.iter().any(|id| catalog.is_ours(*id)) {
            return Ok(false);
        }
        let objects: Vec<&Object> = gone.iter().filter_map(|id| catalog.get(*id)).collect();
        let schema_owner = |o: &Object| {
            let schema = o.schema.as_deref()?;
            catalog.objects().find(|s| matches!(s.detail, Detail::Schema) && s.name == schema)?.owner.as_deref()
        };
        let whole = |o: &Object| match &o.detail {
            Detail::Table(t) => owner(catalog, catalog.get(t.partition_of.filter(|p| !gone.contains(p))?)?),
            _ => None,
        };
        let owners: Vec<&str> =
            objects.iter().flat_map(|o| [owner(catalog, o), schema_owner(o), whole(o)]).flatten().collect();
        let others = self.others(owners).await?;
        let is_other = |name: Option<&str>| name.is_some_and(|n| others.contains(n));
        Ok(objects.iter().any(|o| {
            // To be taken off is the whole's affair, to go with it is not.
            if is_other(whole(o)) {
                return true;
            }
            if !is_other(owner(catalog, o)) || o.parent.is_some_and(|p| gone.contains(&p)) {
                return false;
            }
            // What stands for itself in our schema is ours to drop, though not to move.
            let moves = matches!(o.detail, Detail::Type(_) | Detail::Function(_));
            o.parent.is_some() || moves || is_other(schema_owner(o))
        }))
    }

    /// Those of these roles that we are no member of.
    async fn others(&self, roles: Vec<&str>) -> Result<BTreeSet<String>, MigrateError> {
        let roles: BTreeSet<&str> = roles.into_iter().filter(|r| *r != self.baseline.role_name()).collect();
        if roles.is_empty() {
            return Ok(BTreeSet::new());
        }
        let roles: Vec<&str> = roles.into_iter().collect();
        let rows = self
            .session
            .query_typed(
                "SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.rolname::text = ANY ($1) AND NOT pg_catalog.pg_has_role(r.oid, 'USAGE')",
                &[(&roles, tokio_postgres::types::Type::TEXT_ARRAY)],
            )
            .await
            .map_err(MigrateError::server("asking whose things are dropped"))?;
        Ok(rows.iter().map(|r| r.get(0)).collect())
    }

    /// Tables among `gone` that the role may move: it must be a member of their owner.
    pub(super) async fn owned_tables(
        &self,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<BTreeSet<ObjectId>, MigrateError> {
        let tables: Vec<u32> =
            gone.iter().filter(|id| catalog.get(**id).is_some_and(|o| o.holds_rows())).map(|id| id.oid).collect();
        let rows = self
            .session
            .query_typed(
                "SELECT oid FROM pg_catalog.pg_class WHERE oid = ANY ($1) AND pg_catalog.pg_has_role(relowner, 'USAGE')",
                &[(&tables, tokio_postgres::types::Type::OID_ARRAY)],
            )
            .await
            .map_err(MigrateError::server("asking who owns what is dropped"))?;
        Ok(rows.iter().map(|r| ObjectId::relation(r.get(0))).collect())
    }

    /// How many rows a table has, where we may read all of them.
    pub(super) async fn count_all(&self, catalog: &Catalog, table: ObjectId) -> Option<u64> {
        self.try_count(catalog, table, &format!("SELECT count(*) FROM {}", catalog.sql_name(table))).await
    }

    /// A count on a table, where we may read all its rows.
    pub(super) async fn try_count(&self, catalog: &Catalog, table: ObjectId, sql: &str) -> Option<u64> {
        let counting = self.session.savepoint("backout_count").await.ok()?;
        let mut opening = "SET LOCAL row_security = off".to_owned();
        if is_forced(catalog, table) {
            opening.push_str(&format!("; ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", catalog.sql_name(table)));
        }
        let count = match self.session.batch(&opening).await {
            Ok(()) => self.session.scalar(sql).await,
            Err(error) => Err(error),
        };
        counting.take_back().await.ok()?;
        count.ok().flatten()?.parse().ok()
    }

    /// Locks a table and lets us read all its rows: a table that forces row level security gives its owner
    /// a part of them, silently. To be closed again, for the migration's own statements.
    pub(super) async fn open_rows(&self, catalog: &Catalog, table: ObjectId) -> Result<(), MigrateError> {
        let name = catalog.sql_name(table);
        let mut sql = format!(
            "LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE; \
             SELECT pg_catalog.set_config('backout.row_security', pg_catalog.current_setting('row_security'), true); \
             SET LOCAL row_security = off"
        );
        if is_forced(catalog, table) {
            sql.push_str(&format!("; ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"));
        }
        self.own(&sql).await
    }

    pub(super) async fn close_rows(&self, catalog: &Catalog, table: ObjectId) -> Result<(), MigrateError> {
        let mut sql =
            "SELECT pg_catalog.set_config('row_security', pg_catalog.current_setting('backout.row_security'), true)"
                .to_owned();
        if is_forced(catalog, table) {
            sql.push_str(&format!("; ALTER TABLE {} FORCE ROW LEVEL SECURITY", catalog.sql_name(table)));
        }
        self.own(&sql).await
    }

    /// Carries out the statements that stand for a drop. `false`: nothing of it was done, since what is to be moved has
    /// a deferred check of a table that stays still to come.
    async fn carry_out(&self, statement: &Statement, statements: &[&str]) -> Result<bool, MigrateError> {
        // What goes along is named by us: the server's notices would speak of the archive's own objects.
        self.own(
            "SELECT pg_catalog.set_config('backout.messages', pg_catalog.current_setting('client_min_messages'), true); \
             SET LOCAL client_min_messages = warning",
        )
        .await?;
        let moving = self.session.plain_savepoint("backout_moving").await.map_err(MigrateError::keeping)?;
        let former =
            "SELECT pg_catalog.set_config('client_min_messages', pg_catalog.current_setting('backout.messages'), true)";
        if let Err((place, source)) = self.session.all(statements).await {
            if !source.has_code(sqlstate::OBJECT_IN_USE) {
                return Err(MigrateError::statement_part(statement, statements[place], source));
            }
            // ALTER TABLE refuses that, DROP TABLE does not.
            moving.take_back().await.map_err(MigrateError::keeping)?;
            self.own(former).await?;
            return Ok(false);
        }
        moving.keep().await.map_err(MigrateError::keeping)?;
        self.own(former).await?;
        Ok(true)
    }
}

impl Gathered {
    /// What goes that belongs to others, and what stands on it: dropping it needs no consent of theirs,
    /// making it again does. It is named in the verdict and left out of the inverse. Rows are counted by
    /// whoever keeps the others'.
    pub(super) async fn give_up_others(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let before = &origin.catalog;
        let objects: Vec<&Object> =
            gone.iter().filter_map(|id| before.get(*id)).filter(|o| !before.is_ours(o.id)).collect();
        let whole = |o: &Object| match &o.detail {
            Detail::Table(t) => t.partition_of.filter(|p| !gone.contains(p)).and_then(|p| before.get(p)),
            _ => None,
        };
        let wholes = objects.iter().filter_map(|o| owner(before, whole(o)?));
        let owners = objects.iter().filter_map(|o| owner(before, o)).chain(wholes).collect();
        let others = env.others(owners).await?;
        // What belongs to others, its parts included, and then what stands on that.
        let mut given_up: BTreeMap<ObjectId, Option<String>> = BTreeMap::new();
        let me = ident(env.baseline.role_name());
        for object in &objects {
            if let Some(whole) = whole(object)
                && let Some(name) = owner(before, whole).filter(|n| others.contains(*n))
            {
                let waived = |n: &String| *n == before.sql_name(object.id) || *n == object.name;
                let is_kept = owner(before, object).is_some_and(|n| !others.contains(n))
                    && !env.rules.no_archive.iter().any(waived);
                let reason = format!(
                    "it was part of {}, which belongs to {}: {me} can drop it, but not make it part of that again{}",
                    before.identity(whole.id),
                    ident(name),
                    if is_kept { "; `backout archive` has its rows" } else { "" }
                );
                given_up.insert(object.id, Some(reason));
                continue;
            }
            let Some(name) = owner(before, object).filter(|n| others.contains(*n)) else { continue };
            let with_whole = object.parent.is_some_and(|p| gone.contains(&p));
            let counted = object.holds_rows() || object.is_column();
            let reason = format!("it belongs to {}: {me} can drop it, but not make it again as it was", ident(name));
            given_up.insert(object.id, (!with_whole && !counted).then_some(reason));
        }
        let mut open: Vec<ObjectId> = given_up.keys().copied().collect();
        let mut verdicts = Vec::new();
        while let Some(id) = open.pop() {
            for edge in before.dependents(id) {
                let Some(user) = before.get(edge.from).filter(|o| gone.contains(&o.id)) else { continue };
                if given_up.contains_key(&user.id) || edge.kind != DependencyKind::Normal {
                    continue;
                }
                let reason = format!("it stands on {}, which belongs to another role", before.identity(id));
                if user.is_column() && user.parent.is_some_and(|p| gone.contains(&p)) {
                    // A table without one of its columns is no table to bring back.
                    verdicts.push(Verdict::Impossible { what: before.identity(before.root(user.id)), reason });
                    continue;
                }
                given_up.insert(user.id, Some(reason));
                open.push(user.id);
            }
        }
        for (id, reason) in given_up {
            if let Some(reason) = reason {
                verdicts.push(Verdict::Impossible { what: before.identity(id), reason });
            }
            self.foreign.insert(id);
            self.foreign.extend(origin.catalog.parts(id).map(|o| o.id));
        }
        for verdict in verdicts {
            if !self.losses.contains(&verdict) {
                self.losses.push(verdict);
            }
        }
        Ok(())
    }

    /// Values of sequences that go and cannot move: inside identity columns, or owned by a column.
    pub(super) async fn keep_sequences(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        for id in gone {
            let Some(object) = catalog.get(*id) else { continue };
            if !matches!(object.detail, Detail::Sequence(_)) || !origin.existed.contains(id) || catalog.is_ours(*id) {
                continue;
            }
            let row = env
                .session
                .query_typed(&format!("SELECT last_value, is_called FROM {}", catalog.sql_name(*id)), &[])
                .await
                .map_err(MigrateError::server("reading a sequence's value"))?
                .pop();
            if let Some(row) = row {
                self.sequences.retain(|s| s.sequence != *id);
                self.sequences.push(SequenceValue {
                    sequence: *id,
                    last_value: row.get(0),
                    is_called: row.get(1),
                    left: None,
                    restarted: false,
                });
            }
        }
        Ok(())
    }
}
