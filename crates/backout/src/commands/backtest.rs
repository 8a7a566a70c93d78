//! `backout backtest`: what the plan's triggers would have done.

use std::path::PathBuf;

use backout_control::runs::Runs;
use backout_control::watch::backtest;
use backout_plan::Exit;
use backout_signals::backtest::Judged;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{count, moment};

/// Replay recordings against the plan's triggers: what would have fired, how often rightly, which limits were better
///
/// Ends with 8 where something fired outside of any incident, or an incident was missed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What `backout watch --record` wrote, with a line for each incident
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let (ui, env) = (context.ui, context.env()?);
    let runs = Runs::there(&env, &context.user()).await?;
    let report = backtest::run(&env, runs.as_ref(), &args.files).await?;
    ui.result(json!(report));
    if report.triggers.is_empty() {
        ui.out("nothing was recorded for any trigger of the plan");
    }
    for one in &report.triggers {
        let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0));
        let delay = one.delay_seconds.map(|delay| format!(", {delay:.0} s after it began")).unwrap_or_default();
        let fired = count(one.firings.len() as i64, "firing");
        ui.out(format!(
            "{}: {fired}, precision {}, recall {}{delay}",
            one.trigger,
            percent(one.precision),
            percent(one.recall)
        ));
        for firing in &one.firings {
            ui.out(format!("  {} {}", moment(firing.at), firing.why));
        }
        one.missed.iter().for_each(|incident| ui.out(format!("  missed: {incident}")));
        if let Some(better) = &one.suggestion {
            ui.out(format!(
                "  the limit {} would have been better: {} right, {} wrong, {} missed",
                better.limit, better.right, better.wrong, better.missed
            ));
        }
    }
    let is_wrong = |one: &Judged| one.wrong > 0 || !one.missed.is_empty();
    Ok(if report.triggers.iter().any(is_wrong) { Exit::Attention } else { Exit::Ok })
}
