//! What triggers say and what was decided, as lines.
//!
//! Must not know: which command shows them.

use backout_control::watch::state::{Decided, Did};
use backout_control::watch::{Change, Watched};
use backout_signals::{Outcome, Reading, Verdict};

use crate::ui::{Paint, Ui, count, moment};

/// A trigger and what it says, as data.
pub fn line(ui: &Ui, reading: &Reading) -> String {
    said(reading, |paint, word| ui.paint_out(paint, word))
}

/// The same for whoever watches.
pub fn line_err(ui: &Ui, reading: &Reading) -> String {
    said(reading, |paint, word| ui.paint(paint, word))
}

fn said(reading: &Reading, painted: impl Fn(Paint, &str) -> String) -> String {
    let (paint, word) = match reading.verdict {
        Verdict::Healthy => (Paint::Good, "healthy"),
        Verdict::Breached => (Paint::Bad, "breached"),
        Verdict::Inconclusive => (Paint::Warning, "unclear"),
        Verdict::NoData => (Paint::Warning, "no data"),
        Verdict::SourceError => (Paint::Warning, "no answer"),
    };
    format!("{} {}: {}", painted(paint, &format!("{word:9}")), reading.trigger, reading.why)
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

/// What is watched for its effect.
pub fn change(change: &Change) -> String {
    match change {
        Change::Migration { number, version, undone: true, .. } => {
            format!("the undo of migration {number} ({version})")
        }
        Change::Migration { number, version, .. } => format!("migration {number} ({version})"),
        Change::Run { run, procedure, .. } => format!("{procedure} {run}"),
    }
}

/// Who watches, until when, and after what.
pub fn summary(watched: &Watched) -> String {
    let by = watched.by.as_ref().map_or("nobody watches now".to_owned(), |by| format!("by {by}"));
    let after = watched.after.as_ref().map(|one| format!(", after {}", change(one))).unwrap_or_default();
    let decided = count(i64::try_from(watched.decided.len()).unwrap_or(i64::MAX), "decision");
    format!("since {} until {}{after}, {by}; {decided}", moment(watched.since), moment(watched.until))
}
