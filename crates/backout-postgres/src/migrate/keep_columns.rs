//! Columns that a statement is about to drop: their values are copied, by the key of each row or with all of it.
//!
//! Must not know: how a column is hidden instead, or how the values come back.

use super::{Environment, Event, Gathered, MigrateError, Origin, Run};
use backout_plan::{Unit, Verdict};
use backout_reversal::{ColumnCopy, TypeCopy, row_key};
use backout_schema::{Catalog, Class, Detail, Object, ObjectId, TableKind, ident, qualified};
use std::collections::BTreeSet;

/// A text without the column's own collation, which may go as its type does.
const AS_TEXT: &str = "::text COLLATE pg_catalog.\"default\"";

impl Run<'_> {
    /// Copies (key, value) of columns that a statement is about to drop.
    pub(super) async fn keep_columns(
        &mut self,
        catalog: &Catalog,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let columns: Vec<ObjectId> = gone
            .iter()
            .copied()
            .filter(|id| id.class == Class::Relation && id.sub != 0)
            .filter(|id| self.origin.existed.contains(id) && !gone.contains(&ObjectId::relation(id.oid)))
            .filter(|id| !catalog.is_ours(*id))
            .collect();
        let holders: BTreeSet<ObjectId> = columns.iter().map(|id| ObjectId::relation(id.oid)).collect();
        let owned = self.env.owned_tables(catalog, &holders).await?;
        for id in columns {
            let table = ObjectId::relation(id.oid);
            let (Some(object), Some(holder)) = (catalog.get(id), catalog.get(table)) else { continue };
            let Detail::Column(column) = &object.detail else { continue };
            if !holder.holds_rows() || column.generated.is_some() {
                continue;
            }
            // Children and partitions have columns of their own, which go and are kept by themselves.
            if matches!(&holder.detail, Detail::Table(t) if t.kind == TableKind::Partitioned) {
                self.gathered.columns.push(ColumnCopy::nothing(table, id.sub));
                continue;
            }
            let filled = format!(
                "SELECT count(*) FROM ONLY {} WHERE {} IS NOT NULL",
                catalog.sql_name(table),
                ident(&object.name)
            );
            if !owned.contains(&table) {
                self.lose_column(catalog, holder, id, &filled).await;
                continue;
            }
            self.env.open_rows(catalog, table).await?;
            let key = row_key(catalog, table).filter(|key| {
                // A key that goes in the same statement tells no rows apart afterwards.
                key.iter().all(|n| *n != id.sub && !gone.contains(&ObjectId::column(id.oid, *n)))
            });
            if let Some(key) = key {
                self.keep_by_key(catalog, holder, object, key, gone).await?;
            } else if self.env.try_count(catalog, table, &filled).await == Some(0) {
                self.gathered.columns.push(ColumnCopy::nothing(table, id.sub));
            } else {
                self.keep_whole_rows(catalog, holder, object, gone).await?;
            }
            self.env.close_rows(catalog, table).await?;
        }
        self.gathered.keep_sequences(&self.env, &self.origin, catalog, gone).await
    }

    /// A column of somebody else's table, by a query for how many values it has.
    async fn lose_column(&mut self, catalog: &Catalog, holder: &Object, id: ObjectId, filled: &str) {
        let owner = holder.owner.clone().unwrap_or_default();
        self.gathered.losses.push(Verdict::Lossy {
            what: self.origin.known_as(catalog, id),
            count: self.env.try_count(catalog, holder.id, filled).await,
            unit: Unit::Cells,
            reason: format!("its table belongs to {}, so this role can drop it but not give it back", ident(&owner)),
        });
    }

    /// Copies the values of a column with the key (numbers of its columns) of each row.
    async fn keep_by_key(
        &mut self,
        catalog: &Catalog,
        holder: &Object,
        object: &Object,
        key: Vec<i16>,
        gone: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let (table, id) = (holder.id, object.id);
        let keys: Vec<String> =
            key.iter().filter_map(|n| catalog.column_name(table.oid, *n)).map(str::to_owned).collect();
        // When they are needed they have their former names.
        let former = self.origin.former_names(catalog, table, &keys);
        let names: Vec<(String, String)> =
            keys.iter().zip(&former).map(|(now, then)| (ident(now), ident(then))).collect();
        // A type that goes in the same statement, or belongs to an extension, leaves text behind.
        let mut as_text = catalog.needs(id).any(|d| gone.contains(&d.to) || d.to.class == Class::Extension);
        let home = self.homes.make_home(&self.env, holder.schema.as_deref().unwrap_or_default()).await?;
        let copy = format!("column_{}_{}", id.oid, id.sub);
        let full = qualified(&home, &copy);
        let of_column = |t: &&TypeCopy| t.table == table && t.column == id.sub && t.key == former && !t.whole;
        let types = self.gathered.types.iter().find(of_column).cloned();
        let files_own =
            if as_text || types.is_some() { Some(self.gathered.write_texts(&self.env).await?) } else { None };
        let (table_name, name) = (format!("ONLY {}", catalog.sql_name(table)), ident(&object.name));
        let values = match &types {
            // Its type changed before: the values of before count, where nobody has changed them since.
            Some(types) => {
                as_text = true;
                values_of_before(&table_name, &name, &names, types)
            }
            None => values(&table_name, &name, &names, as_text),
        };
        let rows = self.env.keep(&format!("CREATE TABLE {full} AS {values}")).await?;
        if let Some(files_own) = files_own {
            self.env.texts_written(files_own).await?;
        }
        // Nobody looks for one row of it, so an index would only lengthen the lock; without either, a
        // publication of all tables would make writes to it fail.
        self.env.own(&format!("ALTER TABLE {full} REPLICA IDENTITY FULL")).await?;
        (self.env.watch)(Event::Kept { what: catalog.identity(id), schema: home.clone() });
        self.gathered.columns.push(ColumnCopy {
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
        Ok(())
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
            self.origin.catalog.contains(c.id) && !matches!(&c.detail, Detail::Column(c) if c.generated.is_some())
        };
        let columns = catalog.columns(table);
        let columns: Vec<&Object> = columns.iter().filter(own).copied().collect();
        let present: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
        // When they are needed they have their former names.
        let former = self.origin.former_names(catalog, table, &present);
        let value = columns.iter().position(|c| c.id == column.id).and_then(|place| former.get(place)).cloned();
        let of_table = |c: &&ColumnCopy| c.table == table && c.whole.is_some();
        let as_text = |c: &Object| catalog.needs(c.id).any(|d| gone.contains(&d.to) || d.to.class == Class::Extension);
        // What the last copy holds is still so if no row has changed since.
        let fires = self.watches.fires(&self.env, &self.gathered, table).await?;
        let last = self.gathered.columns.iter().rev().find(of_table);
        let copies: BTreeSet<&str> = self.gathered.columns.iter().filter(of_table).map(|c| c.name.as_str()).collect();
        let copies = copies.len();
        let same = |c: &&ColumnCopy| self.watches.whole_rows.get(&c.name).copied().unwrap_or_default() == fires;
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
                let files_own = if some_as_text { Some(self.gathered.write_texts(&self.env).await?) } else { None };
                let home = self.homes.make_home(&self.env, holder.schema.as_deref().unwrap_or_default()).await?;
                let copy = match copies {
                    0 => format!("rows_{}", table.oid),
                    n => format!("rows_{}_again_{n}", table.oid),
                };
                self.watches.whole_rows.insert(copy.clone(), fires);
                let full = qualified(&home, &copy);
                let rows = self
                    .env
                    .keep(&format!(
                        "CREATE TABLE {full} AS SELECT pg_catalog.row_number() OVER () AS backout_row, {} FROM ONLY {}",
                        picked.join(", "),
                        catalog.sql_name(table)
                    ))
                    .await?;
                self.env.own(&format!("ALTER TABLE {full} ADD PRIMARY KEY (backout_row)")).await?;
                if let Some(files_own) = files_own {
                    self.env.texts_written(files_own).await?;
                }
                (home, copy, rows)
            }
        };
        (self.env.watch)(Event::Kept { what: catalog.identity(column.id), schema: schema.clone() });
        let key = former.iter().filter(|name| Some(*name) != value.as_ref()).cloned().collect();
        let as_text = as_text(column);
        self.gathered.lose_former_values(&self.env, &self.origin, catalog, column).await?;
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
        self.gathered.columns.push(copy);
        Ok(())
    }
}

impl Gathered {
    /// The values before a change of type that came first are kept by rows as they were in between, which the copy of
    /// the whole rows does not know.
    async fn lose_former_values(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        catalog: &Catalog,
        column: &Object,
    ) -> Result<(), MigrateError> {
        let of_column = |t: &&TypeCopy| t.table.oid == column.id.oid && t.column == column.id.sub && t.whole;
        let Some(types) = self.types.iter().find(of_column) else { return Ok(()) };
        let kept = qualified(&types.schema, &types.name);
        let count = format!("SELECT count(*) FROM {kept} WHERE backout_old IS DISTINCT FROM backout_new");
        let count = env.session.scalar(&count).await.map_err(MigrateError::server("counting values"))?;
        let count = count.and_then(|count| count.parse::<u64>().ok());
        if count != Some(0) {
            self.losses.push(Verdict::Lossy {
                what: origin.known_as(catalog, column.id),
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
}

/// The values of a column, with the key of each row: its names now and then.
fn values(table: &str, column: &str, key: &[(String, String)], as_text: bool) -> String {
    let picked: Vec<String> = key.iter().map(|(now, then)| format!("{now} AS {then}")).collect();
    format!(
        "SELECT {}, {column}{} AS backout_value FROM {table} WHERE {column} IS NOT NULL",
        picked.join(", "),
        if as_text { AS_TEXT } else { "" }
    )
}

/// The same, where the type changed and what it was is kept.
fn values_of_before(table: &str, column: &str, key: &[(String, String)], types: &TypeCopy) -> String {
    let on: Vec<String> = key.iter().map(|(now, then)| format!("y.{then} = t.{now}::text")).collect();
    let picked: Vec<String> = key.iter().map(|(now, then)| format!("t.{now} AS {then}")).collect();
    format!(
        "SELECT v.* FROM (SELECT {}, CASE WHEN y.backout_new IS NOT DISTINCT FROM t.{column}::text \
         AND y.{} IS NOT NULL THEN y.backout_old ELSE t.{column}::text END AS backout_value \
         FROM {table} t LEFT JOIN {} y ON {}) v WHERE v.backout_value IS NOT NULL",
        picked.join(", "),
        key.first().map_or("backout_new", |(_, then)| then.as_str()),
        qualified(&types.schema, &types.name),
        on.join(" AND ")
    )
}
