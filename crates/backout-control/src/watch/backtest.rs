//! The plan's triggers against recordings: what would have fired when, and which limits would have been better.
//!
//! Must not know: how a report looks.

use std::path::{Path, PathBuf};

use backout_signals::backtest::{Line, Report, replay};

use super::state;
use crate::failure::Refusal;
use crate::runs::Runs;
use crate::triggers::Compiled;
use crate::{Env, Failure, Result};

/// Replays the recordings, all of them as one.
///
/// # Errors
/// Where a file cannot be read, or a line of it: with its file, its number and what stands there.
pub async fn run(env: &Env, runs: Option<&Runs>, files: &[PathBuf]) -> Result<Report> {
    let compiled = Compiled::of(env.plan()?)?;
    let mut lines = Vec::new();
    for file in files {
        lines.extend(read(file, &compiled)?);
    }
    let kept = match (runs, env.named()) {
        (Some(runs), Some(target)) => state::read(runs, &target).await?,
        _ => None,
    };
    let baselines = kept.map(|kept| kept.state.baselines).unwrap_or_default();
    let rules: Vec<_> = compiled.triggers.iter().map(|trigger| trigger.rule.clone()).collect();
    Ok(replay(&rules, &lines, &baselines))
}

fn read(file: &Path, compiled: &Compiled) -> Result<Vec<Line>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(Failure::given(format!("reading {name}")))?;
    let known = || compiled.triggers.iter().map(|trigger| trigger.rule.name.as_str());
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let parsed: Line = serde_json::from_str(line).map_err(|error| {
            let shown: String = line.chars().take(120).collect();
            Refusal::usage(format!("{name}:{number}: {error}: {shown}"), Some(hint()))
        })?;
        let named = match &parsed {
            Line::Incident(incident) => incident.triggers.clone(),
            Line::Observed { trigger, .. } => vec![trigger.clone()],
        };
        if let Some(unknown) = named.iter().find(|name| !known().any(|one| one == name.as_str())) {
            let meant = backout_plan::nearest(unknown, known());
            let meant = meant.map(|meant| format!(" (did you mean {meant:?}?)")).unwrap_or_default();
            let said = format!("{name}:{number}: the plan has no trigger {unknown:?}{meant}");
            return Err(Refusal::usage(said, None).into());
        }
        lines.push(parsed);
    }
    Ok(lines)
}

fn hint() -> backout_plan::Remedy {
    let text = "a line is what `backout watch --record` writes, or an incident: docs/watch.md".to_owned();
    backout_plan::Remedy::Advice { text }
}
