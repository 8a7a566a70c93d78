//! Changes of type: does the old type get every value back? Where it does not, the values are kept.

use super::{Environment, Event, Gathered, MigrateError, Origin, Run};
use backout_plan::{Unit, Verdict};
use backout_reversal::{Inverse, Relabelled, TypeCopy, row_key};
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
    /// Columns that keep their type while code runs, which can change them all the same: laid beside as a digest.
    others: Vec<i16>,
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
        // A key that changes as well matches nothing, and what is known by places, or by another key, goes on by places.
        let names: Vec<String> = key.iter().map(|(_, name)| name.clone()).collect();
        let former = self.origin.former_names(catalog, table, &names);
        let otherwise =
            |copy: &TypeCopy| copy.table == table && copy.column == column.sub && (copy.whole || copy.key != former);
        let changes = names.iter().any(|name| altered.contains(&name.as_str()));
        let key = if changes || self.gathered.types.iter().any(otherwise) { Vec::new() } else { key };
        // Another access method may write rows in another order.
        let is_heap =
            !matches!(catalog.get(table).map(|o| &o.detail), Some(Detail::Table(t)) if t.access_method.is_some());
        let places = (key.is_empty() && is_heap).then(|| self.origin.places(catalog, column, altered, is_key));
        let beside = format!("backout_type_{}_{}", column.oid, column.sub);
        let what = if key.is_empty() {
            format!("{} AS backout_value", row_text(catalog, table, None))
        } else {
            let list: Vec<String> = key.iter().map(|(_, k)| ident(k)).collect();
            format!("{}, {}::text AS backout_value", list.join(", "), ident(&object.name))
        };
        self.env
            .own(&format!(
                "CREATE TEMPORARY TABLE {beside} ON COMMIT DROP AS SELECT {what} FROM {}",
                catalog.sql_name(table)
            ))
            .await?;
        if let Some(places) = &places {
            // Rows are written anew in the order in which they are read.
            self.env
                .own(&format!(
                    "SET LOCAL synchronize_seqscans = off; CREATE TEMPORARY TABLE {beside}_places ON COMMIT DROP AS {}",
                    places.sql
                ))
                .await?;
        }
        let old_type = detail.data_type.clone();
        let fires = self.watches.fires(&self.env, &self.gathered, table).await?;
        let others = Vec::new();
        Ok(Some(LaidOut { column, beside: format!("pg_temp.{beside}"), old_type, key, places, fires, others }))
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
        // Values that were led to another type before, and back without a loss, must come back from this one as well.
        let first = self.origin.first_type(id, &old_type);
        let to = first.as_deref().unwrap_or(&old_type);
        let laid = match &first {
            Some(first) => format!("({})::text", cast(&format!("(c.backout_value::{old_type})"), &old_type, first)),
            None => "c.backout_value".to_owned(),
        };
        self.env.open_rows(catalog, holder).await?;
        let counting = self.env.savepoint("backout_count").await?;
        let sql = if key.is_empty() {
            format!(
                "SELECT count(*) FROM (SELECT {} FROM {table} EXCEPT ALL SELECT backout_value FROM {beside_sql}) d",
                row_text(catalog, holder, Some((id, &old_type)))
            )
        } else {
            format!(
                "SELECT count(*) FROM {table} t JOIN {beside_sql} c ON {} WHERE ({})::text IS DISTINCT FROM {laid}",
                on.join(" AND "),
                cast(&format!("t.{column}"), &new_type, to)
            )
        };
        let lost = self.env.session.scalar(&sql).await;
        counting.end(&lost).await.map_err(MigrateError::keeping)?;
        let count: Option<u64> = lost.as_ref().ok().and_then(|count| count.as_deref()?.parse().ok());
        // What could not be cast to the first type is kept as it was before this change.
        let laid = if lost.is_ok() { laid } else { "c.backout_value".to_owned() };
        let is_kept = self.gathered.types.iter().any(|t| t.table == holder && t.column == id.sub);
        // Whole rows are compared with those of before this change only; kept values go on to the new ones.
        let keep = count != Some(0) || is_kept || first.is_some() && key.is_empty();
        if keep && !key.is_empty() {
            self.keep_values(catalog, (id, &old_type), &beside, &key, (&on, &laid)).await?;
        } else if let Some(places) = places.as_ref().filter(|_| keep)
            && self
                .keep_by_places(catalog, id, &beside, places, first.as_deref().map(|first| (&*old_type, first)))
                .await?
        {
            // Each key of now leads to the one of then.
        } else if keep {
            let what = self.origin.known_as(catalog, id);
            self.gathered.losses.push(match lost {
                Ok(_) => Verdict::Lossy {
                    what,
                    // How many of the first values do not come back is not known.
                    count: count.filter(|count| *count > 0),
                    unit: Unit::Cells,
                    reason: format!("the new type does not lead back to the values that {old_type} had, and no key tells the rows apart"),
                },
                Err(error) => {
                    Verdict::Impossible { what, reason: format!("its values do not cast back to {old_type}: {error}") }
                }
            });
        }
        self.env.own(&format!("DROP TABLE {beside_sql}")).await?;
        if places.is_some() {
            self.env.own(&format!("DROP TABLE {beside_sql}_places; RESET synchronize_seqscans")).await?;
        }
        self.env.close_rows(catalog, holder).await
    }

    /// Pairs of old and new values, by the places of their rows. False if the places are others now.
    async fn keep_by_places(
        &mut self,
        catalog: &Catalog,
        id: ObjectId,
        beside: &str,
        places: &Places,
        first: Option<(&str, &str)>,
    ) -> Result<bool, MigrateError> {
        let now = &places.sql;
        let others = self
            .env.session
            .scalar(&format!(
                "SELECT count(*) FROM {beside}_places c FULL JOIN ({now}) t USING (backout_place) \
                 WHERE c.backout_rest IS DISTINCT FROM t.backout_rest OR c.backout_rest IS NULL OR t.backout_rest IS NULL"
            ))
            .await
            .map_err(MigrateError::server("comparing keys"))?;
        if others.as_deref() != Some("0") {
            return Ok(false);
        }
        let pairs = format!(
            "SELECT c.backout_key AS backout_old, t.backout_key AS backout_new FROM {beside}_places c JOIN ({now}) t USING (backout_place)"
        );
        let holder = ObjectId::relation(id.oid);
        match self.gathered.types.iter().find(|t| t.table == holder && t.column == id.sub) {
            Some(copy) => self.env.follow_by_places(copy, beside, places, &pairs).await,
            None => {
                self.keep_places(catalog, id, beside, places, &pairs, first).await?;
                Ok(true)
            }
        }
    }

    /// The first change of a column's type.
    async fn keep_places(
        &mut self,
        catalog: &Catalog,
        id: ObjectId,
        beside: &str,
        Places { sql: places, is_key, others: columns }: &Places,
        pairs: &str,
        first: Option<(&str, &str)>,
    ) -> Result<(), MigrateError> {
        let holder = ObjectId::relation(id.oid);
        let schema = catalog.get(holder).and_then(|t| t.schema.clone()).unwrap_or_default();
        let home = self.homes.make_home(&self.env, &schema).await?;
        let name = format!("type_{}_{}", id.oid, id.sub);
        let full = qualified(&home, &name);
        let mut key = Vec::new();
        if *is_key {
            self.env
                .own(&format!("CREATE TABLE {full} AS {pairs}; ALTER TABLE {full} ADD PRIMARY KEY (backout_new)"))
                .await?;
        } else {
            key = columns.iter().map(|(_, then)| then.clone()).collect();
            let list: String = key.iter().map(|then| format!("t.{}, ", ident(then))).collect();
            self.env.own(&format!(
                "CREATE TABLE {full} AS SELECT {list}c.backout_key AS backout_old, t.backout_key AS backout_new, false AS backout_used, \
                 backout_place AS backout_row FROM {beside}_places c JOIN ({places}) t USING (backout_place); \
                 ALTER TABLE {full} ADD PRIMARY KEY (backout_row)"
            ))
            .await?;
        }
        if let Some((from, first)) = first {
            let function = qualified(&home, &format!("{name}_led"));
            self.env
                .own(&format!(
                    "CREATE FUNCTION {function}(text) RETURNS text LANGUAGE plpgsql AS {}; \
                 UPDATE {full} SET backout_old = {function}(backout_old); DROP FUNCTION {function}(text)",
                    literal(&leads_back(from, first)).trim_start()
                ))
                .await?;
        }
        let rows = self.env.rows_of_copy(&full).await?;
        (self.env.watch)(Event::Kept { what: catalog.identity(id), schema: home.clone() });
        let whole = !is_key;
        self.gathered.types.push(TypeCopy { table: holder, column: id.sub, schema: home, name, key, rows, whole });
        Ok(())
    }

    async fn keep_values(
        &mut self,
        catalog: &Catalog,
        (id, old_type): (ObjectId, &str),
        beside: &str,
        key: &[(i16, String)],
        (on, laid): (&[String], &str),
    ) -> Result<(), MigrateError> {
        let holder = ObjectId::relation(id.oid);
        let schema = catalog.get(holder).and_then(|t| t.schema.clone()).unwrap_or_default();
        let home = self.homes.make_home(&self.env, &schema).await?;
        let name = format!("type_{}_{}", id.oid, id.sub);
        let full = qualified(&home, &name);
        let column = ident(&catalog.get(id).map(|c| c.name.clone()).unwrap_or_default());
        let now: Vec<String> =
            key.iter().filter_map(|(n, _)| catalog.column_name(holder.oid, *n)).map(str::to_owned).collect();
        if let Some(copy) =
            self.gathered.types.iter().find(|t| t.table == holder && t.column == id.sub && !t.whole).cloned()
        {
            return self.origin.follow_values(&self.env, catalog, &copy, (beside, on), (id, old_type), key).await;
        }
        // The columns of the key have their former names when they are needed.
        let former = self.origin.former_names(catalog, holder, &now);
        let list: Vec<String> = former.iter().map(|k| ident(k)).collect();
        let texts: Vec<String> =
            key.iter().zip(&list).map(|((_, laid), then)| format!("c.{}::text AS {then}", ident(laid))).collect();
        self.env.own(&format!(
            "CREATE TABLE {full} AS SELECT {}, {laid} AS backout_old, t.{column}::text AS backout_new FROM {} t JOIN {beside} c ON {}; \
             ALTER TABLE {full} ADD PRIMARY KEY ({})",
            texts.join(", "),
            catalog.sql_name(holder),
            on.join(" AND "),
            list.join(", ")
        ))
        .await?;
        let rows = self.env.rows_of_copy(&full).await?;
        (self.env.watch)(Event::Kept { what: catalog.identity(id), schema: home.clone() });
        self.gathered.types.push(TypeCopy {
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
}

/// The body of a function that leads a value (`$1`) back to another type: what would not come out as it went in leads
/// nowhere.
fn leads_back(from: &str, to: &str) -> String {
    let back = cast(&format!("($1::{from})"), from, to);
    format!(
        "BEGIN IF ({})::text = $1 THEN RETURN ({back})::text; END IF; RETURN NULL; EXCEPTION WHEN others THEN RETURN NULL; END",
        cast(&format!("({back})"), to, from)
    )
}

/// What tells a row (`t`) from others, as it was laid out (`c`).
fn same_key(catalog: &Catalog, table: ObjectId, key: &[(i16, String)]) -> Vec<String> {
    let name = |n: &i16| catalog.column_name(table.oid, *n).map(ident);
    key.iter().filter_map(|(n, laid)| Some(format!("t.{} = c.{}", name(n)?, ident(laid)))).collect()
}

/// A row's columns of these numbers in one value; nothing if one is gone.
fn digest(catalog: &Catalog, table: ObjectId, columns: &[i16]) -> Option<String> {
    let name = |n: &i16| catalog.column_name(table.oid, *n).map(|name| format!("t.{}", ident(name)));
    let list = columns.iter().map(name).collect::<Option<Vec<_>>>()?;
    Some(format!("pg_catalog.md5(ROW({})::text)", list.join(", ")))
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
    /// The types of the columns of these tables, as they are now.
    pub(super) async fn types_of(&self, tables: &[ObjectId]) -> Result<BTreeMap<ObjectId, String>, MigrateError> {
        let catalog = self.catalog_now().await?;
        let mut types = BTreeMap::new();
        for table in tables.iter().filter(|id| self.origin.existed.contains(id)) {
            for column in catalog.columns(*table) {
                if let Detail::Column(detail) = &column.detail
                    && self.origin.existed.contains(&column.id)
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

    /// As [`Run::end_watch_of_retyped`], for columns that code is about to change.
    pub(super) async fn end_watch_of_columns(&mut self, names: &[String]) -> Result<(), MigrateError> {
        if names.is_empty() {
            return Ok(());
        }
        let catalog = self.catalog_now().await?;
        let columns = catalog.outside().filter(|o| o.is_column() && names.contains(&catalog.identity(o.id)));
        let tables: BTreeSet<ObjectId> = columns.map(|o| ObjectId::relation(o.id.oid)).collect();
        self.end_watch_of_retyped(&tables).await
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
        let files_own = self.gathered.write_texts(&self.env).await?;
        for column in &columns {
            let table = ObjectId::relation(column.oid);
            let altered: Vec<&str> = columns
                .iter()
                .filter(|c| c.oid == column.oid)
                .filter_map(|c| catalog.column_name(c.oid, c.sub))
                .collect();
            self.env.open_rows(&catalog, table).await?;
            let is_first = !laid_out.iter().any(|l: &LaidOut| l.column.oid == table.oid);
            if let Some(mut values) = self.lay_out(&catalog, *column, &altered).await? {
                if is_first && !values.key.is_empty() {
                    self.env.lay_out_others(&catalog, &mut values, &altered).await?;
                }
                laid_out.push(values);
            }
            self.env.close_rows(&catalog, table).await?;
        }
        self.env.texts_written(files_own).await?;
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
                .env
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
            let same_rows = missing.as_deref() == Some("0")
                && self.watches.fires(&self.env, &self.gathered, *table).await? == first.fires;
            if same_rows && self.gathered.others_stay(&self.env, &catalog, first, &on).await? {
                judged.insert(*table);
            }
        }
        let files_own = self.gathered.write_texts(&self.env).await?;
        for values in laid_out {
            if !values.others.is_empty() {
                self.env.own(&format!("DROP TABLE IF EXISTS {}_rest", values.beside)).await?;
            }
            if judged.contains(&ObjectId::relation(values.column.oid)) && catalog.contains(values.column) {
                self.judge_type(&catalog, values).await?;
            } else {
                self.env.own(&format!("DROP TABLE {}", values.beside)).await?;
                if values.places.is_some() {
                    self.env.own(&format!("DROP TABLE {}_places; RESET synchronize_seqscans", values.beside)).await?;
                }
            }
        }
        self.env.texts_written(files_own).await?;
        Ok(judged)
    }
}

impl Origin {
    fn places(&self, catalog: &Catalog, column: ObjectId, altered: &[&str], is_key: bool) -> Places {
        let table = ObjectId::relation(column.oid);
        let columns = catalog.columns(table);
        let stays =
            |c: &&&Object| !altered.contains(&c.name.as_str()) && !is_generated(c) && self.catalog.contains(c.id);
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

    /// A second change of type: what the values before it lead back to stays, and the new ones are those of now.
    async fn follow_values(
        &self,
        env: &Environment<'_>,
        catalog: &Catalog,
        copy: &TypeCopy,
        (beside, on): (&str, &[String]),
        (id, old_type): (ObjectId, &str),
        key: &[(i16, String)],
    ) -> Result<(), MigrateError> {
        let holder = ObjectId::relation(id.oid);
        let column = ident(&catalog.get(id).map(|c| c.name.clone()).unwrap_or_default());
        let first = match self.catalog.get(id).map(|o| &o.detail) {
            Some(Detail::Column(first)) => self.there_now(env, &first.data_type).await?,
            _ => old_type.to_owned(),
        };
        let full = qualified(&copy.schema, &copy.name);
        let function = qualified(&copy.schema, &format!("{}_led", copy.name));
        let same: Vec<String> = copy
            .key
            .iter()
            .zip(key)
            .map(|(then, (_, laid))| format!("y.{} = c.{}::text", ident(then), ident(laid)))
            .collect();
        let list: Vec<String> = copy.key.iter().map(|then| ident(then)).collect();
        let laid: Vec<String> =
            list.iter().zip(key).map(|(then, (_, laid))| format!("c.{}::text AS {then}", ident(laid))).collect();
        env.own(&format!(
            "CREATE FUNCTION {function}(text) RETURNS text LANGUAGE plpgsql AS {body}; \
             CREATE TEMPORARY TABLE backout_followed ON COMMIT DROP AS SELECT {laid}, \
             CASE WHEN y.there THEN y.backout_old ELSE {function}(c.backout_value) END AS backout_old, t.{column}::text AS backout_new \
             FROM {table} t JOIN {beside} c ON {on} LEFT JOIN (SELECT true AS there, * FROM {full}) y \
             ON {same} AND y.backout_new IS NOT DISTINCT FROM c.backout_value; \
             TRUNCATE {full}; INSERT INTO {full} ({list}, backout_old, backout_new) SELECT * FROM pg_temp.backout_followed; \
             DROP TABLE pg_temp.backout_followed; DROP FUNCTION {function}(text)",
            body = literal(&leads_back(old_type, &first)).trim_start(),
            laid = laid.join(", "),
            table = catalog.sql_name(holder),
            on = on.join(" AND "),
            same = same.join(" AND "),
            list = list.join(", "),
        ))
        .await
    }
}

impl Gathered {
    /// What the values of enums are called while columns have got them: each may be renamed later.
    pub(super) async fn note_labels(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        tables: &BTreeSet<ObjectId>,
    ) -> Result<(), MigrateError> {
        let list: Vec<String> = tables.iter().map(|table| table.oid.to_string()).collect();
        let sql = format!(
            "SELECT e.enumtypid, e.oid, e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid IN \
             (SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid IN ({}) AND a.attnum > 0 AND NOT a.attisdropped)",
            if list.is_empty() { "0".to_owned() } else { list.join(", ") }
        );
        let rows = env.session.rows(&sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        for row in rows {
            let (of, oid): (u32, u32) = (row.get(0), row.get(1));
            let of = ObjectId::new(Class::Type, of);
            // That of one that was there before goes back by itself.
            if !origin.existed.contains(&of) {
                self.labels.new.entry(oid).or_insert((of, row.get(2)));
            }
        }
        Ok(())
    }

    /// What the values of all enums are called before anything happens.
    pub(super) async fn note_first_labels(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
    ) -> Result<(), MigrateError> {
        if !self.labels.first.is_empty() {
            return Ok(());
        }
        let has_enums = |o: &&Object| matches!(o.detail, Detail::Type(backout_schema::Type::Enum { .. }));
        if !origin.catalog.outside().any(|o| has_enums(&o)) {
            return Ok(());
        }
        let sql = "SELECT e.enumtypid, e.oid, e.enumlabel::text FROM pg_catalog.pg_enum e";
        let rows = env.session.rows(sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        for row in rows {
            let (of, oid, now): (u32, u32, String) = (row.get(0), row.get(1), row.get(2));
            let of = ObjectId::new(Class::Type, of);
            // A run that goes on knows what the one before it has renamed.
            let renamed = origin.renamed_labels.iter().find(|r| r.of == of && r.label == now);
            self.labels.first.insert(oid, (of, renamed.map_or(now, |r| r.then.clone())));
        }
        Ok(())
    }

    /// Those that are called otherwise by now.
    pub(super) async fn labels_of(&self, env: &Environment<'_>, inverse: &mut Inverse) -> Result<(), MigrateError> {
        let changed = |id: &ObjectId| id.class == Class::Type;
        let first = self.labels.first.iter().filter(|_| inverse.changed.iter().any(changed));
        let known: BTreeMap<u32, &(ObjectId, String)> =
            first.chain(&self.labels.new).map(|(oid, label)| (*oid, label)).collect();
        if known.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = known.keys().map(u32::to_string).collect();
        let sql = format!(
            "SELECT oid, enumlabel::text FROM pg_catalog.pg_enum WHERE oid IN ({}) ORDER BY oid",
            list.join(", ")
        );
        let rows = env.session.rows(&sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        for row in rows {
            let (oid, label): (u32, String) = (row.get(0), row.get(1));
            let Some((of, then)) = known.get(&oid).filter(|(_, then)| *then != label) else { continue };
            let renamed = Relabelled { of: *of, label, then: then.clone() };
            if self.labels.new.contains_key(&oid) {
                inverse.labels.push(renamed);
            } else {
                inverse.renamed_labels.push(renamed);
            }
        }
        Ok(())
    }

    /// Whether the other columns of all rows are as they were laid out.
    async fn others_stay(
        &mut self,
        env: &Environment<'_>,
        catalog: &Catalog,
        values: &LaidOut,
        on: &[String],
    ) -> Result<bool, MigrateError> {
        let table = ObjectId::relation(values.column.oid);
        let Some(digest) = digest(catalog, table, &values.others) else { return Ok(false) };
        let files_own = self.write_texts(env).await?;
        let changed = env
            .session
            .scalar(&format!(
                "SELECT count(*) FROM {} t JOIN {}_rest c ON {} WHERE {digest} IS DISTINCT FROM c.backout_rest",
                catalog.sql_name(table),
                values.beside,
                on.join(" AND ")
            ))
            .await
            .map_err(MigrateError::server("comparing rows"))?;
        env.texts_written(files_own).await?;
        Ok(changed.as_deref() == Some("0"))
    }
}

impl Environment<'_> {
    /// Code can change the type of a column and back, or all values of one of which the type stays.
    async fn lay_out_others(
        &self,
        catalog: &Catalog,
        values: &mut LaidOut,
        altered: &[&str],
    ) -> Result<(), MigrateError> {
        let table = ObjectId::relation(values.column.oid);
        let stays = |c: &&Object| !altered.contains(&c.name.as_str()) && !is_generated(c);
        values.others = catalog.columns(table).iter().copied().filter(stays).map(|c| c.id.sub).collect();
        let key: String = values.key.iter().map(|(_, k)| format!("t.{}, ", ident(k))).collect();
        self.own(&format!(
            "CREATE TEMPORARY TABLE {}_rest ON COMMIT DROP AS SELECT {key}{} AS backout_rest FROM {} t",
            values.beside.trim_start_matches("pg_temp."),
            digest(catalog, table, &values.others).unwrap_or_default(),
            catalog.sql_name(table)
        ))
        .await
    }

    /// A second change of a column's type, where the first was kept: by which key of now leads to which of then, or by
    /// the places of rows. False if neither is known any more.
    async fn follow_by_places(
        &self,
        copy: &TypeCopy,
        beside: &str,
        Places { sql: places, is_key, others: columns }: &Places,
        pairs: &str,
    ) -> Result<bool, MigrateError> {
        let full = qualified(&copy.schema, &copy.name);
        if copy.whole {
            // The copy is numbered by the places. Rows that all look as they did then are those rows, or as good.
            let others = columns.iter().filter(|(_, then)| copy.key.contains(then));
            let differs: String =
                others.map(|(_, then)| format!(" OR y.{0} IS DISTINCT FROM c.{0}", ident(then))).collect();
            let moved = format!(
                "SELECT count(*) FROM {full} y FULL JOIN {beside}_places c ON y.backout_row = c.backout_place \
                 WHERE y.backout_row IS NULL OR c.backout_place IS NULL OR y.backout_new IS DISTINCT FROM c.backout_key{differs}"
            );
            let moved = self.session.scalar(&moved).await.map_err(MigrateError::server("comparing rows"))?;
            if moved.as_deref() != Some("0") {
                return Ok(false);
            }
            self.own(&format!(
                "UPDATE {full} y SET backout_new = t.backout_key FROM ({places}) t WHERE y.backout_row = t.backout_place"
            ))
            .await?;
            return Ok(true);
        }
        if !is_key || !copy.key.is_empty() {
            return Ok(false);
        }
        self.own(&format!(
            "CREATE TEMPORARY TABLE backout_pairs ON COMMIT DROP AS SELECT y.backout_old, p.backout_new \
             FROM {full} y JOIN ({pairs}) p ON p.backout_old = y.backout_new; \
             TRUNCATE {full}; INSERT INTO {full} SELECT * FROM pg_temp.backout_pairs; DROP TABLE pg_temp.backout_pairs"
        ))
        .await?;
        Ok(true)
    }
}
