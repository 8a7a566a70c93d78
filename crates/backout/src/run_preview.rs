//! What a run would do, as a script with remarks, and at its end what each way comes to.
//!
//! Must not know: whether it is a release or a rollback.

use backout_control::rollback::{InShort, Preview, StepPreview};
use backout_plan::Exit;
use serde_json::json;

use crate::hints;
use crate::ui::{Ui, count, duration};

/// So many lines of a step are shown. Those of a step that has hardly more are not worth a remark.
const SHOWN: usize = 8;

/// All of it; of a long step only the beginning, unless all lines are asked for.
/// What is wrong with the plan needs attention, which the exit code says.
pub fn show(ui: &Ui, preview: &Preview, verbose: bool) -> Exit {
    ui.result(json!(preview));
    for line in &preview.path {
        ui.out(format!("-- {line}"));
    }
    let sure: Vec<String> = preview.mistakes.iter().filter(|one| one.sure).map(ToString::to_string).collect();
    let mut said: Vec<String> = Vec::new();
    for one in &preview.mistakes {
        // What several ways meet is said once, as the surest of them meets it.
        let what = one.to_string();
        if !said.contains(&what) {
            ui.out(format!("-- {}: {what}", if sure.contains(&what) { "mistake" } else { "may fail" }));
            said.push(what);
        }
    }
    let mut left_out = 0;
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
            left_out += body(ui, step, verbose);
            for line in step.cost.lines() {
                ui.out(format!("   -- {line}"));
            }
            if let Some(unknown) = &step.unknown {
                ui.out(format!("   -- not known yet: {unknown}"));
            }
        }
    }
    ui.out("\n-- in short:");
    for way in &preview.in_short {
        ui.out(format!("-- {}", in_short(way)));
    }
    if left_out > 0 {
        ui.out(format!("-- {left_out} lines are left out above; -v shows them, --json as well"));
    }
    if let Some(open) = &preview.open {
        ui.warn(format!("nothing of it begins before run {} is over ({})", open.run, open.said));
        open.remedies.iter().for_each(|remedy| ui.hint(hints::of(remedy)));
    }
    if preview.mistakes.iter().any(|one| one.sure) { Exit::Attention } else { Exit::Ok }
}

/// What a step would run; how many lines of it were left out.
fn body(ui: &Ui, step: &StepPreview, verbose: bool) -> usize {
    let lines: Vec<&str> = step.lines.iter().flat_map(|line| line.split('\n')).collect();
    let shown = if verbose || lines.len() <= SHOWN + 2 { lines.len() } else { SHOWN };
    for line in &lines[..shown] {
        ui.out(format!("   {line}"));
    }
    let more = lines.len() - shown;
    if more > 0 {
        ui.out(format!("   -- … {more} more lines, {} in all", lines.len()));
    }
    more
}

fn in_short(way: &InShort) -> String {
    let mut parts = vec![count(way.steps as i64, "step")];
    if way.unknown_steps > 0 {
        parts.push(format!("{} not known yet", way.unknown_steps));
    }
    parts.push(match way.ms {
        Some(ms) => format!("{} where it was tried ({} of {})", duration(ms), way.measured_steps, way.steps),
        None => "how long is not measured".to_owned(),
    });
    parts.extend(way.budget_ms.map(|ms| format!("within {}", duration(ms as f64))));
    parts.push(match way.lost_rows {
        None => "rows lost: unknown".to_owned(),
        Some(0) => "no rows lost, as far as is known".to_owned(),
        Some(rows) => format!("{} lost", count(i64::try_from(rows).unwrap_or(i64::MAX), "row")),
    });
    format!("way {}: {}", way.way, parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_said_on_a_line() {
        let way = |ms, measured_steps, unknown_steps, lost_rows| InShort {
            way: "B".to_owned(),
            steps: 3,
            unknown_steps,
            budget_ms: Some(1_200_000),
            ms,
            measured_steps,
            lost_rows,
        };
        let (tried, within) = (duration(1_500.0), duration(1_200_000.0));
        for (one, expected) in [
            (
                way(None, 0, 0, Some(0)),
                format!("how long is not measured; within {within}; no rows lost, as far as is known"),
            ),
            (
                way(Some(1_500.0), 2, 0, Some(7)),
                format!("{tried} where it was tried (2 of 3); within {within}; 7 rows lost"),
            ),
            (
                way(None, 0, 1, None),
                format!("1 not known yet; how long is not measured; within {within}; rows lost: unknown"),
            ),
        ] {
            assert_eq!(in_short(&one), format!("way B: 3 steps; {expected}"));
        }
    }
}
