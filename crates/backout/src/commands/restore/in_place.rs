//! `backout restore --tables` and `--in-place`: rows of single tables, or of all, back to what a backup has of them, in
//! the live database.
//!
//! Must not know: how rows are compared or exchanged.

use std::collections::BTreeSet;

use backout_backup::manifest::{Manifest, Table};
use backout_backup::restore::{self, InPlace, Options, PutBack, Request};
use backout_backup::store::Store;
use backout_plan::Exit;
use backout_plan::plan::TablePattern;
use backout_postgres::session::Session;
use backout_postgres::store as history;
use backout_schema::literal;
use serde_json::json;

use super::{Args, Source, jobs};
use crate::commands::backup;
use crate::context::{Context, Notices, Project};
use crate::error::CommandError;
use crate::ui::{count, duration, moment};

/// The tables of the backup that were named; a partitioned one is all its partitions.
///
/// # Errors
/// When a name is none, or the backup has no rows of one.
pub(super) async fn chosen<'m>(
    args: &Args,
    store: &Store,
    manifest: &'m Manifest,
) -> Result<Vec<&'m Table>, CommandError> {
    let own = || manifest.tables.iter().filter(|table| !backout_schema::is_ours(&table.schema));
    if args.tables.is_empty() {
        return Ok(own().collect());
    }
    let mut tables: Vec<&Table> = Vec::new();
    for text in &args.tables {
        // `users` is what the search path finds; elsewhere the schema is named.
        let full = if text.contains('.') { text.clone() } else { format!("public.{text}") };
        let pattern: TablePattern = full.parse().map_err(|error| CommandError::of(Exit::Usage, &error))?;
        let mut named: Vec<&Table> = own().filter(|table| pattern.matches(&table.schema, &table.name)).collect();
        if let Some(name) = pattern.table.as_ref().filter(|_| named.is_empty()) {
            named = restore::partitions(manifest, store, (&pattern.schema, name)).await?;
        }
        if named.is_empty() {
            let left = manifest.left_out.iter().find(|left| left.what.ends_with(&full));
            let why = left.map(|left| format!(": {}", left.why)).unwrap_or_default();
            return Err(CommandError::new(Exit::Usage, format!("backup {} has no rows of {full}{why}", manifest.id))
                .hint("`backout backup show` lists what it has; all tables of a schema are 'schema.*'"));
        }
        let new: Vec<&Table> = named.into_iter().filter(|table| !tables.contains(table)).collect();
        tables.extend(new);
    }
    Ok(tables)
}

pub(super) async fn run(
    args: &Args,
    context: &Context<'_>,
    project: &Project,
    store: &Store,
    manifest: &Manifest,
) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let tables = chosen(args, store, manifest).await?;
    let claimed = context.claimed_name(project)?;
    let settings = context.settings(project)?.settings;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    let source = Source::of(&pair.session).await?;
    source.must_be_of(manifest, args.other_source)?;
    let rest = match manifest.without_rows().count() {
        0 => String::new(),
        _ if !args.tables.is_empty() => String::new(),
        left => format!("; {} that the backup has no rows of stay as they are", count(left as i64, "table")),
    };
    let newer =
        if args.keep_newer { "rows that came since stay" } else { "rows of now that it does not have are put aside" };
    let number = count(tables.len() as i64, "table");
    context.confirm(
        &format!("{number} of {claimed} become what they were {}; {newer}{rest}", moment(manifest.at)),
        &claimed,
    )?;
    history::lock_runs_only(&pair.session).await?;
    let rules = project.migrate_rules();
    let options = Options {
        all: args.in_place,
        keep_newer: args.keep_newer,
        lock_timeout: rules.lock_timeout.duration(),
        lock_retries: rules.lock_retries,
    };
    let request = Request { manifest, store, settings: &settings, jobs: jobs(args, project) as usize, lenient: true };
    let standing = standing_on(&pair.session, &tables).await?;
    ui.begin(&format!("putting back {number} from backup {}", manifest.id));
    let done = restore::in_place(&request, &tables, &options, &|event| backup::prove::progress(ui, event)).await;
    ui.end();
    let done = done?;
    let touched: BTreeSet<&str> = done.tables.iter().filter(|t| is_touched(t)).map(|t| t.table.as_str()).collect();
    let stale = standing.into_iter().filter(|(table, _)| touched.contains(table.as_str())).map(|(_, view)| view);
    let stale: BTreeSet<String> = stale.collect();
    ui.result(json!({ "backup": manifest.id, "target": claimed, "in_place": done, "stale": stale }));
    said(context, &done, manifest);
    if !stale.is_empty() {
        let stale: Vec<String> = stale.into_iter().collect();
        ui.warn(format!(
            "what these hold is of the rows before; REFRESH MATERIALIZED VIEW brings those of now: {}",
            few(&stale)
        ));
    }
    Ok(Exit::Ok)
}

/// Materialized views with rows, each with a table that it is made of. Those that are gone are filled when they are
/// made anew.
async fn standing_on(session: &Session, tables: &[&Table]) -> Result<Vec<(String, String)>, CommandError> {
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
    let rows = session.rows(&sql).await;
    let rows =
        rows.map_err(|source| CommandError::of(Exit::Failed, &source).during("looking for materialized views"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Something of it is not what it was.
fn is_touched(table: &PutBack) -> bool {
    table.made || table.gone + table.changed + table.back > 0
}

/// Schemas with rows that were put aside, the oldest first, with their sizes.
pub(super) async fn put_aside(session: &Session) -> Result<Vec<(String, i64)>, CommandError> {
    let sql = "SELECT n.nspname::text, coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::int8 FROM pg_catalog.pg_namespace n \
               LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' WHERE n.nspname ~ '^backout_replaced_[0-9]+$' GROUP BY 1 ORDER BY 1";
    let rows = session.rows(sql).await;
    let rows = rows.map_err(|source| CommandError::of(Exit::Failed, &source).during("looking for rows put aside"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Names, as many as a line takes.
fn few(names: &[String]) -> String {
    const FEW: usize = 5;
    let said = names.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(FEW);
    if more == 0 { said } else { format!("{said} and {more} more") }
}

fn said(context: &Context<'_>, done: &InPlace, manifest: &Manifest) {
    let ui = context.ui;
    for note in &done.notes {
        ui.say(format!("note: {note}"));
    }
    if !done.others.is_empty() {
        ui.say(format!("note: these belong to others and stay as they are: {}", done.others.join(", ")));
    }
    let (touched, same): (Vec<&PutBack>, Vec<&PutBack>) = done.tables.iter().partition(|table| is_touched(table));
    for table in &touched {
        let mut parts = Vec::new();
        let rows = |number: u64| count(i64::try_from(number).unwrap_or(i64::MAX), "row");
        if table.made {
            parts.push(format!("made anew with {}", rows(table.back)));
        } else {
            for (number, one, many) in [
                (table.back, "is there again", "are there again"),
                (table.changed, "has its former values", "have their former values"),
                (table.gone, "is gone", "are gone"),
            ] {
                if number > 0 {
                    parts.push(format!("{} {}", rows(number), if number == 1 { one } else { many }));
                }
            }
        }
        let aside = table.aside.as_ref().map(|aside| format!("; put aside in {aside}")).unwrap_or_default();
        ui.out(format!("{}: {}{aside}", table.table, parts.join(", ")));
    }
    if !same.is_empty() {
        ui.out(format!("{} as in the backup already", count(same.len() as i64, "table")));
    }
    for moved in &done.sequences {
        ui.out(format!("{}: goes on with {}, and would have with {}", moved.sequence, moved.to, moved.from));
    }
    let closed = match done.closed.as_slice() {
        [] => String::new(),
        closed => format!(", or read {},", few(closed)),
    };
    ui.out(format!(
        "as of {}; nobody could write to these tables{closed} for {} (their rows were loaded beside in {})",
        moment(manifest.at),
        duration(done.held_ms),
        duration(done.load_ms)
    ));
}
