//! What is due of made incidents under a clock that the test turns, and the figures that messages have then.

use std::collections::BTreeSet;

use backout_plan::Plan;
use backout_plan::plan::Act;
use backout_runbook::procedure::{Approval, Millis, Retry};
use backout_runbook::{Event, OnFailure, Outcome, Procedure, Record as Journaled, Step, Way, chain};
use backout_signals::Firing;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::due::{self, Due, Occasion, Reader};
use super::facts::Known;
use super::post;
use crate::decided::{Decided, Did};
use crate::incident::record::{Beside, build};
use crate::incident::{Duty, Record};
use crate::ledger::{Entry, Own, What};
use crate::runs::Journal;
use crate::tell;

const RUN: &str = "20260107T142300Z-1";
const PLAN: &str = r##"version = 1
[targets.production]
[[source]]
name = "errors"
every = "10s"
ask.http = { url = "http://localhost/" }
[[trigger]]
name = "Error rate"
source = "errors"
measure = "ratio"
over = "5m"
above = 0.05
act = "notify"
[[way]]
name = "A"
[[way.step]]
name = "flags off"
do = "notify"
[[way]]
name = "U"
[[way.step]]
name = "undo"
do = "notify"
[[channel]]
name = "incidents"
to.webhook = { url = "env:HOOK", secret = "env:KEY" }
[[channel]]
name = "users"
to.mail = { server = "env:SMTP", from = "a@example.org" }
[[message]]
name = "started"
on = "run-started"
to = ["incidents"]
template = "rollback-started"
[[message]]
name = "update"
on = "every"
every = "10m"
to = ["incidents"]
template = "rollback-update"
[[message]]
name = "changed"
on = "way-changed"
to = ["incidents"]
template = "way-changed"
[[message]]
name = "complete"
on = "run-ended"
to = ["incidents"]
template = "rollback-complete"
[[message]]
name = "over"
on = "resolved"
to = ["incidents"]
text = "{{ incident.because|default(\"it is over\") }}"
[[message]]
name = "to users"
on = "run-ended"
to = ["users"]
audience = "affected"
approve = true
when = { exposed = true }
subject = "What has happened"
text = "Hello {{ user.name|default(\"there\") }}: {{ user.rows }} of your rows."
[[message]]
name = "late"
on = "overdue"
to = ["incidents"]
template = "duty-overdue"
[[duty]]
name = "users"
within = "2h"
when = { exposed = true }
notice = "to users"
[[duty]]
name = "authority"
within = "72h"
when = { exposed = true }
checklist = ["nature of the breach"]
[impact]
on = [{ name = "public.notes" }]
addresses = "SELECT id::text, email, name FROM users"
"##;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_795_780 + second).unwrap()
}

fn plan() -> Plan {
    Plan::parse("backout.toml", PLAN).unwrap_or_else(|errors| panic!("{errors}"))
}

fn step(name: &str, kind: &str, minutes: u64) -> Step {
    Step {
        name: name.to_owned(),
        kind: kind.to_owned(),
        action: json!({}),
        budget: Millis(minutes * 60_000),
        retry: Retry::default(),
        on_failure: OnFailure::Escalate,
        undo: None,
        approval: None,
        beforehand: false,
    }
}

fn intended(step: usize) -> Event {
    Event::Intended { step, attempt: 1, preview: String::new() }
}

fn settled(step: usize, facts: Value) -> Event {
    Event::Settled { step, attempt: 1, outcome: Outcome::Done { facts } }
}

fn failed(step: usize, why: &str) -> Event {
    let outcome = Outcome::Failed { why: why.to_owned(), again: false, facts: Value::Null };
    Event::Settled { step, attempt: 1, outcome }
}

/// A story is told by its seconds: a journal up to a moment, and what was noted by then.
struct Story {
    plan: Plan,
    journal: Vec<(i64, Event)>,
    noted: Vec<(i64, What)>,
}

impl Story {
    fn at(&self, now: Timestamp) -> Record {
        let mut records: Vec<Journaled> = Vec::new();
        for (second, event) in self.journal.iter().filter(|(second, _)| at(*second) <= now) {
            let head = records.last().map(Journaled::head);
            records.push(Journaled::after(RUN, head.as_ref(), at(*second), "anna@laptop", 1, event));
        }
        let mut own =
            Own::new("2026-01-07-1".to_owned(), at(0), "anna@laptop", "errors", Some("production".to_owned()));
        let noted = self.noted.iter().filter(|(second, _)| at(*second) <= now);
        own.entries = noted
            .map(|(second, what)| Entry { at: at(*second), by: "anna@laptop".to_owned(), what: what.clone() })
            .collect();
        let journals: Vec<Journal> = records
            .last()
            .map(Journaled::head)
            .map(|head| {
                let state = chain::read(RUN, &records, Some(&head)).unwrap().unwrap();
                Journal { run: RUN.to_owned(), records: records.clone(), head, state }
            })
            .into_iter()
            .collect();
        let duties: Vec<Duty> = self.plan.duties.iter().map(Duty::from).collect();
        build(&own, &journals, Beside::default(), &duties, now)
    }

    /// What is posted when somebody looks at each of these seconds, in the order of posting: seconds and short keys.
    fn told(&self, seconds: impl Iterator<Item = i64>, readers: &[Reader]) -> Vec<(i64, String)> {
        let (mut known, mut told) = (BTreeSet::new(), Vec::new());
        for second in seconds {
            let record = self.at(at(second));
            for due in self.due(&record, at(second), readers) {
                if known.insert(due.key.clone()) {
                    let name = &self.plan.messages[due.message].name;
                    told.push((second, format!("{name} {}", due.occasion.named().replace(RUN, "run"))));
                }
            }
        }
        told
    }

    fn due(&self, record: &Record, now: Timestamp, readers: &[Reader]) -> Vec<Due> {
        let mut all = Vec::new();
        for one in due::happened(&self.plan, record, now) {
            let message = &self.plan.messages[one.message];
            if due::why_not(message, &one, record, now).is_none() {
                all.extend(due::spread(message, &one, record, readers));
            }
        }
        all
    }
}

fn opened() -> Event {
    let way = |name: &str, steps: Vec<Step>| Way { name: name.to_owned(), budget: None, steps };
    let ways = vec![
        way("A", vec![step("flags off", "flags", 1)]),
        way("U", vec![step("impact", "impact", 1), step("undo", "undo", 5)]),
    ];
    let procedure = Procedure { name: "rollback".to_owned(), ways };
    let target = Some("production".to_owned());
    Event::Opened { procedure, target, because: "errors".to_owned(), facts: Value::Null }
}

fn fired() -> What {
    let firing = Firing {
        trigger: "Error rate".to_owned(),
        at: at(0),
        value: 0.083,
        limit: 0.05,
        since: at(-420),
        samples: Some(900),
        people: 47,
        falling: false,
        why: "8.3 %".to_owned(),
    };
    What::Fired {
        decided: Box::new(Decided {
            id: "Error rate@0".to_owned(),
            at: at(0),
            firing,
            symptom: "errors".to_owned(),
            act: Act::Ask,
            outcome: None,
            rule: None,
            path: Vec::new(),
            did: Did::Begins,
        }),
    }
}

/// A did not suffice, U did; resolved after an hour and ten minutes.
fn escalated(exposed: u64) -> Story {
    let facts = json!({
        "exposed_rows": exposed, "affected_users": exposed.min(2), "is_exact": true,
        "at": at(305), "from": { "at": at(-1_080), "migration": 2 },
        "tables": [{ "table": "public.notes", "exposed_rows": exposed }],
    });
    let journal = vec![
        (60, opened()),
        (61, intended(0)),
        (90, failed(0, "error rate is still 6 %")),
        (91, Event::Escalated { to: 1, because: "flags off: error rate is still 6 %".to_owned() }),
        (300, intended(0)),
        (306, settled(0, facts)),
        (310, intended(1)),
        (370, settled(1, json!({ "undone": [{ "number": 2, "version": "2", "lock_ms": 1_500.0, "left": [] }] }))),
        (371, Event::Closed { succeeded: true }),
    ];
    let resolved = What::Resolved { because: "errors are below 1 %".to_owned() };
    Story {
        plan: plan(),
        journal,
        noted: vec![(0, fired()), (60, What::Linked { run: RUN.to_owned() }), (4_200, resolved)],
    }
}

#[test]
fn each_message_is_due_once_at_its_time_and_in_order() {
    let told = escalated(0).told(0..6_000, &[]);
    let expected = [
        (60, "started run-started:run"),
        (91, "changed way-changed:run:1"),
        (371, "complete run-ended:run"),
        (4_200, "over resolved:1"),
    ];
    assert_eq!(told, expected.map(|(second, key)| (second, key.to_owned())));
}

/// Until it is resolved or its way back is over; of what was missed there is the newest one.
#[test]
fn updates_come_every_ten_minutes() {
    let story = |noted: Vec<(i64, What)>| Story { journal: Vec::new(), noted, ..escalated(0) };
    let updates = |story: &Story, seconds: std::ops::Range<i64>| -> Vec<(i64, String)> {
        story.told(seconds, &[]).into_iter().filter(|(_, key)| key.starts_with("update")).collect()
    };
    let named =
        |all: &[(i64, i64)]| all.iter().map(|(at, tick)| (*at, format!("update every:{tick}"))).collect::<Vec<_>>();
    assert_eq!(updates(&story(Vec::new()), 0..1_900), named(&[(600, 1), (1_200, 2), (1_800, 3)]));
    assert_eq!(updates(&story(Vec::new()), 2_100..2_101), named(&[(2_100, 3)]));
    let resolved = What::Resolved { because: "it is over".to_owned() };
    assert_eq!(updates(&story(vec![(700, resolved)]), 0..1_900), named(&[(600, 1)]));
    assert_eq!(updates(&escalated(0), 0..1_900), []);
}

#[test]
fn what_came_and_went_while_nobody_looked_is_not_made_up_for() {
    let story = escalated(0);
    // Somebody looks for the first time after 35 min: what happened once is told.
    let told = story.told(2_100..2_101, &[]);
    let keys: Vec<&str> = told.iter().map(|(_, key)| key.as_str()).collect();
    assert_eq!(keys, ["started run-started:run", "changed way-changed:run:1", "complete run-ended:run"]);
    // A day later nobody is surprised by old news.
    assert_eq!(story.told(100_000..100_001, &[]), []);
    let record = story.at(at(100_000));
    let one = due::happened(&story.plan, &record, at(100_000)).remove(0);
    let why = due::why_not(&story.plan.messages[0], &one, &record, at(100_000));
    assert_eq!(why.as_deref(), Some("it is more than 24 h ago, and nobody was told then"));
    // Opened again: updates go on in the same beat, and none of the time between.
    let mut story = Story { journal: Vec::new(), ..escalated(0) };
    story.noted.push((5_000, What::Reopened { because: String::new() }));
    let told = story.told([4_900, 5_010, 5_400].into_iter(), &[]);
    let updates: Vec<&(i64, String)> = told.iter().filter(|(_, key)| key.starts_with("update")).collect();
    assert_eq!(updates, [&(5_400, "update every:9".to_owned())]);
}

fn readers() -> Vec<Reader> {
    let reader = |user: &str, rows: u64| Reader {
        user: user.to_owned(),
        email: format!("{user}@example.org"),
        name: Some(user.to_owned()),
        tables: vec![("public.notes".to_owned(), rows)],
    };
    vec![reader("berta", 5), reader("carl", 2)]
}

#[test]
fn whoever_is_affected_is_told_in_time_and_what_is_owed_is_said_once() {
    let story = escalated(7);
    let hours = |hours: i64| hours * 3_600;
    let seconds = (0..hours(76)).step_by(60);
    let told = story.told(seconds, &readers());
    let of =
        |name: &str| -> Vec<(i64, String)> { told.iter().filter(|(_, key)| key.starts_with(name)).cloned().collect() };
    let users = of("to users");
    assert_eq!(users.len(), 2, "{told:?}");
    assert!(users.iter().all(|(second, _)| *second < hours(2)), "{users:?}");
    // From the firing on; both are overdue because nobody has noted them.
    let late =
        [(hours(2) + 60, "late overdue:users".to_owned()), (hours(72) + 60, "late overdue:authority".to_owned())];
    assert_eq!(of("late"), late);
    // Somebody noted it in time: nothing is overdue.
    let mut story = escalated(7);
    let done = |duty: &str, items: &[&str]| What::DutyDone {
        duty: duty.to_owned(),
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        note: String::new(),
    };
    story.noted.push((hours(1), done("users", &[])));
    story.noted.push((hours(50), done("authority", &["nature of the breach"])));
    let told = story.told((0..hours(76)).step_by(60), &readers());
    assert!(!told.iter().any(|(_, key)| key.starts_with("late")), "{told:?}");
}

#[test]
fn nobody_but_the_affected_is_written_to_and_no_key_names_them() {
    let story = escalated(7);
    let record = story.at(at(400));
    let due = story.due(&record, at(400), &readers());
    let mails: Vec<&Due> = due.iter().filter(|due| due.channel == "users").collect();
    let keys: BTreeSet<&str> = mails.iter().map(|due| due.key.as_str()).collect();
    let threads: BTreeSet<&str> = mails.iter().map(|due| due.thread.as_str()).collect();
    assert_eq!((mails.len(), keys.len(), threads.len()), (2, 2, 2));
    assert!(keys.iter().all(|key| !key.contains("berta") && !key.contains("carl")), "{keys:?}");
    // The same users, the same keys, whoever looks.
    let again = story.due(&record, at(500), &readers());
    assert!(mails.iter().all(|due| again.iter().any(|other| other.key == due.key)));
    // Of no exposure nobody is told.
    let quiet = escalated(0);
    assert!(quiet.due(&quiet.at(at(400)), at(400), &readers()).iter().all(|due| due.channel != "users"));
    let messages = tell::of_plan(&story.plan).unwrap();
    let known = Known { plan: &story.plan, record: &record, watch: None };
    let (letters, findings) = post::letters(&known, &messages, &due, at(400)).unwrap();
    assert_eq!(findings, []);
    let mail = letters.iter().find(|letter| letter.key == mails[0].key).unwrap();
    assert!(mail.held);
    let letter = post::Letter::read(&mail.body).unwrap();
    assert_eq!(
        (letter.said.recipients, letter.said.facts, letter.said.link),
        (vec!["berta@example.org".to_owned()], vec![], None)
    );
    let said = serde_json::to_string(&letter.said.text).unwrap();
    assert!(said.contains("berta") && said.contains('5'), "{said}");
    assert!(letters.iter().filter(|letter| letter.channel == "incidents").all(|letter| !letter.held));
}

#[test]
fn figures_are_those_of_the_record() {
    let story = escalated(7);
    let due = |record: &Record, now: i64, name: &str| {
        let all = story.due(record, at(now), &readers());
        all.into_iter().find(|due| story.plan.messages[due.message].name == name).unwrap()
    };
    let record = story.at(at(4_300));
    let known = Known { plan: &story.plan, record: &record, watch: None };
    let facts = known.of(&due(&record, 4_300, "complete"), at(4_300));
    let run = &record.runs[0];
    assert_eq!(facts.run.took_minutes, Some(run.took_ms as f64 / 60_000.0));
    assert_eq!(
        (facts.run.phase.as_deref(), facts.way.name.as_deref(), facts.way.eta_minutes),
        (Some("succeeded"), Some("U"), None)
    );
    let steps: Vec<(&str, Option<f64>, Option<Timestamp>)> =
        facts.run.steps.iter().map(|step| (step.name.as_str(), step.took_minutes, step.ended)).collect();
    assert_eq!(steps, [("impact", Some(0.1), Some(at(306))), ("undo", Some(1.0), Some(at(370)))]);
    assert_eq!(
        (facts.detected, facts.aware, facts.started, facts.ended),
        (record.detected, at(0), Some(at(60)), Some(at(371)))
    );
    let trigger = facts.trigger.unwrap();
    assert_eq!(
        (trigger.measure.as_str(), trigger.side.as_str(), trigger.held_minutes, trigger.people),
        ("ratio", "above", 7.0, 47)
    );
    assert_eq!(facts.affected.map(|one| (one.users, one.rows, one.exact)), Some((2, 7, true)));
    assert_eq!((facts.exposed.from, facts.exposed.to), (Some(at(-1_080)), Some(at(371))));
    assert_eq!(facts.downtime_minutes, Some(1.5 / 60.0));
    assert_eq!((facts.lost.rows, facts.incident.because.as_deref()), (record.lost.rows, Some("errors are below 1 %")));
    assert_eq!(facts.next_update_minutes, None, "it is resolved");
    assert_eq!(facts.timeline.len(), record.timeline.len());
    // In the middle of it nobody knows what comes of it.
    let record = story.at(at(320));
    let known = Known { plan: &story.plan, record: &record, watch: None };
    let facts = known.of(&due(&record, 320, "changed"), at(320));
    assert_eq!((facts.downtime_minutes, facts.ended, facts.exposed.to), (None, None, None));
    let changed = facts.changed.unwrap();
    assert_eq!((changed.from.as_str(), changed.because.as_str()), ("A", "flags off: error rate is still 6 %"));
    assert_eq!(facts.way.eta_minutes.map(|eta| (eta * 60.0).round()), Some(286.0), "5 min but for what has passed");
    assert_eq!((facts.next_update_minutes, facts.run.next.len()), (Some(10.0), 0));
}

#[test]
fn people_are_asked_while_it_is_open_and_told_of_what_failed() {
    let text = PLAN.replace("on = \"opened\"", "").replace(
        "[[duty]]\nname = \"users\"",
        "[[message]]\nname = \"ask\"\non = \"asked\"\nto = [\"incidents\"]\ntext = \"{{ asked.step }} {{ asked.given }}/{{ asked.approvals }}\"\n\
         [[message]]\nname = \"bad\"\non = \"failed\"\nto = [\"incidents\"]\ntext = \"{{ failure.why }}\"\n[[duty]]\nname = \"users\"",
    );
    let plan = Plan::parse("backout.toml", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let mut one = step("undo", "undo", 5);
    one.approval = Some(Approval { quorum: 2, expires: Millis(600_000) });
    let ways = vec![Way { name: "U".to_owned(), budget: None, steps: vec![one] }];
    let procedure = Procedure { name: "rollback".to_owned(), ways };
    let opened =
        Event::Opened { procedure, target: Some("production".to_owned()), because: String::new(), facts: Value::Null };
    let journal = vec![
        (10, opened),
        (11, Event::ApprovalAsked { step: 0, preview: "p".to_owned(), until: at(611) }),
        (100, Event::Approved { step: 0, preview: "p".to_owned() }),
        (200, Event::Aborted { reason: "nobody else is there".to_owned() }),
    ];
    let story = Story { plan, journal, noted: vec![(10, What::Linked { run: RUN.to_owned() })] };
    let told = story.told(0..700, &[]);
    let keys: Vec<(i64, &str)> = told.iter().map(|(second, key)| (*second, key.as_str())).collect();
    let expected = [(10, "started run-started:run"), (11, "ask asked:run:0"), (200, "bad failed:run")];
    assert_eq!(keys, expected);
    let record = story.at(at(150));
    let asked = story
        .due(&record, at(150), &[])
        .into_iter()
        .find(|due| matches!(due.occasion, Occasion::Asked { .. }))
        .unwrap();
    let known = Known { plan: &story.plan, record: &record, watch: None };
    let facts = known.of(&asked, at(150)).asked.unwrap();
    assert_eq!((facts.step.as_str(), facts.approvals, facts.given, facts.until), ("undo", 2, 1, at(611)));
    // Nobody is asked once it is over.
    assert!(
        story.due(&story.at(at(300)), at(300), &[]).iter().all(|due| !matches!(due.occasion, Occasion::Asked { .. }))
    );
    let late = at(0) + SignedDuration::from_hours(2);
    assert!(late > at(611));
}
