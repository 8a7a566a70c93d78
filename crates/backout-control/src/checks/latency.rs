//! How long requests or queries take when several come at once: 95 of 100 within a limit, and none fails.
//!
//! Must not know: what is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use backout_plan::plan::{Flaw, Span};
use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinSet;

use super::shared::reading::failed;
use super::{Boxed, Context, Held, Kind, Trouble, nothing};
use crate::mistake::{Look, Mistake};
use crate::outside::Errand;
use crate::outside::http::Http;

/// A server has only so many connections.
const MOST: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Latency {
    #[serde(default)]
    http: Option<Http>,
    /// One query that only reads.
    #[serde(default)]
    sql: Option<String>,
    #[serde(default = "ten")]
    concurrency: usize,
    #[serde(default = "hundred")]
    requests: usize,
    p95: Span,
}

fn ten() -> usize {
    10
}

fn hundred() -> usize {
    100
}

/// What each of those that ask at once needs of its own.
enum Asker {
    Http(Box<Http>, reqwest::Client),
    Sql(String, Box<backout_postgres::session::Session>),
}

impl Asker {
    async fn ask(&self, errand: &Errand<'_>) -> Result<(), Trouble> {
        match self {
            Self::Http(http, client) => http.judge(&http.send_by(client, errand).await?).map(drop),
            Self::Sql(sql, session) => session.rows(sql).await.map(drop).map_err(failed),
        }
    }
}

impl Latency {
    async fn asker(&self, context: &Context<'_>, client: &Option<reqwest::Client>) -> Result<Asker, Trouble> {
        match (&self.http, client, &self.sql) {
            (Some(http), Some(client), _) => Ok(Asker::Http(Box::new(http.clone()), client.clone())),
            (_, _, Some(sql)) => {
                let session = context.env.connect().await?;
                let left = context.left().as_millis().clamp(1, 86_400_000);
                let only = format!(
                    "SET default_transaction_read_only = on; SET row_security = off; SET statement_timeout = {left}"
                );
                session.batch(&only).await.map_err(failed)?;
                Ok(Asker::Sql(sql.trim().trim_end_matches(';').to_owned(), Box::new(session)))
            }
            _ => Err(nothing("neither http nor sql is named")),
        }
    }
}

/// The smallest value that so many of 100 do not exceed.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::INFINITY)
}

impl Kind for Latency {
    fn said(&self) -> String {
        let what = self.http.as_ref().map(Http::line).or(self.sql.clone()).unwrap_or_default();
        let Self { concurrency, requests, p95, .. } = self;
        format!("p95 within {p95} of {requests} times, {concurrency} at once: {what}")
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let Self { concurrency, requests, http, sql, .. } = self;
            let mut found = Vec::new();
            if http.is_some() == sql.is_some() {
                found.push(Mistake::plan(Flaw::at(&[], "one of http and sql is needed")));
            }
            if *concurrency == 0 || *concurrency > MOST || requests < concurrency {
                let said = format!("{requests} requests cannot be {concurrency} at once (1 to {MOST})");
                found.push(Mistake::plan(Flaw::at(&["concurrency"], said)));
            }
            if let Some(http) = http {
                found.extend(http.mistakes(look.env).into_iter().map(|one| one.under(&["http"])));
            }
            if let Some(sql) = sql {
                found.extend(look.live.statement(&["sql"], sql.trim().trim_end_matches(';')).await);
            }
            found
        })
    }

    fn holds<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Held> {
        Box::pin(async move {
            let Self { concurrency, requests, p95, .. } = self;
            if self.http.is_some() == self.sql.is_some() {
                return Err(nothing("one of http and sql is needed"));
            }
            if *concurrency == 0 || *concurrency > MOST || requests < concurrency {
                return Err(nothing(format!("{requests} requests cannot be {concurrency} at once (1 to {MOST})")));
            }
            let client = match &self.http {
                Some(_) => Some(Http::client(&context.errand())?),
                None => None,
            };
            // Connecting is not what is measured.
            let mut askers = Vec::new();
            for _ in 0..*concurrency {
                askers.push(self.asker(context, &client).await?);
            }
            let (begun, most) = (Arc::new(AtomicUsize::new(0)), *requests);
            let mut workers = JoinSet::new();
            let began = Instant::now();
            for asker in askers {
                let (env, deadline, begun) = (context.env.clone(), context.deadline, begun.clone());
                workers.spawn(async move {
                    let errand = Errand { env: &env, deadline, mark: None };
                    let mut took = Vec::new();
                    while begun.fetch_add(1, Ordering::Relaxed) < most {
                        let at = Instant::now();
                        asker.ask(&errand).await?;
                        took.push(at.elapsed().as_secs_f64() * 1e3);
                    }
                    Ok::<_, Trouble>(took)
                });
            }
            let mut took: Vec<f64> = Vec::new();
            while let Some(worker) = workers.join_next().await {
                let of_worker = worker.map_err(|error| Trouble::new(error.to_string(), true))?;
                took.extend(
                    of_worker
                        .map_err(|trouble| Trouble::new(format!("a request failed: {}", trouble.why), trouble.again))?,
                );
            }
            let seconds = began.elapsed().as_secs_f64();
            took.sort_by(f64::total_cmp);
            let at = |percent| (percentile(&took, percent) * 10.0).round() / 10.0;
            #[allow(clippy::cast_precision_loss)]
            let rate = (took.len() as f64 / seconds.max(1e-9)).round();
            let facts = json!({
                "requests": took.len(), "concurrency": concurrency, "per_second": rate,
                "p50_ms": at(50), "p95_ms": at(95), "p99_ms": at(99), "max_ms": at(100),
            });
            #[allow(clippy::cast_precision_loss)]
            if percentile(&took, 95) <= p95.as_millis() as f64 {
                return Ok(facts);
            }
            let why = format!(
                "p95 is {:.1} ms, and {p95} was expected (p50 {:.1} ms, most {:.1} ms)",
                at(95),
                at(50),
                at(100)
            );
            Err(Trouble { why, again: true, facts })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&sorted, 95), 95.0);
        assert_eq!(percentile(&sorted, 100), 100.0);
        assert_eq!(percentile(&[3.0], 95), 3.0);
        assert_eq!(percentile(&[1.0, 9.0], 95), 9.0);
        assert_eq!(percentile(&[], 95), f64::INFINITY);
    }
}
