//! What an undo set aside goes back to where it was, once the migration is there again.
//!
//! A row that was set aside wins over the one that the migration recreates: the application wrote it later. What the
//! application wrote between the undo and now stays, as far as the undo left a value that can be told from it.

use crate::ddl;
use crate::tables::row_key;
use backout_schema::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that an undo set aside, under the names that it had by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    pub schema: String,
    pub table: String,
    /// Where it is values of one column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub copy_schema: String,
    pub copy: String,
    pub by: By,
    /// What the undo left in the row instead (`c` is the copy); nothing if the column itself went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// How the rows of a copy are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The copy is the table itself.
    Rows,
    /// Whole rows as `backout_row`, in JSON.
    Json,
    /// The key's columns, typed.
    Key(Vec<String>),
    /// All columns that stayed, typed: by them and the place among equals.
    Place(Vec<String>),
    /// The key's columns as text.
    TextKey(Vec<String>),
    /// `backout_row`: the text of a row of the key's columns.
    RowOfKey(Vec<String>),
    /// Nothing tells.
    Nothing,
}

impl Aside {
    /// Of a table, or of a column, as an object is called.
    pub fn identity(&self) -> String {
        let table = qualified(&self.schema, &self.table);
        match &self.column {
            Some(column) => format!("column {table}.{}", ident(column)),
            None => format!("table {table}"),
        }
    }

    pub fn stored(&self) -> String {
        qualified(&self.copy_schema, &self.copy)
    }
}

/// The way of one copy back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reimport {
    pub what: String,
    pub stored: String,
    pub before: Vec<String>,
    /// Reaches as many rows as go back.
    pub sql: String,
    pub after: Vec<String>,
}

/// What a plan is for.
type Planned = (Aside, Reimport);
/// What stays where it is, and why.
type Staying = (Aside, String);

/// Plans the way of copies back into the catalog of now: those of what `made` says the migration has made, tables
/// in the order of their foreign keys. The second list says why others stay where they are.
pub fn plan_reimport(now: &Catalog, made: &dyn Fn(&Object) -> bool, asides: &[Aside]) -> (Vec<Planned>, Vec<Staying>) {
    let (mut plans, mut stay) = (Vec::new(), Vec::new());
    let mut tables: Vec<(ObjectId, Planned)> = Vec::new();
    for aside in asides {
        let Some(table) = now.relation(&aside.schema, &aside.table).filter(|o| o.holds_rows()) else {
            stay.push((aside.clone(), "the table is not there".to_owned()));
            continue;
        };
        let column = match &aside.column {
            Some(name) => match now.columns(table.id).into_iter().find(|c| c.name == *name) {
                Some(column) => Some(column),
                None => {
                    stay.push((aside.clone(), "the column is not there".to_owned()));
                    continue;
                }
            },
            None => None,
        };
        // Values that did not fit go back wherever their column is.
        let new = aside.left.is_some() || aside.by == By::Json;
        if !new && !made(column.unwrap_or(table)) {
            stay.push((aside.clone(), "this migration does not make it".to_owned()));
            continue;
        }
        let plan = match column {
            Some(column) => values(now, table, column, aside),
            None => rows(now, table, aside),
        };
        match plan {
            Ok(plan) if column.is_none() => tables.push((table.id, (aside.clone(), plan))),
            Ok(plan) => plans.push((aside.clone(), plan)),
            Err(reason) => stay.push((aside.clone(), reason)),
        }
    }
    let mut ordered = by_keys(now, tables);
    ordered.append(&mut plans);
    (ordered, stay)
}

/// Tables that others refer to come first.
fn by_keys<T>(now: &Catalog, mut tables: Vec<(ObjectId, T)>) -> Vec<T> {
    let mut ordered = Vec::new();
    while !tables.is_empty() {
        let open: BTreeSet<ObjectId> = tables.iter().map(|(id, _)| *id).collect();
        let waits = |id: ObjectId| {
            now.parts(id).any(|p| {
                matches!(&p.detail, Detail::Constraint(c)
                    if c.foreign_table.is_some_and(|other| other != id && open.contains(&other)))
            })
        };
        // In a circle anyone begins.
        let place = tables.iter().position(|(id, _)| !waits(*id)).unwrap_or(0);
        ordered.push(tables.remove(place).1);
    }
    ordered
}

fn rows(now: &Catalog, table: &Object, aside: &Aside) -> Result<Reimport, String> {
    let (names, source, picked) = source_of(now, table, aside)?;
    let columns: Vec<String> = names.iter().map(|(name, _)| ident(name)).collect();
    if columns.is_empty() {
        return Err("no column of it is there any more".to_owned());
    }
    let from = format!("(SELECT {} FROM {source} c)", labelled(&picked, &columns));
    let fits = parents(now, table, &names);
    let sql = insert(now, table, &columns, &from, fits);
    let (before, mut after) = undisturbed(now, table);
    after.extend(names.iter().filter_map(|(name, column)| number_on(now, table, name, column)));
    Ok(Reimport { what: aside.identity(), stored: aside.stored(), before, sql, after })
}

/// The columns that get values, what the values come from, and how they are asked for there.
type Source<'c> = (Vec<(&'c str, &'c Column)>, String, Vec<String>);

fn source_of<'c>(now: &'c Catalog, table: &Object, aside: &Aside) -> Result<Source<'c>, String> {
    let full = now.sql_name(table.id);
    let stored = aside.stored();
    let written = now.columns(table.id).into_iter().filter_map(|column| match &column.detail {
        Detail::Column(c) if c.generated.is_none() => Some((column.name.as_str(), c)),
        _ => None,
    });
    let mut names: Vec<(&str, &Column)> = written.collect();
    match &aside.by {
        By::Json => {
            let picked = names.iter().map(|(name, _)| format!("c.{}", ident(name))).collect();
            let rows =
                format!("(SELECT (pg_catalog.jsonb_populate_record(NULL::{full}, backout_row)).* FROM {stored})");
            Ok((names, rows, picked))
        }
        By::Rows => {
            let Some(copy) = now.relation(&aside.copy_schema, &aside.copy) else {
                return Err(format!("{stored} is not there any more"));
            };
            let there = now.columns(copy.id);
            let type_of = |name: &str| {
                there.iter().find(|c| c.name == name).and_then(|c| match &c.detail {
                    Detail::Column(c) => Some(c.data_type.clone()),
                    _ => None,
                })
            };
            names.retain(|(name, _)| type_of(name).is_some());
            let picked = names.iter().map(|(name, column)| {
                let own = format!("c.{}", ident(name));
                match type_of(name) {
                    Some(kept) if kept != column.data_type => format!("{own}::text::{}", column.data_type),
                    _ => own,
                }
            });
            let picked = picked.collect();
            // Children have copies of their own.
            let only = match &copy.detail {
                Detail::Table(t) if t.kind == TableKind::Partitioned => "",
                _ => "ONLY ",
            };
            Ok((names, format!("{only}{stored}"), picked))
        }
        _ => Err("it is no copy of rows".to_owned()),
    }
}

/// Rows are known by their key if it is there, and otherwise by all that they hold.
fn insert(now: &Catalog, table: &Object, columns: &[String], from: &str, mut fits: Vec<String>) -> String {
    let full = now.sql_name(table.id);
    let list = columns.join(", ");
    let key: Option<Vec<String>> = row_key(now, table.id)
        .map(|key| key.iter().filter_map(|n| now.column_name(table.id.oid, *n)).map(ident).collect::<Vec<_>>())
        .filter(|key| key.iter().all(|k| columns.contains(k)));
    if let Some(key) = key {
        let others: Vec<&String> = columns.iter().filter(|c| !key.contains(c)).collect();
        let set: Vec<String> = others.iter().map(|c| format!("{c} = EXCLUDED.{c}")).collect();
        let conflict = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
        fits.insert(0, "true".to_owned());
        return format!(
            "INSERT INTO {full} ({list}) OVERRIDING SYSTEM VALUE SELECT {list} FROM {from} c WHERE {} ON CONFLICT ({}) DO {conflict}",
            fits.join(" AND "),
            key.join(", ")
        );
    }
    // As many equal ones as were set aside.
    let numbered = |source: &str| {
        format!(
            "(SELECT {list}, ROW({list})::text AS backout_text, \
             pg_catalog.row_number() OVER (PARTITION BY ROW({list})::text) AS backout_place FROM {source} r)"
        )
    };
    fits.insert(
        0,
        format!(
            "NOT EXISTS (SELECT FROM {} l WHERE l.backout_text = c.backout_text AND l.backout_place = c.backout_place)",
            numbered(&full)
        ),
    );
    format!(
        "INSERT INTO {full} ({list}) OVERRIDING SYSTEM VALUE SELECT {list} FROM {} c WHERE {}",
        numbered(from),
        fits.join(" AND ")
    )
}

/// What numbers rows goes on behind them.
fn number_on(now: &Catalog, table: &Object, name: &str, column: &Column) -> Option<String> {
    let full = now.sql_name(table.id);
    // Reads SQL: an expression as the server prints it.
    let counts = |expression: &str| expression.starts_with("nextval(");
    let default = now.parts(table.id).any(|p| {
        matches!(&p.detail, Detail::Default(d)
            if now.column_name(table.id.oid, d.column) == Some(name) && counts(&d.expression))
    });
    if column.identity.is_none() && !default {
        return None;
    }
    let sequence =
        format!("pg_catalog.pg_get_serial_sequence({}, {})", literal(&full).trim_start(), literal(name).trim_start());
    Some(format!(
        "SELECT pg_catalog.setval({sequence}, m.top) FROM (SELECT pg_catalog.max({}) AS top FROM {full}) m, pg_catalog.pg_sequences s \
         WHERE m.top > coalesce(s.last_value, 0) AND pg_catalog.format('%I.%I', s.schemaname, s.sequencename) = {sequence}",
        ident(name)
    ))
}

fn labelled(values: &[String], names: &[String]) -> String {
    let list: Vec<String> = values.iter().zip(names).map(|(value, name)| format!("{value} AS {name}")).collect();
    list.join(", ")
}

/// Rows whose parents went meanwhile stay where they are.
fn parents(now: &Catalog, table: &Object, names: &[(&str, &Column)]) -> Vec<String> {
    let mut conditions = Vec::new();
    for part in now.parts(table.id) {
        let Detail::Constraint(c) = &part.detail else { continue };
        let Some(other) = c.foreign_table.filter(|other| *other != table.id) else { continue };
        let own: Vec<&str> = c.columns.iter().filter_map(|n| now.column_name(table.id.oid, *n)).collect();
        let theirs: Vec<&str> = c.foreign_columns.iter().filter_map(|n| now.column_name(other.oid, *n)).collect();
        if own.is_empty() || own.len() != theirs.len() || own.iter().any(|n| !names.iter().any(|(name, _)| name == n)) {
            continue;
        }
        let empty: Vec<String> = own.iter().map(|n| format!("c.{} IS NULL", ident(n))).collect();
        let same: Vec<String> =
            own.iter().zip(&theirs).map(|(n, t)| format!("p.{} = c.{}", ident(t), ident(n))).collect();
        conditions.push(format!(
            "({} OR EXISTS (SELECT FROM {} p WHERE {}))",
            empty.join(" OR "),
            now.sql_name(other),
            same.join(" AND ")
        ));
    }
    conditions
}

fn values(now: &Catalog, table: &Object, column: &Object, aside: &Aside) -> Result<Reimport, String> {
    let Detail::Column(of) = &column.detail else { return Err("it is no column".to_owned()) };
    if of.generated.is_some() {
        return Err("the column is generated now".to_owned());
    }
    let (full, name, stored) = (now.sql_name(table.id), ident(&column.name), aside.stored());
    let known = |key: &[String]| match key.iter().find(|k| !now.columns(table.id).iter().any(|c| c.name == **k)) {
        Some(missing) => Err(format!("its rows are known by {missing}, which is not there")),
        None => Ok(()),
    };
    let value = format!("c.backout_value::text::{}", of.data_type);
    let unchanged =
        aside.left.as_ref().map_or(String::new(), |left| format!(" AND t.{name}::text IS NOT DISTINCT FROM ({left})"));
    let each = |key: &[String], form: &dyn Fn(&str) -> String| -> String {
        key.iter().map(|k| form(&ident(k))).collect::<Vec<_>>().join(" AND ")
    };
    let update = |condition: String| {
        format!("UPDATE {full} t SET {name} = {value} FROM {stored} c WHERE {condition}{unchanged}")
    };
    let sql = match &aside.by {
        By::Key(key) => {
            known(key)?;
            update(each(key, &|k| format!("t.{k} = c.{k}")))
        }
        By::TextKey(key) => {
            known(key)?;
            update(each(key, &|k| format!("t.{k}::text = c.{k}")))
        }
        By::RowOfKey(key) => {
            known(key)?;
            let list: Vec<String> = key.iter().map(|k| format!("t.{}", ident(k))).collect();
            update(format!("ROW({})::text = c.backout_row", list.join(", ")))
        }
        By::Place(columns) => {
            known(columns)?;
            let list: Vec<String> = columns.iter().map(|k| ident(k)).collect();
            let list = list.join(", ");
            format!(
                "UPDATE {full} t SET {name} = {value} FROM \
                 (SELECT ctid AS backout_ctid, tableoid AS backout_table, ROW({list})::text AS backout_text, \
                 pg_catalog.row_number() OVER (PARTITION BY ROW({list})::text ORDER BY tableoid, ctid) AS backout_place FROM {full}) r \
                 JOIN (SELECT backout_value, ROW({list})::text AS backout_text, \
                 pg_catalog.row_number() OVER (PARTITION BY ROW({list})::text ORDER BY backout_row) AS backout_place FROM {stored}) c \
                 ON r.backout_text = c.backout_text AND r.backout_place = c.backout_place \
                 WHERE t.ctid = r.backout_ctid AND t.tableoid = r.backout_table{unchanged}"
            )
        }
        By::Rows | By::Json | By::Nothing => return Err("nothing tells which rows they belong to".to_owned()),
    };
    let (mut before, mut after) = undisturbed(now, table);
    // Nobody writes one of those that are always made.
    if of.identity == Some('a') {
        before.push(format!("ALTER TABLE {full} ALTER COLUMN {name} SET GENERATED BY DEFAULT"));
        after.push(format!("ALTER TABLE {full} ALTER COLUMN {name} SET GENERATED ALWAYS"));
    }
    Ok(Reimport { what: aside.identity(), stored, before, sql, after })
}

/// Triggers and policies are for what the application writes.
fn undisturbed(now: &Catalog, table: &Object) -> (Vec<String>, Vec<String>) {
    let full = now.sql_name(table.id);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    if matches!(&table.detail, Detail::Table(t) if t.force_row_security) {
        before.push(ddl::force_row_security(&full, false));
        after.push(ddl::force_row_security(&full, true));
    }
    for part in now.parts(table.id) {
        let Detail::Trigger(trigger) = &part.detail else { continue };
        if trigger.enabled == 'D' {
            continue;
        }
        let word = ddl::enable_word(trigger.enabled);
        before.push(format!("ALTER TABLE {full} DISABLE TRIGGER {}", ident(&part.name)));
        after.push(format!("ALTER TABLE {full} {word} TRIGGER {}", ident(&part.name)));
    }
    (before, after)
}
