//! What people report, kept for whoever watches.
//!
//! Must not know: which trigger counts it.

use backout_store::Incoming;
use jiff::Timestamp;

use crate::failure::Refusal;
use crate::runs::Runs;
use crate::sources::{REPORTS, Report, digest};
use crate::{Env, Result};

/// What is reported.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `complaint`, `escalation`, or any other word that a source of the plan names.
    pub kind: String,
    pub count: u64,
    /// Whom it happened to. Kept as digests: they tell people apart, and nobody by name.
    pub who: Vec<String>,
    pub note: String,
}

/// Keeps a report.
///
/// # Errors
/// Where no source of the plan counts such reports, or the store cannot be written.
#[tracing::instrument(name = "report", skip_all, fields(target = env.target_name()))]
pub async fn run(env: &Env, runs: &Runs, options: &Options) -> Result<Report> {
    let sources = env.plan()?.sources.iter().filter_map(|source| source.ask[REPORTS]["kind"].as_str());
    let known: Vec<&str> = sources.collect();
    if !known.contains(&options.kind.as_str()) {
        let meant = backout_plan::nearest(&options.kind, known.iter().copied());
        let hint = match (meant, known.is_empty()) {
            (Some(meant), _) => format!("did you mean {meant:?}?"),
            (None, false) => format!("sources of the plan count: {}", known.join(", ")),
            (None, true) => "write [[source]] with ask.reports = { kind = \"…\" }".to_owned(),
        };
        let advice = backout_plan::Remedy::Advice { text: hint };
        let said = format!("no source of the plan counts reports of {:?}", options.kind);
        return Err(Refusal::usage(said, Some(advice)).into());
    }
    let report = Report {
        kind: options.kind.clone(),
        count: options.count,
        who: options.who.iter().map(|name| digest(name)).collect(),
        note: options.note.clone(),
        by: runs.who.clone(),
    };
    let body = serde_json::to_vec(&report).map_err(|error| Refusal::usage(error.to_string(), None))?;
    let id = format!("{:08x}{:08x}", backout_backup::manifest::random(), backout_backup::manifest::random());
    runs.store.receive(vec![Incoming { source: REPORTS.to_owned(), id, at: Timestamp::now(), body }]).await?;
    Ok(report)
}
