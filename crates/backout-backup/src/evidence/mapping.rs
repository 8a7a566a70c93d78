//! How what was exported fits the tables of now: columns by name, the key, what is missing, new or of another type.
//!
//! Must not know: any row.

use std::collections::BTreeMap;

use backout_postgres::session::Session;
use backout_schema::{ident, literal, qualified};
use serde::Serialize;

use super::EvidenceError;
use super::manifest::{Content, Evidence, Part};

/// A table of now, and what of it the export has.
#[derive(Debug, Clone, Serialize)]
pub struct Mapped {
    pub table: String,
    /// Those that are imported.
    pub columns: Vec<String>,
    /// Tell rows apart; without any, whole rows do.
    pub key: Vec<String>,
    /// In the export and not in the table: their values stay in the file.
    pub extra: Vec<String>,
    /// In the table and not in the export: they get their default.
    pub missing: Vec<String>,
    /// Of another type now: name, exported, now.
    pub retyped: Vec<(String, String, String)>,
    /// Computed by the table: computed anew.
    pub generated: Vec<String>,
    #[serde(skip)]
    pub(super) part: Part,
    #[serde(skip)]
    pub(super) oid: u32,
    /// As FROM takes it: ONLY, where others inherit it.
    #[serde(skip)]
    pub(super) from: String,
    /// Of each exported column, the one of now that it goes into: as SQL has it, and its type without a length.
    #[serde(skip)]
    pub(super) into: Vec<Option<(String, String)>>,
}

impl Mapped {
    /// The places of exported columns that are imported, with the column of now and its type.
    pub(super) fn imported(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        self.into.iter().enumerate().filter_map(|(place, into)| {
            let (name, data_type) = into.as_ref()?;
            Some((place, name.as_str(), data_type.as_str()))
        })
    }

    /// Where in the export the key's columns are.
    pub(super) fn key_places(&self) -> Vec<usize> {
        let place = |name: &String| self.part.columns.iter().position(|column| column.name == *name);
        self.key.iter().filter_map(place).collect()
    }

    pub fn rows(&self) -> u64 {
        self.part.rows
    }

    /// What is not as it was, a line each.
    pub fn differences(&self) -> Vec<String> {
        let mut said = Vec::new();
        let table = &self.table;
        said.extend(
            self.extra.iter().map(|name| format!("{table} has no column {name} now: its values stay in the file")),
        );
        said.extend(self.missing.iter().map(|name| format!("{table}.{name} was not exported: it gets its default")));
        let retyped = |(name, was, is): &(String, String, String)| format!("{table}.{name} was {was} and is {is}");
        said.extend(self.retyped.iter().map(retyped));
        if self.key.is_empty() {
            said.push(format!("{table} has no key: rows are told apart by all they have"));
        }
        said
    }
}

/// Maps the tables of an export, or those of these names, in the order in which foreign keys ask for them.
///
/// # Errors
/// Where one is not there, its key was not exported, or a column that needs a value has none.
pub async fn map(session: &Session, evidence: &Evidence, names: &[String]) -> Result<Vec<Mapped>, EvidenceError> {
    let mut mapped: Vec<Mapped> = Vec::new();
    for name in names {
        if !evidence.parts.iter().any(|part| is_table(part) && part.content.named() == *name) {
            return Err(EvidenceError::Usage(format!("evidence {} has no table {name}", evidence.id)));
        }
    }
    for part in evidence.parts.iter().filter(|part| is_table(part)) {
        let name = part.content.named();
        if names.is_empty() || names.contains(&name) {
            mapped.push(one(session, part).await?);
        }
    }
    if mapped.is_empty() {
        return Err(EvidenceError::Usage(format!("evidence {} has no table that could be imported", evidence.id)));
    }
    ordered(session, mapped).await
}

fn is_table(part: &Part) -> bool {
    matches!(part.content, Content::Table { .. })
}

async fn one(session: &Session, part: &Part) -> Result<Mapped, EvidenceError> {
    let Content::Table { schema, name } = &part.content else {
        return Err(EvidenceError::Usage(format!("{} is no table", part.content.named())));
    };
    let table = qualified(schema, name);
    let looking = || EvidenceError::server(format!("looking at {table}"));
    let sql = format!(
        "SELECT c.oid, c.relkind::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), pg_catalog.format_type(a.atttypid, -1), \
           a.attgenerated <> '', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         WHERE n.nspname = {} AND c.relname = {} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        literal(schema).trim_start(),
        literal(name).trim_start()
    );
    let rows = session.rows(&sql).await.map_err(looking())?;
    let Some(first) = rows.first() else {
        return Err(EvidenceError::Refused(format!("there is no table {table} now: apply its migration first")));
    };
    let (oid, kind): (u32, String) = (first.get(0), first.get(1));
    let mut mapped = Mapped {
        columns: Vec::new(),
        key: key(session, oid).await?,
        extra: Vec::new(),
        missing: Vec::new(),
        retyped: Vec::new(),
        generated: Vec::new(),
        part: part.clone(),
        oid,
        from: format!("{}{table}", if kind == "r" { "ONLY " } else { "" }),
        into: Vec::new(),
        table,
    };
    for column in &part.columns {
        let Some(now) = rows.iter().find(|row| row.get::<_, &str>(2) == column.name) else {
            mapped.extra.push(column.name.clone());
            mapped.into.push(None);
            continue;
        };
        if now.get(5) {
            mapped.generated.push(column.name.clone());
            mapped.into.push(None);
            continue;
        }
        let (whole, plain): (String, String) = (now.get(3), now.get(4));
        if whole != column.data_type {
            mapped.retyped.push((column.name.clone(), column.data_type.clone(), whole));
        }
        mapped.columns.push(column.name.clone());
        mapped.into.push(Some((ident(&column.name), plain)));
    }
    for row in &rows {
        let (name, is_generated, needs): (String, bool, bool) = (row.get(2), row.get(5), row.get(6));
        if is_generated || part.columns.iter().any(|column| column.name == name) {
            continue;
        }
        if needs && part.rows > 0 {
            let said = format!("{}.{name} needs a value, was not exported, and has no default", mapped.table);
            return Err(EvidenceError::Refused(said));
        }
        mapped.missing.push(name);
    }
    if let Some(name) = mapped.key.iter().find(|name| !mapped.columns.contains(name)) {
        let said = format!("the key of {} is made of {name}, which was not exported", mapped.table);
        return Err(EvidenceError::Refused(said));
    }
    if mapped.columns.is_empty() {
        return Err(EvidenceError::Refused(format!("{} has none of the exported columns", mapped.table)));
    }
    Ok(mapped)
}

/// The primary key; else a unique index over whole columns that are never NULL.
async fn key(session: &Session, table: u32) -> Result<Vec<String>, EvidenceError> {
    let sql = format!(
        "SELECT ARRAY(SELECT a.attname::text FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) place \
           JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place] ORDER BY place) \
         FROM pg_catalog.pg_index i WHERE i.indrelid = {table} AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL \
           AND NOT EXISTS (SELECT FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) place \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place] WHERE NOT a.attnotnull) \
         ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1"
    );
    let rows = session.rows(&sql).await.map_err(EvidenceError::server("looking for keys"))?;
    Ok(rows.first().map(|row| row.get(0)).unwrap_or_default())
}

/// What is referred to comes first. Where tables refer to one another in a circle, rows that need others are tried again.
async fn ordered(session: &Session, mapped: Vec<Mapped>) -> Result<Vec<Mapped>, EvidenceError> {
    let oids: Vec<String> = mapped.iter().map(|one| one.oid.to_string()).collect();
    let sql = format!(
        "SELECT conrelid, confrelid FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conrelid <> confrelid \
         AND conrelid IN ({0}) AND confrelid IN ({0})",
        oids.join(", ")
    );
    let rows = session.rows(&sql).await.map_err(EvidenceError::server("looking at foreign keys"))?;
    let mut needs: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in &rows {
        needs.entry(row.get(0)).or_default().push(row.get(1));
    }
    let (mut left, mut done) = (mapped, Vec::new());
    while !left.is_empty() {
        let is_waiting = |one: &Mapped| {
            needs.get(&one.oid).into_iter().flatten().any(|oid| left.iter().any(|other| other.oid == *oid))
        };
        let next = left.iter().position(|one| !is_waiting(one)).unwrap_or(0);
        done.push(left.remove(next));
    }
    Ok(done)
}
