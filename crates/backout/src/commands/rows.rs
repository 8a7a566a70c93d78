//! `backout rows`: which transactions changed a table, and taking back what some of them did.
//!
//! Must not know: how changes are written down or merged.

use backout_backup::capture::rows::{self, Mode, Pick, TakenBack};
use backout_backup::capture::{self, CaptureError, Depth, Source};
use backout_plan::plan::{Span, TablePattern};
use backout_plan::{ConnectionSettings, Exit};
use backout_postgres::session::Session;
use backout_schema::literal;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use crate::context::{Context, Notices, Project};
use crate::error::CommandError;
use crate::ui::{count, moment};

/// Look at captured changes of rows, and take some of them back
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the transactions that changed a table, the newest first
    Log {
        #[command(flatten)]
        which: Which,
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: u32,
    },
    /// Give rows their former values back, without a restore
    ///
    /// What was changed since in other columns and rows stays. Where a value was changed again, the later one stays,
    /// and is listed. Triggers of the application act as on any other change.
    Undo {
        #[command(flatten)]
        which: Which,
        /// Only say what would become of it
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which changes.
#[derive(Debug, clap::Args)]
struct Which {
    /// The table, as schema.table; for several, name it again
    #[arg(long = "table", alias = "tables", value_name = "TABLE", required = true)]
    tables: Vec<String>,
    /// Since a moment (2026-01-02T03:04:05Z) or for a time (15m)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Until a moment, or until so long ago
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only those of this transaction; for several, name it again
    #[arg(long = "txid", value_name = "NUMBER")]
    transactions: Vec<u64>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let project = context.project()?;
    match &args.what {
        What::Log { which, limit } => log(context, &project, which, *limit).await,
        What::Undo { which, dry_run } => undo(context, &project, which, *dry_run).await,
    }
}

impl Which {
    /// By the server's clock, which changes are written down by.
    async fn pick(&self, session: &Session) -> Result<Pick, CommandError> {
        let failed = |source| CommandError::of(Exit::Failed, &source).during("asking for the time");
        let now = rows::clock(session).await.map_err(failed)?;
        let at = |name: &str, text: &Option<String>| {
            text.as_deref().map(|text| time(text, now).ok_or_else(|| not_a_time(name, text))).transpose()
        };
        let (since, until) = (at("--since", &self.since)?, at("--until", &self.until)?);
        if since.is_some() && until.is_some() && since > until {
            return Err(CommandError::new(Exit::Usage, "--since is later than --until"));
        }
        Ok(Pick { since, until, transactions: self.transactions.clone() })
    }

    async fn sources(&self, session: &Session) -> Result<Vec<Source>, CommandError> {
        let patterns: Vec<TablePattern> = self
            .tables
            .iter()
            .map(|text| {
                // The runbook's `users` is what the search path finds; elsewhere the schema is named.
                let full = if text.contains('.') { text.clone() } else { format!("public.{text}") };
                full.parse::<TablePattern>().map_err(|error| CommandError::of(Exit::Usage, &error))
            })
            .collect::<Result<_, _>>()?;
        if !capture::is_on(session).await? {
            return Err(CaptureError::Off.into());
        }
        let all = capture::captured(session).await?;
        let mut chosen: Vec<Source> = Vec::new();
        for pattern in &patterns {
            let mut named: Vec<&Source> = all.iter().filter(|s| pattern.matches(&s.schema, &s.name)).collect();
            match &pattern.table {
                // All that can be taken back, where there are others among them.
                None if named.iter().any(|source| rows::has_images(source)) => {
                    named.retain(|source| rows::has_images(source));
                }
                Some(table) if named.is_empty() => {
                    let parts = partitions(session, &pattern.schema, table).await?;
                    named = all.iter().filter(|source| parts.contains(&source.oid)).collect();
                }
                _ => {}
            }
            if named.is_empty() {
                return Err(CommandError::new(Exit::Usage, format!("{pattern} is not captured"))
                    .hint("`backout capture` lists what is"));
            }
            let new: Vec<Source> = named.into_iter().filter(|s| !chosen.contains(s)).cloned().collect();
            chosen.extend(new);
        }
        Ok(chosen)
    }
}

/// The partitions of a partitioned table: their changes are what is captured.
async fn partitions(session: &Session, schema: &str, table: &str) -> Result<Vec<u32>, CommandError> {
    let sql = format!(
        "SELECT t.relid::oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         CROSS JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) t WHERE n.nspname = {} AND c.relname = {} AND t.isleaf",
        literal(schema),
        literal(table)
    );
    let failed = |source| CommandError::of(Exit::Failed, &source).during("looking for partitions");
    Ok(session.rows(&sql).await.map_err(failed)?.iter().map(|row| row.get(0)).collect())
}

fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let span: Span = text.parse().ok()?;
    now.checked_sub(span.duration()).ok()
}

fn not_a_time(name: &str, text: &str) -> CommandError {
    CommandError::new(Exit::Usage, format!("{name} {text:?} is no time"))
        .hint("a moment such as 2026-01-02T03:04:05Z, or how long ago: 15m, 2h, 1d")
}

async fn log(context: &Context<'_>, project: &Project, which: &Which, limit: u32) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let session = context.connect(project).await?;
    let pick = which.pick(&session).await?;
    let mut all = Vec::new();
    let mut lines = Vec::new();
    for source in which.sources(&session).await? {
        for one in rows::transactions(&session, &source, &pick, limit).await? {
            let truncated = if one.truncated { "emptied" } else { "" };
            lines.push(vec![
                source.sql_name(),
                one.xid.to_string(),
                moment(one.at),
                one.inserted.to_string(),
                one.updated.to_string(),
                one.deleted.to_string(),
                truncated.to_owned(),
            ]);
            all.push(json!({ "table": source.sql_name(), "transaction": one }));
        }
    }
    ui.result(json!({ "transactions": all }));
    if lines.is_empty() {
        ui.say("no change is captured there");
        return Ok(Exit::Ok);
    }
    ui.table(&["table", "transaction", "at", "inserted", "updated", "deleted", ""], &lines);
    Ok(Exit::Ok)
}

async fn undo(context: &Context<'_>, project: &Project, which: &Which, is_dry: bool) -> Result<Exit, CommandError> {
    if which.since.is_none() && which.until.is_none() && which.transactions.is_empty() {
        return Err(CommandError::new(Exit::Usage, "which changes? --since, --until or --txid say so")
            .hint("`backout rows log --table TABLE` lists the transactions"));
    }
    let settings = context.settings(project)?.settings;
    if is_dry {
        let session = context.connect(project).await?;
        let pick = which.pick(&session).await?;
        let sources = which.sources(&session).await?;
        is_known(&session, &sources, &pick).await?;
        session.close().await;
        let all = taken_back(context, &settings, &sources, &pick, Mode::Look).await?;
        said(context, &all, true);
        return Ok(Exit::Ok);
    }
    let claimed = context.claimed_name(project)?;
    let pair = context.connect_pair(project, Notices::default()).await?;
    context.identify(&pair.session, &claimed).await?;
    let pick = which.pick(&pair.session).await?;
    let sources = which.sources(&pair.session).await?;
    is_known(&pair.session, &sources, &pick).await?;
    let planned = taken_back(context, &settings, &sources, &pick, Mode::Look).await?;
    let rows: u64 = planned.iter().map(|table| table.set + table.brought + table.removed).sum();
    context.confirm(&format!("this changes {} in {claimed}", count(rows as i64, "row")), &claimed)?;
    backout_postgres::store::lock_runs(&pair.session).await?;
    let all = taken_back(context, &settings, &sources, &pick, Mode::AsFarAsPossible).await?;
    said(context, &all, false);
    Ok(Exit::Ok)
}

/// That the transactions changed something in one of these tables: a wrong number would do nothing, and say so quietly.
async fn is_known(session: &Session, sources: &[Source], pick: &Pick) -> Result<(), CommandError> {
    if pick.transactions.is_empty() {
        return Ok(());
    }
    let touched = rows::touched(session, pick).await?;
    let is_known = sources.iter().any(|source| touched.contains(&source.number));
    if is_known { Ok(()) } else { Err(unknown(&pick.transactions)) }
}

fn unknown(transactions: &[u64]) -> CommandError {
    let said = format!("nothing that {} changed is captured there", listed(transactions));
    CommandError::new(Exit::Usage, said).hint("`backout rows log --table TABLE` lists the transactions")
}

fn listed(transactions: &[u64]) -> String {
    transactions.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// What single transactions did, taken back in the live database, so that a replay leaves it out.
///
/// # Errors
/// When a part of it would stay: whoever takes it back by himself sees what.
pub async fn leave_out(
    context: &Context<'_>,
    settings: &ConnectionSettings,
    session: &Session,
    transactions: &[u64],
    is_dry: bool,
) -> Result<Vec<TakenBack>, CommandError> {
    let pick = Pick { transactions: transactions.to_vec(), ..Pick::default() };
    let touched = rows::touched(session, &pick).await?;
    // What a slot tells has no images, and says so below.
    let is_meant = |source: &Source| touched.contains(&source.number) || source.depth == Depth::Slot;
    let sources: Vec<Source> = capture::captured(session).await?.into_iter().filter(is_meant).collect();
    let mode = if is_dry { Mode::Look } else { Mode::Whole };
    let mut all = taken_back(context, settings, &sources, &pick, mode).await?;
    all.retain(|table| table.set + table.brought + table.removed + table.conflicts > 0);
    let list = listed(transactions);
    if let Some(table) = all.iter().find(|table| table.conflicts > 0) {
        let why = table.listed.first().map(|row| format!(": {} {}", row.key, row.why)).unwrap_or_default();
        let said = format!("what {list} did cannot be left out whole; of {} {}{why}", table.table, table_stays(table));
        return Err(CommandError::new(Exit::Refused, said)
            .hint("take it back table by table with `backout rows undo`, which says what stays, and restore then"));
    }
    if all.is_empty() && is_dry {
        return Err(unknown(transactions));
    }
    Ok(all)
}

async fn taken_back(
    context: &Context<'_>,
    settings: &ConnectionSettings,
    sources: &[Source],
    pick: &Pick,
    mode: Mode,
) -> Result<Vec<TakenBack>, CommandError> {
    let ui = context.ui;
    ui.begin(if mode == Mode::Look { "comparing" } else { "taking changes back" });
    let watch = |table: &str, rows: u64| ui.progress(&format!("{table}: {}", count(rows as i64, "row")));
    let done = rows::take_back(settings, sources, pick, mode, &watch).await;
    ui.end();
    Ok(done?)
}

fn said(context: &Context<'_>, all: &[TakenBack], is_dry: bool) {
    let ui = context.ui;
    ui.result(json!({ "dry_run": is_dry, "tables": all }));
    for table in all {
        let would = if is_dry { "would get" } else { "got" };
        let mut parts = vec![format!("{} {would} former values", count(table.set as i64, "row"))];
        if table.brought > 0 {
            parts.push(format!("{} {} back", table.brought, if is_dry { "would come" } else { "came" }));
        }
        if table.removed > 0 {
            parts.push(format!("{} that came {} again", table.removed, if is_dry { "would go" } else { "went" }));
        }
        ui.out(format!("{}: {}", table.table, parts.join(", ")));
        if table.conflicts > 0 {
            ui.out(format!("{} in part or whole:", table_stays(table)));
            let rows: Vec<Vec<String>> =
                table.listed.iter().take(20).map(|row| vec![row.key.clone(), row.why.clone()]).collect();
            ui.table(&["key", ""], &rows);
            if table.conflicts > 20 {
                ui.out(format!("… and {} more; --json lists up to 1,000", table.conflicts - 20));
            }
        }
    }
}

fn table_stays(table: &TakenBack) -> String {
    let word = if table.conflicts == 1 { "stays as it is" } else { "stay as they are" };
    format!("{} {word}", count(table.conflicts as i64, "row"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_or_how_long_ago() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a moment");
        for (text, expected) in [
            ("2026-01-02T03:00:00Z", Some("2026-01-02T03:00:00Z")),
            ("15m", Some("2026-01-02T02:49:05Z")),
            ("1d", Some("2026-01-01T03:04:05Z")),
            ("yesterday", None),
            ("", None),
        ] {
            let expected = expected.map(|text| text.parse::<Timestamp>().expect("a moment"));
            assert_eq!(time(text, now), expected, "{text}");
        }
    }
}
