//! Keeping what a statement is about to destroy: moves where they serve, copies where they do not.

use super::error::Place;
use super::{Event, MigrateError, Run};
use crate::catalog::{census, read_catalog};
use backout_plan::{Unit, Verdict};
use backout_reversal::{ColumnCopy, Moved, SequenceValue, TableCopy, TypeCopy, plan_drop, row_key};
use backout_schema::{Catalog, DependencyKind, Detail, Object, ObjectId, TableKind, ident, literal, qualified};
use backout_sql::script::Statement;
use std::collections::{BTreeMap, BTreeSet};

/// A text without the column's own collation, which may go as its type does.
const AS_TEXT: &str = "::text COLLATE pg_catalog.\"default\"";

impl Run<'_> {
    pub(super) async fn catalog_now(&self) -> Result<Catalog, MigrateError> {
        if let Some((stamp, catalog)) = &self.untouched
            && *stamp == census(self.session).await?
        {
            return Ok(catalog.clone());
        }
        Ok(read_catalog(self.session, true).await?)
    }

    /// Runs a statement of our own: as the role that began, under the lock budget.
    pub(super) async fn own(&self, sql: &str) -> Result<(), MigrateError> {
        self.session.batch(sql).await.map_err(MigrateError::server("keeping what the migration drops"))
    }

    pub(super) async fn savepoint(&self, name: &str) -> Result<(), MigrateError> {
        self.session.savepoint(name).await.map_err(MigrateError::server("keeping what the migration drops"))
    }

    /// Makes an archive schema if this migration has none yet.
    pub(super) async fn make_home(&mut self, schema: &str) -> Result<String, MigrateError> {
        let home = self.home(schema);
        if self.made_schemas.insert(home.clone()) {
            let sql = self.new_home(&home);
            if let Err(source) = self.session.batch(&sql).await {
                if source.has_code("42501") {
                    return Err(self.no_room().await?);
                }
                return Err(MigrateError::Server { doing: "making a schema for what the migration drops", source });
            }
        }
        Ok(home)
    }

    fn new_home(&self, home: &str) -> String {
        let comment = format!("Backout: what migration {} dropped; purged by backout archive", self.number);
        format!(
            "CREATE SCHEMA {home}; REVOKE ALL ON SCHEMA {home} FROM PUBLIC; COMMENT ON SCHEMA {home} IS {}",
            literal(&comment).trim_start()
        )
    }

    /// Makes the archive schema that will probably be needed, before anything is locked: a new schema voids the
    /// server's plans of our queries. Who may not make one may still not need it.
    pub(super) async fn make_first_home(&mut self) -> Result<(), MigrateError> {
        // Event triggers would see a schema come and go that may not be needed.
        let watched = "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D')";
        let watched = self.session.scalar(watched).await.map_err(MigrateError::server("looking for event triggers"))?;
        if watched.as_deref() == Some("t") {
            return Ok(());
        }
        let home = self.first_home();
        let made = self.session.savepoint_and("backout_home", &self.new_home(&home)).await;
        let end = if made.is_ok() { "RELEASE" } else { "ROLLBACK TO" };
        self.own(&format!("{end} SAVEPOINT backout_home")).await?;
        if made.is_ok() {
            self.made_schemas.insert(home);
        }
        Ok(())
    }

    /// Nothing came to lie in it.
    pub(super) async fn leave_first_home(&mut self) -> Result<(), MigrateError> {
        let home = self.first_home();
        // What an earlier transaction of the file kept may lie there.
        if self.homes.is_empty() && !self.unit.schemas().contains(&home) && self.made_schemas.remove(&home) {
            self.own(&format!("DROP SCHEMA {home}")).await?;
        }
        Ok(())
    }

    fn first_home(&self) -> String {
        format!("backout_archive_{}", self.number)
    }

    /// Why there is no archive: the transaction has failed, so the names come from the witness.
    async fn no_room(&self) -> Result<MigrateError, MigrateError> {
        let database = self
            .witness
            .scalar("SELECT pg_catalog.quote_ident(pg_catalog.current_database())")
            .await
            .map_err(MigrateError::server("asking for the database's name"))?
            .unwrap_or_default();
        let role = ident(self.baseline.role_name());
        Ok(MigrateError::Guard {
            place: Box::new(Place { location: String::new(), statement: String::new() }),
            problem: format!(
                "{role} may not create schemas in {database}, and what the statement drops needs one to be kept in"
            ),
            hint: format!("GRANT CREATE ON DATABASE {database} TO {role}"),
        })
    }

    /// Carries out a drop that a trial run saw, moving what holds rows. `false`: it could only copy them,
    /// and the statement itself is still to run.
    pub(super) async fn drop_by_moving(
        &mut self,
        statement: &Statement,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<bool, MigrateError> {
        self.keep_sequences(catalog, gone).await?;
        let owned = self.owned_tables(catalog, gone).await?;
        if self.hangs_on_others(catalog, gone).await? {
            self.copy_what_goes(catalog, gone, &owned).await?;
            return Ok(false);
        }
        let mut lost: Vec<ObjectId> = Vec::new();
        for id in gone {
            if let Some(table) = catalog.get(*id).filter(|o| o.holds_rows() && self.existed.contains(id)) {
                let name = catalog.sql_name(*id);
                let waived = self.rules.no_archive.iter().any(|n| *n == name || *n == table.name);
                if waived || !owned.contains(id) {
                    lost.push(*id);
                }
            }
        }
        for id in &lost {
            self.lose_table(catalog, *id, owned.contains(id)).await?;
        }
        let existed = &self.existed;
        let keep = |id: ObjectId| existed.contains(&id) && !lost.contains(&id);
        let mut homes: Vec<String> = Vec::new();
        let mut named = self.homes.clone();
        let number = self.number;
        let mut home = |schema: &str| {
            if !homes.contains(&schema.to_owned()) {
                homes.push(schema.to_owned());
            }
            let position = named.iter().position(|s| s == schema).unwrap_or_else(|| {
                named.push(schema.to_owned());
                named.len() - 1
            });
            if position == 0 {
                format!("backout_archive_{number}")
            } else {
                format!("backout_archive_{number}_{}", position + 1)
            }
        };
        let plan = plan_drop(catalog, gone, &keep, &mut home);
        for schema in &homes {
            self.make_home(schema).await?;
        }
        if let Some(reason) = plan.unsupported.first() {
            return Err(MigrateError::guard(
                statement,
                format!("what it drops cannot be kept: {reason}"),
                "move the drop into a migration of its own, or pass --no-archive for the table",
            ));
        }
        let statements: Vec<&str> = plan.statements.iter().map(|one| one.sql.as_str()).collect();
        // What goes along is named by us: the server's notices would speak of the archive's own objects.
        self.own(
            "SELECT pg_catalog.set_config('backout.messages', pg_catalog.current_setting('client_min_messages'), true); \
             SET LOCAL client_min_messages = warning; SAVEPOINT backout_moving",
        )
        .await?;
        let former =
            "SELECT pg_catalog.set_config('client_min_messages', pg_catalog.current_setting('backout.messages'), true)";
        if let Err((place, source)) = self.session.all(&statements).await {
            if !source.has_code("55006") {
                return Err(MigrateError::statement_part(statement, statements[place], source));
            }
            // A deferred check of a table that stays is still to come: ALTER TABLE refuses that, DROP TABLE does not.
            let back = "ROLLBACK TO SAVEPOINT backout_moving; RELEASE SAVEPOINT backout_moving";
            self.own(&format!("{back}; {former}")).await?;
            self.copy_what_goes(catalog, &gone.iter().copied().filter(|id| !lost.contains(id)).collect(), &owned)
                .await?;
            return Ok(false);
        }
        self.own(&format!("RELEASE SAVEPOINT backout_moving; {former}")).await?;
        for moved in plan.moved {
            (self.watch)(Event::Kept { what: moved.identity.clone(), schema: moved.to_schema.clone() });
            self.unit.moved.push(moved);
        }
        Ok(true)
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
            self.rules.no_archive.iter().any(|n| *n == name || *n == o.name)
        };
        let (waived, tables): (Vec<&Object>, Vec<&Object>) = gone
            .iter()
            .filter_map(|id| catalog.get(*id))
            .filter(|o| o.holds_rows() && self.existed.contains(&o.id) && !catalog.is_ours(o.id))
            .partition(|o| waived(o));
        for table in waived {
            self.lose_table(catalog, table.id, owned.contains(&table.id)).await?;
        }
        self.keep_tables(catalog, &tables.iter().map(|o| o.id).collect::<Vec<_>>()).await
    }

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
            .client
            .query_typed(
                "SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.rolname::text = ANY ($1) AND NOT pg_catalog.pg_has_role(r.oid, 'USAGE')",
                &[(&roles, tokio_postgres::types::Type::TEXT_ARRAY)],
            )
            .await
            .map_err(|e| MigrateError::Server { doing: "asking whose things are dropped", source: e.into() })?;
        Ok(rows.iter().map(|r| r.get(0)).collect())
    }

    /// What goes that belongs to others, and what stands on it: dropping it needs no consent of theirs,
    /// making it again does. It is named in the verdict and left out of the inverse. Rows are counted by
    /// whoever keeps the others'.
    pub(super) async fn give_up_others(&mut self, gone: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        let before = &self.before;
        let objects: Vec<&Object> =
            gone.iter().filter_map(|id| before.get(*id)).filter(|o| !before.is_ours(o.id)).collect();
        let whole = |o: &Object| match &o.detail {
            Detail::Table(t) => t.partition_of.filter(|p| !gone.contains(p)).and_then(|p| before.get(p)),
            _ => None,
        };
        let wholes = objects.iter().filter_map(|o| owner(before, whole(o)?));
        let owners = objects.iter().filter_map(|o| owner(before, o)).chain(wholes).collect();
        let others = self.others(owners).await?;
        // What belongs to others, its parts included, and then what stands on that.
        let mut given_up: BTreeMap<ObjectId, Option<String>> = BTreeMap::new();
        let me = ident(self.baseline.role_name());
        for object in &objects {
            if let Some(whole) = whole(object)
                && let Some(name) = owner(before, whole).filter(|n| others.contains(*n))
            {
                let waived = |n: &String| *n == before.sql_name(object.id) || *n == object.name;
                let is_kept = owner(before, object).is_some_and(|n| !others.contains(n))
                    && !self.rules.no_archive.iter().any(waived);
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
            self.unit.foreign.insert(id);
            self.unit.foreign.extend(self.before.parts(id).map(|o| o.id));
        }
        for verdict in verdicts {
            if !self.unit.losses.contains(&verdict) {
                self.unit.losses.push(verdict);
            }
        }
        Ok(())
    }

    /// Tables among `gone` that the role may move: it must be a member of their owner.
    async fn owned_tables(
        &self,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<BTreeSet<ObjectId>, MigrateError> {
        let tables: Vec<u32> =
            gone.iter().filter(|id| catalog.get(**id).is_some_and(|o| o.holds_rows())).map(|id| id.oid).collect();
        let rows = self
            .session
            .client
            .query_typed(
                "SELECT oid FROM pg_catalog.pg_class WHERE oid = ANY ($1) AND pg_catalog.pg_has_role(relowner, 'USAGE')",
                &[(&tables, tokio_postgres::types::Type::OID_ARRAY)],
            )
            .await
            .map_err(|e| MigrateError::Server { doing: "asking who owns what is dropped", source: e.into() })?;
        Ok(rows.iter().map(|r| ObjectId::relation(r.get(0))).collect())
    }

    /// What was there before is called by the name that it had then.
    pub(super) fn known_as(&self, catalog: &Catalog, id: ObjectId) -> String {
        if self.before.contains(id) { self.before.identity(id) } else { catalog.identity(id) }
    }

    /// A table that goes for good: counted, and named in the verdict.
    async fn lose_table(&mut self, catalog: &Catalog, id: ObjectId, ours: bool) -> Result<(), MigrateError> {
        let count = self.count_all(catalog, id).await;
        let owner = catalog.get(id).and_then(|o| o.owner.clone()).unwrap_or_default();
        self.unit.losses.push(Verdict::Lossy {
            what: self.known_as(catalog, id),
            count,
            unit: Unit::Rows,
            reason: if ours {
                "its rows are not to be kept (--no-archive)".to_owned()
            } else {
                format!(
                    "it belongs to {}, so {} can drop it, but neither move it nor make it again",
                    ident(&owner),
                    ident(self.baseline.role_name())
                )
            },
        });
        Ok(())
    }

    /// How many rows a table has, where we may read all of them.
    pub(super) async fn count_all(&self, catalog: &Catalog, table: ObjectId) -> Option<u64> {
        self.try_count(catalog, table, &format!("SELECT count(*) FROM {}", catalog.sql_name(table))).await
    }

    /// A count on a table, where we may read all its rows.
    async fn try_count(&self, catalog: &Catalog, table: ObjectId, sql: &str) -> Option<u64> {
        self.session.savepoint("backout_count").await.ok()?;
        let mut opening = "SET LOCAL row_security = off".to_owned();
        if is_forced(catalog, table) {
            opening.push_str(&format!("; ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", catalog.sql_name(table)));
        }
        let count = match self.session.batch(&opening).await {
            Ok(()) => self.session.scalar(sql).await,
            Err(error) => Err(error),
        };
        self.session.batch("ROLLBACK TO SAVEPOINT backout_count; RELEASE SAVEPOINT backout_count").await.ok()?;
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

    /// Values of sequences that go and cannot move: inside identity columns, or owned by a column.
    async fn keep_sequences(&mut self, catalog: &Catalog, gone: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        for id in gone {
            let Some(object) = catalog.get(*id) else { continue };
            if !matches!(object.detail, Detail::Sequence(_)) || !self.existed.contains(id) || catalog.is_ours(*id) {
                continue;
            }
            let row = self
                .session
                .client
                .query_typed(&format!("SELECT last_value, is_called FROM {}", catalog.sql_name(*id)), &[])
                .await
                .map_err(|e| MigrateError::Server { doing: "reading a sequence's value", source: e.into() })?
                .pop();
            if let Some(row) = row {
                self.unit.sequences.retain(|s| s.sequence != *id);
                self.unit.sequences.push(SequenceValue {
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

    /// Copies (key, value) of columns that a statement is about to drop.
    pub(super) async fn keep_columns(
        &mut self,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let columns: Vec<ObjectId> = gone
            .iter()
            .copied()
            .filter(|id| id.class == backout_schema::Class::Relation && id.sub != 0)
            .filter(|id| self.existed.contains(id) && !gone.contains(&ObjectId::relation(id.oid)))
            .filter(|id| !catalog.is_ours(*id))
            .collect();
        let holders: BTreeSet<ObjectId> = columns.iter().map(|id| ObjectId::relation(id.oid)).collect();
        let owned = self.owned_tables(catalog, &holders).await?;
        for id in columns {
            let table = ObjectId::relation(id.oid);
            let (Some(object), Some(holder)) = (catalog.get(id), catalog.get(table)) else { continue };
            let Detail::Column(column) = &object.detail else { continue };
            if !holder.holds_rows() || column.generated.is_some() {
                continue;
            }
            let holder_schema = holder.schema.clone().unwrap_or_default();
            // Children and partitions have columns of their own, which go and are kept by themselves.
            if matches!(&holder.detail, Detail::Table(t) if t.kind == TableKind::Partitioned) {
                self.unit.columns.push(ColumnCopy::nothing(table, id.sub));
                continue;
            }
            let table_name = format!("ONLY {}", catalog.sql_name(table));
            let name = ident(&object.name);
            if !owned.contains(&table) {
                let owner = holder.owner.clone().unwrap_or_default();
                let count = format!("SELECT count(*) FROM {table_name} WHERE {name} IS NOT NULL");
                self.unit.losses.push(Verdict::Lossy {
                    what: self.known_as(catalog, id),
                    count: self.try_count(catalog, table, &count).await,
                    unit: Unit::Cells,
                    reason: format!(
                        "its table belongs to {}, so this role can drop it but not give it back",
                        ident(&owner)
                    ),
                });
                continue;
            }
            self.open_rows(catalog, table).await?;
            let key = row_key(catalog, table).filter(|key| {
                // A key that goes in the same statement tells no rows apart afterwards.
                key.iter().all(|n| *n != id.sub && !gone.contains(&ObjectId::column(id.oid, *n)))
            });
            if let Some(key) = key {
                let keys: Vec<String> =
                    key.iter().filter_map(|n| catalog.column_name(table.oid, *n)).map(str::to_owned).collect();
                // When they are needed they have their former names.
                let former = self.former_names(catalog, table, &keys);
                let list: Vec<String> = former.iter().map(|k| ident(k)).collect();
                let picked: Vec<String> =
                    keys.iter().zip(&list).map(|(now, then)| format!("{} AS {then}", ident(now))).collect();
                // A type that goes in the same statement, or belongs to an extension, leaves text behind.
                let mut as_text =
                    catalog.needs(id).any(|d| gone.contains(&d.to) || d.to.class == backout_schema::Class::Extension);
                let home = self.make_home(&holder_schema).await?;
                let copy = format!("column_{}_{}", id.oid, id.sub);
                let full = qualified(&home, &copy);
                let of_column = |t: &&TypeCopy| t.table == table && t.column == id.sub && t.key == former && !t.whole;
                let types = self.unit.types.iter().find(of_column).cloned();
                let files_own = if as_text || types.is_some() { Some(self.write_texts().await?) } else { None };
                let rows = if let Some(types) = types {
                    // Its type changed before: the values of before count, where nobody has changed them since.
                    as_text = true;
                    let on: Vec<String> = keys
                        .iter()
                        .zip(&list)
                        .map(|(now, then)| format!("y.{then} = t.{}::text", ident(now)))
                        .collect();
                    let picked: Vec<String> =
                        keys.iter().zip(&list).map(|(now, then)| format!("t.{} AS {then}", ident(now))).collect();
                    self.keep(&format!(
                        "CREATE TABLE {full} AS SELECT v.* FROM (SELECT {}, CASE WHEN y.backout_new IS NOT DISTINCT FROM t.{name}::text \
                         AND y.{} IS NOT NULL THEN y.backout_old ELSE t.{name}::text END AS backout_value \
                         FROM {table_name} t LEFT JOIN {} y ON {}) v WHERE v.backout_value IS NOT NULL",
                        picked.join(", "),
                        list.first().map_or("backout_new", String::as_str),
                        qualified(&types.schema, &types.name),
                        on.join(" AND ")
                    ))
                    .await?
                } else {
                    self.keep(&format!(
                        "CREATE TABLE {full} AS SELECT {}, {name}{} AS backout_value FROM {table_name} WHERE {name} IS NOT NULL",
                        picked.join(", "),
                        if as_text { AS_TEXT } else { "" }
                    ))
                    .await?
                };
                if let Some(files_own) = files_own {
                    self.texts_written(files_own).await?;
                }
                // Nobody looks for one row of it, so an index would only lengthen the lock; without either, a
                // publication of all tables would make writes to it fail.
                self.own(&format!("ALTER TABLE {full} REPLICA IDENTITY FULL")).await?;
                (self.watch)(Event::Kept { what: catalog.identity(id), schema: home.clone() });
                self.unit.columns.push(ColumnCopy {
                    table,
                    column: id.sub,
                    schema: home,
                    name: copy,
                    key: former,
                    numbers: key,
                    rows,
                    as_text,
                    whole: None,
                });
            } else {
                let count = format!("SELECT count(*) FROM {table_name} WHERE {name} IS NOT NULL");
                let count = self.try_count(catalog, table, &count).await;
                if count == Some(0) {
                    self.unit.columns.push(ColumnCopy::nothing(table, id.sub));
                } else {
                    self.keep_whole_rows(catalog, holder, object, gone).await?;
                }
            }
            self.close_rows(catalog, table).await?;
        }
        self.keep_sequences(catalog, gone).await
    }

    /// Nothing tells the rows apart without this column: all of each row is kept, once for all columns that go.
    async fn keep_whole_rows(
        &mut self,
        catalog: &Catalog,
        holder: &Object,
        column: &Object,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let table = holder.id;
        let own = |c: &&&Object| {
            self.before.contains(c.id) && !matches!(&c.detail, Detail::Column(c) if c.generated.is_some())
        };
        let columns = catalog.columns(table);
        let columns: Vec<&Object> = columns.iter().filter(own).copied().collect();
        let present: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
        // When they are needed they have their former names.
        let former = self.former_names(catalog, table, &present);
        let value = columns.iter().position(|c| c.id == column.id).and_then(|place| former.get(place)).cloned();
        let of_table = |c: &&ColumnCopy| c.table == table && c.whole.is_some();
        let as_text = |c: &Object| {
            catalog.needs(c.id).any(|d| gone.contains(&d.to) || d.to.class == backout_schema::Class::Extension)
        };
        // What the last copy holds is still so if no row has changed since.
        let fires = self.fires(table).await?;
        let last = self.unit.columns.iter().rev().find(of_table);
        let copies: BTreeSet<&str> = self.unit.columns.iter().filter(of_table).map(|c| c.name.as_str()).collect();
        let copies = copies.len();
        let same = |c: &&ColumnCopy| self.whole_rows.get(&c.name).copied().unwrap_or_default() == fires;
        let (schema, name, rows) = match last.filter(same) {
            Some(copy) => (copy.schema.clone(), copy.name.clone(), copy.rows),
            None => {
                let picked: Vec<String> = columns
                    .iter()
                    .zip(&former)
                    .map(|(c, then)| {
                        let cast = if as_text(c) { AS_TEXT } else { "" };
                        format!("{}{cast} AS {}", ident(&c.name), ident(then))
                    })
                    .collect();
                let some_as_text = columns.iter().any(|c| as_text(c));
                let files_own = if some_as_text { Some(self.write_texts().await?) } else { None };
                let home = self.make_home(holder.schema.as_deref().unwrap_or_default()).await?;
                let copy = match copies {
                    0 => format!("rows_{}", table.oid),
                    n => format!("rows_{}_again_{n}", table.oid),
                };
                self.whole_rows.insert(copy.clone(), fires);
                let full = qualified(&home, &copy);
                let rows = self
                    .keep(&format!(
                        "CREATE TABLE {full} AS SELECT pg_catalog.row_number() OVER () AS backout_row, {} FROM ONLY {}",
                        picked.join(", "),
                        catalog.sql_name(table)
                    ))
                    .await?;
                self.own(&format!("ALTER TABLE {full} ADD PRIMARY KEY (backout_row)")).await?;
                if let Some(files_own) = files_own {
                    self.texts_written(files_own).await?;
                }
                (home, copy, rows)
            }
        };
        (self.watch)(Event::Kept { what: catalog.identity(column.id), schema: schema.clone() });
        let key = former.iter().filter(|name| Some(*name) != value.as_ref()).cloned().collect();
        let as_text = as_text(column);
        self.lose_former_values(catalog, column).await?;
        let copy = ColumnCopy {
            table,
            column: column.id.sub,
            schema,
            name,
            key,
            numbers: Vec::new(),
            rows,
            as_text,
            whole: value,
        };
        self.unit.columns.push(copy);
        Ok(())
    }

    /// The values before a change of type that came first are kept by rows as they were in between, which the copy of
    /// the whole rows does not know.
    async fn lose_former_values(&mut self, catalog: &Catalog, column: &Object) -> Result<(), MigrateError> {
        let of_column = |t: &&TypeCopy| t.table.oid == column.id.oid && t.column == column.id.sub && t.whole;
        let Some(types) = self.unit.types.iter().find(of_column) else { return Ok(()) };
        let kept = qualified(&types.schema, &types.name);
        let count = format!("SELECT count(*) FROM {kept} WHERE backout_old IS DISTINCT FROM backout_new");
        let count = self.session.scalar(&count).await.map_err(MigrateError::server("counting values"))?;
        let count = count.and_then(|count| count.parse::<u64>().ok());
        if count != Some(0) {
            self.unit.losses.push(Verdict::Lossy {
                what: self.known_as(catalog, column.id),
                count,
                unit: Unit::Cells,
                reason: format!(
                    "its type changed before it was dropped, and nothing tells the rows apart: it comes back with the values \
                     that it had at last; the former ones lie in {kept}"
                ),
            });
        }
        Ok(())
    }

    /// Copies whole tables that a statement drops where no text says so: inside a DO block or function.
    pub(super) async fn keep_tables(&mut self, catalog: &Catalog, tables: &[ObjectId]) -> Result<(), MigrateError> {
        let owned = self.owned_tables(catalog, &tables.iter().copied().collect()).await?;
        for id in tables {
            let Some(table) = catalog.get(*id) else { continue };
            if self.unit.tables.iter().any(|t| t.table == *id) {
                continue;
            }
            if !owned.contains(id) {
                self.lose_table(catalog, *id, false).await?;
                continue;
            }
            let name = catalog.sql_name(*id);
            let schema = table.schema.clone().unwrap_or_default();
            self.open_rows(catalog, *id).await?;
            let mut kept = catalog.columns(*id);
            kept.retain(|c| !matches!(&c.detail, Detail::Column(c) if c.generated.is_some()));
            let columns: Vec<String> = kept.iter().map(|c| ident(&c.name)).collect();
            let home = self.make_home(&schema).await?;
            let copy = format!("table_{}", id.oid);
            let full = qualified(&home, &copy);
            // A FOR ALL TABLES publication makes DELETE fail on a table without a key.
            self.own(&format!(
                "CREATE TABLE {full} (backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, LIKE {name})"
            ))
            .await?;
            let rows = self
                .keep(&format!(
                    "INSERT INTO {full} ({0}) OVERRIDING SYSTEM VALUE SELECT {0} FROM ONLY {name}",
                    columns.join(", ")
                ))
                .await?;
            self.close_rows(catalog, *id).await?;
            (self.watch)(Event::Kept { what: catalog.identity(*id), schema: home.clone() });
            self.unit.tables.push(TableCopy {
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

    /// As `own`, for one statement: how many rows it made.
    async fn keep(&self, sql: &str) -> Result<i64, MigrateError> {
        let rows = self.session.reach(sql).await.map_err(MigrateError::server("keeping what the migration drops"))?;
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    pub(super) async fn rows_of_copy(&self, copy: &str) -> Result<i64, MigrateError> {
        let count = self.session.scalar(&format!("SELECT count(*) FROM {copy}")).await;
        let count = count.map_err(MigrateError::server("counting what was kept"))?;
        Ok(count.and_then(|n| n.parse().ok()).unwrap_or(0))
    }

    pub(super) fn already_kept(&self, id: ObjectId) -> bool {
        self.unit.moved.iter().any(|m: &Moved| m.id == id)
            || self.unit.tables.iter().any(|t| t.table == id)
            || self.unit.columns.iter().any(|c| c.table.oid == id.oid && c.column == id.sub)
            || self
                .unit
                .losses
                .iter()
                .any(|v| matches!(v, Verdict::Lossy { what, .. } if *what == self.before.identity(id)))
    }
}

fn is_forced(catalog: &Catalog, table: ObjectId) -> bool {
    matches!(catalog.get(table).map(|t| &t.detail), Some(Detail::Table(t)) if t.force_row_security)
}

/// Whose an object is; a part of a table is its owner's.
fn owner<'c>(catalog: &'c Catalog, object: &'c Object) -> Option<&'c str> {
    object.owner.as_deref().or_else(|| catalog.get(catalog.root(object.id))?.owner.as_deref())
}
