//! What is compiled, and what is kept.

use std::time::Duration;

use backout_plan::Plan;
use backout_plan::plan::Act;
use backout_signals::backtest::{Line, replay};
use backout_signals::{Firing, Limit, Measure, Veto};
use jiff::Timestamp;

use super::backtest::calm;
use super::bake::Change;
use super::state::{Decided, Did, State};
use crate::init::{RECORDINGS, TEMPLATES};
use crate::triggers::{Compiled, rule};

const PLAN: &str = "version = 1\n[targets.p]\n[[source]]\nname = \"s\"\nask.sql = { query = \"SELECT 1\" }\n\
                    every = \"20s\"\n[[source]]\nname = \"r\"\nask.reports = { kind = \"complaint\" }\n\
                    [[way]]\nname = \"U\"\nfor = [\"errors\"]\n[[way.step]]\nname = \"u\"\ndo = \"undo\"\n";

fn compiled(triggers: &str) -> Result<Compiled, backout_plan::PlanErrors> {
    Compiled::of(&Plan::parse("backout.toml", &format!("{PLAN}{triggers}")).unwrap())
}

fn trigger(source: &str, more: &str) -> String {
    format!("[[trigger]]\nname = \"t\"\nsource = \"{source}\"\nmeasure = \"p95\"\nover = \"5m\"\nabove = 2\n{more}\n")
}

#[test]
fn a_trigger_becomes_a_rule() {
    let compiled = compiled(&trigger(
        "s",
        "for = \"5m\"\nsymptom = \"errors\"\nact = \"auto\"\nvetoes = [{ few_people = { under = 3 } }]",
    ))
    .unwrap();
    let one = &compiled.triggers[0];
    assert_eq!((one.act, one.symptom.as_str(), one.source.as_str()), (Act::Auto, "errors", "s"));
    let rule = &one.rule;
    assert_eq!((rule.measure, rule.limit), (Measure::Quantile(0.95), Limit::Above(2.0)));
    assert_eq!((rule.over, rule.hold), (Duration::from_secs(300), Duration::from_secs(300)));
    assert_eq!(rule.vetoes, [Veto::FewPeople { under: 3 }]);
    // It is silent when three turns are left out; people speak only when something happens.
    assert_eq!(rule.silent_after, Duration::from_secs(60));
    assert_eq!(self::compiled(&trigger("r", "")).unwrap().triggers[0].rule.silent_after, Duration::ZERO);
}

#[test]
fn what_acts_knows_where_to_go() {
    let problems = compiled(&trigger("s", "symptom = \"error\"\nact = \"ask\"")).unwrap_err().0;
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].suggestion.as_deref(), Some("errors"));
    assert!(compiled(&trigger("s", "act = \"ask\"")).is_err(), "no way is for a symptom of its name");
    assert!(compiled(&trigger("s", "act = \"notify\"")).is_ok());
    assert!(compiled(&trigger("s", "act = \"ask\"\nway = \"U\"")).is_ok());
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn firing(since: i64) -> Firing {
    Firing {
        trigger: "t".to_owned(),
        at: at(since + 1),
        value: 9.0,
        limit: 2.0,
        since: at(since),
        samples: None,
        people: 0,
        falling: false,
        why: String::new(),
    }
}

fn decided(id: String, firing: Firing, did: Did) -> Decided {
    let at = firing.at;
    let symptom = "errors".to_owned();
    Decided { id, at, firing, symptom, act: Act::Auto, outcome: None, rule: None, path: Vec::new(), did }
}

#[test]
fn a_firing_is_decided_once_unless_it_was_only_watched() {
    let mut state = State::new(at(0), at(100));
    let id = state.id_of(&firing(10), at(11)).unwrap();
    state.note(decided(id.clone(), firing(10), Did::Watches { until: at(50) }));
    assert_eq!(state.id_of(&firing(10), at(49)), None, "it is still watched");
    let again = state.id_of(&firing(10), at(50)).unwrap();
    assert_eq!(again, format!("{id}+1"));
    state.note(decided(again, firing(10), Did::Notified));
    assert_eq!(state.id_of(&firing(10), at(99)), None);
    assert_ne!(state.id_of(&firing(60), at(61)), Some(id), "another breach is another firing");
    for since in 100..500 {
        let id = state.id_of(&firing(since), at(since)).unwrap();
        state.note(decided(id, firing(since), Did::Notified));
    }
    assert_eq!(state.decided.len(), 200);
}

#[test]
fn a_state_of_another_version_is_not_read() {
    let mut state = State::new(at(0), at(100));
    state.after = Some(change());
    let mut written = serde_json::to_value(&state).unwrap();
    let read: State = serde_json::from_value(written.clone()).unwrap();
    assert_eq!((read.until, read.after), (at(100), Some(change())));
    written["more"] = true.into();
    assert!(serde_json::from_value::<State>(written.clone()).is_err());
    written.as_object_mut().unwrap().remove("more");
    written["after"]["what"] = "flag".into();
    assert!(serde_json::from_value::<State>(written).is_err());
}

fn change() -> Change {
    Change::Run { run: "20261126T130501Z-1f3a9c04".to_owned(), procedure: "rollback".to_owned(), at: at(7) }
}

/// What is shipped fires in the incidents of its example, and nowhere else.
#[test]
fn the_examples_that_are_shipped_fire_in_their_incidents_only() {
    let cutover = (
        include_str!("../../../../docs/examples/cutover.toml").to_owned(),
        include_str!("../../../../docs/examples/cutover.jsonl"),
    );
    let templates = TEMPLATES
        .iter()
        .zip(RECORDINGS)
        .map(|((_, text), (_, recording))| (format!("version = 1\n[targets.production]\n{text}"), recording));
    for (text, recording) in templates.chain([cutover]) {
        let plan = Plan::parse("plan", &text).unwrap_or_else(|problems| panic!("{problems}"));
        let lines: Vec<Line> = recording.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let every = |source: &backout_plan::plan::PlanSource| {
            let is_pushed = ["reports", "webhook"].iter().any(|kind| source.ask.get(kind).is_some());
            let every = source.every.map_or(Duration::from_secs(10), |every| every.duration());
            (!is_pushed).then_some(every)
        };
        let rules: Vec<_> = plan.triggers.iter().map(|one| rule(one, plan.source_of(one).and_then(every))).collect();
        for judged in replay(&rules, &lines, &calm(&rules, &lines)).triggers {
            assert_eq!(judged.wrong, 0, "{}: {:?}", judged.trigger, judged.firings);
            assert!(judged.missed.is_empty(), "{}: {:?}", judged.trigger, judged.missed);
        }
    }
}
