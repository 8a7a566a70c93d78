//! What was written since a backup was taken: how many rows of each table a restore would lose, and how many would
//! come back, and the keys of those that would be lost.
//!
//! Rows are told apart by their hashes. Both sides are read in one pass each into sums by the first bits of the hash;
//! where these differ, the hashes themselves are compared, so many at a time that memory stays bounded.
//!
//! Must not know: what becomes of the answer.

use std::collections::BTreeMap;

use backout_postgres::catalog::read_catalog;
use backout_postgres::session::Session;
use futures_util::TryStreamExt;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::{Difference, Event, Request, RestoreError, begin, compare};
use crate::manifest::{Manifest, Table};
use crate::scope::{Piece, Scope, Source};
use crate::seal;
use crate::store::Store;
use crate::stream::{Fingerprint, Rows, taken_apart};

/// Into so many parts the rows of a table are sorted by the first bits of their hashes.
const PARTS: usize = 1 << 14;
/// So many hashes are held at once, of both sides together.
const HELD: u64 = 4 << 20;
/// So many keys are told of one table.
const KEYS: usize = 1000;

/// What was written since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Every table that is not as it was taken.
    pub tables: Vec<Changed>,
    /// What differs in the schema.
    pub schema: Vec<Difference>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub name: String,
    /// Rows of now that the backup does not have: new, or with other values.
    pub lost: u64,
    /// Rows of the backup that are not there now: removed, or with other values.
    pub again: u64,
    /// How the table itself differs, so that its rows say little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// The columns that tell rows apart, and their values in rows that would be lost: as text, of several in brackets.
    /// None of tables without a primary key, and of those whose rows are all lost; no more than a thousand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost_keys: Vec<String>,
}

/// How a table differs, beyond its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// It has other columns, so every row is another one.
    OtherColumns,
    /// It is in the backup alone. What was written to it after the backup is counted nowhere.
    Gone,
    /// The backup does not have it.
    New,
}

impl Changed {
    fn new(name: String, lost: u64, again: u64) -> Self {
        Self { name, lost, again, shape: None, key: Vec::new(), lost_keys: Vec::new() }
    }

    fn of_shape(self, shape: Shape) -> Self {
        Self { shape: Some(shape), ..self }
    }
}

const PRIMARY: &str = "
SELECT n.nspname::text, c.relname::text, ARRAY(SELECT pg_catalog.quote_ident(a.attname)::text
  FROM unnest(k.conkey) WITH ORDINALITY u(n, i) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.n ORDER BY u.i)
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'p'";

/// Compares a live database with a backup of it, or the tables of these names. Nothing is changed.
///
/// # Errors
/// When either cannot be read.
pub async fn changes(
    request: &Request<'_>,
    only: Option<&[String]>,
    watch: &(dyn Fn(Event) + Sync),
) -> Result<Changes, RestoreError> {
    let session = begin(request.settings).await?;
    let failed = || RestoreError::server("reading at one snapshot");
    session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(failed())?;
    let scope = Scope::look(&session, &[], &[]).await.map_err(RestoreError::server("looking for the tables"))?;
    if let Some((table, why)) = scope.unreadable.first() {
        return Err(RestoreError::Unreadable { table: table.clone(), why: why.clone() });
    }
    let there: BTreeMap<String, &Source> = scope.tables.iter().map(|table| (table.sql_name(), table)).collect();
    let keys = session.rows(PRIMARY).await.map_err(RestoreError::server("looking for the keys"))?;
    let keys: BTreeMap<String, Vec<String>> =
        keys.iter().map(|row| (backout_schema::qualified(row.get(0), row.get(1)), row.get(2))).collect();
    let is_asked = |name: &String| only.is_none_or(|only| only.contains(name));
    let mut changes = Changes::default();
    for table in request.manifest.tables.iter().filter(|table| !is_ours(&table.schema)) {
        let name = table.sql_name();
        if !is_asked(&name) {
            continue;
        }
        watch(Event::Built { what: name.clone() });
        let Some(source) = there.get(&name) else {
            changes.tables.push(Changed::new(name, 0, table.fingerprint.rows).of_shape(Shape::Gone));
            continue;
        };
        // Columns that came or went since: every row is another one.
        let same_columns = source.columns == table.columns;
        let mut source = (*source).clone();
        source.form = table.form;
        if same_columns {
            changes.tables.extend(of_one(request, &session, &source, table, keys.get(&name)).await?);
        } else {
            let now = sums(&session, &source).await?;
            let rows = now.iter().map(|part| part.rows).sum();
            changes.tables.push(Changed::new(name, rows, table.fingerprint.rows).of_shape(Shape::OtherColumns));
        }
    }
    let taken: Vec<String> = request.manifest.tables.iter().map(Table::sql_name).collect();
    let theirs = there.iter().filter(|(_, source)| !is_ours(&source.schema));
    for (name, source) in theirs.filter(|(name, _)| !taken.contains(name) && is_asked(name)) {
        let rows = sums(&session, source).await?.iter().map(|part| part.rows).sum();
        if rows > 0 {
            changes.tables.push(Changed::new(name.clone(), rows, 0).of_shape(Shape::New));
        }
    }
    session.batch("COMMIT").await.map_err(failed())?;
    changes.schema = schema_since(&session, request.store, request.manifest).await?;
    // What is captured is begun anew in what is restored.
    changes.schema.retain(|difference| !difference.what.starts_with("trigger backout_capture_"));
    session.close().await;
    Ok(changes)
}

/// What differs in the schema of a live database since a backup.
///
/// # Errors
/// When either cannot be read.
pub async fn schema_since(
    session: &Session,
    store: &Store,
    manifest: &Manifest,
) -> Result<Vec<Difference>, RestoreError> {
    let blob = &manifest.schema.objects;
    let bytes = store.get(&format!("{}/{}", manifest.id, blob.object)).await?;
    let then = serde_json::from_slice(&seal::unpack_all(blob, &bytes, store.keys())?);
    let then = then.map_err(|_| RestoreError::NotText)?;
    let now = backout_reversal::closure::all_as(&read_catalog(session, false).await?, &then);
    Ok(compare::schema(&then, &now))
}

/// Backout's own history and archives: nobody asks what would be lost of these.
fn is_ours(schema: &str) -> bool {
    backout_schema::is_ours(schema)
}

fn part(hash: u128) -> usize {
    usize::try_from(hash >> (128 - PARTS.trailing_zeros())).unwrap_or(0)
}

/// The rows of a live table, as COPY gives them.
async fn live(session: &Session, source: &Source, row: impl FnMut(&[u8])) -> Result<(), RestoreError> {
    copied(session, source, &source.copy(&Piece::whole(0)), row).await
}

/// The same, each with the text of its key.
async fn live_with_keys(
    session: &Session,
    source: &Source,
    key: &[String],
    mut row: impl FnMut(&str, &[u8]),
) -> Result<(), RestoreError> {
    let value = match key {
        [one] => format!("{one}::pg_catalog.text"),
        several => format!("ROW({})::pg_catalog.text", several.join(", ")),
    };
    let (mut own, mut broken) = (Vec::new(), None);
    copied(session, source, &source.copy_with(&value), |with| match taken_apart(source.form, with, &mut own) {
        Ok(key) => row(&key, &own),
        Err(error) => broken = Some(error),
    })
    .await?;
    match broken {
        Some(source_error) => Err(RestoreError::Stream { table: source.sql_name(), source: source_error }),
        None => Ok(()),
    }
}

async fn copied(session: &Session, source: &Source, sql: &str, mut row: impl FnMut(&[u8])) -> Result<(), RestoreError> {
    let table = source.sql_name();
    let failed = |error: tokio_postgres::Error| RestoreError::Load { table: table.clone(), source: error.into() };
    let broken = |source| RestoreError::Stream { table: table.clone(), source };
    let stream = session.copy_out(sql).await.map_err(failed)?;
    let mut stream = std::pin::pin!(stream);
    let mut rows = Rows::new(source.form);
    while let Some(message) = stream.try_next().await.map_err(failed)? {
        rows.feed(&message, &mut row).map_err(broken)?;
    }
    rows.finish().map_err(broken)
}

/// The rows of a table of the backup.
async fn kept(request: &Request<'_>, table: &Table, mut row: impl FnMut(&[u8])) -> Result<(), RestoreError> {
    for blob in &table.chunks {
        let bytes = request.store.get(&format!("{}/{}", request.manifest.id, blob.object)).await?;
        let mut rows = Rows::new(table.form);
        let mut broken = None;
        seal::unpack(blob, &bytes, request.store.keys(), &mut |piece| {
            if broken.is_none() {
                broken = rows.feed(piece, &mut row).err();
            }
        })?;
        let ended = match broken {
            Some(error) => Err(error),
            None => rows.finish(),
        };
        ended.map_err(|source| RestoreError::Stream { table: table.sql_name(), source })?;
    }
    Ok(())
}

async fn sums(session: &Session, source: &Source) -> Result<Vec<Fingerprint>, RestoreError> {
    let mut parts = vec![Fingerprint::default(); PARTS];
    live(session, source, |row| parts[part(xxh3_128(row))].add(row)).await?;
    Ok(parts)
}

async fn of_one(
    request: &Request<'_>,
    session: &Session,
    source: &Source,
    table: &Table,
    key: Option<&Vec<String>>,
) -> Result<Option<Changed>, RestoreError> {
    let now = sums(session, source).await?;
    let mut whole = Fingerprint::default();
    now.iter().for_each(|part| whole.join(*part));
    if whole == table.fingerprint {
        return Ok(None);
    }
    let mut then = vec![Fingerprint::default(); PARTS];
    kept(request, table, |row| then[part(xxh3_128(row))].add(row)).await?;
    let mut changed = Changed { key: key.cloned().unwrap_or_default(), ..Changed::new(table.sql_name(), 0, 0) };
    let open: Vec<usize> = (0..PARTS).filter(|place| now[*place] != then[*place]).collect();
    for batch in batches(&open, |place| now[place].rows + then[place].rows) {
        let mut hashes: BTreeMap<u128, i64> = BTreeMap::new();
        let wanted = |row: &[u8]| Some(xxh3_128(row)).filter(|hash| batch.binary_search(&part(*hash)).is_ok());
        kept(request, table, |row| {
            if let Some(hash) = wanted(row) {
                *hashes.entry(hash).or_default() -= 1;
            }
        })
        .await?;
        // What the backup has is counted off by now: a row that is left over is one that it does not have.
        let mut one = |row: &[u8]| {
            let Some(hash) = wanted(row) else { return false };
            let count = hashes.entry(hash).or_default();
            *count += 1;
            *count > 0
        };
        match key {
            Some(key) => {
                let keys = &mut changed.lost_keys;
                let found = |key: &str, row: &[u8]| {
                    if one(row) && keys.len() < KEYS {
                        keys.push(key.to_owned());
                    }
                };
                live_with_keys(session, source, key, found).await?;
            }
            None => {
                let count = |row: &[u8]| {
                    one(row);
                };
                live(session, source, count).await?;
            }
        }
        for number in hashes.values() {
            changed.lost += u64::try_from(*number).unwrap_or(0);
            changed.again += u64::try_from(-*number).unwrap_or(0);
        }
    }
    Ok(Some(changed))
}

/// Parts that are compared in one pass, each list in order.
fn batches(open: &[usize], rows: impl Fn(usize) -> u64) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut held = 0;
    for place in open {
        held += rows(*place);
        match batches.last_mut() {
            Some(batch) if held <= HELD => batch.push(*place),
            _ => {
                held = rows(*place);
                batches.push(vec![*place]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_no_more_than_fits() {
        assert_eq!(batches(&[1, 2, 3], |_| 1), [vec![1, 2, 3]]);
        assert_eq!(batches(&[1, 2, 3], |_| HELD), [vec![1], vec![2], vec![3]]);
        assert_eq!(batches(&[1, 2, 3, 4], |_| HELD / 2), [vec![1, 2], vec![3, 4]]);
        assert!(batches(&[], |_| 1).is_empty());
    }

    #[test]
    fn parts_are_the_first_bits() {
        assert_eq!((part(0), part(u128::MAX)), (0, PARTS - 1));
    }
}
