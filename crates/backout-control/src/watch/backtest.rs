//! The plan's triggers against recordings: what would have fired when, and which limits would have been better.
//!
//! Must not know: how a report looks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backout_plan::Remedy;
use backout_signals::backtest::{Line, Report, replay};
use backout_signals::{Limit, Observation, Rule, Watch};

use super::state;
use crate::failure::Refusal;
use crate::runs::Runs;
use crate::triggers::Compiled;
use crate::{Env, Failure, Result};

/// Replays the recordings, all of them as one.
///
/// # Errors
/// Where a file cannot be read, or a line of it: with its file, its number and what stands there.
#[tracing::instrument(name = "backtest", skip_all, fields(target = env.target_name()))]
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
    let rules: Vec<_> = compiled.triggers.iter().map(|trigger| trigger.rule.clone()).collect();
    let mut baselines = calm(&rules, &lines);
    baselines.extend(kept.map(|kept| kept.state.baselines).unwrap_or_default());
    Ok(replay(&rules, &lines, &baselines))
}

/// What the recordings have as normal: what was measured before the first incident of each trigger. What a watch has
/// measured as normal counts before that.
pub(super) fn calm(rules: &[Rule], lines: &[Line]) -> BTreeMap<String, f64> {
    let is_relative = |rule: &&Rule| matches!(rule.limit, Limit::TimesBaseline(_));
    let of_rule = |rule: &Rule| {
        let begins = lines.iter().filter_map(|line| match line {
            Line::Incident(incident) if incident.triggers.contains(&rule.name) => Some(incident.from),
            _ => None,
        });
        let begins = begins.min()?;
        let mut before: Vec<&Observation> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Observed { trigger, observation } if *trigger == rule.name => Some(observation),
                _ => None,
            })
            .filter(|one| one.at < begins)
            .collect();
        before.sort_by_key(|one| one.at);
        let mut watch = Watch::new(rule.clone());
        before.iter().for_each(|one| watch.take((*one).clone()));
        Some((rule.name.clone(), watch.value(before.last()?.at)?))
    };
    rules.iter().filter(is_relative).filter_map(of_rule).collect()
}

fn read(file: &Path, compiled: &Compiled) -> Result<Vec<Line>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(Failure::given(format!("reading {name}")))?;
    let known = || compiled.triggers.iter().map(|trigger| trigger.rule.name.as_str());
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let parsed: Line = serde_json::from_str(line).map_err(|error| {
            let shown: String = line.chars().take(120).collect();
            Refusal::usage(format!("{name}:{number}: {error}: {shown}"), Some(Remedy::Record))
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
