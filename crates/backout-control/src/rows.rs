//! Which transactions changed a table, and taking back what some of them did.
//!
//! Must not know: how changes are captured or merged.

use backout_backup::capture::rows::{self, Mode, Pick, TakenBack, Transaction};
use backout_backup::capture::{self, CaptureError, Depth, Source};
use backout_plan::Remedy;
use backout_plan::plan::TablePattern;
use backout_postgres::session::Session;
use backout_postgres::store;
use backout_schema::literal;
use jiff::Timestamp;
use serde::Serialize;

use crate::event::{Event, Progress, Work};
use crate::failure::Refusal;
use crate::gates::{frozen, identity};
use crate::{Boxed, Env, Failure, Result};

/// Which changes.
#[derive(Debug, Clone)]
pub struct Which {
    pub tables: Vec<TablePattern>,
    pub since: Option<When>,
    pub until: Option<When>,
    /// Only those of these transactions; all where there is none.
    pub transactions: Vec<u64>,
}

/// A moment, by the server's clock, which changes are captured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    At(Timestamp),
    Ago(std::time::Duration),
}

impl std::str::FromStr for When {
    type Err = String;

    /// A moment such as `2026-01-02T03:04:05Z`, or how long ago: `15m`.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(at));
        }
        let span = text.parse::<backout_plan::plan::Span>();
        span.map(|span| Self::Ago(span.duration()))
            .map_err(|_| format!("{text:?} is neither a moment nor how long ago"))
    }
}

impl When {
    pub(crate) fn at(self, now: Timestamp) -> Result<Timestamp> {
        match self {
            Self::At(at) => Ok(at),
            Self::Ago(ago) => now
                .checked_sub(ago)
                .map_err(|_| Refusal::usage("that is before the first moment there is", None).into()),
        }
    }
}

impl Which {
    async fn pick(&self, session: &Session) -> Result<Pick> {
        let now = rows::clock(session).await.map_err(Failure::server("asking for the time"))?;
        let at = |when: Option<When>| when.map(|when| when.at(now)).transpose();
        let (since, until) = (at(self.since)?, at(self.until)?);
        if since.is_some() && until.is_some() && since > until {
            return Err(Refusal::usage("the changes would begin later than they end", None).into());
        }
        Ok(Pick { since, until, transactions: self.transactions.clone() })
    }

    async fn sources(&self, session: &Session) -> Result<Vec<Source>> {
        if !capture::is_on(session).await? {
            return Err(CaptureError::Off.into());
        }
        let all = capture::captured(session).await?;
        let mut chosen: Vec<Source> = Vec::new();
        for pattern in &self.tables {
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
                let said = format!("{pattern} is not captured");
                return Err(Refusal::usage(said, Some(Remedy::CaptureStatus)).into());
            }
            let new: Vec<Source> = named.into_iter().filter(|s| !chosen.contains(s)).cloned().collect();
            chosen.extend(new);
        }
        Ok(chosen)
    }
}

/// The partitions of a partitioned table: their changes are what is captured.
async fn partitions(session: &Session, schema: &str, table: &str) -> Result<Vec<u32>> {
    let sql = format!(
        "SELECT t.relid::oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         CROSS JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) t WHERE n.nspname = {} AND c.relname = {} AND t.isleaf",
        literal(schema),
        literal(table)
    );
    let rows = session.rows(&sql).await.map_err(Failure::server("looking for partitions"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// One transaction that changed a table.
#[derive(Debug, Serialize)]
pub struct Logged {
    pub table: String,
    pub transaction: Transaction,
}

/// The transactions that changed these tables, the newest first, so many of each table.
pub async fn log(env: &Env, which: &Which, limit: u32) -> Result<Vec<Logged>> {
    let session = env.connect().await?;
    let pick = which.pick(&session).await?;
    let mut all = Vec::new();
    for source in which.sources(&session).await? {
        let found = rows::transactions(&session, &source, &pick, limit).await?;
        all.extend(found.into_iter().map(|transaction| Logged { table: source.sql_name(), transaction }));
    }
    Ok(all)
}

/// What would become of it. Changes nothing.
pub async fn preview(env: &Env, which: &Which) -> Result<Vec<TakenBack>> {
    is_narrow(which)?;
    let session = env.connect().await?;
    let (pick, sources) = known(&session, which).await?;
    session.close().await;
    taken_back(env, &sources, &pick, Mode::Look).await
}

/// Gives rows their former values back, as far as nothing changed them since.
pub fn undo<'a>(env: &'a Env, which: &'a Which) -> Boxed<'a, Result<Vec<TakenBack>>> {
    Box::pin(work(env, which))
}

#[tracing::instrument(name = "rows undo", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, which: &Which) -> Result<Vec<TakenBack>> {
    is_narrow(which)?;
    let pair = env.connect_pair().await?;
    frozen::refuse(&pair.session).await?;
    identity::pass(env, &pair.session).await?;
    let (pick, sources) = known(&pair.session, which).await?;
    let planned = taken_back(env, &sources, &pick, Mode::Look).await?;
    let rows: u64 = planned.iter().map(touched).sum();
    let noun = if rows == 1 { "row" } else { "rows" };
    env.confirm(format!("this changes {rows} {noun} in {}", env.claimed()?))?;
    store::lock_runs(&pair.session).await?;
    taken_back(env, &sources, &pick, Mode::AsFarAsPossible).await
}

/// That not all that ever happened is meant.
fn is_narrow(which: &Which) -> Result<()> {
    if which.since.is_none() && which.until.is_none() && which.transactions.is_empty() {
        let said = "which changes? a moment from which, one until which, or a transaction says so";
        return Err(Refusal::usage(said, Some(Remedy::RowsLog)).into());
    }
    Ok(())
}

/// What is meant: a transaction that changed nothing in these tables is a wrong number, which would do nothing, and
/// say so quietly.
async fn known(session: &Session, which: &Which) -> Result<(Pick, Vec<Source>)> {
    let pick = which.pick(session).await?;
    let sources = which.sources(session).await?;
    if !pick.transactions.is_empty() {
        let touched = rows::touched(session, &pick).await?;
        if !sources.iter().any(|source| touched.contains(&source.number)) {
            return Err(Refusal::UnknownTransactions { transactions: pick.transactions }.into());
        }
    }
    Ok((pick, sources))
}

fn touched(table: &TakenBack) -> u64 {
    table.set + table.brought + table.removed
}

/// What single transactions did, taken back in the live database, so that a replay leaves it out.
///
/// # Errors
/// When a part of it would stay: whoever takes it back by himself sees what.
pub async fn leave_out(env: &Env, session: &Session, transactions: &[u64], is_preview: bool) -> Result<Vec<TakenBack>> {
    let pick = Pick { transactions: transactions.to_vec(), ..Pick::default() };
    let known = rows::touched(session, &pick).await?;
    // What a slot tells has no images, and says so below.
    let is_meant = |source: &Source| known.contains(&source.number) || source.depth == Depth::Slot;
    let sources: Vec<Source> = capture::captured(session).await?.into_iter().filter(is_meant).collect();
    let mode = if is_preview { Mode::Look } else { Mode::Whole };
    let mut all = taken_back(env, &sources, &pick, mode).await?;
    all.retain(|table| touched(table) + table.conflicts > 0);
    if let Some(table) = all.iter().find(|table| table.conflicts > 0) {
        let why = table.listed.first().map(|row| format!(": {} {}", row.key, row.why)).unwrap_or_default();
        return Err(Refusal::NotWhole {
            transactions: transactions.to_vec(),
            table: table.table.clone(),
            stays: stays(table.conflicts),
            why,
        }
        .into());
    }
    if all.is_empty() && is_preview {
        return Err(Refusal::UnknownTransactions { transactions: transactions.to_vec() }.into());
    }
    Ok(all)
}

async fn taken_back(env: &Env, sources: &[Source], pick: &Pick, mode: Mode) -> Result<Vec<TakenBack>> {
    env.say(Event::Begun { work: if mode == Mode::Look { Work::Comparing } else { Work::TakingChangesBack } });
    let watch = |table: &str, rows: u64| env.say(Event::Progress(Progress::Rows { table: table.to_owned(), rows }));
    let done = rows::take_back(env.settings()?, sources, pick, mode, &watch).await;
    env.say(Event::Idle);
    Ok(done?)
}

/// `1 row stays as it is`.
pub fn stays(rows: u64) -> String {
    if rows == 1 { "1 row stays as it is".to_owned() } else { format!("{rows} rows stay as they are") }
}
