//! Whether what was restored is what was taken: every row again through COPY, and the schema object by object.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use backout_postgres::ground::Ground;
use backout_postgres::session::Session;
use serde::Serialize;

use super::{Event, Request, RestoreError, begin, taken};
use crate::copied::{self, CopyError};
use crate::manifest::Table;
use crate::scope::{Piece, Scope};
use crate::stream::{Fingerprint, Form};

/// Something that is not as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub what: String,
    pub said: String,
}

const WORDED: &str = "is not as it was";

impl Difference {
    /// It is there, and its definition reads otherwise.
    pub(super) fn is_worded(&self) -> bool {
        self.said == WORDED
    }
}

/// Reads every table again, several at once, in pieces as they are taken.
pub async fn rows(request: &Request<'_>, watch: &(dyn Fn(Event) + Sync)) -> Result<Vec<Difference>, RestoreError> {
    let session = begin(request.settings).await?;
    let scope = Scope::look(&session, &[], &[]).await.map_err(RestoreError::server("looking for the tables"))?;
    session.close().await;
    let expected = taken(request.manifest);
    let mut differences: Vec<Difference> = Vec::new();
    let found: BTreeMap<String, usize> =
        scope.tables.iter().enumerate().map(|(place, table)| (table.sql_name(), place)).collect();
    for name in expected.keys().filter(|name| !found.contains_key(*name)) {
        differences.push(Difference { what: name.clone(), said: "is not there".to_owned() });
    }
    // In the form in which it was taken: a type may have got a binary form since.
    let forms: BTreeMap<String, &Table> = request.manifest.tables.iter().map(|t| (t.sql_name(), t)).collect();
    let mut tables = scope.tables.clone();
    for table in &mut tables {
        if let Some(of) = forms.get(&table.sql_name()) {
            table.form = of.form;
            table.columns.clone_from(&of.columns);
        }
    }
    let queue: Vec<Piece> = scope
        .pieces()
        .into_iter()
        .rev()
        .filter(|piece| expected.contains_key(&tables[piece.table].sql_name()))
        .collect();
    let shared = Arc::new((Mutex::new(queue), tables, request.settings.clone()));
    let workers: Vec<_> = (0..request.jobs.max(1))
        .map(|_| {
            let shared = shared.clone();
            tokio::task::spawn_blocking(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(RestoreError::Runtime)?;
                runtime.block_on(async {
                    let session = begin(&shared.2).await?;
                    let mut sums: BTreeMap<usize, Fingerprint> = BTreeMap::new();
                    loop {
                        let next = shared.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
                        let Some(piece) = next else { break };
                        let table = &shared.1[piece.table];
                        let sum = fingerprint(&session, &table.sql_name(), &table.copy(&piece), table.form).await?;
                        sums.entry(piece.table).or_default().join(sum);
                    }
                    session.close().await;
                    Ok::<_, RestoreError>(sums)
                })
            })
        })
        .collect();
    let mut sums: BTreeMap<usize, Fingerprint> = BTreeMap::new();
    for worker in workers {
        let of_worker = worker.await.map_err(|stopped| RestoreError::Runtime(std::io::Error::other(stopped)))??;
        for (table, sum) in of_worker {
            sums.entry(table).or_default().join(sum);
        }
    }
    for (name, expected) in expected {
        let Some(place) = found.get(&name) else { continue };
        let sum = sums.get(place).copied().unwrap_or_default();
        if sum != expected {
            let said = match sum.rows == expected.rows {
                true => "has the right number of rows, and not the same ones".to_owned(),
                false => format!("has {} rows, and {} were taken", sum.rows, expected.rows),
            };
            differences.push(Difference { what: name, said });
        }
    }
    watch(Event::Phase("compared"));
    Ok(differences)
}

/// Extensions that are there in another version than they were.
pub async fn versions(session: &Session, ground: &Ground) -> Result<Vec<String>, RestoreError> {
    let rows = session.rows("SELECT extname::text, extversion FROM pg_catalog.pg_extension").await;
    let rows = rows.map_err(RestoreError::server("looking for the extensions"))?;
    let now: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let others = ground.extensions.iter().filter_map(|then| {
        let now = now.get(&then.name).filter(|now| **now != then.version)?;
        Some(format!("extension {} is there as version {now}, and was {}", then.name, then.version))
    });
    Ok(others.collect())
}

/// What a query sends through COPY.
pub async fn fingerprint(session: &Session, table: &str, copy: &str, form: Form) -> Result<Fingerprint, RestoreError> {
    copied::fingerprint(session, copy, form).await.map_err(unread(table))
}

/// The fingerprint of the large objects that are there.
pub async fn large_objects(session: &Session) -> Result<Fingerprint, RestoreError> {
    copied::large_objects(session).await.map_err(unread("large objects"))
}

fn unread(table: &str) -> impl FnOnce(CopyError) -> RestoreError {
    let table = table.to_owned();
    move |error| match error {
        CopyError::Server(source) => RestoreError::Load { table, source },
        CopyError::Stream(source) => RestoreError::Stream { table, source },
    }
}

/// What is told by its name alone: extensions belong to whoever made them here, in the version that is here, which is
/// noted; and digests of servers and user mappings hold ids.
fn is_another_ones(what: &str) -> bool {
    ["extension ", "server ", "foreign server ", "user mapping ", "foreign-data wrapper "]
        .iter()
        .any(|kind| what.starts_with(kind))
}

/// What differs in the schema: objects by name, with a digest of each.
pub fn schema(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<Difference> {
    let mut differences = Vec::new();
    // The database itself has another name while it is compared.
    let counts = |what: &&String| !what.starts_with("database ");
    for (what, digest) in then.iter().filter(|(what, _)| counts(what)) {
        let said = match now.get(what) {
            None => "is not there",
            Some(other) if other != digest && !is_another_ones(what) => WORDED,
            Some(_) => continue,
        };
        differences.push(Difference { what: what.clone(), said: said.to_owned() });
    }
    let new = now.keys().filter(|what| !then.contains_key(*what)).filter(counts);
    differences.extend(new.map(|what| Difference { what: what.clone(), said: "was not there".to_owned() }));
    differences
}
