//! What follows a step that fails, and who must agree to one first: for whoever decides beforehand.
//!
//! Must not know: what a step does.

use backout_plan::wording::span;
use backout_runbook::{Approval, OnFailure, Way};

/// `1 person`, `2 people`.
pub fn people(number: u32) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

/// Who must agree, and how long the question stands.
pub fn agreement(approval: &Approval) -> String {
    format!("{} must agree, within {}", people(approval.quorum), span(approval.expires.duration()))
}

/// The steps of a way whose failure leads to the next one.
pub(crate) fn leading_on(way: &Way) -> Vec<String> {
    of(way, OnFailure::Escalate).map(str::to_owned).collect()
}

fn of(way: &Way, on_failure: OnFailure) -> impl Iterator<Item = &str> {
    way.steps.iter().filter(move |step| step.on_failure == on_failure).map(|step| step.name.as_str())
}

/// What follows where the first way fails, as clauses of a sentence: the ways that may come, and what the plan says of
/// single steps.
pub(crate) fn clauses(ways: &[Way]) -> String {
    let Some(first) = ways.first() else { return String::new() };
    let later = within_reach(ways).iter().map(|way| way.name.as_str()).collect::<Vec<_>>().join(", ");
    let takes_back = first.steps.iter().any(|step| step.undo.is_some());
    let unwound = if takes_back { "what was done is taken back" } else { "it ends there" };
    let clause = |on_failure, what: &str| {
        let steps: Vec<&str> = of(first, on_failure).collect();
        let who = match steps.as_slice() {
            [] => return None,
            all if all.len() == first.steps.len() => "it".to_owned(),
            several if on_failure == OnFailure::Escalate && several.len() > 1 => "another step".to_owned(),
            some => some.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or "),
        };
        (!what.is_empty()).then(|| format!("; where {who} fails, {what}"))
    };
    let all = [
        (OnFailure::Unwind, unwound),
        (OnFailure::Stop, "a person decides"),
        (OnFailure::Continue, "it goes on"),
        (OnFailure::Escalate, later.as_str()),
    ];
    all.into_iter().filter_map(|(on_failure, what)| clause(on_failure, what)).collect()
}

/// The ways that may follow the first one: each only where a step of the one before leads to it.
fn within_reach(ways: &[Way]) -> &[Way] {
    let leading = ways.iter().take_while(|way| of(way, OnFailure::Escalate).next().is_some()).count();
    let last = leading.min(ways.len().saturating_sub(1));
    ways.get(1..=last).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use backout_runbook::procedure::{Millis, Reversal};
    use backout_runbook::{Retry, Step};
    use serde_json::json;

    use super::*;

    fn way(name: &str, steps: &[(&str, OnFailure)]) -> Way {
        let step = |(name, on_failure): &(&str, OnFailure)| Step {
            name: (*name).to_owned(),
            kind: "verify".to_owned(),
            action: json!({}),
            budget: Millis(1_000),
            retry: Retry::default(),
            on_failure: *on_failure,
            undo: None,
            approval: None,
            beforehand: false,
        };
        Way { name: name.to_owned(), budget: None, steps: steps.iter().map(step).collect() }
    }

    #[test]
    fn what_follows_is_what_the_steps_say() {
        use OnFailure::{Continue, Escalate, Stop, Unwind};
        let later = || [way("U", &[("undo", Escalate)]), way("B", &[("restore", Stop)]), way("C", &[("all", Stop)])];
        for (first, expected) in [
            (&[("off", Escalate), ("check", Escalate)][..], "; where it fails, U, B"),
            (&[("off", Unwind), ("check", Unwind)], "; where it fails, it ends there"),
            (
                &[("off", Escalate), ("check", Unwind)],
                "; where \"check\" fails, it ends there; where \"off\" fails, U, B",
            ),
            (
                &[("off", Escalate), ("build", Escalate), ("tell", Continue)],
                "; where \"tell\" fails, it goes on; where another step fails, U, B",
            ),
            (&[("off", Stop)], "; where it fails, a person decides"),
        ] {
            let ways: Vec<Way> = std::iter::once(way("A", first)).chain(later()).collect();
            assert_eq!(clauses(&ways), expected);
        }
        assert_eq!(clauses(&[way("A", &[("off", Escalate)])]), "");
        let mut taken_back = way("A", &[("off", Unwind)]);
        taken_back.steps[0].undo = Some(Box::new(Reversal { kind: "revert".to_owned(), action: json!({}) }));
        assert_eq!(clauses(&[taken_back]), "; where it fails, what was done is taken back");
    }

    #[test]
    fn who_must_agree_is_said_in_a_few_words() {
        let approval = |quorum| Approval { quorum, expires: Millis(3_600_000) };
        assert_eq!(agreement(&approval(1)), "1 person must agree, within 1 h");
        assert_eq!(agreement(&approval(2)), "2 people must agree, within 1 h");
    }
}
