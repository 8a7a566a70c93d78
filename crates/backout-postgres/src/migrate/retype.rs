//! Changes of type: does the old type get every value back? Where it does not, the values are kept.

use super::{Event, MigrateError, Run};
use backout_plan::{Unit, Verdict};
use backout_reversal::{ImageColumn, Relabelled, RowImages, TypeCopy, row_key};
use backout_schema::Type::Domain;
use backout_schema::{Catalog, Class, Detail, Object, ObjectId, cast, ident, literal, qualified};
use std::collections::{BTreeMap, BTreeSet};

/// The values of a column, laid beside until the new ones are seen to lead back to them.
pub(super) struct LaidOut {
    column: ObjectId,
    beside: String,
    old_type: String,
    /// The columns that tell rows apart, with their names by then; none: whole rows are compared.
    key: Vec<(i16, String)>,
    /// No key stays as it is: rows are known by their places, which a rewrite keeps.
    places: Option<Places>,
    /// How many statements had changed rows by then.
    fires: i64,
}

struct Places {
    /// The query for them.
    sql: String,
    /// The column is the key.
    is_key: bool,
    /// Columns that stay as they are: names now and before.
    others: Vec<(String, String)>,
}

/// A column whose rows are written down while it has another type than before.
#[derive(Clone, Debug)]
pub(super) struct Retyped {
    pub column: ObjectId,
    /// Before.
    pub name: String,
    pub old: String,
    pub new: String,
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
        let key: Vec<(i16, String)> = row_key(catalog, table)
            .filter(|_| !has_children)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|n| Some((n, catalog.column_name(table.oid, n)?.to_owned())))
            .collect();
        let is_key = key.len() == 1 && key[0].1 == object.name;
        // A key that changes as well matches nothing.
        let key = if key.iter().any(|(_, k)| altered.contains(&k.as_str())) { Vec::new() } else { key };
        // Another access method may write rows in another order.
        let is_heap =
            !matches!(catalog.get(table).map(|o| &o.detail), Some(Detail::Table(t)) if t.access_method.is_some());
        let places = (key.is_empty() && is_heap).then(|| self.places(catalog, column, altered, is_key));
        let beside = format!("backout_type_{}_{}", column.oid, column.sub);
        let what = if key.is_empty() {
            format!("{} AS backout_value", row_text(catalog, table, None))
        } else {
            let list: Vec<String> = key.iter().map(|(_, k)| ident(k)).collect();
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
        let fires = self.fires(table).await?;
        Ok(Some(LaidOut { column, beside: format!("pg_temp.{beside}"), old_type, key, places, fires }))
    }

    /// Compares, and keeps what would be lost.
    pub(super) async fn judge_type(&mut self, catalog: &Catalog, values: LaidOut) -> Result<(), MigrateError> {
        let LaidOut { column: id, beside, old_type, key, places, .. } = values;
        let holder = ObjectId::relation(id.oid);
        let (table, beside_sql) = (catalog.sql_name(holder), beside.as_str());
        let column = ident(&catalog.get(id).map(|c| c.name.clone()).unwrap_or_default());
        let new_type = match catalog.get(id).map(|c| &c.detail) {
            Some(Detail::Column(c)) => c.data_type.clone(),
            _ => String::new(),
        };
        let on = same_key(catalog, holder, &key);
        self.open_rows(catalog, holder).await?;
        self.savepoint("backout_count").await?;
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
        key: &[(i16, String)],
        on: &[String],
    ) -> Result<(), MigrateError> {
        let holder = ObjectId::relation(id.oid);
        let schema = catalog.get(holder).and_then(|t| t.schema.clone()).unwrap_or_default();
        let home = self.make_home(&schema).await?;
        let name = format!("type_{}_{}", id.oid, id.sub);
        let full = qualified(&home, &name);
        let column = ident(&catalog.get(id).map(|c| c.name.clone()).unwrap_or_default());
        let now: Vec<String> =
            key.iter().filter_map(|(n, _)| catalog.column_name(holder.oid, *n)).map(str::to_owned).collect();
        if let Some(copy) =
            self.unit.types.iter().find(|t| t.table == holder && t.column == id.sub && !t.whole).cloned()
        {
            return self.follow_values(catalog, id, &copy, &now).await;
        }
        // The columns of the key have their former names when they are needed.
        let former = self.former_names(catalog, holder, &now);
        let list: Vec<String> = former.iter().map(|k| ident(k)).collect();
        let texts: Vec<String> =
            key.iter().zip(&list).map(|((_, laid), then)| format!("c.{}::text AS {then}", ident(laid))).collect();
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

/// What tells a row (`t`) from others, as it was laid out (`c`).
fn same_key(catalog: &Catalog, table: ObjectId, key: &[(i16, String)]) -> Vec<String> {
    let name = |n: &i16| catalog.column_name(table.oid, *n).map(ident);
    key.iter().filter_map(|(n, laid)| Some(format!("t.{} = c.{}", name(n)?, ident(laid)))).collect()
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

/// How the former value of an image is found: what to join, by which names it is known to be there.
struct Former {
    join: String,
    found: &'static str,
    value: &'static str,
}

impl Run<'_> {
    /// Values of columns that had another type when they were written down are led back to the former type, in the way
    /// in which the undo leads those of the table back. Where that is not possible, the loss is counted.
    pub(super) async fn lead_back(&mut self, image: &mut RowImages, retyped: Vec<Retyped>) -> Result<(), MigrateError> {
        if retyped.is_empty() {
            return Ok(());
        }
        let stored = qualified(&image.schema, &image.name);
        let mut led = Vec::new();
        for mut column in retyped {
            column.old = self.there_now(&column.old).await?;
            let former = match self.unit.types.iter().find(|t| t.table == image.table && t.column == column.column.sub)
            {
                None => Some(None),
                Some(copy) => self.former(image, copy, column.column.sub).await?.map(Some),
            };
            match former {
                None => self.lose_changed(image, &column, &stored).await?,
                Some(former) => led.push((column, former)),
            }
        }
        let (mut add, mut set) = (Vec::new(), Vec::new());
        for (column, _) in &led {
            let raw = RowImages::raw(column.column.sub);
            add.push(format!("ADD COLUMN {raw} text"));
            set.push(format!("{raw} = {}", ident(&column.name)));
        }
        if !led.is_empty() {
            self.own(&format!("ALTER TABLE {stored} {}; UPDATE {stored} SET {}", add.join(", "), set.join(", ")))
                .await?;
        }
        for (column, former) in &led {
            self.lead_column_back(image, column, former.as_ref()).await?;
            let (raw, name) = (RowImages::raw(column.column.sub), ident(&column.name));
            let lost = format!(
                "SELECT count(*) FROM {stored} m WHERE NOT m.backout_new AND m.{name} IS NULL AND m.{raw} IS NOT NULL AND NOT EXISTS \
                 (SELECT FROM {stored} p WHERE p.backout_new AND p.{raw} = m.{raw} AND p.backout_fire < m.backout_fire)"
            );
            self.lose(column, &lost).await?;
        }
        // What one key of now leads back to must be one key of then.
        let names: Vec<_> = image.columns.iter().map(|c| c.name.clone()).collect();
        let of_key: Vec<&Retyped> = led.iter().map(|(c, _)| c).filter(|c| image.key.contains(&c.name)).collect();
        let there = |k: &String| names.contains(k) || of_key.iter().any(|c| c.name == *k);
        if !image.key.iter().all(there) {
            image.key.clear();
        } else if !of_key.is_empty() {
            let list = |raw: bool| -> String {
                let name = |k: &String| match of_key.iter().find(|c| raw && c.name == *k) {
                    Some(c) => RowImages::raw(c.column.sub),
                    None => ident(k),
                };
                image.key.iter().map(name).collect::<Vec<_>>().join(", ")
            };
            let null: Vec<String> = image.key.iter().map(|k| format!("{} IS NULL", ident(k))).collect();
            let sql = format!(
                "SELECT (SELECT count(*) FROM (SELECT DISTINCT {} FROM {stored}) r) - (SELECT count(*) FROM (SELECT DISTINCT {} FROM {stored}) l) \
                 + (SELECT count(*) FROM {stored} WHERE {})",
                list(true),
                list(false),
                null.join(" OR ")
            );
            let alike = self.session.scalar(&sql).await.map_err(MigrateError::server("comparing keys"))?;
            if alike.as_deref() != Some("0") {
                image.key.clear();
            }
        }
        for (column, _) in led {
            image.retyped.push(column.column.sub);
            image.columns.push(ImageColumn { name: column.name, as_text: true });
        }
        Ok(())
    }

    /// What values of a type can be cast to that the migration may have dropped since: it is in the archive, or
    /// values of a domain are those of its base type.
    async fn there_now(&self, data_type: &str) -> Result<String, MigrateError> {
        let of_type = |id: ObjectId| {
            let rest = data_type.strip_prefix(&self.before.sql_name(id))?;
            (rest.is_empty() || rest == "[]").then_some(rest)
        };
        let moved = self.unit.moved.iter().filter(|m| m.id.class == Class::Type);
        let mut archived = moved.filter_map(|m| {
            let name = if m.kept_as.is_empty() { &m.name } else { &m.kept_as };
            Some(format!("{}{}", qualified(&m.to_schema, name), of_type(m.id)?))
        });
        if let Some(archived) = archived.next_back() {
            return Ok(archived);
        }
        let domain = self.before.objects().find_map(|o| match &o.detail {
            Detail::Type(Domain { base, .. }) => Some(format!("{base}{}", of_type(o.id)?)),
            _ => None,
        });
        let Some(base) = domain else { return Ok(data_type.to_owned()) };
        let there = format!("SELECT pg_catalog.to_regtype({}) IS NOT NULL", literal(data_type).trim_start());
        let there = self.session.scalar(&there).await.map_err(MigrateError::server("looking for a type"))?;
        Ok(if there.as_deref() == Some("t") { data_type.to_owned() } else { base })
    }

    /// The kept value that an image (`i`) had before its type changed. Nothing if the copy does not say which it was.
    async fn former(&self, image: &RowImages, copy: &TypeCopy, column: i16) -> Result<Option<Former>, MigrateError> {
        let (stored, raw) = (qualified(&copy.schema, &copy.name), RowImages::raw(column));
        let has = |k: &&String| image.columns.iter().any(|c| c.name == **k);
        if !copy.whole {
            if !copy.key.iter().all(|k| has(&k)) {
                return Ok(None);
            }
            let mut on: Vec<String> = copy.key.iter().map(|k| format!("c.{0} = i.{0}::text", ident(k))).collect();
            on.push(format!(
                "c.backout_new {} i.{raw}",
                if copy.key.is_empty() { "=" } else { "IS NOT DISTINCT FROM" }
            ));
            let join = format!("LEFT JOIN (SELECT true AS there, * FROM {stored}) c ON {}", on.join(" AND "));
            return Ok(Some(Former { join, found: "coalesce(c.there, false)", value: "c.backout_old" }));
        }
        let known: Vec<String> = copy.key.iter().filter(has).map(|k| ident(k)).collect();
        let row = |alias: &str, new: &str| {
            let list: String = known.iter().map(|k| format!("{alias}.{k}::text, ")).collect();
            format!("ROW({list}{alias}.{new})::text")
        };
        let kinds = format!(
            "SELECT {} AS backout_kind, pg_catalog.min(c.backout_old) AS backout_old, true AS there FROM {stored} c GROUP BY 1",
            row("c", "backout_new")
        );
        let several = format!(
            "SELECT count(*) FROM (SELECT FROM {stored} c GROUP BY {} HAVING count(DISTINCT c.backout_old) + (count(*) FILTER (WHERE c.backout_old IS NULL) > 0)::int > 1) d",
            row("c", "backout_new")
        );
        let several = self.session.scalar(&several).await.map_err(MigrateError::server("comparing kept values"))?;
        if several.as_deref() != Some("0") {
            return Ok(None);
        }
        let join = format!("LEFT JOIN ({kinds}) c ON c.backout_kind = {}", row("i", &raw));
        Ok(Some(Former { join, found: "coalesce(c.there, false)", value: "c.backout_old" }))
    }

    async fn lead_column_back(
        &self,
        image: &RowImages,
        column: &Retyped,
        former: Option<&Former>,
    ) -> Result<(), MigrateError> {
        let stored = qualified(&image.schema, &image.name);
        let (name, raw) = (ident(&column.name), RowImages::raw(column.column.sub));
        let back = |value: &str| cast(&format!("({value}::{})", column.new), &column.new, &column.old);
        if former.is_none() {
            self.savepoint("backout_led").await?;
            let all = self.session.batch(&format!("UPDATE {stored} SET {name} = ({})::text", back(&raw))).await;
            let end = if all.is_ok() { "RELEASE" } else { "ROLLBACK TO" };
            self.own(&format!("{end} SAVEPOINT backout_led")).await?;
            if all.is_ok() {
                return Ok(());
            }
        }
        let function = qualified(&image.schema, &format!("{}_led", image.name));
        // As the undo does it where values were kept: what would not come out as it went in leads nowhere.
        let leads = match former {
            Some(_) => format!("({})::text = $1", cast(&format!("({})", back("$1")), &column.old, &column.new)),
            None => "true".to_owned(),
        };
        let body = format!(
            "BEGIN IF $2 THEN RETURN $3; END IF; IF {leads} THEN RETURN ({})::text; END IF; RETURN NULL; EXCEPTION WHEN others THEN RETURN NULL; END",
            back("$1")
        );
        let (join, found, value) = former.map_or(("", "false", "NULL"), |f| (f.join.as_str(), f.found, f.value));
        self.own(&format!(
            "CREATE FUNCTION {function}(text, boolean, text) RETURNS text LANGUAGE plpgsql AS {}; \
             UPDATE {stored} u SET {name} = {function}(i.{raw}, {found}, {value}) FROM {stored} i {join} WHERE i.ctid = u.ctid; \
             DROP FUNCTION {function}(text, boolean, text)",
            literal(&body).trim_start()
        ))
        .await
    }

    /// Rows that were changed, and whose former values in a column nobody knows.
    async fn lose_changed(&mut self, image: &RowImages, column: &Retyped, stored: &str) -> Result<(), MigrateError> {
        let name = ident(&column.name);
        let has = |k: &String| image.columns.iter().any(|c| c.name == *k);
        let key: Vec<String> = image.key.iter().map(|k| format!("p.{0} = m.{0}", ident(k))).collect();
        // A row that went or got another value in this column.
        let kept = if key.is_empty() || !image.key.iter().all(has) {
            "false".to_owned()
        } else {
            format!(
                "EXISTS (SELECT FROM {stored} p WHERE p.backout_new AND p.backout_fire = m.backout_fire AND {} AND p.{name} IS NOT DISTINCT FROM m.{name})",
                key.join(" AND ")
            )
        };
        self.lose(column, &format!("SELECT count(*) FROM {stored} m WHERE NOT m.backout_new AND NOT {kept}")).await
    }

    async fn lose(&mut self, column: &Retyped, count: &str) -> Result<(), MigrateError> {
        let count = self.session.scalar(count).await;
        let count = count.map_err(MigrateError::server("counting what changed after its type did"))?;
        let count = count.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        if count > 0 {
            self.unit.losses.push(Verdict::Lossy {
                what: self.before.identity(column.column),
                count: Some(count),
                unit: Unit::Cells,
                reason: "rows were changed after its type was".to_owned(),
            });
        }
        Ok(())
    }
}

impl Run<'_> {
    /// The types of the columns of these tables, as they are now.
    pub(super) async fn types_of(&self, tables: &[ObjectId]) -> Result<BTreeMap<ObjectId, String>, MigrateError> {
        let catalog = self.catalog_now().await?;
        let mut types = BTreeMap::new();
        for table in tables.iter().filter(|id| self.existed.contains(id)) {
            for column in catalog.columns(*table) {
                if let Detail::Column(detail) = &column.detail
                    && self.existed.contains(&column.id)
                {
                    types.insert(column.id, detail.data_type.clone());
                }
            }
        }
        Ok(types)
    }

    /// Those columns that have another type now, when the statement was taken back, than it gave them.
    pub(super) async fn that_changed(&self, types: BTreeMap<ObjectId, String>) -> Result<Vec<String>, MigrateError> {
        if types.is_empty() {
            return Ok(Vec::new());
        }
        let catalog = self.catalog_now().await?;
        let differs = |(id, new): &(&ObjectId, &String)| matches!(catalog.get(**id).map(|o| &o.detail), Some(Detail::Column(c)) if c.data_type != **new && (c.local || !c.inherited));
        Ok(types.iter().filter(differs).map(|(id, _)| catalog.identity(*id)).collect())
    }

    /// Lays out the values of columns that get another type inside code.
    pub(super) async fn lay_out_named(&mut self, names: &[String]) -> Result<Vec<LaidOut>, MigrateError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let catalog = self.catalog_now().await?;
        let columns: Vec<ObjectId> = catalog
            .outside()
            .filter(|o| o.is_column() && names.contains(&catalog.identity(o.id)))
            .map(|o| o.id)
            .collect();
        let mut laid_out = Vec::new();
        let files_own = self.write_texts().await?;
        for column in &columns {
            let table = ObjectId::relation(column.oid);
            let altered: Vec<&str> = columns
                .iter()
                .filter(|c| c.oid == column.oid)
                .filter_map(|c| catalog.column_name(c.oid, c.sub))
                .collect();
            self.open_rows(&catalog, table).await?;
            laid_out.extend(self.lay_out(&catalog, *column, &altered).await?);
            self.close_rows(&catalog, table).await?;
        }
        self.texts_written(files_own).await?;
        Ok(laid_out)
    }

    /// Compares what code has made of columns with what was laid out. Returns the tables of which all is known by that:
    /// their rows are all there, and every column that has another type was laid out.
    pub(super) async fn judge_types_by_code(
        &mut self,
        laid_out: Vec<LaidOut>,
        rewritten: &[ObjectId],
    ) -> Result<BTreeSet<ObjectId>, MigrateError> {
        let mut judged = BTreeSet::new();
        if laid_out.is_empty() {
            return Ok(judged);
        }
        let catalog = self.catalog_now().await?;
        for table in rewritten {
            let of_table: Vec<&LaidOut> = laid_out.iter().filter(|l| l.column.oid == table.oid).collect();
            let Some(first) = of_table.first().filter(|_| catalog.contains(*table)) else { continue };
            // What else the code did to the table, nobody has looked at.
            let is_there = |(number, _): &(i16, String)| catalog.column_name(table.oid, *number).is_some();
            let known = of_table.iter().all(|l| !l.key.is_empty() && l.key.iter().all(is_there));
            if !known {
                continue;
            }
            let on = same_key(&catalog, *table, &first.key);
            let missing = self
                .session
                .scalar(&format!(
                    "SELECT count(*) FROM {} c WHERE NOT EXISTS (SELECT FROM {} t WHERE {})",
                    first.beside,
                    catalog.sql_name(*table),
                    on.join(" AND ")
                ))
                .await
                .map_err(MigrateError::server("comparing rows"))?;
            // Of rows that the code changed as well, nobody knows which type they had by then.
            if missing.as_deref() == Some("0") && self.fires(*table).await? == first.fires {
                judged.insert(*table);
            }
        }
        let files_own = self.write_texts().await?;
        for values in laid_out {
            if judged.contains(&ObjectId::relation(values.column.oid)) && catalog.contains(values.column) {
                self.judge_type(&catalog, values).await?;
            } else {
                self.own(&format!("DROP TABLE {}", values.beside)).await?;
                if values.places.is_some() {
                    self.own(&format!("DROP TABLE {}_places; RESET synchronize_seqscans", values.beside)).await?;
                }
            }
        }
        self.texts_written(files_own).await?;
        Ok(judged)
    }
}
