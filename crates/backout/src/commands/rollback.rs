//! `backout rollback`: goes a way back of the plan, as one durable run.

use backout_control::rollback::{self, Options, Preview, Which};
use backout_plan::Exit;
use serde_json::json;

use super::run::show_ended;
use crate::context::Context;
use crate::error::CommandError;
use crate::hints;
use crate::ui::{Ui, duration};

/// Go a way back: flags, undo in place, restore, or whatever the plan's ways say, as one durable run
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The way to begin with, as the plan names it; auto, the default, takes the first that suffices for the symptom.
    /// With --again the default is the one in which the former run stood
    #[arg(long, value_name = "NAME|auto")]
    way: Option<String>,
    /// What is wrong: a symptom that the plan's ways name, or any words for the record
    #[arg(long, value_name = "SYMPTOM", default_value = "")]
    because: String,
    /// Show the exact SQL, requests and commands of every way, and what is wrong with the plan, which ends with 8; change
    /// nothing
    #[arg(long)]
    dry_run: bool,
    /// End the open run of this target first, where nobody executes it and all that it began is known; what it meant to
    /// take back is meant again
    #[arg(long)]
    again: bool,
}

pub async fn run(args: &Args, context: &Context<'_>) -> Result<Exit, CommandError> {
    let env = context.env()?;
    let runs = context.runs(&env).await?;
    let which = match args.way.as_deref() {
        None => Which::Unsaid,
        Some("auto") => Which::Auto,
        Some(name) => Which::Named(name.to_owned()),
    };
    let options = Options { which, because: args.because.clone(), again: args.again };
    if args.dry_run {
        return Ok(show(context.ui, &rollback::preview(&env, &runs, &options).await?));
    }
    let ended = rollback::run(&env, &runs, &options).await?;
    Ok(show_ended(context.ui, &ended))
}

/// What would be done, as a script with remarks; and whether what is wrong with the plan needs attention.
pub(super) fn show(ui: &Ui, preview: &Preview) -> Exit {
    ui.result(json!(preview));
    for line in &preview.path {
        ui.out(format!("-- {line}"));
    }
    let mut said: Vec<String> = Vec::new();
    for one in &preview.mistakes {
        let line = format!("-- {}: {one}", if one.sure { "mistake" } else { "may fail" });
        // A check of the plan that several ways ask is said once.
        if !said.contains(&line) {
            ui.out(&line);
            said.push(line);
        }
    }
    for (place, way) in preview.ways.iter().enumerate() {
        let budget = way.budget_ms.map(|ms| format!(", within {}", duration(ms as f64))).unwrap_or_default();
        let after = if place == 0 { "" } else { " (where the one before fails)" };
        ui.out(format!("\n-- way {}{budget}{after}", way.name));
        if let Some(kept) = &way.kept_first {
            ui.out(format!("-- kept first: {kept}"));
        }
        for (number, step) in way.steps.iter().enumerate() {
            let within = duration(step.budget_ms as f64);
            ui.out(format!("-- {}. {} ({}), within {within}", number + 1, step.name, step.kind));
            for line in &step.lines {
                ui.out(format!("   {}", line.replace('\n', "\n   ")));
            }
            for line in step.cost.lines() {
                ui.out(format!("   -- {line}"));
            }
            if let Some(unknown) = &step.unknown {
                ui.out(format!("   -- not known yet: {unknown}"));
            }
        }
    }
    if let Some(open) = &preview.open {
        ui.warn(format!("nothing of it begins before run {} is over ({})", open.run, open.said));
        open.remedies.iter().for_each(|remedy| ui.hint(hints::of(remedy)));
    }
    if preview.mistakes.iter().any(|one| one.sure) { Exit::Attention } else { Exit::Ok }
}
