//! What a run would do, as a script with remarks, and at its end what each way comes to.
//!
//! Must not know: whether it is a release or a rollback.

use backout_control::rollback::{InShort, Preview, StepPreview, WayPreview, agreement, people};
use backout_plan::Exit;
use backout_runbook::OnFailure;
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
        let after = after(place.checked_sub(1).and_then(|before| preview.ways.get(before)), way);
        ui.out(format!("\n-- way {}{budget}{after}", way.name));
        if let Some(kept) = &way.kept_first {
            ui.out(format!("-- kept first: {kept}"));
        }
        for (number, step) in way.steps.iter().enumerate() {
            let within = duration(step.budget_ms as f64);
            let rules = rules(step);
            ui.out(format!("-- {}. {} ({}), within {within}{rules}", number + 1, step.name, step.kind));
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

/// When a way follows the one before.
fn after(before: Option<&WayPreview>, way: &WayPreview) -> String {
    match (before, way.after.as_slice()) {
        (None, _) => String::new(),
        (Some(_), []) => " (does not follow by itself)".to_owned(),
        (Some(before), all) if all.len() == before.steps.len() => " (where the one before fails)".to_owned(),
        (Some(before), some) => {
            let names: Vec<String> = some.iter().map(|name| format!("{name:?}")).collect();
            format!(" (where {} of way {} fails)", names.join(" or "), before.name)
        }
    }
}

/// Who must agree to a step, what follows where it fails unless that is the next way, and whether it can be taken back.
fn rules(step: &StepPreview) -> String {
    let agree = step.approval.as_ref().map(agreement);
    let follows = match step.on_failure {
        OnFailure::Escalate => None,
        OnFailure::Continue => Some("where it fails: continue".to_owned()),
        OnFailure::Unwind => Some("where it fails: unwind".to_owned()),
        OnFailure::Stop => Some("where it fails: stop".to_owned()),
    };
    let undo = step.undo.as_ref().map(|kind| format!("has an undo: {kind}"));
    let all: Vec<String> = agree.into_iter().chain(follows).chain(undo).collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join("; ")) }
}

/// What a step would run; how many lines of it were left out. What it costs is said below, where nothing is left out.
fn body(ui: &Ui, step: &StepPreview, verbose: bool) -> usize {
    let below: Vec<String> = step.cost.lines().iter().map(|line| format!("-- {line}")).collect();
    let own = step.lines.iter().filter(|line| !below.contains(line));
    let lines: Vec<&str> = own.flat_map(|line| line.split('\n')).collect();
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
    if way.asking_steps > 0 {
        let steps = if way.asking_steps == 1 { String::new() } else { format!(" at {} steps", way.asking_steps) };
        parts.push(format!("waits for {}{steps}", people(way.people)));
    }
    parts.extend(rows(way));
    format!("way {}: {}", way.way, parts.join("; "))
}

/// What becomes of rows. What is not counted is named, and then nothing is said to be all.
fn rows(way: &InShort) -> Vec<String> {
    let rows = |number: u64| count(i64::try_from(number).unwrap_or(i64::MAX), "row");
    let at_least = if way.lost_rows.is_some() { "" } else { "at least " };
    let mut parts = Vec::new();
    match way.lost_rows {
        Some(0) => parts.push("no rows lost, as far as is known".to_owned()),
        None if way.lost_at_least == 0 && way.uncounted.is_empty() => parts.push("rows lost: unknown".to_owned()),
        None if way.lost_at_least == 0 => {}
        _ => parts.push(format!("{at_least}{} lost", rows(way.lost_at_least))),
    }
    if way.kept_rows > 0 {
        parts.push(format!("{at_least}{} set aside", rows(way.kept_rows)));
    }
    let verb = if way.uncounted.len() == 1 { "is" } else { "are" };
    if let [first @ .., last] = way.uncounted.as_slice() {
        let names = if first.is_empty() { last.clone() } else { format!("{} and {last}", first.join(", ")) };
        parts.push(format!("{names} {verb} not counted"));
    }
    parts
}

#[cfg(test)]
mod tests {
    use backout_control::cost::Cost;

    use super::*;

    #[test]
    fn a_way_is_said_on_a_line() {
        let way = |ms, measured_steps, unknown_steps, lost_rows: Option<u64>| InShort {
            way: "B".to_owned(),
            steps: 3,
            unknown_steps,
            budget_ms: Some(1_200_000),
            ms,
            measured_steps,
            lost_rows,
            lost_at_least: lost_rows.unwrap_or_default(),
            kept_rows: 0,
            uncounted: Vec::new(),
            asking_steps: 0,
            people: 0,
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
        let said = |one: &InShort| in_short(one).split("; ").skip(3).map(str::to_owned).collect::<Vec<_>>();
        let mut one = InShort { kept_rows: 7, asking_steps: 1, people: 1, ..way(None, 0, 0, None) };
        one.uncounted.push("public.users".to_owned());
        assert_eq!(said(&one), ["waits for 1 person", "at least 7 rows set aside", "public.users is not counted"]);
        one = InShort { lost_at_least: 2, asking_steps: 2, people: 2, ..one };
        one.uncounted.push("public.notes".to_owned());
        let rows =
            ["at least 2 rows lost", "at least 7 rows set aside", "public.users and public.notes are not counted"];
        assert_eq!(said(&one), [&["waits for 2 people at 2 steps"][..], &rows].concat());
    }

    #[test]
    fn what_decides_over_a_step_and_a_way_is_said() {
        let step = |name: &str, on_failure, undo: Option<&str>| StepPreview {
            name: name.to_owned(),
            kind: "verify".to_owned(),
            budget_ms: 1_000,
            on_failure,
            undo: undo.map(str::to_owned),
            approval: None,
            lines: Vec::new(),
            unknown: None,
            cost: Cost::default(),
        };
        let way = |name: &str, after: &[&str], steps| WayPreview {
            name: name.to_owned(),
            budget_ms: None,
            after: after.iter().map(|name| (*name).to_owned()).collect(),
            kept_first: None,
            steps,
        };
        let steps = || vec![step("off", OnFailure::Escalate, Some("revert")), step("check", OnFailure::Unwind, None)];
        assert_eq!(
            steps().iter().map(rules).collect::<Vec<_>>(),
            [" (has an undo: revert)", " (where it fails: unwind)"]
        );
        let first = way("A", &[], steps());
        assert_eq!(after(None, &first), "");
        for (leading, expected) in [
            (&[][..], " (does not follow by itself)"),
            (&["off"], " (where \"off\" of way A fails)"),
            (&["off", "check"], " (where the one before fails)"),
        ] {
            assert_eq!(after(Some(&first), &way("U", leading, Vec::new())), expected);
        }
    }
}
