//! What triggers say and what was decided, as lines.
//!
//! Must not know: which command shows them.

use backout_control::watch::state::{Decided, Did};
use backout_signals::{Outcome, Reading, Verdict};

use crate::ui::{Paint, Ui, moment};

/// A trigger and what it says.
pub fn line(ui: &Ui, reading: &Reading) -> String {
    let (paint, word) = match reading.verdict {
        Verdict::Healthy => (Paint::Good, "healthy"),
        Verdict::Breached => (Paint::Bad, "breached"),
        Verdict::Inconclusive => (Paint::Warning, "unclear"),
        Verdict::NoData => (Paint::Warning, "no data"),
        Verdict::SourceError => (Paint::Warning, "no answer"),
    };
    format!("{} {}: {}", ui.paint_out(paint, &format!("{word:9}")), reading.trigger, reading.why)
}

/// What was decided, and what became of it.
pub fn decided(one: &Decided) -> String {
    let what = match &one.did {
        Did::Begins => "it is acted on".to_owned(),
        Did::Notified => "said, as the plan wants it".to_owned(),
        Did::Joined { run } => format!("run {run} is open, and has the evidence"),
        Did::Asked { run } => format!("run {run} waits for approval"),
        Did::Runs { run } => format!("run {run} goes on"),
        Did::Ran { run, phase } => format!("run {run}: {phase}"),
        Did::Watches { until } => format!("watched until {}", moment(*until)),
        Did::ToMend { what } => format!("to be mended in place: {what}"),
        Did::Would { what } => format!("a dry run; otherwise it {what}"),
        Did::Failed { why } => format!("nothing was begun: {why}"),
    };
    let way = match &one.outcome {
        Some(Outcome::RollBack { way }) => format!(", way {way}"),
        _ => String::new(),
    };
    let rule = one.rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
    format!("{} fired, {}{way}{rule}: {what}", one.firing.trigger, one.firing.why)
}
