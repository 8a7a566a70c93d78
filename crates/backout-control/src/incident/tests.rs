//! Records put together from made journals, and what is written of them.

#[path = "tests/secrets.rs"]
mod secrets;

use std::time::{Duration, Instant};

use backout_plan::plan::Act;
use backout_runbook::chain;
use backout_runbook::procedure::{Millis, Retry};
use backout_runbook::{Event, OnFailure, Outcome, Procedure, Record as Journaled, Step, Way};
use backout_signals::tree::Asked;
use backout_signals::{Firing, Outcome as Leads};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::duties::{Duty, DutyState};
use super::super::export::{Content, html, json as as_json, markdown};
use super::super::redact::Masks;
use super::*;
use crate::decided::{Decided, Did};
use crate::ledger::{Entry, Own, Severity, What, Window};
use crate::outside::secrets::Redactor;
use crate::runs::Journal;
use crate::told::End;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn step(name: &str, kind: &str, budget: u64) -> Step {
    Step {
        name: name.to_owned(),
        kind: kind.to_owned(),
        action: json!({}),
        budget: Millis(budget),
        retry: Retry::default(),
        on_failure: OnFailure::Escalate,
        undo: None,
        approval: None,
        beforehand: false,
    }
}

/// A whole journal of these events, a second after each other from `from` on.
fn journal(run: &str, from: i64, events: &[Event]) -> Journal {
    let mut records: Vec<Journaled> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let head = records.last().map(Journaled::head);
        let when = at(from + i64::try_from(place).unwrap());
        records.push(Journaled::after(run, head.as_ref(), when, "anna@laptop", 1, event));
    }
    let head = records.last().unwrap().head();
    let state = chain::read(run, &records, Some(&head)).unwrap().unwrap();
    Journal { run: run.to_owned(), records, head, state }
}

fn opened(ways: Vec<Way>, because: &str, facts: Value) -> Event {
    let procedure = Procedure { name: "rollback".to_owned(), ways };
    Event::Opened { procedure, target: Some("production".to_owned()), because: because.to_owned(), facts }
}

fn done(step: usize, facts: Value) -> [Event; 2] {
    let preview = String::new();
    let outcome = Outcome::Done { facts };
    [Event::Intended { step, attempt: 1, preview }, Event::Settled { step, attempt: 1, outcome }]
}

fn failed(step: usize, why: &str) -> [Event; 2] {
    let outcome = Outcome::Failed { why: why.to_owned(), again: false, facts: Value::Null };
    [Event::Intended { step, attempt: 1, preview: String::new() }, Event::Settled { step, attempt: 1, outcome }]
}

/// A is left for U, which exposes, exports and undoes.
pub(crate) fn rollback(why: &str) -> Journal {
    let way = |name: &str, steps: Vec<Step>| Way { name: name.to_owned(), budget: Some(Millis(180_000)), steps };
    let ways = vec![
        way("A", vec![step("flag off", "flags", 60_000)]),
        way("U", vec![step("impact", "impact", 60_000), step("export", "export", 500), step("undo", "undo", 60_000)]),
    ];
    let facts = json!({ "path": ["way A: suffices"], "foreseen": ["undo: kept"], "evidence": { "id": "e2e@1" } });
    let mut events = vec![opened(ways, why, facts)];
    events.extend(failed(0, why));
    events.push(Event::Escalated { to: 1, because: format!("flag off: {why}") });
    events.extend(done(
        0,
        json!({ "exposed_rows": 7, "affected_users": 2, "is_exact": true, "tables": [{ "table": "public.notes", "exposed_rows": 7 }] }),
    ));
    let part = json!({ "of": "public.notes", "rows": 7, "sha256": "ab" });
    events.extend(done(1, json!({ "evidence": "e-1", "encrypted": true, "folder": null, "parts": [part] })));
    events.extend(done(
        2,
        json!({
            "undone": [{ "number": 2, "version": "2_drop", "lock_ms": 12.5, "left": [],
                "moved_aside": [{ "identity": "table public.tags", "to_schema": "backout_undone_2" }] }],
            "aside": [{ "what": "table public.tags", "schema": "backout_undone_2", "rows": 3 }]
        }),
    ));
    events.push(Event::Closed { succeeded: true });
    journal("20260107T120000Z-1", 100, &events)
}

fn fired(text: &str) -> Decided {
    let firing = Firing {
        trigger: text.to_owned(),
        at: at(60),
        value: 9.0,
        limit: 2.0,
        since: at(30),
        samples: Some(10),
        people: 4,
        falling: false,
        why: text.to_owned(),
    };
    Decided {
        id: "e2e@1".to_owned(),
        at: at(61),
        firing,
        symptom: text.to_owned(),
        act: Act::Ask,
        outcome: Some(Leads::RollBack { way: "A".to_owned() }),
        rule: Some(text.to_owned()),
        path: vec![Asked { branch: text.to_owned(), held: true, why: text.to_owned() }],
        did: Did::Begins,
    }
}

pub(crate) fn own(text: &str) -> Own {
    let mut own = Own::new("2027-01-15-1".to_owned(), at(62), "anna@laptop", text, Some("production".to_owned()));
    let whats = [
        What::Fired { decided: Box::new(fired(text)) },
        What::Linked { run: "20260107T120000Z-1".to_owned() },
        What::Note { text: text.to_owned() },
        What::ActionAdded {
            name: text.to_owned(),
            owner: if text.contains("eve@") { "eve@victim.example".to_owned() } else { text.to_owned() },
            due: at(3_600),
            window: Window::Second,
        },
        What::ActionDone { name: text.to_owned(), note: text.to_owned() },
        What::DutyDone { duty: "authority".to_owned(), items: vec!["nature".to_owned()], note: text.to_owned() },
        What::Resolved { because: text.to_owned() },
    ];
    for (place, what) in whats.into_iter().enumerate() {
        let when = at(62 + i64::try_from(place).unwrap());
        own.entries.push(Entry { at: when, by: "anna@laptop".to_owned(), what });
    }
    own
}

fn duties() -> Vec<Duty> {
    let duty = |name: &str, hours: u64, checklist: &[&str]| Duty {
        name: name.to_owned(),
        within: Duration::from_secs(hours * 3_600),
        exposed: Some(true),
        checklist: checklist.iter().map(|one| (*one).to_owned()).collect(),
        ..Duty::default()
    };
    vec![
        duty("authority", 72, &["nature", "contact"]),
        duty("users", 2, &[]),
        Duty { exposed: Some(false), ..duty("nobody", 1, &[]) },
        Duty { severity: vec![Severity::Minor], ..duty("minor", 1, &[]) },
        Duty { ways: vec!["U".to_owned()], ..duty("of the way", 1, &[]) },
    ]
}

fn whole(text: &str) -> Record {
    let message = Message {
        key: text.to_owned(),
        channel: text.to_owned(),
        at: at(90),
        state: "sent".to_owned(),
        sent: Some(at(91)),
        approved: Some(text.to_owned()),
        last: Some(text.to_owned()),
    };
    let beside = Beside {
        messages: vec![message],
        unread: vec![Unread { run: "x".to_owned(), why: text.to_owned() }],
        exports: vec![("e-1".to_owned(), Err(text.to_owned()))],
        rehearsed: vec![Rehearsed { number: 2, ms: 800.0, lock_ms: 10.0, verdict: text.to_owned() }],
        ..Beside::default()
    };
    build(&own(text), &[rollback(text)], beside, &duties(), at(2 * 3_600 + 61))
}

#[test]
fn every_figure_is_the_journals() {
    let record = whole("e2e");
    assert_eq!((record.began, record.detected, record.aware), (Some(at(30)), Some(at(60)), at(60)));
    assert_eq!((record.decided_at, record.recovered_at), (Some(at(101)), Some(at(110))));
    let took = Took { detect_ms: Some(30_000), decide_ms: Some(41_000), recover_ms: Some(50_000) };
    assert_eq!(record.took, took);
    let impact = record.impact.as_ref().unwrap();
    assert_eq!((impact.rows, impact.users, impact.exact, impact.tables[0].rows), (7, 2, true, Some(7)));
    assert_eq!((record.lost.rows, record.lost.kept_rows), (Some(0), 3));
    assert_eq!((record.exposed, record.severity), (true, Severity::Critical));
    let run = &record.runs[0];
    assert_eq!(
        (run.phase.as_str(), run.way.as_str(), run.took_ms, run.ended),
        ("succeeded", "U", 10_000, Some(at(110)))
    );
    assert_eq!((run.ways.len(), &run.ways[0].end), (2, &End::Left("U".to_owned())));
    let export = &run.ways[1].steps[1];
    assert_eq!((export.took_ms, export.budget_ms, export.is_in_budget()), (Some(1_000.0), Some(500), Some(false)));
    let predicted = &record.predicted[0];
    assert_eq!((predicted.ms, predicted.came_ms, predicted.came_lock_ms), (800.0, Some(1_000.0), Some(12.5)));
    let evidence = &record.evidence[0];
    assert_eq!((evidence.parts[0].sha256.as_deref(), evidence.unknown.as_deref()), (Some("ab"), Some("e2e")));
    assert_eq!(record.firings[0].did, Did::Ran { run: run.run.clone(), phase: "succeeded".to_owned() });
    assert!(record.timeline.windows(2).all(|two| two[0].at <= two[1].at));
    assert!(!record.open && record.resolved_at == Some(at(68)));
}

#[test]
fn duties_run_down_from_awareness() {
    let record = whole("e2e");
    let found: Vec<(&str, DutyState)> = record.duties.iter().map(|one| (one.name.as_str(), one.state)).collect();
    let expected =
        [("of the way", DutyState::Overdue), ("users", DutyState::Overdue), ("authority", DutyState::Running)];
    assert_eq!(found, expected);
    assert_eq!(record.duties[1].due, at(60 + 2 * 3_600));
    assert_eq!(record.duties[2].open_items(), ["contact"]);
    // With its last item it is done; a person's earlier awareness counts for all.
    let mut own = own("e2e");
    let say = |what| Entry { at: at(400), by: "b@c".to_owned(), what };
    own.entries.push(say(What::DutyDone {
        duty: "authority".to_owned(),
        items: vec!["contact".to_owned()],
        note: String::new(),
    }));
    own.entries.push(say(What::Aware { at: at(10) }));
    let record = build(&own, &[rollback("x")], Beside::default(), &duties(), at(500));
    assert_eq!((record.aware, record.duties[2].state), (at(10), DutyState::Done));
    // Whatever was counted, a person knows better.
    own.entries.push(say(What::Exposed { yes: false, why: "a test".to_owned() }));
    let record = build(&own, &[rollback("x")], Beside::default(), &duties(), at(500));
    assert_eq!((record.exposed, record.severity), (false, Severity::Minor));
    assert_eq!(record.duties.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["nobody", "authority"]);
}

#[test]
fn the_rule_says_how_bad_it_is_until_a_person_does() {
    let restored = |way: &str, kind: &str, facts: Value| {
        let ways = vec![Way { name: way.to_owned(), budget: None, steps: vec![step("s", kind, 1_000)] }];
        let mut events = vec![opened(ways, "", Value::Null)];
        events.extend(done(0, facts));
        events.push(Event::Closed { succeeded: true });
        journal("r", 0, &events)
    };
    let bare = Own::new("2027-01-15-1".to_owned(), at(0), "a", "t", None);
    for (journal, expected, rows) in [
        (restored("U", "undo", json!({ "undone": [] })), Severity::Minor, Some(0)),
        (restored("X", "restore", json!({ "backup": "b", "kept": "old" })), Severity::Major, None),
        (restored("C", "flags", Value::Null), Severity::Major, Some(0)),
    ] {
        let record = build(&bare, &[journal], Beside::default(), &[], at(100));
        assert_eq!((record.severity, record.lost.rows), (expected, rows));
    }
    let mut said = own("e2e");
    let what = What::Severity { level: Severity::Minor, why: "a test".to_owned() };
    said.entries.push(Entry { at: at(70), by: "b@c".to_owned(), what });
    let record = build(&said, &[rollback("x")], Beside::default(), &[], at(100));
    assert_eq!(record.severity, Severity::Minor);
    assert!(matches!(record.severity_by, SeverityBy::Person { by, .. } if by == "b@c"));
}

const HOSTILE: &str = "<script>alert(1)</script>\n# h | c\r\n| a |\n- [x](javascript:y) **b** <!channel> `c`\u{202e}\u{1b}[2J --> ]]> &amp; \"'";

#[test]
fn text_of_others_stays_text_everywhere() {
    let record = Masks::default().taken_out(&whole(HOSTILE)).unwrap();
    for content in [Content::Record, Content::Postmortem] {
        let page = html(&record, content);
        assert_eq!(page.matches("<script").count(), 0, "{page}");
        assert!(page.contains("&lt;script&gt;") && !page.contains(" style=") && !page.contains('\u{202e}'));
        assert!(page.contains("default-src 'none'; style-src 'sha256-"));
        let plain = markdown(&record, content);
        let heads = plain.lines().filter(|line| line.starts_with('#')).count();
        let calm = markdown(&whole("calm"), content);
        assert_eq!(heads, calm.lines().filter(|line| line.starts_with('#')).count(), "{plain}");
        assert_eq!(plain.lines().count(), calm.lines().count(), "{plain}");
        assert!(!plain.contains("<script") || plain.matches("<script").count() == plain.matches("\\<script").count());
        // Each row of a table has as many cells as its head.
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let tables = |text: &str| -> Vec<usize> { text.lines().filter(|l| l.starts_with('|')).map(cells).collect() };
        assert_eq!(tables(&plain), tables(&calm));
    }
    let written: Record = serde_json::from_str(&as_json(&record).unwrap()).unwrap();
    assert_eq!(written, record);
}

#[test]
fn nothing_secret_or_personal_is_in_an_export() {
    let text = "Key (email)=(bob@victim.example) already exists at postgres://u:hunter2@db/x, told eve@victim.example";
    let columns = ["public.users.email".parse().unwrap()];
    let masks = Masks::new(Redactor::default(), &columns);
    let record = masks.taken_out(&whole(text)).unwrap();
    let all = [
        markdown(&record, Content::Record),
        html(&record, Content::Record),
        as_json(&record).unwrap(),
        markdown(&record, Content::Postmortem),
        html(&record, Content::Postmortem),
    ];
    for text in all {
        for part in ["bob@", "hunter2", "postgres:"] {
            assert!(!text.contains(part), "{part} is in {text}");
        }
        assert!(text.contains("e2e") || text.contains("already exists"), "{text}");
    }
    // Only who is to act is named as he is.
    let owners = json!(record).to_string().matches("eve@victim.example").count();
    assert_eq!(owners, 1, "{:#}", json!(record));
}

/// Printed rather than judged: how long it takes depends on the machine. Without optimisation it takes some times as long.
#[test]
fn ten_thousand_events_are_written_at_once() {
    let ways = vec![Way { name: "U".to_owned(), budget: None, steps: vec![step("s", "undo", 1_000)] }];
    let mut events = vec![opened(ways, "", Value::Null)];
    let noted = |number: usize| Event::Noted { about: format!("event {number} | <b>"), facts: json!({ "n": number }) };
    events.extend((0..10_000).map(noted));
    let journal = journal("r", 0, &events);
    let begun = Instant::now();
    let record = build(&own("e2e"), &[journal], Beside::default(), &duties(), at(0));
    let record = Masks::default().taken_out(&record).unwrap();
    let built = begun.elapsed();
    let (page, plain) = (html(&record, Content::Record), markdown(&record, Content::Record));
    let took = begun.elapsed();
    assert!(page.contains("event 9999") && plain.contains("event 9999"));
    eprintln!("built in {built:?}; with HTML ({}) and Markdown ({}) in {took:?}", page.len(), plain.len());
}
