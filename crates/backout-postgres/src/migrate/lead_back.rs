//! What was written down while columns had another type is led back to the former one.

use super::retype::Retyped;
use super::{Environment, Gathered, MigrateError, Origin};
use backout_plan::{Unit, Verdict};
use backout_reversal::{ImageColumn, RowImages, TypeCopy};
use backout_schema::Type::Enum;
use backout_schema::{Detail, ObjectId, cast, ident, literal, qualified};

/// How the former value of an image is found: what to join, by which names it is known to be there.
struct Former {
    join: String,
    found: &'static str,
    value: &'static str,
}

/// A column whose values can be led back.
type Led = (Retyped, Option<Former>);

impl Gathered {
    /// Values of columns that had another type when they were written down are led back to the former type, in the way
    /// in which the undo leads those of the table back. Where that is not possible, the loss is counted.
    pub(super) async fn lead_back(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        image: &mut RowImages,
        retyped: Vec<Retyped>,
    ) -> Result<(), MigrateError> {
        if retyped.is_empty() {
            return Ok(());
        }
        let stored = qualified(&image.schema, &image.name);
        let (led, stand_ins) = self.led_or_lost(env, origin, image, retyped, &stored).await?;
        let (mut add, mut set) = (Vec::new(), Vec::new());
        for (column, _) in &led {
            let raw = RowImages::raw(column.column.sub);
            add.push(format!("ADD COLUMN {raw} text"));
            set.push(format!("{raw} = {}", ident(&column.name)));
        }
        if !led.is_empty() {
            env.own(&format!("ALTER TABLE {stored} {}; UPDATE {stored} SET {}", add.join(", "), set.join(", ")))
                .await?;
        }
        for (column, former) in &led {
            self.lead_column_back(env, image, column, former.as_ref()).await?;
            self.lose_led_nowhere(env, origin, image, column, &stored).await?;
        }
        for name in stand_ins {
            env.own(&format!("DROP TYPE IF EXISTS {name}")).await?;
        }
        if !env.key_leads_back(image, &led, &stored).await? {
            image.key.clear();
        }
        for (column, _) in led {
            image.retyped.push(column.column.sub);
            image.columns.push(ImageColumn { name: column.name, as_text: true });
        }
        Ok(())
    }

    /// Columns whose values can be led back, each with where its kept values lie, if any are; and types that are made for
    /// the moment. What cannot is counted as lost.
    async fn led_or_lost(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        image: &RowImages,
        retyped: Vec<Retyped>,
        stored: &str,
    ) -> Result<(Vec<Led>, Vec<String>), MigrateError> {
        let mut led = Vec::new();
        let mut stand_ins = Vec::new();
        for mut column in retyped {
            // It may be called otherwise since.
            column.new = env.type_now(&column).await?;
            column.old = match self.stand_in(env, origin, &image.schema, &column.old).await? {
                Some((name, data_type)) => {
                    stand_ins.push(name);
                    data_type
                }
                None => origin.there_now(env, &column.old).await?,
            };
            let former = match self.types.iter().find(|t| t.table == image.table && t.column == column.column.sub) {
                None => Some(None),
                Some(copy) => env.former(image, copy, column.column.sub).await?.map(Some),
            };
            match former {
                None => self.lose_changed(env, origin, image, &column, stored).await?,
                Some(former) => led.push((column, former)),
            }
        }
        Ok((led, stand_ins))
    }

    /// Counts the former values of a column that its values of now do not lead back to.
    async fn lose_led_nowhere(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        image: &RowImages,
        column: &Retyped,
        stored: &str,
    ) -> Result<(), MigrateError> {
        let (raw, name) = (RowImages::raw(column.column.sub), ident(&column.name));
        // A value that the migration itself had put there before is none of those to bring back.
        let earlier = self.images.iter().filter(|i| i.table == image.table);
        let earlier = earlier.filter(|i| i.retyped.contains(&column.column.sub)).map(|i| {
            let stored = qualified(&i.schema, &i.name);
            format!(" AND NOT EXISTS (SELECT FROM {stored} p WHERE p.backout_new AND p.{raw} = m.{raw})")
        });
        let lost = format!(
            "SELECT count(*) FROM {stored} m WHERE NOT m.backout_new AND m.{name} IS NULL AND m.{raw} IS NOT NULL AND NOT EXISTS \
             (SELECT FROM {stored} p WHERE p.backout_new AND p.{raw} = m.{raw} AND p.backout_fire < m.backout_fire){}",
            earlier.collect::<String>()
        );
        self.lose(env, origin, column, &lost).await
    }

    /// An enum that the migration has dropped, made once more for the moment: its name, and that of the type wanted.
    async fn stand_in(
        &self,
        env: &Environment<'_>,
        origin: &Origin,
        schema: &str,
        data_type: &str,
    ) -> Result<Option<(String, String)>, MigrateError> {
        let found = origin.own_type(data_type);
        let labels = found.and_then(|(id, _)| match &origin.catalog.get(id)?.detail {
            Detail::Type(Enum { labels }) => Some(labels),
            _ => None,
        });
        let (Some((id, rest)), Some(labels)) = (found, labels) else { return Ok(None) };
        if self.moved.iter().any(|m| m.id == id) {
            return Ok(None);
        }
        let there = format!("SELECT EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = {})", id.oid);
        let there = env.session.scalar(&there).await.map_err(MigrateError::server("looking for a type"))?;
        if there.as_deref() == Some("t") {
            return Ok(None);
        }
        let name = qualified(schema, &format!("backout_enum_{}", id.oid));
        let missing = format!("SELECT pg_catalog.to_regtype({}) IS NULL", literal(&name).trim_start());
        let missing = env.session.scalar(&missing).await.map_err(MigrateError::server("looking for a type"))?;
        if missing.as_deref() == Some("t") {
            let labels: Vec<String> = labels.iter().map(|label| literal(label).trim_start().to_owned()).collect();
            env.own(&format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "))).await?;
        }
        let data_type = format!("{name}{rest}");
        Ok(Some((name, data_type)))
    }

    async fn lead_column_back(
        &self,
        env: &Environment<'_>,
        image: &RowImages,
        column: &Retyped,
        former: Option<&Former>,
    ) -> Result<(), MigrateError> {
        let stored = qualified(&image.schema, &image.name);
        let (name, raw) = (ident(&column.name), RowImages::raw(column.column.sub));
        let labels = self.labels_then(env, column.column).await?;
        let label = |value: &str| match labels.is_empty() {
            true => value.to_owned(),
            false => format!("(CASE {value} {labels} ELSE {value} END)"),
        };
        let back = |value: &str| match labels.is_empty() {
            true => cast(&format!("({value}::{})", column.new), &column.new, &column.old),
            false => format!("{}::{}", label(value), column.old),
        };
        if former.is_none() {
            let trial = env.savepoint("backout_led").await?;
            let all = env.session.batch(&format!("UPDATE {stored} SET {name} = ({})::text", back(&raw))).await;
            trial.end(&all).await.map_err(MigrateError::keeping)?;
            if all.is_ok() {
                return Ok(());
            }
        }
        let function = qualified(&image.schema, &format!("{}_led", image.name));
        // As the undo does it where values were kept: what would not come out as it went in leads nowhere.
        let leads = match former {
            Some(_) if !labels.is_empty() => format!("({})::text = {}", back("$1"), label("$1")),
            Some(_) => format!("({})::text = $1", cast(&format!("({})", back("$1")), &column.old, &column.new)),
            None => "true".to_owned(),
        };
        let body = format!(
            "BEGIN IF $2 THEN RETURN $3; END IF; IF {leads} THEN RETURN ({})::text; END IF; RETURN NULL; EXCEPTION WHEN others THEN RETURN NULL; END",
            back("$1")
        );
        let (join, found, value) = former.map_or(("", "false", "NULL"), |f| (f.join.as_str(), f.found, f.value));
        env.own(&format!(
            "CREATE FUNCTION {function}(text, boolean, text) RETURNS text LANGUAGE plpgsql AS {}; \
             UPDATE {stored} u SET {name} = {function}(i.{raw}, {found}, {value}) FROM {stored} i {join} WHERE i.ctid = u.ctid; \
             DROP FUNCTION {function}(text, boolean, text)",
            literal(&body).trim_start()
        ))
        .await
    }

    /// What the values of a column's enum, where the migration made it, were called when the column got it: the cases of
    /// a CASE, of those that have other names by now.
    async fn labels_then(&self, env: &Environment<'_>, column: ObjectId) -> Result<String, MigrateError> {
        let sql = format!(
            "SELECT e.oid, e.enumlabel::text FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_attribute a ON a.atttypid = e.enumtypid \
             WHERE a.attrelid = {} AND a.attnum = {} AND NOT a.attisdropped ORDER BY e.enumsortorder",
            column.oid, column.sub
        );
        let rows = env.session.rows(&sql).await.map_err(MigrateError::server("reading the values of enums"))?;
        let renamed = rows.iter().filter_map(|row| {
            let (oid, label): (u32, String) = (row.get(0), row.get(1));
            let (_, then) = self.labels.new.get(&oid).filter(|(_, then)| *then != label)?;
            Some(format!("WHEN {} THEN {}", literal(&label).trim_start(), literal(then).trim_start()))
        });
        Ok(renamed.collect::<Vec<_>>().join(" "))
    }

    /// Rows that were changed, and whose former values in a column nobody knows.
    async fn lose_changed(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        image: &RowImages,
        column: &Retyped,
        stored: &str,
    ) -> Result<(), MigrateError> {
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
        self.lose(
            env,
            origin,
            column,
            &format!("SELECT count(*) FROM {stored} m WHERE NOT m.backout_new AND NOT {kept}"),
        )
        .await
    }

    async fn lose(
        &mut self,
        env: &Environment<'_>,
        origin: &Origin,
        column: &Retyped,
        count: &str,
    ) -> Result<(), MigrateError> {
        let count = env.session.scalar(count).await;
        let count = count.map_err(MigrateError::server("counting what changed after its type did"))?;
        let count = count.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        if count > 0 {
            self.losses.push(Verdict::Lossy {
                what: origin.catalog.identity(column.column),
                count: Some(count),
                unit: Unit::Cells,
                reason: "rows were changed after its type was".to_owned(),
            });
        }
        Ok(())
    }
}

impl Environment<'_> {
    /// The type that a column has under its name of now.
    async fn type_now(&self, column: &Retyped) -> Result<String, MigrateError> {
        let sql = format!(
            "SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = {} AND a.attnum = {} AND NOT a.attisdropped",
            column.column.oid, column.column.sub
        );
        let now = self.session.scalar(&sql).await.map_err(MigrateError::server("looking for a type"))?;
        Ok(now.unwrap_or_else(|| column.new.clone()))
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

    /// Whether the key still tells the rows of then apart, once its columns are led back.
    async fn key_leads_back(&self, image: &RowImages, led: &[Led], stored: &str) -> Result<bool, MigrateError> {
        // What one key of now leads back to must be one key of then.
        let names: Vec<_> = image.columns.iter().map(|c| c.name.clone()).collect();
        let of_key: Vec<&Retyped> = led.iter().map(|(c, _)| c).filter(|c| image.key.contains(&c.name)).collect();
        let there = |k: &String| names.contains(k) || of_key.iter().any(|c| c.name == *k);
        if !image.key.iter().all(there) {
            return Ok(false);
        }
        if of_key.is_empty() {
            return Ok(true);
        }
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
        Ok(alike.as_deref() == Some("0"))
    }
}
