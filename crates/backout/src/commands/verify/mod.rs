//! `backout verify`: asks the plan's checks, and compares with how things were.

mod report;

use std::path::PathBuf;

use backout_control::checks::Verdict;
use backout_control::verify::{self, Options, Report};
use backout_plan::Exit;
use clap::ValueEnum;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::{Ui, count};

/// Ask the plan's checks: the database, its rows, security, replication, and the services around it
///
/// Ends with 8 where a check of priority 0 or 1 does not hold. Those of priority 2 and 3 are warnings.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this check, by its name; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only checks of this priority and more urgent ones
    #[arg(long, value_name = "0..3", value_parser = clap::value_parser!(u8).range(0..=3))]
    priority: Option<u8>,
    /// How the report looks
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// Write the report to a file; a summary is still printed
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Write down how the database is now (objects, rows, sequences), to compare with later; no check is asked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "priority", "format", "to", "against", "dry_run"])]
    baseline: Option<PathBuf>,
    /// Compare with what --baseline wrote
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Show what would be asked; ask nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
    Markdown,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let (ui, env) = (context.ui, context.env()?);
    if let Some(file) = &args.baseline {
        let taken = verify::baseline(&env, file).await?;
        let rows: u64 = taken.tables.values().filter(|table| table.sum.is_some()).map(|table| table.rows).sum();
        let (objects, tables) = (taken.objects.len(), taken.tables.len());
        ui.result(
            json!({ "baseline": file, "taken_at": taken.taken_at, "objects": objects, "tables": tables, "rows": rows }),
        );
        ui.out(format!(
            "{}: {}, {} with {}",
            file.display(),
            count(objects as i64, "object"),
            count(tables as i64, "table"),
            count(rows as i64, "row")
        ));
        return Ok(Exit::Ok);
    }
    let options = Options { only: args.only.clone(), priority: args.priority, against: args.against.clone() };
    if args.dry_run {
        let lines = verify::preview(&env, &options)?;
        ui.result(json!({ "would_ask": lines }));
        lines.iter().for_each(|line| ui.out(line));
        return Ok(Exit::Ok);
    }
    let report = verify::run(&env, &options).await?;
    ui.result(json!(report));
    let text = match args.format {
        Format::Text => report::text(&report),
        Format::Json => format!("{:#}\n", json!(report)),
        Format::Junit => report::junit(&report),
        Format::Markdown => report::markdown(&report),
    };
    match &args.to {
        Some(file) => {
            backout_control::baseline::keep(file, &text)?;
            ui.out(format!("{} in {}", report::summary(&report), file.display()));
        }
        // A terminal is told in colours.
        None if args.format == Format::Text => show(ui, &report),
        None => ui.out(text.trim_end()),
    }
    warn(ui, &report, args);
    Ok(exit(&report))
}

fn exit(report: &Report) -> Exit {
    match (report.count(Verdict::NotAsked), report.count(Verdict::Failed)) {
        (1.., _) => Exit::Interrupted,
        (_, 1..) => Exit::Attention,
        _ => Exit::Ok,
    }
}

fn show(ui: &Ui, report: &Report) {
    for one in &report.checks {
        let (paint, word) = report::word(one.verdict);
        let rest = report::line(one);
        ui.out(format!("{} {rest}", ui.paint_out(paint, &format!("{word:7}"))));
    }
    ui.out(report::summary(report));
}

/// What failed, for whoever watches while the report goes elsewhere.
fn warn(ui: &Ui, report: &Report, args: &Args) {
    if args.to.is_none() && args.format == Format::Text {
        return;
    }
    for one in &report.checks {
        if let Some(why) = &one.failed {
            ui.warn(format!("P{} {}: {why}", one.priority, one.check));
        }
    }
}
