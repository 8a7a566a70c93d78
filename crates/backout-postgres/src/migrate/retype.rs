//! Changes of type: does the old type get every value back? Where it does not, the values are kept.

use super::{Event, MigrateError, Run};
use backout_plan::{Unit, Verdict};
use backout_reversal::{Relabelled, TypeCopy, row_key};
use backout_schema::{Catalog, Class, Detail, Object, ObjectId, cast, ident, qualified};
use std::collections::BTreeSet;

/// The values of a column, laid beside until the new ones are seen to lead back to them.
pub(super) struct LaidOut {
    column: ObjectId,
    beside: String,
    old_type: String,
    /// Names of the columns that tell rows apart; none: whole rows are compared.
    key: Vec<String>,
    /// No key stays as it is: rows are known by their places, which a rewrite keeps.
    places: Option<Places>,
}

struct Places {
    /// The query for them.
    sql: String,
    /// The column is the key.
    is_key: bool,
    /// Columns that stay as they are: names now and before.
    others: Vec<(String, String)>,
}

impl Run<'_> {
    pub(super) async fn lay_out(
        &mut self,
        catalog: &Catalog,
        column: ObjectId,
        altered: &[&str],
    ) -> Result<Option<LaidOut>, MigrateError> {
        let table = ObjectId::relation(column.oid);
        let Some((object, Detail::Column(detail))) = catalog.get(column).map(|o| (o, &o.detail)) else {
            return Ok(None);
        };
        if detail.generated.is_some() {
            return Ok(None);
        }
        // A parent's key is no key of its children.
        let has_children =
            catalog.objects().any(|o| matches!(&o.detail, Detail::Table(t) if t.inherits.contains(&table)));
        let key: Vec<String> = row_key(catalog, table)
            .filter(|_| !has_children)
            .unwrap_or_default()
            .iter()
            .filter_map(|n| catalog.column_name(table.oid, *n))
            .map(str::to_owned)
            .collect();
        let is_key = key.len() == 1 && key[0] == object.name;
        // A key that changes as well matches nothing.
        let key = if key.iter().any(|k| altered.contains(&k.as_str())) { Vec::new() } else { key };
        // Another access method may write rows in another order.
        let is_heap =
            !matches!(catalog.get(table).map(|o| &o.detail), Some(Detail::Table(t)) if t.access_method.is_some());
        let places = (key.is_empty() && is_heap).then(|| self.places(catalog, column, altered, is_key));
        let beside = format!("backout_type_{}_{}", column.oid, column.sub);
        let what = if key.is_empty() {
            format!("{} AS backout_value", row_text(catalog, table, None))
        } else {
            let list: Vec<String> = key.iter().map(|k| ident(k)).collect();
            format!("{}, {}::text AS backout_value", list.join(", "), ident(&object.name))
        };
        self.own(&format!(
            "CREATE TEMPORARY TABLE {beside} ON COMMIT DROP AS SELECT {what} FROM {}",
            catalog.sql_name(table)
        ))
        .await?;
        if let Some(places) = &places {
            // Rows are written anew in the order in which they are read.
            self.own(&format!(
                "SET LOCAL synchronize_seqscans = off; CREATE TEMPORARY TABLE {beside}_places ON COMMIT DROP AS {}",
                places.sql
            ))
            .await?;
        }
        let old_type = detail.data_type.clone();
        Ok(Some(LaidOut { column, beside: format!("pg_temp.{beside}"), old_type, key, places }))
    }

    /// Compares, and keeps what would be lost.
    pub(super) async fn judge_type(&mut self, catalog: &Catalog, values: LaidOut) -> Result<(), MigrateError> {
        let LaidOut { column: id, beside, old_type, key, places } = values;
        let holder = ObjectId::relation(id.oid);
        let (table, beside_sql) = (catalog.sql_name(holder), beside.as_str());
        let column = ident(&catalog.get(id).map(|c| c.name.clone()).unwrap_or_default());
        let new_type = match catalog.get(id).map(|c| &c.detail) {
            Some(Detail::Column(c)) => c.data_type.clone(),
            _ => String::new(),
        };
        let on: Vec<String> = key.iter().map(|k| format!("t.{0} = c.{0}", ident(k))).collect();
        self.open_rows(catalog, holder).await?;
        self.own("SAVEPOINT backout_count").await?;
        let sql = if key.is_empty() {
            format!(
                "SELECT count(*) FROM (SELECT {} FROM {table} EXCEPT ALL SELECT backout_value FROM {beside_sql}) d",
                row_text(catalog, holder, Some((id, &old_type)))
            )
        } else {
            format!(
                "SELECT count(*) FROM {table} t JOIN {beside_sql} c ON {} WHERE ({})::text IS DISTINCT FROM c.backout_value",
                on.join(" AND "),
                cast(&format!("t.{column}"), &new_type, &old_type)
            )
        };
        let lost = self.session.scalar(&sql).await;
        let (end, count): (_, Option<u64>) = match &lost {
            Ok(count) => ("RELEASE", count.as_deref().and_then(|n| n.parse().ok())),
            Err(_) => ("ROLLBACK TO", None),
        };
        self.own(&format!("{end} SAVEPOINT backout_count")).await?;
        if count != Some(0) && !key.is_empty() {
            self.keep_values(catalog, id, &beside, &key, &on).await?;
        } else if let Some(places) = places.as_ref().filter(|_| count != Some(0))
            && self.keep_by_places(catalog, id, &beside, places).await?
        {
            // Each key of now leads to the one of then.
        } else if count != Some(0) {
            let what = self.known_as(catalog, id);
            self.unit.losses.push(match lost {
                Ok(_) => Verdict::Lossy {
                    what,
                    count,
                    unit: Unit::Cells,
                    reason: format!("the new type does not lead back to the values that {old_type} had, and no key tells the rows apart"),
                },
                Err(error) => {
                    Verdict::Impossible { what, reason: format!("its values do not cast back to {old_type}: {error}") }
                }
            });
        }
        self.own(&format!("DROP TABLE {beside_sql}")).await?;
        if places.is_some() {
            self.own(&format!("DROP TABLE {beside_sql}_places; RESET synchronize_seqscans")).await?;
        }
        self.close_rows(catalog, holder).await
    }

    fn places(&self, catalog: &Catalog, column: ObjectId, altered: &[&str], is_key: bool) -> Places {
        let table = ObjectId::relation(column.oid);
        let columns = catalog.columns(table);
        let stays =
            |c: &&&Object| !altered.contains(&c.name.as_str()) && !is_generated(c) && self.before.contains(c.id);
        let now: Vec<String> = columns.iter().filter(stays).map(|c| c.name.clone()).collect();
        let others: Vec<(String, String)> = now.iter().cloned().zip(self.former_names(catalog, table, &now)).collect();
        let picked: String =
            others.iter().map(|(now, then)| format!(", {}::text AS {}", ident(now), ident(then))).collect();
        let rest: Vec<String> = now.iter().map(|name| ident(name)).collect();
        let sql = format!(
            "SELECT pg_catalog.row_number() OVER (ORDER BY tableoid, ctid) AS backout_place, {}::text AS backout_key, \
             ROW({})::text AS backout_rest{picked} FROM {}",
            catalog.column_name(column.oid, column.sub).map(ident).unwrap_or_default(),
            rest.join(", "),
            catalog.sql_name(table)
        );
        Places { sql, is_key, others }
    }

    /// Pairs of old and new values, by the places of their rows. False if the places are others now.
    async fn keep_by_places(
        &mut self,
        catalog: &Catalog,
        id: ObjectId,
        beside: &str,
        Places { sql: places, is_key, others: columns }: &Places,
    ) -> Result<bool, MigrateError> {
        let others = self
            .session
            .scalar(&format!(
                "SELECT count(*) FROM {beside}_places c FULL JOIN ({places}) t USING (backout_place) \
                 WHERE c.backout_rest IS DISTINCT FROM t.backout_rest OR c.backout_rest IS NULL OR t.backout_rest IS NULL"
            ))
            .await
            .map_err(MigrateError::server("comparing keys"))?;
        if others.as_deref() != Some("0") {
            return Ok(false);
        }
        let pairs = format!(
            "SELECT c.backout_key AS backout_old, t.backout_key AS backout_new FROM {beside}_places c JOIN ({places}) t USING (backout_place)"
        );
        let holder = ObjectId::relation(id.oid);
        if let Some(copy) = self.unit.types.iter().find(|t| t.table == holder && t.column == id.sub) {
            if !is_key || copy.whole || !copy.key.is_empty() {
                return Ok(false);
            }
            let full = qualified(&copy.schema, &copy.name);
            self.own(&format!(
                "CREATE TEMPORARY TABLE backout_pairs ON COMMIT DROP AS SELECT y.backout_old, p.backout_new \
                 FROM {full} y JOIN ({pairs}) p ON p.backout_old = y.backout_new; \
                 TRUNCATE {full}; INSERT INTO {full} SELECT * FROM pg_temp.backout_pairs; DROP TABLE pg_temp.backout_pairs"
            ))
            .await?;
            return Ok(true);
        }
        let schema = catalog.get(holder).and_then(|t| t.schema.clone()).unwrap_or_default();
        let home = self.make_home(&schema).await?;
        let name = format!("type_{}_{}", id.oid, id.sub);
        let full = qualified(&home, &name);
        let mut key = Vec::new();
        if *is_key {
            self.own(&format!("CREATE TABLE {full} AS {pairs}; ALTER TABLE {full} ADD PRIMARY KEY (backout_new)"))
                .await?;
        } else {
            key = columns.iter().map(|(_, then)| then.clone()).collect();
            let list: String = key.iter().map(|then| format!("t.{}, ", ident(then))).collect();
            self.own(&format!(
                "CREATE TABLE {full} AS SELECT {list}c.backout_key AS backout_old, t.backout_key AS backout_new, false AS backout_used \
                 FROM {beside}_places c JOIN ({places}) t USING (backout_place); \
                 ALTER TABLE {full} ADD backout_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
            ))
            .await?;
        }
        let rows = self.rows_of_copy(&full).await?;
        (self.watch)(Event::Kept { what: catalog.identity(id), schema: home.clone() });
        let whole = !is_key;
        self.unit.types.push(TypeCopy { table: holder, column: id.sub, schema: home, name, key, rows, whole });
        Ok(true)
    }

    async fn keep_values(
        &mut self,
        catalog: &Catalog,
        id: ObjectId,
        beside: &str,
        key: &[String],
        on: &[String],
    ) -> Result<(), MigrateError> {
        let holder = ObjectId::relation(id.oid);
        let schema = catalog.get(holder).and_then(|t| t.schema.clone()).unwrap_or_default();
        let home = self.make_home(&schema).await?;
        let name = format!("type_{}_{}", id.oid, id.sub);
        let full = qualified(&home, &name);
        let column = ident(&catalog.get(id).map(|c| c.name.clone()).unwrap_or_default());
        if let Some(copy) =
            self.unit.types.iter().find(|t| t.table == holder && t.column == id.sub && !t.whole).cloned()
        {
            return self.follow_values(catalog, id, &copy, key).await;
        }
        // The columns of the key have their former names when they are needed.
        let former = self.former_names(catalog, holder, key);
        let list: Vec<String> = former.iter().map(|k| ident(k)).collect();
        let texts: Vec<String> =
            key.iter().zip(&list).map(|(now, then)| format!("c.{}::text AS {then}", ident(now))).collect();
        self.own(&format!(
            "CREATE TABLE {full} AS SELECT {}, c.backout_value AS backout_old, t.{column}::text AS backout_new FROM {} t JOIN {beside} c ON {}; \
             ALTER TABLE {full} ADD PRIMARY KEY ({})",
            texts.join(", "),
            catalog.sql_name(holder),
            on.join(" AND "),
            list.join(", ")
        ))
        .await?;
        let rows = self.rows_of_copy(&full).await?;
        (self.watch)(Event::Kept { what: catalog.identity(id), schema: home.clone() });
        self.unit.types.push(TypeCopy {
            table: holder,
            column: id.sub,
            schema: home,
            name,
            key: former,
            rows,
            whole: false,
        });
        Ok(())
    }

    /// A second change of type: the first values stay, and the new ones are those of now.
    async fn follow_values(
        &self,
        catalog: &Catalog,
        id: ObjectId,
        copy: &TypeCopy,
        key: &[String],
    ) -> Result<(), MigrateError> {
        let holder = ObjectId::relation(id.oid);
        let column = ident(&catalog.get(id).map(|c| c.name.clone()).unwrap_or_default());
        let on: Vec<String> =
            copy.key.iter().zip(key).map(|(then, now)| format!("c.{} = t.{}::text", ident(then), ident(now))).collect();
        self.own(&format!(
            "UPDATE {} c SET backout_new = t.{column}::text FROM {} t WHERE {}",
            qualified(&copy.schema, &copy.name),
            catalog.sql_name(holder),
            on.join(" AND ")
        ))
        .await
    }

    /// The names that columns had before.
    pub(super) fn former_names(&self, catalog: &Catalog, table: ObjectId, columns: &[String]) -> Vec<String> {
        let former = |name: &String| {
            let column = catalog.columns(table).into_iter().find(|c| c.name == *name)?.id;
            self.before.column_name(column.oid, column.sub).map(str::to_owned)
        };
        columns.iter().map(|name| former(name).unwrap_or_else(|| name.clone())).collect()
    }
}

fn is_generated(column: &Object) -> bool {
    matches!(&column.detail, Detail::Column(c) if c.generated.is_some())
}

/// A row as text, with one column in its former type.
fn row_text(catalog: &Catalog, table: ObjectId, former: Option<(ObjectId, &str)>) -> String {
    let columns: Vec<String> = catalog
        .columns(table)
        .iter()
        .filter(|c| !is_generated(c))
        .map(|c| match former {
            Some((id, old_type)) if id == c.id => match &c.detail {
                Detail::Column(now) => cast(&ident(&c.name), &now.data_type, old_type),
                _ => ident(&c.name),
            },
            _ => ident(&c.name),
        })
        .collect();
    format!("ROW({})::text", columns.join(", "))
}

impl Run<'_> {
    /// What the values of enums are called while columns have got them: each may be renamed later.
    pub(super) async fn note_labels(&mut self, tables: &BTreeSet<ObjectId>) -> Result<(), MigrateError> {
        let list: Vec<String> = tables.iter().map(|table| table.oid.to_string()).collect();
        let sql = format!(
            "SELECT e.enumtypid, e.oid, e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid IN \
             (SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid IN ({}) AND a.attnum > 0 AND NOT a.attisdropped)",
            if list.is_empty() { "0".to_owned() } else { list.join(", ") }
        );
        let rows = self.session.rows(&sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        for row in rows {
            let (of, oid): (u32, u32) = (row.get(0), row.get(1));
            let of = ObjectId::new(Class::Type, of);
            // That of one that was there before goes back by itself.
            if !self.existed.contains(&of) {
                self.unit.labels.entry(oid).or_insert((of, row.get(2)));
            }
        }
        Ok(())
    }

    /// Those that are called otherwise by now.
    pub(super) async fn relabelled(&self) -> Result<Vec<Relabelled>, MigrateError> {
        if self.unit.labels.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<String> = self.unit.labels.keys().map(u32::to_string).collect();
        let sql = format!(
            "SELECT oid, enumlabel::text FROM pg_catalog.pg_enum WHERE oid IN ({}) ORDER BY oid",
            list.join(", ")
        );
        let rows = self.session.rows(&sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        let found = rows.iter().filter_map(|row| {
            let (oid, label): (u32, String) = (row.get(0), row.get(1));
            let (of, then) = self.unit.labels.get(&oid)?;
            (label != *then).then(|| Relabelled { of: *of, label, then: then.clone() })
        });
        Ok(found.collect())
    }
}
