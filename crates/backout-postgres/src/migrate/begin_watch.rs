//! The beginning of a watch: the table for a table's row images, the function that fills it, and the triggers that
//! call it.
//!
//! Must not know: which tables are to be watched, or what becomes of the images.

use super::images::{PREFIX, Shape, Watched};
use super::retype::Retyped;
use super::watchable::{Column, Member, Table};
use super::{Environment, Event, Gathered, MigrateError, Origin, Run, Watches};
use backout_reversal::{ImageColumn, RowImages, row_key};
use backout_schema::{Catalog, Detail, Object, ObjectId, ident, literal, qualified};

/// What is written down of each row of a table: only what was there before has a value to go back to, under its name
/// of then.
struct Written<'t> {
    /// Columns that are as they were: their names then and now.
    same: Vec<(String, String, &'t Column)>,
    /// Columns that have another type than before: their names then and now. Such a column is written down as it is,
    /// and led back to its former type at the end.
    beside: Vec<(String, String)>,
    image: Vec<ImageColumn>,
    retyped: Vec<Retyped>,
}

impl<'t> Written<'t> {
    fn of(origin: &Origin, gathered: &Gathered, id: ObjectId, table: &'t Table) -> Written<'t> {
        let mut written = Written { same: Vec::new(), beside: Vec::new(), image: Vec::new(), retyped: Vec::new() };
        for column in &table.columns {
            let Some(then) = origin.catalog.get(ObjectId::column(id.oid, column.number)) else { continue };
            let Detail::Column(detail) = &then.detail else { continue };
            // Values that were others before its type changed, and changed back, are led back as well.
            let led = gathered.types.iter().any(|t| t.table == id && t.column == column.number);
            if led || !origin.is_of_type(column, &detail.data_type) {
                let (old, new) = (detail.data_type.clone(), column.data_type.clone());
                written.retyped.push(Retyped { column: then.id, name: then.name.clone(), old, new });
                written.beside.push((ident(&then.name), ident(&column.name)));
                continue;
            }
            written.image.push(ImageColumn { name: then.name.clone(), as_text: column.as_text });
            written.same.push((ident(&then.name), ident(&column.name), column));
        }
        written
    }

    fn has(&self, name: &str) -> bool {
        self.image.iter().any(|c| c.name == name) || self.retyped.iter().any(|c| c.name == name)
    }

    /// Whether values are written as text.
    fn in_texts(&self) -> bool {
        self.same.iter().any(|(_, _, column)| column.as_text) || !self.beside.is_empty()
    }

    /// The columns of the table for the images, each after a comma.
    fn definitions(&self) -> String {
        let same = self.same.iter().map(|(then, _, column)| {
            let data_type = if column.as_text { "text" } else { column.data_type.as_str() };
            let collation = column.collation.as_ref().filter(|_| !column.as_text);
            format!(", {then} {data_type}{}", collation.map_or(String::new(), |c| format!(" COLLATE {c}")))
        });
        same.chain(self.beside.iter().map(|(then, _)| format!(", {then} text"))).collect()
    }

    /// All columns, each after a comma: as they are called in the images, and as they are read from a row (`r`).
    fn all(&self) -> Listed {
        let names = self.same.iter().map(|(then, ..)| then).chain(self.beside.iter().map(|(then, _)| then));
        let same = self.same.iter().map(|(_, now, column)| read(now, column));
        Listed {
            into: names.map(|then| format!(", {then}")).collect(),
            from: same.chain(self.beside.iter().map(|(_, now)| format!(", r.{now}::text"))).collect(),
        }
    }

    /// The same of those that tell rows apart, by their names then, and those that are set, by their names now.
    fn only(&self, key: &[String], set: &[String]) -> Listed {
        let named = |list: &[String], name: &str| list.iter().any(|n| ident(n) == name);
        let named = |(then, now, _): &&(String, String, &Column)| named(key, then) || named(set, now);
        let some: Vec<_> = self.same.iter().filter(named).collect();
        Listed {
            into: some.iter().map(|(then, ..)| format!(", {then}")).collect(),
            from: some.iter().map(|(_, now, column)| read(now, column)).collect(),
        }
    }
}

fn read(now: &str, column: &Column) -> String {
    format!(", r.{now}{}", if column.as_text { "::text" } else { "" })
}

struct Listed {
    into: String,
    from: String,
}

/// What the images of a table lie in and are written by, as SQL names it.
struct Named {
    home: String,
    /// The table's name alone.
    name: String,
    stored: String,
    fires: String,
    function: String,
}

impl Named {
    /// `era` counts the watches of the same table, from 1.
    fn of(home: String, id: ObjectId, era: usize) -> Named {
        let name = format!("rows_{}_{era}", id.oid);
        let (stored, fires) = (qualified(&home, &name), qualified(&home, &format!("{name}_fires")));
        let function = qualified(&home, &format!("{PREFIX}{}_{era}", id.oid));
        Named { home, name, stored, fires, function }
    }
}

impl Run<'_> {
    /// Makes the table for the images, the function that fills it and the triggers that call it.
    pub(super) async fn begin_watch(
        &mut self,
        id: ObjectId,
        table: &Table,
        columns: Vec<Shape>,
    ) -> Result<Watched, MigrateError> {
        let members = table.members.iter().map(|m| m.oid).collect();
        if self.watches.sets_only_new_columns(&self.env, &self.origin, id, table).await? {
            self.counters.note_sequences(&self.env, &self.origin, &self.gathered, id).await?;
            return Ok(Watched { columns, members, in_family: table.in_family, ..Watched::default() });
        }
        let before = self.origin.catalog.get(id).cloned();
        let schema = before.as_ref().and_then(|t| t.schema.as_deref()).unwrap_or("public");
        let home = self.homes.make_home(&self.env, schema).await?;
        let era = 1 + self.gathered.images.iter().filter(|image| image.table == id).count();
        let named = Named::of(home, id, era);
        let written = Written::of(&self.origin, &self.gathered, id, table);
        // Once its constraint is gone, a key may be there twice.
        let numbers = row_key(&self.origin.catalog, id).filter(|key| table.tells_apart(key)).unwrap_or_default();
        let key: Vec<String> =
            numbers.iter().filter_map(|n| self.origin.catalog.column_name(id.oid, *n)).map(str::to_owned).collect();
        // A key that is gone tells nothing apart; one of another type does if its values lead back one by one.
        let key = if key.iter().all(|k| written.has(k)) { key } else { Vec::new() };
        // Of rows that only one UPDATE changes, and nothing behind it, the images need only what it sets.
        let set = if written.retyped.is_empty() {
            self.watches.set_alone(&self.env, &self.origin, id, table, &key).await?
        } else {
            None
        };
        let in_texts = match written.in_texts() {
            true => self.gathered.texts_of_function(&self.env).await?,
            false => String::new(),
        };
        let xid = self.env.session.scalar("SELECT pg_catalog.pg_current_xact_id()").await;
        let xid = xid.map_err(MigrateError::server("asking for the transaction's number"))?.unwrap_or_default();
        let changed = set.as_ref().map(|set| written.only(&key, set));
        let body = body(&named, table, &xid, &written.all(), changed.as_ref());
        let mut sql = definition(&named, &written.definitions(), &in_texts, &body);
        sql.extend(table.members.iter().map(|member| triggers(&named.function, member, table.in_family)));
        self.env.own(&sql).await?;
        self.counters.note_sequences(&self.env, &self.origin, &self.gathered, id).await?;
        let key_is_used = !key.is_empty();
        let set = set.map(|set| {
            let names = changed_names(&self.origin.catalog, id, table, &set);
            written.image.iter().filter(|c| names.contains(&c.name)).map(|c| c.name.clone()).collect()
        });
        (self.env.watch)(Event::Note(format!("keeping the rows of {} that change", table.name)));
        Ok(Watched {
            image: Some(RowImages {
                table: id,
                what: self.origin.catalog.identity(id),
                schema: named.home,
                name: named.name,
                key,
                columns: written.image,
                set,
                retyped: Vec::new(),
                fires: 0,
                apart: self.origin.partitions_apart(id, table),
            }),
            key: if key_is_used { numbers } else { Vec::new() },
            columns,
            in_family: table.in_family,
            members,
            function: format!("{}()", named.function),
            fires: named.fires,
            retyped: written.retyped,
        })
    }
}

/// The body of the function: `changed` is all that INSERT, UPDATE and DELETE need, where that is not all columns.
fn body(named: &Named, table: &Table, xid: &str, all: &Listed, changed: Option<&Listed>) -> String {
    let (stored, fires) = (&named.stored, &named.fires);
    let put = |new: bool, from_rows: &str| {
        let Listed { into, from } = changed.unwrap_or(all);
        format!(
            "INSERT INTO {stored} (backout_fire, backout_new{into}) SELECT backout.fire, {new}{from} FROM {from_rows} r;"
        )
    };
    format!(
        "<<backout>> DECLARE fire bigint; \
         BEGIN \
         IF pg_catalog.pg_current_xact_id()::text <> {xid} OR pg_catalog.current_setting('backout.trial', true) = 'on' THEN RETURN NULL; END IF; \
         backout.fire := pg_catalog.nextval({fires_name}); \
         IF TG_OP = 'TRUNCATE' THEN EXECUTE pg_catalog.format({truncated}, backout.fire, TG_TABLE_SCHEMA, TG_TABLE_NAME); \
         ELSIF TG_OP = 'INSERT' THEN {inserted} \
         ELSIF TG_OP = 'DELETE' THEN {deleted} \
         ELSE {deleted} {inserted} END IF; \
         RETURN NULL; END",
        xid = literal(xid).trim_start(),
        fires_name = literal(fires).trim_start(),
        truncated = literal(&format!(
            "INSERT INTO {} (backout_fire, backout_new{}) SELECT %s, false{} FROM ONLY %I.%I r",
            stored.replace('%', "%%"),
            all.into.replace('%', "%%"),
            all.from.replace('%', "%%")
        ))
        .trim_start(),
        inserted = put(true, if table.in_family { "(SELECT NEW.*)" } else { "backout_new_rows" }),
        deleted = put(false, if table.in_family { "(SELECT OLD.*)" } else { "backout_old_rows" }),
    )
}

/// All but the triggers.
fn definition(named: &Named, columns: &str, in_texts: &str, body: &str) -> String {
    let Named { stored, fires, function, .. } = named;
    format!(
        "CREATE SEQUENCE {fires}; \
         CREATE TABLE {stored} (backout_fire bigint NOT NULL, backout_new boolean NOT NULL{columns}); \
         CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET row_security = off{in_texts} AS {}",
        literal(body).trim_start()
    )
}

/// The triggers of one table, each after a semicolon.
fn triggers(function: &str, member: &Member, in_family: bool) -> String {
    let mut sql = String::new();
    for (event, referencing) in [
        ("INSERT", "NEW TABLE AS backout_new_rows"),
        ("UPDATE", "OLD TABLE AS backout_old_rows NEW TABLE AS backout_new_rows"),
        ("DELETE", "OLD TABLE AS backout_old_rows"),
    ] {
        let each = match in_family {
            true => "FOR EACH ROW".to_owned(),
            false => format!("REFERENCING {referencing} FOR EACH STATEMENT"),
        };
        sql.push_str(&format!(
            "; CREATE TRIGGER {PREFIX}{} AFTER {event} ON {} {each} EXECUTE FUNCTION {function}()",
            event.to_lowercase(),
            member.name
        ));
    }
    if member.leaf {
        sql.push_str(&format!(
            "; CREATE TRIGGER {PREFIX}truncate BEFORE TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
            member.name
        ));
    }
    sql
}

/// The names of before of columns that are named as they are now.
fn changed_names(before: &Catalog, id: ObjectId, table: &Table, sets: &[String]) -> Vec<String> {
    let numbers = table.columns.iter().filter(|c| sets.contains(&c.name)).map(|c| c.number);
    numbers.filter_map(|n| before.column_name(id.oid, n)).map(str::to_owned).collect()
}

impl Watches {
    /// Whether the one UPDATE of the migration fills what the migration added, and does nothing else to the table.
    async fn sets_only_new_columns(
        &self,
        env: &Environment<'_>,
        origin: &Origin,
        id: ObjectId,
        table: &Table,
    ) -> Result<bool, MigrateError> {
        let Some((_, sets)) = self.sole_update.as_ref().filter(|(of, _)| *of == table.root) else { return Ok(false) };
        Ok(changed_names(&origin.catalog, id, table, sets).is_empty() && env.changes_alone(table).await?)
    }

    /// The columns that a table's rows change in, if the running statement is all that changes them: it is the only
    /// one of the migration, and neither a trigger nor a foreign key of the table's own changes more.
    async fn set_alone(
        &self,
        env: &Environment<'_>,
        origin: &Origin,
        id: ObjectId,
        table: &Table,
        key: &[String],
    ) -> Result<Option<Vec<String>>, MigrateError> {
        let Some((_, sets)) = self.sole_update.clone().filter(|(of, _)| *of == table.root) else { return Ok(None) };
        let names = changed_names(&origin.catalog, id, table, &sets);
        if key.is_empty() || names.iter().any(|name| key.contains(name)) || !env.changes_alone(table).await? {
            return Ok(None);
        }
        Ok(Some(sets))
    }
}

impl Origin {
    /// Tables that were partitions of this one, or of its partitions, and are not by now.
    fn partitions_apart(&self, id: ObjectId, table: &Table) -> Vec<ObjectId> {
        let whole = |o: &Object| match &o.detail {
            Detail::Table(t) => t.partition_of,
            _ => None,
        };
        let is_below = |o: &&Object| {
            let mut above = whole(o);
            while above.is_some_and(|above| above != id) {
                above = above.and_then(|above| self.catalog.get(above)).and_then(whole);
            }
            above.is_some()
        };
        let parts = self.catalog.outside().filter(is_below).map(|o| o.id);
        parts.filter(|part| !table.members.iter().any(|m| m.oid == part.oid)).collect()
    }
}

impl Environment<'_> {
    /// Whether nothing of the table's own follows when its rows change.
    async fn changes_alone(&self, table: &Table) -> Result<bool, MigrateError> {
        if table.members.len() != 1 || table.in_family {
            return Ok(false);
        }
        let others = self
            .session
            .scalar(&format!(
                "SELECT (EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = {0} AND NOT t.tgisinternal) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' AND c.confrelid = {0}) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = {0}))::text",
                table.root
            ))
            .await
            .map_err(MigrateError::server("looking for what else changes rows"))?;
        Ok(others.as_deref() == Some("false"))
    }
}
