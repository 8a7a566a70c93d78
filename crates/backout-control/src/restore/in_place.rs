//! Rows of single tables, or of all, back to what a backup has of them, in the live database.
//!
//! Must not know: how rows are compared or exchanged.

use std::collections::BTreeSet;

use backout_backup::manifest::{Manifest, Table};
use backout_backup::restore::{self, InPlace, PutBack, Request};
use backout_backup::store::Store;
use backout_plan::Remedy;
use backout_plan::plan::TablePattern;
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::literal;
use serde::Serialize;

use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::gates::{frozen, identity, signature};
use crate::source::Source;
use crate::{Boxed, Env, Failure, Result};

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// All where there is none.
    pub tables: Vec<TablePattern>,
    /// Rows stay whose keys the backup does not have.
    pub keep_newer: bool,
    /// A backup of another database is meant.
    pub other_source: bool,
    pub jobs: Option<u32>,
    /// What the step of a run leaves in the target, in the transaction of the exchange, and its fencing token.
    pub mark: Option<(String, u64)>,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub struct Done {
    pub backup: String,
    pub target: String,
    pub in_place: InPlace,
    /// Materialized views that hold what the rows were before.
    pub stale: BTreeSet<String>,
}

/// The tables of the backup that were named; a partitioned one is all its partitions.
///
/// # Errors
/// When the backup has no rows of one.
pub async fn chosen<'m>(wanted: &[TablePattern], store: &Store, manifest: &'m Manifest) -> Result<Vec<&'m Table>> {
    let own = || manifest.tables.iter().filter(|table| !backout_schema::is_ours(&table.schema));
    if wanted.is_empty() {
        return Ok(own().collect());
    }
    let mut tables: Vec<&Table> = Vec::new();
    for pattern in wanted {
        let mut named: Vec<&Table> = own().filter(|table| pattern.matches(&table.schema, &table.name)).collect();
        if let Some(name) = pattern.table.as_ref().filter(|_| named.is_empty()) {
            named = restore::partitions(manifest, store, (&pattern.schema, name)).await?;
        }
        if named.is_empty() {
            let full = pattern.to_string();
            let left = manifest.left_out.iter().find(|left| left.what.ends_with(&full));
            let why = left.map(|left| format!(": {}", left.why)).unwrap_or_default();
            let said = format!("backup {} has no rows of {full}{why}", manifest.id);
            return Err(Refusal::usage(said, Some(Remedy::ShowBackup { id: manifest.id.clone() })).into());
        }
        let new: Vec<&Table> = named.into_iter().filter(|table| !tables.contains(table)).collect();
        tables.extend(new);
    }
    Ok(tables)
}

/// Exchanges the rows that differ; a table that is gone is recreated. Rows that go are set aside.
pub fn run<'a>(
    env: &'a Env,
    store: &'a Store,
    manifest: &'a Manifest,
    options: &'a Options,
) -> Boxed<'a, Result<Done>> {
    Box::pin(work(env, store, manifest, options))
}

#[tracing::instrument(name = "restore in place", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, store: &Store, manifest: &Manifest, options: &Options) -> Result<Done> {
    signature::pass(store, manifest)?;
    let tables = chosen(&options.tables, store, manifest).await?;
    let pair = env.connect_pair().await?;
    frozen::refuse(&pair.session).await?;
    identity::pass(env, &pair.session).await?;
    Source::of(&pair.session).await?.must_be_of(manifest, options.other_source)?;
    env.confirm(question(env.claimed()?, manifest, options, tables.len()))?;
    history::lock_runs_only(&pair.session).await?;
    let rules = env.migrate();
    let how = restore::Options {
        all: options.tables.is_empty(),
        keep_newer: options.keep_newer,
        lock_timeout: rules.lock_timeout.duration(),
        lock_retries: rules.lock_retries,
        mark: options.mark.clone(),
    };
    let request = Request { manifest, store, settings: env.settings()?, jobs: env.jobs(options.jobs), lenient: true };
    let standing = standing_on(&pair.session, &tables).await?;
    env.say(Event::Begun { work: Work::RestoringInPlace { backup: manifest.id.clone(), tables: tables.len() } });
    let done = restore::in_place(&request, &tables, &how, &|event| env.say(event.into())).await;
    env.say(Event::Idle);
    let in_place = done?;
    let touched: BTreeSet<&str> = in_place.tables.iter().filter(|t| is_touched(t)).map(|t| t.table.as_str()).collect();
    let stale = standing.into_iter().filter(|(table, _)| touched.contains(table.as_str())).map(|(_, view)| view);
    Ok(Done { backup: manifest.id.clone(), target: env.claimed()?.to_owned(), stale: stale.collect(), in_place })
}

fn question(claimed: &str, manifest: &Manifest, options: &Options, tables: usize) -> String {
    let noun = |number: usize| if number == 1 { "1 table".to_owned() } else { format!("{number} tables") };
    let rest = match manifest.without_rows().count() {
        0 => String::new(),
        _ if !options.tables.is_empty() => String::new(),
        left => format!("; {} that the backup has no rows of stay as they are", noun(left)),
    };
    let newer = match options.keep_newer {
        true => "rows that came since stay",
        false => "rows of now that it does not have are set aside",
    };
    let at = backout_plan::wording::moment(manifest.at);
    format!("{} of {claimed} become what they were {at}; {newer}{rest}", noun(tables))
}

/// Materialized views with rows, each with a table that it is made of. Those that are gone are filled when they are
/// recreated.
async fn standing_on(session: &Session, tables: &[&Table]) -> Result<Vec<(String, String)>> {
    let names: Vec<String> = tables.iter().map(|table| literal(&table.sql_name())).collect();
    let sql = format!(
        "WITH RECURSIVE made(root, oid) AS ( \
           SELECT name, pg_catalog.to_regclass(name)::pg_catalog.oid FROM pg_catalog.unnest(ARRAY[{}]::pg_catalog.text[]) u(name) \
           UNION SELECT m.root, o.oid FROM made m CROSS JOIN LATERAL ( \
             SELECT r.ev_class FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid \
             WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = m.oid \
             UNION SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = m.oid) o(oid)) \
         SELECT DISTINCT m.root, pg_catalog.format('%I.%I', n.nspname, c.relname) FROM made m JOIN pg_catalog.pg_class c ON c.oid = m.oid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated",
        names.join(", ")
    );
    let rows = session.rows(&sql).await.map_err(Failure::server("looking for materialized views"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Something of it is not what it was.
pub fn is_touched(table: &PutBack) -> bool {
    table.made || table.gone + table.changed + table.back > 0
}
