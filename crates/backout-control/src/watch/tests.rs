//! What is compiled, and what is kept.

use std::time::Duration;

use backout_plan::Plan;
use backout_plan::plan::Act;
use backout_signals::backtest::{Line, replay};
use backout_signals::{Facts, Firing, Limit, Measure, Outcome, Veto};
use jiff::Timestamp;

use super::backtest::calm;
use super::bake::Change;
use super::state::{Decided, Did, State};
use crate::init::{RECORDINGS, TEMPLATES};
use crate::triggers::{Compiled, rule, tree};

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

/// A trigger, how it acts, and what follows.
type Follows = (&'static str, Act, &'static str);

/// What the runbooks say about each trigger, and what follows where it fires in its example, soon after a release.
const MATRICES: [(&str, &[Follows]); 4] = [
    (
        "plain",
        &[
            ("database errors", Act::Ask, "way U"),
            ("complaints", Act::Notify, "monitor"),
            ("data loss", Act::Ask, "way B"),
        ],
    ),
    (
        // 001 and 000. Where 001 restores because of database errors, the cheaper way U comes first, and B after it.
        "meetsolis",
        &[
            ("error rate", Act::Auto, "way A"),
            ("5xx", Act::Auto, "way A"),
            ("login failures", Act::Auto, "way A"),
            ("database errors", Act::Ask, "way U"),
            ("rows of others are seen", Act::Ask, "way C"),
            ("AI cost", Act::Auto, "way F"),
            ("AI cost beyond the usual", Act::Auto, "way F"),
            ("tables of epic 1 are gone", Act::Ask, "way B"),
            ("some complain", Act::Notify, "way A"),
            ("complaints", Act::Ask, "way A"),
            ("slow", Act::Ask, "way A"),
            ("slower than usual", Act::Ask, "way A"),
            ("a customer escalates", Act::Ask, "way A"),
            ("rows are wrong", Act::Ask, "way U"),
            ("somebody saw rows of others", Act::Ask, "way C"),
            ("an alert of Sentry", Act::Notify, "monitor"),
            ("something small", Act::Notify, "fix"),
        ],
    ),
    (
        // 004
        "aias",
        &[
            ("critical bug", Act::Ask, "way code"),
            ("the application does not answer", Act::Ask, "way code"),
            ("performance", Act::Ask, "way code"),
            ("database errors", Act::Ask, "way database"),
            ("data corruption", Act::Ask, "way database"),
            ("security", Act::Ask, "way code"),
            ("feature broken", Act::Ask, "way flags"),
            ("wrong configuration", Act::Ask, "way environment"),
        ],
    ),
    (
        // 003
        "cutover",
        &[
            ("row counts differ", Act::Ask, "way V1"),
            ("the checksum differs", Act::Ask, "way V1"),
            ("foreign keys do not hold", Act::Ask, "way V1"),
            ("login failures", Act::Ask, "way V1"),
            ("data corruption", Act::Ask, "way V1"),
            ("slower than V1", Act::Notify, "fix"),
            ("critical errors", Act::Notify, "monitor"),
            ("something small", Act::Notify, "fix"),
        ],
    ),
];

/// What is shipped fires in the incidents of its example, and nowhere else; and what follows is what the runbook says.
#[test]
fn the_examples_that_are_shipped_fire_in_their_incidents_only() {
    let cutover = (
        include_str!("../../../../docs/examples/cutover.toml").to_owned(),
        include_str!("../../../../docs/examples/cutover.jsonl"),
    );
    let templates = TEMPLATES
        .iter()
        .zip(RECORDINGS)
        .map(|((name, text), (_, recording))| (*name, format!("version = 1\n[targets.production]\n{text}"), recording));
    let cutover = std::iter::once(("cutover", cutover.0, cutover.1));
    for (name, text, recording) in templates.chain(cutover) {
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
            let trigger = plan.triggers.iter().find(|one| one.name == judged.trigger).unwrap();
            let follows = judged.firings.first().map(|firing| {
                let facts = Facts {
                    symptom: trigger.symptom().to_owned(),
                    trigger: firing.trigger.clone(),
                    value: firing.value,
                    people: firing.people,
                    falling: firing.falling,
                    minutes_since_release: Some(20),
                };
                let of_tree = tree(&plan).decide(&facts).outcome;
                let own = trigger.way.clone().map(|way| Outcome::RollBack { way });
                match own.or(of_tree) {
                    Some(Outcome::RollBack { way }) => format!("way {way}"),
                    Some(Outcome::Monitor { .. }) => "monitor".to_owned(),
                    Some(Outcome::FixInPlace { .. }) => "fix".to_owned(),
                    None => "nothing".to_owned(),
                }
            });
            let wanted = MATRICES.iter().find(|(of, _)| *of == name).unwrap().1;
            let wanted = wanted.iter().find(|(of, ..)| *of == judged.trigger);
            assert_eq!(follows.as_deref(), wanted.map(|(.., follows)| *follows), "{name}: {}", judged.trigger);
            assert!(wanted.is_none_or(|(_, act, _)| *act == trigger.act), "{name}: {}", judged.trigger);
        }
    }
}
