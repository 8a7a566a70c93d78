//! What is due when, under a clock of the test's own.

use std::time::Duration;

use backout_plan::Plan;
use backout_plan::plan::PlanOccasion;
use jiff::{SignedDuration, Timestamp};

use super::due::{due, key};
use super::facts::{Known, facts};
use crate::incident::record::tests::{at, own, rollback};
use crate::incident::record::{Beside, Record, build};
use crate::incident::{Duty, Own};
use crate::ledger::{Entry, What};
use crate::runs::Journal;
use crate::tell::{self, Facts};

const PLAN: &str = r#"
version = 1
[targets.production]
[[way]]
name = "A"
[[way.step]]
name = "flag off"
do = "wait"
with = { time = "1s" }
[[way]]
name = "U"
[[way.step]]
name = "undo"
do = "undo"
[[channel]]
name = "team"
to.webhook = { url = "env:TEAM" }
[[channel]]
name = "page"
to.webhook = { url = "env:PAGE" }
[[message]]
name = "start"
on = "run-started"
to = ["team"]
template = "rollback-started"
[[message]]
name = "update"
on = "every"
every = "10m"
to = ["team"]
template = "rollback-update"
[[message]]
name = "changed"
on = "way-changed"
to = ["team"]
template = "way-changed"
[[message]]
name = "complete"
on = "run-ended"
to = ["team"]
template = "rollback-complete"
[[message]]
name = "leak"
on = "opened"
to = ["page"]
text = "x"
when = { exposed = true }
[[message]]
name = "harmless"
on = "opened"
to = ["page"]
text = "x"
when = { exposed = false }
[[message]]
name = "late"
on = "overdue"
to = ["team", "page"]
template = "duty-overdue"
[[duty]]
name = "authority"
within = "72h"
checklist = ["nature", "contact"]
"#;

fn plan() -> Plan {
    Plan::parse("backout.toml", PLAN).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The incident of 000: a firing, a way back that changes its way, and its end; not resolved.
fn open() -> Own {
    let mut own = own("it fails");
    own.entries.retain(|entry| !matches!(entry.what, What::Resolved { .. } | What::DutyDone { .. }));
    own
}

fn record(own: &Own, now: Timestamp) -> Record {
    record_of(own, &[rollback("it fails")], now)
}

fn record_of(own: &Own, journals: &[Journal], now: Timestamp) -> Record {
    let duties: Vec<Duty> = plan().duties.iter().map(Duty::from).collect();
    build(own, journals, Beside::default(), &duties, now)
}

/// The messages that are due, by their names and the minute of the incident in which each happened.
fn names(own: &Own, now: Timestamp) -> Vec<(String, i64)> {
    names_of(&record(own, now), now)
}

fn names_of(record: &Record, now: Timestamp) -> Vec<(String, i64)> {
    let plan = plan();
    let since = |at: Timestamp| at.duration_since(record.opened).as_secs().div_euclid(60);
    due(&plan, record, now).iter().map(|one| (plan.messages[one.number].name.clone(), since(one.occasion.at))).collect()
}

fn after(minutes: i64) -> Timestamp {
    at(62).checked_add(SignedDuration::from_secs(minutes * 60)).unwrap()
}

#[test]
fn each_message_is_due_in_the_order_of_what_it_follows() {
    let named = |all: &[(&str, i64)]| all.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect::<Vec<_>>();
    let run = [("leak", 0), ("start", 0), ("changed", 0), ("complete", 0)];
    assert_eq!(names(&open(), after(9)), named(&run));
    // Nobody is told every ten minutes that it is over.
    assert_eq!(names(&open(), after(39)), named(&run));
    // Where nothing is over there is one more every ten minutes, and only the newest: what was missed is not made up for.
    for (minutes, last) in [(9, None), (10, Some(10)), (39, Some(30))] {
        let record = record_of(&open(), &[], after(minutes));
        let updates = last.map(|at| ("update", at));
        let expected: Vec<(&str, i64)> = [("harmless", 0)].into_iter().chain(updates).collect();
        assert_eq!(names_of(&record, after(minutes)), named(&expected));
    }
    // What is over is not spoken of every ten minutes.
    let mut resolved = open();
    let what = What::Resolved { because: "all is well".to_owned() };
    resolved.entries.push(Entry { at: after(35), by: "anna".to_owned(), what });
    assert_eq!(names(&resolved, after(50)), named(&run));
    // What happened over a day ago is said by nobody; an overdue duty is, until it is done.
    assert_eq!(names(&resolved, after(71 * 60)), []);
    let overdue = names(&resolved, after(73 * 60));
    assert_eq!(overdue, named(&[("late", 71 * 60 + 59)]));
    for item in ["nature", "contact"] {
        let what = What::DutyDone { duty: "authority".to_owned(), items: vec![item.to_owned()], note: String::new() };
        resolved.entries.push(Entry { at: after(73 * 60), by: "anna".to_owned(), what });
    }
    assert_eq!(names(&resolved, after(74 * 60)), []);
}

#[test]
fn keys_are_the_same_whenever_it_is_looked() {
    let plan = plan();
    let keys = |now: Timestamp| {
        let record = record(&open(), now);
        let all = due(&plan, &record, now);
        let of_run = all.iter().filter(|one| one.occasion.on != PlanOccasion::Every);
        let keys = of_run.map(|one| key(&record, &plan.messages[one.number], &one.occasion, "team", None));
        keys.collect::<Vec<_>>()
    };
    let first = keys(after(5));
    assert_eq!(first.len(), 4);
    assert_eq!(first, keys(after(600)));
    let mut once = first.clone();
    once.dedup();
    assert_eq!(once, first);
}

/// Every figure of a message is that of the record, and what the record does not know is not known.
#[test]
fn figures_are_those_of_the_record() {
    let (plan, now) = (plan(), after(9));
    let record = record(&open(), now);
    let all = due(&plan, &record, now);
    let of = |name: &str| -> Facts {
        let one = all.iter().find(|one| plan.messages[one.number].name == name).unwrap();
        let message = &plan.messages[one.number];
        facts(&record, &one.occasion, &Known { plan: &plan, message, readings: &[], reader: None, now })
    };
    let facts = of("complete");
    let run = &record.runs[0];
    assert_eq!(facts.run.id.as_deref(), Some(run.run.as_str()));
    assert_eq!(facts.run.took_minutes, Some(run.took_ms as f64 / 60_000.0));
    assert_eq!((facts.started, facts.ended), (Some(run.opened), run.ended));
    assert_eq!(facts.affected.as_ref().map(|it| (it.users, it.rows, it.exact)), Some((2, 7, true)));
    // The undo held its locks for 12.5 ms, and nothing else stopped a write.
    assert_eq!(facts.downtime_minutes, Some(12.5 / 60_000.0));
    assert_eq!(facts.lost.rows, record.lost.rows);
    assert_eq!(facts.next_update_minutes, Some(10.0));
    let steps: Vec<(&str, &str)> =
        facts.run.steps.iter().map(|step| (step.name.as_str(), step.status.as_str())).collect();
    assert_eq!(steps, [("impact", "done"), ("export", "done"), ("undo", "done")]);
    assert_eq!((facts.run.next.len(), facts.way.eta_minutes), (0, None));
    // The trigger is none of this plan's: what it measures is not known.
    assert_eq!((facts.trigger, facts.reading, facts.exposed), (None, None, tell::Exposed::default()));
    let changed = of("changed").changed.unwrap();
    assert_eq!((changed.from.as_str(), changed.because.as_str()), ("A", "flag off: it fails"));
    assert_eq!(facts.people, tell::People::default());
    assert!(Duration::try_from(now.duration_since(record.opened)).is_ok());
}
