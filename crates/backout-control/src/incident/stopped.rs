//! How long ways back kept writes from going on, as their steps measured it.
//!
//! Must not know: what was expected beforehand.

use super::facts::RunFacts;
use crate::runs::ROLLBACK;
use crate::told::Fact;

/// Kinds of step that keep nobody from writing. Of any other one that measures nothing, nobody knows.
const HARMLESS: [&str; 17] = [
    "backup",
    "env-file",
    "export",
    "flags",
    "freeze",
    "github-deployment",
    "http",
    "impact",
    "notify",
    "rehearse",
    "revert",
    "thaw",
    "vercel-deploy",
    "vercel-env",
    "vercel-project",
    "verify",
    "wait",
];

/// In milliseconds. Nothing where no way back was gone, one is not over, or something of it was not measured.
pub(super) fn of(runs: &[RunFacts]) -> Option<f64> {
    let ways_back: Vec<&RunFacts> = runs.iter().filter(|run| run.procedure == ROLLBACK).collect();
    if ways_back.is_empty() || ways_back.iter().any(|run| run.ended.is_none()) {
        return None;
    }
    ways_back.into_iter().map(of_run).sum()
}

fn of_run(run: &RunFacts) -> Option<f64> {
    let (mut sum, mut frozen) = (0.0, None);
    let steps = run.ways.iter().flat_map(|way| &way.steps).filter(|step| step.took_ms.is_some());
    for step in steps {
        for fact in &step.facts {
            match fact {
                Fact::Frozen { .. } => frozen = frozen.or(Some(step.ended?)),
                Fact::Thawed { .. } => {
                    if let Some(since) = frozen.take() {
                        sum += step.ended?.duration_since(since).as_secs_f64() * 1e3;
                    }
                }
                // What happens while nobody may write costs nothing more.
                Fact::Undone { lock_ms, .. } if frozen.is_none() => sum += (*lock_ms)?,
                _ => {}
            }
        }
        let measures = step.facts.iter().any(|fact| matches!(fact, Fact::Undone { .. }));
        if frozen.is_none() && !measures && !HARMLESS.contains(&step.kind.as_str()) {
            return None;
        }
    }
    // Nobody has let them go on yet.
    frozen.is_none().then_some(sum)
}
