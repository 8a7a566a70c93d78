//! Sources of a plan, and what they make of answers.

use backout_signals::{Observation, Said};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::reports::Report;
use super::{Source, read, sql};
use backout_plan::Plan;

const PLAN: &str = "version = 1\n[targets.p]\n[[verify]]\nname = \"alive\"\nthat.sql = \"SELECT true\"\n";

fn plan(sources: &str) -> Plan {
    Plan::parse("backout.toml", &format!("{PLAN}{sources}")).unwrap()
}

#[test]
fn kinds_are_read_and_what_is_none_is_named() {
    let plan = plan("");
    let kind = |ask: Value| read(&plan, &ask).map(|(kind, _)| kind);
    assert_eq!(kind(json!({ "prometheus": { "url": "http://p", "query": "up" } })).as_deref(), Ok("prometheus"));
    assert_eq!(kind(json!({ "reports": { "kind": "complaint" } })).as_deref(), Ok("reports"));
    assert_eq!(kind(json!({ "check": "alive" })).as_deref(), Ok("sql"));
    assert_eq!(kind(json!({ "http": { "url": "http://p" } })).as_deref(), Ok("http"));
    let flaw = kind(json!({ "promtheus": {} })).unwrap_err();
    assert_eq!((flaw.path, flaw.suggestion.as_deref()), (vec!["promtheus".to_owned()], Some("prometheus")));
    let flaw = kind(json!({ "check": "alife" })).unwrap_err();
    assert_eq!(flaw.suggestion.as_deref(), Some("alive"));
    let flaw = kind(json!({ "prometheus": { "url": "x", "qury": "up" } })).unwrap_err();
    assert_eq!(
        (flaw.path, flaw.suggestion.as_deref()),
        (vec!["prometheus".to_owned(), "qury".to_owned()], Some("query"))
    );
    assert!(kind(json!({})).is_err());
}

#[test]
fn a_wrong_source_is_a_problem_of_its_line() {
    let plan = plan("[[source]]\nname = \"s\"\nask.sql = { querry = \"SELECT 1\" }\n");
    let problems = Source::of_plan(&plan).unwrap_err().0;
    assert_eq!((problems[0].line, problems[0].suggestion.as_deref()), (8, Some("query")));
}

#[test]
fn counters_give_what_is_new() {
    let mut cursor = Value::Null;
    let mut next = |bad: f64, of: f64| {
        let said = sql::counted(Timestamp::now(), bad, Some(of), Vec::new(), true, &mut cursor).unwrap();
        said.into_iter().next().map(|one| one.said)
    };
    let events = |count, of| Some(Said::Events { count, of: Some(of), who: Vec::new() });
    assert_eq!(next(10.0, 100.0), None, "nothing is known of before");
    assert_eq!(next(13.0, 140.0), events(3, 40));
    assert_eq!(next(2.0, 5.0), events(2, 5), "the service began again");
    assert!(sql::counted(Timestamp::now(), f64::NAN, None, Vec::new(), false, &mut Value::Null).is_err());
    assert!(sql::counted(Timestamp::now(), -1.0, None, Vec::new(), false, &mut Value::Null).is_err());
}

#[test]
fn reports_are_heard_by_their_kind() {
    let plan = plan("[[source]]\nname = \"c\"\nask.reports = { kind = \"complaint\" }\n");
    let source = Source::of_plan(&plan).unwrap().remove(0);
    assert_eq!(source.every, None);
    let report = |kind: &str| Report {
        kind: kind.to_owned(),
        count: 2,
        who: vec!["a".to_owned()],
        note: String::new(),
        by: "anna".to_owned(),
    };
    let heard = |report: &Report| source.heard(&serde_json::to_vec(report).unwrap(), Timestamp::UNIX_EPOCH);
    let said = Said::Events { count: 2, of: None, who: vec!["a".to_owned()] };
    assert_eq!(heard(&report("complaint")), Some(Observation { at: Timestamp::UNIX_EPOCH, said }));
    assert_eq!(heard(&report("escalation")), None);
    assert!(matches!(source.heard(b"{}", Timestamp::UNIX_EPOCH).unwrap().said, Said::Failed { .. }));
}
