//! `backout doctor`: what the target and this machine allow, and what is degraded, before anything is tried.

use backout_control::status;
use backout_plan::{Exit, Severity};
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;

/// Check what the target and this machine allow, and say what is degraded
///
/// Ends with 8 when a finding is an error: then something will be refused.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let ui = context.ui;
    let env = context.env()?;
    let origin = context.origin(&env)?;
    let status::Checkup { identity, seen, findings } = status::doctor(&env).await?;
    ui.result(json!({
        "endpoint": identity.seen.endpoint,
        "connection_from": origin.to_string(),
        "observations": seen,
        "findings": findings,
    }));
    ui.out(format!("{}, by {}", identity.seen.endpoint, origin));
    ui.out(format!("PostgreSQL {}, as role {}", seen.server_version, seen.role));
    for finding in &findings {
        ui.finding(finding);
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors > 0 {
        return Ok(Exit::Attention);
    }
    ui.out(if findings.is_empty() { "nothing stands in the way" } else { "nothing will be refused" });
    Ok(Exit::Ok)
}
