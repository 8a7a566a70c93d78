//! The plan's checks without a run, and the baseline that some of them compare with.
//!
//! Must not know: how a report looks.

use std::path::{Path, PathBuf};

use backout_plan::Remedy;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use serde_json::json;

use crate::baseline::{Baseline, Scope};
use crate::checks::{self, BASELINE, Check, Context, Criterion, Outcome, Verdict};
use crate::event::{Event, Work};
use crate::failure::Refusal;
use crate::outside::secrets::Redactor;
use crate::{Boxed, Env, Result};

/// No check of any plan holds for longer.
const LONGEST_HOURS: i32 = 24 * 366;

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these, by name; all where none is named.
    pub only: Vec<String>,
    /// Only those of this priority and more urgent ones.
    pub priority: Option<u8>,
    /// A baseline to compare with.
    pub against: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub target: Option<String>,
    pub at: Timestamp,
    pub took_ms: f64,
    /// When the baseline was taken that it was compared with.
    pub baseline: Option<Timestamp>,
    pub checks: Vec<Outcome>,
}

impl Report {
    /// How many came to this.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks.iter().filter(|one| one.verdict == verdict).count()
    }
}

/// What would be asked, a line each.
///
/// # Errors
/// As [`run`], before anything is asked.
pub fn preview(env: &Env, options: &Options) -> Result<Vec<String>> {
    let redactor = Redactor::of(env, []);
    Ok(chosen(env, options)?.iter().map(|check| redactor.text(&check.said())).collect())
}

/// Asks.
///
/// # Errors
/// Where there is nothing to ask, the plan or the baseline cannot be read. What does not hold is in the report.
pub fn run<'a>(env: &'a Env, options: &'a Options) -> Boxed<'a, Result<Report>> {
    Box::pin(work(env, options))
}

#[tracing::instrument(name = "verify", skip_all, fields(target = env.target_name()))]
async fn work(env: &Env, options: &Options) -> Result<Report> {
    let checks = chosen(env, options)?;
    let baseline = options.against.as_deref().map(Baseline::read).transpose()?;
    let (at, redactor) = (Timestamp::now(), Redactor::of(env, []));
    let deadline = at.checked_add(LONGEST_HOURS.hours()).unwrap_or(at);
    let context = Context::new(env, deadline, &redactor, baseline.as_ref());
    let checks = checks::all(&checks, &context).await;
    let took_ms = Timestamp::now().duration_since(at).as_secs_f64() * 1e3;
    Ok(Report { target: env.named(), at, took_ms, baseline: baseline.map(|baseline| baseline.taken_at), checks })
}

/// Reads the database as it is now and writes that to a file, for a comparison later.
///
/// # Errors
/// When the server says no, or the file cannot be written.
pub fn baseline<'a>(env: &'a Env, file: &'a Path) -> Boxed<'a, Result<Baseline>> {
    Box::pin(recorded(env, file))
}

#[tracing::instrument(name = "baseline", skip_all, fields(target = env.target_name()))]
async fn recorded(env: &Env, file: &Path) -> Result<Baseline> {
    env.say(Event::Begun { work: Work::Checking { check: BASELINE.to_owned() } });
    let taken = Baseline::take(env, &Scope::ALL).await;
    env.say(Event::Idle);
    let taken = taken?;
    taken.write(file)?;
    Ok(taken)
}

/// The checks that are meant. Where a baseline is handed in, everything is compared with it, unless the plan says what.
fn chosen(env: &Env, options: &Options) -> Result<Vec<Check>> {
    let mut checks = env.plan.as_deref().map(checks::of_plan).transpose()?.unwrap_or_default();
    let is_compared = checks.iter().any(|check| check.that.kind == BASELINE);
    if options.against.is_some() && !is_compared {
        let that = Criterion::read(&json!({ BASELINE: {} })).map_err(|flaw| Refusal::failed(flaw.said, None))?;
        let (held, every) = (Default::default(), backout_plan::plan::PlanCheck::default_every());
        // Reading everything takes as long as it takes.
        let budget = backout_plan::plan::Span::from_days(1);
        let name = (0..).map(|number| if number == 0 { BASELINE.to_owned() } else { format!("{BASELINE} {number}") });
        let name = name.into_iter().find(|name| checks.iter().all(|check| check.name != *name)).unwrap_or_default();
        checks.push(Check { name, priority: 1, held, every, budget, that });
    }
    let names = || checks.iter().map(|check| check.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = options.only.iter().find(|name| checks.iter().all(|check| check.name != **name)) {
        let advice = Remedy::advice(format!("it has: {}", names()));
        return Err(Refusal::usage(format!("the plan has no check {unknown:?}"), Some(advice)).into());
    }
    let is_meant = |check: &Check| {
        (options.only.is_empty() || options.only.contains(&check.name))
            && options.priority.is_none_or(|most| check.priority <= most)
    };
    let meant: Vec<Check> = checks.iter().filter(|check| is_meant(check)).cloned().collect();
    if meant.is_empty() {
        let said = if checks.is_empty() { "the plan has no check" } else { "no check of the plan is meant" };
        let advice = Remedy::advice("write [[verify]] in the plan, as docs/checks.md shows");
        return Err(Refusal::usage(said, Some(advice)).into());
    }
    Ok(meant)
}
