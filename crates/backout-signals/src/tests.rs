//! Observations in, verdicts and firings out.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::backtest::{Incident, Line, replay};
use crate::observation::{Observation, Said};
use crate::rule::{Limit, Measure, Rule, Sequential, Veto};
use crate::tree::{Branch, Facts, Outcome, Tree, When};
use crate::watch::{Around, Reading, Verdict, Watch};

const SECOND: Duration = Duration::from_secs(1);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + ms).unwrap()
}

fn rule(measure: Measure, limit: Limit) -> Rule {
    Rule {
        name: "errors".to_owned(),
        measure,
        over: 60 * SECOND,
        limit,
        hold: Duration::ZERO,
        at_least: 1,
        clears_at: None,
        cool_down: Duration::ZERO,
        silent_after: 30 * SECOND,
        vetoes: Vec::new(),
        veto_for: 600 * SECOND,
        sequential: None,
    }
}

fn errors(ms: i64, count: u64, of: u64) -> Observation {
    Observation::events(at(ms), count, Some(of))
}

fn judge(watch: &mut Watch, ms: i64) -> Reading {
    watch.judge(at(ms), &Around::default())
}

#[test]
fn missing_data_is_neither_healthy_nor_a_breach() {
    let mut watch = Watch::new(rule(Measure::Ratio, Limit::Above(0.05)));
    assert_eq!(judge(&mut watch, 0).verdict, Verdict::NoData);
    watch.take(errors(1_000, 0, 100));
    assert_eq!(judge(&mut watch, 1_000).verdict, Verdict::Healthy);
    assert_eq!(judge(&mut watch, 31_000).verdict, Verdict::Healthy);
    assert_eq!(judge(&mut watch, 31_001).verdict, Verdict::NoData);
    watch.take(Observation::failed(at(32_000), "refused"));
    let failed = judge(&mut watch, 32_000);
    assert_eq!(failed.verdict, Verdict::SourceError);
    assert!(failed.why.contains("refused"), "{}", failed.why);
    // An answer that was on its way longer than the failure does not outdo it; one after it does.
    watch.take(errors(31_999, 50, 100));
    assert_eq!(judge(&mut watch, 32_000).verdict, Verdict::SourceError);
    watch.take(errors(33_000, 0, 0));
    assert_eq!(judge(&mut watch, 33_000).verdict, Verdict::Breached);
    let mut idle = Watch::new(rule(Measure::Ratio, Limit::Above(0.05)));
    idle.take(errors(0, 0, 0));
    assert_eq!(judge(&mut idle, 0).verdict, Verdict::Inconclusive, "no request is no share of errors");
    let mut odd = Watch::new(rule(Measure::Last, Limit::Above(0.05)));
    odd.take(Observation::reading(at(0), f64::NAN));
    assert_eq!(judge(&mut odd, 0).verdict, Verdict::SourceError);
}

#[test]
fn it_fires_once_when_the_limit_was_passed_for_long_enough() {
    let mut watch = Watch::new(Rule { hold: 10 * SECOND, ..rule(Measure::Ratio, Limit::Above(0.05)) });
    let mut fired = Vec::new();
    for second in 0..60 {
        watch.take(errors(second * 1_000, 10, 100));
        fired.extend(judge(&mut watch, second * 1_000).fires.map(|firing| (second, firing.value, firing.samples)));
    }
    assert_eq!(fired, [(10, 0.1, Some(1_100))]);
}

#[test]
fn a_gap_begins_the_time_anew() {
    let mut watch = Watch::new(Rule { hold: 40 * SECOND, ..rule(Measure::Ratio, Limit::Above(0.05)) });
    watch.take(errors(0, 10, 100));
    assert_eq!(judge(&mut watch, 0).since, Some(at(0)));
    assert_eq!(judge(&mut watch, 35_000).verdict, Verdict::NoData);
    watch.take(errors(41_000, 10, 100));
    let after = judge(&mut watch, 41_000);
    assert_eq!((after.since, after.fires), (Some(at(41_000)), None));
}

#[test]
fn a_breach_clears_where_the_rule_says_and_rests_after_it_fired() {
    let wanted =
        Rule { over: SECOND, clears_at: Some(0.03), cool_down: 20 * SECOND, ..rule(Measure::Last, Limit::Above(0.05)) };
    let mut watch = Watch::new(wanted);
    let mut seen = Vec::new();
    for (second, value) in [(0, 0.06), (1, 0.04), (2, 0.02), (3, 0.06), (19, 0.07), (20, 0.07)] {
        watch.take(Observation::reading(at(second * 1_000), value));
        let reading = judge(&mut watch, second * 1_000);
        seen.push((second, reading.verdict, reading.fires.is_some()));
    }
    use Verdict::{Breached, Healthy};
    assert_eq!(
        seen,
        [
            (0, Breached, true),
            (1, Breached, false),
            (2, Healthy, false),
            (3, Breached, false),
            (19, Breached, false),
            (20, Breached, true)
        ]
    );
}

#[test]
fn measures() {
    let value = |measure, observations: Vec<Observation>| {
        let mut watch = Watch::new(rule(measure, Limit::Above(1e12)));
        observations.into_iter().for_each(|one| watch.take(one));
        judge(&mut watch, 20_000).value.unwrap()
    };
    let events = || vec![errors(0, 3, 10), errors(10_000, 1, 30)];
    assert_eq!(value(Measure::Count, events()), 4.0);
    assert_eq!(value(Measure::PerMinute, events()), 4.0);
    assert_eq!(value(Measure::PerHour, events()), 240.0);
    assert_eq!(value(Measure::Ratio, events()), 0.1);
    assert_eq!(value(Measure::Absence, events()), 10.0);
    let readings = || vec![Observation::reading(at(10_000), 5.0), Observation::reading(at(0), 1.0)];
    assert_eq!(value(Measure::Last, readings()), 5.0, "the newest, not the one that came last");
    assert_eq!(value(Measure::Mean, readings()), 3.0);
    assert_eq!(value(Measure::Sum, readings()), 6.0);
    assert_eq!(value(Measure::Max, readings()), 5.0);
    let who = |names: &[&str], count| Observation {
        at: at(0),
        said: Said::Events { count, of: None, who: names.iter().map(|name| (*name).to_owned()).collect() },
    };
    assert_eq!(value(Measure::People, vec![who(&["a", "b"], 2), who(&["a"], 3)]), 4.0, "two of them nameless");
    let samples =
        || vec![Observation { at: at(0), said: Said::Samples { values: (1..=1000).map(f64::from).collect() } }];
    for (share, expected) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0)] {
        let is = value(Measure::Quantile(share), samples());
        assert!((is / expected - 1.0).abs() < 0.011, "{share}: {is}");
    }
    let negative = vec![Observation { at: at(0), said: Said::Samples { values: vec![-8.0, -4.0, 0.0, 2.0] } }];
    let is = value(Measure::Quantile(0.25), negative);
    assert!((is + 8.0).abs() < 0.1, "{is}");
}

#[test]
fn a_baseline_that_nobody_has_measured_concludes_nothing() {
    let mut watch = Watch::new(rule(Measure::Last, Limit::TimesBaseline(2.5)));
    watch.take(Observation::reading(at(0), 300.0));
    assert_eq!(judge(&mut watch, 0).verdict, Verdict::Inconclusive);
    let around = |baseline| Around { baseline: Some(baseline), ..Around::default() };
    assert_eq!(watch.judge(at(0), &around(121.0)).verdict, Verdict::Healthy);
    assert_eq!(watch.judge(at(0), &around(119.0)).verdict, Verdict::Breached);
}

#[test]
fn vetoes_hold_back_for_their_time_and_say_why() {
    let vetoed = |veto: Veto, feed: &dyn Fn(&mut Watch, i64), around: &Around| {
        let wanted = Rule { vetoes: vec![veto], veto_for: 30 * SECOND, ..rule(Measure::Ratio, Limit::Above(0.005)) };
        let mut watch = Watch::new(wanted);
        let mut held = Vec::new();
        for second in 0..100 {
            feed(&mut watch, second);
            let reading = watch.judge(at(second * 1_000), around);
            if reading.fires.is_some() {
                return (Some(second), held.len());
            }
            held.extend(reading.vetoed);
        }
        (None, held.len())
    };
    let none = Around::default();
    let rising = |watch: &mut Watch, second: i64| watch.take(errors(second * 1_000, 3, 100));
    let falling = |watch: &mut Watch, s: i64| watch.take(errors(s * 1_000, if s < 20 { 4 } else { 2 }, 100));
    assert_eq!(vetoed(Veto::Falling { below: 0.05 }, &rising, &none), (Some(0), 0));
    let (fires, held) = vetoed(Veto::Falling { below: 0.05 }, &falling, &none);
    assert_eq!((fires, held), (Some(0), 0), "it did not fall at the beginning");
    let names = |of: usize| {
        move |watch: &mut Watch, second: i64| {
            let who = (0..of).map(|one| format!("u{one}")).collect::<Vec<_>>();
            let said = Said::Events { count: of as u64, of: Some(100), who };
            watch.take(Observation { at: at(second * 1_000), said });
        }
    };
    assert_eq!(vetoed(Veto::FewPeople { under: 3 }, &names(2), &none), (None, 100));
    assert_eq!(vetoed(Veto::FewPeople { under: 3 }, &names(3), &none), (Some(0), 0));
    let critical = || Veto::NotCritical { unless: vec!["checkout".to_owned()] };
    assert_eq!(vetoed(critical(), &rising, &none), (None, 100));
    let checkout = Around { breached: ["checkout".to_owned()].into(), ..Around::default() };
    assert_eq!(vetoed(critical(), &rising, &checkout), (Some(0), 0));
    assert_eq!(vetoed(Veto::Known { reason: "a test".to_owned() }, &rising, &none).0, None);
    // A reason that is gone is asked about again only when its time is over.
    let few_at_first = |watch: &mut Watch, second: i64| names(if second < 10 { 1 } else { 5 })(watch, second);
    assert_eq!(vetoed(Veto::FewPeople { under: 3 }, &few_at_first, &none), (Some(30), 30));
}

#[test]
fn what_was_written_down_in_the_middle_goes_on_alike() {
    let wanted = Rule { hold: 7 * SECOND, ..rule(Measure::Ratio, Limit::Above(0.05)) };
    let fires = |split: Option<i64>, parts: u64| {
        let mut watch = Watch::new(wanted.clone());
        let mut fired = Vec::new();
        for second in 0..40 {
            if split == Some(second) {
                watch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
            }
            let bad = if (second / 5) % 2 == 0 { 20 } else { 1 };
            for part in 0..parts {
                let ms = second * 1_000 + i64::try_from(part * 7 % 900).unwrap();
                watch.take(errors(ms, bad, 100));
            }
            fired.extend(judge(&mut watch, second * 1_000 + 900).fires);
        }
        fired.iter().map(|firing| firing.at).collect::<Vec<_>>()
    };
    let whole = fires(None, 1);
    assert_eq!(whole.len(), 1);
    for split in [0, 3, 7, 8, 20, 39] {
        assert_eq!(fires(Some(split), 1), whole, "{split}");
    }
    assert_eq!(fires(None, 10), whole, "ten times the traffic in other pieces");
}

#[test]
fn memory_is_bounded_and_a_clock_may_go_back() {
    let mut watch = Watch::new(rule(Measure::Count, Limit::Above(1e12)));
    for one in 0..1_000_000_i64 {
        let who = if one % 10 == 0 { vec![format!("u{one}")] } else { Vec::new() };
        watch.take(Observation { at: at(one), said: Said::Events { count: 1, of: None, who } });
        if one % 100_000 == 0 {
            judge(&mut watch, one);
        }
    }
    judge(&mut watch, 1_000_000);
    let size = serde_json::to_vec(&watch).unwrap().len();
    assert!(size < 700_000, "{size} bytes");
    let mut back = Watch::new(Rule { hold: 5 * SECOND, ..rule(Measure::Count, Limit::Above(0.5)) });
    back.take(Observation::events(at(10_000), 1, None));
    assert_eq!(judge(&mut back, 10_000).since, Some(at(10_000)));
    let earlier = judge(&mut back, 2_000);
    assert!(earlier.fires.is_none() && earlier.since <= Some(at(10_000)), "{earlier:?}");
}

#[test]
fn a_rule_that_changed_keeps_what_it_still_asks_for() {
    let mut watch = Watch::new(rule(Measure::Count, Limit::Above(100.0)));
    watch.take(Observation::events(at(0), 7, None));
    watch.adopt(rule(Measure::Count, Limit::Above(5.0)));
    assert_eq!(judge(&mut watch, 0).verdict, Verdict::Breached);
    watch.adopt(rule(Measure::PerMinute, Limit::Above(5.0)));
    assert_eq!(judge(&mut watch, 0).verdict, Verdict::NoData);
}

/// A generator that gives the same numbers each time.
struct Draws(u64);

impl Draws {
    fn below(&mut self, share: f64) -> bool {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = u32::try_from(self.0 >> 33).unwrap();
        f64::from(number) / f64::from(1_u32 << 31) < share
    }
}

#[test]
fn the_sequential_test_is_early_and_seldom_wrong() {
    let test = Sequential { p0: 0.01, p1: 0.05, alpha: 0.001, beta: 0.05 };
    let wanted = || Rule { sequential: Some(test), ..rule(Measure::Ratio, Limit::Above(0.05)) };
    let mut draws = Draws(7);
    let mut first_alarm = |share: f64, requests: u32| {
        let mut watch = Watch::new(wanted());
        (0..requests).find(|number| {
            watch.take(errors(i64::from(*number) * 10, u64::from(draws.below(share)), 1));
            judge(&mut watch, i64::from(*number) * 10).verdict == Verdict::Breached
        })
    };
    let noticed: Vec<u32> = (0..200).filter_map(|_| first_alarm(0.083, 2_000)).collect();
    assert_eq!(noticed.len(), 200);
    let mean = f64::from(noticed.iter().sum::<u32>()) / 200.0;
    assert!(mean < 120.0, "{mean} requests until 8.3 % are noticed");
    let false_alarms = (0..200).filter(|_| first_alarm(0.01, 1_000).is_some()).count();
    assert!(false_alarms < 20, "{false_alarms} of 200 calm stretches of 1,000 requests");
}

#[test]
fn the_first_branch_that_holds_decides_and_the_path_is_kept() {
    let branch = |name: &str, when: When, then: Outcome| Branch { name: name.to_owned(), when, then };
    let back = |way: &str| Outcome::RollBack { way: way.to_owned() };
    let tree = Tree(vec![
        branch("exposed", When { symptom: vec!["data-exposure".to_owned()], ..When::default() }, back("C")),
        branch(
            "fading",
            When { value_above: Some(0.0), falling: Some(true), ..When::default() },
            Outcome::Monitor { time: 600 * SECOND },
        ),
        branch(
            "fresh",
            When { minutes_since_release_under: Some(60), people_at_least: Some(3), ..When::default() },
            back("A"),
        ),
    ]);
    let facts = Facts {
        symptom: "errors".to_owned(),
        trigger: "error rate".to_owned(),
        value: 0.08,
        people: 3,
        falling: false,
        minutes_since_release: Some(5),
    };
    let decision = tree.decide(&facts);
    assert_eq!(decision.rule.as_deref(), Some("fresh"));
    assert_eq!(decision.path.iter().map(|asked| asked.held).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(tree.decide(&Facts { falling: true, ..facts.clone() }).rule.as_deref(), Some("fading"));
    assert_eq!(tree.decide(&Facts { symptom: "data-exposure".to_owned(), ..facts.clone() }).outcome, Some(back("C")));
    for other in [
        Facts { people: 2, ..facts.clone() },
        Facts { minutes_since_release: None, ..facts.clone() },
        Facts { minutes_since_release: Some(60), ..facts.clone() },
    ] {
        let none = tree.decide(&other);
        assert_eq!((none.outcome, none.path.len()), (None, 3), "{other:?}");
    }
}

#[test]
fn a_backtest_counts_what_was_right_and_finds_the_better_limit() {
    let mut lines = Vec::new();
    for minute in 0..60_i64 {
        // A calm stretch, one peak that is no incident, and an incident at its end.
        let share = match minute {
            20..=22 => 6,
            45..=60 => 12,
            _ => 1,
        };
        let observation = errors(minute * 60_000, share, 100);
        lines.push(Line::Observed { trigger: "errors".to_owned(), observation });
    }
    let (from, to) = (at(45 * 60_000), at(60 * 60_000));
    lines.push(Line::Incident(Incident {
        incident: "broken".to_owned(),
        from,
        to,
        triggers: vec!["errors".to_owned()],
    }));
    let wanted = Rule { silent_after: 300 * SECOND, ..rule(Measure::Ratio, Limit::Above(0.03)) };
    let report = replay(std::slice::from_ref(&wanted), &lines, &BTreeMap::new());
    let judged = &report.triggers[0];
    assert_eq!((judged.right, judged.wrong, judged.missed.len()), (1, 1, 0));
    assert_eq!((judged.precision, judged.recall), (Some(0.5), Some(1.0)));
    let better = judged.suggestion.as_ref().unwrap();
    assert_eq!((better.right, better.wrong, better.missed), (1, 0, 0));
    assert!(better.limit >= 0.05 && better.limit < 0.12, "{better:?}");
    let deaf = Rule { limit: Limit::Above(0.5), ..wanted };
    let report = replay(&[deaf], &lines, &BTreeMap::new());
    assert_eq!(report.triggers[0].missed, ["broken"]);
    assert_eq!(report.triggers[0].recall, Some(0.0));
}

/// What is not critical by itself is where something else that is was breached then.
#[test]
fn a_backtest_asks_what_else_was_breached() {
    let critical = Rule { name: "critical".to_owned(), ..rule(Measure::Last, Limit::Above(5.0)) };
    let unless = vec!["critical".to_owned()];
    let minor = Rule {
        name: "minor".to_owned(),
        vetoes: vec![Veto::NotCritical { unless }],
        veto_for: 10 * SECOND,
        ..critical.clone()
    };
    let line = |trigger: &str, second: i64, value: f64| Line::Observed {
        trigger: trigger.to_owned(),
        observation: Observation::reading(at(second * 1000), value),
    };
    let fires = |critical_from: i64| {
        let mut lines = Vec::new();
        for second in (0..100).step_by(5) {
            lines.push(line("minor", second, 9.0));
            lines.push(line("critical", second, if second >= critical_from { 9.0 } else { 1.0 }));
        }
        let report = replay(&[critical.clone(), minor.clone()], &lines, &BTreeMap::new());
        report.triggers[1].firings.iter().map(|firing| firing.at).collect::<Vec<_>>()
    };
    assert!(fires(1000).is_empty());
    assert_eq!(fires(42), [at(50_000)], "asked again when the veto's time is over");
}

#[test]
fn a_recording_is_read_as_it_is_written() {
    let text = r#"{"trigger":"errors","at":"2026-11-26T10:00:00Z","kind":"events","count":3,"of":100,"who":["u1"]}"#;
    let line: Line = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&line).unwrap(), text);
    let text =
        r#"{"incident":"broken","from":"2026-11-26T10:00:00Z","to":"2026-11-26T11:00:00Z","triggers":["errors"]}"#;
    assert!(matches!(serde_json::from_str(text), Ok(Line::Incident(_))));
    let text = r#"{"trigger":"errors","at":"2026-11-26T10:00:00Z","kind":"guess"}"#;
    assert!(serde_json::from_str::<Line>(text).is_err());
}
