//! A journal as people read it, and values in it as lists.
//!
//! Must not know: what follows an event.

use backout_control::runs::Journal;
use backout_runbook::{Event, Outcome, State};
use backout_signals::Firing;
use serde_json::Value;

use super::chart::number;
use super::frame::{badge, time, words};
use super::html::{Element, Html, el, of, say};

/// Values within values are shown so far, and as JSON below.
const DEEP: usize = 4;

/// From what it was begun on, where a trigger fired, to its end.
pub(super) fn timeline(journal: &Journal, fired: Option<&Firing>) -> Element {
    let before = fired.into_iter().flat_map(|firing| {
        let limit = number(firing.limit);
        let line = |at, tone, word, said: String| {
            let line = of("li", [time(at)]).text(" ").add(say("span", &firing.trigger).class("who")).text(" ");
            line.add(badge(tone, word)).text(format_args!(" {said}"))
        };
        [
            line(firing.since, "warn", "breached", format!("the limit of {limit} was passed")),
            line(firing.at, "bad", "fired", firing.why.clone()),
        ]
    });
    let lines = journal.records.iter().map(|record| {
        let line = of("li", [time(record.at)]).text(" ").add(say("span", &record.by).class("who")).text(" ");
        match record.event(&journal.run) {
            Ok(event) => told(line, &event, &journal.state),
            Err(_) => line.add(badge("bad", "cannot be read")),
        }
    });
    of("ol", before.chain(lines)).class("timeline")
}

fn told(line: Element, event: &Event, state: &State) -> Element {
    let line = line.add(badge(tone(event), &event.name().replace('-', " ")));
    // Of a way that was left, the step at this place had another name; its number is right all the same.
    let named = |step: usize| match state.way == 0 {
        true => state.step(step).map_or_else(|| format!("step {}", step + 1), |(spec, _)| format!("{:?}", spec.name)),
        false => format!("step {}", step + 1),
    };
    let reason = |reason: &str| if reason.is_empty() { String::new() } else { format!(": {reason}") };
    let (said, facts) = match event {
        Event::Opened { procedure, because, .. } => (format!("{}{}", procedure.name, reason(because)), None),
        Event::Intended { step, attempt, .. } => (format!("{}, attempt {attempt}", named(*step)), None),
        Event::Settled { step, outcome, .. } | Event::ReversalSettled { step, outcome, .. } => match outcome {
            Outcome::Done { facts } => (format!("{} is done", named(*step)), Some(facts)),
            Outcome::Failed { why, facts, .. } => (format!("{} failed: {why}", named(*step)), Some(facts)),
            Outcome::NotBegun => (format!("{} had not begun", named(*step)), None),
        },
        Event::Skipped { step, reason: why } | Event::Refused { step, reason: why, .. } => {
            (format!("{}{}", named(*step), reason(why)), None)
        }
        Event::ApprovalAsked { step, until, .. } => {
            let until = backout_plan::wording::moment(*until);
            (format!("{}, until {until}", named(*step)), None)
        }
        Event::Approved { step, .. } => (named(*step), None),
        Event::Escalated { to, because } => {
            let way = state.procedure.ways.get(*to).map(|way| way.name.as_str()).unwrap_or_default();
            (format!("to way {way}{}", reason(because)), None)
        }
        Event::ReversalIntended { step, .. } => (named(*step), None),
        Event::Unwinding { because: why } | Event::Interrupted { because: why } | Event::Stopped { because: why } => {
            (why.clone(), None)
        }
        Event::Paused { reason } | Event::Resumed { reason } | Event::Aborted { reason } => (reason.clone(), None),
        Event::Closed { succeeded } => ((if *succeeded { "succeeded" } else { "failed" }).to_owned(), None),
        Event::Noted { about, facts } => (about.clone(), Some(facts)),
    };
    let line = line.text(format_args!(" {said}"));
    match facts.filter(|facts| !is_nothing(facts)) {
        Some(facts) => line.add(of("details", [Html::from(say("summary", "Facts")), plain(facts)])),
        None => line,
    }
}

fn tone(event: &Event) -> &'static str {
    match event {
        Event::Settled { outcome, .. } | Event::ReversalSettled { outcome, .. } => match outcome {
            Outcome::Done { .. } => "good",
            Outcome::Failed { .. } => "bad",
            Outcome::NotBegun => "quiet",
        },
        Event::Approved { .. } | Event::Closed { succeeded: true } => "good",
        Event::Refused { .. } | Event::Aborted { .. } | Event::Stopped { .. } | Event::Closed { .. } => "bad",
        Event::ApprovalAsked { .. }
        | Event::Escalated { .. }
        | Event::Unwinding { .. }
        | Event::Interrupted { .. }
        | Event::Paused { .. } => "warn",
        _ => "quiet",
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(all) => all.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// A value as lists within lists.
pub(super) fn plain(value: &Value) -> Html {
    deep(value, 0)
}

fn deep(value: &Value, depth: usize) -> Html {
    match value {
        Value::String(text) => words(text),
        Value::Object(all) if depth < DEEP => {
            let mut list = el("dl");
            for (name, value) in all.iter().filter(|(_, value)| !is_nothing(value)) {
                let pair = [say("dt", name.replace(['_', '-'], " ")), of("dd", [deep(value, depth + 1)])];
                list = list.add(of("div", pair));
            }
            list.into()
        }
        Value::Array(all) if depth < DEEP => of("ul", all.iter().map(|one| of("li", [deep(one, depth + 1)]))).into(),
        other => words(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_shown_whole_and_never_as_markup() {
        let deep = json!({ "a_b": ["<i>", { "c": { "d": { "e": ["<b>"] } } }], "none": null });
        let shown = plain(&deep).document();
        for part in ["a b", "&lt;i&gt;", "&lt;b&gt;"] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(!shown.contains("<i>") && !shown.contains("none"));
    }
}
