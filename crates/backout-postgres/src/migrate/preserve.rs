//! Keeping what a statement is about to destroy: moves where they serve, copies where they do not.

use super::{Event, MigrateError, Run};
use crate::catalog::read_catalog;
use backout_plan::{Unit, Verdict};
use backout_reversal::{ColumnCopy, Moved, SequenceValue, TableCopy, plan_drop, row_key};
use backout_schema::{Catalog, Detail, ObjectId, ident, literal, qualified};
use backout_sql::script::Statement;
use std::collections::BTreeSet;

impl Run<'_> {
    pub(super) async fn catalog_now(&self) -> Result<Catalog, MigrateError> {
        Ok(read_catalog(&self.session.client, self.session.server_version(), true).await?)
    }

    /// Runs a statement of our own: as the role that began, under the lock budget.
    pub(super) async fn own(&self, sql: &str) -> Result<(), MigrateError> {
        self.session.batch(sql).await.map_err(MigrateError::server("keeping what the migration drops"))
    }

    /// Makes an archive schema if this migration has none yet.
    pub(super) async fn make_home(&mut self, schema: &str) -> Result<String, MigrateError> {
        let home = self.home(schema);
        if self.made_schemas.insert(home.clone()) {
            self.own(&format!(
                "CREATE SCHEMA {home}; REVOKE ALL ON SCHEMA {home} FROM PUBLIC; COMMENT ON SCHEMA {home} IS {}",
                literal(&format!("Backout: what migration {} dropped; purged by backout archive", self.number))
            ))
            .await?;
        }
        Ok(home)
    }

    /// Carries out a drop that a trial run saw, moving what holds rows.
    pub(super) async fn drop_by_moving(
        &mut self,
        statement: &Statement,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        self.keep_sequences(catalog, gone).await?;
        let owned = self.owned_tables(catalog, gone).await?;
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
        for sql in &plan.statements {
            self.session.batch(sql).await.map_err(|source| MigrateError::statement_part(statement, sql, source))?;
        }
        for moved in plan.moved {
            (self.watch)(Event::Kept { what: moved.identity.clone(), schema: moved.to_schema.clone() });
            self.unit.moved.push(moved);
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

    /// A table that goes for good: counted, and named in the verdict.
    async fn lose_table(&mut self, catalog: &Catalog, id: ObjectId, ours: bool) -> Result<(), MigrateError> {
        let name = catalog.sql_name(id);
        let count = self.try_count(&format!("SELECT count(*) FROM {name}")).await;
        let owner = catalog.get(id).and_then(|o| o.owner.clone()).unwrap_or_default();
        self.unit.losses.push(Verdict::Lossy {
            what: catalog.identity(id),
            count,
            unit: Unit::Rows,
            reason: if ours {
                "its rows are not to be kept (--no-archive)".to_owned()
            } else {
                format!("it belongs to {}, so this role can drop it but not move it", ident(&owner))
            },
        });
        Ok(())
    }

    /// A count, where we may read.
    async fn try_count(&self, sql: &str) -> Option<u64> {
        self.session.batch("SAVEPOINT backout_count").await.ok()?;
        let count = self.session.scalar(sql).await;
        let end = if count.is_ok() { "RELEASE" } else { "ROLLBACK TO" };
        self.session.batch(&format!("{end} SAVEPOINT backout_count")).await.ok()?;
        count.ok().flatten()?.parse().ok()
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
        for id in columns {
            let table = ObjectId::relation(id.oid);
            let (Some(object), Some(holder)) = (catalog.get(id), catalog.get(table)) else { continue };
            let Detail::Column(column) = &object.detail else { continue };
            if !holder.holds_rows() || column.generated.is_some() {
                continue;
            }
            let holder_schema = holder.schema.clone().unwrap_or_default();
            let table_name = catalog.sql_name(table);
            let name = ident(&object.name);
            let forced = matches!(&holder.detail, Detail::Table(t) if t.force_row_security);
            self.own(&format!("LOCK TABLE {table_name} IN ACCESS EXCLUSIVE MODE")).await?;
            if forced {
                // Else the owner would copy only the rows that the policies show.
                self.own(&format!("ALTER TABLE {table_name} NO FORCE ROW LEVEL SECURITY")).await?;
            }
            self.own("SET LOCAL row_security = off").await?;
            let key = row_key(catalog, table).filter(|key| {
                // A key that goes in the same statement tells no rows apart afterwards.
                key.iter().all(|n| *n != id.sub && !gone.contains(&ObjectId::column(id.oid, *n)))
            });
            if let Some(key) = key {
                let keys: Vec<String> =
                    key.iter().filter_map(|n| catalog.column_name(table.oid, *n)).map(str::to_owned).collect();
                let list: Vec<String> = keys.iter().map(|k| ident(k)).collect();
                // A type that goes in the same statement, or belongs to an extension, leaves text behind.
                let as_text =
                    catalog.needs(id).any(|d| gone.contains(&d.to) || d.to.class == backout_schema::Class::Extension);
                let home = self.make_home(&holder_schema).await?;
                let copy = format!("column_{}_{}", id.oid, id.sub);
                let full = qualified(&home, &copy);
                self.own(&format!(
                    "CREATE TABLE {full} AS SELECT {}, {name}{} AS backout_value FROM {table_name} WHERE {name} IS NOT NULL",
                    list.join(", "),
                    if as_text { "::text" } else { "" }
                ))
                .await?;
                self.own(&format!("ALTER TABLE {full} ADD PRIMARY KEY ({})", list.join(", "))).await?;
                let rows = self.try_count(&format!("SELECT count(*) FROM {full}")).await.unwrap_or(0);
                (self.watch)(Event::Kept { what: catalog.identity(id), schema: home.clone() });
                self.unit.columns.push(ColumnCopy {
                    table,
                    column: id.sub,
                    schema: home,
                    name: copy,
                    key: keys,
                    rows: i64::try_from(rows).unwrap_or(i64::MAX),
                    as_text,
                });
            } else {
                let count =
                    self.try_count(&format!("SELECT count(*) FROM {table_name} WHERE {name} IS NOT NULL")).await;
                if count == Some(0) {
                    self.unit.columns.push(ColumnCopy {
                        table,
                        column: id.sub,
                        schema: String::new(),
                        name: String::new(),
                        key: Vec::new(),
                        rows: 0,
                        as_text: false,
                    });
                } else {
                    self.unit.losses.push(Verdict::Lossy {
                        what: catalog.identity(id),
                        count,
                        unit: Unit::Cells,
                        reason: "its table has no key without this column that tells rows apart".to_owned(),
                    });
                }
            }
            if forced {
                self.own(&format!("ALTER TABLE {table_name} FORCE ROW LEVEL SECURITY")).await?;
            }
        }
        self.keep_sequences(catalog, gone).await
    }

    /// Copies whole tables that a statement drops where no text says so: inside a DO block or function.
    pub(super) async fn keep_tables(&mut self, catalog: &Catalog, tables: &[ObjectId]) -> Result<(), MigrateError> {
        for id in tables {
            let Some(table) = catalog.get(*id) else { continue };
            if self.unit.tables.iter().any(|t| t.table == *id) {
                continue;
            }
            let name = catalog.sql_name(*id);
            let schema = table.schema.clone().unwrap_or_default();
            self.own(&format!("LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE; SET LOCAL row_security = off")).await?;
            let columns: Vec<String> = catalog
                .columns(*id)
                .iter()
                .filter(|c| !matches!(&c.detail, Detail::Column(c) if c.generated.is_some()))
                .map(|c| ident(&c.name))
                .collect();
            let home = self.make_home(&schema).await?;
            let copy = format!("table_{}", id.oid);
            let full = qualified(&home, &copy);
            // A FOR ALL TABLES publication makes DELETE fail on a table without a key.
            self.own(&format!(
                "CREATE TABLE {full} (backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, LIKE {name}); \
                 INSERT INTO {full} ({0}) OVERRIDING SYSTEM VALUE SELECT {0} FROM ONLY {name}",
                columns.join(", ")
            ))
            .await?;
            let rows = self.try_count(&format!("SELECT count(*) FROM {full}")).await.unwrap_or(0);
            (self.watch)(Event::Kept { what: catalog.identity(*id), schema: home.clone() });
            self.unit.tables.push(TableCopy {
                table: *id,
                schema: home,
                name: copy,
                columns: catalog
                    .columns(*id)
                    .iter()
                    .filter(|c| !matches!(&c.detail, Detail::Column(c) if c.generated.is_some()))
                    .map(|c| c.name.clone())
                    .collect(),
                rows: i64::try_from(rows).unwrap_or(i64::MAX),
            });
        }
        Ok(())
    }

    pub(super) fn already_kept(&self, id: ObjectId) -> bool {
        self.unit.moved.iter().any(|m: &Moved| m.id == id)
            || self.unit.tables.iter().any(|t| t.table == id)
            || self.unit.columns.iter().any(|c| c.table.oid == id.oid && c.column == id.sub)
    }
}
