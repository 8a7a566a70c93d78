//! `backout watch`: watches a target after a release, and does what the plan says where a trigger fires.

use std::path::PathBuf;

use backout_control::watch::{self, Options, Report, needs_attention};
use backout_plan::Exit;
use backout_plan::plan::Span;
use backout_signals::Verdict;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Ui, count, moment};
use crate::{telling, watched};

/// Watch a target: ask the plan's sources, judge its triggers, and notify, ask or go back as it says
///
/// Ends with 0 when the time is over and all is well, with 8 where a trigger is breached or somebody should look at what was
/// decided, and with 4 where nothing can be concluded, or it was stopped.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long, such as 30m or 24h; without it, as long as the plan's [watch] says
    #[arg(long = "for", value_name = "TIME", conflicts_with = "once")]
    time: Option<Span>,
    /// Ask and judge everything once
    #[arg(long)]
    once: bool,
    /// End as soon as every trigger says that all is well
    #[arg(long, conflicts_with = "once")]
    until_healthy: bool,
    /// Say what would be done; do nothing
    #[arg(long)]
    dry_run: bool,
    /// Let what is measured at the end count as normal from then on (for times_baseline)
    #[arg(long)]
    baseline: bool,
    /// Add every observation to this file, for `backout backtest`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let (ui, env) = (context.ui, context.env()?);
    let runs = context.runs(&env).await?;
    let options = Options {
        once: args.once,
        until_healthy: args.until_healthy,
        time: args.time.map(Span::duration),
        dry_run: args.dry_run,
        baseline: args.baseline,
        record: args.record.clone(),
        ..Options::default()
    };
    telling::check(&env)?;
    let report = match options.dry_run {
        true => watch::run(&env, &runs, &options).await?,
        false => telling::beside(ui, &env, &runs, watch::run(&env, &runs, &options)).await?,
    };
    ui.result(json!(report));
    show(ui, &report, args.once);
    Ok(exit(&report))
}

fn show(ui: &Ui, report: &Report, once: bool) {
    for reading in &report.readings {
        ui.out(watched::line(ui, reading));
    }
    for (name, value) in &report.baselines {
        ui.out(format!("{name}: {value} counts as normal from now on"));
    }
    if once {
        return;
    }
    let decided = count(report.decided.len() as i64, "decision");
    let after = report.after.as_ref().map(|one| format!(", after {}", watched::change(one))).unwrap_or_default();
    let since = format!("{}{after}", moment(report.since));
    match report.over {
        true => ui.out(format!("watched since {since}; {decided}")),
        false => ui.out(format!("stopped; watched since {since}, and to be watched until {}", moment(report.until))),
    }
}

fn exit(report: &Report) -> Exit {
    if report.decided.iter().any(needs_attention) {
        return Exit::Attention;
    }
    match report.worst() {
        Some(Verdict::Breached) => Exit::Attention,
        Some(Verdict::Healthy) if report.over || report.readings.iter().all(|one| one.verdict == Verdict::Healthy) => {
            Exit::Ok
        }
        _ => Exit::Interrupted,
    }
}
