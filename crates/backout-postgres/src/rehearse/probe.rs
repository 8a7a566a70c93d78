//! Probe rows: what the application would write between the migration and its undo.
//!
//! Where a table has rows, one is copied under a new key; else values are made up by type. They keep to the
//! former keys as well as to the present ones. A table that refuses both is named with PostgreSQL's reason.

use crate::session::{DatabaseError, Session};
use backout_reversal::{RowImages, row_key};
use backout_schema::{
    Catalog, ConstraintKind, Detail, Object, ObjectId, TableKind, Type, hidden_by, ident, literal, qualified,
};
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(super) struct Probes {
    pub written: Vec<Probe>,
    pub refused: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Probe {
    pub id: ObjectId,
    pub table: String,
}

/// The catalogs before the migration and after it, and the rows that it changed.
#[derive(Clone, Copy)]
struct Shapes<'a> {
    before: &'a Catalog,
    now: &'a Catalog,
    images: &'a [RowImages],
}

impl<'a> Shapes<'a> {
    /// Constraints and indexes that a table has or had, each with the catalog that names its columns.
    fn parts(self, table: ObjectId) -> impl Iterator<Item = (&'a Catalog, &'a Object)> {
        let present = self.now.parts(table).map(move |part| (self.now, part));
        let former = self.before.parts(table).filter(move |part| !self.now.contains(part.id));
        present.chain(former.map(move |part| (self.before, part)))
    }

    /// Where rows lie that the migration changed or took out, if they have this column in its own type: their keys are not
    /// free, since they come back.
    fn images_with(self, table: ObjectId, column: &str) -> impl Iterator<Item = String> {
        let has = move |images: &&RowImages| images.columns.iter().any(|c| c.name == column && !c.as_text);
        let of_table = self.images.iter().filter(move |images| images.table == table).filter(has);
        of_table.map(|images| qualified(&images.schema, &images.name))
    }

    fn not_null(self, column: &Object) -> bool {
        let says = |object: Option<&Object>| matches!(object.map(|o| &o.detail), Some(Detail::Column(c)) if c.not_null);
        says(Some(column)) || says(self.before.get(column.id))
    }
}

/// Writes one row into every table that takes one.
pub(super) async fn write(
    session: &Session,
    before: &Catalog,
    catalog: &Catalog,
    images: &[RowImages],
) -> Result<Probes, DatabaseError> {
    let shapes = Shapes { before, now: catalog, images };
    let mut probes = Probes::default();
    let mut tables: Vec<&Object> = catalog
        .outside()
        .filter(|o| matches!(&o.detail, Detail::Table(t) if t.kind != TableKind::Foreign && t.partition_of.is_none()))
        .collect();
    // Parents first: a key needs a row to point at.
    tables.sort_by_key(|t| {
        catalog
            .parts(t.id)
            .filter(|p| matches!(&p.detail, Detail::Constraint(c) if c.foreign_table.is_some_and(|f| f != t.id)))
            .count()
    });
    for table in tables {
        let name = catalog.sql_name(table.id);
        let mut reason = None;
        for sql in [copied(shapes, table), made_up(shapes, table)].into_iter().flatten() {
            session.batch("BEGIN; SET LOCAL statement_timeout = '10s'").await?;
            match session.scalar(&format!("WITH w AS ({sql} RETURNING 1) SELECT count(*) FROM w")).await {
                Ok(Some(count)) if count == "1" => {
                    session.batch("COMMIT").await?;
                    probes.written.push(Probe { id: table.id, table: name.clone() });
                    reason = None;
                    break;
                }
                Ok(_) => {
                    session.batch("ROLLBACK").await?;
                    reason.get_or_insert_with(|| "no row to copy".to_owned());
                }
                Err(error) if error.is_connection_lost() => return Err(error),
                Err(error) => {
                    session.batch("ROLLBACK").await?;
                    reason = Some(error.to_string());
                }
            }
        }
        if let Some(reason) = reason {
            probes.refused.push(format!("{name}: {reason}"));
        }
    }
    Ok(probes)
}

/// Columns in which a second row must differ from the first.
fn unique_columns(shapes: Shapes<'_>, table: &Object) -> BTreeSet<i16> {
    let mut columns: BTreeSet<i16> = row_key(shapes.now, table.id).unwrap_or_default().into_iter().collect();
    for (catalog, part) in shapes.parts(table.id) {
        match &part.detail {
            Detail::Constraint(c)
                if matches!(
                    c.kind,
                    ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion
                ) =>
            {
                columns.extend(&c.columns);
            }
            Detail::Index(i) if i.unique && i.constraint.is_none() => {
                columns.extend(catalog.needs(part.id).filter(|d| d.to.oid == table.id.oid).map(|d| d.to.sub));
            }
            _ => {}
        }
    }
    columns
}

fn copied(shapes: Shapes<'_>, table: &Object) -> Option<String> {
    let catalog = shapes.now;
    let unique = unique_columns(shapes, table);
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in catalog.columns(table.id) {
        let Detail::Column(detail) = &column.detail else { continue };
        if detail.generated.is_some() || detail.identity.is_some() || hidden_by(&column.name).is_some() {
            continue;
        }
        let name = ident(&column.name);
        if unique.contains(&column.id.sub) {
            if default_of(catalog, table, column.id.sub) {
                continue;
            }
            values.push(made(shapes, table, column)?);
        } else {
            values.push(format!("s.{name}"));
        }
        names.push(name);
    }
    let full = catalog.sql_name(table.id);
    Some(if names.is_empty() {
        format!("INSERT INTO {full} DEFAULT VALUES")
    } else {
        format!("INSERT INTO {full} ({}) SELECT {} FROM {full} s LIMIT 1", names.join(", "), values.join(", "))
    })
}

fn made_up(shapes: Shapes<'_>, table: &Object) -> Option<String> {
    let catalog = shapes.now;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in catalog.columns(table.id) {
        let Detail::Column(detail) = &column.detail else { continue };
        if detail.generated.is_some() || detail.identity.is_some() || default_of(catalog, table, column.id.sub) {
            continue;
        }
        if !shapes.not_null(column) || hidden_by(&column.name).is_some() {
            continue;
        }
        names.push(ident(&column.name));
        values.push(made(shapes, table, column)?);
    }
    let full = catalog.sql_name(table.id);
    Some(if names.is_empty() {
        format!("INSERT INTO {full} DEFAULT VALUES")
    } else {
        format!("INSERT INTO {full} ({}) SELECT {}", names.join(", "), values.join(", "))
    })
}

fn default_of(catalog: &Catalog, table: &Object, column: i16) -> bool {
    catalog.parts(table.id).any(|p| matches!(&p.detail, Detail::Default(d) if d.column == column))
}

/// A value for a column: what a key points at, or something of its type.
fn made(shapes: Shapes<'_>, table: &Object, column: &Object) -> Option<String> {
    let catalog = shapes.now;
    let Detail::Column(detail) = &column.detail else { return None };
    let name = ident(&column.name);
    let full = catalog.sql_name(table.id);
    for (named, part) in shapes.parts(table.id) {
        if let Detail::Constraint(c) = &part.detail
            && let Some(foreign) = c.foreign_table
            && let Some(position) = c.columns.iter().position(|n| *n == column.id.sub)
            && let Some(target) = c.foreign_columns.get(position)
        {
            // What a former key points at may lie in the archive; if it is nowhere, no value serves.
            let target = ident(named.column_name(foreign.oid, *target).filter(|_| catalog.contains(foreign))?);
            // Another row than the one copied, where there is one: the key may be unique.
            return Some(format!(
                "(SELECT f.{target} FROM {} f WHERE NOT EXISTS (SELECT FROM {full} x WHERE x.{name} = f.{target}) LIMIT 1)",
                catalog.sql_name(foreign)
            ));
        }
    }
    let base = detail.data_type.split('(').next().unwrap_or_default().trim();
    let length: Option<usize> = detail
        .data_type
        .split_once('(')
        .and_then(|(_, rest)| rest.split([')', ',']).next())
        .and_then(|n| n.parse().ok());
    if detail.data_type.ends_with("[]") {
        return Some("'{}'".to_owned());
    }
    Some(match base {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
            let places = std::iter::once(full).chain(shapes.images_with(table.id, &column.name));
            let each: Vec<String> = places.map(|place| format!("(SELECT max({name}) FROM {place})")).collect();
            format!("(coalesce(greatest({}), 0) + 1)", each.join(", "))
        }
        "text" | "citext" => "'backout probe ' || pg_catalog.md5(pg_catalog.random()::text)".to_owned(),
        "character varying" | "character" => {
            format!("pg_catalog.left(pg_catalog.md5(pg_catalog.random()::text), {})", length.unwrap_or(32))
        }
        "boolean" => "true".to_owned(),
        "uuid" => "pg_catalog.gen_random_uuid()".to_owned(),
        "date" | "timestamp without time zone" | "timestamp with time zone" => "pg_catalog.now()".to_owned(),
        "time without time zone" => "pg_catalog.localtime".to_owned(),
        "interval" => "'1 second'".to_owned(),
        "json" | "jsonb" => "'{}'".to_owned(),
        "bytea" => "pg_catalog.decode(pg_catalog.md5(pg_catalog.random()::text), 'hex')".to_owned(),
        "inet" | "cidr" => "'192.0.2.1'".to_owned(),
        "tsvector" => "''".to_owned(),
        _ => {
            let label = catalog.needs(column.id).find_map(|d| match &catalog.get(d.to)?.detail {
                Detail::Type(Type::Enum { labels }) => labels.first().cloned(),
                _ => None,
            })?;
            literal(&label).trim_start().to_owned()
        }
    })
}
